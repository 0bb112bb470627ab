//! What one cell says: a list of names, or one text; and how that is written so that it reads back.
//!
//! In a list `;` and line breaks separate. A name that has one of them, or could be taken for something
//! else, stands in double quotes, doubled inside. Not responsible for the quotes of CSV itself (`csv`).

use std::borrow::Cow;
use std::ops::Range;

use super::grid::is_space;

/// What a cell says that shall be empty, since an empty cell could also mean that nothing is said.
pub(super) const NONE: &str = "(none)";

/// A name of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// The name, without white space at its ends unless it is in quotes.
    pub name: Cow<'a, str>,
    /// Where it is in the cell's text.
    pub range: Range<usize>,
}

/// The names that a cell lists; none for [`NONE`]. Where nothing stands between two separators there is
/// no name.
pub(super) fn items(text: &str) -> Vec<Item<'_>> {
    if says_none(text) {
        return Vec::new();
    }
    let mut items = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at + (text[at..].len() - text[at..].trim_start_matches(is_blank).len());
        if let Some((name, end)) = quoted(text, start) {
            items.push(Item { name: Cow::Owned(name), range: start..end });
            at = text[end..].find(is_separator).map_or(text.len(), |next| end + next + 1);
            continue;
        }
        let end = text[at..].find(is_separator).map_or(text.len(), |next| at + next);
        let name = text[at..end].trim_matches(is_space);
        if !name.is_empty() {
            let start = at + text[at..end].find(|c| !is_space(c)).unwrap_or_default();
            items.push(Item { name: Cow::Borrowed(name), range: start..start + name.len() });
        }
        // Every separator is one byte.
        at = end + 1;
    }
    items
}

/// Whether a cell says that it is to be empty.
pub(super) fn says_none(text: &str) -> bool {
    text.trim_matches(is_space).eq_ignore_ascii_case(NONE)
}

fn is_separator(c: char) -> bool {
    matches!(c, ';' | '\n' | '\r')
}

fn is_blank(c: char) -> bool {
    is_space(c) && !is_separator(c)
}

/// The name in quotes that begins here, and where it ends, if nothing else stands beside it.
fn quoted(text: &str, start: usize) -> Option<(String, usize)> {
    let mut rest = text[start..].strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => break,
        }
    }
    let is_alone = rest.trim_start_matches(is_blank).chars().next().is_none_or(is_separator);
    (is_alone && !name.is_empty()).then(|| (name, text.len() - rest.len()))
}

/// The cell that lists these names.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<Cow<'_, str>> = names.into_iter().map(item).collect();
    if names.is_empty() { NONE.to_owned() } else { names.join("; ") }
}

fn item(name: &str) -> Cow<'_, str> {
    let is_plain = !name.contains(is_separator)
        && !name.starts_with(is_space)
        && !name.ends_with(is_space)
        && !name.starts_with(['"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\'', '\u{2018}'])
        && !name.eq_ignore_ascii_case(NONE);
    if is_plain { Cow::Borrowed(name) } else { Cow::Owned(format!("\"{}\"", name.replace('"', "\"\""))) }
}

/// What spreadsheet programs take for the beginning of a formula, or for nothing before one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text of CSV that no spreadsheet program takes for a formula: with an apostrophe before it, which they
/// show as what it is. Apostrophes that stand there already are kept by one more.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that was defused.
pub(super) fn undefused(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Vec<String> {
        items(text).into_iter().map(|item| item.name.into_owned()).collect()
    }

    #[test]
    fn semicolons_and_line_breaks_separate() {
        assert_eq!(names("Sales;Support\nAdmin \r\n ; Manager;"), ["Sales", "Support", "Admin", "Manager"]);
        assert_eq!(names(" \u{a0}Sales\u{200b} "), ["Sales"]);
        assert_eq!(names("Sales, Support"), ["Sales, Support"]);
    }

    #[test]
    fn nothing_and_the_word_for_it_are_no_names() {
        assert_eq!(names(" ; ;\n"), [""; 0]);
        assert_eq!(names(" (None) "), [""; 0]);
    }

    #[test]
    fn quotes_hold_what_would_separate() {
        assert_eq!(names("\"A; \"\"B\"\"\"; C"), ["A; \"B\"", "C"]);
        assert_eq!(names("\"A\" and B; \"C"), ["\"A\" and B", "\"C"]);
    }

    #[test]
    fn a_name_knows_its_place_in_the_cell() {
        let text = " Sales ;\u{a0}Süd;\"A;B\" ;x";
        let found: Vec<&str> = items(text).into_iter().map(|item| &text[item.range]).collect();
        assert_eq!(found, ["Sales", "Süd", "\"A;B\"", "x"]);
    }

    #[test]
    fn formulas_are_defused_and_nothing_else() {
        assert_eq!(defused("=1+1"), "'=1+1");
        assert_eq!(defused("'@x"), "''@x");
        assert_eq!(defused("'tis"), "'tis");
        assert_eq!(undefused("'tis"), "'tis");
    }

    proptest! {
        #[test]
        fn what_is_defused_comes_back(text in "[-'=+@\t\ra]{0,4}.{0,3}") {
            let written = defused(&text);
            prop_assert_eq!(undefused(&written), text.as_str());
        }

        #[test]
        fn a_list_that_is_written_reads_back(
            wanted in proptest::collection::vec("[ ;\"'\n\r\u{a0}“(none)aA,é=]{0,6}".prop_filter("blank", |name| !name.is_empty()), 0..4),
        ) {
            prop_assert_eq!(names(&list(wanted.iter().map(String::as_str))), wanted);
        }

        #[test]
        fn no_text_is_too_strange_to_list(text in ".*") {
            for item in items(&text) {
                prop_assert!(text.get(item.range).is_some());
            }
        }
    }
}
