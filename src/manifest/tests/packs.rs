//! What a pack adds to the schema and to the meaning: another pack than `open`.

use super::{findings, read_with};
use crate::platform::{Pack, Presence, UserTypeSource, Vocabulary, VocabularyMode, read_pack, schema_text};
use crate::source::Sources;

/// A platform with every kind of rule that a pack can state.
const STRICT: &str = "
platform: strict
title: Strict
vocabularies:
  classifications: { mode: closed, values: [{ name: Sales }, { name: Co-marketing, aliases: [Comarketing] }] }
  segments: { mode: tenant, values: [{ name: Banking – CRM, aliases: [Banking - CRM] }, { name: Insurance }] }
  user_types: { mode: closed, values: [{ name: AI business user, aliases: [Business user with AI] }] }
roles:
  attributes:
    classifications: { type: names, of: classifications, presence: required }
    segments: { type: names, of: segments, presence: required }
    user_type: { type: name, of: user_types }
    class: { type: name, values: [Account, Location], presence: required, mutability: immutable }
    note: { type: text, presence: required }
  permissions: { presence: required }
users: { user_name: email, user_type: role }
catalogue:
  campaigns: { label: Campaigns, actions: [create, view] }
  reports: { actions: [view] }
";

fn strict() -> Pack {
    let mut sources = Sources::default();
    let source = sources.add("strict.yaml", STRICT);
    let (pack, found) = read_pack(&sources, source);
    assert_eq!(findings(&sources, found), "");
    pack.expect("a pack without findings")
}

#[track_caller]
fn read(files: &[&str]) -> String {
    read_with(&strict(), files)
}

