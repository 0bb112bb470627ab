//! Planning as a pipeline sees it: what a rename, a chain of them and a removal cost, and the
//! exit code and finding of what only the live state can say.

use std::fmt::Write;

use crate::support::{Folder, Run, Server};

fn folder(platform: &str, manifest: &str) -> Folder {
    let folder = Folder::new();
    folder.write("rolecall.yaml", format!("version: 1\nplatform: {platform}\nowner: acme\n"));
    folder.write("manifests/all.yaml", manifest);
    folder
}

/// Replaces the manifest and plans or applies.
#[track_caller]
fn after(folder: &Folder, manifest: &str, arguments: &[&str], code: i32) -> Run {
    folder.write("manifests/all.yaml", manifest);
    folder.run(arguments).expect(code)
}

const APPLY: [&str; 3] = ["apply", "--sandbox", "--yes"];
const PLAN: [&str; 2] = ["plan", "--sandbox"];

/// Ten users for the role, and further lines.
fn assigned(count: usize, role: &str) -> String {
    let mut text = "assignments:\n".to_owned();
    for at in 0..count {
        let _ = writeln!(text, "  u{at:03}@example.com: {role}");
    }
    text
}

#[test]
fn renaming_a_role_with_four_hundred_holders_is_one_write() {
    let roles = |role: &str| format!("roles:\n  {role}\n{}", assigned(400, "Officer"));
    let folder = folder("open", &roles("Officer: { permissions: { a: [x] } }"));
    folder.run(&APPLY).expect(0);
    let renamed = "roles:\n  Loan Officer: { permissions: { a: [x] }, previously: [Officer] }\n".to_owned()
        + &assigned(400, "Loan Officer");
    let ended = after(&folder, &renamed, &APPLY, 0);
    assert!(ended.stdout.contains("1 write"), "{}", ended.stdout);
    assert!(folder.run(&APPLY).expect(0).stdout.contains("Nothing to do"));
}

#[test]
fn a_chain_of_renames_is_one_plan() {
    let folder = folder("open", "roles:\n  A: { description: first }\n  B: { description: second }\n");
    folder.run(&APPLY).expect(0);
    let chain = "roles:\n  B: { description: first, previously: [A] }\n  C: { description: second, previously: [B] }\n";
    let ended = after(&folder, chain, &APPLY, 0);
    assert!(ended.stdout.contains("2 updated") && ended.stdout.contains("2 writes"), "{}", ended.stdout);
    assert!(folder.run(&APPLY).expect(0).stdout.contains("Nothing to do"));
}

#[test]
fn a_removed_role_hands_on_its_holders_those_in_no_file_included() {
    let roles = "roles:\n  Kept: { description: x }\n";
    let people = "assignments:\n  ana@example.com: Temp\n  bo@example.com: Temp\n  cy@example.com: Kept\n";
    let folder = folder("open", &format!("{roles}  Temp: {{ description: y }}\n{people}"));
    folder.run(&APPLY).expect(0);
    let assignments = "assignments:\n  cy@example.com: Kept\n";
    let stranded = format!("{roles}{assignments}removed:\n  roles: {{ Temp: }}\n");
    let ended = after(&folder, &stranded, &PLAN, 5);
    assert!(ended.stdout.contains("error[held-role]: role `Temp` is to be removed and still has 2 holders"));
    let moved = format!("{roles}{assignments}removed:\n  roles: {{ Temp: {{ reassign_to: Kept }} }}\n");
    let ended = after(&folder, &moved, &APPLY, 0);
    assert!(ended.stdout.contains("2 updated, 1 deleted; 3 writes"), "{}", ended.stdout);
    // Removed and not live: nothing.
    assert!(folder.run(&APPLY).expect(0).stdout.contains("Nothing to do"));
}

#[test]
fn what_only_the_live_state_can_say_ends_with_five() {
    let base = "roles:\n  Officer: { user_type: AI }\nuser_types: { AI: { licenses: 1 }, Free: }\n";
    let folder = folder("open", &format!("{base}assignments:\n  ana@example.com: Officer\n"));
    folder.run(&APPLY).expect(0);
    let unknown = format!("{base}assignments:\n  ana@example.com: Oficer\n");
    let ended = after(&folder, &unknown, &PLAN, 5);
    assert!(ended.stdout.contains("error[unknown-role]") && ended.stdout.contains("near: `Officer`"));
    let full = format!("{base}assignments:\n  ana@example.com: Officer\n  bo@example.com: Officer\n");
    let ended = after(&folder, &full, &PLAN, 5);
    assert!(ended.stdout.contains("error[no-seat]: user type `AI` lacks 1 seat"), "{}", ended.stdout);
}

const LENDER: &str = "\
segments: { Retail Mortgage: , Insurance: }
roles:
  Officer:
    classifications: [Sales]
    segments: [Retail Mortgage]
    permissions: { campaigns: [view] }
assignments: { ana@example.com: Officer }
";

/// An organization that has these segments, and what a client needs to know of it.
fn organization(folder: &Folder) -> Server {
    let segment =
        |name| serde_json::json!({ "meta": { "resourceType": "Segment" }, "displayName": name, "enabled": true });
    let seed = serde_json::json!([segment("Retail Mortgage"), segment("Insurance")]);
    folder.write("seed.json", seed.to_string());
    Server::start_with(folder, "total-expert", "box.db", &["--seed", "seed.json"])
}

#[test]
fn a_permission_change_on_a_total_expert_role_needs_a_word() {
    let folder = folder("total-expert", LENDER);
    let server = organization(&folder);
    let run = |arguments: &[&str], code| folder.run_with(arguments, &server.environment()).expect(code);
    run(&["apply", "--yes"], 0);
    folder.edit("manifests/all.yaml", "[view]", "[view, send]");
    let ended = run(&["apply", "--yes"], 5);
    assert!(ended.stdout.contains("error[needs-word]") && ended.stdout.contains("(R-TE-9)"), "{}", ended.stdout);
    assert!(ended.stdout.contains("(affects 1 user)"), "{}", ended.stdout);
    let ended = run(&["apply", "--yes", "--acknowledge", "T-17"], 0);
    assert!(ended.stdout.contains("1 write"), "{}", ended.stdout);
}

#[test]
fn an_expectation_that_the_organization_does_not_meet_refuses_the_plan() {
    let folder = folder("total-expert", LENDER);
    let server = organization(&folder);
    let run = |arguments: &[&str], code| folder.run_with(arguments, &server.environment()).expect(code);
    run(&["apply", "--yes"], 0);
    folder.edit("manifests/all.yaml", "Insurance:", "Wholesale:");
    folder.edit("manifests/all.yaml", "[Retail Mortgage]", "[Wholesale]");
    let ended = run(&["plan"], 5);
    let said = |text: &str| assert!(ended.stdout.contains(text), "{}", ended.stdout);
    said(
        "error[unmet-expectation]: the files state 1 segment that this organization has not enabled: `Wholesale` (R-TE-15)",
    );
    said(
        "error[not-enabled]: `segment/Wholesale` is not enabled for this organization; named by role `Officer` (R-TE-15)",
    );
    said("note[more-than-stated]: this organization has enabled 1 segment that the files do not state: `Insurance`");
}
