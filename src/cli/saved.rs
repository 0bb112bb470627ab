//! Saved plans and reports: written so that only their owner reads them; plans are read back with distrust.

use std::collections::BTreeSet;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::Deserialize;

use super::exit::Exit;
use super::failure::Failure;
use crate::plan::{self, FORMAT_VERSION, Plan, Tampered};
use crate::report::plan_json;

/// Saves a plan.
pub fn save(plan: &Plan, path: &Path) -> Result<(), Failure> {
    write_private(path, plan_json(plan).as_bytes())
}

/// Refuses files that could not be written or would overwrite each other, before anything else is done: an
/// apply that ended with it would have been carried out.
pub fn check_files<'p>(files: impl IntoIterator<Item = &'p Path>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for file in files {
        let found = fs::metadata(file);
        if found.as_ref().is_ok_and(Metadata::is_dir) {
            return Err(Failure::io("cannot write", file, &io::ErrorKind::IsADirectory.into()));
        }
        if found.is_ok_and(|found| !found.is_file()) {
            continue;
        }
        let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).map_err(|error| Failure::io("cannot write", file, &error))?;
        if !seen.insert(file.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))) {
            return Err(Failure::usage(format!("two results are to be written to `{}`", file.display()))
                .hint("give each form a file of its own"));
        }
    }
    Ok(())
}

/// Writes a file that holds e-mail addresses: only its owner may read it. It appears whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let failed = |error: &_| Failure::io("cannot write", path, error);
    // A device or a pipe, such as `/dev/stdout`, is written to and never replaced by a file.
    if path.starts_with("/dev") || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let opened = OpenOptions::new().append(true).open(path);
        return opened.and_then(|mut file| file.write_all(content)).map_err(|error| failed(&error));
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    // A leftover of an earlier run could have other permissions.
    let _ = fs::remove_file(part);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(part).map_err(|error| failed(&error))?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(part, path)).map_err(|error| {
        let _ = fs::remove_file(part);
        failed(&error)
    })
}

/// What every plan's document begins with, whichever build wrote it.
#[derive(Deserialize)]
struct Glance {
    format_version: u32,
    tool_version: String,
    #[serde(rename = "integrity")]
    _integrity: String,
}

/// Reads a saved plan and checks that it is as it was saved.
pub fn open(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read(path).map_err(|error| Failure::io("cannot read", path, &error))?;
    let Glance { format_version, tool_version, .. } = serde_json::from_slice(&text).map_err(|error| {
        Failure::usage(format!("`{}` is no saved plan: {error}", path.display()))
            .hint("`rolecall plan --out FILE` saves one")
    })?;
    let stale = |failure: Failure| failure.hint("nothing was written; plan again with `rolecall plan --out FILE`");
    if format_version > FORMAT_VERSION {
        let newer = Tampered::Format { found: format_version, tool: tool_version };
        return Err(stale(Failure::because(Exit::Stale, &newer)));
    }
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
        let this = env!("CARGO_PKG_VERSION");
        let why = if tool_version == this {
            "was edited or is damaged".to_owned()
        } else {
            format!("was saved by rolecall {tool_version} and says what this one, {this}, does not know")
        };
        stale(Failure::new(Exit::Stale, format!("the plan in `{}` {why}: {error}", path.display())))
    })?;
    plan::verify(&plan).map_err(|error| stale(Failure::because(Exit::Stale, &error)))?;
    Ok(plan)
}
