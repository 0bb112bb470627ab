//! `drift`: with journals a difference is told apart, without them it is only a difference; nothing is
//! ever written.

use serde_json::{Value, json};

use crate::support::raw::replace;
use crate::support::{Folder, Run, Server};

const PROJECT: &str = "version: 1\nplatform: open\nowner: shop\nguards: { min_administrators: 0 }\n";
const FILES: &str = "\
roles:
  Clerk: { description: Keeps files, permissions: { files: [view] } }
  Guard: { description: Guards }
assignments: { ana@example.com: Clerk, bo@example.com: { role: Guard, name: Bo } }
";

fn applied() -> (Folder, Server) {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FILES)]);
    let server = Server::start(&folder, "open", "server.db");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    (folder, server)
}

fn drift(folder: &Folder, server: &Server, more: &[&str]) -> Run {
    folder.run_with(&[&["drift"], more].concat(), &server.environment())
}

/// Somebody else changes an attribute of a role.
fn change(server: &Server, role: &str, attribute: &str, value: &Value) {
    let path = format!("Roles/{}", server.role(role));
    let (status, answer) = server.request("PATCH", &path, Some(&replace(attribute, value)));
    assert!(status < 300, "{answer}");
}

/// A run's name and its start differ from test to test.
fn told(run: &Run) -> String {
    let words = run.stdout.split(' ');
    let is_run = |word: &str| word.len() >= 20 && word.as_bytes()[8] == b'-' && word.as_bytes()[15] == b'-';
    let words = words.map(|word| if is_run(word) { format!("RUN{}", &word[20..]) } else { word.to_owned() });
    let text = words.collect::<Vec<_>>().join(" ");
    text.lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_changed_live_in_the_files_and_on_both_sides_is_told_apart() {
    let (folder, server) = applied();
    let calm = drift(&folder, &server, &["--detailed-exitcode"]).expect(0);
    insta::assert_snapshot!(told(&calm), @"

    No drift: live is as the files say
    ");
    change(&server, "Clerk", "description", &json!("Theirs"));
    change(&server, "Guard", "description", &json!("Guards\u{202e} <b>all</b>"));
    folder.edit("manifests/all.yaml", "description: Guards", "description: Guards doors");
    folder.edit("manifests/all.yaml", "files: [view]", "files: [view, print]");
    folder.edit("manifests/all.yaml", "name: Bo }", "name: Bo Li }");
    let before = server.state();
    let ended = drift(&folder, &server, &["--detailed-exitcode"]).expect(2);
    insta::assert_snapshot!(told(&ended), @r"

    Roles (2)
      ~ role/Clerk  manifests/all.yaml:2
          description: live Theirs, files Keeps files
            # changed live since the run RUN
          permissions: only in the files files.print
            # changed in the files since the run RUN
      ~ role/Guard  manifests/all.yaml:3
          description: live Guards\u{202e} <b>all</b>, files Guards doors
            # changed on both sides since the run RUN, which left Guards

    Users (1)
      ~ user/bo@example.com  manifests/all.yaml:4
          display_name: live Bo, files Bo Li
            # changed in the files since the run RUN

    Drift: 4 differences on 3 objects: 1 changed live, 2 in the files, 1 on both sides, 0 not known
    ");
    let _ = drift(&folder, &server, &[]).expect(0);
    let json = drift(&folder, &server, &["--format", "json"]).expect(0).json();
    assert_eq!(json["summary"], json!({ "live": 1, "files": 2, "both": 1, "unknown": 0 }));
    let fields = json["objects"][0]["fields"].as_array().expect("fields");
    let description = fields.iter().find(|field| field["path"] == "description").expect("it differs");
    assert_eq!((&description["changed"], &description["base"]), (&json!("live"), &json!("Keeps files")));
    assert_eq!(server.state(), before, "nothing was written");
    let only = drift(&folder, &server, &["--only", "user"]).expect(0).stdout;
    assert!(only.contains("user/bo@example.com") && !only.contains("role/"), "{only}");
}

#[test]
fn what_is_there_on_one_side_only_is_told_apart() {
    let (folder, server) = applied();
    let path =
        format!("Users/{}", server.list("Users", "userName eq \"bo@example.com\"")[0]["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &path, None).0, 204);
    let text = FILES.lines().filter(|line| !line.contains("Guard:")).collect::<Vec<_>>().join("\n");
    folder.write(
        "manifests/all.yaml",
        text.replace(", bo@example.com: { role: Guard, name: Bo }", ", bo@example.com: Clerk"),
    );
    let ended = drift(&folder, &server, &[]).expect(0);
    insta::assert_snapshot!(told(&ended), @"

    Roles (1)
      + role/Guard: live since the run RUN; not in the files any more

    Users (1)
      - user/bo@example.com: not live; gone since the run RUN, which left it there  manifests/all.yaml:3

    Drift: 2 differences on 2 objects: 1 changed live, 1 in the files, 0 on both sides, 0 not known
    ");
}

#[test]
fn without_a_sound_journal_a_difference_is_only_a_difference() {
    let (folder, server) = applied();
    change(&server, "Clerk", "description", &json!("Theirs"));
    let unknown = json!({ "live": 0, "files": 0, "both": 0, "unknown": 1 });

    let elsewhere = drift(&folder, &server, &["--run-dir", "no-runs", "--format", "json"]).expect(0).json();
    assert_eq!(elsewhere["summary"], unknown);
    assert!(elsewhere["notes"][0].as_str().expect("a note").contains("there is no journal"), "{elsewhere}");

    let runs = folder.path().join(".rolecall/runs");
    let entry = std::fs::read_dir(&runs).expect("they are there").next().expect("one").expect("an entry").path();
    let text = std::fs::read_to_string(&entry).expect("a journal");
    std::fs::write(&entry, text.replacen("Keeps files", "Keeps pears", 1)).expect("it is edited");
    let damaged = drift(&folder, &server, &["--format", "json"]).expect(0).json();
    assert_eq!(damaged["summary"], unknown);
    assert!(damaged["notes"][0].as_str().expect("a note").contains("is not known"), "{damaged}");

    // A cut-off last line is what a crash leaves; what stands before it counts.
    let end = text.trim_end().rfind('\n').expect("several lines");
    std::fs::write(&entry, &text[..end + 20]).expect("it is cut off");
    let killed = drift(&folder, &server, &["--format", "json"]).expect(0).json();
    assert_eq!(killed["summary"]["live"], 1, "{killed}");

    // Another server is another place.
    let other = Server::start(&folder, "open", "other.db");
    let stranger = drift(&folder, &other, &["--format", "json"]).expect(0).json();
    assert_eq!(stranger["summary"]["unknown"], 4, "{stranger}");
}

#[test]
fn what_was_taken_back_is_not_what_the_files_say() {
    let (folder, server) = applied();
    folder.edit("manifests/all.yaml", "Keeps files", "Keeps all files");
    let _ = folder.run_with(&["apply", "--yes"], &server.environment()).expect(0);
    let _ = folder.run_with(&["undo", "latest", "--yes"], &server.environment()).expect(0);
    let ended = drift(&folder, &server, &["--format", "json"]).expect(0).json();
    assert_eq!(ended["summary"], json!({ "live": 0, "files": 1, "both": 0, "unknown": 0 }));
    let latest = folder.run(&["history", "--format", "json"]).expect(0).json();
    assert_eq!(ended["objects"][0]["fields"][0]["since"]["run"], latest["runs"][0]["run"]);
}
