//! What of a role can never change, or not by everybody: built-in roles, custom roles as a whole,
//! attributes that are set once, reserved values, protected roles, missing subscriptions.
//!
//! Responsible for roles that exist or would; what they hold is `roles` and `grants`.

use serde_json::{Map, Value, json};

use crate::platform::{BuiltInRole, BuiltInRoles, Creation, CustomRole, Mutability, Pack, Section, wire_name};

use super::database;
use super::fold::fold;
use super::refusal::Refusal;
use super::rules::{Case, has, same, text};
use super::served::Kind;
use super::tenant;

/// The key of a built-in role, and what the pack says of it.
pub(super) fn built_in<'p>(pack: &'p Pack, role: &Map<String, Value>) -> Option<(&'p str, &'p BuiltInRole)> {
    let (key, role) = pack.roles.built_in.roles.get_key_value(text(role, "builtIn")?)?;
    Some((key, role))
}

// What the pack's fields mean for a built-in role is read here once more, and not asked of `platform`,
// whose answers the plan goes by: a slip there is to be seen here.

/// Whether a role grants everything there is, whatever that will be (R-BE-9).
pub(super) fn is_master(pack: &Pack, role: &Map<String, Value>) -> bool {
    built_in(pack, role).is_some_and(|(_, role)| {
        let has_all = role.permissions.all && role.permissions.except.is_empty();
        has_all && !role.changeable.contains("permissions")
    })
}

/// Whether a built-in role can be deleted (reading C6): they can here, and none of its own rules says
/// otherwise.
fn is_deletable(rules: &BuiltInRoles, role: &BuiltInRole) -> bool {
    rules.deletable && role.delete_rule.is_none()
}

/// A role's own rule before that of all.
fn rule_of(own: Option<&String>, all: Option<&String>) -> Option<String> {
    own.or(all).cloned()
}

fn name(role: &Map<String, Value>) -> &str {
    text(role, "displayName").unwrap_or_default()
}

/// The name in the files of an attribute on the wire, as packs list what is changeable.
fn file_name<'p>(pack: &'p Pack, attribute: &str) -> Option<&'p str> {
    match attribute {
        "displayName" => Some("name"),
        "grants" => Some("permissions"),
        _ => pack.roles.attributes.keys().find(|key| wire_name(key) == attribute).map(String::as_str),
    }
}

