//! The rules of Bullseye as the platform holds them: the raw request, and what it leaves.
//!
//! A refused request must name its rule and change nothing at all: every resource is read before
//! and after it. What roles grant is in `bullseye_grants`.
//!
//! | rule | test |
//! |---|---|
//! | R-BE-1 | no request is about it: it says what custom roles are for |
//! | R-BE-2 | `r_be_2_custom_roles_need_the_subscription` |
//! | R-BE-3 | `r_be_3_the_four_default_roles_are_there` |
//! | R-BE-5 | `r_be_5_a_regional_rep_and_a_dealer_employee_can_be_made` |
//! | R-BE-6 | `r_be_6_the_default_roles_stay` |
//! | R-BE-7 | `r_be_7_defaults_are_renamed_and_granted_with_the_subscription` |
//! | R-BE-8 | `r_be_8_the_administrator_role_never_changes` |
//! | R-BE-10 | `r_be_10_custom_roles_are_made_changed_and_deleted` |
//! | R-BE-11 | `r_be_11_a_name_is_there_and_is_nobody_elses` |
//! | R-BE-12 | `r_be_12_a_description_is_text_that_may_be_missing` |
//! | R-BE-13 | `r_be_13_a_class_is_one_of_two` |
//! | R-BE-14 | `r_be_14_a_role_has_a_class_from_the_start` |
//! | R-BE-15 | `r_be_15_a_class_never_changes` |
//! | R-BE-16 | `r_be_16_a_role_has_a_rank_of_two_from_the_start` |
//! | R-BE-17 | `bullseye_managing::r_be_17_managing_needs_the_permission` |
//! | R-BE-18 | `bullseye_managing::r_be_19_account_users_manage_location_users_and_nobody_else`, which is all it leaves |
//! | R-BE-19 | `bullseye_managing::r_be_19_account_users_manage_location_users_and_nobody_else` |
//! | R-BE-20 | `bullseye_managing::r_be_20_location_users_manage_nobody` |
//! | R-BE-21 | `bullseye_managing::r_be_21_administrators_manage_both_classes` |
//! | R-BE-22 | `r_be_22_a_rank_never_changes` |
//! | R-BE-23 | `r_be_24_there_is_one_administrator_role` |
//! | R-BE-24 | `r_be_24_there_is_one_administrator_role` |
//! | R-BE-25 | `r_be_24_there_is_one_administrator_role` |
//! | R-BE-26 | `r_be_26_a_custom_role_may_be_a_location_admin` |
//! | R-BE-27 | `r_be_5_a_regional_rep_and_a_dealer_employee_can_be_made` |
//! | R-BE-35 | no request is about it: a way of choosing; what is chosen is `r_be_10_…` |
//! | R-BE-36 | `r_be_36_a_user_gets_a_role_that_is_there` |
//! | R-BE-37 | `r_be_37_a_user_has_exactly_one_role` |
//! | R-BE-38 | `r_be_10_custom_roles_are_made_changed_and_deleted` |
//! | R-BE-39 | `r_be_39_a_held_role_stays` |
//! | R-BE-40 | `r_be_40_the_administrator_role_is_never_deleted` |

use serde_json::{Value, json};

use crate::support::raw::{self, Platform, grants, id, patch, replace, user, ways};
use crate::support::{Folder, Server};

pub const DEFAULTS: [(&str, &str, &str, &str); 4] = [
    ("Administrator", "administrator", "Account", "Admin"),
    ("Account User", "account_user", "Account", "User"),
    ("Location Admin", "location_admin", "Location", "Admin"),
    ("Location User", "location_user", "Location", "User"),
];

pub async fn start() -> Platform {
    Platform::seeded("bullseye", None, &[]).await
}

/// An organization without the subscription.
async fn unsubscribed() -> Platform {
    let seed = vec![
        json!({ "meta": { "resourceType": "Organization" }, "subscriptions": [] }),
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Location User", "builtIn": "location_user", "class": "Location", "rank": "User" }),
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Administrator", "builtIn": "administrator", "class": "Account", "rank": "Admin" }),
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Rep", "class": "Account", "rank": "User" }),
        json!({ "meta": { "resourceType": "Role" }, "displayName": "Held", "class": "Account", "rank": "User" }),
        json!({ "meta": { "resourceType": "User" }, "userName": "ana@example.com", "roles": [{ "display": "Held" }] }),
    ];
    Platform::seeded("bullseye", Some(seed), &[]).await
}

