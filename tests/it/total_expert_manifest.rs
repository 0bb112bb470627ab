//! Total Expert on the author's side: the pack against the vendor's own lists, and every rule that
//! files alone can break, each with its id and its place. A test is named after its rule.
//!
//! No file can show these: R-TE-3, R-TE-7, R-TE-8 and R-TE-9 (what a change does to what is live),
//! R-TE-12, R-TE-23 and R-TE-24 (who asks), R-TE-18 and R-TE-19 (requests), R-TE-25 to R-TE-27 (the
//! file of a bulk request).

use std::collections::BTreeSet;

use rolecall::platform::{
    Form, Mutability, Pack, Power, Presence, Section, UserName, UserTypeSource, VocabularyMode, built_in,
};
use rolecall::state::{Assignments, Desired, Kind, Value};

use crate::manifest_text::{self, role, valid};

fn pack() -> Pack {
    built_in("total-expert").expect("the pack is built in")
}

fn read(files: &[&str]) -> (Option<Desired>, String) {
    manifest_text::read(&pack(), files)
}

fn findings(files: &[&str]) -> String {
    read(files).1
}

/// The grants of a role called `A` with these permissions.
#[track_caller]
fn grants(permissions: &str) -> BTreeSet<String> {
    let file =
        format!("roles: {{ A: {{ classifications: [Admin], segments: [Insurance], permissions: {permissions} }} }}");
    manifest_text::grants(role(&valid(&pack(), &[&file]), "A"))
}

/// R-TE-13, R-TE-14: the lists as the vendor's document prints them, dashes included.
#[test]
fn r_te_13_r_te_14_the_pack_has_the_values_that_the_document_lists() {
    let pack = pack();
    let names =
        |section| -> Vec<String> { pack.vocabulary(section).values.iter().map(|one| one.name.clone()).collect() };
    assert_eq!(
        names(Section::Classifications),
        ["Admin", "Sales", "Support", "Manager", "Automation Only", "Co-marketing Partner", "Compliance"]
    );
    assert_eq!(
        names(Section::Segments),
        [
            "Retail Mortgage",
            "Banking - CRM",
            "Banking Automation",
            "Credit Union - Automation",
            "Credit Union \u{2013} CRM",
            "Wholesale",
            "Insurance"
        ]
    );
    assert_eq!(pack.vocabulary(Section::Classifications).mode, VocabularyMode::Closed);
    assert_eq!(pack.vocabulary(Section::Segments).mode, VocabularyMode::Tenant);
    assert_eq!(pack.vocabulary(Section::UserTypes).mode, VocabularyMode::Absent);
}

/// Reading A4: a dashed segment can be written with a hyphen or with an en dash.
#[test]
fn both_dashes_of_a_segment_mean_the_same() {
    for value in &pack().vocabulary(Section::Segments).values {
        let dashed = value.name.contains([' ', '\u{2013}']) && value.name.contains(['-', '\u{2013}']);
        assert_eq!(value.aliases.len(), usize::from(dashed), "{}", value.name);
        for spelling in
            value.aliases.iter().chain([&value.name.replace('\u{2013}', "-"), &value.name.replace('-', "\u{2013}")])
        {
            let (desired, found) =
                read(&[&format!("roles: {{ A: {{ classifications: [Sales], segments: [{spelling}] }} }}")]);
            let desired = desired.unwrap_or_else(|| panic!("{spelling}: {found}"));
            let role = desired.find(Kind::Role, "A").expect("it is declared");
            assert_eq!(role.attributes["segments"].value, Value::names([&value.name]), "{spelling}");
        }
    }
}

