//! Writing: never twice what must not be, never blindly.

use serde_json::{Value as Json, json};

use super::hostile::{Heard, Hostile, Reply, config};
use crate::plan::{Expected, Step, Write};
use crate::remote::{Left, Performed, Reader, Shown, Target, Writer, prepare};
use crate::state::{Address, Attributes, Binding, Kind, StepId, Value, Version};

fn step(write: Write, expects: Expected) -> Step {
    Step { id: StepId(1), address: Address::new(Kind::Role, "LO"), write, waits_for: Vec::new(), expects }
}

fn attributes() -> Attributes {
    [("name".to_owned(), Value::text("LO")), ("mark".to_owned(), Value::text("acme:role/LO"))].into()
}

fn create() -> Step {
    step(Write::Create { attributes: attributes() }, Expected::Nothing)
}

fn describe(version: Version) -> Step {
    let attributes = [("description".to_owned(), Value::text("new"))].into();
    step(Write::Update { id: Binding::Id("r1".to_owned()), attributes }, Expected::Version(version))
}

fn delete(version: &str) -> Step {
    step(Write::Delete { id: Binding::Id("r1".to_owned()) }, Expected::Version(etag(version)))
}

fn etag(version: &str) -> Version {
    Version::Etag(version.to_owned())
}

fn role(description: &str, version: &str) -> Json {
    json!({
        "id": "r1", "displayName": "LO", "externalId": "acme:role/LO", "description": description,
        "meta": {"version": version},
    })
}

async fn perform(target: &Target, step: &Step) -> Performed {
    let reader = Reader::connect(target).await.expect("connected");
    let approved = crate::plan::Approved::unchecked(super::plan_of(Vec::new()));
    let prepared = prepare(step, &[].into()).expect("resolved");
    Writer::new(&reader, &approved).perform(&prepared).await
}

