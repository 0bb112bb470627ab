//! Answers about a saved plan, as text.

use std::fmt::Write;

use super::line;
use crate::access::{
    Grant, PlannedCoverage, PlannedManaging, PlannedMove, PlannedRole, PlannedUsage, PlannedUser, PlannedWhoCan,
};
use crate::plan::{AccessChange, Action, FieldChange};
use crate::report::plan_text;
use crate::report::text::{ADD, REMOVE, STRONG, count, styled, visible};

pub(super) fn user(out: &mut String, user: &PlannedUser<'_>) {
    let PlannedUser { user_name, action, fields, gained, lost } = user;
    let name = visible(user_name);
    if action.is_none() && gained.is_empty() && lost.is_empty() {
        let _ =
            writeln!(out, "The plan does nothing for {name}: no change of the account, no permission gained or lost.");
        return;
    }
    let _ = writeln!(out, "{} {name}{}", styled(STRONG, "User"), action_words(*action));
    self::fields(out, *action, fields);
    let is_empty = gained.is_empty() && lost.is_empty();
    if is_empty {
        line(out, 6, "access", &["stays as it is".to_owned()]);
    }
    for (word, style, grants) in [("gains", ADD, gained), ("loses", REMOVE, lost)] {
        if !grants.is_empty() {
            let grants: Vec<String> = grants
                .iter()
                .map(|Grant { permission, sensitive }| {
                    format!("{}{}", visible(permission), if *sensitive { " (sensitive)" } else { "" })
                })
                .collect();
            let _ = write!(out, "      {}: ", styled(style, word));
            super::wrapped(out, &grants, 13, 13);
            out.push('\n');
        }
    }
}

fn action_words(action: Option<Action>) -> &'static str {
    match action {
        None => "",
        Some(Action::Create) => ", created",
        Some(Action::Update) => ", changed",
        Some(Action::Replace) => ", replaced by a new one",
        Some(Action::Delete) => ", deleted",
    }
}

fn fields(out: &mut String, action: Option<Action>, fields: &[FieldChange]) {
    for field in fields {
        plan_text::field_lines(out, action.unwrap_or(Action::Update), field);
    }
}

pub(super) fn who_can(out: &mut String, who: &PlannedWhoCan<'_>) {
    let PlannedWhoCan { permission, gained, lost, roles } = who;
    let _ = writeln!(out, "{} {}", styled(STRONG, "Who gains or loses"), visible(permission));
    if gained.is_empty() && lost.is_empty() {
        let _ = writeln!(out, "  nobody");
    }
    for (word, style, changes) in [("gained", ADD, gained), ("lost", REMOVE, lost)] {
        for AccessChange { permissions, sensitive, users } in changes {
            let permissions: Vec<_> = permissions.iter().map(|permission| visible(permission)).collect();
            let mark = if *sensitive { " (sensitive)" } else { "" };
            let users: Vec<&str> = users.iter().map(String::as_str).collect();
            let _ = writeln!(
                out,
                "  {} {}{mark} by {}",
                styled(style, format_args!("{word:6}")),
                permissions.join(", "),
                count(users.len() as u64, "user")
            );
            super::people(out, 6, &users);
        }
    }
    for role in roles {
        let added = role.added.iter().map(|grant| styled(ADD, format_args!("+ {}", visible(grant))));
        let removed = role.removed.iter().map(|grant| styled(REMOVE, format_args!("- {}", visible(grant))));
        let name = format!("role {}{}", visible(role.role), action_words(Some(role.action)));
        line(out, 2, &name, &added.chain(removed).collect::<Vec<_>>());
    }
}

pub(super) fn role(out: &mut String, role: &PlannedRole<'_>) {
    let name = visible(&role.role);
    if role.action.is_none() && role.joining.is_empty() && role.leaving.is_empty() {
        let _ = writeln!(
            out,
            "The plan does nothing to the role {name}: no change of it, and nobody comes to hold it or ceases to."
        );
        return;
    }
    let affected = if role.affected_users > 0 {
        format!(" (affects {})", count(role.affected_users, "user"))
    } else {
        String::new()
    };
    let _ = writeln!(out, "{} {name}{}{affected}", styled(STRONG, "Role"), action_words(role.action));
    if role.action.is_none() {
        line(out, 6, "role", &["stays as it is".to_owned()]);
    }
    fields(out, role.action, role.fields);
    if let Some(replacement) = role.replacement {
        plan_text::replacement::lines(out, replacement, None, None);
    }
    for (word, style, moves) in [("joining", ADD, &role.joining), ("leaving", REMOVE, &role.leaving)] {
        if moves.is_empty() {
            continue;
        }
        let _ = writeln!(out, "      {} ({})", styled(style, word), moves.len());
        let users: Vec<String> = moves.iter().map(|one| moved(one, word == "joining")).collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        super::people(out, 10, &users);
    }
}

/// A user with where they come from or go to.
fn moved(one: &PlannedMove<'_>, joins: bool) -> String {
    let PlannedMove { user_name, action, from, to } = one;
    let other = if joins { ("from", from) } else { ("to", to) };
    let how = match action {
        Action::Create => "new account".to_owned(),
        Action::Delete => "account deleted".to_owned(),
        _ if other.1.is_empty() => return (*user_name).to_owned(),
        _ => format!("{} {}", other.0, other.1.join(" and ")),
    };
    format!("{user_name} ({how})")
}

pub(super) fn coverage(out: &mut String, coverage: &PlannedCoverage<'_>) {
    let _ = writeln!(out, "{}", styled(STRONG, "Classifications and segments that roles get or give up"));
    if coverage.options.is_empty() {
        let _ = writeln!(out, "  none");
    }
    for option in &coverage.options {
        let added = option.added.iter().map(|role| styled(ADD, format_args!("+ {}", visible(role))));
        let removed = option.removed.iter().map(|role| styled(REMOVE, format_args!("- {}", visible(role))));
        let name = format!("{} {}", option.vocabulary, visible(option.name));
        line(out, 2, &name, &added.chain(removed).collect::<Vec<_>>());
    }
}

pub(super) fn managing(out: &mut String, managing: &PlannedManaging<'_>) {
    let _ = writeln!(
        out,
        "What managing needs is something of {}; whom, is by the {} of the roles.",
        visible(&managing.permission.permission),
        visible(managing.by)
    );
    who_can(out, &managing.permission);
    for role in &managing.roles {
        self::role(out, role);
    }
}

pub(super) fn usage(out: &mut String, usage: &PlannedUsage<'_>) {
    let mut rows = vec![["user type", "now", "at most", "after", "of"].map(str::to_owned).to_vec()];
    for seats in usage.types {
        let capacity = seats.capacity.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
        let name = visible(&seats.user_type).into_owned();
        rows.push(vec![name, seats.before.to_string(), seats.worst.to_string(), seats.after.to_string(), capacity]);
    }
    let _ = writeln!(out, "{}", styled(STRONG, "Seats"));
    super::table::columns(out, &rows);
    if !usage.users.is_empty() {
        let _ = writeln!(out, "\n{} ({})", styled(STRONG, "Users whose user type changes"), usage.users.len());
        let none = "(none)";
        let users: Vec<String> = usage
            .users
            .iter()
            .map(|user| {
                format!("{} ({} -> {})", user.user_name, user.before.unwrap_or(none), user.after.unwrap_or(none))
            })
            .collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        super::people(out, 2, &users);
    }
}
