//! `rolecall history`: which applies there were, one of them step by step, and whether anybody has
//! edited what they wrote down.

use std::path::PathBuf;

use clap::Args;

use crate::apply::journal::{RunId, Runs};
use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::files::{Set, discover};
use crate::cli::format::AnswerFormat;
use crate::cli::runs::RunsArgs;
use crate::report::{CheckedRun, ListedRun, checks_json, checks_text, run_json, run_text, runs_json, runs_text};

/// List the applies, show one step by step, or check that nobody has edited their journals
#[derive(Debug, Args)]
#[command(after_help = "  rolecall history                           all of them, the newest first
  rolecall history latest                    one, step by step
  rolecall history --verify                  whether somebody has edited a journal")]
pub struct History {
    /// One run: its name, the beginning of it, or `latest`
    #[arg(value_name = "RUN")]
    wanted: Option<String>,
    /// Check every line of the journals, or of this one
    #[arg(long)]
    verify: bool,
    /// The form of the answer
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: AnswerFormat,
    #[command(flatten)]
    runs: RunsArgs,
}

/// Shows the history.
pub fn run(arguments: &History, run: &mut Run) -> Result<Exit, Failure> {
    let directory = match discover(run.global.directory.as_deref(), &[]) {
        Ok(Set::Project { directory, .. }) => directory,
        // Without a project the journals are where the command was run.
        Ok(Set::Loose(_)) => PathBuf::from("."),
        Err(_) if run.global.directory.is_none() => PathBuf::from("."),
        Err(failure) => return Err(failure),
    };
    let runs = arguments.runs.runs(&directory);
    let wanted = arguments.wanted.as_deref().map(|wanted| runs.find(wanted)).transpose()?;
    match wanted {
        _ if arguments.verify => verify(arguments, run, &runs, wanted),
        Some(wanted) => detail(arguments, run, &runs, &wanted),
        None => list(arguments, run, &runs),
    }
}

fn list(arguments: &History, run: &mut Run, runs: &Runs) -> Result<Exit, Failure> {
    let mut listed = Vec::new();
    for name in runs.list()? {
        let one = runs.head(&name).and_then(|head| Ok(ListedRun { head, ending: runs.ending(&name)? }));
        match one {
            Ok(one) => listed.push(one),
            // The others are still worth seeing.
            Err(error) => run.output.failure(&Failure::from(error)),
        }
    }
    let text = match arguments.format {
        AnswerFormat::Text => runs_text(&listed),
        AnswerFormat::Json => runs_json(&listed),
    };
    run.output.result(&text)?;
    if listed.is_empty() {
        run.output.note(&format!("there is no run in `{}`", runs.directory().display()));
    }
    Ok(Exit::Done)
}

fn detail(arguments: &History, run: &mut Run, runs: &Runs, wanted: &RunId) -> Result<Exit, Failure> {
    let record = runs.read(wanted)?;
    let ending = runs.ending(wanted)?;
    if let Some(line) = record.torn {
        run.output
            .note(&format!("line {line} of `{}` was cut off by a crash and is left out", runs.path(wanted).display()));
    }
    run.output.result(&match arguments.format {
        AnswerFormat::Text => run_text(&record, &ending),
        AnswerFormat::Json => run_json(&record, &ending),
    })?;
    Ok(Exit::Done)
}

fn verify(arguments: &History, run: &mut Run, runs: &Runs, wanted: Option<RunId>) -> Result<Exit, Failure> {
    let wanted = match wanted {
        Some(wanted) => vec![wanted],
        None => runs.list()?,
    };
    let mut checked = Vec::new();
    for (name, result) in runs.verify(&wanted)? {
        let file = runs.path(&name).display().to_string();
        let result = result.map_err(|error| Failure::from(error).line());
        checked.push(CheckedRun { run: name, file, result });
    }
    run.output.result(&match arguments.format {
        AnswerFormat::Text => checks_text(&checked),
        AnswerFormat::Json => checks_json(&checked),
    })?;
    Ok(if checked.iter().all(|one| one.result.is_ok()) { Exit::Done } else { Exit::Error })
}
