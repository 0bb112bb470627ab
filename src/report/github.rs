//! Findings as workflow commands of GitHub Actions, which shows them beside the changed lines.
//!
//! Responsible for the few that GitHub shows and for the escapes, so that no name in a file can begin a
//! command of its own.

use std::fmt::Write;

use super::findings::FindingsSummary;
use super::repository::{Repository, in_cell, line_of};
use super::text::{count, visible};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Location, Sources};

/// GitHub shows ten errors, ten warnings and ten notices of a step, those that come first.
const MOST_OF_A_KIND: usize = 10;

const KINDS: [(Severity, &str, &str); 3] = [
    (Severity::Error, "error", "error"),
    (Severity::Warning, "warning", "warning"),
    // GitHub's word, and ours.
    (Severity::Note, "notice", "note"),
];

/// Findings as annotations, the most severe first. Those that GitHub would not show are counted in a notice;
/// the last line has the counts of everything and is no annotation.
#[must_use]
pub fn findings_github(
    sources: &Sources,
    found: &[Diagnostic],
    summary: FindingsSummary,
    repository: &Repository,
) -> String {
    let mut out = String::new();
    let of = |severity| found.iter().filter(move |finding| finding.severity == severity);
    let is_much = KINDS.iter().any(|(severity, ..)| of(*severity).count() > MOST_OF_A_KIND);
    let mut held_back = Vec::new();
    for (severity, command, word) in KINDS {
        // The line on what is held back is a notice, too.
        let most = if is_much && severity == Severity::Note { MOST_OF_A_KIND - 1 } else { MOST_OF_A_KIND };
        for finding in of(severity).take(most) {
            annotation(&mut out, command, sources, finding, repository);
        }
        let rest = of(severity).count().saturating_sub(most) as u64;
        if rest > 0 {
            held_back.push(count(rest, word));
        }
    }
    if !held_back.is_empty() {
        let held_back = held_back.join(", ");
        let _ = writeln!(
            out,
            "::notice title=rolecall::Not shown here: {held_back}. GitHub shows ten of each kind; \
             `rolecall validate` lists all"
        );
    }
    let FindingsSummary { files, errors, warnings, .. } = summary;
    let _ = writeln!(out, "{}: {}, {}", count(files, "file"), count(errors, "error"), count(warnings, "warning"));
    out
}

fn annotation(out: &mut String, command: &str, sources: &Sources, finding: &Diagnostic, repository: &Repository) {
    let Diagnostic { code, rule, message, help, span, related, .. } = finding;
    let Location { file, line, column, end_line, end_column, .. } = sources.locate(*span);
    let _ = write!(out, "::{command} file={}", property(repository.place(&file).path()));
    if sources.has_lines(span.source) {
        let _ = write!(out, ",line={line}");
        if line == end_line {
            let _ = write!(out, ",col={column},endLine={end_line},endColumn={end_column}");
        } else {
            // GitHub refuses columns over several lines.
            let _ = write!(out, ",endLine={end_line}");
        }
    }
    let _ = write!(out, ",title={}", property(code.name()));
    if let Some(rule) = rule {
        let _ = write!(out, " ({})", property(rule));
    }
    let mut lines = vec![visible(&in_cell(sources, *span, message)).into_owned()];
    lines.extend(related.iter().map(|(span, what)| line_of(sources, repository, *span, what)));
    lines.extend(help.as_deref().map(|help| format!("help: {}", visible(help))));
    let _ = writeln!(out, "::{}", data(&lines.join("\n")));
}

/// The text of a command: to its end on one line.
fn data(text: &str) -> String {
    // Runners still know the older form of commands, which may begin anywhere in a line.
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "## [")
}

/// A property of a command, which a comma or colons would end.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}
