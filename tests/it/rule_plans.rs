//! Rules of Responsive and Bullseye that show in a plan: real files, an organization in a sandbox,
//! and what the plan says. Each test begins with the number of its rule.

use serde_json::Value;

use crate::support::{Folder, Run};

/// An organization to which files have been applied.
struct Organization(Folder);

impl Organization {
    #[track_caller]
    fn of(platform: &str, manifest: &str) -> Self {
        let folder = Folder::of(&[("rolecall.yaml", &format!("version: 1\nplatform: {platform}\n"))]);
        folder.write("manifests/all.yaml", manifest);
        folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
        Self(folder)
    }

    fn responsive(manifest: &str) -> Self {
        Self::of("responsive", manifest)
    }

    fn bullseye(manifest: &str) -> Self {
        Self::of("bullseye", manifest)
    }

    /// What would be done for other files, by a run that ends with this code.
    #[track_caller]
    fn plan(&self, manifest: &str, code: i32) -> Plan {
        self.0.write("manifests/all.yaml", manifest);
        let run: Run = self.0.run(&["plan", "--sandbox", "--format", "json"]);
        Plan(run.expect(code).json())
    }
}

struct Plan(Value);

impl Plan {
    fn list(&self, pointer: &str) -> Vec<Value> {
        self.0.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// Code and rule of each error.
    fn errors(&self) -> Vec<String> {
        let errors = self.list("/findings").into_iter().filter(|finding| finding["severity"] == "error");
        errors.map(|one| format!("{} {}", one["code"], one["rule"]).replace('"', "")).collect()
    }

    /// The seats of each user type that has a number of them: before, at most, after.
    fn seats(&self) -> Vec<String> {
        let seats = self.list("/seats").into_iter().filter(|seats| !seats["capacity"].is_null());
        seats
            .map(|one| {
                format!("{} {}/{}/{}", one["user_type"], one["before"], one["worst"], one["after"]).replace('"', "")
            })
            .collect()
    }

    /// Address and what each step waits for.
    fn steps(&self) -> Vec<String> {
        let steps = self.list("/steps").into_iter();
        steps
            .map(|step| format!("{} {} after {}", step["id"], step["address"], step["waits_for"]).replace('"', ""))
            .collect()
    }

    fn count(&self, what: &str) -> &Value {
        &self.0["summary"][what]
    }
}

/// Two custom roles of one user type, and one of another.
const ROLES: &str = "\
roles:
  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }
  Editor: { user_type: Non-AI member user, permissions: { content: [create, approve] } }
  Drafter: { user_type: AI member user, permissions: { ai_drafting: [use] } }
";

fn team(licenses: (u32, u32), people: &[(&str, &str)]) -> String {
    let people: String = people.iter().map(|(name, role)| format!("  {name}@example.com: {role}\n")).collect();
    let types = format!(
        "user_types: {{ Non-AI member user: {{ licenses: {} }}, AI member user: {{ licenses: {} }} }}",
        licenses.0, licenses.1
    );
    format!("{types}\n{ROLES}assignments:\n  root@example.com: Admin with all permissions (AI not enabled)\n{people}")
}

#[test]
fn r_ut_2_11_only_another_type_moves_a_licence() {
    let organization = Organization::responsive(&team((1, 1), &[("ana", "Writer")]));
    let same = organization.plan(&team((1, 1), &[("ana", "Editor")]), 0);
    assert_eq!((same.count("update"), same.seats()), (&1.into(), Vec::<String>::new()));
    let other = organization.plan(&team((1, 1), &[("ana", "Drafter")]), 0);
    assert_eq!(other.seats(), ["AI member user 0/1/1", "Non-AI member user 1/1/0"]);
}

#[test]
fn r_ut_3_access_is_the_roles_and_not_the_types() {
    let organization = Organization::responsive(&team((2, 0), &[("ana", "Writer")]));
    let plan = organization.plan(&team((2, 0), &[("ana", "Editor")]), 0);
    let gained = plan.list("/access/gained");
    assert_eq!(gained.len(), 1, "{gained:?}");
    assert!(gained[0].to_string().contains("content.approve"), "{gained:?}");
    assert_eq!(plan.list("/access/lost"), Vec::<Value>::new());
}

