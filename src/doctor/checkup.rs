//! What a check-up found: rows of plain data.
//!
//! Not responsible for finding anything, nor for how it looks (`report`).

use std::collections::BTreeSet;

use serde::Serialize;

/// What a target announces, what was seen of it, and what rolecall does about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// The target, as plans name it.
    pub target: String,
    /// The platform whose rules were laid beside it.
    pub platform: String,
    /// The organization that it serves, where it says which.
    pub organization: Option<String>,
    /// What was looked at, in order.
    pub rows: Vec<Row>,
    /// What every plan on this target notes, in its own words.
    pub notes: Vec<String>,
    /// How many requests that took.
    pub requests: Requests,
    /// What was written to try, as an address; none where nothing was.
    pub throw_away: Option<String>,
    /// The ids of what was made and could not be removed.
    pub left_behind: BTreeSet<String>,
    /// Whether something may have been made that was not there when it was to be removed.
    pub in_doubt: bool,
    /// Whether the credential was refused for a write.
    pub denied: bool,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

/// Requests that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// That only read.
    pub reads: u64,
    /// That wrote.
    pub writes: u64,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which part of a target it belongs to.
    pub area: Area,
    /// What it is.
    pub capability: String,
    /// Whether the target says that it has it.
    pub announced: Announced,
    /// What was seen.
    pub seen: String,
    /// How the two go together.
    pub finding: Finding,
    /// What rolecall does about it.
    pub consequence: String,
}

/// The parts of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// What the target says of itself.
    Discovery,
    /// What it holds.
    Types,
    /// How it answers to questions for many.
    Lists,
    /// How it tells states of an object apart.
    Versions,
    /// What it says of its organization and of our credential.
    Organization,
    /// How it takes writes.
    Writes,
}

/// Whether a target says that it has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Announced {
    /// It does.
    Yes,
    /// It says that it has not, or says nothing although it could.
    No,
    /// There is no place to say it: the standard has it, or it is ours to find out.
    Unsaid,
}

impl From<bool> for Announced {
    fn from(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }
}

/// How what was seen goes together with what rolecall needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It is as it should be.
    Kept,
    /// It was not looked at, or could not be seen.
    Unseen,
    /// It is missing or broken, and rolecall works without it.
    Fallback,
    /// It is relied on and not so: rolecall refuses to plan or to apply, or an apply does not end well.
    Broken,
}

impl Checkup {
    /// The rows of what is relied on and is not so.
    pub fn broken(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.finding == Finding::Broken)
    }
}

/// Rows as they are found.
#[derive(Debug)]
pub(super) struct Rows {
    pub area: Area,
    pub list: Vec<Row>,
}

impl Rows {
    pub fn new() -> Self {
        Self { area: Area::Discovery, list: Vec::new() }
    }

    pub fn push(
        &mut self,
        finding: Finding,
        capability: impl Into<String>,
        announced: impl Into<Announced>,
        seen: impl Into<String>,
        consequence: impl Into<String>,
    ) {
        let (capability, seen, consequence) = (capability.into(), seen.into(), consequence.into());
        self.list.push(Row { area: self.area, capability, announced: announced.into(), seen, finding, consequence });
    }
}
