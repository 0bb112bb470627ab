//! Announcing steps some way ahead of need, so that hardly any request waits for the disk.

use super::writer::{Announced, Journal};
use crate::plan::Step;
use crate::state::StepId;

/// How far ahead, in steps for each that may be under way: with requests of 5 ms a disk that takes
/// 20 ms for a sync is not felt. After a crash that many steps more have to be read back.
const AHEAD: usize = 4;

/// What was announced of a schedule.
#[derive(Debug)]
pub(in crate::apply) struct Ahead<'j> {
    journal: Option<&'j Journal>,
    steps: &'j [Step],
    window: usize,
    /// Announced so far: up to which place, and with what.
    groups: Vec<(usize, Announced)>,
}

impl<'j> Ahead<'j> {
    /// Nothing is announced yet. Without a journal nothing ever is.
    pub fn new(journal: Option<&'j Journal>, steps: &'j [Step], concurrency: usize) -> Self {
        Self { journal, steps, window: concurrency.max(1) * AHEAD, groups: Vec::new() }
    }

    /// What steps have to wait for that are sent together, wherever they are in the schedule.
    pub fn together(&self, places: &[usize]) -> Option<Announced> {
        Some(self.journal?.announce(places.iter().map(|&place| self.steps[place].id).collect()))
    }

    /// What a step has to wait for before it is sent. Steps that have ended otherwise, as `is_open`
    /// says, are not announced.
    pub fn before(&mut self, place: usize, is_open: impl Fn(usize) -> bool) -> Option<Announced> {
        let journal = self.journal?;
        let begun = self.groups.last().map_or(0, |(end, _)| *end);
        // The next ones are announced when half of those before are used up.
        if place + self.window / 2 >= begun {
            let end = (place + 1 + self.window).min(self.steps.len());
            let open = (begun..end).filter(|&place| is_open(place));
            let steps: Vec<StepId> = open.map(|place| self.steps[place].id).collect();
            if !steps.is_empty() {
                self.groups.push((end, journal.announce(steps)));
            }
        }
        let group = self.groups.partition_point(|(end, _)| *end <= place);
        self.groups.get(group).map(|(_, announced)| announced.clone())
    }
}
