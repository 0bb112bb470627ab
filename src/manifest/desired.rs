//! From a set in which nothing is wrong to what it means.
//!
//! Responsible for one spelling of each name: where a file names something that the files declare
//! in another spelling, the declaration's counts.

use std::collections::BTreeMap;

use super::assignments::AssignmentRows;
use super::built_in::BuiltIns;
use super::file::{Licenses, UserRemoval};
use super::roles::{Held, Role};
use super::set::{Set, Term, kind_of};
use crate::document::Spanned;
use crate::platform::{Form, Pack, Section, VocabularyMode};
use crate::source::Sources;
use crate::state::{
    Assignments, Declared, Desired, DesiredObject, Kind, RemovedRole, RemovedUser, Value, attribute, fold,
};

/// What the set means.
pub(super) fn desired(mut set: Set, pack: &Pack, sources: &Sources) -> Desired {
    let built_ins = BuiltIns::of(pack);
    let assignments = set.assignments.take().map(|rows| with_declared_spelling(rows, &set, pack, &built_ins));
    let mut objects = BTreeMap::new();
    for (&section, terms) in &set.vocabularies {
        let is_closed = pack.vocabulary(section).mode == VocabularyMode::Closed;
        let mut declared = by_name(terms.iter().map(term));
        if is_closed {
            // What is in a closed vocabulary is the vendor's: repeating it says nothing, and an
            // empty section does not empty it.
            declared.retain(|_, object| !object.attributes.is_empty());
        }
        if !is_closed || !declared.is_empty() {
            objects.insert(kind_of(section), declared);
        }
    }
    if let Some(roles) = &set.roles {
        objects.insert(Kind::Role, by_name(roles.iter().map(|one| role(one, &set, pack))));
    }
    let removed_roles = set.removed_roles.iter().map(|(name, to)| {
        let reassign_to = to.as_ref().map(|to| role_spelling(&set, &to.value, &built_ins).to_owned());
        let spelling = built_ins.canonical(&name.value);
        let removed = RemovedRole { name: spelling.to_owned(), reassign_to, span: Some(name.span) };
        (fold(spelling).into_owned(), removed)
    });
    let removed_users = set.removed_users.iter().map(|(name, what)| {
        let delete = *what == UserRemoval::Delete;
        let removed = RemovedUser { user_name: name.value.clone(), delete, span: Some(name.span) };
        (fold(&name.value).into_owned(), removed)
    });
    Desired {
        sources: sources.clone(),
        objects,
        assignments,
        removed_roles: removed_roles.collect(),
        removed_users: removed_users.collect(),
        removed_values: None,
    }
}

fn by_name(objects: impl Iterator<Item = DesiredObject>) -> BTreeMap<String, DesiredObject> {
    objects.map(|object| (fold(&object.name).into_owned(), object)).collect()
}

fn term(term: &Term) -> DesiredObject {
    let Term { name, description, licenses } = term;
    let mut attributes = BTreeMap::new();
    if let Some(text) = description {
        attributes.insert(attribute::DESCRIPTION.to_owned(), declared(Value::text(&text.value), text));
    }
    if let Some(licenses) = licenses {
        let value = match licenses.value {
            Licenses::Count(count) => Value::Count(count),
            Licenses::Unlimited => Value::Absent,
        };
        attributes.insert(attribute::LICENSES.to_owned(), declared(value, licenses));
    }
    DesiredObject { name: name.value.clone(), attributes, span: Some(name.span), ..DesiredObject::default() }
}

fn role(role: &Role, set: &Set, pack: &Pack) -> DesiredObject {
    let Role { name, attributes: held, grants, previously, built_in } = role;
    let mut attributes = BTreeMap::new();
    for (attribute, held) in held {
        let section = pack.roles.attributes.get(attribute).and_then(|rules| rules.of);
        let spelling = |name: &Spanned<String>| term_spelling(set, section, &name.value).to_owned();
        let value = match &held.value {
            Held::Text(text) => Value::text(text),
            Held::Names(Form::Name, names) => names.first().map_or(Value::Absent, |name| Value::Text(spelling(name))),
            Held::Names(_, names) => Value::names(names.iter().map(spelling)),
        };
        attributes.insert(attribute.clone(), declared(value, held));
    }
    if let Some(grants) = grants {
        let value = Value::names(grants.value.meant.iter().cloned());
        attributes.insert(attribute::PERMISSIONS.to_owned(), declared(value, grants));
    }
    let previously = previously.iter().map(|name| name.value.clone()).collect();
    DesiredObject {
        name: name.value.clone(),
        attributes,
        previously,
        built_in: built_in.clone(),
        // Without a catalogue permissions mean what they say, whatever the target lists.
        written_grants: grants.as_ref().filter(|_| pack.has_catalogue()).map(|grants| grants.value.written()),
        span: Some(name.span),
    }
}

fn declared<T>(value: Value, at: &Spanned<T>) -> Declared {
    Declared { value, span: Some(at.span) }
}

fn term_spelling<'a>(set: &'a Set, section: Option<Section>, name: &'a str) -> &'a str {
    section.and_then(|section| set.term(section, name)).map_or(name, |term| &term.name.value)
}

fn role_spelling<'a>(set: &'a Set, name: &'a str, built_ins: &BuiltIns<'a>) -> &'a str {
    set.role_meant(name, built_ins).map_or_else(|| built_ins.canonical(name), |role| &role.name.value)
}

/// The assignments, with the spelling of what the files declare. Columns cannot be changed, and
/// spellings seldom differ: only then they are built anew.
fn with_declared_spelling(rows: AssignmentRows, set: &Set, pack: &Pack, built_ins: &BuiltIns<'_>) -> Assignments {
    let types = pack.vocabulary(Section::UserTypes);
    let type_spelling = |name| term_spelling(set, Some(Section::UserTypes), types.canonical(name));
    let mut known = "";
    let differs = rows.assignments.iter().any(|assignment| {
        // Neighbours mostly have the same role.
        let role = assignment.role != known && role_spelling(set, assignment.role, built_ins) != assignment.role;
        known = if role { "" } else { assignment.role };
        role || assignment.user_type.is_some_and(|name| type_spelling(name) != name)
    });
    if !differs {
        return rows.assignments;
    }
    let mut spelled = Assignments::default();
    for assignment in rows.assignments.iter() {
        let role = role_spelling(set, assignment.role, built_ins);
        let user_type = assignment.user_type.map(type_spelling);
        let unique = spelled.push(crate::state::Assignment { role, user_type, ..assignment });
        debug_assert!(unique.is_ok(), "a row of the columns is unique already");
    }
    spelled
}
