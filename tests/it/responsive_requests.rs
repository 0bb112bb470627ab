//! The rules of Responsive as the platform holds them: the raw request, and what it leaves.
//!
//! A refused request must name its rule and change nothing at all: every resource is read before
//! and after it. Seats are in `responsive_seats`.
//!
//! | rule | test |
//! |---|---|
//! | R-UT-1 | `r_ut_1_a_user_has_one_role_and_one_type` |
//! | R-UT-3 | `r_ut_15_a_type_alone_grants_nothing` |
//! | R-UT-4 | `r_ut_4_the_type_is_that_of_the_role` |
//! | R-UT-5 | `r_ut_5_a_custom_role_is_mapped_to_a_type` |
//! | R-UT-6 | no request is about it: the ledger is the vendor's; what is counted is `r_ut_8_…` |
//! | R-UT-7 | `r_ut_1_a_user_has_one_role_and_one_type` |
//! | R-UT-9 | `r_ut_9_there_are_four_types` |
//! | R-UT-10 | `r_ut_13_the_seven_roles_stay_as_they_are` |
//! | R-UT-12 | no request is about it: the families of a catalogue that we have invented |
//! | R-UT-13 | `r_ut_13_the_seven_roles_stay_as_they_are` |
//! | R-UT-14 | `r_ut_14_roles_are_made_by_who_has_the_authority` |
//! | R-UT-15 | `r_ut_15_a_type_alone_grants_nothing` |
//! | R-UT-16 | `r_ut_16_a_user_is_an_email_address_that_is_nobody_elses` |
//! | R-UT-17 | `r_ut_4_the_type_is_that_of_the_role`: whoever names no type is refused |
//! | R-UT-19 to R-UT-22, R-UT-25 | `r_ut_13_the_seven_roles_stay_as_they_are` |
//! | R-UT-23 | `r_ut_23_a_manager_never_creates_users` |
//! | R-UT-24 | `r_ut_23_a_manager_never_creates_users` |
//! | R-UT-29 | `r_ut_29_custom_roles_are_made_and_deleted` |
//! | R-UT-30 | `r_ut_30_a_custom_role_is_as_it_was_made` |
//! | R-UT-31 | `r_ut_31_a_name_is_there_and_is_nobody_elses` |
//! | R-UT-32 | `r_ut_32_a_role_grants_what_its_type_may_hold` |
//! | R-UT-33 | `r_ut_33_a_role_grants_something` |
//! | R-UT-34 | no request can break it: the type is chosen with the role, and stays |

use std::collections::BTreeMap;

use rolecall::platform::built_in;
use rolecall::sandbox::Tenant;
use serde_json::{Value, json};

use crate::responsive_seats::to;
use crate::support::raw::{self, Platform, grant, grants, id, patch, replace, ways};

pub const AI_BUSINESS: &str = "AI business user";
pub const BUSINESS: &str = "Non-AI business user";
pub const AI_MEMBER: &str = "AI member user";
pub const MEMBER: &str = "Non-AI member user";

/// The seven, by name: the key and the type.
pub const SEVEN: [(&str, &str, &str); 7] = [
    ("Admin with all permissions (AI enabled)", "admin_ai", AI_BUSINESS),
    ("Admin with all permissions (AI not enabled)", "admin", BUSINESS),
    ("Team member (AI enabled)", "team_member_ai", AI_MEMBER),
    ("Team member (AI not enabled)", "team_member", MEMBER),
    ("Manager (AI enabled)", "manager_ai", AI_BUSINESS),
    ("Manager (AI not enabled)", "manager", BUSINESS),
    ("Project requestor", "project_requestor", MEMBER),
];

/// An organization with this many seats of some types; the others have no end.
pub async fn with_seats(licenses: &[(&str, u64)]) -> Platform {
    let licenses: BTreeMap<String, Option<u64>> =
        licenses.iter().map(|(name, seats)| ((*name).to_owned(), Some(*seats))).collect();
    let seed = Tenant { licenses, ..Tenant::default() }.seed(&built_in("responsive").expect("it is carried"));
    Platform::seeded("responsive", Some(seed), &[]).await
}

pub async fn start() -> Platform {
    with_seats(&[]).await
}

/// A custom role that is whole, with attributes changed or, by null, left out.
pub fn role(name: &str, user_type: &str, changes: &[(&str, Value)]) -> Value {
    let mut attributes = vec![("userType", json!(user_type)), ("grants", grants(&["projects.view"]))];
    for (name, value) in changes {
        attributes.retain(|(other, _)| other != name);
        attributes.push((name, value.clone()));
    }
    raw::role(name, &attributes)
}

