//! The tree as the JSON instance that the schema library validates.
//!
//! Responsible for answering the library's questions from the tree. Nothing is copied: lists and
//! maps answer null where the library wants a value for its error, because each error would
//! otherwise hold a copy of what it is about.

use std::borrow::Cow;
use std::cell::Cell;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::Value;

use super::scalar::Number;
use super::tree::{EntryIter, ItemIter, Kind, NodeRef};

/// The most errors that are collected for one file: far more than are shown, so that the number of
/// the others can be said, and about 20 MB.
pub(super) const MAX_COLLECTED: u32 = 50_000;

/// The representation: what the library is generic over.
pub(super) struct TreeJson;

/// A node of the tree, or a key as an instance of its own (`propertyNames`).
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    Node(NodeRef<'a>, &'a Collected),
    Name(&'a str),
}

/// Counts the errors of one check. The library collects every error before it returns, so its
/// walk is ended from here: lists and maps show no more children once there are enough.
#[derive(Default)]
pub(super) struct Collected(Cell<u32>);

impl Collected {
    fn one_more(&self) {
        self.0.set(self.0.get().saturating_add(1));
    }

    pub fn is_full(&self) -> bool {
        self.0.get() >= MAX_COLLECTED
    }
}

impl Json for TreeJson {
    type Node<'a> = View<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = String;

    // A lookup walks the entries, so a pass over up to this many keys per lookup is no dearer.
    const KEYS_PER_LOOKUP: usize = 8;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(buffer: &mut String, string: &str, f: impl FnOnce(View<'_>) -> T) -> T {
        buffer.clear();
        buffer.push_str(string);
        f(View::Name(buffer))
    }
}

impl<'a> View<'a> {
    fn kind(self) -> Kind {
        match self {
            Self::Node(node, _) => node.kind(),
            Self::Name(_) => Kind::Text,
        }
    }

    fn text(self) -> Option<&'a str> {
        match self {
            Self::Node(node, _) => node.as_text(),
            Self::Name(name) => Some(name),
        }
    }
}

impl<'a> Node<'a, TreeJson> for View<'a> {
    type Object = Members<'a>;
    type Array = Elements<'a>;
    type Number = Number;

    fn as_object(&self) -> Option<Members<'a>> {
        match *self {
            Self::Node(node, collected) if node.kind() == Kind::Map => Some(Members { node, collected }),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<Elements<'a>> {
        match *self {
            Self::Node(node, collected) if node.kind() == Kind::List => Some(Elements { node, collected }),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.text().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Number> {
        match self {
            Self::Node(node, _) => node.as_number(),
            Self::Name(_) => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Node(node, _) => node.as_bool(),
            Self::Name(_) => None,
        }
    }

    fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    fn is_number(&self) -> bool {
        matches!(self.kind(), Kind::Int | Kind::Float)
    }

    fn is_string(&self) -> bool {
        self.kind() == Kind::Text
    }

    fn json_type(&self) -> JsonType {
        match self.kind() {
            Kind::Null => JsonType::Null,
            Kind::Bool => JsonType::Boolean,
            Kind::Int | Kind::Float => JsonType::Number,
            Kind::Text => JsonType::String,
            Kind::List => JsonType::Array,
            Kind::Map => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match expected {
            Value::Null => self.is_null(),
            Value::Bool(expected) => self.as_boolean() == Some(*expected),
            Value::String(expected) => self.text() == Some(expected),
            Value::Number(expected) => match (self.as_number(), expected.as_i128()) {
                (Some(Number::Int(number)), Some(expected)) => number == expected,
                (Some(number), _) => expected.as_f64().is_some_and(|expected| equal(number.as_f64(), expected)),
                (None, _) => false,
            },
            Value::Array(expected) => self.as_array().is_some_and(|array| {
                array.len() == expected.len()
                    && array.elements().zip(expected).all(|(item, expected)| item.equals_value(expected))
            }),
            Value::Object(expected) => self.as_object().is_some_and(|object| {
                object.len() == expected.len()
                    && object
                        .members()
                        .all(|(name, value)| expected.get(name).is_some_and(|expected| value.equals_value(expected)))
            }),
        }
    }

    /// Asked for once for every error, and otherwise only by keywords that no schema of ours uses.
    /// Only the name of a key is needed back.
    fn to_value(&self) -> Cow<'a, Value> {
        match self {
            Self::Node(_, collected) => {
                collected.one_more();
                Cow::Owned(Value::Null)
            }
            Self::Name(name) => Cow::Owned(Value::String((*name).to_owned())),
        }
    }

    fn identity(&self) -> Option<NodeIdentity> {
        match self {
            Self::Node(node, _) => Some(NodeIdentity::tagged(std::ptr::from_ref(node.tree()).addr(), node.index())),
            // A name contains nothing, so it cannot be part of a cycle.
            Self::Name(_) => None,
        }
    }
}

#[expect(clippy::float_cmp, reason = "JSON Schema compares numbers by their exact value")]
fn equal(a: f64, b: f64) -> bool {
    a == b
}

impl JsonNumber for Number {
    fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(whole) => u64::try_from(*whole).ok(),
            Self::Float(_) => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(whole) => i64::try_from(*whole).ok(),
            Self::Float(_) => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        Some((*self).as_f64())
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(match self {
            Self::Int(whole) => whole.to_string(),
            Self::Float(float) => float.to_string(),
        })
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        let number = match self {
            Self::Int(whole) => serde_json::Number::from_i128(*whole),
            Self::Float(_) => None,
        };
        Cow::Owned(number.unwrap_or_else(|| {
            serde_json::Number::from_f64((*self).as_f64()).expect("the numbers of a tree are finite")
        }))
    }

    fn is_integer(&self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Float(float) => float.fract() == 0.0,
        }
    }
}

/// A map.
pub(super) struct Members<'a> {
    node: NodeRef<'a>,
    collected: &'a Collected,
}

impl<'a> Object<'a, TreeJson> for Members<'a> {
    type Node = View<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        self.node.len()
    }

    fn get(&self, key: &Box<str>) -> Option<View<'a>> {
        self.node.get(key).map(|node| View::Node(node, self.collected))
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter { entries: self.node.entries(), collected: self.collected }
    }
}

pub(super) struct MembersIter<'a> {
    entries: EntryIter<'a>,
    collected: &'a Collected,
}

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, View<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.collected.is_full() {
            return None;
        }
        self.entries.next().map(|entry| (entry.name(), View::Node(entry.value, self.collected)))
    }
}

/// A list.
pub(super) struct Elements<'a> {
    node: NodeRef<'a>,
    collected: &'a Collected,
}

impl<'a> Array<'a, TreeJson> for Elements<'a> {
    type Node = View<'a>;
    type ElementsIter = ElementsIter<'a>;

    fn len(&self) -> usize {
        self.node.len()
    }

    fn elements(&self) -> ElementsIter<'a> {
        ElementsIter { items: self.node.items(), collected: self.collected }
    }

    /// Equal items of name lists are a warning of ours; schemas do not ask.
    fn is_unique(&self) -> bool {
        true
    }
}

pub(super) struct ElementsIter<'a> {
    items: ItemIter<'a>,
    collected: &'a Collected,
}

impl<'a> Iterator for ElementsIter<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        if self.collected.is_full() {
            return None;
        }
        self.items.next().map(|node| View::Node(node, self.collected))
    }
}
