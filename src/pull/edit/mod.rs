//! Edits of manifests that leave everything else in them as it is: comments, order, quotes, braces, line
//! ends.
//!
//! A [`Patch`] says what becomes of which entries of a file. The smallest splices that bring it about are
//! found on the spans of the file's tree; then the new text is read, and must have become exactly that. An
//! entry for which it has not (an anchor that is used elsewhere, a key after `?`) is refused with its place
//! and stays as it is. Not responsible for what an entry shall be (`update`, `fields`).

mod block;
mod flow;
mod patch;
mod place;
mod text;
mod value;

#[cfg(test)]
mod tests;

pub(super) use patch::{Entry, Patch, copy};

use patch::has_become;
use text::{Lines, Splice};

use crate::document::{self, NodeRef};
use crate::source::{SourceId, Sources, Span};

/// At this depth the keys are attributes.
const ATTRIBUTES: usize = 2;

/// An edit that was not made, and why; a person has to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Where it would have been made.
    pub span: Span,
    /// Why not, in one phrase.
    pub reason: &'static str,
}

/// One text after its edits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edited {
    /// The new text; `None` where nothing changed.
    pub text: Option<String>,
    /// The entries that stayed as they were although they should not, by section and key.
    pub refused: Vec<(String, String, Refusal)>,
}

/// The patch of a file: its sections, and in each what becomes of its entries.
pub(super) type Sections = Vec<(String, Vec<(String, Entry)>)>;

/// After so many entries that go wrong together nobody wants each of them tried alone.
const MOST_TRIED_ALONE: usize = 500;

/// Edits one file.
pub(super) fn edited(sources: &Sources, source: SourceId, sections: &Sections) -> Edited {
    let mut edited = Edited::default();
    let text = sources.text(source);
    let mut wanted = sections.clone();
    let refused = match attempt(sources, source, &wanted) {
        Ok(text) => return Edited { text: (text != sources.text(source)).then_some(text), ..edited },
        Err(refused) => refused,
    };
    // Those that cannot be made for themselves go first, then those that spoil the others.
    for (section, key, refusal) in refused {
        wanted
            .iter_mut()
            .filter(|(name, _)| *name == section)
            .for_each(|(_, all)| all.retain(|(name, _)| *name != key));
        edited.refused.push((section, key, refusal));
    }
    if let Ok(text) = attempt(sources, source, &wanted) {
        edited.text = (text != sources.text(source)).then_some(text);
        return edited;
    }
    let count: usize = wanted.iter().map(|(_, entries)| entries.len()).sum();
    let mut alone = Sources::default();
    let mut current = alone.add(sources.path(source), text);
    let mut waiting: Vec<(String, String, Entry)> = Vec::with_capacity(count);
    for (section, entries) in wanted {
        waiting.extend(entries.into_iter().map(|(key, entry)| (section.clone(), key, entry)));
    }
    // One may stand in the way of another: what uses an anchor goes before what has it.
    loop {
        let mut failed = Vec::new();
        let before = waiting.len();
        for (section, key, entry) in waiting {
            let one = vec![(section.clone(), vec![(key.clone(), entry.clone())])];
            match attempt(&alone, current, &one) {
                Ok(text) if count <= MOST_TRIED_ALONE => {
                    alone = Sources::default();
                    current = alone.add(sources.path(source), text);
                }
                refused => failed.push((section, key, entry, refused.err().and_then(|mut all| all.pop()))),
            }
        }
        if failed.is_empty() || failed.len() == before {
            for (section, key, _, refused) in failed {
                let reason = "it cannot be changed without changing something else";
                let reason = refused.map_or(reason, |(_, _, refusal)| refusal.reason);
                // Places are those of the text that people have.
                let span = place_of(sources, source, &section, &key);
                edited.refused.push((section, key, Refusal { span, reason }));
            }
            break;
        }
        waiting = failed.into_iter().map(|(section, key, entry, _)| (section, key, entry)).collect();
    }
    let now = alone.text(current);
    edited.text = (now != text).then(|| now.to_owned());
    edited
}

