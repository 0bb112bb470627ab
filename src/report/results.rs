//! What became of an applied plan: the lines that need a reader, the counts, and JSON.

use std::fmt::Write;

use serde::Serialize;

use super::text::{CHANGE, FAINT, REMOVE, STRONG, styled, visible};
use crate::apply::{Outcome, Report};
use crate::plan::{Action, Plan};
use crate::state::{Address, StepId};

/// The version of the results' JSON.
const FORMAT_VERSION: u32 = 1;

/// The outcomes for people: what was not simply done, or every step with `all`, and the counts.
#[must_use]
pub fn results_text(plan: &Plan, report: &Report, all: bool) -> String {
    let mut out = String::new();
    for (_, address, outcome) in &report.outcomes {
        if all || !matches!(outcome, Outcome::Applied { .. }) {
            let (style, words) = words(outcome);
            let address = address.to_string();
            let _ = writeln!(out, "{}: {}", visible(&address), styled(style, visible(&words)));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&last_line(plan, report));
    out
}

fn words(outcome: &Outcome) -> (anstyle::Style, String) {
    match outcome {
        Outcome::Applied { .. } => (FAINT, "done".into()),
        Outcome::AlreadyInPlace { .. } => (FAINT, "was in place already".into()),
        Outcome::Stale { detail } => (CHANGE, format!("changed since it was planned, left as it is: {detail}")),
        Outcome::Refused { status, detail, rule } => {
            let rule = rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
            (REMOVE, format!("refused by the target ({status}): {detail}{rule}"))
        }
        Outcome::Failed { detail, credential: _ } => (REMOVE, format!("failed: {detail}")),
        Outcome::Skipped { because } => (CHANGE, format!("skipped, because {because} did not succeed")),
        Outcome::Unknown { detail } => (REMOVE, format!("it is not known whether this was done: {detail}")),
        Outcome::NotSettled { attributes, detail } => {
            let why = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            (REMOVE, format!("was answered as done, but does not show in {}{why}", attributes.join(", ")))
        }
        Outcome::Cancelled => (CHANGE, "not tried: the run had ended before".into()),
    }
}

fn last_line(plan: &Plan, report: &Report) -> String {
    if plan.is_empty() {
        return format!("{} 0 writes\n", styled(STRONG, "Nothing to do:"));
    }
    let counts = Counts::of(plan, report);
    let mut out = format!(
        "{} {} created, {} updated, {}{} deleted; {}",
        styled(STRONG, if report.succeeded() { "Applied:" } else { "Applied in part:" }),
        counts.created,
        counts.updated,
        // Rare enough to be left out where it does not happen.
        if counts.replaced > 0 { format!("{} replaced, ", counts.replaced) } else { String::new() },
        counts.deleted,
        super::text::count(report.writes, "write"),
    );
    if counts.left > 0 {
        let _ = write!(out, "; {} left, plan again to see what", super::text::count(counts.left, "object"));
    }
    out.push('\n');
    out
}

/// Objects whose every step succeeded, by what happened to them, and the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    created: u64,
    updated: u64,
    replaced: u64,
    deleted: u64,
    /// Objects for which at least one step did not succeed.
    left: u64,
}

impl Counts {
    fn of(plan: &Plan, report: &Report) -> Self {
        let failed: std::collections::BTreeSet<&Address> = report
            .outcomes
            .iter()
            .filter(|(_, _, outcome)| !outcome.is_success())
            .map(|(_, address, _)| address)
            .collect();
        let mut counts = Self::default();
        for change in &plan.changes {
            let count = match change.action {
                _ if failed.contains(&change.address) => &mut counts.left,
                Action::Create => &mut counts.created,
                Action::Update => &mut counts.updated,
                Action::Replace => &mut counts.replaced,
                Action::Delete => &mut counts.deleted,
            };
            *count += 1;
        }
        counts
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    plan: &'a Plan,
    summary: Counts,
    writes: u64,
    reads: u64,
    interrupted: bool,
    outcomes: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    step: StepId,
    address: &'a Address,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// A plan and what became of it, as JSON. Without a report nothing was applied.
#[must_use]
pub fn results_json(plan: &Plan, report: &Report) -> String {
    let Report { outcomes, writes, reads, interrupted } = report;
    let document = Document {
        format_version: FORMAT_VERSION,
        plan,
        summary: Counts::of(plan, report),
        writes: *writes,
        reads: *reads,
        interrupted: *interrupted,
        outcomes: outcomes.iter().map(|(step, address, outcome)| Entry { step: *step, address, outcome }).collect(),
    };
    let mut json = serde_json::to_string_pretty(&document).expect("results have only keys that are texts");
    json.push('\n');
    json
}
