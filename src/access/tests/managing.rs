//! Who may manage whom (R-BE-16 to R-BE-21).

use super::*;

fn of(class: &str, rank: &str) -> [(&'static str, Value); 2] {
    [("class", Value::text(class)), ("rank", Value::text(rank))]
}

fn dealers() -> Made {
    Made::default()
        .role("Administrator", "", &of("Account", "Admin"))
        .built_in("administrator")
        .role("Account User", "users.view", &of("Account", "User"))
        .built_in("account_user")
        .role("Location Admin", "users.view", &of("Location", "Admin"))
        .built_in("location_admin")
        .role("Location User", "users.view", &of("Location", "User"))
        .built_in("location_user")
        .role("Auditor", "reports.view", &of("Account", "User"))
        .role("Dealer Lead", "leads.view", &of("Location", "Admin"))
        .role("Odd", "users.view", &[])
        .user("ana@example.com", "Administrator")
        .user("bo@example.com", "Account User")
        .user("cy@example.com", "Location User")
        .user("-di@example.com", "Location Admin")
        .user("ed@example.com", "Auditor")
}

/// R-BE-20: the matrix of four kinds of roles and two classes; R-BE-17 (readings C2 and C3): none of
/// it without the permission.
#[test]
fn class_and_rank_say_who_may_manage_whom() {
    let (pack, live) = (pack("bullseye"), dealers().0);
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Managing(standing.managing())), @"
    Who may manage whom, by their class; a role must grant something of users for it (R-BE-17)
      role            class     rank   users  Account               Location
      Account User    Account   User       1  no (R-BE-19)          yes (R-BE-19)
      Administrator   Account   Admin      1  yes (R-BE-21)         yes (R-BE-21)
      Auditor         Account   User       1  no (R-BE-19)          no (R-BE-17: it grants nothing of `users`)
      Dealer Lead     Location  Admin      0  no (R-BE-17)          no (R-BE-17: it grants nothing of `users`)
      Location Admin  Location  Admin      0  no (R-BE-17)          yes (R-BE-17)
      Location User   Location  User       1  no (R-BE-20)          no (R-BE-20)
      Odd             -         -          0  no (no rule lets it)  no (no rule lets it)
    ");
}

/// As the plan does: a target may write the values otherwise, and leave out what a built-in role
/// has anyway.
#[test]
fn values_are_compared_folded_and_a_built_in_role_has_what_goes_without_saying() {
    let live = Made::default()
        .role("Account User", "users.view", &[])
        .built_in("account_user")
        .role("Dealer", "users.view", &of("location", "admin"))
        .user("ana@example.com", "Dealer")
        .user("bo@example.com", "Account User");
    let (pack, live) = (pack("bullseye"), live.0);
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Managing(standing.managing())), @"
    Who may manage whom, by their class; a role must grant something of users for it (R-BE-17)
      role          class     rank   users  Account       Location
      Account User  Account   User       1  no (R-BE-19)  yes (R-BE-19)
      Dealer        location  admin      1  no (R-BE-17)  yes (R-BE-17)
    ");
    let managed = standing.managed_by("bo@example.com").expect("there is one").expect("lines are drawn");
    assert_eq!(managed.users.iter().map(|of_role| of_role.role).collect::<Vec<_>>(), ["Dealer"]);
}

#[test]
fn a_user_manages_those_whose_class_their_role_may() {
    let (pack, live) = (pack("bullseye"), dealers().0);
    let standing = Standing::of_live(&live, &pack);
    let managed = |user| shown(&standing, &Answer::ManagedBy(standing.managed_by(user).expect("there is one")));
    insta::assert_snapshot!(managed("ana@example.com"), @"
    Whom ana@example.com may manage: 4 users
      role: Administrator
      manages: Account yes (R-BE-21), Location yes (R-BE-21)
      Account User, Account (1)
          bo@example.com
      Auditor, Account (1)
          ed@example.com
      Location Admin, Location (0 and 1 inactive)
          inactive: di@example.com
      Location User, Location (1)
          cy@example.com
    ");
    insta::assert_snapshot!(managed("bo@example.com"), @"
    Whom bo@example.com may manage: 2 users
      role: Account User
      manages: Account no (R-BE-19), Location yes (R-BE-19)
      Location Admin, Location (0 and 1 inactive)
          inactive: di@example.com
      Location User, Location (1)
          cy@example.com
    ");
    insta::assert_snapshot!(managed("di@example.com"), @"
    Whom di@example.com may manage: 1 user
      active: no; until then they manage nobody
      role: Location Admin
      manages: Account no (R-BE-17), Location yes (R-BE-17)
      Location User, Location (1)
          cy@example.com
    ");
    insta::assert_snapshot!(managed("ed@example.com"), @"
    Whom ed@example.com may manage: 0 users
      role: Auditor
      manages: Account no (R-BE-19), Location no (R-BE-17: it grants nothing of `users`)
    ");
}

#[test]
fn a_platform_that_draws_no_lines_says_so() {
    let (pack, live) = (pack("open"), Made::default().role("Owner", "a.b", &[]).user("ana", "Owner").0);
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Managing(standing.managing())), @"
    The platform open draws no lines of who may manage whom: permissions alone say it.
    ");
    assert_eq!(standing.managed_by("ana"), Ok(None));
    assert!(standing.managed_by("bo").is_err());
}
