//! `rolecall apply`: plans, shows, asks and carries out; or carries out a saved plan as it stands.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::plan::{is_valid, read_and_plan, refused};
use crate::apply::{self, Options, Outcome, Report};
use crate::cli::Run;
use crate::cli::carrying_out::CarryingOutArgs;
use crate::cli::confirm::Confirmation;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::PlanFormat;
use crate::cli::load::{Loaded, SetArgs, load, load_project};
use crate::cli::policy::PolicyArgs;
use crate::cli::runs::{Past, RunsArgs};
use crate::cli::runtime::{asked_to_stop, block_on};
use crate::cli::saved;
use crate::cli::target::TargetArgs;
use crate::plan::{self, Plan};
use crate::platform::Pack;
use crate::report::plan_text;
use crate::state::{Live, Organization, StepId};

/// Plan, show the plan, ask, and carry it out
#[derive(Debug, Args)]
#[command(
    after_help = "  rolecall apply --sandbox                   show the plan, ask, and carry it out on a platform in a box
  rolecall apply --plan plan.json            a saved plan, as it stands
  rolecall apply --yes --expect 98f1d92dc664dfa2   in a pipeline: what was reviewed, or exit 6"
)]
pub struct Apply {
    #[command(flatten)]
    set: SetArgs,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Apply this saved plan as it stands, without asking, or refuse it as stale
    #[arg(long = "plan", value_name = "FILE", conflicts_with_all = ["only", "except"])]
    saved: Option<PathBuf>,
    /// Apply only the plan with this digest, the one that was reviewed
    #[arg(long, value_name = "DIGEST", env = "ROLECALL_EXPECT", hide_env_values = true)]
    expect: Option<String>,
    /// How many rows the bulk request has whose saved plan is applied
    #[arg(long, value_name = "N", requires = "saved")]
    rows: Option<u64>,
    #[command(flatten)]
    pub carrying_out: CarryingOutArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Applies.
pub fn run(arguments: &Apply, run: &mut Run) -> Result<Exit, Failure> {
    if let Some(path) = arguments.set.paths.iter().find(|path| is_saved_plan(path)) {
        return Err(Failure::usage(format!("`{}` is a saved plan, not a manifest", path.display()))
            .hint(format!("use `rolecall apply --plan {}`", path.display())));
    }
    let terminal = std::io::stdin().is_terminal();
    if !terminal && !arguments.yes && arguments.saved.is_none() {
        return Err(Failure::usage("apply would ask, and stdin is no terminal")
            .hint("add `--yes`, or apply a reviewed plan with `--plan FILE`"));
    }
    if arguments.saved.is_some() && arguments.policy.has_overrides() {
        run.output.note(
            "a saved plan is applied as it stands; `--allow`, `--acknowledge` and `--take-over` belong to `plan`",
        );
    }
    let (loaded, plan) = match &arguments.saved {
        // A sandbox that is not there yet is set up as the files expect it.
        Some(path) if !arguments.set.paths.is_empty() => {
            let load = if arguments.target.sandbox { load } else { load_project };
            (load(run, &arguments.set)?, Some(saved::open(path)?))
        }
        Some(path) => (arguments.set.place.load(run, &arguments.target)?, Some(saved::open(path)?)),
        None => (load(run, &arguments.set)?, None),
    };
    if plan.is_some() && loaded.found.has_errors() || plan.is_none() && loaded.valid().is_none() {
        is_valid(&loaded, run, &arguments.carrying_out.told)?;
        return Ok(Exit::Invalid);
    }
    if plan.is_none() {
        is_valid(&loaded, run, &arguments.carrying_out.told)?;
    }
    if let Some(plan) = &plan {
        rows_are_confirmed(plan, arguments.rows)?;
    }
    let given = arguments.yes || arguments.saved.is_some();
    let confirmation = Confirmation::new(
        &loaded,
        arguments.carrying_out.confirm.as_deref(),
        given,
        arguments.target.sandbox,
        terminal,
    )?;
    block_on(async {
        let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Write).await?;
        let (plan, live) = match plan {
            Some(plan) => {
                belongs_here(&plan, &loaded, &connection)?;
                arguments.runs.refuse_used(&loaded, &plan)?;
                let live = connection.read(run, pack).await?;
                let one_by_one = arguments.carrying_out.sending.is_one_by_one();
                if let Some(how) = plan::without_consent(&plan, &live, pack, one_by_one) {
                    return Err(Failure::new(Exit::Refused, format!("the plan does not say that {how}"))
                        .hint("nothing was written; plan it again with this credential"));
                }
                (plan, live)
            }
            None => read_and_plan(run, &connection, &loaded, &arguments.policy, &arguments.runs).await?,
        };
        let counted_on = if arguments.saved.is_some() { plan::stale(&plan, &live) } else { Vec::new() };
        let way = Way {
            expect: arguments.expect.as_deref(),
            stale: (!counted_on.is_empty()).then(|| {
                Failure::new(Exit::Stale, format!("the plan is stale: {}", counted_on.join("; ")))
                    .hint("nothing was written; plan again")
            }),
            runs: &arguments.runs,
            carrying_out: &arguments.carrying_out,
            past: Past::Nothing,
        };
        let ended = show_and_apply(way, run, plan, &live, confirmation, (&connection, &loaded, pack)).await;
        connection.close().await;
        ended
    })
}

