//! What the table of rules says of plans and of refusals is so: each code that a plan is said to find
//! is found on a sandbox, with its rule, and each status is what a raw request was answered.
//!
//! The table itself and the page that is made of it are looked at by `rules`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rolecall::diagnostic::{Code, Held, rule, rules};
use rolecall::plan::Requested;
use rolecall::platform::built_in;
use rolecall::sandbox::Tenant;
use serde_json::{Value, json};

use crate::rules::{Side, files_of_tests, ids_of, takes_a_target};
use crate::support::organization::{Organization, holder, said, seeded};
use crate::support::raw::grants;

/// A state, files that break rules on it, and what the plan says of them.
struct Case {
    platform: &'static str,
    who: &'static str,
    seed: Vec<Value>,
    files: String,
    /// The rules that are named, each with the code.
    found: Vec<(&'static str, Code)>,
    /// Whether the files stand for the rows of a bulk request.
    is_request: bool,
}

/// A case of an administrator's.
fn case(platform: &'static str, found: &[(&'static str, Code)], seed: Vec<Value>, files: &str) -> Case {
    Case { platform, who: "ada", seed, files: files.to_owned(), found: found.to_vec(), is_request: false }
}

/// The wrong file of a rule.
fn wrong(id: &str) -> &'static str {
    rule(id).and_then(|rule| rule.example).expect("it has an example").wrong
}

fn role(name: &str, attributes: Value) -> Value {
    seeded("Role", name, attributes)
}

fn total_expert() -> Vec<Case> {
    let segment = |name: &str| seeded("Segment", name, json!({ "enabled": true }));
    let officer = |grants: Value| {
        role("Loan Officer", json!({ "classifications": ["Sales"], "segments": ["Insurance"], "grants": grants }))
    };
    let many = |segment: &str| {
        (0..30).fold("roles:\n".to_owned(), |mut text, at| {
            writeln!(text, "  Role {at}: {{ classifications: [Sales], segments: [{segment}] }}").expect("text");
            text
        })
    };
    let thirty = || {
        let attributes = json!({ "classifications": ["Sales"], "segments": ["Wholesale"] });
        let roles = (0..30).map(|at| role(&format!("Role {at}"), attributes.clone()));
        roles.chain([segment("Insurance"), segment("Wholesale")]).collect()
    };
    let platform = "total-expert";
    vec![
        case(
            platform,
            &[("R-TE-6", Code::ImpossibleLive), ("R-TE-13", Code::ImpossibleLive), ("R-TE-14", Code::ImpossibleLive)],
            vec![
                role("Bare", json!({ "segments": ["Insurance"] })),
                role("Odd", json!({ "classifications": ["Janitor"], "segments": ["Leasing"] })),
            ],
            "roles: {}",
        ),
        case(
            platform,
            &[("R-TE-9", Code::NeedsWord)],
            vec![segment("Insurance"), officer(grants(&["campaigns.view"]))],
            wrong("R-TE-9"),
        ),
        case(
            platform,
            &[("R-TE-15", Code::NotEnabled), ("R-TE-17", Code::NoPermissions)],
            vec![segment("Retail Mortgage")],
            "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
        ),
        case(platform, &[("R-TE-15", Code::UnmetExpectation)], vec![segment("Retail Mortgage")], wrong("R-TE-16")),
        case(platform, &[("R-TE-23", Code::BulkBySupport)], thirty(), &many("Insurance")),
        Case { is_request: true, ..case(platform, &[("R-TE-23", Code::OneByOne)], thirty(), &many("Insurance")) },
    ]
}

