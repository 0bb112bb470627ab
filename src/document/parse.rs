//! From parser events to a tree.
//!
//! Responsible for the tree's shape, its limits and the findings about YAML itself. Not
//! responsible for what the parser's errors are called (`syntax`). Nothing here recurs: open lists
//! and maps are kept on a stack of at most [`MAX_NESTING`], which bounds every later walk.

use foldhash::fast::RandomState;
use granit_parser::{Event, Parser, ScalarStyle, Span as Marks, StructureStyle};

use super::aliases::{Anchors, Lookup, MAX_ALIAS_NODES, Target, cost_of_text};
use super::findings::{Findings, more_in_file};
use super::keys::{MAX_KEY_BYTES, take_out_duplicates};
use super::scalar::kind_of;
use super::syntax;
use super::tree::{ASIDE, BROKEN, IGNORED, Kind, Node, QUOTED, Raw, Tree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{SourceId, Sources, Span};

/// How deep lists and maps may be nested, aliases followed. The deepest manifest has eight levels;
/// every walk of a tree, the schema's included, recurs once or a few times for each level, which
/// at 64 stays far below the two megabytes of a thread's stack.
pub const MAX_NESTING: usize = 64;

/// Reads one text. There is no tree when the text is not YAML or is nested too deeply: what comes
/// after that place is not known. Everything else that is wrong is reported and left out of the
/// tree, so that the rest can be checked.
#[must_use]
pub fn parse(sources: &Sources, id: SourceId) -> (Option<Tree<'_>>, Diagnostics) {
    let text = sources.text(id);
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    };
    let mut builder = Builder {
        tree: Tree { source: id, text, aside: String::new(), nodes: Vec::new() },
        findings: Findings::default(),
        open: Vec::new(),
        anchors: Anchors::default(),
        cost: 0,
        hasher: RandomState::default(),
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let complete = loop {
        match parser.next_event() {
            None => break true,
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                builder.findings.push(|| syntax::finding(id, text, at, error.kind()));
                break false;
            }
            Some(Ok((event, marks))) => match builder.event(event, &marks) {
                Flow::On => {}
                Flow::Enough => break true,
                Flow::Lost => break false,
            },
        }
    };
    let Builder { mut tree, findings, .. } = builder;
    if tree.nodes.is_empty() {
        tree.nodes.push(Node { raw: Raw::Is(Kind::Null), flags: 0, start: 0, end: 0, a: 0, b: 0 });
    }
    tree.nodes.shrink_to_fit();
    (complete.then_some(tree), findings.finish(more_in_file))
}

enum Flow {
    On,
    /// What follows is another document, which has been reported.
    Enough,
    /// What follows cannot be understood.
    Lost,
}

struct Builder<'s> {
    tree: Tree<'s>,
    findings: Findings,
    open: Vec<Open>,
    anchors: Anchors,
    /// Nodes so far, aliases counted with all that they stand for.
    cost: u64,
    hasher: RandomState,
}

