//! `rolecall bulk apply` on real services: together by the vendor's support, one by one by others, what
//! becomes of each row, and how it is gone on with and taken back.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};

use calamine::{Reader, Xlsx, open_workbook};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::bulk_requests::{Company, csv, role, says};
use crate::support::proxy::{Act, Proxy};
use crate::support::{SUPPORT, TOKEN, VIEWER};

/// What each row of a file of results came to, without the heading.
fn outcomes(results: &str) -> Vec<String> {
    let mut lines = results.lines();
    let header: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    let at = header.iter().position(|name| *name == "outcome").unwrap_or_else(|| panic!("{header:?}"));
    lines.map(|line| line.split(',').nth(at).unwrap_or_else(|| panic!("{line}")).to_owned()).collect()
}

/// R-TE-23: three hundred rows, a few requests, and back.
#[test]
fn support_changes_three_hundred_roles_with_three_requests_and_takes_it_back() {
    let company = Company::of(310);
    company.folder.write("request.csv", csv(0..300));
    let before = company.dump();
    let apply = ["bulk", "apply", "request.csv", "--rows", "300", "--results", "results.csv"];
    let done = company.run_as(SUPPORT, &apply).expect(0);
    says(&done.stdout, "300 updated, 0 deleted; 3 writes");
    assert_eq!(company.has(&role(299)), (json!(["Sales", "Support"]), json!(["Insurance", "Wholesale"])));
    assert_eq!(company.has(&role(300)), (json!(["Sales"]), json!(["Retail Mortgage"])));
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["applied"; 300]);

    let shown = company.folder.run(&["history", "latest"]).expect(0).stdout;
    for words in ["T-1041", "Cora Diaz", "300 rows, SHA-256 "] {
        says(&shown, words);
    }
    says(&company.folder.run(&["history"]).expect(0).stdout, "300 update, ticket T-1041");

    // The same again has nothing to do, and says so of each row.
    let again = company.run_as(SUPPORT, &apply).expect(0);
    says(&again.stdout, "Nothing to do: 0 writes");
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["already right"; 300]);

    let undone = company.run_as(SUPPORT, &["undo", "latest", "--yes"]).expect(0);
    says(&undone.stdout, "300 roles would be changed by SCIM Bulk, in 3 requests");
    says(&undone.stdout, "; 300 steps; digest ");
    says(&undone.stdout, "300 updated, 0 deleted; 3 writes");
    assert_eq!(company.dump(), before);

    // What takes that back is of the same rows: no share of the roles is guarded.
    let redone = company.run_as(SUPPORT, &["undo", "latest", "--yes"]).expect(0);
    says(&redone.stdout, "300 updated, 0 deleted; 3 writes");
    let _ = company.run_as(SUPPORT, &["undo", "latest", "--yes"]).expect(0);
    assert_eq!(company.dump(), before);
}

/// A spreadsheet that openpyxl has made (`tests/requests/make.py`).
fn spreadsheet(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requests").join(name);
    std::fs::read(path).expect("the spreadsheet is there")
}

/// What each row of a spreadsheet of results came to.
fn outcomes_of_sheet(company: &Company, name: &str) -> Vec<String> {
    let mut book: Xlsx<_> = open_workbook(company.folder.path().join(name)).expect("a spreadsheet");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("it can be read");
    let at = sheet.rows().next().expect("headings").iter().position(|cell| *cell == "outcome");
    let at = at.expect("a column for it");
    sheet.rows().skip(1).map(|row| row[at].to_string()).collect()
}

