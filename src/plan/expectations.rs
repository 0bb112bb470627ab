//! What the files state of vocabularies that they do not manage, against what the target has.
//!
//! Such a section is an expectation: offline checks use it and nothing of it is ever written. The
//! same holds for the licences of user types. What is missing refuses the plan; what is more is a
//! note.

use super::findings::{Findings, counted, few};
use super::scope::{Scope, is_written, vocabulary};
use crate::diagnostic::Code;
use crate::platform::VocabularyMode;
use crate::state::{DesiredObject, Kind, Value, attribute};

/// Compares every vocabulary that is not managed.
pub(super) fn check(scope: &Scope<'_>, findings: &mut Findings) {
    for kind in [Kind::Classification, Kind::Segment, Kind::UserType] {
        // What a target does not tell cannot be compared.
        let is_told = scope.live.capabilities.kinds.contains_key(&kind);
        if let Some(stated) = scope.desired.objects.get(&kind).filter(|_| is_told && !is_written(scope.pack, kind)) {
            let stated: Vec<&DesiredObject> = stated.values().collect();
            if vocabulary(scope.pack, kind).is_some_and(|rules| rules.mode == VocabularyMode::Tenant) {
                names(scope, kind, &stated, findings);
            }
            if kind == Kind::UserType {
                licenses(scope, &stated, findings);
            }
        }
    }
}

fn names(scope: &Scope<'_>, kind: Kind, stated: &[&DesiredObject], findings: &mut Findings) {
    let is_enabled = |name: &str| {
        let live = scope.live_named(kind, &scope.key(kind, name));
        live.is_some_and(|index| scope.live.objects(kind)[index].is_enabled())
    };
    let missing: Vec<&str> =
        stated.iter().map(|object| object.name.as_str()).filter(|name| !is_enabled(name)).collect();
    if !missing.is_empty() {
        let message = format!(
            "the files state {} that this organization has not enabled: {}",
            numbered(kind, missing.len()),
            few(missing.iter().copied(), missing.len())
        );
        let rule = vocabulary(scope.pack, kind).and_then(|rules| rules.enabled_rule.as_ref());
        let help = "role administration cannot enable it: take it out of the files, or ask the vendor".to_owned();
        findings.push(Code::UnmetExpectation, message).rule(rule).help(help);
    }
    let stated: std::collections::BTreeSet<_> = stated.iter().map(|object| scope.key(kind, &object.name)).collect();
    let more: Vec<&str> = (scope.live.objects(kind).iter())
        .filter(|object| object.is_enabled() && !stated.contains(&scope.key(kind, &object.name)))
        .map(|object| object.name.as_str())
        .collect();
    if !more.is_empty() {
        let message = format!(
            "this organization has enabled {} that the files do not state: {}",
            numbered(kind, more.len()),
            few(more.iter().copied(), more.len())
        );
        findings.push(Code::MoreThanStated, message);
    }
}

fn licenses(scope: &Scope<'_>, stated: &[&DesiredObject], findings: &mut Findings) {
    let mut more = Vec::new();
    for object in stated {
        let Some(&Value::Count(expected)) = object.attributes.get(attribute::LICENSES).map(|declared| &declared.value)
        else {
            continue;
        };
        let Some(index) = scope.live_named(Kind::UserType, &scope.key(Kind::UserType, &object.name)) else { continue };
        // No number is no limit.
        let Some(&Value::Count(live)) = scope.live.objects(Kind::UserType)[index].attributes.get(attribute::LICENSES)
        else {
            continue;
        };
        if live < expected {
            let message = format!("user type `{}` has {live} licences; the files state {expected}", object.name);
            let help = "state what the organization has, or buy what is missing".to_owned();
            findings.push(Code::UnmetExpectation, message).help(help);
        } else if live > expected {
            more.push(format!("{} {live} instead of {expected}", object.name));
        }
    }
    if !more.is_empty() {
        let count = more.len();
        let message =
            format!("there are more licences than the files state: {}", few(more.iter().map(String::as_str), count));
        findings.push(Code::MoreThanStated, message);
    }
}

fn numbered(kind: Kind, count: usize) -> String {
    let one = match kind {
        Kind::Classification => "classification",
        Kind::Segment => "segment",
        Kind::UserType => "user type",
        Kind::Role => "role",
        Kind::User => "user",
    };
    counted(count as u64, one)
}
