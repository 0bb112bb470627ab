//! Findings in what an author wrote: for people with an excerpt of the place, and as JSON.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::text::{STRONG, count, is_harmful, styled, visible};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Sources, Span};

/// The version of the findings' JSON. It is raised when a reader of the old one would misread the
/// new one.
const FORMAT_VERSION: u32 = 1;

/// What was looked at and what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindingsSummary {
    /// Files read.
    pub files: u64,
    /// Objects declared in them.
    pub objects: u64,
    /// Errors among the findings.
    pub errors: u64,
    /// Warnings among the findings.
    pub warnings: u64,
}

/// Findings for people, each with the place underlined, and a line with the counts at the end.
#[must_use]
pub fn findings_human(sources: &Sources, found: &[Diagnostic], summary: FindingsSummary) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for diagnostic in found {
        out.push_str(&excerpt(&renderer, sources, diagnostic));
        out.push_str("\n\n");
    }
    let FindingsSummary { files, objects, errors, warnings } = summary;
    let verdict = match (errors, warnings) {
        (0, 0) => "valid".to_owned(),
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let objects = if errors == 0 { format!(", {}", count(objects, "object")) } else { String::new() };
    let _ = writeln!(out, "{}: {}{objects}", count(files, "file"), styled(STRONG, verdict));
    out
}

fn excerpt(renderer: &Renderer, sources: &Sources, diagnostic: &Diagnostic) -> String {
    let Diagnostic { code, severity, rule, message, help, span, is_secret, related } = diagnostic;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let windows: Vec<_> = std::iter::once((AnnotationKind::Primary, *span, ""))
        .chain(related.iter().map(|(span, what)| (AnnotationKind::Context, *span, what.as_str())))
        .map(|(kind, span, label)| (kind, Window::around(sources, span), label))
        .collect();
    let mut group = Group::with_title(level.primary_title(visible(message)).id(code.name()));
    for (kind, window, label) in &windows {
        if *is_secret {
            let origin = Origin::path(window.path.as_str()).line(window.line).char_column(window.column);
            group = group.element(origin);
            continue;
        }
        let annotation = kind.span(window.mark.clone());
        let annotation = if label.is_empty() { annotation } else { annotation.label(visible(label)) };
        let snippet = Snippet::source(window.text.as_str()).line_start(window.line).annotation(annotation);
        group = group.element(snippet.path(window.path.as_str()));
    }
    if let Some(rule) = rule {
        group = group.element(Level::NOTE.message(format!("rule {rule}")));
    }
    if let Some(help) = help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    let mut text = renderer.render(&[group]);
    for named in windows.iter().filter(|_| !is_secret).filter_map(|(_, window, _)| window.named.as_ref()) {
        text = text.replacen(&named.rendered, &named.meant, 1);
    }
    text
}

/// One line of a text with a mark in it, cut so that neither a long file nor a long line costs
/// more than the piece that is shown.
struct Window {
    path: String,
    line: usize,
    column: usize,
    text: String,
    mark: std::ops::Range<usize>,
    /// How the place is called, where the renderer would call it otherwise.
    named: Option<Named>,
}

/// The renderer calls a place by the line and the column of what it is given: that is wrong for a line that
/// was cut, and in a table the cell is part of the place.
struct Named {
    rendered: String,
    meant: String,
}

impl Window {
    fn around(sources: &Sources, span: Span) -> Self {
        /// What is kept of a long line on both sides of the mark, in bytes: a wide terminal's
        /// worth.
        const BESIDE: usize = 120;
        /// What is kept of the mark itself.
        const MARK: usize = 240;
        let at = sources.locate(span);
        let line = sources.line_of(span);
        let whole = sources.text(span.source);
        let line_end = line.start + whole[line.clone()].trim_end_matches(['\r', '\n']).len();
        let start = whole.floor_char_boundary((span.start as usize).clamp(line.start, line_end));
        let end = whole.ceil_char_boundary((span.end as usize).clamp(start, line_end.min(start + MARK)));
        let from = whole.ceil_char_boundary(line.start.max(start.saturating_sub(BESIDE)));
        let to = whole.floor_char_boundary(line_end.min(end + BESIDE));
        let mut text = String::new();
        let cut = from > line.start;
        if cut {
            text.push('…');
        }
        push_shown(&mut text, &whole[from..start]);
        let marked = text.len();
        push_shown(&mut text, &whole[start..end]);
        let mark = marked..text.len();
        push_shown(&mut text, &whole[end..to]);
        if to < line_end {
            text.push('…');
        }
        let (path, line, column) = (visible(&at.file).into_owned(), at.line as usize, at.column as usize);
        let cell = at.cell.as_deref().map(visible);
        let meant = match cell {
            Some(cell) if sources.has_lines(span.source) => Some(format!("{path}:{line}:{column} {cell}")),
            Some(cell) => Some(format!("{path} {cell}")),
            None => cut.then(|| format!("{path}:{line}:{column}")),
        };
        let shown_column = text[..mark.start].chars().count() + 1;
        let named = meant.map(|meant| Named { rendered: format!("{path}:{line}:{shown_column}"), meant });
        Self { path, line, column, text, mark, named }
    }
}

/// Appends a piece of a line: a byte order mark is left out, a tab stays for the renderer to
/// expand, what is harmful becomes one replacement character so that columns stay what they are.
fn push_shown(out: &mut String, piece: &str) {
    out.extend(
        piece
            .chars()
            .filter(|&c| c != '\u{feff}')
            .map(|c| if c != '\t' && is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }),
    );
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    summary: FindingsSummary,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    rule: Option<&'a str>,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    /// The cell of a table (`B7`, `Roles!B7`); null in other files.
    cell: Option<String>,
}

