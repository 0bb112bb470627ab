//! The run directory: which runs there are, and what they say of each other.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name;
use super::read::{self, Checked, Ending, ReadError, RunRecord};
use super::record::{Anchor, Head, Place, RunId};
use super::writer::{Journal, JournalError, Opening};
use crate::plan::Plan;

/// The directory in which the journals of a project are.
#[derive(Clone, Debug)]
pub struct Runs {
    directory: PathBuf,
}

/// A run and what checking its journal found.
pub type Verdict = (RunId, Result<Checked, ReadError>);

/// Why a run that somebody names is not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The directory cannot be listed.
    #[error("cannot list the runs in `{}`", directory.display())]
    Io {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no run at all.
    #[error("there is no run in `{}`", directory.display())]
    Empty {
        /// The directory.
        directory: PathBuf,
    },
    /// No run is called so.
    #[error("there is no run `{name}` in `{}`", directory.display())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The directory.
        directory: PathBuf,
    },
    /// Several runs begin so.
    #[error("`{name}` is the beginning of several runs: {}", runs.join(", "))]
    Several {
        /// What was asked for.
        name: String,
        /// Some of them, newest first.
        runs: Vec<String>,
    },
}

impl Runs {
    /// The runs in a directory, which need not be there.
    #[must_use]
    pub fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a run.
    #[must_use]
    pub fn path(&self, run: &RunId) -> PathBuf {
        name::path(&self.directory, run)
    }

    /// Every run, the newest first. Other files are passed over.
    ///
    /// # Errors
    ///
    /// When the directory is there and cannot be listed.
    pub fn list(&self) -> Result<Vec<RunId>, FindError> {
        let failed = |source| FindError::Io { directory: self.directory.clone(), source };
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            // What is no directory holds no runs; whoever wants to write there is told.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(failed(error)),
        };
        let mut runs = Vec::new();
        for entry in entries {
            runs.extend(name::run_of(&entry.map_err(failed)?.path()));
        }
        runs.sort_unstable_by(|one: &RunId, other| other.cmp(one));
        Ok(runs)
    }

    /// The run that is meant: its name, the beginning of it, or `latest`.
    ///
    /// # Errors
    ///
    /// When there is none, or several.
    pub fn find(&self, wanted: &str) -> Result<RunId, FindError> {
        const SHOWN: usize = 5;
        let runs = self.list()?;
        if wanted == "latest" {
            return runs.into_iter().next().ok_or(FindError::Empty { directory: self.directory.clone() });
        }
        let mut found = runs.into_iter().filter(|run| run.as_str().starts_with(wanted));
        match (found.next(), found.next()) {
            (Some(run), None) => Ok(run),
            (Some(one), Some(other)) => {
                let runs = [one, other].into_iter().chain(found).take(SHOWN).map(String::from).collect();
                Err(FindError::Several { name: wanted.to_owned(), runs })
            }
            (None, _) => Err(FindError::Unknown { name: wanted.to_owned(), directory: self.directory.clone() }),
        }
    }

    /// Who, what, when and where.
    ///
    /// # Errors
    ///
    /// When the first line is not as it was written.
    pub fn head(&self, run: &RunId) -> Result<Head, ReadError> {
        read::head(&self.path(run))
    }

    /// How a run ended, from its last line alone.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn ending(&self, run: &RunId) -> Result<Ending, ReadError> {
        Ok(read::ending(&self.path(run))?.0)
    }

    /// A whole run.
    ///
    /// # Errors
    ///
    /// The first line that is not as it was written.
    pub fn read(&self, run: &RunId) -> Result<RunRecord, ReadError> {
        read::read(&self.path(run))
    }

    /// Checks every line of these runs, and that none ends before what a later run saw of it. A run
    /// that is not there any more is nobody's fault: old journals are thrown away.
    ///
    /// # Errors
    ///
    /// When the directory cannot be listed.
    pub fn verify(&self, runs: &[RunId]) -> Result<Vec<Verdict>, FindError> {
        let heads = self.list()?.into_iter().filter_map(|run| self.head(&run).ok());
        let anchors: BTreeMap<RunId, (RunId, String)> =
            heads.filter_map(|head| head.after.map(|anchor| (anchor.run, (head.run, anchor.chain)))).collect();
        let checked = runs.iter().map(|run| {
            let seen = anchors.get(run).map(|(by, link)| (by, link.as_str()));
            (run.clone(), read::check(&self.path(run), seen))
        });
        Ok(checked.collect())
    }

    /// Begins the journal of a run. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// When it cannot be written: then nothing may be sent.
    pub fn begin(&self, opening: Opening, plan: &Plan) -> Result<Journal, JournalError> {
        // Without the run before, this one is only less well anchored.
        let before = self.list().ok().and_then(|runs| runs.into_iter().next());
        let after = before.and_then(|run| match read::ending(&self.path(&run)) {
            Ok((Ending::Ended(_) | Ending::Killed { .. }, Some(chain))) => Some(Anchor { run, chain }),
            _ => None,
        });
        Journal::begin(&self.directory, opening, plan, after)
    }

    /// The newest run that may have carried out this very plan.
    ///
    /// # Errors
    ///
    /// When the directory cannot be listed. A journal that cannot be read says nothing.
    pub fn that_applied(&self, plan: &Plan) -> Result<Option<(RunId, Ending)>, FindError> {
        for run in self.list()? {
            if self.head(&run).is_ok_and(|head| head.plan.integrity == plan.integrity)
                && let Ok(ending) = self.ending(&run)
                && ending.may_have_written()
            {
                return Ok(Some((run, ending)));
            }
        }
        Ok(None)
    }

    /// How many users the newest run at this place read; its rules may have changed since.
    ///
    /// # Errors
    ///
    /// When the directory cannot be listed. A journal that cannot be read says nothing.
    pub fn users_last_read(&self, place: &Place) -> Result<Option<u64>, FindError> {
        let is_here = |head: &Head| {
            head.place.target == place.target
                && head.place.organization == place.organization
                && head.place.environment == place.environment
        };
        let heads = self.list()?.into_iter().filter_map(|run| self.head(&run).ok());
        Ok(heads.filter(is_here).map(|head| head.users_read).next())
    }
}
