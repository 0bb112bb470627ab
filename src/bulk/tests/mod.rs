//! Requests in, rows and findings out.

mod against;
mod findings;
mod forms;
mod round_trip;
mod spreadsheets;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Field, Form, Lists, Reading, read};
use crate::diagnostic::Diagnostics;
use crate::platform::{Pack, built_in};
use crate::source::Sources;
use crate::state::{Kind, KindCapability, Live, LiveObject, Value, attribute};

fn pack(name: &str) -> Pack {
    built_in(name).expect("it is built in")
}

fn csv(text: &str, platform: &str) -> Reading {
    read("bulk.csv", text.as_bytes(), Form::Csv, &pack(platform))
}

fn yaml(text: &str, platform: &str) -> Reading {
    read("bulk.yaml", text.as_bytes(), Form::Yaml, &pack(platform))
}

/// What is found, a few lines each.
fn found(sources: &Sources, found: &Diagnostics) -> String {
    let mut text = String::new();
    for finding in found.clone().sorted() {
        let at = sources.locate(finding.span);
        let cell = at.cell.map(|cell| format!(" {cell}")).unwrap_or_default();
        let rule = finding.rule.map(|rule| format!(" {rule}")).unwrap_or_default();
        writeln!(text, "{} {}:{}{cell}{rule}: {}", finding.code, at.line, at.column, finding.message).expect("text");
        for (span, what) in &finding.related {
            let at = sources.locate(*span);
            writeln!(text, "  {}:{} {what}", at.line, at.column).expect("text");
        }
        if let Some(help) = &finding.help {
            writeln!(text, "  = {help}").expect("text");
        }
    }
    text
}

/// The rows, one line each.
fn rows(reading: &Reading) -> String {
    let Some(request) = &reading.request else { return found(&reading.sources, &reading.found) };
    let mut text = String::new();
    for row in &request.rows {
        write!(text, "{}:", row.role.value).expect("text");
        for (word, lists) in [("", &row.wanted), ("expected ", &row.expected)] {
            text.push_str(&shown(word, lists));
        }
        text.push('\n');
    }
    text
}

fn shown(word: &str, lists: &Lists) -> String {
    let said = Field::ALL.into_iter().filter_map(|field| Some((field, lists.get(field)?)));
    let names = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" | ");
    said.map(|(field, listed)| format!(" {word}{}={}", field.attribute(), names(&listed.names))).collect()
}

/// A live state: roles with their classifications and segments, and the segments that are enabled.
fn live(roles: &[(&str, &[&str], &[&str])], segments: &[(&str, bool)]) -> Live {
    let mut live = Live::default();
    for kind in [Kind::Classification, Kind::Segment, Kind::Role] {
        live.capabilities.kinds.insert(kind, KindCapability::default());
    }
    let object =
        |(at, name): (usize, &str)| LiveObject { id: at.to_string(), name: name.into(), ..LiveObject::default() };
    let roles = roles.iter().enumerate().map(|(at, (name, classifications, segments))| {
        let mut role = object((at, name));
        role.attributes.insert(attribute::CLASSIFICATIONS.into(), Value::names(classifications.iter().copied()));
        role.attributes.insert(attribute::SEGMENTS.into(), Value::names(segments.iter().copied()));
        role
    });
    live.objects.insert(Kind::Role, roles.collect());
    let segments = segments.iter().enumerate().map(|(at, (name, is_enabled))| {
        let mut segment = object((at, name));
        segment.attributes.insert(attribute::ENABLED.into(), Value::Flag(*is_enabled));
        segment
    });
    live.objects.insert(Kind::Segment, segments.collect());
    let names = ["Sales", "Manager", "Support", "Admin"];
    live.objects.insert(Kind::Classification, names.into_iter().enumerate().map(object).collect());
    live
}