#[test]
fn r_ut_6_8_each_active_user_takes_one_seat_of_the_own_type() {
    let organization = Organization::responsive(&team((5, 5), &[("ana", "Writer")]));
    let inactive = "{ role: Writer, active: false }";
    let people = [("ana", "Writer"), ("bo", "Editor"), ("cy", "Drafter"), ("di", inactive)];
    let plan = organization.plan(&team((5, 5), &people), 0);
    assert_eq!(plan.seats(), ["AI member user 0/1/1", "Non-AI member user 1/2/2"]);
}

#[test]
fn r_ut_7_17_a_role_alone_implies_the_one_type_of_a_user() {
    let organization = Organization::responsive(&team((5, 5), &[]));
    let plan = organization.plan(&team((5, 5), &[("ana", "Drafter")]), 0);
    let account = &plan.list("/changes")[0];
    assert_eq!(account["address"], "user/ana@example.com");
    let types: Vec<Value> =
        plan.list("/changes/0/fields").into_iter().filter(|field| field["path"] == "user_type").collect();
    assert_eq!(types.len(), 1, "{account}");
    assert_eq!(types[0]["after"], "AI member user");
}

#[test]
fn r_ut_18_an_account_brings_its_seat_and_its_access() {
    let organization = Organization::responsive(&team((5, 1), &[]));
    let plan = organization.plan(&team((5, 1), &[("ana", "Drafter")]), 0);
    assert_eq!(plan.seats(), ["AI member user 0/1/1"]);
    assert!(plan.list("/access/gained")[0].to_string().contains("ai_drafting.use"));
    let full = organization.plan(&team((5, 1), &[("ana", "Drafter"), ("bo", "Drafter")]), 5);
    assert_eq!(full.errors(), ["no-seat R-UT-26"]);
}

#[test]
fn r_ut_26_a_change_of_type_needs_a_free_seat_of_the_new_one() {
    let organization = Organization::responsive(&team((3, 1), &[("ana", "Writer"), ("bo", "Writer")]));
    let plan = organization.plan(&team((3, 1), &[("ana", "Drafter"), ("bo", "Drafter")]), 5);
    assert_eq!(plan.errors(), ["no-seat R-UT-26"]);
    let one = organization.plan(&team((3, 1), &[("ana", "Drafter"), ("bo", "Writer")]), 0);
    assert_eq!(one.seats(), ["AI member user 0/1/1", "Non-AI member user 2/2/1"]);
}

/// What a bulk could not do, because it hides the seats of its users, single steps do in order.
#[test]
fn r_ut_27_no_step_counts_on_a_seat_inside_of_a_bulk() {
    let organization = Organization::responsive(&team((1, 2), &[("ana", "Drafter"), ("bo", "Writer")]));
    let plan = organization.plan(&team((1, 2), &[("ana", "Writer"), ("bo", "Drafter")]), 0);
    assert_eq!(plan.steps(), ["s1 user/bo@example.com after []", "s2 user/ana@example.com after [s1]"]);
}

#[test]
fn r_ut_28_a_swap_needs_a_spare_seat_and_whoever_keeps_the_type_none() {
    let (before, after) = ([("ana", "Drafter"), ("bo", "Writer")], [("ana", "Writer"), ("bo", "Drafter")]);
    let full = Organization::responsive(&team((1, 1), &before));
    assert_eq!(full.plan(&team((1, 1), &after), 5).errors(), ["no-seat R-UT-26"]);
    // Whoever keeps the type needs no further seat.
    assert_eq!(full.plan(&team((1, 1), &[("ana", "Drafter"), ("bo", "Editor")]), 0).count("update"), 1);
}

#[test]
fn r_ut_29_a_custom_role_stands_beside_the_seven() {
    let organization = Organization::responsive(&team((5, 5), &[("ana", "Drafter")]));
    assert_eq!(organization.plan(&team((5, 5), &[("ana", "Drafter")]), 0).steps(), [""; 0]);
}

