//! The rules of roles that the platform has brought along, and of what only they can be.
//!
//! Not responsible for what the target holds of them now (`plan`): here a declared value is
//! compared with what the pack says that the role has at first.

use std::collections::{BTreeMap, BTreeSet};

use super::built_in::{BuiltIn, BuiltIns};
use super::roles::{Held, Role};
use super::set::Set;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::document::Spanned;
use crate::platform::{Mutability, Pack, Presence, is_below};
use crate::source::Span;
use crate::state::{attribute, fold};

/// A built-in role is removed only where the platform lets it go.
pub(super) fn built_in_roles_stay(set: &Set, pack: &Pack, report: &mut Findings) {
    let built_ins = BuiltIns::of(pack);
    let rules = &pack.roles.built_in;
    for (name, _) in &set.removed_roles {
        let Some(BuiltIn { key, role }) = built_ins.named(&name.value) else { continue };
        // Where another role has taken the name away, that is what is wrong.
        if rules.can_be_deleted(key) || is_claimed(set, &role.name) {
            continue;
        }
        report.push(|| {
            let message = format!("role `{}` cannot be deleted: the platform has brought it along", name.value);
            locked(name.span, message, rules.rule_of_deletion(key)).help("leave it; its holders can get another role")
        });
    }
}

/// Of a built-in role nothing is declared otherwise than the platform has it, but what can be
/// changed.
pub(super) fn built_in_roles_keep_what_they_are(set: &Set, pack: &Pack, report: &mut Findings) {
    let built_ins = BuiltIns::of(pack);
    for role in set.roles.iter().flatten() {
        let Some(built_in) = built_in(role, pack) else { continue };
        let BuiltIn { key, role: rules } = built_in;
        let rule_of_change = pack.roles.built_in.rule_of_change(key);
        let is_renamed = fold(&role.name.value) != fold(&rules.name);
        if is_renamed && !rules.changeable.contains(attribute::NAME) {
            report.push(|| {
                let message = format!("role `{}` cannot be renamed: the platform has brought it along", rules.name);
                let help = "give a new role this name, without `previously`";
                let finding = locked(role.name.span, message, rule_of_change).help(help);
                match was(role, &built_ins, key) {
                    Some(before) => finding.related(before.span, format!("said here to be `{}`", rules.name)),
                    None => finding,
                }
            });
        }
        for (name, held) in &role.attributes {
            let given = rules.attributes.get(name).filter(|_| !rules.changeable.contains(name));
            let Some(given) = given.filter(|given| !holds(held, given)) else { continue };
            report.push(|| {
                let own = pack.roles.attributes.get(name).filter(|own| own.mutability == Mutability::Immutable);
                let rule = own.and_then(|own| own.mutability_rule.as_ref()).or(rule_of_change);
                let given = quoted(given);
                let message = format!(
                    "`{name}` of role `{}` is {given} and cannot be changed: the platform has brought it along",
                    role.name.value
                );
                locked(held.span, message, rule).help(format!("write {given}, or leave `{name}` out"))
            });
        }
        permissions(role, built_in, pack, report);
    }
}

/// What a built-in role never grants, and whether its permissions can be changed at all.
fn permissions(role: &Role, built_in: BuiltIn<'_>, pack: &Pack, report: &mut Findings) {
    let BuiltIn { key, role: rules } = built_in;
    let Some(grants) = &role.grants else { return };
    if let Some(never) = &rules.never {
        let mut seen = BTreeSet::new();
        for grant in &grants.value.meant {
            let Some(forbidden) = never.permissions.iter().find(|forbidden| is_below(grant, forbidden)) else {
                continue;
            };
            let span = grants.value.place(grant).unwrap_or(grants.span);
            if seen.insert((span.start, forbidden)) {
                report.push(|| {
                    let message = format!("role `{}` can never grant `{grant}`", role.name.value);
                    locked(span, message, never.rule.as_ref()).help(format!("leave `{forbidden}` out"))
                });
            }
        }
        if !seen.is_empty() {
            return;
        }
    }
    if rules.changeable.contains(attribute::PERMISSIONS) {
        return;
    }
    let user_type = role.mapping(pack).user_type();
    let set = &rules.permissions;
    let given = pack.permissions().expand(set.all, &set.except, &set.only, user_type);
    if given != grants.value.meant {
        report.push(|| {
            let meant = &grants.value.meant;
            let (difference, what) = match meant.difference(&given).next() {
                Some(grant) => (grant.as_str(), "be added"),
                None => (given.difference(meant).next().map_or("", String::as_str), "be taken away"),
            };
            let message =
                format!("the permissions of role `{}` cannot be changed: `{difference}` would {what}", role.name.value);
            locked(grants.span, message, pack.roles.built_in.rule_of_change(key)).help("leave `permissions` out")
        });
    }
}

