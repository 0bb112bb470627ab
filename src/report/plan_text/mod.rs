//! A plan as text, the way readers of Terraform's plans expect it.
//!
//! Every function appends to one text. Only what changes is listed; what stays is counted. How a
//! role is replaced is written in `replacement`, the seats in `seats`.

pub(super) mod replacement;
pub(super) mod seats;

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::Style;

use super::text::{ADD, CHANGE, FAINT, REMOVE, STRONG, count, styled, visible, width, wrapped};
use crate::diagnostic::{Code, Severity};
use crate::plan::{Access, AccessChange, Action, Change, FieldChange, Finding, Manual, Plan, Requested};
use crate::state::{Binding, Kind, Origin, Value, attribute};

/// A plan for people, with colours.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut out = String::new();
    heading(&mut out, plan);
    legend(&mut out, plan);
    changes(&mut out, plan);
    manual(&mut out, &plan.manual);
    access(&mut out, &plan.access);
    seats::table(&mut out, &plan.seats);
    findings(&mut out, &plan.findings);
    last_line(&mut out, plan);
    out
}

/// Where the plan belongs: nobody should approve one for another place by mistake.
fn heading(out: &mut String, plan: &Plan) {
    let mut facts = vec![format!("platform {}", visible(&plan.platform))];
    if let Some(environment) = &plan.environment {
        facts.push(format!("environment {}", visible(environment)));
    }
    if let Some(organization) = &plan.organization {
        facts.push(format!("organization {}", visible(organization)));
    }
    // Selected with `--only` or `--except`: what else the files want is not in it.
    let words = if plan.partial { "Partial plan for" } else { "Plan for" };
    let _ = writeln!(out, "{} {} ({})", styled(STRONG, words), visible(&plan.target), facts.join(", "));
    if let Some(Requested { ticket, requested_by, rows, file: _ }) = &plan.request {
        let mut facts = vec![count(*rows, "row")];
        facts.extend(ticket.as_ref().map(|ticket| format!("ticket {}", visible(ticket))));
        facts.extend(requested_by.as_ref().map(|who| format!("requested by {}", visible(who))));
        let _ = writeln!(out, "{} {}", styled(STRONG, "Bulk request:"), facts.join(", "));
    }
}

fn style_of(action: Action) -> Style {
    match action {
        Action::Create => ADD,
        Action::Update | Action::Replace => CHANGE,
        Action::Delete => REMOVE,
    }
}

pub(super) fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "-/+",
        Action::Delete => "-",
    }
}

/// What the symbols mean, only those that follow.
fn legend(out: &mut String, plan: &Plan) {
    let used: BTreeSet<Action> = plan.changes.iter().map(|change| change.action).collect();
    if used.is_empty() {
        return;
    }
    let words = used.into_iter().map(|action| {
        let word = match action {
            Action::Create => "create",
            Action::Update => "change in place",
            Action::Replace => "replace by a new one",
            Action::Delete => "delete",
        };
        format!("{} {word}", styled(style_of(action), symbol(action)))
    });
    let _ = writeln!(out, "  {}", words.collect::<Vec<_>>().join("   "));
}

fn changes(out: &mut String, plan: &Plan) {
    let of_holders = replacement::OfHolders::new(plan);
    for (heading, changes) in groups(plan) {
        group(out, heading, &changes, &of_holders);
    }
}

/// The changes by kind, each with its heading, none empty. New accounts are listed apart: a typo in
/// a userName makes one.
pub(super) fn groups(plan: &Plan) -> Vec<(&'static str, Vec<&Change>)> {
    let of_kind = |kind| {
        let (accounts, others): (Vec<&Change>, Vec<&Change>) = plan
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .partition(|change| kind == Kind::User && change.action == Action::Create);
        [(heading_of(kind), others), ("New accounts", accounts)]
    };
    Kind::ALL.into_iter().flat_map(of_kind).filter(|(_, changes)| !changes.is_empty()).collect()
}

pub(super) fn heading_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Classification => "Classifications",
        Kind::Segment => "Segments",
        Kind::UserType => "User types",
        Kind::Role => "Roles",
        Kind::User => "Users",
    }
}

