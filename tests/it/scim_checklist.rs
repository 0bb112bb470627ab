//! What RFC 7643, RFC 7644 and RFC 9865 ask of a service provider, line by line, each held against
//! the sandbox by raw requests. The examples are the RFCs' own, in attributes that we announce.
//!
//! The model (RFC 7643 §2 to §4)
//! - schemas name the type's own schema, once: `schemas_are_those_of_the_type`
//! - id is the service's, never the client's, unique over all types: `ids_are_the_services`
//! - externalId is the client's, neither invented nor unique, case counts: `external_ids_are_the_clients`
//! - meta is the service's; location and version equal the headers: `meta_is_the_services`
//! - null, the empty list and absence are the same: `unassigned_is_null_is_empty_is_absent`
//! - characteristics that a schema leaves out have their defaults: `schemas_announce_all_characteristics`
//! - readOnly is ignored on writes, request is sent on request: `characteristics_are_held`
//! - one primary value, one of each type and value: `multi_valued_attributes_are_sets`
//! - userName is unique without regard to case, in any script: `user_names_are_unique_in_any_case`
//! - the core attributes that directories send are kept; others are named: `people_have_the_core_attributes`
//! - what is immutable is set once, by POST, PUT or PATCH: `immutable_is_set_once`
//! - attribute names and URNs have no case: `names_of_attributes_have_no_case`
//! - each type is found in the list of types: `types_are_found_and_not_guessed`
//!
//! Discovery (RFC 7643 §5 to §7, RFC 7644 §4, RFC 9865 §4)
//! - the service's capabilities are complete: `the_configuration_is_complete_and_true`
//! - lists of types and schemas, each by its id, 404 for others: `discovery_has_lists_and_each_by_its_id`
//! - a filter is forbidden, anything but GET not allowed: `discovery_is_read_whole_and_only_read`
//!
//! HTTP (RFC 7644 §2, §3.1, §3.8, §3.11, §3.12)
//! - both media types, SCIM's own in answers, unknown parameters ignored: `media_types_and_parameters`
//! - 401 names the scheme; nothing is told to strangers: `strangers_are_challenged`
//! - 404, 405 with Allow, 501 for /Me, all with SCIM bodies: `what_is_not_there_or_not_allowed`
//! - a HEAD is a GET without its body: `head_is_get_without_a_body`
//!
//! Create, read, replace, delete (RFC 7644 §3.3 to §3.6, §3.9, §3.14)
//! - POST answers 201, Location and the resource; a taken name 409: `post_creates`
//! - GET answers 200 or 404, 304 for a version that is known: `get_reads_and_knows_versions`
//! - PUT replaces and never creates; omission clears: `put_replaces`
//! - DELETE answers 204; all is 404 then and the name free: `delete_is_final`
//! - attributes and excludedAttributes: `attributes_choose_what_is_sent`
//! - If-Match: a stale version answers 412 and changes nothing: `preconditions_are_held`
//!
//! Filters and lists are in `scim_lists`, PATCH in `scim_patches`, bulk in `scim_bulk`, each with its
//! lines at its head; hostile and slow callers in `scim_hostile`; the last test here sees that every line has its test.

use serde_json::{Value, json};

use crate::scim_wire::{MESSAGES, Service, USER, bulk, urn};

#[tokio::test]
async fn schemas_are_those_of_the_type() {
    let service = Service::start().await;
    let body = |schemas: Value| {
        let mut body = service.person("bjensen", json!({}));
        body["schemas"] = schemas;
        body
    };
    for wrong in [json!(null), json!([]), json!("x"), json!([urn("Role")]), json!([USER, "urn:x:unknown"])] {
        service.send("POST", "/Users", &body(wrong)).await.refused(400, "invalidSyntax");
    }
    let made = service.send("POST", "/Users", &body(json!([USER.to_uppercase(), USER]))).await.granted(201);
    assert_eq!(made["schemas"], json!([USER]));
}

