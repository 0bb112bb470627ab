//! The command line as types. Doc comments here are the help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::commands;

/// The user roles of a SaaS platform as code: validate, plan and apply over SCIM 2.0.
#[derive(Debug, Parser)]
#[command(
    name = "rolecall",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Every flag has an environment name, which the help of its command shows: `ROLECALL_URL` for what means the same \
everywhere, `ROLECALL_PLAN_OUT` for what one command is told; a flag wins over its variable.

  rolecall validate                          check the files of the project around this folder
  rolecall plan --sandbox                    what would be done, on a platform in a box
  rolecall apply --sandbox                   do it there
  rolecall explain unknown-key               what a finding means"
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The project's directory, instead of looking for `rolecall.yaml` from here upwards
    #[arg(short = 'C', long, global = true, value_name = "DIR", env = "ROLECALL_DIRECTORY", hide_env_values = true)]
    pub directory: Option<PathBuf>,
    /// Colours in what is printed
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "ROLECALL_COLOR",
        hide_env_values = true
    )]
    pub color: Color,
    /// Only results and errors
    #[arg(short, long, global = true, env = "ROLECALL_QUIET", hide_env_values = true)]
    pub quiet: bool,
    /// Say more about what happens; twice for every request
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        env = "ROLECALL_VERBOSE",
        hide_env_values = true
    )]
    pub verbose: u8,
    /// The form of what is written to stderr
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        default_value = "text",
        env = "ROLECALL_LOG_FORMAT",
        hide_env_values = true
    )]
    pub log_format: LogFormat,
}

/// When to print colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The form of what is written to stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object for each line
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(commands::init::Init),
    Validate(commands::validate::Validate),
    Plan(commands::plan::PlanCommand),
    Show(commands::show::Show),
    Apply(commands::apply::Apply),
    Resume(Box<commands::resume::Resume>),
    Undo(Box<commands::undo::Undo>),
    Bulk(commands::bulk::Bulk),
    History(commands::history::History),
    Pull(Box<commands::pull::Pull>),
    Drift(Box<commands::drift::DriftCommand>),
    Access(Box<commands::access::Access>),
    Schema(commands::schema::Schema),
    Explain(commands::explain::Explain),
    Doctor(Box<commands::doctor::Doctor>),
    Generate(commands::generate::Generate),
    #[cfg(feature = "sandbox")]
    Sandbox(commands::sandbox::Sandbox),
}

impl Command {
    /// Whether users' names are hidden in whatever it prints.
    pub fn hides_users(&self) -> bool {
        let redact = match self {
            Self::Validate(arguments) => arguments.told.redact,
            Self::Plan(arguments) => arguments.told.redact,
            Self::Show(arguments) => arguments.told.redact,
            Self::Apply(arguments) => arguments.carrying_out.told.redact,
            Self::Resume(arguments) => arguments.carrying_out.told.redact,
            Self::Undo(arguments) => arguments.carrying_out.told.redact,
            _ => return false,
        };
        redact.hides_users()
    }
}
