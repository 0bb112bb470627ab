//! Assignments against live users.
//!
//! Unchanged users cost a look-up and a comparison of numbers: roles and types are resolved once
//! per distinct name. Not responsible for users that lose their role because it is removed
//! (`removal`).

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Standing, Touched, UserChange};
use super::findings::{FEW, Findings, few};
use super::roles::Roles;
use super::scope::Scope;
use super::user_types::UserTypes;
use super::{Action, UnknownUsers};
use crate::diagnostic::{Code, near_misses};
use crate::platform::UserTypeSource;
use crate::state::{Assignment, Assignments, Kind, Value, Version, attribute, fold};

/// What the users' side of planning looks at.
pub(super) struct Users<'s, 'a> {
    pub(super) scope: &'s Scope<'a>,
    pub(super) roles: &'s Roles<'a>,
    pub(super) types: &'s UserTypes<'a>,
    /// The role of each word of the assignments.
    role_of: Vec<Option<usize>>,
    /// The user type of each word of the assignments.
    type_of: Vec<Option<usize>>,
    /// Live rows whose names collide with that of another user.
    collided: BTreeSet<usize>,
}

/// What a user shall be; `None` keeps.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    pub(super) role: Option<usize>,
    pub(super) user_type: Option<usize>,
    /// No user type; where a role decides it is not asked.
    pub(super) no_type: bool,
    pub(super) display_name: Option<&'a str>,
    pub(super) active: Option<bool>,
}

impl<'s, 'a> Users<'s, 'a> {
    /// `type_of` holds the user type of each word of the assignments.
    pub(super) fn new(
        scope: &'s Scope<'a>,
        roles: &'s Roles<'a>,
        types: &'s UserTypes<'a>,
        type_of: Vec<Option<usize>>,
    ) -> Self {
        let words = scope.desired.assignments.iter().flat_map(Assignments::words);
        let role_of = words.map(|word| roles.named(word)).collect();
        let collided = scope.live.users.collisions().map(|(row, _)| row).collect();
        Self { scope, roles, types, role_of, type_of, collided }
    }

    /// The changes that assignments ask for.
    pub(super) fn assigned(&self, findings: &mut Findings) -> Vec<Draft> {
        let Some(assignments) = &self.scope.desired.assignments else { return Vec::new() };
        let live = &self.scope.live.users;
        let restricted = self.scope.is_partial();
        let mut drafts = Vec::new();
        let mut unknown: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
        let mut strangers: (usize, Vec<&str>) = Default::default();
        let mut odd: [(usize, Vec<&str>); 2] = Default::default();
        for row in 0..assignments.len() {
            let assignment = assignments.get(row);
            if restricted && !self.scope.selects(Kind::User, assignment.user_name) {
                continue;
            }
            let Some(wanted) = self.wanted(row, &assignment) else {
                let (count, users) = unknown.entry(assignment.role).or_default();
                *count += 1;
                if users.len() < FEW {
                    users.push(assignment.user_name);
                }
                continue;
            };
            match live.find(assignment.user_name) {
                None => {
                    strangers.0 += 1;
                    if strangers.1.len() < FEW {
                        strangers.1.push(assignment.user_name);
                    }
                    let mut draft = self.create(assignment.user_name, wanted);
                    draft.origin = self.scope.desired.origin(assignment.span);
                    drafts.push(draft);
                }
                Some(row) if self.collided.contains(&row) => self.collision(row, findings),
                Some(row) => {
                    let held = live.roles(row).len();
                    if held != 1 {
                        let (count, users) = &mut odd[usize::from(held > 1)];
                        *count += 1;
                        if users.len() < FEW {
                            users.push(assignment.user_name);
                        }
                    }
                    drafts.extend(self.update(row, wanted).map(|mut draft| {
                        draft.origin = self.scope.desired.origin(assignment.span);
                        draft
                    }));
                }
            }
        }
        for (role, (count, users)) in unknown {
            self.unknown_role(role, &format!("assigned to {}", few(users, count)), findings);
        }
        let (count, users) = strangers;
        if count > 0 && self.scope.policy.unknown_users == UnknownUsers::Refuse {
            let are = if count == 1 { "user is" } else { "users are" };
            let message = format!("{count} assigned {are} not on the target: {}", few(users, count));
            findings.push(Code::UnknownUser, message);
        }
        for ((count, users), what) in odd.into_iter().zip(["no role", "several roles"]) {
            if count > 0 {
                let message = format!("live users with {what} get the one that the files give: {}", few(users, count));
                findings.push(Code::SeveralRoles, message);
            }
        }
        drafts
    }

