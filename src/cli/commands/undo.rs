//! `rolecall undo`: takes a run back, by a plan like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::apply::{Way, show_and_apply};
use super::plan::refused;
use crate::apply::Outcome;
use crate::apply::journal::Known;
use crate::cli::Run;
use crate::cli::carrying_out::CarryingOutArgs;
use crate::cli::confirm::Confirmation;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::load::{Loaded, PlaceArgs};
use crate::cli::past::{self, PastRun, is_done};
use crate::cli::policy::PolicyArgs;
use crate::cli::runs::{Past, RunsArgs};
use crate::cli::runtime::block_on;
use crate::cli::saved;
use crate::cli::target::TargetArgs;
use crate::plan::{self, Left, Plan, Policy, Undoing, UnknownUsers, Unlisted, Write};
use crate::platform::Pack;
use crate::state::{Binding, Live, StepId};

/// Take an apply back: plan the values of before, show, ask, and carry it out
#[derive(Debug, Args)]
#[command(after_help = "\
The plan has the exact values of before for the fields that the run touched, and for nothing else; every guard \
and proof holds for it. What somebody has changed since is never overwritten: it is named, nothing is written, \
and it ends with 6. What cannot be as before (new ids of what is made again) is said before anything is written.

  rolecall undo latest --out undo.json       see and save the plan; nothing is written
  rolecall undo 20261122-101500-k3x9         show it, ask, and carry it out")]
