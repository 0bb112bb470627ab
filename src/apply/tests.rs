//! Applying hand-made plans, to a service that misbehaves and to the sandbox.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::sync::watch;

use super::{Event, Options, Outcome, Report, apply};
use crate::plan::{Approved, Expected, Step, Write};
use crate::remote::Reader;
use crate::remote::tests::hostile::{Hostile, Reply};
use crate::remote::tests::plan_of;
use crate::state::{Address, Attributes, Binding, StepId, Value, Version};

fn attributes<const N: usize>(attributes: [(&str, Value); N]) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn step(id: u32, address: &str, write: Write, expects: Expected, waits: &[u32]) -> Step {
    let address: Address = address.parse().expect("an address");
    Step { id: StepId(id), address, write, waits_for: waits.iter().copied().map(StepId).collect(), expects }
}

fn create<const N: usize>(id: u32, address: &str, rest: [(&str, Value); N], waits: &[u32]) -> Step {
    let mut attributes = attributes(rest);
    let name = address.split_once('/').expect("an address").1;
    attributes.insert("name".to_owned(), Value::text(name));
    step(id, address, Write::Create { attributes }, Expected::Nothing, waits)
}

fn update<const N: usize>(
    id: u32,
    address: &str,
    object: &str,
    version: &Version,
    values: [(&str, Value); N],
    waits: &[u32],
) -> Step {
    let write = Write::Update { id: Binding::Id(object.to_owned()), attributes: attributes(values) };
    step(id, address, write, Expected::Version(version.clone()), waits)
}

/// The step that made something, as a reference to what it made.
fn made(id: u32) -> Value {
    Value::Reference(Binding::CreatedBy(StepId(id)))
}

async fn run(reader: &Reader, steps: Vec<Step>) -> Report {
    let (_stop, stopped) = watch::channel(false);
    apply(&Approved::unchecked(plan_of(steps)), reader.clone(), Options::default(), stopped).await
}

