//! What a request says, whichever form it came in.

use std::collections::BTreeSet;

use crate::document::Spanned;
use crate::source::{Sources, Span};

/// The form of a request, of a template and of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `bulk: { ticket, requested_by, roles: {…} }`.
    Yaml,
    /// A table as text, columns by header.
    Csv,
    /// A spreadsheet, columns by header.
    Xlsx,
}

/// What somebody asks for: for each role what it shall have. It touches classifications and segments
/// of roles that exist, and nothing else (R-TE-25 to R-TE-27).
#[derive(Clone, Debug)]
pub struct Request {
    /// The texts and tables that the spans below point into.
    pub sources: Sources,
    /// The form that it came in.
    pub form: Form,
    /// The support ticket, where the request names it.
    pub ticket: Option<Spanned<String>>,
    /// Who asked, where the request says it.
    pub requested_by: Option<Spanned<String>>,
    /// The rows, in their order. There is one at least.
    pub rows: Vec<Row>,
}

/// What one role shall have.
#[derive(Clone, Debug)]
pub struct Row {
    /// The role, spelled as in the request (trimmed).
    pub role: Spanned<String>,
    /// What it shall have, as a whole (R-TE-27).
    pub wanted: Lists,
    /// What it is expected to have now; a row whose expectation is not met is not applied.
    pub expected: Lists,
}

/// Classifications and segments; what is absent is not said.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// The classifications.
    pub classifications: Option<Listed>,
    /// The segments.
    pub segments: Option<Listed>,
}

/// A set of names and where it stands.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The names; of a vocabulary whose values the pack lists, in the canonical spelling.
    pub names: BTreeSet<String>,
    /// The cell, or the value.
    pub span: Span,
}
