//! `rolecall pull`: what a target holds, as manifests. It writes files and never to the target.
//!
//! Bringing files up to date that are there is `update`'s.

use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};

use super::plan::is_valid;
use super::update::{self, UpdateArgs};
use crate::cli::Run;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::files::{self, shown_path};
use crate::cli::format::FindingsFormat;
use crate::cli::load::{Loaded, PlaceArgs, SetArgs, load_platform};
use crate::cli::replace::write_all;
use crate::cli::runtime::block_on;
use crate::cli::target::TargetArgs;
use crate::diagnostic::{Code, Diagnostics};
use crate::document::{self, Kind as Written};
use crate::plan::counted;
use crate::platform::Pack;
use crate::pull::{self, LeftOut, Options, Pulled};
use crate::report::visible;
use crate::source::Sources;
use crate::state::{Kind, Live};

/// Write what a target holds as manifests; the target is only read
#[derive(Debug, Args)]
#[command(after_help = "\
The files validate, and a plan against the same target is empty. What files cannot say (a user who holds no role \
or several, names that cannot be told apart) is left out and named; then it ends with 4. Files hold e-mail \
addresses.

With `--update` only what differs changes in files that are there: comments, order and quotes stay. The \
difference is shown before anything is written. A field that a file does not declare stays undeclared. What \
cannot be edited (a value that is shared by an anchor) is named with its place; then it ends with 4. When more \
roles or assignments would go from the files than the guards let pass, or all of them, it ends with 5 and changes \
nothing; `--allow` lets it.

  rolecall pull --platform open --url https://roles.example.com/scim/v2 --out manifests
  rolecall pull --split by-role              in a project: a file for each role with its holders
  rolecall pull --update --dry-run           the difference between the files and the target, as a patch
  rolecall pull --update --declared-only     leave out what no file names")]
pub struct Pull {
    /// Write into this directory, instead of the one that the project's `manifests` name, or `manifests`
    #[arg(long, value_name = "DIR", conflicts_with = "update")]
    out: Option<PathBuf>,
    /// How the files are divided
    #[arg(long, value_name = "HOW", default_value = "by-kind", conflicts_with = "update")]
    split: Split,
    /// The schema that the first line of each file names for editors, instead of
    /// `schemas/PLATFORM.schema.json` of the project
    #[arg(long, value_name = "PATH|URL", conflicts_with = "update")]
    schema: Option<String>,
    /// Write over files that are there
    #[arg(long, conflicts_with = "update")]
    force: bool,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
}

/// How files are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Split {
    /// A file for each section
    ByKind,
    /// A file for each role, with its holders
    ByRole,
}

impl Pull {
    /// Into the manifests of a project that has none yet.
    pub(super) fn into_project(target: TargetArgs) -> Self {
        Self {
            out: None,
            split: Split::ByKind,
            schema: None,
            force: false,
            update: UpdateArgs::default(),
            place: PlaceArgs::default(),
            target,
        }
    }
}

