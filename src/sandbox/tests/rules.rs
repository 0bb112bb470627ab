//! The platform's rules, each by the raw request that it refuses.

use serde_json::{Value, json};

use super::{Probe, open_pack, settings, urn, user};
use crate::sandbox::Database;

fn with_type(name: &str, role: &str, user_type: &str, active: bool) -> Value {
    let mut body = user(name, role);
    body["userType"] = json!(user_type);
    body["active"] = json!(active);
    body
}

#[tokio::test]
async fn r_be_37_a_user_has_exactly_one_role_that_exists() {
    let sandbox = Probe::open().await;
    let (r, s) = (sandbox.role("R").await, sandbox.role("S").await);
    let mut two = user("ana", &r);
    two["roles"] = json!([{ "value": r }, { "value": s }]);
    sandbox.post("/Users", two).await.refused_by(400, "R-BE-37");
    sandbox.user("ana", "nothing").await.refused(400, "invalidValue");
    // The same role twice is one role, and a reference names it as well.
    let mut same = user("ana", &r);
    same["roles"] = json!([{ "value": r }, { "$ref": format!("{}/Roles/{r}", sandbox.running.url()) }]);
    let path = format!("/Users/{}", sandbox.post("/Users", same).await.id());
    sandbox
        .patch(&path, json!([{ "op": "add", "path": "roles", "value": [{ "value": s }] }]))
        .await
        .refused_by(400, "R-BE-37");
    let moved = sandbox.patch(&path, json!([{ "op": "replace", "path": "roles", "value": [{ "value": s }] }])).await;
    assert_eq!(moved.granted(200).json()["roles"][0]["value"], s);
}

#[tokio::test]
async fn r_be_39_a_held_role_is_not_deleted_and_inactive_holders_count() {
    let sandbox = Probe::open().await;
    let (r, s) = (sandbox.role("R").await, sandbox.role("S").await);
    let mut body = user("ana", &r);
    body["active"] = json!(false);
    let ana = sandbox.post("/Users", body).await.id();
    let refused = sandbox.delete(&format!("/Roles/{r}")).await;
    refused.refused(409, "");
    assert_eq!(refused.refused_by(409, "R-BE-39"), json!({ "rule": "R-BE-39", "role": "R", "holders": 1 }));
    let path = format!("/Users/{ana}");
    sandbox.patch(&path, json!([{ "op": "replace", "path": "roles", "value": [{ "value": s }] }])).await.granted(200);
    sandbox.delete(&format!("/Roles/{r}")).await.granted(204);
    sandbox.delete(&path).await.granted(204);
    sandbox.delete(&format!("/Roles/{s}")).await.granted(204);
}

#[tokio::test]
async fn r_ut_26_an_active_user_needs_a_free_seat() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    sandbox.user_type("AI business user", 1).await;
    let ana = sandbox.post("/Users", with_type("ana", &role, "AI business user", true)).await.id();
    let refused = sandbox.post("/Users", with_type("bo", &role, "ai  BUSINESS user", true)).await;
    refused.refused(409, "");
    let numbers = json!({ "rule": "R-UT-26", "userType": "AI business user", "permitted": 1, "used": 1 });
    assert_eq!(refused.refused_by(409, "R-UT-26"), numbers);
    // Inactive users need none, and types that nobody limits have no end.
    let bo = sandbox.post("/Users", with_type("bo", &role, "AI business user", false)).await.id();
    sandbox.post("/Users", with_type("cy", &role, "whatever", true)).await.granted(201);
    let set = async |id: &str, name: &str, value: Value| {
        sandbox.patch(&format!("/Users/{id}"), json!([{ "op": "replace", "path": name, "value": value }])).await
    };
    set(&bo, "active", json!(true)).await.refused_by(409, "R-UT-26");
    // Who has a seat keeps it through any other change, and sets it free by leaving.
    set(&ana, "displayName", json!("Ana")).await.granted(200);
    set(&ana, "userType", json!("AI Business User")).await.granted(200);
    set(&ana, "userType", json!("whatever")).await.granted(200);
    set(&bo, "active", json!(true)).await.granted(200);
    set(&ana, "userType", json!("AI business user")).await.refused_by(409, "R-UT-26");
    sandbox.delete(&format!("/Users/{bo}")).await.granted(204);
    set(&ana, "userType", json!("AI business user")).await.granted(200);
}

#[tokio::test]
async fn r_ut_26_seats_that_are_taken_are_not_taken_away() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let path = format!("/UserTypes/{}", sandbox.user_type("AI", 2).await);
    for name in ["ana", "bo"] {
        sandbox.post("/Users", with_type(name, &role, "AI", true)).await.granted(201);
    }
    let set = async |n: i64| {
        let operation = json!([{ "op": "replace", "path": "totalAssignmentsPermitted", "value": n }]);
        sandbox.patch(&path, operation).await
    };
    assert_eq!(set(1).await.refused_by(409, "R-UT-26")["used"], 2);
    set(-1).await.refused(400, "invalidValue");
    set(3).await.granted(200);
    set(2).await.granted(200);
}