/// A role has been one built-in role at most, and does not take the name of another one.
pub(super) fn a_built_in_role_is_one_role(set: &Set, pack: &Pack, report: &mut Findings) {
    let built_ins = BuiltIns::of(pack);
    for role in set.roles.iter().flatten() {
        let Some(BuiltIn { key, role: rules }) = built_in(role, pack) else { continue };
        for name in &role.previously {
            let Some(other) = built_ins.named(&name.value).filter(|other| other.key != key) else { continue };
            report.push(|| {
                let message = format!(
                    "role `{}` cannot have been both `{}` and `{}`: the platform has brought both along",
                    role.name.value, rules.name, other.role.name
                );
                let rule = pack.roles.built_in.rule_of_change(other.key);
                locked(name.span, message, rule).help("keep one of the two")
            });
        }
        let Some(other) = built_ins.named(&role.name.value).filter(|other| other.key != key) else { continue };
        if !is_claimed(set, &other.role.name) {
            report.push(|| {
                let message =
                    format!("`{}` is the name of a role that the platform has brought along", role.name.value);
                let help =
                    format!("choose another name, or rename that role, too: `previously: [{}]`", other.role.name);
                ruled(Diagnostic::new(Code::DuplicateObject, role.name.span, message), pack.roles.name_rule.as_ref())
                    .help(help)
            });
        }
    }
}

/// A role that took the name of a built-in one, which is called otherwise now, is complete like any
/// other. The schema, which knows names alone, takes it for the built-in one.
pub(super) fn a_role_under_a_freed_name_is_complete(set: &Set, pack: &Pack, report: &mut Findings) {
    let built_ins = BuiltIns::of(pack);
    for role in set.roles.iter().flatten() {
        if role.built_in.is_some() || built_ins.named(&role.name.value).is_none() {
            continue;
        }
        let required = pack.roles.attributes.iter().filter(|(_, rules)| rules.presence == Presence::Required);
        let missing = required.filter(|(name, _)| !role.attributes.contains_key(*name));
        let mut missing: Vec<_> = missing.map(|(name, rules)| (name.as_str(), rules.rule.as_ref())).collect();
        if pack.roles.permissions.presence == Presence::Required && role.grants.is_none() {
            missing.push((attribute::PERMISSIONS, pack.roles.permissions.rule.as_ref()));
        }
        for (name, rule) in missing {
            report.push(|| {
                let message = format!("`{name}` is missing in `{}`", role.name.value);
                ruled(Diagnostic::new(Code::MissingKey, role.name.span, message), rule)
            });
        }
    }
}

