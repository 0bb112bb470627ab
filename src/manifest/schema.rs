//! The schema of manifests: generated from the types that read them, with what one pack says.

use serde_json::{Map, Value, json};

use super::file::Manifest;
use super::schema_permissions::permissions;
use crate::platform::{
    Attribute, Email, Form, Name, Pack, Presence, Section, UserName, UserTypeSource, VocabularyMode, schema_of,
    text_forms,
};

text_forms! {
    /// One name of an attribute that can be emptied.
    NameOrEmpty r"^(\S([^\n\r\u2028\u2029]*\S)?)?$" "a name: some text without white space at its ends, or `\"\"` for none"
}

/// The schema of the manifests of a platform.
#[must_use]
pub fn schema(pack: &Pack) -> Value {
    let file = format!("{}.schema.json", pack.platform);
    let mut schema = schema_of::<Manifest>(&file, &format!("A manifest of rolecall for {}", pack.title));
    roles(&mut schema, pack);
    vocabularies(&mut schema, pack);
    users(&mut schema, pack);
    permissions(&mut schema, pack);
    open_bodies(&mut schema, pack);
    built_in_roles(&mut schema, pack);
    at(&mut schema, "").insert("x-absent".into(), json!("keep what is live"));
    schema
}

/// Says which rule is broken where the value is none that is possible here.
pub(super) fn rule(schema: &mut Map<String, Value>, rule: Option<&String>) {
    schema.extend(rule.map(|rule| ("x-rule".to_owned(), json!(rule))));
}

/// A place in the schema, by a JSON pointer. The types above have it, so its absence is our bug.
pub(super) fn at<'a>(schema: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    let place = schema.pointer_mut(pointer).and_then(Value::as_object_mut);
    place.unwrap_or_else(|| panic!("the generated schema has no object at `{pointer}`"))
}

/// The attributes that the pack declares become properties of a role.
fn roles(schema: &mut Value, pack: &Pack) {
    let mut required = Vec::new();
    for (name, attribute) in &pack.roles.attributes {
        at(schema, "/$defs/Role/properties").insert(name.clone(), attribute_schema(attribute, pack));
        if attribute.presence == Presence::Required {
            required.push(name.as_str());
        }
    }
    if pack.roles.permissions.presence == Presence::Required {
        required.push("permissions");
        if let Some(rule) = &pack.roles.permissions.rule {
            at(schema, "/$defs/Role/properties/permissions").insert("x-required-rule".into(), json!(rule));
        }
    }
    if !required.is_empty() {
        required.sort_unstable();
        at(schema, "/$defs/Role").insert("required".into(), json!(required));
    }
    rule(at(schema, "/$defs/Role"), pack.roles.rule.as_ref());
    rule(at(schema, "/properties/roles/propertyNames"), pack.roles.name_rule.as_ref());
}

fn attribute_schema(attribute: &Attribute, pack: &Pack) -> Value {
    let Attribute { form, of, values, values_rule, presence, rule: required_rule, description, .. } = attribute;
    let names: Vec<&str> = match of {
        Some(section) => pack.vocabulary(*section).spellings().collect(),
        None => values.iter().map(String::as_str).collect(),
    };
    let mut name = match (names.is_empty(), form, presence) {
        (false, ..) => json!({ "type": "string", "enum": names }),
        (true, Form::Name, Presence::Optional) => form_of::<NameOrEmpty>(),
        (true, ..) => form_of::<Name>(),
    };
    if let Some(name) = name.as_object_mut() {
        rule(name, of.map_or(values_rule.as_ref(), |section| pack.vocabulary(section).rule.as_ref()));
    }
    let mut schema = match form {
        Form::Text => json!({ "type": "string" }),
        Form::Name => name,
        Form::Names => json!({ "type": "array", "items": name }),
    };
    if *presence == Presence::Required {
        match form {
            Form::Names => schema["minItems"] = json!(1),
            Form::Text => schema["minLength"] = json!(1),
            Form::Name => {}
        }
        if let Some(rule) = required_rule {
            schema["x-required-rule"] = json!(rule);
        }
    }
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    schema
}

/// The sections of vocabularies: which names can be in them, and what can be said of each.
fn vocabularies(schema: &mut Value, pack: &Pack) {
    for section in Section::ALL {
        let vocabulary = pack.vocabulary(section);
        if vocabulary.mode == VocabularyMode::Absent {
            at(schema, "/properties").remove(section.key());
            continue;
        }
        let spellings: Vec<&str> = vocabulary.spellings().collect();
        let place = at(schema, &format!("/properties/{}", section.key()));
        if !spellings.is_empty() {
            place.insert("propertyNames".into(), json!({ "enum": spellings }));
            rule(at(schema, &format!("/properties/{}/propertyNames", section.key())), vocabulary.rule.as_ref());
        }
        let place = at(schema, &format!("/properties/{}", section.key()));
        if vocabulary.mode != VocabularyMode::Managed {
            // What the vendor decides is described by the vendor; the files only expect it.
            let body = match section {
                Section::UserTypes => json!({ "$ref": "#/$defs/UserType" }),
                Section::Classifications | Section::Segments => bare_body(),
            };
            place.insert("additionalProperties".into(), body);
        }
    }
    if pack.vocabulary(Section::UserTypes).mode != VocabularyMode::Managed {
        at(schema, "/$defs/UserType/properties").remove("description");
    }
}

