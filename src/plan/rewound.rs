//! The live state without what a run has done of its plan: what the plan was made against, as far as
//! plans count on it. Whatever still differs, others have changed.
//!
//! Not responsible for which steps are done (`begun`).

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::begun::{Chain, Left, chains};
use super::{Change, FieldChange, Plan, Precondition};
use crate::state::{Address, Kind, Live, LiveObject, LiveUser, LiveUsers, StepId, Value, Version, attribute, fold};

/// The live state as it was before the steps that are done. What steps wrote and nothing counts on
/// is not put back.
pub(super) fn before(plan: &Plan, done: &BTreeMap<StepId, Left>, live: &Live) -> Live {
    let mut view = View::new(plan, done);
    let mut before = Live {
        capabilities: live.capabilities.clone(),
        organization: live.organization.clone(),
        objects: live.objects.clone(),
        users: LiveUsers::default(),
        catalogue: None,
    };
    for (&kind, objects) in &mut before.objects {
        objects.retain(|object| !view.made.contains(&(kind, object.id.as_str())));
        for object in objects.iter_mut() {
            view.put_back(kind, object);
        }
    }
    for (kind, id) in &view.deleted {
        if *kind != Kind::User {
            let name = view.name_of(*kind, id);
            let version = view.versions.get(&(*kind, *id)).map_or(Version::default(), |&version| version.clone());
            let object = LiveObject { id: (*id).to_owned(), version, name, ..LiveObject::default() };
            before.objects.entry(*kind).or_default().push(object);
        }
    }
    for role in before.objects(Kind::Role) {
        view.role_ids.insert(fold(&role.name).into_owned(), role.id.clone());
    }
    if !view.has_users {
        before.users = live.users.clone();
        return before;
    }
    // Seats are counted by the target where it counts them.
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    let mut count = |user: &LiveUser<'_>, by: i64| {
        if user.active && !user.user_type.is_empty() {
            *used.entry(fold(user.user_type).into_owned()).or_default() += by;
        }
    };
    for user in live.users.iter() {
        let key = (Kind::User, user.id);
        if view.made.contains(&key) {
            count(&user, -1);
        } else if view.updated.contains(&key) {
            count(&user, -1);
            let mut earlier = user.clone();
            view.put_user_back(&mut earlier);
            count(&earlier, 1);
            before.users.push(&earlier);
        } else {
            before.users.push(&user);
        }
    }
    for (_, id) in view.deleted.iter().filter(|(kind, _)| *kind == Kind::User) {
        let name = view.name_of(Kind::User, id);
        let mut earlier = LiveUser {
            user_name: &name,
            id,
            version: "",
            display_name: "",
            active: true,
            user_type: "",
            roles: Vec::new(),
        };
        view.put_user_back(&mut earlier);
        count(&earlier, 1);
        before.users.push(&earlier);
    }
    for user_type in before.objects.get_mut(&Kind::UserType).into_iter().flatten() {
        let by = used.get(&*fold(&user_type.name)).copied().unwrap_or_default();
        user_type.in_use = user_type.in_use.map(|in_use| in_use.saturating_add_signed(by));
    }
    before
}

