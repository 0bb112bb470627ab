//! Targets that were not made for us: whole kinds of objects are missing.

use super::{planned, text};
use crate::plan::approve;

/// A target that has users and nothing else.
const ONLY_USERS: &str = "without role\nwithout type\nwithout segment\nwithout classification\n";

#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let plan = planned(desired, &format!("{ONLY_USERS}{live}"));
    let shown = text::of(&plan);
    let lines: Vec<&str> =
        shown.lines().filter(|line| !line.contains("guard-off") && !line.contains("help: ")).collect();
    assert_eq!(lines, expected);
    assert!(plan.is_refused() || approve(plan).is_ok());
}

#[test]
fn a_role_that_is_only_a_name_needs_nobody() {
    let desired = "role LO user_type=AI\nrole BM\ntype AI\nuser ana LO\nuser bo LO";
    check(
        desired,
        "",
        &[
            "+ user/ana  active=true; role=LO; user_type=AI",
            "+ user/bo  active=true; role=LO; user_type=AI",
            "s1 create user/ana  active=true name=ana role=<LO> user_type=AI",
            "s2 create user/bo  active=true name=bo role=<LO> user_type=AI",
            "seats AI 0 / 2 / 2 of unlimited",
        ],
    );
    check(
        desired,
        "role LO id=LO\nrole BM id=BM\nuser ana LO type=AI\nuser bo BM type=AI",
        &["~ user/bo  role: BM -> LO", "s1 update user:bo user/bo  role=<LO>"],
    );
    check(desired, "role LO id=LO\nuser ana LO type=AI\nuser bo LO type=AI", &["nothing"]);
}

#[test]
fn what_the_target_does_not_hold_is_left_to_a_person_every_time() {
    let desired = "segment Insurance
         segment Retail
         type AI licenses=5
         role LO description=x segments=Retail permissions=a.view,b.view user_type=AI
         user ana LO";
    let requests = [
        "! segment/Insurance  see to it that there is a segment `Insurance`",
        "! segment/Retail  see to it that there is a segment `Retail`",
        "! user-type/AI  see to it that there is a user type `AI` with licenses 5",
        "! role/LO  see to it that there is a role `LO` with description `x`; permissions `a.view`, `b.view`; segments `Retail`; user type `AI`",
    ];
    check(desired, "role LO id=LO\nuser ana LO type=AI", &requests);
    let plan = planned(desired, ONLY_USERS);
    assert_eq!((plan.manual.len(), plan.summary.create, plan.summary.unchanged), (4, 1, 0));
    assert_eq!(plan.access.gained[0].permissions, ["a.view", "b.view"]);
    let plan = planned(desired, &format!("{ONLY_USERS}role LO id=LO\nuser ana LO type=AI"));
    assert!(plan.is_empty() && plan.access.gained.is_empty() && plan.access.lost.is_empty());
}

#[test]
fn seats_are_those_of_the_files_where_the_target_counts_none() {
    let plan = planned("type AI licenses=1\nrole LO user_type=AI\nuser ana LO\nuser bo LO", ONLY_USERS);
    assert!(plan.findings.iter().any(|finding| finding.code == "no-seat"), "{:?}", plan.findings);
}

#[test]
fn a_removed_role_lets_its_holders_go_and_a_person_deletes_it() {
    check(
        "role LO\nremove role Temp LO",
        "role LO id=LO\nrole Temp id=Temp\nuser ana Temp",
        &[
            "~ user/ana  role: Temp -> LO  (role `Temp` is removed)",
            "! role/Temp  delete the role `Temp`",
            "s1 update user:ana user/ana  role=<LO>",
        ],
    );
}

#[test]
fn a_role_that_no_file_and_no_user_names_is_still_unknown() {
    let plan = planned("role LO\nuser ana Lo~Officer", ONLY_USERS);
    assert!(plan.findings.iter().any(|finding| finding.code == "unknown-role"), "{:?}", plan.findings);
}

#[test]
fn a_reviewer_sees_another_plan_when_a_request_is_another() {
    let digest = |description: &str| planned(&format!("role LO description={description}"), ONLY_USERS).digest;
    assert_ne!(digest("x"), digest("y"));
}
