//! Runs that are stopped: by Ctrl-C, by a second one, by a step that fails.

use std::process::Stdio;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::proxy::{Act, Proxy};
use crate::support::{Folder, Run, Server, TOKEN, ended};

/// How long a request is held up that nobody shall wait for.
const HELD: Duration = Duration::from_secs(20);

fn project() -> Folder {
    let people: String = (0..6).map(|n| format!("  u{n}@example.com: Clerk\n")).collect();
    let files = format!("roles: {{ Clerk: {{}} }}\nassignments:\n{people}");
    let project = "version: 1\nplatform: open\nguards: { min_administrators: 0 }\n";
    Folder::of(&[("rolecall.yaml", project), ("manifests/all.yaml", &files)])
}

/// Runs an apply of which every third write is held up: first so many signals come, then so long
/// nothing, then the answer.
fn interrupted(folder: &Folder, server: &Server, signals: usize, then: Duration) -> Run {
    let client: Arc<OnceLock<Pid>> = Arc::default();
    let victim = Arc::clone(&client);
    let interrupt = Act::Meanwhile(Arc::new(move || {
        for _ in 0..signals {
            kill(*victim.wait(), Signal::SIGINT).expect("it is running");
            // The second one is another one only when the first has been heard.
            std::thread::sleep(Duration::from_millis(500));
        }
    }));
    let proxy = Proxy::at_write(&server.url, 3, vec![interrupt, Act::Wait(then), Act::Forward, Act::Relay]);
    let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
    let mut command = folder.command(&["apply", "--yes", "--concurrency", "1", "--bulk", "never"], &environment);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    client.set(Pid::from_raw(i32::try_from(process.id()).expect("a process id"))).expect("it is set once");
    ended(process.wait_with_output().expect("it ends"))
}

#[test]
fn the_first_ctrl_c_waits_for_what_is_under_way_and_the_second_does_not() {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let run = interrupted(&folder, &server, 1, Duration::ZERO).expect(8);
    assert!(run.stderr.contains("stopping after the requests that are under way"), "{}", run.stderr);
    assert!(run.stdout.contains("4 steps were not tried, because the run was stopped"), "{}", run.stdout);
    assert_eq!(server.list("Users", "").len(), 2, "the one that was under way is done and reported");

    let began = Instant::now();
    let run = interrupted(&folder, &server, 2, HELD).expect(130);
    assert!(began.elapsed() < HELD, "it does not wait for the answer");
    assert!(run.stderr.contains("stopped in the middle of a request"), "{}", run.stderr);
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    let _ = folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(0);
}

#[test]
fn a_failed_step_stops_the_rest_where_that_is_asked_for() {
    for (what, done, left) in [("stop", 1, 4), ("continue", 5, 0)] {
        let folder = project();
        let server = Server::start(&folder, "open", "server.db");
        let proxy = Proxy::at_write(&server.url, 3, vec![Act::status(400, "")]);
        let environment =
            [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN), ("ROLECALL_ON_ERROR", what)];
        let run = folder.run_with(&["apply", "--yes", "--concurrency", "1", "--bulk", "never"], &environment).expect(4);
        assert!(run.stderr.contains("user/u1@example.com: refused by the target (400)"), "at once: {}", run.stderr);
        let words = format!("{left} steps were not tried, because a step failed, and the run stops then");
        assert_eq!(run.stdout.contains(&words), left > 0, "{}", run.stdout);
        assert_eq!(server.list("Users", "").len(), done, "{what}");
    }
}

#[test]
fn a_quiet_run_tells_nothing_beside_its_result() {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let proxy = Proxy::at_write(&server.url, 3, vec![Act::status(400, "")]);
    let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
    let run = folder.run_with(&["-q", "apply", "--yes", "--bulk", "never"], &environment).expect(4);
    assert_eq!(run.stderr, "");
    assert!(run.stdout.contains("refused by the target"), "{}", run.stdout);
}
