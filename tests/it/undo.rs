//! A run is taken back: what it touched is as it was, nothing else is touched, and what others have
//! changed since is never overwritten.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolecall::apply::{Event, Options, Report, apply};
use rolecall::plan::{self, Left, Plan, Undoing};
use rolecall::state::{Kind, Live, StepId};
use serde_json::json;
use tokio::sync::watch;

use crate::concurrent_runs::request;
use crate::generator::Random;
use crate::support::proxy::{Act, Proxy};
use crate::support::raw::{replace, user};
use crate::support::trial::{Case, Trial, all, boxed};
use crate::support::{Folder, Run, Server, TOKEN};

/// Random histories that are taken back.
const HISTORIES: usize = 24;

/// Everything by name, without ids and versions: one line each.
fn told(live: &Live) -> Vec<String> {
    let role = |id: &str| {
        let found = live.objects(Kind::Role).iter().find(|role| role.id == id);
        found.map_or("?".to_owned(), |role| role.name.clone())
    };
    let mut lines: Vec<String> = Kind::ALL
        .iter()
        .flat_map(|&kind| live.objects(kind).iter().map(move |object| (kind, object)))
        .map(|(kind, object)| format!("{kind}/{} {:?} {:?}", object.name, object.mark, object.attributes))
        .collect();
    lines.extend(live.users.iter().map(|user| {
        let roles: Vec<String> = user.roles.iter().map(|id| role(id)).collect();
        let (name, display, active, user_type) = (user.user_name, user.display_name, user.active, user.user_type);
        format!("{name} {display:?} {active} {user_type:?} {roles:?}")
    }));
    lines.sort();
    lines
}

/// Applies a plan with one step at a time and stops after so many.
async fn apply_some(trial: &Trial<'_>, plan: Plan, most: usize) -> Report {
    let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{}: {:#?}", trial.case.told, plan.findings));
    let reader = Trial::reader(&trial.sandbox.url(), "writer").await.expect("the target answers");
    reader.read(&trial.case.pack).await.expect("discovery comes first");
    let (stop, stopping) = watch::channel(most == 0);
    let on_event = Box::new(move |event: Event<'_>| {
        if matches!(event, Event::Ended { done, .. } if done >= most) {
            stop.send_replace(true);
        }
    });
    apply(&approved, reader, Options { concurrency: 1, on_event, ..Options::default() }, stopping).await
}

/// What takes a run back, with its plan; nothing stands against it.
async fn back(trial: &Trial<'_>, run: &Plan, done: &BTreeMap<StepId, Option<Left>>) -> (Undoing, Plan) {
    let undoing = plan::undoing(run, done, &trial.live().await);
    let plan = trial.plan_of(&undoing.desired).await;
    let conflicts = (&undoing.conflicts, undoing.conflicts_with(&plan));
    assert!(conflicts.0.is_empty() && conflicts.1.is_empty(), "{}: {conflicts:#?}", trial.case.told);
    (undoing, plan)
}

fn done(report: &Report) -> BTreeMap<StepId, Option<Left>> {
    let done = report.outcomes.iter().filter_map(|(step, _, outcome)| match outcome {
        rolecall::apply::Outcome::Applied { id } | rolecall::apply::Outcome::AlreadyInPlace { id } => {
            Some((*step, Some(Left { id: id.clone(), version: None })))
        }
        _ => None,
    });
    done.collect()
}

#[track_caller]
fn same(what: &str, one: &[String], other: &[String]) {
    let missing: Vec<_> = one.iter().filter(|line| !other.contains(line)).collect();
    let more: Vec<_> = other.iter().filter(|line| !one.contains(line)).collect();
    assert!(missing.is_empty() && more.is_empty(), "{what}\nwas  {missing:#?}\nis   {more:#?}");
}

