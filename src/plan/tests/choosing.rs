//! What is changed and what is not: chains of names, marks, unlisted and unknown objects.

use super::{many, shown};

#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let shown = shown(desired, live);
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected, "\n{shown}");
}

#[test]
fn names_travel_along_a_chain_and_the_last_one_goes_first() {
    let expected = [
        "~ role/B  name: A -> B  (`A` is renamed)",
        "~ role/C  name: B -> C  (`B` is renamed)",
        "s1 update role:B role/C  name=C",
        "s2 update role:A role/B  name=B  after s1",
    ];
    check("role B previously=A\nrole C previously=B", "role A\nrole B", &expected);
    // Where every object carries its mark, the marks travel along.
    check(
        "owner acme
         role B previously=A
         role C previously=B
         role D previously=C",
        "role A mark=acme:role/A
         role B mark=acme:role/B
         role C mark=acme:role/C",
        &[
            "~ role/B  name: A -> B  (`A` is renamed)",
            "~ role/C  name: B -> C  (`B` is renamed)",
            "~ role/D  name: C -> D  (`C` is renamed)",
            "s1 update role:C role/D  mark=acme:role/D name=D",
            "s2 update role:B role/C  mark=acme:role/C name=C  after s1",
            "s3 update role:A role/B  mark=acme:role/B name=B  after s2",
        ],
    );
    // Done, and done by half.
    check("role B previously=A\nrole C previously=B", "role B\nrole C", &["nothing"]);
    check(
        "role B previously=A\nrole C previously=B",
        "role A\nrole C",
        &["~ role/B  name: A -> B  (`A` is renamed)", "s1 update role:A role/B  name=B"],
    );
}

#[test]
fn a_name_that_is_declared_and_was_not_another_one_stays_where_it_is() {
    check("role A\nrole B previously=A", "role A", &["+ role/B", "s1 create role/B  name=B"]);
    check("role A\nrole B previously=A", "role A\nrole B", &["nothing"]);
}

