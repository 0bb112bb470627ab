//! `rolecall drift`: live against files, told apart by what the applies of before have left. It reads
//! and never writes.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::plan::is_valid;
use crate::apply::Outcome;
use crate::apply::journal::{Ending, Head, Known, ReadError, RunId};
use crate::cli::Run;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::AnswerFormat;
use crate::cli::load::{Loaded, SetArgs, load};
use crate::cli::policy::{PolicyArgs, SelectionArgs};
use crate::cli::runs::{RunsArgs, project};
use crate::cli::runtime::block_on;
use crate::cli::target::TargetArgs;
use crate::plan::{self, Base, Carried, Drift, Policy, Since, Unlisted};
use crate::report::{drift_json, drift_text};
use crate::state::{Live, StepId};

/// Compare live with the files, and tell what changed live from what changed in the files; nothing is
/// written
#[derive(Debug, Args)]
#[command(after_help = "\
A difference is measured from the last apply that touched the field, as its journal has it: changed live, changed \
in the files, or both. Without a journal of it (`--run-dir`), it is only a difference. Who changed something is not \
known.

  rolecall drift                             the project around this folder, against its target
  rolecall drift --detailed-exitcode         in a nightly job: 2 when anything differs
  rolecall drift --only role --format json   roles alone, for programs")]
pub struct DriftCommand {
    #[command(flatten)]
    set: SetArgs,
    /// The form of the answer
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: AnswerFormat,
    /// End with 2 when anything differs
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Compares.
pub fn run(arguments: &DriftCommand, run: &mut Run) -> Result<Exit, Failure> {
    let loaded = load(run, &arguments.set)?;
    if !is_valid(&loaded, run, arguments.format)? {
        return Ok(Exit::Invalid);
    }
    let drift = block_on(async {
        let (_, pack) = loaded.valid().expect("it was looked at above");
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Read).await?;
        let live = connection.read(run, pack).await?;
        let drift = compared(arguments, &loaded, &connection, &live);
        connection.close().await;
        drift
    })?;
    run.output.result(&match arguments.format {
        AnswerFormat::Text => drift_text(&drift),
        AnswerFormat::Json => drift_json(&drift),
    })?;
    Ok(if arguments.detailed_exitcode && !drift.is_empty() { Exit::Pending } else { Exit::Done })
}

fn compared(arguments: &DriftCommand, loaded: &Loaded, connection: &Connection, live: &Live) -> Result<Drift, Failure> {
    let (desired, pack) = loaded.valid().expect("only valid files are compared");
    let policy = PolicyArgs::selecting(arguments.selection.clone());
    policy.check_selectors(desired, live)?;
    let policy = policy.policy(loaded, &connection.name);
    // What no file names is compared on its own account: a plan would only have it to delete it.
    let plan = plan::plan(desired, live, pack, &Policy { unlisted: Unlisted::default(), ..policy.clone() });
    let mut notes = Vec::new();
    let base = if connection.is_new { Base::default() } else { base(arguments, loaded, connection, live, &mut notes)? };
    let mut drift = plan::drift(desired, live, &plan, &policy, &base);
    if base.is_empty() && notes.is_empty() && !drift.is_empty() {
        let directory = arguments.runs.runs(&loaded.directory).directory().display().to_string();
        notes.push(format!(
            "there is no journal of an apply to this target in `{directory}`: nothing can be told apart"
        ));
    }
    drift.notes.extend(notes);
    Ok(drift)
}

/// What the applies to this place have left, by their journals.
fn base(
    arguments: &DriftCommand,
    loaded: &Loaded,
    connection: &Connection,
    live: &Live,
    notes: &mut Vec<String>,
) -> Result<Base, Failure> {
    let runs = arguments.runs.runs(&loaded.directory);
    let mut names = runs.list()?;
    names.reverse();
    let mut broken: BTreeMap<RunId, ReadError> =
        runs.verify(&names)?.into_iter().filter_map(|(run, checked)| Some((run, checked.err()?))).collect();
    let there: BTreeSet<RunId> = names.iter().cloned().collect();
    let here = project(&loaded.directory);
    let organization = live.organization.as_ref().map(|organization| organization.id.as_str());
    let is_here = |head: &Head| {
        let place = &head.place;
        // A sandbox in this process is one folder's own, whatever it is called.
        let is_same = place.target.contains("://") || head.project.folder == here.folder;
        is_same && place.target == connection.name && place.organization.as_deref() == organization
    };
    let (mut base, mut steps_of) = (Base::default(), BTreeMap::<RunId, BTreeMap<StepId, Carried>>::new());
    for name in names {
        let head = runs.head(&name);
        if head.as_ref().is_ok_and(|head| !is_here(head)) {
            continue;
        }
        let before = head.as_ref().ok().and_then(|head| head.after.as_ref());
        if let Some(anchor) = before.filter(|anchor| !there.contains(&anchor.run) && !base.is_empty()) {
            notes.push(format!("the journal of the run {} is missing: what came before it is left out", anchor.run));
            base.forget();
        }
        let record = match broken.remove(&name) {
            None => runs.read(&name),
            Some(error) => Err(error),
        };
        let record = match record {
            Ok(record) => record,
            Err(ReadError::NoPlan { .. }) => continue,
            Err(error) => {
                let reason = Failure::from(error).line();
                notes.push(format!("{reason}: what it and the applies before it left is not known"));
                base.forget();
                continue;
            }
        };
        if matches!(runs.ending(&name), Ok(Ending::Running)) {
            notes.push(format!("the run {name} is under way: what it has written may show as a difference"));
        }
        let mut steps: BTreeMap<StepId, Carried> =
            record.known.iter().filter_map(|(&step, known)| Some((step, carried(known)?))).collect();
        // What is done is not done again by a run that goes on: it has only the rest.
        let earlier = record.head.resumes.as_ref().and_then(|resumed| steps_of.get(resumed));
        for (&step, &carried) in earlier.into_iter().flatten() {
            let of_step = steps.entry(step).or_insert(carried);
            if carried == Carried::Done {
                *of_step = carried;
            }
        }
        let since = Since { run: name.to_string(), when: record.head.when.clone() };
        base.take(&since, &record.plan, &steps);
        steps_of.insert(name, steps);
    }
    Ok(base)
}

/// What became of a step; nothing, when it was certainly not done.
fn carried(known: &Known) -> Option<Carried> {
    match known {
        Known::Ended { outcome, .. } if outcome.is_success() => Some(Carried::Done),
        Known::InDoubt | Known::Ended { outcome: Outcome::Unknown { .. } | Outcome::NotSettled { .. }, .. } => {
            Some(Carried::InDoubt)
        }
        Known::Ended { .. } => None,
    }
}
