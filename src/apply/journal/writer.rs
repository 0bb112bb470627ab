//! Writing a journal: a thread of its own that appends lines and brings them to the disk in groups.
//!
//! A request waits for its intent to be on the disk. One sync for each would cost more than the
//! request itself on a quick target, so whatever has come together while the disk was busy is
//! brought there by one sync, and intents are announced some steps ahead (`Ahead`).

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use super::chain::Chain;
use super::name;
use super::record::{Anchor, End, Ended, FORMAT_VERSION, Head, Place, PlanSeen, Project, Record, RunId};
use crate::apply::Report;
use crate::plan::Plan;
use crate::state::StepId;

/// Lines in one group: enough that a sync costs each of them nothing, few enough to stay in memory.
const GROUP: usize = 4096;

/// What a journal is begun with, beside the plan.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The project.
    pub project: Project,
    /// Who writes, as the target calls the credential.
    pub who: Option<String>,
    /// The commit of the manifests.
    pub commit: Option<String>,
    /// A digest over the files that were read.
    pub manifests: Option<String>,
    /// How many users were read.
    pub users_read: u64,
    /// The run that this one goes on with.
    pub resumes: Option<RunId>,
    /// The run that this one takes back.
    pub undoes: Option<RunId>,
}

/// Why a journal cannot be written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// Its file, or the directory for it, cannot be made.
    #[error("cannot make the journal in `{}`", directory.display())]
    Create {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// It was begun and cannot be gone on with.
    #[error("cannot write the journal `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The thread that writes it is gone.
    #[error("the journal `{}` is not written any more", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
}

/// A journal that is being written. Dropping it waits until what was given to it is written.
#[derive(Debug)]
pub struct Journal {
    run: RunId,
    path: PathBuf,
    queue: Mutex<Queue>,
    state: watch::Receiver<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    /// Gone once the journal is dropped.
    sender: Option<mpsc::Sender<Record>>,
    /// How many records were given to it.
    sent: u64,
}

/// How far the thread is.
#[derive(Clone, Debug, Default)]
struct State {
    /// How many records are written; those that have to be on the disk are there.
    written: u64,
    failed: Option<JournalError>,
}

/// Intents that were announced: a request waits for them with [`Announced::durable`].
#[derive(Clone, Debug)]
pub struct Announced {
    record: u64,
    path: PathBuf,
    state: watch::Receiver<State>,
}

impl Announced {
    /// Waits until the intents are on the disk.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written any more, these intents or anything after them: then
    /// nothing further may be sent.
    pub async fn durable(mut self) -> Result<(), JournalError> {
        let record = self.record;
        let reached = self.state.wait_for(|state| state.failed.is_some() || state.written >= record).await;
        match reached.map(|state| state.failed.clone()) {
            Ok(None) => Ok(()),
            Ok(Some(failed)) => Err(failed),
            Err(_) => Err(JournalError::Gone { path: self.path }),
        }
    }
}

