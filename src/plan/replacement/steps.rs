//! The steps by which a role takes the place of another one.

use super::super::administrators::Administrators;
use super::super::difference;
use super::super::draft::{Draft, Hop, Part, Touched};
use super::super::roles::Roles;
use super::super::scope::{Pair, Scope};
use super::super::{Action, Way};
use super::{Replacement, Replacements};
use crate::state::{Attributes, Kind, Value, attribute};

/// What a new role has instead of a live one, its name and mark aside: what is declared, and where
/// nothing is, what the old one has.
pub(super) fn wanted(scope: &Scope<'_>, pair: &Pair<'_>, model: usize) -> Attributes {
    let probe = Pair { live: None, ..pair.clone() };
    let declared = difference::object(scope, &probe).map_or(Attributes::new(), |draft| draft.attributes);
    let capability = scope.live.capabilities.kinds.get(&Kind::Role);
    let is_held = |name: &str| capability.is_some_and(|capability| capability.holds(name));
    let model = &scope.live.objects(Kind::Role)[model].attributes;
    let kept = model.iter().filter(|(name, _)| !pair.desired.attributes.contains_key(*name) && is_held(name));
    let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
    let mut wanted: Attributes = kept.chain(declared).collect();
    wanted.retain(|name, value| name != attribute::NAME && name != attribute::MARK && *value != Value::Absent);
    wanted
}

/// Every step on roles of the replacements.
pub(in super::super) fn steps(scope: &Scope<'_>, roles: &Roles<'_>, replacements: &Replacements<'_>) -> Vec<Draft> {
    replacements.list.iter().flat_map(|replacement| of_one(scope, roles, replacement)).collect()
}

fn of_one(scope: &Scope<'_>, roles: &Roles<'_>, replacement: &Replacement<'_>) -> Vec<Draft> {
    let Replacement { name, pair, way, new, last, olds, .. } = replacement;
    let mark = || scope.mark(Kind::Role, name);
    let next_mark = || Some(scope.next_mark(Kind::Role, name));
    let temporary = replacement.temporary_name.as_deref().unwrap_or(name);
    let is_live = |role: usize| roles.list[role].live.is_some();
    let mut drafts = Vec::new();
    match way {
        // Only what was left goes; what stays is as it is, changed, or made in its name.
        Way::Leftover => match pair {
            Some(at) if is_live(*last) => {
                let draft = difference::object(scope, &scope.pairs(Kind::Role)[*at]);
                drafts.extend(draft.map(|draft| Draft { change: None, role: Some(*last), reason: None, ..draft }));
            }
            Some(_) => drafts.push(made(replacement, *last, name, mark())),
            None => {}
        },
        Way::Recreate => drafts.push(Draft { gone_first: olds.clone(), ..made(replacement, *last, name, mark()) }),
        Way::Successor | Way::Rename => {
            drafts.extend(first(scope, roles, replacement, temporary, next_mark()));
            let mut settles = part(*new, name, Action::Update, roles);
            settles.part = Part::Settles;
            settles.gone_first.clone_from(olds);
            settles.attributes.insert(attribute::MARK.to_owned(), mark().unwrap_or(Value::Absent));
            if *way == Way::Rename {
                settles.attributes.insert(attribute::NAME.to_owned(), Value::text(*name));
            }
            drafts.push(settles);
        }
        Way::TwoHops => {
            drafts.extend(first(scope, roles, replacement, temporary, next_mark()));
            drafts.push(Draft { gone_first: olds.clone(), ..made(replacement, *last, name, mark()) });
            drafts.push(part(*new, temporary, Action::Delete, roles));
        }
    }
    let deletions = olds.iter().map(|&old| {
        let live = roles.list[old].live.map_or(*name, |live| live.name.as_str());
        part(old, live, Action::Delete, roles)
    });
    let mut deletions: Vec<Draft> = deletions.collect();
    if let Some(shown) = deletions.first_mut() {
        // It stands for the whole.
        shown.change = Some(Action::Replace);
        shown.fields.clone_from(&replacement.fields);
        shown.affected_users = replacement.holders.len() as u64;
        shown.origin = pair.and_then(|at| scope.desired.origin(scope.pairs(Kind::Role)[at].desired.span));
    }
    drafts.append(&mut deletions);
    drafts
}

