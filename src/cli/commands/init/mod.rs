//! `rolecall init`: a project for a platform, with schemas for editors and the files of a pipeline. It
//! never takes a file away that is there.

mod content;
mod pipeline;

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::pull::{self, Pull};
use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::files::{PROJECT_FILE, shown_path};
use crate::cli::target::TargetArgs;
use crate::diagnostic::near_misses;
use crate::{platform, project};

/// Make a project for a platform: its file, a beginning of manifests, schemas for editors, and the jobs of
/// a pipeline
#[derive(Debug, Args)]
#[command(after_help = "\
What is there already is left as it is, and named. The jobs validate every pull request, show its plan where it does \
not come from a fork, and apply after the merge what was reviewed; their heads say what they need.

  rolecall init --platform open              here; then `rolecall apply --sandbox`
  rolecall init --platform open --from-target --url https://roles.example.com/scim/v2
  rolecall init roles --platform bullseye --ci gitlab   in the folder `roles`, for GitLab")]
pub struct Init {
    /// Where
    #[arg(value_name = "DIR", default_value = ".")]
    into: PathBuf,
    /// The platform: one that is built in
    #[arg(long, value_name = "NAME", env = "ROLECALL_PLATFORM", hide_env_values = true)]
    platform: Option<String>,
    /// Begin with what the target holds, as `rolecall pull` writes it, and not with an example
    #[arg(long)]
    from_target: bool,
    /// The pipelines to write jobs for, instead of what the folder looks like
    #[arg(long, value_name = "WHICH")]
    ci: Option<Ci>,
    /// Write anew what is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    target: TargetArgs,
}

/// Which pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// `.github/workflows/rolecall.yml`
    Github,
    /// `.gitlab-ci.yml`
    Gitlab,
    /// Both
    Both,
    /// None
    None,
}

/// A file to be written.
struct Planned {
    path: PathBuf,
    text: String,
}

/// Makes a project.
pub fn run(arguments: &Init, run: &mut Run) -> Result<Exit, Failure> {
    if run.global.directory.is_some() {
        return Err(Failure::usage("`init` makes a project in DIR; leave `-C` away"));
    }
    let platform = platform_named(arguments.platform.as_deref())?;
    let url = arguments.target.url();
    if let Some(url) = url {
        project::check_url(url).map_err(|(message, help)| Failure::usage(message).hint(help))?;
    }
    if arguments.from_target && url.is_none() && !arguments.target.sandbox {
        return Err(Failure::usage("which target is it to begin with?").hint("add `--url URL`"));
    }
    let directory = &arguments.into;
    fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    let mut files = vec![Planned { path: directory.join(PROJECT_FILE), text: content::project(&platform, url) }];
    if !arguments.from_target {
        let path = directory.join("manifests").join("roles.yaml");
        files.push(Planned { path, text: content::manifest(&platform).to_owned() });
    }
    let wanted = [format!("{platform}.schema.json"), "project.schema.json".to_owned()];
    for (name, text) in crate::schemas::generated_schemas().into_iter().filter(|(name, _)| wanted.contains(name)) {
        files.push(Planned { path: directory.join("schemas").join(name), text });
    }
    let repository = pipeline::Repository::around(directory);
    let ci = arguments.ci.unwrap_or_else(|| repository.looks_like());
    if matches!(ci, Ci::Github | Ci::Both) {
        let path = repository.root.join(".github").join("workflows").join("rolecall.yml");
        files.push(Planned { path, text: pipeline::github(&repository) });
    }
    if matches!(ci, Ci::Gitlab | Ci::Both) {
        files.push(Planned { path: repository.root.join(".gitlab-ci.yml"), text: pipeline::gitlab(&repository) });
    }
    let mut told = String::new();
    for Planned { path, text } in &files {
        let word = if write(path, text, arguments.force)? { "written" } else { "left as it is" };
        let _ = writeln!(told, "{word:<14} {}", shown_path(path));
    }
    let ignore = directory.join(".gitignore");
    let word = if ignored(&ignore)? { "written" } else { "left as it is" };
    let _ = writeln!(told, "{word:<14} {}", shown_path(&ignore));
    run.output.result(&told)?;
    if arguments.from_target {
        run.global.directory = Some(directory.clone());
        let pull = Pull::into_project(arguments.target.clone());
        run.output.note("the project is made; `rolecall pull` fills it where this does not");
        return pull::run(&pull, run);
    }
    run.output.note("next: `rolecall validate`, then `rolecall apply --sandbox` to try it on a platform in a box");
    Ok(Exit::Done)
}

/// The pipelines of a project in a directory, for GitHub and for GitLab.
#[cfg(test)]
pub fn pipelines(directory: &Path) -> (String, String) {
    let repository = pipeline::Repository::around(directory);
    (pipeline::github(&repository), pipeline::gitlab(&repository))
}

/// The platform that is meant. Nothing is asked: a wrong guess would be a project of the wrong kind.
fn platform_named(wanted: Option<&str>) -> Result<String, Failure> {
    let names: Vec<&str> = platform::built_in_names().collect();
    let Some(wanted) = wanted else {
        return Err(Failure::usage("which platform is it for?")
            .hint(format!("add `--platform NAME`; there are {}", names.join(", "))));
    };
    if names.contains(&wanted) {
        return Ok(wanted.to_owned());
    }
    let near = near_misses(wanted, names.iter().copied()).first().map(|near| format!("did you mean `{near}`? "));
    Err(Failure::usage(format!("there is no platform `{wanted}` to begin with")).hint(format!(
        "{}there are {}",
        near.unwrap_or_default(),
        names.join(", ")
    )))
}

/// Writes a file unless it is there; returns whether it was written.
fn write(path: &Path, text: &str, force: bool) -> Result<bool, Failure> {
    let failed = |error: &_| Failure::io("cannot write", path, error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| Failure::io("cannot make", parent, &error))?;
    }
    if force && fs::read_to_string(path).is_ok_and(|there| there != text) {
        fs::write(path, text).map_err(|error| failed(&error))?;
        return Ok(true);
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(&error)),
    };
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    Ok(true)
}

/// Keeps what runs leave behind out of git; returns whether a line was missing.
fn ignored(path: &Path) -> Result<bool, Failure> {
    const LINE: &str = ".rolecall/";
    let there = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("cannot read", path, &error)),
    };
    if there.lines().any(|line| line.trim().trim_start_matches('/').trim_end_matches('/') == ".rolecall") {
        return Ok(false);
    }
    let end = if there.is_empty() || there.ends_with('\n') { "" } else { "\n" };
    fs::write(path, format!("{there}{end}{LINE}\n")).map_err(|error| Failure::io("cannot write", path, &error))?;
    Ok(true)
}
