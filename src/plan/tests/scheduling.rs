//! Which step waits for which: seats and administrators.

use super::{planned, text};

/// Checks the steps with what they wait for, the seats and the findings.
#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let plan = planned(desired, live);
    let steps = plan.steps.iter().map(|step| {
        let waits: Vec<String> = step.waits_for.iter().map(ToString::to_string).collect();
        format!("{} {} after {}", step.id, step.address, waits.join(" ")).trim_end_matches(" after ").to_owned()
    });
    let seats = plan.seats.iter().map(|seats| {
        let capacity = seats.capacity.map_or("endless".to_owned(), |capacity| capacity.to_string());
        format!("{} {}/{}/{} of {capacity}", seats.user_type, seats.before, seats.worst, seats.after)
    });
    let mut findings = String::new();
    text::findings(&mut findings, &plan);
    let findings = findings.lines().filter(|line| !line.contains("guard-off") && !line.contains("name their roles"));
    let shown: Vec<String> = steps.chain(seats).chain(findings.map(str::to_owned)).collect();
    assert_eq!(shown, expected, "\n{}", text::of(&plan));
}

#[test]
fn in_a_chain_the_seat_that_comes_free_is_waited_for() {
    // rules.md §5, 2: A→B, B→C with one free C: B→C goes first.
    check(
        "user ana B
         user bo C",
        "type A licenses=1
         type B licenses=1
         type C licenses=1
         role A user_type=A
         role B user_type=B
         role C user_type=C
         user ana A type=A
         user bo B type=B",
        &["s1 user/bo", "s2 user/ana after s1", "A 1/1/0 of 1", "B 1/1/1 of 1", "C 0/1/1 of 1"],
    );
}

#[test]
fn a_swap_without_a_free_seat_has_no_order_and_one_licence_more_gives_one() {
    // rules.md §5, 1.
    let swap = "user ana B
         user bo A";
    check(
        swap,
        "type A licenses=1
         type B licenses=1
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo B type=B",
        &[
            "s1 user/ana",
            "s2 user/bo",
            "A 1/2/1 of 1",
            "B 1/2/1 of 1",
            "error no-seat: no order of the moves among `A`, `B` keeps within the seats: none is free",
            "  help: one more licence of any one of them would do; or one of these users who goes through another user type \
             first, in a plan of its own: `ana`, `bo`; or `--allow-suspend=1` with `active: true` in the assignment of \
             `ana`, which shuts them out of their account until the others have moved",
        ],
    );
    check(
        swap,
        "type A licenses=1
         type B licenses=2
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo B type=B",
        &["s1 user/ana", "s2 user/bo after s1", "A 1/1/1 of 1", "B 1/2/1 of 2"],
    );
    check(
        &format!("{swap}\ntype B licenses=2"),
        "type A licenses=1
         type B licenses=1
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo B type=B",
        &["s1 user-type/B", "s2 user/ana after s1", "s3 user/bo after s2", "A 1/1/1 of 1", "B 1/2/1 of 2"],
    );
}

#[test]
fn a_shortage_says_how_many_seats_of_which_type() {
    check(
        "user ana A
         user bo A
         user cy A",
        "type A licenses=41 used=40
         role A user_type=A",
        &[
            "s1 user/ana",
            "s2 user/bo",
            "s3 user/cy",
            "A 40/43/43 of 41",
            "error no-seat: user type `A` lacks 2 seats: 41 licences, 40 used, 3 users to arrive and 0 to leave",
            "  help: 2 licences more of `A` would do",
            "warning seats-miscounted: the target counts 40 used of user type `A`; the users that it lists take 0",
            "  help: the plan goes by 40: somebody may hold a seat who is not listed",
        ],
    );
}

#[test]
fn an_over_committed_type_may_be_left_but_not_entered() {
    let live = "type A licenses=1
         type B
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo A type=A
         user cy B type=B";
    check("user ana B", live, &["s1 user/ana", "A 2/2/1 of 1", "B 1/2/2 of endless"]);
    check(
        "user ana B
         user cy A",
        live,
        &[
            "s1 user/ana",
            "s2 user/cy",
            "A 2/3/2 of 1",
            "B 1/2/1 of endless",
            "error no-seat: user type `A` lacks 1 seat: 1 licence, 2 used, 1 user to arrive and 1 to leave",
            "  help: 1 licence more of `A` would do",
        ],
    );
}