/// The step that makes the role which takes the place, or that completes the one which was made.
fn first(
    scope: &Scope<'_>,
    roles: &Roles<'_>,
    replacement: &Replacement<'_>,
    name: &str,
    mark: Option<Value>,
) -> Option<Draft> {
    let Some(live) = roles.list[replacement.new].live else {
        return Some(made(replacement, replacement.new, name, mark));
    };
    let pair = &scope.pairs(Kind::Role)[replacement.pair?];
    let probe = Pair { live: Some(replacement.new), ..pair.clone() };
    let mut attributes = difference::object(scope, &probe).map_or(Attributes::new(), |draft| draft.attributes);
    attributes.retain(|name, _| name != attribute::NAME && name != attribute::MARK);
    let lacking = replacement.wanted.iter().filter(|(name, _)| !live.attributes.contains_key(*name));
    attributes.extend(lacking.map(|(name, value)| (name.clone(), value.clone())));
    (!attributes.is_empty()).then(|| Draft { attributes, ..part(replacement.new, name, Action::Update, roles) })
}

fn made(replacement: &Replacement<'_>, role: usize, name: &str, mark: Option<Value>) -> Draft {
    let mut draft = Draft::new(Kind::Role, name, Action::Create);
    draft.change = None;
    draft.role = Some(role);
    draft.attributes = replacement.wanted.clone();
    draft.attributes.insert(attribute::NAME.to_owned(), Value::text(name));
    draft.attributes.extend(mark.map(|mark| (attribute::MARK.to_owned(), mark)));
    draft
}

fn part(role: usize, name: &str, action: Action, roles: &Roles<'_>) -> Draft {
    let mut draft = Draft::new(Kind::Role, name, action);
    draft.change = None;
    draft.role = Some(role);
    draft.live = roles.list[role].live.map(|live| Touched { id: live.id.clone(), version: live.version.clone() });
    draft
}

/// Lets users go through the temporary role where the one that they get can only be made when theirs
/// is gone, and adds the steps by which they go on.
///
/// Who comes from elsewhere waits for the new role, unless somebody may wait for the seat that they
/// leave, or for them to be an administrator: then the two could wait for each other.
pub(in super::super) fn hops(
    scope: &Scope<'_>,
    roles: &Roles<'_>,
    administrators: &Administrators,
    users: &mut Vec<Draft>,
) {
    if roles.list.iter().all(|role| role.via.is_none()) {
        return;
    }
    let mut hops = Vec::new();
    for draft in users.iter_mut() {
        let Some(change) = &mut draft.user else { continue };
        let (Some(row), Some(after), true) = (change.row, &mut change.after, change.writes_role) else { continue };
        let Some((to, via)) = after.role.and_then(|role| Some((role, roles.list[role].via?))) else { continue };
        let is_there = change.before.and_then(|before| before.role) == Some(via);
        let leaves_replaced = roles.of_user(scope, row).any(|role| roles.list[role].replaced_by.is_some());
        let seat = |standing: super::super::draft::Standing| standing.user_type.filter(|_| standing.active);
        let leaves_seat = change.before.and_then(seat).is_some_and(|before| seat(*after) != Some(before));
        let is_gain = after.active && administrators.gains(scope, roles, row, via);
        if !(leaves_seat || is_gain || leaves_replaced && !is_there) {
            continue;
        }
        after.role = Some(via);
        change.writes_role = !is_there;
        let mut hop = Draft::new(Kind::User, &draft.address.name, Action::Update);
        hop.change = None;
        hop.hop = Some(Hop { row, from: via, to });
        hop.live = draft.live.as_ref().map(|live| Touched { id: live.id.clone(), version: live.version.clone() });
        hops.push(hop);
    }
    users.append(&mut hops);
}
