//! Findings as other programs read them.

use std::path::Path;

use serde_json::Value;

use super::{FindingsSummary, Repository, findings_github, findings_junit, findings_sarif};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Cells, SourceId, Sources, Span};

const ROLES: &str = "roles:\n  Prêteur: { clases: [Sales] }\n  LO: {}\n  LO: {}\n";
const SUMMARY: FindingsSummary = FindingsSummary { files: 2, objects: 2, errors: 1, warnings: 1 };

fn repository() -> Repository {
    Repository::new(Path::new("/repo"), Path::new("/repo/teams"))
}

fn span(sources: &Sources, source: SourceId, needle: &str) -> Span {
    let start = sources.text(source).find(needle).expect("the needle is in the text");
    Span { source, start: start as u32, end: (start + needle.len()) as u32 }
}

fn example() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let roles = sources.add("a b/roles.yaml", ROLES);
    sources.add("users.yaml", "assignments: {}\n");
    let at = |needle| span(&sources, roles, needle);
    let found = vec![
        Diagnostic::new(Code::UnknownKey, at("clases"), "`clases` is not known here")
            .help("did you mean `classifications`?")
            .rule("R-TE-4"),
        Diagnostic::new(Code::EqualItems, at("LO: {}\n  LO"), "twice, 100%").related(at("Prêteur"), "first given here"),
    ];
    (sources, found)
}

fn sarif(sources: &Sources, found: &[Diagnostic]) -> Value {
    serde_json::from_str(&findings_sarif(sources, found, &repository())).expect("it is JSON")
}

#[test]
fn sarif_names_files_from_the_root_of_the_repository_and_counts_as_we_do() {
    let (sources, found) = example();
    let run = &sarif(&sources, &found)["runs"][0];
    insta::assert_snapshot!(serde_json::to_string_pretty(&run["results"]).expect("JSON"), @r#"
    [
      {
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "teams/a%20b/roles.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 20,
                "endLine": 2,
                "startColumn": 14,
                "startLine": 2
              }
            }
          }
        ],
        "message": {
          "text": "`clases` is not known here (R-TE-4)\nhelp: did you mean `classifications`?"
        },
        "partialFingerprints": {
          "findingHash/v1": "a88df6a76715861827c39a5166bb6bc8:1"
        },
        "properties": {
          "rule": "R-TE-4"
        },
        "ruleId": "unknown-key",
        "ruleIndex": 0
      },
      {
        "level": "warning",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "teams/a%20b/roles.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 5,
                "endLine": 4,
                "startColumn": 3,
                "startLine": 3
              }
            }
          }
        ],
        "message": {
          "text": "twice, 100%"
        },
        "partialFingerprints": {
          "findingHash/v1": "fef95a511afec0671fce17ff8a0e49a0:1"
        },
        "relatedLocations": [
          {
            "id": 1,
            "message": {
              "text": "first given here"
            },
            "physicalLocation": {
              "artifactLocation": {
                "uri": "teams/a%20b/roles.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 10,
                "endLine": 2,
                "startColumn": 3,
                "startLine": 2
              }
            }
          }
        ],
        "ruleId": "equal-items",
        "ruleIndex": 1
      }
    ]
    "#);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    for result in run["results"].as_array().expect("a list") {
        let index = result["ruleIndex"].as_u64().expect("a number") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    assert_eq!(rules[0]["properties"]["tags"], serde_json::json!(["schema", "R-TE-4"]));
    assert_eq!(run["tool"]["driver"]["name"], "rolecall");
}

