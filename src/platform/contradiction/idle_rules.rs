//! A rule's id stands where its rule can be broken.

use super::{Contradiction, say};
use crate::platform::{
    Creation, CustomRole, EntityKind, Form, Mutability, Pack, Presence, Section, UserTypeSource, VocabularyMode,
};

/// Of vocabularies.
pub(super) fn of_vocabularies(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let vocabulary = pack.vocabulary(section);
        if vocabulary.rule.is_some() && vocabulary.values.is_empty() {
            let message = format!("every name can be in `{}`, so `rule` cannot be broken", section.key());
            say(found, &["vocabularies", section.key(), "rule"], message, Some("list the `values`"));
        }
        if vocabulary.enabled_rule.is_some() && vocabulary.mode != VocabularyMode::Tenant {
            let message =
                format!("only a `tenant` vocabulary has values that are not enabled, and `{}` is none", section.key());
            say(found, &["vocabularies", section.key(), "enabled_rule"], message, None);
        }
    }
}

/// Of the attributes of roles.
pub(super) fn of_attributes(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (name, attribute) in &pack.roles.attributes {
        if attribute.rule.is_some() && attribute.presence == Presence::Optional {
            let message = format!("`{name}` is optional, so the rule that it must be there cannot be broken");
            say(found, &["roles", "attributes", name, "rule"], message, None);
        }
        if attribute.set_rule.is_some() && attribute.form != Form::Names {
            let message = format!("`{name}` holds no set of names, and has `set_rule`");
            say(found, &["roles", "attributes", name, "set_rule"], message, None);
        }
        if attribute.values_rule.is_some() && attribute.values.is_empty() {
            let message = format!("`{name}` has no values of its own, so `values_rule` cannot be broken");
            say(found, &["roles", "attributes", name, "values_rule"], message, None);
        }
        if attribute.mutability_rule.is_some() && attribute.mutability == Mutability::Changeable {
            let message = format!("`{name}` can change, so `mutability_rule` cannot be broken");
            say(found, &["roles", "attributes", name, "mutability_rule"], message, Some("add `mutability: immutable`"));
        }
    }
}

/// Of permissions.
pub(super) fn of_permissions(pack: &Pack, found: &mut Vec<Contradiction>) {
    let permissions = &pack.roles.permissions;
    if permissions.word_rule.is_some() && !permissions.change_needs_word {
        let message = "no change of permissions needs a word, and `word_rule` says that one does";
        say(found, &["roles", "permissions", "word_rule"], message, Some("add `change_needs_word: true`"));
    }
    if permissions.empty_rule.is_some() && permissions.presence == Presence::Required {
        let message = "permissions are required, and `empty_rule` allows a role without any";
        say(found, &["roles", "permissions", "empty_rule"], message, None);
    }
    let mut idle = |rule: &Option<String>, key: &str, is_idle: bool, message: &str| {
        if rule.is_some() && is_idle {
            say(found, &["roles", "permissions", key], message, None);
        }
    };
    let entities = || pack.catalogue.values();
    let optional = permissions.presence == Presence::Optional;
    idle(
        &permissions.rule,
        "rule",
        optional,
        "permissions are optional, so the rule that they must be there cannot be broken",
    );
    let limited = entities().any(|entity| !entity.user_types.is_empty());
    idle(
        &permissions.user_type_rule,
        "user_type_rule",
        !limited,
        "every user type may hold everything in the catalogue, so `user_type_rule` cannot be broken",
    );
    let priced = pack.vocabularies.user_types.values.iter().any(|value| !value.cheaper.is_empty());
    idle(
        &permissions.least_type_rule,
        "least_type_rule",
        !priced,
        "no user type is cheaper than another one, so `least_type_rule` cannot be broken",
    );
    idle(
        &permissions.view_rule,
        "view_rule",
        !permissions.view_implies_all,
        "`view` does not mean all, so `view_rule` cannot be broken",
    );
    let whole = entities().any(|entity| entity.kind == EntityKind::Location && entity.field_actions != entity.actions);
    idle(
        &permissions.field_rule,
        "field_rule",
        !whole,
        "every action on a location can be limited to fields, so `field_rule` cannot be broken",
    );
}

/// Of roles as a whole.
pub(super) fn of_roles(pack: &Pack, found: &mut Vec<Contradiction>) {
    let roles = &pack.roles;
    if roles.creation_rule.is_some() && roles.creation == Creation::OneRequest {
        let message = "a role is made with one request, so `creation_rule` cannot be broken";
        say(found, &["roles", "creation_rule"], message, Some("add `creation: permissions_follow`"));
    }
    if roles.custom_role_rule.is_some() && roles.custom_role == CustomRole::Changeable {
        let message = "custom roles can change, so `custom_role_rule` cannot be broken";
        say(found, &["roles", "custom_role_rule"], message, Some("add `custom_role: immutable` or `mapping_only`"));
    }
    if roles.custom_role == CustomRole::MappingOnly && !roles.attributes.contains_key("user_type") {
        say(found, &["roles", "custom_role"], "custom roles keep their user type, and roles have no `user_type`", None);
    }
    let built_in = &roles.built_in;
    if built_in.roles.is_empty() {
        for (key, rule) in [("delete_rule", &built_in.delete_rule), ("change_rule", &built_in.change_rule)] {
            if rule.is_some() {
                let message = format!("no roles are built in, so `{key}` cannot be broken");
                say(found, &["roles", "built_in", key], message, None);
            }
        }
    }
}

/// Of users, subscriptions and requests for several objects.
pub(super) fn of_users_and_requests(pack: &Pack, found: &mut Vec<Contradiction>) {
    let users = &pack.users;
    if users.user_type == UserTypeSource::None {
        for (key, rule) in [("user_type_rule", &users.user_type_rule), ("seat_rule", &users.seat_rule)] {
            if rule.is_some() {
                say(found, &["users", key], format!("users have no types, so `{key}` cannot be broken"), None);
            }
        }
    }
    for (key, subscription) in &pack.subscriptions {
        if subscription.built_in_roles_rule.is_some() && pack.roles.built_in.roles.is_empty() {
            let message = "no roles are built in, so `built_in_roles_rule` cannot be broken";
            say(found, &["subscriptions", key, "built_in_roles_rule"], message, None);
        }
    }
    if pack.bulk.held_seats_rule.is_some() && !pack.bulk.hides_held_seats {
        let message = "held seats are not hidden, so `held_seats_rule` cannot be broken";
        say(found, &["bulk", "held_seats_rule"], message, Some("add `hides_held_seats: true`"));
    }
}
