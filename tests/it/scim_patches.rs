//! PATCH (RFC 7644 §3.5.2), by raw requests; see `scim_checklist`.
//!
//! - the RFC's examples of add, without a path and with one: `add_appends_sets_and_merges`
//! - adding what is there changes nothing, no version either: `adding_what_is_there_changes_nothing`
//! - the RFC's examples of remove; removing what is not there is done: `remove_takes_away`
//! - the RFC's examples of replace; what is not there is added: `replace_sets`
//! - a filter in the path that finds nothing: `a_path_without_a_match`
//! - all path forms, a schema's URN in front included: `every_form_of_path_is_read`
//! - operations in any case, as widespread clients send them: `operations_have_no_case`
//! - all operations or none, in their order: `a_patch_is_done_whole_or_not_at_all`
//! - required and read-only attributes stay: `what_must_stay_stays`
//! - malformed bodies, paths and values, each by its keyword: `what_makes_no_sense_is_refused`
//! - the answer is the resource, whole or in part: `the_answer_is_the_resource`

use serde_json::{Value, json};

use crate::scim_wire::{MESSAGES, Service, USER, patch};

async fn babs() -> (Service, String) {
    let service = Service::start().await;
    let more = json!({ "displayName": "Babs", "emails": [
        { "value": "babs@example.com", "type": "work", "primary": true },
        { "value": "babs@jensen.org", "type": "home" },
    ] });
    let path = service.user("bjensen", more).await;
    (service, path)
}

/// The emails of a user as `type:value`, the primary one with a star.
fn emails(user: &Value) -> String {
    let shown = |email: &Value| {
        let text = |name: &str| email[name].as_str().unwrap_or("-").to_owned();
        format!("{}:{}{}", text("type"), text("value"), if email["primary"] == true { "*" } else { "" })
    };
    user["emails"].as_array().into_iter().flatten().map(shown).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn add_appends_sets_and_merges() {
    let (service, path) = babs().await;
    // Without a path, as in the RFC's second example.
    let add = json!([{ "op": "add", "value": {
        "emails": [{ "value": "babs@jensen.net", "type": "other" }], "displayName": "Barbara", "externalId": "b1",
    } }]);
    let user = service.patch(&path, add).await.granted(200);
    assert_eq!(emails(&user), "work:babs@example.com* home:babs@jensen.org other:babs@jensen.net");
    assert_eq!((&user["displayName"], &user["externalId"]), (&json!("Barbara"), &json!("b1")));
    // A new primary value takes the place of the old one.
    let add = json!([{ "op": "add", "path": "emails", "value": [{ "value": "x@jensen.org", "primary": true }] }]);
    let user = service.patch(&path, add).await.granted(200);
    assert!(emails(&user).ends_with("-:x@jensen.org*") && emails(&user).matches('*').count() == 1);
    // Parts are merged into the values that a filter selects; where there is none, it is made.
    let add = json!([
        { "op": "add", "path": "emails[type eq \"home\"].primary", "value": true },
        { "op": "add", "path": "emails[type eq \"car\"].value", "value": "car@jensen.org" },
    ]);
    let user = service.patch(&path, add).await.granted(200);
    assert!(emails(&user).contains("home:babs@jensen.org*") && emails(&user).ends_with("car:car@jensen.org"));
}

#[tokio::test]
async fn adding_what_is_there_changes_nothing() {
    let (service, path) = babs().await;
    let before = service.get(&path).await;
    for operations in [
        json!([{ "op": "add", "path": "displayName", "value": "Babs" }]),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "babs@jensen.org", "type": "home" }] }]),
        json!([{ "op": "add", "value": { "emails": [{ "type": "home", "value": "BABS@jensen.org" }] } }]),
        json!([{ "op": "replace", "path": "active", "value": true }]),
        json!([{ "op": "remove", "path": "emails[type eq \"nothing\"]" }]),
        json!([{ "op": "remove", "path": "externalId" }]),
        json!([{ "op": "add", "path": "externalId", "value": "x" }, { "op": "remove", "path": "externalId" }]),
    ] {
        let after = service.patch(&path, operations.clone()).await;
        assert_eq!(after.granted(200)["meta"], before.granted(200)["meta"], "{operations}");
        assert_eq!(after.header("etag"), before.header("etag"), "{operations}");
    }
}

