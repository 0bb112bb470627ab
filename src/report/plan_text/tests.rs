//! Plans in, text out.

use super::*;
use crate::plan::{FORMAT_VERSION, Summary};
use crate::state::Address;

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
    }
}

fn change(action: Action, kind: Kind, name: &str, line: u32, fields: Vec<(&str, Value, Value)>) -> Change {
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

#[test]
fn every_kind_of_change_has_its_look() {
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
    insta::assert_snapshot!(shown(&refused), @r#"
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

    Seats                  now   at most    after       of
      AI business user      12        14       13       40
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
