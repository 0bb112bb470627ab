//! Updates on Total Expert, of one role and of many, as the platform holds them: the raw request, and
//! what it leaves.
//!
//! The other rules are in `total_expert_requests`.
//!
//! | rule | test |
//! |---|---|
//! | R-TE-18 | `r_te_18_a_creation_is_all_or_nothing` |
//! | R-TE-19 | `r_te_19_a_request_changes_one_role` |
//! | R-TE-20 | `r_te_20_every_part_of_a_role_can_change_and_its_holders_stay` |
//! | R-TE-21 | `r_te_21_what_an_update_does_not_name_stays` |
//! | R-TE-22 | `r_te_22_only_what_is_there_at_the_end_counts` |
//! | R-TE-23 | `r_te_23_only_support_changes_several_roles_at_once` |
//! | R-TE-26 | `r_te_26_a_bulk_request_replaces_the_two_sets_and_nothing_else` |
//! | R-TE-27 | `r_te_27_what_a_bulk_request_lists_is_what_the_role_has` |

use serde_json::{Value, json};

use crate::support::raw::{bulk, grants, id, operation, outcomes, patch, replace, user};
use crate::total_expert_requests::{create, new_role, role, start, users};

/// Runs futures at the same time; their results, in order.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, result) in pending.iter_mut().filter(|(_, result)| result.is_none()) {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(context) {
                *result = Some(output);
            }
        }
        if pending.iter().all(|(_, result)| result.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, result)| result).collect()
}

#[tokio::test]
async fn r_te_18_a_creation_is_all_or_nothing() {
    let platform = start().await;
    // The last thing that is looked at is wrong; nothing of what came before stays.
    let wrong = role("R", &[("grants", grants(&["campaigns.view", "submarines.view"]))]);
    platform.refuses(("POST", "/Roles", wrong), (400, "invalidValue", "")).await;
    let whole = create(&platform, role("R", &[])).await.granted(201);
    assert_eq!(whole["grants"], grants(&["campaigns.view", "contacts.view"]));
    assert_eq!((&whole["classifications"], &whole["segments"]), (&json!(["Sales"]), &json!(["Retail Mortgage"])));
    assert_eq!(whole["meta"]["version"], "W/\"1\"");
    // Requests that arrive together are written together, and a refused one takes no other along.
    let requests = (0..20).map(|n| {
        let set = if n % 2 == 0 { json!(["Sales"]) } else { json!([]) };
        create(&platform, role(&format!("N{n}"), &[("classifications", set)]))
    });
    let mut statuses = Vec::new();
    for answer in join_all(requests).await {
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [201, 400].repeat(10));
    assert_eq!(platform.get("/Roles").await["totalResults"], 11);
}

#[tokio::test]
async fn r_te_19_a_request_changes_one_role() {
    let platform = start().await;
    let (r, s) = (new_role(&platform, "R").await, new_role(&platform, "S").await);
    let edit = replace("classifications", &json!(["Manager"]));
    for method in ["PUT", "PATCH", "DELETE"] {
        platform.refuses((method, "/Roles", edit.clone()), (405, "", "")).await;
        let several = format!("/Roles/{},{}", id(&r), id(&s));
        platform
            .refuses((method, &several, if method == "PUT" { role("R", &[]) } else { edit.clone() }), (404, "", ""))
            .await;
    }
    let before = platform.get(&s).await;
    platform.send("ada", "PATCH", &r, &edit).await.granted(200);
    assert_eq!(platform.get(&s).await, before);
}

