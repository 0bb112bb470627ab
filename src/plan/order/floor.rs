//! Losses of administrators behind gains (PLANNING.md §5).
//!
//! Once the steps stand in a line in which the floor is kept, the waits follow: every loss beyond
//! what can be spared waits for a gain of its own that stands before it. In any state that the
//! waits allow, each of these losses has then its gain beside it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Problem;
use super::graph::Graph;
use super::trails::Trails;

/// When a loss is taken among those that are ready; the least goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Turn {
    /// Its trail makes up for it later: by how far the number falls until then.
    MakesUp(u64),
    /// Its trail does not: how far the number rises again from its lowest on the way. Seen from
    /// the end this is the fall of a trail that makes up, so the largest goes first.
    Falls(Reverse<u64>),
    /// It is a role's step, which takes the right from so many at once.
    AtOnce(u64),
}

/// A line of all steps that satisfies the waits and keeps the floor, taken greedily; `None` where
/// it comes to an end.
///
/// What loses nobody goes as soon as it can. Of losses, first those that are made up for on the
/// same trail, with the least fall, then the others. For trails that wait for nothing else that is
/// the best there is.
pub(super) fn line_up(problem: &Problem, graph: &Graph, trails: &Trails) -> Option<Vec<usize>> {
    let losses_of = problem.losses_of();
    let turns = turns(problem, &losses_of, trails);
    let mut open = graph.open();
    let mut missing: Vec<usize> = problem.losses.iter().map(Vec::len).collect();
    let mut count = problem.administrators;
    let mut harmless: BinaryHeap<Reverse<usize>> =
        (0..graph.len()).filter(|&step| open[step] == 0).map(Reverse).collect();
    let mut losing: BinaryHeap<Reverse<(Turn, usize)>> = BinaryHeap::new();
    let mut order = Vec::with_capacity(graph.len());
    loop {
        let step = match harmless.pop() {
            Some(Reverse(step)) => step,
            None => match losing.pop() {
                Some(Reverse((_, step))) => step,
                None => break,
            },
        };
        let lost = losses_of[step].iter().filter(|&&loss| missing[loss] == 1).count() as u64;
        let gains = problem.steps[step].gains;
        if lost > gains {
            let is_next = losing.peek().is_none_or(|Reverse((turn, other))| (turns[step], step) <= (*turn, *other));
            if !harmless.is_empty() || !is_next {
                losing.push(Reverse((turns[step], step)));
                continue;
            }
            if count + gains < problem.floor + lost {
                return None;
            }
        }
        count = count + gains - lost;
        losses_of[step].iter().for_each(|&loss| missing[loss] -= 1);
        order.push(step);
        for &waiter in graph.after(step) {
            open[waiter] -= 1;
            if open[waiter] == 0 {
                harmless.push(Reverse(waiter));
            }
        }
    }
    (order.len() == graph.len()).then_some(order)
}

/// Per step, when it is taken if it loses somebody.
fn turns(problem: &Problem, losses_of: &[Vec<usize>], trails: &Trails) -> Vec<Turn> {
    let mut turns: Vec<Turn> = losses_of.iter().map(|losses| Turn::AtOnce(losses.len() as u64)).collect();
    // From the end of each trail: where the number is back, how far it fell until then, and for
    // the whole rest its sum and its lowest.
    let count = trails.steps.len();
    let mut back: Vec<Option<(usize, u64)>> = vec![None; count];
    let (mut sum, mut lowest) = (0_i128, 0_i128);
    let change_of = |step: usize| i128::from(problem.steps[step].gains) - losses_of[step].len() as i128;
    for place in (0..count).rev() {
        if place + 1 == count || trails.is_first[place + 1] {
            (sum, lowest) = (0, 0);
        }
        let step = trails.steps[place];
        let change = change_of(step);
        sum += change;
        lowest = change.min(change + lowest);
        if change >= 0 {
            continue;
        }
        let (mut at, mut fall) = (place + 1, 0);
        while at < count && !trails.is_first[at] {
            let step = trails.steps[at];
            let change = change_of(step);
            if change > 0 {
                back[place] = Some((at, fall + 1));
                break;
            }
            if change < 0 {
                let Some((end, inner)) = back[at] else { break };
                (at, fall) = (end, fall.max(inner));
            }
            at += 1;
        }
        turns[step] = match back[place] {
            Some((_, fall)) => Turn::MakesUp(fall),
            None => Turn::Falls(Reverse(u64::try_from(sum - lowest).unwrap_or(0))),
        };
    }
    turns
}

/// The waits of losses for gains, as the line has them.
pub(super) fn waits(problem: &Problem, order: &[usize]) -> Vec<(usize, usize)> {
    let losses_of = problem.losses_of();
    let mut missing: Vec<usize> = problem.losses.iter().map(Vec::len).collect();
    let mut spare = problem.slack();
    let mut gains = std::collections::VecDeque::new();
    let mut waits = Vec::new();
    for &step in order {
        gains.extend((0..problem.steps[step].gains).map(|_| step));
        for &loss in &losses_of[step] {
            missing[loss] -= 1;
            if missing[loss] > 0 {
                continue;
            }
            if spare > 0 {
                spare -= 1;
            } else if let Some(gain) = gains.pop_front().filter(|&gain| gain != step) {
                waits.push((step, gain));
            }
        }
    }
    waits
}