#[test]
fn aliases_mean_their_value_and_all_means_the_catalogue() {
    insta::assert_snapshot!(read(&["
segments: { Banking - CRM: }
user_types: { Business user with AI: { licenses: 3 } }
roles:
  A:
    classifications: [Comarketing]
    segments: [Banking - CRM]
    user_type: Business user with AI
    class: Account
    note: x
    permissions: all
  B: { classifications: [Sales], segments: [Banking – CRM], class: Location, note: x, permissions: [reports] }
  C: { classifications: [Sales], segments: [Banking – CRM], class: Location, note: x, permissions: { all_except: [campaigns.view, reports] } }
  D: { classifications: [Sales], segments: [Banking – CRM], class: Location, note: x, permissions: { campaigns: all } }
assignments: { ana@example.com: { role: A, user_type: Business user with AI } }
"]), @r#"
        segment:
          Banking – CRM
        user-type:
          AI business user licenses=3
        role:
          A class="Account" classifications=[Co-marketing] note="x" permissions=[campaigns.create, campaigns.view, reports.view] segments=[Banking – CRM] user_type="AI business user"
          B class="Location" classifications=[Sales] note="x" permissions=[reports.view] segments=[Banking – CRM]
          C class="Location" classifications=[Sales] note="x" permissions=[campaigns.create] segments=[Banking – CRM]
          D class="Location" classifications=[Sales] note="x" permissions=[campaigns.create, campaigns.view] segments=[Banking – CRM]
        ana@example.com -> A type=AI business user
        "#);
}

#[test]
fn what_the_pack_requires_or_closes_is_held_by_the_schema() {
    insta::assert_snapshot!(read(&["
classifications: { Sales: { description: x }, Manager: }
segments: { Insurance: }
roles:
  A:
  B: { classifications: [], segments: [insurance], class: Acount, note: '', permissions: [campaign], rank: User }
  C: { classifications: [Sales], segments: [Banking – CRM], class: Location, note: x, permissions: { campaigns: [delete] } }
assignments: { ana: A }
removed: { users: { bo: delete } }
"]), @"
        2:29 unknown-key: `description` is not known here
        2:47 not-allowed: `Manager` is not possible as a key here | possible here: `Sales`, `Co-marketing`
        5:3 null-value: `A` must be a map, but has no value | write its fields below it, indented
        6:25 out-of-range: `classifications` needs at least one item
        6:40 not-allowed: `insurance` is not possible for an item of `segments` | did you mean `Insurance`?
        6:59 not-allowed: `Acount` is not possible for `class` | did you mean `Account`?
        6:73 out-of-range: `note` must not be empty
        6:91 not-allowed: `campaign` is not possible for an item of `permissions` | did you mean `campaigns`?
        6:102 unknown-key: `rank` is not known here | known here: `class`, `classifications`, `note`, `permissions`, `previously`, `segments`, `user_type`
        7:45 not-enabled: segment `Banking – CRM` is not enabled: `segments` does not list it | choose another one; if the organization has it, list it under `segments`
        7:114 not-allowed: `delete` is not possible for an item of `campaigns` | possible here: `create`, `view`
        8:16 bad-format: the key `ana` is not an e-mail address
        9:21 bad-format: the key `bo` is not an e-mail address
        ");
}

#[test]
fn a_section_for_a_closed_vocabulary_changes_nothing_and_one_for_a_tenants_is_an_expectation() {
    let role =
        "roles: { A: { classifications: [Sales], segments: [Insurance], class: Account, note: x, permissions: all } }";
    let plain = read(&[role]);
    assert_eq!(read(&[role, "classifications: { Sales: , Comarketing: }"]), plain);
    assert_eq!(read(&[role, "classifications: {}\nuser_types: { AI business user: }"]), plain);
    assert_eq!(
        read(&[role, "segments: { Insurance: , Banking - CRM: }"]),
        format!("segment:\n  Banking – CRM\n  Insurance\n{plain}")
    );
    insta::assert_snapshot!(read(&[role, "segments: { Banking – CRM: }"]), @"1.yaml:1:52 not-enabled: segment `Insurance` is not enabled: `segments` does not list it | choose another one; if the organization has it, list it under `segments`");
    insta::assert_snapshot!(read(&[role, "segments: { Banking – CRM: , banking - crm: , Banking - CRM: , Wholesale: }"]), @"
        1.yaml:1:52 not-enabled: segment `Insurance` is not enabled: `segments` does not list it | choose another one; if the organization has it, list it under `segments`
        2.yaml:1:30 not-allowed: `banking - crm` is not possible as a key here | did you mean `Banking – CRM`?
        2.yaml:1:47 duplicate-object: segment `Banking – CRM` is declared twice | keep one of the two | 2.yaml:1:13 first declared here
        2.yaml:1:64 not-allowed: `Wholesale` is not possible as a key here | possible here: `Banking – CRM`, `Insurance`
        ");
}

#[test]
fn an_absent_vocabulary_has_no_section() {
    let mut pack = strict();
    pack.vocabularies.user_types =
        Vocabulary { mode: VocabularyMode::Absent, values: Vec::new(), rule: None, enabled_rule: None };
    pack.roles.attributes.remove("user_type");
    pack.users.user_type = UserTypeSource::None;
    insta::assert_snapshot!(read_with(&pack, &["user_types: { AI: }\nassignments: { a@b.example: { role: A, user_type: AI } }"]), @"
        1:1 unknown-key: `user_types` is not known here | known here: `assignments`, `classifications`, `removed`, `roles`, `segments`
        2:40 unknown-key: `user_type` is not known here | known here: `active`, `name`, `role`
        ");
}

#[test]
fn a_role_without_permissions_is_worth_a_warning_where_the_pack_says_so() {
    let mut pack = strict();
    pack.roles.permissions.presence = Presence::Optional;
    let files =
        ["roles: { A: { classifications: [Sales], segments: [Insurance], class: Account, note: x, permissions: [] } }"];
    assert!(!read_with(&pack, &files).contains("no-permissions"));
    pack.roles.permissions.empty_rule = Some("R-1".into());
    insta::assert_snapshot!(read_with(&pack, &files), @r#"
        1:102 no-permissions: role `A` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        role:
          A class="Account" classifications=[Sales] note="x" permissions=null segments=[Insurance]
        "#);
}

#[test]
fn a_pack_without_user_types_of_users_has_none_in_assignments() {
    let mut pack = strict();
    pack.users.user_type = UserTypeSource::None;
    insta::assert_snapshot!(read_with(&pack, &["assignments: { a@b.example: { role: A, user_type: AI business user } }"]), @"1:40 unknown-key: `user_type` is not known here | known here: `active`, `name`, `role`");
}

#[test]
fn the_schema_of_a_role_is_that_of_the_pack() {
    let schema = super::super::schema(&strict());
    insta::assert_snapshot!(schema_text(&schema["$defs"]["Role"]), @r##"
        {
          "additionalProperties": false,
          "description": "A role: what it is for and what its holders may do. A key that is left out stays as it is on the target; an empty list empties.",
          "properties": {
            "class": {
              "enum": [
                "Account",
                "Location"
              ],
              "type": "string"
            },
            "classifications": {
              "items": {
                "enum": [
                  "Sales",
                  "Co-marketing",
                  "Comarketing"
                ],
                "type": "string"
              },
              "minItems": 1,
              "type": "array"
            },
            "note": {
              "minLength": 1,
              "type": "string"
            },
            "permissions": {
              "$ref": "#/$defs/Permissions",
              "description": "What holders of the role may do: entities with their actions; `all`, a list of entities, or `all_except` where the platform has a catalogue of permissions."
            },
            "previously": {
              "description": "Names that the role had before: a rename.",
              "items": {
                "pattern": "^\\S([^\\n\\r\\u2028\\u2029]*\\S)?$",
                "type": "string",
                "x-expects": "a name: some text without white space at its ends"
              },
              "type": "array"
            },
            "segments": {
              "items": {
                "enum": [
                  "Banking – CRM",
                  "Banking - CRM",
                  "Insurance"
                ],
                "type": "string"
              },
              "minItems": 1,
              "type": "array"
            },
            "user_type": {
              "enum": [
                "AI business user",
                "Business user with AI"
              ],
              "type": "string"
            }
          },
          "required": [
            "class",
            "classifications",
            "note",
            "permissions",
            "segments"
          ],
          "type": "object"
        }
        "##);
    insta::assert_snapshot!(schema_text(&schema["properties"]["classifications"]), @r#"
        {
          "additionalProperties": {
            "additionalProperties": false,
            "properties": {},
            "type": [
              "object",
              "null"
            ]
          },
          "description": "The organization's classifications: what roles are for.",
          "propertyNames": {
            "enum": [
              "Sales",
              "Co-marketing",
              "Comarketing"
            ]
          },
          "type": "object"
        }
        "#);
}
