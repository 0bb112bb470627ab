//! What the target holds although its platform calls it impossible, and counters that do not add
//! up.
//!
//! Nothing of it refuses a plan: what the files declare of such an object is put right by the same
//! changes as any other difference, where the platform allows it.

use std::collections::{BTreeMap, BTreeSet};

use super::UnlistedUsers;
use super::census::Census;
use super::difference::{names, vocabulary};
use super::findings::{FEW, Findings, few};
use super::roles::Roles;
use super::scope::{Scope, vocabulary as rules_of};
use super::user_types::UserTypes;
use crate::diagnostic::Code;
use crate::platform::{Presence, ReservedValues, UserTypeSource, VocabularyMode};
use crate::state::{Kind, LiveObject, fold};

/// Names that a sentence is about: how many, and the first few.
#[derive(Default)]
struct Meant<'a> {
    count: usize,
    first: Vec<&'a str>,
}

impl<'a> Meant<'a> {
    fn add(&mut self, name: &'a str) {
        self.count += 1;
        if self.first.len() < FEW {
            self.first.push(name);
        }
    }

    fn say(self, what: &str, rule: Option<&String>, findings: &mut Findings) {
        if self.count > 0 {
            let message = format!("the target holds {what}: {}", few(self.first, self.count));
            findings.push(Code::ImpossibleLive, message).rule(rule);
        }
    }
}

/// Looks at everything that is live.
pub(super) fn check(scope: &Scope<'_>, roles: &Roles<'_>, types: &UserTypes<'_>, findings: &mut Findings) {
    for kind in [Kind::Classification, Kind::Segment, Kind::UserType] {
        strange_values(scope, kind, findings);
    }
    if !scope.live.capabilities.role_names {
        attributes(scope, findings);
        permissions(scope, findings);
        for reserved in &scope.pack.roles.reserved {
            second_reserved(scope, roles, reserved, findings);
        }
    }
    users(scope, roles, types, findings);
}

/// Whether the vendor has a value of this name; anything goes where it lists none.
fn is_known(scope: &Scope<'_>, kind: Kind, name: &str) -> bool {
    let Some(rules) = rules_of(scope.pack, kind) else { return true };
    let is_fixed = matches!(rules.mode, VocabularyMode::Closed | VocabularyMode::Tenant) && !rules.values.is_empty();
    let key = scope.key(kind, name);
    !is_fixed || rules.values.iter().any(|value| scope.key(kind, &value.name) == key)
}

/// A fifth user type.
fn strange_values(scope: &Scope<'_>, kind: Kind, findings: &mut Findings) {
    let mut strange = Meant::default();
    for object in scope.live.objects(kind).iter().filter(|object| !is_known(scope, kind, &object.name)) {
        strange.add(&object.name);
    }
    let rule = rules_of(scope.pack, kind).and_then(|rules| rules.rule.as_ref());
    strange.say(&format!("a {kind} that the platform does not have"), rule, findings);
}

/// The live roles that can be managed.
fn live_roles<'a>(scope: &Scope<'a>) -> impl Iterator<Item = (usize, &'a LiveObject)> {
    let objects: &'a [LiveObject] = scope.live.objects(Kind::Role);
    let is_protected: Vec<bool> = (0..objects.len()).map(|index| scope.vendors.is_protected(index)).collect();
    objects.iter().enumerate().filter(move |(index, _)| !is_protected[*index])
}

