//! Every finding, with its words.

use super::{many, planned, text};

#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let plan = planned(desired, live);
    let mut findings = String::new();
    text::findings(&mut findings, &plan);
    assert_eq!(findings.lines().collect::<Vec<_>>(), expected, "\n{}", text::of(&plan));
    let stops = expected.iter().any(|line| line.starts_with("error") && !line.contains("(allowed)"));
    assert_eq!(plan.is_refused(), stops);
}

#[test]
fn an_unknown_role_is_said_once_with_the_users_and_what_is_near() {
    let users = many(100, |at| format!("user u{at:03} Ofiser"));
    check(
        &format!("role Officer\nuser ana Nothing\n{users}"),
        "",
        &[
            "error unknown-role: role `Nothing`, assigned to `ana`, is in no file and not on the target",
            "error unknown-role: role `Ofiser`, assigned to `u000`, `u001`, `u002`, `u003`, `u004` and 95 more, is in no file \
             and not on the target",
            "  help: near: `Officer`",
        ],
    );
    check(
        "remove role Temp Nothing",
        "role Temp",
        &[
            "error unknown-role: role `Nothing`, which the holders of `Temp` shall get, is in no file and not on the target",
        ],
    );
}

#[test]
fn a_name_that_stands_for_nothing_is_said_once() {
    check(
        "role A segments=Retail,Live user_type=AI
         role B segments=Retail
         user ana A type=Zed
         role C segments=Held",
        "segment Live
         role C segments=Held",
        &[
            "error unknown-name: `segment/Retail` is in no file and not on the target; named by role `A`, `B`",
            "error unknown-name: `user-type/AI` is in no file and not on the target; named by role `A`",
            "error unknown-name: `user-type/Zed` is in no file and not on the target; named by an assignment",
        ],
    );
}

