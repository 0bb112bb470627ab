//! Platforms that nobody here has heard of: packs built from YAML alone, and named by their path.
//!
//! One divides its roles by three attributes that cannot change, the other one is paid by user type.
//! Findings have the packs' own rules. What is applied is in `strangers_applied`.

use std::path::Path;

use rolecall::platform::{Pack, read_pack};
use rolecall::source::Sources;
use rolecall::state::Assignments;

use crate::manifest_text::{grants, read, role, valid};
use crate::support::Folder;

const HARBOUR: &str = include_str!("../packs/harbour.yaml");
const READING_ROOM: &str = include_str!("../packs/reading-room.yaml");

#[track_caller]
fn pack(text: &str) -> Pack {
    let mut sources = Sources::default();
    let source = sources.add("pack.yaml", text);
    let (pack, found) = read_pack(&sources, source);
    assert_eq!(found.sorted(), []);
    pack.expect("a pack without findings")
}

#[track_caller]
fn findings(text: &str, file: &str) -> String {
    read(&pack(text), &[file]).1
}

const AT_THE_HARBOUR: &str = "
roles:
  Harbour Master:
  Longshoreman: { previously: [Docker], permissions: { moorings: { view: all, book: [length] }, cargo: [view] } }
  Pilot: { branch: Quay, grade: Hand, region: North, permissions: [weather, berths] }
  Foreman: { branch: Quay, grade: Chief, permissions: { all_except: [crew] } }
assignments:
  ana@example.com: Harbor Master
  bo@example.com: Docker
  cy@example.com: { role: Pilot, active: false }
removed: { roles: { Temp: { reassign_to: Pilot } } }
";

const IN_THE_READING_ROOM: &str = "
segments: { Music: , Maps: }
user_types: { Desk: { licenses: 3 } }
roles:
  Visitor: { segments: [Scores], permissions: { books: [view] } }
  Lender: { classifications: [Staff], user_type: Half desk, permissions: [books, loans] }
  Registrar: { classifications: [Staff, Public], user_type: Desk, permissions: { all_except: [loans.extend] } }
assignments: { ana: Lender, bo: { role: Head Librarian, user_type: Desk }, cy: Visitor }
removed: { roles: { Old Visitor: { reassign_to: Visitor } } }
";

#[test]
fn their_files_are_valid_by_the_path_of_their_pack() {
    for (pack, name, manifest) in
        [(HARBOUR, "harbour.yaml", AT_THE_HARBOUR), (READING_ROOM, "reading-room.yaml", IN_THE_READING_ROOM)]
    {
        let project = format!("version: 1\nplatform: packs/{name}\n");
        let folder = Folder::of(&[
            ("rolecall.yaml", &project),
            (&format!("packs/{name}"), pack),
            ("manifests/all.yaml", manifest),
        ]);
        let run = folder.run(&["validate", "--deny-warnings"]).expect(0);
        assert!(run.stdout.contains("valid"), "{}", run.words());
    }
}

#[test]
fn their_files_mean_what_their_pack_says() {
    let desired = valid(&pack(HARBOUR), &[AT_THE_HARBOUR]);
    let of = |name: &str| grants(role(&desired, name)).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(of("Longshoreman"), "berths.book.length berths.view cargo.load cargo.unload cargo.view");
    assert_eq!(of("Pilot"), "berths.book berths.close berths.view weather.view");
    assert_eq!(of("Foreman"), "berths.book berths.close berths.view cargo.load cargo.unload cargo.view weather.view");
    assert_eq!(role(&desired, "Longshoreman").built_in.as_deref(), Some("docker"));
    let held: Vec<&str> = desired.assignments.iter().flat_map(Assignments::iter).map(|row| row.role).collect();
    assert_eq!(held, ["Harbour Master", "Longshoreman", "Pilot"]);

    let desired = valid(&pack(READING_ROOM), &[IN_THE_READING_ROOM]);
    let of = |name: &str| grants(role(&desired, name)).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(of("Registrar"), "books.lend books.order books.view loans.view readers.register readers.view");
    assert_eq!(of("Lender"), "books.lend books.order books.view loans.extend loans.view");
}