#[test]
fn lowered_licences_wait_for_the_moves_and_must_hold_who_stays() {
    check(
        "type A licenses=1
         user ana B",
        "type A licenses=2
         type B
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo A type=A",
        &["s1 user/ana", "s2 user-type/A after s1", "A 2/2/1 of 1", "B 0/1/1 of endless"],
    );
    check(
        "type A licenses=1",
        "type A licenses=2
         role A user_type=A
         user ana A type=A
         user bo A type=A",
        &[
            "s1 user-type/A",
            "A 2/2/2 of 1",
            "error no-seat: user type `A` lacks 1 seat: 1 licence declared, 2 used at the end",
            "  help: 1 licence more of `A` would do",
        ],
    );
}

#[test]
fn where_there_is_room_nobody_waits() {
    check(
        "user ana B
         user bo A
         user cy A
         remove user di",
        "type A licenses=9
         type B licenses=9
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo B type=B
         user di A type=A",
        &["s1 user/ana", "s2 user/bo", "s3 user/cy", "s4 user/di", "A 2/4/2 of 9", "B 1/2/1 of 9"],
    );
}

#[test]
fn a_new_account_waits_for_the_seat_of_one_that_is_shut_out() {
    check(
        "user ana A
         remove user bo",
        "type A licenses=1
         role A user_type=A
         user bo A type=A",
        &["s1 user/bo", "s2 user/ana after s1", "A 1/1/1 of 1"],
    );
}

#[test]
fn an_inactive_user_holds_no_seat() {
    check(
        "user ana B inactive
         user bo A inactive",
        "type A licenses=1
         type B licenses=0
         role A user_type=A
         role B user_type=B
         user ana A type=A inactive",
        &["s1 user/ana", "s2 user/bo"],
    );
}

#[test]
fn a_role_that_is_mapped_anew_takes_its_users_along() {
    check(
        "type B
         role R user_type=B
         user ana R
         user bo R",
        "type A
         role R user_type=A
         user ana R type=A
         user bo R type=A",
        &[
            "s1 user-type/B",
            "s2 role/R after s1",
            "s3 user/ana after s2",
            "s4 user/bo after s2",
            "A 2/2/0 of endless",
            "B 0/2/2 of endless",
        ],
    );
}

#[test]
fn a_role_and_a_type_go_after_everybody_who_leaves_them() {
    check(
        "owner acme
         type B
         role Other user_type=B
         remove role Temp Other
         user bo Other",
        "type A mark=acme:user-type/A
         role Temp user_type=A
         user ana Temp type=A
         user bo Temp type=A",
        &[
            "s1 user-type/B",
            "s2 role/Other after s1",
            "s3 user/ana after s2",
            "s4 user/bo after s2",
            "s5 role/Temp after s3 s4",
            "s6 user-type/A after s3 s4 s5",
            "A 2/2/0 of endless",
            "B 0/2/2 of endless",
        ],
    );
}

#[test]
fn the_last_administrators_go_after_the_next_ones_have_come() {
    let live = "role Owner
         role Other
         user ana Owner
         user bo Owner
         user cy Owner
         user di Other
         user ed Other";
    // Three are there and two must be: one may go at once, the next one when di has come.
    check(
        "administrators Owner
         user ana Other
         user bo Other
         user di Owner",
        live,
        &["s1 user/ana", "s2 user/di", "s3 user/bo after s2"],
    );
    check(
        "administrators Owner
         user ana Other
         user bo Other",
        live,
        &[
            "s1 user/ana",
            "s2 user/bo",
            "error administrators: 1 active administrator would be left of 3; 2 are to be kept",
            "  help: `--allow administrators=1` lets exactly this pass",
        ],
    );
    check(
        "administrators Owner
         allow administrators=1
         user ana Other
         user bo Other",
        live,
        &[
            "s1 user/ana",
            "s2 user/bo",
            "error administrators (allowed): 1 active administrator would be left of 3; 2 are to be kept",
            "  help: `--allow administrators=1` lets exactly this pass",
        ],
    );
}

