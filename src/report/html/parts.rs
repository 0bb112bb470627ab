//! The parts of the page beside the changes: what became of them, what nobody may overlook, findings,
//! access, seats, and what is left to a person.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::changes::{place, word};
use super::{Section, group, sentence, shown};
use crate::apply::Report;
use crate::diagnostic::Severity;
use crate::plan::{AccessChange, Change, Finding, Manual, Plan, SeatUse};
use crate::report::dangers::Dangers;
use crate::report::results::{needs_a_reader, not_tried, outcome_words, recounted_words};
use crate::report::text::count;
use crate::state::Address;

/// What was not simply done.
pub(super) fn outcomes(report: &Report) -> Option<Section> {
    let addresses: BTreeMap<_, _> = report.outcomes.iter().map(|(step, address, _)| (*step, address)).collect();
    let rest = not_tried(report).into_iter().chain(report.unrecorded.clone());
    let mut rows: Vec<Markup> = rest.map(|words| html! { li { (sentence(&words)) } }).collect();
    let line =
        |address: &Address, words: &str| html! { li { code { (shown(&address.to_string())) } " " (shown(words)) } };
    let told = report.outcomes.iter().filter(|(_, _, outcome)| needs_a_reader(outcome));
    rows.extend(told.map(|(_, address, outcome)| line(address, &outcome_words(outcome, &addresses).1)));
    rows.extend(report.recounted.iter().map(recounted_words).map(|(address, words)| line(&address, &words)));
    let content = group("What is not as planned", &rows);
    (!rows.is_empty()).then_some(Section { id: "outcome", heading: "Outcome", content })
}

/// What nobody may overlook: the changes themselves are further down.
pub(super) fn dangers(plan: &Plan) -> Option<Section> {
    let Dangers { sensitive, deleted, replaced, shut_out, suspended, lost, manual } = Dangers::of(plan);
    let one = |change: &&Change| {
        html! { li class=(word(change.action)) { b { (word(change.action)) } " " code { (shown(&change.address.to_string())) } } }
    };
    let address = |address: &Address| html! { li { code { (shown(&address.to_string())) } } };
    // Where there are many, the parts below have them all: here they would hide each other.
    let groups: Vec<(&str, Vec<Markup>)> = vec![
        (
            "Sensitive permissions that are gained",
            sensitive.iter().map(|change| access_row("gained", change)).collect(),
        ),
        ("Deleted", deleted.iter().map(one).collect()),
        ("Replaced", replaced.iter().map(one).collect()),
        ("Can no longer sign in", shut_out.iter().map(one).collect()),
        ("Suspended on the way", suspended.iter().map(|suspended| address(suspended)).collect()),
    ];
    let told = lost.len() + manual.len();
    let content = html! {
        @for (heading, rows) in &groups { @if !rows.is_empty() { (group(heading, rows)) } }
        @if !lost.is_empty() { p { a href="#access" { (count(lost.len() as u64, "group")) " of permissions" } " that somebody loses" } }
        @if !manual.is_empty() { p { a href="#manual" { (count(manual.len() as u64, "step")) } " left to a person" } }
    };
    let is_any = told > 0 || groups.iter().any(|(_, rows)| !rows.is_empty());
    is_any.then_some(Section { id: "first", heading: "Look at this first", content })
}

/// What the guards and rules say, what refuses the plan first.
pub(super) fn findings(plan: &Plan) -> Option<Section> {
    let mut sorted: Vec<&Finding> = plan.findings.iter().collect();
    sorted.sort_by_key(|finding| (finding.allowed, finding.severity));
    let rows: Vec<Markup> = sorted
        .into_iter()
        .map(|Finding { code, rule, severity, message, help, allowed }| {
            let (word, class) = match severity {
                Severity::Error if *allowed => ("allowed", "update"),
                Severity::Error => ("error", "delete"),
                Severity::Warning => ("warning", "update"),
                Severity::Note => ("note", "note"),
            };
            html! {
                li.words class=(class) {
                    b { (word) } " " (sentence(message)) " " small { (shown(code)) @if let Some(rule) = rule { ", " (shown(rule)) } }
                    @if let Some(help) = help.as_ref().filter(|_| !allowed) { p.why { "help: " (sentence(help)) } }
                }
            }
        })
        .collect();
    let content = group("What guards and rules say", &rows);
    (!rows.is_empty()).then_some(Section { id: "findings", heading: "Findings", content })
}

