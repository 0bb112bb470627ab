//! A table as it was read: cells with their places.

use crate::source::Span;

/// The most rows that are looked at, headings included: ten times the roles of the largest organization.
/// A spreadsheet with more of them was formatted to its end by mistake, or is hostile.
pub(super) const MAX_ROWS: usize = 100_000;

/// The most columns that are looked at: four times as many as mean something.
pub(super) const MAX_COLUMNS: usize = 40;

/// The rows of a table that have something in them, the headings first.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub rows: Vec<GridRow>,
}

/// The cells of one row from the first column on, empty ones included.
#[derive(Debug)]
pub(super) struct GridRow {
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// What is in it, trimmed of nothing.
    pub text: String,
    /// Where that is written.
    pub span: Span,
    /// Why it is no text that somebody wrote there and everybody sees.
    pub odd: Option<Odd>,
}

/// Why a cell cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// A formula, which shows what it will.
    Formula,
    /// A number; how it is shown is not known here.
    Number,
    /// A date or a time.
    Date,
    /// Yes or no.
    Flag,
    /// `#N/A` and its like.
    Error,
    /// Part of a merged range, with its name; only the first cell of one has a value.
    Merged(String),
    /// Its row is hidden, or filtered out.
    HiddenRow,
    /// Its column is hidden.
    HiddenColumn,
}

impl Odd {
    /// What the cell is, as the end of a sentence about it.
    pub fn what(&self) -> String {
        match self {
            Self::Formula => "is a formula, not a text".into(),
            Self::Number => "is a number, not a text".into(),
            Self::Date => "is a date or a time, not a text".into(),
            Self::Flag => "is TRUE or FALSE, not a text".into(),
            Self::Error => "has an error in it".into(),
            Self::Merged(range) => format!("is part of the merged cells {range}, of which only the first has a value"),
            Self::HiddenRow => "is in a row that is hidden or filtered out".into(),
            Self::HiddenColumn => "is in a column that is hidden".into(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Formula => "write the value: copy the cells and paste them as values",
            Self::Number | Self::Date | Self::Flag => "format the cell as text and write it again",
            Self::Error => "write what the cell shall have",
            Self::Merged(_) => "take the merge back and write the value into each of the cells",
            Self::HiddenRow => "show all rows, and delete those that are not asked for",
            Self::HiddenColumn => "show the column, or delete it",
        }
    }
}

impl Cell {
    /// Whether nothing that anybody could see is in it.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(is_space) && matches!(self.odd, None | Some(Odd::HiddenRow | Odd::HiddenColumn))
    }
}

impl GridRow {
    /// Whether nothing is in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_blank)
    }
}

/// What looks like nothing: white space, and characters of no width that come along when text is copied.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}
