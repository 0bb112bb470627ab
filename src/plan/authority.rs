//! What our credential may do: whom its user may manage, and whether it could use bulk.
//!
//! A credential whose caller is also a live user is bound by that user's role (R-BE-16..21); any
//! other by its authority alone. Not responsible for the authority to write at all, which whoever
//! applies asks first.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::draft::Draft;
use super::findings::{FEW, Findings, counted, few};
use super::roles::Roles;
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::platform::{Manager, Power, is_below};
use crate::state::{Kind, fold};

/// Holds the changes of users to whom our own user may manage.
pub(super) fn managing(scope: &Scope<'_>, roles: &Roles<'_>, drafts: &[Draft], findings: &mut Findings) {
    let (Some(rules), Some(own)) = (&scope.pack.roles.managing, scope.own_row()) else { return };
    let own_roles: Vec<usize> = roles.of_user(scope, own).collect();
    let row_of = |role: usize| {
        let describes = |manager: &&Manager| {
            let has = |(name, value): (&String, &String)| {
                roles.before(scope, role, name).is_some_and(|held| fold(held) == fold(value))
            };
            manager.role.iter().all(has)
        };
        rules.managers.iter().find(describes)
    };
    let has_permission =
        |role: usize| roles.list[role].before.grants.iter().any(|grant| is_below(grant, &rules.permission));
    let mut manages: BTreeSet<String> = BTreeSet::new();
    let mut rule = None;
    for &role in &own_roles {
        let row = row_of(role);
        if row.is_some_and(|row| !row.manages.is_empty()) && !has_permission(role) {
            rule = rule.or(rules.permission_rule.as_ref());
            continue;
        }
        manages.extend(row.into_iter().flat_map(|row| &row.manages).map(|value| fold(value).into_owned()));
        rule = rule.or(row.and_then(|row| row.rule.as_ref()));
    }
    let mut beyond: BTreeMap<String, (usize, Vec<&str>)> = BTreeMap::new();
    for draft in drafts {
        let Some(change) = draft.user else { continue };
        let before = change.row.into_iter().flat_map(|row| roles.of_user(scope, row));
        let before: Vec<usize> = before.collect();
        let after = change.after.and_then(|after| after.role);
        let of_before = before.iter().filter_map(|&role| roles.before(scope, role, &rules.by));
        let of_after = after.and_then(|role| roles.after(scope, role, &rules.by));
        let refused = of_before.chain(of_after).find(|value| !manages.contains(&*fold(value)));
        if let Some(value) = refused {
            let (count, names) = beyond.entry(value.to_owned()).or_default();
            *count += 1;
            if names.len() < FEW {
                names.push(&draft.address.name);
            }
        }
    }
    let caller = scope.live.users.user_name(own);
    let held: Vec<&str> = own_roles.iter().map(|&role| roles.list[role].live.map_or("", |live| &live.name)).collect();
    for (value, (count, names)) in beyond {
        let message = format!(
            "`{caller}`, whose credential this run uses, holds {} and may not manage users whose `{}` is `{value}`: {}",
            if held.is_empty() { "no role".to_owned() } else { few(held.iter().copied(), held.len()) },
            rules.by,
            few(names, count)
        );
        let help = "apply with the credential of somebody who may".to_owned();
        findings.push(Code::BeyondAuthority, message).rule(rule).help(help);
    }
}

/// So many roles are still changed and looked through one by one in less time than a request to
/// support takes to write; it is also what fits a screen (reading A7).
const FEW_SINGLE_UPDATES: usize = 20;

/// Many single updates where the vendor's support could do one bulk.
pub(super) fn bulk_by_support(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let Some(bulk) = &scope.pack.bulk.roles else { return };
    let authority = scope.live.organization.as_ref().and_then(|organization| organization.authority.as_deref());
    let Some(powers) = authority.and_then(|authority| scope.pack.authorities.get(authority)) else { return };
    if powers.contains(&Power::BulkRoles) {
        return;
    }
    let is_one = |draft: &&Draft| {
        draft.address.kind == Kind::Role
            && draft.change == Some(Action::Update)
            && draft.fields.iter().all(|field| bulk.replaces.contains(&field.path))
    };
    let count = drafts.iter().filter(is_one).count();
    if count > FEW_SINGLE_UPDATES {
        let what: Vec<&str> = bulk.replaces.iter().map(String::as_str).collect();
        let message = format!(
            "{} would be changed one by one in nothing but {}",
            counted(count as u64, "role"),
            what.join(" and ")
        );
        let help = "the vendor's support can do it with one request".to_owned();
        findings.push(Code::BulkBySupport, message).rule(bulk.authority_rule.as_ref()).help(help);
    }
}
