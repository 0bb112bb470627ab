//! `examples/open`: the company that newcomers meet first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rolecall::source::Sources;
use rolecall::state::{Desired, Kind, Value};
use rolecall::{manifest, project};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/open")
}

/// Every YAML file of the example, the project file first.
fn files() -> Vec<PathBuf> {
    let pattern = directory().join("manifests/**/*.yaml");
    let manifests = glob::glob(pattern.to_str().expect("text")).expect("a pattern");
    std::iter::once(directory().join("rolecall.yaml")).chain(manifests.map(|path| path.expect("readable"))).collect()
}

fn read() -> (project::Project, Desired) {
    let mut sources = Sources::default();
    let ids: Vec<_> = files()
        .into_iter()
        .map(|path| sources.add(path.display().to_string(), std::fs::read_to_string(path).expect("it is readable")))
        .collect();
    let (file, found) = project::read(&sources, ids[0]);
    assert_eq!(found.sorted(), []);
    let project = file.expect("no findings").environment(None).expect("it has no environments");
    let pack = project.built_in_pack().expect("it is carried").expect("it is named");
    let (desired, found, _) = manifest::read(&sources, &ids[1..], &pack);
    assert_eq!(found.sorted(), []);
    (project, desired.expect("no findings"))
}

#[test]
fn the_company_is_as_large_as_the_readme_says_and_its_seats_suffice() {
    let (project, desired) = read();
    let assignments = desired.assignments.as_ref().expect("people");
    assert_eq!(assignments.len(), 200);
    assert!(desired.objects[&Kind::Role].len() >= 12);

    let mut used: BTreeMap<String, u64> = BTreeMap::new();
    let mut administrators = 0;
    for user in assignments.iter().filter(|user| user.active != Some(false)) {
        let role = desired.find(Kind::Role, user.role).expect("every role is declared");
        let Value::Text(user_type) = &role.attributes["user_type"].value else { panic!("{} has no type", role.name) };
        *used.entry(user_type.clone()).or_default() += 1;
        administrators += u64::from(project.administrators.iter().any(|role| role.value == user.role));
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
fn every_file_names_the_schema_that_editors_shall_use() {
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("it is readable");
        let first = text.lines().next().unwrap_or_default();
        let schema = first.strip_prefix("# yaml-language-server: $schema=").expect("a modeline");
        let schema = path.parent().expect("a directory").join(schema);
        let schema = schema.canonicalize().unwrap_or_else(|_| panic!("{}: no such schema", path.display()));
        let wanted = if path.ends_with("rolecall.yaml") { "project.schema.json" } else { "open.schema.json" };
        assert!(schema.ends_with(Path::new("schemas").join(wanted)), "{}: {}", path.display(), schema.display());
    }
}
