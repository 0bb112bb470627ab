//! Who is an administrator, and who becomes one or ceases to be one by which step (PLANNING.md §5).
//!
//! Administrators are the holders of named roles, or of roles with certain grants. A user becomes
//! one or ceases to be one by a step of their own, or by that of the role that they keep. A role
//! gets the right before anybody moves into it and loses it after everybody who moves on has left.
//!
//! Not responsible for the order that keeps enough of them at any time (`order`), nor for saying
//! that there is none (`lockout`).

use std::collections::BTreeSet;

use super::authority::{Moment, Reach};
use super::census::Census;
use super::draft::{Draft, UserChange};
use super::findings::{Findings, counted, few};
use super::roles::Roles;
use super::scope::Scope;
use super::waits::Waits;
use crate::diagnostic::{Code, near_misses};
use crate::state::{Kind, fold};

/// Which roles make their holders administrators.
pub(super) struct Administrators {
    /// Per role, as it is now.
    pub(super) before: Vec<bool>,
    /// Per role, as it is at the end.
    after: Vec<bool>,
    /// Whether anything says who is one.
    pub(super) is_known: bool,
}

impl Administrators {
    /// As the pack says, or the project where the pack leaves it open. A role is meant by its name
    /// now or at the end, so that a rename changes nothing.
    pub(super) fn new(scope: &Scope<'_>, roles: &Roles<'_>, findings: &mut Findings) -> Self {
        let by_pack = scope.pack.roles.administrators.as_ref();
        let names: Vec<&str> = match by_pack {
            Some(who) => who.roles.iter().map(String::as_str).collect(),
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
        // The live ones come first, in their order.
        for (at, administrates) in administrating.iter_mut().enumerate().take(scope.live.objects(Kind::Role).len()) {
            let key = scope.vendors.key(at);
            let is_meant = by_pack.is_some_and(|who| key.is_some_and(|key| who.built_in.contains(key)));
            *administrates |= is_meant;
            found |= is_meant;
        }
        let has_right =
            |grants: &BTreeSet<String>| by_pack.is_some_and(|who| grants.iter().any(|grant| who.have(grant)));
        let all = || roles.list.iter().zip(&administrating);
        Self {
            before: all().map(|(role, &is_named)| is_named || has_right(role.before.grants)).collect(),
            after: all().map(|(role, &is_named)| !role.removed && (is_named || has_right(role.after.grants))).collect(),
            is_known: found || by_pack.is_some_and(|who| !who.permissions.is_empty() || !who.built_in.is_empty()),
        }
    }

    /// Whether a live user is an administrator now.
    pub(super) fn is_one_now(&self, scope: &Scope<'_>, roles: &Roles<'_>, row: usize) -> bool {
        // Somebody with several roles is one by any of them.
        scope.live.users.active(row) && roles.of_user(scope, row).any(|role| self.before[role])
    }

    /// Whether a user whom the plan changes is an administrator at the end.
    pub(super) fn stays_one(&self, scope: &Scope<'_>, roles: &Roles<'_>, change: &UserChange) -> bool {
        let Some(after) = change.after.filter(|after| after.active) else { return false };
        match after.role {
            Some(role) => self.after[role],
            None => change.row.is_some_and(|row| roles.of_user(scope, row).any(|role| self.after[role])),
        }
    }

    /// Whether a live user becomes an administrator by a role that the plan makes.
    pub(super) fn gains(&self, scope: &Scope<'_>, roles: &Roles<'_>, row: usize, made: usize) -> bool {
        self.after[made] && !self.is_one_now(scope, roles, row)
    }

    /// Whether a role gets the right, or loses it, by its own step.
    fn changes(&self, role: usize) -> bool {
        self.before[role] != self.after[role]
    }
}

/// Who becomes an administrator by which step, and who ceases to be one after which.
#[derive(Default)]
pub(super) struct Events {
    pub(super) gains: Vec<usize>,
    /// Each with the steps after the last of which the right is gone: who comes to a role that
    /// loses it has lost it when both are done.
    pub(super) losses: Vec<Vec<usize>>,
}

impl Events {
    fn new(
        scope: &Scope<'_>,
        administrators: &Administrators,
        roles: &Roles<'_>,
        drafts: &[Draft],
        role_draft: &[Option<usize>],
    ) -> Self {
        let mut events = Self::default();
        let live = &scope.live.users;
        let mut has_draft = vec![false; live.len()];
        // The steps of the roles that change among those held.
        let of_roles = |held: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
            held.filter(|&role| administrators.changes(role)).filter_map(|role| role_draft[role]).collect()
        };
        for (at, draft) in drafts.iter().enumerate() {
            let Some(change) = draft.user else { continue };
            if let Some(row) = change.row {
                has_draft[row] = true;
            }
            let before = change.row.is_some_and(|row| administrators.is_one_now(scope, roles, row));
            let after = administrators.stays_one(scope, roles, &change);
            let is_moved = change.writes_role || change.before.map(|at| at.active) != change.after.map(|at| at.active);
            let mut steps = match (change.after.and_then(|after| after.role), change.row) {
                (Some(role), _) => of_roles(&mut std::iter::once(role)),
                (None, Some(row)) if !is_moved => of_roles(&mut roles.of_user(scope, row)),
                _ => Vec::new(),
            };
            match (before, after) {
                (false, true) => events.gains.push(if is_moved { at } else { steps.first().copied().unwrap_or(at) }),
                // Who is shut out or deleted has lost it by that, whatever becomes of the role.
                (true, false) if change.after.is_none_or(|after| !after.active) => events.losses.push(vec![at]),
                (true, false) => {
                    steps.extend((is_moved || steps.is_empty()).then_some(at));
                    events.losses.push(steps);
                }
                _ => {}
            }
        }
        if (0..roles.list.len()).any(|role| administrators.changes(role)) {
            for row in (0..live.len()).filter(|&row| !has_draft[row] && live.active(row)) {
                let before = administrators.is_one_now(scope, roles, row);
                let after = roles.of_user(scope, row).any(|role| administrators.after[role]);
                let steps = of_roles(&mut roles.of_user(scope, row));
                match (before, after) {
                    (false, true) => events.gains.extend(steps.first()),
                    (true, false) if !steps.is_empty() => events.losses.push(steps),
                    _ => {}
                }
            }
        }
        events
    }
}

