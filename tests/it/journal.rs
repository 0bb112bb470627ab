//! What an apply writes down, what `history` tells of it, and what is refused because of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Folder, Run, Server, TOKEN, ended};

const PROJECT: &str = "version: 1\nplatform: open\nowner: shop\nmanifests: [\"*.manifest.yaml\"]\n";

/// A project with a role and so many users.
fn project(users: usize) -> Folder {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT)]);
    declare(&folder, "Keeps the files", users);
    folder
}

fn declare(folder: &Folder, description: &str, users: usize) {
    let users: String = (0..users).map(|n| format!("  user{n}@example.com: Clerk\n")).collect();
    let text = format!("roles:\n  Clerk: {{ description: {description} }}\nassignments:\n{users}");
    folder.write("all.manifest.yaml", text);
}

/// The journals in a run directory, oldest first.
fn journals(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn of_project(folder: &Folder) -> Vec<PathBuf> {
    journals(&folder.path().join(".rolecall/runs"))
}

fn name_of(journal: &Path) -> &str {
    journal.file_stem().and_then(|name| name.to_str()).expect("a run's name")
}

#[track_caller]
fn says(run: &Run, words: &str) {
    assert!(run.stderr.contains(words), "`{words}` in:\n{}", run.stderr);
}

#[test]
fn every_apply_that_writes_has_its_journal() {
    let folder = project(3);
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let _ = run(&["plan"]).expect(0);
    assert!(!folder.path().join(".rolecall").exists(), "planning leaves nothing behind");
    let applied = run(&["apply", "--yes"]).expect(0);
    let _ = run(&["apply", "--yes"]).expect(0);
    let journals = of_project(&folder);
    assert_eq!(journals.len(), 1, "nothing to do is nothing to write down");
    says(&applied, &format!("run {}\n", name_of(&journals[0])));
    assert_eq!(folder.read(".rolecall/.gitignore"), "*\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&journals[0]).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(&journals[0]).expect("UTF-8");
    assert!(!text.contains(TOKEN), "no token is written down");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0]["head"]["who"], "tests");
    assert_eq!(lines[0]["head"]["place"]["owner"], "shop");
    assert_eq!(lines[1]["plan"]["integrity"], lines[0]["head"]["plan"]["integrity"]);
    assert_eq!(lines.last().expect("lines")["end"]["counts"]["applied"], 4);

    declare(&folder, "Keeps all files", 3);
    let json = run(&["apply", "--yes", "--format", "json"]).expect(0).json();
    assert_eq!(json["run"], name_of(&of_project(&folder)[1]));
}

#[test]
fn history_lists_the_runs_and_tells_one_step_by_step() {
    let folder = project(2);
    let nothing = folder.run(&["history"]).expect(0);
    assert_eq!(nothing.stdout, "");
    says(&nothing, "there is no run in");
    let _ = folder.run(&["history", "latest"]).expect(1);
    folder.write(".git/HEAD", "0123456789abcdef0123456789abcdef01234567\n");
    let _ = folder.run(&["apply", "--sandbox", "--yes", "--acknowledge", "T-17"]).expect(0);
    declare(&folder, "Keeps all files", 2);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);

    let list = folder.run(&["history"]).expect(0).stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(lines[1].contains("sandbox") && lines[1].ends_with("1 update  done: 1 step, 1 write"), "{list}");
    assert!(lines[2].ends_with("3 create  done: 3 steps, 3 writes"), "{list}");
    let runs = folder.run(&["history", "--format", "json"]).expect(0).json();
    assert_eq!(runs["runs"][0]["ended"]["state"], "ended");
    assert_eq!(runs["runs"][1]["users_read"], 0);
    let (newest, oldest) = (&runs["runs"][0]["run"], runs["runs"][1]["run"].as_str().expect("a text"));

    let detail = folder.run(&["history", oldest]).expect(0).stdout;
    for words in
        ["acknowledged  T-17", "commit        0123456789abcdef", "create role/Clerk: done", "create user/user1@"]
    {
        assert!(detail.contains(words), "`{words}` in:\n{detail}");
    }
    let latest = folder.run(&["history", "latest", "--format", "json"]).expect(0).json();
    assert_eq!(&latest["run"]["run"], newest);
    assert_eq!(latest["steps"][0]["outcome"], "applied");
    assert_eq!(latest["steps"][0]["action"], "update");
    let _ = folder.run(&["history", "20"]).expect(64);
    let _ = folder.run(&["history", "nobody"]).expect(64);
    let elsewhere = folder.run(&["history", "--run-dir", "elsewhere"]).expect(0);
    assert_eq!(elsewhere.stdout, "");
}