/// The widest line that still lines the places of a group up; a longer one pushes its own aside.
const WIDEST_ALIGNED: usize = 72;

fn group(out: &mut String, heading: &str, changes: &[&Change], of_holders: &replacement::OfHolders<'_>) {
    let _ = writeln!(out, "\n{} ({})", styled(STRONG, heading), changes.len());
    let lines: Vec<String> = changes.iter().map(|change| first_line(change)).collect();
    let aligned = lines.iter().map(|line| width(line)).filter(|&width| width <= WIDEST_ALIGNED).max().unwrap_or(0);
    for (change, line) in changes.iter().zip(lines) {
        let style = style_of(change.action);
        let _ = write!(out, "  {}{}", styled(style, symbol(change.action)), &line[symbol(change.action).len()..]);
        let padding = aligned.saturating_sub(width(&line)) + 2;
        if let Some(Origin { file, line, column: _ }) = &change.origin {
            let _ = write!(out, "{:padding$}{}", "", styled(FAINT, format_args!("{}:{line}", visible(file))));
        }
        out.push('\n');
        if let Some(reason) = &change.reason {
            let _ = writeln!(out, "      {}", styled(FAINT, format_args!("# {}", visible(reason))));
        }
        if !is_one_line(change) {
            for field in &change.fields {
                field_lines(out, change.action, field);
            }
            if let Some(replacement) = &change.replacement {
                replacement::lines(out, replacement, change.origin.as_ref(), Some(of_holders));
            }
        }
    }
}

/// Users are many and have few fields: each is one line.
pub(super) fn is_one_line(change: &Change) -> bool {
    change.kind == Kind::User
}

pub(super) fn first_line(change: &Change) -> String {
    let Change { address, kind: _, action, fields, affected_users, origin: _, reason: _, replacement: _ } = change;
    let address = address.to_string();
    let mut line = format!("{} {}", symbol(*action), visible(&address));
    if is_one_line(change) {
        // The role first: it is what the line is about.
        let mut fields: Vec<&FieldChange> = fields.iter().collect();
        fields.sort_by_key(|field| field.path != attribute::ROLE);
        let fields: Vec<String> = fields.into_iter().filter_map(|field| short_field(*action, field)).collect();
        if !fields.is_empty() {
            let _ = write!(line, ": {}", fields.join(", "));
        }
    } else if *affected_users > 0 {
        let _ = write!(line, " (affects {})", count(*affected_users, "user"));
    }
    line
}

/// A field of a user within its line. Of a new account only what is not as usual, and of the
/// fields that it has the role without its name, which every line would repeat.
fn short_field(action: Action, field: &FieldChange) -> Option<String> {
    let FieldChange { path, before, after } = field;
    match action {
        Action::Create if path == attribute::ROLE => Some(value_text(after)),
        Action::Create if path == attribute::ACTIVE && *after == Value::Flag(true) => None,
        // It follows from the role; the seats are counted below.
        Action::Create if path == attribute::USER_TYPE => None,
        Action::Create => Some(format!("{} {}", visible(path), value_text(after))),
        Action::Delete if path == attribute::ROLE => Some(value_text(before)),
        Action::Delete => None,
        Action::Update | Action::Replace => Some(format!("{}: {}", visible(path), difference(before, after))),
    }
}

/// Appends one field of an object that is not shown in one line.
pub(super) fn field_lines(out: &mut String, action: Action, field: &FieldChange) {
    let FieldChange { path, before, after } = field;
    let shown = match action {
        Action::Create => after,
        Action::Delete => before,
        Action::Update | Action::Replace => {
            let start = format!("      {}: ", visible(path));
            out.push_str(&start);
            if are_sets(before, after) {
                let indent = width(&start);
                wrapped(out, &set_difference(before, after), indent, indent);
            } else {
                out.push_str(&difference(before, after));
            }
            out.push('\n');
            return;
        }
    };
    if *shown == Value::Absent {
        return;
    }
    let start = format!("      {}: ", visible(path));
    out.push_str(&start);
    let indent = width(&start);
    wrapped(out, &items(shown), indent, indent);
    out.push('\n');
}

