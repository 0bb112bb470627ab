//! `rolecall explain` knows every code.

use rolecall::diagnostic::{Code, example};
use rolecall::source::Sources;
use rolecall::{manifest, platform};

use crate::cli::rolecall;

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
const ON_TOTAL_EXPERT: &[Code] = &[Code::NotEnabled, Code::NoPermissions];

#[test]
fn the_wrong_manifest_has_the_finding_and_the_right_one_has_none() {
    for &code in Code::ALL.iter().filter(|code| !NOT_MANIFESTS.contains(code)) {
        let Some(example) = example(code) else { continue };
        let platform = if ON_TOTAL_EXPERT.contains(&code) { "total-expert" } else { "open" };
        let wrong = codes_of(example.wrong, platform);
        assert!(wrong.contains(&code), "{code}: {wrong:?}");
        assert_eq!(codes_of(example.right, platform), [], "{code}");
    }
}

fn codes_of(manifest: &str, platform: &str) -> Vec<Code> {
    let pack = platform::built_in(platform).expect("it is built in");
    let mut sources = Sources::default();
    let source = sources.add("roles.yaml", manifest);
    let (_, found, _) = manifest::read(&sources, &[source], &pack);
    found.sorted().into_iter().map(|finding| finding.code).collect()
}
