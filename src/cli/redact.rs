//! `--redact users`: what a run learns of users' names, and the words about it without them.
//!
//! Not responsible for how a name is hidden (`report`).

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::{Args, ValueEnum};

use super::failure::Failure;
use crate::apply::Report;
use crate::document::parse;
use crate::plan::Plan;
use crate::report::Redactor;
use crate::source::Sources;
use crate::state::{Desired, LiveUsers};

/// Whose names are hidden.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct RedactArgs {
    /// Hide names: every address and name of a user becomes a short hash, the same in every report.
    /// Who can guess a name can recognise its hash
    #[arg(long, value_name = "WHAT", env = "ROLECALL_REDACT", hide_env_values = true)]
    redact: Option<Redact>,
}

/// What is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Redact {
    /// The addresses and the names of users
    Users,
}

impl RedactArgs {
    /// Whether users' names are hidden.
    pub fn hides_users(self) -> bool {
        self.redact.is_some()
    }

    /// Refuses to save a plan that could not be applied.
    pub fn check_saving(self, out: Option<&Path>) -> Result<(), Failure> {
        if out.is_some() && self.hides_users() {
            return Err(Failure::usage(
                "`--redact` and `--out` do not go together: a saved plan is applied as it stands",
            )
            .hint("save the plan without `--redact`; `rolecall show PLAN --redact users` hides the names then"));
        }
        Ok(())
    }
}

/// What hides names in a run, if anything does; everything that prints shares it.
#[derive(Clone, Debug, Default)]
pub struct Hiding(Option<Arc<Mutex<Redactor>>>);

impl Hiding {
    /// Hides users' names, or not.
    pub fn new(hides: bool) -> Self {
        Self(hides.then(Arc::default))
    }

    /// What hides them, with all that was learned so far.
    pub fn redactor(&self) -> Option<MutexGuard<'_, Redactor>> {
        // Whoever panicked with it has at most not learned all names.
        self.0.as_ref().map(|redactor| redactor.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A text about the run.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor().map_or(Cow::Borrowed(text), |redactor| redactor.text(text))
    }

    /// A plan as it may be shown.
    pub fn plan<'p>(&self, plan: &'p Plan) -> Cow<'p, Plan> {
        self.learn_plan(plan);
        self.redactor().map_or(Cow::Borrowed(plan), |redactor| Cow::Owned(redactor.plan(plan)))
    }

    /// What became of a plan, as it may be shown.
    pub fn report<'r>(&self, report: &'r Report) -> Cow<'r, Report> {
        self.redactor().map_or(Cow::Borrowed(report), |redactor| Cow::Owned(redactor.report(report)))
    }

    /// Learns the users of a plan.
    pub fn learn_plan(&self, plan: &Plan) {
        if let Some(mut redactor) = self.redactor() {
            redactor.learn_plan(plan);
        }
    }

    /// Learns the users whom files name: what they mean where they are right, else what they say.
    pub fn learn_files(&self, sources: &Sources, desired: Option<&Desired>) {
        let Some(mut redactor) = self.redactor() else { return };
        if let Some(desired) = desired {
            for assignment in desired.assignments.iter().flat_map(|assignments| assignments.iter()) {
                redactor.learn_user(assignment.user_name);
                redactor.learn_display_name(assignment.display_name.unwrap_or_default());
            }
            desired.removed_users.values().for_each(|user| redactor.learn_user(&user.user_name));
            return;
        }
        for id in sources.ids() {
            let (tree, _) = parse(sources, id);
            let Some(tree) = tree else {
                learn_lines(&mut redactor, sources.text(id));
                continue;
            };
            let removed = tree.root().get("removed").and_then(|removed| removed.get("users"));
            for users in tree.root().get("assignments").into_iter().chain(removed) {
                for user in users.entries() {
                    redactor.learn_user(user.name());
                    let name = user.value.get("name").and_then(|name| name.text());
                    redactor.learn_display_name(name.unwrap_or_default());
                }
            }
        }
    }

    /// Learns the users of a target.
    pub fn learn_live(&self, users: &LiveUsers) {
        let Some(mut redactor) = self.redactor() else { return };
        for row in 0..users.len() {
            redactor.learn_user(users.user_name(row));
            redactor.learn_display_name(users.display_name(row));
        }
    }
}

/// Learns the keys below `assignments` from a text that is no YAML.
fn learn_lines(redactor: &mut Redactor, text: &str) {
    let mut is_section = false;
    for line in text.lines() {
        let key = line.trim_start().trim_start_matches(['"', '\'']);
        let Some((key, rest)) = key.split_once(':') else { continue };
        if line.starts_with(|c: char| !c.is_whitespace() && c != '#') {
            is_section = matches!(key, "assignments" | "removed");
        } else if is_section {
            redactor.learn_user(key.trim_end_matches(['"', '\'']));
            if let Some((_, name)) = rest.split_once("name:") {
                redactor.learn_display_name(
                    name.split([',', '}', '#']).next().unwrap_or_default().trim_matches(['"', '\'', ' ']),
                );
            }
        }
    }
}

/// A writer of whole lines of the log.
pub struct HidingLog(pub Hiding);

impl Write for HidingLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // An event is written as one piece.
        let text = String::from_utf8_lossy(line);
        io::stderr().write_all(self.0.text(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
