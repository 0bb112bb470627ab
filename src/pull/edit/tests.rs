//! Edits of texts, shown as differences.

use std::fmt::Write as _;

use similar::TextDiff;

use super::*;
use crate::pull::yaml::Yaml;

fn text(text: &str) -> Yaml {
    Yaml::Text(text.to_owned())
}

fn list<const N: usize>(items: [&str; N]) -> Yaml {
    Yaml::List(items.map(str::to_owned).to_vec())
}

fn becomes(yaml: Yaml) -> Entry {
    Entry::Value(Patch::Becomes(yaml))
}

fn entries<const N: usize>(entries: [(&str, Entry); N]) -> Entry {
    Entry::Value(Patch::Entries(entries.map(|(name, entry)| (name.to_owned(), entry)).to_vec()))
}

fn run<const N: usize>(before: &str, section: &str, entries: [(&str, Entry); N]) -> (String, Edited) {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", before);
    let entries = entries.map(|(name, entry)| (name.to_owned(), entry)).to_vec();
    let edited = edited(&sources, source, &vec![(section.to_owned(), entries)]);
    (edited.text.clone().unwrap_or_else(|| before.to_owned()), edited)
}

/// The lines that change, and what was refused.
fn diff<const N: usize>(before: &str, section: &str, entries: [(&str, Entry); N]) -> String {
    let (after, edited) = run(before, section, entries);
    let mut shown = String::new();
    for change in TextDiff::from_lines(before, &after).iter_all_changes() {
        let sign = match change.tag() {
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
            similar::ChangeTag::Equal => continue,
        };
        let line = change.value().trim_end_matches('\n').replace('\r', "␍");
        writeln!(shown, "{sign}{line}").expect("written");
    }
    for (section, key, refusal) in &edited.refused {
        writeln!(shown, "! {section}/{key} at {}: {}", refusal.span.start, refusal.reason).expect("written");
    }
    shown
}

const ROLES: &str = "\
# The roles of sales.
roles:
  # Talks to customers.
  Loan Officer: # short: LO
    description: 'Originates loans' # as in the contract
    classifications: [Sales]
    segments:
      # Where it began.
      - Retail Mortgage
      - Insurance # since 2024
    permissions:
      campaigns: [view, create] # both
      contacts: { view: all, modify: [phone, hours] }
    # That was all.

  # Reads.
  \"Auditor\":
    description: Reads
    segments: [] # none yet
    permissions: {}

  # Old.
  Temp:
    segments: [Insurance,
               Wholesale]
";

