//! `rolecall pull`: what a target holds becomes files that validate and plan empty, through the binary.

use std::path::Path;

use serde_json::json;

use crate::support::{Folder, Run, Server, VIEWER};

const HARBOUR: &str = include_str!("../packs/harbour.yaml");
const READING_ROOM: &str = include_str!("../packs/reading-room.yaml");
const COMPANIES: [&str; 4] = ["bullseye", "open", "responsive", "total-expert"];

/// A sandbox that holds what an example declares.
fn applied(company: &str) -> (Folder, Server) {
    let folder = Folder::of_example(company);
    let server = Server::start(&folder, company, "target.db");
    apply(&folder, &server);
    (folder, server)
}

#[track_caller]
fn apply(folder: &Folder, server: &Server) {
    let run =
        folder.run_with(&["apply", "--yes", "--acknowledge", "first", "--url", &server.url], &server.environment());
    run.expect(0);
}

/// Runs with the sandbox as the target, by a token that may only read.
#[track_caller]
fn run(folder: &Folder, server: &Server, arguments: &[&str], code: i32) -> Run {
    folder.run_with(arguments, &server.environment_of(VIEWER)).expect(code)
}

/// What was pulled into a project validates and plans empty.
#[track_caller]
fn is_empty(folder: &Folder, server: &Server) {
    folder.run(&["validate"]).expect(0);
    let plan = run(folder, server, &["plan", "--detailed-exitcode"], 0);
    assert!(plan.last_line().starts_with("No changes. "), "{}", plan.words());
}

/// A project of a platform with nothing in it.
fn new_project(platform: &str, owner: &str) -> Folder {
    let project = format!("version: 1\nplatform: {platform}\nguards: {{ min_administrators: 0 }}\n{owner}");
    Folder::of(&[("rolecall.yaml", &project)])
}

#[test]
fn every_example_is_pulled_as_it_was_applied_and_plans_empty() {
    for company in COMPANIES {
        let (example, server) = applied(company);
        let owner = example.read("rolecall.yaml").lines().find(|line| line.starts_with("owner:")).map(str::to_owned);
        for (split, owner) in [("by-kind", String::new()), ("by-role", owner.expect("an owner") + "\n")] {
            let folder = new_project(company, &owner);
            let pulled = run(&folder, &server, &["pull", "--split", split], 0);
            assert!(pulled.stdout.lines().all(|path| Path::new(path).starts_with("manifests")), "{}", pulled.words());
            is_empty(&folder, &server);
        }
    }
}

#[test]
fn strangers_platforms_are_pulled_by_the_path_of_their_pack() {
    let at_the_harbour = "\
roles:
  Longshoreman: { previously: [Docker], permissions: { moorings: { view: all, book: [length] }, cargo: [view] } }
  Pilot: { branch: Quay, grade: Hand, region: North, permissions: [weather, berths] }
  Foreman: { branch: Quay, grade: Chief, permissions: { all_except: [crew] } }
assignments:
  ana@example.com: Harbor Master
  bo@example.com: Longshoreman
  di@example.com: { role: Pilot, active: false }
";
    let in_the_reading_room = "\
roles:
  Lender: { classifications: [Staff], user_type: Half desk, permissions: [books, loans] }
  Keeper: { classifications: [Staff], segments: [Scores], user_type: Guest card, permissions: [books] }
assignments: { ana: Lender, bo: Head Librarian, cy: Lender, di: { role: Keeper, name: Di } }
";
    for (name, pack, manifest) in
        [("harbour", HARBOUR, at_the_harbour), ("reading-room", READING_ROOM, in_the_reading_room)]
    {
        let path = format!("packs/{name}.yaml");
        let folder = new_project(&path, "owner: acme\n");
        folder.write(&path, pack);
        folder.write("manifests/all.yaml", manifest);
        let server = Server::start(&folder, &path, "target.db");
        apply(&folder, &server);
        std::fs::remove_dir_all(folder.path().join("manifests")).expect("removed");
        run(&folder, &server, &["pull"], 0);
        is_empty(&folder, &server);
    }
}

