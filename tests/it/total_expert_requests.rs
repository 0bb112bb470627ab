//! The rules of Total Expert as the platform holds them: the raw request, and what it leaves.
//!
//! A refused request must name its rule and change nothing at all: every resource is read before
//! and after it. Updates, of one role and of many, are in `total_expert_updates`.
//!
//! | rule | test |
//! |---|---|
//! | R-TE-1 | `r_te_1_a_user_has_what_the_role_grants_and_nothing_else` |
//! | R-TE-2 | `r_te_2_any_number_of_users_hold_one_role` |
//! | R-TE-3 | `r_te_3_a_permission_edit_is_one_write_and_needs_no_user` |
//! | R-TE-4 | `r_te_4_a_role_has_two_attributes_beside_its_permissions` |
//! | R-TE-5 | `r_te_5_options_are_sets` |
//! | R-TE-6 | `r_te_6_each_set_holds_an_option_on_create_and_on_update` |
//! | R-TE-7 | `r_te_7_classifications_and_segments_grant_nothing` |
//! | R-TE-8 | no request is about it: a report is made from what is read |
//! | R-TE-9 | `r_te_9_the_platform_itself_asks_for_no_word` |
//! | R-TE-10 | `r_te_10_a_creation_names_every_required_field` |
//! | R-TE-11 | `r_te_11_a_name_is_there_and_is_nobody_elses` |
//! | R-TE-12 | `r_te_12_roles_are_written_by_who_has_the_authority` |
//! | R-TE-13 | `r_te_13_classifications_are_the_seven` |
//! | R-TE-14 | `r_te_14_segments_are_the_seven` |
//! | R-TE-15 | `r_te_15_a_segment_that_is_not_enabled_is_another_refusal` |
//! | R-TE-16 | `r_te_16_nobody_writes_what_the_vendor_decides` |
//! | R-TE-17 | `r_te_17_a_role_may_grant_nothing` |
//! | R-TE-24, R-TE-25 | no request to the platform is about them: the request goes to its support |

use std::collections::BTreeMap;

use rolecall::platform::{Section, built_in};
use rolecall::sandbox::Tenant;
use rolecall::scim::schema::URN_PREFIX;
use serde_json::{Value, json};

use crate::support::raw::{Answer, Platform, grants, id, patch, replace, user};

/// What the tests' organization has chosen; the other four segments are known and not enabled.
const ENABLED: [&str; 3] = ["Retail Mortgage", "Insurance", "Credit Union – CRM"];

pub async fn start() -> Platform {
    let pack = built_in("total-expert").expect("it is carried");
    let enabled = BTreeMap::from([(Section::Segments, ENABLED.map(ToOwned::to_owned).into())]);
    let seed = Tenant { enabled, ..Tenant::default() }.seed(&pack);
    Platform::seeded("total-expert", Some(seed), &[]).await
}

pub async fn create(platform: &Platform, body: Value) -> Answer {
    platform.send("ada", "POST", "/Roles", &body).await
}

/// The path of a new role.
pub async fn new_role(platform: &Platform, name: &str) -> String {
    platform.made("/Roles", &role(name, &[])).await
}

/// Gives people a role; their paths.
pub async fn users(platform: &Platform, count: usize, role: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for n in 0..count {
        paths.push(platform.made("/Users", &user(&format!("u{n}@example.com"), role)).await);
    }
    paths
}

/// A role that is whole, with attributes changed.
pub fn role(name: &str, changes: &[(&str, Value)]) -> Value {
    let mut body = json!({
        "schemas": [format!("{URN_PREFIX}Role")],
        "displayName": name,
        "classifications": ["Sales"],
        "segments": ["Retail Mortgage"],
        "grants": grants(&["campaigns.view", "contacts.view"]),
    });
    for (attribute, value) in changes {
        body[*attribute] = value.clone();
    }
    body
}

