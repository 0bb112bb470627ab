//! Taking a run back: what the files would have to say for everything that it did to be as it was.
//!
//! Pure: from the run's plan, the steps that were done and the live state to what is wanted, and to
//! what stands against it. The plan that follows is made like any other, under every guard and proof.
//! Only what the run touched is said; what others have changed since is a conflict, what is back
//! already is left alone.

mod objects;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::begun::{Chain, Left, chains, outcome};
use super::findings::few;
use super::whole::{Found, Whole};
use super::{Action, Change, FieldChange, Plan};
use crate::state::{Address, Attributes, Desired, Kind, Live, StepId, Value, attribute, fold};

/// What takes a run back.
#[derive(Clone, Debug, Default)]
pub struct Undoing {
    /// What is wanted: the values of before for what the run touched, and nothing else.
    pub desired: Desired,
    /// What others have changed since, one sentence each with what it was, what the run made it and
    /// what it is.
    pub conflicts: Vec<String>,
    /// What cannot be as it was before, one sentence each.
    pub notes: Vec<String>,
    /// Per object of the new plan, the fields that the run changed.
    expected: BTreeMap<(Kind, String), Vec<FieldChange>>,
}

/// Finds what takes a run back. `done` has the steps that are done, with how they left their
/// objects, and without that those that may be done.
#[must_use]
pub fn undoing(plan: &Plan, done: &BTreeMap<StepId, Option<Left>>, live: &Live) -> Undoing {
    let mut view = View::new(plan, done, live);
    let (objects, users): (Vec<_>, Vec<_>) =
        view.touched().into_iter().partition(|(change, _)| change.kind != Kind::User);
    for (change, chains) in &objects {
        view.object(change, chains);
    }
    view.holders(&users);
    for (change, chains) in &users {
        view.user(change, chains);
    }
    let again = std::mem::take(&mut view.again);
    if !again.is_empty() {
        let names: Vec<String> = again.iter().map(ToString::to_string).collect();
        view.undoing.notes.push(format!(
            "made again with a new id and with what the plan knows of it, nothing else: {}",
            few(names.iter().map(String::as_str), names.len())
        ));
    }
    if !plan.manual.is_empty() {
        let names: Vec<String> = plan.manual.iter().map(|manual| manual.address.to_string()).collect();
        view.undoing.notes.push(format!(
            "what a person did by hand for this run is left to a person again: {}",
            few(names.iter().map(String::as_str), names.len())
        ));
    }
    view.undoing
}

impl Undoing {
    /// Whether there is nothing to take back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Desired { objects, assignments, removed_roles, removed_users, removed_values, sources: _ } = &self.desired;
        objects.is_empty()
            && assignments.is_none()
            && removed_roles.is_empty()
            && removed_users.is_empty()
            && removed_values.as_ref().is_none_or(BTreeSet::is_empty)
    }

    /// What the plan that takes the run back would overwrite although it is not as the run made it:
    /// both were compared by the same rules.
    #[must_use]
    pub fn conflicts_with(&self, plan: &Plan) -> Vec<String> {
        let changed = plan.changes.iter().filter(|change| matches!(change.action, Action::Update | Action::Replace));
        let mut conflicts = Vec::new();
        for change in changed {
            let key = (change.kind, fold(&change.address.name).into_owned());
            let Some(expected) = self.expected.get(&key) else { continue };
            for field in change.fields.iter().filter(|field| is_compared(&field.path)) {
                let made = expected.iter().find(|made| made.path == field.path);
                if let Some(made) = made.filter(|made| !same(&made.after, &field.before)) {
                    conflicts.push(conflict(&change.address, &field.path, [&made.before, &made.after, &field.before]));
                }
            }
        }
        conflicts
    }
}

/// Names are compared where objects are looked up, and marks are nobody's but ours.
fn is_compared(path: &str) -> bool {
    path != attribute::NAME && path != attribute::MARK
}

/// Whether two values mean the same; targets may spell names otherwise.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Names(one), Value::Names(other)) => {
            let folded =
                |names: &BTreeSet<String>| names.iter().map(|name| fold(name).into_owned()).collect::<BTreeSet<_>>();
            one == other || folded(one) == folded(other)
        }
        (one, other) => one == other,
    }
}

/// A value that somebody has changed: what it was, what the run made it, what it is.
fn conflict(address: &Address, path: &str, [was, made, is]: [&Value; 3]) -> String {
    let (was, made, is) = (shown(was), shown(made), shown(is));
    format!("`{address}`, {path}: it was {was}, the run made it {made}, and it is {is} now")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Absent | Value::Reference(_) => "nothing".to_owned(),
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Count(count) => count.to_string(),
        Value::Text(text) => format!("`{text}`"),
        Value::Names(names) => few(names.iter().map(String::as_str), names.len()),
    }
}

/// What taking back looks at.
struct View<'a> {
    plan: &'a Plan,
    live: &'a Live,
    whole: Whole<'a>,
    done: &'a BTreeMap<StepId, Option<Left>>,
    /// How steps left their objects, as far as that is known or can be seen.
    left: BTreeMap<StepId, Left>,
    /// What roles are called in the end, by id.
    names: HashMap<String, String>,
    /// The roles that the run has made and that go, by id.
    leaving: BTreeMap<String, Address>,
    /// What is made again.
    again: Vec<Address>,
    undoing: Undoing,
}