/// Whether a difference is one of sets: a user's several live roles against the one of the files
/// is not.
pub(super) fn are_sets(before: &Value, after: &Value) -> bool {
    let is_set = |value: &Value| matches!(value, Value::Names(_));
    let can_be = |value: &Value| matches!(value, Value::Names(_) | Value::Absent);
    (is_set(before) || is_set(after)) && can_be(before) && can_be(after)
}

fn difference(before: &Value, after: &Value) -> String {
    if are_sets(before, after) {
        set_difference(before, after).join(", ")
    } else {
        format!("{} -> {}", value_text(before), value_text(after))
    }
}

/// What a set gains and loses, and nothing of what it keeps.
fn set_difference(before: &Value, after: &Value) -> Vec<String> {
    let empty = BTreeSet::new();
    let names = |value| match value {
        Value::Names(names) => names,
        _ => empty.clone(),
    };
    let (before, after) = (names(before.clone()), names(after.clone()));
    let added = after.difference(&before).map(|name| styled(ADD, format_args!("+ {}", quoted(name))));
    let removed = before.difference(&after).map(|name| styled(REMOVE, format_args!("- {}", quoted(name))));
    added.chain(removed).collect()
}

pub(super) fn items(value: &Value) -> Vec<String> {
    match value {
        Value::Names(names) => names.iter().map(|name| quoted(name)).collect(),
        other => vec![value_text(other)],
    }
}

pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Absent => "(none)".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Text(text) => quoted(text),
        Value::Names(_) => items(value).join(", "),
        Value::Reference(Binding::Id(id)) => format!("id {}", quoted(id)),
        Value::Reference(Binding::CreatedBy(step)) => format!("the id from {step}"),
    }
}

/// A text as it is, in quotes only where it would otherwise be misread.
fn quoted(text: &str) -> String {
    let misread = text.is_empty()
        || text.trim() != text
        || text.contains(" -> ")
        || text.contains(", ")
        || text.contains('"')
        || matches!(text, "(none)" | "true" | "false")
        || text.bytes().all(|byte| byte.is_ascii_digit());
    let shown = visible(text);
    if misread { format!("\"{}\"", shown.replace('"', "\\\"")) } else { shown.into_owned() }
}

/// What is left to people, each with the request that they get.
fn manual(out: &mut String, manual: &[Manual]) {
    if manual.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{} ({})", styled(STRONG, "Left to a person"), manual.len());
    for Manual { address, action: _, request, origin } in manual {
        let _ = write!(out, "  {} {}", styled(CHANGE, "!"), visible(&address.to_string()));
        if let Some(Origin { file, line, column: _ }) = origin {
            let _ = write!(out, "  {}", styled(FAINT, format_args!("{}:{line}", visible(file))));
        }
        let _ = writeln!(out, "\n      {}", visible(request));
    }
}

fn access(out: &mut String, access: &Access) {
    /// A first plan gives everybody everything: more lines than these are for the JSON.
    const MOST: usize = 20;
    /// The rest of a group is for the JSON too.
    const NAMED: usize = 4;
    /// Power over others is what a reviewer must not miss: of it nearly everything is named.
    const NAMED_SENSITIVE: usize = 12;
    let Access { gained, lost } = access;
    if gained.is_empty() && lost.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", styled(STRONG, "Access"));
    for (word, style, changes) in [("gained", ADD, gained), ("lost", REMOVE, lost)] {
        let permissions = |change: &AccessChange| {
            let most = if change.sensitive { NAMED_SENSITIVE } else { NAMED };
            let named: Vec<_> = change.permissions.iter().take(most).map(|permission| visible(permission)).collect();
            let more = change.permissions.len().saturating_sub(most);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{}{more}{}", named.join(", "), if change.sensitive { " (sensitive)" } else { "" })
        };
        // They come first, so that none of them is left out.
        let most = MOST.max(changes.iter().filter(|change| change.sensitive).count());
        let shown: Vec<String> = changes.iter().take(most).map(permissions).collect();
        let widest = shown.iter().map(|permissions| width(permissions)).max().unwrap_or(0).min(WIDEST_ALIGNED);
        for (change, permissions) in changes.iter().zip(shown) {
            let word = styled(style, format_args!("{word:6}"));
            let _ = writeln!(out, "  {word} {permissions:widest$}  {}", people(&change.users));
        }
        if changes.len() > most {
            let rest: usize = changes[most..].iter().map(|change| change.permissions.len()).sum();
            let _ = writeln!(out, "  {word:6} … and {}", count(rest as u64, "more permission"));
        }
    }
}

