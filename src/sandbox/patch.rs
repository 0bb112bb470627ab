//! PATCH (RFC 7644 §3.5.2): operations on the attributes of one resource, in order, all or none.
//!
//! Responsible for what the operations do to the attributes. Whether the result is allowed, the
//! writer asks `shape` and `rules`; it keeps the resource as it was when anything refuses.

use serde_json::{Map, Value};

use crate::scim::filter::{Filter, Literal, Operator};
use crate::scim::message::{PATCH_OP, PatchOperation, PatchRequest};
use crate::scim::path::Path;
use crate::scim::schema::{Attribute, Mutability};

use super::matching;
use super::refusal::Refusal;
use super::served::{ServedType, part};
use super::shape;

/// The most operations in one request: one per attribute and value of a large role, and few
/// enough that one request does not hold up the writer.
pub(super) const MAX_OPERATIONS: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Reads the body of a PATCH.
pub(super) fn read(body: Value) -> Result<Vec<PatchOperation>, Refusal> {
    let request: PatchRequest =
        serde_json::from_value(body).map_err(|error| Refusal::syntax(format!("not a PATCH request: {error}")))?;
    if !request.schemas.iter().any(|schema| schema.eq_ignore_ascii_case(PATCH_OP)) {
        return Err(Refusal::syntax(format!("`schemas` names `{PATCH_OP}` in a PATCH request")));
    }
    match request.operations.len() {
        0 => Err(Refusal::syntax("a PATCH request has at least one operation")),
        1..=MAX_OPERATIONS => Ok(request.operations),
        n => Err(Refusal::new(413, format!("{n} operations in one request; the limit is {MAX_OPERATIONS}"))),
    }
}

/// Does the operations. On refusal the attributes are half-way; the caller drops them.
pub(super) fn apply(
    served: &ServedType,
    attributes: &mut Map<String, Value>,
    operations: &[PatchOperation],
) -> Result<(), Refusal> {
    for operation in operations {
        let verb = match operation.op.to_ascii_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            other => return Err(Refusal::syntax(format!("`{other}` is no operation: add, replace or remove"))),
        };
        match (&operation.path, verb) {
            (Some(path), _) => at_path(served, attributes, verb, path, operation.value.as_ref())?,
            (None, Verb::Remove) => return Err(Refusal::target("`remove` needs a path")),
            (None, _) => {
                let Some(Value::Object(values)) = &operation.value else {
                    return Err(Refusal::value("without a path the value is an object of attributes"));
                };
                for (name, value) in values {
                    if !name.eq_ignore_ascii_case("schemas") {
                        at_path(served, attributes, verb, name, Some(value))?;
                    }
                }
            }
        }
        shape::settle(served.kind, attributes)?;
    }
    Ok(())
}

fn at_path(
    served: &ServedType,
    attributes: &mut Map<String, Value>,
    verb: Verb,
    text: &str,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let path = Path::parse(text).map_err(|error| Refusal::path(format!("`{text}` is no path: {error}")))?;
    let unknown = || {
        let refusal = Refusal::path(format!("{} has no attribute `{text}`", served.resource_type.name));
        match served.attribute(&path.attribute.attribute) {
            None => served.unknown(refusal, &path.attribute.attribute),
            // Only a part of it, or its schema, is unknown.
            Some(_) => refusal,
        }
    };
    let named = served.find(&path.attribute).ok_or_else(unknown)?;
    let Attribute { name, .. } = named.attribute;
    let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
    if read_only(named.attribute) || named.sub.is_some_and(read_only) {
        return Err(Refusal::mutability(format!("`{text}` can only be read")));
    }
    if path.filter.is_some() && !named.attribute.multi_valued {
        return Err(Refusal::path(format!("`{name}` has one value; a filter selects among several")));
    }
    if let Some(filter) = &path.filter {
        matching::check_values(named.attribute, filter)
            .map_err(|refusal| Refusal { scim_type: Some("invalidPath"), ..refusal })?;
    }
    if verb == Verb::Add && value.is_none() {
        return Err(Refusal::value(format!("`add` to `{text}` needs a value")));
    }
    let current = attributes.remove(name);
    let after = if path.filter.is_some() || (named.sub.is_some() && named.attribute.multi_valued) {
        in_values(named.attribute, named.sub, path.filter.as_ref(), verb, current, value)?
    } else if let Some(sub) = named.sub {
        let mut object = current;
        set_part(&mut object, sub, verb, value)?;
        object
    } else {
        whole(named.attribute, verb, current, value)?
    };
    if let Some(after) = after {
        attributes.insert(name.clone(), after);
    }
    Ok(())
}

/// A whole attribute.
fn whole(
    attribute: &Attribute,
    verb: Verb,
    current: Option<Value>,
    value: Option<&Value>,
) -> Result<Option<Value>, Refusal> {
    let value = value.cloned().unwrap_or(Value::Null);
    if !attribute.multi_valued {
        return match verb {
            Verb::Remove => Ok(None),
            Verb::Add | Verb::Replace if attribute.kind == "complex" => {
                let new = shape::single(attribute, value)?;
                Ok(match (current, new) {
                    (Some(Value::Object(mut parts)), Some(Value::Object(new))) => {
                        parts.extend(new);
                        Some(Value::Object(parts))
                    }
                    (_, new) => new,
                })
            }
            Verb::Add | Verb::Replace => shape::single(attribute, value),
        };
    }
    // One value may stand for a list of one, as widespread clients send it.
    let list = match value {
        value @ (Value::Array(_) | Value::Null) => value,
        one => Value::Array(vec![one]),
    };
    match verb {
        Verb::Replace => shape::values(attribute, list),
        Verb::Add => {
            let Some(Value::Array(new)) = shape::values(attribute, list)? else { return Ok(current) };
            let mut values = array(current);
            if new.iter().any(is_primary) {
                values.iter_mut().for_each(no_longer_primary);
            }
            values.extend(new);
            shape::distinct(attribute, &mut values);
            Ok(some_list(values))
        }
        Verb::Remove if list.is_null() => Ok(None),
        // Not in the RFC, but sent by a large client: the values that are to go.
        Verb::Remove => {
            let gone = array(shape::values(attribute, list)?);
            let mut values = array(current);
            values.retain(|value| !gone.iter().any(|gone| same(attribute, value, gone)));
            Ok(some_list(values))
        }
    }
}

