//! What a role may hold: the names of its vocabularies and the grants of the catalogue.
//!
//! Responsible for refusing names that are new to a role and not to be had; a name that a seeded
//! role has already may stay. Whether anything must be there at all is held by `writer`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::platform::{Attribute, VocabularyMode, wire_name};

use super::database;
use super::fold::fold;
use super::refusal::Refusal;
use super::rules::Case;
use super::served::Kind;
use super::tenant;

/// A name in an attribute of a role that is new to it.
struct NewName<'a> {
    /// The attribute on the wire.
    attribute: String,
    declared: &'a Attribute,
    name: &'a str,
}

fn new_names<'a>(case: &'a Case<'_>) -> Vec<NewName<'a>> {
    let Some(after) = case.after(Kind::Role) else { return Vec::new() };
    let mut names = Vec::new();
    for (key, declared) in &case.served.pack.roles.attributes {
        let attribute = wire_name(key);
        let of = |attributes: Option<&'a Map<String, Value>>| -> Vec<&'a str> {
            match attributes.and_then(|attributes| attributes.get(&attribute)) {
                Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(value)) => vec![value],
                _ => Vec::new(),
            }
        };
        let before = of(case.before);
        for name in of(Some(after)).into_iter().filter(|name| !before.contains(name)) {
            names.push(NewName { attribute: attribute.clone(), declared, name });
        }
    }
    names
}

impl NewName<'_> {
    fn refused(&self, rule: Option<&String>, why: &str) -> Refusal {
        let Self { attribute, name, .. } = self;
        Refusal::value(format!("`{name}` in `{attribute}` {why}"))
            .by_rule(rule.map(String::as_str), &[("attribute", json!(attribute)), ("value", json!(name))])
    }
}

/// A vendor's fixed names are the only ones, in the vendor's spelling (R-TE-13).
pub(super) fn closed_vocabularies_hold(case: &Case<'_>) -> Result<(), Refusal> {
    for new in new_names(case) {
        let vocabulary = new.declared.of.map(|section| case.served.pack.vocabulary(section));
        let (is_known, rule) = match vocabulary {
            Some(vocabulary) if vocabulary.mode == VocabularyMode::Closed => {
                (vocabulary.values.iter().any(|value| value.name == new.name), vocabulary.rule.as_ref())
            }
            Some(_) => (true, None),
            None => {
                let values = &new.declared.values;
                (values.is_empty() || values.iter().any(|value| value == new.name), None)
            }
        };
        if !is_known {
            return Err(new.refused(rule, "is none of its values"));
        }
    }
    Ok(())
}

/// What the vendor does not know, and what this organization has not enabled, no role can name:
/// two rules (R-TE-14, R-TE-15).
pub(super) fn tenant_vocabularies_hold(case: &Case<'_>) -> Result<(), Refusal> {
    for new in new_names(case) {
        let Some(section) = new.declared.of else { continue };
        let vocabulary = case.served.pack.vocabulary(section);
        if vocabulary.mode != VocabularyMode::Tenant {
            continue;
        }
        let found = database::by_key(case.connection, tenant::kind(section), &fold(new.name))?;
        // Where the vendor lists names, theirs is the only spelling.
        let is_listed = vocabulary.values.iter().any(|value| value.name == new.name);
        let is_known = is_listed || (vocabulary.values.is_empty() && found.is_some());
        if !is_known {
            return Err(new.refused(vocabulary.rule.as_ref(), "is none of its values"));
        }
        if found.is_none_or(|row| row.attributes().get("enabled") == Some(&Value::Bool(false))) {
            let rule = vocabulary.enabled_rule.as_ref();
            return Err(new.refused(rule, "is not enabled for this organization"));
        }
    }
    Ok(())
}

/// A role grants what the catalogue lists, where the platform publishes one.
pub(super) fn grants_are_in_the_catalogue(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::Role).filter(|_| case.served.pack.has_catalogue()) else { return Ok(()) };
    let before: HashSet<&Value> = case.before.into_iter().flat_map(grants).collect();
    grants(after).filter(|grant| !before.contains(grant)).try_for_each(|grant| in_catalogue(case, grant))
}

fn grants(role: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    role.get("grants").and_then(Value::as_array).into_iter().flatten()
}

/// One grant: its word and its parts, of which it may have either or both, say the same.
fn in_catalogue(case: &Case<'_>, grant: &Value) -> Result<(), Refusal> {
    let part = |name: &str| grant.get(name).and_then(Value::as_str);
    let word = match part("value") {
        Some(word) => word.to_owned(),
        None => ["entity", "action", "field"].into_iter().filter_map(part).collect::<Vec<_>>().join("."),
    };
    let wrong = |why: &str| Refusal::value(format!("the grant `{word}` {why}"));
    let (entity, rest) = word.split_once('.').ok_or_else(|| wrong("is not of the form entity.action"))?;
    let (action, field) = rest.split_once('.').map_or((rest, None), |(action, field)| (action, Some(field)));
    let says_else = |name: &str, meant: Option<&str>| part(name).is_some_and(|said| Some(said) != meant);
    if says_else("entity", Some(entity)) || says_else("action", Some(action)) || says_else("field", field) {
        return Err(wrong("has parts that say something else"));
    }
    let Some(listed) = case.served.pack.catalogue.get(entity) else {
        return Err(wrong("names an entity that is not in the catalogue"));
    };
    if !listed.actions.contains(action) {
        return Err(wrong("names an action that is not in the catalogue"));
    }
    match field {
        Some(_) => Err(wrong("names a field of an entity that has none")),
        None => Ok(()),
    }
}
