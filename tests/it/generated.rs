//! What the binary says of itself for shells and manuals: it names every command, and shells can read it.

use std::process::{Command, Stdio};

use crate::support::{Folder, rolecall};

/// The names of the commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = rolecall(&["--help"]).expect(0).stdout;
    let list = help.split("Commands:\n").nth(1).expect("the help lists them");
    let list = list.split("\n\n").next().expect("a list");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn completions_name_every_command_for_every_shell() {
    let commands = commands();
    assert!(commands.len() > 10 && commands.iter().any(|name| name == "validate"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = rolecall(&["generate", "completions", shell]).expect(0);
        assert_eq!(ended.stderr, "", "{shell}");
        for command in &commands {
            assert!(ended.stdout.contains(command.as_str()), "{shell}: {command}");
        }
        assert!(ended.stdout.contains("detailed-exitcode"), "{shell}");
    }
    assert_eq!(rolecall(&["generate", "completions", "tcsh"]).code, 64);
    assert_eq!(rolecall(&["generate"]).code, 64);
}

#[test]
fn shells_that_are_here_can_read_their_completions() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let text = folder.run(&["generate", "completions", shell]).expect(0).stdout;
        let file = folder.write(shell, text);
        let read = Command::new(shell).arg("-n").arg(file).stdin(Stdio::null()).output();
        // A shell that is not here cannot judge.
        if let Ok(read) = read {
            assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
        }
    }
}

#[test]
fn there_is_a_manual_page_for_every_command_with_its_examples() {
    let folder = Folder::new();
    folder.run(&["generate", "man", "--out", "a/man"]).expect(0);
    for command in commands() {
        let page = folder.read(&format!("a/man/rolecall-{command}.1"));
        let is_there = |text: &str| page.replace("\\-", "-").contains(text);
        assert!(is_there(&format!("rolecall {command} ")), "{command}: {page}");
        assert!(page.contains(".SH EXTRA"), "{command}");
    }
    let plan = folder.read("a/man/rolecall-plan.1");
    assert!(plan.contains("ROLECALL_PLAN_OUT") && plan.contains("ROLECALL_URL"), "{plan}");
    assert!(folder.read("a/man/rolecall.1").contains("rolecall\\-plan(1)"));
    folder.read("a/man/rolecall-schema-scim.1");
}

#[test]
fn manual_pages_hold_no_value_of_the_environment() {
    let folder = Folder::new();
    let secret = [("ROLECALL_URL", "https://s3cret.example.com"), ("ROLECALL_TOKEN", "s3cret")];
    assert_eq!(folder.run_with(&["generate", "man", "--out", "man"], &secret).code, 0);
    for page in std::fs::read_dir(folder.path().join("man")).expect("it is there") {
        let page = std::fs::read_to_string(page.expect("an entry").path()).expect("a page");
        assert!(!page.contains("s3cret.example.com"), "{page}");
    }
}
