//! What is written reads back as what was meant, in every form, whatever names there are.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{found, live, pack, rows};
use crate::bulk::{Draft, DraftRow, Field, Form, Outcome, Values, read, results, template, write};
use crate::state::fold;

const FORMS: [Form; 3] = [Form::Yaml, Form::Csv, Form::Xlsx];

fn name() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        Just("=cmd|'/c calc'!A1".to_owned()),
        Just("@SUM(1)".to_owned()),
        Just("'=1".to_owned()),
        Just("true".to_owned()),
        Just("~".to_owned()),
        Just("1e3".to_owned()),
        Just("2024-01-01".to_owned()),
        Just("<<".to_owned()),
        Just("_x0041_".to_owned()),
        Just("a\u{202e}b".to_owned()),
        Just("(none)".to_owned()),
        Just("“smart”".to_owned()),
        "[-=+@'\"; ,:#\\[\\]{}&*!|>%`a\u{e9}日\u{a0}\u{85}\u{7f}\u{9b}\u{2028}\t\n\r]{1,8}",
        "\\PC{1,12}",
        ".{1,6}",
    ];
    hostile
        .prop_filter("a name has something in it that is seen", |name| !name.chars().all(super::super::grid::is_space))
}

fn values() -> impl Strategy<Value = Values> {
    proptest::collection::vec(proptest::collection::vec(name(), 0..4), 2).prop_map(|lists| {
        // Names that fold to one are one name, of which either spelling could stay.
        let distinct = |names: Vec<String>| {
            let mut seen = BTreeSet::new();
            names.into_iter().filter(|name| seen.insert(fold(name).into_owned())).collect::<BTreeSet<String>>()
        };
        Field::ALL.into_iter().zip(lists.into_iter().map(distinct)).collect()
    })
}

fn draft() -> impl Strategy<Value = Draft> {
    let rows = proptest::collection::vec((name(), values(), values()), 1..4);
    rows.prop_map(|rows| {
        let mut seen = BTreeSet::new();
        let rows = rows
            .into_iter()
            .filter(|(role, ..)| seen.insert(fold(role.trim_matches(super::super::grid::is_space)).into_owned()));
        let rows = rows.map(|(role, wanted, expected)| DraftRow { role, wanted, expected, outcome: None }).collect();
        Draft { ticket: Some("T-17".into()), requested_by: None, fields: Field::ALL.into(), rows }
    })
}