#[tokio::test]
async fn ids_are_the_services() {
    let service = Service::start().await;
    let mut ids = vec![service.role.clone()];
    for name in ["a", "b"] {
        let made = service.send("POST", "/Users", &service.person(name, json!({ "id": "mine" }))).await.granted(201);
        ids.push(made["id"].as_str().expect("a text").to_owned());
    }
    ids.push(service.made("/Segments", json!({ "schemas": [urn("Segment")], "displayName": "S" })).await);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id != "mine" && !id.contains("bulkId")));
    // Unique over all types, so that an id is nothing at another endpoint.
    service.get(&format!("/Users/{}", service.role)).await.refused(404, "");
    service.get(&format!("/Roles/{}", service.role.to_uppercase())).await.refused(404, "");
}

#[tokio::test]
async fn external_ids_are_the_clients() {
    let service = Service::start().await;
    let none = service.user("none", json!({})).await;
    assert_eq!(service.get(&none).await.granted(200)["externalId"], Value::Null);
    service.user("one", json!({ "externalId": "X-1" })).await;
    service.user("two", json!({ "externalId": "X-1" })).await;
    assert_eq!(service.names("filter=externalId eq \"X-1\"").await, "one two");
    assert_eq!(service.names("filter=externalId eq \"x-1\"").await, "");
    service.get("/Users/X-1").await.refused(404, "");
}

#[tokio::test]
async fn meta_is_the_services() {
    let service = Service::start().await;
    let body = service.person("bjensen", json!({ "meta": { "created": "2001-01-01T00:00:00Z", "version": "x" } }));
    let answer = service.send("POST", "/Users", &body).await;
    let made = answer.granted(201);
    let meta = &made["meta"];
    assert_eq!(meta["resourceType"], "User");
    assert_eq!(meta["created"], meta["lastModified"]);
    assert_ne!(meta["created"], "2001-01-01T00:00:00Z");
    let location = format!("{}/Users/{}", service.base(), made["id"].as_str().expect("a text"));
    assert_eq!(meta["location"], location);
    assert_eq!((answer.header("location"), answer.header("content-location")), (&*location, &*location));
    assert_eq!(meta["version"], answer.header("etag"));
    assert!(answer.header("etag").starts_with("W/\""));

    let path = format!("/Users/{}", made["id"].as_str().expect("a text"));
    let read = service.get(&path).await;
    assert_eq!((read.header("etag"), read.header("content-location")), (answer.header("etag"), &*location));
    let changed = service.patch(&path, json!([{ "op": "add", "path": "displayName", "value": "B" }])).await;
    assert_ne!(changed.header("etag"), answer.header("etag"));
    assert_eq!(changed.granted(200)["meta"]["version"], changed.header("etag"));
    assert_eq!(changed.granted(200)["meta"]["created"], meta["created"]);
}

#[tokio::test]
async fn unassigned_is_null_is_empty_is_absent() {
    let service = Service::start().await;
    let more = json!({ "displayName": null, "emails": [] });
    let path = service.user("bjensen", more).await;
    let read = service.get(&path).await;
    let resource = read.granted(200);
    assert!(resource.get("displayName").is_none() && resource.get("emails").is_none());
    assert_eq!(service.names("filter=displayName pr or emails pr").await, "");
    assert_eq!(service.names("filter=displayName eq null and emails eq null").await, "bjensen");
    let same = service.send("PUT", &path, &service.person("bjensen", json!({ "emails": null }))).await;
    assert_eq!(same.header("etag"), read.header("etag"));
}

