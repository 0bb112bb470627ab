//! Tables as text (RFC 4180), read so that every cell knows its place.
//!
//! Responsible for which bytes are which cell, and for the delimiter. The csv crate, which writes our
//! tables, knows the places of records but not of cells, and takes a quote that is never closed for a cell
//! that goes on to the end of the file; so reading is done here, and a test holds it to that crate.

use std::borrow::Cow;
use std::ops::Range;

use super::cell::undefused;
use super::columns;
use super::grid::{Cell, Grid, GridRow, MAX_COLUMNS, MAX_ROWS, Odd};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::source::{Cells, SourceId, Sources, Span};

/// What separates cells, the most usual first: spreadsheet programs take the one of their language.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The cells of a text. There is no table when it cannot be told where they end.
pub(super) fn read(path: &str, text: String, sources: &mut Sources, found: &mut Findings) -> Option<Grid> {
    let body = body(&text);
    let delimiter = said_delimiter(&text).or_else(|| {
        let count = |delimiter: &u8| columns::known(&first_row(&text, body, *delimiter));
        // The last of equals would win; the first one shall.
        DELIMITERS.into_iter().rev().max_by_key(count)
    });
    let scan = scan(&text, body, delimiter.unwrap_or(b','), MAX_ROWS + 1);
    let starts = scan.records.iter().flat_map(|record| {
        let columns = record.cells.iter().zip(0..);
        columns.map(|(cell, column)| (cell.start as u32, record.row, column))
    });
    let table = Cells { sheet: None, starts: starts.collect() };
    let source = sources.add_table(path, text, table);
    let text = sources.text(source);
    if let Some(trouble) = scan.trouble {
        found.push(|| trouble.finding(source));
        return None;
    }
    if scan.records.len() > MAX_ROWS {
        let message = format!("the table has more than {MAX_ROWS} rows");
        found.push(|| {
            Diagnostic::new(Code::BadTable, Span::top(source), message).help("split it over several requests")
        });
        return None;
    }
    let rows = scan.records.iter().map(|record| {
        let cells = record.cells.iter().map(|range| cell(text, range, source));
        GridRow { cells: cells.collect() }
    });
    Some(Grid { rows: rows.filter(|row| !row.is_blank()).collect() })
}

fn cell(text: &str, range: &Range<usize>, source: SourceId) -> Cell {
    let (inner, is_quoted) = match text[range.clone()].strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => (inner, true),
        None => (&text[range.clone()], false),
    };
    let start = range.start + usize::from(is_quoted);
    let shown = undefused(inner);
    let start = start + (inner.len() - shown.len());
    let shown: Cow<'_, str> =
        if is_quoted && shown.contains('"') { Cow::Owned(shown.replace("\"\"", "\"")) } else { Cow::Borrowed(shown) };
    // What we have written ourselves has an apostrophe before it.
    let odd = inner.starts_with('=').then_some(Odd::Formula);
    let span = Span { source, start: start as u32, end: (range.end - usize::from(is_quoted)) as u32 };
    Cell { text: shown.into_owned(), span, odd }
}

/// Where the table begins: after the mark of UTF-8 and a line that says the delimiter.
fn body(text: &str) -> usize {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    match said_delimiter(text) {
        Some(_) => text[start..].find('\n').map_or(text.len(), |end| start + end + 1),
        None => start,
    }
}

/// The delimiter that a first line `sep=;` says, as Excel reads and some programs write it.
fn said_delimiter(text: &str) -> Option<u8> {
    let line = text.trim_start_matches('\u{feff}').lines().next()?;
    match line.strip_prefix("sep=")?.as_bytes() {
        [delimiter] if DELIMITERS.contains(delimiter) => Some(*delimiter),
        _ => None,
    }
}

fn first_row(text: &str, body: usize, delimiter: u8) -> Vec<&str> {
    let scan = scan(text, body, delimiter, 20);
    let cells = |record: &Record| -> Vec<&str> { record.cells.iter().map(|range| &text[range.clone()]).collect() };
    scan.records.iter().map(cells).find(|cells| cells.iter().any(|cell| !cell.trim().is_empty())).unwrap_or_default()
}

