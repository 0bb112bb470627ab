//! The vendor's own: built-in roles, the catalogue and subscriptions, in a database that is kept.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Probe, settings};
use crate::sandbox::Database;

/// A platform of the tests' own, with a role that grants everything and one that does not.
fn pack(catalogue: &Value) -> Value {
    json!({
        "platform": "ships",
        "title": "Ships",
        "vocabularies": {
            "classifications": { "mode": "absent" },
            "segments": { "mode": "absent" },
            "user_types": { "mode": "absent" },
        },
        "roles": {
            "attributes": { "decks": { "type": "names", "values": ["upper", "lower"] } },
            "permissions": {},
            "built_in": {
                "roles": {
                    "captain": { "name": "Captain", "permissions": { "all": true }, "attributes": { "decks": ["upper", "lower"] } },
                    "cook": { "name": "Cook", "permissions": { "only": ["galley"] }, "changeable": ["permissions"] },
                },
            },
        },
        "users": { "user_name": "text", "user_type": "none" },
        "catalogue": catalogue,
        "subscriptions": { "fleet": { "label": "Fleet", "custom_roles_rule": "R-X-1" } },
    })
}

fn galley() -> Value {
    json!({ "galley": { "actions": ["view", "cook"] } })
}

async fn open(path: &Path, catalogue: &Value, seed: Option<Vec<Value>>) -> Probe {
    let settings = settings(pack(catalogue), Database::File(path.to_owned()), seed);
    Probe::start(settings).await.expect("it starts")
}

