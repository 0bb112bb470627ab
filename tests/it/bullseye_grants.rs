//! What roles of Bullseye grant, as the platform holds it: the raw request, and what it leaves.
//!
//! The other rules are in `bullseye_requests`.
//!
//! | rule | test |
//! |---|---|
//! | R-BE-4 | `r_be_4_each_default_role_has_its_permissions` |
//! | R-BE-9 | `r_be_9_the_administrator_role_grants_everything` |
//! | R-BE-28 | `r_be_28_permissions_follow_the_creation` |
//! | R-BE-29 | `r_be_29_the_catalogue_says_kinds_actions_and_fields` |
//! | R-BE-30 | `r_be_29_the_catalogue_says_kinds_actions_and_fields` |
//! | R-BE-31 | `r_be_31_fields_limit_adding_modifying_and_viewing_alone` |
//! | R-BE-32 | `r_be_29_the_catalogue_says_kinds_actions_and_fields` |
//! | R-BE-33 | `r_be_33_a_functionality_is_had_with_view_or_not_at_all` |
//! | R-BE-34 | `r_be_34_a_new_role_grants_nothing` |

use serde_json::{Value, json};

use crate::bullseye_requests::{made, role, start, words};
use crate::support::raw::{self, grants, patch, replace, ways};

#[tokio::test]
async fn r_be_4_each_default_role_has_its_permissions() {
    let platform = start().await;
    for (name, first) in
        [("Account User", "events.add"), ("Location Admin", "events.add"), ("Location User", "leads.assign")]
    {
        let role = platform.get(&platform.find("/Roles", name).await).await;
        assert_eq!(words(&role)[0], first);
        assert_eq!(role["grants"][0], raw::grant(first));
    }
    // What they may do is what they are made with, word by word.
    let user = platform.get(&platform.find("/Roles", "Location User").await).await;
    assert_eq!(words(&user), ["leads.assign", "leads.follow_up", "leads.view", "locations.view"]);
}

#[tokio::test]
async fn r_be_9_the_administrator_role_grants_everything() {
    let platform = start().await;
    let path = platform.find("/Roles", "Administrator").await;
    let role = platform.get(&path).await;
    let mut everything = Vec::new();
    for entity in platform.get("/Permissions?count=1000").await["Resources"].as_array().expect("a list") {
        let name = entity["entity"].as_str().expect("a name");
        let actions = entity["actions"].as_array().expect("a list").iter().filter_map(Value::as_str);
        everything.extend(actions.map(|action| format!("{name}.{action}")));
    }
    everything.sort();
    assert_eq!(words(&role), everything);
    for body in [
        patch(&json!([{ "op": "remove", "path": "grants[value eq \"leads.view\"]" }])),
        patch(&json!([{ "op": "remove", "path": "grants[entity eq \"users\"]" }])),
        patch(&json!([{ "op": "remove", "path": "grants" }])),
        patch(&json!([{ "op": "add", "path": "grants", "value": [{ "value": "locations.view.name" }] }])),
    ] {
        platform.refuses(("PATCH", &path, body), (403, "", "R-BE-8")).await;
    }
}

#[tokio::test]
async fn r_be_28_permissions_follow_the_creation() {
    let platform = start().await;
    let at_once = role("Rep", &[("grants", grants(&["leads.view"]))]);
    platform.refuses(("POST", "/Roles", at_once), (400, "invalidValue", "R-BE-28")).await;
    let path = made(&platform, "Rep").await;
    platform.send("ada", "PATCH", &path, &replace("grants", &grants(&["leads.view"]))).await.granted(200);
}

#[tokio::test]
async fn r_be_29_the_catalogue_says_kinds_actions_and_fields() {
    let platform = start().await;
    let list = platform.get("/Permissions?count=1000").await;
    for entity in list["Resources"].as_array().expect("a list") {
        let name = entity["entity"].as_str().expect("a name");
        let actions = entity["actions"].as_array().expect("a list");
        let is_location = ["locations", "service_areas"].contains(&name);
        assert_eq!(entity["kind"], if is_location { "location" } else { "functionality" });
        assert_eq!(entity.get("fields").is_some(), is_location, "{name}");
        if is_location {
            assert_eq!(actions, &["add", "delete", "modify", "view"]);
        }
        assert!(actions.contains(&json!("view")), "{name} can be switched on");
    }
    let path = made(&platform, "Rep").await;
    let words = [
        "ships.view",
        "locations.fly",
        "locations",
        "leads.view.name",
        "locations.view.colour",
        "locations.view.name.x",
    ];
    for word in words {
        let body = replace("grants", &json!([{ "value": word }]));
        platform.refuses(("PATCH", &path, body), (400, "invalidValue", "")).await;
    }
    let refused = platform.send("ada", "POST", "/Permissions", &json!({})).await;
    assert_eq!(refused.status, 405);
}

#[tokio::test]
async fn r_be_31_fields_limit_adding_modifying_and_viewing_alone() {
    let platform = start().await;
    let path = made(&platform, "Rep").await;
    let allowed = grants(&["locations.add.name", "locations.modify.hours", "locations.view.phone", "locations.delete"]);
    platform.send("ada", "PATCH", &path, &replace("grants", &allowed)).await.granted(200);
    assert_eq!(platform.get(&path).await["grants"], allowed);
    let whole = platform.get(&path).await;
    for word in ["locations.delete.phone", "service_areas.delete.name"] {
        for (method, body) in ways(&whole, "grants", &grants(&[word])) {
            platform.refuses((method, &path, body), (400, "invalidValue", "R-BE-31")).await;
        }
    }
    // Reading C10: a field comes with an action on it.
    for grant in [json!({ "value": "locations.phone" }), json!({ "entity": "locations", "field": "phone" })] {
        let body = replace("grants", &json!([grant]));
        platform.refuses(("PATCH", &path, body), (400, "invalidValue", "R-BE-31")).await;
    }
}

#[tokio::test]
async fn r_be_33_a_functionality_is_had_with_view_or_not_at_all() {
    let platform = start().await;
    let path = made(&platform, "Rep").await;
    for words in [&["promotions.add"][..], &["leads.view", "users.modify", "users.add"]] {
        let body = replace("grants", &grants(words));
        platform.refuses(("PATCH", &path, body), (400, "invalidValue", "R-BE-33")).await;
    }
    // What is sent is what is kept: that it means every action is the reader's to know.
    let sent = grants(&["promotions.view", "leads.view", "leads.assign"]);
    platform.send("ada", "PATCH", &path, &replace("grants", &sent)).await.granted(200);
    assert_eq!(platform.get(&path).await["grants"], sent);
    let view_alone = patch(&json!([{ "op": "remove", "path": "grants[value eq \"leads.view\"]" }]));
    platform.refuses(("PATCH", &path, view_alone), (400, "invalidValue", "R-BE-33")).await;
    // Of a location one may do things without seeing it.
    platform.send("ada", "PATCH", &path, &replace("grants", &grants(&["locations.add"]))).await.granted(200);
}

#[tokio::test]
async fn r_be_34_a_new_role_grants_nothing() {
    let platform = start().await;
    let made = platform.send("ada", "POST", "/Roles", &role("Rep", &[])).await.granted(201);
    assert_eq!(made.get("grants"), None);
}
