//! Whole commands, timed from outside: wall time, peak memory and requests.
//!
//! `cargo bench` prints a table. Each row is the median of several runs of the binary as a user
//! would run it, against a sandbox server of its own on the loopback interface. Nothing here
//! judges a figure, and no test depends on one.

#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

#[path = "../tests/support/generator.rs"]
#[expect(dead_code, reason = "the benchmarks use a part of what the tests use")]
mod generator;

const BINARY: &str = env!("CARGO_BIN_EXE_rolecall");
/// Enough to see past one disturbed run; more would make the large cases take minutes.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "measure") {
        return measure_here(&arguments[1..]);
    }
    // `cargo test --benches` runs this without `--bench`; timing means nothing there.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:<58} {:>10} {:>10} {:>7} {:>7}", "case (median of runs)", "wall ms", "peak MB", "reads", "writes");
    start_up(folder.path());
    hundred_files(folder.path());
    for (roles, users, runs) in [(1_000, 1_000, RUNS), (1_000, 100_000, 3)] {
        size(&folder.path().join(format!("{roles}-{users}")), roles, users, runs);
    }
    bulk_request(&folder.path().join("request"), 10_000);
    ExitCode::SUCCESS
}

/// `bulk plan` of a table of so many rows, against as many roles.
fn bulk_request(folder: &Path, rows: usize) {
    std::fs::create_dir_all(folder).expect("a folder is made");
    let mut seed = vec![serde_json::json!({ "meta": { "resourceType": "Segment" }, "displayName": "Insurance" })];
    seed.extend((0..rows).map(|n| {
        serde_json::json!({ "meta": { "resourceType": "Role" }, "displayName": format!("Role {n}"), "segments": [] })
    }));
    std::fs::write(folder.join("seed.json"), serde_json::Value::from(seed).to_string()).expect("a file is written");
    let table: String = (0..rows).map(|n| format!("Role {n},Insurance\n")).collect();
    std::fs::write(folder.join("request.csv"), format!("role,segments\n{table}")).expect("a file is written");
    let server = Server::start_with(folder, &["--seed", "seed.json"]);
    let target = [("ROLECALL_URL", server.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
    let plan = ["bulk", "plan", "request.csv", "--platform", "open", "--detailed-exitcode", "--format", "json"];
    let plan: Vec<String> = std::iter::once(BINARY).chain(plan).map(Into::into).collect();
    row(&format!("bulk plan of {rows} rows"), &repeat(RUNS, || measure(&plan, folder, &target, 2)));
}

/// `validate` of one small file: what every call costs before it does anything.
fn start_up(folder: &Path) {
    let file = folder.join("small.yaml");
    std::fs::write(&file, "roles:\n  Clerk: { description: Keeps the files }\n").expect("a file is written");
    let command = [BINARY.into(), "validate".into(), "--platform".into(), "open".into(), file.display().to_string()];
    row("validate, one small file", &repeat(20, || measure(&command, folder, &[], 0)));
}

/// `validate` of a hundred manifests, as a pull request's check runs it: nothing to find, and then three
/// warnings in four roles, in each form.
fn hundred_files(folder: &Path) {
    let types = ["Non-AI member user", "AI business user", "Non-AI business user", "AI member user"];
    for (name, types, forms) in
        [("sound", &types[..1], &["human"][..]), ("warned", &types[..], &["human", "json", "sarif", "github", "junit"])]
    {
        let folder = folder.join(name);
        std::fs::create_dir_all(folder.join("manifests")).expect("a folder is made");
        let mut bytes = 0;
        let mut write = |name: &str, text: &str| {
            bytes += text.len();
            std::fs::write(folder.join(name), text).expect("a file is written");
        };
        write("rolecall.yaml", "version: 1\nplatform: responsive\nmanifests: [\"manifests/*.yaml\"]\n");
        for team in 0..100 {
            write(&format!("manifests/team-{team:02}.yaml"), &team_file(team, types));
        }
        for form in forms {
            let command = ["validate", "--format", form].map(Into::into);
            let command: Vec<String> = std::iter::once(BINARY.to_owned()).chain(command).collect();
            let case = format!("validate, 100 files, {:.1} MB, {name}, as {form}", bytes as f64 / 1e6);
            row(&case, &repeat(40, || measure(&command, &folder, &[], 0)));
        }
    }
}

/// Ten roles and thirty assignments.
fn team_file(team: usize, types: &[&str]) -> String {
    let roles: String = (0..10)
        .map(|role| {
            let user_type = types[(team + role) % types.len()];
            format!(
                "  Team {team} Role {role}:\n    user_type: {user_type}\n    permissions:\n      \
                 projects: [view, respond]\n      content_library: all\n"
            )
        })
        .collect();
    let users: String =
        (0..30).map(|user| format!("  u{user}.team{team}@example.com: Team {team} Role {}\n", user % 10)).collect();
    format!("roles:\n{roles}assignments:\n{users}")
}

/// The main job at one size.
fn size(folder: &Path, roles: usize, users: usize, runs: usize) {
    std::fs::create_dir_all(folder).expect("a folder is made");
    let size = generator::Size { roles, users, ..generator::Size::default() };
    let organization = generator::Organization::generate(size, 7);
    std::fs::write(folder.join("rolecall.yaml"), "version: 1\nplatform: open\nmanifests: [\"*.manifest.yaml\"]\n")
        .expect("a file is written");
    let manifest = folder.join("all.manifest.yaml");
    std::fs::write(&manifest, organization.yaml()).expect("a file is written");
    let say = |what: &str| format!("{what}, {roles} roles and {users} assignments");
    let bytes = std::fs::metadata(&manifest).expect("the file is there").len();
    println!("-- {roles} roles, {users} assignments: {:.1} MB of YAML", bytes as f64 / 1e6);

    let validate = [BINARY.into(), "validate".into(), folder.display().to_string()];
    row(&say("validate"), &repeat(runs, || measure(&validate, folder, &[], 0)));

    let server = Server::start(folder);
    let target = [("ROLECALL_URL", server.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
    let plan: Vec<String> = [BINARY, "plan", "--detailed-exitcode", "--format", "json"].map(Into::into).into();
    let apply: Vec<String> = [BINARY, "apply", "--yes", "--format", "json"].map(Into::into).into();
    row(&say("plan of everything"), &repeat(runs, || measure(&plan, folder, &target, 2)));
    row(&say("apply of everything"), &repeat(1, || measure(&apply, folder, &target, 0)));
    row(&say("plan of nothing"), &repeat(runs, || measure(&plan, folder, &target, 0)));
    row(&say("apply of nothing"), &repeat(runs, || measure(&apply, folder, &target, 0)));
}

/// What one run of a command took.
#[derive(Clone, Copy)]
struct Measure {
    wall_ms: f64,
    peak_mb: f64,
    reads: Option<u64>,
    writes: Option<u64>,
}

fn repeat(runs: usize, mut once: impl FnMut() -> Measure) -> Vec<Measure> {
    (0..runs).map(|_| once()).collect()
}

fn row(case: &str, runs: &[Measure]) {
    let median = |of: fn(&Measure) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let count = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let (wall, peak, last) = (median(|run| run.wall_ms), median(|run| run.peak_mb), runs[runs.len() - 1]);
    println!("{case:<58} {wall:>10.1} {peak:>10.1} {:>7} {:>7}", count(last.reads), count(last.writes));
}

/// Runs a command in a process of its own, which has no other child: so the peak is that of the
/// command alone.
fn measure(command: &[String], folder: &Path, environment: &[(&str, &str)], expected: i32) -> Measure {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new(this)
        .arg("measure")
        .args(command)
        .current_dir(folder)
        .envs(environment.iter().copied())
        .stderr(Stdio::piped())
        .output()
        .expect("this program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let figures = errors.lines().last().unwrap_or_default();
    let figures: Vec<f64> = figures.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    let [wall_ms, peak_mb, code] = figures[..] else { panic!("{command:?} printed no figures: {errors}") };
    assert_eq!(code as i32, expected, "{command:?}: {errors}");
    let report: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
    let requests = |name: &str| report.as_ref().and_then(|report| report[name].as_u64());
    Measure { wall_ms, peak_mb, reads: requests("reads"), writes: requests("writes") }
}

/// The other end of [`measure`]: runs the command and writes its figures as the last line.
fn measure_here(command: &[String]) -> ExitCode {
    let began = Instant::now();
    let status = Command::new(&command[0]).args(&command[1..]).status().expect("the command runs");
    let wall_ms = began.elapsed().as_secs_f64() * 1e3;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel keeps account");
    // Linux counts the peak in KiB.
    let peak_mb = usage.max_rss() as f64 * 1024.0 / 1e6;
    let mut errors = std::io::stderr().lock();
    writeln!(errors, "\n{wall_ms} {peak_mb} {}", status.code().unwrap_or(-1)).expect("stderr is open");
    ExitCode::SUCCESS
}

const TOKEN: &str = "benchmark";

/// A sandbox server in its own process, stopped when it is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &Path, more: &[&str]) -> Self {
        let database: PathBuf = folder.join("sandbox.db");
        let mut process = Command::new(BINARY)
            .args([
                "sandbox",
                "--platform",
                "open",
                "--listen",
                "127.0.0.1:0",
                "--token",
                "bench=admin:benchmark",
                "--db",
            ])
            .arg(database)
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("stdout is piped"))
            .read_line(&mut line)
            .expect("it says where it is");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        Self { process, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