#[tokio::test]
async fn r_te_1_a_user_has_what_the_role_grants_and_nothing_else() {
    let platform = start().await;
    let role = new_role(&platform, "R").await;
    for (attribute, value) in [("grants", grants(&["tasks.view"])), ("entitlements", json!([{ "value": "x" }]))] {
        let mut body = user("ana@example.com", &role);
        body[attribute] = value;
        platform.refuses(("POST", "/Users", body), (400, "invalidSyntax", "")).await;
    }
    let ana = users(&platform, 1, &role).await.remove(0);
    assert_eq!(platform.get(&ana).await["roles"][0]["value"], id(&role));
    platform.refuses(("PATCH", &ana, replace("grants", &grants(&["tasks.view"]))), (400, "invalidPath", "")).await;
    let other = new_role(&platform, "S").await;
    let both = json!([{ "value": id(&role) }, { "value": id(&other) }]);
    platform.refuses(("PATCH", &ana, replace("roles", &both)), (400, "invalidValue", "")).await;
    let none = patch(&json!([{ "op": "remove", "path": "roles" }]));
    platform.refuses(("PATCH", &ana, none), (400, "mutability", "")).await;
}

#[tokio::test]
async fn r_te_2_any_number_of_users_hold_one_role() {
    let platform = start().await;
    let role = new_role(&platform, "R").await;
    users(&platform, 40, &role).await;
    assert_eq!(platform.get(&format!("{role}?attributes=assignedUsers")).await["assignedUsers"], 40);
    let other = new_role(&platform, "S").await;
    assert_eq!(platform.get(&format!("{other}?attributes=assignedUsers")).await["assignedUsers"], 0);
}

#[tokio::test]
async fn r_te_3_a_permission_edit_is_one_write_and_needs_no_user() {
    let platform = start().await;
    let role = new_role(&platform, "R").await;
    users(&platform, 40, &role).await;
    let users = platform.get("/Users?count=1000").await;
    let writes = platform.running.audit().await.expect("the audit is read").len();
    platform.send("ada", "PATCH", &role, &replace("grants", &grants(&["tasks.view"]))).await.granted(200);
    assert_eq!(platform.running.audit().await.expect("the audit is read").len(), writes + 1);
    // Whoever holds the role holds what it grants now; the users are the same to the version.
    assert_eq!(platform.get("/Users?count=1000").await, users);
    assert_eq!(platform.get(&role).await["grants"], grants(&["tasks.view"]));
}

#[tokio::test]
async fn r_te_4_a_role_has_two_attributes_beside_its_permissions() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    for (attribute, value) in [("description", json!("x")), ("userType", json!("x")), ("class", json!("Account"))] {
        let body = |name: &str| role(name, &[(attribute, value.clone())]);
        platform.refuses(("POST", "/Roles", body("S")), (400, "invalidSyntax", "R-TE-4")).await;
        platform.refuses(("PUT", &path, body("R")), (400, "invalidSyntax", "R-TE-4")).await;
        let at_path = replace(attribute, &value.clone());
        platform.refuses(("PATCH", &path, at_path), (400, "invalidPath", "R-TE-4")).await;
        let without_path = patch(&json!([{ "op": "add", "value": { attribute: value } }]));
        platform.refuses(("PATCH", &path, without_path), (400, "invalidPath", "R-TE-4")).await;
    }
    // A part that an attribute does not have is no attribute of the role.
    let part = replace("classifications.colour", &json!("x"));
    platform.refuses(("PATCH", &path, part), (400, "invalidPath", "")).await;
    let schema = platform.get(&format!("/Schemas/{URN_PREFIX}Role")).await;
    let attributes = schema["attributes"].as_array().expect("a list").iter();
    let names: Vec<&str> = attributes.filter_map(|attribute| attribute["name"].as_str()).collect();
    assert_eq!(names, ["displayName", "classifications", "segments", "grants", "builtIn", "assignedUsers"]);
    let missing = platform.send("ada", "GET", "/UserTypes", &Value::Null).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn r_te_5_options_are_sets() {
    let platform = start().await;
    let twice = role("R", &[("classifications", json!(["Sales", "Manager", "Sales"]))]);
    let path = format!("/Roles/{}", create(&platform, twice).await.id());
    let before = platform.get(&path).await;
    assert_eq!(before["classifications"], json!(["Sales", "Manager"]));
    // Another order is the same set, so it makes no version.
    let order = replace("classifications", &json!(["Manager", "Sales"]));
    platform.send("ada", "PATCH", &path, &order).await.granted(200);
    assert_eq!(platform.get(&path).await, before);
}

