//! Users who are suspended on the way because no seat is free.

use std::fmt::Write;

use proptest::prelude::*;

use super::applying::Model;
use super::{open_pack, planned, reading, shown, text};
use crate::generator::Random;
use crate::plan::{Plan, approve, plan};

/// Two full types, whose holders change places.
const SWAP: &str = "type A licenses=1
    type B licenses=1
    role RA user_type=A
    role RB user_type=B
    user ana RA type=A
    user bo RB type=B";

const SWAPPED: &str = "user ana RB active\nuser bo RA active";

#[track_caller]
fn help(desired: &str, live: &str, expected: &str) {
    let plan = planned(desired, live);
    assert!(plan.is_refused(), "{}", text::of(&plan));
    let helps: Vec<&str> = plan
        .findings
        .iter()
        .filter(|finding| finding.code == "no-seat")
        .map(|finding| finding.help.as_deref().unwrap_or_default())
        .collect();
    let last = helps.iter().map(|help| help.rsplit("; or ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    assert_eq!(last, expected);
}

/// Who is deactivated by a step of the plan.
fn suspended(plan: &Plan) -> Vec<&str> {
    let steps = text::of(plan);
    let is_out = |name: &str| steps.lines().any(|line| line.contains(&format!("user/{name}  active=false")));
    let names = plan.changes.iter().map(|change| change.address.name.as_str());
    names.filter(|name| is_out(name)).collect()
}

#[test]
fn a_swap_of_full_types_suspends_one_where_that_is_allowed() {
    insta::assert_snapshot!(shown(&format!("{SWAPPED}\nallow suspend=1"), SWAP), @"
    ~ user/ana  role: RA -> RB; user_type: A -> B  (suspended on the way: no seat is free)
    ~ user/bo  role: RB -> RA; user_type: B -> A
    s1 update user:ana user/ana  active=false
    s2 update user:bo user/bo  role=<role:RA> user_type=A  after s1
    s3 update user:ana user/ana  active=true role=<role:RB> user_type=B  after s1 s2
    seats A 1 / 1 / 1 of 1
    seats B 1 / 1 / 1 of 1
    error suspend (allowed): `ana` is suspended on the way, because no seat is free: out of their account until the others have moved, and longer if the run ends before; what they may do in the end is not changed by it
      help: `--allow suspend=1` lets exactly this pass
    note guard-off: nothing says who is an administrator, so nothing keeps the last one from being lost
      help: name their roles in the project: `administrators: { roles: [Owner] }`
    ");
}

#[test]
fn without_the_flag_the_refusal_names_it_and_who_it_would_be() {
    insta::assert_snapshot!(shown(SWAPPED, SWAP), @"
    ~ user/ana  role: RA -> RB; user_type: A -> B
    ~ user/bo  role: RB -> RA; user_type: B -> A
    s1 update user:ana user/ana  role=<role:RB> user_type=B
    s2 update user:bo user/bo  role=<role:RA> user_type=A
    seats A 1 / 2 / 1 of 1
    seats B 1 / 2 / 1 of 1
    error no-seat: no order of the moves among `A`, `B` keeps within the seats: none is free
      help: one more licence of any one of them would do; or one of these users who goes through another user type first, in a plan of its own: `ana`, `bo`; or `--allow-suspend=1`, which shuts `ana` out of their account until the others have moved
    note guard-off: nothing says who is an administrator, so nothing keeps the last one from being lost
      help: name their roles in the project: `administrators: { roles: [Owner] }`
    ");
}

/// Users carry no mark, so that it is their assignment which brings them back.
#[test]
fn only_who_is_said_to_be_active_is_suspended() {
    help(
        "user ana RB\nuser bo RA\nallow suspend=1",
        SWAP,
        "`--allow-suspend=1` with `active: true` in the assignment of `ana`, which shuts them out of their account until the others have moved",
    );
    let plan = planned("user ana RB\nuser bo RA active\nallow suspend=1", SWAP);
    assert_eq!(suspended(&plan), ["bo"], "{}", text::of(&plan));
}

#[test]
fn each_part_costs_one_and_the_flag_must_name_them_all() {
    let live = format!(
        "{SWAP}
        type C licenses=1
        type D licenses=1
        role RC user_type=C
        role RD user_type=D
        user cy RC type=C
        user di RD type=D"
    );
    let files = format!("{SWAPPED}\nuser cy RD active\nuser di RC active");
    help(
        &format!("{files}\nallow suspend=1"),
        &live,
        "`--allow-suspend=2`, which shuts `ana` out of their account until the others have moved\n`--allow-suspend=2`, which shuts `cy` out of their account until the others have moved",
    );
    let plan = planned(&format!("{files}\nallow suspend=2"), &live);
    assert!(!plan.is_refused());
    assert_eq!(suspended(&plan), ["ana", "cy"]);
    assert_eq!((plan.summary.update, plan.summary.requests), (4, 6));
}

#[test]
fn our_own_user_is_not_suspended_and_administrators_only_above_the_floor() {
    let plan = planned(&format!("{SWAPPED}\nallow suspend=1"), &format!("caller ana\n{SWAP}"));
    assert_eq!(suspended(&plan), ["bo"], "{}", text::of(&plan));

    // Ana is one and stays one: of two types, both give the right.
    let live = format!("{SWAP}\nrole Boss user_type=A\nrole Chief user_type=B").replace("user ana RA", "user ana Boss");
    let live = live
        .lines()
        .filter(|line| !line.contains("user "))
        .chain(live.lines().filter(|line| line.contains("user ")))
        .collect::<Vec<_>>()
        .join("\n");
    let files = "user ana Chief active\nuser bo RA active\nadministrators Boss\nadministrators Chief\nallow suspend=1";
    let plan = planned(files, &live);
    assert_eq!(suspended(&plan), ["bo"], "{}", text::of(&plan));
    // Bo is not said to be active, and without Ana nobody would be left.
    let files = files.replace("bo RA active", "bo RA");
    help(
        &files,
        &live,
        "`--allow-suspend=1` with `active: true` in the assignment of `bo`, which shuts them out of their account until the others have moved",
    );
    // With another administrator it may be her.
    let plan = planned(&format!("{files}\nmin_administrators 1"), &format!("{live}\nuser zoe Boss"));
    assert_eq!(suspended(&plan), ["ana"], "{}", text::of(&plan));
}

#[test]
fn no_detour_brings_seats_that_are_missing() {
    let live = format!("{SWAP}\nuser cy RA inactive type=A");
    let plan = planned(&format!("{SWAPPED}\nuser cy RA active\nallow suspend=9"), &live);
    assert!(plan.is_refused() && suspended(&plan).is_empty(), "{}", text::of(&plan));
}

/// What a reviewer has seen includes who is shut out.
#[test]
fn the_digest_says_who_is_suspended() {
    let digest = |live: &str| planned(&format!("{SWAPPED}\nallow suspend=1"), live).digest;
    assert_ne!(digest(SWAP), digest(&format!("caller ana\n{SWAP}")));
}

/// Full types whose holders change places in rings, some of whom the files say are active.
fn random_texts(random: &mut Random) -> (String, String) {
    let types = 2 + random.below(3);
    let users: Vec<(usize, usize)> =
        (0..2 + random.below(6)).map(|at| (at % types, (at + 1 + usize::from(random.percent(20))) % types)).collect();
    let mut live = String::new();
    let mut files = String::from("allow removals=99\n");
    for at in 0..types {
        let ends = users.iter().filter(|(_, to)| *to == at).count();
        let begins = users.iter().filter(|(from, _)| *from == at).count();
        let spare = usize::from(random.percent(10));
        writeln!(live, "type T{at} licenses={}\nrole R{at} user_type=T{at}", ends.max(begins) + spare)
            .expect("a String takes every text");
    }
    for (at, (from, to)) in users.into_iter().enumerate() {
        writeln!(live, "user u{at} R{from} type=T{from}").expect("a String takes every text");
        writeln!(files, "user u{at} R{to}{}", if random.percent(60) { " active" } else { "" })
            .expect("a String takes every text");
    }
    (files, live)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// With the flag or without it: after a suspension there is a free seat.
    #[test]
    fn a_run_that_ends_anywhere_is_completed_without_another_suspension(seed: u64) {
        let random = &mut Random::new(seed);
        let (files, live) = random_texts(random);
        let (desired, without) = reading::desired(&files);
        let (_, with) = reading::desired(&format!("{files}\nallow suspend=9"));
        let mut model = Model::new(&reading::live(&live));
        let first = plan(&desired, &model.live(), &open_pack(), &with);
        if first.is_refused() {
            return Ok(());
        }
        let told = format!("{files}---\n{live}---\n{}", text::of(&first));
        prop_assert!(approve(first.clone()).is_ok());
        let most = random.below(first.steps.len() + 1);
        if let Err(why) = model.apply_some(&first, &open_pack(), random, most) {
            return Err(TestCaseError::fail(format!("{why}\n{told}")));
        }
        let has_flag = random.percent(50);
        let policy = if has_flag { &with } else { &without };
        let second = plan(&desired, &model.live(), &open_pack(), policy);
        let told = format!("{told}--- after {most}\n{}", text::of(&second));
        // Before anybody is out the flag is needed still.
        let is_out = model.live().users.iter().any(|user| !user.active);
        if second.is_refused() {
            prop_assert!(!is_out && !suspended(&first).is_empty() && !has_flag, "{told}");
            return Ok(());
        }
        if is_out {
            prop_assert_eq!(suspended(&second), Vec::<&str>::new(), "{}", told);
        }
        if let Err(why) = model.apply(&second, &open_pack(), random) {
            return Err(TestCaseError::fail(format!("{why}\n{told}")));
        }
        let last = plan(&desired, &model.live(), &open_pack(), &without);
        prop_assert!(last.is_empty() && model.live().users.iter().all(|user| user.active), "{told}---\n{}", text::of(&last));
    }

    #[test]
    fn administrators_are_kept_while_somebody_is_suspended(seed: u64) {
        let random = &mut Random::new(seed);
        let (files, live) = random_texts(random);
        let (desired, policy) = reading::desired(&format!("{files}\nadministrators R0\nadministrators R1\nallow suspend=9"));
        let mut model = Model::new(&reading::live(&live));
        let first = plan(&desired, &model.live(), &open_pack(), &policy);
        if first.is_refused() {
            return Ok(());
        }
        if let Err(why) = model.apply(&first, &open_pack(), random) {
            return Err(TestCaseError::fail(format!("{why}\n{files}---\n{live}---\n{}", text::of(&first))));
        }
        let last = plan(&desired, &model.live(), &open_pack(), &policy);
        prop_assert!(last.is_empty(), "{}", text::of(&last));
    }
}

#[test]
fn many_random_cases_suspend_somebody_so_that_the_promises_are_about_something() {
    let mut counts = [0; 2];
    for seed in 0..400 {
        let (files, live) = random_texts(&mut Random::new(seed));
        for (count, administrators) in counts.iter_mut().zip(["", "administrators R0\nadministrators R1"]) {
            let plan = planned(&format!("{files}\n{administrators}\nallow suspend=9"), &live);
            *count += u32::from(!plan.is_refused() && !suspended(&plan).is_empty());
        }
    }
    assert!(counts.iter().all(|&count| count > 20), "{counts:?} of 400");
}
