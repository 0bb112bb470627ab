//! What became of a plan, step by step: values, for people and machines.
//!
//! Not responsible for how they are shown (`report`).

use serde::{Deserialize, Serialize};

use super::journal::RunId;
use crate::state::{Address, StepId};

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The target carried it out, and it shows.
    Applied {
        /// The object's id.
        id: String,
    },
    /// Nothing was left to do.
    AlreadyInPlace {
        /// The object's id.
        id: String,
    },
    /// The object changed since it was planned; it was left as it is.
    Stale {
        /// What was found.
        detail: String,
    },
    /// The target refuses.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the target says.
        detail: String,
        /// The rule that refuses, where the target names it.
        rule: Option<String>,
    },
    /// The target could not be made to do it; it has not been done.
    Failed {
        /// Why.
        detail: String,
        /// Whether the credential is at fault.
        credential: bool,
    },
    /// It was not tried, because a step that it depends on did not succeed.
    Skipped {
        /// The step at the root of it.
        because: StepId,
    },
    /// It may have been done or not; plan again to see.
    Unknown {
        /// Why.
        detail: String,
    },
    /// The target said that it was done, but it does not show in time.
    NotSettled {
        /// The attributes that differ, by their names in the files.
        attributes: Vec<String>,
        /// Why it could not be seen, where reading failed.
        detail: Option<String>,
    },
    /// It was not tried, because the run was stopped, by a person or by a failed step, or because the
    /// target stopped answering or accepting the token.
    Cancelled,
}

impl Outcome {
    /// Whether the object is as the plan wants it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::AlreadyInPlace { .. })
    }
}

/// What became of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Every step in the order of the schedule, whatever order they ended in.
    pub outcomes: Vec<(StepId, Address, Outcome)>,
    /// Requests that may have written, repetitions included.
    pub writes: u64,
    /// Requests that only read, from the connection's beginning on.
    pub reads: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Whether the rest was left out because a step failed and the run was to stop then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped_on_error: bool,
    /// User types of which other seats are in use than the plan leaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recounted: Vec<Recounted>,
    /// The run's name in its journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Why the journal could not be written to its end. Nothing was sent from there on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrecorded: Option<String>,
}

/// A user type of which other seats are in use, by the target's own count, than the plan leaves:
/// somebody else has changed users while it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recounted {
    /// The user type.
    pub user_type: String,
    /// Used at the end, as planned.
    pub planned: u64,
    /// Used, as the target counts now.
    pub used: u64,
}

impl Report {
    /// Whether everything is as the plan wants it.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        !self.interrupted
            && self.unrecorded.is_none()
            && self.outcomes.iter().all(|(_, _, outcome)| outcome.is_success())
    }
}

/// What happens while a plan is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A step is on its way.
    Started {
        /// Which.
        step: StepId,
        /// Its object.
        address: &'a Address,
    },
    /// A step has ended, tried or not.
    Ended {
        /// Which.
        step: StepId,
        /// Its object.
        address: &'a Address,
        /// How.
        outcome: &'a Outcome,
        /// Steps that have ended, this one included.
        done: usize,
        /// Steps in all.
        of: usize,
    },
    /// Steps go one by one from here on, because the target does not take several in one request as
    /// it announces.
    Singly {
        /// What became of such a request.
        because: &'a str,
    },
    /// Objects are read back, because the answers to their writes did not show them as planned.
    Verifying {
        /// How many.
        objects: usize,
    },
}
