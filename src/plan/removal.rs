//! What shall not exist any more: roles, users, and values that we made and no file names.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::census::Census;
use super::difference::{names, vocabulary};
use super::draft::{Draft, Touched};
use super::findings::{FEW, Findings, counted, few};
use super::leaving::{Leaving, Moves};
use super::locked;
use super::roles::{Role, Roles};
use super::scope::Scope;
use super::unlisted;
use super::user_types::UserTypes;
use super::users::{Users, Wanted};
use crate::diagnostic::Code;
use crate::state::{Kind, LiveObject, Origin, Value, attribute, fold};

/// Marks the roles that `removed` names and that are live.
pub(super) fn mark_roles(scope: &Scope<'_>, roles: &mut Roles<'_>, findings: &mut Findings) {
    for (key, removed) in &scope.desired.removed_roles {
        if !scope.selects(Kind::Role, &removed.name) {
            continue;
        }
        if scope.collides(Kind::Role, key) {
            findings.push_with_help(
                Code::NameCollision,
                format!("`role/{}` is to be removed, and several live roles are called so", removed.name),
                "tell them apart on the target; until then neither is touched".to_owned(),
            );
            continue;
        }
        // The vendor's name means a built-in role whatever it is called now.
        let by_vendors_name = || roles.named(&removed.name).filter(|&at| roles.list[at].live.is_some());
        let Some(at) = scope.live_named(Kind::Role, key).or_else(by_vendors_name) else { continue };
        if scope.vendors.key(at).is_some_and(|key| !scope.pack.roles.built_in.can_be_deleted(key)) {
            locked::deleted(scope, at, findings);
            continue;
        }
        // A declared role that our mark finds here is about to get its own name back.
        roles.list[at].removed = roles.list[at].pair.is_none();
    }
}

/// The deletions of the roles that [`mark_roles`] has marked.
pub(super) fn roles(scope: &Scope<'_>, roles: &Roles<'_>, census: &Census) -> Vec<Draft> {
    let removed = roles.list.iter().enumerate().filter(|(_, role)| role.removed);
    let mut drafts = Vec::new();
    for (at, role) in removed {
        let Some(live) = role.live else { continue };
        let mut draft = deletion(Kind::Role, live);
        draft.role = Some(at);
        draft.affected_users = census.holders[at];
        let removed = scope.desired.removed_roles.get(&*fold(role.name));
        draft.origin = removed.and_then(|removed| scope.desired.origin(removed.span));
        draft.reason = match removed {
            None => Some(unlisted::REASON.to_owned()),
            Some(removed) if scope.is_next(live) => Some(format!("it was to replace `role/{}`", removed.name)),
            Some(_) => None,
        };
        if scope.takes_over(Kind::Role, live, &live.name) {
            draft.show(attribute::MARK, live.mark.as_deref().map_or(Value::Absent, Value::text), Value::Absent);
        }
        drafts.push(draft);
    }
    drafts
}

/// Adds what removed and unlisted users and the holders of removed roles need to the drafts of the
/// users.
pub(super) fn users(users: &Users<'_, '_>, drafts: &mut Vec<Draft>, findings: &mut Findings) {
    let scope = users.scope;
    let unlisted = unlisted::users(users, findings);
    let lets_go = |role: &Role<'_>| Leaving::of(users, role).is_some();
    if unlisted.is_empty() && scope.desired.removed_users.is_empty() && !users.roles.list.iter().any(lets_go) {
        return;
    }
    let mut has_draft = vec![false; scope.live.users.len()];
    drafts.iter().filter_map(|draft| draft.user?.row).for_each(|row| has_draft[row] = true);
    let mut shut_out: BTreeMap<usize, Option<Origin>> = unlisted.iter().map(|&row| (row, None)).collect();
    let unlisted: BTreeSet<usize> = unlisted.into_iter().collect();
    let mut deleted = BTreeSet::new();
    for removed in scope.desired.removed_users.values() {
        let Some(row) = scope.live.users.find(&removed.user_name) else { continue };
        if !scope.selects(Kind::User, &removed.user_name) || has_draft[row] {
            continue;
        }
        if users.collides(row) {
            users.collision(row, findings);
        } else if removed.delete {
            deleted.insert(row);
            let mut draft = users.delete(row);
            draft.origin = scope.desired.origin(removed.span);
            drafts.push(draft);
        } else {
            shut_out.insert(row, scope.desired.origin(removed.span));
        }
    }
    let mut stranded: BTreeMap<usize, (usize, Vec<&str>)> = BTreeMap::new();
    let moves = Moves::new(users, findings);
    let leaving: Vec<Option<Leaving>> = users.roles.list.iter().map(|role| Leaving::of(users, role)).collect();
    for (row, has_draft) in has_draft.into_iter().enumerate() {
        let first = users.roles.of_user(scope, row).filter_map(|role| Some((leaving[role]?, role))).min();
        let Some((leaving, role)) = first else { continue };
        // Nearly everybody has it already.
        if matches!(leaving, Leaving::Mapped(user_type) if users.types.of_user(scope, row) == Some(user_type)) {
            continue;
        }
        if has_draft || deleted.contains(&row) {
            continue;
        }
        if users.collides(row) {
            users.collision(row, findings);
            continue;
        }
        let Some(mut wanted) = moves.of(row, role, leaving) else {
            let (count, names) = stranded.entry(role).or_default();
            *count += 1;
            if names.len() < FEW {
                names.push(scope.live.users.user_name(row));
            }
            continue;
        };
        let mut origin = moves.origin(row, role, leaving);
        let mut reason = Some(leaving.reason(users.roles.list[role].name));
        if let Some(shut_out) = shut_out.remove(&row) {
            wanted.active = Some(false);
            origin = shut_out;
            if leaving != Leaving::Removed {
                reason = unlisted.contains(&row).then(|| unlisted::REASON.to_owned());
            }
        }
        drafts.extend(users.update(row, wanted).map(|mut draft| {
            draft.reason = reason;
            draft.origin = origin;
            draft
        }));
    }
    for (row, origin) in shut_out {
        let wanted = Wanted { active: Some(false), ..Wanted::default() };
        drafts.extend(users.update(row, wanted).map(|mut draft| {
            draft.origin = origin;
            draft.reason = unlisted.contains(&row).then(|| unlisted::REASON.to_owned());
            draft
        }));
    }
    for (role, (count, names)) in stranded {
        let name = users.roles.list[role].name;
        let removed = scope.desired.removed_roles.get(&*fold(name));
        if removed.is_some_and(|removed| removed.reassign_to.is_some()) {
            // The role that they were to get is not there: that was said, and is what to mend.
            continue;
        }
        findings.push_with_help(
            Code::HeldRole,
            format!(
                "role `{name}` is to be removed and still has {}: {}",
                counted(count as u64, "holder"),
                few(names, count)
            ),
            format!("say which role they get: `removed.roles: {{ {name}: {{ reassign_to: … }} }}`"),
        );
    }
}

