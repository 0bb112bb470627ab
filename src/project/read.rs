//! From the text of `rolecall.yaml` to a project.

use super::check::check;
use super::file::{OfEnvironment, Settings, Top, WholeFile};
use super::overlay::Overlay;
use super::value::{MANIFESTS, PlatformName, Project, Setting};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, near_misses};
use crate::document::{self, Kind, NodeRef, Schema, Spanned};
use crate::platform;
use crate::source::{SourceId, Sources, Span};

/// The schema of a project file.
#[must_use]
pub fn schema() -> serde_json::Value {
    platform::schema_of::<WholeFile>("project.schema.json", "The project file of rolecall (rolecall.yaml)")
}

/// A project file before its environment is chosen.
#[derive(Clone, Debug)]
pub struct ProjectFile {
    source: SourceId,
    settings: Settings,
    default_environment: Option<Spanned<String>>,
    environments: Vec<(Spanned<String>, OfEnvironment, Settings)>,
}

/// Reads a project file. What can be read is given even beside errors, so that the rest of a
/// project can be checked; with errors it must not be acted on.
#[must_use]
pub fn read(sources: &Sources, source: SourceId) -> (Option<ProjectFile>, Diagnostics) {
    let (tree, mut found) = document::parse(sources, source);
    let Some(tree) = tree else { return (None, found) };
    let schema = Schema::compile(&schema()).expect("the generated schema of project files compiles");
    found.append(schema.check(&tree));
    conceal_tokens(tree.root(), &mut found);
    let Some(file) = ProjectFile::from_tree(source, tree.root()) else {
        if !found.has_errors() {
            // The schema and the types come from one source; a gap between them must not be silent.
            found.push(Diagnostic::new(Code::WrongType, Span::top(source), "the file cannot be read as a project"));
        }
        return (None, found);
    };
    check(&file.settings, &mut found);
    for (_, _, settings) in &file.environments {
        check(&settings.clone().over(file.settings.clone()), &mut found);
    }
    if let Some(default) = &file.default_environment
        && let Err(unknown) = file.find(&default.value, default.span)
    {
        found.push(unknown);
    }
    (Some(file), found)
}

/// Whoever writes a token into the file by mistake must not find it in the log of a pipeline too.
fn conceal_tokens(root: NodeRef<'_>, found: &mut Diagnostics) {
    let environments = root.get("environments").into_iter().flat_map(NodeRef::entries).map(|entry| entry.value);
    for settings in std::iter::once(root).chain(environments) {
        let Some(target) = settings.get("target") else { continue };
        for entry in target.entries().filter(|entry| entry.name() == "token") {
            let (key, value) = (entry.key.span(), entry.value.span());
            let within = Span { end: value.end.max(key.end), ..key };
            found.conceal(
                within,
                "a token is never written into the file",
                "say where it comes from: `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARGUMENT] }`",
            );
        }
    }
}

impl ProjectFile {
    fn from_tree(source: SourceId, root: NodeRef<'_>) -> Option<Self> {
        if root.kind() != Kind::Map {
            return None;
        }
        let top: Top = document::read(root).unwrap_or_default();
        let settings = document::read(root).unwrap_or_default();
        let mut environments = Vec::new();
        for entry in root.get("environments").iter().flat_map(|node| node.entries()) {
            let name = Spanned { value: entry.name().to_owned(), span: entry.key.span() };
            let own = document::read(entry.value).unwrap_or_default();
            environments.push((name, own, document::read(entry.value).unwrap_or_default()));
        }
        Some(Self { source, settings, default_environment: top.default_environment.0, environments })
    }

    /// The names of the environments, in the order of the file.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|(name, ..)| name.value.as_str())
    }

    /// The project as it is in an environment: the one that is asked for, else the default, else
    /// none of them.
    ///
    /// # Errors
    ///
    /// `unknown-environment` when the file has no such environment.
    pub fn environment(&self, wanted: Option<&str>) -> Result<Project, Diagnostics> {
        let default = self.default_environment.as_ref();
        let (name, span) = match (wanted, default) {
            (Some(wanted), _) => (wanted, Span::top(self.source)),
            (None, Some(default)) => (default.value.as_str(), default.span),
            (None, None) => return Ok(Project::new(None, None, self.settings.clone())),
        };
        let (name, own, settings) = self.find(name, span).map_err(|unknown| {
            let mut found = Diagnostics::default();
            found.push(unknown);
            found
        })?;
        let settings = settings.clone().over(self.settings.clone());
        Ok(Project::new(Some(name.value.clone()), own.confirm.0, settings))
    }

    fn find(&self, name: &str, span: Span) -> Result<&(Spanned<String>, OfEnvironment, Settings), Diagnostic> {
        if let Some(found) = self.environments.iter().find(|(known, ..)| known.value == name) {
            return Ok(found);
        }
        let unknown = Diagnostic::new(Code::UnknownEnvironment, span, format!("there is no environment `{name}`"));
        Err(match (near_misses(name, self.environments()).first(), self.environments.is_empty()) {
            (Some(near), _) => unknown.help(format!("did you mean `{near}`?")),
            (None, true) => unknown.help("the file has no `environments`"),
            (None, false) => {
                let all: Vec<String> = self.environments().map(|name| format!("`{name}`")).collect();
                unknown.help(format!("the file has {}", all.join(", ")))
            }
        })
    }
}

impl Project {
    /// The pack of the project's platform if rolecall carries it; `None` for a pack file and where
    /// the project names no platform.
    ///
    /// # Errors
    ///
    /// `unknown-platform` when it is neither a path nor a pack that rolecall carries.
    pub fn built_in_pack(&self) -> Result<Option<platform::Pack>, Diagnostics> {
        let Some(PlatformName::BuiltIn(name)) = &self.platform else { return Ok(None) };
        platform::built_in(&name.value).map(Some).ok_or_else(|| {
            let mut found = Diagnostics::default();
            found.push(unknown_platform(&name.value, name.span));
            found
        })
    }
}

/// The finding for a platform that rolecall does not carry.
#[must_use]
pub fn unknown_platform(name: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::UnknownPlatform, span, format!("there is no platform `{name}`"));
    let known: Vec<&str> = platform::built_in_names().collect();
    if let Some(near) = near_misses(name, known.iter().copied()).first() {
        return finding.help(format!("did you mean `{near}`?"));
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    finding.help(format!("rolecall carries {}; a pack file is named by its path", known.join(", ")))
}

/// The finding for a path or pattern of manifests that matches no file. `project`: the project
/// file, which is the place of the default pattern.
#[must_use]
pub fn pattern_without_match(pattern: &Setting<String>, project: SourceId) -> Diagnostic {
    let span = pattern.span.unwrap_or_else(|| Span::top(project));
    let finding = Diagnostic::new(Code::PatternWithoutMatch, span, format!("`{}` matches no file", pattern.value));
    if pattern.span.is_none() {
        return finding.help(format!("without `manifests` the files are those under `{MANIFESTS}`"));
    }
    finding.help("patterns start at the directory of the project file")
}