fn responsive() -> Vec<Case> {
    let platform = "responsive";
    let (member, ai_member) = ("Non-AI member user", "AI member user");
    let writer = |user_type: &str| json!({ "userType": user_type, "grants": grants(&["content.create"]) });
    let seats = |licenses: &[(&str, u64)], users: Vec<Value>| {
        let licenses: BTreeMap<String, Option<u64>> =
            licenses.iter().map(|(name, seats)| ((*name).to_owned(), Some(*seats))).collect();
        let mut seed = Tenant { licenses, ..Tenant::default() }.seed(&built_in(platform).expect("it is carried"));
        seed.extend(users);
        seed
    };
    let ana = |role: &str, user_type: &str| holder("ana@example.com", &[role], json!({ "userType": user_type }));
    let bo = |role: &str, user_type: &str| holder("bo@example.com", &[role], json!({ "userType": user_type }));
    let (with_ai, without, requestor) =
        ("Team member (AI enabled)", "Team member (AI not enabled)", "Project requestor");
    let managers = |name: &str, user_type: &str| {
        format!("roles:\n  {name}: {{ user_type: {user_type}, permissions: {{ users: [create] }} }}")
    };
    vec![
        case(
            platform,
            &[
                ("R-UT-1", Code::SeveralRoles),
                ("R-UT-1", Code::ImpossibleLive),
                ("R-UT-4", Code::ImpossibleLive),
                ("R-UT-5", Code::ImpossibleLive),
                ("R-UT-9", Code::ImpossibleLive),
                ("R-UT-33", Code::ImpossibleLive),
            ],
            vec![
                role("Writer", writer(member)),
                role("Odd", writer("Guest user")),
                role("Bare", json!({ "grants": grants(&["content.create"]) })),
                role("Empty", json!({ "userType": member })),
                holder("ana@example.com", &["Writer", "Empty"], json!({ "userType": member })),
                // No file gives this one a role.
                holder("eve@example.com", &["Writer", "Empty"], json!({ "userType": member })),
                bo("Writer", ai_member),
            ],
            "assignments: { ana@example.com: Writer, bo@example.com: Writer }",
        ),
        case(
            platform,
            &[("R-UT-13", Code::LockedRole)],
            vec![role(requestor, json!({ "builtIn": "project_requestor", "userType": ai_member }))],
            &format!("roles:\n  {requestor}: {{ user_type: {member} }}"),
        ),
        case(
            platform,
            &[("R-UT-23", Code::LockedRole)],
            vec![role("Boss", json!({ "builtIn": "manager_ai", "userType": "AI business user" }))],
            &managers("Boss", "AI business user"),
        ),
        case(
            platform,
            &[("R-UT-24", Code::LockedRole)],
            vec![role("Boss", json!({ "builtIn": "manager", "userType": "Non-AI business user" }))],
            &managers("Boss", "Non-AI business user"),
        ),
        case(
            platform,
            &[("R-UT-26", Code::NoSeat)],
            seats(&[(member, 1)], vec![ana(requestor, member)]),
            wrong("R-UT-8"),
        ),
        case(
            platform,
            &[("R-UT-26", Code::NoSeat)],
            seats(&[(ai_member, 1)], vec![ana(with_ai, ai_member)]),
            wrong("R-UT-26"),
        ),
        case(
            platform,
            &[("R-UT-26", Code::NoSeat)],
            seats(&[(ai_member, 1), (member, 1)], vec![ana(with_ai, ai_member), bo(without, member)]),
            wrong("R-UT-28"),
        ),
        case(platform, &[("R-UT-30", Code::Replace)], vec![role("Writer", writer(member))], wrong("R-UT-30")),
        // What the target's catalogue says is not known offline.
        case(
            platform,
            &[("R-UT-32", Code::PermissionBeyondType)],
            vec![seeded(
                "Permission",
                "Content",
                json!({ "entity": "content", "actions": ["create"], "userTypes": [ai_member] }),
            )],
            &format!("roles:\n  Writer: {{ user_type: {member}, permissions: {{ content: [create] }} }}"),
        ),
        case(
            platform,
            &[("R-UT-34", Code::CheaperUserType)],
            vec![seeded("Permission", "Content", json!({ "entity": "content", "actions": ["create"] }))],
            wrong("R-UT-34"),
        ),
    ]
}

