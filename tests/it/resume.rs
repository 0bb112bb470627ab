//! Going on with a run: with what it has written down, torn or whole, and only where what it counted
//! on is still so.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::raw::replace;
use crate::support::{Folder, Run, Server};

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
    organization.kill_after(4);
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
