//! What is wrong with the YAML itself.

use proptest::prelude::*;

use super::{lines, parsed};
use crate::document::parse;
use crate::source::Sources;

#[test]
fn a_key_given_twice_shows_both_places_and_the_first_counts() {
    insta::assert_snapshot!(parsed("a: 1\nb: 2\na: {c: 3, c: 4}\n'b': 5\n"), @r#"
    3:1-3:2 duplicate-key `a` is given twice | keep one of the two (1:1-1:2 first given here)
    3:11-3:12 duplicate-key `c` is given twice | keep one of the two (3:5-3:6 first given here)
    4:1-4:4 duplicate-key `b` is given twice | keep one of the two (2:1-2:2 first given here)
    {"a": 1, "b": 2}
    "#);
}

#[test]
fn a_key_given_twice_is_found_in_a_large_map() {
    let mut text = lines(100, |i| format!("key{i}: {i}"));
    text.push_str("key7: x\nkey99: y\n");
    let found = parsed(&text);
    insta::assert_snapshot!(found.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    101:1-101:5 duplicate-key `key7` is given twice | keep one of the two (8:1-8:5 first given here)
    102:1-102:6 duplicate-key `key99` is given twice | keep one of the two (100:1-100:6 first given here)
    ");
}

#[test]
fn what_is_no_key_is_left_out() {
    insta::assert_snapshot!(parsed("~: 1\n: 2\n? [a, b]\n: 3\n? {c: d}\n: 4\nok: 5\n<<: {e: 6}\n'<<': 7\n"), @r#"
    1:1-1:2 key-not-text `~` means that there is no value, and a key must be a text | quote it: `"~"`
    2:1-2:1 key-not-text a key is missing before the colon | write the key
    3:3-3:9 key-not-text a list cannot be a key | quote the key if it is meant as a text
    5:3-5:9 key-not-text a map cannot be a key | quote the key if it is meant as a text
    8:1-8:3 merge-key merge keys are not part of YAML 1.2 | write the keys out, or alias the whole value; quote the key if it is meant as a name
    {"ok": 5, "<<": 7}
    "#);
}

#[test]
fn tags_are_reported_each() {
    insta::assert_snapshot!(parsed("a: !t b\nc: !!map {d: !<x:y> e}\n!k f: !z\n"), @r#"
    1:4-1:6 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    2:4-2:9 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    2:14-2:20 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    3:1-3:3 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    3:7-3:9 tag tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
    {"a": "b", "c": {"d": "e"}, "f": null}
    "#);
}

#[test]
fn a_second_document_is_reported_and_not_read() {
    insta::assert_snapshot!(parsed("---\na: 1\n---\nb: 2\na: [\n"), @r#"
    3:1-3:4 several-documents a second document begins here | one file is one document: split the file, or remove the `---`
    {"a": 1}
    "#);
}

#[test]
fn aliases_that_name_nothing_are_reported_each() {
    insta::assert_snapshot!(parsed("a: *x\nb: [*y, &x 1, *x]\nc: &c [1, *c]\n*x : 1\n"), @r#"
    1:4-1:6 yaml-syntax there is no anchor `&x` before this alias | write the value out, or put the anchor before its first alias; quote a text that begins with `*`
    2:5-2:7 yaml-syntax there is no anchor `&y` before this alias | write the value out, or put the anchor before its first alias; quote a text that begins with `*`
    3:11-3:13 yaml-syntax the alias stands inside of its own anchor | a value cannot contain itself: write the inner value out
    4:1-4:3 key-not-text an alias cannot be a key | write the key out
    {"a": null, "b": [null, 1, 1], "c": [1, null]}
    "#);
}

#[test]
fn text_that_is_not_yaml_says_so_in_plain_words() {
    let texts = [
        "a: b: c\n",
        "a:\n\t- b\n",
        "a: 'x' y\n",
        "a: \"x\n",
        "a: [1\nb: 2\n",
        "a: [1, 2",
        "a: \u{1}\n",
        "é: @x\n",
        "a: \"\\q\"\n",
        "a: 1\n b: 2\n",
        "a: 1\nb\n",
        "[a] b\n",
        "a: {b: 1]\n",
        "a: 1 #c\nb: x#c\nc: [a, b}\n",
        "a: %x\n",
        "]\n",
        "%YAML 3.0\n---\na: 1\n",
        "a: - b\n",
        "- a\nb: 1\n",
        "a: \0",
        "a: [ , b]",
        "a: {, b}",
        "? a\n b",
        "{a b: c",
        "a: >x\n",
        "a: *\n",
        "%x\n",
    ];
    let found: Vec<String> =
        texts.into_iter().map(|text| format!("{text:?}\n  {}", parsed(text).replace('\n', "\n  "))).collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    "a: b: c\n"
      1:5-1:6 yaml-syntax a key with its colon cannot stand here | check the indentation and the brackets before it; quote a text that has `: ` in it
      no tree
    "a:\n\t- b\n"
      2:2-2:3 yaml-syntax a tab cannot indent in YAML | indent with spaces
      no tree
    "a: 'x' y\n"
      1:8-1:9 yaml-syntax something follows a closing quote | put the whole text in quotes; a quote inside of single quotes is written twice
      no tree
    "a: \"x\n"
      2:1-2:1 yaml-syntax a text in quotes goes on in a line that is not indented | is the closing quote missing?
      no tree
    "a: [1\nb: 2\n"
      2:2-2:3 yaml-syntax a key with its colon cannot stand here | check the indentation and the brackets before it; quote a text that has `: ` in it
      no tree
    "a: [1, 2"
      1:4-1:5 yaml-syntax the bracket is not closed | add the missing `]`
      no tree
    "a: \u{1}\n"
      1:4-1:5 yaml-syntax the control character U+0001 is not possible in YAML | remove it; in double quotes it can be written as an escape
      no tree
    "é: @x\n"
      1:4-1:5 yaml-syntax a value cannot begin with `@` | quote the value
      no tree
    "a: \"\\q\"\n"
      1:4-1:5 yaml-syntax there is no such escape in double quotes | write `\\` for a backslash, or use single quotes
      no tree
    "a: 1\n b: 2\n"
      2:3-2:4 yaml-syntax a key with its colon cannot stand here | check the indentation and the brackets before it; quote a text that has `: ` in it
      no tree
    "a: 1\nb\n"
      2:1-2:2 yaml-syntax the colon after a key is missing here | write `key: value`
      no tree
    "[a] b\n"
      1:5-1:6 yaml-syntax the document has ended before this | a file is one value: one map, or one list
      no tree
    "a: {b: 1]\n"
      1:4-1:5 yaml-syntax a `{` is closed by a `]` | close it with `}`
      no tree
    "a: 1 #c\nb: x#c\nc: [a, b}\n"
      3:4-3:5 yaml-syntax a `[` is closed by a `}` | close it with `]`
      no tree
    "a: %x\n"
      1:4-1:5 yaml-syntax a value cannot begin with `%` | quote the value
      no tree
    "]\n"
      1:1-1:2 yaml-syntax nothing is open that could be closed here | remove the bracket
      no tree
    "%YAML 3.0\n---\na: 1\n"
      1:1-1:2 yaml-syntax unsupported YAML major version
      no tree
    "a: - b\n"
      1:4-1:5 yaml-syntax an item with `-` cannot stand here | begin a list in its own line, or write it in brackets
      no tree
    "- a\nb: 1\n"
      2:1-2:2 yaml-syntax an item with its `-` is expected here | indent like the items that it belongs to
      no tree
    "a: \0"
      1:4-1:5 yaml-syntax the control character U+0000 is not possible in YAML | remove it; in double quotes it can be written as an escape
      no tree
    "a: [ , b]"
      1:6-1:7 yaml-syntax a value is missing here | write it, or remove the comma
      no tree
    "a: {, b}"
      1:5-1:6 yaml-syntax a value is missing here | write it, or remove the comma
      no tree
    "? a\n b"
      {"a b": null}
    "{a b: c"
      1:1-1:2 yaml-syntax the brace is not closed | add the missing `}`
      no tree
    "a: >x\n"
      1:4-1:5 yaml-syntax a text that begins with `|` or `>` stands in the lines below | begin it in the next line, indented
      no tree
    "a: *\n"
      1:4-1:5 yaml-syntax a name is missing after `&` or `*` | quote the text if the sign belongs to it
      no tree
    "%x\n"
      2:1-2:1 yaml-syntax the document has ended before this | a file is one value: one map, or one list
      no tree
    "#);
}

/// Pieces that YAML gives a meaning to, so that random texts get far into the parser.
fn yaml_like() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ", ", "\n", "\r\n", "  ", "'", "\"", "\\", "&x ", "*x",
        "!t ", "# ", "|\n", ">\n", "---\n", "...\n", "<<: ", "\u{feff}", "é", "日本", "~", "\t", "%", "0", "null",
        "\u{85}", "\0",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn never_panics_and_every_finding_has_a_place(text: String) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let (tree, findings) = parse(&sources, id);
    let text = sources.text(id);
    for finding in findings.iter() {
        for span in std::iter::once(finding.span).chain(finding.related.iter().map(|&(span, _)| span)) {
            prop_assert!(span.start <= span.end && text.get(span.range()).is_some(), "{finding:?} in {text:?}");
        }
    }
    prop_assert!(tree.is_some() || findings.has_errors());
    if let Some(tree) = tree {
        let _ = format!("{:?}", tree.root());
    }
    Ok(())
}

proptest! {
    #[test]
    fn random_yaml_never_panics_and_every_finding_lies_within_the_text(text in yaml_like()) {
        never_panics_and_every_finding_has_a_place(text)?;
    }

    #[test]
    fn random_bytes_never_panic_and_every_finding_lies_within_the_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        never_panics_and_every_finding_has_a_place(String::from_utf8_lossy(&bytes).into_owned())?;
    }
}
