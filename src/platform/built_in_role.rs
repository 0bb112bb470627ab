//! What a pack says of the roles that the platform brings along.
//!
//! Part of the pack's format, like `pack`. A built-in role is known by its key, whatever it is
//! called now.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::GrantSet;
use super::text_form::{Identifier, KeyedBy, Name, Permission, RuleId};

/// The roles that the platform brings along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltInRoles {
    /// Whether those that have no `delete_rule` of their own can be deleted (reading C6).
    #[serde(default)]
    pub deletable: bool,
    /// The rule that they are always there.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub delete_rule: Option<String>,
    /// The rule that only what is `changeable` of them can be changed.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub change_rule: Option<String>,
    /// The roles, by key.
    #[serde(default)]
    #[schemars(with = "KeyedBy<Identifier, BuiltInRole>")]
    pub roles: BTreeMap<String, BuiltInRole>,
}

/// A role that the platform brings along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltInRole {
    /// What it is called at first.
    #[schemars(with = "Name")]
    pub name: String,
    /// Other spellings of that name that the files may use.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub aliases: Vec<String>,
    /// What it has at first, by attribute: one name, or several.
    #[serde(default)]
    #[schemars(with = "KeyedBy<Identifier, Vec<Name>>")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// What its holders may do at first. With `all: true` and nothing to change it is everything
    /// there is, what is added later included.
    #[serde(default)]
    pub permissions: GrantSet,
    /// What can be changed of it: `name`, `permissions`, and attributes.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub changeable: BTreeSet<String>,
    /// The rule that nothing else of it can; by default that of all built-in roles.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub change_rule: Option<String>,
    /// The rule that this one can never be deleted.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub delete_rule: Option<String>,
    /// What it must never grant.
    #[serde(default)]
    pub never: Option<NeverGranted>,
}

/// What a built-in role must never grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeverGranted {
    /// Entities, or an entity and an action with a dot between them.
    #[schemars(with = "Vec<Permission>")]
    pub permissions: BTreeSet<String>,
    /// The rule that says so.
    #[serde(default)]
    #[schemars(with = "RuleId")]
    pub rule: Option<String>,
}

impl BuiltInRoles {
    /// The built-in role that has this name or alias at first, with its key. Exact: folding is the
    /// caller's, through `same`.
    pub fn named(&self, same: impl Fn(&str) -> bool) -> Option<(&str, &BuiltInRole)> {
        let found =
            self.roles.iter().find(|(_, role)| same(&role.name) || role.aliases.iter().any(|alias| same(alias)));
        found.map(|(key, role)| (key.as_str(), role))
    }

    /// Whether a built-in role can be deleted.
    #[must_use]
    pub fn can_be_deleted(&self, key: &str) -> bool {
        self.deletable && self.roles.get(key).is_some_and(|role| role.delete_rule.is_none())
    }

    /// The rule that a built-in role cannot be deleted.
    #[must_use]
    pub fn rule_of_deletion(&self, key: &str) -> Option<&String> {
        self.roles.get(key).and_then(|role| role.delete_rule.as_ref()).or(self.delete_rule.as_ref())
    }

    /// The rule that nothing but what is changeable can be changed of a built-in role.
    #[must_use]
    pub fn rule_of_change(&self, key: &str) -> Option<&String> {
        self.roles.get(key).and_then(|role| role.change_rule.as_ref()).or(self.change_rule.as_ref())
    }
}

impl BuiltInRole {
    /// Whether it grants everything there is, now and later: nobody can take anything from it.
    #[must_use]
    pub fn is_master(&self) -> bool {
        self.permissions.all && self.permissions.except.is_empty() && !self.changeable.contains("permissions")
    }
}