/// Who gains and who loses.
pub(super) fn access(plan: &Plan) -> Option<Section> {
    let rows = |word, changes: &[AccessChange]| changes.iter().map(|change| access_row(word, change)).collect();
    let groups: [(&str, Vec<Markup>); 2] =
        [("Gained", rows("gained", &plan.access.gained)), ("Lost", rows("lost", &plan.access.lost))];
    let is_any = groups.iter().any(|(_, rows)| !rows.is_empty());
    let content = html! { @for (heading, rows) in &groups { @if !rows.is_empty() { (group(heading, rows)) } } };
    is_any.then_some(Section { id: "access", heading: "Access", content })
}

fn access_row(word: &str, change: &AccessChange) -> Markup {
    /// A first plan gives everybody everything; the JSON has all names.
    const USERS: usize = 40;
    /// Likewise.
    const PERMISSIONS: usize = 200;
    let AccessChange { permissions, sensitive, users } = change;
    let class = if word == "gained" { "create" } else { "delete" };
    let list = |names: &[String], most: usize| {
        let more = names.len().saturating_sub(most);
        html! {
            @for (i, name) in names.iter().take(most).enumerate() { @if i > 0 { ", " } code { (shown(name)) } }
            @if more > 0 { " and " (more) " more" }
        }
    };
    html! {
        li class=(class) {
            b { (word) } " " (list(permissions, PERMISSIONS))
            @if *sensitive { " " span.sensitive { "sensitive" } }
            p.why { (count(users.len() as u64, "user")) ": " (list(users, USERS)) }
        }
    }
}

/// The seats of every user type, as numbers and as bars.
pub(super) fn seats(plan: &Plan) -> Option<Section> {
    let content = html! {
        div.group {
            @for seats in &plan.seats { (seat(seats)) }
            p.legend aria-hidden="true" {
                (key("after")) "taken in the end" (key("most")) "at most on the way" (key("free")) "free at any time" (key("now")) "now"
            }
        }
    };
    (!plan.seats.is_empty()).then_some(Section { id: "seats", heading: "Seats", content })
}

fn key(class: &str) -> Markup {
    html! { svg viewBox="0 0 10 10" { rect class=(class) width=(if class == "now" { 2 } else { 10 }) height="10" {} } }
}

fn seat(seats: &SeatUse) -> Markup {
    let SeatUse { user_type, capacity, before, worst, after } = seats;
    let most = (*before).max(*worst).max(*after);
    // Without a limit the bar is of what is ever taken.
    let whole = capacity.unwrap_or(0).max(most).max(1);
    let share = |count: u64| u64::try_from(u128::from(count) * 1000 / u128::from(whole)).unwrap_or(1000);
    let of = capacity.map_or_else(|| "no limit".to_owned(), |seats| format!("of {seats}"));
    let over = capacity.and_then(|seats| most.checked_sub(seats)).filter(|&over| over > 0);
    html! {
        div.seat {
            span.code { (shown(user_type)) }
            svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                rect.free width="1000" height="10" {}
                rect.most width=(share(most)) height="10" {}
                rect.after width=(share(*after)) height="10" {}
                rect.now x=(share(*before).saturating_sub(3)) width="4" height="10" {}
            }
            p {
                (before) " now, " (worst) " at most, " (after) " after; " (of)
                @if let Some(over) = over { " " span.over { (over) " too many" } }
            }
        }
    }
}

/// What only a person can do.
pub(super) fn manual(plan: &Plan) -> Option<Section> {
    let rows: Vec<Markup> = plan
        .manual
        .iter()
        .map(|Manual { address, action, request, origin }| {
            html! {
                li.words class=(word(*action)) {
                    b { (word(*action)) } " " code { (shown(&address.to_string())) } (place(origin.as_ref()))
                    p { (sentence(request)) }
                }
            }
        })
        .collect();
    let content = group("The target has no place for these", &rows);
    (!rows.is_empty()).then_some(Section { id: "manual", heading: "Left to a person", content })
}
