//! What all files of a project hold together.

use std::collections::BTreeMap;

use super::assignments::AssignmentRows;
use super::built_in::{BuiltIns, identify};
use super::file::{Licenses, Manifest, Removed, UserRemoval, UserType};
use super::roles::Role;
use crate::diagnostic::Diagnostics;
use crate::document::{Entries, Lenient, Spanned};
use crate::platform::{Pack, Section};
use crate::source::Span;
use crate::state::{Kind, fold};

/// What one file holds, or all of them. A section is `None` when no file has it.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// The vocabularies that are there, in the order of the files.
    pub vocabularies: BTreeMap<Section, Vec<Term>>,
    pub roles: Option<Vec<Role>>,
    pub assignments: Option<AssignmentRows>,
    pub removed_roles: Vec<(Spanned<String>, Option<Spanned<String>>)>,
    pub removed_users: Vec<(Spanned<String>, UserRemoval)>,
    /// Whether any file has a `removed` section.
    pub has_removed: bool,
    /// The first declaration of each folded name; made by [`Set::index`].
    first: BTreeMap<Kind, BTreeMap<String, usize>>,
}

/// A classification, a segment or a user type.
#[derive(Debug)]
pub(super) struct Term {
    pub name: Spanned<String>,
    pub description: Option<Spanned<String>>,
    pub licenses: Option<Spanned<Licenses>>,
}

/// The kind of the objects in a vocabulary.
pub(super) fn kind_of(section: Section) -> Kind {
    match section {
        Section::Classifications => Kind::Classification,
        Section::Segments => Kind::Segment,
        Section::UserTypes => Kind::UserType,
    }
}

impl Set {
    /// What one file holds.
    pub fn of_file(manifest: Manifest, pack: &Pack, found: &mut Diagnostics) -> Self {
        let Manifest { segments, classifications, user_types, roles, assignments, removed } = manifest;
        let mut set = Self::default();
        for (section, Lenient(terms)) in [(Section::Segments, segments), (Section::Classifications, classifications)] {
            let bare = |term: super::file::Term| UserType { description: term.description, ..UserType::default() };
            let terms = terms.map(|Entries(terms)| {
                terms.into_iter().map(|(name, Lenient(term))| (name, Lenient(term.map(bare)))).collect()
            });
            set.add_terms(section, terms, pack);
        }
        set.add_terms(Section::UserTypes, user_types.0.map(|Entries(types)| types), pack);
        set.roles = roles.0.map(|roles| {
            let roles = roles.into_iter();
            roles.map(|(name, Lenient(body))| Role::new(name, body.unwrap_or_default(), pack, found)).collect()
        });
        set.assignments = assignments.0;
        if let Lenient(Some(Removed { roles, users })) = removed {
            set.has_removed = true;
            let roles = roles.0.into_iter().flatten();
            set.removed_roles =
                roles.map(|(name, Lenient(body))| (name, body.and_then(|body| body.reassign_to.0))).collect();
            let users = users.0.into_iter().flatten();
            set.removed_users = users.filter_map(|(name, Lenient(what))| Some((name, what?))).collect();
        }
        set
    }

    fn add_terms(&mut self, section: Section, terms: Option<Vec<(Spanned<String>, Lenient<UserType>)>>, pack: &Pack) {
        let Some(terms) = terms else { return };
        let vocabulary = pack.vocabulary(section);
        let terms = terms.into_iter().map(|(mut name, Lenient(body))| {
            name = name.map(|name| vocabulary.canonical(&name).to_owned());
            let UserType { licenses, description } = body.unwrap_or_default();
            Term { name, description: description.0, licenses: licenses.0 }
        });
        self.vocabularies.insert(section, terms.collect());
    }

    /// Takes in what the next file holds.
    pub fn append(&mut self, file: Self) {
        let Self { vocabularies, roles, assignments, removed_roles, removed_users, has_removed, first: _ } = file;
        for (section, mut terms) in vocabularies {
            self.vocabularies.entry(section).or_default().append(&mut terms);
        }
        if let Some(mut roles) = roles {
            self.roles.get_or_insert_default().append(&mut roles);
        }
        match (&mut self.assignments, assignments) {
            (Some(all), Some(rows)) => all.append(&rows),
            (all @ None, rows) => *all = rows,
            (Some(_), None) => {}
        }
        self.removed_roles.extend(removed_roles);
        self.removed_users.extend(removed_users);
        self.has_removed |= has_removed;
    }

    /// Finds out which roles the platform has brought along and what permissions mean, and makes
    /// declarations findable by name, once every file is in.
    pub fn index(&mut self, pack: &Pack) {
        if let Some(roles) = &mut self.roles {
            identify(roles, pack);
        }
        self.first = Kind::ALL.into_iter().map(|kind| (kind, BTreeMap::new())).collect();
        for kind in Kind::ALL {
            let names: Vec<String> = self.names(kind).map(|name| fold(&name.value).into_owned()).collect();
            let first = self.first.entry(kind).or_default();
            for (index, name) in names.into_iter().enumerate() {
                first.entry(name).or_insert(index);
            }
        }
    }

    /// The declared names of a kind in the order of the files; none for users, who are in columns.
    pub fn names(&self, kind: Kind) -> Box<dyn Iterator<Item = &Spanned<String>> + '_> {
        let terms = |section| self.vocabularies.get(&section).into_iter().flatten().map(|term| &term.name);
        match kind {
            Kind::Classification => Box::new(terms(Section::Classifications)),
            Kind::Segment => Box::new(terms(Section::Segments)),
            Kind::UserType => Box::new(terms(Section::UserTypes)),
            Kind::Role => Box::new(self.roles.iter().flatten().map(|role| &role.name)),
            Kind::User => Box::new(std::iter::empty()),
        }
    }

    /// The first role that is declared under a name, folded.
    pub fn role(&self, name: &str) -> Option<&Role> {
        let index = self.first.get(&Kind::Role)?.get(&*fold(name))?;
        self.roles.as_ref()?.get(*index)
    }

    /// The role that is meant where one is named: the declared one of that name, or else the one that
    /// the platform has brought along under it, whatever the files call it now.
    pub fn role_meant(&self, name: &str, built_ins: &BuiltIns<'_>) -> Option<&Role> {
        self.role(name).or_else(|| {
            let key = built_ins.named(name)?.key;
            self.roles.iter().flatten().find(|role| role.built_in.as_deref() == Some(key))
        })
    }

    /// The first value that is declared under a name, folded.
    pub fn term(&self, section: Section, name: &str) -> Option<&Term> {
        let index = self.first.get(&kind_of(section))?.get(&*fold(name))?;
        self.vocabularies.get(&section)?.get(*index)
    }

    /// Where a user is assigned.
    pub fn assigned(&self, user_name: &str) -> Option<Span> {
        let rows = self.assignments.as_ref()?;
        rows.assignments.get(rows.assignments.find(user_name)?).span
    }

    /// How many objects the files hold, what is removed included.
    pub fn objects(&self) -> usize {
        let terms: usize = self.vocabularies.values().map(Vec::len).sum();
        let roles = self.roles.as_ref().map_or(0, Vec::len);
        let users = self.assignments.as_ref().map_or(0, |rows| rows.assignments.len());
        terms + roles + users + self.removed_roles.len() + self.removed_users.len()
    }

    /// Whether no file has any section.
    pub fn is_blank(&self) -> bool {
        self.vocabularies.is_empty() && self.roles.is_none() && self.assignments.is_none() && !self.has_removed
    }
}
