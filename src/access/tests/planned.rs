//! What a saved plan says.

use super::*;
use crate::access::Planned;
use crate::plan::{Action, Plan, Policy, plan};
use crate::state::{Assignment, Assignments, Declared, Desired, DesiredObject, RemovedRole, fold};

/// A plan that takes a role away, moves its holder, widens another role and makes a user.
fn saved(pack: &Pack) -> Plan {
    let of = [("classifications", Value::names(["Sales"])), ("segments", Value::names(["Insurance"]))];
    let live = Made::default()
        .terms(Kind::Segment, &["Insurance", "Wholesale"])
        .terms(Kind::Classification, &["Sales", "Support"])
        .role("Officer", "campaigns.view", &of)
        .role("Temp", "contacts.export contacts.view", &of)
        .user("ana@example.com", "Officer")
        .user("bo@example.com", "Temp")
        .0;
    let mut live = live;
    let role = live.capabilities.kinds.get_mut(&Kind::Role).expect("there are roles");
    role.writable = ["classifications", "segments", "permissions"].map(str::to_owned).into();
    live.capabilities.kinds.entry(Kind::User).or_default().writable =
        ["role", "display_name", "active"].map(str::to_owned).into();
    let declared = |value: Value| Declared { value, span: None };
    let officer = DesiredObject {
        name: "Officer".into(),
        attributes: [
            ("classifications".to_owned(), declared(Value::names(["Sales", "Support"]))),
            ("segments".to_owned(), declared(Value::names(["Wholesale"]))),
            ("permissions".to_owned(), declared(Value::names(["campaigns.view", "reports.export", "tasks.view"]))),
        ]
        .into(),
        ..DesiredObject::default()
    };
    let mut assignments = Assignments::default();
    for user_name in ["ana@example.com", "new@example.com"] {
        let role = "Officer";
        let assignment = Assignment { user_name, role, display_name: None, active: None, user_type: None, span: None };
        assignments.push(assignment).expect("each once");
    }
    let removed = RemovedRole { name: "Temp".into(), reassign_to: Some("Officer".into()), span: None };
    let desired = Desired {
        objects: [(Kind::Role, [(fold("Officer").into_owned(), officer)].into())].into(),
        assignments: Some(assignments),
        removed_roles: [("temp".to_owned(), removed)].into(),
        ..Desired::default()
    };
    plan(&desired, &live, pack, &Policy::default())
}

fn shown(pack: &Pack, answer: &Answer<'_>, more: Option<String>) -> String {
    let notes: Vec<String> = more.into_iter().collect();
    let text = access_text(&source(State::Plan, pack), answer, &notes);
    let text = anstream::adapter::strip_str(&text).to_string();
    text.split_once("\n\n").expect("a heading and an answer").1.to_owned()
}

#[test]
fn a_plan_says_what_it_does_for_a_user() {
    let pack = pack("total-expert");
    let plan = saved(&pack);
    let planned = Planned::new(&plan, &pack);
    let user = |name| {
        let (user, near) = planned.user(name);
        shown(&pack, &Answer::PlannedUser(user), near)
    };
    insta::assert_snapshot!(user("bo@example.com"), @"
    User bo@example.com, changed
          role: Temp -> Officer
          gains: reports.export (sensitive), campaigns.view, tasks.view
          loses: contacts.export (sensitive), contacts.view
    ");
    insta::assert_snapshot!(user("ana@example.com"), @"
    User ana@example.com
          gains: reports.export (sensitive), tasks.view
    ");
    insta::assert_snapshot!(user("new@example.com"), @"
    User new@example.com, created
          active: true
          role: Officer
          gains: reports.export (sensitive), campaigns.view, tasks.view
    ");
    insta::assert_snapshot!(user("bob@example.com"), @"
    The plan does nothing for bob@example.com: no change of the account, no permission gained or lost.

    note: did you mean `bo@example.com`?
    ");
}

#[test]
fn a_plan_says_who_gains_and_who_loses_a_permission() {
    let pack = pack("total-expert");
    let plan = saved(&pack);
    let planned = Planned::new(&plan, &pack);
    let who = |permission| {
        let (who, note) = planned.who_can(permission).expect("there is such a permission");
        shown(&pack, &Answer::PlannedWhoCan(who), note)
    };
    insta::assert_snapshot!(who("contacts"), @"
    Who gains or loses contacts
      lost   contacts.export (sensitive) by 1 user
          bo@example.com
      lost   contacts.view by 1 user
          bo@example.com
      role Temp, deleted: - contacts.export, - contacts.view
    ");
    insta::assert_snapshot!(who("reports.export"), @"
    Who gains or loses reports.export
      gained reports.export (sensitive) by 3 users
          ana@example.com, bo@example.com, new@example.com
      role Officer, changed: + reports.export
    ");
    insta::assert_snapshot!(who("loans"), @"
    Who gains or loses loans
      nobody
    ");
    assert!(planned.who_can("loens").is_err());
}

#[test]
fn a_plan_says_what_it_does_to_a_role_and_who_moves() {
    let pack = pack("total-expert");
    let plan = saved(&pack);
    let planned = Planned::new(&plan, &pack);
    let role = |name| {
        let (role, near) = planned.role(name);
        shown(&pack, &Answer::PlannedRole(role), near)
    };
    insta::assert_snapshot!(role("officer"), @"
    Role Officer, changed (affects 1 user)
          classifications: + Support
          permissions: + reports.export, + tasks.view
          segments: + Wholesale, - Insurance
          joining (2)
              bo@example.com (from Temp), new@example.com (new account)
    ");
    insta::assert_snapshot!(role("Temp"), @"
    Role Temp, deleted (affects 1 user)
          classifications: Sales
          permissions: contacts.export, contacts.view
          segments: Insurance
          leaving (1)
              bo@example.com (to Officer)
    ");
    insta::assert_snapshot!(role("Tmp"), @"
    The plan does nothing to the role Tmp: no change of it, and nobody comes to hold it or ceases to.

    note: did you mean `Temp`?
    ");
    insta::assert_snapshot!(shown(&pack, &Answer::PlannedCoverage(planned.coverage()), None), @"
    Classifications and segments that roles get or give up
      classifications Sales: - Temp
      classifications Support: + Officer
      segments Insurance: - Officer, - Temp
      segments Wholesale: + Officer
    ");
    assert_eq!((planned.managing(), planned.usage()), (None, None));
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Delete).count(), 1);
}

#[test]
fn a_plan_that_is_refused_or_partial_says_so() {
    let pack = pack("total-expert");
    let mut plan = saved(&pack);
    plan.partial = true;
    insta::assert_snapshot!(Planned::new(&plan, &pack).notes().join("\n"), @"
    a saved plan holds what it changes; what stays as it is is not in it
    the plan is refused by its findings and cannot be applied as it stands
    the plan is partial: it was made for selected objects only
    the plan was made with other rules of the platform than those of this build
    ");
}
