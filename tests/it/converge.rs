//! Apply, then plan: nothing to do. Over real HTTP, for random states, with every request counted.

use rolecall::apply::{Options, apply};
use rolecall::manifest;
use rolecall::plan::{self, Context, Guards, Plan, Policy};
use rolecall::platform::{self, Pack};
use rolecall::remote::{Reader, Target, Token};
use rolecall::sandbox::{Authority, Running};
use rolecall::source::Sources;
use rolecall::state::Desired;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::support::service::{secret_of, serve};

use crate::generator::{Organization, Size};

/// How many random histories are played. Each takes some hundred requests.
const HISTORIES: u64 = 12;
/// Requests of discovery: what the service can do, its types, their schemas, and the one organization.
const DISCOVERY: u64 = 4;
/// Types that are listed on `open`: four kinds of objects and users.
const TYPES: u64 = 5;

/// A sandbox in this process and what is needed to talk to it.
struct Platform {
    sandbox: Running,
    pack: Pack,
}

impl Platform {
    async fn start() -> Self {
        let pack = platform::built_in("open").expect("a pack of this build");
        let people = [("writer", Authority::Admin), ("reader", Authority::Viewer)];
        Self { sandbox: serve(pack.clone(), &people, None).await, pack }
    }

    async fn reader(&self, who: &str, page_size: u32) -> Reader {
        let mut target = Target::new(self.sandbox.url(), Token::new(SecretString::from(secret_of(who))));
        target.page_size = page_size;
        Reader::connect(&target).await.expect("the target answers")
    }

    async fn plan(&self, desired: &Desired) -> Plan {
        let live = self.reader("reader", 1000).await.read(&self.pack).await.expect("the live state is complete");
        plan::plan(desired, &live, &self.pack, &policy())
    }

    /// Applies what is missing; returns the number of writes and of steps.
    async fn apply(&self, desired: &Desired) -> (u64, u64) {
        let plan = self.plan(desired).await;
        let steps = plan.steps.len() as u64;
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
        let reader = self.reader("writer", 1000).await;
        reader.read(&self.pack).await.expect("discovery comes first");
        let (_stop, stopping) = watch::channel(false);
        let report = apply(&approved, reader, Options::default(), stopping).await;
        let failed: Vec<_> = report.outcomes.iter().filter(|(_, _, outcome)| !outcome.is_success()).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        (report.writes, steps)
    }
}

/// Random histories change a lot at once; the guards have tests of their own.
fn policy() -> Policy {
    let off =
        Guards { max_removed_percent: 100, max_changed_percent: 100, min_population: u64::MAX, min_administrators: 0 };
    let context = Context { owner: Some("acme".to_owned()), ..Context::default() };
    let allow = plan_codes().into_iter().map(|code| (code, u64::MAX)).collect();
    Policy { guards: off, context, allow, ..Policy::default() }
}

fn plan_codes() -> [rolecall::diagnostic::Code; 5] {
    use rolecall::diagnostic::Code;
    [Code::Removals, Code::RoleRemovals, Code::PermissionRemovals, Code::EmptyCollection, Code::Changes]
}

