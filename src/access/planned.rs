//! What a saved plan says about access: what changes, and nothing of what stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Unknown;
use super::permission::Question;
use super::standing::{near, near_user};
use crate::plan::{self, Access, AccessChange, Change, FieldChange, Plan, Replacement, SeatUse};
use crate::platform::{Pack, Section};
use crate::state::{Kind, Value, attribute, fold};

/// What a plan does for one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedUser<'p> {
    /// Who, as the plan spells them.
    pub user_name: String,
    /// What happens to the account; nothing for one that keeps everything of its own.
    pub action: Option<plan::Action>,
    /// What differs.
    pub fields: &'p [FieldChange],
    /// What they may do afterwards and could not before; sensitive permissions first.
    pub gained: Vec<Grant<'p>>,
    /// What they may not do any more.
    pub lost: Vec<Grant<'p>>,
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant<'p> {
    /// The grant.
    pub permission: &'p str,
    /// Whether the pack calls it sensitive.
    pub sensitive: bool,
}

/// Who gains and who loses a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedWhoCan<'p> {
    /// What was asked for.
    pub permission: String,
    /// Who gains it, or some of it.
    pub gained: Vec<AccessChange>,
    /// Who loses it, or some of it.
    pub lost: Vec<AccessChange>,
    /// The roles that grant something else of it than before.
    pub roles: Vec<PlannedRoleGrants<'p>>,
}

/// What a role grants of a permission, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedRoleGrants<'p> {
    /// The role.
    pub role: &'p str,
    /// What happens to it.
    pub action: plan::Action,
    /// What it grants then and did not before.
    pub added: Vec<&'p str>,
    /// What it granted.
    pub removed: Vec<&'p str>,
}

/// What a plan does to a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedRole<'p> {
    /// The role, as the plan spells it.
    pub role: String,
    /// What happens to it; nothing for one that stays as it is.
    pub action: Option<plan::Action>,
    /// What differs.
    pub fields: &'p [FieldChange],
    /// How it is replaced.
    pub replacement: Option<&'p Replacement>,
    /// Users whose access its change touches.
    pub affected_users: u64,
    /// Users who get it.
    pub joining: Vec<PlannedMove<'p>>,
    /// Users who held it.
    pub leaving: Vec<PlannedMove<'p>>,
}

/// A user who changes roles, or comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedMove<'p> {
    /// Who.
    pub user_name: &'p str,
    /// What happens to the account.
    pub action: plan::Action,
    /// The roles before.
    pub from: Vec<&'p str>,
    /// The role after.
    pub to: Vec<&'p str>,
}

/// Which roles come to serve what, and which cease to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCoverage<'p> {
    /// The options that some role gets or gives up.
    pub options: Vec<PlannedOption<'p>>,
}

/// An option that roles get or give up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedOption<'p> {
    /// `classifications` or `segments`.
    pub vocabulary: &'static str,
    /// The option.
    pub name: &'p str,
    /// The roles that get it.
    pub added: Vec<&'p str>,
    /// The roles that give it up.
    pub removed: Vec<&'p str>,
}

/// What a plan changes about who manages whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedManaging<'p> {
    /// The attribute of roles that divides their holders.
    pub by: &'p str,
    /// Who gains and who loses what managing needs.
    pub permission: PlannedWhoCan<'p>,
    /// Roles that come, go or are replaced, with what decides before and after.
    pub roles: Vec<PlannedRole<'p>>,
}

/// What a plan does to seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedUsage<'p> {
    /// By user type.
    pub types: &'p [SeatUse],
    /// The users whose type changes, who come or who go.
    pub users: Vec<PlannedSeat<'p>>,
}

/// A user whose seat changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedSeat<'p> {
    /// Who.
    pub user_name: &'p str,
    /// What happens to the account.
    pub action: plan::Action,
    /// The type before.
    pub before: Option<&'p str>,
    /// The type after.
    pub after: Option<&'p str>,
}

/// A saved plan that is asked, with the rules that it was made by.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'p> {
    plan: &'p Plan,
    pack: &'p Pack,
}

impl<'p> Planned<'p> {
    /// A saved plan, and the pack of its platform.
    #[must_use]
    pub fn new(plan: &'p Plan, pack: &'p Pack) -> Self {
        Self { plan, pack }
    }

