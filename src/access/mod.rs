//! Who can do what.
//!
//! Responsible for answers about one state, live or as the files want it, and about a saved plan:
//! what a user may do, who can do something, what a role gives to whom, which roles serve which
//! customers, who manages whom, who takes which seat. Pure: states in, answers out. Not responsible
//! for reading the states, nor for how an answer looks (`report`).
//!
//! A user has the permissions of their role and nothing else (R-TE-1, R-UT-3): neither their user
//! type (R-UT-15) nor what the role is classified as (R-TE-7) adds any. Both states are brought to
//! one shape, a [`Standing`], and every answer is a reading of it; the answers are also the JSON of
//! `rolecall access`.

mod answer;
mod coverage;
mod declared;
mod holding;
mod live;
mod managing;
mod permission;
mod planned;
mod standing;
mod usage;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Source, State};
pub use coverage::{Cell, Coverage, Options, UsedOption};
pub use holding::{Holders, RoleAccess, RoleFacts, RoleUsers, UserAccess, WhoCan};
pub use managing::{Line, Managed, ManagedBy, Managing, May};
pub use permission::{Action, EntityAccess, Question};
pub use planned::{
    Grant, Planned, PlannedCoverage, PlannedManaging, PlannedMove, PlannedOption, PlannedRole, PlannedRoleGrants,
    PlannedSeat, PlannedUsage, PlannedUser, PlannedWhoCan,
};
pub use standing::{Standing, Unknown};
pub use usage::{Seat, TypeUse, Usage};
