//! Lists in an order, by cursor, and over all types.

use serde_json::{Value, json};

use super::{Probe, open_pack, settings, urn, user};
use crate::sandbox::Database;

const ORDERS: [&str; 10] = [
    "",
    "sortBy=userName",
    "sortBy=userName&sortOrder=descending",
    "sortBy=id",
    "sortBy=id&sortOrder=descending",
    "sortBy=externalId",
    "sortBy=externalId&sortOrder=descending",
    "sortBy=displayName",
    "sortBy=active&sortOrder=Descending",
    "sortBy=emails",
];

/// Twenty users, some of whom have what others lack; names differ only beyond ASCII.
async fn people(database: Database) -> Probe {
    let mut seed = vec![json!({ "schemas": [urn("Role")], "id": "r1", "displayName": "R" })];
    for n in 0..20 {
        let mut one = user(&format!("{}{:02}", ["Ä", "b", "ä", "B"][n % 4], (n * 7) % 20), "r1");
        if n % 3 == 0 {
            one["externalId"] = json!(format!("x{:02}", (n * 3) % 20));
            one["displayName"] = json!(["Zoë", "zoe", "Adam"][n / 3 % 3]);
        }
        if n % 2 == 0 {
            one["emails"] = json!([
                { "value": "z@example.com" },
                { "value": format!("m{n}@example.com"), "primary": true },
            ]);
        }
        one["active"] = json!(n % 5 > 0);
        seed.push(one);
    }
    Probe::start(settings(open_pack(), database, Some(seed))).await.expect("it starts")
}

/// Every resource of a list, page by page, by index or by cursor.
async fn walk(sandbox: &Probe, path: &str, count: usize, by_cursor: bool) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let place = if by_cursor { format!("cursor={cursor}") } else { format!("startIndex={}", all.len() + 1) };
        let page = sandbox.get(&format!("{path}&count={count}&{place}")).await.granted(200).json();
        let resources = page["Resources"].as_array().expect("a list");
        assert!(resources.len() <= count && page["itemsPerPage"] == resources.len());
        all.extend(resources.iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) if by_cursor => next.clone_into(&mut cursor),
            None if by_cursor => return all,
            _ if resources.is_empty() => return all,
            _ => {}
        }
    }
}

fn names(resources: &[Value], name: &str) -> String {
    let names: Vec<&str> = resources.iter().map(|of| of[name].as_str().unwrap_or("-")).collect();
    names.join(" ")
}

