//! A plan, and what became of it, as a comment on a pull request.
//!
//! A comment has an end: sites refuse longer ones. So what nobody may overlook comes first and is
//! never folded, details follow as far as there is room, and what is left out is counted.

mod block;
mod details;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::dangers::Dangers;
use super::plan_text::{Summed, summed};
use super::results::{ended, needs_a_reader, not_tried, outcome_words, recounted_words};
use super::text::count;
use crate::apply::{Outcome, Report};
use crate::diagnostic::Severity;
use crate::plan::{AccessChange, Change, Finding, Plan, Requested};
use crate::state::Address;
use block::{Block, write_all};
use text::{code, codes, in_comment, sentence};

/// The most bytes of a comment. GitHub takes 65,536 characters, and a character is a byte or more;
/// what is left is for a line that the one who posts it may add.
pub const COMMENT_BYTES: usize = 65_000;

/// The part of it that is for what nobody may overlook, if there is so much of it.
const CRITICAL_BYTES: usize = COMMENT_BYTES / 4 * 3;

/// Kept for the line on what is left out.
const TAIL_BYTES: usize = 400;

/// A plan as a comment.
#[must_use]
pub fn plan_markdown(plan: &Plan) -> String {
    comment(plan, None)
}

/// What became of a plan, and the plan, as a comment. With an empty report nothing was applied.
#[must_use]
pub fn results_markdown(plan: &Plan, report: &Report) -> String {
    comment(plan, Some(report))
}

