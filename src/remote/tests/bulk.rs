//! Several steps in one request, to services that answer in every way.

use serde_json::{Value as Json, json};

use super::hostile::{Hostile, Reply, config};
use super::plan_of;
use crate::plan::{Approved, Expected, Step, Write};
use crate::remote::{Answered, Member, Performed, Reader, Settled, Writer, prepare};
use crate::state::{Address, Attributes, Binding, Kind, StepId, Value, Version};

fn step(id: u32, write: Write, expects: Expected) -> Step {
    let address = Address::new(Kind::Role, format!("r{id}"));
    Step { id: StepId(id), address, write, waits_for: Vec::new(), expects }
}

fn create(id: u32) -> Step {
    let attributes = Attributes::from([("name".to_owned(), Value::text(format!("r{id}")))]);
    step(id, Write::Create { attributes }, Expected::Nothing)
}

fn describe(id: u32) -> Step {
    let attributes = Attributes::from([("description".to_owned(), Value::text("new"))]);
    let write = Write::Update { id: Binding::Id(format!("i{id}")), attributes };
    step(id, write, Expected::Version(Version::Etag("1".to_owned())))
}

fn delete(id: u32) -> Step {
    let write = Write::Delete { id: Binding::Id(format!("i{id}")) };
    step(id, write, Expected::Version(Version::Etag("1".to_owned())))
}

/// A service that takes bulk requests and answers them like this; its objects are as they were.
async fn service(answer: impl Fn(&Json) -> Reply + Send + Sync + 'static) -> Hostile {
    Hostile::start(move |heard, _| match (heard.method.as_str(), heard.path.as_str()) {
        ("GET", "/scim/v2/ServiceProviderConfig") => {
            let mut config = config(true, true);
            config["bulk"] = json!({"supported": true, "maxOperations": 10, "maxPayloadSize": 10_000});
            Some(Reply::json(200, &config))
        }
        ("POST", "/scim/v2/Bulk") => Some(answer(&heard.body)),
        ("GET", path) => {
            let id = path.strip_prefix("/scim/v2/Roles/")?;
            let role = json!({"id": id, "displayName": id, "description": "old", "meta": {"version": "1"}});
            Some(Reply::json(200, &role))
        }
        _ => None,
    })
    .await
}

fn results(results: &[Json]) -> Reply {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"];
    Reply::json(200, &json!({"schemas": schemas, "Operations": results}))
}

async fn together(server: &Hostile, steps: &[Step]) -> Answered {
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let writer = Writer::new(&reader, &Approved::unchecked(plan_of(steps.to_vec())));
    assert!(writer.bulk().is_some());
    let member = |(key, step): (usize, &Step)| {
        let step = prepare(step, &[].into()).expect("resolved");
        let operation = writer.operation(&step).expect("it can travel");
        Member { key, step, operation }
    };
    let members = steps.iter().enumerate().map(member).collect();
    writer.perform_together(members).await
}

