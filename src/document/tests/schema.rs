//! What a schema finds, and where.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::checked;
use crate::document::{MAX_FINDINGS, Schema, parse};
use crate::source::Sources;

fn roles() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "roles": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Role"}, "propertyNames": {"minLength": 1, "pattern": "^\\S", "x-expects": "a name that begins with a letter"}},
            "assignments": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Assignment"}},
            "segments": {"type": "object", "additionalProperties": {"type": ["object", "null"], "additionalProperties": false}},
        },
        "$defs": {
            "Role": {
                "type": "object",
                "additionalProperties": false,
                "required": ["description"],
                "properties": {
                    "description": {"type": "string", "maxLength": 20},
                    "classifications": {"type": "array", "minItems": 1, "items": {"enum": ["Sales", "Support", "Operations"]}},
                    "licenses": {"type": "integer", "minimum": 1},
                    "active": {"type": "boolean"},
                },
            },
            "Assignment": {
                "type": ["string", "object"],
                "if": {"type": "object"},
                "then": {
                    "additionalProperties": false,
                    "required": ["role"],
                    "properties": {
                        "role": {"type": "string", "minLength": 1},
                        "mail": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$", "x-expects": "an e-mail address"},
                        "class": {"const": "Account"},
                    },
                },
            },
        },
    })
}

#[test]
fn twelve_mistakes_are_all_shown_each_at_its_exact_place() {
    let text = "\u{feff}# Übersicht\nroles:\n  Größe: { descripton: x }\n  日本:\n    description: 42\n    classifications: [Sales, Slaes]\n    classifications: []\n    licenses: '3'\n  Leer: { description: , active: yes }\n  <<: *nichts\n  Viel: { description: ééééééééééééééééééééé }\nassignments:\n  ana@example.com: { mail: 'a b' }\n  bo@example.com: !x Loan Officer\nsegmente: {}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
    let crlf = checked(&roles(), &text.replace('\n', "\r\n"));
    assert_eq!(crlf, checked(&roles(), text));
}

#[test]
fn trap_a_paths_with_empty_slashed_tilded_and_numeric_keys_are_walked_raw() {
    let text = "roles:\n  2024: {licenses: 0, description: a}\n  '': {description: 1}\n  a/b~c: {description: 2}\n  ~1: {description: 3}\n  '/': {classifications: [x], description: a}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
}

#[test]
fn trap_b_errors_hold_no_copy_of_what_they_are_about() {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", "{a: [1, 2, 3]}");
    let (tree, _) = parse(&sources, id);
    let tree = tree.expect("it is YAML");
    let collected = crate::document::json::Collected::default();
    let validator = jsonschema::options_for::<crate::document::json::TreeJson>()
        .build(&json!({"additionalProperties": {"type": "object"}, "maxProperties": 0}))
        .expect("the schema is valid");
    let errors: Vec<_> = validator
        .iter_errors(crate::document::json::View::Node(tree.root(), &collected))
        .map(|error| error.instance().clone().into_owned())
        .collect();
    assert_eq!(errors, [Value::Null, Value::Null]);
}

#[test]
fn trap_c_unknown_and_missing_keys_are_reported_at_keys() {
    let text = "assignments:\n  a:\n    rol: x\n    zzz: y\n  b: {}\nrols: {}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
    insta::assert_snapshot!(checked(&json!({"required": ["version"], "items": {"required": ["x"]}}), "{}"), @"");
    insta::assert_snapshot!(checked(&json!({"items": {"required": ["x"]}}), "- y: 1\n- {z: 1}\n- []\n"), @"");
}

#[test]
fn types_are_named_in_peoples_words_with_a_way_out() {
    let text = "roles:\n  A:\n    description: 1.10\n    classifications: Sales\n    licenses: 1_000\n    active: yes\n  B:\n    description: [x]\n    classifications:\n      Sales:\n    licenses: 1.5\n    active: 1\n  C: text\n  D:\n    - description: x\nassignments:\n  a: 3\n  b:\n    - x\n  c: true\nsegments: [a]\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
    insta::assert_snapshot!(checked(&roles(), "- a\n- b\n"), @"");
    insta::assert_snapshot!(checked(&roles(), ""), @"");
}

#[test]
fn a_null_offers_both_readings() {
    let text = "roles:\n  A:\n    description:\n    classifications: ~\n    licenses:\n  B:\n  C: {description: x, classifications: [ , Sales]}\n  D: {description: x, classifications:\n    [~]}\nassignments:\n  a: {role: x, class: }\nsegments: {a: , b: {}}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
}