#[tokio::test]
async fn remove_takes_away() {
    let (service, path) = babs().await;
    let remove = json!([{ "op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]" }]);
    assert_eq!(emails(&service.patch(&path, remove.clone()).await.granted(200)), "home:babs@jensen.org");
    // A member that is not there is as removed as it can be.
    assert_eq!(emails(&service.patch(&path, remove).await.granted(200)), "home:babs@jensen.org");
    let remove =
        json!([{ "op": "remove", "path": "emails[type eq \"home\"].type" }, { "op": "remove", "path": "displayName" }]);
    let user = service.patch(&path, remove).await.granted(200);
    assert_eq!((emails(&user), user.get("displayName")), ("-:babs@jensen.org".to_owned(), None));
    // Values in the operation, as one large client sends them.
    let remove = json!([{ "op": "remove", "path": "emails", "value": [{ "value": "babs@jensen.org" }] }]);
    assert!(service.patch(&path, remove).await.granted(200).get("emails").is_none());
    service.patch(&path, json!([{ "op": "remove" }])).await.refused(400, "noTarget");
    service.patch(&path, json!([{ "op": "remove", "path": "" }])).await.refused(400, "invalidPath");
}

#[tokio::test]
async fn replace_sets() {
    let (service, path) = babs().await;
    let work = json!([{ "op": "replace", "path": "emails[type eq \"work\"]", "value":
        { "type": "work", "value": "new@example.com", "primary": true } }]);
    assert_eq!(emails(&service.patch(&path, work).await.granted(200)), "work:new@example.com* home:babs@jensen.org");
    let part = json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "home@jensen.org" }]);
    assert_eq!(emails(&service.patch(&path, part).await.granted(200)), "work:new@example.com* home:home@jensen.org");
    let all = json!([{ "op": "replace", "value": { "emails": [{ "value": "only@jensen.org" }], "displayName": "B" } }]);
    let user = service.patch(&path, all).await.granted(200);
    assert_eq!((&*emails(&user), &user["displayName"]), ("-:only@jensen.org", &json!("B")));
    // What is not there is added.
    let added = json!([{ "op": "replace", "path": "externalId", "value": "x" }, { "op": "replace", "path": "emails.type", "value": "home" }]);
    let user = service.patch(&path, added).await.granted(200);
    assert_eq!((&*emails(&user), &user["externalId"]), ("home:only@jensen.org", &json!("x")));
    // Null unassigns.
    let user = service.patch(&path, json!([{ "op": "replace", "path": "emails", "value": null }])).await.granted(200);
    assert!(user.get("emails").is_none());
    let user =
        service.patch(&path, json!([{ "op": "replace", "path": "emails.value", "value": "a@b" }])).await.granted(200);
    assert_eq!(emails(&user), "-:a@b");
}

#[tokio::test]
async fn a_path_without_a_match() {
    let (service, path) = babs().await;
    for target in ["emails[type eq \"car\"]", "emails[type eq \"car\"].value", "roles[value eq \"x\"].value"] {
        let replace = json!([{ "op": "replace", "path": target, "value": if target.ends_with(']') { json!({}) } else { json!("x") } }]);
        service.patch(&path, replace).await.refused(400, "noTarget");
    }
}

#[tokio::test]
async fn every_form_of_path_is_read() {
    let (service, path) = babs().await;
    for (target, value) in [
        ("displayName".to_owned(), json!("1")),
        ("DISPLAYNAME".to_owned(), json!("2")),
        (format!("{USER}:displayName"), json!("3")),
        ("emails".to_owned(), json!([{ "value": "e@example.com", "type": "work" }])),
        ("emails.type".to_owned(), json!("home")),
        (format!("{USER}:emails[type eq \"home\"].value"), json!("f@example.com")),
        ("emails[value eq \"f@example.com\" and type pr]".to_owned(), json!({ "value": "g@example.com" })),
        ("emails[not (type eq \"x]\")].primary".to_owned(), json!(true)),
    ] {
        let replace = json!([{ "op": "replace", "path": target, "value": value }]);
        service.patch(&path, replace).await.granted(200);
    }
    let user = service.get(&path).await.granted(200);
    assert_eq!((&*emails(&user), &user["displayName"]), ("-:g@example.com*", &json!("3")));
    for wrong in [
        "a b",
        "emails[",
        "emails[]",
        "emails[type]",
        "emails[type pr]x",
        "a.b.c",
        "1",
        "emails.value[type pr]",
        "displayName[value pr]",
        "emails[kind pr]",
        "emails[a[b pr] pr]",
        "urn:x:y:displayName",
        "shoeSize",
        "emails.kind",
    ] {
        let replace = json!([{ "op": "replace", "path": wrong, "value": "x" }]);
        service.patch(&path, replace).await.refused(400, "invalidPath");
    }
}

