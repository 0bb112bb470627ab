//! The name of a role that waits for another one's place.

use std::collections::BTreeSet;

use super::super::scope::Scope;
use crate::state::{Kind, fold};

/// Characters that a temporary name has at most. Neither SCIM nor any of the vendors says how long a
/// name may be; this is what a usual form takes, and far more than a usual name has.
const LONGEST: usize = 100;

/// The names that are taken: those of live roles, and all that the files know.
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(scope: &Scope<'_>) -> Self {
        let live = scope.live.objects(Kind::Role).iter().map(|role| role.name.as_str());
        let declared = scope.desired.objects.get(&Kind::Role).into_iter().flat_map(|roles| roles.values());
        let declared = declared.flat_map(|role| std::iter::once(&role.name).chain(&role.previously));
        let removed = scope.desired.removed_roles.values().map(|role| &role.name);
        let files = declared.chain(removed).map(String::as_str);
        Self { taken: live.chain(files).map(|name| fold(name).into_owned()).collect() }
    }

    /// A free name for what takes the place of the role that is called so; the same in every plan.
    pub(super) fn next(&mut self, name: &str) -> String {
        let mut suffix = " (next)".to_owned();
        for number in 2.. {
            let room = LONGEST - suffix.len();
            let start: String = name.chars().take(room).collect();
            let next = format!("{}{suffix}", start.trim_end());
            if self.taken.insert(fold(&next).into_owned()) {
                return next;
            }
            suffix = format!(" (next {number})");
        }
        unreachable!("there are fewer names than numbers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_is_free_and_not_too_long() {
        let mut names = Names { taken: ["a (next)".to_owned()].into() };
        assert_eq!([names.next("A"), names.next("A")], ["A (next 2)", "A (next 3)"]);
        let long = names.next(&"ä ".repeat(90));
        assert_eq!(long.chars().count(), LONGEST, "{long}");
        assert!(long.ends_with("ä (next)"));
    }
}
