//! Cases that are worth knowing by themselves.

use super::super::{Node, OUTSIDE, Problem, Refusal, Solution, Step, solve};
use super::all_orders::Masks;

/// Types with so many seats, those of them free, and the moves; no administrators.
fn problem(seats: &[(u64, u64)], moves: &[(usize, usize)]) -> Problem {
    let node = |&(capacity, free): &(u64, u64)| Node { capacity: Some(capacity), used: capacity - free, change: None };
    let step = |&goes: &(usize, usize)| Step { goes: Some(goes), ..Step::default() };
    Problem {
        nodes: std::iter::once(Node::default()).chain(seats.iter().map(node)).collect(),
        steps: moves.iter().map(step).collect(),
        ..Problem::default()
    }
}

#[track_caller]
fn solved(problem: &Problem) -> Solution {
    let solution = solve(problem).unwrap_or_else(|refusal| panic!("{refusal:#?}"));
    if problem.steps.len() <= 20 {
        let worst = Masks::new(problem).with(&solution.waits).every_interleaving().expect("every state is legal");
        assert_eq!(solution.worst, worst);
    }
    solution
}

const A: usize = 1;
const B: usize = 2;
const C: usize = 3;
const D: usize = 4;

/// How long the longest row of waits is.
fn length(problem: &Problem, solution: &Solution) -> usize {
    let graph = super::super::Graph::new(problem, &solution.waits);
    let mut depth = vec![1; problem.steps.len()];
    for step in graph.sorted().expect("waits do not go in a circle") {
        depth[step] = graph.before(step).iter().map(|&before| depth[before] + 1).max().unwrap_or(1);
    }
    depth.into_iter().max().unwrap_or(0)
}

#[test]
fn a_swap_needs_one_seat_of_either_type() {
    // rules.md §5, 1.
    let Err(Refusal::Seats(shortage)) = solve(&problem(&[(1, 0), (1, 0)], &[(A, B), (B, A)])) else {
        panic!("nobody can be first")
    };
    assert!(shortage.is_proved && shortage.missing.is_empty());
    let stuck = &shortage.stuck[0];
    assert_eq!((stuck.nodes.as_slice(), stuck.moves.as_slice(), stuck.count), (&[A, B][..], &[0, 1][..], 1));
    assert_eq!(solved(&problem(&[(2, 1), (1, 0)], &[(A, B), (B, A)])).waits, [(0, 1)]);
    assert_eq!(solved(&problem(&[(1, 0), (2, 1)], &[(A, B), (B, A)])).waits, [(1, 0)]);
}

#[test]
fn a_chain_goes_from_its_free_end() {
    // rules.md §5, 2.
    assert_eq!(solved(&problem(&[(1, 0), (1, 0), (1, 1)], &[(A, B), (B, C)])).waits, [(0, 1)]);
}

#[test]
fn the_free_seat_goes_to_the_cycle_and_not_to_whoever_is_first_in_the_file() {
    // PLANNING.md §4: taking D→C because it fits would strand the other two.
    let solution = solved(&problem(&[(1, 0), (1, 0), (2, 1), (1, 0)], &[(D, C), (B, C), (C, B)]));
    assert_eq!(solution.waits, [(2, 1), (0, 2)]);
}

#[test]
fn parts_that_need_nothing_from_each_other_are_refused_each_for_itself() {
    let two = problem(&[(1, 0), (1, 0), (1, 0), (1, 0)], &[(A, B), (B, A), (C, D), (D, C)]);
    let Err(Refusal::Seats(shortage)) = solve(&two) else { panic!("nobody can be first") };
    let parts: Vec<&[usize]> = shortage.stuck.iter().map(|stuck| stuck.nodes.as_slice()).collect();
    assert_eq!(parts, [&[A, B][..], &[C, D]]);
}

#[test]
fn an_over_committed_type_is_left_before_it_is_entered() {
    // A has one seat and two users; one leaves, then another one, and only then somebody comes.
    let mut over = problem(&[(1, 0), (9, 9)], &[(B, A), (A, B), (A, B)]);
    over.nodes[A].used = 2;
    let solution = solved(&over);
    assert_eq!(solution.worst[A], 2, "it is never made worse");
    // Nobody can come when the criterion holds and the order does not: C→A needs both to be gone.
    let mut stuck = problem(&[(1, 0), (1, 0), (1, 1)], &[(A, C), (A, B), (B, A)]);
    stuck.nodes[A].used = 2;
    let Err(Refusal::Seats(shortage)) = solve(&stuck) else { panic!("B→A and A→B wait for each other") };
    assert!(shortage.is_proved);
    assert_eq!((shortage.stuck[0].nodes.as_slice(), shortage.stuck[0].count), (&[A, B][..], 1));
}