/// A custom role that is whole, with attributes changed or, by null, left out.
pub fn role(name: &str, changes: &[(&str, Value)]) -> Value {
    let mut attributes = vec![("class", json!("Account")), ("rank", json!("User"))];
    for (name, value) in changes {
        attributes.retain(|(other, _)| other != name);
        attributes.push((name, value.clone()));
    }
    raw::role(name, &attributes)
}

/// The path of a new role.
pub async fn made(platform: &Platform, name: &str) -> String {
    platform.made("/Roles", &role(name, &[])).await
}

/// The words of a role's grants.
pub fn words(role: &Value) -> Vec<&str> {
    role["grants"].as_array().into_iter().flatten().filter_map(|grant| grant["value"].as_str()).collect()
}

#[tokio::test]
async fn r_be_2_custom_roles_need_the_subscription() {
    let platform = unsubscribed().await;
    let organization = &platform.get("/Organizations").await["Resources"][0];
    assert_eq!(organization["subscriptions"], json!([]));
    let (rep, held) = (platform.find("/Roles", "Rep").await, platform.find("/Roles", "Held").await);
    let forbidden = (403, "", "R-BE-2");
    platform.refuses(("POST", "/Roles", role("New", &[])), forbidden).await;
    for (method, body) in ways(&role("Rep", &[]), "displayName", &json!("Other")) {
        platform.refuses((method, &rep, body), forbidden).await;
    }
    platform.refuses(("PATCH", &rep, replace("grants", &grants(&["leads.view"]))), forbidden).await;
    for path in [&rep, &held] {
        platform.refuses(("DELETE", path, Value::Null), forbidden).await;
    }
    // Holders can be moved away, and users given any role.
    let ana = platform.find("/Users", "ana@example.com").await;
    platform
        .patch(&ana, json!([{ "op": "replace", "path": "roles", "value": [{ "value": id(&rep) }] }]))
        .await
        .granted(200);
    platform.made("/Users", &user("bo@example.com", &held)).await;
    // Who has it may.
    let subscribed = start().await;
    let organization = &subscribed.get("/Organizations").await["Resources"][0];
    assert_eq!(organization["subscriptions"], json!(["user_management"]));
    made(&subscribed, "Rep").await;
}

/// The server's flag, for whoever has no seed of their own.
#[test]
fn r_be_2_a_sandbox_can_be_started_without_the_subscription() {
    let folder = Folder::new();
    let server = Server::start_with(&folder, "bullseye", "a.db", &["--subscription", "none"]);
    let role = role("Rep", &[]);
    let (status, refused) = server.request("POST", "Roles", Some(&role));
    assert_eq!(raw::refusal(status, &refused), (403, "", "R-BE-2"));
    assert_eq!(server.list("Roles", "").len(), 4);
    let server = Server::start_with(&folder, "bullseye", "b.db", &["--subscription", "user_management"]);
    assert_eq!(server.request("POST", "Roles", Some(&role)).0, 201);
    let wrong = folder.run(&["sandbox", "--platform", "bullseye", "--token", "a=admin:b", "--subscription", "gold"]);
    let words = wrong.expect(64).words();
    assert!(words.contains("`gold` is no subscription") && words.contains("`user_management`"), "{words}");
}

#[tokio::test]
async fn r_be_3_the_four_default_roles_are_there() {
    let platform = start().await;
    let list = platform.get("/Roles").await;
    let mut found: Vec<(&str, &str, &str, &str)> = Vec::new();
    for role in list["Resources"].as_array().expect("a list") {
        let text = |name: &str| role[name].as_str().unwrap_or_default();
        found.push((text("displayName"), text("builtIn"), text("class"), text("rank")));
    }
    for default in DEFAULTS {
        assert!(found.contains(&default), "{default:?} in {found:?}");
    }
    assert_eq!(found.len(), 4);
}

