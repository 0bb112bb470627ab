//! What is wrong with the YAML itself.

use proptest::prelude::*;

use super::parsed;
use crate::document::parse;
use crate::source::Sources;

#[test]
fn a_key_given_twice_shows_both_places_and_the_first_counts() {
    insta::assert_snapshot!(parsed("a: 1\nb: 2\na: {c: 3, c: 4}\n'b': 5\n"), @"");
}

#[test]
fn a_key_given_twice_is_found_in_a_large_map() {
    let mut text: String = (0..100).map(|i| format!("key{i}: {i}\n")).collect();
    text.push_str("key7: x\nkey99: y\n");
    let found = parsed(&text);
    insta::assert_snapshot!(found.lines().take(2).collect::<Vec<_>>().join("\n"), @"");
}

#[test]
fn what_is_no_key_is_left_out() {
    insta::assert_snapshot!(parsed("~: 1\n: 2\n? [a, b]\n: 3\n? {c: d}\n: 4\nok: 5\n<<: {e: 6}\n'<<': 7\n"), @"");
}

#[test]
fn tags_are_reported_each() {
    insta::assert_snapshot!(parsed("a: !t b\nc: !!map {d: !<x:y> e}\n!k f: !z\n"), @"");
}

#[test]
fn a_second_document_is_reported_and_not_read() {
    insta::assert_snapshot!(parsed("---\na: 1\n---\nb: 2\na: [\n"), @"");
}

#[test]
fn aliases_that_name_nothing_are_reported_each() {
    insta::assert_snapshot!(parsed("a: *x\nb: [*y, &x 1, *x]\nc: &c [1, *c]\n*x : 1\n"), @"");
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
    ];
    let found: Vec<String> =
        texts.into_iter().map(|text| format!("{text:?}\n  {}", parsed(text).replace('\n', "\n  "))).collect();
    insta::assert_snapshot!(found.join("\n"), @"");
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
