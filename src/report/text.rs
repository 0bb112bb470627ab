//! The small pieces that every text for people is made of: names made harmless, colours, counts.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use anstyle::{AnsiColor, Style};

pub(super) use crate::plan::counted as count;

/// What is created.
pub(super) const ADD: Style = AnsiColor::Green.on_default();
/// What is changed.
pub(super) const CHANGE: Style = AnsiColor::Yellow.on_default();
/// What is deleted.
pub(super) const REMOVE: Style = AnsiColor::Red.on_default();
/// Headings.
pub(super) const STRONG: Style = Style::new().bold();
/// What need not be read: places, counts.
pub(super) const FAINT: Style = Style::new().dimmed();

/// A text with its control characters, and those that change the direction of writing, written as
/// escapes: a name must not be able to move the cursor, to recolour or to reorder what is printed.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_harmful(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and the marks that reorder what is written (Unicode's bidirectional
/// formatting and line separators).
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in a style.
pub(super) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How wide a text is on a terminal, taken as one column for each character.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Appends items separated by commas, on as many lines as they need, each begun with `indent`
/// spaces but the first, which begins in column `from`.
pub(super) fn wrapped(out: &mut String, items: &[String], from: usize, indent: usize) {
    /// As wide as a narrow review window shows without folding.
    const WIDEST: usize = 100;
    let mut column = from;
    for (i, item) in items.iter().enumerate() {
        let comma = usize::from(i + 1 < items.len());
        if i > 0 {
            if column + 1 + width(item) + comma > WIDEST {
                let _ = write!(out, "\n{:indent$}", "");
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(item);
        if comma == 1 {
            out.push(',');
        }
        column += width(item) + comma;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_as_escapes() {
        assert_eq!(visible("Loan \u{1b}[31mOfficer\u{7}"), "Loan \\u{1b}[31mOfficer\\u{7}");
        assert_eq!(visible("a\u{202e}b\u{9b}\n"), "a\\u{202e}b\\u{9b}\\n");
        assert!(matches!(visible("Prêt à 日本"), Cow::Borrowed(_)));
    }
}
