//! What a database is filled with: the vendor's own vocabularies, catalogue and built-in roles, and
//! a seed file's resources.
//!
//! A seed is checked by type only, so that states which the platform's rules would refuse can be
//! loaded and worked on. Its grants are stored as they are; only those of the built-in roles are
//! made from what the pack says of them.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::platform::{BuiltInRole, Entity, EntityKind, Form, Pack, Section, VocabularyMode, wire_name};

use super::SandboxError;
use super::database::{self, Columns};
use super::fold::fold;
use super::grants;
use super::locked::is_master;
use super::refusal::Refusal;
use super::served::{Kind, Served};
use super::shape::{self, From};
use super::tenant;

/// Fills an empty database, all or nothing. With a seed, the vendor's vocabularies are only
/// added where the seed has nothing of their type, and each built-in role unless one of the seed
/// stands in its place.
pub(super) fn fill(connection: &mut Connection, served: &Served, seed: Option<Vec<Value>>) -> Result<(), SandboxError> {
    let resources = seed.unwrap_or_default();
    let transaction = connection.transaction().map_err(|error| failed(0, &error.into()))?;
    let mut typed = Vec::with_capacity(resources.len());
    for (index, resource) in resources.into_iter().enumerate() {
        let kind = kind_of(served, &resource).map_err(|refusal| failed(index, &refusal))?;
        typed.push((index, kind, resource));
    }
    let mut roles = HashMap::new();
    let is_vendors = |kind: Kind| typed.iter().all(|(_, seeded, _)| *seeded != kind);
    let seeded: Vec<&Value> =
        typed.iter().filter(|(_, kind, _)| *kind == Kind::Role).map(|(_, _, role)| role).collect();
    let is_missing = |(kind, attributes): &(Kind, Map<String, Value>)| match kind {
        Kind::Role => !seeded.iter().any(|seeded| stands_for(&served.pack, seeded, attributes)),
        kind => is_vendors(*kind),
    };
    let missing: Vec<_> = vendors_own(served).into_iter().filter(is_missing).collect();
    for (kind, attributes) in missing {
        let id = insert(&transaction, kind, None, &attributes).map_err(|refusal| failed(0, &refusal))?;
        if kind == Kind::Role {
            remember(&mut roles, &attributes, id);
        }
    }
    if is_vendors(Kind::Permission) {
        database::set_about(&transaction, CATALOGUE, VENDORS).map_err(|error| failed(0, &error.into()))?;
    }
    // Users name roles, so they come last.
    typed.sort_by_key(|(index, kind, _)| (*kind == Kind::User, *index));
    for (index, kind, resource) in typed {
        add(&transaction, served, kind, resource, &mut roles).map_err(|refusal| failed(index, &refusal))?;
    }
    transaction.commit().map_err(|error| failed(0, &error.into()))
}

/// Whether a seed's role leaves no place for a built-in one: it is that role, or it has its name or
/// what only that role may have (R-BE-24).
fn stands_for(pack: &Pack, seeded: &Value, built_in: &Map<String, Value>) -> bool {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(fold);
    let key = built_in.get("builtIn");
    let mut reserved = pack.roles.reserved.iter().filter(|of| key.and_then(Value::as_str) == Some(&of.built_in));
    seeded.get("builtIn") == key
        || text(seeded.get("displayName")) == text(built_in.get("displayName"))
        || reserved
            .any(|of| of.values.iter().all(|(name, value)| text(seeded.get(wire_name(name))) == Some(fold(value))))
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
    if kind == Kind::Organization {
        // Who asks, and what for, is not the organization's.
        return Ok(tenant::subscribe(connection, &attributes)?);
    }
    // Counted, never stored.
    attributes.remove("assignedUsers");
    attributes.remove("totalAssignmentsUsed");
    let id = insert(connection, kind, id, &attributes)?;
    if kind == Kind::Role {
        remember(roles, &attributes, id);
    }
    Ok(())
}

/// Where a seed gives several roles one name, it means the first.
fn remember(roles: &mut HashMap<String, String>, role: &Map<String, Value>, id: String) {
    if let Some(name) = role.get("displayName").and_then(Value::as_str) {
        roles.entry(fold(name)).or_insert(id);
    }
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
    let id = id.unwrap_or_else(new_id);
    if database::id_is_taken(connection, &id)? {
        return Err(Refusal::uniqueness(format!("the id `{id}` is there twice")));
    }
    database::insert(connection, kind, &id, &columns)?;
    Ok(id)
}

