//! A small model of a platform, to carry plans out on: it refuses what real ones refuse.

use std::collections::{BTreeMap, BTreeSet};

use crate::generator::{Random, all_capabilities};
use crate::plan::{Plan, Precondition, Step, Write};
use crate::platform::{Creation, CustomRole, Mutability, Pack};
use crate::state::{
    Attributes, Binding, Kind, Live, LiveObject, LiveUser, LiveUsers, StepId, Value, Version, attribute, fold,
};

/// What the platform holds: objects by kind and id.
pub(super) struct Model {
    objects: BTreeMap<(Kind, String), Attributes>,
    next: u32,
    /// Whether two roles may be on their way to the same place.
    has_leftovers: bool,
}

impl Model {
    /// From here on what was made for other files may be in the way of what is made now.
    pub(super) fn meets_leftovers(&mut self) {
        self.has_leftovers = true;
    }

    pub(super) fn new(live: &Live) -> Self {
        let mut model = Self { objects: BTreeMap::new(), next: 0, has_leftovers: false };
        for (&kind, objects) in &live.objects {
            for object in objects {
                let mut attributes = object.attributes.clone();
                attributes.insert(attribute::NAME.to_owned(), Value::text(&*object.name));
                attributes.extend(object.mark.clone().map(|mark| (attribute::MARK.to_owned(), Value::Text(mark))));
                model.objects.insert((kind, object.id.clone()), attributes);
            }
        }
        for user in live.users.iter() {
            let attributes = Attributes::from([
                (attribute::NAME.to_owned(), Value::text(user.user_name)),
                (attribute::DISPLAY_NAME.to_owned(), Value::text(user.display_name)),
                (attribute::USER_TYPE.to_owned(), Value::text(user.user_type)),
                (attribute::ACTIVE.to_owned(), Value::Flag(user.active)),
                (attribute::ROLE.to_owned(), Value::Reference(Binding::Id(user.roles[0].to_owned()))),
            ]);
            model.objects.insert((Kind::User, user.id.to_owned()), attributes);
        }
        model
    }

    /// The state as planning reads it.
    pub(super) fn live(&self) -> Live {
        let mut live = Live { capabilities: all_capabilities(), ..Live::default() };
        let mut users = LiveUsers::default();
        for ((kind, id), attributes) in &self.objects {
            let mut attributes = attributes.clone();
            let name = text(&attributes, attribute::NAME).to_owned();
            if *kind == Kind::User {
                users.push(&LiveUser {
                    user_name: &name,
                    id,
                    version: "2",
                    display_name: text(&attributes, attribute::DISPLAY_NAME),
                    active: is_active(&attributes),
                    user_type: text(&attributes, attribute::USER_TYPE),
                    roles: vec![role(&attributes)],
                });
                continue;
            }
            attributes.remove(attribute::NAME);
            let mark = match attributes.remove(attribute::MARK) {
                Some(Value::Text(mark)) => Some(mark),
                _ => None,
            };
            attributes.retain(|_, value| *value != Value::Absent);
            let in_use = (*kind == Kind::UserType).then(|| self.used(&name));
            let version = Version::Etag("2".to_owned());
            let object = LiveObject { id: id.clone(), version, name, mark, built_in: None, attributes, in_use };
            live.objects.entry(*kind).or_default().push(object);
        }
        live.users = users;
        live
    }

    /// Per user, the name of the role that they hold.
    pub(super) fn held(&self) -> BTreeMap<String, String> {
        let name = |user: &Attributes| {
            let role = self.objects.get(&(Kind::Role, role(user).to_owned())).expect("a role that is there");
            (text(user, attribute::NAME).to_owned(), text(role, attribute::NAME).to_owned())
        };
        self.of(Kind::User).map(|(_, user)| name(user)).collect()
    }

    /// Carries a plan out, step by step, any step that is ready at any time, and looks at every
    /// state on the way.
    pub(super) fn apply(&mut self, plan: &Plan, pack: &Pack, random: &mut Random) -> Result<(), String> {
        self.apply_some(plan, pack, random, usize::MAX)?;
        let worst_is_kept = |seats: &crate::plan::SeatUse| seats.worst >= seats.after && seats.worst >= seats.before;
        if plan.seats.iter().all(worst_is_kept) { Ok(()) } else { Err("the worst is not the worst".to_owned()) }
    }