#[test]
fn an_old_name_that_nobody_has_declared_beside_the_new_one_is_not_guessed_about() {
    check(
        "role B previously=A\nrole C previously=B",
        "role A\nrole B\nrole C",
        &[
            "error name-collision: `B` (id role:B) and `A` (id role:A) are, by their names and by `previously`, `role/B`",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
    check(
        "role C previously=A,B",
        "role A\nrole B",
        &[
            "error name-collision: `A` (id role:A) and `B` (id role:B) are, by `previously`, `role/C`",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
}

#[test]
fn a_mark_finds_what_was_renamed_on_the_target_by_its_previous_name_too() {
    check(
        "owner acme\nrole New previously=LO",
        "role Odd mark=acme:role/LO",
        &[
            "~ role/New  name: Odd -> New  (`Odd` is renamed)",
            "s1 update role:Odd role/New  mark=acme:role/New name=New",
        ],
    );
}

#[test]
fn a_difference_in_capitals_is_a_rename() {
    check("role lo", "role LO", &["~ role/lo  name: LO -> lo", "s1 update role:LO role/lo  name=lo"]);
}

#[test]
fn where_names_cannot_change_a_difference_in_capitals_is_a_note() {
    let mut pack = super::open_pack();
    pack.roles.name = crate::platform::Mutability::Immutable;
    let plan = super::planned_with(&pack, "role lo", "role LO");
    assert_eq!(
        super::text::of(&plan),
        "note spelling-kept: `role/lo` is spelled `LO` on the target, where names cannot change\n"
    );
}

#[test]
fn a_name_that_an_unrelated_object_has_cannot_be_taken() {
    // The live `B` is to be `A`, but not in this plan.
    check(
        "owner acme
         only role/B
         role A
         role B",
        "role B mark=acme:role/A",
        &[
            "+ role/B",
            "s1 create role/B  mark=acme:role/B name=B",
            "error name-collision: `role/B` cannot have its name: the live `B` (id role:B) has it",
            "  help: give that one another name, in the files or on the target",
        ],
    );
}

#[test]
fn what_is_taken_over_gets_our_mark_in_the_same_request() {
    check(
        "owner acme
         take_over role/lo
         role LO description=x
         role Same",
        "role LO mark=globex:role/LO
         role Same mark=globex:role/Same",
        &[
            "~ role/LO  description: ∅ -> x; mark: globex:role/LO -> acme:role/LO",
            "s1 update role:LO role/LO  description=x mark=acme:role/LO",
        ],
    );
    check("owner acme\ntake_over role/LO\nrole LO", "role LO mark=acme:role/LO", &["nothing"]);
}

#[test]
fn unlisted_roles_are_reported_or_go_when_nobody_holds_them() {
    let live = "role Kept
         role Assigned
         role Mine mark=acme:role/Mine
         role Theirs
         role Held mark=acme:role/Held
         role Builtin builtin=administrator
         user ana Assigned
         user bo Held";
    let files = |mode: &str| format!("owner acme\nunlisted roles {mode}\nrole Kept\nuser ana Assigned");
    check(
        &files("report"),
        live,
        &[
            "note unlisted: role `Held` with 1 holder is in no file",
            "note unlisted: role `Mine` with 0 holders is in no file",
            "note unlisted: role `Theirs` with 0 holders is in no file",
        ],
    );
    check(
        &files("delete-owned"),
        live,
        &[
            "- role/Mine    (in no file)",
            "s1 delete role:Mine role/Mine",
            "error held-role: role `Held` is in no file and still has 1 holder",
            "  help: say which role they get: `removed.roles: { Held: { reassign_to: … } }`",
        ],
    );
    check(
        &(files("delete") + "\nexcept role/Held"),
        live,
        &[
            "- role/Mine    (in no file)",
            "- role/Theirs    (in no file)",
            "s1 delete role:Mine role/Mine",
            "s2 delete role:Theirs role/Theirs",
        ],
    );
    // Roles are not managed at all where no file has a section for them.
    check(
        "owner acme\nunlisted roles delete\nuser ana Assigned",
        live,
        &["note guard-off: no file has a section `roles`, so no role counts as unlisted"],
    );
}

#[test]
fn unlisted_users_are_reported_or_shut_out_but_never_our_own() {
    let live = "caller me
         role A
         user me A
         user ana A
         user bo A
         user cy A inactive
         user di A";
    let files = |mode: &str| {
        format!("administrators A\nmin_administrators 0\nunlisted users {mode}\nuser ana A\nremove user di")
    };
    check(
        &files("report"),
        live,
        &[
            "~ user/di  active: true -> false",
            "s1 update user:di user/di  active=false",
            "note unlisted: 1 active user is in no file: `bo`",
        ],
    );
    check(
        &files("deactivate"),
        live,
        &[
            "~ user/bo  active: true -> false  (in no file)",
            "~ user/di  active: true -> false",
            "s1 update user:bo user/bo  active=false",
            "s2 update user:di user/di  active=false",
        ],
    );
    check(
        "unlisted users deactivate\nrole A",
        live,
        &["error unlisted-unassigned: `unlisted.users: deactivate` needs a section `assignments`, and no file has one"],
    );
}

#[test]
fn guards_count_what_is_unlisted() {
    let live = many(12, |at| format!("role R{at}\nuser u{at:02} R0"));
    let plan = super::planned("unlisted roles delete\nunlisted users deactivate\nrole R0\nuser u00 R0", &live);
    let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["removals", "role-removals", "guard-off"]);
}

#[test]
fn an_unknown_user_is_created_or_refused() {
    check(
        "unknown_users refuse
         role A
         user ana A
         user bo A",
        "role A\nuser bo A",
        &[
            "+ user/ana  active=true; role=A",
            "s1 create user/ana  active=true name=ana role=<role:A>",
            "error unknown-user: 1 assigned user is not on the target: `ana`",
        ],
    );
}

#[test]
fn nobody_is_reactivated_unasked() {
    check("user ana A", "role A\nuser ana A inactive", &["nothing"]);
    check(
        "user ana A active",
        "role A\nuser ana A inactive",
        &["~ user/ana  active: false -> true", "s1 update user:ana user/ana  active=true"],
    );
}

#[test]
fn a_role_with_four_hundred_holders_is_renamed_by_one_write() {
    let live = many(400, |at| format!("user u{at:03} LO"));
    check(
        "role Officer previously=LO",
        &format!("role LO\n{live}"),
        &["~ role/Officer  name: LO -> Officer  (`LO` is renamed)", "s1 update role:LO role/Officer  name=Officer"],
    );
}
