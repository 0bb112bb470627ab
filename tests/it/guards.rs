//! The guards as a pipeline meets them: exit 5 with the numbers, and the override that names them.

use std::fmt::Write;

use crate::support::{Folder, Run};

/// A project whose sandbox holds the first manifest, and which now has the second.
fn changed(settings: &str, first: &str, second: &str) -> Folder {
    let folder = Folder::new();
    let project = "version: 1\nplatform: open\nadministrators: { roles: [Owner] }\n";
    folder.write("rolecall.yaml", format!("{project}guards: {{ min_administrators: 0 }}\n"));
    folder.write("manifests/all.yaml", first);
    folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    folder.write("rolecall.yaml", format!("{project}{settings}\n"));
    folder.write("manifests/all.yaml", second);
    folder
}

fn plan(folder: &Folder, allow: &str) -> Run {
    let mut arguments = vec!["plan", "--sandbox"];
    if !allow.is_empty() {
        arguments.extend(["--allow", allow]);
    }
    folder.run(&arguments)
}

/// Without an override, and with one that is too small, the plan exits 5 and says its numbers; with
/// the one that names them it passes.
#[track_caller]
fn check(folder: &Folder, code: &str, amount: u64, said: &str) {
    let numbers = format!("error[{code}]: {said}");
    let refused = plan(folder, "").expect(5);
    assert!(refused.stdout.contains(&numbers), "{}", refused.stdout);
    assert!(refused.stdout.contains(&format!("--allow {code}={amount}")), "{}", refused.stdout);
    let refused = plan(folder, &format!("{code}={}", amount - 1)).expect(5);
    assert!(refused.stdout.contains(&numbers), "{}", refused.stdout);
    plan(folder, &format!("{code}={amount}")).expect(0);
}

const OFF: &str = "guards: { min_administrators: 0 }";

fn people(range: std::ops::Range<usize>) -> String {
    range.fold("assignments:\n".to_owned(), |mut text, at| {
        let _ = writeln!(text, "  u{at:03}@example.com: Officer");
        text
    })
}

fn roles(count: usize, body: &str) -> String {
    (0..count).fold("roles:\n".to_owned(), |mut text, at| {
        let _ = writeln!(text, "  Role {at:02}: {body}");
        text
    })
}

#[test]
fn taking_thirty_per_cent_of_the_assignments_away_needs_the_number() {
    let role = "roles:\n  Officer: { permissions: { loans: [view] } }\n";
    let all = format!("{role}{}", people(0..100));
    let settings = "unlisted: { users: deactivate }\nguards: { min_administrators: 0 }";
    let folder = changed(settings, &all, &format!("{role}{}", people(0..70)));
    check(
        &folder,
        "removals",
        30,
        "30 users of 100 would be shut out, deleted or left without their role; 25 % and 50 pass",
    );
    let apply = ["apply", "--sandbox", "--yes", "--allow"];
    let refused = folder.run(&[&apply[..], &["removals=29"]].concat()).expect(5);
    assert!(refused.words().contains("nothing was written"), "{}", refused.words());
    let done = folder.run(&[&apply[..], &["removals=30"]].concat()).expect(0);
    assert!(done.stdout.contains("30 updated"), "{}", done.stdout);
    // What was allowed once is not allowed for what comes after it.
    folder.write("manifests/all.yaml", format!("{role}{}", people(0..39)));
    let more = plan(&folder, "removals=30").expect(5);
    assert!(more.stdout.contains("31 users of 100"), "{}", more.stdout);
}

#[test]
fn a_quarter_passes_unasked_and_fifty_at_most() {
    let role = "roles:\n  Officer: { permissions: { loans: [view] } }\n";
    let settings = "unlisted: { users: deactivate }\nguards: { min_administrators: 0 }";
    let folder = changed(settings, &format!("{role}{}", people(0..100)), &format!("{role}{}", people(0..75)));
    plan(&folder, "").expect(0);
    let folder = changed(settings, &format!("{role}{}", people(0..300)), &format!("{role}{}", people(0..249)));
    check(&folder, "removals", 51, "51 users of 300 would be");
    folder.write("manifests/all.yaml", format!("{role}{}", people(0..250)));
    plan(&folder, "").expect(0);
}

#[test]
fn deleting_a_quarter_of_the_roles_or_five_needs_the_number() {
    let removed = |range: std::ops::Range<usize>| {
        range.fold("removed:\n  roles:\n".to_owned(), |mut text, at| {
            let _ = writeln!(text, "    Role {at:02}:");
            text
        })
    };
    let folder = changed(OFF, &roles(10, "{ description: x }"), &removed(0..3));
    check(&folder, "role-removals", 3, "3 roles of 10 would be deleted; 25 % and 5 pass");
    folder.write("manifests/all.yaml", removed(0..2));
    plan(&folder, "").expect(0);
    let folder = changed(OFF, &roles(40, "{ description: x }"), &removed(0..6));
    check(&folder, "role-removals", 6, "6 roles of 40 would be deleted");
    folder.write("manifests/all.yaml", removed(0..5));
    plan(&folder, "").expect(0);
}

#[test]
fn changing_more_than_three_roles_of_ten_needs_the_number() {
    let before = roles(10, "{ description: x }");
    let folder = changed(OFF, &before, &roles(4, "{ description: y }"));
    check(&folder, "changes", 4, "4 roles of 10 would be changed; 30 % pass unasked");
    folder.write("manifests/all.yaml", roles(3, "{ description: y }"));
    plan(&folder, "").expect(0);
}

#[test]
fn more_than_half_of_a_held_roles_permissions_needs_the_number() {
    let role = |actions: &str| format!("roles:\n  Officer: {{ permissions: {{ loans: [{actions}] }} }}\n");
    let ten = role("a, b, c, d, e, f, g, h, i, j");
    let folder = changed(OFF, &format!("{ten}{}", people(0..2)), &role("a, b, c, d"));
    check(&folder, "permission-removals", 6, "role `Officer` with 2 holders would lose 6 of 10 permissions; 50 % pass");
    folder.write("manifests/all.yaml", role("a, b, c, d, e"));
    plan(&folder, "").expect(0);
    // Nobody holds it: nobody loses anything.
    let folder = changed(OFF, &ten, &role("a"));
    plan(&folder, "").expect(0);
}

#[test]
fn an_empty_section_needs_its_word() {
    let role = "roles:\n  Officer: { permissions: { loans: [view] } }\n";
    let folder = changed(OFF, &format!("{role}{}", people(0..3)), &format!("{role}assignments: {{}}\n"));
    check(&folder, "empty-collection", 1, "`assignments` is empty while the target holds 3");
}

#[test]
fn the_last_administrators_stay_unless_the_number_below_is_named() {
    let owners = "roles:\n  Owner: { permissions: { users: [edit] } }\n  Officer:\n";
    let first = format!("{owners}assignments:\n  ana@example.com: Owner\n  bo@example.com: Owner\n");
    let second = format!("{owners}assignments:\n  ana@example.com: Officer\n  bo@example.com: Officer\n");
    let folder = changed("", &first, &second);
    check(&folder, "administrators", 2, "0 active administrators would be left of 2; 2 are to be kept");
}

#[test]
fn an_account_that_looks_like_another_one_needs_its_number() {
    let role = "roles:\n  Officer: { permissions: { loans: [view] } }\n";
    let one = |name: &str| format!("{role}assignments:\n  {name}@example.com: Officer\n");
    let folder = changed(OFF, &one("maria.lopez"), &one("maria.lopes"));
    check(&folder, "similar-account", 1, "1 new account is spelled almost like live users that no file assigns");
}
