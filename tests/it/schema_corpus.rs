//! `tests/schemas`: files that fit their schema and files with one mistake each, which other validators
//! judge, too (`.ci/schemas`). Here it is our schema stage, and that each mistake is one finding.

use std::path::{Path, PathBuf};

use rolecall::diagnostic::{Diagnostics, Stage};
use rolecall::source::Sources;
use rolecall::{bulk, manifest, platform, project};

/// Everything that is found in a file, which is read as what its name begins with.
fn findings(path: &Path) -> (Sources, Diagnostics) {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let mut sources = Sources::default();
    let text = std::fs::read_to_string(path).expect("it is UTF-8");
    if name.starts_with("bulk-") {
        let open = platform::built_in("open").expect("it is built in");
        let bulk::Reading { sources, found, .. } = bulk::read(name, text.as_bytes(), bulk::Form::Yaml, &open);
        return (sources, found);
    }
    let source = sources.add(name, text);
    let found = if name.starts_with("project-") {
        project::read(&sources, source).1
    } else if name.starts_with("pack-") {
        platform::read_pack(&sources, source).1
    } else {
        let is_of = |pack: &&str| name.starts_with(&format!("{pack}-"));
        let pack = platform::built_in_names().find(|pack| is_of(pack)).expect("a platform");
        let pack = platform::built_in(pack).expect("it is built in");
        manifest::read(&sources, &[source], &pack).1
    };
    (sources, found)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The files in which the schema stage does not find so many things, with what it finds.
fn others(folder: &str, expected: usize) -> Vec<String> {
    let mut others = Vec::new();
    for file in files(folder) {
        let (sources, found) = findings(&file);
        let found = found.sorted();
        let misfits = found.iter().filter(|finding| finding.code.stage() == Stage::Schema);
        let misfits: Vec<String> =
            misfits.map(|finding| format!("  {}: {}", sources.locate(finding.span).line, finding.message)).collect();
        if misfits.len() != expected {
            others.push(format!("{}\n{}", file.display(), misfits.join("\n")));
        }
    }
    others
}

#[test]
fn good_files_fit_their_schema() {
    let others = others("good", 0);
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn bad_files_have_one_mistake() {
    let others = others("bad", 1);
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn every_schema_has_good_and_bad_files() {
    for folder in ["good", "bad"] {
        let files = files(folder);
        for (schema, _) in rolecall::schemas::generated_schemas() {
            let schema = schema.trim_end_matches("schema.json").trim_end_matches('.');
            let of = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(schema));
            assert!(files.iter().any(of), "no {folder} file for {schema}");
        }
    }
}
