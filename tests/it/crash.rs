//! Nothing that was acknowledged is lost when the server dies, and the next apply does the rest.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Folder, Server};

/// Users enough that an apply is still busy when the server is killed.
const USERS: usize = 3_000;

#[test]
fn a_server_killed_in_the_middle_of_an_apply_keeps_what_it_acknowledged() {
    let folder = Folder::new();
    folder.write("rolecall.yaml", "version: 1\nplatform: open\nmanifests: [\"*.manifest.yaml\"]\n");
    let users: String = (0..USERS).map(|n| ["  user", &n.to_string(), "@example.com: Clerk\n"].concat()).collect();
    folder.write(
        "all.manifest.yaml",
        format!("roles:\n  Clerk: {{ description: Keeps the files }}\nassignments:\n{users}"),
    );

    let server = Server::start(&folder, "open", "server.db");
    let mut apply = folder.command(&["apply", "--yes", "--format", "json", "--bulk", "never"], &server.environment());
    let apply = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    // Killed as soon as some users are there; how many is not fixed, only that it is not all.
    let database = folder.path().join("server.db");
    while users_in(&database) < 50 {
        std::thread::sleep(Duration::from_millis(1));
    }
    server.kill();
    let output = apply.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let applied: BTreeSet<&str> = report["outcomes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|outcome| outcome["outcome"] == "applied")
        .filter_map(|outcome| outcome["address"].as_str())
        .collect();
    assert!(!applied.is_empty() && applied.len() < USERS, "{} were acknowledged", applied.len());

    let server = Server::start(&folder, "open", "server.db");
    let plan = folder.run_with(&["plan", "--format", "json"], &server.environment()).expect(0).json();
    let missing: BTreeSet<&str> =
        plan["changes"].as_array().expect("a list").iter().filter_map(|change| change["address"].as_str()).collect();
    assert_eq!(applied.intersection(&missing).count(), 0, "acknowledged, yet gone");
    folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(0);
}

/// How many users the database file holds, read beside the server.
fn users_in(database: &std::path::Path) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let Ok(connection) = rusqlite::Connection::open_with_flags(database, flags) else { return 0 };
    connection.query_row("SELECT count(*) FROM resources WHERE kind = 'User'", [], |row| row.get(0)).unwrap_or(0)
}