/// R-TE-4, R-TE-5, R-TE-6, R-TE-9, R-TE-12, R-TE-17, R-TE-20, R-TE-23 as data.
#[test]
fn the_pack_says_what_roles_have_and_who_may_change_them() {
    let pack = pack();
    let attributes: Vec<&str> = pack.roles.attributes.keys().map(String::as_str).collect();
    assert_eq!(attributes, ["classifications", "segments"]);
    for attribute in pack.roles.attributes.values() {
        assert_eq!((attribute.form, attribute.presence), (Form::Names, Presence::Required));
        assert_eq!(attribute.mutability, Mutability::Changeable);
    }
    assert_eq!(pack.roles.name, Mutability::Changeable);
    assert_eq!(pack.roles.permissions.presence, Presence::Optional);
    assert!(pack.roles.permissions.change_needs_word);
    assert_eq!((pack.users.user_name, pack.users.user_type), (UserName::Email, UserTypeSource::None));
    let may = |authority: &str| -> Vec<Power> { pack.authorities[authority].iter().copied().collect() };
    assert_eq!(may("viewer"), []);
    assert_eq!(may("admin"), [Power::Write]);
    assert_eq!(may("support"), [Power::Write, Power::BulkRoles]);
    let administrators = pack.roles.administrators.as_ref().expect("the pack says who is one");
    assert!(administrators.have("organization_admin.manage") && !administrators.have("reports.view"));
}

