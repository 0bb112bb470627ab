//! The platform's rules, held on the sandbox's own account: which there are, and in which order
//! they are asked.
//!
//! Responsible for refusing what the platform refuses, each rule a small function in one list.
//! Nothing here is shared with the planner: when both agree, that means something. What types
//! say on their own is held by `shape`.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::platform::{Pack, wire_name};

use super::bulk::Request;
use super::database;
use super::fold::fold;
use super::grants::{a_creation_grants_nothing_yet, built_in_roles_never_grant, grants_are_whole};
use super::locked::{
    built_in_roles_are_locked, custom_roles_are_as_they_were_made, immutable_attributes_stay, protected_roles_stay,
    subscriptions_allow_it, values_are_not_reserved,
};
use super::people::{
    a_user_has_exactly_one_role, a_users_role_exists, a_users_type_is_known, a_users_type_is_that_of_the_role,
    callers_manage_whom_they_may, user_names_look_like_the_pack_says,
};
use super::refusal::Refusal;
use super::roles::{closed_vocabularies_hold, tenant_vocabularies_hold};
use super::seats::{
    a_bulk_request_uses_no_held_seat, an_active_user_has_a_seat, seat_numbers_are_not_negative,
    seats_in_use_are_not_taken_away,
};
use super::served::{Kind, Served};
use super::shape;

/// One write, before it is done.
pub(super) struct Case<'a> {
    pub(super) connection: &'a Connection,
    pub(super) served: &'a Served,
    pub(super) kind: Kind,
    pub(super) id: &'a str,
    /// The name of the credential.
    pub(super) caller: &'a str,
    /// The request that this is one operation of, if it is.
    pub(super) bulk: Option<&'a Request>,
    /// What it is called when a required attribute is missing: that depends on the method.
    pub(super) missing: fn(String) -> Refusal,
    /// What is there now; `None` for a creation.
    pub(super) before: Option<&'a Map<String, Value>>,
    /// What would be there; `None` for a deletion.
    pub(super) after: Option<&'a Map<String, Value>>,
}

type Rule = fn(&Case<'_>) -> Result<(), Refusal>;

/// In the order in which they are asked; the first that refuses is the answer. Who may do it at
/// all comes first, then what can never change, then what the values are.
const RULES: &[Rule] = &[
    super::bulk::roles_are_changed_as_bulk_may,
    protected_roles_stay,
    callers_manage_whom_they_may,
    immutable_attributes_stay,
    built_in_roles_never_grant,
    built_in_roles_are_locked,
    custom_roles_are_as_they_were_made,
    subscriptions_allow_it,
    required_attributes_are_there,
    user_names_look_like_the_pack_says,
    names_are_free,
    a_user_has_exactly_one_role,
    a_users_role_exists,
    a_users_type_is_known,
    a_users_type_is_that_of_the_role,
    closed_vocabularies_hold,
    tenant_vocabularies_hold,
    values_are_not_reserved,
    a_creation_grants_nothing_yet,
    grants_are_whole,
    seat_numbers_are_not_negative,
    a_bulk_request_uses_no_held_seat,
    an_active_user_has_a_seat,
    seats_in_use_are_not_taken_away,
    a_held_role_stays,
];

/// Asks every rule.
pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    RULES.iter().try_for_each(|rule| rule(case))
}

impl<'a> Case<'a> {
    /// What would be there, if the write is about this type.
    pub(super) fn after(&self, kind: Kind) -> Option<&'a Map<String, Value>> {
        self.after.filter(|_| self.kind == kind)
    }

    pub(super) fn pack(&self) -> &'a Pack {
        &self.served.pack
    }

    /// The attributes that differ, what was not there included; the client's own mark is left out,
    /// for the platform does not look at it.
    pub(super) fn differing(&self) -> Vec<&'a str> {
        let names = |of: Option<&'a Map<String, Value>>| of.into_iter().flat_map(Map::keys).map(String::as_str);
        let differs = |name: &&str| {
            let of = |attributes: Option<&'a Map<String, Value>>| attributes.and_then(|of| of.get(*name));
            !same(of(self.before), of(self.after)) && *name != "externalId"
        };
        let new = names(self.after).filter(|name| self.before.is_none_or(|before| !before.contains_key(*name)));
        names(self.before).chain(new).filter(differs).collect()
    }
}

