//! How far an apply is: a line that changes on a terminal, now and then a line elsewhere.
//!
//! Not responsible for what became of the steps in the end (`report`): only failures are told at
//! once.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::{Event, Outcome};
use crate::cli::output::Output;
use crate::report::outcome_text;

/// Where there is no terminal, at least so long lies between two lines.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// After so long a line comes, however little was done.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// So many lines there are in a run that is quick, at most.
const LINES: usize = 10;
/// A rate is worth saying from then on.
const FIRST_RATE: Duration = Duration::from_millis(500);
/// So many failures are told at once; the results have them all.
const FAILURES: usize = 20;

/// Tells how many steps have ended, and what failed.
pub struct Progress<'o> {
    output: &'o Output,
    /// On a terminal.
    bar: Option<ProgressBar>,
    began: Instant,
    pace: Pace,
    failures: usize,
}

impl<'o> Progress<'o> {
    /// Says nothing where the run shall be quiet.
    pub fn new(output: &'o Output, steps: usize) -> Self {
        let bar = output.shows_progress().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {wide_msg}").expect("the template is right");
            ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr()).with_style(style)
        });
        Self { output, bar, began: Instant::now(), pace: Pace::default(), failures: 0 }
    }

    /// Follows an event.
    pub fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { .. } => {}
            Event::Ended { step: _, address, outcome, done, of } => {
                if !outcome.is_success() {
                    tracing::debug!(%address, ?outcome, "ended");
                }
                let now = self.began.elapsed();
                if let Some(bar) = &self.bar {
                    bar.set_position(*done as u64);
                    bar.set_message(far(*done, *of, now));
                    if done == of {
                        bar.finish_and_clear();
                    }
                } else if self.pace.is_time(*done, *of, now) {
                    self.say(&far(*done, *of, now));
                }
                // What follows from a failure is not told beside it.
                if !outcome.is_success() && !matches!(outcome, Outcome::Skipped { .. } | Outcome::Cancelled) {
                    self.failures += 1;
                    if self.failures <= FAILURES {
                        self.say(&outcome_text(address, outcome));
                    }
                }
            }
            Event::Singly { because } => {
                self.say(&format!("going on with single requests, because the target took no bulk request: {because}"));
            }
            Event::Verifying { objects } => tracing::debug!(objects, "reading back what was written"),
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.note(text)),
            None => self.output.note(text),
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// When the last line was.
#[derive(Debug, Default)]
struct Pace {
    at: Duration,
    done: usize,
}

impl Pace {
    /// Whether it is time for a line; the last step has none, because the results follow.
    fn is_time(&mut self, done: usize, of: usize, now: Duration) -> bool {
        let pause = now.saturating_sub(self.at);
        let is_time = pause >= LONGEST_PAUSE || pause >= SHORTEST_PAUSE && (done - self.done) * LINES >= of;
        if !is_time || done == of {
            return false;
        }
        *self = Self { at: now, done };
        true
    }
}

/// How far a run is: what is done, how quickly, and how long the rest will take at that rate.
fn far(done: usize, of: usize, elapsed: Duration) -> String {
    if done == 0 || elapsed < FIRST_RATE {
        return format!("{done} of {of} steps");
    }
    let rate = done as f64 / elapsed.as_secs_f64();
    let left = Duration::from_secs_f64((of - done) as f64 / rate);
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    format!("{done} of {of} steps, {rate} a second, {} left", rounded(left))
}

fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_at_the_rate_of_now() {
        let text = |done, milliseconds| far(done, 1000, Duration::from_millis(milliseconds));
        assert_eq!(text(3, 10), "3 of 1000 steps");
        assert_eq!(text(0, 5000), "0 of 1000 steps");
        assert_eq!(text(250, 5000), "250 of 1000 steps, 50 a second, 15 s left");
        assert_eq!(text(10, 4000), "10 of 1000 steps, 2.5 a second, 7 min left");
        assert_eq!(text(1, 60_000), "1 of 1000 steps, 0.0 a second, 16 h 39 min left");
    }

    #[test]
    fn lines_are_few_however_quick_or_slow_a_run_is() {
        let lines = |of: usize, each: Duration| {
            let mut pace = Pace::default();
            (1..=of).filter(|&done| pace.is_time(done, of, each * done as u32)).count()
        };
        assert_eq!(lines(5, Duration::from_millis(50)), 0, "a run that is over at once says only its results");
        assert_eq!(lines(10_000, Duration::from_millis(5)), 9);
        assert_eq!(lines(10_000, Duration::from_micros(500)), 4);
        assert_eq!(lines(20, Duration::from_secs(30)), 19);
    }
}
