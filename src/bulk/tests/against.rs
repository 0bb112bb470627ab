//! Requests against live states.

use std::fmt::Write as _;

use super::{csv, found, live, pack, yaml};
use crate::bulk::{Against, Standing, against};
use crate::state::{Kind, Live};

#[track_caller]
fn check(text: &str, platform: &str, live: &Live) -> String {
    let reading = if text.starts_with("bulk:") { yaml(text, platform) } else { csv(text, platform) };
    let request = reading.request.unwrap_or_else(|| panic!("{}", found(&reading.sources, &reading.found)));
    let Against { desired, rows, found: findings } = against(&request, live, &pack(platform));
    let mut text = String::new();
    for row in rows {
        let standing = match row.standing {
            Standing::AlreadyRight => "already right".into(),
            Standing::Changes => "changes".into(),
            Standing::Wrong(why) => format!("wrong: {why}"),
        };
        writeln!(text, "{}: {standing}", row.role.as_deref().unwrap_or("?")).expect("text");
    }
    for object in desired.objects[&Kind::Role].values() {
        for (name, declared) in &object.attributes {
            writeln!(text, "{}.{name} = {:?}", object.name, declared.value).expect("text");
        }
    }
    text + &found(&request.sources, &findings)
}

fn acme() -> Live {
    live(
        &[
            ("Loan Officer", &["Sales"], &["Insurance"]),
            ("Underwriter", &["Support"], &["Wholesale"]),
            ("Credit Union – Desk", &["Sales"], &["Banking – CRM"]),
        ],
        &[("Insurance", true), ("Retail Mortgage", true), ("Wholesale", false), ("Banking – CRM", true)],
    )
}

