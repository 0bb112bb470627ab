//! Plans in, pages out: what they are made of, that they are whole, and how large they are.

use super::*;
use crate::apply::Outcome;
use crate::plan::{Action, SeatUse};
use crate::report::plan_text::tests::{change, every_kind, plan};
use crate::state::{Kind, StepId, Value};

/// The words of a page, without its elements, style and script.
fn words(page: &str) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let (body, _) = body.split_once("<script>").expect("the script at the end");
    let texts = body.split('<').filter_map(|piece| piece.split_once('>').map(|(_, text)| text));
    texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_has(page: &str, expected: &[&str]) {
    let words = words(page);
    for expected in expected {
        assert!(words.contains(expected), "{expected} is not in\n{words}");
    }
}

#[test]
fn a_page_says_all_that_the_plan_says() {
    let page = plan_html(&every_kind());
    check_has(
        &page,
        &[
            "Plan for production",
            "target https://roles.example.com/scim/v2 platform open environment production organization Acme",
            "digest 0123456789abcdef",
            "Refused. Nothing of this plan is written",
            "error 3 of 10 users would lose their role (30 %, at most 25 %) removals help: allow it with --allow removals=3",
            "allowed 2 of 4 roles would change",
            "Sensitive permissions that are gained 1 gained users.delete sensitive 1 user: ana@example.com",
            "Deleted 2 delete role/Temp\\u{1b}[2J delete user/cy@example.com",
            "Can no longer sign in 1 update user/bo@example.com",
            "update role/Underwriter affects 12 users manifests/all.yaml:9 description Looks at loans → Decides on loans \
             segments + Insurance - Banking user_type AI business user → none",
            "New accounts 1 create user/ana@example.com",
            "Lost 1 lost loans.edit 1 user: bo@example.com",
            "AI business user 12 now, 14 at most, 13 after; of 40",
            "Guest 1 now, 1 at most, 0 after; no limit",
        ],
    );
    assert_eq!(page, plan_html(&every_kind()), "the same plan is the same bytes");
}

#[test]
fn too_few_seats_are_said_in_words_too() {
    let mut plan = plan();
    plan.seats = vec![SeatUse { user_type: "Full".into(), capacity: Some(3), before: 5, worst: 5, after: 4 }];
    check_has(&plan_html(&plan), &["Full 5 now, 5 at most, 4 after; of 3 2 too many"]);
}

#[test]
fn what_became_of_a_plan_is_said_first() {
    let mut plan = every_kind();
    plan.findings.clear();
    let address = plan.changes[0].address.clone();
    let refused = Outcome::Refused { status: 409, detail: "no seat".into(), rule: None };
    let report = Report { outcomes: vec![(StepId(1), address, refused)], writes: 1, ..Report::default() };
    check_has(
        &results_html(&plan, &report),
        &["Applied in part:", "What is not as planned 1 segment/Insurance refused by the target (409): no seat"],
    );
    check_has(&results_html(&plan, &Report::default()), &["Nothing was applied. What follows is the plan."]);
}

#[test]
fn nothing_is_fetched_and_only_our_own_script_runs() {
    let page = plan_html(&every_kind());
    let policy = policy::policy(STYLE, SCRIPT);
    assert!(page.contains(&format!("content=\"{policy}\"")), "{policy}");
    assert_eq!((page.matches("<script").count(), page.matches("<style").count()), (1, 1));
    for external in
        ["src=", "<link", "<img", "<iframe", "@import", "url(", "http-equiv=\"refresh\"", "style=\"", " onclick"]
    {
        assert!(!page.contains(external), "{external}");
    }
    for (at, _) in page.match_indices("href=\"") {
        assert!(page[at..].starts_with("href=\"#"), "{}", &page[at..at + 40]);
    }
}

#[test]
fn names_are_text() {
    let hostile = "</code></script><script>alert(1)</script><img src=x onerror=\"y\"> ' \u{202e} \u{1b}[2J `";
    let mut plan = every_kind();
    plan.target = hostile.into();
    plan.environment = Some(hostile.into());
    plan.organization = Some(hostile.into());
    let value = Value::names([hostile]);
    plan.changes = vec![change(Action::Update, Kind::Role, hostile, 1, vec![(hostile, Value::Absent, value)])];
    plan.changes[0].reason = Some(hostile.into());
    for finding in &mut plan.findings {
        finding.message = hostile.into();
        finding.help = Some(hostile.into());
    }
    for access in plan.access.gained.iter_mut().chain(&mut plan.access.lost) {
        access.permissions = vec![hostile.into()];
        access.users = vec![hostile.into()];
    }
    plan.seats[0].user_type = hostile.into();
    let page = plan_html(&plan);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("onerror=\""));
    let (_, body) = page.split_once("<body>").expect("a body");
    assert!(!body.contains(|c: char| c != '\n' && crate::report::text::is_harmful(c)));
}

#[test]
fn a_page_of_ten_thousand_changes_is_not_too_large() {
    let mut plan = every_kind();
    plan.changes = (0..10_000)
        .map(|i| {
            let fields = vec![
                ("active", Value::Flag(true), Value::Flag(false)),
                ("role", Value::text("Senior Underwriter"), Value::text("Loan Officer")),
            ];
            change(Action::Update, Kind::User, &format!("person.number{i}@example.com"), i, fields)
        })
        .collect();
    let page = plan_html(&plan);
    assert!(page.contains("person.number9999@") && page.contains("class=\"rows long\""));
    assert!(page.len() < 4_500_000, "{} bytes: each of them is told twice", page.len());
    for change in &mut plan.changes {
        change.fields.remove(0);
    }
    let page = plan_html(&plan);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}
