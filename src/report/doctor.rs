//! A check-up of a target, as a table for people and as JSON.
//!
//! Not responsible for what is in it (`doctor`).

use std::fmt::Write as _;

use serde::Serialize;

use super::text::{CHANGE, FAINT, REMOVE, STRONG, count, styled, visible, width};
use crate::doctor::{Announced, Area, Checkup, Finding, Row};

/// The version of the JSON of `rolecall doctor`.
const FORMAT_VERSION: u32 = 1;
/// The widest cell that the others line up with. What is longer, such as what a target says of an
/// error, sticks out.
const WIDEST: usize = 50;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    checkup: &'a Checkup,
    summary: Counts,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    kept: u64,
    fallback: u64,
    unseen: u64,
    broken: u64,
}

impl Counts {
    fn of(checkup: &Checkup) -> Self {
        let mut counts = Self::default();
        for row in &checkup.rows {
            *match row.finding {
                Finding::Kept => &mut counts.kept,
                Finding::Fallback => &mut counts.fallback,
                Finding::Unseen => &mut counts.unseen,
                Finding::Broken => &mut counts.broken,
            } += 1;
        }
        counts
    }
}

/// A check-up as JSON.
#[must_use]
pub fn checkup_json(checkup: &Checkup) -> String {
    let document = Document { format_version: FORMAT_VERSION, checkup, summary: Counts::of(checkup) };
    let mut json = serde_json::to_string_pretty(&document).expect("a check-up has only keys that are texts");
    json.push('\n');
    json
}

/// A check-up for people, with colours.
#[must_use]
pub fn checkup_text(checkup: &Checkup) -> String {
    let mut out = String::new();
    let mut facts = vec![format!("platform {}", visible(&checkup.platform))];
    facts.extend(checkup.organization.iter().map(|name| format!("organization {}", visible(name))));
    let _ = writeln!(out, "{} {} ({})", styled(STRONG, "Check-up of"), visible(&checkup.target), facts.join(", "));
    let widest = |cell: fn(&Row) -> &str| {
        let widths = checkup.rows.iter().map(|row| width(&visible(cell(row))));
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (first, third) = (widest(|row| &row.capability), widest(|row| &row.seen));
    let mut area = None;
    for row in &checkup.rows {
        if area.replace(row.area) != Some(row.area) {
            let heading = format!("{:first$}    announced  {:third$}  what rolecall does", title(row.area), "seen");
            let _ = writeln!(out, "\n{}", styled(STRONG, heading));
        }
        let (style, mark) = mark(row.finding);
        let announced = match row.announced {
            Announced::Yes => "yes",
            Announced::No => "no",
            Announced::Unsaid => "-",
        };
        let _ = writeln!(
            out,
            "{} {:first$}  {announced:9}  {:third$}  {}",
            styled(style, mark),
            visible(&row.capability),
            visible(&row.seen),
            styled(style, visible(&row.consequence)),
        );
    }
    if !checkup.notes.is_empty() {
        out.push('\n');
    }
    for note in &checkup.notes {
        let _ = writeln!(out, "{}: {}", styled(STRONG, "note"), visible(note));
    }
    left_behind(&mut out, checkup);
    out.push('\n');
    last_line(&mut out, checkup);
    out
}

fn title(area: Area) -> &'static str {
    match area {
        Area::Discovery => "What it says of itself",
        Area::Types => "What it holds",
        Area::Lists => "Lists",
        Area::Versions => "Versions",
        Area::Organization => "Organization",
        Area::Writes => "Writes",
    }
}

fn mark(finding: Finding) -> (anstyle::Style, &'static str) {
    match finding {
        Finding::Kept => (anstyle::Style::new(), " "),
        Finding::Unseen => (FAINT, "?"),
        Finding::Fallback => (CHANGE, "~"),
        Finding::Broken => (REMOVE, "!"),
    }
}

fn left_behind(out: &mut String, checkup: &Checkup) {
    let Some(address) = checkup.throw_away.as_ref().filter(|_| !checkup.left_behind.is_empty()) else { return };
    for id in &checkup.left_behind {
        let text = format!("{address} (id {id}) could not be removed; remove it by hand");
        let _ = writeln!(out, "\n{}: {}", styled(REMOVE, "left behind"), visible(&text));
    }
}

fn last_line(out: &mut String, checkup: &Checkup) {
    let Counts { kept, fallback, unseen, broken } = Counts::of(checkup);
    let all = checkup.requests.reads + checkup.requests.writes;
    let mut line = format!("{} {kept} as they should be", styled(STRONG, "Check-up:"));
    for (number, mark, words) in [(fallback, "~", "worked around"), (unseen, "?", "not seen"), (broken, "!", "broken")]
    {
        if number > 0 || mark == "!" {
            let _ = write!(line, ", {number} {words} ({mark})");
        }
    }
    let _ = writeln!(out, "{line}; {}, {} of them writes", count(all, "request"), checkup.requests.writes);
}
