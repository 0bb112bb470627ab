//! One plan, stage after stage.

use std::collections::BTreeMap;

use super::administrators::{self, Administrators};
use super::census::Census;
use super::draft::Draft;
use super::findings::Findings;
use super::guards;
use super::replacement::Replacements;
use super::roles::Roles;
use super::scope::{Pair, Scope};
use super::user_types::UserTypes;
use super::users::Users;
use super::waits::Waits;
use super::{Action, Allowance, Change, FORMAT_VERSION, Plan, Policy, Precondition, Summary};
use super::{
    access, authority, creation, difference, digest, expectations, holding, impossible, locked, manual, permissions,
    preconditions, proofs, references, removal, replacement, schedule, sending, similar, subscriptions, unlisted,
    words,
};
use crate::diagnostic::Code;
use crate::platform::Pack;
use crate::state::{Assignments, Desired, Kind, Live, attribute, fold};

/// The kinds that are objects of their own; users are apart because there are so many.
const OBJECTS: [Kind; 4] = [Kind::Classification, Kind::Segment, Kind::UserType, Kind::Role];

/// Plans what makes the live state what the files want.
///
/// Never fails: what must not be done is a plan that says so in its findings and that
/// [`approve`](super::approve) refuses.
#[must_use]
pub fn plan(desired: &Desired, live: &Live, pack: &Pack, policy: &Policy) -> Plan {
    let mut findings = Findings::default();
    for degradation in &live.capabilities.degradations {
        findings.push(Code::Degraded, degradation.clone());
    }

    let scope = Scope::new(desired, live, pack, policy, &mut findings);
    let mut types = UserTypes::new(&scope);
    let mut roles = Roles::new(&scope, &mut types);
    removal::mark_roles(&scope, &mut roles, &mut findings);
    let replacements = replacement::decide(&scope, &mut roles, &mut findings);
    let type_of = assigned_types(&scope, &mut types);
    difference::spellings(&scope, &mut findings);
    subscriptions::unknown(&scope, &mut findings);
    impossible::check(&scope, &roles, &types, &mut findings);
    expectations::check(&scope, &mut findings);
    permissions::check(&scope, &mut findings);
    references::of_roles(&scope, &mut findings);
    references::of_assignments(&scope, &types, &type_of, &mut findings);
    let administrators = Administrators::new(&scope, &roles, &mut findings);
    let census = Census::new(&scope, &roles, &types, &administrators.before);
    impossible::seats(&scope, &types, &census, &mut findings);
    unlisted::mark_roles(&scope, &mut roles, &census, &mut findings);

    let view = View {
        scope: &scope,
        roles: &roles,
        types: &types,
        census: &census,
        replacements: &replacements,
        administrators: &administrators,
    };
    let mut drafts = drafts(&view, type_of, &mut findings);
    let manual = manual::take(&scope, &mut drafts);
    holding::check(&scope, &drafts, &mut findings);
    locked::check(&scope, &drafts, &mut findings);
    subscriptions::check(&scope, &drafts, &mut findings);
    authority::managing(&scope, &roles, &drafts, &mut findings);
    authority::bulk_by_support(&scope, &drafts, &mut findings);
    words::check(&scope, &roles, &census, &replacements, &drafts, &mut findings);
    similar::check(&scope, &drafts, &mut findings);
    administrators::own_credential(&scope, &administrators, &roles, &drafts, &mut findings);

    let mut waits = Waits::new(&scope, &drafts, &roles, &types);
    untangle(&drafts, &mut waits, &mut findings);
    let proofs::Proofs { seats, counts_administrators } = proofs::order(
        &proofs::View { scope: &scope, roles: &roles, types: &types, census: &census, administrators: &administrators },
        &mut drafts,
        &mut waits,
        &mut findings,
    );
    guards::check(&guards::View { scope: &scope, roles: &roles, census: &census, drafts: &drafts }, &mut findings);

    let mut preconditions = preconditions::of(&scope, &drafts, &roles, &types, &seats);
    if counts_administrators {
        let ids = roles.list.iter().zip(&administrators.before).filter(|(_, administrates)| **administrates);
        let mut ids: Vec<String> = ids.filter_map(|(role, _)| Some(role.live?.id.clone())).collect();
        ids.sort_unstable();
        preconditions.push(Precondition::Administrators { roles: ids, active: census.administrators });
    }
    let access = access::difference(&scope, &roles, &drafts);
    let (steps, ids) = schedule::steps(&mut drafts, &waits, &roles);
    let summary = summary(&scope, &drafts, &replacements, manual.len() as u64);
    let shown = replacement::Shown::new(&replacements, &drafts, &waits, &roles, &ids);
    let changes = changes(drafts, &shown);
    let allow: Vec<Allowance> =
        policy.allow.iter().map(|(code, &count)| Allowance { code: code.name().to_owned(), count }).collect();
    sending::check(&scope, &changes, &mut findings);
    let word = policy.acknowledgement.as_deref();
    let mut plan = Plan {
        format_version: FORMAT_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: pack.platform.clone(),
        pack_digest: policy.context.pack_digest.clone(),
        target: policy.context.target.clone(),
        organization: live.organization.as_ref().map(|organization| organization.id.clone()),
        environment: policy.context.environment.clone(),
        owner: policy.context.owner.clone(),
        partial: scope.is_partial(),
        digest: digest::of_changes(&changes, &manual, &steps, &allow, word, policy.request.as_ref()),
        integrity: String::new(),
        summary,
        changes,
        access,
        seats: seats.into_iter().map(|(_, seats)| seats).collect(),
        findings: findings.settle(policy, pack),
        allow,
        acknowledgement: policy.acknowledgement.clone(),
        steps,
        preconditions,
        manual,
        request: policy.request.clone(),
        of_rows: policy.of_rows,
    };
    plan.integrity = digest::of_document(&plan);
    plan
}

