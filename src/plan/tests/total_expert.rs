//! Rules of Total Expert that only show in a plan, each by its number.

use super::{many, planned_with, text};
use crate::diagnostic::Code;
use crate::plan::{Access, Plan};
use crate::platform::built_in;
use crate::state::Kind;

/// A live organization with one segment.
const LIVE: &str = "segment Insurance\nrole A classifications=Sales segments=Insurance permissions=campaigns.view";
/// What every role needs.
const NEW: &str = "classifications=Sales segments=Insurance permissions=campaigns.view";

fn planned(desired: &str, live: &str) -> Plan {
    planned_with(&built_in("total-expert").expect("the pack is built in"), desired, live)
}

fn with_holders(count: usize) -> String {
    format!("{LIVE}\n{}", many(count, |at| format!("user u{at}@example.com A")))
}

#[track_caller]
fn check(plan: &Plan, expected: &str) {
    assert_eq!(text::of(plan), expected);
}

#[test]
fn r_te_2_any_number_of_users_get_one_role() {
    let users = many(30, |at| format!("user u{at}@example.com A"));
    let plan = planned(&format!("role A {NEW}\nrole Free {NEW}\n{users}"), "segment Insurance");
    assert!(!plan.is_refused(), "{}", text::of(&plan));
    let of_users = plan.steps.iter().filter(|step| step.address.kind == Kind::User).count();
    assert_eq!((plan.steps.len(), of_users), (32, 30));
}

#[test]
fn r_te_3_a_permission_edit_is_one_write_and_reaches_every_holder() {
    let plan = planned("acknowledge T-1\nrole A permissions=campaigns.send,campaigns.view", &with_holders(400));
    assert_eq!((plan.steps.len(), plan.changes.len(), plan.changes[0].affected_users), (1, 1, 400));
    assert_eq!(plan.steps[0].address.kind, Kind::Role);
    assert_eq!(plan.access.gained[0].users.len(), 400);
}

#[test]
fn r_te_7_a_change_of_purpose_gives_and_takes_nothing() {
    let plan = planned("role A classifications=Admin,Compliance", &with_holders(40));
    assert_eq!((plan.steps.len(), plan.changes[0].affected_users), (1, 0));
    assert_eq!(plan.access, Access::default());
}

#[test]
fn r_te_9_new_permissions_of_an_existing_role_need_a_word() {
    let edit = "role A permissions=campaigns.send,campaigns.view";
    let found = |desired: &str| -> Vec<String> {
        let found = planned(desired, &with_holders(2)).findings;
        let words = found.into_iter().filter(|finding| finding.code == Code::NeedsWord.name());
        words.map(|word| format!("{} allowed: {}", word.rule.unwrap_or_default(), word.allowed)).collect()
    };
    assert_eq!(found(edit), ["R-TE-9 allowed: false"]);
    assert_eq!(found(&format!("acknowledge T-1\n{edit}")), ["R-TE-9 allowed: true"]);
    // Neither a new role nor another change of this one does (reading A1).
    assert_eq!(found(&format!("role New {NEW}\nrole A classifications=Admin")), [""; 0]);
}

#[test]
fn r_te_18_a_role_is_made_with_one_request() {
    check(
        &planned(&format!("role A {NEW}"), "segment Insurance"),
        "+ role/A  classifications=[Sales]; permissions=[campaigns.view]; segments=[Insurance]\n\
         s1 create role/A  classifications=[Sales] name=A permissions=[campaigns.view] segments=[Insurance]\n",
    );
}

#[test]
fn r_te_19_every_request_is_on_one_role() {
    let live = format!("{LIVE}\nrole B classifications=Sales segments=Insurance");
    check(
        &planned("role A classifications=Support\nrole B classifications=Support", &live),
        "~ role/A  classifications: [Sales] -> [Support]\n\
         ~ role/B  classifications: [Sales] -> [Support]\n\
         s1 update role:A role/A  classifications=[Support]\n\
         s2 update role:B role/B  classifications=[Support]\n",
    );
}

#[test]
fn r_te_21_what_the_files_leave_out_is_neither_compared_nor_written() {
    check(
        &planned("role A segments=Insurance classifications=Manager", LIVE),
        "~ role/A  classifications: [Sales] -> [Manager]\ns1 update role:A role/A  classifications=[Manager]\n",
    );
}

#[test]
fn r_te_22_the_last_option_can_go_where_another_one_comes() {
    check(
        &planned("role A classifications=Support segments=Insurance", LIVE),
        "~ role/A  classifications: [Sales] -> [Support]\ns1 update role:A role/A  classifications=[Support]\n",
    );
}
