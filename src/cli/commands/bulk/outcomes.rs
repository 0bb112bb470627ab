//! What became of each row of a request: from how the rows stood, and how the steps ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::apply::Outcome as StepOutcome;
use crate::bulk::{self, Outcome, Request, RowState, Standing};
use crate::cli::Run;
use crate::cli::commands::apply::Became;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::saved::write_private;
use crate::plan::Plan;
use crate::report::outcome_reason;
use crate::state::{Kind, StepId, fold};

/// The rows of a request with the steps that a plan has for them.
pub struct Rows<'a> {
    /// The request.
    pub request: &'a Request,
    /// How its rows stand against the target.
    pub states: Vec<RowState>,
    /// The step of each role that is changed, by its folded name.
    pub steps: BTreeMap<String, StepId>,
    /// The steps that a run of before has done.
    pub done: BTreeSet<StepId>,
}

/// The step of each role that a plan changes.
pub fn of_roles(plan: &Plan) -> BTreeMap<String, StepId> {
    let roles = plan.steps.iter().filter(|step| step.address.kind == Kind::Role);
    roles.map(|step| (fold(&step.address.name).into_owned(), step.id)).collect()
}

impl Rows<'_> {
    /// Writes what became of each row, in the form of the request, and gives back how it ended; that they
    /// could not be written counts only where nothing worse has happened.
    pub fn tell(&self, run: &Run, path: &Path, became: &Became, ended: Result<Exit, Failure>) -> Result<Exit, Failure> {
        match (self.write(path, became, &ended), ended) {
            (Ok(()), ended) => {
                run.output.note(&format!("what became of each row is in `{}`", path.display()));
                ended
            }
            (Err(failure), Ok(Exit::Done)) => {
                Err(failure.hint("the rows are carried out; only the results are missing"))
            }
            (Err(failure), ended) => {
                run.output.note(&format!("the results are missing: {}", failure.message()));
                ended
            }
        }
    }

    fn write(&self, path: &Path, became: &Became, ended: &Result<Exit, Failure>) -> Result<(), Failure> {
        let ended_steps = if let Became::Ended(report) = became { report.outcomes.as_slice() } else { &[] };
        let ended_steps = ended_steps.iter().map(|(step, _, outcome)| (*step, outcome)).collect();
        let of_row = |state: &RowState| {
            let step = state.role.as_deref().and_then(|name| self.steps.get(&*fold(name)));
            match (step, &state.standing) {
                (Some(&step), _) => self.of_step(step, &ended_steps, became, ended),
                (None, Standing::Wrong(why)) => (Outcome::Refused, why.clone()),
                (None, Standing::AlreadyRight | Standing::Changes) => (Outcome::AlreadyRight, String::new()),
            }
        };
        let outcomes: Vec<(Outcome, String)> = self.states.iter().map(of_row).collect();
        let bytes = bulk::results(self.request, &outcomes).map_err(|error| Failure::because(Exit::Error, &error))?;
        write_private(path, &bytes)
    }

    fn of_step(
        &self,
        step: StepId,
        ended_steps: &BTreeMap<StepId, &StepOutcome>,
        became: &Became,
        ended: &Result<Exit, Failure>,
    ) -> (Outcome, String) {
        if self.done.contains(&step) {
            return (Outcome::Applied, String::new());
        }
        match (ended_steps.get(&step), became) {
            (Some(outcome), _) => of_outcome(outcome),
            (None, Became::Killed) => (Outcome::Unknown, "the run was stopped in the middle of a request".to_owned()),
            (None, Became::NotBegun | Became::Ended(_)) => (Outcome::NotTried, not_begun(ended)),
        }
    }
}

/// Why nothing was sent.
fn not_begun(ended: &Result<Exit, Failure>) -> String {
    match ended {
        Err(failure) => failure.message().to_owned(),
        Ok(_) => "the plan was not agreed to".to_owned(),
    }
}

fn of_outcome(outcome: &StepOutcome) -> (Outcome, String) {
    let word = match outcome {
        StepOutcome::Applied { .. } => return (Outcome::Applied, String::new()),
        StepOutcome::AlreadyInPlace { .. } => Outcome::AlreadyRight,
        StepOutcome::Stale { .. } | StepOutcome::Refused { .. } | StepOutcome::Failed { .. } => Outcome::Failed,
        StepOutcome::Skipped { .. } | StepOutcome::Cancelled => Outcome::NotTried,
        StepOutcome::Unknown { .. } | StepOutcome::NotSettled { .. } => Outcome::Unknown,
    };
    (word, outcome_reason(outcome))
}
