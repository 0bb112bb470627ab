//! Cursors (RFC 9865): where the next page of a list begins, in a text that only this sandbox
//! can have written.
//!
//! A cursor names the last resource of its page and the list that it is of. It is sealed: one that
//! was made up, or taken from another list, is refused and leads nowhere.

use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Bytes of the seal; guessing one takes 2^127 tries.
const SEAL: usize = 16;
/// Bytes of a cursor: the key of a row, two digests and the seal.
const LENGTH: usize = 24 + SEAL;

/// Eight bytes that stand for something longer.
pub(super) type Short = [u8; 8];

/// Stands for several texts, each of which may be absent.
pub(super) fn short(texts: &[Option<&str>]) -> Short {
    let mut digest = Sha256::new();
    for text in texts {
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        digest.update(length.to_be_bytes());
        digest.update(text.unwrap_or_default());
    }
    first(&digest.finalize())
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&bytes[..N]);
    first
}

/// The resource that a page ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: i64,
    /// What it was sorted by.
    pub(super) sorted_by: Short,
}

/// Writes and reads cursors.
pub(super) struct Cursors {
    secret: String,
}

impl Cursors {
    pub(super) fn new(secret: String) -> Self {
        Self { secret }
    }

    /// The cursor behind a resource, in the list that `list` stands for. Its characters are hex
    /// digits, which need no encoding in a URI.
    pub(super) fn write(&self, mark: Mark, list: Short) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(mark.seq.to_be_bytes());
        bytes.extend(mark.sorted_by);
        bytes.extend(list);
        let seal = self.seal(&bytes);
        bytes.extend(seal);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn read(&self, text: &str, list: Short) -> Result<Mark, Refusal> {
        let invalid = || Refusal::cursor("the cursor is none that this sandbox has given for this list");
        let bytes = decoded(text).ok_or_else(invalid)?;
        let (body, seal) = bytes.split_at(LENGTH - SEAL);
        let difference = self.seal(body).iter().zip(seal).fold(0, |sum, (a, b)| sum | (a ^ b));
        if difference != 0 || body[16..] != list {
            return Err(invalid());
        }
        Ok(Mark { seq: i64::from_be_bytes(first(body)), sorted_by: first(&body[8..]) })
    }

    fn seal(&self, body: &[u8]) -> [u8; SEAL] {
        let mut digest = Sha256::new();
        digest.update(&self.secret);
        digest.update(body);
        digest.update(&self.secret);
        first(&digest.finalize())
    }
}

fn decoded(text: &str) -> Option<[u8; LENGTH]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * LENGTH {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cursors() -> Cursors {
        Cursors::new("secret".to_owned())
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_for_its_list_and_no_other(seq: i64, sorted_by: Short, list: Short, other: Short) {
            let mark = Mark { seq, sorted_by };
            let text = cursors().write(mark, list);
            prop_assert_eq!(cursors().read(&text, list).expect("it is ours"), mark);
            prop_assert!(list == other || cursors().read(&text, other).is_err());
        }

        #[test]
        fn a_cursor_with_any_bit_changed_is_refused(seq: i64, at in 0..LENGTH, bit in 0..8u8) {
            let list = short(&[Some("list")]);
            let mut bytes = decoded(&cursors().write(Mark { seq, sorted_by: [0; 8] }, list)).expect("hex");
            bytes[at] ^= 1 << bit;
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert!(cursors().read(&text, list).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,100}") {
            prop_assert!(cursors().read(&text, [0; 8]).is_err());
        }
    }

    #[test]
    fn absent_and_empty_texts_are_different_lists() {
        assert_ne!(short(&[None, Some("a")]), short(&[Some(""), Some("a")]));
        assert_ne!(short(&[Some("ab"), Some("")]), short(&[Some("a"), Some("b")]));
    }
}
