//! Runs the binary as a user would: a folder, arguments, an environment of its own.
//!
//! Responsible for processes and folders only; nothing here understands a manifest or SCIM.

pub mod flawed;
#[cfg(feature = "sandbox")]
pub mod organization;
#[cfg(feature = "sandbox")]
pub mod proxy;
#[cfg(feature = "sandbox")]
pub mod raw;
#[cfg(feature = "sandbox")]
pub mod service;
pub mod sloppy;
#[cfg(feature = "sandbox")]
pub mod trial;
mod wire;

pub use wire::{Answer, Door};

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// What a finished run left.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The run, when it ended with this exit code; otherwise everything that it printed.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", end_of(&self.stdout), end_of(&self.stderr));
        self
    }

    /// The last line of the result.
    pub fn last_line(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }

    /// Everything that was printed.
    pub fn words(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }
}

/// The last lines of an output: what a failing test needs to show.
fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// A folder that is gone when the test ends.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A copy of one of the examples.
    pub fn of_example(name: &str) -> Self {
        let folder = Self::new();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name), folder.path());
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder is made");
        std::fs::write(&path, text).expect("a file is written");
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("the file is there")
    }

    /// Replaces the one place where `from` stands in a file.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in {name}");
        self.write(name, text.replace(from, to));
    }

    #[must_use = "look at the exit code"]
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    /// Runs the binary in this folder, with nothing in its environment but what is given.
    #[must_use = "look at the exit code"]
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        ended(self.command(arguments, environment).output().expect("the binary runs"))
    }

    /// The command, for a test that does not wait for it.
    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        command(self.path(), arguments, environment)
    }
}

/// Runs the binary where there is no project.
#[must_use = "look at the exit code"]
pub fn rolecall(arguments: &[&str]) -> Run {
    Folder::new().run(arguments)
}

/// Runs the binary in a folder that no test made.
#[must_use = "look at the exit code"]
pub fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    ended(command(directory, arguments, &[]).output().expect("the binary runs"))
}

/// The binary in an environment of its own: nothing that the machine has set reaches it.
fn command(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.args(arguments).current_dir(directory).env_clear().envs(environment.iter().copied()).stdin(Stdio::null());
    command
}

/// What a process left that has ended by itself.
pub fn ended(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("the folder can be listed");
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if name == ".rolecall" {
            continue;
        }
        if entry.file_type().expect("it has a type").is_dir() {
            std::fs::create_dir_all(&target).expect("a folder is made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}

/// The token that the sandbox servers of the tests take; it must never be printed.
pub const TOKEN: &str = "s3cret-of-the-tests";
/// A token that may only read.
pub const VIEWER: &str = "s3cret-of-a-viewer";
/// The token of the vendor's support.
pub const SUPPORT: &str = "s3cret-of-the-support";

/// `rolecall sandbox` in a process of its own, killed when it is dropped.
pub struct Server {
    process: Child,
    pub url: String,
}

impl Server {
    /// Starts it over a database file.
    pub fn start(folder: &Folder, platform: &str, database: &str) -> Self {
        Self::start_with(folder, platform, database, &[])
    }

    /// Starts it with further arguments.
    pub fn start_with(folder: &Folder, platform: &str, database: &str, more: &[&str]) -> Self {
        let own = ["sandbox", "--listen", "127.0.0.1:0", "--platform", platform, "--db", database];
        let tokens = format!("tests=admin:{TOKEN},reader=viewer:{VIEWER},desk=support:{SUPPORT}");
        let mut command = folder.command(&[&own[..], more].concat(), &[("ROLECALL_SANDBOX_TOKEN", &tokens)]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("it prints a line");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("a URL in {line}"));
        Self { url: url.to_owned(), process }
    }

    /// What a client needs to know.
    pub fn environment(&self) -> [(&str, &str); 2] {
        self.environment_of(TOKEN)
    }

    /// What a client with this token needs to know.
    pub fn environment_of<'a>(&'a self, token: &'a str) -> [(&'a str, &'a str); 2] {
        [("ROLECALL_URL", &self.url), ("ROLECALL_TOKEN", token)]
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        self.process.kill().expect("it is running");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