#[tokio::test]
async fn operations_have_no_case() {
    let (service, path) = babs().await;
    let operations = json!([
        { "op": "Replace", "path": "active", "value": false },
        { "op": "ADD", "path": "externalId", "value": "x" },
        { "op": "Remove", "path": "displayName" },
    ]);
    let user = service.patch(&path, operations).await.granted(200);
    assert_eq!((&user["active"], &user["externalId"], user.get("displayName")), (&json!(false), &json!("x"), None));
}

#[tokio::test]
async fn a_patch_is_done_whole_or_not_at_all() {
    let (service, path) = babs().await;
    let before = service.get(&path).await.granted(200);
    let half = json!([
        { "op": "replace", "path": "displayName", "value": "changed" },
        { "op": "remove", "path": "emails" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "gone by now" },
    ]);
    service.patch(&path, half).await.refused(400, "noTarget");
    assert_eq!(service.get(&path).await.granted(200), before);
    let in_order = json!([
        { "op": "add", "path": "displayName", "value": "1" },
        { "op": "replace", "path": "displayName", "value": "2" },
        { "op": "remove", "path": "emails" },
        { "op": "add", "path": "emails", "value": { "value": "one@example.com" } },
    ]);
    let user = service.patch(&path, in_order).await.granted(200);
    assert_eq!((&*emails(&user), &user["displayName"]), ("-:one@example.com", &json!("2")));
}

#[tokio::test]
async fn what_must_stay_stays() {
    let (service, path) = babs().await;
    for operation in [
        json!({ "op": "remove", "path": "userName" }),
        json!({ "op": "replace", "path": "userName", "value": null }),
        json!({ "op": "replace", "path": "roles", "value": [] }),
        json!({ "op": "remove", "path": "roles[value pr]" }),
        json!({ "op": "replace", "path": "id", "value": "x" }),
        json!({ "op": "add", "path": "meta.created", "value": "2001-01-01T00:00:00Z" }),
        json!({ "op": "add", "path": "schemas", "value": ["urn:x"] }),
        json!({ "op": "replace", "path": "roles.display", "value": "x" }),
    ] {
        service.patch(&path, json!([operation])).await.refused(400, "mutability");
    }
    service.user("other", json!({})).await;
    let taken = json!([{ "op": "replace", "path": "userName", "value": "OTHER" }]);
    service.patch(&path, taken).await.refused(409, "uniqueness");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (service, path) = babs().await;
    for body in [
        json!({}),
        json!({ "Operations": [{ "op": "remove", "path": "displayName" }] }),
        json!({ "schemas": [USER], "Operations": [{ "op": "remove", "path": "displayName" }] }),
        json!({ "schemas": [format!("{MESSAGES}PatchOp")] }),
        patch(&json!([])),
        patch(&json!({ "op": "remove", "path": "displayName" })),
        patch(&json!([{ "path": "displayName", "value": "x" }])),
        patch(&json!([{ "op": "move", "path": "displayName" }])),
    ] {
        service.send("PATCH", &path, &body).await.refused(400, "invalidSyntax");
    }
    for operation in [
        json!({ "op": "add", "path": "displayName" }),
        json!({ "op": "add", "path": "displayName", "value": 7 }),
        json!({ "op": "replace", "path": "active", "value": "maybe" }),
        json!({ "op": "replace", "path": "emails", "value": "x" }),
        json!({ "op": "replace", "path": "emails", "value": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
        json!({ "op": "add", "value": "x" }),
        json!({ "op": "add" }),
    ] {
        service.patch(&path, json!([operation])).await.refused(400, "invalidValue");
    }
    let many: Vec<Value> =
        (0..10_000).map(|n| json!({ "op": "replace", "path": "displayName", "value": n.to_string() })).collect();
    service.patch(&path, Value::Array(many)).await.refused(413, "");
}

#[tokio::test]
async fn the_answer_is_the_resource() {
    let (service, path) = babs().await;
    let body = patch(&json!([{ "op": "replace", "path": "displayName", "value": "B" }]));
    let part = service.send("PATCH", &format!("{path}?attributes=displayName"), &body).await.granted(200);
    assert_eq!(part, json!({ "schemas": [USER], "id": part["id"], "displayName": "B" }));
    let whole = service.send("PATCH", &path, &body).await;
    assert_eq!(whole.granted(200), service.get(&path).await.granted(200));
    assert_eq!(whole.header("etag"), whole.granted(200)["meta"]["version"]);
}
