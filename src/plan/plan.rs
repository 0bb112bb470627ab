//! The plan: a value that says everything that would be done, and why it may be.
//!
//! These types are also the plan's JSON (DESIGN.md §6): a saved plan is this document. Nothing in
//! it is a closure, a handle or a time; everything that is printed is derived from it.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Severity;
use crate::state::{Address, Attributes, Binding, Kind, Origin, StepId, Value, Version};

/// The version of the plan's JSON. It is raised when a reader of the old one would misread the
/// new one.
pub const FORMAT_VERSION: u32 = 1;

/// The difference between what the files want and what the platform holds, with the steps that
/// close it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`FORMAT_VERSION`] of the build that made it.
    pub format_version: u32,
    /// The build that made it.
    pub tool_version: String,
    /// The platform's name.
    pub platform: String,
    /// A digest of the pack that it was made with.
    pub pack_digest: String,
    /// The target's URL.
    pub target: String,
    /// The target's organization, where it says which it is.
    pub organization: Option<String>,
    /// The environment that was planned for.
    pub environment: Option<String>,
    /// Our mark's owner.
    pub owner: Option<String>,
    /// Whether it was made for selected objects only (`--only`, `--except`).
    pub partial: bool,
    /// A digest over the changes (origin and reason excepted) and the overrides: what a reviewer
    /// has seen. The same for a plan that is made again and says the same.
    pub digest: String,
    /// A digest over everything else in this document too, steps and findings included: a saved
    /// plan that was edited is refused. It is no signature.
    pub integrity: String,
    /// What the plan does, in numbers.
    pub summary: Summary,
    /// What changes, object by object, for people; sorted by kind and name.
    pub changes: Vec<Change>,
    /// Who gains and who loses which permission.
    pub access: Access,
    /// What becomes of the seats.
    pub seats: Vec<SeatUse>,
    /// What the guards and rules say.
    pub findings: Vec<Finding>,
    /// The overrides that were given: a code and how many it lets pass.
    pub allow: Vec<Allowance>,
    /// The word that was given for changes that need one (`--acknowledge`).
    pub acknowledgement: Option<String>,
    /// What is done, request by request, for machines; in an order that satisfies every wait.
    pub steps: Vec<Step>,
    /// What must still be so when a saved plan is applied.
    pub preconditions: Vec<Precondition>,
    /// What the target cannot hold and a person has to see to, sorted by kind and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manual: Vec<Manual>,
    /// The bulk request that it was made for (R-TE-23 to R-TE-27).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Requested>,
    /// Whether it takes back the run of a bulk request, or that of another such plan: its rows are the
    /// intent then, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_rows: bool,
}

/// What a plan says of the bulk request that it was made for, and a journal of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requested {
    /// The support ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// How many rows it has, those of which nothing is left to do included.
    pub rows: u64,
    /// SHA-256 over the bytes of its file, in hexadecimal.
    pub file: String,
}

impl Plan {
    /// Whether there is nothing that rolecall would do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a guard or a rule refuses it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error && !finding.allowed)
    }
}

/// What a plan does, in numbers of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Objects created.
    pub create: u64,
    /// Objects changed.
    pub update: u64,
    /// Objects replaced.
    pub replace: u64,
    /// Objects deleted.
    pub delete: u64,
    /// Declared objects that are as they should be.
    pub unchanged: u64,
    /// Accounts among the created objects.
    pub new_accounts: u64,
    /// Requests that write, sent one by one.
    pub requests: u64,
}

/// A difference on one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which object.
    pub address: Address,
    /// Its kind.
    pub kind: Kind,
    /// What happens to it.
    pub action: Action,
    /// What differs, sorted by path. For a created object what it gets, for a deleted one what it
    /// had.
    pub fields: Vec<FieldChange>,
    /// Users whose access this touches.
    pub affected_users: u64,
    /// Where it is declared.
    pub origin: Option<Origin>,
    /// Why, where the fields do not say it.
    pub reason: Option<String>,
    /// How a role is replaced (PLANNING.md §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
}

/// A step that only a person can take, because the target has no place for its object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// The object.
    pub address: Address,
    /// What shall become of it: it is there as the request says ([`Action::Create`]), or it is gone.
    pub action: Action,
    /// The request, as a person reads it.
    pub request: String,
    /// Where it is declared.
    pub origin: Option<Origin>,
}

/// How a role is replaced by a new one, because something that cannot change differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Which way is taken.
    pub way: Way,
    /// The attributes that cannot change and differ, by their names in the files, sorted.
    pub because: Vec<String>,
    /// Who holds the old role, sorted by userName.
    pub holders: Vec<Holder>,
    /// Requests that write, for all of it.
    pub requests: u64,
    /// The name that the new role has until the old one is gone.
    pub temporary_name: Option<String>,
    /// Whether it goes on with what an interrupted run has left.
    pub resumed: bool,
    /// The id of the old role.
    pub old_id: Option<String>,
    /// The id of the new one; mostly only known once its step is done.
    pub new_id: Binding,
}

