//! Roles as code.
pub mod diagnostic;
pub mod document;
pub mod manifest;
pub mod plan;
pub mod platform;
pub mod project;
pub mod schemas;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scim;
pub mod source;
pub mod state;
