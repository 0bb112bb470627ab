//! From live states to files.

use proptest::prelude::*;

use super::*;
use crate::generator::{Organization, Random, Size};
use crate::state::{LiveUsers, attribute, fold};

fn names<const N: usize>(names: [&str; N]) -> Value {
    Value::names(names)
}

/// The same state as another listing of it gives it.
fn shuffled(live: &Live, seed: u64) -> Live {
    let mut random = Random::new(seed);
    let mut order = |count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        (1..count).rev().for_each(|at| order.swap(at, random.below(at + 1)));
        order
    };
    let mut other = live.clone();
    for objects in other.objects.values_mut() {
        *objects = order(objects.len()).into_iter().map(|at| objects[at].clone()).collect();
    }
    let mut users = LiveUsers::default();
    for row in order(live.users.len()) {
        users.push(&live.users.get(row));
    }
    other.users = users;
    other
}

#[test]
fn files_say_what_is_live_and_a_plan_is_empty() {
    let pack = pack("open");
    for seed in 0..12 {
        let size = Size { user_types: seed as usize % 4, ..Size::default() };
        let live = Organization::generate(size, seed).live();
        let pulled = pull(&live, &pack, Some("acme"));
        assert_eq!(pulled.left_out, []);
        let again = pull(&shuffled(&live, seed), &pack, None);
        assert_eq!(pulled.files, again.files, "the order of lists shows");
    }
}

