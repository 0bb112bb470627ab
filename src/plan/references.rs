//! Names that a change would write must stand for something: declared in the files or live.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{names, vocabulary};
use super::findings::{Findings, few};
use super::scope::{Scope, is_closed, vocabulary as rules};
use super::user_types::UserTypes;
use crate::diagnostic::{Code, near_misses};
use crate::state::{Kind, fold};

/// Looks at the classifications, segments and user types that roles would newly name. What a live
/// role names already is the target's affair.
pub(super) fn of_roles(scope: &Scope<'_>, findings: &mut Findings) {
    let mut unknown: BTreeMap<(Kind, String), Vec<&str>> = BTreeMap::new();
    let mut disabled: BTreeMap<(Kind, String), Vec<&str>> = BTreeMap::new();
    for pair in scope.pairs(Kind::Role).iter().filter(|pair| pair.selected && !pair.blocked) {
        for (attribute, declared) in &pair.desired.attributes {
            let Some(of) = vocabulary(scope, Kind::Role, attribute) else { continue };
            if !is_checked(scope, of) {
                continue;
            }
            let live = pair.live.and_then(|index| scope.live.objects(Kind::Role)[index].attributes.get(attribute));
            let held: BTreeSet<_> = live.into_iter().flat_map(names).map(|name| scope.key(of, name)).collect();
            for name in names(&declared.value) {
                let key = scope.key(of, name);
                if held.contains(&key) || is_enabled(scope, of, &key) {
                    continue;
                }
                let is_known = knows(scope, of, &key) || scope.live_named(of, &key).is_some();
                let found = if is_known { &mut disabled } else { &mut unknown };
                found.entry((of, name.to_owned())).or_default().push(&pair.desired.name);
            }
        }
    }
    for ((of, name), roles) in unknown {
        let near = near_misses(&name, scope.live.objects(of).iter().map(|object| object.name.as_str()));
        let message = format!(
            "`{of}/{name}` is in no file and not on the target; named by role {}",
            few(roles.iter().copied(), roles.len())
        );
        let found = findings.push(Code::UnknownName, message);
        found.rule(rules(scope.pack, of).and_then(|rules| rules.rule.as_ref()));
        if !near.is_empty() {
            found.help(format!("near: {}", few(near.iter().copied(), near.len())));
        }
    }
    for ((of, name), roles) in disabled {
        let message = format!(
            "`{of}/{name}` is not enabled for this organization; named by role {}",
            few(roles.iter().copied(), roles.len())
        );
        let enabled: Vec<&str> = (scope.live.objects(of).iter())
            .filter(|object| object.is_enabled())
            .map(|object| object.name.as_str())
            .collect();
        let found = findings.push(Code::NotEnabled, message);
        found.rule(rules(scope.pack, of).and_then(|rules| rules.enabled_rule.as_ref()));
        found.help(match enabled.len() {
            0 => "nothing is enabled; the vendor enables what an organization uses".to_owned(),
            count => format!("enabled: {}", few(enabled, count)),
        });
    }
}

/// Whether a role can be given a name.
fn is_enabled(scope: &Scope<'_>, of: Kind, key: &str) -> bool {
    match scope.live_named(of, key) {
        Some(index) => scope.live.objects(of)[index].is_enabled(),
        None => scope.spelling(of, key).is_some(),
    }
}

/// Whether the vendor has a value of this name at all.
fn knows(scope: &Scope<'_>, of: Kind, key: &str) -> bool {
    rules(scope.pack, of).is_some_and(|rules| rules.values.iter().any(|value| fold(&value.name) == key))
}

/// Looks at the user types that assignments name themselves.
pub(super) fn of_assignments(
    scope: &Scope<'_>,
    types: &UserTypes<'_>,
    type_of: &[Option<usize>],
    findings: &mut Findings,
) {
    if !is_checked(scope, Kind::UserType) {
        return;
    }
    let named: BTreeSet<usize> = type_of.iter().flatten().copied().collect();
    for user_type in named.into_iter().map(|at| &types.list[at]) {
        if scope.spelling(Kind::UserType, &scope.key(Kind::UserType, user_type.name)).is_none() {
            let message =
                format!("`user-type/{}` is in no file and not on the target; named by an assignment", user_type.name);
            findings.push(Code::UnknownName, message);
        }
    }
}

/// A target without such objects takes any name, and closed vocabularies are checked offline.
fn is_checked(scope: &Scope<'_>, kind: Kind) -> bool {
    scope.live.capabilities.kinds.contains_key(&kind) && !is_closed(scope.pack, kind)
}