/// Whether two values are the same. The values of a multi-valued attribute have no order, so
/// another order is no change and makes no version (R-TE-5, RFC 7643 §2.4).
pub(super) fn same(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            // `shape` has left the first of equal values, so that sets say it all.
            let set = |values: &[Value]| -> std::collections::BTreeSet<String> {
                values.iter().map(Value::to_string).collect()
            };
            old == new || (old.len() == new.len() && set(old) == set(new))
        }
        (old, new) => old == new,
    }
}

pub(super) fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str)
}

/// Whether an attribute, by its name in the files, has this value or it is among its values.
pub(super) fn has(attributes: &Map<String, Value>, key: &str, value: &str) -> bool {
    match attributes.get(&wire_name(key)) {
        Some(Value::Array(values)) => values.iter().any(|one| one == value),
        Some(one) => one == value,
        None => false,
    }
}

/// The rule that an attribute must have a value, where it has an id (R-TE-6, R-TE-11).
fn presence_rule<'a>(pack: &'a Pack, kind: Kind, attribute: &str) -> Option<&'a str> {
    let rule = match (kind, attribute) {
        (Kind::User, "userName") => &pack.users.user_name_rule,
        (Kind::User, "roles") => &pack.users.role_rule,
        (Kind::User, "userType") => &pack.users.user_type_rule,
        (Kind::Role, "displayName") => &pack.roles.name_rule,
        (Kind::Role, "grants") => &pack.roles.permissions.rule,
        (Kind::Role, _) => {
            let declared = pack.roles.attributes.iter().find(|(key, _)| wire_name(key) == attribute);
            return declared.and_then(|(_, declared)| declared.rule.as_deref());
        }
        _ => return None,
    };
    rule.as_deref()
}

/// R-TE-6, R-UT-5, R-UT-33, R-BE-14, R-BE-16: what the pack requires has a value.
fn required_attributes_are_there(case: &Case<'_>) -> Result<(), Refusal> {
    let (Some(after), Some(of)) = (case.after, case.served.of(case.kind)) else { return Ok(()) };
    let Some(name) = shape::missing(of, after) else { return Ok(()) };
    let refusal = (case.missing)(format!("`{name}` is required"));
    Err(match presence_rule(case.pack(), case.kind, name) {
        Some(rule) => refusal.by_rule(Some(rule), &[("attribute", json!(name))]),
        None => refusal,
    })
}

/// A name is not blank, and no two resources of a type share one, however it is written (R-TE-11).
/// Two that a seed has given one name can be told apart by a request, and changed otherwise.
fn names_are_free(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after else { return Ok(()) };
    let key = case.kind.key();
    let name = text(after, key).unwrap_or_default();
    let folded = fold(name);
    let by_rule = |refusal: Refusal| match presence_rule(case.pack(), case.kind, key) {
        Some(rule) => refusal.by_rule(Some(rule), &[("attribute", json!(key)), ("value", json!(name))]),
        None => refusal,
    };
    if folded.is_empty() {
        return Err(by_rule(Refusal::value(format!("`{key}` is empty"))));
    }
    if case.before.and_then(|before| text(before, key)).map(fold).as_ref() == Some(&folded) {
        return Ok(());
    }
    if database::key_is_taken(case.connection, case.kind, &folded, case.id)? {
        return Err(by_rule(Refusal::uniqueness(format!("the {} `{name}` exists already", case.kind.name()))));
    }
    Ok(())
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
            let rule = case.pack().roles.held_rule.as_deref();
            Err(Refusal::new(409, who).by_rule(rule, &[("role", json!(name)), ("holders", json!(n))]))
        }
    }
}
