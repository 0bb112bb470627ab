//! What the parser's errors are called, in words for people who did not write a parser.

use granit_parser::ErrorKind;

use super::parse::MAX_NESTING;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// The finding for the error that ended the parsing.
pub(super) fn finding(source: SourceId, text: &str, at: usize, kind: &ErrorKind) -> Diagnostic {
    let span = one_character(source, text, at);
    if *kind == ErrorKind::RecursionLimitExceeded {
        return nesting(span);
    }
    let (message, help) = words(kind);
    let finding = Diagnostic::new(Code::YamlSyntax, span, message);
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The finding for a list or map that is nested too deeply.
pub(super) fn nesting(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NestingLimit,
        span,
        format!("lists and maps are nested deeper than {MAX_NESTING} levels here"),
    )
}

/// The character at an offset; nothing wide at the end of a line or of the text.
fn one_character(source: SourceId, text: &str, at: usize) -> Span {
    let start = text.floor_char_boundary(at.min(text.len()));
    let width = text[start..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    Span { source, start: start as u32, end: (start + width) as u32 }
}

fn words(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            let message = format!("the control character U+{:04X} is not possible in YAML", *character as u32);
            return (message, Some("remove it; in double quotes it can be written as an escape"));
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return (format!("a value cannot begin with `{character}`"), Some("quote the value"));
        }
        ErrorKind::SimpleKeyExpected => ("the colon after a key is missing here", "write `key: value`"),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => ("a value is missing here", "write it, or remove the comma"),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "a key with its colon cannot stand here",
            "check the indentation and the brackets before it; quote a text that has `: ` in it",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidSimpleKey => (
            "a key with its colon is expected here",
            "check the indentation, and whether the line before ends as meant",
        ),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent => {
            ("the indentation fits no line before it", "indent like the entries that it belongs to")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("a tab cannot indent in YAML", "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar => ("the quote is not closed", "add the closing quote"),
        ErrorKind::InvalidQuotedScalarIndent => {
            ("a text in quotes goes on in a line that is not indented", "is the closing quote missing?")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "something follows a closing quote",
            "put the whole text in quotes; a quote inside of single quotes is written twice",
        ),
        ErrorKind::UnknownQuotedScalarEscape => {
            ("there is no such escape in double quotes", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } => ("the bracket is not closed", "add the missing `]`"),
        ErrorKind::UnclosedFlowCollection { .. } => ("the brace is not closed", "add the missing `}`"),
        ErrorKind::MismatchedFlowCollectionEnd { open: '[', .. } => ("a `[` is closed by a `}`", "close it with `]`"),
        ErrorKind::MismatchedFlowCollectionEnd { .. } => ("a `{` is closed by a `]`", "close it with `}`"),
        ErrorKind::MisplacedFlowCollectionEnd => ("nothing is open that could be closed here", "remove the bracket"),
        ErrorKind::ExpectedFlowMappingSeparator => ("`,` or `}` is expected here", "separate the entries with commas"),
        ErrorKind::ExpectedFlowSequenceSeparator => ("`,` or `]` is expected here", "separate the items with commas"),
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("an item with its `-` is expected here", "indent like the items that it belongs to")
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            ("an item with `-` cannot stand here", "begin a list in its own line, or write it in brackets")
        }
        ErrorKind::InvalidBlockScalarHeader => {
            ("a text that begins with `|` or `>` stands in the lines below", "begin it in the next line, indented")
        }
        ErrorKind::MissingAnchorOrAliasName => {
            ("a name is missing after `&` or `*`", "quote the text if the sign belongs to it")
        }
        ErrorKind::CommentNotSeparated => {
            ("a comment needs a space before its `#`", "quote the text if `#` belongs to it")
        }
        ErrorKind::ExpectedDocumentStart => {
            ("the document has ended before this", "a file is one value: one map, or one list")
        }
        other => return (other.to_string(), None),
    };
    (message.into(), Some(help))
}
