//! From a plan to one that may be carried out.
//!
//! The writing side takes only an [`Approved`]; it is made here alone, from a plan that refuses
//! nothing and hangs together.

use std::collections::BTreeSet;

use super::{FORMAT_VERSION, Plan, Write, digest};
use crate::state::{Binding, StepId, Value};

/// A plan that may be carried out.
#[derive(Clone, Debug)]
pub struct Approved {
    plan: Plan,
}

impl Approved {
    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A plan as it stands, for tests of what carries it out: they write steps by hand.
    #[cfg(test)]
    pub(crate) fn unchecked(plan: Plan) -> Self {
        Self { plan }
    }
}

/// Approves a plan, unless it refuses itself or [`verify`] does.
///
/// # Errors
///
/// The plan, untouched. Call [`verify`] first on a plan that was read from a file, to learn what
/// is wrong with it.
pub fn approve(plan: Plan) -> Result<Approved, Box<Plan>> {
    if plan.is_refused() || verify(&plan).is_err() { Err(Box::new(plan)) } else { Ok(Approved { plan }) }
}

/// Why a plan from a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampered {
    /// Another build wrote it in a form that this one would misread.
    #[error(
        "the plan has format version {found}, this build reads {FORMAT_VERSION}: plan again, or use the build `{tool}`"
    )]
    Format {
        /// Its format version.
        found: u32,
        /// The build that wrote it.
        tool: String,
    },
    /// The changes or overrides are not those that the digest is of.
    #[error("the plan's changes do not match its digest: the file was edited or is damaged")]
    Digest,
    /// Something else in the document is not as it was written.
    #[error("the plan does not match its integrity digest: the file was edited or is damaged")]
    Integrity,
    /// The steps contradict each other.
    #[error("the plan's steps contradict each other: {0}")]
    Steps(String),
}

/// Checks a plan that was read from a file: its format, both digests (see `digest`), and that its
/// steps hang together.
///
/// # Errors
///
/// The first thing that is wrong, from the outside in.
pub fn verify(plan: &Plan) -> Result<(), Tampered> {
    if plan.format_version != FORMAT_VERSION {
        return Err(Tampered::Format { found: plan.format_version, tool: plan.tool_version.clone() });
    }
    let Plan { changes, manual, steps: of_plan, allow, acknowledgement, request, .. } = plan;
    let seen = digest::of_changes(changes, manual, of_plan, allow, acknowledgement.as_deref(), request.as_ref());
    if seen != plan.digest {
        return Err(Tampered::Digest);
    }
    if digest::of_document(plan) != plan.integrity {
        return Err(Tampered::Integrity);
    }
    steps(plan).map_err(Tampered::Steps)
}

/// Ids are unique, waits refer to earlier steps, ids of what is made to earlier creating steps
/// that are waited for.
fn steps(plan: &Plan) -> Result<(), String> {
    let mut earlier = BTreeSet::new();
    let mut creating: BTreeSet<StepId> = BTreeSet::new();
    for step in &plan.steps {
        let id = step.id;
        if let Some(wait) = step.waits_for.iter().find(|&wait| !earlier.contains(wait)) {
            return Err(format!("{id} waits for {wait}, which is not before it"));
        }
        let (target, attributes) = match &step.write {
            Write::Create { attributes } => (None, Some(attributes)),
            Write::Update { id, attributes } => (Some(id), Some(attributes)),
            Write::Delete { id } => (Some(id), None),
        };
        let references = attributes.into_iter().flatten().filter_map(|(_, value)| match value {
            Value::Reference(binding) => Some(binding),
            _ => None,
        });
        for binding in target.into_iter().chain(references) {
            if let Binding::CreatedBy(made) = binding
                && !(creating.contains(made) && step.waits_for.contains(made))
            {
                return Err(format!("{id} needs what {made} makes, which it does not wait for"));
            }
        }
        if !earlier.insert(id) {
            return Err(format!("{id} is there twice"));
        }
        if matches!(step.write, Write::Create { .. }) {
            creating.insert(id);
        }
    }
    Ok(())
}