impl Journal {
    /// Begins a journal in a directory, which is made where it is not there: its head and the plan
    /// are on the disk when this returns.
    pub(super) fn begin(
        directory: &Path,
        opening: Opening,
        plan: &Plan,
        after: Option<Anchor>,
    ) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Create { directory: directory.to_owned(), source: Arc::new(error) };
        make_directory(directory).map_err(failed)?;
        let (run, path, mut file, now) = create(directory).map_err(failed)?;
        let Opening { project, who, commit, manifests, users_read, resumes, undoes } = opening;
        let head = Head {
            format_version: FORMAT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            run: run.clone(),
            when: now.to_string(),
            who,
            project,
            place: Place::of(plan),
            plan: PlanSeen::of(plan),
            commit,
            manifests,
            acknowledgement: plan.acknowledgement.clone(),
            users_read,
            resumes,
            undoes,
            request: plan.request.clone(),
            after,
        };
        let (mut chain, mut lines) = (Chain::default(), Vec::new());
        chain.append(&mut lines, &Record::Head(Box::new(head)));
        chain.append(&mut lines, &PlanLine { plan });
        // Whoever lists the runs sees by the lock that this one is under way. Where the file system
        // has no locks, it looks killed until it ends.
        let _ = file.try_lock();
        let written = file.write_all(&lines).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // Nothing was sent, so there is nothing to remember.
            let _ = fs::remove_file(&path);
            return Err(failed(error));
        }
        // The name must survive a crash too. Not every system lets a directory be synced.
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
        let (sender, records) = mpsc::channel();
        let (report, state) = watch::channel(State::default());
        let to = path.clone();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write(&mut file, &to, chain, &records, &report))
            .map_err(failed)?;
        let queue = Mutex::new(Queue { sender: Some(sender), sent: 0 });
        Ok(Self { run, path, queue, state, thread: Some(thread) })
    }

    /// The run's name.
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Announces that steps may be sent. None of them may be before [`Announced::durable`] says so.
    #[must_use]
    pub fn announce(&self, steps: Vec<StepId>) -> Announced {
        let record = self.push(Record::Intend { steps });
        Announced { record, path: self.path.clone(), state: self.state.clone() }
    }

    /// Announces steps and waits until that is on the disk.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written: then nothing further may be sent.
    pub async fn intend(&self, steps: &[StepId]) -> Result<(), JournalError> {
        self.announce(steps.to_vec()).durable().await
    }

    /// Writes down how a step has ended. It is on the disk with the next intents, or with the end;
    /// a crash before that leaves the step in doubt, and it is read back.
    pub fn ended(&self, ended: Ended) {
        self.push(Record::Ended(ended));
    }

    /// Writes down that the run has ended, and waits until that is on the disk.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub async fn end(&self, report: &Report) -> Result<(), JournalError> {
        let record = self.push(Record::End(End::of(report, Timestamp::now().to_string())));
        Announced { record, path: self.path.clone(), state: self.state.clone() }.durable().await
    }

    /// Why nothing further can be written, where that is so.
    #[must_use]
    pub fn failure(&self) -> Option<JournalError> {
        self.state.borrow().failed.clone()
    }

    fn push(&self, record: Record) -> u64 {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.sent += 1;
        if let Some(sender) = &queue.sender {
            // When the thread has given up, its last state says why.
            let _ = sender.send(record);
        }
        queue.sent
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.get_mut().unwrap_or_else(PoisonError::into_inner).sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has said its reason itself.
            let _ = thread.join();
        }
    }
}

/// [`Record::Plan`] of a plan that stays where it is.
#[derive(Serialize)]
struct PlanLine<'a> {
    plan: &'a Plan,
}

/// What the thread does: groups of lines until nobody sends any more, or until writing fails.
fn write(
    file: &mut File,
    path: &Path,
    mut chain: Chain,
    records: &mpsc::Receiver<Record>,
    report: &watch::Sender<State>,
) {
    let mut lines = Vec::new();
    let mut written = 0;
    while let Ok(first) = records.recv() {
        lines.clear();
        let mut sync = false;
        for record in std::iter::once(first).chain(records.try_iter()).take(GROUP) {
            sync |= matches!(record, Record::Intend { .. } | Record::End(_));
            chain.append(&mut lines, &record);
            written += 1;
        }
        let done = file.write_all(&lines).and_then(|()| if sync { file.sync_data() } else { Ok(()) });
        match done {
            Ok(()) => report.send_replace(State { written, failed: None }),
            Err(error) => {
                // A further line could follow half a one; the file stays as it is.
                let failed = JournalError::Write { path: path.to_owned(), source: Arc::new(error) };
                report.send_replace(State { written: 0, failed: Some(failed) });
                return;
            }
        };
    }
    // Nobody is there any more to be told.
    let _ = file.sync_data();
}

/// Makes the directory, which only its owner may look into: journals hold e-mail addresses.
fn make_directory(directory: &Path) -> std::io::Result<()> {
    let mut make = fs::DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(directory)
}

/// Makes a file that no other run has.
fn create(directory: &Path) -> std::io::Result<(RunId, PathBuf, File, Timestamp)> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let now = Timestamp::now();
        let run = name::of(now);
        let path = name::path(directory, &run);
        match options.open(&path) {
            Ok(file) => return Ok((run, path, file, now)),
            // Two runs in one millisecond that threw the same dice: the next throw differs.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}
