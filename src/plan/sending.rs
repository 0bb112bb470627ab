//! How the role changes of a bulk request are sent: together where the platform leaves that to the
//! vendor's support and the credential is one of its, else one by one, which takes consent (R-TE-23).
//!
//! Not responsible for which step travels with which (`together`), nor for many single updates that
//! no request asks for (`authority`).

use super::findings::{Findings, counted};
use super::scope::Scope;
use super::together::MOST_TOGETHER;
use super::{Action, Change, Plan};
use crate::diagnostic::Code;
use crate::platform::{Pack, Power};
use crate::state::{Kind, Live};

/// How several roles are changed.
enum Sending {
    /// By SCIM Bulk, in so many requests at least.
    Together { requests: u64 },
    /// Whoever applies decides it: this credential only reads.
    Open,
    /// Each by a request of its own.
    Singly { because: String },
}

/// Says how the changes of a bulk request go, forth and back. Where bulk updates are nobody's privilege, it does not
/// matter.
pub(super) fn check(scope: &Scope<'_>, changes: &[Change], findings: &mut Findings) {
    if !scope.policy.is_of_rows() {
        return;
    }
    let (Some(rules), Some(count)) = (&scope.pack.bulk.roles, several(changes)) else { return };
    let roles = counted(count, "role");
    match sending(count, scope.live, scope.pack, scope.policy.one_by_one) {
        Some(Sending::Together { requests }) => {
            let requests = counted(requests, "request");
            let message =
                format!("{roles} would be changed by SCIM Bulk, in {requests} or a few more if they are long");
            findings.push(Code::ByBulk, message);
        }
        // Whoever takes a run back has no rows to agree to: `authority` says what there is to say.
        _ if scope.policy.request.is_none() => {}
        Some(Sending::Open) => {
            let message = format!("{roles} would be changed one by one unless whoever applies is the vendor's support");
            findings.push(Code::OneByOne, message).note();
        }
        Some(Sending::Singly { because }) => {
            let message = format!("{roles} would be changed one by one, because {because}");
            let help = format!("`--one-by-one`, or `--allow {}={count}`, lets this pass", Code::OneByOne);
            findings.push(Code::OneByOne, message).rule(rules.authority_rule.as_ref()).help(help).passes(count);
        }
        None => {}
    }
}

/// Why a saved plan of a bulk request would be sent otherwise than it says: it was made with another
/// credential, or for a target that has changed, and nobody has agreed to single requests.
#[must_use]
pub fn without_consent(plan: &Plan, live: &Live, pack: &Pack, one_by_one: bool) -> Option<String> {
    plan.request.as_ref()?;
    let count = several(&plan.changes)?;
    let allowed = plan.allow.iter().find(|one| one.code == Code::OneByOne.name()).map_or(0, |one| one.count);
    match sending(count, live, pack, one_by_one)? {
        Sending::Singly { because } if allowed < count => {
            Some(format!("{} would be changed one by one, because {because}", counted(count, "role")))
        }
        _ => None,
    }
}

/// How many roles are changed, where it is more than one: a single one is no bulk update.
fn several(changes: &[Change]) -> Option<u64> {
    let changed = changes.iter().filter(|change| change.kind == Kind::Role && change.action == Action::Update);
    Some(changed.count() as u64).filter(|&count| count > 1)
}

/// How so many roles are changed; `None` where everybody may change many at once.
fn sending(count: u64, live: &Live, pack: &Pack, one_by_one: bool) -> Option<Sending> {
    pack.bulk.roles.as_ref()?;
    let singly = |because: &str| Some(Sending::Singly { because: because.to_owned() });
    let Some(authority) = live.organization.as_ref().and_then(|organization| organization.authority.as_deref()) else {
        return singly("the target does not say what this credential may do");
    };
    let Some(powers) = pack.authorities.get(authority) else {
        return Some(Sending::Singly { because: format!("nothing is known of the authority `{authority}`") });
    };
    if !powers.contains(&Power::Write) {
        return Some(Sending::Open);
    }
    if !powers.contains(&Power::BulkRoles) {
        return Some(Sending::Singly { because: format!("that is all that the authority `{authority}` may do") });
    }
    if one_by_one {
        return singly("`--bulk never` was said");
    }
    let Some(bulk) = live.capabilities.bulk.filter(|bulk| bulk.max_operations > 1) else {
        return singly("the target takes no bulk requests (SCIM Bulk)");
    };
    Some(Sending::Together { requests: count.div_ceil(bulk.max_operations.min(MOST_TOGETHER)) })
}
