//! Going on with a run: with what it has written down, torn or whole, and only where what it counted
//! on is still so.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rolecall::apply::{Event, Options, Outcome, Report, go_on};
use rolecall::plan::{self, Left, Plan};
use rolecall::state::StepId;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::generator::Random;
use crate::support::raw::replace;
use crate::support::trial::{Case, Trial, all, boxed};
use crate::support::{Folder, Run, Server};

/// Random plans that are gone on with.
const PLANS: usize = 24;

const PROJECT: &str = "version: 1\nplatform: open\nowner: shop\nguards: { min_administrators: 0 }\n";
const BEFORE: &str = "\
user_types: { Seat: { licenses: 3 } }
roles: { Clerk: { description: Keeps files, user_type: Seat }, Temp: { user_type: Seat } }
assignments: { ana@example.com: Clerk, bo@example.com: Temp, cy@example.com: Clerk }
";
const AFTER: &str = "\
user_types: { Seat: { licenses: 4 } }
segments: { Retail: }
roles: { Clerk: { description: Keeps all files, user_type: Seat }, New: { user_type: Seat, segments: [Retail] } }
assignments: { ana@example.com: New, bo@example.com: New, dee@example.com: { role: Clerk, name: Dee } }
removed: { roles: { Temp: { reassign_to: New } }, users: { cy@example.com: delete } }
";

struct Organization {
    folder: Folder,
    server: Server,
}

impl Organization {
    /// In the state of before, with a run that did all of its plan.
    fn applied() -> Self {
        let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", BEFORE)]);
        let server = Server::start(&folder, "open", "server.db");
        let organization = Self { folder, server };
        let _ = organization.run(&["apply", "--yes"]).expect(0);
        organization.folder.write("manifests/all.yaml", AFTER);
        let _ = organization.run(&["apply", "--yes", "--concurrency", "1"]).expect(0);
        organization
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.folder.run_with(arguments, &self.server.environment())
    }

    /// The journals, oldest first.
    fn journals(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join(".rolecall/runs")).expect("there are runs");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }

    /// Cuts the last journal off after so many lines, and some of the next one: what a kill leaves.
    fn kill_after(&self, lines: usize) {
        let journals = self.journals();
        let journal = journals.last().expect("a journal");
        let text = std::fs::read_to_string(journal).expect("UTF-8");
        let kept: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
        std::fs::write(journal, &text[..(kept + 7).min(text.len())]).expect("written");
    }

    /// So many lines there are at least when all was sent: it was announced before.
    fn announced(&self) -> usize {
        self.lines().iter().rposition(|line| line.get("intend").is_some()).expect("steps were sent") + 1
    }

    fn lines(&self) -> Vec<Value> {
        let journals = self.journals();
        let text = std::fs::read_to_string(journals.last().expect("a journal")).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn patch(&self, path: &str, body: &Value) {
        let (status, answer) = self.server.request("PATCH", path, Some(body));
        assert!(status < 300, "{answer}");
    }

    fn user(&self, name: &str) -> String {
        let found = self.server.list("Users", &format!("userName eq \"{name}\""));
        format!("Users/{}", found[0]["id"].as_str().expect("an id"))
    }
}

#[track_caller]
fn says(run: &Run, words: &str) {
    assert!(run.stderr.contains(words), "`{words}` in:\n{}", run.stderr);
}

#[test]
fn whatever_a_kill_has_left_of_the_journal_nothing_is_done_twice() {
    let organization = Organization::applied();
    let state = organization.server.state();
    let lines = organization.lines().len();
    let _ = organization.run(&["resume"]).expect(6);
    // Ever less is known of what was done in truth.
    for kept in (2..lines).rev() {
        organization.kill_after(kept);
        let run = organization.run(&["resume", "latest"]).expect(0);
        says(&run, "was cut off by a crash");
        says(&run, "going on with the run");
        assert_eq!(organization.server.state(), state, "{kept} lines of {lines}");
        // The run that went on is as good a beginning as the one before: it may have been killed too.
        organization.kill_after(2);
        let _ = organization.run(&["resume"]).expect(0);
        assert_eq!(organization.server.state(), state, "{kept} lines of {lines}, twice");
        for journal in organization.journals().split_off(2) {
            std::fs::remove_file(journal).expect("removed");
        }
    }
    // Without a plan there is nothing to go on with.
    organization.kill_after(1);
    let run = organization.run(&["resume"]).expect(1);
    says(&run, "holds no plan");
}

