//! A change before it has its place in the schedule.
//!
//! Drafts are what the stages of planning hand on: one object, what differs, what is written. Most
//! are a change and its one step; where a change takes several steps, the others are parts of it.
//! What they wait for is settled later (`waits`, `seats`, `administrators`).

use super::{Action, FieldChange};
use crate::state::{Address, Attributes, Kind, Origin, Value, Version};

/// One step, and the change that people see, where it stands for one.
pub(super) struct Draft {
    pub(super) address: Address,
    /// What the step does: it creates, updates or deletes.
    pub(super) action: Action,
    /// What people see it as; `None` for a step that is part of another draft's change.
    pub(super) change: Option<Action>,
    /// Which of the steps on its object it is.
    pub(super) part: Part,
    /// The role that a step on a role writes, by its position in `Roles`.
    pub(super) role: Option<usize>,
    pub(super) fields: Vec<FieldChange>,
    /// What the step writes, but for a user's role, whose id may not be known yet.
    pub(super) attributes: Attributes,
    /// The live object, where there is one.
    pub(super) live: Option<Touched>,
    pub(super) affected_users: u64,
    pub(super) origin: Option<Origin>,
    pub(super) reason: Option<String>,
    /// Roles that must be gone before the step.
    pub(super) gone_first: Vec<usize>,
    /// For a user: what becomes of them.
    pub(super) user: Option<UserChange>,
    /// For a user whom another step has brought to a role for a while: where they go on to.
    pub(super) hop: Option<Hop>,
    /// For a user who is shut out on the way: which of the two steps it is.
    pub(super) suspension: Option<Suspension>,
}

/// Which of the steps on one object a step is, in their order. Most objects have one, the whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Whole,
    /// A role gets its permissions after it was made (R-BE-28).
    Grants,
    /// A role gets its name and mark once the one whose place it takes is gone.
    Settles,
}

/// The second step of a user who goes through a role for a while (PLANNING.md §3).
#[derive(Clone, Copy)]
pub(super) struct Hop {
    /// The live row of the user.
    pub(super) row: usize,
    /// The role that they go through.
    pub(super) from: usize,
    /// The role that they get.
    pub(super) to: usize,
}

/// The two steps of a user who is suspended on the way.
#[derive(Clone, Copy)]
pub(super) enum Suspension {
    /// The user leaves the seat of this user type, by its position in `UserTypes`.
    Begins {
        /// The user type.
        seat: usize,
    },
    /// The user comes back as what they shall be.
    Ends,
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
    /// Whether the step is one of those by which a role takes the place of another one.
    pub(super) fn is_part_of_replacement(&self) -> bool {
        self.role.is_some()
            && (self.change == Some(Action::Replace) || (self.change.is_none() && self.part != Part::Grants))
    }

    /// The role that a step on a user gives them.
    pub(super) fn gives(&self) -> Option<usize> {
        let by_change = || self.user.filter(|change| change.writes_role)?.after?.role;
        self.hop.map(|hop| hop.to).or_else(by_change)
    }

    /// A draft without content.
    pub(super) fn new(kind: Kind, name: &str, action: Action) -> Self {
        Self {
            address: Address::new(kind, name),
            action,
            change: Some(action),
            part: Part::Whole,
            role: None,
            fields: Vec::new(),
            attributes: Attributes::new(),
            live: None,
            affected_users: 0,
            origin: None,
            reason: None,
            gone_first: Vec::new(),
            user: None,
            hop: None,
            suspension: None,
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
