//! In which order the steps can go so that no step takes a seat that is not free and the
//! administrators never fall below their floor (PLANNING.md §4 and §5), as a problem of numbers.
//!
//! Free of drafts and of names, so that everything that is said here can be held against a search
//! through all orders. [`solve`] answers with waits that are safe in every interleaving, or with
//! what stands against them:
//!
//! 1. `criterion`: what no order can make good, counted. Where no type is over-committed and the
//!    steps wait for nothing else, its yes is a proof that the seats suffice.
//! 2. `trails` and `floor`: the usual way, linear. Each free seat is followed against the users,
//!    and losses of administrators wait for gains.
//! 3. `search`: through the states, each class of like steps as one number, at most
//!    [`MOST_STATES`] of them. It goes as far as what made it necessary is settled, and leaves the
//!    rest to the trails. `owners` makes waits of the order that it finds.
//!
//! A state is a set of steps that are done, each with all that it waits for. A step in flight has
//! taken its seat and not yet given back the one that it leaves; that is the state where of the
//! steps in flight only those are done that take this seat, so looking at sets looks at these
//! moments too. So it is with a step that fails: what waits for it is skipped, and what is left is
//! such a set.
//!
//! Not responsible for what people read: `seats` and `administrators` say it.

mod classes;
mod criterion;
mod explain;
mod floor;
mod graph;
mod owners;
mod search;
mod trails;
mod worst;

#[cfg(test)]
mod tests;

pub use criterion::{Missing, Shortage, Stuck};
pub use explain::{Lockout, Need};
pub use search::MOST_STATES;

use graph::Graph;

/// The node of users without a seat: no account, an inactive one, or no user type.
pub const OUTSIDE: usize = 0;

/// Seats, steps and administrators.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Outside, then the user types.
    pub nodes: Vec<Node>,
    /// Every step, by position.
    pub steps: Vec<Step>,
    /// Who ceases to be an administrator: each with the steps after the last of which they are
    /// none any more.
    pub losses: Vec<Vec<usize>>,
    /// Active administrators now.
    pub administrators: u64,
    /// How many there must be at any time. Nothing keeps a floor that is above what there are at
    /// the start or at the end.
    pub floor: u64,
}

/// The seats of one user type.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Seats at the start; `None` is without end.
    pub capacity: Option<u64>,
    /// Seats that are taken at the start; more than there are where the type is over-committed.
    pub used: u64,
    /// The step that changes the number of seats.
    pub change: Option<Change>,
}

/// Another number of seats.
#[derive(Clone, Debug)]
pub struct Change {
    /// By which step.
    pub step: usize,
    /// Seats from then on.
    pub capacity: Option<u64>,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// A move: from one node to another.
    pub goes: Option<(usize, usize)>,
    /// How many become administrators by it.
    pub gains: u64,
    /// Steps that must be done before it, whatever the seats are. They must not go in a circle.
    pub waits: Vec<usize>,
}

/// Waits that are safe together with those that were there.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Pairs of a step and one that it waits for.
    pub waits: Vec<(usize, usize)>,
    /// Per node, the most seats that are taken in any state.
    pub worst: Vec<u64>,
}

/// Why there is no order, or why none was found.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The seats do not suffice, whoever is an administrator.
    Seats(Shortage),
    /// The seats suffice, and the floor could be kept, but not both at once.
    Lockout(Box<Lockout>),
}

impl Node {
    /// The most seats that it has at any time; `None` is without end.
    fn most(&self) -> Option<u64> {
        let after = self.change.as_ref().map_or(self.capacity, |change| change.capacity);
        Some(self.capacity?.max(after?))
    }

    /// Seats that are free before any move when seats that are bought are there; negative where
    /// the type is over-committed, `None` where they are without end.
    fn free(&self) -> Option<i128> {
        Some(i128::from(self.most()?) - i128::from(self.used))
    }

    /// Seats at the end.
    fn at_the_end(&self) -> Option<u64> {
        self.change.as_ref().map_or(self.capacity, |change| change.capacity)
    }
}

impl Change {
    /// Whether seats are given back.
    fn lowers(&self, before: Option<u64>) -> bool {
        match (before, self.capacity) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => after < before,
        }
    }
}

impl Problem {
    /// The moves: step, from and to.
    fn moves(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        (self.steps.iter().enumerate())
            .filter_map(|(at, step)| step.goes.filter(|(from, to)| from != to).map(|(from, to)| (at, from, to)))
    }

    /// Per step, the losses that it is needed for.
    fn losses_of(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.steps.len()];
        for (loss, steps) in self.losses.iter().enumerate() {
            for &step in steps {
                of[step].push(loss);
            }
        }
        of
    }

    /// How many may be lost before anybody is gained.
    fn slack(&self) -> u64 {
        self.administrators.saturating_sub(self.floor)
    }

    /// The same without administrators.
    fn of_seats(&self) -> Self {
        Self { losses: Vec::new(), floor: 0, ..self.clone() }
    }
}

/// Waits that keep every state within the seats and above the floor, or what stands against them.
///
/// The answer is exact, but for problems that only a search of more than [`MOST_STATES`] states
/// could decide: these are refused, and the refusal says that it is no proof.
///
/// # Errors
///
/// A [`Refusal`], which no order contradicts where it says that it is proved.
pub fn solve(problem: &Problem) -> Result<Solution, Refusal> {
    if let Err(shortage) = criterion::check(problem) {
        return Err(Refusal::Seats(explain::completed(problem, shortage)));
    }
    if let Ok(waits) = decide(problem) {
        let worst = worst::of(problem, &Graph::new(problem, &waits));
        return Ok(Solution { waits, worst });
    }
    let seats = problem.of_seats();
    match decide(&seats) {
        Ok(_) => Err(Refusal::Lockout(Box::new(explain::lockout(problem)))),
        Err(is_proved) => {
            let shortage = Shortage { is_proved, stuck: vec![explain::stuck(&seats)], ..Shortage::default() };
            Err(Refusal::Seats(shortage))
        }
    }
}

/// The waits of an order; where there is none, whether that is proved.
fn decide(problem: &Problem) -> Result<Vec<(usize, usize)>, bool> {
    if criterion::check(problem).is_err() {
        return Err(true);
    }
    if let Some(waits) = trails::waits(problem) {
        return Ok(waits);
    }
    match search::order(problem) {
        search::Outcome::Found(order) => Ok(owners::waits(problem, &order)),
        search::Outcome::Nothing { is_proved, .. } => Err(is_proved),
    }
}