#[track_caller]
fn reads_back(draft: &Draft, form: Form) {
    let bytes = write(draft, form).expect("it can be written");
    let reading = read("bulk", &bytes, form, &pack("open"));
    let request = reading.request.unwrap_or_else(|| {
        panic!("{form:?}: {}\n{}", found(&reading.sources, &reading.found), String::from_utf8_lossy(&bytes))
    });
    assert_eq!(request.ticket.as_ref().map(|ticket| ticket.value.as_str()), draft.ticket.as_deref());
    assert_eq!(request.rows.len(), draft.rows.len());
    for (read, written) in request.rows.iter().zip(&draft.rows) {
        assert_eq!(read.role.value, written.role.trim_matches(super::super::grid::is_space), "{form:?}");
        for field in Field::ALL {
            assert_eq!(read.wanted.get(field).map(|listed| &listed.names), written.wanted.get(&field), "{form:?}");
            assert_eq!(read.expected.get(field).map(|listed| &listed.names), written.expected.get(&field), "{form:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_request_reads_back(draft in draft()) {
        for form in FORMS {
            reads_back(&draft, form);
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for form in FORMS {
            for platform in ["open", "total-expert"] {
                let _ = read("bulk", &bytes, form, &pack(platform));
            }
        }
    }
}

#[test]
fn the_bytes_are_the_same_every_time() {
    let row = DraftRow {
        role: "LO".into(),
        wanted: [(Field::Segments, ["A".to_owned()].into())].into(),
        ..DraftRow::default()
    };
    let draft = Draft { fields: [Field::Segments].into(), rows: vec![row], ..Draft::default() };
    for form in FORMS {
        let once = write(&draft, form).expect("it can be written");
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert_eq!(write(&draft, form).expect("it can be written"), once, "{form:?}");
    }
}

#[test]
fn a_template_is_sorted_and_says_the_values_of_now_twice() {
    let live = live(
        &[
            ("Underwriter", &["Support"], &["Wholesale"]),
            ("loan Officer", &["Sales", "Admin"], &[]),
            ("A", &[], &[]),
            ("a ", &[], &[]),
        ],
        &[],
    );
    let template = template(&live, &pack("total-expert"));
    assert_eq!(
        template.left_out,
        [
            ("A".to_owned(), "another role has a name that means the same"),
            ("a ".to_owned(), "another role has a name that means the same")
        ]
    );
    let text = |form| String::from_utf8(write(&template.draft, form).expect("it can be written")).expect("UTF-8");
    insta::assert_snapshot!(text(Form::Csv), @"
    ﻿role,classifications,segments,expected classifications,expected segments
    loan Officer,Admin; Sales,(none),Admin; Sales,(none)
    Underwriter,Support,Wholesale,Support,Wholesale
    ");
    insta::assert_snapshot!(text(Form::Yaml), @"
    bulk:
      roles:
        loan Officer:
          classifications: [Admin, Sales]
          segments: []
          expected:
            classifications: [Admin, Sales]
            segments: []
        Underwriter:
          classifications: [Support]
          segments: [Wholesale]
          expected:
            classifications: [Support]
            segments: [Wholesale]
    ");
}

#[test]
fn results_have_the_columns_of_the_request_and_can_be_sent_again() {
    let outcomes = [(Outcome::Applied, String::new()), (Outcome::Refused, "=stale".to_owned())];
    let csv = "Segments;row;ROLE;reason\nA\t;1;LO;old\nB,C;2;BM;\n";
    let yaml = "bulk:\n  ticket: T-1\n  roles:\n    LO: { segments: [A] }\n    BM: { segments: ['B,C'], expected: { segments: [] } }\n";
    for (text, form) in [(csv, Form::Csv), (yaml, Form::Yaml)] {
        let request = read("bulk", text.as_bytes(), form, &pack("open")).request.expect("a request");
        let bytes = results(&request, &outcomes).expect("they can be written");
        let again = read("bulk", &bytes, form, &pack("open"));
        assert_eq!(rows(&again), rows(&read("bulk", text.as_bytes(), form, &pack("open"))));
        let shown = String::from_utf8(bytes).expect("UTF-8");
        if form == Form::Csv {
            insta::assert_snapshot!(shown, @r#"
            ﻿Segments,row,ROLE,outcome,reason
            A	,1,LO,applied,
            "B,C",2,BM,refused,'=stale
            "#);
        } else {
            insta::assert_snapshot!(shown, @r#"
            bulk:
              ticket: T-1
              roles:
                LO:
                  segments: [A]
                  outcome: applied
                BM:
                  segments: ["B,C"]
                  expected:
                    segments: []
                  outcome: refused
                  reason: =stale
            "#);
        }
    }
}

proptest! {
    /// Tables with headings that mean something, and anything below them.
    #[test]
    fn no_table_is_too_strange(
        columns in proptest::collection::vec(0usize..9, 1..6),
        cells in proptest::collection::vec("[ ;,\"'=\u{201c}\u{a0}\u{200b}(none)Sales\r\n\u{e9}]{0,9}", 0..24),
    ) {
        let headings = ["role", "Segments", "classification", "expected segments", "current classifications", "", "outcome", "x", "ticket"];
        let width = columns.len();
        let header = columns.into_iter().map(|at| headings[at].to_owned()).collect();
        let table = crate::bulk::Table { header, rows: cells.chunks(width).map(<[String]>::to_vec).collect() };
        for form in [Form::Csv, Form::Xlsx] {
            // The CSV writer refuses rows that are shorter; ours have to be read.
            let Ok(bytes) = super::super::write::write_table(&table, form) else { continue };
            for platform in ["open", "total-expert", "bullseye"] {
                let reading = read("bulk", &bytes, form, &pack(platform));
                prop_assert!(reading.request.is_none() || !reading.found.has_errors());
                prop_assert!(reading.request.is_some() || reading.found.has_errors());
                for finding in reading.found.iter() {
                    prop_assert!(!reading.sources.locate(finding.span).file.is_empty());
                }
            }
        }
    }
}