/// The outcomes, a line each, ids and versions left out.
fn lines(report: &Report) -> String {
    let line = |(id, address, outcome): &(StepId, Address, Outcome)| {
        let outcome = match outcome {
            Outcome::Applied { .. } => "applied".to_owned(),
            Outcome::AlreadyInPlace { .. } => "already in place".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{id} {address}: {outcome}")
    };
    report.outcomes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A service that makes roles, but for those whose name a test refuses.
async fn maker(refuses: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Hostile {
    Hostile::start(move |heard, _| {
        if heard.method != "POST" {
            return None;
        }
        let name = heard.body["displayName"].as_str().unwrap_or_default();
        let made = || Reply::json(201, &json!({"id": name, "displayName": name, "meta": {"version": "1"}}));
        Some(refuses(name).unwrap_or_else(made))
    })
    .await
}

#[tokio::test]
async fn a_failed_step_skips_what_depends_on_it_and_nothing_else() {
    let server = maker(|name| (name == "b").then(|| Reply::error(400, Some("invalidValue"), "no b"))).await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let steps = vec![
        create(1, "role/a", [], &[]),
        create(2, "role/b", [], &[1]),
        create(3, "role/c", [], &[2]),
        create(4, "role/d", [], &[3, 1]),
        create(5, "role/e", [], &[1]),
    ];
    let report = run(&reader, steps).await;
    insta::assert_snapshot!(lines(&report), @r#"
s1 role/a: applied
s2 role/b: Refused { status: 400, detail: "no b", rule: None }
s3 role/c: Skipped { because: StepId(2) }
s4 role/d: Skipped { because: StepId(2) }
s5 role/e: applied
"#);
    assert!(!report.succeeded());
    assert_eq!(report.writes, 3);
}

#[tokio::test]
async fn no_more_than_the_allowed_number_are_under_way_and_they_come_in_order() {
    let server = maker(|_| None).await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let steps = (1..=30).map(|id| create(id, &format!("role/{id}"), [], &[])).collect();
    let (mut under_way, mut most, mut started) = (0, 0, Vec::new());
    let options = Options {
        concurrency: 3,
        on_event: Box::new(|event| match event {
            Event::Started { step, .. } => {
                under_way += 1;
                most = most.max(under_way);
                started.push(step.0);
            }
            Event::Ended { .. } => under_way -= 1,
            Event::Singly { .. } | Event::Verifying { .. } => {}
        }),
        ..Options::default()
    };
    let (_stop, stopped) = watch::channel(false);
    let report = apply(&Approved::unchecked(plan_of(steps)), reader, options, stopped).await;
    assert!(report.succeeded());
    assert_eq!((most, started), (3, (1..=30).collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_stop_lets_what_is_under_way_finish() {
    let server = maker(|_| None).await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let steps = (1..=10).map(|id| create(id, &format!("role/{id}"), [], &[])).collect();
    let (stop, stopped) = watch::channel(false);
    let options = Options {
        concurrency: 2,
        on_event: Box::new(move |event| {
            if let Event::Ended { done: 3, .. } = event {
                stop.send_replace(true);
            }
        }),
        ..Options::default()
    };
    let report = apply(&Approved::unchecked(plan_of(steps)), reader, options, stopped).await;
    assert!(report.interrupted && !report.succeeded());
    let count = |wanted: fn(&Outcome) -> bool| report.outcomes.iter().filter(|(_, _, one)| wanted(one)).count();
    let applied = count(|outcome| matches!(outcome, Outcome::Applied { .. }));
    assert!((3..=4).contains(&applied), "{}", lines(&report));
    assert_eq!(count(|outcome| *outcome == Outcome::Cancelled), 10 - applied);
    assert_eq!(server.lines().len(), applied, "every request that was sent has its outcome");
}

#[tokio::test]
async fn what_does_not_show_is_read_until_it_settles_or_not() {
    // `slow` shows on the second reading, `never` never does; their answers have no body.
    let server = Hostile::start(|heard, before| match (heard.method.as_str(), heard.path.as_str()) {
        ("PATCH", _) => Some(Reply::Answer { status: 204, headers: Vec::new(), body: String::new() }),
        ("GET", path) => {
            let id = path.strip_prefix("/scim/v2/Roles/")?;
            let shown = if id == "slow" && before > 0 { "new" } else { "old" };
            Some(Reply::json(200, &json!({"id": id, "displayName": id, "description": shown})))
        }
        _ => None,
    })
    .await;
    let mut target = server.target();
    target.settle = std::time::Duration::from_millis(400);
    let version = Version::Etag("1".to_owned());
    for (id, expected) in [("slow", None), ("never", Some(vec!["description".to_owned()]))] {
        let reader = Reader::connect(&target).await.expect("connected");
        let step = update(1, "role/x", id, &version, [("description", Value::text("new"))], &[]);
        let report = run(&reader, vec![step]).await;
        let outcome = &report.outcomes[0].2;
        match expected {
            None => assert_eq!(*outcome, Outcome::Applied { id: id.to_owned() }),
            Some(attributes) => assert_eq!(*outcome, Outcome::NotSettled { attributes, detail: None }),
        }
    }
}

#[tokio::test]
async fn a_plan_that_hangs_ends_all_the_same() {
    let server = maker(|_| None).await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let steps = vec![
        create(1, "role/a", [], &[]),
        create(2, "role/b", [], &[9]),
        create(3, "user/c", [("role", made(1))], &[]),
    ];
    insta::assert_snapshot!(lines(&run(&reader, steps).await), @r#"
s1 role/a: applied
s2 role/b: Failed { detail: "it waits for s9, which never comes; the plan is not in order", credential: false }
s3 user/c: Failed { detail: "it needs what s1 leaves, without waiting for it; the plan is not in order", credential: false }
"#);
}

#[tokio::test]
async fn events_and_report_agree() {
    let server = maker(|_| None).await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let ended = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&ended);
    let options = Options {
        on_event: Box::new(move |event| {
            if let Event::Ended { done, of, .. } = event {
                *seen.lock().expect("no panic") = done;
                assert_eq!(of, 2);
            }
        }),
        ..Options::default()
    };
    let steps = vec![create(1, "role/a", [], &[]), create(2, "role/b", [], &[1])];
    let (_stop, stopped) = watch::channel(false);
    let report = apply(&Approved::unchecked(plan_of(steps)), reader, options, stopped).await;
    assert_eq!(*ended.lock().expect("no panic"), report.outcomes.len());
    let json = serde_json::to_string(&report).expect("JSON");
    assert_eq!(
        json,
        r#"{"outcomes":[["s1","role/a",{"outcome":"applied","id":"a"}],["s2","role/b",{"outcome":"applied","id":"b"}]],"writes":2,"reads":3,"interrupted":false}"#
    );
}

#[cfg(feature = "sandbox")]
mod sandbox {
    //! The same over real HTTP to the platform in a box.

    use super::*;
    use crate::remote::tests::hostile::SECRET;
    use crate::remote::tests::pack;
    use crate::remote::{Target, Token};
    use crate::sandbox::{Authority, Database, Running, Settings, start};
    use crate::state::{Kind, Live, LiveObject};

    async fn serve() -> (Running, Reader) {
        let token = crate::sandbox::Token { name: "us".to_owned(), authority: Authority::Admin, secret: SECRET.into() };
        let settings = Settings {
            pack: Arc::new(pack()),
            database: Database::Memory,
            listen: "127.0.0.1:0".parse().expect("an address"),
            tokens: vec![token],
            seed: None,
            urn_prefix: crate::scim::schema::URN_PREFIX.to_owned(),
        };
        let running = start(settings).await.expect("a sandbox");
        let target = Target::new(running.url(), Token::new(SECRET.into()));
        let reader = Reader::connect(&target).await.expect("connected");
        (running, reader)
    }

    /// A vocabulary, a user type with seats, two roles, two users.
    fn company() -> Vec<Step> {
        vec![
            create(1, "classification/Sales", [], &[]),
            create(2, "segment/Retail", [("description", Value::text("shops"))], &[]),
            create(3, "user-type/AI", [("licenses", Value::Count(2)), ("mark", Value::text("acme:user-type/AI"))], &[]),
            create(
                4,
                "role/LO",
                [
                    ("mark", Value::text("acme:role/LO")),
                    ("description", Value::text("Originates")),
                    ("classifications", Value::names(["Sales"])),
                    ("segments", Value::names(["Retail"])),
                    ("user_type", Value::text("AI")),
                    ("permissions", Value::names(["campaigns.view", "locations.modify.phone"])),
                ],
                &[1, 2, 3],
            ),
            create(5, "role/Temp", [], &[]),
            create(
                6,
                "user/ana@example.com",
                [
                    ("role", made(4)),
                    ("active", Value::Flag(true)),
                    ("user_type", Value::text("AI")),
                    ("display_name", Value::text("Ana Diaz")),
                ],
                &[4],
            ),
            create(7, "user/bo@example.com", [("role", made(5)), ("active", Value::Flag(true))], &[5]),
        ]
    }

    async fn live(reader: &Reader) -> Live {
        reader.read(&pack()).await.expect("a live state")
    }

    fn object<'a>(live: &'a Live, kind: Kind, name: &str) -> &'a LiveObject {
        live.objects(kind).iter().find(|object| object.name == name).expect("it is there")
    }

    fn user_version(live: &Live, name: &str) -> (String, Version) {
        let user = live.users.get(live.users.find(name).expect("a user"));
        (user.id.to_owned(), Version::Etag(user.version.to_owned()))
    }

    #[tokio::test]
    async fn what_was_applied_is_what_is_read() {
        let (sandbox, reader) = serve().await;
        let report = run(&reader, company()).await;
        assert!(report.succeeded(), "{}", lines(&report));
        assert_eq!(report.writes, 7, "one request for each step, and none to look again");
        assert_eq!(report.reads, 3, "discovery alone: the answers show what was written");
        assert_eq!(sandbox.statistics().writes, 7);

        let live = live(&reader).await;
        assert_eq!(live.organization.as_ref().and_then(|one| one.authority.as_deref()), Some("admin"));
        let role = object(&live, Kind::Role, "LO");
        assert_eq!(role.mark.as_deref(), Some("acme:role/LO"));
        let Write::Create { attributes } = &company()[3].write else { unreachable!("a create") };
        for (name, value) in attributes.iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "mark")) {
            assert_eq!(role.attributes.get(name), Some(value), "{name}");
        }
        let user_type = object(&live, Kind::UserType, "AI");
        assert_eq!(user_type.attributes.get("licenses"), Some(&Value::Count(2)));
        assert_eq!(user_type.in_use, Some(1));
        let ana = live.users.get(live.users.find("ana@example.com").expect("ana"));
        assert_eq!((ana.display_name, ana.user_type, ana.active), ("Ana Diaz", "AI", true));
        assert_eq!(ana.roles, [role.id.as_str()]);
        sandbox.stop().await;
    }

    #[tokio::test]
    async fn objects_are_changed_renamed_moved_and_deleted() {
        let (_sandbox, reader) = serve().await;
        run(&reader, company()).await;
        let before = live(&reader).await;
        let (lo, temp) = (object(&before, Kind::Role, "LO"), object(&before, Kind::Role, "Temp"));
        let types = object(&before, Kind::UserType, "AI");
        let (bo, bo_version) = user_version(&before, "bo@example.com");
        let rename = [
            ("name", Value::text("Officer")),
            ("mark", Value::text("acme:role/Officer")),
            ("description", Value::Absent),
            ("permissions", Value::names(["campaigns.view"])),
        ];
        let move_to_lo = [("role", Value::Reference(Binding::Id(lo.id.clone()))), ("active", Value::Flag(false))];
        let again =
            Write::Update { id: Binding::Id(lo.id.clone()), attributes: attributes([("segments", Value::Absent)]) };
        let delete = Write::Delete { id: Binding::Id(temp.id.clone()) };
        let steps = vec![
            update(1, "role/LO", &lo.id, &lo.version, rename, &[]),
            step(2, "role/Officer", again, Expected::After(StepId(1)), &[1]),
            update(3, "user/bo@example.com", &bo, &bo_version, move_to_lo, &[]),
            step(4, "role/Temp", delete, Expected::Version(temp.version.clone()), &[3]),
            update(5, "user-type/AI", &types.id, &types.version, [("licenses", Value::Absent)], &[]),
        ];
        let report = run(&reader, steps).await;
        assert!(report.succeeded(), "{}", lines(&report));

        let after = live(&reader).await;
        let role = object(&after, Kind::Role, "Officer");
        assert_eq!((role.id.as_str(), role.mark.as_deref()), (lo.id.as_str(), Some("acme:role/Officer")));
        let names: Vec<_> = role.attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["classifications", "permissions", "user_type"]);
        assert_eq!(after.objects(Kind::Role).len(), 1);
        let bo = after.users.get(after.users.find("bo@example.com").expect("bo"));
        assert_eq!((bo.active, bo.roles), (false, vec![role.id.as_str()]));
        assert_eq!(object(&after, Kind::UserType, "AI").attributes.get("licenses"), None);
    }

    #[tokio::test]
    async fn an_object_that_changed_since_is_stale_and_its_dependents_are_skipped() {
        let (_sandbox, reader) = serve().await;
        run(&reader, company()).await;
        let before = live(&reader).await;
        let lo = object(&before, Kind::Role, "LO");
        let description = |text: &str| [("description", Value::text(text))];
        let first = vec![update(1, "role/LO", &lo.id, &lo.version, description("theirs"), &[])];
        assert!(run(&reader, first).await.succeeded());
        let second = vec![
            update(1, "role/LO", &lo.id, &lo.version, description("ours"), &[]),
            create(2, "role/New", [], &[1]),
            create(3, "segment/Other", [], &[]),
        ];
        let report = run(&reader, second).await;
        insta::assert_snapshot!(lines(&report), @r#"
s1 role/LO: Stale { detail: "the object has changed since it was planned: the resource has changed; its version is W/\"2\"" }
s2 role/New: Skipped { because: StepId(1) }
s3 segment/Other: applied
"#);
        let after = live(&reader).await;
        assert_eq!(object(&after, Kind::Role, "LO").attributes.get("description"), Some(&Value::text("theirs")));
    }

    #[tokio::test]
    async fn a_role_that_is_held_is_refused_and_what_exists_is_in_place() {
        let (_sandbox, reader) = serve().await;
        run(&reader, company()).await;
        let before = live(&reader).await;
        let temp = object(&before, Kind::Role, "Temp");
        let delete = Write::Delete { id: Binding::Id(temp.id.clone()) };
        let steps = vec![
            step(1, "role/Temp", delete, Expected::Version(temp.version.clone()), &[]),
            create(2, "classification/Sales", [], &[]),
            create(3, "role/Temp", [("description", Value::text("another"))], &[]),
        ];
        let text = lines(&run(&reader, steps).await).replace(&temp.id, "ID");
        insta::assert_snapshot!(text, @r#"
s1 role/Temp: Refused { status: 409, detail: "one user holds the role `Temp`; give that user another role first", rule: None }
s2 classification/Sales: already in place
s3 role/Temp: Refused { status: 409, detail: "an object with this name exists (id `ID`) and differs in description", rule: None }
"#);
    }

    #[tokio::test]
    async fn no_type_has_more_users_than_seats() {
        let (_sandbox, reader) = serve().await;
        run(&reader, company()).await;
        let lo = object(&live(&reader).await, Kind::Role, "LO").id.clone();
        let new = |id, name: &str| {
            let role = Value::Reference(Binding::Id(lo.clone()));
            let rest = [("role", role), ("user_type", Value::text("AI")), ("active", Value::Flag(true))];
            create(id, &format!("user/{name}"), rest, &if id > 1 { vec![id - 1] } else { Vec::new() })
        };
        let report = run(&reader, vec![new(1, "cy"), new(2, "di")]).await;
        insta::assert_snapshot!(lines(&report), @r#"
s1 user/cy: applied
s2 user/di: Refused { status: 409, detail: "no free seat of `AI`: 2 of 2 are taken", rule: None }
"#);
    }

    #[tokio::test]
    async fn after_applying_a_plan_nothing_is_left_to_plan() {
        use crate::plan::{Context, Policy, approve, plan};
        use crate::state::{Assignment, Assignments, Declared, Desired, DesiredObject, fold};

        let mut desired = Desired::default();
        let mut declare = |kind: Kind, name: &str, values: Attributes| {
            let attributes = values.into_iter().map(|(name, value)| (name, Declared { value, span: None })).collect();
            let object = DesiredObject { name: name.to_owned(), attributes, ..DesiredObject::default() };
            desired.objects.entry(kind).or_default().insert(fold(name).into_owned(), object);
        };
        declare(Kind::Classification, "Sales", attributes([]));
        declare(Kind::UserType, "AI", attributes([("licenses", Value::Count(5))]));
        for (role, grants) in [("LO", ["campaigns.view"]), ("Temp", ["locations.modify.phone"])] {
            let values = [
                ("classifications", Value::names(["Sales"])),
                ("user_type", Value::text("AI")),
                ("permissions", Value::names(grants)),
            ];
            declare(Kind::Role, role, attributes(values));
        }
        let mut assignments = Assignments::default();
        for (user_name, role) in [("Ana@example.com", "LO"), ("bo@example.com", "Temp")] {
            let assignment =
                Assignment { user_name, role, display_name: Some("A B"), active: None, user_type: None, span: None };
            assignments.push(assignment).expect("new");
        }
        desired.assignments = Some(assignments);

        let (sandbox, reader) = serve().await;
        let context = Context { target: sandbox.url(), owner: Some("acme".to_owned()), ..Context::default() };
        let policy = Policy { context, ..Policy::default() };
        let made = plan(&desired, &live(&reader).await, &pack(), &policy);
        assert!(!made.is_empty());
        let approved = approve(made).expect("nothing refuses it");
        let (_stop, stopped) = watch::channel(false);
        let report = apply(&approved, reader.clone(), Options::default(), stopped).await;
        assert!(report.succeeded(), "{}", lines(&report));
        let again = plan(&desired, &live(&reader).await, &pack(), &policy);
        assert_eq!(again.changes, []);
    }
}
