//! Who manages whom on Bullseye (R-BE-16 to R-BE-21), as the platform holds it: the caller is a user
//! of the organization, and the role of that user decides.
//!
//! The table of all rules is in `bullseye_requests`.

use serde_json::{Value, json};

use crate::support::raw::{Platform, grants, id, replace, user};

/// What the tests' people are called: each holds one of the default roles, or none.
const ADMINISTRATOR: &str = "amy@example.com";
const ACCOUNT_USER: &str = "abe@example.com";
const LOCATION_ADMIN: &str = "lea@example.com";
const LOCATION_USER: &str = "lou@example.com";

/// An organization whose people are called like credentials.
async fn with_people() -> Platform {
    let user = |name: &str, role: &str| json!({ "meta": { "resourceType": "User" }, "userName": name, "roles": [{ "display": role }] });
    let seed = vec![
        user(ADMINISTRATOR, "Administrator"),
        user(ACCOUNT_USER, "Account User"),
        user(LOCATION_ADMIN, "Location Admin"),
        user(LOCATION_USER, "Location User"),
        user("target.account@example.com", "Account User"),
        user("target.location@example.com", "Location User"),
    ];
    Platform::seeded("bullseye", Some(seed), &[ADMINISTRATOR, ACCOUNT_USER, LOCATION_ADMIN, LOCATION_USER]).await
}

/// Every way to manage a user: creating one with a role, changing, moving and deleting one.
async fn managing(platform: &Platform, target: &str, role: &str) -> Vec<(&'static str, String, Value)> {
    let path = platform.find("/Users", target).await;
    vec![
        ("POST", "/Users".to_owned(), user("new@example.com", role)),
        ("PATCH", path.clone(), replace("displayName", &json!("Other"))),
        ("PATCH", path.clone(), replace("active", &json!(false))),
        (
            "PUT",
            path.clone(),
            user(target, role)
                .as_object()
                .map(|body| {
                    let mut body = body.clone();
                    body.insert("displayName".to_owned(), json!("Whole"));
                    Value::Object(body)
                })
                .expect("an object"),
        ),
        ("DELETE", path, Value::Null),
    ]
}

/// Status, `scimType` and rule of a refusal.
type Refused = (u16, &'static str, &'static str);

/// Who is refused, by which rule, and who is not.
async fn check_managing(who: &str, account: Option<Refused>, location: Option<Refused>) {
    for (target, role, refused) in [
        ("target.account@example.com", "Account User", account),
        ("target.location@example.com", "Location User", location),
    ] {
        let platform = with_people().await;
        let role = platform.find("/Roles", role).await;
        for (method, path, body) in managing(&platform, target, &role).await {
            match refused {
                Some(refused) => platform.refuses_to(who, (method, &path, body), refused).await,
                None => assert!(platform.send(who, method, &path, &body).await.status < 300, "{who}: {method} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn r_be_17_managing_needs_the_permission() {
    // Location admins manage locations' users, and not those of the account.
    check_managing(LOCATION_ADMIN, Some((403, "", "R-BE-17")), None).await;
    // Without anything of `users` the rank alone is nothing.
    for (who, role) in [(LOCATION_ADMIN, "Location Admin"), (ACCOUNT_USER, "Account User")] {
        let platform = with_people().await;
        let path = platform.find("/Roles", role).await;
        platform.send("ada", "PATCH", &path, &replace("grants", &grants(&["leads.view"]))).await.granted(200);
        let staff = platform.find("/Roles", "Location User").await;
        for (method, path, body) in managing(&platform, "target.location@example.com", &staff).await {
            platform.refuses_to(who, (method, &path, body), (403, "", "R-BE-17")).await;
        }
    }
    // A credential that is nobody of the organization is bound by its authority alone.
    check_managing("ada", None, None).await;
}

#[tokio::test]
async fn r_be_19_account_users_manage_location_users_and_nobody_else() {
    check_managing(ACCOUNT_USER, Some((403, "", "R-BE-19")), None).await;
    // Nor do they move anybody over the line.
    let platform = with_people().await;
    let (account, location) =
        (platform.find("/Roles", "Account User").await, platform.find("/Roles", "Location Admin").await);
    let target = platform.find("/Users", "target.location@example.com").await;
    let moved = |role: &str| replace("roles", &json!([{ "value": id(role) }]));
    platform.refuses_to(ACCOUNT_USER, ("PATCH", &target, moved(&account)), (403, "", "R-BE-19")).await;
    platform.send(ACCOUNT_USER, "PATCH", &target, &moved(&location)).await.granted(200);
    let own = platform.find("/Users", ACCOUNT_USER).await;
    platform.refuses_to(ACCOUNT_USER, ("PATCH", &own, moved(&location)), (403, "", "R-BE-19")).await;
}

#[tokio::test]
async fn r_be_20_location_users_manage_nobody() {
    check_managing(LOCATION_USER, Some((403, "", "R-BE-20")), Some((403, "", "R-BE-20"))).await;
}

#[tokio::test]
async fn r_be_21_administrators_manage_both_classes() {
    check_managing(ADMINISTRATOR, None, None).await;
}
