//! The keys of one map: which are keys at all, and which are given twice.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::findings::Findings;
use super::tree::{IGNORED, Tree};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// The longest key, in bytes: what YAML 1.2 §7.4.2 allows for a key without `?`, and enough for a
/// name in any script. Keys are copied into paths and findings, so their length is bounded.
pub const MAX_KEY_BYTES: usize = 4 * 1024;

/// Maps of up to this many entries are compared key by key, which takes no memory and is quicker.
const FEW: u32 = 12;

/// Reports every key of a complete map that was given before in it and takes its entry out.
/// Keys are equal when their texts are: spellings that mean the same name are for those who know
/// what the names are.
pub(super) fn take_out_duplicates(tree: &mut Tree<'_>, map: u32, hasher: &RandomState, findings: &mut Findings) {
    let entries = tree.nodes[map as usize].b;
    let mut seen = Seen::new(entries);
    let (mut key, end) = (map + 1, tree.nodes[map as usize].a);
    let mut duplicates = 0;
    while key < end {
        if tree.nodes[key as usize].flags & IGNORED == 0
            && let Some(first) = seen.insert(tree, key, hasher)
        {
            tree.nodes[key as usize].flags |= IGNORED;
            duplicates += 1;
            findings.push(|| duplicate(tree, first, key));
        }
        key = tree.after(tree.after(key));
    }
    tree.nodes[map as usize].b -= duplicates;
}

fn duplicate(tree: &Tree<'_>, first: u32, second: u32) -> Diagnostic {
    let span = |key: u32| {
        let node = &tree.nodes[key as usize];
        Span { source: tree.source, start: node.start, end: node.end }
    };
    let name = tree.scalar_text(&tree.nodes[first as usize]);
    Diagnostic::new(Code::DuplicateKey, span(second), format!("`{name}` is given twice"))
        .help("keep one of the two")
        .related(span(first), "first given here")
}

enum Seen {
    Few([u32; FEW as usize], usize),
    Many(HashTable<u32>),
}

impl Seen {
    fn new(entries: u32) -> Self {
        if entries <= FEW {
            Self::Few([0; FEW as usize], 0)
        } else {
            Self::Many(HashTable::with_capacity(entries as usize))
        }
    }

    /// The key that was there before, if there was one.
    fn insert(&mut self, tree: &Tree<'_>, key: u32, hasher: &RandomState) -> Option<u32> {
        let text = |key: u32| tree.scalar_text(&tree.nodes[key as usize]);
        let wanted = text(key);
        match self {
            Self::Few(keys, count) => {
                let before = keys[..*count].iter().copied().find(|&before| text(before) == wanted);
                if before.is_none() {
                    keys[*count] = key;
                    *count += 1;
                }
                before
            }
            Self::Many(table) => {
                let hash = |key: &u32| hasher.hash_one(text(*key));
                match table.entry(hasher.hash_one(wanted), |&before| text(before) == wanted, hash) {
                    Entry::Occupied(before) => Some(*before.get()),
                    Entry::Vacant(place) => {
                        place.insert(key);
                        None
                    }
                }
            }
        }
    }
}
