//! What the help promises: examples that can be typed.

use clap::Command;

use super::environment::command;

/// The examples in a help: lines that begin with the program's name, up to their description.
fn examples(help: &str) -> Vec<&str> {
    let lines = help.lines().filter(|line| line.starts_with("  rolecall "));
    lines.map(|line| line.trim_start().split("   ").next().unwrap_or_default().trim_end()).collect()
}

/// The words of a command line; a quoted one may hold spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn each(command: &Command, path: &str, see: &mut impl FnMut(&Command, &str)) {
    see(command, path);
    for below in command.get_subcommands() {
        each(below, &format!("{path} {}", below.get_name()), see);
    }
}

#[test]
fn every_command_has_examples_that_parse() {
    let mut wrong = Vec::new();
    each(&command(), "rolecall", &mut |of, path| {
        let help = of.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&help);
        let is_own = |line: &&str| line.starts_with(path);
        // What only groups others shows theirs.
        if !examples.iter().any(is_own) {
            wrong.push(format!("{path}: no example"));
        }
        for example in examples {
            if let Err(error) = command().try_get_matches_from(words(example)) {
                wrong.push(format!("{example}: {error}"));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
