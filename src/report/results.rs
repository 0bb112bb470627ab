//! What became of an applied plan: the lines that need a reader, the counts, and JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;

use super::text::{CHANGE, FAINT, REMOVE, STRONG, count, styled, visible};
use crate::apply::journal::RunId;
use crate::apply::{Outcome, Recounted, Report};
use crate::plan::{Action, Manual, Plan};
use crate::state::{Address, Kind, StepId};

/// The version of the results' JSON.
const FORMAT_VERSION: u32 = 1;

/// The outcomes for people: what was not simply done, or every step with `all`, and the counts.
#[must_use]
pub fn results_text(plan: &Plan, report: &Report, all: bool) -> String {
    let mut out = String::new();
    let addresses = report.outcomes.iter().map(|(step, address, _)| (*step, address)).collect();
    for (_, address, outcome) in &report.outcomes {
        if all || needs_a_reader(outcome) {
            let (style, words) = outcome_words(outcome, &addresses);
            let address = address.to_string();
            let _ = writeln!(out, "{}: {}", visible(&address), styled(style, visible(&words)));
        }
    }
    if let Some(words) = not_tried(report) {
        let _ = writeln!(out, "{}", styled(CHANGE, words));
    }
    for Manual { address, .. } in &plan.manual {
        let words = styled(CHANGE, "left to a person; the plan has the request");
        let _ = writeln!(out, "{}: {words}", visible(&address.to_string()));
    }
    for recounted in &report.recounted {
        let (address, words) = recounted_words(recounted);
        let _ = writeln!(out, "{}: {}", visible(&address.to_string()), styled(CHANGE, &words));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&last_line(plan, report));
    out
}

/// One line on a step that did not succeed, while the run is under way.
#[must_use]
pub fn outcome_text(address: &Address, outcome: &Outcome) -> String {
    let (style, words) = outcome_words(outcome, &BTreeMap::new());
    format!("{}: {}", visible(&address.to_string()), styled(style, visible(&words)))
}

/// Whether an outcome is told without being asked for. What was not tried is counted instead: there
/// can be thousands of it, all for one reason.
pub(super) fn needs_a_reader(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Applied { .. } | Outcome::Cancelled)
}

/// What is said of a user type whose seats are not as the plan leaves them.
pub(super) fn recounted_words(recounted: &Recounted) -> (Address, String) {
    let Recounted { user_type, planned, used } = recounted;
    let words =
        format!("{used} seats are in use, and the plan leaves {planned}: somebody else has changed users meanwhile");
    (Address::new(Kind::UserType, user_type.as_str()), words)
}

/// What became of a step, in words without colours.
#[must_use]
pub fn outcome_reason(outcome: &Outcome) -> String {
    outcome_words(outcome, &BTreeMap::new()).1
}

/// One line for all that was not tried, with the reason.
pub(super) fn not_tried(report: &Report) -> Option<String> {
    let outcomes = || report.outcomes.iter().map(|(_, _, outcome)| outcome);
    let left = outcomes().filter(|outcome| **outcome == Outcome::Cancelled).count();
    if left == 0 {
        return None;
    }
    let because = if report.unrecorded.is_some() {
        "the journal could not be written"
    } else if report.interrupted {
        "the run was stopped"
    } else if report.stopped_on_error {
        "a step failed, and the run stops then"
    } else if outcomes().any(|outcome| matches!(outcome, Outcome::Failed { credential: true, .. })) {
        "the target does not accept the token any more"
    } else {
        "the target stopped answering"
    };
    let were = if left == 1 { "was" } else { "were" };
    Some(format!("{} {were} not tried, because {because}", count(left as u64, "step")))
}

