//! Entries and items in braces and brackets.

use std::collections::HashMap;

use super::place::{in_order, place};
use super::{ATTRIBUTES, Editor, Entry, Refusal, Slot, refusal};
use crate::document::{Entry as Found, NodeRef};
use crate::pull::scalar::{Context, Quotes, scalar};
use crate::pull::yaml::flow_entry;

/// One entry or item.
struct Part<'n> {
    name: &'n str,
    start: usize,
    end: usize,
    is_gone: bool,
}

impl Editor<'_> {
    pub(super) fn flow_map(&mut self, slot: Slot<'_>, patches: &[(String, Entry)]) -> Result<(), Refusal> {
        let found: Vec<Found<'_>> = slot.value.entries().collect();
        let mut parts = Vec::with_capacity(found.len());
        for entry in &found {
            let own = self.slot(*entry, true, slot.depth + 1)?;
            let value = entry.value.span().range();
            let end = if value.is_empty() { own.behind } else { value.end };
            parts.push(Part { name: entry.name(), start: entry.key.span().range().start, end, is_gone: false });
        }
        let positions: HashMap<&str, usize> = found.iter().enumerate().map(|(at, entry)| (entry.name(), at)).collect();
        let mut new = Vec::new();
        for (key, patch) in patches {
            let before = self.splices.len();
            let edited = match (patch, positions.get(key.as_str())) {
                (Entry::New(yaml), None) => {
                    new.push((key.clone(), flow_entry(key, yaml)));
                    Ok(())
                }
                (Entry::Gone, Some(&at)) => {
                    parts[at].is_gone = true;
                    Ok(())
                }
                (Entry::Value(_) | Entry::Key(..), Some(&at)) => self.entry(found[at], true, slot.depth + 1, patch),
                (_, Some(&at)) => Err(refusal(found[at].key, "it is there already")),
                (_, None) => Err(refusal(slot.key, "it is not there")),
            };
            self.settle(&slot, key, before, edited)?;
        }
        self.flow_parts(slot.value, &parts, in_order(new, slot.depth == ATTRIBUTES), slot.depth == ATTRIBUTES)
    }

    pub(super) fn flow_list(&mut self, node: NodeRef<'_>, wanted: &[String]) -> Result<(), Refusal> {
        let part = |item: NodeRef<'_>| {
            let (range, name) = (item.span().range(), item.text().unwrap_or_default());
            // The inner lifetime is that of the tree: texts of items live as long as it.
            (range, name.to_owned(), !wanted.iter().any(|one| one == name))
        };
        let found: Vec<_> = node.items().map(part).collect();
        let parts: Vec<Part<'_>> = found
            .iter()
            .map(|(range, name, is_gone)| Part { name, start: range.start, end: range.end, is_gone: *is_gone })
            .collect();
        let new = wanted.iter().filter(|name| !parts.iter().any(|part| part.name == **name));
        let new = new.map(|name| (name.clone(), scalar(name, Context::Flow, Quotes::Needed))).collect();
        self.flow_parts(node, &parts, in_order(new, false), false)
    }

    fn flow_parts(
        &mut self,
        node: NodeRef<'_>,
        parts: &[Part<'_>],
        new: Vec<(String, String)>,
        are_attributes: bool,
    ) -> Result<(), Refusal> {
        let there: Vec<(usize, &str)> =
            parts.iter().enumerate().filter(|(_, part)| !part.is_gone).map(|(at, part)| (at, part.name)).collect();
        let Some(&(first, _)) = there.first() else {
            // Nothing of it stays: between the braces there is what is new.
            let range = node.span().range();
            let is_map = self.lines.text[range.clone()].starts_with('{');
            let (space, text) =
                (if is_map { " " } else { "" }, new.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", "));
            self.splice(range.start + 1, range.end - 1, format!("{space}{text}{space}"));
            return Ok(());
        };
        if self.has_own_lines(node, parts) {
            self.lines_of_parts(node, parts, &there, new, are_attributes);
            return Ok(());
        }
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.is_gone) {
            // With the comma on the side where something stays.
            let (start, end) =
                if at > first { (parts[at - 1].end, part.end) } else { (part.start, parts[at + 1].start) };
            if self.lines.text[start..end].contains('#') && !self.lines.share(start, end) {
                return Err(refusal(node, "there are comments in it"));
            }
            self.splice(start, end, "");
        }
        for (name, text) in new {
            match place(&there, &name, are_attributes) {
                Some(at) => {
                    let end = parts[at].end;
                    let space = if self.lines.text[..end].ends_with(':') { " " } else { "" };
                    self.splice(end, end, format!("{space}, {text}"));
                }
                None => self.splice(parts[first].start, parts[first].start, format!("{text}, ")),
            }
        }
        Ok(())
    }

    /// Whether each part begins a line, and what closes them does, too.
    fn has_own_lines(&self, node: NodeRef<'_>, parts: &[Part<'_>]) -> bool {
        let close = node.span().range().end - 1;
        let is_first = |at: usize| self.lines.text[self.lines.start(at)..at].trim().is_empty();
        parts.iter().all(|part| is_first(part.start)) && is_first(close)
    }

    fn lines_of_parts(
        &mut self,
        node: NodeRef<'_>,
        parts: &[Part<'_>],
        there: &[(usize, &str)],
        new: Vec<(String, String)>,
        are_attributes: bool,
    ) {
        for part in parts.iter().filter(|part| part.is_gone) {
            let start = self.lines.with_comments(self.lines.start(part.start));
            self.splices.push(self.lines.without(start, self.lines.end(part.end)));
        }
        let close = node.span().range().end - 1;
        let mut ended = Vec::new();
        for (name, text) in new {
            let at = place(there, &name, are_attributes);
            let part = &parts[at.unwrap_or(there[0].0)];
            let indent = &self.lines.text[self.lines.start(part.start)..part.start].to_owned();
            if at.is_none() {
                let line = self.lines.with_comments(self.lines.start(part.start));
                self.splices.push(self.lines.above(line, &[format!("{indent}{text},")]));
                continue;
            }
            let next = parts.iter().map(|other| other.start).find(|&start| start > part.start).unwrap_or(close);
            let has_comma = self.lines.text[part.end..next.min(self.lines.end(part.end))].trim_start().starts_with(',');
            if !has_comma && !ended.contains(&part.end) {
                ended.push(part.end);
                self.splice(part.end, part.end, ",");
            }
            // The last one of several that go behind the last needs no comma, and has none like it.
            let line = self.lines.below(self.lines.end(part.end), &[format!("{indent}{text},")]);
            self.splices.push(line);
        }
    }
}
