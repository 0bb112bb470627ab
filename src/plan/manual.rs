//! What the target has no place for and a person has to see to: whole kinds of objects that it does
//! not hold (DESIGN.md §5).
//!
//! Whether a person has done it cannot be seen, so the request is there every time. Roles and user
//! types that are nothing but names need nobody: users carry them. An attribute that a kind lacks is
//! refused instead (`holding`).

use super::difference;
use super::draft::Draft;
use super::scope::{Pair, Scope};
use super::{Action, Manual};
use crate::state::{Address, Kind, Value, attribute};

/// The requests for what the target does not hold. The drafts lose what is no step then.
pub(super) fn take(scope: &Scope<'_>, drafts: &mut Vec<Draft>) -> Vec<Manual> {
    let is_held = |kind: Kind| kind == Kind::User || scope.live.capabilities.kinds.contains_key(&kind);
    let mut manual = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|&kind| !is_held(kind)) {
        let pairs = scope.pairs(kind).iter().enumerate();
        manual.extend(pairs.filter(|(_, pair)| pair.selected).filter_map(|(at, pair)| wanted(scope, at, pair)));
    }
    drafts.retain_mut(|draft| {
        let address = &draft.address;
        if is_held(address.kind) {
            return true;
        }
        if draft.action == Action::Delete && draft.change.is_some() {
            let request = format!("delete the {} `{}`", noun(address.kind), address.name);
            let (address, origin) = (address.clone(), draft.origin.take());
            manual.push(Manual { address, action: Action::Delete, request, origin });
        }
        false
    });
    manual.sort_by(|a, b| a.address.cmp(&b.address));
    manual
}

/// The request for a declared object; `None` where users carry all there is of it.
fn wanted(scope: &Scope<'_>, at: usize, pair: &Pair<'_>) -> Option<Manual> {
    let Pair { kind, desired, .. } = *pair;
    let mut parts = Vec::new();
    let mut is_more_than_a_name = matches!(kind, Kind::Classification | Kind::Segment);
    for (name, declared) in &desired.attributes {
        let is_granted = kind == Kind::Role && name == attribute::PERMISSIONS;
        let grants = is_granted.then(|| scope.grants.of_declared(at)).flatten();
        let value = grants.map_or_else(|| declared.value.clone(), Value::names);
        let values: Vec<String> = match &value {
            Value::Flag(flag) => vec![flag.to_string()],
            Value::Count(count) => vec![count.to_string()],
            value => difference::names(value).map(|name| format!("`{name}`")).collect(),
        };
        if values.is_empty() {
            continue;
        }
        parts.push(format!("{} {}", name.replace('_', " "), values.join(", ")));
        // The type of a role is that of its holders.
        is_more_than_a_name |= !(kind == Kind::Role && name == attribute::USER_TYPE);
    }
    let with = if parts.is_empty() { String::new() } else { format!(" with {}", parts.join("; ")) };
    let request = format!("see to it that there is a {} `{}`{with}", noun(kind), desired.name);
    let address = Address::new(kind, &*desired.name);
    let origin = scope.desired.origin(desired.span);
    is_more_than_a_name.then_some(Manual { address, action: Action::Create, request, origin })
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Classification => "classification",
        Kind::Segment => "segment",
        Kind::UserType => "user type",
        Kind::Role => "role",
        Kind::User => "user",
    }
}
