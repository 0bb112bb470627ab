//! `rolecall show`: a saved plan, offline.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::PlanFormatArgs;
use crate::cli::saved;

/// Show a saved plan, offline
#[derive(Debug, Args)]
#[command(after_help = "  rolecall show plan.json                    as `plan` printed it
  rolecall show plan.json --format json      for programs")]
pub struct Show {
    /// A file that `plan --out` wrote
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    pub told: PlanFormatArgs,
}

/// Shows a saved plan.
pub fn run(arguments: &Show, run: &mut Run) -> Result<Exit, Failure> {
    let plan = saved::open(&arguments.plan)?;
    arguments.told.show(run, &plan)?;
    Ok(Exit::Done)
}
