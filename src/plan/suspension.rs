//! Somebody who gives up their access for a while so that others can change places (PLANNING.md §4).
//!
//! Where nobody can be first because no seat is free, `--allow-suspend=N` lets at most N users be
//! deactivated first and come back, active, as what they shall be. A run that ends between the two
//! leaves them inactive, and users carry no mark that says why. So only somebody is chosen whose
//! assignment says `active: true`: then any later plan lets them in again, and finds their old seat
//! free, so that nobody has to be suspended a second time.
//!
//! Not responsible for the order of the steps, which `order` proves with both of them in it.

use std::collections::BTreeSet;

use super::Action;
use super::draft::{Draft, Suspension, Touched, UserChange};
use super::findings::{Findings, few};
use super::order::{OUTSIDE, Problem, Refusal, Shortage, Step, Stuck, solve};
use super::proofs::View;
use super::waits::Waits;
use crate::diagnostic::Code;
use crate::state::{Kind, Value, attribute, fold};

/// Other users are tried so many times where the first choice leaves no order: who is an
/// administrator may be one of the few, and each try proves the whole order anew.
const MOST_TRIED: usize = 8;

/// Parts that are stuck need one suspension each, all found at once. Over-committed types may need
/// another round, and what needs more of them than this is no detour any more.
const MOST_ROUNDS: usize = 8;

/// Who would be suspended on the way, so that there is an order.
pub(super) struct Suspensions {
    /// Their steps, by position.
    steps: Vec<usize>,
    /// Whether the files say of all of them that they are active.
    are_said: bool,
    /// The problem with both steps of each.
    problem: Problem,
}

impl Suspensions {
    /// The least harmful ones: if possible no administrators, then the first by name. `None` where
    /// seats are missing that no detour brings, or where nobody can be chosen.
    pub(super) fn find(view: &View<'_, '_>, drafts: &[Draft], problem: &Problem, shortage: &Shortage) -> Option<Self> {
        let can_shut_out = || {
            let users = view.scope.live.capabilities.kinds.get(&Kind::User);
            users.is_some_and(|users| users.holds(attribute::ACTIVE))
        };
        if !shortage.missing.is_empty() || shortage.stuck.is_empty() || !can_shut_out() {
            return None;
        }
        let hops = drafts.iter().filter_map(|draft| Some(draft.hop?.row)).collect();
        [true, false].into_iter().find_map(|are_said| {
            let choice = Choice { view, drafts, hops: &hops, are_said };
            let most = if shortage.is_proved { MOST_TRIED } else { 1 };
            let most = most.min(shortage.stuck.iter().map(|stuck| choice.candidates(problem, stuck).len()).max()?);
            let (steps, problem) = (0..most).find_map(|nth| choice.steps(problem, shortage, nth))?;
            Some(Self { steps, are_said, problem })
        })
    }

    /// Whether the overrides let them happen.
    pub(super) fn are_allowed(&self, view: &View<'_, '_>) -> bool {
        let most = view.scope.policy.allow.get(&Code::Suspend).copied().unwrap_or(0);
        self.are_said && self.count() <= most
    }

    fn count(&self) -> u64 {
        self.steps.len() as u64
    }

    /// What would let the moves of a part happen by suspending some of them; `None` where nobody of
    /// them would be.
    pub(super) fn way_out(&self, drafts: &[Draft], stuck: &Stuck) -> Option<String> {
        let of_part: Vec<usize> = self.steps.iter().copied().filter(|step| stuck.moves.contains(step)).collect();
        if of_part.is_empty() {
            return None;
        }
        let names = few(of_part.iter().map(|&step| drafts[step].address.name.as_str()), of_part.len());
        let allow = format!("`--allow-suspend={}`", self.count());
        let until = "out of their account until the others have moved";
        Some(if self.are_said {
            format!("{allow}, which shuts {names} {until}")
        } else {
            format!("{allow} with `active: true` in the assignment of {names}, which shuts them {until}")
        })
    }

    /// Makes two steps of each of theirs, and gives the problem that has them.
    pub(super) fn take(self, drafts: &mut Vec<Draft>, waits: &mut Waits, findings: &mut Findings) -> Problem {
        for &at in &self.steps {
            let begins = drafts.len();
            let ends = &mut drafts[at];
            let mut draft = Draft::new(Kind::User, &ends.address.name, Action::Update);
            draft.change = None;
            draft.attributes.insert(attribute::ACTIVE.to_owned(), Value::Flag(false));
            draft.live = ends.live.as_ref().map(|live| Touched { id: live.id.clone(), version: live.version.clone() });
            let seat = ends.user.and_then(|change| change.seats().0);
            draft.suspension = seat.map(|seat| Suspension::Begins { seat });
            ends.suspension = Some(Suspension::Ends);
            ends.attributes.insert(attribute::ACTIVE.to_owned(), Value::Flag(true));
            ends.reason = Some("suspended on the way: no seat is free".to_owned());
            let message = format!(
                "`{}` is suspended on the way, because no seat is free: out of their account until the others have \
                 moved, and longer if the run ends before; what they may do in the end is not changed by it",
                ends.address.name
            );
            findings.push_guard(Code::Suspend, 1, message);
            drafts.push(draft);
            waits.of.push(waits.of[at].clone());
            waits.of[at].push(begins);
            waits.follows.push(None);
            waits.follows[at] = Some(begins);
        }
        self.problem
    }
}

