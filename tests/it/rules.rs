//! The table of rules: every rule of the source documents has a code or a reason, a case with files
//! and one with a raw request, or a reason why there can be none; and `docs/rules.md` says so.
//!
//! Cases are found by name: a test whose name begins with the number of a rule, `r_be_24_…`, shows
//! that rule, and `r_be_17_19_20_…` shows three; or by the comment above, which begins with the
//! rules and a colon; or by a row `| rule | test |` at the head of the file. Tests below `sandbox`
//! and those that use `support::raw` send requests to the sandbox; all others start from files or
//! from states.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rolecall::diagnostic::{DOCUMENTS, Held, Rule, Severity, rule, rules};
use rolecall::manifest;
use rolecall::platform::built_in;
use rolecall::source::Sources;

const DOC: &str = "docs/rules.md";

/// What the files of an example say: each finding's severity, code and rule.
fn findings(manifest: &str, platform: &str) -> Vec<(Severity, String, String)> {
    let pack = built_in(platform).expect("it is built in");
    let mut sources = Sources::default();
    let source = sources.add("roles.yaml", manifest);
    let (_, found, _) = manifest::read(&sources, &[source], &pack);
    let words = |finding: rolecall::diagnostic::Diagnostic| {
        (finding.severity, finding.code.to_string(), finding.rule.unwrap_or_default().into_owned())
    };
    found.sorted().into_iter().map(words).collect()
}

/// What a wrong file is found for: the codes that the files alone show, each with the rule it names.
fn expected(wrong: &Rule) -> Vec<(String, &'static str)> {
    let mut expected = Vec::new();
    for held in wrong.held {
        match held {
            Held::Files(code) => expected.push((code.to_string(), wrong.id)),
            Held::With(other) => {
                let other = rule(other).expect("the table names only its own rules");
                expected.extend(other.held.iter().filter_map(|held| match held {
                    Held::Files(code) => Some((code.to_string(), other.id)),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    expected
}

/// The first lines of an example whose wrong file takes a target to be found.
pub fn takes_a_target(wrong: &str) -> bool {
    wrong.starts_with("# On the target: ") || wrong.starts_with("# The token is ")
}

#[test]
fn the_wrong_file_of_a_rule_is_found_and_names_it_and_the_right_one_is_not() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let Some(example) = rule.example else { continue };
        let platform = rule.document().platform;
        let expected = expected(rule);
        let is_expected = |(_, code, named): &(Severity, String, String)| {
            expected.iter().any(|(expected, id)| code == expected && named == id)
        };
        let of_wrong = findings(example.wrong, platform);
        let of_right = findings(example.right, platform);
        let is_found = of_wrong.iter().any(is_expected);
        let errors =
            |found: &[(Severity, String, String)]| found.iter().any(|(severity, ..)| *severity == Severity::Error);
        // What only a target shows is valid without one.
        if takes_a_target(example.wrong) && !is_found && errors(&of_wrong) {
            wrong.push(format!("{}: the wrong file is wrong without a target: {of_wrong:?}", rule.id));
        }
        if !takes_a_target(example.wrong) && !is_found {
            wrong.push(format!("{}: expected one of {expected:?}, not {of_wrong:?}", rule.id));
        }
        if errors(&of_right) || of_right.iter().any(is_expected) {
            wrong.push(format!("{}: the right file has {of_right:?}", rule.id));
        }
    }
    none("examples of rules", &wrong);
}

#[test]
fn every_rule_has_a_case_of_each_side_or_a_reason() {
    let mut wrong = Vec::new();
    let cases = Cases::collected();
    for rule in rules() {
        let sides = [
            ("a case with files", rule.no_manifest_case, cases.of(rule, Side::Files)),
            ("a case with a request", rule.no_request_case, cases.of(rule, Side::Requests)),
        ];
        for (what, reason, cases) in sides {
            match (reason, cases.is_empty()) {
                (None, true) => wrong.push(format!("{} has neither {what} nor a reason", rule.id)),
                (Some(_), false) => wrong.push(format!("{} has {what} and a reason why there is none", rule.id)),
                _ => {}
            }
        }
    }
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    for (id, tests) in &cases.files.iter().chain(&cases.requests).collect::<BTreeMap<_, _>>() {
        if !known.contains(id.as_str()) {
            wrong.push(format!("{tests:?} are about {id}, which no document has"));
        }
    }
    none("rules without a case", &wrong);
}

/// Numbers of rules in packs and in the code are those of the table.
#[test]
fn only_rules_of_the_table_are_named() {
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for folder in ["src", "packs", "examples", "tests"] {
        for path in files(&top.join(folder)) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let in_tests = folder == "tests" || path.components().any(|part| part.as_os_str() == "tests");
            for (line, text) in text.lines().enumerate() {
                for id in ids(text).filter(|id| !known.contains(id)) {
                    // Tests of slips name what is not there.
                    if !(in_tests || path.ends_with("diagnostic/rules/mod.rs")) {
                        wrong.push(format!("{}:{}: {id}", path.display(), line + 1));
                    }
                }
            }
        }
    }
    none("numbers of rules that no document has", &wrong);
}

/// A pack names the rules of one document, and each of them is held by what the pack says.
#[test]
fn a_pack_names_the_rules_of_its_own_document() {
    for document in DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("packs/{}.yaml", document.platform));
        let text = fs::read_to_string(path).expect("the pack is there");
        let others: Vec<&str> = ids(&text).filter(|id| !id.starts_with(document.prefix)).collect();
        assert_eq!(others, [""; 0], "{}", document.platform);
    }
}

/// `UPDATE_DOCS=1 cargo test --test it rules` writes it.
#[test]
fn the_page_is_what_the_table_and_the_tests_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOC);
    let page = page(&Cases::collected());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is made");
        fs::write(&path, &page).expect("the page is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "{DOC} is stale: `UPDATE_DOCS=1 cargo test --test it rules` writes it anew");
}

