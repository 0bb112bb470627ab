//! Live roles and users that no file names (PLANNING.md §1).
//!
//! A section that no file has is not managed, so nothing of its kind is unlisted. Built-in roles
//! and the user of our own credential are never touched.

use std::collections::BTreeSet;

use super::census::Census;
use super::findings::{Findings, counted, few};
use super::roles::Roles;
use super::scope::{Scope, mark_of};
use super::users::Users;
use super::{UnlistedRoles, UnlistedUsers};
use crate::diagnostic::Code;
use crate::state::{Assignments, Kind, fold};

/// Why an object that no file names goes.
pub(super) const REASON: &str = "in no file";

/// Marks the roles that go because no file names them, or says that there are such.
pub(super) fn mark_roles(scope: &Scope<'_>, roles: &mut Roles<'_>, census: &Census, findings: &mut Findings) {
    let mode = scope.policy.unlisted.roles;
    if mode == UnlistedRoles::Ignore {
        return;
    }
    if !scope.desired.objects.contains_key(&Kind::Role) {
        let message = "no file has a section `roles`, so no role counts as unlisted".to_owned();
        findings.push(Code::GuardOff, message);
        return;
    }
    // An assignment can name a role that is not managed otherwise.
    let words = scope.desired.assignments.iter().flat_map(Assignments::words);
    let targets = scope.desired.removed_roles.values().filter_map(|removed| removed.reassign_to.as_deref());
    let named: BTreeSet<_> = words.chain(targets).map(fold).collect();
    let taking_over: BTreeSet<usize> = roles.list.iter().filter_map(|role| role.replaced_by).collect();
    for (at, object) in scope.live.objects(Kind::Role).iter().enumerate() {
        let role = &mut roles.list[at];
        let key = fold(&object.name);
        let is_left_alone = role.pair.is_some()
            || role.removed
            || role.replaced_by.is_some()
            || taking_over.contains(&at)
            || scope.vendors.key(at).is_some()
            || scope.vendors.is_protected(at)
            || mark_of(object).is_some_and(|mark| mark.is_next)
            || named.contains(&key)
            || scope.is_unclear(Kind::Role, at)
            || scope.collides(Kind::Role, &key)
            || !scope.selects(Kind::Role, &object.name);
        if is_left_alone {
            continue;
        }
        let name = &object.name;
        match mode {
            UnlistedRoles::Ignore => {}
            UnlistedRoles::Report => {
                let holders = counted(census.holders[at], "holder");
                _ = findings.push(Code::Unlisted, format!("role `{name}` with {holders} is in no file"));
            }
            UnlistedRoles::DeleteOwned if !scope.is_ours(object) => {}
            UnlistedRoles::DeleteOwned | UnlistedRoles::Delete if census.holders[at] > 0 => {
                let message =
                    format!("role `{name}` is in no file and still has {}", counted(census.holders[at], "holder"));
                let help = format!("say which role they get: `removed.roles: {{ {name}: {{ reassign_to: … }} }}`");
                findings.push_with_help(Code::HeldRole, message, help);
            }
            UnlistedRoles::DeleteOwned | UnlistedRoles::Delete => role.removed = true,
        }
    }
}

/// The rows of the users who are shut out because no file assigns them; says it where they are
/// only reported.
pub(super) fn users(users: &Users<'_, '_>, findings: &mut Findings) -> Vec<usize> {
    let scope = users.scope;
    let mode = scope.policy.unlisted.users;
    if mode == UnlistedUsers::Ignore {
        return Vec::new();
    }
    let Some(assignments) = &scope.desired.assignments else {
        if mode == UnlistedUsers::Deactivate {
            let message = "`unlisted.users: deactivate` needs a section `assignments`, and no file has one".to_owned();
            findings.push(Code::UnlistedUnassigned, message);
        }
        return Vec::new();
    };
    let live = &scope.live.users;
    let own = scope.own_row();
    // Who cannot sign in needs nothing, and would be reported for ever.
    let is_unlisted = |&row: &usize| {
        let name = live.user_name(row);
        live.active(row)
            && own != Some(row)
            && !scope.vendors.holds_protected(row)
            && assignments.find(name).is_none()
            && !scope.desired.removed_users.contains_key(&*fold(name))
            && !users.collides(row)
            && !scope.vendors.holds_protected(row)
            && (!scope.is_partial() || scope.selects(Kind::User, name))
    };
    let unlisted: Vec<usize> = (0..live.len()).filter(is_unlisted).collect();
    if mode == UnlistedUsers::Deactivate {
        return unlisted;
    }
    if !unlisted.is_empty() {
        let names = unlisted.iter().map(|&row| live.user_name(row));
        let message = format!(
            "{} in no file: {}",
            if unlisted.len() == 1 {
                "1 active user is".to_owned()
            } else {
                format!("{} active users are", unlisted.len())
            },
            few(names, unlisted.len())
        );
        findings.push(Code::Unlisted, message);
    }
    Vec::new()
}
