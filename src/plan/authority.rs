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
use crate::platform::{Manager, Managing, Power, is_below};
use crate::state::{Kind, fold};

/// Before the plan is applied, or after.
#[derive(Clone, Copy)]
pub(super) enum Moment {
    Before,
    After,
}

/// Whom the holder of some roles may manage, where the platform draws such lines.
///
/// Everybody has one role. Where the target holds a user with several, all of them must let them:
/// which one the platform goes by is not known.
pub(super) struct Reach<'a> {
    rules: &'a Managing,
    /// Per role, what describes it, and whether it grants what managing needs.
    held: Vec<(Option<&'a Manager>, bool)>,
}

impl<'a> Reach<'a> {
    /// Of whom holds these roles; `None` where everybody may manage everybody.
    pub(super) fn new(scope: &Scope<'a>, roles: &Roles<'a>, held: &[usize], moment: Moment) -> Option<Self> {
        let rules = scope.pack.roles.managing.as_ref()?;
        let of_role = |&role: &usize| {
            let value = |name: &str| match moment {
                Moment::Before => roles.before(scope, role, name),
                Moment::After => roles.after(scope, role, name),
            };
            let has = |(name, wanted): (&String, &String)| value(name).is_some_and(|held| fold(held) == fold(wanted));
            let row = rules.managers.iter().find(|manager| manager.role.iter().all(has));
            let facts = match moment {
                Moment::Before => roles.list[role].before,
                Moment::After => roles.list[role].after,
            };
            (row, facts.grants.iter().any(|grant| is_below(grant, &rules.permission)))
        };
        Some(Self { rules, held: held.iter().map(of_role).collect() })
    }

    /// Whether they may not manage users of this value, or anybody, and the rule that says so.
    fn refuses(&self, value: Option<&str>) -> Option<Refused<'a>> {
        let by_permission = self.rules.permission_rule.as_ref();
        let by_role = |&(row, grants): &(Option<&'a Manager>, bool)| {
            // What no line describes manages nobody, as what lacks the permission.
            let Some(row) = row else { return Some(Refused { rule: by_permission }) };
            let manages = match value {
                Some(value) => row.manages.iter().any(|managed| fold(managed) == fold(value)),
                None => !row.manages.is_empty(),
            };
            if manages {
                (!grants).then_some(Refused { rule: by_permission })
            } else {
                Some(Refused { rule: row.rule.as_ref() })
            }
        };
        if self.held.is_empty() { Some(Refused { rule: by_permission }) } else { self.held.iter().find_map(by_role) }
    }

    /// The values of the dividing attribute whose users they may manage.
    pub(super) fn values(&self) -> BTreeSet<&'a str> {
        let all = self.rules.managers.iter().flat_map(|manager| &manager.manages);
        all.map(String::as_str).filter(|value| self.refuses(Some(value)).is_none()).collect()
    }
}

/// That somebody may not manage users, with the rule where there is one.
#[derive(Clone, Copy)]
struct Refused<'a> {
    rule: Option<&'a String>,
}

/// Changes that the lines refuse, or would not.
struct Touched<'a> {
    refused: Option<Refused<'a>>,
    count: usize,
    first: Vec<&'a str>,
}

/// Holds the changes of users to whom our own user may manage.
pub(super) fn managing<'a>(scope: &Scope<'a>, roles: &Roles<'a>, drafts: &'a [Draft], findings: &mut Findings) {
    let (Some(rules), Some(own)) = (&scope.pack.roles.managing, scope.own_row()) else { return };
    let own_roles: Vec<usize> = roles.of_user(scope, own).collect();
    let Some(reach) = Reach::new(scope, roles, &own_roles, Moment::Before) else { return };
    let mut touched: BTreeMap<Option<&str>, Touched<'_>> = BTreeMap::new();
    for draft in drafts {
        let Some(change) = draft.user else { continue };
        let of_before = change.row.into_iter().flat_map(|row| roles.of_user(scope, row));
        let of_before = of_before.filter_map(|role| roles.before(scope, role, &rules.by));
        let of_after = change.after.and_then(|after| roles.after(scope, after.role?, &rules.by));
        let mut values: Vec<Option<&str>> = of_before.chain(of_after).map(Some).collect();
        if values.is_empty() {
            values.push(None);
        }
        for value in values {
            let new = || Touched { refused: reach.refuses(value), count: 0, first: Vec::new() };
            let of_value = touched.entry(value).or_insert_with(new);
            if of_value.refused.is_some() {
                of_value.count += 1;
                if of_value.first.len() < FEW {
                    of_value.first.push(&draft.address.name);
                }
                break;
            }
        }
    }
    let caller = scope.live.users.user_name(own);
    let held: Vec<&str> = own_roles.iter().map(|&role| roles.list[role].live.map_or("", |live| &live.name)).collect();
    for (value, Touched { refused, count, first }) in touched {
        let Some(Refused { rule }) = refused else { continue };
        let whom = value.map_or("anybody".to_owned(), |value| format!("users whose `{}` is `{value}`", rules.by));
        let message = format!(
            "`{caller}`, whose credential this run uses, holds {} and may not manage {whom}: {}",
            if held.is_empty() { "no role".to_owned() } else { few(held.iter().copied(), held.len()) },
            few(first, count)
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
    // How a bulk request is sent is said by itself (`sending`).
    if scope.policy.request.is_some() {
        return;
    }
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
        let help =
            "the vendor's support can do it at once; `rolecall bulk request` writes what to send to it".to_owned();
        findings.push(Code::BulkBySupport, message).rule(bulk.authority_rule.as_ref()).help(help);
    }
}
