//! The environment names of flags, given in one place: `--url` is `ROLECALL_URL`.
//!
//! A flag that means the same wherever it is taken (where the target is, what may pass) says its name
//! in its declaration. Every other flag is its command's own and has the command in its name, as in
//! `ROLECALL_PLAN_OUT`: a variable that is set for one command never reaches another.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::args::Cli;

/// Flags whose variables are read where their values are used: clap would print a token that it cannot
/// parse, and the variable with the token itself stands between `--token-file` and its variable.
const READ_ELSEWHERE: [(&str, &str); 2] = [("token_file", "ROLECALL_TOKEN_FILE"), ("tokens", "ROLECALL_SANDBOX_TOKEN")];

/// What a tree of commands is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// For its help: every name is there.
    Show,
    /// For reading arguments: a switch that its variable turns off is as if neither were there.
    Read,
}

/// Every command and flag, with the environment names.
pub fn command() -> Command {
    named(Cli::command(), "ROLECALL", Use::Show)
}

/// What arguments and variables say, and what every command takes from them alike.
pub struct Parsed {
    /// The command, and what is said to all of them.
    pub cli: Cli,
    /// Whether users' names are hidden in whatever is printed.
    pub hides_users: bool,
    /// The files of results that are to be written.
    pub files: Vec<PathBuf>,
}

/// Reads the arguments of this process and its environment.
pub fn parse() -> Result<Parsed, clap::Error> {
    let mut command = named(Cli::command(), "ROLECALL", Use::Read);
    let matches = match command.try_get_matches_from_mut(std::env::args_os()) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            let shown = self::command().try_get_matches_from(std::env::args_os());
            return Err(shown.err().unwrap_or(error));
        }
        Err(error) => return Err(error),
    };
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    let said = |flag| matches.value_source(flag) == Some(ValueSource::CommandLine);
    match (said("quiet"), said("verbose")) {
        (true, true) => {
            let message = "`--quiet` and `--verbose` cannot be used together";
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
        (false, true) => cli.global.quiet = false,
        // A variable of the environment asks for less than a flag, and less output than another one.
        _ if cli.global.quiet => cli.global.verbose = 0,
        _ => {}
    }
    let mut of_command = &matches;
    while let Some((_, inner)) = of_command.subcommand() {
        of_command = inner;
    }
    // A command without the flag does not know it.
    let hides_users = of_command.try_contains_id("redact").unwrap_or(false);
    Ok(Parsed { cli, hides_users, files: files(of_command) })
}

/// The files that a command with forms of its result is told to write: those of `--output FORMAT=FILE`, a saved
/// plan and the outcomes of a request. Elsewhere `--out` can be a folder.
fn files(of_command: &ArgMatches) -> Vec<PathBuf> {
    let values = |flag| of_command.try_get_raw(flag).ok().flatten().into_iter().flatten();
    if !of_command.ids().any(|flag| flag == "output") {
        return Vec::new();
    }
    let named = values("output").filter_map(|value| Some(value.to_str()?.split_once('=')?.1.into()));
    named.chain(values("out").map(PathBuf::from)).chain(values("results").map(PathBuf::from)).collect()
}

/// The variables that are set and whose flags an error is about: nobody sees them in the command line.
pub fn behind(error: &clap::Error) -> Vec<String> {
    fn collect(command: &Command, text: &str, found: &mut Vec<String>) {
        for arg in command.get_arguments() {
            let (Some(name), Some(flag)) = (arg.get_env().and_then(OsStr::to_str), arg.get_long()) else { continue };
            let flag = format!("--{flag}");
            let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '-');
            let is_named = text.match_indices(&flag).any(|(at, _)| !goes_on(&text[at + flag.len()..]));
            if is_named && std::env::var_os(name).is_some() && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
        command.get_subcommands().for_each(|command| collect(command, text, found));
    }
    let mut found = Vec::new();
    collect(&command(), &error.render().to_string(), &mut found);
    found
}

