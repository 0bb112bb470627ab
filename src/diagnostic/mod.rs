//! What is wrong, where, and how to put it right.
//!
//! Responsible for findings as values and for the one closed list of codes ([`Code`]). Not
//! responsible for printing them (`report`) nor for deciding what is wrong (every room that reads
//! what people wrote pushes its own findings).

mod code;
mod examples;
mod near_miss;
mod rule;
mod rules;

pub use code::{Code, Stage};
pub use examples::{Example, example};
pub use near_miss::{distinct_names, near_misses};
pub use rule::{DOCUMENTS, Document, Held, Rule};
pub use rules::{near_codes_and_rules, rule, rules, rules_of};

use std::borrow::Cow;

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// How bad a finding is. Errors stop; warnings and notes do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing goes on past the stage that found it.
    Error,
    /// Worth a change; `--deny-warnings` makes it count as an error for the exit code.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding in what an author wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding this is.
    pub code: Code,
    /// The severity of this finding; [`Code::severity`] unless the finding says otherwise.
    pub severity: Severity,
    /// The rule of the source documents that it breaks, e.g. `R-TE-6`.
    pub rule: Option<Cow<'static, str>>,
    /// One sentence without a full stop, exact, with the names that matter in it.
    pub message: String,
    /// How to put it right, if there is more to say than the message says.
    pub help: Option<String>,
    /// Where it is. Every finding about a text has a place.
    pub span: Span,
    /// Whether what is written there may be a secret: then it is not shown.
    pub is_secret: bool,
    /// Other places that belong to it, each with what is there ("first given here").
    pub related: Vec<(Span, String)>,
}

impl Diagnostic {
    /// A finding with the severity that its code has.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            rule: None,
            message: message.into(),
            help: None,
            span,
            is_secret: false,
            related: Vec::new(),
        }
    }

    /// Adds how to put it right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the rule that is broken.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// Adds another place that belongs to the finding.
    #[must_use]
    pub fn related(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related.push((span, what.into()));
        self
    }
}

/// Findings as they are collected. Pushing never stops anything: [`Diagnostics::has_errors`] is
/// the one gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Takes over the findings of another stage or file.
    pub fn append(&mut self, mut other: Self) {
        self.found.append(&mut other.found);
    }

    /// Hides the source of the findings within a span where a secret may stand, and rewrites those
    /// whose words may repeat it.
    pub fn conceal(&mut self, within: Span, message: &str, help: &str) {
        let is_within =
            |span: Span| span.source == within.source && within.start <= span.start && span.end <= within.end;
        for diagnostic in self.found.iter_mut().filter(|diagnostic| is_within(diagnostic.span)) {
            diagnostic.is_secret = true;
            if !matches!(diagnostic.code, Code::NullValue | Code::OutOfRange) {
                message.clone_into(&mut diagnostic.message);
                diagnostic.help = Some(help.to_owned());
            }
        }
    }

    /// Whether anything found is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings of one severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// The findings sorted by place, then by code, each once.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        self.found.dedup();
        self.found
    }

    /// The findings in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }
}