#[test]
fn sarif_results_keep_their_fingerprint_when_lines_are_put_in_above() {
    let prints = |above: &str| -> Vec<Value> {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", format!("{above}roles:\n  A: {{ x: 1 }}\n  B: {{ x: 1 }}\n"));
        let text = sources.text(source).to_owned();
        let found: Vec<Diagnostic> = text
            .match_indices('x')
            .map(|(at, _)| Span { source, start: at as u32, end: at as u32 + 1 })
            .map(|span| Diagnostic::new(Code::UnknownKey, span, "`x` is not known here"))
            .collect();
        let run = sarif(&sources, &found);
        let results = run["runs"][0]["results"].as_array().expect("a list");
        results.iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    let before = prints("");
    assert_ne!(before[0], before[1]);
    assert_eq!(before, prints("# One more line.\n\n"));
}

#[test]
fn what_may_be_a_secret_leaves_no_trace_in_any_form() {
    let report = |secret: &str| {
        let mut sources = Sources::default();
        let source = sources.add("rolecall.yaml", format!("target: {{ token: {secret} }}\n"));
        let mut found = Diagnostic::new(Code::WrongType, span(&sources, source, secret), "a token is never written");
        found.is_secret = true;
        let found = [found];
        findings_sarif(&sources, &found, &repository())
            + &findings_github(&sources, &found, SUMMARY, &repository())
            + &findings_junit(&sources, &[source], &found, false, &repository())
    };
    assert_eq!(report("hunter2"), report("letmein"));
}

#[test]
fn sarif_holds_back_what_code_scanning_refuses() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", "x".repeat(30_000));
    let found: Vec<Diagnostic> = (0..25_003)
        .map(|at| {
            let span = Span { source, start: at, end: at + 1 };
            let code = if at == 25_002 { Code::UnknownKey } else { Code::EqualItems };
            Diagnostic::new(code, span, "x")
        })
        .collect();
    let run = &sarif(&sources, &found)["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[24_999]["ruleId"], "unknown-key", "the worst are kept, and the order too");
    insta::assert_snapshot!(run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"], @r#""3 findings left out: code scanning takes 25000 results and 10 MB; `--format json` has all""#);

    let long: Vec<Diagnostic> = (0..25_000)
        .map(|at| Diagnostic::new(Code::UnknownKey, Span { source, start: at, end: at + 1 }, "y".repeat(2_000)))
        .collect();
    let text = findings_sarif(&sources, &long, &repository());
    assert!((10_000_000..21_000_000).contains(&text.len()), "{}", text.len());
}

#[test]
fn annotations_are_commands_with_the_place_and_the_way_out() {
    let (sources, found) = example();
    insta::assert_snapshot!(findings_github(&sources, &found, SUMMARY, &repository()), @"
    ::error file=teams/a b/roles.yaml,line=2,col=14,endLine=2,endColumn=20,title=unknown-key (R-TE-4)::`clases` is not known here%0Ahelp: did you mean `classifications`?
    ::warning file=teams/a b/roles.yaml,line=3,endLine=4,title=equal-items::twice, 100%25%0Ateams/a b/roles.yaml:2:3: first given here
    2 files: 1 error, 1 warning
    ");
}

#[test]
fn annotations_are_ten_of_a_kind_the_most_severe_first_and_the_rest_is_counted() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", "x".repeat(60));
    let finding =
        |at: u32, code: Code| Diagnostic::new(code, Span { source, start: at, end: at + 1 }, format!("number {at}"));
    let mut found: Vec<Diagnostic> = (0..24).map(|at| finding(at, Code::EqualItems)).collect();
    found.extend((24..35).map(|at| finding(at, Code::UnknownKey)));
    found.extend((35..45).map(|at| finding(at, Code::MoreFindings)));
    let text = findings_github(&sources, &found, SUMMARY, &repository());
    let kinds: Vec<&str> = text.lines().map(|line| line.split_once(' ').map_or(line, |(first, _)| first)).collect();
    let expected = [["::error"; 10], ["::warning"; 10], ["::notice"; 10]].concat();
    assert_eq!(kinds[..30], expected);
    insta::assert_snapshot!(text.lines().skip(29).collect::<Vec<_>>().join("\n"), @"
    ::notice title=rolecall::Not shown here: 1 error, 14 warnings, 1 note. GitHub shows ten of each kind; `rolecall validate` lists all
    2 files: 1 error, 1 warning
    ");
}

/// Names that try to be something else than a name.
const HOSTILE: &[&str] = &[
    "::set-output name=x::y",
    "a\n::error::forged",
    "a\r\n##[error]forged",
    "##[add-mask]a",
    "a,title=forged,line=9::b",
    "%0A::warning::forged",
    "</failure><testcase/>",
    "]]>",
    "&amp;<script>alert(1)</script>",
    "[click](https://evil.example)",
    "\u{202e}desrever\u{0}\u{1b}[31m\u{fffe}\u{ffff}\u{85}",
];

#[test]
fn hostile_names_stay_texts_in_annotations() {
    for name in HOSTILE {
        let mut sources = Sources::default();
        let source = sources.add(format!("{name}.yaml"), "x");
        let top = Span::top(source);
        let found = [Diagnostic::new(Code::UnknownKey, top, *name).help(*name).related(top, *name).rule(*name)];
        let text = findings_github(&sources, &found, SUMMARY, &repository());
        assert_eq!(text.lines().count(), 2, "{text}");
        let (properties, message) = text.lines().next().expect("a line")[2..].split_once("::").expect("a command");
        let keys: Vec<&str> = properties.split(',').filter_map(|one| Some(one.split_once('=')?.0)).collect();
        assert_eq!(keys, ["error file", "line", "col", "endLine", "endColumn", "title"], "{properties}");
        assert!(!message.contains(['\r', '\n']) && !text.contains("##["), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{text}");
    }
}

#[test]
fn hostile_names_stay_texts_in_sarif() {
    for name in HOSTILE {
        let mut sources = Sources::default();
        let source = sources.add(format!("{name}.yaml"), "x");
        let top = Span::top(source);
        let found = [Diagnostic::new(Code::UnknownKey, top, *name).help(*name).related(top, *name)];
        let text = findings_sarif(&sources, &found, &repository());
        assert!(!text.contains("](") || text.contains("\"markdown\""), "{text}");
        let result = &sarif(&sources, &found)["runs"][0]["results"][0];
        let message = result["message"]["text"].as_str().expect("a text");
        assert!(!message.contains("]("), "{message}");
        assert!(message.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{message}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a text");
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
    }
}

fn junit(sources: &Sources, found: &[Diagnostic], warnings_fail: bool) -> String {
    findings_junit(sources, &sources.ids().collect::<Vec<_>>(), found, warnings_fail, &repository())
}

#[test]
fn junit_has_a_suite_for_each_file_and_a_case_for_each_code() {
    let (sources, found) = example();
    insta::assert_snapshot!(junit(&sources, &found, false), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="rolecall" tests="3" skipped="0" failures="1" errors="0">
        <testsuite name="teams/a b/roles.yaml" tests="2" skipped="0" errors="0" failures="1">
            <testcase name="unknown-key" classname="teams/a b/roles.yaml" file="teams/a b/roles.yaml" line="2">
                <failure message="`clases` is not known here" type="error">teams/a b/roles.yaml:2:14: error: `clases` is not known here (R-TE-4)
      help: did you mean `classifications`?</failure>
            </testcase>
            <testcase name="equal-items" classname="teams/a b/roles.yaml" file="teams/a b/roles.yaml">
                <system-out>teams/a b/roles.yaml:3:3: warning: twice, 100%
      teams/a b/roles.yaml:2:3: first given here</system-out>
            </testcase>
        </testsuite>
        <testsuite name="teams/users.yaml" tests="1" skipped="0" errors="0" failures="0">
            <testcase name="valid" classname="teams/users.yaml" file="teams/users.yaml"/>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn junit_fails_warnings_where_they_count_as_errors() {
    let (sources, found) = example();
    let failures = |warnings_fail| {
        let report = quick_junit::Report::deserialize_from_str(&junit(&sources, &found, warnings_fail));
        report.expect("it is read back").failures
    };
    assert_eq!((failures(false), failures(true)), (1, 2));
}

#[test]
fn hostile_names_stay_texts_in_junit() {
    for name in HOSTILE {
        let mut sources = Sources::default();
        let source = sources.add(format!("{name}.yaml"), "x");
        let top = Span::top(source);
        let found = [Diagnostic::new(Code::UnknownKey, top, *name).help(*name).related(top, *name)];
        let text = junit(&sources, &found, false);
        let report = quick_junit::Report::deserialize_from_str(&text).expect("it is read back");
        assert_eq!((report.test_suites.len(), report.tests, report.failures), (1, 1, 1), "{text}");
        let is_xml = |c: char| matches!(c, '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(|c| is_xml(c) && c != '\u{202e}'), "{text}");
    }
}

#[test]
fn a_file_without_findings_is_a_test_that_passed() {
    let mut sources = Sources::default();
    sources.add("users.yaml", "assignments: {}\n");
    insta::assert_snapshot!(junit(&sources, &[], true), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="rolecall" tests="1" skipped="0" failures="0" errors="0">
        <testsuite name="teams/users.yaml" tests="1" skipped="0" errors="0" failures="0">
            <testcase name="valid" classname="teams/users.yaml" file="teams/users.yaml"/>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_finding_in_a_table_says_its_cell() {
    let mut sources = Sources::default();
    let text = "Role\nLoan Officer";
    let cells = |sheet| Cells { sheet, starts: vec![(0, 0, 0), (5, 1, 0)] };
    let workbook = sources.add_table("bulk.xlsx", text, cells(Some("Roles".into())));
    let table = sources.add_table("bulk.csv", text, cells(None));
    let found = [workbook, table].map(|source| {
        let at = span(&sources, source, "Loan Officer");
        Diagnostic::new(Code::UnknownName, at, "no such role").related(at, "here")
    });
    insta::assert_snapshot!(findings_github(&sources, &found, SUMMARY, &repository()), @"
    ::error file=teams/bulk.xlsx,title=unknown-name::Roles!A2: no such role%0Ateams/bulk.xlsx: Roles!A2: here
    ::error file=teams/bulk.csv,line=2,col=1,endLine=2,endColumn=13,title=unknown-name::A2: no such role%0Ateams/bulk.csv:2:1: A2: here
    2 files: 1 error, 1 warning
    ");
    let report = junit(&sources, &found, false);
    assert!(report.contains(">teams/bulk.xlsx: Roles!A2: error: no such role\n"), "{report}");
    assert!(report.contains(">teams/bulk.csv:2:1: A2: error: no such role\n"), "{report}");
    let run = &sarif(&sources, &found)["runs"][0];
    let place = |result: usize| run["results"][result]["locations"][0]["physicalLocation"].clone();
    assert_eq!((place(0)["region"].is_null(), &place(1)["region"]["startLine"]), (true, &Value::from(2)));
    assert_eq!(run["results"][0]["message"]["text"], "Roles!A2: no such role");
}
