//! What of a plan nobody may overlook, whatever the form and however long the plan: power over
//! others that somebody gets, what goes away, who is shut out, and who loses what.
//!
//! Not responsible for how it looks.

use std::collections::BTreeSet;

use crate::plan::{AccessChange, Action, Change, Manual, Plan, Step, Write};
use crate::state::{Address, Kind, Value, attribute};

/// The dangerous part of a plan, in the order in which it is to be read.
#[derive(Debug)]
pub(super) struct Dangers<'p> {
    /// Sensitive permissions that somebody gets.
    pub(super) sensitive: Vec<&'p AccessChange>,
    /// Objects that go.
    pub(super) deleted: Vec<&'p Change>,
    /// Roles in whose place new ones come.
    pub(super) replaced: Vec<&'p Change>,
    /// Users who can sign in now and cannot in the end.
    pub(super) shut_out: Vec<&'p Change>,
    /// Users who cannot sign in for a while.
    pub(super) suspended: Vec<&'p Address>,
    /// Permissions that somebody loses, sensitive ones first.
    pub(super) lost: Vec<&'p AccessChange>,
    /// Steps that only a person can take.
    pub(super) manual: &'p [Manual],
}

impl<'p> Dangers<'p> {
    /// Finds them.
    pub(super) fn of(plan: &'p Plan) -> Self {
        let with = |action| plan.changes.iter().filter(move |change| change.action == action);
        let out = switched(plan, false);
        let back = switched(plan, true);
        Self {
            sensitive: plan.access.gained.iter().filter(|change| change.sensitive).collect(),
            deleted: with(Action::Delete).collect(),
            replaced: with(Action::Replace).collect(),
            suspended: out.intersection(&back).copied().collect(),
            shut_out: plan.changes.iter().filter(|change| is_shut_out(change)).collect(),
            lost: plan.access.lost.iter().collect(),
            manual: &plan.manual,
        }
    }
}

fn is_shut_out(change: &Change) -> bool {
    let is_off = |value: &Value| *value == Value::Flag(false);
    change.kind == Kind::User
        && change.action == Action::Update
        && change.fields.iter().any(|field| field.path == attribute::ACTIVE && is_off(&field.after))
}

/// Users whom a step makes active, or inactive.
fn switched(plan: &Plan, active: bool) -> BTreeSet<&Address> {
    let does = |step: &&Step| {
        let Write::Update { attributes, .. } = &step.write else { return false };
        step.address.kind == Kind::User && attributes.get(attribute::ACTIVE) == Some(&Value::Flag(active))
    };
    plan.steps.iter().filter(does).map(|step| &step.address).collect()
}
