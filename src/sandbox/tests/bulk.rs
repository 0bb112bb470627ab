//! Several writes in one request (RFC 7644 §3.7). What platforms hold against it is tested with
//! their rules.

use serde_json::{Value, json};

use super::{Answer, Probe, urn, user};

impl Probe {
    async fn bulk(&self, operations: Value) -> Answer {
        self.post("/Bulk", request(&operations)).await
    }
}

fn request(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
}

fn role(name: &str) -> Value {
    json!({ "schemas": [urn("Role")], "displayName": name })
}

/// What became of the operations: method, status and `scimType`, a line each.
fn outcomes(answer: &Answer) -> String {
    let body = answer.granted(200).json();
    assert_eq!(body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:BulkResponse");
    let line = |result: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parts = [&result["method"], &result["bulkId"], &result["status"], &result["response"]["scimType"]];
        parts.map(text).join(" ").trim_end().to_owned()
    };
    body["Operations"].as_array().expect("a list").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn operations_are_done_in_order_and_name_what_earlier_ones_made() {
    let sandbox = Probe::open().await;
    let answer = sandbox
        .bulk(json!([
            { "method": "POST", "path": "/Roles", "bulkId": "lo", "data": role("LO") },
            { "method": "POST", "path": "/Users", "bulkId": "ana", "data": user("ana", "bulkId:lo") },
            { "method": "PATCH", "path": "/Users/bulkId:ana", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "displayName", "value": "Ana" }],
            } },
            { "method": "post", "path": "/Roles", "bulkId": "s", "data": role("S") },
            { "method": "DELETE", "path": "/Roles/bulkId:s" },
            { "method": "DELETE", "path": "/Roles/bulkId:lo" },
            { "method": "POST", "path": "/Users", "bulkId": "bo", "data": user("bo", "bulkId:nobody") },
        ]))
        .await;
    insta::assert_snapshot!(outcomes(&answer), @"
    POST lo 201
    POST ana 201
    PATCH  200
    post s 201
    DELETE  204
    DELETE  409
    POST bo 409
    ");
    let body = answer.json();
    let results = body["Operations"].as_array().expect("a list");
    let users = sandbox.get("/Users").await.json();
    let ana = &users["Resources"][0];
    assert_eq!((&users["totalResults"], &ana["displayName"]), (&json!(1), &json!("Ana")));
    assert_eq!(results[2]["location"], ana["meta"]["location"]);
    assert_eq!(results[2]["version"], ana["meta"]["version"]);
    // Where nothing was made there is no place, and what was not done says why.
    assert_eq!(results[6]["location"], Value::Null);
    assert_eq!(results[5]["location"], results[0]["location"]);
    assert_eq!(results[5]["response"]["status"], "409");
    let methods: Vec<String> =
        sandbox.running.audit().await.expect("it is read").into_iter().map(|entry| entry.method).collect();
    assert_eq!(methods, ["POST", "POST", "PATCH", "POST", "DELETE", "DELETE"]);
}