#[tokio::test]
async fn seats_are_never_given_twice_to_requests_that_come_at_once() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    sandbox.user_type("AI", 7).await;
    let requests: Vec<_> = (0..40)
        .map(|n| {
            let body = with_type(&format!("u{n}"), &role, "AI", true).to_string();
            tokio::spawn(sandbox.request("POST", "/Users").body(body).send())
        })
        .collect();
    let mut granted = 0;
    for request in requests {
        let status = request.await.expect("no panic").expect("an answer").status().as_u16();
        assert!([201, 409].contains(&status));
        granted += u32::from(status == 201);
    }
    assert_eq!(granted, 7);
}

#[tokio::test]
async fn on_open_a_role_may_name_anything_and_vocabularies_come_and_go() {
    let sandbox = Probe::open().await;
    let segment = sandbox.post("/Segments", json!({ "schemas": [urn("Segment")], "displayName": "Retail" })).await.id();
    let body = json!({
        "schemas": [urn("Role")],
        "displayName": "R",
        "segments": ["Retail", "random"],
        "classifications": ["x"],
        "userType": "y",
        "grants": [{ "value": "z" }],
    });
    sandbox.post("/Roles", body).await.granted(201);
    sandbox.delete(&format!("/Segments/{segment}")).await.granted(204);
}

#[tokio::test]
async fn a_strict_pack_holds_roles_to_its_vocabularies_and_requirements() {
    let sandbox = Probe::strict().await;
    let role = |name: &str, change: &[(&str, Value)]| {
        let mut body = json!({
            "schemas": [urn("Role")],
            "displayName": name,
            "classifications": ["Sales"],
            "segments": ["Retail"],
            "grants": [{ "value": "campaigns.view" }],
        });
        for (attribute, value) in change {
            body[*attribute] = value.clone();
        }
        sandbox.post("/Roles", body)
    };
    role("A", &[("classifications", json!([]))]).await.refused(400, "invalidValue");
    role("A", &[("classifications", json!(["Selling"]))]).await.refused(400, "invalidValue");
    role("A", &[("segments", json!(["Unknown"]))]).await.refused(400, "invalidValue");
    role("A", &[("rank", json!("Boss"))]).await.refused(400, "invalidValue");
    role("A", &[("grants", json!(null))]).await.refused(400, "invalidValue");
    role("A", &[("description", json!("x"))]).await.refused(400, "invalidSyntax");
    let path = format!("/Roles/{}", role("A", &[]).await.id());
    let one = async |operation: Value| sandbox.patch(&path, json!([operation])).await;
    one(json!({ "op": "replace", "path": "displayName", "value": "B" })).await.refused(400, "mutability");
    one(json!({ "op": "remove", "path": "classifications" })).await.refused(400, "mutability");
    one(json!({ "op": "replace", "path": "classifications", "value": ["x"] })).await.refused(400, "invalidValue");
    // An immutable attribute that is unset may be set once.
    one(json!({ "op": "add", "path": "rank", "value": "User" })).await.granted(200);
    one(json!({ "op": "replace", "path": "rank", "value": "Admin" })).await.refused(400, "mutability");
    one(json!({ "op": "remove", "path": "rank" })).await.refused(400, "mutability");
    let body = json!({
        "schemas": [urn("Role")],
        "displayName": "A",
        "classifications": ["Support"],
        "grants": [{ "value": "campaigns.view" }],
    });
    assert_eq!(sandbox.put(&path, body).await.granted(200).json()["rank"], "User");
    let role = path.rsplit('/').next().expect("an id");
    sandbox.user("not an address", role).await.refused(400, "invalidValue");
    sandbox.user("ana@example.com", role).await.granted(201);
}

#[tokio::test]
async fn what_the_vendor_keeps_to_himself_is_only_read() {
    let sandbox = Probe::strict().await;
    assert_eq!(sandbox.names("/Classifications", "displayName").await, ["Sales", "Support"]);
    assert_eq!(sandbox.names("/Permissions", "entity").await, ["campaigns"]);
    for endpoint in ["/Classifications", "/Segments", "/Permissions", "/Organizations"] {
        let refused = sandbox.post(endpoint, json!({})).await;
        refused.refused(405, "");
        assert_eq!(refused.header("allow"), "GET");
        let id = sandbox.get(endpoint).await.json()["Resources"][0]["id"].clone();
        sandbox.delete(&format!("{endpoint}/{}", id.as_str().expect("an id"))).await.refused(405, "");
    }
    // A platform without user types does not serve them.
    sandbox.get("/UserTypes").await.refused(404, "");
}

