//! The live state as a [`Standing`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Standing;
use super::standing::{Role, Seats, Users};
use crate::plan::{entities, type_key};
use crate::platform::{BuiltInRole, Form, Pack, Section, VocabularyMode};
use crate::state::{Kind, Live, LiveObject, Value, attribute, fold};

impl<'a> Standing<'a> {
    /// What everybody may do on the target.
    #[must_use]
    pub fn of_live(live: &'a Live, pack: &'a Pack) -> Self {
        let mut standing = Self {
            pack,
            entities: entities(pack, live.catalogue.as_ref()),
            roles: Vec::new(),
            users: Users::Live { users: &live.users, of_word: Vec::new() },
            sorted: Vec::new(),
            options: Section::ALL.into_iter().map(|section| (section, options(live, pack, section))).collect(),
            seats: seats(live),
            notes: Vec::new(),
        };
        let mut objects: Vec<&LiveObject> = live.objects(Kind::Role).iter().collect();
        objects.sort_by_cached_key(|object| (fold(&object.name), &object.id));
        // A target that does not say which roles are built in has them under the pack's names.
        let says_built_in = objects.iter().any(|object| object.built_in.is_some());
        for object in &objects {
            standing.roles.push(role(&standing, object, says_built_in));
        }
        let positions: BTreeMap<&str, usize> =
            objects.iter().enumerate().map(|(at, object)| (object.id.as_str(), at)).collect();
        let of_word = live.users.words().map(|word| positions.get(word).copied()).collect();
        standing.users = Users::Live { users: &live.users, of_word };
        standing.notes.extend(live.capabilities.degradations.iter().cloned());
        let collisions = live.users.collisions().count();
        if collisions > 0 {
            standing
                .notes
                .push(format!("users whose names differ from another one's only in case, not counted: {collisions}"));
        }
        standing.finish()
    }
}

fn role<'a>(standing: &Standing<'a>, object: &'a LiveObject, says_built_in: bool) -> Role<'a> {
    let pack = standing.pack;
    let key = fold(&object.name);
    let by_name = || pack.roles.built_in.named(|name| fold(name) == key).map(|(built_in, _)| built_in);
    let built_in = object.built_in.as_deref().or_else(|| if says_built_in { None } else { by_name() });
    let rules = built_in.and_then(|key| pack.roles.built_in.roles.get(key));
    let is_master = rules.is_some_and(BuiltInRole::is_master);
    let told =
        object.attributes.iter().filter(|(name, value)| *name != attribute::PERMISSIONS && **value != Value::Absent);
    // A target may leave out what a built-in role of this key has at first.
    let mut attributes = rules.map(|rules| attributes_at_first(pack, rules)).unwrap_or_default();
    attributes.extend(told.map(|(name, value)| (name.as_str(), Cow::Borrowed(value))));
    let user_type = match attributes.get(attribute::USER_TYPE).map(AsRef::as_ref) {
        Some(Value::Text(name)) => Some(type_key(pack, name)),
        _ => None,
    };
    let catalogue = standing.catalogue();
    let none = BTreeSet::new();
    let grants = match object.attributes.get(attribute::PERMISSIONS) {
        // Everything there is, whatever the target lists.
        _ if is_master => catalogue.expand(true, &none, &none, user_type.as_deref()),
        Some(Value::Names(grants)) => catalogue.normal(grants.clone()),
        _ => BTreeSet::new(),
    };
    Role {
        name: &object.name,
        built_in,
        is_protected: pack.roles.protected.iter().any(|name| fold(name) == key),
        attributes,
        grants: Some(grants),
        holders: Vec::new(),
    }
}

/// What a built-in role has beside its grants as the platform brings it along.
pub(super) fn attributes_at_first<'a>(pack: &Pack, role: &'a BuiltInRole) -> BTreeMap<&'a str, Cow<'a, Value>> {
    let value = |name: &str, names: &[String]| match pack.roles.attributes.get(name).map(|rules| rules.form) {
        Some(Form::Names) => Value::names(names.iter().cloned()),
        _ => names.first().map_or(Value::Absent, Value::text),
    };
    role.attributes.iter().map(|(name, names)| (name.as_str(), Cow::Owned(value(name, names)))).collect()
}

fn seats(live: &Live) -> BTreeMap<&str, Seats> {
    let of = |object: &LiveObject| Seats {
        capacity: match object.attributes.get(attribute::LICENSES) {
            Some(Value::Count(seats)) => Some(*seats),
            _ => None,
        },
        announced: object.in_use,
    };
    live.objects(Kind::UserType).iter().map(|object| (object.name.as_str(), of(object))).collect()
}

/// What a vocabulary offers here: what the target lists and has enabled, in the vendor's order.
fn options<'a>(live: &'a Live, pack: &'a Pack, section: Section) -> Vec<&'a str> {
    let vocabulary = pack.vocabulary(section);
    if vocabulary.mode == VocabularyMode::Absent {
        return Vec::new();
    }
    let kind = kind_of(section);
    let enabled = live.objects(kind).iter().filter(|object| object.is_enabled());
    let mut names: Vec<&str> = enabled.map(|object| object.name.as_str()).collect();
    if !live.capabilities.kinds.contains_key(&kind) && names.is_empty() {
        names = vocabulary.values.iter().map(|value| value.name.as_str()).collect();
    }
    in_order(pack, section, names)
}

/// The names in the vendor's order, then by themselves.
pub(super) fn in_order<'a>(pack: &Pack, section: Section, mut names: Vec<&'a str>) -> Vec<&'a str> {
    let vocabulary = pack.vocabulary(section);
    let place = |name: &str| {
        let canonical = fold(vocabulary.canonical(name));
        vocabulary.values.iter().position(|value| fold(&value.name) == canonical).unwrap_or(usize::MAX)
    };
    names.sort_by_cached_key(|name| (place(name), fold(name)));
    names
}

pub(super) fn kind_of(section: Section) -> Kind {
    match section {
        Section::Classifications => Kind::Classification,
        Section::Segments => Kind::Segment,
        Section::UserTypes => Kind::UserType,
    }
}
