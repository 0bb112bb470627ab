//! Roles as code.
pub mod diagnostic;
pub mod plan;
pub mod platform;
pub mod scim;
pub mod source;
pub mod state;

// The generator of states is written against the public names, so that integration tests and
// benchmarks share it; unit tests see this crate under its own name.
#[cfg(test)]
extern crate self as rolecall;
#[cfg(test)]
#[path = "../tests/support/generator.rs"]
pub mod generator;
