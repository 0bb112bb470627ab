//! `rolecall explain` knows every code and every rule.

use rolecall::bulk::{self, Form};
use rolecall::diagnostic::{Code, Severity, Stage, example, rules};
use rolecall::source::Sources;
use rolecall::{manifest, platform};

use crate::support::{Folder, rolecall};

#[test]
fn every_code_and_every_rule_is_listed_and_explained() {
    let list = rolecall(&["explain"]);
    assert_eq!(list.code, 0);
    let listed: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let codes = Code::ALL.iter().map(|code| code.name());
    assert_eq!(listed, codes.chain(rules().map(|rule| rule.id)).collect::<Vec<_>>());
    let one = rolecall(&["explain", "duplicate-key"]);
    assert_eq!(one.code, 0);
    assert!(one.stdout.contains("Wrong\n") && one.stdout.contains("Right\n"), "{}", one.stdout);
}

#[test]
fn a_code_is_found_as_it_is_printed_and_a_slip_is_helped() {
    assert_eq!(rolecall(&["explain", "error[tag]"]).code, 0);
    let slip = rolecall(&["explain", "unknwn-key"]);
    assert_eq!((slip.code, slip.stdout.as_str()), (64, ""));
    assert!(slip.stderr.contains("did you mean `unknown-key`?"), "{}", slip.stderr);
}