/// Where an entry is, or its section, or the file.
fn place_of(sources: &Sources, source: SourceId, section: &str, key: &str) -> Span {
    let (tree, _) = document::parse(sources, source);
    let found = tree.as_ref().and_then(|tree| {
        let section = tree.root().entries().find(|entry| entry.name() == section)?;
        let entry = section.value.entries().find(|entry| entry.name() == key);
        Some(entry.map_or(section.key.span(), |entry| entry.key.span()))
    });
    found.unwrap_or_else(|| Span::top(source))
}

/// The new text, when it has become what it should; else the entries that cannot be edited, none when it
/// is not known which ones spoil it.
fn attempt(sources: &Sources, source: SourceId, sections: &Sections) -> Result<String, Vec<(String, String, Refusal)>> {
    let (tree, found) = document::parse(sources, source);
    let Some(tree) = tree.filter(|_| !found.has_errors()) else { return Err(Vec::new()) };
    let mut editor = Editor { lines: Lines::new(sources.text(source)), splices: Vec::new(), refused: Vec::new() };
    editor.sections(tree.root(), sections);
    let Editor { lines, splices, refused } = editor;
    if !refused.is_empty() {
        return Err(refused);
    }
    let text = lines.spliced(splices).ok_or_else(Vec::new)?;
    let mut result = Sources::default();
    let after = result.add(sources.path(source), &*text);
    let (after, found) = document::parse(&result, after);
    let entries = sections.iter().map(|(name, entries)| (name.clone(), Entry::Value(Patch::Entries(entries.clone()))));
    let patch = Patch::Entries(entries.collect());
    let is_right = |after: NodeRef<'_>| has_become(tree.root(), &patch, after);
    match after.filter(|_| !found.has_errors()) {
        Some(after) if is_right(after.root()) => Ok(text),
        _ => Err(Vec::new()),
    }
}

/// Collects the splices of one text.
struct Editor<'t> {
    lines: Lines<'t>,
    splices: Vec<Splice>,
    refused: Vec<(String, String, Refusal)>,
}

/// A value and what stands before it.
#[derive(Clone, Copy)]
struct Slot<'a> {
    key: NodeRef<'a>,
    value: NodeRef<'a>,
    /// Behind the colon; behind the key where there is none.
    behind: usize,
    has_colon: bool,
    /// Whether it stands in braces.
    in_flow: bool,
    /// 1 for sections, 2 for their entries, and so on.
    depth: usize,
}

impl Editor<'_> {
    /// Takes what was begun of a refused edit back. One entry of a section does not keep the others; a part
    /// of an entry keeps the whole of it.
    fn settle(
        &mut self,
        slot: &Slot<'_>,
        key: &str,
        before: usize,
        edited: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Err(refusal) = edited else { return Ok(()) };
        if slot.depth > 1 {
            return Err(refusal);
        }
        self.splices.truncate(before);
        let section = slot.key.text().unwrap_or_default().to_owned();
        self.refused.push((section, key.to_owned(), refusal));
        Ok(())
    }

    fn sections(&mut self, root: NodeRef<'_>, sections: &Sections) {
        for (name, entries) in sections.iter().filter(|(_, entries)| !entries.is_empty()) {
            let found = root.entries().find(|entry| entry.name() == name);
            let slot = match found {
                Some(section) => self.slot(section, self.is_flow(root), 1),
                None => Err(refusal(root, "the file has no such section")),
            };
            let (before, refused) = (self.splices.len(), self.refused.len());
            let edited = slot.and_then(|slot| self.value(slot, &Patch::Entries(entries.clone())));
            if let Err(refusal) = edited {
                self.splices.truncate(before);
                self.refused.truncate(refused);
                self.refused.extend(entries.iter().map(|(key, _)| (name.clone(), key.clone(), refusal.clone())));
            }
        }
    }
}

fn refusal(node: NodeRef<'_>, reason: &'static str) -> Refusal {
    Refusal { span: node.span(), reason }
}
