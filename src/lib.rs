//! Roles as code.
pub mod apply;
pub mod cli;
pub mod diagnostic;
pub mod document;
pub mod manifest;
pub mod plan;
pub mod platform;
pub mod project;
pub mod remote;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schemas;
pub mod scim;
pub mod source;
pub mod state;