#[test]
fn values_lengths_and_forms() {
    let text = "roles:\n  ' x': {description: a}\n  A: {description: a, classifications: []}\n  B: {description: a, classifications: [Ops, slaes, [1]], licenses: 0}\nassignments:\n  a: {role: '', mail: x, class: account}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
}

#[test]
fn long_values_and_lists_are_cut() {
    let options: Vec<String> = (0..40).map(|i| format!("option {i}")).collect();
    let text = format!("{}\n", "x".repeat(200));
    insta::assert_snapshot!(checked(&json!({"enum": options}), &text), @"");
    insta::assert_snapshot!(checked(&json!({"patternProperties": {"^[a-z]+$": true}, "additionalProperties": false, "x-expects": "a lower-case word"}), "{A: 1}"), @"");
}

#[test]
fn what_is_aliased_is_reported_once_inside_and_at_the_alias_itself() {
    let text = "roles:\n  A: &a {description: x, licenses: 0}\n  B: *a\n  C: {description: *a}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"");
}

#[test]
fn what_was_reported_by_the_parser_has_no_second_finding() {
    insta::assert_snapshot!(checked(&roles(), "roles: {A: {description: *x, licenses: !!int '3'}}"), @"");
}

#[test]
fn more_findings_than_anyone_reads_are_counted() {
    let text: String = (0..MAX_FINDINGS + 500).map(|i| format!("  u{i}: 1\n")).collect();
    let found = checked(&roles(), &format!("assignments:\n{text}"));
    assert_eq!(found.lines().count(), MAX_FINDINGS + 1);
    assert!(found.starts_with("1:1-1:1 more-findings 500 more findings in this file are not shown"), "{found}");
    let text: String = (0..60_000).map(|i| format!("  u{i}: 1\n")).collect();
    assert!(checked(&roles(), &format!("assignments:\n{text}")).contains("more-findings at least 49"));
}

#[test]
fn a_schema_that_is_none_is_an_error() {
    let error = Schema::compile(&json!({"properties": {"a": {"type": "txt"}}})).expect_err("there is no such type");
    assert_eq!(error.place, "/properties/a/type");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5i64..5).prop_map(Value::from),
        (-5.0f64..5.0).prop_map(Value::from),
        "[a-c ~/0-2]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c~/0-2]{0,2}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// JSON is YAML: the tree and a plain value of the same text must fail a schema alike.
    #[test]
    fn a_tree_is_valid_where_the_same_json_is(value in any_json()) {
        let schema = json!({
            "type": ["object", "array"],
            "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"enum": [1, "a", null, [], {}, true, [1, {"a": 0}]]}},
            "patternProperties": {"^1": {"type": "string", "minLength": 1, "pattern": "^[ab]"}},
            "additionalProperties": {"$ref": "#"},
            "items": {"if": {"type": "number"}, "then": {"multipleOf": 0.5}, "else": {"maxProperties": 2, "maxItems": 3, "not": {"const": "a"}}},
            "propertyNames": {"maxLength": 1},
            "required": ["a"],
        });
        let text = value.to_string();
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let (tree, findings) = parse(&sources, id);
        prop_assert!(!findings.has_errors(), "{:?}", findings);
        let tree = tree.expect("JSON is YAML");
        let collected = crate::document::json::Collected::default();
        let view = crate::document::json::View::Node(tree.root(), &collected);
        let ours = jsonschema::options_for::<crate::document::json::TreeJson>().build(&schema).expect("it is valid");
        let theirs = jsonschema::validator_for(&schema).expect("it is valid");
        let paths = |path: &jsonschema::paths::Location, keyword: &str| format!("{path} {keyword}");
        let mut ours: Vec<String> = ours.iter_errors(view).map(|error| paths(error.instance_path(), error.kind().keyword())).collect();
        let mut theirs: Vec<String> = theirs.iter_errors(&value).map(|error| paths(error.instance_path(), error.kind().keyword())).collect();
        ours.sort();
        theirs.sort();
        prop_assert_eq!(ours, theirs);
    }

    /// The schema's findings lie within the text, whatever the file says.
    #[test]
    fn every_finding_of_a_schema_lies_within_the_text(value in any_json()) {
        let text = format!("roles: {value}\nassignments: {{a: {value}}}\n");
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let (tree, _) = parse(&sources, id);
        let tree = tree.expect("JSON is YAML");
        for finding in Schema::compile(&roles()).expect("it is valid").check(&tree).iter() {
            prop_assert!(finding.span.start <= finding.span.end);
            prop_assert!(sources.text(id).get(finding.span.range()).is_some());
        }
    }
}
