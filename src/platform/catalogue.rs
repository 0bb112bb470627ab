//! The catalogue of permissions: what there is to grant, and what a way of writing it means.
//!
//! A grant is `entity.action`, or `entity.action.field` where an action is limited to a field. Sets
//! of grants have one normal form: what implies other grants stands with them or without them as
//! the pack says, always the same way.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::role_rules::PermissionRules;
use super::text_form::{Grant, Identifier, Name, Permission};

/// The action that means all of them on a functionality, where a pack says so.
const VIEW: &str = "view";

/// One entity of the permission catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The name that people read.
    #[serde(default)]
    pub label: String,
    /// The family of permissions that it belongs to, where the vendor groups them.
    #[serde(default)]
    pub family: String,
    /// Other identifiers of it that the files may use.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub aliases: BTreeSet<String>,
    /// What kind of entity it is.
    #[serde(default)]
    pub kind: EntityKind,
    /// What can be done with it.
    #[schemars(with = "Vec<Identifier>", length(min = 1))]
    pub actions: BTreeSet<String>,
    /// Those of the actions that are power over users, roles or access, or that let data out; plans mark
    /// them. Reading who there is is none of it.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub sensitive: BTreeSet<String>,
    /// The fields that some of the actions can be limited to.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub fields: BTreeSet<String>,
    /// Those of the actions that can be limited to fields.
    #[serde(default)]
    #[schemars(with = "Vec<Identifier>")]
    pub field_actions: BTreeSet<String>,
    /// The user types whose roles may grant it; all of them, when it is empty.
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub user_types: BTreeSet<String>,
}

/// The kind of an entity: `functionality`, something that can be used; `location`, a thing whose
/// fields can be granted one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum EntityKind {
    #[default]
    Functionality,
    Location,
}

/// Some of a catalogue's permissions, as a pack says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantSet {
    /// Everything that the role's user type may hold, what is in `except` excepted.
    #[serde(default)]
    pub all: bool,
    /// What is left out: an entity, or an entity and an action with a dot between them.
    #[serde(default)]
    #[schemars(with = "Vec<Permission>")]
    pub except: BTreeSet<String>,
    /// These: an entity with all that can be done with it, an entity and an action, or also a
    /// field, with dots between them.
    #[serde(default)]
    #[schemars(with = "Vec<Grant>")]
    pub only: BTreeSet<String>,
}

/// A catalogue, the pack's own or a target's, with the pack's rules of what implies what.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue<'c> {
    entities: &'c BTreeMap<String, Entity>,
    view_implies_all: bool,
}

impl<'c> Catalogue<'c> {
    /// The catalogue of these entities.
    #[must_use]
    pub fn new(entities: &'c BTreeMap<String, Entity>, rules: &PermissionRules) -> Self {
        Self { entities, view_implies_all: rules.view_implies_all }
    }