/// Users in turn from each type to the next.
fn ring(types: usize, users: usize) -> Vec<(usize, usize)> {
    (0..users).map(|user| (1 + user % types, 1 + (user + 1) % types)).collect()
}

#[test]
fn one_spare_seat_takes_a_thousand_round_a_ring() {
    let ring = ring(3, 999);
    let full = problem(&[(333, 0), (333, 0), (333, 0)], &ring);
    assert!(solve(&full).is_err());
    let spare = problem(&[(333, 0), (334, 1), (333, 0)], &ring);
    let solution = solved(&spare);
    assert_eq!(solution.worst, [0, 333, 334, 333]);
    assert_eq!(length(&spare, &solution), 999, "there is one seat, so there is one way");
}

#[test]
fn each_further_seat_halves_the_longest_way() {
    let ring = ring(3, 999);
    for (seats, longest) in [(1, 999), (2, 501), (4, 252), (8, 126)] {
        let problem = problem(&[(333, 0), (333 + seats, seats), (333, 0)], &ring);
        let solution = solved(&problem);
        assert!(length(&problem, &solution) <= longest, "{seats}: {}", length(&problem, &solution));
    }
    // Where everybody finds a seat nobody waits.
    assert_eq!(solved(&problem(&[(666, 333), (666, 333), (666, 333)], &ring)).waits, []);
}

#[test]
fn what_goes_to_or_from_endless_seats_waits_for_nobody_there() {
    let through = [(A, OUTSIDE), (OUTSIDE, B), (B, OUTSIDE), (OUTSIDE, A)];
    assert_eq!(solved(&problem(&[(1, 0), (1, 0)], &through)).waits, [(3, 0), (1, 2)]);
}

#[test]
fn an_administrator_comes_before_the_last_one_goes() {
    // Ana leaves A for B, Bo becomes an administrator by coming to A from B; B has a spare seat.
    let mut swap = problem(&[(1, 0), (2, 1)], &[(A, B), (B, A)]);
    swap.steps[1].gains = 1;
    swap.losses = vec![vec![0]];
    (swap.administrators, swap.floor) = (1, 1);
    let Err(Refusal::Lockout(lockout)) = solve(&swap) else { panic!("Bo needs Ana's seat") };
    assert!(lockout.is_proved);
    assert_eq!((lockout.loss, lockout.gain), (Some(0), Some(1)));
    let need = &lockout.needs[0];
    assert_eq!((lockout.needs.len(), need.step, need.node, need.after, need.is_only_one), (1, 1, Some(A), 0, true));
    assert_eq!((lockout.seats.as_slice(), lockout.below), (&[A][..], Some(1)));
    assert_eq!(lockout.moves, [0, 1]);
    // A second administrator can be spared.
    swap.administrators = 2;
    assert_eq!(solved(&swap).waits, [(1, 0)]);
}

#[test]
fn a_gain_takes_the_free_seat_before_a_trail_that_would_bring_it_last() {
    // Two could take the seat of B. The earlier one in the file would lead through the loss.
    let mut problem = problem(&[(1, 0), (2, 1), (1, 0)], &[(A, B), (C, B), (B, A), (B, C)]);
    problem.steps[1].gains = 1;
    problem.losses = vec![vec![0]];
    (problem.administrators, problem.floor) = (1, 1);
    let solution = solved(&problem);
    assert!(solution.waits.contains(&(0, 1)), "{:?}", solution.waits);
}

#[test]
fn thousands_of_moves_of_which_one_is_a_gain_stay_side_by_side() {
    // The trails alone would bring the gain behind the loss that waits for it.
    let mut moves: Vec<(usize, usize)> = vec![(A, B)];
    moves.extend((0..3_000).map(|at| [(A, B), (B, A)][at % 2]));
    moves.push((B, A));
    let mut problem = problem(&[(2_000, 8), (2_000, 8)], &moves);
    let last = moves.len() - 1;
    problem.steps[last].gains = 1;
    problem.losses = vec![vec![0]];
    (problem.administrators, problem.floor) = (1, 1);
    let solution = solved(&problem);
    assert!(length(&problem, &solution) < 500, "{}", length(&problem, &solution));
}