#[tokio::test]
async fn r_te_20_every_part_of_a_role_can_change_and_its_holders_stay() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    users(&platform, 30, &path).await;
    let users = platform.get("/Users?count=1000").await;
    let changed = role(
        "Renamed",
        &[
            ("classifications", json!(["Compliance"])),
            ("segments", json!(["Insurance"])),
            ("grants", grants(&["reports.export"])),
        ],
    );
    let after = platform.send("ada", "PUT", &path, &changed).await.granted(200);
    assert_eq!((after["id"].as_str(), &after["displayName"]), (Some(id(&path)), &json!("Renamed")));
    for attribute in ["classifications", "segments", "grants"] {
        assert_eq!(after[attribute], changed[attribute]);
    }
    let writes = platform.running.audit().await.expect("the audit is read").len();
    platform.send("ada", "PATCH", &path, &replace("displayName", &json!("Again"))).await.granted(200);
    assert_eq!(platform.running.audit().await.expect("the audit is read").len(), writes + 1);
    assert_eq!(platform.get("/Users?count=1000").await, users);
    assert_eq!(platform.get(&format!("{path}?attributes=assignedUsers")).await["assignedUsers"], 30);
    let display = platform.get("/Users?count=1&attributes=roles.display").await;
    assert_eq!(display["Resources"][0]["roles"][0]["display"], "Again");
    // The old name is free again.
    new_role(&platform, "R").await;
}

#[tokio::test]
async fn r_te_21_what_an_update_does_not_name_stays() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let before = platform.get(&path).await;
    for (attribute, value) in [
        ("displayName", json!("S")),
        ("classifications", json!(["Manager", "Sales"])),
        ("segments", json!(["Insurance"])),
        ("grants", grants(&["loans.view"])),
    ] {
        let after = platform.send("ada", "PATCH", &path, &replace(attribute, &value.clone())).await.granted(200);
        assert_eq!(after[attribute], value);
        for other in
            ["displayName", "classifications", "segments", "grants"].iter().filter(|other| **other != attribute)
        {
            assert_eq!(after[other], before[other], "a change of {attribute} reaches {other}");
        }
        platform.send("ada", "PATCH", &path, &replace(attribute, &before[attribute].clone())).await.granted(200);
    }
}

#[tokio::test]
async fn r_te_22_only_what_is_there_at_the_end_counts() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    // In between the set is empty, or holds what no role may hold.
    let moved = platform
        .patch(
            &path,
            json!([
                { "op": "remove", "path": "classifications" },
                { "op": "add", "path": "classifications", "value": ["Support"] },
                { "op": "remove", "path": "segments[value eq \"Retail Mortgage\"]" },
                { "op": "add", "path": "segments", "value": ["Wholesale", "Insurance"] },
                { "op": "remove", "path": "segments[value eq \"Wholesale\"]" },
            ]),
        )
        .await
        .granted(200);
    assert_eq!((&moved["classifications"], &moved["segments"]), (&json!(["Support"]), &json!(["Insurance"])));
    // The same in two requests fails at the first, and a request that ends empty fails whole.
    let removed = patch(&json!([{ "op": "remove", "path": "classifications[value eq \"Support\"]" }]));
    platform.refuses(("PATCH", &path, removed), (400, "mutability", "R-TE-6")).await;
    let ends_empty = patch(&json!([
        { "op": "replace", "path": "displayName", "value": "S" },
        { "op": "add", "path": "segments", "value": ["Retail Mortgage"] },
        { "op": "remove", "path": "segments" },
    ]));
    platform.refuses(("PATCH", &path, ends_empty), (400, "mutability", "R-TE-6")).await;
}

#[tokio::test]
async fn r_te_23_only_support_changes_several_roles_at_once() {
    let platform = start().await;
    let (r, s) = (new_role(&platform, "R").await, new_role(&platform, "S").await);
    let edit = |path: &str| operation("PATCH", path, replace("classifications", &json!(["Manager"])));
    for operations in [
        vec![edit(&r), edit(&s)],
        vec![edit(&r)],
        vec![operation("DELETE", &r, Value::Null)],
        vec![operation("POST", "/Roles", role("New", &[]))],
        // However it is said, and whatever else is asked for.
        vec![operation("patch", "/Roles/nobody", patch(&json!([])))],
        vec![operation("POST", "/Users", user("ana@example.com", &r)), edit(&s)],
    ] {
        platform.refuses(("POST", "/Bulk", bulk(operations.clone())), (403, "", "R-TE-23")).await;
        platform.refuses_to("vic", ("POST", "/Bulk", bulk(operations)), (403, "", "")).await;
    }
    // One request for each stays anybody's who may write roles; users are another matter.
    platform.send("ada", "PATCH", &r, &replace("classifications", &json!(["Sales", "Manager"]))).await.granted(200);
    let people = ["ana@example.com", "bo@example.com"].map(|name| operation("POST", "/Users", user(name, &r)));
    let results = platform.bulk("ada", people.to_vec()).await;
    assert_eq!(outcomes(&results), [(201, "", ""); 2]);
    // Support may; the request before it was refused as a whole, so both are still to be done.
    let results = platform.bulk("sue", vec![edit(&r), edit(&s)]).await;
    assert_eq!(outcomes(&results), [(200, "", ""); 2]);
    for path in [&r, &s] {
        assert_eq!(platform.get(path).await["classifications"], json!(["Manager"]));
    }
}