#[test]
fn without_a_project_files_are_written_where_one_says_and_never_over_others() {
    let (_example, server) = applied("responsive");
    let folder = Folder::new();
    let pull = ["pull", "--platform", "responsive", "--out", "there"];
    let pulled = run(&folder, &server, &pull, 0);
    assert_eq!(pulled.stdout, "there/assignments.yaml\nthere/roles.yaml\nthere/user-types.yaml\n");
    assert!(pulled.stderr.contains("3 files: 4 user types, "), "{}", pulled.stderr);
    assert!(pulled.stderr.contains("`rolecall schema --platform responsive --out schemas`"), "{}", pulled.stderr);
    let first = "# yaml-language-server: $schema=../schemas/responsive.schema.json\n";
    assert!(folder.read("there/roles.yaml").starts_with(first));
    folder.run(&["validate", "--platform", "responsive", "there"]).expect(0);
    run(&folder, &server, &["plan", "--detailed-exitcode", "--platform", "responsive", "there"], 0);

    for file in ["assignments", "user-types"] {
        std::fs::remove_file(folder.path().join(format!("there/{file}.yaml"))).expect("removed");
    }
    let before = folder.write("there/roles.yaml", "# mine\n");
    let refused = run(&folder, &server, &pull, 64);
    assert!(refused.stderr.contains("`there/roles.yaml` is there already"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&before).expect("there"), "# mine\n");
    let schema = "https://example.com/it.json";
    run(&folder, &server, &[&pull[..], &["--force", "--schema", schema, "-q"]].concat(), 0);
    assert!(
        folder.read("there/roles.yaml").starts_with("# yaml-language-server: $schema=https://example.com/it.json\n")
    );
}

#[test]
fn a_project_that_declares_something_is_not_pulled_over() {
    let (example, server) = applied("total-expert");
    let refused = run(&example, &server, &["pull", "--url", &server.url], 64);
    assert!(refused.stderr.contains("declares something already"), "{}", refused.stderr);
    let refused = run(&example, &server, &["pull", "--force", "--url", &server.url], 64);
    assert!(refused.stderr.contains("declares something already"), "{}", refused.stderr);
    // Somewhere else it is no part of the project.
    let pulled = run(&example, &server, &["pull", "--out", "elsewhere", "--url", &server.url], 0);
    assert!(pulled.stderr.contains("is not among the project's `manifests`"), "{}", pulled.stderr);
    assert!(example.read("elsewhere/roles.yaml").contains("$schema=../schemas/total-expert.schema.json"));
}

