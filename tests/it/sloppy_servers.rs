//! What RFC 7644 and RFC 9865 ask of a client, and what services in the wild add to it, line by line:
//! the binary against a server that shares no code with it and is as sloppy as each line says.
//!
//! Discovery (RFC 7644 §4)
//! - all three documents before the first write: `discovery_comes_before_the_first_write`
//! - what it lacks is said, with what is done instead: `every_degradation_is_said`
//! - what is read only is said before anything is written: `what_cannot_be_held_is_said_first`
//! - missing members, nulls and values in other types: `missing_members_and_other_types_are_tolerated`
//! - no organization, no counters, no `builtIn`: `what_a_target_cannot_tell_has_a_fallback`
//!
//! Lists (RFC 7644 §3.4.2, RFC 9865)
//! - by index, complete or refused: `lists_by_index_are_complete_or_refused`
//! - a page that is called the whole, refused: `a_page_that_is_called_the_whole_is_refused`
//! - by cursor, to the page without a next one, without totals: `lists_by_cursor_end_where_no_next_one_is`
//! - expired or invalid cursors: anew, not for ever: `a_cursor_that_expires_is_started_anew_once`
//! - cursors that repeat: refused: `a_cursor_that_repeats_is_refused`
//! - never more than `maxPageSize`: `no_page_is_asked_for_that_is_too_large`
//! - `startIndex` ignored: through `.search`, else named: `a_start_that_is_ignored_is_gone_round_or_named`
//! - filters that a URL must not hold: through `.search`: `a_filter_that_is_sensitive_travels_in_a_body`
//!
//! Writes (RFC 7644 §3.3 to §3.6, §3.12, §3.14)
//! - a name that is taken, as 409 or 400: looked up: `a_name_that_is_taken_is_looked_up`
//! - `noTarget` on remove is done: `removing_what_is_not_there_is_done`
//! - 404 on DELETE is done: `deleting_what_is_gone_is_done`
//! - 412, and 409 of a changed object: stale, never sent again: `a_changed_object_is_stale`
//! - 409 of an object that has not changed: the target's refusal: `a_conflict_without_a_change_is_a_refusal`
//! - 202 is not done until it shows: `accepted_is_not_done`
//! - PATCH answers 200 or 204: `a_patch_is_answered_with_or_without_a_body`
//! - no PATCH, announced or found out: the whole object, emptied members named: `without_patch_objects_are_put`
//! - errors that are web pages: `a_web_page_as_an_error_is_survived`
//! - 307 and 308 within the origin only: `redirects_keep_the_method_and_stay_within_the_origin`
//! - base URLs with and without a slash, relative locations: `urls_are_built_and_never_taken_from_locations`
//! - case, order, null, empty and absent: `what_means_the_same_is_the_same`

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::sloppy::{Heard, Held, Said, Sloppy, page};
use crate::support::{Folder, Run};

const FILES: &str = "\
segments: { Insurance: , Retail: }
roles:
  Owner: { description: Everything, segments: [Insurance, Retail], permissions: { roles: [view] } }
  Loan Officer: { description: Loans, segments: [Retail] }
assignments:
  ana@example.com: { role: Owner, name: Ana }
  bo@example.com: Loan Officer
";

/// A project and the server that it is for.
struct Project {
    folder: Folder,
    server: Sloppy,
}

fn nothing(_: &mut Heard, _: &mut Held) -> Option<Said> {
    None
}