#[test]
fn a_rule_is_explained_with_its_reading_its_places_and_its_source() {
    let one = rolecall(&["explain", "r-be-39"]);
    assert_eq!(one.code, 0);
    insta::assert_snapshot!(one.stdout, @r#"
    R-BE-39 (a rule of bullseye)

    Before a role is deleted, whoever has it is given a different one.

    Read as
        the other role may be of another class; then somebody has to say so, with `--acknowledge` (C8)

    Held by
        files: `reassign-cycle`, found without a target
        files: `removed-role-named`, found without a target
        plan: `held-role`, found when the live state is read
        plan: `needs-word`, found when the live state is read
        sandbox: refuses the raw request with 409

    Wrong
        removed:
          roles: { Trial Rep: { reassign_to: Trial Rep } }

    Right
        removed:
          roles: { Trial Rep: { reassign_to: Account User } }

    Source
        "Create custom roles": Delete Roles, reassignment
    "#);
    assert_eq!(rolecall(&["explain", "(R-BE-39)"]).stdout, one.stdout);
    let slip = rolecall(&["explain", "R-BE-41"]);
    assert_eq!((slip.code, slip.stdout.as_str()), (64, ""));
    assert!(slip.stderr.contains("did you mean `R-BE-1`"), "{}", slip.stderr);
}

#[test]
fn a_code_lists_the_rules_that_it_can_name() {
    let one = rolecall(&["explain", "held-role"]);
    let rules = one.stdout.split("Rules that it can name\n").nth(1).expect("it can name one");
    assert_eq!(rules, "    R-BE-39  Before a role is deleted, whoever has it is given a different one.\n");
    assert!(!rolecall(&["explain", "duplicate-key"]).stdout.contains("Rules"));
}

#[test]
fn explanations_are_json_where_that_is_asked_for() {
    let json = |arguments: &[&str]| -> serde_json::Value {
        let run = rolecall(&[&["explain", "--format", "json"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
        assert_eq!(document["format_version"], 1);
        document
    };
    let all = json(&[]);
    assert_eq!(all["codes"].as_array().map(Vec::len), Some(Code::ALL.len()));
    assert_eq!(all["rules"].as_array().map(Vec::len), Some(rules().count()));
    let code = json(&["held-role"]);
    assert_eq!(code["code"]["rules"], serde_json::json!(["R-BE-39"]));
    let rule = json(&["R-UT-26"]);
    assert_eq!(rule["rule"]["held"][0], serde_json::json!({ "by": "plan", "code": "no-seat" }));
    assert_eq!(rule["rule"]["held"][1], serde_json::json!({ "by": "sandbox", "status": 409 }));
    assert_eq!(rule["rule"]["source"]["document"], "Understanding roles and user types");
}

/// Codes whose example is not a manifest, and is looked at on the project's side.
const NOT_MANIFESTS: &[Code] = &[
    Code::PatternWithoutMatch,
    Code::UnknownPlatform,
    Code::UnknownEnvironment,
    Code::BadSetting,
    Code::BadPack,
    Code::NotUtf8,
];

/// Codes that a vendor's rule is needed for.
const ON_TOTAL_EXPERT: &[Code] = &[
    Code::NotEnabled,
    Code::NoPermissions,
    Code::MoreThanStated,
    Code::NeedsWord,
    Code::UnmetExpectation,
    Code::ImpossibleLive,
    Code::CatalogueDiffers,
    Code::BulkBySupport,
];

/// Codes of bulk requests, whose example is a table.
const TABLES: &[Code] = &[Code::BadTable, Code::UnknownColumn, Code::TableCell, Code::ReadAs];

const ON_BULLSEYE: &[Code] = &[
    Code::LockedRole,
    Code::ReservedValues,
    Code::ViewMissing,
    Code::Replace,
    Code::NotReplaceable,
    Code::NoSubscription,
    Code::BeyondAuthority,
    Code::InterruptedReplacement,
    Code::TakenIn,
    Code::OrganizationUnknown,
];

const ON_RESPONSIVE: &[Code] = &[Code::PermissionBeyondType, Code::CheaperUserType, Code::SeatsMiscounted];

/// Codes whose example is cut short: the file itself would be too large to read.
const TOO_LARGE: &[Code] = &[Code::FileTooLarge, Code::MoreFindings];

fn platform_of(code: Code) -> &'static str {
    let platforms = [(ON_TOTAL_EXPERT, "total-expert"), (ON_BULLSEYE, "bullseye"), (ON_RESPONSIVE, "responsive")];
    platforms.into_iter().find(|(codes, _)| codes.contains(&code)).map_or("open", |(_, platform)| platform)
}

#[test]
fn the_wrong_manifest_has_the_finding_and_the_right_one_has_none() {
    let others = [NOT_MANIFESTS, TOO_LARGE, TABLES].concat();
    for &code in Code::ALL.iter().filter(|code| code.stage() < Stage::Plan && !others.contains(code)) {
        let example = example(code).expect("every code has one");
        let wrong = codes_of(example.wrong, platform_of(code));
        assert!(wrong.contains(&code), "{code}: {wrong:?}");
        assert_eq!(codes_of(example.right, platform_of(code)), [], "{code}");
    }
}

#[test]
fn the_wrong_table_has_the_finding_and_the_right_one_has_none() {
    for &code in TABLES {
        let example = example(code).expect("every code has one");
        assert!(codes_of_request(example.wrong, Form::Csv, "total-expert").contains(&code), "{code}");
        assert_eq!(codes_of_request(example.right, Form::Csv, "total-expert"), [], "{code}");
    }
}

#[test]
fn what_only_a_target_shows_is_valid_offline() {
    // Those of bulk requests have such as their example.
    let others = [Code::GuardOff, Code::OneByOne, Code::ByBulk];
    for &code in Code::ALL.iter().filter(|code| code.stage() == Stage::Plan && !others.contains(code)) {
        let example = example(code).expect("every code has one");
        for file in [example.wrong, example.right] {
            let found = codes_of(file, platform_of(code));
            assert!(found.iter().all(|code| code.severity() != Severity::Error), "{code}: {found:?} in\n{file}");
            assert!(file.starts_with("# ") || file == example.right, "{code}: what is live is said first");
        }
        assert_ne!(example.wrong, example.right, "{code}");
    }
}

#[test]
fn the_wrong_project_has_the_finding_and_the_right_one_has_not() {
    for &code in &NOT_MANIFESTS[..4] {
        let example = example(code).expect("every code has one");
        for (file, is_wrong) in [(example.wrong, true), (example.right, false)] {
            let folder = Folder::of(&[("rolecall.yaml", file)]);
            for manifest in ["manifests/roles.yaml", "manifests/people/ana.yaml"] {
                // The pattern that matches nothing is the one that means people.
                if !(is_wrong && code == Code::PatternWithoutMatch && manifest.contains("people")) {
                    let role = manifest.len();
                    folder.write(manifest, format!("roles: {{ R{role}: }}\n"));
                }
            }
            let run = folder.run(&["validate", "--format", "json"]);
            let named = run.stdout.contains(&format!("\"{}\"", code.name()));
            assert_eq!(named, is_wrong, "{code}: {}", run.stdout);
        }
    }
}

fn codes_of_request(text: &str, form: Form, platform: &str) -> Vec<Code> {
    let pack = platform::built_in(platform).expect("it is built in");
    let found = bulk::read("request", text.as_bytes(), form, &pack).found;
    found.sorted().into_iter().map(|finding| finding.code).collect()
}

fn codes_of(manifest: &str, platform: &str) -> Vec<Code> {
    if manifest.contains("\nbulk:\n") {
        return codes_of_request(manifest, Form::Yaml, platform);
    }
    let pack = platform::built_in(platform).expect("it is built in");
    let mut sources = Sources::default();
    let source = sources.add("roles.yaml", manifest);
    let (_, found, _) = manifest::read(&sources, &[source], &pack);
    found.sorted().into_iter().map(|finding| finding.code).collect()
}