#[test]
fn a_value_is_changed_where_it_stands() {
    let change = [
        ("description", becomes(text("Originates \"loans\""))),
        ("segments", becomes(list(["Insurance", "Wholesale", "Banking"]))),
        ("classifications", becomes(list(["Manager", "Sales"]))),
        ("user_type", Entry::New(text("Member"))),
    ];
    insta::assert_snapshot!(diff(ROLES, "roles", [("Loan Officer", entries(change))]), @r#"
    -    description: 'Originates loans' # as in the contract
    -    classifications: [Sales]
    +    description: 'Originates "loans"' # as in the contract
    +    classifications: [Sales, Manager]
    -      # Where it began.
    -      - Retail Mortgage
    +      - Banking
    +      - Wholesale
    +    user_type: Member
    "#);
}

#[test]
fn permissions_are_changed_entity_by_entity() {
    let permissions = Yaml::Block(vec![
        ("campaigns".into(), list(["view"])),
        ("contacts".into(), Yaml::Map(vec![("view".into(), text("all")), ("modify".into(), list(["phone", "name"]))])),
        ("loans".into(), list(["view"])),
    ]);
    let change = entries([("permissions", becomes(permissions.clone()))]);
    insta::assert_snapshot!(diff(ROLES, "roles", [("Loan Officer", change)]), @"
    -      campaigns: [view, create] # both
    -      contacts: { view: all, modify: [phone, hours] }
    +      campaigns: [view] # both
    +      contacts: { view: all, modify: [phone, name] }
    +      loans: [view]
    ");
    let change = entries([("permissions", becomes(permissions)), ("segments", becomes(list(["A"])))]);
    insta::assert_snapshot!(diff(ROLES, "roles", [("Auditor", change)]), @"
    -    segments: [] # none yet
    -    permissions: {}
    +    segments: [A] # none yet
    +    permissions:
    +      campaigns: [view]
    +      contacts: { view: all, modify: [phone, name] }
    +      loans: [view]
    ");
    let nothing = entries([("permissions", becomes(list([]))), ("segments", becomes(list([])))]);
    insta::assert_snapshot!(diff(ROLES, "roles", [("Loan Officer", nothing)]), @"
    -    segments:
    -      # Where it began.
    -      - Retail Mortgage
    -      - Insurance # since 2024
    -    permissions:
    -      campaigns: [view, create] # both
    -      contacts: { view: all, modify: [phone, hours] }
    +    segments: []
    +    permissions: []
    ");
}

#[test]
fn an_entry_goes_with_its_own_comments_and_comes_where_it_belongs() {
    let new = Entry::New(Yaml::Block(vec![("description".into(), text("New")), ("segments".into(), list(["B", "A"]))]));
    insta::assert_snapshot!(diff(ROLES, "roles", [("Temp", Entry::Gone), ("Lender", new.clone())]), @"
    -  # Old.
    -  Temp:
    -    segments: [Insurance,
    -               Wholesale]
    +  Lender:
    +    description: New
    +    segments: [B, A]
    +
    ");
    insta::assert_snapshot!(diff(ROLES, "roles", [("Loan Officer", Entry::Gone), ("Auditor", Entry::Gone)]), @r#"
    -  # Talks to customers.
    -  Loan Officer: # short: LO
    -    description: 'Originates loans' # as in the contract
    -    classifications: [Sales]
    -    segments:
    -      # Where it began.
    -      - Retail Mortgage
    -      - Insurance # since 2024
    -    permissions:
    -      campaigns: [view, create] # both
    -      contacts: { view: all, modify: [phone, hours] }
    -    # That was all.
    -
    -  # Reads.
    -  "Auditor":
    -    description: Reads
    -    segments: [] # none yet
    -    permissions: {}
    "#);
    let sorted = "roles:\n  A:\n  C:\n    # of C\n    segments: []\n    # more of C\n  # of E\n  E:\n";
    let all = [("D", Entry::New(Yaml::Null)), ("F", new), ("0", Entry::New(Yaml::Null)), ("B", Entry::New(Yaml::Null))];
    insta::assert_snapshot!(diff(sorted, "roles", all), @r#"
    +  "0":
    +  B:
    +  D:
    +  F:
    +    description: New
    +    segments: [B, A]
    "#);
    let all = ["A", "C", "E"].map(|name| (name, Entry::Gone));
    insta::assert_snapshot!(diff(sorted, "roles", all), @"
    -roles:
    -  A:
    -  C:
    -    # of C
    -    segments: []
    -    # more of C
    -  # of E
    -  E:
    +roles: {}
    ");
}

#[test]
fn a_key_is_changed_in_its_quotes() {
    let renamed =
        Entry::Key("Bookkeeper".into(), Some(Patch::Entries(vec![("description".into(), becomes(text("Keeps")))])));
    insta::assert_snapshot!(diff(ROLES, "roles", [("Auditor", renamed), ("Temp", Entry::Key("no".into(), None))]), @r#"
    -  "Auditor":
    -    description: Reads
    +  "Bookkeeper":
    +    description: Keeps
    -  Temp:
    +  "no":
    "#);
}

#[test]
fn what_stands_on_one_line_stays_on_one_line() {
    let before = "segments: { Retail Mortgage: , Insurance: } # ours\nuser_types: { A: { licenses: 3 }, B }\n";
    let all = [("Wholesale", Entry::New(Yaml::Null)), ("Retail Mortgage", Entry::Gone)];
    insta::assert_snapshot!(diff(before, "segments", all), @"
    -segments: { Retail Mortgage: , Insurance: } # ours
    +segments: { Insurance: , Wholesale: } # ours
    ");
    let all = [("Retail Mortgage", Entry::Gone), ("Insurance", Entry::Gone)];
    insta::assert_snapshot!(diff(before, "segments", all), @"
    -segments: { Retail Mortgage: , Insurance: } # ours
    +segments: {} # ours
    ");
    let all = [
        ("Banking", Entry::New(Yaml::Null)),
        ("Retail Mortgage", entries([("description", Entry::New(text("a, b")))])),
    ];
    insta::assert_snapshot!(diff(before, "segments", all), @r#"
    -segments: { Retail Mortgage: , Insurance: } # ours
    +segments: { Retail Mortgage: { description: "a, b" } , Insurance: , Banking: } # ours
    "#);
    let all = [
        ("A", entries([("licenses", becomes(text("unlimited"))), ("description", Entry::New(text("x")))])),
        ("B", entries([("licenses", Entry::New(Yaml::Count(5)))])),
        ("C", Entry::New(Yaml::Map(vec![("licenses".into(), Yaml::Count(1))]))),
    ];
    insta::assert_snapshot!(diff(before, "user_types", all), @"
    -user_types: { A: { licenses: 3 }, B }
    +user_types: { A: { licenses: unlimited, description: x }, B: { licenses: 5 }, C: { licenses: 1 } }
    ");
}

const PEOPLE: &str = "\
assignments:
  ana@example.com: { role: Loan Officer, name: Ana Diaz } # the first
  bo@example.com: Loan Officer # second
  cy@example.com:
    role: Loan Officer
    active: false
";

#[test]
fn the_short_form_of_an_assignment_becomes_the_long_one_when_it_must() {
    let long = |role: &str| Yaml::Map(vec![("role".into(), text(role)), ("active".into(), Yaml::Flag(false))]);
    let all = [
        ("ana@example.com", entries([("name", becomes(text("Ana")))])),
        ("bo@example.com", becomes(long("Auditor"))),
        ("cy@example.com", entries([("active", Entry::Gone)])),
    ];
    insta::assert_snapshot!(diff(PEOPLE, "assignments", all), @"
    -  ana@example.com: { role: Loan Officer, name: Ana Diaz } # the first
    -  bo@example.com: Loan Officer # second
    +  ana@example.com: { role: Loan Officer, name: Ana } # the first
    +  bo@example.com: { role: Auditor, active: false } # second
    -    active: false
    ");
    let all = [
        ("ana@example.com", becomes(text("Auditor"))),
        ("bo@example.com", becomes(text("Auditor"))),
        ("cy@example.com", becomes(text("Auditor"))),
    ];
    insta::assert_snapshot!(diff(PEOPLE, "assignments", all), @"
    -  ana@example.com: { role: Loan Officer, name: Ana Diaz } # the first
    -  bo@example.com: Loan Officer # second
    -  cy@example.com:
    -    role: Loan Officer
    -    active: false
    +  ana@example.com: Auditor # the first
    +  bo@example.com: Auditor # second
    +  cy@example.com: Auditor
    ");
}

#[test]
fn lists_of_many_lines_are_edited_by_lines() {
    let before = "\
roles:
  A:
    segments: [
      # first
      Insurance, # since 2024
      Retail,
      Wholesale
    ]
    classifications: [Sales, # most
      Support]
";
    let all = entries([("segments", becomes(list(["Banking", "Retail", "Wholesale", "Zoo"])))]);
    insta::assert_snapshot!(diff(before, "roles", [("A", all)]), @"
    -      # first
    -      Insurance, # since 2024
    +      Banking,
    -      Wholesale
    +      Wholesale,
    +      Zoo,
    ");
    let all = entries([("classifications", becomes(list(["Support"])))]);
    insta::assert_snapshot!(diff(before, "roles", [("A", all)]), @"! roles/A at 129: there are comments in it");
}

#[test]
fn line_ends_and_byte_order_marks_stay() {
    let before = format!("\u{feff}{}", "roles:\n  A:\n    segments:\n    - B\n  C: {}\n".replace('\n', "\r\n"));
    let all = [
        ("A", entries([("segments", becomes(list(["A", "B"]))), ("description", Entry::New(text("x\ny")))])),
        ("D", Entry::New(Yaml::Block(vec![("description".into(), text("x"))]))),
    ];
    insta::assert_snapshot!(diff(&before, "roles", all), @"
    +    description: |-␍
    +      x␍
    +      y␍
    +    - A␍
    +  D:␍
    +    description: x␍
    ");
    let last = "roles:\n  A:\n  B:";
    insta::assert_snapshot!(run(last, "roles", [("B", Entry::Gone), ("C", Entry::New(Yaml::Null))]).0, @"
    roles:
      A:
      C:
    ");
    insta::assert_snapshot!(run(last, "roles", [("B", Entry::Gone)]).0, @"
    roles:
      A:
    ");
}

#[test]
fn texts_of_several_lines_are_replaced_whole() {
    let before = "roles:\n  A:\n    description: |\n      One.\n\n      Two.\n    # after\n    segments: []\n  B:\n    description: >-\n      folded\n      text\n";
    let all = [
        ("A", entries([("description", becomes(text("One.\nThree.\n")))])),
        ("B", entries([("description", becomes(text("plain")))])),
    ];
    insta::assert_snapshot!(diff(before, "roles", all), @"
    -
    -      Two.
    +      Three.
    -    description: >-
    -      folded
    -      text
    +    description: plain
    ");
}

#[test]
fn what_nobody_uses_any_more_can_be_changed() {
    let before = "roles:\n  A: { user_type: &t One, description: x }\n  B: { user_type: *t }\n";
    let own = |name: &str| entries([("user_type", becomes(text(name)))]);
    insta::assert_snapshot!(diff(before, "roles", [("A", own("Two")), ("B", own("Three"))]), @"
    -  A: { user_type: &t One, description: x }
    -  B: { user_type: *t }
    +  A: { user_type: &t Two, description: x }
    +  B: { user_type: Three }
    ");
    // Alone, too, whatever the order.
    let before = format!("{before}  C: {{ user_type: &u X }}\n  D: {{ user_type: *u }}\n");
    insta::assert_snapshot!(diff(&before, "roles", [("A", own("Two")), ("B", own("Three")), ("C", own("Y"))]), @"
    -  A: { user_type: &t One, description: x }
    -  B: { user_type: *t }
    +  A: { user_type: &t Two, description: x }
    +  B: { user_type: Three }
    ! roles/C at 75: it cannot be changed without changing something else
    ");
}

#[test]
fn what_is_shared_is_never_changed_for_others() {
    let before = "\
roles:
  A:
    segments: &common [Insurance, Retail]
  B:
    segments: *common
  C:
    segments: [Retail]
  ? D
  : segments: []
";
    let change = || entries([("segments", becomes(list(["Insurance"])))]);
    insta::assert_snapshot!(diff(before, "roles", ["A", "B", "C", "D"].map(|name| (name, change()))), @"
    -    segments: &common [Insurance, Retail]
    +    segments: &common [Insurance]
    -    segments: *common
    +    segments: [Insurance]
    -    segments: [Retail]
    +    segments: [Insurance]
    ! roles/D at 113: the key and its value are not written as `key: value`
    ");
    insta::assert_snapshot!(diff(before, "roles", [("A", Entry::Gone), ("C", Entry::Gone)]), @"
    -  C:
    -    segments: [Retail]
    ! roles/A at 9: it cannot be changed without changing something else
    ");
}