#[test]
fn a_run_that_another_one_has_gone_on_with_is_not_gone_on_with_again() {
    let organization = Organization::applied();
    organization.kill_after(organization.announced());
    let _ = organization.run(&["resume"]).expect(0);
    let history = organization.run(&["history", "latest"]).expect(0);
    assert!(history.stdout.contains("goes on with"), "{}", history.stdout);
    let killed = organization.journals()[1].file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
    says(&organization.run(&["resume", &killed]).expect(6), "has gone on with the run");
    says(&organization.run(&["undo", &killed, "--yes"]).expect(6), "has gone on with the run");
    // Taking back the one that went on takes back both.
    let _ = organization.run(&["undo", "latest", "--yes"]).expect(0);
    organization.folder.write("manifests/all.yaml", BEFORE);
    let plan = organization.run(&["plan"]).expect(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);
}

#[test]
fn a_journal_without_its_end_that_a_later_run_saw_is_not_trusted() {
    let organization = Organization::applied();
    let first = organization.journals().remove(0);
    let text = std::fs::read_to_string(&first).expect("UTF-8");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    std::fs::write(&first, lines[..2].concat()).expect("written");
    let name = first.file_stem().and_then(|name| name.to_str()).expect("a name");
    let before = organization.server.state();
    for arguments in [&["resume", name][..], &["undo", name, "--yes"]] {
        says(&organization.run(arguments).expect(1), "lines were removed after it");
    }
    assert_eq!(organization.server.state(), before);
}

#[test]
fn a_run_of_another_place_is_refused() {
    let organization = Organization::applied();
    organization.kill_after(3);
    let state = organization.server.state();
    let refused = |words: &str, more: &[&str]| {
        for command in ["resume", "undo"] {
            let arguments = [&[command, "latest", "--yes"], more].concat();
            let run = organization.run(&arguments).expect(6);
            says(&run, words);
            says(&run, "nothing was written");
        }
    };
    organization.folder.write("rolecall.yaml", PROJECT.replace("shop", "rival"));
    refused("was for the owner `shop`, and this is `rival`", &[]);
    organization.folder.write("rolecall.yaml", PROJECT.replace("platform: open", "platform: bullseye"));
    refused("was for the platform `open`, and this is `bullseye`", &[]);
    let environments = "environments: { staging: {} }\n";
    organization.folder.write("rolecall.yaml", format!("{PROJECT}{environments}"));
    refused("was for the environment `none`, and this is `staging`", &["--env", "staging"]);
    organization.folder.write("rolecall.yaml", PROJECT);
    let other = Server::start(&organization.folder, "open", "other.db");
    let run = organization.folder.run_with(&["resume"], &other.environment()).expect(6);
    says(&run, "was for the target");
    assert_eq!(organization.server.state(), state);
}

#[test]
fn what_the_rest_counts_on_and_somebody_has_changed_is_named() {
    /// Changes something after a run that knows this much; it is refused with these words.
    #[track_caller]
    fn check(change: impl Fn(&Organization), words: &str) {
        let organization = Organization::applied();
        organization.kill_after(5);
        change(&organization);
        let state = organization.server.state();
        let run = organization.run(&["resume"]).expect(6);
        says(&run, words);
        says(&run, "plan again");
        assert_eq!(organization.server.state(), state, "{words}");
    }
    check(
        |organization| {
            let clerk = format!("Roles/{}", organization.server.role("Clerk"));
            organization.patch(&clerk, &replace("description", &json!("Theirs")));
        },
        "`role/Clerk` has changed since",
    );
    check(
        |organization| organization.patch(&organization.user("dee@example.com"), &replace("displayName", &json!("X"))),
        "`user/dee@example.com` exists meanwhile, and is not as the plan makes it",
    );
    check(
        |organization| {
            let eve = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "eve@example.com",
                "userType": "Seat",
                "roles": [{ "value": organization.server.role("Clerk") }],
            });
            assert_eq!(organization.server.request("POST", "Users", Some(&eve)).0, 201);
        },
        "`user-type/Seat` has ",
    );
}

