//! Names as people paste them into spreadsheets, and which name of a vocabulary is meant.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::grid::is_space;
use crate::diagnostic::near_misses;
use crate::state::fold;

/// A name as requests compare it: folded, and without regard to what spreadsheet programs and word
/// processors change by themselves: dashes, quotation marks in it and around it, characters of no width.
pub(super) fn loose(name: &str) -> String {
    let plain: String = name.chars().filter(|&c| c.is_whitespace() || !is_space(c)).map(plain_sign).collect();
    let mut inner = plain.trim();
    for quote in ['"', '\''] {
        inner = inner.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(inner).trim();
    }
    let inner = if inner.is_empty() { plain.as_str() } else { inner };
    fold(inner).into_owned()
}

fn plain_sign(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
        c => c,
    }
}

/// Names that are known, each with what it means: by their spelling, folded, and loosely.
#[derive(Debug)]
pub(super) struct Known<'a, T> {
    exact: HashMap<&'a str, T>,
    folded: HashMap<Cow<'a, str>, Option<T>>,
    loose: HashMap<String, Option<T>>,
}

/// What a name means among those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<T> {
    /// It is spelled like this one.
    Is(T),
    /// It is spelled otherwise and can mean no other.
    ReadAs(T),
    /// It could be several.
    Several,
    /// It is none of them.
    Nothing,
}

impl<'a, T: Copy + PartialEq> Known<'a, T> {
    pub fn new(names: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut known = Self { exact: HashMap::new(), folded: HashMap::new(), loose: HashMap::new() };
        for (name, meant) in names {
            known.exact.insert(name, meant);
            known
                .folded
                .entry(fold(name))
                .and_modify(|known| *known = known.filter(|&known| known == meant))
                .or_insert(Some(meant));
            known
                .loose
                .entry(loose(name))
                .and_modify(|known| *known = known.filter(|&known| known == meant))
                .or_insert(Some(meant));
        }
        known
    }

    /// What a name means: the nearest way of comparing that knows it counts.
    pub fn find(&self, name: &str) -> Meaning<T> {
        match self.folded.get(&*fold(name)) {
            Some(Some(meant)) if self.exact.get(name) == Some(meant) => return Meaning::Is(*meant),
            Some(Some(meant)) => return Meaning::ReadAs(*meant),
            Some(None) => return Meaning::Several,
            None => {}
        }
        match self.loose.get(&loose(name)) {
            Some(Some(meant)) => Meaning::ReadAs(*meant),
            Some(None) => Meaning::Several,
            None => Meaning::Nothing,
        }
    }

    /// The names of several that are written as one with commas between them, if each is known.
    pub fn split_at_commas<'n>(&self, name: &'n str) -> Option<Vec<&'n str>> {
        let parts: Vec<&str> = name.split(',').map(str::trim).collect();
        let is_known = |part: &&str| matches!(self.find(part), Meaning::Is(_) | Meaning::ReadAs(_));
        (parts.len() > 1 && parts.iter().all(is_known)).then_some(parts)
    }

    /// The names that are near to one that is not known.
    pub fn near(&self, name: &str) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.exact.keys().copied().collect();
        names.sort_unstable();
        near_misses(name, names)
    }

    pub fn len(&self) -> usize {
        self.exact.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_change_by_themselves_does_not_count() {
        for name in [
            "credit union – crm",
            "Credit\u{a0}Union -  CRM",
            "\u{201c}Credit Union \u{2014} CRM\u{201d}",
            "'Credit Union - CRM'\u{200b}",
        ] {
            assert_eq!(loose(name), "credit union - crm", "{name:?}");
        }
        assert_eq!(loose("\"\""), "\"\"");
    }

    #[test]
    fn the_nearest_way_of_comparing_decides() {
        let known = Known::new([("A - B", 1), ("A – B", 2), ("Sales", 3)]);
        assert_eq!(known.find("a – b"), Meaning::ReadAs(2));
        assert_eq!(known.find("A — B"), Meaning::Several);
        assert_eq!(known.find("Sales"), Meaning::Is(3));
        assert_eq!(known.find("Sale"), Meaning::Nothing);
        assert_eq!(known.split_at_commas("Sales, a - b"), Some(vec!["Sales", "a - b"]));
        assert_eq!(known.split_at_commas("Sales, x"), None);
    }
}
