//! `rolecall schema`: the generated JSON Schemas, as files for editors; and a platform's SCIM types,
//! as files for servers.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use similar::TextDiff;

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::load::pack_named;
use crate::cli::target::urn_prefix;
use crate::diagnostic::{Diagnostics, Severity};
use crate::platform::Pack;
use crate::report::{FindingsSummary, findings_human};
use crate::schemas::{generated_schemas, schemas_of};
use crate::scim::announce::announce;
use crate::scim::schema::{Attribute, Mutability, URN_PREFIX};
use crate::source::Sources;

/// Write the JSON Schemas of all files, or check that written ones are fresh
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "  rolecall schema --out schemas              for editors
  rolecall schema --check schemas            end with 1 when one is stale
  rolecall schema scim --platform open --out types   for SCIM servers that load types from files")]
pub struct Schema {
    #[command(subcommand)]
    of: Option<Other>,
    /// Write them into this directory
    #[arg(long, value_name = "DIR", group = "what")]
    out: Option<PathBuf>,
    /// Compare them with those in this directory; end with 1 when one differs
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "schemas", group = "what")]
    check: Option<PathBuf>,
    /// Only what a project of this platform needs: a name, or the path to a pack file
    #[arg(long, value_name = "NAME", env = "ROLECALL_PLATFORM", hide_env_values = true)]
    platform: Option<String>,
}

/// Schemas that are not for editors.
#[derive(Debug, Subcommand)]
enum Other {
    Scim(Scim),
}

/// Write the resource types and schemas of a platform, for SCIM servers that load types from files
#[derive(Debug, Args)]
#[command(
    after_help = "  rolecall schema scim --platform open --out types   two files, for a server such as scim2-server"
)]
struct Scim {
    /// The platform: a name, or the path to a pack file
    #[arg(long, value_name = "NAME", env = "ROLECALL_PLATFORM", hide_env_values = true)]
    platform: String,
    /// Write `resource-types.json` and `schemas.json` into this directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The beginning of the URNs of the platform's own schemas
    #[arg(long, value_name = "URN", env = "ROLECALL_URN_PREFIX", hide_env_values = true,
          default_value = URN_PREFIX, value_parser = urn_prefix)]
    urn_prefix: String,
}

/// Writes or checks the schemas.
pub fn run(arguments: &Schema, run: &mut Run) -> Result<Exit, Failure> {
    if let Some(Other::Scim(arguments)) = &arguments.of {
        return scim(arguments, run);
    }
    let schemas = match &arguments.platform {
        Some(platform) => match read_pack(platform, run)? {
            Some(pack) => schemas_of(&pack),
            None => return Ok(Exit::Invalid),
        },
        None => generated_schemas(),
    };
    if let Some(directory) = &arguments.out {
        return write(directory, schemas, run);
    }
    let directory = arguments.check.as_deref().unwrap_or(Path::new("schemas"));
    let mut stale = Vec::new();
    for (name, fresh) in schemas {
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

/// The types that somebody can fill over the wire. What the platform alone says of itself (its
/// organization, its catalogue, vocabularies that the vendor fixes) would stay empty for ever on a
/// server that only loads types, and an empty list says something else than none.
fn scim(arguments: &Scim, run: &mut Run) -> Result<Exit, Failure> {
    let Some(pack) = read_pack(&arguments.platform, run)? else { return Ok(Exit::Invalid) };
    let mut announced = announce(&pack, &arguments.urn_prefix);
    let is_writable = |attribute: &Attribute| attribute.mutability != Mutability::ReadOnly;
    announced.schemas.retain(|schema| schema.attributes.iter().any(is_writable));
    announced.resource_types.retain(|one| announced.schemas.iter().any(|schema| schema.id == one.schema));
    let files = [
        ("resource-types.json".to_owned(), json(&announced.resource_types)),
        ("schemas.json".to_owned(), json(&announced.schemas)),
    ];
    write(&arguments.out, files, run)
}

/// The pack of a platform; what is wrong with it is shown.
fn read_pack(platform: &str, run: &mut Run) -> Result<Option<Pack>, Failure> {
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let pack = pack_named(platform, &mut sources, &mut found)?;
    if pack.is_none() {
        let errors = found.count(Severity::Error) as u64;
        let summary = FindingsSummary { files: 1, objects: 0, errors, warnings: 0 };
        run.output.result(&findings_human(&sources, &found.sorted(), summary))?;
    }
    Ok(pack)
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("types are JSON");
    text.push('\n');
    text
}

fn write(directory: &Path, files: impl IntoIterator<Item = (String, String)>, run: &mut Run) -> Result<Exit, Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    for (name, text) in files {
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
