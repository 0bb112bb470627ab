//! A wrong and a right file for each code that files alone can cause, as `rolecall explain` shows
//! them.

use super::Code;

/// A wrong file and the same file put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// A file that causes the finding.
    pub wrong: &'static str,
    /// The same file without it.
    pub right: &'static str,
}

/// The example of a code; `None` for codes that need a target.
#[must_use]
pub fn example(_code: Code) -> Option<Example> {
    None
}
