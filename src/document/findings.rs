//! How many findings one file, or one cause, can have.
//!
//! Responsible for keeping hostile or generated files from filling the memory with findings, and whoever
//! reads them from one cause that runs through ten thousand entries.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{SourceId, Span};

/// The most findings that one stage gives for one file. Nobody reads more, and each takes some
/// hundred bytes while a file can hold one mistake in every other byte.
pub const MAX_FINDINGS: usize = 1_000;

/// The findings of one stage, or of one rule, up to [`MAX_FINDINGS`].
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Diagnostics,
    source: Option<SourceId>,
    count: usize,
}

impl Findings {
    /// Takes a finding in if there is room for it; it is only made then.
    pub fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        self.count += 1;
        if self.count <= MAX_FINDINGS {
            let finding = make();
            self.source.get_or_insert(finding.span.source);
            self.found.push(finding);
        }
    }

    /// The findings; if there were more, `told` says of how many that they are not shown.
    pub fn finish(mut self, told: impl FnOnce(usize) -> String) -> Diagnostics {
        if let Some(source) = self.source.filter(|_| self.count > MAX_FINDINGS) {
            let message = told(self.count - MAX_FINDINGS);
            self.found.push(Diagnostic::new(Code::MoreFindings, Span::top(source), message));
        }
        self.found
    }
}

/// That so many more are in the same file.
pub(crate) fn more_in_file(more: usize) -> String {
    format!("{more} more findings in this file are not shown")
}