#[tokio::test]
async fn schemas_announce_all_characteristics() {
    let service = Service::start().await;
    let schemas = service.get("/Schemas").await.granted(200);
    let mut pending: Vec<&Value> = Vec::new();
    for schema in schemas["Resources"].as_array().expect("a list") {
        assert!(schema["id"].as_str().is_some_and(|id| id.starts_with("urn:")) && schema["name"].is_string());
        pending.extend(schema["attributes"].as_array().expect("a list"));
    }
    let mut seen = 0;
    while let Some(attribute) = pending.pop() {
        seen += 1;
        let one_of = |name: &str, values: &[&str]| {
            assert!(values.contains(&attribute[name].as_str().unwrap_or_default()), "{name} of {attribute}");
        };
        one_of("type", &["string", "boolean", "integer", "reference", "complex"]);
        one_of("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]);
        one_of("returned", &["always", "never", "default", "request"]);
        one_of("uniqueness", &["none", "server", "global"]);
        for name in ["multiValued", "required", "caseExact"] {
            assert!(attribute[name].is_boolean(), "{name} of {attribute}");
        }
        assert!(
            attribute["name"].is_string() && attribute["description"].as_str().is_some_and(|text| !text.is_empty())
        );
        assert_eq!(attribute["type"] == "complex", attribute["subAttributes"].is_array(), "{attribute}");
        assert_eq!(attribute["type"] == "reference", attribute["referenceTypes"].is_array(), "{attribute}");
        for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
            assert_ne!(sub["type"], "complex", "{attribute}");
            pending.push(sub);
        }
    }
    assert!(seen > 30);
}

#[tokio::test]
async fn characteristics_are_held() {
    let service = Service::start().await;
    service.user("bjensen", json!({})).await;
    let role = format!("/Roles/{}", service.role);
    let read = service.get(&role).await.granted(200);
    assert!(read.get("assignedUsers").is_none());
    let body = json!({ "schemas": [urn("Role")], "displayName": "R", "assignedUsers": 7, "builtIn": "x" });
    service.send("PUT", &role, &body).await.granted(200);
    let asked = service.get(&format!("{role}?attributes=assignedUsers")).await.granted(200);
    assert_eq!(asked, json!({ "schemas": [urn("Role")], "id": service.role, "assignedUsers": 1 }));
    assert!(service.get(&role).await.granted(200).get("builtIn").is_none());
    let set = json!([{ "op": "replace", "path": "assignedUsers", "value": 7 }]);
    service.patch(&role, set).await.refused(400, "mutability");
}

#[tokio::test]
async fn multi_valued_attributes_are_sets() {
    let service = Service::start().await;
    let two = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] });
    service.send("POST", "/Users", &service.person("x", two)).await.refused(400, "invalidValue");
    let twice = json!({ "emails": [
        { "value": "bjensen@example.com", "type": "work" },
        { "value": "BJENSEN@example.com", "type": "Work", "primary": true },
        { "value": "bjensen@example.com", "type": "home" },
    ] });
    let path = service.user("bjensen", twice).await;
    let emails = service.get(&path).await.granted(200)["emails"].clone();
    assert_eq!(emails.as_array().map(Vec::len), Some(2), "{emails}");
    let more = json!([{ "op": "add", "path": "emails", "value": [{ "value": "b@example.com", "primary": true }] }]);
    let emails = service.patch(&path, more).await.granted(200)["emails"].clone();
    let primary: Vec<&Value> = emails.as_array().expect("a list").iter().filter(|one| one["primary"] == true).collect();
    assert_eq!(primary.len(), 1);
    assert_eq!(primary[0]["value"], "b@example.com");
}

#[tokio::test]
async fn user_names_are_unique_in_any_case() {
    let service = Service::start().await;
    for (name, same) in [("bjensen", "BJensen"), ("Žofie", "žOFIE"), ("cafe\u{301}", "CAFÉ")] {
        service.user(name, json!({})).await;
        service.send("POST", "/Users", &service.person(same, json!({}))).await.refused(409, "uniqueness");
        assert_eq!(service.names(&format!("filter=userName eq \"{same}\"")).await, name);
    }
}

