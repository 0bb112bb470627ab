//! The command line: arguments, files, environment, terminal, exit codes.
//!
//! Responsible for everything that touches the world on the author's side, one file per command.
//! Not responsible for what a command means: it calls the other rooms and passes values on. This
//! is the only room that prints, reads the environment or decides how the process ends.

#![expect(clippy::disallowed_methods, reason = "this room is where the environment is read")]

mod args;
mod carrying_out;
mod commands;
mod commit;
mod confirm;
mod connection;
mod environment;
mod exit;
mod failure;
mod files;
mod format;
mod load;
#[cfg(feature = "sandbox")]
mod local;
mod logs;
mod output;
mod past;
mod policy;
mod redact;
mod replace;
mod runs;
mod runtime;
mod saved;
mod target;
#[cfg(test)]
mod tests;

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;

use args::{Cli, Color, Command, LogFormat};
use environment::Parsed;
use exit::Exit;
use output::Output;

/// Runs what the arguments of this process say.
#[must_use]
pub fn run() -> ExitCode {
    panic::set_hook(Box::new(report_bug));
    // Unwinding ends here: whatever a command held is dropped, and the exit code says whose fault
    // it was.
    panic::catch_unwind(AssertUnwindSafe(parse_and_run)).unwrap_or(Exit::Bug).into()
}

/// One run and where it prints.
struct Run {
    output: Output,
    global: args::Global,
}

fn parse_and_run() -> Exit {
    let Parsed { cli, hides_users, files } = match environment::parse() {
        Ok(parsed) => parsed,
        Err(error) => return answer(&error),
    };
    let Cli { global, command } = cli;
    let hiding = redact::Hiding::new(hides_users);
    let output = Output::new(global.color, global.log_format, global.quiet).hiding(hiding);
    logs::start(&global, &output);
    let mut run = Run { output, global };
    if let Err(failure) = saved::check_files(files.iter().map(PathBuf::as_path)) {
        run.output.failure(&failure);
        return failure.exit;
    }
    let ended = match command {
        Command::Init(arguments) => commands::init::run(&arguments, &mut run),
        Command::Validate(arguments) => commands::validate::run(&arguments, &mut run),
        Command::Plan(arguments) => commands::plan::run(&arguments, &mut run),
        Command::Show(arguments) => commands::show::run(&arguments, &mut run),
        Command::Apply(arguments) => commands::apply::run(&arguments, &mut run),
        Command::Resume(arguments) => commands::resume::run(&arguments, &mut run),
        Command::Undo(arguments) => commands::undo::run(&arguments, &mut run),
        Command::Bulk(arguments) => commands::bulk::run(&arguments, &mut run),
        Command::History(arguments) => commands::history::run(&arguments, &mut run),
        Command::Pull(arguments) => commands::pull::run(&arguments, &mut run),
        Command::Drift(arguments) => commands::drift::run(&arguments, &mut run),
        Command::Access(arguments) => commands::access::run(&arguments, &mut run),
        Command::Schema(arguments) => commands::schema::run(&arguments, &mut run),
        Command::Explain(arguments) => commands::explain::run(&arguments, &mut run),
        Command::Doctor(arguments) => commands::doctor::run(&arguments, &mut run),
        Command::Generate(arguments) => commands::generate::run(&arguments, &mut run),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => commands::sandbox::run(&arguments, &mut run),
    };
    ended.unwrap_or_else(|failure| {
        run.output.failure(&failure);
        failure.exit
    })
}

/// What clap has to say instead of parsed arguments: help and version are results, the rest is
/// wrong usage. clap itself would end with 2, which means pending changes here.
fn answer(error: &clap::Error) -> Exit {
    let mut output = Output::new(Color::Auto, LogFormat::Text, false);
    let text = error.render().ansi().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match output.result(&text) {
            Ok(()) => Exit::Done,
            Err(failure) => failure.exit,
        },
        _ => {
            output.words(&text);
            for name in environment::behind(error) {
                output.words(&format!("the variable `{name}` is set and counts as its flag\n"));
            }
            Exit::Usage
        }
    }
}

/// What a panic prints instead of Rust's own words.
fn report_bug(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let reason = info.payload_as_str().unwrap_or("no reason given");
    Output::new(Color::Auto, LogFormat::Text, false).words(&format!(
        "error: this is a bug in rolecall {} at {place}: {reason}\n  = help: please report it with the command line at {}/issues\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_REPOSITORY"),
    ));
}
