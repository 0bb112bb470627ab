//! What the organization has subscribed to, and what can be done with roles without it.
//!
//! Without a subscription that custom roles need they can only be read, and their holders moved
//! away (reading C4). What the target does not say is not refused but said.

use std::collections::BTreeSet;

use super::Action;
use super::draft::Draft;
use super::findings::{Findings, few};
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::platform::{Pack, Subscription};
use crate::state::Kind;

/// What the pack says of the subscriptions that the organization does not have; nothing where the
/// target does not tell.
pub(super) fn missing<'a>(scope: &Scope<'a>) -> impl Iterator<Item = &'a Subscription> {
    let (pack, organization): (&'a Pack, _) = (scope.pack, scope.live.organization.as_ref());
    let told: Option<&'a BTreeSet<String>> = organization.and_then(|organization| organization.subscriptions.as_ref());
    let missing = move |told: &'a BTreeSet<String>| {
        let all = pack.subscriptions.iter().filter(|(key, _)| !told.contains(*key));
        all.map(|(_, subscription)| subscription)
    };
    told.into_iter().flat_map(missing)
}

/// Holds the changes of roles to the subscriptions.
pub(super) fn check(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let missing: Vec<&Subscription> = missing(scope).collect();
    if missing.is_empty() {
        return;
    }
    let is_built_in = |draft: &Draft| scope.live_role(draft).is_some_and(|index| scope.vendors.key(index).is_some());
    let of_roles = drafts.iter().filter(|draft| draft.address.kind == Kind::Role && draft.change.is_some());
    let (built_in, custom): (Vec<&Draft>, Vec<&Draft>) = of_roles.partition(|draft| is_built_in(draft));
    for subscription in missing {
        for (rule, drafts, of) in [
            (&subscription.custom_roles_rule, &custom, "custom roles"),
            (&subscription.built_in_roles_rule, &built_in, "built-in roles"),
        ] {
            if rule.is_none() || drafts.is_empty() {
                continue;
            }
            let verb = verbs(drafts);
            let names: BTreeSet<&str> = drafts.iter().map(|draft| draft.address.name.as_str()).collect();
            let message = format!(
                "{of} cannot be {verb} without the subscription `{}`: {}",
                subscription.label,
                few(names.iter().copied(), names.len())
            );
            let help = "their holders can still be moved to other roles".to_owned();
            findings.push(Code::NoSubscription, message).rule(rule.as_ref()).help(help);
        }
    }
}

/// What would be done to the roles.
fn verbs(drafts: &[&Draft]) -> String {
    let mut verbs: Vec<&str> = Vec::new();
    for (actions, verb) in [
        (&[Action::Create][..], "made"),
        (&[Action::Update, Action::Replace], "changed"),
        (&[Action::Delete], "deleted"),
    ] {
        if drafts.iter().any(|draft| draft.change.is_some_and(|change| actions.contains(&change))) {
            verbs.push(verb);
        }
    }
    verbs.join(" or ")
}

/// Says what the target does not say of the organization and of our credential, where something
/// depends on it, and the words that the pack does not have.
pub(super) fn unknown(scope: &Scope<'_>, findings: &mut Findings) {
    let pack = scope.pack;
    let labels = pack.subscriptions.values().map(|subscription| subscription.label.as_str());
    let (has_subscriptions, has_managing) = (!pack.subscriptions.is_empty(), pack.roles.managing.is_some());
    let Some(organization) = &scope.live.organization else {
        let mut unchecked = Vec::new();
        if has_subscriptions {
            unchecked.push(format!("whether it has subscribed to {}", few(labels, pack.subscriptions.len())));
        }
        if has_managing {
            unchecked.push("whom the user of this credential may manage".to_owned());
        }
        if !unchecked.is_empty() {
            let message = format!("the target says nothing of its organization; not checked: {}", unchecked.join(", "));
            findings.push(Code::OrganizationUnknown, message);
        }
        return;
    };
    if has_managing && organization.caller.is_none() {
        let message = "the target does not say whose credential this is; not checked: whom they may manage".to_owned();
        findings.push(Code::OrganizationUnknown, message);
    }
    if has_subscriptions && organization.subscriptions.is_none() {
        let message = format!(
            "the target does not say what the organization has subscribed to; not checked: {}",
            few(labels, pack.subscriptions.len())
        );
        findings.push(Code::OrganizationUnknown, message);
    }
    let words = organization.subscriptions.iter().flatten().filter(|word| !pack.subscriptions.contains_key(*word));
    let words: Vec<&str> = words.map(String::as_str).collect();
    if has_subscriptions && !words.is_empty() {
        let message = format!(
            "the organization has subscriptions that the platform's rules do not know: {}",
            few(words.iter().copied(), words.len())
        );
        findings.push(Code::OrganizationUnknown, message);
    }
    if let Some(authority) = organization.authority.as_ref().filter(|word| !pack.authorities.contains_key(*word)) {
        let message =
            format!("the authority of this credential is `{authority}`, which the platform's rules do not know");
        findings.push(Code::OrganizationUnknown, message).help("what it may do was not checked".to_owned());
    }
}
