//! Holders of roles that go, or that are mapped to a user type: what they get although no assignment
//! says so.
//!
//! Not responsible for which roles go (`removal`, `unlisted`, `replacement`).

use std::collections::BTreeMap;

use super::findings::Findings;
use super::roles::Role;
use super::users::{Users, Wanted};
use crate::platform::UserTypeSource;
use crate::state::{Kind, Origin, RemovedRole, attribute, fold};

/// Why the holders of a role get something else although no assignment says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaving {
    /// The role is removed.
    Removed,
    /// Another one takes its place.
    Replaced(usize),
    /// The files map it to this user type, and with it whoever holds it. Whether the mapping changes
    /// now does not matter: a run that ended may have changed it and not come to the holders.
    Mapped(usize),
}

impl Leaving {
    /// What a role makes of its holders.
    pub(super) fn of(users: &Users<'_, '_>, role: &Role<'_>) -> Option<Self> {
        role.live?;
        if role.removed {
            return Some(Self::Removed);
        }
        if let Some(by) = role.replaced_by {
            return Some(Self::Replaced(by));
        }
        let pair = &users.scope.pairs(Kind::Role)[role.pair?];
        let is_mapped = pair.selected
            && users.scope.pack.users.user_type == UserTypeSource::Role
            && pair.desired.attributes.contains_key(attribute::USER_TYPE);
        role.after.user_type.filter(|_| is_mapped).map(Self::Mapped)
    }

    /// Why, for people.
    pub(super) fn reason(self, role: &str) -> String {
        match self {
            Self::Removed => format!("role `{role}` is removed"),
            Self::Replaced(_) => format!("role `{role}` is replaced"),
            Self::Mapped(_) => format!("role `{role}` is mapped to this user type"),
        }
    }
}

/// Where the holders of roles that go go.
pub(super) struct Moves<'u, 's, 'a> {
    users: &'u Users<'s, 'a>,
    /// Per removed role, the role that its holders get.
    targets: BTreeMap<usize, usize>,
}

impl<'u, 's, 'a> Moves<'u, 's, 'a> {
    pub(super) fn new(users: &'u Users<'s, 'a>, findings: &mut Findings) -> Self {
        let mut targets = BTreeMap::new();
        for (at, role) in users.roles.list.iter().enumerate().filter(|(_, role)| role.removed) {
            let Some(RemovedRole { reassign_to: Some(to), .. }) =
                users.scope.desired.removed_roles.get(&*fold(role.name))
            else {
                continue;
            };
            match users.roles.named(to) {
                Some(target) => {
                    targets.insert(at, target);
                }
                None => users.unknown_role(to, &format!("which the holders of `{}` shall get", role.name), findings),
            }
        }
        Self { users, targets }
    }

    /// What a holder of a role gets: for a removed one the role that an assignment gives them, else
    /// the one that `reassign_to` names.
    pub(super) fn of(&self, row: usize, role: usize, leaving: Leaving) -> Option<Wanted<'a>> {
        let Users { scope, .. } = self.users;
        match leaving {
            Leaving::Removed => {}
            Leaving::Replaced(by) => {
                let user_type = self.users.type_with(by, None);
                return Some(Wanted { role: Some(by), user_type, ..Wanted::default() });
            }
            Leaving::Mapped(user_type) => return Some(Wanted { user_type: Some(user_type), ..Wanted::default() }),
        }
        if let Some(assignments) = &scope.desired.assignments
            && let Some(at) = assignments.find(scope.live.users.user_name(row))
        {
            return self.users.wanted(at, &assignments.get(at));
        }
        let target = *self.targets.get(&role)?;
        let user_type = self.users.type_with(target, None);
        Some(Wanted { role: Some(target), user_type, ..Wanted::default() })
    }
}

impl Moves<'_, '_, '_> {
    /// Where the files say so: at the assignment, else at the role.
    pub(super) fn origin(&self, row: usize, role: usize, leaving: Leaving) -> Option<Origin> {
        let Users { scope, roles, .. } = self.users;
        if leaving != Leaving::Removed {
            let pair = roles.list[role].pair.map(|at| &scope.pairs(Kind::Role)[at]);
            return pair.and_then(|pair| scope.desired.origin(pair.desired.span));
        }
        let assignments = scope.desired.assignments.as_ref();
        let assigned = assignments.and_then(|all| Some(all.get(all.find(scope.live.users.user_name(row))?)));
        if let Some(assignment) = assigned {
            return scope.desired.origin(assignment.span);
        }
        let removed = scope.desired.removed_roles.get(&*fold(roles.list[role].name));
        removed.and_then(|removed| scope.desired.origin(removed.span))
    }
}
