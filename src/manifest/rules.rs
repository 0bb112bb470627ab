//! The rules over all files together: a flat list of small functions.
//!
//! Each function's doc comment is its rule in English. Not responsible for what a schema can say,
//! nor for what depends on the live state.

use std::collections::BTreeMap;

use super::built_in::BuiltIns;
use super::locks::{self, ruled};
use super::permission_rules;
use super::renames;
use super::roles::Held;
use super::set::Set;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, near_misses};
use crate::document::Findings;
use crate::document::Spanned;
use crate::platform::{Pack, Section, UserTypeSource, VocabularyMode};
use crate::source::Span;
use crate::state::{Kind, attribute, fold};

type Rule = fn(&Set, &Pack, &mut Findings);

/// Every rule, in the order in which they run.
pub(super) const RULES: &[Rule] = &[
    an_object_is_declared_once,
    a_user_is_assigned_once,
    an_object_is_removed_once,
    roles_name_declared_vocabulary,
    assignments_name_declared_user_types,
    locks::built_in_roles_stay,
    locks::built_in_roles_keep_what_they_are,
    locks::a_built_in_role_is_one_role,
    locks::a_role_under_a_freed_name_is_complete,
    locks::reserved_values_are_left_alone,
    locks::protected_roles_are_not_named,
    permission_rules::a_role_may_do_something,
    permission_rules::permissions_are_within_the_user_type,
    permission_rules::a_functionality_is_on_or_off,
    permission_rules::the_user_type_is_no_dearer_than_needed,
    renames::a_previous_name_is_another_name,
    renames::a_previous_name_is_of_one_role,
    renames::no_circles,
    what_is_removed_is_not_declared,
    nothing_names_a_removed_role,
    reassigning_ends_at_another_role,
    a_user_has_the_type_of_the_role,
];

/// Runs every rule.
pub(super) fn run(set: &Set, pack: &Pack) -> Diagnostics {
    let mut found = Diagnostics::default();
    for rule in RULES {
        let mut report = Findings::default();
        rule(set, pack, &mut report);
        found.append(report.finish(|more| format!("{more} more findings like this one are not shown")));
    }
    found
}

/// A name means one object of its kind, in all files together.
fn an_object_is_declared_once(set: &Set, pack: &Pack, report: &mut Findings) {
    for kind in Kind::ALL {
        for (name, first) in repeated(set.names(kind)) {
            report.push(|| {
                let finding = duplicate(&format!("{} `{}`", words(kind), name.value), "declared", name, first);
                ruled(finding, pack.roles.name_rule.as_ref().filter(|_| kind == Kind::Role))
            });
        }
    }
}

/// A user is assigned once, in all files together.
fn a_user_is_assigned_once(set: &Set, pack: &Pack, report: &mut Findings) {
    let Some(rows) = &set.assignments else { return };
    for (row, user) in &rows.doubled {
        let first = rows.assignments.get(*row);
        let first = Spanned { value: first.user_name.to_owned(), span: first.span.unwrap_or(user.span) };
        let finding = || duplicate(&format!("user `{}`", user.value), "assigned", user, &first);
        report.push(|| ruled(finding(), pack.users.user_name_rule.as_ref()));
    }
}

/// What is removed is listed once.
fn an_object_is_removed_once(set: &Set, _: &Pack, report: &mut Findings) {
    for (name, first) in repeated(set.removed_roles.iter().map(|(name, _)| name)) {
        report.push(|| duplicate(&format!("role `{}`", name.value), "removed", name, first));
    }
    for (name, first) in repeated(set.removed_users.iter().map(|(name, _)| name)) {
        report.push(|| duplicate(&format!("user `{}`", name.value), "removed", name, first));
    }
}

/// Where the files have a section for a vocabulary, a role names only what it declares.
fn roles_name_declared_vocabulary(set: &Set, pack: &Pack, report: &mut Findings) {
    for role in set.roles.iter().flatten() {
        for (attribute, held) in &role.attributes {
            let Some(section) = pack.roles.attributes.get(attribute).and_then(|rules| rules.of) else { continue };
            if let Held::Names(_, names) = &held.value {
                for name in names {
                    declared(set, pack, section, name.value.as_str(), name.span, report);
                }
            }
        }
    }
}

/// Where the files have a section for user types, an assignment names only what it declares.
fn assignments_name_declared_user_types(set: &Set, pack: &Pack, report: &mut Findings) {
    let Some(rows) = &set.assignments else { return };
    for &(row, span) in &rows.user_types {
        if let Some(name) = rows.assignments.get(row).user_type {
            declared(set, pack, Section::UserTypes, name, span, report);
        }
    }
}

