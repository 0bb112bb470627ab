//! Bulk (RFC 7644 §3.7), by raw requests; see `scim_checklist`.
//!
//! - the RFC's example of all four methods: `all_methods_in_one_request`
//! - statuses are texts, errors have their message, the answer is 200: `each_operation_has_its_outcome`
//! - bulkId stands for the new id, in data and path, forwards too: `references_are_resolved`
//! - a URI of a reference may end with one: `uris_may_end_with_a_reference`
//! - those that refer to each other answer 409: `circular_references_are_refused`
//! - failOnErrors stops after so many, the rest is left out: `errors_are_counted`
//! - version is held like If-Match: `versions_are_held`
//! - too many operations, too large a body: `limits_are_named`
//! - malformed requests and operations: `what_makes_no_sense_is_refused`

use serde_json::{Value, json};

use crate::scim_wire::{MESSAGES, Service, USER, bulk, patch, urn};

fn post(name: &str, more: &Value) -> Value {
    let mut data = json!({ "schemas": [urn("Role")], "displayName": name });
    data.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({ "method": "POST", "path": "/Roles", "bulkId": name, "data": data })
}

/// Method, bulkId and status of each operation.
fn outcomes(answer: &Value) -> Vec<String> {
    assert_eq!(answer["schemas"], json!([format!("{MESSAGES}BulkResponse")]));
    let shown = |operation: &Value| {
        let text = |name: &str| operation[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("method"), text("bulkId"), text("status"))
    };
    answer["Operations"].as_array().expect("a list").iter().map(shown).collect()
}

#[tokio::test]
async fn all_methods_in_one_request() {
    let service = Service::start().await;
    let (put, changed, gone) = (
        service.user("put", json!({})).await,
        service.user("changed", json!({})).await,
        service.user("gone", json!({})).await,
    );
    let answer = service
        .bulk(json!([
            { "method": "POST", "path": "/Users", "bulkId": "qwerty", "data": service.person("Alice", json!({})) },
            { "method": "PUT", "path": put, "data": service.person("Bob", json!({})) },
            { "method": "PATCH", "path": changed, "data": patch(&json!([
                { "op": "remove", "path": "displayName" },
                { "op": "add", "path": "emails", "value": [{ "value": "dave@example.com" }] },
            ])) },
            { "method": "DELETE", "path": gone },
        ]))
        .await;
    assert_eq!(outcomes(&answer), ["POST qwerty 201", "PUT - 200", "PATCH - 200", "DELETE - 204"]);
    let operations = answer["Operations"].as_array().expect("a list");
    for (operation, path) in operations[1..].iter().zip([&put, &changed, &gone]) {
        assert_eq!(operation["location"], format!("{}{path}", service.base()));
        assert!(operation.get("response").is_none());
        if path != &gone {
            assert_eq!(operation["version"], service.get(path).await.header("etag"));
        }
    }
    assert_eq!(service.names("sortBy=userName").await, "Alice Bob changed");
}

#[tokio::test]
async fn each_operation_has_its_outcome() {
    let service = Service::start().await;
    let answer = service
        .bulk(json!([
            post("r", &json!({})),
            { "method": "PUT", "path": "/Users/none", "data": service.person("x", json!({})) },
            { "method": "GET", "path": "/Users" },
            { "method": "POST", "path": "/Nothing", "bulkId": "n", "data": {} },
            { "method": "DELETE", "path": "/Users" },
            post("new", &json!({})),
        ]))
        .await;
    assert_eq!(
        outcomes(&answer),
        ["POST r 409", "PUT - 404", "GET - 405", "POST n 404", "DELETE - 405", "POST new 201"]
    );
    for operation in &answer["Operations"].as_array().expect("a list")[..5] {
        assert_eq!(operation["response"]["schemas"][0], format!("{MESSAGES}Error"));
        assert_eq!(operation["response"]["status"], operation["status"]);
    }
    assert_eq!(answer["Operations"][0]["response"]["scimType"], "uniqueness");
    // Nothing was made, so it is nowhere; what was to be changed is where it was said to be.
    assert!(answer["Operations"][0].get("location").is_none());
    assert_eq!(answer["Operations"][1]["location"], format!("{}/Users/none", service.base()));
}

#[tokio::test]
async fn references_are_resolved() {
    let service = Service::start().await;
    let mut ana = service.person("ana", json!({}));
    ana["roles"] = json!([{ "value": "bulkId:lead" }]);
    let answer = service
        .bulk(json!([
            { "method": "PATCH", "path": "/Users/bulkId:ana", "data": patch(&json!([
                { "op": "replace", "path": "displayName", "value": "Ana" },
            ])) },
            { "method": "POST", "path": "/Users", "bulkId": "ana", "data": ana },
            post("lead", &json!({})),
        ]))
        .await;
    assert_eq!(outcomes(&answer), ["PATCH - 200", "POST ana 201", "POST lead 201"]);
    let user = service.get("/Users").await.granted(200)["Resources"][0].clone();
    let role = answer["Operations"][2]["location"].as_str().expect("a place");
    assert_eq!((&user["displayName"], &user["roles"][0]["$ref"]), (&json!("Ana"), &json!(role)));
    assert!(role.ends_with(user["roles"][0]["value"].as_str().expect("an id")));
    let unknown = service.bulk(json!([post("x", &json!({ "userType": "bulkId:nobody" }))])).await;
    assert_eq!(outcomes(&unknown), ["POST x 409"]);
}