#[tokio::test]
async fn people_have_the_core_attributes() {
    // RFC 7643 §8.2, without what is announced to be absent.
    let service = Service::start().await;
    let whole = json!({
        "externalId": "701984",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
            "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home", "display": "at home" },
        ],
        "addresses": [{
            "type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA",
            "postalCode": "91608", "country": "US", "primary": true,
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
        }],
        "phoneNumbers": [{ "value": "555-555-5555", "type": "work" }, { "value": "555-555-4444", "type": "mobile" }],
        "userType": "Employee",
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
    });
    let path = service.user("bjensen@example.com", whole.clone()).await;
    let read = service.get(&path).await.granted(200);
    for (name, value) in whole.as_object().expect("an object") {
        assert_eq!(&read[name], value, "{name}");
    }
    for filter in [
        "name.familyName eq \"jensen\"",
        "phoneNumbers[type eq \"mobile\" and value ew \"4444\"]",
        "addresses.country eq \"us\" and title co \"guide\"",
        "profileUrl sw \"https://\"",
    ] {
        assert_eq!(service.names(&format!("filter={filter}")).await, "bjensen@example.com", "{filter}");
    }
    let changes = json!([
        { "op": "replace", "path": "name.familyName", "value": "Smith" },
        { "op": "add", "value": { "name": { "middleName": "J" }, "nickName": "B" } },
        { "op": "remove", "path": "phoneNumbers[type eq \"work\"]" },
    ]);
    let changed = service.patch(&path, changes).await.granted(200);
    assert_eq!((&changed["name"]["familyName"], &changed["name"]["middleName"]), (&json!("Smith"), &json!("J")));
    assert_eq!((&changed["name"]["givenName"], &changed["nickName"]), (&json!("Barbara"), &json!("B")));
    assert_eq!(changed["phoneNumbers"].as_array().map(Vec::len), Some(1));
    let both = json!({ "phoneNumbers": [{ "value": "1", "primary": true }, { "value": "2", "primary": true }] });
    service.send("POST", "/Users", &service.person("x", both)).await.refused(400, "invalidValue");

    let unserved = ["password", "ims", "photos", "entitlements", "x509Certificates", "groups"];
    for name in unserved {
        let refused = service.send("POST", "/Users", &service.person("x", json!({ name: "x" }))).await;
        let detail = refused.refused(400, "invalidSyntax")["detail"].clone();
        assert_eq!(detail, format!("User has no attribute `{name}`"));
    }
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for more in [json!({ enterprise: { "department": "Tours" } }), json!({ "schemas": [USER, enterprise] })] {
        let refused = service.send("POST", "/Users", &service.person("x", more)).await.refused(400, "invalidSyntax");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(enterprise)), "{refused}");
    }
}

