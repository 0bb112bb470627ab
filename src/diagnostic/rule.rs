//! What a rule of the source documents is: what it says, how it is read, and where it is held.
//!
//! Responsible for the shape of the table that `rolecall explain` and `docs/rules.md` show. The
//! rules themselves are in `rules`. Nothing is decided by this table: packs name the rules, and
//! the code that holds them takes their names from there.

use super::{Code, Example};

/// One rule of a source document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number, e.g. `R-TE-6`, which findings and refusals carry.
    pub id: &'static str,
    /// The place in the document that says it.
    pub place: &'static str,
    /// What it says, in our words; the first sentence can stand alone.
    pub means: &'static str,
    /// How we read it, where the document can be read in several ways: the name of the reading, and
    /// what it is.
    pub reading: Option<(&'static str, &'static str)>,
    /// Everything that holds it, the author's side first.
    pub held: &'static [Held],
    /// A wrong and a right file.
    pub example: Option<Example>,
    /// Why no file and no plan can be shown that breaks it, or keeps it, as a test.
    pub no_manifest_case: Option<&'static str>,
    /// Why no request can.
    pub no_request_case: Option<&'static str>,
}

/// One place where a rule is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// In the files, without a target: a finding of this code names the rule.
    Files(Code),
    /// In a plan, which knows the live state: a finding of this code names the rule.
    Plan(Code),
    /// Whatever breaks it breaks this rule too, and is told so.
    With(&'static str),
    /// A command does or shows what the rule is about: its name, and what it does.
    Command(&'static str, &'static str),
    /// Nothing can break it; this is how that is.
    Construction(&'static str),
    /// In the sandbox: a raw request is refused with this HTTP status, and told the rule.
    Sandbox(u16),
    /// In the sandbox, whose service has no such request at all: it is refused with this HTTP status,
    /// and no rule is named.
    Unnamed(u16),
    /// It is about the file of a bulk request; this is what it asks of that.
    BulkRequest(&'static str),
    /// Nothing can check it; this is why.
    NotChecked(&'static str),
}

/// A document that rules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// How the numbers of its rules begin, e.g. `R-TE-`.
    pub prefix: &'static str,
    /// The platform whose pack names them.
    pub platform: &'static str,
    /// What the document is called.
    pub title: &'static str,
}

/// Every document, in the order of the tables.
pub const DOCUMENTS: &[Document] = &[
    Document { prefix: "R-TE-", platform: "total-expert", title: "User Role Classifications and Segments" },
    Document { prefix: "R-UT-", platform: "responsive", title: "Understanding roles and user types" },
    Document { prefix: "R-BE-", platform: "bullseye", title: "Create custom roles" },
];

impl Rule {
    pub(super) const fn new(id: &'static str, place: &'static str, means: &'static str, held: &'static [Held]) -> Self {
        Self { id, place, means, reading: None, held, example: None, no_manifest_case: None, no_request_case: None }
    }

    pub(super) const fn reading(mut self, name: &'static str, reading: &'static str) -> Self {
        self.reading = Some((name, reading));
        self
    }

    pub(super) const fn example(mut self, wrong: &'static str, right: &'static str) -> Self {
        self.example = Some(Example { wrong, right });
        self
    }

    pub(super) const fn no_manifest_case(mut self, reason: &'static str) -> Self {
        self.no_manifest_case = Some(reason);
        self
    }

    pub(super) const fn no_request_case(mut self, reason: &'static str) -> Self {
        self.no_request_case = Some(reason);
        self
    }

    /// The document that it comes from.
    #[must_use]
    pub fn document(&self) -> &'static Document {
        DOCUMENTS.iter().find(|document| self.id.starts_with(document.prefix)).expect("a rule is of a document")
    }

    /// The codes whose findings name it.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        self.held.iter().filter_map(|held| match held {
            Held::Files(code) | Held::Plan(code) => Some(*code),
            _ => None,
        })
    }

    /// Why nothing can check it, where that is so.
    #[must_use]
    pub fn unchecked(&self) -> Option<&'static str> {
        self.held.iter().find_map(|held| match held {
            Held::NotChecked(reason) => Some(*reason),
            _ => None,
        })
    }

    /// The first sentence of what it says.
    #[must_use]
    pub fn in_short(&self) -> &'static str {
        self.means.find(". ").map_or(self.means, |end| &self.means[..=end])
    }
}

impl Held {
    /// A word for the room that holds it.
    #[must_use]
    pub fn by(&self) -> &'static str {
        match self {
            Self::Files(_) => "files",
            Self::Plan(_) => "plan",
            Self::With(_) => "another rule",
            Self::Command(..) => "command",
            Self::Construction(_) => "construction",
            Self::Sandbox(_) | Self::Unnamed(_) => "sandbox",
            Self::BulkRequest(_) => "bulk request",
            Self::NotChecked(_) => "not checked",
        }
    }
}
