//! Roles as code.
pub mod cli;
pub mod diagnostic;
pub mod document;
pub mod plan;
pub mod platform;
pub mod project;
pub mod report;
pub mod scim;
pub mod source;
pub mod state;
