//! What a pack says of the roles that the platform brings along.

use std::collections::BTreeMap;

use super::{Contradiction, impossible, not_granted, plain, say};
use crate::platform::{BuiltInRole, Form, Mutability, Pack, Presence, entity_of, is_below};

/// A name or an alias means one built-in role, and none that is protected.
pub(super) fn a_name_means_one_built_in_role(pack: &Pack, found: &mut Vec<Contradiction>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (key, role) in &pack.roles.built_in.roles {
        let mut own = |path: &[&str], name: &str| {
            let other = *seen.entry(plain(name)).or_insert(key);
            if other != key {
                let path = [&["roles", "built_in", "roles", key][..], path].concat();
                say(found, &path, format!("`{name}` means the same name as one of `{other}`"), None);
            }
        };
        own(&["name"], &role.name);
        for alias in &role.aliases {
            own(&["aliases", alias], alias);
        }
    }
    for name in &pack.roles.protected {
        if let Some(key) = seen.get(&plain(name)) {
            let message = format!("`{name}` is protected, and the name of the built-in role `{key}`");
            say(found, &["roles", "protected", name], message, None);
        }
    }
}

/// What a built-in role has is what roles can hold, and what they must.
pub(super) fn built_in_roles_hold_what_roles_can_hold(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (key, role) in &pack.roles.built_in.roles {
        for (attribute, values) in &role.attributes {
            let path = ["roles", "built_in", "roles", key, "attributes", attribute];
            let Some(rules) = pack.roles.attributes.get(attribute) else {
                say(found, &path, format!("roles have no attribute `{attribute}`"), None);
                continue;
            };
            for value in values {
                if let Some(message) = impossible(pack, attribute, value) {
                    say(found, &[&path[..], &[value]].concat(), message, None);
                }
            }
            if rules.form != Form::Names && values.len() > 1 {
                say(found, &path, format!("`{attribute}` holds one value, not {}", values.len()), None);
            }
            if rules.presence == Presence::Required && values.is_empty() {
                say(found, &path, format!("`{attribute}` is required, and the role has none"), None);
            }
        }
    }
}

/// What can be changed of a built-in role is something that a role has and that can change.
pub(super) fn what_can_change_is_there_and_not_immutable(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (key, role) in &pack.roles.built_in.roles {
        for name in &role.changeable {
            let mutability = match name.as_str() {
                "permissions" => Some(Mutability::Changeable),
                "name" => Some(pack.roles.name),
                attribute => pack.roles.attributes.get(attribute).map(|rules| rules.mutability),
            };
            let message = match mutability {
                Some(Mutability::Changeable) => continue,
                Some(Mutability::Immutable) => format!("`{name}` is changeable here, and immutable for every role"),
                None => format!("roles have no attribute `{name}`"),
            };
            say(found, &["roles", "built_in", "roles", key, "changeable", name], message, None);
        }
    }
}

/// The permissions of a built-in role are in the catalogue, and its user type may hold them.
pub(super) fn built_in_roles_grant_what_there_is(pack: &Pack, found: &mut Vec<Contradiction>) {
    let rules = &pack.roles.permissions;
    for (key, role) in &pack.roles.built_in.roles {
        let place = ["roles", "built_in", "roles", key, "permissions"];
        let set = &role.permissions;
        for (list, permissions) in [("except", &set.except), ("only", &set.only)] {
            for permission in permissions {
                if let Some(message) = not_granted(pack, permission) {
                    say(found, &[&place[..], &[list, permission]].concat(), message, None);
                }
            }
        }
        if set.all && !pack.has_catalogue() {
            say(
                found,
                &[&place[..], &["all"]].concat(),
                "`all` means what the catalogue lists, and there is none",
                None,
            );
        }
        if !set.all && !set.except.is_empty() {
            say(
                found,
                &[&place[..], &["except"]].concat(),
                "`except` leaves something out of `all`, which is not set",
                None,
            );
        }
        let user_type = user_type(role);
        let grants = granted(pack, role);
        for permission in &set.only {
            if !pack.permissions().may_be_held(permission, user_type) {
                let message = format!("a role of its user type cannot grant `{permission}`");
                say(found, &[&place[..], &["only", permission]].concat(), message, None);
            }
        }
        let without_view = grants.iter().find(|grant| {
            pack.permissions().needs_view(grant) && !grants.contains(&format!("{}.view", entity_of(grant)))
        });
        if let Some(grant) = without_view {
            say(found, &place, format!("`{grant}` cannot be granted without `{}.view`", entity_of(grant)), None);
        }
        if rules.presence == Presence::Required && grants.is_empty() {
            say(found, &place, format!("permissions are required, and `{key}` has none"), None);
        }
    }
}

