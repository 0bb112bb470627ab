//! Spreadsheets: which sheet is the request, and what stands in its cells.
//!
//! Responsible for taking only what people see: a value that is a text, on a sheet, in a row and in a column
//! that are shown. Everything else that stands where a request has its rows is marked ([`Odd`]), and
//! refused where it matters.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxFormulaMetadata};

use super::grid::{Cell, Grid, GridRow, MAX_COLUMNS, MAX_ROWS, Odd};
use super::hidden::Layout;
use super::unpack::Parts;
use super::wording::few;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::source::{Cells, SourceId, Sources, Span, cell_name};
use crate::state::fold;

/// The most text in all cells together, in bytes. A text that many cells share is kept once in the file.
const MAX_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// The names of a sheet that is the request where there are several.
const NAMES: [&str; 4] = ["roles", "request", "bulk request", "bulk"];

/// The cells of the sheet that is the request.
pub(super) fn read(path: &str, bytes: &[u8], sources: &mut Sources, found: &mut Findings) -> Option<Grid> {
    match sheet(bytes) {
        Ok((name, cells)) => Some(grid(path, name, cells, sources)),
        Err((message, help)) => {
            let source = sources.add_table(path, "", Cells::default());
            found.push(|| Diagnostic::new(Code::BadTable, Span::top(source), message).help(help));
            None
        }
    }
}

/// What is wrong with a file, and what to do.
type Trouble = (String, String);

/// What stands in a cell, by row and column.
type Content = BTreeMap<u32, BTreeMap<u32, (String, Option<Odd>)>>;

fn sheet(bytes: &[u8]) -> Result<(String, Content), Trouble> {
    const SAVE: &str = "save it as XLSX in a spreadsheet program, without a password";
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(("the file is protected by a password, or of the old format XLS".into(), SAVE.into()));
    }
    let trouble = |what: String| (format!("the file cannot be read: {what}"), SAVE.to_owned());
    if bytes.is_empty() {
        return Err(("the file is empty".into(), SAVE.into()));
    }
    if !bytes.starts_with(b"PK") {
        let help = "give a table as text a name that ends with `.csv`, or save it as XLSX in a spreadsheet program";
        return Err(("this is no spreadsheet (XLSX), whatever its name says".into(), help.into()));
    }
    let mut parts = Parts::open(bytes).map_err(trouble)?;
    let mut workbook: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| trouble(format!("it is damaged ({error})")))?;
    let (number, name) = chosen(&workbook)?;
    let layout = Layout::of_sheet(&mut parts, number)
        .ok_or_else(|| trouble("which of its rows are hidden cannot be told".into()))?;
    let mut content = content(&mut workbook, &name)?;
    mark(&mut content, &layout);
    Ok((name, content))
}

/// The sheet that is the request, by its number and name.
fn chosen<RS: std::io::Read + std::io::Seek>(workbook: &Xlsx<RS>) -> Result<(usize, String), Trouble> {
    let sheets = workbook.sheets_metadata().iter().enumerate();
    let shown: Vec<(usize, &str)> = sheets
        .filter(|(_, sheet)| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
        .map(|(number, sheet)| (number, sheet.name.as_str()))
        .collect();
    let named: Vec<_> = shown.iter().filter(|(_, name)| NAMES.contains(&&*fold(name))).collect();
    match (&shown[..], &named[..]) {
        ([], _) => Err(("the workbook has no sheet that is shown".into(), "show the sheet with the roles".into())),
        ([(number, name)], _) | (_, [(number, name)]) => Ok((*number, (*name).to_owned())),
        _ => {
            let names = few(shown.iter().map(|(_, name)| *name));
            let message = format!("which sheet is the request? there are {names}");
            Err((message, "call it `Roles`, or leave only the one".into()))
        }
    }
}

fn content<RS: std::io::Read + std::io::Seek>(workbook: &mut Xlsx<RS>, name: &str) -> Result<Content, Trouble> {
    let damaged = |error| (format!("the sheet cannot be read: it is damaged ({error})"), "save it anew".to_owned());
    let mut reader = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    let mut content = Content::new();
    let mut bytes = 0;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = cell.pos;
        let is_formula = cell.formula.is_some_and(|formula| match formula {
            XlsxFormulaMetadata::Normal { formula } => !formula.is_empty(),
            _ => true,
        });
        let Some((text, odd)) = value(&cell.value, is_formula) else { continue };
        bytes += text.len();
        let limit = match () {
            () if column as usize >= MAX_COLUMNS => {
                format!("{} is beyond the {MAX_COLUMNS} columns that are read", cell_name(row, column))
            }
            () if content.len() > MAX_ROWS => format!("it has more than {MAX_ROWS} rows"),
            () if bytes > MAX_TEXT_BYTES => format!("it has more than {} MiB of text", MAX_TEXT_BYTES / (1024 * 1024)),
            () => {
                content.entry(row).or_default().insert(column, (text, odd));
                continue;
            }
        };
        return Err((
            format!("the sheet `{name}` is too large: {limit}"),
            "remove what is no request, or split it".into(),
        ));
    }
    Ok(content)
}

