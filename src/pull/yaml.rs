//! What is written into manifests, as values, and how it looks.
//!
//! Responsible for layout: what stands on one line and what below. Not responsible for single texts
//! (`scalar`), nor for where a value goes in a file that is there (`edit`).

use super::scalar::{Context, Quotes, literal, scalar};

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// Nothing: `Sales:`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Count(u64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Entries, in braces where they fit on a line.
    Map(Vec<(String, Yaml)>),
    /// Entries, each on a line of its own.
    Block(Vec<(String, Yaml)>),
}

/// Lines are at most so long, unless a single text is longer.
pub(super) const WIDTH: usize = 100;

/// How far each level of the files that we write is indented.
pub(super) const INDENT: usize = 2;

/// A value behind its key: what follows the colon on the same line, and the lines below it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Laid {
    /// Empty where nothing follows.
    pub head: String,
    /// With their indentation.
    pub below: Vec<String>,
}

impl Yaml {
    /// The entries of a map.
    pub(super) fn entries(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Map(entries) | Self::Block(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value on one line.
    pub(super) fn flow(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Text(text) => scalar(text, Context::Flow, Quotes::Needed),
            Self::List(items) => {
                let items = items.iter().map(|item| scalar(item, Context::Flow, Quotes::Needed));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Self::Map(entries) | Self::Block(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Map(entries) | Self::Block(entries) => {
                let entries = entries.iter().map(|(key, value)| flow_entry(key, value));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value behind a key that is indented so far and takes so many columns with its colon.
    pub(super) fn laid(&self, indent: usize, key: usize) -> Laid {
        let below = indent + INDENT;
        match self {
            Self::Text(text) => {
                let Some((lines, head)) = literal(text) else {
                    return Laid { head: scalar(text, Context::Block, Quotes::Needed), below: Vec::new() };
                };
                let indented = |line: &&str| if line.is_empty() { String::new() } else { spaces(below) + line };
                Laid { head: head.to_owned(), below: lines.iter().map(indented).collect() }
            }
            Self::List(items) if !items.is_empty() && !self.fits(indent + key) => {
                let item =
                    |item: &String| format!("{}- {}", spaces(below), scalar(item, Context::Block, Quotes::Needed));
                Laid { head: String::new(), below: items.iter().map(item).collect() }
            }
            Self::Map(entries) if !entries.is_empty() && !self.fits(indent + key) => block(entries, below),
            Self::Block(entries) if !entries.is_empty() => block(entries, below),
            _ => Laid { head: self.flow(), below: Vec::new() },
        }
    }

    /// Whether the value can stand behind what takes so many columns. Lines of a text are worth more than
    /// one line of everything.
    fn fits(&self, before: usize) -> bool {
        let has_lines = |(_, value): &(String, Self)| matches!(value, Self::Text(text) if literal(text).is_some());
        !self.entries().is_some_and(|entries| entries.iter().any(has_lines))
            && before + 1 + self.flow().chars().count() <= WIDTH
    }
}

fn block(entries: &[(String, Yaml)], indent: usize) -> Laid {
    Laid { head: String::new(), below: entries.iter().flat_map(|(key, value)| entry(key, value, indent)).collect() }
}

/// The lines of an entry.
pub(super) fn entry(key: &str, value: &Yaml, indent: usize) -> Vec<String> {
    let key = format!("{}:", scalar(key, Context::Block, Quotes::Needed));
    let Laid { head, mut below } = value.laid(indent, key.chars().count());
    let space = if head.is_empty() { "" } else { " " };
    below.insert(0, format!("{}{key}{space}{head}", spaces(indent)));
    below
}

/// An entry in braces.
pub(super) fn flow_entry(key: &str, value: &Yaml) -> String {
    let key = scalar(key, Context::Flow, Quotes::Needed);
    match value.flow() {
        value if value.is_empty() => format!("{key}:"),
        value => format!("{key}: {value}"),
    }
}

pub(super) fn spaces(count: usize) -> String {
    " ".repeat(count)
}
