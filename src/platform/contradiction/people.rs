//! What a pack says of who users are and what they may do to roles and to each other.

use super::{Contradiction, impossible, not_granted, say};
use crate::platform::{Form, Pack, Power, UserTypeSource};

/// Where a user's type comes from the role, a role has one.
pub(super) fn user_types_come_from_somewhere(pack: &Pack, found: &mut Vec<Contradiction>) {
    if pack.users.user_type == UserTypeSource::Role && !pack.roles.attributes.contains_key("user_type") {
        say(
            found,
            &["users", "user_type"],
            "a user's type comes from the role, and roles have no attribute `user_type`",
            None,
        );
    }
}

/// A pack that says who is an administrator names somebody.
pub(super) fn administrators_are_somebody(pack: &Pack, found: &mut Vec<Contradiction>) {
    let Some(who) = &pack.roles.administrators else { return };
    if who.roles.is_empty() && who.built_in.is_empty() && who.permissions.is_empty() {
        let help = "leave `administrators` out where the project says who is one";
        say(found, &["roles", "administrators"], "`administrators` names nobody", Some(help));
    }
    for permission in &who.permissions {
        if let Some(message) = not_granted(pack, permission) {
            say(found, &["roles", "administrators", "permissions", permission], message, None);
        }
    }
    for key in &who.built_in {
        if !pack.roles.built_in.roles.contains_key(key) {
            let message = format!("no role with the key `{key}` is built in");
            say(found, &["roles", "administrators", "built_in", key], message, None);
        }
    }
}

/// At least one authority may write, and what changes several roles at once may change one.
pub(super) fn somebody_may_write(pack: &Pack, found: &mut Vec<Contradiction>) {
    if !pack.authorities.values().any(|powers| powers.contains(&Power::Write)) {
        say(found, &["authorities"], "no authority may `write`, so nothing could ever be applied", None);
    }
    for (name, powers) in &pack.authorities {
        if powers.contains(&Power::BulkRoles) && !powers.contains(&Power::Write) {
            say(found, &["authorities", name], format!("`{name}` may change several roles at once but not one"), None);
        }
    }
}

/// Who manages whom is told by what roles can have, and no row stands behind one that says the same
/// of more roles.
pub(super) fn managing_is_about_roles_that_can_be(pack: &Pack, found: &mut Vec<Contradiction>) {
    let Some(managing) = &pack.roles.managing else { return };
    let place = ["roles", "managing"];
    let path = |rest: &[&'static str]| [&place[..], rest].concat();
    match pack.roles.attributes.get(&managing.by) {
        None => say(found, &path(&["by"]), format!("roles have no attribute `{}`", managing.by), None),
        Some(rules) if rules.form != Form::Name => {
            let message = format!("`{}` does not hold one name, so it does not divide the roles", managing.by);
            say(found, &path(&["by"]), message, None);
        }
        Some(_) => {}
    }
    if let Some(message) = not_granted(pack, &managing.permission) {
        say(found, &path(&["permission"]), message, None);
    }
    if managing.managers.is_empty() {
        say(found, &path(&["managers"]), "nobody manages anybody, so nothing could ever be applied", None);
    }
    for (index, manager) in managing.managers.iter().enumerate() {
        let row = index.to_string();
        for (attribute, value) in &manager.role {
            if let Some(message) = impossible(pack, attribute, value) {
                say(found, &["roles", "managing", "managers", &row, "role", attribute], message, None);
            }
        }
        for value in &manager.manages {
            let message = impossible(pack, &managing.by, value);
            // An attribute that is not there has been said once.
            if let Some(message) = message.filter(|_| pack.roles.attributes.contains_key(&managing.by)) {
                say(found, &["roles", "managing", "managers", &row, "manages", value], message, None);
            }
        }
        let earlier = &managing.managers[..index];
        if earlier.iter().any(|other| other.role.iter().all(|(name, value)| manager.role.get(name) == Some(value))) {
            let message = "an earlier row describes these roles already, and the first one counts";
            say(found, &["roles", "managing", "managers", &row], message, None);
        }
    }
}

/// A subscription that decides over roles says over which.
pub(super) fn a_subscription_decides_something(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (key, subscription) in &pack.subscriptions {
        if subscription.custom_roles_rule.is_none() && subscription.built_in_roles_rule.is_none() {
            let message = format!("`{key}` decides over no roles");
            let help = "give it `custom_roles_rule` or `built_in_roles_rule`, or leave it out";
            say(found, &["subscriptions", key], message, Some(help));
        }
    }
}

/// What changes several roles at once changes what roles have, and somebody may do it.
pub(super) fn several_roles_change_what_roles_have(pack: &Pack, found: &mut Vec<Contradiction>) {
    if pack.bulk.hides_held_seats && pack.users.user_type == UserTypeSource::None {
        say(found, &["bulk", "hides_held_seats"], "users have no types, so they hold no seats", None);
    }
    let Some(bulk) = &pack.bulk.roles else { return };
    for attribute in &bulk.replaces {
        if attribute != "permissions" && !pack.roles.attributes.contains_key(attribute) {
            let message = format!("roles have no attribute `{attribute}`");
            say(found, &["bulk", "roles", "replaces", attribute], message, None);
        }
    }
    if bulk.replaces.is_empty() {
        say(found, &["bulk", "roles", "replaces"], "a request for several roles could replace nothing", None);
    }
    if !pack.authorities.values().any(|powers| powers.contains(&Power::BulkRoles)) {
        say(found, &["bulk", "roles"], "no authority has the power `bulk_roles`, so nobody could use it", None);
    }
}
