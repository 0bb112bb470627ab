//! The tree: an arena of nodes in the order in which they are written.
//!
//! Responsible for how nodes are kept and walked. Not responsible for how they come to be
//! (`parse`). A container is followed by its descendants and knows where they end, a map's
//! children are key, value, key, value; so a node takes 20 bytes and none has an allocation.
//! An alias is a node that names another one: trees share what is aliased.

use super::scalar::Number;
use crate::source::{SourceId, Span};

/// What a node is, in the types of the YAML 1.2 core schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing written, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction or an exponent.
    Float,
    /// Any other plain scalar, every quoted one and every key.
    Text,
    /// A sequence.
    List,
    /// A mapping.
    Map,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Is(Kind),
    /// `a` is the index of the node that is meant.
    Alias,
}

/// In quotes or a block scalar, so that it is text whatever it looks like.
pub(super) const QUOTED: u8 = 1;
/// A key whose entry was reported and is not part of the map.
pub(super) const IGNORED: u8 = 2;
/// Stands where something was reported; what it would have been is not known.
pub(super) const BROKEN: u8 = 4;
/// The text is in the side buffer, because the source spells it otherwise.
pub(super) const ASIDE: u8 = 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub raw: Raw,
    pub flags: u8,
    pub start: u32,
    pub end: u32,
    /// Scalars: where the text begins. Containers: the index after the last descendant.
    pub a: u32,
    /// Scalars: how long the text is. Containers: how many items or entries it has.
    pub b: u32,
}

// A million one-line assignments are six million nodes; the aim is 32 bytes for each at most.
const _: () = assert!(size_of::<Node>() == 20);

impl Node {
    pub fn is_container(&self) -> bool {
        matches!(self.raw, Raw::Is(Kind::List | Kind::Map))
    }
}

/// One parsed file. It borrows its text from [`crate::source::Sources`].
#[derive(Debug)]
pub struct Tree<'s> {
    pub(super) source: SourceId,
    pub(super) text: &'s str,
    pub(super) aside: String,
    pub(super) nodes: Vec<Node>,
}

impl Tree<'_> {
    /// The root. An empty file has a null there.
    #[must_use]
    pub fn root(&self) -> NodeRef<'_> {
        NodeRef { tree: self, index: 0 }
    }

    /// The text that the tree was read from.
    #[must_use]
    pub fn source(&self) -> SourceId {
        self.source
    }

    pub(super) fn scalar_text(&self, node: &Node) -> &str {
        let buffer: &str = if node.flags & ASIDE == 0 { self.text } else { &self.aside };
        &buffer[node.a as usize..(node.a + node.b) as usize]
    }

    /// The index after a node and all that is in it.
    pub(super) fn after(&self, index: u32) -> u32 {
        let node = &self.nodes[index as usize];
        if node.is_container() { node.a } else { index + 1 }
    }
}

/// One node of a tree.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    tree: &'a Tree<'a>,
    index: u32,
}

