//! Files that are there, brought up to date.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::*;
use crate::document;
use crate::generator::{Organization, Random, Size};
use crate::pull::{LeftAsItIs, UpdateOptions};
use crate::state::{LiveUsers, attribute, fold};

/// Brings files up to date, and shows the lines that change and what is left.
#[track_caller]
fn check(texts: &[(&str, &str)], live: &Live, pack: &Pack, options: &UpdateOptions) -> String {
    let texts: Vec<(String, String)> = texts.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
    let files = Files::of(&texts, pack);
    let (after, updated) = files.updated(live, pack, options);
    let mut shown = String::new();
    for ((path, before), (_, after)) in texts.iter().zip(&after) {
        let diff = TextDiff::from_lines(before, after);
        if before != after {
            writeln!(shown, "== {path}").expect("written");
        }
        for change in diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal) {
            write!(shown, "{}{}", change.tag(), change.value()).expect("written");
        }
    }
    for LeftAsItIs { address, span, reason } in &updated.left {
        let at = span.map(|span| files.desired.sources.locate(span).line.to_string()).unwrap_or_default();
        writeln!(shown, "! {address} {at}: {reason}").expect("written");
    }
    for left in &updated.left_out {
        writeln!(shown, "? {}: {}", left.address, left.reason).expect("written");
    }
    for problem in &updated.problems {
        writeln!(shown, "!! {problem}").expect("written");
    }
    // A second time there is nothing to change.
    let files = Files::of(&after, pack);
    assert_eq!(files.updated(live, pack, options).1.edits, [], "{shown}");
    if updated.left.is_empty() {
        assert_eq!(files.plan(live, pack).changes, [], "{shown}");
    }
    shown
}

const COMMENTED: &str = "\
# What Harbor Lane sells, and to whom.
segments: { Retail: , Insurance: }
user_types:
  Member: { licenses: 5 } # until June
roles:
  # Reads everything.
  Auditor:
    description: \"Reads\"   # the short version
    segments: [Retail]
    user_type: Member
    permissions:
      reports: [view, send]   # both
      loans: { view: all, modify: [rate, term] }

  # Gone on the target.
  Temp:
    description: Helps out

  # Lends.
  Loan Officer:
    previously: [LO]
    segments:
    - Retail
    - Insurance
assignments:
  ana@example.com: { role: Auditor, name: 'Ana' } # since 2020
  bo@example.com: Loan Officer
  cy@example.com: { role: Temp }
  # Leaves soon.
  di@example.com: Temp
removed:
  roles: { Old: { reassign_to: Auditor } }
  users:
    # Was rude.
    ed@example.com: deactivate
    flo@example.com: delete
";

fn harbor_lane() -> Live {
    let mut live = empty();
    object(&mut live, Kind::Segment, "Insurance", []);
    object(&mut live, Kind::Segment, "Wholesale", [("description", Value::text("Brokers"))]);
    object(&mut live, Kind::UserType, "Member", [("licenses", Value::Count(7))]);
    object(&mut live, Kind::UserType, "AI member", []);
    let auditor = [
        ("description", Value::text("Reads and writes")),
        ("segments", Value::names(["Insurance", "Wholesale"])),
        ("user_type", Value::text("Member")),
        (
            attribute::PERMISSIONS,
            Value::names(["reports.view", "loans.view", "loans.modify.rate", "loans.modify.term", "tasks.view"]),
        ),
    ];
    object(&mut live, Kind::Role, "Auditor", auditor);
    object(&mut live, Kind::Role, "LO", [("segments", Value::names(["Insurance"]))]);
    object(&mut live, Kind::Role, "Old", []);
    live.users.push(&LiveUser { display_name: "Ana D", user_type: "Member", ..person("ana@example.com", "role0") });
    live.users.push(&person("bo@example.com", "role1"));
    live.users.push(&person("cy@example.com", "role1"));
    live.users.push(&person("ed@example.com", "role2"));
    live.users.push(&LiveUser { active: false, user_type: "AI member", ..person("gus@example.com", "role1") });
    live
}