#[tokio::test]
async fn immutable_is_set_once() {
    // On this platform the class of a role is fixed once it is there (RFC 7643 §7, RFC 7644 §3.5).
    let service = Service::of("bullseye").await;
    let schema = service.get(&format!("/Schemas/{}", urn("Role"))).await.granted(200);
    let class = schema["attributes"].as_array().expect("a list").iter().find(|of| of["name"] == "class");
    assert_eq!(class.map(|class| &class["mutability"]), Some(&json!("immutable")));
    let body = |more: Value| {
        let mut body = json!({ "schemas": [urn("Role")], "displayName": "Clerk", "class": "Account", "rank": "User" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let path = format!("/Roles/{}", service.made("/Roles", body(json!({}))).await);
    let read = service.get(&path).await;
    service.send("PUT", &path, &body(json!({ "class": "Location" }))).await.refused(400, "mutability");
    for operation in [
        json!({ "op": "replace", "path": "class", "value": "Location" }),
        json!({ "op": "add", "value": { "class": "Location" } }),
        json!({ "op": "remove", "path": "class" }),
    ] {
        service.patch(&path, json!([operation])).await.refused(400, "mutability");
    }
    // The value that is there, and silence, are no change.
    service.send("PUT", &path, &body(json!({}))).await.granted(200);
    service.send("PUT", &path, &body(json!({ "class": null }))).await.granted(200);
    service.patch(&path, json!([{ "op": "add", "path": "class", "value": "Account" }])).await.granted(200);
    assert_eq!(service.get(&path).await.granted(200)["class"], read.granted(200)["class"]);
}

#[tokio::test]
async fn names_of_attributes_have_no_case() {
    let service = Service::start().await;
    let body = json!({ "SCHEMAS": [USER], "USERNAME": "bjensen", "Roles": [{ "VALUE": service.role }] });
    let path = format!("/Users/{}", service.made("/Users", body).await);
    assert_eq!(service.names("filter=USERname EQ \"bjensen\" AND Roles.Value pr").await, "bjensen");
    assert_eq!(service.names(&format!("filter={}:userName sw \"B\"", USER.to_uppercase())).await, "bjensen");
    let named = json!([{ "op": "replace", "path": format!("{USER}:DISPLAYNAME"), "value": "Babs" }]);
    assert_eq!(service.patch(&path, named).await.granted(200)["displayName"], "Babs");
    let shown = service.get(&format!("{path}?attributes={USER}:Username")).await.granted(200);
    assert_eq!(shown["userName"], "bjensen");
    assert_eq!(
        service.get(&format!("{path}?excludedAttributes=EMAILS,displayname")).await.granted(200)["displayName"],
        Value::Null
    );
    service
        .send("POST", "/Users", &json!({ "schemas": [USER], "userName": "a", "username": "b" }))
        .await
        .refused(400, "invalidSyntax");
}

#[tokio::test]
async fn types_are_found_and_not_guessed() {
    let service = Service::start().await;
    let types = service.get("/ResourceTypes").await.granted(200);
    let mut endpoints = Vec::new();
    for of in types["Resources"].as_array().expect("a list") {
        assert_eq!(of["id"], of["name"]);
        let endpoint = of["endpoint"].as_str().expect("a path");
        let list = service.get(endpoint).await.granted(200);
        for resource in list["Resources"].as_array().expect("a list") {
            assert_eq!(resource["schemas"], json!([of["schema"]]));
            assert_eq!(resource["meta"]["resourceType"], of["name"]);
        }
        service.get(&format!("/Schemas/{}", of["schema"].as_str().expect("a URN"))).await.granted(200);
        endpoints.push(endpoint.to_owned());
    }
    assert_eq!(endpoints, ["/Users", "/Roles", "/Classifications", "/Segments", "/UserTypes", "/Organizations"]);
}

#[tokio::test]
async fn the_configuration_is_complete_and_true() {
    let service = Service::start().await;
    let mut config = service.get("/ServiceProviderConfig").await.granted(200);
    assert_eq!(config["meta"]["location"], format!("{}/ServiceProviderConfig", service.base()));
    config.as_object_mut().expect("an object").remove("meta");
    insta::assert_snapshot!(serde_json::to_string_pretty(&config).expect("JSON"), @r#"
    {
      "authenticationSchemes": [
        {
          "description": "A token that the sandbox was started with",
          "name": "Bearer token",
          "primary": true,
          "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
          "type": "oauthbearertoken"
        }
      ],
      "bulk": {
        "maxOperations": 1000,
        "maxPayloadSize": 1048576,
        "supported": true
      },
      "changePassword": {
        "supported": false
      },
      "etag": {
        "supported": true
      },
      "filter": {
        "maxResults": 1000,
        "supported": true
      },
      "pagination": {
        "cursor": true,
        "defaultPageSize": 100,
        "defaultPaginationMethod": "index",
        "index": true,
        "maxPageSize": 1000
      },
      "patch": {
        "supported": true
      },
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
      ],
      "sort": {
        "supported": true
      }
    }
    "#);
}

#[tokio::test]
async fn discovery_has_lists_and_each_by_its_id() {
    let service = Service::start().await;
    for endpoint in ["/ResourceTypes", "/Schemas"] {
        let list = service.get(endpoint).await.granted(200);
        assert_eq!(list["schemas"], json!([format!("{MESSAGES}ListResponse")]));
        let resources = list["Resources"].as_array().expect("a list");
        assert_eq!(list["totalResults"], resources.len());
        for resource in resources {
            let path = format!("{endpoint}/{}", resource["id"].as_str().expect("an id"));
            assert_eq!(&service.get(&path).await.granted(200), resource);
            assert_eq!(resource["meta"]["location"], format!("{}{path}", service.base()));
        }
        // Paging is ignored: a client that sees a part would take it for all.
        assert_eq!(service.get(&format!("{endpoint}?count=1&startIndex=3&sortBy=name")).await.granted(200), list);
        service.get(&format!("{endpoint}/nothing")).await.refused(404, "");
    }
    service.get("/ServiceProviderConfig/x").await.refused(404, "");
}

#[tokio::test]
async fn discovery_is_read_whole_and_only_read() {
    let service = Service::start().await;
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/ResourceTypes/User", "/Schemas/x"] {
        service.get(&format!("{path}?filter=name pr")).await.refused(403, "");
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let refused = service.send(method, path, &json!({})).await;
            refused.refused(405, "");
            assert_eq!(refused.header("allow"), "GET");
        }
    }
}

#[tokio::test]
async fn media_types_and_parameters() {
    let service = Service::start().await;
    let token = ("Authorization", "Bearer ada-secret");
    for accept in ["application/scim+json", "application/json", "*/*", "application/json;q=0.5, text/html"] {
        service.bare("GET", "/scim/v2/Users", &[token, ("Accept", accept)], "").await.granted(200);
    }
    let body = service.person("Žofie", json!({})).to_string();
    for kind in ["application/xml", "text/plain", ""] {
        service.bare("POST", "/scim/v2/Users", &[token, ("Content-Type", kind)], &body).await.refused(415, "");
    }
    for (kind, status) in [("application/json; charset=utf-8", 201), ("Application/SCIM+JSON", 409)] {
        let answer = service.bare("POST", "/scim/v2/Users", &[token, ("Content-Type", kind)], &body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert_eq!(service.names("fields=x&userName=nobody&tenant=1").await, "Žofie");
}

#[tokio::test]
async fn strangers_are_challenged() {
    let service = Service::start().await;
    for headers in [&[][..], &[("Authorization", "Bearer wrong")], &[("Authorization", "Basic YWRhOmFkYQ==")]] {
        for path in ["/scim/v2/Users", "/scim/v2/ServiceProviderConfig", "/scim/v2/nothing", "/"] {
            let refused = service.bare("GET", path, headers, "").await;
            refused.refused(401, "");
            assert!(refused.header("www-authenticate").starts_with("Bearer "));
        }
    }
    // A token in the URL is none (RFC 7644 §7.4).
    service.bare("GET", "/scim/v2/Users?access_token=ada-secret", &[], "").await.refused(401, "");
    let viewer = [("Authorization", "Bearer vic-secret"), ("Content-Type", "application/json")];
    service.bare("GET", "/scim/v2/Users", &viewer, "").await.granted(200);
    let body = service.person("x", json!({})).to_string();
    service.bare("POST", "/scim/v2/Users", &viewer, &body).await.refused(403, "");
    service.bare("POST", "/scim/v2/Bulk", &viewer, &bulk(&json!([])).to_string()).await.refused(403, "");
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed() {
    let service = Service::start().await;
    for path in ["/nothing", "/Users/a/b", "/users", "/Groups", "/Me/x", "/Bulk/1"] {
        service.get(path).await.refused(404, "");
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        service.send(method, "/Me", &json!({})).await.refused(501, "");
    }
    let one = format!("/Roles/{}", service.role);
    for (path, methods, allow) in [
        ("/Users", &["PUT", "PATCH", "DELETE"][..], "GET, POST"),
        (&*one, &["POST"], "GET, PUT, PATCH, DELETE"),
        ("/Bulk", &["GET", "PUT", "DELETE"], "POST"),
        ("/.search", &["GET", "DELETE"], "POST"),
        ("/Users/.search", &["GET", "PATCH"], "POST"),
        ("/", &["POST", "DELETE"], "GET"),
        ("/Organizations", &["POST", "DELETE"], "GET"),
    ] {
        for method in methods {
            let refused = service.send(method, path, &json!({})).await;
            refused.refused(405, "");
            assert_eq!(refused.header("allow"), allow, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let service = Service::start().await;
    let path = format!("/Roles/{}", service.role);
    let (get, head) = (service.get(&path).await, service.send("HEAD", &path, &Value::Null).await);
    assert_eq!((head.status, &*head.text), (200, ""));
    assert_eq!(head.header("etag"), get.header("etag"));
}

#[tokio::test]
async fn post_creates() {
    // RFC 7644 §3.3.
    let service = Service::start().await;
    let body = service.person("bjensen", json!({ "externalId": "bjensen", "displayName": "Ms. Barbara J Jensen III" }));
    let answer = service.send("POST", "/Users", &body).await;
    let made = answer.granted(201);
    assert_eq!((&made["externalId"], &made["displayName"]), (&json!("bjensen"), &json!("Ms. Barbara J Jensen III")));
    let path = answer.header("location").strip_prefix(&service.base()).expect("it is ours").to_owned();
    assert_eq!(service.get(&path).await.granted(200), made);
    service.send("POST", "/Users", &body).await.refused(409, "uniqueness");
    for missing in ["userName", "roles"] {
        let mut body = service.person("x", json!({}));
        body.as_object_mut().expect("an object").remove(missing);
        service.send("POST", "/Users", &body).await.refused(400, "invalidValue");
    }
    // Trailing slashes are taken for nothing.
    service.send("POST", "/Users/", &service.person("slash", json!({}))).await.granted(201);
}

#[tokio::test]
async fn get_reads_and_knows_versions() {
    let service = Service::start().await;
    let path = service.user("bjensen", json!({})).await;
    let read = service.get(&path).await;
    read.granted(200);
    service.get("/Users/2819c223-7f76-453a-919d-413861904646").await.refused(404, "");
    for known in [read.header("etag"), "*", &format!("\"x\", {}", read.header("etag"))] {
        let answer = service.with(("If-None-Match", known), "GET", &path, &Value::Null).await;
        assert_eq!((answer.status, &*answer.text), (304, ""));
        assert_eq!(answer.header("etag"), read.header("etag"));
    }
    service.with(("If-None-Match", "W/\"other\""), "GET", &path, &Value::Null).await.granted(200);
}

#[tokio::test]
async fn put_replaces() {
    // RFC 7644 §3.5.1.
    let service = Service::start().await;
    let path = service.user("bjensen", json!({ "displayName": "B", "emails": [{ "value": "b@example.com" }] })).await;
    let body = service.person("babs", json!({ "id": "x", "meta": {}, "emails": [{ "value": "c@example.com" }] }));
    let replaced = service.send("PUT", &path, &body).await.granted(200);
    assert_eq!((&replaced["userName"], &replaced["displayName"]), (&json!("babs"), &Value::Null));
    assert_eq!(replaced["emails"], json!([{ "value": "c@example.com" }]));
    assert!(path.ends_with(replaced["id"].as_str().expect("a text")));
    assert_eq!(service.get(&path).await.granted(200), replaced);
    service.send("PUT", "/Users/new", &body).await.refused(404, "");
    service.send("PUT", &path, &json!({ "schemas": [USER], "userName": "babs" })).await.refused(400, "invalidValue");
    service.user("other", json!({})).await;
    service.send("PUT", &path, &service.person("OTHER", json!({}))).await.refused(409, "uniqueness");
    // What changes nothing makes no version.
    let again = service.send("PUT", &path, &body).await;
    assert_eq!(again.granted(200), replaced);
}

#[tokio::test]
async fn delete_is_final() {
    // RFC 7644 §3.6.
    let service = Service::start().await;
    let path = service.user("bjensen", json!({})).await;
    let answer = service.send("DELETE", &path, &Value::Null).await;
    assert_eq!((answer.status, &*answer.text), (204, ""));
    service.get(&path).await.refused(404, "");
    service.send("DELETE", &path, &Value::Null).await.refused(404, "");
    service.send("PUT", &path, &service.person("bjensen", json!({}))).await.refused(404, "");
    service.patch(&path, json!([{ "op": "remove", "path": "displayName" }])).await.refused(404, "");
    assert_eq!(service.names("filter=userName pr").await, "");
    assert_ne!(service.user("bjensen", json!({})).await, path);
}

#[tokio::test]
async fn attributes_choose_what_is_sent() {
    // RFC 7644 §3.9.
    let service = Service::start().await;
    let email = json!({ "displayName": "B", "emails": [{ "value": "b@example.com", "type": "work" }] });
    let path = service.user("bjensen", email).await;
    let id = path.trim_start_matches("/Users/");
    let least = json!({ "schemas": [USER], "id": id });
    let with = |more: Value| {
        let mut all = least.clone();
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        all
    };
    for (query, expected) in [
        ("attributes=userName", with(json!({ "userName": "bjensen" }))),
        ("attributes=emails.value, nothing", with(json!({ "emails": [{ "value": "b@example.com" }] }))),
        ("attributes=meta.resourceType", with(json!({ "meta": { "resourceType": "User" } }))),
        ("attributes=roles.display", with(json!({ "roles": [{ "display": "R" }] }))),
        ("attributes=x", least.clone()),
    ] {
        assert_eq!(service.get(&format!("{path}?{query}")).await.granted(200), expected, "{query}");
        assert_eq!(service.get(&format!("/Users?{query}")).await.granted(200)["Resources"], json!([expected]));
    }
    let excluded =
        service.get(&format!("{path}?excludedAttributes=id,schemas,emails.type,meta,roles")).await.granted(200);
    assert_eq!(
        excluded,
        with(json!({
            "userName": "bjensen", "displayName": "B", "active": true, "emails": [{ "value": "b@example.com" }],
        }))
    );
    service.get(&format!("{path}?attributes=id&excludedAttributes=id")).await.refused(400, "invalidSyntax");
    let body = service.person("other", json!({}));
    let made = service.send("POST", "/Users?attributes=userName", &body).await.granted(201);
    assert_eq!(made, json!({ "schemas": [USER], "id": made["id"], "userName": "other" }));
}

#[tokio::test]
async fn preconditions_are_held() {
    let service = Service::start().await;
    let path = service.user("bjensen", json!({})).await;
    let old = service.get(&path).await.header("etag").to_owned();
    let add = crate::scim_wire::patch(&json!([{ "op": "add", "path": "displayName", "value": "B" }]));
    let new = service.with(("If-Match", &old), "PATCH", &path, &add).await.header("etag").to_owned();
    assert_ne!(new, old);
    for (method, body) in [("PUT", service.person("x", json!({}))), ("PATCH", add), ("DELETE", Value::Null)] {
        service.with(("If-Match", &old), method, &path, &body).await.refused(412, "");
    }
    assert_eq!(service.get(&path).await.header("etag"), new);
    let put = service.person("bjensen", json!({}));
    service.with(("If-Match", &format!("{old}, {new}")), "PUT", &path, &put).await.granted(200);
    let deleted = service.with(("If-Match", "*"), "DELETE", &path, &Value::Null).await;
    assert_eq!(deleted.status, 204);
}

#[test]
fn every_line_of_the_checklist_has_its_test() {
    for (file, text) in [
        ("scim_checklist", include_str!("scim_checklist.rs")),
        ("scim_lists", include_str!("scim_lists.rs")),
        ("scim_patches", include_str!("scim_patches.rs")),
        ("scim_bulk", include_str!("scim_bulk.rs")),
        ("scim_hostile", include_str!("scim_hostile.rs")),
    ] {
        let lines = text.lines().filter(|line| line.starts_with("//! - "));
        let mut listed: Vec<&str> = lines.filter_map(|line| line.split('`').nth(1)).collect();
        let mut tests: Vec<&str> =
            text.split("#[tokio::test]\nasync fn ").skip(1).filter_map(|rest| rest.split('(').next()).collect();
        listed.sort_unstable();
        tests.sort_unstable();
        assert_eq!(listed, tests, "{file}");
        assert!(!tests.is_empty());
    }
}