async fn there_and_back(case: &Case, seed: u64) {
    let trial = Trial::start(case).await;
    let mut random = Random::new(seed);
    let before = told(&trial.before);
    let steps = trial.plan.steps.len();
    let most = if random.percent(40) { random.below(steps) } else { usize::MAX };
    let report = apply_some(&trial, trial.plan.clone(), most).await;
    let after = told(&trial.live().await);
    // Of some steps the run does not know whether they were sent.
    let mut sent = done(&report);
    if random.percent(50) {
        for (step, _, _) in &report.outcomes {
            if random.percent(20) {
                sent.insert(*step, None);
            }
        }
    }
    let (_, plan) = back(&trial, &trial.plan, &sent).await;
    let report = apply_some(&trial, plan.clone(), usize::MAX).await;
    assert!(report.succeeded(), "{}: {:#?}", case.told, report.outcomes);
    let told_of = format!("{}, {most} of {steps} steps", case.told);
    same(&format!("{told_of}, taken back"), &before, &told(&trial.live().await));

    // Half a run can leave users whose type is not yet that of their role; that does not come again.
    if most < usize::MAX {
        return trial.sandbox.stop().await;
    }
    let (_, again) = back(&trial, &plan, &done(&report)).await;
    let report = apply_some(&trial, again, usize::MAX).await;
    assert!(report.succeeded(), "{}: {:#?}", case.told, report.outcomes);
    same(&format!("{told_of}, taken back twice"), &after, &told(&trial.live().await));
    trial.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_a_run_back_restores_what_was_and_taking_that_back_what_the_run_made() {
    all(Case::random(HISTORIES, 8..=40).into_iter().zip(0..).map(|(case, seed)| {
        let case = Arc::new(case);
        boxed(async move { there_and_back(&case, seed).await })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_is_taken_back_by_a_replacement_wherever_the_run_ended() {
    let files = |role: &str, name: &str| {
        let users: String = (0..3).map(|n| format!("  user{n}@example.com: {name}\n")).collect();
        format!("roles:\n  {role}\nassignments:\n{users}")
    };
    let writer = files("Writer: { user_type: AI member user, permissions: { content: [create] } }", "Writer");
    let more = files("Writer: { user_type: AI member user, permissions: { content: [create, modify] } }", "Writer");
    let rep = files("Rep: { class: Location, rank: User, permissions: { leads: all } }", "Rep");
    let higher = files("Rep: { class: Account, rank: User, permissions: { leads: all, reports: all } }", "Rep");
    let cases = [Case::of("responsive", &writer, &more), Case::of("bullseye", &rep, &higher)];
    all(cases.into_iter().map(|case| {
        let case = Arc::new(case);
        boxed(async move {
            for most in [usize::MAX, 1, 3, 5] {
                let trial = Trial::start(&case).await;
                let before = told(&trial.before);
                let report = apply_some(&trial, trial.plan.clone(), most).await;
                let (_, plan) = back(&trial, &trial.plan, &done(&report)).await;
                let report = apply_some(&trial, plan, usize::MAX).await;
                assert!(report.succeeded(), "{}: {:#?}", case.told, report.outcomes);
                same(&format!("{}, {most}", case.told), &before, &told(&trial.live().await));
                trial.sandbox.stop().await;
            }
        })
    }))
    .await;
}

const PROJECT: &str = "version: 1\nplatform: open\nowner: shop\nguards: { min_administrators: 0 }\n";
const FIRST: &str = "\
roles: { Clerk: { description: Keeps files, permissions: { files: [view] } }, Temp: {} }
assignments: { ana@example.com: Clerk, bo@example.com: { role: Temp, name: Bo }, cy@example.com: Clerk }
";
const SECOND: &str = "\
roles: { Clerk: { description: Keeps all files }, New: {} }
assignments: { ana@example.com: New, bo@example.com: { role: New, name: Bo Li }, dee@example.com: Clerk }
removed: { roles: { Temp: { reassign_to: New } }, users: { cy@example.com: delete } }
";

/// A server on which the second state was applied after the first one.
fn applied() -> (Folder, Server) {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FIRST)]);
    let server = Server::start(&folder, "open", "server.db");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    folder.write("manifests/all.yaml", SECOND);
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    (folder, server)
}

fn undo(folder: &Folder, server: &Server, more: &[&str]) -> Run {
    folder.run_with(&[&["undo", "latest"], more].concat(), &server.environment())
}

#[track_caller]
fn says(run: &Run, words: &str) {
    assert!(run.stderr.contains(words), "`{words}` in:\n{}", run.stderr);
}

#[test]
fn the_journal_tells_which_run_was_taken_back_and_a_saved_plan_writes_nothing() {
    let (folder, server) = applied();
    let before = server.state();
    let _ = undo(&folder, &server, &[]).expect(64);
    let saved = undo(&folder, &server, &["--out", "undo.json"]).expect(0);
    says(&saved, "the plan is saved in `undo.json`");
    says(&saved, "made again with a new id and with what the plan knows of it, nothing else: `role/Temp`, `user/cy@");
    assert_eq!(server.state(), before, "saving writes nothing");

    let run = undo(&folder, &server, &["--yes"]).expect(0);
    assert!(run.stdout.contains("description: Keeps all files -> Keeps files"), "{}", run.stdout);
    let shown = folder.run(&["history", "latest"]).expect(0).stdout;
    assert!(shown.contains("takes back"), "{shown}");
    let stale = folder.run_with(&["apply", "--plan", "undo.json"], &server.environment()).expect(6);
    says(&stale, "nothing was written");
    folder.write("manifests/all.yaml", FIRST);
    let plan = folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);

    // The run of before is back already, so there is nothing to do.
    let runs = folder.run(&["history", "--format", "json"]).expect(0).json();
    let second = runs["runs"][1]["run"].as_str().expect("a name").to_owned();
    let again = folder.run_with(&["undo", &second, "--yes"], &server.environment()).expect(0);
    says(&again, "everything is as it was before the run");
    assert_eq!(folder.run(&["history"]).expect(0).stdout.lines().count(), 4, "nothing to do has no journal");
}

#[test]
fn what_somebody_has_changed_since_is_named_and_nothing_is_written() {
    let (folder, server) = applied();
    let user = |name: &str| {
        let found = server.list("Users", &format!("userName eq \"{name}\""));
        format!("Users/{}", found[0]["id"].as_str().expect("an id"))
    };
    let patch = |path: &str, body: serde_json::Value| {
        let (status, answer) = server.request("PATCH", path, Some(&body));
        assert!(status < 300, "{answer}");
    };
    let clerk = format!("Roles/{}", server.role("Clerk"));
    // A field that the run did not touch is nobody's business.
    patch(&user("ana@example.com"), replace("displayName", &json!("Ana")));
    let untouched = undo(&folder, &server, &["--out", "undo.json"]).expect(0);
    assert!(!untouched.stdout.contains("display_name: Ana"), "{}", untouched.stdout);

    patch(&clerk, replace("description", &json!("Theirs")));
    patch(&user("bo@example.com"), replace("displayName", &json!("Bo Theirs")));
    patch(&user("ana@example.com"), replace("active", &json!(false)));
    patch(&user("dee@example.com"), replace("displayName", &json!("Dee Theirs")));
    let before = server.state();
    let refused = undo(&folder, &server, &["--yes"]).expect(6);
    for words in [
        "`role/Clerk`, description: it was `Keeps files`, the run made it `Keeps all files`, and it is `Theirs` now",
        "`user/bo@example.com`, display_name: it was `Bo`, the run made it `Bo Li`, and it is `Bo Theirs` now",
        "`user/dee@example.com`, display_name: it was nothing, the run made it nothing, and it is `Dee Theirs` now",
        "nothing was written",
    ] {
        says(&refused, words);
    }
    assert!(!refused.stderr.contains("ana@example.com"), "{}", refused.stderr);
    assert_eq!(server.state(), before);
    let _ = undo(&folder, &server, &["--out", "undo.json"]).expect(6);
}

#[test]
fn what_others_had_done_when_the_run_came_to_it_stays() {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FIRST)]);
    let server = Server::start(&folder, "open", "server.db");
    let (host, clerk) = (server.url.clone(), Arc::new(std::sync::OnceLock::<String>::new()));
    let theirs = Arc::clone(&clerk);
    // Once the role is known, somebody makes the same account just before the run does.
    let meanwhile = Act::Meanwhile(Arc::new(move || {
        if let Some(clerk) = theirs.get() {
            let _ = request(&host, "POST", "Users", &user("dee@example.com", clerk));
        }
    }));
    let proxy = Proxy::before(&server.url, move |asked| {
        let makes_users = asked.method == "POST" && asked.path.ends_with("/Users");
        makes_users.then(|| vec![meanwhile.clone(), Act::Forward, Act::Relay])
    });
    let run = |arguments: &[&str]| {
        let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
        folder.run_with(&[arguments, &["--yes", "--bulk", "never"]].concat(), &environment)
    };
    let _ = run(&["apply"]).expect(0);
    clerk.set(server.role("Clerk")).expect("it is known once");
    folder.write("manifests/all.yaml", SECOND);
    let _ = run(&["apply"]).expect(0);
    let undone = run(&["undo", "latest"]).expect(0);
    says(&undone, "did not do it but found it done: `user/dee@example.com`");
    assert_eq!(server.list("Users", "userName eq \"dee@example.com\"").len(), 1);
    assert_eq!(server.list("Roles", "displayName eq \"New\"").len(), 0, "what the run made is gone");
}

