//! SCIM on the wire: resources, lists, patches, filters, errors, discovery (RFC 7643, RFC 7644).
//!
//! Responsible for the protocol's own types, which client and sandbox share. Not responsible for
//! what they mean to a plan (`remote` translates), nor for any rule of a platform.

pub mod announce;
pub mod filter;
pub mod message;
pub mod path;
pub mod schema;
#[cfg(test)]
mod tests;
