//! What each step truly needs to have been done before it.
//!
//! Not responsible for seats (`seats`) and administrators (`administrators`), which add their own
//! waits, nor for the order that comes of all of them (`schedule`).

use std::collections::BTreeMap;

use super::Action;
use super::difference::{names, vocabulary};
use super::draft::{Draft, Part};
use super::roles::Roles;
use super::scope::Scope;
use super::user_types::UserTypes;
use crate::platform::Creation;
use crate::state::{Kind, Value, attribute, fold};

/// The drafts with what they wait for, by position.
pub(super) struct Waits {
    /// Per draft, the drafts that must be done before it.
    pub(super) of: Vec<Vec<usize>>,
    /// Per draft, the one before it on the same object.
    pub(super) follows: Vec<Option<usize>>,
    /// Per role, the draft that makes it.
    pub(super) role_made: Vec<Option<usize>>,
    /// Per role, the last draft that writes what it gives: whoever gets the role waits for it.
    pub(super) role_draft: Vec<Option<usize>>,
    /// Per role, the draft that deletes it.
    pub(super) role_deleted: Vec<Option<usize>>,
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
        let nothing = || vec![None; roles.list.len()];
        let mut waits = Self {
            of: vec![Vec::new(); drafts.len()],
            follows: vec![None; drafts.len()],
            role_made: nothing(),
            role_draft: nothing(),
            role_deleted: nothing(),
            type_draft: types.list.iter().map(|user_type| find(Kind::UserType, user_type.name)).collect(),
        };
        waits.roles(drafts, roles);
        waits.hops(drafts);

        for (at, draft) in drafts.iter().enumerate() {
            let kind = draft.address.kind;
            if kind == Kind::User {
                waits.user(scope, at, draft, drafts);
                continue;
            }
            // A name is free once what has it now has got its other name, or is gone.
            let takes_name = draft.action == Action::Create || draft.attributes.contains_key(attribute::NAME);
            if takes_name
                && let Some(&other) = given_up.get(&(kind, fold(&draft.address.name).into_owned()))
                && other != at
            {
                waits.of[at].push(other);
            }
            waits.of[at].extend(frees_first(roles, drafts, at, &given_up));
            let gone_first: Vec<usize> = draft.gone_first.iter().filter_map(|&role| waits.role_deleted[role]).collect();
            waits.of[at].extend(gone_first);
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

    /// The steps on one role come one after the other.
    fn roles(&mut self, drafts: &[Draft], roles: &Roles<'_>) {
        let mut of_role: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            let Some(role) = draft.role else { continue };
            of_role.entry(role).or_default().push(at);
        }
        for (role, mut steps) in of_role {
            let order = |at: usize| (drafts[at].action == Action::Delete, drafts[at].part);
            steps.sort_by_key(|&at| order(at));
            for &at in &steps {
                match (drafts[at].action, drafts[at].part) {
                    (Action::Delete, _) => self.role_deleted[role] = Some(at),
                    (_, Part::Settles) => {}
                    (action, _) => {
                        self.role_draft[role] = Some(at);
                        if action == Action::Create {
                            self.role_made[role] = Some(at);
                        }
                    }
                }
            }
            for pair in steps.windows(2) {
                self.follows[pair[1]] = Some(pair[0]);
                self.of[pair[1]].push(pair[0]);
            }
            // Whoever needs the id waits for the step that makes it.
            let needs_id = roles.list[role].live.is_none();
            let made = self.role_made[role].filter(|_| needs_id);
            for &at in steps.iter().skip(2) {
                self.of[at].extend(made);
            }
        }
    }

    /// Who goes on from a role has come to it.
    fn hops(&mut self, drafts: &[Draft]) {
        let hops: BTreeMap<usize, usize> =
            (drafts.iter().enumerate()).filter_map(|(at, draft)| Some((draft.hop?.row, at))).collect();
        if hops.is_empty() {
            return;
        }
        for (at, draft) in drafts.iter().enumerate() {
            if let Some(&hop) = draft.user.and_then(|change| change.row).and_then(|row| hops.get(&row)) {
                self.follows[hop] = Some(at);
                self.of[hop].push(at);
            }
        }
    }

    /// A user waits for the role and the user type that their step names.
    fn user(&mut self, scope: &Scope<'_>, at: usize, draft: &Draft, drafts: &[Draft]) {
        if let Some(role) = draft.gives() {
            self.of[at].extend(self.role_made[role]);
            // Permissions that follow are there before somebody needs them, also those that a run which
            // ended between the two requests has left out.
            let follows = self.role_draft[role].filter(|&written| {
                let is_made_in_two = || scope.pack.roles.creation == Creation::PermissionsFollow;
                drafts[written].part == Part::Grants || drafts[written].change.is_none() || is_made_in_two()
            });
            self.of[at].extend(follows);
        }
        let Some(after) = draft.user.and_then(|change| Some((change, change.after?))) else { return };
        let (_, standing) = after;
        let writes_type = draft.attributes.contains_key(attribute::USER_TYPE);
        let role = standing.role.and_then(|role| self.role_draft[role]);
        if let Some(role) =
            role.filter(|&role| writes_type && drafts[role].attributes.contains_key(attribute::USER_TYPE))
        {
            self.of[at].push(role);
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
        let roles_deleted = self.role_deleted.clone();
        let types_deleted: Vec<Option<usize>> = self.type_draft.iter().map(|&draft| is_deleted(draft)).collect();
        for (at, draft) in drafts.iter().enumerate() {
            if let Some(role) = draft.hop.and_then(|hop| roles_deleted[hop.from]) {
                self.of[role].push(at);
            }
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
        let steps = self.role_draft.iter().zip(&roles_deleted).map(|(&written, &deleted)| deleted.or(written));
        for (role, draft) in roles.list.iter().zip(steps) {
            let (Some(live), Some(at)) = (role.live, draft) else { continue };
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

/// What a deletion of a replaced role waits for so that another role never has the name of the one
/// that takes the place: a run that ended there would leave nothing that tells the two apart.
fn frees_first(
    roles: &Roles<'_>,
    drafts: &[Draft],
    at: usize,
    given_up: &BTreeMap<(Kind, String), usize>,
) -> Option<usize> {
    let draft = &drafts[at];
    let place = |draft: &Draft| draft.role.and_then(|role| roles.list[role].replaced_by);
    let by = place(draft).filter(|_| draft.action == Action::Delete)?;
    let other = *given_up.get(&(Kind::Role, fold(roles.list[by].name).into_owned()))?;
    (place(&drafts[other]) != Some(by)).then_some(other)
}
