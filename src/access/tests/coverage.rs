//! Which roles serve what (R-TE-8).

use super::*;

fn of(classifications: &[&str], segments: &[&str]) -> [(&'static str, Value); 2] {
    [
        ("classifications", Value::names(classifications.iter().copied())),
        ("segments", Value::names(segments.iter().copied())),
    ]
}

/// R-TE-8: roles per option, and the options that no role has.
#[test]
fn roles_are_counted_by_classification_and_segment() {
    let live = Made::default()
        .terms(Kind::Segment, &["Insurance", "Banking - CRM", "Retail Mortgage", "-Wholesale"])
        .role("Officer", "", &of(&["Sales"], &["Insurance", "Retail Mortgage"]))
        .role("Lead", "", &of(&["Sales", "Manager"], &["Insurance"]))
        .role("Old", "", &of(&["Support"], &["Wholesale"]))
        .role("Blank", "", &[])
        .user("ana@example.com", "Officer")
        .user("bo@example.com", "Lead")
        .user("-cy@example.com", "Lead")
        .0;
    let pack = pack("total-expert");
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Coverage(standing.coverage())), @"
    Roles by classification (down) and segment (across)
                              Retail  Banking
                            Mortgage      CRM  Insurance  Wholesale
      Admin                        .        .          .          .
      Sales                        1        .          2          .
      Support                      .        .          .          1
      Manager                      .        .          1          .
      Automation Only              .        .          .          .
      Co-marketing Partner         .        .          .          .
      Compliance                   .        .          .          .

      classifications       roles  active users
      Admin                     0             0
      Sales                     2             2
      Support                   1             0
      Manager                   1             1
      Automation Only           0             0
      Co-marketing Partner      0             0
      Compliance                0             0
      without a role: Admin, Automation Only, Co-marketing Partner, Compliance
      roles without any: Blank

      segments         roles  active users
      Retail Mortgage      1             1
      Banking - CRM        0             0
      Insurance            2             2
      Wholesale            1             0  not offered here
      without a role: Banking - CRM
      roles without any: Blank
    ");
    let coverage = serde_json::to_value(standing.coverage()).expect("JSON");
    assert_eq!(
        coverage["cells"][0],
        serde_json::json!({
            "classification": "Sales", "segment": "Retail Mortgage", "roles": ["Officer"], "active_users": 1,
        })
    );
    assert_eq!(coverage["vocabularies"][1]["without_role"], serde_json::json!(["Banking - CRM"]));
    assert_eq!(coverage["vocabularies"][0]["options"][1]["roles"], serde_json::json!(["Lead", "Officer"]));
}

#[test]
fn many_segments_are_a_list() {
    let names: Vec<String> = (0..12).map(|at| format!("Segment {at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let live = Made::default().terms(Kind::Segment, &names).role("Officer", "", &of(&["Sales"], &["Segment 7"])).0;
    let pack = pack("open");
    let standing = Standing::of_live(&live, &pack);
    let shown = shown(&standing, &Answer::Coverage(standing.coverage()));
    assert!(shown.starts_with("Roles by classification and segment\n  Sales / Segment 7  Officer\n"), "{shown}");
}

#[test]
fn a_platform_without_both_has_no_coverage() {
    let (pack, live) = (pack("bullseye"), Live::default());
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Coverage(standing.coverage())), @"
    Roles on bullseye have neither classifications nor segments.
    ");
}