    /// What an assignment wants; `None` when its role is nowhere.
    pub(super) fn wanted<'b>(&self, row: usize, assignment: &Assignment<'b>) -> Option<Wanted<'b>> {
        let assignments = self.scope.desired.assignments.as_ref()?;
        let role = self.role_of[assignments.role(row).0 as usize]?;
        let own = assignments.user_type(row).and_then(|word| self.type_of[word.0 as usize]);
        let user_type = self.type_with(role, own);
        Some(Wanted {
            role: Some(role),
            user_type,
            no_type: user_type.is_none() && assignment.user_type == Some(""),
            display_name: assignment.display_name,
            active: assignment.active,
        })
    }

    /// The user type of the holders of a role: the one that the role is mapped to, else their own.
    pub(super) fn type_with(&self, role: usize, own: Option<usize>) -> Option<usize> {
        match self.scope.pack.users.user_type {
            UserTypeSource::Role => self.roles.list[role].after.user_type.or(own),
            UserTypeSource::None => None,
        }
    }

    /// Says that a role is nowhere, with the names that are near.
    pub(super) fn unknown_role(&self, role: &str, where_named: &str, findings: &mut Findings) {
        let key = fold(role);
        if self.scope.find(Kind::Role, &key).is_some_and(|at| self.scope.pairs(Kind::Role)[at].blocked) {
            // `scope` has said why.
            return;
        }
        if self.scope.collides(Kind::Role, &key) {
            // The collision itself is reported by `scope`; here it stops something.
            let message = format!("`{role}`, {where_named}, is the name of several live roles");
            findings.push_with_help(Code::NameCollision, message, "tell them apart on the target".to_owned());
            return;
        }
        let near = near_misses(role, self.roles.names());
        let message = format!("role `{role}`, {where_named}, is in no file and not on the target");
        if near.is_empty() {
            findings.push(Code::UnknownRole, message);
        } else {
            findings.push_with_help(
                Code::UnknownRole,
                message,
                format!("near: {}", few(near.iter().copied(), near.len())),
            );
        }
    }

    /// Says that a user cannot be told from another.
    pub(super) fn collision(&self, row: usize, findings: &mut Findings) {
        let user = self.scope.live.users.get(row);
        let others = self.scope.live.users.collisions().filter(|&(first, _)| first == row).map(|(_, id)| id);
        let ids: Vec<&str> = std::iter::once(user.id).chain(others).collect();
        findings.push_with_help(
            Code::NameCollision,
            format!("{} live users are called `{}`: ids {}", ids.len(), user.user_name, ids.join(", ")),
            "tell them apart on the target; until then neither is touched".to_owned(),
        );
    }

    /// Whether a live user cannot be told from another.
    pub(super) fn collides(&self, row: usize) -> bool {
        self.collided.contains(&row)
    }

    /// A new account.
    fn create(&self, user_name: &str, wanted: Wanted<'_>) -> Draft {
        let mut draft = Draft::new(Kind::User, user_name, Action::Create);
        let active = wanted.active.unwrap_or(true);
        draft.attributes.insert(attribute::NAME.to_owned(), Value::text(user_name));
        draft.set(attribute::ACTIVE, Value::Absent, Value::Flag(active));
        if let Some(name) = wanted.display_name.filter(|name| !name.is_empty()) {
            draft.set(attribute::DISPLAY_NAME, Value::Absent, Value::text(name));
        }
        if let Some(user_type) = wanted.user_type {
            draft.set(attribute::USER_TYPE, Value::Absent, Value::text(self.types.list[user_type].name));
        }
        if let Some(role) = wanted.role {
            draft.show(attribute::ROLE, Value::Absent, Value::text(self.roles.list[role].name));
        }
        let after = Standing { role: wanted.role, user_type: wanted.user_type, active };
        draft.user = Some(UserChange { row: None, before: None, after: Some(after), writes_role: true });
        draft.affected_users = 1;
        draft
    }

    /// The change that makes a live user what is wanted; `None` when they are so already.
    pub(super) fn update(&self, row: usize, wanted: Wanted<'_>) -> Option<Draft> {
        let live = &self.scope.live.users;
        let before = self.standing(row);
        let was_active = before.active;
        let writes_role = wanted.role.is_some() && wanted.role != before.role;
        let writes_type = (wanted.user_type.is_some() || wanted.no_type) && wanted.user_type != before.user_type;
        let writes_active = wanted.active.is_some_and(|active| active != was_active);
        let writes_name = wanted.display_name.is_some_and(|name| name != live.display_name(row));
        if !(writes_role || writes_type || writes_active || writes_name) {
            return None;
        }
        let mut draft = Draft::new(Kind::User, live.user_name(row), Action::Update);
        let after = Standing {
            role: wanted.role.or(before.role),
            user_type: wanted.user_type.or(before.user_type.filter(|_| !wanted.no_type)),
            active: wanted.active.unwrap_or(was_active),
        };
        if writes_active {
            draft.set(attribute::ACTIVE, Value::Flag(was_active), Value::Flag(after.active));
        }
        if writes_name {
            let name = wanted.display_name.unwrap_or_default();
            draft.set(attribute::DISPLAY_NAME, Value::text(live.display_name(row)), Value::text(name));
        }
        if writes_type {
            let live_type = live.get(row).user_type;
            let after =
                wanted.user_type.map_or(Value::Absent, |user_type| Value::text(self.types.list[user_type].name));
            draft.set(attribute::USER_TYPE, Value::text(live_type), after);
        }
        // Who gets the role that takes the place of theirs keeps their role, as far as people see it.
        let keeps = before.role.is_some_and(|role| self.roles.list[role].replaced_by == wanted.role);
        if let Some(role) = wanted.role.filter(|_| writes_role && !keeps) {
            draft.show(attribute::ROLE, self.held(row), Value::text(self.roles.list[role].name));
        }
        if draft.fields.is_empty() {
            draft.change = None;
        }
        draft.user = Some(UserChange { row: Some(row), before: Some(before), after: Some(after), writes_role });
        draft.affected_users = u64::from(writes_role || writes_active);
        draft.live = Some(self.touched(row));
        Some(draft)
    }

    /// The end of an account.
    pub(super) fn delete(&self, row: usize) -> Draft {
        let live = self.scope.live.users.get(row);
        let mut draft = Draft::new(Kind::User, live.user_name, Action::Delete);
        draft.show(attribute::ACTIVE, Value::Flag(live.active), Value::Absent);
        if !live.display_name.is_empty() {
            draft.show(attribute::DISPLAY_NAME, Value::text(live.display_name), Value::Absent);
        }
        if !live.user_type.is_empty() {
            draft.show(attribute::USER_TYPE, Value::text(live.user_type), Value::Absent);
        }
        draft.show(attribute::ROLE, self.held(row), Value::Absent);
        let before = Some(self.standing(row));
        draft.user = Some(UserChange { row: Some(row), before, after: None, writes_role: false });
        draft.affected_users = 1;
        draft.live = Some(self.touched(row));
        draft
    }

    fn standing(&self, row: usize) -> Standing {
        Standing {
            role: self.roles.only_of_user(self.scope, row),
            user_type: self.types.of_user(self.scope, row),
            active: self.scope.live.users.active(row),
        }
    }

    /// The names of the roles that a user holds, for people.
    fn held(&self, row: usize) -> Value {
        let live = |role: usize| self.roles.list[role].live.map_or("", |live| live.name.as_str());
        let names: Vec<&str> = self.roles.of_user(self.scope, row).map(live).collect();
        match names[..] {
            [only] => Value::text(only),
            _ => Value::names(names),
        }
    }

    pub(super) fn touched(&self, row: usize) -> Touched {
        let live = self.scope.live.users.get(row);
        Touched { id: live.id.to_owned(), version: user_version(self.scope.live, live.version) }
    }
}

/// A user's version: an ETag where the target keeps them.
pub(super) fn user_version(live: &crate::state::Live, version: &str) -> Version {
    if live.capabilities.etag { Version::Etag(version.to_owned()) } else { Version::Hash(version.to_owned()) }
}
