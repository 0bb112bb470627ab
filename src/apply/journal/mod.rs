//! The journal of a run: what was to be done, what may have been sent, how it ended.
//!
//! Responsible for a file of lines that is on the disk before the requests that it announces, that
//! shows when somebody has edited it, and that reads back after a crash. Not responsible for where
//! the files are nor for what is asked of them (`cli`), and it never holds a secret.

mod record;

pub use record::{Anchor, BadRunId, Counts, End, Ended, FORMAT_VERSION, Head, Place, PlanSeen, Project, Record, RunId};