/// What is under `removed` is not declared or assigned by the same files.
fn what_is_removed_is_not_declared(set: &Set, _: &Pack, report: &mut Findings) {
    let both = |name: &Spanned<String>, what: &str, declared: &str, at: Span| {
        let message = format!("{what} `{}` is removed here, and {declared} by the same files", name.value);
        Diagnostic::new(Code::AssignedAndRemoved, name.span, message)
            .help("keep one of the two")
            .related(at, format!("{declared} here"))
    };
    for (name, _) in &set.removed_roles {
        if let Some(role) = set.role(&name.value) {
            report.push(|| both(name, "role", "declared", role.name.span));
        }
    }
    for (name, _) in &set.removed_users {
        if let Some(at) = set.assigned(&name.value) {
            report.push(|| both(name, "user", "assigned", at));
        }
    }
}

/// Neither an assignment, a `reassign_to` nor a `previously` names a role that is removed (R-BE-39):
/// a rename and a removal of one role cannot both be meant.
fn nothing_names_a_removed_role(set: &Set, pack: &Pack, report: &mut Findings) {
    if set.removed_roles.is_empty() {
        return;
    }
    let removed = removed_by_name(set);
    let names_removed = |what: String, name: &str, span: Span, at: Span| {
        let message = format!("{what} role `{name}`, which the same files remove");
        let finding = Diagnostic::new(Code::RemovedRoleNamed, span, message).related(at, "removed here");
        ruled(finding, pack.roles.held_rule.as_ref())
    };
    if let Some(rows) = &set.assignments {
        for (row, &span) in rows.roles.iter().enumerate() {
            let assignment = rows.assignments.get(row);
            if let Some((at, _)) = removed.get(&*fold(assignment.role)) {
                let what = format!("user `{}` is assigned the", assignment.user_name);
                report.push(|| names_removed(what, assignment.role, span, at.span).help("assign another role"));
            }
        }
    }
    for role in set.roles.iter().flatten() {
        for name in &role.previously {
            if let Some((at, _)) = removed.get(&*fold(&name.value)) {
                let what = format!("`{}` was previously the", role.name.value);
                let help = "keep one of the two: a rename keeps the holders, a removal moves them";
                report.push(|| names_removed(what, &name.value, name.span, at.span).help(help));
            }
        }
    }
    for (name, to) in &set.removed_roles {
        let Some(to) = to else { continue };
        if let Some((at, _)) = removed.get(&*fold(&to.value))
            && !leads_back(&removed, &name.value)
        {
            let what = format!("the holders of `{}` would get the", name.value);
            let help = "name a role that stays";
            report.push(|| names_removed(what, &to.value, to.span, at.span).help(help));
        }
    }
}

/// Following `reassign_to` never leads back to the role that is removed (R-BE-39).
fn reassigning_ends_at_another_role(set: &Set, pack: &Pack, report: &mut Findings) {
    let removed = removed_by_name(set);
    for (name, to) in &set.removed_roles {
        let Some(to) = to else { continue };
        if leads_back(&removed, &name.value) {
            let message = if fold(&to.value) == fold(&name.value) {
                format!("the holders of `{}` would get the very role that is removed", name.value)
            } else {
                format!("the holders of `{}` would get `{}`, and in the end the same role again", name.value, to.value)
            };
            report.push(|| {
                let finding = Diagnostic::new(Code::ReassignCycle, to.span, message).help("name a role that stays");
                ruled(finding, pack.roles.held_rule.as_ref())
            });
        }
    }
}

/// The user type in an assignment is that of the role, where the role says it (R-UT-4).
fn a_user_has_the_type_of_the_role(set: &Set, pack: &Pack, report: &mut Findings) {
    let Some(rows) = &set.assignments else { return };
    if pack.users.user_type != UserTypeSource::Role {
        return;
    }
    let built_ins = BuiltIns::of(pack);
    for &(row, span) in &rows.user_types {
        let assignment = rows.assignments.get(row);
        let Some(of_user) = assignment.user_type else { continue };
        let role = set.role_meant(assignment.role, &built_ins);
        // One that the platform has brought along has a type whether it is declared or not.
        let given = || built_ins.named(assignment.role)?.role.attributes.get(attribute::USER_TYPE)?.first();
        let of_role = match role {
            Some(role) => role.mapping(pack).user_type(),
            None => given().map(String::as_str),
        };
        let Some(of_role) = of_role else { continue };
        let canonical = pack.vocabulary(Section::UserTypes).canonical(of_user);
        if fold(of_role) != fold(canonical) {
            report.push(|| {
                let finding = mismatch(assignment.user_name, of_user, span, assignment.role, of_role);
                let finding = ruled(finding, pack.users.user_type_rule.as_ref());
                match role.and_then(|role| role.name_in(attribute::USER_TYPE)) {
                    Some(mapped) => finding.related(mapped.span, "mapped here"),
                    None => finding,
                }
            });
        }
    }
}

