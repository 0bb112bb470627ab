//! Who may manage whom, where a platform divides its users by an attribute of their roles
//! (R-BE-16 to R-BE-21).

use std::collections::BTreeMap;

use serde::Serialize;

use super::standing::Role;
use super::{Holders, Standing, Unknown};
use crate::platform;
use crate::platform::is_below;
use crate::state::fold;

/// Whether holders of a role may manage the users of one value of the dividing attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct May<'s> {
    /// The value: `Account`, `Location`.
    pub value: &'s str,
    /// Whether they may.
    pub may: bool,
    /// The rule that says so.
    pub rule: Option<&'s str>,
    /// Why not, where it is not the role's kind that says so.
    pub because: Option<String>,
}

/// One role's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line<'s> {
    /// The role.
    pub role: &'s str,
    /// What decides: class and rank on Bullseye.
    pub attributes: BTreeMap<&'s str, &'s str>,
    /// Whether it grants what managing needs; nothing where the state does not say what it grants.
    pub grants_permission: Option<bool>,
    /// Whom its holders may manage.
    pub manages: Vec<May<'s>>,
    /// How many active users hold it.
    pub active_users: usize,
}

/// Who may manage whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Managing<'s> {
    /// The attribute of roles that divides their holders.
    pub by: &'s str,
    /// What a role must grant so that its holders manage anybody.
    pub permission: &'s str,
    /// The rule that it must.
    pub permission_rule: Option<&'s str>,
    /// The values of the attribute.
    pub values: Vec<&'s str>,
    /// Every role.
    pub roles: Vec<Line<'s>>,
}

/// The users of a role whom somebody may manage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Managed<'s> {
    /// The role.
    pub role: &'s str,
    /// Its value of the dividing attribute.
    pub value: &'s str,
    /// Its holders.
    pub users: Holders<'s>,
}

/// Whom one user may manage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManagedBy<'s> {
    /// Who.
    pub user_name: &'s str,
    /// Whether they may sign in; who may not manages nobody until then.
    pub active: bool,
    /// Their roles.
    pub roles: Vec<&'s str>,
    /// The attribute of roles that divides their holders.
    pub by: &'s str,
    /// By its values.
    pub manages: Vec<May<'s>>,
    /// The users, by role; the user who asks is not among them.
    pub users: Vec<Managed<'s>>,
}

impl Managing<'_> {
    /// Whom the holder of these roles may manage; nothing where the platform draws no such lines.
    pub(super) fn of_roles<'s>(standing: &'s Standing<'_>, roles: &[usize]) -> Option<Vec<May<'s>>> {
        let rules = standing.pack.roles.managing.as_ref()?;
        let mut lines = roles.iter().map(|&role| may(standing, rules, &standing.roles[role]));
        let first = lines.next()?;
        // Whoever holds several roles may do what any of them lets them.
        let any = |first: Vec<May<'s>>, next: Vec<May<'s>>| {
            first.into_iter().zip(next).map(|(a, b)| if b.may && !a.may { b } else { a }).collect()
        };
        Some(lines.fold(first, any))
    }
}

/// The values of the dividing attribute, as the pack lists them.
fn values<'s>(standing: &'s Standing<'_>, rules: &platform::Managing) -> Vec<&'s str> {
    let Some(attribute) = standing.pack.roles.attributes.get(&rules.by) else { return Vec::new() };
    if let Some(section) = attribute.of {
        return standing.options.get(&section).into_iter().flatten().copied().collect();
    }
    attribute.values.iter().map(String::as_str).collect()
}

/// Whom the holders of a role may manage, value by value.
fn may<'s>(standing: &'s Standing<'_>, rules: &'s platform::Managing, role: &Role<'_>) -> Vec<May<'s>> {
    let describes = |manager: &&platform::Manager| {
        manager.role.iter().all(|(attribute, value)| role.text(attribute).is_some_and(|held| fold(held) == fold(value)))
    };
    let row = rules.managers.iter().find(describes);
    let grants = role.grants.as_ref().map(|grants| grants.iter().any(|grant| is_below(grant, &rules.permission)));
    let decide = |value: &'s str| {
        let by_kind = row.is_some_and(|row| row.manages.iter().any(|managed| fold(managed) == fold(value)));
        let rule = row.and_then(|row| row.rule.as_deref());
        match grants {
            // The kind of the role decides first: what it grants cannot widen that.
            _ if !by_kind => May { value, may: false, rule, because: row.is_none().then(|| "no rule lets it".into()) },
            Some(true) => May { value, may: true, rule, because: None },
            Some(false) => May {
                value,
                may: false,
                rule: rules.permission_rule.as_deref(),
                because: Some(format!("it grants nothing of `{}`", rules.permission)),
            },
            None => May { value, may: false, rule: None, because: Some("what it grants is not known".into()) },
        }
    };
    values(standing, rules).into_iter().map(decide).collect()
}

impl Standing<'_> {
    /// Who may manage whom; nothing where the platform draws no such lines.
    #[must_use]
    pub fn managing(&self) -> Option<Managing<'_>> {
        let rules = self.pack.roles.managing.as_ref()?;
        let mut deciding: Vec<&str> = vec![&rules.by];
        for name in rules.managers.iter().flat_map(|manager| manager.role.keys()) {
            if !deciding.contains(&name.as_str()) {
                deciding.push(name);
            }
        }
        let line = |(at, role): (usize, &'_ Role<'_>)| {
            let attributes = deciding.iter().filter_map(|&name| Some((name, self.roles[at].text(name)?)));
            Line {
                role: self.roles[at].name,
                attributes: attributes.collect(),
                grants_permission: role
                    .grants
                    .as_ref()
                    .map(|grants| grants.iter().any(|grant| is_below(grant, &rules.permission))),
                manages: may(self, rules, role),
                active_users: self.holders(at).0.len(),
            }
        };
        Some(Managing {
            by: &rules.by,
            permission: &rules.permission,
            permission_rule: rules.permission_rule.as_deref(),
            values: values(self, rules),
            roles: self.roles.iter().enumerate().map(line).collect(),
        })
    }

    /// Whom a user may manage; nothing where the platform draws no such lines.
    ///
    /// # Errors
    ///
    /// When the state has no such user.
    pub fn managed_by(&self, name: &str) -> Result<Option<ManagedBy<'_>>, Unknown> {
        let row = self.user_named(name)?;
        let Some(rules) = self.pack.roles.managing.as_ref() else { return Ok(None) };
        let roles = self.users.roles(row);
        let user_name = self.users.name(row);
        let manages = Managing::of_roles(self, &roles).unwrap_or_default();
        let mut users = Vec::new();
        for (at, role) in self.roles.iter().enumerate() {
            let Some(value) = role.text(&rules.by) else { continue };
            if !manages.iter().any(|may| may.may && fold(may.value) == fold(value)) {
                continue;
            }
            let mut holders = self.holders_of(at);
            holders.active.retain(|&name| name != user_name);
            holders.inactive.retain(|&name| name != user_name);
            if !holders.active.is_empty() || !holders.inactive.is_empty() {
                users.push(Managed { role: role.name, value, users: holders });
            }
        }
        Ok(Some(ManagedBy {
            user_name,
            active: self.users.is_active(row),
            roles: roles.into_iter().map(|role| self.roles[role].name).collect(),
            by: &rules.by,
            manages,
            users,
        }))
    }
}