/// What became of each, a line each.
fn lines(answered: &Answered) -> String {
    let line = |(key, settled): &(usize, Settled)| match settled {
        Settled::Performed(Performed::Applied { left, shown }) => {
            let version = left.version.as_ref().map_or("-", Version::as_str);
            format!("{key}: applied {} at {version}, shown: {shown:?}", left.id)
        }
        Settled::Performed(other) => format!("{key}: {other:?}"),
        Settled::Again { in_doubt } => format!("{key}: again, in doubt: {in_doubt}"),
    };
    answered.members.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn results_are_told_by_name_and_location_whatever_their_order_and_form() {
    let server = service(|_| {
        results(&[
            json!({"method": "DELETE", "location": "https://elsewhere.example/v2/Roles/i4", "status": 204}),
            json!({"method": "PATCH", "location": "/scim/v2/Roles/i3", "version": "3", "status": "200"}),
            json!({"method": "POST", "bulkId": "o1", "location": "http://x/scim/v2/Roles/i2", "version": "7", "status": {"code": "201"}}),
            json!({"method": "POST", "bulkId": "o0", "status": "201", "response": {"id": "i1", "displayName": "r1"}}),
        ])
    })
    .await;
    let answered = together(&server, &[create(1), create(2), describe(3), delete(4)]).await;
    insta::assert_snapshot!(lines(&answered), @r"
    0: applied i1 at sha256:1feca553bc1f31a88e8f031dd8dad8d7, shown: AsPlanned
    1: applied i2 at 7, shown: Nothing
    2: applied i3 at 3, shown: Nothing
    3: applied i4 at -, shown: AsPlanned
    ");
    assert_eq!(answered.not_again, None);
    let heard = server.heard().into_iter().find(|heard| heard.path.ends_with("/Bulk")).expect("it was sent");
    let operations = heard.body["Operations"].as_array().expect("a list");
    let shown = |one: &Json| format!("{} {} {} {}", one["method"], one["path"], one["bulkId"], one["version"]);
    insta::assert_snapshot!(operations.iter().map(shown).collect::<Vec<_>>().join("\n"), @r#"
    "POST" "/Roles" "o0" null
    "POST" "/Roles" "o1" null
    "PATCH" "/Roles/i3" null "1"
    "DELETE" "/Roles/i4" null "1"
    "#);
    assert_eq!(server.lines(), ["POST /Bulk"], "nothing else was asked");
}

#[tokio::test]
async fn what_is_refused_is_refused_and_what_is_left_out_goes_again() {
    let server = service(|_| {
        let no = |status: &str, rest: Json| {
            let mut response = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status});
            response.as_object_mut().expect("an object").extend(rest.as_object().cloned().unwrap_or_default());
            response
        };
        results(&[
            json!({"method": "POST", "bulkId": "o0", "status": "400", "response": no("400", json!({"detail": "no r1"}))}),
            json!({"method": "PATCH", "location": "http://x/Roles/i2", "status": "412", "response": no("412", json!({}))}),
            json!({"method": "PATCH", "location": "http://x/Roles/i3", "status": "400", "response": no("400", json!({"scimType": "noTarget"}))}),
            json!({"method": "PATCH", "location": "http://x/Roles/i4", "status": "429"}),
            json!({"method": "DELETE", "location": "http://x/Roles/i5", "status": "404"}),
            json!({"method": "PATCH", "location": "http://x/Roles/i6", "status": "500"}),
            // Of this one there are two, and two that mean nothing.
            json!({"method": "PATCH", "location": "http://x/Roles/i7", "status": "200"}),
            json!({"method": "PATCH", "location": "http://x/Roles/i7", "status": "409"}),
            json!({"method": "PATCH", "location": "http://x/Roles/other", "status": "200"}),
            json!("200"),
        ])
    })
    .await;
    let steps =
        [create(1), describe(2), describe(3), describe(4), delete(5), describe(6), describe(7), describe(8), create(9)];
    insta::assert_snapshot!(lines(&together(&server, &steps).await), @r#"
    0: Refused { status: 400, detail: "no r1", rule: None }
    1: Stale { detail: "the object has changed since it was planned" }
    2: again, in doubt: false
    3: again, in doubt: false
    4: AlreadyInPlace { left: Left { id: "i5", version: None } }
    5: again, in doubt: true
    6: again, in doubt: true
    7: again, in doubt: true
    8: again, in doubt: false
    "#);
}

#[tokio::test]
async fn a_service_that_takes_no_bulk_after_all_gets_single_requests() {
    for status in [400, 403, 404, 405, 413, 501] {
        let server = service(move |_| Reply::error(status, None, "no bulk")).await;
        let answered = together(&server, &[create(1), describe(2)]).await;
        assert_eq!(lines(&answered), "0: again, in doubt: false\n1: again, in doubt: false", "{status}");
        assert!(answered.not_again.expect("a reason").contains(&status.to_string()));
        assert_eq!(server.lines(), ["POST /Bulk"], "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_every_step_to_be_looked_up() {
    let answers: [fn() -> Reply; 5] = [
        || Reply::Drop,
        || Reply::error(502, None, "a gateway"),
        || Reply::json(200, &json!({"Operations": "none"})),
        || Reply::json(202, &json!({"Operations": []})),
        page_of_html,
    ];
    for (n, answer) in answers.into_iter().enumerate() {
        let server = service(move |_| answer()).await;
        let answered = together(&server, &[create(1), describe(2), delete(3)]).await;
        let lines = lines(&answered);
        assert!(lines.starts_with("0: Unknown") && lines.contains("a create is not sent twice"), "{n}: {lines}");
        assert!(lines.ends_with("1: again, in doubt: true\n2: again, in doubt: true"), "{n}: {lines}");
        assert!(answered.not_again.is_some(), "{n}");
    }
}

fn page_of_html() -> Reply {
    Reply::Answer { status: 200, headers: vec![("content-type", "text/html".into())], body: "<p>".into() }
}

#[tokio::test]
async fn a_target_that_is_busy_is_asked_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = service(move |_| {
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            return Reply::error(429, None, "slowly").with("retry-after", "0");
        }
        results(&[json!({"method": "PATCH", "location": "/Roles/i1", "version": "2", "status": "200"})])
    })
    .await;
    let answered = together(&server, &[describe(1)]).await;
    assert_eq!(lines(&answered), "0: applied i1 at 2, shown: Nothing");
}
