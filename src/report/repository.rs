//! Where files are for those who show findings beside them: from the root of the repository.
//!
//! Responsible for the path and the URI of a file, and for the words of a place in it, as SARIF, annotations
//! and JUnit reports have them.
//! People are shown the path from their working directory instead, which needs no translation.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

use super::text::visible;
use crate::source::{Location, Sources, Span};

/// The repository that a run is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
    here: PathBuf,
}

/// A file as those name it who know the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The path from the root, with slashes.
    Inside(String),
    /// The whole path of a file elsewhere, with slashes.
    Outside(String),
}

impl Repository {
    /// The repository with this root, seen from a working directory; both are whole paths. Outside of any
    /// repository the working directory is the root.
    #[must_use]
    pub fn new(root: &Path, here: &Path) -> Self {
        Self { root: root.to_owned(), here: here.to_owned() }
    }

    /// Where a file is whose path is shown as seen from the working directory.
    pub(super) fn place(&self, shown: &str) -> Place {
        let mut whole = PathBuf::new();
        for component in self.here.join(shown).components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => {
                    whole.pop();
                }
                other => whole.push(other),
            }
        }
        match whole.strip_prefix(&self.root) {
            Ok(inside) => Place::Inside(slashes(inside)),
            Err(_) => Place::Outside(slashes(&whole)),
        }
    }
}

impl Place {
    /// The path alone.
    pub fn path(&self) -> &str {
        match self {
            Self::Inside(path) | Self::Outside(path) => path,
        }
    }

    /// A reference that is relative inside of the repository, and whole outside of it (RFC 3986, RFC 8089).
    pub fn uri(&self) -> String {
        match self {
            Self::Inside(path) => encoded(path),
            Self::Outside(path) if path.starts_with('/') => format!("file://{}", encoded(path)),
            Self::Outside(path) => format!("file:///{}", encoded(path)),
        }
    }
}

/// Words about a place, with the cell in front where it is one of a table: those who show lines know no cells.
pub(super) fn in_cell<'a>(sources: &Sources, span: Span, words: &'a str) -> Cow<'a, str> {
    match sources.locate(span).cell {
        Some(cell) => Cow::Owned(format!("{cell}: {words}")),
        None => Cow::Borrowed(words),
    }
}

/// A place and words about it in one line of text, as compilers write them.
pub(super) fn line_of(sources: &Sources, repository: &Repository, span: Span, words: &str) -> String {
    let Location { file, line, column, .. } = sources.locate(span);
    let place = repository.place(&file);
    let (path, words) = (visible(place.path()), in_cell(sources, span, words));
    let words = visible(&words);
    if sources.has_lines(span.source) { format!("{path}:{line}:{column}: {words}") } else { format!("{path}: {words}") }
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// A path with everything as `%XX` that is neither unreserved in a URI nor a slash. A colon is among it: it
/// would make the first segment of a relative reference a scheme.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(byte as char);
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shown: &str, place: &Place, uri: &str) {
        let found = Repository::new(Path::new("/repo"), Path::new("/repo/teams/a")).place(shown);
        assert_eq!((&found, found.uri().as_str()), (place, uri));
    }

    #[test]
    fn files_of_the_repository_are_named_from_its_root_whatever_the_working_directory() {
        check("m/roles.yaml", &Place::Inside("teams/a/m/roles.yaml".into()), "teams/a/m/roles.yaml");
        check("../b/./x.yaml", &Place::Inside("teams/b/x.yaml".into()), "teams/b/x.yaml");
    }

    #[test]
    fn files_elsewhere_have_their_whole_path() {
        check("../../../other/x.yaml", &Place::Outside("/other/x.yaml".into()), "file:///other/x.yaml");
        check("/etc/x.yaml", &Place::Outside("/etc/x.yaml".into()), "file:///etc/x.yaml");
        check("/repository/x.yaml", &Place::Outside("/repository/x.yaml".into()), "file:///repository/x.yaml");
    }

    #[test]
    fn what_a_uri_cannot_hold_is_encoded() {
        check(
            "a b/50%:#?é\n.yaml",
            &Place::Inside("teams/a/a b/50%:#?é\n.yaml".into()),
            "teams/a/a%20b/50%25%3A%23%3F%C3%A9%0A.yaml",
        );
    }
}
