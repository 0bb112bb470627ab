//! The service as a whole: credentials, methods, limits, restarts, locks, stopping.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Probe, open_pack, settings, strict_pack, urn};
use crate::sandbox::{Database, SandboxError, Statistics};

impl Probe {
    /// A request with exactly these headers.
    async fn bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> super::Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("http://{}{path}", self.running.address());
        let request = self.client.request(method, url).body(body);
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }
}

#[tokio::test]
async fn only_known_tokens_get_in() {
    let sandbox = Probe::open().await;
    for header in ["Bearer nonsense", "Bearer ", "Bearer", "ada-secret", "Basic ada-secret", "", "bearer ada-secret2"] {
        let refused = sandbox.bare("GET", "/scim/v2/Users", &[("Authorization", header)], String::new()).await;
        refused.refused(401, "");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    sandbox.bare("GET", "/scim/v2/ServiceProviderConfig", &[], String::new()).await.refused(401, "");
    let known = [("Authorization", "bearer  ada-secret")];
    sandbox.bare("GET", "/scim/v2/Users", &known, String::new()).await.granted(200);
}

#[tokio::test]
async fn a_viewer_reads_and_does_not_write() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let viewer = [("Authorization", "Bearer vic-secret"), ("Content-Type", "application/scim+json")];
    let path = format!("/scim/v2/Roles/{role}");
    sandbox.bare("GET", &path, &viewer, String::new()).await.granted(200);
    let body = json!({ "schemas": [urn("Role")], "displayName": "S" }).to_string();
    sandbox.bare("POST", "/scim/v2/Roles", &viewer, body.clone()).await.refused(403, "");
    for method in ["PUT", "PATCH", "DELETE"] {
        sandbox.bare(method, &path, &viewer, body.clone()).await.refused(403, "");
    }
    assert_eq!(sandbox.names("/Roles", "displayName").await, ["R"]);
    let organization = sandbox.bare("GET", "/scim/v2/Organizations", &viewer, String::new()).await.json();
    assert_eq!(organization["Resources"][0]["authority"], "viewer");
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_scim_errors() {
    let sandbox = Probe::open().await;
    let known = [("Authorization", "Bearer ada-secret")];
    for path in ["/", "/scim", "/scim/v2x/Users", "/scim/v2/users", "/scim/v2/Users/a/b", "/scim/v2/Nothing/1"] {
        sandbox.bare("GET", path, &known, String::new()).await.refused(404, "");
    }
    sandbox.bare("GET", "/scim/v2/Users/%zz", &known, String::new()).await.refused(400, "invalidSyntax");
    sandbox.bare("GET", "/scim/v2/Users/%ff", &known, String::new()).await.refused(400, "invalidSyntax");
    sandbox.get("/Me").await.refused(501, "");
    sandbox.get("/Bulk").await.refused(405, "");
    let refused = sandbox.delete("/Users").await;
    refused.refused(405, "");
    assert_eq!(refused.header("allow"), "GET, POST");
    sandbox.post("/Users/x", json!({})).await.refused(405, "");
}

#[tokio::test]
async fn bodies_of_another_type_or_too_large_are_refused_and_the_next_request_is_answered() {
    let sandbox = Probe::open().await;
    let typed = |kind: &'static str| [("Authorization", "Bearer ada-secret"), ("Content-Type", kind)];
    let body = |name: &str| json!({ "schemas": [urn("Role")], "displayName": name }).to_string();
    sandbox.bare("POST", "/scim/v2/Roles", &typed("text/plain"), body("R")).await.refused(415, "");
    sandbox.bare("POST", "/scim/v2/Roles", &typed("application/json; charset=utf-8"), body("R")).await.granted(201);
    let large = body(&"x".repeat(1024 * 1024));
    sandbox.bare("POST", "/scim/v2/Roles", &typed("application/scim+json"), large).await.refused(413, "");
    sandbox.get("/Roles").await.granted(200);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let sandbox = Probe::in_file(&path).await.expect("it starts");
    let role = sandbox.role("R").await;
    let ana = sandbox.user("ana", &role).await.id();
    let before = sandbox.get(&format!("/Users/{ana}")).await.json();
    let organization = sandbox.get("/Organizations").await.json()["Resources"][0]["id"].clone();
    sandbox.running.stop().await;

    let sandbox = Probe::in_file(&path).await.expect("it starts again");
    let after = sandbox.get(&format!("/Users/{ana}")).await.granted(200).json();
    assert_eq!((&after["userName"], &after["active"]), (&before["userName"], &before["active"]));
    assert_eq!(after["meta"]["version"], before["meta"]["version"]);
    assert_eq!(after["meta"]["created"], before["meta"]["created"]);
    assert_eq!(sandbox.get("/Organizations").await.json()["Resources"][0]["id"], organization);
    sandbox.delete(&format!("/Roles/{role}")).await.refused_by(409, "R-BE-39");
    let audit = sandbox.running.audit().await.expect("the audit is read");
    let lines: Vec<String> =
        audit.iter().map(|entry| format!("{} {} {} {}", entry.token, entry.method, entry.kind, entry.status)).collect();
    assert_eq!(lines, ["ada POST Role 201", "ada POST User 201", "ada DELETE Role 409"]);
    assert_eq!(audit[1].id.as_deref(), Some(ana.as_str()));
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_at_that_moment_so_a_kill_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let sandbox = Probe::in_file(&path).await.expect("it starts");
    let role = sandbox.role("R").await;
    for n in 0..20 {
        sandbox.user(&format!("u{n}"), &role).await.granted(201);
    }
    // A killed process leaves what it wrote, and never gets to tidy up: the same as a copy now.
    let copy = directory.path().join("copy.db");
    std::fs::copy(&path, &copy).expect("copied");
    std::fs::copy(directory.path().join("sandbox.db-wal"), directory.path().join("copy.db-wal")).expect("copied");
    let revived = Probe::in_file(&copy).await.expect("it starts");
    assert_eq!(revived.get("/Users").await.json()["totalResults"], 20);
    assert_eq!(revived.running.audit().await.expect("the audit is read").len(), 21);
    let counted = revived.get(&format!("/Roles/{role}?attributes=assignedUsers")).await.json();
    assert_eq!(counted["assignedUsers"], 20);
}

#[tokio::test]
async fn one_database_has_one_sandbox() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let first = Probe::in_file(&path).await.expect("it starts");
    let second = Probe::in_file(&path).await.err().expect("the second does not start");
    assert!(matches!(second, SandboxError::Locked { .. }), "{second}");
    first.get("/Users").await.granted(200);
    first.running.stop().await;
    Probe::in_file(&path).await.expect("it starts when the first has ended");
}