/// The roles and what they grant, a line each.
async fn roles(sandbox: &Probe) -> String {
    let list = sandbox.get("/Roles").await.json();
    let line = |role: &Value| {
        let grants = role["grants"].as_array().into_iter().flatten();
        let words: Vec<&str> = grants.filter_map(|grant| grant["value"].as_str()).collect();
        let text = |name: &str| role[name].as_str().unwrap_or_default().to_owned();
        format!("{} ({}): {} {}", text("displayName"), text("builtIn"), words.join(" "), role["meta"]["version"])
    };
    list["Resources"].as_array().expect("a list").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_a_newer_catalogue_adds_is_granted_by_the_role_that_grants_everything() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let sandbox = open(&path, &galley(), None).await;
    insta::assert_snapshot!(roles(&sandbox).await, @r#"
    Captain (captain): galley.cook galley.view "W/\"1\""
    Cook (cook): galley.cook galley.view "W/\"1\""
    "#);
    assert_eq!(sandbox.get("/Roles").await.json()["Resources"][0]["decks"], json!(["upper", "lower"]));
    sandbox.running.stop().await;
    let more = json!({
        "galley": { "actions": ["view", "cook", "serve"] },
        "bridge": { "kind": "location", "actions": ["view"], "fields": ["chart"], "field_actions": ["view"] },
    });
    let sandbox = open(&path, &more, None).await;
    let once = roles(&sandbox).await;
    insta::assert_snapshot!(once, @r#"
    Captain (captain): galley.cook galley.view bridge.view galley.serve "W/\"2\""
    Cook (cook): galley.cook galley.view "W/\"1\""
    "#);
    assert_eq!(sandbox.names("/Permissions", "entity").await, ["galley", "bridge"]);
    sandbox.running.stop().await;
    // The same catalogue again adds nothing.
    assert_eq!(roles(&open(&path, &more, None).await).await, once);
}

/// R-UT-32: what is added for some user types alone is nothing that a role of another type gets.
#[tokio::test]
async fn what_a_newer_catalogue_adds_is_granted_to_whom_it_is_for() {
    let whole: Value =
        serde_json::to_value(crate::platform::built_in("responsive").expect("it is carried")).expect("JSON");
    let mut older = whole.clone();
    older["catalogue"].as_object_mut().expect("a map").remove("ai_drafting");
    older["catalogue"]["templates"]["user_types"] = json!(["AI business user"]);
    let directory = tempfile::tempdir().expect("a directory");
    let database = || Database::File(directory.path().join("sandbox.db"));
    let sandbox = Probe::start(settings(older, database(), None)).await.expect("it starts");
    sandbox.running.stop().await;
    let grown = Probe::start(settings(whole.clone(), database(), None)).await.expect("it starts");
    let fresh = Probe::start(settings(whole, Database::Memory, None)).await.expect("it starts");
    let granted = async |sandbox: &Probe, key: &str| {
        let list = sandbox.get("/Roles").await.json();
        let role = list["Resources"].as_array().expect("a list").iter().find(|role| role["builtIn"] == key).cloned();
        let words = role.expect("it is there")["grants"].as_array().expect("a list").clone();
        words.iter().filter_map(|word| word["value"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    for (key, may_draft) in [("admin_ai", true), ("admin", false)] {
        let now = granted(&grown, key).await;
        assert_eq!(now.contains("ai_drafting.use"), may_draft, "{key}: {now:?}");
        assert!(now.contains("templates.create"), "{key}: {now:?}");
        assert_eq!(now, granted(&fresh, key).await, "{key}: as in a database that is new");
    }
}

#[tokio::test]
async fn a_seed_may_bring_its_own_catalogue_roles_and_subscriptions() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let of = |kind: &str| json!({ "resourceType": kind });
    let seed = vec![
        json!({ "meta": of("Permission"), "entity": "mast", "kind": "functionality", "actions": ["climb"] }),
        json!({ "meta": of("Role"), "displayName": "Skipper", "builtIn": "captain" }),
        json!({ "meta": of("Organization"), "platform": "ships" }),
    ];
    let sandbox = open(&path, &galley(), Some(seed)).await;
    sandbox.running.stop().await;
    let sandbox = open(&path, &galley(), None).await;
    // The built-in role that the seed does not list is there all the same.
    insta::assert_snapshot!(roles(&sandbox).await, @r#"
    Cook (cook): galley.cook galley.view "W/\"1\""
    Skipper (captain):  "W/\"1\""
    "#);
    assert_eq!(sandbox.names("/Permissions", "entity").await, ["mast"]);
    assert_eq!(sandbox.get("/Organizations").await.json()["Resources"][0]["subscriptions"], json!([]));
    // A role may grant what this organization's catalogue has, once it may have roles at all.
    let role = json!({ "schemas": [super::urn("Role")], "displayName": "R", "grants": [{ "value": "mast.climb" }] });
    sandbox.post("/Roles", role.clone()).await.refused_by(403, "R-X-1");
    let subscribed = vec![
        json!({ "meta": of("Permission"), "entity": "mast", "actions": ["climb"] }),
        json!({ "meta": of("Organization"), "subscriptions": ["fleet"] }),
    ];
    let sandbox = Probe::start(settings(pack(&galley()), Database::Memory, Some(subscribed))).await.expect("it starts");
    sandbox.post("/Roles", role).await.granted(201);
}

#[tokio::test]
async fn a_seed_may_give_one_name_twice_and_requests_can_tell_them_apart() {
    let role = |id: &str, name: &str| json!({ "meta": { "resourceType": "Role" }, "id": id, "displayName": name });
    let user =
        |name: &str| json!({ "meta": { "resourceType": "User" }, "userName": name, "roles": [{ "value": "a" }] });
    let seed = vec![role("a", "Mate"), role("b", " MATE "), user("ana"), user("Ana")];
    let sandbox = Probe::start(settings(pack(&galley()), Database::Memory, Some(seed))).await.expect("it starts");
    assert_eq!(sandbox.names("/Roles", "displayName").await, ["Captain", "Cook", "Mate", " MATE "]);
    let set = async |path: &str, name: &str, value: &str| {
        sandbox.patch(path, json!([{ "op": "replace", "path": name, "value": value }])).await
    };
    // What has nothing to do with the name, or ends the collision, is done; a third is not made.
    set("/Roles/b", "decks", "upper").await.granted(200);
    sandbox
        .post("/Roles", json!({ "schemas": [super::urn("Role")], "displayName": "mate" }))
        .await
        .refused(409, "uniqueness");
    set("/Roles/b", "displayName", "Second Mate").await.granted(200);
    set("/Roles/b", "displayName", "mate").await.refused(409, "uniqueness");
    assert_eq!(sandbox.names("/Users?filter=userName%20eq%20%22ANA%22", "userName").await, ["ana", "Ana"]);
}
