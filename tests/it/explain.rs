//! `rolecall explain` knows every code.

use rolecall::diagnostic::{Code, Severity, Stage, example};
use rolecall::source::Sources;
use rolecall::{manifest, platform};

use crate::support::{Folder, rolecall};

#[test]
fn every_code_is_listed_and_explained() {
    let list = rolecall(&["explain"]);
    assert_eq!(list.code, 0);
    let codes: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(codes.len(), Code::ALL.len());
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
    let others = [NOT_MANIFESTS, TOO_LARGE].concat();
    for &code in Code::ALL.iter().filter(|code| code.stage() < Stage::Plan && !others.contains(code)) {
        let example = example(code).expect("every code has one");
        let wrong = codes_of(example.wrong, platform_of(code));
        assert!(wrong.contains(&code), "{code}: {wrong:?}");
        assert_eq!(codes_of(example.right, platform_of(code)), [], "{code}");
    }
}

#[test]
fn what_only_a_target_shows_is_valid_offline() {
    for &code in Code::ALL.iter().filter(|code| code.stage() == Stage::Plan && **code != Code::GuardOff) {
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

fn codes_of(manifest: &str, platform: &str) -> Vec<Code> {
    let pack = platform::built_in(platform).expect("it is built in");
    let mut sources = Sources::default();
    let source = sources.add("roles.yaml", manifest);
    let (_, found, _) = manifest::read(&sources, &[source], &pack);
    found.sorted().into_iter().map(|finding| finding.code).collect()
}