impl Project {
    fn new(held: Held, quirk: impl Fn(&mut Heard, &mut Held) -> Option<Said> + Send + Sync + 'static) -> Self {
        let project =
            "version: 1\nplatform: open\nowner: acme\ntarget: { settle: 1s }\nguards: { max_removed: 100% }\n";
        let folder = Folder::of(&[("rolecall.yaml", project), ("manifests/all.yaml", FILES)]);
        Self { folder, server: Sloppy::start(held, quirk) }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> Run {
        self.folder.run_with(arguments, &self.server.environment()).expect(code)
    }

    #[track_caller]
    fn apply(&self, says: &str) {
        let run = self.run(&["apply", "--yes"], 0);
        assert!(run.last_line().contains(says), "{}", run.words());
    }

    #[track_caller]
    fn nothing_left(&self) {
        _ = self.run(&["plan", "--detailed-exitcode"], 0);
    }

    /// Everything made, changed, emptied and taken away; nothing is left to do after each.
    #[track_caller]
    fn life(&self) {
        self.apply("6 created, 0 updated, 0 deleted; 6 writes");
        self.nothing_left();
        self.folder.edit(
            "manifests/all.yaml",
            "description: Loans, segments: [Retail]",
            "description: Lends, segments: []",
        );
        self.folder.edit("manifests/all.yaml", "bo@example.com: Loan Officer", "bo@example.com: Owner");
        self.apply("0 created, 2 updated, 0 deleted; 2 writes");
        self.nothing_left();
        self.folder.edit("manifests/all.yaml", "  Loan Officer: { description: Lends, segments: [] }\n", "");
        let removed =
            "removed: { roles: { Loan Officer: { reassign_to: Owner } }, users: { bo@example.com: delete } }\n";
        self.folder.edit("manifests/all.yaml", "  bo@example.com: Owner\n", removed);
        self.apply("0 created, 0 updated, 2 deleted; 2 writes");
        self.nothing_left();
    }

    /// After the first apply: only the description of a role is to be written.
    #[track_caller]
    fn describe(&self, code: i32) -> Run {
        self.folder.edit("manifests/all.yaml", "description: Loans", "description: Lends");
        self.run(&["apply", "--yes"], code)
    }

    fn sent(&self, method: &str) -> usize {
        self.server.writes().iter().filter(|line| line.starts_with(method)).count()
    }
}

/// The role `Loan Officer` as the server holds it.
fn officer(held: &mut Held) -> &mut Value {
    held.list("Roles").iter_mut().find(|one| one["displayName"] == "Loan Officer").expect("it is there")
}

fn users(many: usize) -> Held {
    let mut held = Held::of("open");
    for at in 0..many {
        held.make("Users", json!({ "userName": format!("user{at}@example.com"), "active": true }));
    }
    held
}

#[test]
fn discovery_comes_before_the_first_write() {
    let project = Project::new(Held::of("open"), nothing);
    project.life();
    let heard = project.server.heard();
    let first = heard.iter().position(|one| one.method != "GET").expect("something is written");
    let before: BTreeSet<&str> = heard[..first].iter().map(|one| one.path.as_str()).collect();
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        assert!(before.contains(path), "{path}");
    }
}

#[test]
fn every_degradation_is_said() {
    let mut held = Held::of("open").without(&["UserType"]);
    for member in ["patch", "etag", "filter"] {
        held.config[member]["supported"] = json!(false);
    }
    let project = Project::new(held, nothing);
    let run = project.run(&["plan"], 0);
    for note in ["no versions", "does not support PATCH", "does not support filters", "no resources of type UserType"] {
        assert!(run.words().contains(note), "{note}: {}", run.words());
    }
}

#[test]
fn what_cannot_be_held_is_said_first() {
    let mut held = Held::of("open");
    for one in held.attributes("Role") {
        if one["name"] == "description" {
            one["mutability"] = json!("readOnly");
        }
    }
    let project = Project::new(held, nothing);
    let run = project.run(&["apply", "--yes"], 5);
    assert!(run.words().contains("cannot-hold") && run.words().contains("description"), "{}", run.words());
    assert_eq!(project.server.writes(), Vec::<String>::new());
}

