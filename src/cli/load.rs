//! From the paths of a command line to what the files want: project, pack and manifests.
//!
//! Findings are collected over all of them; only what has no place in a text is a failure.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Run;
use super::exit::Exit;
use super::failure::Failure;
use super::files::{self, PROJECT_FILE, Set};
use super::format::FindingsFormat;
use super::redact::Hiding;
use super::target::TargetArgs;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, Stage};
use crate::platform::{self, Pack};
use crate::project::{self, PlatformName, Project};
use crate::report::{FindingsSummary, findings_github, findings_human, findings_json, findings_junit, findings_sarif};
use crate::source::{SourceId, Sources, Span};
use crate::state::Desired;

/// Which files, and what they are written for.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Inside a project: whose findings are shown. Outside: the manifests. A directory with a
    /// `rolecall.yaml` is that project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Under whose rules, and in which environment of the project.
#[derive(Clone, Debug, Default, Args)]
pub struct PlaceArgs {
    /// The platform, instead of the project's: a name, or the path to a pack file
    #[arg(long, value_name = "NAME", env = "ROLECALL_PLATFORM", hide_env_values = true)]
    pub platform: Option<String>,
    /// The environment of the project, instead of its default
    #[arg(long = "env", value_name = "NAME", env = "ROLECALL_ENV", hide_env_values = true)]
    pub environment: Option<String>,
}

impl PlaceArgs {
    /// Reads the project and its platform, or without a project the platform alone. A sandbox is opened
    /// as the files of a project expect it: then they are read too.
    pub fn load(&self, run: &Run, target: &TargetArgs) -> Result<Loaded, Failure> {
        let set = SetArgs { paths: Vec::new(), place: self.clone() };
        let loaded = load_platform(run, &set)?;
        if target.sandbox && loaded.project.is_some() { load(run, &set) } else { Ok(loaded) }
    }
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    /// Every text.
    pub sources: Sources,
    /// What is wrong with them.
    pub found: Diagnostics,
    /// The project, in its environment.
    pub project: Option<Project>,
    /// Whether the project has environments at all.
    pub has_environments: bool,
    /// The directory of the project; the working directory without one.
    pub directory: PathBuf,
    /// The platform's rules.
    pub pack: Option<Pack>,
    /// What the files want; absent when they are wrong.
    pub desired: Option<Desired>,
    /// The texts of the manifests.
    pub manifests: Vec<SourceId>,
    files: u64,
    objects: u64,
    shown: Vec<PathBuf>,
    hiding: Hiding,
}

/// Reads everything that a command line names.
pub fn load(run: &Run, arguments: &SetArgs) -> Result<Loaded, Failure> {
    let (mut loaded, manifests) = find(run, arguments)?;
    loaded.read_manifests(manifests)?;
    loaded.hiding.learn_files(&loaded.sources, loaded.desired.as_ref());
    let read = |path: &PathBuf| {
        let path = std::slice::from_ref(path);
        loaded.sources.ids().any(|id| files::is_under(Path::new(loaded.sources.path(id)), path))
    };
    // Nothing found in a file that was never looked at must not pass for "valid".
    if let Some(stranger) = loaded.shown.iter().find(|path| !read(path)).filter(|_| !loaded.found.has_errors()) {
        return Err(Failure::usage(format!("`{}` is no file of the project", stranger.display()))
            .hint(format!("the project is `{}`; its `manifests` say which files it has", loaded.directory.display())));
    }
    Ok(loaded)
}

/// Reads the project and its platform, without the manifests: for a saved plan.
pub fn load_project(run: &Run, arguments: &SetArgs) -> Result<Loaded, Failure> {
    Ok(find(run, arguments)?.0)
}

/// Reads the project and its platform; without a project, the platform alone: for a command that
/// reads a target and needs no files.
pub fn load_platform(run: &Run, arguments: &SetArgs) -> Result<Loaded, Failure> {
    let found = find(run, arguments);
    match (found, &arguments.place.platform) {
        // The command line says what a project would have said.
        (Err(failure), Some(name)) if failure.exit == Exit::Usage && arguments.paths.is_empty() => {
            if run.global.directory.is_some() || arguments.place.environment.is_some() {
                return Err(failure);
            }
            let mut loaded = Loaded::empty(PathBuf::from("."), Vec::new());
            loaded.read_pack(Some(name))?;
            Ok(loaded)
        }
        (found, _) => Ok(found?.0),
    }
}

