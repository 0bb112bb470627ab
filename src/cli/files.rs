//! Finding a project and reading files: every path that a run reads goes through here.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::exit::Exit;
use super::failure::Failure;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::report::Repository;
use crate::source::{MAX_FILE_BYTES, SourceId, Sources, Span};

/// The project file's name.
pub const PROJECT_FILE: &str = "rolecall.yaml";

/// What a run is about.
#[derive(Debug, PartialEq, Eq)]
pub enum Set {
    /// A project; findings are shown for files under these paths, for all when there are none.
    Project {
        /// Where its `rolecall.yaml` is.
        directory: PathBuf,
        /// The paths of the command line.
        shown: Vec<PathBuf>,
    },
    /// Files and directories without a project.
    Loose(Vec<PathBuf>),
}

/// What `-C` and the paths of a command line mean: the project that `-C` names, the one that a
/// path is, the one around the working directory, the one around the first path, or no project.
pub fn discover(directory: Option<&Path>, paths: &[PathBuf]) -> Result<Set, Failure> {
    let shown = || paths.to_vec();
    if let Some(directory) = directory {
        if !is_project(directory) {
            return Err(Failure::usage(format!("there is no `{PROJECT_FILE}` in `{}`", directory.display())));
        }
        return Ok(Set::Project { directory: directory.to_owned(), shown: shown() });
    }
    if let Some(project) = paths.iter().find(|path| is_project(path)) {
        return match paths {
            [_] => Ok(Set::Project { directory: project.clone(), shown: Vec::new() }),
            _ => Err(Failure::usage(format!("`{}` is a project and must be the only path", project.display()))
                .hint("run the command once for each project")),
        };
    }
    let here = std::env::current_dir().map_err(|error| Failure::io("cannot tell", Path::new("."), &error))?;
    let first = paths.first().map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(path) });
    match project_around(&here).or_else(|| project_around(&here.join(first?))) {
        Some(directory) => Ok(Set::Project { directory, shown: shown() }),
        None if paths.is_empty() => Err(Failure::usage(format!("there is no `{PROJECT_FILE}` here or above"))
            .hint("name a project with `-C DIR`, or manifests and their platform: `--platform open FILE…`")),
        None => Ok(Set::Loose(shown())),
    }
}

fn is_project(directory: &Path) -> bool {
    directory.join(PROJECT_FILE).is_file()
}

/// The nearest project from a directory upwards, at most to the root of its repository. Outside of
/// a repository only the directory itself counts: a `rolecall.yaml` that somebody left in a shared
/// directory above must not decide where a token is sent.
fn project_around(directory: &Path) -> Option<PathBuf> {
    let directory = plain(directory);
    if is_project(&directory) {
        return Some(directory);
    }
    let root = directory.ancestors().find(|above| above.join(".git").exists())?;
    let within = directory.ancestors().take_while(|above| above.starts_with(root));
    within.into_iter().find(|above| is_project(above)).map(Path::to_owned)
}

/// The files that a pattern of a project matches, sorted. Names that begin with a dot are only
/// matched by a pattern that says the dot: editors and tools keep their own files under such names.
pub fn matches(directory: &Path, pattern: &str) -> Result<BTreeSet<PathBuf>, Failure> {
    let whole = format!("{}/{pattern}", glob::Pattern::escape(&directory.to_string_lossy()));
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
    let found = glob::glob_with(&whole, options)
        .map_err(|error| Failure::new(Exit::Invalid, format!("`{pattern}` is no pattern: {}", error.msg)))?;
    let mut files = BTreeSet::new();
    for path in found {
        let path = path.map_err(|error| Failure::io("cannot read", error.path(), error.error()))?;
        if !path.is_dir() && path.file_name() != Some(OsStr::new(PROJECT_FILE)) {
            files.insert(path);
        }
    }
    Ok(files)
}

/// The manifests that a path of the command line means: itself, or every YAML file below it.
pub fn manifests_under(path: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(BTreeSet::from([path.to_owned()]));
    }
    let mut files = matches(path, "**/*.yaml")?;
    files.append(&mut matches(path, "**/*.yml")?);
    Ok(files)
}

