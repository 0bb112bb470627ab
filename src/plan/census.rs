//! Who is what before anything changes: one pass over the live users.

use super::roles::Roles;
use super::scope::Scope;
use super::user_types::UserTypes;

/// Counts over the live users.
pub(super) struct Census {
    /// Holders per role, inactive ones included.
    pub(super) holders: Vec<u64>,
    /// Users per user type, inactive ones included.
    pub(super) of_type: Vec<u64>,
    /// Active users per user type: seats in use, as far as we see them.
    pub(super) active_of_type: Vec<u64>,
    /// Active administrators.
    pub(super) administrators: u64,
}

impl Census {
    pub(super) fn new(scope: &Scope<'_>, roles: &Roles<'_>, types: &UserTypes<'_>, administrating: &[bool]) -> Self {
        let mut census = Self {
            holders: vec![0; roles.list.len()],
            of_type: vec![0; types.list.len()],
            active_of_type: vec![0; types.list.len()],
            administrators: 0,
        };
        for row in 0..scope.live.users.len() {
            let active = scope.live.users.active(row);
            let mut administrates = false;
            for role in roles.of_user(scope, row) {
                census.holders[role] += 1;
                administrates |= administrating[role];
            }
            if let Some(user_type) = types.of_user(scope, row) {
                census.of_type[user_type] += 1;
                census.active_of_type[user_type] += u64::from(active);
            }
            census.administrators += u64::from(administrates && active);
        }
        census
    }
}