/// The values that a filter selects, or all, or a part of each.
fn in_values(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    filter: Option<&Filter>,
    verb: Verb,
    current: Option<Value>,
    value: Option<&Value>,
) -> Result<Option<Value>, Refusal> {
    let selected = |value: &Value| filter.is_none_or(|filter| matching::selects_value(attribute, filter, value));
    let mut values = array(current);
    if verb == Verb::Remove {
        match sub {
            None => values.retain(|value| !selected(value)),
            Some(sub) => {
                for value in values.iter_mut().filter(|value| selected(value)) {
                    if let Value::Object(parts) = value {
                        parts.remove(&sub.name);
                    }
                }
                values.retain(|value| value.as_object().is_none_or(|parts| !parts.is_empty()));
            }
        }
        return Ok(some_list(values));
    }
    let mut hits: Vec<usize> = (0..values.len()).filter(|&i| selected(&values[i])).collect();
    if hits.is_empty() {
        // `add` may make the value that the filter describes; to replace what is not there is to
        // add it, unless a filter says which value is meant.
        let made = match (verb, filter) {
            (Verb::Add, Some(filter)) => made_by(attribute, filter),
            (_, None) => Some(Value::Object(Map::new())),
            _ => None,
        };
        let made = made.ok_or_else(|| Refusal::target(format!("no value of `{}` is selected", attribute.name)))?;
        hits.push(values.len());
        values.push(made);
    }
    let primary = value.is_some_and(|value| match sub {
        Some(sub) => sub.name == "primary" && value == &Value::Bool(true),
        None => is_primary(value),
    });
    if primary {
        values.iter_mut().for_each(no_longer_primary);
    }
    for i in hits {
        let old = std::mem::take(&mut values[i]);
        values[i] = if let Some(sub) = sub {
            let mut object = Some(old);
            set_part(&mut object, sub, verb, value)?;
            object.unwrap_or(Value::Null)
        } else {
            let new = shape::single(attribute, value.cloned().unwrap_or(Value::Null))?;
            match (verb, old, new) {
                (Verb::Add, Value::Object(mut parts), Some(Value::Object(new))) => {
                    parts.extend(new);
                    Value::Object(parts)
                }
                (_, _, new) => new.unwrap_or(Value::Null),
            }
        };
    }
    values.retain(|value| !value.is_null());
    shape::distinct(attribute, &mut values);
    Ok(some_list(values))
}

/// Sets or clears one part of a complex value; a value without parts is gone.
fn set_part(object: &mut Option<Value>, sub: &Attribute, verb: Verb, value: Option<&Value>) -> Result<(), Refusal> {
    let new = match verb {
        Verb::Remove => None,
        Verb::Add | Verb::Replace => shape::values(sub, value.cloned().unwrap_or(Value::Null))?,
    };
    let mut parts = match object.take() {
        Some(Value::Object(parts)) => parts,
        _ => Map::new(),
    };
    match new {
        Some(new) => drop(parts.insert(sub.name.clone(), new)),
        None => drop(parts.remove(&sub.name)),
    }
    *object = (!parts.is_empty()).then_some(Value::Object(parts));
    Ok(())
}

/// The value that a conjunction of `eq` describes.
fn made_by(attribute: &Attribute, filter: &Filter) -> Option<Value> {
    let mut parts = Map::new();
    let mut pending = vec![filter];
    while let Some(filter) = pending.pop() {
        match filter {
            Filter::And(all) => pending.extend(all),
            Filter::Compare(path, Operator::Equal, literal) => {
                let sub = part(attribute, &path.attribute)?;
                let value = match literal {
                    Literal::String(text) => Value::from(text.as_str()),
                    Literal::Boolean(value) => Value::from(*value),
                    Literal::Number(number) => Value::Number(number.clone()),
                    Literal::Null => return None,
                };
                parts.insert(sub.name.clone(), shape::single(sub, value).ok()??);
            }
            _ => return None,
        }
    }
    Some(Value::Object(parts))
}

fn array(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    }
}

fn some_list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

fn is_primary(value: &Value) -> bool {
    match value {
        Value::Object(parts) => parts.get("primary") == Some(&Value::Bool(true)),
        _ => false,
    }
}

fn no_longer_primary(value: &mut Value) {
    if let Value::Object(parts) = value
        && let Some(primary) = parts.get_mut("primary")
    {
        *primary = Value::Bool(false);
    }
}

/// Whether a value is the one that a `remove` lists: equal, or of the same `value`.
fn same(attribute: &Attribute, value: &Value, listed: &Value) -> bool {
    match (value.get("value"), listed.get("value")) {
        (Some(value), Some(listed)) => value == listed,
        _ => shape::identity(attribute, value) == shape::identity(attribute, listed),
    }
}
