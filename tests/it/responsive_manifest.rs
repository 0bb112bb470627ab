//! Responsive on the author's side: the pack against the vendor's own lists, and every rule that files
//! alone can break, each with its id and its place. A test is named after its rule.
//!
//! Shown together with another rule: R-UT-20, R-UT-21 and R-UT-22 by `r_ut_19`.
//!
//! No file can show these: R-UT-2, R-UT-3 and R-UT-11 (which of the two decides what), R-UT-6 (the
//! vendor's ledger), R-UT-7, R-UT-8, R-UT-18 and R-UT-26 to R-UT-28 (seats are the organization's),
//! R-UT-14 and R-UT-29 (who may make roles), R-UT-30 (what is live).

use std::collections::BTreeSet;

use rolecall::platform::{
    CustomRole, Form, Pack, Presence, Section, UserName, UserTypeSource, VocabularyMode, built_in,
};
use rolecall::state::Assignments;

use crate::manifest_text::{grants, read, role, valid};

fn pack() -> Pack {
    built_in("responsive").expect("the pack is built in")
}

#[track_caller]
fn findings(files: &[&str]) -> String {
    read(&pack(), files).1
}

/// The vendor's table: each role with the type that it is mapped to, in the table's wording and in the
/// text's. The eighth row, `Custom role`, is a rule and no role.
const MAPPING: [(&str, &str, &str, &str); 7] = [
    ("admin_ai", "Admin with all permissions (AI enabled)", "Business user with AI", "AI business user"),
    ("admin", "Admin with all permissions (AI not enabled)", "Business user without AI", "Non-AI business user"),
    ("team_member_ai", "Team member (AI enabled)", "Member user with AI", "AI member user"),
    ("team_member", "Team member (AI not enabled)", "Member user without AI", "Non-AI member user"),
    ("manager_ai", "Manager (AI enabled)", "Business user with AI", "AI business user"),
    ("manager", "Manager (AI not enabled)", "Business user without AI", "Non-AI business user"),
    ("project_requestor", "Project requestor", "Member user without AI", "Non-AI member user"),
];

