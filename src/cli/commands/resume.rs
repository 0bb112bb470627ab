//! `rolecall resume`: goes on with a run that did not do all of its plan.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::apply::{Became, Way, show_apply_and_tell};
use super::bulk::outcomes::{Rows, of_roles};
use super::bulk::requested::{read_again, results_fit};
use crate::apply::journal::Known;
use crate::bulk;
use crate::cli::Run;
use crate::cli::carrying_out::CarryingOutArgs;
use crate::cli::confirm::Confirmation;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::load::PlaceArgs;
use crate::cli::past::{self, PastRun, is_done};
use crate::cli::runs::{Past, RunsArgs};
use crate::cli::runtime::block_on;
use crate::cli::target::TargetArgs;
use crate::plan::{self, Left};
use crate::state::StepId;

/// Go on with an apply that was stopped, was killed or failed in part
#[derive(Debug, Args)]
// The rest of a plan is sent step by step.
#[command(mut_arg("bulk", |bulk| bulk.hide(true)))]
#[command(after_help = "\
What is done is not done again: what the journal leaves in doubt is looked at on the target. Where something \
has changed since that the rest counts on, nothing is written and it ends with 6; a fresh `plan` takes it in.

  rolecall resume                            the latest run
  rolecall resume 20261122-101500-k3x9       another one; the beginning of its name will do")]
pub struct Resume {
    /// The run: its name, the beginning of it, or `latest`
    #[arg(value_name = "RUN", default_value = "latest")]
    wanted: String,
    /// A plan that was agreed to is not asked about again; taken so that apply's words fit here
    #[arg(long, short, hide = true)]
    yes: bool,
    /// Write what became of each row of a bulk request to this file, in the form of the request
    #[arg(long, value_name = "FILE", requires = "request")]
    results: Option<PathBuf>,
    /// The bulk request that the run carries out, for `--results`
    #[arg(long, value_name = "REQUEST", requires = "results")]
    request: Option<PathBuf>,
    #[command(flatten)]
    pub carrying_out: CarryingOutArgs,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Goes on.
pub fn run(arguments: &Resume, run: &mut Run) -> Result<Exit, Failure> {
    let loaded = past::load(run, &arguments.place, &arguments.target)?;
    if loaded.found.has_errors() {
        super::plan::is_valid(&loaded, run, &arguments.carrying_out.told)?;
        return Ok(Exit::Invalid);
    }
    let past = PastRun::find(run, &arguments.wanted, &loaded, &arguments.runs, &arguments.target)?;
    let known: BTreeMap<StepId, Left> = past.known.iter().filter_map(|(&step, known)| left(step, known)).collect();
    let (name, steps) = (past.head.run.clone(), past.plan.steps.len());
    // One that was killed after its last step still has to be seen to have done it.
    if known.len() == steps && past.has_ended {
        return Err(Failure::new(Exit::Stale, format!("the run {name} is complete: nothing is left of its plan"))
            .hint("nothing was written; `rolecall plan` says what the files want now"));
    }
    let request = match (&arguments.results, &arguments.request, &loaded.pack) {
        (Some(results), Some(request), Some(pack)) => {
            results_fit(results, request)?;
            Some((results, read_again(request, past.plan.request.as_ref(), pack)?))
        }
        _ => None,
    };
    let terminal = std::io::stdin().is_terminal();
    let confirmation = Confirmation::new(
        &loaded,
        arguments.carrying_out.confirm.as_deref(),
        true,
        arguments.target.sandbox,
        terminal,
    )?;
    block_on(async {
        let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Write).await?;
        let live = connection.read(run, pack).await?;
        past.belongs_here(&loaded, &connection, &live)?;
        let begun = plan::begun(&past.plan, &known, &live);
        run.output.note(&format!("going on with the run {name}: {} of {steps} steps are done", begun.done.len()));
        let stale = (!begun.changed.is_empty()).then(|| {
            let changed = begun.changed.join("; ");
            Failure::new(Exit::Stale, format!("what the run {name} counted on has changed: {changed}"))
                .hint("nothing was written; plan again: what is done is found on the target")
        });
        let way = Way {
            expect: None,
            stale,
            runs: &arguments.runs,
            carrying_out: &arguments.carrying_out,
            past: Past::Resumes(name, begun.done),
        };
        let told = request.as_ref().map(|(results, request)| {
            let done = way.past.done().keys().filter(|step| !past.found.contains(step)).copied().collect();
            let states = bulk::against(request, &live, pack).rows;
            (results, Rows { request, states, steps: of_roles(&past.plan), done })
        });
        let (place, mut became) = ((&connection, &loaded, pack), Became::NotBegun);
        let ended = show_apply_and_tell(way, run, past.plan, &live, confirmation, place, &mut became).await;
        connection.close().await;
        match told {
            Some((path, rows)) => rows.tell(run, path, &became, ended),
            None => ended,
        }
    })
}

/// How a step that is known to be done has left its object.
fn left(step: StepId, known: &Known) -> Option<(StepId, Left)> {
    match known {
        Known::Ended { left: Some(left), .. } if is_done(known) => Some((step, left.clone())),
        Known::Ended { .. } | Known::InDoubt => None,
    }
}
