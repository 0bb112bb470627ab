//! The sandbox as a service, beside scim2-server: loading, listing, looking up, and the sandbox's
//! memory.
//!
//! `cargo bench --bench service` prints a table. Both servers get the same requests from the same
//! client on the same machine, one after the other, in one run. Nothing here judges a figure, and no
//! test depends on one.

#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

mod client;
mod server;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use client::{Client, Request, Took, drive};
use server::Server;

/// What both servers get.
const USERS: usize = 10_000;
/// What only the sandbox gets.
const MANY_USERS: usize = 100_000;
const CONNECTIONS: usize = 16;
/// Both servers take as many in one request.
const OPERATIONS: usize = 1000;
const LOOK_UPS: usize = 10_000;
/// A case that has not ended by then is over, and its rate is that of what was done.
const AT_MOST: Duration = Duration::from_mins(2);
/// A case that only reads is done over and over for so long; its rate is that of all rounds.
const AT_LEAST: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    // `cargo test --benches` runs this without `--bench`; timing means nothing there.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let peer = peer();
    if peer.is_none() {
        println!(
            "without scim2-server: `python3 -m venv DIR/venv && DIR/venv/bin/pip install 'scim2-server==0.8.*'`, \
             then run this with ROLECALL_PEERS=DIR"
        );
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{cores} cores, load {}", load.split(' ').next().unwrap_or("unknown"));
    // Processor time is what a busy machine leaves as it is.
    println!(
        "{:<44} {:>9} {:>8} {:>8}  {:>9} {:>8} {:>8}  {:>6} {:>6}",
        "case", "ours: s", "per s", "CPU us", "theirs: s", "per s", "CPU us", "ratio", "CPU"
    );
    compare(folder.path(), peer.as_deref());
    many(folder.path());
    ExitCode::SUCCESS
}

/// The program of scim2-server, where `.ci/foreign` puts it.
fn peer() -> Option<PathBuf> {
    let folder = std::path::absolute(std::env::var_os("ROLECALL_PEERS")?).ok()?;
    Some(folder.join("venv/bin/scim2-server")).filter(|program| program.exists())
}

fn compare(folder: &Path, peer: Option<&Path>) {
    println!("-- {USERS} users");
    let mut ours = Server::ours(&folder.join("posted.db"));
    let mut theirs = peer.map(|program| Server::theirs(folder, program));
    let case = format!("POST of a user, {CONNECTIONS} connections");
    row(&case, &Ok(post(&mut ours, USERS)), theirs.as_mut().map(|theirs| Ok(post(theirs, USERS))));
    let both = |case: &str, run: &dyn Fn(&Server) -> Rate| {
        row(case, &Ok(run(&ours)), theirs.as_ref().map(|theirs| Ok(run(theirs))));
    };
    both("users listed in pages of 100", &|server| list(server, 100));
    both("users listed in pages of 1000", &|server| list(server, 1000));
    both(&format!("userName eq, {CONNECTIONS} connections"), &look_up);
    memory(&ours, "after this");
    drop((ours, theirs));

    let ours = Server::ours(&folder.join("bulk.db"));
    let theirs = peer.map(|program| Server::theirs(folder, program));
    let case = format!("users made by Bulk, {OPERATIONS} a request");
    row(&case, &bulk(&ours, USERS), theirs.as_ref().map(|theirs| bulk(theirs, USERS)));
    memory(&ours, "after this");
}

fn many(folder: &Path) {
    println!("-- {MANY_USERS} users, the sandbox alone");
    let ours = Server::ours(&folder.join("many-bulk.db"));
    row(&format!("users made by Bulk, {OPERATIONS} a request"), &bulk(&ours, MANY_USERS), None);
    memory(&ours, "after this");
    drop(ours);
    let mut ours = Server::ours(&folder.join("many-posted.db"));
    row(&format!("POST of a user, {CONNECTIONS} connections"), &Ok(post(&mut ours, MANY_USERS)), None);
    memory(&ours, "after this");
    for size in [100, 1000] {
        row(&format!("users listed in pages of {size}"), &Ok(list(&ours, size)), None);
    }
    row(&format!("userName eq, {CONNECTIONS} connections"), &Ok(look_up(&ours)), None);
    memory(&ours, "after all of it");
}

/// What a case came to.
struct Rate {
    /// Of one round, as far as it came.
    seconds: f64,
    per_second: f64,
    /// The server's processor time for one of what is counted, in microseconds.
    cpu: Option<f64>,
    /// Where not all was done.
    done: Option<usize>,
}

impl Rate {
    fn once(server: &Server, wanted: usize, round: impl Fn() -> Took) -> Self {
        let before = server.cpu();
        let took = round();
        let cpu = server.cpu().zip(before).map(|(after, before)| (after - before) * 1e6 / took.done as f64);
        let seconds = took.wall.as_secs_f64();
        let done = (took.done < wanted).then_some(took.done);
        Self { seconds, per_second: took.done as f64 / seconds, cpu, done }
    }

