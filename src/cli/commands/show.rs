//! `rolecall show`: a saved plan, offline.

use std::path::PathBuf;

use clap::Args;

use super::plan::Format;
use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::saved;

/// Show a saved plan, offline
#[derive(Debug, Args)]
pub struct Show {
    /// A file that `plan --out` wrote
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The form of the plan
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Format,
}

/// Shows a saved plan.
pub fn run(arguments: &Show, run: &mut Run) -> Result<Exit, Failure> {
    let plan = saved::open(&arguments.plan)?;
    run.output.result(&arguments.format.plan(&plan))?;
    Ok(Exit::Done)
}
