//! What is proved of the schedule: no step takes a seat that is not free, and the administrators
//! never fall below their floor.
//!
//! The drafts become a problem of numbers, and what `order` answers becomes waits, the table of the
//! seats and findings. Not responsible for any of the three parts: `seats`, `administrators`,
//! `order`.

use super::administrators::{self, Administrators, Watch};
use super::census::Census;
use super::draft::Draft;
use super::findings::Findings;
use super::order::{Problem, Refusal, Solution, Step, solve};
use super::roles::Roles;
use super::scope::Scope;
use super::suspension::Suspensions;
use super::user_types::UserTypes;
use super::waits::Waits;
use super::{SeatUse, lockout, schedule, seats};
use crate::diagnostic::Code;

/// What the proofs were made from.
pub(super) struct View<'v, 'a> {
    pub(super) scope: &'v Scope<'a>,
    pub(super) roles: &'v Roles<'a>,
    pub(super) types: &'v UserTypes<'a>,
    pub(super) census: &'v Census,
    pub(super) administrators: &'v Administrators,
}

/// What was proved, or tried.
pub(super) struct Proofs {
    /// What becomes of the seats of every type that is touched, by its position.
    pub(super) seats: Vec<(usize, SeatUse)>,
    /// Whether anybody ceases to be an administrator.
    pub(super) counts_administrators: bool,
}

/// Adds the waits that keep within the seats and above the floor, or says why there are none. Where
/// the overrides let it, somebody is suspended on the way, which adds steps.
pub(super) fn order(
    view: &View<'_, '_>,
    drafts: &mut Vec<Draft>,
    waits: &mut Waits,
    findings: &mut Findings,
) -> Proofs {
    let &View { scope, roles, types, census, administrators } = view;
    let watch = administrators::watch(scope, administrators, roles, drafts, census, &waits.role_draft, findings);
    let counts_administrators = watch.is_some();
    let mut is_circular = false;
    if counts_administrators {
        let without = waits.of.clone();
        administrators::around_roles(scope, administrators, roles, drafts, waits);
        is_circular = schedule::sorted(&waits.of).is_none();
        if is_circular {
            // Roles that wait for each other's names cannot also wait for each other's holders.
            waits.of = without;
        }
    }
    let nodes = seats::nodes(scope, drafts, types, census, waits);
    let mut problem = Problem { nodes, ..Problem::default() };
    let is_move = |draft: &Draft| seats::goes(draft).is_some();
    let changes_seats = problem.nodes.iter().any(|node| node.change.is_some());
    if counts_administrators || changes_seats || drafts.iter().any(is_move) {
        let step = |(draft, waits): (&Draft, &Vec<usize>)| {
            let goes = seats::goes(draft);
            Step { goes, gains: 0, waits: waits.clone() }
        };
        problem.steps = drafts.iter().zip(&waits.of).map(step).collect();
    }
    match &watch {
        Some(watch) if is_circular => lockout::say_circular(watch, findings),
        Some(watch) => watched(watch, &mut problem),
        None => {}
    }
    let mut answer = solve(&problem);
    let mut suspensions = match &answer {
        Err(Refusal::Seats(shortage)) => Suspensions::find(view, drafts, &problem, shortage),
        _ => None,
    };
    if let Some(allowed) = suspensions.take_if(|suspensions| suspensions.are_allowed(view)) {
        problem = allowed.take(drafts, waits, findings);
        answer = solve(&problem);
    }
    let counts_administrators = counts_administrators || !problem.losses.is_empty();
    let solution = match answer {
        Ok(solution) => Some(solution),
        Err(Refusal::Lockout(lockout)) => {
            let spared = watch.as_ref().and_then(|watch| lower(scope, watch, &lockout, &problem, findings));
            spared.or_else(|| {
                lockout::say(types, drafts, &problem, &lockout, findings);
                solve(&Problem { losses: Vec::new(), floor: 0, ..problem.clone() }).ok()
            })
        }
        Err(Refusal::Seats(shortage)) => {
            seats::say(types, drafts, &problem, &shortage, suspensions.as_ref(), findings);
            without_seats(&problem, types, drafts, waits, findings);
            None
        }
    };
    let worst = solution.as_ref().map(|solution| solution.worst.as_slice());
    let seats = seats::table(types, &problem, worst);
    for (step, before) in solution.into_iter().flat_map(|Solution { waits, .. }| waits) {
        waits.of[step].push(before);
    }
    Proofs { seats, counts_administrators }
}

/// Adds the administrators to a problem. Where too few are left in the end, that is reported
/// already and the way there is held to what is left.
fn watched(watch: &Watch, problem: &mut Problem) {
    for &step in &watch.events.gains {
        problem.steps[step].gains += 1;
    }
    problem.losses.clone_from(&watch.events.losses);
    problem.administrators = watch.now;
    problem.floor = watch.least.min(watch.end);
}

/// The waits with a floor that is as much lower as it must be, where that is allowed.
fn lower(
    scope: &Scope<'_>,
    watch: &Watch,
    lockout: &super::order::Lockout,
    problem: &Problem,
    findings: &mut Findings,
) -> Option<Solution> {
    let allowed = scope.policy.allow.get(&Code::Administrators).copied().unwrap_or(0);
    let below = lockout.below.filter(|below| below + (watch.least - problem.floor) <= allowed)?;
    let floor = problem.floor - below;
    let solution = solve(&Problem { floor, ..problem.clone() }).ok()?;
    lockout::say_lowered(problem.floor, below, findings);
    Some(solution)
}

/// What can be said of administrators where the seats do not suffice anyway.
fn without_seats(
    problem: &Problem,
    types: &UserTypes<'_>,
    drafts: &[Draft],
    waits: &mut Waits,
    findings: &mut Findings,
) {
    let mut problem = problem.clone();
    problem.steps.iter_mut().for_each(|step| step.goes = None);
    problem.nodes.iter_mut().for_each(|node| node.change = None);
    match solve(&problem) {
        Ok(solution) => solution.waits.into_iter().for_each(|(step, before)| waits.of[step].push(before)),
        Err(Refusal::Lockout(lockout)) => lockout::say(types, drafts, &problem, &lockout, findings),
        Err(Refusal::Seats(_)) => {}
    }
}