#[test]
fn the_harbours_rules_are_its_own() {
    insta::assert_snapshot!(findings(HARBOUR, "
roles:
  Harbor Master: { region: North, permissions: [weather] }
  Clerk: { branch: Office, grade: Chief, region: West }
  Docker: { branch: Office, region: South, permissions: { crew: [view] } }
  Guard: { branch: Quay, permissions: { crew: [hire], berths: { close: [depth] }, moorings: [view] } }
  Watch: { branch: Quay, grade: Hand, permissions: [] }
  watch: { branch: Quay, grade: Hand }
assignments: { ana: Clerk, bo@example.com: [Guard, Watch] }
removed: { roles: { Harbour Master: , Temp: { reassign_to: temp } } }
"), @"
        a.yaml:3:48 locked-role (R-HD-18) the permissions of role `Harbour Master` cannot be changed: `berths.book` would be taken away | leave `permissions` out
        a.yaml:4:35 reserved-values (R-HD-14) role `Clerk` has `branch: Office` and `grade: Chief` together, which only `Harbour Master` can have | choose another value for one of them
        a.yaml:4:50 not-allowed (R-HD-7) `West` is not possible for `region` | possible here: `North`, `South`
        a.yaml:5:21 locked-role (R-HD-4) `branch` of role `Docker` is `Quay` and cannot be changed: the platform has brought it along | write `Quay`, or leave `branch` out
        a.yaml:5:66 locked-role (R-HD-19) role `Docker` can never grant `crew.dismiss` | leave `crew` out
        a.yaml:6:3 missing-key (R-HD-5) `grade` is missing in `Guard`
        a.yaml:6:48 view-missing (R-HD-10) `crew.hire` cannot be granted without `crew.view` | write `crew: [view]`, which means all that can be done with it
        a.yaml:6:72 not-allowed (R-HD-11) `close` must be `all`: it cannot be limited to fields | possible here: `all`
        a.yaml:6:83 duplicate-key (no rule) `berths` and `moorings` are one entity | keep one of the two
        a.yaml:7:52 no-permissions (R-HD-9) role `Watch` has no permissions, so its holders may do nothing | give it some, or leave `permissions` out to keep what is live
        a.yaml:8:3 duplicate-object (R-HD-1) role `watch` is declared twice | keep one of the two; `Watch` and `watch` differ only in case or spaces, which do not count
        a.yaml:9:16 bad-format (R-HD-20) the key `ana` is not an e-mail address
        a.yaml:9:44 wrong-type (R-HD-21) `bo@example.com` must be a text or a map, not a list | write entries, `key: value`, instead of items
        a.yaml:10:21 assigned-and-removed (no rule) role `Harbour Master` is removed here, and declared by the same files | keep one of the two
        a.yaml:10:21 locked-role (R-HD-16) role `Harbour Master` cannot be deleted: the platform has brought it along | leave it; its holders can get another role
        a.yaml:10:60 reassign-cycle (R-HD-13) the holders of `Temp` would get the very role that is removed | name a role that stays
        ");
}

#[test]
fn the_reading_rooms_rules_are_its_own() {
    insta::assert_snapshot!(findings(READING_ROOM, "
segments: { Music: }
roles:
  Lender: { classifications: [Friends, Public, Public], user_type: Half desk, permissions: { readers: [view] } }
  Poor: { classifications: [], segments: [Maps, Films], permissions: { books: [] } }
  Dear: { classifications: [Staff], user_type: Desk, permissions: [books] }
  Guest: { previously: [Visitor] }
  Head Librarian: { user_type: Half desk, permissions: [books] }
  Trustee: { classifications: [Staff], user_type: Half desk, permissions: [loans] }
assignments: { ana: { role: Dear, user_type: Guest card }, bo: {} }
removed: { roles: { head librarian: } }
"), @"
        a.yaml:4:31 not-allowed (R-RR-1) `Friends` is not possible for an item of `classifications` | possible here: `Staff`, `Public`
        a.yaml:4:48 equal-items (R-RR-7) `Public` is in `classifications` already | remove one of the two; the list is a set
        a.yaml:4:104 permission-beyond-type (R-RR-10) a role of the user type `Half desk` cannot grant `readers.view` | leave it out, or map the role to one of these: `Full desk`
        a.yaml:5:3 missing-key (R-RR-8) `user_type` is missing in `Poor`
        a.yaml:5:28 out-of-range (R-RR-6) `classifications` needs at least one item
        a.yaml:5:43 not-enabled (R-RR-3) segment `Maps` is not enabled: `segments` does not list it | choose another one; if the organization has it, list it under `segments`
        a.yaml:5:49 not-allowed (R-RR-2) `Films` is not possible for an item of `segments` | possible here: `Music`, `Scores`, `Maps`, `Rare Books`
        a.yaml:5:70 out-of-range (R-RR-9) role `Poor` has no permissions, so its holders may do nothing | give it one at least
        a.yaml:6:48 cheaper-user-type (R-RR-11) role `Dear` is mapped to `Full desk`, and a role of the cheaper `Guest card` could grant the same | map it to `Guest card`, if nothing else speaks for the dearer one
        a.yaml:7:3 locked-role (R-RR-14) role `Visitor` cannot be renamed: the platform has brought it along | give a new role this name, without `previously`
        a.yaml:8:32 locked-role (R-RR-14) `user_type` of role `Head Librarian` is `Full desk` and cannot be changed: the platform has brought it along | write `Full desk`, or leave `user_type` out
        a.yaml:8:56 locked-role (R-RR-14) the permissions of role `Head Librarian` cannot be changed: `loans.extend` would be taken away | leave `permissions` out
        a.yaml:9:3 locked-role (no rule) role `Trustee` is above all that can be managed here: it cannot be declared | leave it out; who holds it is decided on the platform itself
        a.yaml:10:46 user-type-mismatch (R-RR-17) user `ana` is said to be of type `Guest card`, but role `Dear` is mapped to `Full desk` | the type follows from the role: remove `user_type` here, or assign another role
        a.yaml:10:60 missing-key (R-RR-16) `role` is missing in `bo`
        a.yaml:11:21 assigned-and-removed (no rule) role `head librarian` is removed here, and declared by the same files | keep one of the two
        a.yaml:11:21 locked-role (R-RR-15) role `head librarian` cannot be deleted: the platform has brought it along | leave it; its holders can get another role
        ");
    // A role that the platform has brought along goes where the pack lets it.
    valid(&pack(READING_ROOM), &["removed: { roles: { Visitor: } }"]);
}

#[test]
fn a_strangers_pack_has_a_schema_for_editors() {
    let folder = Folder::new();
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/harbour.yaml").display().to_string();
    let made = folder.run(&["schema", "--platform", &pack, "--out", "schemas"]).expect(0);
    assert_eq!(made.stdout, "schemas/harbour.schema.json\nschemas/project.schema.json\n");
    assert!(folder.read("schemas/harbour.schema.json").contains("Quay"), "it has the pack's own values");
    let _ = folder.run(&["schema", "--platform", &pack, "--check"]).expect(0);
    folder.write("broken.yaml", "platform: broken\n");
    let _ = folder.run(&["schema", "--platform", "broken.yaml", "--out", "schemas"]).expect(10);
}
