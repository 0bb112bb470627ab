//! Changes that somebody should have agreed to (PLANNING.md §6): `--acknowledge TEXT` says who.
//!
//! The word is kept in the plan and its digest. A new role needs none. Neither does what an
//! assignment says of a user by name, be it to a role of another class, be it for a holder of a
//! role that is removed: the author wrote just that. A word is for what follows for many from a
//! line about a role (reading C8): its holders are reassigned, or it is replaced.

use std::collections::BTreeMap;

use super::census::Census;
use super::creation;
use super::draft::Draft;
use super::findings::{Findings, counted, few};
use super::replacement::Replacements;
use super::roles::Roles;
use super::scope::Scope;
use super::{Action, FieldChange};
use crate::diagnostic::Code;
use crate::state::{Kind, Value, attribute, fold};

/// Looks at the permissions that existing roles get, and at what holders get for a role that goes.
pub(super) fn check(
    scope: &Scope<'_>,
    roles: &Roles<'_>,
    census: &Census,
    replacements: &Replacements<'_>,
    drafts: &[Draft],
    findings: &mut Findings,
) {
    permissions(scope, census, drafts, findings);
    for (attribute, rules) in &scope.pack.roles.attributes {
        if rules.reassignment_needs_word {
            reassigned(scope, roles, attribute, drafts, findings);
            replaced(scope, roles, census, replacements, attribute, findings);
        }
    }
}

fn permissions(scope: &Scope<'_>, census: &Census, drafts: &[Draft], findings: &mut Findings) {
    let wanted = &scope.pack.roles.permissions;
    let holders = |draft: &Draft| scope.live_role(draft).map_or(0, |index| census.holders[index]);
    let changed: Vec<&Draft> = (drafts.iter())
        .filter(|draft| draft.address.kind == Kind::Role)
        .filter(|draft| matches!(draft.change, Some(Action::Update | Action::Replace)))
        .filter(|draft| !creation::ends(scope, draft, holders(draft)))
        .filter(|draft| {
            field(draft, attribute::PERMISSIONS)
                .is_some_and(|field| wanted.change_needs_word || (field.after == Value::Absent && holders(draft) > 0))
        })
        .collect();
    if changed.is_empty() {
        return;
    }
    let users: u64 = changed.iter().map(|draft| holders(draft)).sum();
    let names = few(changed.iter().map(|draft| draft.address.name.as_str()), changed.len());
    let roles = counted(changed.len() as u64, if wanted.change_needs_word { "existing role" } else { "role" });
    let message = if wanted.change_needs_word {
        format!("the permissions of {roles} would change, for {}: {names}", counted(users, "user"))
    } else {
        format!("{roles} would lose all permissions, with {}: {names}", counted(users, "holder"))
    };
    let rule = wanted.word_rule.as_ref().filter(|_| wanted.change_needs_word);
    ask(scope, message, rule, findings);
}

fn field<'d>(draft: &'d Draft, path: &str) -> Option<&'d FieldChange> {
    draft.fields.iter().find(|field| field.path == path)
}

/// Holders of a role that is removed get one that differs in what nobody would expect to change
/// (reading C8). Who is assigned a role by name gets what is written there.
fn reassigned(scope: &Scope<'_>, roles: &Roles<'_>, attribute: &str, drafts: &[Draft], findings: &mut Findings) {
    let mut moved: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for draft in drafts {
        let Some((row, after)) = draft.user.and_then(|change| Some((change.row?, change.after?.role?))) else {
            continue;
        };
        let Some(from) = roles.of_user(scope, row).find(|&role| roles.list[role].removed) else { continue };
        let same = match (roles.before(scope, from, attribute), roles.after(scope, after, attribute)) {
            (Some(before), Some(after)) => fold(before) == fold(after),
            (before, after) => before == after,
        };
        let is_assigned =
            || scope.desired.assignments.as_ref().is_some_and(|all| all.find(&draft.address.name).is_some());
        if !same && !is_assigned() {
            *moved.entry((from, after)).or_default() += 1;
        }
    }
    for ((from, to), count) in moved {
        let shown = |value: Option<&str>| value.map_or("none".to_owned(), |value| format!("`{value}`"));
        let message = format!(
            "{} of `{}` ({attribute} {}) would get `{}` ({attribute} {})",
            counted(count, "holder"),
            roles.list[from].name,
            shown(roles.before(scope, from, attribute)),
            roles.list[to].name,
            shown(roles.after(scope, to, attribute)),
        );
        ask(scope, message, scope.pack.roles.held_rule.as_ref(), findings);
    }
}

/// The same where a role with another value takes the place of the one that they hold.
fn replaced(
    scope: &Scope<'_>,
    roles: &Roles<'_>,
    census: &Census,
    replacements: &Replacements<'_>,
    attribute: &str,
    findings: &mut Findings,
) {
    for replacement in &replacements.list {
        let after = match replacement.wanted.get(attribute) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => roles.after(scope, replacement.last, attribute),
        };
        // What an interrupted run has left has holders too, and may differ where the first one does not.
        let differs = |&&old: &&usize| roles.before(scope, old, attribute).map(fold) != after.map(fold);
        let holders: u64 = replacement.olds.iter().filter(differs).map(|&old| census.holders[old]).sum();
        if holders > 0 {
            let name = replacement.name;
            let message =
                format!("{} of `{name}` would get a new role that differs in {attribute}", counted(holders, "holder"));
            ask(scope, message, scope.pack.roles.held_rule.as_ref(), findings);
        }
    }
}

fn ask(scope: &Scope<'_>, message: String, rule: Option<&String>, findings: &mut Findings) {
    let is_given = scope.policy.acknowledgement.as_deref().is_some_and(|word| !word.trim().is_empty());
    let help = "once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is".to_owned();
    findings.push(Code::NeedsWord, message).rule(rule).help(help).allowed(is_given);
}