#[tokio::test]
async fn r_be_5_a_regional_rep_and_a_dealer_employee_can_be_made() {
    let platform = start().await;
    let rep = made(&platform, "Regional Rep").await;
    let dealer = role("Dealer Employee", &[("class", json!("Location")), ("rank", json!("User"))]);
    let dealer = platform.made("/Roles", &dealer).await;
    let wide = grants(&["locations.view", "locations.modify", "leads.view", "reports.view"]);
    platform.send("ada", "PATCH", &rep, &replace("grants", &wide)).await.granted(200);
    let narrow = grants(&["locations.view", "locations.modify.hours", "locations.modify.phone"]);
    platform.send("ada", "PATCH", &dealer, &replace("grants", &narrow)).await.granted(200);
    assert_eq!(platform.get(&rep).await["grants"], wide);
    assert_eq!(platform.get(&dealer).await["grants"], narrow);
    platform.made("/Users", &user("rep@example.com", &rep)).await;
    platform.made("/Users", &user("dealer@example.com", &dealer)).await;
}

#[tokio::test]
async fn r_be_6_the_default_roles_stay() {
    let platform = start().await;
    let other = made(&platform, "Other").await;
    for (name, ..) in DEFAULTS.iter().skip(1) {
        let path = platform.find("/Roles", name).await;
        platform.refuses(("DELETE", &path, Value::Null), (403, "", "R-BE-6")).await;
        // Renamed it is the same role.
        let renamed = format!("{name} of ours");
        platform.send("ada", "PATCH", &path, &replace("displayName", &json!(renamed))).await.granted(200);
        platform.refuses(("DELETE", &path, Value::Null), (403, "", "R-BE-6")).await;
        assert!(platform.names("/Roles").await.contains(&renamed));
    }
    // Nobody takes the mark of a built-in role away, or gives it to another.
    for path in [&other, &platform.find("/Roles", "Administrator").await] {
        for value in [json!("location_user"), json!(null)] {
            platform.refuses(("PATCH", path, replace("builtIn", &value)), (400, "mutability", "")).await;
        }
    }
    let claimed = platform.send("ada", "POST", "/Roles", &role("Mine", &[("builtIn", json!("location_user"))])).await;
    assert_eq!(claimed.granted(201).get("builtIn"), None);
}

#[tokio::test]
async fn r_be_7_defaults_are_renamed_and_granted_with_the_subscription() {
    let platform = start().await;
    let path = platform.find("/Roles", "Location User").await;
    let whole = platform.get(&path).await;
    // A name and permissions change; a description and what the mark says do not.
    for (method, body) in ways(&whole, "description", &json!("for dealers")) {
        platform.refuses((method, &path, body), (403, "", "R-BE-7")).await;
    }
    let both = json!([
        { "op": "replace", "path": "displayName", "value": "Dealer Staff" },
        { "op": "replace", "path": "description", "value": "for dealers" },
    ]);
    platform.refuses(("PATCH", &path, patch(&both)), (403, "", "R-BE-7")).await;
    let renamed =
        platform.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "Dealer Staff" }])).await;
    assert_eq!(renamed.granted(200)["builtIn"], "location_user");
    let narrower = replace("grants", &grants(&["locations.view.name"]));
    platform.send("ada", "PATCH", &path, &narrower).await.granted(200);
    platform.send("ada", "PATCH", &path, &patch(&json!([{ "op": "remove", "path": "grants" }]))).await.granted(200);
    // The client's own mark is the client's.
    platform.send("ada", "PATCH", &path, &replace("externalId", &json!("acme:role/x"))).await.granted(200);

    let without = unsubscribed().await;
    let path = without.find("/Roles", "Location User").await;
    without.refuses(("PATCH", &path, replace("displayName", &json!("Dealer Staff"))), (403, "", "R-BE-7")).await;
    without.refuses(("PATCH", &path, replace("grants", &grants(&["leads.view"]))), (403, "", "R-BE-7")).await;
}

