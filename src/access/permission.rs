//! Permissions that are asked for, and grants as people read them: by entity, with power over
//! others first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::standing::{Role, near};
use super::{Standing, Unknown};
use crate::platform::{Catalogue, Entity, entity_of, is_below};
use crate::state::fold;

/// A permission that is asked for: `entity`, `entity.action` or `entity.action.field`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The permission, with the entity's identifier.
    pub permission: String,
    /// Whether the pack calls it sensitive, or something of it.
    pub sensitive: bool,
    /// Set where nothing knows it, with what is near.
    pub note: Option<String>,
}

impl Question {
    /// The permission that a text means. An entity can be named by an alias or a label.
    ///
    /// # Errors
    ///
    /// When it has not the form of a permission, or the catalogue has no such thing.
    pub fn new(text: &str, standing: &Standing<'_>) -> Result<Self, Unknown> {
        let granted: BTreeSet<&str> = standing.roles.iter().flat_map(Role::granted).collect();
        Self::among(text, &standing.entities, standing.catalogue(), &granted)
    }

    /// The same, of what a catalogue lists and what is granted beside it.
    pub(super) fn among(
        text: &str,
        entities: &BTreeMap<String, Entity>,
        catalogue: Catalogue<'_>,
        granted: &BTreeSet<&str>,
    ) -> Result<Self, Unknown> {
        let text = text.trim();
        let mut parts = text.splitn(3, '.');
        let entity = parts.next().unwrap_or_default();
        let rest = &text[entity.len()..];
        if text.is_empty() || text.split('.').any(|part| part.trim().is_empty()) {
            return Err(Unknown {
                message: format!("`{text}` is no permission"),
                help: Some("write ENTITY, ENTITY.ACTION or ENTITY.ACTION.FIELD".into()),
            });
        }
        let key = fold(entity);
        let id = entities.iter().find(|(id, listed)| {
            *id == entity || listed.aliases.contains(entity) || fold(id) == key || fold(&listed.label) == key
        });
        let permission = format!("{}{rest}", id.map_or(entity, |(id, _)| id));
        let is_granted = granted.iter().any(|grant| is_below(grant, &permission));
        let (action, field) = (parts.next(), parts.next());
        // What somebody grants is there, whatever the catalogue says.
        match id {
            _ if is_granted => {}
            Some((id, listed)) => check(id, listed, action, field)?,
            None if entities.is_empty() => {}
            None => return Err(Unknown::new("entity", entity, entities.keys().map(String::as_str))),
        }
        let is_known = is_granted || id.is_some();
        let note = (!is_known).then(|| {
            // Without a catalogue a slip of the pen looks like something that nobody may do.
            let near = near(&permission, granted.iter().copied()).map(|help| format!("; {help}")).unwrap_or_default();
            format!("this platform lists no permissions, and no role grants `{permission}`{near}")
        });
        let sensitive = match action {
            Some(_) => catalogue.is_sensitive(&permission),
            None => id.is_some_and(|(_, listed)| !listed.sensitive.is_empty()),
        };
        Ok(Self { permission, sensitive, note })
    }

    /// Which of these grants give it, or some of it: those below it, and one that it is below, as a
    /// field is below the action with every field.
    pub(super) fn through<'g>(&self, grants: impl IntoIterator<Item = &'g str>) -> Vec<&'g str> {
        grants.into_iter().filter(|grant| covers(grant, &self.permission)).collect()
    }
}

/// Whether a grant gives a permission, or some of it.
fn covers(grant: &str, permission: &str) -> bool {
    is_below(grant, permission) || is_below(permission, grant)
}

/// Whether an entity has an action, and the action a field.
fn check(id: &str, entity: &Entity, action: Option<&str>, field: Option<&str>) -> Result<(), Unknown> {
    let Some(action) = action else { return Ok(()) };
    if !entity.actions.contains(action) {
        return Err(Unknown::part(id, "action", action, &entity.actions));
    }
    let Some(field) = field else { return Ok(()) };
    if !entity.field_actions.is_empty() && !entity.field_actions.contains(action) {
        return Err(Unknown {
            message: format!("`{id}.{action}` is not limited to fields"),
            help: Some(format!("ask for `{id}.{action}`")),
        });
    }
    if !entity.fields.contains(field) {
        return Err(Unknown::part(id, "field", field, &entity.fields));
    }
    Ok(())
}

impl Unknown {
    /// An action or a field that an entity does not have; all that it has where none is near.
    fn part(id: &str, what: &str, name: &str, parts: &BTreeSet<String>) -> Self {
        let near = near(name, parts.iter().map(String::as_str));
        let all = || {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            (!parts.is_empty()).then(|| format!("it has {}", parts.join(", ")))
        };
        Self { message: format!("`{id}` has no {what} `{name}`"), help: near.or_else(all) }
    }
}

/// What can be done with one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntityAccess {
    /// The entity.
    pub entity: String,
    /// The name that people read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Whether the pack calls any of the actions sensitive.
    pub sensitive: bool,
    /// The actions, sensitive ones first.
    pub actions: Vec<Action>,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// The action.
    pub action: String,
    /// Whether the pack calls it sensitive.
    pub sensitive: bool,
    /// The only fields that it is granted for; every field, or no question of fields, without them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// Grants by entity and action, what is sensitive first.
pub(super) fn by_entity(grants: &BTreeSet<String>, catalogue: Catalogue<'_>) -> Vec<EntityAccess> {
    let mut entities: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for grant in grants {
        let mut parts = grant.splitn(3, '.').skip(1);
        let actions = entities.entry(entity_of(grant)).or_default();
        let fields = actions.entry(parts.next().unwrap_or_default()).or_default();
        fields.extend(parts.next().map(str::to_owned));
    }
    let entity = |(entity, actions): (&str, BTreeMap<&str, Vec<String>>)| {
        let action = |(action, fields): (&str, Vec<String>)| Action {
            action: action.to_owned(),
            sensitive: catalogue.is_sensitive(&format!("{entity}.{action}")),
            fields,
        };
        let mut actions: Vec<Action> = actions.into_iter().map(action).collect();
        actions.sort_by_key(|action| !action.sensitive);
        EntityAccess {
            entity: entity.to_owned(),
            label: catalogue.entity(entity).map(|listed| listed.label.clone()).unwrap_or_default(),
            sensitive: actions.iter().any(|action| action.sensitive),
            actions,
        }
    };
    let mut entities: Vec<EntityAccess> = entities.into_iter().map(entity).collect();
    entities.sort_by_key(|entity| !entity.sensitive);
    entities
}