#[test]
fn verify_finds_the_line_that_somebody_edited() {
    let folder = project(2);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    declare(&folder, "Keeps all files", 2);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let checked = folder.run(&["history", "--verify"]).expect(0);
    assert_eq!(checked.last_line(), "Checked: 2 journals as written");
    let journals = of_project(&folder);
    let text = std::fs::read_to_string(&journals[0]).expect("UTF-8");

    // Who it was is not changed afterwards.
    std::fs::write(&journals[0], text.replacen("\"who\":\"sandbox\"", "\"who\":\"nobody\"", 1)).expect("written");
    let wrong = folder.run(&["history", "--verify"]).expect(1);
    assert!(wrong.stdout.contains(", line 1: it was edited"), "{}", wrong.stdout);
    assert_eq!(wrong.last_line(), "Not as written: 1 of 2 journals");
    let _ = folder.run(&["history", "latest", "--verify"]).expect(0);
    let broken = folder.run(&["history", name_of(&journals[0])]).expect(1);
    says(&broken, "line 1: it was edited");

    // A whole line that is gone, and one at the end, which only the next run knows of.
    let line_of = |words: &str| text.lines().position(|line| line.contains(words)).expect("a line");
    let without = |gone: usize| {
        let lines = text.split_inclusive('\n').enumerate().filter(|(at, _)| *at != gone);
        lines.map(|(_, line)| line).collect::<String>()
    };
    let gone = line_of("\"ended\":{");
    std::fs::write(&journals[0], without(gone)).expect("written");
    let wrong = folder.run(&["history", "--verify"]).expect(1);
    let words = format!(", line {}: a line before it was removed", gone + 1);
    assert!(wrong.stdout.contains(&words), "`{words}` in:\n{}", wrong.stdout);
    std::fs::write(&journals[0], without(line_of("\"end\":{"))).expect("written");
    let wrong = folder.run(&["history", "--verify", "--format", "json"]).expect(1).json();
    let message = wrong["runs"][1]["message"].as_str().expect("a text");
    assert!(message.contains("saw more: lines were removed"), "{message}");

    // What a crash cuts off is no edit.
    std::fs::write(&journals[1], &std::fs::read(&journals[1]).expect("read")[..200]).expect("written");
    std::fs::write(&journals[0], &text[..text.len() - 9]).expect("written");
    std::fs::remove_file(&journals[1]).expect("removed");
    let torn = folder.run(&["history", "--verify"]).expect(0);
    assert!(torn.stdout.contains("was cut off by a crash"), "{}", torn.stdout);
    let told = folder.run(&["history", "latest"]).expect(0);
    says(&told, "was cut off by a crash and is left out");
}

#[test]
fn a_journal_of_a_newer_version_is_refused_with_a_clear_word() {
    let folder = project(1);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let journal = &of_project(&folder)[0];
    let text = std::fs::read_to_string(journal).expect("UTF-8");
    std::fs::write(journal, text.replacen("\"format_version\":1", "\"format_version\":2", 1)).expect("written");
    let run = folder.run(&["history", "latest"]).expect(1);
    says(&run, "has format version 2, this build reads 1");
    // Neither it nor a stranger's file keeps the others from being seen, or from being written.
    std::fs::write(folder.path().join(".rolecall/runs/20200101-000000-aaaa.jsonl"), "hello\n").expect("written");
    let listed = folder.run(&["history"]).expect(0);
    says(&listed, "is no journal");
    declare(&folder, "Keeps all files", 1);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert_eq!(folder.run(&["history"]).expect(0).stdout.lines().count(), 2);
}

#[test]
fn without_a_place_for_the_journal_nothing_is_written() {
    let folder = project(1);
    let server = Server::start(&folder, "open", "server.db");
    folder.write("taken", "a file, and no directory");
    let run = folder.run_with(&["apply", "--yes", "--run-dir", "taken"], &server.environment()).expect(1);
    says(&run, "cannot make the journal in `taken`");
    says(&run, "nothing was written");
    folder.write(".rolecall", "a file, and no directory");
    let run = folder.run_with(&["apply", "--yes"], &server.environment()).expect(1);
    says(&run, "--run-dir DIR");
    let _ = folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(2);
    assert_eq!(server.list("Users", "").len(), 0);
    let _ = folder.run_with(&["apply", "--yes", "--run-dir", "kept/runs"], &server.environment()).expect(0);
    assert_eq!(journals(&folder.path().join("kept/runs")).len(), 1);
}

/// Runs the binary with a limit on the size of the files that it writes, in bytes.
#[cfg(unix)]
fn with_limit(folder: &Folder, server: &Server, bytes: usize, arguments: &[&str]) -> Run {
    // The shell counts in blocks of 512 bytes.
    let script = format!("ulimit -f {} && exec \"$0\" \"$@\"", bytes.div_ceil(512));
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_rolecall")]).args(arguments);
    shell.current_dir(folder.path()).env_clear().envs(server.environment()).stdin(std::process::Stdio::null());
    ended(shell.output().expect("the shell runs"))
}

