//! `rolecall bulk plan`: what a request would do. It reads and never writes.

use std::path::PathBuf;

use clap::Args;

use super::manifests;
use super::requested::{Planned, RequestArgs};
use crate::cli::Run;
use crate::cli::carrying_out::SendingArgs;
use crate::cli::commands::plan::save_and_show;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::PlanFormatArgs;
use crate::cli::runtime::block_on;

/// Show what a bulk request would do; nothing is written
#[derive(Debug, Args)]
#[command(name = "plan")]
#[command(after_help = "\
Every row is held to the target first: a role that is not there, or one that is not as its row expects it, refuses \
the request as a whole.

  rolecall bulk plan request.xlsx                          in a project, or
  rolecall bulk plan request.csv --platform total-expert --url https://roles.example.com/scim/v2")]
pub struct PlanRequest {
    #[command(flatten)]
    request: RequestArgs,
    /// Save the plan, for `show` and `apply --plan`; only its owner can read the file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    told: PlanFormatArgs,
    /// End with 2 when changes are pending
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    sending: SendingArgs,
}

/// Plans.
pub fn run(arguments: &PlanRequest, run: &mut Run) -> Result<Exit, Failure> {
    arguments.told.redact.check_saving(arguments.out.as_deref())?;
    let Some(read) = arguments.request.read(run, &arguments.told)? else { return Ok(Exit::Invalid) };
    let Planned { plan, .. } = block_on(async {
        let Some(pack) = &read.loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let connection = Connection::open(run, &arguments.request.target, &read.loaded, pack, Purpose::Read).await?;
        let planned = arguments.request.plan(run, &connection, &read, &arguments.sending).await?;
        connection.close().await;
        Ok(planned)
    })?;
    save_and_show(run, &plan, arguments.out.as_deref(), &arguments.told)?;
    manifests::tell(run, &read, &arguments.request, &arguments.told)?;
    Ok(if arguments.detailed_exitcode && !plan.is_empty() { Exit::Pending } else { Exit::Done })
}