/// Which side of the wire a case is on.
#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Files,
    Requests,
}

/// The tests of each rule, by its number.
#[derive(Default)]
struct Cases {
    files: BTreeMap<String, BTreeSet<String>>,
    requests: BTreeMap<String, BTreeSet<String>>,
}

impl Cases {
    fn collected() -> Self {
        let mut cases = Self::default();
        for (side, of) in [(Side::Files, &mut cases.files), (Side::Requests, &mut cases.requests)] {
            for path in files_of_tests(side) {
                let text = fs::read_to_string(&path).expect("a source file is UTF-8");
                for (test, ids) in tests(&text) {
                    for id in ids {
                        of.entry(id).or_default().insert(test.to_owned());
                    }
                }
            }
        }
        cases
    }

    /// The tests of a rule; without own ones, the rules that are broken with it and have some.
    fn of(&self, rule: &Rule, side: Side) -> Vec<String> {
        let cases = if side == Side::Files { &self.files } else { &self.requests };
        if let Some(own) = cases.get(rule.id) {
            // Those that are named after it say more of it than those that touch it.
            let is_named = |name: &&String| ids_of_name(name).contains(rule.id);
            let named: Vec<&String> = own.iter().filter(is_named).collect();
            let shown = if named.is_empty() { own.iter().collect() } else { named };
            return shown.into_iter().map(|name| format!("`{name}`")).collect();
        }
        let others = rule.held.iter().filter_map(|held| match held {
            Held::With(other) => cases.contains_key(*other).then(|| format!("as {other}")),
            _ => None,
        });
        others.collect()
    }
}

/// The source files of tests that start from files, or that send requests.
pub fn files_of_tests(side: Side) -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in files(&top.join("src")).into_iter().chain(files(&top.join("tests"))) {
        let name = path.strip_prefix(top).expect("below the root").to_string_lossy().replace('\\', "/");
        let is_test = name.starts_with("tests/") || name.contains("/tests/") || name.ends_with("/tests.rs");
        if !is_test || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file is UTF-8");
        // Whoever has a client of ours before the sandbox starts from files, whatever fills it.
        let sends = text.contains("support::raw") && !text.contains("support::organization");
        let is_side = if name.contains("sandbox/") || sends { Side::Requests } else { Side::Files };
        if is_side == side {
            found.push(path);
        }
    }
    found
}

