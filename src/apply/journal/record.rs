//! What the lines of a journal say: values, and nothing about files.
//!
//! A journal is read by builds to come, so these types are its format. They hold what an operator
//! may want to know of a run in a year, and what `resume` and `undo` need: the whole plan, which
//! steps may have been sent, how each ended. They hold no secret.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::apply::{Outcome, Report};
use crate::plan::{Plan, Requested, Summary};
use crate::remote::Left;
use crate::state::StepId;

/// The version of the journal's lines. It is raised when a reader of the old one would misread the
/// new one.
pub const FORMAT_VERSION: u32 = 1;

/// One line. [`Record::Head`] is the first, [`Record::Plan`] the second, [`Record::End`] the last of
/// a run that came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Who, what, when, where.
    Head(Box<Head>),
    /// What was to be done.
    Plan(Box<Plan>),
    /// These steps may be sent from here on. It is on the disk before any of them is, and may be
    /// there some time ahead: a step without it was certainly not sent.
    Intend {
        /// The steps.
        steps: Vec<StepId>,
    },
    /// A step has ended. A later line on the same step counts more: what was answered as done may
    /// not show in the end.
    Ended(Ended),
    /// The run has ended.
    End(End),
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT_VERSION`] of the build that wrote it.
    pub format_version: u32,
    /// The build.
    pub tool_version: String,
    /// The run's name, also that of the file.
    pub run: RunId,
    /// When it began, in UTC (RFC 3339).
    pub when: String,
    /// Who wrote, as the target calls the credential; `None` where it does not say.
    pub who: Option<String>,
    /// The project.
    pub project: Project,
    /// Where it was applied.
    pub place: Place,
    /// Which plan.
    pub plan: PlanSeen,
    /// From which commit the manifests were planned, where they are in a git working tree.
    pub commit: Option<String>,
    /// A digest over the files that were read, changed since that commit or not; `None` where only a
    /// saved plan was read.
    pub manifests: Option<String>,
    /// The word that was given for changes that need one.
    pub acknowledgement: Option<String>,
    /// How many users were read before the first write.
    pub users_read: u64,
    /// The run that this one goes on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<RunId>,
    /// The run that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The bulk request that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Requested>,
    /// The run before, in the same directory, with the last link of its chain: what is taken away
    /// from its end later shows here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Anchor>,
}

/// Which project a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The name of its folder.
    pub name: String,
    /// A digest of where the folder is: two folders of one name are two projects.
    pub folder: String,
}

/// Where a plan was applied: what has to be the same for a run to be gone on with or taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The platform's name.
    pub platform: String,
    /// A digest of its pack.
    pub pack_digest: String,
    /// The target's URL, or `sandbox`.
    pub target: String,
    /// The target's organization, where it says which it is.
    pub organization: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// Our mark's owner.
    pub owner: Option<String>,
}

impl Place {
    /// Where a plan belongs.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            platform: plan.platform.clone(),
            pack_digest: plan.pack_digest.clone(),
            target: plan.target.clone(),
            organization: plan.organization.clone(),
            environment: plan.environment.clone(),
            owner: plan.owner.clone(),
        }
    }
}

/// Why a run is not gone on with or taken back here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Elsewhere {
    /// It is another project's.
    #[error("the run {run} is of another project, `{project}`")]
    Project {
        /// The run.
        run: RunId,
        /// Its project.
        project: String,
    },
    /// It wrote somewhere else, or under other rules.
    #[error("the run {run} was for the {what} `{there}`, and this is `{here}`")]
    Place {
        /// The run.
        run: RunId,
        /// What differs.
        what: &'static str,
        /// What it is in the run.
        there: String,
        /// What it is here.
        here: String,
    },
}

impl Head {
    /// Whether the run is of this project and of this place. A project is known by its folder's
    /// name, because pipelines check it out anywhere; only a sandbox in this process is one folder's
    /// own. Whoever does not know yet what the target says of itself passes the run's organization.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn belongs_to(&self, project: &Project, here: &Place) -> Result<(), Elsewhere> {
        let is_remote = here.target.contains("://");
        if self.project.name != project.name || !is_remote && self.project.folder != project.folder {
            return Err(Elsewhere::Project { run: self.run.clone(), project: self.project.name.clone() });
        }
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
        let there = &self.place;
        let compared = [
            ("platform", there.platform.clone(), here.platform.clone()),
            ("target", there.target.clone(), here.target.clone()),
            ("organization", name(&there.organization), name(&here.organization)),
            ("environment", name(&there.environment), name(&here.environment)),
            ("owner", name(&there.owner), name(&here.owner)),
            ("pack", there.pack_digest.clone(), here.pack_digest.clone()),
        ];
        match compared.into_iter().find(|(_, there, here)| there != here) {
            Some((what, there, here)) => Err(Elsewhere::Place { run: self.run.clone(), what, there, here }),
            None => Ok(()),
        }
    }
}

/// A plan, as a list of runs shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSeen {
    /// What was reviewed ([`Plan::digest`]).
    pub digest: String,
    /// The document itself ([`Plan::integrity`]): no two plans share it, versions included.
    pub integrity: String,
    /// How many steps it has.
    pub steps: u64,
    /// What it does, in numbers.
    pub summary: Summary,
}

impl PlanSeen {
    /// What is shown of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            digest: plan.digest.clone(),
            integrity: plan.integrity.clone(),
            steps: plan.steps.len() as u64,
            summary: plan.summary,
        }
    }
}

/// The end of another run's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Which run.
    pub run: RunId,
    /// The link of its last line.
    pub chain: String,
}

/// A step that has ended, tried or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub step: StepId,
    /// How.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How it left its object, for the steps that build on it: of a step that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// When it ended, in UTC (RFC 3339).
    pub when: String,
    /// The outcomes in numbers.
    pub counts: Counts,
    /// Requests that may have written.
    pub writes: u64,
    /// Requests that only read.
    pub reads: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// Steps by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// The target carried it out.
    pub applied: u64,
    /// Nothing was left to do.
    pub in_place: u64,
    /// The object had changed.
    pub stale: u64,
    /// The target refused.
    pub refused: u64,
    /// It could not be done.
    pub failed: u64,
    /// A step that it depends on did not succeed.
    pub skipped: u64,
    /// It may have been done or not.
    pub unknown: u64,
    /// It was answered as done and did not show.
    pub not_settled: u64,
    /// It was not tried.
    pub cancelled: u64,
}

impl Counts {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::Applied { .. } => &mut counts.applied,
                Outcome::AlreadyInPlace { .. } => &mut counts.in_place,
                Outcome::Stale { .. } => &mut counts.stale,
                Outcome::Refused { .. } => &mut counts.refused,
                Outcome::Failed { .. } => &mut counts.failed,
                Outcome::Skipped { .. } => &mut counts.skipped,
                Outcome::Unknown { .. } => &mut counts.unknown,
                Outcome::NotSettled { .. } => &mut counts.not_settled,
                Outcome::Cancelled => &mut counts.cancelled,
            } += 1;
        }
        counts
    }

    /// Steps that are as the plan wants them.
    #[must_use]
    pub fn succeeded(&self) -> u64 {
        self.applied + self.in_place
    }
}

impl End {
    /// What is kept of a report.
    #[must_use]
    pub fn of(report: &Report, when: String) -> Self {
        Self {
            when,
            counts: Counts::of(report.outcomes.iter().map(|(_, _, outcome)| outcome)),
            writes: report.writes,
            reads: report.reads,
            interrupted: report.interrupted,
        }
    }
}

/// The name of a run: `20261122-101500-k3x9`, the time in UTC to the second and four characters that
/// make it one of a kind. Names sort by time, within a second too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RunId(String);

/// A text that names no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no run: it looks like `20261122-101500-k3x9`")]
pub struct BadRunId(String);

impl RunId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let digits = |part: Option<&str>, length| {
            part.is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let is_suffix =
            |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        let is_run = digits(parts.next(), 8)
            && digits(parts.next(), 6)
            && parts.next().is_some_and(is_suffix)
            && parts.next().is_none();
        if is_run { Ok(Self(text.to_owned())) } else { Err(BadRunId(text.to_owned())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = BadRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Version;

    #[track_caller]
    fn check(record: &Record, json: &str) {
        assert_eq!(serde_json::to_string(record).expect("records are JSON"), json);
        assert_eq!(&serde_json::from_str::<Record>(json).expect("it reads back"), record);
    }

    #[test]
    fn records_read_back_as_they_are_written() {
        check(&Record::Intend { steps: vec![StepId(1), StepId(2)] }, r#"{"intend":{"steps":["s1","s2"]}}"#);
        check(
            &Record::Ended(Ended {
                step: StepId(1),
                outcome: Outcome::Applied { id: "7".into() },
                left: Some(Left { id: "7".into(), version: Some(Version::Etag("W/\"2\"".into())) }),
            }),
            r#"{"ended":{"step":"s1","outcome":"applied","id":"7","left":{"id":"7","version":{"etag":"W/\"2\""}}}}"#,
        );
        check(
            &Record::Ended(Ended { step: StepId(2), outcome: Outcome::Cancelled, left: None }),
            r#"{"ended":{"step":"s2","outcome":"cancelled"}}"#,
        );
    }

    #[test]
    fn a_run_is_named_by_its_time() {
        for text in ["20261122-101500-k3x9", "00000000-000000-0000"] {
            assert_eq!(text.parse::<RunId>().expect("a run").to_string(), text);
        }
        for text in ["", "latest", "20261122-101500-k3x", "20261122-101500-k3/9", "20261122-101500-k3x9-", "../x"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