    /// Of as many rounds as make a time that can be measured. Each is `requests` long and reaches
    /// `things`.
    fn rounds(server: &Server, things: usize, requests: usize, round: impl Fn() -> Took) -> Self {
        let (mut wall, mut done, mut rounds) = (Duration::ZERO, 0, 0);
        let before = server.cpu();
        while wall < AT_LEAST {
            let took = round();
            wall += took.wall;
            done += took.done;
            rounds += 1;
        }
        let reached = things as f64 * done as f64 / requests as f64;
        let cpu = server.cpu().zip(before).map(|(after, before)| (after - before) * 1e6 / reached);
        let is_whole = done == rounds * requests;
        let done = (!is_whole).then_some(things * done / requests);
        let seconds = wall.as_secs_f64() / rounds as f64;
        Self { seconds, per_second: reached / wall.as_secs_f64(), cpu, done }
    }
}

fn user_name(i: usize) -> String {
    format!("person.{i:06}@example.com")
}

fn user(i: usize, role: &str) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{}","externalId":"hr-{i}","displayName":"Person {i}","active":true,"roles":[{role}]}}"#,
        user_name(i)
    )
}

/// Whatever is asked later is asked about those users that are there when the time is over.
fn post(server: &mut Server, users: usize) -> Rate {
    let rate = Rate::once(server, users, || {
        drive(&server.base, CONNECTIONS, users, AT_MOST, &|client, i| {
            client.ask(&Request::post("/Users", user(i, &server.role)), 201);
        })
    });
    server.users = rate.done.unwrap_or(users);
    rate
}

/// How many users an answer holds.
fn held(answer: &str) -> usize {
    answer.matches(r#""userName""#).count()
}

/// All of them by index, a page after the other on one connection.
fn list(server: &Server, size: usize) -> Rate {
    let users = server.users;
    let pages = users.div_ceil(size);
    Rate::rounds(server, users, pages, || {
        drive(&server.base, 1, pages, AT_MOST, &|client, page| {
            let first = page * size;
            let answer = client.ask(&Request::get(format!("/Users?startIndex={}&count={size}", first + 1)), 200);
            assert_eq!(held(answer), size.min(users - first), "users on page {page}");
        })
    })
}

/// Users here and there, one by one.
fn look_up(server: &Server) -> Rate {
    // Coprime to the sizes, so that every user's turn comes.
    const STEP: usize = 7919;
    let one = |client: &mut Client<'_>, i: usize| {
        let name = user_name(i * STEP % server.users);
        let answer = client.ask(&Request::get(format!("/Users?filter=userName%20eq%20%22{name}%22")), 200);
        assert!(held(answer) == 1 && answer.contains(&name), "the user `{name}`: {answer}");
    };
    // The first look-up may make an index.
    one(&mut Client::new(&server.base), 0);
    Rate::rounds(server, LOOK_UPS, LOOK_UPS, || drive(&server.base, CONNECTIONS, LOOK_UPS, AT_MOST, &one))
}

/// Bulk requests, one after another on one connection.
fn bulk(server: &Server, users: usize) -> Result<Rate, &'static str> {
    if server.config()["bulk"]["supported"] != true {
        return Err("not offered");
    }
    let requests = users.div_ceil(OPERATIONS);
    let one = |client: &mut Client<'_>, request: usize| {
        let mut body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":["#.to_owned();
        let (first, end) = (request * OPERATIONS, users.min((request + 1) * OPERATIONS));
        for i in first..end {
            let comma = if i == first { "" } else { "," };
            let data = user(i, &server.role);
            write!(body, r#"{comma}{{"method":"POST","path":"/Users","bulkId":"{i}","data":{data}}}"#)
                .expect("a String takes everything");
        }
        body.push_str("]}");
        let answer = client.ask(&Request::post("/Bulk", body), 200);
        let answer: serde_json::Value = serde_json::from_str(answer).expect("the answer is JSON");
        let made = answer["Operations"].as_array().into_iter().flatten().filter(|one| one["status"] == "201").count();
        assert_eq!(made, end - first, "{answer}");
    };
    Ok(Rate::once(server, users, || {
        let took = drive(&server.base, 1, requests, AT_MOST, &one);
        Took { done: (took.done * OPERATIONS).min(users), ..took }
    }))
}

fn row(case: &str, ours: &Result<Rate, &'static str>, theirs: Option<Result<Rate, &'static str>>) {
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.0}"));
    let figures = |rate: &Result<Rate, &'static str>| match rate {
        Ok(Rate { seconds, per_second, cpu, .. }) => format!("{seconds:>9.3} {per_second:>8.0} {:>8}", number(*cpu)),
        Err(why) => format!("{why:>27}"),
    };
    let (mut other, mut note) = (String::new(), String::new());
    if let Some(theirs) = theirs {
        let (mut wall, mut cpu) = (None, None);
        if let (Ok(ours), Ok(theirs)) = (ours, &theirs) {
            wall = Some(ours.per_second / theirs.per_second);
            cpu = theirs.cpu.zip(ours.cpu).map(|(theirs, ours)| theirs / ours);
        }
        other = format!("  {}  {:>5}x {:>5}x", figures(&theirs), number(wall), number(cpu));
        if let Ok(Rate { done: Some(done), .. }) = theirs {
            note = format!("  (theirs stopped at {done})");
        }
    }
    println!("{case:<44} {}{other}{note}", figures(ours));
}

fn memory(server: &Server, when: &str) {
    let peak = server.peak_mb().map_or("unknown".to_owned(), |mb| format!("{mb:.1} MB"));
    println!("   peak memory of the sandbox {when}: {peak}");
}
