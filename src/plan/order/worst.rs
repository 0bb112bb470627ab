//! The most seats that are taken in any state.
//!
//! Of all sets of steps that hold all they wait for, the one with the most arrivals over leavers:
//! a closure of greatest weight, which is the arrivals less a greatest flow from them, along the
//! waits, to leavers (each arrival that gets one of its own brings nothing). Most have theirs at
//! once, in the step that leaves them the seat. Where no other arrival has a leaver among all that
//! it waits for, that is all, found in linear time; else flow is sent on, one at a time.

use super::Problem;
use super::graph::Graph;

/// Per node, the most seats taken.
pub(super) fn of(problem: &Problem, graph: &Graph) -> Vec<u64> {
    let mut arrivals: Vec<Vec<usize>> = vec![Vec::new(); problem.nodes.len()];
    let mut leaves: Vec<usize> = vec![usize::MAX; problem.steps.len()];
    for (step, from, to) in problem.moves() {
        arrivals[to].push(step);
        leaves[step] = from;
    }
    let order = graph.sorted().unwrap_or_default();
    let most = |(node, arrivals): (usize, &Vec<usize>)| {
        let used = problem.nodes[node].used;
        let matched = Flow::new(graph, &leaves, node).send(arrivals, &order);
        used.saturating_add((arrivals.len() - matched) as u64)
    };
    arrivals.iter().enumerate().map(most).collect()
}

/// Flow from arrivals of one node to its leavers. It goes from a step to one that it waits for,
/// as much as one likes, and back where it came.
struct Flow<'g> {
    graph: &'g Graph,
    leaves: &'g [usize],
    node: usize,
    /// Per leaver, whether its flow is used up.
    is_taken: Vec<bool>,
    /// Per step, the steps that send flow to it, each as often as it does.
    senders: Vec<Vec<usize>>,
}

impl<'g> Flow<'g> {
    fn new(graph: &'g Graph, leaves: &'g [usize], node: usize) -> Self {
        Self { graph, leaves, node, is_taken: Vec::new(), senders: Vec::new() }
    }

    fn is_leaver(&self, step: usize) -> bool {
        self.leaves[step] == self.node
    }

    /// How many of the arrivals can be given a leaver of their own.
    fn send(&mut self, arrivals: &[usize], order: &[usize]) -> usize {
        if arrivals.is_empty() {
            return 0;
        }
        self.is_taken = vec![false; self.leaves.len()];
        self.senders = vec![Vec::new(); self.leaves.len()];
        let mut open = Vec::new();
        for &arrival in arrivals {
            let free = |&&before: &&usize| self.is_leaver(before) && !self.is_taken[before];
            match self.graph.before(arrival).iter().find(free) {
                Some(&leaver) => {
                    self.is_taken[leaver] = true;
                    self.senders[leaver].push(arrival);
                }
                None => open.push(arrival),
            }
        }
        let mut matched = arrivals.len() - open.len();
        // Who has no leaver before them at all need not be looked at again.
        let mut has_leaver = vec![false; self.leaves.len()];
        for &step in order {
            has_leaver[step] =
                self.graph.before(step).iter().any(|&before| self.is_leaver(before) || has_leaver[before]);
        }
        let mut is_dead = vec![false; self.leaves.len()];
        for arrival in open.into_iter().filter(|&arrival| has_leaver[arrival]) {
            matched += usize::from(self.augment(arrival, &mut is_dead));
        }
        matched
    }

    /// Sends one more from a step. What is seen in vain leads nowhere later either.
    fn augment(&mut self, start: usize, is_dead: &mut [bool]) -> bool {
        if is_dead[start] {
            return false;
        }
        let mut came: Vec<(usize, Option<(usize, bool)>)> = vec![(start, None)];
        is_dead[start] = true;
        let mut at = 0;
        while at < came.len() {
            let step = came[at].0;
            if self.is_leaver(step) && !self.is_taken[step] && step != start {
                self.is_taken[step] = true;
                self.turn(&came, at);
                for (step, _) in came {
                    is_dead[step] = false;
                }
                return true;
            }
            for &before in self.graph.before(step) {
                if !std::mem::replace(&mut is_dead[before], true) {
                    came.push((before, Some((at, true))));
                }
            }
            for &sender in &self.senders[step] {
                if !std::mem::replace(&mut is_dead[sender], true) {
                    came.push((sender, Some((at, false))));
                }
            }
            at += 1;
        }
        false
    }

    /// Writes the flow along a way that was found.
    fn turn(&mut self, came: &[(usize, Option<(usize, bool)>)], mut at: usize) {
        while let (step, Some((from, is_forward))) = came[at] {
            let sender = came[from].0;
            if is_forward {
                self.senders[step].push(sender);
            } else {
                let sent = &mut self.senders[sender];
                let place = sent.iter().position(|&of| of == step).expect("flow goes back where it came");
                sent.swap_remove(place);
            }
            at = from;
        }
    }
}
