//! The witness: every order of a small problem, and every state that waits let happen.
//!
//! It shares nothing with what it is held against but the numbers of the problem, and asks the
//! platform's questions: is there a free seat for who arrives, and are there administrators enough
//! afterwards. A set of steps is a bit each.

use super::super::Problem;

/// A problem as masks.
pub(super) struct Masks<'p> {
    problem: &'p Problem,
    /// Per step, what it waits for.
    waits: Vec<u32>,
    /// Per node, who arrives and who leaves.
    arrives: Vec<u32>,
    leaves: Vec<u32>,
    losses: Vec<u32>,
    /// Per step, the nodes whose seats it changes.
    changes: Vec<Vec<usize>>,
}

impl<'p> Masks<'p> {
    pub(super) fn new(problem: &'p Problem) -> Self {
        assert!(problem.steps.len() <= 20, "there are too many states");
        let mask = |steps: &[usize]| steps.iter().fold(0_u32, |mask, step| mask | 1 << step);
        let mut masks = Self {
            problem,
            waits: problem.steps.iter().map(|step| mask(&step.waits)).collect(),
            arrives: vec![0; problem.nodes.len()],
            leaves: vec![0; problem.nodes.len()],
            losses: problem.losses.iter().map(|loss| mask(loss)).collect(),
            changes: vec![Vec::new(); problem.steps.len()],
        };
        for (step, goes) in problem.steps.iter().map(|step| step.goes).enumerate() {
            if let Some((from, to)) = goes.filter(|(from, to)| from != to) {
                masks.arrives[to] |= 1 << step;
                masks.leaves[from] |= 1 << step;
            }
        }
        for (at, node) in problem.nodes.iter().enumerate() {
            if let Some(change) = &node.change {
                masks.changes[change.step].push(at);
            }
        }
        masks
    }

    /// The same problem with other waits beside its own.
    pub(super) fn with(mut self, waits: &[(usize, usize)]) -> Self {
        for &(step, before) in waits {
            self.waits[step] |= 1 << before;
        }
        self
    }

    fn used(&self, node: usize, done: u32) -> i64 {
        let (arrived, left) = ((done & self.arrives[node]).count_ones(), (done & self.leaves[node]).count_ones());
        self.problem.nodes[node].used.cast_signed() + i64::from(arrived) - i64::from(left)
    }

    fn capacity(&self, node: usize, done: u32) -> i64 {
        let of = &self.problem.nodes[node];
        let capacity = match &of.change {
            Some(change) if done & (1 << change.step) != 0 => change.capacity,
            _ => of.capacity,
        };
        capacity.map_or(i64::MAX, u64::cast_signed)
    }

    fn administrators(&self, done: u32) -> u64 {
        let steps = self.problem.steps.iter().enumerate();
        let gained: u64 = steps.filter(|(step, _)| done & (1 << step) != 0).map(|(_, step)| step.gains).sum();
        let lost = self.losses.iter().filter(|&&loss| done & loss == loss).count() as u64;
        self.problem.administrators + gained - lost
    }

    /// Whether the platform takes a step now, and enough administrators are there afterwards.
    fn is_legal(&self, step: usize, done: u32) -> bool {
        let after = done | 1 << step;
        if let Some((from, to)) = self.problem.steps[step].goes
            && from != to
            && self.used(to, done) >= self.capacity(to, done)
        {
            return false;
        }
        for &node in &self.changes[step] {
            let (before, after) = (self.capacity(node, done), self.capacity(node, after));
            if after < before && self.used(node, done) > after {
                return false;
            }
        }
        self.administrators(after) >= self.problem.floor
    }

    fn all(&self) -> u32 {
        (1 << self.problem.steps.len()) - 1
    }

    fn is_ready(&self, step: usize, done: u32) -> bool {
        done & (1 << step) == 0 && self.waits[step] & done == self.waits[step]
    }

    /// Whether some order of all steps is legal.
    pub(super) fn has_order(&self) -> bool {
        let mut is_reached = vec![false; self.all() as usize + 1];
        is_reached[0] = true;
        for done in 0..self.all() {
            if !is_reached[done as usize] {
                continue;
            }
            for step in 0..self.problem.steps.len() {
                if self.is_ready(step, done) && self.is_legal(step, done) {
                    is_reached[(done | 1 << step) as usize] = true;
                }
            }
        }
        is_reached[self.all() as usize]
    }

    /// Looks at every state that the waits let happen, and at every step that could be next; the
    /// most seats taken per node.
    pub(super) fn every_interleaving(&self) -> Result<Vec<u64>, String> {
        let mut is_reached = vec![false; self.all() as usize + 1];
        is_reached[0] = true;
        let mut worst: Vec<i64> = self.problem.nodes.iter().map(|node| node.used.cast_signed()).collect();
        for done in 0..=self.all() {
            if !is_reached[done as usize] {
                continue;
            }
            for (node, worst) in worst.iter_mut().enumerate() {
                *worst = (*worst).max(self.used(node, done));
            }
            for step in 0..self.problem.steps.len() {
                if !self.is_ready(step, done) {
                    continue;
                }
                if !self.is_legal(step, done) {
                    return Err(format!("step {step} can run when {done:b} are done, and must not"));
                }
                is_reached[(done | 1 << step) as usize] = true;
            }
        }
        if is_reached[self.all() as usize] {
            Ok(worst.into_iter().map(i64::cast_unsigned).collect())
        } else {
            Err("the waits go in a circle".to_owned())
        }
    }
}
