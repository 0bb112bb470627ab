//! Bodies held against their schema: names in the announced spelling, values of the announced
//! types, nothing that is not announced (RFC 7643 §2).
//!
//! Responsible for the form of a resource. Not responsible for what its values mean (`rules`).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::scim::schema::{Attribute, Mutability};

use super::refusal::Refusal;
use super::served::{Kind, ServedType, part};

/// Whose word a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A caller's: what only the service writes is ignored (RFC 7644 §3.3).
    Caller,
    /// A seed's: everything is taken as it is written.
    Seed,
}

/// A body as the attributes that are assigned, in the announced spelling; `schemas`, `id` and
/// `meta` are left out.
pub(super) fn resource(served: &ServedType, body: Value, from: From) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(body) = body else {
        return Err(Refusal::syntax("a resource is a JSON object"));
    };
    check_schemas(served, &body)?;
    let mut attributes = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in body {
        if ["schemas", "id", "meta"].iter().any(|common| name.eq_ignore_ascii_case(common)) {
            continue;
        }
        let attribute = served.attribute(&name).ok_or_else(|| unknown(served, &name))?;
        if !seen.insert(attribute.name.as_str()) {
            return Err(Refusal::syntax(format!("`{}` is given twice", attribute.name)));
        }
        if attribute.mutability == Mutability::ReadOnly && from == From::Caller {
            continue;
        }
        if let Some(value) = values(attribute, value)? {
            attributes.insert(attribute.name.clone(), value);
        }
    }
    settle(served.kind, &mut attributes)?;
    Ok(attributes)
}

fn unknown(served: &ServedType, name: &str) -> Refusal {
    let refusal = Refusal::syntax(format!("{} has no attribute `{name}`", served.resource_type.name));
    served.unknown(refusal, name)
}

fn check_schemas(served: &ServedType, body: &Map<String, Value>) -> Result<(), Refusal> {
    let urn = &served.schema.id;
    let Some((_, schemas)) = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")) else {
        return Err(Refusal::syntax(format!("`schemas` is missing; it names `{urn}`")));
    };
    let named: Option<Vec<&str>> = schemas.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    match named.as_deref() {
        Some([]) | None => Err(Refusal::syntax("`schemas` is a list of URNs")),
        Some(named) => match named.iter().find(|name| !name.eq_ignore_ascii_case(urn)) {
            Some(other) => Err(Refusal::syntax(format!(
                "`{other}` is no schema of {}; it has only `{urn}`",
                served.resource_type.name
            ))),
            None => Ok(()),
        },
    }
}

/// The value of a whole attribute; `None` where it is unassigned: null and the empty list are
/// the same as absence (RFC 7643 §2.5).
pub(super) fn values(attribute: &Attribute, value: Value) -> Result<Option<Value>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    if !attribute.multi_valued {
        return single(attribute, value);
    }
    let Value::Array(items) = value else {
        return Err(Refusal::value(format!("`{}` is a list", attribute.name)));
    };
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        list.extend(single(attribute, item)?);
    }
    distinct(attribute, &mut list);
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// One value of an attribute, or of one of its parts.
pub(super) fn single(attribute: &Attribute, value: Value) -> Result<Option<Value>, Refusal> {
    let name = &attribute.name;
    let wrong = |expected: &str| Err(Refusal::value(format!("`{name}` is {expected}")));
    match (attribute.kind.as_str(), value) {
        (_, Value::Null) => Ok(None),
        ("complex", Value::Object(object)) => complex(attribute, object),
        ("complex", _) => wrong("an object"),
        ("boolean", value @ Value::Bool(_)) => Ok(Some(value)),
        ("boolean", _) => wrong("true or false"),
        ("integer", Value::Number(number)) if number.as_i64().is_some() => Ok(Some(Value::Number(number))),
        ("integer", _) => wrong("a whole number"),
        (_, value @ Value::String(_)) => Ok(Some(value)),
        _ => wrong("a text"),
    }
}

fn complex(attribute: &Attribute, object: Map<String, Value>) -> Result<Option<Value>, Refusal> {
    let mut parts = Map::new();
    for (name, value) in object {
        let sub = part(attribute, &name)
            .ok_or_else(|| Refusal::syntax(format!("`{}` has no part `{name}`", attribute.name)))?;
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = values(sub, value)? {
            parts.insert(sub.name.clone(), value);
        }
    }
    Ok((!parts.is_empty()).then_some(Value::Object(parts)))
}

/// Leaves the first of the same values, with what later ones say beside (RFC 7643 §2.4).
pub(super) fn distinct(attribute: &Attribute, list: &mut Vec<Value>) {
    let mut places = HashMap::with_capacity(list.len());
    let mut left: Vec<Value> = Vec::with_capacity(list.len());
    for value in list.drain(..) {
        let place = *places.entry(identity(attribute, &value)).or_insert(left.len());
        match (left.get_mut(place), value) {
            (None, value) => left.push(value),
            (Some(Value::Object(parts)), Value::Object(mut new)) => {
                // They are the same, so another spelling of them is no change.
                new.retain(|name, _| name != "type" && name != "value");
                parts.extend(new);
            }
            (Some(_), _) => {}
        }
    }
    *list = left;
}

/// What makes two values of a multi-valued attribute the same: what they are, or `type` and
/// `value` of those that have one.
pub(super) fn identity(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if !attribute.case_exact => text.to_lowercase(),
        Value::Object(parts) if parts.contains_key("value") => {
            let of = |name: &str| {
                let sub = part(attribute, name)?;
                parts.get(name).map(|value| identity(sub, value))
            };
            format!("{:?}", (of("type"), of("value")))
        }
        value => value.to_string(),
    }
}

/// What types alone do not say: a reference gives the id where `value` is absent, and `$ref` is
/// derived, so it is not kept; at most one value is the primary one (RFC 7643 §2.4).
pub(super) fn settle(kind: Kind, attributes: &mut Map<String, Value>) -> Result<(), Refusal> {
    if kind != Kind::User {
        return Ok(());
    }
    if let Some(Value::Array(roles)) = attributes.get_mut("roles") {
        let mut seen = HashSet::new();
        for role in &mut *roles {
            let id = role_id(role).ok_or_else(|| Refusal::value("a value of `roles` names no role"))?;
            *role = Value::Object(Map::from_iter([("value".to_owned(), Value::from(id))]));
        }
        roles.retain(|role| seen.insert(role.to_string()));
    }
    for (name, value) in &*attributes {
        let Value::Array(values) = value else { continue };
        if values.iter().filter(|value| value.get("primary") == Some(&Value::Bool(true))).count() > 1 {
            return Err(Refusal::value(format!("only one of `{name}` is the primary one")));
        }
    }
    Ok(())
}

fn role_id(role: &Value) -> Option<String> {
    let text = |name: &str| role.get(name).and_then(Value::as_str);
    let id = text("value").or_else(|| text("$ref")?.rsplit('/').next())?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// The first required attribute that is not assigned.
pub(super) fn missing<'a>(served: &'a ServedType, attributes: &Map<String, Value>) -> Option<&'a str> {
    served
        .schema
        .attributes
        .iter()
        .filter(|attribute| attribute.required && attribute.mutability != Mutability::ReadOnly)
        .map(|attribute| attribute.name.as_str())
        .find(|name| !attributes.contains_key(*name))
}