#[test]
fn the_sandbox_of_a_project_is_pulled_too() {
    let folder = Folder::of_example("open");
    folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    folder.run(&["pull", "--sandbox", "--out", "copy"]).expect(0);
    folder.edit("rolecall.yaml", "manifests/**/*.yaml", "copy/*.yaml");
    folder.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

#[test]
fn what_files_cannot_say_is_named_and_ends_with_4() {
    let seed = json!([
        { "meta": { "resourceType": "Role" }, "displayName": "Loan <script>\u{202e}Officer" },
        { "meta": { "resourceType": "User" }, "userName": "ana", "active": true },
        { "meta": { "resourceType": "User" }, "userName": "bo", "active": true, "roles": [{ "display": "Loan <script>\u{202e}Officer" }] },
    ]);
    let folder = new_project("open", "");
    folder.write("seed.json", seed.to_string());
    let server = Server::start_with(&folder, "open", "target.db", &["--seed", "seed.json"]);
    let pulled = run(&folder, &server, &["pull", "--split", "by-role"], 4);
    assert!(pulled.stderr.contains("not in the files: `user/ana`: it holds no role"), "{}", pulled.stderr);
    assert!(pulled.stdout.contains("manifests/roles/loan-script-officer.yaml\n"), "{}", pulled.stdout);
    let text = folder.read("manifests/roles/loan-script-officer.yaml");
    assert!(text.contains("  \"Loan <script>\\u202EOfficer\":\n") && text.contains("  bo: \"Loan"), "{text}");
    is_empty(&folder, &server);
}

#[test]
fn files_are_the_same_every_time() {
    let (_example, server) = applied("bullseye");
    let [first, second] = [(); 2].map(|()| {
        let folder = new_project("bullseye", "");
        run(&folder, &server, &["pull", "--split", "by-role"], 0);
        let mut files: Vec<_> = glob::glob(&format!("{}/manifests/**/*.yaml", folder.path().display()))
            .expect("a pattern")
            .map(|path| path.expect("readable"))
            .map(|path| std::fs::read_to_string(path).expect("read"))
            .collect();
        files.sort();
        files
    });
    assert_eq!(first, second);
}

const LENDERS: &str = "\
# The roles of Harbor Lane.
segments: { Retail: , Insurance: }
roles:
  # Lends.
  Loan Officer:
    description: 'Lends'   # as in the contract
    segments: [Retail] # for now
    permissions: { loans: [view] }
assignments:
  ana: Loan Officer # since 2020
";

/// A project of `open` and a sandbox that holds what its file says but for three lines.
fn lenders() -> (Folder, Server) {
    let folder = new_project("open", "");
    folder.write("manifests/all.yaml", LENDERS);
    let server = Server::start(&folder, "open", "target.db");
    let changed = LENDERS
        .replace("[Retail] # for now", "[Insurance, Retail]")
        .replace("'Lends'", "\"Lends and asks\"")
        .replace("since 2020\n", "since 2020\n  bo: { role: Loan Officer, active: false }\n");
    folder.write("manifests/all.yaml", changed);
    apply(&folder, &server);
    folder.write("manifests/all.yaml", LENDERS);
    (folder, server)
}

#[test]
fn an_update_changes_only_the_lines_that_differ_and_shows_them_first() {
    let (folder, server) = lenders();
    let refused = run(&folder, &server, &["pull", "--update"], 64);
    assert!(refused.stderr.contains("add `--yes`"), "{}", refused.stderr);
    run(&folder, &server, &["pull", "--update", "--dry-run"], 0);
    let shown = run(&folder, &server, &["pull", "--update", "--dry-run", "--detailed-exitcode"], 2);
    insta::assert_snapshot!(shown.stdout, @"
    --- a/manifests/all.yaml
    +++ b/manifests/all.yaml
    @@ -3,8 +3,9 @@
     roles:
       # Lends.
       Loan Officer:
    -    description: 'Lends'   # as in the contract
    -    segments: [Retail] # for now
    +    description: 'Lends and asks'   # as in the contract
    +    segments: [Retail, Insurance] # for now
         permissions: { loans: [view] }
     assignments:
       ana: Loan Officer # since 2020
    +  bo: { role: Loan Officer, active: false }
    ");
    assert_eq!(folder.read("manifests/all.yaml"), LENDERS);

    let only = run(&folder, &server, &["pull", "--update", "--dry-run", "--declared-only"], 0);
    assert!(!only.stdout.contains("bo:"), "{}", only.stdout);
    let updated = run(&folder, &server, &["pull", "--update", "--yes"], 0);
    assert_eq!(updated.stdout, shown.stdout);
    assert!(updated.stderr.contains("1 file changed"), "{}", updated.stderr);
    is_empty(&folder, &server);
    let again = run(&folder, &server, &["pull", "--update", "--dry-run", "--detailed-exitcode"], 0);
    assert_eq!(again.stdout, "");
    let names: Vec<_> = std::fs::read_dir(folder.path().join("manifests")).expect("listed").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn an_update_works_without_a_project_and_on_files_of_windows() {
    let (folder, server) = lenders();
    let text = format!("\u{feff}{}", LENDERS.replace('\n', "\r\n"));
    folder.write("there/all.yaml", &text);
    std::fs::remove_file(folder.path().join("rolecall.yaml")).expect("removed");
    run(&folder, &server, &["pull", "--update", "--yes", "--platform", "open", "there"], 0);
    let after = folder.read("there/all.yaml");
    assert!(after.starts_with('\u{feff}') && after.replace("\r\n", "").find('\n').is_none(), "{after:?}");
    assert_eq!(after.matches('#').count(), LENDERS.matches('#').count());
    run(&folder, &server, &["plan", "--detailed-exitcode", "--platform", "open", "there"], 0);
}

#[test]
fn what_cannot_be_edited_is_named_with_its_place_and_the_rest_is_written() {
    let (folder, server) = lenders();
    let copy = "  Copy: { segments: *shared }\nassignments:";
    let project = folder.read("rolecall.yaml");
    let other =
        Folder::of(&[("rolecall.yaml", &project), ("manifests/a.yaml", "roles: { Copy: { segments: [Retail] } }\n")]);
    apply(&other, &server);
    let shared = LENDERS.replace("segments: [Retail]", "segments: &shared [Retail]").replace("assignments:", copy);
    folder.write("manifests/all.yaml", shared);
    let updated = run(&folder, &server, &["pull", "--update", "--yes"], 4);
    let place = "manifests/all.yaml:5:3: `role/Loan Officer` stays as it is: it cannot be changed without changing";
    assert!(updated.stderr.contains(place), "{}", updated.words());
    assert!(folder.read("manifests/all.yaml").contains("  bo: { role: Loan Officer, active: false }\n"));
    folder.run(&["validate"]).expect(0);
}

#[test]
fn files_are_not_emptied_by_a_target_that_holds_nothing() {
    let folder = Folder::of_example("open");
    let refused = folder.run(&["pull", "--update", "--yes", "--sandbox"]).expect(64);
    assert!(refused.stderr.contains("nothing was ever applied"), "{}", refused.stderr);
    let server = Server::start(&folder, "open", "target.db");
    let refused = run(&folder, &server, &["pull", "--update", "--yes", "--url", &server.url], 5);
    assert!(refused.stderr.contains("lists no users at all"), "{}", refused.stderr);
}

#[test]
fn files_do_not_lose_what_they_declare_to_another_target_unasked() {
    let folder = Folder::of_example("open");
    let before = folder.read("manifests/roles/sales.yaml");
    let seed = json!([
        { "meta": { "resourceType": "Role" }, "displayName": "Stranger" },
        { "meta": { "resourceType": "User" }, "userName": "zoe@example.com", "roles": [{ "display": "Stranger" }] },
    ]);
    folder.write("seed.json", seed.to_string());
    let other = Server::start_with(&folder, "open", "other.db", &["--seed", "seed.json"]);
    for how in ["--yes", "--dry-run"] {
        let refused = run(&folder, &other, &["pull", "--update", how, "--url", &other.url], 5);
        for said in
            ["would go from the files: the target does not hold them", "`--allow role-removals=", "no file was changed"]
        {
            assert!(refused.stderr.contains(said), "{}", refused.words());
        }
        assert_eq!(folder.read("manifests/roles/sales.yaml"), before);
    }
    let allowed = ["--allow", "role-removals=99", "--allow", "removals=999"];
    let arguments = [&["pull", "--update", "--yes", "--url", &other.url][..], &allowed].concat();
    run(&folder, &other, &arguments, 0);
    assert!(!folder.read("manifests/roles/sales.yaml").contains("Branch Manager"));
}

#[test]
fn a_new_project_begins_with_what_a_target_holds() {
    let (_example, server) = applied("total-expert");
    let folder = Folder::new();
    let init = ["init", "--platform", "total-expert", "--ci", "none", "--from-target", "--url", &server.url];
    run(&folder, &server, &init, 0);
    is_empty(&folder, &server);
    assert!(!folder.read("manifests/roles.yaml").contains("A beginning"), "no example beside it");
    let _ = Folder::new().run(&["init", "--platform", "open", "--from-target"]).expect(64);
}
