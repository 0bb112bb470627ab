//! The answer against a search through all orders, a hundred thousand times.
//!
//! Each test has its seeds; all together are [`CASES`] × their number.

use super::super::explain::with_seats;
use super::super::{Lockout, Problem, Refusal, Shortage, solve};
use super::all_orders::Masks;
use super::cases::{Kind, case};
use crate::generator::Random;

/// Cases of each test. Sets of steps are bits and states come in the order of their numbers, so that
/// all of them take some ten seconds of one processor as tests are built; optimising the whole crate
/// for their sake would cost every build of the tests more than that.
const CASES: u64 = 20_000;

const PLAIN: Kind = Kind { users: 7, over_committed: 0, changing: 0, administrators: 0, roles: false, waits: 0 };

/// Solves random cases and holds the answers against the search; both answers must be frequent.
fn check(seed: u64, kind: Kind) {
    let mut random = Random::new(seed);
    let (mut solved, mut short, mut locked_out) = (0_u64, 0_u64, 0_u64);
    for case_number in 0..CASES {
        let problem = case(&mut random, kind);
        let why = |what: &str| format!("case {case_number}: {what}\n{problem:#?}");
        let has_order = Masks::new(&problem).has_order();
        match solve(&problem) {
            Ok(solution) => {
                solved += 1;
                assert!(has_order, "{}", why("there is no order"));
                let worst = Masks::new(&problem).with(&solution.waits).every_interleaving();
                match worst {
                    Err(illegal) => panic!("{}\n{:?}", why(&illegal), solution.waits),
                    Ok(worst) => assert_eq!(solution.worst, worst, "{}\n{:?}", why("the worst"), solution.waits),
                }
            }
            Err(refusal) => {
                assert!(!has_order, "{}\n{refusal:#?}", why("there is an order"));
                match refusal {
                    Refusal::Seats(shortage) => {
                        short += 1;
                        confirm_shortage(&problem, &shortage)
                            .unwrap_or_else(|what| panic!("{}\n{shortage:#?}", why(&what)));
                    }
                    Refusal::Lockout(lockout) => {
                        locked_out += 1;
                        confirm_lockout(&problem, &lockout)
                            .unwrap_or_else(|what| panic!("{}\n{lockout:#?}", why(&what)));
                    }
                }
            }
        }
    }
    let least = CASES / 20;
    assert!(solved > least && short > least, "{solved} solved, {short} short of seats of {CASES}");
    assert!(kind.administrators == 0 || locked_out > least / 10, "{locked_out} locked out of {CASES}");
}

fn has_order(problem: &Problem) -> bool {
    Masks::new(problem).has_order()
}

/// What is said to be missing is: with it there is an order, and with one seat less there is none.
fn confirm_shortage(problem: &Problem, shortage: &Shortage) -> Result<(), String> {
    if !shortage.is_proved {
        return Err("the search was given up".to_owned());
    }
    let seats_only = Problem { floor: 0, losses: Vec::new(), ..problem.clone() };
    if has_order(&seats_only) {
        return Err("the seats suffice".to_owned());
    }
    let bought = |less: Option<usize>| {
        let mut purchase = 0;
        let mut one_less = |count: u64| {
            purchase += 1;
            count - u64::from(less == Some(purchase - 1))
        };
        let mut bought = seats_only.clone();
        for missing in &shortage.missing {
            let count = one_less(missing.count);
            match &mut bought.nodes[missing.node].change {
                Some(change) if missing.at_the_end => change.capacity = change.capacity.map(|seats| seats + count),
                _ => bought = with_seats(&bought, missing.node, count),
            }
        }
        for stuck in &shortage.stuck {
            let Some(&node) = stuck.nodes.first() else { continue };
            bought = with_seats(&bought, node, one_less(stuck.count));
        }
        (bought, purchase)
    };
    let (all, purchases) = bought(None);
    if shortage.stuck.iter().any(|stuck| stuck.count == 0) {
        // Nothing was promised; what steps wait for beside seats can make every purchase vain.
        return Ok(());
    }
    if !has_order(&all) {
        return Err("the purchase is too small".to_owned());
    }
    let is_kept = |node: &usize| shortage.missing.iter().any(|missing| missing.at_the_end && missing.node == *node);
    if shortage.stuck.iter().filter_map(|stuck| stuck.nodes.first()).any(is_kept) {
        // Seats that are bought for the way are there at the end as well.
        return Ok(());
    }
    for less in 0..purchases {
        if has_order(&bought(Some(less)).0) {
            return Err(format!("purchase {less} is too large"));
        }
    }
    for stuck in shortage.stuck.iter().filter(|_| shortage.missing.is_empty() && shortage.stuck.len() == 1) {
        if stuck.nodes.iter().any(|&node| !has_order(&with_seats(&seats_only, node, stuck.count))) {
            return Err("not any one of the types would do".to_owned());
        }
    }
    Ok(())
}

/// Seats alone are not what is missing, and the ways out are.
fn confirm_lockout(problem: &Problem, lockout: &Lockout) -> Result<(), String> {
    if !lockout.is_proved {
        return Err("the search was given up".to_owned());
    }
    if !has_order(&Problem { floor: 0, ..problem.clone() }) {
        return Err("the seats do not suffice".to_owned());
    }
    if lockout.seats.iter().any(|&node| !has_order(&with_seats(problem, node, 1))) {
        return Err("one more seat does not do".to_owned());
    }
    let Some(below) = lockout.below else { return Err("some floor is low enough".to_owned()) };
    let lower = |below: u64| has_order(&Problem { floor: problem.floor - below, ..problem.clone() });
    if lower(below) && !lower(below - 1) { Ok(()) } else { Err("the floor is lowered by another number".to_owned()) }
}

#[test]
fn seats() {
    check(1, PLAIN);
}

#[test]
fn seats_that_are_bought_given_back_or_over_committed() {
    check(2, Kind { users: 6, over_committed: 25, changing: 25, ..PLAIN });
}

#[test]
fn seats_and_administrators() {
    check(3, Kind { administrators: 45, ..PLAIN });
}

#[test]
fn seats_administrators_and_roles_that_get_and_lose_the_right() {
    check(4, Kind { users: 6, administrators: 45, roles: true, ..PLAIN });
}

#[test]
fn everything_at_once() {
    check(5, Kind { users: 5, over_committed: 15, changing: 15, administrators: 45, roles: true, waits: 3 });
}

#[test]
fn steps_that_wait_for_other_reasons() {
    check(6, Kind { users: 6, over_committed: 10, changing: 5, administrators: 30, roles: false, waits: 4 });
}