/// What a built-in role must never grant is something, and it does not grant it at first.
pub(super) fn a_built_in_role_never_grants_what_it_must_not(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (key, role) in &pack.roles.built_in.roles {
        let Some(never) = &role.never else { continue };
        let grants = granted(pack, role);
        let place = ["roles", "built_in", "roles", key, "never", "permissions"];
        if never.permissions.is_empty() {
            say(found, &place, "there is nothing that it must never grant", Some("leave `never` out"));
        }
        for permission in &never.permissions {
            let path = [&place[..], &[permission]].concat();
            if let Some(message) = not_granted(pack, permission) {
                say(found, &path, message, None);
            } else if grants.iter().any(|grant| is_below(grant, permission)) {
                say(found, &path, format!("`{key}` grants `{permission}` at first, and must never grant it"), None);
            }
        }
    }
}

/// Roles that can be deleted have no rule that they cannot.
pub(super) fn who_stays_can_not_be_deleted(pack: &Pack, found: &mut Vec<Contradiction>) {
    let built_in = &pack.roles.built_in;
    if built_in.deletable && built_in.delete_rule.is_some() {
        let message = "built-in roles can be deleted, and `delete_rule` says that they are always there";
        let help = "keep `delete_rule` at the single roles that stay";
        say(found, &["roles", "built_in", "delete_rule"], message, Some(help));
    }
}

/// Reserved values are possible, and those of their role and of no other built-in one.
pub(super) fn reserved_values_are_those_of_their_role(pack: &Pack, found: &mut Vec<Contradiction>) {
    let has = |role: &BuiltInRole, values: &BTreeMap<String, String>| {
        values.iter().all(|(name, value)| role.attributes.get(name).is_some_and(|held| held.contains(value)))
    };
    for (index, reserved) in pack.roles.reserved.iter().enumerate() {
        let index = index.to_string();
        let place = ["roles", "reserved", &index];
        if reserved.values.is_empty() {
            say(found, &[&place[..], &["values"]].concat(), "no values are reserved", None);
            continue;
        }
        for (attribute, value) in &reserved.values {
            let path = [&place[..], &["values", attribute]].concat();
            if let Some(message) = impossible(pack, attribute, value) {
                say(found, &path, message, None);
            } else if pack.roles.attributes.get(attribute).is_some_and(|rules| rules.form != Form::Name) {
                say(found, &path, format!("`{attribute}` does not hold one name, so no value of it is reserved"), None);
            }
        }
        let Some(owner) = pack.roles.built_in.roles.get(&reserved.built_in) else {
            let message = format!("no role with the key `{}` is built in", reserved.built_in);
            say(found, &[&place[..], &["built_in"]].concat(), message, None);
            continue;
        };
        if !has(owner, &reserved.values) {
            let message = format!("`{}` does not have these values itself", reserved.built_in);
            say(found, &[&place[..], &["built_in"]].concat(), message, None);
        }
        for (key, other) in &pack.roles.built_in.roles {
            if *key != reserved.built_in && has(other, &reserved.values) {
                let message = format!("`{key}` has these values, which are reserved for `{}`", reserved.built_in);
                say(found, &["roles", "built_in", "roles", key, "attributes"], message, None);
            }
        }
    }
}

/// What a built-in role grants at first.
fn granted(pack: &Pack, role: &BuiltInRole) -> std::collections::BTreeSet<String> {
    let set = &role.permissions;
    pack.permissions().expand(set.all, &set.except, &set.only, user_type(role))
}

/// The user type that a built-in role is mapped to.
fn user_type(role: &BuiltInRole) -> Option<&str> {
    role.attributes.get("user_type").and_then(|names| names.first()).map(String::as_str)
}
