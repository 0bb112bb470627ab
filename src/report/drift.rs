//! How live and files differ, as text and JSON. What it means is `plan`'s.

use std::fmt::Write;

use serde::Serialize;

use super::plan_text::{are_sets, heading_of, items, value_text};
use super::text::{ADD, CHANGE, FAINT, REMOVE, STRONG, count, styled, visible, wrapped};
use crate::plan::{Differs, Drift, Drifted, DriftedField, Side, Since};
use crate::state::{Kind, Value};

/// Differences by the side that changed: fields, and objects that are on one side only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    live: u64,
    files: u64,
    both: u64,
    unknown: u64,
}

impl Counts {
    fn of(drift: &Drift) -> Self {
        let mut counts = Self::default();
        for object in &drift.objects {
            match object.differs {
                Differs::Fields => object.fields.iter().for_each(|field| counts.add(field.changed)),
                Differs::NotLive | Differs::NotInFiles => counts.add(object.changed),
            }
        }
        counts
    }

    fn add(&mut self, side: Side) {
        *match side {
            Side::Live => &mut self.live,
            Side::Files => &mut self.files,
            Side::Both => &mut self.both,
            Side::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// A drift as JSON.
#[must_use]
pub fn drift_json(drift: &Drift) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        summary: Counts,
        #[serde(flatten)]
        drift: &'a Drift,
    }
    let document = Document { summary: Counts::of(drift), drift };
    let mut json = serde_json::to_string_pretty(&document).expect("a drift has only keys that are texts");
    json.push('\n');
    json
}

/// A drift for people.
#[must_use]
pub fn drift_text(drift: &Drift) -> String {
    let mut out = String::new();
    let _ = write!(out, "{} {}", styled(STRONG, "Drift of"), visible(&drift.target));
    let _ = write!(out, " (platform {}", visible(&drift.platform));
    for (word, name) in [("organization", &drift.organization), ("environment", &drift.environment)] {
        if let Some(name) = name {
            let _ = write!(out, ", {word} {}", visible(name));
        }
    }
    out.push_str(")\n");
    for kind in Kind::ALL {
        let of_kind: Vec<&Drifted> = drift.objects.iter().filter(|object| object.address.kind == kind).collect();
        if !of_kind.is_empty() {
            let _ = writeln!(out, "\n{} ({})", styled(STRONG, heading_of(kind)), of_kind.len());
            for object in of_kind {
                one(&mut out, object);
            }
        }
    }
    if !drift.notes.is_empty() {
        out.push('\n');
    }
    for note in &drift.notes {
        let _ = writeln!(out, "{}: {}", styled(STRONG, "note"), visible(note));
    }
    last_line(&mut out, drift);
    out
}

fn one(out: &mut String, object: &Drifted) {
    let (style, symbol) = match object.differs {
        Differs::Fields => (CHANGE, "~"),
        Differs::NotLive => (REMOVE, "-"),
        Differs::NotInFiles => (ADD, "+"),
    };
    let address = object.address.to_string();
    let _ = write!(out, "  {} {}", styled(style, symbol), visible(&address));
    if let Some(words) = whole(object) {
        let _ = write!(out, ": {words}");
    }
    if let Some(origin) = &object.origin {
        let place = format!("{}:{}", visible(&origin.file), origin.line);
        let _ = write!(out, "  {}", styled(FAINT, place));
    }
    out.push('\n');
    for field in &object.fields {
        field_lines(out, field);
    }
}

/// What is said of an object that is on one side only.
fn whole(object: &Drifted) -> Option<String> {
    let run = |since: &Option<Since>| since.as_ref().map_or_else(String::new, |since| since.run.clone());
    let since = run(&object.since);
    Some(match (object.differs, object.changed) {
        (Differs::Fields, _) => return None,
        (Differs::NotLive, Side::Live) => format!("not live; gone since the run {since}, which left it there"),
        (Differs::NotLive, Side::Files) => format!("not live; in the files again since the run {since} took it away"),
        (Differs::NotLive, Side::Both | Side::Unknown) => "in the files and not live".to_owned(),
        (Differs::NotInFiles, Side::Live) => format!("live again since the run {since} took it away; not in the files"),
        (Differs::NotInFiles, Side::Files) => format!("live since the run {since}; not in the files any more"),
        (Differs::NotInFiles, Side::Both | Side::Unknown) => "live and not in the files".to_owned(),
    })
}

fn field_lines(out: &mut String, field: &DriftedField) {
    let start = format!("      {}: ", visible(&field.path));
    out.push_str(&start);
    let mut parts = Vec::new();
    if are_sets(&field.live, &field.files) {
        let only = |here: &Value, there: &Value| {
            let there = items_of(there);
            items_of(here).into_iter().filter(|item| !there.contains(item)).collect::<Vec<_>>()
        };
        for (side, names) in
            [("live", only(&field.live, &field.files)), ("in the files", only(&field.files, &field.live))]
        {
            let first = names.first().map(|name| format!("only {side} {name}"));
            parts.extend(first);
            parts.extend(names.into_iter().skip(1));
        }
    } else {
        parts.push(format!("live {}", value_text(&field.live)));
        parts.push(format!("files {}", value_text(&field.files)));
    }
    let indent = start.chars().count();
    wrapped(out, &parts, indent, indent);
    let run = field.since.as_ref().map(|since| since.run.as_str()).unwrap_or_default();
    let side = match (field.changed, &field.base) {
        (Side::Live, _) => format!("changed live since the run {run}"),
        (Side::Files, _) => format!("changed in the files since the run {run}"),
        (Side::Both, Some(base)) => {
            format!("changed on both sides since the run {run}, which left {}", value_text(base))
        }
        _ => "no apply that is known has touched it".to_owned(),
    };
    let _ = writeln!(out, "\n        {}", styled(FAINT, format_args!("# {side}")));
}

fn items_of(value: &Value) -> Vec<String> {
    if *value == Value::Absent { Vec::new() } else { items(value) }
}

fn last_line(out: &mut String, drift: &Drift) {
    out.push('\n');
    let alone = |kind| drift.left_alone.iter().filter(|address| address.kind == kind).count() as u64;
    let (roles, users) = (alone(Kind::Role), alone(Kind::User));
    let left_alone = match (roles, users) {
        (0, 0) => String::new(),
        (roles, 0) => format!("; live and in no file, and left alone: {}", count(roles, "role")),
        (0, users) => format!("; live and in no file, and left alone: {}", count(users, "user")),
        (roles, users) => {
            format!("; live and in no file, and left alone: {}, {}", count(roles, "role"), count(users, "user"))
        }
    };
    if drift.is_empty() {
        let _ = writeln!(out, "{}: live is as the files say{left_alone}", styled(STRONG, "No drift"));
        return;
    }
    let Counts { live, files, both, unknown } = Counts::of(drift);
    let _ = writeln!(
        out,
        "{}: {} on {}: {live} changed live, {files} in the files, {both} on both sides, {unknown} not known{left_alone}",
        styled(STRONG, "Drift"),
        count(live + files + both + unknown, "difference"),
        count(drift.objects.len() as u64, "object"),
    );
}
