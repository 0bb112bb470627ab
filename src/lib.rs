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

// The generator of states is written against the public names, so that integration tests and
// benchmarks share it; unit tests see this crate under its own name.
#[cfg(test)]
extern crate self as rolecall;
#[cfg(test)]
#[path = "../tests/support/generator.rs"]
pub mod generator;