/// Refuses the saved plan of a bulk request unless its rows are confirmed by their number.
fn rows_are_confirmed(plan: &Plan, said: Option<u64>) -> Result<(), Failure> {
    let rows = plan.request.as_ref().map(|request| request.rows);
    match (rows, said) {
        (None, None) => Ok(()),
        (Some(rows), Some(said)) if rows == said => Ok(()),
        (Some(rows), Some(said)) => {
            Err(Failure::usage(format!("the plan is of a bulk request of {rows} rows, and {said} were confirmed")))
        }
        (Some(rows), None) => Err(Failure::usage(format!("the plan is of a bulk request of {rows} rows"))
            .hint(format!("add `--rows {rows}` to confirm them"))),
        (None, Some(_)) => Err(Failure::usage("`--rows` is for the saved plan of a bulk request, and this is none")),
    }
}

/// Whether a path of the command line is a plan that somebody saved.
fn is_saved_plan(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json") && path.is_file()
}

/// Refuses a saved plan that was made for another place.
fn belongs_here(plan: &Plan, loaded: &Loaded, connection: &Connection) -> Result<(), Failure> {
    let environment = loaded.project.as_ref().and_then(|project| project.environment.clone());
    let digest = loaded.pack.as_ref().map(Pack::digest).unwrap_or_default();
    let platform = loaded.pack.as_ref().map(|pack| pack.platform.clone()).unwrap_or_default();
    let owner = loaded.project.as_ref().and_then(|project| project.owner.clone());
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".into());
    let difference = if plan.platform != platform {
        format!("the platform `{}`, and this is `{platform}`", plan.platform)
    } else if plan.owner != owner {
        format!("the owner `{}`, and this is `{}`", name(&plan.owner), name(&owner))
    } else if plan.target != connection.name {
        format!("the target `{}`, and this is `{}`", plan.target, connection.name)
    } else if plan.environment != environment {
        format!("the environment `{}`, and this is `{}`", name(&plan.environment), name(&environment))
    } else if plan.pack_digest != digest {
        "other rules of the platform: its pack has changed".to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::new(Exit::Stale, format!("the plan was made for {difference}"))
        .hint("nothing was written; plan again"))
}

/// How a plan is shown and carried out.
pub struct Way<'a> {
    /// The digest that was reviewed.
    pub expect: Option<&'a str>,
    /// What the plan counts on and is not so.
    pub stale: Option<Failure>,
    /// Where the journals are.
    pub runs: &'a RunsArgs,
    /// How it is sent.
    pub carrying_out: &'a CarryingOutArgs,
    /// What it has to do with a run of before.
    pub past: Past,
}