/// The way of a replacement (PLANNING.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// (a) Nobody holds it: the old one is deleted, the new one created.
    Recreate,
    /// (b) The new one has another name: it is created, holders move, the old one is deleted.
    Successor,
    /// (c) The new one is created under a temporary name and renamed when the old one is gone.
    Rename,
    /// (d) Holders move to a temporary role, and back when the new one has taken the old one's name.
    TwoHops,
    /// Nothing is replaced any more: holders of what an interrupted run has left move to the role that
    /// stays, and that goes.
    Leftover,
}

/// A holder of a role that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Who.
    pub user_name: String,
    /// Whether an assignment of the files names them.
    pub managed: bool,
    /// Whether they can sign in.
    pub active: bool,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It does not exist and will.
    Create,
    /// It exists and is changed in place.
    Update,
    /// It exists and a new one takes its place, because an immutable field differs.
    Replace,
    /// It exists and will not.
    Delete,
}

/// A difference in one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The attribute, by its name in the files.
    pub path: String,
    /// What is live.
    pub before: Value,
    /// What the files want.
    pub after: Value,
}

/// Who gains and who loses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Permissions that somebody gets: groups with sensitive ones first.
    pub gained: Vec<AccessChange>,
    /// Permissions that somebody loses, in the same order.
    pub lost: Vec<AccessChange>,
}

/// Permissions that change for the same users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessChange {
    /// The grants, sorted: `entity.action` or `entity.action.field`.
    pub permissions: Vec<String>,
    /// Whether the pack calls them sensitive: all of them, or none.
    pub sensitive: bool,
    /// The users, sorted.
    pub users: Vec<String>,
}

/// What becomes of the seats of one user type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatUse {
    /// The user type.
    pub user_type: String,
    /// Its seats; `None` where they are unlimited.
    pub capacity: Option<u64>,
    /// Used now, as the target counts.
    pub before: u64,
    /// The most that are used in any state that the schedule can reach, exactly (`order::worst`); without a
    /// schedule, everybody who arrives before anybody leaves.
    pub worst: u64,
    /// Used at the end.
    pub after: u64,
}

/// What a guard or a rule says about the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The code's name.
    pub code: String,
    /// The rule of the source documents.
    pub rule: Option<String>,
    /// An error refuses the plan unless it is allowed.
    pub severity: Severity,
    /// One sentence, with its numbers.
    pub message: String,
    /// How to put it right or let it pass.
    pub help: Option<String>,
    /// Whether an override lets it pass.
    pub allowed: bool,
}

/// An override: at most so many pass for a code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Allowance {
    /// The code's name.
    pub code: String,
    /// How many may pass, summed over the plan.
    pub count: u64,
}

/// One request. It is absolute, so that repeating it is harmless, and it leaves nothing to decide
/// when it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name within the plan.
    pub id: StepId,
    /// The object that it writes.
    pub address: Address,
    /// What it writes.
    pub write: Write,
    /// The steps that must have succeeded before.
    pub waits_for: Vec<StepId>,
    /// The state of the object that it was planned against.
    pub expects: Expected,
}

/// What a step writes. Attributes go by their names in the files; `remote` knows their names on
/// the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// Makes an object with these attributes, [`attribute::NAME`](crate::state::attribute::NAME)
    /// among them.
    Create {
        /// What it gets.
        attributes: Attributes,
    },
    /// Sets these attributes, each as a whole, and leaves the others.
    Update {
        /// The object.
        id: Binding,
        /// What it gets; [`Value::Absent`] empties.
        attributes: Attributes,
    },
    /// Deletes the object.
    Delete {
        /// The object.
        id: Binding,
    },
}

/// What a step was planned against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The object does not exist.
    Nothing,
    /// The object has this version.
    Version(Version),
    /// The object is as this earlier step leaves it.
    After(StepId),
}

/// What must still be so when a saved plan is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precondition {
    /// An object that the plan touches has not changed.
    Object {
        /// Which object.
        address: Address,
        /// Its id.
        id: String,
        /// The version that the plan was made against.
        version: Version,
    },
    /// A role that the plan deletes has the holders that it had: somebody who has got it since would
    /// be left without one.
    Holders {
        /// The role.
        address: Address,
        /// Its id.
        id: String,
        /// How many there were, inactive ones included.
        count: u64,
        /// A digest of who they were.
        digest: String,
    },
    /// Nothing has the name of what the plan creates.
    Nothing {
        /// The address that must be free.
        address: Address,
    },
    /// The seats that the plan counts on are still there.
    Seats {
        /// The user type.
        user_type: String,
        /// Its seats; `None` where they are unlimited.
        capacity: Option<u64>,
        /// Used when the plan was made.
        used: u64,
    },
    /// There are still as many active administrators.
    Administrators {
        /// The ids of the roles whose holders are administrators, sorted.
        roles: Vec<String>,
        /// How many there were.
        active: u64,
    },
}
