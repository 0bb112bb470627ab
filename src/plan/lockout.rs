//! What is said where the floor of administrators cannot be kept on the way (PLANNING.md §5).

use std::fmt::Write;

use super::administrators::Watch;
use super::draft::Draft;
use super::findings::{FEW, Findings, counted, few};
use super::order::{Lockout, MOST_STATES, Need, Problem};
use super::user_types::UserTypes;
use crate::diagnostic::Code;
use crate::state::Kind;

/// Says which loss waits for which gain, whose seat that needs, and the ways out.
pub(super) fn say(
    types: &UserTypes<'_>,
    drafts: &[Draft],
    problem: &Problem,
    lockout: &Lockout,
    findings: &mut Findings,
) {
    let floor = problem.floor;
    let below = lockout.below.unwrap_or(floor).max(1);
    let type_of = |node: usize| types.list[node - 1].name;
    let is_by_seats = lockout.needs.iter().any(|need| need.node.is_some());
    let (Some(loss), Some(gain), true) = (lockout.loss, lockout.gain, is_by_seats && lockout.is_proved) else {
        let why = match (lockout.is_proved, lockout.moves.is_empty()) {
            (false, _) => format!("no order was found that keeps them; {MOST_STATES} states were looked at"),
            (true, false) if lockout.needs.is_empty() => {
                "who becomes one needs a seat that only comes free when another one goes".to_owned()
            }
            (true, _) => "who becomes one can only do so when another one has gone".to_owned(),
        };
        let message = format!("active administrators would fall below {floor} on the way: {why}");
        findings.push_guard(Code::Administrators, below, message);
        return;
    };
    let named = |step: usize| Named(&drafts[step]);
    let mut message = format!(
        "{} can only {} after {} (minimum {floor}), but ",
        named(loss),
        if drafts[loss].address.kind == Kind::User { "go" } else { "lose the right" },
        named(gain).becomes_one(),
    );
    for (at, need) in lockout.needs.iter().enumerate() {
        let Need { step, node, after, is_only_one } = *need;
        if at == FEW {
            write!(message, ", and so on, up to {}", named(loss)).expect("a String takes every text");
            break;
        }
        let link = if at == 0 { "" } else { ", and " };
        let text = match node {
            None => format!("{link}{} has to wait for {}", named(step), named(after)),
            Some(node) => {
                let which =
                    if is_only_one { "the only one that comes free is" } else { "the next one that comes free is" };
                format!(
                    "{link}{} needs a seat of `{}`, and {which} {}",
                    named(step),
                    type_of(node),
                    named(after).owns()
                )
            }
        };
        message.push_str(&text);
    }
    let mut ways: Vec<String> = Vec::new();
    if !lockout.seats.is_empty() {
        let names = lockout.seats.iter().map(|&node| type_of(node));
        let any = if lockout.seats.len() > 1 { "any one of " } else { "" };
        ways.push(format!("one more seat of {any}{}", few(names, lockout.seats.len())));
    }
    ways.push("make somebody who has a seat there an administrator first".to_owned());
    if let Some(below) = lockout.below {
        ways.push(format!("`--allow administrators={below}` for this run"));
    }
    findings.push_with_help(Code::LockoutNeedsSeat, message, format!("ways out: {}", ways.join("; ")));
}

/// Says that the floor is passed under, as was allowed.
pub(super) fn say_lowered(floor: u64, below: u64, findings: &mut Findings) {
    let message =
        format!("{} would be left on the way; {floor} are to be kept", counted(floor - below, "active administrator"));
    findings.push_guard(Code::Administrators, below, message);
}

/// Says that the waits around the roles that change go in a circle.
pub(super) fn say_circular(watch: &Watch, findings: &mut Findings) {
    let Watch { events, now, least, end } = watch;
    if end < least {
        return;
    }
    let below = (events.losses.len() as u64).saturating_sub(now - least).clamp(1, (*least).max(1));
    let message = format!(
        "active administrators would fall below {least} on the way: who becomes one can only do so when another one has gone"
    );
    findings.push_guard(Code::Administrators, below, message);
}

/// A step by whom or what it is about.
struct Named<'d>(&'d Draft);

impl Named<'_> {
    fn becomes_one(&self) -> String {
        match self.0.address.kind {
            Kind::User => format!("`{}` is an administrator", self.0.address.name),
            _ => format!("{self} has given the right"),
        }
    }

    fn owns(&self) -> String {
        match self.0.address.kind {
            Kind::User => format!("`{}`'s", self.0.address.name),
            _ => format!("that of {self}"),
        }
    }
}

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.address.kind {
            Kind::User => write!(f, "`{}`", self.0.address.name),
            _ => write!(f, "`{}`", self.0.address),
        }
    }
}