#[tokio::test]
async fn r_te_6_each_set_holds_an_option_on_create_and_on_update() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    for attribute in ["classifications", "segments"] {
        for nothing in [json!([]), json!(null), json!([null])] {
            let body = |name: &str| role(name, &[(attribute, nothing.clone())]);
            platform.refuses(("POST", "/Roles", body("S")), (400, "invalidValue", "R-TE-6")).await;
            platform.refuses(("PUT", &path, body("R")), (400, "invalidValue", "R-TE-6")).await;
            let empty = replace(attribute, &nothing);
            platform.refuses(("PATCH", &path, empty), (400, "mutability", "R-TE-6")).await;
        }
        for operation in [
            json!({ "op": "remove", "path": attribute }),
            json!({ "op": "remove", "path": format!("{attribute}[value pr]") }),
            json!({ "op": "replace", "value": { attribute: [] } }),
        ] {
            platform.refuses(("PATCH", &path, patch(&json!([operation]))), (400, "mutability", "R-TE-6")).await;
        }
        let mut left_out = role("R", &[]);
        left_out.as_object_mut().expect("an object").remove(attribute);
        platform.refuses(("PUT", &path, left_out), (400, "invalidValue", "R-TE-6")).await;
    }
}

#[tokio::test]
async fn r_te_7_classifications_and_segments_grant_nothing() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let user = users(&platform, 1, &path).await.remove(0);
    let (before, user_before) = (platform.get(&path).await, platform.get(&user).await);
    let other = json!([
        { "op": "replace", "path": "classifications", "value": ["Admin"] },
        { "op": "replace", "path": "segments", "value": ["Insurance"] },
    ]);
    let after = platform.patch(&path, other).await.granted(200);
    assert_eq!(after["grants"], before["grants"]);
    assert_eq!(platform.get(&user).await, user_before);
    // Nor is anybody let in by them: a role called and classified Admin is a role.
    let admin = role("Admin", &[("classifications", json!(["Admin"])), ("grants", json!([]))]);
    assert_eq!(create(&platform, admin).await.granted(201).get("grants"), None);
}

#[tokio::test]
async fn r_te_9_the_platform_itself_asks_for_no_word() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let edit = replace("grants", &grants(&["loans.view"]));
    platform.send("ada", "PATCH", &path, &edit).await.granted(200);
}

#[tokio::test]
async fn r_te_10_a_creation_names_every_required_field() {
    let platform = start().await;
    for (attribute, rule) in [("displayName", "R-TE-11"), ("classifications", "R-TE-6"), ("segments", "R-TE-6")] {
        let mut body = role("R", &[]);
        body.as_object_mut().expect("an object").remove(attribute);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", rule)).await;
    }
    new_role(&platform, "R").await;
}

#[tokio::test]
async fn r_te_11_a_name_is_there_and_is_nobody_elses() {
    let platform = start().await;
    let (r, s) = (new_role(&platform, "Loan Officer").await, new_role(&platform, "Processor").await);
    for blank in ["", "  ", "\u{a0}\t"] {
        platform.refuses(("POST", "/Roles", role(blank, &[])), (400, "invalidValue", "R-TE-11")).await;
        platform.refuses(("PUT", &r, role(blank, &[])), (400, "invalidValue", "R-TE-11")).await;
        let rename = replace("displayName", &json!(blank));
        platform.refuses(("PATCH", &r, rename), (400, "invalidValue", "R-TE-11")).await;
    }
    let removed = patch(&json!([{ "op": "remove", "path": "displayName" }]));
    platform.refuses(("PATCH", &r, removed), (400, "mutability", "R-TE-11")).await;
    for taken in ["Loan Officer", " loan  OFFICER "] {
        platform.refuses(("POST", "/Roles", role(taken, &[])), (409, "uniqueness", "R-TE-11")).await;
        platform.refuses(("PUT", &s, role(taken, &[])), (409, "uniqueness", "R-TE-11")).await;
        let rename = replace("displayName", &json!(taken));
        platform.refuses(("PATCH", &s, rename), (409, "uniqueness", "R-TE-11")).await;
    }
    // Its own name in other letters is free to it.
    let rename = replace("displayName", &json!("LOAN OFFICER"));
    platform.send("ada", "PATCH", &r, &rename).await.granted(200);
}

