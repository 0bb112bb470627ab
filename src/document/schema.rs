//! Checking a tree against a JSON Schema.
//!
//! Responsible for running the schema library on the tree itself and for finding the place of each
//! of its errors. What an error is called in words is in `schema_text`; the library's own texts
//! are never used, since they would repeat whole values.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::findings::{Findings, more_in_file};
use super::json::{Collected, TreeJson, View};
use super::schema_text;
use super::tree::{Entry, EntryIter, ItemIter, Kind, NodeRef, Tree};
use crate::diagnostic::{Diagnostic, Diagnostics, near_misses};
use crate::source::Span;

/// A schema that cannot be used: a mistake of whoever wrote the schema, not of the file's author.
#[derive(Debug, thiserror::Error)]
#[error("compiling a schema failed at `{place}`: {reason}")]
pub struct SchemaError {
    /// A JSON pointer into the schema.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

/// A compiled JSON Schema, draft 2020-12.
///
/// It reads a few keywords of ours: beside `pattern`, `x-expects` is a noun phrase that says what
/// the form is ("an e-mail address"); `x-rule` and `x-required-rule` are the ids of the rules that a
/// value breaks by being none that is possible, and by being absent or empty, and `x-one-rule` that of
/// the rule that it is one and not a list of several; at the root, `x-absent` says what an absent key
/// means ("keep what is live").
#[derive(Debug)]
pub struct Schema {
    validator: Validator<TreeJson>,
    value: Value,
}

impl Schema {
    /// Compiles a schema. References are resolved within it only; patterns run in linear time.
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        let validator = jsonschema::options_for::<TreeJson>()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .offline()
            .build(schema)
            .map_err(|error| SchemaError { place: error.instance_path().to_string(), reason: error.to_string() })?;
        Ok(Self { validator, value: schema.clone() })
    }

    /// Everything in a tree that does not fit, each at its place.
    #[must_use]
    pub fn check(&self, tree: &Tree<'_>) -> Diagnostics {
        let collected = Collected::default();
        let root = tree.root();
        let errors: Vec<_> = self.validator.iter_errors(View::Node(root, &collected)).collect();
        // A value of the wrong type fails other keywords, too; they add nothing.
        let mistyped: HashSet<&str> = errors
            .iter()
            .filter(|error| matches!(error.kind(), ValidationErrorKind::Type { .. }))
            .map(|error| error.instance_path().as_str())
            .collect();
        let mut finder = Finder::default();
        let mut found = Diagnostics::default();
        let mut keywords = Keywords { root: &self.value, matches_nothing: HashMap::new() };
        let misspelt = misspelt(&errors, &keywords);
        for error in &errors {
            let path = error.instance_path().as_str();
            if mistyped.contains(path) && !matches!(error.kind(), ValidationErrorKind::Type { .. }) {
                continue;
            }
            if let ValidationErrorKind::Required { property } = error.kind()
                && property.as_str().is_some_and(|name| misspelt.contains(&(path, name)))
            {
                continue;
            }
            let Some(place) = finder.find(root, path) else { continue };
            if !place.node.is_broken() {
                let keyword = error.schema_path().as_str();
                schema_text::explain(error.kind(), &place, keyword, &mut keywords, &mut finder, &mut found);
            }
        }
        // What is aliased is checked wherever it stands, and reported once.
        let mut findings = Findings::default();
        let mut before: Option<Diagnostic> = None;
        for finding in found.sorted() {
            if before.as_ref().is_none_or(|before| {
                (before.span, before.code) != (finding.span, finding.code) || before.message != finding.message
            }) {
                findings.push(|| finding.clone());
            }
            before = Some(finding);
        }
        findings.finish(|more| {
            // The counting stopped, too.
            let at_least = if collected.is_full() { "at least " } else { "" };
            format!("{at_least}{}", more_in_file(more))
        })
    }
}

/// The maps and the keys of theirs that an unknown key is meant to be: that it is missing there
/// would be the same finding twice.
fn misspelt<'a>(errors: &'a [ValidationError<'_>], keywords: &Keywords<'a>) -> HashSet<(&'a str, &'a str)> {
    let mut misspelt = HashSet::new();
    for error in errors {
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            let known = keywords.beside(error.schema_path().as_str()).get("properties").and_then(Value::as_object);
            for name in unexpected {
                let keys = known.into_iter().flat_map(|known| known.keys().map(String::as_str));
                misspelt.extend(near_misses(name, keys).first().map(|&near| (error.instance_path().as_str(), near)));
            }
        }
    }
    misspelt
}

/// The schema as findings ask for it.
pub(super) struct Keywords<'s> {
    root: &'s Value,
    /// Patterns, and whether the empty text matches; compiling one takes longer than a finding may.
    matches_nothing: HashMap<&'s str, bool>,
}

