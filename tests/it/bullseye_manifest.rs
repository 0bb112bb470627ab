//! Bullseye on the author's side: the pack against the vendor's own lists, and every rule that files
//! alone can break, each with its id and its place. A test is named after its rule.
//!
//! Shown together with another rule: R-BE-10 by `r_be_5`, R-BE-23 by `r_be_24`, R-BE-32 by `r_be_33`.
//!
//! No file alone can show these: R-BE-1 (why custom roles exist), R-BE-2 (the subscription is the
//! organization's), R-BE-17 to R-BE-21 (who manages whom is asked of live users), R-BE-26, R-BE-27,
//! R-BE-28, R-BE-36 and R-BE-38 (what a plan does): `rule_plans` and `rule_findings` do.

use rolecall::platform::{
    BuiltInRole, EntityKind, Form, Mutability, Pack, Presence, UserTypeSource, VocabularyMode, built_in,
};
use rolecall::state::{Assignments, Value};

use crate::manifest_text::{grants, read, role, valid};

fn pack() -> Pack {
    built_in("bullseye").expect("the pack is built in")
}

#[track_caller]
fn findings(files: &[&str]) -> String {
    read(&pack(), files).1
}

fn default_role(pack: &Pack, name: &str) -> BuiltInRole {
    pack.roles.built_in.named(|known| known == name).expect("it is a default role").1.clone()
}

#[test]
fn r_be_3_every_subscription_has_four_default_roles() {
    let pack = pack();
    let roles: Vec<[&str; 4]> = pack
        .roles
        .built_in
        .roles
        .iter()
        .map(|(key, role)| {
            [key, &role.name, &role.attributes["class"][0], &role.attributes["rank"][0]].map(String::as_str)
        })
        .collect();
    assert_eq!(
        roles,
        [
            ["account_user", "Account User", "Account", "User"],
            ["administrator", "Administrator", "Account", "Admin"],
            ["location_admin", "Location Admin", "Location", "Admin"],
            ["location_user", "Location User", "Location", "User"],
        ]
    );
    // All four can be written, and none of their required fields need be.
    let desired = valid(&pack, &["roles: { Administrator: , Account User: {}, Location Admin: , Location User: }"]);
    let keys = ["Administrator", "Account User", "Location Admin", "Location User"]
        .map(|name| role(&desired, name).built_in.clone().expect("a key"));
    assert_eq!(keys, ["administrator", "account_user", "location_admin", "location_user"]);
}