#[cfg(unix)]
#[test]
fn when_the_disk_is_full_nothing_further_is_sent() {
    const USERS: usize = 300;
    let folder = project(USERS);
    // How much the head and the plan take is seen with the same files elsewhere.
    let other = Server::start(&folder, "open", "other.db");
    let _ = folder.run_with(&["apply", "--yes", "--run-dir", "other"], &other.environment()).expect(0);
    let text = std::fs::read_to_string(&journals(&folder.path().join("other"))[0]).expect("UTF-8");
    let plan: usize = text.split_inclusive('\n').take(2).map(str::len).sum();
    drop(other);

    let server = Server::start(&folder, "open", "server.db");
    let run = with_limit(&folder, &server, plan / 2, &["apply", "--yes"]).expect(1);
    says(&run, "nothing was written");
    assert_eq!((of_project(&folder).len(), server.list("Users", "").len()), (0, 0));

    let arguments = ["apply", "--yes", "--concurrency", "4", "--bulk", "never", "--format", "json"];
    let run = with_limit(&folder, &server, plan + 6_000, &arguments).expect(1);
    says(&run, "cannot write the journal");
    says(&run, "nothing further was sent");
    let json = run.json();
    let outcomes = json["outcomes"].as_array().expect("a list");
    let count = |wanted: &str| outcomes.iter().filter(|one| one["outcome"] == wanted).count();
    let written = server.list("Users", "").len() + server.list("Roles", "").len();
    assert_eq!(count("applied"), written, "what was under way is reported");
    assert!(written > 0 && written < USERS, "{written}");
    assert_eq!(count("applied") + count("cancelled"), USERS + 1);

    // What was written down is still read, and every step that was sent is in it.
    let told = folder.run(&["history", "latest", "--format", "json"]).expect(0).json();
    let steps = told["steps"].as_array().expect("a list");
    let sent = steps.iter().filter(|step| step["outcome"] == "applied" || step["outcome"] == "in_doubt").count();
    assert!(sent >= written, "{sent} of {written}");
    let _ = folder.run(&["history", "--verify"]).expect(0);
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    let _ = folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(0);
}

#[test]
fn a_saved_plan_is_applied_once() {
    let folder = project(2);
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let _ = run(&["plan", "--out", "p.json"]).expect(0);
    let _ = run(&["apply", "--plan", "p.json"]).expect(0);
    let again = run(&["apply", "--plan", "p.json"]).expect(6);
    says(&again, &format!("the plan was applied already, by the run {}", name_of(&of_project(&folder)[0])));
    // Where the journal is not at hand, it is still stale.
    let stale = run(&["apply", "--plan", "p.json", "--run-dir", "elsewhere"]).expect(6);
    says(&stale, "the plan is stale");
}

#[test]
fn a_saved_plan_of_another_build_or_place_is_refused_with_a_clear_word() {
    let folder = project(1);
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let _ = run(&["plan", "--out", "p.json"]).expect(0);
    let text = folder.read("p.json");
    let apply = |text: &str, words: &str| {
        folder.write("q.json", text);
        let refused = run(&["apply", "--plan", "q.json"]).expect(6);
        says(&refused, words);
        says(&refused, "nothing was written");
    };
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 2, \"something\": []", 1);
    apply(&newer, "the plan has format version 2, this build reads 1");
    let unknown = text.replacen("\"partial\"", "\"something\": [],\n  \"partial\"", 1);
    apply(&unknown, "was edited or is damaged: unknown field `something`");
    let version = format!("\"tool_version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let other_build = unknown.replacen(&version, "\"tool_version\": \"9.8.7\"", 1);
    apply(&other_build, "was saved by rolecall 9.8.7 and says what this one");
    apply(&text.replacen("Keeps", "Loses", 2), "the file was edited or is damaged");
    folder.write("rolecall.yaml", PROJECT.replace("shop", "rival"));
    apply(&text, "the plan was made for the owner `shop`, and this is `rival`");
    folder.write("rolecall.yaml", PROJECT.replace("platform: open", "platform: bullseye"));
    apply(&text, "the plan was made for the platform `open`, and this is `bullseye`");
    assert_eq!(server.list("Users", "").len(), 0);
    let _ = run(&["apply", "--plan", "rolecall.yaml"]).expect(64);
}

#[test]
fn a_read_of_less_than_half_of_last_time_is_suspicious() {
    let folder = project(20);
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let _ = run(&["apply", "--yes"]).expect(0);
    declare(&folder, "Keeps all files", 20);
    let _ = run(&["apply", "--yes"]).expect(0);
    let users = server.list("Users", "");
    let delete = |users: &[Value]| {
        for user in users {
            let id = user["id"].as_str().expect("an id");
            assert_eq!(server.request("DELETE", &format!("Users/{id}"), None).0, 204);
        }
    };
    delete(&users[..10]);
    let _ = run(&["plan"]).expect(0);
    delete(&users[10..11]);
    let refused = run(&["plan"]).expect(5);
    assert!(refused.stdout.contains("the target lists 9 users; the last run read 20"), "{}", refused.stdout);
    let _ = run(&["apply", "--yes"]).expect(5);
    let _ = run(&["plan", "--run-dir", "elsewhere"]).expect(0);
    let _ = run(&["plan", "--allow", "suspicious-read=11"]).expect(0);

    // A sandbox that begins anew has nothing to do with the one before.
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    declare(&folder, "Keeps files", 20);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let _ = folder.run(&["apply", "--sandbox", "--sandbox-reset", "--yes"]).expect(0);
}
