//! The command line as pipelines and people meet it: the binary itself, its exit codes and what it
//! prints where.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a run ended.
#[must_use]
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The binary in an environment of its own: nothing that the machine has set reaches it.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.env_clear().current_dir(directory).stdin(Stdio::null());
    command
}

pub fn run_in(directory: &Path, arguments: &[&str]) -> Ended {
    let output = command(directory).args(arguments).output().expect("the binary starts");
    Ended {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// Runs the binary where there is no project.
pub fn rolecall(arguments: &[&str]) -> Ended {
    let empty = tempfile::tempdir().expect("a directory");
    run_in(empty.path(), arguments)
}

/// A directory with these files.
pub fn files(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    directory
}

#[test]
fn wrong_usage_is_64_and_help_is_a_result() {
    for wrong in [&["--bogus"][..], &["bogus"], &[], &["explain", "a", "b"], &["--color", "pink", "explain"]] {
        let ended = rolecall(wrong);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{wrong:?}");
        assert!(!ended.stderr.is_empty(), "{wrong:?}");
    }
    for right in [&["--help"][..], &["-h"], &["--version"], &["explain", "--help"]] {
        let ended = rolecall(right);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{right:?}");
        assert!(!ended.stdout.is_empty(), "{right:?}");
    }
}

#[test]
fn a_closed_pipe_is_quiet_and_changes_no_exit_code() {
    let empty = tempfile::tempdir().expect("a directory");
    let mut child =
        command(empty.path()).arg("explain").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(stderr, "");
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    assert!(!rolecall(&["explain"]).stdout.contains('\u{1b}'));
    assert!(rolecall(&["explain", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!rolecall(&["explain", "--color", "never"]).stdout.contains('\u{1b}'));
}
