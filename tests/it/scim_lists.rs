//! Filters, lists, orders and pages (RFC 7644 §3.4.2, §3.4.3; RFC 9865), by raw requests; see
//! `scim_checklist`.
//!
//! Filters (RFC 7644 §3.4.2.2)
//! - the RFC's examples, in attributes that we announce: `the_examples_of_the_rfc_select_what_they_say`
//! - each operator, on each type: `operators_compare_by_type`
//! - groups before not before and before or: `precedence_is_that_of_the_rfc`
//! - brackets bind several conditions to one value: `brackets_bind_to_one_value`
//! - case counts where the schema says so: `case_counts_where_it_is_announced`
//! - syntax, unknown attributes and meaningless comparisons are errors: `what_makes_no_sense_is_refused`
//! - no match is an empty list, not an error: `no_match_is_an_empty_list`
//! - values are JSON strings, percent-encoded: `values_are_json`
//!
//! Lists (RFC 7644 §3.4.2.3, §3.4.2.4, §3.4.3)
//! - the message, its numbers and their corrections: `a_list_has_its_numbers`
//! - pages by index hold everything once: `pages_by_index_hold_everything_once`
//! - sorting by type and case, absent values last, first when descending: `lists_are_sorted`
//! - searches take the same in a body, at a type and at the root: `searches_are_lists`
//! - the root lists all types: `the_root_lists_all_types`
//!
//! Cursors (RFC 9865)
//! - empty or a cursor of ours, until there is none: `cursors_lead_through_a_list`
//! - three kinds of errors: `cursors_that_lead_nowhere_are_refused`

use serde_json::{Value, json};

use crate::scim_wire::{MESSAGES, Service, USER, urn};

async fn company() -> Service {
    let service = Service::start().await;
    let people = [
        (
            "bjensen",
            json!({ "displayName": "Babs Jensen", "userType": "Employee", "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" },
        ] }),
        ),
        (
            "jsmith",
            json!({ "displayName": "J O'Malley", "userType": "Intern", "emails": [
            { "value": "jsmith@example.org", "type": "home" },
        ] }),
        ),
        ("Jane", json!({ "userType": "employee", "active": false, "externalId": "J1" })),
        ("zoe", json!({ "displayName": "Zoë \"Z\" \\ Ärz" })),
    ];
    for (name, more) in people {
        service.user(name, more).await;
    }
    service
}

#[track_caller]
fn same(found: &str, expected: &str, filter: &str) {
    assert_eq!(found, expected, "{filter}");
}

async fn check(service: &Service, filters: &[(&str, &str)]) {
    for (filter, expected) in filters {
        same(&service.names(&format!("filter={filter}")).await, expected, filter);
    }
}

