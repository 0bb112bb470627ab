//! What a request says, whichever form it came in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::document::Spanned;
use crate::platform::Section;
use crate::source::{Sources, Span};
use crate::state::{Kind, attribute};

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

impl Form {
    /// The form of a file, by the end of its name; none where that says none of them.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "csv" | "tsv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yaml => "YAML",
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
        }
    }
}

/// One of the two attributes of roles that a request is about (R-TE-26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What a role is for.
    Classifications,
    /// Whom a role serves.
    Segments,
}

impl Field {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Classifications, Self::Segments];

    /// Its name as an attribute of roles.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Classifications => attribute::CLASSIFICATIONS,
            Self::Segments => attribute::SEGMENTS,
        }
    }

    /// The kind of the objects that it names.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Classifications => Kind::Classification,
            Self::Segments => Kind::Segment,
        }
    }

    /// The vocabulary that its names come from.
    #[must_use]
    pub fn section(self) -> Section {
        match self {
            Self::Classifications => Section::Classifications,
            Self::Segments => Section::Segments,
        }
    }
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
    /// The table that it came in; none where it is YAML.
    pub table: Option<Table>,
}

/// A table as it is read and written: texts under headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The headings.
    pub header: Vec<String>,
    /// The rows, each with a text for each heading.
    pub rows: Vec<Vec<String>>,
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

impl Lists {
    /// One of the two.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Listed> {
        match field {
            Field::Classifications => self.classifications.as_ref(),
            Field::Segments => self.segments.as_ref(),
        }
    }

    pub(super) fn put(&mut self, field: Field, listed: Option<Listed>) {
        match field {
            Field::Classifications => self.classifications = listed,
            Field::Segments => self.segments = listed,
        }
    }
}

/// A set of names and where it stands.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The names; of a vocabulary whose values the pack lists, in the canonical spelling.
    pub names: BTreeSet<String>,
    /// The cell, or the value.
    pub span: Span,
    /// Where each of the names stands.
    pub(super) places: BTreeMap<String, Span>,
}

impl Listed {
    /// Where one of the names stands.
    #[must_use]
    pub fn place(&self, name: &str) -> Span {
        self.places.get(name).copied().unwrap_or(self.span)
    }
}
