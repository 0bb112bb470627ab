//! What is wrong with a request, in words and at its place.

use super::{csv, found, pack, rows, yaml};
use crate::bulk::{Form, read};

#[track_caller]
fn check(text: &str, platform: &str) -> String {
    let reading = csv(text, platform);
    found(&reading.sources, &reading.found)
}

#[test]
fn names_that_are_none_are_found_in_their_cell() {
    insta::assert_snapshot!(check(
        "role,classifications,segments\n\
         A,Sales;Salez,Insurance\n\
         B,\"Sales, Support\",\"Insurance\nFarming\"\n\
         C,,Insurance\n\
         D,(none),Insurance;insurance\n",
        "total-expert"
    ), @"
    not-allowed 2:9 B2 R-TE-13: there is no classification `Salez`
      = did you mean `Sales`?
    not-allowed 3:4 B3 R-TE-13: there is no classification `Sales, Support`
      = these are 2 names: write `Sales; Support`
    not-allowed 4:1 C3 R-TE-14: there is no segment `Farming`
      = possible here: `Retail Mortgage`, `Banking - CRM`, `Banking Automation`, `Credit Union - Automation`, `Credit Union – CRM`, `Wholesale`, `Insurance`
    null-value 5:3 B4 R-TE-6: `classifications` has no value here
      = write at least one name; `;` stands between several
    out-of-range 6:3 B5 R-TE-6: `classifications` of role `D` must have at least 1 name
    equal-items 6:20 C5 R-TE-5: `Insurance` is in `segments` already
      6:10 first given here
      = remove one of the two; the list is a set
    read-as 6:20 C5: segment `insurance` is taken for `Insurance`
    ");
}

#[test]
fn r_te_25_a_request_names_the_roles_and_for_each_of_them_both_lists() {
    insta::assert_snapshot!(check("classifications\nSales\n", "total-expert"), @"
    missing-key 1:1 A1: there is no column `role`
    missing-key 1:1 A1 R-TE-25: there is no column `segments`
    ");
    insta::assert_snapshot!(check("role,classifications,segments\nA,Sales,\n,Sales,Insurance\n", "total-expert"), @"
    null-value 2:9 C2 R-TE-6: `segments` has no value here
      = write at least one name; `;` stands between several
    missing-key 3:1 A3 R-TE-11: this row names no role
    ");
    let reading = yaml("bulk: { roles: { A: { segments: [Insurance] } } }", "total-expert");
    insta::assert_snapshot!(found(&reading.sources, &reading.found), @"missing-key 1:18 R-TE-25: `classifications` is missing in `A`");
}

#[test]
fn names_that_programs_have_changed_are_taken_for_what_they_are() {
    let text = "role,classifications,segments\n\
                A,  sales ,Credit\u{a0}Union — CRM\n\
                B,“Automation  Only”,Credit Union — CRM; Retail Mortgage\u{200b}\n\
                C,Co\u{2011}marketing Partner,credit union - automation\n";
    insta::assert_snapshot!(check(text, "total-expert"), @"
    read-as 2:5 B2: classification `sales` is taken for `Sales`
    read-as 2:12 C2: segment `Credit Union — CRM` is taken for `Credit Union – CRM`
    read-as 3:3 B3: classification `“Automation  Only”` is taken for `Automation Only`
    read-as 3:22 C3: segment `Credit Union — CRM` is taken for `Credit Union – CRM`
    read-as 4:3 B4: classification `Co‑marketing Partner` is taken for `Co-marketing Partner`
    read-as 4:24 C4: segment `credit union - automation` is taken for `Credit Union - Automation`
    ");
    insta::assert_snapshot!(rows(&csv(text, "total-expert")), @"
    A: classifications=Sales segments=Credit Union – CRM
    B: classifications=Automation Only segments=Credit Union – CRM | Retail Mortgage
    C: classifications=Co-marketing Partner segments=Credit Union - Automation
    ");
}

#[test]
fn a_role_has_one_row() {
    insta::assert_snapshot!(check("role,segments\nLoan Officer,A\nUnderwriter,A\nloan  officer,A\n,A\n", "open"), @"
    duplicate-object 4:1 A4: role `loan  officer` has two rows
      2:1 the first row is here
      = keep one of the two: the number of rows is confirmed, and each row is one role
    missing-key 5:1 A5: this row names no role
    ");
}

#[test]
fn columns_are_known_or_found() {
    insta::assert_snapshot!(check("Rolle,Clasifications,segments,Notes,segment\nA,Sales,Insurance,x,y\n", "total-expert"), @"
    unknown-column 1:1 A1: there is no column `Rolle`
      = did you mean `role`?
    unknown-column 1:7 B1: there is no column `Clasifications`
      = did you mean `classifications`?
    unknown-column 1:31 D1: there is no column `Notes`
      = the headings are: role, classifications, segments, expected classifications, expected segments, ticket, requested by
    duplicate-key 1:37 E1: there are two columns `segments`
      1:22 first given here
      = keep one of the two
    ");
    insta::assert_snapshot!(check("role,outcome,number\nA,x,1\n", "total-expert"), @"
    missing-key 1:1 A1 R-TE-25: there is no column `classifications`
    missing-key 1:1 A1 R-TE-25: there is no column `segments`
    ");
    insta::assert_snapshot!(check("role,segments,\nA,x,y\nB,x,,,z\nC\n", "open"), @"
    table-cell 2:5 C2: this cell has no heading
      = give the column one, or remove what is in it
    table-cell 3:7 E3: this cell has no heading
      = give the column one, or remove what is in it
    table-cell 4:1 A4: the row ends before the column `segments`
      = give every row as many cells as there are headings
    ");
    insta::assert_snapshot!(check("Request of Acme,,\n,,\nrole,classifications,segments\nA,Sales,Insurance\n", "total-expert"), @"
    bad-table 1:1 A1: the first row has no heading that is known
      = they seem to be at A3: remove what is above
    ");
    insta::assert_snapshot!(check("a b c\n", "open"), @"
    bad-table 1:1 A1: the first row has no heading that is known
      = the first row has the headings: role, classifications, segments
    ");
    insta::assert_snapshot!(check("role,segments\n\n", "open"), @"
    bad-table 1:1 A1: there are no rows below the headings
      = write a row for each role
    ");
    insta::assert_snapshot!(check("", "open"), @"
    bad-table 1:1: the table is empty
      = the first row has the headings: role, classifications, segments
    ");
}

#[test]
fn a_text_that_is_no_table_is_refused_where_it_stops_being_one() {
    insta::assert_snapshot!(check("role,segments\nA,\"x\nB,y\n", "open"), @"
    bad-table 2:3 B2: this quoted cell has no end
      = close the quote where the cell ends
    ");
    insta::assert_snapshot!(check("role,segments\nA,\"x\"y\n", "open"), @"
    bad-table 2:6 B2: the quote before this closes the cell, and this comes after it
      = double the quotes that belong to the text
    ");
    insta::assert_snapshot!(check(&format!("role,segments\nA{}", ",".repeat(40)), "open"), @"
    bad-table 2:42 AO2: the row has more than 40 cells
      = this may be no table, or one with another delimiter than `,`, `;` or a tab
    ");
}

#[test]
fn encodings_are_never_guessed() {
    let check = |bytes: &[u8]| {
        let reading = read("bulk.csv", bytes, Form::Csv, &pack("open"));
        found(&reading.sources, &reading.found)
    };
    insta::assert_snapshot!(check(b"role,segments\nPr\xEAteur,x\n"), @r#"
    not-utf8 2:3: the byte 0xEA here is not UTF-8
      = save the file as UTF-8; spreadsheet programs call it "CSV UTF-8"
    "#);
    insta::assert_snapshot!(check(b"role,segments\nPr\xC3\xAAteur,x\nCaf\xE9,y\n"), @"
    not-utf8 3:4: the byte 0xE9 here is not UTF-8, and other lines of the file are: it mixes encodings
      = it was put together from files of different encodings: put the names right here, then save it as UTF-8
    ");
    insta::assert_snapshot!(check(b"r\0o\0l\0e\0"), @r#"
    not-utf8 1:2: the byte 0x00 here is in no text; this may be UTF-16 without its mark
      = save the file as UTF-8; spreadsheet programs call it "CSV UTF-8"
    "#);
    insta::assert_snapshot!(check(b"PK\x03\x04\x14\0"), @"
    not-utf8 1:1: this is no text but a spreadsheet, or another archive
      = give a spreadsheet a name that ends with `.xlsx`
    ");
    insta::assert_snapshot!(check(b"\xFF\xFEr\0\x00\xD8o\0"), @r#"
    not-utf8 1:2: the file says that it is UTF-16, and what stands here is not
      = save the file as UTF-8; spreadsheet programs call it "CSV UTF-8"
    "#);
}

#[test]
fn a_request_has_one_ticket() {
    insta::assert_snapshot!(check("role,segments,ticket,formula\nA,x,T-1,\nB,=x,T-2,\n", "open"), @"
    unknown-column 1:22 D1: there is no column `formula`
      = the headings are: role, classifications, segments, expected classifications, expected segments, ticket, requested by
    table-cell 3:3 B3: this cell is a formula, not a text
      = write the value: copy the cells and paste them as values
    duplicate-key 3:6 C3: `ticket` is `T-2` here and `T-1` above
      2:5 first given here
      = a request has one; split it
    ");
}

#[test]
fn yaml_is_as_strict_as_manifests() {
    let check = |text: &str, platform: &str| {
        let reading = yaml(text, platform);
        found(&reading.sources, &reading.found)
    };
    insta::assert_snapshot!(check(
        "bulk:\n  tickt: T-1\n  roles:\n    A: { classifications: , segments: Insurance, expect: {} }\n    \
         A: { classifications: [Sales], segments: [Insurance] }\n    \
         B: { classifications: [Salez, Sales, sales] }\n    C: { classifications: [], segments: [Insurance] }\n    D:\n",
        "total-expert"
    ), @"
    unknown-key 2:3: `tickt` is not known here
      = did you mean `ticket`?
    null-value 4:10: `classifications` must be a list, but has no value
      = leave the field out to say nothing of it, or write `[]` to empty it
    wrong-type 4:39: `segments` must be a list, not a text
      = write a list of one: `[Insurance]`
    unknown-key 4:50: `expect` is not known here
      = did you mean `expected`?
    duplicate-key 5:5: `A` is given twice
      4:5 first given here
      = keep one of the two
    missing-key 6:5 R-TE-25: `segments` is missing in `B`
    not-allowed 6:28 R-TE-13: there is no classification `Salez`
      = did you mean `Sales`?
    equal-items 6:42 R-TE-5: `Sales` is in `classifications` already
      6:35 first given here
      = remove one of the two; the list is a set
    read-as 6:42: classification `sales` is taken for `Sales`
    out-of-range 7:27 R-TE-6: `classifications` of role `C` must have at least 1 name
    null-value 8:5: `D` must be a map, but has no value
      = write its fields below it, indented, or `{}` for a map without any
    ");
    insta::assert_snapshot!(check("bulk: { roles: { A: {} } }", "open"), @"
    missing-key 1:18: role `A` is asked for nothing
      = say its `classifications` or its `segments`
    ");
    insta::assert_snapshot!(check("bulk: { roles: {} }", "open"), @"out-of-range 1:16: `roles` needs at least one entry");
    insta::assert_snapshot!(check("roles: { A: {} }", "open"), @"
    missing-key 1:1: `bulk` is missing
    unknown-key 1:1: `roles` is not known here
      = known here: `bulk`
    ");
    insta::assert_snapshot!(check("bulk: { roles: { A: { segments: [x] } } }", "bullseye"), @"
    not-allowed 1:1: roles of Bullseye have neither classifications nor segments
      = a bulk request is of these two; change roles by manifests
    ");
    insta::assert_snapshot!(check("bulk: { roles: { A: { classifications: [\"Sales, Support\"], segments: [Insurance] } } }", "total-expert"), @"
    not-allowed 1:41 R-TE-13: there is no classification `Sales, Support`
      = these are 2 names: write `[Sales, Support]`, without quotes around all of it
    ");
}

#[test]
fn a_cause_that_runs_through_the_whole_table_stays_readable() {
    let text: String = (0..2_000).map(|row| format!("R{row},Nope{row}\n")).collect();
    let reading =
        csv(&format!("role,classifications,segments\n{}", text.replace('\n', ",Insurance\n")), "total-expert");
    assert_eq!(reading.found.iter().count(), 1_001);
    assert_eq!(reading.rows, 2_000);
}
