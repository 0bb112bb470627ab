//! What the sandbox says of itself.

use serde_json::{Value, json};

use super::{Probe, urn};

#[tokio::test]
async fn the_documents_of_discovery_are_complete() {
    let sandbox = Probe::open().await;
    let config = sandbox.get("/ServiceProviderConfig").await.granted(200).json();
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(config["etag"]["supported"], true);
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 1000 }));
    assert_eq!(config["bulk"], json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576 }));
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    let types = sandbox.get("/ResourceTypes").await.granted(200).json();
    let names: Vec<&str> =
        types["Resources"].as_array().expect("a list").iter().filter_map(|of| of["name"].as_str()).collect();
    assert_eq!(names, ["User", "Role", "Classification", "Segment", "UserType", "Organization"]);
    for of in types["Resources"].as_array().expect("a list") {
        let text = |name: &str| of[name].as_str().expect("a text").to_owned();
        assert_eq!(sandbox.get(&format!("/ResourceTypes/{}", text("id"))).await.granted(200).json(), *of);
        let schema = sandbox.get(&format!("/Schemas/{}", text("schema"))).await.granted(200).json();
        assert_eq!(schema["name"], of["name"]);
        sandbox.get(&text("endpoint")).await.granted(200);
    }
    let schemas = sandbox.get("/Schemas").await.granted(200).json();
    assert_eq!(schemas["totalResults"], 6);
}

#[tokio::test]
async fn discovery_is_only_read_and_never_filtered() {
    let sandbox = Probe::open().await;
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Schemas/x"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            sandbox.send(sandbox.request(method, path)).await.refused(405, "");
        }
        sandbox.get(&format!("{path}?filter=name%20pr")).await.refused(403, "");
    }
    sandbox.get("/Schemas/urn:x").await.refused(404, "");
    sandbox.get("/ResourceTypes/Nothing").await.refused(404, "");
    sandbox.get("/ServiceProviderConfig/x").await.refused(404, "");
}

#[tokio::test]
async fn requirements_and_mutability_are_announced_as_the_pack_has_them() {
    let sandbox = Probe::strict().await;
    let schema = sandbox.get(&format!("/Schemas/{}", urn("Role"))).await.json();
    let attributes = schema["attributes"].as_array().expect("a list");
    let mut lines = Vec::new();
    for attribute in attributes {
        let Value::String(name) = &attribute["name"] else { panic!("an attribute has a name") };
        let flag = |of: &str| if attribute[of] == true { format!(" {of}") } else { String::new() };
        let canonical = attribute.get("canonicalValues").map(|values| format!(" {values}")).unwrap_or_default();
        let mutability = attribute["mutability"].as_str().expect("a text");
        let line = format!("{name}: {mutability}{}{}{canonical}", flag("multiValued"), flag("required"));
        lines.push(line);
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    displayName: immutable required
    classifications: readWrite multiValued required ["Sales","Support"]
    rank: immutable ["Admin","User"]
    segments: readWrite multiValued
    grants: readWrite multiValued required
    builtIn: readOnly
    assignedUsers: readOnly
    "#);
}

#[tokio::test]
async fn the_organization_says_who_is_asking() {
    let sandbox = Probe::open().await;
    let answer = sandbox.get("/Organizations").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let organization = answer.json()["Resources"][0].clone();
    assert_eq!(organization["platform"], "open");
    assert_eq!((&organization["caller"], &organization["authority"]), (&json!("ada"), &json!("admin")));
    let path = format!("/Organizations/{}", organization["id"].as_str().expect("an id"));
    assert_eq!(sandbox.get(&path).await.granted(200).json(), organization);
    sandbox.get("/Organizations/x").await.refused(404, "");
}
