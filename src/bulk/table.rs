//! From a table to rows of a request: headings, and what stands below them.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{items, says_none};
use super::columns::{Column, columns, is_needed, known};
use super::grid::{Cell, Grid, GridRow, Odd, is_space};
use super::request::{Field, Table};
use super::rows::{RawList, RawRow, Said};
use super::wording::ruled;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::document::Spanned;
use crate::platform::{Pack, Presence};
use crate::source::{Sources, Span};

/// Reads a table. What is wrong with it is found; what can be read is.
pub(super) fn read(grid: &Grid, sources: &Sources, pack: &Pack, found: &mut Findings) -> Said {
    let Some((header, rows)) = grid.rows.split_first() else {
        if let Some(source) = sources.ids().next() {
            let help = "the first row has the headings: role, classifications, segments";
            found.push(|| Diagnostic::new(Code::BadTable, Span::top(source), "the table is empty").help(help));
        }
        return Said::default();
    };
    if let Some(finding) = no_headings(grid, sources) {
        found.push(|| finding);
        return Said::default();
    }
    let (columns, misspelt) = columns(header, pack, found);
    if !has_needed(header, &columns, &misspelt, pack, found) {
        return Said::default();
    }
    if rows.is_empty() {
        let message = "there are no rows below the headings";
        found.push(|| Diagnostic::new(Code::BadTable, header.cells[0].span, message).help("write a row for each role"));
    }
    let mut reader = Rows { header, columns, pack, found, said: Said::default(), merged: BTreeSet::new() };
    let text = |row: &GridRow, column: usize| row.cells.get(column).map(|cell| cell.text.clone()).unwrap_or_default();
    let of_row = |row: &GridRow| (0..header.cells.len()).map(|column| text(row, column)).collect();
    reader.said.table = Some(Table { header: of_row(header), rows: rows.iter().map(of_row).collect() });
    for row in rows {
        reader.row(row);
    }
    reader.said
}

/// A first row that is no row of headings at all is one mistake, not one for each cell.
fn no_headings(grid: &Grid, sources: &Sources) -> Option<Diagnostic> {
    /// A title and an address take a few rows; headings further down are no headings.
    const LOOKED_AT: usize = 30;
    let headings = |row: &GridRow| known(&row.cells.iter().map(|cell| cell.text.trim()).collect::<Vec<_>>());
    let first = grid.rows.first().filter(|row| headings(row) == 0)?;
    let help = match grid.rows.iter().take(LOOKED_AT).find(|row| headings(row) > 1) {
        Some(row) => {
            let at = sources.locate(row.cells[0].span);
            format!("they seem to be at {}: remove what is above", at.cell.unwrap_or_default())
        }
        None => "the first row has the headings: role, classifications, segments".to_owned(),
    };
    let shown = first.cells.iter().find(|cell| !cell.is_blank()).unwrap_or(&first.cells[0]);
    Some(Diagnostic::new(Code::BadTable, shown.span, "the first row has no heading that is known").help(help))
}

/// Whether the columns are there that rows are read from; what else is missing is only found.
fn has_needed(
    header: &GridRow,
    columns: &BTreeMap<Column, usize>,
    misspelt: &BTreeSet<Column>,
    pack: &Pack,
    found: &mut Findings,
) -> bool {
    let missing = |what: &str| {
        let span = header.cells.iter().find(|cell| !cell.is_blank()).unwrap_or(&header.cells[0]).span;
        Diagnostic::new(Code::MissingKey, span, format!("there is no column `{what}`"))
    };
    let has_role = columns.contains_key(&Column::Role);
    if !has_role && !misspelt.contains(&Column::Role) {
        found.push(|| missing("role"));
    }
    let wanted = |field: &Field| {
        let column = Column::Wanted(*field);
        columns.contains_key(&column) || misspelt.contains(&column)
    };
    for field in Field::ALL.into_iter().filter(|field| is_needed(pack, *field) && !wanted(field)) {
        let rule = pack.bulk.roles.as_ref().and_then(|rules| rules.complete_rule.as_ref());
        found.push(|| ruled(missing(field.attribute()), rule));
    }
    if !Field::ALL.iter().any(|field| wanted(field) || is_needed(pack, *field)) {
        found.push(|| {
            missing("classifications").help("a request says the `classifications` or the `segments` of roles")
        });
    }
    has_role
}

struct Rows<'a> {
    header: &'a GridRow,
    columns: BTreeMap<Column, usize>,
    pack: &'a Pack,
    found: &'a mut Findings,
    said: Said,
    /// Merged ranges that are reported.
    merged: BTreeSet<String>,
}

