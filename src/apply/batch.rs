//! Forming requests of several steps: which of those that are ready travel together now.
//!
//! Not responsible for which may (`plan`) nor for what such a request looks like (`remote`).

use super::progress::Progress;
use crate::plan::{MOST_TOGETHER, Ride, Together};
use crate::remote::{Member, Prepared, Writer};
use crate::state::Bulk;

/// So many ready steps are looked at for each one that there is room for: thousands of users who keep
/// a type with one spare seat must not be gone through for every request.
const LOOKS: usize = 4;

/// What may travel together, and what of it is used up by requests that are under way.
#[derive(Debug)]
pub(super) struct Batches<'a> {
    together: &'a Together,
    limits: Bulk,
    /// Below so many, single requests are as quick.
    fewest: usize,
    /// Spare seats that no request under way relies on.
    spare: Vec<u64>,
}

impl<'a> Batches<'a> {
    /// `None` where the target takes single steps only.
    pub fn new(together: &'a Together, writer: &Writer, fewest: usize) -> Option<Self> {
        let limits = writer.bulk()?;
        Some(Self { together, limits, fewest, spare: together.spare().to_vec() })
    }

    /// Whether a step never shares a request.
    pub fn goes_alone(&self, place: usize) -> bool {
        self.together.ride(place) == Ride::Alone
    }

    /// The next request of several steps: nothing where single ones are as quick. `prepare` resolves
    /// a step; one that it does not resolve goes alone, and so is what cannot be an operation.
    pub fn next(
        &mut self,
        progress: &mut Progress,
        writer: &Writer,
        prepare: impl Fn(usize) -> Option<Prepared>,
    ) -> Vec<Member> {
        if progress.social().len() < self.fewest {
            return Vec::new();
        }
        let most = self.limits.max_operations.min(MOST_TOGETHER) as usize;
        let mut spare = self.spare.clone();
        let (mut members, mut alone, mut bytes, mut is_full) = (Vec::new(), Vec::new(), 0, false);
        for &key in progress.social().iter().take(most.saturating_mul(LOOKS)) {
            if members.len() == most {
                is_full = true;
                break;
            }
            let seat = match self.together.ride(key) {
                Ride::Keeping(user_type) if spare[user_type] == 0 => continue,
                Ride::Keeping(user_type) => Some(user_type),
                Ride::Along => None,
                Ride::Alone => {
                    alone.push(key);
                    continue;
                }
            };
            let operation = prepare(key).and_then(|step| Some((writer.operation(&step)?, step)));
            let Some((operation, step)) = operation.filter(|(one, _)| one.bytes <= self.limits.max_payload_bytes)
            else {
                alone.push(key);
                continue;
            };
            if bytes + operation.bytes > self.limits.max_payload_bytes {
                is_full = true;
                break;
            }
            bytes += operation.bytes;
            if let Some(user_type) = seat {
                spare[user_type] -= 1;
            }
            members.push(Member { key, step, operation });
        }
        for place in alone {
            progress.goes_alone(place);
        }
        // A full request is worth it, however little the target takes at once.
        let is_worth_it = members.len() >= self.fewest || is_full && members.len() > 1;
        if !is_worth_it {
            return Vec::new();
        }
        self.spare = spare;
        for member in &members {
            progress.take(member.key);
        }
        members
    }

    /// A step of such a request is under way no more.
    pub fn came_back(&mut self, place: usize) {
        if let Ride::Keeping(user_type) = self.together.ride(place) {
            self.spare[user_type] += 1;
        }
    }
}
