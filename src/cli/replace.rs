//! Several files written as one: all of them or none, as far as a file system can.
//!
//! Every text is complete beside its file before the first one takes its place, so that what is likely to
//! fail (no space, no right to write) fails while nothing has changed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// Writes texts to files, with the permissions that the files have. Missing directories are made.
pub fn write_all(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    let mut parts = Vec::with_capacity(files.len());
    for (path, text) in files {
        // What a link leads to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let part = part_of(&path);
        let written = write(&path, &part, text);
        parts.push((part, path));
        if let Err(failure) = written {
            clear(&parts);
            return Err(failure);
        }
    }
    for (at, (part, path)) in parts.iter().enumerate() {
        if let Err(error) = fs::rename(part, path) {
            clear(&parts[at..]);
            let failure = Failure::io("cannot write", path, &error);
            return Err(if at == 0 {
                failure
            } else {
                failure.hint(format!("{at} of {} files are written; the same command writes the rest", parts.len()))
            });
        }
    }
    Ok(())
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

fn write(path: &Path, part: &Path, text: &str) -> Result<(), Failure> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    }
    // A leftover of an earlier run could have other permissions.
    let _ = fs::remove_file(part);
    let put = || {
        let mut file = fs::File::options().write(true).create_new(true).open(part)?;
        file.write_all(text.as_bytes())?;
        if let Ok(before) = fs::metadata(path) {
            file.set_permissions(before.permissions())?;
        }
        file.sync_all()
    };
    put().map_err(|error| Failure::io("cannot write", path, &error))
}

fn clear(parts: &[(PathBuf, PathBuf)]) {
    for (part, _) in parts {
        let _ = fs::remove_file(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_others_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let [first, second] = ["a.yaml", "b/c.yaml"].map(|name| directory.path().join(name));
        fs::write(&first, "before").expect("written");
        // A file where a directory would have to be.
        fs::write(directory.path().join("b"), "").expect("written");
        assert!(write_all(&[(first.clone(), "after"), (second.clone(), "new")]).is_err());
        assert_eq!(fs::read_to_string(&first).expect("there"), "before");
        fs::remove_file(directory.path().join("b")).expect("removed");
        write_all(&[(first.clone(), "after"), (second.clone(), "new")]).expect("written");
        assert_eq!(fs::read_to_string(&second).expect("there"), "new");
        let names = fs::read_dir(directory.path()).expect("listed").count();
        assert_eq!((fs::read_to_string(&first).expect("there").as_str(), names), ("after", 2));
    }
}