/// Roles without what every role has, and with what none can have.
fn attributes(scope: &Scope<'_>, findings: &mut Findings) {
    for (attribute, rules) in &scope.pack.roles.attributes {
        let of = vocabulary(scope, Kind::Role, attribute);
        let (mut without, mut outside) = (Meant::default(), BTreeMap::<&str, Meant<'_>>::new());
        for (index, role) in live_roles(scope) {
            // What every built-in role of its key has need not be said by the target.
            let goes_without_saying =
                scope.built_in_rules(index).is_some_and(|rules| rules.attributes.contains_key(attribute));
            let value = role.attributes.get(attribute);
            let mut held = value.into_iter().flat_map(names).filter(|name| !name.is_empty()).peekable();
            if held.peek().is_none() && !goes_without_saying && rules.presence == Presence::Required {
                without.add(&role.name);
            }
            for name in held {
                let is_possible = match of {
                    Some(kind) => is_known(scope, kind, name),
                    None => rules.values.is_empty() || rules.values.iter().any(|value| fold(value) == fold(name)),
                };
                if !is_possible {
                    outside.entry(name).or_default().add(&role.name);
                }
            }
        }
        without.say(&format!("roles without `{attribute}`, which every role has"), rules.rule.as_ref(), findings);
        let rule = of.and_then(|kind| rules_of(scope.pack, kind)?.rule.as_ref()).or(rules.values_rule.as_ref());
        for (name, roles) in outside {
            let what =
                format!("roles with the {} `{name}`, which the platform does not have", attribute.replace('_', " "));
            roles.say(&what, rule, findings);
        }
    }
}

/// Custom roles without permissions where each has some.
fn permissions(scope: &Scope<'_>, findings: &mut Findings) {
    let rules = &scope.pack.roles.permissions;
    let mut without = Meant::default();
    for (index, role) in live_roles(scope).filter(|_| rules.presence == Presence::Required) {
        if scope.vendors.key(index).is_none() && scope.grants.of_live(index).is_empty() {
            without.add(&role.name);
        }
    }
    without.say("roles without permissions, which every role has", rules.rule.as_ref(), findings);
}

/// Roles that are no built-in one and have the values that only it has.
fn second_reserved(scope: &Scope<'_>, roles: &Roles<'_>, reserved: &ReservedValues, findings: &mut Findings) {
    let mut second = Meant::default();
    for (index, role) in live_roles(scope) {
        let has = |(name, value): (&String, &String)| {
            roles.before(scope, index, name).is_some_and(|held| fold(held) == fold(value))
        };
        if scope.vendors.key(index) != Some(&reserved.built_in) && reserved.values.iter().all(has) {
            second.add(&role.name);
        }
    }
    let values: Vec<String> = reserved.values.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let what = format!("roles with {}, which only one built-in role has", values.join(" and "));
    second.say(&what, reserved.rule.as_ref(), findings);
}

/// Users who hold no role or several, or have another type than their role.
fn users(scope: &Scope<'_>, roles: &Roles<'_>, types: &UserTypes<'_>, findings: &mut Findings) {
    let rules = &scope.pack.users;
    let live = &scope.live.users;
    let [mut none, mut several, mut other, mut unknown]: [Meant<'_>; 4] = Default::default();
    for row in (0..live.len()).filter(|&row| !scope.vendors.holds_protected(row)) {
        match live.roles(row).len() {
            1 => {}
            // Of whom the files give one it is said with that.
            _ if is_given_one(scope, live.user_name(row)) => {}
            0 => none.add(live.user_name(row)),
            _ => several.add(live.user_name(row)),
        }
        if roles.of_user(scope, row).count() < live.roles(row).len() {
            unknown.add(live.user_name(row));
        }
        let mapped = roles.only_of_user(scope, row).and_then(|role| roles.list[role].before.user_type);
        if mapped.is_some() && types.of_user(scope, row) != mapped {
            other.add(live.user_name(row));
        }
    }
    if let Some(rule) = &rules.role_rule {
        none.say("users who hold no role", Some(rule), findings);
    }
    unknown.say("users with a role that it does not have", None, findings);
    let collided: BTreeSet<usize> = live.collisions().map(|(row, _)| row).collect();
    // Of whom the files or the project say something, the collision is an error of its own.
    let is_meant = |name: &str| {
        scope.desired.assignments.as_ref().is_some_and(|all| all.find(name).is_some())
            || scope.desired.removed_users.contains_key(&*fold(name))
            || scope.policy.unlisted.users == UnlistedUsers::Deactivate
    };
    let mut same_name = Meant::default();
    for name in collided.into_iter().map(|row| live.user_name(row)).filter(|name| !is_meant(name)) {
        same_name.add(name);
    }
    same_name.say("users whose names mean the same as another's", None, findings);
    // One role is what every platform has; which of several counts, none of them says.
    several.say("users who hold several roles", rules.role_rule.as_ref(), findings);
    if let (Some(rule), UserTypeSource::Role) = (&rules.user_type_rule, rules.user_type) {
        other.say("users whose user type is not that of their role", Some(rule), findings);
    }
}

/// Whether the plan gives a user the one role that the files assign.
fn is_given_one(scope: &Scope<'_>, user_name: &str) -> bool {
    let is_assigned = scope.desired.assignments.as_ref().is_some_and(|all| all.find(user_name).is_some());
    is_assigned && (!scope.is_partial() || scope.selects(Kind::User, user_name))
}

/// User types of which the target counts other seats than the users take that it lists (reading
/// B12).
pub(super) fn seats(scope: &Scope<'_>, types: &UserTypes<'_>, census: &Census, findings: &mut Findings) {
    for (user_type, &listed) in types.list.iter().zip(&census.active_of_type) {
        let counted = user_type.live.and_then(|index| scope.live.objects(Kind::UserType)[index].in_use);
        if let Some(counted) = counted.filter(|&counted| counted != listed) {
            let message = format!(
                "the target counts {counted} used of user type `{}`; the users that it lists take {listed}",
                user_type.name
            );
            let help = format!("the plan goes by {counted}: somebody may hold a seat who is not listed");
            findings.push(Code::SeatsMiscounted, message).help(help);
        }
    }
}
