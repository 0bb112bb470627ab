//! The forms of findings as pipelines take them: SARIF against its published schema, annotations, JUnit;
//! whatever the form, the exit code is the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Folder, Run, run_in};

/// The schema as its committee published it, out of the sources of a crate that carries it.
fn published_schema() -> Value {
    let cargo = std::env::var_os("CARGO").expect("tests are run by cargo");
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--locked", "--offline"]);
    let output = metadata.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let carrier = packages.iter().find(|package| package["name"] == "serde-sarif").expect("it is a dependency");
    let manifest = Path::new(carrier["manifest_path"].as_str().expect("a path"));
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("it is there");
    // This edition has a bracket too many in the pattern of languages.
    serde_json::from_str(&text.replace("{2}]?$", "{2}?$")).expect("it is JSON")
}

fn broken() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/broken");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    // Tables are requests, and no manifests.
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "csv"));
    paths.sort();
    paths
}

fn validate(path: &Path, arguments: &[&str]) -> Run {
    let shown = path.display().to_string();
    let mut words = vec!["validate", shown.as_str()];
    if !path.is_dir() {
        words.extend(["--platform", "open"]);
    }
    words.extend(arguments);
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), &words)
}

#[test]
fn sarif_is_what_its_schema_says_for_every_finding_that_there_is() {
    let schema = jsonschema::options().should_validate_formats(true).build(&published_schema()).expect("a schema");
    for path in broken() {
        let ended = validate(&path, &["--format", "sarif"]);
        let log: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        let wrong: Vec<String> =
            schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{}: {}", path.display(), wrong.join("\n"));
        // The types that others generated from the schema take it, too.
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&ended.stdout).expect("it is SARIF");
        let results = read.runs[0].results.as_ref().expect("results");
        let name = path.file_stem().and_then(|name| name.to_str());
        assert_eq!(results.iter().map(|result| result.rule_id.as_deref()).collect::<Vec<_>>(), [name]);
        let location = results[0].locations.as_ref().and_then(|all| all[0].physical_location.as_ref());
        let artifact = location.and_then(|location| location.artifact_location.as_ref()).expect("a file");
        let uri = artifact.uri.as_deref().expect("a URI");
        assert!(uri.starts_with("examples/broken/"), "{uri}");
    }
}

#[test]
fn the_form_never_changes_the_exit_code() {
    for path in broken().iter().step_by(6) {
        let expected = validate(path, &[]).code;
        for form in ["json", "sarif", "github", "junit"] {
            let ended = validate(path, &["--format", form]);
            assert_eq!((ended.code, ended.stderr.as_str()), (expected, ""), "{} as {form}", path.display());
        }
    }
}

const ROLES: &str = "roles:\n  LO: { descripton: x, segments: [Retail, retail] }\nsegments: { Retail: }\n";

/// A repository with a project in a folder of it.
fn repository(roles: &str) -> Folder {
    Folder::of(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("teams/a/rolecall.yaml", "version: 1\nplatform: open\n"),
        ("teams/a/manifests/roles.yaml", roles),
        ("teams/a/manifests/users.yaml", "assignments: {}\n"),
    ])
}

#[test]
fn files_are_named_from_the_root_of_the_repository_wherever_the_run_is() {
    let repository = repository(ROLES);
    let annotations = repository.run(&["-C", "teams/a", "validate", "--format", "github"]);
    insta::assert_snapshot!(annotations.stdout, @"
    ::error file=teams/a/manifests/roles.yaml,line=2,col=9,endLine=2,endColumn=19,title=unknown-key::`descripton` is not known here%0Ahelp: did you mean `description`?
    ::warning file=teams/a/manifests/roles.yaml,line=2,col=43,endLine=2,endColumn=49,title=equal-items::`retail` is in `segments` already%0Ateams/a/manifests/roles.yaml:2:35: first given here%0Ahelp: remove one of the two; the list is a set
    3 files: 1 error, 1 warning
    ");
    for folder in ["teams", "teams/a", "teams/a/manifests"] {
        let project = if folder == "teams" { "a" } else { repository.path().to_str().expect("a path") };
        let project = Path::new(project).join(if folder == "teams" { "" } else { "teams/a" });
        let words = ["-C", project.to_str().expect("a path"), "validate", "--format", "github"];
        let ended = run_in(&repository.path().join(folder), &words);
        assert_eq!(ended.stdout, annotations.stdout, "{folder}");
    }
}

#[test]
fn one_run_writes_every_form_that_is_asked_for() {
    let repository = repository(ROLES);
    let ended = repository.run(&[
        "-C",
        "teams/a",
        "validate",
        "--output",
        "sarif=findings.sarif",
        "--output",
        "junit=junit.xml",
        "--output",
        "human=findings.txt",
    ]);
    assert_eq!((ended.code, ended.stdout.as_str()), (10, repository.read("findings.txt").as_str()));
    let sarif: Value = serde_json::from_str(&repository.read("findings.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    let junit = quick_junit::Report::deserialize_from_str(&repository.read("junit.xml")).expect("JUnit");
    assert_eq!((junit.test_suites.len(), junit.tests, junit.failures), (3, 4, 1));
}

#[test]
fn where_warnings_count_as_errors_they_fail_their_test() {
    let repository = repository("roles:\n  LO: { segments: [Retail, retail] }\nsegments: { Retail: }\n");
    for (deny, code, failures) in [(None, 0, 0), (Some("--deny-warnings"), 10, 1)] {
        let words: Vec<&str> = ["-C", "teams/a", "validate", "--format", "junit"].into_iter().chain(deny).collect();
        let ended = repository.run(&words);
        let junit = quick_junit::Report::deserialize_from_str(&ended.stdout).expect("JUnit");
        assert_eq!((ended.code, junit.failures), (code, failures), "{}", ended.stdout);
    }
}

#[test]
fn what_is_no_finding_is_said_beside_the_result_as_before() {
    let empty = Folder::new();
    for form in ["sarif", "github", "junit"] {
        let ended = empty.run(&["validate", "--format", form]);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{form}");
        let ended = empty.run(&["validate", "--platform", "open", "missing.yaml", "--format", form]);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{form}");
        assert!(!ended.stderr.is_empty(), "{form}");
    }
}
