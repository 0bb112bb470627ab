//! Desired × live → changes, access, proofs, guards, schedule.
//!
//! Pure and synchronous: values in, one value out, no clock, no I/O, the same bytes every time.
//! PLANNING.md has the exact semantics. Not responsible for reading either side nor for carrying
//! anything out.

#[expect(clippy::module_inception, reason = "the plan is the noun of this room")]
mod plan;
mod policy;

pub use plan::{
    Access, AccessChange, Action, Allowance, Change, Expected, FORMAT_VERSION, FieldChange, Finding, Plan,
    Precondition, SeatUse, Step, Summary, Write,
};
pub use policy::{Context, Guards, Policy};
