//! YAML in, findings or a desired state out.

mod everything;
mod meaning;
mod mutations;
mod packs;
mod rules;

use std::fmt::Write as _;

use crate::diagnostic::Diagnostics;
use crate::platform::{Pack, built_in};
use crate::source::Sources;
use crate::state::{Declared, Desired, DesiredObject, Value};

fn open() -> Pack {
    built_in("open").expect("the pack is built in")
}

/// Findings, one in a line: place, code, message, help, and the related places.
fn findings(sources: &Sources, found: Diagnostics) -> String {
    let mut text = String::new();
    for finding in found.sorted() {
        let at = sources.locate(finding.span);
        let file = if sources.ids().count() > 1 { format!("{}:", at.file) } else { String::new() };
        write!(text, "{file}{}:{} {}: {}", at.line, at.column, finding.code, finding.message).expect("text");
        if let Some(help) = &finding.help {
            write!(text, " | {help}").expect("text");
        }
        for (span, what) in &finding.related {
            let at = sources.locate(*span);
            write!(text, " | {}:{}:{} {what}", at.file, at.line, at.column).expect("text");
        }
        text.push('\n');
    }
    text
}

/// A desired state in a few lines.
fn compact(desired: &Desired) -> String {
    let mut text = String::new();
    for (kind, objects) in &desired.objects {
        writeln!(text, "{kind}:{}", if objects.is_empty() { " none" } else { "" }).expect("text");
        for DesiredObject { name, attributes, previously, span, .. } in objects.values() {
            assert!(span.is_some(), "{name} has no place");
            write!(text, "  {name}").expect("text");
            for (attribute, Declared { value, span }) in attributes {
                assert!(span.is_some(), "{attribute} of {name} has no place");
                let value = match value {
                    Value::Names(names) => format!("[{}]", names.iter().cloned().collect::<Vec<_>>().join(", ")),
                    other => serde_json::to_string(other).expect("JSON"),
                };
                write!(text, " {attribute}={value}").expect("text");
            }
            if !previously.is_empty() {
                write!(text, " previously={previously:?}").expect("text");
            }
            text.push('\n');
        }
    }
    for user in desired.assignments.iter().flat_map(crate::state::Assignments::iter) {
        write!(text, "{} -> {}", user.user_name, user.role).expect("text");
        let (name, active, user_type) = (user.display_name, user.active, user.user_type);
        for part in [name.map(|name| format!("{name:?}")), active.map(|active| format!("active={active}"))] {
            write!(text, "{}", part.map(|part| format!(" {part}")).unwrap_or_default()).expect("text");
        }
        writeln!(text, "{}", user_type.map(|name| format!(" type={name}")).unwrap_or_default()).expect("text");
    }
    for role in desired.removed_roles.values() {
        writeln!(text, "- role {} reassign_to={:?}", role.name, role.reassign_to).expect("text");
    }
    for user in desired.removed_users.values() {
        writeln!(text, "- user {} delete={}", user.user_name, user.delete).expect("text");
    }
    text
}

/// What files mean to a pack: findings, then the desired state if there is one.
#[track_caller]
fn read_with(pack: &Pack, files: &[&str]) -> String {
    let mut sources = Sources::default();
    let ids: Vec<_> =
        files.iter().enumerate().map(|(index, text)| sources.add(format!("{}.yaml", index + 1), *text)).collect();
    let (desired, found, counts) = super::read(&sources, &ids, pack);
    assert_eq!(counts.files, files.len());
    assert_eq!(desired.is_none(), found.has_errors(), "a desired state is given exactly when nothing is an error");
    findings(&sources, found) + &desired.map(|desired| compact(&desired)).unwrap_or_default()
}

#[track_caller]
fn read(files: &[&str]) -> String {
    read_with(&open(), files)
}
