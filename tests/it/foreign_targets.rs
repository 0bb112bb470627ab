//! What belongs to targets that were not made for us and needs none of them: the types that they
//! load, and the settings that say where users carry what. The servers themselves are in
//! `.ci/foreign`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Folder, rolecall};
#[cfg(feature = "sandbox")]
use crate::support::{Run, Server};

fn types(folder: &Folder, platform: &str, more: &[&str]) -> (Value, Value) {
    let arguments = [&["schema", "scim", "--platform", platform, "--out", "types"], more].concat();
    _ = folder.run(&arguments).expect(0);
    let read = |name: &str| serde_json::from_str(&folder.read(name)).expect("JSON");
    (read("types/resource-types.json"), read("types/schemas.json"))
}

fn texts<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().expect("a list").iter().filter_map(|one| one[key].as_str()).collect()
}

#[test]
fn a_platform_s_types_are_files_in_which_every_type_has_its_schema() {
    for (platform, expected) in [
        ("open", &["User", "Role", "Classification", "Segment", "UserType"][..]),
        ("total-expert", &["User", "Role"]),
        ("responsive", &["User", "Role"]),
        ("bullseye", &["User", "Role"]),
    ] {
        let folder = Folder::new();
        let (types, schemas) = types(&folder, platform, &[]);
        assert_eq!(texts(&types, "name"), expected, "{platform}: what nobody can write is left out");
        let of_types: BTreeSet<&str> = texts(&types, "schema").into_iter().collect();
        assert_eq!(of_types, texts(&schemas, "id").into_iter().collect());
    }
}

#[test]
fn the_urns_of_a_platform_s_types_begin_as_they_are_told_to() {
    let (types, _) = types(&Folder::new(), "open", &["--urn-prefix", "urn:example:roles:"]);
    assert_eq!(texts(&types, "schema")[1], "urn:example:roles:Role");
    _ = rolecall(&["schema", "scim", "--platform", "opne", "--out", "."]).expect(10);
    _ = rolecall(&["schema", "scim", "--platform", "open"]).expect(64);
    _ = rolecall(&["schema"]).expect(64);
}

#[cfg(feature = "sandbox")]
#[test]
fn users_carry_their_role_where_the_project_says() {
    let project = |mapping: &str| format!("version: 1\nplatform: open\ntarget: {{ mapping: {{ {mapping} }} }}\n");
    let manifest = "roles: { LO: }\nassignments: { ana@example.com: LO }\n";
    let folder = Folder::of(&[("rolecall.yaml", &project("role: nowhere")), ("manifests/all.yaml", manifest)]);
    let server = Server::start(&folder, "open", "box.db");
    let run = |arguments: &[&str], code| -> Run { folder.run_with(arguments, &server.environment()).expect(code) };
    let refused = run(&["apply", "--yes"], 5);
    let note = "`target.mapping.role` names `nowhere`, which the target does not announce for users";
    assert!(refused.stdout.contains(note), "{}", refused.stdout);
    assert!(refused.stdout.contains("no place for `role` of a user"), "{}", refused.stdout);
    // The flag wins over the project.
    assert_eq!(
        run(&["apply", "--yes", "--mapping-role", "ROLES"], 0).last_line(),
        "Applied: 2 created, 0 updated, 0 deleted; 2 writes"
    );
    folder.write("rolecall.yaml", project("role: roles, user_type: userType"));
    _ = run(&["plan", "--detailed-exitcode"], 0);
}