/// `ana@example.com, bo@example.com and 12 more`.
fn people(users: &[String]) -> String {
    /// Enough to recognise who is meant.
    const NAMED: usize = 3;
    let named: Vec<_> = users.iter().take(NAMED).map(|user| visible(user)).collect();
    let more = users.len().saturating_sub(NAMED);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

/// What the guards and rules say, what refuses the plan first.
fn findings(out: &mut String, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    out.push('\n');
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (finding.allowed, finding.severity));
    for Finding { code, rule, severity, message, help, allowed } in sorted {
        let (word, style) = match severity {
            Severity::Error if *allowed => ("allowed", CHANGE),
            Severity::Error => ("error", REMOVE),
            Severity::Warning => ("warning", CHANGE),
            Severity::Note => ("note", STRONG),
        };
        let _ =
            write!(out, "{}: {}", styled(style.bold(), format_args!("{word}[{}]", visible(code))), visible(message));
        if let Some(rule) = rule {
            let _ = write!(out, " ({})", visible(rule));
        }
        out.push('\n');
        if let Some(help) = help.as_ref().filter(|_| !allowed) {
            let _ = writeln!(out, "  = help: {}", visible(help));
        }
    }
}

fn last_line(out: &mut String, plan: &Plan) {
    let Summed { word, numbers, digest } = summed(plan);
    let _ = write!(out, "\n{}", styled(STRONG, word));
    if !numbers.is_empty() {
        let _ = write!(out, " {numbers}");
    }
    if let Some(digest) = digest {
        let _ = write!(out, "; digest {digest}");
    } else if !numbers.is_empty() {
        out.push('.');
    }
    out.push('\n');
}

/// A plan in one line.
pub(super) struct Summed {
    /// What is said first.
    pub(super) word: &'static str,
    /// The numbers, where any can be said.
    pub(super) numbers: String,
    /// As much of the digest as is shown, of a plan that changes something.
    pub(super) digest: Option<String>,
}

/// A plan in one line.
pub(super) fn summed(plan: &Plan) -> Summed {
    let summary = &plan.summary;
    if plan.is_empty() && (plan.is_refused() || plan.partial) {
        // Nothing can be said of objects that were refused or left out.
        return Summed { word: "No changes planned.", numbers: String::new(), digest: None };
    }
    let manual = match plan.manual.len() {
        0 => String::new(),
        steps => format!("; {} left to a person", count(steps as u64, "step")),
    };
    if plan.is_empty() {
        let (objects, are) = if summary.unchanged == 1 { ("object", "is") } else { ("objects", "are") };
        let want = if plan.request.is_some() { "request wants" } else { "files want" };
        let numbers = format!(
            "{} {objects} {are} as the {want} {}{manual}",
            summary.unchanged,
            if summary.unchanged == 1 { "it" } else { "them" }
        );
        return Summed { word: "No changes.", numbers, digest: None };
    }
    let numbers = format!(
        "{} to create, {} to update, {} to replace, {} to delete; {} unchanged; {}{manual}",
        summary.create,
        summary.update,
        summary.replace,
        summary.delete,
        summary.unchanged,
        count(summary.requests, requests_are(plan)),
    );
    Summed { word: "Plan:", numbers, digest: Some(plan.digest.chars().take(DIGEST_SHOWN).collect()) }
}

/// What one of the plan's requests is called: where the roles of a bulk request are changed together,
/// several travel in one.
pub(super) fn requests_are(plan: &Plan) -> &'static str {
    let is_together = plan.findings.iter().any(|finding| finding.code == Code::ByBulk.name());
    if is_together { "step" } else { "request" }
}

/// How much of a digest is shown, and the least that `--expect` takes: as many bits as nobody
/// meets by accident, and still one word.
pub const DIGEST_SHOWN: usize = 16;

#[cfg(test)]
pub(super) mod tests;
