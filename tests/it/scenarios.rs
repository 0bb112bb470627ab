//! What follows from several rules together: files and a live state in, the plan as people read it
//! and the order of its steps out.

use std::fmt::Write;

use rolecall::diagnostic::Code;
use rolecall::plan::{Context, Plan, Policy, Write as Writes, plan};
use rolecall::platform::{self, Pack};
use rolecall::source::Sources;
use rolecall::state::{Kind, Live, LiveObject, LiveUser, Organization, Value, Version};
use rolecall::{manifest, report};

use crate::generator::all_capabilities;

/// A platform, and what it holds.
struct Target {
    pack: Pack,
    live: Live,
}

impl Target {
    fn new(platform: &str) -> Self {
        let pack = platform::built_in(platform).expect("it is built in");
        let mut live = Live { capabilities: all_capabilities(), ..Live::default() };
        let of_roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
        of_roles.writable.extend(pack.roles.attributes.keys().cloned());
        let subscriptions = Some(pack.subscriptions.keys().cloned().collect());
        let of = |word: &str| Some(word.to_owned());
        let (id, caller, authority) = ("acme".to_owned(), of("pipeline"), of("admin"));
        live.organization = Some(Organization { id, subscriptions, caller, authority, ..Organization::default() });
        let mut target = Self { pack, live };
        for (key, role) in target.pack.roles.built_in.roles.clone() {
            let attributes: Vec<(&str, &str)> =
                role.attributes.iter().map(|(name, values)| (name.as_str(), values[0].as_str())).collect();
            let user_type = role.attributes.get("user_type").map(|values| values[0].as_str());
            let permissions = &role.permissions;
            let catalogue = target.pack.permissions();
            let grants = catalogue.expand(permissions.all, &permissions.except, &permissions.only, user_type);
            let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
            let object = object(Kind::Role, &role.name, &attributes, &grants);
            target.add(Kind::Role, LiveObject { built_in: Some(key), ..object });
        }
        target
    }

    fn add(&mut self, kind: Kind, object: LiveObject) {
        self.live.objects.entry(kind).or_default().push(object);
    }

    fn segments(mut self, names: &[&str]) -> Self {
        for name in names {
            self.add(Kind::Segment, object(Kind::Segment, name, &[], &[]));
        }
        self
    }

    fn seats(mut self, user_type: &str, seats: u64) -> Self {
        let mut object = object(Kind::UserType, user_type, &[], &[]);
        object.attributes.insert("licenses".to_owned(), Value::Count(seats));
        self.add(Kind::UserType, object);
        self
    }

    fn role(mut self, name: &str, attributes: &[(&str, &str)], grants: &[&str]) -> Self {
        self.add(Kind::Role, object(Kind::Role, name, attributes, grants));
        self
    }

    fn user(mut self, name: &str, role: &str) -> Self {
        let held = self.live.objects(Kind::Role).iter().find(|live| live.name == role).expect("a live role");
        let user_type = match held.attributes.get("user_type") {
            Some(Value::Text(name)) => name.clone(),
            _ => String::new(),
        };
        let role = held.id.clone();
        self.live.users.push(&LiveUser {
            user_name: &format!("{name}@example.com"),
            id: name,
            version: "1",
            display_name: "",
            active: true,
            user_type: &user_type,
            roles: vec![&role],
        });
        self
    }

    #[track_caller]
    fn plan(&self, files: &str, policy: impl FnOnce(&mut Policy)) -> Plan {
        let mut sources = Sources::default();
        let source = sources.add("roles.yaml", files);
        let (desired, found, _) = manifest::read(&sources, &[source], &self.pack);
        let errors: Vec<String> = found.sorted().into_iter().map(|finding| finding.message.clone()).collect();
        let desired = desired.unwrap_or_else(|| panic!("the files are wrong: {errors:#?}"));
        let target = "https://roles.example.com/scim/v2".to_owned();
        let mut given = Policy { context: Context { target, ..Context::default() }, ..Policy::default() };
        // These organizations are too small to have administrators to spare.
        given.guards.min_administrators = 0;
        policy(&mut given);
        plan(&desired, &self.live, &self.pack, &given)
    }
}

