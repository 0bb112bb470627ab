//! A platform with rules of a vendor: expectations, enabled values, the word that changes need.

use super::{many, planned_with, text, vendor_pack};

#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let plan = planned_with(&vendor_pack(), desired, live);
    let mut findings = String::new();
    text::findings(&mut findings, &plan);
    assert_eq!(findings.lines().collect::<Vec<_>>(), expected, "\n{}", text::of(&plan));
    let stops = expected.iter().any(|line| line.starts_with("error") && !line.contains("(allowed)"));
    assert_eq!(plan.is_refused(), stops);
}

/// R-TE-7: classifications and segments grant nothing. R-TE-3, R-TE-19: a permission edit is one
/// request on the one role, and reaches every holder.
#[test]
fn purpose_grants_nothing_and_a_permission_edit_is_one_request_for_all_holders() {
    let live = format!(
        "segment Retail\nrole A segments=Retail classifications=Sales permissions=a.x\n{}",
        many(40, |at| format!("user u{at} A"))
    );
    let purpose = planned_with(&vendor_pack(), "role A classifications=Support,Manager", &live);
    assert_eq!((purpose.steps.len(), purpose.changes[0].affected_users), (1, 0));
    assert_eq!(purpose.access, crate::plan::Access::default());

    let edit = planned_with(&vendor_pack(), "acknowledge T-1\nrole A permissions=a.x,a.y", &live);
    assert_eq!((edit.steps.len(), edit.changes[0].affected_users), (1, 40));
    assert_eq!(edit.access.gained[0].users.len(), 40);
}

#[test]
fn what_files_state_of_a_tenant_is_compared_and_never_written() {
    check(
        "segment Retail
         segment Union–CRM
         segment Insurance
         type AI licenses=40
         type Member licenses=2
         type Other",
        "segment Retail
         segment Union-CRM
         segment Insurance enabled=false
         segment Wholesale
         type AI licenses=30
         type Member licenses=3",
        &[
            "error unmet-expectation: the files state 1 segment that this organization has not enabled: `Insurance` (R-TE-15)",
            "  help: role administration cannot enable it: take it out of the files, or ask the vendor",
            "error unmet-expectation: the files state 1 user type that this organization has not enabled: `Other`",
            "  help: role administration cannot enable it: take it out of the files, or ask the vendor",
            "error unmet-expectation: user type `AI` has 30 licences; the files state 40",
            "  help: state what the organization has, or buy what is missing",
            "warning impossible-live: the target holds a segment that the platform does not have: `Wholesale` (R-TE-14)",
            "note more-than-stated: there are more licences than the files state: `Member 3 instead of 2`",
            "note more-than-stated: this organization has enabled 1 segment that the files do not state: `Wholesale`",
        ],
    );
    check("segment Union–CRM", "segment Union-CRM", &[]);
    check("segment Retail", "without segment", &[]);
}

#[test]
fn a_value_that_is_not_enabled_is_told_from_one_that_does_not_exist() {
    check(
        "role A segments=Insurance,Retial classifications=Sales
         role B segments=Insurance,Union–CRM
         role Held segments=Insurance",
        "segment Retail
         segment Union-CRM
         role Held segments=Insurance",
        &[
            "error unknown-name: `segment/Retial` is in no file and not on the target; named by role `A` (R-TE-14)",
            "  help: near: `Retail`",
            "error not-enabled: `segment/Insurance` is not enabled for this organization; named by role `A`, `B` (R-TE-15)",
            "  help: enabled: `Retail`, `Union-CRM`",
        ],
    );
}

#[test]
fn the_vendors_other_spelling_is_no_difference_and_the_live_one_is_written() {
    let plan = planned_with(
        &vendor_pack(),
        "role A segments=Union–CRM
         role B segments=Union–CRM",
        "segment Union-CRM
         segment Retail
         role A segments=Union-CRM
         role B segments=Retail",
    );
    assert_eq!(
        text::of(&plan),
        "~ role/B  segments: [Retail] -> [Union-CRM]\ns1 update role:B role/B  segments=[Union-CRM]\n"
    );
}

