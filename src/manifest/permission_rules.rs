//! The rules of what a role may grant.
//!
//! Not responsible for how permissions are written (`grants`), nor for roles whose user type only
//! the target knows (`plan`).

use std::collections::{BTreeMap, BTreeSet};

use super::locks::ruled;
use super::roles::{Mapping, Role};
use super::set::Set;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::platform::{Catalogue, Pack, Presence, Section, VocabularyValue, entity_of};
use crate::state::attribute;

/// A role that needs permissions has one at least; elsewhere one whose permissions are written as
/// none at all is allowed and worth a warning, where the pack says so (R-TE-17).
pub(super) fn a_role_may_do_something(set: &Set, pack: &Pack, report: &mut Findings) {
    let rules = &pack.roles.permissions;
    for role in set.roles.iter().flatten() {
        let Some(grants) = role.grants.as_ref().filter(|grants| grants.value.meant.is_empty()) else { continue };
        let message = || format!("role `{}` has no permissions, so its holders may do nothing", role.name.value);
        if rules.presence == Presence::Required {
            // The schema has reported an empty list or map.
            if !grants.value.is_blank {
                report.push(|| {
                    ruled(Diagnostic::new(Code::OutOfRange, grants.span, message()), rules.rule.as_ref())
                        .help("give it one at least")
                });
            }
        } else if let Some(rule) = &rules.empty_rule {
            report.push(|| {
                Diagnostic::new(Code::NoPermissions, grants.span, message())
                    .rule(rule.clone())
                    .help("give it some, or leave `permissions` out to keep what is live")
            });
        }
    }
}

/// A role grants only what a role of its user type may (R-UT-32).
pub(super) fn permissions_are_within_the_user_type(set: &Set, pack: &Pack, report: &mut Findings) {
    let catalogue = pack.permissions();
    for role in set.roles.iter().flatten() {
        // Where only the target knows the type, the plan sees to it.
        let (Some(grants), Mapping::To(user_type)) = (&role.grants, role.mapping(pack)) else { continue };
        for written in grants.value.only.iter().filter(|grant| !catalogue.may_be_held(&grant.value, user_type)) {
            report.push(|| {
                let message = match user_type {
                    Some(user_type) => {
                        format!("a role of the user type `{user_type}` cannot grant `{}`", written.value)
                    }
                    None => format!("a role without a user type cannot grant `{}`", written.value),
                };
                let entity = catalogue.entity(entity_of(&written.value));
                let types: Vec<String> =
                    entity.iter().flat_map(|entity| &entity.user_types).map(|name| format!("`{name}`")).collect();
                let help = format!("leave it out, or map the role to one of these: {}", types.join(", "));
                let finding = Diagnostic::new(Code::PermissionBeyondType, written.span, message).help(help);
                let finding = match role.name_in(attribute::USER_TYPE) {
                    Some(mapped) => finding.related(mapped.span, "mapped here"),
                    None => finding,
                };
                ruled(finding, pack.roles.permissions.user_type_rule.as_ref())
            });
        }
    }
}

/// Where a functionality is on or off, a role has `view` on it or nothing (R-BE-33, reading C9).
pub(super) fn a_functionality_is_on_or_off(set: &Set, pack: &Pack, report: &mut Findings) {
    let catalogue = pack.permissions();
    let rule = pack.roles.permissions.view_rule.as_ref();
    for role in set.roles.iter().flatten() {
        let Some(grants) = &role.grants else { continue };
        let has_view = |entity: &str| grants.value.meant.contains(&format!("{entity}.view"));
        for written in &grants.value.only {
            let entity = entity_of(&written.value);
            if catalogue.needs_view(&written.value) && !has_view(entity) {
                report.push(|| {
                    let message = format!("`{}` cannot be granted without `{entity}.view`", written.value);
                    let help = format!("write `{entity}: [view]`, which means all that can be done with it");
                    ruled(Diagnostic::new(Code::ViewMissing, written.span, message).help(help), rule)
                });
            }
        }
        for excepted in grants.value.except.iter().filter(|excepted| excepted.value.contains('.')) {
            let entity = entity_of(&excepted.value);
            let is_whole = grants.value.except.iter().any(|other| other.value == entity);
            if catalogue.needs_view(&excepted.value) && !is_whole {
                report.push(|| {
                    let message = format!("`{}` alone cannot be left out: `{entity}` is on or off", excepted.value);
                    let help = format!("leave out `{entity}`");
                    ruled(Diagnostic::new(Code::ViewMissing, excepted.span, message).help(help), rule)
                });
            }
        }
    }
}

/// A role is mapped to no dearer user type than its permissions need (R-UT-34, reading B5).
pub(super) fn the_user_type_is_no_dearer_than_needed(set: &Set, pack: &Pack, report: &mut Findings) {
    let values: BTreeMap<&str, &VocabularyValue> =
        pack.vocabulary(Section::UserTypes).values.iter().map(|value| (value.name.as_str(), value)).collect();
    for role in set.roles.iter().flatten().filter(|role| role.built_in.is_none()) {
        let (Some(grants), Some(mapped)) = (&role.grants, role.name_in(attribute::USER_TYPE)) else { continue };
        let fits = cheaper(&values, &mapped.value).into_iter().filter(|name| fits(role, pack.permissions(), name));
        let fits: Vec<&str> = fits.collect();
        // The cheapest: none of the others that fit costs less than it.
        let cheapest = fits.iter().find(|name| !cheaper(&values, name).iter().any(|other| fits.contains(other)));
        let Some(cheapest) = cheapest.filter(|_| !grants.value.meant.is_empty()) else { continue };
        report.push(|| {
            let message = format!(
                "role `{}` is mapped to `{}`, and a role of the cheaper `{cheapest}` could grant the same",
                role.name.value, mapped.value
            );
            let finding = Diagnostic::new(Code::CheaperUserType, mapped.span, message)
                .help(format!("map it to `{cheapest}`, if nothing else speaks for the dearer one"));
            ruled(finding, pack.roles.permissions.least_type_rule.as_ref())
        });
    }
}

/// Whether a role of this user type may grant all that the role grants.
fn fits(role: &Role, catalogue: Catalogue<'_>, user_type: &str) -> bool {
    let mut grants = role.grants.iter().flat_map(|grants| &grants.value.meant);
    grants.all(|grant| catalogue.may_be_held(grant, Some(user_type)))
}

/// The values that cost less than one, directly or through others, in the pack's order.
fn cheaper<'p>(values: &BTreeMap<&str, &'p VocabularyValue>, name: &str) -> Vec<&'p str> {
    let mut found: Vec<&'p str> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut next = 0;
    let direct = |name: &str| values.get(name).map_or(&[][..], |value| &value.cheaper);
    let mut queue: Vec<&'p str> = direct(name).iter().map(String::as_str).collect();
    while let Some(&one) = queue.get(next) {
        next += 1;
        if one != name && seen.insert(one) {
            found.push(one);
            queue.extend(direct(one).iter().map(String::as_str));
        }
    }
    found
}