#[tokio::test]
async fn uris_may_end_with_a_reference() {
    let service = Service::start().await;
    let person = |name: &str, uri: &str| {
        let mut data = service.person(name, json!({}));
        data["roles"] = json!([{ "$ref": uri }]);
        json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data })
    };
    let whole = format!("{}/Roles/bulkId:lead", service.base());
    let answer = service
        .bulk(json!([
            person("whole", &whole),
            person("relative", "../Roles/bulkId:lead"),
            person("bare", "bulkId:lead"),
            post("lead", &json!({})),
            { "method": "PATCH", "path": "/Users/bulkId:bare", "data": patch(&json!([
                { "op": "replace", "path": "roles", "value": [{ "$ref": format!("{}/Roles/bulkId:other", service.base()) }] },
            ])) },
            post("other", &json!({})),
            person("nobody", "/Roles/bulkId:nobody"),
        ]))
        .await;
    assert_eq!(
        outcomes(&answer),
        [
            "POST whole 201",
            "POST relative 201",
            "POST bare 201",
            "POST lead 201",
            "PATCH - 200",
            "POST other 201",
            "POST nobody 409"
        ]
    );
    let detail = answer["Operations"][6]["response"]["detail"].as_str().expect("a text");
    assert!(detail.contains("`bulkId:nobody`"), "{detail}");
    for (of, role) in [(0, 3), (1, 3), (2, 5)] {
        let path = |i: usize| answer["Operations"][i]["location"].as_str().expect("a place").to_owned();
        let user = service.get(path(of).strip_prefix(&service.base()).expect("it is ours")).await.granted(200);
        assert_eq!(user["roles"][0]["$ref"], path(role), "{user}");
    }
}

#[tokio::test]
async fn circular_references_are_refused() {
    let service = Service::start().await;
    let answer = service
        .bulk(json!([
            post("a", &json!({ "userType": "bulkId:b" })),
            post("b", &json!({ "userType": "bulkId:a" })),
            post("self", &json!({ "description": "bulkId:self" })),
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": {
                "schemas": [USER], "userName": "u", "roles": [{ "$ref": "/Users/bulkId:u" }],
            } },
            post("c", &json!({})),
        ]))
        .await;
    assert_eq!(outcomes(&answer), ["POST a 409", "POST b 409", "POST self 409", "POST u 409", "POST c 201"]);
}

#[tokio::test]
async fn errors_are_counted() {
    let service = Service::start().await;
    let operations =
        || json!([post("R", &json!({})), post("1", &json!({})), post("r", &json!({})), post("2", &json!({}))]);
    let mut body = bulk(&operations());
    body["failOnErrors"] = json!(2);
    let answer = service.send("POST", "/Bulk", &body).await.granted(200);
    assert_eq!(outcomes(&answer), ["POST R 409", "POST 1 201", "POST r 409"]);
    body["failOnErrors"] = json!(1);
    assert_eq!(outcomes(&service.send("POST", "/Bulk", &body).await.granted(200)), ["POST R 409"]);
    let answer = service.bulk(operations()).await;
    assert_eq!(outcomes(&answer), ["POST R 409", "POST 1 409", "POST r 409", "POST 2 201"]);
}

#[tokio::test]
async fn versions_are_held() {
    let service = Service::start().await;
    let path = service.user("ana", json!({})).await;
    let version = service.get(&path).await.header("etag").to_owned();
    let change = |name: &str| {
        let data = patch(&json!([{ "op": "replace", "path": "displayName", "value": name }]));
        json!({ "method": "PATCH", "path": path, "version": version, "data": data })
    };
    let answer =
        service.bulk(json!([change("1"), change("2"), { "method": "DELETE", "path": path, "version": version }])).await;
    assert_eq!(outcomes(&answer), ["PATCH - 200", "PATCH - 412", "DELETE - 412"]);
    assert_eq!(service.get(&path).await.granted(200)["displayName"], "1");
}

#[tokio::test]
async fn limits_are_named() {
    let service = Service::start().await;
    let config = service.get("/ServiceProviderConfig").await.granted(200)["bulk"].clone();
    let limit = |name: &str| usize::try_from(config[name].as_u64().expect("a number")).expect("a size");
    let operations =
        |n: usize| Value::Array((0..n).map(|n| json!({ "method": "DELETE", "path": format!("/Users/{n}") })).collect());
    let most = service.bulk(operations(limit("maxOperations"))).await;
    assert_eq!(outcomes(&most).len(), limit("maxOperations"));
    for many in [limit("maxOperations") + 1, 10_000] {
        let refused = service.send("POST", "/Bulk", &bulk(&operations(many))).await.refused(413, "");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(&limit("maxOperations").to_string())));
    }
    let large = bulk(&json!([post("large", &json!({ "description": "x".repeat(limit("maxPayloadSize")) }))]));
    let refused = service.send("POST", "/Bulk", &large).await.refused(413, "");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(&limit("maxPayloadSize").to_string())));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let service = Service::start().await;
    let mut unnamed = post("x", &json!({}));
    unnamed.as_object_mut().expect("an object").remove("bulkId");
    for body in [
        json!({}),
        json!({ "schemas": ["x"], "Operations": [] }),
        json!({ "schemas": [format!("{MESSAGES}BulkRequest")] }),
        bulk(&json!([unnamed])),
        bulk(&json!([post("x", &json!({})), post("x", &json!({}))])),
        bulk(&json!([{ "path": "/Users/1" }])),
        bulk(&json!(["x"])),
    ] {
        service.send("POST", "/Bulk", &body).await.refused(400, "invalidSyntax");
    }
    let answer = service
        .bulk(json!([
            { "method": "POST", "path": "/Roles", "bulkId": "no data" },
            { "method": "PATCH", "path": format!("/Roles/{}", service.role), "data": {} },
            { "method": "PUT", "path": "Roles", "data": {} },
            { "method": "DELETE", "path": "" },
        ]))
        .await;
    assert_eq!(outcomes(&answer), ["POST no data 400", "PATCH - 400", "PUT - 404", "DELETE - 404"]);
}
