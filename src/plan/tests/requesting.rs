//! Plans of bulk requests: how their changes are sent, what is not asked of them, and what the digests
//! say of the request (R-TE-23).

use super::{many, reading, text};
use crate::diagnostic::{Code, Severity};
use crate::plan::{Finding, Plan, Policy, Requested, plan, verify, without_consent};
use crate::platform::{Pack, built_in};
use crate::state::{Bulk, Live};

fn total_expert() -> Pack {
    built_in("total-expert").expect("the pack is built in")
}

fn request(rows: u64) -> Requested {
    Requested { ticket: Some("T-7".into()), requested_by: Some("Cora".into()), rows, file: "ab".repeat(32) }
}

/// Forty roles that serve one segment, before a credential of this authority.
fn live(authority: &str, most: u64) -> Live {
    let roles = many(40, |at| format!("role R{at} segments=Insurance classifications=Sales permissions=loans.view"));
    let mut live = reading::live(&format!("caller ci {authority}\nsegment Insurance\nsegment Wholesale\n{roles}"));
    live.capabilities.bulk = (most > 0).then_some(Bulk { max_operations: most, max_payload_bytes: 1 << 20 });
    live
}

/// Of so many of them the other segment is requested.
fn requested(count: usize, live: &Live, policy: &Policy) -> Plan {
    let rows = many(count, |at| format!("role R{at} segments=Wholesale classifications=Sales"));
    plan(&reading::desired(&rows).0, live, &total_expert(), policy)
}

fn of(rows: u64) -> Policy {
    Policy { request: Some(request(rows)), ..Policy::default() }
}

fn told(plan: &Plan) -> Vec<String> {
    let line = |Finding { code, severity, rule, message, allowed, .. }: &Finding| {
        let rule = rule.as_deref().unwrap_or("-");
        format!("{severity:?} {code} {rule} {message}{}", if *allowed { ": allowed" } else { "" })
    };
    plan.findings.iter().map(line).collect()
}

#[test]
fn r_te_23_several_roles_go_together_by_support_and_one_by_one_by_consent() {
    #[track_caller]
    fn check(authority: &str, most: u64, count: usize, policy: &Policy, expected: &[&str]) {
        let plan = requested(count, &live(authority, most), policy);
        assert_eq!(told(&plan), expected);
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(plan.steps.len(), count);
    }
    let (support, admin) = ("authority=support", "authority=admin");
    let refused = "Error one-by-one R-TE-23 40 roles would be changed one by one, because";
    check(
        support,
        1000,
        40,
        &of(40),
        &["Note by-bulk - 40 roles would be changed by SCIM Bulk, in 1 request or a few more if they are long"],
    );
    check(
        support,
        15,
        40,
        &of(40),
        &["Note by-bulk - 40 roles would be changed by SCIM Bulk, in 3 requests or a few more if they are long"],
    );
    check(support, 0, 40, &of(40), &[&format!("{refused} the target takes no bulk requests (SCIM Bulk)")]);
    let never = Policy { one_by_one: true, ..of(40) };
    check(support, 1000, 40, &never, &[&format!("{refused} `--bulk never` was said")]);
    let bare = &format!("{refused} that is all that the authority `admin` may do");
    check(admin, 1000, 40, &of(40), &[bare]);
    let allowed = |most| Policy { allow: [(Code::OneByOne, most)].into(), ..of(40) };
    check(admin, 1000, 40, &allowed(40), &[&format!("{bare}: allowed")]);
    check(admin, 1000, 40, &allowed(39), &[bare]);
    // One role is no bulk update.
    check(admin, 1000, 1, &of(40), &[]);
    check(
        "authority=viewer",
        1000,
        40,
        &of(40),
        &["Note one-by-one - 40 roles would be changed one by one unless whoever applies is the vendor's support"],
    );
    let unknown = requested(40, &live("", 1000), &of(40));
    assert!(told(&unknown).contains(&format!("{refused} the target does not say what this credential may do")));
}

#[test]
fn where_bulk_updates_are_nobodys_privilege_nothing_is_asked() {
    let rows = many(40, |at| format!("role R{at} segments=Wholesale"));
    let open = built_in("open").expect("the pack is built in");
    let plan = plan(&reading::desired(&rows).0, &live("authority=admin", 0), &open, &of(40));
    assert!(!plan.findings.iter().any(|finding| finding.code == "one-by-one"), "{}", text::of(&plan));
    assert!(!plan.is_refused());
}

#[test]
fn the_rows_are_confirmed_instead_of_a_share_and_marks_of_others_stay() {
    let mut marked = live("authority=support", 100);
    for role in marked.objects.values_mut().flatten() {
        role.mark = Some(format!("acme:role/{}", role.name));
    }
    let codes = |policy: Policy| -> Vec<String> {
        let refused = |finding: &&Finding| finding.severity == Severity::Error;
        let mut codes: Vec<String> =
            requested(40, &marked, &policy).findings.iter().filter(refused).map(|one| one.code.clone()).collect();
        codes.dedup();
        codes
    };
    assert_eq!(codes(Policy::default()), ["foreign-owner", "changes"]);
    assert_eq!(codes(of(40)), [""; 0]);
    assert_eq!(codes(Policy { of_rows: true, ..Policy::default() }), [""; 0]);
}

#[test]
fn the_digest_is_of_the_request_and_not_of_the_form_that_it_came_in() {
    let live = live("authority=support", 100);
    let digest = |request: Option<Requested>| requested(3, &live, &Policy { request, ..Policy::default() }).digest;
    let first = digest(Some(request(3)));
    assert_eq!(first, digest(Some(Requested { file: "cd".repeat(32), ..request(3) })));
    assert_ne!(first, digest(Some(Requested { ticket: None, ..request(3) })));
    assert_ne!(first, digest(Some(request(4))));
    assert_ne!(first, digest(None));
    // The file is under the other digest.
    let mut edited = requested(3, &live, &of(3));
    edited.request = Some(Requested { file: "cd".repeat(32), ..request(3) });
    assert!(verify(&edited).is_err());
}

#[test]
fn a_saved_plan_that_would_go_otherwise_than_it_says_wants_consent() {
    let pack = total_expert();
    let by_support = requested(40, &live("authority=support", 100), &of(40));
    let missing =
        |plan: &Plan, authority: &str, one_by_one| without_consent(plan, &live(authority, 100), &pack, one_by_one);
    assert_eq!(missing(&by_support, "authority=support", false), None);
    assert_eq!(
        missing(&by_support, "authority=admin", false).as_deref(),
        Some("40 roles would be changed one by one, because that is all that the authority `admin` may do")
    );
    assert!(missing(&by_support, "authority=support", true).is_some());
    let consented = Policy { allow: [(Code::OneByOne, 40)].into(), ..of(40) };
    let consented = requested(40, &live("authority=admin", 100), &consented);
    assert_eq!(missing(&consented, "authority=admin", false), None);
    let no_request = requested(40, &live("authority=admin", 100), &Policy::default());
    assert_eq!(missing(&no_request, "authority=admin", false), None);
}
