//! The guards: a plan that takes away a lot refuses itself, with its numbers.
//!
//! Each guard is a small function in [`ALL`]; all of them see the whole plan before anything is
//! written, against the whole population even when the plan is partial. What is never touched is in
//! no population: built-in roles, protected roles with their holders, our own user. `administrators`
//! is guarded where its order is made (`administrators`), `similar-account` in `similar`.

use std::collections::BTreeSet;

use super::Action;
use super::census::Census;
use super::creation;
use super::draft::Draft;
use super::findings::{Findings, counted};
use super::policy::Guards;
use super::roles::Roles;
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::state::{Assignments, Kind};

/// What guards look at.
pub(super) struct View<'v, 'a> {
    pub(super) scope: &'v Scope<'a>,
    pub(super) roles: &'v Roles<'a>,
    pub(super) census: &'v Census,
    pub(super) drafts: &'v [Draft],
}

type Guard = fn(&View<'_, '_>, &mut Findings);

/// Every guard.
const ALL: &[Guard] = &[removals, role_removals, permission_removals, changes, empty_collection, suspicious_read];

/// More than so many users do not lose their access by one slip without a word, whatever the
/// share: nobody reads fifty names attentively (PLANNING.md §6).
const MOST_USERS_REMOVED: u64 = 50;

/// The same for roles, each of which stands for many users.
const MOST_ROLES_REMOVED: u64 = 5;

/// A role that loses more than half of what it gives is another role.
const MOST_PERMISSIONS_REMOVED_PERCENT: u8 = 50;

/// Runs every guard.
pub(super) fn check(view: &View<'_, '_>, findings: &mut Findings) {
    for guard in ALL {
        guard(view, findings);
    }
}

/// Users that are deactivated, deleted or moved because their role is removed.
fn removals(view: &View<'_, '_>, findings: &mut Findings) {
    let removed = |draft: &&Draft| {
        draft.user.is_some_and(|change| {
            if change.row.is_some_and(|row| is_never_touched(view, row)) {
                return false;
            }
            let was_active = change.before.is_some_and(|before| before.active);
            let is_shut_out = was_active && !change.after.is_some_and(|after| after.active);
            let is_deleted = change.before.is_some() && change.after.is_none();
            let loses_role = change
                .row
                .is_some_and(|row| view.roles.of_user(view.scope, row).any(|role| view.roles.list[role].removed));
            is_shut_out || is_deleted || loses_role
        })
    };
    let count = view.drafts.iter().filter(removed).count() as u64;
    let of = users(view);
    let guards = view.scope.policy.guards;
    let percent = guards.max_removed_percent;
    if exceeds(count, of, percent, guards.min_population) || count > MOST_USERS_REMOVED {
        let message = format!(
            "{} of {of} would be shut out, deleted or left without their role; {percent} % and {MOST_USERS_REMOVED} pass \
             unasked",
            counted(count, "user"),
        );
        findings.push_guard(Code::Removals, count, message);
    }
}

/// Roles that are deleted.
fn role_removals(view: &View<'_, '_>, findings: &mut Findings) {
    let removed = custom_roles(view).filter(|&index| view.roles.list[index].removed);
    let count = removed.count() as u64;
    let of = custom_roles(view).count() as u64;
    let guards = view.scope.policy.guards;
    let percent = guards.max_removed_percent;
    if exceeds(count, of, percent, guards.min_population) || count > MOST_ROLES_REMOVED {
        let message = format!(
            "{} of {of} would be deleted; {percent} % and {MOST_ROLES_REMOVED} pass unasked",
            counted(count, "role")
        );
        findings.push_guard(Code::RoleRemovals, count, message);
    }
}

/// Permissions that a role which people hold loses.
fn permission_removals(view: &View<'_, '_>, findings: &mut Findings) {
    for (role, &holders) in view.roles.list.iter().zip(&view.census.holders) {
        if holders == 0 || role.removed {
            continue;
        }
        // Holders of a role that is replaced get what the new one grants.
        let at_end = role.replaced_by.map_or(role, |new| &view.roles.list[new]);
        let (before, after) = (role.before.grants, at_end.after.grants);
        let count = before.difference(after).count() as u64;
        let of = before.len() as u64;
        let percent = MOST_PERMISSIONS_REMOVED_PERCENT;
        if exceeds(count, of, percent, view.scope.policy.guards.min_population) {
            let message = format!(
                "role `{}` with {} would lose {count} of {}; {percent} % pass unasked",
                role.name,
                counted(holders, "holder"),
                counted(of, "permission"),
            );
            findings.push_guard(Code::PermissionRemovals, count, message);
        }
    }
}

