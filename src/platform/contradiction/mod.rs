//! What a pack must not say at the same time.
//!
//! Responsible for relations between the fields of a pack that its schema cannot express. Not
//! responsible for places: a contradiction names the path to it.

mod attributes;
mod built_in;
mod catalogue;
mod idle_rules;
mod people;
mod vocabularies;

#[cfg(test)]
mod tests;

use super::{Form, Pack};

/// One contradiction.
#[derive(Debug)]
pub(super) struct Contradiction {
    /// The keys, and the indices or texts in lists, that lead to it.
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
    vocabularies::vocabulary_and_its_values,
    idle_rules::of_vocabularies,
    idle_rules::of_attributes,
    idle_rules::of_permissions,
    idle_rules::of_roles,
    idle_rules::of_users_and_requests,
    vocabularies::a_spelling_means_one_value,
    vocabularies::what_costs_less_is_another_value,
    attributes::attributes_have_free_names,
    attributes::known_attributes_keep_their_meaning,
    attributes::an_attribute_says_what_it_can_hold,
    people::user_types_come_from_somewhere,
    people::administrators_are_somebody,
    people::somebody_may_write,
    people::managing_is_about_roles_that_can_be,
    people::a_subscription_decides_something,
    people::several_roles_change_what_roles_have,
    catalogue::the_catalogue_leaves_its_own_words_free,
    catalogue::an_identifier_means_one_entity,
    catalogue::locations_have_fields_and_nothing_else_has,
    catalogue::entities_name_known_user_types,
    catalogue::view_can_mean_all,
    catalogue::a_role_made_without_permissions_needs_none,
    built_in::a_name_means_one_built_in_role,
    built_in::built_in_roles_hold_what_roles_can_hold,
    built_in::what_can_change_is_there_and_not_immutable,
    built_in::built_in_roles_grant_what_there_is,
    built_in::a_built_in_role_never_grants_what_it_must_not,
    built_in::who_stays_can_not_be_deleted,
    built_in::reserved_values_are_those_of_their_role,
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

/// Why an attribute of roles cannot hold a value; `None` if it can, as far as the pack knows.
fn impossible(pack: &Pack, attribute: &str, value: &str) -> Option<String> {
    let Some(rules) = pack.roles.attributes.get(attribute) else {
        return Some(format!("roles have no attribute `{attribute}`"));
    };
    let values: Vec<&str> = match rules.of {
        Some(section) => pack.vocabulary(section).values.iter().map(|value| value.name.as_str()).collect(),
        None => rules.values.iter().map(String::as_str).collect(),
    };
    let is_free = rules.form == Form::Text || values.is_empty();
    (!is_free && !values.contains(&value)).then(|| format!("`{value}` is none of the values of `{attribute}`"))
}

/// Why a permission is none that the catalogue has; `None` if it has it, or if there is no
/// catalogue to ask.
fn not_granted(pack: &Pack, permission: &str) -> Option<String> {
    let mut parts = permission.split('.');
    let entity = parts.next().and_then(|id| pack.catalogue.get(id));
    let has = |entity: &super::Entity| match (parts.next(), parts.next()) {
        (None, _) => true,
        (Some(action), None) => entity.actions.contains(action),
        (Some(action), Some(field)) => entity.field_actions.contains(action) && entity.fields.contains(field),
    };
    (pack.has_catalogue() && !entity.is_some_and(has)).then(|| format!("the catalogue has no `{permission}`"))
}