fn bullseye() -> Vec<Case> {
    let platform = "bullseye";
    let unsubscribed = || vec![seeded("Organization", "", json!({ "subscriptions": [] }))];
    let rep = || role("Regional Rep", json!({ "class": "Account", "rank": "User", "grants": grants(&["leads.view"]) }));
    let chief = || role("Chief", json!({ "class": "Account", "rank": "Admin" }));
    let staff = || role("Staff", json!({ "builtIn": "account_user", "class": "Account", "rank": "User" }));
    let boss = || role("Boss", json!({ "builtIn": "administrator", "class": "Account", "rank": "Admin" }));
    let dealer = || role("Dealer", json!({ "class": "Location", "rank": "User" }));
    let of_rep = || holder("rep@example.com", &["Regional Rep"], json!({}));
    let one = |id: &'static str, code: Code, seed: Vec<Value>, files: &str| case(platform, &[(id, code)], seed, files);
    vec![
        one("R-BE-2", Code::NoSubscription, unsubscribed(), wrong("R-BE-2")),
        one("R-BE-7", Code::NoSubscription, unsubscribed(), "roles:\n  Account User: { permissions: [leads] }"),
        one(
            "R-BE-6",
            Code::LockedRole,
            vec![staff(), dealer()],
            "removed:\n  roles: { Staff: { reassign_to: Dealer } }",
        ),
        one("R-BE-7", Code::LockedRole, vec![], wrong("R-BE-7")),
        one(
            "R-BE-8",
            Code::LockedRole,
            vec![boss()],
            "roles:\n  Boss: { class: Account, rank: User, description: Head of all }",
        ),
        one(
            "R-BE-40",
            Code::LockedRole,
            vec![boss(), dealer()],
            "removed:\n  roles: { Boss: { reassign_to: Dealer } }",
        ),
        case(
            platform,
            &[
                ("R-BE-13", Code::ImpossibleLive),
                ("R-BE-14", Code::ImpossibleLive),
                ("R-BE-16", Code::ImpossibleLive),
                ("R-BE-24", Code::ImpossibleLive),
                ("R-BE-37", Code::ImpossibleLive),
                ("R-BE-37", Code::SeveralRoles),
            ],
            vec![
                role("Unclassed", json!({ "rank": "User" })),
                role("Unranked", json!({ "class": "Account" })),
                role("Odd", json!({ "class": "Region", "rank": "User" })),
                chief(),
                rep(),
                holder("ana@example.com", &["Regional Rep", "Odd"], json!({})),
                // No file gives this one a role.
                holder("eve@example.com", &["Regional Rep", "Odd"], json!({})),
            ],
            "assignments: { ana@example.com: Regional Rep }",
        ),
        one("R-BE-15", Code::Replace, vec![rep()], "roles:\n  Regional Rep: { class: Location, rank: User }"),
        one("R-BE-22", Code::Replace, vec![dealer()], "roles:\n  Dealer: { class: Location, rank: Admin }"),
        one("R-BE-15", Code::NotReplaceable, vec![chief()], "roles:\n  Chief: { class: Location, rank: Admin }"),
        one("R-BE-22", Code::NotReplaceable, vec![chief()], "roles:\n  Chief: { class: Account, rank: User }"),
        // The kind of an entity is the target's to say.
        one(
            "R-BE-33",
            Code::ViewMissing,
            vec![seeded(
                "Permission",
                "Locations",
                json!({ "entity": "locations", "kind": "functionality", "actions": ["add", "view"] }),
            )],
            "roles:\n  Dealer: { class: Location, rank: User, permissions: { locations: [add] } }",
        ),
        one("R-BE-34", Code::NoPermissions, vec![], "roles:\n  Dealer: { class: Location, rank: User }"),
        one("R-BE-39", Code::HeldRole, vec![rep(), of_rep()], "removed:\n  roles: { Regional Rep: }"),
        one(
            "R-BE-39",
            Code::NeedsWord,
            vec![rep(), of_rep(), dealer()],
            "removed:\n  roles: { Regional Rep: { reassign_to: Dealer } }",
        ),
        of_managing("lea@example.com", "Location Admin", "R-BE-17", wrong("R-BE-17")),
        of_managing("rex@example.com", "Account User", "R-BE-19", wrong("R-BE-18")),
        of_managing("rex@example.com", "Account User", "R-BE-19", wrong("R-BE-19")),
        of_managing("dee@example.com", "Location User", "R-BE-20", wrong("R-BE-20")),
    ]
}