/// R-TE-1, R-TE-2, R-TE-5, R-TE-20: one role of several people, sets, and a rename.
#[test]
fn a_file_that_keeps_the_rules_has_no_findings() {
    let (desired, found) = read(&["
segments: { Retail Mortgage: , Insurance: }
roles:
  Loan Officer:
    classifications: [Sales, Manager]
    segments: [Insurance, Retail Mortgage]
    permissions: { contacts: [view], reports: all }
    previously: [LO]
  Kept: { classifications: [Support], segments: [Insurance] }
assignments:
  ana@example.com: Loan Officer
  bo@example.com: { role: Loan Officer, name: Bo Ek, active: false }
removed: { roles: { Temp: { reassign_to: Kept } }, users: { cy@example.com: deactivate } }
"]);
    assert_eq!(found, "");
    let desired = desired.expect("no findings");
    let role = |name| desired.find(Kind::Role, name).expect("it is declared");
    assert_eq!(role("Loan Officer").attributes["classifications"].value, Value::names(["Manager", "Sales"]));
    assert_eq!(
        role("Loan Officer").attributes["permissions"].value,
        Value::names(["contacts.view", "reports.export", "reports.view"])
    );
    assert_eq!(role("Loan Officer").previously, ["LO"]);
    // R-TE-21: what is not written stays as it is.
    assert!(!role("Kept").attributes.contains_key("permissions"));
}

#[test]
fn r_te_1_a_user_has_one_role() {
    insta::assert_snapshot!(findings(&["
roles: { A: { classifications: [Admin], segments: [Insurance] } }
assignments:
  ana@example.com: [A, B]
  bo@example.com: { name: Bo }
  cy@example.com: { role: A, roles: [B] }
  not an address: A
"]), @"
        a.yaml:4:20 wrong-type (no rule) `ana@example.com` must be a text or a map, not a list | write entries, `key: value`, instead of items
        a.yaml:5:3 missing-key (no rule) `role` is missing in `bo@example.com`
        a.yaml:6:30 unknown-key (no rule) `roles` is not known here | did you mean `role`?
        a.yaml:7:3 bad-format (no rule) the key `not an address` is not an e-mail address
        ");
}

#[test]
fn r_te_2_a_role_has_any_number_of_users() {
    let desired = valid(&pack(), &["
roles: { A: { classifications: [Admin], segments: [Insurance] }, B: { classifications: [Admin], segments: [Insurance] } }
assignments: { ana@example.com: A, bo@example.com: A }
"]);
    assert_eq!(desired.assignments.iter().flat_map(Assignments::iter).filter(|row| row.role == "A").count(), 2);
}

#[test]
fn r_te_4_a_role_has_two_attributes_and_no_other() {
    insta::assert_snapshot!(findings(&["
user_types: { AI: }
roles:
  A: { classifications: [Admin], segments: [Insurance], description: Runs it, user_type: AI, class: Account }
  B: { clasifications: [Admin], segments: [Insurance] }
assignments: { ana@example.com: { role: A, user_type: AI } }
"]), @"
        a.yaml:2:1 unknown-key (no rule) `user_types` is not known here | known here: `assignments`, `classifications`, `removed`, `roles`, `segments`
        a.yaml:4:57 unknown-key (R-TE-4) `description` is not known here | known here: `classifications`, `permissions`, `previously`, `segments`
        a.yaml:4:79 unknown-key (R-TE-4) `user_type` is not known here | known here: `classifications`, `permissions`, `previously`, `segments`
        a.yaml:4:94 unknown-key (R-TE-4) `class` is not known here | known here: `classifications`, `permissions`, `previously`, `segments`
        a.yaml:5:8 unknown-key (R-TE-4) `clasifications` is not known here | did you mean `classifications`?
        a.yaml:6:44 unknown-key (no rule) `user_type` is not known here | known here: `active`, `name`, `role`
        ");
}

#[test]
fn r_te_5_an_equal_item_is_a_warning_and_counts_once() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { classifications: [Sales, Sales], segments: [Credit Union - CRM, Credit Union – CRM], permissions: { reports: [view, view] } }
"]), @"
        a.yaml:3:33 equal-items (R-TE-5) `Sales` is in `classifications` already | remove one of the two; the list is a set
        a.yaml:3:72 equal-items (R-TE-5) `Credit Union – CRM` is in `segments` already | remove one of the two; the list is a set
        a.yaml:3:124 equal-items (no rule) `view` is in `reports` already | remove one of the two; the list is a set
        ");
}

#[test]
fn r_te_6_each_attribute_holds_at_least_one_option() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { classifications: [], segments: [Insurance] }
  B: { classifications: [Admin] }
  C: { permissions: all }
  D: { classifications: , segments: Insurance }
  E:
"]), @"
        a.yaml:3:25 out-of-range (R-TE-6) `classifications` needs at least one item
        a.yaml:4:3 missing-key (R-TE-6) `segments` is missing in `B`
        a.yaml:5:3 missing-key (R-TE-6) `classifications` is missing in `C`
        a.yaml:5:3 missing-key (R-TE-6) `segments` is missing in `C`
        a.yaml:6:8 null-value (R-TE-6) `classifications` must be a list, but has no value | give it a value
        a.yaml:6:37 wrong-type (no rule) `segments` must be a list, not a text | write a list of one: `[Insurance]`
        a.yaml:7:3 null-value (no rule) `E` must be a map, but has no value | write its fields below it, indented
        ");
}

#[test]
fn r_te_10_name_classifications_and_segments_are_required_of_a_new_role() {
    for file in [
        "roles: { A: { segments: [Insurance] } }",
        "roles: { A: { classifications: [Admin] } }",
        "roles: { '': { classifications: [Admin], segments: [Insurance] } }",
    ] {
        assert!(read(&[file]).0.is_none(), "{file}");
    }
}

#[test]
fn r_te_11_a_role_has_a_name() {
    insta::assert_snapshot!(findings(&["
roles:
  '': { classifications: [Admin], segments: [Insurance] }
  '  ': { classifications: [Admin], segments: [Insurance] }
  ' A': { classifications: [Admin], segments: [Insurance] }
"]), @"
        a.yaml:3:3 bad-format (R-TE-11) the key `` is not a name: some text without white space at its ends
        a.yaml:4:3 bad-format (R-TE-11) the key `  ` is not a name: some text without white space at its ends
        a.yaml:4:3 duplicate-object (R-TE-11) role `  ` is declared twice | keep one of the two; `` and `  ` differ only in case or spaces, which do not count
        a.yaml:5:3 bad-format (R-TE-11) the key ` A` is not a name: some text without white space at its ends
        ");
}

#[test]
fn r_te_11_a_name_is_unique_without_regard_to_case() {
    let role = "{ classifications: [Admin], segments: [Insurance] }";
    insta::assert_snapshot!(findings(&[
        &format!("roles: {{ Loan Officer: {role} }}"),
        &format!("roles: {{ loan  officer: {role} }}"),
    ]), @"b.yaml:1:10 duplicate-object (R-TE-11) role `loan  officer` is declared twice | keep one of the two; `Loan Officer` and `loan  officer` differ only in case or spaces, which do not count");
}

#[test]
fn r_te_13_there_are_seven_classifications() {
    insta::assert_snapshot!(findings(&["
classifications: { Sales: , Robots: }
roles:
  A: { classifications: [Legal], segments: [Insurance] }
  B: { classifications: [sales, Automation], segments: [Insurance] }
"]), @"
        a.yaml:2:29 not-allowed (R-TE-13) `Robots` is not possible as a key here | possible here: `Admin`, `Sales`, `Support`, `Manager`, `Automation Only`, `Co-marketing Partner`, `Compliance`
        a.yaml:4:26 not-allowed (R-TE-13) `Legal` is not possible for an item of `classifications` | possible here: `Admin`, `Sales`, `Support`, `Manager`, `Automation Only`, `Co-marketing Partner`, `Compliance`
        a.yaml:5:26 not-allowed (R-TE-13) `sales` is not possible for an item of `classifications` | did you mean `Sales`?
        a.yaml:5:33 not-allowed (R-TE-13) `Automation` is not possible for an item of `classifications` | possible here: `Admin`, `Sales`, `Support`, `Manager`, `Automation Only`, `Co-marketing Partner`, `Compliance`
        ");
}

#[test]
fn a_section_for_classifications_changes_nothing() {
    let role = "roles: { A: { classifications: [Admin], segments: [Insurance] } }";
    let (desired, found) = read(&[role, "classifications: { Sales: , Co-marketing Partner: }"]);
    assert_eq!(found, "");
    assert!(!desired.expect("no findings").objects.contains_key(&Kind::Classification));
}

#[test]
fn r_te_14_there_are_seven_segments() {
    insta::assert_snapshot!(findings(&["
segments: { Insurance: , Crypto: , Banking — CRM: }
roles:
  A: { classifications: [Admin], segments: [Leasing, Insurence] }
"]), @"
        a.yaml:2:26 not-allowed (R-TE-14) `Crypto` is not possible as a key here | possible here: `Retail Mortgage`, `Banking - CRM`, `Banking Automation`, `Credit Union - Automation`, `Credit Union – CRM`, `Wholesale`, `Insurance`
        a.yaml:2:36 not-allowed (R-TE-14) `Banking — CRM` is not possible as a key here | did you mean `Banking - CRM`?
        a.yaml:4:45 not-allowed (R-TE-14) `Leasing` is not possible for an item of `segments` | possible here: `Retail Mortgage`, `Banking - CRM`, `Banking Automation`, `Credit Union - Automation`, `Credit Union – CRM`, `Wholesale`, `Insurance`
        a.yaml:4:54 not-allowed (R-TE-14) `Insurence` is not possible for an item of `segments` | did you mean `Insurance`?
        ");
}

#[test]
fn r_te_15_a_segment_that_is_known_and_not_enabled_is_another_finding_than_an_unknown_one() {
    insta::assert_snapshot!(findings(&["
segments: { Retail Mortgage: , Banking – CRM: }
roles:
  A: { classifications: [Admin], segments: [Banking - CRM, Wholesale, Leasing] }
"]), @"
        a.yaml:4:60 not-enabled (R-TE-15) segment `Wholesale` is not enabled: `segments` does not list it | choose another one; if the organization has it, list it under `segments`
        a.yaml:4:71 not-allowed (R-TE-14) `Leasing` is not possible for an item of `segments` | possible here: `Retail Mortgage`, `Banking - CRM`, `Banking Automation`, `Credit Union - Automation`, `Credit Union – CRM`, `Wholesale`, `Insurance`
        ");
}

#[test]
fn r_te_16_segments_are_not_described_from_the_files() {
    insta::assert_snapshot!(findings(&["segments: { Insurance: { description: Policies } }"]), @"a.yaml:1:26 unknown-key (no rule) `description` is not known here");
}

#[test]
fn r_te_17_a_role_without_permissions_is_a_warning() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { classifications: [Admin], segments: [Insurance], permissions: [] }
  B: { classifications: [Admin], segments: [Insurance], permissions: {} }
  C: { classifications: [Admin], segments: [Insurance], permissions: { reports: [] } }
  D: { classifications: [Admin], segments: [Insurance] }
"]), @"
        a.yaml:3:70 no-permissions (R-TE-17) role `A` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        a.yaml:4:70 no-permissions (R-TE-17) role `B` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        a.yaml:5:70 no-permissions (R-TE-17) role `C` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        ");
}

#[test]
fn permissions_expand_against_the_catalogue() {
    let all: BTreeSet<String> = pack()
        .catalogue
        .iter()
        .flat_map(|(entity, listed)| listed.actions.iter().map(move |action| format!("{entity}.{action}")))
        .collect();
    assert_eq!(grants("all"), all);
    let set = |grants: &[&str]| -> BTreeSet<String> { grants.iter().map(|&grant| grant.to_owned()).collect() };
    assert_eq!(grants("[reports, loans]"), set(&["loans.modify", "loans.view", "reports.export", "reports.view"]));
    assert_eq!(grants("{ reports: all, loans: [view] }"), set(&["loans.view", "reports.export", "reports.view"]));
    let rest: BTreeSet<String> =
        all.iter().filter(|grant| !grant.starts_with("contacts.") && *grant != "reports.export").cloned().collect();
    assert_eq!(grants("{ all_except: [contacts, reports.export] }"), rest);
}

#[test]
fn a_permission_that_the_catalogue_does_not_have_is_found_with_the_near_one() {
    let role = |permissions: &str| {
        format!("{{ classifications: [Admin], segments: [Insurance], permissions: {permissions} }}")
    };
    insta::assert_snapshot!(findings(&[&format!(
        "roles:\n  A: {}\n  B: {}\n  C: {}\n  D: {}\n  E: {}\n",
        role("{ report: [view] }"),
        role("{ reports: [veiw, fly] }"),
        role("[campaign, journeys]"),
        role("{ all_except: [contacts.exprot], reports: [view] }"),
        role("everything"),
    )]), @"
        a.yaml:2:72 unknown-key (no rule) `report` is not known here | did you mean `reports`?
        a.yaml:3:82 not-allowed (no rule) `veiw` is not possible for an item of `reports` | did you mean `view`?
        a.yaml:3:88 not-allowed (no rule) `fly` is not possible for an item of `reports` | possible here: `export`, `view`
        a.yaml:4:71 not-allowed (no rule) `campaign` is not possible for an item of `permissions` | did you mean `campaigns`?
        a.yaml:5:70 out-of-range (no rule) `permissions` must be `all_except` alone
        a.yaml:5:85 not-allowed (no rule) `contacts.exprot` is not possible for an item of `all_except` | did you mean `contacts.export`?
        a.yaml:6:70 not-allowed (no rule) `everything` is not possible for `permissions` | possible here: `all` or a list or a map
        ");
}

#[test]
fn r_te_20_renames_are_told_from_swaps_and_from_each_other() {
    let role =
        |previously: &str| format!("{{ classifications: [Admin], segments: [Insurance], previously: [{previously}] }}");
    insta::assert_snapshot!(findings(&[&format!(
        "roles:\n  A: {}\n  B: {}\n  C: {}\n  D: {}\n  E: {}\n",
        role("B"),
        role("A"),
        role("Old"),
        role("old"),
        role("e"),
    )]), @"
        a.yaml:3:70 rename-cycle (no rule) the roles `A`, `B` take each other's names, which looks the same before and after | go through a third name: rename one of them to it first, and apply that
        a.yaml:5:70 previous-name-shared (no rule) `old` is said to be the previous name of `C` already | keep it at the role that it was; the other one is a new role
        a.yaml:6:70 rename-to-itself (no rule) role `E` cannot have been called `e` before: it is the same name | remove it; a change of case or spaces alone needs no `previously`
        ");
}

#[test]
fn r_te_21_what_is_not_written_is_not_declared() {
    let desired = valid(&pack(), &["roles: { A: { classifications: [Admin], segments: [Insurance] } }"]);
    let declared: Vec<&str> = role(&desired, "A").attributes.keys().map(String::as_str).collect();
    assert_eq!(declared, ["classifications", "segments"]);
}

#[test]
fn r_te_22_only_what_shall_be_there_in_the_end_is_looked_at() {
    let desired = valid(&pack(), &["roles: { A: { classifications: [Support], segments: [Insurance] } }"]);
    assert_eq!(role(&desired, "A").attributes["classifications"].value, Value::names(["Support"]));
}
