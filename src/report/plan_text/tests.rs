//! Plans in, text out.

use super::*;
use crate::plan::{FORMAT_VERSION, Holder, Replacement, SeatUse, Summary, Way};
use crate::state::{Address, StepId};

pub(in crate::report) fn plan() -> Plan {
    Plan {
        format_version: FORMAT_VERSION,
        tool_version: "0.1.0".into(),
        platform: "open".into(),
        pack_digest: "p".into(),
        target: "https://roles.example.com/scim/v2".into(),
        organization: None,
        environment: None,
        owner: None,
        partial: false,
        digest: "0123456789abcdef0123456789abcdef".into(),
        integrity: "i".into(),
        summary: Summary { unchanged: 212, ..Summary::default() },
        changes: Vec::new(),
        access: Access::default(),
        seats: Vec::new(),
        findings: Vec::new(),
        allow: Vec::new(),
        acknowledgement: None,
        steps: Vec::new(),
        preconditions: Vec::new(),
        manual: Vec::new(),
        request: None,
        of_rows: false,
    }
}

pub(in crate::report) fn change(
    action: Action,
    kind: Kind,
    name: &str,
    line: u32,
    fields: Vec<(&str, Value, Value)>,
) -> Change {
    Change {
        address: Address::new(kind, name),
        kind,
        action,
        fields: fields
            .into_iter()
            .map(|(path, before, after)| FieldChange { path: path.into(), before, after })
            .collect(),
        affected_users: 0,
        origin: Some(Origin { file: "manifests/all.yaml".into(), line, column: 3 }),
        reason: None,
        replacement: None,
    }
}

#[track_caller]
fn shown(plan: &Plan) -> String {
    anstream::adapter::strip_str(&plan_text(plan)).to_string()
}

