//! What a role may hold: the names of its vocabularies.
//!
//! Responsible for refusing names that are new to a role and not to be had; a name that a seeded
//! role has already may stay. Whether anything must be there at all is held by `writer`, and what it
//! grants by `grants`.

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

/// A vendor's fixed names are the only ones, in the vendor's spelling (R-TE-13, R-UT-9, R-BE-13,
/// R-BE-16).
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
                (values.is_empty() || values.iter().any(|value| value == new.name), new.declared.values_rule.as_ref())
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
