//! `rolecall bulk` from the file of a request to its plan: what is wrong with it, what the target says to
//! it, and what a project's own request is.
//!
//! What carrying it out does is in `bulk_carried_out`.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::{Folder, Run, SUPPORT, Server, TOKEN, VIEWER};

/// The segments that the organizations of these tests have.
pub const SEGMENTS: [&str; 3] = ["Retail Mortgage", "Insurance", "Wholesale"];

/// A Total Expert organization in which so many roles serve retail customers.
pub struct Company {
    pub folder: Folder,
    pub server: Server,
}

/// `Role 007`.
pub fn role(number: usize) -> String {
    format!("Role {number:03}")
}

impl Company {
    pub fn of(roles: usize) -> Self {
        Self::of_named((0..roles).map(role))
    }

    pub fn of_named(names: impl IntoIterator<Item = String>) -> Self {
        let folder = Folder::new();
        let segment = |name| json!({ "meta": { "resourceType": "Segment" }, "displayName": name, "enabled": true });
        let mut seed: Vec<Value> = SEGMENTS.into_iter().map(segment).collect();
        seed.extend(names.into_iter().map(|name| {
            json!({
                "meta": { "resourceType": "Role" },
                "displayName": name,
                "classifications": ["Sales"],
                "segments": ["Retail Mortgage"],
            })
        }));
        folder.write("seed.json", Value::from(seed).to_string());
        let server = Server::start_with(&folder, "total-expert", "box.db", &["--seed", "seed.json"]);
        Self { folder, server }
    }

    /// Runs the binary without a project, with this token.
    pub fn run_as(&self, token: &str, arguments: &[&str]) -> Run {
        let [url, token] = self.server.environment_of(token);
        self.folder.run_with(arguments, &[url, token, ("ROLECALL_PLATFORM", "total-expert")])
    }

    /// Everything that the organization holds but for the versions.
    pub fn dump(&self) -> Vec<Value> {
        let mut state = self.server.state();
        for resource in &mut state {
            resource.as_object_mut().expect("a resource").remove("meta");
        }
        state
    }

    /// What a role has: its classifications and its segments.
    pub fn has(&self, role: &str) -> (Value, Value) {
        let found = self.server.list("Roles", &format!("displayName eq \"{role}\""));
        (found[0]["classifications"].clone(), found[0]["segments"].clone())
    }
}

/// A request as CSV: for each of these roles two segments, if it serves the retail customers now.
pub fn csv(roles: impl IntoIterator<Item = usize>) -> String {
    let mut text = "Role,Segments,Classifications,Expected segments,Ticket,Requested by\n".to_owned();
    for number in roles {
        let role = role(number);
        writeln!(text, "{role},Insurance; Wholesale,Sales;Support,Retail Mortgage,T-1041,Cora Diaz").expect("text");
    }
    text
}

#[track_caller]
pub fn says(text: &str, words: &str) {
    assert!(text.contains(words), "`{words}` in:\n{text}");
}

/// R-TE-23, R-TE-27.
#[test]
fn a_plan_says_who_asked_what_changes_and_how_it_goes() {
    let company = Company::of(12);
    company.folder.write("request.csv", csv(0..12));
    let plan = company.run_as(SUPPORT, &["bulk", "plan", "request.csv"]).expect(0);
    says(&plan.stdout, "Bulk request: 12 rows, ticket T-1041, requested by Cora Diaz");
    says(&plan.stdout, "segments: + Insurance, + Wholesale, - Retail Mortgage");
    says(&plan.stdout, "classifications: + Support");
    says(
        &plan.stdout,
        "note[by-bulk]: 12 roles would be changed by SCIM Bulk, in 1 request or a few more if they are long",
    );
    says(&plan.stdout, "12 to update");
    let again = company.run_as(SUPPORT, &["bulk", "plan", "request.csv"]).expect(0);
    assert_eq!(plan.stdout, again.stdout, "the same bytes every time");
    says(plan.last_line(), "12 steps");
    let redacted = ["bulk", "plan", "request.csv", "--redact", "users", "--out", "p.json"];
    let _ = company.run_as(SUPPORT, &redacted).expect(64);
    let _ = company.run_as(SUPPORT, &["bulk", "plan", "request.csv", "--detailed-exitcode"]).expect(2);

    let refused = company.run_as(TOKEN, &["bulk", "plan", "request.csv"]).expect(5);
    says(&refused.stdout, "error[one-by-one]: 12 roles would be changed one by one");
    says(&refused.stdout, "(R-TE-23)");
    says(&refused.stderr, "the plan is refused: one-by-one");
    let consented = company.run_as(TOKEN, &["bulk", "plan", "request.csv", "--one-by-one"]).expect(0);
    says(&consented.stdout, "allowed[one-by-one]");
    let counted = company.run_as(TOKEN, &["bulk", "plan", "request.csv", "--allow", "one-by-one=12"]).expect(0);
    says(&counted.stdout, "allowed[one-by-one]");
    let reader = company.run_as(VIEWER, &["bulk", "plan", "request.csv"]).expect(0);
    says(&reader.stdout, "note[one-by-one]");
}

