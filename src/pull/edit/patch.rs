//! What becomes of a value that stands in a file, and whether it has become that.

use std::collections::{BTreeSet, HashMap};

use crate::document::{Kind, NodeRef, Number};
use crate::pull::yaml::Yaml;

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pull) enum Patch {
    /// It is this from now on. Lists are sets: what stays keeps its place and its spelling.
    Becomes(Yaml),
    /// It is a map, and these of its entries change.
    Entries(Vec<(String, Entry)>),
}

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pull) enum Entry {
    /// It has another value.
    Value(Patch),
    /// It has another key, and perhaps another value.
    Key(String, Option<Patch>),
    /// It is gone, with the comments that are its own.
    Gone,
    /// It was not there.
    New(Yaml),
}

/// Whether a value is this.
pub(super) fn is(node: NodeRef<'_>, yaml: &Yaml) -> bool {
    match yaml {
        Yaml::Null => node.kind() == Kind::Null,
        Yaml::Flag(flag) => node.as_bool() == Some(*flag),
        Yaml::Count(count) => node.as_number() == Some(Number::Int(i128::from(*count))),
        Yaml::Text(text) => node.as_text() == Some(text),
        Yaml::List(items) => {
            let found: Option<BTreeSet<&str>> = node.items().map(NodeRef::as_text).collect();
            node.kind() == Kind::List && found == Some(items.iter().map(String::as_str).collect())
        }
        Yaml::Map(entries) | Yaml::Block(entries) => {
            let is_there = |(key, value): &(String, Yaml)| node.get(key).is_some_and(|node| is(node, value));
            node.kind() == Kind::Map && node.len() == entries.len() && entries.iter().all(is_there)
        }
    }
}

/// Whether two values are the same, entries and items in their order.
fn same(a: NodeRef<'_>, b: NodeRef<'_>) -> bool {
    a.kind() == b.kind()
        && a.text() == b.text()
        && a.len() == b.len()
        && a.items().zip(b.items()).all(|(a, b)| same(a, b))
        && a.entries().zip(b.entries()).all(|(a, b)| a.name() == b.name() && same(a.value, b.value))
}

/// Whether a value has become what a patch says, and nothing else in it has changed.
pub(super) fn has_become(before: NodeRef<'_>, patch: &Patch, after: NodeRef<'_>) -> bool {
    let entries = match patch {
        Patch::Becomes(yaml) => return is(after, yaml),
        Patch::Entries(entries) => entries,
    };
    let patches: HashMap<&str, &Entry> = entries.iter().map(|(key, entry)| (key.as_str(), entry)).collect();
    let found: HashMap<&str, NodeRef<'_>> = after.entries().map(|entry| (entry.name(), entry.value)).collect();
    let mut expected = 0;
    let stays = before.entries().all(|entry| {
        let (name, patch) = match patches.get(entry.name()) {
            Some(Entry::Gone) => return true,
            Some(Entry::Value(patch)) => (entry.name(), Some(patch)),
            Some(Entry::Key(name, patch)) => (name.as_str(), patch.as_ref()),
            Some(Entry::New(_)) => return false,
            None => (entry.name(), None),
        };
        expected += 1;
        let now = found.get(name);
        now.is_some_and(|&now| match patch {
            Some(patch) => has_become(entry.value, patch, now),
            None => same(entry.value, now),
        })
    });
    let is_new = |(key, entry): &(String, Entry)| match entry {
        Entry::New(yaml) => found.get(key.as_str()).map(|&node| is(node, yaml)),
        _ => None,
    };
    let new: Vec<bool> = entries.iter().filter_map(is_new).collect();
    let added = entries.iter().filter(|(_, entry)| matches!(entry, Entry::New(_))).count();
    stays && new.len() == added && new.iter().all(|is| *is) && found.len() == expected + added
}

/// The value that a patch makes of one that cannot be edited in place.
pub(super) fn patched(node: NodeRef<'_>, patch: &Patch) -> Yaml {
    let entries = match patch {
        Patch::Becomes(yaml) => return yaml.clone(),
        Patch::Entries(entries) => entries,
    };
    let mut all = Vec::new();
    for entry in node.entries() {
        let name = entry.name().to_owned();
        match entries.iter().find(|(key, _)| *key == name).map(|(_, entry)| entry) {
            Some(Entry::Gone) => {}
            Some(Entry::Key(name, patch)) => {
                all.push((
                    name.clone(),
                    patch.as_ref().map_or_else(|| copy(entry.value), |patch| patched(entry.value, patch)),
                ));
            }
            Some(Entry::Value(patch)) => all.push((name, patched(entry.value, patch))),
            Some(Entry::New(_)) | None => all.push((name, copy(entry.value))),
        }
    }
    all.extend(entries.iter().filter_map(|(key, entry)| match entry {
        Entry::New(yaml) => Some((key.clone(), yaml.clone())),
        _ => None,
    }));
    Yaml::Map(all)
}

/// A value of a file as one to be written.
pub(in crate::pull) fn copy(node: NodeRef<'_>) -> Yaml {
    match node.kind() {
        Kind::Null => Yaml::Null,
        Kind::Bool => Yaml::Flag(node.as_bool().unwrap_or_default()),
        Kind::Int | Kind::Float => match node.as_number() {
            Some(Number::Int(whole)) => u64::try_from(whole).map_or(Yaml::Null, Yaml::Count),
            _ => Yaml::Null,
        },
        Kind::Text => Yaml::Text(node.text().unwrap_or_default().to_owned()),
        Kind::List => Yaml::List(node.items().map(|item| item.text().unwrap_or_default().to_owned()).collect()),
        Kind::Map => Yaml::Map(node.entries().map(|entry| (entry.name().to_owned(), copy(entry.value))).collect()),
    }
}