/// What became of a step, in words; `addresses` has the objects of all steps.
pub(super) fn outcome_words(outcome: &Outcome, addresses: &BTreeMap<StepId, &Address>) -> (anstyle::Style, String) {
    match outcome {
        Outcome::Applied { .. } => (FAINT, "done".into()),
        Outcome::AlreadyInPlace { .. } => (FAINT, "was in place already".into()),
        Outcome::Stale { detail } => (CHANGE, format!("changed since it was planned, left as it is: {detail}")),
        Outcome::Refused { status, detail, rule } => {
            let rule = rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
            (REMOVE, format!("refused by the target ({status}): {detail}{rule}"))
        }
        Outcome::Failed { detail, credential: _ } => (REMOVE, format!("failed: {detail}")),
        Outcome::Skipped { because } => {
            let root = addresses.get(because).map_or_else(|| because.to_string(), ToString::to_string);
            (CHANGE, format!("skipped, because {root} did not succeed"))
        }
        Outcome::Unknown { detail } => (REMOVE, format!("it is not known whether this was done: {detail}")),
        Outcome::NotSettled { attributes, detail } => {
            let why = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            (REMOVE, format!("was answered as done, but does not show in {}{why}", attributes.join(", ")))
        }
        Outcome::Cancelled => (CHANGE, "not tried: the run had ended before".into()),
    }
}

fn last_line(plan: &Plan, report: &Report) -> String {
    let (word, numbers) = ended(plan, report);
    format!("{} {numbers}\n", styled(STRONG, word))
}

/// What became of a plan in one line: what is said first, and the numbers.
pub(super) fn ended(plan: &Plan, report: &Report) -> (&'static str, String) {
    if plan.is_empty() {
        let manual = match plan.manual.len() {
            0 => String::new(),
            steps => format!("; {} left to a person", count(steps as u64, "step")),
        };
        return ("Nothing to do:", format!("0 writes{manual}"));
    }
    let counts = Counts::of(plan, report);
    let mut out = format!(
        "{} created, {} updated, {}{} deleted; {}",
        counts.created,
        counts.updated,
        // Rare enough to be left out where it does not happen.
        if counts.replaced > 0 { format!("{} replaced, ", counts.replaced) } else { String::new() },
        counts.deleted,
        count(report.writes, "write"),
    );
    if counts.in_place > 0 {
        let _ = write!(out, "; {} in place already", counts.in_place);
    }
    if counts.left > 0 {
        let _ = write!(out, "; {} left, plan again to see what", count(counts.left, "object"));
    }
    if !plan.manual.is_empty() {
        let _ = write!(out, "; {} left to a person", count(plan.manual.len() as u64, "step"));
    }
    (if report.succeeded() { "Applied:" } else { "Applied in part:" }, out)
}

/// Objects whose every step succeeded, by what happened to them, and the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    created: u64,
    updated: u64,
    replaced: u64,
    deleted: u64,
    /// Objects at which nothing was left to do: somebody else has done it meanwhile.
    in_place: u64,
    /// Objects for which at least one step did not succeed.
    left: u64,
}

