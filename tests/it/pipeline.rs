//! What pipelines rely on: exit codes, environments, pins, staleness, and that what is refused has
//! written nothing.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Answer, Door, Folder, Run, Server, TOKEN, VIEWER, ended};

const PROJECT: &str = "version: 1\nplatform: open\nowner: acme\n";
const ROLES: &str = "\
roles:
  Loan Officer: { description: Originates loans }
  Underwriter: { description: Decides on applications }
assignments:
  ana@example.com: Loan Officer
  bo@example.com: Underwriter
";

fn project() -> Folder {
    Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", ROLES)])
}

/// A project whose roles and users are on a server already.
fn applied() -> (Folder, Server) {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    (folder, server)
}

/// Lines that assign the role to so many users.
fn people(count: u32) -> String {
    (0..count).map(|n| ["  user", &n.to_string(), "@example.com: Loan Officer\n"].concat()).collect()
}

// The list of exit codes in the order of the documents: what, the code, and a word of the reason.

struct Row {
    what: &'static str,
    code: i32,
    says: &'static str,
    run: fn() -> Run,
}

const ROWS: &[Row] = &[
    Row {
        what: "a file that cannot be read",
        code: 1,
        says: "cannot read",
        run: || {
            let folder = project();
            std::os::unix::fs::symlink("nowhere", folder.path().join("manifests/link.yaml")).expect("a link");
            folder.run(&["validate"])
        },
    },
    Row {
        what: "a file that is not UTF-8",
        code: 10,
        says: "not-utf8",
        run: || {
            let folder = project();
            folder.write("manifests/latin.yaml", b"roles: { Caf\xe9: }\n");
            folder.run(&["validate"])
        },
    },
    Row {
        what: "an empty project",
        code: 10,
        says: "empty-project",
        run: || Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", "")]).run(&["plan", "--sandbox"]),
    },
    Row {
        what: "a pattern without a match",
        code: 10,
        says: "pattern-without-match",
        run: || Folder::of(&[("rolecall.yaml", PROJECT)]).run(&["apply", "--sandbox", "--yes"]),
    },
    Row {
        what: "a pattern that leaves the project",
        code: 10,
        says: "rolecall.yaml:4:13",
        run: || {
            let absolute = with_project("manifests: [\"/etc/*.yaml\"]\n").run(&["validate"]).expect(10);
            assert!(absolute.stdout.contains("leaves the project's directory"), "{}", absolute.stdout);
            with_project("manifests: [\"../*.yaml\"]\n").run(&["validate"])
        },
    },
    Row {
        what: "an unknown platform",
        code: 10,
        says: "did you mean `open`?",
        run: || project().run(&["validate", "--platform", "opne"]),
    },
    Row {
        what: "an unknown key in an environment",
        code: 10,
        says: "rolecall.yaml:5:14",
        run: || {
            with_project("environments:\n  staging: { tarqet: { url: \"https://a.example.com\" } }\n")
                .run(&["validate"])
        },
    },
    Row {
        what: "one role in two files, in different case",
        code: 10,
        says: "duplicate-object",
        run: || {
            let folder = project();
            folder.write("manifests/more.yaml", "roles:\n  LOAN  officer: { description: Sells loans }\n");
            let run = folder.run(&["validate"]);
            assert!(run.stdout.contains("manifests/all.yaml:2") && run.stdout.contains("manifests/more.yaml:2"));
            run
        },
    },
    Row {
        what: "an unset token variable",
        code: 64,
        says: "ACME_TOKEN",
        run: || {
            with_project("target: { url: \"http://127.0.0.1:9/scim/v2\", token: { env: ACME_TOKEN } }\n").run(&["plan"])
        },
    },
    Row {
        what: "an environment that nobody chose",
        code: 64,
        says: "--env",
        run: || {
            with_project("environments: { a: { target: { url: \"http://127.0.0.1:9/scim/v2\" } } }\n").run(&["plan"])
        },
    },
    Row {
        what: "401",
        code: 3,
        says: "401",
        run: || plan_at(&Answer::of("401 Unauthorized", "application/scim+json", "{}")),
    },
    Row {
        what: "403",
        code: 3,
        says: "403",
        run: || plan_at(&Answer::of("403 Forbidden", "application/scim+json", "{}")),
    },
    Row {
        what: "a viewer's token on apply",
        code: 3,
        says: "may only read",
        run: || {
            let folder = project();
            let server = Server::start(&folder, "open", "server.db");
            let run = folder.run_with(&["apply", "--yes"], &server.environment_of(VIEWER));
            assert_eq!(server.state(), Vec::<Value>::new(), "nothing was written");
            run
        },
    },
    Row {
        what: "a redirect to another origin",
        code: 1,
        says: "redirect",
        run: || {
            plan_at(&Answer::with(
                "HTTP/1.1 302 Found\r\nlocation: https://roles.example.com/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            ))
        },
    },
    Row {
        what: "HTML",
        code: 1,
        says: "web page",
        run: || plan_at(&Answer::of("200 OK", "text/html", "<html><title>Sign in</title></html>")),
    },
    Row {
        what: "a wrong totalResults",
        code: 1,
        says: "nothing was written",
        run: || {
            let list = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 7, "Resources": [],
            });
            plan_at(&Answer::of("200 OK", "application/scim+json", &list.to_string()))
        },
    },
    Row {
        what: "a locked sandbox",
        code: 1,
        says: "in use by another sandbox",
        run: || {
            let folder = project();
            std::fs::create_dir(folder.path().join(".rolecall")).expect("a folder");
            let _server = Server::start(&folder, "open", ".rolecall/sandbox.db");
            folder.run(&["apply", "--sandbox", "--yes"])
        },
    },
    Row {
        what: "`confirm: name` with `--yes`",
        code: 64,
        says: "--confirm live",
        run: || with_live().run(&["apply", "--yes", "--env", "live"]),
    },
    Row {
        what: "another name confirmed",
        code: 64,
        says: "`staging` was confirmed",
        run: || with_live().run(&["apply", "--yes", "--env", "live", "--confirm", "staging"]),
    },
    Row {
        what: "a question that nobody can answer",
        code: 64,
        says: "--yes",
        run: || project().run(&["apply", "--sandbox"]),
    },
    Row {
        what: "a saved plan as a path",
        code: 64,
        says: "--plan p.json",
        run: || {
            let folder = project();
            let _ = folder.run(&["plan", "--sandbox", "--out", "p.json"]).expect(0);
            folder.run(&["apply", "--sandbox", "--yes", "p.json"])
        },
    },
    Row {
        what: "a plan in JSON of invalid files is what validate prints",
        code: 10,
        says: "\"diagnostics\"",
        run: || {
            let folder = project();
            folder.edit("manifests/all.yaml", "{ description: Decides", "{ descripton: Decides");
            let run = folder.run(&["plan", "--sandbox", "--format", "json"]);
            assert_eq!(run.json(), folder.run(&["validate", "--format", "json"]).json());
            run
        },
    },
    Row {
        what: "changes that are pending",
        code: 2,
        says: "Plan: 4 to create",
        run: || project().run(&["plan", "--sandbox", "--detailed-exitcode"]),
    },
    Row {
        what: "an unknown user who is not wanted",
        code: 5,
        says: "error[unknown-user]",
        run: || with_project("unknown_users: refuse\n").run(&["plan", "--sandbox"]),
    },
];

