//! The forms of texts, for schemas: a pattern, and the same in words.
//!
//! A field says `#[schemars(with = "Name")]`, and its schema has the pattern with the words in
//! `x-expects`, from which the finding is made.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Makes a type for each form of text; the types have a schema and no value.
macro_rules! text_forms {
    ($($(#[$doc:meta])* $name:ident $pattern:literal $expects:literal)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "x-expects": $expects })
            }
        }
    )*};
}

pub(crate) use text_forms;

/// A map whose keys have a form: the schema of both, and no value.
#[derive(Debug)]
pub struct KeyedBy<K, V>(std::convert::Infallible, std::marker::PhantomData<(K, V)>);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for KeyedBy<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_by_{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<K>(),
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}

text_forms! {
    /// The name of an object: not blank, on one line, and without white space at its ends, which nobody
    /// sees and every comparison would have to forgive. Engines differ in which line ends a dot stops at.
    Name r"^\S([^\n\r\u2028\u2029]*\S)?$" "a name: some text without white space at its ends"
    /// The identifier of an entity, an action, a field or an attribute. The dot separates them in
    /// a grant, so none can have one.
    Identifier "^[a-z][a-z0-9_]*$" "an identifier: lower-case letters, digits and underscores, a letter first"
    /// A grant, or all of an entity's.
    Permission r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$" "an entity, or an entity and an action with a dot between them"
    /// A grant, perhaps limited to a field, or all of an entity's.
    Grant r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,2}$" "an entity, an entity and an action, or also a field, with dots between them"
    /// The id of a rule of the source documents.
    RuleId "^[A-Z]+(-[A-Z0-9]+)+$" "a rule's id, such as `R-TE-6`"
    /// The name of a platform.
    PlatformId "^[a-z][a-z0-9-]*$" "a platform's name: lower-case letters, digits and hyphens, a letter first"
    /// A userName where it is an e-mail address. Deliberately loose: the platform decides.
    Email r"^[^@\s]+@[^@\s]+\.[^@\s]+$" "an e-mail address"
    /// A text with something in it.
    Filled r"\S" "a text with something in it"
}
