//! Plans in files: what they must be to be carried out later, and what the digest says.

use super::{open_pack, planned, reading};
use crate::plan::{Access, Plan, Tampered, approve, plan, stale, verify};
use crate::state::StepId;
use rolecall::source::Span;

const DESIRED: &str = "administrators Owner
     min_administrators 0
     type AI
     role New user_type=AI permissions=a.x,a.y
     user ana New
     user bo Owner
     user di Owner
     role LO permissions=a.y description=x";
const LIVE: &str = "type AI licenses=5
     role LO permissions=a.x
     role Owner permissions=a.x,b.x
     user ana LO
     user bo LO
     user cy LO
     user di Owner
     user ed Owner";

fn reread(plan: &Plan) -> Plan {
    serde_json::from_str(&serde_json::to_string(plan).expect("plans are JSON")).expect("it reads back")
}

#[test]
fn a_plan_reads_back_and_is_approved() {
    let plan = planned(DESIRED, LIVE);
    assert_eq!(reread(&plan), plan);
    assert_eq!(verify(&reread(&plan)), Ok(()));
    assert_eq!(approve(reread(&plan)).expect("nothing stands against it").plan(), &plan);
}

#[test]
fn a_plan_that_refuses_itself_is_not_approved() {
    let plan = planned("remove role LO", "role LO\nuser ana LO");
    let mut edited = plan.clone();
    assert_eq!(approve(plan.clone()).expect_err("it is refused"), Box::new(plan));
    edited.findings.clear();
    assert!(approve(edited).is_err(), "findings are under the integrity digest");
}

#[test]
fn an_edited_plan_is_refused_with_the_reason() {
    #[track_caller]
    fn check(edit: impl Fn(&mut Plan), expected: &str) {
        let mut plan = planned(DESIRED, LIVE);
        edit(&mut plan);
        assert_eq!(verify(&plan).expect_err("it was edited").to_string(), expected);
    }
    let edited = "the plan does not match its integrity digest: the file was edited or is damaged";
    check(
        |plan| plan.format_version = 2,
        "the plan has format version 2, this build reads 1: plan again, or use the build `0.1.0`",
    );
    check(
        |plan| plan.changes[0].fields.clear(),
        "the plan's changes do not match its digest: the file was edited or is damaged",
    );
    check(|plan| _ = plan.steps.pop(), edited);
    check(|plan| plan.preconditions.clear(), edited);
    check(|plan| plan.target = "https://elsewhere.example.com".to_owned(), edited);
    check(|plan| plan.access = Access::default(), edited);
}

#[test]
fn steps_that_contradict_each_other_are_refused_even_under_a_fresh_digest() {
    #[track_caller]
    fn check(edit: impl Fn(&mut Plan), expected: &str) {
        let mut plan = planned(DESIRED, LIVE);
        edit(&mut plan);
        plan.integrity = crate::plan::digest::of_document(&plan);
        assert_eq!(verify(&plan), Err(Tampered::Steps(expected.to_owned())));
    }
    check(|plan| plan.steps[0].waits_for = vec![StepId(2)], "s1 waits for s2, which is not before it");
    check(|plan| plan.steps[1].id = StepId(1), "s1 is there twice");
    check(
        |plan| plan.steps.iter_mut().for_each(|step| step.waits_for.clear()),
        "s3 needs what s2 makes, which it does not wait for",
    );
}

#[test]
fn the_digest_is_of_what_was_reviewed_and_not_of_versions() {
    let digest = |desired: &str, live: &str| planned(desired, live).digest;
    let plan = digest(DESIRED, LIVE);
    assert_eq!(plan, digest(DESIRED, &LIVE.replace("role LO", "role LO version=9")));
    assert_ne!(plan, digest(&format!("{DESIRED}\nallow removals=1"), LIVE));
    assert_ne!(plan, digest(&DESIRED.replace("description=x", "description=y"), LIVE));
    assert_eq!(plan.len(), 64);
}

