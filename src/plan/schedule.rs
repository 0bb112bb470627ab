//! The order of the steps: the drafts with their waits become steps `s1`, `s2`, ….
//!
//! Everything that a step waits for comes before it; among steps that are ready the one that was
//! drafted first goes first, so that the same inputs give the same schedule.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::draft::Draft;
use super::roles::Roles;
use super::waits::Waits;
use super::{Action, Expected, Step, Write};
use crate::state::{Binding, StepId, Value, attribute};

/// The drafts in an order that satisfies every wait; `None` when waits go in a circle.
pub(super) fn sorted(waits: &[Vec<usize>]) -> Option<Vec<usize>> {
    let order = as_far_as_possible(waits);
    (order.len() == waits.len()).then_some(order)
}

/// The drafts that a circle keeps from ever being ready, or that wait for such.
pub(super) fn circle(waits: &[Vec<usize>]) -> Vec<usize> {
    let mut is_placed = vec![false; waits.len()];
    for at in as_far_as_possible(waits) {
        is_placed[at] = true;
    }
    (0..waits.len()).filter(|&at| !is_placed[at]).collect()
}

fn as_far_as_possible(waits: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = waits.iter().map(Vec::len).collect();
    let mut waiters: Vec<Vec<usize>> = vec![Vec::new(); waits.len()];
    for (at, waits) in waits.iter().enumerate() {
        for &before in waits {
            waiters[before].push(at);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..waits.len()).filter(|&at| open[at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &waiter in &waiters[at] {
            open[waiter] -= 1;
            if open[waiter] == 0 {
                ready.push(Reverse(waiter));
            }
        }
    }
    order
}

/// The steps, in an order that satisfies every wait, and the one of each draft; they take the
/// attributes out of the drafts. The waits must not go in a circle.
pub(super) fn steps(drafts: &mut [Draft], waits: &Waits, roles: &Roles<'_>) -> (Vec<Step>, Vec<StepId>) {
    let order = sorted(&waits.of).expect("circles were taken out before");
    let mut ids = vec![StepId(0); drafts.len()];
    for (place, &at) in order.iter().enumerate() {
        ids[at] = StepId(place as u32 + 1);
    }
    let step = |&at: &usize| {
        let draft = &mut drafts[at];
        let mut attributes = std::mem::take(&mut draft.attributes);
        // Whoever gets a role that is not live waits for the step that makes it.
        let given = draft.gives().and_then(|role| binding(role, waits, roles, &ids));
        attributes.extend(given.map(|id| (attribute::ROLE.to_owned(), Value::Reference(id))));
        let mut waits_for: Vec<StepId> = waits.of[at].iter().map(|&before| ids[before]).collect();
        waits_for.sort_unstable();
        waits_for.dedup();
        let id = || match (&draft.live, draft.role) {
            (Some(live), _) => Binding::Id(live.id.clone()),
            (None, role) => role
                .and_then(|role| binding(role, waits, roles, &ids))
                .expect("only roles are written in the plan that makes them"),
        };
        let write = match draft.action {
            Action::Create => Write::Create { attributes },
            Action::Replace => unreachable!("a step creates, updates or deletes"),
            Action::Update => Write::Update { id: id(), attributes },
            Action::Delete => Write::Delete { id: id() },
        };
        let expects = match (waits.follows[at], &draft.live) {
            (Some(earlier), _) => Expected::After(ids[earlier]),
            (None, Some(live)) => Expected::Version(live.version.clone()),
            (None, None) => Expected::Nothing,
        };
        Step { id: ids[at], address: draft.address.clone(), write, waits_for, expects }
    };
    let steps = order.iter().map(step).collect();
    (steps, ids)
}

/// The id of a role, known or not yet.
pub(super) fn binding(role: usize, waits: &Waits, roles: &Roles<'_>, ids: &[StepId]) -> Option<Binding> {
    let known = roles.id(role).map(|id| Binding::Id(id.to_owned()));
    known.or_else(|| waits.role_made[role].map(|made| Binding::CreatedBy(ids[made])))
}