    /// An entity by its identifier; aliases are for files alone.
    #[must_use]
    pub fn entity(self, id: &str) -> Option<&'c Entity> {
        self.entities.get(id)
    }

    /// The grants, in normal form, that a way of writing them means for a role of this user type:
    /// `all` of what that type may hold without what is in `except`, and `only` these.
    #[must_use]
    pub fn expand(
        self,
        all: bool,
        except: &BTreeSet<String>,
        only: &BTreeSet<String>,
        user_type: Option<&str>,
    ) -> BTreeSet<String> {
        let mut grants = BTreeSet::new();
        for (id, entity) in self.entities {
            if (all && entity.may_be_held_by(user_type)) || only.contains(id) {
                grants.extend(entity.actions.iter().map(|action| format!("{id}.{action}")));
            }
        }
        grants.retain(|grant| only.contains(entity_of(grant)) || !except.iter().any(|except| is_below(grant, except)));
        // An entity that the catalogue does not have stays as it is written, for whoever checks it.
        let written = only.iter().filter(|grant| grant.contains('.') || !self.entities.contains_key(*grant));
        grants.extend(written.cloned());
        self.normal(grants)
    }

    /// The normal form of a set of grants: with `view` on a functionality all its actions where the
    /// pack says so, and beside an action with every field none with a single one.
    #[must_use]
    pub fn normal(self, mut grants: BTreeSet<String>) -> BTreeSet<String> {
        if self.view_implies_all {
            for (id, entity) in self.entities.iter().filter(|(_, entity)| entity.kind == EntityKind::Functionality) {
                if grants.contains(&format!("{id}.{VIEW}")) {
                    grants.extend(entity.actions.iter().map(|action| format!("{id}.{action}")));
                }
            }
        }
        let limited = |grant: &String| match grant.rsplit_once('.') {
            Some((action, _)) => action.contains('.') && grants.contains(action),
            None => false,
        };
        let redundant: Vec<String> = grants.iter().filter(|grant| limited(grant)).cloned().collect();
        for grant in redundant {
            grants.remove(&grant);
        }
        grants
    }

    /// Whether a role of this user type may grant it. What the catalogue does not have is nobody's to
    /// refuse here.
    #[must_use]
    pub fn may_be_held(self, grant: &str, user_type: Option<&str>) -> bool {
        self.entity(entity_of(grant)).is_none_or(|entity| entity.may_be_held_by(user_type))
    }

    /// Whether the grant is of an action on a functionality that cannot be had without `view`.
    #[must_use]
    pub fn needs_view(self, grant: &str) -> bool {
        let entity = self.entity(entity_of(grant));
        self.view_implies_all
            && entity.is_some_and(|entity| entity.kind == EntityKind::Functionality && entity.actions.contains(VIEW))
    }

    /// Whether the pack calls a grant sensitive.
    #[must_use]
    pub fn is_sensitive(self, grant: &str) -> bool {
        let mut parts = grant.split('.');
        let entity = parts.next().and_then(|id| self.entity(id));
        entity.zip(parts.next()).is_some_and(|(entity, action)| entity.sensitive.contains(action))
    }
}

impl Entity {
    /// Whether roles of this user type may grant it. A role without a user type may grant what
    /// every type may hold.
    #[must_use]
    pub fn may_be_held_by(&self, user_type: Option<&str>) -> bool {
        self.user_types.is_empty() || user_type.is_some_and(|user_type| self.user_types.contains(user_type))
    }
}

/// The entity of a grant.
#[must_use]
pub fn entity_of(grant: &str) -> &str {
    grant.split_once('.').map_or(grant, |(entity, _)| entity)
}

/// Whether a grant is this one or below it: `users.view.name` is below `users` and `users.view`.
#[must_use]
pub fn is_below(grant: &str, other: &str) -> bool {
    grant.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entities() -> BTreeMap<String, Entity> {
        serde_json::from_value(serde_json::json!({
            "promotions": { "actions": ["view", "add", "modify"] },
            "users": { "actions": ["view", "create"], "user_types": ["Business"] },
            "locations": {
                "kind": "location", "actions": ["view", "modify", "delete"],
                "fields": ["phone", "hours"], "field_actions": ["view", "modify"],
            },
        }))
        .expect("entities")
    }

    #[track_caller]
    fn check(view_implies_all: bool, set: serde_json::Value, user_type: Option<&str>) -> String {
        let set: GrantSet = serde_json::from_value(set).expect("a set of grants");
        let rules = PermissionRules { view_implies_all, ..PermissionRules::default() };
        let entities = entities();
        let grants = Catalogue::new(&entities, &rules).expand(set.all, &set.except, &set.only, user_type);
        grants.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn all_is_what_the_user_type_may_hold_and_a_named_entity_is_not_dropped() {
        let all = serde_json::json!({ "all": true, "except": ["promotions.add", "locations"] });
        assert_eq!(
            check(false, all.clone(), Some("Business")),
            "promotions.modify promotions.view users.create users.view"
        );
        assert_eq!(check(false, all, None), "promotions.modify promotions.view");
        assert_eq!(
            check(false, serde_json::json!({ "only": ["users", "ships"] }), None),
            "ships users.create users.view"
        );
    }

    #[test]
    fn view_means_all_where_the_pack_says_so_and_on_functionalities_alone() {
        let view = serde_json::json!({ "only": ["promotions.view", "locations.view"] });
        assert_eq!(check(true, view.clone(), None), "locations.view promotions.add promotions.modify promotions.view");
        assert_eq!(check(false, view, None), "locations.view promotions.view");
    }

    #[test]
    fn an_action_with_every_field_takes_those_with_one_in() {
        let fields =
            serde_json::json!({ "only": ["locations.view", "locations.view.phone", "locations.modify.phone"] });
        assert_eq!(check(true, fields, None), "locations.modify.phone locations.view");
    }
}