#[test]
fn a_spreadsheet_of_another_program_is_refused_cell_by_cell_applied_and_taken_back() {
    let company = Company::of(301);
    company.folder.write("bad.xlsx", spreadsheet("three-hundred-with-five-bad-cells.xlsx"));
    company.folder.write("request.xlsx", spreadsheet("three-hundred.xlsx"));
    let before = company.dump();
    let apply = |token: &str, file: &str, more: &[&str]| {
        let own = ["bulk", "apply", file, "--rows", "300", "--results", "results.xlsx"];
        company.run_as(token, &[&own[..], more].concat())
    };
    let wrong = company.run_as(SUPPORT, &["bulk", "plan", "bad.xlsx"]).expect(10);
    assert_eq!(apply(SUPPORT, "bad.xlsx", &[]).expect(10).stdout, wrong.stdout);
    for cell in ["B18", "C42", "B77", "A131", "C256"] {
        says(&wrong.stdout, &format!("Roles!{cell}"));
    }
    says(wrong.last_line(), "5 errors");
    assert_eq!(company.dump(), before);

    // Together by the support, one by one by the organization's administrator.
    for (token, more, writes) in [(SUPPORT, &[][..], 3), (TOKEN, &["--one-by-one"], 300)] {
        let done = apply(token, "request.xlsx", more).expect(0);
        says(&done.stdout, &format!("300 updated, 0 deleted; {writes} writes"));
        assert_eq!(outcomes_of_sheet(&company, "results.xlsx"), vec!["applied"; 300]);
        assert_eq!(company.has("Role 300"), (json!(["Admin", "Compliance"]), json!(["Retail Mortgage"])));
        let again = company.run_as(token, &["bulk", "plan", "results.xlsx", "--detailed-exitcode"]).expect(0);
        says(&again.stdout, "No changes. 300 objects are as the request wants them");
        let _ = company.run_as(token, &["undo", "latest", "--yes"]).expect(0);
        assert_eq!(company.dump(), before);
    }
}

/// R-TE-23 with reading A7: single updates stay legal.
#[test]
fn an_administrator_changes_them_one_by_one_once_that_is_agreed_to() {
    let company = Company::of(40);
    company.folder.write("request.csv", csv(0..40));
    let before = company.dump();
    let apply = ["bulk", "apply", "request.csv", "--rows", "40", "--results", "results.csv"];
    let refused = company.run_as(TOKEN, &apply).expect(5);
    says(&refused.stderr, "the plan is refused: one-by-one");
    assert_eq!(company.dump(), before);
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["not tried"; 40]);
    let done = company.run_as(TOKEN, &[&apply[..], &["--one-by-one"]].concat()).expect(0);
    says(&done.stdout, "40 updated, 0 deleted; 40 writes");
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["applied"; 40]);
    let undone = company.run_as(TOKEN, &["undo", "latest", "--yes"]).expect(0);
    says(&undone.stdout, "40 updated, 0 deleted; 40 writes");
    assert_eq!(company.dump(), before);
}

#[test]
fn nothing_is_written_unless_the_rows_are_confirmed_by_somebody_who_may() {
    let company = Company::of(3);
    company.folder.write("request.csv", csv(0..3));
    let before = company.dump();
    let refused = |token: &str, more: &[&str], code: i32, words: &str| {
        let run = company.run_as(token, &[&["bulk", "apply", "request.csv"], more].concat()).expect(code);
        says(&run.stderr, words);
    };
    refused(SUPPORT, &[], 64, "the number of rows is not confirmed");
    refused(SUPPORT, &["--yes"], 64, "the number of rows is not confirmed");
    refused(SUPPORT, &["--rows", "4"], 64, "the request has 3 rows, and 4 were confirmed");
    refused(SUPPORT, &["--rows", "3", "--results", "r.xlsx"], 64, "the request is CSV");
    refused(SUPPORT, &["--rows", "3", "--results", "request.csv"], 64, "is the request itself");
    refused(SUPPORT, &["--rows", "3", "--results", "gone/r.csv"], 64, "the results cannot be written to `gone/r.csv`");
    refused(SUPPORT, &["--rows", "3", "--expect", "0123456789abcdef"], 6, "this is not the plan");
    refused(VIEWER, &["--rows", "3"], 3, "the token may only read");
    assert_eq!(company.dump(), before);
}

