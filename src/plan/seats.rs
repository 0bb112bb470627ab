//! Seats: whether the moves can be made one after the other without a seat that is not free, and
//! in which order (PLANNING.md §4).
//!
//! A move is one active user whose user type changes; no account, an inactive one and no user type
//! are *outside*. A free seat of `b` lets a user go from `a` to `b`, and is then a free seat of
//! `a`: seats travel against the users. A trail is the way of one free seat; each of its moves
//! waits for the one before.

use super::Action;
use super::SeatUse;
use super::census::Census;
use super::draft::Draft;
use super::findings::{FEW, Findings, counted, few};
use super::scope::Scope;
use super::user_types::UserTypes;
use super::waits::Waits;
use crate::diagnostic::Code;
use crate::state::{Kind, attribute};

/// The place of users without a seat; user type `n` is node `n + 1`.
const OUTSIDE: usize = 0;

struct Move {
    draft: usize,
    from: usize,
    to: usize,
}

struct Node {
    arrivals: u64,
    leavers: u64,
    /// Seats that are free before any move; `None` where they are endless. Negative where more
    /// are used than there are.
    free: Option<i128>,
    /// Trails that start here.
    starts: u64,
}

impl Node {
    /// Whether everybody who arrives finds a seat whoever leaves: nobody needs to wait here.
    fn is_roomy(&self) -> bool {
        self.free.is_none_or(|free| free >= i128::from(self.arrivals))
    }

    fn has_free_seat(&self) -> bool {
        self.free.is_none_or(|free| free > 0)
    }
}

/// Adds the waits that keep every step within the seats, or says why there are none; returns what
/// becomes of the seats of every type that is touched, by its position.
pub(super) fn order(
    scope: &Scope<'_>,
    drafts: &[Draft],
    types: &UserTypes<'_>,
    census: &Census,
    waits: &mut Waits,
    findings: &mut Findings,
) -> Vec<(usize, SeatUse)> {
    let node = |seat: Option<usize>| seat.map_or(OUTSIDE, |user_type| user_type + 1);
    let moves: Vec<Move> = (drafts.iter().enumerate())
        .filter_map(|(draft, change)| {
            let (from, to) = change.user?.seats();
            (from != to).then_some(Move { draft, from: node(from), to: node(to) })
        })
        .collect();
    let used = |at: usize| {
        let announced = types.list[at].live.and_then(|live| scope.live.objects(Kind::UserType)[live].in_use);
        announced.unwrap_or(census.active_of_type[at])
    };
    let mut nodes = vec![Node { arrivals: 0, leavers: 0, free: None, starts: 0 }];
    for (at, user_type) in types.list.iter().enumerate() {
        // Raised seats count before the moves, lowered ones only after them.
        let capacity = user_type.capacity_before.zip(user_type.capacity_after).map(|(before, after)| before.max(after));
        let free = capacity.map(|capacity| i128::from(capacity) - i128::from(used(at)));
        nodes.push(Node { arrivals: 0, leavers: 0, free, starts: 0 });
    }
    for each in &moves {
        nodes[each.to].arrivals += 1;
        nodes[each.from].leavers += 1;
    }

    let mut is_possible = true;
    for (at, user_type) in types.list.iter().enumerate() {
        let Node { arrivals, leavers, free, .. } = nodes[at + 1];
        let Some(free) = free else { continue };
        // Over-committed already, or at the end: a seat is missing for each user beyond.
        let missing = (i128::from(arrivals) - i128::from(leavers) - free).max(-free).max(0);
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        if arrivals > 0 && missing > 0 {
            is_possible = false;
            let capacity = user_type.capacity_before.max(user_type.capacity_after).unwrap_or(0);
            findings.push_with_help(
                Code::NoSeat,
                format!(
                    "user type `{}` lacks {}: {}, {} used, {} to arrive and {leavers} to leave",
                    user_type.name,
                    counted(missing, "seat"),
                    counted(capacity, "licence"),
                    used(at),
                    counted(arrivals, "user"),
                ),
                format!("{} more of `{}` would do", counted(missing, "licence"), user_type.name),
            );
        } else if free < 0 {
            // Nobody moves in: who leaves only makes it better.
            nodes[at + 1].free = Some(0);
        }
    }
    if is_possible {
        let (trails, is_complete) = trails(&mut nodes, &moves, types, findings);
        is_possible = is_complete;
        for trail in trails {
            for pair in trail.windows(2) {
                let (before, each) = (&moves[pair[0]], &moves[pair[1]]);
                if !nodes[each.to].is_roomy() {
                    waits.of[each.draft].push(before.draft);
                }
            }
        }
    }
    capacities(drafts, types, &moves, &nodes, &used, waits, findings);

    let mut table = Vec::new();
    for (at, user_type) in types.list.iter().enumerate() {
        let node = &nodes[at + 1];
        let changes = user_type.capacity_before != user_type.capacity_after;
        if node.arrivals + node.leavers == 0 && !changes {
            continue;
        }
        let before = used(at);
        // Without an order anybody may arrive before anybody leaves.
        let taken = if node.is_roomy() || !is_possible { node.arrivals } else { node.starts };
        let after = before.saturating_add(node.arrivals).saturating_sub(node.leavers);
        let seats = SeatUse {
            user_type: user_type.name.to_owned(),
            capacity: user_type.capacity_after,
            before,
            worst: before.saturating_add(taken).max(after),
            after,
        };
        table.push((at, seats));
    }
    table.sort_by(|(_, a), (_, b)| a.user_type.cmp(&b.user_type));
    table
}

