//! How far a schedule has come: an ordinary data structure, without effects.
//!
//! Not responsible for performing anything, nor for what a step means.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Step;
use crate::state::StepId;

/// How far a schedule has come. Steps go by their place in it.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    ids: Vec<StepId>,
    states: Vec<State>,
    /// Steps that have to succeed first and have not yet.
    missing: Vec<usize>,
    /// Which steps wait for this one.
    dependents: Vec<Vec<usize>>,
    /// In the order of the schedule, so that a run is as reproducible as the target allows.
    ready: BTreeSet<usize>,
    /// Those of the ready ones that may share a request.
    social: BTreeSet<usize>,
    /// Which steps go alone.
    alone: Vec<bool>,
    under_way: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    UnderWay,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

impl Progress {
    /// Nothing has begun. Every step goes alone of which `alone` says so.
    pub fn new(steps: &[Step], alone: impl Fn(usize) -> bool) -> Self {
        let places: BTreeMap<StepId, usize> = steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
        let mut progress = Self {
            ids: steps.iter().map(|step| step.id).collect(),
            states: vec![State::Waiting; steps.len()],
            missing: vec![0; steps.len()],
            dependents: vec![Vec::new(); steps.len()],
            ready: BTreeSet::new(),
            social: BTreeSet::new(),
            alone: (0..steps.len()).map(alone).collect(),
            under_way: 0,
        };
        for (place, step) in steps.iter().enumerate() {
            let waits: BTreeSet<StepId> = step.waits_for.iter().copied().collect();
            for wait in waits {
                // A wait for a step that is not there is never over: `stuck` finds it.
                progress.missing[place] += 1;
                if let Some(&earlier) = places.get(&wait) {
                    progress.dependents[earlier].push(place);
                }
            }
            if progress.missing[place] == 0 {
                progress.becomes_ready(place);
            }
        }
        progress
    }

    /// Takes the next step that is ready.
    pub fn next(&mut self) -> Option<usize> {
        let place = *self.ready.first()?;
        self.take(place);
        Some(place)
    }

    /// Nothing is left to do of a step, whatever it waits for.
    pub fn settled(&mut self, place: usize) {
        self.ready.remove(&place);
        self.social.remove(&place);
        self.states[place] = State::Succeeded;
        self.release(place);
    }

    /// Takes a step that is ready.
    pub fn take(&mut self, place: usize) {
        debug_assert_eq!(self.states[place], State::Ready, "only a step that is ready is taken");
        self.ready.remove(&place);
        self.social.remove(&place);
        self.states[place] = State::UnderWay;
        self.under_way += 1;
    }

    /// Steps that are ready and may share a request, in order.
    pub fn social(&self) -> &BTreeSet<usize> {
        &self.social
    }

    /// A step that is ready goes alone.
    pub fn goes_alone(&mut self, place: usize) {
        self.alone[place] = true;
        self.social.remove(&place);
    }

    /// From now on every step goes alone.
    pub fn all_go_alone(&mut self) {
        self.alone.fill(true);
        self.social.clear();
    }

    /// A step that was taken with others has not been done, and goes again, alone.
    pub fn put_back(&mut self, place: usize) {
        self.came_back(place, State::Waiting);
        self.alone[place] = true;
        self.becomes_ready(place);
    }

    fn becomes_ready(&mut self, place: usize) {
        self.states[place] = State::Ready;
        self.ready.insert(place);
        if !self.alone[place] {
            self.social.insert(place);
        }
    }

    /// Steps that were taken and have not come back.
    #[cfg(test)]
    pub fn under_way(&self) -> usize {
        self.under_way
    }

    /// A step came back well: what waited for it alone is ready now.
    pub fn succeeded(&mut self, place: usize) {
        self.came_back(place, State::Succeeded);
        self.release(place);
    }

    fn release(&mut self, place: usize) {
        for at in 0..self.dependents[place].len() {
            let dependent = self.dependents[place][at];
            self.missing[dependent] -= 1;
            if self.missing[dependent] == 0 && self.states[dependent] == State::Waiting {
                self.becomes_ready(dependent);
            }
        }
    }

