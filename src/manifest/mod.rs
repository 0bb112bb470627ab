//! From manifests to what they mean: shape, references, rules, desired state.
//!
//! Responsible for everything that can be said about a project's manifests without a target, all
//! of it at once and each finding at its place. Not responsible for finding files (`cli`), for
//! YAML (`document`), nor for what only the live state can tell (`plan`).
//!
//! Every file is parsed, held to the schema and read on its own, in parallel ([`read()`]); what the
//! files hold is then one [set](set::Set), on which the [rules](rules::RULES) run; the set becomes
//! a [`Desired`](crate::state::Desired) when nothing is wrong.

mod assignments;
mod built_in;
mod desired;
mod file;
mod grants;
mod locks;
mod permission_rules;
mod read;
mod renames;
mod roles;
mod rules;
mod schema;
mod schema_permissions;
mod set;
mod written;

#[cfg(test)]
mod tests;

pub use read::{Counts, read};
pub use schema::schema;
