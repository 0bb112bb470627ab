//! Databases that earlier versions made, and the index that takes no name twice.

use std::path::Path;

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::{Probe, open_pack, settings, urn};
use crate::sandbox::Database;

/// A file as the first layout had it, with the role `R` and eight users of it.
fn first_layout(path: &Path) {
    let connection = Connection::open(path).expect("it opens");
    connection.execute_batch(include_str!("../layout.sql")).expect("the first layout");
    connection
        .execute_batch(
            "PRAGMA application_id = 0x726f6c65; PRAGMA user_version = 1;
             INSERT INTO about VALUES ('platform', 'open'), ('organization', 'o'), ('created', '2025-01-01T00:00:00Z');",
        )
        .expect("it is ours");
    let insert = |kind: &str, id: &str, key: &str, external: Option<&str>, role: &str, body: &Value| {
        let sql = "INSERT INTO resources (kind, id, key_folded, external_id, roles, active, version, created, modified, \
                   body) VALUES (?1, ?2, ?3, ?4, ?5, 1, 3, '2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z', ?6)";
        connection.execute(sql, params![kind, id, key, external, role, body.to_string()]).expect("a row");
        if !role.is_empty() {
            let seq = connection.last_insert_rowid();
            connection.execute("INSERT INTO holders VALUES (?1, ?2)", params![role, seq]).expect("a holder");
        }
    };
    insert("Role", "r", "r", None, "", &json!({ "displayName": "R" }));
    for n in 0..8 {
        let name = format!("u{}", (n * 3) % 8);
        let external = (n % 2 == 0).then(|| format!("x{n}"));
        let body = json!({ "userName": name, "active": true, "externalId": external });
        insert("User", &format!("id-{n}"), &name, external.as_deref(), "r", &body);
    }
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).and_then(|connection| connection.query_row(sql, [], |row| row.get(0))).expect("a number")
}

const LAYOUT: &str = "SELECT user_version FROM pragma_user_version";
const IS_UNIQUE: &str = "SELECT \"unique\" FROM pragma_index_list('resources') WHERE name = 'resources_by_key'";

#[tokio::test]
async fn a_database_of_the_first_layout_is_brought_up_and_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("old.db");
    first_layout(&path);
    assert_eq!((number(&path, LAYOUT), number(&path, IS_UNIQUE)), (1, 0));
    let sandbox = Probe::in_file(&path).await.expect("it starts");
    assert_eq!(
        sandbox.names("/Users?sortBy=userName&sortOrder=descending", "userName").await.join(" "),
        "u7 u6 u5 u4 u3 u2 u1 u0"
    );
    assert_eq!(sandbox.names("/Users?sortBy=id&startIndex=7", "id").await, ["id-6", "id-7"]);
    assert_eq!(sandbox.names("/Users?sortBy=externalId&count=5", "id").await.join(" "), "id-0 id-2 id-4 id-6 id-1");
    assert_eq!(sandbox.names("/Users?filter=userName%20eq%20%22U3%22", "id").await, ["id-1"]);
    assert_eq!(sandbox.get("/Users/id-1").await.header("etag"), "W/\"3\"");
    assert_eq!(sandbox.get("/Organizations").await.json()["Resources"][0]["id"], "o");
    // A page of an order is remembered until something moves: the counters of the new layout say so.
    assert_eq!(sandbox.names("/Users?sortBy=userName&count=2", "userName").await, ["u0", "u1"]);
    let rename = json!([{ "op": "replace", "path": "userName", "value": "a" }]);
    sandbox.patch("/Users/id-5", rename).await.granted(200);
    assert_eq!(sandbox.names("/Users?sortBy=userName&startIndex=3&count=2", "userName").await, ["u1", "u2"]);
    sandbox.running.stop().await;
    assert_eq!((number(&path, LAYOUT), number(&path, IS_UNIQUE)), (2, 1));
    let sandbox = Probe::in_file(&path).await.expect("it starts again");
    assert_eq!(sandbox.names("/Users?sortBy=userName&count=1", "id").await, ["id-5"]);
}

#[tokio::test]
async fn the_database_itself_takes_no_name_twice_once_its_seed_has_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let role = |id: &str, name: &str| json!({ "schemas": [urn("Role")], "id": id, "displayName": name });
    let seed = vec![role("a", "Žofie's"), role("b", "žOFIE'S")];
    let database = || Database::File(path.clone());
    let sandbox = Probe::start(settings(open_pack(), database(), Some(seed))).await.expect("it starts");
    sandbox.delete("/Roles/b").await.granted(204);
    sandbox.running.stop().await;
    assert_eq!(number(&path, IS_UNIQUE), 0);
    let sandbox = Probe::start(settings(open_pack(), database(), None)).await.expect("it starts");
    sandbox
        .post("/Roles", json!({ "schemas": [urn("Role")], "displayName": "ŽOFIE'S" }))
        .await
        .refused(409, "uniqueness");
    sandbox.running.stop().await;
    assert_eq!(number(&path, IS_UNIQUE), 1);
    let connection = Connection::open(&path).expect("it opens");
    let twice = "INSERT INTO resources (kind, id, key_folded, roles, active, version, created, modified, body) \
                 SELECT kind, 'c', key_folded, roles, active, version, created, modified, body FROM resources";
    let error = connection.execute(twice, []).expect_err("the index refuses it");
    assert!(super::super::database::is_taken(&error), "{error}");
}
