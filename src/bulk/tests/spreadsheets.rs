//! Spreadsheets that another program has made (`tests/requests/make.py`, by openpyxl), and hostile ones.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{found, pack, rows};
use crate::bulk::{Draft, DraftRow, Field, Form, Reading, read, write};

const THREE_HUNDRED: &[u8] = include_bytes!("../../../tests/requests/three-hundred.xlsx");
const FIVE_BAD_CELLS: &[u8] = include_bytes!("../../../tests/requests/three-hundred-with-five-bad-cells.xlsx");
const SEEN_OTHERWISE: &[u8] = include_bytes!("../../../tests/requests/seen-otherwise.xlsx");
const OTHER_STRINGS: &[u8] = include_bytes!("../../../tests/requests/other-strings.xlsx");

fn total_expert(bytes: &[u8]) -> Reading {
    read("bulk.xlsx", bytes, Form::Xlsx, &pack("total-expert"))
}

fn findings(bytes: &[u8]) -> String {
    let reading = total_expert(bytes);
    assert!(reading.request.is_none());
    found(&reading.sources, &reading.found)
}

#[test]
fn three_hundred_rows_of_openpyxl_are_read() {
    let reading = total_expert(THREE_HUNDRED);
    let text = rows(&reading);
    assert_eq!(text.lines().count(), 300);
    assert_eq!(
        text.lines().nth(4),
        Some("Role 005: classifications=Co-marketing Partner | Compliance segments=Insurance")
    );
    assert_eq!(reading.rows, 300);
}

