//! The words that changes need, and what lets them pass.

use super::{planned_with, text};
use crate::platform::built_in;

const ORGANIZATION: &str = "caller ci subscriptions=user_management\n";

#[track_caller]
fn said(desired: &str, live: &str, expected: &[&str]) {
    let pack = built_in("bullseye").expect("it is built in");
    let mut findings = String::new();
    text::findings(&mut findings, &planned_with(&pack, desired, &format!("{ORGANIZATION}{live}")));
    assert_eq!(findings.lines().collect::<Vec<_>>(), expected);
}

/// Reading C8.
#[test]
fn holders_who_would_get_a_role_of_another_class_need_a_word() {
    let live = "role Staff class=Account rank=User permissions=leads.view
                role Dealer class=Location rank=User permissions=leads.view
                role Other class=Location rank=User permissions=leads.view
                user ana Dealer
                user bo Dealer
                user cy Other";
    let needs = |allowed: &str| {
        [
            format!(
                "error needs-word{allowed}: 2 holders of `Dealer` (class `Location`) would get `Staff` (class `Account`) (R-BE-39)"
            ),
            "  help: once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is".to_owned(),
        ]
    };
    let check = |desired: &str, expected: &[String]| {
        said(desired, live, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check("remove role Dealer Staff", &needs(""));
    check("remove role Dealer Staff\nacknowledge T-17", &needs(" (allowed)"));
    check("remove role Dealer Other", &[]);
    // Who is assigned a role by name gets what is written there.
    check("remove role Dealer Other\nuser ana Staff\nuser bo Staff", &[]);
}

/// Whom an interrupted run has moved to the new role goes back to another class all the same.
#[test]
fn so_do_those_who_go_back_from_what_was_left() {
    let live = "role Alpha class=Account rank=User permissions=leads.view
                role Alpha~(next) class=Location rank=User permissions=leads.view mark=acme:role/Alpha#next
                user ana Alpha~(next)
                user bo Alpha";
    let pack = built_in("bullseye").expect("it is built in");
    let plan = planned_with(&pack, "owner acme\nrole Alpha class=Account rank=User", &format!("{ORGANIZATION}{live}"));
    let needed = plan.findings.iter().find(|finding| finding.code == "needs-word").expect("a word is needed");
    assert_eq!(needed.message, "1 holder of `Alpha` would get a new role that differs in class");
}

#[test]
fn emptying_a_held_role_needs_a_word_and_an_unheld_one_none() {
    let live = "role Held class=Account rank=User permissions=leads.view
                role Free class=Account rank=User permissions=leads.view
                user ana Held";
    said(
        "role Held permissions=\nrole Free permissions=",
        live,
        &[
            "error needs-word: 1 role would lose all permissions, with 1 holder: `Held`",
            "  help: once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is",
        ],
    );
}

#[test]
fn a_replacement_by_a_role_of_another_class_needs_a_word_and_its_number() {
    let live = "role Rep class=Location rank=User permissions=leads.view
                user ana Rep";
    let pack = built_in("bullseye").expect("it is built in");
    let plan = |settings: &str| {
        planned_with(&pack, &format!("role Rep class=Account\n{settings}"), &format!("{ORGANIZATION}{live}"))
    };
    let refusing = |settings: &str| -> Vec<String> {
        let plan = plan(settings);
        plan.findings.iter().filter(|finding| !finding.allowed).map(|finding| finding.code.clone()).collect()
    };
    assert_eq!(refusing(""), ["needs-word", "replace"]);
    assert_eq!(refusing("acknowledge T-17"), ["replace"]);
    assert_eq!(refusing("allow replace=1"), ["needs-word"]);
    assert_eq!(refusing("acknowledge T-17\nallow replace=1"), [""; 0]);
}