/// What became of a plan, for whoever has more to tell of it.
#[derive(Debug, Default)]
pub enum Became {
    /// Nothing was sent.
    #[default]
    NotBegun,
    /// It was stopped in the middle of requests: only its journal knows more.
    Killed,
    /// It ended, in whatever way.
    Ended(Report),
}

/// Shows a plan and, unless something stops it, carries it out.
pub async fn show_and_apply(
    way: Way<'_>,
    run: &mut Run,
    plan: Plan,
    live: &Live,
    confirmation: Confirmation,
    place: (&Connection, &Loaded, &Pack),
) -> Result<Exit, Failure> {
    show_apply_and_tell(way, run, plan, live, confirmation, place, &mut Became::NotBegun).await
}

/// The same, and says what became of it, however it ends.
pub async fn show_apply_and_tell(
    way: Way<'_>,
    run: &mut Run,
    plan: Plan,
    live: &Live,
    confirmation: Confirmation,
    (connection, loaded, pack): (&Connection, &Loaded, &Pack),
    became: &mut Became,
) -> Result<Exit, Failure> {
    if way.carrying_out.told.format == PlanFormat::Text {
        let text = plan_text(&run.output.hiding.plan(&plan));
        run.output.result(&text)?;
    }
    // From here on every way out that applies nothing still prints the plan.
    let stopped = match before_the_first_write(&way, run, &plan, live, confirmation, pack) {
        Ok(exit) => exit,
        Err(failure) => {
            nothing_applied(&way, run, &plan)?;
            return Err(failure);
        }
    };
    if let Some(exit) = stopped {
        nothing_applied(&way, run, &plan)?;
        return Ok(exit);
    }
    if plan.is_empty() {
        let report = Report { reads: connection.reader.counts().reads, ..Report::default() };
        way.carrying_out.told.show_results(run, &plan, &report)?;
        return Ok(done(&way, &plan));
    }
    let approved = plan::approve(plan).map_err(|plan| refused(&plan))?;
    let journal = match way.runs.begin(loaded, live, approved.plan(), &way.past) {
        Ok(journal) => journal,
        Err(failure) => {
            nothing_applied(&way, run, approved.plan())?;
            return Err(failure);
        }
    };
    run.output.note(&format!("run {}", journal.run()));
    // Which steps may share a request is known of a plan that was made against this state: not of
    // the rest of one, but for a bulk request, whose steps have nothing to do with each other.
    let is_known = !matches!(way.past, Past::Resumes(..)) || approved.plan().request.is_some();
    let together = is_known.then(|| way.carrying_out.together(approved.plan(), live, pack)).flatten();
    let options = Options { concurrency: connection.concurrency, journal: Some(&journal), ..Options::default() };
    let options = way.carrying_out.options(options, together.as_ref());
    let report = carry_out(run, &approved, connection, options, way.past.done()).await;
    let Some(report) = report else {
        *became = Became::Killed;
        return Err(Failure::new(Exit::Killed, "stopped in the middle of a request")
            .hint(format!("`rolecall resume {}` goes on; so does a fresh plan", journal.run())));
    };
    *became = Became::Ended(report);
    let Became::Ended(report) = &*became else { unreachable!("it was just set") };
    way.carrying_out.told.show_results(run, approved.plan(), report)?;
    if let Some(reason) = &report.unrecorded {
        return Err(Failure::new(Exit::Error, reason)
            .hint(format!("nothing further was sent; make room for it, then `rolecall resume {}`", journal.run())));
    }
    if !report.succeeded() {
        run.output.note(&format!("`rolecall resume {}` goes on with it; so does a fresh plan", journal.run()));
    }
    Ok(if report.succeeded() {
        done(&way, approved.plan())
    } else if report.interrupted {
        Exit::Cancelled
    } else if is_credential(report) {
        Exit::Credential
    } else {
        Exit::Incomplete
    })
}

