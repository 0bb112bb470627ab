//! The YAML form of a request: its shape, its schema, and its rows as they are written.
//!
//! The schema is one for all platforms. What a platform asks of names is checked for all forms together
//! (`rows`), because spellings are forgiven in all of them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Field;
use super::rows::{RawList, RawRow, Said};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{self, Entries, Lenient, Schema, Spanned};
use crate::platform::{Filled, KeyedBy, schema_of};
use crate::source::{SourceId, Sources};

/// A bulk request: rows of roles, each with what it shall have.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("required" = ["bulk"]))]
struct File {
    /// The request.
    bulk: Lenient<Bulk>,
}

/// Who asks for what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("required" = ["roles"]))]
struct Bulk {
    /// The ticket that the request came with; it is recorded.
    #[schemars(with = "Filled")]
    ticket: Lenient<Spanned<String>>,
    /// Who asked for it; it is recorded.
    #[schemars(with = "Filled")]
    requested_by: Lenient<Spanned<String>>,
    /// The roles by name, each with what it shall have. Roles that are not on the target are never made.
    #[schemars(with = "KeyedBy<Filled, RoleRow>")]
    roles: Lenient<Entries<Lenient<RoleRow>>>,
}

/// What one role shall have: each list is all of it. What is left out stays as it is, where the platform
/// lets a request leave it out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
struct RoleRow {
    /// All classifications that the role shall have.
    #[schemars(with = "Vec<Filled>")]
    classifications: Given,
    /// All segments that the role shall have.
    #[schemars(with = "Vec<Filled>")]
    segments: Given,
    /// What the role is expected to have now; a role that has something else is not changed.
    expected: Lenient<Expected>,
    /// What became of the row, where this is a file of results; not read.
    #[schemars(with = "Option<String>")]
    outcome: Lenient<String>,
    /// Why, where this is a file of results; not read.
    #[schemars(with = "Option<String>")]
    reason: Lenient<String>,
}

/// What a role is expected to have now.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
struct Expected {
    /// All classifications.
    #[schemars(with = "Vec<Filled>")]
    classifications: Given,
    /// All segments.
    #[schemars(with = "Vec<Filled>")]
    segments: Given,
}

/// A list, if it is there and if it fits: what does not fit has been reported, and is not missing.
#[derive(Debug, Default)]
enum Given {
    #[default]
    Absent,
    Misfit,
    List(List),
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(List::deserialize(deserializer).map_or(Self::Misfit, Self::List))
    }
}

type List = Spanned<Vec<Lenient<Spanned<String>>>>;

/// The schema of requests.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schema_of::<File>("bulk.schema.json", "A bulk request of rolecall");
    schema["x-absent"] = json!("say nothing of it");
    if let Some(roles) = schema.pointer_mut("/$defs/Bulk/properties/roles") {
        roles["minProperties"] = json!(1);
    }
    schema
}

/// Reads a text. What is wrong with its shape is found; what can be read is.
pub(super) fn read(sources: &Sources, source: SourceId) -> (Said, Diagnostics) {
    let schema = Schema::compile(&schema()).expect("the generated schema of requests compiles");
    let (tree, mut found) = document::parse(sources, source);
    let Some(tree) = tree else { return (Said::default(), found) };
    let misfits = schema.check(&tree);
    let is_valid = !misfits.has_errors() && !found.has_errors();
    found.append(misfits);
    let file = document::read::<File>(tree.root()).unwrap_or_else(|error| {
        if is_valid {
            found.push(Diagnostic::new(Code::WrongType, error.span, "this cannot be read as a bulk request"));
        }
        File::default()
    });
    let Bulk { ticket, requested_by, roles } = file.bulk.0.unwrap_or_default();
    let rows = roles.0.into_iter().flatten().map(|(role, Lenient(row))| raw_row(role, row));
    (Said { rows: rows.collect(), ticket: ticket.0, requested_by: requested_by.0, table: None }, found)
}

fn raw_row(role: Spanned<String>, row: Option<RoleRow>) -> RawRow {
    // A body that does not fit has been reported, and nothing more can be said of it.
    let mut reported: BTreeSet<Field> = if row.is_none() { Field::ALL.into() } else { BTreeSet::new() };
    let RoleRow { classifications, segments, expected, outcome: _, reason: _ } = row.unwrap_or_default();
    let Expected { classifications: expected_classifications, segments: expected_segments } =
        expected.0.unwrap_or_default();
    let wanted = lists(classifications, segments, &mut reported);
    let expected = lists(expected_classifications, expected_segments, &mut BTreeSet::new());
    RawRow { role, wanted, expected, reported }
}

fn lists(classifications: Given, segments: Given, reported: &mut BTreeSet<Field>) -> BTreeMap<Field, RawList> {
    let mut lists = BTreeMap::new();
    for (field, given) in [(Field::Classifications, classifications), (Field::Segments, segments)] {
        match given {
            Given::List(list) => {
                let items = list.value.into_iter().filter_map(|item| item.0).collect();
                lists.insert(field, RawList { span: list.span, items });
            }
            Given::Misfit => drop(reported.insert(field)),
            Given::Absent => {}
        }
    }
    lists
}
