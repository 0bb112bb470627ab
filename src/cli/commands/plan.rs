//! `rolecall plan`: what would be done. It reads and never writes.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Run;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::{FindingsFormat, PlanFormatArgs};
use crate::cli::load::{Loaded, SetArgs, load};
use crate::cli::policy::PolicyArgs;
use crate::cli::runs::RunsArgs;
use crate::cli::runtime::block_on;
use crate::cli::saved;
use crate::cli::target::TargetArgs;
use crate::diagnostic::Code;
use crate::plan::{self, Plan};
use crate::state::Live;

/// Show what apply would do; nothing is written
#[derive(Debug, Args)]
#[command(
    name = "plan",
    after_help = "  rolecall plan                              the project around this folder, against its target
  rolecall plan --env production --out plan.json   save it for `apply --plan`
  rolecall plan --sandbox examples/open      against a platform in a box
  rolecall plan --only 'role/Loan*'          only these roles"
)]
pub struct PlanCommand {
    #[command(flatten)]
    set: SetArgs,
    /// Save the plan, for `show` and `apply --plan`; only its owner can read the file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub told: PlanFormatArgs,
    /// End with 2 when changes are pending
    #[arg(long)]
    detailed_exitcode: bool,
    /// Do not count the steps that are left to a person as pending
    #[arg(long, env = "ROLECALL_SKIP_MANUAL", hide_env_values = true)]
    skip_manual: bool,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Plans.
pub fn run(arguments: &PlanCommand, run: &mut Run) -> Result<Exit, Failure> {
    arguments.told.redact.check_saving(arguments.out.as_deref())?;
    let loaded = load(run, &arguments.set)?;
    if !is_valid(&loaded, run, &arguments.told)? {
        return Ok(Exit::Invalid);
    }
    let plan = block_on(async {
        let (_, pack) = loaded.valid().expect("it was looked at above");
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Read).await?;
        let (plan, _) = read_and_plan(run, &connection, &loaded, &arguments.policy, &arguments.runs).await?;
        connection.close().await;
        Ok(plan)
    })?;
    save_and_show(run, &plan, arguments.out.as_deref(), &arguments.told)?;
    let is_pending = !plan.is_empty() || !(plan.manual.is_empty() || arguments.skip_manual);
    Ok(if arguments.detailed_exitcode && is_pending { Exit::Pending } else { Exit::Done })
}

/// Saves a plan where that is asked for, and shows it; a failure where it refuses itself.
pub fn save_and_show(run: &mut Run, plan: &Plan, out: Option<&Path>, told: &PlanFormatArgs) -> Result<(), Failure> {
    if let Some(path) = out {
        saved::save(plan, path)?;
        run.output.note(&format!("the plan is saved in `{}`", path.display()));
    }
    told.show(run, plan)?;
    if plan.is_refused() { Err(refused(plan)) } else { Ok(()) }
}

/// Whether the files are valid. What is wrong is the result of the run; warnings are beside it.
pub fn is_valid(loaded: &Loaded, run: &mut Run, format: impl Into<FindingsFormat>) -> Result<bool, Failure> {
    if loaded.valid().is_none() {
        let (text, _) = loaded.findings(format.into(), false);
        run.output.result(&text)?;
        return Ok(false);
    }
    if loaded.found.iter().next().is_some() {
        run.output.note(loaded.findings(FindingsFormat::Human, false).0.trim_end());
    }
    Ok(true)
}

/// Reads the live state and plans against it.
pub async fn read_and_plan(
    run: &Run,
    connection: &Connection,
    loaded: &Loaded,
    policy: &PolicyArgs,
    runs: &RunsArgs,
) -> Result<(Plan, Live), Failure> {
    let (desired, pack) = loaded.valid().expect("only valid files are planned for");
    let live = connection.read(run, pack).await?;
    policy.check_selectors(desired, &live)?;
    let mut policy = policy.policy(loaded, &connection.name);
    if !connection.is_new {
        policy.last_run_users = runs.users_last_read(loaded, &connection.name, &live)?;
    }
    let plan = plan::plan(desired, &live, pack, &policy);
    Ok((plan, live))
}

/// The failure of a plan that refuses itself.
pub fn refused(plan: &Plan) -> Failure {
    let codes: std::collections::BTreeSet<&str> = plan
        .findings
        .iter()
        .filter(|finding| finding.severity == crate::diagnostic::Severity::Error && !finding.allowed)
        .map(|finding| finding.code.as_str())
        .collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    // Somebody has changed the roles since the request was written, and nothing else is wrong.
    let exit = if codes == [Code::StaleRow.name()] { Exit::Stale } else { Exit::Refused };
    Failure::new(exit, format!("the plan is refused: {}", codes.join(", ")))
        .hint("nothing was written; the findings in the plan say what to do")
}
