//! Requests that we write: templates, requests to a vendor's support, results.
//!
//! Responsible for what is in them, as values. How they become bytes is `write`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::against::live_names;
use super::columns::{Column, OUTCOME, REASON, column, holds};
use super::request::{Field, Lists, Request, Row};
use super::write::{self, WriteError};
use crate::platform::Pack;
use crate::state::{Kind, Live, LiveObject, fold};

/// Names by attribute; what is absent is not said.
pub type Values = BTreeMap<Field, BTreeSet<String>>;

/// A request to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The ticket, where there is one.
    pub ticket: Option<String>,
    /// Who asks, where it is known.
    pub requested_by: Option<String>,
    /// The attributes that a table has columns for.
    pub fields: BTreeSet<Field>,
    /// The rows.
    pub rows: Vec<DraftRow>,
}

/// One role of a request to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftRow {
    /// The role.
    pub role: String,
    /// What it shall have.
    pub wanted: Values,
    /// What it is expected to have now.
    pub expected: Values,
    /// What became of the row, in results.
    pub outcome: Option<(Outcome, String)>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The role was changed.
    Applied,
    /// The role had what the row wants.
    AlreadyRight,
    /// The row was not applied, for a reason that was known before anything was written.
    Refused,
    /// The target refused the change, or it could not be sent.
    Failed,
    /// The run ended before the row.
    NotTried,
    /// Whether the change was made is not known.
    Unknown,
}

impl Outcome {
    /// The word for it in results.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AlreadyRight => "already right",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::NotTried => "not tried",
            Self::Unknown => "unknown",
        }
    }
}

impl Draft {
    /// A request without rows, for the attributes that roles of a platform have.
    #[must_use]
    pub fn new(pack: &Pack) -> Self {
        let fields = Field::ALL.into_iter().filter(|&field| holds(pack, field)).collect();
        Self { fields, ..Self::default() }
    }
}

/// The live roles as a request: editing it is asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// A row for each role, sorted by name, with the values of now as what is wanted and what is expected.
    pub draft: Draft,
    /// Live roles without a row, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

/// Makes the template of a target. Roles that no request could change are left out.
#[must_use]
pub fn template(live: &Live, pack: &Pack) -> Template {
    let roles = live.objects(Kind::Role);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for role in roles {
        *count.entry(fold(&role.name).into_owned()).or_default() += 1;
    }
    // A target that marks one built-in role marks all of them.
    let is_told = roles.iter().any(|role| role.built_in.is_some());
    let mut template = Template { draft: Draft::new(pack), left_out: Vec::new() };
    let mut sorted: Vec<&LiveObject> = roles.iter().collect();
    sorted.sort_by_cached_key(|role| (fold(&role.name).into_owned(), &role.name));
    for role in sorted {
        let name = fold(&role.name);
        let why = if count.get(&*name).is_some_and(|&count| count > 1) {
            Some("another role has a name that means the same")
        } else if pack.roles.protected.iter().any(|protected| fold(protected) == name) {
            Some("it is above all that can be managed")
        } else if is_locked(role, is_told, &template.draft.fields, pack) {
            Some("the platform has brought it along, and neither of the two can be changed")
        } else if name.is_empty() {
            Some("it has no name")
        } else {
            None
        };
        if let Some(why) = why {
            template.left_out.push((role.name.clone(), why));
            continue;
        }
        let fields = template.draft.fields.iter();
        let values: Values = fields.map(|&field| (field, spelled(role, field, pack))).collect();
        let row = DraftRow { role: role.name.clone(), expected: values.clone(), wanted: values, outcome: None };
        template.draft.rows.push(row);
    }
    template
}

/// Whether a live role is a built-in one of which none of these can be changed.
fn is_locked(role: &LiveObject, is_told: bool, fields: &BTreeSet<Field>, pack: &Pack) -> bool {
    let built_in = if is_told {
        role.built_in.as_ref().and_then(|key| pack.roles.built_in.roles.get(key))
    } else {
        let name = fold(&role.name);
        pack.roles.built_in.named(|known| fold(known) == name).map(|(_, role)| role)
    };
    built_in.is_some_and(|built_in| !fields.iter().any(|field| built_in.changeable.contains(field.attribute())))
}

/// The live names, in the vendor's spelling where it lists them.
fn spelled(role: &LiveObject, field: Field, pack: &Pack) -> BTreeSet<String> {
    let vocabulary = pack.vocabulary(field.section());
    live_names(role, field).map(|name| vocabulary.canonical(name).to_owned()).collect()
}

/// What became of each row, in the form of the request: a table with its own columns and rows, to which
/// `outcome` and `reason` are added. It can be edited and sent again, so a row that came to be as it asked
/// is expected to be that from now on.
///
/// # Panics
///
/// When there are not as many outcomes as rows.
pub fn results(request: &Request, outcomes: &[(Outcome, String)]) -> Result<Vec<u8>, WriteError> {
    assert_eq!(request.rows.len(), outcomes.len(), "every row has an outcome");
    let Some(table) = &request.table else {
        let fields = Field::ALL.into();
        let rows = request.rows.iter().zip(outcomes).map(|(row, outcome)| DraftRow {
            role: row.role.value.clone(),
            wanted: values(&row.wanted),
            expected: expected(row, outcome.0),
            outcome: Some(outcome.clone()),
        });
        let ticket = request.ticket.as_ref().map(|ticket| ticket.value.clone());
        let requested_by = request.requested_by.as_ref().map(|name| name.value.clone());
        return write::write(&Draft { ticket, requested_by, fields, rows: rows.collect() }, request.form);
    };
    let kept: Vec<usize> = (0..table.header.len())
        .filter(|&at| !matches!(column(&table.header[at]), Some(known) if known == OUTCOME || known == REASON))
        .collect();
    let header = kept.iter().map(|&at| table.header[at].clone());
    let header = header.chain([OUTCOME, REASON].map(|column| column.heading().to_owned())).collect();
    let rows = table.rows.iter().zip(outcomes).map(|(row, (outcome, reason))| {
        let from = |at: usize| if is_as_asked(*outcome) { asked_at(&table.header, at) } else { at };
        let cells = kept.iter().map(|&at| row.get(from(at)).cloned().unwrap_or_default());
        cells.chain([outcome.word().to_owned(), reason.clone()]).collect()
    });
    let with_outcomes = super::Table { header, rows: rows.collect() };
    write::write_table(&with_outcomes, request.form)
}

fn is_as_asked(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Applied | Outcome::AlreadyRight)
}

/// What a row expects after it was carried out, of what it expected before.
fn expected(row: &Row, outcome: Outcome) -> Values {
    let mut expected = values(&row.expected);
    if is_as_asked(outcome) {
        let asked = values(&row.wanted);
        expected.extend(asked.into_iter().filter(|(field, _)| row.expected.get(*field).is_some()));
    }
    expected
}

/// The column that says what a role shall have, for the one that says what it is expected to have; any
/// other column is itself.
fn asked_at(header: &[String], at: usize) -> usize {
    let Some(Column::Expected(field)) = column(&header[at]) else { return at };
    header.iter().position(|heading| column(heading) == Some(Column::Wanted(field))).unwrap_or(at)
}

fn values(lists: &Lists) -> Values {
    let said = Field::ALL.into_iter().filter_map(|field| Some((field, lists.get(field)?)));
    said.map(|(field, listed)| (field, listed.names.clone())).collect()
}
