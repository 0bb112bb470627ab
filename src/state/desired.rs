//! What the files mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Assignments, Kind, Value};
use crate::source::{Sources, Span};

/// What the files of a project declare, after every offline check has passed.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The texts that the spans below point into.
    pub sources: Sources,
    /// Classifications, segments, user types and roles by kind, each keyed by its folded name.
    /// A kind is absent when no file has a section for it: then it is not managed at all, which
    /// is not the same as an empty section.
    pub objects: BTreeMap<Kind, BTreeMap<String, DesiredObject>>,
    /// The users that the files assign; `None` when no file has a section for them.
    pub assignments: Option<Assignments>,
    /// Roles that shall not exist, keyed by folded name.
    pub removed_roles: BTreeMap<String, RemovedRole>,
    /// Users that shall lose their account or be shut out, keyed by folded userName.
    pub removed_users: BTreeMap<String, RemovedUser>,
    /// Values of vocabularies that shall not exist, by kind and folded name; `None`: those with our
    /// mark that no file names although there is a section for them.
    pub removed_values: Option<BTreeSet<(Kind, String)>>,
}

/// A classification, a segment, a user type or a role as the files want it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredObject {
    /// The name as it is spelled.
    pub name: String,
    /// The attributes that are declared. One that is absent keeps its live value;
    /// [`Value::Absent`] empties it.
    pub attributes: BTreeMap<String, Declared>,
    /// Names that the object had before (a rename), as they are spelled.
    pub previously: Vec<String>,
    /// For a role that the platform has brought along, the pack's key of it: it is that role,
    /// whatever it is called now.
    pub built_in: Option<String>,
    /// How a role's permissions are written, where that means what the catalogue lists; the
    /// attribute has what they mean by the pack's own.
    pub written_grants: Option<WrittenGrants>,
    /// Where it is declared: the key.
    pub span: Option<Span>,
}

/// Permissions as they are written: `all` of what a role's user type may hold without what is in
/// `except`, or `only` these, of which an entity alone means all that can be done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenGrants {
    /// Everything.
    pub all: bool,
    /// What is left out: `entity` or `entity.action`.
    pub except: BTreeSet<String>,
    /// These: `entity`, `entity.action` or `entity.action.field`.
    pub only: BTreeSet<String>,
}

/// A declared value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The value.
    pub value: Value,
    /// The value's place.
    pub span: Option<Span>,
}

/// A role that shall not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedRole {
    /// The name as it is spelled.
    pub name: String,
    /// The role that its holders get (R-BE-39).
    pub reassign_to: Option<String>,
    /// Where it is written.
    pub span: Option<Span>,
}

/// A user that shall lose their account or be shut out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedUser {
    /// The userName as it is spelled.
    pub user_name: String,
    /// Deleted, or else only deactivated.
    pub delete: bool,
    /// Where it is written.
    pub span: Option<Span>,
}

/// Where an author wrote what a change comes from. Lines and columns are 1-based.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The file as the user would type it.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column, in Unicode scalar values.
    pub column: u32,
}

impl Desired {
    /// The place of a span, for a plan.
    #[must_use]
    pub fn origin(&self, span: Option<Span>) -> Option<Origin> {
        let at = self.sources.locate(span?);
        Some(Origin { file: at.file, line: at.line, column: at.column })
    }

    /// A declared object by its name, folded.
    #[must_use]
    pub fn find(&self, kind: Kind, name: &str) -> Option<&DesiredObject> {
        self.objects.get(&kind)?.get(&*super::fold(name))
    }
}