#[test]
fn a_reviewed_plan_is_the_one_that_is_applied() {
    let company = Company::of(10);
    company.folder.write("request.csv", csv(0..10));
    let plan = company.run_as(SUPPORT, &["bulk", "plan", "request.csv", "--format", "json", "--out", "p.json"]);
    let plan = plan.expect(0).json();
    assert_eq!(plan["request"]["rows"], 10);
    assert_eq!(plan["request"]["ticket"], "T-1041");
    let shown = company.folder.run(&["show", "p.json"]).expect(0);
    says(&shown.stdout, "Bulk request: 10 rows, ticket T-1041");
    for (form, words) in [("markdown", "· rows `10` · ticket `T-1041`"), ("html", "<dd><code>T-1041</code></dd>")] {
        says(&company.folder.run(&["show", "p.json", "--format", form]).expect(0).stdout, words);
    }

    let saved = |token: &str, more: &[&str], code: i32| {
        company.run_as(token, &[&["apply", "--plan", "p.json"], more].concat()).expect(code)
    };
    says(&saved(SUPPORT, &[], 64).stderr, "--rows 10");
    says(&saved(SUPPORT, &["--rows", "9"], 64).stderr, "9 were confirmed");
    says(&saved(TOKEN, &["--rows", "10"], 5).stderr, "10 roles would be changed one by one");
    says(&saved(SUPPORT, &["--rows", "10"], 0).stdout, "10 updated, 0 deleted; 1 write");
    let _ = company.run_as(SUPPORT, &["undo", "latest", "--yes"]).expect(0);

    let digest = plan["digest"].as_str().expect("a digest");
    let expected = ["bulk", "apply", "request.csv", "--rows", "10", "--expect", digest];
    let _ = company.run_as(SUPPORT, &expected).expect(0);
}

/// What somebody changes in a file of results is the next request.
#[test]
fn a_file_of_results_can_be_edited_and_sent_again() {
    let company = Company::of(4);
    let rows: String = (0..4).map(|n| format!("{},Sales,Insurance; Wholesale\n", role(n))).collect();
    company.folder.write("request.csv", format!("role,classifications,segments\n{rows}"));
    let apply = |file: &str, results: &str| {
        company.run_as(SUPPORT, &["bulk", "apply", file, "--rows", "4", "--results", results])
    };
    let _ = apply("request.csv", "first.csv").expect(0);
    company
        .folder
        .write("again.csv", company.folder.read("first.csv").replacen("Insurance; Wholesale", "Insurance", 1));
    let done = apply("again.csv", "second.csv").expect(0);
    says(&done.stdout, "1 updated");
    let second = outcomes(&company.folder.read("second.csv"));
    assert_eq!(second, ["applied", "already right", "already right", "already right"]);

    // Also where rows say what they expect: it is what they came to.
    for form in ["csv", "yaml"] {
        let [template, first] = ["t", "r"].map(|name| format!("{name}.{form}"));
        let _ = company.run_as(SUPPORT, &["bulk", "template", "--out", &template]).expect(0);
        let edit = |name: &str, what: &str, with: &str| {
            company.folder.write(name, company.folder.read(name).replacen(what, with, 1));
        };
        edit(&template, "Sales", "Manager");
        let _ = apply(&template, &first).expect(0);
        edit(&first, "Manager", "Sales");
        says(&apply(&first, &format!("last.{form}")).expect(0).stdout, "1 updated");
    }
}

#[test]
fn what_the_target_refuses_is_told_of_its_row_and_of_no_other() {
    let company = Company::of(6);
    company.folder.write("request.csv", csv(0..6));
    // Somebody deletes a role between the plan and the request.
    let gone = format!("Roles/{}", company.server.role(&role(2)));
    let (url, token) = (company.server.url.clone(), format!("Bearer {TOKEN}"));
    let path = format!("{}/{gone}", url.trim_start_matches("http://").split_once('/').expect("a path").1);
    let host = url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    let deleting = Act::Meanwhile(Arc::new(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&host).expect("it listens");
        write!(stream, "DELETE /{path} HTTP/1.0\r\nauthorization: {token}\r\n\r\n").expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it is answered");
        assert!(answer.contains(" 204 "), "{answer}");
    }));
    let proxy = Proxy::at_write(&company.server.url, 1, vec![deleting, Act::Forward, Act::Relay]);
    let environment =
        [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", SUPPORT), ("ROLECALL_PLATFORM", "total-expert")];
    let apply = ["bulk", "apply", "request.csv", "--rows", "6", "--results", "results.csv"];
    let run = company.folder.run_with(&apply, &environment).expect(4);
    says(&run.stdout, "Applied in part");
    let results = company.folder.read("results.csv");
    let outcomes = outcomes(&results);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "applied").count(), 5, "{results}");
    assert_eq!(outcomes[2], "failed", "{results}");
}