/// A change of the run with the steps on its objects of which one at least may be done.
type Touched<'a> = (&'a Change, Vec<Chain<'a>>);

impl<'a> View<'a> {
    fn new(plan: &'a Plan, done: &'a BTreeMap<StepId, Option<Left>>, live: &'a Live) -> Self {
        let left = done.iter().filter_map(|(&step, left)| Some((step, left.clone()?))).collect();
        let mut view = Self {
            plan,
            live,
            whole: Whole::new(live),
            done,
            left,
            names: HashMap::new(),
            leaving: BTreeMap::new(),
            again: Vec::new(),
            undoing: Undoing::default(),
        };
        view.undoing.desired.removed_values = Some(BTreeSet::new());
        for chain in chains(plan).iter().filter(|chain| chain.id.is_none()) {
            let first = chain.steps[0].id;
            if done.get(&first).is_some_and(Option::is_none)
                && let Some(id) = view.seen(chain)
            {
                view.left.insert(first, Left { id, version: None });
            }
        }
        view
    }

    /// The id of what a step in doubt has made, where there is something that is as it makes it.
    fn seen(&self, chain: &Chain<'_>) -> Option<String> {
        (1..=chain.steps.len()).rev().find_map(|count| {
            let attributes = outcome(&chain.steps[..count], &self.left)?;
            let Some(Value::Text(name)) = attributes.get(attribute::NAME) else { return None };
            let found = self.whole.by_name(chain.kind, name).into_iter().find(|found| found.has(&attributes));
            found.map(|found| found.id().to_owned())
        })
    }

    /// The changes of which something may be done, with the steps.
    fn touched(&self) -> Vec<Touched<'a>> {
        let mut changes: HashMap<(Kind, &str), usize> = HashMap::new();
        for (at, change) in self.plan.changes.iter().enumerate() {
            changes.insert((change.kind, &change.address.name), at);
        }
        for (at, change) in self.plan.changes.iter().enumerate() {
            let Some(replacement) = &change.replacement else { continue };
            let old = change.fields.iter().find(|field| field.path == attribute::NAME).map(|field| &field.before);
            let old = if let Some(Value::Text(old)) = old { Some(old.as_str()) } else { None };
            for name in replacement.temporary_name.as_deref().into_iter().chain(old) {
                changes.entry((Kind::Role, name)).or_insert(at);
            }
        }
        let mut touched: BTreeMap<usize, Vec<Chain<'a>>> = BTreeMap::new();
        for chain in chains(self.plan) {
            let at =
                chain.steps.iter().find_map(|step| changes.get(&(chain.kind, step.address.name.as_str())).copied());
            if let Some(at) = at.filter(|_| chain.steps.iter().any(|step| self.done.contains_key(&step.id))) {
                touched.entry(at).or_default().push(chain);
            }
        }
        touched.into_iter().map(|(at, chains)| (&self.plan.changes[at], chains)).collect()
    }

    /// The id of the object of these steps, as far as it is known.
    fn id_of<'c>(&'c self, chain: &Chain<'c>) -> Option<&'c str> {
        let left = || chain.steps.iter().rev().find_map(|step| self.left.get(&step.id));
        chain.id.or_else(|| left().map(|left| left.id.as_str()))
    }

    /// Whether the run may have deleted the object.
    fn may_be_deleted(&self, chain: &Chain<'_>) -> bool {
        chain.deletes() && self.done.contains_key(&chain.steps[chain.steps.len() - 1].id)
    }

    /// What the steps that may be done leave the object as: the furthest state that it can be seen
    /// in, else the last one.
    fn made(&self, chain: &Chain<'_>, found: &Found<'_>) -> Attributes {
        let count = chain.steps.iter().take_while(|step| self.done.contains_key(&step.id)).count();
        let states = (1..=count).rev().filter_map(|count| outcome(&chain.steps[..count], &self.left));
        let mut states: Vec<Attributes> = states.collect();
        match states.iter().position(|state| found.has(state)) {
            Some(at) => states.swap_remove(at),
            None => states.into_iter().next().unwrap_or_default(),
        }
    }

    /// Says how an object that the run has made, or that it has deleted and that is there again, is
    /// not as it should be; returns whether it is.
    fn is_as(&mut self, address: &Address, found: &Found<'_>, made: &Attributes) -> bool {
        let differing = made.iter().filter(|(name, value)| is_compared(name) && !same(&found.get(name), value));
        let differing: Vec<(&String, &Value)> = differing.collect();
        let is_same = differing.is_empty();
        for (name, value) in differing {
            let (mut value, mut is) = (value.clone(), found.get(name));
            if address.kind == Kind::User && name == attribute::ROLE {
                (value, is) = (self.role_name(&value), self.role_name(&is));
            }
            self.undoing.conflicts.push(conflict(address, name, [&Value::Absent, &value, &is]));
        }
        is_same
    }

    /// The name of a role for people, from its id.
    fn role_name(&self, id: &Value) -> Value {
        let name = |id: &String| match self.whole.by_id(Kind::Role, id) {
            Some(role) => role.name().to_owned(),
            None => id.clone(),
        };
        match id {
            Value::Text(id) => Value::Text(name(id)),
            Value::Names(ids) => Value::names(ids.iter().map(name)),
            other => other.clone(),
        }
    }
}
