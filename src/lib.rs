//! Roles as code.
pub mod apply;
pub mod diagnostic;
pub mod plan;
pub mod platform;
pub mod remote;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scim;
pub mod source;
pub mod state;
