//! A plan that is tried out on a sandbox of its own, and what must hold of the sandbox whatever
//! became of the run.
//!
//! Responsible for states and their comparison; what happens to requests, `proxy` does.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rolecall::apply::{Options, Outcome, Report, apply};
use rolecall::diagnostic::Code;
use rolecall::manifest;
use rolecall::plan::{self, Context, Guards, Plan, Policy, Step, Write};
use rolecall::platform::{self, Pack};
use rolecall::remote::{Reader, RemoteError, Target, Token};
use rolecall::sandbox::{AuditEntry, Authority, Running};
use rolecall::source::Sources;
use rolecall::state::{Attributes, Binding, Desired, Kind, Live, LiveUser, Value, attribute, fold};
use secrecy::SecretString;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::service::{secret_of, serve};
use crate::generator::{Organization, Size};

/// Steps under way at once.
pub const CONCURRENCY: usize = 4;
/// How long a request may take. Long enough for a busy machine, short enough to be waited for.
pub const TIMEOUT: Duration = Duration::from_secs(1);
/// Trials under way at once: they wait more than they work.
const AT_ONCE: usize = 12;
/// How long a run may take before it counts as one that does not end.
const END: Duration = Duration::from_secs(90);

/// From one state to another.
pub struct Case {
    pub told: String,
    pub pack: Pack,
    before: Desired,
    pub after: Desired,
    /// What somebody else wants meanwhile.
    pub other: Desired,
}

impl Case {
    /// As two manifests have it.
    pub fn of(platform: &str, before: &str, after: &str) -> Self {
        let pack = platform::built_in(platform).expect("a pack of this build");
        let read = |text: &str| {
            let mut sources = Sources::default();
            let source = sources.add("all.yaml", text);
            let (desired, found, _) = manifest::read(&sources, &[source], &pack);
            desired.unwrap_or_else(|| panic!("{found:#?}\n{text}"))
        };
        let (before, after) = (read(before), read(after));
        Self { told: platform.to_owned(), pack, before, other: after.clone(), after }
    }

    /// Random ones of so many steps that do something of everything.
    pub fn random(count: usize, steps: std::ops::RangeInclusive<usize>) -> Vec<Self> {
        let pack = platform::built_in("open").expect("a pack of this build");
        let size = Size { roles: 5, users: steps.end() + 2, values: 2, user_types: 2, limited_percent: 50, grants: 3 };
        let mut cases = Vec::new();
        for seed in 0.. {
            if cases.len() == count {
                break;
            }
            let before = Organization::generate(size, seed);
            let after = before.changed(35, size, seed).desired();
            let plan = plan::plan(&after, &before.live(), &pack, &policy());
            let does = |what: fn(&Write) -> bool| plan.steps.iter().any(|step| what(&step.write));
            let all = does(|write| matches!(write, Write::Create { .. }))
                && does(|write| matches!(write, Write::Update { .. }))
                && does(|write| matches!(write, Write::Delete { .. }));
            if all && steps.contains(&plan.steps.len()) && !plan.is_refused() {
                let told = format!("random {seed}");
                let other = before.changed(35, size, seed + 1000).desired();
                cases.push(Self { told, pack: pack.clone(), before: before.desired(), after, other });
            }
        }
        cases
    }
}

/// Large changes of small states are meant here.
fn policy() -> Policy {
    let guards =
        Guards { max_removed_percent: 100, max_changed_percent: 100, min_population: u64::MAX, min_administrators: 0 };
    let codes = [
        Code::Removals,
        Code::RoleRemovals,
        Code::PermissionRemovals,
        Code::EmptyCollection,
        Code::Changes,
        Code::Replace,
    ];
    Policy {
        guards,
        context: Context { owner: Some("acme".to_owned()), ..Context::default() },
        allow: codes.into_iter().map(|code| (code, u64::MAX)).collect(),
        acknowledgement: Some("agreed".to_owned()),
        ..Policy::default()
    }
}