fn object(kind: Kind, name: &str, attributes: &[(&str, &str)], grants: &[&str]) -> LiveObject {
    let names = ["classifications", "segments"];
    let value = |name: &str, text: &str| {
        if names.contains(&name) { Value::names(text.split(", ")) } else { Value::text(text) }
    };
    let mut attributes: rolecall::state::Attributes =
        attributes.iter().map(|(name, text)| ((*name).to_owned(), value(name, text))).collect();
    if !grants.is_empty() {
        attributes.insert("permissions".to_owned(), Value::names(grants.iter().copied()));
    }
    let version = Version::Etag("1".to_owned());
    LiveObject { id: format!("{kind}:{name}"), version, name: name.to_owned(), attributes, ..LiveObject::default() }
}

/// The plan as people read it, without its digest, and the steps with what they wait for.
fn shown(plan: &Plan) -> String {
    let text = anstream::adapter::strip_str(&report::plan_text(plan)).to_string();
    let digest = &plan.digest[..report::DIGEST_SHOWN];
    let mut text = text.replace(&plan.digest, "DIGEST").replace(digest, "DIGEST");
    if !plan.steps.is_empty() && !plan.is_refused() {
        text.push_str("\nSteps\n");
    }
    let many = plan.steps.len() > 12;
    for step in plan.steps.iter().filter(|_| !plan.is_refused()) {
        if many && step.address.kind == Kind::User {
            continue;
        }
        let verb = match &step.write {
            Writes::Create { .. } => "create",
            Writes::Update { .. } => "update",
            Writes::Delete { .. } => "delete",
        };
        let waits: Vec<String> = step.waits_for.iter().map(ToString::to_string).collect();
        let waits = match waits.len() {
            0 => String::new(),
            1..=5 => format!("  after {}", waits.join(", ")),
            count => format!("  after {count} others"),
        };
        let _ = writeln!(text, "  {} {verb} {}{waits}", step.id, step.address);
    }
    text
}

const NOTHING: fn(&mut Policy) = |_| {};