impl<'s> Keywords<'s> {
    /// The schema that a keyword is in.
    pub fn beside(&self, keyword: &str) -> &'s Value {
        parent(keyword).and_then(|parent| self.root.pointer(parent)).unwrap_or(&Value::Null)
    }

    /// The schema that a keyword is in; of one under `then` or `else` the schema that has those.
    pub fn around(&self, keyword: &str) -> &'s Value {
        let conditional = |parent: &&str| parent.ends_with("/then") || parent.ends_with("/else");
        self.beside(parent(keyword).filter(conditional).unwrap_or(keyword))
    }

    /// What leaving a key out means, if the schema says it.
    pub fn absent(&self) -> Option<&'s str> {
        self.root.get("x-absent").and_then(Value::as_str)
    }

    /// Whether the key whose schema has this keyword is required, as far as the schema's own place
    /// tells.
    pub fn is_required(&self, keyword: &str) -> bool {
        let place = parent(keyword).and_then(|schema| schema.rsplit_once("/properties/"));
        let Some((owner, name)) = place else { return false };
        let required = self.root.pointer(owner).and_then(required).and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|one| one.as_str() == Some(name)))
    }

    /// Whether a schema takes the empty text.
    pub fn takes_empty_text(&mut self, schema: &'s Value) -> bool {
        let matches = |pattern: &str| {
            let schema = serde_json::json!({ "pattern": pattern });
            let validator = jsonschema::options().with_pattern_options(PatternOptions::regex()).build(&schema);
            validator.is_ok_and(|validator| validator.is_valid(&Value::from("")))
        };
        let pattern = schema.get("pattern").and_then(Value::as_str);
        pattern.is_none_or(|pattern| *self.matches_nothing.entry(pattern).or_insert_with(|| matches(pattern)))
            && schema.get("minLength").and_then(Value::as_u64).unwrap_or(0) == 0
            && schema_text::texts(schema).is_none_or(|texts| texts.contains(&""))
    }
}

/// The keys that a schema requires, perhaps only of most values.
pub(super) fn required(schema: &Value) -> Option<&Value> {
    schema.get("required").or_else(|| schema.get("else")?.get("required"))
}

/// The pointer without its last segment.
fn parent(pointer: &str) -> Option<&str> {
    pointer.rsplit_once('/').map(|(parent, _)| parent)
}

/// A value that an error is about.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub node: NodeRef<'a>,
    /// The entry that it is the value of.
    pub entry: Option<Entry<'a>>,
    /// The nearest key above it, its own included.
    pub name: Option<&'a str>,
}

impl Place<'_> {
    /// Where a finding about this value belongs: what can be underlined in one line.
    pub fn span(&self) -> Span {
        let span = self.node.span();
        let is_block = match self.node.kind() {
            Kind::List | Kind::Map => !self.first_line().starts_with(['[', '{', '*']),
            _ => span.start == span.end,
        };
        match self.entry {
            Some(entry) if is_block => entry.key.span(),
            _ => Span { end: span.start + self.first_line().len() as u32, ..span },
        }
    }

    /// Where a finding belongs about what is not in this map.
    pub fn owner(&self) -> Span {
        match self.entry {
            Some(entry) => entry.key.span(),
            None if self.node.index() == 0 => Span::top(self.node.span().source),
            None => self.span(),
        }
    }

    fn first_line(&self) -> &str {
        self.node.written().lines().next().unwrap_or_default()
    }
}

/// Finds nodes by JSON pointer. Errors come mostly in the order of the file, so each list and map
/// is searched on from where the last search in it ended; else many errors in one large map would
/// take a time that grows with the square of its size.
#[derive(Default)]
pub(super) struct Finder<'a> {
    maps: HashMap<u32, EntryIter<'a>>,
    lists: HashMap<u32, (usize, ItemIter<'a>)>,
}

impl<'a> Finder<'a> {
    /// The node at a pointer. The raw text is walked: the library's own segments leave empty keys
    /// out and take the key `2024` for an index.
    pub fn find(&mut self, root: NodeRef<'a>, pointer: &str) -> Option<Place<'a>> {
        let mut place = Place { node: root, entry: None, name: None };
        for segment in pointer.split('/').skip(1) {
            let segment = unescape(segment);
            place = match place.node.kind() {
                Kind::Map => {
                    let entry = self.entry(place.node, &segment)?;
                    Place { node: entry.value, entry: Some(entry), name: Some(entry.name()) }
                }
                _ => Place { node: self.item(place.node, segment.parse().ok()?)?, entry: None, name: place.name },
            };
        }
        Some(place)
    }

    /// The entry of a map with this key.
    pub fn entry(&mut self, map: NodeRef<'a>, key: &str) -> Option<Entry<'a>> {
        let entries = self.maps.entry(map.container()).or_insert_with(|| map.entries());
        let found = entries.find(|entry| entry.name() == key);
        if found.is_some() {
            return found;
        }
        *entries = map.entries();
        entries.find(|entry| entry.name() == key)
    }

    fn item(&mut self, list: NodeRef<'a>, index: usize) -> Option<NodeRef<'a>> {
        let (next, items) = self.lists.entry(list.container()).or_insert_with(|| (0, list.items()));
        if index < *next {
            (*next, *items) = (0, list.items());
        }
        let item = items.nth(index - *next)?;
        *next = index + 1;
        Some(item)
    }
}

fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(segment)
    }
}