#[tokio::test]
async fn r_te_12_roles_are_written_by_who_has_the_authority() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    let ana = users(&platform, 1, &path).await.remove(0);
    let edit = replace("classifications", &json!(["Manager"]));
    for request in [
        ("POST", "/Roles", role("S", &[])),
        ("PUT", &path, role("R", &[("classifications", json!(["Manager"]))])),
        ("PATCH", &path, edit.clone()),
        ("DELETE", &path, Value::Null),
        // Nonsense is no way to learn more.
        ("POST", "/Roles", json!("nonsense")),
    ] {
        platform.refuses_to("vic", request, (403, "", "R-TE-12")).await;
    }
    for request in [
        ("POST", "/Users", user("bo@example.com", &path)),
        ("PATCH", &ana, replace("active", &json!(false))),
        ("DELETE", &ana, Value::Null),
    ] {
        platform.refuses_to("vic", request, (403, "", "")).await;
    }
    for (who, authority) in [("vic", "viewer"), ("ada", "admin"), ("sue", "support")] {
        platform.send(who, "GET", &path, &Value::Null).await.granted(200);
        let organization = platform.send(who, "GET", "/Organizations", &Value::Null).await.granted(200);
        let organization = &organization["Resources"][0];
        assert_eq!(organization["platform"], "total-expert");
        assert_eq!((&organization["caller"], &organization["authority"]), (&json!(who), &json!(authority)));
        assert_eq!(organization["subscriptions"], json!([]));
    }
    platform.send("ada", "PATCH", &path, &edit).await.granted(200);
    platform.send("sue", "POST", "/Roles", &role("S", &[])).await.granted(201);
}

#[tokio::test]
async fn r_te_13_classifications_are_the_seven() {
    let platform = start().await;
    let seven =
        json!(["Admin", "Sales", "Support", "Manager", "Automation Only", "Co-marketing Partner", "Compliance"]);
    let listed = platform.get("/Classifications").await;
    let listed: Vec<&Value> =
        listed["Resources"].as_array().expect("a list").iter().map(|of| &of["displayName"]).collect();
    assert_eq!(json!(listed), seven);
    let path = format!("/Roles/{}", create(&platform, role("R", &[("classifications", seven)])).await.id());
    for eighth in ["Marketing", "sales", "Co–marketing Partner", "Insurance", ""] {
        let set = json!(["Manager", eighth]);
        let body = |name: &str| role(name, &[("classifications", set.clone())]);
        platform.refuses(("POST", "/Roles", body("S")), (400, "invalidValue", "R-TE-13")).await;
        platform.refuses(("PUT", &path, body("R")), (400, "invalidValue", "R-TE-13")).await;
    }
    let add = patch(&json!([{ "op": "add", "path": "classifications", "value": ["Marketing"] }]));
    platform.refuses(("PATCH", &path, add), (400, "invalidValue", "R-TE-13")).await;
}

#[tokio::test]
async fn r_te_14_segments_are_the_seven() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    // The vendor's spelling is the only one here: aliases are for files.
    for unknown in ["Retail", "retail mortgage", "Credit Union - CRM", "Sales", " "] {
        let set = json!(["Insurance", unknown]);
        let body = |name: &str| role(name, &[("segments", set.clone())]);
        platform.refuses(("POST", "/Roles", body("S")), (400, "invalidValue", "R-TE-14")).await;
        platform.refuses(("PUT", &path, body("R")), (400, "invalidValue", "R-TE-14")).await;
        platform.refuses(("PATCH", &path, replace("segments", &set)), (400, "invalidValue", "R-TE-14")).await;
    }
    create(&platform, role("S", &[("segments", json!(ENABLED))])).await.granted(201);
}

