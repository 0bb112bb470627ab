//! States that a platform calls impossible, on a real target: the plan names the object, applying it
//! puts right what the platform allows, and says where it does not.

use rolecall::diagnostic::Code;
use serde_json::{Value, json};

use crate::support::organization::{Organization, holder, said, seeded};
use crate::support::raw::grants;

fn role(name: &str, mut attributes: Value) -> Value {
    attributes["grants"] = grants(&["content.create"]);
    seeded("Role", name, attributes)
}

/// R-UT-1, R-UT-4, R-UT-5, R-UT-9: a fifth user type, a role of it, one of none, a user with two
/// roles, one with none and one of another type than the role's. R-UT-30 forbids that a role is put
/// right, so it is replaced, once somebody has said so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_responsive_calls_impossible_is_named_and_put_right() {
    let types = ["AI business user", "Non-AI business user", "AI member user", "Non-AI member user", "Guest user"];
    let mut seed: Vec<Value> = types.iter().map(|name| seeded("UserType", name, json!({}))).collect();
    seed.extend([
        role("Writer", json!({ "userType": "Non-AI member user" })),
        role("Visitor", json!({ "userType": "Guest user" })),
        role("Bare", json!({})),
        holder("ana@example.com", &["Writer", "Visitor"], json!({ "userType": "Non-AI member user" })),
        holder("bo@example.com", &["Writer"], json!({ "userType": "AI member user" })),
        holder("cy@example.com", &["Visitor"], json!({ "userType": "Guest user" })),
        holder("di@example.com", &[], json!({ "userType": "Non-AI member user" })),
    ]);
    let mut organization = Organization::of("responsive", seed, "ada").await;
    let files = "\
roles:
  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }
  Visitor: { user_type: Non-AI member user, permissions: { content: [create] } }
  Bare: { user_type: Non-AI member user, permissions: { content: [create] } }
assignments:
  ana@example.com: Writer
  bo@example.com: Writer
  cy@example.com: Visitor
  di@example.com: Bare
";
    let plan = organization.plan(files).await;
    insta::assert_snapshot!(said(&plan).join("\n"), @"
    replace R-UT-30 `role/Bare` would be replaced by a new role, because `user_type` cannot change; 0 holders
    replace R-UT-30 `role/Visitor` would be replaced by a new role, because `user_type` cannot change; 2 holders
    several-roles R-UT-1 live users with no role get the one that the files give: `di@example.com`
    several-roles R-UT-1 live users with several roles get the one that the files give: `ana@example.com`
    impossible-live R-UT-9 the target holds a user-type that the platform does not have: `Guest user`
    impossible-live R-UT-9 the target holds roles with the user type `Guest user`, which the platform does not have: `Visitor`
    impossible-live R-UT-5 the target holds roles without `user_type`, which every role has: `Bare`
    impossible-live R-UT-4 the target holds users whose user type is not that of their role: `bo@example.com`
    ");
    assert!(plan.is_refused());
    organization.policy.allow.insert(Code::Replace, 2);
    organization.apply(files).await;
    let plan = organization.plan(files).await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    // What the vendor alone decides is still there.
    insta::assert_snapshot!(said(&plan).join("\n"), @"impossible-live R-UT-9 the target holds a user-type that the platform does not have: `Guest user`");
}

/// R-BE-13, R-BE-14, R-BE-16, R-BE-24, R-BE-37: roles without class or rank, or with one that there
/// is not, a second administrator role, users with two roles and with none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_bullseye_calls_impossible_is_named_and_put_right() {
    let built_in =
        json!({ "builtIn": "administrator", "class": "Account", "rank": "Admin", "grants": grants(&["users.view"]) });
    let seed = vec![
        seeded("Role", "Administrator", built_in),
        seeded("Role", "Rep", json!({ "rank": "User" })),
        seeded("Role", "Clerk", json!({ "class": "Account" })),
        seeded("Role", "Chief", json!({ "class": "Account", "rank": "Admin" })),
        seeded("Role", "Dealer", json!({ "class": "Region", "rank": "User" })),
        holder("ana@example.com", &["Rep", "Clerk"], json!({})),
        holder("bo@example.com", &[], json!({})),
        holder("cy@example.com", &["Dealer"], json!({})),
        holder("di@example.com", &["Chief"], json!({})),
    ];
    let mut organization = Organization::of("bullseye", seed, "ada").await;
    let files = "\
roles:
  Rep: { class: Account, rank: User }
  Clerk: { class: Account, rank: User }
  Dealer: { class: Location, rank: User }