#[test]
fn who_is_suspended_on_the_way_is_let_in_again_and_may_be_suspended_on_the_way_back() {
    let types = "user_types: { Seat: { licenses: 1 }, Chair: { licenses: 1 } }\n\
                 roles: { Clerk: { user_type: Seat }, Guard: { user_type: Chair } }\n";
    let files = |ana: &str, bo: &str| {
        let one = |role: &str| format!("{{ role: {role}, active: true }}");
        format!("{types}assignments: {{ ana@example.com: {}, bo@example.com: {} }}\n", one(ana), one(bo))
    };
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &files("Clerk", "Guard"))]);
    let server = Server::start(&folder, "open", "server.db");
    // Six writes make the organization; the eighth would move the first of the two.
    let proxy = Proxy::at_write(&server.url, 8, vec![Act::status(403, "")]);
    let run = |arguments: &[&str]| {
        let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
        folder.run_with(&[arguments, &["--bulk", "never", "--yes"]].concat(), &environment)
    };
    let people = || {
        let one = |user: &serde_json::Value| format!("{} {} {}", user["userName"], user["active"], user["userType"]);
        let mut people: Vec<String> = server.list("Users", "").iter().map(one).collect();
        people.sort();
        people
    };
    let _ = run(&["apply"]).expect(0);
    let before = people();
    folder.write("manifests/all.yaml", files("Guard", "Clerk"));
    let _ = run(&["apply", "--allow-suspend", "1"]).expect(4);
    assert!(people().iter().any(|user| user.contains("false")), "one of them is shut out: {:?}", people());
    let _ = run(&["undo", "latest"]).expect(0);
    assert_eq!(people(), before, "what came no further");

    let _ = run(&["apply", "--allow-suspend", "1"]).expect(0);
    let _ = run(&["undo", "latest"]).expect(5);
    let _ = run(&["undo", "latest", "--allow-suspend", "1"]).expect(0);
    assert_eq!(people(), before, "what came to its end");
}