#[test]
fn only_what_differs_changes_and_comments_stay() {
    insta::assert_snapshot!(check(&[("all.yaml", COMMENTED)], &harbor_lane(), &pack("open"), &UpdateOptions::default()), @r#"
    == all.yaml
    -segments: { Retail: , Insurance: }
    +segments: { Insurance: , Wholesale: { description: Brokers } }
    -  Member: { licenses: 5 } # until June
    +  Member: { licenses: 7 } # until June
    +  AI member: { licenses: unlimited }
    -    description: "Reads"   # the short version
    -    segments: [Retail]
    +    description: "Reads and writes"   # the short version
    +    segments: [Insurance, Wholesale]
    -      reports: [view, send]   # both
    +      reports: [view]   # both
    +      tasks: [view]
    -  # Gone on the target.
    -  Temp:
    -    description: Helps out
    -
    -  Loan Officer:
    -    previously: [LO]
    +  LO:
    -    - Retail
    +
    +  Old:
    +    classifications: []
    +    segments: []
    +    permissions: []
    -  ana@example.com: { role: Auditor, name: 'Ana' } # since 2020
    -  bo@example.com: Loan Officer
    -  cy@example.com: { role: Temp }
    -  # Leaves soon.
    -  di@example.com: Temp
    +  ana@example.com: { role: Auditor, name: 'Ana D' } # since 2020
    +  bo@example.com: LO
    +  cy@example.com: { role: LO }
    +  ed@example.com: Old
    +  gus@example.com: { role: LO, active: false, user_type: AI member }
    -  roles: { Old: { reassign_to: Auditor } }
    +  roles: {}
    -    # Was rude.
    -    ed@example.com: deactivate
    "#);
}

#[test]
fn what_no_file_names_can_stay_unnamed() {
    let options = UpdateOptions { declared_only: true, ..UpdateOptions::default() };
    let text = "roles:\n  Auditor:\n    segments: [Insurance]\nassignments: {}\n";
    insta::assert_snapshot!(check(&[("all.yaml", text)], &harbor_lane(), &pack("open"), &options), @"
    == all.yaml
    -    segments: [Insurance]
    +    segments: [Insurance, Wholesale]
    ");
}

#[test]
fn what_is_new_goes_to_the_file_that_fits() {
    let texts = [
        ("people/auditors.yaml", "assignments:\n  ana@example.com: { role: Auditor, name: Ana D }\n"),
        ("people/lenders.yaml", "# Lenders.\nassignments:\n  bo@example.com: LO\n  cy@example.com: LO\n"),
        ("roles/a.yaml", "roles:\n  Old:\n"),
        ("roles/b.yaml", "roles:\n\n  LO:\n    segments: [Insurance]\n\n  Zoo:\n    segments: []\n"),
    ];
    insta::assert_snapshot!(check(&texts, &harbor_lane(), &pack("open"), &UpdateOptions::default()), @"
    == people/lenders.yaml
    +  ed@example.com: Old
    +  gus@example.com: { role: LO, active: false, user_type: AI member }
    == roles/b.yaml
    -  Zoo:
    -    segments: []
    +  Auditor:
    +    description: Reads and writes
    +    classifications: []
    +    segments: [Insurance, Wholesale]
    +    user_type: Member
    +    permissions:
    +      loans: { modify: [rate, term], view: all }
    +      reports: [view]
    +      tasks: [view]
    +
    ");
}

#[test]
fn names_keep_the_spelling_of_the_file_and_permissions_their_form() {
    let mut live = empty();
    let grants =
        ["contacts.view", "contacts.create", "contacts.modify", "contacts.delete", "contacts.export", "loans.view"];
    let role = [
        ("classifications", Value::names(["Sales", "Support"])),
        ("segments", Value::names(["Banking - CRM", "Insurance"])),
        (attribute::PERMISSIONS, Value::names(grants)),
    ];
    object(&mut live, Kind::Role, "Seller", role.clone());
    object(&mut live, Kind::Role, "Lister", role);
    for name in ["Insurance", "Banking - CRM", "Wholesale"] {
        object(&mut live, Kind::Segment, name, []);
    }
    let text = "\
segments: { Insurance: , Banking – CRM: , Retail Mortgage: }
roles:
  Seller:
    classifications: [Sales]
    segments: [Insurance, Banking – CRM]
    permissions: { contacts: all, loans: [view, modify], tasks: [view] }
  Lister:
    classifications: [Sales, Support]
    segments: [Banking – CRM, Retail Mortgage]
    permissions: [contacts, loans, tasks]
";
    insta::assert_snapshot!(check(&[("all.yaml", text)], &live, &pack("total-expert"), &UpdateOptions::default()), @"
    == all.yaml
    -segments: { Insurance: , Banking – CRM: , Retail Mortgage: }
    +segments: { Insurance: , Banking – CRM: , Wholesale: }
    -    classifications: [Sales]
    +    classifications: [Sales, Support]
    -    permissions: { contacts: all, loans: [view, modify], tasks: [view] }
    +    permissions: { contacts: all, loans: [view] }
    -    segments: [Banking – CRM, Retail Mortgage]
    -    permissions: [contacts, loans, tasks]
    +    segments: [Banking – CRM, Insurance]
    +    permissions:
    +      contacts: [create, delete, export, modify, view]
    +      loans: [view]
    ");
}

#[test]
fn what_was_renamed_on_the_target_is_renamed_in_the_files() {
    let mut live = empty();
    object(&mut live, Kind::Role, "Lender", [("segments", Value::names(["Shops"]))]);
    object(&mut live, Kind::Segment, "Shops", []);
    let mark = |object: &mut LiveObject, name: &str| object.mark = Some(format!("acme:{name}"));
    mark(&mut live.objects.get_mut(&Kind::Role).expect("roles")[0], "role/Loan Officer");
    mark(&mut live.objects.get_mut(&Kind::Segment).expect("segments")[0], "segment/Retail");
    live.users.push(&person("bo", "role0"));
    let options = UpdateOptions { owner: Some("acme".to_owned()), ..UpdateOptions::default() };
    let text = "\
segments:
  \"Retail\": # shops
roles:
  # Lends.
  Loan Officer: { segments: [Retail], previously: [LO] }
assignments: { bo: { role: Loan Officer }, cy: 'Loan Officer' }
";
    insta::assert_snapshot!(check(&[("all.yaml", text)], &live, &pack("open"), &options), @r#"
    == all.yaml
    -  "Retail": # shops
    +  "Shops": # shops
    -  Loan Officer: { segments: [Retail], previously: [LO] }
    -assignments: { bo: { role: Loan Officer }, cy: 'Loan Officer' }
    +  Lender: { segments: [Shops], previously: [LO] }
    +assignments: { bo: { role: Lender } }
    "#);
}

#[test]
fn assignments_follow_when_their_role_is_nowhere_any_more() {
    let assigned = "\
assignments:
  # Ours.
  bo@example.com: Loan Officer # lends
  gus@example.com: { role: Loan Officer, active: true }
  gone@example.com: Loan Officer
  ed@example.com: Old
";
    let declared_only = UpdateOptions { declared_only: true, ..UpdateOptions::default() };
    insta::assert_snapshot!(check(&[("a.yaml", assigned)], &harbor_lane(), &pack("open"), &declared_only), @"
    == a.yaml
    -  bo@example.com: Loan Officer # lends
    -  gus@example.com: { role: Loan Officer, active: true }
    -  gone@example.com: Loan Officer
    +  bo@example.com: LO # lends
    +  gus@example.com: { role: LO, active: false }
    ");
    // Where it cannot be mended it is at least said.
    let odd = "assignments:\n  ? bo@example.com\n  : Loan Officer\n";
    insta::assert_snapshot!(check(&[("a.yaml", odd)], &harbor_lane(), &pack("open"), &declared_only), @"
    ! user/bo@example.com 2: the key and its value are not written as `key: value`; edit it by hand
    !! role `Loan Officer`, assigned to `bo@example.com`, is in no file and not on the target
    ");
}

#[test]
fn a_role_that_the_platform_brought_along_is_known_by_its_first_name() {
    let pack = pack("bullseye");
    let mut live = empty();
    let built_in = [("class", Value::text("Account")), ("rank", Value::text("User"))];
    object(&mut live, Kind::Role, "Branch Staff", built_in);
    live.objects.get_mut(&Kind::Role).expect("roles")[0].built_in = Some("account_user".to_owned());
    live.users.push(&person("bo@example.com", "role0"));
    let text = "roles:\n  Account User: # ours\nassignments: { bo@example.com: Account User }\n";
    insta::assert_snapshot!(check(&[("a.yaml", text)], &live, &pack, &UpdateOptions::default()), @"
    == a.yaml
    -  Account User: # ours
    -assignments: { bo@example.com: Account User }
    +  Branch Staff: { previously: [Account User] } # ours
    +assignments: { bo@example.com: Branch Staff }
    ");
}

#[test]
fn what_files_cannot_say_stays_as_it_is_and_is_named() {
    let mut live = harbor_lane();
    let mut users = LiveUsers::default();
    users.push(&LiveUser { roles: vec![], ..person("ana@example.com", "") });
    users.push(&LiveUser { roles: vec!["role0", "role1"], ..person("bo@example.com", "") });
    live.users = users;
    object(&mut live, Kind::Role, "Twice", []);
    object(&mut live, Kind::Role, "twice", []);
    let text = "\
roles:
  Auditor: &auditor
    description: Reads
  Copy: *auditor
  LO: { segments: [Insurance] }
  Twice: {}
assignments:
  ana@example.com: Auditor
";
    insta::assert_snapshot!(check(&[("all.yaml", text)], &live, &pack("open"), &UpdateOptions::default()), @"
    == all.yaml
    -    description: Reads
    -  Copy: *auditor
    +    description: Reads and writes
    +  Old:
    +    classifications: []
    +    segments: []
    +    permissions: []
    ! user/ana@example.com 8: it holds no role
    ? user/bo@example.com: it holds several roles
    !! `Twice` (id role3) and `twice` (id role4) have names that mean `role/Twice`
    ");
}

/// A text with comments here and there, which say at what they stand.
fn commented(text: &str, random: &mut Random) -> String {
    let mut commented = String::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let is_text = line.trim_end().ends_with(['|', '>']) || line.contains("|-");
        if random.percent(15) && indent > 0 {
            writeln!(commented, "{}# above {number}", " ".repeat(indent)).expect("written");
        }
        commented.push_str(line);
        if random.percent(15) && !is_text && !line.is_empty() {
            write!(commented, " # at {number}").expect("written");
        }
        commented.push('\n');
        if random.percent(5) {
            commented.push('\n');
        }
    }
    commented
}

/// The entries of sections that a line belongs to: their kind and name, none for what is between them.
fn owner(text: &str, line: usize) -> Option<(Kind, String)> {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", text);
    let (tree, _) = document::parse(&sources, source);
    let tree = tree.expect("it is YAML");
    let lines: Vec<&str> = text.lines().collect();
    for section in tree.root().entries() {
        let Some(kind) = super::super::files::kind_of_key(section.name()) else { continue };
        for entry in section.value.entries() {
            let mut first = sources.locate(entry.key.span()).line as usize - 1;
            let end = if entry.value.span().range().is_empty() { entry.key.span() } else { entry.value.span() };
            let last = sources.locate(end).end_line as usize - 1;
            while first > 0 && lines[first - 1].starts_with("  #") {
                first -= 1;
            }
            if (first..=last).contains(&line) {
                return Some((kind, entry.name().to_owned()));
            }
        }
    }
    None
}

#[test]
fn random_files_get_up_to_date_and_what_did_not_change_stays() {
    let pack = pack("open");
    let size = Size { roles: 7, users: 25, values: 4, user_types: 2, limited_percent: 50, grants: 6 };
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let before = Organization::generate(size, seed);
        let after = before.changed(40, size, seed);
        // The files say what will be, the target is still as it was; and the other way round.
        let (files, live) = if seed % 2 == 0 { (&before, after.live()) } else { (&after, before.live()) };
        let texts: Vec<(String, String)> = match seed % 5 {
            0 | 1 => vec![("all.yaml".to_owned(), files.yaml())],
            2 => vec![("all.yaml".to_owned(), on_one_line(&files.yaml()))],
            3 => files_of(files, Split::ByRole, &pack),
            _ => files_of(files, Split::ByKind, &pack),
        };
        let texts: Vec<(String, String)> =
            texts.into_iter().map(|(path, text)| (path, commented(&text, &mut random))).collect();
        let files = Files::of(&texts, &pack);
        let plan = files.plan(&live, &pack);
        let (edited, updated) = files.updated(&live, &pack, &UpdateOptions::default());
        assert_eq!((&updated.left[..], &updated.problems[..]), (&[][..], &[][..]), "{seed}");
        let again = Files::of(&edited, &pack);
        assert_eq!(again.plan(&live, &pack).changes, [], "{seed}\n{}", edited[0].1);
        assert_eq!(again.updated(&live, &pack, &UpdateOptions::default()).1.edits, [], "{seed}");

        let mut changed: BTreeSet<(Kind, String)> =
            plan.changes.iter().map(|change| (change.kind, fold(&change.address.name).into_owned())).collect();
        // Whoever has a role that is called otherwise names it otherwise.
        let is_renamed = |change: &&plan::Change| change.fields.iter().any(|field| field.path == attribute::NAME);
        let renamed: BTreeSet<String> =
            plan.changes.iter().filter(is_renamed).map(|change| fold(&change.address.name).into_owned()).collect();
        for row in files.desired.assignments.iter().flat_map(crate::state::Assignments::iter) {
            if renamed.contains(&*fold(row.role)) {
                changed.insert((Kind::User, fold(row.user_name).into_owned()));
            }
        }
        for ((_, before), (_, after)) in texts.iter().zip(&edited) {
            let diff = TextDiff::from_lines(before, after);
            for change in diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Delete) {
                let line = change.old_index().expect("it was there");
                // What ends up without entries is empty on its own line.
                let is_head = change.value().starts_with(|c: char| c.is_ascii_lowercase());
                if change.value().trim().is_empty() || is_head {
                    continue;
                }
                match owner(before, line) {
                    Some((kind, name)) => {
                        let is_changed = changed.contains(&(kind, fold(&name).into_owned()));
                        assert!(is_changed, "{seed}: {kind}/{name} lost {:?}", change.value());
                    }
                    None => assert!(change.value().starts_with("  "), "{seed}: lost {:?}", change.value()),
                }
            }
        }
    }
}

/// The same with each section on one line.
fn on_one_line(text: &str) -> String {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", text);
    let (tree, _) = document::parse(&sources, source);
    let tree = tree.expect("it is YAML");
    let section =
        |entry: document::Entry<'_>| format!("{}: {}\n", entry.name(), super::super::edit::copy(entry.value).flow());
    tree.root().entries().map(section).collect()
}

fn files_of(organization: &Organization, split: Split, pack: &Pack) -> Vec<(String, String)> {
    let pulled = files(&organization.live(), pack, &Options { split, ..Options::default() });
    pulled.files.into_iter().map(|file| (file.path, file.text)).collect()
}
