//! Whom our own user may manage, and that the plan takes nothing of it away.

use super::{planned_with, text};
use crate::platform::{Pack, built_in};

fn bullseye() -> Pack {
    built_in("bullseye").expect("it is built in")
}

#[track_caller]
fn said(pack: &Pack, desired: &str, live: &str, expected: &[&str]) {
    let mut findings = String::new();
    text::findings(&mut findings, &planned_with(pack, desired, live));
    assert_eq!(findings.lines().collect::<Vec<_>>(), expected);
}

/// R-BE-16 to R-BE-21: the matrix of four kinds of roles and two kinds of users.
#[test]
fn whom_the_user_of_a_credential_may_manage_follows_from_their_role() {
    let live = |caller: &str| {
        format!(
            "caller {caller} subscriptions=user_management
             role Administrator builtin=administrator class=Account rank=Admin
             role Rep class=Account rank=User permissions=users.view
             role Dealer class=Location rank=Admin permissions=users.view
             role Blind class=Location rank=Admin permissions=leads.view
             role Clerk class=Location rank=User permissions=users.view
             role Office class=Account rank=User permissions=leads.view
             user boss Administrator
             user rep Rep
             user dealer Dealer
             user blind Blind
             user clerk Clerk"
        )
    };
    let manage = |caller: &str, role: &str| {
        let desired = format!("user new1 {role}\nmin_administrators 0");
        let plan = planned_with(&bullseye(), &desired, &live(caller));
        let found = plan.findings.iter().find(|finding| finding.code == "beyond-authority");
        found.map(|finding| finding.rule.clone().expect("a rule"))
    };
    let refused = |caller: &str| ["Office", "Clerk"].map(|role| manage(caller, role));
    let by = |rule: &str| Some(rule.to_owned());
    assert_eq!(refused("boss"), [None, None]);
    assert_eq!(refused("rep"), [by("R-BE-19"), None]);
    assert_eq!(refused("dealer"), [by("R-BE-17"), None]);
    assert_eq!(refused("blind"), [by("R-BE-17"), by("R-BE-17")], "without the permission nobody");
    assert_eq!(refused("clerk"), [by("R-BE-20"), by("R-BE-20")]);
    assert_eq!(refused("pipeline"), [None, None], "a caller that is no user has its authority alone");

    said(
        &bullseye(),
        "user boss Clerk\nuser clerk Office\nremove user dealer delete\nmin_administrators 0",
        &live("rep"),
        &[
            "error beyond-authority: `rep`, whose credential this run uses, holds `Rep` and may not manage users whose \
             `class` is `Account`: `boss`, `clerk` (R-BE-19)",
            "  help: apply with the credential of somebody who may",
        ],
    );
}

/// R-BE-17: a run does not take from its own user what its later steps, or the next run, need.
#[test]
fn our_own_user_keeps_the_right_to_manage() {
    let live = |caller: &str| {
        format!(
            "caller {caller} subscriptions=user_management
             role Administrator builtin=administrator class=Account rank=Admin
             role Staff builtin=account_user class=Account rank=User permissions=users.view,leads.view
             role Dealer class=Location rank=Admin permissions=users.view
             role Clerk class=Location rank=User permissions=users.view
             user boss Administrator
             user rep Staff
             user dealer Dealer
             user clerk Clerk"
        )
    };
    let loses = |name: &str, value: &str, allowed: &str| {
        [
            format!(
                "error own-credential{allowed}: `{name}`, whose credential this run uses, would lose the right to manage users \
                 whose `class` is `{value}`"
            ),
            "  help: `--allow own-credential=1` lets exactly this pass".to_owned(),
        ]
    };
    let check = |desired: &str, caller: &str, expected: &[String]| {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        said(&bullseye(), &format!("{desired}\nmin_administrators 0"), &live(caller), &expected);
    };
    let edit = "role Staff builtin=account_user permissions=leads.view\nuser clerk Dealer";
    check(edit, "rep", &loses("rep", "Location", ""));
    check(&format!("{edit}\nallow own-credential=1"), "rep", &loses("rep", "Location", " (allowed)"));
    check(edit, "dealer", &[]);
    check("user dealer Clerk", "dealer", &loses("dealer", "Location", ""));
    check("user dealer Dealer name=Di", "dealer", &[]);
    check("role Staff builtin=account_user permissions=users.view", "rep", &[]);
}

/// A user with several roles, which no platform of the source documents has, may do what each of
/// them lets them; one whose role no line describes manages nobody.
#[test]
fn who_holds_several_roles_or_an_undescribed_one_is_taken_at_the_least() {
    let pack = bullseye();
    let refused = |caller: &str, files: &str| -> Vec<Option<String>> {
        let live = format!(
            "caller {caller} subscriptions=user_management
             role Rep class=Account rank=User permissions=users.view
             role Clerk class=Location rank=User permissions=users.view
             role Odd permissions=users.view
             user two roles=Rep,Clerk
             user odd Odd
             user none roles=
             user clerk Clerk"
        );
        let found = planned_with(&pack, &format!("{files}\nmin_administrators 0"), &live).findings;
        found.into_iter().filter(|found| found.code == "beyond-authority").map(|found| found.rule).collect()
    };
    let by = |rule: &str| vec![Some(rule.to_owned())];
    assert_eq!(refused("two", "user new Clerk"), by("R-BE-20"));
    assert_eq!(refused("odd", "user new Clerk"), by("R-BE-17"));
    assert_eq!(refused("none", "user new Clerk"), by("R-BE-17"));
    assert_eq!(refused("clerk", "remove user none delete"), by("R-BE-20"), "whoever manages nobody changes nobody");
}
