//! How far an apply is, on a terminal and nowhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::Event;
use crate::cli::output::Output;

/// A line that says how many steps have ended.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows nothing where stderr is no terminal or the run shall be quiet.
    pub fn new(output: &Output, steps: usize) -> Self {
        let target = if output.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}").expect("the template is right");
        Self { bar: ProgressBar::with_draw_target(Some(steps as u64), target).with_style(style) }
    }

    /// Follows an event.
    pub fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { step: _, address } => {
                self.bar.set_message(crate::report::visible(&address.to_string()).into_owned());
            }
            Event::Ended { step: _, address: _, outcome: _, done, of } => {
                self.bar.set_position(*done as u64);
                if done == of {
                    self.bar.finish_and_clear();
                }
            }
            Event::Verifying { objects } => tracing::debug!(objects, "reading back what was written"),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