/// Reading B12: roles above those that are managed here, and their holders, are nobody's to touch.
pub(super) fn protected_roles_stay(case: &Case<'_>) -> Result<(), Refusal> {
    let protected = &case.pack().roles.protected;
    if protected.is_empty() {
        return Ok(());
    }
    let is_protected = |name: &str| protected.iter().any(|protected| fold(protected) == fold(name));
    let refused = |name: &str| {
        let detail = format!("`{name}` is above the roles that are managed here; neither it nor its holders change");
        Err(Refusal::new(403, detail).by_rule(None, &[("role", json!(name))]))
    };
    for attributes in [case.before, case.after].into_iter().flatten() {
        match case.kind {
            Kind::Role if is_protected(name(attributes)) => return refused(name(attributes)),
            Kind::User => {
                for id in database::roles_of(attributes) {
                    let held = database::role_name(case.connection, &id)?.unwrap_or_default();
                    if is_protected(&held) {
                        return refused(&held);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// R-BE-15, R-BE-22: what is set once stays. What is not set yet can be.
pub(super) fn immutable_attributes_stay(case: &Case<'_>) -> Result<(), Refusal> {
    let (Some(before), Some(after)) = (case.before, case.after(Kind::Role)) else { return Ok(()) };
    let rules = &case.pack().roles;
    let own = rules
        .attributes
        .iter()
        .map(|(key, declared)| (wire_name(key), declared.mutability, declared.mutability_rule.as_deref()));
    let name = ("displayName".to_owned(), rules.name, None);
    for (attribute, mutability, rule) in std::iter::once(name).chain(own) {
        let was = before.get(&attribute);
        if mutability == Mutability::Immutable && was.is_some() && !same(was, after.get(&attribute)) {
            let refusal = Refusal::mutability(format!("`{attribute}` cannot be changed once it is set"));
            return Err(refusal.by_rule(rule, &[("attribute", json!(attribute))]));
        }
    }
    Ok(())
}

/// R-BE-6, R-BE-7, R-BE-8, R-BE-40, R-UT-13: of a built-in role only what the pack calls changeable
/// changes, and it stays.
pub(super) fn built_in_roles_are_locked(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(before) = case.before.filter(|_| case.kind == Kind::Role) else { return Ok(()) };
    let rules = &case.pack().roles.built_in;
    let Some((key, role)) = built_in(case.pack(), before) else { return Ok(()) };
    let shown = name(before);
    let refused = |rule: Option<String>, attribute: Option<&str>, detail: String| {
        let mut about = vec![("role", json!(shown)), ("builtIn", json!(key))];
        about.extend(attribute.map(|attribute| ("attribute", json!(attribute))));
        Err(Refusal::new(403, detail).by_rule(rule.as_deref(), &about))
    };
    if case.after.is_none() {
        if is_deletable(rules, role) {
            return Ok(());
        }
        let rule = rule_of(role.delete_rule.as_ref(), rules.delete_rule.as_ref());
        return refused(rule, None, format!("`{shown}` is a built-in role; it cannot be deleted"));
    }
    let is_locked =
        |attribute: &&str| file_name(case.pack(), attribute).is_none_or(|file| !role.changeable.contains(file));
    match case.differing().into_iter().find(is_locked) {
        None => Ok(()),
        Some(attribute) => {
            let detail = format!("`{attribute}` of the built-in role `{shown}` cannot be changed");
            let rule = rule_of(role.change_rule.as_ref(), rules.change_rule.as_ref());
            refused(rule, Some(attribute), detail)
        }
    }
}

/// R-UT-30: a custom role stays as it was made, as a whole or in what it is mapped to.
pub(super) fn custom_roles_are_as_they_were_made(case: &Case<'_>) -> Result<(), Refusal> {
    let (Some(before), Some(_)) = (case.before, case.after(Kind::Role)) else { return Ok(()) };
    let pack = case.pack();
    if built_in(pack, before).is_some() {
        return Ok(());
    }
    // Where creating takes two requests, the second one still belongs to it.
    let follows = |attribute: &str| {
        attribute == "grants" && pack.roles.creation == Creation::PermissionsFollow && !before.contains_key("grants")
    };
    let is_mapping = |attribute: &str| {
        let declared = file_name(pack, attribute).and_then(|key| pack.roles.attributes.get(key));
        declared.is_some_and(|declared| declared.of == Some(Section::UserTypes))
    };
    let is_fixed = |attribute: &&str| match pack.roles.custom_role {
        CustomRole::Changeable => false,
        CustomRole::MappingOnly => is_mapping(attribute) && before.contains_key(*attribute),
        CustomRole::Immutable => !follows(attribute),
    };
    match case.differing().into_iter().find(is_fixed) {
        None => Ok(()),
        Some(attribute) => {
            let detail =
                format!("`{attribute}` of the custom role `{}` cannot be changed once it is made", name(before));
            let about = [("role", json!(name(before))), ("attribute", json!(attribute))];
            Err(Refusal::mutability(detail).by_rule(pack.roles.custom_role_rule.as_deref(), &about))
        }
    }
}

/// R-BE-2, R-BE-7: roles are made, changed and deleted only with the subscription that allows it.
/// Giving users another role needs none.
pub(super) fn subscriptions_allow_it(case: &Case<'_>) -> Result<(), Refusal> {
    let pack = case.pack();
    let is_write = case.after.is_none() || !case.differing().is_empty();
    if case.kind != Kind::Role || pack.subscriptions.is_empty() || !is_write {
        return Ok(());
    }
    let is_built_in = case.before.is_some_and(|before| built_in(pack, before).is_some());
    let live = tenant::subscriptions(case.connection, pack)?;
    for (key, subscription) in pack.subscriptions.iter().filter(|(key, _)| !live.contains(*key)) {
        let rule = if is_built_in { &subscription.built_in_roles_rule } else { &subscription.custom_roles_rule };
        if let Some(rule) = rule {
            let which = if is_built_in { "built-in" } else { "custom" };
            let label = &subscription.label;
            let detail = format!("{which} roles are only read here: the organization has no subscription `{label}`");
            return Err(Refusal::new(403, detail).by_rule(Some(rule), &[("subscription", json!(key))]));
        }
    }
    Ok(())
}

/// R-BE-24: some values together belong to one built-in role, and no other role gets them.
pub(super) fn values_are_not_reserved(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::Role) else { return Ok(()) };
    for reserved in &case.pack().roles.reserved {
        let holds = |role: &Map<String, Value>| reserved.values.iter().all(|(key, value)| has(role, key, value));
        if text(after, "builtIn") == Some(&reserved.built_in) || !holds(after) || case.before.is_some_and(holds) {
            continue;
        }
        let values: Vec<String> = reserved.values.iter().map(|(key, value)| format!("{key} `{value}`")).collect();
        let own = case.pack().roles.built_in.roles.get(&reserved.built_in).map_or("a built-in role", |role| &role.name);
        return Err(Refusal::value(format!("only {own} has {}", values.join(" and "))).by_rule(
            reserved.rule.as_deref(),
            &[("builtIn", json!(reserved.built_in)), ("values", json!(reserved.values))],
        ));
    }
    Ok(())
}
