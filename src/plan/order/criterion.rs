//! The criterion of PLANNING.md §4: (i) each type that a move enters has a seat for everybody who
//! is there in the end, and (ii) each part of the moves that is balanced has a free seat somewhere.
//!
//! Both are necessary whatever else steps wait for. Together they suffice where no type that is
//! entered is over-committed and the moves wait for nothing else: reverse the arrows; a part that
//! is not balanced falls into as many trails as seats are taken in the end, each from a free seat,
//! and one that is balanced is one closed trail from the seat that is free.

use std::collections::BTreeMap;

use super::Problem;

/// What is missing before there can be an order.
#[derive(Clone, Debug, Default)]
pub struct Shortage {
    /// Seats that every order lacks: exactly so many, of exactly these types.
    pub missing: Vec<Missing>,
    /// Parts of the moves that cannot be gone through even then.
    pub stuck: Vec<Stuck>,
    /// Whether it is certain that there is no order; else the search was given up.
    pub is_proved: bool,
}

/// Seats that a type lacks.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The type.
    pub node: usize,
    /// How many.
    pub count: u64,
    /// Whether they are missing after seats were given back, and not before.
    pub at_the_end: bool,
}

/// Moves that wait for each other's seats.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// The types: `count` more seats of any one of them would do.
    pub nodes: Vec<usize>,
    /// Every step that moves somebody between them; to suspend one of these users would do too
    /// where the part is balanced.
    pub moves: Vec<usize>,
    /// How many seats; 0 where no number of one type was found that would do.
    pub count: u64,
}

/// Moves in a part, by the nodes that they join.
#[derive(Clone, Copy)]
struct Part {
    /// Whether as many arrive as leave everywhere, nowhere is a seat free, and no move goes to or
    /// from endless seats.
    is_stuck: bool,
}

/// Says which of the moves between nodes cannot be gone on with: per node, whether it belongs to a
/// balanced part without a free seat. `edges` are from, to and how many.
pub(super) fn stuck_nodes(free: &[Option<i128>], edges: &[(usize, usize, u64)]) -> Vec<Option<usize>> {
    let mut joined: Vec<usize> = (0..free.len()).collect();
    let mut surplus = vec![0_i128; free.len()];
    for &(from, to, count) in edges.iter().filter(|&&(_, _, count)| count > 0) {
        surplus[to] += i128::from(count);
        surplus[from] -= i128::from(count);
        // Endless seats join nobody: who goes there waits for nothing.
        if free[from].is_some() && free[to].is_some() {
            let (from, to) = (root(&mut joined, from), root(&mut joined, to));
            joined[from.max(to)] = from.min(to);
        }
    }
    let mut parts = vec![Part { is_stuck: true }; free.len()];
    let mut is_touched = vec![false; free.len()];
    for &(from, to, _) in edges.iter().filter(|&&(_, _, count)| count > 0) {
        (is_touched[from], is_touched[to]) = (true, true);
        if free[from].is_none() || free[to].is_none() {
            let limited = if free[from].is_none() { to } else { from };
            parts[root(&mut joined, limited)].is_stuck = false;
        }
    }
    for node in 0..free.len() {
        if free[node].is_none_or(|free| free > 0) || surplus[node] != 0 {
            parts[root(&mut joined, node)].is_stuck = false;
        }
    }
    let part = |node: usize| root(&mut joined, node);
    let of: Vec<usize> = (0..free.len()).map(part).collect();
    (0..free.len()).map(|node| Some(of[node]).filter(|&part| is_touched[node] && parts[part].is_stuck)).collect()
}

fn root(joined: &mut [usize], mut node: usize) -> usize {
    while joined[node] != node {
        joined[node] = joined[joined[node]];
        node = joined[node];
    }
    node
}

/// Holds the criterion against a problem.
pub(super) fn check(problem: &Problem) -> Result<(), Shortage> {
    let mut shortage = Shortage { is_proved: true, ..Shortage::default() };
    let mut arrivals = vec![0_u64; problem.nodes.len()];
    let mut leavers = vec![0_u64; problem.nodes.len()];
    let mut edges: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for (_, from, to) in problem.moves() {
        arrivals[to] += 1;
        leavers[from] += 1;
        *edges.entry((from, to)).or_default() += 1;
    }
    let mut free: Vec<Option<i128>> = problem.nodes.iter().map(super::Node::free).collect();
    for (at, node) in problem.nodes.iter().enumerate() {
        let grows = i128::from(arrivals[at]) - i128::from(leavers[at]);
        let lowered = node.change.as_ref().filter(|change| change.lowers(node.capacity));
        // Seats that are given back are missing at the end, which says it all: before that there are more.
        let (at_the_end, spare) = match lowered.and(node.at_the_end()) {
            Some(capacity) => (true, Some(i128::from(capacity) - i128::from(node.used))),
            None => (false, free[at].filter(|_| arrivals[at] > 0)),
        };
        if let Some(mut missing) = spare.map(|spare| grows - spare).filter(|&missing| missing > 0) {
            if let Some((before, after)) =
                node.capacity.zip(node.at_the_end()).filter(|_| at_the_end && arrivals[at] == 0)
            {
                // Nobody arrives: it would do to give nothing back.
                missing = missing.min(i128::from(before) - i128::from(after));
            }
            let count = u64::try_from(missing).unwrap_or(u64::MAX);
            shortage.missing.push(Missing { node: at, count, at_the_end });
            free[at] = free[at].map(|free| free.max(grows));
        }
    }
    let edges: Vec<(usize, usize, u64)> = edges.into_iter().map(|((from, to), count)| (from, to, count)).collect();
    let part = stuck_nodes(&free, &edges);
    let mut stuck: BTreeMap<usize, Stuck> = BTreeMap::new();
    let nothing = || Stuck { nodes: Vec::new(), moves: Vec::new(), count: 1 };
    for (node, part) in part.iter().enumerate() {
        if let Some(part) = part {
            stuck.entry(*part).or_insert_with(nothing).nodes.push(node);
        }
    }
    if !stuck.is_empty() {
        for (step, from, _) in problem.moves() {
            if let Some(stuck) = part[from].and_then(|part| stuck.get_mut(&part)) {
                stuck.moves.push(step);
            }
        }
    }
    shortage.stuck = stuck.into_values().collect();
    if shortage.missing.is_empty() && shortage.stuck.is_empty() { Ok(()) } else { Err(shortage) }
}
