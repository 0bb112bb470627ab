//! The three forms say the same.

use super::{csv, rows, yaml};

const ROWS: &str = "\
Loan Officer: classifications=Sales segments=Insurance | Retail Mortgage expected classifications=Manager expected segments=Insurance
Branch Manager: classifications=Manager | Sales segments=Banking - CRM expected classifications=Manager expected segments=
";

#[test]
fn yaml_says_rows() {
    let text = "bulk:\n  ticket: T-17\n  requested_by: ana@example.com\n  roles:\n    \
                Loan Officer: { classifications: [Sales], segments: [Retail Mortgage, Insurance], expected: { classifications: [Manager], segments: [Insurance] } }\n    \
                Branch Manager: { classifications: [Sales, Manager], segments: [Banking – CRM], expected: { classifications: [Manager], segments: [] }, outcome: applied, reason: x }\n";
    let reading = yaml(text, "total-expert");
    assert_eq!(rows(&reading), ROWS);
    let request = reading.request.expect("a request");
    assert_eq!(request.ticket.expect("a ticket").value, "T-17");
    assert_eq!(request.requested_by.expect("a name").value, "ana@example.com");
}

#[test]
fn a_table_says_rows_by_headings_in_any_order() {
    let text = "\u{feff}Customer Segments;ROLE;Current_Classifications;User Role Classifications;Expected Segments;Ticket;Requested by;reason\r\n\
                \"Retail Mortgage; Insurance\";Loan Officer;Manager;Sales;Insurance;T-17;ana@example.com;=1\r\n\
                ;;;;;;;\r\n\
                Banking – CRM; Branch Manager ;Manager;\"Sales\r\nManager\";(none);;;\r\n";
    let reading = csv(text, "total-expert");
    assert_eq!(rows(&reading), ROWS);
    let request = reading.request.expect("a request");
    assert_eq!(request.ticket.expect("a ticket").value, "T-17");
    assert_eq!(request.requested_by.expect("a name").value, "ana@example.com");
}

#[test]
fn utf_16_with_its_mark_is_read() {
    let text = "role\tclassifications\tsegments\nPrêteur\tSales\tInsurance\n";
    for (mark, order) in [([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xFE, 0xFF], u16::to_be_bytes)] {
        let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(order)).collect();
        let reading = super::read("bulk.csv", &bytes, super::Form::Csv, &super::pack("total-expert"));
        assert_eq!(rows(&reading), "Prêteur: classifications=Sales segments=Insurance\n");
    }
}

#[test]
fn on_open_a_request_may_say_one_of_the_two_and_empty_it() {
    assert_eq!(rows(&csv("role,segments\nLO,(none)\nBM,\"A, B\"\n", "open")), "LO: segments=\nBM: segments=A, B\n");
    assert_eq!(rows(&yaml("bulk: { roles: { LO: { segments: [] } } }", "open")), "LO: segments=\n");
}

#[test]
fn an_apostrophe_before_what_looks_like_a_formula_is_taken_off() {
    assert_eq!(rows(&csv("role,segments\n'=LO,'@x\n'tis,y\n", "open")), "=LO: segments=@x\n'tis: segments=y\n");
}
