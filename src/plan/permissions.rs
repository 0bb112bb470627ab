//! What declared roles would grant, held to the catalogue that counts here.
//!
//! Files are checked offline against the pack's catalogue and the user types that they declare;
//! this is for what only a target tells: its own catalogue, and the user type or the grants that a
//! role has there. Not responsible for the words that a change needs (`words`).

use std::collections::BTreeSet;

use super::catalogue;
use super::findings::{Findings, few};
use super::scope::{Pair, Scope};
use crate::diagnostic::{Code, near_misses};
use crate::platform::{Catalogue, Section, entity_of, is_below};
use crate::state::{Kind, attribute};

/// Looks at every role that the files declare.
pub(super) fn check(scope: &Scope<'_>, findings: &mut Findings) {
    let catalogue = scope.grants.catalogue(scope.pack);
    for (at, pair) in scope.pairs(Kind::Role).iter().enumerate().filter(|(_, pair)| pair.selected && !pair.blocked) {
        let declared = scope.grants.of_declared(at);
        let live = pair.live.map(|index| scope.grants.of_live(index));
        let Some(grants) = declared.or(live) else {
            without(scope, pair, findings);
            continue;
        };
        if declared.is_none() && !pair.desired.attributes.contains_key(attribute::USER_TYPE) {
            continue;
        }
        if scope.grants.is_targets {
            unknown(scope, pair, grants, live, findings);
            needs_view(scope, catalogue, pair, grants, findings);
        }
        if grants.is_empty() {
            without(scope, pair, findings);
        }
        never(scope, pair, grants, findings);
        by_type(scope, catalogue, pair, grants, findings);
    }
}

/// What the target does not list cannot be granted. What a live role grants already is its affair.
fn unknown(
    scope: &Scope<'_>,
    pair: &Pair<'_>,
    grants: &BTreeSet<String>,
    live: Option<&BTreeSet<String>>,
    findings: &mut Findings,
) {
    let entities = scope.grants.entities();
    for grant in grants.iter().filter(|grant| !live.is_some_and(|live| live.contains(*grant))) {
        let mut parts = grant.splitn(3, '.');
        let id = parts.next().unwrap_or_default();
        let (action, field) = (parts.next(), parts.next());
        let near: Vec<String> = match entities.get(id) {
            None => near_misses(id, entities.keys().map(String::as_str)).into_iter().map(str::to_owned).collect(),
            Some(entity) => {
                let Some(action) = action else { continue };
                let knows_field = field.is_none_or(|field| entity.fields.contains(field));
                if entity.actions.contains(action) && knows_field {
                    continue;
                }
                if entity.actions.contains(action) {
                    let near = near_misses(field.unwrap_or_default(), entity.fields.iter().map(String::as_str));
                    near.into_iter().map(|field| format!("{id}.{action}.{field}")).collect()
                } else {
                    let near = near_misses(action, entity.actions.iter().map(String::as_str));
                    near.into_iter().map(|action| format!("{id}.{action}")).collect()
                }
            }
        };
        let message = format!(
            "`{grant}`, granted by role `{}`, is not in the target's catalogue of permissions",
            pair.desired.name
        );
        let found = findings.push(Code::UnknownName, message);
        if !near.is_empty() {
            found.help(format!("near: {}", few(near.iter().map(String::as_str), near.len())));
        }
    }
}

/// An action on a functionality that is switched off without `view`.
fn needs_view(
    scope: &Scope<'_>,
    catalogue: Catalogue<'_>,
    pair: &Pair<'_>,
    grants: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let off = grants.iter().filter(|grant| catalogue.needs_view(grant));
    let off: BTreeSet<&str> = off.map(|grant| entity_of(grant)).collect();
    let off: Vec<&str> = off.into_iter().filter(|entity| !grants.contains(&format!("{entity}.view"))).collect();
    if !off.is_empty() {
        let message = format!(
            "role `{}` has actions and not `view` on {}",
            pair.desired.name,
            few(off.iter().copied(), off.len())
        );
        findings.push(Code::ViewMissing, message).rule(scope.pack.roles.permissions.view_rule.as_ref());
    }
}

