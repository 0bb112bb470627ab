//! The generated schemas: kept fresh, and written in words that editors know.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use rolecall::schemas::generated_schemas;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// `UPDATE_SCHEMAS=1 cargo test --test it` writes them.
#[test]
fn the_files_under_schemas_are_what_is_generated() {
    let write = option_env!("UPDATE_SCHEMAS").is_some();
    for (file, text) in generated_schemas() {
        let path = directory().join(&file);
        if write {
            std::fs::write(&path, &text).expect("the schema is written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "schemas/{file} is stale: `rolecall schema --out schemas` writes it anew");
    }
    let files = std::fs::read_dir(directory()).expect("the directory is there");
    let files: BTreeSet<String> =
        files.map(|file| file.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let generated: BTreeSet<String> = generated_schemas().into_iter().map(|(file, _)| file).collect();
    assert_eq!(files, generated, "every file under schemas/ is generated");
}

/// `oneOf` and `anyOf` would make every finding "none of these"; `uniqueItems` would make
/// equal items an error; what is not in this list some editor does not know.
#[test]
fn only_keywords_that_editors_know_are_used() {
    const KNOWN: &[&str] = &[
        "$defs",
        "$id",
        "$ref",
        "$schema",
        "additionalProperties",
        "contains",
        "default",
        "dependentSchemas",
        "description",
        "else",
        "enum",
        "if",
        "items",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "pattern",
        "properties",
        "propertyNames",
        "required",
        "then",
        "title",
        "type",
        "x-absent",
        "x-expects",
        "x-one-rule",
        "x-required-rule",
        "x-rule",
    ];
    fn walk(schema: &Value, path: &str) {
        let Some(object) = schema.as_object() else { return };
        for (keyword, value) in object {
            assert!(KNOWN.contains(&keyword.as_str()), "{path}: {keyword}");
            let path = format!("{path}/{keyword}");
            match keyword.as_str() {
                "$defs" | "properties" | "dependentSchemas" => {
                    for (name, value) in value.as_object().expect("schemas by name") {
                        // A condition is nothing that an editor shows.
                        if keyword == "properties" && !path.ends_with("/if/properties") {
                            let reference = value.get("$ref").is_some();
                            assert!(reference || value.get("description").is_some(), "{path}/{name}: no description");
                        }
                        walk(value, &format!("{path}/{name}"));
                    }
                }
                "items" | "additionalProperties" | "contains" | "if" | "then" | "else" | "propertyNames" => {
                    walk(value, &path);
                }
                _ => {}
            }
        }
    }
    for (file, text) in generated_schemas() {
        walk(&serde_json::from_str(&text).expect("JSON"), &file);
    }
}