assignments:
  ana@example.com: Rep
  bo@example.com: Clerk
  cy@example.com: Dealer
  di@example.com: Rep
removed: { roles: { Chief: { reassign_to: Rep } } }
";
    let plan = organization.plan(files).await;
    insta::assert_snapshot!(said(&plan).join("\n"), @"
    needs-word R-BE-39 1 holder of `Dealer` would get a new role that differs in class
    replace R-BE-15 `role/Dealer` would be replaced by a new role, because `class` cannot change; 1 holder
    several-roles R-BE-37 live users with no role get the one that the files give: `bo@example.com`
    several-roles R-BE-37 live users with several roles get the one that the files give: `ana@example.com`
    impossible-live R-BE-24 the target holds roles with class Account and rank Admin, which only one built-in role has: `Chief`
    impossible-live R-BE-13 the target holds roles with the class `Region`, which the platform does not have: `Dealer`
    impossible-live R-BE-14 the target holds roles without `class`, which every role has: `Rep`
    impossible-live R-BE-16 the target holds roles without `rank`, which every role has: `Clerk`
    ");
    assert!(plan.is_refused());
    organization.policy.allow.insert(Code::Replace, 1);
    organization.policy.acknowledgement = Some("agreed".to_owned());
    organization.apply(files).await;
    let plan = organization.plan(files).await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(said(&plan), [""; 0]);
}

/// R-BE-24: a second administrator role cannot become another one in place, nor be replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_bullseye_forbids_to_put_it_right_the_plan_says_so() {
    let seed = vec![seeded("Role", "Chief", json!({ "class": "Account", "rank": "Admin" }))];
    let organization = Organization::of("bullseye", seed, "ada").await;
    let plan = organization.plan("roles:\n  Chief: { class: Account, rank: User }\n").await;
    assert!(plan.is_refused());
    insta::assert_snapshot!(said(&plan).join("\n"), @"
    not-replaceable R-BE-22 `rank` of `role/Chief` cannot change, and the role cannot be replaced: there is only one role with Account and Admin, and no other can be made
    impossible-live R-BE-24 the target holds roles with class Account and rank Admin, which only one built-in role has: `Chief`
    ");
}

/// R-TE-6, R-TE-13, R-TE-14: roles without a classification, and with ones that there are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_total_expert_calls_impossible_is_named_and_put_right() {
    let seed = vec![
        seeded("Segment", "Insurance", json!({ "enabled": true })),
        seeded("Role", "Officer", json!({ "segments": ["Insurance"] })),
        seeded("Role", "Clerk", json!({ "classifications": ["Janitor", "Sales"], "segments": ["Insurance"] })),
        seeded("Role", "Lender", json!({ "classifications": ["Sales"], "segments": ["Leasing"] })),
        holder("ana@example.com", &["Officer", "Clerk"], json!({})),
        holder("bo@example.com", &[], json!({})),
    ];
    let organization = Organization::of("total-expert", seed, "ada").await;
    let files = "\
roles:
  Officer: { classifications: [Support], segments: [Insurance] }
  Clerk: { classifications: [Sales], segments: [Insurance] }
  Lender: { classifications: [Sales], segments: [Insurance] }
assignments:
  ana@example.com: Officer
  bo@example.com: Clerk
";
    let plan = organization.plan(files).await;
    insta::assert_snapshot!(said(&plan).join("\n"), @"
    several-roles - live users with no role get the one that the files give: `bo@example.com`
    several-roles - live users with several roles get the one that the files give: `ana@example.com`
    impossible-live R-TE-13 the target holds roles with the classifications `Janitor`, which the platform does not have: `Clerk`
    impossible-live R-TE-14 the target holds roles with the segments `Leasing`, which the platform does not have: `Lender`
    impossible-live R-TE-6 the target holds roles without `classifications`, which every role has: `Officer`
    ");
    organization.apply(files).await;
    let plan = organization.plan(files).await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(said(&plan), [""; 0]);
}
