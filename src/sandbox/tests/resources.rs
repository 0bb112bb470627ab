//! One resource: create, read, replace, patch, delete, versions.

use serde_json::json;

use super::{Probe, USER, patch, urn, user};

#[tokio::test]
async fn what_is_created_is_read_back_with_what_is_derived() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("Loan Officer").await;
    let created = sandbox.user("ana@example.com", &role).await;
    let id = created.granted(201).id();
    assert_eq!(created.header("location"), format!("{}/Users/{id}", sandbox.running.url()));
    assert_eq!(created.header("etag"), "W/\"1\"");
    let user = sandbox.get(&format!("/Users/{id}")).await.granted(200).json();
    assert_eq!(user, created.json());
    assert_eq!(user["schemas"], json!([USER]));
    assert_eq!(user["active"], true);
    let location = format!("{}/Roles/{role}", sandbox.running.url());
    assert_eq!(user["roles"], json!([{ "value": role, "$ref": location }]));
    let display = sandbox.get(&format!("/Users/{id}?attributes=roles.display")).await.json();
    assert_eq!(display["roles"], json!([{ "display": "Loan Officer" }]));
    assert_eq!(user["meta"]["resourceType"], "User");
    assert_eq!(user["meta"]["version"], "W/\"1\"");
    assert_eq!(user["meta"]["created"], user["meta"]["lastModified"]);
    assert_eq!(user["meta"]["location"], created.header("location"));
}

#[tokio::test]
async fn names_are_unique_however_they_are_written() {
    let sandbox = Probe::open().await;
    sandbox.role("Loan Officer").await;
    let body = json!({ "schemas": [urn("Role")], "displayName": " LOAN  officer" });
    sandbox.post("/Roles", body).await.refused(409, "uniqueness");
    // Another type has names of its own.
    sandbox.post("/Segments", json!({ "schemas": [urn("Segment")], "displayName": "Loan Officer" })).await.granted(201);
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let with = |name: &str, value: serde_json::Value| {
        let mut body = user("a", &role);
        body[name] = value;
        sandbox.post("/Users", body)
    };
    with("shoeSize", json!("x")).await.refused(400, "invalidSyntax");
    with("active", json!("yes")).await.refused(400, "invalidValue");
    with("userName", json!(1)).await.refused(400, "invalidValue");
    with("userName", json!(" ")).await.refused(400, "invalidValue");
    with("userName", json!(null)).await.refused(400, "invalidValue");
    with("emails", json!("a@b")).await.refused(400, "invalidValue");
    with("emails", json!([{ "x": 1 }])).await.refused(400, "invalidSyntax");
    with("schemas", json!([])).await.refused(400, "invalidSyntax");
    with("schemas", json!(["urn:example:other"])).await.refused(400, "invalidSyntax");
    with("USERNAME", json!("twice")).await.refused(400, "invalidSyntax");
    sandbox.post("/Users", json!([])).await.refused(400, "invalidSyntax");
    sandbox.send(sandbox.request("POST", "/Users").body("{")).await.refused(400, "invalidSyntax");
    sandbox.send(sandbox.request("POST", "/Users").body("[".repeat(9000))).await.refused(400, "invalidSyntax");
}

#[tokio::test]
async fn put_clears_what_it_leaves_out_but_never_reactivates() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let mut body = user("ana", &role);
    body["active"] = json!(false);
    body["displayName"] = json!("Ana");
    let path = format!("/Users/{}", sandbox.post("/Users", body).await.id());
    let mut body = user("Ana", &role);
    body["id"] = json!("ignored");
    let after = sandbox.put(&path, body).await.granted(200).json();
    assert_eq!(after["displayName"], json!(null));
    assert_eq!(after["active"], false);
    assert_eq!(after["userName"], "Ana");
    assert_eq!(after["meta"]["version"], "W/\"2\"");
    sandbox.put(&path, json!({ "schemas": [USER], "userName": "ana" })).await.refused(400, "invalidValue");
    sandbox.put("/Users/nobody", user("x", &role)).await.refused(404, "");
}

