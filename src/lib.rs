//! Roles as code.
pub mod diagnostic;
pub mod document;
pub mod plan;
pub mod platform;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scim;
pub mod source;
pub mod state;