#[tokio::test]
async fn r_te_26_a_bulk_request_replaces_the_two_sets_and_nothing_else() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let whole = |changes: &[(&str, Value)]| role("R", changes);
    let both = json!([
        { "op": "replace", "path": "classifications", "value": ["Manager"] },
        { "op": "replace", "path": "displayName", "value": "S" },
    ]);
    for operation in [
        operation("POST", "/Roles", role("New", &[])),
        operation("DELETE", &path, Value::Null),
        operation("PATCH", &path, patch(&both)),
        operation("PATCH", &path, replace("displayName", &json!("S"))),
        operation("PATCH", &path, replace("externalId", &json!("acme:role/R"))),
        operation("PATCH", &path, replace("grants", &grants(&["loans.view"]))),
        operation("PATCH", &path, patch(&json!([{ "op": "remove", "path": "grants" }]))),
        operation("PUT", &path, whole(&[("grants", json!([]))])),
        operation("PUT", &path, role("S", &[])),
    ] {
        let before = platform.state().await;
        let results = platform.bulk("sue", vec![operation.clone()]).await;
        assert_eq!(outcomes(&results), [(403, "", "R-TE-26")], "{operation}");
        assert_eq!(platform.state().await, before, "{operation} has changed something");
    }
    // A refused operation takes no other along.
    let good = operation("PUT", &path, whole(&[("segments", json!(["Insurance"]))]));
    let bad = operation("PATCH", &path, replace("displayName", &json!("S")));
    let results = platform.bulk("sue", vec![bad, good]).await;
    assert_eq!(outcomes(&results), [(403, "", "R-TE-26"), (200, "", "")]);
    let after = platform.get(&path).await;
    assert_eq!((&after["displayName"], &after["segments"]), (&json!("R"), &json!(["Insurance"])));
}

#[tokio::test]
async fn r_te_27_what_a_bulk_request_lists_is_what_the_role_has() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let add = patch(&json!([{ "op": "add", "path": "classifications", "value": ["Manager"] }]));
    let results = platform.bulk("sue", vec![operation("PATCH", &path, add)]).await;
    assert_eq!(outcomes(&results), [(403, "", "R-TE-26")]);
    let listed = json!([
        { "op": "replace", "path": "classifications", "value": ["Manager", "Support"] },
        { "op": "replace", "value": { "segments": ["Insurance"] } },
    ]);
    let results = platform.bulk("sue", vec![operation("PATCH", &path, patch(&listed))]).await;
    assert_eq!(outcomes(&results), [(200, "", "")]);
    let after = platform.get(&path).await;
    assert_eq!(
        (&after["classifications"], &after["segments"]),
        (&json!(["Manager", "Support"]), &json!(["Insurance"]))
    );
    // The rules of single requests hold for each of them.
    for (value, expected) in
        [(json!([]), (400, "mutability", "R-TE-6")), (json!(["Marketing"]), (400, "invalidValue", "R-TE-13"))]
    {
        let results = platform.bulk("sue", vec![operation("PATCH", &path, replace("classifications", &value))]).await;
        assert_eq!(outcomes(&results), [expected]);
    }
}
