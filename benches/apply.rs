//! The write phase of an apply, held against what the network alone would take.
//!
//! `cargo bench --bench apply` prints a table. A sandbox in a process of its own answers after a fixed
//! delay; before each apply a bare loader sends it the same writes over as many connections, which
//! gives the round trip under that load. Each row is the wall time of the writes, with the journal on,
//! as a ratio to ceil(M/c) such round trips. Nothing here judges a figure, and no test depends on one.

#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rolecall::apply::journal::{Opening, Project, Runs};
use rolecall::apply::{Event, Options, apply};
use rolecall::diagnostic::Code;
use rolecall::manifest;
use rolecall::plan::{self, Guards, Plan, Policy};
use rolecall::platform::{Pack, built_in};
use rolecall::remote::{Reader, Target, Token};
use rolecall::sandbox::{Authority, Database, Settings, start};
use rolecall::scim::schema::URN_PREFIX;
use rolecall::source::Sources;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

const TOKEN: &str = "benchmark";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("the runtime starts");
    if let [serve, users, delay, rate, ..] = &arguments[..]
        && serve == "serve"
    {
        let number = |text: &String| text.parse::<u64>().expect("a number");
        runtime.block_on(serve_for_ever(number(users), Duration::from_millis(number(delay)), number(rate)));
    }
    // `cargo test --benches` runs this without `--bench`; timing means nothing there.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    runtime.block_on(async {
        println!(
            "{:<44} {:>10} {:>10} {:>10} {:>8} {:>8}",
            "case", "wall ms", "trip ms", "ideal ms", "ratio", "refused"
        );
        for delay in [5, 50] {
            for writes in [1_000, 10_000] {
                for concurrency in [16, 64] {
                    against_latency(writes, concurrency, delay).await;
                }
            }
        }
        for rate in [200, 500] {
            for configured in [true, false] {
                against_limit(2_000, rate, configured).await;
            }
        }
    });
    ExitCode::SUCCESS
}

/// So many single changes, so many at once, each answered after so many milliseconds.
async fn against_latency(writes: u64, concurrency: usize, delay: u64) {
    let server = Server::start(writes, delay, 0);
    let ids = server.ids(writes).await;
    let trip = load(&server.address, &ids, concurrency).await;
    let ideal = trip.mul_f64((writes as f64 / concurrency as f64).ceil());
    let (wall, refused) = server.apply(writes, concurrency, None).await;
    row(&format!("{writes} changes, {concurrency} at once, {delay} ms"), wall, trip, ideal, refused);
}

/// So many changes to a target that refuses what passes its rate, told to us or not.
async fn against_limit(writes: u64, rate: u64, configured: bool) {
    let server = Server::start(writes, 5, rate);
    let limit = configured.then_some(rate as u32);
    // The reading before is not to use up the first second.
    let (wall, refused) = server.apply(writes, 16, limit).await;
    let told = if configured { "told" } else { "untold" };
    let ideal = Duration::from_secs_f64(writes as f64 / rate as f64);
    row(&format!("{writes} changes, {rate} a second, {told}"), wall, Duration::ZERO, ideal, refused);
}

fn row(case: &str, wall: Duration, trip: Duration, ideal: Duration, refused: u64) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let ratio = wall.as_secs_f64() / ideal.as_secs_f64();
    println!("{case:<44} {:>10.1} {:>10.2} {:>10.1} {ratio:>8.3} {refused:>8}", ms(wall), ms(trip), ms(ideal));
}

/// The same writes without any client of ours; the mean round trip.
async fn load(address: &str, ids: &[String], concurrency: usize) -> Duration {
    let queue = Arc::new(Mutex::new(ids.iter().cloned().collect::<VecDeque<String>>()));
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (queue, address) = (Arc::clone(&queue), address.to_owned());
        workers.spawn(async move {
            let mut stream = tokio::io::BufReader::new(TcpStream::connect(&address).await.expect("it listens"));
            stream.get_ref().set_nodelay(true).expect("a socket");
            let (mut spent, mut count) = (Duration::ZERO, 0_u32);
            loop {
                let Some(id) = queue.lock().expect("nobody panics with it").pop_front() else { return (spent, count) };
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "displayName", "value": "Loaded"}],
                })
                .to_string();
                let head = format!(
                    "PATCH /scim/v2/Users/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\
                     content-type: application/scim+json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let began = Instant::now();
                stream.get_mut().write_all(format!("{head}{body}").as_bytes()).await.expect("it takes it");
                let answer = message(&mut stream).await.expect("it answers");
                assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
                spent += began.elapsed();
                count += 1;
            }
        });
    }
    let (mut spent, mut count) = (Duration::ZERO, 0);
    while let Some(worker) = workers.join_next().await {
        let (time, writes) = worker.expect("no panic");
        spent += time;
        count += writes;
    }
    spent / count
}