pub fn user(name: &str, role: &str, user_type: &str) -> Value {
    let mut body = raw::user(name, role);
    body["userType"] = json!(user_type);
    body
}

/// A role that anybody of a type can have.
pub async fn role_of(platform: &Platform, user_type: &str) -> String {
    let (name, ..) = SEVEN.iter().rev().find(|(_, _, of)| *of == user_type).expect("each type has one");
    platform.find("/Roles", name).await
}

pub async fn one_person(platform: &Platform, name: &str, user_type: &str) -> String {
    let role = role_of(platform, user_type).await;
    platform.made("/Users", &user(name, &role, user_type)).await
}

#[tokio::test]
async fn r_ut_1_a_user_has_one_role_and_one_type() {
    let platform = start().await;
    let (r, s) = (role_of(&platform, MEMBER).await, platform.find("/Roles", SEVEN[3].0).await);
    let both = json!([{ "value": id(&r) }, { "value": id(&s) }]);
    for roles in [both.clone(), json!([]), json!(null)] {
        let mut body = user("ana@example.com", &r, MEMBER);
        body["roles"] = roles;
        platform.refuses(("POST", "/Users", body), (400, "invalidValue", "R-UT-1")).await;
    }
    let ana = platform.made("/Users", &user("ana@example.com", &r, MEMBER)).await;
    platform.refuses(("PATCH", &ana, replace("roles", &both)), (400, "invalidValue", "R-UT-1")).await;
    let none = patch(&json!([{ "op": "remove", "path": "roles" }]));
    platform.refuses(("PATCH", &ana, none), (400, "mutability", "R-UT-1")).await;
    // A type is one word: there is no place for two.
    platform.refuses(("PATCH", &ana, replace("userType", &json!([MEMBER, BUSINESS]))), (400, "invalidValue", "")).await;
}

#[tokio::test]
async fn r_ut_4_the_type_is_that_of_the_role() {
    let platform = start().await;
    let role = role_of(&platform, MEMBER).await;
    let wrong = user("ana@example.com", &role, BUSINESS);
    platform.refuses(("POST", "/Users", wrong.clone()), (400, "invalidValue", "R-UT-4")).await;
    // The refusal lists the roles of the type that was chosen.
    let refused = platform.send("ada", "POST", "/Users", &wrong).await.granted(400);
    let about = &refused[format!("{}Refusal", rolecall::scim::schema::URN_PREFIX)];
    assert_eq!(about["allowed"], json!(["Admin with all permissions (AI not enabled)", "Manager (AI not enabled)"]));
    // Without a type there is no role to choose (R-UT-17).
    platform.refuses(("POST", "/Users", raw::user("ana@example.com", &role)), (400, "invalidValue", "R-UT-4")).await;
    let ana = platform.made("/Users", &user("ana@example.com", &role, MEMBER)).await;
    let other = role_of(&platform, BUSINESS).await;
    let moved = replace("roles", &json!([{ "value": id(&other) }]));
    platform.refuses(("PATCH", &ana, moved), (400, "invalidValue", "R-UT-4")).await;
    platform.refuses(("PATCH", &ana, replace("userType", &json!(BUSINESS))), (400, "invalidValue", "R-UT-4")).await;
    let untyped = patch(&json!([{ "op": "remove", "path": "userType" }]));
    platform.refuses(("PATCH", &ana, untyped), (400, "mutability", "R-UT-4")).await;
    platform.send("ada", "PATCH", &ana, &to(&platform, BUSINESS).await).await.granted(200);
}

#[tokio::test]
async fn r_ut_5_a_custom_role_is_mapped_to_a_type() {
    let platform = start().await;
    let unmapped = role("Writer", MEMBER, &[("userType", json!(null))]);
    platform.refuses(("POST", "/Roles", unmapped), (400, "invalidValue", "R-UT-5")).await;
    let nothing = raw::role("Writer", &[("userType", json!("")), ("grants", grants(&["projects.view"]))]);
    platform.refuses(("POST", "/Roles", nothing), (400, "invalidValue", "R-UT-9")).await;
}

