//! What stands against an order, found after the fact: which loss waits for which gain and whose
//! seat that needs, and what would be enough.

use super::graph::Graph;
use super::search::{self, Outcome};
use super::{Problem, Shortage, Step, Stuck, decide};

/// The seats suffice, and the floor can be kept, but not both.
#[derive(Clone, Debug)]
pub struct Lockout {
    /// Whether it is certain that there is no order; else the search was given up.
    pub is_proved: bool,
    /// A loss that has to wait for a gain.
    pub loss: Option<usize>,
    /// The gain that it waits for: of all, one that needs the least.
    pub gain: Option<usize>,
    /// What the gain needs, one after the other: the last of it comes with the loss.
    pub needs: Vec<Need>,
    /// Types of which one more seat would do.
    pub seats: Vec<usize>,
    /// By how much the floor would have to be lower; `None` where that would not help either.
    pub below: Option<u64>,
    /// The moves that are left when nothing goes on: to suspend one of these users may do.
    pub moves: Vec<usize>,
}

/// What a step needs before it can go.
#[derive(Clone, Debug)]
pub struct Need {
    /// The step.
    pub step: usize,
    /// The type whose seat it needs; `None` where it waits for other reasons.
    pub node: Option<usize>,
    /// The step that would leave the seat, or that it waits for.
    pub after: usize,
    /// Whether no other step that is left would leave such a seat.
    pub is_only_one: bool,
}

/// More seats of one type than this are not tried: who lacks more has seen enough to buy by.
const MOST_SEATS: u64 = 16;

/// Types that are tried, at most: a message names no more.
const MOST_NODES: usize = 16;

/// Why the floor cannot be kept; without losses there must be an order.
pub(super) fn lockout(problem: &Problem) -> Lockout {
    let (is_proved, done) = match search::order(problem) {
        Outcome::Nothing { is_proved, as_far_as } => (is_proved, as_far_as),
        Outcome::Found(_) => (false, Vec::new()),
    };
    let mut is_done = vec![false; problem.steps.len()];
    for step in done {
        is_done[step] = true;
    }
    let is_open = |step: usize| !is_done[step];
    let open: Vec<(usize, usize, usize)> = problem.moves().filter(|&(step, ..)| is_open(step)).collect();
    let losses_of = problem.losses_of();
    let is_loss = |step: usize| !losses_of[step].is_empty();
    let mut free: Vec<Option<i128>> = problem.nodes.iter().map(super::Node::free).collect();
    for (_, from, to) in problem.moves().filter(|&(step, ..)| is_done[step]) {
        free[from] = free[from].map(|free| free + 1);
        free[to] = free[to].map(|free| free - 1);
    }

    let gains = (0..problem.steps.len()).filter(|&step| is_open(step) && problem.steps[step].gains > 0);
    let left = Left { problem, is_done: &is_done, moves: &open, free: &free };
    let ways = gains.filter_map(|gain| Some((gain, left.way(gain, is_loss)?)));
    let nearest = ways.min_by_key(|(_, needs)| needs.len());
    let (gain, needs) = nearest.map_or((None, Vec::new()), |(gain, needs)| (Some(gain), needs));
    let loss = needs.last().map(|need: &Need| need.after);

    let mut nodes: Vec<usize> = needs.iter().filter_map(|need| need.node).collect();
    nodes.extend(open.iter().flat_map(|&(_, from, to)| [to, from]));
    let mut seen = vec![false; problem.nodes.len()];
    nodes.retain(|&node| problem.nodes[node].free().is_some() && !std::mem::replace(&mut seen[node], true));
    nodes.truncate(MOST_NODES);
    nodes.retain(|&node| is_proved && decide(&with_seats(problem, node, 1)).is_ok());
    let lower = |&below: &u64| decide(&Problem { floor: problem.floor - below, ..problem.clone() }).is_ok();
    let below = (1..=problem.floor).take(if is_proved { MOST_SEATS as usize } else { 1 }).find(lower);
    let moves = open.into_iter().map(|(step, ..)| step).collect();
    Lockout { is_proved, loss, gain, needs, seats: nodes, below, moves }
}

/// Where nothing goes on.
struct Left<'a> {
    problem: &'a Problem,
    is_done: &'a [bool],
    /// The moves that are left.
    moves: &'a [(usize, usize, usize)],
    /// Seats per node.
    free: &'a [Option<i128>],
}

