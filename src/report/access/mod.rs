//! Answers about access, as text and as JSON.
//!
//! The JSON is written to a stream: an organization has a hundred thousand users, and their rows
//! need not be one text first. What is about a saved plan is written in `planned`.

mod planned;
mod table;

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use super::text::{CHANGE, FAINT, STRONG, count, styled, visible, wrapped};
use crate::access::{
    Answer, EntityAccess, Holders, ManagedBy, Managing, May, RoleAccess, RoleFacts, RoleUsers, Source, State, Usage,
    UserAccess, WhoCan,
};
use crate::state::Value;
use table::Table;

/// The version of the JSON of `rolecall access`.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    source: &'a Source,
    question: &'static str,
    answer: &'a Answer<'a>,
    notes: &'a [String],
}

/// An answer as JSON.
///
/// # Errors
///
/// When the stream cannot be written.
pub fn access_json(source: &Source, answer: &Answer<'_>, notes: &[String], to: &mut dyn io::Write) -> io::Result<()> {
    let document = Document { format_version: FORMAT_VERSION, source, question: answer.question(), answer, notes };
    serde_json::to_writer_pretty(&mut *to, &document)?;
    to.write_all(b"\n")
}

/// An answer for people, with colours.
#[must_use]
pub fn access_text(source: &Source, answer: &Answer<'_>, notes: &[String]) -> String {
    let mut out = String::new();
    heading(&mut out, source);
    out.push('\n');
    let platform = &source.platform;
    match answer {
        Answer::User(user) => self::user(&mut out, user),
        Answer::WhoCan(who) => who_can(&mut out, who),
        Answer::Role(role) => self::role(&mut out, role),
        Answer::Coverage(Some(coverage)) => table::coverage(&mut out, coverage),
        Answer::Managing(Some(managing)) => self::managing(&mut out, managing),
        Answer::ManagedBy(Some(managed)) => managed_by(&mut out, managed),
        Answer::Usage(Some(usage)) => self::usage(&mut out, usage, source.state),
        Answer::PlannedUser(user) => planned::user(&mut out, user),
        Answer::PlannedWhoCan(who) => planned::who_can(&mut out, who),
        Answer::PlannedRole(role) => planned::role(&mut out, role),
        Answer::PlannedCoverage(Some(coverage)) => planned::coverage(&mut out, coverage),
        Answer::PlannedManaging(Some(managing)) => planned::managing(&mut out, managing),
        Answer::PlannedUsage(Some(usage)) => planned::usage(&mut out, usage),
        Answer::Coverage(None) | Answer::PlannedCoverage(None) => {
            let _ = writeln!(out, "Roles on {} have neither classifications nor segments.", visible(platform));
        }
        Answer::Managing(None) | Answer::ManagedBy(None) | Answer::PlannedManaging(None) => {
            let platform = visible(platform);
            let _ = writeln!(
                out,
                "The platform {platform} draws no lines of who may manage whom: permissions alone say it."
            );
        }
        Answer::Usage(None) | Answer::PlannedUsage(None) => {
            let _ = writeln!(out, "Users on {} have no user types and take no seats.", visible(platform));
        }
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    for note in notes {
        let _ = writeln!(out, "{}: {}", styled(STRONG, "note"), visible(note));
    }
    out
}

/// What was asked, so that nobody takes a wish for the state of things.
fn heading(out: &mut String, source: &Source) {
    let Source { state, platform, target, organization, environment, digest } = source;
    let target = target.as_deref().map(visible).unwrap_or_default();
    let words = match state {
        State::Live => format!("{} {target}", styled(STRONG, "Access on")),
        State::Desired => styled(STRONG, "Access as the files want it"),
        State::Plan => format!("{} {target}", styled(STRONG, "Access by the saved plan for")),
    };
    let mut facts = vec![format!("platform {}", visible(platform))];
    let others = [("environment", environment), ("organization", organization), ("digest", digest)];
    facts.extend(others.iter().filter_map(|(name, value)| Some(format!("{name} {}", visible(value.as_deref()?)))));
    let _ = writeln!(out, "{words} ({})", facts.join(", "));
}

fn user(out: &mut String, user: &UserAccess<'_>) {
    let name = user.display_name.map(|name| format!(" ({})", visible(name))).unwrap_or_default();
    let _ = writeln!(out, "{} {}{name}", styled(STRONG, "User"), visible(user.user_name));
    if user.active {
        line(out, 2, "active", &["yes".to_owned()]);
    } else {
        line(out, 2, "active", &[styled(CHANGE, "no; until then they can do nothing of what follows")]);
    }
    if let Some(user_type) = user.user_type {
        line(out, 2, "user type", &[visible(user_type).into_owned()]);
    }
    if user.roles.is_empty() {
        line(out, 2, "role", &["(none)".to_owned()]);
    }
    for role in &user.roles {
        facts(out, 2, role);
    }
    manages(out, 2, user.manages.as_deref());
    permissions(out, user.grants_known, &user.permissions);
}

fn role(out: &mut String, role: &RoleAccess<'_>) {
    facts(out, 0, &role.role);
    manages(out, 2, role.manages.as_deref());
    permissions(out, role.grants_known, &role.permissions);
    let Holders { active, inactive } = &role.holders;
    let _ = writeln!(out, "\n{} ({})", styled(STRONG, "Holders"), active.len());
    people(out, 2, active);
    if !inactive.is_empty() {
        let _ = writeln!(out, "{} ({})", styled(STRONG, "Inactive holders"), inactive.len());
        people(out, 2, inactive);
    }
}

/// A role's name with what it has beside its permissions.
fn facts(out: &mut String, indent: usize, role: &RoleFacts<'_>) {
    let RoleFacts { name, built_in, protected, attributes } = role;
    let mut words = visible(name).into_owned();
    if let Some(key) = built_in {
        let _ = write!(words, " {}", styled(FAINT, format_args!("(built in: {})", visible(key))));
    }
    if *protected {
        words.push_str(" (never managed from files)");
    }
    if indent == 0 {
        let _ = writeln!(out, "{} {words}", styled(STRONG, "Role"));
    } else {
        line(out, indent, "role", &[words]);
    }
    for (attribute, value) in attributes {
        let items = match value {
            Value::Names(names) => names.iter().map(|name| visible(name).into_owned()).collect(),
            Value::Text(text) => vec![visible(text).into_owned()],
            Value::Flag(flag) => vec![flag.to_string()],
            Value::Count(count) => vec![count.to_string()],
            Value::Absent | Value::Reference(_) => continue,
        };
        line(out, indent + 2, &visible(attribute), &items);
    }
}

fn manages(out: &mut String, indent: usize, manages: Option<&[May<'_>]>) {
    if let Some(manages) = manages.filter(|manages| !manages.is_empty()) {
        let items: Vec<String> =
            manages.iter().map(|may| format!("{} {}", visible(may.value), may_words(may))).collect();
        line(out, indent, "manages", &items);
    }
}

/// `yes (R-BE-19)`, `no (R-BE-17: it grants nothing of users)`.
fn may_words(may: &May<'_>) -> String {
    let May { value: _, may, rule, because } = may;
    let reasons: Vec<_> = rule.iter().copied().chain(because.as_deref()).map(visible).collect();
    let word = if *may { "yes" } else { "no" };
    if reasons.is_empty() { word.to_owned() } else { format!("{word} ({})", reasons.join(": ")) }
}

/// What can be done, power over others first.
fn permissions(out: &mut String, known: bool, entities: &[EntityAccess]) {
    if !known {
        let _ = writeln!(out, "\n{}: not known here", styled(STRONG, "Permissions"));
        return;
    }
    if entities.is_empty() {
        let _ = writeln!(out, "\n{}: none", styled(STRONG, "Permissions"));
        return;
    }
    for (sensitive, heading) in [(true, "Sensitive permissions"), (false, "Permissions")] {
        let mut table = Table::new(2);
        for entity in entities {
            let actions = entity.actions.iter().filter(|action| action.sensitive == sensitive).map(|action| {
                let fields: Vec<_> = action.fields.iter().map(|field| visible(field)).collect();
                let only = if fields.is_empty() { String::new() } else { format!(" (only {})", fields.join(", ")) };
                format!("{}{only}", visible(&action.action))
            });
            let actions: Vec<String> = actions.collect();
            if !actions.is_empty() {
                table.row(&visible(&entity.entity), actions);
            }
        }
        if !table.is_empty() {
            let _ = writeln!(out, "\n{}", styled(STRONG, heading));
            table.write(out);
        }
    }
}

fn who_can(out: &mut String, who: &WhoCan<'_>) {
    let WhoCan { permission, sensitive, active, inactive, roles, unknown } = who;
    let mark = if *sensitive { styled(CHANGE, " (sensitive)") } else { String::new() };
    let by = count(roles.len() as u64, "role");
    let _ = writeln!(
        out,
        "{} {}{mark}: {}, by {by}",
        styled(STRONG, "Who can"),
        visible(permission),
        count(*active as u64, "active user")
    );
    if roles.is_empty() {
        let _ = writeln!(out, "  nobody");
    }
    for role in roles {
        role_line(out, role, permission);
        people(out, 6, &role.users.active);
    }
    if *inactive > 0 {
        let _ = writeln!(out, "\n{} ({inactive})", styled(STRONG, "Inactive, who could if they were not"));
        for role in roles.iter().filter(|role| !role.users.inactive.is_empty()) {
            let _ = writeln!(out, "  {}", visible(role.role));
            people(out, 6, &role.users.inactive);
        }
    }
    if !unknown.is_empty() {
        out.push('\n');
        let names: Vec<String> = unknown.iter().map(|name| visible(name).into_owned()).collect();
        line(out, 0, "not known of", &names);
    }
}

fn role_line(out: &mut String, role: &RoleUsers<'_>, permission: &str) {
    let key = role.built_in.map(|key| format!(" {}", styled(FAINT, format_args!("(built in: {})", visible(key)))));
    let _ = write!(out, "  {}{}", visible(role.role), key.unwrap_or_default());
    // What was asked for in one word is said in full where a role has only some of it.
    let covers =
        |grant: &&str| permission.strip_prefix(*grant).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if !role.through.iter().all(covers) {
        let below = format!("{permission}.");
        let through: Vec<_> =
            role.through.iter().map(|grant| visible(grant.strip_prefix(&below).unwrap_or(grant))).collect();
        let only = if role.partial { "only " } else { "" };
        let _ = write!(out, ": {only}{}", through.join(", "));
    }
    let _ = writeln!(out, " ({})", role.users.active.len());
}

fn managing(out: &mut String, managing: &Managing<'_>) {
    let Managing { by, permission, permission_rule, values, roles } = managing;
    let rule = permission_rule.map(|rule| format!(" ({})", visible(rule))).unwrap_or_default();
    let _ = writeln!(
        out,
        "{}, by their {}; a role must grant something of {} for it{rule}",
        styled(STRONG, "Who may manage whom"),
        visible(by),
        visible(permission)
    );
    let mut cells = Vec::new();
    let mut deciding: Vec<&str> = Vec::new();
    for name in roles.iter().flat_map(|line| line.attributes.keys()) {
        if !deciding.contains(name) {
            deciding.push(name);
        }
    }
    let mut head = vec!["role".to_owned()];
    head.extend(deciding.iter().map(|name| visible(name).into_owned()));
    head.push("users".into());
    head.extend(values.iter().map(|value| visible(value).into_owned()));
    cells.push(head);
    for line in roles {
        let mut row = vec![visible(line.role).into_owned()];
        row.extend(deciding.iter().map(|name| visible(line.attributes.get(name).copied().unwrap_or("-")).into_owned()));
        row.push(line.active_users.to_string());
        row.extend(line.manages.iter().map(may_words));
        cells.push(row);
    }
    table::columns(out, &cells);
}

fn managed_by(out: &mut String, managed: &ManagedBy<'_>) {
    let ManagedBy { user_name, active, roles, by: _, manages: may, users } = managed;
    let total: usize = users.iter().map(|role| role.users.active.len() + role.users.inactive.len()).sum();
    let _ =
        writeln!(out, "{} {} may manage: {}", styled(STRONG, "Whom"), visible(user_name), count(total as u64, "user"));
    if !active {
        line(out, 2, "active", &[styled(CHANGE, "no; until then they manage nobody")]);
    }
    line(
        out,
        2,
        if roles.len() == 1 { "role" } else { "roles" },
        &roles.iter().map(|name| visible(name).into_owned()).collect::<Vec<_>>(),
    );
    manages(out, 2, Some(may));
    for role in users {
        let Holders { active, inactive } = &role.users;
        let more = if inactive.is_empty() { String::new() } else { format!(" and {} inactive", inactive.len()) };
        let _ = writeln!(out, "  {}, {} ({}{more})", visible(role.role), visible(role.value), active.len());
        if !active.is_empty() {
            people(out, 6, active);
        }
        if !inactive.is_empty() {
            line(out, 6, "inactive", &named(inactive));
        }
    }
}

fn usage(out: &mut String, usage: &Usage<'_>, state: State) {
    // Files that state no licences leave those that there are.
    let unlimited = if state == State::Desired { "not stated" } else { "no limit" };
    let number = |value: Option<u64>, none: &str| value.map_or_else(|| none.to_owned(), |number| number.to_string());
    let mut cells = vec![["user type", "used", "of", "free", "counted by the target"].map(str::to_owned).to_vec()];
    for used in &usage.types {
        cells.push(vec![
            used.user_type.map_or_else(|| "(none)".to_owned(), |name| visible(name).into_owned()),
            used.used.to_string(),
            number(used.capacity, unlimited),
            number(used.free, "-"),
            number(used.announced, "-"),
        ]);
    }
    let _ = writeln!(out, "{}", styled(STRONG, "Seats"));
    table::columns(out, &cells);
    let (users, inactive) = (usage.users.len() as u64, usage.inactive.len() as u64);
    let _ = writeln!(
        out,
        "\nactive users, who take one each: {users}; inactive ones, who take none: {inactive}; the JSON has a row for each"
    );
}

/// One line with a name and wrapped items.
fn line(out: &mut String, indent: usize, name: &str, items: &[String]) {
    let _ = write!(out, "{:indent$}{name}: ", "");
    wrapped(out, items, indent + name.chars().count() + 2, indent + 4);
    out.push('\n');
}

/// User names, wrapped.
fn people(out: &mut String, indent: usize, users: &[&str]) {
    if users.is_empty() {
        let _ = writeln!(out, "{:indent$}{}", "", styled(FAINT, "nobody"));
        return;
    }
    let _ = write!(out, "{:indent$}", "");
    wrapped(out, &named(users), indent, indent);
    out.push('\n');
}

/// The first of many names; the JSON has them all.
fn named(users: &[&str]) -> Vec<String> {
    /// As many as somebody reads through; whoever wants more looks for one, in the JSON.
    const NAMED: usize = 100;
    let mut names: Vec<String> = users.iter().take(NAMED).map(|name| visible(name).into_owned()).collect();
    if users.len() > NAMED {
        names.push(format!("and {} more in the JSON", users.len() - NAMED));
    }
    names
}
