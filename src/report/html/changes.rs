//! The changes of a plan, by kind: what each field was and what it will be.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{Section, group, shown};
use crate::plan::{Action, Change, FieldChange, Plan};
use crate::report::plan_text::replacement::{self, OfHolders};
use crate::report::plan_text::{are_sets, groups, is_one_line, value_text};
use crate::report::text::count;
use crate::state::{Origin, Value, attribute};

/// The changes, where there are any.
pub(super) fn section(plan: &Plan) -> Option<Section> {
    let of_holders = OfHolders::new(plan);
    let content = html! {
        @for (heading, changes) in groups(plan) {
            (group(heading, &changes.iter().map(|change| row(change, &of_holders)).collect::<Vec<_>>()))
        }
    };
    (!plan.is_empty()).then_some(Section { id: "changes", heading: "Changes", content })
}

/// What is done to an object, as its class and its word.
pub(super) fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
    }
}

/// Where something is declared.
pub(super) fn place(origin: Option<&Origin>) -> Markup {
    html! { @if let Some(Origin { file, line, column: _ }) = origin { " " small { (shown(file)) ":" (line) } } }
}

fn row(change: &Change, of_holders: &OfHolders<'_>) -> Markup {
    let Change { address, kind: _, action, fields, affected_users, origin, reason, replacement } = change;
    let replaced = replacement.as_ref().map(|replacement| {
        let mut text = String::new();
        replacement::lines(&mut text, replacement, origin.as_ref(), Some(of_holders));
        text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
    });
    html! {
        li class=(word(*action)) {
            b { (word(*action)) } " " code { (shown(&address.to_string())) }
            @if is_one_line(change) {
                @for field in fields { @if is_told(*action, field) {
                    " " i { (shown(&field.path)) } " " (difference(field))
                } }
            } @else if *affected_users > 0 {
                " " small { "affects " (count(*affected_users, "user")) }
            }
            (place(origin.as_ref()))
            @if let Some(reason) = reason { p.why { (super::sentence(reason)) } }
            @if !is_one_line(change) && !fields.is_empty() {
                dl.fields { @for field in fields { dt { (shown(&field.path)) } dd { (difference(field)) } } }
            }
            @if let Some(replaced) = replaced { pre { (replaced) } }
        }
    }
}

/// Of a new account only what is not as usual; of a deleted one its role.
fn is_told(action: Action, field: &FieldChange) -> bool {
    match action {
        Action::Create => {
            field.path != attribute::USER_TYPE && !(field.path == attribute::ACTIVE && field.after == Value::Flag(true))
        }
        Action::Delete => field.path == attribute::ROLE,
        Action::Update | Action::Replace => true,
    }
}

/// Before and after; of a set what it loses and gains.
fn difference(field: &FieldChange) -> Markup {
    let FieldChange { path: _, before, after } = field;
    if are_sets(before, after) {
        let (before, after) = (names(before), names(after));
        return html! {
            @for name in after.difference(&before) { ins { "+ " (shown(name)) } " " }
            @for name in before.difference(&after) { del { "- " (shown(name)) } " " }
        };
    }
    html! {
        @if *before != Value::Absent { del { (value_text(before)) } @if *after != Value::Absent { " → " } }
        @if *after != Value::Absent { ins { (value_text(after)) } }
        @if *before != Value::Absent && *after == Value::Absent { " → none" }
    }
}

fn names(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Names(names) => names.iter().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    }
}
