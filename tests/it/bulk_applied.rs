//! Plans that are applied with several steps in one request: what is sent together, and what is not.

use std::fmt::Write;

use rolecall::apply::{Outcome, Report};
use serde_json::json;

use crate::responsive_requests::{AI_BUSINESS, AI_MEMBER, BUSINESS, MEMBER};
use crate::support::organization::{Organization, holder, seeded};
use crate::support::proxy::{Act, Proxy};

/// The writes that were asked for, and those that were refused.
async fn audit(organization: &Organization) -> (usize, usize) {
    let audit = organization.platform.running.audit().await.expect("it can be read");
    (audit.len(), audit.iter().filter(|entry| entry.status >= 300).count())
}

/// Nothing is left to do.
async fn is_done(organization: &Organization, files: &str) {
    let left = organization.plan(files).await;
    assert!(left.is_empty(), "{:#?}", left.changes);
}

fn people(count: usize, role: &str) -> String {
    (0..count).fold(String::new(), |mut people, n| {
        writeln!(people, "  p{n}@example.com: {role}").expect("a text takes all");
        people
    })
}

#[tokio::test]
async fn two_hundred_people_are_a_few_requests() {
    let organization = Organization::of("open", Vec::new(), "ada").await;
    let files = format!("roles: {{ Clerk: {{}} }}\nassignments:\n{}", people(200, "Clerk"));
    let report = organization.apply_together(&files, &organization.platform.running.url(), 8).await;
    assert!(report.succeeded(), "{:#?}", report.outcomes);
    assert_eq!(report.writes, 1 + 2, "the role, and a hundred people in each request");
    assert_eq!(audit(&organization).await, (201, 0));
    is_done(&organization, &files).await;
    // What a handful of requests at once does as quickly is not put together.
    let more = format!("{files}{}", "  x0@example.com: Clerk\n  x1@example.com: Clerk\n");
    assert_eq!(organization.apply_together(&more, &organization.platform.running.url(), 8).await.writes, 2);
}

/// Fifty roles that shall all serve other segments, and one that shall grant something else too.
fn roles(segment: &str, action: &str) -> String {
    let mut files = "roles:\n".to_owned();
    for n in 0..50 {
        let _ = writeln!(files, "  R{n}: {{ classifications: [Sales], segments: [{segment}] }}");
    }
    let _ = writeln!(
        files,
        "  More: {{ classifications: [Sales], segments: [{segment}], permissions: {{ journeys: [{action}] }} }}"
    );
    files
}

/// R-TE-23, R-TE-26.
#[tokio::test]
async fn only_support_changes_many_roles_of_total_expert_at_once() {
    for (who, writes) in [("sue", 2), ("ada", 51)] {
        let segment = |name: &str| seeded("Segment", name, json!({ "enabled": true }));
        let seed = vec![segment("Retail Mortgage"), segment("Wholesale")];
        let mut organization = Organization::of("total-expert", seed, who).await;
        organization.policy.acknowledgement = Some("agreed".to_owned());
        let url = organization.platform.running.url();
        let first = organization.apply_together(&roles("Retail Mortgage", "view"), &url, 8).await;
        assert!(first.succeeded(), "{:#?}", first.outcomes);
        assert_eq!(first.writes, 51, "roles are made one by one");
        let files = roles("Wholesale", "create");
        let report = organization.apply_together(&files, &url, 8).await;
        assert!(report.succeeded(), "{:#?}", report.outcomes);
        assert_eq!(report.writes, writes, "{who}");
        assert_eq!(audit(&organization).await, (102, 0), "{who}");
        is_done(&organization, &files).await;
    }
}

/// The role of each type that these tests give.
fn role_of(user_type: &str) -> &'static str {
    match user_type {
        AI_BUSINESS => "Manager (AI enabled)",
        BUSINESS => "Manager (AI not enabled)",
        AI_MEMBER => "Team member (AI enabled)",
        _ => "Team member (AI not enabled)",
    }
}

/// An organization with so many seats, and people who hold these types.
async fn company(licenses: &[(&str, u64)], people: &[(&str, &str)]) -> Organization {
    let pack = rolecall::platform::built_in("responsive").expect("it is carried");
    let licenses = licenses.iter().map(|(name, seats)| ((*name).to_owned(), Some(*seats))).collect();
    let mut seed = rolecall::sandbox::Tenant { licenses, ..Default::default() }.seed(&pack);
    for (name, user_type) in people {
        let role = role_of(user_type);
        seed.push(holder(&format!("{name}@example.com"), &[role], json!({ "userType": user_type, "active": true })));
    }
    Organization::of("responsive", seed, "ada").await
}

fn assigned(people: &[(&str, &str)]) -> String {
    people.iter().fold("assignments:\n".to_owned(), |mut files, (name, role)| {
        writeln!(files, "  {name}@example.com: {role}").expect("a text takes all");
        files
    })
}

/// Movers from one endless type to another: enough that there is a request for several.
const MOVERS: [&str; 4] = ["m1", "m2", "m3", "m4"];

