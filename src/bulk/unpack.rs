//! The parts of a spreadsheet file, unpacked within limits.
//!
//! An XLSX file is a ZIP archive, and a small archive can unpack to any size. So everything in it is unpacked
//! once, counted and forgotten, before a library that knows no limits does the same.

use std::io::{Cursor, Read, sink};

use zip::ZipArchive;

/// The most that all parts together unpack to, in bytes: a hundred thousand rows take a fifth of it, the
/// rest is room for formatting and pictures.
const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;

/// The most parts: one for each sheet, picture and comment.
const MAX_PARTS: usize = 10_000;

/// The parts of a file whose unpacked size is known to be within limits.
pub(super) struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Parts<'a> {
    /// Looks at all parts. The error says what is wrong with the file.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let damaged = |_| "it is damaged, or no XLSX file".to_owned();
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if archive.len() > MAX_PARTS {
            return Err(format!("it has more than {MAX_PARTS} parts"));
        }
        let mut left = MAX_UNPACKED_BYTES;
        for index in 0..archive.len() {
            let part = archive.by_index(index).map_err(damaged)?;
            // Not the size that the archive announces, which may be another one.
            left -= std::io::copy(&mut part.take(left), &mut sink()).map_err(|_| "it is damaged".to_owned())?;
            if left == 0 {
                return Err(format!("it unpacks to more than {} MiB", MAX_UNPACKED_BYTES / (1024 * 1024)));
            }
        }
        Ok(Self { archive })
    }

    /// The text of a part, by its path without regard to case, as the format has it.
    pub fn text(&mut self, path: &str) -> Option<String> {
        let index = (0..self.archive.len()).find(|&index| {
            let name =
                self.archive.by_index(index).ok().and_then(|part| part.name().ok().map(std::borrow::Cow::into_owned));
            name.is_some_and(|name| name.replace('\\', "/").eq_ignore_ascii_case(path))
        })?;
        let mut text = String::new();
        self.archive.by_index(index).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    }
}
