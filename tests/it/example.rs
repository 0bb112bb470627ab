//! `examples/open` and the companies on the other platforms: what newcomers meet first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rolecall::platform::{Administrators, Pack, Section};
use rolecall::project::{Confirm, Project, ProjectFile};
use rolecall::source::Sources;
use rolecall::state::{Desired, DesiredObject, Kind, Value};
use rolecall::{manifest, project};

const COMPANIES: [&str; 4] = ["bullseye", "open", "responsive", "total-expert"];

fn directory(company: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(company)
}

/// Every YAML file of a company, the project file first.
fn files(company: &str) -> Vec<PathBuf> {
    let directory = directory(company);
    let pattern = directory.join("manifests/**/*.yaml");
    let manifests = glob::glob(pattern.to_str().expect("text")).expect("a pattern");
    std::iter::once(directory.join("rolecall.yaml")).chain(manifests.map(|path| path.expect("readable"))).collect()
}

struct Company {
    file: ProjectFile,
    project: Project,
    pack: Pack,
    desired: Desired,
}

fn read(company: &str) -> Company {
    let mut sources = Sources::default();
    let ids: Vec<_> = files(company)
        .into_iter()
        .map(|path| sources.add(path.display().to_string(), std::fs::read_to_string(path).expect("it is readable")))
        .collect();
    let (file, found) = project::read(&sources, ids[0]);
    assert_eq!(found.sorted(), []);
    let file = file.expect("no findings");
    let project = file.environment(None).expect("its default");
    let pack = project.built_in_pack().expect("it is carried").expect("it is named");
    let (desired, found, _) = manifest::read(&sources, &ids[1..], &pack);
    assert_eq!(found.sorted(), []);
    Company { file, project, pack, desired: desired.expect("no findings") }
}

/// The active people of a company, each with their role.
fn active(desired: &Desired) -> impl Iterator<Item = (&str, &DesiredObject)> {
    let assignments = desired.assignments.as_ref().expect("people");
    assignments.iter().filter(|user| user.active != Some(false)).map(|user| {
        let role = desired.find(Kind::Role, user.role).unwrap_or_else(|| panic!("{} is not declared", user.role));
        (user.user_name, role)
    })
}

#[test]
fn a_company_is_as_large_as_the_readme_says() {
    for company in COMPANIES {
        let Company { desired, .. } = read(company);
        assert_eq!(desired.assignments.as_ref().expect("people").len(), 200, "{company}");
        assert!(desired.objects[&Kind::Role].len() >= 12, "{company}");
        assert!(
            files(company).iter().filter(|path| path.to_string_lossy().contains("/roles/")).count() > 2,
            "{company}"
        );
    }
}

#[test]
fn the_seats_of_the_open_company_suffice_and_it_has_administrators() {
    let Company { project, desired, .. } = read("open");
    let mut used: BTreeMap<String, u64> = BTreeMap::new();
    let mut administrators = 0;
    for (_, role) in active(&desired) {
        let Value::Text(user_type) = &role.attributes["user_type"].value else { panic!("{} has no type", role.name) };
        *used.entry(user_type.clone()).or_default() += 1;
        administrators += u64::from(project.administrators.iter().any(|name| name.value == role.name));
    }
    for (user_type, used) in used {
        let declared = desired.find(Kind::UserType, &user_type).expect("every type is declared");
        if let Value::Count(licenses) = declared.attributes["licenses"].value {
            assert!(used <= licenses, "{user_type}: {used} of {licenses}");
        }
    }
    assert!(administrators >= project.guards.min_administrators, "{administrators} administrators");
}

#[test]
fn the_lender_uses_every_classification_and_the_six_segments_that_it_has() {
    let Company { pack, desired, .. } = read("total-expert");
    let used = |attribute: &str| -> BTreeSet<String> {
        let roles = desired.objects[&Kind::Role].values();
        let names = roles.flat_map(|role| match &role.attributes[attribute].value {
            Value::Names(names) => names.clone(),
            other => panic!("{}: {other:?}", role.name),
        });
        names.collect()
    };
    let all: BTreeSet<String> =
        pack.vocabulary(Section::Classifications).values.iter().map(|one| one.name.clone()).collect();
    assert_eq!(used("classifications"), all);
    let enabled: BTreeSet<String> = desired.objects[&Kind::Segment].values().map(|one| one.name.clone()).collect();
    assert_eq!((used("segments"), enabled.len()), (enabled, 6));
}

#[test]
fn the_lender_has_administrators_and_every_role_somebody() {
    let Company { project, pack, desired, .. } = read("total-expert");
    let who: &Administrators = pack.roles.administrators.as_ref().expect("the pack says who is one");
    let may = |role: &DesiredObject| match &role.attributes["permissions"].value {
        Value::Names(grants) => grants.iter().any(|grant| who.have(grant)),
        _ => false,
    };
    let administrators = active(&desired).filter(|(_, role)| may(role)).count() as u64;
    assert!(administrators >= project.guards.min_administrators.max(2), "{administrators} administrators");
    let held: BTreeSet<&str> = active(&desired).map(|(_, role)| role.name.as_str()).collect();
    assert_eq!(held.len(), desired.objects[&Kind::Role].len(), "a role that nobody holds");
}

