//! Where rules put their findings, so that one cause that runs through a large set stays readable.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::MAX_FINDINGS;
use crate::source::Span;

/// The findings of one rule, up to a number.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Diagnostics,
    first: Option<Span>,
    count: usize,
}

impl Report {
    /// Takes a finding in if there is room for it; it is only made then.
    pub fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        self.count += 1;
        if self.count <= MAX_FINDINGS {
            let finding = make();
            self.first.get_or_insert(finding.span);
            self.found.push(finding);
        }
    }

    /// The findings, with a note if there were more.
    pub fn finish(mut self) -> Diagnostics {
        if let Some(first) = self.first.filter(|_| self.count > MAX_FINDINGS) {
            let message = format!("{} more findings like this one are not shown", self.count - MAX_FINDINGS);
            self.found.push(Diagnostic::new(Code::MoreFindings, Span::top(first.source), message));
        }
        self.found
    }
}