/// Adds the waits around roles that change: a role gets the right before anybody moves into it and
/// loses it after who moves on has left.
pub(super) fn around_roles(
    scope: &Scope<'_>,
    administrators: &Administrators,
    roles: &Roles<'_>,
    drafts: &[Draft],
    waits: &mut Waits,
) {
    for (at, draft) in drafts.iter().enumerate() {
        let Some(change) = draft.user else { continue };
        let to = change.after.filter(|after| after.active).and_then(|after| after.role);
        if let Some(role) = to.filter(|&role| !administrators.before[role] && administrators.after[role]) {
            waits.of[at].extend(waits.role_draft[role]);
        }
        // Who loses the account or is shut out leaves too: the role's step would take the right first.
        let is_out = change.after.is_none_or(|after| !after.active);
        for role in change.row.into_iter().flat_map(|row| roles.of_user(scope, row)) {
            let loses = administrators.before[role] && !administrators.after[role];
            let leaves = is_out || (change.writes_role && to != Some(role));
            if let Some(step) = waits.role_draft[role].filter(|_| loses && leaves) {
                waits.of[step].push(at);
            }
        }
    }
}

/// Our own user keeps the account, the right to administer and, where the platform says who may
/// manage whom, that of managing whom they do now (PLANNING.md §5).
pub(super) fn own_credential(
    scope: &Scope<'_>,
    administrators: &Administrators,
    roles: &Roles<'_>,
    drafts: &[Draft],
    findings: &mut Findings,
) {
    let Some(own) = scope.own_row() else { return };
    let name = scope.live.users.user_name(own);
    let change = drafts.iter().filter_map(|draft| draft.user).find(|change| change.row == Some(own));
    let is_active = change.map_or(scope.live.users.active(own), |change| change.after.is_some_and(|at| at.active));
    let is_one = change.map_or_else(
        || roles.of_user(scope, own).any(|role| administrators.after[role]),
        |change| administrators.stays_one(scope, roles, &change),
    );
    let loses = if scope.live.users.active(own) && !is_active {
        "the account".to_owned()
    } else if administrators.is_one_now(scope, roles, own) && !is_one {
        "the right to administer".to_owned()
    } else {
        let before: Vec<usize> = roles.of_user(scope, own).collect();
        let moved_to = change.and_then(|change| change.after?.role);
        let after = moved_to.map_or_else(|| before.clone(), |role| vec![role]);
        let manages = |held: &[usize], moment| Reach::new(scope, roles, held, moment).map(|reach| reach.values());
        let (before, after) = (manages(&before, Moment::Before), manages(&after, Moment::After));
        let lost: Vec<&str> = before
            .iter()
            .flatten()
            .copied()
            .filter(|value| !after.iter().flatten().any(|kept| kept == value))
            .collect();
        let Some(rules) = scope.pack.roles.managing.as_ref().filter(|_| !lost.is_empty()) else { return };
        format!("the right to manage users whose `{}` is {}", rules.by, few(lost.iter().copied(), lost.len()))
    };
    let message = format!("`{name}`, whose credential this run uses, would lose {loses}");
    findings.push_guard(Code::OwnCredential, 1, message);
}

/// What the floor has to be kept through.
pub(super) struct Watch {
    pub(super) events: Events,
    /// Active administrators now.
    pub(super) now: u64,
    /// How many are to be kept.
    pub(super) least: u64,
    /// How many there are in the end.
    pub(super) end: u64,
}

/// Who becomes one and who ceases to be one; `None` where nobody ceases to be one, or nothing says
/// who is one. Reports an end below the floor.
pub(super) fn watch(
    scope: &Scope<'_>,
    administrators: &Administrators,
    roles: &Roles<'_>,
    drafts: &[Draft],
    census: &Census,
    role_draft: &[Option<usize>],
    findings: &mut Findings,
) -> Option<Watch> {
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
        return None;
    }
    let events = Events::new(scope, administrators, roles, drafts, role_draft);
    let some_role_loses = (0..roles.list.len()).any(|role| administrators.before[role] && !administrators.after[role]);
    if events.losses.is_empty() && !some_role_loses {
        return None;
    }
    let now = census.administrators;
    let least = scope.policy.guards.min_administrators.min(now);
    let end = (now + events.gains.len() as u64).saturating_sub(events.losses.len() as u64);
    if end < least {
        let message =
            format!("{} would be left of {now}; {least} are to be kept", counted(end, "active administrator"));
        findings.push_guard(Code::Administrators, least - end, message);
    }
    Some(Watch { events, now, least, end })
}