fn with_project(more: &str) -> Folder {
    Folder::of(&[("rolecall.yaml", &format!("{PROJECT}{more}")), ("manifests/all.yaml", ROLES)])
}

fn with_live() -> Folder {
    with_project("environments:\n  live: { target: { url: \"http://127.0.0.1:9/scim/v2\" }, confirm: name }\n")
}

fn plan_at(target: &Answer) -> Run {
    project().run_with(&["plan"], &[("ROLECALL_URL", &target.url), ("ROLECALL_TOKEN", TOKEN)])
}

#[test]
fn every_row_of_the_exit_codes() {
    let mut wrong = Vec::new();
    for Row { what, code, says, run } in ROWS {
        let run = run();
        let words = format!("{}{}", run.stdout, run.stderr);
        assert!(!words.contains(TOKEN), "{what}: the token is printed");
        if run.code != *code || !words.contains(says) {
            wrong.push(format!("{what}: {} instead of {code} with `{says}`\n{words}", run.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stale_plan_is_6_and_nothing_is_written() {
    let (folder, server) = applied();
    folder.edit("manifests/all.yaml", "Originates loans", "Originates and sells loans");
    folder.edit("manifests/all.yaml", "Decides on applications", "Decides");
    let _ = folder.run_with(&["plan", "--out", "p.json"], &server.environment()).expect(0);
    // Another client changes one of the two roles in between.
    let role = format!("Roles/{}", server.role("Loan Officer"));
    let (_, urn) = server.request("GET", &role, None);
    let schema = urn["schemas"][0].as_str().expect("a schema").to_owned();
    let body = json!({ "schemas": [schema], "displayName": "Loan Officer", "description": "Somebody else's words" });
    assert_eq!(server.request("PUT", &role, Some(&body)).0, 200);
    let before = server.state();
    let run = folder.run_with(&["apply", "--plan", "p.json"], &server.environment()).expect(6);
    assert!(run.stderr.contains("role/Loan Officer"), "{}", run.stderr);
    assert_eq!(server.state(), before, "not even the step that was not stale");
}

#[test]
fn a_digest_that_differs_is_6_and_nothing_is_written() {
    let (folder, server) = applied();
    folder.edit("manifests/all.yaml", "Originates loans", "Originates and sells loans");
    let reviewed = folder.run_with(&["plan", "--format", "json"], &server.environment()).expect(0).json();
    let digest = reviewed["digest"].as_str().expect("a digest").to_owned();
    folder.edit("manifests/all.yaml", "Decides on applications", "Decides");
    let before = server.state();
    let apply = ["apply", "--yes", "--expect", digest.as_str()];
    let run = folder.run_with(&apply, &server.environment()).expect(6);
    assert!(run.stderr.contains("was expected"), "{}", run.stderr);
    assert_eq!(server.state(), before);
    folder.edit("manifests/all.yaml", "description: Decides ", "description: Decides on applications ");
    let run = folder.run_with(&apply, &server.environment()).expect(0);
    assert!(run.last_line().ends_with("1 write"), "{}", run.last_line());
}

#[test]
fn a_role_with_400_holders_is_renamed_by_one_write() {
    let people = people(400);
    let folder = project();
    folder.write("manifests/people.yaml", format!("assignments:\n{people}"));
    let server = Server::start(&folder, "open", "server.db");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    let role = server.role("Loan Officer");
    assert_eq!(server.holders(&role), 401);
    for file in ["manifests/people.yaml", "manifests/all.yaml"] {
        let text = folder.read(file).replace(": Loan Officer\n", ": Mortgage Advisor\n");
        folder.write(file, text.replace("Loan Officer: {", "Mortgage Advisor: { previously: [Loan Officer],"));
    }
    let run = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    assert_eq!(run.last_line(), "Applied: 0 created, 1 updated, 0 deleted; 1 write");
    assert_eq!(server.role("Mortgage Advisor"), role);
    assert_eq!(server.holders(&role), 401);
    // The old name may stay in the file: what is done is done.
    let again = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    assert_eq!(again.last_line(), "Nothing to do: 0 writes");
}

#[test]
fn the_holders_of_a_removed_role_move_even_those_in_no_file() {
    let (folder, server) = applied();
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "stranger@example.com", "roles": [{ "value": server.role("Underwriter") }],
    });
    assert_eq!(server.request("POST", "Users", Some(&user)).0, 201);
    folder.write(
        "manifests/all.yaml",
        "roles:\n  Loan Officer: { description: Originates loans }\nassignments:\n  ana@example.com: Loan Officer\n\
         removed:\n  roles: { Underwriter: { reassign_to: Loan Officer } }\n",
    );
    let run = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    assert!(run.stdout.contains("stranger@example.com"), "{}", run.stdout);
    assert_eq!(server.holders(&server.role("Loan Officer")), 3);
    assert_eq!(server.list("Roles", "displayName eq \"Underwriter\"").len(), 0);
    let again = folder.run_with(&["plan", "--detailed-exitcode"], &server.environment()).expect(0);
    assert!(again.stdout.contains("No changes."), "{}", again.stdout);
}

#[test]
fn a_failed_step_skips_its_dependants_and_nothing_else() {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let door = Door::before(&server, "Decides on applications");
    let environment = [("ROLECALL_URL", door.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
    let run = folder.run_with(&["apply", "--yes"], &environment).expect(4);
    assert!(run.stdout.contains("role/Underwriter: refused by the target (400): not here"), "{}", run.stdout);
    assert!(run.stdout.contains("user/bo@example.com: skipped, because role/Underwriter did not succeed"));
    assert!(run.last_line().starts_with("Applied in part: 2 created"), "{}", run.last_line());
    assert_eq!((server.list("Roles", "").len(), server.list("Users", "").len()), (1, 1));
    let rest = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    assert_eq!(rest.last_line(), "Applied: 2 created, 0 updated, 0 deleted; 2 writes");
}

#[test]
fn ctrl_c_ends_an_apply_after_what_is_under_way() {
    // Few enough that the plan fits into a pipe that nobody reads yet.
    let people = people(500);
    let folder = project();
    folder.write("manifests/people.yaml", format!("assignments:\n{people}"));
    let server = Server::start(&folder, "open", "server.db");
    let arguments = ["apply", "--yes", "--max-requests-per-second", "50", "--bulk", "never"];
    let mut apply = folder.command(&arguments, &server.environment());
    let apply =
        apply.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("it runs");
    while server.list("Users", "").len() < 20 {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(Pid::from_raw(i32::try_from(apply.id()).expect("a process id")), Signal::SIGINT).expect("it is running");
    let run = ended(apply.wait_with_output().expect("it ends")).expect(8);
    assert!(run.stderr.contains("stopping after the requests that are under way"), "{}", run.stderr);
    assert!(run.stdout.contains("were not tried, because the run was stopped"), "{}", run.stdout);
    // What was sent was answered: the numbers agree.
    let (_, list) = server.request("GET", "Users?count=0", None);
    let created = list["totalResults"].as_u64().expect("a total") + server.list("Roles", "").len() as u64;
    assert!(run.last_line().starts_with(&format!("Applied in part: {created} created")), "{}", run.last_line());
}

#[test]
fn a_pull_request_cannot_send_the_token_elsewhere() {
    let elsewhere = Answer::of("200 OK", "application/scim+json", "{}");
    let changed = with_project(&format!("target: {{ url: \"{}\" }}\n", elsewhere.url));
    let pinned = [("ROLECALL_TOKEN", TOKEN), ("ROLECALL_PIN_URL", "https://roles.example.com/scim/v2")];
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let run = changed.run_with(command, &pinned).expect(3);
        assert!(run.stderr.contains("pinned") && !run.words().contains(TOKEN), "{}", run.words());
    }
    // A base that only begins like the pinned one is another one.
    let host = elsewhere.url.trim_end_matches("/scim/v2");
    let longer = [("ROLECALL_TOKEN", TOKEN), ("ROLECALL_PIN_URL", host)];
    let _ = changed.run_with(&["plan"], &longer).expect(3);

    let command = "command: [sh, -c, 'touch ran; cat /proc/self/environ; echo t']";
    let changed = with_project(&format!("target: {{ url: \"{}\", token: {{ {command} }} }}\n", elsewhere.url));
    for arguments in [&["plan"][..], &["apply", "--yes"]] {
        let run = changed.run(arguments).expect(3);
        assert!(run.stderr.contains("--allow-token-command"), "{}", run.stderr);
    }
    assert!(!changed.path().join("ran").exists(), "the command did not run");
    assert_eq!(elsewhere.connections(), 0, "nothing connected, so nothing was sent");
}

#[test]
fn a_token_command_that_is_allowed_gives_the_token() {
    let folder = project();
    let server = Server::start(&folder, "open", "server.db");
    let target = format!("target: {{ url: \"{}\", token: {{ command: [cat, token] }} }}\n", server.url);
    folder.write("rolecall.yaml", format!("{PROJECT}{target}"));
    folder.write("token", format!("{TOKEN}\n"));
    let _ = folder.run(&["plan"]).expect(3);
    let _ = folder.run(&["plan", "--allow-token-command"]).expect(0);
    // The other sources, each of which wins over the file.
    let _ = folder.run(&["plan", "--token-file", "token"]).expect(0);
    let _ = folder.run_with(&["plan"], &[("ROLECALL_TOKEN_FILE", "token")]).expect(0);
    let _ = folder.run_with(&["plan"], &[("ROLECALL_TOKEN", TOKEN)]).expect(0);
    let target = format!("target: {{ url: \"{}\", token: {{ file: token }} }}\n", server.url);
    folder.write("rolecall.yaml", format!("{PROJECT}{target}"));
    let _ = folder.run(&["plan"]).expect(0);
    let _ = folder.run_with(&["plan"], &[("ROLECALL_TOKEN", "wrong")]).expect(3);
}

#[test]
fn each_branch_has_its_environment_and_production_wants_its_name() {
    let folder = project();
    let (staging, live) = (Server::start(&folder, "open", "s.db"), Server::start(&folder, "open", "l.db"));
    let target = |server: &Server| format!("target: {{ url: \"{}\" }}", server.url);
    folder.write(
        "rolecall.yaml",
        format!(
            "{PROJECT}default_environment: staging\nenvironments:\n  staging: {{ {} }}\n  production:\n    {}\n    confirm: name\n",
            target(&staging),
            target(&live)
        ),
    );
    let with = |arguments: &[&str], more: &[(&str, &str)]| {
        folder.run_with(arguments, &[&[("ROLECALL_TOKEN", TOKEN)], more].concat())
    };
    let run = with(&["plan"], &[]).expect(0);
    assert!(run.stderr.contains("environment `staging`"), "{}", run.stderr);
    assert!(run.stdout.lines().next().expect("a line").contains("environment staging"), "{}", run.stdout);
    let run = with(&["plan", "--out", "p.json"], &[("ROLECALL_ENV", "production")]).expect(0);
    assert!(run.stderr.contains("environment `production`") && run.stderr.contains(&live.url), "{}", run.stderr);
    // A plan for production is nothing for staging.
    let _ = with(&["apply", "--plan", "p.json"], &[]).expect(6);
    let production = [("ROLECALL_ENV", "production")];
    let _ = with(&["apply", "--yes"], &production).expect(64);
    let _ = with(&["apply", "--plan", "p.json"], &production).expect(64);
    assert_eq!(live.state(), Vec::<Value>::new());
    let _ = with(&["apply", "--plan", "p.json"], &[production[0], ("ROLECALL_CONFIRM", "production")]).expect(0);
    assert_eq!((live.state().len(), staging.state().len()), (4, 0));
    let _ = with(&["apply", "--yes"], &[]).expect(0);
    assert_eq!(staging.state().len(), 4);
    let unknown = with(&["plan", "--env", "prodction"], &[]).expect(10);
    assert!(unknown.stdout.contains("did you mean `production`?"), "{}", unknown.stdout);
}

/// What each setting of a target is called: its key, its flag and its variable (DETAILS.md).
const SETTINGS: &[(&str, &str)] = &[
    ("platform", "--platform"),
    ("url", "--url"),
    ("token-file", "--token-file"),
    ("ca", "--ca"),
    ("settle", "--settle"),
    ("timeout", "--timeout"),
    ("page-size", "--page-size"),
    ("concurrency", "--concurrency"),
    ("max-requests-per-second", "--max-requests-per-second"),
    ("urn-prefix", "--urn-prefix"),
];

#[test]
fn every_setting_has_a_flag_and_a_variable() {
    let (folder, server) = applied();
    let help = folder.run(&["plan", "--help"]).stdout;
    // A value that cannot be meant is noticed, whichever way it comes.
    let wrong = |key: &str| match key {
        "platform" => "opne",
        "url" => "http://roles.example.com",
        "urn-prefix" => "rolecall",
        "token-file" | "ca" => "not-there",
        _ => "many",
    };
    for (key, flag) in SETTINGS {
        let variable = format!("ROLECALL_{}", key.replace('-', "_").to_uppercase());
        assert!(help.contains(flag) && help.contains(&variable), "{flag} and {variable} are in the help");
        let (url, token) = (server.url.as_str(), TOKEN);
        let mut environment = vec![("ROLECALL_URL", url)];
        if *key != "token-file" {
            environment.push(("ROLECALL_TOKEN", token));
        }
        let by_flag = folder.run_with(&["plan", flag, wrong(key)], &environment);
        environment.retain(|(name, _)| *name != variable);
        environment.push((&variable, wrong(key)));
        let by_variable = folder.run_with(&["plan"], &environment);
        assert_ne!(by_flag.code, 0, "{flag}: {}", by_flag.words());
        assert_eq!(by_flag.code, by_variable.code, "{key}: {}", by_variable.words());
    }
}

#[test]
fn commands_work_without_a_project() {
    let folder = Folder::of(&[("roles.yaml", ROLES)]);
    let server = Server::start(&folder, "open", "server.db");
    let environment = [&server.environment()[..], &[("ROLECALL_PLATFORM", "open")]].concat();
    let _ = folder.run_with(&["validate", "roles.yaml"], &environment).expect(0);
    let _ = folder.run_with(&["plan", "roles.yaml", "--out", "p.json"], &environment).expect(0);
    let _ = folder.run_with(&["apply", "--plan", "p.json", "roles.yaml"], &environment).expect(0);
    let _ = folder.run_with(&["plan", "roles.yaml", "--detailed-exitcode"], &environment).expect(0);
    let _ = folder.run_with(&["plan", "roles.yaml", "--env", "live"], &environment).expect(64);
}

#[test]
fn a_partial_plan_says_so_everywhere() {
    let folder = project();
    let plan = |arguments: &[&str]| folder.run(&[&["plan", "--sandbox"], arguments].concat());
    let run = plan(&["--only", "role/Loan*", "--out", "p.json"]).expect(0);
    assert!(run.stdout.starts_with("Partial plan for "), "{}", run.stdout);
    assert!(run.stdout.contains("Plan: 1 to create"), "{}", run.stdout);
    assert!(folder.run(&["show", "p.json"]).expect(0).stdout.starts_with("Partial plan for "));
    assert_eq!(folder.run(&["show", "p.json", "--format", "json"]).expect(0).json()["partial"], true);
    assert_eq!(plan(&["--format", "json"]).json()["partial"], false);
    let run = plan(&["--except", "user", "--except", "role/Underwriter"]).expect(0);
    assert!(run.stdout.starts_with("Partial plan for ") && run.stdout.contains("1 to create"), "{}", run.stdout);
    let run = plan(&["--only", "rolle/x"]).expect(64);
    assert!(run.stderr.contains("KIND/NAME"), "{}", run.stderr);
    // What is chosen needs its role: it comes along.
    let run = plan(&["--only", "user/ana@example.com"]).expect(0);
    assert!(run.stdout.contains("2 to create"), "{}", run.stdout);
}

#[test]
fn a_mark_of_another_owner_is_taken_over_only_by_name() {
    let (folder, server) = applied();
    folder.edit("rolecall.yaml", "owner: acme", "owner: umbrella");
    folder.edit("manifests/all.yaml", "Originates loans", "Originates and sells loans");
    let run = folder.run_with(&["plan"], &server.environment()).expect(5);
    assert!(run.stdout.contains("error[foreign-owner]"), "{}", run.stdout);
    let both = ["apply", "--yes", "--take-over", "role/Loan Officer", "--take-over", "role/Underwriter"];
    let _ = folder.run_with(&both, &server.environment()).expect(0);
    let lines = [&server.environment()[..], &[("ROLECALL_TAKE_OVER", "role/Loan Officer\nrole/Underwriter")]].concat();
    folder.edit("rolecall.yaml", "owner: umbrella", "owner: third");
    folder.edit("manifests/all.yaml", "Originates and sells loans", "Originates loans");
    let _ = folder.run_with(&["plan"], &lines).expect(0);
}

#[test]
fn what_no_file_names_is_left_listed_or_removed() {
    let (folder, server) = applied();
    folder.write(
        "manifests/all.yaml",
        "roles:\n  Loan Officer: { description: Originates loans }\nassignments:\n  ana@example.com: Loan Officer\n",
    );
    let plan = |unlisted: &str, code| {
        folder.write("rolecall.yaml", format!("{PROJECT}unlisted: {unlisted}\n"));
        folder.run_with(&["plan"], &server.environment()).expect(code).stdout
    };
    assert!(plan("{ roles: ignore }", 0).contains("No changes."));
    let listed = plan("{ roles: report, users: report }", 0);
    assert!(listed.contains("note[unlisted]") && listed.contains("bo@example.com"), "{listed}");
    assert!(plan("{ users: deactivate }", 0).contains("bo@example.com"));
    // It is held, and no file says who follows it.
    assert!(plan("{ roles: delete-owned }", 5).contains("error[held-role]"));
}

// Total Expert, whose organization the sandbox sets up as the files expect.

const TOTAL_EXPERT: &str = "version: 1\nplatform: total-expert\nowner: acme\n";
const LENDER: &str = "\
segments: { Retail Mortgage: , Insurance: }
roles:
  Loan Officer: { classifications: [Sales], segments: [Retail Mortgage], permissions: { loans: [view] } }
assignments:
  ana@example.com: Loan Officer
";

#[test]
fn the_sandbox_is_the_organization_that_the_files_expect() {
    let folder = Folder::of(&[("rolecall.yaml", TOTAL_EXPERT), ("manifests/all.yaml", LENDER)]);
    // Before the first apply it is set up the same way and kept nowhere.
    let _ = folder.run(&["plan", "--sandbox", "--out", "p.json"]).expect(0);
    assert!(!folder.path().join(".rolecall").exists());
    let run = folder.run(&["apply", "--sandbox", "--plan", "p.json"]).expect(0);
    assert_eq!(run.last_line(), "Applied: 2 created, 0 updated, 0 deleted; 2 writes");
    let again = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert_eq!(again.last_line(), "Nothing to do: 0 writes");
    // What is expected later was not set up.
    folder.edit("manifests/all.yaml", "Insurance: }", "Insurance: , Wholesale: }");
    for command in [&["plan", "--sandbox"][..], &["apply", "--sandbox", "--yes"]] {
        let run = folder.run(command).expect(5);
        for word in ["segment `Wholesale`", ".rolecall/sandbox.db", "--sandbox-reset"] {
            assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
        }
    }
    let kept = std::fs::read(folder.path().join(".rolecall/sandbox.db")).expect("it is kept");
    let _ = folder.run(&["plan", "--sandbox", "--sandbox-reset"]).expect(0);
    assert_eq!(
        std::fs::read(folder.path().join(".rolecall/sandbox.db")).expect("it is kept"),
        kept,
        "a plan writes nothing"
    );
    let run = folder.run(&["apply", "--sandbox", "--sandbox-reset", "--yes"]).expect(0);
    assert_eq!(run.last_line(), "Applied: 2 created, 0 updated, 0 deleted; 2 writes");
    let aside = folder.path().join(".rolecall/sandbox-before-reset.db");
    assert_eq!(std::fs::read(aside).expect("what was there is set aside"), kept);
    let _ = folder.run(&["apply", "--sandbox-reset", "--yes"]).expect(64);
}

#[test]
fn without_a_seed_everything_that_the_vendor_knows_is_enabled() {
    let folder = Folder::of(&[("rolecall.yaml", TOTAL_EXPERT), ("manifests/all.yaml", LENDER)]);
    folder.edit("manifests/all.yaml", "segments: { Retail Mortgage: , Insurance: }\n", "");
    folder.edit("manifests/all.yaml", "segments: [Retail Mortgage]", "segments: [Wholesale, Banking – CRM]");
    let server = Server::start(&folder, "total-expert", "server.db");
    assert_eq!(server.list("Segments", "").len(), 7);
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
}

#[test]
fn a_permission_edit_needs_a_word_that_the_plan_keeps() {
    let folder = Folder::of(&[("rolecall.yaml", TOTAL_EXPERT), ("manifests/all.yaml", LENDER)]);
    let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    folder.edit("manifests/all.yaml", "loans: [view]", "loans: [view, modify]");
    let run = folder.run(&["apply", "--sandbox", "--yes"]).expect(5);
    assert!(run.stdout.contains("error[needs-word]") && run.stdout.contains("R-TE-9"), "{}", run.stdout);
    let _ = folder.run(&["plan", "--sandbox", "--acknowledge", "TICKET-7", "--out", "p.json"]).expect(0);
    assert_eq!(folder.run(&["show", "p.json", "--format", "json"]).json()["acknowledgement"], "TICKET-7");
    let run = folder.run(&["apply", "--sandbox", "--plan", "p.json"]).expect(0);
    assert!(run.last_line().ends_with("1 write"), "{}", run.last_line());
}

#[test]
fn a_first_connection_that_is_refused_is_tried_once_more_only() {
    let run = project().run_with(
        &["-v", "plan", "--concurrency", "1"],
        &[("ROLECALL_URL", "http://127.0.0.1:9/scim/v2"), ("ROLECALL_TOKEN", TOKEN)],
    );
    let run = run.expect(1);
    // Three documents of discovery are asked for at once.
    assert!(run.stderr.matches("reading again").count() <= 3, "{}", run.stderr);
    assert!(run.stderr.contains("nothing listens there"), "{}", run.stderr);
}

#[test]
fn the_lender_of_the_examples_from_end_to_end() {
    let folder = Folder::of_example("total-expert");
    let apply = ["apply", "--sandbox", "--yes"];
    let first = folder.run(&apply).expect(0);
    assert!(first.last_line().starts_with("Applied: 217 created, 0 updated, 0 deleted"), "{}", first.last_line());
    assert!(first.stdout.contains("\nNew accounts (200)\n"), "new accounts stand apart");
    assert_eq!(folder.run(&apply).expect(0).last_line(), "Nothing to do: 0 writes");
    folder.edit("manifests/roles/sales.yaml", "segments: [Wholesale]", "segments: [Wholesale, Insurance]");
    let plan = folder.run(&["plan", "--sandbox", "--format", "json", "--out", "p.json"]).expect(0).json();
    let changes = plan["changes"].as_array().expect("a list");
    assert_eq!(changes.len(), 1, "{plan:#}");
    assert_eq!(changes[0]["address"], "role/Wholesale Account Executive");
    let digest = plan["digest"].as_str().expect("a digest");
    let _ = folder.run(&["apply", "--sandbox", "--yes", "--expect", "0123456789abcdef"]).expect(6);
    let _ = folder.run(&["apply", "--sandbox", "--yes", "--expect", digest]).expect(0);
    // The saved plan was for what was there before.
    let _ = folder.run(&["apply", "--sandbox", "--plan", "p.json"]).expect(6);
}

#[test]
fn a_token_that_somebody_wrote_into_the_file_is_not_shown() {
    for token in ["s3cret-value", "{ value: s3cret-value }", "[s3cret-value]", "\n      env: [s3cret-value]"] {
        let project = format!(
            "version: 1\nplatform: open\ntarget: {{ url: \"https://roles.example.com/scim/v2\" }}\n\
             environments:\n  live:\n    target:\n      token: {}\n",
            token.replace('\n', "\n  ")
        );
        let folder =
            Folder::of(&[("rolecall.yaml", &project), ("manifests/all.yaml", "roles: { A: { description: a } }\n")]);
        for format in ["human", "json"] {
            let run = folder.run(&["validate", "--env", "live", "--format", format]).expect(10);
            assert!(run.stdout.contains("a token is never written into the file"), "{token}: {}", run.stdout);
            assert!(!(run.stdout + &run.stderr).contains("s3cret"), "{token} is shown");
        }
    }
}

// Files of results.

#[test]
fn an_apply_that_could_not_write_its_results_does_not_begin() {
    let folder = project();
    let results = |file: &str| folder.run(&["apply", "--sandbox", "--yes", "--output", &["json=", file].concat()]);
    let nowhere = results("nowhere/results.json").expect(1);
    assert!(nowhere.stderr.contains("cannot write `nowhere/results.json`"), "{}", nowhere.stderr);
    let directory = results("manifests").expect(1);
    assert!(directory.stderr.contains("cannot write `manifests`"), "{}", directory.stderr);
    assert!(!folder.path().join(".rolecall/runs").exists(), "nothing was applied");
}

#[test]
fn no_result_overwrites_another_one() {
    let folder = project();
    for (first, second) in [("--output=json=a", "--output=html=./a"), ("--out=a", "--output=json=manifests/../a")] {
        let twice = folder.run(&["plan", "--sandbox", first, second]).expect(64);
        assert!(twice.stderr.contains("two results are to be written to"), "{}", twice.stderr);
    }
    let twice = folder.run(&["validate", "--output=sarif=a", "--output=junit=a"]).expect(64);
    assert!(twice.stderr.contains("two results are to be written to `a`"), "{}", twice.stderr);
    assert!(!folder.path().join("a").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;

    let folder = project();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("a text")
    });
    let shown = folder.run(&["plan", "--sandbox", "--output", "text=pipe"]).expect(0);
    assert_eq!(reader.join().expect("a reader"), shown.stdout);
    let kind = std::fs::metadata(&pipe).expect("it is there").file_type();
    assert!(kind.is_fifo());
}
