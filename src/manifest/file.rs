//! The shape of a manifest.
//!
//! These types read the files and generate their schema; what a pack says beside them is added in
//! `schema`. Reading is tolerant: what does not fit is left out, because the schema has reported
//! it and the rest of the file is still to be checked.

use schemars::JsonSchema;
use serde::Deserialize;

use super::assignments::AssignmentRows;
use super::roles::RoleBody;
use crate::document::{Entries, Lenient, Spanned};
use crate::platform::{KeyedBy, Name};

/// A manifest: any file may hold any section, and all files of a project are one set.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The organization's segments: whom roles serve.
    #[schemars(with = "KeyedBy<Name, Term>")]
    pub segments: Lenient<Entries<Lenient<Term>>>,
    /// The organization's classifications: what roles are for.
    #[schemars(with = "KeyedBy<Name, Term>")]
    pub classifications: Lenient<Entries<Lenient<Term>>>,
    /// User types: the licence categories, with their seats.
    #[schemars(with = "KeyedBy<Name, UserType>")]
    pub user_types: Lenient<Entries<Lenient<UserType>>>,
    /// Roles by name. A role that is written is complete.
    #[schemars(with = "KeyedBy<Name, Role>")]
    pub roles: Lenient<Entries<Lenient<RoleBody>>>,
    /// Users by userName, each with the one role that they hold.
    #[schemars(with = "KeyedBy<Name, Assignment>")]
    pub assignments: Lenient<AssignmentRows>,
    /// What shall not exist any more.
    pub removed: Lenient<Removed>,
}

/// A classification or a segment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Term {
    /// What it means.
    pub description: Lenient<Spanned<String>>,
}

/// A licence category.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct UserType {
    /// How many users can have it at a time: a number, or `unlimited`.
    pub licenses: Lenient<Spanned<Licenses>>,
    /// What it means.
    pub description: Lenient<Spanned<String>>,
}

/// A role: what it is for and what its holders may do. A key that is left out stays as it is on
/// the target; an empty list empties.
// For the schema alone, to which the pack adds its attributes; reading takes a role's keys as they
// come (`roles`).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct Role {
    /// What holders of the role may do: entities with their actions; `all`, a list of entities, or
    /// `all_except` where the platform has a catalogue of permissions.
    pub permissions: Option<super::grants::Permissions>,
    /// Names that the role had before: a rename.
    #[schemars(default, with = "Vec<Name>")]
    pub previously: Option<Vec<Spanned<String>>>,
}

/// What a user holds: the name of a role, or a map with more.
// For the schema alone, which `schema` opens to the short form; `assignments` reads both.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct Assignment {
    /// The role that the user holds.
    #[schemars(with = "Name")]
    pub role: Spanned<String>,
    /// The name that people see.
    pub name: Option<Spanned<String>>,
    /// Whether the user may sign in. Left out, it stays as it is; a new account is active.
    pub active: Option<bool>,
    /// The user type that is expected; where the role is mapped to one, it is only a check.
    #[schemars(default, with = "Name")]
    pub user_type: Option<Spanned<String>>,
}

/// What shall not exist any more.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Removed {
    /// Roles that are deleted, each with the role that its holders get.
    #[schemars(with = "KeyedBy<Name, RemovedRole>")]
    pub roles: Lenient<Entries<Lenient<RemovedRole>>>,
    /// Users whose account is deactivated or deleted.
    #[schemars(with = "KeyedBy<Name, UserRemoval>")]
    pub users: Lenient<Entries<Lenient<UserRemoval>>>,
}

/// A role that is deleted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RemovedRole {
    /// The role that its holders get; needed when it has any.
    #[schemars(with = "Name")]
    pub reassign_to: Lenient<Spanned<String>>,
}

/// What happens to the account: `deactivate` or `delete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum UserRemoval {
    Deactivate,
    Delete,
}

/// How many users can have a user type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Licenses {
    Count(u64),
    Unlimited,
}

/// More seats than this no vendor sells; it keeps numbers within what every reader can hold.
const MOST_LICENSES: u64 = 1_000_000_000;

impl JsonSchema for Licenses {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Licenses".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": MOST_LICENSES,
            "if": { "type": "string" },
            "then": { "enum": ["unlimited"] },
        })
    }
}

impl<'de> Deserialize<'de> for Licenses {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Licenses;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or `unlimited`")
            }

            fn visit_u64<E>(self, count: u64) -> Result<Licenses, E> {
                Ok(Licenses::Count(count))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Licenses, E> {
                if text == "unlimited" { Ok(Licenses::Unlimited) } else { Err(E::custom("neither")) }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