#[tokio::test]
async fn r_be_8_the_administrator_role_never_changes() {
    for platform in [start().await, unsubscribed().await] {
        let path = platform.find("/Roles", "Administrator").await;
        let whole = platform.get(&path).await;
        let changes =
            [("displayName", json!("Chief")), ("description", json!("x")), ("grants", grants(&["leads.view"]))];
        for who in ["ada", "sue"] {
            for (attribute, value) in &changes {
                for (method, body) in ways(&whole, attribute, value) {
                    // Adding to everything leaves everything.
                    if attribute == &"grants"
                        && body["Operations"][0]["op"] == "add"
                        && words(&whole).contains(&"leads.view")
                    {
                        continue;
                    }
                    platform.refuses_to(who, (method, &path, body), (403, "", "R-BE-8")).await;
                }
            }
        }
        // Its class and its rank are what nothing changes anywhere.
        for (attribute, value, rule) in [("class", "Location", "R-BE-15"), ("rank", "User", "R-BE-22")] {
            for (method, body) in ways(&whole, attribute, &json!(value)) {
                platform.refuses((method, &path, body), (400, "mutability", rule)).await;
            }
        }
        let nothing = patch(&json!([{ "op": "add", "path": "displayName", "value": "Administrator" }]));
        platform.send("ada", "PATCH", &path, &nothing).await.granted(200);
    }
}

#[tokio::test]
async fn r_be_10_custom_roles_are_made_changed_and_deleted() {
    let platform = start().await;
    let path = made(&platform, "Rep").await;
    let chosen = grants(&["locations.view", "leads.view", "leads.assign"]);
    platform.send("ada", "PATCH", &path, &replace("grants", &chosen)).await.granted(200);
    platform.send("ada", "PATCH", &path, &replace("displayName", &json!("Field Rep"))).await.granted(200);
    platform.send("ada", "PATCH", &path, &replace("description", &json!("travels"))).await.granted(200);
    let after = platform.get(&path).await;
    assert_eq!(
        (&after["displayName"], &after["description"], &after["grants"]),
        (&json!("Field Rep"), &json!("travels"), &chosen)
    );
    platform.send("ada", "DELETE", &path, &Value::Null).await.granted(204);
    assert_eq!(platform.names("/Roles").await.len(), 4);
}

#[tokio::test]
async fn r_be_11_a_name_is_there_and_is_nobody_elses() {
    let platform = start().await;
    let path = made(&platform, "Rep").await;
    for blank in ["", " \t"] {
        platform.refuses(("POST", "/Roles", role(blank, &[])), (400, "invalidValue", "R-BE-11")).await;
        platform.refuses(("PUT", &path, role(blank, &[])), (400, "invalidValue", "R-BE-11")).await;
        platform
            .refuses(("PATCH", &path, replace("displayName", &json!(blank))), (400, "invalidValue", "R-BE-11"))
            .await;
    }
    let mut nameless = role("x", &[]);
    nameless.as_object_mut().expect("an object").remove("displayName");
    platform.refuses(("POST", "/Roles", nameless), (400, "invalidValue", "R-BE-11")).await;
    for taken in ["rep", "Account User", "ADMINISTRATOR"] {
        platform.refuses(("POST", "/Roles", role(taken, &[])), (409, "uniqueness", "R-BE-11")).await;
    }
    // A default name is free once its role is called otherwise (reading C11).
    let location_user = platform.find("/Roles", "Location User").await;
    platform
        .refuses(("PATCH", &location_user, replace("displayName", &json!("REP"))), (409, "uniqueness", "R-BE-11"))
        .await;
    platform.send("ada", "PATCH", &location_user, &replace("displayName", &json!("Staff"))).await.granted(200);
    made(&platform, "Location User").await;
}

#[tokio::test]
async fn r_be_12_a_description_is_text_that_may_be_missing() {
    let platform = start().await;
    platform
        .refuses(("POST", "/Roles", role("Rep", &[("description", json!(["x"]))])), (400, "invalidValue", ""))
        .await;
    let made = platform.send("ada", "POST", "/Roles", &role("Rep", &[("description", json!("short"))])).await;
    assert_eq!(made.granted(201)["description"], "short");
}

