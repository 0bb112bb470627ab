//! What a user may do, who may do something, and what a role gives to whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::permission::{EntityAccess, Question, by_entity};
use super::{Managing, May, Standing, Unknown};
use crate::state::Value;

/// A role as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleFacts<'s> {
    /// What it is called.
    pub name: &'s str,
    /// The pack's key of a role that the platform brings along.
    pub built_in: Option<&'s str>,
    /// Whether nobody manages it from files.
    pub protected: bool,
    /// What it has beside its permissions.
    pub attributes: BTreeMap<&'s str, &'s Value>,
}

/// What one user may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserAccess<'s> {
    /// Who.
    pub user_name: &'s str,
    /// Their name as people read it.
    pub display_name: Option<&'s str>,
    /// Whether they may sign in; who may not can do nothing of what follows.
    pub active: bool,
    /// Their user type.
    pub user_type: Option<&'s str>,
    /// Their roles: one, on a platform in order.
    pub roles: Vec<RoleFacts<'s>>,
    /// Whether the state says what the roles grant.
    pub grants_known: bool,
    /// What they may do, by entity.
    pub permissions: Vec<EntityAccess>,
    /// The same as a flat list.
    pub grants: BTreeSet<String>,
    /// Whom they may manage, where the platform draws such lines.
    pub manages: Option<Vec<May<'s>>>,
}

/// Who holds a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holders<'s> {
    /// Those who may sign in, by userName.
    pub active: Vec<&'s str>,
    /// Those who may not.
    pub inactive: Vec<&'s str>,
}

/// The users who may do something through one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleUsers<'s> {
    /// The role.
    pub role: &'s str,
    /// The pack's key of a role that the platform brings along.
    pub built_in: Option<&'s str>,
    /// The grants that give it, or some of it.
    pub through: Vec<&'s str>,
    /// Whether they give only some of it: single fields of the action that was asked for.
    pub partial: bool,
    /// Who holds it.
    pub users: Holders<'s>,
}

/// Who may do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhoCan<'s> {
    /// What was asked for.
    pub permission: String,
    /// Whether the pack calls it sensitive, or something of it.
    pub sensitive: bool,
    /// How many active users may do it.
    pub active: usize,
    /// How many could if they were active.
    pub inactive: usize,
    /// By role.
    pub roles: Vec<RoleUsers<'s>>,
    /// The roles of which the state does not say what they grant.
    pub unknown: Vec<&'s str>,
}

/// What a role gives, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleAccess<'s> {
    /// The role.
    #[serde(flatten)]
    pub role: RoleFacts<'s>,
    /// Whether the state says what it grants.
    pub grants_known: bool,
    /// What it grants, by entity.
    pub permissions: Vec<EntityAccess>,
    /// The same as a flat list.
    pub grants: BTreeSet<String>,
    /// Whom its holders may manage, where the platform draws such lines.
    pub manages: Option<Vec<May<'s>>>,
    /// Who holds it.
    pub holders: Holders<'s>,
}

impl Standing<'_> {
    /// What a user may do: what their role grants and nothing else (R-TE-1, R-UT-3).
    ///
    /// # Errors
    ///
    /// When the state has no such user.
    pub fn user(&self, name: &str) -> Result<UserAccess<'_>, Unknown> {
        let row = self.user_named(name)?;
        let roles = self.users.roles(row);
        let grants = roles.iter().flat_map(|&role| self.roles[role].granted()).map(str::to_owned).collect();
        // Several roles together can have what makes a single field's grant say nothing more.
        let grants = self.catalogue().normal(grants);
        Ok(UserAccess {
            user_name: self.users.name(row),
            display_name: self.users.display_name(row),
            active: self.users.is_active(row),
            user_type: self.user_type(row),
            grants_known: roles.iter().all(|&role| self.roles[role].grants.is_some()),
            permissions: by_entity(&grants, self.catalogue()),
            grants,
            manages: Managing::of_roles(self, &roles),
            roles: roles.into_iter().map(|role| self.facts(role)).collect(),
        })
    }

    /// Who may do something: the holders of the roles that grant it.
    #[must_use]
    pub fn who_can(&self, question: &Question) -> WhoCan<'_> {
        let mut roles = Vec::new();
        let (mut active, mut inactive) = (BTreeSet::new(), BTreeSet::new());
        for (at, role) in self.roles.iter().enumerate() {
            let through = question.through(role.granted());
            if through.is_empty() {
                continue;
            }
            let users = self.holders_of(at);
            active.extend(users.active.iter().copied());
            inactive.extend(users.inactive.iter().copied());
            let parts = question.permission.split('.').count();
            let partial = parts == 2
                && !through.contains(&question.permission.as_str())
                && through.iter().all(|grant| grant.split('.').count() == 3);
            roles.push(RoleUsers { role: role.name, built_in: role.built_in, through, partial, users });
        }
        let unknown = self.roles.iter().filter(|role| role.grants.is_none()).map(|role| role.name).collect();
        WhoCan {
            permission: question.permission.clone(),
            sensitive: question.sensitive,
            active: active.len(),
            inactive: inactive.len(),
            roles,
            unknown,
        }
    }

    /// What a role gives, and to whom.
    ///
    /// # Errors
    ///
    /// When the state has no such role.
    pub fn role(&self, name: &str) -> Result<RoleAccess<'_>, Unknown> {
        let at = self.role_named(name)?;
        let grants = self.roles[at].grants.clone();
        Ok(RoleAccess {
            role: self.facts(at),
            grants_known: grants.is_some(),
            permissions: by_entity(&grants.clone().unwrap_or_default(), self.catalogue()),
            grants: grants.unwrap_or_default(),
            manages: Managing::of_roles(self, &[at]),
            holders: self.holders_of(at),
        })
    }

    pub(super) fn facts(&self, role: usize) -> RoleFacts<'_> {
        let role = &self.roles[role];
        let attributes = role.attributes.iter().filter(|(_, value)| ***value != Value::Absent);
        RoleFacts {
            name: role.name,
            built_in: role.built_in,
            protected: role.is_protected,
            attributes: attributes.map(|(name, value)| (*name, &**value)).collect(),
        }
    }

    pub(super) fn holders_of(&self, role: usize) -> Holders<'_> {
        let (active, inactive) = self.holders(role);
        Holders { active, inactive }
    }
}