pub struct Undo {
    /// The run: its name, the beginning of it, or `latest`
    #[arg(value_name = "RUN")]
    wanted: String,
    /// Save the plan, for `show` and `apply --plan`, and write nothing to the target
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Apply only the plan with this digest, the one that was reviewed
    #[arg(long, value_name = "DIGEST", env = "ROLECALL_EXPECT", hide_env_values = true)]
    expect: Option<String>,
    #[command(flatten)]
    pub carrying_out: CarryingOutArgs,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Takes a run back.
pub fn run(arguments: &Undo, run: &mut Run) -> Result<Exit, Failure> {
    arguments.carrying_out.told.redact.check_saving(arguments.out.as_deref())?;
    let terminal = std::io::stdin().is_terminal();
    if !terminal && !arguments.yes && arguments.out.is_none() {
        return Err(Failure::usage("undo would ask, and stdin is no terminal")
            .hint("add `--yes`, or save the plan with `--out FILE`"));
    }
    let loaded = past::load(run, &arguments.place, &arguments.target)?;
    if loaded.found.has_errors() {
        super::plan::is_valid(&loaded, run, &arguments.carrying_out.told)?;
        return Ok(Exit::Invalid);
    }
    let past = PastRun::find(run, &arguments.wanted, &loaded, &arguments.runs, &arguments.target)?;
    let name = past.head.run.clone();
    let of_others = of_others(&past);
    let own = past.known.iter().filter(|(step, _)| !of_others.contains(step));
    let done: BTreeMap<StepId, Option<Left>> = own.filter_map(|(&step, known)| written(step, known)).collect();
    if let Some(left_alone) = told(&past, &of_others) {
        run.output.note(&left_alone);
    }
    if done.is_empty() {
        run.output.note(&format!("the run {name} has done nothing: there is nothing to take back"));
        return Ok(Exit::Done);
    }
    let (confirm, given) = (arguments.carrying_out.confirm.as_deref(), arguments.yes);
    let confirmation = if arguments.out.is_some() {
        Confirmation::Given
    } else {
        Confirmation::new(&loaded, confirm, given, arguments.target.sandbox, terminal)?
    };
    block_on(async {
        let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let purpose = if arguments.out.is_some() { Purpose::Read } else { Purpose::Write };
        let connection = Connection::open(run, &arguments.target, &loaded, pack, purpose).await?;
        let live = connection.read(run, pack).await?;
        past.belongs_here(&loaded, &connection, &live)?;
        let undoing = plan::undoing(&past.plan, &done, &live);
        let plan = planned(arguments, &connection, &loaded, pack, (&past, &undoing, &live))?;
        let mut conflicts = undoing.conflicts.clone();
        conflicts.extend(undoing.conflicts_with(&plan));
        // Such a plan would overwrite what others did: it is not worth looking at.
        if !conflicts.is_empty() {
            let message = format!("somebody has changed since what the run {name} did: {}", conflicts.join("; "));
            connection.close().await;
            return Err(
                Failure::new(Exit::Stale, message).hint("nothing was written; say in the files what shall be so")
            );
        }
        for note in &undoing.notes {
            run.output.note(note);
        }
        if plan.is_empty() {
            run.output.note(&format!("everything is as it was before the run {name}"));
        }
        let ended = if let Some(path) = &arguments.out {
            save(arguments, run, &plan, path)
        } else {
            let way = Way {
                expect: arguments.expect.as_deref(),
                stale: None,
                runs: &arguments.runs,
                carrying_out: &arguments.carrying_out,
                past: Past::Undoes(name),
            };
            show_and_apply(way, run, plan, &live, confirmation, (&connection, &loaded, pack)).await
        };
        connection.close().await;
        ended
    })
}

/// The steps that others have done: nothing was left to do of them, and what they made is not the
/// run's to take away, whatever else the run did to it.
fn of_others(past: &PastRun) -> BTreeSet<StepId> {
    let mut of_others = past.found.clone();
    of_others.extend(past.plan.steps.iter().filter_map(|step| match &step.write {
        Write::Update { id: Binding::CreatedBy(made), .. } | Write::Delete { id: Binding::CreatedBy(made) } => {
            past.found.contains(made).then_some(step.id)
        }
        _ => None,
    }));
    of_others
}

/// What is said of them.
fn told(past: &PastRun, of_others: &BTreeSet<StepId>) -> Option<String> {
    let steps = past.plan.steps.iter().filter(|step| of_others.contains(&step.id));
    let names: BTreeSet<String> = steps.map(|step| step.address.to_string()).collect();
    let shown = plan::few(names.iter().map(String::as_str), names.len());
    let run = &past.head.run;
    (!names.is_empty())
        .then(|| format!("left as it is, because the run {run} did not do it but found it done: {shown}"))
}

/// A step that may have been written, with how it was left, where the run knows that it was.
fn written(step: StepId, known: &Known) -> Option<(StepId, Option<Left>)> {
    match known {
        Known::Ended { left, .. } if is_done(known) => Some((step, left.clone())),
        Known::Ended { outcome: Outcome::Unknown { .. } | Outcome::NotSettled { .. }, .. } | Known::InDoubt => {
            Some((step, None))
        }
        Known::Ended { .. } => None,
    }
}

/// The plan that takes the run back: only what the run touched is wanted, so nothing else counts as
/// unlisted or unknown.
fn planned(
    arguments: &Undo,
    connection: &Connection,
    loaded: &Loaded,
    pack: &Pack,
    (past, undoing, live): (&PastRun, &Undoing, &Live),
) -> Result<Plan, Failure> {
    arguments.policy.check_selectors(&undoing.desired, live)?;
    let mut policy = Policy {
        unlisted: Unlisted::default(),
        unknown_users: UnknownUsers::Create,
        of_rows: past.plan.request.is_some() || past.plan.of_rows,
        ..arguments.policy.policy(loaded, &connection.name)
    };
    if !connection.is_new {
        policy.last_run_users = arguments.runs.users_last_read(loaded, &connection.name, live)?;
    }
    Ok(plan::plan(&undoing.desired, live, pack, &policy))
}

fn save(arguments: &Undo, run: &mut Run, plan: &Plan, path: &Path) -> Result<Exit, Failure> {
    arguments.carrying_out.told.show(run, plan)?;
    if plan.is_refused() {
        return Err(refused(plan));
    }
    saved::save(plan, path)?;
    run.output.note(&format!("the plan is saved in `{}`", path.display()));
    Ok(Exit::Done)
}
