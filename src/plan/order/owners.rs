//! Waits from an order of the steps one after the other: who takes which seat.
//!
//! In the order every seat that somebody takes was free at the start, was left by somebody or was
//! bought. Whoever takes it waits for that step and for nothing else, so the steps run side by
//! side as far as their seats allow. Each seat has one next owner, so there is never one too few.
//! Where a type is over-committed, the first seats that come free there are nobody's: the first
//! who arrives waits for all of them, and the others wait for the first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::Graph;
use super::{Problem, floor};

/// The seats of a type on the way through the order.
struct Place {
    /// Seats that are free, by how long the steps before them take; `None` was free at the start.
    free: BinaryHeap<Reverse<(usize, Option<usize>)>>,
    /// Seats that are nobody's when they come free.
    beyond: u64,
    /// Who left these.
    left: Vec<usize>,
    /// Who arrived first.
    first: Option<usize>,
    capacity: Option<u64>,
    used: u64,
    /// Whether seats are still to be given back, and who arrived or left before.
    is_lowered: bool,
    touched: Vec<usize>,
    /// The step that made seats endless.
    opened: Option<usize>,
}

impl Place {
    /// So many seats come free; first those that are nobody's.
    fn give(&mut self, seats: u64, most: usize, depth: usize, step: usize) {
        let nobodys = self.beyond.min(seats);
        if nobodys > 0 {
            self.beyond -= nobodys;
            self.left.push(step);
        }
        let seats = usize::try_from(seats - nobodys).unwrap_or(most).min(most);
        self.free.extend(std::iter::repeat_n(Reverse((depth, Some(step))), seats));
    }

    fn take(&mut self, step: usize, waits: &mut Vec<usize>) {
        if let Some(Reverse((_, Some(owner)))) = self.free.pop() {
            waits.push(owner);
        }
        match self.first {
            None => waits.extend(&self.left),
            Some(first) if !self.left.is_empty() => waits.push(first),
            Some(_) => {}
        }
        self.first.get_or_insert(step);
    }
}

/// The waits of an order that keeps within the seats and above the floor.
pub(super) fn waits(problem: &Problem, order: &[usize]) -> Vec<(usize, usize)> {
    let most = problem.steps.len();
    let mut places: Vec<Place> = problem.nodes.iter().map(|node| place(node, most)).collect();
    let changes = changes(problem);
    let graph = Graph::new(problem, &[]);
    let mut depth = vec![0; problem.steps.len()];
    let mut added = Vec::new();
    let mut waits = Vec::new();
    for &step in order {
        waits.clear();
        let goes = problem.steps[step].goes.filter(|(from, to)| from != to);
        if let Some((_, to)) = goes {
            let place = &mut places[to];
            match place.capacity {
                Some(_) => place.take(step, &mut waits),
                None => waits.extend(place.opened),
            }
            place.used += 1;
        }
        for &node in &changes[step] {
            if places[node].is_lowered {
                waits.append(&mut places[node].touched);
            }
        }
        depth[step] = graph.before(step).iter().chain(&waits).map(|&before| depth[before] + 1).max().unwrap_or(0);
        if let Some((from, to)) = goes {
            let place = &mut places[from];
            place.used = place.used.saturating_sub(1);
            if place.capacity.is_some() {
                place.give(1, most, depth[step], step);
            }
            for node in [from, to].into_iter().filter(|&node| problem.nodes[node].change.is_some()) {
                places[node].touched.push(step);
            }
        }
        for &node in &changes[step] {
            let (place, after) = (&mut places[node], problem.nodes[node].at_the_end());
            match (place.capacity, after) {
                // Whoever arrived or left is waited for, so what is left then is counted anew.
                (_, Some(after)) if place.is_lowered => {
                    place.free.clear();
                    place.give(after.saturating_sub(place.used), most, depth[step], step);
                }
                (Some(before), Some(after)) => place.give(after - before, most, depth[step], step),
                _ => place.opened = Some(step),
            }
            (place.capacity, place.is_lowered) = (after, false);
        }
        waits.sort_unstable();
        waits.dedup();
        added.extend(waits.iter().map(|&before| (step, before)));
    }
    added.extend(floor::waits(problem, order));
    added
}

/// Per step, the nodes whose seats it changes.
fn changes(problem: &Problem) -> Vec<Vec<usize>> {
    let mut of = vec![Vec::new(); problem.steps.len()];
    for (at, node) in problem.nodes.iter().enumerate() {
        if let Some(change) = &node.change {
            of[change.step].push(at);
        }
    }
    of
}

/// `most` seats are more than the moves can take.
fn place(node: &super::Node, most: usize) -> Place {
    let free = node.capacity.map_or(0, |capacity| capacity.saturating_sub(node.used));
    let free = std::iter::repeat_n(Reverse((0, None)), usize::try_from(free).unwrap_or(most).min(most));
    Place {
        free: free.collect(),
        beyond: node.capacity.map_or(0, |capacity| node.used.saturating_sub(capacity)),
        left: Vec::new(),
        first: None,
        capacity: node.capacity,
        used: node.used,
        is_lowered: node.change.as_ref().is_some_and(|change| change.lowers(node.capacity)),
        touched: Vec::new(),
        opened: None,
    }
}