#[test]
fn missing_members_and_other_types_are_tolerated() {
    let mut held = Held::of("open");
    held.config = json!({
        "patch": { "supported": true }, "bulk": null, "filter": { "supported": true }, "etag": { "supported": true },
        "authenticationSchemes": [{ "type": "oauthbearertoken" }],
    });
    held.types[0]["schemaExtensions"] = Value::Null;
    held.types[0]["description"] = Value::Null;
    // What it keeps is right; what it says is not.
    let project = Project::new(held, |heard, held| {
        if heard.method != "GET" || !heard.path.starts_with("/Users") {
            return None;
        }
        for user in held.list("Users") {
            user["active"] = json!(if user["active"] == json!(false) { "False" } else { "True" });
            if let Some(role) = user["roles"][0]["value"].as_str().map(str::to_owned) {
                user["roles"] = json!([role]);
            }
            user["displayName"] = user["displayName"].take();
        }
        None
    });
    project.life();
}

#[test]
fn what_a_target_cannot_tell_has_a_fallback() {
    // Seats are counted from the complete list of users where no counter is served.
    let mut held = Held::of("open").without(&["Organization", "Permission"]);
    held.attributes("UserType").retain(|one| one["name"] != "totalAssignmentsUsed");
    held.attributes("Role").retain(|one| !["assignedUsers", "builtIn"].iter().any(|name| one["name"] == *name));
    let project = Project::new(held, nothing);
    let seats = |many: u32| {
        format!(
            "user_types: {{ AI: {{ licenses: {many} }} }}\nroles: {{ LO: {{ user_type: AI }} }}\n\
             assignments: {{ ana@example.com: LO, bo@example.com: LO }}\n"
        )
    };
    project.folder.write("manifests/all.yaml", seats(1));
    let refused = project.run(&["apply", "--yes"], 5);
    assert!(refused.words().contains("seat"), "{}", refused.words());
    assert_eq!(project.server.writes(), Vec::<String>::new());
    project.folder.write("manifests/all.yaml", seats(2));
    project.apply("4 created");
    project.nothing_left();

    // Built-in roles are known by the names that the pack has for them: none of them is taken away.
    let mut held = Held::of("responsive").without(&["Organization", "Permission", "UserType"]);
    held.attributes("Role").retain(|one| one["name"] != "builtIn");
    let role = |name: &str| json!({ "displayName": name, "userType": "AI business user" });
    for name in ["Admin with all permissions (AI enabled)", "Admin with all permissions (AI not enabled)", "Temp"] {
        held.make("Roles", role(name));
    }
    let ana = json!({ "userName": "ana@example.com", "roles": [{ "value": "1" }], "userType": "AI business user" });
    held.make("Users", ana);
    let project = Project::new(held, nothing);
    let settings = "version: 1\nplatform: responsive\nunlisted: { roles: delete }\nguards: { min_administrators: 0 }\n";
    project.folder.write("rolecall.yaml", settings);
    let admin = "Admin with all permissions (AI enabled)";
    let files = format!("roles: {{ {admin}: }}\nassignments: {{ ana@example.com: {admin} }}\n");
    project.folder.write("manifests/all.yaml", files);
    let plan = project.run(&["plan", "--format", "json"], 0).json();
    let changed: Vec<&str> =
        plan["changes"].as_array().expect("a list").iter().filter_map(|one| one["address"].as_str()).collect();
    assert_eq!(changed, ["role/Temp"], "{plan}");
}

#[test]
fn lists_by_index_are_complete_or_refused() {
    let project = Project::new(users(45), |heard, _| {
        heard.query.entry("count".to_owned()).and_modify(|count| "7".clone_into(count));
        None
    });
    project.apply("6 created");
    // One of them is lost on the way.
    let project = Project::new(users(45), |heard, held| {
        let start = heard.query.get("startIndex").and_then(|start| start.parse().ok());
        (heard.path == "/Users").then(|| {
            let mut said = page(held.list("Users"), start.unwrap_or(1), usize::MAX);
            said.body = said.body.replace("\"totalResults\":45", "\"totalResults\":46");
            said
        })
    });
    let refused = project.run(&["apply", "--yes"], 1);
    assert!(
        refused.words().contains("the list of users is incomplete: 46 announced, 45 arrived"),
        "{}",
        refused.words()
    );
    assert_eq!(project.server.writes(), Vec::<String>::new());
}

