//! Everything that is live, by id and by name, users and the rest alike.
//!
//! Planning itself keeps the two apart, because there are so many users; here one object after the
//! other is looked up. Not responsible for what a difference means.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::users::user_version;
use crate::state::{Attributes, Kind, Live, LiveObject, LiveUser, Value, Version, attribute, fold};

/// The live state, for looking up single objects.
pub(super) struct Whole<'a> {
    live: &'a Live,
    objects: HashMap<(Kind, &'a str), &'a LiveObject>,
    names: BTreeMap<(Kind, String), Vec<&'a LiveObject>>,
    users: HashMap<&'a str, usize>,
}

/// One live object.
pub(super) enum Found<'a> {
    Object(&'a LiveObject),
    User(LiveUser<'a>, Version),
}

impl<'a> Whole<'a> {
    pub(super) fn new(live: &'a Live) -> Self {
        let (mut objects, mut names) = (HashMap::new(), BTreeMap::<_, Vec<_>>::new());
        for (&kind, list) in &live.objects {
            for object in list {
                objects.insert((kind, object.id.as_str()), object);
                names.entry((kind, fold(&object.name).into_owned())).or_default().push(object);
            }
        }
        let users = (0..live.users.len()).map(|row| (live.users.id(row), row)).collect();
        Self { live, objects, names, users }
    }

    pub(super) fn by_id(&self, kind: Kind, id: &str) -> Option<Found<'a>> {
        match kind {
            Kind::User => self.users.get(id).map(|&row| self.user(row)),
            kind => self.objects.get(&(kind, id)).copied().map(Found::Object),
        }
    }

    /// What is called so, folded.
    pub(super) fn by_name(&self, kind: Kind, name: &str) -> Vec<Found<'a>> {
        if kind == Kind::User {
            return self.live.users.find(name).map(|row| self.user(row)).into_iter().collect();
        }
        let named = self.names.get(&(kind, fold(name).into_owned())).into_iter().flatten();
        named.copied().map(Found::Object).collect()
    }

    /// What carries this very mark.
    pub(super) fn by_mark(&self, kind: Kind, mark: &str) -> Vec<Found<'a>> {
        let marked = self.live.objects(kind).iter().filter(|object| object.mark.as_deref() == Some(mark));
        marked.map(Found::Object).collect()
    }

    fn user(&self, row: usize) -> Found<'a> {
        let user = self.live.users.get(row);
        let version = user_version(self.live, user.version);
        Found::User(user, version)
    }
}

impl Found<'_> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Object(object) => &object.id,
            Self::User(user, _) => user.id,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.name,
            Self::User(user, _) => user.user_name,
        }
    }

    pub(super) fn version(&self) -> &Version {
        match self {
            Self::Object(object) => &object.version,
            Self::User(_, version) => version,
        }
    }

    /// What an attribute holds, its name and mark included; a user's role is its id.
    pub(super) fn get(&self, name: &str) -> Value {
        match (self, name) {
            (Self::Object(object), attribute::NAME) => Value::text(&*object.name),
            (Self::Object(object), attribute::MARK) => object.mark.as_deref().map_or(Value::Absent, Value::text),
            (Self::Object(object), name) => object.attributes.get(name).cloned().unwrap_or(Value::Absent),
            (Self::User(user, _), attribute::NAME) => Value::text(user.user_name),
            (Self::User(user, _), attribute::ROLE) => match user.roles[..] {
                [only] => Value::text(only),
                _ => Value::names(user.roles.iter().copied()),
            },
            (Self::User(user, _), attribute::ACTIVE) => Value::Flag(user.active),
            (Self::User(user, _), attribute::USER_TYPE) => Value::text(user.user_type),
            (Self::User(user, _), attribute::DISPLAY_NAME) => Value::text(user.display_name),
            (Self::User(..), _) => Value::Absent,
        }
    }

    /// Whether it has all of these.
    pub(super) fn has(&self, attributes: &Attributes) -> bool {
        attributes.iter().all(|(name, value)| self.get(name) == *value)
    }
}