#[test]
fn a_run_that_is_killed_in_the_middle_is_gone_on_with() {
    let company = Company::of(250);
    company.folder.write("request.csv", csv(0..250));
    let before = company.dump();
    let client: Arc<OnceLock<Pid>> = Arc::default();
    let victim = Arc::clone(&client);
    let killing = Act::Meanwhile(Arc::new(move || kill(*victim.wait(), Signal::SIGKILL).expect("it is running")));
    let proxy = Proxy::at_write(&company.server.url, 2, vec![Act::Forward, killing, Act::Drop]);
    let environment =
        [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", SUPPORT), ("ROLECALL_PLATFORM", "total-expert")];
    let apply = ["bulk", "apply", "request.csv", "--rows", "250", "--concurrency", "1", "--results", "results.csv"];
    let mut command = company.folder.command(&apply, &environment);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    client.set(Pid::from_raw(i32::try_from(process.id()).expect("a process id"))).expect("it is set once");
    assert_eq!(process.wait().expect("it ends").signal(), Some(Signal::SIGKILL as i32));
    assert!(!company.folder.path().join("results.csv").exists());
    proxy.forget();

    let other = ["resume", "--request", "other.csv", "--results", "results.csv"];
    company.folder.write("other.csv", csv(0..249));
    says(&company.folder.run_with(&other, &environment).expect(64).stderr, "is not the request of this run");
    let resumed = ["resume", "--request", "request.csv", "--results", "results.csv"];
    let resumed = company.folder.run_with(&resumed, &environment).expect(0);
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["applied"; 250]);
    says(&resumed.stderr, "200 of 250 steps are done");
    says(&resumed.stdout, "Bulk request: 250 rows, ticket T-1041");
    let writes = proxy.asked().iter().filter(|asked| asked.write > 0).count();
    assert_eq!(writes, 3, "the rest is one request too");
    let done = company.folder.run_with(&apply, &environment).expect(0);
    says(&done.stdout, "Nothing to do");
    assert_eq!(outcomes(&company.folder.read("results.csv")), vec!["already right"; 250]);
    let _ = company.folder.run_with(&["undo", "latest", "--yes"], &environment).expect(0);
    assert_eq!(company.dump(), before);
}

#[test]
fn names_that_are_formulas_and_markup_stay_text_in_results() {
    let names = ["=cmd|'/C calc'!A0", "<script>alert(1)</script>", "@sum", "a \"quoted\", name", "`tick` | pipe"];
    let company = Company::of_named(names.map(str::to_owned));
    let _ = company.run_as(VIEWER, &["bulk", "template", "--out", "t.csv"]).expect(0);
    // What they shall have stands before what they are expected to have.
    let edited = company.folder.read("t.csv");
    let edited: Vec<String> = edited.lines().map(|line| line.replacen("Sales", "Support", 1)).collect();
    company.folder.write("t.csv", edited.join("\n"));
    let apply = ["bulk", "apply", "t.csv", "--rows", "5", "--results", "r.csv"];
    let done = company.run_as(SUPPORT, &apply);
    let results = company.folder.read("r.csv");
    let done = done.expect(0);
    says(&done.stdout, "5 updated");
    for line in results.lines() {
        assert!(!line.starts_with(['=', '@', '+', '-']) && !line.contains(",="), "{line}");
    }
    // What was made harmless is read as what it is.
    let again = company.run_as(SUPPORT, &["bulk", "plan", "r.csv", "--detailed-exitcode"]).expect(0);
    says(&again.stdout, "No changes");
}

/// In a sandbox of its own, without a project.
#[test]
fn a_request_runs_in_a_sandbox_without_a_project() {
    let folder = crate::support::Folder::of(&[
        ("roles.yaml", "roles:\n  Officer: { classifications: [Sales], segments: [Insurance] }\n"),
        ("request.yaml", "bulk:\n  roles:\n    Officer: { classifications: [Support], segments: [Insurance] }\n"),
    ]);
    let expert = ["--platform", "total-expert", "--sandbox"];
    let _ = folder.run(&[&["apply", "--yes", "roles.yaml"], &expert[..]].concat()).expect(0);
    let done = folder.run(&[&["bulk", "apply", "request.yaml", "--rows", "1"], &expert[..]].concat()).expect(0);
    says(&done.stdout, "1 updated");
    let _ = folder.run(&[&["undo", "latest", "--yes"], &expert[..]].concat()).expect(0);
    let plan = folder.run(&[&["plan", "--detailed-exitcode", "roles.yaml"], &expert[..]].concat()).expect(0);
    says(&plan.stdout, "No changes");
}
