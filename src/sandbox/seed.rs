//! What an empty database is filled with: the vendor's own vocabularies and catalogue, and a
//! seed file's resources.
//!
//! A seed is checked by type only, so that states which the platform's rules would refuse can be
//! loaded and worked on.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::platform::{Section, VocabularyMode};

use super::SandboxError;
use super::database::{self, Columns};
use super::fold::fold;
use super::refusal::Refusal;
use super::served::{Kind, Served};
use super::shape::{self, From};
use super::tenant;

/// Fills an empty database, all or nothing. With a seed, the vendor's vocabularies are only
/// added where the seed has nothing of their type.
pub(super) fn fill(connection: &mut Connection, served: &Served, seed: Option<Vec<Value>>) -> Result<(), SandboxError> {
    let resources = seed.unwrap_or_default();
    let transaction = connection.transaction().map_err(|error| failed(0, &error.into()))?;
    let mut typed = Vec::with_capacity(resources.len());
    for (index, resource) in resources.into_iter().enumerate() {
        let kind = kind_of(served, &resource).map_err(|refusal| failed(index, &refusal))?;
        typed.push((index, kind, resource));
    }
    for (kind, attributes) in vendors_own(served) {
        if typed.iter().all(|(_, seeded, _)| *seeded != kind) {
            insert(&transaction, kind, None, &attributes).map_err(|refusal| failed(0, &refusal))?;
        }
    }
    // Users name roles, so they come last.
    typed.sort_by_key(|(index, kind, _)| (*kind == Kind::User, *index));
    let mut roles = HashMap::new();
    for (index, kind, resource) in typed {
        add(&transaction, served, kind, resource, &mut roles).map_err(|refusal| failed(index, &refusal))?;
    }
    transaction.commit().map_err(|error| failed(0, &error.into()))
}

fn failed(index: usize, refusal: &Refusal) -> SandboxError {
    SandboxError::Seed { index: index + 1, reason: refusal.detail.clone() }
}

/// The type of a seed's resource, by its `meta` or its `schemas`.
pub(super) fn kind_of(served: &Served, resource: &Value) -> Result<Kind, Refusal> {
    let named = resource.pointer("/meta/resourceType").and_then(Value::as_str);
    let schema = resource.pointer("/schemas/0").and_then(Value::as_str);
    served
        .types
        .iter()
        .find(|of| match (named, schema) {
            (Some(name), _) => of.resource_type.name == name,
            (None, Some(urn)) => of.schema.id.eq_ignore_ascii_case(urn),
            (None, None) => false,
        })
        .map(|of| of.kind)
        .filter(|kind| *kind != Kind::Organization)
        .ok_or_else(|| Refusal::value("neither `meta.resourceType` nor `schemas` names a type of this platform"))
}

fn add(
    connection: &Connection,
    served: &Served,
    kind: Kind,
    mut resource: Value,
    roles: &mut HashMap<String, String>,
) -> Result<(), Refusal> {
    let of = served.of(kind).ok_or_else(|| Refusal::value("there is no such type"))?;
    if let Value::Object(body) = &mut resource {
        body.entry("schemas").or_insert_with(|| json!([of.schema.id]));
        if kind == Kind::User {
            resolve(connection, body, roles)?;
        }
    }
    let id = resource.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    if id
        .as_ref()
        .is_some_and(|id| id.is_empty() || id.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/'))
    {
        return Err(Refusal::value("an `id` is not empty and has neither spaces nor slashes"));
    }
    let mut attributes = shape::resource(of, resource, From::Seed)?;
    // Counted, never stored.
    attributes.remove("assignedUsers");
    attributes.remove("totalAssignmentsUsed");
    let id = insert(connection, kind, id, &attributes)?;
    if let (Kind::Role, Some(name)) = (kind, attributes.get("displayName").and_then(Value::as_str)) {
        roles.insert(fold(name), id);
    }
    Ok(())
}

/// In a seed a user may name a role by `display`, for nobody knows the ids yet.
fn resolve(
    connection: &Connection,
    user: &mut Map<String, Value>,
    roles: &HashMap<String, String>,
) -> Result<(), Refusal> {
    let Some(Value::Array(held)) = user.get_mut("roles") else { return Ok(()) };
    for role in held {
        let Some(parts) = role.as_object_mut() else { continue };
        let value = parts.get("value").and_then(Value::as_str);
        let exists = match value {
            Some(id) => database::by_id(connection, Kind::Role, id)?.is_some(),
            None => false,
        };
        let name = value.or_else(|| parts.get("display").and_then(Value::as_str));
        if let (false, Some(id)) = (exists, name.and_then(|name| roles.get(&fold(name)))) {
            parts.insert("value".to_owned(), Value::from(id.as_str()));
        }
    }
    Ok(())
}

fn insert(
    connection: &Connection,
    kind: Kind,
    id: Option<String>,
    attributes: &Map<String, Value>,
) -> Result<String, Refusal> {
    let columns = Columns::of(kind, attributes);
    if columns.key_folded.is_empty() {
        return Err(Refusal::value(format!("`{}` is missing", kind.key())));
    }
    if database::by_key(connection, kind, &columns.key_folded)?.is_some() {
        return Err(Refusal::uniqueness(format!("the {} `{}` is there twice", kind.name(), columns.key_folded)));
    }
    let id = id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    if database::id_is_taken(connection, &id)? {
        return Err(Refusal::uniqueness(format!("the id `{id}` is there twice")));
    }
    database::insert(connection, kind, &id, &columns)?;
    Ok(id)
}

/// The values of closed vocabularies and the permission catalogue.
fn vendors_own(served: &Served) -> Vec<(Kind, Map<String, Value>)> {
    let pack = &served.pack;
    let mut own = Vec::new();
    for section in Section::ALL {
        let kind = tenant::kind(section);
        let vocabulary = pack.vocabulary(section);
        if vocabulary.mode == VocabularyMode::Closed && served.of(kind).is_some() {
            for value in &vocabulary.values {
                own.push((kind, Map::from_iter([("displayName".to_owned(), json!(value.name))])));
            }
        }
    }
    for (name, entity) in &pack.catalogue {
        let label = if entity.label.is_empty() { name } else { &entity.label };
        let attributes = [
            ("entity".to_owned(), json!(name)),
            ("displayName".to_owned(), json!(label)),
            ("actions".to_owned(), json!(entity.actions)),
        ];
        own.push((Kind::Permission, Map::from_iter(attributes)));
    }
    own
}