fn with_movers<'a>(people: &[(&'a str, &'a str)], what: &'a str) -> Vec<(&'a str, &'a str)> {
    people.iter().copied().chain(MOVERS.map(|name| (name, what))).collect()
}

/// PLANNING.md §4, the first witness; R-UT-27, R-UT-28.
#[tokio::test]
async fn a_user_who_keeps_a_full_type_goes_alone() {
    for (seats, writes) in [(1, 2), (2, 1)] {
        let before = with_movers(&[("k", MEMBER)], AI_BUSINESS);
        let organization = company(&[(MEMBER, seats)], &before).await;
        let files = assigned(&with_movers(&[("k", "Project requestor")], role_of(AI_MEMBER)));
        let report = organization.apply_together(&files, &organization.platform.running.url(), 1).await;
        assert!(report.succeeded(), "{:#?}", report.outcomes);
        assert_eq!(report.writes, writes, "with {seats} seats");
        assert_eq!(audit(&organization).await, (5, 0));
        is_done(&organization, &files).await;
    }
}

/// PLANNING.md §4, the second witness: who takes what fits spends the seat that the others need.
#[tokio::test]
async fn a_request_takes_no_seat_that_others_need() {
    let before = with_movers(&[("d", AI_MEMBER), ("b", BUSINESS), ("c", MEMBER)], AI_BUSINESS);
    let organization = company(&[(MEMBER, 2), (BUSINESS, 1)], &before).await;
    let after = [("d", role_of(MEMBER)), ("b", role_of(MEMBER)), ("c", role_of(BUSINESS))];
    let files = assigned(&with_movers(&after, role_of(AI_MEMBER)));
    let report = organization.apply_together(&files, &organization.platform.running.url(), 1).await;
    assert!(report.succeeded(), "{:#?}", report.outcomes);
    assert_eq!(audit(&organization).await, (7, 0));
    assert!(report.writes < 7, "{} requests", report.writes);
    is_done(&organization, &files).await;
}

/// What can happen to a bulk request, and whether its steps are known to be done or not after it.
fn faults() -> Vec<(&'static str, Vec<Act>, bool)> {
    use Act::{Cut, Drop, Forward, Truncate};
    vec![
        ("dropped after", vec![Forward, Drop], true),
        ("truncated", vec![Forward, Truncate], true),
        ("cut after", vec![Forward, Cut], true),
        ("502 after", vec![Forward, Act::status(502, "")], true),
        ("503 after", vec![Forward, Act::status(503, "retry-after: 0\r\n")], true),
        ("HTML after", vec![Forward, Act::html(200)], true),
        ("429", vec![Act::status(429, "retry-after: 0\r\n")], true),
        ("503", vec![Act::status(503, "retry-after: 0\r\n")], true),
        ("500", vec![Act::status(500, "")], true),
        ("404", vec![Act::status(404, "")], true),
        ("413", vec![Act::status(413, "")], true),
        ("501", vec![Act::status(501, "")], true),
        ("dropped", vec![Drop], false),
        ("502", vec![Act::status(502, "")], false),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_a_request_nothing_is_made_twice() {
    for (name, acts, is_known) in faults() {
        let organization = Organization::of("open", Vec::new(), "ada").await;
        let old = format!("roles: {{ Clerk: {{}}, Boss: {{}} }}\nassignments:\n{}", people(12, "Clerk"));
        organization.apply(&old).await;
        let more = "  x0@example.com: Clerk\n  x1@example.com: Clerk\n  x2@example.com: Clerk\n";
        let files = format!("roles: {{ Clerk: {{}}, Boss: {{}} }}\nassignments:\n{}{more}", people(12, "Boss"));
        let hit = std::sync::atomic::AtomicBool::new(false);
        let proxy = Proxy::before(&organization.platform.running.url(), move |asked| {
            let is_first = asked.path.ends_with("/Bulk") && !hit.swap(true, std::sync::atomic::Ordering::SeqCst);
            is_first.then(|| acts.clone())
        });
        let report = Box::pin(organization.apply_together(&files, &proxy.url, 4)).await;
        proxy.settle();
        assert!(proxy.asked().iter().any(|asked| asked.path.ends_with("/Bulk")), "{name}");
        assert_eq!(report.succeeded(), is_known, "{name}: {:#?}", report.outcomes);
        is_told(name, &report);
        let again = Box::pin(organization.apply_together(&files, &proxy.url, 4)).await;
        assert!(again.succeeded(), "{name}, again: {:#?}", again.outcomes);
        is_done(&organization, &files).await;
        let audit = organization.platform.running.audit().await.expect("it can be read");
        let done = |method: &str| audit.iter().filter(|entry| entry.method == method && entry.status < 300).count();
        assert_eq!((done("POST"), done("PATCH")), (2 + 12 + 3, 12), "{name}: {audit:#?}");
    }
}

/// A create of which nobody knows is told as that; nothing else is left open.
fn is_told(name: &str, report: &Report) {
    for (_, address, outcome) in &report.outcomes {
        let is_new = address.to_string().starts_with("user/x");
        let is_right = outcome.is_success() || is_new && matches!(outcome, Outcome::Unknown { .. });
        assert!(is_right, "{name}: {address}: {outcome:?}");
    }
}
