//! A new role takes the place of one in which something that cannot change differs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::applying::Model;
use super::{open_pack, reading, text};
use crate::generator::Random;
use crate::plan::{Plan, Write, plan};
use crate::platform::{Attribute, Creation, CustomRole, Form, Mutability, Pack, Presence};
use crate::state::{Binding, Kind, Live};

/// `class` and `rank` of a role cannot change; everything else can.
fn classes() -> Pack {
    let mut pack = open_pack();
    for (name, rule) in [("class", "R-BE-15"), ("rank", "R-BE-22")] {
        let attribute = Attribute {
            form: Form::Name,
            of: None,
            values: Vec::new(),
            presence: Presence::Optional,
            rule: None,
            set_rule: None,
            values_rule: None,
            mutability: Mutability::Immutable,
            mutability_rule: Some(rule.to_owned()),
            reassignment_needs_word: false,
            description: String::new(),
        };
        pack.roles.attributes.insert(name.to_owned(), attribute);
    }
    pack
}

/// Nothing of a custom role can change.
fn whole() -> Pack {
    let mut pack = open_pack();
    pack.roles.custom_role = CustomRole::Immutable;
    pack.roles.custom_role_rule = Some("R-UT-30".to_owned());
    pack
}

fn planned(pack: &Pack, desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &held(reading::live(live)), pack, &policy)
}

/// The target has a place for what the pack's roles have.
fn held(mut live: Live) -> Live {
    let roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
    roles.writable.insert("class".to_owned());
    roles.writable.insert("rank".to_owned());
    live
}

#[track_caller]
fn shown(pack: &Pack, desired: &str, live: &str) -> String {
    text::of(&planned(pack, desired, live))
}

