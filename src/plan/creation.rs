//! Roles that are made with two requests: without permissions, then with them (R-BE-28).
//!
//! People see one change. Whatever needs the role waits for the second request (`waits`); a run that
//! ends between the two leaves a role without permissions, which the next plan gives them.

use super::Action;
use super::draft::{Draft, Part};
use super::scope::Scope;
use crate::platform::Creation;
use crate::state::{Kind, Value, attribute};

/// Adds the second request to every creation that needs one.
pub(super) fn in_two_steps(scope: &Scope<'_>, drafts: &mut Vec<Draft>) {
    if scope.pack.roles.creation != Creation::PermissionsFollow {
        return;
    }
    let mut following = Vec::new();
    for draft in drafts.iter_mut().filter(|draft| draft.action == Action::Create && draft.role.is_some()) {
        let Some(permissions) = draft.attributes.remove(attribute::PERMISSIONS) else { continue };
        let mut grants = Draft::new(draft.address.kind, &draft.address.name, Action::Update);
        grants.attributes.insert(attribute::PERMISSIONS.to_owned(), permissions);
        grants.change = None;
        grants.part = Part::Grants;
        grants.role = draft.role;
        following.push(grants);
    }
    drafts.append(&mut following);
}

/// Whether a change does nothing but the second request of a creation that ended after the first.
/// It is part of making the role: no guard takes it for a change of one that was there.
pub(super) fn ends(scope: &Scope<'_>, draft: &Draft, holders: u64) -> bool {
    scope.pack.roles.creation == Creation::PermissionsFollow
        && draft.address.kind == Kind::Role
        && draft.change == Some(Action::Update)
        && holders == 0
        && matches!(&draft.fields[..], [only] if only.path == attribute::PERMISSIONS && only.before == Value::Absent)
}