#[test]
fn a_plan_is_stale_when_anything_that_it_counts_on_has_changed() {
    #[track_caller]
    fn check(live: &str, expected: &[&str]) {
        assert_eq!(stale(&planned(DESIRED, LIVE), &reading::live(live)), expected);
    }
    check(LIVE, &[]);
    check(&LIVE.replace("user cy LO", "user cy Owner version=7"), &[]);
    check(&LIVE.replace("user ana LO", "user ana LO version=2"), &["`user/ana` has changed since"]);
    check(&LIVE.replace("role LO permissions", "role LO version=2 permissions"), &["`role/LO` has changed since"]);
    check(&LIVE.replace("user ana LO", "user ana LO id=9"), &["`user/ana` is another account now"]);
    check(&LIVE.replace("user ana LO", ""), &["`user/ana` is gone"]);
    check(&format!("{LIVE}\nrole new"), &["`role/New` exists meanwhile"]);
    check(
        &LIVE.replace("licenses=5", "licenses=5 used=3"),
        &["`user-type/AI` has 5 licences with 3 used; 5 with 0 used were counted on"],
    );
    check(&LIVE.replace("licenses=5", "licenses=9 used=4"), &[]);
}

#[test]
fn a_plan_that_takes_administrators_away_counts_on_their_number() {
    let live = "role Owner
         role Other
         user ana Owner
         user bo Owner
         user cy Owner";
    let plan = planned("administrators Owner\nuser ana Other", live);
    assert_eq!(stale(&plan, &reading::live(live)), [""; 0]);
    assert_eq!(
        stale(&plan, &reading::live(&live.replace("user cy Owner", "user cy Owner inactive"))),
        ["there were 3 active administrators and are 2"]
    );
}

#[test]
fn a_role_that_goes_counts_on_its_holders_and_one_that_is_given_on_what_it_is() {
    #[track_caller]
    fn check(live: &str, now: &str, expected: &[&str]) {
        let plan = planned("role To\nuser di Given\nremove role Old To", live);
        assert!(!plan.is_refused(), "{:#?}", plan.findings);
        assert_eq!(stale(&plan, &reading::live(now)), expected);
    }
    let live = "role Old\nrole To\nrole Given permissions=a.x\nuser ana Old\nuser di To";
    check(live, live, &[]);
    check(live, &format!("{live}\nuser bo Old"), &["`role/Old` had 1 holder and has 2 holders now, not the same"]);
    check(
        live,
        &live.replace("Given permissions=a.x", "Given version=2 permissions=a.y"),
        &["`role/Given` has changed since"],
    );
}

#[test]
fn a_plan_for_another_organization_is_stale() {
    let (desired, policy) = reading::desired("role LO");
    let mut live = reading::live("");
    let here = plan(&desired, &live, &open_pack(), &policy);
    live.organization = Some(crate::state::Organization { id: "o1".to_owned(), ..Default::default() });
    assert_eq!(stale(&here, &live), ["the plan was made for the organization none, this is `o1`"]);
}

#[test]
fn access_says_who_gains_and_who_loses_and_equal_moves_cancel() {
    let plan = planned(DESIRED, LIVE);
    let listed = |changes: &[crate::plan::AccessChange]| -> Vec<String> {
        changes.iter().map(|change| format!("{}: {}", change.permissions.join(" "), change.users.join(" "))).collect()
    };
    // Bo goes from a role with a.x to another one with a.x; cy stays in a role that changes.
    assert_eq!(listed(&plan.access.gained), ["a.y: ana cy", "b.x: bo"]);
    assert_eq!(listed(&plan.access.lost), ["a.x: cy"]);
}

#[test]
fn the_summary_counts_objects_and_requests() {
    let summary = planned(&format!("{DESIRED}\nuser fay LO\nremove user ed delete"), LIVE).summary;
    let counts = (summary.create, summary.update, summary.delete, summary.unchanged);
    assert_eq!(counts, (2, 3, 1, 2));
    assert_eq!((summary.new_accounts, summary.requests), (1, 6));
}

#[test]
fn a_change_says_where_it_is_declared() {
    let (mut desired, policy) = reading::desired("role LO\nremove user bo");
    let source = desired.sources.add("roles.yaml", "roles:\n  LO:\n");
    let span = Span { source, start: 9, end: 11 };
    desired.removed_users.values_mut().for_each(|removed| removed.span = Some(span));
    let assignment = crate::state::Assignment {
        user_name: "ana",
        role: "LO",
        display_name: None,
        active: None,
        user_type: None,
        span: Some(span),
    };
    desired.assignments.get_or_insert_default().push(assignment).expect("assigned once");
    let plan = plan(&desired, &reading::live("role LO\nuser bo LO"), &open_pack(), &policy);
    let origins: Vec<String> = (plan.changes.iter())
        .map(|change| {
            let origin = change.origin.as_ref().expect("it is written somewhere");
            format!("{} {}:{}:{}", change.address, origin.file, origin.line, origin.column)
        })
        .collect();
    assert_eq!(origins, ["user/ana roles.yaml:2:3", "user/bo roles.yaml:2:3"]);
}