impl Rows<'_> {
    fn row(&mut self, row: &GridRow) {
        if let Some(hidden) = row.cells.iter().find(|cell| cell.odd == Some(Odd::HiddenRow)) {
            self.odd(hidden, &Odd::HiddenRow);
            return;
        }
        self.without_heading(row);
        let mut raw = RawRow {
            role: Spanned { value: String::new(), span: row.cells[0].span },
            wanted: BTreeMap::new(),
            expected: BTreeMap::new(),
            reported: BTreeSet::new(),
        };
        let mut has_role = false;
        for (column, at) in self.columns.clone() {
            let Some(cell) = row.cells.get(at) else {
                self.short(row, column, &mut raw);
                continue;
            };
            match (column, &cell.odd) {
                (Column::Ignored(_), _) => {}
                // A ticket is mostly a number, and only shown.
                (Column::Ticket | Column::RequestedBy, None | Some(Odd::Number)) => self.once(column, cell),
                (Column::Ticket | Column::RequestedBy, Some(_)) if cell.is_blank() => {}
                (column, Some(odd)) => {
                    self.odd(cell, odd);
                    raw.reported.extend(field(column));
                    has_role |= column == Column::Role;
                }
                (Column::Role, None) => {
                    raw.role = Spanned { value: cell.text.clone(), span: trimmed(cell) };
                    has_role = true;
                }
                (Column::Wanted(field), None) => match self.list(cell, field, true) {
                    Some(list) => drop(raw.wanted.insert(field, list)),
                    None => drop(raw.reported.insert(field)),
                },
                (Column::Expected(field), None) => {
                    if let Some(list) = self.list(cell, field, false) {
                        raw.expected.insert(field, list);
                    }
                }
            }
        }
        // A role that could not be read has been found already.
        let is_odd =
            self.columns.get(&Column::Role).and_then(|&at| row.cells.get(at)).is_some_and(|cell| cell.odd.is_some());
        if has_role && !is_odd {
            self.said.rows.push(raw);
        }
    }

    /// What stands under no heading is no part of a request, and somebody thought that it is.
    fn without_heading(&mut self, row: &GridRow) {
        for (at, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            if self.header.cells.get(at).is_none_or(Cell::is_blank) {
                self.found.push(|| {
                    Diagnostic::new(Code::TableCell, cell.span, "this cell has no heading")
                        .help("give the column one, or remove what is in it")
                });
                return;
            }
        }
    }

    fn odd(&mut self, cell: &Cell, odd: &Odd) {
        if let Odd::Merged(range) = odd
            && !self.merged.insert(range.clone())
        {
            return;
        }
        let message = format!("this cell {}", odd.what());
        self.found.push(|| Diagnostic::new(Code::TableCell, cell.span, message).help(odd.help()));
    }

    /// A row of text that ends before a column that counts.
    fn short(&mut self, row: &GridRow, column: Column, raw: &mut RawRow) {
        if matches!(column, Column::Ignored(_) | Column::Ticket | Column::RequestedBy) {
            return;
        }
        raw.reported.extend(field(column));
        let message = format!("the row ends before the column `{}`", column.heading());
        let last = row.cells.last().map_or(raw.role.span, |cell| cell.span);
        let help = "give every row as many cells as there are headings";
        self.found.push(|| Diagnostic::new(Code::TableCell, last, message).help(help));
    }

    /// A list of names. An empty cell could mean that nothing is said as well as that nothing shall be
    /// there, so it means neither.
    fn list(&mut self, cell: &Cell, field: Field, is_wanted: bool) -> Option<RawList> {
        let items = items(&cell.text);
        if items.is_empty() && !says_none(&cell.text) {
            let rules = self.pack.roles.attributes.get(field.attribute());
            let required = rules.filter(|rules| is_wanted && rules.presence == Presence::Required);
            let name = if is_wanted { field.attribute().to_owned() } else { format!("expected {}", field.attribute()) };
            let message = format!("`{name}` has no value here");
            let help = match (required, is_wanted) {
                (Some(_), _) => "write at least one name; `;` stands between several",
                (None, true) => {
                    "write `(none)` to empty it; to keep what is live, ask in a request without this column"
                }
                (None, false) => "write `(none)` if nothing is expected there, or leave the column out",
            };
            self.found.push(|| {
                let finding = Diagnostic::new(Code::NullValue, cell.span, message).help(help);
                ruled(finding, required.and_then(|rules| rules.rule.as_ref()))
            });
            return None;
        }
        let place = |range: std::ops::Range<usize>| {
            // Where quotes are doubled in the file, places in the cell are not places in the file.
            let is_exact = (cell.span.end - cell.span.start) as usize == cell.text.len();
            let start = cell.span.start + range.start as u32;
            if is_exact { Span { start, end: cell.span.start + range.end as u32, ..cell.span } } else { cell.span }
        };
        let items = items.into_iter();
        let items = items.map(|item| Spanned { value: item.name.into_owned(), span: place(item.range) }).collect();
        Some(RawList { items, span: cell.span })
    }

    /// What the request has one of, and a table in each of its rows.
    fn once(&mut self, column: Column, cell: &Cell) {
        let value = cell.text.trim_matches(is_space);
        if value.is_empty() {
            return;
        }
        let place = if column == Column::Ticket { &mut self.said.ticket } else { &mut self.said.requested_by };
        match place {
            None => *place = Some(Spanned { value: value.to_owned(), span: cell.span }),
            Some(first) if first.value == value => {}
            Some(first) => {
                let message = format!("`{}` is `{value}` here and `{}` above", column.heading(), first.value);
                let first = first.span;
                self.found.push(|| {
                    Diagnostic::new(Code::DuplicateKey, cell.span, message)
                        .help("a request has one; split it")
                        .related(first, "first given here")
                });
            }
        }
    }
}

fn field(column: Column) -> Option<Field> {
    match column {
        Column::Wanted(field) => Some(field),
        _ => None,
    }
}

/// The place of a cell's text without the white space at its ends.
fn trimmed(cell: &Cell) -> Span {
    if (cell.span.end - cell.span.start) as usize != cell.text.len() {
        return cell.span;
    }
    let before = cell.text.len() - cell.text.trim_start_matches(is_space).len();
    let length = cell.text.trim_matches(is_space).len();
    let start = cell.span.start + if length == 0 { 0 } else { before as u32 };
    Span { start, end: start + length as u32, ..cell.span }
}
