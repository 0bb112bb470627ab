//! Which resources and values a filter selects (RFC 7644 §3.4.2.2).
//!
//! Responsible for comparing by the announced types and their `caseExact`. The grammar is
//! `scim`'s; finding candidates without reading everything is `lists`'.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::scim::filter::{Filter, Literal, Operator};
use crate::scim::path::AttributePath;
use crate::scim::schema::Attribute;

use super::fold::fold;
use super::refusal::Refusal;
use super::served::{Named, ServedType, part};

/// Refuses a filter that names what the type does not have, or compares what has no order. An
/// unknown attribute is an error: a silent empty list makes callers create duplicates.
pub(super) fn check(served: &ServedType, filter: &Filter) -> Result<(), Refusal> {
    walk(filter, &|path, operator| {
        let named = served
            .find(path)
            .ok_or_else(|| Refusal::filter(format!("{} has no attribute `{path}`", served.resource_type.name)))?;
        ordered(compared(&named), operator)
    })
    .and_then(|()| values_are_of_complex(served, filter))
}

/// The same at the root, where what a type has not is only unassigned in it (RFC 7644 §3.4.2.1).
pub(super) fn check_everywhere(types: &[ServedType], filter: &Filter) -> Result<(), Refusal> {
    types.iter().try_for_each(|of| {
        walk(filter, &|path, operator| match of.find(path) {
            Some(named) => ordered(compared(&named), operator),
            None => Ok(()),
        })
        .and_then(|()| values_are_of_complex(of, filter))
    })
}

/// The same for a filter in brackets, whose names are parts of one attribute.
pub(super) fn check_values(attribute: &Attribute, filter: &Filter) -> Result<(), Refusal> {
    walk(filter, &|path, operator| {
        let sub = part_of(attribute, path)
            .ok_or_else(|| Refusal::filter(format!("`{}` has no part `{path}`", attribute.name)))?;
        ordered(sub, operator)
    })
}

fn values_are_of_complex(served: &ServedType, filter: &Filter) -> Result<(), Refusal> {
    match filter {
        Filter::Compare(..) | Filter::Present(_) => Ok(()),
        Filter::Not(inner) => values_are_of_complex(served, inner),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(|part| values_are_of_complex(served, part)),
        Filter::Values(path, inner) => match served.find(path) {
            Some(named) => check_values(named.attribute, inner),
            None => Ok(()),
        },
    }
}

type Visit<'a> = dyn Fn(&AttributePath, Option<Operator>) -> Result<(), Refusal> + 'a;

fn walk(filter: &Filter, visit: &Visit<'_>) -> Result<(), Refusal> {
    match filter {
        Filter::Compare(path, operator, _) => visit(path, Some(*operator)),
        Filter::Present(path) | Filter::Values(path, _) => visit(path, None),
        Filter::Not(inner) => walk(inner, visit),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(|part| walk(part, visit)),
    }
}

/// A complex attribute without a part is compared by its `value`, where it has one.
fn compared<'a>(named: &Named<'a>) -> &'a Attribute {
    named.sub.or_else(|| part(named.attribute, "value")).unwrap_or(named.attribute)
}

fn ordered(attribute: &Attribute, operator: Option<Operator>) -> Result<(), Refusal> {
    use Operator::{Contains, EndsWith, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, StartsWith};
    let fits = match (attribute.kind.as_str(), operator) {
        (_, None | Some(Equal | NotEqual)) => true,
        ("boolean" | "complex", Some(_)) => false,
        ("integer", Some(operator)) => matches!(operator, Greater | GreaterOrEqual | Less | LessOrEqual),
        (_, Some(Contains | StartsWith | EndsWith | Greater | GreaterOrEqual | Less | LessOrEqual)) => true,
    };
    if fits {
        Ok(())
    } else {
        let word = operator.map(|operator| operator.to_string()).unwrap_or_default();
        Err(Refusal::filter(format!("`{}` cannot be compared by `{word}`", attribute.name)))
    }
}

/// Whether a filter names an attribute anywhere.
pub(super) fn mentions(filter: &Filter, name: &str) -> bool {
    match filter {
        Filter::Compare(path, ..) | Filter::Present(path) | Filter::Values(path, _) => {
            path.attribute.eq_ignore_ascii_case(name)
        }
        Filter::Not(inner) => mentions(inner, name),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| mentions(part, name)),
    }
}

