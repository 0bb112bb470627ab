//! The way of each free seat against the users, as PLANNING.md §4 says: linear but for a logarithm.
//!
//! A trail owns the seat that it starts with; each of its moves takes the seat that the one before
//! has left, and waits for it alone. So trails can be cut wherever a seat is free that none has
//! taken, and then run side by side.

use std::collections::BinaryHeap;

use super::graph::Graph;
use super::{Problem, floor};

/// The moves, trail after trail.
pub(super) struct Trails {
    /// Steps.
    pub(super) steps: Vec<usize>,
    /// Per place, whether its step takes a seat that was free.
    pub(super) is_first: Vec<bool>,
}

/// The waits of trails, of seats that are bought or given back, and of losses of administrators;
/// `None` where this way does not settle all of them.
pub(super) fn waits(problem: &Problem) -> Option<Vec<(usize, usize)>> {
    let moves: Vec<(usize, usize, usize)> = problem.moves().collect();
    let is_over_committed = |node: usize| problem.nodes[node].free().is_some_and(|free| free < 0);
    if moves.iter().any(|&(_, _, to)| is_over_committed(to)) {
        return None;
    }
    let trails = Trails::new(problem, &moves)?;
    let mut waits: Vec<(usize, usize)> = (1..trails.steps.len())
        .filter(|&at| !trails.is_first[at])
        .map(|at| (trails.steps[at], trails.steps[at - 1]))
        .collect();
    capacities(problem, &moves, &mut waits);
    let graph = Graph::new(problem, &waits);
    if problem.losses.len() as u64 <= problem.slack() {
        return graph.sorted().map(|_| waits);
    }
    let order = floor::line_up(problem, &graph, &trails)?;
    waits.extend(floor::waits(problem, &order));
    Some(waits)
}

/// Who arrives waits for seats that are bought for them; seats are given back after all moves.
fn capacities(problem: &Problem, moves: &[(usize, usize, usize)], waits: &mut Vec<(usize, usize)>) {
    let mut arrivals = vec![0_u64; problem.nodes.len()];
    for &(_, _, to) in moves {
        arrivals[to] += 1;
    }
    for (at, node) in problem.nodes.iter().enumerate() {
        let Some(change) = &node.change else { continue };
        let touches = moves.iter().filter(|&&(_, from, to)| from == at || to == at);
        if change.lowers(node.capacity) {
            waits.extend(touches.map(|&(step, ..)| (change.step, step)));
        } else if node.capacity.is_some_and(|capacity| capacity < node.used.saturating_add(arrivals[at])) {
            waits.extend(touches.filter(|&&(_, _, to)| to == at).map(|&(step, ..)| (step, change.step)));
        }
    }
}

