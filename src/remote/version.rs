//! Versions of what was read: the target's own, or a hash where it keeps none.
//!
//! Not responsible for comparing them in time (`write`).

use sha2::{Digest, Sha256};

use crate::state::{Attributes, Version};

/// What a hash begins with. No target's ETag does, so that the two are told apart even where only
/// the text is kept, as in the columns of users.
const HASH: &str = "sha256:";

/// The version of a resource: what the target says, where its versions can be relied on, else a
/// hash of the attributes. Counters are no attributes, so that they change no version.
pub(super) fn version(announced: Option<&str>, attributes: &Attributes) -> Version {
    match announced {
        Some(etag) if !etag.is_empty() => Version::Etag(etag.to_owned()),
        _ => Version::Hash(hash(attributes)),
    }
}

pub(super) fn hash(attributes: &Attributes) -> String {
    let json = serde_json::to_vec(attributes).expect("attributes are JSON");
    let digest = Sha256::digest(&json);
    let mut text = String::from(HASH);
    // Half of the digest: it guards against accidents, not against forgery.
    for byte in &digest[..16] {
        use std::fmt::Write as _;
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// A version as it is held against the target: a hash that was kept as an ETag is a hash again.
pub(super) fn recognised(version: &Version) -> Version {
    match version {
        Version::Etag(text) if text.starts_with(HASH) => Version::Hash(text.clone()),
        other => other.clone(),
    }
}
