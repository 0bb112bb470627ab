//! How a role is replaced: why, in which way, and what it means for those who hold it
//! (PLANNING.md §3).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::quoted;
use crate::plan::{AccessChange, Holder, Plan, Replacement, Way};
use crate::report::text::{visible, width, wrapped};
use crate::state::{Binding, Origin};

/// Where the lines below an object begin.
const INDENT: usize = 6;

/// What the access difference of a plan does to those who hold replaced roles.
pub(in crate::report) struct OfHolders<'p> {
    gained: Side<'p>,
    lost: Side<'p>,
}

/// One side of an access difference, and by holder the changes that concern them.
struct Side<'p> {
    changes: &'p [AccessChange],
    of_user: BTreeMap<&'p str, Vec<usize>>,
}

impl<'p> OfHolders<'p> {
    /// Goes through all users once, however many roles are replaced.
    pub(in crate::report) fn new(plan: &'p Plan) -> Self {
        let replacements = plan.changes.iter().filter_map(|change| change.replacement.as_ref());
        let holders = replacements.flat_map(|replacement| &replacement.holders);
        let holders: BTreeSet<&str> = holders.map(|holder| holder.user_name.as_str()).collect();
        let side = |changes: &'p [AccessChange]| {
            let mut of_user: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, change) in changes.iter().enumerate().filter(|_| !holders.is_empty()) {
                for user in change.users.iter().map(String::as_str).filter(|user| holders.contains(user)) {
                    of_user.entry(user).or_default().push(at);
                }
            }
            Side { changes, of_user }
        };
        Self { gained: side(&plan.access.gained), lost: side(&plan.access.lost) }
    }
}

/// Appends the lines of one replacement: where it is declared and what it does to people's access,
/// where that is at hand.
pub(in crate::report) fn lines(
    out: &mut String,
    replacement: &Replacement,
    origin: Option<&Origin>,
    access: Option<&OfHolders<'_>>,
) {
    let Replacement { way, because, holders, requests, temporary_name, resumed, old_id, new_id } = replacement;
    let mut line = |name: &str, items: &[String]| {
        let start = format!("{:INDENT$}{name}: ", "");
        out.push_str(&start);
        wrapped(out, items, width(&start), INDENT + 4);
        out.push('\n');
    };
    if !because.is_empty() {
        let fields: Vec<String> = because.iter().map(|field| quoted(field)).collect();
        let place = origin.map(|at| format!(" ({}:{})", visible(&at.file), at.line));
        line("cannot change", &[format!("{}{}", fields.join(", "), place.unwrap_or_default())]);
    }
    line("way", &words(*way, temporary_name.as_deref()));
    line("requests", &[requests.to_string()]);
    if *resumed {
        line("resumed", &["goes on with what an interrupted run has left".to_owned()]);
    }
    let old = old_id.as_deref().map_or_else(|| "the old role is gone".to_owned(), |id| format!("old {}", visible(id)));
    let new = match new_id {
        Binding::Id(id) => format!("new {}", visible(id)),
        Binding::CreatedBy(step) => format!("new from {step}"),
    };
    line("ids", &[old, new]);
    line(&format!("holders ({})", holders.len()), &people(holders));
    let Some(access) = access.filter(|_| !holders.is_empty()) else { return };
    let (gain, lose) = (of_holders(&access.gained, holders), of_holders(&access.lost, holders));
    if gain.is_empty() && lose.is_empty() {
        line("access", &["the holders keep their permissions".to_owned()]);
    }
    for (name, changes) in [("holders gain", gain), ("holders lose", lose)] {
        if !changes.is_empty() {
            line(name, &changes);
        }
    }
}

/// The way in words, with what the new role is called meanwhile.
fn words(way: Way, temporary: Option<&str>) -> Vec<String> {
    let temporary = temporary.map_or_else(|| "a temporary name".to_owned(), quoted);
    match way {
        Way::Recreate => vec!["nobody holds the old role".into(), "it is deleted".into(), "the new one is made".into()],
        Way::Successor => vec!["the new role is made".into(), "holders move".into(), "the old one is deleted".into()],
        Way::Rename => vec![
            format!("the new role is made as {temporary}"),
            "holders move".into(),
            "the old one is deleted".into(),
            "the new one is renamed".into(),
        ],
        Way::Leftover => {
            vec!["holders move to the role that stays".into(), "what an interrupted run has left is deleted".into()]
        }
        Way::TwoHops => vec![
            format!("holders move to {temporary}"),
            "the old role is deleted".into(),
            "the new one is made".into(),
            "holders move to it".into(),
            format!("{temporary} is deleted"),
        ],
    }
}

/// The first holders with what is unusual about them, those first whom nobody has thought of: in
/// no file, or shut out.
fn people(holders: &[Holder]) -> Vec<String> {
    /// Enough to recognise who is meant; the rest is in the JSON.
    const NAMED: usize = 6;
    if holders.is_empty() {
        return vec!["nobody".to_owned()];
    }
    let mut sorted: Vec<&Holder> = holders.iter().collect();
    sorted.sort_by_key(|holder| (holder.managed, !holder.active));
    let shown = sorted.iter().take(NAMED).map(|Holder { user_name, managed, active }| {
        let notes: Vec<&str> = [(!managed, "in no file"), (!active, "inactive")]
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, what)| *what)
            .collect();
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
        format!("{}{notes}", visible(user_name))
    });
    let mut shown: Vec<String> = shown.collect();
    let rest = &sorted[NAMED.min(sorted.len())..];
    if !rest.is_empty() {
        let strangers = rest.iter().filter(|holder| !holder.managed).count();
        let inactive = rest.iter().filter(|holder| !holder.active).count();
        let mut more = format!("and {} more", rest.len());
        for (number, what) in [(strangers, "in no file"), (inactive, "inactive")] {
            if number > 0 {
                let _ = write!(more, ", {number} of them {what}");
            }
        }
        shown.push(more);
    }
    shown
}

/// What of an access difference concerns holders: each permission with how many of them, in the
/// order of the plan, sensitive ones first.
fn of_holders(Side { changes, of_user }: &Side<'_>, holders: &[Holder]) -> Vec<String> {
    /// The rest is under `Access` and in the JSON.
    const NAMED: usize = 6;
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    for &at in holders.iter().filter_map(|holder| of_user.get(holder.user_name.as_str())).flatten() {
        *numbers.entry(at).or_default() += 1;
    }
    let mut shown = Vec::new();
    let mut more = 0;
    for (at, number) in numbers {
        let AccessChange { permissions, sensitive, .. } = &changes[at];
        for permission in permissions {
            if shown.len() == NAMED {
                more += 1;
                continue;
            }
            let mark = if *sensitive { "sensitive; " } else { "" };
            shown.push(format!("{} ({mark}{number} of {})", visible(permission), holders.len()));
        }
    }
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}