#[test]
fn a_page_that_is_called_the_whole_is_refused() {
    let project = Project::new(users(45), |heard, held| {
        let start = heard.query.get("startIndex").and_then(|start| start.parse().ok());
        (heard.path == "/Users").then(|| {
            let mut said = page(held.list("Users"), start.unwrap_or(1), 20);
            said.body = said.body.replace("\"totalResults\":45", "\"totalResults\":20");
            said
        })
    });
    let refused = project.run(&["apply", "--yes"], 1);
    assert!(refused.words().contains("the list of users is incomplete: 20 announced"), "{}", refused.words());
    assert_eq!(project.server.writes(), Vec::<String>::new());
}

/// A page by cursor, as a server gives it that has no index and knows no totals.
fn by_cursor(heard: &Heard, held: &mut Held) -> Option<Said> {
    let endpoint = heard.path.trim_start_matches('/').to_owned();
    if heard.method != "GET" || endpoint.contains('/') || !held.types.iter().any(|one| one["endpoint"] == heard.path) {
        return None;
    }
    if heard.query.contains_key("startIndex") {
        return Some(Said::error(400, "invalidValue"));
    }
    let cursor = heard.query.get("cursor")?;
    let start: usize = cursor.trim_start_matches("after-").parse().unwrap_or(0);
    let all = held.list(&endpoint);
    let page: Vec<Value> = all.iter().skip(start).take(10).cloned().collect();
    let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "Resources": page });
    if start + 10 < all.len() {
        body["nextCursor"] = json!(format!("after-{}", start + 10));
    }
    Some(Said::json(200, &body))
}

fn with_cursors(mut held: Held) -> Held {
    held.config["pagination"] = json!({ "cursor": true, "index": false, "maxPageSize": 10 });
    held
}

#[test]
fn lists_by_cursor_end_where_no_next_one_is() {
    let project = Project::new(with_cursors(users(45)), |heard, held| by_cursor(heard, held));
    project.apply("6 created");
    project.nothing_left();
    let pages =
        project.server.heard().iter().filter(|one| one.query.get("cursor").is_some_and(|at| at == "after-40")).count();
    assert!(pages > 0);
    project.apply("Nothing to do");
}

#[test]
fn a_cursor_that_expires_is_started_anew_once() {
    for (often, code) in [(1, 0), (2, 1)] {
        let left = std::sync::Mutex::new(often);
        let project = Project::new(with_cursors(users(45)), move |heard, held| {
            let mut left = left.lock().expect("no panic");
            let expires = heard.query.get("cursor").is_some_and(|at| at == "after-20") && *left > 0;
            if expires {
                *left -= 1;
                return Some(Said::error(400, if *left == 0 { "expiredCursor" } else { "invalidCursor" }));
            }
            by_cursor(heard, held)
        });
        _ = project.run(&["plan"], code);
    }
}

#[test]
fn a_cursor_that_repeats_is_refused() {
    let project = Project::new(with_cursors(users(45)), |heard, held| {
        let mut said = by_cursor(heard, held)?;
        said.body = said.body.replace("\"after-30\"", "\"after-10\"");
        Some(said)
    });
    let refused = project.run(&["apply", "--yes"], 1);
    assert!(refused.words().contains("gives a cursor that it gave before"), "{}", refused.words());
    assert_eq!(project.server.writes(), Vec::<String>::new());
}

#[test]
fn no_page_is_asked_for_that_is_too_large() {
    let mut held = users(45);
    held.config["pagination"] = json!({ "cursor": false, "index": true, "maxPageSize": 20 });
    let project = Project::new(held, |heard, _| {
        let count: Option<u64> = heard.query.get("count").and_then(|count| count.parse().ok());
        count.is_some_and(|count| count > 20).then(|| Said::error(400, "invalidCount"))
    });
    project.apply("6 created");
    project.nothing_left();
}

