//! Which roles serve what: roles by classification and segment, and what no role serves (R-TE-8).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Standing;
use crate::platform::Section;
use crate::state::fold;

/// Roles by what they are classified as. It says what roles are for, never what they may do
/// (R-TE-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage<'s> {
    /// What each vocabulary offers; one that the platform lacks is not here.
    pub vocabularies: Vec<Options<'s>>,
    /// Every pair of a classification and a segment that some role has, by both; empty where the
    /// platform lacks one of the two.
    pub cells: Vec<Cell<'s>>,
}

/// One vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Options<'s> {
    /// `classifications` or `segments`.
    pub vocabulary: &'static str,
    /// What can be chosen, in the vendor's order, then what roles have beside it.
    pub options: Vec<UsedOption<'s>>,
    /// The options that no role has.
    pub without_role: Vec<&'s str>,
    /// The roles that have none.
    pub roles_without: Vec<&'s str>,
}

/// An option and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedOption<'s> {
    /// Its name.
    pub name: &'s str,
    /// Whether it can be chosen here; a role can have one that cannot any more.
    pub offered: bool,
    /// The roles that have it.
    pub roles: Vec<&'s str>,
    /// How many active users hold one of them.
    pub active_users: usize,
    /// How many inactive ones do.
    pub inactive_users: usize,
}

/// A classification with a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell<'s> {
    /// The classification.
    pub classification: &'s str,
    /// The segment.
    pub segment: &'s str,
    /// The roles that have both.
    pub roles: Vec<&'s str>,
    /// How many active users hold one of them.
    pub active_users: usize,
}

impl Standing<'_> {
    /// Roles by classification and segment, or nothing where the platform has neither.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage<'_>> {
        let sections: Vec<Section> = [Section::Classifications, Section::Segments]
            .into_iter()
            .filter(|&section| self.attribute_of(section).is_some())
            .collect();
        if sections.is_empty() {
            return None;
        }
        let sets: Vec<Vec<(&str, bool, BTreeSet<usize>)>> =
            sections.iter().map(|&section| self.roles_by_option(section)).collect();
        let mut cells = Vec::new();
        if let [classifications, segments] = &sets[..] {
            for (classification, _, with_classification) in classifications {
                for (segment, _, with_segment) in segments {
                    let roles: BTreeSet<usize> = with_classification & with_segment;
                    if roles.is_empty() {
                        continue;
                    }
                    let (active_users, _) = self.users_of(&roles);
                    cells.push(Cell { classification, segment, roles: self.names_of(&roles), active_users });
                }
            }
        }
        let vocabularies = sections.iter().zip(&sets).map(|(section, set)| {
            let some: BTreeSet<usize> = set.iter().flat_map(|(_, _, roles)| roles.iter().copied()).collect();
            let none: BTreeSet<usize> = (0..self.roles.len()).filter(|role| !some.contains(role)).collect();
            let options = set.iter().map(|(name, offered, roles)| {
                let (active_users, inactive_users) = self.users_of(roles);
                UsedOption { name, offered: *offered, roles: self.names_of(roles), active_users, inactive_users }
            });
            Options {
                vocabulary: section.key(),
                without_role: set.iter().filter(|(_, _, roles)| roles.is_empty()).map(|(name, ..)| *name).collect(),
                roles_without: self.names_of(&none),
                options: options.collect(),
            }
        });
        Some(Coverage { vocabularies: vocabularies.collect(), cells })
    }

    /// Every option with the roles that have it: first what is offered, then what roles have beside.
    fn roles_by_option(&self, section: Section) -> Vec<(&str, bool, BTreeSet<usize>)> {
        let Some(attribute) = self.attribute_of(section) else { return Vec::new() };
        let vocabulary = self.pack.vocabulary(section);
        let key = |name: &str| fold(vocabulary.canonical(name)).into_owned();
        let mut options: Vec<(&str, bool, BTreeSet<usize>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for &name in self.options.get(&section).into_iter().flatten() {
            places.entry(key(name)).or_insert_with(|| {
                options.push((name, true, BTreeSet::new()));
                options.len() - 1
            });
        }
        for (at, role) in self.roles.iter().enumerate() {
            for name in role.names(attribute) {
                let place = *places.entry(key(name)).or_insert_with(|| {
                    options.push((name, false, BTreeSet::new()));
                    options.len() - 1
                });
                options[place].2.insert(at);
            }
        }
        options
    }

    /// How many users hold one of these roles: active, and not.
    fn users_of(&self, roles: &BTreeSet<usize>) -> (usize, usize) {
        let rows: BTreeSet<usize> = roles.iter().flat_map(|&role| self.roles[role].holders.iter().copied()).collect();
        let active = rows.iter().filter(|&&row| self.users.is_active(row)).count();
        (active, rows.len() - active)
    }

    fn names_of(&self, roles: &BTreeSet<usize>) -> Vec<&str> {
        roles.iter().map(|&role| self.roles[role].name).collect()
    }
}