    /// What the plan cannot tell, one sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec!["a saved plan holds what it changes; what stays as it is is not in it".to_owned()];
        if self.plan.is_refused() {
            notes.push("the plan is refused by its findings and cannot be applied as it stands".to_owned());
        }
        if self.plan.partial {
            notes.push("the plan is partial: it was made for selected objects only".to_owned());
        }
        if self.plan.pack_digest != self.pack.digest() {
            notes.push("the plan was made with other rules of the platform than those of this build".to_owned());
        }
        notes
    }

    fn changes(&self, kind: Kind) -> impl Iterator<Item = &'p Change> {
        self.plan.changes.iter().filter(move |change| change.kind == kind)
    }

    /// What the plan does for a user; in `help`, names that are near where it does nothing.
    #[must_use]
    pub fn user(&self, name: &str) -> (PlannedUser<'p>, Option<String>) {
        let key = fold(name);
        let change = self.changes(Kind::User).find(|change| fold(&change.address.name) == key);
        let of = |changes: &'p [AccessChange]| {
            let mut grants: Vec<Grant<'p>> = Vec::new();
            for AccessChange { permissions, sensitive, users } in changes {
                if users.iter().any(|user| fold(user) == key) {
                    grants.extend(permissions.iter().map(|permission| Grant { permission, sensitive: *sensitive }));
                }
            }
            grants.sort_by_key(|grant| (!grant.sensitive, grant.permission));
            grants
        };
        let Access { gained, lost } = &self.plan.access;
        let (gained, lost) = (of(gained), of(lost));
        let spelled = change.map_or(name, |change| &change.address.name);
        let touched = change.is_some() || !gained.is_empty() || !lost.is_empty();
        let help = if touched { None } else { self.near_user(name) };
        let user = PlannedUser {
            user_name: spelled.to_owned(),
            action: change.map(|change| change.action),
            fields: change.map_or(&[], |change| &change.fields),
            gained,
            lost,
        };
        (user, help)
    }

    fn near_user(&self, name: &str) -> Option<String> {
        let changed = self.changes(Kind::User).map(|change| change.address.name.as_str());
        let Access { gained, lost } = &self.plan.access;
        let users = gained.iter().chain(lost).flat_map(|change| change.users.iter().map(String::as_str));
        let names: BTreeSet<&str> = changed.chain(users).collect();
        near_user(name, names)
    }

    /// Who gains and who loses a permission.
    ///
    /// # Errors
    ///
    /// When it has not the form of a permission, or the pack's catalogue has no such thing and the
    /// plan does not name it.
    pub fn who_can(&self, text: &str) -> Result<(PlannedWhoCan<'p>, Option<String>), Unknown> {
        let Access { gained, lost } = &self.plan.access;
        let mut granted: BTreeSet<&str> =
            gained.iter().chain(lost).flat_map(|change| change.permissions.iter().map(String::as_str)).collect();
        let of_roles = self.changes(Kind::Role).flat_map(|change| &change.fields);
        for field in of_roles.filter(|field| field.path == attribute::PERMISSIONS) {
            granted.extend(names(&field.before).chain(names(&field.after)));
        }
        let question = Question::among(text, &self.pack.catalogue, self.pack.permissions(), &granted)?;
        Ok((self.about(&question), question.note))
    }

    fn about(&self, question: &Question) -> PlannedWhoCan<'p> {
        let of = |changes: &[AccessChange]| {
            let part = |change: &AccessChange| {
                let permissions = question.through(change.permissions.iter().map(String::as_str));
                let permissions: Vec<String> = permissions.into_iter().map(str::to_owned).collect();
                (!permissions.is_empty()).then(|| AccessChange { permissions, ..change.clone() })
            };
            changes.iter().filter_map(part).collect::<Vec<_>>()
        };
        let mut roles = Vec::new();
        for change in self.changes(Kind::Role) {
            let Some(field) = change.fields.iter().find(|field| field.path == attribute::PERMISSIONS) else { continue };
            let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
                (names(&field.before).collect(), names(&field.after).collect());
            let added = question.through(after.difference(&before).copied());
            let removed = question.through(before.difference(&after).copied());
            if !added.is_empty() || !removed.is_empty() {
                roles.push(PlannedRoleGrants { role: &change.address.name, action: change.action, added, removed });
            }
        }
        let Access { gained, lost } = &self.plan.access;
        PlannedWhoCan { permission: question.permission.clone(), gained: of(gained), lost: of(lost), roles }
    }

    /// What the plan does to a role and who comes to hold it; in `help`, names that are near where
    /// it does nothing.
    #[must_use]
    pub fn role(&self, name: &str) -> (PlannedRole<'p>, Option<String>) {
        let key = fold(name);
        let had = |change: &&Change| {
            let renamed = change.fields.iter().find(|field| field.path == attribute::NAME);
            renamed.is_some_and(|field| names(&field.before).any(|before| fold(before) == key))
        };
        let change = self.changes(Kind::Role).find(|change| fold(&change.address.name) == key);
        let change = change.or_else(|| self.changes(Kind::Role).find(had));
        let (mut joining, mut leaving) = (Vec::new(), Vec::new());
        let mut known: BTreeSet<&str> = self.changes(Kind::Role).map(|change| change.address.name.as_str()).collect();
        for user in self.changes(Kind::User) {
            let Some(field) = user.fields.iter().find(|field| field.path == attribute::ROLE) else { continue };
            let (from, to): (Vec<&str>, Vec<&str>) = (names(&field.before).collect(), names(&field.after).collect());
            known.extend(from.iter().chain(&to));
            let is_in = |roles: &[&str]| roles.iter().any(|role| fold(role) == key);
            let (was, will) = (is_in(&from), is_in(&to));
            let moved = PlannedMove { user_name: &user.address.name, action: user.action, from, to };
            match (was, will) {
                (false, true) => joining.push(moved),
                (true, false) => leaving.push(moved),
                _ => {}
            }
        }
        let touched = change.is_some() || !joining.is_empty() || !leaving.is_empty();
        let help = if touched { None } else { near(name, known) };
        let role = PlannedRole { joining, leaving, ..planned(change, name) };
        (role, help)
    }

    /// Which roles come to serve what; nothing where the platform has neither classifications nor
    /// segments.
    #[must_use]
    pub fn coverage(&self) -> Option<PlannedCoverage<'p>> {
        // Per option, the roles that get it and those that give it up.
        let mut options: BTreeMap<(Section, &'p str), [Vec<&'p str>; 2]> = BTreeMap::new();
        let mut applies = false;
        for section in [Section::Classifications, Section::Segments] {
            let attributes = &self.pack.roles.attributes;
            let Some((attribute, _)) = attributes.iter().find(|(_, rules)| rules.of == Some(section)) else { continue };
            applies = true;
            for change in self.changes(Kind::Role) {
                let Some(field) = change.fields.iter().find(|field| field.path == *attribute) else { continue };
                let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
                    (names(&field.before).collect(), names(&field.after).collect());
                for name in after.difference(&before) {
                    options.entry((section, name)).or_default()[0].push(&change.address.name);
                }
                for name in before.difference(&after) {
                    options.entry((section, name)).or_default()[1].push(&change.address.name);
                }
            }
        }
        let option = |((section, name), [added, removed]): ((Section, _), [_; 2])| PlannedOption {
            vocabulary: section.key(),
            name,
            added,
            removed,
        };
        applies.then(|| PlannedCoverage { options: options.into_iter().map(option).collect() })
    }

    /// What the plan changes about who manages whom; nothing where the platform draws no such lines.
    #[must_use]
    pub fn managing(&self) -> Option<PlannedManaging<'p>> {
        let rules = self.pack.roles.managing.as_ref()?;
        let question = Question { permission: rules.permission.clone(), sensitive: false, note: None };
        let decides = |field: &FieldChange| {
            field.path == rules.by || rules.managers.iter().any(|manager| manager.role.contains_key(&field.path))
        };
        let roles = self.changes(Kind::Role).filter(|change| change.fields.iter().any(decides));
        Some(PlannedManaging {
            by: &rules.by,
            permission: self.about(&question),
            roles: roles.map(|change| planned(Some(change), "")).collect(),
        })
    }

    /// What the plan does to seats; nothing where the platform has no user types.
    #[must_use]
    pub fn usage(&self) -> Option<PlannedUsage<'p>> {
        if self.pack.users.user_type == crate::platform::UserTypeSource::None {
            return None;
        }
        let seat = |change: &'p Change| {
            let field = change.fields.iter().find(|field| field.path == attribute::USER_TYPE)?;
            let (before, after) = (names(&field.before).next(), names(&field.after).next());
            Some(PlannedSeat { user_name: &change.address.name, action: change.action, before, after })
        };
        Some(PlannedUsage { types: &self.plan.seats, users: self.changes(Kind::User).filter_map(seat).collect() })
    }
}

/// A role's change, without who comes to hold it.
fn planned<'p>(change: Option<&'p Change>, name: &str) -> PlannedRole<'p> {
    PlannedRole {
        role: change.map_or(name, |change| &change.address.name).to_owned(),
        action: change.map(|change| change.action),
        fields: change.map_or(&[], |change| &change.fields),
        replacement: change.and_then(|change| change.replacement.as_ref()),
        affected_users: change.map_or(0, |change| change.affected_users),
        joining: Vec::new(),
        leaving: Vec::new(),
    }
}

/// The names that a value holds: one, or several.
fn names(value: &Value) -> impl Iterator<Item = &str> {
    let (one, several) = match value {
        Value::Text(text) => (Some(text.as_str()), None),
        Value::Names(names) => (None, Some(names)),
        _ => (None, None),
    };
    one.into_iter().chain(several.into_iter().flatten().map(String::as_str))
}
