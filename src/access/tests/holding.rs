//! What users may do, and who may do something.

use proptest::prelude::*;

use super::*;
use crate::access::Unknown;

fn lender() -> Made {
    let of = |classification: &str| {
        [("classifications", Value::names([classification])), ("segments", Value::names(["Insurance"]))]
    };
    Made::default()
        .role("Officer", "campaigns.send campaigns.view contacts.export", &of("Sales"))
        .role("Clerk", "contacts.view", &of("Support"))
        .user("ana@example.com", "Officer")
        .user("bo@example.com", "Officer")
        .user("-cy@example.com", "Officer")
        .user("di@example.com", "Clerk")
}

/// R-TE-1, R-TE-2: one role, any number of users, and they may do what it grants.
#[test]
fn users_may_do_what_their_role_grants_and_nothing_else() {
    let (pack, live) = (pack("total-expert"), lender().0);
    let standing = Standing::of_live(&live, &pack);
    let access = everybody(&standing);
    assert_eq!(access["ana@example.com"], ["campaigns.send", "campaigns.view", "contacts.export"]);
    assert_eq!(access["ana@example.com"], access["bo@example.com"]);
    assert_eq!(access["di@example.com"], ["contacts.view"]);
    let ana = standing.user("Ana@example.com").expect("there is one");
    insta::assert_snapshot!(shown(&standing, &Answer::User(Box::new(ana))), @"
    User ana@example.com
      active: yes
      role: Officer
        classifications: Sales
        segments: Insurance

    Sensitive permissions
      contacts  export

    Permissions
      campaigns  send, view
    ");
    let cy = standing.user("cy@example.com").expect("there is one");
    insta::assert_snapshot!(shown(&standing, &Answer::User(Box::new(cy))), @"
    User cy@example.com
      active: no; until then they can do nothing of what follows
      role: Officer
        classifications: Sales
        segments: Insurance

    Sensitive permissions
      contacts  export

    Permissions
      campaigns  send, view
    ");
}

/// R-TE-7: classifications and segments say what a role is for; that of `Admin` grants nothing
/// either.
#[test]
fn what_a_role_is_classified_as_grants_nothing() {
    let (pack, live) = (pack("total-expert"), lender().0);
    let mut other = live.clone();
    for role in other.objects.get_mut(&Kind::Role).expect("roles") {
        role.attributes.insert("classifications".into(), Value::names(["Admin", "Compliance"]));
        role.attributes.insert("segments".into(), Value::names(["Wholesale"]));
    }
    assert_eq!(everybody(&Standing::of_live(&live, &pack)), everybody(&Standing::of_live(&other, &pack)));
}

/// R-TE-3: a role's grants change for all its users at once.
#[test]
fn a_change_of_a_roles_grants_reaches_every_holder() {
    let (pack, mut live) = (pack("total-expert"), lender().0);
    live.objects.get_mut(&Kind::Role).expect("roles")[0]
        .attributes
        .insert("permissions".into(), Value::names(["tasks.view"]));
    let access = everybody(&Standing::of_live(&live, &pack));
    assert_eq!(access["ana@example.com"], ["tasks.view"]);
    assert_eq!(access["bo@example.com"], ["tasks.view"]);
    assert_eq!(access["di@example.com"], ["contacts.view"]);
}

/// R-UT-3, R-UT-15: access hangs on the role alone; the user type grants nothing, whatever its name
/// says.
#[test]
fn a_user_type_grants_nothing() {
    let pack = pack("responsive");
    let role = |made: Made| made.role("Writer", "content.create", &[("user_type", Value::text("Non-AI member user"))]);
    let plain = role(Made::default()).user_of_type("ana@example.com", "Writer", "Non-AI member user").0;
    let costly = role(Made::default()).user_of_type("ana@example.com", "Writer", "AI business user").0;
    let (plain, costly) = (Standing::of_live(&plain, &pack), Standing::of_live(&costly, &pack));
    assert_eq!(everybody(&plain), everybody(&costly));
    assert_eq!(everybody(&costly)["ana@example.com"], ["content.create"]);
    assert_eq!(costly.user("ana@example.com").expect("there is one").user_type, Some("AI business user"));
}

fn dealers() -> Made {
    let of = |class: &str, rank: &str| [("class", Value::text(class)), ("rank", Value::text(rank))];
    Made::default()
        .role("Boss", "leads.view", &of("Account", "Admin"))
        .built_in("administrator")
        .role("Regional Rep", "locations.modify users.view", &of("Account", "User"))
        .role("Dealer", "locations.modify.phone locations.modify.hours promotions.view", &of("Location", "User"))
        .user("ana@example.com", "Boss")
        .user("bo@example.com", "Regional Rep")
        .user("cy@example.com", "Dealer")
        .user("-di@example.com", "Dealer")
}

/// R-BE-31: a field is covered by the action with every field, and by itself.
#[test]
fn a_field_is_granted_by_itself_and_by_the_action_with_every_field() {
    let (pack, live) = (pack("bullseye"), dealers().0);
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(who_can(&standing, "locations.modify.phone"), @"
    Who can locations.modify.phone: 3 active users, by 3 roles
      Boss (built in: administrator) (1)
          ana@example.com
      Dealer (1)
          cy@example.com
      Regional Rep (1)
          bo@example.com

    Inactive, who could if they were not (1)
      Dealer
          di@example.com
    ");
    insta::assert_snapshot!(who_can(&standing, "locations.modify.fax"), @"
    Who can locations.modify.fax: 2 active users, by 2 roles
      Boss (built in: administrator) (1)
          ana@example.com
      Regional Rep (1)
          bo@example.com
    ");
    insta::assert_snapshot!(who_can(&standing, "locations.modify"), @"
    Who can locations.modify: 3 active users, by 3 roles
      Boss (built in: administrator) (1)
          ana@example.com
      Dealer: only hours, phone (1)
          cy@example.com
      Regional Rep (1)
          bo@example.com

    Inactive, who could if they were not (1)
      Dealer
          di@example.com
    ");
    insta::assert_snapshot!(who_can(&standing, "Locations"), @"
    Who can locations: 3 active users, by 3 roles
      Boss (built in: administrator): add, delete, modify, view (1)
          ana@example.com
      Dealer: modify.hours, modify.phone (1)
          cy@example.com
      Regional Rep: modify (1)
          bo@example.com

    Inactive, who could if they were not (1)
      Dealer
          di@example.com
    ");
}

/// R-BE-33: view on a functionality is all of it. R-BE-9: the master role has everything, whatever
/// the target lists for it, what its catalogue has beside the pack's included.
#[test]
fn view_means_all_and_the_master_role_has_everything() {
    let (pack, mut live) = (pack("bullseye"), dealers().0);
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(who_can(&standing, "promotions.delete"), @"
    Who can promotions.delete: 2 active users, by 2 roles
      Boss (built in: administrator) (1)
          ana@example.com
      Dealer (1)
          cy@example.com

    Inactive, who could if they were not (1)
      Dealer
          di@example.com
    ");
    let new = crate::state::CatalogueEntity { actions: ["view".into(), "launch".into()].into(), ..Default::default() };
    live.catalogue = Some([("rockets".to_owned(), new)].into());
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(who_can(&standing, "rockets.launch"), @"
    Who can rockets.launch: 1 active user, by 1 role
      Boss (built in: administrator) (1)
          ana@example.com
    ");
    assert_eq!(everybody(&standing)["ana@example.com"], ["rockets.launch", "rockets.view"]);
}

#[test]
fn a_name_that_nothing_has_comes_with_those_that_are_near() {
    let (pack, live) = (pack("bullseye"), dealers().0);
    let standing = Standing::of_live(&live, &pack);
    let words = |unknown: Unknown| format!("{}: {}", unknown.message, unknown.help.unwrap_or_default());
    let asked = |permission| words(Question::new(permission, &standing).expect_err(permission));
    let found = [
        asked("locatoins"),
        asked("locations.modfy"),
        asked("locations.view.phnoe"),
        asked("locations.delete.phone"),
        asked("leads..x"),
        asked("reports.print"),
        words(standing.user("cyy@example.com").expect_err("nobody")),
        words(standing.user("zoe@example.com").expect_err("nobody")),
        words(standing.role("Dealers").expect_err("none")),
    ];
    insta::assert_snapshot!(found.join("\n"), @"
    there is no entity `locatoins`: did you mean `locations`?
    `locations` has no action `modfy`: did you mean `modify`?
    `locations` has no field `phnoe`: did you mean `phone`?
    `locations.delete` is not limited to fields: ask for `locations.delete`
    `leads..x` is no permission: write ENTITY, ENTITY.ACTION or ENTITY.ACTION.FIELD
    `reports` has no action `print`: it has export, view
    there is no user `cyy@example.com`: did you mean `cy@example.com`?
    there is no user `zoe@example.com`: 
    there is no role `Dealers`: did you mean `Dealer`?
    ");
    assert_eq!(standing.role("administrator").expect("by its key's name").role.name, "Boss");
    assert_eq!(Question::new("Lead", &standing).map(|question| question.permission).ok(), None);
}

/// Where the platform publishes no catalogue, what nobody grants may be a slip.
#[test]
fn without_a_catalogue_what_nobody_grants_is_said() {
    let (pack, live) = (pack("open"), Made::default().role("Owner", "loans.approve", &[]).user("ana", "Owner").0);
    let standing = Standing::of_live(&live, &pack);
    let question = Question::new("loans.aprove", &standing).expect("it has the form of one");
    assert_eq!(standing.who_can(&question).active, 0);
    insta::assert_snapshot!(question.note.expect("a note"), @"
    this platform lists no permissions, and no role grants `loans.aprove`; did you mean `loans.approve`?
    ");
    assert_eq!(Question::new("loans", &standing).expect("it is granted").note, None);
}

/// A state that the platform calls impossible is shown as it is.
#[test]
fn users_with_several_roles_or_none_are_said() {
    let live = lender().user("zoe@example.com", "Officer, Clerk").user("yan@example.com", "").0;
    let pack = pack("bullseye");
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(standing.notes().join("\n"), @"
    users without a role that is known here: 1 (R-BE-37)
    users with several roles, who have what any of them grants: 1, such as `zoe@example.com` (R-BE-37)
    ");
    let access = everybody(&standing);
    assert_eq!(access["zoe@example.com"].len(), 4);
    assert!(access["yan@example.com"].is_empty());
}

/// Reading B12: a role above those that are managed is shown, and said to be one.
#[test]
fn a_protected_role_is_shown_and_said_to_be_one() {
    let (pack, live) =
        (pack("responsive"), Made::default().role("super admin", "users.create", &[]).user("ana", "super admin").0);
    let standing = Standing::of_live(&live, &pack);
    let role = standing.role("Super Admin").expect("there is one");
    insta::assert_snapshot!(shown(&standing, &Answer::Role(Box::new(role))), @"
    Role super admin (never managed from files)

    Sensitive permissions
      users  create

    Holders (1)
      ana
    ");
}

#[test]
fn no_control_character_reaches_the_terminal() {
    let evil = "a\u{1b}[2J\u{9b}\u{202e}\r";
    let made = Made::default().role(evil, &format!("{evil}.{evil}"), &[("description", Value::text(evil))]);
    let live = made.user(evil, evil).terms(Kind::Segment, &[evil]).0;
    let pack = pack("open");
    let standing = Standing::of_live(&live, &pack);
    let user = standing.user(evil).expect("there is one");
    let role = standing.role(evil).expect("there is one");
    for answer in [
        Answer::User(Box::new(user)),
        Answer::Role(Box::new(role)),
        Answer::Coverage(standing.coverage()),
        Answer::Usage(standing.usage()),
    ] {
        let text = access_text(&source(State::Live, &pack), &answer, &[evil.to_owned()]);
        assert!(!text.contains("[2J\u{9b}"), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
}

proptest! {
    /// The two directions of one relation: whoever is listed for a permission has it, and the other
    /// way round.
    #[test]
    fn who_can_and_what_a_user_may_do_are_the_same_relation(
        roles in proptest::collection::vec(proptest::collection::btree_set(0_usize..40, 0..8), 1..5),
        users in proptest::collection::vec((0_usize..5, any::<bool>()), 0..12),
    ) {
        let pack = pack("bullseye");
        let all: Vec<String> = pack.permissions().expand(true, &[].into(), &[].into(), None).into_iter().collect();
        let mut made = Made::default();
        for (at, grants) in roles.iter().enumerate() {
            let grants: Vec<&str> = grants.iter().filter_map(|&grant| all.get(grant)).map(String::as_str).collect();
            made = made.role(&format!("R{at}"), &grants.join(" "), &[]);
        }
        for (at, (role, active)) in users.iter().enumerate() {
            let mark = if *active { "" } else { "-" };
            made = made.user(&format!("{mark}u{at}"), &format!("R{}", role % roles.len()));
        }
        let live = made.0;
        let standing = Standing::of_live(&live, &pack);
        for permission in &all {
            let who = standing.who_can(&Question::new(permission, &standing).expect("the catalogue has it"));
            let listed: Vec<&str> =
                who.roles.iter().flat_map(|role| role.users.active.iter().chain(&role.users.inactive).copied()).collect();
            for &row in &standing.sorted {
                let user = standing.user(standing.users.name(row)).expect("it is listed");
                prop_assert_eq!(user.grants.contains(permission), listed.contains(&user.user_name));
            }
        }
    }
}

/// The plan reads a target's catalogue in the same way, whatever its spelling.
#[test]
fn a_targets_catalogue_is_read_as_the_plan_reads_it() {
    let pack = pack("responsive");
    let mut live = Made::default()
        .role("Admin with all permissions (AI enabled)", "", &[("user_type", Value::text("business user with AI"))])
        .role("Admin with all permissions (AI not enabled)", "", &[])
        .user("ana@example.com", "Admin with all permissions (AI enabled)")
        .user("bo@example.com", "Admin with all permissions (AI not enabled)")
        .0;
    let entity = |user_types: &[&str]| crate::state::CatalogueEntity {
        kind: Some("Location".to_owned()),
        actions: ["use".to_owned()].into(),
        user_types: user_types.iter().map(|&name| name.to_owned()).collect(),
        ..crate::state::CatalogueEntity::default()
    };
    let listed = [
        ("drafting", entity(&["Business user with AI"])),
        ("letters", entity(&["business user WITHOUT AI", "AI business user"])),
    ];
    live.catalogue = Some(listed.map(|(id, entity)| (id.to_owned(), entity)).into());
    let standing = Standing::of_live(&live, &pack);
    let grants = |user| standing.user(user).expect("there is one").grants.into_iter().collect::<Vec<_>>();
    assert_eq!(grants("ana@example.com"), ["drafting.use", "letters.use"]);
    assert_eq!(grants("bo@example.com"), ["letters.use"]);
    let kind = standing.catalogue().entity("letters").expect("it is listed").kind;
    assert_eq!(kind, crate::platform::EntityKind::Location);
}
