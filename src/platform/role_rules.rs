//! What a pack says of roles: their attributes, how they are made and changed, who administers.
//!
//! Part of the pack's format, like `pack`. Built-in roles are described in `built_in_role`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::built_in_role::BuiltInRoles;
use super::catalogue::is_below;
use super::pack::Section;
use super::text_form::{Identifier, KeyedBy, Name, Permission, RuleId};

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
    /// The roles that the platform brings along.
    #[serde(default)]
    pub built_in: BuiltInRoles,
    /// What may be changed of a role that the platform has not brought along.
    #[serde(default)]
    pub custom_role: CustomRole,
    /// The rule that a custom role cannot be changed as `custom_role` says.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub custom_role_rule: Option<String>,
    /// Values that together only one built-in role has.
    #[serde(default)]
    pub reserved: Vec<ReservedValues>,
    /// Whether a role is made with one request.
    #[serde(default)]
    pub creation: Creation,
    /// The rule that it is made with two.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub creation_rule: Option<String>,
    /// The rule that a role cannot be deleted while somebody holds it.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub held_rule: Option<String>,
    /// Roles above those that can be managed: they and their holders are never planned, only seen
    /// where the target lists them.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub protected: BTreeSet<String>,
    /// Who may add and manage whom; without it the platform draws no such lines.
    #[serde(default)]
    pub managing: Option<Managing>,
}

/// What may be changed of a custom role once it is there: `changeable`, whatever its attributes
/// allow; `mapping_only`, everything but its user type is changeable; `immutable`, nothing, its name
/// included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum CustomRole {
    #[default]
    Changeable,
    MappingOnly,
    Immutable,
}

/// How a role is made: with `one_request`, or with one that makes it and another one for its
/// permissions: `permissions_follow`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Creation {
    #[default]
    OneRequest,
    PermissionsFollow,
}

/// Values that together only one built-in role has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservedValues {
    /// The values, by attribute.
    #[schemars(with = "KeyedBy<Identifier, Name>")]
    pub values: BTreeMap<String, String>,
    /// The key of the built-in role that has them.
    #[schemars(with = "Identifier")]
    pub built_in: String,
    /// The rule that no other role can have them.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
}

/// Who may add and manage whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Managing {
    /// The attribute of roles that divides their holders into those who can be managed together.
    #[schemars(with = "Identifier")]
    pub by: String,
    /// What a role must grant so that its holders manage anybody.
    #[schemars(with = "Permission")]
    pub permission: String,
    /// The rule that it must.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub permission_rule: Option<String>,
    /// Which roles manage whom; a role that none of them describes manages nobody.
    pub managers: Vec<Manager>,
}

/// Roles of one description, and whom their holders manage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// What the role has, by attribute.
    #[schemars(with = "KeyedBy<Identifier, Name>")]
    pub role: BTreeMap<String, String>,
    /// The values of the dividing attribute whose holders they manage; nobody, when it is empty.
    #[schemars(with = "Vec<Name>")]
    pub manages: BTreeSet<String>,
    /// The rule that says so.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
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
    /// The rule that one of its names is none of those that it can hold, where they belong to no
    /// vocabulary.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub values_rule: Option<String>,
    /// Whether it can change once it is set.
    #[serde(default)]
    pub mutability: Mutability,
    /// The rule that it cannot.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub mutability_rule: Option<String>,
    /// Whether giving the holders of a role another one that differs in this needs `--acknowledge`.
    #[serde(default)]
    pub reassignment_needs_word: bool,
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
    /// The rule that it does.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
    /// The rule that a role's grants are among those that its user type may hold.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub user_type_rule: Option<String>,
    /// The rule that a role is mapped to no dearer user type than its grants need.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub least_type_rule: Option<String>,
    /// Whether `view` on an entity that is a functionality means all of its actions, and none of them
    /// can be had without it.
    #[serde(default)]
    pub view_implies_all: bool,
    /// The rule that it does.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub view_rule: Option<String>,
    /// The rule that only some actions can be limited to fields.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub field_rule: Option<String>,
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
    /// The holders of the built-in roles with these keys, whatever they are called now.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub built_in: BTreeSet<String>,
    /// The holders of roles with one of these: an entity, or an entity and an action with a dot
    /// between them.
    #[serde(default)]
    #[schemars(with = "Vec<Permission>")]
    pub permissions: BTreeSet<String>,
}

impl Administrators {
    /// Whether a role with this grant makes its holders administrators.
    #[must_use]
    pub fn have(&self, grant: &str) -> bool {
        // An entity means whatever can be done with it.
        self.permissions.iter().any(|permission| is_below(grant, permission))
    }
}

#[cfg(test)]
mod tests {
    use super::Administrators;

    #[test]
    fn a_permission_of_administrators_means_what_is_below_it_and_nothing_beside() {
        let who =
            Administrators { permissions: ["admin".into(), "users.delete".into()].into(), ..Administrators::default() };
        let asked = ["admin", "admin.manage", "users.delete", "administer.view", "users.view", "users"];
        assert_eq!(asked.map(|grant| who.have(grant)), [true, true, true, false, false, false]);
    }
}
