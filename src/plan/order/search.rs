//! A search through the states, exact as far as it goes.
//!
//! Depth first, what is most promising first: gains before what changes nothing, losses last. A
//! state where a balanced part has lost its last free seat is not entered (§4 says that nothing
//! comes of it), so without other waits no seat ever leads the search astray. What can only help
//! is done without trying anything else. Once what is left of the losses can be spared and nobody
//! has to enter an over-committed type, the trails do the rest.

use std::collections::HashSet;

use super::classes::Classes;
use super::graph::Graph;
use super::{Change, Node, Problem, Step, criterion, trails};

/// So many states are looked at, at most: enough for every mixture of a few dozen users that a
/// lock-out can hang on, and still well under a second.
pub const MOST_STATES: usize = 100_000;

/// States times classes: what is remembered of the states stays within 64 MB.
const MOST_NUMBERS: usize = 1 << 24;

/// How often the trails are tried from states on the way: they fail only where steps wait for each
/// other in other ways than by seats.
const MOST_TRIES: u32 = 16;

/// What came of it.
pub(super) enum Outcome {
    /// The steps, one after the other; those that nothing depends on are left out.
    Found(Vec<usize>),
    /// No order, which is proved when every state was looked at.
    Nothing {
        is_proved: bool,
        /// The steps on the way to the first state from which nothing went on.
        as_far_as: Vec<usize>,
    },
}

/// A state.
struct State {
    done: Vec<u32>,
    used: Vec<i128>,
    capacity: Vec<Option<u64>>,
    gained: u64,
}

struct Search<'p> {
    problem: &'p Problem,
    classes: Classes,
    state: State,
    tries: u32,
}

/// Looks for an order.
pub(super) fn order(problem: &Problem) -> Outcome {
    let classes = Classes::new(problem);
    let count = classes.list.len();
    let state = State {
        done: vec![0; count],
        used: problem.nodes.iter().map(|node| i128::from(node.used)).collect(),
        capacity: problem.nodes.iter().map(|node| node.capacity).collect(),
        gained: 0,
    };
    let mut search = Search { problem, classes, state, tries: 0 };
    let most = MOST_STATES.min(MOST_NUMBERS / count.max(1));
    let mut seen: HashSet<Box<[u32]>> = HashSet::new();
    let mut path: Vec<usize> = Vec::new();
    let mut first_end: Option<Vec<usize>> = None;
    let mut open: Vec<Vec<usize>> = vec![search.candidates()];
    loop {
        if let Some(rest) = search.rest() {
            let mut order = search.steps(&path);
            order.extend(rest);
            return Outcome::Found(order);
        }
        // The next state that is new and fine, going back where there is none.
        loop {
            let Some(candidates) = open.last_mut() else {
                return Outcome::Nothing { is_proved: true, as_far_as: first_end.unwrap_or_default() };
            };
            if let Some(class) = candidates.pop() {
                search.enter(class);
                if search.is_fine() && seen.insert(search.state.done.clone().into()) {
                    path.push(class);
                    open.push(search.candidates());
                    break;
                }
                search.leave(class);
                continue;
            }
            first_end.get_or_insert_with(|| search.steps(&path));
            open.pop();
            if let Some(class) = path.pop() {
                search.leave(class);
            }
        }
        if seen.len() > most {
            let as_far_as = first_end.unwrap_or_else(|| search.steps(&path));
            return Outcome::Nothing { is_proved: false, as_far_as };
        }
    }
}

