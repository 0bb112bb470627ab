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
    /// The role that each declared one is in the end.
    pub(super) of_pair: Vec<Option<usize>>,
    /// The role of each word of the live users that is a role's id.
    of_word: Vec<Option<usize>>,
    /// Whether roles are only names that users carry: then a name is the id.
    are_names: bool,
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
    /// Whether the plan deletes it for its own sake.
    pub(super) removed: bool,
    /// The role that its holders get because that one takes its place; the plan deletes this one.
    pub(super) replaced_by: Option<usize>,
    /// The role that holders of those whose place it takes go through (PLANNING.md §3).
    pub(super) via: Option<usize>,
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
                replaced_by: None,
                via: None,
            });
        }
        let mut positions = BTreeMap::new();
        let pairs: &[Pair<'a>] = scope.pairs(Kind::Role);
        let mut of_pair = vec![None; pairs.len()];
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
                let grants = scope.grants.of_declared(at).unwrap_or(&NO_GRANTS);
                let after = facts(types, declared(attribute::USER_TYPE), grants);
                let name = &pair.desired.name;
                list.push(Role::to_be_made(name, Some(at), after));
                list.len() - 1
            };
            positions.insert(pair.key.to_owned(), position);
            of_pair[at] = Some(position);
        }
        for (index, object) in objects.iter().enumerate() {
            let key = fold(&object.name);
            if !scope.collides(Kind::Role, &key) && scope.find(Kind::Role, &key).is_none() {
                positions.insert(key.into_owned(), index);
            }
        }
        for (key, built_in) in &scope.pack.roles.built_in.roles {
            // Whatever it is called now, the vendor's name still means it unless another role has that.
            let Some(index) = (0..objects.len()).find(|&index| scope.vendors.key(index) == Some(key)) else { continue };
            for name in std::iter::once(&built_in.name).chain(&built_in.aliases) {
                if !scope.collides(Kind::Role, &fold(name)) {
                    positions.entry(fold(name).into_owned()).or_insert(index);
                }
            }
        }
        let of_word = scope.live.users.words().map(|word| scope.role_by_id.get(word).copied()).collect();
        let are_names = scope.live.capabilities.role_names;
        if are_names {
            // Nothing else can be read of them: what the files say is what they are.
            list.iter_mut().filter(|role| role.pair.is_some()).for_each(|role| role.before = role.after);
        }
        Self { list, positions, of_pair, of_word, are_names }
    }

    /// The id of a role that no step has to make; `None` for one that is not there yet.
    pub(super) fn id(&self, role: usize) -> Option<&'a str> {
        let Role { name, live, .. } = self.list[role];
        live.map(|live| live.id.as_str()).or(self.are_names.then_some(name))
    }

    /// Takes in another role.
    pub(super) fn push(&mut self, role: Role<'a>) -> usize {
        self.list.push(role);
        self.list.len() - 1
    }

    /// The declared role is this one from now on.
    pub(super) fn set_pair(&mut self, scope: &Scope<'_>, at: usize, role: usize) {
        self.of_pair[at] = Some(role);
        self.list[role].pair = Some(at);
        self.positions.insert(scope.pairs(Kind::Role)[at].key.to_owned(), role);
    }

    /// The role that files mean by a name; never one that the plan deletes.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        let named = self.positions.get(&*fold(name)).copied();
        named.map(|at| self.list[at].replaced_by.unwrap_or(at)).filter(|&at| !self.list[at].removed)
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
        if let Some(Value::Text(text)) = live.attributes.get(attribute) {
            return Some(text);
        }
        // A target may leave out what every built-in role of its key has.
        scope.built_in_rules(role)?.attributes.get(attribute)?.first().map(String::as_str)
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
        let all: BTreeSet<usize> = self.positions.values().copied().collect();
        all.into_iter().map(|at| self.list[at].name)
    }
}

impl<'a> Role<'a> {
    /// A role that the plan makes.
    pub(super) fn to_be_made(name: &'a str, pair: Option<usize>, after: Facts<'a>) -> Self {
        let before = Facts { user_type: None, grants: &NO_GRANTS };
        Self { name, live: None, pair, before, after, removed: false, replaced_by: None, via: None }
    }
}

fn facts<'a>(types: &mut UserTypes<'a>, user_type: Option<&'a Value>, grants: &'a BTreeSet<String>) -> Facts<'a> {
    let user_type = match user_type {
        Some(Value::Text(name)) => types.intern(name),
        _ => None,
    };
    Facts { user_type, grants }
}