fn find(run: &Run, arguments: &SetArgs) -> Result<(Loaded, BTreeSet<PathBuf>), Failure> {
    let set = files::discover(run.global.directory.as_deref(), &arguments.paths)?;
    let (directory, shown) = match &set {
        Set::Project { directory, shown } => (directory.clone(), shown.clone()),
        Set::Loose(_) => (PathBuf::from("."), Vec::new()),
    };
    for path in &shown {
        if !path.exists() {
            return Err(Failure::new(Exit::Error, format!("there is no `{}`", path.display())));
        }
    }
    let mut loaded = Loaded { hiding: run.output.hiding.clone(), ..Loaded::empty(directory, shown) };
    let manifests = match set {
        Set::Project { .. } => loaded.read_project(arguments)?,
        Set::Loose(paths) => {
            if arguments.place.environment.is_some() {
                return Err(Failure::usage("`--env` chooses an environment of a project, and here is none"));
            }
            let mut manifests = BTreeSet::new();
            for path in &paths {
                manifests.append(&mut files::manifests_under(path)?);
            }
            if manifests.is_empty() {
                return Err(Failure::new(Exit::Invalid, "there is no manifest under the given paths")
                    .hint("manifests end with `.yaml` or `.yml`"));
            }
            manifests
        }
    };
    loaded.read_pack(arguments.place.platform.as_deref())?;
    Ok((loaded, manifests))
}

impl Loaded {
    /// Nothing read yet.
    fn empty(directory: PathBuf, shown: Vec<PathBuf>) -> Self {
        Self {
            sources: Sources::default(),
            found: Diagnostics::default(),
            project: None,
            has_environments: false,
            directory,
            pack: None,
            desired: None,
            manifests: Vec::new(),
            files: 0,
            objects: 0,
            shown,
            hiding: Hiding::default(),
        }
    }

    /// Reads the project file and returns the manifests that it names.
    fn read_project(&mut self, arguments: &SetArgs) -> Result<BTreeSet<PathBuf>, Failure> {
        let path = self.directory.join(PROJECT_FILE);
        self.files += 1;
        let mut manifests = BTreeSet::new();
        let Some(source) = files::read(&path, &mut self.sources, &mut self.found)? else { return Ok(manifests) };
        let (file, found) = project::read(&self.sources, source);
        self.found.append(found);
        let Some(file) = file else { return Ok(manifests) };
        self.has_environments = file.environments().next().is_some();
        let project = match file.environment(arguments.place.environment.as_deref()) {
            Ok(project) => project,
            Err(unknown) => {
                self.found.append(unknown);
                return Ok(manifests);
            }
        };
        for pattern in &project.manifests {
            let mut matched = files::matches(&self.directory, &pattern.value)?;
            if matched.is_empty() {
                self.found.push(project::pattern_without_match(pattern, source));
            }
            manifests.append(&mut matched);
        }
        self.project = Some(project);
        Ok(manifests)
    }

    /// Finds the pack: that of the command line, else the project's.
    fn read_pack(&mut self, wanted: Option<&str>) -> Result<(), Failure> {
        if let Some(name) = wanted {
            self.files += u64::from(is_path(name));
            self.pack = pack_named(name, &mut self.sources, &mut self.found)?;
            return Ok(());
        }
        let Some(project) = &self.project else {
            if self.found.has_errors() {
                return Ok(());
            }
            return Err(Failure::usage("without a project the platform must be said").hint("add `--platform open`"));
        };
        match &project.platform {
            Some(PlatformName::BuiltIn(_)) => match project.built_in_pack() {
                Ok(pack) => self.pack = pack,
                Err(unknown) => self.found.append(unknown),
            },
            Some(PlatformName::File(path)) => {
                let file = self.directory.join(&path.value);
                if !file.exists() {
                    let message = format!("there is no pack file `{}`", files::shown_path(&file));
                    self.found.push(Diagnostic::new(Code::UnknownPlatform, path.span, message));
                    return Ok(());
                }
                self.files += 1;
                self.pack = pack_file(&file, &mut self.sources, &mut self.found)?;
            }
            None if self.found.has_errors() => {}
            None => {
                return Err(Failure::usage("the project says no platform")
                    .hint(format!("add `platform: open` to `{PROJECT_FILE}`, or `--platform open`")));
            }
        }
        Ok(())
    }

