//! The jobs of a pipeline, for the repository around a project.

use std::fs;
use std::path::{Path, PathBuf};

use super::Ci;

/// The repository that a project is in.
pub struct Repository {
    /// Where its pipelines' files are; the project's own directory without a repository.
    pub root: PathBuf,
    /// The project's directory, from there, with slashes.
    directory: String,
}

impl Repository {
    /// The repository around a directory that is there.
    pub fn around(directory: &Path) -> Self {
        let whole = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let root = whole.ancestors().find(|above| above.join(".git").exists());
        let below = root.and_then(|root| whole.strip_prefix(root).ok()).filter(|below| *below != Path::new(""));
        match (root, below) {
            (Some(root), Some(below)) => {
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                Self { root: root.to_owned(), directory: parts.join("/") }
            }
            _ => Self { root: directory.to_owned(), directory: ".".to_owned() },
        }
    }

    /// Which pipelines the folder shows signs of; without one, GitHub's.
    pub fn looks_like(&self) -> Ci {
        let config = fs::read_to_string(self.root.join(".git").join("config")).unwrap_or_default();
        let remote = |host: &str| config.lines().any(|line| line.trim().starts_with("url") && line.contains(host));
        let gitlab = self.root.join(".gitlab-ci.yml").exists() || remote("gitlab");
        let github = self.root.join(".github").exists() || remote("github");
        match (github, gitlab) {
            (true, true) => Ci::Both,
            (false, true) => Ci::Gitlab,
            (_, false) => Ci::Github,
        }
    }

    /// A text as YAML, whatever is in it: JSON's quotes are YAML's.
    fn quoted(text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }
}

/// The tag of this build, which the jobs install.
fn tag() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

/// `.github/workflows/rolecall.yml`.
pub fn github(repository: &Repository) -> String {
    let prefix = if repository.directory == "." { String::new() } else { format!("{}/", repository.directory) };
    let paths = format!(
        "[{}, {}]",
        Repository::quoted(&format!("{prefix}rolecall.yaml")),
        Repository::quoted(&format!("{prefix}manifests/**"))
    );
    include_str!("ci/github.yml")
        .replace("@PATHS@", &paths)
        .replace("@DIRECTORY@", &Repository::quoted(&repository.directory))
        .replace("@REPOSITORY@", env!("CARGO_PKG_REPOSITORY"))
        .replace("@TAG@", &tag())
}

/// `.gitlab-ci.yml`: the component that others include, with its inputs filled in.
pub fn gitlab(repository: &Repository) -> String {
    let component = include_str!("../../../../templates/rolecall.yml");
    let (head, jobs) = component.split_once("\n---\n").expect("the component has a head");
    let (comment, _) = head.split_once("\nspec:").expect("the head says what the inputs are");
    let comment = comment.replace(
        "# A CI/CD component: include it with its inputs, or let `rolecall init --ci gitlab` write it out.\n",
        "",
    );
    let jobs = jobs
        .replace("$[[ inputs.directory ]]", &Repository::quoted(&repository.directory))
        .replace("$[[ inputs.version ]]", &tag())
        .replace("$[[ inputs.environment ]]", "production");
    format!("{comment}\n{jobs}")
}
