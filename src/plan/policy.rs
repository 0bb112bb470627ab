//! What a plan is held to: everything beside the two states and the pack.

use std::collections::BTreeMap;

use crate::diagnostic::Code;
use crate::state::Selector;

/// What the project, the flags and the target say beside the two states.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What is written into the plan so that it can't be applied elsewhere.
    pub context: Context,
    /// The thresholds.
    pub guards: Guards,
    /// The roles whose holders are administrators, where the pack leaves it to the project.
    pub administrators: Vec<String>,
    /// Overrides: how many findings of a code may pass.
    pub allow: BTreeMap<Code, u64>,
    /// The word given for changes that need one.
    pub acknowledgement: Option<String>,
    /// Only objects that one of these chooses are changed for their own sake; all, when empty.
    pub only: Vec<Selector>,
    /// Objects that one of these chooses are not changed for their own sake.
    pub except: Vec<Selector>,
}

/// Where a plan belongs.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The target's URL.
    pub target: String,
    /// The environment's name.
    pub environment: Option<String>,
    /// Our mark's owner; without one nothing is marked.
    pub owner: Option<String>,
    /// The digest of the pack.
    pub pack_digest: String,
}

/// Thresholds (PLANNING.md §6). Shares are per cent of the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// The largest share of users, and of roles, that may be removed.
    pub max_removed_percent: u8,
    /// The largest share of roles that may be changed.
    pub max_changed_percent: u8,
    /// Shares say little about few: below this many objects they are not looked at.
    pub min_population: u64,
    /// The fewest active administrators that may be left.
    pub min_administrators: u64,
}

impl Default for Guards {
    /// The defaults of PLANNING.md §6: what the field's other tools settled on.
    fn default() -> Self {
        Self { max_removed_percent: 25, max_changed_percent: 30, min_population: 10, min_administrators: 2 }
    }
}
