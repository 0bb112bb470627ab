//! The schema of permissions where the platform has a catalogue of them.

use serde_json::{Map, Value, json};

use super::grants::{ALL, ALL_EXCEPT};
use super::schema::{at, rule};
use crate::platform::{Entity, EntityKind, Pack, Presence};

/// Where the platform has a catalogue, permissions are of its entities, their actions and fields.
pub(super) fn permissions(schema: &mut Value, pack: &Pack) {
    let rules = &pack.roles.permissions;
    if rules.presence == Presence::Required {
        let place = at(schema, "/$defs/Permissions");
        place.insert("minItems".into(), json!(1));
        place.insert("minProperties".into(), json!(1));
        place.extend(rules.rule.as_ref().map(|rule| ("x-required-rule".to_owned(), json!(rule))));
    }
    if !pack.has_catalogue() {
        return;
    }
    let mut entities: Vec<&str> = Vec::new();
    let mut exceptions: Vec<String> = Vec::new();
    let mut bodies = Map::new();
    for (id, entity) in &pack.catalogue {
        for spelling in std::iter::once(id).chain(&entity.aliases) {
            entities.push(spelling);
            exceptions.push(spelling.clone());
            exceptions.extend(entity.actions.iter().map(|action| format!("{spelling}.{action}")));
            bodies.insert(spelling.clone(), entity_schema(entity, rules.field_rule.as_ref()));
        }
    }
    let place = at(schema, "/$defs/Permissions");
    place.insert("items".into(), json!({ "enum": entities }));
    place.insert("additionalProperties".into(), json!(false));
    place.remove("propertyNames");
    at(schema, "/$defs/Permissions/properties").extend(bodies);
    let except = at(schema, &format!("/$defs/Permissions/properties/{ALL_EXCEPT}"));
    except.insert("items".into(), json!({ "enum": exceptions }));
    for unused in ["Actions", "Fields"] {
        at(schema, "/$defs").remove(unused);
    }
}

/// What stands behind an entity: its actions, and behind an action of a location its fields.
fn entity_schema(entity: &Entity, field_rule: Option<&String>) -> Value {
    let mut schema = json!({
        "description": entity.label,
        "type": ["string", "array"],
        "if": { "type": "string" },
        "then": { "enum": [ALL] },
        "items": { "enum": entity.actions },
    });
    if entity.kind == EntityKind::Location {
        let actions: Map<String, Value> = entity
            .actions
            .iter()
            .map(|action| {
                let limited = entity.field_actions.contains(action);
                (action.clone(), if limited { fields_schema(entity) } else { whole_schema(field_rule) })
            })
            .collect();
        schema["type"] = json!(["string", "array", "object"]);
        schema["properties"] = Value::Object(actions);
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn fields_schema(entity: &Entity) -> Value {
    json!({
        "description": "The fields: `all`, or a list.",
        "type": ["string", "array"],
        "if": { "type": "string" },
        "then": { "enum": [ALL] },
        "items": { "enum": entity.fields },
        "minItems": 1,
    })
}

/// An action that no field limits. It has no type, so that a list breaks the same rule as a text.
fn whole_schema(field_rule: Option<&String>) -> Value {
    let mut schema = json!({
        "description": "With every field: `all`.",
        "enum": [ALL],
        "x-expects": "`all`: it cannot be limited to fields",
    });
    if let Some(schema) = schema.as_object_mut() {
        rule(schema, field_rule);
    }
    schema
}