/// The deletions of values that carry our mark and are in no file although there is a section for
/// them. One that is still used at the end stays.
pub(super) fn values(
    scope: &Scope<'_>,
    roles: &Roles<'_>,
    types: &UserTypes<'_>,
    census: &Census,
    users: &[Draft],
    findings: &mut Findings,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for kind in [Kind::Classification, Kind::Segment, Kind::UserType] {
        let removed = scope.desired.removed_values.as_ref();
        if removed.is_none() && !scope.desired.objects.contains_key(&kind) {
            continue;
        }
        let matched: BTreeSet<usize> = scope.pairs(kind).iter().filter_map(|pair| pair.live).collect();
        let unlisted = |&(index, object): &(usize, &LiveObject)| {
            let is_meant = match removed {
                Some(removed) => removed.contains(&(kind, fold(&object.name).into_owned())),
                None => scope.is_ours(object),
            };
            !matched.contains(&index)
                && is_meant
                && scope.selects(kind, &object.name)
                && !scope.collides(kind, &fold(&object.name))
        };
        let unlisted: Vec<&LiveObject> =
            scope.live.objects(kind).iter().enumerate().filter(unlisted).map(|(_, object)| object).collect();
        if unlisted.is_empty() || !super::scope::is_written(scope.pack, kind) {
            continue;
        }
        let mut used = used_by_roles(scope, roles, kind);
        if kind == Kind::UserType {
            used.extend(used_by_users(types, census, users));
        }
        for object in unlisted {
            if used.contains(&*fold(&object.name)) {
                let message = match removed {
                    Some(_) => format!("`{kind}/{}` is still used: it stays", object.name),
                    None => format!("`{kind}/{}` is in no file any more but still used: it stays", object.name),
                };
                findings.push(Code::StillUsed, message);
            } else {
                drafts.push(deletion(kind, object));
            }
        }
    }
    drafts
}

/// The names of a vocabulary that roles hold at the end, folded.
fn used_by_roles(scope: &Scope<'_>, roles: &Roles<'_>, kind: Kind) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let attributes = scope.pack.roles.attributes.keys();
    for attribute in attributes.filter(|name| vocabulary(scope, Kind::Role, name) == Some(kind)) {
        let is_gone = |role: &Role<'_>| role.removed || (role.replaced_by.is_some() && role.pair.is_none());
        for role in roles.list.iter().filter(|role| !is_gone(role)) {
            let pair = role.pair.map(|at| &scope.pairs(Kind::Role)[at]);
            let declared = pair
                .filter(|pair| pair.selected || pair.live.is_none())
                .and_then(|pair| pair.desired.attributes.get(attribute))
                .map(|declared| &declared.value);
            let value = declared.or_else(|| role.live.and_then(|live| live.attributes.get(attribute)));
            used.extend(value.into_iter().flat_map(names).map(|name| fold(name).into_owned()));
        }
    }
    used
}

/// The user types that users have at the end, folded.
fn used_by_users(types: &UserTypes<'_>, census: &Census, users: &[Draft]) -> BTreeSet<String> {
    let mut counts: Vec<i128> = census.of_type.iter().map(|&count| i128::from(count)).collect();
    for change in users.iter().filter_map(|draft| draft.user.as_ref()) {
        if let Some(user_type) = change.before.and_then(|standing| standing.user_type) {
            counts[user_type] -= 1;
        }
        if let Some(user_type) = change.after.and_then(|standing| standing.user_type) {
            counts[user_type] += 1;
        }
    }
    let used = types.list.iter().zip(counts).filter(|&(_, count)| count > 0);
    used.map(|(user_type, _)| fold(user_type.name).into_owned()).collect()
}

fn deletion(kind: Kind, object: &LiveObject) -> Draft {
    let mut draft = Draft::new(kind, &object.name, Action::Delete);
    for (name, value) in &object.attributes {
        draft.show(name, value.clone(), Value::Absent);
    }
    draft.live = Some(Touched { id: object.id.clone(), version: object.version.clone() });
    draft
}
