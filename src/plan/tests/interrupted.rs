//! What an interrupted replacement has left, and that the next run completes it from any state.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::applying::Model;
use super::replacing::{WANTED, classes, held, shown, whole};
use super::{open_pack, reading, text};
use crate::generator::Random;
use crate::plan::{Write, plan};
use crate::platform::{Creation, CustomRole, Mutability, Pack};
use crate::state::{Binding, Kind};

/// (i) The old role is there, and so is the new one, which lacks what its second step brings.
#[test]
fn a_run_that_ended_before_the_moves_is_gone_on_with() {
    let live = "role Rep class=Location permissions=x.view description=d mark=acme:role/Rep
        role Rep~(next) class=Account mark=acme:role/Rep#next
        role Other class=Location
        user ana Rep
        user bo Rep~(next) inactive
        user cy Rep
        user di Other";
    insta::assert_snapshot!(shown(&classes(), WANTED, live), @"
    ± role/Rep  class: Location -> Account; permissions: [x.view] -> [x.view, y.view]
      Rename because [class]; holders [ana, cy]; 5 requests; as `Rep (next)`; role:Rep -> role:Rep (next); goes on
    ~ user/cy  role: Rep -> Other
    ~ user/di  display_name: ∅ -> Di; role: Other -> Rep
    s1 update role:Rep (next) role/Rep (next)  description=d permissions=[x.view, y.view]
    s2 update user:ana user/ana  role=<role:Rep (next)>  after s1
    s3 update user:cy user/cy  role=<role:Other>
    s4 update user:di user/di  display_name=Di role=<role:Rep (next)>  after s1
    s5 delete role:Rep role/Rep  after s2 s3
    s6 update role:Rep (next) role/Rep  mark=acme:role/Rep name=Rep  after s1 s5
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 2 holders (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// The files have changed meanwhile: what was made does not fit any more.
#[test]
fn what_was_made_for_other_files_goes_too() {
    let live = "role Rep class=Location mark=acme:role/Rep
        role Rep~(next) class=Third mark=acme:role/Rep#next
        user ana Rep
        user bo Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Rep class=Account", live), @"
    ± role/Rep  class: Location -> Account
      Rename because [class]; holders [ana (in no file), bo (in no file)]; 6 requests; as `Rep (next 2)`; role:Rep -> made by s1; goes on
    s1 create role/Rep (next 2)  class=Account mark=acme:role/Rep#next name=Rep (next 2)
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 delete role:Rep role/Rep  after s2
    s5 delete role:Rep (next) role/Rep (next)  after s3
    s6 update made by s1 role/Rep  mark=acme:role/Rep name=Rep  after s1 s4 s5
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 2 holders (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// (ii) The new role has its name already, or the files want the old one again.
#[test]
fn who_is_left_on_the_temporary_role_goes_to_the_one_that_stays() {
    let live = "role Rep description=e permissions=x.view
        role Rep~(next) mark=rolecall:role/Rep#next description=e permissions=x.view
        user ana Rep~(next)
        user bo Rep";
    insta::assert_snapshot!(shown(&whole(), "role Rep description=e\nuser ana Rep", live), @"
    ± role/Rep
      Leftover because []; holders [ana]; 2 requests; role:Rep (next) -> role:Rep; goes on
    s1 update user:ana user/ana  role=<role:Rep>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    let reverted = "role Rep description=f mark=acme:role/Rep
        role Rep~(next) mark=acme:role/Rep#next
        user ana Rep
        user bo Rep~(next)";
    insta::assert_snapshot!(shown(&open_pack(), "owner acme\nrole Rep description=e", reverted), @"
    ± role/Rep  description: f -> e
      Leftover because []; holders [bo (in no file)]; 3 requests; role:Rep (next) -> role:Rep; goes on
    s1 update role:Rep role/Rep  description=e
    s2 update user:bo user/bo  role=<role:Rep>  after s1
    s3 delete role:Rep (next) role/Rep (next)  after s2
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// (iii) The old role is gone.
#[test]
fn where_only_the_temporary_role_is_left_it_gets_the_name_or_its_holders_a_new_one() {
    let live = "role Rep~(next) class=Account mark=acme:role/Rep#next permissions=x.view\nuser ana Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Rep class=Account", live), @"
    ~ role/Rep  mark: acme:role/Rep#next -> acme:role/Rep; name: Rep (next) -> Rep  (`Rep (next)` is renamed)
    s1 update role:Rep (next) role/Rep  mark=acme:role/Rep name=Rep
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    let live =
        "role Rep~(next) mark=rolecall:role/Rep#next permissions=x.view\nuser ana Rep~(next)\nuser bo Rep~(next)";
    insta::assert_snapshot!(shown(&whole(), "role Rep description=e\nuser ana Rep", live), @"
    ± role/Rep
      Leftover because []; holders [ana, bo (in no file)]; 4 requests; role:Rep (next) -> made by s1; goes on
    s1 create role/Rep  description=e name=Rep permissions=[x.view]
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 delete role:Rep (next) role/Rep (next)  after s2 s3
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 2 holders
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

#[test]
fn a_successor_that_was_made_gets_the_rest_and_at_last_its_own_mark() {
    let files = "owner acme\nrole Boss previously=Rep description=d\nuser ana Boss";
    let live = "role Rep description=d
        role Boss mark=acme:role/Boss#next description=d
        user ana Rep
        user bo Boss inactive";
    insta::assert_snapshot!(shown(&whole(), files, live), @"
    ± role/Boss
      Successor because []; holders [ana]; 3 requests; role:Rep -> role:Boss; goes on
    s1 update user:ana user/ana  role=<role:Boss>
    s2 delete role:Rep role/Rep  after s1
    s3 update role:Boss role/Boss  mark=acme:role/Boss  after s2
    error replace: `role/Boss` would take the place of `Rep`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
    insta::assert_snapshot!(shown(&whole(), files, "role Boss mark=acme:role/Boss#next description=d\nuser ana Boss"), @"
    ~ role/Boss  mark: acme:role/Boss#next -> acme:role/Boss
    s1 update role:Boss role/Boss  mark=acme:role/Boss
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
    let nobody = "role Boss previously=Rep";
    insta::assert_snapshot!(shown(&whole(), nobody, "role Boss mark=rolecall:role/Boss#next\nuser ana Boss"), @"
    ~ role/Boss  mark: rolecall:role/Boss#next -> ∅
    s1 update role:Boss role/Boss  mark=∅
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
}

#[test]
fn what_is_left_of_a_role_that_no_file_has_follows_that_role() {
    let live = "role Rep class=Location
        role Rep~(next) class=Account mark=acme:role/Rep#next
        role Other
        user ana Rep
        user bo Rep~(next) inactive";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Other", live), @"
    ± role/Rep
      Leftover because []; holders [bo (in no file) (inactive)]; 2 requests; role:Rep (next) -> role:Rep; goes on
    s1 update user:bo user/bo  role=<role:Rep>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Other\nremove role Rep Other", live), @"
    - role/Rep  class=Location
    - role/Rep (next)  class=Account  (it was to replace `role/Rep`)
    ~ user/ana  role: Rep -> Other  (role `Rep` is removed)
    ~ user/bo  role: Rep (next) -> Other  (role `Rep` is removed)
    s1 update user:ana user/ana  role=<role:Other>
    s2 update user:bo user/bo  role=<role:Other>
    s3 delete role:Rep role/Rep  after s1
    s4 delete role:Rep (next) role/Rep (next)  after s2
    ");
    let alone = "role Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other\nuser bo Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Other", alone), @"
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`; that role is in no file
      help: declare `role/Rep`, or say who gets its holders: `removed.roles: { Rep: { reassign_to: … } }`
    ");
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Other\nremove role Rep Other", alone), @"
    - role/Rep (next)  class=Account  (it was to replace `role/Rep`)
    ~ user/bo  role: Rep (next) -> Other  (role `Rep` is removed)
    s1 update user:bo user/bo  role=<role:Other>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    ");
}

#[test]
fn another_owners_replacement_is_not_ours() {
    let live = "role Rep class=b\nrole Rep~(next) class=b mark=zeta:role/Rep#next\nuser ana Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Rep class=b", live), @"");
}

/// The files call the role otherwise than those of the run that did not end.
#[test]
fn what_is_left_is_recognised_by_the_name_that_the_role_had_before() {
    let live = "role Rep class=Location mark=acme:role/Rep
        role Rep~(next) class=Account mark=acme:role/Rep#next
        user ana Rep
        user bo Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Boss previously=Rep class=Account", live), @"
    ± role/Boss  class: Location -> Account; name: Rep -> Boss
      Rename because [class]; holders [ana (in no file)]; 3 requests; as `Rep (next)`; role:Rep -> role:Rep (next); goes on
    s1 update user:ana user/ana  role=<role:Rep (next)>
    s2 delete role:Rep role/Rep  after s1
    s3 update role:Rep (next) role/Boss  mark=acme:role/Boss name=Boss  after s2
    error replace: `role/Boss` would be replaced by a new role, because `class` cannot change; 1 holder (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Boss`
    ");
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Boss previously=Rep class=Location", live), @"
    ± role/Boss  name: Rep -> Boss
      Leftover because []; holders [bo (in no file)]; 3 requests; role:Rep (next) -> role:Rep; goes on
    s1 update role:Rep role/Boss  mark=acme:role/Boss name=Boss
    s2 update user:bo user/bo  role=<role:Rep>  after s1
    s3 delete role:Rep (next) role/Rep (next)  after s2
    error replace: `role/Boss` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Boss`
    ");
}

/// Nothing says what its permissions are, and it has not those of the role that is replaced.
#[test]
fn what_lacks_something_that_cannot_be_added_is_not_gone_on_with() {
    let live = "role Rep description=d permissions=x.view
        role Rep~(next) description=e mark=rolecall:role/Rep#next
        user ana Rep";
    let plan = super::replacing::planned(&whole(), "role Rep description=e\nuser ana Rep\nallow replace=9", live);
    let replacement = plan.changes[0].replacement.as_ref().expect("a replacement");
    assert_eq!(replacement.temporary_name.as_deref(), Some("Rep (next 2)"));
}

#[test]
fn a_role_whose_name_ends_as_such_a_mark_does_is_no_leftover() {
    let files = "owner acme\nrole Foo#next\nrole Foo";
    insta::assert_snapshot!(shown(&open_pack(), files, ""), @"
    + role/Foo
    + role/Foo#next
    s1 create role/Foo  mark=acme:role/Foo name=Foo
    s2 create role/Foo#next  mark=acme:role/Foo#next# name=Foo#next
    ");
    let live = |name: &str, mark: &str| format!("role {name} mark=acme:role/{mark}\nrole Foo mark=acme:role/Foo");
    insta::assert_snapshot!(shown(&open_pack(), files, &live("Foo#next", "Foo#next#")), @"");
    insta::assert_snapshot!(shown(&open_pack(), files, &live("foo#next", "Foo#next")), @"
    ~ role/Foo#next  name: foo#next -> Foo#next
    s1 update role:foo#next role/Foo#next  mark=acme:role/Foo#next# name=Foo#next
    ");
    insta::assert_snapshot!(shown(&open_pack(), files, &live("Bar", "Foo#next#")), @"
    ~ role/Foo#next  name: Bar -> Foo#next  (`Bar` is renamed)
    s1 update role:Bar role/Foo#next  mark=acme:role/Foo#next# name=Foo#next
    ");
    let live = "role Foo#next class=a\nrole Foo#next~(next) class=b mark=acme:role/Foo#next##next\nuser ana Foo#next";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Foo#next class=b", live), @"
    ± role/Foo#next  class: a -> b
      Rename because [class]; holders [ana (in no file)]; 3 requests; as `Foo#next (next)`; role:Foo#next -> role:Foo#next (next); goes on
    s1 update user:ana user/ana  role=<role:Foo#next (next)>
    s2 delete role:Foo#next role/Foo#next  after s1
    s3 update role:Foo#next (next) role/Foo#next  mark=acme:role/Foo#next# name=Foo#next  after s2
    error replace: `role/Foo#next` would be replaced by a new role, because `class` cannot change; 1 holder (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Foo#next (next)` (id role:Foo#next (next)), which was to become `role/Foo#next`
    ");
}

/// Names travel: A is called B from now on, and B is called C, and both are replaced.
const CHAIN: &str = "role A class=a mark=acme:role/A\nrole B class=a mark=acme:role/B\nuser ana A\nuser bo B";

/// The files want that; wherever runs end, ana holds B and bo holds C.
#[track_caller]
fn chain_is_completed(pack: &Pack, wanted: &str) {
    let files = format!("owner acme\nallow replace=9\n{wanted}");
    let (desired, policy) = reading::desired(&files);
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let mut model = Model::new(&held(reading::live(CHAIN)));
        let mut told = files.clone();
        for run in 0.. {
            let plan = plan(&desired, &held(model.live()), pack, &policy);
            told = format!("{told}\n--- run {run} of seed {seed}\n{}", text::of(&plan));
            assert!(!plan.is_refused(), "{told}");
            if plan.is_empty() {
                break;
            }
            let most = if run > 2 { usize::MAX } else { random.below(plan.steps.len() + 1) };
            model.apply_some(&plan, pack, random, most).unwrap_or_else(|why| panic!("{why}\n{told}"));
        }
        assert_eq!(
            model.held(),
            [("ana", "B"), ("bo", "C")].map(|(user, role)| (user.into(), role.into())).into(),
            "{told}"
        );
    }
}

#[test]
fn a_chain_of_replacements_that_ends_anywhere_gives_nobody_the_wrong_role() {
    chain_is_completed(&classes(), "role B previously=A class=b\nrole C previously=B class=b");
    chain_is_completed(&classes(), "role B previously=A class=b\nrole C previously=B class=a");
    chain_is_completed(&classes(), "role B previously=A class=a\nrole C previously=B class=b");
}

#[test]
fn a_chain_of_names_that_cannot_change_is_completed_too() {
    chain_is_completed(&whole(), "role B previously=A class=a\nrole C previously=B class=a");
}

/// Who is to go on from the old role of a name to the new one does not wait for the two to be exchanged.
#[test]
fn who_keeps_the_name_of_their_role_in_a_chain_goes_through_the_temporary_one() {
    let live = "role A class=a\nrole B class=a\nuser bo B";
    for (pack, class) in [(whole(), "a"), (classes(), "b")] {
        let files =
            format!("role B previously=A class={class}\nrole C previously=B class={class}\nuser bo B\nallow replace=9");
        let (desired, policy) = reading::desired(&files);
        let plan = plan(&desired, &held(reading::live(live)), &pack, &policy);
        assert!(!plan.is_refused(), "{}", text::of(&plan));
        let mut model = Model::new(&held(reading::live(live)));
        model.apply(&plan, &pack, &mut Random::new(1)).unwrap_or_else(|why| panic!("{why}\n{}", text::of(&plan)));
        assert_eq!(model.held(), [("bo".to_owned(), "B".to_owned())].into());
    }
}

/// A random organization and what files want of it, as texts.
fn random_texts(random: &mut Random) -> (String, String) {
    let mut files = String::from(
        "allow replace=1000 removals=1000 role-removals=1000 permission-removals=1000 changes=1000\nacknowledge agreed\ntype A\ntype B\n",
    );
    if random.percent(50) {
        files.push_str("owner acme\n");
    }
    let licenses = |random: &mut Random| {
        if random.percent(30) { format!(" licenses={}", 3 + random.below(6)) } else { String::new() }
    };
    let mut live = format!("type A{}\ntype B{}\n", licenses(random), licenses(random));
    let owned = files.contains("owner");
    let pick = |random: &mut Random, of: &[&str]| of[random.below(of.len())].to_owned();
    let role = |random: &mut Random, name: &str, extra: &str| {
        let class = pick(random, &["", " class=x", " class=y", " class=x"]);
        let permissions = pick(random, &["", " permissions=a.view", " permissions=a.view,b.view"]);
        let description = pick(random, &["", " description=d", " description=e"]);
        let user_type = pick(random, &[" user_type=A", " user_type=B", " user_type=A"]);
        format!("role {name}{class}{permissions}{description}{user_type}{extra}\n")
    };
    let names = ["P", "Q", "R", "S"];
    let mut wanted = Vec::new();
    // Names that travel: each of these roles gets the name of the next one, the last a new one.
    let chain = if random.percent(40) { random.below(3)..2 + random.below(3) } else { 0..0 };
    for (at, name) in names.into_iter().enumerate() {
        let mark = if owned && random.percent(60) { format!(" mark=acme:role/{name}") } else { String::new() };
        live.push_str(&role(random, name, &mark));
        if chain.contains(&at) {
            let next = names[at + 1..chain.end].first().map_or_else(|| format!("{name}2"), |next| (*next).to_owned());
            files.push_str(&role(random, &next, &format!(" previously={name}")));
            wanted.push(next);
            continue;
        }
        match random.below(10) {
            0 => {}
            1 => files.extend([format!("remove role {name} Z\n")]),
            2 | 3 => {
                files.push_str(&role(random, &format!("{name}2"), &format!(" previously={name}")));
                wanted.push(format!("{name}2"));
            }
            _ => {
                files.push_str(&role(random, name, ""));
                wanted.push(name.to_owned());
            }
        }
    }
    files.push_str("role Z\n");
    wanted.push("Z".to_owned());
    live.push_str("role Z\n");
    let live_lines: Vec<String> = live.lines().map(str::to_owned).collect();
    for user in 0..random.below(9) {
        let held = pick(random, &names);
        let line = live_lines.iter().find(|line| line.starts_with(&format!("role {held} "))).expect("a role");
        let user_type = if line.contains("user_type=A") { "A" } else { "B" };
        let inactive = if random.percent(20) { " inactive" } else { "" };
        live.extend([format!("user u{user} {held}{inactive} type={user_type}\n")]);
        if random.percent(70) {
            let role = if random.percent(50) {
                pick(random, &wanted.iter().map(String::as_str).collect::<Vec<_>>())
            } else {
                wanted.iter().find(|name| name.starts_with(&held)).cloned().unwrap_or("Z".to_owned())
            };
            let active = pick(random, &["", "", " active", " inactive"]);
            files.extend([format!("user u{user} {role}{active}\n")]);
        }
    }
    (files, live)
}

fn random_pack(random: &mut Random) -> Pack {
    let mut pack = classes();
    match random.below(4) {
        0 => {}
        1 => pack.roles.name = Mutability::Immutable,
        2 => pack.roles.custom_role = CustomRole::MappingOnly,
        _ => pack.roles.custom_role = CustomRole::Immutable,
    }
    if random.percent(50) {
        pack.roles.creation = Creation::PermissionsFollow;
    }
    pack
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_run_that_ends_anywhere_is_completed_by_the_next(seed: u64) {
        let random = &mut Random::new(seed);
        let pack = random_pack(random);
        let (files, live) = random_texts(random);
        let (desired, policy) = reading::desired(&files);
        let mut model = Model::new(&held(reading::live(&live)));
        let mut told = format!("{:?} {:?} {:?}\n{files}---\n{live}", pack.roles.name, pack.roles.custom_role, pack.roles.creation);
        let ends = random.below(4);
        let mut at_once = Model::new(&held(reading::live(&live)));
        for run in 0.. {
            let plan = plan(&desired, &held(model.live()), &pack, &policy);
            told = format!("{told}--- run {run}\n{}", text::of(&plan));
            if plan.is_refused() {
                prop_assert!(run == 0, "{told}");
                break;
            }
            prop_assert!(crate::plan::verify(&plan).is_ok(), "{told}");
            let mut steps: BTreeMap<String, usize> = BTreeMap::new();
            for step in plan.steps.iter().filter(|step| step.address.kind == Kind::User) {
                *steps.entry(step.address.name.clone()).or_default() += 1;
            }
            let two_hops = plan.steps.iter().any(|step| matches!(step.write, Write::Delete { id: Binding::CreatedBy(_) })) || run > 0;
            prop_assert!(steps.values().all(|&count| count <= if two_hops { 2 } else { 1 }), "{told}");
            if run == 0 && let Err(why) = at_once.apply(&plan, &pack, random) {
                return Err(TestCaseError::fail(format!("{why}\n{told}")));
            }
            if plan.is_empty() {
                prop_assert!(plan.steps.is_empty(), "{told}");
                prop_assert_eq!(model.held(), at_once.held(), "{}", told);
                break;
            }
            prop_assert!(run <= ends, "{told}");
            let most = if run == ends { usize::MAX } else { random.below(plan.steps.len() + 1) };
            if let Err(why) = model.apply_some(&plan, &pack, random, most) {
                return Err(TestCaseError::fail(format!("{why}\n{told}")));
            }
        }
    }

    #[test]
    fn so_it_is_when_the_files_have_changed_meanwhile(seed: u64) {
        let random = &mut Random::new(seed);
        let pack = random_pack(random);
        let (files, live) = random_texts(random);
        let (desired, policy) = reading::desired(&files);
        let mut model = Model::new(&held(reading::live(&live)));
        let first = plan(&desired, &held(model.live()), &pack, &policy);
        if !first.is_refused() {
            let most = random.below(first.steps.len() + 1);
            prop_assert!(model.apply_some(&first, &pack, random, most).is_ok());
        }
        let (other_files, _) = random_texts(random);
        let (desired, policy) = reading::desired(&other_files);
        let second = plan(&desired, &held(model.live()), &pack, &policy);
        let told = || format!("{files}---\n{live}---\n{}---\n{other_files}---\n{}", text::of(&first), text::of(&second));
        if !second.is_refused() {
            model.meets_leftovers();
            if let Err(why) = model.apply(&second, &pack, random) {
                return Err(TestCaseError::fail(format!("{why}\n{}", told())));
            }
            let again = plan(&desired, &held(model.live()), &pack, &policy);
            prop_assert!(again.is_empty(), "{}---\n{}", told(), text::of(&again));
        }
    }
}
