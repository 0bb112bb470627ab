//! Typed values out of a tree, through serde.
//!
//! Responsible for the deserializer. Types are those of the tree: a number is never read as a
//! text, nor the other way round. Every text is lent by the tree, so `&str` fields work. Serde's
//! `untagged` and `flatten` copy a value before they look at it, and with it goes every place: a
//! union of types is a visitor that hands its map on (`MapAccessDeserializer`).

use serde::de::value::U32Deserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::scalar::Number;
use super::spanned::{FIELDS, SPANNED};
use super::tree::{EntryIter, ItemIter, Kind, NodeRef};
use crate::source::Span;

/// A value that does not fit the type that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading a value failed: {message}")]
pub struct ReadError {
    /// The innermost value that does not fit.
    pub span: Span,
    /// What serde says about it.
    pub message: String,
}

/// The same on its way up, before it has met the node that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Misfit {
    span: Option<Span>,
    message: String,
}

impl Error for Misfit {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { span: None, message: message.to_string() }
    }
}

/// Reads a node as a value of a type. A present null is `None` for an `Option`; keys that the
/// type does not know are skipped.
///
/// # Errors
///
/// When the value does not fit. The schema has reported that already, in better words.
pub fn read<'a, T: Deserialize<'a>>(node: NodeRef<'a>) -> Result<T, ReadError> {
    T::deserialize(node)
        .map_err(|Misfit { span, message }| ReadError { span: span.unwrap_or_else(|| node.span()), message })
}

impl<'de> Deserializer<'de> for NodeRef<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_broken() {
            return Err(placed(Misfit::custom("something was reported here"), self));
        }
        let text = self.text().unwrap_or_default();
        let result = match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => visitor.visit_bool(self.as_bool().unwrap_or_default()),
            Kind::Int | Kind::Float => match Number::parse(text) {
                Number::Int(whole) => match (u64::try_from(whole), i64::try_from(whole)) {
                    (Ok(whole), _) => visitor.visit_u64(whole),
                    (_, Ok(whole)) => visitor.visit_i64(whole),
                    _ => visitor.visit_i128(whole),
                },
                Number::Float(float) => visitor.visit_f64(float),
            },
            Kind::Text => visitor.visit_borrowed_str(text),
            Kind::List => visitor.visit_seq(List(self.items(), self.len())),
            Kind::Map => visitor.visit_map(Map { entries: self.entries(), value: None, left: self.len() }),
        };
        result.map_err(|error| placed(error, self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.kind() == Kind::Null && !self.is_broken() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if name == SPANNED {
            visitor.visit_seq(Place { node: self, part: 0 })
        } else if self.kind() == Kind::List {
            // Serde would take the items for the fields in their order.
            Err(placed(Error::invalid_type(Unexpected::Seq, &visitor), self))
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let mut entries = self.entries();
        let variant = match (self.kind(), self.len()) {
            (Kind::Text, _) => Variant { name: self, value: None },
            (Kind::Map, 1) => match entries.next() {
                Some(entry) => Variant { name: entry.key, value: Some(entry.value) },
                None => return Err(placed(Misfit::custom("a map without entries"), self)),
            },
            _ => return Err(placed(Misfit::custom("expected a text, or a map of one entry"), self)),
        };
        visitor.visit_enum(variant).map_err(|error| placed(error, self))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

/// The error with this place, unless something further in has one.
fn placed(error: Misfit, node: NodeRef<'_>) -> Misfit {
    Misfit { span: error.span.or(Some(node.span())), ..error }
}

struct List<'de>(ItemIter<'de>, usize);

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        self.1 = self.1.saturating_sub(1);
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.1)
    }
}

struct Map<'de> {
    entries: EntryIter<'de>,
    value: Option<NodeRef<'de>>,
    left: usize,
}

impl<'de> MapAccess<'de> for Map<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry.value);
        self.left = self.left.saturating_sub(1);
        seed.deserialize(entry.key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let value = self.value.take().ok_or_else(|| Misfit::custom("a value was asked for before its key"))?;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The four parts of a [`super::Spanned`].
struct Place<'de> {
    node: NodeRef<'de>,
    part: usize,
}

impl<'de> SeqAccess<'de> for Place<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let span = self.node.span();
        let number = |number: u32| -> U32Deserializer<Misfit> { number.into_deserializer() };
        self.part += 1;
        match self.part {
            1 => seed.deserialize(number(span.source.0)),
            2 => seed.deserialize(number(span.start)),
            3 => seed.deserialize(number(span.end)),
            4 => seed.deserialize(self.node),
            _ => return Ok(None),
        }
        .map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(FIELDS.len().saturating_sub(self.part))
    }
}

struct Variant<'de> {
    name: NodeRef<'de>,
    value: Option<NodeRef<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Misfit> {
        Ok((seed.deserialize(self.name)?, self))
    }
}

impl<'de> Variant<'de> {
    fn value(&self) -> Result<NodeRef<'de>, Misfit> {
        self.value.ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &"a variant with a value"))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.value {
            Some(value) if value.kind() != Kind::Null => {
                Err(placed(Misfit::custom("this variant has no value"), value))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.value()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Misfit> {
        self.value()?.deserialize_struct("", fields, visitor)
    }
}
