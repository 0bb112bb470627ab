//! What a role grants: words of the catalogue, whole, and such as the role's user type may hold.
//!
//! Responsible for refusing what is new to a role; what a seeded role has already may stay. What is
//! sent is stored as it is: what implies what is the readers' business.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::platform::Creation;

use super::database;
use super::locked::built_in;
use super::refusal::Refusal;
use super::rules::{Case, text};
use super::served::Kind;

/// The grants of a role, each in one word.
pub(super) fn words(role: &Map<String, Value>) -> impl Iterator<Item = String> {
    grants(role).map(word)
}

fn grants(role: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    role.get("grants").and_then(Value::as_array).into_iter().flatten()
}

fn part<'g>(grant: &'g Value, name: &str) -> Option<&'g str> {
    grant.get(name).and_then(Value::as_str)
}

fn word(grant: &Value) -> String {
    match part(grant, "value") {
        Some(word) => word.to_owned(),
        None => {
            ["entity", "action", "field"].into_iter().filter_map(|name| part(grant, name)).collect::<Vec<_>>().join(".")
        }
    }
}

/// Whether a grant is this one or a part of it: `users.view.name` of `users` and of `users.view`.
pub(super) fn is_below(grant: &str, other: &str) -> bool {
    grant == other || (grant.starts_with(other) && grant.as_bytes().get(other.len()) == Some(&b'.'))
}

/// R-BE-28: where permissions follow, a role is made without any.
pub(super) fn a_creation_grants_nothing_yet(case: &Case<'_>) -> Result<(), Refusal> {
    let roles = &case.pack().roles;
    let Some(after) = case.after(Kind::Role).filter(|_| case.before.is_none()) else { return Ok(()) };
    if roles.creation == Creation::OneRequest || !after.contains_key("grants") {
        return Ok(());
    }
    Err(Refusal::value("a role is made without `grants`; they are set once it is there")
        .by_rule(roles.creation_rule.as_deref(), &[("attribute", json!("grants"))]))
}

/// R-UT-23, R-UT-24: some built-in roles never grant some things.
pub(super) fn built_in_roles_never_grant(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::Role) else { return Ok(()) };
    let Some(never) = built_in(case.pack(), after).and_then(|(_, role)| role.never.as_ref()) else { return Ok(()) };
    let before: BTreeSet<String> = case.before.into_iter().flat_map(words).collect();
    let is_refused =
        |word: &String| !before.contains(word) && never.permissions.iter().any(|permission| is_below(word, permission));
    match words(after).find(is_refused) {
        None => Ok(()),
        Some(word) => {
            let name = text(after, "displayName").unwrap_or_default();
            let about = [("role", json!(name)), ("grant", json!(word))];
            Err(Refusal::new(403, format!("the role `{name}` never grants `{word}`"))
                .by_rule(never.rule.as_deref(), &about))
        }
    }
}

/// An entity of the catalogue that this organization has.
struct Listed {
    is_functionality: bool,
    actions: BTreeSet<String>,
    fields: BTreeSet<String>,
    user_types: BTreeSet<String>,
}

/// What a role would grant, with what it is held against.
struct Grants<'a> {
    case: &'a Case<'a>,
    before: BTreeSet<String>,
    after: &'a Map<String, Value>,
    catalogue: BTreeMap<String, Listed>,
}

/// Where the platform publishes a catalogue, what a role grants is in it and makes sense.
pub(super) fn grants_are_whole(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::Role).filter(|_| case.pack().has_catalogue()) else { return Ok(()) };
    let differing = case.differing();
    if !differing.contains(&"grants") && !differing.contains(&"userType") {
        return Ok(());
    }
    let mut catalogue = BTreeMap::new();
    for row in database::all(case.connection, Kind::Permission)? {
        let row = row.attributes();
        let list = |name: &str| -> BTreeSet<String> {
            let values = row.get(name).and_then(Value::as_array).into_iter().flatten();
            values.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        let listed = Listed {
            is_functionality: text(&row, "kind") != Some("location"),
            actions: list("actions"),
            fields: list("fields"),
            user_types: list("userTypes"),
        };
        catalogue.insert(text(&row, "entity").unwrap_or_default().to_owned(), listed);
    }
    let before = case.before.into_iter().flat_map(words).collect();
    let grants = Grants { case, before, after, catalogue };
    grants.are_in_the_catalogue()?;
    grants.of_functionalities_have_view()?;
    grants.fit_the_user_type()
}

