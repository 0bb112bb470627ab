//! A change before it has its place in the schedule.
//!
//! Drafts are what the stages of planning hand on: one object, what differs, what is written.
//! Which steps they wait for is settled later (`waits`, `seats`, `lockout`).

use super::{Action, FieldChange};
use crate::state::{Address, Attributes, Kind, Origin, Value, Version};

/// One object's change and its one step.
pub(super) struct Draft {
    pub(super) address: Address,
    pub(super) action: Action,
    pub(super) fields: Vec<FieldChange>,
    /// What the step writes, but for a user's role, whose id may not be known yet.
    pub(super) attributes: Attributes,
    /// The live object, where there is one.
    pub(super) live: Option<Touched>,
    pub(super) affected_users: u64,
    pub(super) origin: Option<Origin>,
    pub(super) reason: Option<String>,
    /// For a user: what becomes of them.
    pub(super) user: Option<UserChange>,
}

/// A live object that is written.
pub(super) struct Touched {
    pub(super) id: String,
    pub(super) version: Version,
}

/// What becomes of a user.
#[derive(Clone, Copy)]
pub(super) struct UserChange {
    /// The live row.
    pub(super) row: Option<usize>,
    /// `None`: no account.
    pub(super) before: Option<Standing>,
    /// `None`: no account.
    pub(super) after: Option<Standing>,
    /// Whether the step writes the role.
    pub(super) writes_role: bool,
}

/// What a user is, as far as others depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// The role, by its position in `Roles`; `None` for a user without one or with several.
    pub(super) role: Option<usize>,
    /// The user type, by its position in `UserTypes`.
    pub(super) user_type: Option<usize>,
    pub(super) active: bool,
}

impl UserChange {
    /// The user type whose seat is held before and after; `None` is outside of all of them.
    pub(super) fn seats(&self) -> (Option<usize>, Option<usize>) {
        let seat = |standing: Option<Standing>| standing.filter(|at| at.active).and_then(|at| at.user_type);
        (seat(self.before), seat(self.after))
    }
}

impl Draft {
    /// A draft without content.
    pub(super) fn new(kind: Kind, name: &str, action: Action) -> Self {
        Self {
            address: Address::new(kind, name),
            action,
            fields: Vec::new(),
            attributes: Attributes::new(),
            live: None,
            affected_users: 0,
            origin: None,
            reason: None,
            user: None,
        }
    }

    /// Adds a difference and what is written for it.
    pub(super) fn set(&mut self, attribute: &str, before: Value, after: Value) {
        self.attributes.insert(attribute.to_owned(), after.clone());
        self.show(attribute, before, after);
    }

    /// Adds a difference that the step does not write under this name.
    pub(super) fn show(&mut self, attribute: &str, before: Value, after: Value) {
        let at = self.fields.partition_point(|field| field.path.as_str() < attribute);
        self.fields.insert(at, FieldChange { path: attribute.to_owned(), before, after });
    }
}