/// Under which name the database keeps whose catalogue it has.
const CATALOGUE: &str = "catalogue";
/// It is the pack's, and follows it.
const VENDORS: &str = "vendor's";

/// The values of closed vocabularies, the permission catalogue and the built-in roles.
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
    own.extend(pack.catalogue.iter().map(|(name, entity)| (Kind::Permission, permission(name, entity))));
    let built_in = &pack.roles.built_in.roles;
    own.extend(built_in.iter().map(|(key, role)| (Kind::Role, built_in_role(pack, key, role))));
    own
}

fn permission(name: &str, entity: &Entity) -> Map<String, Value> {
    let label = if entity.label.is_empty() { name } else { &entity.label };
    let kind = match entity.kind {
        EntityKind::Functionality => "functionality",
        EntityKind::Location => "location",
    };
    let mut attributes = Map::from_iter([
        ("entity".to_owned(), json!(name)),
        ("displayName".to_owned(), json!(label)),
        ("kind".to_owned(), json!(kind)),
        ("actions".to_owned(), json!(entity.actions)),
    ]);
    for (name, values) in [("fields", &entity.fields), ("userTypes", &entity.user_types)] {
        if !values.is_empty() {
            attributes.insert(name.to_owned(), json!(values));
        }
    }
    attributes
}

fn built_in_role(pack: &Pack, key: &str, role: &BuiltInRole) -> Map<String, Value> {
    let mut attributes =
        Map::from_iter([("displayName".to_owned(), json!(role.name)), ("builtIn".to_owned(), json!(key))]);
    for (name, values) in &role.attributes {
        let is_set = pack.roles.attributes.get(name).is_some_and(|declared| declared.form == Form::Names);
        let value = if is_set { Some(json!(values)) } else { values.first().map(|value| json!(value)) };
        attributes.extend(value.map(|value| (wire_name(name), value)));
    }
    let user_type = attributes.get("userType").and_then(Value::as_str);
    let permissions = &role.permissions;
    let granted = pack.permissions().expand(permissions.all, &permissions.except, &permissions.only, user_type);
    if !granted.is_empty() {
        attributes.insert("grants".to_owned(), granted.iter().map(|word| grants::written(word)).collect());
    }
    attributes
}

/// Brings the catalogue of a database that was filled earlier to the pack's, unless its seed had
/// one of its own; the roles that grant everything grant what is new as well (R-BE-9), as far as their
/// user types may hold it (R-UT-32).
pub(super) fn refresh(connection: &mut Connection, served: &Served) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    if database::about(&transaction, CATALOGUE)?.as_deref() != Some(VENDORS) {
        return Ok(());
    }
    let before = catalogue(&transaction)?;
    for (name, entity) in &served.pack.catalogue {
        let now = permission(name, entity);
        let columns = Columns::of(Kind::Permission, &now);
        match database::by_key(&transaction, Kind::Permission, &columns.key_folded)? {
            None => drop(database::insert(&transaction, Kind::Permission, &new_id(), &columns)?),
            Some(row) if row.attributes() != now => drop(database::update(&transaction, &row, &columns)?),
            Some(_) => {}
        }
    }
    let after = catalogue(&transaction)?;
    for row in database::all(&transaction, Kind::Role)? {
        let mut role = row.attributes();
        if !is_master(&served.pack, &role) {
            continue;
        }
        let user_type = role.get("userType").and_then(Value::as_str);
        let (was, is) = (grants::everything(&before, user_type), grants::everything(&after, user_type));
        if was == is {
            continue;
        }
        let granted: Vec<String> = grants::words(&role).collect();
        let missing = is.difference(&was).filter(|word| !granted.contains(word)).map(|word| grants::written(word));
        let kept = granted.iter().filter(|word| is.contains(*word) || !was.contains(*word));
        let now: Vec<Value> = kept.map(|word| grants::written(word)).chain(missing).collect();
        role.insert("grants".to_owned(), Value::Array(now));
        database::update(&transaction, &row, &Columns::of(Kind::Role, &role))?;
    }
    transaction.commit()
}

fn catalogue(connection: &Connection) -> rusqlite::Result<Vec<Map<String, Value>>> {
    Ok(database::all(connection, Kind::Permission)?.iter().map(database::Row::attributes).collect())
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