#[tokio::test]
async fn where_only_the_mapping_is_fixed_the_rest_of_a_custom_role_changes() {
    let mut pack = open_pack();
    pack["roles"]["custom_role"] = json!("mapping_only");
    pack["roles"]["custom_role_rule"] = json!("R-UT-30");
    let sandbox = Probe::start(settings(pack, Database::Memory, None)).await.expect("it starts");
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let set = async |name: &str, value: &str| {
        sandbox.patch(&path, json!([{ "op": "replace", "path": name, "value": value }])).await
    };
    // What is not mapped yet is mapped once.
    set("userType", "AI").await.granted(200);
    set("userType", "Non-AI").await.refused_by(400, "R-UT-30");
    sandbox.patch(&path, json!([{ "op": "remove", "path": "userType" }])).await.refused_by(400, "R-UT-30");
    set("displayName", "S").await.granted(200);
    set("description", "x").await.granted(200);
    let schema = sandbox.get(&format!("/Schemas/{}", urn("Role"))).await.json();
    let attributes = schema["attributes"].as_array().expect("a list").iter();
    let fixed: Vec<&Value> = attributes.filter(|of| of["mutability"] == "immutable").map(|of| &of["name"]).collect();
    assert_eq!(fixed, ["userType"]);
}

#[tokio::test]
async fn a_rule_without_an_id_refuses_all_the_same() {
    let mut pack = open_pack();
    for (part, rule) in [("roles", "held_rule"), ("users", "role_rule"), ("users", "seat_rule")] {
        pack[part].as_object_mut().expect("an object").remove(rule);
    }
    let sandbox = Probe::start(settings(pack, Database::Memory, None)).await.expect("it starts");
    let role = sandbox.role("R").await;
    sandbox.user("ana", &role).await.granted(201);
    let refused = sandbox.delete(&format!("/Roles/{role}")).await.refused(409, "");
    assert_eq!(refused[urn("Refusal")], json!({ "role": "R", "holders": 1 }));
}

#[tokio::test]
async fn a_seed_may_hold_what_no_request_could_make() {
    let seed = vec![
        json!({ "schemas": [urn("UserType")], "displayName": "AI", "limitedAssignmentsPermitted": true, "totalAssignmentsPermitted": 1 }),
        json!({ "meta": { "resourceType": "User" }, "userName": "ana", "userType": "AI", "roles": [{ "display": "R" }] }),
        json!({ "meta": { "resourceType": "User" }, "userName": "bo", "userType": "AI", "roles": [{ "value": "r1" }, { "value": "r2" }] }),
        json!({ "meta": { "resourceType": "User" }, "userName": "cy" }),
        json!({ "schemas": [urn("Role")], "id": "r1", "displayName": "R", "builtIn": "owner" }),
        json!({ "schemas": [urn("Role")], "id": "r2", "displayName": "S", "assignedUsers": 99 }),
    ];
    let sandbox = Probe::start(settings(open_pack(), Database::Memory, Some(seed))).await.expect("it starts");
    let roles = sandbox.get("/Roles?attributes=builtIn,assignedUsers").await.json();
    assert_eq!(roles["Resources"][0]["builtIn"], "owner");
    assert_eq!(roles["Resources"][0]["assignedUsers"], 2);
    assert_eq!(roles["Resources"][1]["assignedUsers"], 1);
    let users = sandbox.get("/Users").await.json();
    assert_eq!(users["Resources"][0]["roles"][0]["value"], "r1");
    assert_eq!(users["Resources"][1]["roles"].as_array().map(Vec::len), Some(2));
    assert_eq!(users["Resources"][2]["roles"], json!(null));
    let user_type = sandbox.get("/UserTypes").await.json()["Resources"][0].clone();
    assert_eq!(user_type["totalAssignmentsUsed"], 2);
    // An over-committed type can be mended step by step.
    let path = format!("/UserTypes/{}", user_type["id"].as_str().expect("an id"));
    let more = json!([{ "op": "replace", "path": "totalAssignmentsPermitted", "value": 2 }]);
    sandbox.patch(&path, more).await.granted(200);
}

#[tokio::test]
async fn a_seed_of_the_wrong_shape_is_refused_with_its_place() {
    let wrong = [
        (json!({ "displayName": "R" }), "neither `meta.resourceType` nor `schemas` names a type of this platform"),
        (json!({ "schemas": [urn("Role")] }), "`displayName` is missing"),
        (json!({ "schemas": [urn("Role")], "id": "1", "displayName": "S" }), "the id `1` is there twice"),
        (json!({ "schemas": [urn("Organization")], "subscriptions": "all" }), "`subscriptions` is a list"),
    ];
    for (resource, reason) in wrong {
        let seed = vec![json!({ "schemas": [urn("Role")], "id": "1", "displayName": "R" }), resource];
        let started = Probe::start(settings(open_pack(), Database::Memory, Some(seed))).await;
        let error = started.err().expect("it is refused");
        assert_eq!(error.to_string(), format!("resource 2 of the seed: {reason}"));
    }
}
