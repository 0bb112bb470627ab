//! Whatever happens to whichever write: the run ends, says what is so, leaves nothing worse, and the
//! next apply does the rest, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::generator::Random;
use crate::support::proxy::{Act, Proxy};
use crate::support::trial::{CONCURRENCY, Case, TIMEOUT, Trial, all, boxed};

/// What happens to a write of which nobody can tell at once whether it was carried out.
const DOUBTFUL: [&str; 6] =
    ["arrives after its time", "dropped", "dropped after", "502", "502 after", "HTML of 200 after"];

/// Everything that can happen to a write, by name.
fn faults() -> Vec<(String, Vec<Act>)> {
    use Act::{Cut, Drop, Forward, Later, Relay, Truncate, Wait};
    let past = "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let mut faults = vec![
        ("delayed".to_owned(), vec![Wait(Duration::from_millis(30)), Forward, Relay]),
        ("arrives after its time".to_owned(), vec![Wait(TIMEOUT + TIMEOUT / 4), Forward, Relay]),
        ("answered after its time".to_owned(), vec![Forward, Wait(TIMEOUT + TIMEOUT / 4), Relay]),
        ("dropped".to_owned(), vec![Drop]),
        ("dropped after".to_owned(), vec![Forward, Drop]),
        ("truncated".to_owned(), vec![Forward, Truncate]),
        ("cut".to_owned(), vec![Forward, Cut]),
        ("cut before".to_owned(), vec![Cut]),
        ("twice".to_owned(), vec![Forward, Forward, Relay]),
        ("502 before".to_owned(), vec![Later(Duration::from_millis(60)), Act::status(502, "")]),
    ];
    let mut both = |name: &str, answer: &Act| {
        faults.push((name.to_owned(), vec![answer.clone()]));
        faults.push((format!("{name} after"), vec![Forward, answer.clone()]));
    };
    for status in [429, 500, 502, 503] {
        both(&status.to_string(), &Act::status(status, ""));
    }
    for (status, form, header) in [(429, "seconds", "retry-after: 0\r\n"), (503, "date", past)] {
        both(&format!("{status} with {form}"), &Act::status(status, header));
    }
    for status in [200, 502] {
        both(&format!("HTML of {status}"), &Act::html(status));
    }
    faults
}

/// Small random states and what becomes of them.
fn random() -> Vec<Case> {
    Case::random(2, 7..=9)
}

/// A role that is replaced: holders on their way from one to the next.
fn replacements() -> Vec<Case> {
    let users = "assignments: { a@example.com: R, b@example.com: R, c@example.com: { role: R, active: false } }\n";
    let bullseye = |class: &str, permissions: &str| {
        format!("roles:\n  R: {{ class: {class}, rank: User, permissions: {{ {permissions} }} }}\n{users}")
    };
    let responsive = |actions: &str| {
        format!("roles:\n  R: {{ user_type: AI member user, permissions: {{ content: [{actions}] }} }}\n{users}")
    };
    vec![
        Case::of("bullseye", &bullseye("Location", "leads: all"), &bullseye("Account", "leads: all, reports: all")),
        Case::of("responsive", &responsive("create"), &responsive("create, modify")),
    ]
}