/// The user type of each word of the assignments that is used as one.
fn assigned_types<'a>(scope: &Scope<'a>, types: &mut UserTypes<'a>) -> Vec<Option<usize>> {
    let Some(assignments) = &scope.desired.assignments else { return Vec::new() };
    let words: Vec<&'a str> = assignments.words().collect();
    let mut type_of = vec![None; words.len()];
    for word in (0..assignments.len()).filter_map(|row| assignments.user_type(row)) {
        let word = word.0 as usize;
        if type_of[word].is_none() {
            type_of[word] = types.intern(words[word]);
        }
    }
    type_of
}

/// What changes are made from.
struct View<'v, 'a> {
    scope: &'v Scope<'a>,
    roles: &'v Roles<'a>,
    types: &'v UserTypes<'a>,
    census: &'v Census,
    replacements: &'v Replacements<'a>,
    administrators: &'v Administrators,
}

/// Every change, in the order in which steps go when nothing makes them wait: what others name
/// first, deletions last and the other way round.
fn drafts(view: &View<'_, '_>, type_of: Vec<Option<usize>>, findings: &mut Findings) -> Vec<Draft> {
    let &View { scope, roles, types, census, replacements, administrators } = view;
    let users = Users::new(scope, roles, types, type_of);
    let mut user_drafts = users.assigned(findings);
    removal::users(&users, &mut user_drafts, findings);
    replacement::hops(scope, roles, administrators, &mut user_drafts);
    let mut drafts = replacement::steps(scope, roles, replacements);
    let mut objects = objects(view, &drafts, &user_drafts, findings);
    drafts.append(&mut objects);
    drafts.extend(removal::values(scope, roles, types, census, &user_drafts, findings));
    drafts.extend(removal::roles(scope, roles, census));
    drafts.append(&mut user_drafts);
    creation::in_two_steps(scope, &mut drafts);
    drafts.sort_by_cached_key(|draft| {
        let kind = draft.address.kind as u8;
        let deletes = draft.action == Action::Delete;
        (deletes, if deletes { u8::MAX - kind } else { kind }, fold(&draft.address.name).into_owned(), draft.part)
    });
    drafts
}

/// The changes of declared objects: those that are selected, and creations that selected changes
/// need.
fn objects(view: &View<'_, '_>, replacing: &[Draft], users: &[Draft], findings: &mut Findings) -> Vec<Draft> {
    let &View { scope, roles, types, census, replacements, .. } = view;
    let mut candidates = Candidates::new();
    for kind in OBJECTS {
        let candidate = |(at, pair): (usize, &Pair<'_>)| {
            if kind == Kind::Role && replacements.covers(at) {
                return (None, false);
            }
            let mut draft = difference::object(scope, pair);
            if let Some(draft) = draft.as_mut().filter(|_| kind == Kind::Role) {
                draft.role = roles.of_pair[at];
            }
            (draft, pair.selected)
        };
        candidates.insert(kind, scope.pairs(kind).iter().enumerate().map(candidate).collect());
    }
    for draft in users {
        let Some(after) = draft.user.and_then(|change| change.after) else { continue };
        if let Some(role) = after.role.filter(|&role| roles.list[role].live.is_none()) {
            take_creation(scope, &mut candidates, Kind::Role, roles.list[role].name, findings);
        }
        if let Some(user_type) = after.user_type.filter(|_| draft.attributes.contains_key(attribute::USER_TYPE)) {
            take_creation(scope, &mut candidates, Kind::UserType, types.list[user_type].name, findings);
        }
    }
    let mut named = Vec::new();
    let taken = candidates[&Kind::Role].iter().filter(|(_, is_taken)| *is_taken);
    for draft in taken.filter_map(|(draft, _)| draft.as_ref()).chain(replacing) {
        for (name, value) in &draft.attributes {
            if let Some(of) = difference::vocabulary(scope, Kind::Role, name) {
                named.extend(difference::names(value).map(|name| (of, name.to_owned())));
            }
        }
    }
    for (kind, name) in named {
        take_creation(scope, &mut candidates, kind, &name, findings);
    }
    for (role, &holders) in roles.list.iter().zip(&census.holders) {
        let Some(at) = role.pair else { continue };
        let Some((Some(draft), _)) = candidates.get_mut(&Kind::Role).and_then(|of_kind| of_kind.get_mut(at)) else {
            continue;
        };
        let touches_access = [attribute::PERMISSIONS, attribute::USER_TYPE];
        if draft.fields.iter().any(|field| touches_access.contains(&field.path.as_str())) {
            draft.affected_users = holders;
        }
    }
    candidates.into_values().flatten().filter(|(_, is_taken)| *is_taken).filter_map(|(draft, _)| draft).collect()
}