/// Whether a whole resource, as it is sent, is selected.
pub(super) fn selects(served: &ServedType, filter: &Filter, resource: &Map<String, Value>) -> bool {
    evaluate(
        filter,
        &|path| {
            let Some(named) = served.find(path) else { return Vec::new() };
            let found = resource.get(&named.attribute.name);
            let values = each(found);
            match named.sub {
                Some(sub) => values.filter_map(|value| Some((sub, value.get(&sub.name)?))).collect(),
                None => match part(named.attribute, "value") {
                    Some(sub) => values.filter_map(|value| Some((sub, value.get("value")?))).collect(),
                    None => values.map(|value| (named.attribute, value)).collect(),
                },
            }
        },
        &|path, inner| {
            let Some(named) = served.find(path) else { return false };
            each(resource.get(&named.attribute.name)).any(|value| selects_value(named.attribute, inner, value))
        },
    )
}

/// Whether one value of a multi-valued attribute is selected by a filter in brackets.
pub(super) fn selects_value(attribute: &Attribute, filter: &Filter, value: &Value) -> bool {
    evaluate(
        filter,
        &|path| match part_of(attribute, path) {
            Some(sub) if attribute.sub_attributes.is_empty() => vec![(sub, value)],
            Some(sub) => each(value.get(&sub.name)).map(|value| (sub, value)).collect(),
            None => Vec::new(),
        },
        &|_, _| false,
    )
}

/// A part by its path; `value` of an attribute without parts is the attribute itself.
fn part_of<'a>(attribute: &'a Attribute, path: &AttributePath) -> Option<&'a Attribute> {
    if path.urn.is_some() || path.sub.is_some() {
        return None;
    }
    let simple = attribute.sub_attributes.is_empty() && path.attribute.eq_ignore_ascii_case("value");
    if simple { Some(attribute) } else { part(attribute, &path.attribute) }
}

fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, one): (&[Value], _) = match value {
        Some(Value::Array(list)) => (list, None),
        other => (&[], other),
    };
    list.iter().chain(one)
}

type Found<'a> = dyn Fn(&AttributePath) -> Vec<(&'a Attribute, &'a Value)> + 'a;

fn evaluate(filter: &Filter, found: &Found<'_>, within: &dyn Fn(&AttributePath, &Filter) -> bool) -> bool {
    match filter {
        Filter::Compare(path, operator, literal) => {
            let values = found(path);
            match (operator, literal) {
                (Operator::Equal, Literal::Null) => values.is_empty(),
                (Operator::NotEqual, Literal::Null) => !values.is_empty(),
                (Operator::NotEqual, _) => {
                    !values.iter().any(|(attribute, value)| holds(attribute, value, Operator::Equal, literal))
                }
                _ => values.iter().any(|(attribute, value)| holds(attribute, value, *operator, literal)),
            }
        }
        Filter::Present(path) => !found(path).is_empty(),
        Filter::Values(path, inner) => within(path, inner),
        Filter::Not(inner) => !evaluate(inner, found, within),
        Filter::And(parts) => parts.iter().all(|part| evaluate(part, found, within)),
        Filter::Or(parts) => parts.iter().any(|part| evaluate(part, found, within)),
    }
}

fn holds(attribute: &Attribute, value: &Value, operator: Operator, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::String(value), Literal::String(literal)) => text_holds(attribute, value, operator, literal),
        (Value::Bool(value), Literal::Boolean(literal)) => operator == Operator::Equal && value == literal,
        (Value::Number(value), Literal::Number(literal)) => match (value.as_i64(), literal.as_i64()) {
            (Some(value), Some(literal)) => order_holds(operator, value.cmp(&literal)),
            _ => value
                .as_f64()
                .zip(literal.as_f64())
                .and_then(|(value, literal)| value.partial_cmp(&literal))
                .is_some_and(|ordering| order_holds(operator, ordering)),
        },
        _ => false,
    }
}

fn text_holds(attribute: &Attribute, value: &str, operator: Operator, literal: &str) -> bool {
    if attribute.kind == "dateTime"
        && let (Ok(value), Ok(literal)) = (value.parse::<jiff::Timestamp>(), literal.parse::<jiff::Timestamp>())
    {
        return order_holds(operator, value.cmp(&literal));
    }
    if attribute.case_exact {
        return exact_holds(value, operator, literal);
    }
    match operator {
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
            exact_holds(&value.to_lowercase(), operator, &literal.to_lowercase())
        }
        _ => exact_holds(&fold(value), operator, &fold(literal)),
    }
}

fn exact_holds(value: &str, operator: Operator, literal: &str) -> bool {
    match operator {
        Operator::Contains => value.contains(literal),
        Operator::StartsWith => value.starts_with(literal),
        Operator::EndsWith => value.ends_with(literal),
        operator => order_holds(operator, value.cmp(literal)),
    }
}

fn order_holds(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}
