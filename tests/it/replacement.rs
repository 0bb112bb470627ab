//! A role is replaced over real HTTP: with as many requests as were announced, nobody without a role
//! at any moment, and completed by the next run wherever one ends.

use std::collections::BTreeMap;

use rolecall::apply::{Event, Options, apply};
use rolecall::diagnostic::Code;
use rolecall::manifest;
use rolecall::plan::{self, Context, Guards, Plan, Policy, Replacement, Way};
use rolecall::platform::{self, Pack};
use rolecall::remote::{Left, Performed, Reader, Target, Token, Writer, prepare};
use rolecall::sandbox::{Authority, Running};
use rolecall::source::Sources;
use rolecall::state::{Desired, Kind, Live, StepId};
use secrecy::SecretString;
use tokio::sync::watch;

use crate::support::service::{secret_of, serve};

/// A role that many hold, and how it has to change.
#[derive(Clone, Copy)]
struct Case {
    platform: &'static str,
    before: &'static str,
    after: &'static str,
    /// What it is called in the end.
    name: &'static str,
    way: Way,
    /// Requests for so many holders.
    requests: fn(u64) -> u64,
}

/// Names change on bullseye, and a role is made in two steps.
const BULLSEYE: Case = Case {
    platform: "bullseye",
    before: "Regional Rep: { class: Location, rank: User, permissions: { leads: all } }",
    after: "Regional Rep: { class: Account, rank: User, permissions: { leads: all, reports: all } }",
    name: "Regional Rep",
    way: Way::Rename,
    requests: |holders| holders + 3 + 1,
};

/// Nothing of a custom role changes on responsive.
const RESPONSIVE: Case = Case {
    platform: "responsive",
    before: "Writer: { user_type: AI member user, permissions: { content: [create] } }",
    after: "Writer: { user_type: AI member user, permissions: { content: [create, modify] } }",
    name: "Writer",
    way: Way::TwoHops,
    requests: |holders| 2 * holders + 4,
};

/// Not even its name.
const SUCCESSOR: Case = Case {
    after: "Author: { previously: [Writer], user_type: AI member user, permissions: { content: [create] } }",
    name: "Author",
    way: Way::Successor,
    requests: |holders| holders + 3,
    ..RESPONSIVE
};

const CASES: [Case; 3] = [BULLSEYE, RESPONSIVE, SUCCESSOR];

/// A sandbox in this process that holds a case.
struct Platform {
    sandbox: Running,
    pack: Pack,
    policy: Policy,
}

impl Platform {
    /// With so many holders; the second one is inactive, the last one in no file later on.
    async fn start(case: Case, holders: usize, owner: Option<&str>) -> Self {
        let platform = Self::empty(case.platform, holders, owner).await;
        platform.apply(&platform.files(case, case.before, holders), usize::MAX).await;
        platform
    }

    /// Where nothing is yet, and so many holders may get another role.
    async fn empty(platform: &str, holders: usize, owner: Option<&str>) -> Self {
        let pack = platform::built_in(platform).expect("a pack of this build");
        let people = [("writer", Authority::Admin), ("reader", Authority::Viewer)];
        let guards =
            Guards { max_removed_percent: 100, max_changed_percent: 100, min_population: 1000, min_administrators: 0 };
        let policy = Policy {
            guards,
            context: Context { owner: owner.map(str::to_owned), ..Context::default() },
            allow: [(Code::Replace, holders as u64)].into(),
            acknowledgement: Some("agreed".to_owned()),
            ..Policy::default()
        };
        Self { sandbox: serve(pack.clone(), &people, None).await, pack, policy }
    }

    fn files(&self, case: Case, role: &str, holders: usize) -> Desired {
        let is_before = role == case.before;
        let name = role.split(':').next().expect("a name");
        let assigned = if is_before { holders } else { holders - 1 };
        let users: String = (0..assigned)
            .map(|at| {
                let active = if at == 1 { "false" } else { "true" };
                format!("  user{at}@example.com: {{ role: {name}, active: {active} }}\n")
            })
            .collect();
        self.read(format!("roles:\n  {role}\nassignments:\n{users}"))
    }

    fn read(&self, text: String) -> Desired {
        let mut sources = Sources::default();
        let source = sources.add("all.yaml", text);
        let (desired, found, _) = manifest::read(&sources, &[source], &self.pack);
        desired.unwrap_or_else(|| panic!("{found:#?}"))
    }

    async fn reader(&self, who: &str) -> Reader {
        let target = Target::new(self.sandbox.url(), Token::new(SecretString::from(secret_of(who))));
        Reader::connect(&target).await.expect("the target answers")
    }

    async fn live(&self) -> Live {
        self.reader("reader").await.read(&self.pack).await.expect("the live state is complete")
    }

    async fn plan(&self, desired: &Desired) -> Plan {
        plan::plan(desired, &self.live().await, &self.pack, &self.policy)
    }