/// A role that would be made without anything that its holders may do (reading A5). Where the files
/// say it, it was said offline.
fn without(scope: &Scope<'_>, pair: &Pair<'_>, findings: &mut Findings) {
    let rules = &scope.pack.roles.permissions;
    let is_said = pair
        .desired
        .attributes
        .get(attribute::PERMISSIONS)
        .is_some_and(|declared| matches!(&declared.value, crate::state::Value::Absent));
    if rules.empty_rule.is_some() && pair.live.is_none() && pair.desired.built_in.is_none() && !is_said {
        let message =
            format!("role `{}` would be made without permissions, so its holders may do nothing", pair.desired.name);
        findings.push(Code::NoPermissions, message).rule(rules.empty_rule.as_ref());
    }
}

/// What a built-in role never grants, whatever `all` means here.
fn never(scope: &Scope<'_>, pair: &Pair<'_>, grants: &BTreeSet<String>, findings: &mut Findings) {
    let key = pair.desired.built_in.as_deref().or_else(|| scope.vendors.key(pair.live?));
    let Some(never) = key.and_then(|key| scope.pack.roles.built_in.roles.get(key)?.never.as_ref()) else { return };
    let meant = |grant: &&String| never.permissions.iter().any(|permission| is_below(grant, permission));
    let granted: Vec<&str> = grants.iter().filter(meant).map(String::as_str).collect();
    if !granted.is_empty() {
        let granted = few(granted.iter().copied(), granted.len());
        let message = format!("the built-in role `{}` never grants {granted}", pair.desired.name);
        findings.push(Code::LockedRole, message).rule(never.rule.as_ref());
    }
}

/// What the role's user type may hold, and whether a cheaper one could.
fn by_type(
    scope: &Scope<'_>,
    catalogue: Catalogue<'_>,
    pair: &Pair<'_>,
    grants: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let name = &pair.desired.name;
    let user_type = catalogue::user_type(scope, pair.desired, pair.live);
    let key = user_type.map(|user_type| scope.key(Kind::UserType, user_type));
    let beyond = grants.iter().filter(|grant| !catalogue.may_be_held(grant, key.as_deref()));
    let beyond: Vec<&str> = beyond.map(String::as_str).collect();
    if !beyond.is_empty() {
        let what = few(beyond.iter().copied(), beyond.len());
        let message = match user_type {
            Some(user_type) => format!("role `{name}` grants {what}, which a role of user type `{user_type}` cannot"),
            None => format!("role `{name}` grants {what}, which a role without a user type cannot"),
        };
        let rule = scope.pack.roles.permissions.user_type_rule.as_ref();
        let help = "take it out of `permissions`, or map the role to a user type that may hold it".to_owned();
        findings.push(Code::PermissionBeyondType, message).rule(rule).help(help);
        return;
    }
    let declares = |name: &str| pair.desired.attributes.contains_key(name);
    let is_said = declares(attribute::USER_TYPE) && declares(attribute::PERMISSIONS) && !scope.grants.is_targets;
    let is_built_in = pair.desired.built_in.is_some() || pair.live.is_some_and(|at| scope.vendors.key(at).is_some());
    let (Some(user_type), false) = (user_type, is_said || is_built_in || grants.is_empty()) else { return };
    let values = &scope.pack.vocabulary(Section::UserTypes).values;
    let of = |name: &str| {
        values.iter().find(|value| scope.key(Kind::UserType, &value.name) == scope.key(Kind::UserType, name))
    };
    let would_do = |name: &&String| {
        let key = scope.key(Kind::UserType, name);
        grants.iter().all(|grant| catalogue.may_be_held(grant, Some(&key)))
    };
    let cheaper = of(user_type).into_iter().flat_map(|value| &value.cheaper).filter(would_do);
    // The one with the fewest below it costs the least.
    if let Some(cheaper) = cheaper.min_by_key(|name| of(name).map_or(0, |value| value.cheaper.len())) {
        let message =
            format!("role `{name}` is mapped to `{user_type}`; what it grants, a role of `{cheaper}` could grant too");
        let help = "each holder takes a licence of the dearer one".to_owned();
        findings.push(Code::CheaperUserType, message).help(help);
    }
}
