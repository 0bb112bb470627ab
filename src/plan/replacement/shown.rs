//! How people see a replacement: its change, the guard that asks about it, and what is said of
//! interrupted ones.

use super::super::Change;
use super::super::draft::Draft;
use super::super::findings::{Findings, counted, few};
use super::super::roles::Roles;
use super::super::schedule;
use super::super::scope::Scope;
use super::super::waits::Waits;
use super::{Replacement, Replacements};
use crate::diagnostic::Code;
use crate::state::{Address, Binding, Kind, LiveObject, StepId, fold};

/// Says what would be replaced, and what an interrupted run has left.
pub(super) fn find(scope: &Scope<'_>, replacements: &Replacements<'_>, findings: &mut Findings) {
    let objects = scope.live.objects(Kind::Role);
    for replacement in &replacements.list {
        let Replacement { name, holders, because, rule, olds, resumed, .. } = replacement;
        let count = holders.len() as u64;
        let message = if because.is_empty() {
            let left = olds.iter().map(|&old| objects[old].name.as_str());
            let (left, holders) = (few(left, olds.len()), counted(count, "holder"));
            format!("`role/{name}` would take the place of {left}, as a run that did not end has begun to; {holders}")
        } else {
            let what = few(because.iter().map(String::as_str), because.len());
            let holders = counted(count, "holder");
            format!("`role/{name}` would be replaced by a new role, because {what} cannot change; {holders}")
        };
        let help = format!("`--allow-replace={count}` lets exactly this happen");
        findings.push(Code::Replace, message).rule(*rule).passes(count).help(help);
        if *resumed {
            let left = olds.iter().chain([&replacement.new]).filter_map(|&role| objects.get(role));
            let left: Vec<&LiveObject> = left.filter(|object| scope.is_next(object)).collect();
            interrupted(name, &left, findings);
        }
    }
    for pair in scope.pairs(Kind::Role).iter().filter(|pair| pair.selected && !pair.blocked) {
        let live = pair.live.map(|index| &objects[index]).filter(|live| scope.is_next(live));
        let at = scope.find(Kind::Role, pair.key);
        if let Some(live) = live.filter(|_| !at.is_some_and(|at| replacements.covers(at))) {
            interrupted(&pair.desired.name, &[live], findings);
        }
    }
}

fn interrupted(name: &str, left: &[&LiveObject], findings: &mut Findings) {
    let left: Vec<String> = left.iter().map(|object| format!("`{}` (id {})", object.name, object.id)).collect();
    let left = left.join(", ");
    let message = format!("a run that did not end has left {left}, which was to become `role/{name}`");
    findings.push(Code::InterruptedReplacement, message);
}

/// Says that it cannot be told what becomes of what a run has left.
pub(super) fn stuck(object: &LiveObject, of: &Address, findings: &mut Findings) {
    let left = &object.name;
    let message = format!(
        "a run that did not end has left `{left}` (id {}), which was to become `{of}`; that role is in no file",
        object.id
    );
    let name = if fold(left) == fold(&of.name) { left } else { &of.name };
    let help =
        format!("declare `{of}`, or say who gets its holders: `removed.roles: {{ {name}: {{ reassign_to: … }} }}`");
    findings.push(Code::InterruptedReplacement, message).help(help);
}

/// What the changes of the replacements say beside the draft that stands for them.
pub(in super::super) struct Shown<'r, 'a> {
    replacements: &'r Replacements<'a>,
    /// Requests per replacement.
    requests: Vec<u64>,
    /// The ids of the new roles.
    ids: Vec<Binding>,
    /// The ids of the old ones.
    old_ids: Vec<Option<String>>,
}

impl<'r, 'a> Shown<'r, 'a> {
    pub(in super::super) fn new(
        replacements: &'r Replacements<'a>,
        drafts: &[Draft],
        waits: &Waits,
        roles: &Roles<'_>,
        ids: &[StepId],
    ) -> Self {
        let list = &replacements.list;
        let mut shown = Self { replacements, requests: vec![0; list.len()], ids: Vec::new(), old_ids: Vec::new() };
        for replacement in list {
            let id = schedule::binding(replacement.last, waits, roles, ids);
            shown.ids.push(id.expect("the role that takes a place is live or made by a step"));
            shown.old_ids.push(roles.list[replacement.olds[0]].live.map(|live| live.id.clone()));
        }
        for draft in drafts.iter().filter(|_| !list.is_empty()) {
            let row = draft.hop.map(|hop| hop.row).or(draft.user.and_then(|change| change.row));
            let of_row = || replacements.of_row.get(&row?);
            if let Some(&at) = draft.role.and_then(|role| replacements.of_role.get(&role)).or_else(of_row) {
                shown.requests[at] += 1;
            }
        }
        shown
    }

    /// The change of a draft that stands for a replacement.
    pub(in super::super) fn complete(&self, role: Option<usize>, mut change: Change) -> Change {
        let Some(&at) = role.and_then(|role| self.replacements.of_role.get(&role)) else { return change };
        let Replacement { name, way, because, holders, temporary_name, resumed, .. } = &self.replacements.list[at];
        change.address = Address::new(Kind::Role, *name);
        change.replacement = Some(super::super::Replacement {
            way: *way,
            because: because.clone(),
            holders: holders.clone(),
            requests: self.requests[at],
            temporary_name: temporary_name.clone(),
            resumed: *resumed,
            old_id: self.old_ids[at].clone(),
            new_id: self.ids[at].clone(),
        });
        change
    }
}
