//! Every role, live or to be made, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::{Pair, Scope};
use super::user_types::UserTypes;
use crate::state::{Kind, LiveObject, Value, attribute, fold};

/// The roles by position: the live ones in their order, then those that are declared and not live.
pub(super) struct Roles<'a> {
    pub(super) list: Vec<Role<'a>>,
    /// Positions by the folded names that files may use: those at the end, then live ones.
    positions: BTreeMap<String, usize>,
    /// The role of each word of the live users that is a role's id.
    of_word: Vec<Option<usize>>,
}

/// One role.
pub(super) struct Role<'a> {
    /// Its name at the end.
    pub(super) name: &'a str,
    pub(super) live: Option<&'a LiveObject>,
    /// Its position among the declared roles.
    pub(super) pair: Option<usize>,
    /// Before; without content for a role that is not live.
    pub(super) before: Facts<'a>,
    /// After; as it is, where nothing changes it.
    pub(super) after: Facts<'a>,
    /// Whether the plan deletes it.
    pub(super) removed: bool,
}

/// What a role gives its holders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts<'a> {
    pub(super) user_type: Option<usize>,
    pub(super) grants: &'a BTreeSet<String>,
}

static NO_GRANTS: BTreeSet<String> = BTreeSet::new();

impl<'a> Roles<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, types: &mut UserTypes<'a>) -> Self {
        let objects = scope.live.objects(Kind::Role);
        let mut list: Vec<Role<'a>> = Vec::with_capacity(objects.len());
        for (index, object) in objects.iter().enumerate() {
            let before = facts(types, object.attributes.get(attribute::USER_TYPE), scope.grants.of_live(index));
            list.push(Role {
                name: &object.name,
                live: Some(object),
                pair: None,
                before,
                after: before,
                removed: false,
            });
        }
        let mut positions = BTreeMap::new();
        let pairs: &[Pair<'a>] = scope.pairs(Kind::Role);
        for (at, pair) in pairs.iter().enumerate().filter(|(_, pair)| !pair.blocked) {
            let declared = |name: &str| pair.desired.attributes.get(name).map(|declared| &declared.value);
            let position = if let Some(index) = pair.live {
                let role = &mut list[index];
                role.pair = Some(at);
                if pair.selected {
                    role.name = &pair.desired.name;
                    let user_type = objects[index].attributes.get(attribute::USER_TYPE);
                    let grants = scope.grants.of_declared(at).unwrap_or(role.before.grants);
                    role.after = facts(types, declared(attribute::USER_TYPE).or(user_type), grants);
                }
                index
            } else {
                let before = Facts { user_type: None, grants: &NO_GRANTS };
                let grants = scope.grants.of_declared(at).unwrap_or(&NO_GRANTS);
                let after = facts(types, declared(attribute::USER_TYPE), grants);
                let name = &pair.desired.name;
                list.push(Role { name, live: None, pair: Some(at), before, after, removed: false });
                list.len() - 1
            };
            positions.insert(pair.key.to_owned(), position);
        }
        for (index, object) in objects.iter().enumerate() {
            let key = fold(&object.name);
            if !scope.collides(Kind::Role, &key) && scope.find(Kind::Role, &key).is_none() {
                positions.insert(key.into_owned(), index);
            }
        }
        let ids: BTreeMap<&str, usize> =
            objects.iter().enumerate().map(|(index, object)| (object.id.as_str(), index)).collect();
        let of_word = scope.live.users.words().map(|word| ids.get(word).copied()).collect();
        Self { list, positions, of_word }
    }

    /// The role that files mean by a name; never one that the plan deletes.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.positions.get(&*fold(name)).copied().filter(|&at| !self.list[at].removed)
    }

    /// The roles that a live user holds, those that are not live left out.
    pub(super) fn of_user(&self, scope: &Scope<'_>, row: usize) -> impl Iterator<Item = usize> {
        scope.live.users.roles(row).iter().filter_map(|word| self.of_word[word.0 as usize])
    }

    /// The one role that a live user holds; `None` for a user with none or several.
    pub(super) fn only_of_user(&self, scope: &Scope<'_>, row: usize) -> Option<usize> {
        match scope.live.users.roles(row) {
            [only] => self.of_word[only.0 as usize],
            _ => None,
        }
    }

    /// What a role has of an attribute of one name, now.
    pub(super) fn before(&self, scope: &Scope<'a>, role: usize, attribute: &str) -> Option<&'a str> {
        let live = self.list[role].live?;
        match live.attributes.get(attribute) {
            Some(Value::Text(text)) => Some(text),
            // A target may leave out what every built-in role of its key has.
            _ => {
                let rules = scope.built_in_rules(role)?;
                rules.attributes.get(attribute)?.first().map(String::as_str)
            }
        }
    }

    /// The same at the end.
    pub(super) fn after(&self, scope: &Scope<'a>, role: usize, attribute: &str) -> Option<&'a str> {
        let pair = self.list[role].pair.map(|at| &scope.pairs(Kind::Role)[at]);
        let pair = pair.filter(|pair| pair.selected || pair.live.is_none());
        let declared = pair.and_then(|pair| pair.desired.attributes.get(attribute));
        match declared.map(|declared| &declared.value) {
            Some(Value::Text(text)) => Some(text),
            _ => self.before(scope, role, attribute),
        }
    }

    /// The names that files may use.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.positions.values().map(|&at| self.list[at].name)
    }
}

fn facts<'a>(types: &mut UserTypes<'a>, user_type: Option<&'a Value>, grants: &'a BTreeSet<String>) -> Facts<'a> {
    let user_type = match user_type {
        Some(Value::Text(name)) => types.intern(name),
        _ => None,
    };
    Facts { user_type, grants }
}
