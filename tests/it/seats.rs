//! Plans that go to the last seat, applied: the platform's own rule never refuses a step.
//!
//! The sandbox shares no rule with the planner and decides seat by seat. Every write that it was
//! asked for is in its audit, and none of them was refused.

use rolecall::diagnostic::Code;
use rolecall::platform::built_in;
use rolecall::sandbox::Tenant;
use serde_json::{Value, json};

use crate::responsive_requests::{AI_BUSINESS, AI_MEMBER, BUSINESS, MEMBER, SEVEN};
use crate::responsive_seats::to;
use crate::support::organization::{Organization, holder};
use crate::support::raw::{OK, operation, outcomes};

/// The role that people of a type have here.
fn role(user_type: &str) -> &'static str {
    SEVEN.iter().rev().find(|(_, _, of)| *of == user_type).expect("each type has a role").0
}

/// People `u0@example.com` and on, each with a type now and a type at the end.
type Moves = Vec<(&'static str, &'static str)>;

/// An organization with everybody where they are now, and as many seats as they take and these.
async fn organization(moves: &Moves, spare: &[(&str, u64)]) -> Organization {
    let seats = |user_type: &str| {
        let used = moves.iter().filter(|(from, _)| *from == user_type).count() as u64;
        let spare: u64 = spare.iter().filter(|(of, _)| *of == user_type).map(|(_, seats)| seats).sum();
        (user_type.to_owned(), Some(used + spare))
    };
    let licenses = [AI_BUSINESS, BUSINESS, AI_MEMBER, MEMBER].into_iter().map(seats).collect();
    let mut seed = Tenant { licenses, ..Tenant::default() }.seed(&built_in("responsive").expect("it is carried"));
    seed.extend(
        moves
            .iter()
            .enumerate()
            .map(|(user, (from, _))| holder(&name(user), &[role(from)], json!({ "active": true, "userType": from }))),
    );
    Organization::of("responsive", seed, "ada").await
}

fn name(user: usize) -> String {
    format!("u{user}@example.com")
}

fn files(moves: &Moves) -> String {
    let line = |(user, (_, to)): (usize, &(&str, &str))| format!("  {}: {}\n", name(user), role(to));
    format!("assignments:\n{}", moves.iter().enumerate().map(line).collect::<String>())
}

