//! `rolecall.yaml` as a value.
//!
//! Responsible for reading the project file, laying an environment over it and refusing settings
//! that cannot be meant. Not responsible for finding the file, for what flags and environment
//! variables say instead of it, nor for reading what it points to (`cli` does all three).

mod check;
mod file;
mod overlay;
mod read;
mod value;

#[cfg(test)]
mod tests;

pub use check::check_url;
pub use file::{Confirm, UnknownUsers, UnlistedRoles, UnlistedUsers};
pub use read::{ProjectFile, pattern_without_match, read, schema, unknown_platform};
pub use value::{Guards, Mapping, PlatformName, Project, Setting, Target, Token};
