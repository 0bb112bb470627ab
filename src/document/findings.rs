//! How many findings one file can have.
//!
//! Responsible for keeping hostile or generated files from filling the memory with findings.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{SourceId, Span};

/// The most findings that one stage gives for one file. Nobody reads more, and each takes some
/// hundred bytes while a file can hold one mistake in every other byte.
pub const MAX_FINDINGS: usize = 1_000;

#[derive(Debug)]
pub(super) struct Findings {
    source: SourceId,
    found: Diagnostics,
    count: usize,
}

impl Findings {
    pub fn new(source: SourceId) -> Self {
        Self { source, found: Diagnostics::default(), count: 0 }
    }

    /// Takes a finding in if there is room for it; it is only made then.
    pub fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        self.count += 1;
        if self.count <= MAX_FINDINGS {
            self.found.push(make());
        }
    }

    /// The findings, with a note if there were more. `at_least`: the counting stopped, too.
    pub fn finish(mut self, at_least: bool) -> Diagnostics {
        if self.count > MAX_FINDINGS {
            let more = self.count - MAX_FINDINGS;
            let at_least = if at_least { "at least " } else { "" };
            let message = format!("{at_least}{more} more findings in this file are not shown");
            self.found.push(Diagnostic::new(Code::MoreFindings, Span::top(self.source), message));
        }
        self.found
    }
}
