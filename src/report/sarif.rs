//! Findings as SARIF 2.1.0 (OASIS), for code scanning.
//!
//! Responsible for the part of the format that findings need and for the limits of those who read it.
//! Texts of files are never part of it: who may read the report need not be who may read the files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::repository::{Place, Repository, in_cell};
use super::text::{count, visible};
use crate::diagnostic::{Code, Diagnostic, Example, Severity, example};
use crate::source::{Location, Sources, Span};

/// GitHub refuses a run with more (its documentation of code scanning, "SARIF results exceed one or more
/// limits").
const MOST_RESULTS: usize = 25_000;

/// GitHub refuses an upload of more than 10 MB after gzip. More than half of each result is the words of the
/// format itself, the same every time, of which gzip leaves nearly nothing.
const MOST_BYTES: usize = 20_000_000;

/// GitHub refuses a rule with more tags.
const MOST_TAGS: usize = 20;

/// How much of what is marked tells one finding from another with the same words.
const MARK_BYTES: usize = 240;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    /// The stage that finds it, and the rules of the platform that results name.
    tags: Vec<&'a str>,
    /// There is no guessing in a finding.
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    /// The files were looked at to the end, whatever is wrong with them.
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Where; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Where>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<FindingProperties<'a>>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "findingHash/v1")]
    finding: String,
}

#[derive(Serialize)]
struct FindingProperties<'a> {
    /// The rule of the platform that is broken.
    rule: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Where {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    /// A workbook has cells, and no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

/// Findings as SARIF, in one line. Where there are more than readers of it take, the worst are kept and a
/// notification says how many are not.
#[must_use]
pub fn findings_sarif(sources: &Sources, found: &[Diagnostic], repository: &Repository) -> String {
    let used: BTreeSet<Code> = found.iter().map(|finding| finding.code).collect();
    let index: BTreeMap<Code, usize> = used.iter().enumerate().map(|(i, &code)| (code, i)).collect();
    let mut seen = HashMap::new();
    let mut results: Vec<(Severity, Finding<'_>)> = Vec::with_capacity(found.len());
    for finding in found {
        let place = repository.place(sources.path(finding.span.source));
        let result = Finding {
            rule_id: finding.code.name(),
            rule_index: index[&finding.code],
            level: level(finding.severity),
            message: message(sources, finding),
            locations: [physical(sources, repository, finding.span)],
            related_locations: related(sources, repository, finding),
            partial_fingerprints: Fingerprints { finding: fingerprint(sources, finding, place.path(), &mut seen) },
            properties: finding.rule.as_deref().map(|rule| FindingProperties { rule }),
        };
        results.push((finding.severity, result));
    }
    let held_back = keep_the_worst(&mut results, MOST_RESULTS, MOST_BYTES);
    let notification = (held_back > 0).then(|| Notification {
        level: "warning",
        message: plain(format!(
            "{} left out: code scanning takes {MOST_RESULTS} results and 10 MB; `--format json` has all",
            count(held_back as u64, "finding"),
        )),
    });
    let driver = Driver {
        name: "rolecall",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: used.into_iter().map(|code| rule(code, found)).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        invocations: [Invocation {
            execution_successful: true,
            tool_execution_notifications: notification.into_iter().collect(),
        }],
        column_kind: "unicodeCodePoints",
        results: results.into_iter().map(|(_, result)| result).collect(),
    };
    let mut json = written(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] });
    json.push('\n');
    json
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("findings have only keys that are texts")
}