/// Pulls.
pub fn run(arguments: &Pull, run: &mut Run) -> Result<Exit, Failure> {
    if arguments.update.update {
        return update::run(arguments, run);
    }
    let set = SetArgs { paths: Vec::new(), place: arguments.place.clone() };
    let mut loaded = load_platform(run, &set)?;
    loaded.found = without_missing_files(&loaded.found);
    if loaded.found.has_errors() {
        is_valid(&loaded, run, FindingsFormat::Human)?;
        return Ok(Exit::Invalid);
    }
    let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
    let directory = arguments.directory(&loaded);
    if !arguments.force {
        nothing_is_declared(&loaded, &directory, &[])?;
    }
    let live = read(arguments, run, &loaded, pack)?;
    let schema = arguments.schema(&loaded, &directory, pack);
    let options = Options {
        split: match arguments.split {
            Split::ByKind => pull::Split::ByKind,
            Split::ByRole => pull::Split::ByRole,
        },
        schema: Some(schema.written),
        owner: loaded.project.as_ref().and_then(|project| project.owner.clone()),
    };
    let pulled = pull::files(&live, pack, &options);
    let paths: Vec<PathBuf> = pulled.files.iter().map(|file| directory.join(&file.path)).collect();
    if let Some(there) = paths.iter().find(|path| path.exists() && !arguments.force) {
        return Err(Failure::usage(format!("`{}` is there already", shown_path(there)))
            .hint("nothing was written; `--out DIR` takes another directory, and `--force` writes over it"));
    }
    nothing_is_declared(&loaded, &directory, &paths)?;
    let texts: Vec<(PathBuf, &str)> =
        paths.iter().cloned().zip(pulled.files.iter().map(|file| file.text.as_str())).collect();
    write_all(&texts)?;
    for path in &paths {
        run.output.result(&format!("{}\n", shown_path(path)))?;
    }
    run.output.note(&told(&pulled));
    if let Some(missing) = schema.file.filter(|file| !file.exists()) {
        let place = shown_path(missing.parent().unwrap_or(Path::new(".")));
        run.output.note(&format!(
            "for editors, write the schema that the files name: `rolecall schema --platform {} --out {place}`",
            arguments.place.platform.as_deref().unwrap_or(&pack.platform),
        ));
    }
    if let Some(stray) = paths.iter().find(|path| !is_of_project(&loaded, path)) {
        run.output.note(&format!("`{}` is not among the project's `manifests`", shown_path(stray)));
    }
    Ok(left_out(run, &pulled.left_out, &pulled.problems))
}

/// A pattern that matches nothing yet is why somebody pulls.
fn without_missing_files(found: &Diagnostics) -> Diagnostics {
    let mut kept = Diagnostics::default();
    found.iter().filter(|finding| finding.code != Code::PatternWithoutMatch).cloned().for_each(|one| kept.push(one));
    kept
}

/// Reads the live state.
pub(super) fn read(arguments: &Pull, run: &Run, loaded: &Loaded, pack: &Pack) -> Result<Live, Failure> {
    let is_update = arguments.update.update;
    block_on(async {
        let connection = Connection::open(run, &arguments.target, loaded, pack, Purpose::Read).await?;
        let live = connection.read(run, pack).await?;
        let is_new = connection.is_new;
        connection.close().await;
        // Everything would go from files that describe what was never there.
        if is_new && is_update {
            return Err(Failure::usage(
                "nothing was ever applied to this sandbox, so there is nothing to bring files up to date with",
            )
            .hint("no file was changed; `rolecall apply --sandbox` comes first"));
        }
        Ok(live)
    })
}

/// What the first lines say, and the file that this is, where it is one.
struct SchemaPlace {
    written: String,
    file: Option<PathBuf>,
}

impl Pull {
    /// Where the files go.
    fn directory(&self, loaded: &Loaded) -> PathBuf {
        if let Some(out) = &self.out {
            return out.clone();
        }
        let pattern = loaded.project.as_ref().and_then(|project| project.manifests.first());
        let fixed = pattern.map(|pattern| {
            let is_fixed = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
            let path = Path::new(&pattern.value);
            let fixed: PathBuf = path.components().take_while(is_fixed).collect();
            // A pattern without a wildcard is a file.
            if fixed == path { path.parent().map(Path::to_owned).unwrap_or_default() } else { fixed }
        });
        loaded.directory.join(fixed.unwrap_or_else(|| PathBuf::from("manifests")))
    }

    fn schema(&self, loaded: &Loaded, directory: &Path, pack: &Pack) -> SchemaPlace {
        if let Some(url) = self.schema.as_ref().filter(|schema| schema.contains("://")) {
            return SchemaPlace { written: url.clone(), file: None };
        }
        let file = match &self.schema {
            Some(path) => PathBuf::from(path),
            None => loaded.directory.join("schemas").join(format!("{}.schema.json", pack.platform)),
        };
        SchemaPlace { written: relative(directory, &file), file: Some(file) }
    }
}