/// Findings as JSON (DESIGN.md §6).
#[must_use]
pub fn findings_json(sources: &Sources, found: &[Diagnostic], summary: FindingsSummary) -> String {
    let diagnostics = found
        .iter()
        .map(|diagnostic| {
            let Diagnostic { code, severity, rule, message, help, span, is_secret: _, related: _ } = diagnostic;
            let at = sources.locate(*span);
            Entry {
                code: code.name(),
                rule: rule.as_deref(),
                severity: *severity,
                message,
                help: help.as_deref(),
                file: sources.path(span.source),
                line: at.line,
                column: at.column,
                end_line: at.end_line,
                end_column: at.end_column,
                cell: at.cell,
            }
        })
        .collect();
    let document = Document { format_version: FORMAT_VERSION, summary, diagnostics };
    let mut json = serde_json::to_string_pretty(&document).expect("findings have only keys that are texts");
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Cells;

    const SUMMARY: FindingsSummary = FindingsSummary { files: 1, objects: 2, errors: 1, warnings: 0 };

    fn example() -> (Sources, Diagnostic) {
        let mut sources = Sources::default();
        let text = "\u{feff}roles:\r\n  Prêteur: { clases: [Sales] }\r\n  LO: {}\r\n  LO: {}\r\n";
        let source = sources.add("manifests/roles.yaml", text);
        let at = |needle: &str| {
            let start = text.find(needle).expect("the needle is in the text");
            Span { source, start: start as u32, end: (start + needle.len()) as u32 }
        };
        let found = Diagnostic::new(Code::UnknownKey, at("clases"), "unknown key `clases`")
            .help("did you mean `classifications`?")
            .rule("R-TE-4")
            .related(at("LO"), "an example is here");
        (sources, found)
    }

    fn human(sources: &Sources, found: &[Diagnostic]) -> String {
        anstream::adapter::strip_str(&findings_human(sources, found, SUMMARY)).to_string()
    }

    #[test]
    fn a_finding_shows_its_place() {
        let (sources, found) = example();
        insta::assert_snapshot!(human(&sources, &[found]), @"
        error[unknown-key]: unknown key `clases`
         --> manifests/roles.yaml:2:14
          |
        2 |   Prêteur: { clases: [Sales] }
          |              ^^^^^^
          |
         ::: manifests/roles.yaml:3:3
          |
        3 |   LO: {}
          |   -- an example is here
          |
          = note: rule R-TE-4
          = help: did you mean `classifications`?

        1 file: 1 error
        ");
    }

    #[test]
    fn a_long_line_and_control_characters_are_cut_and_harmless() {
        let mut sources = Sources::default();
        let text = format!("{}\u{1b}[31mhere{}", "x".repeat(1 << 20), "\u{9b}y".repeat(1 << 20));
        let source = sources.add("a\u{1b}.yaml", text);
        let found = Diagnostic::new(
            Code::YamlSyntax,
            Span { source, start: (1 << 20) + 5, end: (1 << 20) + 9 },
            "bad \u{1b}[0m",
        );
        let shown = human(&sources, &[found]);
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        assert!(shown.len() < 2000, "{}", shown.len());
        assert!(shown.contains(&format!("1:{}", (1 << 20) + 6)), "{shown}");
    }

    #[test]
    fn a_cell_shows_what_is_in_it_and_what_it_is_called() {
        let mut sources = Sources::default();
        let starts = vec![(1, 0, 0), (6, 6, 1)];
        let text = "\nrole\nSalez\nMore\n";
        let sheet = sources.add_table("bulk.xlsx", text, Cells { sheet: Some("Roles".into()), starts });
        let table = Cells { sheet: None, starts: vec![(0, 0, 0), (5, 1, 0)] };
        let csv = sources.add_table("bulk.csv", "role\nSalez,x", table);
        let found = |source, start| {
            let span = Span { source, start, end: start + 5 };
            Diagnostic::new(Code::NotAllowed, span, "`Salez` is no classification")
        };
        insta::assert_snapshot!(human(&sources, &[found(sheet, 6), found(csv, 5)]), @"
        error[not-allowed]: `Salez` is no classification
         --> bulk.xlsx Roles!B7
          |
        7 | Salez
          | ^^^^^

        error[not-allowed]: `Salez` is no classification
         --> bulk.csv:2:1 A2
          |
        2 | Salez,x
          | ^^^^^

        1 file: 1 error
        ");
        let json = findings_json(&sources, &[found(sheet, 6)], SUMMARY);
        assert!(json.contains(r#""cell": "Roles!B7""#), "{json}");
    }

    #[test]
    fn an_empty_file_has_a_place_too() {
        let mut sources = Sources::default();
        let source = sources.add("empty.yaml", "");
        let found = Diagnostic::new(Code::EmptyProject, Span::top(source), "nothing is declared");
        insta::assert_snapshot!(human(&sources, &[found]), @"
        error[empty-project]: nothing is declared
         --> empty.yaml:1:1
          |
        1 |
          | ^

        1 file: 1 error
        ");
    }

    #[test]
    fn json_has_every_key_of_the_contract() {
        let (sources, found) = example();
        insta::assert_snapshot!(findings_json(&sources, &[found], SUMMARY), @r#"
        {
          "format_version": 1,
          "summary": {
            "files": 1,
            "objects": 2,
            "errors": 1,
            "warnings": 0
          },
          "diagnostics": [
            {
              "code": "unknown-key",
              "rule": "R-TE-4",
              "severity": "error",
              "message": "unknown key `clases`",
              "help": "did you mean `classifications`?",
              "file": "manifests/roles.yaml",
              "line": 2,
              "column": 14,
              "end_line": 2,
              "end_column": 20,
              "cell": null
            }
          ]
        }
        "#);
    }
}