#[test]
fn the_lender_tries_in_staging_and_asks_for_productions_name() {
    let Company { file, project, .. } = read("total-expert");
    assert_eq!((project.environment.as_deref(), project.confirm), (Some("staging"), None));
    let production = file.environment(Some("production")).expect("it has one");
    assert_eq!(production.confirm, Some(Confirm::Name));
    assert_ne!(production.target.url.map(|url| url.value), project.target.url.map(|url| url.value));
    assert_eq!(project.administrators, []);
}

/// The declared roles that a company's people hold.
fn held(desired: &Desired) -> BTreeSet<&str> {
    active(desired).map(|(_, role)| role.name.as_str()).collect()
}

#[test]
fn the_maker_and_the_software_house_use_every_role_that_their_platform_brings_along() {
    for company in ["bullseye", "responsive"] {
        let Company { project, pack, desired, .. } = read(company);
        let built_in: BTreeSet<&str> =
            desired.objects[&Kind::Role].values().filter_map(|role| role.built_in.as_deref()).collect();
        let known: BTreeSet<&str> = pack.roles.built_in.roles.keys().map(String::as_str).collect();
        assert_eq!(built_in, known, "{company}");
        assert_eq!(held(&desired).len(), desired.objects[&Kind::Role].len(), "{company}: a role that nobody holds");
        let who = pack.roles.administrators.as_ref().expect("the pack says who is one");
        let administrates = |role: &DesiredObject| role.built_in.as_ref().is_some_and(|key| who.built_in.contains(key));
        let administrators = active(&desired).filter(|(_, role)| administrates(role)).count() as u64;
        assert!(administrators >= project.guards.min_administrators, "{company}: {administrators} administrators");
    }
}

#[test]
fn the_regional_rep_and_the_dealers_employee_of_the_document_are_among_the_makers_roles() {
    let Company { desired, .. } = read("bullseye");
    let attribute = |role: &str, name: &str| {
        desired.find(Kind::Role, role).unwrap_or_else(|| panic!("no {role}")).attributes[name].value.clone()
    };
    // R-BE-27: the layer between the company and its dealers, and no administrator.
    assert_eq!(attribute("Regional Rep", "class"), Value::text("Account"));
    assert_eq!(attribute("Regional Rep", "rank"), Value::text("User"));
    // R-BE-5: a few fields of the own location, and nothing else of it.
    assert_eq!(attribute("Dealer Employee", "class"), Value::text("Location"));
    let Value::Names(grants) = attribute("Dealer Employee", "permissions") else { panic!("no permissions") };
    let modified: Vec<&str> = grants.iter().filter_map(|grant| grant.strip_prefix("locations.modify")).collect();
    assert_eq!(modified, [".hours", ".images"]);
    assert!(!grants.iter().any(|grant| grant.starts_with("locations.add") || grant.starts_with("locations.delete")));
}

#[test]
fn the_licences_of_the_software_house_suffice() {
    let Company { desired, .. } = read("responsive");
    let mut used: BTreeMap<&str, u64> = BTreeMap::new();
    let pack = rolecall::platform::built_in("responsive").expect("it is carried");
    for (_, role) in active(&desired) {
        let of_built_in =
            || role.built_in.as_ref().map(|key| &*pack.roles.built_in.roles[key].attributes["user_type"][0]);
        let declared = role.attributes.get("user_type").map(|declared| match &declared.value {
            Value::Text(name) => &*desired.find(Kind::UserType, name).expect("it is declared").name,
            other => panic!("{other:?}"),
        });
        *used.entry(declared.or_else(of_built_in).expect("every role has a type")).or_default() += 1;
    }
    for (user_type, used) in used {
        let licenses = &desired.find(Kind::UserType, user_type).expect("it is declared").attributes["licenses"].value;
        assert!(matches!(licenses, Value::Count(licenses) if used <= *licenses), "{user_type}: {used} of {licenses:?}");
    }
}

#[test]
fn every_file_names_the_schema_that_editors_shall_use() {
    for company in COMPANIES {
        for path in files(company) {
            let text = std::fs::read_to_string(&path).expect("it is readable");
            let first = text.lines().next().unwrap_or_default();
            let schema = first.strip_prefix("# yaml-language-server: $schema=").expect("a modeline");
            let schema = path.parent().expect("a directory").join(schema);
            let schema = schema.canonicalize().unwrap_or_else(|_| panic!("{}: no such schema", path.display()));
            let of_manifests = format!("{company}.schema.json");
            let wanted = if path.ends_with("rolecall.yaml") { "project.schema.json" } else { &of_manifests };
            assert!(schema.ends_with(Path::new("schemas").join(wanted)), "{}: {}", path.display(), schema.display());
        }
    }
}