fn mismatch(user: &str, of_user: &str, span: Span, role: &str, of_role: &str) -> Diagnostic {
    let message =
        format!("user `{user}` is said to be of type `{of_user}`, but role `{role}` is mapped to `{of_role}`");
    Diagnostic::new(Code::UserTypeMismatch, span, message)
        .help("the type follows from the role: remove `user_type` here, or assign another role")
}

/// Pushes a finding if the files have a section for the vocabulary and the name is not in it. A name
/// that the platform knows is then one that this organization does not have (R-TE-15), any other an
/// unknown one. A vocabulary that is closed is held by the schema.
fn declared(set: &Set, pack: &Pack, section: Section, name: &str, span: Span, report: &mut Findings) {
    let Some(terms) = set.vocabularies.get(&section) else { return };
    let vocabulary = pack.vocabulary(section);
    if vocabulary.mode == VocabularyMode::Closed || set.term(section, vocabulary.canonical(name)).is_some() {
        return;
    }
    if !vocabulary.values.is_empty() {
        // A name that is none of the values has been reported by the schema.
        if vocabulary.spellings().any(|known| known == name) {
            report.push(|| not_enabled(name, section, vocabulary.enabled_rule.as_ref(), span));
        }
        return;
    }
    report.push(|| {
        let message = format!("there is no {} `{name}`", section.one());
        let near = near_misses(name, terms.iter().map(|term| term.name.value.as_str()));
        Diagnostic::new(Code::UnknownName, span, message).help(match near.first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it under `{}`", section.key()),
        })
    });
}

fn not_enabled(name: &str, section: Section, rule: Option<&String>, span: Span) -> Diagnostic {
    let key = section.key();
    let message = format!("{} `{name}` is not enabled: `{key}` does not list it", section.one());
    let finding = Diagnostic::new(Code::NotEnabled, span, message)
        .help(format!("choose another one; if the organization has it, list it under `{key}`"));
    ruled(finding, rule)
}

fn duplicate(what: &str, how: &str, second: &Spanned<String>, first: &Spanned<String>) -> Diagnostic {
    let finding = Diagnostic::new(Code::DuplicateObject, second.span, format!("{what} is {how} twice"))
        .related(first.span, format!("first {how} here"));
    if first.value == second.value {
        finding.help("keep one of the two")
    } else {
        // Two encodings of one accent look the same: then it must be said where the difference is.
        let plain = |name: &str| name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let how = if plain(&first.value) == plain(&second.value) {
            "case or spaces, which do"
        } else {
            "the encoding of accents, which does"
        };
        finding.help(format!(
            "keep one of the two; `{}` and `{}` differ only in {how} not count",
            first.value, second.value
        ))
    }
}

/// The names that mean the same as an earlier one, each with the first.
fn repeated<'a>(names: impl Iterator<Item = &'a Spanned<String>>) -> Vec<(&'a Spanned<String>, &'a Spanned<String>)> {
    let mut first: BTreeMap<_, &Spanned<String>> = BTreeMap::new();
    let mut repeated = Vec::new();
    for name in names {
        if let Some(first) = first.get(&fold(&name.value)) {
            repeated.push((name, *first));
        } else {
            first.insert(fold(&name.value), name);
        }
    }
    repeated
}

type Removed<'a> = BTreeMap<String, (&'a Spanned<String>, Option<&'a Spanned<String>>)>;

fn removed_by_name(set: &Set) -> Removed<'_> {
    set.removed_roles.iter().map(|(name, to)| (fold(&name.value).into_owned(), (name, to.as_ref()))).collect()
}

/// Whether following `reassign_to` from a removed role comes to it again.
fn leads_back(removed: &Removed<'_>, start: &str) -> bool {
    let start = fold(start);
    let mut name = start.to_string();
    // Each step leaves one removed role; a walk longer than all of them is in a cycle beside.
    for _ in 0..removed.len() {
        let Some((_, Some(to))) = removed.get(&name) else { return false };
        name = fold(&to.value).into_owned();
        if name == start {
            return true;
        }
    }
    false
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Classification => "classification",
        Kind::Segment => "segment",
        Kind::UserType => "user type",
        Kind::Role => "role",
        Kind::User => "user",
    }
}
