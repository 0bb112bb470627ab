//! Seats: who moves from which user type to which, how many seats there are, and what is said
//! where they do not suffice (PLANNING.md §4).
//!
//! A move is one active user whose user type changes; no account, an inactive one and no user type
//! are *outside*. Not responsible for the order of the moves, which `order` proves.

use super::Action;
use super::SeatUse;
use super::census::Census;
use super::draft::{Draft, Suspension};
use super::findings::{FEW, Findings, counted, few};
use super::order::{Change, MOST_STATES, Node, OUTSIDE, Problem, Shortage, Stuck};
use super::scope::Scope;
use super::suspension::Suspensions;
use super::user_types::UserTypes;
use super::waits::Waits;
use crate::diagnostic::Code;
use crate::state::{Kind, attribute};

/// From where to where a step moves somebody; user type `n` is node `n + 1`.
pub(super) fn goes(draft: &Draft) -> Option<(usize, usize)> {
    let node = |seat: Option<usize>| seat.map_or(OUTSIDE, |user_type| user_type + 1);
    let (from, to) = match draft.suspension {
        Some(Suspension::Begins { seat }) => (Some(seat), None),
        Some(Suspension::Ends) => (None, draft.user?.seats().1),
        None => draft.user?.seats(),
    };
    (from != to).then(|| (node(from), node(to)))
}

/// Outside, and the seats of every user type. What the target announces is what counts, not the
/// users that we see.
pub(super) fn nodes(
    scope: &Scope<'_>,
    drafts: &[Draft],
    types: &UserTypes<'_>,
    census: &Census,
    waits: &Waits,
) -> Vec<Node> {
    let node = |(at, user_type): (usize, &super::user_types::UserType<'_>)| {
        let announced = user_type.live.and_then(|live| scope.live.objects(Kind::UserType)[live].in_use);
        let used = announced.unwrap_or(census.active_of_type[at]);
        let (before, after) = (user_type.capacity_before, user_type.capacity_after);
        let writes = |&draft: &usize| {
            drafts[draft].action == Action::Update && drafts[draft].attributes.contains_key(attribute::LICENSES)
        };
        let step = waits.type_draft[at].filter(writes).filter(|_| before != after);
        let change = step.map(|step| Change { step, capacity: after });
        // What no step writes was there or is made with the type.
        let most = before.zip(after).map(|(before, after)| before.max(after));
        Node { capacity: if change.is_some() { before } else { most }, used, change }
    };
    std::iter::once(Node::default()).chain(types.list.iter().enumerate().map(node)).collect()
}

/// What becomes of the seats of every type that is touched, by its position. `worst` is the most
/// seats taken in any state that the waits allow; `None` where there is no order, and anybody may
/// arrive before anybody leaves.
pub(super) fn table(types: &UserTypes<'_>, problem: &Problem, worst: Option<&[u64]>) -> Vec<(usize, SeatUse)> {
    let (arrivals, leavers) = counts(problem);
    let mut table = Vec::new();
    for (at, user_type) in types.list.iter().enumerate() {
        let (node, arrivals, leavers) = (at + 1, arrivals[at + 1], leavers[at + 1]);
        if arrivals + leavers == 0 && user_type.capacity_before == user_type.capacity_after {
            continue;
        }
        let before = problem.nodes[node].used;
        let seats = SeatUse {
            user_type: user_type.name.to_owned(),
            capacity: user_type.capacity_after,
            before,
            worst: worst.map_or(before.saturating_add(arrivals), |worst| worst[node]),
            after: before.saturating_add(arrivals).saturating_sub(leavers),
        };
        table.push((at, seats));
    }
    table.sort_by(|(_, a), (_, b)| a.user_type.cmp(&b.user_type));
    table
}

/// Per node, who arrives and who leaves.
fn counts(problem: &Problem) -> (Vec<u64>, Vec<u64>) {
    let (mut arrivals, mut leavers) = (vec![0; problem.nodes.len()], vec![0; problem.nodes.len()]);
    for (from, to) in problem.steps.iter().filter_map(|step| step.goes) {
        leavers[from] += 1;
        arrivals[to] += 1;
    }
    (arrivals, leavers)
}

/// Says which seats are missing, and what would be enough.
pub(super) fn say(
    types: &UserTypes<'_>,
    drafts: &[Draft],
    problem: &Problem,
    shortage: &Shortage,
    suspensions: Option<&Suspensions>,
    findings: &mut Findings,
) {
    let (arrivals, leavers) = counts(problem);
    for missing in &shortage.missing {
        let user_type = &types.list[missing.node - 1];
        let (used, arrivals, leavers) =
            (problem.nodes[missing.node].used, arrivals[missing.node], leavers[missing.node]);
        let lacks = format!("user type `{}` lacks {}", user_type.name, counted(missing.count, "seat"));
        let message = if missing.at_the_end {
            let declared = counted(user_type.capacity_after.unwrap_or(0), "licence");
            let end = used.saturating_add(arrivals).saturating_sub(leavers);
            format!("{lacks}: {declared} declared, {end} used at the end")
        } else {
            let capacity = counted(user_type.capacity_before.max(user_type.capacity_after).unwrap_or(0), "licence");
            format!("{lacks}: {capacity}, {used} used, {} to arrive and {leavers} to leave", counted(arrivals, "user"))
        };
        let help = format!("{} more of `{}` would do", counted(missing.count, "licence"), user_type.name);
        findings.push_with_help(Code::NoSeat, message, help);
    }
    for stuck in &shortage.stuck {
        stuck_part(types, drafts, problem, shortage, (stuck, suspensions), findings);
    }
}

fn stuck_part(
    types: &UserTypes<'_>,
    drafts: &[Draft],
    problem: &Problem,
    shortage: &Shortage,
    (stuck, suspensions): (&Stuck, Option<&Suspensions>),
    findings: &mut Findings,
) {
    let names: Vec<&str> = stuck.nodes.iter().map(|&node| types.list[node - 1].name).collect();
    let among = few(names.iter().copied(), names.len());
    let even_then = if shortage.missing.is_empty() { "" } else { "even then " };
    let message = if shortage.is_proved {
        let is_full =
            |&node: &usize| problem.nodes[node].capacity.is_some_and(|seats| seats <= problem.nodes[node].used);
        let when = if stuck.nodes.iter().all(is_full) { "" } else { " when it is needed" };
        format!("{even_then}no order of the moves among {among} keeps within the seats: none is free{when}")
    } else {
        format!(
            "{even_then}no order of the moves among {among} that keeps within the seats was found; {MOST_STATES} states \
             were looked at"
        )
    };
    let users = stuck.moves.iter().map(|&step| drafts[step].address.name.as_str());
    let detour = format!(
        "one of these users who goes through another user type first, in a plan of its own: {}",
        few(users, stuck.moves.len())
    );
    let help = match (stuck.count, names.len()) {
        (0, _) => detour,
        (count, 1) => format!("{} more of {among} would do; or {detour}", counted(count, "licence")),
        (count, many) => {
            let which = if many > FEW { "one" } else { "any one" };
            let licences = if count == 1 { "one more licence".to_owned() } else { format!("{count} more licences") };
            format!("{licences} of {which} of them would do; or {detour}")
        }
    };
    let suspended = suspensions.and_then(|suspensions| suspensions.way_out(drafts, stuck));
    let help = suspended.map_or(help.clone(), |way| format!("{help}; or {way}"));
    findings.push_with_help(Code::NoSeat, message, help);
}
