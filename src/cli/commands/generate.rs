//! `rolecall generate`: completions for shells and manual pages, both from the declaration of the
//! command line itself.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::cli::Run;
use crate::cli::environment;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Write completions for a shell, or manual pages
#[derive(Debug, Args)]
#[command(after_help = "  rolecall generate completions bash         print them; a shell reads them from a file
  rolecall generate man --out man            a page for each command")]
pub struct Generate {
    #[command(subcommand)]
    what: What,
}

/// What is generated.
#[derive(Debug, Subcommand)]
enum What {
    Completions(Completions),
    Man(Man),
}

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Put them where the shell looks for them:

  rolecall generate completions bash         ~/.local/share/bash-completion/completions/rolecall
  rolecall generate completions zsh          a file `_rolecall` in a folder of $fpath
  rolecall generate completions fish         ~/.config/fish/completions/rolecall.fish
  rolecall generate completions powershell   a file that $PROFILE runs
  rolecall generate completions elvish       a file that rc.elv evaluates")]
struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Write the manual pages, one for each command
#[derive(Debug, Args)]
#[command(after_help = "  rolecall generate man --out man            then: man ./man/rolecall-plan.1")]
struct Man {
    /// Write them into this directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Generates.
pub fn run(arguments: &Generate, run: &mut Run) -> Result<Exit, Failure> {
    let mut command = environment::command();
    match &arguments.what {
        What::Completions(Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut command, "rolecall", &mut text);
            run.output.result(&String::from_utf8_lossy(&text))?;
        }
        What::Man(Man { out }) => {
            fs::create_dir_all(out).map_err(|error| Failure::io("cannot make", out, &error))?;
            clap_mangen::generate_to(command, out).map_err(|error| Failure::io("cannot write into", out, &error))?;
        }
    }
    Ok(Exit::Done)
}