#[test]
fn an_empty_plan_says_so_and_counts_what_stays() {
    insta::assert_snapshot!(shown(&plan()), @"
    Plan for https://roles.example.com/scim/v2 (platform open)

    No changes. 212 objects are as the files want them.
    ");
}

#[test]
fn several_live_roles_give_way_to_the_one_of_the_files() {
    let before = Value::names(["R1", "R2"]);
    assert_eq!(difference(&before, &Value::text("R1")), "R1, R2 -> R1");
    assert_eq!(difference(&Value::Absent, &Value::text("R1")), "(none) -> R1");
    assert!(difference(&before, &Value::Absent).contains("- R2"));
}

/// A plan with something of every kind, refused by a guard.
pub(in crate::report) fn every_kind() -> Plan {
    let users = Change {
        affected_users: 12,
        ..change(
            Action::Update,
            Kind::Role,
            "Underwriter",
            9,
            vec![
                ("description", Value::text("Looks at loans"), Value::text("Decides on loans")),
                ("segments", Value::names(["Banking", "Retail"]), Value::names(["Insurance", "Retail"])),
                ("user_type", Value::text("AI business user"), Value::Absent),
            ],
        )
    };
    let mut refused = plan();
    refused.environment = Some("production".into());
    refused.organization = Some("Acme".into());
    refused.summary =
        Summary { create: 3, update: 2, replace: 1, delete: 2, unchanged: 1, new_accounts: 1, requests: 9 };
    refused.changes = vec![
        change(
            Action::Create,
            Kind::Segment,
            "Insurance",
            2,
            vec![("description", Value::Absent, Value::text("Everything insured"))],
        ),
        change(
            Action::Create,
            Kind::Role,
            "Loan Officer",
            5,
            vec![
                ("classifications", Value::Absent, Value::names(["Sales"])),
                ("description", Value::Absent, Value::text("Originates loans, and more")),
                ("permissions", Value::Absent, Value::names((0..12).map(|i| format!("entity{i}.view")))),
            ],
        ),
        Change {
            origin: None,
            reason: Some("listed under `removed`".into()),
            ..change(
                Action::Delete,
                Kind::Role,
                "Temp\u{1b}[2J",
                5,
                vec![("description", Value::text("Old"), Value::Absent)],
            )
        },
        users,
        change(
            Action::Replace,
            Kind::Role,
            "Auditor",
            19,
            vec![("class", Value::text("Account"), Value::text("Branch"))],
        ),
        change(
            Action::Create,
            Kind::User,
            "ana@example.com",
            30,
            vec![
                ("active", Value::Absent, Value::Flag(true)),
                ("name", Value::Absent, Value::text("Ana Diaz")),
                ("role", Value::Absent, Value::text("Loan Officer")),
            ],
        ),
        change(
            Action::Update,
            Kind::User,
            "bo@example.com",
            31,
            vec![
                ("active", Value::Flag(true), Value::Flag(false)),
                ("role", Value::text("Underwriter"), Value::text("Loan Officer")),
            ],
        ),
        change(Action::Delete, Kind::User, "cy@example.com", 32, vec![("role", Value::text("Temp"), Value::Absent)]),
    ];
    refused.access.gained = vec![
        AccessChange {
            permissions: vec!["users.delete".into()],
            sensitive: true,
            users: vec!["ana@example.com".into()],
        },
        AccessChange {
            permissions: vec!["loans.view".into()],
            sensitive: false,
            users: (0..7).map(|i| format!("u{i}@example.com")).collect(),
        },
    ];
    refused.access.lost = vec![AccessChange {
        permissions: vec!["loans.edit".into()],
        sensitive: false,
        users: vec!["bo@example.com".into()],
    }];
    refused.seats = vec![
        SeatUse { user_type: "AI business user".into(), capacity: Some(40), before: 12, worst: 14, after: 13 },
        SeatUse { user_type: "Guest".into(), capacity: None, before: 1, worst: 1, after: 0 },
        SeatUse { user_type: "Idle".into(), capacity: None, before: 1, worst: 1, after: 1 },
    ];
    let finding = |code: &str, severity, message: &str, allowed| Finding {
        code: code.into(),
        rule: None,
        severity,
        message: message.into(),
        help: Some(format!("allow it with `--allow {code}=3`")),
        allowed,
    };
    refused.findings = vec![
        finding("changes", Severity::Error, "2 of 4 roles would change (50 %, at most 30 %)", true),
        finding("degraded", Severity::Note, "the target has no Organization", false),
        finding("removals", Severity::Error, "3 of 10 users would lose their role (30 %, at most 25 %)", false),
    ];
    refused
}

#[test]
fn every_kind_of_change_has_its_look() {
    insta::assert_snapshot!(shown(&every_kind()), @r#"
    Plan for https://roles.example.com/scim/v2 (platform open, environment production, organization Acme)
      + create   ~ change in place   -/+ replace by a new one   - delete

    Segments (1)
      + segment/Insurance  manifests/all.yaml:2
          description: Everything insured

    Roles (4)
      + role/Loan Officer                    manifests/all.yaml:5
          classifications: Sales
          description: "Originates loans, and more"
          permissions: entity0.view, entity1.view, entity10.view, entity11.view, entity2.view,
                       entity3.view, entity4.view, entity5.view, entity6.view, entity7.view,
                       entity8.view, entity9.view
      - role/Temp\u{1b}[2J
          # listed under `removed`
          description: Old
      ~ role/Underwriter (affects 12 users)  manifests/all.yaml:9
          description: Looks at loans -> Decides on loans
          segments: + Insurance, - Banking
          user_type: AI business user -> (none)
      -/+ role/Auditor                       manifests/all.yaml:19
          class: Account -> Branch

    Users (2)
      ~ user/bo@example.com: role: Underwriter -> Loan Officer, active: true -> false  manifests/all.yaml:31
      - user/cy@example.com: Temp  manifests/all.yaml:32

    New accounts (1)
      + user/ana@example.com: Loan Officer, name Ana Diaz  manifests/all.yaml:30

    Access
      gained users.delete (sensitive)  ana@example.com
      gained loans.view                u0@example.com, u1@example.com, u2@example.com and 4 more
      lost   loans.edit  bo@example.com

    Seats                  now   at most    after       of  # after, + at most
      AI business user      12        14       13       40  [###.......]
      Guest                  1         1        0 no limit

    error[removals]: 3 of 10 users would lose their role (30 %, at most 25 %)
      = help: allow it with `--allow removals=3`
    note[degraded]: the target has no Organization
      = help: allow it with `--allow degraded=3`
    allowed[changes]: 2 of 4 roles would change (50 %, at most 30 %)

    Plan: 3 to create, 2 to update, 1 to replace, 2 to delete; 1 unchanged; 9 requests; digest 0123456789abcdef
    "#);
}

#[test]
fn no_control_character_reaches_the_terminal() {
    let evil = "a\u{1b}[2J\u{9b}\u{202e}\r";
    let mut plan = plan();
    plan.target = evil.into();
    plan.organization = Some(evil.into());
    plan.environment = Some(evil.into());
    let value = || Value::names([evil]);
    plan.changes = vec![
        change(
            Action::Create,
            Kind::Role,
            evil,
            1,
            vec![("x", Value::Absent, value()), ("y", value(), Value::text(evil))],
        ),
        change(Action::Update, Kind::User, evil, 1, vec![("x", Value::text(evil), value())]),
    ];
    plan.access.gained =
        vec![AccessChange { permissions: vec![evil.into()], sensitive: false, users: vec![evil.into()] }];
    plan.seats = vec![SeatUse { user_type: evil.into(), capacity: None, before: 0, worst: 1, after: 1 }];
    let text = shown(&plan);
    assert!(!text.contains(|c: char| c != '\n' && super::super::text::is_harmful(c)), "{text:?}");
    // Stripping would hide a raw escape sequence, so the coloured text is looked at as well.
    assert!(!plan_text(&plan).contains("[2J\u{9b}"));
}

fn holder(user_name: &str, managed: bool, active: bool) -> Holder {
    Holder { user_name: user_name.into(), managed, active }
}

fn replaced(way: Way, holders: Vec<Holder>, temporary_name: Option<&str>) -> Change {
    let fields = vec![
        ("class", Value::text("Account"), Value::text("Location")),
        ("permissions", Value::names(["leads.view", "users.view"]), Value::names(["leads.view"])),
    ];
    let replacement = Replacement {
        way,
        because: vec!["class".into()],
        requests: holders.len() as u64 + 4,
        holders,
        temporary_name: temporary_name.map(Into::into),
        resumed: false,
        old_id: Some("17".into()),
        new_id: Binding::CreatedBy(StepId(1)),
    };
    Change {
        affected_users: replacement.holders.len() as u64,
        replacement: Some(replacement),
        ..change(Action::Replace, Kind::Role, "Dealer Staff", 9, fields)
    }
}

/// PLANNING.md §3: the fields with their places, the way, the holders, the requests, the temporary
/// name, the ids, access gained and lost.
#[test]
fn a_replacement_says_why_how_and_for_whom() {
    let mut plan = plan();
    let mut holders: Vec<Holder> = (0..7).map(|at| holder(&format!("u{at}@example.com"), true, true)).collect();
    holders.extend([holder("old@example.com", true, false), holder("stray\u{1b}@example.com", false, true)]);
    plan.changes = vec![replaced(Way::Rename, holders, Some("Dealer Staff (next)"))];
    plan.summary.replace = 1;
    plan.access.lost = vec![AccessChange {
        permissions: vec!["users.view".into()],
        sensitive: true,
        users: vec!["old@example.com".into(), "u0@example.com".into(), "zoe@example.com".into()],
    }];
    insta::assert_snapshot!(shown(&plan), @r"
    Plan for https://roles.example.com/scim/v2 (platform open)
      -/+ replace by a new one

    Roles (1)
      -/+ role/Dealer Staff (affects 9 users)  manifests/all.yaml:9
          class: Account -> Location
          permissions: - users.view
          cannot change: class (manifests/all.yaml:9)
          way: the new role is made as Dealer Staff (next), holders move, the old one is deleted,
              the new one is renamed
          requests: 13
          ids: old 17, new from s1
          holders (9): stray\u{1b}@example.com (in no file), u0@example.com, u1@example.com,
              u2@example.com, u3@example.com, u4@example.com, and 3 more, 1 of them inactive
          holders lose: users.view (sensitive; 2 of 9)

    Access
      lost   users.view (sensitive)  old@example.com, u0@example.com, zoe@example.com

    Plan: 0 to create, 0 to update, 1 to replace, 0 to delete; 212 unchanged; 0 requests; digest 0123456789abcdef
    ");
}

#[test]
fn every_way_of_replacing_has_its_words() {
    let mut plan = plan();
    let ana = || vec![holder("ana@example.com", true, true)];
    let mut resumed = replaced(Way::TwoHops, ana(), Some("Dealer Staff 2"));
    if let Some(replacement) = &mut resumed.replacement {
        replacement.resumed = true;
        replacement.old_id = None;
        replacement.new_id = Binding::Id("18".into());
        replacement.because.push("rank".into());
    }
    plan.changes = vec![replaced(Way::Recreate, Vec::new(), None), replaced(Way::Successor, ana(), None), resumed];
    plan.summary.replace = 3;
    insta::assert_snapshot!(shown(&plan), @"
    Plan for https://roles.example.com/scim/v2 (platform open)
      -/+ replace by a new one

    Roles (3)
      -/+ role/Dealer Staff                   manifests/all.yaml:9
          class: Account -> Location
          permissions: - users.view
          cannot change: class (manifests/all.yaml:9)
          way: nobody holds the old role, it is deleted, the new one is made
          requests: 4
          ids: old 17, new from s1
          holders (0): nobody
      -/+ role/Dealer Staff (affects 1 user)  manifests/all.yaml:9
          class: Account -> Location
          permissions: - users.view
          cannot change: class (manifests/all.yaml:9)
          way: the new role is made, holders move, the old one is deleted
          requests: 5
          ids: old 17, new from s1
          holders (1): ana@example.com
          access: the holders keep their permissions
      -/+ role/Dealer Staff (affects 1 user)  manifests/all.yaml:9
          class: Account -> Location
          permissions: - users.view
          cannot change: class, rank (manifests/all.yaml:9)
          way: holders move to Dealer Staff 2, the old role is deleted, the new one is made,
              holders move to it, Dealer Staff 2 is deleted
          requests: 5
          resumed: goes on with what an interrupted run has left
          ids: the old role is gone, new 18
          holders (1): ana@example.com
          access: the holders keep their permissions

    Plan: 0 to create, 0 to update, 3 to replace, 0 to delete; 212 unchanged; 0 requests; digest 0123456789abcdef
    ");
}