/// A list or map whose end has not come.
struct Open {
    node: u32,
    is_map: bool,
    is_flow: bool,
    wants_key: bool,
    /// Items, or entries that stay.
    count: u32,
    /// The levels of the highest child so far.
    height: usize,
    anchor: usize,
    cost_before: u64,
    last_end: u32,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, marks: &Marks) -> Flow {
        let (start, end) = self.offsets(marks);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let tagged = self.tag(marks);
                self.scalar(&text, style, anchor, (start, end), tagged);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.open.len() >= MAX_NESTING => {
                let span = self.span(start, end.max(start + 1));
                self.findings.push(|| syntax::nesting(span));
                return Flow::Lost;
            }
            Event::SequenceStart(style, anchor, _) => self.open(Kind::List, style, anchor, start, marks),
            Event::MappingStart(style, anchor, _) => self.open(Kind::Map, style, anchor, start, marks),
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            Event::Alias(id) => self.alias(id, start, end),
            Event::UnresolvedAlias(name) => {
                let span = self.span(start, end);
                self.findings.push(|| {
                    Diagnostic::new(Code::YamlSyntax, span, format!("there is no anchor `&{name}` before this alias"))
                        .help("write the value out, or put the anchor before its first alias; quote a text that begins with `*`")
                });
                self.leaf(Kind::Null, BROKEN, (start, end));
            }
            Event::DocumentStart(..) if !self.tree.nodes.is_empty() => {
                let span = self.span(start, end);
                self.findings.push(|| {
                    Diagnostic::new(Code::SeveralDocuments, span, "a second document begins here")
                        .help("one file is one document: split the file, or remove the `---`")
                });
                return Flow::Enough;
            }
            _ => {}
        }
        Flow::On
    }

    fn offsets(&self, marks: &Marks) -> (u32, u32) {
        let end_of_text = self.tree.text.len();
        let start = marks.start.byte_offset().unwrap_or(end_of_text).min(end_of_text);
        let end = marks.end.byte_offset().unwrap_or(end_of_text).clamp(start, end_of_text);
        (start as u32, end as u32)
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span { source: self.tree.source, start, end }
    }

    fn at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.wants_key)
    }

    /// Reports a tag if there is one.
    fn tag(&mut self, marks: &Marks) -> bool {
        let Some(tag) = marks.tag_start else { return false };
        let start = tag.byte_offset().unwrap_or(0) as u32;
        let end = marks.tag_span().and_then(|span| span.end.byte_offset()).map_or(start + 1, |end| end as u32);
        let span = self.span(start, end);
        self.findings.push(|| {
            Diagnostic::new(Code::Tag, span, "tags are not used in these files")
                .help("remove the tag, or quote the value if the exclamation mark belongs to it")
        });
        true
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, (start, end): (u32, u32), tagged: bool) {
        let quoted = style != ScalarStyle::Plain;
        // The parser calls what is not written `~`.
        let text = if !quoted && start == end { "" } else { text };
        let mut flags = if quoted { QUOTED } else { 0 };
        let kind = if self.at_key() {
            if self.reports_key(text, quoted, (start, end)) {
                flags |= IGNORED;
            }
            Kind::Text
        } else {
            if tagged {
                flags |= BROKEN;
            }
            if quoted { Kind::Text } else { kind_of(text) }
        };
        let (a, aside) = self.keep(text, start, end);
        let end = match style {
            // The last line break belongs to the text but not to the place.
            ScalarStyle::Literal | ScalarStyle::Folded => {
                start + self.tree.text[start as usize..end as usize].trim_end().len() as u32
            }
            _ => end,
        };
        let node = self.tree.nodes.len() as u32;
        let cost = cost_of_text(text.len());
        self.cost += cost;
        self.tree.nodes.push(Node { raw: Raw::Is(kind), flags: flags | aside, start, end, a, b: text.len() as u32 });
        self.anchors.close(anchor, Target { node, cost, height: 0 });
        self.child_is_complete(node, 0);
    }

    /// Where a text begins: in the source where that spells it, else in the side buffer.
    fn keep(&mut self, text: &str, start: u32, end: u32) -> (u32, u8) {
        let spelt = |from: u32, to: u32| self.tree.text.get(from as usize..to as usize) == Some(text);
        if spelt(start, end) {
            (start, 0)
        } else if start + 2 <= end && spelt(start + 1, end - 1) {
            (start + 1, 0)
        } else {
            self.tree.aside.push_str(text);
            ((self.tree.aside.len() - text.len()) as u32, ASIDE)
        }
    }

    /// Whether a key is none; then it is reported here.
    fn reports_key(&mut self, text: &str, quoted: bool, (start, end): (u32, u32)) -> bool {
        let span = self.span(start, end);
        if text == "<<" && !quoted {
            self.findings.push(|| {
                Diagnostic::new(Code::MergeKey, span, "merge keys are not part of YAML 1.2")
                    .help("write the keys out, or alias the whole value; quote the key if it is meant as a name")
            });
        } else if !quoted && kind_of(text) == Kind::Null {
            self.findings.push(|| {
                let (message, help) = if text.is_empty() {
                    ("a key is missing before the colon".into(), "write the key".into())
                } else {
                    (
                        format!("`{text}` means that there is no value, and a key must be a text"),
                        format!("quote it: `\"{text}\"`"),
                    )
                };
                Diagnostic::new(Code::KeyNotText, span, message).help(help)
            });
        } else if text.len() > MAX_KEY_BYTES {
            self.findings.push(|| {
                Diagnostic::new(Code::KeyNotText, span, format!("the key is longer than {MAX_KEY_BYTES} bytes"))
            });
        } else {
            return false;
        }
        true
    }

    fn leaf(&mut self, kind: Kind, flags: u8, (start, end): (u32, u32)) {
        let node = self.tree.nodes.len() as u32;
        let flags = if self.at_key() { flags | IGNORED } else { flags };
        self.cost += 1;
        self.tree.nodes.push(Node { raw: Raw::Is(kind), flags, start, end, a: start, b: 0 });
        self.child_is_complete(node, 0);
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, anchor: usize, start: u32, marks: &Marks) {
        self.tag(marks);
        let flags = if self.at_key() { IGNORED } else { 0 };
        let node = self.tree.nodes.len() as u32;
        self.anchors.open(anchor);
        self.open.push(Open {
            node,
            is_map: kind == Kind::Map,
            is_flow: style == StructureStyle::Flow,
            wants_key: true,
            count: 0,
            height: 0,
            anchor,
            cost_before: self.cost,
            last_end: start,
        });
        self.cost += 1;
        self.tree.nodes.push(Node { raw: Raw::Is(kind), flags, start, end: start, a: 0, b: 0 });
    }

    fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let after = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[open.node as usize];
        // A block ends where its last child does; the parser says where the next thing begins.
        node.end = if open.is_flow { end.max(open.last_end) } else { open.last_end };
        node.a = after;
        node.b = open.count;
        if open.is_map {
            take_out_duplicates(&mut self.tree, open.node, &self.hasher, &mut self.findings);
        }
        let height = open.height + 1;
        let cost = self.cost - open.cost_before;
        self.anchors.close(open.anchor, Target { node: open.node, cost, height });
        if self.at_key() {
            let node = &self.tree.nodes[open.node as usize];
            let span = self.span(node.start, node.end);
            let what = if open.is_map { "map" } else { "list" };
            self.findings.push(|| {
                Diagnostic::new(Code::KeyNotText, span, format!("a {what} cannot be a key"))
                    .help("quote the key if it is meant as a text")
            });
        }
        self.child_is_complete(open.node, height);
    }

    fn alias(&mut self, id: usize, start: u32, end: u32) {
        let span = self.span(start, end);
        if self.at_key() {
            self.findings
                .push(|| Diagnostic::new(Code::KeyNotText, span, "an alias cannot be a key").help("write the key out"));
            return self.leaf(Kind::Null, BROKEN, (start, end));
        }
        match self.anchors.take(id) {
            Lookup::Found(target) if self.open.len() + target.height <= MAX_NESTING => {
                let node = self.tree.nodes.len() as u32;
                self.cost += target.cost;
                self.tree.nodes.push(Node { raw: Raw::Alias, flags: 0, start, end, a: target.node, b: 0 });
                return self.child_is_complete(node, target.height);
            }
            Lookup::Found(_) => self.findings.push(|| syntax::nesting(span)),
            Lookup::Inside => self.findings.push(|| {
                Diagnostic::new(Code::YamlSyntax, span, "the alias stands inside of its own anchor")
                    .help("a value cannot contain itself: write the inner value out")
            }),
            Lookup::Spent { first: true } => self.findings.push(|| {
                let message = format!("the aliases up to here stand for more than {MAX_ALIAS_NODES} values");
                Diagnostic::new(Code::AliasLimit, span, message).help("write the values out")
            }),
            Lookup::Spent { first: false } | Lookup::Missing => {}
        }
        self.leaf(Kind::Null, BROKEN, (start, end));
    }

    /// Tells the parent that one of its keys, values or items is there.
    fn child_is_complete(&mut self, child: u32, height: usize) {
        let Some(parent) = self.open.last_mut() else { return };
        let child = &self.tree.nodes[child as usize];
        parent.last_end = parent.last_end.max(child.end);
        parent.height = parent.height.max(height);
        if !parent.is_map {
            parent.count += 1;
        } else if parent.wants_key {
            parent.wants_key = false;
            // The entry counts if its key does.
            parent.count += u32::from(child.flags & IGNORED == 0);
        } else {
            parent.wants_key = true;
        }
    }
}
