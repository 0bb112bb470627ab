//! The journal of a run: what was to be done, what may have been sent, how it ended.
//!
//! Responsible for a file of lines that is on the disk before the requests that it announces, that
//! shows when somebody has edited it, and that reads back after a crash. Not responsible for where
//! the files are nor for what is asked of them (`cli`), and it never holds a secret.

mod ahead;
mod chain;
mod name;
mod read;
mod record;
mod runs;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use ahead::Ahead;

pub use chain::BadLine;
pub use read::{Checked, Ending, Known, ReadError, RunRecord};
pub use record::{
    Anchor, BadRunId, Counts, Elsewhere, End, Ended, FORMAT_VERSION, Head, Place, PlanSeen, Project, Record, RunId,
};
pub use runs::{FindError, Runs, Verdict};
pub use writer::{Announced, Journal, JournalError, Opening};
