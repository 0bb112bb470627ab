//! What the files want, without a target.

use super::*;
use crate::state::{Assignment, Assignments, Declared, Desired, DesiredObject, fold};

fn role(name: &str, built_in: Option<&str>, attributes: &[(&str, Value)]) -> (String, DesiredObject) {
    let declared = |value: &Value| Declared { value: value.clone(), span: None };
    let object = DesiredObject {
        name: name.to_owned(),
        built_in: built_in.map(str::to_owned),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), declared(value))).collect(),
        ..DesiredObject::default()
    };
    (fold(name).into_owned(), object)
}

fn desired() -> Desired {
    let mut assignments = Assignments::default();
    for (user_name, role, active) in [
        ("ana@example.com", "Administrator", None),
        ("bo@example.com", "Account User", Some(true)),
        ("cy@example.com", "Elsewhere", None),
        ("di@example.com", "Clerk", Some(false)),
        ("ed@example.com", "elsewhere", None),
    ] {
        let assignment = Assignment { user_name, role, display_name: None, active, user_type: None, span: None };
        assignments.push(assignment).expect("each once");
    }
    let roles = [
        role("Dealer Staff", Some("account_user"), &[("permissions", Value::names(["leads.view"]))]),
        role("Clerk", None, &[("class", Value::text("Location")), ("rank", Value::text("User"))]),
    ];
    Desired { objects: [(Kind::Role, roles.into())].into(), assignments: Some(assignments), ..Desired::default() }
}

/// A built-in role is itself under whatever name; of what the files do not say nothing is made up.
#[test]
fn the_files_say_what_they_say_and_no_more() {
    let (pack, desired) = (pack("bullseye"), desired());
    let standing = Standing::of_desired(&desired, &pack);
    insta::assert_snapshot!(standing.notes().join("\n"), @"
    from the files alone: users, roles and permissions that are in none of them are unknown
    built-in roles that no file names are taken as the platform brings them along: 3
    the files do not say what these roles grant; what is live stays: `Clerk`, `Elsewhere`
    ");
    insta::assert_snapshot!(who_can(&standing, "leads.follow_up"), @"
    Who can leads.follow_up: 2 active users, by 4 roles
      Administrator (built in: administrator) (1)
          ana@example.com
      Dealer Staff (built in: account_user) (1)
          bo@example.com
      Location Admin (built in: location_admin) (0)
          nobody
      Location User (built in: location_user) (0)
          nobody

    not known of: Clerk, Elsewhere

    note: from the files alone: users, roles and permissions that are in none of them are unknown
    note: built-in roles that no file names are taken as the platform brings them along: 3
    note: the files do not say what these roles grant; what is live stays: `Clerk`, `Elsewhere`
    ");
    let user = standing.user("di@example.com").expect("it is assigned");
    insta::assert_snapshot!(shown(&standing, &Answer::User(Box::new(user))), @"
    User di@example.com
      active: no; until then they can do nothing of what follows
      role: Clerk
        class: Location
        rank: User
      manages: Account no (R-BE-20), Location no (R-BE-20)

    Permissions: not known here

    note: from the files alone: users, roles and permissions that are in none of them are unknown
    note: built-in roles that no file names are taken as the platform brings them along: 3
    note: the files do not say what these roles grant; what is live stays: `Clerk`, `Elsewhere`
    ");
    assert_eq!(standing.role("Elsewhere").expect("it is assigned").holders.active.len(), 2);
    assert_eq!(standing.role("Account User").expect("by the pack's name").role.name, "Dealer Staff");
    assert!(standing.user("zoe@example.com").is_err());
}

/// R-BE-9: the master role has everything.
#[test]
fn the_master_role_has_everything_offline_too() {
    let (pack, desired) = (pack("bullseye"), desired());
    let standing = Standing::of_desired(&desired, &pack);
    let ana = standing.user("ana@example.com").expect("it is assigned");
    let everything = pack.permissions().expand(true, &[].into(), &[].into(), None);
    assert_eq!(ana.grants, everything);
    assert!(ana.manages.expect("it has lines").iter().all(|may| may.may));
}

#[test]
fn a_platforms_own_segments_are_offered_where_no_file_states_any() {
    let pack = pack("total-expert");
    let desired = Desired::default();
    let coverage = Standing::of_desired(&desired, &pack);
    let coverage = coverage.coverage().expect("it has both");
    assert_eq!(coverage.vocabularies[1].without_role.len(), 7);
}
