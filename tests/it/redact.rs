//! `--redact users` in the binary: whatever it prints or writes, on either stream and in every form, no
//! name of a user is in it; and without it they are.

use crate::support::Folder;

/// Those whose names must not show. Not all of them look like addresses.
const NAMES: &[&str] =
    &["zoltan", "quentin.marsh", "Vreni Zwyssig", "w.okonkwo", "fjodorova", "kvist.and.sons", "Brix Torvald"];

const PROJECT: &str = "version: 1\nplatform: open\nowner: acme\nadministrators: { roles: [Owner] }\n\
                       guards: { min_administrators: 1 }\n";

const FIRST: &str = "user_types: { Member: { licenses: 9 } }
roles:
  Owner: { description: Everything, user_type: Member, permissions: { users: [view, delete] } }
  Clerk: { description: Files, user_type: Member, permissions: { files: [view] } }
assignments:
  zoltan: { role: Owner, name: Vreni Zwyssig }
  quentin.marsh@example.com: { role: Clerk, name: Brix Torvald }
  w.okonkwo@example.com: Clerk
  fjodorova: Clerk
";

const SECOND: &str = "user_types: { Member: { licenses: 9 } }
roles:
  Owner: { description: Everything, user_type: Member, permissions: { users: [view, delete] } }
  Clerk: { description: Files of kvist.and.sons@example.com, user_type: Member, permissions: { files: [view] } }
assignments:
  zoltan: { role: Owner, name: Vreni Zwyssig }
  quentin.marsh@example.com: { role: Owner, name: Brix Torvald }
  w.okonkwo@example.com: { role: Clerk, active: false }
removed: { users: { fjodorova: delete } }
";

/// That none of the names is in a text.
#[track_caller]
fn check_hidden(what: &str, text: &str) {
    let lower = text.to_lowercase();
    for name in NAMES {
        assert!(!lower.contains(&name.to_lowercase()), "`{name}` is in what {what} says:\n{text}");
    }
}

/// Runs it with everything said, in every form at once.
#[track_caller]
fn check(folder: &Folder, code: i32, arguments: &[&str]) {
    let forms = [("text", "a.txt"), ("json", "a.json"), ("markdown", "a.md"), ("html", "a.html")];
    let outputs: Vec<String> = forms.iter().map(|(form, file)| format!("--output={form}={file}")).collect();
    let mut all = arguments.to_vec();
    all.extend(outputs.iter().map(String::as_str));
    all.extend(["--redact", "users", "-vv"]);
    let run = folder.run(&all).expect(code);
    check_hidden(&format!("{arguments:?} on stdout"), &run.stdout);
    check_hidden(&format!("{arguments:?} on stderr"), &run.stderr);
    for (_, file) in forms {
        let text = folder.read(file);
        check_hidden(&format!("{arguments:?} in {file}"), &text);
        assert!(text.contains("user-"), "{arguments:?}: {file} has hashes:\n{text}");
    }
}

#[test]
#[cfg(feature = "sandbox")]
fn no_form_of_a_plan_or_of_its_end_names_anybody() {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FIRST)]);
    check(&folder, 0, &["plan", "--sandbox"]);
    check(&folder, 0, &["apply", "--sandbox", "--yes"]);
    folder.write("manifests/all.yaml", SECOND);
    check(&folder, 0, &["plan", "--sandbox"]);
    assert!(folder.run(&["plan", "--sandbox", "--out", "plan.json"]).expect(0).stdout.contains("quentin.marsh"));
    check(&folder, 0, &["show", "plan.json"]);
    check(&folder, 0, &["apply", "--sandbox", "--plan", "plan.json"]);
    check(&folder, 0, &["undo", "latest", "--sandbox", "--yes"]);
    for form in ["text", "json", "markdown", "html"] {
        let run = folder.run(&["show", "plan.json", "--redact", "users", "--format", form]).expect(0);
        check_hidden(form, &run.words());
    }
    let environment = [("ROLECALL_REDACT", "users")];
    check_hidden("the environment", &folder.run_with(&["show", "plan.json"], &environment).expect(0).words());
    // The same name has the same hash wherever it stands.
    let hashes = |form: &str| {
        let shown = folder.run(&["show", "plan.json", "--redact", "users", "--format", form]).expect(0).stdout;
        let starts = shown.match_indices("user/user-").map(|(at, _)| shown[at + 5..at + 18].to_owned());
        starts.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(hashes("text"), hashes("html"));
    assert_eq!(hashes("text"), hashes("markdown"));
}

#[test]
#[cfg(feature = "sandbox")]
fn a_saved_plan_is_never_redacted() {
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", FIRST)]);
    let run = folder.run(&["plan", "--sandbox", "--out", "plan.json", "--redact", "users"]).expect(64);
    assert!(run.stderr.contains("do not go together"), "{}", run.stderr);
    assert!(!folder.path().join("plan.json").exists());
}

#[test]
fn findings_and_their_excerpts_name_nobody() {
    let broken = [
        FIRST.replace("fjodorova: Clerk", "fjodorova: { role: Clrk, nmae: x }\n  ZOLTAN: Clerk"),
        FIRST.replace("  Clerk:", "  Clerk: *fjodorova\n  Other:"),
        FIRST.replace(
            "w.okonkwo@example.com: Clerk",
            "w.okonkwo@example.com: [Clerk\n  \"\\u0071uentin.marsh@example.com\": {",
        ),
        format!("{FIRST}removed: {{ users: {{ fjodorova: delete, zoltan: none }} }}\n"),
        FIRST.replace("zoltan: {", "\"zolt\\u0061n\": { class: x,"),
    ];
    for text in broken {
        let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", text.as_str())]);
        let places = |redact: &[&str]| {
            let mut arguments = vec!["validate", "--format", "json", "--output", "human=a.txt"];
            arguments.extend(redact);
            let run = folder.run(&arguments).expect(10);
            let found = run.json()["diagnostics"].as_array().expect("a list").clone();
            let place =
                |one: &serde_json::Value| ["line", "column", "end_line", "end_column"].map(|key| one[key].as_u64());
            (run.words(), found.iter().map(place).collect::<Vec<_>>())
        };
        let (_, there) = places(&[]);
        let (words, here) = places(&["--redact", "users"]);
        check_hidden("validate", &words);
        check_hidden("validate, for people", &folder.read("a.txt"));
        assert_eq!(there, here, "places stay what they are");
        let plan = folder.run(&["plan", "--sandbox", "--redact", "users"]).expect(10);
        check_hidden("plan with files that are wrong", &plan.words());
    }
}
