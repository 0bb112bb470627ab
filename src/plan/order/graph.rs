//! What waits for what, both ways, without an allocation per step.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Problem;

/// The waits of a problem and those that were added.
pub(super) struct Graph {
    before: Lists,
    after: Lists,
}

/// Lists of numbers, one behind the other.
struct Lists {
    starts: Vec<usize>,
    items: Vec<usize>,
}

impl Lists {
    /// Sorts pairs by their first number.
    fn new(count: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for (list, _) in pairs.clone() {
            starts[list + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut ends = starts.clone();
        let mut items = vec![0; starts[count]];
        for (list, item) in pairs {
            items[ends[list]] = item;
            ends[list] += 1;
        }
        Self { starts, items }
    }

    fn of(&self, list: usize) -> &[usize] {
        &self.items[self.starts[list]..self.starts[list + 1]]
    }
}

impl Graph {
    /// `added` are pairs of a step and one that it waits for.
    pub(super) fn new(problem: &Problem, added: &[(usize, usize)]) -> Self {
        let fixed = (problem.steps.iter().enumerate())
            .flat_map(|(at, step)| step.waits.iter().map(move |&before| (at, before)));
        let all = fixed.chain(added.iter().copied());
        let count = problem.steps.len();
        let after = Lists::new(count, all.clone().map(|(at, before)| (before, at)));
        Self { before: Lists::new(count, all), after }
    }

    pub(super) fn len(&self) -> usize {
        self.before.starts.len() - 1
    }

    /// What a step waits for.
    pub(super) fn before(&self, step: usize) -> &[usize] {
        self.before.of(step)
    }

    /// What waits for a step.
    pub(super) fn after(&self, step: usize) -> &[usize] {
        self.after.of(step)
    }

    /// Per step, how many it waits for.
    pub(super) fn open(&self) -> Vec<usize> {
        (0..self.len()).map(|step| self.before(step).len()).collect()
    }

    /// The steps in an order that satisfies every wait, the earliest step first where several are
    /// ready; `None` when waits go in a circle.
    pub(super) fn sorted(&self) -> Option<Vec<usize>> {
        let mut open = self.open();
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..self.len()).filter(|&step| open[step] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(step)) = ready.pop() {
            order.push(step);
            for &waiter in self.after(step) {
                open[waiter] -= 1;
                if open[waiter] == 0 {
                    ready.push(Reverse(waiter));
                }
            }
        }
        (order.len() == self.len()).then_some(order)
    }
}
