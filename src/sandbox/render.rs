//! Resources as they are sent: with schemas, id, meta, what is derived and what is counted, and
//! with only the attributes that the caller wants (RFC 7644 §3.9).
//!
//! The stored body is JSON already and is taken over as it is; it is parsed only when a caller
//! wants less than all of it.

use std::collections::HashMap;
use std::fmt::Write;

use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::scim::path::AttributePath;
use crate::scim::schema::Returned;

use super::database::{self, Row};
use super::fold::fold;
use super::refusal::Refusal;
use super::served::{Kind, Named, Served, ServedType};

/// What is sent only when somebody asks for it (RFC 7643 §7, `returned`): each costs a lookup.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extras {
    pub(super) assigned_users: bool,
    pub(super) role_names: bool,
}

/// Which attributes a caller wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Projection {
    only: Option<Vec<AttributePath>>,
    without: Vec<AttributePath>,
}

impl Projection {
    /// From the query's `attributes` and `excludedAttributes`.
    pub(super) fn read(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, Refusal> {
        let list = |text: &str| {
            text.split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| {
                    AttributePath::parse(name)
                        .map_err(|error| Refusal::path(format!("`{name}` is no attribute: {error}")))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        match (attributes, excluded) {
            (Some(_), Some(_)) => Err(Refusal::syntax("`attributes` and `excludedAttributes` exclude each other")),
            (Some(only), None) => Ok(Self { only: Some(list(only)?), without: Vec::new() }),
            (None, Some(without)) => Ok(Self { only: None, without: list(without)? }),
            (None, None) => Ok(Self::default()),
        }
    }

    /// What is asked for by name of what is not sent otherwise.
    fn extras(&self) -> Extras {
        let is = |text: &str, name: &str| text.eq_ignore_ascii_case(name);
        let mut extras = Extras::default();
        for path in self.only.iter().flatten() {
            let sub = path.sub.as_deref().unwrap_or_default();
            extras.assigned_users |= is(&path.attribute, "assignedUsers");
            extras.role_names |= is(&path.attribute, "roles") && is(sub, "display");
        }
        extras
    }

    fn is_everything(&self) -> bool {
        self.only.is_none() && self.without.is_empty()
    }

    /// Leaves what is wanted, and what is always sent.
    pub(super) fn apply(&self, served: &ServedType, resource: Map<String, Value>) -> Map<String, Value> {
        let find = |path| served.find(path);
        let mut result = Map::new();
        for (name, mut value) in resource {
            let Some(attribute) = served.attribute(&name) else { continue };
            let about = |named: &Named<'_>| named.attribute.name == name;
            if attribute.returned != Returned::Always {
                if let Some(only) = &self.only {
                    let named: Vec<Named<'_>> = only.iter().filter_map(find).filter(about).collect();
                    if named.is_empty() {
                        continue;
                    }
                    if named.iter().all(|named| named.sub.is_some()) {
                        keep(&mut value, &|part| named.iter().any(|n| n.sub.is_some_and(|sub| sub.name == part)));
                    }
                }
                let named: Vec<Named<'_>> = self.without.iter().filter_map(find).filter(about).collect();
                if named.iter().any(|named| named.sub.is_none()) {
                    continue;
                }
                if !named.is_empty() {
                    keep(&mut value, &|part| !named.iter().any(|n| n.sub.is_some_and(|sub| sub.name == part)));
                }
            }
            if value.as_object().is_none_or(|parts| !parts.is_empty()) {
                result.insert(name, value);
            }
        }
        result
    }
}

/// Leaves those parts of a complex value, or of each of several, that are wanted.
fn keep(value: &mut Value, wanted: &dyn Fn(&str) -> bool) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| keep(value, wanted)),
        Value::Object(parts) => parts.retain(|name, _| wanted(name)),
        _ => {}
    }
}

/// Renders rows of one snapshot of the database.
pub(super) struct Renderer<'a> {
    connection: &'a Connection,
    served: &'a Served,
    projection: &'a Projection,
    /// The names of roles that users show; a page of users names few roles.
    role_names: HashMap<String, Option<String>>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(connection: &'a Connection, served: &'a Served, projection: &'a Projection) -> Self {
        Self { connection, served, projection, role_names: HashMap::new() }
    }

    /// A resource as the caller wants it, as JSON.
    pub(super) fn text(&mut self, row: &Row) -> Result<String, Refusal> {
        if self.projection.is_everything() {
            return self.whole(row, Extras::default());
        }
        let Some(served) = self.served.of(row.kind) else { return self.whole(row, Extras::default()) };
        let resource = self.resource(row, self.projection.extras())?;
        Ok(Value::Object(self.projection.apply(served, resource)).to_string())
    }

    /// A whole resource as a tree.
    pub(super) fn resource(&mut self, row: &Row, extras: Extras) -> Result<Map<String, Value>, Refusal> {
        serde_json::from_str(&self.whole(row, extras)?)
            .map_err(|error| Refusal::new(500, format!("the stored resource cannot be read: {error}")))
    }

    fn whole(&mut self, row: &Row, extras: Extras) -> Result<String, Refusal> {
        let served = self.served;
        let Some(kind) = served.of(row.kind) else {
            return Err(Refusal::unknown(row.kind.name(), &row.id));
        };
        let mut text = String::with_capacity(row.body.len() + 512);
        let id = quoted(&row.id);
        // Writing to a String cannot fail.
        let _ = write!(text, r#"{{"schemas":[{}],"id":{id}"#, quoted(&kind.schema.id));
        let inner = row.body.trim().trim_start_matches('{').strip_suffix('}').unwrap_or_default();
        if !inner.is_empty() {
            text.push(',');
            text.push_str(inner);
        }
        if !row.roles.is_empty() {
            text.push_str(r#","roles":["#);
            for (i, role) in row.roles.iter().enumerate() {
                let location = quoted(&served.location(Kind::Role, role));
                let comma = if i == 0 { "" } else { "," };
                let _ = write!(text, r#"{comma}{{"value":{},"$ref":{location}"#, quoted(role));
                if extras.role_names
                    && let Some(name) = self.role_name(role)?
                {
                    let _ = write!(text, r#","display":{}"#, quoted(name));
                }
                text.push('}');
            }
            text.push(']');
        }
        match row.kind {
            Kind::Role if extras.assigned_users => {
                let _ = write!(text, r#","assignedUsers":{}"#, database::holders(self.connection, &row.id)?);
            }
            Kind::UserType => {
                let name = row.attributes().get("displayName").and_then(Value::as_str).map(fold).unwrap_or_default();
                let used = database::counter(self.connection, "seats", &name)?;
                let _ = write!(text, r#","totalAssignmentsUsed":{used}"#);
            }
            _ => {}
        }
        let location = quoted(&served.location(row.kind, &row.id));
        let _ = write!(
            text,
            r#","meta":{{"resourceType":"{}","created":"{}","lastModified":"{}","location":{location},"version":{}}}}}"#,
            row.kind.name(),
            row.created,
            row.modified,
            quoted(&etag(row)),
        );
        Ok(text)
    }

    fn role_name(&mut self, id: &str) -> Result<Option<&str>, Refusal> {
        if !self.role_names.contains_key(id) {
            let name = database::role_name(self.connection, id)?;
            self.role_names.insert(id.to_owned(), name);
        }
        Ok(self.role_names.get(id).and_then(Option::as_deref))
    }
}

/// The weak ETag of a row: its version counts its changes.
pub(super) fn etag(row: &Row) -> String {
    format!("W/\"{}\"", row.version)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