    /// Applies what is missing, with one step at a time; stops after so many. Returns the number of
    /// writes.
    async fn apply(&self, desired: &Desired, most: usize) -> u64 {
        self.apply_at_once(desired, most, 1).await
    }

    /// The same with several requests under way at once.
    async fn apply_at_once(&self, desired: &Desired, most: usize, concurrency: usize) -> u64 {
        let plan = self.plan(desired).await;
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
        let reader = self.reader("writer").await;
        reader.read(&self.pack).await.expect("discovery comes first");
        let (stop, stopping) = watch::channel(most == 0);
        let on_event = Box::new(move |event: Event<'_>| {
            if matches!(event, Event::Ended { done, .. } if done >= most) {
                stop.send_replace(true);
            }
        });
        let report = apply(&approved, reader, Options { concurrency, on_event, ..Options::default() }, stopping).await;
        assert!(most < usize::MAX || report.succeeded(), "{:#?}", report.outcomes);
        report.writes
    }

    /// Nobody is without a role, and no two roles are on their way to the same place.
    async fn sample(&self, told: &str) -> Live {
        let live = self.live().await;
        let roles: Vec<&str> = live.objects(Kind::Role).iter().map(|role| role.id.as_str()).collect();
        for user in live.users.iter() {
            let is_one = matches!(user.roles[..], [role] if roles.contains(&role));
            assert!(is_one, "{told}: {} holds {:?}", user.user_name, user.roles);
        }
        let next = live.objects(Kind::Role).iter().filter_map(|role| role.mark.as_deref());
        assert!(next.filter(|mark| mark.ends_with("#next")).count() <= 1, "{told}");
        live
    }

    /// Everything is as the files want it, and nothing is left of the way.
    async fn is_done(&self, case: Case, desired: &Desired, holders: usize, told: &str) {
        let again = self.plan(desired).await;
        assert!(again.is_empty() && again.steps.is_empty(), "{told}: {:#?}", again.changes);
        let live = self.sample(told).await;
        let custom: Vec<_> = live.objects(Kind::Role).iter().filter(|role| role.built_in.is_none()).collect();
        let [role] = custom[..] else { panic!("{told}: {custom:#?}") };
        assert_eq!(role.name, case.name, "{told}");
        let owner = self.policy.context.owner.as_ref();
        assert_eq!(role.mark, owner.map(|owner| format!("{owner}:role/{}", case.name)), "{told}");
        let holding = live.users.iter().filter(|user| user.roles == [role.id.as_str()]).count();
        assert_eq!(holding, holders, "{told}");
        let inactive: Vec<_> =
            live.users.iter().filter(|user| !user.active).map(|user| user.user_name.to_owned()).collect();
        assert_eq!(inactive, ["user1@example.com"], "{told}");
    }
}

fn replacement(plan: &Plan) -> &Replacement {
    let [change] = &plan.changes[..] else { panic!("one change: {:#?}", plan.changes) };
    change.replacement.as_ref().expect("a replacement")
}

