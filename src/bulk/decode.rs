//! Bytes to text, as spreadsheet programs save tables and editors save YAML.
//!
//! Responsible for never guessing: a text is UTF-8, or UTF-16 with its mark, or it is refused at the first
//! byte that is neither. A guessed encoding would turn names into other names without a word.

use encoding_rs::{UTF_16BE, UTF_16LE};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// A text that cannot be read as one.
#[derive(Debug)]
pub(super) struct Undecodable {
    /// As much of it as can be shown.
    pub text: String,
    start: usize,
    message: String,
    help: &'static str,
}

impl Undecodable {
    /// The finding, once the text has its place among the sources.
    pub fn finding(&self, source: SourceId) -> Diagnostic {
        let shown = self.text[self.start..].chars().next().map_or(0, char::len_utf8);
        let span = Span { source, start: self.start as u32, end: (self.start + shown) as u32 };
        Diagnostic::new(Code::NotUtf8, span, self.message.clone()).help(self.help)
    }
}

/// The text that the bytes are.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    if bytes.starts_with(b"PK\x03\x04") {
        let message = "this is no text but a spreadsheet, or another archive".to_owned();
        let help = "give a spreadsheet a name that ends with `.xlsx`";
        return Err(Undecodable { text: String::new(), start: 0, message, help });
    }
    let utf_16 = match bytes {
        [0xFF, 0xFE, rest @ ..] => Some((UTF_16LE, rest)),
        [0xFE, 0xFF, rest @ ..] => Some((UTF_16BE, rest)),
        _ => None,
    };
    if let Some((encoding, rest)) = utf_16 {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(rest) {
            return Ok(text.into_owned());
        }
        let (text, _) = encoding.decode_without_bom_handling(rest);
        let start = text.find(char::REPLACEMENT_CHARACTER).unwrap_or_default();
        let message = "the file says that it is UTF-16, and what stands here is not".to_owned();
        return Err(Undecodable { text: text.into_owned(), start, message, help: AS_UTF_8 });
    }
    match std::str::from_utf8(bytes) {
        // UTF-16 of English without its mark is valid UTF-8, a NUL in every other byte.
        Ok(text) => match bytes.iter().take(2).position(|&byte| byte == 0) {
            Some(start) => {
                let message = "the byte 0x00 here is in no text; this may be UTF-16 without its mark".to_owned();
                Err(Undecodable { text: text.to_owned(), start, message, help: AS_UTF_8 })
            }
            None => Ok(text.to_owned()),
        },
        Err(error) => {
            let start = error.valid_up_to();
            let is_mixed = bytes[..start].iter().any(|byte| !byte.is_ascii()) || has_utf_8(&bytes[start..]);
            let byte = bytes.get(start).copied().unwrap_or_default();
            let message = if is_mixed {
                format!("the byte 0x{byte:02X} here is not UTF-8, and other lines of the file are: it mixes encodings")
            } else {
                format!("the byte 0x{byte:02X} here is not UTF-8")
            };
            let help = if is_mixed { MIXED } else { AS_UTF_8 };
            Err(Undecodable { text: String::from_utf8_lossy(bytes).into_owned(), start, message, help })
        }
    }
}

const AS_UTF_8: &str = "save the file as UTF-8; spreadsheet programs call it \"CSV UTF-8\"";
const MIXED: &str =
    "it was put together from files of different encodings: put the names right here, then save it as UTF-8";

/// Whether there is a character beyond ASCII that is UTF-8.
fn has_utf_8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}
