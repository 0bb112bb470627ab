//! What can be wrong outside of the manifests: a one-line cause, what to do, the right exit code,
//! and nothing written.

use std::net::TcpListener;

use crate::support::{Answer, Folder, Run, Server, TOKEN};

const PROJECT: &str = "version: 1\nplatform: open\nmanifests: [\"*.manifest.yaml\"]\n";
const MANIFEST: &str = "roles:\n  Clerk: { description: Keeps the files }\n";

fn project() -> Folder {
    let folder = Folder::new();
    folder.write("rolecall.yaml", PROJECT);
    folder.write("all.manifest.yaml", MANIFEST);
    folder
}

fn plan_at(target: &Answer) -> Run {
    project().run_with(&["plan"], &[("ROLECALL_URL", &target.url), ("ROLECALL_TOKEN", TOKEN)])
}

/// The cause is on one line of stderr or among the findings on stdout, and says these words.
#[track_caller]
fn says(run: &Run, words: &[&str]) {
    let text = format!("{}{}", run.stdout, run.stderr);
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
    assert!(!text.contains(TOKEN), "the token is printed");
}

#[test]
fn an_unreadable_file_is_1() {
    let folder = project();
    std::os::unix::fs::symlink("nowhere.yaml", folder.path().join("link.manifest.yaml")).expect("a link is made");
    says(&folder.run(&["validate"]).expect(1), &["link.manifest.yaml", "read"]);
}

#[test]
fn a_file_that_is_not_utf8_is_10_with_the_place() {
    let folder = project();
    folder.write("bad.manifest.yaml", b"roles:\n  Caf\xe9: {}\n");
    says(&folder.run(&["validate"]).expect(10), &["not-utf8", "bad.manifest.yaml:2:6"]);
}

#[test]
fn an_empty_project_is_10() {
    let folder = project();
    folder.write("all.manifest.yaml", "# nothing yet\n");
    says(&folder.run(&["validate"]).expect(10), &["empty-project"]);
}

#[test]
fn a_pattern_without_a_match_is_10() {
    let folder = project();
    folder.write("rolecall.yaml", PROJECT.replace("*.manifest.yaml", "manifest/*.yaml"));
    says(&folder.run(&["validate"]).expect(10), &["pattern-without-match", "rolecall.yaml:3:13", "manifest/*.yaml"]);
}

#[test]
fn an_unknown_platform_is_10_with_a_near_name() {
    let folder = project();
    folder.write("rolecall.yaml", PROJECT.replace("open", "opne"));
    says(&folder.run(&["validate"]).expect(10), &["unknown-platform", "opne", "open"]);
}

#[test]
fn an_unset_token_variable_is_64() {
    let folder = project();
    let target = "target: { url: \"http://127.0.0.1:9/scim/v2\", token: { env: ACME_TOKEN } }\n";
    folder.write("rolecall.yaml", format!("{PROJECT}{target}"));
    says(&folder.run(&["plan"]).expect(64), &["ACME_TOKEN"]);
}

#[test]
fn no_target_at_all_is_64() {
    says(&project().run(&["plan"]).expect(64), &["--url", "--sandbox"]);
}

#[test]
fn an_unreachable_target_is_1() {
    // Bound and dropped: nobody listens there now.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let url = format!("http://127.0.0.1:{port}/scim/v2");
    let run = project().run_with(&["plan"], &[("ROLECALL_URL", &url), ("ROLECALL_TOKEN", TOKEN)]).expect(1);
    says(&run, &["127.0.0.1", "connect"]);
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_sent() {
    let run = project()
        .run_with(&["plan"], &[("ROLECALL_URL", "http://roles.example.com/scim/v2"), ("ROLECALL_TOKEN", TOKEN)]);
    says(&run.expect(64), &["in the clear", "https"]);
}

#[test]
fn a_wrong_token_is_3() {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let run = folder.run_with(&["plan"], &[("ROLECALL_URL", &server.url), ("ROLECALL_TOKEN", "wrong")]);
    says(&run.expect(3), &["401"]);
}

#[test]
fn a_violated_pin_is_3_and_no_token_leaves() {
    let target = Answer::with("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let environment = [
        ("ROLECALL_URL", target.url.as_str()),
        ("ROLECALL_TOKEN", TOKEN),
        ("ROLECALL_PIN_URL", "https://roles.example.com/scim/v2"),
    ];
    says(&project().run_with(&["plan"], &environment).expect(3), &["pin", "roles.example.com"]);
    assert_eq!(target.connections(), 0, "nothing connected");
}

#[test]
fn a_forbidden_read_is_3() {
    let body =
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"403","detail":"SCIM is switched off"}"#;
    let target = Answer::with(&format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: application/scim+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
    says(&plan_at(&target).expect(3), &["403", "SCIM is switched off"]);
}

#[test]
fn html_instead_of_json_is_1() {
    let body = "<!doctype html><html><head><title>Sign in</title></head></html>";
    let target = Answer::with(&format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
    says(&plan_at(&target).expect(1), &["web page", "Sign in"]);
}

#[test]
fn a_redirect_to_another_host_is_1_and_is_not_followed() {
    let other = Answer::with("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let elsewhere = other.url.replace("127.0.0.1", "localhost");
    let target = Answer::with(&format!(
        "HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ));
    says(&plan_at(&target).expect(1), &["redirect", "localhost"]);
    assert_eq!(other.connections(), 0, "nothing connected");
}

#[test]
fn a_list_whose_total_disagrees_is_1_and_plans_nothing() {
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":7,"Resources":[]}"#;
    let target = Answer::with(&format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
    let run = plan_at(&target).expect(1);
    assert!(!run.stdout.contains("Plan:"), "{}", run.stdout);
}

#[test]
fn a_locked_sandbox_is_1() {
    let folder = project();
    let _server = Server::start(&folder, "open", "server.db");
    let second = folder.run(&[
        "sandbox",
        "--platform",
        "open",
        "--db",
        "server.db",
        "--listen",
        "127.0.0.1:0",
        "--token",
        "a=admin:b",
    ]);
    says(&second.expect(1), &["server.db", "another"]);
}

#[test]
fn a_question_that_nobody_can_answer_is_64() {
    says(&project().run(&["apply", "--sandbox"]).expect(64), &["--yes"]);
}
