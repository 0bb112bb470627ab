//! Every rule over all files together, by a set that breaks it.

use super::read;

#[test]
fn a_name_means_one_object_in_all_files() {
    insta::assert_snapshot!(read(&[
        "roles: { Loan Officer: , loan  officer: }\nassignments: { ana@example.com: Loan Officer }",
        "roles: { Loan Officer: }\nsegments: { A: , a: }\nassignments: { Ana@example.com: Loan Officer }",
        "removed: { users: { x: delete, X: deactivate }, roles: { Y: , y: } }",
    ]), @"
        1.yaml:1:26 duplicate-object: role `loan  officer` is declared twice | keep one of the two; `Loan Officer` and `loan  officer` differ only in case or spaces, which do not count | 1.yaml:1:10 first declared here
        2.yaml:1:10 duplicate-object: role `Loan Officer` is declared twice | keep one of the two | 1.yaml:1:10 first declared here
        2.yaml:2:18 duplicate-object: segment `a` is declared twice | keep one of the two; `A` and `a` differ only in case or spaces, which do not count | 2.yaml:2:13 first declared here
        2.yaml:3:16 duplicate-object: user `Ana@example.com` is assigned twice | keep one of the two; `ana@example.com` and `Ana@example.com` differ only in case or spaces, which do not count | 1.yaml:2:16 first assigned here
        3.yaml:1:32 duplicate-object: user `X` is removed twice | keep one of the two; `x` and `X` differ only in case or spaces, which do not count | 3.yaml:1:21 first removed here
        3.yaml:1:63 duplicate-object: role `y` is removed twice | keep one of the two; `Y` and `y` differ only in case or spaces, which do not count | 3.yaml:1:58 first removed here
        ");
}

#[test]
fn what_is_double_within_a_later_file_is_found_too() {
    insta::assert_snapshot!(read(&["assignments: { a: R }", "assignments: { b: R, B: R, A: R }"]), @"
        2.yaml:1:22 duplicate-object: user `B` is assigned twice | keep one of the two; `b` and `B` differ only in case or spaces, which do not count | 2.yaml:1:16 first assigned here
        2.yaml:1:28 duplicate-object: user `A` is assigned twice | keep one of the two; `a` and `A` differ only in case or spaces, which do not count | 1.yaml:1:16 first assigned here
        ");
}

#[test]
fn a_list_of_names_is_a_set() {
    insta::assert_snapshot!(read(&["
roles:
  A:
    segments: [Retail, retail]
    previously: [B, b]
    permissions: { campaigns: [view, view], locations: { modify: [phone, phone] } }
"]), @r#"
        4:24 equal-items: `retail` is in `segments` already | remove one of the two; the list is a set | 1.yaml:4:16 first given here
        5:21 equal-items: `b` is in `previously` already | remove one of the two; the list is a set | 1.yaml:5:18 first given here
        6:38 equal-items: `view` is in `campaigns` already | remove one of the two; the list is a set | 1.yaml:6:32 first given here
        6:74 equal-items: `phone` is in `modify` already | remove one of the two; the list is a set | 1.yaml:6:67 first given here
        role:
          A permissions=[campaigns.view, locations.modify.phone] segments=[Retail] previously=["B"]
        "#);
}

#[test]
fn a_role_names_what_the_vocabulary_declares() {
    insta::assert_snapshot!(read(&[
        "roles: { A: { segments: [Retial, Unheard of], classifications: [Free], user_type: IA } }",
        "segments: { Retail: }\nuser_types: { AI: }\nassignments: { ana: { role: B, user_type: Ai2 } }",
    ]), @"
        1.yaml:1:26 unknown-name: there is no segment `Retial` | did you mean `Retail`?
        1.yaml:1:34 unknown-name: there is no segment `Unheard of` | declare it under `segments`
        1.yaml:1:83 unknown-name: there is no user type `IA` | did you mean `AI`?
        2.yaml:3:43 unknown-name: there is no user type `Ai2` | did you mean `AI`?
        ");
}

#[test]
fn a_previous_name_is_another_one_and_of_one_role() {
    insta::assert_snapshot!(read(&[
        "roles: { Loan Officer: { previously: [loan  officer, LO] }, Senior: { previously: [LO] } }",
        "roles: { Senior: { previously: [LO] } }",
    ]), @"
        1.yaml:1:39 rename-to-itself: role `Loan Officer` cannot have been called `loan  officer` before: it is the same name | remove it; a change of case or spaces alone needs no `previously`
        1.yaml:1:84 previous-name-shared: `LO` is said to be the previous name of `Loan Officer` already | keep it at the role that it was; the other one is a new role | 1.yaml:1:54 first said here
        2.yaml:1:10 duplicate-object: role `Senior` is declared twice | keep one of the two | 1.yaml:1:61 first declared here
        2.yaml:1:33 previous-name-shared: `LO` is said to be the previous name of `Loan Officer` already | keep it at the role that it was; the other one is a new role | 1.yaml:1:54 first said here
        ");
}

#[test]
fn renames_go_in_lines_and_not_in_circles() {
    insta::assert_snapshot!(read(&["
roles:
  B: { previously: [A] }
  C: { previously: [B, Old] }
"]), @r#"
        role:
          B previously=["A"]
          C previously=["B", "Old"]
        "#);
    insta::assert_snapshot!(read(&["
roles:
  X: { description: called A once }
  A: { previously: [b, X] }
  B: { previously: [a] }
  C: { previously: [D] }
  D: { previously: [E] }
  E: { previously: [C] }
"]), @"
        5:21 rename-cycle: the roles `a`, `b` take each other's names, which looks the same before and after | go through a third name: rename one of them to it first, and apply that | 1.yaml:4:21 `b` is taken here
        8:21 rename-cycle: the roles `C`, `E`, `D` take each other's names, which looks the same before and after | go through a third name: rename one of them to it first, and apply that | 1.yaml:7:21 `E` is taken here | 1.yaml:6:21 `D` is taken here
        ");
}

#[test]
fn what_is_removed_is_not_declared_as_well() {
    insta::assert_snapshot!(read(&["
roles: { A: }
assignments: { ana: A }
removed: { roles: { a: }, users: { ANA: delete } }
"]), @"
        3:21 removed-role-named: user `ana` is assigned the role `A`, which the same files remove | assign another role | 1.yaml:4:21 removed here
        4:21 assigned-and-removed: role `a` is removed here, and declared by the same files | keep one of the two | 1.yaml:2:10 declared here
        4:36 assigned-and-removed: user `ANA` is removed here, and assigned by the same files | keep one of the two | 1.yaml:3:16 assigned here
        ");
}

#[test]
fn nothing_names_a_removed_role() {
    insta::assert_snapshot!(read(&["
assignments: { ana: Temp, bo: { role: temp } }
removed: { roles: { Temp: { reassign_to: A }, Old: { reassign_to: Temp } } }
roles: { New: { previously: [Temp] } }
"]), @"
        2:21 removed-role-named: user `ana` is assigned the role `Temp`, which the same files remove | assign another role | 1.yaml:3:21 removed here
        2:39 removed-role-named: user `bo` is assigned the role `temp`, which the same files remove | assign another role | 1.yaml:3:21 removed here
        3:67 removed-role-named: the holders of `Old` would get the role `Temp`, which the same files remove | name a role that stays | 1.yaml:3:21 removed here
        4:30 removed-role-named: `New` was previously the role `Temp`, which the same files remove | keep one of the two: a rename keeps the holders, a removal moves them | 1.yaml:3:21 removed here
        ");
}

#[test]
fn reassigning_leads_to_another_role() {
    insta::assert_snapshot!(read(&["
removed: { roles: { A: { reassign_to: a }, B: { reassign_to: C }, C: { reassign_to: B }, D: { reassign_to: B } } }
"]), @"
        2:39 reassign-cycle: the holders of `A` would get the very role that is removed | name a role that stays
        2:62 reassign-cycle: the holders of `B` would get `C`, and in the end the same role again | name a role that stays
        2:85 reassign-cycle: the holders of `C` would get `B`, and in the end the same role again | name a role that stays
        2:108 removed-role-named: the holders of `D` would get the role `B`, which the same files remove | name a role that stays | 1.yaml:2:44 removed here
        ");
}

#[test]
fn a_user_has_the_type_that_the_role_is_mapped_to() {
    insta::assert_snapshot!(read(&["
roles: { A: { user_type: AI }, B: }
assignments: { ana: { role: A, user_type: Other }, bo: { role: A, user_type: ai }, cy: { role: B, user_type: Other } }
"]), @"3:43 user-type-mismatch: user `ana` is said to be of type `Other`, but role `A` is mapped to `AI` | the type follows from the role: remove `user_type` here, or assign another role | 1.yaml:2:26 mapped here");
}

#[test]
fn forms_that_mean_everything_need_a_catalogue() {
    insta::assert_snapshot!(read(&["
roles:
  A: { permissions: all }
  B: { permissions: [campaigns, reports] }
  C: { permissions: { all_except: [campaigns.view] } }
  D: { permissions: { campaigns: all, locations: { view: all } } }
"]), @"
        3:21 no-catalogue: `all` means what the platform's catalogue lists, and `open` has none | list the actions: `entity: [action, action]`
        4:22 no-catalogue: an entity without its actions means what the platform's catalogue lists, and `open` has none | list the actions: `entity: [action, action]`
        5:23 no-catalogue: `all_except` means what the platform's catalogue lists, and `open` has none | list the actions: `entity: [action, action]`
        6:34 no-catalogue: `all` means what the platform's catalogue lists, and `open` has none | list the actions: `entity: [action, action]`
        ");
}

#[test]
fn all_in_a_list_is_no_permission_of_that_name() {
    insta::assert_snapshot!(read(&["
roles:
  A: { permissions: { campaigns: [view, all] } }
  B: { permissions: { locations: { modify: [all] } } }
"]), @"
        3:41 not-allowed: `all` is no action | `all` stands alone, and needs the platform's catalogue
        4:45 not-allowed: `all` is no field | `all` stands alone, without the list
        ");
}

#[test]
fn the_help_for_equal_names_says_how_they_differ() {
    insta::assert_snapshot!(read(&["roles: { Café: {}, Cafe\u{301}: {} }"]).contains("in the encoding of accents"), @"true");
}

#[test]
fn manifests_with_nothing_in_them_are_an_empty_project() {
    insta::assert_snapshot!(read(&["", "# nothing\n", "{}"]), @"1.yaml:1:1 empty-project: the manifests have nothing in them | an empty set would mean an empty platform; write what shall be there, beginning with `roles`");
}

#[test]
fn a_thousand_findings_of_one_rule_are_enough() {
    let users: Vec<String> = (0..1_200).map(|user| format!("  u{user}: Temp\n")).collect();
    let users = users.concat();
    let found = read(&[&format!("removed: {{ roles: {{ Temp: }} }}\nassignments:\n{users}")]);
    assert_eq!(found.lines().count(), 1_001);
    assert!(found.contains("1:1 more-findings: 200 more findings like this one are not shown"), "{found}");
}
