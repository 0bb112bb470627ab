//! Reading a journal back, with distrust: every line must follow from those before it.
//!
//! A last line without its line feed is what a crash leaves; it is left out and said. Everything
//! else that is not as it was written is an error that names the line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::chain::{BadLine, Chain, is_begun, parts};
use super::record::{End, FORMAT_VERSION, Head, Record, RunId};
use crate::apply::Outcome;
use crate::plan::Plan;
use crate::remote::Left;
use crate::state::StepId;

/// How much of a journal's end is read to see how it ended: an `end` line is far shorter.
const TAIL: u64 = 64 * 1024;

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read the journal `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("`{}` is no journal", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// A later build wrote it.
    #[error(
        "the journal `{}` has format version {found}, this build reads {FORMAT_VERSION}: use the build `{tool}`",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format version.
        found: u32,
        /// The build that wrote it.
        tool: String,
    },
    /// A line is not as it was written.
    #[error("`{}`, line {line}: {what}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: BadLine,
    },
    /// A line follows from those before it and means nothing to this build.
    #[error("`{}`, line {line}: this build does not understand it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// The run was killed before it began.
    #[error("the journal `{}` holds no plan: the run was killed before it began, and nothing was sent", path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
    },
    /// Lines are gone from its end.
    #[error("`{}` ends with line {lines}, and the run {seen_by} saw more: lines were removed after it", path.display())]
    Shortened {
        /// The file.
        path: PathBuf,
        /// Its last line.
        lines: u64,
        /// A run that came later.
        seen_by: RunId,
    },
    /// It is another run's.
    #[error("the journal `{}` is that of the run {run}: the file was renamed", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// The run in its head.
        run: RunId,
    },
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Who, what, when, where.
    pub head: Head,
    /// What was to be done. It follows from the chain that it is as it was written; whoever goes on
    /// with it has it approved like any other.
    pub plan: Plan,
    /// What is known of its steps. A step that is not here was certainly not sent.
    pub known: BTreeMap<StepId, Known>,
    /// How the run ended; `None` when it was killed, or is under way.
    pub end: Option<End>,
    /// The last line, where a crash has cut it off. It is not taken in.
    pub torn: Option<u64>,
}

/// What is known of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// How it ended.
    Ended {
        /// The outcome.
        outcome: Outcome,
        /// How it left its object.
        left: Option<Left>,
    },
    /// It may have been sent, and nothing is known of its answer.
    InDoubt,
}

/// How a run ended, as far as its last line shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It came to its end.
    Ended(End),
    /// It is under way in another process.
    Running,
    /// It was killed.
    Killed {
        /// Whether a step may have been sent.
        sent: bool,
    },
}

impl Ending {
    /// Whether the target may not be as it was before the run.
    #[must_use]
    pub fn may_have_written(&self) -> bool {
        match self {
            Self::Ended(end) => end.writes > 0,
            Self::Running => true,
            Self::Killed { sent } => *sent,
        }
    }
}

/// What checking a journal found, when nothing is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its lines, a torn one not counted.
    pub lines: u64,
    /// The last line, where a crash has cut it off.
    pub torn: Option<u64>,
    /// Whether it has its last line.
    pub ended: bool,
}

/// Reads a whole run.
///
/// # Errors
///
/// The first line that is not as it was written.
pub fn read(path: &Path) -> Result<RunRecord, ReadError> {
    let mut lines = Lines::open(path)?;
    let head = lines.head()?;
    let mut plan = None;
    let mut known = BTreeMap::new();
    let mut end = None;
    while let Some(record) = lines.next()? {
        match record {
            Record::Plan(written) if lines.number() == 2 => plan = Some(*written),
            Record::Intend { steps } if end.is_none() => {
                for step in steps {
                    // A step that succeeded is not sent again.
                    let succeeded =
                        matches!(known.get(&step), Some(Known::Ended { outcome, .. }) if outcome.is_success());
                    if !succeeded {
                        known.insert(step, Known::InDoubt);
                    }
                }
            }
            Record::Ended(ended) if end.is_none() => {
                known.insert(ended.step, Known::Ended { outcome: ended.outcome, left: ended.left });
            }
            Record::End(written) if end.is_none() => end = Some(written),
            Record::Head(_) | Record::Plan(_) | Record::Intend { .. } | Record::Ended(_) | Record::End(_) => {
                return Err(lines.broken(lines.number(), BadLine::Place));
            }
        }
    }
    let torn = lines.torn;
    let plan = plan.ok_or(ReadError::NoPlan { path: path.to_owned() })?;
    Ok(RunRecord { head, plan, known, end, torn })
}

/// Checks every line of a journal, without keeping it. `seen` is a run that came later and the link
/// that it saw at this one's end.
///
/// # Errors
///
/// The first line that is not as it was written.
pub(super) fn check(path: &Path, seen: Option<(&RunId, &str)>) -> Result<Checked, ReadError> {
    let mut lines = Lines::open(path)?;
    lines.head()?;
    let mut ended = false;
    let is_there = |chain: &Chain| seen.is_none_or(|(_, link)| link == chain.link());
    let mut holds_seen = is_there(&lines.chain);
    while let Some(is_end) = lines.step(|body| body.starts_with(b"{\"end\":"))? {
        if ended {
            return Err(lines.broken(lines.number(), BadLine::Place));
        }
        ended = is_end;
        holds_seen |= is_there(&lines.chain);
    }
    let (path, lines, torn) = (lines.path, lines.chain.lines(), lines.torn);
    match seen.filter(|_| !holds_seen) {
        Some((by, _)) => Err(ReadError::Shortened { path, lines, seen_by: by.clone() }),
        None => Ok(Checked { lines, torn, ended }),
    }
}

/// Reads the first line only.
///
/// # Errors
///
/// As for [`read`].
pub fn head(path: &Path) -> Result<Head, ReadError> {
    Lines::open(path)?.head()
}

/// How a run ended and the link of its last line, from the end of its file alone: nothing before is
/// checked.
pub(super) fn ending(path: &Path) -> Result<(Ending, Option<String>), ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // The writer holds its lock until it ends, however it ends.
    let running = matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock));
    let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail).map_err(failed)?;
    let whole = tail.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    tail.truncate(whole);
    let last = tail.split_inclusive(|&byte| byte == b'\n').next_back().unwrap_or_default();
    let last = last.strip_suffix(b"\n").unwrap_or(last);
    let Some((_, link, body)) = parts(last) else {
        // Its beginning is further ahead: only plans are as long. Or nothing is whole.
        return Ok((if running { Ending::Running } else { Ending::Killed { sent: false } }, None));
    };
    let link = Some(link.to_owned());
    let body = [b"{", &last[body + 1..]].concat();
    let ending = match serde_json::from_slice(&body) {
        Ok(Record::End(end)) => Ending::Ended(end),
        _ if running => Ending::Running,
        Ok(Record::Head(_) | Record::Plan(_)) => Ending::Killed { sent: false },
        _ => Ending::Killed { sent: true },
    };
    Ok((ending, link))
}

/// The lines of a file, one after the other, each held to those before it.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    chain: Chain,
    torn: Option<u64>,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, ReadError> {
        let file = File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
        let file = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), file, line: Vec::new(), chain: Chain::default(), torn: None })
    }

    /// The number of the line that was taken in last.
    fn number(&self) -> u64 {
        self.chain.lines()
    }

    fn broken(&self, line: u64, what: BadLine) -> ReadError {
        ReadError::Broken { path: self.path.clone(), line, what }
    }

    /// The first line. What it is comes before whether it was edited: other builds may chain
    /// otherwise.
    fn head(&mut self) -> Result<Head, ReadError> {
        #[derive(Deserialize)]
        struct Glance {
            head: GlanceHead,
        }
        #[derive(Deserialize)]
        struct GlanceHead {
            format_version: u32,
            tool_version: String,
        }
        if !self.fill()? && is_begun(&self.line) {
            return Err(ReadError::NoPlan { path: self.path.clone() });
        }
        let Ok(Glance { head }) = serde_json::from_slice(&self.line) else {
            return Err(ReadError::NotAJournal { path: self.path.clone() });
        };
        if head.format_version > FORMAT_VERSION {
            let (found, tool) = (head.format_version, head.tool_version);
            return Err(ReadError::Newer { path: self.path.clone(), found, tool });
        }
        match self.take(|body| serde_json::from_slice(body))? {
            Ok(Record::Head(head)) => {
                let named = super::name::run_of(&self.path);
                if named.is_some_and(|named| named != head.run) {
                    return Err(ReadError::OtherRun { path: self.path.clone(), run: head.run });
                }
                Ok(*head)
            }
            Ok(_) => Err(self.broken(1, BadLine::Place)),
            Err(source) => Err(ReadError::Unreadable { path: self.path.clone(), line: 1, source }),
        }
    }

    /// The next record, unless the file ends.
    fn next(&mut self) -> Result<Option<Record>, ReadError> {
        let record = self.step(|body| serde_json::from_slice(body))?;
        let line = self.number();
        record.transpose().map_err(|source| ReadError::Unreadable { path: self.path.clone(), line, source })
    }

    /// Something of the next line, unless the file ends.
    fn step<T>(&mut self, of: impl Fn(&[u8]) -> T) -> Result<Option<T>, ReadError> {
        if !self.fill()? {
            return Ok(None);
        }
        self.take(of).map(Some)
    }

    /// Takes the line that was read in.
    fn take<T>(&mut self, of: impl Fn(&[u8]) -> T) -> Result<T, ReadError> {
        let line = self.chain.lines() + 1;
        match self.chain.check(&mut self.line) {
            Ok(body) => Ok(of(body)),
            Err(what) => Err(self.broken(line, what)),
        }
    }

    /// Reads a line; `false` at the end of the file and at a torn line.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.line.clear();
        let failed = |source| ReadError::Io { path: self.path.clone(), source };
        self.file.read_until(b'\n', &mut self.line).map_err(failed)?;
        match self.line.pop() {
            None => return Ok(false),
            Some(b'\n') => return Ok(true),
            Some(other) => self.line.push(other),
        }
        // Without its line feed it is torn, unless it is whole: an editor may have taken only that.
        let is_whole = self.chain.clone().check(&mut self.line.clone()).is_ok();
        if !is_whole {
            self.torn = Some(self.chain.lines() + 1);
        }
        Ok(is_whole)
    }
}
