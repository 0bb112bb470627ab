//! Whatever is done to a manifest: no panic, every finding has a place, and nothing is left out
//! in silence.

use proptest::prelude::*;

use super::{compact, open};
use crate::source::Sources;

const VALID: &str = "segments: { Retail Mortgage: , Insurance: { description: Policies } }
classifications: { Sales: , Manager: }
user_types:
  AI business user: { licenses: 40 }
  Member: { licenses: unlimited }
roles:
  Loan Officer:
    description: Originates loans
    classifications: [Sales]
    segments: [Retail Mortgage, Insurance]
    user_type: AI business user
    permissions:
      campaigns: [view, create]
      locations: { view: all, modify: [phone, hours] }
    previously: [LO]
assignments:
  ana@example.com: { role: Loan Officer, name: Ana Diaz, active: true, user_type: AI business user }
  bo@example.com: Loan Officer
removed:
  roles: { Temp: { reassign_to: Loan Officer }, Old: }
  users: { di@example.com: deactivate }
";

/// Reads a text that may be anything; the findings' places lie in it.
fn survives(text: &str) {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", text);
    let (desired, found, _) = crate::manifest::read(&sources, &[source], &open());
    assert_eq!(desired.is_none(), found.has_errors());
    for finding in found.iter() {
        assert_eq!(finding.span.source, source);
        assert!(finding.span.start <= finding.span.end && finding.span.end as usize <= text.len(), "{finding:?}");
        assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
    }
}

/// Each scalar, list and map of the manifest, replaced by each of these, is either reported or
/// means something else than before: reading leaves nothing out in silence.
#[test]
fn what_does_not_fit_is_reported() {
    let read = |text: &str| {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", text);
        crate::manifest::read(&sources, &[source], &open())
    };
    let before = read(VALID).0.map(|desired| compact(&desired)).expect("nothing is wrong with it");
    let values = ["", "null", "true", "7", "-1", "1.5", "99999999999999999999999", "some", "''", "' x'", "[]", "[[a]]"];
    let values =
        values.into_iter().chain(["[7]", "[a, null]", "[some]", "{}", "{ a: }", "{ a: b }", "{ a: [b] }", "{ 7: 7 }"]);
    let mut silent = Vec::new();
    for value in values {
        for (start, end) in values_of(VALID) {
            let text = format!("{}{value}{}", &VALID[..start], &VALID[end..]);
            if &VALID[start..end] == value {
                continue;
            }
            let (desired, found, _) = read(&text);
            if !found.has_errors() && desired.map(|desired| compact(&desired)).as_deref() == Some(&before) {
                silent.push(format!("{} -> {value}", &VALID[start..end]));
            }
        }
    }
    insta::assert_snapshot!(silent.join("\n"), @"");
}

/// The byte ranges of the values that are written in one line.
fn values_of(text: &str) -> Vec<(usize, usize)> {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", text);
    let (tree, _) = crate::document::parse(&sources, source);
    let tree = tree.expect("it is YAML");
    let mut nodes = vec![tree.root()];
    let mut ranges = Vec::new();
    while let Some(node) = nodes.pop() {
        nodes.extend(node.items());
        nodes.extend(node.entries().map(|entry| entry.value));
        let range = node.span().range();
        if !range.is_empty() && !text[range.clone()].contains('\n') {
            ranges.push((range.start, range.end));
        }
    }
    ranges
}

proptest! {
    #[test]
    fn a_mutated_manifest_never_panics(
        cuts in proptest::collection::vec((0..VALID.len(), 0..6usize, "[ \\n\\t:,{}\\[\\]&*!'\"#a-cé0-9~|-]{0,4}"), 1..6)
    ) {
        let mut text = VALID.to_owned();
        for (at, len, insert) in cuts {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.ceil_char_boundary((start + len).min(text.len()));
            text.replace_range(start..end, &insert);
        }
        survives(&text);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
        survives(&text);
    }
}
