//! What the process ends with (DESIGN.md §6).

use std::process::ExitCode;

/// How a run ended. The first stage that fails decides: arguments, files, credential, reading,
/// rules and guards, staleness, applying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// An error that has no code of its own: network, I/O.
    Error = 1,
    /// Changes are pending; only with `--detailed-exitcode`.
    Pending = 2,
    /// The platform refused our credential or its authority, or a pin was violated.
    Credential = 3,
    /// Apply ended with failed, skipped or manual steps, or did not settle.
    Incomplete = 4,
    /// A guard, a rule or a proof refused the plan.
    Refused = 5,
    /// The plan is stale, or not the one that was expected.
    Stale = 6,
    /// Cancelled after a clean stop.
    Cancelled = 8,
    /// The project or the manifests are invalid.
    Invalid = 10,
    /// Wrong usage, a missing variable, a question that nobody can answer.
    Usage = 64,
    /// Our bug.
    Bug = 101,
    /// Stopped at once, by a second Ctrl-C.
    Killed = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
