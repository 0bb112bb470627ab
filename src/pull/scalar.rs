//! One text as a YAML scalar that every reader takes for that text.
//!
//! Texts come from targets: they can look like numbers, end with a space, hold line breaks or what
//! changes the direction of writing. Whatever could be read as something else, by YAML 1.2 or by 1.1, is
//! quoted; whatever nobody would see is escaped.

use std::fmt::Write as _;

/// Where a scalar stands: in `[…]` or `{…}` a comma ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Block,
    Flow,
}

/// How a scalar is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Only where it has to be.
    Needed,
    Single,
    Double,
}

/// The text as a scalar on one line.
pub(super) fn scalar(text: &str, context: Context, quotes: Quotes) -> String {
    match quotes {
        Quotes::Needed if is_plain(text, context) => text.to_owned(),
        Quotes::Single if text.chars().all(is_shown) => format!("'{}'", text.replace('\'', "''")),
        _ => double_quoted(text),
    }
}

/// The lines of a text that can be written as they stand, below a `|` and indented; the second value is
/// the whole head. `None` where another form has to do.
pub(super) fn literal(text: &str) -> Option<(Vec<&str>, &'static str)> {
    let (body, head) = match text.strip_suffix('\n') {
        None => (text, "|-"),
        Some(body) => (body, "|"),
    };
    let lines: Vec<&str> = body.split('\n').collect();
    let is_simple = |line: &&str| line.chars().all(is_shown) && line.trim_end() == *line;
    // A first line that is empty or indented would need its indentation told, an empty last one is a
    // matter of what is stripped.
    let ends = [lines.first(), lines.last()];
    let has_ends = ends.iter().all(|line| line.is_some_and(|line| !line.is_empty() && !line.starts_with(' ')));
    (lines.len() > 1 && has_ends && lines.iter().all(is_simple)).then_some((lines, head))
}

fn is_plain(text: &str, context: Context) -> bool {
    let starts = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '('));
    let is_usual = |c: char| {
        c.is_alphanumeric()
            || matches!(c, ' ' | '_' | '-' | '.' | '/' | '@' | '+' | '(' | ')' | '&' | '\'' | ';' | '–' | '—')
            || (c == ',' && context == Context::Block)
    };
    starts && !text.ends_with(' ') && text.chars().all(is_usual) && !looks_typed(text)
}

/// Whether some reader could take a plain scalar for no text: the words of YAML 1.1 and 1.2, numbers,
/// times and dates.
fn looks_typed(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let in_number = |byte: u8| byte.is_ascii_hexdigit() || b"xXoO_.+-tTzZ ".contains(&byte);
    is_word || (text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(in_number))
}

/// Whether a character can be written as it is: people see it, or it is a space.
fn is_shown(c: char) -> bool {
    let is_hidden = c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(u32::from(c),
            // Soft hyphen, joiners, and what changes the direction; marks of byte order; tags; private use;
            // what is no character at all.
            0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E
            | 0x2060..=0x206F | 0xE000..=0xF8FF | 0xFEFF | 0xFFF0..=0xFFFF | 0xE0000..=0x0010_FFFF)
        || u32::from(c) & 0xFFFE == 0xFFFE;
    !is_hidden
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_shown(c) => quoted.push(c),
            c => {
                let code = u32::from(c);
                let written = match code {
                    0..=0xFF => write!(quoted, "\\x{code:02X}"),
                    0x100..=0xFFFF => write!(quoted, "\\u{code:04X}"),
                    _ => write!(quoted, "\\U{code:08X}"),
                };
                written.expect("a text takes all that is written to it");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{self, Kind};
    use crate::source::Sources;

    /// The text of a value, when it is read as one.
    fn read(yaml: &str) -> Option<String> {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", yaml);
        let (tree, found) = document::parse(&sources, source);
        if found.has_errors() {
            return None;
        }
        let tree = tree?;
        let value = tree.root().get("key")?;
        let value = if value.kind() == Kind::List { value.items().next()? } else { value };
        value.as_text().map(str::to_owned)
    }

    #[track_caller]
    fn comes_back(text: &str) {
        for quotes in [Quotes::Needed, Quotes::Single, Quotes::Double] {
            let block = format!("key: {}\n", scalar(text, Context::Block, quotes));
            assert_eq!(read(&block).as_deref(), Some(text), "{block}");
            let flow = format!("key: [{}, x]\n", scalar(text, Context::Flow, quotes));
            assert_eq!(read(&flow).as_deref(), Some(text), "{flow}");
        }
        if let Some((lines, head)) = literal(text) {
            let lines: String =
                lines.iter().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") }).collect();
            let block = format!("key: {head}\n{lines}other: 1\n");
            assert_eq!(read(&block).as_deref(), Some(text), "{block}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else_are_quoted() {
        for text in
            ["", "~", "null", "True", "no", "y", "12", "1e3", "0x1F", "0777", "1_000", "2026-01-01", "- x", "-", "# x"]
                .into_iter()
                .chain([
                    "a: b", "a #b", "'", "\"", "a'b", "*a", "&a", "!a", "%a", "@a", "`a`", "[a]", "{a}", "a, b", ">",
                    "|", "? a",
                ])
                .chain([
                    "<<",
                    " a",
                    "a ",
                    "a\nb",
                    "a\nb\n",
                    "a\n\nb",
                    "\n",
                    "a\n\n",
                    "a\r\nb",
                    "\u{feff}a",
                    "a\u{202e}b",
                    "a\u{85}b",
                ])
                .chain([
                    "日本",
                    "Köln",
                    "e\u{301}",
                    "👩‍👩‍👧",
                    "a\tb",
                    "\u{0}",
                    "\u{ffff}",
                    "\u{e000}",
                    "---",
                    "...",
                    "1:30",
                    ".5",
                    "+1",
                    "a:",
                ])
        {
            comes_back(text);
        }
    }

    #[test]
    fn what_needs_no_quotes_gets_none() {
        for text in [
            "Loan Officer",
            "Credit Union – CRM",
            "ana@example.com",
            "A/B (old)",
            "R&D",
            "3M",
            "Köln",
            "日本",
            "O'Brien",
        ] {
            assert_eq!(scalar(text, Context::Flow, Quotes::Needed), text);
        }
        assert_eq!(scalar("of programs, not of people", Context::Block, Quotes::Needed), "of programs, not of people");
        assert_eq!(scalar("a\u{202e}b", Context::Block, Quotes::Needed), "\"a\\u202Eb\"");
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text in any::<String>()) {
            comes_back(&text);
        }

        #[test]
        fn every_text_of_yamls_own_characters_reads_back(text in "[-a1 ~#:,\\[\\]{}&*!|>'\"%@`?\\n\\t\\\\.]{0,12}") {
            comes_back(&text);
        }
    }
}
