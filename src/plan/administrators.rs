//! Nobody locks everybody out: active administrators never fall below the floor (PLANNING.md §5).
//!
//! Administrators are the holders of named roles, so only steps on users make or unmake one.
//! Every loss beyond what can be spared waits for a gain of its own; then in every state at most
//! as many more are lost than gained as can be spared.

use super::census::Census;
use super::draft::{Draft, Standing};
use super::findings::{Findings, counted};
use super::roles::Roles;
use super::schedule;
use super::scope::Scope;
use super::waits::Waits;
use crate::diagnostic::{Code, near_misses};
use crate::state::fold;

/// Which roles make their holders administrators.
pub(super) struct Administrators {
    /// Per role.
    pub(super) roles: Vec<bool>,
    /// Whether anything says who is one.
    pub(super) is_known: bool,
}

impl Administrators {
    /// As the pack says, or the project where the pack leaves it open. A role is meant by its name
    /// now or at the end, so that a rename changes nothing.
    pub(super) fn new(scope: &Scope<'_>, roles: &Roles<'_>, findings: &mut Findings) -> Self {
        let by_pack = scope.pack.roles.administrators.as_ref().map(|administrators| &administrators.roles);
        let names: Vec<&str> = match by_pack {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => scope.policy.administrators.iter().map(String::as_str).collect(),
        };
        let mut administrating = vec![false; roles.list.len()];
        let mut found = false;
        for name in &names {
            let key = fold(name);
            let mut is_role = false;
            for (role, administrates) in roles.list.iter().zip(&mut administrating) {
                let is_meant = fold(role.name) == key || role.live.is_some_and(|live| fold(&live.name) == key);
                *administrates |= is_meant;
                is_role |= is_meant;
            }
            found |= is_role;
            if !is_role {
                let near = near_misses(name, roles.names());
                let near = near.first().map_or(String::new(), |near| format!("; near: `{near}`"));
                findings.push(
                    Code::GuardOff,
                    format!(
                        "`administrators` names the role `{name}`, which is in no file and not on the target{near}"
                    ),
                );
            }
        }
        Self { roles: administrating, is_known: found }
    }

    fn is_one(&self, standing: Option<Standing>) -> bool {
        standing.is_some_and(|at| at.active && at.role.is_some_and(|role| self.roles[role]))
    }

    /// Whether a user is an administrator before and after.
    fn event(&self, scope: &Scope<'_>, roles: &Roles<'_>, draft: &Draft) -> Option<(bool, bool)> {
        let change = draft.user?;
        // Somebody with several roles is one by any of them.
        let before = change.before.is_some_and(|at| at.active)
            && change.row.is_some_and(|row| roles.of_user(scope, row).any(|role| self.roles[role]));
        let after = match change.after {
            Some(after) if after.role.is_none() => {
                after.active && change.row.is_some_and(|row| roles.of_user(scope, row).any(|role| self.roles[role]))
            }
            after => self.is_one(after),
        };
        Some((before, after))
    }
}

/// Adds the waits that keep the floor, or says why there are none. Returns whether the proof was
/// used: whether anybody ceases to be an administrator.
pub(super) fn order(
    scope: &Scope<'_>,
    administrators: &Administrators,
    roles: &Roles<'_>,
    drafts: &[Draft],
    census: &Census,
    waits: &mut Waits,
    findings: &mut Findings,
) -> bool {
    if !administrators.is_known {
        let may_unmake = |draft: &Draft| {
            let change = draft.user.filter(|change| change.before.is_some());
            change.is_some_and(|change| change.writes_role || change.after.is_none_or(|after| !after.active))
        };
        if drafts.iter().any(may_unmake) {
            findings.push_with_help(
                Code::GuardOff,
                "nothing says who is an administrator, so nothing keeps the last one from being lost".to_owned(),
                "name their roles in the project: `administrators: { roles: [Owner] }`".to_owned(),
            );
        }
        return false;
    }
    let events = |wanted: (bool, bool)| -> Vec<usize> {
        let event = |draft: &Draft| administrators.event(scope, roles, draft) == Some(wanted);
        drafts.iter().enumerate().filter(|(_, draft)| event(draft)).map(|(at, _)| at).collect()
    };
    let mut losses = events((true, false));
    let mut gains = events((false, true));
    if losses.is_empty() {
        return false;
    }
    let now = census.administrators;
    let least = scope.policy.guards.min_administrators.min(now);
    let end = (now + gains.len() as u64).saturating_sub(losses.len() as u64);
    if end < least {
        let message =
            format!("{} would be left of {now}; {least} are to be kept", counted(end, "active administrator"));
        findings.push_guard(Code::Administrators, least - end, message);
    }
    let allowed = scope.policy.allow.get(&Code::Administrators).copied().unwrap_or(0);
    let spare = (now - least.saturating_sub(allowed)) as usize;
    if losses.len() <= spare {
        return true;
    }
    // Early losses take what can be spared, so that seats that come free early are not waited for.
    let rank = schedule::ranks(&waits.of);
    let by_rank = |at: &usize| rank.get(*at).copied();
    losses.sort_by_key(by_rank);
    gains.sort_by_key(by_rank);
    let mut tried = waits.of.clone();
    for (&loss, &gain) in losses[spare..].iter().zip(&gains) {
        tried[loss].push(gain);
    }
    if schedule::sorted(&tried).is_some() {
        waits.of = tried;
    } else if end >= least {
        let below = (losses.len() as u64 - (now - least)).min(least);
        findings.push_guard(
            Code::Administrators,
            below,
            format!(
                "active administrators would fall below {least} on the way: who becomes one needs a seat that only comes \
                 free when another one goes"
            ),
        );
    }
    true
}