    /// Carries so many steps of a plan out, as if the run ended there.
    pub(super) fn apply_some(
        &mut self,
        plan: &Plan,
        pack: &Pack,
        random: &mut Random,
        most: usize,
    ) -> Result<(), String> {
        let by_grants = pack.roles.administrators.as_ref().map(|who| &who.permissions);
        let floor = Self::floor(plan);
        let mut made: BTreeMap<StepId, String> = BTreeMap::new();
        let mut done = BTreeSet::new();
        let mut open: Vec<usize> = (0..plan.steps.len()).collect();
        while !open.is_empty() && done.len() < most {
            let is_ready = |at: &usize| plan.steps[*at].waits_for.iter().all(|wait| done.contains(wait));
            let ready: Vec<usize> = (0..open.len()).filter(|&place| is_ready(&open[place])).collect();
            if ready.is_empty() {
                return Err("no step is ready".to_owned());
            }
            let step = &plan.steps[open.swap_remove(ready[random.below(ready.len())])];
            let refused = |why: String| format!("{} {}: {why}", step.id, step.address);
            self.write(pack, step, &mut made).map_err(refused)?;
            self.check_marks().map_err(refused)?;
            if let Some((roles, least)) = &floor
                && self.administrators(roles, by_grants) < *least
            {
                return Err(refused(format!("fewer than {least} administrators are left")));
            }
            done.insert(step.id);
        }
        Ok(())
    }

    /// A role is replaced by one other.
    fn check_marks(&self) -> Result<(), String> {
        let marks = self.of(Kind::Role).map(|(_, role)| text(role, attribute::MARK));
        let mut next: Vec<&str> = marks.filter(|mark| mark.ends_with("#next")).collect();
        let all = next.len();
        next.sort_unstable();
        next.dedup();
        if next.len() == all || self.has_leftovers {
            Ok(())
        } else {
            Err("two roles are to take the same place".to_owned())
        }
    }

    /// The administrators' roles and how many there must be, where the plan has proved it.
    fn floor(plan: &Plan) -> Option<(Vec<String>, u64)> {
        plan.preconditions.iter().find_map(|precondition| match precondition {
            Precondition::Administrators { roles, active } => Some((roles.clone(), (*active).min(2))),
            _ => None,
        })
    }

    fn administrators(&self, roles: &[String], by_grants: Option<&BTreeSet<String>>) -> u64 {
        let has_right = |id: &str| match by_grants {
            None => roles.iter().any(|role| role == id),
            Some(rights) => {
                match self.objects.get(&(Kind::Role, id.to_owned())).and_then(|role| role.get(attribute::PERMISSIONS)) {
                    Some(Value::Names(grants)) => grants.iter().any(|grant| {
                        rights.contains(grant)
                            || grant.split_once('.').is_some_and(|(entity, _)| rights.contains(entity))
                    }),
                    _ => false,
                }
            }
        };
        let is_one = |user: &&Attributes| is_active(user) && has_right(role(user));
        self.of(Kind::User).map(|(_, user)| user).filter(is_one).count() as u64
    }

    fn write(&mut self, pack: &Pack, step: &Step, made: &mut BTreeMap<StepId, String>) -> Result<(), String> {
        let (kind, write, step) = (step.address.kind, &step.write, step.id);
        let id_of = |binding: &Binding, made: &BTreeMap<StepId, String>| match binding {
            Binding::Id(id) => id.clone(),
            Binding::CreatedBy(step) => made[step].clone(),
        };
        let (id, changes) = match write {
            Write::Delete { id } => {
                let id = id_of(id, made);
                self.check_unused(kind, &id)?;
                self.objects.remove(&(kind, id)).ok_or("it is gone")?;
                return Ok(());
            }
            Write::Create { attributes } => {
                self.next += 1;
                let id = format!("new{}", self.next);
                made.insert(step, id.clone());
                let is_there = |(_, object): (_, &Attributes)| {
                    fold(text(object, attribute::NAME)) == fold(text(attributes, attribute::NAME))
                };
                if self.of(kind).any(is_there) {
                    return Err("the name is taken".to_owned());
                }
                if kind == Kind::Role
                    && pack.roles.creation == Creation::PermissionsFollow
                    && attributes.contains_key(attribute::PERMISSIONS)
                {
                    return Err("permissions follow".to_owned());
                }
                self.objects.insert((kind, id.clone()), Attributes::new());
                (id, attributes)
            }
            Write::Update { id, attributes } => (id_of(id, made), attributes),
        };
        let mut object = self.objects.get(&(kind, id.clone())).ok_or("it is gone")?.clone();
        let before = object.clone();
        for (name, value) in changes {
            let value = match value {
                Value::Reference(binding) => Value::Reference(Binding::Id(id_of(binding, made))),
                other => other.clone(),
            };
            object.insert(name.clone(), value);
        }
        if kind == Kind::Role && !before.is_empty() {
            check_immutable(pack, &before, &object)?;
        }
        self.check(kind, &before, &object)?;
        self.objects.insert((kind, id), object);
        Ok(())
    }

