//! The platform's rules, held on the sandbox's own account.
//!
//! Responsible for refusing what the platform refuses, each rule a small function in one list.
//! Nothing here is shared with the planner: when both agree, that means something. What types,
//! requiredness and mutability say on their own is held by `shape` and the writer.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::platform::{Pack, UserName, wire_name};

use super::database::{self, Columns};
use super::fold::fold;
use super::refusal::Refusal;
use super::roles::{closed_vocabularies_hold, grants_are_in_the_catalogue, tenant_vocabularies_hold};
use super::served::{Kind, Served};
use super::tenant::seats;

/// One write, before it is done.
pub(super) struct Case<'a> {
    pub(super) connection: &'a Connection,
    pub(super) served: &'a Served,
    pub(super) kind: Kind,
    pub(super) id: &'a str,
    /// What is there now; `None` for a creation.
    pub(super) before: Option<&'a Map<String, Value>>,
    /// What would be there; `None` for a deletion.
    pub(super) after: Option<&'a Map<String, Value>>,
}

type Rule = fn(&Case<'_>) -> Result<(), Refusal>;

/// In the order in which they are asked; the first that refuses is the answer.
const RULES: &[Rule] = &[
    names_are_free,
    user_names_look_like_the_pack_says,
    a_user_has_exactly_one_role,
    a_users_role_exists,
    closed_vocabularies_hold,
    tenant_vocabularies_hold,
    grants_are_in_the_catalogue,
    seat_numbers_are_not_negative,
    an_active_user_has_a_seat,
    seats_in_use_are_not_taken_away,
    a_held_role_stays,
];

/// Asks every rule.
pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    RULES.iter().try_for_each(|rule| rule(case))
}

impl Case<'_> {
    /// What would be there, if the write is about this type.
    pub(super) fn after(&self, kind: Kind) -> Option<&Map<String, Value>> {
        self.after.filter(|_| self.kind == kind)
    }
}

fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str)
}

/// The rule that an attribute must have a value, where it has an id (R-TE-6, R-TE-11).
pub(super) fn presence_rule<'a>(pack: &'a Pack, kind: Kind, attribute: &str) -> Option<&'a str> {
    if kind != Kind::Role {
        return None;
    }
    if attribute == kind.key() {
        return pack.roles.name_rule.as_deref();
    }
    let declared = pack.roles.attributes.iter().find(|(key, _)| wire_name(key) == attribute);
    declared.and_then(|(_, declared)| declared.rule.as_deref())
}

/// A name is not blank, and no two resources of a type share one, however it is written (R-TE-11).
fn names_are_free(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after else { return Ok(()) };
    let key = case.kind.key();
    let name = text(after, key).unwrap_or_default();
    let folded = fold(name);
    let by_rule = |refusal: Refusal| match presence_rule(&case.served.pack, case.kind, key) {
        Some(rule) => refusal.by_rule(Some(rule), &[("attribute", json!(key)), ("value", json!(name))]),
        None => refusal,
    };
    if folded.is_empty() {
        return Err(by_rule(Refusal::value(format!("`{key}` is empty"))));
    }
    match database::by_key(case.connection, case.kind, &folded)? {
        Some(other) if other.id != case.id => {
            Err(by_rule(Refusal::uniqueness(format!("the {} `{name}` exists already", case.kind.name()))))
        }
        _ => Ok(()),
    }
}

/// A userName is an e-mail address where the pack says so.
fn user_names_look_like_the_pack_says(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let name = text(after, "userName").unwrap_or_default();
    let is_email = name.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    if case.served.pack.users.user_name == UserName::Email && !is_email {
        return Err(Refusal::value(format!("the userName `{name}` is no e-mail address")));
    }
    Ok(())
}

/// R-BE-37, R-UT-1: a user is assigned by choosing one role.
fn a_user_has_exactly_one_role(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    match Columns::of(Kind::User, after).roles.len() {
        1 => Ok(()),
        n => Err(Refusal::value(format!("a user has exactly one role, not {n}"))
            .by_rule(Some("R-BE-37"), &[("roles", json!(n))])),
    }
}

