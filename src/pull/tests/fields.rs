//! Single fields of files that are there.

use super::*;
use crate::pull::{FieldEdit, edit};
use crate::state::Address;

#[test]
fn declared_fields_are_given_values_and_nothing_else_is_touched() {
    let pack = pack("total-expert");
    let text = "\
roles:
  Seller:
    classifications: [Sales] # as asked
    segments:
      - Banking – CRM
      - Insurance # ours
  Other: { segments: [Insurance], classifications: [Sales] }
";
    let files = Files::of(&[("all.yaml".to_owned(), text.to_owned())], &pack);
    let field = |role: &str, attribute: &str, value: Value| FieldEdit {
        address: Address::new(Kind::Role, role),
        attribute: attribute.to_owned(),
        value,
    };
    let edits = [
        field("seller", "segments", Value::names(["Banking - CRM", "Wholesale"])),
        field("Seller", "classifications", Value::names(["Sales", "Manager"])),
        field("Nobody", "segments", Value::names(["Insurance"])),
    ];
    let (made, left) = edit(&files.desired, &files.manifests, &pack, &edits);
    assert_eq!(left, []);
    insta::assert_snapshot!(made[0].after, @"
    roles:
      Seller:
        classifications: [Sales, Manager] # as asked
        segments:
          - Banking – CRM
          - Wholesale
      Other: { segments: [Insurance], classifications: [Sales] }
    ");
    // What would not be valid is not made.
    let (made, left) = edit(&files.desired, &files.manifests, &pack, &[field("Other", "segments", Value::Absent)]);
    assert!(made.is_empty() && left.len() == 1, "{left:#?}");
}