#[tokio::test]
async fn r_ut_9_there_are_four_types() {
    let platform = start().await;
    assert_eq!(platform.names("/UserTypes").await, [AI_BUSINESS, AI_MEMBER, BUSINESS, MEMBER]);
    let role_path = role_of(&platform, MEMBER).await;
    for fifth in ["Guest", "ai business user", "Business user with AI"] {
        platform.refuses(("POST", "/Roles", role("Writer", fifth, &[])), (400, "invalidValue", "R-UT-9")).await;
        let body = user("ana@example.com", &role_path, fifth);
        platform.refuses(("POST", "/Users", body), (400, "invalidValue", "R-UT-9")).await;
    }
    let first = platform.find("/UserTypes", MEMBER).await;
    for (method, path) in [("POST", "/UserTypes"), ("PUT", &first), ("PATCH", &first), ("DELETE", &first)] {
        platform.refuses((method, path, replace("totalAssignmentsPermitted", &json!(9))), (405, "", "")).await;
    }
    // A state that has a fifth can be loaded, and left, not entered.
    let fifth = json!({ "meta": { "resourceType": "UserType" }, "displayName": "Guest" });
    let seeded = json!({ "meta": { "resourceType": "User" }, "userName": "u@example.com", "userType": "Guest", "roles": [{ "display": SEVEN[6].0 }] });
    let platform = Platform::seeded("responsive", Some(vec![fifth, seeded]), &[]).await;
    let path = platform.find("/Users", "u@example.com").await;
    platform.send("ada", "PATCH", &path, &replace("displayName", &json!("U"))).await.granted(200);
    platform.send("ada", "PATCH", &path, &to(&platform, MEMBER).await).await.granted(200);
    platform.refuses(("PATCH", &path, replace("userType", &json!("Guest"))), (400, "invalidValue", "R-UT-9")).await;
}

#[tokio::test]
async fn r_ut_13_the_seven_roles_stay_as_they_are() {
    let platform = start().await;
    let names = platform.names("/Roles").await;
    assert_eq!(names.len(), 7);
    for (name, key, user_type) in SEVEN {
        let path = platform.find("/Roles", name).await;
        let whole = platform.get(&path).await;
        assert_eq!((&whole["builtIn"], &whole["userType"]), (&json!(key), &json!(user_type)));
        for (attribute, value) in [
            ("displayName", json!("Other")),
            ("userType", json!(if user_type == MEMBER { BUSINESS } else { MEMBER })),
            ("grants", grants(&["trust_center.publish"])),
        ] {
            for (method, body) in ways(&whole, attribute, &value) {
                // Adding what an administrator has already is no change.
                let granted = whole["grants"].as_array().expect("a list").contains(&value[0]);
                if attribute == "grants" && granted && body["Operations"][0]["op"] == "add" {
                    continue;
                }
                platform.refuses((method, &path, body), (403, "", "R-UT-13")).await;
            }
        }
        let emptied = patch(&json!([{ "op": "remove", "path": "grants[value pr]" }]));
        platform.refuses(("PATCH", &path, emptied), (403, "", "R-UT-13")).await;
        let unmapped = patch(&json!([{ "op": "remove", "path": "userType" }]));
        platform.refuses(("PATCH", &path, unmapped), (403, "", "R-UT-13")).await;
        platform.refuses(("DELETE", &path, Value::Null), (403, "", "R-UT-13")).await;
        // Another of the name cannot be made; the client's own mark is the client's.
        platform.refuses(("POST", "/Roles", role(name, MEMBER, &[])), (409, "uniqueness", "R-UT-31")).await;
        platform.send("ada", "PATCH", &path, &replace("externalId", &json!("acme:role/x"))).await.granted(200);
    }
}

#[tokio::test]
async fn r_ut_14_roles_are_made_by_who_has_the_authority() {
    let platform = start().await;
    platform.refuses_to("vic", ("POST", "/Roles", role("Writer", MEMBER, &[])), (403, "", "R-UT-14")).await;
    platform.made("/Roles", &role("Writer", MEMBER, &[])).await;
    // What is above the administrators is nobody's here (reading B12).
    platform.refuses(("POST", "/Roles", role("super  admin", BUSINESS, &[])), (403, "", "")).await;
    let seed = vec![
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Super Admin", "userType": BUSINESS }),
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Writer", "userType": BUSINESS }),
        json!({ "meta": { "resourceType": "User" }, "userName": "root@example.com", "userType": BUSINESS, "roles": [{ "display": "Super Admin" }] }),
        json!({ "meta": { "resourceType": "User" }, "userName": "ana@example.com", "userType": BUSINESS, "roles": [{ "display": "Writer" }] }),
    ];
    let platform = Platform::seeded("responsive", Some(seed), &[]).await;
    let (above, root) =
        (platform.find("/Roles", "Super Admin").await, platform.find("/Users", "root@example.com").await);
    let (ana, writer) = (platform.find("/Users", "ana@example.com").await, platform.find("/Roles", "Writer").await);
    let give = |role: &str| replace("roles", &json!([{ "value": id(role) }]));
    for (method, path, body) in [
        ("PATCH", &above, replace("displayName", &json!("Other"))),
        ("PATCH", &above, replace("grants", &grants(&["projects.view"]))),
        ("DELETE", &above, Value::Null),
        ("PATCH", &root, replace("active", &json!(false))),
        ("PATCH", &root, give(&writer)),
        ("DELETE", &root, Value::Null),
        ("PATCH", &ana, give(&above)),
    ] {
        for who in ["ada", "sue"] {
            platform.refuses_to(who, (method, path, body.clone()), (403, "", "")).await;
        }
    }
    let body = user("bo@example.com", &above, BUSINESS);
    platform.refuses(("POST", "/Users", body), (403, "", "")).await;
}

