//! Plans in, comments out: how they look, that they fit, and that nothing in them does anything.

use super::*;
use crate::plan::{Action, FieldChange, Manual, Step, Write as StepWrite};
use crate::report::plan_text::tests::{change, every_kind, plan};
use crate::state::{Address, Attributes, Binding, Kind, StepId, Value, Version, attribute};

/// What a name can be at its worst.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</details></summary>",
    "<!-- rolecall --> -->",
    "a`b``c```d",
    "````",
    "| a | b |",
    "@everyone",
    "#123",
    "GH-1 org/repo#2 !3 ~label %mile $4 &5",
    "[x](javascript:alert(1))",
    "![](https://evil.example/p.png)",
    "https://evil.example www.evil.example",
    "**bold** _it_ ~~s~~",
    "x\n\n# heading\n/close\n```",
    "\u{202e}bidi\u{2066}",
    "\u{1b}[31m",
    ":tada: \\` \\",
    "  ",
    "deadbeef1",
];

#[test]
fn a_plan_with_everything() {
    insta::assert_snapshot!(plan_markdown(&every_kind()), @r#"
    <!-- rolecall platform=open env=production -->
    ### Plan for `production`

    `https://roles.example.com/scim/v2` · platform `open` · environment `production` · organization `Acme`

    **Plan:** 3 to create, 2 to update, 1 to replace, 2 to delete; 1 unchanged; 9 requests; 1 new account; digest `0123456789abcdef`

    **This plan is refused:** nothing of it is written until what stands below is put right.

    **Refusals and overrides** (2)

    - **error** `removals`: 3 of 10 users would lose their role (30 %, at most 25 %)<br>help: allow it with `--allow removals=3`
    - **allowed** `changes`: 2 of 4 roles would change (50 %, at most 30 %)

    **Sensitive permissions that are gained** (1)

    - `users.delete` (sensitive): `ana@example.com`

    **Deleted** (2)

    - `role/Temp\u{1b}[2J`
    - `user/cy@example.com`

    **Replaced** (1)

    - `role/Auditor`, held by nobody

    **Can no longer sign in** (1)

    - `user/bo@example.com`

    **Access that is lost** (1)

    - `loans.edit`: `bo@example.com`

    <details><summary>Segments (1)</summary>

    ```diff
    + segment/Insurance  manifests/all.yaml:2
    +     description: Everything insured
    ```

    </details>

    <details><summary>Roles (4)</summary>

    ```diff
    + role/Loan Officer  manifests/all.yaml:5
    +     classifications: Sales
    +     description: "Originates loans, and more"
    +     permissions: entity0.view, entity1.view, entity10.view, entity11.view, entity2.view, entity3.view, entity4.view, entity5.view, entity6.view, entity7.view, entity8.view, entity9.view
    - role/Temp\u{1b}[2J
    #     listed under `removed`
    -     description: Old
    ! role/Underwriter (affects 12 users)  manifests/all.yaml:9
    -     description: Looks at loans
    +     description: Decides on loans
    -     segments: Banking
    +     segments: Insurance
    -     user_type: AI business user
    ! role/Auditor (replaced)  manifests/all.yaml:19
    -     class: Account
    +     class: Branch
    ```

    </details>

    <details><summary>Users (2)</summary>

    ```diff
    ! user/bo@example.com: role: Underwriter -> Loan Officer, active: true -> false  manifests/all.yaml:31
    - user/cy@example.com: Temp  manifests/all.yaml:32
    ```

    </details>

    <details><summary>New accounts (1)</summary>

    ```diff
    + user/ana@example.com: Loan Officer, name Ana Diaz  manifests/all.yaml:30
    ```

    </details>

    <details><summary>Access (3)</summary>

    - gained `users.delete` (sensitive): `ana@example.com`
    - gained `loans.view`: `u0@example.com`, `u1@example.com`, `u2@example.com`, `u3@example.com`, `u4@example.com` and 2 more
    - lost `loans.edit`: `bo@example.com`

    </details>

    <details><summary>Seats</summary>

    ```diff
    Seats                  now   at most    after       of  # after, + at most
      AI business user      12        14       13       40  [###.......]
      Guest                  1         1        0 no limit
    ```

    </details>

    <details><summary>Warnings and notes (1)</summary>

    - **note** `degraded`: the target has no Organization<br>help: allow it with `--allow degraded=3`

    </details>
    "#);
}

#[test]
fn a_plan_that_changes_nothing() {
    insta::assert_snapshot!(plan_markdown(&plan()), @"
    <!-- rolecall platform=open -->
    ### Plan for `https://roles.example.com/scim/v2`

    `https://roles.example.com/scim/v2` · platform `open`

    **No changes.** 212 objects are as the files want them.
    ");
}

#[test]
fn what_became_of_a_plan_is_said_first() {
    let mut plan = every_kind();
    plan.findings.clear();
    plan.manual.push(Manual {
        address: Address::new(Kind::Segment, "Retail"),
        action: Action::Create,
        request: "see to it that there is a segment `Retail`".into(),
        origin: None,
    });
    let outcomes = [
        Outcome::Applied { id: "1".into() },
        Outcome::Refused { status: 409, detail: "no seat for @all".into(), rule: Some("R-UT-26".into()) },
        Outcome::Skipped { because: StepId(2) },
        Outcome::Cancelled,
    ];
    let addresses = plan.changes.iter().map(|change| change.address.clone());
    let outcomes = (1..).map(StepId).zip(addresses).zip(outcomes);
    let report = Report {
        outcomes: outcomes.map(|((step, address), outcome)| (step, address, outcome)).collect(),
        writes: 2,
        stopped_on_error: true,
        ..Report::default()
    };
    let shown = results_markdown(&plan, &report);
    let top: Vec<&str> = shown.lines().take_while(|line| !line.starts_with("**Deleted")).collect();
    insta::assert_snapshot!(top.join("\n"), @r#"
    <!-- rolecall platform=open env=production -->
    ### Plan, applied in part, for `production`

    `https://roles.example.com/scim/v2` · platform `open` · environment `production` · organization `Acme`

    **Applied in part:** 1 created, 0 updated, 0 deleted; 2 writes; 4 in place already; 3 objects left, plan again to see what; 1 step left to a person

    **Plan:** 3 to create, 2 to update, 1 to replace, 2 to delete; 1 unchanged; 9 requests; 1 step left to a person; 1 new account; digest `0123456789abcdef`

    **What is not as planned** (3)

    - **The rest:** 1 step was not tried, because a step failed, and the run stops then
    - `role/Loan Officer`: refused by the target (409): no seat for `@all` (`R-UT-26`)
    - `role/Temp\u{1b}[2J`: skipped, because `role/Loan Officer` did not succeed

    **Sensitive permissions that are gained** (1)

    - `users.delete` (sensitive): `ana@example.com`
    "#);
    let shown = results_markdown(&plan, &Report::default());
    insta::assert_snapshot!(shown.lines().nth(5).unwrap_or_default(), @"**Nothing was applied.**");
}

#[test]
fn somebody_who_is_suspended_on_the_way_is_named() {
    let mut plan = plan();
    for (id, name, active) in
        [(1, "ana@example.com", false), (2, "ana@example.com", true), (3, "bo@example.com", false)]
    {
        plan.steps.push(Step {
            id: StepId(id),
            address: Address::new(Kind::User, name),
            write: StepWrite::Update {
                id: Binding::Id("7".into()),
                attributes: Attributes::from([(attribute::ACTIVE.to_owned(), Value::Flag(active))]),
            },
            waits_for: Vec::new(),
            expects: crate::plan::Expected::Version(Version::default()),
        });
    }
    let shown = plan_markdown(&plan);
    assert!(shown.contains("**Suspended on the way** (1)\n\n- `user/ana@example.com`\n"), "{shown}");
}

/// What a reader of the comment would take for text outside of code, with our own elements taken out.
/// Fails where a fence, a span or an element is not closed.
#[track_caller]
fn prose(comment: &str) -> String {
    let mut prose = String::new();
    let mut fence: Option<&str> = None;
    let mut folded = 0;
    for line in comment.lines() {
        if let Some(open) = fence {
            assert!(!line.starts_with("</details>"), "a fence is closed before the element that holds it");
            fence = (line != open).then_some(open);
            continue;
        }
        if let Some(open) =
            line.strip_suffix("diff").filter(|open| open.len() >= 3 && open.bytes().all(|byte| byte == b'`'))
        {
            fence = Some(open);
            continue;
        }
        if let Some(summary) = line.strip_prefix("<details><summary>") {
            folded += 1;
            prose.push_str(summary.strip_suffix("</summary>").expect("it is closed on its line"));
            continue;
        }
        if line == "</details>" {
            folded -= 1;
            assert!(folded >= 0);
            continue;
        }
        let line = line.replace("<br>", "");
        let mut rest = line.as_str();
        while let Some(start) = rest.find('`') {
            prose.push_str(&rest[..start]);
            let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            rest = &rest[start + run..];
            let mut end = 0;
            let close = loop {
                let at = end + rest[end..].find('`').expect("a code span is closed on its line");
                let length = rest[at..].len() - rest[at..].trim_start_matches('`').len();
                if length == run {
                    break at;
                }
                end = at + length;
            };
            rest = &rest[close + run..];
        }
        prose.push_str(rest);
        prose.push('\n');
    }
    assert!(fence.is_none() && folded == 0, "everything is closed");
    prose
}

/// That nothing that a site could act on is left outside of code.
#[track_caller]
fn check_harmless(comment: &str) {
    assert!(comment.len() <= COMMENT_BYTES, "{} bytes", comment.len());
    assert!(!comment.contains(|c: char| c != '\n' && crate::report::text::is_harmful(c)));
    let prose = prose(comment);
    let (marker, prose) = prose.split_once('\n').expect("a first line");
    assert!(marker.starts_with("<!-- rolecall platform=") && marker.ends_with(" -->"));
    assert_eq!(marker.matches("--").count(), 2, "{marker}");
    let prose = prose.replace("### ", "").replace("**", "").replace("- ", "");
    let bad = |c: char| "<>@#[]!|_*~\\$&`".contains(c);
    assert!(!prose.contains(bad), "{prose}");
    assert!(!prose.contains("://") && !prose.contains("www."), "{prose}");
}

/// A plan in which every name and text is this one.
fn named(name: &str, count: usize) -> Plan {
    let mut plan = every_kind();
    let text = || name.to_owned();
    plan.platform = text();
    plan.target = text();
    plan.environment = Some(text());
    plan.organization = Some(text());
    let value = || Value::names([name.to_owned(), format!("{name}2")]);
    let kinds = [Kind::Role, Kind::User, Kind::Segment];
    let actions = [Action::Create, Action::Update, Action::Replace, Action::Delete];
    plan.changes = (0..count)
        .map(|i| {
            let mut change = change(
                actions[i % 4],
                kinds[i % 3],
                &format!("{name}{i}"),
                1,
                vec![("active", Value::Flag(true), Value::Flag(false)), (name, value(), Value::text(name))],
            );
            change.reason = Some(text());
            change
        })
        .collect();
    let access = |sensitive| AccessChange { permissions: vec![text(); 20], sensitive, users: vec![text(); 20] };
    plan.access.gained = (0..count).map(|i| access(i < count / 2)).collect();
    plan.access.lost = (0..count).map(|i| access(i < count / 2)).collect();
    plan.manual = (0..count)
        .map(|_| Manual {
            address: Address::new(Kind::Segment, name),
            action: Action::Create,
            request: text(),
            origin: None,
        })
        .collect();
    for finding in &mut plan.findings {
        finding.message = format!("role `{name}` and {name}");
        finding.help = Some(text());
        finding.rule = Some(text());
        finding.code = text();
    }
    for seats in &mut plan.seats {
        seats.user_type = text();
    }
    plan
}

#[test]
fn names_are_text_and_nothing_else() {
    for name in HOSTILE {
        let plan = named(name, 12);
        check_harmless(&plan_markdown(&plan));
        let address = plan.changes[0].address.clone();
        let detail = || (*name).to_owned();
        let report = Report {
            outcomes: vec![
                (StepId(1), address.clone(), Outcome::Refused { status: 400, detail: detail(), rule: Some(detail()) }),
                (StepId(2), address.clone(), Outcome::Skipped { because: StepId(1) }),
                (StepId(3), address, Outcome::Failed { detail: detail(), credential: false }),
            ],
            unrecorded: Some(detail()),
            ..Report::default()
        };
        check_harmless(&results_markdown(&plan, &report));
    }
}

#[test]
fn ten_thousand_changes_fit_and_what_is_left_out_is_counted() {
    for name in ["x", &"very long ".repeat(100), &"`".repeat(500), &"日本".repeat(300)] {
        let plan = named(name, 10_000);
        let comment = plan_markdown(&plan);
        check_harmless(&comment);
        assert!(comment.len() > COMMENT_BYTES / 2, "the room is used: {}", comment.len());
        for kept in [
            "digest `0123456789abcdef`",
            "This plan is refused",
            "**Sensitive permissions that are gained** (5000)",
            "**Deleted** (2500)",
            "**Replaced** (2500)",
            "**Can no longer sign in** (834)",
            "**Access that is lost** (10000)",
            "**Left to a person** (10000)",
            "rolecall show plan.json",
        ] {
            assert!(comment.contains(kept), "{kept} is not in\n{comment}");
        }
    }
}

#[test]
fn long_values_and_many_findings_fit() {
    let mut plan = every_kind();
    let permissions = |of: &str| Value::names((0..20_000).map(|i| format!("{of}{i}.view")));
    plan.changes[3].fields =
        vec![FieldChange { path: "permissions".into(), before: permissions("a"), after: permissions("b") }];
    let refusal = plan.findings[2].clone();
    plan.findings
        .extend((0..10_000).map(|i| Finding { message: format!("{i} `{}`", "x".repeat(i)), ..refusal.clone() }));
    let comment = plan_markdown(&plan);
    check_harmless(&comment);
    assert!(comment.contains("`--allow removals=3`"), "{comment}");
    assert!(comment.contains("**Deleted** (2)\n\n- `role/Temp"), "{comment}");
}