/// A user's role is one of the organization's.
fn a_users_role_exists(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let before = case.before.map(|before| Columns::of(Kind::User, before).roles).unwrap_or_default();
    for id in Columns::of(Kind::User, after).roles.iter().filter(|id| !before.contains(id)) {
        if database::by_id(case.connection, Kind::Role, id)?.is_none() {
            return Err(Refusal::value(format!("`roles` names `{id}`, which is the id of no Role")));
        }
    }
    Ok(())
}

fn seat_numbers_are_not_negative(case: &Case<'_>) -> Result<(), Refusal> {
    match case.after(Kind::UserType).and_then(|after| after.get("totalAssignmentsPermitted")?.as_i64()) {
        Some(n) if n < 0 => Err(Refusal::value(format!("`totalAssignmentsPermitted` is {n}, which is below zero"))),
        _ => Ok(()),
    }
}

/// R-UT-26, R-UT-28: whoever becomes active, or takes another type, needs a free seat of it;
/// keeping one's type needs none.
fn an_active_user_has_a_seat(case: &Case<'_>) -> Result<(), Refusal> {
    let seat = |attributes: &Map<String, Value>| {
        let columns = Columns::of(Kind::User, attributes);
        columns.user_type.filter(|_| columns.active)
    };
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let Some(wanted) = seat(after) else { return Ok(()) };
    if case.before.and_then(seat).as_ref() == Some(&wanted) {
        return Ok(());
    }
    let Some(row) = database::by_key(case.connection, Kind::UserType, &wanted)? else { return Ok(()) };
    let user_type = row.attributes();
    let Some(permitted) = seats(&user_type) else { return Ok(()) };
    let used = database::counter(case.connection, "seats", &wanted)?;
    if used < permitted {
        return Ok(());
    }
    let name = text(&user_type, "displayName").unwrap_or(&wanted);
    let numbers = [("userType", json!(name)), ("permitted", json!(permitted)), ("used", json!(used))];
    Err(Refusal::new(409, format!("no free seat of `{name}`: {used} of {permitted} are taken"))
        .by_rule(Some("R-UT-26"), &numbers))
}

/// R-UT-26: the number of seats is not set below those that are taken.
fn seats_in_use_are_not_taken_away(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::UserType) else { return Ok(()) };
    let name = text(after, "displayName").unwrap_or_default();
    let Some(now) = seats(after) else { return Ok(()) };
    let before = case.before.and_then(seats);
    let same_name = case.before.and_then(|before| text(before, "displayName")).map(fold) == Some(fold(name));
    // A state that is over-committed already may be mended step by step.
    if same_name && before.is_some_and(|before| now >= before) {
        return Ok(());
    }
    let used = database::counter(case.connection, "seats", &fold(name))?;
    if used <= now {
        return Ok(());
    }
    let numbers = [("userType", json!(name)), ("permitted", json!(now)), ("used", json!(used))];
    Err(Refusal::new(409, format!("{used} seats of `{name}` are taken; {now} would be too few"))
        .by_rule(Some("R-UT-26"), &numbers))
}

/// R-BE-39: whoever holds a role, inactive users included, is moved to another one first.
fn a_held_role_stays(case: &Case<'_>) -> Result<(), Refusal> {
    if case.kind != Kind::Role || case.after.is_some() {
        return Ok(());
    }
    match database::holders(case.connection, case.id)? {
        0 => Ok(()),
        n => {
            let name = case.before.and_then(|before| text(before, "displayName")).unwrap_or(case.id);
            let who = match n {
                1 => format!("one user holds the role `{name}`; give that user another role first"),
                n => format!("{n} users hold the role `{name}`; give them another role first"),
            };
            Err(Refusal::new(409, who).by_rule(Some("R-BE-39"), &[("role", json!(name)), ("holders", json!(n))]))
        }
    }
}
