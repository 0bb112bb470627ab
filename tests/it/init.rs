//! `init`: a new project is valid, can be applied at once, and takes nothing away that was there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Folder, rolecall};

const PLATFORMS: [&str; 4] = ["bullseye", "open", "responsive", "total-expert"];

/// Every file below a folder but what runs leave behind.
fn files(folder: &Path) -> BTreeMap<String, String> {
    fn collect(folder: &Path, top: &Path, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("an entry").path();
            if path.file_name().is_some_and(|name| name == ".rolecall") {
                continue;
            }
            if path.is_dir() {
                collect(&path, top, files);
            } else {
                let name = path.strip_prefix(top).expect("below").to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

#[test]
fn a_new_project_is_valid_and_can_be_applied_at_once() {
    for platform in PLATFORMS {
        let folder = Folder::new();
        let _ = folder.run(&["init", "--platform", platform, "--ci", "both"]).expect(0);
        let made = files(folder.path());
        let names: Vec<&str> = made.keys().map(String::as_str).collect();
        let schema = format!("schemas/{platform}.schema.json");
        let mut wanted = vec![
            ".github/workflows/rolecall.yml",
            ".gitignore",
            ".gitlab-ci.yml",
            "manifests/roles.yaml",
            "rolecall.yaml",
            &schema,
            "schemas/project.schema.json",
        ];
        wanted.sort_unstable();
        assert_eq!(names, wanted, "{platform}");
        let ended = folder.run(&["validate", "--deny-warnings"]).expect(0);
        assert!(ended.stdout.contains("valid"), "{platform}: {}", ended.stdout);
        let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
        let plan = folder.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
        assert!(plan.stdout.contains("No changes"), "{platform}: {}", plan.stdout);
        let _ = folder.run(&["schema", "--check", "schemas"]);
        // The assignments that the file shows can be taken as they are.
        let text = folder.read("manifests/roles.yaml");
        let with_people = text.replace("# assignments:", "assignments:").replace("#   ", "  ");
        folder.write("manifests/roles.yaml", with_people);
        let _ = folder.run(&["validate"]).expect(0);
        let _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    }
}

#[test]
fn once_more_changes_nothing_and_what_is_there_stays() {
    let folder = Folder::of(&[("manifests/roles.yaml", "roles: {}\n"), (".gitignore", "target")]);
    let first = folder.run(&["init", "--platform", "open"]).expect(0);
    assert!(first.stdout.contains("left as it is  manifests/roles.yaml"), "{}", first.stdout);
    assert!(first.stdout.contains("written        rolecall.yaml"), "{}", first.stdout);
    let made = files(folder.path());
    assert_eq!(made["manifests/roles.yaml"], "roles: {}\n");
    assert_eq!(made[".gitignore"], "target\n.rolecall/\n");
    let second = folder.run(&["init", "--platform", "open"]).expect(0);
    assert!(!second.stdout.contains("written"), "{}", second.stdout);
    assert_eq!(files(folder.path()), made);
    let forced = folder.run(&["init", "--platform", "open", "--force"]).expect(0);
    assert!(forced.stdout.contains("written        manifests/roles.yaml"), "{}", forced.stdout);
    assert_ne!(files(folder.path())["manifests/roles.yaml"], "roles: {}\n");
}

#[test]
fn the_pipeline_is_that_of_the_repository() {
    let of = |name: &str, text: &str, more: &[&str]| {
        let folder = Folder::of(&[(name, text)]);
        let _ = folder.run(&[&["init", "deep/roles", "--platform", "open"], more].concat()).expect(0);
        let made = files(folder.path());
        (made.contains_key(".github/workflows/rolecall.yml"), made.contains_key(".gitlab-ci.yml"))
    };
    let config = |url: &str| format!("[remote \"origin\"]\n\turl = {url}\n");
    assert_eq!(of(".git/config", &config("git@gitlab.example.com:a/b.git"), &[]), (false, true));
    assert_eq!(of(".git/config", &config("git@github.com:a/b.git"), &[]), (true, false));
    assert_eq!(of(".git/HEAD", "ref: refs/heads/main\n", &[]), (true, false));
    assert_eq!(of(".git/HEAD", "ref: refs/heads/main\n", &["--ci", "none"]), (false, false));
    let folder = Folder::of(&[(".git/HEAD", "ref: refs/heads/main\n")]);
    let _ = folder.run(&["init", "deep/roles", "--platform", "open", "--ci", "both"]).expect(0);
    let github = folder.read(".github/workflows/rolecall.yml");
    assert!(github.contains("ROLECALL_DIRECTORY: \"deep/roles\"") && github.contains("\"deep/roles/manifests/**\""));
    assert!(folder.read(".gitlab-ci.yml").contains("ROLECALL_DIRECTORY: \"deep/roles\""));
}

#[test]
fn nothing_is_guessed_and_nothing_is_asked() {
    let ended = rolecall(&["init"]).expect(64);
    assert!(ended.stderr.contains("bullseye, open, responsive, total-expert"), "{}", ended.stderr);
    let ended = rolecall(&["init", "--platform", "opne"]).expect(64);
    assert!(ended.stderr.contains("did you mean `open`?"), "{}", ended.stderr);
    assert_eq!(rolecall(&["init", "--platform", "open", "--url", "http://roles.example.com"]).code, 64);
    let folder = Folder::new();
    let url = "https://roles.example.com/scim/v2";
    let _ = folder.run(&["init", "--platform", "open", "--url", url]).expect(0);
    assert!(folder.read("rolecall.yaml").contains("url: \"https://roles.example.com/scim/v2\""));
    let _ = folder.run(&["validate"]).expect(0);
    let here = Folder::of(&[("rolecall.yaml", "version: 1\nplatform: open\n")]);
    assert_eq!(here.run(&["init", "-C", ".", "--platform", "open"]).code, 64);
}
