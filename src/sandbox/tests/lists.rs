//! Lists: pages, filters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Probe, open_pack, settings, urn, user};
use crate::sandbox::Database;

/// A sandbox with users `u000` and so on, all of the role `R`.
async fn with_users(count: usize, database: Database) -> Probe {
    let mut seed = vec![json!({ "schemas": [urn("Role")], "id": "r1", "displayName": "R" })];
    seed.extend((0..count).map(|n| user(&format!("u{n:03}"), "r1")));
    Probe::start(settings(open_pack(), database, Some(seed))).await.expect("it starts")
}

/// Every name, read in pages of a size.
async fn walk(sandbox: &Probe, size: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let path = format!("/Users?startIndex={}&count={size}", names.len() + 1);
        let page = sandbox.names(&path, "userName").await;
        if page.is_empty() {
            return names;
        }
        names.extend(page);
    }
}

#[tokio::test]
async fn pages_of_any_size_hold_everything_once_in_the_order_of_creation() {
    let directory = tempfile::tempdir().expect("a directory");
    for database in [Database::Memory, Database::File(directory.path().join("a.db"))] {
        let sandbox = with_users(57, database).await;
        let all: Vec<String> = (0..57).map(|n| format!("u{n:03}")).collect();
        for size in [1, 7, 56, 57, 1000] {
            assert_eq!(walk(&sandbox, size).await, all);
        }
        // A page that nobody was about to read is counted to.
        assert_eq!(sandbox.names("/Users?startIndex=40&count=3", "userName").await, all[39..42]);
    }
}

#[tokio::test]
async fn after_a_deletion_pages_begin_where_they_should() {
    let sandbox = with_users(20, Database::Memory).await;
    walk(&sandbox, 5).await;
    let first = sandbox.get("/Users?count=1").await.json()["Resources"][0]["id"].clone();
    sandbox.delete(&format!("/Users/{}", first.as_str().expect("an id"))).await.granted(204);
    assert_eq!(sandbox.names("/Users?startIndex=6&count=2", "userName").await, ["u006", "u007"]);
    sandbox.user("new", "r1").await.granted(201);
    assert_eq!(walk(&sandbox, 5).await.len(), 20);
}

#[tokio::test]
async fn a_page_says_where_it_is_and_odd_numbers_are_put_right() {
    let sandbox = with_users(5, Database::Memory).await;
    let shape = async |query: &str| {
        let page: Value = sandbox.get(&format!("/Users?{query}")).await.granted(200).json();
        let of = |name: &str| page[name].as_i64().expect("an integer");
        let resources = page["Resources"].as_array().expect("a list").len();
        (of("totalResults"), of("startIndex"), of("itemsPerPage"), resources)
    };
    assert_eq!(shape("startIndex=2&count=2").await, (5, 2, 2, 2));
    assert_eq!(shape("startIndex=-4&count=2").await, (5, 1, 2, 2));
    assert_eq!(shape("count=0").await, (5, 1, 0, 0));
    assert_eq!(shape("count=-1").await, (5, 1, 0, 0));
    assert_eq!(shape("startIndex=6").await, (5, 6, 0, 0));
    assert_eq!(shape("startIndex=9223372036854775807&count=9223372036854775807").await.0, 5);
    assert_eq!(shape("count=5000&unknown=x").await, (5, 1, 5, 5));
    sandbox.get("/Users?count=many").await.refused(400, "invalidValue");
}

#[tokio::test]
async fn more_than_the_announced_maximum_is_never_sent() {
    let sandbox = with_users(1003, Database::Memory).await;
    let page = sandbox.get("/Users?count=5000").await.json();
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(1003), &json!(1000)));
    assert_eq!(sandbox.get("/Users").await.json()["itemsPerPage"], 100);
    let names: BTreeSet<String> = walk(&sandbox, 1000).await.into_iter().collect();
    assert_eq!(names.len(), 1003);
}

#[tokio::test]
async fn filters_select() {
    let sandbox = Probe::open().await;
    let (r, s) = (sandbox.role("R").await, sandbox.role("S").await);
    for (name, role, active) in [("Ana", &r, true), ("bo", &s, false), ("cy", &r, false)] {
        let mut body = user(name, role);
        body["active"] = json!(active);
        body["externalId"] = json!(format!("x-{name}"));
        body["emails"] = json!([{ "value": format!("{name}@example.com"), "type": "work" }]);
        sandbox.post("/Users", body).await.granted(201);
    }
    let select = async |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('"', "%22").replace('[', "%5B").replace(']', "%5D");
        sandbox.names(&format!("/Users?filter={filter}"), "userName").await.join(" ")
    };
    assert_eq!(select("userName eq \"ANA\"").await, "Ana");
    assert_eq!(select("userName eq \"nobody\"").await, "");
    assert_eq!(select("externalId eq \"x-bo\"").await, "bo");
    assert_eq!(select("externalId eq \"X-BO\"").await, "");
    assert_eq!(select("active eq false").await, "bo cy");
    assert_eq!(select("not (active eq false) or userName sw \"C\"").await, "Ana cy");
    assert_eq!(select(&format!("roles.value eq \"{r}\" and active eq false")).await, "cy");
    assert_eq!(select(&format!("roles[value eq \"{s}\"]")).await, "bo");
    assert_eq!(select("roles.display eq \"s\"").await, "bo");
    assert_eq!(select("emails[type eq \"work\" and value co \"cy@\"]").await, "cy");
    assert_eq!(select("displayName pr").await, "");
    assert_eq!(select("meta.lastModified gt \"2020-01-01T00:00:00+01:00\"").await, "Ana bo cy");
    let page = sandbox.get("/Users?filter=active%20eq%20false&count=1&startIndex=2").await.json();
    assert_eq!((&page["totalResults"], &page["Resources"][0]["userName"]), (&json!(2), &json!("cy")));
    for wrong in ["shoeSize%20pr", "userName", "active%20gt%20true", "userName%20eq%20%22a", "meta%20co%20%22a%22"] {
        sandbox.get(&format!("/Users?filter={wrong}")).await.refused(400, "invalidFilter");
    }
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "active eq false",
        "attributes": ["userName"],
        "count": 1,
    });
    let page = sandbox.post("/Users/.search", search).await.granted(200).json();
    assert_eq!((&page["totalResults"], &page["Resources"][0]["userName"]), (&json!(2), &json!("bo")));
    assert_eq!(page["Resources"][0]["active"], json!(null));
    sandbox.post("/Users/.search", json!({})).await.refused(400, "invalidSyntax");
    sandbox.get("/Users/.search").await.refused(405, "");
    sandbox.get("/.search").await.refused(405, "");
    let roles = sandbox.names("/Roles?filter=assignedUsers%20eq%202", "displayName").await;
    assert_eq!(roles, ["R"]);
}