impl Search<'_> {
    fn size(&self, class: usize) -> u32 {
        self.classes.list[class].members.len() as u32
    }

    fn is_whole(&self, class: usize) -> bool {
        self.state.done[class] == self.size(class)
    }

    /// Seats that are free now.
    fn free(&self, node: usize) -> Option<i128> {
        self.state.capacity[node].map(|capacity| i128::from(capacity) - self.state.used[node])
    }

    /// Whether an open class has a step that the platform would take now.
    fn is_ready(&self, class: usize) -> bool {
        let of = &self.classes.list[class];
        let has_seat = of.goes.is_none_or(|(_, to)| self.free(to).is_none_or(|free| free > 0));
        let gives_back = |&node: &usize| {
            let after = self.problem.nodes[node].at_the_end();
            after.is_none_or(|after| {
                self.state.capacity[node].is_some_and(|before| before <= after)
                    || self.state.used[node] <= i128::from(after)
            })
        };
        !self.is_whole(class)
            && has_seat
            && of.changes.iter().all(gives_back)
            && of.waits.iter().all(|&wait| self.is_whole(wait))
    }

    /// Whether a step can only help: it takes nothing and unmakes nobody.
    fn is_harmless(&self, class: usize) -> bool {
        let of = &self.classes.list[class];
        let is_endless =
            |node: usize| self.state.capacity[node].is_none() && self.problem.nodes[node].at_the_end().is_none();
        let takes = of.goes.is_some_and(|(_, to)| !is_endless(to));
        let lowers = |&node: &usize| {
            let change = self.problem.nodes[node].change.as_ref();
            change.is_some_and(|change| change.lowers(self.problem.nodes[node].capacity))
        };
        !of.loses && !takes && !of.changes.iter().any(lowers)
    }

    /// The classes that can go on, the best last.
    fn candidates(&self) -> Vec<usize> {
        let mut ready: Vec<usize> = (0..self.classes.list.len()).filter(|&class| self.is_ready(class)).collect();
        if let Some(&harmless) = ready.iter().find(|&&class| self.is_harmless(class)) {
            return vec![harmless];
        }
        ready.sort_by_cached_key(|&class| {
            let of = &self.classes.list[class];
            // Over-committed types are left first, and the most seats are used first.
            let (left, entered) = of.goes.map_or((0, 0), |(from, to)| {
                (self.free(from).map_or(0, |free| free.min(0)), self.free(to).unwrap_or(i128::MAX))
            });
            let promise = (of.gains > 0, !of.loses, of.changes.is_empty());
            (promise, std::cmp::Reverse(left), entered, std::cmp::Reverse(class))
        });
        ready
    }

    fn enter(&mut self, class: usize) {
        let of = &self.classes.list[class];
        self.state.done[class] += 1;
        self.state.gained += of.gains;
        if let Some((from, to)) = of.goes {
            self.state.used[from] -= 1;
            self.state.used[to] += 1;
        }
        for &node in &of.changes {
            self.state.capacity[node] = self.problem.nodes[node].at_the_end();
        }
    }

    fn leave(&mut self, class: usize) {
        let of = &self.classes.list[class];
        self.state.done[class] -= 1;
        self.state.gained -= of.gains;
        if let Some((from, to)) = of.goes {
            self.state.used[from] += 1;
            self.state.used[to] -= 1;
        }
        for &node in &of.changes {
            self.state.capacity[node] = self.problem.nodes[node].capacity;
        }
    }

    fn administrators(&self) -> u64 {
        (self.problem.administrators + self.state.gained).saturating_sub(self.classes.lost(&self.state.done))
    }

    /// Seats that are free, those that are still to be bought included.
    fn hoped(&self, node: usize) -> Option<i128> {
        let changed = self.problem.nodes[node].change.as_ref().map_or(Some(0), |change| change.capacity)?;
        self.state.capacity[node].map(|capacity| i128::from(capacity.max(changed)) - self.state.used[node])
    }

    fn left(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        (self.classes.list.iter().zip(&self.state.done))
            .filter_map(|(class, &done)| {
                class.goes.map(|(from, to)| (from, to, class.members.len() as u64 - u64::from(done)))
            })
            .filter(|&(.., count)| count > 0)
    }

    fn is_fine(&self) -> bool {
        if !self.problem.losses.is_empty() && self.administrators() < self.problem.floor {
            return false;
        }
        let free: Vec<Option<i128>> = (0..self.problem.nodes.len()).map(|node| self.hoped(node)).collect();
        let left: Vec<(usize, usize, u64)> = self.left().collect();
        criterion::stuck_nodes(&free, &left).iter().all(Option::is_none)
    }

    /// The rest of the order where nothing is left that needs the search.
    fn rest(&mut self) -> Option<Vec<usize>> {
        let is_over = |class: usize| self.is_whole(class);
        if (0..self.classes.list.len()).all(is_over) {
            return Some(Vec::new());
        }
        let lost = self.problem.losses.len() as u64 - self.classes.lost(&self.state.done);
        let can_be_spared = self.problem.losses.is_empty() || lost + self.problem.floor <= self.administrators();
        let is_over_committed = |(_, to, _)| self.hoped(to).is_some_and(|free| free < 0);
        if !can_be_spared || self.left().any(is_over_committed) || self.tries >= MOST_TRIES {
            return None;
        }
        self.tries += 1;
        let (rest, steps) = self.remaining();
        let waits = trails::waits(&rest)?;
        let sorted = Graph::new(&rest, &waits).sorted()?;
        Some(sorted.into_iter().map(|step| steps[step]).collect())
    }

    /// What is left as a problem of its own, without administrators, and its steps.
    fn remaining(&self) -> (Problem, Vec<usize>) {
        let open =
            self.classes.list.iter().zip(&self.state.done).flat_map(|(class, &done)| &class.members[done as usize..]);
        let mut steps: Vec<usize> = open.copied().collect();
        steps.sort_unstable();
        let mut place = vec![None; self.problem.steps.len()];
        steps.iter().enumerate().for_each(|(at, &step)| place[step] = Some(at));
        let rest = |&step: &usize| {
            let Step { goes, waits, .. } = &self.problem.steps[step];
            Step { goes: *goes, gains: 0, waits: waits.iter().filter_map(|&wait| place[wait]).collect() }
        };
        let node = |(at, node): (usize, &Node)| {
            let change = node.change.as_ref().and_then(|change| Some(Change { step: place[change.step]?, ..*change }));
            let used = u64::try_from(self.state.used[at]).unwrap_or(0);
            Node { capacity: self.state.capacity[at], used, change }
        };
        let nodes = self.problem.nodes.iter().enumerate().map(node).collect();
        let problem = Problem { nodes, steps: steps.iter().map(rest).collect(), ..Problem::default() };
        (problem, steps)
    }

    /// The steps of a way through the classes.
    fn steps(&self, path: &[usize]) -> Vec<usize> {
        let mut done = vec![0; self.classes.list.len()];
        let mut steps = Vec::with_capacity(path.len());
        for &class in path {
            steps.push(self.classes.list[class].members[done[class]]);
            done[class] += 1;
        }
        steps
    }
}
