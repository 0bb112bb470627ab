//! The strangers' packs at work: the real binary over real HTTP, and raw requests that are refused by
//! the packs' own rules.

use serde_json::{Value, json};

use crate::support::raw::{USER, grant, refusal, replace};
use crate::support::{Folder, Server};

const HARBOUR: &str = include_str!("../packs/harbour.yaml");
const READING_ROOM: &str = include_str!("../packs/reading-room.yaml");

/// A project that names its pack by path, and a sandbox that was started with the same one.
struct Stranger {
    folder: Folder,
    server: Server,
}

impl Stranger {
    fn new(name: &str, pack: &str) -> Self {
        let path = format!("packs/{name}.yaml");
        let project = format!("version: 1\nplatform: {path}\nowner: acme\nguards: {{ min_administrators: 0 }}\n");
        let folder = Folder::of(&[("rolecall.yaml", &project), (&path, pack)]);
        let server = Server::start(&folder, &path, "stranger.db");
        Self { folder, server }
    }

    /// The result of a command for these files, when it ends with this code.
    #[track_caller]
    fn run(&self, files: &str, arguments: &[&str], code: i32) -> Value {
        self.folder.write("manifests/all.yaml", files);
        let arguments = [arguments, &["--format", "json"]].concat();
        self.folder.run_with(&arguments, &self.server.environment()).expect(code).json()
    }

    /// Applies the files, after which nothing is left to do.
    #[track_caller]
    fn apply(&self, files: &str, more: &[&str]) {
        self.run(files, &[&["apply", "--yes"], more].concat(), 0);
        let again = self.run(files, &["plan"], 0);
        assert_eq!(again["changes"], json!([]), "{again}");
    }

    /// Code and rule of each error of a plan.
    #[track_caller]
    fn errors(&self, files: &str) -> Vec<String> {
        let plan = self.run(files, &["plan"], 5);
        let errors = plan["findings"].as_array().expect("a list").iter().filter(|one| one["severity"] == "error");
        errors.map(|one| format!("{} {}", one["code"], one["rule"]).replace('"', "")).collect()
    }

    /// Sends a raw request; status and rule of the refusal.
    #[track_caller]
    fn refused(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        let before = self.server.state();
        let (status, answer) = self.server.request(method, path, body);
        assert_eq!(self.server.state(), before, "{method} {path} has changed something");
        let (status, _, rule) = refusal(status, &answer);
        (status, rule.to_owned())
    }

    /// The live role of this name.
    #[track_caller]
    fn live(&self, role: &str) -> Value {
        self.server.list("Roles", &format!("displayName eq \"{role}\"")).remove(0)
    }
}

const AT_THE_HARBOUR: &str = "\
roles:
  Longshoreman: { previously: [Docker], permissions: { moorings: { view: all, book: [length] }, cargo: [view] } }
  Pilot: { branch: Quay, grade: Hand, region: North, permissions: [weather, berths] }
  Foreman: { branch: Quay, grade: Chief, permissions: { all_except: [crew] } }
assignments:
  ana@example.com: Harbor Master
  bo@example.com: Longshoreman
  cy@example.com: Pilot
  di@example.com: { role: Pilot, active: false }
";

