//! The commit that a directory is at, read from git's own files. git itself is not run: it may be
//! absent, and a repository's settings can make it run what they name.

use std::fs;
use std::path::{Path, PathBuf};

/// The commit of the working tree around a directory; `None` outside of one, or before its first.
pub fn of(directory: &Path) -> Option<String> {
    let directory = fs::canonicalize(directory).ok()?;
    let git = directory.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
    let git = folder(git)?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else { return commit(&head) };
    // A name that leaves the folder would let a repository show other files' first line.
    if branch.split('/').any(|part| part.is_empty() || part == "..") {
        return None;
    }
    // A working tree beside the first one keeps its branches there.
    let shared = fs::read_to_string(git.join("commondir")).map(|path| git.join(path.trim())).unwrap_or(git);
    let loose = fs::read_to_string(shared.join(branch)).ok().and_then(|text| commit(&text));
    loose.or_else(|| packed(&fs::read_to_string(shared.join("packed-refs")).ok()?, branch))
}

/// Where a working tree's `.git` is: a folder, or a file that names it.
fn folder(git: PathBuf) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(git.parent()?.join(text.trim().strip_prefix("gitdir: ")?))
}

/// The commit of a branch in the file of those that have none of their own.
fn packed(text: &str, branch: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(_, name)| *name == branch).find_map(|(id, _)| commit(id))
}

/// A commit's id: SHA-1 or SHA-256, in hexadecimal.
fn commit(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn check(files: &[(&str, &str)], of: &str, expected: Option<&str>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let directory = folder.path().join(of);
        fs::create_dir_all(&directory).expect("a folder");
        assert_eq!(super::of(&directory).as_deref(), expected);
    }

    #[test]
    fn the_commit_is_that_of_the_branch_or_of_the_head_itself() {
        let on_branch = (".git/HEAD", "ref: refs/heads/main\n");
        let id = &format!("{ID}\n");
        check(&[on_branch, (".git/refs/heads/main", id)], "a/b", Some(ID));
        check(&[(".git/HEAD", id)], "", Some(ID));
        let packed = format!("# pack-refs with: peeled\n{} refs/heads/other\n{ID} refs/heads/main\n", "f".repeat(40));
        check(&[on_branch, (".git/packed-refs", &packed)], "", Some(ID));
        check(&[on_branch], "", None);
    }

    #[test]
    fn a_working_tree_beside_the_first_one_has_its_own_head() {
        let files = [
            ("main/.git/worktrees/w/HEAD", "ref: refs/heads/topic\n"),
            ("main/.git/worktrees/w/commondir", "../..\n"),
            ("main/.git/refs/heads/topic", ID),
            ("tree/.git", "gitdir: ../main/.git/worktrees/w\n"),
        ];
        check(&files, "tree/manifests", Some(ID));
    }

    #[test]
    fn a_branch_that_leaves_the_folder_is_no_branch() {
        check(&[(".git/HEAD", "ref: ../../secret\n")], "", None);
    }
}
