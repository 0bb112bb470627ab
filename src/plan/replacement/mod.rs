//! A new role takes the place of one in which something that cannot change differs (PLANNING.md §3).
//!
//! Which role, in which way, who holds it, and what an interrupted run has left of it. `need` says
//! what cannot change, `naming` what the new one is called meanwhile, `steps` how it is done, `shown`
//! how people see it. A role that was to take the place of X carries the mark `OWNER:role/X#next`:
//! that is all that a plan needs in order to go on from any state.

mod naming;
mod need;
mod shown;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::difference;
use super::findings::{Findings, few};
use super::roles::{Facts, Role, Roles};
use super::scope::{Pair, Scope, mark_of};
use super::{FieldChange, Holder, Way};
use crate::diagnostic::Code;
use crate::state::{Attributes, Kind, attribute, fold};

pub(super) use need::adopted;
pub(super) use shown::Shown;
pub(super) use steps::{hops, steps};

/// A role whose place another one takes.
pub(super) struct Replacement<'a> {
    /// The role, as people call it.
    name: &'a str,
    /// Its position among the declared roles; `None` for one that is not declared any more.
    pub(super) pair: Option<usize>,
    way: Way,
    /// The attributes that cannot change and differ.
    because: Vec<String>,
    /// The rule that they cannot.
    rule: Option<&'a String>,
    fields: Vec<FieldChange>,
    /// The live roles that go, by their positions in `Roles`; the replaced one first.
    olds: Vec<usize>,
    /// The role that comes first, and the one that stays.
    new: usize,
    last: usize,
    /// What the new role has, its name and mark aside.
    wanted: Attributes,
    temporary_name: Option<String>,
    resumed: bool,
    holders: Vec<Holder>,
}

/// The replacements, and whom they concern.
#[derive(Default)]
pub(super) struct Replacements<'a> {
    pub(super) list: Vec<Replacement<'a>>,
    /// By live row, the replacement of the role that the user holds.
    of_row: HashMap<usize, usize>,
    /// By role, the replacement that writes it.
    of_role: HashMap<usize, usize>,
}

impl Replacements<'_> {
    /// Whether the steps of a declared role are those of its replacement.
    pub(super) fn covers(&self, pair: usize) -> bool {
        self.list.iter().any(|replacement| replacement.pair == Some(pair))
    }

    /// Whether a role is replaced for one that the files declare.
    pub(super) fn is_of_declared(&self, role: usize) -> bool {
        self.of_role.get(&role).is_some_and(|&at| self.list[at].pair.is_some())
    }
}

/// A role whose place another one takes, before it is known how.
struct Case<'a> {
    name: &'a str,
    pair: Option<usize>,
    /// The live role that is replaced; without one, only what an interrupted run has left goes.
    live: Option<usize>,
    /// The live role that takes the place.
    next: Option<usize>,
    olds: Vec<usize>,
    because: Vec<String>,
    rule: Option<&'a String>,
    fields: Vec<FieldChange>,
    resumed: bool,
}

/// Finds what has to be replaced and changes the roles so that holders go to the new ones.
pub(super) fn decide<'a>(scope: &'a Scope<'a>, roles: &mut Roles<'a>, findings: &mut Findings) -> Replacements<'a> {
    if scope.live.capabilities.role_names {
        // What a role is called is all that there is of it.
        return Replacements::default();
    }
    let mut cases = Vec::new();
    for (at, pair) in scope.pairs(Kind::Role).iter().enumerate().filter(|(_, pair)| pair.selected && !pair.blocked) {
        cases.extend(declared(scope, at, pair, findings));
    }
    undeclared(scope, roles, &mut cases, findings);
    let mut replacements = Replacements::default();
    if cases.is_empty() {
        shown::find(scope, &replacements, findings);
        return replacements;
    }
    let of_role: HashMap<usize, usize> =
        cases.iter().enumerate().flat_map(|(at, case)| case.olds.iter().map(move |&old| (old, at))).collect();
    let mut holders: Vec<Vec<Holder>> = cases.iter().map(|_| Vec::new()).collect();
    for row in 0..scope.live.users.len() {
        let Some(case) = roles.of_user(scope, row).find_map(|role| of_role.get(&role).copied()) else { continue };
        let user_name = scope.live.users.user_name(row).to_owned();
        let managed = scope.desired.assignments.as_ref().is_some_and(|all| all.find(&user_name).is_some());
        holders[case].push(Holder { user_name, managed, active: scope.live.users.active(row) });
        replacements.of_row.insert(row, case);
    }
    let mut names = naming::Names::new(scope);
    for (case, mut holders) in cases.into_iter().zip(holders) {
        holders.sort();
        let replacement = settle(scope, roles, &mut names, case, holders);
        let own = replacement.olds.iter().chain([&replacement.new, &replacement.last]);
        replacements.of_role.extend(own.map(|&role| (role, replacements.list.len())));
        replacements.list.push(replacement);
    }
    shown::find(scope, &replacements, findings);
    replacements
}