/// No role has the values that together only a built-in one has.
pub(super) fn reserved_values_are_left_alone(set: &Set, pack: &Pack, report: &mut Findings) {
    for role in set.roles.iter().flatten().filter(|role| role.built_in.is_none()) {
        for reserved in &pack.roles.reserved {
            let held: Vec<_> = reserved
                .values
                .iter()
                .filter_map(|(name, value)| role.name_in(name).filter(|held| held.value == *value))
                .collect();
            let Some(last) = held.iter().max_by_key(|held| held.span.start) else { continue };
            if held.len() < reserved.values.len() {
                continue;
            }
            report.push(|| {
                let values: Vec<String> =
                    reserved.values.iter().map(|(name, value)| format!("`{name}: {value}`")).collect();
                let owner = pack.roles.built_in.roles.get(&reserved.built_in);
                let message = format!(
                    "role `{}` has {} together, which only `{}` can have",
                    role.name.value,
                    values.join(" and "),
                    owner.map_or(reserved.built_in.as_str(), |owner| &owner.name)
                );
                ruled(Diagnostic::new(Code::ReservedValues, last.span, message), reserved.rule.as_ref())
                    .help("choose another value for one of them")
            });
        }
    }
}

/// Roles above all that can be managed are not declared, assigned or removed.
pub(super) fn protected_roles_are_not_named(set: &Set, pack: &Pack, report: &mut Findings) {
    let protected: BTreeMap<_, &String> =
        pack.roles.protected.iter().map(|name| (fold(name).into_owned(), name)).collect();
    if protected.is_empty() {
        return;
    }
    let mut check = |name: &str, span: Span, what: &dyn Fn() -> String| {
        if let Some(name) = protected.get(&*fold(name)) {
            report.push(|| {
                let message = format!("role `{name}` is above all that can be managed here: {}", what());
                Diagnostic::new(Code::LockedRole, span, message)
                    .help("leave it out; who holds it is decided on the platform itself")
            });
        }
    };
    for role in set.roles.iter().flatten() {
        check(&role.name.value, role.name.span, &|| "it cannot be declared".into());
        for name in &role.previously {
            check(&name.value, name.span, &|| "it cannot be renamed".into());
        }
    }
    for (name, to) in &set.removed_roles {
        check(&name.value, name.span, &|| "it cannot be deleted".into());
        if let Some(to) = to {
            check(&to.value, to.span, &|| format!("the holders of `{}` cannot get it", name.value));
        }
    }
    let Some(rows) = &set.assignments else { return };
    let mut harmless = "";
    for (row, &span) in rows.roles.iter().enumerate() {
        let assignment = rows.assignments.get(row);
        // Neighbours mostly have the same role.
        if assignment.role != harmless {
            check(assignment.role, span, &|| format!("`{}` cannot get it", assignment.user_name));
            harmless = if protected.contains_key(&*fold(assignment.role)) { "" } else { assignment.role };
        }
    }
}

/// The built-in role that a declared role is.
fn built_in<'p>(role: &Role, pack: &'p Pack) -> Option<BuiltIn<'p>> {
    let (key, role) = pack.roles.built_in.roles.get_key_value(role.built_in.as_ref()?)?;
    Some(BuiltIn { key, role })
}

/// Where a role says that it was this built-in role before.
fn was<'r>(role: &'r Role, built_ins: &BuiltIns<'_>, key: &str) -> Option<&'r Spanned<String>> {
    role.previously.iter().find(|name| built_ins.named(&name.value).is_some_and(|found| found.key == key))
}

/// Whether a declared role says that it was called so before.
fn is_claimed(set: &Set, name: &str) -> bool {
    set.roles.iter().flatten().any(|role| role.previously.iter().any(|before| fold(&before.value) == fold(name)))
}

fn holds(held: &Spanned<Held>, given: &[String]) -> bool {
    match &held.value {
        Held::Text(text) => given == [text.as_str()] || given.is_empty() && text.is_empty(),
        Held::Names(_, names) => names.len() == given.len() && names.iter().all(|name| given.contains(&name.value)),
    }
}

fn quoted(names: &[String]) -> String {
    match names {
        [] => "empty".into(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn locked(span: Span, message: String, rule: Option<&String>) -> Diagnostic {
    ruled(Diagnostic::new(Code::LockedRole, span, message), rule)
}

/// The finding, with the id of the rule where the pack has one.
pub(super) fn ruled(finding: Diagnostic, rule: Option<&String>) -> Diagnostic {
    match rule {
        Some(rule) => finding.rule(rule.clone()),
        None => finding,
    }
}
