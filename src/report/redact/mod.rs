//! Users' names replaced by short hashes, so that a report can be shown to people who may not see them.
//!
//! A name has the same hash in every report, so that two can be compared. Whoever can guess a name can
//! also hash it: this is a pseudonym, not anonymity. What is replaced are the names that the run knows
//! of, wherever they stand, and whatever looks like an e-mail address; all of it in the values, before
//! any form is made of them.

mod findings;
mod plan;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::state::fold;

/// Shorter names are words of every language: in a text they count as names only where they stand in
/// quotes or after `user/`.
const SHORTEST_IN_TEXT: usize = 4;

/// Digits of a hash: two of ten thousand users share one in one report of a hundred, and it can still be
/// read aloud.
const DIGITS: usize = 8;

/// Replaces the names of users.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// The hashes by name in lower case.
    tokens: HashMap<String, String>,
    /// By first word in lower case, how the names that have it are cut, the longest first: many names
    /// begin alike, but few lengths are different.
    cuts: HashMap<String, BTreeSet<Reverse<Cut>>>,
}

/// Where a name begins and ends, seen from its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    /// Characters in all.
    length: usize,
    /// How many of them are before the first word.
    before: usize,
}

/// Which kind of name it is: the hash says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    UserName,
    DisplayName,
}

fn token(name: &str, sort: Sort) -> String {
    let word = match sort {
        Sort::UserName => "user",
        Sort::DisplayName => "name",
    };
    let hash = Sha256::digest(fold(name).as_bytes());
    let digits: String = hash.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("{word}-{digits}")
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

impl Redactor {
    /// Learns a userName.
    pub fn learn_user(&mut self, name: &str) {
        self.learn(name, Sort::UserName);
    }

    /// Learns what people call a user.
    pub fn learn_display_name(&mut self, name: &str) {
        self.learn(name, Sort::DisplayName);
    }

    fn learn(&mut self, name: &str, sort: Sort) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        for spelled in [Cow::Borrowed(name), fold(name)] {
            let characters: Vec<char> = spelled.chars().map(lower).collect();
            let before = characters.iter().position(|c| c.is_alphanumeric()).unwrap_or(0);
            let word: String = characters[before..].iter().take_while(|c| c.is_alphanumeric()).collect();
            self.cuts.entry(word).or_default().insert(Reverse(Cut { length: characters.len(), before }));
            self.tokens.entry(characters.into_iter().collect()).or_insert_with(|| token(name, sort));
        }
    }

    /// A userName's hash.
    #[must_use]
    pub fn user(&self, name: &str) -> String {
        token(name, Sort::UserName)
    }

    /// A text with every name in it replaced.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (range, token) in found {
            out.push_str(&text[end..range.start]);
            out.push_str(&token);
            end = range.end;
        }
        out.push_str(&text[end..]);
        Cow::Owned(out)
    }

    /// Where names stand in a text, in order, and what takes their place.
    fn find(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let characters: Vec<(usize, char)> = text.char_indices().collect();
        let lowered: Vec<char> = characters.iter().map(|&(_, c)| lower(c)).collect();
        let offset = |at: usize| characters.get(at).map_or(text.len(), |&(offset, _)| offset);
        let mut found: Vec<(Range<usize>, String)> = Vec::new();
        let mut at = 0;
        while at < lowered.len() {
            let known = self.known_at(&lowered, at);
            let Some((range, token)) = known.or_else(|| self.unknown_at(text, &characters, at)) else {
                at += 1;
                continue;
            };
            // A name that begins before its first word can reach into what was found already.
            let start = offset(range.start).max(found.last().map_or(0, |(last, _)| last.end));
            at = range.end.max(at + 1);
            found.push((start..offset(range.end), token));
        }
        found
    }

    /// The longest known name whose first word begins here.
    fn known_at(&self, text: &[char], at: usize) -> Option<(Range<usize>, String)> {
        if at > 0 && text[at - 1].is_alphanumeric() {
            return None;
        }
        let length = text[at..].iter().take_while(|c| c.is_alphanumeric()).count();
        // The names without any word in them are under the empty one.
        let words = [text[at..at + length].iter().collect::<String>(), String::new()];
        let cuts = words.iter().take(if length == 0 { 1 } else { 2 }).filter_map(|word| self.cuts.get(word));
        cuts.flatten().find_map(|Reverse(Cut { length, before })| {
            let start = at.checked_sub(*before)?;
            let name = text.get(start..start + length)?;
            let end = start + length;
            let before = start.checked_sub(1).map(|before| text[before]);
            let joins = |c: Option<char>, own: char| own.is_alphanumeric() && c.is_some_and(char::is_alphanumeric);
            let is_apart = !joins(before, *name.first()?) && !joins(text.get(end).copied(), *name.last()?);
            let is_said = *length >= SHORTEST_IN_TEXT || before.is_some_and(|c| matches!(c, '`' | '"' | '\'' | '/'));
            let token = (is_apart && is_said).then(|| self.tokens.get(&name.iter().collect::<String>()))??;
            Some((start..end, token.clone()))
        })
    }

    /// Something that begins here and looks like an e-mail address, or is called a user.
    fn unknown_at(&self, text: &str, characters: &[(usize, char)], at: usize) -> Option<(Range<usize>, String)> {
        let is_local = |c: char| c.is_alphanumeric() || "._%+-!#$&*?^~".contains(c);
        let is_domain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
        let before = at.checked_sub(1).map(|before| characters[before].1);
        let until = |from: usize, is: &dyn Fn(char) -> bool| {
            from + characters[from..].iter().take_while(|&&(_, c)| is(c)).count()
        };
        let slice = |range: Range<usize>| {
            let end = characters.get(range.end).map_or(text.len(), |&(offset, _)| offset);
            &text[characters[range.start].0..end]
        };
        // Looked at once for each run of such characters.
        let local = if before.is_some_and(is_local) { at } else { until(at, &is_local) };
        if local > at && characters.get(local).is_some_and(|&(_, c)| c == '@') {
            let mut end = until(local + 1, &is_domain);
            while end > local + 1 && !characters[end - 1].1.is_alphanumeric() {
                end -= 1;
            }
            if end > local + 1 {
                return Some((at..end, self.user(slice(at..end))));
            }
        }
        // `user/NAME`, up to the end of its quotes or its word.
        const ADDRESS: &str = "user/";
        let start = at.checked_sub(ADDRESS.len())?;
        let quote = start.checked_sub(1).map(|quote| characters[quote].1).filter(|c| matches!(c, '`' | '"' | '\''));
        let is_address = slice(start..at) == ADDRESS
            && start.checked_sub(1).is_none_or(|before| !characters[before].1.is_alphanumeric());
        let end = match quote {
            Some(quote) => until(at, &|c| c != quote),
            None => until(at, &|c| !c.is_whitespace() && !matches!(c, ',' | ':' | ';' | ')' | '`' | '"')),
        };
        let name = is_address && end > at;
        let name = name.then(|| slice(at..end))?;
        (name != "…" && name != "*").then(|| (at..end, self.user(name)))
    }
}

#[cfg(test)]
mod tests;