    /// A step came back otherwise: returns what is skipped because of it, in order.
    pub fn failed(&mut self, place: usize) -> Vec<usize> {
        self.came_back(place, State::Failed);
        let mut skipped = BTreeSet::new();
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            for &dependent in &self.dependents[place] {
                if self.states[dependent] == State::Waiting {
                    self.states[dependent] = State::Skipped;
                    skipped.insert(dependent);
                    open.push(dependent);
                }
            }
        }
        skipped.into_iter().collect()
    }

    /// Nothing more is taken: returns what is left out, in order.
    pub fn cancel(&mut self) -> Vec<usize> {
        self.ready.clear();
        self.social.clear();
        let left = (0..self.states.len()).filter(|&place| matches!(self.states[place], State::Waiting | State::Ready));
        let left: Vec<usize> = left.collect();
        for &place in &left {
            self.states[place] = State::Cancelled;
        }
        left
    }

    /// What waits although nothing is under way or ready: for each step one that it waits for. Only
    /// a plan that was written by hand has such steps.
    pub fn stuck(&self, steps: &[Step]) -> Vec<(usize, StepId)> {
        if self.under_way > 0 || !self.ready.is_empty() {
            return Vec::new();
        }
        let waiting = (0..self.states.len()).filter(|&place| self.states[place] == State::Waiting);
        let open =
            |step: &StepId| !(0..self.ids.len()).any(|at| self.ids[at] == *step && self.states[at] == State::Succeeded);
        waiting
            .map(|place| (place, steps[place].waits_for.iter().copied().find(open).unwrap_or(steps[place].id)))
            .collect()
    }

    fn came_back(&mut self, place: usize, state: State) {
        debug_assert_eq!(self.states[place], State::UnderWay, "only a step that was taken comes back");
        self.states[place] = state;
        self.under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Expected, Write};
    use crate::state::{Address, Attributes, Kind};
    use proptest::prelude::*;

    fn steps(waits: &[&[u32]]) -> Vec<Step> {
        let step = |(index, waits): (usize, &&[u32])| Step {
            id: StepId(index as u32 + 1),
            address: Address::new(Kind::Role, format!("r{}", index + 1)),
            write: Write::Create { attributes: Attributes::new() },
            waits_for: waits.iter().copied().map(StepId).collect(),
            expects: Expected::Nothing,
        };
        waits.iter().enumerate().map(step).collect()
    }

    fn alone(steps: &[Step]) -> Progress {
        Progress::new(steps, |_| true)
    }

    #[test]
    fn a_step_that_comes_back_undone_goes_again_alone() {
        let mut progress = Progress::new(&steps(&[&[], &[], &[], &[1, 2]]), |place| place == 1);
        assert_eq!(Vec::from_iter(progress.social()), [&0, &2]);
        progress.take(0);
        progress.take(2);
        progress.put_back(0);
        assert!(progress.social().is_empty());
        assert_eq!((progress.next(), progress.next(), progress.next()), (Some(0), Some(1), None));
        progress.succeeded(2);
        progress.succeeded(0);
        progress.succeeded(1);
        assert_eq!(Vec::from_iter(progress.social()), [&3]);
    }

    #[test]
    fn a_step_is_ready_when_all_that_it_waits_for_has_succeeded() {
        let mut progress = alone(&steps(&[&[], &[], &[1, 2, 2], &[3]]));
        assert_eq!((progress.next(), progress.next(), progress.next()), (Some(0), Some(1), None));
        progress.succeeded(1);
        assert_eq!(progress.next(), None);
        progress.succeeded(0);
        assert_eq!((progress.next(), progress.next()), (Some(2), None));
        progress.succeeded(2);
        assert_eq!(progress.next(), Some(3));
    }

    #[test]
    fn a_failed_step_skips_what_depends_on_it_and_nothing_else() {
        let mut progress = alone(&steps(&[&[], &[1], &[2], &[], &[1, 4]]));
        assert_eq!((progress.next(), progress.next()), (Some(0), Some(3)));
        assert_eq!(progress.failed(0), [1, 2, 4]);
        progress.succeeded(3);
        assert_eq!((progress.next(), progress.under_way()), (None, 0));
    }

    #[test]
    fn what_is_cancelled_is_what_has_not_begun() {
        let mut progress = alone(&steps(&[&[], &[1], &[]]));
        assert_eq!(progress.next(), Some(0));
        assert_eq!(progress.cancel(), [1, 2]);
        progress.succeeded(0);
        assert_eq!((progress.next(), progress.under_way()), (None, 0));
    }

    #[test]
    fn a_wait_that_is_never_over_is_found() {
        let steps = steps(&[&[], &[9], &[4], &[3]]);
        let mut progress = alone(&steps);
        progress.next();
        assert_eq!(progress.stuck(&steps), []);
        progress.succeeded(0);
        assert_eq!(progress.stuck(&steps), [(1, StepId(9)), (2, StepId(4)), (3, StepId(3))]);
    }

    proptest! {
        /// Whatever fails, every step ends exactly once, and none begins before what it waits for.
        #[test]
        fn every_step_ends_once(edges in proptest::collection::vec((0_u32..12, 0_u32..12), 0..30), failing: u16, order: u64) {
            let mut waits = vec![Vec::new(); 12];
            for (a, b) in edges {
                if a != b {
                    waits[a.max(b) as usize].push(a.min(b) + 1);
                }
            }
            let waits: Vec<&[u32]> = waits.iter().map(Vec::as_slice).collect();
            let steps = steps(&waits);
            let mut progress = alone(&steps);
            let mut ended = vec![0; 12];
            let mut succeeded = BTreeSet::new();
            let mut under_way = Vec::new();
            let mut order = order;
            loop {
                while let Some(place) = progress.next() {
                    prop_assert!(steps[place].waits_for.iter().all(|wait| succeeded.contains(wait)));
                    under_way.push(place);
                }
                if under_way.is_empty() {
                    break;
                }
                let place = under_way.remove(order as usize % under_way.len());
                order = order.rotate_left(7);
                ended[place] += 1;
                if failing & (1 << place) == 0 {
                    progress.succeeded(place);
                    succeeded.insert(steps[place].id);
                } else {
                    for skipped in progress.failed(place) {
                        ended[skipped] += 1;
                    }
                }
            }
            prop_assert_eq!(ended, vec![1; 12]);
        }
    }
}
