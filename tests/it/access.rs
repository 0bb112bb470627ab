//! `rolecall access` as people and pipelines run it: on a target, on the files, on a saved plan.

use serde_json::Value;

use crate::support::{Folder, Run, Server, VIEWER};

/// An example with everything applied to its sandbox.
fn applied(example: &str) -> Folder {
    let folder = Folder::of_example(example);
    folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    folder
}

#[track_caller]
fn asked(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[&["access"], arguments].concat()).expect(0)
}

/// The answer alone, as JSON.
#[track_caller]
fn answer(folder: &Folder, arguments: &[&str]) -> Value {
    let json = asked(folder, &[arguments, &["--format", "json"]].concat()).json();
    assert_eq!(json["format_version"], 1);
    json["answer"].clone()
}

/// Whatever was applied is what the files want: every question has the same answer on both sides.
#[track_caller]
fn the_same_on_both_sides(folder: &Folder, questions: &[&[&str]]) {
    for question in questions {
        let live = answer(folder, &[question, &["--sandbox"][..]].concat());
        let desired = answer(folder, &[question, &["--desired"][..]].concat());
        assert_ne!(live, Value::Null, "{question:?}");
        // Marks belong to the target, and so does its own count of seats.
        let plain = |value: &Value| {
            let mut value = value.clone();
            strip(&mut value, &["mark", "announced", "in_use"]);
            value
        };
        assert_eq!(plain(&live), plain(&desired), "{question:?}");
    }
}

fn strip(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !names.contains(&name.as_str()));
            map.values_mut().for_each(|value| strip(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| strip(value, names)),
        _ => {}
    }
}

/// R-TE-1, R-TE-2, R-TE-7, R-TE-8: the lender, live and as its files want it.
#[test]
fn the_lender_has_one_answer_to_each_question() {
    let folder = applied("total-expert");
    the_same_on_both_sides(
        &folder,
        &[
            &["uma.castellane@example.com"],
            &["--who-can", "contacts.export"],
            &["--who-can", "Organization Admin"],
            &["--role", "insurance agent"],
            &["--coverage"],
        ],
    );
    let user = answer(&folder, &["Uma.Castellane@example.com", "--sandbox"]);
    let role = answer(&folder, &["--role", "Insurance Agent", "--desired"]);
    assert_eq!(user["grants"], role["grants"], "R-TE-1: what the role grants and nothing else");
    assert_eq!(role["holders"]["active"].as_array().expect("a list").len(), 10, "R-TE-2");
    let coverage = answer(&folder, &["--coverage", "--sandbox"]);
    let segments = &coverage["vocabularies"][1];
    assert_eq!(segments["vocabulary"], "segments");
    // Automation for credit unions is not enabled here, so it is no gap.
    assert_eq!(segments["options"].as_array().expect("a list").len(), 6);
    let words = asked(&folder, &["--managing", "--desired"]).stdout;
    assert!(words.contains("draws no lines of who may manage whom"), "{words}");
}

/// R-UT-6: the rows of the users of a type are its used seats, and the target counts the same.
#[test]
fn the_open_company_has_a_row_for_each_seat() {
    let folder = applied("open");
    the_same_on_both_sides(&folder, &[&["--coverage"], &["--role", "Owner"], &["--who-can", "users"]]);
    let usage = answer(&folder, &["--usage", "--sandbox"]);
    let users = usage["users"].as_array().expect("a list");
    for used in usage["types"].as_array().expect("a list") {
        let rows = users.iter().filter(|user| user["user_type"] == used["user_type"]).count();
        assert_eq!(used["used"], rows, "{used}");
        assert_eq!(used["announced"], rows, "{used}");
    }
    assert_eq!(users.len() + usage["inactive"].as_array().expect("a list").len(), 200);
}

