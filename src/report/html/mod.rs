//! A plan, and what became of it, as one page for reviewers.
//!
//! The page is whole by itself: nothing is fetched, and its policy forbids to. It reads without its
//! script, which only adds a filter. Everything that somebody wrote is escaped by `maud`; what is not
//! escaped is our own style and script, which the policy names by their digests.

mod changes;
mod parts;
mod policy;

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::plan_text::{DIGEST_SHOWN, requests_are, summed};
use super::results::ended;
use super::text::visible;
use crate::apply::Report;
use crate::plan::{Plan, Summary};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A plan as a page.
#[must_use]
pub fn plan_html(plan: &Plan) -> String {
    page(plan, None)
}

/// What became of a plan, and the plan, as a page. With an empty report nothing was applied.
#[must_use]
pub fn results_html(plan: &Plan, report: &Report) -> String {
    page(plan, Some(report))
}

fn page(plan: &Plan, report: Option<&Report>) -> String {
    let words = if plan.partial { "Partial plan for" } else { "Plan for" };
    let place = shown(plan.environment.as_ref().unwrap_or(&plan.target));
    let mut sections = Vec::new();
    sections.extend(report.and_then(parts::outcomes));
    let (dangers, findings) = (parts::dangers(plan), parts::findings(plan));
    // What keeps a plan from being applied is read before what it would do.
    let (first, second) = if plan.is_refused() { (findings, dangers) } else { (dangers, findings) };
    sections.extend(first);
    sections.extend(second);
    sections.extend(changes::section(plan));
    sections.extend(parts::access(plan));
    sections.extend(parts::seats(plan));
    sections.extend(parts::manual(plan));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::policy(STYLE, SCRIPT));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (words) " " (place) " – rolecall" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (words) " " (place) }
                    (facts(plan))
                    (state(plan, report))
                    (tiles(plan))
                }
                main {
                    @if !sections.is_empty() {
                        div.tools {
                            nav aria-label="Parts of this page" {
                                @for Section { id, heading, .. } in &sections { a href={ "#" (id) } { (heading) } }
                            }
                            form id="filter" role="search" hidden {
                                label {
                                    input type="search" name="words" placeholder="Filter: names, words" aria-label="Show only rows with these words"
                                        autocomplete="off" spellcheck="false";
                                }
                                output aria-live="polite" {}
                            }
                        }
                    }
                    @for Section { id, heading, content } in &sections {
                        section id=(id) aria-labelledby={ (id) "-heading" } {
                            h2 id={ (id) "-heading" } { (heading) }
                            (content)
                        }
                    }
                }
                footer {
                    p { "Made by rolecall " (shown(&plan.tool_version)) ". This page has names of people in it: keep it where they may be read." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// A part of the page that can be gone to.
struct Section {
    id: &'static str,
    heading: &'static str,
    content: Markup,
}

/// A text as it may be shown: maud does not know what reorders a line.
fn shown(text: &str) -> Cow<'_, str> {
    visible(text)
}

/// A message with the names in it as code.
fn sentence(message: &str) -> Markup {
    let message = shown(message);
    html! {
        @for (i, piece) in message.split('`').enumerate() {
            @if i % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

/// `10,000`
fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Rows under a heading that folds them; the filter counts them there.
fn group(heading: &str, rows: &[Markup]) -> Markup {
    /// From so many rows on, those that are out of sight are not laid out.
    const LONG: usize = 200;
    html! {
        details.group open {
            summary { h3 { (heading) } " " span.n { (number(rows.len())) } }
            ul.rows.long[rows.len() >= LONG] data-rows {
                @for row in rows { (row) }
            }
        }
    }
}

/// Where the plan belongs.
fn facts(plan: &Plan) -> Markup {
    let digest: String = plan.digest.chars().take(DIGEST_SHOWN).collect();
    let request = plan.request.as_ref();
    let rows = request.map(|request| request.rows.to_string());
    let facts = [
        ("target", Some(plan.target.as_str())),
        ("platform", Some(&plan.platform)),
        ("environment", plan.environment.as_deref()),
        ("organization", plan.organization.as_deref()),
        ("owner", plan.owner.as_deref()),
        ("rows", rows.as_deref()),
        ("ticket", request.and_then(|request| request.ticket.as_deref())),
        ("requested by", request.and_then(|request| request.requested_by.as_deref())),
        ("digest", Some(&digest)),
        ("acknowledged", plan.acknowledgement.as_deref()),
    ];
    html! {
        dl.facts {
            @for (name, value) in facts {
                @if let Some(value) = value { div { dt { (name) } dd { code { (shown(value)) } } } }
            }
        }
    }
}

/// Whether the plan may be applied, or what became of it, in a line or two.
fn state(plan: &Plan, report: Option<&Report>) -> Markup {
    let is_nothing = |report: &Report| !plan.is_empty() && report.outcomes.is_empty();
    let (word, numbers) = {
        let summed = summed(plan);
        (summed.word, summed.numbers)
    };
    html! {
        @match report {
            Some(report) if is_nothing(report) => p.state.fair { strong { "Nothing was applied." } " What follows is the plan." },
            Some(report) => {
                @let (word, numbers) = ended(plan, report);
                p class={ "state " (if report.succeeded() { "good" } else { "bad" }) } { strong { (word) } " " (numbers) }
            },
            None => {},
        }
        @if plan.is_refused() {
            p.state.bad { strong { "Refused." } " Nothing of this plan is written until the findings of it are put right." }
        } @else if report.is_none() {
            p class={ "state " (if plan.is_empty() { "good" } else { "fair" }) } { strong { (word) } " " (numbers) }
        }
    }
}

/// The numbers.
fn tiles(plan: &Plan) -> Markup {
    let Summary { create, update, replace, delete, unchanged, new_accounts, requests } = plan.summary;
    let sent = if requests_are(plan) == "step" { "steps" } else { "requests" };
    let tiles = [
        ("create", create, "to create"),
        ("update", update, "to update"),
        ("replace", replace, "to replace"),
        ("delete", delete, "to delete"),
        ("account", new_accounts, "new accounts"),
        ("same", unchanged, "unchanged"),
        ("requests", requests, sent),
        ("manual", plan.manual.len() as u64, "left to a person"),
    ];
    html! {
        ul.tiles aria-label="The plan in numbers" {
            @for (class, count, words) in tiles.into_iter().filter(|(class, count, _)| *count > 0 || !is_rare(class)) {
                li class={ (class) @if count == 0 { " zero" } } {
                    b { (number(usize::try_from(count).unwrap_or(usize::MAX))) } " " span { (words) }
                }
            }
        }
    }
}

/// What most plans do not have is not said to be zero.
fn is_rare(class: &str) -> bool {
    matches!(class, "account" | "manual")
}

#[cfg(test)]
mod tests;
