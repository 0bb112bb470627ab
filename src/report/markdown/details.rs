//! What is folded in a comment: every change with its fields, the access difference, the seats, the
//! other findings, and what is left to a person.

use std::collections::BTreeSet;

use anstream::adapter::strip_str;

use super::block::Block;
use super::text::{clipped, code, sentence};
use super::{access, finding};
use crate::diagnostic::Severity;
use crate::plan::{Access, Action, Change, FieldChange, Manual, Plan};
use crate::report::plan_text::replacement::{self, OfHolders};
use crate::report::plan_text::{are_sets, first_line, groups, is_one_line, seats, symbol, value_text};
use crate::report::text::visible;
use crate::state::Value;

/// As much of a line as is shown: a list of permissions is read elsewhere.
const LINE_SHOWN: usize = 400;

/// The folded blocks, in the order of reading.
pub(super) fn blocks(plan: &Plan) -> Vec<Block> {
    let of_holders = OfHolders::new(plan);
    let mut blocks: Vec<Block> = groups(plan)
        .into_iter()
        .map(|(heading, changes)| {
            let summary = format!("{heading} ({})", changes.len());
            Block::difference(&summary, changes, |change| lines(change, &of_holders))
        })
        .collect();
    let Access { gained, lost } = &plan.access;
    let all = gained.iter().map(|change| ("gained", change)).chain(lost.iter().map(|change| ("lost", change)));
    blocks.push(Block::folded("Access", all, |(word, change)| format!("{word} {}", access(change))));
    let mut table = String::new();
    seats::table(&mut table, &plan.seats);
    let table = strip_str(table.trim_matches('\n')).to_string();
    blocks.push(Block::difference("Seats", table.lines(), |line| clipped(line, LINE_SHOWN)));
    let others = plan.findings.iter().filter(|other| other.severity != Severity::Error);
    blocks.push(Block::folded("Warnings and notes", others, finding));
    blocks.push(Block::folded("Left to a person", &plan.manual, |manual| {
        let Manual { address, action: _, request, origin: _ } = manual;
        format!("{}: {}", code(&address.to_string()), sentence(request))
    }));
    blocks
}

/// One change, with signs that sites colour: `!` is what changes in place.
fn lines(change: &Change, of_holders: &OfHolders<'_>) -> String {
    let sign = match change.action {
        Action::Create => '+',
        Action::Delete => '-',
        Action::Update | Action::Replace => '!',
    };
    let first = strip_str(&first_line(change)).to_string();
    let replaced = if change.action == Action::Replace { " (replaced)" } else { "" };
    let mut out = vec![format!("{sign}{}{replaced}", &first[symbol(change.action).len()..])];
    if let Some(origin) = &change.origin {
        out[0] = format!("{}  {}:{}", clipped(&out[0], LINE_SHOWN), visible(&origin.file), origin.line);
    }
    if let Some(reason) = &change.reason {
        out.push(format!("#     {}", visible(reason)));
    }
    if !is_one_line(change) {
        for field in &change.fields {
            field_lines(&mut out, field);
        }
        if let Some(replacement) = &change.replacement {
            let mut text = String::new();
            replacement::lines(&mut text, replacement, change.origin.as_ref(), Some(of_holders));
            out.extend(text.lines().map(str::to_owned));
        }
    }
    let clipped: Vec<String> = out.iter().map(|line| clipped(line, LINE_SHOWN)).collect();
    clipped.join("\n")
}

/// What a field was, and what it will be; of a set what it loses and gains.
fn field_lines(out: &mut Vec<String>, field: &FieldChange) {
    let FieldChange { path, before, after } = field;
    let mut line = |sign: char, value: &Value| {
        if *value != Value::Absent {
            out.push(format!("{sign}     {}: {}", visible(path), value_text(value)));
        }
    };
    if are_sets(before, after) {
        let (before, after) = (names(before), names(after));
        line('-', &Value::names(before.difference(&after).copied()));
        line('+', &Value::names(after.difference(&before).copied()));
    } else {
        line('-', before);
        line('+', after);
    }
}

fn names(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Names(names) => names.iter().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    }
}
