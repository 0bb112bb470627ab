//! A run of before, for going on with it or taking it back: found, read with the runs that it went on
//! with, and held to the project and the target of now.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::connection::Connection;
use super::exit::Exit;
use super::failure::Failure;
use super::load::{Loaded, PlaceArgs};
use super::runs::{RunsArgs, place, project};
use super::target::TargetArgs;
use crate::apply::Outcome;
use crate::apply::journal::{Elsewhere, Ending, Head, Known, RunId, Runs};
use crate::plan::{self, Plan};
use crate::state::{Live, StepId};

/// Reads the project whose run it is, and its platform.
pub fn load(run: &Run, place: &PlaceArgs, target: &TargetArgs) -> Result<Loaded, Failure> {
    #[cfg(feature = "sandbox")]
    if target.sandbox_reset {
        return Err(Failure::usage("`--sandbox-reset` makes a sandbox that no run of before has written to"));
    }
    place.load(run, target)
}

/// A run of before.
#[derive(Debug)]
pub struct PastRun {
    /// Who, what, when, where.
    pub head: Head,
    /// What was to be done; it is as it was written.
    pub plan: Plan,
    /// What is known of its steps, by it and by the runs that it went on with. A step that is not
    /// here was certainly not sent.
    pub known: BTreeMap<StepId, Known>,
    /// The steps of which nothing was left to do when a run came to them, and that none of the runs
    /// may have carried out: others have.
    pub found: BTreeSet<StepId>,
    /// Whether it came to its end.
    pub has_ended: bool,
}

impl PastRun {
    /// Finds and reads a run that has ended, in whatever way, and that no other one has gone on with.
    pub fn find(
        run: &Run,
        wanted: &str,
        loaded: &Loaded,
        runs: &RunsArgs,
        target: &TargetArgs,
    ) -> Result<Self, Failure> {
        let runs = runs.runs(&loaded.directory);
        let name = runs.find(wanted)?;
        if matches!(runs.ending(&name)?, Ending::Running) {
            return Err(Failure::new(Exit::Stale, format!("the run {name} is under way")).hint("wait for its end"));
        }
        // Lines that are gone from its end only show in what later runs saw of it.
        for (_, checked) in runs.verify(std::slice::from_ref(&name))? {
            checked?;
        }
        let record = runs.read(&name)?;
        #[cfg(feature = "sandbox")]
        if !target.sandbox && record.head.place.target == super::local::NAME {
            return Err(Failure::usage(format!("the run {name} was made on the sandbox")).hint("add `--sandbox`"));
        }
        #[cfg(not(feature = "sandbox"))]
        let _ = target;
        if let Some(line) = record.torn {
            let file = runs.path(&name);
            run.output.note(&format!("line {line} of `{}` was cut off by a crash and is left out", file.display()));
        }
        run.output.hiding.learn_plan(&record.plan);
        plan::verify(&record.plan).map_err(|error| Failure::because(Exit::Stale, &error))?;
        if let Some(next) = next(&runs, &name)? {
            return Err(Failure::new(Exit::Stale, format!("the run {next} has gone on with the run {name}"))
                .hint(format!("nothing was written; name {next} instead")));
        }
        let mut known = record.known;
        let mut found: BTreeSet<StepId> =
            known.iter().filter(|(_, known)| is_found(known)).map(|(&step, _)| step).collect();
        let mut before = record.head.resumes.clone();
        while let Some(name) = before {
            // Without it, the steps of which nothing is known are looked at on the target.
            let Ok(earlier) = runs.read(&name) else {
                // It may have carried out whatever was done already when the next one went on.
                found.clear();
                break;
            };
            for (step, earlier) in earlier.known {
                if may_be_sent(&earlier) {
                    found.remove(&step);
                }
                let of_step = known.entry(step).or_insert_with(|| earlier.clone());
                if is_done(&earlier) && !is_done(of_step) {
                    *of_step = earlier;
                }
            }
            before = earlier.head.resumes;
        }
        let past = Self { head: record.head, plan: record.plan, known, found, has_ended: record.end.is_some() };
        past.belongs(loaded, &past.head.place.target, past.head.place.organization.as_deref())?;
        Ok(past)
    }

    /// Refuses a run of another place, once that is known.
    pub fn belongs_here(&self, loaded: &Loaded, connection: &Connection, live: &Live) -> Result<(), Failure> {
        let organization = live.organization.as_ref().map(|organization| organization.id.as_str());
        self.belongs(loaded, &connection.name, organization)
    }

    fn belongs(&self, loaded: &Loaded, target: &str, organization: Option<&str>) -> Result<(), Failure> {
        Ok(self.head.belongs_to(&project(&loaded.directory), &place(loaded, target, organization))?)
    }
}

/// Whether a step is known to be done.
pub fn is_done(known: &Known) -> bool {
    matches!(known, Known::Ended { outcome, .. } if outcome.is_success())
}

/// Whether nothing was left to do of a step.
fn is_found(known: &Known) -> bool {
    matches!(known, Known::Ended { outcome: Outcome::AlreadyInPlace { .. }, .. })
}

/// Whether a run may have carried a step out.
fn may_be_sent(known: &Known) -> bool {
    match known {
        Known::InDoubt => true,
        Known::Ended { outcome, .. } => {
            matches!(outcome, Outcome::Applied { .. } | Outcome::Unknown { .. } | Outcome::NotSettled { .. })
        }
    }
}

/// The run that has gone on with this one.
fn next(runs: &Runs, name: &RunId) -> Result<Option<RunId>, Failure> {
    let resumes = |run: &RunId| runs.head(run).is_ok_and(|head| head.resumes.as_ref() == Some(name));
    // Whichever came last knows most.
    Ok(runs.list()?.into_iter().take_while(|run| run > name).find(resumes))
}

impl From<Elsewhere> for Failure {
    fn from(error: Elsewhere) -> Self {
        Self::because(Exit::Stale, &error).hint("nothing was written; plan again for this place")
    }
}