/// What has to be replaced so that a declared role is as it should be.
fn declared<'a>(scope: &'a Scope<'a>, at: usize, pair: &Pair<'a>, findings: &mut Findings) -> Option<Case<'a>> {
    let name = &pair.desired.name;
    let left: Vec<usize> = pair.before.iter().chain(&pair.next).copied().collect();
    let case = Case {
        name,
        pair: Some(at),
        live: None,
        next: None,
        olds: left.clone(),
        because: Vec::new(),
        rule: None,
        fields: Vec::new(),
        resumed: true,
    };
    let Some(live) = pair.live else { return (!left.is_empty()).then_some(case) };
    let draft = difference::object(scope, pair);
    let mut fields = draft.map_or(Vec::new(), |draft| draft.fields);
    let fixed = need::fixed(scope, live, &fields);
    fields.retain(|field| field.path != attribute::MARK);
    if fixed.is_empty() {
        let next = pair.before.and(Some(live));
        return (!left.is_empty()).then_some(Case { next, fields, ..case });
    }
    let because: Vec<String> = fixed.iter().map(|fixed| fixed.attribute.clone()).collect();
    if let Some((why, rule)) = need::obstacle(scope, live, &fixed) {
        // `locked` says it of what can never change of a built-in role.
        let is_said = scope
            .built_in_rules(live)
            .is_some_and(|rules| because.iter().all(|attribute| !rules.changeable.contains(attribute)));
        if !is_said {
            let what = few(because.iter().map(String::as_str), because.len());
            let message = format!("{what} of `role/{name}` cannot change, and the role cannot be replaced: {why}");
            findings.push(Code::NotReplaceable, message).rule(rule);
        }
        return None;
    }
    if !need::is_subscribed(scope) {
        return None;
    }
    let wanted = steps::wanted(scope, pair, live);
    let next = pair.next.iter().copied().find(|&index| need::fits(scope, pair, index, &wanted));
    let left = left.into_iter().filter(|index| Some(*index) != next);
    let olds: Vec<usize> = std::iter::once(live).chain(left).collect();
    let resumed = next.is_some() || olds.len() > 1;
    let rule = fixed.iter().find_map(|fixed| fixed.rule);
    Some(Case { live: Some(live), next, olds, because, rule, fields, resumed, ..case })
}

/// What an interrupted run has left of roles that no file declares any more.
fn undeclared<'a>(scope: &'a Scope<'a>, roles: &mut Roles<'a>, cases: &mut Vec<Case<'a>>, findings: &mut Findings) {
    let known: BTreeSet<usize> = (scope.pairs(Kind::Role).iter())
        .flat_map(|pair| pair.live.iter().chain(&pair.before).chain(&pair.next))
        .copied()
        .collect();
    let mut left: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, object) in scope.live.objects(Kind::Role).iter().enumerate() {
        let Some(mark) = mark_of(object).filter(|mark| mark.is_next && scope.is_own(mark)) else { continue };
        let key = fold(&mark.address.name);
        if known.contains(&index)
            || roles.list[index].removed
            || scope.is_unclear(Kind::Role, index)
            || scope.find(Kind::Role, &key).is_some()
            || !scope.selects(Kind::Role, &mark.address.name)
        {
            continue;
        }
        if let Some(removed) = scope.desired.removed_roles.get(&*key) {
            // Its holders go where those of the role go whose place it was to take.
            roles.list[index].removed = true;
            roles.list[index].name = &removed.name;
            continue;
        }
        match scope.live_named(Kind::Role, &key).filter(|&live| live != index && !known.contains(&live)) {
            Some(live) => left.entry(live).or_default().push(index),
            None => shown::stuck(object, &mark.address, findings),
        }
    }
    for (live, olds) in left {
        let name = &scope.live.objects(Kind::Role)[live].name;
        let (because, fields) = (Vec::new(), Vec::new());
        cases.push(Case {
            name,
            pair: None,
            live: None,
            next: Some(live),
            olds,
            because,
            rule: None,
            fields,
            resumed: true,
        });
    }
}

