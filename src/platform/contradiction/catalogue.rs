//! What a pack says of permissions.

use std::collections::BTreeMap;

use super::{Contradiction, say};
use crate::platform::{Creation, EntityKind, Pack, Presence, Section};

/// No entity or action is called like a word of the permission forms, and what is sensitive is an
/// action.
pub(super) fn the_catalogue_leaves_its_own_words_free(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (id, entity) in &pack.catalogue {
        if ["all", "all_except"].contains(&id.as_str()) {
            say(
                found,
                &["catalogue", id],
                format!("an entity cannot be called `{id}`: it is a word of the permission forms"),
                None,
            );
        }
        if entity.actions.contains("all") {
            say(
                found,
                &["catalogue", id, "actions"],
                "an action cannot be called `all`: it is a word of the permission forms",
                None,
            );
        }
        for action in entity.sensitive.difference(&entity.actions) {
            let message = format!("`{action}` is sensitive and no action of `{id}`");
            say(found, &["catalogue", id, "sensitive", action], message, None);
        }
    }
}

/// An identifier, or an alias of one, means one entity.
pub(super) fn an_identifier_means_one_entity(pack: &Pack, found: &mut Vec<Contradiction>) {
    let mut seen: BTreeMap<&str, &str> = pack.catalogue.keys().map(|id| (id.as_str(), id.as_str())).collect();
    for (id, entity) in &pack.catalogue {
        for alias in &entity.aliases {
            let path = ["catalogue", id, "aliases", alias];
            if ["all", "all_except"].contains(&alias.as_str()) {
                let message = format!("an entity cannot be called `{alias}`: it is a word of the permission forms");
                say(found, &path, message, None);
            }
            if let Some(other) = seen.insert(alias, id) {
                say(found, &path, format!("`{alias}` means the entity `{other}` already"), None);
            }
        }
    }
}

/// A location has fields, and actions that can be limited to them; a functionality has neither.
pub(super) fn locations_have_fields_and_nothing_else_has(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (id, entity) in &pack.catalogue {
        let (fields, limited) = (!entity.fields.is_empty(), !entity.field_actions.is_empty());
        for action in entity.field_actions.difference(&entity.actions) {
            let message = format!("`{action}` can be limited to fields and is no action of `{id}`");
            say(found, &["catalogue", id, "field_actions", action], message, None);
        }
        match (entity.kind, fields, limited) {
            (EntityKind::Functionality, true, _) => {
                let message = format!("`{id}` has fields and is a functionality");
                say(found, &["catalogue", id, "fields"], message, Some("add `kind: location`"));
            }
            (EntityKind::Functionality, false, true) => {
                let message = format!("`{id}` has actions that are limited to fields and is a functionality");
                say(found, &["catalogue", id, "field_actions"], message, Some("add `kind: location`"));
            }
            (EntityKind::Location, false, _) => {
                say(found, &["catalogue", id, "kind"], format!("`{id}` is a location and has no `fields`"), None);
            }
            (EntityKind::Location, true, false) => {
                let message = format!("no action of `{id}` can be limited to its fields");
                say(found, &["catalogue", id, "fields"], message, Some("list such actions in `field_actions`"));
            }
            _ => {}
        }
        if entity.fields.contains("all") {
            let message = "a field cannot be called `all`: it is a word of the permission forms";
            say(found, &["catalogue", id, "fields", "all"], message, None);
        }
    }
}

/// The user types whose roles may grant something are among those that there are, and roles have
/// them.
pub(super) fn entities_name_known_user_types(pack: &Pack, found: &mut Vec<Contradiction>) {
    let types = pack.vocabulary(Section::UserTypes);
    for (id, entity) in &pack.catalogue {
        for user_type in &entity.user_types {
            let path = ["catalogue", id, "user_types", user_type];
            if !pack.roles.attributes.contains_key("user_type") {
                say(found, &path, "roles have no `user_type`, so none could grant this", None);
            } else if !types.values.is_empty() && !types.values.iter().any(|known| known.name == *user_type) {
                say(found, &path, format!("`{user_type}` is none of the values of `user_types`"), None);
            }
        }
    }
}

/// Where `view` means all, something can be viewed.
pub(super) fn view_can_mean_all(pack: &Pack, found: &mut Vec<Contradiction>) {
    let is_such =
        |entity: &crate::platform::Entity| entity.kind == EntityKind::Functionality && entity.actions.contains("view");
    if pack.roles.permissions.view_implies_all && !pack.catalogue.values().any(is_such) {
        let message = "`view` means all on functionalities, and none in the catalogue has it";
        say(found, &["roles", "permissions", "view_implies_all"], message, None);
    }
}

/// A role that is made without permissions can be without them.
pub(super) fn a_role_made_without_permissions_needs_none(pack: &Pack, found: &mut Vec<Contradiction>) {
    if pack.roles.creation == Creation::PermissionsFollow && pack.roles.permissions.presence == Presence::Required {
        let message = "a role is made without permissions, and must never be without any";
        say(found, &["roles", "creation"], message, None);
    }
}
