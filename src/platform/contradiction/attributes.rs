//! What a pack says of the attributes of roles.

use std::collections::BTreeMap;

use super::{Contradiction, say};
use crate::platform::{Attribute, Form, Pack, Section, VocabularyMode, wire_name};

/// An attribute is not called like something that every role has, in the files or on the wire.
pub(super) fn attributes_have_free_names(pack: &Pack, found: &mut Vec<Contradiction>) {
    /// Keys of a role in the files, and what rolecall or SCIM keeps on the wire.
    const TAKEN: [&str; 13] = [
        "name",
        "permissions",
        "previously",
        "mark",
        "id",
        "external_id",
        "schemas",
        "meta",
        "display_name",
        "grants",
        "built_in",
        "assigned_users",
        "role",
    ];
    let mut wires = BTreeMap::new();
    for name in pack.roles.attributes.keys() {
        let path = ["roles", "attributes", name];
        if TAKEN.contains(&name.as_str()) {
            say(
                found,
                &path,
                format!("an attribute cannot be called `{name}`: every role has something of that name"),
                None,
            );
        }
        if let Some(first) = wires.insert(wire_name(name), name) {
            say(found, &path, format!("`{name}` and `{first}` are both `{}` on the wire", wire_name(name)), None);
        }
    }
}

/// `description`, `classifications`, `segments` and `user_type` mean on every platform what they
/// mean to rolecall.
pub(super) fn known_attributes_keep_their_meaning(pack: &Pack, found: &mut Vec<Contradiction>) {
    let known = [
        ("description", Form::Text, None, "type: text"),
        ("classifications", Form::Names, Some(Section::Classifications), "type: names, of: classifications"),
        ("segments", Form::Names, Some(Section::Segments), "type: names, of: segments"),
        ("user_type", Form::Name, Some(Section::UserTypes), "type: name, of: user_types"),
    ];
    for (name, form, of, wanted) in known {
        let Some(attribute) = pack.roles.attributes.get(name) else { continue };
        if attribute.form != form || attribute.of != of {
            say(found, &["roles", "attributes", name], format!("`{name}` can only be `{{ {wanted} }}`"), None);
        }
    }
}

/// A text is free; a name or a set of names comes from one vocabulary or from the attribute's own
/// values, not from both.
pub(super) fn an_attribute_says_what_it_can_hold(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (name, attribute) in &pack.roles.attributes {
        let Attribute { form, of, values, .. } = attribute;
        let path = ["roles", "attributes", name.as_str()];
        if let Some(section) = of.filter(|section| pack.vocabulary(*section).mode == VocabularyMode::Absent) {
            let message = format!("`{name}` takes its names from `{}`, which is absent", section.key());
            say(found, &["roles", "attributes", name, "of"], message, None);
        }
        let message = match (form, of, values.is_empty()) {
            (Form::Text, Some(_), _) => format!("`{name}` is a free text and has `of`"),
            (Form::Text, None, false) => format!("`{name}` is a free text and has `values`"),
            (_, Some(_), false) => format!("`{name}` has both `of` and `values`; its names come from one of them"),
            (Form::Name | Form::Names, None, true) => format!("`{name}` has neither `of` nor `values`"),
            _ => continue,
        };
        say(found, &path, message, None);
    }
}
