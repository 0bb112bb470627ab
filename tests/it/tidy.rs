//! What DESIGN.md §10 says about the rooms, searched for in the code itself, and the few habits
//! that a file alone can show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may import. A room that is not here may not exist.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("diagnostic", &["source"]),
    ("document", &["source", "diagnostic"]),
    ("platform", &["source", "diagnostic", "document"]),
    ("state", &["source"]),
    ("project", &["source", "diagnostic", "document", "platform"]),
    ("manifest", &["source", "diagnostic", "document", "platform", "state"]),
    ("bulk", &["source", "diagnostic", "document", "platform", "state"]),
    ("plan", &["diagnostic", "platform", "state"]),
    ("access", &["diagnostic", "plan", "platform", "state"]),
    // What it writes it reads again as manifests, and plans it: what differs is a plan's to say.
    ("pull", &["source", "diagnostic", "document", "platform", "state", "manifest", "plan"]),
    ("scim", &["platform"]),
    ("remote", &["scim", "state", "platform", "plan"]),
    ("apply", &["plan", "remote", "state"]),
    // It asks the client how targets answer, and judges that by what plans need of a platform.
    ("doctor", &["scim", "state", "platform", "plan", "remote"]),
    ("schemas", &["platform", "project", "manifest", "bulk"]),
    // Of `doctor` it knows the value alone, as of `apply`.
    ("report", &["source", "diagnostic", "plan", "access", "apply", "doctor", "state"]),
    ("sandbox", &["scim", "platform"]),
    (
        "cli",
        &[
            "source",
            "diagnostic",
            "document",
            "platform",
            "state",
            "project",
            "manifest",
            "bulk",
            "plan",
            "access",
            "pull",
            "scim",
            "remote",
            "apply",
            "doctor",
            "report",
            "sandbox",
            "schemas",
        ],
    ),
];

/// In `scim`, only the file that announces a pack's types knows packs.
const ANNOUNCES: &str = "src/scim/announce.rs";

/// What a room's own tests may import beside: a target that answers is the sandbox.
const TESTS_MAY_IMPORT: &[(&str, &[&str])] =
    &[("remote", &["apply", "sandbox"]), ("apply", &["sandbox", "scim"]), ("access", &["report"])];

/// Files of more than [`LONGEST`] lines, each with the reason why it is one file.
const LONG_FILES: &[(&str, &str)] = &[];

/// A file that is longer is two things.
const LONGEST: usize = 500;

/// A source file of the crate.
struct Source {
    /// From the crate's root, with slashes.
    path: String,
    room: String,
    text: String,
}

fn sources() -> Vec<Source> {
    fn collect(directory: &Path, files: &mut BTreeSet<PathBuf>) {
        for entry in fs::read_dir(directory).expect("the directory can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(path);
            }
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeSet::new();
    collect(&top.join("src"), &mut files);
    files
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(top).expect("below the root").to_string_lossy().replace('\\', "/");
            let room = path.trim_start_matches("src/").split(['/', '.']).next().expect("a name").to_owned();
            Source { path, room, text: fs::read_to_string(&file).expect("a source file is UTF-8") }
        })
        .collect()
}

/// The lines of a file that are code: comments and what follows `//` are left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line.split("//").next().unwrap_or_default()))
}

fn is_test(source: &Source) -> bool {
    source.path.ends_with("/tests.rs") || source.path.contains("/tests/")
}

/// The code of a file before its own tests begin.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn rooms_import_what_they_may() {
    let may: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let tests_may: BTreeMap<_, _> = TESTS_MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        if matches!(source.room.as_str(), "lib" | "main") {
            continue;
        }
        let Some(allowed) = may.get(source.room.as_str()) else {
            wrong.push(format!("{}: the room `{}` is not in the table", source.path, source.room));
            continue;
        };
        let in_tests = tests_may.get(source.room.as_str()).filter(|_| is_test(&source)).copied().unwrap_or_default();
        for (line, code) in code(&source.text) {
            for (at, _) in code.match_indices("crate::") {
                let rest = &code[at + "crate::".len()..];
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let named: Vec<&str> = if name.is_empty() {
                    // `use crate::{a, b::c}`
                    rest.trim_matches(['{', '}', ';'])
                        .split(',')
                        .filter_map(|item| item.trim().split("::").next())
                        .collect()
                } else {
                    vec![&name]
                };
                for name in named {
                    let known = may.contains_key(name);
                    let fine = name == source.room || allowed.contains(&name) || in_tests.contains(&name);
                    if known && !fine {
                        wrong.push(format!("{}:{line}: `{}` must not know `{name}`", source.path, source.room));
                    }
                    if source.room == "scim" && name == "platform" && source.path != ANNOUNCES {
                        wrong.push(format!("{}:{line}: only {ANNOUNCES} knows packs", source.path));
                    }
                }
            }
        }
    }
    none("imports against DESIGN.md §10", &wrong);
}

/// A habit: what must not be in the code, where it may be, and why.
struct Habit {
    words: &'static [&'static str],
    rooms: &'static [&'static str],
    why: &'static str,
}

const HABITS: &[Habit] = &[
    Habit {
        words: &["println!", "print!(", "eprintln!", "eprint!(", "io::stdout", "io::stderr", "dbg!"],
        rooms: &["cli"],
        why: "only cli prints",
    },
    Habit { words: &["env::var", "env::args", "process::exit"], rooms: &["cli"], why: "only cli knows the process" },
    Habit {
        words: &["std::fs", "tokio::fs", "File::open", "File::create", "OpenOptions"],
        rooms: &["cli", "apply", "sandbox"],
        why: "only cli, apply and sandbox touch files",
    },
    Habit {
        words: &["async fn", "async move", "async {", ".await", "tokio::"],
        rooms: &["cli", "apply", "doctor", "sandbox", "remote"],
        why: "the rest is synchronous",
    },
    Habit {
        words: &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now"],
        rooms: &["cli", "apply", "doctor", "sandbox", "remote"],
        why: "the rest has no clock",
    },
];

#[test]
fn effects_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in sources() {
        if is_test(&source) {
            continue;
        }
        for Habit { words, rooms, why } in HABITS {
            if rooms.contains(&source.room.as_str()) {
                continue;
            }
            for (line, code) in code(without_tests(&source.text)) {
                if let Some(word) = words.iter().find(|&&word| code.contains(word)) {
                    wrong.push(format!("{}:{line}: `{word}`: {why}", source.path));
                }
            }
        }
    }
    none("effects outside of their rooms", &wrong);
}

#[test]
fn every_file_says_what_it_is_for_and_is_of_a_size_to_be_read() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}: does not open with what it is responsible for", source.path));
        }
        let lines = source.text.lines().count();
        let listed = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST && !listed {
            wrong.push(format!("{}: {lines} lines; split it, or list it with a reason", source.path));
        }
        if lines <= LONGEST && listed {
            wrong.push(format!("{}: is short enough not to be listed", source.path));
        }
    }
    none("files that are hard to read", &wrong);
}

#[test]
fn no_room_is_named_after_nothing() {
    let nameless = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.path.split(['/', '.']).any(|part| nameless.contains(&part)))
        .map(|source| source.path)
        .collect();
    none("names that say nothing", &wrong);
}