#[test]
fn who_got_a_role_that_goes_is_named() {
    let (folder, server) = applied();
    let (new, clerk) = (server.role("New"), server.role("Clerk"));
    let eve = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "eve@example.com",
        "roles": [{ "value": clerk }],
    });
    let (status, eve) = server.request("POST", "Users", Some(&eve));
    assert_eq!(status, 201, "{eve}");
    let _ = undo(&folder, &server, &["--out", "undo.json"]).expect(0);
    let eve = format!("Users/{}", eve["id"].as_str().expect("an id"));
    let (status, answer) = server.request("PATCH", &eve, Some(&replace("roles", &json!([{ "value": new }]))));
    assert!(status < 300, "{answer}");
    let refused = undo(&folder, &server, &["--yes"]).expect(6);
    says(&refused, "`user/eve@example.com` has got `role/New` since, which the run has made");
}

#[test]
fn taking_back_is_guarded_like_any_plan() {
    let people =
        |count: usize| -> String { (0..count).map(|n| format!("  user{n:03}@example.com: Clerk\n")).collect() };
    let files = |count: usize| format!("roles: {{ Clerk: {{}} }}\nassignments:\n{}", people(count));
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &files(70))]);
    let server = Server::start(&folder, "open", "server.db");
    let run = |arguments: &[&str]| folder.run_with(arguments, &server.environment());
    let _ = run(&["apply", "--yes"]).expect(0);
    folder.write("manifests/all.yaml", files(100));
    let _ = run(&["apply", "--yes", "--allow", "similar-account=30"]).expect(0);
    let refused = undo(&folder, &server, &["--yes"]).expect(5);
    assert!(refused.stdout.contains("error[removals]: 30 users of 100 would be shut out"), "{}", refused.stdout);
    assert_eq!(server.list("Users", "").len(), 100);
    let _ = undo(&folder, &server, &["--yes", "--allow", "removals=30"]).expect(0);
    assert_eq!(server.list("Users", "").len(), 70);
}

#[test]
fn a_run_on_the_sandbox_is_taken_back_and_gone_on_with_there() {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FIRST)]);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    for command in [["undo", "latest"], ["resume", "latest"]] {
        let run = folder.run(&[command[0], command[1], "--yes"]).expect(64);
        assert!(run.stderr.contains("was made on the sandbox\n  = help: add `--sandbox`"), "{}", run.stderr);
    }
    let _ = folder.run(&["undo", "latest", "--sandbox", "--yes", "--allow", "empty-collection=9"]).expect(0);
}
