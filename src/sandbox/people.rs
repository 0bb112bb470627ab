//! What a user may be: the name, the one role, the type that goes with it, and who may say so.
//!
//! Not responsible for seats (`seats`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::platform::{Section, UserName, UserTypeSource, VocabularyMode, wire_name};

use super::database::{self, Row, roles_of};
use super::fold::fold;
use super::grants;
use super::locked::is_master;
use super::refusal::Refusal;
use super::rules::{Case, has, text};
use super::served::Kind;

/// R-UT-16: a userName is an e-mail address where the pack says so.
pub(super) fn user_names_look_like_the_pack_says(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let name = text(after, "userName").unwrap_or_default();
    let rules = &case.pack().users;
    let is_new = case.before.and_then(|before| text(before, "userName")) != Some(name);
    if rules.user_name == UserName::Text || !is_new || is_email(name) {
        return Ok(());
    }
    let refusal = Refusal::value(format!("the userName `{name}` is no e-mail address"));
    Err(match rules.user_name_rule.as_deref() {
        Some(rule) => refusal.by_rule(Some(rule), &[("attribute", json!("userName")), ("value", json!(name))]),
        None => refusal,
    })
}

/// Something before an `@`, a domain with a dot behind it, and no spaces.
fn is_email(name: &str) -> bool {
    let domain_is_whole = |domain: &str| {
        domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty()) && !domain.contains('@')
    };
    let parts = name.split_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && domain_is_whole(domain))
        && !name.contains(char::is_whitespace)
}

/// R-BE-37, R-UT-1: a user is assigned by choosing one role.
pub(super) fn a_user_has_exactly_one_role(case: &Case<'_>) -> Result<(), Refusal> {
    match case.after(Kind::User).map(|after| roles_of(after).len()) {
        None | Some(1) => Ok(()),
        Some(n) => Err(Refusal::value(format!("a user has exactly one role, not {n}"))
            .by_rule(case.pack().users.role_rule.as_deref(), &[("roles", json!(n))])),
    }
}

/// A user's role is one of the organization's.
pub(super) fn a_users_role_exists(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let before = case.before.map(roles_of).unwrap_or_default();
    for id in roles_of(after).iter().filter(|id| !before.contains(id)) {
        if database::by_id(case.connection, Kind::Role, id)?.is_none() {
            return Err(Refusal::value(format!("`roles` names `{id}`, which is the id of no Role")));
        }
    }
    Ok(())
}

/// R-UT-9: a user's type is one of the vendor's, where the vendor says which there are.
pub(super) fn a_users_type_is_known(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(user_type) = case.after(Kind::User).and_then(|after| text(after, "userType")) else { return Ok(()) };
    let vocabulary = case.pack().vocabulary(Section::UserTypes);
    let is_kept = case.before.and_then(|before| text(before, "userType")) == Some(user_type);
    let is_known = match vocabulary.mode {
        VocabularyMode::Closed => vocabulary.values.iter().any(|value| value.name == user_type),
        VocabularyMode::Tenant => database::by_key(case.connection, Kind::UserType, &fold(user_type))?.is_some(),
        VocabularyMode::Managed | VocabularyMode::Absent => true,
    };
    if is_kept || is_known {
        return Ok(());
    }
    let about = [("attribute", json!("userType")), ("value", json!(user_type))];
    Err(Refusal::value(format!("`{user_type}` in `userType` is none of its values"))
        .by_rule(vocabulary.rule.as_deref(), &about))
}

/// R-UT-1, R-UT-4: a user's type is the one that the role is mapped to. Where the files manage the
/// types, the platform does not look.
pub(super) fn a_users_type_is_that_of_the_role(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let pack = case.pack();
    let is_decided = pack.users.user_type == UserTypeSource::Role
        && matches!(pack.vocabulary(Section::UserTypes).mode, VocabularyMode::Closed | VocabularyMode::Tenant);
    let says = |user: &Map<String, Value>| (roles_of(user), text(user, "userType").map(fold));
    let (roles, user_type) = says(after);
    if !is_decided || case.before.map(says).as_ref() == Some(&(roles.clone(), user_type.clone())) {
        return Ok(());
    }
    let Some(role) = roles.first() else { return Ok(()) };
    let Some(role) = database::by_id(case.connection, Kind::Role, role)?.map(|row| row.attributes()) else {
        return Ok(());
    };
    let Some(of_role) = text(&role, "userType") else { return Ok(()) };
    if user_type.as_ref() == Some(&fold(of_role)) {
        return Ok(());
    }
    let name = text(&role, "displayName").unwrap_or_default();
    let said = text(after, "userType").map_or("none".to_owned(), |said| format!("`{said}`"));
    let fits = |row: &Row| text(&row.attributes(), "userType").map(fold) == user_type && user_type.is_some();
    let offered = database::all(case.connection, Kind::Role)?;
    let offered: Vec<String> = offered
        .iter()
        .filter(|row| fits(row))
        .filter_map(|row| text(&row.attributes(), "displayName").map(ToOwned::to_owned))
        .collect();
    let about = [("userType", json!(of_role)), ("role", json!(name)), ("allowed", json!(offered))];
    Err(Refusal::value(format!("the role `{name}` is for users of the type `{of_role}`; this one has {said}"))
        .by_rule(pack.users.user_type_rule.as_deref(), &about))
}

/// R-BE-16 to R-BE-21: a caller who is a user of the organization manages whom their role says. Any
/// other caller is bound by the authority of the credential alone.
pub(super) fn callers_manage_whom_they_may(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(managing) = case.pack().roles.managing.as_ref().filter(|_| case.kind == Kind::User) else {
        return Ok(());
    };
    let Some(caller) = database::by_key(case.connection, Kind::User, &fold(case.caller))? else { return Ok(()) };
    let role = |id: &String| database::by_id(case.connection, Kind::Role, id);
    let own = caller.roles.first().map(role).transpose()?.flatten().map(|row| row.attributes()).unwrap_or_default();
    let name = text(&own, "displayName").unwrap_or_default();
    let refused = |rule: Option<&String>, detail: String| {
        let about = [("caller", json!(case.caller)), ("role", json!(name))];
        Err(Refusal::new(403, detail).by_rule(rule.map(String::as_str), &about))
    };
    let row = managing.managers.iter().find(|row| row.role.iter().all(|(key, value)| has(&own, key, value)));
    let managed = row.map(|row| row.manages.clone()).unwrap_or_default();
    let rule = row.map_or(managing.permission_rule.as_ref(), |row| row.rule.as_ref());
    let touched: BTreeSet<String> = [case.before, case.after].into_iter().flatten().flat_map(roles_of).collect();
    for id in &touched {
        // A role that is not there is another rule's to refuse.
        let Some(of) = role(id)?.map(|row| row.attributes()) else { continue };
        if !managed.iter().any(|value| has(&of, &managing.by, value)) {
            let value = text(&of, &wire_name(&managing.by)).unwrap_or("no");
            let by = &managing.by;
            return refused(rule, format!("holders of `{name}` do not manage users whose role has the {by} `{value}`"));
        }
    }
    let grants_it =
        is_master(case.pack(), &own) || grants::words(&own).any(|word| grants::is_below(&word, &managing.permission));
    if managed.is_empty() {
        return refused(rule, format!("holders of `{name}` manage nobody"));
    }
    if !grants_it {
        let permission = &managing.permission;
        let detail = format!("the role `{name}` grants nothing of `{permission}`, so its holders manage nobody");
        return refused(managing.permission_rule.as_ref(), detail);
    }
    Ok(())
}
