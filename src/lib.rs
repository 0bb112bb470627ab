//! Roles as code.
pub mod diagnostic;
pub mod source;
pub mod state;