/// Reads a file into the sources under the path that people see. `None` stands for a file that is
/// no text that can be looked at: then there is a finding instead.
pub fn read(path: &Path, sources: &mut Sources, found: &mut Diagnostics) -> Result<Option<SourceId>, Failure> {
    let shown = shown_path(path);
    let mut bytes = Vec::new();
    // Not the size that the file announces: a pipe or a growing file has none.
    let limited = |file: File| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    File::open(path).and_then(limited).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let source = sources.add(shown, "");
        let limit = MAX_FILE_BYTES / (1024 * 1024);
        let message = format!("the file is larger than {limit} MiB");
        found.push(Diagnostic::new(Code::FileTooLarge, Span::top(source), message).help("split it over several files"));
        return Ok(None);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let first = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[first];
            let mut text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            // Replacement characters are longer than the bytes that they stand for.
            text.truncate(text.floor_char_boundary(MAX_FILE_BYTES as usize));
            let source = sources.add(shown, text);
            let span =
                Span { source, start: first as u32, end: (first + char::REPLACEMENT_CHARACTER.len_utf8()) as u32 };
            let message = format!("the byte 0x{byte:02X} here is not UTF-8");
            found.push(Diagnostic::new(Code::NotUtf8, span, message).help(encoding_help(error.as_bytes())));
            return Ok(None);
        }
    };
    Ok(Some(sources.add(shown, text)))
}

/// What most likely happened to a file that is not UTF-8.
fn encoding_help(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        "the file looks like UTF-16; save it as UTF-8"
    } else {
        "save the file as UTF-8"
    }
}

/// A file that cannot be read.
fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::io("cannot read", path, error);
    match error.kind() {
        io::ErrorKind::NotFound => failure.hint("check the path; it starts at the working directory"),
        io::ErrorKind::PermissionDenied => failure.hint("let the user of this process read it"),
        _ => failure,
    }
}

/// A path as the user would type it: from the working directory on.
pub fn shown_path(path: &Path) -> String {
    let whole = plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let Ok(here) = std::env::current_dir() else { return path.display().to_string() };
    let shared = here.components().zip(whole.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().count() - shared;
    // With nothing in common but the root, the whole path is easier to read.
    if shared <= 1 && up > 0 {
        return whole.display().to_string();
    }
    let relative: PathBuf =
        std::iter::repeat_n(Component::ParentDir, up).chain(whole.components().skip(shared)).collect();
    relative.display().to_string()
}

/// The repository around the working directory, for those who show findings beside its files.
pub fn repository() -> Repository {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&here);
    Repository::new(root, &here)
}

/// A path without `.` and `..`, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.parent().is_some() => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Whether a file is one of the paths or below one of them.
pub fn is_under(file: &Path, paths: &[PathBuf]) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = real(file);
    paths.iter().any(|path| file.starts_with(real(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for (path, text) in [
            ("rolecall.yaml", "version: 1"),
            ("m/b.yaml", "b"),
            ("m/a.yaml", "a"),
            ("m/deep/c.yaml", "c"),
            ("m/.swap.yaml", "no"),
            ("m/rolecall.yaml", "no"),
        ] {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("made");
            fs::write(path, text).expect("written");
        }
        directory
    }

    #[test]
    fn patterns_match_files_sorted_without_hidden_ones_and_project_files() {
        let directory = project();
        let found = matches(directory.path(), "m/**/*.yaml").expect("a pattern");
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(directory.path()).expect("below")).collect();
        assert_eq!(names, [Path::new("m/a.yaml"), Path::new("m/b.yaml"), Path::new("m/deep/c.yaml")]);
    }

    #[test]
    fn a_directory_with_a_project_file_is_that_project() {
        let directory = project();
        let path = directory.path().to_owned();
        let set = discover(None, std::slice::from_ref(&path)).expect("a project");
        assert_eq!(set, Set::Project { directory: path.clone(), shown: Vec::new() });
        assert!(discover(None, &[path.clone(), path.join("m/a.yaml")]).is_err());
        assert!(discover(Some(&path.join("m/deep")), &[]).is_err());
    }

    #[test]
    fn a_byte_that_is_not_utf8_has_its_place() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("latin.yaml");
        fs::write(&path, b"a: 1\nr\xF4le: 2\n").expect("written");
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        assert_eq!(read(&path, &mut sources, &mut found).expect("it can be read"), None);
        let found = found.sorted();
        let at = sources.locate(found[0].span);
        assert_eq!((at.line, at.column, at.end_column), (2, 2, 3));
        assert_eq!(found[0].message, "the byte 0xF4 here is not UTF-8");
    }

    #[test]
    fn a_path_is_shown_from_the_working_directory() {
        let here = std::env::current_dir().expect("there is one");
        assert_eq!(shown_path(&here.join("a/../b/c.yaml")), "b/c.yaml");
        assert_eq!(shown_path(&here.join("../x.yaml")), "../x.yaml");
        assert_eq!(shown_path(Path::new("./m.yaml")), "m.yaml");
    }
}
