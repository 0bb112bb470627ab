//! What a pack must not say at the same time.
//!
//! Responsible for relations between the fields of a pack that its schema cannot express. Not
//! responsible for places: a contradiction names the path to it.

use std::collections::BTreeMap;

use super::{Attribute, Form, Pack, Power, Presence, Section, UserTypeSource, VocabularyMode, wire_name};

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
    rules_have_something_to_say,
    a_spelling_means_one_value,
    attributes_have_free_names,
    known_attributes_keep_their_meaning,
    an_attribute_says_what_it_can_hold,
    user_types_come_from_somewhere,
    administrators_are_somebody,
    somebody_may_write,
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

/// A closed vocabulary lists its values; a managed one has none, because the files say what is in
/// it; an absent one holds nothing.
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
            (VocabularyMode::Absent, false) => {
                let message = format!("`{}` is absent and has values", section.key());
                say(found, &["vocabularies", section.key(), "values"], message, None);
            }
            _ => {}
        }
    }
}

/// A rule's id stands where its rule can be broken.
fn rules_have_something_to_say(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let vocabulary = pack.vocabulary(section);
        if vocabulary.rule.is_some() && vocabulary.values.is_empty() {
            let message = format!("every name can be in `{}`, so `rule` cannot be broken", section.key());
            say(found, &["vocabularies", section.key(), "rule"], message, Some("list the `values`"));
        }
        if vocabulary.enabled_rule.is_some() && vocabulary.mode != VocabularyMode::Tenant {
            let message =
                format!("only a `tenant` vocabulary has values that are not enabled, and `{}` is none", section.key());
            say(found, &["vocabularies", section.key(), "enabled_rule"], message, None);
        }
    }
    for (name, attribute) in &pack.roles.attributes {
        if attribute.rule.is_some() && attribute.presence == Presence::Optional {
            let message = format!("`{name}` is optional, so the rule that it must be there cannot be broken");
            say(found, &["roles", "attributes", name, "rule"], message, None);
        }
        if attribute.set_rule.is_some() && attribute.form != Form::Names {
            let message = format!("`{name}` holds no set of names, and has `set_rule`");
            say(found, &["roles", "attributes", name, "set_rule"], message, None);
        }
    }
    let permissions = &pack.roles.permissions;
    if permissions.word_rule.is_some() && !permissions.change_needs_word {
        let message = "no change of permissions needs a word, and `word_rule` says that one does";
        say(found, &["roles", "permissions", "word_rule"], message, Some("add `change_needs_word: true`"));
    }
    if permissions.empty_rule.is_some() && permissions.presence == Presence::Required {
        let message = "permissions are required, and `empty_rule` allows a role without any";
        say(found, &["roles", "permissions", "empty_rule"], message, None);
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
    let Some(who) = &pack.roles.administrators else { return };
    if who.roles.is_empty() && who.built_in.is_empty() && who.permissions.is_empty() {
        let help = "leave `administrators` out where the project says who is one";
        say(found, &["roles", "administrators"], "`administrators` names nobody", Some(help));
    }
    for permission in &who.permissions {
        let (id, action) =
            permission.split_once('.').map_or((permission.as_str(), None), |(id, action)| (id, Some(action)));
        let entity = pack.catalogue.get(id);
        if pack.has_catalogue()
            && !entity.is_some_and(|entity| action.is_none_or(|action| entity.actions.contains(action)))
        {
            let path = ["roles", "administrators", "permissions"];
            say(found, &path, format!("the catalogue has no `{permission}`"), None);
        }
    }
}

/// At least one authority may write, and what changes several roles at once may change one.
fn somebody_may_write(pack: &Pack, found: &mut Vec<Contradiction>) {
    if !pack.authorities.values().any(|powers| powers.contains(&Power::Write)) {
        say(found, &["authorities"], "no authority may `write`, so nothing could ever be applied", None);
    }
    for (name, powers) in &pack.authorities {
        if powers.contains(&Power::BulkRoles) && !powers.contains(&Power::Write) {
            say(found, &["authorities", name], format!("`{name}` may change several roles at once but not one"), None);
        }
    }
}