/// Chooses the way, and changes the roles.
fn settle<'a>(
    scope: &'a Scope<'a>,
    roles: &mut Roles<'a>,
    names: &mut naming::Names,
    case: Case<'a>,
    holders: Vec<Holder>,
) -> Replacement<'a> {
    let Case { name, pair, live, next, olds, because, rule, fields, resumed } = case;
    let objects = scope.live.objects(Kind::Role);
    let can_be_renamed = difference::can_be_renamed(scope, Kind::Role, live);
    let key = fold(name);
    let is_renamed = live.is_some_and(|live| fold(&objects[live].name) != key);
    // In a chain of replacements the new name is still another one's: who goes on from that one to this
    // could not wait for it.
    let is_taken = scope.named(Kind::Role, &key).iter().any(|index| !olds.contains(index) && next != Some(*index));
    let way = match (live, next) {
        // It was made under its own name.
        (None, Some(_)) if pair.is_some() => Way::Successor,
        (Some(_), None) if holders.is_empty() && !is_taken => Way::Recreate,
        (Some(_), None) if is_renamed && !can_be_renamed && !is_taken => Way::Successor,
        (Some(_), _) if can_be_renamed => Way::Rename,
        (Some(_), _) => Way::TwoHops,
        (None, _) => Way::Leftover,
    };
    // What the new one has where the files say nothing: what the old one has.
    let model = live.unwrap_or(olds[0]);
    let declared = pair.map(|at| &scope.pairs(Kind::Role)[at]);
    let wanted = declared.map_or(Attributes::new(), |pair| steps::wanted(scope, pair, model));
    let after = after(scope, roles, pair, model, next, live);
    let mut temporary_name = None;
    let is_on_way = live.is_some() && matches!(way, Way::Rename | Way::TwoHops);
    let new = match next {
        Some(next) => {
            if is_on_way {
                temporary_name = Some(objects[next].name.clone());
            }
            next
        }
        // The declared role itself, where nothing live is it.
        None if live.is_none() => {
            pair.and_then(|at| roles.of_pair[at]).expect("a role without a live one is to be made")
        }
        None => {
            if is_on_way {
                temporary_name = Some(names.next(name));
            }
            roles.push(Role::to_be_made(name, None, after))
        }
    };
    if pair.is_some() {
        roles.list[new].after = after;
        roles.list[new].name = name;
    }
    let mut last = new;
    if live.is_some() && way == Way::TwoHops {
        last = roles.push(Role::to_be_made(name, None, after));
        roles.list[new].replaced_by = Some(last);
        roles.list[last].via = Some(new);
    }
    for &old in &olds {
        let role = &mut roles.list[old];
        role.replaced_by = Some(last);
        role.after = after;
    }
    if let Some(at) = pair {
        roles.set_pair(scope, at, last);
    }
    Replacement { name, pair, way, because, rule, fields, olds, new, last, wanted, temporary_name, resumed, holders }
}

/// What the holders get in the end.
fn after<'a>(
    scope: &Scope<'a>,
    roles: &Roles<'a>,
    pair: Option<usize>,
    model: usize,
    next: Option<usize>,
    live: Option<usize>,
) -> Facts<'a> {
    let target = pair.and_then(|at| roles.of_pair[at]).filter(|_| live.is_none()).or(live).or(next).unwrap_or(model);
    let (mut after, model) = (roles.list[target].after, roles.list[model].before);
    let is_empty = after.grants.is_empty() && pair.is_some_and(|at| scope.grants.of_declared(at).is_none());
    if roles.list[target].live.is_none() || next.is_some() {
        after.user_type = after.user_type.or(model.user_type);
        if is_empty {
            after.grants = model.grants;
        }
    }
    after
}
