//! Seats on Responsive, as the platform counts them: the raw request, and what it leaves.
//!
//! The other rules are in `responsive_requests`.
//!
//! | rule | test |
//! |---|---|
//! | R-UT-2 | `r_ut_8_one_active_user_takes_one_seat_of_the_type` |
//! | R-UT-8 | `r_ut_8_one_active_user_takes_one_seat_of_the_type` |
//! | R-UT-11 | `r_ut_11_another_role_of_the_same_type_moves_no_seat` |
//! | R-UT-18 | `r_ut_8_one_active_user_takes_one_seat_of_the_type` |
//! | R-UT-26 | `r_ut_26_a_type_that_is_full_takes_nobody` |
//! | R-UT-27 | `r_ut_27_a_bulk_request_reaches_no_seat_that_its_users_hold` |
//! | R-UT-28 | `r_ut_28_a_single_request_reuses_the_seat_of_its_user` |

use serde_json::{Value, json};

use crate::responsive_requests::{
    AI_BUSINESS, AI_MEMBER, BUSINESS, MEMBER, SEVEN, one_person, role_of, start, user, with_seats,
};
use crate::support::raw::{OK, Platform, bulk, id, operation, outcomes, patch, replace};

const HELD: (u16, &str, &str) = (409, "", "R-UT-27");

/// People `u0@example.com` and on, each with a type and its role; their paths.
async fn people(platform: &Platform, types: &[&str]) -> Vec<String> {
    let mut paths = Vec::new();
    for (n, user_type) in types.iter().enumerate() {
        paths.push(one_person(platform, &format!("u{n}@example.com"), user_type).await);
    }
    paths
}

/// One request's body that gives a user another type and its role.
pub async fn to(platform: &Platform, user_type: &str) -> Value {
    let role = role_of(platform, user_type).await;
    patch(&json!([
        { "op": "replace", "path": "roles", "value": [{ "value": id(&role) }] },
        { "op": "replace", "path": "userType", "value": user_type },
    ]))
}

/// How many seats of each type are taken.
async fn used(platform: &Platform) -> Vec<i64> {
    let list = platform.get("/UserTypes").await;
    let used = |name: &&str| {
        let found = list["Resources"].as_array().expect("a list").iter().find(|of| of["displayName"] == *name);
        found.and_then(|of| of["totalAssignmentsUsed"].as_i64()).expect("it is counted")
    };
    [AI_BUSINESS, BUSINESS, AI_MEMBER, MEMBER].iter().map(used).collect()
}

#[tokio::test]
async fn r_ut_8_one_active_user_takes_one_seat_of_the_type() {
    let platform = start().await;
    assert_eq!(used(&platform).await, [0, 0, 0, 0]);
    let paths = people(&platform, &[AI_BUSINESS, MEMBER, MEMBER]).await;
    assert_eq!(used(&platform).await, [1, 0, 0, 2]);
    platform.send("ada", "PATCH", &paths[1], &replace("active", &json!(false))).await.granted(200);
    assert_eq!(used(&platform).await, [1, 0, 0, 1]);
    platform.send("ada", "PATCH", &paths[2], &to(&platform, AI_MEMBER).await).await.granted(200);
    assert_eq!(used(&platform).await, [1, 0, 1, 0]);
    platform.send("ada", "DELETE", &paths[0], &Value::Null).await.granted(204);
    assert_eq!(used(&platform).await, [0, 0, 1, 0]);
}