/// Leaves out what is beyond a number and a size, the least severe first, and says how much that is. The
/// order of what is kept stays that of the places.
fn keep_the_worst(results: &mut Vec<(Severity, Finding<'_>)>, most: usize, most_bytes: usize) -> usize {
    let mut by_severity: Vec<usize> = (0..results.len()).collect();
    by_severity.sort_by_key(|&i| results[i].0);
    let mut bytes = 0;
    let fits = |&&i: &&usize| {
        bytes += written(&results[i].1).len();
        bytes <= most_bytes
    };
    let kept: BTreeSet<usize> = by_severity.iter().take(most).take_while(fits).copied().collect();
    let held_back = results.len() - kept.len();
    let mut i = 0;
    results.retain(|_| {
        i += 1;
        kept.contains(&(i - 1))
    });
    held_back
}

/// A kind of finding, as `explain` explains it.
fn rule(code: Code, found: &[Diagnostic]) -> Rule<'_> {
    let meaning = code.meaning();
    let first = meaning.find(". ").map_or(meaning, |end| &meaning[..=end]);
    let rules: BTreeSet<&str> =
        found.iter().filter(|finding| finding.code == code).filter_map(|finding| finding.rule.as_deref()).collect();
    Rule {
        id: code.name(),
        short_description: plain(first.to_owned()),
        full_description: plain(meaning.to_owned()),
        help: help(code),
        default_configuration: Configuration { level: level(code.severity()) },
        properties: RuleProperties {
            tags: std::iter::once(code.stage().name()).chain(rules).take(MOST_TAGS).collect(),
            precision: "very-high",
            severity: match code.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
        },
    }
}

fn help(code: Code) -> Text {
    let mut text = code.meaning().to_owned();
    let mut markdown = text.clone();
    if let Some(Example { wrong, right }) = example(code) {
        for (word, file) in [("Wrong", wrong), ("Right", right)] {
            let file = file.trim_end();
            let _ = write!(text, "\n\n{word}:\n{file}");
            let _ = write!(markdown, "\n\n**{word}**\n\n```yaml\n{file}\n```");
        }
    }
    Text { text, markdown: Some(markdown) }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn plain(text: String) -> Text {
    Text { text, markdown: None }
}

fn message(sources: &Sources, finding: &Diagnostic) -> Text {
    let Diagnostic { message, rule, help, span, .. } = finding;
    let mut text = harmless(&in_cell(sources, *span, message));
    if let Some(rule) = rule {
        let _ = write!(text, " ({rule})");
    }
    if let Some(help) = help {
        let _ = write!(text, "\nhelp: {}", harmless(help));
    }
    plain(text)
}

/// A text without control characters and without `[text](link)`, which viewers make a link of (SARIF §3.11.6).
fn harmless(text: &str) -> String {
    visible(text).replace("](", "] (")
}

fn related(sources: &Sources, repository: &Repository, finding: &Diagnostic) -> Vec<Where> {
    let others = finding.related.iter().enumerate();
    others
        .map(|(i, (span, what))| Where {
            id: Some(i + 1),
            message: Some(plain(harmless(&in_cell(sources, *span, what)))),
            ..physical(sources, repository, *span)
        })
        .collect()
}

fn physical(sources: &Sources, repository: &Repository, span: Span) -> Where {
    let Location { line, column, end_line, end_column, .. } = sources.locate(span);
    let place = repository.place(sources.path(span.source));
    let artifact_location = Artifact {
        uri: place.uri(),
        uri_base_id: match place {
            Place::Inside(_) => Some("%SRCROOT%"),
            Place::Outside(_) => None,
        },
    };
    let region = sources.has_lines(span.source).then_some(Region {
        start_line: line,
        start_column: column,
        end_line,
        end_column,
    });
    Where { id: None, physical_location: Physical { artifact_location, region }, message: None }
}

/// What stays when lines are put in above: the file, the words and what is marked, and how many like it
/// come before. What may be a secret is no part of it: a short one could be found by trying.
fn fingerprint(sources: &Sources, finding: &Diagnostic, path: &str, seen: &mut HashMap<String, u32>) -> String {
    let Diagnostic { code, message, span, is_secret, .. } = finding;
    let marked = if *is_secret { "" } else { sources.slice(*span) };
    let marked = &marked[..marked.floor_char_boundary(MARK_BYTES)];
    let mut hasher = Sha256::new();
    for part in [code.name(), path, message, marked] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    // Half of it is beyond chance, too.
    let mut hash: String = hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let before = seen.entry(hash.clone()).or_default();
    *before += 1;
    let _ = write!(hash, ":{before}");
    hash
}