#[test]
fn r_be_3_a_default_role_that_is_spelled_otherwise_is_helped() {
    insta::assert_snapshot!(findings(&["roles: { location admin: {}, Dealer: {}, administrator: }"]), @"
        a.yaml:1:10 missing-key (R-BE-14) `class` is missing in `location admin` | write `Location Admin` if the role is meant that the platform has brought along
        a.yaml:1:10 missing-key (R-BE-16) `rank` is missing in `location admin` | write `Location Admin` if the role is meant that the platform has brought along
        a.yaml:1:30 missing-key (R-BE-14) `class` is missing in `Dealer`
        a.yaml:1:30 missing-key (R-BE-16) `rank` is missing in `Dealer`
        a.yaml:1:42 null-value (no rule) `administrator` must be a map, but has no value | write `Administrator` if the role is meant that the platform has brought along
        ");
}

#[test]
fn r_be_4_each_default_role_has_predefined_permissions() {
    for role in pack().roles.built_in.roles.values() {
        let set = &role.permissions;
        assert!(!pack().permissions().expand(set.all, &set.except, &set.only, None).is_empty(), "{}", role.name);
    }
}

#[test]
fn r_be_5_the_layers_that_the_defaults_lack_can_be_written() {
    let desired = valid(
        &pack(),
        &["
roles:
  Regional Rep: { class: Account, rank: User, permissions: { leads: all, reports: [view] } }
  Dealer Employee:
    class: Location
    rank: User
    permissions: { locations: { view: all, modify: [hours, images] } }
"],
    );
    let employee = grants(role(&desired, "Dealer Employee"));
    assert_eq!(
        employee.iter().map(String::as_str).collect::<Vec<_>>(),
        ["locations.modify.hours", "locations.modify.images", "locations.view"]
    );
    assert_eq!(role(&desired, "Regional Rep").built_in, None);
}

#[test]
fn r_be_6_default_roles_are_always_there() {
    insta::assert_snapshot!(findings(&["
removed: { roles: { Account User: { reassign_to: Location User }, location admin: , Temp: } }
"]), @"
        a.yaml:2:21 locked-role (R-BE-6) role `Account User` cannot be deleted: the platform has brought it along | leave it; its holders can get another role
        a.yaml:2:67 locked-role (R-BE-6) role `location admin` cannot be deleted: the platform has brought it along | leave it; its holders can get another role
        ");
}

#[test]
fn r_be_7_other_default_roles_can_be_renamed_and_given_other_permissions() {
    let desired = valid(
        &pack(),
        &["
roles:
  Dealer Staff: { previously: [Location User], permissions: { leads: [view], reports: [view] } }
  Location User: { class: Location, rank: User, permissions: [leads] }
  Account User: { class: Account, rank: User, permissions: all }
"],
    );
    assert_eq!(role(&desired, "Dealer Staff").built_in.as_deref(), Some("location_user"));
    // The name is free then, and another role can have it.
    assert_eq!(role(&desired, "Location User").built_in, None);
    assert_eq!(role(&desired, "Account User").built_in.as_deref(), Some("account_user"));
    let written = role(&desired, "Account User").written_grants.as_ref().expect("how it is written");
    assert!(written.all && written.except.is_empty() && written.only.is_empty());
}

#[test]
fn r_be_7_a_default_role_is_meant_by_the_name_that_the_platform_gave_it() {
    let desired = valid(
        &pack(),
        &["
roles: { Dealer Staff: { previously: [Location User] } }
assignments: { ana@example.com: Location User, bo@example.com: Dealer Staff }
removed: { roles: { Temp: { reassign_to: location user } } }
"],
    );
    let held: Vec<String> =
        desired.assignments.iter().flat_map(Assignments::iter).map(|row| row.role.to_owned()).collect();
    assert_eq!(held, ["Dealer Staff", "Dealer Staff"]);
    assert_eq!(desired.removed_roles["temp"].reassign_to.as_deref(), Some("Dealer Staff"));
}

#[test]
fn r_be_8_the_administrator_role_can_never_be_modified() {
    insta::assert_snapshot!(findings(&["
roles:
  Administrator: { permissions: { all_except: [roles] } }
"]), @"a.yaml:3:33 locked-role (R-BE-8) the permissions of role `Administrator` cannot be changed: `roles.add` would be taken away | leave `permissions` out");
    insta::assert_snapshot!(findings(&["
roles:
  Boss: { previously: [Administrator] }
"]), @"a.yaml:3:3 locked-role (R-BE-8) role `Administrator` cannot be renamed: the platform has brought it along | give a new role this name, without `previously`");
    valid(&pack(), &["roles: { Administrator: { class: Account, rank: Admin, permissions: all } }"]);
}

#[test]
fn r_be_9_the_administrator_role_has_everything() {
    let pack = pack();
    assert!(default_role(&pack, "Administrator").is_master());
    let desired = valid(&pack, &["roles: { Administrator: { permissions: all } }"]);
    let all: usize = pack.catalogue.values().map(|entity| entity.actions.len()).sum();
    assert_eq!(grants(role(&desired, "Administrator")).len(), all);
}

#[test]
fn r_be_11_a_name_is_there_and_nobody_elses() {
    insta::assert_snapshot!(findings(&["
roles:
  '': { class: Account, rank: User }
  Rep: { class: Account, rank: User }
  rep: { class: Account, rank: User }
"]), @"
        a.yaml:3:3 bad-format (R-BE-11) the key `` is not a name: some text without white space at its ends
        a.yaml:5:3 duplicate-object (R-BE-11) role `rep` is declared twice | keep one of the two; `Rep` and `rep` differ only in case or spaces, which do not count
        ");
    // The default names are taken as long as nobody says that the role is called otherwise now (C11).
    insta::assert_snapshot!(findings(&["
roles:
  Account User: { previously: [Location User] }
"]), @"a.yaml:3:3 duplicate-object (R-BE-11) `Account User` is the name of a role that the platform has brought along | choose another name, or rename that role, too: `previously: [Account User]`");
    insta::assert_snapshot!(findings(&["
roles:
  Dealer Staff: { previously: [Account User] }
  Account User: { rank: User }
"]), @"a.yaml:4:3 missing-key (R-BE-14) `class` is missing in `Account User`");
}

#[test]
fn r_be_12_a_description_is_optional() {
    let desired = valid(
        &pack(),
        &["roles: { A: { class: Account, rank: User }, B: { class: Account, rank: User, description: x } }"],
    );
    let described = |name: &str| role(&desired, name).attributes.get("description").map(|text| &text.value);
    assert_eq!((described("A"), described("B")), (None, Some(&Value::text("x"))));
}

#[test]
fn r_be_13_there_are_two_classes() {
    let class = &pack().roles.attributes["class"];
    assert_eq!(class.values, ["Account", "Location"]);
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Dealer, rank: User }
  B: { class: account, rank: User }
"]), @"
        a.yaml:3:15 not-allowed (R-BE-13) `Dealer` is not possible for `class` | possible here: `Account`, `Location`
        a.yaml:4:15 not-allowed (R-BE-13) `account` is not possible for `class` | did you mean `Account`?
        ");
}

#[test]
fn r_be_14_a_role_has_a_class() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { rank: User }
  B: { class: , rank: User }
  C: { previously: [Old], rank: User }
  D:
"]), @"
        a.yaml:3:3 missing-key (R-BE-14) `class` is missing in `A`
        a.yaml:4:8 null-value (R-BE-14) `class` must be a text, but has no value | give it a value
        a.yaml:5:3 missing-key (R-BE-14) `class` is missing in `C`
        a.yaml:6:3 null-value (no rule) `D` must be a map, but has no value | write its fields below it, indented
        ");
}

#[test]
fn r_be_15_the_class_of_a_default_role_cannot_be_changed() {
    let class = &pack().roles.attributes["class"];
    assert_eq!((class.form, class.mutability), (Form::Name, Mutability::Immutable));
    assert!(class.reassignment_needs_word);
    insta::assert_snapshot!(findings(&["
roles:
  Account User: { class: Location }
  Dealer Staff: { previously: [Location User], class: Account, rank: User }
"]), @"
        a.yaml:3:26 locked-role (R-BE-15) `class` of role `Account User` is `Account` and cannot be changed: the platform has brought it along | write `Account`, or leave `class` out
        a.yaml:4:55 locked-role (R-BE-15) `class` of role `Dealer Staff` is `Location` and cannot be changed: the platform has brought it along | write `Location`, or leave `class` out
        ");
}

#[test]
fn r_be_16_a_role_has_one_of_two_ranks() {
    assert_eq!(pack().roles.attributes["rank"].values, ["Admin", "User"]);
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Account }
  B: { class: Account, rank: Manager }
"]), @"
        a.yaml:3:3 missing-key (R-BE-16) `rank` is missing in `A`
        a.yaml:4:30 not-allowed (R-BE-16) `Manager` is not possible for `rank` | possible here: `Admin`, `User`
        ");
}

#[test]
fn r_be_22_the_rank_of_a_default_role_cannot_be_changed() {
    insta::assert_snapshot!(findings(&["
roles:
  Location Admin: { rank: User }
  Administrator: { rank: User }
"]), @"
        a.yaml:3:27 locked-role (R-BE-22) `rank` of role `Location Admin` is `Admin` and cannot be changed: the platform has brought it along | write `Admin`, or leave `rank` out
        a.yaml:4:26 locked-role (R-BE-22) `rank` of role `Administrator` is `Admin` and cannot be changed: the platform has brought it along | write `Admin`, or leave `rank` out
        ");
}

#[test]
fn r_be_24_there_is_one_account_admin_role() {
    insta::assert_snapshot!(findings(&["
roles:
  Head Office: { class: Account, rank: Admin }
  Second Office:
    rank: Admin
    description: Like the first
    class: Account
"]), @"
        a.yaml:3:40 reserved-values (R-BE-24) role `Head Office` has `class: Account` and `rank: Admin` together, which only `Administrator` can have | choose another value for one of them
        a.yaml:7:12 reserved-values (R-BE-24) role `Second Office` has `class: Account` and `rank: Admin` together, which only `Administrator` can have | choose another value for one of them
        ");
}

/// R-BE-23, R-BE-25: what is left for roles of the account is the rank User.
#[test]
fn r_be_25_further_roles_of_the_account_have_the_rank_user() {
    valid(
        &pack(),
        &["roles: { Administrator: , A: { class: Account, rank: User }, B: { class: Account, rank: User } }"],
    );
    assert_eq!(pack().roles.reserved.len(), 1);
}

#[test]
fn r_be_29_there_are_two_kinds_of_entities() {
    let pack = pack();
    let of = |kind| pack.catalogue.values().filter(|entity| entity.kind == kind).count();
    assert!(of(EntityKind::Location) > 0 && of(EntityKind::Functionality) > 0);
}

#[test]
fn r_be_30_locations_are_added_modified_viewed_and_deleted() {
    for entity in pack().catalogue.values().filter(|entity| entity.kind == EntityKind::Location) {
        assert_eq!(entity.actions.iter().map(String::as_str).collect::<Vec<_>>(), ["add", "delete", "modify", "view"]);
    }
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Location, rank: User, permissions: { locations: [view, rename] } }
  B: { class: Location, rank: User, permissions: { locations: { move: all } } }
"]), @"
        a.yaml:3:70 not-allowed (no rule) `rename` is not possible for an item of `locations` | possible here: `add`, `delete`, `modify`, `view`
        a.yaml:4:65 unknown-key (no rule) `move` is not known here | known here: `add`, `delete`, `modify`, `view`
        ");
}

#[test]
fn r_be_31_fields_are_chosen_for_adding_modifying_and_viewing_alone() {
    let desired = valid(&pack(), &["
roles:
  A: { class: Location, rank: User, permissions: { locations: { add: [name], modify: [phone, name], view: all, delete: all } } }
  B: { class: Location, rank: User, permissions: { locations: [delete] } }
"]);
    assert_eq!(
        grants(role(&desired, "A")).iter().map(String::as_str).collect::<Vec<_>>(),
        ["locations.add.name", "locations.delete", "locations.modify.name", "locations.modify.phone", "locations.view"]
    );
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Location, rank: User, permissions: { locations: { delete: [phone] } } }
  B: { class: Location, rank: User, permissions: { locations: { delete: everything } } }
  C: { class: Location, rank: User, permissions: { locations: { modify: [phnoe], view: [] } } }
  D: { class: Location, rank: User, permissions: { leads: { view: all } } }
  E: { class: Location, rank: User, permissions: { locations: { view: , delete: } } }
"]), @"
        a.yaml:3:73 not-allowed (R-BE-31) `delete` must be `all`: it cannot be limited to fields | possible here: `all`
        a.yaml:4:73 not-allowed (R-BE-31) `everything` is not possible for `delete` | possible here: `all`
        a.yaml:5:74 not-allowed (no rule) `phnoe` is not possible for an item of `modify` | did you mean `phone`?
        a.yaml:5:88 out-of-range (no rule) `view` needs at least one item
        a.yaml:6:59 wrong-type (no rule) `leads` must be a list or `all`, not a map | write items, `- value` or `[value, value]`, instead of entries
        a.yaml:7:50 no-permissions (R-BE-34) role `E` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        a.yaml:7:65 null-value (no rule) `view` must be a list or `all`, but has no value | leave the field out to keep what is live, or give it a value
        a.yaml:7:73 null-value (no rule) `delete` has no value | leave the field out to keep what is live, or give it a value; possible here: `all`
        ");
}

/// R-BE-32 and R-BE-33, with reading C9: a functionality is on or off.
#[test]
fn r_be_33_view_means_every_action() {
    let desired = valid(
        &pack(),
        &["
roles:
  A: { class: Location, rank: User, permissions: { promotions: [view] } }
  B: { class: Location, rank: User, permissions: { promotions: [view, modify] } }
  C: { class: Location, rank: User, permissions: [promotions] }
"],
    );
    let all: Vec<String> = ["add", "delete", "modify", "view"].map(|action| format!("promotions.{action}")).into();
    for name in ["A", "B", "C"] {
        assert_eq!(grants(role(&desired, name)).into_iter().collect::<Vec<_>>(), all);
    }
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Location, rank: User, permissions: { promotions: [add, modify], locations: [modify] } }
  B: { class: Location, rank: User, permissions: { all_except: [promotions.delete, events.view] } }
  Account User: { permissions: { leads: [assign] } }
"]), @"
        a.yaml:3:65 view-missing (R-BE-33) `promotions.add` cannot be granted without `promotions.view` | write `promotions: [view]`, which means all that can be done with it
        a.yaml:3:70 view-missing (R-BE-33) `promotions.modify` cannot be granted without `promotions.view` | write `promotions: [view]`, which means all that can be done with it
        a.yaml:4:65 view-missing (R-BE-33) `promotions.delete` alone cannot be left out: `promotions` is on or off | leave out `promotions`
        a.yaml:4:84 view-missing (R-BE-33) `events.view` alone cannot be left out: `events` is on or off | leave out `events`
        a.yaml:5:42 view-missing (R-BE-33) `leads.assign` cannot be granted without `leads.view` | write `leads: [view]`, which means all that can be done with it
        ");
}

#[test]
fn r_be_34_a_new_role_starts_with_nothing() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { class: Location, rank: User, permissions: [] }
  B: { class: Location, rank: User }
"]), @"a.yaml:3:50 no-permissions (R-BE-34) role `A` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live");
}

#[test]
fn r_be_35_everything_but_some_is_the_same_as_the_rest_written_out() {
    let rest: Vec<String> =
        pack().catalogue.keys().filter(|id| !["roles", "users"].contains(&id.as_str())).cloned().collect();
    let desired = valid(
        &pack(),
        &[&format!(
            "
roles:
  A: {{ class: Location, rank: User, permissions: {{ all_except: [roles, users] }} }}
  B: {{ class: Location, rank: User, permissions: [{}] }}
",
            rest.join(", ")
        )],
    );
    assert_eq!(grants(role(&desired, "A")), grants(role(&desired, "B")));
    let written = role(&desired, "A").written_grants.as_ref().expect("how it is written");
    assert_eq!((written.all, written.except.len(), written.only.len()), (true, 2, 0));
}

#[test]
fn r_be_37_a_user_has_exactly_one_role() {
    insta::assert_snapshot!(findings(&["
assignments:
  ana@example.com: [Account User, Location User]
  bo@example.com: { role: [Account User, Location User] }
  cy@example.com: { name: Cy }
  di@example.com: { role: Account User, user_type: Full }
"]), @"
        a.yaml:3:20 wrong-type (R-BE-37) `ana@example.com` must be a text or a map, not a list | write entries, `key: value`, instead of items
        a.yaml:4:27 wrong-type (R-BE-37) `role` must be a text, not a list
        a.yaml:5:3 missing-key (R-BE-37) `role` is missing in `cy@example.com`
        a.yaml:6:41 unknown-key (no rule) `user_type` is not known here | known here: `active`, `name`, `role`
        ");
}

#[test]
fn r_be_39_holders_of_a_deleted_role_get_a_different_one() {
    insta::assert_snapshot!(findings(&["
assignments: { ana@example.com: Temp }
removed: { roles: { Temp: { reassign_to: Old }, Old: , Rep: { reassign_to: rep } } }
"]), @"
        a.yaml:2:33 removed-role-named (R-BE-39) user `ana@example.com` is assigned the role `Temp`, which the same files remove | assign another role
        a.yaml:3:42 removed-role-named (R-BE-39) the holders of `Temp` would get the role `Old`, which the same files remove | name a role that stays
        a.yaml:3:76 reassign-cycle (R-BE-39) the holders of `Rep` would get the very role that is removed | name a role that stays
        ");
}

#[test]
fn r_be_40_the_administrator_role_cannot_be_deleted() {
    insta::assert_snapshot!(findings(&["removed: { roles: { administrator: { reassign_to: Account User } } }"]), @"a.yaml:1:21 locked-role (R-BE-40) role `administrator` cannot be deleted: the platform has brought it along | leave it; its holders can get another role");
}

#[test]
fn the_pack_says_nothing_of_vocabularies_and_user_types() {
    let pack = pack();
    let vocabularies = &pack.vocabularies;
    for vocabulary in [&vocabularies.classifications, &vocabularies.segments, &vocabularies.user_types] {
        assert_eq!(vocabulary.mode, VocabularyMode::Absent);
    }
    assert_eq!(pack.users.user_type, UserTypeSource::None);
    assert_eq!(pack.roles.permissions.presence, Presence::Optional);
    let desired = valid(&pack, &["roles: { A: { class: Location, rank: User, description: '' } }"]);
    assert_eq!(role(&desired, "A").attributes["description"].value, Value::Absent);
}

#[test]
fn a_role_is_one_default_role_at_most() {
    insta::assert_snapshot!(findings(&["
roles:
  A: { previously: [Account User, Location User] }
  B: { previously: [Location Admin] }
  C: { previously: [Location Admin] }
"]), @"
        a.yaml:3:35 locked-role (R-BE-7) role `A` cannot have been both `Account User` and `Location User`: the platform has brought both along | keep one of the two
        a.yaml:5:21 previous-name-shared (no rule) `Location Admin` is said to be the previous name of `B` already | keep it at the role that it was; the other one is a new role
        ");
}
