//! Typed values out of a tree.

use serde::Deserialize;

use crate::document::{Entries, Lenient, Spanned, parse, read};
use crate::source::Sources;

fn with<T>(text: &str, f: impl FnOnce(&Sources, crate::document::NodeRef<'_>) -> T) -> T {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let (tree, _) = parse(&sources, id);
    f(&sources, tree.expect("it is YAML").root())
}

#[derive(Debug, Deserialize, PartialEq)]
struct Role<'a> {
    #[serde(borrow)]
    description: Option<&'a str>,
    #[serde(default)]
    classifications: Lenient<Vec<Spanned<String>>>,
    #[serde(default)]
    licenses: Lenient<u32>,
}

#[derive(Debug, Deserialize)]
struct File<'a> {
    #[serde(default, borrow)]
    roles: Entries<Option<Role<'a>>, &'a str>,
}

#[test]
fn a_map_is_read_in_its_order_with_the_places_of_keys_and_values() {
    let text = "roles:\n  Zoë: {description: x, classifications: [Sales, 'Ops']}\n  Ana:\n  2024: {licenses: 0x10}\nunknown: 1\n";
    with(text, |sources, root| {
        let file: File<'_> = read(root).expect("it fits");
        let shown: Vec<String> = file
            .roles
            .iter()
            .map(|(name, role)| {
                let at = sources.locate(name.span);
                let names = role.iter().filter_map(|role| role.classifications.0.as_ref()).flatten();
                let names: Vec<_> =
                    names.map(|name| format!("{}={:?}", name.value, sources.slice(name.span))).collect();
                let licenses = role.as_ref().and_then(|role| role.licenses.0);
                format!("{}:{} {} {names:?} {licenses:?}", at.line, at.column, name.value)
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        2:3 Zoë ["Sales=\"Sales\"", "Ops=\"'Ops'\""] None
        3:3 Ana [] None
        4:3 2024 [] Some(16)
        "#);
    });
}

#[test]
fn what_does_not_fit_is_skipped_and_the_rest_is_read() {
    let text =
        "roles:\n  A: {description: 5}\n  B: {description: b, licenses: many, classifications: Sales}\n  C: [x]\n";
    with(text, |_, root| {
        let file: File<'_> = read(root).expect("it fits as far as it does");
        let names: Vec<&str> = file.roles.iter().map(|(name, _)| name.value).collect();
        assert_eq!(names, ["B"]);
        let role = file.roles[0].1.as_ref().expect("it has a body");
        assert_eq!(
            (role.description, role.licenses, &role.classifications),
            (Some("b"), Lenient(None), &Lenient(None))
        );
    });
}

#[test]
fn a_value_that_does_not_fit_is_named_at_its_place() {
    with("roles: {A: {description: {}}}", |sources, root| {
        let node = root.get("roles").and_then(|roles| roles.get("A")).expect("there is an `A`");
        let error = read::<Role<'_>>(node).expect_err("a map is no text");
        assert_eq!(sources.slice(error.span), "{}");
        insta::assert_snapshot!(error.message, @"invalid type: map, expected a borrowed string");
    });
}

#[test]
fn what_was_reported_reads_as_nothing() {
    with("{a: *nope, b: 1}", |_, root| {
        let map: Entries<Option<u8>> = read(root).expect("it fits");
        assert_eq!(map.len(), 1);
    });
}

#[test]
fn numbers_and_texts_are_not_taken_for_each_other() {
    with("[12, '12', 1.0, -3, 1.5, 300, true, ~]", |_, root| {
        let nodes: Vec<_> = root.items().collect();
        assert!(read::<String>(nodes[0]).is_err());
        assert!(read::<u8>(nodes[1]).is_err());
        assert_eq!(read::<u8>(nodes[2]).ok(), Some(1));
        assert_eq!(read::<i64>(nodes[3]).ok(), Some(-3));
        assert_eq!(read::<f64>(nodes[0]).ok(), Some(12.0));
        assert!(read::<u8>(nodes[4]).is_err());
        assert!(read::<u8>(nodes[5]).is_err());
        assert_eq!(read::<Option<bool>>(nodes[6]).ok(), Some(Some(true)));
        assert_eq!(read::<Option<bool>>(nodes[7]).ok(), Some(None));
    });
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Delete,
    ReassignTo(String),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Short {
    Name(String),
    Full { role: String, active: Option<bool> },
}

#[test]
fn enums_are_texts_or_maps_of_one_entry() {
    with("[delete, {reassign_to: B}, other, {delete: }]", |_, root| {
        let actions: Vec<Lenient<Action>> = read(root).expect("each may fail");
        let expected = [Some(Action::Delete), Some(Action::ReassignTo("B".into())), None, Some(Action::Delete)];
        assert_eq!(actions, expected.map(Lenient));
    });
    with("[A, {role: B, active: false}, 3]", |_, root| {
        let shorts: Vec<Lenient<Short>> = read(root).expect("each may fail");
        let full = Short::Full { role: "B".into(), active: Some(false) };
        assert_eq!(shorts, [Some(Short::Name("A".into())), Some(full), None].map(Lenient));
    });
}

/// A text or a map, without serde's `untagged`: that copies the value and loses the places in it.
#[derive(Debug)]
enum ByType<'a> {
    Name(&'a str),
    Full(Assignment<'a>),
}

#[derive(Debug, Deserialize)]
struct Assignment<'a> {
    #[serde(borrow)]
    role: Spanned<&'a str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ByType<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = ByType<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a map")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<ByType<'de>, E> {
                Ok(ByType::Name(name))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<ByType<'de>, A::Error> {
                Assignment::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(ByType::Full)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[test]
fn a_union_by_type_keeps_the_places_in_it() {
    with("[A, {role: B}]", |sources, root| {
        let both: Vec<Spanned<ByType<'_>>> = read(root).expect("both fit");
        assert!(matches!(both[0].value, ByType::Name("A")));
        let ByType::Full(full) = &both[1].value else { panic!("{both:?}") };
        assert_eq!((sources.slice(both[1].span), sources.slice(full.role.span)), ("{role: B}", "B"));
    });
}

#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Generated {
    name: Spanned<String>,
    size: Lenient<u32>,
    parts: Entries<Spanned<bool>>,
}

#[test]
fn schemas_are_those_of_what_is_held() {
    let schema = schemars::schema_for!(Generated);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema.get("properties")).expect("it is JSON"), @r#"
    {
      "name": {
        "type": "string"
      },
      "parts": {
        "additionalProperties": {
          "type": "boolean"
        },
        "type": "object"
      },
      "size": {
        "format": "uint32",
        "minimum": 0,
        "type": "integer"
      }
    }
    "#);
}
