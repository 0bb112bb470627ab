//! Every user type that anybody has or gets, with its seats.
//!
//! Not responsible for whether the seats suffice (`seats`).

use std::collections::BTreeMap;

use super::scope::Scope;
use crate::state::{Kind, Value, attribute, fold};

/// The user types by position. Some are only names that users carry: no object stands for them,
/// and their seats are endless.
pub(super) struct UserTypes<'a> {
    pub(super) list: Vec<UserType<'a>>,
    positions: BTreeMap<String, usize>,
    /// The type of each word of the live users.
    of_word: Vec<Option<usize>>,
}

/// One user type.
pub(super) struct UserType<'a> {
    pub(super) name: &'a str,
    /// Its index among the live objects.
    pub(super) live: Option<usize>,
    /// Its seats now; `None` where they are unlimited.
    pub(super) capacity_before: Option<u64>,
    /// Its seats at the end.
    pub(super) capacity_after: Option<u64>,
}

impl<'a> UserTypes<'a> {
    pub(super) fn new(scope: &Scope<'a>) -> Self {
        let mut types = Self { list: Vec::new(), positions: BTreeMap::new(), of_word: Vec::new() };
        let objects = scope.live.objects(Kind::UserType);
        let seats = |index: usize| count(objects[index].attributes.get(attribute::LICENSES));
        for pair in scope.pairs(Kind::UserType) {
            let before = pair.live.and_then(seats);
            // What is not there yet is made with its seats before anybody needs one.
            let declared =
                pair.desired.attributes.get(attribute::LICENSES).filter(|_| pair.selected || pair.live.is_none());
            let after = declared.map_or(before, |declared| count(Some(&declared.value)));
            let capacity_before = if pair.live.is_some() { before } else { after };
            types.add(
                pair.key,
                UserType { name: &pair.desired.name, live: pair.live, capacity_before, capacity_after: after },
            );
        }
        for (index, object) in objects.iter().enumerate() {
            let capacity = seats(index);
            let user_type =
                UserType { name: &object.name, live: Some(index), capacity_before: capacity, capacity_after: capacity };
            types.add(&fold(&object.name), user_type);
        }
        types.of_word = scope.live.users.words().map(|word| types.intern(word)).collect();
        types
    }

    /// The position of a type, new or known; `None` for the empty name, which is no type.
    pub(super) fn intern(&mut self, name: &'a str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let nobody = UserType { name, live: None, capacity_before: None, capacity_after: None };
        Some(self.add(&fold(name), nobody))
    }

    /// The type of a live user.
    pub(super) fn of_user(&self, scope: &Scope<'_>, row: usize) -> Option<usize> {
        self.of_word[scope.live.users.user_type(row).0 as usize]
    }

    fn add(&mut self, key: &str, user_type: UserType<'a>) -> usize {
        if let Some(&known) = self.positions.get(key) {
            return known;
        }
        self.positions.insert(key.to_owned(), self.list.len());
        self.list.push(user_type);
        self.list.len() - 1
    }
}

fn count(value: Option<&Value>) -> Option<u64> {
    match value {
        Some(&Value::Count(count)) => Some(count),
        _ => None,
    }
}
