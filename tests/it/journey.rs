//! The first five minutes: what the README's first screen promises, through the binary.

use crate::support::{Folder, Server, TOKEN};

#[test]
fn apply_creates_everything_then_nothing_then_just_the_changed_line() {
    let folder = Folder::of_example("open");
    let first = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert!(first.stdout.contains("+ role/"), "{}", first.stdout);

    let again = folder.run(&["apply", "--sandbox", "--yes", "--format", "json"]).expect(0).json();
    assert_eq!(again["writes"], 0);
    assert_eq!(again["plan"]["changes"], serde_json::json!([]));
    assert!(folder.run(&["apply", "--sandbox", "--yes"]).expect(0).stdout.contains("No changes"));

    let nothing = folder.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
    assert!(nothing.stdout.contains("No changes"), "{}", nothing.stdout);

    let (file, from, to) = one_line_of_the_example();
    folder.edit(file, from, to);
    let plan = folder.run(&["plan", "--sandbox", "--detailed-exitcode", "--format", "json"]).expect(2).json();
    let changes = plan["changes"].as_array().expect("a list");
    assert_eq!(changes.len(), 1, "{plan:#}");
    assert_eq!(changes[0]["action"], "update");
    assert_eq!(changes[0]["fields"].as_array().map(Vec::len), Some(1));
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(1));
}

#[test]
fn every_company_is_applied_once_and_then_there_is_nothing_to_do() {
    for (company, made) in [("bullseye", 210), ("responsive", 210), ("total-expert", 217)] {
        let folder = Folder::of_example(company);
        let first = ["apply", "--sandbox", "--yes", "--format", "json", "--bulk", "never"];
        let first = folder.run(&first).expect(0).json();
        assert_eq!(first["plan"]["summary"]["create"], made, "{company}");
        assert_eq!(first["writes"], first["plan"]["summary"]["requests"], "{company}: one write for each step");
        let again = folder.run(&["apply", "--sandbox", "--yes", "--format", "json"]).expect(0).json();
        assert_eq!((&again["writes"], &again["plan"]["changes"]), (&0.into(), &serde_json::json!([])), "{company}");
        folder.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
    }
}

#[test]
fn the_same_against_a_server_in_another_process() {
    let folder = Folder::of_example("open");
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str], code| folder.run_with(arguments, &server.environment()).expect(code);
    let first = run(&["apply", "--yes", "--format", "json"], 0).json();
    let count = |number: &serde_json::Value| number.as_u64().expect("a number");
    let (writes, steps) = (count(&first["writes"]), count(&first["plan"]["summary"]["requests"]));
    assert!(writes < steps / 2, "{writes} requests for {steps} steps, many in one");
    assert_eq!(run(&["apply", "--yes", "--format", "json"], 0).json()["writes"], 0);
    let plan = run(&["plan", "--detailed-exitcode", "-v"], 0);
    for text in [&plan.stdout, &plan.stderr] {
        assert!(!text.contains(TOKEN), "the token is printed");
    }
}

#[test]
fn a_plan_never_makes_the_sandbox_keep_anything() {
    let folder = Folder::of_example("open");
    folder.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(2);
    assert!(!folder.path().join(".rolecall/sandbox.db").exists());
}

#[test]
fn a_saved_plan_is_applied_as_it_stands_and_only_once() {
    let folder = Folder::of_example("open");
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let plan = run(&["plan", "--out", "plan.json"]).expect(0);
    let shown = folder.run(&["show", "plan.json"]).expect(0);
    assert_eq!(shown.stdout, plan.stdout, "a saved plan reads as it was printed");
    run(&["apply", "--yes", "--expect", "0000000000000000"]).expect(6);
    run(&["apply", "plan.json", "--yes"]).expect(64);
    run(&["apply", "--plan", "plan.json", "--yes"]).expect(0);
    let again = run(&["apply", "--plan", "plan.json", "--yes"]).expect(6);
    assert!(again.stderr.contains("applied already, by the run"), "{}", again.stderr);
    let stale = run(&["apply", "--plan", "plan.json", "--run-dir", "elsewhere"]).expect(6);
    assert!(stale.stderr.contains("role/"), "it names what changed: {}", stale.stderr);

    let (file, from, to) = one_line_of_the_example();
    folder.edit(file, from, to);
    let reviewed = run(&["plan", "--format", "json"]).expect(0).json()["digest"].clone();
    run(&["apply", "--yes", "--expect", reviewed.as_str().expect("a text")]).expect(0);
    run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_saved_plan_that_somebody_edited_is_refused() {
    let folder = Folder::of_example("open");
    let server = Server::start(&folder, "open", "server.db");
    folder.run_with(&["plan", "--out", "plan.json"], &server.environment()).expect(0);
    let text = folder.read("plan.json");
    let edited = text.replacen("Insurance", "Lnsurance", 3);
    assert_ne!(edited, text);
    folder.write("plan.json", edited);
    folder.run_with(&["apply", "--plan", "plan.json", "--yes"], &server.environment()).expect(6);
    folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(2);
}

/// One line of `examples/open`, and the same line changed: a role's description.
fn one_line_of_the_example() -> (&'static str, &'static str, &'static str) {
    ("manifests/roles/sales.yaml", "description: Originates loans\n", "description: Originates and renews loans\n")
}

#[test]
fn a_kept_sandbox_without_a_subscription_is_said_before_anything_is_written() {
    let folder = Folder::of_example("bullseye");
    let server = Server::start_with(&folder, "bullseye", ".rolecall/sandbox.db", &["--subscription", "none"]);
    drop(server);
    let run = folder.run(&["apply", "--sandbox", "--yes"]).expect(5);
    for word in ["is not subscribed to", ".rolecall/sandbox.db", "--sandbox-reset"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
}
