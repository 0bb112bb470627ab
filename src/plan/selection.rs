//! Selectors that choose nothing: a misspelt `--only` would leave out what was meant, a misspelt
//! `--except` would let it happen.

use std::collections::BTreeSet;

use super::findings::{Findings, few};
use super::scope::Scope;
use crate::diagnostic::{Code, near_misses};
use crate::state::Kind;

/// Reports every selector that chooses nothing of what the files or the target have.
pub(super) fn check(scope: &Scope<'_>, findings: &mut Findings) {
    let given = [("--only", &scope.policy.only), ("--except", &scope.policy.except)];
    for (flag, selector) in given.into_iter().flat_map(|(flag, all)| all.iter().map(move |one| (flag, one))) {
        if names(scope, selector.kind()).any(|name| selector.matches(selector.kind(), name)) {
            continue;
        }
        let message = format!("`{flag} {selector}` chooses nothing: the files and the target have no such object");
        let names: BTreeSet<&str> = names(scope, selector.kind()).collect();
        let near = selector.name().map_or_else(Vec::new, |name| near_misses(name, names));
        let help = if near.is_empty() {
            "a selector is a kind (`role`), a name (`role/Clerk`) or the beginning of names (`role/Cl*`)".to_owned()
        } else {
            format!("near: {}", few(near.iter().copied(), near.len()))
        };
        findings.push_with_help(Code::UnmatchedSelector, message, help);
    }
}

/// Every name of a kind, in the files and on the target.
fn names<'a>(scope: &'a Scope<'_>, kind: Kind) -> Box<dyn Iterator<Item = &'a str> + 'a> {
    if kind == Kind::User {
        let assignments = scope.desired.assignments.iter();
        let assigned = assignments.flat_map(|all| (0..all.len()).map(move |row| all.get(row).user_name));
        let removed = scope.desired.removed_users.values().map(|removed| removed.user_name.as_str());
        let live = (0..scope.live.users.len()).map(|row| scope.live.users.user_name(row));
        return Box::new(assigned.chain(removed).chain(live));
    }
    let declared = scope.desired.objects.get(&kind).into_iter().flat_map(|of_kind| of_kind.values());
    let declared = declared.map(|object| object.name.as_str());
    let removed = scope.desired.removed_roles.values().map(|removed| removed.name.as_str());
    let live = scope.live.objects(kind).iter().map(|object| object.name.as_str());
    Box::new(declared.chain(removed.filter(move |_| kind == Kind::Role)).chain(live))
}