#[test]
fn r_ut_1_a_user_has_one_role_and_one_user_type() {
    insta::assert_snapshot!(findings(&["
assignments:
  ana@example.com: [Project requestor, Manager (AI enabled)]
  bo@example.com: { name: Bo }
  cy@example.com: { role: Project requestor, user_type: [AI member user, Non-AI member user] }
"]), @"
        a.yaml:3:20 wrong-type (R-UT-1) `ana@example.com` must be a text or a map, not a list | write entries, `key: value`, instead of items
        a.yaml:4:3 missing-key (R-UT-1) `role` is missing in `bo@example.com`
        a.yaml:5:57 wrong-type (no rule) `user_type` must be a text, not a list
        ");
}

#[test]
fn r_ut_4_the_type_of_a_user_is_that_of_the_role() {
    insta::assert_snapshot!(findings(&["
roles:
  Reviewer: { user_type: AI member user, permissions: { ai_assistant: all } }
assignments:
  ana@example.com: { role: Reviewer, user_type: Member user without AI }
  bo@example.com: { role: Project requester, user_type: AI member user }
  cy@example.com: { role: Manager (AI enabled), user_type: Business user with AI }
"]), @"
        a.yaml:5:49 user-type-mismatch (R-UT-4) user `ana@example.com` is said to be of type `Member user without AI`, but role `Reviewer` is mapped to `AI member user` | the type follows from the role: remove `user_type` here, or assign another role
        a.yaml:6:57 user-type-mismatch (R-UT-4) user `bo@example.com` is said to be of type `AI member user`, but role `Project requester` is mapped to `Non-AI member user` | the type follows from the role: remove `user_type` here, or assign another role
        ");
}

#[test]
fn r_ut_5_a_custom_role_is_mapped_to_a_user_type() {
    insta::assert_snapshot!(findings(&["
roles:
  Reviewer: { permissions: { projects: [view] } }
  Second: { user_type: , permissions: { projects: [view] } }
"]), @"
        a.yaml:3:3 missing-key (R-UT-5) `user_type` is missing in `Reviewer`
        a.yaml:4:13 null-value (R-UT-5) `user_type` must be a text, but has no value | give it a value
        ");
}

#[test]
fn r_ut_9_there_are_four_user_types() {
    let pack = pack();
    let types: Vec<&str> = pack.vocabularies.user_types.values.iter().map(|value| value.name.as_str()).collect();
    assert_eq!(types, ["AI business user", "Non-AI business user", "AI member user", "Non-AI member user"]);
    assert_eq!(pack.vocabularies.user_types.mode, VocabularyMode::Closed);
    insta::assert_snapshot!(findings(&["
user_types: { Guest user: { licenses: 3 } }
roles:
  Reviewer: { user_type: Business user, permissions: { projects: [view] } }
assignments:
  ana@example.com: { role: Reviewer, user_type: member user with AI }
"]), @"
        a.yaml:2:15 not-allowed (R-UT-9) `Guest user` is not possible as a key here | possible here: `AI business user`, `Business user with AI`, `Non-AI business user`, `Business user without AI`, `AI member user`, `Member user with AI`, `Non-AI member user`, `Member user without AI`
        a.yaml:4:26 not-allowed (R-UT-9) `Business user` is not possible for `user_type` | did you mean `AI business user`?
        a.yaml:6:49 not-allowed (R-UT-9) `member user with AI` is not possible for `user_type` | did you mean `Member user with AI` or `Member user without AI`?
        a.yaml:6:49 user-type-mismatch (R-UT-4) user `ana@example.com` is said to be of type `member user with AI`, but role `Reviewer` is mapped to `Business user` | the type follows from the role: remove `user_type` here, or assign another role
        ");
}

#[test]
fn r_ut_10_a_role_is_mapped_to_exactly_one_user_type() {
    let user_type = &pack().roles.attributes["user_type"];
    assert_eq!((user_type.form, user_type.presence), (Form::Name, Presence::Required));
    insta::assert_snapshot!(findings(&["
roles:
  Reviewer: { user_type: [AI member user, Non-AI member user], permissions: { projects: [view] } }
"]), @"a.yaml:3:26 wrong-type (no rule) `user_type` must be a text, not a list");
}

#[test]
fn r_ut_12_permissions_are_of_three_families() {
    let families: BTreeSet<String> = pack().catalogue.into_values().map(|entity| entity.family).collect();
    let names: Vec<&str> = families.iter().map(String::as_str).collect();
    assert_eq!(names, ["Content", "Module access", "Settings and reports"]);
}

#[test]
fn r_ut_13_there_are_seven_default_roles_for_good() {
    let pack = pack();
    let keys: BTreeSet<&str> = pack.roles.built_in.roles.keys().map(String::as_str).collect();
    assert_eq!(keys, MAPPING.iter().map(|row| row.0).collect());
    insta::assert_snapshot!(findings(&["
roles:
  Manager (AI enabled): { user_type: AI member user }
  Asker: { previously: [Project requestor] }
  Project requester: { permissions: { projects: [view] } }
removed: { roles: { Team member (AI enabled): , project  requester: } }
"]), @"
        a.yaml:3:38 locked-role (R-UT-13) `user_type` of role `Manager (AI enabled)` is `AI business user` and cannot be changed: the platform has brought it along | write `AI business user`, or leave `user_type` out
        a.yaml:4:3 locked-role (R-UT-13) role `Project requestor` cannot be renamed: the platform has brought it along | give a new role this name, without `previously`
        a.yaml:5:3 missing-key (R-UT-5) `user_type` is missing in `Project requester`
        a.yaml:6:21 locked-role (R-UT-13) role `Team member (AI enabled)` cannot be deleted: the platform has brought it along | leave it; its holders can get another role
        a.yaml:6:49 assigned-and-removed (no rule) role `project  requester` is removed here, and declared by the same files | keep one of the two
        ");
}

#[test]
fn r_ut_14_the_super_admin_is_above_the_seven() {
    assert_eq!(pack().roles.protected.iter().collect::<Vec<_>>(), ["Super Admin"]);
    insta::assert_snapshot!(findings(&["
roles:
  super admin: { user_type: AI business user, permissions: all }
  Owner: { user_type: AI business user, permissions: all, previously: [Super Admin] }
assignments:
  ana@example.com: Super Admin
  bo@example.com: { role: Super Admin }
removed: { roles: { Super Admin: , Temp: { reassign_to: Super Admin } } }
"]), @"
        a.yaml:3:3 locked-role (no rule) role `Super Admin` is above all that can be managed here: it cannot be declared | leave it out; who holds it is decided on the platform itself
        a.yaml:4:72 removed-role-named (no rule) `Owner` was previously the role `Super Admin`, which the same files remove | keep one of the two: a rename keeps the holders, a removal moves them
        a.yaml:4:72 locked-role (no rule) role `Super Admin` is above all that can be managed here: it cannot be renamed | leave it out; who holds it is decided on the platform itself
        a.yaml:6:20 removed-role-named (no rule) user `ana@example.com` is assigned the role `Super Admin`, which the same files remove | assign another role
        a.yaml:6:20 locked-role (no rule) role `Super Admin` is above all that can be managed here: `ana@example.com` cannot get it | leave it out; who holds it is decided on the platform itself
        a.yaml:7:27 removed-role-named (no rule) user `bo@example.com` is assigned the role `Super Admin`, which the same files remove | assign another role
        a.yaml:7:27 locked-role (no rule) role `Super Admin` is above all that can be managed here: `bo@example.com` cannot get it | leave it out; who holds it is decided on the platform itself
        a.yaml:8:21 assigned-and-removed (no rule) role `Super Admin` is removed here, and declared by the same files | keep one of the two
        a.yaml:8:21 locked-role (no rule) role `Super Admin` is above all that can be managed here: it cannot be deleted | leave it out; who holds it is decided on the platform itself
        a.yaml:8:57 removed-role-named (no rule) the holders of `Temp` would get the role `Super Admin`, which the same files remove | name a role that stays
        a.yaml:8:57 locked-role (no rule) role `Super Admin` is above all that can be managed here: the holders of `Temp` cannot get it | leave it out; who holds it is decided on the platform itself
        ");
}

#[test]
fn r_ut_15_a_type_grants_nothing_and_limits_what_a_role_can() {
    // The same permissions under the dearest type and under one that suffices are the same.
    let of = |user_type: &str| {
        let file = format!("roles: {{ A: {{ user_type: {user_type}, permissions: {{ projects: [view] }} }} }}");
        grants(role(&read(&pack(), &[&file]).0.expect("it is allowed"), "A"))
    };
    assert_eq!(of("AI business user"), of("Non-AI member user"));
}

#[test]
fn r_ut_16_a_user_has_an_email_address_and_nobody_elses() {
    assert_eq!(pack().users.user_name, UserName::Email);
    insta::assert_snapshot!(findings(&["
assignments:
  ana: Project requestor
  bo@example.com: Project requestor
  BO@example.com: Project requestor
removed: { users: { cy: deactivate } }
"]), @"
        a.yaml:3:3 bad-format (R-UT-16) the key `ana` is not an e-mail address
        a.yaml:5:3 duplicate-object (R-UT-16) user `BO@example.com` is assigned twice | keep one of the two; `bo@example.com` and `BO@example.com` differ only in case or spaces, which do not count
        a.yaml:6:21 bad-format (R-UT-16) the key `cy` is not an e-mail address
        ");
}

#[test]
fn r_ut_17_the_type_follows_from_the_role() {
    let pack = pack();
    assert_eq!(pack.users.user_type, UserTypeSource::Role);
    let desired = valid(
        &pack,
        &["
roles: { Reviewer: { user_type: AI member user, permissions: { ai_assistant: all } } }
assignments:
  ana@example.com: Reviewer
  bo@example.com: { role: Team member (AI enabled), user_type: Member user with AI }
"],
    );
    let types: Vec<Option<String>> =
        desired.assignments.iter().flat_map(Assignments::iter).map(|row| row.user_type.map(str::to_owned)).collect();
    assert_eq!(types, [None, Some("AI member user".to_owned())]);
}

/// R-UT-19 to R-UT-25: the table, in both wordings.
#[test]
fn r_ut_19_each_default_role_is_mapped_as_the_table_says() {
    let pack = pack();
    for (key, name, in_table, in_text) in MAPPING {
        let given = &pack.roles.built_in.roles[key];
        assert_eq!((given.name.as_str(), &given.attributes["user_type"][..]), (name, &[in_text.to_owned()][..]));
        assert_eq!(pack.vocabulary(Section::UserTypes).canonical(in_table), in_text);
        for spelling in [in_table, in_text] {
            let file = format!(
                "roles: {{ {name}: {{ user_type: {spelling} }} }}\nassignments: {{ ana@example.com: {{ role: {name}, user_type: {spelling} }} }}"
            );
            let desired = valid(&pack, &[&file]);
            assert_eq!(role(&desired, name).built_in.as_deref(), Some(key));
        }
    }
}

#[test]
fn r_ut_23_a_manager_with_ai_never_creates_users() {
    insta::assert_snapshot!(findings(&["
roles:
  Manager (AI enabled): { permissions: { users: [view, create], projects: all } }
"]), @"a.yaml:3:56 locked-role (R-UT-23) role `Manager (AI enabled)` can never grant `users.create` | leave `users.create` out");
    insta::assert_snapshot!(findings(&["roles: { Manager (AI enabled): { permissions: all } }"]), @"a.yaml:1:47 locked-role (R-UT-23) role `Manager (AI enabled)` can never grant `users.create` | leave `users.create` out");
}

#[test]
fn r_ut_24_a_manager_without_ai_never_creates_users() {
    insta::assert_snapshot!(findings(&["
roles:
  Manager (AI not enabled): { permissions: [users, projects] }
"]), @"a.yaml:3:45 locked-role (R-UT-24) role `Manager (AI not enabled)` can never grant `users.create` | leave `users.create` out");
    // Nothing else of its permissions can be changed either.
    insta::assert_snapshot!(findings(&["roles: { Manager (AI not enabled): { permissions: [projects] } }"]), @"a.yaml:1:51 locked-role (R-UT-13) the permissions of role `Manager (AI not enabled)` cannot be changed: `content.approve` would be taken away | leave `permissions` out");
    valid(
        &pack(),
        &["roles: { Manager (AI not enabled): { permissions: { all_except: [users.create, integrations, roles] } } }"],
    );
}

#[test]
fn r_ut_25_a_project_requestor_is_spelled_in_two_ways() {
    let desired = valid(
        &pack(),
        &["
roles: { Project requester: }
assignments: { ana@example.com: Project requester, bo@example.com: project requestor }
"],
    );
    assert_eq!(role(&desired, "Project requestor").name, "Project requestor");
    assert!(desired.assignments.iter().flat_map(Assignments::iter).all(|row| row.role == "Project requestor"));
    insta::assert_snapshot!(findings(&["roles: { Project requester: , Project requestor: }"]), @"a.yaml:1:31 duplicate-object (R-UT-31) role `Project requestor` is declared twice | keep one of the two");
}

#[test]
fn r_ut_30_a_role_that_cannot_change_can_be_followed_by_another_one() {
    assert_eq!(pack().roles.custom_role, CustomRole::Immutable);
    let desired = valid(
        &pack(),
        &["
roles: { Senior reviewer: { user_type: Non-AI member user, permissions: { projects: [view] }, previously: [Reviewer] } }
"],
    );
    assert_eq!(role(&desired, "Senior reviewer").previously, ["Reviewer"]);
}

#[test]
fn r_ut_31_a_role_has_a_name() {
    insta::assert_snapshot!(findings(&["
roles:
  '': { user_type: Non-AI member user, permissions: { projects: [view] } }
  Reviewer: { user_type: Non-AI member user, permissions: { projects: [view] } }
  reviewer: { user_type: Non-AI member user, permissions: { projects: [view] } }
"]), @"
        a.yaml:3:3 bad-format (R-UT-31) the key `` is not a name: some text without white space at its ends
        a.yaml:5:3 duplicate-object (R-UT-31) role `reviewer` is declared twice | keep one of the two; `Reviewer` and `reviewer` differ only in case or spaces, which do not count
        ");
}

#[test]
fn r_ut_32_a_role_grants_only_what_its_user_type_may() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { user_type: AI member user, permissions: { ai_drafting: [use], settings: [view, manage], users: all } }
  B: { user_type: Member user without AI, permissions: [projects, ai_assistant] }
  C: { user_type: Non-AI business user, permissions: { ai_drafting: [train], reports: all } }
"]), @"
        a.yaml:3:81 permission-beyond-type (R-UT-32) a role of the user type `AI member user` cannot grant `settings.view` | leave it out, or map the role to one of these: `AI business user`, `Non-AI business user`
        a.yaml:3:87 permission-beyond-type (R-UT-32) a role of the user type `AI member user` cannot grant `settings.manage` | leave it out, or map the role to one of these: `AI business user`, `Non-AI business user`
        a.yaml:3:96 permission-beyond-type (R-UT-32) a role of the user type `AI member user` cannot grant `users` | leave it out, or map the role to one of these: `AI business user`, `Non-AI business user`
        a.yaml:4:67 permission-beyond-type (R-UT-32) a role of the user type `Non-AI member user` cannot grant `ai_assistant` | leave it out, or map the role to one of these: `AI business user`, `AI member user`
        a.yaml:5:70 permission-beyond-type (R-UT-32) a role of the user type `Non-AI business user` cannot grant `ai_drafting.train` | leave it out, or map the role to one of these: `AI business user`, `AI member user`
        ");
    // `all` is what the type may hold.
    let desired = valid(
        &pack(),
        &["
roles:
  A: { user_type: AI member user, permissions: all }
  B: { user_type: Non-AI member user, permissions: { all_except: [trust_center] } }
"],
    );
    let all = grants(role(&desired, "A"));
    assert!(all.contains("ai_drafting.train") && !all.iter().any(|grant| grant.starts_with("users.")));
    assert!(!grants(role(&desired, "B")).iter().any(|grant| grant.starts_with("ai_")));
}

#[test]
fn r_ut_33_a_custom_role_has_a_permission() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { user_type: Non-AI member user }
  B: { user_type: Non-AI member user, permissions: [] }
  C: { user_type: Non-AI member user, permissions: {} }
  D: { user_type: Non-AI member user, permissions: { projects: [] } }
  E: { user_type: Non-AI member user, permissions: }
"]), @"
        a.yaml:3:3 missing-key (R-UT-33) `permissions` is missing in `A`
        a.yaml:4:52 out-of-range (R-UT-33) `permissions` needs at least one item
        a.yaml:5:52 out-of-range (R-UT-33) `permissions` needs at least one entry
        a.yaml:6:52 out-of-range (R-UT-33) role `D` has no permissions, so its holders may do nothing | give it one at least
        a.yaml:7:39 null-value (R-UT-33) `permissions` must be a list or a map or `all`, but has no value | leave the field out to keep what is live, or give it a value
        ");
}

#[test]
fn r_ut_34_a_role_is_mapped_to_the_cheapest_type_that_its_permissions_need() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { user_type: AI business user, permissions: { projects: [view] } }
  B: { user_type: AI business user, permissions: { projects: [view], settings: [view] } }
  C: { user_type: AI business user, permissions: { ai_assistant: [use] } }
  D: { user_type: AI business user, permissions: { ai_assistant: [use], users: [view] } }
  E: { user_type: Non-AI business user, permissions: all }
"]), @"
        a.yaml:3:19 cheaper-user-type (R-UT-34) role `A` is mapped to `AI business user`, and a role of the cheaper `Non-AI member user` could grant the same | map it to `Non-AI member user`, if nothing else speaks for the dearer one
        a.yaml:4:19 cheaper-user-type (R-UT-34) role `B` is mapped to `AI business user`, and a role of the cheaper `Non-AI business user` could grant the same | map it to `Non-AI business user`, if nothing else speaks for the dearer one
        a.yaml:5:19 cheaper-user-type (R-UT-34) role `C` is mapped to `AI business user`, and a role of the cheaper `AI member user` could grant the same | map it to `AI member user`, if nothing else speaks for the dearer one
        ");
}
