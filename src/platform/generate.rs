//! JSON Schemas from Rust types, in the form that all of ours have.
//!
//! Responsible for what schemars writes otherwise than editors and our findings need it. Not
//! responsible for what a pack adds to the schema of manifests (`manifest::schema`).

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// Where the schemas live; an identifier, nothing is fetched from it.
const BASE: &str = "https://github.com/rolecall/rolecall/schemas/";

/// The schema of a type: JSON Schema 2020-12 with `$id` and `title`, and without null, which no
/// key of our files takes unless its type says so.
#[must_use]
pub fn schema_of<T: JsonSchema>(file: &str, title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(house_form));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".into(), format!("{BASE}{file}").into());
    schema.insert("title".into(), title.into());
    schema.to_value()
}

/// The text of a schema as it is kept in a file: sorted keys, two spaces, a line feed at the end.
#[must_use]
pub fn schema_text(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a value has only text keys");
    text.push('\n');
    text
}

fn house_form(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    forget_null(object);
    // `uint64` and its like are schemars' own; editors show them as unknown formats.
    object.remove("format");
    // Sets are lists here; an equal item is our warning, not an error.
    object.remove("uniqueItems");
    let says_nothing = |default: &Value| match default {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if object.get("default").is_some_and(says_nothing) {
        object.remove("default");
    }
    if let Some(Value::Object(keys)) = object.get_mut("propertyNames") {
        // Keys are texts; saying so would only make editors' messages longer.
        keys.remove("type");
    }
    for text in ["description", "x-expects"] {
        if let Some(Value::String(text)) = object.get_mut(text) {
            // Doc comments break lines where the source does; a reader's window is another width.
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
}

/// An `Option` in Rust is a key that may be left out. It is not a key that may be null: a null
/// could mean "keep" as well as "empty", so it is an error that offers both.
fn forget_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| branch.get("type") != Some(&Value::from("null")));
        if let [Value::Object(only)] = &branches[..] {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Inner {
        /// How many
        /// there are.
        count: Option<u64>,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Outer {
        /// The first.
        inner: Option<Inner>,
    }

    #[test]
    fn an_option_is_a_key_that_may_be_left_out_and_never_null() {
        insta::assert_snapshot!(schema_text(&schema_of::<Outer>("outer.schema.json", "Outer")), @r##"
        {
          "$defs": {
            "Inner": {
              "properties": {
                "count": {
                  "description": "How many there are.",
                  "minimum": 0,
                  "type": "integer"
                }
              },
              "type": "object"
            }
          },
          "$id": "https://github.com/rolecall/rolecall/schemas/outer.schema.json",
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "additionalProperties": false,
          "properties": {
            "inner": {
              "$ref": "#/$defs/Inner",
              "description": "The first."
            }
          },
          "title": "Outer",
          "type": "object"
        }
        "##);
    }
}
