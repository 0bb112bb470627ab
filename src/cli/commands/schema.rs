//! `rolecall schema`: the generated JSON Schemas, as files for editors.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::schemas::generated_schemas;

/// Write the JSON Schemas of all files, or check that written ones are fresh
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub struct Schema {
    /// Write them into this directory
    #[arg(long, value_name = "DIR", group = "what")]
    out: Option<PathBuf>,
    /// Compare them with those in this directory; end with 1 when one differs
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "schemas", group = "what")]
    check: Option<PathBuf>,
}

/// Writes or checks the schemas.
pub fn run(arguments: &Schema, run: &mut Run) -> Result<Exit, Failure> {
    if let Some(directory) = &arguments.out {
        return write(directory, run);
    }
    let directory = arguments.check.as_deref().unwrap_or(Path::new("schemas"));
    let mut stale = Vec::new();
    for (name, fresh) in generated_schemas() {
        let path = directory.join(&name);
        let kept = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io("cannot read", &path, &error)),
        };
        if kept != fresh {
            let difference = TextDiff::from_lines(&kept, &fresh);
            let shown = path.display().to_string();
            run.output.result(&difference.unified_diff().header(&shown, "generated").to_string())?;
            stale.push(shown);
        }
    }
    if stale.is_empty() {
        return Ok(Exit::Done);
    }
    Err(Failure::new(Exit::Error, format!("stale: {}", stale.join(", ")))
        .hint(format!("`rolecall schema --out {}` writes them anew", directory.display())))
}

fn write(directory: &Path, run: &mut Run) -> Result<Exit, Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    for (name, text) in generated_schemas() {
        let path = directory.join(&name);
        // A file that is fresh keeps its time, so that build tools see no change.
        if fs::read_to_string(&path).is_ok_and(|kept| kept == text) {
            continue;
        }
        fs::write(&path, text).map_err(|error| Failure::io("cannot write", &path, &error))?;
        run.output.result(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Done)
}