#[tokio::test]
async fn a_database_that_is_not_ours_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    Probe::in_file(&path).await.expect("it starts").running.stop().await;
    let other = settings(strict_pack(), Database::File(path.clone()), None);
    let error = Probe::start(other).await.err().expect("it is refused");
    assert!(error.to_string().ends_with("was made for the platform `open`, not for `strict`"), "{error}");

    let connection = rusqlite::Connection::open(&path).expect("it is a database");
    connection.pragma_update(None, "user_version", 99).expect("it is written");
    drop(connection);
    let error = Probe::in_file(&path).await.err().expect("it is refused");
    assert!(matches!(error, SandboxError::NewerLayout { found: 99, .. }), "{error}");

    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "these are my notes, and no database at all, whatever the name says").expect("written");
    let error = Probe::in_file(&path).await.err().expect("it is refused");
    assert!(matches!(error, SandboxError::NotASandbox { .. }), "{error}");
    let path = directory.path().join("other.db");
    rusqlite::Connection::open(&path).and_then(|other| other.execute_batch("CREATE TABLE t (a)")).expect("made");
    let error = Probe::in_file(&path).await.err().expect("it is refused");
    assert!(matches!(error, SandboxError::NotASandbox { .. }), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_files_and_a_directory_that_is_missing_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = Probe::in_file(&directory.path().join("sandbox.db")).await.expect("it starts");
    sandbox.role("R").await;
    for name in ["sandbox.db", "sandbox.db-wal", "sandbox.db.lock"] {
        let mode = std::fs::metadata(directory.path().join(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let path = directory.path().join("missing").join("sandbox.db");
    let error = Probe::in_file(&path).await.err().expect("it does not start");
    assert_eq!(error.to_string(), format!("the file `{}.lock` could not be opened for writing", path.display()));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let sandbox = Probe::open().await;
    let mut second = settings(open_pack(), Database::Memory, None);
    second.listen = sandbox.running.address();
    let error = Probe::start(second).await.err().expect("it does not start");
    assert_eq!(error.to_string(), format!("{} could not be listened on", sandbox.running.address()));
}

#[tokio::test]
async fn requests_are_counted_by_what_became_of_them() {
    let sandbox = Probe::open().await;
    sandbox.get("/Schemas").await.granted(200);
    sandbox.get("/Users").await.granted(200);
    sandbox.get("/Users/x").await.refused(404, "");
    sandbox.role("R").await;
    let expected = Statistics { discovery: 1, reads: 1, writes: 1, refused: 1 };
    assert_eq!(sandbox.running.statistics(), expected);
}

#[tokio::test]
async fn nonsense_and_half_sent_requests_disturb_nobody_and_do_not_hold_up_the_end() {
    let sandbox = Probe::open().await;
    let mut half = TcpStream::connect(sandbox.running.address()).await.expect("a connection");
    half.write_all(b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Le").await.expect("sent");
    let mut nonsense = TcpStream::connect(sandbox.running.address()).await.expect("a connection");
    nonsense.write_all(b"\x16\x03\x01\0\0\xff\xfe nonsense\r\n\r\n").await.expect("sent");
    let mut answer = Vec::new();
    // An answer or a reset, but an end.
    let _ = nonsense.read_to_end(&mut answer).await;
    sandbox.get("/Users").await.granted(200);
    sandbox.running.stop().await;
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}