#[test]
fn a_saved_plan_says_what_it_does_to_people() {
    let folder = Folder::of(&[
        ("rolecall.yaml", "version: 1\nplatform: total-expert\n"),
        (
            "manifests/all.yaml",
            "roles:\n  Officer: { classifications: [Sales], segments: [Insurance], permissions: { campaigns: [view] } }\n\
             assignments: { ana@example.com: Officer }\n",
        ),
    ]);
    folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    folder.edit("manifests/all.yaml", "{ campaigns: [view] }", "{ contacts: [export] }");
    folder.edit("manifests/all.yaml", "[Insurance]", "[Wholesale]");
    folder.run(&["plan", "--sandbox", "--acknowledge", "T-1", "--out", "plan.json"]).expect(0);
    let ana = answer(&folder, &["ana@example.com", "--plan", "plan.json"]);
    assert_eq!(ana["gained"], serde_json::json!([{ "permission": "contacts.export", "sensitive": true }]));
    assert_eq!(ana["lost"][0]["permission"], "campaigns.view");
    let who = answer(&folder, &["--who-can", "contacts", "--plan", "plan.json"]);
    assert_eq!(who["gained"][0]["users"], serde_json::json!(["ana@example.com"]));
    let role = answer(&folder, &["--role", "Officer", "--plan", "plan.json"]);
    assert_eq!((&role["action"], &role["affected_users"]), (&"update".into(), &1.into()));
    let coverage = answer(&folder, &["--coverage", "--plan", "plan.json"]);
    assert_eq!(coverage["options"][0]["name"], "Insurance");
    let words = asked(&folder, &["--usage", "--plan", "plan.json"]).stdout;
    assert!(words.contains("have no user types"), "{words}");
    // It is checked like every saved plan, and asked as it stands.
    folder.edit("plan.json", "\"sensitive\": true", "\"sensitive\": false");
    folder.run(&["access", "ana@example.com", "--plan", "plan.json"]).expect(6);
    folder.run(&["access", "ana@example.com", "--plan", "rolecall.yaml"]).expect(64);
}

