//! Desired × live → changes, access, proofs, guards, schedule.
//!
//! Pure and synchronous: values in, one value out, no clock, no I/O, the same bytes every time.
//! PLANNING.md has the exact semantics. Not responsible for reading either side nor for carrying
//! anything out.
//!
//! `planning` goes through the stages: which live object each declared one is (`scope`,
//! `matching`), what differs (`difference`, `users`, `removal`, `leaving`, `unlisted`) or has to be
//! replaced (`replacement`), what a person has to do (`manual`), what must not be written
//! (`expectations`, `references`, `holding`, `words`, `similar`, `guards`), how a bulk request is sent
//! (`sending`), and in which order the rest is safe (`waits`, `proofs` of `seats` and `administrators`, `schedule`). What `order`
//! proves is free of all that. `begun` and `rewound` say how far a plan has come that a run did not
//! end, `undoing` what takes a run back;
//! `drift` says on which side of a difference something changed.

mod access;
mod administrators;
mod approve;
mod authority;
mod begun;
mod catalogue;
mod census;
mod creation;
mod difference;
mod digest;
mod draft;
mod drift;
mod expectations;
mod findings;
mod guards;
mod holding;
mod impossible;
mod leaving;
mod locked;
mod lockout;
mod manual;
mod matching;
pub mod order;
mod permissions;
#[expect(clippy::module_inception, reason = "the plan is the noun of this room")]
mod plan;
mod planning;
mod policy;
mod preconditions;
mod proofs;
mod references;
mod removal;
mod replacement;
mod rewound;
mod roles;
mod schedule;
mod scope;
mod seats;
mod sending;
mod similar;
mod subscriptions;
mod suspension;
mod together;
mod undoing;
mod unlisted;
mod user_types;
mod users;
mod vendor_roles;
mod waits;
mod whole;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use catalogue::{entities, type_key};
pub(crate) use findings::{counted, few};
pub(crate) use guards::is_much_removed;
pub(crate) use scope::{kind_of, mark_of, section};
pub(crate) use vendor_roles::built_in_keys;

pub use approve::{Approved, Tampered, approve, verify};
pub use begun::{Begun, Left, begun};
pub use drift::{Base, Carried, DRIFT_FORMAT_VERSION, Differs, Drift, Drifted, DriftedField, Side, Since, drift};
pub use plan::{
    Access, AccessChange, Action, Allowance, Change, Expected, FORMAT_VERSION, FieldChange, Finding, Holder, Manual,
    Plan, Precondition, Replacement, Requested, SeatUse, Step, Summary, Way, Write,
};
pub use planning::plan;
pub use policy::{Context, Guards, Policy, UnknownUsers, Unlisted, UnlistedRoles, UnlistedUsers};
pub use preconditions::stale;
pub use sending::without_consent;
pub use together::{MOST_TOGETHER, Ride, Together, together};
pub use undoing::{Undoing, undoing};