/// Performs a step against a server; what became of it, and the requests.
async fn run(
    step: &Step,
    handler: impl Fn(&Heard, usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Performed, String) {
    let server = Hostile::start(handler).await;
    let performed = perform(&server.target(), step).await;
    (performed, server.lines().join("\n"))
}

fn applied(performed: &Performed) -> Option<&Left> {
    match performed {
        Performed::Applied { left, shown: Shown::AsPlanned } => Some(left),
        _ => None,
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_looked_up_and_not_sent_again() {
    let (performed, requests) = run(&create(), |heard, _| match heard.method.as_str() {
        "POST" => Some(Reply::Drop),
        _ => heard.path.contains("filter=").then(|| Reply::list(1, 1, &[role("", "1")])),
    })
    .await;
    assert_eq!(applied(&performed), Some(&Left { id: "r1".to_owned(), version: Some(etag("1")) }));
    insta::assert_snapshot!(requests, @r#"
POST /Roles
GET /Roles?filter=externalId%20eq%20%22acme%3Arole%2FLO%22
"#);
}

#[tokio::test]
async fn a_create_that_left_no_trace_stays_unknown() {
    let (performed, requests) = run(&create(), |heard, _| (heard.method == "POST").then_some(Reply::Drop)).await;
    assert!(matches!(performed, Performed::Unknown { .. }), "{performed:?}");
    assert_eq!(requests.matches("POST").count(), 1);
}

#[tokio::test]
async fn a_create_that_was_turned_away_is_sent_again() {
    let (performed, requests) = run(&create(), |heard, before| match (heard.method.as_str(), before) {
        ("POST", 0) => Some(Reply::error(429, None, "").with("retry-after", "0")),
        ("POST", _) => Some(Reply::json(201, &role("", "1")).with("etag", "W/\"1\"")),
        _ => None,
    })
    .await;
    assert_eq!(applied(&performed).and_then(|left| left.version.clone()), Some(etag("W/\"1\"")));
    assert_eq!(requests, "POST /Roles\nPOST /Roles");
}

#[tokio::test]
async fn a_name_that_is_taken_is_in_place_only_when_everything_is_equal() {
    let taken = |found: Json| {
        move |heard: &Heard, _: usize| match heard.method.as_str() {
            "POST" => Some(Reply::error(409, Some("uniqueness"), "taken")),
            _ => heard.path.contains("filter=").then(|| Reply::list(1, 1, std::slice::from_ref(&found))),
        }
    };
    let (performed, _) = run(&create(), taken(role("", "1"))).await;
    assert!(matches!(performed, Performed::AlreadyInPlace { .. }), "{performed:?}");
    let other = json!({"id": "r9", "displayName": "lo", "meta": {"version": "1"}});
    let (performed, _) = run(&create(), taken(other)).await;
    insta::assert_debug_snapshot!(performed, @r#"
Refused {
    status: 409,
    detail: "an object with this name exists (id `r9`) and differs in mark, name",
    rule: None,
}
"#);
}

#[tokio::test]
async fn an_answer_without_a_body_names_the_object_in_its_location() {
    let empty = || Reply::Answer {
        status: 201,
        headers: vec![("location", "/scim/v2/Roles/r7".to_owned())],
        body: String::new(),
    };
    let (performed, _) = run(&create(), move |heard, _| (heard.method == "POST").then(empty)).await;
    let left = Left { id: "r7".to_owned(), version: None };
    assert_eq!(performed, Performed::Applied { left, shown: Shown::Nothing });
}

#[tokio::test]
async fn an_update_goes_with_the_version_that_it_was_planned_against() {
    let server =
        Hostile::start(|heard, _| (heard.method == "PATCH").then(|| Reply::json(200, &role("new", "2")))).await;
    let performed = perform(&server.target(), &describe(etag("1"))).await;
    assert_eq!(applied(&performed).and_then(|left| left.version.clone()), Some(etag("2")));
    let heard = server.heard().pop().expect("a request");
    assert_eq!(heard.if_match.as_deref(), Some("1"));
    insta::assert_snapshot!(heard.body, @r#"{"Operations":[{"op":"replace","path":"description","value":"new"}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#);
}

#[tokio::test]
async fn an_object_that_changed_is_left_alone() {
    for status in [412, 409, 404] {
        let (performed, requests) = run(&describe(etag("1")), move |heard, _| {
            (heard.method == "PATCH").then(|| Reply::error(status, None, ""))
        })
        .await;
        assert!(matches!(performed, Performed::Stale { .. }), "{status}: {performed:?}");
        // What a conflict is about, the object tells.
        let read = if status == 409 { "\nGET /Roles/r1" } else { "" };
        assert_eq!(requests, format!("PATCH /Roles/r1{read}"));
    }
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_read_back_first() {
    // It had been carried out.
    let (performed, requests) = run(&describe(etag("1")), |heard, _| match heard.method.as_str() {
        "PATCH" => Some(Reply::Drop),
        _ => heard.path.ends_with("/r1").then(|| Reply::json(200, &role("new", "2"))),
    })
    .await;
    assert_eq!(applied(&performed).and_then(|left| left.version.clone()), Some(etag("2")));
    assert_eq!(requests, "PATCH /Roles/r1\nGET /Roles/r1");
    // It had not.
    let (performed, requests) = run(&describe(etag("1")), |heard, before| match (heard.method.as_str(), before) {
        ("PATCH", 0) => Some(Reply::Drop),
        ("PATCH", _) => Some(Reply::json(200, &role("new", "2"))),
        _ => heard.path.ends_with("/r1").then(|| Reply::json(200, &role("old", "1"))),
    })
    .await;
    assert!(applied(&performed).is_some(), "{performed:?}");
    assert_eq!(requests, "PATCH /Roles/r1\nGET /Roles/r1\nPATCH /Roles/r1");
}

#[tokio::test]
async fn without_versions_the_object_is_read_just_before() {
    let serve = |heard: &Heard| match (heard.method.as_str(), heard.path.as_str()) {
        (_, "/scim/v2/ServiceProviderConfig") => Some(Reply::json(200, &config(false, true))),
        ("GET", "/scim/v2/Roles/r1") => Some(Reply::json(200, &role("old", ""))),
        ("PATCH", _) => Some(Reply::json(200, &role("new", ""))),
        _ => None,
    };
    let stale = describe(Version::Hash("sha256:00".to_owned()));
    let (performed, requests) = run(&stale, move |heard, _| serve(heard)).await;
    assert!(matches!(performed, Performed::Stale { .. }), "{performed:?}");
    assert_eq!(requests, "GET /Roles/r1");

    let attributes: Attributes =
        attributes().into_iter().chain([("description".to_owned(), Value::text("old"))]).collect();
    let fresh = describe(Version::Hash(super::super::version::hash(&attributes)));
    let (performed, requests) = run(&fresh, move |heard, _| serve(heard)).await;
    assert!(applied(&performed).is_some(), "{performed:?}");
    assert_eq!(requests, "GET /Roles/r1\nPATCH /Roles/r1");
}

#[tokio::test]
async fn without_patch_the_object_is_written_whole() {
    let server = Hostile::start(|heard, _| match (heard.method.as_str(), heard.path.as_str()) {
        (_, "/scim/v2/ServiceProviderConfig") => Some(Reply::json(200, &config(true, false))),
        ("GET", "/scim/v2/Roles/r1") => Some(Reply::json(200, &role("old", "1"))),
        ("PUT", _) => Some(Reply::json(200, &role("new", "2"))),
        _ => None,
    })
    .await;
    let performed = perform(&server.target(), &describe(etag("1"))).await;
    assert!(applied(&performed).is_some(), "{performed:?}");
    let heard = server.heard().pop().expect("a request");
    assert_eq!((heard.method.as_str(), heard.if_match.as_deref()), ("PUT", Some("1")));
    insta::assert_snapshot!(heard.body, @r#"{"description":"new","displayName":"LO","externalId":"acme:role/LO","id":"r1"}"#);
}

#[tokio::test]
async fn what_is_gone_already_needs_no_deleting() {
    let (performed, _) = run(&delete("1"), |_, _| None).await;
    assert!(matches!(performed, Performed::AlreadyInPlace { .. }), "{performed:?}");
    // The first attempt had been carried out.
    let (performed, _) =
        run(&delete("1"), |heard, before| (heard.method == "DELETE" && before == 0).then_some(Reply::Drop)).await;
    assert!(applied(&performed).is_some(), "{performed:?}");
}

#[tokio::test]
async fn emptying_what_is_empty_is_no_error() {
    let attributes = [("description".to_owned(), Value::Absent)].into();
    let step = step(Write::Update { id: Binding::Id("r1".to_owned()), attributes }, Expected::Version(etag("1")));
    let (performed, _) = run(&step, |heard, _| {
        if heard.method == "PATCH" {
            return Some(Reply::error(400, Some("noTarget"), ""));
        }
        let role = json!({"id": "r1", "displayName": "LO", "meta": {"version": "1"}});
        heard.path.ends_with("/r1").then(|| Reply::json(200, &role))
    })
    .await;
    assert!(matches!(performed, Performed::AlreadyInPlace { .. }), "{performed:?}");
}

#[tokio::test]
async fn a_refusal_carries_the_rule() {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "detail": "no seat of AI left",
    });
    body[format!("{}Error", crate::scim::schema::URN_PREFIX)] = json!({"rule": "R-UT-26"});
    let (performed, _) =
        run(&describe(etag("1")), move |heard, _| (heard.method == "PATCH").then(|| Reply::json(409, &body))).await;
    let refused = Performed::Refused { status: 409, detail: "no seat of AI left".into(), rule: Some("R-UT-26".into()) };
    assert_eq!(performed, refused);
}

#[tokio::test]
async fn accepted_is_not_done() {
    let (performed, _) = run(&describe(etag("1")), |heard, before| match heard.method.as_str() {
        "PATCH" => Some(Reply::Answer { status: 202, headers: Vec::new(), body: String::new() }),
        _ => heard.path.ends_with("/r1").then(|| Reply::json(200, &role(if before < 1 { "old" } else { "new" }, "2"))),
    })
    .await;
    assert!(applied(&performed).is_some(), "{performed:?}");
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_leaves_a_write_in_doubt() {
    let page = || Reply::Answer {
        status: 200,
        headers: vec![("content-type", "text/html".into())],
        body: "<html><title>Gateway</title>".into(),
    };
    // It had been carried out.
    let (performed, requests) = run(&create(), move |heard, _| match heard.method.as_str() {
        "POST" => Some(page()),
        _ => heard.path.contains("filter=").then(|| Reply::list(1, 1, &[role("", "1")])),
    })
    .await;
    assert!(applied(&performed).is_some(), "{performed:?}");
    assert_eq!(requests.matches("POST").count(), 1);
    // It had not, as far as can be seen.
    let (performed, requests) = run(&create(), move |heard, _| (heard.method == "POST").then(page)).await;
    assert!(matches!(performed, Performed::Unknown { .. }), "{performed:?}");
    assert_eq!(requests.matches("POST").count(), 1);
    let (performed, requests) = run(&describe(etag("1")), move |heard, _| match heard.method.as_str() {
        "PATCH" => Some(page()),
        _ => heard.path.ends_with("/r1").then(|| Reply::json(200, &role("new", "2"))),
    })
    .await;
    assert!(applied(&performed).is_some(), "{performed:?}");
    assert_eq!(requests, "PATCH /Roles/r1\nGET /Roles/r1");
}

/// A gateway gives up, the target does not: the write arrives between the look and the second attempt.
#[tokio::test]
async fn a_write_that_arrives_after_a_gateway_has_given_up_is_ours() {
    let (performed, requests) = run(&describe(etag("1")), |heard, before| match (heard.method.as_str(), before) {
        ("PATCH", 0) => Some(Reply::error(504, None, "")),
        ("PATCH", _) => Some(Reply::error(412, None, "")),
        (_, 0) => heard.path.ends_with("/r1").then(|| Reply::json(200, &role("old", "1"))),
        _ => heard.path.ends_with("/r1").then(|| Reply::json(200, &role("new", "2"))),
    })
    .await;
    assert_eq!(applied(&performed).and_then(|left| left.version.clone()), Some(etag("2")), "{performed:?}");
    assert_eq!(requests, "PATCH /Roles/r1\nGET /Roles/r1\nPATCH /Roles/r1\nGET /Roles/r1");
    let (performed, _) = run(&delete("1"), |heard, before| {
        (heard.method == "DELETE" && before == 0).then(|| Reply::error(504, None, ""))
    })
    .await;
    assert!(applied(&performed).is_some(), "{performed:?}");
}

#[tokio::test]
async fn a_target_that_asks_for_ages_keeps_nobody_waiting() {
    for ages in ["86400", "18446744073709551615", "Tue, 31 Dec 2999 23:59:59 GMT"] {
        let server = Hostile::start(move |heard, _| {
            let refused = || Reply::error(429, None, "").with("retry-after", ages);
            matches!(heard.method.as_str(), "PATCH" | "POST").then(refused)
        })
        .await;
        let target = server.target();
        let reader = Reader::connect(&target).await.expect("connected");
        let approved = crate::plan::Approved::unchecked(super::plan_of(Vec::new()));
        let writer = Writer::new(&reader, &approved);
        for step in [create(), describe(etag("1"))] {
            let prepared = prepare(&step, &[].into()).expect("resolved");
            // Much longer than it takes, much shorter than what was asked for.
            let performed = tokio::time::timeout(std::time::Duration::from_mins(1), writer.perform(&prepared)).await;
            assert!(matches!(performed, Ok(Performed::Failed { .. })), "{ages}: {performed:?}");
            assert!(writer.is_silent(), "{ages}: like one that is down");
        }
    }
}