    /// What a platform refuses: names that stand for nothing, and seats that are not free.
    fn check(&self, kind: Kind, before: &Attributes, after: &Attributes) -> Result<(), String> {
        let known = |kind: Kind, name: &str| {
            let is_it = |(_, object): (_, &Attributes)| fold(text(object, attribute::NAME)) == fold(name);
            if name.is_empty() || self.of(kind).any(is_it) { Ok(()) } else { Err(format!("no {kind} `{name}`")) }
        };
        match kind {
            Kind::Role => {
                known(Kind::UserType, text(after, attribute::USER_TYPE))?;
                for (kind, name) in
                    [(Kind::Classification, attribute::CLASSIFICATIONS), (Kind::Segment, attribute::SEGMENTS)]
                {
                    if let Some(Value::Names(names)) = after.get(name) {
                        names.iter().try_for_each(|name| known(kind, name))?;
                    }
                }
            }
            Kind::User => {
                self.objects.get(&(Kind::Role, role(after).to_owned())).ok_or("no such role")?;
                let user_type = text(after, attribute::USER_TYPE);
                known(Kind::UserType, user_type)?;
                let had_seat = is_active(before) && fold(text(before, attribute::USER_TYPE)) == fold(user_type);
                if is_active(after) && !had_seat && !user_type.is_empty() {
                    let is_it = |(_, object): &(_, &Attributes)| fold(text(object, attribute::NAME)) == fold(user_type);
                    let found = self.of(Kind::UserType).find(is_it).map(|(_, user_type)| user_type);
                    if let Some(&Value::Count(licenses)) = found.and_then(|found| found.get(attribute::LICENSES))
                        && self.used(user_type) >= licenses
                    {
                        return Err(format!("no seat of `{user_type}` is free"));
                    }
                }
            }
            Kind::UserType => {
                if let Some(&Value::Count(licenses)) = after.get(attribute::LICENSES)
                    && before.get(attribute::LICENSES) != after.get(attribute::LICENSES)
                    && self.used(text(after, attribute::NAME)) > licenses
                {
                    return Err("more seats are used".to_owned());
                }
            }
            Kind::Classification | Kind::Segment => {}
        }
        Ok(())
    }

    fn check_unused(&self, kind: Kind, id: &str) -> Result<(), String> {
        let object = self.objects.get(&(kind, id.to_owned())).ok_or("it is gone")?;
        let name = text(object, attribute::NAME);
        let is_held = match kind {
            Kind::Role => self.of(Kind::User).any(|(_, user)| role(user) == id),
            Kind::User => false,
            _ => self.of(Kind::Role).chain(self.of(Kind::User)).flat_map(|(_, object)| object.values()).any(|value| {
                match value {
                    Value::Names(names) => names.iter().any(|used| fold(used) == fold(name)),
                    Value::Text(used) => kind == Kind::UserType && fold(used) == fold(name),
                    _ => false,
                }
            }),
        };
        if is_held { Err("it is in use".to_owned()) } else { Ok(()) }
    }

    fn used(&self, user_type: &str) -> u64 {
        let wanted = fold(user_type);
        let holds = |user: &&Attributes| is_active(user) && fold(text(user, attribute::USER_TYPE)) == wanted;
        self.of(Kind::User).map(|(_, user)| user).filter(holds).count() as u64
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (&String, &Attributes)> {
        self.objects.iter().filter(move |((of, _), _)| *of == kind).map(|((_, id), object)| (id, object))
    }
}

/// What cannot change of a role that is there.
fn check_immutable(pack: &Pack, before: &Attributes, after: &Attributes) -> Result<(), String> {
    let rules = &pack.roles;
    for (name, value) in after.iter().filter(|(name, _)| *name != attribute::MARK) {
        let before = before.get(name).unwrap_or(&Value::Absent);
        let was_set = *before != Value::Absent;
        let follows = name == attribute::PERMISSIONS && rules.creation == Creation::PermissionsFollow && !was_set;
        let is_immutable = match rules.custom_role {
            CustomRole::Immutable => !follows,
            CustomRole::MappingOnly if name == attribute::USER_TYPE => was_set,
            _ if name == attribute::NAME => rules.name == Mutability::Immutable,
            _ => was_set && rules.attributes.get(name).is_some_and(|rules| rules.mutability == Mutability::Immutable),
        };
        if is_immutable && before != value {
            return Err(format!("{name} cannot change"));
        }
    }
    Ok(())
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    match attributes.get(name) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

fn role(attributes: &Attributes) -> &str {
    match attributes.get(attribute::ROLE) {
        Some(Value::Reference(Binding::Id(id))) => id,
        _ => "",
    }
}

fn is_active(attributes: &Attributes) -> bool {
    attributes.get(attribute::ACTIVE) == Some(&Value::Flag(true))
}
