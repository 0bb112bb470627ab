//! Changes that somebody should have agreed to (PLANNING.md §6): `--acknowledge TEXT` says who.
//!
//! The word is kept in the plan and its digest. A new role needs none.

use super::Action;
use super::draft::Draft;
use super::findings::{Findings, counted, few};
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::state::{Kind, Value, attribute};

/// Looks at the permissions that existing roles get.
pub(super) fn check(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let wanted = &scope.pack.roles.permissions;
    let permissions = |draft: &Draft| draft.fields.iter().find(|field| field.path == attribute::PERMISSIONS).cloned();
    let changed: Vec<&Draft> = (drafts.iter())
        .filter(|draft| draft.address.kind == Kind::Role && draft.action == Action::Update)
        .filter(|draft| {
            permissions(draft).is_some_and(|field| {
                wanted.change_needs_word || (field.after == Value::Absent && draft.affected_users > 0)
            })
        })
        .collect();
    if changed.is_empty() {
        return;
    }
    let users: u64 = changed.iter().map(|draft| draft.affected_users).sum();
    let names = few(changed.iter().map(|draft| draft.address.name.as_str()), changed.len());
    let roles = counted(changed.len() as u64, if wanted.change_needs_word { "existing role" } else { "role" });
    let message = if wanted.change_needs_word {
        format!("the permissions of {roles} would change, for {}: {names}", counted(users, "user"))
    } else {
        format!("{roles} would lose all permissions, with {}: {names}", counted(users, "holder"))
    };
    let is_given = scope.policy.acknowledgement.as_deref().is_some_and(|word| !word.trim().is_empty());
    let help = "once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is".to_owned();
    let rule = wanted.word_rule.as_ref().filter(|_| wanted.change_needs_word);
    findings.push(Code::NeedsWord, message).rule(rule).help(help).allowed(is_given);
}
