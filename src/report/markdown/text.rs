//! Texts that somebody else wrote, as Markdown that shows them and does nothing else: no markup, no
//! link, nobody mentioned, no issue referred to, no command to the site.
//!
//! Sites look for mentions and references in the rendered text too, so escaping signs is not enough:
//! what is no plain word goes into a code span, where none of them looks.

use std::fmt::Write;

use crate::report::text::visible;

/// As much of a name as is shown: more than any name that is meant to be read.
const NAME_SHOWN: usize = 160;

/// As much of a message as is shown.
const MESSAGE_SHOWN: usize = 1_200;

/// From so many hexadecimal digits on, a word can be taken for a commit.
const COMMIT: usize = 7;

/// The beginning of a text that is too long, with how long it is.
pub(super) fn clipped(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    format!("{}… ({} characters)", &text[..end], text.chars().count())
}

/// A name as a code span.
pub(super) fn code(name: &str) -> String {
    let name = clipped(&visible(name), NAME_SHOWN);
    let mut span = String::with_capacity(name.len() + 2);
    push_span(&mut span, &name);
    span
}

/// Names as code spans: the first few, and how many more there are.
pub(super) fn codes<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let mut out = names.take(most).map(code).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(out, " and {more} more");
    }
    out
}

/// A sentence that may have names in it: what is in backticks becomes a code span, and so does every
/// word that is more than a word.
pub(super) fn sentence(message: &str) -> String {
    let message = clipped(&visible(message), MESSAGE_SHOWN);
    let mut out = String::with_capacity(message.len() + 16);
    for (i, piece) in message.split('`').enumerate() {
        if i % 2 == 1 {
            push_span(&mut out, &clipped(piece, NAME_SHOWN));
            continue;
        }
        for word in piece.split_inclusive(' ') {
            let (word, space) = word.strip_suffix(' ').map_or((word, ""), |word| (word, " "));
            push_word(&mut out, word);
            out.push_str(space);
        }
    }
    out
}

/// Appends a word as it is, or as a code span with the punctuation around it outside.
fn push_word(out: &mut String, word: &str) {
    let inner = word.trim_start_matches('(').trim_end_matches([',', '.', ';', ':', ')']);
    let start = word.len() - word.trim_start_matches('(').len();
    let (before, after) = (&word[..start.min(word.len() - inner.len())], &word[start + inner.len()..]);
    out.push_str(before);
    if is_plain(inner) {
        out.push_str(inner);
    } else {
        push_span(out, inner);
    }
    out.push_str(after);
}

/// Whether a word means nothing to any site: letters with hyphens or apostrophes between them, a
/// short number, or a sign that we write ourselves.
fn is_plain(word: &str) -> bool {
    let is_commit = word.len() >= COMMIT && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = || word.split(['-', '\'', '’']);
    let letters = parts().all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    word.is_empty() || matches!(word, "%" | "->" | "…" | "–") || !is_commit && (letters || number)
}

/// Appends a code span. Two that touch would be read as one with a longer fence.
fn push_span(out: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    if out.ends_with('`') {
        out.push(' ');
    }
    let fence = "`".repeat(longest_run(text) + 1);
    // One space on each side is taken away again by the reader where both are there.
    let padded = text.starts_with('`') || text.ends_with('`') || text.starts_with(' ') && text.ends_with(' ');
    let pad = if padded { " " } else { "" };
    let _ = write!(out, "{fence}{pad}{text}{pad}{fence}");
}

/// The most backticks in a row.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text as a part of an HTML comment: whatever could end it, or look different in two readers, is
/// written as `%XX`.
pub(super) fn in_comment(text: &str) -> String {
    text.bytes().take(NAME_SHOWN).fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(sentence(text), expected);
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        check(
            "3 of 10 users would lose their role (30 %, at most 25 %)",
            "3 of 10 users would lose their role (30 %, at most 25 %)",
        );
        check("somebody's look-alike: Prêt à 日本.", "somebody's look-alike: Prêt à 日本.");
        check("", "");
    }

    #[test]
    fn what_is_more_than_a_word_is_a_code_span() {
        check("ask @all, or see #12.", "ask `@all`, or see `#12`.");
        check("(https://evil.example/x)", "(`https://evil.example/x`)");
        check("a <b>c</b> [x](y) ![](z) *d* _e_ ~f~", "a `<b>c</b>` `[x](y`) `![](z`) `*d*` `_e_` `~f~`");
        check(
            "www.evil.example ana@example.com GH-1 deadbeef 1234567",
            "`www.evil.example` `ana@example.com` `GH-1` `deadbeef` `1234567`",
        );
        check("in <!-- it --> &lt; \\", "in `<!--` it `-->` `&lt`; `\\`");
    }

    #[test]
    fn names_in_backticks_are_code_spans_even_where_they_have_backticks() {
        check("role `Loan *Officer*` (R-TE-4)", "role `Loan *Officer*` (`R-TE-4`)");
        check("the name `a`b` and @c", "the name `a`b` and @c`");
        check("`a``b`", "`a` `b`");
        check("path/x`b`", "`path/x` `b`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code(" x "), "`  x  `");
        assert_eq!(code("x\ny\u{202e}"), "`x\\ny\\u{202e}`");
        assert_eq!(code(&"é".repeat(200)), format!("`{}… (200 characters)`", "é".repeat(160)));
    }

    #[test]
    fn nothing_ends_a_comment() {
        assert_eq!(in_comment("pro-duction --> x"), "pro%2Dduction%20%2D%2D%3E%20x");
    }
}