#[tokio::test]
async fn the_examples_of_the_rfc_select_what_they_say() {
    let service = company().await;
    let by_urn = format!("{USER}:userName sw \"J\"");
    let by_schema = format!("schemas eq \"{USER}\"");
    check(
        &service,
        &[
            ("userName eq \"bjensen\"", "bjensen"),
            ("displayName co \"O'Malley\"", "jsmith"),
            ("userName sw \"J\"", "jsmith Jane"),
            (&by_urn, "jsmith Jane"),
            ("displayName pr", "bjensen jsmith zoe"),
            ("meta.lastModified gt \"2011-05-13T04:42:34Z\"", "bjensen jsmith Jane zoe"),
            ("meta.lastModified ge \"2011-05-13T04:42:34Z\"", "bjensen jsmith Jane zoe"),
            ("meta.lastModified lt \"2011-05-13T04:42:34Z\"", ""),
            ("meta.lastModified le \"2011-05-13T04:42:34Z\"", ""),
            ("displayName pr and userType eq \"Employee\"", "bjensen"),
            ("displayName pr or userType eq \"Intern\"", "bjensen jsmith zoe"),
            (&by_schema, "bjensen jsmith Jane zoe"),
            ("userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")", "bjensen"),
            ("userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co \"example.org\")", "zoe"),
            ("userType eq \"Employee\" and (emails.type eq \"work\")", "bjensen"),
            ("userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]", "bjensen"),
            (
                "emails[type eq \"work\" and value co \"@example.com\"] or roles[value pr and display eq \"r\"]",
                "bjensen jsmith Jane zoe",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn operators_compare_by_type() {
    let service = company().await;
    check(
        &service,
        &[
            ("userName ne \"zoe\"", "bjensen jsmith Jane"),
            ("userName ew \"E\"", "Jane zoe"),
            ("userName gt \"jane\"", "jsmith zoe"),
            ("userName ge \"jane\"", "jsmith Jane zoe"),
            ("userName lt \"jane\"", "bjensen"),
            ("userName le \"jane\"", "bjensen Jane"),
            ("active eq false", "Jane"),
            ("active ne true", "Jane"),
            ("emails.primary eq true", "bjensen"),
            ("externalId ne null", "Jane"),
            (
                "meta.created ge \"2011-05-13T04:42:34+02:00\" and meta.resourceType eq \"User\"",
                "bjensen jsmith Jane zoe",
            ),
        ],
    )
    .await;
    let body = json!({ "schemas": [urn("UserType")], "displayName": "T", "totalAssignmentsPermitted": 10 });
    service.made("/UserTypes", body).await;
    for (comparison, total) in [("gt 9", 1), ("ge 10", 1), ("lt 9", 0), ("eq 10.0", 1), ("ne 10", 0), ("gt 9.5", 1)] {
        let list = service.get(&format!("/UserTypes?filter=totalAssignmentsPermitted {comparison}")).await.granted(200);
        assert_eq!(list["totalResults"], total, "{comparison}");
    }
}

#[tokio::test]
async fn precedence_is_that_of_the_rfc() {
    let service = company().await;
    check(
        &service,
        &[
            ("userName eq \"zoe\" or active eq true and userName sw \"j\"", "jsmith zoe"),
            ("(userName eq \"zoe\" or active eq true) and userName sw \"j\"", "jsmith"),
            ("not (userName sw \"j\") and active eq true", "bjensen zoe"),
            ("not (userName sw \"j\" and active eq true)", "bjensen Jane zoe"),
            ("NOT(userName sw \"j\" or((active eq false)))", "bjensen zoe"),
        ],
    )
    .await;
}

#[tokio::test]
async fn brackets_bind_to_one_value() {
    let service = company().await;
    check(
        &service,
        &[
            ("emails[type eq \"home\" and value co \"example\"]", "jsmith"),
            ("emails.type eq \"home\" and emails.value co \"example\"", "bjensen jsmith"),
            ("emails[not (type eq \"work\")]", "bjensen jsmith"),
            ("not (emails[type eq \"work\"])", "jsmith Jane zoe"),
            ("emails[type eq \"work\" or value ew \".org\"] and active eq true", "bjensen jsmith"),
        ],
    )
    .await;
    let by_role = format!("roles[value eq \"{}\"]", service.role);
    check(&service, &[(&by_role, "bjensen jsmith Jane zoe"), ("roles[value eq \"x\"]", "")]).await;
}

#[tokio::test]
async fn case_counts_where_it_is_announced() {
    let service = company().await;
    check(
        &service,
        &[
            ("userName eq \"JANE\"", "Jane"),
            ("userType eq \"EMPLOYEE\"", "bjensen Jane"),
            ("displayName co \"ÄRZ\"", "zoe"),
            ("externalId eq \"J1\"", "Jane"),
            ("externalId eq \"j1\"", ""),
            ("externalId sw \"j\"", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let service = company().await;
    for wrong in [
        "",
        "userName",
        "userName eq",
        "userName eq bjensen",
        "userName eq 'bjensen'",
        "userName is \"x\"",
        "userName eq \"x\" and",
        "(userName pr",
        "not userName pr",
        "emails[type pr",
        "emails[type eq \"x\"].value pr",
        "shoeSize pr",
        "emails.kind pr",
        "emails[kind pr]",
        "urn:x:unknown:userName pr",
        "active gt true",
        "active co \"t\"",
        "userName eq \"a\" userName eq \"b\"",
        "userName eq \"\\x\"",
    ] {
        service.get(&format!("/Users?filter={wrong}")).await.refused(400, "invalidFilter");
    }
}

#[tokio::test]
async fn no_match_is_an_empty_list() {
    let service = company().await;
    for query in ["filter=userName eq \"nobody\"", "filter=userName eq \"nobody\"&sortBy=id&startIndex=7"] {
        let list = service.get(&format!("/Users?{query}")).await.granted(200);
        assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])));
    }
}

#[tokio::test]
async fn values_are_json() {
    let service = company().await;
    check(
        &service,
        &[
            ("displayName eq \"zo\\u00eb \\\"z\\\" \\\\ \\u00c4rz\"", "zoe"),
            ("displayName co \"\\\"Z\\\"\"", "zoe"),
            ("displayName eq \"ZOË \\\"z\\\" \\\\ ärz\"", "zoe"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_list_has_its_numbers() {
    let service = company().await;
    let list = service.get("/Users").await.granted(200);
    assert_eq!(list["schemas"], json!([format!("{MESSAGES}ListResponse")]));
    for (query, numbers) in [
        ("", [4, 1, 4]),
        ("startIndex=2&count=2", [4, 2, 2]),
        ("startIndex=0&count=3", [4, 1, 3]),
        ("startIndex=-5&count=-5", [4, 1, 0]),
        ("count=0", [4, 1, 0]),
        ("startIndex=4&count=10", [4, 4, 1]),
        ("startIndex=5", [4, 5, 0]),
        ("filter=active eq true&count=1", [3, 1, 1]),
    ] {
        let list = service.get(&format!("/Users?{query}")).await.granted(200);
        let found = ["totalResults", "startIndex", "itemsPerPage"].map(|name| list[name].as_i64().expect("an integer"));
        assert_eq!(found, numbers, "{query}");
        assert_eq!(list["Resources"].as_array().map(Vec::len), usize::try_from(numbers[2]).ok(), "{query}");
        assert!(list.get("nextCursor").is_none());
    }
    service.get("/Users?startIndex=first").await.refused(400, "invalidValue");
}

#[tokio::test]
async fn pages_by_index_hold_everything_once() {
    let service = company().await;
    for order in ["", "&sortBy=userName", "&sortBy=displayName&sortOrder=descending", "&filter=active eq true"] {
        let whole = service.names(&format!("count=100{order}")).await;
        let mut pages = Vec::new();
        for start in 1..=4 {
            pages.push(service.names(&format!("count=1&startIndex={start}{order}")).await);
        }
        assert_eq!(pages.join(" ").trim(), whole, "{order}");
    }
}

#[tokio::test]
async fn lists_are_sorted() {
    let service = company().await;
    for (order, names) in [
        ("sortBy=userName", "bjensen Jane jsmith zoe"),
        ("sortBy=userName&sortOrder=ascending", "bjensen Jane jsmith zoe"),
        ("sortBy=userName&sortOrder=descending", "zoe jsmith Jane bjensen"),
        ("sortBy=displayName", "bjensen jsmith zoe Jane"),
        ("sortBy=displayName&sortOrder=descending", "Jane zoe jsmith bjensen"),
        ("sortBy=externalId", "Jane bjensen jsmith zoe"),
        ("sortBy=active", "Jane bjensen jsmith zoe"),
        // Of several values the primary one, or else the first (RFC 7644 §3.4.2.3).
        ("sortBy=emails.value", "bjensen jsmith Jane zoe"),
        ("sortBy=emails&sortOrder=descending", "zoe Jane jsmith bjensen"),
        ("sortBy=meta.created&count=2&startIndex=2", "jsmith Jane"),
        ("sortBy=userName&filter=active eq true", "bjensen jsmith zoe"),
    ] {
        assert_eq!(service.names(order).await, names, "{order}");
    }
    for wrong in ["sortBy=shoeSize", "sortBy=name.shoeSize", "sortBy=[", "sortBy=id&sortOrder=random"] {
        service.get(&format!("/Users?{wrong}")).await.refused(400, "invalidValue");
    }
}

#[tokio::test]
async fn searches_are_lists() {
    let service = company().await;
    let search = |more: Value| {
        let mut body = json!({ "schemas": [format!("{MESSAGES}SearchRequest")] });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    // RFC 7644 §3.4.3.
    let body = search(json!({
        "attributes": ["displayName", "userName"],
        "filter": "displayName sw \"b\" or userName sw \"j\"",
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 1,
        "count": 2,
    }));
    for path in ["/Users/.search", "/.search"] {
        let found = service.send("POST", path, &body).await.granted(200);
        assert_eq!(found["totalResults"], 3);
        let names: Vec<&Value> =
            found["Resources"].as_array().expect("a list").iter().map(|of| &of["userName"]).collect();
        assert_eq!(names, ["jsmith", "Jane"]);
        assert!(found["Resources"][0].get("emails").is_none());
    }
    let excluded = search(json!({ "excludedAttributes": ["roles", "meta"], "filter": "userName eq \"zoe\"" }));
    let found = service.send("POST", "/Users/.search", &excluded).await.granted(200);
    assert!(found["Resources"][0].get("roles").is_none());
    let cursor = search(json!({ "cursor": "", "count": 3 }));
    let found = service.send("POST", "/Users/.search", &cursor).await.granted(200);
    let next = search(json!({ "cursor": found["nextCursor"], "count": 3 }));
    assert_eq!(service.send("POST", "/Users/.search", &next).await.granted(200)["Resources"][0]["userName"], "zoe");
    for wrong in [
        json!({}),
        json!({ "schemas": ["x"] }),
        json!({ "schemas": [format!("{MESSAGES}SearchRequest")], "count": "1" }),
    ] {
        service.send("POST", "/Users/.search", &wrong).await.refused(400, "invalidSyntax");
    }
    service.send("POST", "/Nothing/.search", &body).await.refused(404, "");
}

#[tokio::test]
async fn the_root_lists_all_types() {
    let service = company().await;
    service.made("/Segments", json!({ "schemas": [urn("Segment")], "displayName": "S" })).await;
    let types = async |query: &str| {
        let list = service.get(&format!("/?{query}")).await.granted(200);
        let resources = list["Resources"].as_array().expect("a list").clone();
        assert_eq!(list["totalResults"], resources.len());
        let name = |of: &Value| of["meta"]["resourceType"].as_str().unwrap_or_default().to_owned();
        resources.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(types("").await, "Role User User User User Segment");
    assert_eq!(
        types("filter=(meta.resourceType eq \"User\") or (meta.resourceType eq \"Segment\")").await,
        "User User User User Segment"
    );
    assert_eq!(types("filter=displayName eq \"s\"").await, "Segment");
    // What a type has not is unassigned in it; what none has is so everywhere.
    assert_eq!(types("filter=userName ne \"zoe\" and not (userName pr)").await, "Role Segment");
    assert_eq!(types("filter=shoeSize pr").await, "");
    service.get("/?filter=active gt true").await.refused(400, "invalidFilter");
}

#[tokio::test]
async fn cursors_lead_through_a_list() {
    let service = company().await;
    for query in ["", "&sortBy=userName", "&filter=active eq true", "&sortBy=displayName&filter=active eq true"] {
        let whole = service.names(&format!("count=100{query}")).await;
        let (mut cursor, mut names, mut pages) = (String::new(), Vec::new(), 0);
        loop {
            let page = service.get(&format!("/Users?cursor={cursor}&count=2{query}")).await.granted(200);
            let resources = page["Resources"].as_array().expect("a list");
            names.extend(resources.iter().map(|of| of["userName"].as_str().expect("a text").to_owned()));
            assert_eq!(page["itemsPerPage"], resources.len());
            assert!(page.get("startIndex").is_none() && page.get("previousCursor").is_none());
            pages += 1;
            let Some(next) = page["nextCursor"].as_str() else { break };
            assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
            next.clone_into(&mut cursor);
        }
        assert_eq!((names.join(" "), pages), (whole, 2), "{query}");
    }
}

#[tokio::test]
async fn cursors_that_lead_nowhere_are_refused() {
    let service = company().await;
    let first = service.get("/Users?cursor=&count=2&sortBy=userName").await.granted(200);
    let cursor = first["nextCursor"].as_str().expect("there is more");
    for wrong in [
        "cursor=made-up&sortBy=userName".to_owned(),
        format!("cursor={}&sortBy=userName", cursor.replace(|c: char| c.is_ascii_digit(), "0")),
        // Everything but the size of the page stays the same.
        format!("cursor={cursor}"),
        format!("cursor={cursor}&sortBy=userName&sortOrder=descending"),
        format!("cursor={cursor}&sortBy=userName&filter=userName pr"),
        format!("cursor={cursor}&sortBy=userName&attributes=id"),
    ] {
        service.get(&format!("/Users?{wrong}")).await.refused(400, "invalidCursor");
    }
    service.get(&format!("/Roles?cursor={cursor}&sortBy=userName")).await.refused(400, "invalidCursor");
    for count in ["0", "-1", "two"] {
        service.get(&format!("/Users?cursor=&count={count}")).await.refused(400, "invalidCount");
    }
    // The page before ended with a name that is not there any more.
    let last = format!("/Users/{}", first["Resources"][1]["id"].as_str().expect("an id"));
    service.send("DELETE", &last, &Value::Null).await;
    service.get(&format!("/Users?cursor={cursor}&sortBy=userName")).await.refused(400, "expiredCursor");
}
