//! Taking back what a run did to users.

use std::collections::BTreeSet;

use super::super::begun::Chain;
use super::super::whole::Found;
use super::super::{Action, Change, FieldChange, Write};
use super::{View, conflict, same};
use crate::state::{Assignment, Attributes, Binding, Kind, RemovedUser, StepId, Value, attribute, fold};

/// What of a user is put back; `None` leaves it.
#[derive(Default)]
struct Earlier<'a> {
    role: Option<&'a str>,
    display_name: Option<&'a str>,
    active: Option<bool>,
    user_type: Option<&'a str>,
}

impl<'a> View<'a> {
    /// Takes back the change of a user.
    pub(super) fn user(&mut self, change: &'a Change, chains: &[Chain<'a>]) {
        match change.action {
            Action::Create => self.close(change, &chains[0]),
            Action::Delete => self.open_again(change, &chains[0]),
            Action::Update | Action::Replace => self.put_back(change, &chains[0]),
        }
    }

    /// An account that the run has made goes, unless it is not as it made it.
    fn close(&mut self, change: &Change, chain: &Chain<'_>) {
        let named = self.whole.by_name(Kind::User, &change.address.name).into_iter().next();
        let Some(found) = named else { return };
        match self.id_of(chain) {
            Some(id) if id == found.id() => {}
            Some(_) => {
                self.undoing.conflicts.push(format!("`{}` is another account now", change.address));
                return;
            }
            None => {}
        }
        let mut made = self.made(chain, &found);
        // Nobody had a name to be read before, either.
        made.entry(attribute::DISPLAY_NAME.to_owned()).or_insert(Value::Absent);
        if self.is_as(&change.address, &found, &made) {
            let user_name = found.name().to_owned();
            let key = fold(&user_name).into_owned();
            self.undoing.desired.removed_users.insert(key, RemovedUser { user_name, delete: true, span: None });
        }
    }

    /// An account that the run has deleted is made again.
    fn open_again(&mut self, change: &'a Change, chain: &Chain<'_>) {
        if !self.may_be_deleted(chain) || chain.id.is_some_and(|id| self.whole.by_id(Kind::User, id).is_some()) {
            return;
        }
        let address = &change.address;
        let Some(Value::Text(role)) = field(change, attribute::ROLE).map(|field| &field.before) else {
            let message = format!("`{address}` held no role, or several: such an account cannot be made again");
            self.undoing.conflicts.push(message);
            return;
        };
        let text = |name: &str| match field(change, name).map(|field| &field.before) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let active = match field(change, attribute::ACTIVE).map(|field| &field.before) {
            Some(Value::Flag(active)) => Some(*active),
            _ => None,
        };
        let earlier = Earlier {
            role: Some(role),
            display_name: text(attribute::DISPLAY_NAME),
            active,
            user_type: text(attribute::USER_TYPE),
        };
        if let Some(found) = self.whole.by_name(Kind::User, &address.name).into_iter().next() {
            let is_role = same(&self.final_name(&found.get(attribute::ROLE)), &Value::text(&**role));
            let mut before = Attributes::from([(attribute::ACTIVE.to_owned(), Value::Flag(active.unwrap_or(true)))]);
            before.insert(attribute::DISPLAY_NAME.to_owned(), earlier.display_name.map_or(Value::Absent, Value::text));
            if !is_role {
                let is = self.role_name(&found.get(attribute::ROLE));
                let was = Value::text(&**role);
                self.undoing.conflicts.push(conflict(address, attribute::ROLE, [&was, &Value::Absent, &is]));
            }
            self.is_as(address, &found, &before);
            return;
        }
        self.again.push(address.clone());
        self.assign(&address.name, role, &earlier);
    }

    /// What the run has changed of a user gets what it was.
    fn put_back(&mut self, change: &'a Change, chain: &Chain<'a>) {
        let address = &change.address;
        let Some(found) = chain.id.and_then(|id| self.whole.by_id(Kind::User, id)) else {
            self.undoing.conflicts.push(format!("`{address}` is gone"));
            return;
        };
        let mut earlier = Earlier::default();
        for field in &change.fields {
            let is = found.get(&field.path);
            match &*field.path {
                attribute::ROLE => {
                    if let Some(role) = self.earlier_role(change, chain, field, &found) {
                        earlier.role = Some(role);
                    }
                    continue;
                }
                _ if same(&is, &field.before) => continue,
                _ if !same(&is, &field.after) => {
                    let message = conflict(address, &field.path, [&field.before, &field.after, &is]);
                    self.undoing.conflicts.push(message);
                    continue;
                }
                _ => {}
            }
            let text = if let Value::Text(text) = &field.before { text.as_str() } else { "" };
            match &*field.path {
                attribute::DISPLAY_NAME => earlier.display_name = Some(text),
                attribute::USER_TYPE => earlier.user_type = Some(text),
                attribute::ACTIVE => earlier.active = Some(field.before == Value::Flag(true)),
                _ => {}
            }
        }
        let suspension = suspension(chain).filter(|_| field(change, attribute::ACTIVE).is_none());
        let is_active = found.get(attribute::ACTIVE) == Value::Flag(true);
        if let Some(suspension) = suspension.filter(|_| !is_active)
            && self.is_suspended(change, suspension, &found)
        {
            earlier.active = Some(true);
        }
        let Earlier { role, display_name, active, user_type } = &earlier;
        if role.is_none() && display_name.is_none() && active.is_none() && user_type.is_none() {
            return;
        }
        // An assignment always names a role: the one that the user holds keeps it.
        let kept = match self.final_name(&found.get(attribute::ROLE)) {
            Value::Text(name) => Some(name),
            _ => None,
        };
        let Some(role) = earlier.role.map(str::to_owned).or(kept) else {
            self.undoing.conflicts.push(format!("`{address}` holds no role, or several"));
            return;
        };
        // Who was suspended on the way there may be on the way back.
        if suspension.is_some() && is_active {
            earlier.active = Some(true);
        }
        self.assign(found.name(), &role, &earlier);
    }

    /// Whether it is the run that keeps an inactive user out: it came no further than suspending them.
    fn is_suspended(&mut self, change: &Change, (begins, ends): (StepId, StepId), found: &Found<'_>) -> bool {
        // Once it had let them in again, others have shut them out.
        if !self.done.contains_key(&begins) || self.left.contains_key(&ends) {
            return false;
        }
        let version = self.left.get(&begins).and_then(|left| left.version.as_ref());
        let is_changed = version.is_some_and(|version| version.as_str() != found.version().as_str());
        if is_changed {
            let address = &change.address;
            let message = format!(
                "`{address}` was suspended on the way and has changed since: it cannot be told who keeps them out"
            );
            self.undoing.conflicts.push(message);
        }
        !is_changed
    }

    /// The role that a user had, where they have the one that the run gave them.
    fn earlier_role(
        &mut self,
        change: &'a Change,
        chain: &Chain<'a>,
        field: &'a FieldChange,
        found: &Found<'_>,
    ) -> Option<&'a str> {
        let is = found.get(attribute::ROLE);
        let is_name = self.role_name(&is);
        let given = chain.steps.iter().filter(|step| self.done.contains_key(&step.id));
        let given = given.filter_map(|step| match &step.write {
            Write::Update { attributes, .. } => attributes.get(attribute::ROLE),
            _ => None,
        });
        let given: BTreeSet<&str> = given
            .filter_map(|value| match value {
                Value::Reference(Binding::Id(id)) => Some(id.as_str()),
                Value::Reference(Binding::CreatedBy(step)) => self.left.get(step).map(|left| left.id.as_str()),
                _ => None,
            })
            .collect();
        let is_given = matches!(&is, Value::Text(id) if given.contains(id.as_str()));
        if !is_given {
            // It is back already, or the step was not carried out.
            if !same(&self.final_name(&is), &field.before) {
                let message = conflict(&change.address, attribute::ROLE, [&field.before, &field.after, &is_name]);
                self.undoing.conflicts.push(message);
            }
            return None;
        }
        if let Value::Text(role) = &field.before {
            return Some(role);
        }
        let message = format!("`{}` held no role, or several; that cannot be restored", change.address);
        self.undoing.notes.push(message);
        None
    }

    /// What the role of this id is called when the run is taken back.
    fn final_name(&self, id: &Value) -> Value {
        match id {
            Value::Text(text) => self.names.get(text).map_or_else(|| self.role_name(id), Value::text),
            other => self.role_name(other),
        }
    }

    fn assign(&mut self, user_name: &str, role: &str, earlier: &Earlier<'_>) {
        let Earlier { display_name, active, user_type, .. } = *earlier;
        let assignment = Assignment { user_name, role, display_name, active, user_type, span: None };
        // Each user has one change.
        let _ = self.undoing.desired.assignments.get_or_insert_default().push(assignment);
    }
}

/// The steps that shut a user out for a while and let them in again, where there are such.
fn suspension(chain: &Chain<'_>) -> Option<(StepId, StepId)> {
    let sets = |active: bool| {
        let of_chain = chain.steps.iter().find(|step| match &step.write {
            Write::Update { attributes, .. } => attributes.get(attribute::ACTIVE) == Some(&Value::Flag(active)),
            Write::Create { .. } | Write::Delete { .. } => false,
        });
        of_chain.map(|step| step.id)
    };
    Some((sets(false)?, sets(true)?))
}

fn field<'a>(change: &'a Change, path: &str) -> Option<&'a FieldChange> {
    change.fields.iter().find(|field| field.path == path)
}
