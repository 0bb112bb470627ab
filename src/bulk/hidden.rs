//! What of a sheet people do not see as it is: hidden rows and columns, merged cells.
//!
//! Responsible for what calamine does not tell. A filter hides rows, too: what nobody sees while they look
//! at a request must not be applied.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::unpack::Parts;

/// How a sheet is laid out. Rows and columns are counted from 0.
#[derive(Debug, Default)]
pub(super) struct Layout {
    hidden_rows: BTreeSet<u32>,
    /// Ranges of columns, both ends included.
    hidden_columns: Vec<(u32, u32)>,
    /// Ranges of more than one cell: their names, and their first and last row and column.
    pub merged: Vec<(String, [u32; 4])>,
}

impl Layout {
    pub fn hides_row(&self, row: u32) -> bool {
        self.hidden_rows.contains(&row)
    }

    pub fn hides_column(&self, column: u32) -> bool {
        self.hidden_columns.iter().any(|&(first, last)| first <= column && column <= last)
    }

    /// Reads the layout of a sheet by its number in the workbook. Nothing where the file does not say it
    /// in a way that can be followed.
    pub fn of_sheet(parts: &mut Parts<'_>, number: usize) -> Option<Self> {
        let folder = "xl/";
        let workbook = parts.text(&format!("{folder}workbook.xml"))?;
        let relation = elements(&workbook, "sheet")?.into_iter().nth(number)?;
        let id = relation.iter().find(|(name, _)| name == "id").map(|(_, value)| value)?;
        let relations = parts.text(&format!("{folder}_rels/workbook.xml.rels"))?;
        let relations = elements(&relations, "Relationship")?;
        let relation = relations.iter().find(|relation| value(relation, "Id") == Some(id))?;
        let target = value(relation, "Target")?;
        let path = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
        Self::of_text(&parts.text(&path)?)
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut layout = Self::default();
        let mut next_row = 0;
        each_element(text, |name, attributes| {
            let value = |name| value(attributes, name);
            let number = |name| value(name).and_then(|value| value.parse::<u32>().ok());
            let is_hidden = |size| {
                let is_flat = value(size).is_some_and(|size| size.parse::<f64>().is_ok_and(|size| size == 0.0));
                is_flat || matches!(value("hidden"), Some("1" | "true"))
            };
            match name {
                "row" => {
                    let row = number("r").map_or(next_row, |row| row.saturating_sub(1));
                    next_row = row.saturating_add(1);
                    if is_hidden("ht") {
                        layout.hidden_rows.insert(row);
                    }
                }
                "col" if is_hidden("width") => {
                    if let (Some(first), Some(last)) = (number("min"), number("max")) {
                        layout.hidden_columns.push((first.saturating_sub(1), last.saturating_sub(1)));
                    }
                }
                "mergeCell" => {
                    if let Some((name, range)) = value("ref").and_then(|name| Some((name, range(name)?))) {
                        layout.merged.push((name.to_owned(), range));
                    }
                }
                _ => {}
            }
        })?;
        Some(layout)
    }
}

/// The attributes of an element, by their local names.
type Attributes = Vec<(String, String)>;

fn value<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The attributes of every element of a name.
fn elements(text: &str, wanted: &str) -> Option<Vec<Attributes>> {
    let mut found = Vec::new();
    each_element(text, |name, attributes| {
        if name == wanted {
            found.push(attributes.clone());
        }
    })?;
    Some(found)
}

/// Walks over the elements of an XML text that say something about the layout; nothing when it is none.
fn each_element(text: &str, mut look: impl FnMut(&str, &Attributes)) -> Option<()> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.local_name();
                // Cells are most of a sheet and say nothing of this.
                if !matches!(name.as_ref(), "c" | "v" | "t" | "is" | "f") {
                    look(name.as_ref(), &attributes(&element)?);
                }
            }
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

fn attributes(element: &BytesStart<'_>) -> Option<Attributes> {
    let mut attributes = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Some(attributes)
}

/// First row, first column, last row, last column of `A1:B2`.
fn range(name: &str) -> Option<[u32; 4]> {
    let (first, last) = name.split_once(':')?;
    let ((row, column), (last_row, last_column)) = (cell(first)?, cell(last)?);
    Some([row, column, last_row, last_column])
}

fn cell(name: &str) -> Option<(u32, u32)> {
    let letters = name.find(|c: char| c.is_ascii_digit())?;
    let column = name[..letters].bytes().try_fold(0u32, |column, letter| {
        let letter = Some(letter.to_ascii_uppercase()).filter(u8::is_ascii_uppercase)?;
        let digit = u32::from(letter - b'A') + 1;
        column.checked_mul(26)?.checked_add(digit)
    })?;
    Some((name[letters..].parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_spreadsheets_write_them() {
        assert_eq!(range("A1:AB12"), Some([0, 0, 11, 27]));
        for wrong in ["A1", "A:B", "1:2", "", "A0:B2", "ZZZZZZZZZ1:A2", "Ä1:B2"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hidden_rows_and_columns_are_found_with_any_prefix() {
        let text = "<x:worksheet xmlns:x='a'><x:cols><x:col min='2' max='3' hidden='true'/><x:col min='5' max='5' width='0'/></x:cols>\
                    <x:sheetData><x:row/><x:row hidden='1'/><x:row r='9' ht='0'><x:c r='A9'/></x:row></x:sheetData>\
                    <x:mergeCells><x:mergeCell ref='A2:A4'/></x:mergeCells></x:worksheet>";
        let layout = Layout::of_text(text).expect("it is XML");
        assert_eq!(layout.hidden_rows, [1, 8].into());
        assert_eq!([0, 1, 2, 3, 4].map(|column| layout.hides_column(column)), [false, true, true, false, true]);
        assert_eq!(layout.merged, [("A2:A4".to_owned(), [1, 0, 3, 0])]);
        assert!(Layout::of_text("<a b=c>").is_none());
    }
}