/// The rules that each test of a source file is about.
pub fn ids_of(text: &str) -> BTreeMap<&str, BTreeSet<String>> {
    let mut all = BTreeMap::<&str, BTreeSet<String>>::new();
    for (test, ids) in tests(text) {
        all.entry(test).or_default().extend(ids);
    }
    all
}

/// The tests in a source file, each with the rules that it is about.
fn tests(text: &str) -> Vec<(&str, BTreeSet<String>)> {
    let mut tests: Vec<_> = text.lines().filter_map(|line| row(text, line)).collect();
    let (mut comment, mut is_test) = (String::new(), false);
    for line in text.lines().map(str::trim) {
        let declared = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
        if let Some(words) = line.strip_prefix("///") {
            comment.push_str(words);
        } else if line.starts_with("#[") {
            is_test |= line.contains("test");
        } else {
            if let Some((name, _)) = declared.and_then(|rest| rest.split_once('(')).filter(|_| is_test) {
                let mut ids = ids_of_name(name);
                ids.extend(ids_of_comment(&comment));
                if !ids.is_empty() {
                    tests.push((name, ids));
                }
            }
            comment.clear();
            is_test = false;
        }
    }
    tests
}

/// A row at the head of a file: rules, and the test in it that shows them.
fn row<'a>(text: &'a str, line: &'a str) -> Option<(&'a str, BTreeSet<String>)> {
    let (rules, rest) = line.strip_prefix("//! | ")?.split_once(" | `")?;
    let (name, _) = rest.split_once('`')?;
    text.contains(&format!("fn {name}(")).then(|| (name, ids_of_comment(rules)))
}

/// `r_be_17_to_19_words` is of R-BE-17, R-BE-18 and R-BE-19; `r_be_17_19_words` of two of them.
fn ids_of_name(name: &str) -> BTreeSet<String> {
    let Some(document) = ["r_te_", "r_ut_", "r_be_"].into_iter().find(|prefix| name.starts_with(prefix)) else {
        return BTreeSet::new();
    };
    let prefix = document.trim_end_matches('_').replace('_', "-").to_ascii_uppercase();
    let words = name[document.len()..].split('_');
    let ids = words.map_while(|word| match word {
        "to" => Some(word.to_owned()),
        _ => word.parse::<u32>().ok().map(|number| format!("{prefix}-{number}")),
    });
    spread(ids.collect::<Vec<_>>().iter().map(String::as_str))
}

/// The rules with which a comment begins: those before its first colon or full stop.
fn ids_of_comment(comment: &str) -> BTreeSet<String> {
    let comment = comment.trim_start();
    let beginning = comment.split([':', '.']).next().unwrap_or_default();
    if !DOCUMENTS.iter().any(|document| comment.starts_with(document.prefix)) {
        return BTreeSet::new();
    }
    spread(beginning.split([' ', ',']).filter(|word| *word == "to" || ids(word).next() == Some(word)))
}

/// Numbers of rules, `to` between two of one document standing for those in between.
fn spread<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let number = |id: &str| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or_default();
    let mut all = BTreeSet::new();
    let (mut last, mut is_range) = ("", false);
    for word in words {
        if word == "to" {
            is_range = !last.is_empty();
            continue;
        }
        let first = if is_range { number(last) } else { number(word) };
        let document = word.trim_end_matches(|c: char| c.is_ascii_digit());
        all.extend((first..=number(word)).map(|number| format!("{document}{number}")));
        (last, is_range) = (word, false);
    }
    all
}

