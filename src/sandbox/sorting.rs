//! In which order lists are (RFC 7644 §3.4.2.3).
//!
//! Responsible for what a resource is sorted by: the announced type and `caseExact` of one
//! attribute. Without anything to sort by, lists are in the order of creation.

use serde_json::{Map, Value};

use crate::scim::path::AttributePath;
use crate::scim::schema::Attribute;

use super::fold::fold;
use super::refusal::Refusal;
use super::served::{Kind, ServedType, part};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) path: AttributePath,
    pub(super) descending: bool,
}

/// The orders in which the database reads without sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Order {
    Created,
    /// The name that no two of a type share, folded.
    Key,
    Id,
    /// Those without one are last.
    ExternalId,
}

/// What one resource is sorted by. Resources without a value come last (and first when descending).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    Boolean(bool),
    Number(i64),
    Time(jiff::Timestamp),
    Text(String),
    Missing,
}

impl Sort {
    pub(super) fn read(by: &str, order: Option<&str>) -> Result<Self, Refusal> {
        let path = AttributePath::parse(by)
            .map_err(|error| Refusal::value(format!("`{by}` in `sortBy` is no attribute: {error}")))?;
        let descending = match order.map(str::to_ascii_lowercase).as_deref() {
            None | Some("ascending") => false,
            Some("descending") => true,
            Some(_) => return Err(Refusal::value("`sortOrder` is `ascending` or `descending`")),
        };
        Ok(Self { path, descending })
    }

    /// Whether a type has what is sorted by, and can be.
    pub(super) fn check(&self, of: &ServedType) -> Result<(), Refusal> {
        let refused = |why: &str| Err(Refusal::value(format!("`sortBy` names `{}`, {why}", self.path)));
        match of.find(&self.path) {
            None => refused(&format!("which {} has not", of.resource_type.name)),
            Some(named) => match named.sub.or_else(|| simple(named.attribute)) {
                Some(_) => Ok(()),
                None => refused("which has several parts; name one of them"),
            },
        }
    }

    /// The order of the database that this is, where it keeps one.
    pub(super) fn order(&self, of: &ServedType) -> Option<Order> {
        let named = of.find(&self.path)?;
        match named.attribute.name.as_str() {
            "id" => Some(Order::Id),
            "externalId" => Some(Order::ExternalId),
            name if name == of.kind.key() && !named.attribute.case_exact => Some(Order::Key),
            _ => None,
        }
    }

    /// What a whole resource, as it is sent, is sorted by.
    pub(super) fn key(&self, of: &ServedType, resource: &Map<String, Value>) -> SortKey {
        let Some(named) = of.find(&self.path) else { return SortKey::Missing };
        let Some(attribute) = named.sub.or_else(|| simple(named.attribute)) else { return SortKey::Missing };
        let value = match resource.get(&named.attribute.name) {
            // Of several values the primary one counts, or else the first.
            Some(Value::Array(values)) => {
                let primary = values.iter().find(|value| value.get("primary") == Some(&Value::Bool(true)));
                primary.or_else(|| values.first())
            }
            other => other,
        };
        let is_part = !std::ptr::eq(attribute, named.attribute);
        let value = if is_part { value.and_then(|value| value.get(&attribute.name)) } else { value };
        key_of(attribute, value)
    }

    /// Whether what is counted or looked up on request must be there: `assignedUsers`, the names
    /// of roles.
    pub(super) fn names(&self, attribute: &str) -> bool {
        self.path.attribute.eq_ignore_ascii_case(attribute)
    }
}

/// An attribute without parts, or its `value`.
fn simple(attribute: &Attribute) -> Option<&Attribute> {
    if attribute.sub_attributes.is_empty() { Some(attribute) } else { part(attribute, "value") }
}

fn key_of(attribute: &Attribute, value: Option<&Value>) -> SortKey {
    match value {
        Some(Value::Bool(value)) => SortKey::Boolean(*value),
        Some(Value::Number(number)) => number.as_i64().map_or(SortKey::Missing, SortKey::Number),
        Some(Value::String(text)) => match text.parse() {
            Ok(time) if attribute.kind == "dateTime" => SortKey::Time(time),
            _ if attribute.case_exact => SortKey::Text(text.clone()),
            _ => SortKey::Text(fold(text)),
        },
        _ => SortKey::Missing,
    }
}

/// Whether any of these types has what is sorted by; the others have no value of it.
pub(super) fn check_any<'s>(sort: &Sort, mut types: impl Iterator<Item = &'s ServedType>) -> Result<(), Refusal> {
    let mut refused = Ok(());
    let fits = types.any(|of| match sort.check(of) {
        Ok(()) => true,
        Err(refusal) => {
            refused = Err(refusal);
            false
        }
    });
    if fits { Ok(()) } else { refused }
}

/// The types whose resources are in a list: all that are stored, at the root.
pub(super) fn is_stored(of: &ServedType) -> bool {
    of.kind != Kind::Organization
}