fn named(command: Command, prefix: &str, purpose: Use) -> Command {
    let command = command.mut_args(|arg| with_name(arg, prefix, purpose));
    command.mut_subcommands(|below| {
        let prefix = format!("{prefix}_{}", variable(below.get_name()));
        named(below, &prefix, purpose)
    })
}

/// The name that a flag of a command has, unless its declaration says another.
fn with_name(arg: Arg, prefix: &str, purpose: Use) -> Arg {
    let is_read_elsewhere = READ_ELSEWHERE.iter().any(|(flag, _)| arg.get_id() == flag);
    let Some(flag) = arg.get_long().filter(|_| !is_read_elsewhere) else { return arg };
    let name = match arg.get_env() {
        Some(name) => name.to_owned(),
        None => format!("{prefix}_{}", variable(flag)).into(),
    };
    let mut arg = arg.hide_env_values(true);
    match arg.get_action() {
        ArgAction::SetTrue => {
            arg = arg.value_parser(BoolishValueParser::new());
            let value = std::env::var_os(&name).unwrap_or_default();
            if purpose == Use::Read && value.to_str().is_some_and(is_off) {
                // A value, be it `false`, would count as the flag for what it needs and excludes.
                return arg.env(Resettable::Reset);
            }
        }
        // Names may have every other character in them.
        ArgAction::Append if arg.get_value_delimiter().is_none() => arg = arg.value_delimiter('\n'),
        _ => {}
    }
    arg.env(name)
}

/// The words that clap takes for "no", and nothing at all: what pipelines set for an empty input.
fn is_off(value: &str) -> bool {
    ["", "0", "n", "no", "f", "false", "off"].contains(&value.trim().to_ascii_lowercase().as_str())
}

fn variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Flags that say the same thing in the words of their command.
    const OWN_WORDS: [&str; 5] =
        ["ROLECALL_PLATFORM", "ROLECALL_URL", "ROLECALL_URN_PREFIX", "ROLECALL_SKIP_MANUAL", "ROLECALL_RUN_DIR"];

    fn each(command: &Command, see: &mut impl FnMut(&Command, &Arg)) {
        command.get_arguments().for_each(|arg| see(command, arg));
        command.get_subcommands().for_each(|below| each(below, see));
    }

    #[test]
    fn every_flag_has_an_environment_name_and_every_name_one_meaning() {
        let mut meanings: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut wrong = Vec::new();
        each(&command(), &mut |command, arg| {
            let at = format!("`{}` of `{}`", arg.get_id(), command.get_name());
            if arg.is_positional() || matches!(arg.get_action(), ArgAction::Help | ArgAction::Version) {
                return;
            }
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let Some(name) = arg.get_env() else {
                if !READ_ELSEWHERE.iter().any(|(_, name)| help.contains(&format!("[env: `{name}`"))) {
                    wrong.push(format!("{at} has no environment name"));
                }
                return;
            };
            if !arg.is_hide_env_values_set() {
                wrong.push(format!("the help of {at} shows the value"));
            }
            let name = name.to_string_lossy().into_owned();
            let values: Vec<String> =
                arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            let help = if OWN_WORDS.contains(&name.as_str()) { String::new() } else { help };
            let meaning = format!("{:?} {:?} {values:?} {help}", arg.get_long(), arg.get_action());
            let (first, known) = meanings.entry(name.clone()).or_insert_with(|| (at.clone(), meaning.clone()));
            if *known != meaning {
                wrong.push(format!("`{name}` means two things: {first} and {at}"));
            }
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(meanings.contains_key("ROLECALL_PLAN_OUT") && meanings.contains_key("ROLECALL_URL"));
    }

    #[test]
    fn every_command_takes_its_flags() {
        command().debug_assert();
        named(Cli::command(), "ROLECALL", Use::Read).debug_assert();
    }
}