#[test]
fn what_the_command_line_says_of_the_ticket_must_not_contradict_the_request() {
    let company = Company::of(2);
    company.folder.write("request.csv", csv(0..2));
    let _ = company.run_as(SUPPORT, &["bulk", "plan", "request.csv", "--ticket", "T-1041"]).expect(0);
    let other = company.run_as(SUPPORT, &["bulk", "plan", "request.csv", "--ticket", "T-9"]).expect(64);
    says(&other.stderr, "the ticket is `T-9` here and `T-1041` in the request");
    company.folder.write("bare.csv", "role,classifications,segments\nRole 001,Sales,Insurance\n");
    let said = company.run_as(SUPPORT, &["bulk", "plan", "bare.csv", "--ticket", "T-9", "--requested-by", "Cy"]);
    says(&said.expect(0).stdout, "Bulk request: 1 row, ticket T-9, requested by Cy");
}

#[test]
fn rows_that_the_target_contradicts_refuse_the_request_with_their_places() {
    let company = Company::of(3);
    let gone = format!("{}Role 009,Insurance,Sales,Retail Mortgage,,\n", csv(0..3));
    company.folder.write("request.csv", gone);
    let refused = company.run_as(SUPPORT, &["bulk", "plan", "request.csv"]).expect(5);
    says(&refused.stdout, "request.csv:A5: there is no role `Role 009` on the target");

    let (before, stale) = (company.dump(), csv(0..3).replacen("Retail Mortgage", "Wholesale", 1));
    company.folder.write("request.csv", stale);
    let refused = company.run_as(SUPPORT, &["bulk", "apply", "request.csv", "--rows", "3", "--results", "r.csv"]);
    let refused = refused.expect(6);
    says(
        &refused.stdout,
        "error[stale-row]: request.csv:D2: `segments` of role `Role 000` was expected to be `Wholesale`",
    );
    says(&refused.stderr, "nothing was written");
    assert_eq!(company.dump(), before);
    let results = company.folder.read("r.csv");
    assert_eq!(results.lines().count(), 4, "{results}");
    assert!(results.lines().skip(1).all(|line| !line.contains(",applied")), "{results}");
}

#[test]
fn a_template_is_a_request_that_changes_nothing() {
    let company = Company::of(5);
    for name in ["t.csv", "t.yaml", "t.xlsx"] {
        let _ = company.run_as(VIEWER, &["bulk", "template", "--out", name]).expect(0);
        let plan = company.run_as(SUPPORT, &["bulk", "plan", name, "--detailed-exitcode"]).expect(0);
        says(&plan.stdout, "No changes. 5 objects are as the request wants them");
        let refused = company.run_as(VIEWER, &["bulk", "template", "--out", name]).expect(64);
        says(&refused.stderr, "--force");
        let _ = company.run_as(VIEWER, &["bulk", "template", "--out", name, "--force"]).expect(0);
    }
    let shown = company.run_as(VIEWER, &["bulk", "template"]).expect(0);
    assert_eq!(shown.stdout, company.folder.read("t.csv"));
    let _ = company.run_as(VIEWER, &["bulk", "template", "--out", "t.pdf"]).expect(64);
}

#[test]
fn roles_without_classifications_and_segments_have_no_requests() {
    let folder = Folder::of(&[("roles.yaml", "roles: {}\n")]);
    let place = ["--platform", "bullseye", "--sandbox"];
    for part in [&["bulk", "template", "--out", "t.csv"][..], &["bulk", "request", "roles.yaml"]] {
        let refused = folder.run(&[part, &place[..]].concat()).expect(64);
        says(&refused.stderr, "roles of Bullseye have neither classifications nor segments");
    }
    assert!(!folder.path().join("t.csv").exists());
}

#[test]
fn where_a_list_may_be_empty_the_request_of_a_project_says_so() {
    let folder = Folder::of(&[(
        "roles.yaml",
        "classifications: { Desk: {}, Field: {} }\nroles: { Clerk: { classifications: [Desk] } }\n",
    )]);
    let open = ["--platform", "open", "--sandbox"];
    let _ = folder.run(&[&["apply", "--yes", "roles.yaml"], &open[..]].concat()).expect(0);
    let files = "classifications: { Desk: {}, Field: {} }\nroles: { Clerk: { classifications: [Field] } }\n";
    folder.write("roles.yaml", files);
    let _ = folder.run(&[&["bulk", "request", "--out", "r.csv", "roles.yaml"], &open[..]].concat()).expect(0);
    says(&folder.read("r.csv"), "Clerk,Field,(none),Desk,(none)");
    let apply = ["bulk", "apply", "r.csv", "--rows", "1"];
    says(&folder.run(&[&apply[..], &open[..]].concat()).expect(0).stdout, "1 updated");
}