#[tokio::test]
async fn patch_does_what_each_operation_says() {
    let sandbox = Probe::open().await;
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let operations = json!([
        { "op": "Add", "path": "classifications", "value": ["Sales", "Manager"] },
        { "op": "add", "value": { "segments": ["Retail"], "DESCRIPTION": "x" } },
        { "op": "replace", "path": format!("{}:userType", urn("Role")), "value": "AI" },
        { "op": "add", "path": "grants", "value": { "value": "a.view", "entity": "a", "action": "view" } },
        { "op": "add", "path": "grants[value eq \"b.view\"].entity", "value": "b" },
    ]);
    let role = sandbox.patch(&path, operations).await.granted(200).json();
    assert_eq!(role["classifications"], json!(["Sales", "Manager"]));
    assert_eq!(role["segments"], json!(["Retail"]));
    assert_eq!(role["description"], "x");
    assert_eq!(role["userType"], "AI");
    assert_eq!(role["grants"].as_array().map(Vec::len), Some(2));
    let operations = json!([
        { "op": "remove", "path": "classifications[value eq \"sales\"]" },
        { "op": "remove", "path": "grants[value eq \"nothing\"]" },
        { "op": "remove", "path": "grants", "value": [{ "value": "a.view" }] },
        { "op": "replace", "path": "segments", "value": [] },
        { "op": "remove", "path": "description" },
    ]);
    let role = sandbox.patch(&path, operations).await.granted(200).json();
    assert_eq!(role["classifications"], json!(["Manager"]));
    assert_eq!(role["grants"], json!([{ "value": "b.view", "entity": "b" }]));
    assert_eq!((&role["segments"], &role["description"]), (&json!(null), &json!(null)));
    assert_eq!(role["meta"]["version"], "W/\"3\"");
}

#[tokio::test]
async fn a_patch_that_fails_changes_nothing_and_one_that_says_nothing_new_neither() {
    let sandbox = Probe::open().await;
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let half = json!([
        { "op": "replace", "path": "displayName", "value": "S" },
        { "op": "replace", "path": "grants[value eq \"x\"].entity", "value": "y" },
    ]);
    sandbox.patch(&path, half).await.refused(400, "noTarget");
    let before = sandbox.get(&path).await.json();
    assert_eq!(before["displayName"], "R");
    let again = json!([
        { "op": "add", "path": "displayName", "value": "R" },
        { "op": "remove", "path": "segments" },
        { "op": "add", "path": "segments", "value": ["x"] },
        { "op": "remove", "path": "segments[value eq \"x\"]" },
    ]);
    let after = sandbox.patch(&path, again).await;
    assert_eq!(after.json(), before);
    assert_eq!(after.header("etag"), "W/\"1\"");
}

#[tokio::test]
async fn a_patch_that_makes_no_sense_is_refused() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let path = format!("/Users/{}", sandbox.user("ana", &role).await.id());
    let one = async |operation: serde_json::Value| sandbox.patch(&path, json!([operation])).await;
    one(json!({ "op": "remove" })).await.refused(400, "noTarget");
    one(json!({ "op": "move", "path": "active" })).await.refused(400, "invalidSyntax");
    one(json!({ "op": "add", "path": "shoeSize", "value": "x" })).await.refused(400, "invalidPath");
    one(json!({ "op": "add", "path": "emails[", "value": "x" })).await.refused(400, "invalidPath");
    one(json!({ "op": "add", "path": "active[value eq true]", "value": true })).await.refused(400, "invalidPath");
    one(json!({ "op": "add", "path": "active", "value": "true" })).await.refused(400, "invalidValue");
    one(json!({ "op": "add", "path": "active" })).await.refused(400, "invalidValue");
    one(json!({ "op": "replace", "path": "id", "value": "x" })).await.refused(400, "mutability");
    one(json!({ "op": "replace", "path": "meta.version", "value": "x" })).await.refused(400, "mutability");
    one(json!({ "op": "remove", "path": "userName" })).await.refused(400, "mutability");
    one(json!({ "op": "remove", "path": "roles" })).await.refused(400, "mutability");
    one(json!({ "op": "replace", "path": "roles", "value": [] })).await.refused(400, "mutability");
    sandbox.patch(&path, json!([])).await.refused(400, "invalidSyntax");
    sandbox.put(&path, json!({ "Operations": [] })).await.refused(400, "invalidSyntax");
}

