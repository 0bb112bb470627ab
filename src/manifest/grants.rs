//! Permissions: the forms in which they are written, and the grants that they mean.
//!
//! A grant is `entity.action` or `entity.action.field`. Forms that say "all" without saying of
//! what need the platform's catalogue of permissions. What a form means depends on the role's user
//! type and is not known here.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::roles::distinct;
use super::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::Spanned;
use crate::platform::{Identifier, Pack, entity_of, is_below, text_forms};
use crate::source::Span;
use crate::state::WrittenGrants;

/// What stands for everything there is at its level.
pub(super) const ALL: &str = "all";
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

/// Permissions as they are written, each part with its place.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Everything that the role's user type may hold.
    pub all: bool,
    /// What is left out of that: `entity` or `entity.action`.
    pub except: Vec<Spanned<String>>,
    /// These: `entity`, `entity.action` or `entity.action.field`.
    pub only: Vec<Spanned<String>>,
    /// Whether the list or map has nothing in it.
    pub is_blank: bool,
    /// What they mean for the role, in normal form; known once the whole set is (`built_in`).
    pub meant: BTreeSet<String>,
}

impl Grants {
    /// What is written, without the places.
    pub fn written(&self) -> WrittenGrants {
        let names = |list: &[Spanned<String>]| list.iter().map(|name| name.value.clone()).collect();
        WrittenGrants { all: self.all, except: names(&self.except), only: names(&self.only) }
    }

    /// The place of what means a grant, if that is more exact than all of the permissions.
    pub fn place(&self, grant: &str) -> Option<Span> {
        let says_it = self.only.iter().find(|written| is_below(grant, &written.value));
        // Or another action on the entity implies it.
        let implies_it = || self.only.iter().find(|written| entity_of(&written.value) == entity_of(grant));
        says_it.or_else(implies_it).map(|written| written.span)
    }
}

/// Reads a value of `permissions`. What the schema has reported stays in it, so that a misspelt
/// permission is not taken for none at all.
pub(super) fn read(written: Spanned<Written>, pack: &Pack, found: &mut Diagnostics) -> Grants {
    let mut reader = Reader { pack, found, grants: Grants::default(), entities: BTreeMap::new() };
    match written.value {
        Written::Text(text) if text == ALL => reader.all("`all`", written.span),
        Written::Text(text) => reader.grants.only.push(Spanned { value: text, span: written.span }),
        Written::List(entities) => {
            reader.grants.is_blank = entities.is_empty();
            let entities = entities.into_iter().map(|entity| reader.canonical(entity)).collect();
            let entities = distinct(entities, "permissions", None, reader.found);
            if let Some(first) = entities.first()
                && reader.has_catalogue("an entity without its actions", first.span)
            {
                reader.grants.only = entities;
            }
        }
        Written::Map(entries) => {
            reader.grants.is_blank = entries.is_empty();
            for (entity, actions) in entries {
                reader.entry(entity, actions);
            }
        }
    }
    reader.grants
}

struct Reader<'a> {
    pack: &'a Pack,
    found: &'a mut Diagnostics,
    grants: Grants,
    /// The entities that the map has, with their keys.
    entities: BTreeMap<String, Spanned<String>>,
}

impl Reader<'_> {
    /// Everything in the catalogue.
    fn all(&mut self, form: &str, span: Span) {
        self.grants.all = self.has_catalogue(form, span);
    }

    fn only(&mut self, value: String, span: Span) {
        self.grants.only.push(Spanned { value, span });
    }

    /// The entity of an alias, before the first dot.
    fn canonical(&self, written: Spanned<String>) -> Spanned<String> {
        written.map(|written| {
            let entity = entity_of(&written);
            match self.pack.catalogue.iter().find(|(_, listed)| listed.aliases.contains(entity)) {
                Some((id, _)) => format!("{id}{}", &written[entity.len()..]),
                None => written,
            }
        })
    }

    fn entry(&mut self, key: Spanned<String>, actions: Spanned<Written>) {
        if key.value == ALL_EXCEPT {
            if let Written::List(exceptions) = actions.value {
                let exceptions = exceptions.into_iter().map(|exception| self.canonical(exception)).collect();
                self.grants.except = distinct(exceptions, ALL_EXCEPT, None, self.found);
                self.all("`all_except`", key.span);
            }
            return;
        }
        let entity = self.canonical(key.clone());
        match actions.value {
            Written::Text(text) => {
                if text == ALL && self.has_catalogue("`all`", actions.span) {
                    self.only(entity.value.clone(), entity.span);
                }
            }
            Written::List(actions) => {
                let actions = distinct(actions, &key.value, None, self.found);
                self.none_is_all(&actions, "no action", "`all` stands alone, and needs the platform's catalogue");
                for action in actions {
                    self.only(format!("{}.{}", entity.value, action.value), action.span);
                }
            }
            Written::Map(actions) => {
                for (action, fields) in actions {
                    let grant = format!("{}.{}", entity.value, action.value);
                    if let Written::List(fields) = fields.value {
                        let fields = distinct(fields, &action.value, None, self.found);
                        self.none_is_all(&fields, "no field", "`all` stands alone, without the list");
                        for field in fields {
                            self.only(format!("{grant}.{}", field.value), field.span);
                        }
                    } else {
                        // With every field: the grant without one.
                        self.only(grant, action.span);
                    }
                }
            }
        }
        self.given_once(entity.value, key);
    }

    /// Refuses a second key that means the same entity, as a key that is given twice is refused.
    fn given_once(&mut self, entity: String, key: Spanned<String>) {
        if let Some(first) = self.entities.get(&entity).filter(|first| first.value != key.value) {
            let message = format!("`{}` and `{}` are one entity", first.value, key.value);
            let finding = Diagnostic::new(Code::DuplicateKey, key.span, message).help("keep one of the two");
            self.found.push(finding.related(first.span, "first given here"));
        } else {
            self.entities.insert(entity, key);
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