/// A whole message of HTTP/1.1 whose body has a length.
async fn message(stream: &mut tokio::io::BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut all, mut length) = (Vec::new(), 0);
    loop {
        let from = all.len();
        if stream.read_until(b'\n', &mut all).await.ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&all[from..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let from = all.len();
    all.resize(from + length, 0);
    stream.read_exact(&mut all[from..]).await.ok()?;
    Some(all)
}

/// A sandbox behind a delay, in a process of its own, until it is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(users: u64, delay: u64, rate: u64) -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let arguments = [users, delay, rate].map(|number| number.to_string());
        let mut process =
            Command::new(this).arg("serve").args(arguments).stdout(Stdio::piped()).spawn().expect("this program runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says where it is");
        Self { process, address: line.trim().to_owned() }
    }

    async fn reader(&self, concurrency: usize, limit: Option<u32>) -> Reader {
        let mut target = Target::new(format!("http://{}/scim/v2", self.address), Token::new(TOKEN.into()));
        target.concurrency = concurrency;
        target.max_requests_per_second = limit.and_then(std::num::NonZeroU32::new);
        Reader::connect(&target).await.expect("it answers")
    }

    async fn ids(&self, users: u64) -> Vec<String> {
        let live = self.reader(1, None).await.read(&pack()).await.expect("it is complete");
        assert_eq!(live.users.len() as u64, users);
        live.users.iter().map(|user| user.id.to_owned()).collect()
    }

    /// Applies a change of every user; the time from the first request to the last answer, and how
    /// many requests the target refused.
    async fn apply(&self, users: u64, concurrency: usize, limit: Option<u32>) -> (Duration, u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let reader = self.reader(concurrency, limit).await;
        let live = reader.read(&pack()).await.expect("it is complete");
        let plan = planned(users, &live);
        assert_eq!(plan.steps.len() as u64, users);
        let opening = Opening {
            project: Project { name: "bench".to_owned(), folder: String::new() },
            who: None,
            commit: None,
            manifests: None,
            users_read: users,
            resumes: None,
            undoes: None,
        };
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
        let journal = Runs::at(folder.path().to_owned()).begin(opening, approved.plan()).expect("it begins");
        // What was read has left the target's window of one second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let times: Mutex<(Option<Instant>, Option<Instant>)> = Mutex::default();
        let options = Options {
            concurrency,
            journal: Some(&journal),
            on_event: Box::new(|event| {
                let mut times = times.lock().expect("nobody panics with it");
                match event {
                    Event::Started { .. } => drop(times.0.get_or_insert_with(Instant::now)),
                    Event::Ended { .. } => times.1 = Some(Instant::now()),
                    _ => {}
                }
            }),
            ..Options::default()
        };
        let (_stop, stopping) = watch::channel(false);
        let report = apply(&approved, reader, options, stopping).await;
        assert!(report.succeeded(), "{:?}", report.outcomes.iter().find(|(_, _, outcome)| !outcome.is_success()));
        let (first, last) = times.into_inner().expect("nobody panicked with it");
        (last.expect("steps ended").duration_since(first.expect("steps began")), report.writes - users)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pack() -> Pack {
    built_in("open").expect("it is carried")
}

/// A plan that changes every user's display name.
fn planned(users: u64, live: &rolecall::state::Live) -> Plan {
    let mut files = "roles: { Clerk: {} }\nassignments:\n".to_owned();
    for n in 0..users {
        let _ = writeln!(files, "  u{n}@example.com: {{ role: Clerk, name: Applied }}");
    }
    let mut sources = Sources::default();
    let source = sources.add("all.yaml", &files);
    let (desired, found, _) = manifest::read(&sources, &[source], &pack());
    let desired = desired.unwrap_or_else(|| panic!("{:?}", found.sorted().first()));
    let guards =
        Guards { max_removed_percent: 100, max_changed_percent: 100, min_population: u64::MAX, min_administrators: 0 };
    let policy = Policy { guards, allow: [(Code::Changes, u64::MAX)].into(), ..Policy::default() };
    plan::plan(&desired, live, &pack(), &policy)
}

/// The other end of [`Server`].
async fn serve_for_ever(users: u64, delay: Duration, rate: u64) -> ! {
    let mut seed: Vec<Value> = vec![json!({"meta": {"resourceType": "Role"}, "displayName": "Clerk"})];
    for n in 0..users {
        seed.push(json!({
            "meta": {"resourceType": "User"}, "userName": format!("u{n}@example.com"), "active": true,
            "roles": [{"display": "Clerk"}],
        }));
    }
    let token =
        rolecall::sandbox::Token { name: "bench".to_owned(), authority: Authority::Admin, secret: TOKEN.into() };
    let sandbox = start(Settings {
        pack: Arc::new(pack()),
        database: Database::Memory,
        listen: ([127, 0, 0, 1], 0).into(),
        tokens: vec![token],
        seed: Some(seed),
        urn_prefix: URN_PREFIX.to_owned(),
    })
    .await
    .expect("the sandbox starts");
    let upstream: String = sandbox.url().trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("somebody reads it");
    let window = Arc::new(Mutex::new(VecDeque::new()));
    loop {
        let (client, _) = listener.accept().await.expect("somebody connects");
        let (upstream, window) = (upstream.clone(), Arc::clone(&window));
        tokio::spawn(async move {
            client.set_nodelay(true).expect("a socket");
            let server = TcpStream::connect(upstream).await.expect("the sandbox listens");
            server.set_nodelay(true).expect("a socket");
            let (mut client, mut server) = (tokio::io::BufReader::new(client), tokio::io::BufReader::new(server));
            while let Some(request) = message(&mut client).await {
                let is_refused = rate > 0 && !passes(&window, rate);
                tokio::time::sleep(delay).await;
                let answer = if is_refused {
                    b"HTTP/1.1 429 Slowly\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n".to_vec()
                } else {
                    server.get_mut().write_all(&request).await.expect("it takes it");
                    let Some(answer) = message(&mut server).await else { return };
                    answer
                };
                if client.get_mut().write_all(&answer).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Whether fewer than so many requests came in the last second.
fn passes(window: &Mutex<VecDeque<Instant>>, rate: u64) -> bool {
    let mut window = window.lock().expect("nobody panics with it");
    let now = Instant::now();
    while window.front().is_some_and(|first| now.duration_since(*first) >= Duration::from_secs(1)) {
        window.pop_front();
    }
    let passes = (window.len() as u64) < rate;
    if passes {
        window.push_back(now);
    }
    passes
}
