//! Which differences of a role cannot be written into it, so that a new one has to take its place.
//!
//! Not responsible for how that is done (`super`).

use super::super::FieldChange;
use super::super::difference;
use super::super::scope::{Pair, Scope};
use super::super::subscriptions;
use crate::platform::{Creation, CustomRole, Mutability};
use crate::state::{Attributes, Kind, Value, attribute, fold};

/// An attribute that differs and cannot change.
pub(in super::super) struct Fixed<'a> {
    /// Its name in the files.
    pub(in super::super) attribute: String,
    /// The rule that it cannot, where the pack says it.
    pub(in super::super) rule: Option<&'a String>,
}

/// Those of the differences from a live role that cannot change.
pub(in super::super) fn fixed<'a>(scope: &Scope<'a>, index: usize, fields: &[FieldChange]) -> Vec<Fixed<'a>> {
    let rules = &scope.pack.roles;
    let capability = scope.live.capabilities.kinds.get(&Kind::Role);
    let is_custom = scope.vendors.key(index).is_none();
    let fixed = |field: &FieldChange| {
        let path = field.path.as_str();
        let was_set = field.before != Value::Absent;
        if path == attribute::MARK {
            return None;
        }
        if path == attribute::NAME {
            // Capital letters and spaces alone replace nothing.
            let is_another = texts(field).is_some_and(|(before, after)| fold(before) != fold(after));
            let cannot_change = is_custom && !difference::can_be_renamed(scope, Kind::Role, Some(index));
            let rule = rules.custom_role_rule.as_ref().filter(|_| rules.custom_role == CustomRole::Immutable);
            return (is_another && cannot_change).then_some(rule);
        }
        if is_custom && rules.custom_role == CustomRole::Immutable {
            // What its second request brings is still to come.
            let follows = rules.creation == Creation::PermissionsFollow && path == attribute::PERMISSIONS && !was_set;
            return (!follows).then_some(rules.custom_role_rule.as_ref());
        }
        if !was_set {
            return None;
        }
        if is_custom && rules.custom_role == CustomRole::MappingOnly && path == attribute::USER_TYPE {
            return Some(rules.custom_role_rule.as_ref());
        }
        let by_pack = rules.attributes.get(path).filter(|rules| rules.mutability == Mutability::Immutable);
        let by_target = || capability.is_some_and(|capability| capability.immutable.contains(path)).then_some(None);
        by_pack.map(|rules| rules.mutability_rule.as_ref()).or_else(by_target)
    };
    fields.iter().filter_map(|field| Some(Fixed { attribute: field.path.clone(), rule: fixed(field)? })).collect()
}

fn texts(field: &FieldChange) -> Option<(&str, &str)> {
    match (&field.before, &field.after) {
        (Value::Text(before), Value::Text(after)) => Some((before, after)),
        _ => None,
    }
}

/// Whether a live role that was left can become what is declared, its name aside, and get what it
/// lacks of `wanted`.
pub(super) fn fits(scope: &Scope<'_>, pair: &Pair<'_>, index: usize, wanted: &Attributes) -> bool {
    let has = &scope.live.objects(Kind::Role)[index].attributes;
    let lacking = wanted.iter().filter(|(name, _)| !has.contains_key(*name));
    let lacking: Vec<FieldChange> = lacking
        .map(|(name, value)| FieldChange { path: name.clone(), before: Value::Absent, after: value.clone() })
        .collect();
    fixed_of(scope, pair, index).iter().all(|fixed| fixed.attribute == attribute::NAME)
        && fixed(scope, index, &lacking).is_empty()
}

fn fixed_of<'a>(scope: &Scope<'a>, pair: &Pair<'a>, index: usize) -> Vec<Fixed<'a>> {
    let probe = Pair { live: Some(index), ..pair.clone() };
    difference::object(scope, &probe).map_or(Vec::new(), |draft| fixed(scope, index, &draft.fields))
}

/// What an interrupted replacement has left is what is declared where there is no other, if it can
/// become that: returns that one and the others. `None` where nothing has to be decided.
pub(in super::super) fn adopted(scope: &Scope<'_>, pair: &Pair<'_>) -> Option<(Option<usize>, Vec<usize>)> {
    let objects = scope.live.objects(Kind::Role);
    let first = pair.live.filter(|&live| scope.is_next(&objects[live]) && fold(&objects[live].name) != pair.key)?;
    let mut all: Vec<usize> = std::iter::once(first).chain(pair.next.iter().copied()).collect();
    let found = all.iter().position(|&index| fixed_of(scope, pair, index).is_empty());
    let found = found.map(|at| all.remove(at));
    Some((found, all))
}

/// Why a custom role cannot be replaced, with the rule.
pub(super) fn obstacle<'a>(
    scope: &Scope<'a>,
    index: usize,
    fixed: &[Fixed<'a>],
) -> Option<(String, Option<&'a String>)> {
    let rules = &scope.pack.roles;
    let live = &scope.live.objects(Kind::Role)[index];
    let rule = fixed.iter().find_map(|fixed| fixed.rule);
    if let Some(key) = scope.vendors.key(index) {
        return Some(("it is built in".to_owned(), rule.or_else(|| rules.built_in.rule_of_change(key))));
    }
    let has = |name: &String, value: &String| match live.attributes.get(name) {
        Some(Value::Text(text)) => fold(text) == fold(value),
        _ => false,
    };
    // Where another one is known to be the role that has them, this one should not have them.
    let is_known = |key: &str| (0..scope.live.objects(Kind::Role).len()).any(|at| scope.vendors.key(at) == Some(key));
    let mut reserved = rules.reserved.iter().filter(|reserved| !is_known(&reserved.built_in));
    let reserved = reserved.find(|reserved| reserved.values.iter().all(|(name, value)| has(name, value)))?;
    let values: Vec<&str> = reserved.values.values().map(String::as_str).collect();
    let why = format!("there is only one role with {}, and no other can be made", values.join(" and "));
    Some((why, rule.or(reserved.rule.as_ref())))
}

/// Whether custom roles can be made and deleted here, as far as the target says it.
pub(super) fn is_subscribed(scope: &Scope<'_>) -> bool {
    subscriptions::missing(scope).all(|subscription| subscription.custom_roles_rule.is_none())
}
