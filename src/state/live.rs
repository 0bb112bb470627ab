//! What the platform holds, and what it can do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Attributes, Kind, LiveUsers, Value, attribute};

/// The live state of one target: complete, or it does not exist (reading fails instead).
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// What the target announced that it can hold and do.
    pub capabilities: Capabilities,
    /// What the target says of itself and of our credential; `None` where it does not say.
    pub organization: Option<Organization>,
    /// Classifications, segments, user types and roles, in the order in which they were listed.
    pub objects: BTreeMap<Kind, Vec<LiveObject>>,
    /// The users.
    pub users: LiveUsers,
    /// The target's catalogue of permissions, by entity; `None` where it publishes none.
    pub catalogue: Option<BTreeMap<String, CatalogueEntity>>,
}

/// One entity of a target's catalogue (`/Permissions`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueEntity {
    /// `location` or `functionality`, where the target says it.
    pub kind: Option<String>,
    /// What can be done with it.
    pub actions: BTreeSet<String>,
    /// The fields that actions can be limited to.
    pub fields: BTreeSet<String>,
    /// The user types whose roles may grant it; all of them, when it is empty.
    pub user_types: BTreeSet<String>,
}

impl Live {
    /// The objects of a kind; none where the target has no such kind.
    #[must_use]
    pub fn objects(&self, kind: Kind) -> &[LiveObject] {
        self.objects.get(&kind).map_or(&[], Vec::as_slice)
    }
}

/// A classification, a segment, a user type or a role on the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveObject {
    /// The id that the target gave.
    pub id: String,
    /// The version that it was read at.
    pub version: Version,
    /// The name.
    pub name: String,
    /// A mark, ours or another's (`externalId`).
    pub mark: Option<String>,
    /// The pack's key where the target says that this role is built in.
    pub built_in: Option<String>,
    /// The attributes that are assigned, by their names in the files.
    pub attributes: Attributes,
    /// Holders of a role, or used seats of a user type, as the target counts them.
    pub in_use: Option<u64>,
}

impl LiveObject {
    /// Whether a value of a vocabulary can be given: what is listed is enabled unless it says otherwise.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.attributes.get(attribute::ENABLED) != Some(&Value::Flag(false))
    }
}

/// What a later write can be held against: that nothing has changed since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// The target's ETag, sent back in If-Match.
    Etag(String),
    /// A hash of what was read, from a target without ETags: read again just before a write.
    Hash(String),
}

impl Default for Version {
    fn default() -> Self {
        Self::Hash(String::new())
    }
}

impl Version {
    /// The text of the version, whichever it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Etag(text) | Self::Hash(text) => text,
        }
    }
}

/// What the target says of itself (`/Organizations`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The platform that it runs.
    pub platform: Option<String>,
    /// What it has subscribed to; `None` where the target has no place to say it.
    pub subscriptions: Option<BTreeSet<String>>,
    /// The name of the credential that asked.
    pub caller: Option<String>,
    /// What that credential may do: `viewer`, `admin`, `support`.
    pub authority: Option<String>,
}

impl Organization {
    /// Whether our credential may only read, as far as the target says it.
    #[must_use]
    pub fn lets_only_read(&self) -> bool {
        self.authority.as_deref() == Some("viewer")
    }
}

/// What a target announced, read once before anything else (RFC 7644 §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Versions are kept and If-Match is honoured.
    pub etag: bool,
    /// PATCH is supported; otherwise objects are written by PUT.
    pub patch: bool,
    /// SCIM Bulk, where it is supported.
    pub bulk: Option<Bulk>,
    /// The kinds that the target holds. A kind that is absent here cannot be read or written.
    pub kinds: BTreeMap<Kind, KindCapability>,
    /// The target has no roles of its own, only names that users carry: a role is known by its name
    /// while somebody holds it, and nothing else of it can be read or written.
    pub role_names: bool,
    /// What is missing and what is done instead, one sentence each, for the plan's notes.
    pub degradations: Vec<String>,
}

/// SCIM Bulk's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Operations in one request.
    pub max_operations: u64,
    /// Bytes of one request.
    pub max_payload_bytes: u64,
}

/// What a target announced for one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCapability {
    /// Attributes that can be written, by their names in the files.
    pub writable: BTreeSet<String>,
    /// Attributes that can be set once and then no more.
    pub immutable: BTreeSet<String>,
    /// Attributes that can only be read.
    pub read_only: BTreeSet<String>,
}

impl KindCapability {
    /// Whether the target has a place for this attribute that we can fill.
    #[must_use]
    pub fn holds(&self, attribute: &str) -> bool {
        self.writable.contains(attribute) || self.immutable.contains(attribute)
    }
}