/// R-TE-24, R-TE-25, R-TE-26: the request that a customer sends.
#[test]
fn a_project_writes_the_request_that_its_customer_sends_to_the_support() {
    let company = Company::of(30);
    let roles = |segments: &str| -> String {
        (0..30).map(|n| format!("  {}: {{ classifications: [Sales], segments: [{segments}] }}\n", role(n))).collect()
    };
    company.folder.write("rolecall.yaml", "version: 1\nplatform: total-expert\n");
    company.folder.write("manifests/roles.yaml", format!("roles:\n{}", roles("Retail Mortgage")));
    let nothing = company.run_as(TOKEN, &["bulk", "request", "--out", "nothing.csv"]).expect(0);
    says(&nothing.stderr, "nothing to request");
    assert!(!company.folder.path().join("nothing.csv").exists());

    let people = "assignments: { ana@example.com: Role 001 }\n";
    company.folder.write("manifests/roles.yaml", format!("roles:\n{}{people}", roles("Insurance, Wholesale")));
    let plan = company.run_as(TOKEN, &["plan"]);
    says(&plan.stdout, "`rolecall bulk request` writes what to send to it");
    let out = ["--out", "request.xlsx", "--ticket", "T-3", "--requested-by", "Cora"];
    let written = company.run_as(VIEWER, &[&["bulk", "request"], &out[..]].concat()).expect(0);
    says(&written.stderr, "not part of the request");
    says(&written.stderr, "`user/ana@example.com`");
    let done = company.run_as(SUPPORT, &["bulk", "apply", "request.xlsx", "--rows", "30"]).expect(0);
    says(&done.stdout, "Bulk request: 30 rows, ticket T-3, requested by Cora");
    says(&done.stdout, "30 updated, 0 deleted; 1 write");
    let nothing = company.run_as(TOKEN, &["bulk", "request"]).expect(0);
    says(&nothing.stderr, "nothing to request");
    assert_eq!(nothing.stdout, "");

    let more = "  New: { classifications: [Sales], segments: [Insurance] }\n";
    company.folder.write("manifests/roles.yaml", format!("roles:\n{}{more}", roles("Insurance")));
    let refused = company.run_as(TOKEN, &["bulk", "request"]).expect(5);
    assert_eq!(refused.stdout, "", "complete or not at all");
    says(&refused.stderr, "`role/New` has to be made first");
    let without = company.run_as(TOKEN, &["bulk", "request", "--except", "role/New"]).expect(0);
    assert_eq!(without.stdout.lines().count(), 31, "{}", without.stdout);
}

#[test]
fn manifests_in_reach_are_told_what_they_have_to_say() {
    let company = Company::of(3);
    company.folder.write("rolecall.yaml", "version: 1\nplatform: total-expert\n");
    let roles: String = (0..3)
        .map(|n| format!("  {}: {{ classifications: [Sales, Support], segments: [Retail Mortgage] }}\n", role(n)))
        .collect();
    company.folder.write("manifests/roles.yaml", format!("# ours\nroles:\n{roles}"));
    company.folder.write("request.csv", csv(0..2));
    let plan = company.run_as(SUPPORT, &["bulk", "plan", "request.csv"]).expect(0);
    let (_, patch) = plan.stdout.split_once("Change them:\n\n").unwrap_or_else(|| panic!("{}", plan.stdout));
    insta::assert_snapshot!(patch, @r"
    --- a/manifests/roles.yaml
    +++ b/manifests/roles.yaml
    @@ -1,5 +1,5 @@
     # ours
     roles:
    -  Role 000: { classifications: [Sales, Support], segments: [Retail Mortgage] }
    -  Role 001: { classifications: [Sales, Support], segments: [Retail Mortgage] }
    +  Role 000: { classifications: [Sales, Support], segments: [Insurance, Wholesale] }
    +  Role 001: { classifications: [Sales, Support], segments: [Insurance, Wholesale] }
       Role 002: { classifications: [Sales, Support], segments: [Retail Mortgage] }
    ");
    // In JSON the plan stays one document.
    let json = company.run_as(SUPPORT, &["bulk", "plan", "request.csv", "--format", "json"]).expect(0);
    assert_eq!(json.json()["request"]["rows"], 2);
    says(&json.stderr, "+++ b/manifests/roles.yaml");
    // A list that two roles share is never changed for both: who has it from the other gets their own.
    let shared = "roles:\n  Role 000: &same\n    classifications: [Sales, Support]\n    segments: [Retail Mortgage]\n  \
                  Role 001: *same\n";
    company.folder.write("manifests/roles.yaml", shared);
    let plan_of = |rows: std::ops::Range<usize>| {
        company.folder.write("one.csv", csv(rows));
        company.run_as(SUPPORT, &["bulk", "plan", "one.csv"]).expect(0).stdout
    };
    let first = plan_of(0..1);
    says(&first, "the segments of role `Role 000`: `Insurance`, `Wholesale`");
    assert!(!first.contains("+++"), "{first}");
    says(&plan_of(1..2), "\n+  Role 001: { classifications: [Sales, Support], segments: [Insurance, Wholesale] }\n");
}
