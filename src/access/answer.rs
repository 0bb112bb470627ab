//! One answer, whatever was asked, and what it was asked of.

use serde::Serialize;

use super::{
    Coverage, ManagedBy, Managing, PlannedCoverage, PlannedManaging, PlannedRole, PlannedUsage, PlannedUser,
    PlannedWhoCan, RoleAccess, Usage, UserAccess, WhoCan,
};

/// What a question was asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Which state.
    pub state: State,
    /// The platform's name.
    pub platform: String,
    /// The target, where one was read or planned for.
    pub target: Option<String>,
    /// The target's organization, where it says which it is.
    pub organization: Option<String>,
    /// The project's environment.
    pub environment: Option<String>,
    /// The digest of a saved plan.
    pub digest: Option<String>,
}

/// Which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// What the target holds.
    Live,
    /// What the files want.
    Desired,
    /// What a saved plan changes.
    Plan,
}

/// An answer. One about something that the platform does not have is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer<'s> {
    /// What a user may do.
    User(Box<UserAccess<'s>>),
    /// Who may do something.
    WhoCan(WhoCan<'s>),
    /// What a role gives, and to whom.
    Role(Box<RoleAccess<'s>>),
    /// Roles by classification and segment.
    Coverage(Option<Coverage<'s>>),
    /// Who may manage whom.
    Managing(Option<Managing<'s>>),
    /// Whom one user may manage.
    ManagedBy(Option<ManagedBy<'s>>),
    /// Who takes which seat.
    Usage(Option<Usage<'s>>),
    /// What a plan does for a user.
    PlannedUser(PlannedUser<'s>),
    /// Who gains and who loses a permission.
    PlannedWhoCan(PlannedWhoCan<'s>),
    /// What a plan does to a role.
    PlannedRole(PlannedRole<'s>),
    /// Which roles come to serve what.
    PlannedCoverage(Option<PlannedCoverage<'s>>),
    /// What a plan changes about who manages whom.
    PlannedManaging(Option<PlannedManaging<'s>>),
    /// What a plan does to seats.
    PlannedUsage(Option<PlannedUsage<'s>>),
}

impl Answer<'_> {
    /// The question, in one word.
    #[must_use]
    pub fn question(&self) -> &'static str {
        match self {
            Self::User(_) | Self::PlannedUser(_) => "user",
            Self::WhoCan(_) | Self::PlannedWhoCan(_) => "who_can",
            Self::Role(_) | Self::PlannedRole(_) => "role",
            Self::Coverage(_) | Self::PlannedCoverage(_) => "coverage",
            Self::Managing(_) | Self::PlannedManaging(_) => "managing",
            Self::ManagedBy(_) => "managed_by",
            Self::Usage(_) | Self::PlannedUsage(_) => "usage",
        }
    }
}
