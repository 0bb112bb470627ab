//! One value: which splices make another one of it.

use super::patch::{is, patched};
use super::text::Splice;
use super::{Editor, Entry, Patch, Refusal, Slot, refusal};
use crate::document::{Entry as Found, Kind, NodeRef};
use crate::pull::scalar::{Context, Quotes, scalar};
use crate::pull::yaml::{Laid, Yaml};

impl Editor<'_> {
    pub(super) fn splice(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.splices.push(Splice { start, end, text: text.into() });
    }

    fn first(&self, node: NodeRef<'_>) -> Option<char> {
        self.lines.text[node.span().range()].chars().next()
    }

    /// Whether a list or map is in brackets or braces.
    pub(super) fn is_flow(&self, node: NodeRef<'_>) -> bool {
        matches!(node.kind(), Kind::List | Kind::Map) && matches!(self.first(node), Some('[' | '{'))
    }

    fn is_alias(&self, node: NodeRef<'_>) -> bool {
        self.first(node) == Some('*') && !node.is_quoted()
    }

    /// Finds the colon of an entry.
    pub(super) fn slot<'a>(&self, entry: Found<'a>, in_flow: bool, depth: usize) -> Result<Slot<'a>, Refusal> {
        let Found { key, value } = entry;
        let end = key.span().range().end;
        let rest = &self.lines.text[end..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let has_colon = rest[gap..].starts_with(':');
        if !(has_colon || in_flow && value.span().range().is_empty()) {
            return Err(refusal(key, "the key and its value are not written as `key: value`"));
        }
        let behind = if has_colon { end + gap + 1 } else { end };
        Ok(Slot { key, value, behind, has_colon, in_flow, depth })
    }

    /// Makes what a patch says of a value.
    pub(super) fn value(&mut self, slot: Slot<'_>, patch: &Patch) -> Result<(), Refusal> {
        let node = slot.value;
        if self.is_alias(node) {
            // What is aliased stands elsewhere, for others too.
            let yaml = patched(node, patch);
            return if is(node, &yaml) { Ok(()) } else { self.replace(slot, &yaml) };
        }
        match patch {
            Patch::Becomes(yaml) if is(node, yaml) => Ok(()),
            Patch::Becomes(Yaml::List(items)) if node.kind() == Kind::List && !node.is_empty() && !items.is_empty() => {
                self.list(slot, items)
            }
            Patch::Becomes(yaml @ (Yaml::Map(wanted) | Yaml::Block(wanted)))
                if node.kind() == Kind::Map && !node.is_empty() =>
            {
                if wanted.is_empty() {
                    return self.replace(slot, yaml);
                }
                let is_wanted = |name: &str| wanted.iter().any(|(key, _)| key == name);
                let gone = node
                    .entries()
                    .filter(|entry| !is_wanted(entry.name()))
                    .map(|entry| (entry.name().to_owned(), Entry::Gone));
                let mut entries: Vec<(String, Entry)> = gone.collect();
                entries.extend(wanted.iter().map(|(key, value)| match node.get(key) {
                    Some(_) => (key.clone(), Entry::Value(Patch::Becomes(value.clone()))),
                    None => (key.clone(), Entry::New(value.clone())),
                }));
                self.map(slot, &entries)
            }
            Patch::Becomes(yaml) => self.replace(slot, yaml),
            Patch::Entries(entries) if node.kind() == Kind::Map && !node.is_empty() => self.map(slot, entries),
            Patch::Entries(_) if node.kind() == Kind::Map || node.kind() == Kind::Null => {
                let yaml = match patched(node, patch) {
                    // A section is never on one line of its own accord.
                    Yaml::Map(entries) if slot.depth == 1 => Yaml::Block(entries),
                    Yaml::Map(entries) if entries.iter().any(|(_, value)| matches!(value, Yaml::Block(_))) => {
                        Yaml::Block(entries)
                    }
                    other => other,
                };
                self.replace(slot, &yaml)
            }
            Patch::Entries(_) => Err(refusal(node, "it is not a map")),
        }
    }

    fn map(&mut self, slot: Slot<'_>, entries: &[(String, Entry)]) -> Result<(), Refusal> {
        let gone = entries.iter().filter(|(_, entry)| *entry == Entry::Gone).count();
        let is_left = gone < slot.value.len() || entries.iter().any(|(_, entry)| matches!(entry, Entry::New(_)));
        if !is_left {
            return self.replace(slot, &Yaml::Map(Vec::new()));
        }
        if self.is_flow(slot.value) { self.flow_map(slot, entries) } else { self.block_map(slot, entries) }
    }

    fn list(&mut self, slot: Slot<'_>, items: &[String]) -> Result<(), Refusal> {
        let stays =
            slot.value.items().any(|item| item.as_text().is_some_and(|text| items.iter().any(|wanted| wanted == text)));
        if !stays {
            return self.replace(slot, &Yaml::List(items.to_vec()));
        }
        if self.is_flow(slot.value) { self.flow_list(slot.value, items) } else { self.block_list(slot.value, items) }
    }

    /// Puts a value in the place of another one.
    pub(super) fn replace(&mut self, slot: Slot<'_>, yaml: &Yaml) -> Result<(), Refusal> {
        let std::ops::Range { start: written, end } = slot.value.span().range();
        // The head of a text in lines stands before what the tree takes for the text.
        let head = self.head_of_lines(slot);
        let start = head.unwrap_or(written);
        let is_empty = start == end;
        let in_style = if head.is_none() { self.in_style(slot.value, yaml) } else { None };
        if slot.in_flow {
            let text = in_style.unwrap_or_else(|| yaml.flow());
            let colon = if slot.has_colon { "" } else { ":" };
            if is_empty {
                let space = if text.is_empty() { "" } else { " " };
                self.splice(slot.behind, slot.behind, format!("{colon}{space}{text}"));
            } else {
                self.splice(start, end, text);
            }
            return Ok(());
        }
        let indent = self.lines.indent(slot.key.span().range().start);
        let width = slot.behind - self.lines.start(slot.behind) - indent;
        let Laid { head, below } = match in_style {
            Some(text) => Laid { head: text, below: Vec::new() },
            None => yaml.laid(indent, width),
        };
        let space = if head.is_empty() { "" } else { " " };
        if is_empty {
            self.splice(slot.behind, slot.behind, format!("{space}{head}"));
            let end = self.lines.end(slot.behind);
            self.splices.push(self.lines.below(end, &below));
        } else if self.lines.share(slot.behind, start) {
            // An anchor before the value stays where it is.
            let from = if head.is_empty() && self.lines.text[slot.behind..start].trim().is_empty() {
                slot.behind
            } else {
                start
            };
            self.splice(from, end, head);
            let end_of_line = self.lines.end(end);
            self.splices.push(self.lines.below(end_of_line, &below));
        } else {
            // What stood below goes, with what was said of its parts; what is said behind the key stays.
            let between = &self.lines.text[slot.behind..start];
            let is_plain = between.lines().all(|line| {
                line.trim().trim_start_matches('-').trim().is_empty() || line.trim_start().starts_with('#')
            });
            if !is_plain {
                return Err(refusal(slot.value, "there is something between the key and its value"));
            }
            self.splice(slot.behind, slot.behind, format!("{space}{head}"));
            let (from, to) = (self.lines.end(slot.behind), self.lines.extent(end, indent));
            self.splice(from, to, "");
            self.splices.push(self.lines.below(to, &below));
        }
        Ok(())
    }

    /// Where the `|` or `>` is of a text that is written in lines.
    fn head_of_lines(&self, slot: Slot<'_>) -> Option<usize> {
        let between = self.lines.text.get(slot.behind..slot.value.span().range().start)?;
        let head = between.trim_start_matches([' ', '\t']);
        let is_head = slot.value.is_quoted() && head.starts_with(['|', '>']);
        is_head.then(|| slot.behind + between.len() - head.len())
    }

    /// A text in the quotes that the text before it has.
    fn in_style(&self, before: NodeRef<'_>, yaml: &Yaml) -> Option<String> {
        let Yaml::Text(text) = yaml else { return None };
        let quotes = match self.first(before)? {
            '"' => Quotes::Double,
            '\'' => Quotes::Single,
            _ => return None,
        };
        Some(scalar(text, Context::Flow, quotes))
    }
}
