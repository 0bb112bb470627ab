//! Taking back what a run did to roles and to the values of vocabularies.

use super::super::begun::Chain;
use super::super::whole::Found;
use super::super::{Action, Change, FieldChange};
use super::{Touched, View, conflict, is_compared};
use crate::state::{Attributes, Declared, DesiredObject, Kind, RemovedRole, Value, attribute, fold};

/// How the mark ends on what shall take another one's place.
const NEXT: &str = "#next";

impl<'a> View<'a> {
    /// Takes back the change of an object.
    pub(super) fn object(&mut self, change: &'a Change, chains: &[Chain<'a>]) {
        match change.action {
            Action::Create => self.unmake(change, &chains[0]),
            Action::Delete => self.make_again(change, &chains[0]),
            Action::Update => self.change_back(change, &chains[0]),
            Action::Replace => self.replace_back(change, chains),
        }
    }

    /// What the run has made goes.
    fn unmake(&mut self, change: &Change, chain: &Chain<'_>) {
        let Some(id) = self.id_of(chain).map(str::to_owned) else { return self.unless_another(change) };
        let Some(found) = self.whole.by_id(change.kind, &id) else { return };
        let made = self.made(chain, &found);
        if !self.is_unchanged(change, chain, &found, &made) {
            return;
        }
        let (kind, name) = (change.kind, found.name().to_owned());
        let key = fold(&name).into_owned();
        if kind == Kind::Role {
            self.leaving.insert(id, change.address.clone());
            let removed = RemovedRole { name, reassign_to: None, span: None };
            self.undoing.desired.removed_roles.insert(key, removed);
        } else {
            self.undoing.desired.removed_values.get_or_insert_default().insert((kind, key));
        }
    }

    /// A step in doubt whose object is there and is not as the step makes it: it cannot be told whose
    /// it is.
    fn unless_another(&mut self, change: &Change) {
        if let Some(found) = self.whole.by_name(change.kind, &change.address.name).first() {
            let (address, id) = (&change.address, found.id());
            let message = format!(
                "`{address}` (id {id}) is not as the run makes it, and the run does not know whether it made it"
            );
            self.undoing.conflicts.push(message);
        }
    }

    /// Whether nobody has changed what the run has made: what it did not set is still not there.
    fn is_unchanged(&mut self, change: &Change, chain: &Chain<'_>, found: &Found<'_>, made: &Attributes) -> bool {
        let address = &change.address;
        let version = chain.steps.iter().rev().find_map(|step| self.left.get(&step.id)?.version.as_ref());
        if version.is_some_and(|version| version.as_str() == found.version().as_str()) {
            return true;
        }
        let mut is_same = self.is_as(address, found, made);
        if let Some(name) = made.get(attribute::NAME).filter(|name| **name != found.get(attribute::NAME)) {
            let is = found.get(attribute::NAME);
            self.undoing.conflicts.push(conflict(address, attribute::NAME, [&Value::Absent, name, &is]));
            is_same = false;
        }
        let Found::Object(object) = found else { return is_same };
        let capability = self.live.capabilities.kinds.get(&change.kind);
        let can_be_set = |name: &str| capability.is_some_and(|capability| capability.holds(name));
        for (name, is) in object.attributes.iter().filter(|(name, _)| can_be_set(name) && !made.contains_key(*name)) {
            self.undoing.conflicts.push(conflict(address, name, [&Value::Absent, &Value::Absent, is]));
            is_same = false;
        }
        is_same
    }

    /// What the run has deleted is made again.
    fn make_again(&mut self, change: &'a Change, chain: &Chain<'_>) {
        if !self.may_be_deleted(chain) || chain.id.is_some_and(|id| self.whole.by_id(change.kind, id).is_some()) {
            return;
        }
        let (kind, name) = (change.kind, &change.address.name);
        let capability = self.live.capabilities.kinds.get(&kind);
        let can_be_set = |name: &str| capability.is_some_and(|capability| capability.holds(name));
        let before: Attributes = (change.fields.iter())
            .filter(|field| is_compared(&field.path) && can_be_set(&field.path) && field.before != Value::Absent)
            .map(|field| (field.path.clone(), field.before.clone()))
            .collect();
        if let Some(found) = self.whole.by_name(kind, name).into_iter().next() {
            // Somebody has made it again.
            self.is_as(&change.address, &found, &before);
            return;
        }
        self.again.push(change.address.clone());
        self.want(kind, name, None, before.into_iter());
    }

    /// What the run has changed gets what it had.
    fn change_back(&mut self, change: &'a Change, chain: &Chain<'_>) {
        let Some(found) = self.id_of(chain).and_then(|id| self.whole.by_id(change.kind, id)) else {
            return self.gone(change);
        };
        let is_back = |field: &FieldChange| match (&field.before, found.get(attribute::NAME)) {
            (Value::Text(before), Value::Text(is)) => *before == is,
            _ => false,
        };
        let (mut name, mut previously) = (found.name().to_owned(), None);
        if let Some(field) = change.fields.iter().find(|field| field.path == attribute::NAME && !is_back(field)) {
            let (Value::Text(before), Value::Text(after)) = (&field.before, &field.after) else { return };
            if name != *after {
                let is = Value::text(name);
                self.undoing.conflicts.push(conflict(
                    &change.address,
                    attribute::NAME,
                    [&field.before, &field.after, &is],
                ));
                return;
            }
            (name, previously) = (before.clone(), Some(after.clone()));
        }
        let is_kept = |field: &&FieldChange| match (&*field.path, &field.before) {
            (attribute::NAME, _) => false,
            // A replacement that was under way stays what it has become.
            (attribute::MARK, Value::Text(mark)) => !mark.ends_with(NEXT),
            _ => true,
        };
        let before = change.fields.iter().filter(is_kept).map(|field| (field.path.clone(), field.before.clone()));
        self.names.insert(found.id().to_owned(), name.clone());
        self.expect(change, &name);
        self.want(change.kind, &name, previously, before);
    }

    /// A role that took another one's place gives it back, by a replacement again.
    fn replace_back(&mut self, change: &'a Change, chains: &[Chain<'a>]) {
        let ids: Vec<String> = chains.iter().filter_map(|chain| self.id_of(chain)).map(str::to_owned).collect();
        let is_there = ids.iter().any(|id| self.whole.by_id(Kind::Role, id).is_some());
        if !is_there && self.whole.by_name(Kind::Role, &change.address.name).is_empty() {
            return self.gone(change);
        }
        let renamed = change.fields.iter().find(|field| field.path == attribute::NAME);
        let (name, previously) = match renamed.map(|field| (&field.before, &field.after)) {
            Some((Value::Text(before), Value::Text(after))) => (before.clone(), Some(after.clone())),
            _ => (change.address.name.clone(), None),
        };
        for id in ids {
            self.names.insert(id, name.clone());
        }
        let before = change.fields.iter().filter(|field| is_compared(&field.path));
        let before = before.map(|field| (field.path.clone(), field.before.clone()));
        self.expect(change, &name);
        self.want(Kind::Role, &name, previously, before);
    }

    fn gone(&mut self, change: &Change) {
        self.undoing.conflicts.push(format!("`{}` is gone", change.address));
    }

    fn expect(&mut self, change: &Change, name: &str) {
        self.undoing.expected.insert((change.kind, fold(name).into_owned()), change.fields.clone());
    }

    fn want(
        &mut self,
        kind: Kind,
        name: &str,
        previously: Option<String>,
        attributes: impl Iterator<Item = (String, Value)>,
    ) {
        let attributes = attributes.map(|(name, value)| (name, Declared { value, span: None })).collect();
        let object = DesiredObject {
            name: name.to_owned(),
            attributes,
            previously: previously.into_iter().collect(),
            ..DesiredObject::default()
        };
        self.undoing.desired.objects.entry(kind).or_default().insert(fold(name).into_owned(), object);
    }

    /// Who has got a role since that the run has made would be left without one.
    pub(super) fn holders(&mut self, users: &[Touched<'a>]) {
        if self.leaving.is_empty() {
            return;
        }
        let ours: hashbrown::HashSet<String> =
            users.iter().map(|(change, _)| fold(&change.address.name).into_owned()).collect();
        for user in self.live.users.iter() {
            let role = user.roles.iter().find_map(|role| self.leaving.get(*role));
            if let Some(role) = role.filter(|_| !ours.contains(&*fold(user.user_name))) {
                let message = format!("`user/{}` has got `{role}` since, which the run has made", user.user_name);
                self.undoing.conflicts.push(message);
            }
        }
    }
}