impl Left<'_> {
    /// The shortest way from a gain to a loss, each step needing what the next one would leave.
    fn way(&self, gain: usize, is_loss: impl Fn(usize) -> bool) -> Option<Vec<Need>> {
        let mut came: Vec<(usize, Option<(usize, Need)>)> = vec![(gain, None)];
        let mut seen = vec![false; self.problem.steps.len()];
        let mut asked = vec![false; self.free.len()];
        seen[gain] = true;
        let mut at = 0;
        while at < came.len() {
            let step = came[at].0;
            if at > 0 && is_loss(step) {
                let mut needs = Vec::new();
                while let (_, Some((from, need))) = &came[at] {
                    needs.push(need.clone());
                    at = *from;
                }
                needs.reverse();
                return Some(needs);
            }
            let Step { goes, waits, .. } = &self.problem.steps[step];
            for &after in waits.iter().filter(|&&wait| !self.is_done[wait]) {
                if !std::mem::replace(&mut seen[after], true) {
                    came.push((after, Some((at, Need { step, node: None, after, is_only_one: true }))));
                }
            }
            if let Some((_, node)) = *goes
                && self.free[node].is_some_and(|free| free <= 0)
                && !std::mem::replace(&mut asked[node], true)
            {
                let leavers = || self.moves.iter().filter(|&&(_, from, _)| from == node).map(|&(step, ..)| step);
                let is_only_one = leavers().take(2).count() == 1;
                for after in leavers() {
                    if !std::mem::replace(&mut seen[after], true) {
                        came.push((after, Some((at, Need { step, node: Some(node), after, is_only_one }))));
                    }
                }
            }
            at += 1;
        }
        None
    }
}

/// What is missing even when everything is bought that the criterion asks for.
pub(super) fn completed(problem: &Problem, mut shortage: Shortage) -> Shortage {
    let mut bought = problem.of_seats();
    for missing in &shortage.missing {
        match &mut bought.nodes[missing.node].change {
            Some(change) if missing.at_the_end => {
                change.capacity = change.capacity.map(|capacity| capacity.saturating_add(missing.count));
            }
            _ => bought = with_seats(&bought, missing.node, missing.count),
        }
    }
    let one_each = |bought: Problem, stuck: &Stuck| with_seats(&bought, stuck.nodes[0], stuck.count);
    let all = shortage.stuck.iter().fold(bought.clone(), one_each);
    if decide(&all).is_err() || (!shortage.stuck.is_empty() && has_waiting_moves(problem)) {
        // What steps wait for beside seats says which type it has to be.
        shortage.stuck = vec![stuck(&bought)];
    }
    shortage
}

/// Whether a move waits for another one for other reasons than its seat.
fn has_waiting_moves(problem: &Problem) -> bool {
    let graph = Graph::new(problem, &[]);
    let mut comes_after = vec![false; problem.steps.len()];
    for step in graph.sorted().unwrap_or_default() {
        let is_move = |step: usize| problem.steps[step].goes.is_some();
        comes_after[step] = graph.before(step).iter().any(|&before| is_move(before) || comes_after[before]);
        if comes_after[step] && is_move(step) {
            return true;
        }
    }
    false
}

/// The moves that stand still where the criterion holds and there is no order: because of
/// over-committed types, or of waits that are not for seats.
pub(super) fn stuck(problem: &Problem) -> Stuck {
    let mut moves = Vec::new();
    let mut nodes: Vec<usize> = Vec::new();
    let done = match search::order(problem) {
        Outcome::Nothing { as_far_as, .. } => as_far_as,
        Outcome::Found(order) => order,
    };
    let mut is_done = vec![false; problem.steps.len()];
    for step in done {
        is_done[step] = true;
    }
    for (step, from, to) in problem.moves().filter(|&(step, ..)| !is_done[step]) {
        moves.push(step);
        nodes.extend([to, from]);
    }
    let mut seen = vec![false; problem.nodes.len()];
    nodes.retain(|&node| problem.nodes[node].free().is_some() && !std::mem::replace(&mut seen[node], true));
    nodes.sort_unstable();
    nodes.truncate(MOST_NODES);
    for count in 1..=MOST_SEATS {
        let mut enough = Vec::new();
        for &node in &nodes {
            match decide(&with_seats(problem, node, count)) {
                Ok(_) => enough.push(node),
                Err(true) => {}
                // What cannot be searched through is not tried with more and more seats.
                Err(false) => return Stuck { nodes, moves, count: 0 },
            }
        }
        if !enough.is_empty() {
            return Stuck { nodes: enough, moves, count };
        }
    }
    Stuck { nodes, moves, count: 0 }
}

/// The same with more seats of a type.
pub(super) fn with_seats(problem: &Problem, node: usize, count: u64) -> Problem {
    let mut problem = problem.clone();
    let of = &mut problem.nodes[node];
    of.capacity = of.capacity.map(|capacity| capacity.saturating_add(count));
    if let Some(change) = &mut of.change {
        change.capacity = change.capacity.map(|capacity| capacity.saturating_add(count));
    }
    problem
}