#[test]
fn a_change_of_permissions_needs_a_word_and_a_new_role_does_not() {
    let live = "role A permissions=contacts.view
         role B permissions=contacts.view
         user ana A
         user bo A";
    let said = |allowed: &str| {
        [
            format!(
                "error needs-word{allowed}: the permissions of 2 existing roles would change, for 2 users: `A`, `B` (R-TE-9)"
            ),
            "  help: once that is agreed, `--acknowledge TEXT` says with whom, or which ticket it is".to_owned(),
        ]
    };
    let changed = "role A permissions=contacts.export\nrole B permissions=\nrole New permissions=contacts.view";
    let check = |desired: &str, expected: &[String]| {
        check(desired, live, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check(changed, &said(""));
    check(&format!("acknowledge T-17\n{changed}"), &said(" (allowed)"));
    check("role New permissions=contacts.view\nrole A description=x", &[]);

    let with = planned_with(&vendor_pack(), &format!("acknowledge T-17\n{changed}"), live);
    assert_eq!(with.acknowledgement.as_deref(), Some("T-17"));
    assert_ne!(with.digest, planned_with(&vendor_pack(), changed, live).digest);
    let role = &with.changes[0];
    assert_eq!((role.address.name.as_str(), role.affected_users), ("A", 2));
    assert!(with.steps.iter().all(|step| step.address.kind == crate::state::Kind::Role));
}

#[test]
fn taking_all_permissions_from_a_held_role_needs_a_word_everywhere() {
    let live = "role A permissions=a.x\nrole Free permissions=a.x\nuser ana A";
    let plan = super::planned("role A permissions=\nrole Free permissions=", live);
    let mut findings = String::new();
    text::findings(&mut findings, &plan);
    assert_eq!(
        findings,
        "error needs-word: 1 role would lose all permissions, with 1 holder: `A`\n  help: once that is agreed, \
         `--acknowledge TEXT` says with whom, or which ticket it is\n"
    );
}

#[test]
fn sensitive_permissions_come_first_and_equal_users_are_said_once() {
    let plan = planned_with(
        &vendor_pack(),
        "acknowledge T-17
         role A permissions=alerts.view,contacts.export,contacts.view
         role B permissions=alerts.view",
        "role A
         role B
         user ana A
         user bo B",
    );
    let gained: Vec<String> = (plan.access.gained.iter())
        .map(|change| format!("{} {}: {}", change.sensitive, change.permissions.join(" "), change.users.join(" ")))
        .collect();
    assert_eq!(gained, ["true contacts.export: ana", "false alerts.view: ana bo", "false contacts.view: ana"]);
}

#[test]
fn new_accounts_that_look_like_a_live_user_are_asked_about() {
    let live = "role A
         user maria.lopez@example.com A
         user peter.smith@example.com A
         user gone.smith@example.com A";
    let files = "role A
         user maria.lopes@example.com A
         user petra.smith@example.com A
         user peter.smith@example.com A
         user gono.smith@example.com A
         remove user gone.smith@example.com delete
         min_administrators 0";
    let check = |desired: &str, allowed: &str| {
        check(
            desired,
            live,
            &[
                &format!(
                    "error similar-account{allowed}: 1 new account is spelled almost like live users that no file assigns: \
                 `maria.lopes@example.com` like `maria.lopez@example.com`"
                ),
                "  help: if the live users are meant, correct the spelling; else `--allow similar-account=1` lets exactly this \
                 pass",
            ],
        );
    };
    check(files, "");
    check(&format!("{files}\nallow similar-account=1"), " (allowed)");
}

#[test]
fn a_read_of_under_half_of_the_last_one_is_suspicious() {
    let live = many(9, |at| format!("user u{at} A"));
    let live = format!("role A\n{live}");
    check("last_run_users 18", &live, &[]);
    check(
        "last_run_users 19",
        &live,
        &[
            "error suspicious-read: the target lists 9 users; the last run read 19",
            "  help: `--allow suspicious-read=10` lets exactly this pass",
        ],
    );
    check("role A", "", &[]);
}