#[tokio::test]
async fn an_operation_that_fails_takes_no_other_along_unless_it_is_told_to() {
    let sandbox = Probe::open().await;
    let path = format!("/Roles/{}", sandbox.role("R").await);
    let stale = json!({ "method": "PUT", "path": path, "version": "W/\"9\"", "data": role("S") });
    let operations = json!([
        stale,
        { "method": "PUT", "path": path, "version": "W/\"1\"", "data": role("S") },
        { "method": "PUT", "path": "/Roles/nobody", "data": role("T") },
        { "method": "PUT", "path": path },
        { "method": "POST", "path": path, "bulkId": "x", "data": role("T") },
        { "method": "DELETE", "path": "/Roles" },
        { "method": "DELETE", "path": "/Organizations/x" },
        { "method": "DELETE", "path": "/Nothing/x" },
        { "method": "GET", "path": path },
        { "method": "POST", "path": "/Roles", "bulkId": "y", "data": { "schemas": [urn("Role")] } },
    ]);
    insta::assert_snapshot!(outcomes(&sandbox.bulk(operations.clone()).await), @"
    PUT  412
    PUT  200
    PUT  404
    PUT  400 invalidSyntax
    POST x 405
    DELETE  405
    DELETE  405
    DELETE  404
    GET  405
    POST y 400 invalidValue
    ");
    let mut bounded = request(&operations);
    bounded["failOnErrors"] = json!(3);
    insta::assert_snapshot!(outcomes(&sandbox.post("/Bulk", bounded).await), @"
    PUT  412
    PUT  412
    PUT  404
    ");
}

#[tokio::test]
async fn a_request_that_is_none_or_too_large_does_nothing() {
    let sandbox = Probe::open().await;
    let post = |bulk_id: Value| json!({ "method": "POST", "path": "/Roles", "bulkId": bulk_id, "data": role("R") });
    for body in [
        json!({}),
        json!({ "schemas": ["urn:x"], "Operations": [] }),
        request(&json!({})),
        request(&json!([post(Value::Null)])),
        request(&json!([post(json!("a")), post(json!("a"))])),
    ] {
        sandbox.post("/Bulk", body).await.refused(400, "invalidSyntax");
    }
    let many: Vec<Value> = (0..1001).map(|n| post(json!(n.to_string()))).collect();
    let refused = sandbox.bulk(json!(many)).await.refused(413, "");
    assert_eq!(refused["detail"], "1001 operations in one request; maxOperations is 1000");
    let mut large = role("R");
    large["description"] = json!("x".repeat(1024 * 1024));
    let large = json!([{ "method": "POST", "path": "/Roles", "bulkId": "a", "data": large }]);
    sandbox.bulk(large).await.refused(413, "");
    assert_eq!(sandbox.names("/Roles", "displayName").await, [""; 0]);
    // Nothing to do is no mistake.
    assert_eq!(outcomes(&sandbox.bulk(json!([])).await), "");
}

#[tokio::test]
async fn what_is_referred_to_is_made_first_and_answers_keep_the_order_of_the_request() {
    let sandbox = Probe::open().await;
    let type_of = |name: &str, user_type: &str| {
        let data = json!({ "schemas": [urn("Role")], "displayName": name, "userType": user_type });
        json!({ "method": "POST", "path": "/Roles", "bulkId": name, "data": data })
    };
    let answer = sandbox
        .bulk(json!([
            { "method": "PATCH", "path": "/Users/bulkId:ana", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "active", "value": false }],
            } },
            { "method": "POST", "path": "/Users", "bulkId": "ana", "data": user("ana", "bulkId:lo") },
            // Each waits for the other; the RFC's example of two groups.
            type_of("a", "bulkId:b"),
            type_of("b", "bulkId:a"),
            type_of("c", "bulkId:c"),
            { "method": "POST", "path": "/Roles", "bulkId": "lo", "data": role("LO") },
        ]))
        .await;
    insta::assert_snapshot!(outcomes(&answer), @"
    PATCH  200
    POST ana 201
    POST a 409
    POST b 409
    POST c 409
    POST lo 201
    ");
    assert_eq!(sandbox.names("/Users?filter=active%20eq%20false", "userName").await, ["ana"]);
}

#[tokio::test]
async fn a_chain_of_references_as_long_as_a_request_is_followed() {
    let sandbox = Probe::open().await;
    let operations: Vec<Value> = (0..1000)
        .map(|n| {
            let data = json!({ "schemas": [urn("Role")], "displayName": format!("r{n}"), "externalId": format!("bulkId:r{}", n + 1) });
            json!({ "method": "POST", "path": "/Roles", "bulkId": format!("r{n}"), "data": data })
        })
        .chain([json!({ "method": "DELETE", "path": "/Roles/bulkId:r0" })])
        .skip(1)
        .collect();
    let answer = sandbox.bulk(Value::Array(operations)).await;
    // Nothing makes the end of the chain, so nothing of it can be made.
    assert!(outcomes(&answer).lines().all(|line| line.ends_with(" 409")));
}