#[tokio::test]
async fn pages_of_any_order_and_size_hold_everything_once_in_that_order() {
    let directory = tempfile::tempdir().expect("a directory");
    for database in [Database::Memory, Database::File(directory.path().join("a.db"))] {
        let sandbox = people(database).await;
        for order in ORDERS {
            for filter in ["", "filter=active%20eq%20true", "filter=userName%20sw%20%22b0%22"] {
                let path = format!("/Users?{order}&{filter}");
                let whole = walk(&sandbox, &path, 100, false).await;
                assert_eq!(
                    whole.len(),
                    match filter {
                        "" => 20,
                        "filter=active%20eq%20true" => 16,
                        _ => 5,
                    },
                    "{path}"
                );
                for count in [1, 3, 7, 20] {
                    for by_cursor in [false, true] {
                        assert_eq!(walk(&sandbox, &path, count, by_cursor).await, whole, "{path} {count} {by_cursor}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_order_is_by_the_announced_type_and_what_lacks_a_value_is_at_its_end() {
    let sandbox = people(Database::Memory).await;
    let order =
        async |by: &str, shown: &str| names(&walk(&sandbox, &format!("/Users?sortBy={by}"), 100, false).await, shown);
    insta::assert_snapshot!(order("userName", "userName").await, @"B01 b03 B05 b07 B09 b11 B13 b15 B17 b19 Ä00 ä02 Ä04 ä06 Ä08 ä10 Ä12 ä14 Ä16 ä18");
    insta::assert_snapshot!(order("externalId", "externalId").await, @"x00 x05 x07 x09 x14 x16 x18 - - - - - - - - - - - - -");
    insta::assert_snapshot!(order("externalId&sortOrder=descending", "externalId").await, @"- - - - - - - - - - - - - x18 x16 x14 x09 x07 x05 x00");
    insta::assert_snapshot!(order("displayName", "displayName").await, @"Adam Adam zoe zoe Zoë Zoë Zoë - - - - - - - - - - - - -");
    for wrong in ["shoeSize", "meta", "a%20b", "userName&sortOrder=up"] {
        sandbox.get(&format!("/Users?sortBy={wrong}")).await.refused(400, "invalidValue");
    }
    // An order without anything to order by is ignored.
    sandbox.get("/Users?sortOrder=up").await.granted(200);
}

#[tokio::test]
async fn an_index_into_an_order_is_right_after_a_change() {
    let sandbox = people(Database::Memory).await;
    let whole = async || walk(&sandbox, "/Users?sortBy=userName", 100, false).await;
    for change in 0..4 {
        walk(&sandbox, "/Users?sortBy=userName", 3, false).await;
        let before = whole().await;
        let first = format!("/Users/{}", before[0]["id"].as_str().expect("an id"));
        match change {
            0 => sandbox.user("aaa", "r1").await.granted(201).status,
            1 => sandbox.delete(&first).await.granted(204).status,
            2 => sandbox.patch(&first, json!([{ "op": "replace", "path": "userName", "value": "zzz" }])).await.status,
            _ => sandbox.patch(&first, json!([{ "op": "add", "path": "active", "value": false }])).await.status,
        };
        let after = whole().await;
        let page = sandbox.get("/Users?sortBy=userName&startIndex=7&count=3").await.json();
        assert_eq!(page["Resources"].as_array().expect("a list")[..], after[6..9], "change {change}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_list_alone_and_survives_what_happens_elsewhere() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let sandbox = people(Database::File(path.clone())).await;
    let page = sandbox.get("/Users?cursor=&count=5").await.json();
    assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(20), &Value::Null));
    let cursor = page["nextCursor"].as_str().expect("there is more").to_owned();
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let forged = format!("{}0", &cursor[..cursor.len() - 1]);
    for wrong in [
        format!("/Users?cursor={forged}x"),
        "/Users?cursor=1".to_owned(),
        "/Users?cursor=%00".to_owned(),
        format!("/Roles?cursor={cursor}"),
        format!("/Users?cursor={cursor}&sortBy=id"),
        format!("/Users?cursor={cursor}&filter=active%20pr"),
        format!("/Organizations?cursor={cursor}"),
    ] {
        sandbox.get(&wrong).await.refused(400, "invalidCursor");
    }
    for wrong in ["0", "-1", "many"] {
        sandbox.get(&format!("/Users?cursor=&count={wrong}")).await.refused(400, "invalidCount");
    }
    // Without a name to go by, the place is good even when the resource in front of it is gone.
    let last = page["Resources"][4]["id"].as_str().expect("an id").to_owned();
    sandbox.delete(&format!("/Users/{last}")).await.granted(204);
    let by_name = sandbox.get("/Users?cursor=&count=5&sortBy=userName").await.json();
    sandbox.running.stop().await;
    let sandbox = Probe::in_file(&path).await.expect("it starts");
    let next = sandbox.get(&format!("/Users?cursor={cursor}&count=100")).await.granted(200).json();
    assert_eq!((&next["itemsPerPage"], &next["nextCursor"]), (&json!(15), &Value::Null));

    let last = format!("/Users/{}", by_name["Resources"][4]["id"].as_str().expect("an id"));
    sandbox.patch(&last, json!([{ "op": "replace", "path": "userName", "value": "zzz" }])).await.granted(200);
    let cursor = by_name["nextCursor"].as_str().expect("there is more");
    sandbox.get(&format!("/Users?cursor={cursor}&count=5&sortBy=userName")).await.refused(400, "expiredCursor");
}

#[tokio::test]
async fn the_root_lists_every_type_and_what_a_type_has_not_is_unassigned_in_it() {
    let sandbox = people(Database::Memory).await;
    let total = async |query: &str| {
        sandbox.get(&format!("/?{query}")).await.granted(200).json()["totalResults"].as_u64().expect("a number")
    };
    assert_eq!(total("").await, 21);
    assert_eq!(total("filter=userName%20pr").await, 20);
    assert_eq!(total("filter=not%20(userName%20pr)").await, 1);
    assert_eq!(total("filter=shoeSize%20eq%20%22x%22").await, 0);
    assert_eq!(total("filter=id%20eq%20%22r1%22").await, 1);
    assert_eq!(total("filter=meta.resourceType%20eq%20%22Role%22").await, 1);
    assert_eq!(total("filter=userName%20eq%20%22%C3%A400%22%20or%20displayName%20eq%20%22r%22").await, 2);
    for order in ["", "sortBy=id", "sortBy=userName&sortOrder=descending", "filter=meta.version%20pr"] {
        let path = format!("/?{order}");
        let whole = walk(&sandbox, &path, 100, false).await;
        assert_eq!(whole.len(), 21);
        for by_cursor in [false, true] {
            assert_eq!(walk(&sandbox, &path, 4, by_cursor).await, whole, "{path}");
        }
    }
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "displayName eq \"R\"",
        "attributes": ["displayName"],
        "sortBy": "displayName",
        "sortOrder": "descending",
        "cursor": "",
        "count": 1,
    });
    let found = sandbox.post("/.search", search).await.granted(200).json();
    assert_eq!(found["Resources"], json!([{ "schemas": [urn("Role")], "id": "r1", "displayName": "R" }]));
    sandbox.get("/?sortBy=shoeSize").await.refused(400, "invalidValue");
    sandbox.get("/?filter=active%20gt%20true").await.refused(400, "invalidFilter");
}
