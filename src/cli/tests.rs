//! What the help and the packaging promise: examples that can be typed, pipelines that are sound.

use clap::Command;

use super::commands;
use super::environment::command;
use crate::document::{NodeRef, parse};
use crate::source::{SourceId, Sources};

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

/// A file of YAML that is no project's and no manifest.
fn sources(name: &str, text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    (sources, id)
}

/// Every text in a document, one after the other: scripts among them.
fn texts(node: NodeRef<'_>, found: &mut Vec<String>) {
    found.extend(node.as_text().map(str::to_owned));
    for entry in node.entries() {
        texts(entry.value, found);
    }
    for item in node.items() {
        texts(item, found);
    }
}

/// Holds a pipeline's file to what it promises: it is YAML, its commands are ours, nothing in it reads
/// what a stranger wrote as a script, and what it uses is pinned.
#[track_caller]
fn check_pipeline(name: &str, text: &str) {
    for document in text.split("\n---\n") {
        let (sources, id) = sources(name, document);
        let (tree, found) = parse(&sources, id);
        assert!(!found.has_errors(), "{name}: {found:?}");
        let tree = tree.expect("there is a document");
        let mut scripts = Vec::new();
        texts(tree.root(), &mut scripts);
        for script in scripts.iter().filter(|text| text.contains("rolecall ")) {
            assert!(!script.contains("${{"), "{name}: an expression in a script:\n{script}");
            for line in script.lines().map(str::trim).filter(|line| line.starts_with("rolecall ")) {
                let words = words(&line.replace('"', ""));
                if let Err(error) = command().try_get_matches_from(words) {
                    panic!("{name}: {line}: {error}");
                }
            }
        }
    }
    for line in text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:")) {
        let pin = line.split('@').nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let is_commit = pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_commit, "{name}: no full commit: {line}");
    }
    assert!(!text.contains("pull_request_target"), "{name}");
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    let installs = text.lines().filter(|line| line.contains("cargo install") && line.contains("--git"));
    for line in installs.filter(|line| !line.contains("$[[")) {
        assert!(line.contains(&version) && line.contains(env!("CARGO_PKG_REPOSITORY")), "{name}: {line}");
    }
}

#[test]
fn the_packaged_pipelines_are_sound() {
    check_pipeline("templates/rolecall.yml", include_str!("../../templates/rolecall.yml"));
    check_pipeline("action.yml", include_str!("../../action.yml"));
    check_pipeline(".pre-commit-hooks.yaml", include_str!("../../.pre-commit-hooks.yaml"));
    assert!(include_str!("../../templates/rolecall.yml").contains(&format!("default: v{}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_pipelines_of_a_new_project_are_sound_wherever_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join(".git")).expect("made");
    for name in [".", "roles", "a b/'c' \"d\": #e"] {
        let directory = folder.path().join(name);
        std::fs::create_dir_all(&directory).expect("made");
        let (github, gitlab) = commands::init::pipelines(&directory);
        check_pipeline(&format!("{name}: github"), &github);
        check_pipeline(&format!("{name}: gitlab"), &gitlab);
        assert!(!github.contains("@PATHS@") && !gitlab.contains("$[["), "{name}");
        let (sources, id) = sources("github", &github);
        let tree = parse(&sources, id).0.expect("it is YAML");
        let said = tree.root().get("env").and_then(|env| env.get("ROLECALL_DIRECTORY")).and_then(NodeRef::as_text);
        assert_eq!(said, Some(name));
    }
}

#[test]
fn a_container_runs_as_nobody_and_every_hook_is_a_command() {
    let text = include_str!("../../Containerfile");
    assert!(text.lines().any(|line| line == "USER 65534:65534"));
    assert!(
        text.lines()
            .filter(|line| line.starts_with("FROM "))
            .all(|line| line.contains(':') && !line.contains("latest"))
    );
    let (sources, id) = sources("hooks", include_str!("../../.pre-commit-hooks.yaml"));
    let tree = parse(&sources, id).0.expect("it is YAML");
    assert_eq!(tree.root().items().count(), 2);
    for hook in tree.root().items() {
        let entry = hook.get("entry").and_then(NodeRef::as_text).expect("a command");
        assert!(command().try_get_matches_from(entry.split(' ')).is_ok(), "{entry}");
        assert_eq!(hook.get("language").and_then(NodeRef::as_text), Some("rust"));
    }
}
