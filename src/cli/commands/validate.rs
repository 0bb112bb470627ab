//! `rolecall validate`: everything that can be known without a target.

use clap::Args;

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::FindingsFormatArgs;
use crate::cli::load::{SetArgs, load};
use crate::diagnostic::Severity;

/// Check the files, offline, and show all that is wrong with them
#[derive(Debug, Args)]
#[command(after_help = "  rolecall validate                          the project around this folder
  rolecall validate --deny-warnings          in a pipeline: warnings end with 10 too
  rolecall validate --platform open a.yaml   files without a project")]
pub struct Validate {
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    pub told: FindingsFormatArgs,
    /// Let warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
}

/// Checks the files.
pub fn run(arguments: &Validate, run: &mut Run) -> Result<Exit, Failure> {
    let loaded = load(run, &arguments.set)?;
    let hidden = arguments.told.show(run, &loaded, arguments.deny_warnings)?;
    if hidden > 0 {
        let errors = if hidden == 1 { "1 more error is" } else { &format!("{hidden} more errors are") };
        run.output.note(&format!("{errors} in files outside of the given paths"));
    }
    let wrong = loaded.found.has_errors() || (arguments.deny_warnings && loaded.found.count(Severity::Warning) > 0);
    Ok(if wrong { Exit::Invalid } else { Exit::Done })
}
