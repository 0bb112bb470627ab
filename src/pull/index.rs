//! Where everything stands in the manifests that are there.

use std::collections::{BTreeMap, HashMap};

use super::edit::{Edited, Entry, Patch, Refusal, Sections, edited};
use super::files::{kind_of_key, section_key};
use crate::document::{self, NodeRef, Tree};
use crate::source::{SourceId, Sources, Span};
use crate::state::{Address, Kind};

/// One text after its edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The text before.
    pub source: SourceId,
    /// The path of the file, as it was read.
    pub path: String,
    /// What is in it after the edits.
    pub after: String,
}

/// An entry that stays as it is although it should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAsItIs {
    /// The object.
    pub address: Address,
    /// Where it stands.
    pub span: Option<Span>,
    /// Why, in one phrase.
    pub reason: String,
}

/// The trees of all manifests.
pub(super) fn trees<'s>(sources: &'s Sources, manifests: &[SourceId]) -> Vec<Tree<'s>> {
    manifests.iter().filter_map(|&source| document::parse(sources, source).0).collect()
}

/// One entry of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'t> {
    pub source: SourceId,
    pub kind: Kind,
    pub key: NodeRef<'t>,
    pub value: NodeRef<'t>,
}

impl<'t> Place<'t> {
    pub fn name(&self) -> &'t str {
        self.key.text().unwrap_or_default()
    }
}

/// Every entry by the place of its key, and which files have which sections.
pub(super) struct Index<'t> {
    places: HashMap<(SourceId, u32), Place<'t>>,
    /// Per kind, the files that have its section, with how many entries they have.
    pub sections: BTreeMap<Kind, BTreeMap<SourceId, usize>>,
}

impl<'t> Index<'t> {
    pub fn new(trees: &'t [Tree<'_>]) -> Self {
        let mut index = Self { places: HashMap::new(), sections: BTreeMap::new() };
        for tree in trees {
            let source = tree.source();
            for section in tree.root().entries() {
                let Some(kind) = kind_of_key(section.name()) else { continue };
                index.sections.entry(kind).or_default().insert(source, section.value.len());
                for entry in section.value.entries() {
                    let place = Place { source, kind, key: entry.key, value: entry.value };
                    index.places.insert((source, entry.key.span().start), place);
                }
            }
        }
        index
    }

    /// The entry whose key is here.
    pub fn at(&self, span: Option<Span>) -> Option<Place<'t>> {
        let span = span?;
        self.places.get(&(span.source, span.start)).copied()
    }
}

/// What becomes of which entries, by file and section.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    entries: BTreeMap<SourceId, BTreeMap<Kind, BTreeMap<String, Entry>>>,
    /// What is taken out of `removed`: the key below it, and the name.
    removed: BTreeMap<SourceId, BTreeMap<&'static str, Vec<String>>>,
}

impl Wanted {
    pub fn entry(&mut self, source: SourceId, kind: Kind, key: &str, entry: Entry) {
        self.entries.entry(source).or_default().entry(kind).or_default().insert(key.to_owned(), entry);
    }

    pub fn patch(&mut self, place: &Place<'_>, entries: Vec<(String, Entry)>) {
        if !entries.is_empty() {
            self.entry(place.source, place.kind, place.name(), Entry::Value(Patch::Entries(entries)));
        }
    }

    pub fn not_removed(&mut self, source: SourceId, what: &'static str, name: &str) {
        self.removed.entry(source).or_default().entry(what).or_default().push(name.to_owned());
    }

    /// Gives up what is wanted of an entry, by its name then or now; whether anything was.
    pub fn give_up(&mut self, source: SourceId, kind: Kind, name: &str) -> bool {
        let Some(entries) = self.entries.get_mut(&source).and_then(|sections| sections.get_mut(&kind)) else {
            return false;
        };
        let before = entries.len();
        entries.retain(|key, entry| key != name && !matches!(entry, Entry::Key(new, _) if new == name));
        entries.len() < before
    }

    /// How many entries are taken out, by kind.
    pub fn gone(&self) -> BTreeMap<Kind, u64> {
        let mut gone = BTreeMap::new();
        for (&kind, entries) in self.entries.values().flatten() {
            let count = entries.values().filter(|entry| **entry == Entry::Gone).count() as u64;
            *gone.entry(kind).or_default() += count;
        }
        gone
    }

    /// Makes the edits of every file.
    pub fn edited(&self, sources: &Sources, manifests: &[SourceId]) -> (Vec<FileEdit>, Vec<LeftAsItIs>) {
        let (mut edits, mut left) = (Vec::new(), Vec::new());
        for &source in manifests {
            let mut sections: Sections = Vec::new();
            for (&kind, entries) in self.entries.get(&source).into_iter().flatten() {
                let entries = entries.iter().map(|(key, entry)| (key.clone(), entry.clone()));
                sections.push((section_key(kind).to_owned(), entries.collect()));
            }
            let removed = self.removed.get(&source).into_iter().flatten().map(|(what, names)| {
                let gone = names.iter().map(|name| (name.clone(), Entry::Gone)).collect();
                ((*what).to_owned(), Entry::Value(Patch::Entries(gone)))
            });
            let removed: Vec<_> = removed.collect();
            if !removed.is_empty() {
                sections.push(("removed".to_owned(), removed));
            }
            if sections.is_empty() {
                continue;
            }
            let Edited { text, refused } = edited(sources, source, &sections);
            let path = sources.path(source).to_owned();
            edits.extend(text.map(|after| FileEdit { source, path, after }));
            left.extend(refused.into_iter().map(|(section, key, Refusal { span, reason })| {
                let kind = kind_of_key(&section).unwrap_or(if key == "users" { Kind::User } else { Kind::Role });
                let reason = format!("{reason}; edit it by hand");
                LeftAsItIs { address: Address::new(kind, key), span: Some(span), reason }
            }));
        }
        (edits, left)
    }
}

/// The texts of all manifests with these edits, and which of them is which.
pub(super) fn with_edits(
    sources: &Sources,
    manifests: &[SourceId],
    edits: &[FileEdit],
) -> (Sources, Vec<(SourceId, SourceId)>) {
    let mut after = Sources::default();
    let mut ids = Vec::with_capacity(manifests.len());
    for &source in manifests {
        let edit = edits.iter().find(|edit| edit.source == source);
        let text = edit.map_or_else(|| sources.text(source), |edit| &edit.after);
        ids.push((after.add(sources.path(source), text), source));
    }
    (after, ids)
}
