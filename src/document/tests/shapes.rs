//! The tree of what is right.

use super::parsed;
use crate::document::{Kind, NodeRef, parse};
use crate::source::Sources;

/// Every node with the text that its span covers.
fn spans(text: &str) -> String {
    fn walk(sources: &Sources, node: NodeRef<'_>, out: &mut Vec<String>) {
        let quoted = if node.is_quoted() { " quoted" } else { "" };
        out.push(format!("{:?}{quoted} {:?}", node.kind(), sources.slice(node.span())));
        for item in node.items() {
            walk(sources, item, out);
        }
        for entry in node.entries() {
            out.push(format!("key {:?}", sources.slice(entry.key.span())));
            walk(sources, entry.value, out);
        }
    }
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let (tree, findings) = parse(&sources, id);
    assert!(!findings.has_errors(), "{findings:?}");
    let mut out = Vec::new();
    walk(&sources, tree.expect("no error was found").root(), &mut out);
    out.join("\n")
}

#[test]
fn every_key_and_value_knows_its_span() {
    let text = "\u{feff}é:\r\n  日本: [ 'x''y', \"z\\n\" ]\r\n  b:\r\n\r\n  c: |\r\n    long\r\n    text\r\n\r\nd: { e: ~ }\r\n- f: g h\r\n";
    let text = text.replace("- f: g h", "f:\r\n  - g h\r\n  - i: 1");
    insta::assert_snapshot!(spans(&text), @r#"
    Map "é:\r\n  日本: [ 'x''y', \"z\\n\" ]\r\n  b:\r\n\r\n  c: |\r\n    long\r\n    text\r\n\r\nd: { e: ~ }\r\nf:\r\n  - g h\r\n  - i: 1"
    key "é"
    Map "日本: [ 'x''y', \"z\\n\" ]\r\n  b:\r\n\r\n  c: |\r\n    long\r\n    text"
    key "日本"
    List "[ 'x''y', \"z\\n\" ]"
    Text quoted "'x''y'"
    Text quoted "\"z\\n\""
    key "b"
    Null ""
    key "c"
    Text quoted "long\r\n    text"
    key "d"
    Map "{ e: ~ }"
    key "e"
    Null "~"
    key "f"
    List "- g h\r\n  - i: 1"
    Text "g h"
    Map "i: 1"
    key "i"
    Int "1"
    "#);
}

#[test]
fn types_are_those_of_yaml_1_2_and_quotes_make_text() {
    insta::assert_snapshot!(parsed("[1, '1', yes, true, 0777, 1_000, ~, null, '', 1.5, 0x1f, \"null\", .inf, 2026-01-01]"), @r#"[1, "1", "yes", true, 0777, "1_000", null, null, "", 1.5, 0x1f, "null", .inf, "2026-01-01"]"#);
}

#[test]
fn keys_are_texts_whatever_they_look_like() {
    insta::assert_snapshot!(parsed("2024: a\ntrue: b\n\"\": c\n'null': d\n1.0: e\n? f g\n: h\n"), @r#"{"2024": "a", "true": "b", "": "c", "null": "d", "1.0": "e", "f g": "h"}"#);
}

#[test]
fn an_empty_text_and_comments_alone_are_null() {
    insta::assert_snapshot!(parsed(""), @"null");
    insta::assert_snapshot!(parsed("\u{feff}# nothing\n"), @"null");
    insta::assert_snapshot!(parsed("---\n"), @"null");
}

#[test]
fn an_alias_stands_for_its_anchor_and_has_its_own_place() {
    insta::assert_snapshot!(spans("a: &x {b: [1]}\nc: *x\nd: &y 2\ne: *y\n"), @r#"
    Map "a: &x {b: [1]}\nc: *x\nd: &y 2\ne: *y"
    key "a"
    Map "{b: [1]}"
    key "b"
    List "[1]"
    Int "1"
    key "c"
    Map "*x"
    key "b"
    List "[1]"
    Int "1"
    key "d"
    Int "2"
    key "e"
    Int "*y"
    "#);
}

#[test]
fn entries_are_looked_up_by_key() {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", "a: {b: 1, c: [x, y]}");
    let (tree, _) = parse(&sources, id);
    let tree = tree.expect("it is YAML");
    let a = tree.root().get("a").expect("there is an `a`");
    assert_eq!(a.get("b").map(NodeRef::kind), Some(Kind::Int));
    assert_eq!(a.get("c").map(NodeRef::len), Some(2));
    assert!(a.get("d").is_none());
    assert!(a.get("b").expect("there is a `b`").get("c").is_none());
}