#[tokio::test]
async fn a_stale_version_is_refused_and_a_known_one_is_not_sent_again() {
    let sandbox = Probe::open().await;
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let rename = |name: &str, version: &str| {
        let body = patch(&json!([{ "op": "replace", "path": "displayName", "value": name }]));
        sandbox.send(sandbox.request("PATCH", &path).header("If-Match", version).body(body))
    };
    rename("S", "W/\"1\"").await.granted(200);
    rename("T", "W/\"1\"").await.refused(412, "");
    rename("T", "W/\"9\", W/\"2\"").await.granted(200);
    rename("U", "*").await.granted(200);
    let stale = |method: &str| sandbox.request(method, &path).header("If-Match", "W/\"1\"");
    sandbox.send(stale("DELETE")).await.refused(412, "");
    let body = json!({ "schemas": [urn("Role")], "displayName": "V" }).to_string();
    sandbox.send(stale("PUT").body(body)).await.refused(412, "");
    let known = sandbox.send(sandbox.request("GET", &path).header("If-None-Match", "W/\"4\"")).await;
    assert_eq!((known.status, known.text.as_str(), known.header("etag")), (304, "", "W/\"4\""));
    sandbox.send(sandbox.request("GET", &path).header("If-None-Match", "W/\"3\"")).await.granted(200);
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_its_name_free() {
    let sandbox = Probe::open().await;
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let gone = sandbox.delete(&path).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    sandbox.get(&path).await.refused(404, "");
    sandbox.delete(&path).await.refused(404, "");
    sandbox.patch(&path, json!([{ "op": "remove", "path": "segments" }])).await.refused(404, "");
    assert_eq!(sandbox.get("/Roles").await.json()["totalResults"], 0);
    sandbox.role("R").await;
}

#[tokio::test]
async fn counters_are_right_and_never_change_a_version() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let user_type = sandbox.user_type("AI", 5).await;
    let mut body = user("ana", &role);
    body["userType"] = json!("ai");
    let ana = sandbox.post("/Users", body).await.id();
    sandbox.user("bo", &role).await.granted(201);
    let path = format!("/Roles/{role}");
    let plain = sandbox.get(&path).await;
    assert_eq!((&plain.json()["assignedUsers"], plain.header("etag")), (&json!(null), "W/\"1\""));
    let counted = sandbox.get(&format!("{path}?attributes=assignedUsers")).await.json();
    assert_eq!(counted["assignedUsers"], 2);
    let used = async || sandbox.get(&format!("/UserTypes/{user_type}")).await.json();
    assert_eq!(used().await["totalAssignmentsUsed"], 1);
    let path = format!("/Users/{ana}");
    sandbox.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.granted(200);
    assert_eq!(used().await["totalAssignmentsUsed"], 0);
    sandbox.patch(&path, json!([{ "op": "replace", "path": "active", "value": true }])).await.granted(200);
    assert_eq!(used().await["totalAssignmentsUsed"], 1);
    sandbox.delete(&path).await.granted(204);
    assert_eq!(used().await["totalAssignmentsUsed"], 0);
    assert_eq!(used().await["meta"]["version"], "W/\"1\"");
}

#[tokio::test]
async fn attributes_choose_what_is_sent() {
    let sandbox = Probe::open().await;
    let role = sandbox.role("R").await;
    let id = sandbox.user("ana", &role).await.id();
    let get = async |query: &str| sandbox.get(&format!("/Users/{id}?{query}")).await;
    let only = get("attributes=USERNAME,roles.value,nothing").await.json();
    assert_eq!(only, json!({ "schemas": [USER], "id": id, "userName": "ana", "roles": [{ "value": role }] }));
    let without = get("excludedAttributes=roles,meta,id,active").await.json();
    assert_eq!(without, json!({ "schemas": [USER], "id": id, "userName": "ana" }));
    get("attributes=id&excludedAttributes=id").await.refused(400, "invalidSyntax");
    let path = format!("/Users/{id}?attributes=active");
    let patched = sandbox.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.json();
    assert_eq!(patched, json!({ "schemas": [USER], "id": id, "active": false }));
}