/// The sandbox is looked at after every single request.
async fn is_replaced_under_everybodys_eyes(case: Case) {
    const HOLDERS: usize = 50;
    let platform = Platform::start(case, HOLDERS, Some("acme")).await;
    let desired = platform.files(case, case.after, HOLDERS);
    let plan = platform.plan(&desired).await;
    let requests = (case.requests)(HOLDERS as u64);
    let (way, announced) = (replacement(&plan).way, replacement(&plan).requests);
    assert_eq!((way, announced, plan.summary.requests), (case.way, requests, requests));
    let holders = &replacement(&plan).holders;
    assert_eq!(holders.iter().filter(|holder| holder.managed && holder.active).count(), HOLDERS - 2);

    let mut refused = platform.policy.clone();
    refused.allow.insert(Code::Replace, HOLDERS as u64 - 1);
    assert!(plan::plan(&desired, &platform.live().await, &platform.pack, &refused).is_refused());

    let before = platform.sandbox.statistics();
    let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
    let reader = platform.reader("writer").await;
    reader.read(&platform.pack).await.expect("discovery comes first");
    let writer = Writer::new(&reader, &approved);
    let mut left: BTreeMap<StepId, Left> = BTreeMap::new();
    for step in &approved.plan().steps {
        let prepared = prepare(step, &left).expect("a plan is in order");
        match writer.perform(&prepared).await {
            Performed::Applied { left: one, .. } => _ = left.insert(step.id, one),
            other => panic!("{} {}: {other:?}", step.id, step.address),
        }
        platform.sample(&format!("{} {}", step.id, step.address)).await;
    }
    let after = platform.sandbox.statistics();
    assert_eq!((after.writes - before.writes, after.refused - before.refused), (requests, 0));
    platform.is_done(case, &desired, HOLDERS, "at the end").await;
    platform.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_holders_on_bullseye_take_as_many_requests_as_are_announced() {
    is_replaced_under_everybodys_eyes(BULLSEYE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_holders_on_responsive_take_as_many_requests_as_are_announced() {
    is_replaced_under_everybodys_eyes(RESPONSIVE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_holders_of_a_role_with_a_new_name_take_as_many_requests_as_are_announced() {
    is_replaced_under_everybodys_eyes(SUCCESSOR).await;
}

/// Wherever a run ends, the next one, which knows nothing of it, does the rest and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ends_after_any_request_is_completed_by_the_next() {
    const HOLDERS: usize = 4;
    for case in CASES {
        for owner in [Some("acme"), None] {
            let requests = (case.requests)(HOLDERS as u64);
            for done in 0..=requests {
                let told = format!("{} after {done} requests, owner {owner:?}", case.name);
                let platform = Platform::start(case, HOLDERS, owner).await;
                let desired = platform.files(case, case.after, HOLDERS);
                let first = platform.apply(&desired, usize::try_from(done).expect("few")).await;
                assert_eq!(first, done, "{told}");
                platform.sample(&told).await;
                let second = platform.apply(&desired, usize::MAX).await;
                assert_eq!(first + second, requests, "{told}: nothing is done twice");
                platform.is_done(case, &desired, HOLDERS, &told).await;
                platform.sandbox.stop().await;
            }
        }
    }
}

/// The files of before, after a run that has ended anywhere, bring everything back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ends_after_any_request_is_taken_back_by_the_files_of_before() {
    const HOLDERS: usize = 4;
    for case in [BULLSEYE, RESPONSIVE] {
        let requests = (case.requests)(HOLDERS as u64);
        for done in 0..=requests {
            let told = format!("{} after {done} requests", case.name);
            let platform = Platform::start(case, HOLDERS, Some("acme")).await;
            let desired = platform.files(case, case.after, HOLDERS);
            platform.apply(&desired, usize::try_from(done).expect("few")).await;
            let reverted = platform.files(case, case.before, HOLDERS);
            platform.apply(&reverted, usize::MAX).await;
            platform.is_done(case, &reverted, HOLDERS, &told).await;
            platform.sandbox.stop().await;
        }
    }
}

/// Names travel, and each of the roles is replaced.
#[derive(Clone, Copy)]
struct Chain {
    platform: &'static str,
    before: &'static str,
    after: &'static str,
}

const CHAINS: [Chain; 2] = [
    Chain {
        platform: "bullseye",
        before: "  First: { class: Location, rank: User, permissions: { leads: all } }
  Second: { class: Location, rank: User, permissions: { leads: all, reports: all } }
",
        after: "  Second: { previously: [First], class: Account, rank: User, permissions: { leads: all } }
  Third: { previously: [Second], class: Account, rank: User, permissions: { leads: all, reports: all } }
",
    },
    Chain {
        platform: "responsive",
        before: "  First: { user_type: AI member user, permissions: { content: [create] } }
  Second: { user_type: AI member user, permissions: { content: [modify] } }
",
        after: "  Second: { previously: [First], user_type: AI member user, permissions: { content: [create] } }
  Third: { previously: [Second], user_type: AI member user, permissions: { content: [modify] } }
",
    },
];

/// Wherever a run ends, with several requests under way at once, everybody who is in no file has in the
/// end the role that theirs has become.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_ends_anywhere_gives_nobody_another_ones_role() {
    for Chain { platform, before, after } in CHAINS {
        let files = |roles: &str, users: &str| format!("roles:\n{roles}{users}");
        let users = "assignments: { ana@example.com: First, ann@example.com: First, bo@example.com: Second }\n";
        for concurrency in [1, 4] {
            for done in 0.. {
                let told = format!("{platform} after {done} requests, {concurrency} at once");
                let platform = Platform::empty(platform, 3, Some("acme")).await;
                platform.apply(&platform.read(files(before, users)), usize::MAX).await;
                // Nobody who is assigned can come to a wrong role.
                let desired = platform.read(files(after, ""));
                let steps = platform.plan(&desired).await.steps.len();
                platform.apply_at_once(&desired, done, concurrency).await;
                platform.apply_at_once(&desired, usize::MAX, concurrency).await;
                assert!(platform.plan(&desired).await.is_empty(), "{told}");
                let live = platform.live().await;
                let role =
                    |id: &str| live.objects(Kind::Role).iter().find(|role| role.id == id).map(|role| &*role.name);
                for (user, name) in [("ana", "Second"), ("ann", "Second"), ("bo", "Third")] {
                    let row = live.users.find(&format!("{user}@example.com")).expect("a user");
                    assert_eq!(role(live.users.get(row).roles[0]), Some(name), "{told}: {user}");
                }
                let custom = live.objects(Kind::Role).iter().filter(|role| role.built_in.is_none());
                assert_eq!(custom.count(), 2, "{told}");
                platform.sandbox.stop().await;
                if done >= steps {
                    break;
                }
            }
        }
    }
}