#[test]
fn an_administrator_whose_seat_is_needed_by_the_next_one_cannot_go_first() {
    check(
        "administrators Owner
         min_administrators 1
         user ana Other
         user bo Owner",
        "type A licenses=1
         type B licenses=1
         role Owner user_type=A
         role Other user_type=B
         user ana Owner type=A
         user bo Other type=B",
        &[
            "s1 user/bo",
            "s2 user/ana after s1",
            "A 1/2/1 of 1",
            "B 1/2/1 of 1",
            "error no-seat: no order of the moves among `A`, `B` keeps within the seats: none is free",
            "  help: one more licence of any one of them would do; or one of these users who goes through another user type \
             first, in a plan of its own: `ana`, `bo`",
        ],
    );
    check(
        "administrators Owner
         min_administrators 1
         user ana Other
         user bo Owner",
        "type A licenses=1
         type B licenses=2
         role Owner user_type=A
         role Other user_type=B
         user ana Owner type=A
         user bo Other type=B",
        &[
            "s1 user/ana",
            "s2 user/bo after s1",
            "A 1/1/1 of 1",
            "B 1/2/1 of 2",
            "error lockout-needs-seat: `ana` can only go after `bo` is an administrator (minimum 1), but `bo` needs a seat \
             of `A`, and the only one that comes free is `ana`'s",
            "  help: ways out: one more seat of `A`; make somebody who has a seat there an administrator first; \
             `--allow administrators=1` for this run",
        ],
    );
    check(
        "administrators Owner
         min_administrators 1
         allow administrators=1
         user ana Other
         user bo Owner",
        "type A licenses=1
         type B licenses=2
         role Owner user_type=A
         role Other user_type=B
         user ana Owner type=A
         user bo Other type=B",
        &[
            "s1 user/ana",
            "s2 user/bo after s1",
            "A 1/1/1 of 1",
            "B 1/2/1 of 2",
            "error administrators (allowed): 0 active administrators would be left on the way; 1 are to be kept",
            "  help: `--allow administrators=1` lets exactly this pass",
        ],
    );
}

#[test]
fn the_seat_that_the_next_administrator_needs_is_told_from_hand_to_hand() {
    check(
        "administrators Owner
         administrators Second
         min_administrators 1
         user ana Other
         user bo Second
         user cy Third",
        "type A licenses=1
         type B licenses=1
         type C licenses=2
         role Owner user_type=A
         role Second user_type=B
         role Staff user_type=B
         role Third user_type=A
         role Other user_type=C
         user ana Owner type=A
         user bo Other type=C
         user cy Staff type=B",
        &[
            "s1 user/ana",
            "s2 user/cy after s1",
            "s3 user/bo after s2",
            "A 1/1/1 of 1",
            "B 1/1/1 of 1",
            "C 1/2/1 of 2",
            "error lockout-needs-seat: `ana` can only go after `bo` is an administrator (minimum 1), but `bo` needs a seat \
             of `B`, and the only one that comes free is `cy`'s, and `cy` needs a seat of `A`, and the only one that comes \
             free is `ana`'s",
            "  help: ways out: one more seat of any one of `B`, `A`; make somebody who has a seat there an administrator \
             first; `--allow administrators=1` for this run",
        ],
    );
}

#[test]
fn an_over_committed_type_is_entered_once_enough_have_left() {
    check(
        "user ana B
         user bo B
         user cy A",
        "type A licenses=1
         type B licenses=5
         role A user_type=A
         role B user_type=B
         user ana A type=A
         user bo A type=A
         user cy B type=B",
        &["s1 user/ana", "s2 user/bo", "s3 user/cy after s1 s2", "A 2/2/1 of 1", "B 1/3/2 of 5"],
    );
}

#[test]
fn a_free_seat_on_the_way_cuts_the_row_of_those_who_wait() {
    check(
        "user ana B
         user bo C
         user cy D",
        "type A licenses=1
         type B licenses=1
         type C licenses=2
         type D licenses=1
         role A user_type=A
         role B user_type=B
         role C user_type=C
         role D user_type=D
         user ana A type=A
         user bo B type=B
         user cy C type=C",
        &[
            "s1 user/bo",
            "s2 user/ana after s1",
            "s3 user/cy",
            "A 1/1/0 of 1",
            "B 1/1/1 of 1",
            "C 1/2/1 of 2",
            "D 0/1/1 of 1",
        ],
    );
}