impl Grants<'_> {
    /// The grants that the role has not had before, each with its word.
    fn added(&self) -> impl Iterator<Item = (&Value, String)> {
        grants(self.after).map(|grant| (grant, word(grant))).filter(|(_, word)| !self.before.contains(word))
    }

    fn refused(rule: Option<&str>, word: &str, why: &str) -> Refusal {
        let refusal = Refusal::value(format!("the grant `{word}` {why}"));
        match rule {
            Some(rule) => refusal.by_rule(Some(rule), &[("grant", json!(word))]),
            None => refusal,
        }
    }

    /// A role grants what the catalogue lists; the word and the parts of a grant say the same.
    fn are_in_the_catalogue(&self) -> Result<(), Refusal> {
        for (grant, word) in self.added() {
            let wrong = |why: &str| Err(Self::refused(None, &word, why));
            let mut parts = word.split('.');
            let (entity, action, field) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
            if parts.next().is_some() {
                return wrong("has more parts than entity, action and field");
            }
            let says_else = |name: &str, meant: Option<&str>| part(grant, name).is_some_and(|said| Some(said) != meant);
            // Without a word of its own a grant is what its parts say.
            let is_word = part(grant, "value").is_some();
            if is_word
                && (says_else("entity", Some(entity)) || says_else("action", action) || says_else("field", field))
            {
                return wrong("has parts that say something else");
            }
            let Some(listed) = self.catalogue.get(entity) else {
                return wrong("names an entity that is not in the catalogue");
            };
            match action {
                None => return wrong("is not of the form entity.action"),
                Some(action) if listed.actions.contains(action) => {
                    if let Some(field) = field {
                        self.field(&word, listed, (entity, action, field))?;
                    }
                }
                // Reading C10: a field is granted as a part of an action.
                Some(field) if listed.fields.contains(field) => {
                    let rule = self.case.pack().roles.permissions.field_rule.as_deref();
                    return Err(Self::refused(rule, &word, "names a field without an action on it"));
                }
                Some(_) => return wrong("names an action that is not in the catalogue"),
            }
        }
        Ok(())
    }

    /// R-BE-31: only some actions can be limited to fields.
    fn field(&self, word: &str, listed: &Listed, (entity, action, field): (&str, &str, &str)) -> Result<(), Refusal> {
        if listed.fields.is_empty() {
            return Err(Self::refused(None, word, "names a field of an entity that has none"));
        }
        let pack = self.case.pack();
        // The wire does not say which actions they are; of an entity that the pack does not know,
        // they are those of the entities that it knows.
        let can_be_limited = match pack.catalogue.get(entity) {
            Some(known) => known.field_actions.contains(action),
            None => pack.catalogue.values().any(|known| known.field_actions.contains(action)),
        };
        if !can_be_limited {
            let rule = pack.roles.permissions.field_rule.as_deref();
            return Err(Self::refused(rule, word, "limits an action to a field that is had whole or not at all"));
        }
        if !listed.fields.contains(field) {
            return Err(Self::refused(None, word, "names a field that is not in the catalogue"));
        }
        Ok(())
    }

    /// R-BE-33, reading C9: a functionality is on or off, and `view` is what switches it on.
    fn of_functionalities_have_view(&self) -> Result<(), Refusal> {
        let rules = &self.case.pack().roles.permissions;
        if !rules.view_implies_all {
            return Ok(());
        }
        let after: BTreeSet<String> = words(self.after).collect();
        for (entity, listed) in self.catalogue.iter().filter(|(_, listed)| listed.is_functionality) {
            let view = format!("{entity}.view");
            let blind = |granted: &BTreeSet<String>| {
                let other = granted.iter().find(|word| is_below(word, entity)).cloned();
                other.filter(|_| listed.actions.contains("view") && !granted.contains(&view))
            };
            if let Some(word) = blind(&after).filter(|_| blind(&self.before).is_none()) {
                return Err(Self::refused(
                    rules.view_rule.as_deref(),
                    &word,
                    &format!("cannot be had without `{view}`"),
                ));
            }
        }
        Ok(())
    }

    /// R-UT-32: a role grants what its user type may hold. Of a role that takes another type, all of
    /// its grants are new.
    fn fit_the_user_type(&self) -> Result<(), Refusal> {
        let user_type = text(self.after, "userType");
        let has_moved = self.case.before.and_then(|before| text(before, "userType")) != user_type;
        for word in words(self.after).filter(|word| has_moved || !self.before.contains(word)) {
            let entity = word.split('.').next().unwrap_or_default();
            let Some(listed) = self.catalogue.get(entity).filter(|listed| !listed.user_types.is_empty()) else {
                continue;
            };
            if user_type.is_none_or(|user_type| !listed.user_types.contains(user_type)) {
                let why = match user_type {
                    Some(user_type) => format!("is nothing that a role of the user type `{user_type}` can hold"),
                    None => "is nothing that a role without a user type can hold".to_owned(),
                };
                let rule = self.case.pack().roles.permissions.user_type_rule.as_deref();
                return Err(Self::refused(rule, &word, &why));
            }
        }
        Ok(())
    }
}

/// Everything that a stored catalogue has to grant to a role of this user type.
pub(super) fn everything(catalogue: &[Map<String, Value>], user_type: Option<&str>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for row in catalogue {
        let entity = text(row, "entity").unwrap_or_default();
        let list = |name: &str| row.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let is_anybodys = list("userTypes").next().is_none();
        if is_anybodys || user_type.is_some_and(|user_type| list("userTypes").any(|listed| listed == user_type)) {
            all.extend(list("actions").map(|action| format!("{entity}.{action}")));
        }
    }
    all
}

/// A grant as it is sent and stored.
pub(super) fn written(word: &str) -> Value {
    let mut grant = Map::from_iter([("value".to_owned(), json!(word))]);
    for (name, part) in ["entity", "action", "field"].into_iter().zip(word.splitn(3, '.')) {
        grant.insert(name.to_owned(), json!(part));
    }
    Value::Object(grant)
}
