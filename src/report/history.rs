//! What the journals tell: the list of runs, one run step by step, and whether they are as they
//! were written.

use std::fmt::Write;

use serde::Serialize;

use super::plan_text::DIGEST_SHOWN;
use super::results::outcome_words;
use super::text::{CHANGE, FAINT, REMOVE, STRONG, count, styled, visible, width};
use crate::apply::journal::{Checked, Ending, Head, Known, RunId, RunRecord};
use crate::plan::{Action, Requested, Step, Summary, Write as StepWrite};
use crate::state::{Address, StepId};

/// The version of these documents.
const FORMAT_VERSION: u32 = 1;

/// A run in the list.
#[derive(Clone, Debug)]
pub struct ListedRun {
    /// Who, what, when, where.
    pub head: Head,
    /// How it ended.
    pub ending: Ending,
}

/// A journal that was checked.
#[derive(Clone, Debug)]
pub struct CheckedRun {
    /// The run.
    pub run: RunId,
    /// Its file.
    pub file: String,
    /// What was found, or what is wrong.
    pub result: Result<Checked, String>,
}

/// The runs for people, one in a line.
#[must_use]
pub fn runs_text(runs: &[ListedRun]) -> String {
    let rows: Vec<[String; 6]> = runs
        .iter()
        .map(|ListedRun { head, ending }| {
            [
                head.run.to_string(),
                seconds(&head.when),
                head.who.clone().unwrap_or_else(|| "-".to_owned()),
                place(head),
                planned(head),
                ending_words(head, ending),
            ]
            .map(|cell| visible(&cell).into_owned())
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let heading = ["RUN", "WHEN", "WHO", "TARGET", "PLAN", "ENDED"].map(str::to_owned);
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| std::iter::once(&heading).chain(&rows).map(|row| width(&row[column])).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for (at, row) in std::iter::once(&heading).chain(&rows).enumerate() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        let line = line.trim_end();
        let _ = if at == 0 { writeln!(out, "{}", styled(STRONG, line)) } else { writeln!(out, "{line}") };
    }
    out
}

/// One run for people, step by step.
#[must_use]
pub fn run_text(record: &RunRecord, ending: &Ending) -> String {
    let head = &record.head;
    let mut lines = vec![("run", head.run.to_string()), ("began", seconds(&head.when))];
    if let Ending::Ended(end) = ending {
        lines.push(("ended", format!("{}, {}", seconds(&end.when), ending_words(head, ending))));
    } else {
        lines.push(("ended", ending_words(head, ending)));
    }
    let mut fact = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    fact("goes on with", head.resumes.as_ref().map(ToString::to_string));
    fact("takes back", head.undoes.as_ref().map(ToString::to_string));
    fact("who", head.who.clone());
    fact("project", Some(head.project.name.clone()));
    fact("target", Some(place(head)));
    fact("organization", head.place.organization.clone());
    fact("platform", Some(head.place.platform.clone()));
    let digest = head.plan.digest.get(..DIGEST_SHOWN).unwrap_or(&head.plan.digest);
    fact("plan", Some(format!("{digest}: {}", summary(head.plan.summary))));
    if let Some(Requested { ticket, requested_by, rows, file }) = &head.request {
        fact("bulk request", Some(format!("{}, SHA-256 {file}", count(*rows, "row"))));
        fact("ticket", ticket.clone());
        fact("requested by", requested_by.clone());
    }
    fact("acknowledged", head.acknowledgement.clone());
    fact("commit", head.commit.clone());
    fact("users read", Some(head.users_read.to_string()));
    let indent = lines.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in lines {
        let _ = writeln!(out, "{name:indent$}  {}", visible(&value));
    }
    out.push('\n');
    let addresses = record.plan.steps.iter().map(|step| (step.id, &step.address)).collect();
    for step in &record.plan.steps {
        let words = match record.known.get(&step.id) {
            Some(Known::Ended { outcome, .. }) => {
                let (style, words) = outcome_words(outcome, &addresses);
                styled(style, visible(&words))
            }
            Some(Known::InDoubt) => styled(REMOVE, "may have been sent; nothing is known of its answer"),
            None => styled(CHANGE, "not sent"),
        };
        let line = format!("{} {}", action(step).0, step.address);
        let _ = writeln!(out, "{}: {words}", visible(&line));
    }
    out
}

/// What checking found, for people.
#[must_use]
pub fn checks_text(checked: &[CheckedRun]) -> String {
    let mut out = String::new();
    for CheckedRun { run, file: _, result } in checked {
        let words = match result {
            Ok(checked) => format!("{}{}", count(checked.lines, "line"), left_open(checked)),
            Err(wrong) => styled(REMOVE, visible(wrong)),
        };
        let _ = writeln!(out, "{run}: {words}");
    }
    let wrong = checked.iter().filter(|one| one.result.is_err()).count() as u64;
    let last = match (checked.len() as u64, wrong) {
        (runs, 0) => format!("{} {} as written", styled(STRONG, "Checked:"), count(runs, "journal")),
        (runs, wrong) => format!("{} {wrong} of {}", styled(STRONG, "Not as written:"), count(runs, "journal")),
    };
    let _ = writeln!(out, "{last}");
    out
}

/// What is worth a word although nothing was edited.
fn left_open(checked: &Checked) -> String {
    let open = match checked {
        Checked { torn: Some(line), .. } => format!("; line {line} was cut off by a crash"),
        Checked { ended: false, .. } => "; ends without an end: the run is under way, or was killed".to_owned(),
        _ => return String::new(),
    };
    styled(FAINT, open)
}

/// `2026-11-22T10:15:00.123456789Z` to the second.
fn seconds(when: &str) -> String {
    match when.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => when.to_owned(),
    }
}