/// What a user of the organization may not do.
fn of_managing(who: &'static str, role: &str, id: &'static str, files: &str) -> Case {
    let seed = vec![holder(who, &[role], json!({}))];
    Case { who, ..case("bullseye", &[(id, Code::BeyondAuthority)], seed, files) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plan_is_said_to_find_is_found_on_a_sandbox_and_names_the_rule() {
    let (mut shown, mut wrong) = (BTreeSet::new(), Vec::new());
    for case in [total_expert(), responsive(), bullseye()].into_iter().flatten() {
        let mut organization = Organization::of(case.platform, case.seed, case.who).await;
        organization.policy.request = case.is_request.then(Requested::default);
        let plan = organization.plan(&case.files).await;
        for (id, code) in case.found {
            let is_it =
                |found: &rolecall::plan::Finding| found.code == code.name() && found.rule.as_deref() == Some(id);
            if !plan.findings.iter().any(is_it) {
                wrong.push(format!("{id} {code}: {:#?}\n{}", said(&plan), case.files));
            }
            shown.insert((id, code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let claimed: BTreeSet<(&str, Code)> = rules()
        .flat_map(|rule| rule.held.iter().map(move |held| (rule.id, held)))
        .filter_map(|(id, held)| if let Held::Plan(code) = held { Some((id, *code)) } else { None })
        .collect();
    assert_eq!(shown, claimed, "what is shown here is what the table says");
}

/// Files that take a target to be wrong are shown on one.
#[test]
fn each_example_that_takes_a_target_is_planned_on_one() {
    let planned: Vec<Case> = [total_expert(), responsive(), bullseye()].into_iter().flatten().collect();
    let is_planned = |wrong: &str| planned.iter().any(|case| case.files == wrong);
    let missing: Vec<&str> = rules()
        .filter(|rule| rule.example.is_some_and(|example| takes_a_target(example.wrong) && !is_planned(example.wrong)))
        .map(|rule| rule.id)
        .collect();
    // The files alone are wrong in the first one; the second one only begins the list of its roles.
    assert_eq!(missing, ["R-TE-22", "R-TE-23"]);
}

/// R-BE-16 to R-BE-21: who adds users of which class, by the role of the user whose credential it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_adds_users_of_which_class_is_what_the_document_says() {
    for (who, held, account, location) in [
        ("amy@example.com", "Administrator", None, None),
        ("abe@example.com", "Account User", Some("R-BE-19"), None),
        ("lea@example.com", "Location Admin", Some("R-BE-17"), None),
        ("lou@example.com", "Location User", Some("R-BE-20"), Some("R-BE-20")),
    ] {
        let organization = Organization::of("bullseye", vec![holder(who, &[held], json!({}))], who).await;
        for (role, rule) in [("Account User", account), ("Location User", location)] {
            let plan = organization.plan(&format!("assignments:\n  new@example.com: {role}\n")).await;
            let errors = plan.findings.iter().filter(|found| found.code == Code::BeyondAuthority.name());
            let errors: Vec<&str> = errors.filter_map(|found| found.rule.as_deref()).collect();
            assert_eq!(errors, Vec::from_iter(rule), "{held} adds {role}");
            assert_eq!(plan.is_refused(), rule.is_some(), "{held} adds {role}");
        }
    }
}

/// The refusals that a source file of tests names, by the test: status, and the rule, which is empty
/// where none is named. Comments do not count.
fn refusals(text: &str) -> BTreeMap<&str, BTreeSet<(u16, &str)>> {
    let mut refusals = BTreeMap::<&str, BTreeSet<(u16, &str)>>::new();
    let mut test = "";
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let declared = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some((name, _)) = declared.and_then(|rest| rest.split_once('(')) {
            test = name;
        }
        for (at, _) in line.match_indices('(') {
            let parts: Vec<&str> = line[at + 1..].split(')').next().unwrap_or_default().split(", ").collect();
            let [status, scim_type, rule] = parts[..] else { continue };
            let unquoted = |text: &'_ str| text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
            if let (Ok(status @ 400..600), true, true) = (status.parse(), unquoted(scim_type), unquoted(rule)) {
                refusals.entry(test).or_default().insert((status, &rule[1..rule.len() - 1]));
            }
        }
    }
    refusals
}

#[test]
fn a_refusal_is_a_status_a_type_and_a_rule_of_the_test_that_it_stands_in() {
    let text = "// (400, \"\", \"R-A-1\")\nasync fn a() {\n    x((400, \"invalidValue\", \"R-A-2\"));\n}\nfn b() {\n    \
                y((405, \"\", \"\")); (200, \"\", \"\"); (1, 2, 3)\n}\n";
    let expected = [("a", BTreeSet::from([(400, "R-A-2")])), ("b", BTreeSet::from([(405, "")]))];
    assert_eq!(refusals(text), BTreeMap::from(expected));
}

/// Each refusal with a rule's number that a test demands of the sandbox is in the table, and the other
/// way round. Where the table says that no rule is named, a test that is about the rule demands it.
#[test]
fn what_the_sandbox_is_said_to_refuse_is_demanded_by_a_test() {
    let (mut demanded, mut unnamed) = (BTreeSet::new(), BTreeSet::new());
    let texts: Vec<String> = files_of_tests(Side::Requests)
        .into_iter()
        // Tests of the sandbox alone invent their packs, and with them what their rules are.
        .filter(|path| path.starts_with(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")))
        .map(|path| fs::read_to_string(path).expect("a source file is UTF-8"))
        .collect();
    for text in &texts {
        let about: BTreeMap<&str, BTreeSet<String>> = ids_of(text);
        for (test, refusals) in refusals(text) {
            for (status, rule) in refusals {
                match rule {
                    "" => unnamed.extend(about.get(test).into_iter().flatten().map(|id| (id.clone(), status))),
                    rule => _ = demanded.insert((rule.to_owned(), status)),
                }
            }
        }
    }
    let (mut claimed, mut wrong) = (BTreeSet::new(), Vec::new());
    for rule in rules() {
        for held in rule.held {
            match held {
                Held::Sandbox(status) => _ = claimed.insert((rule.id.to_owned(), *status)),
                Held::Unnamed(status) if !unnamed.contains(&(rule.id.to_owned(), *status)) => {
                    wrong.push(format!("{}: no test of it demands {status}", rule.id));
                }
                _ => {}
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(claimed.difference(&demanded).collect::<Vec<_>>(), Vec::<&(String, u16)>::new(), "no test demands it");
    let known = |id: &str| rule(id).is_some();
    let more: Vec<_> = demanded.difference(&claimed).filter(|(id, _)| known(id)).collect();
    assert_eq!(more, Vec::<&(String, u16)>::new(), "not in the table");
}
