//! The command line as pipelines and people meet it: the binary itself, its exit codes and what it
//! prints where.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Folder, rolecall, run_in};

#[test]
fn wrong_usage_is_64_and_help_is_a_result() {
    for wrong in [&["--bogus"][..], &["bogus"], &[], &["explain", "a", "b"], &["--color", "pink", "explain"]] {
        let ended = rolecall(wrong);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{wrong:?}");
        assert!(!ended.stderr.is_empty(), "{wrong:?}");
    }
    for right in [&["--help"][..], &["-h"], &["--version"], &["explain", "--help"]] {
        let ended = rolecall(right);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{right:?}");
        assert!(!ended.stdout.is_empty(), "{right:?}");
    }
}

#[test]
fn a_closed_pipe_is_quiet_and_changes_no_exit_code() {
    let empty = Folder::new();
    let mut child =
        empty.command(&["explain"], &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(stderr, "");
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    assert!(!rolecall(&["explain"]).stdout.contains('\u{1b}'));
    assert!(rolecall(&["explain", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!rolecall(&["explain", "--color", "never"]).stdout.contains('\u{1b}'));
}

const ROLES: &str = "roles:\n  Prêteur: { descripton: Vérifie }\n";

#[test]
fn findings_are_a_result_for_people() {
    let project = Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/roles.yaml", ROLES)]);
    let ended = project.run(&["validate"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (10, ""));
    insta::assert_snapshot!(ended.stdout, @"
    error[unknown-key]: `descripton` is not known here
     --> manifests/roles.yaml:2:14
      |
    2 |   Prêteur: { descripton: Vérifie }
      |              ^^^^^^^^^^
      |
      = help: did you mean `description`?

    2 files: 1 error
    ");
}

#[test]
fn findings_are_a_result_for_machines() {
    let project = Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/roles.yaml", ROLES)]);
    for arguments in [&["validate", "--format", "json"][..], &["plan", "--format", "json", "--sandbox"]] {
        let ended = project.run(arguments);
        assert_eq!(ended.code, 10, "{arguments:?}");
        let json: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one document");
        assert_eq!(json["summary"]["errors"], 1);
        assert_eq!(json["diagnostics"][0]["code"], "unknown-key");
        assert_eq!(json["diagnostics"][0]["file"], "manifests/roles.yaml");
        assert_eq!(json["diagnostics"][0]["column"], 14);
    }
}

#[test]
fn files_that_are_no_manifests_have_their_own_answers() {
    let project = "version: 1\nplatform: open\nmanifests: [\"*.yml\"]\n";
    let directory = Folder::of(&[("rolecall.yaml", project), ("empty.yml", "")]);
    let ended = directory.run(&["validate"]);
    assert!(ended.code == 10 && ended.stdout.contains("error[empty-project]"), "{ended:?}");

    std::fs::write(directory.path().join("latin.yml"), b"roles: { Caf\xE9: }\n").expect("written");
    let ended = directory.run(&["validate"]);
    assert!(ended.code == 10 && ended.stdout.contains("latin.yml:1:13"), "{ended:?}");

    let directory = Folder::of(&[("rolecall.yaml", project)]);
    let ended = directory.run(&["validate"]);
    assert!(ended.code == 10 && ended.stdout.contains("error[pattern-without-match]"), "{ended:?}");

    let ended = directory.run(&["validate", "--platform", "opne"]);
    assert!(ended.code == 10 && ended.stderr.contains("did you mean `open`?"), "{ended:?}");

    let ended = directory.run(&["validate", "missing.yaml"]);
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn outside_of_a_project_the_arguments_are_the_set() {
    let directory = Folder::of(&[("a.yaml", "roles: { LO: }\n"), ("b.yaml", "assignments: { ana: LO }\n")]);
    assert_eq!(directory.run(&["validate", "a.yaml"]).code, 64, "which platform?");
    assert_eq!(directory.run(&["validate"]).code, 64, "which files?");
    let ended = directory.run(&["validate", "--platform", "open", "."]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "2 files: valid, 2 objects\n"));
}

#[test]
fn a_path_inside_a_project_chooses_whose_findings_are_shown() {
    let project = Folder::of(&[
        ("rolecall.yaml", "version: 1\nplatform: open\n"),
        ("manifests/roles.yaml", ROLES),
        ("manifests/more.yaml", "roles: { LO: { segmants: [] } }\n"),
    ]);
    let ended = project.run(&["validate", "manifests/more.yaml"]);
    assert_eq!(ended.code, 10);
    assert!(ended.stdout.contains("segmants") && !ended.stdout.contains("descripton"), "{}", ended.stdout);
    assert!(ended.stderr.contains("1 more error"), "{}", ended.stderr);
    let stranger = Folder::of(&[("a.yaml", "roles: { LO: }\n")]);
    let sound =
        Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/a.yaml", "roles: { LO: }\n")]);
    let ended = sound.run(&["validate", &stranger.path().join("a.yaml").display().to_string()]);
    assert!(ended.code == 64 && ended.stderr.contains("is no file of the project"), "{ended:?}");
    let from_elsewhere = run_in(Path::new("/"), &["-C", &project.path().display().to_string(), "validate"]);
    assert_eq!(from_elsewhere.code, 10);
}

#[test]
fn schemas_are_written_and_checked() {
    let empty = Folder::new();
    assert_eq!(empty.run(&["schema"]).code, 64);
    assert_eq!(empty.run(&["schema", "--out", "s"]).code, 0);
    assert_eq!(empty.run(&["schema", "--check", "s"]).code, 0);
    let path = empty.path().join("s/open.schema.json");
    let text = std::fs::read_to_string(&path).expect("written");
    std::fs::write(&path, text.replace("2020-12", "2019-09")).expect("written");
    let ended = empty.run(&["schema", "--check", "s"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stdout.contains("-  \"$schema\": \"https://json-schema.org/draft/2019-09/schema\""),
        "{}",
        ended.stdout
    );
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(run_in(ours, &["schema", "--check"]).code, 0, "the schemas in this repository are fresh");
}

#[test]
fn logs_for_machines_are_json_lines() {
    let project =
        Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/a.yaml", "roles: { LO: }\n")]);
    let ended = project.run(&["--log-format", "json", "plan", "--sandbox"]);
    assert_eq!(ended.code, 0);
    for line in ended.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        assert!(event["level"].is_string() && event["message"].is_string(), "{line}");
    }
    assert!(!ended.stderr.is_empty());
    assert_eq!(project.run(&["-q", "plan", "--sandbox"]).stderr, "");
}

#[test]
fn the_help_lists_the_commands_that_there_are() {
    insta::assert_snapshot!(rolecall(&["-h"]).stdout, @"
    The user roles of a SaaS platform as code: validate, plan and apply over SCIM 2.0

    Usage: rolecall [OPTIONS] <COMMAND>

    Commands:
      init      Make a project for a platform: its file, a beginning of manifests, schemas for editors,
                and the jobs of a pipeline
      validate  Check the files, offline, and show all that is wrong with them
      plan      Show what apply would do; nothing is written
      show      Show a saved plan, offline
      apply     Plan, show the plan, ask, and carry it out
      resume    Go on with an apply that was stopped, was killed or failed in part
      undo      Take an apply back: plan the values of before, show, ask, and carry it out
      bulk      Change the classifications and segments of many roles by one request
      history   List the applies, show one step by step, or check that nobody has edited their journals
      pull      Write what a target holds as manifests; the target is only read
      drift     Compare live with the files, and tell what changed live from what changed in the files;
                nothing is written
      access    Say who can do what: one user, or one of the questions below; on the target, or offline
                on the files or a saved plan
      schema    Write the JSON Schemas of all files, or check that written ones are fresh
      explain   Say what a code or a rule means, with a wrong and a right file; without one, list all
      doctor    Check whether a target is as it announces, and say what rolecall does about it
      generate  Write completions for a shell, or manual pages
      sandbox   Serve a platform in a box: a SCIM 2.0 service over SQLite that enforces the platform's
                rules

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Everywhere:
      -C, --directory <DIR>    The project's directory, instead of looking for `rolecall.yaml` from here
                               upwards [env: ROLECALL_DIRECTORY]
          --color <WHEN>       Colours in what is printed [env: ROLECALL_COLOR] [default: auto]
                               [possible values: auto, always, never]
      -q, --quiet              Only results and errors [env: ROLECALL_QUIET]
      -v, --verbose...         Say more about what happens; twice for every request [env:
                               ROLECALL_VERBOSE]
          --log-format <FORM>  The form of what is written to stderr [env: ROLECALL_LOG_FORMAT]
                               [default: text] [possible values: text, json]

    Every flag has an environment name, which the help of its command shows: `ROLECALL_URL` for what
    means the same everywhere, `ROLECALL_PLAN_OUT` for what one command is told; a flag wins over its
    variable.

      rolecall validate                          check the files of the project around this folder
      rolecall plan --sandbox                    what would be done, on a platform in a box
      rolecall apply --sandbox                   do it there
      rolecall explain unknown-key               what a finding means
    ");
}

#[test]
fn every_command_has_help_that_fits_a_window() {
    let commands = ["validate", "plan", "show", "apply", "history", "schema", "explain", "sandbox", "bulk"];
    let parts = ["bulk template", "bulk plan", "bulk apply", "bulk request"];
    for name in commands.into_iter().chain(parts) {
        let arguments: Vec<&str> = name.split(' ').chain(["--help"]).collect();
        let help = rolecall(&arguments);
        assert_eq!(help.code, 0, "{name}");
        let longest = help.stdout.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{name}: {longest:?}");
    }
}

#[test]
fn variables_stand_for_flags_and_a_flag_wins() {
    let project = Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/roles.yaml", ROLES)]);
    let as_json = project.run_with(&["validate"], &[("ROLECALL_VALIDATE_FORMAT", "json")]);
    assert!(as_json.code == 10 && as_json.stdout.starts_with('{'), "{as_json:?}");
    let told = project.run_with(&["validate", "--format", "text"], &[("ROLECALL_VALIDATE_FORMAT", "json")]);
    assert!(told.code == 10 && told.stdout.starts_with("error["), "{told:?}");
    let of_another = project.run_with(&["validate"], &[("ROLECALL_PLAN_FORMAT", "no such form")]);
    assert!(of_another.code == 10 && of_another.stdout.starts_with("error["), "{of_another:?}");
    let elsewhere = Folder::new();
    let directory = project.path().display().to_string();
    assert_eq!(elsewhere.run_with(&["validate"], &[("ROLECALL_DIRECTORY", &directory)]).code, 10);
}

#[test]
fn a_switch_in_a_variable_is_a_yes_or_a_no() {
    let project =
        Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/roles.yaml", "roles: { LO: }\n")]);
    for (value, code) in
        [("true", 2), ("1", 2), ("yes", 2), ("false", 0), ("0", 0), ("no", 0), ("", 0), ("perhaps", 64)]
    {
        let ended = project.run_with(&["plan", "--sandbox"], &[("ROLECALL_PLAN_DETAILED_EXITCODE", value)]);
        assert_eq!(ended.code, code, "{value}: {ended:?}");
    }
    // A switch that is off is not there: nothing excludes it, and it needs nothing.
    let off = [("ROLECALL_QUIET", "no"), ("ROLECALL_SANDBOX_RESET", "false"), ("ROLECALL_SANDBOX", "0")];
    assert_eq!(project.run_with(&["validate", "-v"], &off).code, 0);
    assert_eq!(project.run_with(&["plan", "--url", "http://127.0.0.1:9/"], &off).code, 64, "no token");
    let quiet = project.run_with(&["plan", "--sandbox"], &[("ROLECALL_QUIET", "yes"), ("ROLECALL_VERBOSE", "2")]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    let told = project.run_with(&["plan", "--sandbox", "-vv"], &[("ROLECALL_QUIET", "yes")]);
    assert!(told.code == 0 && !told.stderr.is_empty());
    assert_eq!(project.run(&["plan", "--sandbox", "-v", "-q"]).code, 64);
}

#[test]
fn what_a_variable_breaks_names_the_variable() {
    let project =
        Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n"), ("manifests/roles.yaml", "roles: { LO: }\n")]);
    let ended = project.run_with(&["apply", "--sandbox", "--plan", "plan.json"], &[("ROLECALL_ONLY", "role/LO")]);
    assert!(ended.code == 64 && ended.stderr.contains("the variable `ROLECALL_ONLY` is set"), "{ended:?}");
    let ended = project.run_with(&["plan", "--sandbox"], &[("ROLECALL_ONLY", "role/LO\nrole/L*")]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let help = project.run_with(&["plan", "--help"], &[("ROLECALL_URL", "http://u:s3cret@x"), ("ROLECALL_QUIET", "0")]);
    assert!(help.stdout.contains("[env: ROLECALL_QUIET]") && !help.stdout.contains("s3cret"), "{}", help.stdout);
}