impl<'a> NodeRef<'a> {
    /// The node, or the one that it is an alias of. An alias never names an alias.
    fn node(self) -> &'a Node {
        let node = &self.tree.nodes[self.index as usize];
        if node.raw == Raw::Alias { &self.tree.nodes[node.a as usize] } else { node }
    }

    fn children_from(self) -> u32 {
        let node = &self.tree.nodes[self.index as usize];
        if node.raw == Raw::Alias { node.a + 1 } else { self.index + 1 }
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.node().raw {
            Raw::Is(kind) => kind,
            Raw::Alias => unreachable!("an alias never names an alias"),
        }
    }

    /// Where it is written; of an alias the alias itself, not what it stands for.
    #[must_use]
    pub fn span(self) -> Span {
        let node = &self.tree.nodes[self.index as usize];
        Span { source: self.tree.source, start: node.start, end: node.end }
    }

    /// The text of a scalar of any kind, without quotes and escapes; `None` for lists and maps.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        let node = self.node();
        (!node.is_container()).then(|| self.tree.scalar_text(node))
    }

    /// The text if it is a [`Kind::Text`].
    #[must_use]
    pub fn as_text(self) -> Option<&'a str> {
        (self.kind() == Kind::Text).then(|| self.tree.scalar_text(self.node()))
    }

    /// The value if it is a [`Kind::Bool`].
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.text().is_some_and(|text| text.starts_with(['t', 'T'])))
    }

    /// The value if it is a number.
    #[must_use]
    pub fn as_number(self) -> Option<Number> {
        matches!(self.kind(), Kind::Int | Kind::Float).then(|| Number::parse(self.tree.scalar_text(self.node())))
    }

    /// Whether it is a scalar in quotes or a block scalar.
    #[must_use]
    pub fn is_quoted(self) -> bool {
        self.node().flags & QUOTED != 0
    }

    /// Whether something was reported here, so that what it is means nothing.
    #[must_use]
    pub fn is_broken(self) -> bool {
        self.node().flags & BROKEN != 0
    }

    /// How many items or entries it has; 0 for scalars.
    #[must_use]
    pub fn len(self) -> usize {
        let node = self.node();
        if node.is_container() { node.b as usize } else { 0 }
    }

    /// Whether it has no items or entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The items of a list; nothing for anything else.
    #[must_use]
    pub fn items(self) -> ItemIter<'a> {
        let end = if self.kind() == Kind::List { self.node().a } else { 0 };
        ItemIter { tree: self.tree, next: self.children_from(), end }
    }

    /// The entries of a map in the order in which they are written; nothing for anything else.
    #[must_use]
    pub fn entries(self) -> EntryIter<'a> {
        let end = if self.kind() == Kind::Map { self.node().a } else { 0 };
        EntryIter(ItemIter { tree: self.tree, next: self.children_from(), end })
    }

    /// The value of a key. This looks through the entries: not for maps of many.
    #[must_use]
    pub fn get(self, key: &str) -> Option<NodeRef<'a>> {
        self.entries().find(|entry| entry.name() == key).map(|entry| entry.value)
    }

    pub(super) fn tree(self) -> &'a Tree<'a> {
        self.tree
    }

    pub(super) fn index(self) -> u32 {
        self.index
    }

    /// The list or map that is walked: the same for all of its aliases.
    pub(super) fn container(self) -> u32 {
        self.children_from() - 1
    }

    /// The node as it is spelt.
    pub(super) fn written(self) -> &'a str {
        self.tree.text.get(self.span().range()).unwrap_or_default()
    }
}

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            Kind::List => f.debug_list().entries(self.items()).finish(),
            Kind::Map => f.debug_map().entries(self.entries().map(|entry| (entry.name(), entry.value))).finish(),
            Kind::Text => write!(f, "{:?}", self.text().unwrap_or_default()),
            Kind::Null => f.write_str("null"),
            Kind::Bool | Kind::Int | Kind::Float => f.write_str(self.text().unwrap_or_default()),
        }
    }
}

/// One entry of a map.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key: always a [`Kind::Text`].
    pub key: NodeRef<'a>,
    /// The value.
    pub value: NodeRef<'a>,
}

impl<'a> Entry<'a> {
    /// The key as text.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.key.text().unwrap_or_default()
    }
}

/// The items of a list.
#[derive(Clone)]
pub struct ItemIter<'a> {
    tree: &'a Tree<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for ItemIter<'a> {
    type Item = NodeRef<'a>;

    fn next(&mut self) -> Option<NodeRef<'a>> {
        (self.next < self.end).then(|| {
            let node = NodeRef { tree: self.tree, index: self.next };
            self.next = self.tree.after(self.next);
            node
        })
    }
}

/// The entries of a map.
#[derive(Clone)]
pub struct EntryIter<'a>(ItemIter<'a>);

impl<'a> Iterator for EntryIter<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let entry = Entry { key: self.0.next()?, value: self.0.next()? };
            if entry.key.node().flags & IGNORED == 0 {
                return Some(entry);
            }
        }
    }
}
