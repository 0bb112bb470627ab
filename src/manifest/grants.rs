//! Permissions: the forms in which they are written, and the grants that they mean.
//!
//! A grant is `entity.action` or `entity.action.field`. Forms that say "all" without saying of
//! what need the platform's catalogue of permissions.

use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::roles::distinct;
use super::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::Spanned;
use crate::platform::{Identifier, Pack, text_forms};
use crate::source::Span;

/// What stands for everything there is at its level.
const ALL: &str = "all";
/// The key of the form that leaves something out.
pub(super) const ALL_EXCEPT: &str = "all_except";

text_forms! {
    /// What `all_except` leaves out.
    Exception r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$" "an entity, or an entity and an action with a dot between them"
}

/// The schema of permissions.
pub(super) enum Permissions {}

/// The schema of what stands behind an entity: its actions.
enum Actions {}

/// The schema of what stands behind an action of an entity that has fields.
enum Fields {}

/// The schema of a form that can be `all`, or what `rest` says for lists and maps.
fn all_or(rest: Schema) -> Schema {
    let mut schema = rest;
    schema.insert("if".into(), serde_json::json!({ "type": "string" }));
    schema.insert("then".into(), serde_json::json!({ "enum": [ALL] }));
    schema
}

impl JsonSchema for Permissions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        all_or(json_schema!({
            "type": ["string", "array", "object"],
            "items": generator.subschema_for::<Identifier>(),
            "properties": {
                ALL_EXCEPT: {
                    "description": "Everything in the catalogue without these entities and actions.",
                    "type": "array",
                    "items": generator.subschema_for::<Exception>(),
                }
            },
            "propertyNames": generator.subschema_for::<Identifier>(),
            "additionalProperties": generator.subschema_for::<Actions>(),
            // Beside what is left out nothing can be given.
            "dependentSchemas": { ALL_EXCEPT: { "maxProperties": 1, "x-expects": "`all_except` alone" } },
        }))
    }
}

impl JsonSchema for Actions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Actions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        all_or(json_schema!({
            "description": "The actions: `all`, a list, or a map from each action to its fields.",
            "type": ["string", "array", "object"],
            "items": generator.subschema_for::<Identifier>(),
            "propertyNames": generator.subschema_for::<Identifier>(),
            "additionalProperties": generator.subschema_for::<Fields>(),
        }))
    }
}

impl JsonSchema for Fields {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        all_or(json_schema!({
            "description": "The fields: `all`, or a list.",
            "type": ["string", "array"],
            "items": generator.subschema_for::<Identifier>(),
            "minItems": 1,
        }))
    }
}

/// The grants that a value of `permissions` means. What the schema has reported stays in it, so
/// that a misspelt permission is not taken for none at all.
pub(super) fn expand(written: Spanned<Written>, pack: &Pack, found: &mut Diagnostics) -> BTreeSet<String> {
    let mut grants = Grants { pack, found, set: BTreeSet::new() };
    match written.value {
        Written::Text(text) if text == ALL => grants.all("`all`", written.span),
        Written::Text(text) => {
            grants.set.insert(text);
        }
        Written::List(entities) => {
            let entities = distinct(entities, "permissions", None, grants.found);
            if let Some(first) = entities.first()
                && grants.has_catalogue("an entity without its actions", first.span)
            {
                for entity in entities {
                    grants.whole(&entity.value);
                }
            }
        }
        Written::Map(entries) => {
            for (entity, actions) in entries {
                grants.entry(&entity, actions);
            }
        }
    }
    grants.set
}

struct Grants<'a> {
    pack: &'a Pack,
    found: &'a mut Diagnostics,
    set: BTreeSet<String>,
}

impl Grants<'_> {
    /// Everything in the catalogue.
    fn all(&mut self, form: &str, span: Span) {
        if self.has_catalogue(form, span) {
            for (entity, listed) in &self.pack.catalogue {
                self.set.extend(listed.actions.iter().map(|action| format!("{entity}.{action}")));
            }
        }
    }

    /// Every action of an entity.
    fn whole(&mut self, entity: &str) {
        match self.pack.catalogue.get(entity) {
            Some(listed) => self.set.extend(listed.actions.iter().map(|action| format!("{entity}.{action}"))),
            None => {
                self.set.insert(entity.to_owned());
            }
        }
    }

    fn entry(&mut self, entity: &Spanned<String>, actions: Spanned<Written>) {
        match actions.value {
            Written::List(exceptions) if entity.value == ALL_EXCEPT => {
                let exceptions = distinct(exceptions, ALL_EXCEPT, None, self.found);
                self.all("`all_except`", entity.span);
                let is_excepted = |grant: &str, exception: &str| {
                    grant.strip_prefix(exception).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                self.set.retain(|grant| !exceptions.iter().any(|exception| is_excepted(grant, exception)));
            }
            Written::Text(text) => {
                if text == ALL && self.has_catalogue("`all`", actions.span) {
                    self.whole(&entity.value);
                }
            }
            Written::List(actions) => {
                let actions = distinct(actions, &entity.value, None, self.found);
                self.none_is_all(&actions, "no action", "`all` stands alone, and needs the platform's catalogue");
                self.set.extend(actions.iter().map(|action| format!("{}.{}", entity.value, action.value)));
            }
            Written::Map(actions) => {
                for (action, fields) in actions {
                    let grant = format!("{}.{}", entity.value, action.value);
                    if let Written::List(fields) = fields.value {
                        let fields = distinct(fields, &action.value, None, self.found);
                        self.none_is_all(&fields, "no field", "`all` stands alone, without the list");
                        self.set.extend(fields.iter().map(|field| format!("{grant}.{}", field.value)));
                    } else {
                        // With every field: the grant without one.
                        self.set.insert(grant);
                    }
                }
            }
        }
    }

    /// Refuses the word `all` in a list, where it would become a permission of that name. Where
    /// there is a catalogue, the schema does.
    fn none_is_all(&mut self, items: &[Spanned<String>], what: &str, help: &str) {
        if let Some(item) = items.iter().find(|item| item.value == ALL)
            && !self.pack.has_catalogue()
        {
            self.found.push(Diagnostic::new(Code::NotAllowed, item.span, format!("`{ALL}` is {what}")).help(help));
        }
    }

    fn has_catalogue(&mut self, form: &str, span: Span) -> bool {
        let has = self.pack.has_catalogue();
        if !has {
            let message =
                format!("{form} means what the platform's catalogue lists, and `{}` has none", self.pack.platform);
            self.found.push(
                Diagnostic::new(Code::NoCatalogue, span, message).help("list the actions: `entity: [action, action]`"),
            );
        }
        has
    }
}