#[test]
fn each_of_five_bad_cells_is_named() {
    insta::assert_snapshot!(findings(FIVE_BAD_CELLS), @"
    not-allowed 18:2 Roles!B18 R-TE-13: there is no classification `Salez`
      = did you mean `Sales`?
    not-allowed 42:3 Roles!C42 R-TE-14: there is no segment `Farming`
      = possible here: `Retail Mortgage`, `Banking - CRM`, `Banking Automation`, `Credit Union - Automation`, `Credit Union – CRM`, `Wholesale`, `Insurance`
    null-value 77:2 Roles!B77 R-TE-6: `classifications` has no value here
      = write at least one name; `;` stands between several
    duplicate-object 131:1 Roles!A131: role `role  007` has two rows
      8:1 the first row is here
      = keep one of the two: the number of rows is confirmed, and each row is one role
    table-cell 256:3 Roles!C256: this cell is a formula, not a text
      = write the value: copy the cells and paste them as values
    ");
}

#[test]
fn what_people_do_not_see_as_it_is_is_refused() {
    insta::assert_snapshot!(findings(SEEN_OTHERWISE), @"
    table-cell 1:7 'Request of Acme'!G1: the heading is in a column that is hidden
      = show the column, or delete it
    table-cell 2:1 'Request of Acme'!A2: this cell is in a row that is hidden or filtered out
      = show all rows, and delete those that are not asked for
    table-cell 3:4 'Request of Acme'!D3: this cell is a formula, not a text
      = write the value: copy the cells and paste them as values
    table-cell 4:1 'Request of Acme'!A4: this cell is part of the merged cells A4:A5, of which only the first has a value
      = take the merge back and write the value into each of the cells
    table-cell 6:2 'Request of Acme'!B6: this cell is a number, not a text
      = format the cell as text and write it again
    table-cell 7:4 'Request of Acme'!D7: this cell is a date or a time, not a text
      = format the cell as text and write it again
    table-cell 8:4 'Request of Acme'!D8: this cell has an error in it
      = write what the cell shall have
    table-cell 8:5 'Request of Acme'!E8: this cell is TRUE or FALSE, not a text
      = format the cell as text and write it again
    ");
}

#[test]
fn rich_and_inline_texts_are_texts() {
    let reading = total_expert(OTHER_STRINGS);
    insta::assert_snapshot!(rows(&reading), @"
    Loan Officer: classifications=Manager | Sales segments=Credit Union – CRM expected classifications=Sales
    A: classifications=Co-marketing Partner segments=Insurance expected classifications=
    Inline: classifications=Sales segments=Wholesale expected classifications=Sales
    ");
    insta::assert_snapshot!(found(&reading.sources, &reading.found), @"
    read-as 2:3 'Sheet 1'!C2: classification `“Manager”` is taken for `Manager`
    read-as 2:4 'Sheet 1'!D2: segment `Credit Union — CRM` is taken for `Credit Union – CRM`
    read-as 4:3 'Sheet 1'!C4: classification `Co‑marketing Partner` is taken for `Co-marketing Partner`
    read-as 4:4 'Sheet 1'!D4: segment `insurance` is taken for `Insurance`
    ");
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    insta::assert_snapshot!(findings(b""), @"
    bad-table 1:1: the file is empty
      = save it as XLSX in a spreadsheet program, without a password
    ");
    insta::assert_snapshot!(findings(b"role,classifications"), @"
    bad-table 1:1: this is no spreadsheet (XLSX), whatever its name says
      = give a table as text a name that ends with `.csv`, or save it as XLSX in a spreadsheet program
    ");
    insta::assert_snapshot!(findings(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), @"
    bad-table 1:1: the file is protected by a password, or of the old format XLS
      = save it as XLSX in a spreadsheet program, without a password
    ");
    insta::assert_snapshot!(findings(&THREE_HUNDRED[..2000]), @"
    bad-table 1:1: the file cannot be read: it is damaged, or no XLSX file
      = save it as XLSX in a spreadsheet program, without a password
    ");
}

/// The parts of a workbook, changed and packed again.
fn changed(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("it is there");
        let name = part.name().expect("it is text").into_owned();
        let mut data = Vec::new();
        part.read_to_end(&mut data).expect("it is packed well");
        packed.start_file(&*name, SimpleFileOptions::default()).expect("it can be written");
        packed.write_all(&change(&name, data)).expect("it can be written");
    }
    packed.finish().expect("it can be written").into_inner()
}

fn small() -> Vec<u8> {
    let values = |name: &str| Field::ALL.map(|field| (field, [name.to_owned()].into())).into();
    let rows = ["A", "B"].map(|role| DraftRow { role: role.into(), wanted: values("Sales"), ..DraftRow::default() });
    let draft = Draft { fields: Field::ALL.into(), rows: rows.into(), ..Draft::default() };
    write(&draft, Form::Xlsx).expect("it can be written")
}

/// The same part with one text replaced by another.
fn replaced(part: &str, from: &str, to: &str) -> Vec<u8> {
    changed(&small(), |name, data| {
        let text = String::from_utf8(data).expect("parts are UTF-8");
        if name.ends_with(part) { text.replace(from, to).into_bytes() } else { text.into_bytes() }
    })
}

#[test]
fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
    let bomb = replaced("sharedStrings.xml", "Sales", &"x".repeat(129 * 1024 * 1024));
    assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
    insta::assert_snapshot!(findings(&bomb), @"
    bad-table 1:1: the file cannot be read: it unpacks to more than 128 MiB
      = save it as XLSX in a spreadsheet program, without a password
    ");
    let shared = replaced("sharedStrings.xml", "Sales", &"x".repeat(20 * 1024 * 1024));
    insta::assert_snapshot!(findings(&shared), @"
    bad-table 1:1: the sheet `Roles` is too large: it has more than 64 MiB of text
      = remove what is no request, or split it
    ");
}

#[test]
fn a_sheet_is_the_request_or_it_cannot_be_told() {
    let second = r#"<sheet name="Roles" sheetId="1" r:id="rId1"/><sheet name="More" sheetId="2" r:id="rId1"/>"#;
    let first = r#"<sheet name="Roles" sheetId="1" r:id="rId1"/>"#;
    let reading = total_expert(&replaced("workbook.xml", first, second));
    assert!(reading.found.iter().all(|finding| !finding.message.contains("which sheet")), "one is called Roles");
    insta::assert_snapshot!(findings(&replaced("workbook.xml", first, &second.replace("Roles", "Others"))), @"
    bad-table 1:1: which sheet is the request? there are `Others`, `More`
      = call it `Roles`, or leave only the one
    ");
    insta::assert_snapshot!(findings(&replaced("workbook.xml", first, &first.replace("sheetId", "state=\"hidden\" sheetId"))), @"
    bad-table 1:1: the workbook has no sheet that is shown
      = show the sheet with the roles
    ");
}

#[test]
fn cells_far_away_are_too_far() {
    insta::assert_snapshot!(findings(&replaced("sheet1.xml", "\"C3\"", "\"XFD3\"")), @"
    bad-table 1:1: the sheet `Roles` is too large: XFD3 is beyond the 40 columns that are read
      = remove what is no request, or split it
    ");
    insta::assert_snapshot!(findings(&replaced("sheet1.xml", "\"C3\"", "\"XFE99999999\"")), @"
    bad-table 1:1: the sheet `Roles` is too large: XFE99999999 is beyond the 40 columns that are read
      = remove what is no request, or split it
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in the parts of a workbook, nothing panics and nothing takes the memory.
    #[test]
    fn no_workbook_is_too_strange(at in 0usize..4000, with in "[<>/\"'a-c0-9=&;: ]{0,12}", part in 0usize..12) {
        let seen = std::cell::Cell::new(0);
        let bytes = changed(&small(), |_, mut data| {
            if seen.replace(seen.get() + 1) == part && !data.is_empty() {
                let at = at % data.len();
                data.splice(at..(at + with.len() / 2).min(data.len()), with.bytes());
            }
            data
        });
        let _ = total_expert(&bytes);
    }
}
