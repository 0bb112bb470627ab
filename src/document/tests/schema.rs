//! What a schema finds, and where.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{checked, lines};
use crate::document::{MAX_FINDINGS, Schema, parse};
use crate::source::Sources;

fn roles() -> Value {
    json!({
        "x-absent": "keep what is live",
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
    insta::assert_snapshot!(checked(&roles(), text), @r#"
    3:12-3:22 unknown-key `descripton` is not known here | did you mean `description`?
    5:18-5:20 wrong-type `description` must be a text, not the number 42 | quote it: `"42"`
    6:30-6:35 not-allowed `Slaes` is not possible for an item of `classifications` | did you mean `Sales`?
    7:5-7:20 duplicate-key `classifications` is given twice | keep one of the two (6:5-6:20 first given here)
    8:15-8:18 wrong-type `licenses` must be a whole number, not a text | take the quotes away
    9:11-9:22 null-value `description` must be a text, but has no value | write `""` to empty it
    9:34-9:37 wrong-type `active` must be `true` or `false`, not a text | write `true`, without quotes
    10:3-10:5 merge-key merge keys are not part of YAML 1.2 | write the keys out, or alias the whole value; quote the key if it is meant as a name
    10:7-10:14 yaml-syntax there is no anchor `&nichts` before this alias | write the value out, or put the anchor before its first alias; quote a text that begins with `*`
    11:24-11:45 out-of-range `description` can have at most 20 characters, has 21
    13:3-13:18 missing-key `role` is missing in `ana@example.com`
    13:28-13:33 bad-format `a b` is not an e-mail address
    14:19-14:21 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    15:1-15:9 unknown-key `segmente` is not known here | did you mean `segments`?
    "#);
    let crlf = checked(&roles(), &text.replace('\n', "\r\n"));
    assert_eq!(crlf, checked(&roles(), text));
}

#[test]
fn trap_a_paths_with_empty_slashed_tilded_and_numeric_keys_are_walked_raw() {
    let text = "roles:\n  2024: {licenses: 0, description: a}\n  '': {description: 1}\n  a/b~c: {description: 2}\n  ~1: {description: 3}\n  '/': {classifications: [x], description: a}\n";
    insta::assert_snapshot!(checked(&roles(), text), @r#"
    2:20-2:21 out-of-range `licenses` must be at least 1, not 0
    3:3-3:5 bad-format a key must not be empty
    3:3-3:5 bad-format the key `` is not a name that begins with a letter
    3:21-3:22 wrong-type `description` must be a text, not the number 1 | quote it: `"1"`
    4:24-4:25 wrong-type `description` must be a text, not the number 2 | quote it: `"2"`
    5:21-5:22 wrong-type `description` must be a text, not the number 3 | quote it: `"3"`
    6:27-6:28 not-allowed `x` is not possible for an item of `classifications` | possible here: `Sales`, `Support`, `Operations`
    "#);
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
    insta::assert_snapshot!(checked(&roles(), text), @"
    3:5-3:8 unknown-key `rol` is not known here | did you mean `role`?
    4:5-4:8 unknown-key `zzz` is not known here | known here: `class`, `mail`, `role`
    5:3-5:4 missing-key `role` is missing in `b`
    6:1-6:5 unknown-key `rols` is not known here | did you mean `roles`?
    ");
    insta::assert_snapshot!(checked(&json!({"required": ["version"], "items": {"required": ["x"]}}), "{}"), @"1:1-1:1 missing-key `version` is missing");
    insta::assert_snapshot!(checked(&json!({"items": {"required": ["x"]}}), "- y: 1\n- {z: 1}\n- []\n"), @"
    1:3-1:7 missing-key `x` is missing
    2:3-2:9 missing-key `x` is missing
    ");
}

#[test]
fn types_are_named_in_peoples_words_with_a_way_out() {
    let text = "roles:\n  A:\n    description: 1.10\n    classifications: Sales\n    licenses: 1_000\n    active: yes\n  B:\n    description: [x]\n    classifications:\n      Sales:\n    licenses: 1.5\n    active: 1\n  C: text\n  D:\n    - description: x\nassignments:\n  a: 3\n  b:\n    - x\n  c: true\nsegments: [a]\n";
    insta::assert_snapshot!(checked(&roles(), text), @r#"
    3:18-3:22 wrong-type `description` must be a text, not the number 1.10 | quote it: `"1.10"`
    4:22-4:27 wrong-type `classifications` must be a list, not a text | write a list of one: `[Sales]`
    5:15-5:20 wrong-type `licenses` must be a whole number, not a text | write digits only, without a unit or separator
    6:13-6:16 wrong-type `active` must be `true` or `false`, not a text | write `true`, without quotes
    8:18-8:21 wrong-type `description` must be a text, not a list | write the item alone, without the list
    9:5-9:20 wrong-type `classifications` must be a list, not a map | write items, `- value` or `[value, value]`, instead of entries
    11:15-11:18 wrong-type `licenses` must be a whole number, not the number 1.5 | write it without a fraction
    12:13-12:14 wrong-type `active` must be `true` or `false`, not the number 1
    13:6-13:10 wrong-type `C` must be a map, not a text
    14:3-14:4 wrong-type `D` must be a map, not a list | write entries, `key: value`, instead of items
    17:6-17:7 wrong-type `a` must be a text or a map, not the number 3 | quote it: `"3"`
    18:3-18:4 wrong-type `b` must be a text or a map, not a list | write the item alone, without the list
    20:6-20:10 wrong-type `c` must be a text or a map, not `true` | quote it: `"true"`
    21:11-21:14 wrong-type `segments` must be a map, not a list | write entries, `key: value`, instead of items
    "#);
    insta::assert_snapshot!(checked(&roles(), "- a\n- b\n"), @"1:1-1:4 wrong-type the file must be a map, not a list | write entries, `key: value`, instead of items");
    insta::assert_snapshot!(checked(&roles(), ""), @"1:1-1:1 null-value the file must be a map, but has no value");
}

#[test]
fn a_null_offers_both_readings() {
    let text = "roles:\n  A:\n    description:\n    classifications: ~\n    licenses:\n  B:\n  C: {description: x, classifications: [null, Sales]}\n  D: {description: x, classifications:\n    [~]}\nassignments:\n  a: {role: x, class: }\nsegments: {a: , b: {}}\n";
    insta::assert_snapshot!(checked(&roles(), text), @r#"
    3:5-3:16 null-value `description` must be a text, but has no value | write `""` to empty it
    4:22-4:23 null-value `classifications` must be a list, but has no value | leave the field out to keep what is live, or give it a value
    5:5-5:13 null-value `licenses` must be a whole number, but has no value | leave the field out to keep what is live, or give it a value
    6:3-6:4 null-value `B` must be a map, but has no value | write its fields below it, indented
    7:41-7:45 null-value an item of `classifications` has no value | write the value, or remove the item; possible here: `Sales`, `Support`, `Operations`
    9:6-9:7 null-value an item of `classifications` has no value | write the value, or remove the item; possible here: `Sales`, `Support`, `Operations`
    11:16-11:21 null-value `class` has no value | leave the field out to keep what is live, or give it a value; possible here: `Account`
    "#);
}

#[test]
fn what_is_offered_for_a_null_is_possible() {
    let schema = |absent: &str| {
        json!({
            "x-absent": absent,
            "required": ["needed", "some"],
            "properties": {
                "needed": {"type": "string", "minLength": 1},
                "some": {"type": "array", "minItems": 1, "x-required-rule": "R-1"},
                "name": {"type": "string", "pattern": "^\\S+$"},
                "name_or_none": {"type": "string", "pattern": "^\\S*$"},
                "list": {"type": "array"},
                "body": {"type": "object", "required": ["x"]},
            }
        })
    };
    let text = "needed:\nsome:\nname:\nname_or_none:\nlist:\nbody:\n";
    insta::assert_snapshot!(checked(&schema("keep what is live"), text), @r#"
        1:1-1:7 null-value `needed` must be a text, but has no value | give it a value
        2:1-2:5 null-value `some` must be a list, but has no value | give it a value
        3:1-3:5 null-value `name` must be a text, but has no value | leave the field out to keep what is live, or give it a value
        4:1-4:13 null-value `name_or_none` must be a text, but has no value | leave the field out to keep what is live, or write `""` to empty it
        5:1-5:5 null-value `list` must be a list, but has no value | leave the field out to keep what is live, or write `[]` to empty it
        6:1-6:5 null-value `body` must be a map, but has no value | write its fields below it, indented
        "#);
    let mut of_a_project = schema("");
    of_a_project.as_object_mut().expect("a schema").remove("x-absent");
    insta::assert_snapshot!(checked(&of_a_project, text), @"
        1:1-1:7 null-value `needed` must be a text, but has no value | give it a value
        2:1-2:5 null-value `some` must be a list, but has no value | give it a value
        3:1-3:5 null-value `name` must be a text, but has no value | leave the key out, or give it a value
        4:1-4:13 null-value `name_or_none` must be a text, but has no value | leave the key out, or give it a value
        5:1-5:5 null-value `list` must be a list, but has no value | leave the key out, or write `[]` for none
        6:1-6:5 null-value `body` must be a map, but has no value | write its fields below it, indented
        ");
}

#[test]
fn a_number_or_one_word_is_never_to_be_quoted() {
    let schema = json!({"additionalProperties": {
        "type": ["integer", "string"], "if": {"type": "string"}, "then": {"enum": ["unlimited"]},
    }});
    insta::assert_snapshot!(checked(&schema, "{a: '40', b: 1.5, c: true, d: forty, e: unlimted, f: [40], g: [unlimited], h: }"), @"
        1:5-1:9 not-allowed `40` is not possible for `a` | take the quotes away
        1:14-1:17 wrong-type `b` must be a whole number or `unlimited`, not the number 1.5 | write it without a fraction
        1:22-1:26 wrong-type `c` must be a whole number or `unlimited`, not `true`
        1:31-1:36 not-allowed `forty` is not possible for `d` | possible here: `unlimited` or a whole number
        1:41-1:49 not-allowed `unlimted` is not possible for `e` | did you mean `unlimited`?
        1:54-1:58 wrong-type `f` must be a whole number or `unlimited`, not a list
        1:63-1:74 wrong-type `g` must be a whole number or `unlimited`, not a list | write the item alone, without the list
        1:76-1:77 null-value `h` must be a whole number or `unlimited`, but has no value | leave the key out, or give it a value
        ");
}

#[test]
fn the_rest_of_a_text_with_a_comma_is_no_key() {
    let text = "roles: { A: { description: Sales, marketing and service, licenses: 1 } }\nassignments: { a: Loan, Officer , b: , c }\n";
    insta::assert_snapshot!(checked(&roles(), text), @r#"
        1:35-1:56 unknown-key `marketing and service` is not known here | quote the text before it if the comma belongs to it
        2:25-2:32 null-value `Officer` must be a text or a map, but has no value | quote the text before it if the comma belongs to it
        2:35-2:36 null-value `b` must be a text or a map, but has no value | leave the field out to keep what is live, or write `""` to empty it
        2:40-2:41 null-value `c` must be a text or a map, but has no value | quote the text before it if the comma belongs to it
        "#);
}

#[test]
fn the_rule_that_is_broken_comes_from_the_schema() {
    let schema = json!({
        "properties": {
            "roles": {
                "propertyNames": {"pattern": "^\\S", "x-rule": "R-NAME"},
                "additionalProperties": {
                    "required": ["a"],
                    "additionalProperties": false,
                    "x-rule": "R-NO-MORE",
                    "properties": {
                        "a": {"type": "array", "minItems": 1, "x-required-rule": "R-SOME", "items": {"enum": ["x"], "x-rule": "R-LIST"}},
                    },
                },
            },
        },
    });
    let text = "roles: { '': {a: [x]}, A: {}, B: {a: []}, C: {a: }, D: {a: [x, y], b: 1}, E: {a: x} }";
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let tree = parse(&sources, id).0.expect("it is YAML");
    let found = Schema::compile(&schema).expect("the schema is valid").check(&tree).sorted();
    let found: Vec<String> = found.iter().map(|one| format!("{} {:?}", one.code, one.rule.as_deref())).collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
        bad-format Some("R-NAME")
        missing-key Some("R-SOME")
        out-of-range Some("R-SOME")
        null-value Some("R-SOME")
        not-allowed Some("R-LIST")
        unknown-key Some("R-NO-MORE")
        wrong-type None
        "#);
}

#[test]
fn values_lengths_and_forms() {
    let text = "roles:\n  ' x': {description: a}\n  A: {description: a, classifications: []}\n  B: {description: a, classifications: [Ops, slaes, [1]], licenses: 0}\nassignments:\n  a: {role: '', mail: x, class: account}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"
    2:3-2:7 bad-format the key ` x` is not a name that begins with a letter
    3:40-3:42 out-of-range `classifications` needs at least one item
    4:41-4:44 not-allowed `Ops` is not possible for an item of `classifications` | possible here: `Sales`, `Support`, `Operations`
    4:46-4:51 not-allowed `slaes` is not possible for an item of `classifications` | did you mean `Sales`?
    4:53-4:56 not-allowed an item of `classifications` has a value that is not possible here | possible here: `Sales`, `Support`, `Operations`
    4:69-4:70 out-of-range `licenses` must be at least 1, not 0
    6:13-6:15 out-of-range `role` must not be empty
    6:23-6:24 bad-format `x` is not an e-mail address
    6:33-6:40 not-allowed `account` is not possible for `class` | did you mean `Account`?
    ");
}

#[test]
fn long_values_and_lists_are_cut() {
    let options: Vec<String> = (0..40).map(|i| format!("option {i}")).collect();
    let text = format!("{}\n", "x".repeat(200));
    insta::assert_snapshot!(checked(&json!({"enum": options}), &text), @"1:1-1:201 not-allowed `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is not possible here | possible here: `option 0`, `option 1`, `option 2`, `option 3`, `option 4`, `option 5`, `option 6`, `option 7`, `option 8`, `option 9`, `option 10`, `option 11` and 28 more");
    insta::assert_snapshot!(checked(&json!({"patternProperties": {"^[a-z]+$": true}, "additionalProperties": false, "x-expects": "a lower-case word"}), "{A: 1}"), @"1:2-1:3 bad-format the key `A` is not a lower-case word");
}

#[test]
fn what_is_aliased_is_reported_once_inside_and_at_the_alias_itself() {
    let text = "roles:\n  A: &a {description: x, licenses: 0}\n  B: *a\n  C: {description: *a}\n";
    insta::assert_snapshot!(checked(&roles(), text), @"
    2:36-2:37 out-of-range `licenses` must be at least 1, not 0
    4:20-4:22 wrong-type `description` must be a text, not a map
    ");
}

#[test]
fn what_was_reported_by_the_parser_has_no_second_finding() {
    insta::assert_snapshot!(checked(&roles(), "roles: {A: {description: *x, licenses: !!int '3'}}"), @"
    1:26-1:28 yaml-syntax there is no anchor `&x` before this alias | write the value out, or put the anchor before its first alias; quote a text that begins with `*`
    1:40-1:45 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    ");
}

#[test]
fn more_findings_than_anyone_reads_are_counted() {
    let text = lines(MAX_FINDINGS + 500, |i| format!("  u{i}: 1"));
    let found = checked(&roles(), &format!("assignments:\n{text}"));
    assert_eq!(found.lines().count(), MAX_FINDINGS + 1);
    assert!(found.starts_with("1:1-1:1 more-findings 500 more findings in this file are not shown"), "{found}");
    let text = lines(60_000, |i| format!("  u{i}: 1"));
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
