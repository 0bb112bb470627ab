//! Targets that were not made for us: roles are names, and stand where a project says.

use serde_json::{Value as Json, json};

use super::hostile::{Heard, Hostile, Reply};
use super::pack;
use crate::plan::{Expected, Step, Write};
use crate::remote::target::Mapping;
use crate::remote::{Performed, Reader, Shown, Target, Writer, prepare};
use crate::scim::schema::{URN_PREFIX, USER};
use crate::state::{Address, Attributes, Binding, Kind, Live, LiveUser, StepId, Value, Version};

const EXTENSION: &str = "urn:example:people:1.0:User";

/// Announces users with an extension, and roles when they are wanted.
fn announced(heard: &Heard, roles: bool) -> Option<Reply> {
    let text = |name: &str| json!({"name": name, "type": "string"});
    let value = |name: &str, required: bool| json!({"name": name, "type": "reference", "required": required});
    match heard.path.trim_start_matches("/scim/v2") {
        "/ResourceTypes" => {
            let extensions = json!([{"schema": EXTENSION, "required": false}]);
            let mut types =
                vec![json!({"name": "User", "endpoint": "/Users", "schema": USER, "schemaExtensions": extensions})];
            if roles {
                types.push(json!({"name": "Role", "endpoint": "/Roles", "schema": format!("{URN_PREFIX}Role")}));
            }
            Some(Reply::list(types.len(), 1, &types))
        }
        "/Schemas" => {
            let roles = json!({
                "name": "roles", "type": "complex", "multiValued": true,
                "subAttributes": [value("value", true), value("$ref", true)],
            });
            let core = [text("userName"), text("displayName"), text("userType"), text("title"), roles];
            let post = json!({"name": "post", "type": "complex", "subAttributes": [text("name"), text("since")]});
            let vip = json!({"name": "vip", "type": "boolean"});
            let own = [text("role"), json!({"name": "grades", "type": "string", "multiValued": true}), post, vip];
            let schemas = [json!({"id": USER, "attributes": core}), json!({"id": EXTENSION, "attributes": own})];
            Some(Reply::list(2, 1, &schemas))
        }
        _ => None,
    }
}

fn serve(users: Vec<Json>, roles: bool) -> impl Fn(&Heard, usize) -> Option<Reply> + Send + Sync + 'static {
    move |heard, _| match (heard.method.as_str(), heard.path.trim_start_matches("/scim/v2")) {
        ("GET", path) if path.starts_with("/Users?") => Some(Reply::list(users.len(), 1, &users)),
        ("POST", "/Users") => {
            let mut made = heard.body.clone();
            (made["id"], made["meta"]) = (json!("u9"), json!({"version": "1"}));
            Some(Reply::json(201, &made))
        }
        ("PATCH", _) => Some(Reply::Answer { status: 204, headers: Vec::new(), body: String::new() }),
        _ => announced(heard, roles),
    }
}

fn mapped(server: &Hostile, role: &str, user_type: &str) -> Target {
    let mapping = Mapping { role: Some(role.to_owned()), user_type: Some(user_type.to_owned()) };
    Target { mapping, ..server.target() }
}

async fn read(target: &Target) -> Live {
    Reader::connect(target).await.expect("connected").read(&pack()).await.expect("complete")
}

fn create() -> Step {
    let attributes: Attributes = [
        ("name".to_owned(), Value::text("ana")),
        ("role".to_owned(), Value::Reference(Binding::Id("r 1".to_owned()))),
        ("user_type".to_owned(), Value::text("AI")),
    ]
    .into();
    let address = Address::new(Kind::User, "ana");
    Step {
        id: StepId(1),
        address,
        write: Write::Create { attributes },
        waits_for: Vec::new(),
        expects: Expected::Nothing,
    }
}

async fn performed(target: &Target, step: &Step) -> Performed {
    let reader = Reader::connect(target).await.expect("connected");
    let approved = crate::plan::Approved::unchecked(super::plan_of(Vec::new()));
    Writer::new(&reader, &approved).perform(&prepare(step, &[].into()).expect("resolved")).await
}