struct View<'p> {
    changes: HashMap<&'p Address, &'p Change>,
    versions: HashMap<(Kind, &'p str), &'p Version>,
    /// The addresses of the steps, by the ids of their objects.
    addresses: HashMap<(Kind, &'p str), &'p Address>,
    made: BTreeSet<(Kind, &'p str)>,
    updated: BTreeSet<(Kind, &'p str)>,
    deleted: BTreeSet<(Kind, &'p str)>,
    has_users: bool,
    /// By userName, folded, the role whose place another one takes.
    replaced: HashMap<String, &'p str>,
    /// The ids of the roles of before, by folded name.
    role_ids: HashMap<String, String>,
}

impl<'p> View<'p> {
    fn new(plan: &'p Plan, done: &'p BTreeMap<StepId, Left>) -> Self {
        let mut view = Self {
            changes: plan.changes.iter().map(|change| (&change.address, change)).collect(),
            versions: HashMap::new(),
            addresses: HashMap::new(),
            made: BTreeSet::new(),
            updated: BTreeSet::new(),
            deleted: BTreeSet::new(),
            has_users: false,
            replaced: HashMap::new(),
            role_ids: HashMap::new(),
        };
        for precondition in &plan.preconditions {
            if let Precondition::Object { address, id, version } = precondition {
                view.versions.insert((address.kind, id), version);
            }
        }
        for replacement in plan.changes.iter().filter_map(|change| change.replacement.as_ref()) {
            for holder in &replacement.holders {
                let old = replacement.old_id.as_deref();
                view.replaced.extend(old.map(|old| (fold(&holder.user_name).into_owned(), old)));
            }
        }
        for chain in chains(plan) {
            view.add(&chain, done);
        }
        view
    }

    fn add(&mut self, chain: &Chain<'p>, done: &'p BTreeMap<StepId, Left>) {
        let Some(last) = chain.steps.iter().rev().find_map(|step| done.get(&step.id)) else { return };
        self.has_users |= chain.kind == Kind::User;
        let is_gone = chain.deletes() && done.contains_key(&chain.steps[chain.steps.len() - 1].id);
        match chain.id {
            Some(id) => {
                self.addresses.insert((chain.kind, id), &chain.steps[0].address);
                let of = if is_gone { &mut self.deleted } else { &mut self.updated };
                of.insert((chain.kind, id));
            }
            None => {
                self.made.insert((chain.kind, last.id.as_str()));
            }
        }
    }

    /// What was live of an attribute, where the plan changes it.
    fn earlier(&self, kind: Kind, id: &str, attribute: &str) -> Option<&'p Value> {
        let change: &'p Change = self.changes.get(self.addresses.get(&(kind, id))?)?;
        let field: &'p FieldChange = change.fields.iter().find(|field| field.path == attribute)?;
        Some(&field.before)
    }

    fn name_of(&self, kind: Kind, id: &str) -> String {
        match self.earlier(kind, id, attribute::NAME) {
            Some(Value::Text(name)) => name.clone(),
            _ => self.addresses.get(&(kind, id)).map_or(String::new(), |address| address.name.clone()),
        }
    }

    fn put_back(&self, kind: Kind, object: &mut LiveObject) {
        let key = (kind, object.id.as_str());
        if !self.updated.contains(&key) {
            return;
        }
        if let Some(Value::Text(name)) = self.earlier(kind, &object.id, attribute::NAME) {
            object.name.clone_from(name);
        }
        match self.earlier(kind, &object.id, attribute::LICENSES) {
            Some(Value::Absent) => drop(object.attributes.remove(attribute::LICENSES)),
            Some(licenses) => drop(object.attributes.insert(attribute::LICENSES.to_owned(), licenses.clone())),
            None => {}
        }
        if let Some(&version) = self.versions.get(&(kind, object.id.as_str())) {
            object.version = version.clone();
        }
    }

    fn put_user_back<'u>(&'u self, user: &mut LiveUser<'u>) {
        let id = user.id;
        if let Some(Value::Flag(active)) = self.earlier(Kind::User, id, attribute::ACTIVE) {
            user.active = *active;
        }
        match self.earlier(Kind::User, id, attribute::USER_TYPE) {
            Some(Value::Text(user_type)) => user.user_type = user_type,
            Some(_) => user.user_type = "",
            None => {}
        }
        let id_of = |name: &String| self.role_ids.get(&*fold(name)).map(String::as_str);
        match self.earlier(Kind::User, id, attribute::ROLE) {
            Some(Value::Text(role)) => user.roles = id_of(role).into_iter().collect(),
            Some(Value::Names(roles)) => user.roles = roles.iter().filter_map(id_of).collect(),
            Some(_) => user.roles = Vec::new(),
            // Who gets the role that takes the place of theirs keeps it, as people see it.
            None => {
                if let Some(&old) = self.replaced.get(&*fold(user.user_name)) {
                    user.roles = vec![old];
                }
            }
        }
        if let Some(version) = self.versions.get(&(Kind::User, id)) {
            user.version = version.as_str();
        }
    }
}
