//! Built-in roles, which change only as far as the pack says, and protected ones, which nobody
//! here manages (`locked-role`).
//!
//! Not responsible for which roles are such (`vendor_roles`), nor for finding those that are to be
//! deleted (`removal`).

use std::collections::BTreeMap;

use super::Action;
use super::draft::Draft;
use super::findings::{FEW, Findings, few};
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::platform::Mutability;
use crate::state::{Kind, attribute, fold};

/// Looks at every change before anything is written.
pub(super) fn check(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let objects = scope.live.objects(Kind::Role);
    for draft in drafts.iter().filter(|draft| draft.address.kind == Kind::Role && draft.change.is_some()) {
        match scope.live_role(draft) {
            Some(index) if scope.vendors.is_protected(index) => {
                let message = format!("role `{}` is above all that can be managed", objects[index].name);
                findings.push(Code::LockedRole, message);
            }
            Some(index) if draft.change != Some(Action::Delete) => changed(scope, index, draft, findings),
            Some(_) => {}
            None => made(scope, draft, findings),
        }
    }
    protected_users(scope, drafts, findings);
}

/// Whether something of a built-in role can be changed.
fn can_change(scope: &Scope<'_>, index: usize, attribute: &str) -> bool {
    scope.built_in_rules(index).is_none_or(|rules| rules.changeable.contains(attribute))
}

/// Says that a built-in role would be deleted.
pub(super) fn deleted(scope: &Scope<'_>, index: usize, findings: &mut Findings) {
    let Some(key) = scope.vendors.key(index) else { return };
    let role = &scope.live.objects(Kind::Role)[index];
    let message = format!("role `{}` is built in (`{key}`) and cannot be deleted", role.name);
    let rule = scope.pack.roles.built_in.rule_of_deletion(key);
    findings.push(Code::LockedRole, message).rule(rule).help("take it out of `removed`".to_owned());
}

fn changed(scope: &Scope<'_>, index: usize, draft: &Draft, findings: &mut Findings) {
    let Some(key) = scope.vendors.key(index) else { return };
    let rules = &scope.pack.roles;
    let mut locked: BTreeMap<Option<&String>, Vec<&str>> = BTreeMap::new();
    for field in &draft.fields {
        if field.path == attribute::MARK || can_change(scope, index, &field.path) {
            continue;
        }
        // That it never changes for any role says more than that this one is built in.
        let fixed = rules.attributes.get(&field.path).filter(|rule| rule.mutability == Mutability::Immutable);
        let rule = fixed.and_then(|rule| rule.mutability_rule.as_ref()).or(rules.built_in.rule_of_change(key));
        locked.entry(rule).or_default().push(&field.path);
    }
    for (rule, fields) in locked {
        let what = few(fields.iter().copied(), fields.len());
        let message = format!("{what} of the built-in role `{}` cannot be changed", draft.address.name);
        let help = "leave it out of the files, or write what is live".to_owned();
        findings.push(Code::LockedRole, message).rule(rule).help(help);
    }
}

/// A built-in role that the target does not have cannot be made.
fn made(scope: &Scope<'_>, draft: &Draft, findings: &mut Findings) {
    let Some(at) = scope.find(Kind::Role, &fold(&draft.address.name)) else { return };
    let pair = &scope.pairs(Kind::Role)[at];
    let Some(key) = pair.desired.built_in.as_deref().filter(|_| pair.live.is_none()) else { return };
    let message =
        format!("the built-in role `{}` (`{key}`) is not on the target, and cannot be made", draft.address.name);
    findings.push(Code::LockedRole, message).rule(scope.pack.roles.built_in.rule_of_deletion(key));
}

fn protected_users(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let mut held: (usize, Vec<&str>) = (0, Vec::new());
    for draft in drafts {
        if draft.user.and_then(|change| change.row).is_some_and(|row| scope.vendors.holds_protected(row)) {
            held.0 += 1;
            if held.1.len() < FEW {
                held.1.push(&draft.address.name);
            }
        }
    }
    if held.0 > 0 {
        let names = few(held.1, held.0);
        let message = format!("holders of a role that is above all that can be managed would be changed: {names}");
        findings.push(Code::LockedRole, message).help("take them out of the files".to_owned());
    }
}