#[test]
fn a_test_is_of_the_rules_that_begin_its_name_or_its_comment() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = tests(text).into_iter().flat_map(|(_, ids)| ids).collect();
        assert_eq!(found, expected, "{text}");
    }
    check("#[test]\nfn r_be_24_no_second_administrator() {", &["R-BE-24"]);
    check("    #[tokio::test]\n    async fn r_ut_19_21_mappings() {", &["R-UT-19", "R-UT-21"]);
    check("#[test]\nfn r_be_7_to_9_11_of_2_classes() {", &["R-BE-11", "R-BE-7", "R-BE-8", "R-BE-9"]);
    check(
        "/// R-TE-1 and reading A2, R-TE-3 to\n/// R-TE-4: R-TE-9 is another.\n#[test]\nfn x() {",
        &["R-TE-1", "R-TE-3", "R-TE-4"],
    );
    check("/// Reading A4: R-TE-9.\n#[test]\nfn x() {", &[]);
    check("//! | R-TE-1, R-TE-3 | `x` |\n//! | R-TE-9 | `y` |\nfn x() {", &["R-TE-1", "R-TE-3"]);
    check("/// R-TE-9.\nfn helper() {\n#[test]\nfn x() {", &[]);
}

/// Every number of a rule in a text.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    DOCUMENTS.iter().flat_map(move |document| {
        text.match_indices(document.prefix).filter_map(move |(at, prefix)| {
            let digits = text[at + prefix.len()..].chars().take_while(char::is_ascii_digit).count();
            (digits > 0).then(|| &text[at..at + prefix.len() + digits])
        })
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

const HEAD: &str = "\
# The rules, and where each is held

The packs `total-expert`, `responsive` and `bullseye` hold the rules of three documents of their vendors, numbered here.
Findings, plans and refusals of the sandbox name the rule that they are about; `rolecall explain R-BE-24` says more of one,
with a wrong and a right file.

What can be broken is held twice, without shared code: on the author's side by the checks of the files or by the plan, and on
the platform's side by the sandbox, which refuses the raw request. *Construction* means that nothing can break the rule, and
says why; *with R-…* that whatever breaks it breaks that other rule, which is then named. The last two columns name tests:
such as start from files or states, and such as send requests. Beside them each code of a plan is demanded of a plan on a
sandbox, and each status of a raw request's answer, by `rule_findings`.

This page is generated from the table in `src/diagnostic/rules` and from the names of the tests;
`UPDATE_DOCS=1 cargo test --test it rules` writes it anew, and a test fails when it is stale.
";

fn page(cases: &Cases) -> String {
    let mut page = HEAD.to_owned();
    for document in DOCUMENTS {
        write!(
            page,
            "\n## {}: \"{}\"\n\n| rule | what it says | held by | codes | test with files | test with a request |\n\
             |---|---|---|---|---|---|\n",
            document.platform, document.title
        )
        .expect("text");
        for rule in rules().filter(|rule| rule.document() == document) {
            let held = places(rule);
            let mut codes: Vec<String> = rule.codes().map(|code| format!("`{code}`")).collect();
            codes.dedup();
            let tests = |side, reason: Option<&str>| {
                reason.map_or_else(|| cases.of(rule, side).join("<br>"), |reason| format!("none: {reason}"))
            };
            writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                rule.id,
                rule.in_short(),
                held.join("<br>"),
                codes.join("<br>"),
                tests(Side::Files, rule.no_manifest_case),
                tests(Side::Requests, rule.no_request_case),
            )
            .expect("text");
        }
    }
    page
}

/// Where a rule is held, each place once; its codes stand beside.
fn places(rule: &Rule) -> Vec<String> {
    let statuses = rule.held.iter().filter_map(|held| match held {
        Held::Sandbox(status) => Some(status.to_string()),
        _ => None,
    });
    let statuses = statuses.collect::<Vec<_>>().join(", ");
    let words = rule.held.iter().map(|held| match held {
        Held::Files(_) => "files".to_owned(),
        Held::Plan(_) => "plan".to_owned(),
        Held::With(other) => format!("with {other}"),
        Held::Command(command, what) => format!("`{command}`: {what}"),
        Held::Construction(how) => format!("construction: {how}"),
        Held::Sandbox(_) => format!("sandbox ({statuses})"),
        Held::Unnamed(status) => format!("sandbox ({status}, naming no rule)"),
        Held::BulkRequest(what) => format!("bulk request: {what}"),
        Held::NotChecked(why) => format!("nothing: {why}"),
    });
    let mut words: Vec<String> = words.collect();
    words.dedup();
    words
}