/// A sandbox that is in a case's state of before.
pub struct Trial<'c> {
    pub case: &'c Case,
    pub sandbox: Running,
    /// The writes that brought it there.
    prepared: usize,
    pub before: Live,
    pub plan: Plan,
}

impl<'c> Trial<'c> {
    pub async fn start(case: &'c Case) -> Self {
        let people = [("writer", Authority::Admin), ("other", Authority::Admin)];
        let sandbox = Box::pin(serve(case.pack.clone(), &people, None)).await;
        let mut trial = Self { case, sandbox, prepared: 0, before: Live::default(), plan: empty(case) };
        let first = trial.plan_of(&case.before).await;
        let report = trial.apply(&trial.sandbox.url(), "writer", first).await.expect("it is reached");
        assert!(report.succeeded(), "{}: {:#?}", case.told, report.outcomes);
        trial.prepared = trial.audit().await.len();
        trial.before = trial.live().await;
        trial.plan = trial.plan_of(&case.after).await;
        assert!(!trial.plan.is_refused(), "{}: {:#?}", case.told, trial.plan.findings);
        trial
    }

    pub async fn reader(url: &str, who: &str) -> Result<Reader, RemoteError> {
        let mut target = Target::new(url, Token::new(SecretString::from(secret_of(who))));
        target.timeout = TIMEOUT;
        target.settle = TIMEOUT;
        Reader::connect(&target).await
    }

    /// The state of now, past whatever is in between.
    pub async fn live(&self) -> Live {
        let reader = Box::pin(Self::reader(&self.sandbox.url(), "writer")).await.expect("the target answers");
        Box::pin(reader.read(&self.case.pack)).await.expect("the live state is complete")
    }

    /// What is missing for a state.
    pub async fn plan_of(&self, desired: &Desired) -> Plan {
        plan::plan(desired, &self.live().await, &self.case.pack, &policy())
    }