/// Every fault at every write of every case.
async fn got_over(cases: Vec<Case>, faults: Vec<(String, Vec<Act>)>) {
    let cases = Arc::new(cases);
    let mut trials = Vec::new();
    for place in 0..cases.len() {
        let trial = Trial::start(&cases[place]).await;
        let steps = trial.plan.steps.len();
        assert!((6..=12).contains(&steps), "{}: {steps} steps", cases[place].told);
        trial.sandbox.stop().await;
        for (fault, acts) in &faults {
            trials.extend((1..=steps).map(|n| (place, n, fault.clone(), acts.clone())));
        }
    }
    all(trials.into_iter().map(|(place, n, fault, acts)| {
        let cases = Arc::clone(&cases);
        boxed(async move {
            let case = &cases[place];
            let told = format!("{}, write {n}: {fault}", case.told);
            let trial = Trial::start(case).await;
            let proxy = Proxy::at_write(&trial.sandbox.url(), n, acts);
            let report = trial.apply(&proxy.url, "writer", trial.plan.clone()).await.expect("reads pass");
            tokio::task::block_in_place(|| proxy.settle());
            assert!(proxy.writes() >= n, "{told}: the fault did not happen");
            trial.converges(&told, &proxy.url, Some(&report)).await;
            trial.sandbox.stop().await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_write_of_a_random_plan_is_got_over() {
    got_over(random(), faults()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_doubt_at_every_write_of_a_replacement_is_got_over() {
    let doubtful = faults().into_iter().filter(|(name, _)| DOUBTFUL.contains(&name.as_str()));
    got_over(replacements(), doubtful.collect()).await;
}

/// Three requests of ten meet something, reads included.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_through_many_faults_ends_and_the_next_does_the_rest() {
    let cases: Arc<Vec<Case>> = Arc::new(random().into_iter().chain(replacements()).collect());
    let trials = (0..cases.len()).flat_map(|place| (0..8).map(move |seed| (place, seed)));
    all(trials.map(|(place, seed)| {
        let cases = Arc::clone(&cases);
        boxed(async move {
            let case = &cases[place];
            let told = format!("{}, faults of {seed}", case.told);
            let trial = Trial::start(case).await;
            let (faults, requests) = (faults(), AtomicUsize::new(0));
            let over = Arc::new(AtomicBool::new(false));
            let is_over = Arc::clone(&over);
            let proxy = Proxy::before(&trial.sandbox.url(), move |asked| {
                let mut random = Random::new(seed * 1000 + requests.fetch_add(1, Ordering::SeqCst) as u64);
                if is_over.load(Ordering::SeqCst) || !random.percent(30) {
                    return None;
                }
                let (name, acts) = &faults[random.below(faults.len())];
                // A page in place of a list ends a run before it begins.
                (asked.write > 0 || !name.starts_with("HTML of 200")).then(|| acts.clone())
            });
            let report = trial.apply(&proxy.url, "writer", trial.plan.clone()).await.ok();
            tokio::task::block_in_place(|| proxy.settle());
            over.store(true, Ordering::SeqCst);
            trial.converges(&told, &proxy.url, report.as_ref()).await;
            trial.sandbox.stop().await;
        })
    }))
    .await;
}

/// How long after the first write it was sent again, and how many other requests came before this
/// time was over.
fn again(proxy: &Proxy, time: Duration) -> (Duration, usize) {
    let mut writes = proxy.asked().into_iter().filter(|asked| asked.write > 0);
    let first = writes.next().expect("a write");
    let again = writes.find(|asked| (&asked.method, &asked.path) == (&first.method, &first.path));
    let others = proxy.asked().iter().filter(|asked| asked.at > first.at && asked.at < first.at + time).count();
    (again.expect("it is sent again").at - first.at, others)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sends_before_the_target_wants_to_hear_again() {
    // Users of whom each is one write, and no write waits for another.
    let users = |name: &str| -> String {
        (0..12).map(|n| format!("  u{n}@example.com: {{ role: R, name: {name} {n} }}\n")).collect()
    };
    let files = |name: &str| format!("roles: {{ R: {{}} }}\nassignments:\n{}", users(name));
    let case = Case::of("open", &files("Old"), &files("New"));
    let case = Arc::new(case);
    let forms = [(429, "seconds"), (429, "date"), (503, "seconds"), (503, "date")];
    all(forms.into_iter().map(|(status, form)| {
        let case = Arc::clone(&case);
        boxed(async move {
            let told = format!("{status} in {form}");
            let trial = Trial::start(&case).await;
            let proxy = Proxy::before(&trial.sandbox.url(), move |asked| {
                // A date is as exact as a second: two of them are one at least.
                let header = if form == "seconds" {
                    "retry-after: 1\r\n".to_owned()
                } else {
                    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
                    format!("retry-after: {}\r\n", date.strftime("%a, %d %b %Y %H:%M:%S GMT"))
                };
                match asked.write {
                    0 => None,
                    1 => Some(vec![Act::status(status, &header)]),
                    // The word is out before any other write is answered.
                    _ => Some(vec![Act::Wait(TIMEOUT / 3), Act::Forward, Act::Relay]),
                }
            });
            let report = trial.apply(&proxy.url, "writer", trial.plan.clone()).await.expect("reads pass");
            assert!(report.succeeded(), "{told}: {:#?}", report.outcomes);
            let time = Duration::from_secs(1);
            let (after, others) = again(&proxy, time);
            assert!(after >= time, "{told}: again after {after:?}");
            // What was under way already.
            assert!(others < CONCURRENCY, "{told}: {others} others were sent meanwhile");
            assert_eq!(proxy.writes(), trial.plan.steps.len() + 1, "{told}: once each, and once again");
            trial.sandbox.stop().await;
        })
    }))
    .await;
}