/// A path from a directory on, with slashes.
fn relative(directory: &Path, file: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let plain = |path: &Path| {
        let mut parts: Vec<String> = Vec::new();
        for part in whole(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(parts.pop()),
                part => parts.push(part.as_os_str().to_string_lossy().into_owned()),
            }
        }
        parts
    };
    let (from, to) = (plain(directory), plain(file));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    up.chain(to[shared..].iter().cloned()).collect::<Vec<_>>().join("/")
}

/// Whether a project would read a file; without one everything is read that is named.
fn is_of_project(loaded: &Loaded, path: &Path) -> bool {
    let Some(project) = &loaded.project else { return true };
    let inside = relative(&loaded.directory, path);
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let matches =
        |pattern: &str| glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(&inside, options));
    project.manifests.iter().any(|pattern| matches(&pattern.value))
}

/// Refuses where other manifests of the project declare something already: the same objects would be
/// declared twice. What is written over does not count.
fn nothing_is_declared(loaded: &Loaded, directory: &Path, over: &[PathBuf]) -> Result<(), Failure> {
    let Some(project) = &loaded.project else { return Ok(()) };
    if !is_of_project(loaded, &directory.join("roles.yaml")) && !over.iter().any(|path| is_of_project(loaded, path)) {
        return Ok(());
    }
    for pattern in &project.manifests {
        for path in files::matches(&loaded.directory, &pattern.value)? {
            let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
            let source = files::read(&path, &mut sources, &mut found)?;
            let tree = source.and_then(|source| document::parse(&sources, source).0);
            let is_blank = tree.is_some_and(|tree| tree.root().kind() == Written::Null);
            if !is_blank && !files::is_under(&path, over) {
                let message = format!("`{}` declares something already", shown_path(&path));
                return Err(Failure::usage(message).hint(
                    "nothing was written; `--update` brings it up to date, and `--out DIR` writes to a directory that \
                     the project does not read",
                ));
            }
        }
    }
    Ok(())
}

/// How much was written.
fn told(pulled: &Pulled) -> String {
    let noun = |kind: Kind| match kind {
        Kind::UserType => "user type",
        Kind::User => "assignment",
        other => other.word(),
    };
    let entries = pulled.entries.iter().filter(|(_, count)| **count > 0);
    let entries: Vec<String> = entries.map(|(&kind, &count)| counted(count as u64, noun(kind))).collect();
    let entries = if entries.is_empty() { "nothing".to_owned() } else { entries.join(", ") };
    format!("{}: {entries}", counted(pulled.files.len() as u64, "file"))
}

/// Names what is not in the files.
pub(super) fn left_out(run: &Run, left_out: &[LeftOut], problems: &[String]) -> Exit {
    /// As many as somebody reads.
    const SHOWN: usize = 20;
    let (usual, left): (Vec<&LeftOut>, Vec<&LeftOut>) = left_out.iter().partition(|left| left.is_usual);
    if !usual.is_empty() {
        let what = counted(usual.len() as u64, "object");
        run.output.note(&format!("{what} above all that can be managed here: not in the files"));
    }
    let shown = if run.global.verbose > 0 { left.len() } else { SHOWN };
    for LeftOut { address, attribute, reason, .. } in left.iter().take(shown) {
        let what = attribute.as_ref().map_or_else(String::new, |name| format!("`{name}` of "));
        run.output.note(&visible(&format!("not in the files: {what}`{address}`: {reason}")));
    }
    if left.len() > shown {
        run.output.note(&format!("and {} more that are not in the files; `-v` shows them", left.len() - shown));
    }
    for problem in problems {
        run.output.note(&visible(&format!("with these files: {problem}")));
    }
    if left.is_empty() && problems.is_empty() { Exit::Done } else { Exit::Incomplete }
}
