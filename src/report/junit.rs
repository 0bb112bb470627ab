//! Findings as a JUnit report, which every pipeline can show as tests.
//!
//! A suite is a file. Its cases are the codes that were found in it, so that a case keeps its name while
//! lines move; a file with nothing to fail has the case `valid`. There are no times in it: the same files
//! make the same report.

use std::collections::BTreeMap;
use std::fmt::Write;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::repository::{Repository, line_of};
use super::text::visible;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{SourceId, Sources};

/// Findings as JUnit, a suite for each file that was read. Errors fail, and warnings where they count as
/// errors; other findings are the output of a case that passes.
#[must_use]
pub fn findings_junit(
    sources: &Sources,
    files: &[SourceId],
    found: &[Diagnostic],
    warnings_fail: bool,
    repository: &Repository,
) -> String {
    let mut of: BTreeMap<SourceId, BTreeMap<Code, Vec<&Diagnostic>>> = BTreeMap::new();
    for finding in found {
        of.entry(finding.span.source).or_default().entry(finding.code).or_default().push(finding);
    }
    let fails = |finding: &&&Diagnostic| {
        finding.severity == Severity::Error || (warnings_fail && finding.severity == Severity::Warning)
    };
    let mut report = Report::new("rolecall");
    for file in files {
        let path = repository.place(sources.path(*file)).path().to_owned();
        let mut suite = TestSuite::new(text(&path));
        let codes = of.remove(file).unwrap_or_default();
        if !codes.values().flatten().any(|finding| fails(&finding)) {
            suite.add_test_case(case(&path, "valid", TestCaseStatus::success()));
        }
        for (code, findings) in codes {
            let words: String = findings.iter().map(|finding| words(sources, finding, repository)).collect();
            let failing: Vec<&&Diagnostic> = findings.iter().filter(fails).collect();
            let Some(first) = failing.first() else {
                let mut passed = case(&path, code.name(), TestCaseStatus::success());
                passed.set_system_out(text(words.trim_end()));
                suite.add_test_case(passed);
                continue;
            };
            let rest = failing.len() - 1;
            let rest = if rest > 0 { format!(" (and {rest} more)") } else { String::new() };
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(word(first.severity));
            status.set_message(text(&format!("{}{rest}", first.message)));
            status.set_description(text(words.trim_end()));
            let mut failed = case(&path, code.name(), status);
            if sources.has_lines(*file) {
                let line = sources.locate(first.span).line;
                failed.extra.insert("line".into(), line.to_string().into());
            }
            suite.add_test_case(failed);
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("a report of texts can be written")
}

fn case(path: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(text(path));
    // What readers make a link of.
    case.extra.insert("file".into(), text(path));
    case
}

/// A finding in lines of text.
fn words(sources: &Sources, finding: &Diagnostic, repository: &Repository) -> String {
    let Diagnostic { severity, rule, message, help, span, related, .. } = finding;
    let mut out = line_of(sources, repository, *span, &format!("{}: {message}", word(*severity)));
    if let Some(rule) = rule {
        let _ = write!(out, " ({rule})");
    }
    out.push('\n');
    for (span, what) in related {
        let _ = writeln!(out, "  {}", line_of(sources, repository, *span, what));
    }
    if let Some(help) = help {
        let _ = writeln!(out, "  help: {}", visible(help));
    }
    out
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A text as XML can hold it: two characters are none in XML (1.0 §2.2), the rest is escaped by the writer.
fn text(text: &str) -> XmlString {
    let lines: Vec<String> = text.split('\n').map(|line| visible(line).into_owned()).collect();
    XmlString::new(lines.join("\n").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}
