//! Requests to bytes, in each form, so that they read back as what was meant.
//!
//! Responsible for what programs do with a file that somebody opens: no name becomes a formula, whatever
//! it begins with, and the bytes are the same every time.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_saphyr::FlowSeq;

use super::cell::{defused, list};
use super::columns::{Column, OUTCOME, REASON};
use super::draft::{Draft, DraftRow, Values};
use super::request::{Field, Form, Table};

/// A request that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A cell of a spreadsheet holds 32,767 characters, and no more rows than a million.
    #[error("writing the spreadsheet failed")]
    Spreadsheet(#[from] XlsxError),
    /// The YAML writer refuses it.
    #[error("writing the request as YAML failed")]
    Yaml(#[from] serde_saphyr::ser::Error),
    /// The CSV writer refuses it.
    #[error("writing the table failed")]
    Csv(#[from] csv::Error),
}

/// The bytes of a request in a form.
pub fn write(draft: &Draft, form: Form) -> Result<Vec<u8>, WriteError> {
    match form {
        Form::Yaml => yaml(draft),
        Form::Csv | Form::Xlsx => write_table(&table(draft), form),
    }
}

/// The bytes of a table; as YAML there is none, and a table is written as text.
pub(super) fn write_table(table: &Table, form: Form) -> Result<Vec<u8>, WriteError> {
    match form {
        Form::Yaml | Form::Csv => csv_table(table),
        Form::Xlsx => spreadsheet(table),
    }
}

/// The table of a request.
fn table(draft: &Draft) -> Table {
    let mut columns = vec![Column::Role];
    columns.extend(draft.fields.iter().map(|&field| Column::Wanted(field)));
    let is_expected = |field: &&Field| draft.rows.iter().any(|row| row.expected.contains_key(*field));
    columns.extend(draft.fields.iter().filter(is_expected).map(|&field| Column::Expected(field)));
    columns.extend(draft.ticket.is_some().then_some(Column::Ticket));
    columns.extend(draft.requested_by.is_some().then_some(Column::RequestedBy));
    if draft.rows.iter().any(|row| row.outcome.is_some()) {
        columns.extend([OUTCOME, REASON]);
    }
    let text = |column: &Column, row: &DraftRow| match column {
        Column::Role => row.role.clone(),
        Column::Wanted(field) => names(&row.wanted, *field),
        Column::Expected(field) => names(&row.expected, *field),
        Column::Ticket => draft.ticket.clone().unwrap_or_default(),
        Column::RequestedBy => draft.requested_by.clone().unwrap_or_default(),
        column if *column == OUTCOME => row.outcome.as_ref().map_or("", |(outcome, _)| outcome.word()).to_owned(),
        Column::Ignored(_) => row.outcome.as_ref().map_or("", |(_, reason)| reason).to_owned(),
    };
    Table {
        header: columns.iter().map(|column| column.heading().to_owned()).collect(),
        rows: draft.rows.iter().map(|row| columns.iter().map(|column| text(column, row)).collect()).collect(),
    }
}

fn names(values: &Values, field: Field) -> String {
    values.get(&field).map(|names| list(names.iter().map(String::as_str))).unwrap_or_default()
}

/// UTF-8 with its mark, without which Excel takes a table for the encoding of the machine.
fn csv_table(table: &Table) -> Result<Vec<u8>, WriteError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    for row in std::iter::once(&table.header).chain(&table.rows) {
        writer.write_record(row.iter().map(|cell| defused(cell).into_owned()))?;
    }
    writer.into_inner().map_err(|error| WriteError::Csv(error.into_error().into()))
}

/// The name of the sheet that has the rows.
const SHEET: &str = "Roles";

fn spreadsheet(table: &Table) -> Result<Vec<u8>, WriteError> {
    /// Columns are as wide as what is in them, between these, in characters.
    const WIDTHS: (usize, usize) = (12, 60);
    let mut workbook = Workbook::new();
    // The moment of writing would make other bytes of the same request.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    sheet.set_freeze_panes(1, 0)?;
    let heading = Format::new().set_bold();
    // As text, so that what is typed over a cell stays what is typed.
    let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    for (column, title) in (0..).zip(&table.header) {
        sheet.write_string_with_format(0, column, title, &heading)?;
        let cells = table.rows.iter().filter_map(|row| row.get(usize::from(column)));
        let widest = cells.chain([title]).map(|cell| cell.chars().count() + 2).max().unwrap_or_default();
        sheet.set_column_width(column, widest.clamp(WIDTHS.0, WIDTHS.1) as f64)?;
        sheet.set_column_format(column, &text)?;
    }
    for (number, row) in (1..).zip(&table.rows) {
        for (column, cell) in (0..).zip(row) {
            // Always as a string: `write` would make a number or a formula of what looks like one.
            sheet.write_string_with_format(number, column, cell, &text)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

fn yaml(draft: &Draft) -> Result<Vec<u8>, WriteError> {
    #[derive(serde::Serialize)]
    struct File<'a> {
        bulk: Bulk<'a>,
    }
    #[derive(serde::Serialize)]
    struct Bulk<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        ticket: Option<&'a String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        requested_by: Option<&'a String>,
        roles: Rows<'a>,
    }
    let Draft { ticket, requested_by, fields: _, rows } = draft;
    let file = File { bulk: Bulk { ticket: ticket.as_ref(), requested_by: requested_by.as_ref(), roles: Rows(rows) } };
    Ok(serde_saphyr::to_string(&file)?.into_bytes())
}

/// Rows by role, in their order.
struct Rows<'a>(&'a [DraftRow]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        type Lists<'a> = BTreeMap<&'static str, FlowSeq<&'a BTreeSet<String>>>;
        fn lists(values: &Values) -> Lists<'_> {
            values.iter().map(|(field, names)| (field.attribute(), FlowSeq(names))).collect()
        }
        #[derive(serde::Serialize)]
        struct Row<'a> {
            #[serde(flatten)]
            wanted: Lists<'a>,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            expected: Lists<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            outcome: Option<&'static str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for row in self.0 {
            let (wanted, expected) = (lists(&row.wanted), lists(&row.expected));
            let outcome = row.outcome.as_ref();
            let reason = outcome.map(|(_, reason)| reason.as_str()).filter(|reason| !reason.is_empty());
            let outcome = outcome.map(|(outcome, _)| outcome.word());
            map.serialize_entry(&row.role, &Row { wanted, expected, outcome, reason })?;
        }
        map.end()
    }
}
