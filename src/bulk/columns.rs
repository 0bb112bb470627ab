//! Which column of a table is what: by its heading, in any order.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::{GridRow, is_space};
use super::request::Field;
use super::wording::ruled;
use crate::diagnostic::{Code, Diagnostic, near_misses};
use crate::document::Findings;
use crate::platform::Pack;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Role,
    /// What the role shall have.
    Wanted(Field),
    /// What it is expected to have now.
    Expected(Field),
    Ticket,
    RequestedBy,
    /// What results add (`outcome`, `reason`) and what people number rows with: not read, so that results
    /// can be edited and sent again.
    Ignored(&'static str),
}

impl Column {
    /// Its heading as we write it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Wanted(Field::Classifications) => "classifications",
            Self::Wanted(Field::Segments) => "segments",
            Self::Expected(Field::Classifications) => "expected classifications",
            Self::Expected(Field::Segments) => "expected segments",
            Self::Ticket => "ticket",
            Self::RequestedBy => "requested by",
            Self::Ignored(heading) => heading,
        }
    }
}

/// The columns that results add.
pub(super) const OUTCOME: Column = Column::Ignored("outcome");
/// Why it came to that.
pub(super) const REASON: Column = Column::Ignored("reason");

const ALL: [Column; 10] = [
    Column::Role,
    Column::Wanted(Field::Classifications),
    Column::Wanted(Field::Segments),
    Column::Expected(Field::Classifications),
    Column::Expected(Field::Segments),
    Column::Ticket,
    Column::RequestedBy,
    OUTCOME,
    REASON,
    Column::Ignored("row"),
];

/// The column that a heading means. Case, spaces and signs do not count, nor whether it is one or many;
/// what the vendor's document calls the two attributes is understood, too.
pub(super) fn column(heading: &str) -> Option<Column> {
    let plain: String = heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let field = |name: &str| match name.strip_suffix('s').unwrap_or(name) {
        "classification" | "roleclassification" | "userroleclassification" => Some(Field::Classifications),
        "segment" | "customersegment" => Some(Field::Segments),
        _ => None,
    };
    match plain.as_str() {
        "role" | "rolename" | "userrole" | "userrolename" => Some(Column::Role),
        "ticket" => Some(Column::Ticket),
        "requestedby" | "requester" => Some(Column::RequestedBy),
        "outcome" => Some(OUTCOME),
        "reason" => Some(REASON),
        "row" | "number" | "no" => Some(Column::Ignored("row")),
        name => {
            let before = ["expected", "current"].iter().find_map(|word| name.strip_prefix(word));
            before.and_then(field).map(Column::Expected).or_else(|| field(name).map(Column::Wanted))
        }
    }
}

/// How many of these are headings.
pub(super) fn known(cells: &[&str]) -> usize {
    cells.iter().filter(|cell| column(cell.trim_matches('"')).is_some()).count()
}

/// The columns of a table by what they are, from the row of headings; and those that a misspelt heading
/// seems to mean, so that they are not missing, too.
pub(super) fn columns(
    header: &GridRow,
    pack: &Pack,
    found: &mut Findings,
) -> (BTreeMap<Column, usize>, BTreeSet<Column>) {
    let mut columns: BTreeMap<Column, usize> = BTreeMap::new();
    let mut misspelt = BTreeSet::new();
    for (at, cell) in header.cells.iter().enumerate() {
        if let Some(odd) = cell.odd.as_ref().filter(|_| !matches!(column(&cell.text), Some(Column::Ignored(_)))) {
            let message = format!("the heading {}", odd.what());
            found.push(|| Diagnostic::new(Code::TableCell, cell.span, message).help(odd.help()));
            misspelt.extend(column(&cell.text));
            continue;
        }
        let heading = cell.text.trim_matches(is_space);
        if heading.is_empty() {
            continue;
        }
        let Some(column) = column(heading) else {
            let near = near_misses(heading, ALL.iter().map(|column| column.heading()));
            misspelt.extend(near.first().and_then(|near| self::column(near)));
            let help = match near.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the headings are: role, classifications, segments, expected classifications, expected \
                         segments, ticket, requested by"
                    .to_owned(),
            };
            let message = format!("there is no column `{heading}`");
            found.push(|| Diagnostic::new(Code::UnknownColumn, cell.span, message).help(help));
            continue;
        };
        if let Column::Wanted(field) | Column::Expected(field) = column
            && !holds(pack, field)
        {
            let message = format!("roles of {} have no {}", pack.title, field.attribute());
            found.push(|| {
                let finding = Diagnostic::new(Code::UnknownColumn, cell.span, message).help("leave the column out");
                ruled(finding, pack.roles.rule.as_ref())
            });
        }
        if let Some(&first) = columns.get(&column) {
            if !matches!(column, Column::Ignored(_)) {
                let message = format!("there are two columns `{}`", column.heading());
                found.push(|| {
                    Diagnostic::new(Code::DuplicateKey, cell.span, message)
                        .help("keep one of the two")
                        .related(header.cells[first].span, "first given here")
                });
            }
            continue;
        }
        columns.insert(column, at);
    }
    (columns, misspelt)
}

/// Whether roles of a platform have the attribute.
pub(super) fn holds(pack: &Pack, field: Field) -> bool {
    pack.roles.attributes.contains_key(field.attribute())
}

/// Whether a request must say the attribute of every role (R-TE-25).
pub(super) fn is_needed(pack: &Pack, field: Field) -> bool {
    pack.bulk.roles.as_ref().is_some_and(|rules| rules.replaces.contains(field.attribute())) && holds(pack, field)
}
