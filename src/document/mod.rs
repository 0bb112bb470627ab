//! YAML to a tree in which every key and value knows its span.
//!
//! Responsible for turning one text into a [`Tree`] within named limits ([`parse()`]), for checking
//! a tree against a JSON Schema ([`Schema`]) and for reading typed values out of it ([`read()`]).
//! Not responsible for what the keys mean, nor for more than one file at a time.
//!
//! The three stages are independent on purpose: what a schema has already reported must not keep
//! the rest of a file from being read, so reading is tolerant ([`Entries`], [`Lenient`]) and says
//! nothing of its own.

mod aliases;
mod findings;
mod json;
mod keys;
mod parse;
mod read;
mod scalar;
mod schema;
mod schema_text;
mod spanned;
mod syntax;
mod tree;

#[cfg(test)]
mod tests;

pub use aliases::MAX_ALIAS_NODES;
pub use findings::MAX_FINDINGS;
pub(crate) use findings::{Findings, more_in_file};
pub use keys::MAX_KEY_BYTES;
pub use parse::{MAX_NESTING, parse};
pub use read::{ReadError, read};
pub use scalar::Number;
pub use schema::{Schema, SchemaError};
pub use spanned::{Entries, Lenient, Spanned};
pub use tree::{Entry, Kind, NodeRef, Tree};
