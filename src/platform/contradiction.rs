//! What a pack must not say at the same time.
//!
//! Responsible for relations between the fields of a pack that its schema cannot express. Not
//! responsible for places: a contradiction names the path to it.

use std::collections::BTreeMap;

use super::{Attribute, Form, Pack, Section, UserTypeSource, VocabularyMode, wire_name};

/// One contradiction.
#[derive(Debug)]
pub(super) struct Contradiction {
    /// The keys, and the indices in lists, that lead to it.
    pub path: Vec<String>,
    /// What contradicts what.
    pub message: String,
    /// The way out, if the message does not say it.
    pub help: Option<String>,
}

/// Every contradiction of a pack, in the order of the rules.
pub(super) fn contradictions(pack: &Pack) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for rule in RULES {
        rule(pack, &mut found);
    }
    found
}

type Rule = fn(&Pack, &mut Vec<Contradiction>);

/// Every rule; its doc comment is the rule in English.
const RULES: &[Rule] = &[
    vocabulary_and_its_values,
    a_spelling_means_one_value,
    attributes_have_free_names,
    known_attributes_keep_their_meaning,
    an_attribute_says_what_it_can_hold,
    user_types_come_from_somewhere,
    administrators_are_somebody,
    the_catalogue_leaves_its_own_words_free,
];

fn say(found: &mut Vec<Contradiction>, path: &[&str], message: impl Into<String>, help: Option<&str>) {
    let path = path.iter().map(|&step| step.to_owned()).collect();
    found.push(Contradiction { path, message: message.into(), help: help.map(str::to_owned) });
}

/// A spelling as the uniqueness of names takes it, near enough: the state's own folding is beyond
/// what this room may know.
fn plain(spelling: &str) -> String {
    spelling.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A closed vocabulary lists its values; a managed one has none, because the files say what is in it.
fn vocabulary_and_its_values(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let vocabulary = pack.vocabulary(section);
        let path = ["vocabularies", section.key()];
        match (vocabulary.mode, vocabulary.values.is_empty()) {
            (VocabularyMode::Closed, true) => {
                say(
                    found,
                    &path,
                    format!("`{}` is closed and has no values, so nothing could be in it", section.key()),
                    None,
                );
            }
            (VocabularyMode::Managed, false) => {
                let message =
                    format!("`{}` is managed from the files, so the pack cannot list its values", section.key());
                say(found, &["vocabularies", section.key(), "values"], message, None);
            }
            _ => {}
        }
    }
}

/// A spelling, canonical or alias, means one value of its vocabulary or attribute.
fn a_spelling_means_one_value(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let mut seen = BTreeMap::new();
        for (index, value) in pack.vocabulary(section).values.iter().enumerate() {
            let index = index.to_string();
            let path = ["vocabularies", section.key(), "values", &index];
            for spelling in std::iter::once(&value.name).chain(&value.aliases) {
                if let Some(first) = seen.insert(plain(spelling), spelling) {
                    say(
                        found,
                        &path,
                        format!("`{spelling}` means the same name as `{first}`, which is listed before it"),
                        None,
                    );
                }
            }
        }
    }
    for (name, attribute) in &pack.roles.attributes {
        let mut seen = BTreeMap::new();
        for (index, value) in attribute.values.iter().enumerate() {
            if let Some(first) = seen.insert(plain(value), value) {
                let path = ["roles", "attributes", name, "values", &index.to_string()];
                say(
                    found,
                    &path,
                    format!("`{value}` means the same name as `{first}`, which is listed before it"),
                    None,
                );
            }
        }
    }
}

/// An attribute is not called like something that every role has, in the files or on the wire.
fn attributes_have_free_names(pack: &Pack, found: &mut Vec<Contradiction>) {
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
fn known_attributes_keep_their_meaning(pack: &Pack, found: &mut Vec<Contradiction>) {
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
fn an_attribute_says_what_it_can_hold(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (name, attribute) in &pack.roles.attributes {
        let Attribute { form, of, values, presence: _, mutability: _, description: _ } = attribute;
        let path = ["roles", "attributes", name.as_str()];
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

/// Where a user's type comes from the role, a role has one.
fn user_types_come_from_somewhere(pack: &Pack, found: &mut Vec<Contradiction>) {
    if pack.users.user_type == UserTypeSource::Role && !pack.roles.attributes.contains_key("user_type") {
        say(
            found,
            &["users", "user_type"],
            "a user's type comes from the role, and roles have no attribute `user_type`",
            None,
        );
    }
}

/// A pack that says who is an administrator names somebody.
fn administrators_are_somebody(pack: &Pack, found: &mut Vec<Contradiction>) {
    if pack.roles.administrators.as_ref().is_some_and(|who| who.roles.is_empty()) {
        let help = "leave `administrators` out where the project says who is one";
        say(found, &["roles", "administrators"], "`administrators` names nobody", Some(help));
    }
}

/// No entity or action is called like a word of the permission forms.
fn the_catalogue_leaves_its_own_words_free(pack: &Pack, found: &mut Vec<Contradiction>) {
    for (id, entity) in &pack.catalogue {
        if ["all", "all_except"].contains(&id.as_str()) {
            say(
                found,
                &["catalogue", id],
                format!("an entity cannot be called `{id}`: it is a word of the permission forms"),
                None,
            );
        }
        if entity.actions.contains("all") {
            say(
                found,
                &["catalogue", id, "actions"],
                "an action cannot be called `all`: it is a word of the permission forms",
                None,
            );
        }
    }
}
