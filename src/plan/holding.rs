//! What must not be written: what the target has no place for, what cannot change once it is set,
//! and what another owner has marked.

use std::collections::BTreeMap;

use super::Action;
use super::draft::Draft;
use super::findings::{Findings, few};
use super::scope::{Scope, marked_by};
use crate::diagnostic::Code;
use crate::platform::Mutability;
use crate::state::{Kind, Value, attribute, fold};

/// Looks at every change before anything is written.
pub(super) fn check(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let mut without_place: BTreeMap<(Kind, Option<&str>), Vec<&str>> = BTreeMap::new();
    let mut fixed: BTreeMap<(Kind, &str), Vec<&str>> = BTreeMap::new();
    for draft in drafts {
        let kind = draft.address.kind;
        let Some(capability) = scope.live.capabilities.kinds.get(&kind) else {
            without_place.entry((kind, None)).or_default().push(&draft.address.name);
            continue;
        };
        let role = draft.user.filter(|user| user.writes_role).map(|_| attribute::ROLE);
        for name in draft.attributes.keys().map(String::as_str).chain(role) {
            // Every SCIM resource has a name that we read it by, and an externalId (RFC 7643 §3.1).
            if name == attribute::NAME || name == attribute::MARK {
                continue;
            }
            if !capability.holds(name) {
                without_place.entry((kind, Some(name))).or_default().push(&draft.address.name);
            }
        }
        for field in draft.fields.iter().filter(|field| draft.action == Action::Update && field.before != Value::Absent)
        {
            let rules = &scope.pack.roles;
            let by_pack = kind == Kind::Role
                && (rules.attributes.get(&field.path).is_some_and(|rule| rule.mutability == Mutability::Immutable)
                    || (field.path == attribute::NAME && rules.name == Mutability::Immutable));
            if by_pack || capability.immutable.contains(&field.path) {
                fixed.entry((kind, &field.path)).or_default().push(&draft.address.name);
            }
        }
    }
    for ((kind, attribute), names) in without_place {
        let what = attribute.map_or_else(|| format!("a {kind}"), |attribute| format!("`{attribute}` of a {kind}"));
        let message =
            format!("the target announces no place for {what}; needed by {}", few(names.iter().copied(), names.len()));
        findings.push(Code::CannotHold, message);
    }
    for ((kind, attribute), names) in fixed {
        let message = format!(
            "`{attribute}` of a {kind} cannot change once it is set; it would for {}",
            few(names.iter().copied(), names.len())
        );
        findings.push(Code::CannotHold, message);
    }
    foreign(scope, drafts, findings);
}

fn foreign(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let owner = scope.policy.context.owner.as_deref();
    let mut marked: BTreeMap<(Kind, &str), &str> = BTreeMap::new();
    for kind in [Kind::Classification, Kind::Segment, Kind::UserType, Kind::Role] {
        for object in scope.live.objects(kind) {
            if let Some(other) = marked_by(object).filter(|&other| Some(other) != owner) {
                marked.insert((kind, &object.id), other);
            }
        }
    }
    for draft in drafts.iter().filter(|draft| draft.address.kind != Kind::User) {
        let Some(touched) = &draft.live else { continue };
        if let Some(other) = marked.get(&(draft.address.kind, touched.id.as_str())) {
            let message = format!("`{}` carries the mark of `{other}` and would be changed", draft.address);
            let help = format!("leave it to `{other}`: take it out of the files, or `--except \"{}\"`", draft.address);
            findings.push_with_help(Code::ForeignOwner, message, help);
        }
    }
}

/// The names of a kind's live objects that a draft gives up by being renamed, folded.
pub(super) fn gives_up(draft: &Draft) -> Option<String> {
    let renamed = draft.fields.iter().find(|field| field.path == attribute::NAME && draft.action == Action::Update)?;
    match (&renamed.before, &renamed.after) {
        (Value::Text(before), Value::Text(after)) if fold(before) != fold(after) => Some(fold(before).into_owned()),
        _ => None,
    }
}