/// Twenty resources from the first one on, whatever was asked for, and all of them counted.
fn the_first_twenty(heard: &Heard, held: &mut Held) -> Option<Said> {
    (heard.method == "GET" && heard.path == "/Users" && !heard.query.contains_key("filter"))
        .then(|| page(held.list("Users"), 1, 20))
}

#[test]
fn a_start_that_is_ignored_is_gone_round_or_named() {
    let people: String = (0..30).map(|at| format!("  p{at}@example.com: Owner\n")).collect();
    for held in [users(0), users(19), users(30)] {
        let project = Project::new(held, |heard, held| the_first_twenty(heard, held));
        project.folder.write("manifests/all.yaml", format!("roles: {{ Owner: }}\nassignments:\n{people}"));
        project.apply("31 created");
        project.nothing_left();
        let run = project.run(&["plan"], 0);
        assert!(run.words().contains("the target ignores `startIndex` on GET"), "{}", run.words());
    }
    let project = Project::new(users(30), |heard, held| {
        the_first_twenty(heard, held).or_else(|| heard.path.ends_with(".search").then(|| Said::error(501, "")))
    });
    let refused = project.run(&["apply", "--yes"], 1);
    assert!(refused.words().contains("the target ignores `startIndex` (RFC 7644 §3.4.2.4)"), "{}", refused.words());
    assert_eq!(project.server.writes(), Vec::<String>::new());
}

/// Every create is carried out and its answer lost.
fn creates_without_an_answer(heard: &Heard, held: &mut Held) -> Option<Said> {
    (heard.method == "POST" && !heard.path.ends_with(".search")).then(|| {
        held.make(heard.path.trim_start_matches('/'), heard.body.clone());
        Said::nothing(0)
    })
}

#[test]
fn a_filter_that_is_sensitive_travels_in_a_body() {
    for (status, scim_type) in [(403, "sensitive"), (400, "sensitive"), (414, "")] {
        let project = Project::new(Held::of("open"), move |heard, held| {
            let minds = heard.query.contains_key("filter").then(|| Said::error(status, scim_type));
            minds.or_else(|| creates_without_an_answer(heard, held))
        });
        project.apply("6 created");
        project.nothing_left();
        assert_eq!(project.sent("POST"), 6, "nothing is made twice");
        let by_body = project.server.heard().into_iter().filter(|one| one.body["filter"].is_string()).count();
        assert_eq!(by_body, 6);
    }
    // Where no filter is answered, the whole list is.
    let project = Project::new(Held::of("open"), |heard, held| {
        let refuses = heard.query.contains_key("filter") || heard.path.ends_with(".search");
        refuses.then(|| Said::error(403, "sensitive")).or_else(|| creates_without_an_answer(heard, held))
    });
    project.apply("6 created");
    assert_eq!(project.sent("POST"), 6);
}

#[test]
fn a_name_that_is_taken_is_looked_up() {
    for status in [400, 409] {
        let project = Project::new(Held::of("open"), move |heard, held| {
            let made = heard.method == "POST" && heard.path == "/Roles";
            made.then(|| {
                held.make("Roles", heard.body.clone());
                Said::error(status, "uniqueness")
            })
        });
        _ = project.run(&["apply", "--yes"], 0);
        project.nothing_left();
    }
    // Somebody else's is not taken over.
    let project = Project::new(Held::of("open"), |heard, held| {
        (heard.method == "POST" && heard.path == "/Segments").then(|| {
            held.make("Segments", json!({ "displayName": heard.body["displayName"], "externalId": "other" }));
            Said::error(409, "uniqueness")
        })
    });
    let run = project.run(&["apply", "--yes"], 4);
    assert!(run.words().contains("an object with this name exists"), "{}", run.words());
}

#[test]
fn removing_what_is_not_there_is_done() {
    let project = Project::new(Held::of("open"), |heard, held| {
        let no_target = heard.method == "PATCH" && heard.body.to_string().contains("\"remove\"");
        no_target.then(|| {
            // Somebody was faster.
            officer(held)["segments"] = json!([]);
            Said::error(400, "noTarget")
        })
    });
    project.apply("6 created");
    project.folder.edit(
        "manifests/all.yaml",
        "description: Loans, segments: [Retail]",
        "description: Lends, segments: []",
    );
    _ = project.run(&["apply", "--yes"], 0);
    project.nothing_left();
}