    /// Applies a plan by way of a URL; the run ends, in whatever way.
    pub async fn apply(&self, url: &str, who: &str, plan: Plan) -> Result<Report, RemoteError> {
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{}: {:#?}", self.case.told, plan.findings));
        let run = async {
            let reader = Self::reader(url, who).await?;
            reader.read(&self.case.pack).await?;
            let (_stop, stopping) = watch::channel(false);
            Ok(apply(&approved, reader, Options { concurrency: CONCURRENCY, ..Options::default() }, stopping).await)
        };
        tokio::time::timeout(END, Box::pin(run))
            .await
            .unwrap_or_else(|_| panic!("{}: the run does not end", self.case.told))
    }

    /// Everything that was asked for since the trial began.
    pub async fn audit(&self) -> Vec<AuditEntry> {
        self.sandbox.audit().await.expect("the audit can be read").split_off(self.prepared)
    }

    /// What is done is what was reported, nothing is worse than before, another apply by way of the
    /// same URL does the rest, and nothing was done twice.
    pub async fn converges(&self, told: &str, url: &str, report: Option<&Report>) {
        let now = self.live().await;
        if let Some(report) = report {
            is_true(told, report, &self.plan, &self.before, &now);
        }
        is_no_worse(told, &self.before, &now, &self.plan, &self.audit().await);
        let rest = self.plan_of(&self.case.after).await;
        let report = self.apply(url, "writer", rest).await.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert!(report.succeeded(), "{told}, again: {:#?}", report.outcomes);
        let left = self.plan_of(&self.case.after).await;
        assert!(left.is_empty() && left.steps.is_empty(), "{told}: {:#?}", left.changes);
        self.nothing_twice(told).await;
    }

    /// As many objects were made as the plan makes, and no more was done than is in it.
    pub async fn nothing_twice(&self, told: &str) {
        let audit = self.audit().await;
        let made = audit.iter().filter(|entry| entry.method == "POST" && entry.status == 201).count();
        let wanted = self.plan.steps.iter().filter(|step| matches!(step.write, Write::Create { .. })).count();
        assert_eq!(made, wanted, "{told}: {audit:#?}");
        let granted = audit.iter().filter(|entry| entry.status < 300).count();
        assert!(granted <= self.plan.steps.len() + CONCURRENCY, "{told}: {granted} writes, {audit:#?}");
    }
}

/// A place for the plan that comes.
fn empty(case: &Case) -> Plan {
    plan::plan(&Desired::default(), &Live::default(), &case.pack, &policy())
}

/// What a report says of each step is so.
fn is_true(told: &str, report: &Report, plan: &Plan, before: &Live, now: &Live) {
    let (was, is) = (objects(before), objects(now));
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &plan.steps {
        if let Some(id) = id_of(step) {
            *written.entry(id).or_default() += 1;
        }
    }
    for (step, (_, address, outcome)) in plan.steps.iter().zip(&report.outcomes) {
        let not_done = matches!(outcome, Outcome::Failed { .. } | Outcome::Skipped { .. } | Outcome::Cancelled);
        let told = format!("{told}: {address}: {outcome:?}");
        match (&step.write, id_of(step)) {
            (Write::Create { attributes }, _) => {
                let Some(Value::Text(name)) = attributes.get(attribute::NAME) else { continue };
                let is_it = |object: &&Object| object.kind == address.kind && fold(&object.name) == fold(name);
                let was_there = was.values().any(|object| is_it(&object));
                assert!(was_there || !not_done || !is.values().any(|object| is_it(&object)), "{told}: it is there");
                // What is there for a while only, a later step deletes.
                let passes = |later: &Step| matches!(&later.write, Write::Delete { id: Binding::CreatedBy(by) } if *by == step.id);
                let (Outcome::Applied { id } | Outcome::AlreadyInPlace { id }) = outcome else { continue };
                assert!(is.contains_key(&**id) || plan.steps.iter().any(passes), "{told}: it is not there");
            }
            (Write::Update { .. }, Some(id)) if not_done && written[id] == 1 => {
                assert_eq!(is.get(id).map(|o| &o.version), was.get(id).map(|o| &o.version), "{told}");
            }
            (Write::Delete { .. }, Some(id)) => {
                assert!(!not_done || is.contains_key(id), "{told}: it is gone");
                assert!(!outcome.is_success() || !is.contains_key(id), "{told}: it is there");
            }
            _ => {}
        }
    }
}

/// Nobody is without a role or lost one that the plan does not take, no seat is used that there is
/// not, and every value is one of before or of the plan.
pub fn is_no_worse(told: &str, before: &Live, now: &Live, plan: &Plan, audit: &[AuditEntry]) {
    let (was, is) = (objects(before), objects(now));
    let deleted: BTreeSet<&str> =
        plan.steps.iter().filter(|step| matches!(step.write, Write::Delete { .. })).filter_map(id_of).collect();
    let made: BTreeSet<&str> = audit
        .iter()
        .filter(|entry| entry.method == "POST" && entry.status == 201)
        .filter_map(|entry| entry.id.as_deref())
        .collect();
    for (id, object) in &was {
        let Some(now) = is.get(id) else {
            assert!(deleted.contains(id), "{told}: {} is gone", object.name);
            continue;
        };
        let steps: Vec<&Attributes> = plan
            .steps
            .iter()
            .filter(|step| id_of(step) == Some(id))
            .filter_map(|step| match &step.write {
                Write::Update { attributes, .. } => Some(attributes),
                _ => None,
            })
            .collect();
        assert!(!steps.is_empty() || now.version == object.version, "{told}: {} is no concern of ours", object.name);
        let names: BTreeSet<&String> = object.attributes.keys().chain(now.attributes.keys()).collect();
        for name in names {
            let (old, new) = (object.attributes.get(name), now.attributes.get(name));
            let is_planned = |attributes: &&Attributes| match (attributes.get(name), new) {
                (Some(Value::Reference(Binding::Id(id))), Some(Value::Text(new))) => id == new,
                // Only what this run has made can be meant.
                (Some(Value::Reference(Binding::CreatedBy(_))), Some(Value::Text(new))) => made.contains(&**new),
                (Some(Value::Absent), new) => new.is_none(),
                (planned, new) => planned.is_some() && planned == new,
            };
            // A user's type follows its role where the platform says so.
            let follows = object.kind == Kind::User && name == attribute::USER_TYPE && !steps.is_empty();
            assert!(
                old == new || follows || steps.iter().any(is_planned),
                "{told}: {}.{name} was {old:?} and is {new:?}",
                object.name
            );
        }
    }
    legal(told, before, now);
}

/// Everybody has exactly one role that is there, and no type has more users than seats, unless it
/// had so many already.
pub fn legal(told: &str, before: &Live, now: &Live) {
    let roles: BTreeSet<&str> = now.objects(Kind::Role).iter().map(|role| role.id.as_str()).collect();
    for user in now.users.iter() {
        let is_one = matches!(user.roles[..], [role] if roles.contains(role));
        assert!(is_one, "{told}: {} holds {:?}", user.user_name, user.roles);
    }
    for user_type in now.objects(Kind::UserType) {
        let Some(Value::Count(seats)) = user_type.attributes.get(attribute::LICENSES) else { continue };
        let earlier = before.objects(Kind::UserType).iter().find(|earlier| earlier.id == user_type.id);
        let most = (*seats).max(earlier.and_then(|earlier| earlier.in_use).unwrap_or_default());
        let used = user_type.in_use.unwrap_or_default();
        assert!(used <= most, "{told}: {used} of {seats} seats of {}", user_type.name);
    }
    let mut names = BTreeSet::new();
    for object in objects(now).values() {
        assert!(names.insert((object.kind, fold(&object.name).into_owned())), "{told}: two are called {}", object.name);
    }
}

/// An object, of whatever kind.
struct Object {
    kind: Kind,
    name: String,
    version: String,
    attributes: Attributes,
}

/// Everything, by id.
fn objects(live: &Live) -> BTreeMap<&str, Object> {
    let mut all = BTreeMap::new();
    for (&kind, list) in &live.objects {
        for object in list {
            let mut attributes = object.attributes.clone();
            attributes.insert(attribute::NAME.to_owned(), Value::text(&*object.name));
            if let Some(mark) = &object.mark {
                attributes.insert(attribute::MARK.to_owned(), Value::text(&**mark));
            }
            let version = object.version.as_str().to_owned();
            all.insert(&*object.id, Object { kind, name: object.name.clone(), version, attributes });
        }
    }
    for user in live.users.iter() {
        let LiveUser { user_name, id, version, display_name, active, user_type, roles } = user;
        let mut attributes = Attributes::from([
            (attribute::ACTIVE.to_owned(), Value::Flag(active)),
            (attribute::ROLE.to_owned(), Value::text(roles.first().copied().unwrap_or_default())),
        ]);
        for (name, text) in [(attribute::DISPLAY_NAME, display_name), (attribute::USER_TYPE, user_type)] {
            if !text.is_empty() {
                attributes.insert(name.to_owned(), Value::text(text));
            }
        }
        let object = Object { kind: Kind::User, name: user_name.to_owned(), version: version.to_owned(), attributes };
        all.insert(id, object);
    }
    all
}

/// The object that a step writes, where it is there already.
fn id_of(step: &Step) -> Option<&str> {
    match &step.write {
        Write::Update { id: Binding::Id(id), .. } | Write::Delete { id: Binding::Id(id) } => Some(id),
        _ => None,
    }
}

/// A trial as [`all`] takes it.
pub fn boxed(trial: impl Future<Output = ()> + Send + 'static) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(trial)
}

/// Runs trials, some at once, each to its end; then says which failed.
pub async fn all(trials: impl Iterator<Item = Pin<Box<dyn Future<Output = ()> + Send>>>) {
    let free = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for trial in trials {
        let place = Arc::clone(&free).acquire_owned().await.expect("it is never closed");
        running.spawn(async move {
            trial.await;
            drop(place);
        });
    }
    let count = running.len();
    let mut failed = Vec::new();
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            failed.push(*error.into_panic().downcast::<String>().expect("assertions speak"));
        }
    }
    failed.sort_unstable();
    let words = failed.join("\n");
    assert!(failed.is_empty(), "{} of {count} trials: {words}", failed.len());
}