#[test]
fn rows_are_found_as_the_target_spells_them() {
    insta::assert_snapshot!(check(
        "role,classifications,segments\nloan  officer,sales,Insurance\nCredit Union - Desk,Manager,Banking - CRM\nUnderwriter,Support,Wholesale\n",
        "total-expert",
        &acme()
    ), @r#"
    Loan Officer: already right
    Credit Union – Desk: changes
    Underwriter: already right
    Credit Union – Desk.classifications = Names({"Manager"})
    Credit Union – Desk.segments = Names({"Banking - CRM"})
    Loan Officer.classifications = Names({"Sales"})
    Loan Officer.segments = Names({"Insurance"})
    Underwriter.classifications = Names({"Support"})
    Underwriter.segments = Names({"Wholesale"})
    "#);
}

#[test]
fn r_te_27_what_a_row_lists_is_all_that_the_role_shall_have() {
    insta::assert_snapshot!(check(
        "role,classifications,segments\nLoan Officer,Manager,Retail Mortgage\n",
        "total-expert",
        &acme()
    ), @r#"
    Loan Officer: changes
    Loan Officer.classifications = Names({"Manager"})
    Loan Officer.segments = Names({"Retail Mortgage"})
    "#);
}

#[test]
fn what_is_not_there_or_not_enabled_is_never_made() {
    insta::assert_snapshot!(check(
        "role,classifications,segments\nLoan Oficer,Sales,Insurance\nLoan Officer,Sales,Wholesale; Credit Union – CRM\nNobody,Sales,Insurance\n",
        "total-expert",
        &acme()
    ), @"
    ?: wrong: there is no role `Loan Oficer` on the target
    Loan Officer: wrong: segment `Credit Union – CRM` is not enabled for this organization
    ?: wrong: there is no role `Nobody` on the target
    unknown-role 2:1 A2: there is no role `Loan Oficer` on the target
      = did you mean `Loan Officer`?
    not-enabled 3:20 C3 R-TE-15: segment `Wholesale` is not enabled for this organization
      = enabled: `Insurance`, `Retail Mortgage`, `Banking – CRM`
    not-enabled 3:31 C3 R-TE-15: segment `Credit Union – CRM` is not enabled for this organization
      = enabled: `Insurance`, `Retail Mortgage`, `Banking – CRM`
    unknown-role 4:1 A4: there is no role `Nobody` on the target
      = a request changes roles that exist, and makes none
    ");
}

#[test]
fn in_a_list_the_name_is_shown_that_cannot_be() {
    insta::assert_snapshot!(check(
        "bulk:\n  roles:\n    Loan Officer:\n      classifications: [Sales]\n      segments:\n        - Insurance\n        - Wholesale\n",
        "total-expert",
        &acme()
    ), @"
    Loan Officer: wrong: segment `Wholesale` is not enabled for this organization
    not-enabled 7:11 R-TE-15: segment `Wholesale` is not enabled for this organization
      = enabled: `Insurance`, `Retail Mortgage`, `Banking – CRM`
    ");
}

#[test]
fn a_row_whose_expectation_is_not_met_is_not_applied_unless_it_is_right_already() {
    insta::assert_snapshot!(check(
        "role,classifications,expected classifications,segments,expected segments\n\
         Loan Officer,Manager,Sales,Insurance,Insurance\n\
         Underwriter,Support,Manager,Wholesale,(none)\n\
         Credit Union – Desk,Sales,Sales,Insurance,(none)\n",
        "total-expert",
        &acme()
    ), @r#"
    Loan Officer: changes
    Underwriter: already right
    Credit Union – Desk: wrong: `segments` of role `Credit Union – Desk` was expected to be empty, and is `Banking – CRM` now
    Loan Officer.classifications = Names({"Manager"})
    Loan Officer.segments = Names({"Insurance"})
    Underwriter.classifications = Names({"Support"})
    Underwriter.segments = Names({"Wholesale"})
    stale-row 4:43 E4: `segments` of role `Credit Union – Desk` was expected to be empty, and is `Banking – CRM` now
      = look at what has changed; if the row still holds, expect what is there now
    "#);
}

#[test]
fn names_that_mean_several_are_left_alone() {
    let mut twice = acme();
    if let Some(roles) = twice.objects.get_mut(&Kind::Role) {
        roles.push(crate::state::LiveObject { name: "LOAN OFFICER".into(), ..Default::default() });
        roles.push(crate::state::LiveObject { name: "A - B".into(), ..Default::default() });
        roles.push(crate::state::LiveObject { name: "A – B".into(), ..Default::default() });
    }
    insta::assert_snapshot!(check(
        "role,classifications,segments\nLoan Officer,Sales,Insurance\nA — B,Sales,Insurance\nUnderwriter,Sales,Insurance\n“Underwriter”,Sales,Insurance\n",
        "total-expert",
        &twice
    ), @r#"
    ?: wrong: several live roles have names that mean `Loan Officer`
    ?: wrong: several live roles have names that mean `A — B`
    Underwriter: changes
    ?: wrong: role `Underwriter` has two rows
    Underwriter.classifications = Names({"Sales"})
    Underwriter.segments = Names({"Insurance"})
    name-collision 2:1 A2: several live roles have names that mean `Loan Officer`
      = they must be told apart on the target first
    name-collision 3:1 A3: several live roles have names that mean `A — B`
      = they must be told apart on the target first
    duplicate-object 5:1 A5: role `Underwriter` has two rows
      4:1 the first row is here
      = keep one of the two
    "#);
}

#[test]
fn on_open_names_must_be_live() {
    insta::assert_snapshot!(check(
        "bulk: { roles: { Loan Officer: { classifications: [sales, Salez], segments: [\"insurance, Retail Mortgage\"] }, Underwriter: { segments: [] }, Credit Union – Desk: { segments: [retail mortgage] } } }",
        "open",
        &acme()
    ), @r#"
    Loan Officer: wrong: there is no classification `Salez` on the target
    Underwriter: changes
    Credit Union – Desk: changes
    Credit Union – Desk.segments = Names({"Retail Mortgage"})
    Underwriter.segments = Absent
    unknown-name 1:59: there is no classification `Salez` on the target
      = did you mean `Sales`?
    unknown-name 1:78: there is no segment `insurance, Retail Mortgage` on the target
      = these are 2 names: write `[insurance, Retail Mortgage]`, without quotes around all of it
    read-as 1:176: segment `retail mortgage` is taken for `Retail Mortgage`
    "#);
}

#[test]
fn ten_thousand_unknown_roles_are_not_compared_with_ten_thousand_others() {
    let names: Vec<String> = (0..10_000).map(|at| format!("Role number {at}")).collect();
    let roles: Vec<(&str, &[&str], &[&str])> = names.iter().map(|name| (name.as_str(), &[][..], &[][..])).collect();
    let live = live(&roles, &[("x", true)]);
    let rows: String = (0..10_000).map(|at| format!("Rolle number {at},x\n")).collect();
    let request = csv(&format!("role,segments\n{rows}"), "open").request.expect("a request");
    let found = against(&request, &live, &pack("open")).found;
    assert_eq!(
        found.iter().filter(|finding| finding.help.as_deref().is_some_and(|help| help.contains("mean"))).count(),
        5
    );
}