#[test]
fn live_names_that_mean_the_same_are_not_touched() {
    check(
        "role LO description=x",
        "role LO id=1
         role lo id=2",
        &[
            "error name-collision: `LO` (id 1) and `lo` (id 2) have names that mean `role/LO`",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
    check(
        "user ana A
         remove user bo",
        "role A
         user Ana A id=1
         user ana A id=2
         user bo A id=3
         user BO A id=4",
        &[
            "error name-collision: 2 live users are called `Ana`: ids 1, 2",
            "  help: tell them apart on the target; until then neither is touched",
            "error name-collision: 2 live users are called `bo`: ids 3, 4",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
    check(
        "user ana LO
         remove role Temp",
        "role LO id=1
         role lo id=2
         role Temp id=3
         role TEMP id=4",
        &[
            "error name-collision: `LO`, assigned to `ana`, is the name of several live roles",
            "  help: tell them apart on the target",
            "error name-collision: `role/Temp` is to be removed, and several live roles are called so",
            "  help: tell them apart on the target; until then neither is touched",
            "warning name-collision: 2 live objects are called `role/LO`: ids 1, 2",
            "warning name-collision: 2 live objects are called `role/Temp`: ids 3, 4",
        ],
    );
}

#[test]
fn the_mark_of_another_owner_is_respected() {
    check(
        "owner acme
         role LO description=x
         role Same
         remove role Temp",
        "role LO mark=globex:role/LO
         role Same mark=globex:role/Same
         role Temp mark=globex:role/Temp",
        &[
            "error foreign-owner: `role/LO` carries the mark of `globex` and would be changed",
            "  help: leave it to `globex`: take it out of the files, or `--except \"role/LO\"`; `--take-over \"role/LO\"` makes it \
             ours",
            "error foreign-owner: `role/Temp` carries the mark of `globex` and would be changed",
            "  help: leave it to `globex`: take it out of the files, or `--except \"role/Temp\"`; `--take-over \"role/Temp\"` makes it \
             ours",
        ],
    );
}

#[test]
fn a_held_role_needs_somewhere_for_its_holders_to_go() {
    check(
        "remove role Temp",
        "role Temp
         user ana Temp
         user bo Temp inactive",
        &[
            "error held-role: role `Temp` is to be removed and still has 2 holders: `ana`, `bo`",
            "  help: say which role they get: `removed.roles: { Temp: { reassign_to: … } }`",
        ],
    );
}

#[test]
fn what_the_target_cannot_hold_is_refused_before_anything_is_written() {
    check(
        "role A description=x
         role B description=x
         user ana A name=Ana",
        "without role description
         without user display_name",
        &[
            "error cannot-hold: the target announces no place for `description` of a role; needed by `A`, `B`",
            "error cannot-hold: the target announces no place for `display_name` of a user; needed by `ana`",
        ],
    );
    check(
        "remove role Admin",
        "role Admin builtin=administrator",
        &[
            "error locked-role: role `Admin` is built in (`administrator`) and cannot be deleted",
            "  help: take it out of `removed`",
        ],
    );
}

#[test]
fn removals_have_a_share_from_ten_users_up_and_a_number() {
    let live = |count| format!("role A\n{}", many(count, |at| format!("user u{at:03} A")));
    let removed = |count| format!("administrators A\n{}", many(count, |at| format!("remove user u{at:03}")));
    let said = |message: &str, count: usize| {
        vec![message.to_owned(), format!("  help: `--allow removals={count}` lets exactly this pass")]
    };
    let check = |desired: String, live: String, expected: Vec<String>| {
        check(&desired, &live, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check(removed(3), live(9), vec![]);
    check(removed(3), live(12), vec![]);
    check(
        removed(4),
        live(12),
        said(
            "error removals: 4 users of 12 would be shut out, deleted or left without their role; 25 % and 50 pass unasked",
            4,
        ),
    );
    check(
        removed(4) + "allow removals=4",
        live(12),
        said(
            "error removals (allowed): 4 users of 12 would be shut out, deleted or left without their role; 25 % and 50 \
             pass unasked",
            4,
        ),
    );
    check(
        removed(4) + "allow removals=3",
        live(12),
        said(
            "error removals: 4 users of 12 would be shut out, deleted or left without their role; 25 % and 50 pass unasked",
            4,
        ),
    );
    check(removed(50), live(400), vec![]);
    check(
        removed(51),
        live(400),
        said(
            "error removals: 51 users of 400 would be shut out, deleted or left without their role; 25 % and 50 pass unasked",
            51,
        ),
    );
}

#[test]
fn roles_that_go_or_change_have_their_shares() {
    check(
        &many(3, |at| format!("remove role R{at}")),
        &many(10, |at| format!("role R{at}")),
        &[
            "error role-removals: 3 roles of 10 would be deleted; 25 % and 5 pass unasked",
            "  help: `--allow role-removals=3` lets exactly this pass",
        ],
    );
    check(
        &many(6, |at| format!("remove role R{at}")),
        &many(40, |at| format!("role R{at}")),
        &[
            "error role-removals: 6 roles of 40 would be deleted; 25 % and 5 pass unasked",
            "  help: `--allow role-removals=6` lets exactly this pass",
        ],
    );
    check(
        &many(4, |at| format!("role R{at} description=x")),
        &many(10, |at| format!("role R{at}")),
        &[
            "error changes: 4 roles of 10 would be changed; 30 % pass unasked",
            "  help: `--allow changes=4` lets exactly this pass",
        ],
    );
    check(&many(9, |at| format!("role New{at}")), &many(10, |at| format!("role R{at}")), &[]);
}

#[test]
fn a_held_role_does_not_lose_most_of_its_permissions_and_allowances_are_summed() {
    let live = "role A permissions=a,b,c,d,e,f,g,h,i,j
         role B permissions=a,b,c,d,e,f,g,h,i,j
         role Unheld permissions=a,b,c,d,e,f,g,h,i,j
         user ana A
         user bo B";
    check("role A permissions=a,b,c,d,e,x\nrole Unheld permissions=a", live, &[]);
    let both = "role A permissions=a,b,c,d
         role B permissions=a,b,c";
    check(
        &format!("{both}\nallow permission-removals=12"),
        live,
        &[
            "error permission-removals: role `A` with 1 holder would lose 6 of 10 permissions; 50 % pass unasked",
            "  help: `--allow permission-removals=13` lets exactly this pass",
            "error permission-removals: role `B` with 1 holder would lose 7 of 10 permissions; 50 % pass unasked",
            "  help: `--allow permission-removals=13` lets exactly this pass",
        ],
    );
    assert!(!planned(&format!("{both}\nallow permission-removals=13"), live).is_refused());
}

#[test]
fn an_empty_section_is_not_meant() {
    check(
        "section assignments
         section roles
         section segments",
        "role A
         user ana A",
        &[
            "error empty-collection: `assignments` is empty while the target holds 1",
            "  help: `--allow empty-collection=2` lets exactly this pass",
            "error empty-collection: `roles` is empty while the target holds 1",
            "  help: `--allow empty-collection=2` lets exactly this pass",
        ],
    );
}

#[test]
fn holders_without_any_user_are_a_read_that_went_wrong() {
    check(
        "user ana A",
        "role A used=17",
        &[
            "error suspicious-read: the target lists no users although its roles report 17 holders",
            "  help: `--allow suspicious-read=17` lets exactly this pass",
        ],
    );
}

#[test]
fn a_guard_that_was_not_told_what_it_needs_says_so() {
    check(
        "administrators Ownr
         user ana B",
        "role Owner
         role B
         user ana Owner",
        &[
            "note guard-off: `administrators` names the role `Ownr`, which is in no file and not on the target; near: `Owner`",
            "note guard-off: nothing says who is an administrator, so nothing keeps the last one from being lost",
            "  help: name their roles in the project: `administrators: { roles: [Owner] }`",
        ],
    );
}

#[test]
fn degradations_of_the_target_are_noted() {
    let (desired, policy) = super::reading::desired("");
    let mut live = super::reading::live("");
    live.capabilities.degradations.push("objects are written by PUT".to_owned());
    let plan = crate::plan::plan(&desired, &live, &super::open_pack(), &policy);
    assert_eq!(text::of(&plan), "note degraded: objects are written by PUT\n");
}

#[test]
fn holders_cannot_be_handed_on_to_a_type_without_seats() {
    check(
        "administrators Other
         remove role Temp Other",
        "type A licenses=1
         type B licenses=5
         role Other user_type=A
         role Temp user_type=B
         user ana Other type=A
         user bo Temp type=B
         user cy Temp type=B inactive",
        &[
            "error no-seat: user type `A` lacks 1 seat: 1 licence, 1 used, 1 user to arrive and 0 to leave",
            "  help: 1 licence more of `A` would do",
        ],
    );
}
