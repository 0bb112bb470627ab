//! The live state as a [`Standing`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Standing;
use super::standing::{Role, Seats, Users};
use crate::platform::{BuiltInRole, Entity, EntityKind, Pack, Section, VocabularyMode};
use crate::state::{CatalogueEntity, Kind, Live, LiveObject, Value, attribute, fold};

impl<'a> Standing<'a> {
    /// What everybody may do on the target.
    #[must_use]
    pub fn of_live(live: &'a Live, pack: &'a Pack) -> Self {
        let mut standing = Self {
            pack,
            entities: entities(live, pack),
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
    let is_master = built_in.and_then(|key| pack.roles.built_in.roles.get(key)).is_some_and(BuiltInRole::is_master);
    let user_type = match object.attributes.get(attribute::USER_TYPE) {
        Some(Value::Text(name)) => Some(fold(pack.vocabulary(Section::UserTypes).canonical(name))),
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
    let attributes = object.attributes.iter().filter(|(name, _)| *name != attribute::PERMISSIONS);
    Role {
        name: &object.name,
        built_in,
        is_protected: pack.roles.protected.iter().any(|name| fold(name) == key),
        attributes: attributes.map(|(name, value)| (name.as_str(), Cow::Borrowed(value))).collect(),
        grants: Some(grants),
        holders: Vec::new(),
    }
}

/// The catalogue that counts: the target's where it publishes one, with what it has no place for
/// from the pack.
fn entities(live: &Live, pack: &Pack) -> BTreeMap<String, Entity> {
    let Some(listed) = &live.catalogue else { return with_folded_types(&pack.catalogue) };
    let entity = |(id, listed): (&String, &CatalogueEntity)| {
        let known = pack.catalogue.get(id).cloned().unwrap_or_default();
        let kind = match listed.kind.as_deref() {
            Some("location") => EntityKind::Location,
            Some("functionality") => EntityKind::Functionality,
            _ => known.kind,
        };
        let user_types = listed.user_types.clone();
        (
            id.clone(),
            Entity { kind, actions: listed.actions.clone(), fields: listed.fields.clone(), user_types, ..known },
        )
    };
    with_folded_types(&listed.iter().map(entity).collect())
}

/// A catalogue that knows user types by their folded names.
pub(super) fn with_folded_types(entities: &BTreeMap<String, Entity>) -> BTreeMap<String, Entity> {
    let folded = |entity: &Entity| Entity {
        user_types: entity.user_types.iter().map(|name| fold(name).into_owned()).collect(),
        ..entity.clone()
    };
    entities.iter().map(|(id, entity)| (id.clone(), folded(entity))).collect()
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
    let is_enabled = |object: &&LiveObject| object.attributes.get(attribute::ENABLED) != Some(&Value::Flag(false));
    let mut names: Vec<&str> =
        live.objects(kind).iter().filter(is_enabled).map(|object| object.name.as_str()).collect();
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
