//! Somebody else writes too, between plan and apply or meanwhile: nothing of theirs is overwritten, and
//! what changed under a run is named.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rolecall::apply::{Outcome, Report};
use rolecall::plan::{Plan, Write};
use rolecall::state::Binding;
use serde_json::{Value, json};

use crate::generator::Random;
use crate::support::proxy::{Act, Proxy};
use crate::support::raw::{replace, role, user};
use crate::support::trial::{Case, Trial, all, boxed, legal};
use crate::support::{Folder, Server, TOKEN};

const PROJECT: &str = "\
version: 1
platform: open
owner: acme
guards: { max_removed: 100%, max_changed: 100%, min_administrators: 0 }
";
const BEFORE: &str = "\
roles: { A: { description: Ours }, B: {}, C: {} }
assignments: { a@example.com: A, b@example.com: B, c@example.com: B }
";
const AFTER: &str = "\
roles: { A: { description: Ours anew }, B: {}, C: {}, N: { description: Ours } }
assignments: { a@example.com: B, b@example.com: B, n@example.com: N }
removed: { users: { c@example.com: delete } }
";
/// The objects that are written.
const OBJECTS: [&str; 5] = ["role/A", "role/N", "user/a@example.com", "user/c@example.com", "user/n@example.com"];

/// Method, path and body of what somebody else does with an object.
type Theirs = (&'static str, String, Value);

struct Organization {
    folder: Folder,
    server: Server,
}

impl Organization {
    fn before() -> Self {
        let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", BEFORE)]);
        let server = Server::start(&folder, "open", "server.db");
        let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
        folder.write("manifests/all.yaml", AFTER);
        Self { folder, server }
    }

    fn user(&self, name: &str) -> String {
        let found = self.server.list("Users", &format!("userName eq \"{name}\""));
        format!("Users/{}", found[0]["id"].as_str().expect("an id"))
    }

    fn theirs(&self, object: &str) -> Theirs {
        let c = self.server.role("C");
        match object {
            "role/A" => ("PATCH", format!("Roles/{}", self.server.role("A")), replace("description", &json!("Theirs"))),
            "role/N" => ("POST", "Roles".to_owned(), role("N", &[("description", json!("Theirs"))])),
            "user/a@example.com" => ("PATCH", self.user("a@example.com"), replace("roles", &json!([{ "value": c }]))),
            "user/c@example.com" => ("PATCH", self.user("c@example.com"), replace("displayName", &json!("Theirs"))),
            _ => ("POST", "Users".to_owned(), user("n@example.com", &c)),
        }
    }

    /// Whether what they did to an object is still there.
    fn holds(&self, object: &str) -> bool {
        let c = self.server.role("C");
        let users = |name: &str| self.server.list("Users", &format!("userName eq \"{name}\""));
        match object.split_once('/').expect("a kind") {
            ("role", name) => {
                let roles = self.server.list("Roles", &format!("displayName eq \"{name}\""));
                roles.len() == 1 && roles[0]["description"] == "Theirs"
            }
            (_, name @ "c@example.com") => users(name).first().is_some_and(|user| user["displayName"] == "Theirs"),
            (_, name) => users(name).first().is_some_and(|user| user["roles"][0]["value"] == json!(c)),
        }
    }
}

#[test]
fn what_changed_since_the_plan_is_named_and_nothing_is_written() {
    for object in OBJECTS {
        let organization = Organization::before();
        let Organization { folder, server } = &organization;
        let _ = folder.run_with(&["plan", "--out", "p.json"], &server.environment()).expect(0);
        let (method, path, body) = organization.theirs(object);
        let (status, answer) = server.request(method, &path, Some(&body));
        assert!(status < 300, "{object}: {status} {answer}");
        let before = server.state();
        let run = folder.run_with(&["apply", "--plan", "p.json"], &server.environment()).expect(6);
        assert!(run.stderr.contains(object), "{object}: {}", run.stderr);
        assert_eq!(server.state(), before, "{object}");
    }
}

#[test]
fn what_changes_under_a_run_is_named_and_stays_as_they_made_it() {
    // Where each object is written, with one request at a time.
    let organization = Organization::before();
    let proxy = Proxy::before(&organization.server.url, |_| None);
    let paths: Vec<String> = OBJECTS
        .iter()
        .map(|object| organization.theirs(object))
        .map(|(_, path, _)| format!("/scim/v2/{path}"))
        .collect();
    let apply = ["apply", "--yes", "--concurrency", "1", "--bulk", "never"];
    let at = |url: &str| organization.folder.run_with(&apply, &[("ROLECALL_URL", url), ("ROLECALL_TOKEN", TOKEN)]);
    let _ = at(&proxy.url).expect(0);
    let asked = proxy.asked();
    let written =
        |path: &String| asked.iter().find(|asked| asked.write > 0 && asked.path == *path).expect("a write").write;
    let written: Vec<usize> = paths.iter().map(written).collect();
    assert_eq!(proxy.writes(), OBJECTS.len());

    let positions = (0..OBJECTS.len()).flat_map(|at| (1..=OBJECTS.len()).map(move |n| (at, n)));
    std::thread::scope(|scope| {
        for (at, n) in positions {
            let written = written[at];
            // A few at a time: each is two processes.
            let trial = scope.spawn(move || is_left_alone(OBJECTS[at], n, written));
            if n == OBJECTS.len() {
                trial.join().expect("it is left alone");
            }
        }
    });
}

/// Somebody changes an object just before the n-th write arrives; ours to it is another one.
fn is_left_alone(object: &str, n: usize, written: usize) {
    let told = format!("{object} at write {n}, ours is {written}");
    let organization = Organization::before();
    let (host, (method, path, body)) = (organization.server.url.clone(), organization.theirs(object));
    let status = Arc::new(AtomicU16::new(0));
    let answered = Arc::clone(&status);
    let meanwhile = move || answered.store(request(&host, method, &path, &body), Ordering::SeqCst);
    let proxy = Proxy::at_write(
        &organization.server.url,
        n,
        vec![Act::Meanwhile(Arc::new(meanwhile)), Act::Forward, Act::Relay],
    );
    let apply = ["apply", "--yes", "--concurrency", "1", "--bulk", "never"];
    let run = organization.folder.run_with(&apply, &[("ROLECALL_URL", &proxy.url), ("ROLECALL_TOKEN", TOKEN)]);
    let granted = status.load(Ordering::SeqCst) < 300;
    // What is written is there, or gone: only what they change later on is theirs to change.
    assert_eq!(granted, n <= written || matches!(object, "role/A" | "user/a@example.com"), "{told}");
    assert_eq!(granted, organization.holds(object), "{told}: {}", run.words());
    assert_eq!(run.code, if n <= written { 4 } else { 0 }, "{told}: {}", run.words());
    assert!(n > written || run.stdout.contains(&format!("{object}: ")), "{told}: {}", run.stdout);
}

/// The status of a request of somebody else.
pub fn request(base: &str, method: &str, path: &str, body: &Value) -> u16 {
    use std::io::{Read, Write};
    let (host, root) = base.trim_start_matches("http://").split_once('/').expect("a path");
    let body = body.to_string();
    let mut stream = std::net::TcpStream::connect(host).expect("it listens");
    write!(
        stream,
        "{method} /{root}/{path} HTTP/1.0\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/scim+json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// A proxy through which each request takes another while.
fn uneven(target: &str, seed: u64) -> Proxy {
    Proxy::before(target, move |asked| {
        let mut random = Random::new(seed * 1000 + asked.write as u64);
        let wait = Act::Wait(Duration::from_millis(random.below(12) as u64));
        (asked.write > 0).then(|| vec![wait, Act::Forward, Act::Relay])
    })
}

/// Both reports, when each plan was applied beside the other.
async fn both(trial: &Trial<'_>, other: Plan) -> (Report, Report) {
    let urls = (uneven(&trial.sandbox.url(), 1), uneven(&trial.sandbox.url(), 2));
    let (ours, theirs) = tokio::join!(
        Box::pin(trial.apply(&urls.0.url, "writer", trial.plan.clone())),
        Box::pin(trial.apply(&urls.1.url, "other", other.clone()))
    );
    (ours.expect("it is reached"), theirs.expect("it is reached"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_runs_of_one_plan_both_end_and_nothing_is_done_twice() {
    all(Case::random(12, 7..=20).into_iter().map(|case| {
        boxed(async move {
            let trial = Trial::start(&case).await;
            let told = &case.told;
            let (ours, theirs) = both(&trial, trial.plan.clone()).await;
            legal(told, &trial.before, &trial.live().await);
            for ((_, address, ours), (_, _, theirs)) in ours.outcomes.iter().zip(&theirs.outcomes) {
                // What one has not done, the other one has, or neither: then both say so.
                let is_named = |one: &Outcome| !matches!(one, Outcome::Unknown { .. } | Outcome::NotSettled { .. });
                assert!(is_named(ours) && is_named(theirs), "{told}: {address}: {ours:?}, {theirs:?}");
            }
            trial.converges(told, &trial.sandbox.url(), None).await;
            trial.sandbox.stop().await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_plans_at_once_one_gets_its_way_with_each_object_and_the_other_says_so() {
    let mut contested = 0;
    for case in Case::random(16, 7..=20) {
        let trial = Trial::start(&case).await;
        let told = &case.told;
        let other = trial.plan_of(&case.other).await;
        if other.is_refused() {
            trial.sandbox.stop().await;
            continue;
        }
        let (ours, theirs) = both(&trial, other.clone()).await;
        legal(told, &trial.before, &trial.live().await);
        for (step, outcome) in first_steps(&trial.plan, &ours) {
            for (other, theirs) in first_steps(&other, &theirs).filter(|(other, _)| *other == step) {
                contested += 1;
                let both = [outcome, theirs].iter().all(|one| matches!(one, Outcome::Applied { .. }));
                assert!(!both, "{told}: both wrote {other}");
            }
        }
        // Whoever plans anew gets the rest.
        let again = trial.plan_of(&case.after).await;
        if !again.is_refused() {
            let report = trial.apply(&trial.sandbox.url(), "writer", again).await.expect("it is reached");
            assert!(report.succeeded(), "{told}: {:#?}", report.outcomes);
        }
        trial.sandbox.stop().await;
    }
    assert!(contested > 20, "{contested} objects are wanted by both");
}

/// Of each object that was there: its id, and what became of the first step that writes it.
fn first_steps<'a>(plan: &'a Plan, report: &'a Report) -> impl Iterator<Item = (&'a str, &'a Outcome)> {
    let mut seen = std::collections::BTreeSet::new();
    plan.steps.iter().zip(&report.outcomes).filter_map(move |(step, (_, _, outcome))| match &step.write {
        Write::Update { id: Binding::Id(id), .. } | Write::Delete { id: Binding::Id(id) } => {
            seen.insert(id.as_str()).then_some((id.as_str(), outcome))
        }
        _ => None,
    })
}

#[test]
fn seats_that_somebody_else_takes_meanwhile_are_told() {
    let people = |last: &str| {
        format!(
            "user_types: {{ Full: {{ licenses: 5 }} }}\nroles: {{ A: {{ user_type: Full }} }}\n\
             assignments: {{ a@example.com: A{last} }}\n"
        )
    };
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &people(""))]);
    let server = Server::start(&folder, "open", "server.db");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    folder.write("manifests/all.yaml", people(", b@example.com: A"));
    let mut theirs = user("theirs@example.com", &server.role("A"));
    theirs["userType"] = json!("Full");
    let host = server.url.clone();
    let status = Arc::new(AtomicU16::new(0));
    let answered = Arc::clone(&status);
    let meanwhile = move || answered.store(request(&host, "POST", "Users", &theirs), Ordering::SeqCst);
    let proxy = Proxy::at_write(&server.url, 1, vec![Act::Meanwhile(Arc::new(meanwhile)), Act::Forward, Act::Relay]);
    let run = folder.run_with(&["apply", "--yes"], &[("ROLECALL_URL", &proxy.url), ("ROLECALL_TOKEN", TOKEN)]);
    assert_eq!(status.load(Ordering::SeqCst), 201);
    assert_eq!(run.code, 0, "{}", run.words());
    let told = "user-type/Full: 3 seats are in use, and the plan leaves 2: somebody else has changed users meanwhile";
    assert!(run.stdout.contains(told), "{}", run.stdout);
}
