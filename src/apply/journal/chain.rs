//! The chain: every line carries a link to all that stands before it.
//!
//! A line is `{"line":N,"chain":"LINK",` and then the record's own JSON without its first brace.
//! LINK is the SHA-256, in hexadecimal, of the line before's LINK (nothing for the first line)
//! followed by the record's JSON. So the last line is covered as well as the others, and whoever
//! edits a line has to make every link from there on anew: slips and quick hands are found, not
//! somebody who writes the whole file again. The next run keeps the last link (`Head::after`).

use serde::Serialize;
use sha2::{Digest, Sha256};

/// A link's length: SHA-256 in hexadecimal.
const LINK: usize = 64;
const LINE: &[u8] = b"{\"line\":";
const CHAIN: &[u8] = b",\"chain\":\"";

/// A chain up to some line.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    /// The lines so far.
    lines: u64,
    /// The link of the last one; empty before the first.
    link: String,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It does not begin as every line does.
    #[error("it is no line of a journal")]
    Form,
    /// It says that it is a later line.
    #[error("a line before it was removed")]
    Removed,
    /// It says that it is an earlier line.
    #[error("a line was added before it, or lines changed places")]
    Added,
    /// Its link is not the one that it must have.
    #[error("it was edited or added after it was written")]
    Edited,
    /// The chain is right and the record means nothing here.
    #[error("it makes no sense at this place")]
    Place,
}

impl Chain {
    /// The lines so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The link of the last line; empty before the first.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// Appends a record as the next line.
    pub fn append(&mut self, lines: &mut Vec<u8>, record: &impl Serialize) {
        let number = (self.lines + 1).to_string();
        let start = lines.len();
        lines.extend_from_slice(LINE);
        lines.extend_from_slice(number.as_bytes());
        lines.extend_from_slice(CHAIN);
        let link = lines.len();
        lines.extend_from_slice(&[0; LINK]);
        lines.push(b'"');
        let body = lines.len();
        serde_json::to_writer(&mut *lines, record).expect("records have only keys that are texts");
        debug_assert_eq!(lines.get(body), Some(&b'{'), "a record is an object");
        self.extend(lines.get(body..).unwrap_or_default());
        lines[link..link + LINK].copy_from_slice(self.link.as_bytes());
        lines[body] = b',';
        lines.push(b'\n');
        debug_assert!(lines[start..].starts_with(LINE));
    }

    /// Takes a line in, without its line feed, and returns the record's JSON, which is made in it.
    ///
    /// # Errors
    ///
    /// When the line does not follow from those before it. The chain is then as it was.
    pub fn check<'l>(&mut self, line: &'l mut [u8]) -> Result<&'l [u8], BadLine> {
        let (number, link, body) = parts(line).ok_or(BadLine::Form)?;
        let link = link.to_owned();
        line[body] = b'{';
        let body = &line[body..];
        let mut next = self.clone();
        next.extend(body);
        match number.cmp(&next.lines) {
            std::cmp::Ordering::Greater => Err(BadLine::Removed),
            std::cmp::Ordering::Less => Err(BadLine::Added),
            std::cmp::Ordering::Equal if next.link != link => Err(BadLine::Edited),
            std::cmp::Ordering::Equal => {
                *self = next;
                Ok(body)
            }
        }
    }

    fn extend(&mut self, body: &[u8]) {
        let mut hash = Sha256::new();
        hash.update(self.link.as_bytes());
        hash.update(body);
        self.link.clear();
        for byte in hash.finalize() {
            for half in [byte >> 4, byte & 15] {
                self.link.push(char::from_digit(u32::from(half), 16).expect("four bits are a digit"));
            }
        }
        self.lines += 1;
    }
}

/// Whether this may be the beginning of a line.
pub(super) fn is_begun(line: &[u8]) -> bool {
    line.starts_with(LINE) || LINE.starts_with(line)
}

/// A line's number and link, and where the comma before its record is.
pub(super) fn parts(line: &[u8]) -> Option<(u64, &str, usize)> {
    let rest = line.strip_prefix(LINE)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = rest.split_at(digits);
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    let (link, rest) = rest.strip_prefix(CHAIN)?.split_at_checked(LINK)?;
    let link = std::str::from_utf8(link).ok()?;
    rest.starts_with(b"\",").then_some((number, link, line.len() - rest.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::journal::Record;
    use crate::state::StepId;

    fn lines() -> Vec<Vec<u8>> {
        let (mut chain, mut text) = (Chain::default(), Vec::new());
        for step in 1..=4 {
            chain.append(&mut text, &Record::Intend { steps: vec![StepId(step)] });
        }
        text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Vec<Vec<u8>>), expected: Result<u64, (u64, BadLine)>) {
        let mut lines = lines();
        change(&mut lines);
        let mut chain = Chain::default();
        let mut broken = None;
        for line in &mut lines {
            if let Err(bad) = chain.check(line) {
                broken = Some((chain.lines() + 1, bad));
                break;
            }
        }
        assert_eq!(broken.map_or(Ok(chain.lines()), Err), expected);
    }

    #[test]
    fn every_line_is_json_that_names_its_number_and_link() {
        let last = lines().pop().expect("lines");
        let json: serde_json::Value = serde_json::from_slice(&last).expect("JSON");
        assert_eq!(json["line"], 4);
        assert_eq!(json["chain"].as_str().map(str::len), Some(64));
        assert_eq!(json["intend"]["steps"][0], "s4");
    }

    #[test]
    fn what_was_written_follows() {
        check(|_| {}, Ok(4));
    }

    #[test]
    fn an_edited_a_removed_and_an_added_line_are_found_where_they_are() {
        let edit = |line: &mut Vec<u8>| {
            let at = line.len() - 5;
            line[at] = b'9';
        };
        check(|lines| edit(&mut lines[1]), Err((2, BadLine::Edited)));
        check(|lines| edit(&mut lines[3]), Err((4, BadLine::Edited)));
        check(|lines| drop(lines.remove(2)), Err((3, BadLine::Removed)));
        check(|lines| lines.insert(2, lines[1].clone()), Err((3, BadLine::Added)));
        check(|lines| lines.swap(1, 2), Err((2, BadLine::Removed)));
        check(|lines| lines.insert(1, b"{}".to_vec()), Err((2, BadLine::Form)));
    }
}