impl Counts {
    fn of(plan: &Plan, report: &Report) -> Self {
        let failed: BTreeSet<&Address> = report
            .outcomes
            .iter()
            .filter(|(_, _, outcome)| !outcome.is_success())
            .map(|(_, address, _)| address)
            .collect();
        let applied: BTreeSet<&Address> = report
            .outcomes
            .iter()
            .filter(|(_, _, outcome)| matches!(outcome, Outcome::Applied { .. }))
            .map(|(_, address, _)| address)
            .collect();
        let mut counts = Self::default();
        // With no outcome at all nothing was applied, and nothing was found in place either.
        for change in plan.changes.iter().filter(|_| !report.outcomes.is_empty()) {
            let counter = match change.action {
                _ if failed.contains(&change.address) => &mut counts.left,
                _ if !applied.contains(&change.address) => &mut counts.in_place,
                Action::Create => &mut counts.created,
                Action::Update => &mut counts.updated,
                Action::Replace => &mut counts.replaced,
                Action::Delete => &mut counts.deleted,
            };
            *counter += 1;
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stopped_on_error: bool,
    #[serde(skip_serializing_if = "<[Recounted]>::is_empty")]
    recounted: &'a [Recounted],
    run: Option<&'a RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unrecorded: Option<&'a str>,
    outcomes: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    step: StepId,
    address: &'a Address,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// A plan and what became of it, as JSON. With an empty report nothing was applied.
#[must_use]
pub fn results_json(plan: &Plan, report: &Report) -> String {
    let Report { outcomes, writes, reads, interrupted, stopped_on_error, recounted, run, unrecorded } = report;
    let document = Document {
        format_version: FORMAT_VERSION,
        plan,
        summary: Counts::of(plan, report),
        writes: *writes,
        reads: *reads,
        interrupted: *interrupted,
        stopped_on_error: *stopped_on_error,
        recounted,
        run: run.as_ref(),
        unrecorded: unrecorded.as_deref(),
        outcomes: outcomes.iter().map(|(step, address, outcome)| Entry { step: *step, address, outcome }).collect(),
    };
    let mut json = serde_json::to_string_pretty(&document).expect("results have only keys that are texts");
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Change;
    use crate::report::plan_text::tests::plan;

    fn example() -> (Plan, Report) {
        let mut plan = plan();
        let mut report = Report { writes: 5, reads: 9, ..Report::default() };
        let outcomes = [
            ("Done", Action::Create, Outcome::Applied { id: "1".into() }),
            ("There", Action::Update, Outcome::AlreadyInPlace { id: "2".into() }),
            ("Stale\u{1b}[2J", Action::Update, Outcome::Stale { detail: "version 3, not 2".into() }),
            (
                "Full",
                Action::Update,
                Outcome::Refused { status: 409, detail: "no seat".into(), rule: Some("R-UT-26".into()) },
            ),
            ("Next", Action::Delete, Outcome::Skipped { because: StepId(4) }),
            ("Lost", Action::Create, Outcome::Unknown { detail: "the connection was cut".into() }),
            ("Slow", Action::Update, Outcome::NotSettled { attributes: vec!["segments".into()], detail: None }),
        ];
        for (i, (name, action, outcome)) in outcomes.into_iter().enumerate() {
            let address = Address::new(Kind::Role, name);
            let change = Change {
                address: address.clone(),
                kind: Kind::Role,
                action,
                fields: Vec::new(),
                affected_users: 0,
                origin: None,
                reason: None,
                replacement: None,
            };
            plan.changes.push(change);
            report.outcomes.push((StepId(i as u32 + 1), address, outcome));
        }
        (plan, report)
    }

    #[test]
    fn only_what_needs_a_reader_is_listed() {
        let (plan, report) = example();
        let shown = anstream::adapter::strip_str(&results_text(&plan, &report, false)).to_string();
        insta::assert_snapshot!(shown, @r#"
        role/There: was in place already
        role/Stale\u{1b}[2J: changed since it was planned, left as it is: version 3, not 2
        role/Full: refused by the target (409): no seat (R-UT-26)
        role/Next: skipped, because role/Full did not succeed
        role/Lost: it is not known whether this was done: the connection was cut
        role/Slow: was answered as done, but does not show in segments

        Applied in part: 1 created, 0 updated, 0 deleted; 5 writes; 1 in place already; 5 objects left, plan again to see what
        "#);
    }

    #[test]
    fn what_was_not_tried_is_one_line_with_the_reason() {
        let (plan, mut report) = example();
        report.outcomes.drain(..5);
        for outcome in &mut report.outcomes[1..] {
            outcome.2 = Outcome::Cancelled;
        }
        report.outcomes.push((StepId(9), Address::new(Kind::Role, "Later"), Outcome::Cancelled));
        let mut check = |expected: &str| {
            let shown = anstream::adapter::strip_str(&results_text(&plan, &report, false)).to_string();
            assert_eq!(shown.lines().nth(1), Some(expected), "{shown}");
            report.interrupted = true;
        };
        check("2 steps were not tried, because the target stopped answering");
        check("2 steps were not tried, because the run was stopped");
    }

    #[test]
    fn json_names_every_outcome() {
        let (plan, report) = example();
        let json: serde_json::Value = serde_json::from_str(&results_json(&plan, &report)).expect("JSON");
        assert_eq!(json["summary"]["left"], 5);
        assert_eq!(json["summary"]["in_place"], 1);
        assert_eq!(
            json["outcomes"][3],
            serde_json::json!({
                "step": "s4", "address": "role/Full", "outcome": "refused", "status": 409, "detail": "no seat",
                "rule": "R-UT-26",
            })
        );
    }

    #[test]
    fn with_an_empty_report_nothing_was_created() {
        let (plan, _) = example();
        let json: serde_json::Value = serde_json::from_str(&results_json(&plan, &Report::default())).expect("JSON");
        let none = serde_json::json!({
            "created": 0, "updated": 0, "replaced": 0, "deleted": 0, "in_place": 0, "left": 0,
        });
        assert_eq!(json["summary"], none);
    }
}