fn size(seed: u64) -> Size {
    Size { roles: 3 + seed as usize % 9, users: 5 + 7 * seed as usize, ..Size::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_apply_nothing_is_left_to_plan() {
    let mut played = 0;
    for seed in 0..HISTORIES {
        let platform = Platform::start().await;
        let mut organization = Organization::generate(size(seed), seed);
        for change in 0..3 {
            let desired = organization.desired();
            if platform.plan(&desired).await.is_refused() {
                // The random change wants more seats than there are; another one may not.
                organization = organization.changed(10, size(seed), seed * 37 + change);
                continue;
            }
            played += 1;
            let (writes, steps) = platform.apply(&desired).await;
            assert_eq!(writes, steps, "seed {seed}, change {change}: one write for each step");
            let again = platform.plan(&desired).await;
            assert!(again.is_empty() && again.steps.is_empty(), "seed {seed}, change {change}: {:#?}", again.changes);
            organization = organization.changed(30, size(seed), seed * 31 + change);
        }
        let audit = platform.sandbox.audit().await.expect("the audit can be read");
        let mut created: Vec<&str> = audit
            .iter()
            .filter(|entry| entry.method == "POST" && entry.status == 201)
            .filter_map(|entry| entry.id.as_deref())
            .collect();
        let all = created.len();
        created.sort_unstable();
        created.dedup();
        assert_eq!(created.len(), all, "seed {seed}: nothing is created twice");
        platform.sandbox.stop().await;
    }
    assert!(played > HISTORIES * 2, "most changes can be played: {played}");
}

#[test]
fn a_state_and_its_manifest_give_the_same_plan() {
    let pack = platform::built_in("open").expect("a pack of this build");
    for seed in 0..20 {
        let before = Organization::generate(Size { users: 40, ..Size::default() }, seed);
        let after = before.changed(50, Size::default(), seed);
        let mut sources = Sources::default();
        let source = sources.add("all.yaml", after.yaml());
        let (desired, found, _) = manifest::read(&sources, &[source], &pack);
        let desired = desired.unwrap_or_else(|| panic!("seed {seed}: {found:#?}"));
        let live = before.live();
        let read = plan::plan(&desired, &live, &pack, &policy());
        let made = plan::plan(&after.desired(), &live, &pack, &policy());
        assert!(!made.is_empty());
        assert_eq!(read.digest, made.digest, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_states_give_the_same_bytes_ten_times() {
    let platform = Platform::start().await;
    let organization = Organization::generate(Size::default(), 5);
    platform.apply(&organization.desired()).await;
    let changed = organization.changed(40, Size::default(), 6);
    let mut plans = Vec::new();
    for _ in 0..10 {
        let plan = platform.plan(&changed.desired()).await;
        assert!(!plan.is_empty());
        plans.push(serde_json::to_string(&plan).expect("a plan is JSON"));
    }
    plans.dedup();
    assert_eq!(plans.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_reads_each_page_once_and_never_writes() {
    let platform = Platform::start().await;
    let organization = Organization::generate(Size { roles: 30, users: 95, ..Size::default() }, 3);
    platform.apply(&organization.desired()).await;
    let before = platform.sandbox.statistics();

    // The token may only read: a write would be refused, and counted.
    let reader = platform.reader("reader", 10).await;
    let live = reader.read(&platform.pack).await.expect("the live state is complete");
    let plan = plan::plan(&organization.desired(), &live, &platform.pack, &policy());
    assert!(plan.is_empty());
    let kinds = [7, 7, 4, 30, 95_u64];
    assert_eq!(live.users.len() as u64, kinds[4], "the example is as large as it says");
    let pages: u64 = kinds.iter().map(|objects| objects.div_ceil(10)).sum();
    let after = platform.sandbox.statistics();
    assert_eq!(after.reads + after.discovery - before.reads - before.discovery, pages + DISCOVERY);
    assert_eq!((after.writes, after.refused), (before.writes, before.refused));
    let counts = reader.counts();
    assert_eq!((counts.reads, counts.writes), (pages + DISCOVERY, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_type_takes_one_read() {
    let platform = Platform::start().await;
    let reader = platform.reader("reader", 1000).await;
    reader.read(&platform.pack).await.expect("an empty platform is complete");
    assert_eq!(reader.counts().reads, TYPES + DISCOVERY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_changed_is_no_write_and_each_changed_object_is_one() {
    let platform = Platform::start().await;
    let mut organization = Organization::generate(Size::default(), 11);
    platform.apply(&organization.desired()).await;
    assert_eq!(platform.apply(&organization.desired()).await, (0, 0));
    for role in &mut organization.roles[..4] {
        role.description.push_str(", said better");
    }
    for user in &mut organization.users[..9] {
        user.display_name = "Another Name".to_owned();
    }
    assert_eq!(platform.apply(&organization.desired()).await, (13, 13));
}
