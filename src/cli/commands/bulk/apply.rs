//! `rolecall bulk apply`: carries a request out, once the number of its rows is confirmed.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::manifests;
use super::outcomes::{Rows, of_roles};
use super::requested::{Planned, RequestArgs, results_fit};
use crate::cli::Run;
use crate::cli::carrying_out::CarryingOutArgs;
use crate::cli::commands::apply::{Became, Way, show_apply_and_tell};
use crate::cli::confirm::Confirmation;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::runs::Past;
use crate::cli::runtime::block_on;

/// Plan a bulk request, show the plan, have the number of its rows confirmed, and carry it out
#[derive(Debug, Args)]
#[command(name = "apply")]
#[command(after_help = "\
The number of rows is what is confirmed, with `--rows` or at the question; `--yes` says nothing of it. With the token \
of the vendor's support the roles are changed together (SCIM Bulk); any other changes them one by one, which wants \
`--one-by-one`. `rolecall resume` goes on with it, `rolecall undo` takes it back.

  rolecall bulk apply request.xlsx --rows 300 --results results.xlsx")]
pub struct ApplyRequest {
    #[command(flatten)]
    request: RequestArgs,
    /// How many rows the request has
    #[arg(long, value_name = "N", env = "ROLECALL_ROWS", hide_env_values = true)]
    rows: Option<u64>,
    /// Write what became of each row to this file, in the form of the request
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Do not ask; the rows are confirmed with `--rows`
    #[arg(long, short)]
    yes: bool,
    /// Apply only the plan with this digest, the one that was reviewed
    #[arg(long, value_name = "DIGEST", env = "ROLECALL_EXPECT", hide_env_values = true)]
    expect: Option<String>,
    #[command(flatten)]
    carrying_out: CarryingOutArgs,
}

/// Applies.
pub fn run(arguments: &ApplyRequest, run: &mut Run) -> Result<Exit, Failure> {
    let terminal = std::io::stdin().is_terminal();
    if arguments.rows.is_none() && (arguments.yes || !terminal) {
        return Err(Failure::usage("the number of rows is not confirmed")
            .hint("nothing was written; add `--rows N`, N being how many rows the request has"));
    }
    if let Some(results) = &arguments.results {
        results_fit(results, &arguments.request.file)?;
    }
    let Some(read) = arguments.request.read(run, &arguments.carrying_out.told)? else { return Ok(Exit::Invalid) };
    let rows = read.facts.rows;
    if let Some(said) = arguments.rows.filter(|&said| said != rows) {
        return Err(Failure::usage(format!("the request has {rows} rows, and {said} were confirmed"))
            .hint("nothing was written; is it the file that you mean?"));
    }
    let confirm = arguments.carrying_out.confirm.as_deref();
    let sandbox = arguments.request.target.sandbox;
    let confirmation = Confirmation::new(&read.loaded, confirm, true, sandbox, terminal)?;
    let confirmation = if arguments.rows.is_some() { confirmation } else { confirmation.and_rows(rows) };
    block_on(async {
        let Some(pack) = &read.loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let target = &arguments.request.target;
        let connection = Connection::open(run, target, &read.loaded, pack, Purpose::Write).await?;
        let sending = &arguments.carrying_out.sending;
        let Planned { plan, live, rows } = arguments.request.plan(run, &connection, &read, sending).await?;
        let way = Way {
            expect: arguments.expect.as_deref(),
            stale: None,
            runs: &arguments.request.runs,
            carrying_out: &arguments.carrying_out,
            past: Past::Nothing,
        };
        let told = Rows { request: &read.request, states: rows, steps: of_roles(&plan), done: BTreeSet::new() };
        let mut became = Became::NotBegun;
        let place = (&connection, &read.loaded, pack);
        let ended = show_apply_and_tell(way, run, plan, &live, confirmation, place, &mut became).await;
        connection.close().await;
        let ended = match &arguments.results {
            Some(path) => told.tell(run, path, &became, ended),
            None => ended,
        };
        if matches!(ended, Ok(Exit::Done)) {
            manifests::tell(run, &read, &arguments.request, &arguments.carrying_out.told)?;
        }
        ended
    })
}