/// Goes on with a plan, one step at a time, and stops after so many.
async fn some(trial: &Trial<'_>, plan: &Plan, done: &BTreeMap<StepId, Left>, most: usize) -> Report {
    let approved = plan::approve(plan.clone()).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
    let reader = Trial::reader(&trial.sandbox.url(), "writer").await.expect("the target answers");
    reader.read(&trial.case.pack).await.expect("discovery comes first");
    let (stop, stopping) = watch::channel(most == 0);
    let on_event = Box::new(move |event: Event<'_>| {
        if matches!(event, Event::Ended { done, .. } if done >= most) {
            stop.send_replace(true);
        }
    });
    go_on(&approved, reader, Options { concurrency: 1, on_event, ..Options::default() }, done, stopping).await
}

async fn stopped_and_gone_on_with(case: &Case, seed: u64) {
    let trial = Trial::start(case).await;
    let (mut random, plan) = (Random::new(seed), trial.plan.clone());
    let told = format!("{}, seed {seed}", case.told);
    let first = random.below(plan.steps.len() + 1);
    let report = some(&trial, &plan, &BTreeMap::new(), first).await;
    let applied: Vec<StepId> = (report.outcomes.iter())
        .filter_map(|(step, _, outcome)| matches!(outcome, Outcome::Applied { .. }).then_some(*step))
        .collect();
    // What the run had not written down when it ended.
    let forgets = [0, 50, 100][random.below(3)];
    let known = report.outcomes.iter().filter_map(|(step, _, outcome)| match outcome {
        Outcome::Applied { id } if !random.percent(forgets) => Some((*step, Left { id: id.clone(), version: None })),
        _ => None,
    });
    let known: BTreeMap<StepId, Left> = known.collect();
    let begun = plan::begun(&plan, &known, &trial.live().await);
    assert!(begun.changed.is_empty(), "{told}, {first} steps: {:#?}", begun.changed);
    assert!(applied.iter().all(|step| begun.done.contains_key(step)), "{told}: {applied:?} and {:#?}", begun.done);
    let report = some(&trial, &plan, &begun.done, usize::MAX).await;
    assert!(report.succeeded(), "{told}: {:#?}", report.outcomes);
    let left = trial.plan_of(&case.after).await;
    assert!(left.is_empty() && left.steps.is_empty(), "{told}: {:#?}", left.changes);
    trial.nothing_twice(&told).await;
    trial.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_gone_on_with_wherever_it_stopped_and_whatever_was_written_down() {
    let files = |role: &str, name: &str| {
        let users: String = (0..3).map(|n| format!("  user{n}@example.com: {name}\n")).collect();
        format!("roles:\n  {role}\nassignments:\n{users}")
    };
    let writer = files("Writer: { user_type: AI member user, permissions: { content: [create] } }", "Writer");
    let more = files("Writer: { user_type: AI member user, permissions: { content: [create, modify] } }", "Writer");
    let rep = files("Rep: { class: Location, rank: User, permissions: { leads: all } }", "Rep");
    let higher = files("Rep: { class: Account, rank: User, permissions: { leads: all, reports: all } }", "Rep");
    let replacing = || [Case::of("responsive", &writer, &more), Case::of("bullseye", &rep, &higher)];
    let cases: Vec<Case> = (0..6).flat_map(|_| replacing()).chain(Case::random(PLANS, 8..=40)).collect();
    all(cases.into_iter().zip(0..).map(|(case, seed)| {
        let case = Arc::new(case);
        boxed(async move { stopped_and_gone_on_with(&case, seed).await })
    }))
    .await;
}

#[test]
fn a_run_that_was_killed_is_taken_back_as_far_as_it_came() {
    let organization = Organization::applied();
    for share in 0..3 {
        let (lines, announced) = (organization.lines().len(), organization.announced());
        let kept = announced + share * (lines - 1 - announced) / 2;
        organization.kill_after(kept);
        let _ = organization.run(&["undo", "latest", "--yes"]).expect(0);
        organization.folder.write("manifests/all.yaml", BEFORE);
        let plan = organization.run(&["plan"]).expect(0);
        assert!(plan.stdout.contains("No changes"), "{kept} lines of {lines}:\n{}", plan.stdout);
        organization.folder.write("manifests/all.yaml", AFTER);
        let _ = organization.run(&["apply", "--yes", "--concurrency", "1"]).expect(0);
    }
}
