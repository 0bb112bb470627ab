//! Who gains and who loses which permission, once roles and users have changed together.
//!
//! An active user has the grants of their roles; what is gained here and lost there cancels out.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::roles::Roles;
use super::scope::Scope;
use super::{Access, AccessChange};
use crate::platform::Catalogue;

/// Permissions with the users for whom they change.
type Changes<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The difference over all users, permissions and users sorted.
pub(super) fn difference<'a>(scope: &Scope<'a>, roles: &Roles<'a>, drafts: &'a [Draft]) -> Access {
    let mut gained = Changes::new();
    let mut lost = Changes::new();
    let mut add = |user: &'a str, before: &[&'a BTreeSet<String>], after: &[&'a BTreeSet<String>]| {
        let has = |sets: &[&'a BTreeSet<String>], grant: &str| sets.iter().any(|set| set.contains(grant));
        for grant in after.iter().copied().flatten().filter(|grant| !has(before, grant)) {
            gained.entry(grant).or_default().push(user);
        }
        for grant in before.iter().copied().flatten().filter(|grant| !has(after, grant)) {
            lost.entry(grant).or_default().push(user);
        }
    };
    let live = &scope.live.users;
    let before_of = |row: usize| -> Vec<&'a BTreeSet<String>> {
        if !live.active(row) {
            return Vec::new();
        }
        roles.of_user(scope, row).map(|role| roles.list[role].before.grants).collect()
    };
    let after_of = |row: usize| roles.of_user(scope, row).map(|role| roles.list[role].after.grants).collect();

    // Who goes through a role for a while has one change, and further steps.
    for draft in drafts {
        let Some(change) = draft.user else { continue };
        let before = change.row.map_or(Vec::new(), before_of);
        let after: Vec<&'a BTreeSet<String>> = match (change.after, change.row) {
            (Some(after), _) if !after.active => Vec::new(),
            (Some(after), row) => match (after.role, row) {
                (Some(role), _) => vec![roles.list[role].after.grants],
                (None, Some(row)) => after_of(row),
                (None, None) => Vec::new(),
            },
            (None, _) => Vec::new(),
        };
        add(&draft.address.name, &before, &after);
    }
    let changes: Vec<bool> = roles.list.iter().map(|role| role.before.grants != role.after.grants).collect();
    if changes.contains(&true) {
        let mut has_draft = vec![false; live.len()];
        drafts.iter().filter_map(|draft| draft.user?.row).for_each(|row| has_draft[row] = true);
        for row in (0..live.len()).filter(|&row| !has_draft[row] && live.active(row)) {
            if roles.of_user(scope, row).any(|role| changes[role]) {
                let after: Vec<&'a BTreeSet<String>> = after_of(row);
                add(live.user_name(row), &before_of(row), &after);
            }
        }
    }
    let catalogue = scope.grants.catalogue(scope.pack);
    Access { gained: listed(catalogue, gained), lost: listed(catalogue, lost) }
}

/// The changes with permissions that concern the same users together, sensitive ones first.
fn listed(catalogue: Catalogue<'_>, changes: Changes<'_>) -> Vec<AccessChange> {
    let mut groups: BTreeMap<(bool, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for (permission, mut users) in changes {
        users.sort_unstable();
        users.dedup();
        groups.entry((catalogue.is_sensitive(permission), users)).or_default().push(permission);
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let group = |((sensitive, users), permissions): ((bool, Vec<&str>), Vec<&str>)| AccessChange {
        permissions: owned(permissions),
        sensitive,
        users: owned(users),
    };
    let mut listed: Vec<AccessChange> = groups.into_iter().map(group).collect();
    listed.sort_by(|a, b| (b.sensitive, &a.permissions).cmp(&(a.sensitive, &b.permissions)));
    listed
}