    fn read_manifests(&mut self, manifests: BTreeSet<PathBuf>) -> Result<(), Failure> {
        let mut ids: Vec<SourceId> = Vec::new();
        let mut complete = !manifests.is_empty();
        self.files += manifests.len() as u64;
        for path in manifests {
            match files::read(&path, &mut self.sources, &mut self.found)? {
                Some(id) => ids.push(id),
                None => complete = false,
            }
        }
        let Some(pack) = &self.pack else { return Ok(()) };
        if ids.is_empty() {
            return Ok(());
        }
        let (desired, found, counts) = crate::manifest::read(&self.sources, &ids, pack);
        self.objects = counts.objects as u64;
        for finding in found.sorted() {
            // What a file that could not be read declares is not known: whether a name is
            // declared, or a section empty, cannot be said without it.
            if complete || finding.code.stage() < Stage::Set {
                self.found.push(finding);
            }
        }
        if let (Some(project), Some(desired)) = (&self.project, &desired) {
            self.found.append(project.against(pack, desired.assignments.is_some()));
        }
        self.desired = desired;
        self.manifests = ids;
        Ok(())
    }

    /// One file of another sort, for its findings to be shown as those of a project are.
    pub fn of_file(&self, sources: Sources, found: Diagnostics, objects: u64) -> Self {
        Self { sources, found, files: 1, objects, ..Self::empty(self.directory.clone(), Vec::new()) }
    }

    /// What the files want and the rules that they were read by, if nothing is wrong.
    pub fn valid(&self) -> Option<(&Desired, &Pack)> {
        let (Some(desired), Some(pack)) = (&self.desired, &self.pack) else { return None };
        (!self.found.has_errors()).then_some((desired, pack))
    }

    /// The files whose findings are shown.
    fn shown_files(&self) -> Vec<SourceId> {
        let is_shown = |id: &SourceId| files::is_under(Path::new(self.sources.path(*id)), &self.shown);
        self.sources.ids().filter(|id| self.shown.is_empty() || is_shown(id)).collect()
    }

    /// The findings in these files, with their counts, and how many errors are not among them.
    fn shown(&self, files: &[SourceId]) -> (Vec<Diagnostic>, FindingsSummary, usize) {
        let mut found = self.found.clone().sorted();
        let count =
            |found: &[Diagnostic], severity| found.iter().filter(|finding| finding.severity == severity).count();
        let all = count(&found, Severity::Error);
        found.retain(|finding| files.binary_search(&finding.span.source).is_ok());
        let errors = count(&found, Severity::Error);
        let summary = FindingsSummary {
            files: self.files,
            objects: self.objects,
            errors: errors as u64,
            warnings: count(&found, Severity::Warning) as u64,
        };
        (found, summary, all - errors)
    }

    /// The findings in a form, and how many errors are not among them. Where warnings fail, forms that
    /// tell what failed from what did not say so.
    pub fn findings(&self, format: FindingsFormat, warnings_fail: bool) -> (String, usize) {
        let files = self.shown_files();
        let (mut found, summary, hidden) = self.shown(&files);
        let mut sources = Cow::Borrowed(&self.sources);
        if let Some(redactor) = self.hiding.redactor() {
            let redacted = redactor.findings(&sources, &found);
            (sources, found) = (Cow::Owned(redacted.0), redacted.1);
        }
        let text = match format {
            FindingsFormat::Human => findings_human(&sources, &found, summary),
            FindingsFormat::Json => findings_json(&sources, &found, summary),
            FindingsFormat::Sarif => findings_sarif(&sources, &found, &files::repository()),
            FindingsFormat::Github => findings_github(&sources, &found, summary, &files::repository()),
            FindingsFormat::Junit => findings_junit(&sources, &files, &found, warnings_fail, &files::repository()),
        };
        (text, hidden)
    }
}

/// Whether a platform is named by the path to a pack file.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|end| end == "yaml" || end == "yml")
}

/// The pack that a command line names. A name has no place in a text, so one that is unknown is a
/// failure and not a finding.
pub fn pack_named(name: &str, sources: &mut Sources, found: &mut Diagnostics) -> Result<Option<Pack>, Failure> {
    if is_path(name) {
        return pack_file(Path::new(name), sources, found);
    }
    if let Some(pack) = platform::built_in(name) {
        return Ok(Some(pack));
    }
    let nowhere = Span::top(sources.add("--platform", name));
    let Diagnostic { message, help, .. } = project::unknown_platform(name, nowhere);
    Err(Failure::new(Exit::Invalid, message).hint(help.unwrap_or_default()))
}

fn pack_file(path: &Path, sources: &mut Sources, found: &mut Diagnostics) -> Result<Option<Pack>, Failure> {
    let Some(source) = files::read(path, sources, found)? else { return Ok(None) };
    let (pack, wrong) = platform::read_pack(sources, source);
    let pack = pack.filter(|_| !wrong.has_errors());
    found.append(wrong);
    Ok(pack)
}