#[tokio::test]
async fn where_there_are_no_roles_those_that_users_carry_are_the_roles() {
    let user = |id: &str, role: &str| json!({"id": id, "userName": id, "roles": [{"value": role}]});
    let users = vec![user("u1", "Loan Officer"), user("u2", "loan  OFFICER"), user("u3", "Admin")];
    let server = Hostile::start(serve(users, false)).await;
    let live = read(&server.target()).await;
    assert!(live.capabilities.role_names);
    let roles: Vec<&str> = live.objects(Kind::Role).iter().map(|role| role.id.as_str()).collect();
    assert_eq!(roles, ["Admin", "Loan Officer"], "spellings that mean the same are one role");
    let held: Vec<_> = live.users.iter().flat_map(|user: LiveUser<'_>| user.roles).collect();
    assert_eq!(held, ["Loan Officer", "Loan Officer", "Admin"]);
}

#[tokio::test]
async fn a_reference_is_sent_where_the_target_requires_one() {
    let server = Hostile::start(serve(Vec::new(), true)).await;
    let target = server.target();
    let performed = performed(&target, &create()).await;
    assert!(matches!(performed, Performed::Applied { shown: Shown::AsPlanned, .. }), "{performed:?}");
    let body = server.heard().pop().expect("a request").body;
    assert_eq!(body["roles"], json!([{"value": "r 1", "$ref": format!("{}/Roles/r%201", target.url)}]));
}

#[tokio::test]
async fn role_and_type_stand_where_the_project_says() {
    let mut user = json!({"id": "u1", "userName": "bo", "userType": "other", "roles": [{"value": "other"}]});
    user[EXTENSION] = json!({"Role": "r1", "grades": ["AI"]});
    let server = Hostile::start(serve(vec![user], true)).await;
    let target = mapped(&server, &format!("{EXTENSION}:ROLE"), &format!("{EXTENSION}:grades"));
    let live = read(&target).await;
    let bo = live.users.get(0);
    assert_eq!((bo.user_name, bo.user_type, bo.roles), ("bo", "AI", vec!["r1"]));
    assert!(live.capabilities.degradations.iter().all(|note| !note.contains("mapping")));

    let made = performed(&target, &create()).await;
    assert!(matches!(made, Performed::Applied { shown: Shown::AsPlanned, .. }), "{made:?}");
    let body = server.heard().pop().expect("a request").body;
    let mut expected = json!({"schemas": [USER, EXTENSION], "userName": "ana"});
    expected[EXTENSION] = json!({"role": "r 1", "grades": ["AI"]});
    assert_eq!(body, expected);

    let attributes = [("role".to_owned(), Value::text("r2"))].into();
    let write = Write::Update { id: Binding::Id("u1".to_owned()), attributes };
    let step = Step { write, expects: Expected::Version(Version::Etag("1".to_owned())), ..create() };
    let changed = performed(&target, &step).await;
    assert!(matches!(changed, Performed::Applied { shown: Shown::Nothing, .. }), "{changed:?}");
    let body = server.heard().pop().expect("a request").body;
    assert_eq!(body["Operations"], json!([{"op": "replace", "path": format!("{EXTENSION}:role"), "value": "r2"}]));
}

#[tokio::test]
async fn a_role_can_be_a_part_of_a_complex_attribute() {
    let mut user = json!({"id": "u1", "userName": "bo", "meta": {"version": "1"}});
    user[EXTENSION] = json!({"Post": {"name": "r1", "since": "2020"}});
    let server = Hostile::start(serve(vec![user], true)).await;
    let target = mapped(&server, &format!("{EXTENSION}:post.NAME"), "title");
    assert_eq!(read(&target).await.users.get(0).roles, ["r1"]);
    let made = performed(&target, &create()).await;
    assert!(matches!(made, Performed::Applied { shown: Shown::AsPlanned, .. }), "{made:?}");
    assert_eq!(server.heard().pop().expect("a request").body[EXTENSION], json!({"post": {"name": "r 1"}}));

    let attributes = [("role".to_owned(), Value::text("r2"))].into();
    let write = Write::Update { id: Binding::Id("u1".to_owned()), attributes };
    let step = Step { write, expects: Expected::Version(Version::Etag("1".to_owned())), ..create() };
    _ = performed(&target, &step).await;
    let path = format!("{EXTENSION}:post.name");
    let body = server.heard().pop().expect("a request").body;
    assert_eq!(body["Operations"], json!([{"op": "replace", "path": path, "value": "r2"}]));
}

#[tokio::test]
async fn the_first_value_of_a_list_is_the_list() {
    let user = json!({"id": "u1", "userName": "bo", "roles": [{"value": "r1"}]});
    let server = Hostile::start(serve(vec![user], true)).await;
    for path in ["roles[0].value", "roles[0]", "roles.value", &format!("{USER}:roles[0].value")] {
        let live = read(&mapped(&server, path, "title")).await;
        assert_eq!(live.users.get(0).roles, ["r1"], "{path}");
        assert!(live.capabilities.kinds[&Kind::User].holds("role"), "{path}");
    }
}

#[tokio::test]
async fn a_place_that_is_not_one_value_is_refused_with_the_reason() {
    let server = Hostile::start(serve(Vec::new(), false)).await;
    for (path, why) in [
        (
            r#"roles[type eq "a:b"].value"#,
            "which chooses among several values by a filter; name an attribute that has one",
        ),
        ("roles[1].value", "which chooses among several values by a filter; name an attribute that has one"),
        ("roles.display", "of which only the `value` can be written"),
        ("userType[0]", "which the target does not announce for users"),
        ("userType.value", "which the target does not announce for users"),
        ("username", "which says something else of a user"),
        (&format!("{USER}:displayName"), "which says something else of a user"),
        (&format!("{EXTENSION}:post"), "which has parts; name the one that is a text"),
        (&format!("{EXTENSION}:vip"), "which is no text"),
    ] {
        let capabilities = read(&mapped(&server, path, "title")).await.capabilities;
        assert!(!capabilities.kinds[&Kind::User].holds("role"), "{path}");
        let note = format!("`target.mapping.role` names `{path}`, {why}");
        assert!(capabilities.degradations.contains(&note), "{:?}", capabilities.degradations);
    }
}

#[tokio::test]
async fn one_place_does_not_hold_both_role_and_type() {
    let server = Hostile::start(serve(Vec::new(), false)).await;
    let capabilities = read(&mapped(&server, "title", "TITLE")).await.capabilities;
    let users = &capabilities.kinds[&Kind::User];
    assert!(users.holds("role") && !users.holds("user_type"), "{users:?}");
    let note = "`target.mapping.user_type` names `TITLE`, where the role is";
    assert!(capabilities.degradations.iter().any(|one| one == note), "{:?}", capabilities.degradations);
}

#[tokio::test]
async fn a_place_that_is_not_announced_holds_nothing() {
    let server = Hostile::start(serve(Vec::new(), false)).await;
    for path in ["nickName", "urn:example:other:role", &format!("{EXTENSION}:title")] {
        let live = read(&mapped(&server, path, "title")).await;
        let users = &live.capabilities.kinds[&Kind::User];
        assert!(!users.holds("role") && users.holds("user_type"), "{path}: {users:?}");
        let note = format!("`target.mapping.role` names `{path}`, which the target does not announce for users");
        assert!(live.capabilities.degradations.contains(&note), "{:?}", live.capabilities.degradations);
    }
}