#[tokio::test]
async fn r_ut_11_another_role_of_the_same_type_moves_no_seat() {
    let platform = with_seats(&[(MEMBER, 1)]).await;
    let ana = people(&platform, &[MEMBER]).await.remove(0);
    let other = platform.find("/Roles", SEVEN[3].0).await;
    platform.send("ada", "PATCH", &ana, &replace("roles", &json!([{ "value": id(&other) }]))).await.granted(200);
    assert_eq!(used(&platform).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn r_ut_26_a_type_that_is_full_takes_nobody() {
    let platform = with_seats(&[(AI_BUSINESS, 1), (MEMBER, 2)]).await;
    let paths = people(&platform, &[AI_BUSINESS, MEMBER, MEMBER]).await;
    let full = (409, "", "R-UT-26");
    let body = user("new@example.com", &role_of(&platform, AI_BUSINESS).await, AI_BUSINESS);
    platform.refuses(("POST", "/Users", body), full).await;
    platform.refuses(("PATCH", &paths[1], to(&platform, AI_BUSINESS).await), full).await;
    // Swapping two full types needs a seat that neither has (rules.md §5, 1).
    platform.refuses(("PATCH", &paths[0], to(&platform, MEMBER).await), full).await;
    platform.send("ada", "PATCH", &paths[0], &replace("active", &json!(false))).await.granted(200);
    platform.send("ada", "PATCH", &paths[1], &to(&platform, AI_BUSINESS).await).await.granted(200);
    platform.refuses(("PATCH", &paths[0], replace("active", &json!(true))), full).await;
    // Inactive users change their type without a seat, and need one to come back.
    platform.send("ada", "PATCH", &paths[0], &to(&platform, MEMBER).await).await.granted(200);
    platform.send("ada", "PATCH", &paths[0], &replace("active", &json!(true))).await.granted(200);
    assert_eq!(used(&platform).await, [1, 0, 0, 2]);
}

#[tokio::test]
async fn r_ut_27_a_bulk_request_reaches_no_seat_that_its_users_hold() {
    // The type is full and both users keep it: together neither has a seat, alone each has.
    let platform = with_seats(&[(MEMBER, 2)]).await;
    let paths = people(&platform, &[MEMBER, MEMBER]).await;
    let other = platform.find("/Roles", SEVEN[3].0).await;
    let keep = replace("roles", &json!([{ "value": id(&other) }]));
    let both: Vec<Value> = paths.iter().map(|path| operation("PATCH", path, keep.clone())).collect();
    let before = platform.state().await;
    assert_eq!(outcomes(&platform.bulk("ada", both.clone()).await), [HELD, HELD]);
    // Not even saying what is there already.
    let same = to(&platform, MEMBER).await;
    let still: Vec<Value> = paths.iter().map(|path| operation("PATCH", path, same.clone())).collect();
    assert_eq!(outcomes(&platform.bulk("ada", still).await), [HELD, HELD]);
    assert_eq!(platform.state().await, before);
    assert_eq!(outcomes(&platform.bulk("ada", both[..1].to_vec()).await), [OK]);
    platform.send("ada", "PATCH", &paths[1], &keep).await.granted(200);
    // One who keeps a full type is refused beside anybody, who is not.
    let elsewhere = one_person(&platform, "elsewhere@example.com", AI_MEMBER).await;
    let mixed = vec![
        operation("PATCH", &elsewhere, replace("active", &json!(true))),
        operation("PATCH", &paths[0], same.clone()),
    ];
    assert_eq!(outcomes(&platform.bulk("ada", mixed).await), [OK, HELD]);
    platform.send("ada", "PATCH", &paths[0], &same).await.granted(200);

    // A swap is refused whichever way it is written, and a seat that one gives up is none for the
    // other (B13); with a spare seat of each it is done.
    for (seats, expected) in [(1, [HELD, HELD]), (2, [OK, OK])] {
        let platform = with_seats(&[(AI_MEMBER, seats), (MEMBER, seats)]).await;
        let paths = people(&platform, &[AI_MEMBER, MEMBER]).await;
        let swap = vec![
            operation("PATCH", &paths[0], to(&platform, MEMBER).await),
            operation("PATCH", &paths[1], to(&platform, AI_MEMBER).await),
        ];
        assert_eq!(outcomes(&platform.bulk("ada", swap).await), expected);
    }

    // What one request releases is free for the next (B9), and inactive users reserve nothing.
    let platform = with_seats(&[(AI_MEMBER, 1)]).await;
    let paths = people(&platform, &[AI_MEMBER, MEMBER, MEMBER]).await;
    let idle = patch(&json!([{ "op": "replace", "value": { "active": false } }]));
    let leave_and_enter = vec![
        operation("PATCH", &paths[0], to(&platform, MEMBER).await),
        operation("PATCH", &paths[1], to(&platform, AI_MEMBER).await),
        operation("PATCH", &paths[2], idle),
    ];
    assert_eq!(outcomes(&platform.bulk("ada", leave_and_enter).await), [OK, HELD, OK]);
    let enter = to(&platform, AI_MEMBER).await;
    let enter = vec![operation("PATCH", &paths[2], enter.clone()), operation("PATCH", &paths[1], enter)];
    assert_eq!(outcomes(&platform.bulk("ada", enter).await), [OK, OK]);
    assert_eq!(used(&platform).await, [0, 0, 1, 1]);

    // One seat for two newcomers; an operation that is refused uses none, and neither do names and
    // deletions, which decide no seat.
    let platform = with_seats(&[(AI_MEMBER, 2)]).await;
    let paths = people(&platform, &[AI_MEMBER, MEMBER]).await;
    let role = role_of(&platform, AI_MEMBER).await;
    let add = |name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name, &role, AI_MEMBER) });
    let operations = vec![
        operation("PATCH", &paths[0], replace("displayName", &json!("Ana"))),
        operation("DELETE", &paths[0], Value::Null),
        add("nobody"),
        add("bo@example.com"),
        add("cy@example.com"),
    ];
    let expected = [OK, (204, "", ""), (400, "invalidValue", "R-UT-16"), (201, "", ""), HELD];
    assert_eq!(outcomes(&platform.bulk("ada", operations).await), expected);
    assert_eq!(used(&platform).await, [0, 0, 1, 1]);
    // A request whose users stay as they are in this decides nothing.
    let names: Vec<Value> =
        [&paths[1], &paths[1]].map(|path| operation("PATCH", path, replace("displayName", &json!("B")))).to_vec();
    assert_eq!(outcomes(&platform.bulk("ada", names).await), [OK, OK]);
    let refused = platform.send("vic", "POST", "/Bulk", &bulk(Vec::new())).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn r_ut_28_a_single_request_reuses_the_seat_of_its_user() {
    let platform = with_seats(&[(AI_BUSINESS, 1), (MEMBER, 1)]).await;
    let paths = people(&platform, &[AI_BUSINESS, MEMBER]).await;
    // Everything but the type: the seat is the user's own.
    let manager = platform.find("/Roles", SEVEN[0].0).await;
    platform.send("ada", "PATCH", &paths[0], &replace("roles", &json!([{ "value": id(&manager) }]))).await.granted(200);
    let whole = user("u1@example.com", &role_of(&platform, MEMBER).await, MEMBER);
    platform.send("ada", "PUT", &paths[1], &whole).await.granted(200);
    // Another type is another seat.
    platform.refuses(("PATCH", &paths[1], to(&platform, AI_BUSINESS).await), (409, "", "R-UT-26")).await;
    platform.send("ada", "PATCH", &paths[1], &to(&platform, BUSINESS).await).await.granted(200);
}
