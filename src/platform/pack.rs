//! The shape of a pack: one platform's rules as data.
//!
//! These types are the pack file's format: they read it and generate its schema. A field that
//! only one platform needs is still a field of the pack, never a name of that platform in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::catalogue::{Catalogue, Entity};
use super::role_rules::RoleRules;
use super::text_form::{Filled, Identifier, KeyedBy, Name, PlatformId, RuleId};

/// One platform's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The name that `platform:` in a project says.
    #[schemars(with = "PlatformId")]
    pub platform: String,
    /// The name that people read.
    #[schemars(with = "Filled")]
    pub title: String,
    /// What each vocabulary section of the files means.
    pub vocabularies: Vocabularies,
    /// What a role has and how it may change.
    pub roles: RoleRules,
    /// What a user has.
    pub users: UserRules,
    /// The permission catalogue; empty where the platform publishes none.
    #[serde(default)]
    #[schemars(with = "KeyedBy<Identifier, Entity>")]
    pub catalogue: BTreeMap<String, Entity>,
    /// What each authority of a credential may do, by the name that the platform gives it.
    #[serde(default = "usual_authorities")]
    #[schemars(with = "KeyedBy<Identifier, Vec<Power>>")]
    pub authorities: BTreeMap<String, BTreeSet<Power>>,
    /// What an organization can subscribe to that decides over roles.
    #[serde(default)]
    #[schemars(with = "KeyedBy<Identifier, Subscription>")]
    pub subscriptions: BTreeMap<String, Subscription>,
    /// What one request may do to several objects.
    #[serde(default)]
    pub bulk: BulkRules,
}

/// What an organization can subscribe to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The name that people read.
    #[schemars(with = "Filled")]
    pub label: String,
    /// The rule that custom roles are made, changed and deleted only with it; without a rule they
    /// do not need it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub custom_roles_rule: Option<String>,
    /// The rule that built-in roles are changed only with it; without a rule they do not need it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub built_in_roles_rule: Option<String>,
}

/// What one request (SCIM Bulk) may do to several objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRules {
    /// What it may do to roles; without it the same as single requests.
    #[serde(default)]
    pub roles: Option<BulkRoles>,
    /// Whether the seats that its users hold are out of reach for it until it is done.
    #[serde(default)]
    pub hides_held_seats: bool,
    /// The rule that they are.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub held_seats_rule: Option<String>,
}

/// What one request may do to several roles, for an authority that has the power `bulk_roles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRoles {
    /// The rule that only such an authority may do it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub authority_rule: Option<String>,
    /// The attributes that it may replace; no others, and it neither makes nor deletes roles.
    #[schemars(with = "Vec<Identifier>")]
    pub replaces: BTreeSet<String>,
    /// The rule that it replaces no others.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub replaces_rule: Option<String>,
    /// The rule that who asks for it says each of them for every role.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub complete_rule: Option<String>,
}

/// What an authority may do beyond reading. `write`: create, change and delete, one object in each
/// request. `bulk_roles`: change several roles with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Power {
    Write,
    BulkRoles,
}

/// The authorities that platforms have where their pack says nothing else.
fn usual_authorities() -> BTreeMap<String, BTreeSet<Power>> {
    let usual: [(&str, &[Power]); 3] =
        [("viewer", &[]), ("admin", &[Power::Write]), ("support", &[Power::Write, Power::BulkRoles])];
    usual.into_iter().map(|(name, powers)| (name.to_owned(), powers.iter().copied().collect())).collect()
}

/// The three vocabularies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vocabularies {
    /// What a role is for.
    pub classifications: Vocabulary,
    /// Whom a role serves.
    pub segments: Vocabulary,
    /// Licence categories.
    pub user_types: Vocabulary,
}

/// Names one of the vocabularies, as its section in the files does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each is documented at `Vocabularies`; a comment here would turn the schema's enum into oneOf"
)]
pub enum Section {
    Classifications,
    Segments,
    UserTypes,
}

/// One vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Who decides what is in it.
    pub mode: VocabularyMode,
    /// The values of a closed vocabulary, or all that a tenant's can be chosen from, in the
    /// vendor's order and spelling.
    #[serde(default)]
    pub values: Vec<VocabularyValue>,
    /// The rule that a name breaks which is none of the values.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
    /// The rule that one of the values breaks where this tenant has not enabled it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub enabled_rule: Option<String>,
}