fn bare_body() -> Value {
    json!({ "type": ["object", "null"], "properties": {}, "additionalProperties": false })
}

/// What a userName looks like, the short form of an assignment, and whether users have types.
fn users(schema: &mut Value, pack: &Pack) {
    if pack.users.user_name == UserName::Email {
        let mut email = form_of::<Email>();
        if let Some(email) = email.as_object_mut() {
            email.remove("type");
            rule(email, pack.users.user_name_rule.as_ref());
        }
        for section in ["/properties/assignments", "/$defs/Removed/properties/users"] {
            at(schema, section).insert("propertyNames".into(), email.clone());
        }
    }
    if let Some(rule) = &pack.users.role_rule {
        at(schema, "/$defs/Assignment/properties/role").insert("x-required-rule".into(), json!(rule));
        at(schema, "/$defs/Assignment").insert("x-one-rule".into(), json!(rule));
        at(schema, "/$defs/Assignment/properties/role").insert("x-one-rule".into(), json!(rule));
    }
    let assignment = at(schema, "/$defs/Assignment");
    // One schema by type: keywords for texts hold for the short form, those for maps for the long.
    assignment.insert("type".into(), json!(["string", "object"]));
    if let Value::Object(name) = form_of::<Name>() {
        assignment.extend(name.into_iter().filter(|(keyword, _)| keyword != "type"));
    }
    let types: Vec<&str> = pack.vocabulary(Section::UserTypes).spellings().collect();
    if !types.is_empty() {
        let user_type = at(schema, "/$defs/Assignment/properties/user_type");
        user_type.retain(|keyword, _| keyword == "type" || keyword == "description");
        user_type.insert("enum".into(), json!(types));
        rule(user_type, pack.vocabulary(Section::UserTypes).rule.as_ref());
    }
    if pack.users.user_type == UserTypeSource::None {
        at(schema, "/$defs/Assignment/properties").remove("user_type");
    }
}

/// A body may be left out (`Sales:`) where it holds nothing that is needed.
fn open_bodies(schema: &mut Value, pack: &Pack) {
    let needs_nothing = !at(schema, "/$defs/Role").contains_key("required");
    for (name, open) in [("Term", true), ("UserType", true), ("RemovedRole", true), ("Role", needs_nothing)] {
        let unused = name == "Term"
            && [Section::Classifications, Section::Segments]
                .iter()
                .all(|section| pack.vocabulary(*section).mode != VocabularyMode::Managed)
            || name == "UserType" && pack.vocabulary(Section::UserTypes).mode == VocabularyMode::Absent;
        if unused {
            at(schema, "/$defs").remove(name);
        } else if open {
            at(schema, &format!("/$defs/{name}")).insert("type".into(), json!(["object", "null"]));
        }
    }
}

/// A role that the platform has brought along is there anyway: it needs no fields. It is known by
/// its name, or by having had that name before.
fn built_in_roles(schema: &mut Value, pack: &Pack) {
    let names: Vec<&String> =
        pack.roles.built_in.roles.values().flat_map(|role| std::iter::once(&role.name).chain(&role.aliases)).collect();
    let role = at(schema, "/$defs/Role");
    if names.is_empty() || !role.contains_key("required") {
        return;
    }
    let mut built_in = role.clone();
    let required = role.remove("required");
    let was_built_in = json!({
        "properties": { "previously": { "contains": { "enum": names } } },
        "required": ["previously"],
    });
    role.insert("if".into(), was_built_in);
    role.insert("else".into(), json!({ "required": required }));
    built_in.remove("required");
    built_in.insert("type".into(), json!(["object", "null"]));
    built_in.insert("description".into(), json!("A role that the platform has brought along."));
    at(schema, "/$defs").insert("BuiltInRole".into(), Value::Object(built_in));
    let by_name: Map<String, Value> =
        names.iter().map(|name| ((*name).clone(), json!({ "$ref": "#/$defs/BuiltInRole" }))).collect();
    at(schema, "/properties/roles").insert("properties".into(), Value::Object(by_name));
}

/// The schema of a form of text.
fn form_of<T: schemars::JsonSchema>() -> Value {
    T::json_schema(&mut schemars::SchemaGenerator::default()).to_value()
}
