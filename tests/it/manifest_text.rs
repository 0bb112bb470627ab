//! What files mean to a pack, and what is found in them, as text: for the tests of the platforms.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rolecall::diagnostic::Severity;
use rolecall::manifest;
use rolecall::platform::Pack;
use rolecall::source::Sources;
use rolecall::state::{Desired, DesiredObject, Kind, Value};

/// What the files mean, and what is found in them, one in a line: place, code, rule, message, help.
pub fn read(pack: &Pack, files: &[&str]) -> (Option<Desired>, String) {
    let mut sources = Sources::default();
    let names = ["a.yaml", "b.yaml"];
    let ids: Vec<_> = files.iter().zip(names).map(|(text, name)| sources.add(name, *text)).collect();
    let (desired, found, _) = manifest::read(&sources, &ids, pack);
    let is_error = found.iter().any(|finding| finding.code.severity() == Severity::Error);
    assert_eq!(desired.is_none(), is_error, "files mean something exactly when nothing in them is an error");
    let mut text = String::new();
    for finding in found.sorted() {
        let at = sources.locate(finding.span);
        let rule = finding.rule.as_deref().unwrap_or("no rule");
        write!(text, "{}:{}:{} {} ({rule}) {}", at.file, at.line, at.column, finding.code, finding.message)
            .expect("text");
        if let Some(help) = finding.help {
            write!(text, " | {help}").expect("text");
        }
        text.push('\n');
    }
    (desired, text)
}

/// What the files mean; nothing is found in them.
#[track_caller]
pub fn valid(pack: &Pack, files: &[&str]) -> Desired {
    let (desired, found) = read(pack, files);
    assert_eq!(found, "");
    desired.expect("nothing is found")
}

/// A declared role.
#[track_caller]
pub fn role<'d>(desired: &'d Desired, name: &str) -> &'d DesiredObject {
    desired.find(Kind::Role, name).unwrap_or_else(|| panic!("`{name}` is not declared"))
}

/// What a declared role grants.
#[track_caller]
pub fn grants(role: &DesiredObject) -> BTreeSet<String> {
    match &role.attributes["permissions"].value {
        Value::Names(grants) => grants.clone(),
        Value::Absent => BTreeSet::new(),
        other => panic!("{other:?}"),
    }
}
