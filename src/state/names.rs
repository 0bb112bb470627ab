//! Names: how they are compared, and how many of them are kept.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A name as it is compared: NFC, trimmed, runs of white space as one space, lower case.
/// Names that fold to the same text are the same name (`Ana@` and `ana@`).
#[must_use]
pub fn fold(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
    if plain {
        return Cow::Borrowed(name);
    }
    let normal: Cow<'_, str> = if is_nfc(name) { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) };
    let mut folded = String::with_capacity(normal.len());
    for word in normal.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    // Lower-casing can take a text out of NFC (`İ` becomes `i` and a combining dot).
    Cow::Owned(if is_nfc(&folded) { folded } else { folded.nfc().collect() })
}

/// Many texts in one buffer: 4 bytes beside each text instead of an allocation.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    buffer: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Appends a text and returns its index.
    ///
    /// # Panics
    ///
    /// When all texts together pass 4 GiB: forty times a million users.
    pub fn push(&mut self, text: &str) -> u32 {
        self.buffer.push_str(text);
        self.ends.push(u32::try_from(self.buffer.len()).expect("at most 4 GiB of names"));
        u32::try_from(self.ends.len() - 1).expect("fewer texts than bytes")
    }

    /// The text at an index that [`Texts::push`] returned.
    #[must_use]
    pub fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.buffer[start..self.ends[index] as usize]
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// One text of a [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// Distinct texts, each kept once and found by its content. Symbols count up from 0 in the order
/// of first appearance, so they index columns.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: Texts,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Names {
    /// The symbol of a text, new or known, and whether it is new.
    pub fn intern(&mut self, text: &str) -> (Symbol, bool) {
        let Self { texts, table, hasher } = self;
        let hash = hasher.hash_one(text);
        match table.entry(hash, |&index| texts.get(index) == text, |&index| hasher.hash_one(texts.get(index))) {
            hashbrown::hash_table::Entry::Occupied(entry) => (Symbol(*entry.get()), false),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                // The text is pushed after the table has grown, so its own hash is never asked for.
                let index = u32::try_from(texts.len()).expect("fewer than 2^32 names");
                entry.insert(index);
                texts.push(text);
                (Symbol(index), true)
            }
        }
    }

    /// The symbol of a text that is known.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Symbol> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |&index| self.texts.get(index) == text).map(|&index| Symbol(index))
    }

    /// The text of a symbol.
    #[must_use]
    pub fn get(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0)
    }

    /// How many distinct texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_ignores_case_runs_of_spaces_and_composition() {
        assert_eq!(fold("  Loan \t Officer "), "loan officer");
        assert_eq!(fold("Ana@Example.com"), "ana@example.com");
        assert_eq!(fold("E\u{301}milie"), fold("Émilie"));
        assert_ne!(fold("Credit Union - CRM"), fold("Credit Union – CRM"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in ".*") {
            let once = fold(&name).into_owned();
            prop_assert_eq!(fold(&once).into_owned(), once);
        }

        #[test]
        fn interned_names_are_found_again(names in proptest::collection::vec(".{0,8}", 0..200)) {
            let mut interned = Names::default();
            let symbols: Vec<_> = names.iter().map(|name| interned.intern(name).0).collect();
            for (name, symbol) in names.iter().zip(symbols) {
                prop_assert_eq!(interned.get(symbol), name);
                prop_assert_eq!(interned.find(name), Some(symbol));
            }
        }
    }
}