#[tokio::test]
async fn r_te_15_a_segment_that_is_not_enabled_is_another_refusal() {
    let platform = start().await;
    let path = new_role(&platform, "R").await;
    for known in ["Banking - CRM", "Banking Automation", "Credit Union - Automation", "Wholesale"] {
        let set = json!(["Insurance", known]);
        let body = |name: &str| role(name, &[("segments", set.clone())]);
        platform.refuses(("POST", "/Roles", body("S")), (400, "invalidValue", "R-TE-15")).await;
        platform.refuses(("PUT", &path, body("R")), (400, "invalidValue", "R-TE-15")).await;
        platform.refuses(("PATCH", &path, replace("segments", &set)), (400, "invalidValue", "R-TE-15")).await;
    }
    // An organization sees only what it has chosen.
    let listed = platform.get("/Segments").await;
    let mut listed: Vec<&str> =
        listed["Resources"].as_array().expect("a list").iter().filter_map(|of| of["displayName"].as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, ["Credit Union – CRM", "Insurance", "Retail Mortgage"]);

    // Without a seed nothing is enabled, and a segment may be there and switched off.
    let bare = Platform::seeded("total-expert", None, &[]).await;
    bare.refuses(("POST", "/Roles", role("R", &[])), (400, "invalidValue", "R-TE-15")).await;
    let off = json!({ "meta": { "resourceType": "Segment" }, "displayName": "Retail Mortgage", "enabled": false });
    let switched_off = Platform::seeded("total-expert", Some(vec![off]), &[]).await;
    switched_off.refuses(("POST", "/Roles", role("R", &[])), (400, "invalidValue", "R-TE-15")).await;
}

#[tokio::test]
async fn r_te_16_nobody_writes_what_the_vendor_decides() {
    let platform = start().await;
    for (endpoint, name) in [
        ("/Segments", "Segment"),
        ("/Classifications", "Classification"),
        ("/Permissions", "Permission"),
        ("/Organizations", "Organization"),
    ] {
        let first = platform.get(endpoint).await["Resources"][0].clone();
        let path = format!("{endpoint}/{}", first["id"].as_str().expect("an id"));
        let body = json!({ "schemas": [format!("{URN_PREFIX}{name}")], "displayName": "Wholesale", "enabled": true });
        for who in ["ada", "sue", "vic"] {
            for (method, path, body) in [
                ("POST", endpoint, body.clone()),
                ("PUT", &path, body.clone()),
                ("PATCH", &path, replace("enabled", &json!(true))),
                ("DELETE", &path, Value::Null),
            ] {
                platform.refuses_to(who, (method, path, body), (405, "", "")).await;
            }
        }
    }
}

#[tokio::test]
async fn r_te_17_a_role_may_grant_nothing() {
    let platform = start().await;
    create(&platform, role("None", &[("grants", json!([]))])).await.granted(201);
    create(&platform, role("Null", &[("grants", json!(null))])).await.granted(201);
    let path = new_role(&platform, "R").await;
    let emptied = platform.patch(&path, json!([{ "op": "remove", "path": "grants" }])).await.granted(200);
    assert_eq!(emptied.get("grants"), None);
    // Any subset may be ticked, but nothing that is not in the catalogue.
    for grant in [
        json!({ "value": "campaigns.fly" }),
        json!({ "value": "submarines.view" }),
        json!({ "value": "campaigns" }),
        json!({ "value": "campaigns.view.name" }),
        json!({ "value": "Campaigns.view" }),
        json!({ "value": "campaigns.view", "action": "send" }),
        json!({ "action": "view" }),
    ] {
        let body = role("S", &[("grants", json!([{ "value": "loans.view" }, grant]))]);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", "")).await;
        let add = patch(&json!([{ "op": "add", "path": "grants", "value": [grant] }]));
        platform.refuses(("PATCH", &path, add), (400, "invalidValue", "")).await;
    }
    let parts = role("S", &[("grants", json!([{ "value": "loans.view" }, { "entity": "tasks", "action": "assign" }]))]);
    create(&platform, parts).await.granted(201);
}
