//! What is served: the announced types, looked up by endpoint, name and attribute.
//!
//! Responsible for answering questions about the announcement. What is announced, `scim` says.

use std::sync::{Arc, LazyLock};

use serde_json::json;

use crate::platform::Pack;
use crate::scim::announce::{Announced, announce};
use crate::scim::path::AttributePath;
use crate::scim::schema::{Attribute, Mutability, ResourceType, Returned, Schema};

use super::refusal::Refusal;

/// The types that a sandbox knows, whether its pack has them or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    User,
    Role,
    Classification,
    Segment,
    UserType,
    Permission,
    Organization,
}

const KINDS: [Kind; 7] =
    [Kind::User, Kind::Role, Kind::Classification, Kind::Segment, Kind::UserType, Kind::Permission, Kind::Organization];

impl Kind {
    /// The name of the resource type; the database keeps it too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Role => "Role",
            Self::Classification => "Classification",
            Self::Segment => "Segment",
            Self::UserType => "UserType",
            Self::Permission => "Permission",
            Self::Organization => "Organization",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name() == name)
    }

    /// The attribute that no two resources of the type share.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Role | Self::Classification | Self::Segment | Self::UserType => "displayName",
            Self::Permission => "entity",
            Self::Organization => "platform",
        }
    }
}

/// One type, as it is served.
#[derive(Debug)]
pub(super) struct ServedType {
    pub(super) kind: Kind,
    pub(super) resource_type: ResourceType,
    pub(super) schema: Schema,
    /// Whether callers may write resources of this type at all.
    pub(super) writable: bool,
    /// The rule that there are no attributes but the announced ones, where it has an id (R-TE-4).
    pub(super) unknown_rule: Option<String>,
}

/// Everything that is served.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) pack: Arc<Pack>,
    pub(super) urn_prefix: String,
    /// Where the service is, without a slash at the end; locations start with it.
    pub(super) base: String,
    pub(super) types: Vec<ServedType>,
}

/// What a path names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) attribute: &'a Attribute,
    pub(super) sub: Option<&'a Attribute>,
}

impl Served {
    pub(super) fn new(pack: Arc<Pack>, urn_prefix: String, base: String) -> Self {
        let Announced { resource_types, schemas } = announce(&pack, &urn_prefix);
        let types = resource_types
            .into_iter()
            .zip(schemas)
            .filter_map(|(resource_type, schema)| {
                let kind = Kind::named(&resource_type.name)?;
                let writable = schema.attributes.iter().any(|attribute| attribute.mutability != Mutability::ReadOnly);
                let unknown_rule = pack.roles.rule.clone().filter(|_| kind == Kind::Role);
                Some(ServedType { kind, resource_type, schema, writable, unknown_rule })
            })
            .collect();
        Self { pack, urn_prefix, base, types }
    }

    /// The type at an endpoint, given without its slash.
    pub(super) fn at(&self, endpoint: &str) -> Option<&ServedType> {
        self.types.iter().find(|served| served.resource_type.endpoint.strip_prefix('/') == Some(endpoint))
    }

    pub(super) fn of(&self, kind: Kind) -> Option<&ServedType> {
        self.types.iter().find(|served| served.kind == kind)
    }

    /// Where a resource is.
    pub(super) fn location(&self, kind: Kind, id: &str) -> String {
        let endpoint = self.of(kind).map_or("", |served| &served.resource_type.endpoint);
        format!("{}{endpoint}/{id}", self.base)
    }
}

impl ServedType {
    /// Says of a refusal which rule it is that an attribute is not there.
    pub(super) fn unknown(&self, refusal: Refusal, attribute: &str) -> Refusal {
        match &self.unknown_rule {
            Some(rule) => refusal.by_rule(Some(rule), &[("attribute", json!(attribute))]),
            None => refusal,
        }
    }

    /// An attribute by its name, in any case, the common ones included (RFC 7643 §3.1).
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attributes.iter().chain(COMMON.iter()).find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// What a path names, if it is anything of this type.
    pub(super) fn find(&self, path: &AttributePath) -> Option<Named<'_>> {
        if path.urn.as_ref().is_some_and(|urn| !urn.eq_ignore_ascii_case(&self.schema.id)) {
            return None;
        }
        let attribute = self.attribute(&path.attribute)?;
        let sub = match &path.sub {
            Some(name) => Some(part(attribute, name)?),
            None => None,
        };
        Some(Named { attribute, sub })
    }
}

/// A part of a complex attribute, by its name in any case.
pub(super) fn part<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    attribute.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
}

/// The attributes that every resource has; no schema announces them.
static COMMON: LazyLock<[Attribute; 4]> = LazyLock::new(|| {
    let common = |name: &str, kind: &str, mutability| Attribute {
        name: name.to_owned(),
        kind: kind.to_owned(),
        case_exact: true,
        mutability,
        ..Attribute::default()
    };
    let read_only = |name: &str, kind: &str| common(name, kind, Mutability::ReadOnly);
    [
        Attribute { multi_valued: true, returned: Returned::Always, ..read_only("schemas", "reference") },
        Attribute { returned: Returned::Always, ..read_only("id", "string") },
        common("externalId", "string", Mutability::ReadWrite),
        Attribute {
            sub_attributes: vec![
                read_only("resourceType", "string"),
                read_only("created", "dateTime"),
                read_only("lastModified", "dateTime"),
                read_only("location", "reference"),
                read_only("version", "string"),
            ],
            ..read_only("meta", "complex")
        },
    ]
});