#[test]
fn every_entry_is_as_short_as_it_can_be() {
    let mut live = empty();
    object(&mut live, Kind::Segment, "Insurance", []);
    object(&mut live, Kind::Segment, "Retail", [("description", Value::text("Shops, not the web"))]);
    object(&mut live, Kind::UserType, "AI member", [("licenses", Value::Count(5))]);
    object(&mut live, Kind::UserType, "Member", []);
    let lender = [
        ("description", Value::text("Lends.\nAnd asks back.\n")),
        ("segments", names(["Retail", "Insurance"])),
        ("user_type", Value::text("AI member")),
        (
            "permissions",
            names(["loans.view", "loans.modify.rate", "loans.modify.term", "reports.view", "reports.send"]),
        ),
    ];
    object(&mut live, Kind::Role, "Lender", lender);
    object(&mut live, Kind::Role, "no", []);
    let mut ana =
        LiveUser { display_name: "Ana: \"Diaz\"", user_type: "AI member", ..person("ana@example.com", "role0") };
    live.users.push(&ana);
    ana = LiveUser { active: false, user_type: "Member", ..person("bo@example.com", "role1") };
    live.users.push(&ana);
    live.users.push(&person("Cy", "role1"));
    let options = Options { schema: Some("../schemas/open.schema.json".into()), ..Options::default() };
    insta::assert_snapshot!(told(&files(&live, &pack("open"), &options)), @r#"
    == assignments.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    assignments:
      ana@example.com: { role: Lender, name: "Ana: \"Diaz\"" }
      bo@example.com: { role: "no", active: false, user_type: Member }
      Cy: "no"
    == classifications.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    classifications: {}
    == roles.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    roles:
      Lender:
        description: |
          Lends.
          And asks back.
        classifications: []
        segments: [Insurance, Retail]
        user_type: AI member
        permissions:
          loans: { modify: [rate, term], view: all }
          reports: [send, view]
      "no":
        classifications: []
        segments: []
        permissions: []
    == segments.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    segments:
      Insurance:
      Retail: { description: "Shops, not the web" }
    == user-types.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    user_types:
      AI member: { licenses: 5 }
      Member: { licenses: unlimited }
    "#);
    let options = Options { split: Split::ByRole, ..options };
    insta::assert_snapshot!(told(&files(&live, &pack("open"), &options)), @r#"
    == roles/lender.yaml
    # yaml-language-server: $schema=../../schemas/open.schema.json
    roles:
      Lender:
        description: |
          Lends.
          And asks back.
        classifications: []
        segments: [Insurance, Retail]
        user_type: AI member
        permissions:
          loans: { modify: [rate, term], view: all }
          reports: [send, view]
    assignments:
      ana@example.com: { role: Lender, name: "Ana: \"Diaz\"" }
    == roles/no.yaml
    # yaml-language-server: $schema=../../schemas/open.schema.json
    roles:
      "no":
        classifications: []
        segments: []
        permissions: []
    assignments:
      bo@example.com: { role: "no", active: false, user_type: Member }
      Cy: "no"
    == user-types.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    user_types:
      AI member: { licenses: 5 }
      Member: { licenses: unlimited }
    == vocabularies.yaml
    # yaml-language-server: $schema=../schemas/open.schema.json
    classifications: {}
    segments:
      Insurance:
      Retail: { description: "Shops, not the web" }
    "#);
}

#[test]
fn what_files_cannot_say_is_named_with_its_reason() {
    let mut live = empty();
    for name in ["Twice", "twice ", " blank at its ends", "Odd", "Fine", ""] {
        object(&mut live, Kind::Role, name, []);
    }
    live.objects.get_mut(&Kind::Role).expect("roles")[3]
        .attributes
        .insert("permissions".into(), names(["all_except.view"]));
    user(&mut live, "ana", &[]);
    user(&mut live, "bo", &["role0"]);
    user(&mut live, "cy", &["role2"]);
    user(&mut live, "di", &["role3", "role4"]);
    user(&mut live, "ed", &["gone"]);
    user(&mut live, "flo", &["role4"]);
    user(&mut live, "Flo", &["role4"]);
    user(&mut live, "gus", &["role3"]);
    insta::assert_snapshot!(told(&pull(&live, &pack("open"), None)), @"
    == assignments.yaml
    assignments:
      gus: Odd
    == classifications.yaml
    classifications: {}
    == roles.yaml
    roles:
      Fine:
        classifications: []
        segments: []
        permissions: []
      Odd:
        classifications: []
        segments: []
    == segments.yaml
    segments: {}
    == user-types.yaml
    user_types: {}
    -- role/: its name is blank
    -- role/ blank at its ends: its name has white space at its ends, or line breaks
    -- role/Odd permissions: the permission `all_except.view` has no form in manifests
    -- role/Twice: it cannot be told from others on the target: ids role0, role1
    -- role/twice : it cannot be told from others on the target: ids role0, role1
    -- user/ana: it holds no role
    -- user/bo: its role cannot be told from another one: `Twice`
    -- user/cy: its role has a name that manifests cannot have: ` blank at its ends`
    -- user/di: it holds several roles
    -- user/ed: it holds a role that the target does not have
    -- user/flo: it cannot be told from others on the target: ids u-Flo, u-flo
    ");
}

#[test]
fn values_that_the_platform_does_not_have_are_left_out_of_their_role() {
    let mut live = empty();
    let fine = [("classifications", names(["sales"])), ("segments", names(["Banking – CRM", "insurance"]))];
    object(&mut live, Kind::Role, "Fine", fine);
    let strange = [("classifications", names(["Sales", "Friends"])), ("segments", names(["Insurance"]))];
    object(&mut live, Kind::Role, "Strange", strange);
    let grants = names(["contacts.view", "ships.sail"]);
    let strange = [("classifications", names(["Sales"])), ("segments", names(["Insurance"])), ("permissions", grants)];
    object(&mut live, Kind::Role, "Sailor", strange);
    user(&mut live, "ana", &["role0"]);
    user(&mut live, "bo@example.com", &["role0"]);
    for (name, enabled) in [("Insurance", true), ("Wholesale", false), ("Banking - CRM", true), ("Ships", true)] {
        object(&mut live, Kind::Segment, name, [("enabled", Value::Flag(enabled))]);
    }
    insta::assert_snapshot!(told(&pull(&live, &pack("total-expert"), None)), @"
    == assignments.yaml
    assignments:
      bo@example.com: Fine
    == roles.yaml
    roles:
      Fine:
        classifications: [Sales]
        segments: [Banking - CRM, Insurance]
        permissions: []
      Sailor:
        classifications: [Sales]
        segments: [Insurance]
    == segments.yaml
    segments:
      Banking - CRM:
      Insurance:
    -- segment/Ships: `Ships` is not possible as a key here
    -- role/Sailor permissions: `ships` is not known here
    -- role/Strange: `Friends` is not possible for an item of `classifications`
    -- user/ana: its name is not an e-mail address
    ");
}

#[test]
fn what_a_platform_has_brought_along_is_written_as_far_as_it_can_be_changed() {
    let mut live = empty();
    let mut built_in = |name: &str, key: Option<&str>, attributes: &[(&'static str, Value)]| {
        object(&mut live, Kind::Role, name, attributes.iter().cloned());
        live.objects.get_mut(&Kind::Role).expect("roles").last_mut().expect("one").built_in = key.map(str::to_owned);
    };
    let of = |class: &str, rank: &str| [("class", Value::text(class)), ("rank", Value::text(rank))];
    let with = |class: &str, rank: &str, grants: &[&str]| {
        of(class, rank).into_iter().chain([("permissions", Value::names(grants.iter().copied()))]).collect::<Vec<_>>()
    };
    built_in("Administrator", Some("administrator"), &of("Account", "Admin"));
    built_in(
        "Staff",
        Some("account_user"),
        &with("Account", "User", &["leads.view", "locations.view", "locations.modify.phone"]),
    );
    // Another one has taken the name that came free.
    built_in("Account User", None, &with("Location", "User", &["leads.view", "leads.assign", "leads.follow_up"]));
    built_in("Dealer", None, &with("Location", "user", &[]));
    user(&mut live, "ana@example.com", &["role0"]);
    insta::assert_snapshot!(told(&pull(&live, &pack("bullseye"), None)), @"
    == assignments.yaml
    assignments:
      ana@example.com: Administrator
    == roles.yaml
    roles:
      Account User:
        class: Location
        rank: User
        permissions:
          leads: [view]
      Administrator:
      Dealer:
        class: Location
        rank: User
        permissions: []
      Staff:
        permissions:
          leads: [view]
          locations: { modify: [phone], view: all }
        previously: [Account User]
    ");
}

#[test]
fn roles_above_all_that_can_be_managed_are_usual_and_their_holders_with_them() {
    let mut live = empty();
    object(&mut live, Kind::Role, "Super Admin", []);
    user(&mut live, "ana@example.com", &["role0"]);
    let pulled = pull(&live, &pack("responsive"), None);
    assert!(pulled.left_out.len() == 2 && pulled.left_out.iter().all(|left| left.is_usual), "{pulled:#?}");
}

#[test]
fn where_roles_are_only_names_there_are_only_assignments() {
    let mut live = empty();
    live.capabilities.role_names = true;
    live.capabilities.kinds.retain(|&kind, _| kind == Kind::User);
    live.objects.clear();
    live.objects
        .insert(Kind::Role, vec![LiveObject { id: "Owner".into(), name: "Owner".into(), ..LiveObject::default() }]);
    live.users.push(&LiveUser { user_type: "Member", ..person("ana", "Owner") });
    insta::assert_snapshot!(told(&pull(&live, &pack("open"), None)), @"
    == assignments.yaml
    assignments:
      ana: { role: Owner, user_type: Member }
    ");
}

#[test]
fn marks_that_lead_elsewhere_leave_both_out_and_unended_replacements_too() {
    let mut live = empty();
    for (name, mark) in
        [("A", ""), ("B", "acme:role/A"), ("C", "other:role/A"), ("D", "acme:role/C#next"), ("E", "acme:role/Before")]
    {
        object(&mut live, Kind::Role, name, []);
        let role = live.objects.get_mut(&Kind::Role).expect("roles").last_mut().expect("one");
        role.mark = Some(mark.to_owned()).filter(|mark| !mark.is_empty());
    }
    let options = Options { owner: Some("acme".to_owned()), ..Options::default() };
    let pulled = files(&live, &pack("open"), &options);
    insta::assert_snapshot!(format!("{}{:#?}", told(&pulled), pulled.problems), @r#"
    == assignments.yaml
    assignments: {}
    == classifications.yaml
    classifications: {}
    == roles.yaml
    roles:
      C:
        classifications: []
        segments: []
        permissions: []
      E:
        classifications: []
        segments: []
        permissions: []
    == segments.yaml
    segments: {}
    == user-types.yaml
    user_types: {}
    -- role/A: it cannot be told from others on the target: ids role0, role1
    -- role/B: it cannot be told from others on the target: ids role0, role1
    -- role/D: a replacement that did not end has left it
    [
        "a replacement of `role/C` has not ended: the next apply clears away what it left",
        "`role/C` would take the place of `D`, as a run that did not end has begun to; 0 holders",
    ]
    "#);
}

/// Texts that somebody could have typed, or hostile ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-cA-C1~#:,\\[\\]{}&*!|>'\"%@?.\n-]{0,6}",
        prop::sample::select(vec![
            "no",
            "null",
            "12",
            "0x1F",
            "2026-01-01",
            "- x",
            "a: b",
            "<<",
            "~",
            "x #y",
            "😀",
            "\u{202e}x"
        ])
        .prop_map(str::to_owned),
        Just("long ".repeat(400)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_names_a_target_holds_the_files_are_valid_and_a_plan_is_empty(
        values in prop::collection::vec((text(), text()), 0..4),
        roles in prop::collection::vec((text(), text(), prop::collection::vec(text(), 0..3)), 0..5),
        grants in prop::collection::vec("[a-z]{0,2}(all|all_except|view)?\\.?[a-zA-Z]{0,3}(\\.[a-z]{0,2}){0,2}", 0..4),
        users in prop::collection::vec((text(), text(), 0..6_usize, any::<bool>()), 0..5),
    ) {
        let mut live = empty();
        for (name, description) in &values {
            object(&mut live, Kind::Segment, name, [("description", Value::text(description))]);
            object(&mut live, Kind::UserType, name, []);
        }
        for (at, (name, description, segments)) in roles.iter().enumerate() {
            let grants = grants.iter().skip(at % 3).cloned();
            let of = [
                ("description", Value::text(description)),
                ("segments", Value::names(segments.iter().filter(|name| !name.is_empty()).cloned())),
                (attribute::PERMISSIONS, Value::names(grants)),
            ];
            object(&mut live, Kind::Role, name, of);
        }
        for (name, display_name, role, active) in &users {
            let role = format!("role{role}");
            live.users.push(&LiveUser { display_name, active: *active, ..person(name, &role) });
        }
        let pulled = pull(&live, &pack("open"), None);
        for (name, ..) in &roles {
            let is_there = pulled.files.iter().any(|file| file.path == "roles.yaml");
            let is_named = pulled.left_out.iter().any(|left| left.address.kind == Kind::Role && fold(&left.address.name) == fold(name));
            prop_assert!(is_there || is_named);
        }
    }
}
