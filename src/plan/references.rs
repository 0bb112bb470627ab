//! Names that a change would write must stand for something: declared in the files or live.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{names, vocabulary};
use super::findings::{Findings, few};
use super::scope::{Scope, is_closed};
use super::user_types::UserTypes;
use crate::diagnostic::Code;
use crate::state::{Kind, fold};

/// Looks at the classifications, segments and user types that roles would newly name. What a live
/// role names already is the target's affair.
pub(super) fn of_roles(scope: &Scope<'_>, findings: &mut Findings) {
    let mut unknown: BTreeMap<(Kind, String), Vec<&str>> = BTreeMap::new();
    for pair in scope.pairs(Kind::Role).iter().filter(|pair| pair.selected && !pair.blocked) {
        for (attribute, declared) in &pair.desired.attributes {
            let Some(of) = vocabulary(scope, Kind::Role, attribute) else { continue };
            if !is_checked(scope, of) {
                continue;
            }
            let live = pair.live.and_then(|index| scope.live.objects(Kind::Role)[index].attributes.get(attribute));
            let held: BTreeSet<_> = live.into_iter().flat_map(names).map(|name| fold(name)).collect();
            for name in names(&declared.value) {
                let key = fold(name);
                if !held.contains(&key) && scope.spelling(of, &key).is_none() {
                    unknown.entry((of, name.to_owned())).or_default().push(&pair.desired.name);
                }
            }
        }
    }
    for ((of, name), roles) in unknown {
        let message = format!(
            "`{of}/{name}` is in no file and not on the target; named by role {}",
            few(roles.iter().copied(), roles.len())
        );
        findings.push(Code::UnknownName, message);
    }
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
        if scope.spelling(Kind::UserType, &fold(user_type.name)).is_none() {
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
