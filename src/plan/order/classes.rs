//! Steps that nothing tells apart, as one class and one number.
//!
//! Two steps are of one class when they go the same way, gain and lose as many, wait for the same
//! steps and are waited for by the same ones. Whatever waits for one of a class waits for all of
//! it, so a state is how many of each class are done. Steps that neither move anybody nor concern
//! an administrator or seats, and do not stand between such steps, are left out: they can go first
//! or last.

use std::collections::BTreeMap;

use super::Problem;
use super::graph::Graph;

/// Like steps.
pub(super) struct Class {
    /// The steps, in their order.
    pub(super) members: Vec<usize>,
    pub(super) goes: Option<(usize, usize)>,
    pub(super) gains: u64,
    /// The nodes whose seats it changes.
    pub(super) changes: Vec<usize>,
    /// Whether it may be the end of an administrator.
    pub(super) loses: bool,
    /// Classes that must be done as a whole before it.
    pub(super) waits: Vec<usize>,
}

/// Losses that are complete together: the product of what is done of these classes, so often.
pub(super) struct Group {
    classes: Vec<usize>,
    each: u64,
}

/// All classes of a problem.
pub(super) struct Classes {
    pub(super) list: Vec<Class>,
    groups: Vec<Group>,
}

/// What steps have in common that are of one class. Their losses are told by the other steps of each.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    goes: Option<(usize, usize)>,
    gains: u64,
    changes: Vec<usize>,
    losses: Vec<Vec<usize>>,
    waits: Vec<usize>,
    waiters: Vec<usize>,
}

impl Classes {
    pub(super) fn new(problem: &Problem) -> Self {
        let graph = Graph::new(problem, &[]);
        let losses_of = problem.losses_of();
        let mut changes = vec![Vec::new(); problem.steps.len()];
        for (at, node) in problem.nodes.iter().enumerate() {
            node.change.iter().for_each(|change| changes[change.step].push(at));
        }
        let goes = |step: usize| problem.steps[step].goes.filter(|(from, to)| from != to);
        let counts = |step: usize| {
            let gains = problem.steps[step].gains > 0;
            gains || goes(step).is_some() || !losses_of[step].is_empty() || !changes[step].is_empty()
        };
        let is_between = between(&graph, counts);
        let mut found: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for step in (0..problem.steps.len()).filter(|&step| is_between[step]) {
            let sorted = |steps: &[usize]| {
                let mut steps: Vec<usize> = steps.iter().copied().filter(|&step| is_between[step]).collect();
                steps.sort_unstable();
                steps.dedup();
                steps
            };
            let of_loss = |&loss: &usize| {
                let mut others: Vec<usize> = problem.losses[loss].iter().copied().filter(|&of| of != step).collect();
                others.sort_unstable();
                others
            };
            let mut losses: Vec<Vec<usize>> = losses_of[step].iter().map(of_loss).collect();
            losses.sort_unstable();
            let key = Key {
                goes: goes(step),
                gains: problem.steps[step].gains,
                changes: changes[step].clone(),
                losses,
                waits: sorted(graph.before(step)),
                waiters: sorted(graph.after(step)),
            };
            found.entry(key).or_default().push(step);
        }
        let mut class_of = vec![usize::MAX; problem.steps.len()];
        for (class, members) in found.values().enumerate() {
            for &step in members {
                class_of[step] = class;
            }
        }
        let of = |(key, members): (Key, Vec<usize>)| {
            let mut waits: Vec<usize> = key.waits.iter().map(|&step| class_of[step]).collect();
            waits.sort_unstable();
            waits.dedup();
            let loses = !key.losses.is_empty();
            Class { members, goes: key.goes, gains: key.gains, changes: key.changes, loses, waits }
        };
        let list: Vec<Class> = found.into_iter().map(of).collect();
        let mut groups: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
        for loss in &problem.losses {
            let mut classes: Vec<usize> = loss.iter().map(|&step| class_of[step]).collect();
            classes.sort_unstable();
            *groups.entry(classes).or_default() += 1;
        }
        let group = |(classes, count): (Vec<usize>, u64)| {
            let all: u64 = classes.iter().map(|&class| list[class].members.len() as u64).product();
            Group { classes, each: count / all.max(1) }
        };
        let groups = groups.into_iter().map(group).collect();
        Self { list, groups }
    }

    /// How many are lost when so many of each class are done.
    pub(super) fn lost(&self, done: &[u32]) -> u64 {
        let of =
            |group: &Group| group.classes.iter().map(|&class| u64::from(done[class])).product::<u64>() * group.each;
        self.groups.iter().map(of).sum()
    }
}

/// Which steps count, or stand between two that do.
fn between(graph: &Graph, counts: impl Fn(usize) -> bool) -> Vec<bool> {
    let order = graph.sorted().unwrap_or_default();
    let (mut has_before, mut has_after) = (vec![false; graph.len()], vec![false; graph.len()]);
    for &step in &order {
        has_before[step] = counts(step) || graph.before(step).iter().any(|&before| has_before[before]);
    }
    for &step in order.iter().rev() {
        has_after[step] = counts(step) || graph.after(step).iter().any(|&after| has_after[after]);
    }
    (0..graph.len()).map(|step| has_before[step] && has_after[step]).collect()
}
