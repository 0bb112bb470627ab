//! Which file, which bytes, which line and column, which cell.
//!
//! Responsible for keeping the texts that people wrote and for turning a byte range in one of
//! them into a place that people can find. Not responsible for reading files (the command line
//! does that) nor for what the bytes mean.
//!
//! Lines and columns are 1-based. A column counts Unicode scalar values, so that `é` and `日` are
//! one column each; a byte order mark is no column; CRLF, LF and a lone CR each end a line, as
//! YAML 1.2 §5.4 has it. A table is a text, too, that knows where its cells begin ([`Cells`]).

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// The longest file that is read, in bytes. Spans are 32 bits wide, and a million one-line
/// assignments take about 85 MB, so this leaves room without letting a stray dump fill the memory.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Names one text in a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) u32);

/// A byte range in one text: `start..end`, in bytes from the beginning of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the range is in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The empty range at the beginning of a text: a finding about a file as a whole.
    #[must_use]
    pub fn top(source: SourceId) -> Self {
        Self { source, start: 0, end: 0 }
    }

    /// The range as one that slices a string.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place as people read it. Lines and columns are 1-based, columns in Unicode scalar values;
/// the end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The path as the user would type it.
    pub file: String,
    /// The line that the range starts on.
    pub line: u32,
    /// The column that the range starts at.
    pub column: u32,
    /// The line that the range ends on.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// The cell of a table, as spreadsheets call it: `B7`, or `Roles!B7` in a workbook. In a
    /// workbook, which has no lines, the line is the row and the column is the cell's.
    #[serde(default)]
    pub cell: Option<String>,
}

/// Where the cells of a table are in its text.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// The sheet of a workbook. Its text is only put together from the cells, so that its own lines
    /// mean nothing to people; without a sheet the text is what they wrote.
    pub sheet: Option<String>,
    /// Where each cell begins in the text, with its row and column, counted from 0; in the order of the
    /// text.
    pub starts: Vec<(u32, u32, u32)>,
}

impl Cells {
    /// The row and the column of the cell that a byte is in.
    fn at(&self, offset: usize) -> Option<(u32, u32)> {
        let after = self.starts.partition_point(|&(start, ..)| start as usize <= offset);
        let &(_, row, column) = self.starts.get(after.checked_sub(1)?)?;
        Some((row, column))
    }

    fn name(&self, row: u32, column: u32) -> String {
        let cell = cell_name(row, column);
        match &self.sheet {
            Some(sheet) if sheet.chars().all(|c| c.is_alphanumeric() || c == '_') => format!("{sheet}!{cell}"),
            Some(sheet) => format!("'{}'!{cell}", sheet.replace('\'', "''")),
            None => cell,
        }
    }
}

/// What spreadsheets call a cell, from its row and column counted from 0: `A1`, `AB12`.
#[must_use]
pub fn cell_name(row: u32, column: u32) -> String {
    let (mut letters, mut rest) = (Vec::new(), u64::from(column) + 1);
    while rest > 0 {
        // Columns have no digit that means nothing: after Z comes AA.
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), u64::from(row) + 1)
}

/// The texts of one run, each with the path that is shown for it. Cloning shares the texts.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<File>>,
}

#[derive(Debug)]
struct File {
    path: String,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
    /// The cells, where it is a table.
    cells: Option<Cells>,
}

impl Sources {
    /// Takes a text in.
    ///
    /// # Panics
    ///
    /// When the text is longer than [`MAX_FILE_BYTES`]; whoever reads files refuses those first.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.push(path.into(), text.into(), None)
    }

    /// Takes a table in: a text whose cells have places.
    ///
    /// # Panics
    ///
    /// When the text is longer than [`MAX_FILE_BYTES`]; whoever reads files refuses those first.
    pub fn add_table(&mut self, path: impl Into<String>, text: impl Into<String>, cells: Cells) -> SourceId {
        self.push(path.into(), text.into(), Some(cells))
    }

    /// Takes in what another text has become, with its cells where it is a table; `moved` says where a byte
    /// of the other text is now.
    ///
    /// # Panics
    ///
    /// When the text is longer than [`MAX_FILE_BYTES`]; whoever reads files refuses those first.
    pub fn add_changed(
        &mut self,
        (of, id): (&Self, SourceId),
        path: impl Into<String>,
        text: impl Into<String>,
        moved: impl Fn(u32) -> u32,
    ) -> SourceId {
        let cells = of.files[id.0 as usize].cells.as_ref().map(|cells| Cells {
            sheet: cells.sheet.clone(),
            starts: cells.starts.iter().map(|&(start, row, column)| (moved(start), row, column)).collect(),
        });
        self.push(path.into(), text.into(), cells)
    }

    fn push(&mut self, path: String, text: String, cells: Option<Cells>) -> SourceId {
        assert!(text.len() as u64 <= MAX_FILE_BYTES, "a source longer than MAX_FILE_BYTES reached Sources::add");
        let id = SourceId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(Arc::new(File { path, text, line_starts: OnceLock::new(), cells }));
        id
    }

    /// Every text, in the order in which it was added.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..u32::try_from(self.files.len()).expect("fewer than 2^32 files")).map(SourceId)
    }

    /// The path that is shown for a text.
    #[must_use]
    pub fn path(&self, id: SourceId) -> &str {
        &self.files[id.0 as usize].path
    }

    /// The whole text, byte order mark included.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        &self.files[id.0 as usize].text
    }

    /// The bytes of a span, as text. A span that does not lie on character boundaries is moved
    /// outwards to them.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.source);
        let (start, end) = clamp(text, span);
        &text[start..end]
    }

    /// Where a span is, as people read it. A span outside the text is moved to its end.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        let file = &self.files[span.source.0 as usize];
        let (start, end) = clamp(&file.text, span);
        let cells = file.cells.as_ref();
        let at = cells.and_then(|cells| cells.at(start));
        let cell = cells.zip(at).map(|(cells, (row, column))| cells.name(row, column));
        if let Some((row, column)) = at.filter(|_| !self.has_lines(span.source)) {
            let (line, column) = (row + 1, column + 1);
            return Location { file: file.path.clone(), line, column, end_line: line, end_column: column + 1, cell };
        }
        let (line, column) = file.line_and_column(start);
        let (end_line, end_column) = file.line_and_column(end);
        Location { file: file.path.clone(), line, column, end_line, end_column, cell }
    }

    /// Whether a text has lines that people know; the sheet of a workbook has only cells.
    #[must_use]
    pub fn has_lines(&self, id: SourceId) -> bool {
        self.files[id.0 as usize].cells.as_ref().is_none_or(|cells| cells.sheet.is_none())
    }

    /// The byte range of the line of the text that a span begins in, its end included: for excerpts.
    #[must_use]
    pub fn line_of(&self, span: Span) -> Range<usize> {
        let file = &self.files[span.source.0 as usize];
        let starts = file.line_starts();
        let (start, _) = clamp(&file.text, span);
        let line = starts.partition_point(|&line| line as usize <= start);
        let end = starts.get(line).map_or(file.text.len(), |&end| end as usize);
        starts[line - 1] as usize..end
    }
}

