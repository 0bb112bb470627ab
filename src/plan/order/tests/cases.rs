//! Small problems of every kind, made from a seed.

use super::super::{Change, Node, OUTSIDE, Problem, Step};
use crate::generator::Random;

/// What a case is made of, beside moves.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Users, at most.
    pub(super) users: usize,
    /// Of a hundred types, how many are over-committed.
    pub(super) over_committed: u64,
    /// Of a hundred types, how many change the number of their seats.
    pub(super) changing: u64,
    /// Of a hundred users, how many are administrators; and as many at the end.
    pub(super) administrators: u64,
    /// Whether roles get and lose the right.
    pub(super) roles: bool,
    /// Waits that are there for other reasons, at most.
    pub(super) waits: usize,
}

pub(super) fn case(random: &mut Random, kind: Kind) -> Problem {
    let types = 2 + random.below(3);
    let mut problem = Problem::default();
    let users = 1 + random.below(kind.users);
    let mut used = vec![0; types + 1];
    let gets = (kind.roles && random.percent(50)).then(|| role(&mut problem));
    let loses = (kind.roles && random.percent(60)).then(|| role(&mut problem));
    if let Some(gets) = gets {
        // Who keeps the role becomes an administrator with it.
        problem.steps[gets].gains = random.below(3) as u64;
    }
    for _ in 0..users {
        user(random, kind, types, (gets, loses), &mut used, &mut problem);
    }
    if let Some(loses) = loses {
        for _ in 0..random.below(3) {
            problem.administrators += 1;
            problem.losses.push(vec![loses]);
        }
    }
    problem.administrators += u64::from(random.percent(20));
    problem.floor = random.below(problem.administrators as usize + 1) as u64;
    problem.nodes = vec![Node::default()];
    for &used in &used[1..] {
        node(random, kind, used, &mut problem);
    }
    // A step waits for an earlier one of a random line, so that there is no circle.
    if kind.waits > 0 && (gets, loses) == (None, None) {
        let mut line: Vec<usize> = (0..problem.steps.len()).collect();
        for at in 1..line.len() {
            line.swap(at, random.below(at + 1));
        }
        for _ in 0..random.below(kind.waits + 1) {
            let (a, b) = (random.below(line.len()), random.below(line.len()));
            if a < b {
                problem.steps[line[b]].waits.push(line[a]);
            }
        }
    }
    problem
}

fn role(problem: &mut Problem) -> usize {
    problem.steps.push(Step::default());
    problem.steps.len() - 1
}

/// A user who moves, comes, goes, or keeps the type.
fn user(
    random: &mut Random,
    kind: Kind,
    types: usize,
    (gets, loses): (Option<usize>, Option<usize>),
    used: &mut [u64],
    problem: &mut Problem,
) {
    let place = |random: &mut Random| if random.percent(20) { OUTSIDE } else { 1 + random.below(types) };
    let (from, to) = (place(random), place(random));
    used[from] += 1;
    let at = problem.steps.len();
    let mut step = Step { goes: (from != to).then_some((from, to)), ..Step::default() };
    let is_one = from != OUTSIDE && random.percent(kind.administrators);
    let stays_one = to != OUTSIDE && random.percent(kind.administrators);
    problem.administrators += u64::from(is_one);
    match (is_one, stays_one) {
        (false, true) => {
            step.gains = 1;
            step.waits.extend(gets.filter(|_| random.percent(50)));
        }
        (true, true) => step.waits.extend(gets.filter(|_| random.percent(30))),
        (true, false) => match loses.filter(|_| random.percent(50)) {
            // They leave the role before it loses the right.
            Some(role) if random.percent(50) => {
                problem.losses.push(vec![at]);
                problem.steps[role].waits.push(at);
            }
            // They keep the role, or come to it from another one that is an administrator's.
            Some(role) if random.percent(50) => problem.losses.push(vec![role, at]),
            Some(role) => problem.losses.push(vec![role]),
            None => problem.losses.push(vec![at]),
        },
        (false, false) => {}
    }
    problem.steps.push(step);
}

fn node(random: &mut Random, kind: Kind, used: u64, problem: &mut Problem) {
    let seats = |random: &mut Random, kind: Kind| {
        let spare = [0, 0, 0, 0, 1, 1, 2][random.below(7)];
        if random.percent(kind.over_committed) {
            Some(used.saturating_sub(1 + random.below(2) as u64))
        } else {
            (!random.percent(12)).then_some(used + spare)
        }
    };
    // Some hold a seat and are not touched.
    let others = u64::from(random.percent(20));
    let mut of =
        Node { capacity: seats(random, kind).map(|capacity| capacity + others), used: used + others, change: None };
    if random.percent(kind.changing) {
        let capacity = seats(random, kind).map(|capacity| capacity + others);
        if capacity != of.capacity {
            of.change = Some(Change { step: problem.steps.len(), capacity });
            problem.steps.push(Step::default());
        }
    }
    problem.nodes.push(of);
}