#[test]
fn deleting_what_is_gone_is_done() {
    let project = Project::new(Held::of("open"), |heard, held| {
        (heard.method == "DELETE").then(|| {
            let (endpoint, id) = heard.path.trim_start_matches('/').split_once('/').expect("an id");
            held.list(endpoint).retain(|one| one["id"] != id);
            Said::error(404, "")
        })
    });
    project.apply("6 created");
    let removed = "removed: { users: { bo@example.com: delete } }\n";
    project.folder.edit("manifests/all.yaml", "  bo@example.com: Loan Officer\n", removed);
    _ = project.run(&["apply", "--yes"], 0);
    project.nothing_left();
}

/// Somebody else changes the role just before our write arrives.
fn changed_under_us(heard: &Heard, held: &mut Held, said: Said) -> Option<Said> {
    (heard.method == "PATCH").then(|| {
        officer(held)["meta"]["version"] = json!("W/\"9\"");
        said
    })
}

#[test]
fn a_changed_object_is_stale() {
    for (status, scim_type) in [(412, ""), (409, ""), (409, "invalidVers"), (404, "")] {
        let project = Project::new(Held::of("open"), move |heard, held| {
            changed_under_us(heard, held, Said::error(status, scim_type))
        });
        project.apply("6 created");
        let run = project.describe(4);
        let stale = ["has changed since it was planned", "no longer exists"];
        assert!(stale.iter().any(|text| run.words().contains(text)), "{status} {}", run.words());
        assert_eq!(project.sent("PATCH"), 1, "{status}");
    }
}

#[test]
fn a_conflict_without_a_change_is_a_refusal() {
    let project = Project::new(Held::of("open"), |heard, _| {
        let body = json!({ "status": 409, "detail": "the office is closed" });
        (heard.method == "PATCH").then(|| Said::json(409, &body))
    });
    project.apply("6 created");
    let run = project.describe(4);
    assert!(run.words().contains("the office is closed"), "{}", run.words());
    assert!(!run.words().contains("has changed since it was planned"), "{}", run.words());
    assert_eq!(project.sent("PATCH"), 1);
}

#[test]
fn accepted_is_not_done() {
    for (does, code) in [(true, 0), (false, 4)] {
        let project = Project::new(Held::of("open"), move |heard, held| {
            if heard.method == "GET" && does && heard.path.starts_with("/Roles/") {
                officer(held)["description"] = json!("Lends");
            }
            (heard.method == "PATCH").then(|| Said::nothing(202))
        });
        project.apply("6 created");
        let run = project.describe(code);
        assert_eq!(run.words().contains("accepted the request without doing it"), !does, "{}", run.words());
        assert_eq!(project.sent("PATCH"), 1);
    }
    // A deletion that takes its time.
    let project = Project::new(Held::of("open"), |heard, held| {
        if heard.method == "GET" && heard.path.starts_with("/Users/") && heard.before > 0 {
            held.list("Users").retain(|one| one["userName"] != "bo@example.com");
        }
        (heard.method == "DELETE").then(|| Said::nothing(202))
    });
    project.apply("6 created");
    let removed = "removed: { users: { bo@example.com: delete } }\n";
    project.folder.edit("manifests/all.yaml", "  bo@example.com: Loan Officer\n", removed);
    project.apply("1 deleted");
    project.nothing_left();
}

#[test]
fn a_patch_is_answered_with_or_without_a_body() {
    let project = Project::new(Held::of("open"), |heard, held| {
        (heard.method == "PATCH").then(|| {
            held.done(heard);
            Said::nothing(204)
        })
    });
    project.life();
    Project::new(Held::of("open"), nothing).life();
}

