//! Roles that the platform brings along, and roles that are made in two steps.

use super::{planned_with, text};
use crate::platform::{Pack, built_in};

fn bullseye() -> Pack {
    built_in("bullseye").expect("a pack of this build")
}

fn responsive() -> Pack {
    built_in("responsive").expect("a pack of this build")
}

#[track_caller]
fn shown(pack: &Pack, desired: &str, live: &str) -> String {
    let shown = text::of(&planned_with(pack, desired, &format!("caller me subscriptions=user_management\n{live}")));
    shown.lines().filter(|line| !line.starts_with("warning impossible-live")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_built_in_role_is_known_by_its_key_whatever_it_is_called() {
    let files = "role Dealer~Staff builtin=account_user previously=Account~User";
    let live = "role Account~User builtin=account_user id=2";
    insta::assert_snapshot!(shown(&bullseye(), files, live), @"
    ~ role/Dealer Staff  name: Account User -> Dealer Staff  (`Account User` is renamed)
    s1 update 2 role/Dealer Staff  name=Dealer Staff
    ");
    let renamed = "role Dealer~Staff builtin=account_user id=2";
    insta::assert_snapshot!(shown(&bullseye(), files, renamed), @"nothing");
    insta::assert_snapshot!(shown(&bullseye(), "role Account~User builtin=account_user", renamed), @"
    ~ role/Account User  name: Dealer Staff -> Account User  (`Dealer Staff` is renamed)
    s1 update 2 role/Account User  name=Account User
    ");
}

#[test]
fn a_target_that_does_not_say_which_roles_are_built_in_is_asked_by_name() {
    let files = "role Dealer~Staff builtin=account_user previously=Account~User";
    insta::assert_snapshot!(shown(&bullseye(), files, "role Account~User id=2"), @"
    ~ role/Dealer Staff  name: Account User -> Dealer Staff  (`Account User` is renamed)
    s1 update 2 role/Dealer Staff  name=Dealer Staff
    ");
    insta::assert_snapshot!(shown(&bullseye(), files, "role Dealer~Staff id=2"), @"");
}

#[test]
fn the_vendors_name_means_the_built_in_role_unless_another_role_has_it() {
    let live = "role Dealer~Staff builtin=account_user id=2\nrole Temp class=Location\nuser ana@x.org Temp";
    let files = "user ana@x.org Account~User";
    insta::assert_snapshot!(shown(&bullseye(), files, live), @"
    ~ user/ana@x.org  role: Temp -> Dealer Staff
    s1 update user:ana@x.org user/ana@x.org  role=<2>
    ");
    insta::assert_snapshot!(shown(&bullseye(), "remove role Temp Account~User", live), @"
    - role/Temp  class=Location
    ~ user/ana@x.org  role: Temp -> Dealer Staff  (role `Temp` is removed)
    s1 update user:ana@x.org user/ana@x.org  role=<2>
    s2 delete role:Temp role/Temp  after s1
    error needs-word: 1 holder of `Temp` (class `Location`) would get `Dealer Staff` (class `Account`) (R-BE-39)
      help: once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is
    ");
    insta::assert_snapshot!(shown(&bullseye(), files, &format!("role Account~User id=7\n{live}")), @"
    ~ user/ana@x.org  role: Temp -> Account User
    s1 update user:ana@x.org user/ana@x.org  role=<7>
    ");
}

#[test]
fn a_custom_role_can_have_the_name_that_a_built_in_one_gives_up() {
    let files =
        "role Dealer~Staff builtin=account_user previously=Account~User\nrole Account~User class=Account rank=User";
    insta::assert_snapshot!(shown(&bullseye(), files, "role Account~User builtin=account_user id=2"), @"
    + role/Account User  class=Account; rank=User
    ~ role/Dealer Staff  name: Account User -> Dealer Staff  (`Account User` is renamed)
    s1 update 2 role/Dealer Staff  name=Dealer Staff
    s2 create role/Account User  class=Account name=Account User rank=User  after s1
    warning no-permissions: role `Account User` would be made without permissions, so its holders may do nothing (R-BE-34)
    ");
}

#[test]
fn nobody_deletes_or_replaces_a_built_in_role() {
    let live =
        "role Manager builtin=manager user_type=Non-AI~business~user permissions=projects.view\nuser ana@x.org Manager";
    insta::assert_snapshot!(shown(&responsive(), "role Other\nunlisted roles delete", live), @"
    + role/Other
    s1 create role/Other  name=Other
    ");
    insta::assert_snapshot!(shown(&responsive(), "remove role Manager", live), @"
    error locked-role: role `Manager` is built in (`manager`) and cannot be deleted (R-UT-13)
      help: take it out of `removed`
    ");
    let class = "role Location~User builtin=location_user class=Account";
    let location = "role Location~User builtin=location_user class=Location\nuser ana@x.org Location~User";
    insta::assert_snapshot!(shown(&bullseye(), class, location), @"
    ~ role/Location User  class: Location -> Account
    s1 update role:Location User role/Location User  class=Account
    error locked-role: `class` of the built-in role `Location User` cannot be changed (R-BE-15)
      help: leave it out of the files, or write what is live
    ");
}

#[test]
fn nobody_takes_anything_from_who_may_do_everything() {
    let files = "role Administrator builtin=administrator grants=all";
    insta::assert_snapshot!(shown(&bullseye(), files, "role Administrator builtin=administrator permissions=leads.view"), @"nothing");
}

#[test]
fn protected_roles_and_their_holders_are_never_planned() {
    let live = "role Super~Admin\nrole Manager builtin=manager\nuser ana@x.org Super~Admin\nuser bo@x.org Manager";
    let files = "role Other\nsection assignments\nunlisted roles delete\nunlisted users deactivate\nallow empty-collection=1 removals=9";
    insta::assert_snapshot!(shown(&responsive(), files, live), @"
    + role/Other
    ~ user/bo@x.org  active: true -> false  (in no file)
    s1 create role/Other  name=Other
    s2 update user:bo@x.org user/bo@x.org  active=false
    error empty-collection (allowed): `assignments` is empty while the target holds 1
      help: `--allow empty-collection=1` lets exactly this pass
    ");
}

#[test]
fn a_role_is_made_and_gets_its_permissions_before_anybody_needs_it() {
    let files =
        "role Rep class=Account rank=User grants=leads.view\nrole None class=Account rank=User\nuser ana@x.org Rep";
    insta::assert_snapshot!(shown(&bullseye(), files, "role Temp class=Account rank=User\nuser ana@x.org Temp"), @"
    + role/None  class=Account; rank=User
    + role/Rep  class=Account; permissions=[leads.assign, leads.follow_up, leads.view]; rank=User
    ~ user/ana@x.org  role: Temp -> Rep
    s1 create role/None  class=Account name=None rank=User
    s2 create role/Rep  class=Account name=Rep rank=User
    s3 update made by s2 role/Rep  permissions=[leads.assign, leads.follow_up, leads.view]  after s2
    s4 update user:ana@x.org user/ana@x.org  role=<made by s2>  after s2 s3
    warning no-permissions: role `None` would be made without permissions, so its holders may do nothing (R-BE-34)
    ");
}

/// A run that ended between the two requests of many creations has made roles, and changed none.
#[test]
fn ending_many_creations_is_no_change_of_many_roles() {
    let roles: String = (0..12).map(|n| format!("role R{n} class=Account rank=User grants=leads.view\n")).collect();
    let made: String = (0..12).map(|n| format!("role R{n} class=Account rank=User\n")).collect();
    let found = |pack: &Pack, live: &str| {
        let plan = planned_with(pack, &roles, &format!("caller me subscriptions=user_management\n{live}"));
        plan.findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let mut wary = bullseye();
    assert_eq!(found(&wary, &made), [""; 0]);
    wary.roles.permissions.change_needs_word = true;
    assert_eq!(found(&wary, &made), [""; 0]);
    // A role that somebody holds was there before.
    assert_eq!(found(&wary, &format!("{made}user ana@x.org R1")), ["needs-word"]);
}

#[test]
fn a_role_that_was_left_without_permissions_gets_them() {
    let files = "role Rep class=Account rank=User grants=leads.view\nuser ana@x.org Rep";
    let live = "role Rep class=Account rank=User\nrole Temp class=Account rank=User\nuser ana@x.org Temp";
    insta::assert_snapshot!(shown(&bullseye(), files, live), @"
    ~ role/Rep  permissions: ∅ -> [leads.assign, leads.follow_up, leads.view]
    ~ user/ana@x.org  role: Temp -> Rep
    s1 update role:Rep role/Rep  permissions=[leads.assign, leads.follow_up, leads.view]
    s2 update user:ana@x.org user/ana@x.org  role=<role:Rep>  after s1
    ");
}

/// What only the built-in role may have is taken from another one that has it all the same.
#[test]
fn a_second_administrator_is_replaced_by_what_the_files_say() {
    let files = "role Second class=Account rank=User";
    let live =
        "role Administrator class=Account rank=Admin builtin=administrator\nrole Second class=Account rank=Admin";
    let plan = planned_with(&bullseye(), files, &format!("caller me subscriptions=user_management\n{live}"));
    let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["replace", "impossible-live"], "{:#?}", plan.findings);
}