/// Who decides what a vocabulary holds. `closed`: the vendor. `tenant`: the vendor for each
/// customer; files state an expectation. `managed`: the files. `absent`: nobody, the platform has
/// no such vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum VocabularyMode {
    Closed,
    Tenant,
    Managed,
    Absent,
}

/// A value that the vendor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VocabularyValue {
    /// The canonical spelling.
    #[schemars(with = "Name")]
    pub name: String,
    /// Other spellings that the files may use.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub aliases: Vec<String>,
    /// Values of the same vocabulary that cost less.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub cheaper: Vec<String>,
}

/// What a user has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRules {
    /// What a userName looks like.
    pub user_name: UserName,
    /// The rule that it is there, looks so, and is nobody else's.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub user_name_rule: Option<String>,
    /// The rule that a user holds exactly one role.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub role_rule: Option<String>,
    /// Where a user's type comes from.
    pub user_type: UserTypeSource,
    /// The rule that it is the one that the role is mapped to.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub user_type_rule: Option<String>,
    /// The rule that an active user takes a seat of their type, which must be free.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub seat_rule: Option<String>,
}

/// What a userName looks like: `email` or any `text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum UserName {
    Email,
    Text,
}

/// Where a user's type comes from: `role`, the type that the role is mapped to, and the
/// assignment's own only where the role has none; `none`, the platform has no user types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum UserTypeSource {
    Role,
    None,
}

impl Pack {
    /// SHA-256 over the pack as JSON with sorted keys, in hexadecimal: layout and comments of the
    /// file do not count.
    #[must_use]
    pub fn digest(&self) -> String {
        // Values keep their keys sorted; structs would keep them in the order of their fields.
        let canonical = serde_json::to_value(self).expect("a pack has only text keys").to_string();
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(canonical) {
            write!(text, "{byte:02x}").expect("a text takes all that is written to it");
        }
        text
    }

    /// Whether the platform publishes a catalogue of permissions.
    #[must_use]
    pub fn has_catalogue(&self) -> bool {
        !self.catalogue.is_empty()
    }

    /// The catalogue of permissions, as far as it is known without a target.
    #[must_use]
    pub fn permissions(&self) -> Catalogue<'_> {
        Catalogue::new(&self.catalogue, &self.roles.permissions)
    }

    /// One of the vocabularies.
    #[must_use]
    pub fn vocabulary(&self, section: Section) -> &Vocabulary {
        match section {
            Section::Classifications => &self.vocabularies.classifications,
            Section::Segments => &self.vocabularies.segments,
            Section::UserTypes => &self.vocabularies.user_types,
        }
    }
}

impl Section {
    /// Every vocabulary, in the order of creation.
    pub const ALL: [Self; 3] = [Self::Classifications, Self::Segments, Self::UserTypes];

    /// The section's key in the files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Classifications => "classifications",
            Self::Segments => "segments",
            Self::UserTypes => "user_types",
        }
    }

    /// One of its values, in words.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Classifications => "classification",
            Self::Segments => "segment",
            Self::UserTypes => "user type",
        }
    }
}

impl Vocabulary {
    /// The canonical spelling of a name that is canonical or an alias already.
    #[must_use]
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        let is_alias = |value: &&VocabularyValue| value.aliases.iter().any(|alias| alias == name);
        self.values.iter().find(is_alias).map_or(name, |value| &value.name)
    }

    /// Every spelling that the files may use, each value's canonical one first.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flat_map(|value| std::iter::once(&value.name).chain(&value.aliases)).map(String::as_str)
    }
}

/// The name of an attribute on the wire: `user_type` is `userType` (DETAILS.md, Files).
#[must_use]
pub fn wire_name(attribute: &str) -> String {
    let mut wire = String::with_capacity(attribute.len());
    let mut capital = false;
    for c in attribute.chars() {
        if c == '_' {
            capital = true;
        } else {
            wire.push(if capital { c.to_ascii_uppercase() } else { c });
            capital = false;
        }
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::wire_name;

    #[test]
    fn wire_names_are_lower_camel_case() {
        assert_eq!(wire_name("user_type"), "userType");
        assert_eq!(wire_name("classifications"), "classifications");
    }
}