/// The moves as trails, by their positions, and whether these are all moves; each trail starts
/// with a free seat of its own. Reports parts that have none.
fn trails(
    nodes: &mut [Node],
    moves: &[Move],
    types: &UserTypes<'_>,
    findings: &mut Findings,
) -> (Vec<Vec<usize>>, bool) {
    // Arrows against the users. An arrow beyond the moves leads to or from the source, which
    // stands for the seats that are free at the start of unbalanced parts.
    let source = nodes.len();
    let mut arrows: Vec<Vec<(usize, usize)>> = vec![Vec::new(); nodes.len() + 1];
    for (at, each) in moves.iter().enumerate().rev() {
        arrows[each.to].push((each.from, at));
    }
    for (at, node) in nodes.iter_mut().enumerate() {
        let surplus = i128::from(node.arrivals) - i128::from(node.leavers);
        node.starts = node.arrivals.saturating_sub(node.leavers);
        for _ in 0..surplus.max(0) {
            arrows[source].push((at, moves.len()));
        }
        for _ in 0..(-surplus).max(0) {
            arrows[at].push((source, moves.len()));
        }
    }
    let mut found = Vec::new();
    let circuit = walk(source, &mut arrows);
    found.extend(circuit.split(|&arrow| arrow == moves.len()).filter(|trail| !trail.is_empty()).map(<[usize]>::to_vec));

    // What is left is balanced: closed trails, from a place where nobody waits if there is one.
    for is_start in [Node::is_roomy, Node::has_free_seat] {
        for at in 0..nodes.len() {
            if !arrows[at].is_empty() && is_start(&nodes[at]) {
                nodes[at].starts += 1;
                found.push(walk(at, &mut arrows));
            }
        }
    }
    let mut is_complete = true;
    for at in 0..nodes.len() {
        if !arrows[at].is_empty() {
            is_complete = false;
            let mut touched: Vec<usize> = walk(at, &mut arrows).into_iter().map(|arrow| moves[arrow].to).collect();
            touched.sort_unstable();
            touched.dedup();
            // Outside always has room, so every node here is a user type.
            let names: Vec<&str> = touched.into_iter().map(|node| types.list[node - 1].name).collect();
            findings.push_with_help(
                Code::NoSeat,
                format!(
                    "no order of the moves among {} keeps within the seats: none is free",
                    few(names.iter().copied(), names.len())
                ),
                format!("one more licence of {} of them would do", if names.len() > FEW { "one" } else { "any one" }),
            );
        }
    }
    (found, is_complete)
}

/// A closed walk over all arrows that can be reached from a node, each once (Hierholzer). Every
/// node must have as many arrows in as out.
fn walk(start: usize, arrows: &mut [Vec<(usize, usize)>]) -> Vec<usize> {
    let mut stack = vec![(start, None)];
    let mut walked = Vec::new();
    while let Some(&(node, arrow)) = stack.last() {
        if let Some((next, arrow)) = arrows[node].pop() {
            stack.push((next, Some(arrow)));
        } else {
            stack.pop();
            walked.extend(arrow);
        }
    }
    walked.reverse();
    walked
}

/// Moves wait for seats that are bought for them; seats are given back after the moves.
fn capacities(
    drafts: &[Draft],
    types: &UserTypes<'_>,
    moves: &[Move],
    nodes: &[Node],
    used: &dyn Fn(usize) -> u64,
    waits: &mut Waits,
    findings: &mut Findings,
) {
    let endless = |capacity: Option<u64>| capacity.unwrap_or(u64::MAX);
    for (at, user_type) in types.list.iter().enumerate() {
        let Some(draft) = waits.type_draft[at] else { continue };
        if drafts[draft].action != Action::Update || !drafts[draft].attributes.contains_key(attribute::LICENSES) {
            continue;
        }
        let (before, after) = (endless(user_type.capacity_before), endless(user_type.capacity_after));
        let node = &nodes[at + 1];
        if after > before && before < used(at).saturating_add(node.arrivals) {
            moves.iter().filter(|each| each.to == at + 1).for_each(|each| waits.of[each.draft].push(draft));
        }
        if after < before {
            let touching = moves.iter().filter(|each| each.to == at + 1 || each.from == at + 1);
            waits.of[draft].extend(touching.map(|each| each.draft));
            let left = used(at).saturating_add(node.arrivals).saturating_sub(node.leavers);
            if left > after {
                findings.push(
                    Code::NoSeat,
                    format!(
                        "user type `{}` lacks {}: {} declared, {} used at the end",
                        user_type.name,
                        counted(left - after, "seat"),
                        counted(after, "licence"),
                        left
                    ),
                );
            }
        }
    }
}
