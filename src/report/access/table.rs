//! Tables for a terminal: names with wrapped items, columns, and roles by classification and
//! segment.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::access::{Coverage, Options};
use crate::report::text::{CHANGE, FAINT, STRONG, styled, visible, width, wrapped};

/// Rows of a name and items.
pub(super) struct Table {
    indent: usize,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(super) fn new(indent: usize) -> Self {
        Self { indent, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, name: &str, items: Vec<String>) {
        self.rows.push((name.to_owned(), items));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows with their items in one column.
    pub(super) fn write(&self, out: &mut String) {
        /// A longer name pushes its own items aside.
        const WIDEST: usize = 36;
        let widest = self.rows.iter().map(|(name, _)| width(name)).filter(|&width| width <= WIDEST).max().unwrap_or(0);
        for (name, items) in &self.rows {
            let indent = self.indent;
            let _ = write!(out, "{:indent$}{name:widest$}  ", "");
            let column = indent + widest.max(width(name)) + 2;
            wrapped(out, items, column, indent + widest + 2);
            out.push('\n');
        }
    }
}

/// Rows of cells in columns, the first row as their heads; numbers to the right.
pub(super) fn columns(out: &mut String, rows: &[Vec<String>]) {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let is_number = |cell: &str| !cell.is_empty() && (cell == "-" || cell.bytes().all(|byte| byte.is_ascii_digit()));
    let right: Vec<bool> = (0..count)
        .map(|at| {
            let mut cells =
                rows.iter().skip(1).filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
            cells.peek().is_some()
                && cells.all(|cell| is_number(cell) || matches!(cell.as_str(), "no limit" | "not stated"))
        })
        .collect();
    for (at, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (cell, (width, right)) in row.iter().zip(widths.iter().zip(&right)) {
            let _ = if *right { write!(line, "  {cell:>width$}") } else { write!(line, "  {cell:width$}") };
        }
        let line = line.trim_end();
        let _ = if at == 0 { writeln!(out, "{}", styled(FAINT, line)) } else { writeln!(out, "{line}") };
    }
}

/// The widest matrix of classifications and segments that is a table; a wider one is a list.
const MOST_COLUMNS: usize = 10;

pub(super) fn coverage(out: &mut String, coverage: &Coverage<'_>) {
    if let [rows, head] = &coverage.vocabularies[..] {
        if head.options.len() <= MOST_COLUMNS {
            matrix(out, coverage, rows, head);
        } else {
            let _ = writeln!(out, "{}", styled(STRONG, "Roles by classification and segment"));
            let mut table = Table::new(2);
            for cell in &coverage.cells {
                let name = format!("{} / {}", visible(cell.classification), visible(cell.segment));
                table.row(&name, cell.roles.iter().map(|role| visible(role).into_owned()).collect());
            }
            table.write(out);
        }
        out.push('\n');
    }
    for (at, vocabulary) in coverage.vocabularies.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        options(out, vocabulary);
    }
}

/// Counts of roles, classifications down and segments across; heads are broken between words.
fn matrix(out: &mut String, coverage: &Coverage<'_>, down: &Options<'_>, across: &Options<'_>) {
    let cells: BTreeMap<(&str, &str), usize> =
        coverage.cells.iter().map(|cell| ((cell.classification, cell.segment), cell.roles.len())).collect();
    let heads: Vec<Vec<String>> = across
        .options
        .iter()
        .map(|option| {
            visible(option.name).split_whitespace().filter(|word| width(word) > 1).map(str::to_owned).collect()
        })
        .collect();
    let height = heads.iter().map(Vec::len).max().unwrap_or(0);
    let first = down.options.iter().map(|option| width(&visible(option.name))).max().unwrap_or(0);
    let _ = writeln!(out, "{}", styled(STRONG, "Roles by classification (down) and segment (across)"));
    let widths: Vec<usize> =
        heads.iter().map(|words| words.iter().map(|word| width(word)).max().unwrap_or(0).max(2)).collect();
    for at in 0..height {
        let mut line = format!("  {:first$}", "");
        for (words, width) in heads.iter().zip(&widths) {
            // Heads stand on the table, so that short ones are at their column.
            let word = (at + words.len()).checked_sub(height).and_then(|at| words.get(at));
            let _ = write!(line, "  {:>width$}", word.map_or("", String::as_str));
        }
        let _ = writeln!(out, "{}", styled(FAINT, line.trim_end()));
    }
    for row in &down.options {
        let mut line = format!("  {:first$}", visible(row.name));
        for (column, width) in across.options.iter().zip(&widths) {
            let number = cells.get(&(row.name, column.name)).map_or_else(|| ".".to_owned(), usize::to_string);
            let _ = write!(line, "  {number:>width$}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// One vocabulary's options with their roles and users, and what is missing.
fn options(out: &mut String, vocabulary: &Options<'_>) {
    let Options { vocabulary: name, options, without_role, roles_without } = vocabulary;
    let mut rows = vec![[*name, "roles", "active users", ""].map(str::to_owned).to_vec()];
    for option in options {
        let mark = if option.offered { "" } else { "not offered here" };
        rows.push(vec![
            visible(option.name).into_owned(),
            option.roles.len().to_string(),
            option.active_users.to_string(),
            mark.to_owned(),
        ]);
    }
    columns(out, &rows);
    for (words, names) in [("without a role", without_role), ("roles without any", roles_without)] {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| visible(name).into_owned()).collect();
            let start = format!("  {words}: ");
            let _ = write!(out, "  {}: ", styled(CHANGE, words));
            wrapped(out, &names, width(&start), 6);
            out.push('\n');
        }
    }
}