/// Per kind and declared object, its change and whether it is part of the plan.
type Candidates = BTreeMap<Kind, Vec<(Option<Draft>, bool)>>;

/// Makes the creation of an object part of the plan because another step needs it.
fn take_creation(scope: &Scope<'_>, candidates: &mut Candidates, kind: Kind, name: &str, findings: &mut Findings) {
    if let Some(at) = scope.find(kind, &fold(name))
        && let Some((Some(draft), is_taken)) = candidates.get_mut(&kind).and_then(|of_kind| of_kind.get_mut(at))
        && draft.action == Action::Create
        && !std::mem::replace(is_taken, true)
    {
        let message = format!("`{}` is made although the selectors leave it out: a step needs it", draft.address);
        findings.push(Code::TakenIn, message);
    }
}

/// Takes waits out that go in a circle: only objects that swap their names on the target do that.
fn untangle(drafts: &[Draft], waits: &mut Waits, findings: &mut Findings) {
    let circle = schedule::circle(&waits.of);
    if circle.is_empty() {
        return;
    }
    let renamed = circle.iter().filter(|&&at| holding::gives_up(&drafts[at]).is_some());
    let names: Vec<&str> = renamed.map(|&at| drafts[at].address.name.as_str()).collect();
    let message =
        format!("{} have each other's names on the target", super::findings::few(names.iter().copied(), names.len()));
    findings.push_with_help(Code::NameCollision, message, "give one of them another name there".to_owned());
    for at in circle {
        waits.of[at].clear();
    }
}

fn summary(scope: &Scope<'_>, drafts: &[Draft], replacements: &Replacements<'_>, manual: u64) -> Summary {
    let mut summary = Summary { requests: drafts.len() as u64, ..Summary::default() };
    let mut declared_and_changed = manual;
    for draft in drafts {
        let Some(action) = draft.change else { continue };
        match action {
            Action::Create => summary.create += 1,
            Action::Update => summary.update += 1,
            Action::Replace => summary.replace += 1,
            Action::Delete => summary.delete += 1,
        }
        let kind = draft.address.kind;
        summary.new_accounts += u64::from(kind == Kind::User && action == Action::Create);
        let is_declared = match kind {
            Kind::User => {
                let assignments = scope.desired.assignments.as_ref();
                assignments.is_some_and(|assignments| assignments.find(&draft.address.name).is_some())
            }
            _ if action == Action::Replace => draft.role.is_some_and(|role| replacements.is_of_declared(role)),
            kind => action != Action::Delete && scope.find(kind, &fold(&draft.address.name)).is_some(),
        };
        declared_and_changed += u64::from(is_declared);
    }
    let objects: usize = OBJECTS.iter().map(|&kind| scope.pairs(kind).len()).sum();
    let assignments = scope.desired.assignments.as_ref().map_or(0, Assignments::len);
    summary.unchanged = ((objects + assignments) as u64).saturating_sub(declared_and_changed);
    summary
}

fn changes(drafts: Vec<Draft>, shown: &replacement::Shown<'_, '_>) -> Vec<Change> {
    let change = |draft: Draft| {
        let change = Change {
            kind: draft.address.kind,
            origin: draft.origin,
            address: draft.address,
            action: draft.change?,
            fields: draft.fields,
            affected_users: draft.affected_users,
            reason: draft.reason,
            replacement: None,
        };
        Some(if change.action == Action::Replace { shown.complete(draft.role, change) } else { change })
    };
    let mut changes: Vec<Change> = drafts.into_iter().filter_map(change).collect();
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    changes
}
