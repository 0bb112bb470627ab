//! What must not be written: what the target has no place for, what cannot change once it is set,
//! and what another owner has marked.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::draft::Draft;
use super::findings::{Findings, few};
use super::scope::{Scope, mark_of};
use crate::diagnostic::Code;
use crate::state::{Kind, LiveObject, Value, attribute, fold};

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
        let role = draft.gives().map(|_| attribute::ROLE);
        for name in draft.attributes.keys().map(String::as_str).chain(role) {
            // Every SCIM resource has a name that we read it by, and an externalId (RFC 7643 §3.1).
            if name == attribute::NAME || name == attribute::MARK {
                continue;
            }
            if !capability.holds(name) {
                without_place.entry((kind, Some(name))).or_default().push(&draft.address.name);
            }
        }
        // What cannot change of a role, and what then happens, is `replacement`'s.
        let changed =
            draft.fields.iter().filter(|field| draft.action == Action::Update && field.before != Value::Absent);
        for field in changed.filter(|field| kind != Kind::Role && capability.immutable.contains(&field.path)) {
            fixed.entry((kind, &field.path)).or_default().push(&draft.address.name);
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
    taken_names(scope, drafts, findings);
}

fn foreign(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let objects = scope.live.objects.iter().flat_map(|(&kind, all)| all.iter().map(move |object| (kind, object)));
    let foreign: BTreeMap<(Kind, &str), &LiveObject> = objects
        .filter(|(_, object)| scope.is_foreign(object) && !scope.policy.is_of_rows())
        .map(|(kind, object)| ((kind, object.id.as_str()), object))
        .collect();
    for draft in drafts.iter().filter(|draft| draft.address.kind != Kind::User) {
        let Some(touched) = &draft.live else { continue };
        let address = &draft.address;
        let Some(live) = foreign.get(&(address.kind, touched.id.as_str())) else { continue };
        if scope.takes_over(address.kind, live, &address.name) {
            continue;
        }
        let other = mark_of(live).map_or("", |mark| mark.owner);
        let message = format!("`{address}` carries the mark of `{other}` and would be changed");
        let help = format!(
            "leave it to `{other}`: take it out of the files, or `--except \"{address}\"`; `--take-over \"{address}\"` \
             makes it ours"
        );
        findings.push_with_help(Code::ForeignOwner, message, help);
    }
}

/// What is made or renamed needs a name that is free: nobody has it, or whoever has it gives it up
/// in the same plan.
fn taken_names(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let given_up: BTreeSet<(Kind, String)> =
        drafts.iter().filter_map(|draft| Some((draft.address.kind, gives_up(draft)?))).collect();
    for draft in drafts.iter().filter(|draft| draft.address.kind != Kind::User) {
        let takes_name =
            draft.action == Action::Create || (draft.action == Action::Update && gives_up(draft).is_some());
        let place = (draft.address.kind, fold(&draft.address.name).into_owned());
        if !takes_name || given_up.contains(&place) {
            continue;
        }
        let (kind, key) = &place;
        let own = draft.live.as_ref().map(|live| live.id.as_str());
        let objects = scope.named(*kind, key).iter().map(|&index| &scope.live.objects(*kind)[index]);
        if let Some(other) = objects.into_iter().find(|object| Some(object.id.as_str()) != own) {
            let message =
                format!("`{}` cannot have its name: the live `{}` (id {}) has it", draft.address, other.name, other.id);
            findings.push_with_help(
                Code::NameCollision,
                message,
                "give that one another name, in the files or on the target".to_owned(),
            );
        }
    }
}

/// The name of a live object that comes free by a draft, folded: the object is renamed, or another
/// one takes its place.
pub(super) fn gives_up(draft: &Draft) -> Option<String> {
    if draft.action == Action::Delete && draft.live.is_some() && draft.is_part_of_replacement() {
        return Some(fold(&draft.address.name).into_owned());
    }
    let renamed = draft.fields.iter().find(|field| field.path == attribute::NAME && draft.action == Action::Update)?;
    match (&renamed.before, &renamed.after) {
        (Value::Text(before), Value::Text(after)) if fold(before) != fold(after) => Some(fold(before).into_owned()),
        _ => None,
    }
}