#[test]
fn r_ut_30_a_custom_role_cannot_be_modified() {
    let organization = Organization::responsive(&team((5, 5), &[("ana", "Writer")]));
    let more = team((5, 5), &[("ana", "Writer")]).replace("{ content: [create] }", "{ content: [create, delete] }");
    assert_eq!(organization.plan(&more, 5).errors(), ["replace R-UT-30"]);
}

/// The two roles of the document's examples.
const REPS: &str = "\
roles:
  Regional Rep: { class: Account, rank: User, description: Watches leads, permissions: [leads, reports] }
  Dealer Staff: { class: Location, rank: User, permissions: { locations: { view: all, modify: [phone, hours] } } }
assignments:
  root@example.com: Administrator
  rep@example.com: Regional Rep
";

#[test]
fn r_be_5_10_27_a_regional_rep_and_a_dealers_employee_are_custom_roles() {
    let organization = Organization::bullseye(REPS);
    assert_eq!(organization.plan(REPS, 0).steps(), [""; 0]);
}

#[test]
fn r_be_26_a_custom_role_may_be_a_location_admin() {
    let organization = Organization::bullseye(REPS);
    let branch = REPS.replace(
        "assignments:",
        "  Branch Manager: { class: Location, rank: Admin, permissions: [users] }\nassignments:",
    );
    assert_eq!(organization.plan(&branch, 0).count("create"), 1);
}

#[test]
fn r_be_28_36_a_role_is_made_then_given_its_permissions_then_given_to_users() {
    let organization = Organization::bullseye("assignments:\n  root@example.com: Administrator\n");
    let plan = organization.plan(REPS, 0);
    let of = |address: &str| -> Vec<String> {
        plan.steps().into_iter().filter(|step| step.contains(&format!(" {address} "))).collect()
    };
    let rep = of("role/Regional Rep");
    assert_eq!(rep.len(), 2, "{rep:?}");
    let id = |step: &str| step.split(' ').next().unwrap_or_default().to_owned();
    assert!(rep[1].contains(&id(&rep[0])), "{rep:?}");
    assert!(of("user/rep@example.com")[0].contains(&id(&rep[1])), "{:?}", plan.steps());
}

#[test]
fn r_be_15_a_class_never_changes() {
    let organization = Organization::bullseye(REPS);
    let changed = REPS.replace("class: Account", "class: Location");
    assert!(organization.plan(&changed, 5).errors().contains(&"replace R-BE-15".to_owned()));
}

#[test]
fn r_be_22_a_rank_never_changes() {
    let organization = Organization::bullseye(REPS);
    let changed = REPS.replace("class: Location, rank: User", "class: Location, rank: Admin");
    assert_eq!(organization.plan(&changed, 5).errors(), ["replace R-BE-22"]);
}

#[test]
fn r_be_38_a_role_that_nobody_holds_is_deleted() {
    let organization = Organization::bullseye(REPS);
    let without = REPS.lines().filter(|line| !line.contains("Dealer Staff")).collect::<Vec<_>>().join("\n");
    let plan = organization.plan(&format!("{without}\nremoved: {{ roles: {{ Dealer Staff: }} }}\n"), 0);
    assert_eq!((plan.count("delete"), plan.steps().len()), (&1.into(), 1));
}

#[test]
fn r_be_39_holders_of_a_role_that_goes_get_another_one_first() {
    let organization = Organization::bullseye(REPS);
    let rest =
        "roles:\n  Dealer Staff: { class: Location, rank: User }\nassignments:\n  root@example.com: Administrator\n";
    let stranded = format!("{rest}removed: {{ roles: {{ Regional Rep: }} }}\n");
    assert_eq!(organization.plan(&stranded, 5).errors(), ["held-role R-BE-39"]);
    let moved = format!("{rest}removed: {{ roles: {{ Regional Rep: {{ reassign_to: Account User }} }} }}\n");
    let plan = organization.plan(&moved, 0);
    assert_eq!(plan.steps(), ["s1 user/rep@example.com after []", "s2 role/Regional Rep after [s1]"]);
    // Reading C8: to another class somebody has to say so.
    let across = moved.replace("Account User", "Location User");
    assert_eq!(organization.plan(&across, 5).errors(), ["needs-word R-BE-39"]);
}