/// No entity or action is called like a word of the permission forms, and what is sensitive is an
/// action.
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
        for action in entity.sensitive.difference(&entity.actions) {
            let message = format!("`{action}` is sensitive and no action of `{id}`");
            say(found, &["catalogue", id, "sensitive"], message, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::platform::read_pack;
    use crate::source::Sources;

    #[track_caller]
    fn check(text: &str) -> String {
        let mut sources = Sources::default();
        let source = sources.add("pack.yaml", text);
        let (_, found) = read_pack(&sources, source);
        let mut text = String::new();
        for finding in found.sorted() {
            let at = sources.locate(finding.span);
            writeln!(text, "{}:{} {}: {}", at.line, at.column, finding.code, finding.message).expect("text");
        }
        text
    }

    #[test]
    fn every_contradiction_is_found_at_its_place() {
        insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: closed }
  segments: { mode: managed, values: [{ name: Retail }] }
  user_types: { mode: tenant, values: [{ name: AI, aliases: [Ai] }, { name: Other }, { name: other }] }
roles:
  administrators: {}
  attributes:
    name: { type: text }
    description: { type: name, values: [A] }
    segments: { type: names, of: classifications }
    class: { type: name, of: segments, values: [A, a] }
    note: { type: text, of: segments }
    free: { type: names }
    a_b: { type: text, values: [x] }
  permissions: {}
users: { user_name: text, user_type: role }
catalogue: { all: { actions: [view] }, campaigns: { actions: [all], sensitive: [export] } }
"), @"
        5:20 bad-pack: `classifications` is closed and has no values, so nothing could be in it
        6:38 bad-pack: `segments` is managed from the files, so the pack cannot list its values
        7:40 bad-pack: `Ai` means the same name as `AI`, which is listed before it
        7:86 bad-pack: `other` means the same name as `Other`, which is listed before it
        9:19 bad-pack: `administrators` names nobody
        11:11 bad-pack: an attribute cannot be called `name`: every role has something of that name
        12:18 bad-pack: `description` can only be `{ type: text }`
        13:15 bad-pack: `segments` can only be `{ type: names, of: segments }`
        14:12 bad-pack: `class` has both `of` and `values`; its names come from one of them
        14:52 bad-pack: `a` means the same name as `A`, which is listed before it
        15:11 bad-pack: `note` is a free text and has `of`
        16:11 bad-pack: `free` has neither `of` nor `values`
        17:10 bad-pack: `a_b` is a free text and has `values`
        19:38 bad-pack: a user's type comes from the role, and roles have no attribute `user_type`
        20:19 bad-pack: an entity cannot be called `all`: it is a word of the permission forms
        20:62 bad-pack: an action cannot be called `all`: it is a word of the permission forms
        20:80 bad-pack: `export` is sensitive and no action of `campaigns`
        ");
    }

    #[test]
    fn what_no_file_could_break_or_nobody_could_do_is_found() {
        insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: managed, rule: R-OWN-1, enabled_rule: R-OWN-2 }
  segments: { mode: absent, values: [{ name: Retail }] }
  user_types: { mode: absent }
roles:
  administrators: { permissions: [campaigns, campaigns.fly, ships] }
  attributes:
    segments: { type: names, of: segments, rule: R-OWN-3 }
    note: { type: text, presence: required, rule: R-OWN-4, set_rule: R-OWN-5 }
  permissions: { presence: required, word_rule: R-OWN-6, empty_rule: R-OWN-7 }
users: { user_name: text, user_type: none }
catalogue: { campaigns: { actions: [view] } }
authorities: { guest: [], batch: [bulk_roles] }
"), @"
        5:43 bad-pack: every name can be in `classifications`, so `rule` cannot be broken
        5:66 bad-pack: only a `tenant` vocabulary has values that are not enabled, and `classifications` is none
        6:37 bad-pack: `segments` is absent and has values
        9:34 bad-pack: the catalogue has no `campaigns.fly`
        9:34 bad-pack: the catalogue has no `ships`
        11:34 bad-pack: `segments` takes its names from `segments`, which is absent
        11:50 bad-pack: `segments` is optional, so the rule that it must be there cannot be broken
        12:70 bad-pack: `note` holds no set of names, and has `set_rule`
        13:49 bad-pack: no change of permissions needs a word, and `word_rule` says that one does
        13:70 bad-pack: permissions are required, and `empty_rule` allows a role without any
        16:14 bad-pack: no authority may `write`, so nothing could ever be applied
        16:34 bad-pack: `batch` may change several roles at once but not one
        ");
    }

    #[test]
    fn a_pack_of_the_wrong_shape_is_held_by_the_schema() {
        insta::assert_snapshot!(check("
platform: Own
title: ''
vocabularies: { classifications: { mode: open }, segments: { mode: managed } }
roles: { attributes: { Class: { type: word } }, permissions: {}, extra: 1 }
users: { user_name: text, user_type: role }
"), @"
        2:11 bad-format: `Own` is not a platform's name: lower-case letters, digits and hyphens, a letter first
        3:8 bad-format: `` is not a text with something in it
        4:1 missing-key: `user_types` is missing in `vocabularies`
        4:42 not-allowed: `open` is not possible for `mode`
        5:24 bad-format: the key `Class` is not an identifier: lower-case letters, digits and underscores, a letter first
        5:39 not-allowed: `word` is not possible for `type`
        5:66 unknown-key: `extra` is not known here
        ");
    }
}
