//! Entries and items that stand on lines of their own.

use std::collections::{BTreeMap, HashMap};

use super::place::{in_order, place};
use super::{ATTRIBUTES, Editor, Entry, Refusal, Slot, refusal};
use crate::document::{Entry as Found, NodeRef};
use crate::pull::scalar::{Context, Quotes, scalar};
use crate::pull::yaml::{Yaml, entry, spaces};

/// Where an entry ends that has this key and value.
fn end_of(key: NodeRef<'_>, value: NodeRef<'_>) -> usize {
    let (key, value) = (key.span().range(), value.span().range());
    if value.is_empty() { key.end } else { value.end.max(key.end) }
}

impl Editor<'_> {
    pub(super) fn block_map(&mut self, slot: Slot<'_>, patches: &[(String, Entry)]) -> Result<(), Refusal> {
        let found: Vec<Found<'_>> = slot.value.entries().collect();
        let Some(first) = found.first() else { return Err(refusal(slot.value, "it has no entries")) };
        let indent = self.lines.indent(first.key.span().range().start);
        let positions: HashMap<&str, usize> = found.iter().enumerate().map(|(at, entry)| (entry.name(), at)).collect();
        let mut new = Vec::new();
        let mut is_gone = vec![false; found.len()];
        for (key, patch) in patches {
            let before = self.splices.len();
            let edited = match (patch, positions.get(key.as_str())) {
                (Entry::New(yaml), None) => {
                    new.push((key.clone(), yaml.clone()));
                    Ok(())
                }
                (Entry::Gone, Some(&at)) => {
                    is_gone[at] = true;
                    self.take_lines(found[at].key, found[at].value, indent)
                }
                (Entry::Value(_) | Entry::Key(..), Some(&at)) => self.entry(found[at], false, slot.depth + 1, patch),
                (_, Some(&at)) => Err(refusal(found[at].key, "it is there already")),
                (_, None) => Err(refusal(slot.key, "it is not there")),
            };
            self.settle(&slot, key, before, edited)?;
        }
        self.block_entries(&found, &is_gone, new, indent, slot.depth == ATTRIBUTES);
        Ok(())
    }

    /// Changes the key or the value of an entry.
    pub(super) fn entry(
        &mut self,
        found: Found<'_>,
        in_flow: bool,
        depth: usize,
        patch: &Entry,
    ) -> Result<(), Refusal> {
        let slot = self.slot(found, in_flow, depth)?;
        let value = match patch {
            Entry::Value(patch) => Some(patch),
            Entry::Key(name, patch) => {
                let range = found.key.span().range();
                let quotes = match self.lines.text[range.clone()].chars().next() {
                    Some('"') => Quotes::Double,
                    Some('\'') => Quotes::Single,
                    _ => Quotes::Needed,
                };
                let context = if in_flow { Context::Flow } else { Context::Block };
                self.splice(range.start, range.end, scalar(name, context, quotes));
                patch.as_ref()
            }
            Entry::Gone | Entry::New(_) => None,
        };
        value.map_or(Ok(()), |patch| self.value(slot, patch))
    }

    /// Takes out the lines of an entry.
    fn take_lines(&mut self, key: NodeRef<'_>, value: NodeRef<'_>, indent: usize) -> Result<(), Refusal> {
        let start = self.begins_line(key, "")?;
        let end = self.lines.extent(end_of(key, value), indent);
        self.splices.push(self.lines.without(self.lines.with_comments(start), end));
        Ok(())
    }

    /// The beginning of the line of what is the first on it, after a marker.
    fn begins_line(&self, node: NodeRef<'_>, marker: &str) -> Result<usize, Refusal> {
        let start = node.span().range().start;
        let line = self.lines.start(start);
        let before = self.lines.text[line..start].trim_start_matches('\u{feff}').trim();
        if before == marker { Ok(line) } else { Err(refusal(node, "it is not the first on its line")) }
    }

    fn block_entries(
        &mut self,
        found: &[Found<'_>],
        is_gone: &[bool],
        new: Vec<(String, Yaml)>,
        indent: usize,
        are_attributes: bool,
    ) {
        let there: Vec<(usize, &str)> =
            found.iter().enumerate().filter(|(at, _)| !is_gone[*at]).map(|(at, entry)| (at, entry.name())).collect();
        let start = |at: usize| self.lines.with_comments(self.lines.start(found[at].key.span().range().start));
        let extent = |at: usize| self.lines.extent(end_of(found[at].key, found[at].value), indent);
        let is_apart = |at: usize| self.lines.before(start(at)).is_some_and(|line| self.lines.is_blank(line));
        // Entries that stand apart from each other get company that does, too.
        let apart = found.len() > 1
            && (1..found.len()).filter(|&at| is_apart(at)).count() * 2 >= found.len() - 1
            && !are_attributes;
        let mut by_place: BTreeMap<Option<usize>, Vec<String>> = BTreeMap::new();
        for (key, yaml) in in_order(new, are_attributes) {
            let place = place(&there, &key, are_attributes);
            let lines = by_place.entry(place).or_default();
            let own = entry(&key, &yaml, indent);
            match place {
                Some(_) if apart => lines.extend(std::iter::once(String::new()).chain(own)),
                None if apart => lines.extend(own.into_iter().chain([String::new()])),
                _ => lines.extend(own),
            }
        }
        let splices = by_place.into_iter().map(|(place, lines)| match place {
            Some(at) => self.lines.below(extent(at), &lines),
            None => match there.first() {
                Some(&(first, _)) => self.lines.above(start(first), &lines),
                // Where everything goes, the new ones stand below what they belong to.
                None => self.lines.below(self.lines.end(start(0).saturating_sub(1)), &lines),
            },
        });
        let splices: Vec<_> = splices.collect();
        self.splices.extend(splices);
    }

    pub(super) fn block_list(&mut self, node: NodeRef<'_>, wanted: &[String]) -> Result<(), Refusal> {
        let items: Vec<NodeRef<'_>> = node.items().collect();
        let Some(&first) = items.first() else { return Err(refusal(node, "it has no items")) };
        let dash = |item: NodeRef<'_>| self.lines.indent(item.span().range().start);
        let (indent, start) = (dash(first), first.span().range().start);
        let marker = self.lines.text[self.lines.start(start)..start].trim_start().to_owned();
        let is_wanted = |item: &NodeRef<'_>| item.as_text().is_some_and(|text| wanted.iter().any(|name| name == text));
        let mut there = Vec::new();
        let mut gone = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let line = self.begins_line(*item, "-")?;
            if is_wanted(item) {
                there.push((at, item.text().unwrap_or_default()));
            } else {
                gone.push(
                    self.lines
                        .without(self.lines.with_comments(line), self.lines.extent(item.span().range().end, indent)),
                );
            }
        }
        self.splices.extend(gone);
        let new = wanted.iter().filter(|name| !there.iter().any(|(_, item)| item == name));
        let mut by_place: BTreeMap<Option<usize>, Vec<String>> = BTreeMap::new();
        for (name, ()) in in_order(new.map(|name| (name.clone(), ())).collect(), false) {
            let line = format!("{}{marker}{}", spaces(indent), scalar(&name, Context::Block, Quotes::Needed));
            by_place.entry(place(&there, &name, false)).or_default().push(line);
        }
        for (place, lines) in by_place {
            let splice = match place {
                Some(at) => self.lines.below(self.lines.extent(items[at].span().range().end, indent), &lines),
                None => self.lines.above(self.lines.with_comments(self.lines.start(start)), &lines),
            };
            self.splices.push(splice);
        }
        Ok(())
    }
}
