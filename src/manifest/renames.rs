//! The rules of `previously`: who was called what before.
//!
//! Not responsible for which of the names are live (`plan`).

use std::collections::{BTreeMap, BTreeSet};

use super::roles::Role;
use super::set::Set;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::document::Spanned;
use crate::platform::Pack;
use crate::state::fold;

/// `previously` names another name than the role's own.
pub(super) fn a_previous_name_is_another_name(set: &Set, _: &Pack, report: &mut Findings) {
    for role in set.roles.iter().flatten() {
        for name in role.previously.iter().filter(|name| fold(&name.value) == fold(&role.name.value)) {
            report.push(|| {
                let message = format!(
                    "role `{}` cannot have been called `{}` before: it is the same name",
                    role.name.value, name.value
                );
                Diagnostic::new(Code::RenameToItself, name.span, message)
                    .help("remove it; a change of case or spaces alone needs no `previously`")
            });
        }
    }
}

/// A previous name is claimed by one role.
pub(super) fn a_previous_name_is_of_one_role(set: &Set, _: &Pack, report: &mut Findings) {
    let mut first: BTreeMap<_, (&Role, &Spanned<String>)> = BTreeMap::new();
    for role in set.roles.iter().flatten() {
        for name in &role.previously {
            let Some((other, at)) = first.get(&fold(&name.value)) else {
                first.insert(fold(&name.value), (role, name));
                continue;
            };
            if fold(&other.name.value) == fold(&role.name.value) {
                // A role that is declared twice has its own finding.
                continue;
            }
            report.push(|| {
                let message =
                    format!("`{}` is said to be the previous name of `{}` already", name.value, other.name.value);
                Diagnostic::new(Code::PreviousNameShared, name.span, message)
                    .help("keep it at the role that it was; the other one is a new role")
                    .related(at.span, "first said here")
            });
        }
    }
}

/// Following previous names from role to role never leads back: a swap that is done looks like one
/// that is not.
pub(super) fn no_circles(set: &Set, _: &Pack, report: &mut Findings) {
    // Each name leads to the one role that claims it, so a walk ends or goes round.
    let mut claims: BTreeMap<_, (&Role, &Spanned<String>)> = BTreeMap::new();
    for role in set.roles.iter().flatten() {
        for name in role.previously.iter().filter(|name| fold(&name.value) != fold(&role.name.value)) {
            claims.entry(fold(&name.value)).or_insert((role, name));
        }
    }
    let mut walked = BTreeSet::new();
    for role in set.roles.iter().flatten() {
        let mut walk = Vec::new();
        let mut name = fold(&role.name.value);
        while let Some(&(claimant, at)) = claims.get(&name)
            && walked.insert(name.clone())
        {
            walk.push((name, at));
            name = fold(&claimant.name.value);
        }
        if let Some(entered) = walk.iter().position(|(before, _)| *before == name) {
            let circle: Vec<_> = walk[entered..].iter().map(|(_, at)| *at).collect();
            report.push(|| circular(&circle));
        }
    }
}

fn circular(circle: &[&Spanned<String>]) -> Diagnostic {
    let names: Vec<String> = circle.iter().map(|name| format!("`{}`", name.value)).collect();
    let message =
        format!("the roles {} take each other's names, which looks the same before and after", names.join(", "));
    let finding = Diagnostic::new(Code::RenameCycle, circle[0].span, message)
        .help("go through a third name: rename one of them to it first, and apply that");
    let others = circle[1..].iter();
    others.fold(finding, |finding, name| finding.related(name.span, format!("`{}` is taken here", name.value)))
}