/// Among whom is chosen.
struct Choice<'c, 'v, 'a> {
    view: &'c View<'v, 'a>,
    drafts: &'c [Draft],
    /// Rows of users who take two steps already.
    hops: &'c BTreeSet<usize>,
    /// Whether the files must say that they are active.
    are_said: bool,
}

impl Choice<'_, '_, '_> {
    /// The steps of those who are suspended, taking the `nth` of each part, and the problem with them;
    /// `None` where there is no order even then.
    fn steps(&self, problem: &Problem, shortage: &Shortage, nth: usize) -> Option<(Vec<usize>, Problem)> {
        let mut steps = Vec::new();
        let mut with = problem.clone();
        let mut stuck = shortage.stuck.clone();
        for round in 0..MOST_ROUNDS {
            for part in &stuck {
                let candidates = self.candidates(&with, part);
                let at = *candidates.get(nth.min(candidates.len().checked_sub(1)?))?;
                self.suspend(&mut with, at);
                steps.push(at);
            }
            match solve(&with) {
                Ok(_) if round == 0 => return Some((steps, with)),
                Ok(_) => return Some(self.needed(problem, steps)),
                Err(Refusal::Seats(shortage)) if shortage.missing.is_empty() => stuck = shortage.stuck,
                Err(_) => return None,
            }
            if stuck.is_empty() {
                return None;
            }
        }
        None
    }

    /// Without those who turned out not to be needed once others were chosen.
    fn needed(&self, problem: &Problem, mut steps: Vec<usize>) -> (Vec<usize>, Problem) {
        let with = |steps: &[usize]| {
            let mut with = problem.clone();
            for &at in steps {
                self.suspend(&mut with, at);
            }
            with
        };
        for at in (0..steps.len()).rev() {
            let step = steps.remove(at);
            if solve(&with(&steps)).is_err() {
                steps.insert(at, step);
            }
        }
        let problem = with(&steps);
        (steps, problem)
    }

    /// The moves of a part whose users can be suspended, the least harmful first.
    fn candidates(&self, problem: &Problem, part: &Stuck) -> Vec<usize> {
        let mut candidates: Vec<usize> =
            part.moves.iter().copied().filter(|&step| self.can_be_suspended(problem, step)).collect();
        candidates.sort_by_cached_key(|&step| {
            let draft = &self.drafts[step];
            let administrates = draft.user.is_some_and(|change| self.is_administrator(&change));
            (administrates, fold(&draft.address.name).into_owned())
        });
        candidates
    }

    fn can_be_suspended(&self, problem: &Problem, step: usize) -> bool {
        let Some(draft) = self.drafts.get(step) else { return false };
        let moves = problem.steps[step].goes.is_some_and(|(from, to)| from != OUTSIDE && to != OUTSIDE);
        let Some((change, row)) = draft.user.and_then(|change| Some((change, change.row?))) else { return false };
        if !moves
            || draft.action != Action::Update
            || self.hops.contains(&row)
            || self.view.scope.own_row() == Some(row)
        {
            return false;
        }
        let assignments = self.view.scope.desired.assignments.as_ref();
        let assignment =
            assignments.and_then(|assignments| Some(assignments.get(assignments.find(&draft.address.name)?)));
        if assignment.is_none_or(|assignment| self.are_said && assignment.active != Some(true)) {
            return false;
        }
        // The step that gives or takes the right must be theirs, not that of a role that they keep.
        match (self.is_administrator(&change), self.stays_administrator(&change)) {
            (true, false) => problem.losses.iter().any(|loss| loss.contains(&step)),
            (false, true) => change.writes_role,
            _ => true,
        }
    }

    fn is_administrator(&self, change: &UserChange) -> bool {
        let View { scope, roles, administrators, .. } = self.view;
        change.row.is_some_and(|row| administrators.is_one_now(scope, roles, row))
    }

    fn stays_administrator(&self, change: &UserChange) -> bool {
        let View { scope, roles, administrators, .. } = self.view;
        administrators.stays_one(scope, roles, change)
    }

    /// Puts a step out of the account before a step, which comes back into it.
    fn suspend(&self, problem: &mut Problem, at: usize) {
        let begins = problem.steps.len();
        let ends = &mut problem.steps[at];
        let Some((from, to)) = ends.goes else { return };
        // What their return needs is there before they go.
        let first = Step { goes: Some((from, OUTSIDE)), gains: 0, waits: ends.waits.clone() };
        ends.goes = Some((OUTSIDE, to));
        ends.waits.push(begins);
        problem.steps.push(first);
        let Some(change) = self.drafts[at].user.filter(|change| self.is_administrator(change)) else { return };
        if problem.administrators == 0 {
            // Until now nobody was to cease to be one.
            let now = self.view.census.administrators;
            problem.administrators = now;
            problem.floor = self.view.scope.policy.guards.min_administrators.min(now);
        }
        if self.stays_administrator(&change) {
            problem.losses.push(vec![begins]);
            problem.steps[at].gains += 1;
        } else if let Some(loss) = problem.losses.iter_mut().find(|loss| loss.contains(&at)) {
            *loss = vec![begins];
        }
    }
}