fn comment(plan: &Plan, report: Option<&Report>) -> String {
    let mut out = String::new();
    head(&mut out, plan, report);
    let mut blocks = Vec::new();
    if let Some(report) = report {
        blocks.push(outcomes(report));
    }
    blocks.push(errors(plan));
    dangers(&mut blocks, plan);
    let room = CRITICAL_BYTES - out.len();
    write_all(&mut blocks, &mut out, room);
    let mut folded = details::blocks(plan);
    let room = COMMENT_BYTES - TAIL_BYTES - out.len();
    write_all(&mut folded, &mut out, room);
    let left_out: usize = blocks.iter().chain(&folded).map(|block| block.left_out).sum();
    if left_out > 0 {
        let _ = writeln!(
            out,
            "{} left out, because a comment has an end: save the plan with `rolecall plan --out plan.json`, and \
             `rolecall show plan.json` has all of it.",
            if left_out == 1 { "1 entry is".to_owned() } else { format!("{left_out} entries are") }
        );
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Where the plan belongs, what it does in numbers, and whether it may. The first line is the same
/// for every run on one platform and environment: by it a job finds its own comment again.
fn head(out: &mut String, plan: &Plan, report: Option<&Report>) {
    let _ = write!(out, "<!-- rolecall platform={}", in_comment(&plan.platform));
    if let Some(environment) = &plan.environment {
        let _ = write!(out, " env={}", in_comment(environment));
    }
    out.push_str(" -->\n");
    let partial = if plan.partial { "Partial plan" } else { "Plan" };
    let words = match report {
        None => partial.to_owned(),
        Some(report) if is_nothing(plan, report) => format!("{partial}, not applied,"),
        Some(report) if report.succeeded() => format!("{partial}, applied,"),
        Some(_) => format!("{partial}, applied in part,"),
    };
    let name = plan.environment.as_ref().unwrap_or(&plan.target);
    let _ = write!(out, "### {words} for {}\n\n{}", code(name), code(&plan.target));
    let mut fact = |name: &str, value: &str| {
        let _ = write!(out, " · {name} {}", code(value));
    };
    fact("platform", &plan.platform);
    if let Some(environment) = &plan.environment {
        fact("environment", environment);
    }
    if let Some(organization) = &plan.organization {
        fact("organization", organization);
    }
    if let Some(Requested { ticket, requested_by, rows, file: _ }) = &plan.request {
        fact("rows", &rows.to_string());
        for (name, value) in [("ticket", ticket), ("requested by", requested_by)] {
            if let Some(value) = value {
                fact(name, value);
            }
        }
    }
    out.push_str("\n\n");
    if let Some(report) = report {
        if is_nothing(plan, report) {
            out.push_str("**Nothing was applied.**\n\n");
        } else {
            let (word, numbers) = ended(plan, report);
            let _ = write!(out, "**{word}** {numbers}\n\n");
        }
    }
    let Summed { word, numbers, digest } = summed(plan);
    let _ = write!(out, "**{word}** {numbers}");
    if plan.summary.new_accounts > 0 {
        let _ = write!(out, "; {}", count(plan.summary.new_accounts, "new account"));
    }
    match digest {
        Some(digest) => _ = write!(out, "; digest `{digest}`"),
        None if numbers.is_empty() => {}
        None => out.push('.'),
    }
    out.push_str("\n\n");
    if plan.is_refused() {
        out.push_str("**This plan is refused:** nothing of it is written until what stands below is put right.\n\n");
    }
}

/// Whether a plan that changes something was not carried out at all.
fn is_nothing(plan: &Plan, report: &Report) -> bool {
    !plan.is_empty() && report.outcomes.is_empty()
}

/// What was not simply done.
fn outcomes(report: &Report) -> Block {
    let addresses: BTreeMap<_, _> = report.outcomes.iter().map(|(step, address, _)| (*step, address)).collect();
    let outcome_line = |address: &Address, outcome: &Outcome| {
        let words = match outcome {
            // With the name as what it is.
            Outcome::Skipped { because } => {
                let root = addresses.get(because).map_or_else(|| because.to_string(), ToString::to_string);
                format!("skipped, because {} did not succeed", code(&root))
            }
            _ => sentence(&outcome_words(outcome, &addresses).1),
        };
        format!("{}: {words}", code(&address.to_string()))
    };
    let rest = not_tried(report).into_iter().chain(report.unrecorded.clone());
    let rest = rest.map(|words| format!("**The rest:** {}", sentence(&words)));
    let recounted = report.recounted.iter().map(recounted_words);
    let recounted = recounted.map(|(address, words)| format!("{}: {}", code(&address.to_string()), sentence(&words)));
    let before: Vec<Told<'_>> = rest.chain(recounted).map(Told::Line).collect();
    let outcomes = report.outcomes.iter().filter(|(_, _, outcome)| needs_a_reader(outcome));
    let outcomes = outcomes.map(|(_, address, outcome)| Told::Outcome(address, outcome));
    Block::list("What is not as planned", before.into_iter().chain(outcomes), |told| match told {
        Told::Line(line) => line,
        Told::Outcome(address, outcome) => outcome_line(address, outcome),
    })
}

/// What is told of a run: there are few of the one, and many of the other.
enum Told<'r> {
    Line(String),
    Outcome(&'r Address, &'r Outcome),
}

/// What refuses the plan, and what would without an override.
fn errors(plan: &Plan) -> Block {
    let errors = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut errors: Vec<&Finding> = errors.collect();
    errors.sort_by_key(|finding| finding.allowed);
    Block::list("Refusals and overrides", errors, finding)
}

/// A finding with its way out.
fn finding(finding: &Finding) -> String {
    let Finding { code: name, rule, severity, message, help, allowed } = finding;
    let word = match severity {
        Severity::Error if *allowed => "allowed",
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut line = format!("**{word}** {}: {}", code(name), sentence(message));
    if let Some(rule) = rule {
        let _ = write!(line, " ({})", code(rule));
    }
    if let Some(help) = help.as_ref().filter(|_| !allowed) {
        let _ = write!(line, "<br>help: {}", sentence(help));
    }
    line
}

/// What nobody may overlook, each sort of it in a block of its own, so that none displaces another.
fn dangers(blocks: &mut Vec<Block>, plan: &Plan) {
    let Dangers { sensitive, deleted, replaced, shut_out, suspended, lost, manual } = Dangers::of(plan);
    let address = |change: &Change| code(&change.address.to_string());
    let replacement = |change: &Change| {
        let holders = change.replacement.as_ref().map_or(0, |replacement| replacement.holders.len());
        let holders = if holders == 0 { "nobody".to_owned() } else { count(holders as u64, "user") };
        format!("{}, held by {holders}", address(change))
    };
    blocks.extend([
        Block::list("Sensitive permissions that are gained", sensitive, access),
        Block::list("Deleted", deleted, address),
        Block::list("Replaced", replaced, replacement),
        Block::list("Can no longer sign in", shut_out, address),
        Block::list("Suspended on the way", suspended, |address| code(&address.to_string())),
        Block::list("Access that is lost", lost, access),
        Block::list("Left to a person", manual, |manual| code(&manual.address.to_string())),
    ]);
}

/// Permissions, and whose they are.
fn access(change: &AccessChange) -> String {
    /// Enough to recognise what is meant; the rest is in the plan.
    const NAMED: usize = 12;
    /// Enough to recognise who is meant.
    const USERS: usize = 5;
    let AccessChange { permissions, sensitive, users } = change;
    format!(
        "{}{}: {}",
        codes(permissions.iter().map(String::as_str), NAMED),
        if *sensitive { " (sensitive)" } else { "" },
        codes(users.iter().map(String::as_str), USERS)
    )
}

#[cfg(test)]
mod tests;