#[tokio::test]
async fn r_ut_15_a_type_alone_grants_nothing() {
    let platform = start().await;
    let mut body = user("ana@example.com", &role_of(&platform, AI_BUSINESS).await, AI_BUSINESS);
    body["grants"] = grants(&["users.create"]);
    platform.refuses(("POST", "/Users", body), (400, "invalidSyntax", "")).await;
    let first = platform.find("/UserTypes", AI_BUSINESS).await;
    assert_eq!(platform.get(&first).await.get("grants"), None);
    // It only says what a role may hold: two roles of one type differ.
    platform.made("/Roles", &role("Narrow", AI_BUSINESS, &[])).await;
    let wide = platform.get(&platform.find("/Roles", SEVEN[0].0).await).await;
    assert!(wide["grants"].as_array().expect("a list").len() > 1);
}

#[tokio::test]
async fn r_ut_16_a_user_is_an_email_address_that_is_nobody_elses() {
    let platform = start().await;
    let role = role_of(&platform, MEMBER).await;
    for wrong in ["", "ana", "ana@", "@example.com", "ana@example", "a na@example.com", "ana@.com"] {
        platform.refuses(("POST", "/Users", user(wrong, &role, MEMBER)), (400, "invalidValue", "R-UT-16")).await;
    }
    let mut nameless = user("x", &role, MEMBER);
    nameless.as_object_mut().expect("an object").remove("userName");
    platform.refuses(("POST", "/Users", nameless), (400, "invalidValue", "R-UT-16")).await;
    let ana = platform.made("/Users", &user("ana@example.com", &role, MEMBER)).await;
    let again = user(" ANA@Example.com", &role, MEMBER);
    platform.refuses(("POST", "/Users", again), (400, "invalidValue", "R-UT-16")).await;
    let again = user("ANA@Example.com", &role, MEMBER);
    platform.refuses(("POST", "/Users", again), (409, "uniqueness", "R-UT-16")).await;
    platform.refuses(("PATCH", &ana, replace("userName", &json!("ana"))), (400, "invalidValue", "R-UT-16")).await;
}

#[tokio::test]
async fn r_ut_23_a_manager_never_creates_users() {
    let platform = start().await;
    for (name, refused) in [(SEVEN[4].0, (403, "", "R-UT-23")), (SEVEN[5].0, (403, "", "R-UT-24"))] {
        let path = platform.find("/Roles", name).await;
        let whole = platform.get(&path).await;
        let granted = whole["grants"].as_array().expect("a list");
        assert!(!granted.contains(&grant("users.create")));
        assert!(granted.contains(&grant("users.modify")) && granted.contains(&grant("settings.manage")));
        let mut more = granted.clone();
        more.push(grant("users.create"));
        for (method, body) in ways(&whole, "grants", &json!(more)) {
            platform.refuses((method, &path, body), refused).await;
        }
    }
    // What the built-in managers never may, another role can.
    let body = role("Recruiter", BUSINESS, &[("grants", grants(&["users.create"]))]);
    platform.made("/Roles", &body).await;
}

#[tokio::test]
async fn r_ut_29_custom_roles_are_made_and_deleted() {
    let platform = start().await;
    let path = platform.made("/Roles", &role("Writer", MEMBER, &[])).await;
    assert_eq!(platform.get(&path).await.get("builtIn"), None);
    assert_eq!(platform.names("/Roles").await.len(), 8);
    let ana = platform.made("/Users", &user("ana@example.com", &path, MEMBER)).await;
    let refused = platform.send("ada", "DELETE", &path, &Value::Null).await;
    assert_eq!(refused.status, 409);
    platform.send("ada", "DELETE", &ana, &Value::Null).await.granted(204);
    platform.send("ada", "DELETE", &path, &Value::Null).await.granted(204);
}