impl Trails {
    /// `None` where a balanced part has no free seat. Each type that is entered must have a seat
    /// for everybody who is there in the end, and must not be over-committed.
    fn new(problem: &Problem, moves: &[(usize, usize, usize)]) -> Option<Self> {
        let count = problem.nodes.len();
        let mut surplus = vec![0_i128; count];
        let mut arrivals = vec![0_i128; count];
        for &(_, from, to) in moves {
            surplus[to] += 1;
            surplus[from] -= 1;
            arrivals[to] += 1;
        }
        let free: Vec<Option<i128>> = problem.nodes.iter().map(super::Node::free).collect();
        // Everybody who arrives finds a seat, whoever leaves.
        let is_roomy = |node: usize| free[node].is_none_or(|free| free >= arrivals[node]);

        // Arrows against the users. One beyond the moves leads to or from the source, which stands
        // for the seats that are free at the start of parts that are not balanced.
        let (source, beyond) = (count, moves.len());
        let mut arrows: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count + 1];
        for (arrow, &(_, from, to)) in moves.iter().enumerate().rev() {
            arrows[to].push((from, arrow));
        }
        for (node, &surplus) in surplus.iter().enumerate() {
            (0..surplus).for_each(|_| arrows[source].push((node, beyond)));
            (surplus..0).for_each(|_| arrows[node].push((source, beyond)));
        }
        let mut trails = Self { steps: Vec::with_capacity(moves.len()), is_first: Vec::with_capacity(moves.len()) };
        let mut add = |walk: &[usize]| {
            for (at, &arrow) in walk.iter().enumerate() {
                let (step, _, to) = moves[arrow];
                trails.steps.push(step);
                trails.is_first.push(at == 0 || is_roomy(to));
            }
        };
        walk(source, &mut arrows).split(|&arrow| arrow == beyond).for_each(&mut add);
        // What is left is balanced: closed trails, from a place where nobody waits if there is one.
        for node in (0..count).filter(|&node| is_roomy(node)) {
            add(&walk(node, &mut arrows));
        }
        for node in (0..count).filter(|&node| free[node].is_some_and(|free| free > 0)) {
            add(&walk(node, &mut arrows));
        }
        if trails.steps.len() < moves.len() {
            return None;
        }
        let to: Vec<usize> =
            trails.steps.iter().map(|&step| problem.steps[step].goes.map_or(0, |(_, to)| to)).collect();
        // Seats that no trail has taken; in roomy places nothing is left to cut.
        let mut spare: Vec<u64> = (0..count)
            .map(
                |node| {
                    if is_roomy(node) { 0 } else { free[node].and_then(|free| u64::try_from(free).ok()).unwrap_or(0) }
                },
            )
            .collect();
        for (place, &to) in to.iter().enumerate() {
            if trails.is_first[place] {
                spare[to] = spare[to].saturating_sub(1);
            }
        }
        trails.cut(&to, &mut spare);
        Some(trails)
    }

    /// Cuts the longest trail first, nearest its middle, as long as seats are spare.
    fn cut(&mut self, to: &[usize], spare: &mut [u64]) {
        if spare.iter().all(|&spare| spare == 0) {
            return;
        }
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); spare.len()];
        for (place, &node) in to.iter().enumerate() {
            if !self.is_first[place] && spare[node] > 0 {
                places[node].push(place);
            }
        }
        let is_open = |place: usize| !self.is_first[place] && spare[to[place]] > 0;
        let mut open = Open::new(to.len(), is_open);
        let mut longest = BinaryHeap::new();
        let mut start = 0;
        for end in 1..=to.len() {
            if end == to.len() || self.is_first[end] {
                longest.push((end - start, std::cmp::Reverse(start)));
                start = end;
            }
        }
        while let Some((length, std::cmp::Reverse(start))) = longest.pop() {
            let middle = start + length / 2;
            let before = open.at_or_before(middle).filter(|&place| place > start);
            let after = open.at_or_after(middle).filter(|&place| place < start + length);
            let nearest = before.into_iter().chain(after).min_by_key(|place| (place.abs_diff(middle), *place));
            let Some(place) = nearest else { continue };
            self.is_first[place] = true;
            open.close(place);
            spare[to[place]] -= 1;
            if spare[to[place]] == 0 {
                places[to[place]].iter().for_each(|&place| open.close(place));
            }
            longest.push((place - start, std::cmp::Reverse(start)));
            longest.push((start + length - place, std::cmp::Reverse(place)));
        }
    }
}

/// Places where a cut is possible; each is closed at most once, and closed ones are jumped over.
struct Open {
    /// Per place and one before, the nearest open one at or before it, by way of closed ones.
    before: Vec<usize>,
    after: Vec<usize>,
}

impl Open {
    fn new(count: usize, is_open: impl Fn(usize) -> bool) -> Self {
        let mut open = Self { before: (0..=count).collect(), after: (0..=count).collect() };
        (0..count).filter(|&place| !is_open(place)).for_each(|place| open.close(place));
        open
    }

    fn close(&mut self, place: usize) {
        if self.after[place] == place {
            self.after[place] = place + 1;
            // One to the right, so that 0 says that there is none.
            self.before[place + 1] = place;
        }
    }

    fn at_or_before(&mut self, place: usize) -> Option<usize> {
        root(&mut self.before, place + 1).checked_sub(1)
    }

    fn at_or_after(&mut self, place: usize) -> Option<usize> {
        let found = root(&mut self.after, place);
        (found + 1 < self.after.len()).then_some(found)
    }
}

fn root(next: &mut [usize], mut place: usize) -> usize {
    while next[place] != place {
        next[place] = next[next[place]];
        place = next[place];
    }
    place
}

/// A closed walk over all arrows that can be reached from a node, each once (Hierholzer). Every
/// node must have as many arrows in as out.
fn walk(start: usize, arrows: &mut [Vec<(usize, usize)>]) -> Vec<usize> {
    let mut stack = vec![(start, None)];
    let mut walked = Vec::new();
    while let Some(&(node, arrow)) = stack.last() {
        if let Some((next, arrow)) = arrows[node].pop() {
            stack.push((next, Some(arrow)));
        } else {
            stack.pop();
            walked.extend(arrow);
        }
    }
    walked.reverse();
    walked
}
