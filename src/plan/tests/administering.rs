//! Administrators by their grants, and our own user.

use super::{planned_with, text, vendor_pack};

/// Checks the steps with what they wait for, and the findings.
#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let plan = planned_with(&vendor_pack(), &format!("acknowledge T-17\n{desired}"), live);
    let steps = plan.steps.iter().map(|step| {
        let waits: Vec<String> = step.waits_for.iter().map(ToString::to_string).collect();
        format!("{} {} after {}", step.id, step.address, waits.join(" ")).trim_end_matches(" after ").to_owned()
    });
    let mut findings = String::new();
    text::findings(&mut findings, &plan);
    let findings =
        findings.lines().filter(|line| !line.contains("needs-word") && !line.contains("once that is agreed"));
    let shown: Vec<String> = steps.chain(findings.map(str::to_owned)).collect();
    assert_eq!(shown, expected, "\n{}", text::of(&plan));
}

const LIVE: &str = "role Owner permissions=admin.manage
     role Other permissions=contacts.view
     user ana Owner
     user bo Owner
     user cy Other
     user di Other";

#[test]
fn a_role_that_loses_the_right_waits_for_the_one_that_gets_it() {
    check(
        "role Owner permissions=contacts.view\nrole Other permissions=admin.manage",
        LIVE,
        &["s1 role/Other", "s2 role/Owner after s1"],
    );
}

#[test]
fn who_moves_on_leaves_before_the_role_loses_the_right_and_arrives_after_it_is_given() {
    check(
        "role Owner permissions=contacts.view
         role Next permissions=admin.manage
         role Other permissions=admin.view
         user ana Next
         user bo Other",
        LIVE,
        &["s1 role/Next", "s2 role/Other", "s3 user/ana after s1", "s4 user/bo after s2", "s5 role/Owner after s3 s4"],
    );
}

#[test]
fn the_floor_counts_who_keeps_a_role_that_loses_the_right() {
    check(
        "role Owner permissions=contacts.view\nuser cy Owner",
        LIVE,
        &[
            "s1 role/Owner",
            "s2 user/cy",
            "error administrators: 0 active administrators would be left of 2; 2 are to be kept",
            "  help: `--allow administrators=2` lets exactly this pass",
        ],
    );
    check(
        "allow administrators=2\nrole Owner permissions=contacts.view",
        LIVE,
        &[
            "s1 role/Owner",
            "error administrators (allowed): 0 active administrators would be left of 2; 2 are to be kept",
            "  help: `--allow administrators=2` lets exactly this pass",
        ],
    );
}

#[test]
fn our_own_user_keeps_the_account_and_the_right() {
    let live = format!("caller ana\n{LIVE}\nuser ed Owner");
    let said = |what: &str, allowed: &str| {
        vec![
            "s1 user/ana".to_owned(),
            format!("error own-credential{allowed}: `ana`, whose credential this run uses, would lose {what}"),
            "  help: `--allow own-credential=1` lets exactly this pass".to_owned(),
        ]
    };
    let check = |desired: &str, expected: Vec<String>| {
        check(desired, &live, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check("user ana Other", said("the right to administer", ""));
    check("user ana Other\nallow own-credential=1", said("the right to administer", " (allowed)"));
    check("remove user ana", said("the account", ""));
    check("remove user ana delete", said("the account", ""));
    check("user ana Owner name=Ana", vec!["s1 user/ana".to_owned()]);
}

#[test]
fn who_is_shut_out_has_lost_the_right_by_that_whatever_becomes_of_the_role() {
    check(
        "role Owner permissions=contacts.view\nrole Other permissions=admin.manage\nuser ana Owner inactive",
        LIVE,
        &["s1 role/Other", "s2 user/ana after s1", "s3 role/Owner after s1 s2"],
    );
}
