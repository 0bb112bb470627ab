//! What each step truly needs to have been done before it.
//!
//! Not responsible for seats (`seats`) and administrators (`administrators`), which add their own
//! waits, nor for the order that comes of all of them (`schedule`).

use std::collections::BTreeMap;

use super::Action;
use super::difference::{names, vocabulary};
use super::draft::Draft;
use super::roles::Roles;
use super::scope::Scope;
use super::user_types::UserTypes;
use crate::state::{Kind, Value, attribute, fold};

/// The drafts with what they wait for, by position.
pub(super) struct Waits {
    /// Per draft, the drafts that must be done before it.
    pub(super) of: Vec<Vec<usize>>,
    /// Per role, the draft that writes it.
    pub(super) role_draft: Vec<Option<usize>>,
    /// Per user type, the draft that writes it.
    pub(super) type_draft: Vec<Option<usize>>,
}

impl Waits {
    pub(super) fn new(scope: &Scope<'_>, drafts: &[Draft], roles: &Roles<'_>, types: &UserTypes<'_>) -> Self {
        let mut by_name: BTreeMap<(Kind, String), usize> = BTreeMap::new();
        let mut given_up: BTreeMap<(Kind, String), usize> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.address.kind != Kind::User) {
            let kind = draft.address.kind;
            by_name.insert((kind, fold(&draft.address.name).into_owned()), at);
            given_up.extend(super::holding::gives_up(draft).map(|name| ((kind, name), at)));
        }
        let find = |kind: Kind, name: &str| by_name.get(&(kind, fold(name).into_owned())).copied();
        let role_draft = roles.list.iter().map(|role| find(Kind::Role, role.name)).collect();
        let type_draft = types.list.iter().map(|user_type| find(Kind::UserType, user_type.name)).collect();
        let mut waits = Self { of: vec![Vec::new(); drafts.len()], role_draft, type_draft };

        for (at, draft) in drafts.iter().enumerate() {
            let kind = draft.address.kind;
            if kind == Kind::User {
                waits.user(at, draft, drafts);
                continue;
            }
            // A name is free once what has it now has got its other name.
            if draft.action != Action::Delete
                && let Some(&other) = given_up.get(&(kind, fold(&draft.address.name).into_owned()))
                && other != at
            {
                waits.of[at].push(other);
            }
            for (name, value) in &draft.attributes {
                let Some(of) = vocabulary(scope, kind, name) else { continue };
                // What is there under this name already needs no wait.
                let makes_name = |&other: &usize| {
                    drafts[other].action == Action::Create || super::holding::gives_up(&drafts[other]).is_some()
                };
                waits.of[at].extend(names(value).filter_map(|name| find(of, name)).filter(makes_name));
            }
        }
        waits.deletions(scope, drafts, roles);
        waits
    }

    /// A user waits for the role and the user type that their step names.
    fn user(&mut self, at: usize, draft: &Draft, drafts: &[Draft]) {
        let Some(after) = draft.user.and_then(|change| Some((change, change.after?))) else { return };
        let (change, standing) = after;
        let writes_type = draft.attributes.contains_key(attribute::USER_TYPE);
        let role = standing.role.and_then(|role| self.role_draft[role]);
        if let Some(role) = role {
            let is_made = change.writes_role && drafts[role].action == Action::Create;
            let is_mapped = writes_type && drafts[role].attributes.contains_key(attribute::USER_TYPE);
            if is_made || is_mapped {
                self.of[at].push(role);
            }
        }
        let user_type = standing.user_type.filter(|_| writes_type).and_then(|user_type| self.type_draft[user_type]);
        if let Some(user_type) = user_type.filter(|&user_type| drafts[user_type].action == Action::Create) {
            // A role that is made or mapped here has waited for its type already.
            let through_role =
                self.of[at].iter().any(|&role| match drafts[role].attributes.get(attribute::USER_TYPE) {
                    Some(Value::Text(name)) => fold(name) == fold(&drafts[user_type].address.name),
                    _ => false,
                });
            if !through_role {
                self.of[at].push(user_type);
            }
        }
    }

    /// A deletion waits for everything that lets go of the object.
    fn deletions(&mut self, scope: &Scope<'_>, drafts: &[Draft], roles: &Roles<'_>) {
        let is_deleted = |draft: Option<usize>| draft.filter(|&at| drafts[at].action == Action::Delete);
        let roles_deleted: Vec<Option<usize>> = self.role_draft.iter().map(|&draft| is_deleted(draft)).collect();
        let types_deleted: Vec<Option<usize>> = self.type_draft.iter().map(|&draft| is_deleted(draft)).collect();
        for (at, draft) in drafts.iter().enumerate() {
            let Some(change) = draft.user else { continue };
            if let Some(row) = change.row {
                let left = roles.of_user(scope, row).filter_map(|role| roles_deleted[role]);
                left.for_each(|role| self.of[role].push(at));
            }
            let before = change.before.and_then(|standing| standing.user_type);
            if let Some(user_type) = before.and_then(|user_type| types_deleted[user_type])
                && change.after.and_then(|standing| standing.user_type) != before
            {
                self.of[user_type].push(at);
            }
        }
        let values: BTreeMap<(Kind, String), usize> = (drafts.iter().enumerate())
            .filter(|(_, draft)| draft.action == Action::Delete && draft.address.kind < Kind::Role)
            .map(|(at, draft)| ((draft.address.kind, fold(&draft.address.name).into_owned()), at))
            .collect();
        if values.is_empty() {
            return;
        }
        for (role, draft) in roles.list.iter().zip(&self.role_draft) {
            let (Some(live), &Some(at)) = (role.live, draft) else { continue };
            for (name, value) in &live.attributes {
                let Some(of) = vocabulary(scope, Kind::Role, name) else { continue };
                for name in names(value) {
                    if let Some(&value) = values.get(&(of, fold(name).into_owned())) {
                        self.of[value].push(at);
                    }
                }
            }
        }
    }
}