/// How a run ends in which all was done that rolecall can do.
fn done(way: &Way<'_>, plan: &Plan) -> Exit {
    if plan.manual.is_empty() || way.carrying_out.skip_manual { Exit::Done } else { Exit::Incomplete }
}

/// Everything that can keep a plan from being applied, in the order of DESIGN.md §6. `Some` when
/// the person said no.
fn before_the_first_write(
    way: &Way<'_>,
    run: &Run,
    plan: &Plan,
    live: &Live,
    confirmation: Confirmation,
    pack: &Pack,
) -> Result<Option<Exit>, Failure> {
    if live.organization.as_ref().is_some_and(Organization::lets_only_read) {
        let rule = pack.roles.write_rule.as_ref().map_or_else(String::new, |rule| format!(" ({rule})"));
        return Err(Failure::new(Exit::Credential, format!("the token may only read{rule}"))
            .hint("nothing was written; apply with a token of an administrator"));
    }
    if plan.is_refused() {
        return Err(refused(plan));
    }
    if let Some(stale) = &way.stale {
        return Err(stale.clone());
    }
    if let Some(expected) = way.expect {
        if expected.len() < crate::report::DIGEST_SHOWN {
            return Err(Failure::usage(format!(
                "`--expect` needs at least the {} characters of a digest that a plan shows",
                crate::report::DIGEST_SHOWN
            )));
        }
        if !plan.digest.starts_with(expected) {
            return Err(Failure::new(Exit::Stale, format!("this is not the plan `{expected}`, which was expected"))
                .hint("nothing was written; look at what changed and review it anew"));
        }
    }
    if plan.is_empty() { Ok(None) } else { ask(confirmation, way, run, plan) }
}

/// Asks for a plan; `Some` when the person said no.
fn ask(confirmation: Confirmation, way: &Way<'_>, run: &Run, plan: &Plan) -> Result<Option<Exit>, Failure> {
    if way.carrying_out.told.format != PlanFormat::Text && !matches!(confirmation, Confirmation::Given) {
        // stdout holds one document; the person still has to see what is asked about.
        run.output.words(&plan_text(&run.output.hiding.plan(plan)));
    }
    confirmation.ask(run, "Apply this plan?")
}

/// Applies, stopping cleanly when asked to; `None` when asked twice.
async fn carry_out<'a>(
    run: &'a Run,
    approved: &plan::Approved,
    connection: &Connection,
    mut options: Options<'a>,
    done: &BTreeMap<StepId, plan::Left>,
) -> Option<Report> {
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let output = &run.output;
    let mut seen = super::progress::Progress::new(output, approved.plan().steps.len());
    options.on_event = Box::new(move |event| seen.show(&event));
    let applying = apply::go_on(approved, connection.reader.clone(), options, done, stopping);
    tokio::pin!(applying);
    tokio::select! {
        report = &mut applying => return Some(report),
        () = asked_to_stop() => {}
    }
    output.note("stopping after the requests that are under way; once more to stop at once");
    stop.send_replace(true);
    tokio::select! {
        report = &mut applying => Some(report),
        () = asked_to_stop() => None,
    }
}

fn is_credential(report: &Report) -> bool {
    let mut failed = report.outcomes.iter().map(|(_, _, outcome)| outcome).filter(|outcome| !outcome.is_success());
    failed.any(|outcome| matches!(outcome, Outcome::Failed { credential: true, .. })) && report.writes == 0
}

/// Prints a plan that is not applied, where it was not printed yet.
fn nothing_applied(way: &Way<'_>, run: &mut Run, plan: &Plan) -> Result<(), Failure> {
    let told = &way.carrying_out.told;
    if told.format == PlanFormat::Text {
        return told.write(run, plan);
    }
    told.show_results(run, plan, &Report::default())
}
