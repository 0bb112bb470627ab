//! The shape of a pack: one platform's rules as data.
//!
//! These types are the pack file's format: they read it and generate its schema. A field that
//! only one platform needs is still a field of the pack, never a name of that platform in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::text_form::{Filled, Identifier, KeyedBy, Name, Permission, PlatformId, RuleId};

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
}

/// What a role has and how it may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRules {
    /// Whether a role can be renamed.
    #[serde(default)]
    pub name: Mutability,
    /// The rule that a role's name must be there, not blank, and no other role's.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub name_rule: Option<String>,
    /// The rule that roles have no attributes but these.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
    /// The rule that roles are changed only by who has the authority.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub write_rule: Option<String>,
    /// The attributes beside the name, by their names in the files (`snake_case`). On the wire the
    /// same name is lowerCamelCase.
    #[schemars(with = "KeyedBy<Identifier, Attribute>")]
    pub attributes: BTreeMap<String, Attribute>,
    /// What the grants of a role must satisfy.
    pub permissions: PermissionRules,
    /// Who counts as an administrator; without it the project file says so.
    #[serde(default)]
    pub administrators: Option<Administrators>,
}

/// One attribute of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// What it holds.
    #[serde(rename = "type")]
    pub form: Form,
    /// The vocabulary that its names come from.
    #[serde(default)]
    pub of: Option<Section>,
    /// The names that it can hold, where they belong to no vocabulary.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub values: Vec<String>,
    /// Whether it must be there.
    #[serde(default)]
    pub presence: Presence,
    /// The rule that it must be there.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
    /// The rule that its names are a set, in which an equal one counts once.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub set_rule: Option<String>,
    /// Whether it can change once it is set.
    #[serde(default)]
    pub mutability: Mutability,
    /// What it is for, shown in editors.
    #[serde(default)]
    pub description: String,
}

/// What an attribute holds: `text` (free), `name` (one name), `names` (a set of names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Form {
    Text,
    Name,
    Names,
}

/// Whether a value must be there. A set that is `required` holds at least one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Presence {
    #[default]
    Optional,
    Required,
}

/// Whether a value can change once it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Mutability {
    #[default]
    Changeable,
    Immutable,
}

/// What the grants of a role must satisfy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionRules {
    /// Whether a role needs at least one.
    #[serde(default)]
    pub presence: Presence,
    /// Whether a change of an existing role's grants needs `--acknowledge`.
    #[serde(default)]
    pub change_needs_word: bool,
    /// The rule that such a change needs it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub word_rule: Option<String>,
    /// The rule that a role without grants is allowed, with a warning.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub empty_rule: Option<String>,
}

/// Who counts as an administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Administrators {
    /// The holders of these roles.
    #[serde(default)]
    pub roles: BTreeSet<String>,
    /// The holders of roles with one of these: an entity, or an entity and an action with a dot
    /// between them.
    #[serde(default)]
    #[schemars(with = "Vec<Permission>")]
    pub permissions: BTreeSet<String>,
}

/// What a user has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRules {
    /// What a userName looks like.
    pub user_name: UserName,
    /// Where a user's type comes from.
    pub user_type: UserTypeSource,
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

/// One entity of the permission catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The name that people read.
    #[serde(default)]
    pub label: String,
    /// What can be done with it.
    #[schemars(with = "Vec<Identifier>", length(min = 1))]
    pub actions: BTreeSet<String>,
    /// Those of the actions that expose money or people's data; plans mark them.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub sensitive: BTreeSet<String>,
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

impl Administrators {
    /// Whether a role with this grant makes its holders administrators.
    #[must_use]
    pub fn have(&self, grant: &str) -> bool {
        // An entity means whatever can be done with it.
        self.permissions.iter().any(|permission| {
            grant.strip_prefix(permission.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
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
    use super::{Administrators, wire_name};

    #[test]
    fn a_permission_of_administrators_means_what_is_below_it_and_nothing_beside() {
        let who =
            Administrators { permissions: ["admin".into(), "users.delete".into()].into(), ..Administrators::default() };
        let asked = ["admin", "admin.manage", "users.delete", "administer.view", "users.view", "users"];
        assert_eq!(asked.map(|grant| who.have(grant)), [true, true, true, false, false, false]);
    }

    #[test]
    fn wire_names_are_lower_camel_case() {
        assert_eq!(wire_name("user_type"), "userType");
        assert_eq!(wire_name("classifications"), "classifications");
    }
}
