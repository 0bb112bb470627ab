//! Values that some targets write in another type than the standard has: a version as a number, a
//! flag as a text, a role as a bare text.
//!
//! What can mean one thing only is read as that; anything else is still an error. Not responsible
//! for what the values mean (`wire`).

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde_json::{Map, Value as Json};

/// A text that is borrowed from the body where it needs no unescaping. (Within an `Option` only a
/// type of its own is borrowed; `Option<Cow<str>>` would be copied.)
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A flag, or a text that says one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                flag_of(text).map(Flag).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

fn flag_of(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word))
        .map(|(_, flag)| flag)
}

/// A flag of a resource that is read as JSON.
pub(super) fn flag(json: &Json) -> Option<bool> {
    json.as_bool().or_else(|| flag_of(json.as_str()?))
}

/// The version that a resource says it has.
pub(super) fn version_of(resource: &Map<String, Json>) -> Option<Cow<'_, str>> {
    match resource.get("meta")?.get("version")? {
        Json::String(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
        Json::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A role of a user: complex, or a bare text.
#[derive(Debug, Default)]
pub(super) struct WireRole<'a>(Option<Text<'a>>);

impl WireRole<'_> {
    pub fn value(&self) -> Option<&str> {
        self.0.as_ref().map(Text::as_str).filter(|value| !value.is_empty())
    }
}

#[derive(serde::Deserialize)]
struct Complex<'a> {
    #[serde(borrow, default)]
    value: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for WireRole<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RoleVisitor;
        impl<'de> Visitor<'de> for RoleVisitor {
            type Value = WireRole<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(WireRole(Some(Text(Cow::Borrowed(text)))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(WireRole(Some(Text(Cow::Owned(text.to_owned())))))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                Complex::deserialize(MapAccessDeserializer::new(map)).map(|complex| WireRole(complex.value))
            }
        }
        deserializer.deserialize_any(RoleVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_mean_one_thing_only_is_read_as_that() {
        let flag = |text: &str| serde_json::from_str::<Flag>(text).ok().map(|Flag(flag)| flag);
        assert_eq!(["true", "\"False\"", "\"no\"", "1"].map(flag), [Some(true), Some(false), None, None]);
        let role =
            |text: &str| serde_json::from_str::<WireRole<'_>>(text).ok().map(|role| role.value().map(str::to_owned));
        let some = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(role(r#""r1""#), some("r1"));
        assert_eq!(role(r#"{"type": "x", "value": "r\u0031", "primary": true}"#), some("r1"));
        assert_eq!(role(r#"{"display": "x"}"#), Some(None));
        assert_eq!(role("7"), None);
        let text = |text: &str| serde_json::from_str::<Text<'_>>(text).ok().map(|text| text.as_str().to_owned());
        assert_eq!([r#""W/\"1\"""#, "17", "[]"].map(text), [Some("W/\"1\"".to_owned()), Some("17".to_owned()), None]);
    }
}
