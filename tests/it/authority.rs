//! Whoever may only read applies nothing: the plan is shown, and no request that writes is sent.

use serde_json::Value;

use crate::support::{Folder, Server, VIEWER};

#[track_caller]
fn a_viewer_applies_nothing(platform: &str, role: &str, rule: &str) {
    let folder = Folder::of(&[
        ("rolecall.yaml", &format!("version: 1\nplatform: {platform}\n")),
        ("manifests/roles.yaml", &format!("roles:\n  Writer: {role}\n")),
    ]);
    let server = Server::start(&folder, platform, "server.db");
    let before: Vec<Value> = server.state();
    let run = folder.run_with(&["apply", "--yes"], &server.environment_of(VIEWER));
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stdout.contains("role/Writer"), "the plan is shown: {}", run.stdout);
    assert!(run.stderr.contains(&format!("the token may only read ({rule})")), "{}", run.stderr);
    assert_eq!(server.state(), before, "nothing was written");
}

#[test]
fn r_te_12_apply_needs_an_administrators_token() {
    a_viewer_applies_nothing("total-expert", "{ classifications: [Sales], segments: [Insurance] }", "R-TE-12");
}

#[test]
fn r_ut_14_apply_needs_the_super_admins_token() {
    let role = "{ user_type: Non-AI member user, permissions: { content: [create] } }";
    a_viewer_applies_nothing("responsive", role, "R-UT-14");
}