/// The byte range of a span within its text, moved outwards to character boundaries.
fn clamp(text: &str, span: Span) -> (usize, usize) {
    let start = text.floor_char_boundary((span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((span.end as usize).clamp(start, text.len()));
    (start, end)
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl File {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let ends = bytes
                .iter()
                .enumerate()
                .filter(|&(i, &byte)| byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')));
            // MAX_FILE_BYTES keeps every offset within 32 bits.
            std::iter::once(0).chain(ends.map(|(i, _)| i as u32 + 1)).collect()
        })
    }

    fn line_and_column(&self, offset: usize) -> (u32, u32) {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start as usize <= offset);
        let start = starts[line - 1] as usize;
        let before = &self.text[start..offset];
        let before = before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(before);
        (line as u32, before.chars().count() as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, needle: &str, expected: (u32, u32, u32, u32)) {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", text);
        let start = text.find(needle).expect("the needle is in the text");
        let span = Span { source, start: start as u32, end: (start + needle.len()) as u32 };
        let at = sources.locate(span);
        assert_eq!((at.line, at.column, at.end_line, at.end_column), expected);
        assert_eq!(sources.slice(span), needle);
    }

    #[test]
    fn columns_count_unicode_scalar_values() {
        check("é: 日本 x\n", "x", (1, 7, 1, 8));
        check("a\n\té: x", "x", (2, 5, 2, 6));
    }

    #[test]
    fn crlf_lf_and_a_lone_cr_end_a_line() {
        check("a\r\nb\rc\nd", "d", (4, 1, 4, 2));
        check("a\r\nb\rc\nd", "c", (3, 1, 3, 2));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        check("\u{feff}abc", "b", (1, 2, 1, 3));
        check("\u{feff}a\nbc", "c", (2, 2, 2, 3));
    }

    #[test]
    fn a_span_outside_the_text_or_inside_a_character_is_moved_to_a_place_that_exists() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "é");
        assert_eq!(sources.slice(Span { source, start: 1, end: 1 }), "é");
        assert_eq!(sources.locate(Span { source, start: 90, end: 99 }).column, 2);
    }

    #[test]
    fn excerpts_are_cut_by_lines() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "a\nb\nc");
        let line_of = |start, end| &sources.text(source)[sources.line_of(Span { source, start, end })];
        assert_eq!([line_of(0, 5), line_of(2, 3), line_of(4, 9), line_of(7, 9)], ["a\n", "b\n", "c", "c"]);
    }

    #[test]
    fn cells_are_called_as_spreadsheets_call_them() {
        assert_eq!(
            [(0, 0), (6, 1), (9, 25), (0, 26), (1, 701), (1, 702)].map(|(row, column)| cell_name(row, column)),
            ["A1", "B7", "Z10", "AA1", "ZZ2", "AAA2"]
        );
        assert_eq!(cell_name(u32::MAX, u32::MAX), "MWLQKWV4294967296");
    }

    #[test]
    fn a_table_of_text_keeps_its_lines_and_a_sheet_has_rows_instead() {
        let mut sources = Sources::default();
        let starts = vec![(0, 0, 0), (2, 0, 1), (4, 1, 0), (7, 1, 1)];
        let text = "a,b\n\"c\",d";
        let csv = sources.add_table("a.csv", text, Cells { sheet: None, starts: starts.clone() });
        let sheet = sources.add_table("a.xlsx", text, Cells { sheet: Some("My Roles".into()), starts });
        let place = |source, start| {
            let at = sources.locate(Span { source, start, end: start + 1 });
            (at.line, at.column, at.cell.unwrap_or_default())
        };
        assert_eq!(place(csv, 2), (1, 3, "B1".into()));
        assert_eq!(place(csv, 8), (2, 5, "B2".into()));
        assert_eq!(place(sheet, 8), (2, 2, "'My Roles'!B2".into()));
        assert_eq!((sources.has_lines(csv), sources.has_lines(sheet)), (true, false));
    }
}
