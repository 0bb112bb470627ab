//! What holds for every plan, on random organizations.

use proptest::prelude::*;

use super::applying::Model;
use super::{open_pack, text};
use crate::diagnostic::Code;
use crate::generator::{Organization, Random, Size, all_capabilities};
use crate::plan::{Policy, Unlisted, UnlistedRoles, UnlistedUsers, approve, plan, stale, verify};
use crate::platform::{Administrators, Pack};
use crate::state::{Desired, Kind, Live, fold};

/// Small, so that seats are short and every kind of change meets every other.
const SMALL: Size = Size { roles: 6, users: 14, values: 3, user_types: 3, limited_percent: 80, grants: 4 };

/// Guards ask about shares; here anything may change, but for the number of administrators.
fn permissive() -> Policy {
    let guards = [Code::Removals, Code::RoleRemovals, Code::PermissionRemovals, Code::Changes, Code::EmptyCollection];
    let mut policy = Policy::default();
    policy.context.owner = Some("acme".to_owned());
    policy.acknowledgement = Some("agreed".to_owned());
    policy.allow = guards.into_iter().map(|code| (code, u64::MAX)).collect();
    policy
}

/// Gives every live object our mark.
fn mark(live: &mut Live) {
    for (kind, objects) in &mut live.objects {
        for object in objects {
            object.mark = Some(format!("acme:{kind}/{}", object.name));
        }
    }
}

/// Applies the plan in a random order of ready steps and plans again.
fn converges(desired: &Desired, live: &Live, policy: &Policy, seed: u64) -> Result<bool, TestCaseError> {
    converges_with(&open_pack(), desired, live, policy, seed)
}

fn converges_with(
    pack: &Pack,
    desired: &Desired,
    live: &Live,
    policy: &Policy,
    seed: u64,
) -> Result<bool, TestCaseError> {
    let first = plan(desired, live, pack, policy);
    prop_assert!(verify(&first).is_ok());
    prop_assert_eq!(stale(&first, live), Vec::<String>::new());
    if first.is_refused() {
        return Ok(false);
    }
    let shown = text::of(&first);
    let approved = approve(first);
    prop_assert!(approved.is_ok());
    let Ok(approved) = approved else { return Ok(false) };
    let mut model = Model::new(live);
    if let Err(why) = model.apply(approved.plan(), pack, &mut Random::new(seed)) {
        return Err(TestCaseError::fail(format!("{why}\n{shown}")));
    }
    let again = plan(desired, &model.live(), pack, policy);
    prop_assert!(again.is_empty(), "{}\nafter\n{}", text::of(&again), shown);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_plan_that_is_not_refused_is_never_refused_by_the_platform_and_leaves_nothing_to_do(
        seed: u64, percent in 1u64..100, administrators: bool,
    ) {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(percent, SMALL, seed);
        let mut policy = permissive();
        if administrators {
            policy.administrators = vec![before.roles[0].name.clone(), before.roles[1].name.clone()];
        }
        let mut live = before.live();
        if seed % 2 == 0 {
            mark(&mut live);
        }
        converges(&after.desired(), &live, &policy, seed)?;
    }

    #[test]
    fn so_is_one_that_leaves_nothing_unlisted(seed: u64, percent in 1u64..100) {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(percent, SMALL, seed);
        let mut policy = permissive();
        policy.unlisted = Unlisted { roles: UnlistedRoles::Delete, users: UnlistedUsers::Deactivate };
        let mut desired = after.desired();
        // Some roles that nobody holds are in no file any more.
        let held: std::collections::BTreeSet<usize> = before.users.iter().map(|user| user.role).collect();
        let roles = desired.objects.get_mut(&Kind::Role).expect("it has roles");
        for (at, role) in before.roles.iter().enumerate().filter(|(at, _)| !held.contains(at)) {
            if at % 2 == 0 && after.users.iter().all(|user| after.roles[user.role].name != role.name) {
                roles.remove(&*fold(&role.name));
            }
        }
        converges(&desired, &before.live(), &policy, seed)?;
    }

    #[test]
    fn so_is_one_where_grants_make_administrators(seed: u64, percent in 1u64..100) {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(percent, SMALL, seed);
        let mut pack = open_pack();
        let permissions = ["users".to_owned(), "settings.delete".to_owned()].into();
        pack.roles.administrators = Some(Administrators { permissions, ..Administrators::default() });
        converges_with(&pack, &after.desired(), &before.live(), &permissive(), seed)?;
    }

    #[test]
    fn so_is_a_part_of_a_plan(seed: u64, percent in 1u64..100, selector in "role|user|segment|role/Role [0-9]|user/user000000\\*") {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(percent, SMALL, seed);
        let mut policy = permissive();
        let selector = selector.parse().expect("a selector");
        if percent % 2 == 0 { policy.only.push(selector) } else { policy.except.push(selector) }
        converges(&after.desired(), &before.live(), &policy, seed)?;
    }

    #[test]
    fn an_empty_platform_is_filled(seed: u64) {
        let wanted = Organization::generate(SMALL, seed);
        let nothing = Live { capabilities: all_capabilities(), ..Live::default() };
        let done = converges(&wanted.desired(), &nothing, &permissive(), seed)?;
        prop_assert!(done, "nothing stands against it");
    }

    #[test]
    fn a_state_that_is_as_wanted_plans_empty(seed: u64) {
        let organization = Organization::generate(SMALL, seed);
        let plan = plan(&organization.desired(), &organization.live(), &open_pack(), &permissive());
        prop_assert_eq!(text::of(&plan), "nothing\n");
        prop_assert_eq!(plan.summary.requests, 0);
    }

    #[test]
    fn one_request_per_changed_object(seed: u64, percent in 1u64..100) {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(percent, SMALL, seed);
        let plan = plan(&after.desired(), &before.live(), &open_pack(), &permissive());
        let mut written: Vec<_> = plan.steps.iter().map(|step| step.address.clone()).collect();
        written.sort();
        let changed: Vec<_> = plan.changes.iter().map(|change| change.address.clone()).collect();
        prop_assert_eq!(written, changed);
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes(seed: u64, percent in 1u64..100) {
        let bytes = || {
            let before = Organization::generate(SMALL, seed);
            let after = before.changed(percent, SMALL, seed);
            let plan = plan(&after.desired(), &before.live(), &open_pack(), &permissive());
            serde_json::to_string(&plan).expect("plans are JSON")
        };
        let first = bytes();
        for _ in 1..10 {
            prop_assert_eq!(&bytes(), &first);
        }
    }
}

#[test]
fn most_random_plans_are_not_refused_so_that_the_promises_are_about_something() {
    let mut approved = 0;
    for seed in 0..200 {
        let before = Organization::generate(SMALL, seed);
        let after = before.changed(30, SMALL, seed);
        let plan = plan(&after.desired(), &before.live(), &open_pack(), &permissive());
        approved += u32::from(!plan.is_refused() && !plan.is_empty());
    }
    assert!(approved > 100, "{approved} of 200");
}
