//! What differs between a declared object and its live counterpart.
//!
//! Only declared attributes count. Names are compared folded and sets as sets; nothing, null and
//! the empty set are one; free text is compared exactly. A difference only in the mark is none.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Action;
use super::draft::{Draft, Touched};
use super::findings::Findings;
use super::scope::{Pair, Scope, kind_of};
use crate::diagnostic::Code;
use crate::platform::{BuiltInRole, CustomRole, Form, Mutability};
use crate::state::{Kind, LiveObject, Value, attribute, fold};

/// The change that makes the live object what is declared; `None` when it is so already, or when
/// it cannot be told which live object it is.
pub(super) fn object(scope: &Scope<'_>, pair: &Pair<'_>) -> Option<Draft> {
    if pair.blocked {
        return None;
    }
    let Pair { kind, desired, .. } = *pair;
    let declared = desired.attributes.iter().map(|(name, declared)| {
        let value = granted(scope, pair, name).unwrap_or_else(|| canonical(scope, kind, name, &declared.value));
        (name.as_str(), value)
    });
    let mut draft = match pair.live {
        None => {
            let mut draft = Draft::new(kind, &desired.name, Action::Create);
            for (name, value) in declared.filter(|(_, value)| *value != Value::Absent) {
                draft.set(name, Value::Absent, value);
            }
            draft.attributes.insert(attribute::NAME.to_owned(), Value::text(&*desired.name));
            draft.attributes.extend(scope.mark(kind, &desired.name).map(|mark| (attribute::MARK.to_owned(), mark)));
            draft
        }
        Some(index) => {
            let live = &scope.live.objects(kind)[index];
            let mut draft = Draft::new(kind, &desired.name, Action::Update);
            // Nobody can take anything from who may do everything.
            let is_master = kind == Kind::Role && scope.built_in_rules(index).is_some_and(BuiltInRole::is_master);
            for (name, value) in declared.filter(|(name, _)| !(is_master && *name == attribute::PERMISSIONS)) {
                let before = match pair.kind {
                    Kind::Role if name == attribute::PERMISSIONS => set(scope.grants.of_live(index)),
                    _ if name == attribute::MARK => live.mark.as_deref().map_or(Value::Absent, Value::text),
                    _ => live.attributes.get(name).map_or(Value::Absent, normal),
                };
                if !same(scope, kind, name, &before, &value) {
                    draft.set(name, before, value);
                }
            }
            if is_renamed(scope, pair, live) {
                draft.set(attribute::NAME, Value::text(&*live.name), Value::text(&*desired.name));
                if fold(&live.name) != pair.key {
                    draft.reason = Some(format!("`{}` is renamed", live.name));
                }
                if scope.is_ours(live) {
                    draft.attributes.extend(scope.mark(kind, &desired.name).map(|mark| (attribute::MARK.into(), mark)));
                }
            }
            if scope.is_next(live) {
                // It has the other one's place now.
                let (before, mark) =
                    (live.mark.as_deref().map_or(Value::Absent, Value::text), scope.mark(kind, &desired.name));
                draft.set(attribute::MARK, before, mark.unwrap_or(Value::Absent));
            }
            if scope.takes_over(kind, live, &desired.name)
                && let Some(mark) = scope.mark(kind, &desired.name)
            {
                draft.set(attribute::MARK, live.mark.as_deref().map_or(Value::Absent, Value::text), mark);
            }
            if draft.fields.is_empty() {
                return None;
            }
            draft.live = Some(Touched { id: live.id.clone(), version: live.version.clone() });
            draft
        }
    };
    draft.origin = scope.desired.origin(desired.span);
    Some(draft)
}

/// Whether a live object gets its declared name. A difference that comparing does not see is one
/// only where names can change.
fn is_renamed(scope: &Scope<'_>, pair: &Pair<'_>, live: &LiveObject) -> bool {
    live.name != pair.desired.name && (fold(&live.name) != pair.key || can_be_renamed(scope, pair.kind, pair.live))
}