#[test]
fn a_name_that_nothing_has_is_wrong_usage_with_near_ones() {
    let folder = Folder::of_example("total-expert");
    for (arguments, near) in [
        (["access", "uma.castelane@example.com", "--desired"], "uma.castellane@example.com"),
        (["access", "--role=Insurance Agnet", "--desired"], "Insurance Agent"),
        (["access", "--who-can=contacts.exprot", "--desired"], "export"),
        (["access", "--who-can=contact", "--desired"], "contacts"),
        (["access", "--desired", "--usage=x"], "--usage"),
        (["access", "--desired", "-q"], "--who-can"),
        (["access", "--coverage", "--managing"], "--coverage"),
    ] {
        let ended = folder.run(&arguments).expect(64);
        assert!(ended.stderr.contains(near), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[test]
fn files_that_are_wrong_are_the_answer() {
    let folder = Folder::of_example("total-expert");
    folder.write("manifests/wrong.yaml", "roles: { Oops: { segments: [Moon] } }\n");
    let ended = folder.run(&["access", "--coverage", "--desired"]).expect(10);
    assert!(ended.stdout.contains("manifests/wrong.yaml:1"), "{}", ended.stdout);
    let ended = folder.run(&["access", "--coverage", "--desired", "--format", "json"]).expect(10);
    assert!(ended.json()["summary"]["errors"].as_u64() > Some(0));
    // A target can be asked all the same: it needs no manifests.
    let server = Server::start(&folder, "total-expert", "box.db");
    let arguments = ["access", "--coverage", "--env", "production"];
    folder.run_with(&arguments, &server.environment()).expect(0);
}

/// A platform of a stranger's making: its lines of who manages whom are data.
const CLINIC: &str = "\
platform: clinic
title: Clinic
vocabularies: { classifications: { mode: absent }, segments: { mode: absent }, user_types: { mode: absent } }
roles:
  attributes:
    ward: { type: name, values: [North, South], presence: required }
    grade: { type: name, values: [Head, Nurse], presence: required }
  permissions: {}
  administrators: { permissions: [staff.hire] }
  managing:
    by: ward
    permission: staff
    permission_rule: C-1
    managers:
      - { role: { grade: Head, ward: North }, manages: [North, South], rule: C-2 }
      - { role: { grade: Head }, manages: [South], rule: C-3 }
users: { user_name: text, user_type: none }
catalogue:
  staff: { label: Staff, actions: [view, hire], sensitive: [hire] }
  charts: { label: Charts, actions: [view, modify] }
";

const WARDS: &str = "\
roles:
  Matron: { ward: North, grade: Head, permissions: [staff, charts] }
  Sister: { ward: South, grade: Head, permissions: { staff: [view] } }
  Locum: { ward: South, grade: Head, permissions: { charts: [view] } }
  Nurse: { ward: North, grade: Nurse, permissions: { charts: [view], staff: [view] } }
assignments: { ana: Matron, bo: Sister, cy: Nurse, di: { role: Locum, active: false } }
";

#[test]
fn who_manages_whom_is_data_and_needs_no_project() {
    let folder = Folder::of(&[("clinic.yaml", CLINIC), ("wards.yaml", WARDS)]);
    let server = Server::start(&folder, "clinic.yaml", "box.db");
    let apply = ["apply", "--yes", "--platform", "clinic.yaml", "wards.yaml"];
    folder.run_with(&apply, &server.environment()).expect(0);
    // No project, no manifest, and a token that may only read.
    let ask = |arguments: &[&str]| {
        let all = [&["access", "--platform", "clinic.yaml", "--format", "json"], arguments].concat();
        folder.run_with(&all, &server.environment_of(VIEWER)).expect(0).json()["answer"].clone()
    };
    let managing = ask(&["--managing"]);
    let may: Vec<(String, Vec<bool>)> = managing["roles"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| {
            let may = line["manages"].as_array().expect("a list").iter().map(|may| may["may"] == true);
            (line["role"].as_str().expect("a name").to_owned(), may.collect())
        })
        .collect();
    let expected = [
        ("Locum", vec![false, false]),
        ("Matron", vec![true, true]),
        ("Nurse", vec![false, false]),
        ("Sister", vec![false, true]),
    ];
    assert_eq!(may, expected.map(|(name, may)| (name.to_owned(), may)));
    assert_eq!(managing["roles"][0]["manages"][1]["rule"], "C-1");
    let bo = ask(&["bo", "--managing"]);
    assert_eq!(bo["users"][0]["users"]["inactive"], serde_json::json!(["di"]));
    assert_eq!(ask(&["ana"])["permissions"][0]["actions"][0]["action"], "hire", "what is sensitive is first");
    assert_eq!(ask(&["--who-can", "staff.hire"])["active"], 1);
    let offline = folder.run(&["access", "--managing", "--desired", "--platform", "clinic.yaml", "wards.yaml"]);
    assert!(offline.expect(0).stdout.contains("Matron"));
}

/// R-BE-16 to R-BE-21: the dealers, live and as their files want it.
#[test]
fn the_maker_of_garden_machines_has_one_answer_to_each_question() {
    let folder = applied("bullseye");
    the_same_on_both_sides(
        &folder,
        &[
            &["--managing"],
            &["--who-can", "users"],
            &["--who-can", "locations.modify.phone"],
            &["--role", "Regional Rep"],
            &["--role", "Location Admin"],
        ],
    );
    // R-BE-5: edits of some fields, and of no others.
    let employee = answer(&folder, &["--role", "Dealer Employee", "--sandbox"]);
    let names = |value: &Value| value["entity"] == "locations";
    let locations = employee["permissions"].as_array().expect("a list").iter().find(|one| names(one));
    let modify = &locations.expect("they edit locations")["actions"];
    assert!(modify.to_string().contains("\"fields\":["), "{modify}");
    // R-BE-9: everything, whatever was added to the catalogue since.
    let boss = answer(&folder, &["--role", "Administrator", "--sandbox"]);
    let grants = boss["grants"].as_array().expect("a list");
    assert!(grants.contains(&"locations.delete".into()) && grants.contains(&"api_access.manage_keys".into()));
    // R-BE-19: the Regional Rep is of the account and manages users of locations alone.
    let rep = &answer(&folder, &["--role", "Regional Rep", "--desired"])["manages"];
    assert_eq!((&rep[0]["may"], &rep[1]["may"]), (&false.into(), &true.into()), "{rep}");
    for question in ["--coverage", "--usage"] {
        assert_eq!(answer(&folder, &[question, "--sandbox"]), Value::Null);
    }
}

/// R-UT-3, R-UT-6, R-UT-15: the software house, live and as its files want it.
#[test]
fn the_software_house_has_one_answer_to_each_question() {
    let folder = applied("responsive");
    the_same_on_both_sides(
        &folder,
        &[
            &["--usage"],
            &["--who-can", "users.create"],
            &["--who-can", "AI assistant"],
            &["--role", "Project requester"],
        ],
    );
    let usage = answer(&folder, &["--usage", "--sandbox"]);
    let users = usage["users"].as_array().expect("a list");
    for used in usage["types"].as_array().expect("a list") {
        let rows = users.iter().filter(|user| user["user_type"] == used["user_type"]).count();
        assert_eq!((&used["used"], &used["announced"]), (&rows.into(), &rows.into()), "{used}");
    }
    // R-UT-23, R-UT-24: a manager administers much, and creates no user.
    let who = answer(&folder, &["--who-can", "users.create", "--sandbox"]);
    assert!(who["roles"].as_array().expect("a list").iter().all(|role| role["built_in"] != "manager_ai"), "{who}");
}