#[tokio::test]
async fn r_be_13_a_class_is_one_of_two() {
    let platform = start().await;
    for wrong in ["account", "Dealer", "", "Admin"] {
        let body = role("Rep", &[("class", json!(wrong))]);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", "R-BE-13")).await;
    }
    let schema = platform.get(&format!("/Schemas/{}Role", rolecall::scim::schema::URN_PREFIX)).await;
    let mut lines = Vec::new();
    for attribute in schema["attributes"].as_array().expect("a list") {
        let required = if attribute["required"] == true { " required" } else { "" };
        let values = attribute.get("canonicalValues").map(|values| format!(" {values}")).unwrap_or_default();
        let text = |name: &str| attribute[name].as_str().expect("a text");
        lines.push(format!("{}: {}{required}{values}", text("name"), text("mutability")));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    displayName: readWrite required
    class: immutable required ["Account","Location"]
    description: readWrite
    rank: immutable required ["Admin","User"]
    grants: readWrite
    builtIn: readOnly ["account_user","administrator","location_admin","location_user"]
    assignedUsers: readOnly
    "#);
}

#[tokio::test]
async fn r_be_14_a_role_has_a_class_from_the_start() {
    let platform = start().await;
    for without in [role("Rep", &[("class", json!(null))]), raw::role("Rep", &[("rank", json!("User"))])] {
        platform.refuses(("POST", "/Roles", without), (400, "invalidValue", "R-BE-14")).await;
    }
}

#[tokio::test]
async fn r_be_15_a_class_never_changes() {
    let platform = start().await;
    for (name, other) in [("Rep", "Location"), ("Account User", "Location"), ("Location User", "Account")] {
        let path = if name == "Rep" { made(&platform, name).await } else { platform.find("/Roles", name).await };
        let whole = platform.get(&path).await;
        for (method, body) in ways(&whole, "class", &json!(other)) {
            platform.refuses((method, &path, body), (400, "mutability", "R-BE-15")).await;
        }
    }
    let path = platform.find("/Roles", "Rep").await;
    let removed = patch(&json!([{ "op": "remove", "path": "class" }]));
    platform.refuses(("PATCH", &path, removed), (400, "mutability", "R-BE-15")).await;
    // Saying the same, or nothing, is no change.
    platform.send("ada", "PATCH", &path, &replace("class", &json!("Account"))).await.granted(200);
    let silent = raw::role("Rep", &[]);
    assert_eq!(platform.send("ada", "PUT", &path, &silent).await.granted(200)["class"], "Account");
}

#[tokio::test]
async fn r_be_16_a_role_has_a_rank_of_two_from_the_start() {
    let platform = start().await;
    for wrong in [json!("user"), json!("Boss"), json!(""), json!(null)] {
        let body = role("Rep", &[("rank", wrong)]);
        platform.refuses(("POST", "/Roles", body), (400, "invalidValue", "R-BE-16")).await;
    }
}

#[tokio::test]
async fn r_be_22_a_rank_never_changes() {
    let platform = start().await;
    made(&platform, "Rep").await;
    for (name, other) in [("Rep", "Admin"), ("Location Admin", "User"), ("Location User", "Admin")] {
        let path = platform.find("/Roles", name).await;
        let whole = platform.get(&path).await;
        for (method, body) in ways(&whole, "rank", &json!(other)) {
            platform.refuses((method, &path, body), (400, "mutability", "R-BE-22")).await;
        }
    }
}

#[tokio::test]
async fn r_be_24_there_is_one_administrator_role() {
    let platform = start().await;
    let second = role("Second", &[("rank", json!("Admin"))]);
    platform.refuses(("POST", "/Roles", second), (400, "invalidValue", "R-BE-24")).await;
    // A seed may hold a role without class and rank; it does not become one either.
    let bare = vec![json!({ "meta": { "resourceType": "Role" }, "displayName": "Bare" })];
    let platform = Platform::seeded("bullseye", Some(bare), &[]).await;
    let path = platform.find("/Roles", "Bare").await;
    let both = json!([
        { "op": "add", "path": "class", "value": "Account" },
        { "op": "add", "path": "rank", "value": "Admin" },
    ]);
    platform.refuses(("PATCH", &path, patch(&both)), (400, "invalidValue", "R-BE-24")).await;
    let both = json!([
        { "op": "add", "path": "class", "value": "Account" },
        { "op": "add", "path": "rank", "value": "User" },
    ]);
    platform.patch(&path, both).await.granted(200);
}

#[tokio::test]
async fn r_be_26_a_custom_role_may_be_a_location_admin() {
    let platform = start().await;
    let body = role("Dealer Lead", &[("class", json!("Location")), ("rank", json!("Admin"))]);
    platform.made("/Roles", &body).await;
}

#[tokio::test]
async fn r_be_36_a_user_gets_a_role_that_is_there() {
    let platform = start().await;
    platform.refuses(("POST", "/Users", user("ana@example.com", "no-such-role")), (400, "invalidValue", "")).await;
    let path = made(&platform, "Rep").await;
    platform.made("/Users", &user("ana@example.com", &path)).await;
    // A userName is an e-mail address here, and nobody else's.
    for wrong in ["ana", "ana@", "@example.com", "ana@example", "a na@example.com", "ana@@example.com"] {
        platform.refuses(("POST", "/Users", user(wrong, &path)), (400, "invalidValue", "")).await;
    }
    platform.refuses(("POST", "/Users", user("ANA@example.com", &path)), (409, "uniqueness", "")).await;
}

#[tokio::test]
async fn r_be_37_a_user_has_exactly_one_role() {
    let platform = start().await;
    let (r, s) = (made(&platform, "R").await, made(&platform, "S").await);
    let both = json!([{ "value": id(&r) }, { "value": id(&s) }]);
    let mut body = user("ana@example.com", &r);
    body["roles"] = both.clone();
    platform.refuses(("POST", "/Users", body.clone()), (400, "invalidValue", "R-BE-37")).await;
    body["roles"] = json!([]);
    platform.refuses(("POST", "/Users", body.clone()), (400, "invalidValue", "R-BE-37")).await;
    let ana = platform.made("/Users", &user("ana@example.com", &r)).await;
    platform.refuses(("PUT", &ana, body), (400, "invalidValue", "R-BE-37")).await;
    platform.refuses(("PATCH", &ana, replace("roles", &both)), (400, "invalidValue", "R-BE-37")).await;
    let added = patch(&json!([{ "op": "add", "path": "roles", "value": [{ "value": id(&s) }] }]));
    platform.refuses(("PATCH", &ana, added), (400, "invalidValue", "R-BE-37")).await;
    let removed = patch(&json!([{ "op": "remove", "path": "roles" }]));
    platform.refuses(("PATCH", &ana, removed), (400, "mutability", "R-BE-37")).await;
}

#[tokio::test]
async fn r_be_39_a_held_role_stays() {
    let platform = start().await;
    let (r, s) = (made(&platform, "R").await, made(&platform, "S").await);
    let ana = platform.made("/Users", &user("ana@example.com", &r)).await;
    platform.send("ada", "PATCH", &ana, &replace("active", &json!(false))).await.granted(200);
    platform.refuses(("DELETE", &r, Value::Null), (409, "", "R-BE-39")).await;
    platform.send("ada", "PATCH", &ana, &replace("roles", &json!([{ "value": id(&s) }]))).await.granted(200);
    platform.send("ada", "DELETE", &r, &Value::Null).await.granted(204);
}

#[tokio::test]
async fn r_be_40_the_administrator_role_is_never_deleted() {
    for platform in [start().await, unsubscribed().await] {
        let path = platform.find("/Roles", "Administrator").await;
        for who in ["ada", "sue"] {
            platform.refuses_to(who, ("DELETE", &path, Value::Null), (403, "", "R-BE-40")).await;
        }
        // Held or not.
        platform.made("/Users", &user("zoe@example.com", &path)).await;
        platform.refuses(("DELETE", &path, Value::Null), (403, "", "R-BE-40")).await;
    }
}