#[test]
fn explore() {
    let two_steps = || {
        let mut p = classes();
        p.roles.creation = Creation::PermissionsFollow;
        p
    };
    let live = "type A\ntype B\nrole Rep class=Location permissions=x.view description=d mark=acme:role/Rep\nrole Other class=Location\nuser ana Rep\nuser bo Rep inactive\nuser cy Rep\nuser di Other";
    let files = "owner acme\nallow replace=3\nrole Rep class=Account permissions=x.view,y.view\nrole Other class=Location\nuser ana Rep\nuser cy Other\nuser di Rep name=Di";
    println!("C\n{}", shown(&classes(), files, live));
    println!("C2\n{}", shown(&two_steps(), files, live));
    println!(
        "D\n{}",
        shown(
            &whole(),
            "allow replace=2\nrole Rep description=e permissions=x.view\nuser ana Rep\nuser di Rep",
            "role Rep description=d permissions=x.view\nrole Other\nuser ana Rep\nuser bo Rep inactive\nuser di Other"
        )
    );
    println!(
        "B\n{}",
        shown(
            &whole(),
            "owner acme\nrole Boss previously=Rep description=d permissions=x.view\nuser ana Boss",
            "role Rep description=d permissions=x.view\nrole Other\nuser ana Rep\nuser bo Rep inactive\nuser di Other"
        )
    );
    println!(
        "A\n{}",
        shown(
            &whole(),
            "owner acme\nrole Rep description=d permissions=x.view,y.view",
            "role Rep description=d permissions=x.view\nrole Other"
        )
    );
    println!(
        "Ci\n{}",
        shown(
            &classes(),
            files,
            "role Rep class=Location permissions=x.view description=d mark=acme:role/Rep\nrole Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other class=Location\nuser ana Rep\nuser bo Rep~(next) inactive\nuser cy Rep\nuser di Other"
        )
    );
    println!(
        "Cii\n{}",
        shown(
            &classes(),
            files,
            "role Rep~(next) class=Account mark=acme:role/Rep#next permissions=x.view,y.view\nrole Other class=Location\nuser ana Rep~(next)\nuser bo Rep~(next) inactive\nuser cy Other\nuser di Rep~(next) name=Di"
        )
    );
    println!(
        "Dii\n{}",
        shown(
            &whole(),
            "allow replace=2\nrole Rep description=e permissions=x.view\nuser ana Rep",
            "role Rep description=e permissions=x.view\nrole Rep~(next) mark=rolecall:role/Rep#next description=e permissions=x.view\nuser ana Rep~(next)\nuser bo Rep"
        )
    );
    println!(
        "Diii\n{}",
        shown(
            &whole(),
            "allow replace=2\nrole Rep description=e permissions=x.view\nuser ana Rep",
            "role Rep~(next) mark=rolecall:role/Rep#next description=e permissions=x.view\nuser ana Rep~(next)\nuser bo Rep~(next)"
        )
    );
    println!(
        "Bi\n{}",
        shown(
            &whole(),
            "owner acme\nrole Boss previously=Rep description=d permissions=x.view\nuser ana Boss",
            "role Rep description=d permissions=x.view\nrole Boss mark=acme:role/Boss#next description=d permissions=x.view\nuser ana Rep\nuser bo Boss inactive"
        )
    );
    println!(
        "Bii\n{}",
        shown(
            &whole(),
            "role Boss previously=Rep description=d permissions=x.view\nuser ana Boss",
            "role Boss mark=rolecall:role/Boss#next description=d permissions=x.view\nuser ana Boss\nuser bo Boss inactive"
        )
    );
    println!(
        "undeclared\n{}",
        shown(
            &classes(),
            "owner acme\nrole Other",
            "role Rep class=Location permissions=x.view\nrole Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other\nuser ana Rep\nuser bo Rep~(next) inactive"
        )
    );
    println!(
        "removed\n{}",
        shown(
            &classes(),
            "owner acme\nrole Other\nremove role Rep Other",
            "role Rep class=Location permissions=x.view\nrole Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other\nuser ana Rep\nuser bo Rep~(next) inactive"
        )
    );
    println!(
        "stuck\n{}",
        shown(
            &classes(),
            "owner acme\nrole Other",
            "role Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other\nuser bo Rep~(next) inactive"
        )
    );
    println!(
        "unfit\n{}",
        shown(
            &classes(),
            files,
            "role Rep class=Location permissions=x.view description=d mark=acme:role/Rep\nrole Rep~(next) class=Third mark=acme:role/Rep#next\nrole Other class=Location\nuser ana Rep\nuser bo Rep~(next) inactive\nuser cy Rep\nuser di Other"
        )
    );
    println!(
        "mapped\n{}",
        shown(
            &open_pack(),
            "type A\ntype B\nrole R user_type=B\nuser ana R",
            "type A\ntype B\nrole R user_type=A\nuser ana R type=A\nuser bo R type=A\nuser cy R inactive type=A"
        )
    );
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
    for name in names {
        let mark = if owned && random.percent(60) { format!(" mark=acme:role/{name}") } else { String::new() };
        live.push_str(&role(random, name, &mark));
        match random.below(10) {
            0 => {}
            1 => files.push_str(&format!("remove role {name} Z\n")),
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
        live.push_str(&format!("user u{user} {held}{inactive} type={user_type}\n"));
        if random.percent(70) {
            let role = if random.percent(50) {
                pick(random, &wanted.iter().map(String::as_str).collect::<Vec<_>>())
            } else {
                wanted.iter().find(|name| name.starts_with(&held)).cloned().unwrap_or("Z".to_owned())
            };
            let active = pick(random, &["", "", " active", " inactive"]);
            files.push_str(&format!("user u{user} {role}{active}\n"));
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
            if plan.is_empty() {
                prop_assert!(plan.steps.is_empty(), "{told}");
                break;
            }
            prop_assert!(run <= ends, "{told}");
            let most = if run == ends { usize::MAX } else { random.below(plan.steps.len() + 1) };
            if let Err(why) = model.apply_some(&plan, &pack, random, most) {
                return Err(TestCaseError::fail(format!("{why}\n{told}")));
            }
        }
    }
}