/// Whether an object of this kind, live or to be made, can get another name.
pub(super) fn can_be_renamed(scope: &Scope<'_>, kind: Kind, live: Option<usize>) -> bool {
    let rules = &scope.pack.roles;
    let by_pack = kind == Kind::Role
        && match live.and_then(|index| scope.built_in_rules(index)) {
            Some(built_in) => !built_in.changeable.contains(attribute::NAME),
            None => rules.name == Mutability::Immutable || rules.custom_role == CustomRole::Immutable,
        };
    let capability = scope.live.capabilities.kinds.get(&kind);
    let by_target = capability.is_some_and(|capability| capability.immutable.contains(attribute::NAME));
    !(by_pack || by_target)
}

/// Notes the names that are spelled otherwise and stay so.
pub(super) fn spellings(scope: &Scope<'_>, findings: &mut Findings) {
    for kind in Kind::ALL {
        for pair in scope.pairs(kind).iter().filter(|pair| pair.selected && !pair.blocked) {
            let Some(live) = pair.live.map(|index| &scope.live.objects(kind)[index]) else { continue };
            if can_be_renamed(scope, kind, pair.live) {
                continue;
            }
            if live.name != pair.desired.name && fold(&live.name) == pair.key {
                let name = &pair.desired.name;
                let message =
                    format!("`{kind}/{name}` is spelled `{}` on the target, where names cannot change", live.name);
                findings.push(Code::SpellingKept, message);
            }
        }
    }
}

/// The vocabulary that an attribute's names come from.
pub(super) fn vocabulary(scope: &Scope<'_>, kind: Kind, name: &str) -> Option<Kind> {
    let attribute = scope.pack.roles.attributes.get(name).filter(|_| kind == Kind::Role)?;
    attribute.of.map(kind_of)
}

/// The names in a value.
pub(super) fn names(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Value::Text(name) => (Some(name.as_str()), None),
        Value::Names(names) => (None, Some(names)),
        Value::Absent | Value::Flag(_) | Value::Count(_) | Value::Reference(_) => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten().map(String::as_str))
}

/// The permissions of a declared role in their normal form.
fn granted(scope: &Scope<'_>, pair: &Pair<'_>, name: &str) -> Option<Value> {
    let at = scope.find(pair.kind, pair.key).filter(|_| pair.kind == Kind::Role && name == attribute::PERMISSIONS)?;
    scope.grants.of_declared(at).map(set)
}

fn set(names: &BTreeSet<String>) -> Value {
    if names.is_empty() { Value::Absent } else { Value::Names(names.clone()) }
}

/// The value with every empty form as nothing.
fn normal(value: &Value) -> Value {
    match value {
        Value::Text(text) if text.is_empty() => Value::Absent,
        Value::Names(names) if names.is_empty() => Value::Absent,
        other => other.clone(),
    }
}

/// The value with its names spelled as their vocabulary spells them.
fn canonical(scope: &Scope<'_>, kind: Kind, name: &str, value: &Value) -> Value {
    let Some(of) = vocabulary(scope, kind, name) else { return normal(value) };
    let spell = |name: &str| scope.spelling(of, &scope.key(of, name)).unwrap_or(name).to_owned();
    match value {
        Value::Text(name) => Value::text(spell(name)),
        Value::Names(names) => Value::names(names.iter().map(|name| spell(name))),
        other => other.clone(),
    }
}

fn same(scope: &Scope<'_>, kind: Kind, name: &str, live: &Value, desired: &Value) -> bool {
    let form = scope.pack.roles.attributes.get(name).filter(|_| kind == Kind::Role).map(|attribute| attribute.form);
    let of = vocabulary(scope, kind, name);
    match (live, desired) {
        (Value::Names(a), Value::Names(b)) => a == b || keys(scope, of, a) == keys(scope, of, b),
        (Value::Text(a), Value::Text(b)) if form == Some(Form::Name) => key(scope, of, a) == key(scope, of, b),
        (a, b) => a == b,
    }
}

fn keys<'n>(scope: &Scope<'_>, of: Option<Kind>, names: &'n BTreeSet<String>) -> BTreeSet<Cow<'n, str>> {
    names.iter().map(|name| key(scope, of, name)).collect()
}

fn key<'n>(scope: &Scope<'_>, of: Option<Kind>, name: &'n str) -> Cow<'n, str> {
    of.map_or_else(|| fold(name), |kind| scope.key(kind, name))
}
