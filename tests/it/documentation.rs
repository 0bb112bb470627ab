//! Every command of the documentation, run as it stands there, with the output that is shown.
//!
//! A page is read from top to bottom. A block marked `console` has commands after `$ `, each followed
//! by lines of its output, which must come in this order; `…` stands for lines that are left out, and
//! for the rest of a line. `# exit 2` says how a command ends where it is not 0, and one that runs
//! `# in another terminal` is left running. A block marked with a language and a path is that file.
//! Nothing else on a page may look like a command.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Folder;

/// The port that the pages speak of: the sandbox's default. Each page gets a free one.
const PORT: &str = "8181";

/// What begins and ends the output of a command.
const BEGIN: char = '\u{1}';
const END: char = '\u{2}';

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    File { path: String, text: String },
    Command { line: usize, words: String, code: i32, elsewhere: bool, output: Vec<String> },
}

/// The pieces of a page.
fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let block = lines.by_ref().take_while(|(_, line)| line.trim() != "```");
        let block: Vec<(usize, &str)> = block.map(|(at, line)| (at + 1, line.get(indent..).unwrap_or(""))).collect();
        let (language, path) = info.split_once(' ').unwrap_or((info, ""));
        assert!(!["sh", "bash", "shell"].contains(&language), "line {}: commands stand in `console` blocks", at + 1);
        if language == "console" {
            commands(&block, &mut pieces);
        } else if !path.is_empty() {
            let text = block.iter().fold(String::new(), |text, (_, line)| text + line + "\n");
            pieces.push(Piece::File { path: path.to_owned(), text });
        }
    }
    pieces
}

fn commands(block: &[(usize, &str)], pieces: &mut Vec<Piece>) {
    let mut goes_on = false;
    for (line, text) in block {
        if let Some(words) = text.strip_prefix("$ ") {
            let comment = words.split_once("   # ").map_or("", |(_, comment)| comment);
            let code = comment.split_once("exit ").map_or(0, |(_, code)| {
                let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().expect("`# exit N`")
            });
            let elsewhere = comment.contains("in another terminal");
            pieces.push(Piece::Command { line: *line, words: words.to_owned(), code, elsewhere, output: Vec::new() });
            goes_on = words.ends_with('\\');
        } else if let Some(Piece::Command { words, output, .. }) = pieces.last_mut() {
            if goes_on {
                let _ = write!(words, "\n{text}");
                goes_on = text.ends_with('\\');
            } else {
                output.push((*text).to_owned());
            }
        }
    }
}

/// The page as one shell session. Whatever a page calls beside rolecall and the usual tools is a function
/// of this session that says so.
fn script(pieces: &[Piece], port: u16) -> String {
    let mut script = String::from(
        r#"set -u
trap 'kill $(jobs -p) 2>/dev/null' EXIT
# What stands behind `--` is the newcomer's first command; tests and installation are the gate's.
cargo() {
    case $1 in
    run) while [ "$1" != -- ]; do shift; done; shift; rolecall "$@" ;;
    test | install | bench) : ;;
    *) return 1 ;;
    esac
}
"#,
    );
    for (number, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::File { path, text } => {
                let _ = write!(
                    script,
                    "mkdir -p \"$(dirname '{path}')\"\ncat >'{path}' <<'THE END OF THE FILE'\n{text}THE END OF THE FILE\n"
                );
            }
            Piece::Command { words, elsewhere: false, .. } => {
                let _ = write!(
                    script,
                    "printf '\\n\\001{number}\\n'\n{{ {words}\n}} 2>&1\nprintf '\\n\\002%s\\n' \"$?\"\n"
                );
            }
            Piece::Command { words, elsewhere: true, .. } => {
                // A page names no port where the default will do.
                let words = words.split("   # ").next().unwrap_or_default();
                let listen = if words.contains(PORT) { String::new() } else { format!("--listen 127.0.0.1:{PORT}") };
                let _ = write!(
                    script,
                    "printf '\\n\\001{number}\\n\\n\\002%s\\n' 0\n{{ {words} {listen}\n}} >/dev/null 2>&1 &\n\
                     for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/{PORT}) 2>/dev/null && break; sleep 0.1; done\n"
                );
            }
        }
    }
    script.replace(PORT, &port.to_string())
}

/// Runs a page in a folder.
#[track_caller]
fn check(page: &str, folder: &Folder) {
    let text = std::fs::read_to_string(root().join(page)).expect("the page is there");
    let pieces = pieces(&text);
    // It is free again at once; nobody else on this machine is after this one.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let tools = Folder::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rolecall"), tools.path().join("rolecall")).expect("a link");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.path().display());
    let ended = Command::new("bash")
        .args(["-c", &script(&pieces, port)])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", tools.path())
        .env("LC_ALL", "C.UTF-8")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("bash runs");
    let printed = String::from_utf8_lossy(&ended.stdout).replace(&port.to_string(), PORT);
    let words = String::from_utf8_lossy(&ended.stderr);
    for (number, piece) in pieces.iter().enumerate() {
        let Piece::Command { line, words: command, code, output, .. } = piece else { continue };
        let place = format!("{page}:{line}: {command}");
        let from = printed.split_once(&format!("\n{BEGIN}{number}\n"));
        let Some((said, rest)) = from.and_then(|(_, rest)| rest.split_once(&format!("\n{END}"))) else {
            panic!("{place}\ndid not end:\n{printed}\n{words}")
        };
        let ended = rest.lines().next().unwrap_or_default();
        assert_eq!(ended, code.to_string(), "{place}\n{said}");
        let mut lines = said.lines();
        for expected in output.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty() && *line != "…") {
            let is_it = |line: &str| match expected.strip_suffix('…') {
                Some(beginning) => line.starts_with(beginning),
                None => line.trim_end() == expected,
            };
            assert!(lines.any(is_it), "{place}\nprinted no line\n{expected}\nthere, but:\n{said}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// A folder as the page expects it: with the examples, for pages that use them.
fn with_examples() -> Folder {
    let folder = Folder::new();
    for name in ["open", "total-expert"] {
        let example = Folder::of_example(name);
        let to = folder.path().join("examples").join(name);
        std::fs::create_dir_all(to.parent().expect("it has one")).expect("a folder");
        std::fs::rename(example.path(), &to).expect("the example is moved");
    }
    folder
}

#[test]
fn writing_a_pack() {
    check("docs/packs.md", &Folder::new());
}

#[test]
fn validating_in_ci() {
    check("docs/validation.md", &Folder::new());
}

#[test]
fn gitops_in_ten_minutes() {
    check("docs/gitops.md", &Folder::new());
}

#[test]
fn a_bulk_request_from_a_spreadsheet() {
    check("docs/bulk-requests.md", &Folder::new());
}

#[test]
fn the_readme() {
    check("README.md", &with_examples());
}

#[test]
fn every_page_is_run_and_listed_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the page is there");
    let tests = include_str!("documentation.rs");
    for page in std::fs::read_dir(root().join("docs")).expect("the pages") {
        let page = page.expect("a page");
        let name = format!("docs/{}", page.file_name().to_string_lossy());
        assert!(readme.contains(&format!("({name})")), "{name} is not listed in the README");
        let text = std::fs::read_to_string(page.path()).expect("the page is there");
        let has_commands = pieces(&text).iter().any(|piece| matches!(piece, Piece::Command { .. }));
        assert!(!has_commands || tests.contains(&format!("check(\"{name}\"")), "{name} is not run");
    }
}