/// R-UT-27, R-UT-28: one by one or together, a swap needs a seat that nobody has.
#[test]
fn two_users_swap_types_only_with_a_seat_to_spare() {
    let target = |ai: u64| {
        Target::new("responsive")
            .seats("AI business user", ai)
            .seats("AI member user", 1)
            .user("ana", "Manager (AI enabled)")
            .user("bo", "Team member (AI enabled)")
    };
    let files = "assignments:\n  ana@example.com: Team member (AI enabled)\n  bo@example.com: Manager (AI enabled)\n";
    let refused = target(1).plan(files, NOTHING);
    assert!(refused.is_refused());
    insta::assert_snapshot!(shown(&refused), @"
    Plan for https://roles.example.com/scim/v2 (platform responsive, organization acme)
      ~ change in place

    Users (2)
      ~ user/ana@example.com: role: Manager (AI enabled) -> Team member (AI enabled), user_type: AI business user -> AI member user  roles.yaml:2
      ~ user/bo@example.com: role: Team member (AI enabled) -> Manager (AI enabled), user_type: AI member user -> AI business user  roles.yaml:3

    Access
      gained reports.export, settings.manage, users.deactivate, users.modify (sensitive)  bo@example.com
      gained ai_drafting.train, ai_drafting.use, content.approve, content.delete and 12 more  bo@example.com
      lost   reports.export, settings.manage, users.deactivate, users.modify (sensitive)  ana@example.com
      lost   ai_drafting.train, ai_drafting.use, content.approve, content.delete and 12 more  ana@example.com

    Seats                  now   at most    after       of  # after, + at most
      AI business user       1         2        1        1  [##########] 1 too many
      AI member user         1         2        1        1  [##########] 1 too many

    error[no-seat]: no order of the moves among `AI business user`, `AI member user` keeps within the seats: none is free (R-UT-26)
      = help: one more licence of any one of them would do; or one of these users who goes through another user type first, in a plan of its own: `ana@example.com`, `bo@example.com`; or `--allow-suspend=1` with `active: true` in the assignment of `ana@example.com`, which shuts them out of their account until the others have moved

    Plan: 0 to create, 2 to update, 0 to replace, 0 to delete; 0 unchanged; 2 requests; digest DIGEST
    ");
    insta::assert_snapshot!(shown(&target(2).plan(files, NOTHING)), @"
    Plan for https://roles.example.com/scim/v2 (platform responsive, organization acme)
      ~ change in place

    Users (2)
      ~ user/ana@example.com: role: Manager (AI enabled) -> Team member (AI enabled), user_type: AI business user -> AI member user  roles.yaml:2
      ~ user/bo@example.com: role: Team member (AI enabled) -> Manager (AI enabled), user_type: AI member user -> AI business user  roles.yaml:3

    Access
      gained reports.export, settings.manage, users.deactivate, users.modify (sensitive)  bo@example.com
      gained ai_drafting.train, ai_drafting.use, content.approve, content.delete and 12 more  bo@example.com
      lost   reports.export, settings.manage, users.deactivate, users.modify (sensitive)  ana@example.com
      lost   ai_drafting.train, ai_drafting.use, content.approve, content.delete and 12 more  ana@example.com

    Seats                  now   at most    after       of  # after, + at most
      AI business user       1         2        1        2  [#####+++++]

    Plan: 0 to create, 2 to update, 0 to replace, 0 to delete; 0 unchanged; 2 requests; digest DIGEST

    Steps
      s1 update user/bo@example.com
      s2 update user/ana@example.com  after s1
    ");
}

#[test]
fn in_a_chain_the_seat_that_comes_free_is_taken_next() {
    let target = Target::new("responsive")
        .seats("AI business user", 1)
        .seats("Non-AI business user", 1)
        .seats("Non-AI member user", 1)
        .user("ana", "Manager (AI enabled)")
        .user("bo", "Manager (AI not enabled)");
    let files = "assignments:\n  ana@example.com: Manager (AI not enabled)\n  bo@example.com: Project requestor\n";
    let plan = target.plan(files, NOTHING);
    assert_eq!(plan.steps[0].address.name, "bo@example.com");
    insta::assert_snapshot!(shown(&plan), @"
    Plan for https://roles.example.com/scim/v2 (platform responsive, organization acme)
      ~ change in place

    Users (2)
      ~ user/ana@example.com: role: Manager (AI enabled) -> Manager (AI not enabled), user_type: AI business user -> Non-AI business user  roles.yaml:2
      ~ user/bo@example.com: role: Manager (AI not enabled) -> Project requestor, user_type: Non-AI business user -> Non-AI member user  roles.yaml:3

    Access
      lost   reports.export, settings.manage, users.deactivate, users.modify (sensitive)  bo@example.com
      lost   ai_assistant.compare_sources, ai_assistant.use, ai_drafting.train, ai_drafting.use  ana@example.com
      lost   content.approve, content.create, content.delete, content.modify and 13 more  bo@example.com

    Seats                    now   at most    after       of  # after, + at most
      AI business user         1         1        0        1  [++++++++++]
      Non-AI member user       0         1        1        1  [##########]

    Plan: 0 to create, 2 to update, 0 to replace, 0 to delete; 0 unchanged; 2 requests; digest DIGEST

    Steps
      s1 update user/bo@example.com
      s2 update user/ana@example.com  after s1
    ");
}

/// R-UT-11, R-UT-30: fifty moves within one user type, and no seat moves.
#[test]
fn a_role_of_fifty_holders_is_replaced_without_moving_a_seat() {
    let mut target = Target::new("responsive").seats("Non-AI business user", 50).role(
        "Bid Manager",
        &[("user_type", "Non-AI business user")],
        &["projects.view", "projects.create"],
    );
    for at in 0..50 {
        target = target.user(&format!("u{at:02}"), "Bid Manager");
    }
    let files = "roles:
  Bid Manager:
    user_type: Non-AI business user
    permissions: { projects: [view, create], reports: [view] }
";
    let refused = target.plan(files, |policy| _ = policy.allow.insert(Code::Replace, 49));
    assert!(refused.is_refused());
    let plan = target.plan(files, |policy| _ = policy.allow.insert(Code::Replace, 50));
    assert!(plan.seats.iter().all(|seats| (seats.before, seats.worst) == (seats.after, seats.after)));
    insta::assert_snapshot!(shown(&plan), @"
    Plan for https://roles.example.com/scim/v2 (platform responsive, organization acme)
      -/+ replace by a new one

    Roles (1)
      -/+ role/Bid Manager (affects 50 users)  roles.yaml:2
          permissions: + reports.view
          cannot change: permissions (roles.yaml:2)
          way: holders move to Bid Manager (next), the old role is deleted, the new one is made,
              holders move to it, Bid Manager (next) is deleted
          requests: 104
          ids: old role:Bid Manager, new from s53
          holders (50): u00@example.com (in no file), u01@example.com (in no file),
              u02@example.com (in no file), u03@example.com (in no file), u04@example.com (in no file),
              u05@example.com (in no file), and 44 more, 44 of them in no file
          holders gain: reports.view (50 of 50)

    Access
      gained reports.view  u00@example.com, u01@example.com, u02@example.com and 47 more

    allowed[replace]: `role/Bid Manager` would be replaced by a new role, because `permissions` cannot change; 50 holders (R-UT-30)

    Plan: 0 to create, 0 to update, 1 to replace, 0 to delete; 0 unchanged; 104 requests; digest DIGEST

    Steps
      s1 create role/Bid Manager (next)
      s52 delete role/Bid Manager  after 50 others
      s53 create role/Bid Manager  after s52
      s104 delete role/Bid Manager (next)  after 51 others
    ");
}

/// R-TE-22: only the set at the end counts.
#[test]
fn the_last_classification_goes_while_another_one_comes_in_one_update() {
    let target = Target::new("total-expert").segments(&["Insurance"]).role(
        "Loan Officer",
        &[("classifications", "Sales"), ("segments", "Insurance")],
        &["loans.view"],
    );
    let plan = target.plan("roles:\n  Loan Officer: { classifications: [Support], segments: [Insurance] }\n", NOTHING);
    assert_eq!(plan.steps.len(), 1);
    insta::assert_snapshot!(shown(&plan), @"
    Plan for https://roles.example.com/scim/v2 (platform total-expert, organization acme)
      ~ change in place

    Roles (1)
      ~ role/Loan Officer  roles.yaml:2
          classifications: + Support, - Sales

    Plan: 0 to create, 1 to update, 0 to replace, 0 to delete; 0 unchanged; 1 request; digest DIGEST

    Steps
      s1 update role/Loan Officer
    ");
}

/// R-BE-28, R-BE-39: made, given its permissions, handed on to, and only then the old one goes.
#[test]
fn a_role_is_deleted_after_its_holders_have_the_one_that_the_same_plan_makes() {
    let target = Target::new("bullseye")
        .role("Dealer Staff", &[("class", "Location"), ("rank", "User")], &["locations.view", "leads.view"])
        .user("ana", "Dealer Staff")
        .user("bo", "Dealer Staff");
    let files = "roles:
  Dealer Employee:
    class: Location
    rank: User
    permissions: { locations: { view: all, modify: [phone, hours] } }
removed:
  roles: { Dealer Staff: { reassign_to: Dealer Employee } }
";
    insta::assert_snapshot!(shown(&target.plan(files, NOTHING)), @"
    Plan for https://roles.example.com/scim/v2 (platform bullseye, organization acme)
      + create   ~ change in place   - delete

    Roles (2)
      + role/Dealer Employee                 roles.yaml:2
          class: Location
          permissions: locations.modify.hours, locations.modify.phone, locations.view
          rank: User
      - role/Dealer Staff (affects 2 users)  roles.yaml:7
          class: Location
          permissions: leads.view, locations.view
          rank: User

    Users (2)
      ~ user/ana@example.com: role: Dealer Staff -> Dealer Employee  roles.yaml:7
          # role `Dealer Staff` is removed
      ~ user/bo@example.com: role: Dealer Staff -> Dealer Employee   roles.yaml:7
          # role `Dealer Staff` is removed

    Access
      gained locations.modify.hours, locations.modify.phone  ana@example.com, bo@example.com
      lost   leads.assign, leads.follow_up, leads.view  ana@example.com, bo@example.com

    Plan: 1 to create, 2 to update, 0 to replace, 1 to delete; 0 unchanged; 5 requests; digest DIGEST

    Steps
      s1 create role/Dealer Employee
      s2 update role/Dealer Employee  after s1
      s3 update user/ana@example.com  after s1, s2
      s4 update user/bo@example.com  after s1, s2
      s5 delete role/Dealer Staff  after s3, s4
    ");
}

/// R-TE-3, R-TE-9.
#[test]
fn a_permission_edit_is_one_write_for_four_hundred_users_and_needs_a_word() {
    let mut target = Target::new("total-expert").segments(&["Insurance"]).role(
        "Loan Officer",
        &[("classifications", "Sales"), ("segments", "Insurance")],
        &["loans.view"],
    );
    for at in 0..400 {
        target = target.user(&format!("u{at:03}"), "Loan Officer");
    }
    let files = "roles:
  Loan Officer:
    classifications: [Sales]
    segments: [Insurance]
    permissions: { loans: [view], contacts: [view, export] }
";
    let refused = target.plan(files, NOTHING);
    assert!(refused.is_refused());
    let plan =
        target.plan(files, |policy| policy.acknowledgement = Some("agreed with the CSM, ticket 4711".to_owned()));
    assert_eq!((plan.steps.len(), plan.changes[0].affected_users), (1, 400));
    assert_eq!(plan.access.gained.iter().map(|change| change.users.len()).collect::<Vec<_>>(), [400, 400]);
    insta::assert_snapshot!(shown(&plan), @"
    Plan for https://roles.example.com/scim/v2 (platform total-expert, organization acme)
      ~ change in place

    Roles (1)
      ~ role/Loan Officer (affects 400 users)  roles.yaml:2
          permissions: + contacts.export, + contacts.view

    Access
      gained contacts.export (sensitive)  u000@example.com, u001@example.com, u002@example.com and 397 more
      gained contacts.view                u000@example.com, u001@example.com, u002@example.com and 397 more

    allowed[needs-word]: the permissions of 1 existing role would change, for 400 users: `Loan Officer` (R-TE-9)

    Plan: 0 to create, 1 to update, 0 to replace, 0 to delete; 0 unchanged; 1 request; digest DIGEST

    Steps
      s1 update role/Loan Officer
    ");
}

/// R-BE-24: no target is asked.
#[test]
fn a_second_administrator_role_fails_offline() {
    let pack = platform::built_in("bullseye").expect("it is built in");
    let mut sources = Sources::default();
    let files = "roles:\n  Second: { class: Account, rank: Admin, permissions: { reports: [view] } }\n";
    let source = sources.add("roles.yaml", files);
    let (desired, found, _) = manifest::read(&sources, &[source], &pack);
    let found: Vec<_> = found.sorted().into_iter().map(|one| (one.code, one.rule.clone())).collect();
    assert!(desired.is_none());
    assert_eq!(found, [(Code::ReservedValues, Some("R-BE-24".into()))]);
}

/// R-TE-15 and R-BE-2: only the organization itself knows.
#[test]
fn what_the_organization_has_not_got_fails_at_plan() {
    let lender = Target::new("total-expert").segments(&["Retail Mortgage"]);
    let files =
        "roles:\n  Agent: { classifications: [Sales], segments: [Insurance], permissions: { loans: [view] } }\n";
    insta::assert_snapshot!(shown(&lender.plan(files, NOTHING)), @"
    Plan for https://roles.example.com/scim/v2 (platform total-expert, organization acme)
      + create

    Roles (1)
      + role/Agent  roles.yaml:2
          classifications: Sales
          permissions: loans.view
          segments: Insurance

    error[not-enabled]: `segment/Insurance` is not enabled for this organization; named by role `Agent` (R-TE-15)
      = help: enabled: `Retail Mortgage`

    Plan: 1 to create, 0 to update, 0 to replace, 0 to delete; 0 unchanged; 1 request; digest DIGEST
    ");

    let mut dealer = Target::new("bullseye").user("ana", "Location User");
    dealer.live.organization.as_mut().expect("an organization").subscriptions = Some([].into());
    let files = "roles:\n  Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }\n";
    insta::assert_snapshot!(shown(&dealer.plan(files, NOTHING)), @"
    Plan for https://roles.example.com/scim/v2 (platform bullseye, organization acme)
      + create

    Roles (1)
      + role/Regional Rep  roles.yaml:2
          class: Account
          permissions: reports.export, reports.view
          rank: User

    error[no-subscription]: custom roles cannot be made without the subscription `User Management`: `Regional Rep` (R-BE-2)
      = help: their holders can still be moved to other roles

    Plan: 1 to create, 0 to update, 0 to replace, 0 to delete; 0 unchanged; 2 requests; digest DIGEST
    ");
    let moved = dealer.plan("assignments:\n  ana@example.com: Location Admin\n", NOTHING);
    assert!(!moved.is_refused(), "{}", shown(&moved));
}
