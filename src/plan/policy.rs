//! What a plan is held to: everything beside the two states and the pack.

use std::collections::BTreeMap;

use super::{Finding, Requested};
use crate::diagnostic::Code;
use crate::state::{Address, Selector};

/// What the project, the flags and the target say beside the two states.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What is written into the plan so that it can't be applied elsewhere.
    pub context: Context,
    /// The thresholds.
    pub guards: Guards,
    /// The roles whose holders are administrators, where the pack leaves it to the project.
    pub administrators: Vec<String>,
    /// What becomes of live objects that no file names.
    pub unlisted: Unlisted,
    /// What becomes of assigned users that are not live.
    pub unknown_users: UnknownUsers,
    /// Objects with the mark of another owner that are ours from now on.
    pub take_over: Vec<Address>,
    /// How many users the last run read, where that is recorded.
    pub last_run_users: Option<u64>,
    /// Overrides: how many findings of a code may pass.
    pub allow: BTreeMap<Code, u64>,
    /// The word given for changes that need one.
    pub acknowledgement: Option<String>,
    /// Only objects that one of these chooses are changed for their own sake; all, when empty.
    pub only: Vec<Selector>,
    /// Objects that one of these chooses are not changed for their own sake.
    pub except: Vec<Selector>,
    /// The bulk request that is planned for: its rows are confirmed instead of a share of the roles, and
    /// whose marks the roles carry is left as it is.
    pub request: Option<Requested>,
    /// The same where the run of a bulk request is taken back, or done again after that.
    pub of_rows: bool,
    /// What was found already when the wanted state was held to the live one: it is the plan's too.
    pub found: Vec<Finding>,
    /// Whether the changes of a bulk request are sent one by one whatever the target takes.
    pub one_by_one: bool,
}

impl Policy {
    /// Whether the plan is of the rows of a bulk request, forth or back.
    pub(super) fn is_of_rows(&self) -> bool {
        self.request.is_some() || self.of_rows
    }
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

/// What becomes of live objects that no file names (PLANNING.md §1). A section that no file has is
/// not managed at all, and nothing of its kind is unlisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlisted {
    /// Roles. Built-in ones are never touched.
    pub roles: UnlistedRoles,
    /// Users. The one of our own credential is never touched.
    pub users: UnlistedUsers,
}

/// What becomes of live roles that no file names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnlistedRoles {
    /// They stay.
    #[default]
    Ignore,
    /// They stay and are listed.
    Report,
    /// Those with our mark are deleted.
    DeleteOwned,
    /// They are deleted.
    Delete,
}

/// What becomes of live users whom no file names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnlistedUsers {
    /// They stay.
    #[default]
    Ignore,
    /// They stay and are listed.
    Report,
    /// They are shut out.
    Deactivate,
}

/// What becomes of assigned users that are not live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownUsers {
    /// They get an account.
    #[default]
    Create,
    /// They are an error.
    Refuse,
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
