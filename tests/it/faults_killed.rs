//! The client is killed at any of its writes, before it arrives or after: the next run does the rest,
//! once, whether it knows of the one before or not.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::Folder;
use crate::support::proxy::{Act, Proxy};
use crate::support::service::secret_of;
use crate::support::trial::{Case, Trial, all, boxed, is_no_worse};
use crate::tokens::search;

const PROJECT: &str = "\
version: 1
platform: open
owner: acme
guards: { max_removed: 100%, max_changed: 100%, min_administrators: 0 }
";

/// Writes of the plan: 20 creates, 35 updates, moves among them, 5 deletes.
const STEPS: usize = 60;

fn lines(range: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    range.map(line).collect()
}

fn before() -> String {
    let roles = lines(0..10, |n| format!("  R{n}: {{ description: Before }}\n"));
    let users = lines(0..30, |n| format!("  u{n}@example.com: R{}\n", n % 10));
    format!("roles:\n{roles}assignments:\n{users}")
}

fn after() -> String {
    let segments = lines(0..5, |n| format!("  S{n}:\n"));
    let changed = lines(0..10, |n| format!("  R{n}: {{ description: After }}\n"));
    let new = lines(0..5, |n| format!("  N{n}: {{ segments: [S{n}] }}\n"));
    let moved = lines(0..15, |n| format!("  u{n}@example.com: N{}\n", n % 5));
    let named = lines(15..25, |n| format!("  u{n}@example.com: {{ role: R{}, name: User {n} }}\n", n % 10));
    let added = lines(0..10, |n| format!("  v{n}@example.com: N{}\n", n % 5));
    let gone = lines(25..30, |n| format!("    u{n}@example.com: delete\n"));
    format!("segments:\n{segments}roles:\n{changed}{new}assignments:\n{moved}{named}{added}removed:\n  users:\n{gone}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_killed_at_any_write_loses_nothing_and_nothing_is_done_twice() {
    killed_at(1..=STEPS, "never").await;
}

/// Its steps in a few requests: killed at one of those.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_where_steps_share_requests() {
    killed_at(1..=6, "auto").await;
}

async fn killed_at(writes: std::ops::RangeInclusive<usize>, bulk: &'static str) {
    let case = Arc::new(Case::of("open", &before(), &after()));
    // Each goes on by what the killed run has written down, and by what is found without that.
    all(writes.flat_map(|n| [(n, true), (n, false)]).map(|(n, by_journal)| {
        let case = Arc::clone(&case);
        boxed(async move {
            let trial = Trial::start(&case).await;
            assert_eq!(trial.plan.steps.len(), STEPS);
            tokio::task::block_in_place(|| kill_and_go_on(&trial, n, bulk, by_journal));
            let told = format!("killed at write {n}, by the journal: {by_journal}");
            let left = trial.plan_of(&case.after).await;
            assert!(left.is_empty() && left.steps.is_empty(), "{told}: {:#?}", left.changes);
            trial.nothing_twice(&told).await;
            trial.sandbox.stop().await;
        })
    }))
    .await;
}

/// Kills a client at its n-th write; then another one does the rest.
fn kill_and_go_on(trial: &Trial<'_>, n: usize, bulk: &str, by_journal: bool) {
    let told = format!("killed at write {n}, by the journal: {by_journal}");
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &after())]);
    let client: Arc<OnceLock<Pid>> = Arc::default();
    let victim = Arc::clone(&client);
    let killing = Act::Meanwhile(Arc::new(move || kill(*victim.wait(), Signal::SIGKILL).expect("it is running")));
    let acts = if n.is_multiple_of(2) { vec![killing, Act::Drop] } else { vec![Act::Forward, killing, Act::Drop] };
    let proxy = Proxy::at_write(&trial.sandbox.url(), n, acts);
    let token = secret_of("writer");
    let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", token.as_str())];
    let mut command = folder.command(&["apply", "--yes", "--bulk", bulk], &environment);
    let printed = |name: &str| std::fs::File::create(folder.path().join(name)).expect("a file can be made");
    command.stdout(Stdio::from(printed("stdout"))).stderr(Stdio::from(printed("stderr")));
    let mut process = command.spawn().expect("the binary runs");
    client.set(Pid::from_raw(i32::try_from(process.id()).expect("a process id"))).expect("it is set once");
    let status = process.wait().expect("it ends");
    assert_eq!(status.signal(), Some(Signal::SIGKILL as i32), "{told}: {status}");
    proxy.forget();

    let now = tokio::runtime::Handle::current().block_on(async { (trial.live().await, trial.audit().await) });
    is_no_worse(&told, &trial.before, &now.0, &trial.plan, &now.1);
    let mut found = Vec::new();
    let count = search(folder.path(), token.as_bytes(), &mut found);
    assert!(count >= 5 && found.is_empty(), "{told}: a token in {found:?}");
    if by_journal {
        let run = folder.run_with(&["resume"], &environment).expect(0);
        assert!(!run.words().contains(&token), "{told}");
        let again = folder.run_with(&["resume"], &environment).expect(6);
        assert!(again.stderr.contains("is complete"), "{told}: {}", again.stderr);
        return;
    }
    let own = folder.path().join(".rolecall");
    if own.exists() {
        std::fs::remove_dir_all(own).expect("it can be removed");
    }
    let _ = folder.run_with(&["apply", "--yes"], &environment).expect(0);
}
