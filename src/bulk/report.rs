//! Where findings about a request are put, so that one cause that runs through ten thousand rows stays
//! readable.

use std::fmt::Write as _;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::MAX_FINDINGS;
use crate::source::{SourceId, Span};

/// The findings of one stage, up to a number.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Diagnostics,
    source: Option<SourceId>,
    count: usize,
}

impl Report {
    /// Takes a finding in if there is room for it; it is only made then.
    pub fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        self.count += 1;
        if self.count <= MAX_FINDINGS {
            let finding = make();
            self.source = Some(finding.span.source);
            self.found.push(finding);
        }
    }

    /// The findings, with a note if there were more.
    pub fn finish(mut self) -> Diagnostics {
        if let Some(source) = self.source.filter(|_| self.count > MAX_FINDINGS) {
            let message = format!("{} more findings in this file are not shown", self.count - MAX_FINDINGS);
            self.found.push(Diagnostic::new(Code::MoreFindings, Span::top(source), message));
        }
        self.found
    }
}

/// The finding, with the id of the rule where the pack has one.
pub(super) fn ruled(finding: Diagnostic, rule: Option<&String>) -> Diagnostic {
    match rule {
        Some(rule) => finding.rule(rule.clone()),
        None => finding,
    }
}

/// The first few names in backticks, and how many more there are.
pub(super) fn few<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    /// More would hide what the sentence says.
    const MOST: usize = 10;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        let _ = write!(text, " and {} more", names.len() - MOST);
    }
    text
}
