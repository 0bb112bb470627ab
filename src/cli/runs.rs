//! Where the journals of a project are, and what a run writes down of itself before it begins.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};

use super::commit;
use super::exit::Exit;
use super::failure::Failure;
use super::load::Loaded;
use crate::apply::journal::{
    Ending, FindError, Journal, JournalError, Opening, Place, Project, ReadError, RunId, Runs,
};
use crate::plan::{Left, Plan};
use crate::platform::Pack;
use crate::state::{Live, StepId};

/// What an apply has to do with a run of before.
#[derive(Debug)]
pub enum Past {
    /// Nothing.
    Nothing,
    /// It goes on with it; these steps are done.
    Resumes(RunId, BTreeMap<StepId, Left>),
    /// It takes it back.
    Undoes(RunId),
}

impl Past {
    /// The steps that are done already.
    pub fn done(&self) -> &BTreeMap<StepId, Left> {
        static NONE: BTreeMap<StepId, Left> = BTreeMap::new();
        if let Self::Resumes(_, done) = self { done } else { &NONE }
    }

    /// The run that is gone on with, and the one that is taken back.
    fn runs(&self) -> (Option<RunId>, Option<RunId>) {
        match self {
            Self::Nothing => (None, None),
            Self::Resumes(run, _) => (Some(run.clone()), None),
            Self::Undoes(run) => (None, Some(run.clone())),
        }
    }
}

/// Where the journals are.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// Where the journals of applies are, instead of in the project's `.rolecall/runs`
    #[arg(long, value_name = "DIR", env = "ROLECALL_RUN_DIR", hide_env_values = true)]
    run_dir: Option<PathBuf>,
}

impl RunsArgs {
    /// The runs of the project in this directory.
    pub fn runs(&self, directory: &Path) -> Runs {
        Runs::at(self.run_dir.clone().unwrap_or_else(|| directory.join(".rolecall").join("runs")))
    }

    /// Begins the journal of an apply.
    pub fn begin(&self, loaded: &Loaded, live: &Live, plan: &Plan, past: &Past) -> Result<Journal, Failure> {
        outlive_size_limits();
        let runs = self.runs(&loaded.directory);
        let begun = match &self.run_dir {
            Some(_) => Ok(()),
            None => keep_out_of_git(&loaded.directory.join(".rolecall")),
        };
        let begun = begun.and_then(|()| Ok(runs.begin(opening(loaded, live, past), plan)?));
        begun.map_err(|failure| {
            failure.hint("nothing was written; `--run-dir DIR` names another place for the journal of this run")
        })
    }

    /// Refuses a saved plan that an earlier run may have carried out.
    pub fn refuse_used(&self, loaded: &Loaded, plan: &Plan) -> Result<(), Failure> {
        let runs = self.runs(&loaded.directory);
        let Some((run, ending)) = runs.that_applied(plan)? else { return Ok(()) };
        let is_whole = matches!(&ending, Ending::Ended(end) if end.counts.succeeded() == plan.steps.len() as u64);
        let message = match ending {
            Ending::Ended(end) if end.interrupted => format!("the run {run} was stopped while it applied this plan"),
            Ending::Ended(_) => format!("the plan was applied already, by the run {run}"),
            Ending::Running => format!("the run {run} is applying this plan"),
            Ending::Killed { .. } => format!("the run {run} was killed while it applied this plan"),
        };
        let rest = if is_whole { String::new() } else { format!("`rolecall resume {run}` goes on with it, ") };
        Err(Failure::new(Exit::Stale, message).hint(format!(
            "nothing was written; a saved plan is applied once: {rest}plan again, `rolecall history {run}` says what was done"
        )))
    }

    /// How many users the last apply to this place read.
    pub fn users_last_read(&self, loaded: &Loaded, target: &str, live: &Live) -> Result<Option<u64>, Failure> {
        let organization = live.organization.as_ref().map(|organization| organization.id.as_str());
        Ok(self.runs(&loaded.directory).users_last_read(&place(loaded, target, organization))?)
    }
}

/// Where a run belongs that the project of now makes on a target.
pub fn place(loaded: &Loaded, target: &str, organization: Option<&str>) -> Place {
    Place {
        platform: loaded.pack.as_ref().map(|pack| pack.platform.clone()).unwrap_or_default(),
        pack_digest: loaded.pack.as_ref().map(Pack::digest).unwrap_or_default(),
        target: target.to_owned(),
        organization: organization.map(str::to_owned),
        environment: loaded.project.as_ref().and_then(|project| project.environment.clone()),
        owner: loaded.project.as_ref().and_then(|project| project.owner.clone()),
    }
}

fn opening(loaded: &Loaded, live: &Live, past: &Past) -> Opening {
    let (resumes, undoes) = past.runs();
    Opening {
        project: project(&loaded.directory),
        who: live.organization.as_ref().and_then(|organization| organization.caller.clone()),
        commit: commit::of(&loaded.directory),
        manifests: loaded.desired.as_ref().map(|_| digest_of_files(loaded)),
        users_read: live.users.len() as u64,
        resumes,
        undoes,
    }
}

/// The project in a directory, or the directory itself without one.
pub fn project(directory: &Path) -> Project {
    let folder = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Project { name, folder: hexadecimal(Sha256::new_with_prefix(folder.as_os_str().as_encoded_bytes())) }
}

/// A digest over every file that was read, names included.
fn digest_of_files(loaded: &Loaded) -> String {
    let mut hash = Sha256::new();
    for id in loaded.sources.ids() {
        let (path, text) = (loaded.sources.path(id), loaded.sources.text(id));
        // The lengths keep one file's end apart from the next one's beginning.
        for part in [path, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hexadecimal(hash)
}

/// A digest as text.
pub fn hexadecimal(hash: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        write!(text, "{byte:02x}").expect("a String takes every byte");
    }
    text
}

/// Makes our own directory, which ignores itself: what a run leaves behind belongs in no commit.
pub fn keep_out_of_git(directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    let ignore: PathBuf = directory.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|error| Failure::io("cannot write", &ignore, &error))?;
    }
    Ok(())
}

/// A write beyond a file-size limit shall fail like one to a full disk. The system's own answer is a
/// signal that kills the process in the middle of its requests; with a handler the write fails.
fn outlive_size_limits() {
    #[cfg(unix)]
    {
        /// SIGXFSZ: the same number on Linux (but for MIPS), macOS and the BSDs.
        const FILE_SIZE_EXCEEDED: i32 = 25;
        let kind = tokio::signal::unix::SignalKind::from_raw(FILE_SIZE_EXCEEDED);
        // Where there is no such signal, there is nothing to outlive. The handler stays.
        let _ = tokio::signal::unix::signal(kind);
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::because(Exit::Error, &error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::because(Exit::Error, &error)
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        match &error {
            FindError::Io { .. } => Self::because(Exit::Error, &error),
            FindError::Empty { .. } => {
                Self::because(Exit::Error, &error).hint("`rolecall apply` writes one; `--run-dir` names another place")
            }
            FindError::Unknown { .. } | FindError::Several { .. } => {
                Self::because(Exit::Usage, &error).hint("`rolecall history` lists the runs")
            }
        }
    }
}