/// The text of a cell, and why it is none that somebody wrote; nothing where nothing is in it.
fn value(value: &DataRef<'_>, is_formula: bool) -> Option<(String, Option<Odd>)> {
    let (text, odd) = match value {
        DataRef::Empty => (String::new(), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Int(number) => (number.to_string(), Some(Odd::Number)),
        DataRef::Float(number) => (number.to_string(), Some(Odd::Number)),
        DataRef::Bool(true) => ("TRUE".to_owned(), Some(Odd::Flag)),
        DataRef::Bool(false) => ("FALSE".to_owned(), Some(Odd::Flag)),
        DataRef::Error(error) => (error.to_string(), Some(Odd::Error)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), Some(Odd::Date)),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            (text.trim_end_matches(" 00:00:00").to_owned(), Some(Odd::Date))
        }
    };
    let odd = if is_formula { Some(Odd::Formula) } else { odd };
    (odd.is_some() || !text.is_empty()).then_some((text, odd))
}

/// Marks what is hidden or merged.
fn mark(content: &mut Content, layout: &Layout) {
    for (name, [first_row, first_column, last_row, last_column]) in &layout.merged {
        if first_row > last_row || first_column > last_column {
            continue;
        }
        for (_, cells) in content.range_mut(first_row..=last_row) {
            // Columns beyond those that are read have nothing in them.
            for column in *first_column..=(*last_column).min(MAX_COLUMNS as u32 - 1) {
                cells.entry(column).or_default().1 = Some(Odd::Merged(name.clone()));
            }
        }
    }
    for (&row, cells) in content {
        for (&column, (_, odd)) in cells {
            if layout.hides_row(row) {
                *odd = Some(Odd::HiddenRow);
            } else if layout.hides_column(column) {
                *odd = Some(Odd::HiddenColumn);
            }
        }
    }
}

/// The cells as a table, and the text that their places are in.
fn grid(path: &str, sheet: String, content: Content, sources: &mut Sources) -> Grid {
    let seen =
        |cells: &BTreeMap<u32, (String, Option<Odd>)>| cells.last_key_value().map_or(0, |(&column, _)| column + 1);
    let width = content.values().next().map_or(0, seen);
    // Nothing is before the first cell, so that what is found about the file is in no cell.
    let mut text = "\n".to_owned();
    let mut starts = Vec::new();
    let mut rows: Vec<Vec<(u32, String, Option<Odd>)>> = Vec::new();
    for (row, mut cells) in content {
        let width = width.max(seen(&cells));
        let mut placed = Vec::with_capacity(width as usize);
        for column in 0..width {
            let (content, odd) = cells.remove(&column).unwrap_or_default();
            let start = text.len() as u32;
            starts.push((start, row, column));
            text.push_str(&content);
            text.push('\n');
            placed.push((start, content, odd));
        }
        rows.push(placed);
    }
    let source = sources.add_table(path, text, Cells { sheet: Some(sheet), starts });
    let rows =
        rows.into_iter().map(|cells| GridRow { cells: cells.into_iter().map(|cell| placed(source, cell)).collect() });
    Grid { rows: rows.filter(|row| !row.is_blank()).collect() }
}

fn placed(source: SourceId, (start, text, odd): (u32, String, Option<Odd>)) -> Cell {
    let span = Span { source, start, end: start + text.len() as u32 };
    Cell { text, span, odd }
}