#[test]
fn the_harbour_is_applied_and_its_third_attribute_that_cannot_change_is_replaced() {
    let harbour = Stranger::new("harbour", HARBOUR);
    harbour.apply(AT_THE_HARBOUR, &[]);
    let pilot = harbour.live("Pilot");
    assert_eq!(
        (&pilot["branch"], &pilot["grade"], &pilot["region"]),
        (&json!("Quay"), &json!("Hand"), &json!("North"))
    );
    assert_eq!(harbour.live("Longshoreman")["builtIn"], "docker");

    // Each of the three is refused by its own rule.
    let path = format!("Roles/{}", pilot["id"].as_str().expect("an id"));
    for (attribute, value, rule) in
        [("branch", "Office", "R-HD-4"), ("grade", "Chief", "R-HD-6"), ("region", "South", "R-HD-8")]
    {
        let body = replace(attribute, &json!(value));
        assert_eq!(harbour.refused("PATCH", &path, Some(&body)), (400, rule.to_owned()), "{attribute}");
        let whole = AT_THE_HARBOUR
            .replace("Pilot: { branch: Quay, grade: Hand, region: North", &changed_pilot(attribute, value));
        assert!(harbour.errors(&whole).contains(&format!("replace {rule}")), "{attribute}");
    }

    // The new role is another one, its holders go with it, the inactive one too.
    let south = AT_THE_HARBOUR.replace("region: North", "region: South");
    harbour.apply(&south, &["--allow-replace", "2"]);
    let now = harbour.live("Pilot");
    assert_ne!(now["id"], pilot["id"]);
    assert_eq!(now["region"], "South");
    assert_eq!(harbour.server.holders(now["id"].as_str().expect("an id")), 2);
    assert_eq!(harbour.server.list("Roles", "").len(), 4);

    // What else a stranger's request meets.
    let held = format!("Roles/{}", now["id"].as_str().expect("an id"));
    assert_eq!(harbour.refused("DELETE", &held, None), (409, "R-HD-13".to_owned()));
    let master = format!("Roles/{}", harbour.live("Harbour Master")["id"].as_str().expect("an id"));
    assert_eq!(harbour.refused("DELETE", &master, None), (403, "R-HD-16".to_owned()));
    assert_eq!(
        harbour.refused("PATCH", &master, Some(&replace("displayName", &json!("Boss")))),
        (403, "R-HD-18".to_owned())
    );
    let docker = format!("Roles/{}", harbour.live("Longshoreman")["id"].as_str().expect("an id"));
    let hires = replace("grants", &json!([grant("crew.view"), grant("crew.hire")]));
    assert_eq!(harbour.refused("PATCH", &docker, Some(&hires)), (403, "R-HD-19".to_owned()));
}

/// The first fields of the pilot with another value for one of them.
fn changed_pilot(attribute: &str, value: &str) -> String {
    let fields = [("branch", "Quay"), ("grade", "Hand"), ("region", "North")];
    let fields = fields.map(|(name, was)| format!("{name}: {}", if name == attribute { value } else { was }));
    format!("Pilot: {{ {}", fields.join(", "))
}

const IN_THE_READING_ROOM: &str = "\
roles:
  Lender: { classifications: [Staff], user_type: Half desk, permissions: [books, loans] }
  Keeper: { classifications: [Staff], segments: [Scores], user_type: Guest card, permissions: [books] }
assignments: { ana: Lender, bo: Head Librarian, cy: Lender, di: Keeper }
";

#[test]
fn the_reading_room_is_applied_a_mapping_is_replaced_and_a_built_in_role_goes() {
    let room = Stranger::new("reading-room", READING_ROOM);
    room.apply(IN_THE_READING_ROOM, &[]);
    let lender = room.live("Lender");
    assert_eq!(lender["userType"], "Half desk");
    assert_eq!(room.live("Keeper")["segments"], json!(["Music"]));

    // The mapping of a custom role stays; the rest of it changes in place.
    let path = format!("Roles/{}", lender["id"].as_str().expect("an id"));
    let mapped = replace("userType", &json!("Full desk"));
    assert_eq!(room.refused("PATCH", &path, Some(&mapped)), (400, "R-RR-12".to_owned()));
    let dearer = IN_THE_READING_ROOM
        .replace("Half desk, permissions: [books, loans]", "Full desk, permissions: [books, loans, readers]");
    assert_eq!(room.errors(&dearer), ["replace R-RR-12"]);
    let other = IN_THE_READING_ROOM.replace("permissions: [books, loans]", "permissions: [loans]");
    room.apply(&other, &[]);
    assert_eq!(room.live("Lender")["id"], lender["id"]);
    room.apply(&dearer, &["--allow-replace", "2"]);
    let now = room.live("Lender");
    assert_ne!(now["id"], lender["id"]);
    assert_eq!((&now["userType"], room.server.holders(now["id"].as_str().expect("an id"))), (&json!("Full desk"), 2));
    let ana = room.server.list("Users", "userName eq \"ana\"").remove(0);
    assert_eq!(ana["userType"], "Full desk");

    // Of the built-in roles one stays and one may go.
    let librarian = format!("Roles/{}", room.live("Head Librarian")["id"].as_str().expect("an id"));
    assert_eq!(room.refused("DELETE", &librarian, None), (403, "R-RR-15".to_owned()));
    let user =
        json!({ "schemas": [USER], "userName": "ed", "roles": [{ "value": now["id"] }], "userType": "Guest card" });
    assert_eq!(room.refused("POST", "Users", Some(&user)), (400, "R-RR-17".to_owned()));
    let without = format!("{dearer}removed: {{ roles: {{ Visitor: }} }}\n");
    room.apply(&without, &[]);
    assert_eq!(room.server.list("Roles", "displayName eq \"Visitor\""), Vec::<Value>::new());
}
