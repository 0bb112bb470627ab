//! Where a new entry or item goes among those that are there.

use crate::pull::described::rank;
use crate::state::fold;

/// Behind which of the entries that are there (by position) a new one goes; before all of them, when it is
/// absent. Attributes have an order of their own; other names go to their place where they are sorted, else
/// to the end.
pub(super) fn place(there: &[(usize, &str)], name: &str, are_attributes: bool) -> Option<usize> {
    if are_attributes {
        let own = rank(name);
        return there.iter().rev().find(|(_, key)| rank(key) <= own).map(|(at, _)| *at);
    }
    let folded: Vec<_> = there.iter().map(|(_, key)| fold(key)).collect();
    let is_sorted = folded.len() > 1 && folded.is_sorted();
    let own = fold(name);
    let behind = if is_sorted { folded.partition_point(|key| *key <= own) } else { there.len() };
    behind.checked_sub(1).map(|at| there[at].0)
}

/// New names in the order in which they go in.
pub(super) fn in_order<T>(mut new: Vec<(String, T)>, are_attributes: bool) -> Vec<(String, T)> {
    if are_attributes {
        new.sort_by_key(|(name, _)| rank(name));
    } else {
        new.sort_by_cached_key(|(name, _)| (fold(name).into_owned(), name.clone()));
    }
    new
}
