//! From a failed write to what became of the step, in words for people.
//!
//! Not responsible for whether it is sent again (`retry`, `write`).

use super::error::RemoteError;
use super::step::{Left, Performed};
use super::wire::Seen;

pub(super) fn left(seen: &Seen) -> Left {
    Left { id: seen.id.clone(), version: Some(seen.version.clone()) }
}

/// Some targets answer 400 (RFC 7643 §7), some leave the keyword out.
pub(super) fn is_conflict_of_names(error: &RemoteError) -> bool {
    match error {
        RemoteError::Status { status: 400 | 409, scim_type: Some(scim_type), .. } => scim_type == "uniqueness",
        RemoteError::Status { status: 409, scim_type: None, by_rule: false, .. } => true,
        _ => false,
    }
}

/// A conflict that is neither of names nor of a rule may be one of versions (RFC 7644 Table 8).
pub(super) fn may_be_of_versions(error: &RemoteError) -> bool {
    match error {
        RemoteError::Status { status: 409, scim_type, by_rule: false, .. } => {
            scim_type.as_deref() != Some("uniqueness")
        }
        _ => false,
    }
}

pub(super) fn other_object(seen: &Seen, differences: &[String]) -> String {
    let id = super::error::clean(&seen.id);
    format!("an object with this name exists (id `{id}`) and differs in {}", differences.join(", "))
}

/// A create without an answer and without a trace: it may still be on its way.
pub(super) fn never_twice(error: &RemoteError) -> Performed {
    let detail = format!("{error}; the object is not there, and a create is not sent twice; plan again");
    Performed::Unknown { detail }
}

pub(super) fn gone() -> Performed {
    Performed::Stale { detail: "the object no longer exists".to_owned() }
}

pub(super) fn stale(error: &RemoteError) -> Performed {
    let said = said(error);
    let detail = "the object has changed since it was planned".to_owned();
    Performed::Stale { detail: if said.is_empty() { detail } else { format!("{detail}: {said}") } }
}

pub(super) fn failed(error: &RemoteError) -> Performed {
    Performed::Failed { detail: error.to_string(), class: error.class() }
}

/// What the target itself says, without our account of the attempt.
pub(super) fn said(error: &RemoteError) -> &str {
    match error {
        RemoteError::Credential { detail, .. }
        | RemoteError::Forbidden { detail, .. }
        | RemoteError::Status { detail, .. } => detail,
        _ => "",
    }
}

/// An answer that will not get better by sending again.
pub(super) fn refused(error: &RemoteError) -> Performed {
    let rule = match error {
        RemoteError::Status { rule, .. } => rule.clone(),
        _ => None,
    };
    match error.status() {
        Some(404) => gone(),
        Some(412) => stale(error),
        Some(status @ (400 | 403 | 405..=499 | 501)) => {
            let said = said(error);
            let detail = if said.is_empty() { error.to_string() } else { said.to_owned() };
            Performed::Refused { status, detail, rule }
        }
        _ => failed(error),
    }
}
