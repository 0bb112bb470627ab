//! The command line of rolecall; everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rolecall::cli::run()
}