/// Roles that are changed. In a bulk request the list is the intent: its rows are confirmed by their
/// number.
fn changes(view: &View<'_, '_>, findings: &mut Findings) {
    if view.scope.policy.is_of_rows() {
        return;
    }
    let is_change = |draft: &&Draft| {
        draft.address.kind == Kind::Role && matches!(draft.change, Some(Action::Update | Action::Replace))
    };
    let changed = view.drafts.iter().filter(is_change).filter_map(|draft| {
        let index = view.scope.live_role(draft)?;
        // What an interrupted run has left half made is a creation still.
        (!creation::ends(view.scope, draft, view.census.holders[index])).then_some(index)
    });
    let changed: BTreeSet<usize> = changed.collect();
    let count = custom_roles(view).filter(|index| changed.contains(index)).count() as u64;
    let of = custom_roles(view).count() as u64;
    let guards = view.scope.policy.guards;
    let percent = guards.max_changed_percent;
    if exceeds(count, of, percent, guards.min_population) {
        let message = format!("{} of {of} would be changed; {percent} % pass unasked", counted(count, "role"));
        findings.push_guard(Code::Changes, count, message);
    }
}

/// A section without content while the target holds such objects.
fn empty_collection(view: &View<'_, '_>, findings: &mut Findings) {
    // Rows of which none can be done are refused one by one.
    if view.scope.policy.is_of_rows() {
        return;
    }
    let Scope { desired, live, .. } = view.scope;
    let mut empty = |is_empty: bool, count: usize, section: &str| {
        if is_empty && count > 0 {
            let message = format!("`{section}` is empty while the target holds {count}");
            findings.push_guard(Code::EmptyCollection, 1, message);
        }
    };
    for (&kind, declared) in &desired.objects {
        let section = match kind {
            Kind::Classification => "classifications",
            Kind::Segment => "segments",
            Kind::UserType => "user_types",
            Kind::Role => "roles",
            Kind::User => "assignments",
        };
        let held = if kind == Kind::Role { custom_roles(view).count() } else { live.objects(kind).len() };
        empty(declared.is_empty(), held, section);
    }
    empty(desired.assignments.as_ref().is_some_and(Assignments::is_empty), users(view) as usize, "assignments");
}

/// No users at all although roles report holders, or far fewer than last time: a read that went
/// wrong looks like that. An organization without anybody is a new one.
fn suspicious_read(view: &View<'_, '_>, findings: &mut Findings) {
    let live = view.scope.live;
    let reported = live.objects(Kind::Role).iter().filter_map(|role| role.in_use);
    let holders = reported.fold(0, u64::saturating_add);
    let read = live.users.len() as u64;
    if let Some(last) = view.scope.policy.last_run_users.filter(|&last| read.saturating_mul(2) < last) {
        let message = format!("the target lists {}; the last run read {last}", counted(read, "user"));
        findings.push_guard(Code::SuspiciousRead, last - read, message);
    } else if read == 0 && holders > 0 {
        let message = format!("the target lists no users although its roles report {}", counted(holders, "holder"));
        findings.push_guard(Code::SuspiciousRead, holders, message);
    }
}

/// The live roles that are nobody's but the organization's, by their positions.
fn custom_roles(view: &View<'_, '_>) -> impl Iterator<Item = usize> {
    let vendors = &view.scope.vendors;
    let roles = view.scope.live.objects(Kind::Role).len();
    (0..roles).filter(|&index| vendors.key(index).is_none() && !vendors.is_protected(index))
}

/// How many live users may be touched at all.
fn users(view: &View<'_, '_>) -> u64 {
    let own = view.scope.own_row().filter(|&row| !view.scope.vendors.holds_protected(row));
    (view.scope.live.users.len() - view.scope.vendors.protected_users() - usize::from(own.is_some())) as u64
}

/// Our own user, and the holders of protected roles.
fn is_never_touched(view: &View<'_, '_>, row: usize) -> bool {
    view.scope.own_row() == Some(row) || view.scope.vendors.holds_protected(row)
}

/// Whether so many users or roles are more than go unasked.
pub(crate) fn is_much_removed(kind: Kind, count: u64, of: u64, guards: Guards) -> bool {
    let most = if kind == Kind::Role { MOST_ROLES_REMOVED } else { MOST_USERS_REMOVED };
    count > most || exceeds(count, of, guards.max_removed_percent, guards.min_population)
}

/// Whether a count is more than a share of a population that is large enough for shares.
fn exceeds(count: u64, of: u64, percent: u8, min_population: u64) -> bool {
    of >= min_population && count * 100 > of * u64::from(percent)
}
