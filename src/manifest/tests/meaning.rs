//! What manifests mean when nothing is wrong with them.

use super::read;

#[test]
fn a_manifest_means_what_it_says() {
    insta::assert_snapshot!(read(&["
segments: { Retail Mortgage: , Insurance: { description: Policies } }
classifications: { Sales: , Manager: }
user_types:
  AI business user: { licenses: 40 }
  Member: { licenses: unlimited, description: For readers }
roles:
  Loan Officer:
    description: Originates loans
    classifications: [Sales]
    segments: [Retail Mortgage, Insurance]
    user_type: AI business user
    permissions:
      campaigns: [view, create]
      locations: { view: all, modify: [phone, hours] }
    previously: [LO]
assignments:
  ana@example.com: { role: Loan Officer, name: Ana Diaz }
  bo@example.com: Loan Officer
  cy@example.com: { role: Loan Officer, active: false, user_type: AI business user }
removed:
  roles: { Temp: { reassign_to: Loan Officer }, Old: }
  users: { di@example.com: deactivate, ed@example.com: delete }
"]), @r#"
        classification:
          Manager
          Sales
        segment:
          Insurance description="Policies"
          Retail Mortgage
        user-type:
          AI business user licenses=40
          Member description="For readers" licenses=null
        role:
          Loan Officer classifications=[Sales] description="Originates loans" permissions=[campaigns.create, campaigns.view, locations.modify.hours, locations.modify.phone, locations.view] segments=[Insurance, Retail Mortgage] user_type="AI business user" previously=["LO"]
        ana@example.com -> Loan Officer "Ana Diaz"
        bo@example.com -> Loan Officer
        cy@example.com -> Loan Officer active=false type=AI business user
        - role Old reassign_to=None
        - role Temp reassign_to=Some("Loan Officer")
        - user di@example.com delete=false
        - user ed@example.com delete=true
        "#);
}

#[test]
fn what_is_left_out_is_not_declared_and_what_is_empty_is_emptied() {
    insta::assert_snapshot!(read(&["
roles:
  Kept:
  Emptied: { description: '', classifications: [], user_type: '', permissions: {} }
user_types: {}
"]), @"
        user-type: none
        role:
          Emptied classifications=null description=null permissions=null user_type=null
          Kept
        ");
}

#[test]
fn the_declared_spelling_counts() {
    insta::assert_snapshot!(read(&[
        "roles: { Agent: { segments: [retail  mortgage], user_type: ai } }",
        "
segments: { Retail Mortgage: }
user_types: { AI: }
assignments: { Ana@Example.com: { role: agent, user_type: ai }, bo: Elsewhere }
removed: { roles: { Temp: { reassign_to: AGENT } } }
"
    ]), @r#"
        segment:
          Retail Mortgage
        user-type:
          AI
        role:
          Agent segments=[Retail Mortgage] user_type="AI"
        Ana@Example.com -> Agent type=AI
        bo -> Elsewhere
        - role Temp reassign_to=Some("Agent")
        "#);
}

#[test]
fn any_file_may_hold_any_section_and_an_empty_file_holds_none() {
    insta::assert_snapshot!(read(&[
        "roles: { A: }\nassignments: { ana: A }",
        "# nothing yet\n",
        "roles: { B: }\nassignments: { bo: B, cy: A }",
    ]), @"
        role:
          A
          B
        ana -> A
        bo -> B
        cy -> A
        ");
}

#[test]
fn an_alias_means_what_it_stands_for() {
    insta::assert_snapshot!(read(&["
roles:
  A: &a { description: x, permissions: { campaigns: &view [view] } }
  B: *a
  C: { permissions: { campaigns: *view, reports: *view } }
"]), @r#"
        role:
          A description="x" permissions=[campaigns.view]
          B description="x" permissions=[campaigns.view]
          C permissions=[campaigns.view, reports.view]
        "#);
}

#[test]
fn a_name_in_the_files_that_only_the_target_may_know_is_no_finding() {
    insta::assert_snapshot!(read(&["
roles: { A: { segments: [Retail], user_type: AI } }
assignments: { ana: Elsewhere }
removed: { roles: { Temp: { reassign_to: Elsewhere } } }
"]), @r#"
        role:
          A segments=[Retail] user_type="AI"
        ana -> Elsewhere
        - role Temp reassign_to=Some("Elsewhere")
        "#);
}
