//! The main job as a pipeline runs it: validate, plan, apply and again, against a sandbox, with
//! every exit code on the way.

use crate::support::{Folder, Run, Server, TOKEN, VIEWER};

const PROJECT: &str = "version: 1\nplatform: open\nowner: acme\n";
const MANIFEST: &str = "\
segments: { Retail Mortgage: , Insurance: }
user_types:
  Business user: { licenses: 40 }
roles:
  Loan Officer:
    description: Originates loans
    segments: [Retail Mortgage]
    user_type: Business user
    permissions: { campaigns: [view, create] }
assignments:
  ana@example.com: { role: Loan Officer, name: Ana Diaz }
  bo@example.com: Loan Officer
";

fn project() -> Folder {
    Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", MANIFEST)])
}

#[track_caller]
fn check(folder: &Folder, arguments: &[&str], code: i32) -> Run {
    folder.run(arguments).expect(code)
}

#[test]
fn apply_then_plan_is_nothing_to_do_and_a_changed_line_is_one_change() {
    let project = project();
    let first = check(&project, &["apply", "--sandbox", "--yes"], 0);
    assert_eq!(first.last_line(), "Applied: 6 created, 0 updated, 0 deleted; 6 writes");
    let second = check(&project, &["apply", "--sandbox", "--yes"], 0);
    assert_eq!(second.last_line(), "Nothing to do: 0 writes");
    check(&project, &["plan", "--sandbox", "--detailed-exitcode"], 0);
    project.edit("manifests/all.yaml", "segments: [Retail Mortgage]", "segments: [Insurance]");
    let plan = check(&project, &["plan", "--sandbox", "--detailed-exitcode"], 2);
    let roles = plan.stdout.split_once("Roles").expect("roles change").1;
    insta::with_settings!({filters => vec![("digest [0-9a-f]+", "digest …")]}, {
        insta::assert_snapshot!(format!("Roles{roles}"), @"
        Roles (1)
          ~ role/Loan Officer  manifests/all.yaml:5
              segments: + Insurance, - Retail Mortgage

        Plan: 0 to create, 1 to update, 0 to replace, 0 to delete; 5 unchanged; 1 request; digest …
        ");
    });
    assert_eq!(std::fs::read_to_string(project.path().join(".rolecall/.gitignore")).expect("it is there"), "*\n");
}

#[test]
fn a_plan_before_the_first_apply_leaves_nothing_behind() {
    let project = project();
    check(&project, &["plan", "--sandbox", "--detailed-exitcode"], 2);
    assert!(!project.path().join(".rolecall").exists());
}

#[test]
fn a_saved_plan_is_applied_as_it_stands_or_refused() {
    let project = project();
    let at = |arguments: &[&str], code| check(&project, arguments, code);
    let plan = at(&["plan", "--sandbox", "--out", "p.json", "--format", "json"], 0);
    let saved = std::fs::read_to_string(project.path().join("p.json")).expect("it is saved");
    assert_eq!(saved, plan.stdout, "a saved plan is the plan's JSON");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(project.path().join("p.json")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(at(&["show", "p.json", "--format", "json"], 0).stdout, saved);
    assert!(at(&["show", "p.json"], 0).stdout.contains("Plan: 6 to create"));
    let hint = at(&["apply", "p.json", "--sandbox", "--yes"], 64);
    assert!(hint.stderr.contains("--plan p.json"), "{}", hint.stderr);

    let edited = saved.replace("ana@example.com", "eve@example.com");
    std::fs::write(project.path().join("edited.json"), edited).expect("written");
    at(&["apply", "--sandbox", "--plan", "edited.json"], 6);
    at(&["show", "rolecall.yaml"], 64);

    let done = at(&["apply", "--sandbox", "--plan", "p.json"], 0);
    assert_eq!(done.last_line(), "Applied: 6 created, 0 updated, 0 deleted; 6 writes");
    let again = at(&["apply", "--sandbox", "--plan", "p.json", "--run-dir", "elsewhere"], 6);
    assert!(again.stderr.contains("the plan is stale"), "{}", again.stderr);
}

#[test]
fn only_the_expected_plan_is_applied() {
    let project = project();
    let plan = check(&project, &["plan", "--sandbox"], 0);
    let digest = plan.last_line().rsplit(' ').next().expect("the digest").to_owned();
    check(&project, &["apply", "--sandbox", "--yes", "--expect", "short"], 64);
    check(&project, &["apply", "--sandbox", "--yes", "--expect", "0000000000000000"], 6);
    check(&project, &["apply", "--sandbox", "--yes", "--expect", &digest], 0);
}

#[test]
fn a_selector_of_one_object_that_is_nowhere_is_wrong_usage() {
    let project = project();
    for flag in ["--only", "--except"] {
        for selector in ["role", "role/Nothing*", "role/loan  OFFICER", "user/ANA@example.com"] {
            check(&project, &["plan", "--sandbox", flag, selector], 0);
        }
        for selector in ["role/Loan Oficer", "user/anna@example.com", "segment/Loan Officer"] {
            let ended = check(&project, &["plan", "--sandbox", flag, selector], 64);
            assert!(ended.stderr.contains("names nothing in the files or on the target"), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_refused_plan_is_printed_and_nothing_is_written() {
    let lines = |users: std::ops::Range<u32>, end: &str| -> String {
        users.map(|i| ["  u", &i.to_string(), end].concat()).collect()
    };
    let people = lines(0..12, "@example.com: Loan Officer\n");
    let project = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &format!("{MANIFEST}{people}"))]);
    check(&project, &["apply", "--sandbox", "--yes"], 0);
    let removed = lines(0..6, "@example.com: deactivate\n").replace("  u", "    u");
    let kept = lines(6..12, "@example.com: Loan Officer\n");
    let text = format!("{MANIFEST}{kept}removed:\n  users:\n{removed}");
    std::fs::write(project.path().join("manifests/all.yaml"), text).expect("written");
    let plan = check(&project, &["plan", "--sandbox", "--detailed-exitcode"], 5);
    assert!(plan.stdout.contains("error[removals]"), "{}", plan.stdout);
    let apply = check(&project, &["apply", "--sandbox", "--yes", "--format", "json"], 5);
    let json: serde_json::Value = serde_json::from_str(&apply.stdout).expect("one document");
    assert_eq!((json["writes"].as_u64(), json["outcomes"].as_array().map(Vec::len)), (Some(0), Some(0)));
    let allowed = check(&project, &["apply", "--sandbox", "--yes", "--allow", "removals=6"], 0);
    assert!(allowed.stdout.contains("allowed[removals]"), "{}", allowed.stdout);
    assert_eq!(allowed.last_line(), "Applied: 0 created, 6 updated, 0 deleted; 6 writes");
}

#[test]
fn apply_as_json_is_one_document() {
    let project = project();
    let apply = check(&project, &["apply", "--sandbox", "--yes", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&apply.stdout).expect("one document");
    assert_eq!(json["plan"]["summary"]["create"], 6);
    assert_eq!(json["summary"]["created"], 6);
    assert_eq!(json["outcomes"][0]["outcome"], "applied");
    assert_eq!(json["writes"], 6);
}

#[test]
fn what_nobody_can_answer_is_wrong_usage() {
    let project = project();
    let ended = check(&project, &["apply", "--sandbox"], 64);
    assert!(ended.stderr.contains("--yes"), "{}", ended.stderr);
    let text =
        format!("{PROJECT}environments:\n  live: {{ target: {{ url: http://127.0.0.1:1/scim/v2 }}, confirm: name }}\n");
    std::fs::write(project.path().join("rolecall.yaml"), text).expect("written");
    let ended = check(&project, &["apply", "--yes", "--env", "live"], 64);
    assert!(ended.stderr.contains("--confirm live"), "{}", ended.stderr);
    let ended = check(&project, &["plan"], 64);
    assert!(ended.stderr.contains("--env"), "{}", ended.stderr);
    check(&project, &["apply", "--yes", "--env", "live", "--confirm", "life"], 64);
}

#[test]
fn the_target_and_its_token_are_checked_in_order() {
    let project = project();
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        let run = project.run_with(arguments, variables);
        (Some(run.code), run.stderr)
    };
    let (code, words) = with(&[], &["plan"]);
    assert!(code == Some(64) && words.contains("there is no target"), "{words}");
    let url = [("ROLECALL_URL", "http://127.0.0.1:1/scim/v2")];
    let (code, words) = with(&url, &["plan"]);
    assert!(code == Some(64) && words.contains("ROLECALL_TOKEN"), "{words}");
    let all = [url[0], ("ROLECALL_TOKEN", "s3cret-value")];
    let (code, words) = with(&all, &["plan", "-vv"]);
    assert!(code == Some(1) && words.contains("nothing listens there") && !words.contains("s3cret"), "{words}");
    // The pin is looked at first: the token is not even missing yet.
    let pin = [url[0], ("ROLECALL_PIN_URL", "https://roles.example.com/scim/v2")];
    let (code, words) = with(&pin, &["plan"]);
    assert!(code == Some(3) && words.contains("pinned"), "{words}");
    let (code, words) = with(&all, &["plan", "--url", "http://roles.example.com/scim/v2"]);
    assert!(code == Some(64) && words.contains("in the clear"), "{words}");
    let (code, _) = with(&all, &["plan", "--token-file", "none"]);
    assert_eq!(code, Some(1));
}

#[test]
fn a_token_command_runs_only_when_it_is_allowed() {
    let text = format!(
        "{PROJECT}target:\n  url: http://127.0.0.1:1/scim/v2\n  token: {{ command: [sh, -c, 'touch ran; echo t'] }}\n"
    );
    let project = Folder::of(&[("rolecall.yaml", &text), ("manifests/all.yaml", MANIFEST)]);
    let ended = check(&project, &["plan"], 3);
    assert!(ended.stderr.contains("--allow-token-command"), "{}", ended.stderr);
    assert!(!project.path().join("ran").exists());
    // The environment wins, so nothing needs to run.
    let _ = project.run_with(&["plan"], &[("ROLECALL_TOKEN", "t")]).expect(1);
}

#[test]
fn a_served_sandbox_keeps_what_it_acknowledged_and_knows_its_tokens() {
    let project = project();
    let server = Server::start(&project, "open", "box.db");
    let at = |token, arguments: &[&str], code| project.run_with(arguments, &server.environment_of(token)).expect(code);
    assert!(at("wrong", &["plan"], 3).stderr.contains("401"));
    assert!(at(VIEWER, &["apply", "--yes"], 3).stderr.contains("may only read"));
    at(VIEWER, &["plan", "--detailed-exitcode"], 2);
    assert!(at(TOKEN, &["apply", "--yes"], 0).stdout.contains("6 writes"));
    // Killed, not stopped: what was acknowledged is there when it is started again.
    drop(server);
    let server = Server::start(&project, "open", "box.db");
    let again = project.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    assert_eq!(again.last_line(), "Nothing to do: 0 writes");
}

#[test]
fn a_sandbox_wants_tokens_that_it_can_read() {
    for wrong in [&["sandbox"][..], &["sandbox", "--token", "s3cret"], &["sandbox", "--token", "ci=owner:s3cret"]] {
        let ended = check(&Folder::new(), wrong, 64);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}