#[test]
fn without_patch_objects_are_put() {
    let mut held = Held::of("open");
    held.config["patch"]["supported"] = json!(false);
    let announced = Project::new(held, nothing);
    announced.life();
    assert_eq!(announced.sent("PATCH"), 0);
    let puts: Vec<Heard> = announced.server.heard().into_iter().filter(|one| one.method == "PUT").collect();
    let emptied = puts.iter().find(|one| one.path.starts_with("/Roles")).expect("a role is written");
    assert!(emptied.body.as_object().expect("an object").contains_key("segments"), "{}", emptied.body);
    assert!(puts.iter().all(|one| one.if_match.is_some()));

    for status in [405, 501] {
        let found_out =
            Project::new(Held::of("open"), move |heard, _| (heard.method == "PATCH").then(|| Said::error(status, "")));
        found_out.apply("6 created");
        _ = found_out.describe(0);
        found_out.nothing_left();
    }
}

#[test]
fn a_web_page_as_an_error_is_survived() {
    for (status, code) in [(400, 4), (502, 0)] {
        let project = Project::new(Held::of("open"), move |heard, _| {
            (heard.method == "PATCH" && heard.before == 0).then(|| Said::page(status))
        });
        project.apply("6 created");
        let run = project.describe(code);
        assert!(!run.words().contains("<html>"), "{}", run.words());
    }
}

#[test]
fn redirects_keep_the_method_and_stay_within_the_origin() {
    for status in [307, 308] {
        let project = Project::new(Held::of("open"), move |heard, _| {
            if let Some(rest) = heard.path.strip_prefix("/moved") {
                heard.path = rest.to_owned();
                return None;
            }
            let moved = heard.path.starts_with("/Roles");
            moved.then(|| Said::nothing(status).with("location", format!("/scim/v2/moved{}", heard.path)))
        });
        project.apply("6 created");
        _ = project.describe(0);
    }
    let elsewhere = Sloppy::start(Held::of("open"), nothing);
    let to = elsewhere.url.clone();
    let project = Project::new(Held::of("open"), move |heard, _| {
        (heard.method == "POST").then(|| Said::nothing(308).with("location", format!("{to}{}", heard.path)))
    });
    let run = project.run(&["apply", "--yes"], 4);
    assert!(run.words().contains("which is not followed"), "{}", run.words());
    assert!(elsewhere.heard().is_empty(), "the token went elsewhere");
}

#[test]
fn urls_are_built_and_never_taken_from_locations() {
    let mut project = Project::new(Held::of("open"), |_, held| {
        let lists = held.resources.values_mut().flatten();
        lists.for_each(|one| one["meta"]["location"] = json!("../nowhere/1"));
        None
    });
    project.server.url.push('/');
    project.life();
    assert!(project.server.heard().iter().all(|one| !one.path.contains("nowhere") && !one.path.contains("//")));
}

#[test]
fn what_means_the_same_is_the_same() {
    let project = Project::new(Held::of("open"), |_, held| {
        for role in held.list("Roles") {
            match role["segments"].as_array().map(Vec::as_slice) {
                Some([]) => role["segments"] = Value::Null,
                Some(segments) => {
                    let lower = |one: &Value| json!(one.as_str().unwrap_or_default().to_uppercase());
                    role["segments"] = segments.iter().rev().map(lower).collect();
                }
                None => role["segments"] = json!([]),
            }
            role["classifications"] = Value::Null;
        }
        None
    });
    project.life();
}

#[test]
fn every_line_has_its_test() {
    let text = include_str!("sloppy_servers.rs");
    let lines = text.lines().filter(|line| line.starts_with("//! - "));
    let mut listed: Vec<&str> = lines.filter_map(|line| line.split('`').rev().nth(1)).collect();
    let mut tests: Vec<&str> = text.split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split('(').next()).collect();
    tests.retain(|name| *name != "every_line_has_its_test" && name.len() < 80);
    listed.sort_unstable();
    tests.sort_unstable();
    assert_eq!(listed, tests);
}