/// Applies the moves; every one of them is a write, and none is refused.
async fn check(moves: &Moves, spare: &[(&str, u64)], concurrency: usize) {
    let organization = organization(moves, spare).await;
    organization.apply_at(&files(moves), concurrency).await;
    let audit = organization.platform.running.audit().await.expect("the audit can be read");
    assert_eq!(audit.len(), moves.len());
    let refused: Vec<_> = audit.iter().filter(|entry| entry.status >= 300).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert!(organization.plan(&files(moves)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_with_a_seat_to_spare() {
    // rules.md §5, 1.
    for spare in [AI_MEMBER, MEMBER] {
        check(&vec![(AI_MEMBER, MEMBER), (MEMBER, AI_MEMBER)], &[(spare, 1)], 8).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_to_the_one_free_seat() {
    // rules.md §5, 2.
    check(&vec![(AI_MEMBER, MEMBER), (MEMBER, BUSINESS)], &[(BUSINESS, 1)], 8).await;
}

/// A thousand in a ring over three types, four of them across, and one seat to spare.
fn ring() -> Moves {
    let types = [AI_BUSINESS, AI_MEMBER, MEMBER];
    let mut moves: Moves = (0..996).map(|user| (types[user % 3], types[(user + 1) % 3])).collect();
    moves.extend([(MEMBER, AI_MEMBER), (AI_MEMBER, MEMBER), (AI_BUSINESS, MEMBER), (MEMBER, AI_BUSINESS)]);
    moves
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_round_a_ring_one_after_the_other() {
    check(&ring(), &[(AI_MEMBER, 1)], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_round_a_ring_with_eight_under_way() {
    check(&ring(), &[(AI_MEMBER, 1)], 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_round_a_ring_with_sixteen_under_way() {
    check(&ring(), &[(AI_MEMBER, 1)], 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_here_and_there_with_sixteen_under_way() {
    let moves = ring().into_iter().take(300).collect();
    check(&moves, &[(AI_BUSINESS, 2), (AI_MEMBER, 3), (MEMBER, 1)], 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_whoever_fits_strands_the_others_and_the_plan_does_not() {
    // PLANNING.md §4: free(C) = 1, moves D→C, B→C, C→B in file order.
    let (b, c, d) = (AI_MEMBER, BUSINESS, MEMBER);
    let moves = vec![(d, c), (b, c), (c, b)];
    let greedy = organization(&moves, &[(c, 1)]).await;
    let mut answers = Vec::new();
    for (user, (_, target)) in moves.iter().enumerate() {
        let path = greedy.platform.find("/Users", &name(user)).await;
        let body = to(&greedy.platform, target).await;
        answers.push(greedy.platform.send("ada", "PATCH", &path, &body).await.status);
    }
    assert_eq!(answers, [200, 409, 409]);
    check(&moves, &[(c, 1)], 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_keeps_a_full_type_goes_alone_and_in_no_bulk() {
    // PLANNING.md §4: C is full, one keeps it.
    let moves = vec![(BUSINESS, BUSINESS), (MEMBER, MEMBER)];
    let organization = organization(&moves, &[(MEMBER, 1)]).await;
    let platform = &organization.platform;
    let mut paths = Vec::new();
    for user in 0..moves.len() {
        paths.push(platform.find("/Users", &name(user)).await);
    }
    let same = [to(platform, BUSINESS).await, to(platform, MEMBER).await];
    let both: Vec<Value> = paths.iter().zip(&same).map(|(path, same)| operation("PATCH", path, same.clone())).collect();
    assert_eq!(outcomes(&platform.bulk("ada", both).await), [(409, "", "R-UT-27"), OK]);
    platform.send("ada", "PATCH", &paths[0], &same[0]).await.granted(200);
}

/// The files of two users who change places in full types, and who may be suspended.
fn swap_files() -> String {
    let line = |user: usize, to| format!("  {}: {{ role: {}, active: true }}\n", name(user), role(to));
    format!("assignments:\n{}{}", line(0, MEMBER), line(1, AI_MEMBER))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_of_full_types_goes_by_suspending_one() {
    let moves = vec![(AI_MEMBER, MEMBER), (MEMBER, AI_MEMBER)];
    let mut organization = organization(&moves, &[]).await;
    let refused = organization.plan(&swap_files()).await;
    assert!(refused.is_refused());
    let help =
        refused.findings.iter().find(|finding| finding.code == "no-seat").and_then(|finding| finding.help.clone());
    assert!(help.is_some_and(|help| help.contains("`--allow-suspend=1`, which shuts `u0@example.com` out")));
    organization.policy.allow.insert(Code::Suspend, 1);
    organization.apply_at(&swap_files(), 8).await;
    let audit = organization.platform.running.audit().await.expect("the audit can be read");
    let statuses: Vec<_> = audit.iter().map(|entry| entry.status < 300).collect();
    assert_eq!(statuses, [true, true, true]);
    assert!(organization.plan(&swap_files()).await.is_empty());
}

/// A run that ended after the first step left one user out of the account. Users carry no mark; the
/// files bring them back, and nobody has to be suspended again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_that_ended_after_the_suspension_is_completed_without_another() {
    let moves = vec![(AI_MEMBER, MEMBER), (MEMBER, AI_MEMBER)];
    let organization = organization(&moves, &[]).await;
    let path = organization.platform.find("/Users", &name(0)).await;
    let out = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    organization.platform.send("ada", "PATCH", &path, &out).await.granted(200);
    organization.apply_at(&swap_files(), 8).await;
    let audit = organization.platform.running.audit().await.expect("the audit can be read");
    assert!(audit.len() == 3 && audit.iter().all(|entry| entry.status < 300), "{audit:?}");
    assert!(organization.plan(&swap_files()).await.is_empty());
}
