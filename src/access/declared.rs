//! What the files want as a [`Standing`], without a target.
//!
//! Files say less than a target knows: users in no file are unknown, and so is what a role grants
//! of which only the target knows. That is said in the notes.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Standing;
use super::live::{attributes_at_first, in_order, kind_of};
use super::standing::{Role, Seats, Users};
use crate::plan::{entities, type_key};
use crate::platform::{BuiltInRole, Pack, Section, VocabularyMode};
use crate::state::{Assignments, Desired, DesiredObject, Kind, Value, attribute, fold};

impl<'a> Standing<'a> {
    /// What everybody may do when the files are applied, as far as they say it.
    #[must_use]
    pub fn of_desired(desired: &'a Desired, pack: &'a Pack) -> Self {
        let users = desired.assignments.as_ref();
        let mut standing = Self {
            pack,
            entities: entities(pack, None),
            roles: Vec::new(),
            users: Users::Declared { users, of_word: Vec::new() },
            sorted: Vec::new(),
            options: Section::ALL.into_iter().map(|section| (section, options(desired, pack, section))).collect(),
            seats: seats(desired),
            notes: vec![
                "from the files alone: users, roles and permissions that are in none of them are unknown".into(),
            ],
        };
        roles(&mut standing, desired);
        // What is assigned and not declared is on the target; what it grants is known there.
        let mut known = standing.positions();
        let mut seen = vec![false; users.map_or(0, |users| users.words().len())];
        for (users, row) in users.into_iter().flat_map(|users| (0..users.len()).map(move |row| (users, row))) {
            let word = users.role(row).0 as usize;
            let name = users.get(row).role;
            if std::mem::replace(&mut seen[word], true) {
                continue;
            }
            if let Entry::Vacant(unknown) = known.entry(fold(name).into_owned()) {
                unknown.insert(standing.roles.len());
                standing.roles.push(Role {
                    name,
                    built_in: None,
                    is_protected: false,
                    attributes: BTreeMap::new(),
                    grants: None,
                    holders: Vec::new(),
                });
            }
        }
        standing.roles.sort_by_cached_key(|role| fold(role.name).into_owned());
        let positions = standing.positions();
        let of_word = users.into_iter().flat_map(Assignments::words).map(|word| positions.get(&*fold(word)).copied());
        let of_word = of_word.collect();
        let silent: Vec<&str> =
            standing.roles.iter().filter(|role| role.grants.is_none()).map(|role| role.name).collect();
        if !silent.is_empty() {
            let names = silent.join("`, `");
            standing.notes.push(format!("the files do not say what these roles grant; what is live stays: `{names}`"));
        }
        standing.users = Users::Declared { users, of_word };
        standing.finish()
    }
}

/// The declared roles and the built-in ones in no file, as the pack has them at first.
fn roles<'a>(standing: &mut Standing<'a>, desired: &'a Desired) {
    let pack = standing.pack;
    let built_in = &pack.roles.built_in;
    let mut left: BTreeSet<&str> = built_in.roles.keys().map(String::as_str).collect();
    for object in desired.objects.get(&Kind::Role).into_iter().flat_map(BTreeMap::values) {
        let key = object.built_in.as_deref();
        let known = key.and_then(|key| built_in.roles.get_key_value(key));
        if let Some((key, _)) = known {
            left.remove(key.as_str());
        }
        let role = declared(standing, object, known);
        standing.roles.push(role);
    }
    let removed = |role: &BuiltInRole| desired.removed_roles.contains_key(&*fold(&role.name));
    let mut untouched = 0;
    for key in left {
        let (key, role) = built_in.roles.get_key_value(key).expect("the key is one of theirs");
        if !removed(role) {
            untouched += 1;
            let role = at_first(standing, key, role);
            standing.roles.push(role);
        }
    }
    if untouched > 0 {
        standing.notes.push(format!(
            "built-in roles that no file names are taken as the platform brings them along: {untouched}"
        ));
    }
}

fn declared<'a>(
    standing: &Standing<'a>,
    object: &'a DesiredObject,
    built_in: Option<(&'a String, &'a BuiltInRole)>,
) -> Role<'a> {
    let mut role = match built_in {
        Some((key, known)) => at_first(standing, key, known),
        None => Role {
            name: &object.name,
            built_in: None,
            is_protected: false,
            attributes: BTreeMap::new(),
            grants: None,
            holders: Vec::new(),
        },
    };
    role.name = &object.name;
    for (name, declared) in object.attributes.iter().filter(|(name, _)| *name != attribute::PERMISSIONS) {
        role.attributes.insert(name, Cow::Borrowed(&declared.value));
    }
    let is_master = built_in.is_some_and(|(_, known)| known.is_master());
    if let Some(declared) = object.attributes.get(attribute::PERMISSIONS).filter(|_| !is_master) {
        let written = match &declared.value {
            Value::Names(grants) => grants.clone(),
            _ => BTreeSet::new(),
        };
        role.grants = Some(standing.catalogue().normal(written));
    }
    role
}

/// A built-in role as the platform brings it along.
fn at_first<'a>(standing: &Standing<'a>, key: &'a str, role: &'a BuiltInRole) -> Role<'a> {
    let pack = standing.pack;
    let user_type = role.attributes.get(attribute::USER_TYPE).and_then(|names| names.first());
    let user_type = user_type.map(|name| type_key(pack, name));
    let set = &role.permissions;
    let grants = standing.catalogue().expand(set.all, &set.except, &set.only, user_type.as_deref());
    Role {
        name: &role.name,
        built_in: Some(key),
        is_protected: false,
        attributes: attributes_at_first(pack, role),
        grants: Some(grants),
        holders: Vec::new(),
    }
}

fn seats(desired: &Desired) -> BTreeMap<&str, Seats> {
    let types = desired.objects.get(&Kind::UserType).into_iter().flat_map(BTreeMap::values);
    let seats = types.map(|object| {
        let capacity = match object.attributes.get(attribute::LICENSES).map(|declared| &declared.value) {
            Some(Value::Count(seats)) => Some(*seats),
            _ => None,
        };
        (object.name.as_str(), Seats { capacity, announced: None })
    });
    seats.collect()
}

/// What a vocabulary offers by the files: their section, and for a vendor's without one all of it.
fn options<'a>(desired: &'a Desired, pack: &'a Pack, section: Section) -> Vec<&'a str> {
    let vocabulary = pack.vocabulary(section);
    let stated = desired.objects.get(&kind_of(section));
    let of_vendor = || vocabulary.values.iter().map(|value| value.name.as_str());
    let of_files = || stated.into_iter().flat_map(BTreeMap::values).map(|object| object.name.as_str());
    let names = match vocabulary.mode {
        VocabularyMode::Absent => Vec::new(),
        VocabularyMode::Closed => of_vendor().collect(),
        VocabularyMode::Tenant if stated.is_none() => of_vendor().collect(),
        VocabularyMode::Tenant | VocabularyMode::Managed => of_files().collect(),
    };
    in_order(pack, section, names)
}