fn place(head: &Head) -> String {
    match &head.place.environment {
        Some(environment) => format!("{} ({environment})", head.place.target),
        None => head.place.target.clone(),
    }
}

fn summary(summary: Summary) -> String {
    let Summary { create, update, replace, delete, .. } = summary;
    let parts = [(create, "create"), (update, "update"), (replace, "replace"), (delete, "delete")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// What was planned, and for which ticket.
fn planned(head: &Head) -> String {
    let summary = summary(head.plan.summary);
    match head.request.as_ref().and_then(|request| request.ticket.as_ref()) {
        Some(ticket) => format!("{summary}, ticket {ticket}"),
        None => summary,
    }
}

fn ending_words(head: &Head, ending: &Ending) -> String {
    match ending {
        Ending::Ended(end) => {
            let (done, of) = (end.counts.succeeded(), head.plan.steps);
            let writes = count(end.writes, "write");
            match (end.interrupted, done == of) {
                (true, _) => format!("stopped: {done} of {}, {writes}", count(of, "step")),
                (false, true) => format!("done: {}, {writes}", count(of, "step")),
                (false, false) => format!("in part: {done} of {}, {writes}", count(of, "step")),
            }
        }
        Ending::Running => "under way".to_owned(),
        Ending::Killed { sent: true } => "killed".to_owned(),
        Ending::Killed { sent: false } => "killed before the first request".to_owned(),
    }
}

/// What a step does, for people and machines.
fn action(step: &Step) -> (&'static str, Action) {
    match step.write {
        StepWrite::Create { .. } => ("create", Action::Create),
        StepWrite::Update { .. } => ("update", Action::Update),
        StepWrite::Delete { .. } => ("delete", Action::Delete),
    }
}

/// How a run ended, for machines.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum EndingEntry<'a> {
    Ended {
        #[serde(flatten)]
        end: &'a crate::apply::journal::End,
    },
    Running,
    Killed {
        sent: bool,
    },
}

impl<'a> From<&'a Ending> for EndingEntry<'a> {
    fn from(ending: &'a Ending) -> Self {
        match ending {
            Ending::Ended(end) => Self::Ended { end },
            Ending::Running => Self::Running,
            Ending::Killed { sent } => Self::Killed { sent: *sent },
        }
    }
}

#[derive(Serialize)]
struct RunEntry<'a> {
    #[serde(flatten)]
    head: &'a Head,
    ended: EndingEntry<'a>,
}

/// The runs as JSON.
#[must_use]
pub fn runs_json(runs: &[ListedRun]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        format_version: u32,
        runs: Vec<RunEntry<'a>>,
    }
    let runs = runs.iter().map(|ListedRun { head, ending }| RunEntry { head, ended: ending.into() }).collect();
    document(&Document { format_version: FORMAT_VERSION, runs })
}

/// One run as JSON, step by step.
#[must_use]
pub fn run_json(record: &RunRecord, ending: &Ending) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        format_version: u32,
        run: RunEntry<'a>,
        torn_line: Option<u64>,
        steps: Vec<StepEntry<'a>>,
    }
    #[derive(Serialize)]
    struct StepEntry<'a> {
        step: StepId,
        address: &'a Address,
        action: Action,
        #[serde(flatten)]
        known: KnownEntry<'a>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum KnownEntry<'a> {
        Ended(&'a crate::apply::Outcome),
        Otherwise { outcome: &'static str },
    }
    let steps = record.plan.steps.iter().map(|step| StepEntry {
        step: step.id,
        address: &step.address,
        action: action(step).1,
        known: match record.known.get(&step.id) {
            Some(Known::Ended { outcome, .. }) => KnownEntry::Ended(outcome),
            Some(Known::InDoubt) => KnownEntry::Otherwise { outcome: "in_doubt" },
            None => KnownEntry::Otherwise { outcome: "not_sent" },
        },
    });
    document(&Document {
        format_version: FORMAT_VERSION,
        run: RunEntry { head: &record.head, ended: ending.into() },
        torn_line: record.torn,
        steps: steps.collect(),
    })
}

/// What checking found, as JSON.
#[must_use]
pub fn checks_json(checked: &[CheckedRun]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        format_version: u32,
        runs: Vec<Entry<'a>>,
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        run: &'a RunId,
        file: &'a str,
        as_written: bool,
        lines: Option<u64>,
        ended: Option<bool>,
        torn_line: Option<u64>,
        message: Option<&'a str>,
    }
    let runs = checked.iter().map(|CheckedRun { run, file, result }| Entry {
        run,
        file,
        as_written: result.is_ok(),
        lines: result.as_ref().ok().map(|checked| checked.lines),
        ended: result.as_ref().ok().map(|checked| checked.ended),
        torn_line: result.as_ref().ok().and_then(|checked| checked.torn),
        message: result.as_ref().err().map(String::as_str),
    });
    document(&Document { format_version: FORMAT_VERSION, runs: runs.collect() })
}

fn document(document: &impl Serialize) -> String {
    let mut json = serde_json::to_string_pretty(document).expect("journals have only keys that are texts");
    json.push('\n');
    json
}