/// The cells of a text, by their bytes, quotes included.
#[derive(Debug, Default)]
struct Scan {
    records: Vec<Record>,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
struct Record {
    /// Counted from 0, empty ones included, as spreadsheet programs count them.
    row: u32,
    cells: Vec<Range<usize>>,
}

/// Where it cannot be told any more what is a cell.
#[derive(Debug)]
enum Trouble {
    /// A quote that is never closed.
    Open(usize),
    /// Something between the quote that closes a cell and the end of it.
    AfterQuote(usize),
    /// More cells than any column could explain.
    Wide(usize),
}

impl Trouble {
    fn finding(&self, source: SourceId) -> Diagnostic {
        let (at, message, help) = match self {
            Self::Open(at) => (*at, "this quoted cell has no end".to_owned(), "close the quote where the cell ends"),
            Self::AfterQuote(at) => (
                *at,
                "the quote before this closes the cell, and this comes after it".to_owned(),
                "double the quotes that belong to the text",
            ),
            Self::Wide(at) => (
                *at,
                format!("the row has more than {MAX_COLUMNS} cells"),
                "this may be no table, or one with another delimiter than `,`, `;` or a tab",
            ),
        };
        let span = Span { source, start: at as u32, end: at as u32 + 1 };
        Diagnostic::new(Code::BadTable, span, message).help(help)
    }
}

/// Finds the cells, of at most so many records.
fn scan(text: &str, mut at: usize, delimiter: u8, most: usize) -> Scan {
    let bytes = text.as_bytes();
    let is_end = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
    let mut scan = Scan::default();
    let mut row = 0;
    while at < bytes.len() && scan.records.len() < most {
        let mut cells = Vec::new();
        loop {
            let start = at;
            cells.push(start..bytes.len());
            if cells.len() > MAX_COLUMNS {
                scan.records.push(Record { row, cells });
                return Scan { trouble: Some(Trouble::Wide(start)), ..scan };
            }
            if bytes.get(at) == Some(&b'"') {
                let end = closing_quote(bytes, at);
                let trouble = match end {
                    None => Some(Trouble::Open(start)),
                    Some(end) => bytes.get(end).is_some_and(|&byte| !is_end(byte)).then_some(Trouble::AfterQuote(end)),
                };
                if trouble.is_some() {
                    scan.records.push(Record { row, cells });
                    return Scan { trouble, ..scan };
                }
                at = end.unwrap_or(bytes.len());
            } else {
                at += bytes[at..].iter().position(|&byte| is_end(byte)).unwrap_or(bytes.len() - at);
            }
            if let Some(cell) = cells.last_mut() {
                cell.end = at;
            }
            match bytes.get(at) {
                Some(&byte) if byte == delimiter => at += 1,
                Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => {
                    at += 2;
                    break;
                }
                Some(_) => {
                    at += 1;
                    break;
                }
                None => break,
            }
        }
        scan.records.push(Record { row, cells });
        row += 1;
    }
    scan
}

/// One past the quote that closes the cell that begins here.
fn closing_quote(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == b'"')? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let mut sources = Sources::default();
        let grid = read("a.csv", text.to_owned(), &mut sources, &mut Findings::default()).expect("a table");
        grid.rows.into_iter().map(|row| row.cells.into_iter().map(|cell| cell.text).collect()).collect()
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_known_headings() {
        for text in ["role,segments\na;b,c", "role;segments\n\"a;b\";c", "sep=;\nrole;segments\n\"a;b\";c"] {
            assert_eq!(cells(text), [["role", "segments"], ["a;b", "c"]]);
        }
        assert_eq!(
            cells("\u{feff}Role\tCustomer Segments\r\nx\t\"a\"\"\n\""),
            [["Role", "Customer Segments"], ["x", "a\"\n"]]
        );
    }

    #[test]
    fn a_record_at_the_end_needs_no_line_break() {
        assert_eq!(cells("role,segments\na,"), [["role", "segments"], ["a", ""]]);
    }

    proptest! {
        /// What the csv crate reads from what it has written itself.
        #[test]
        fn cells_are_those_of_the_csv_crate(
            rows in proptest::collection::vec(proptest::collection::vec("[a\",;\t\r\n é]{0,5}", 2), 1..5),
        ) {
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("it is written to memory");
            }
            let text = String::from_utf8(writer.into_inner().expect("it is flushed")).expect("UTF-8");
            let scan = scan(&text, 0, b',', usize::MAX);
            prop_assert!(scan.trouble.is_none());
            let source = Sources::default().add("a.csv", "");
            let read: Vec<Vec<String>> = scan.records.iter().map(|record| {
                record.cells.iter().map(|range| cell(&text, range, source).text).collect()
            }).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_text_is_too_strange(text in "[a\",;\t\r\n\u{feff}é=']{0,40}") {
            read("a.csv", text, &mut Sources::default(), &mut Findings::default());
        }
    }
}