#[tokio::test]
async fn r_ut_30_a_custom_role_is_as_it_was_made() {
    let platform = start().await;
    let path = platform.made("/Roles", &role("Writer", MEMBER, &[])).await;
    let whole = platform.get(&path).await;
    for (attribute, value) in [
        ("displayName", json!("Author")),
        ("displayName", json!("WRITER")),
        ("userType", json!(BUSINESS)),
        ("grants", grants(&["projects.view", "content.create"])),
        ("grants", grants(&["content.create"])),
    ] {
        for (method, body) in ways(&whole, attribute, &value) {
            platform.refuses((method, &path, body), (400, "mutability", "R-UT-30")).await;
        }
    }
    for attribute in ["displayName", "userType", "grants"] {
        let removed = patch(&json!([{ "op": "remove", "path": attribute }]));
        platform.refuses(("PATCH", &path, removed), (400, "mutability", "R-UT-30")).await;
    }
    // The client's own mark is the client's, and the same again is no change.
    platform.send("ada", "PATCH", &path, &replace("externalId", &json!("acme:role/Writer"))).await.granted(200);
    platform.send("ada", "PUT", &path, &role("Writer", MEMBER, &[])).await.granted(200);
    let schema = platform.get(&format!("/Schemas/{}Role", rolecall::scim::schema::URN_PREFIX)).await;
    let mut lines = Vec::new();
    for attribute in schema["attributes"].as_array().expect("a list") {
        let required = if attribute["required"] == true { " required" } else { "" };
        let text = |name: &str| attribute[name].as_str().expect("a text");
        lines.push(format!("{}: {}{required}", text("name"), text("mutability")));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    displayName: immutable required
    userType: immutable required
    grants: immutable required
    builtIn: readOnly
    assignedUsers: readOnly
    ");
}

#[tokio::test]
async fn r_ut_31_a_name_is_there_and_is_nobody_elses() {
    let platform = start().await;
    platform.made("/Roles", &role("Writer", MEMBER, &[])).await;
    platform.refuses(("POST", "/Roles", role(" ", MEMBER, &[])), (400, "invalidValue", "R-UT-31")).await;
    platform.refuses(("POST", "/Roles", role("writer", MEMBER, &[])), (409, "uniqueness", "R-UT-31")).await;
    let mut nameless = role("x", MEMBER, &[]);
    nameless.as_object_mut().expect("an object").remove("displayName");
    platform.refuses(("POST", "/Roles", nameless), (400, "invalidValue", "R-UT-31")).await;
}

#[tokio::test]
async fn r_ut_32_a_role_grants_what_its_type_may_hold() {
    let platform = start().await;
    for (user_type, word) in [
        (MEMBER, "ai_assistant.use"),
        (BUSINESS, "ai_drafting.train"),
        (MEMBER, "templates.create"),
        (AI_MEMBER, "settings.view"),
        (AI_MEMBER, "users.create"),
    ] {
        let body = role("Writer", user_type, &[("grants", grants(&["projects.view", word]))]);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", "R-UT-32")).await;
    }
    let body = role("Writer", AI_MEMBER, &[("grants", grants(&["ai_assistant.use", "content.create"]))]);
    let path = platform.made("/Roles", &body).await;
    assert_eq!(platform.get(&path).await["grants"], body["grants"]);
    let list = platform.get("/Permissions?count=1000").await;
    let of = |name: &str| {
        let found = list["Resources"].as_array().expect("a list").iter().find(|of| of["entity"] == name);
        found.expect("it is there")["userTypes"].clone()
    };
    assert_eq!((of("ai_assistant"), of("projects")), (json!([AI_BUSINESS, AI_MEMBER]), Value::Null));
}

#[tokio::test]
async fn r_ut_33_a_role_grants_something() {
    let platform = start().await;
    for nothing in [json!([]), json!(null)] {
        let body = role("Writer", MEMBER, &[("grants", nothing)]);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", "R-UT-33")).await;
    }
    // One that a seed has made without stays as it was made, too: it is replaced.
    let bare = json!({ "meta": { "resourceType": "Role" }, "displayName": "Bare", "userType": MEMBER });
    let platform = Platform::seeded("responsive", Some(vec![bare]), &[]).await;
    let path = platform.find("/Roles", "Bare").await;
    let more = replace("grants", &grants(&["projects.view"]));
    platform.refuses(("PATCH", &path, more), (400, "mutability", "R-UT-30")).await;
}
