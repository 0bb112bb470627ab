//! A step on its way to the wire, and what became of it: values.
//!
//! Not responsible for sending anything (`write`).

use std::collections::BTreeMap;

use super::error::ErrorClass;
use super::version::recognised;
pub use crate::plan::Left;
use crate::plan::{Expected, Step, Write};
use crate::state::{Address, Attributes, Binding, StepId, Value, Version};

/// A step with nothing left to resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub(super) address: Address,
    pub(super) action: Action,
    /// What the object shall have; references are ids.
    pub(super) attributes: Attributes,
    /// The version that the object must have; `None` where an earlier step left it and the target
    /// did not say at which.
    pub(super) expects: Option<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update { id: String },
    Delete { id: String },
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Performed {
    /// The target carried it out.
    Applied {
        /// How the object is left.
        left: Left,
        /// What the answer shows of it.
        shown: Shown,
    },
    /// Nothing was left to do: the object is as the step wants it, or is gone already.
    AlreadyInPlace {
        /// How the object is left.
        left: Left,
    },
    /// The object changed since it was planned.
    Stale {
        /// What was found.
        detail: String,
    },
    /// The target refuses.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the target says.
        detail: String,
        /// The rule, where our extension object names it.
        rule: Option<String>,
    },
    /// The target could not be made to do it; it has not been done.
    Failed {
        /// Why.
        detail: String,
        /// Whether the credential is at fault.
        class: ErrorClass,
    },
    /// It may have been done or not, and reading back did not tell.
    Unknown {
        /// Why.
        detail: String,
    },
}

/// What the answer to a write shows of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is as the step wants it.
    AsPlanned,
    /// The answer had no body: it has to be read.
    Nothing,
    /// These attributes are not as the step wants them, or not yet.
    Otherwise(Vec<String>),
}

impl Prepared {
    /// What the object shall have; references are ids.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The object.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the object shall be gone.
    #[must_use]
    pub fn deletes(&self) -> bool {
        matches!(self.action, Action::Delete { .. })
    }
}

/// Resolves what a step leaves open with what earlier steps left.
///
/// # Errors
///
/// The step whose result is needed and not there. A plan in order makes a step wait for it.
pub fn prepare(step: &Step, left: &BTreeMap<StepId, Left>) -> Result<Prepared, StepId> {
    let id_of = |binding: &Binding| match binding {
        Binding::Id(id) => Ok(id.clone()),
        Binding::CreatedBy(step) => left.get(step).map(|left| left.id.clone()).ok_or(*step),
    };
    let resolved = |attributes: &Attributes| {
        let one = |(name, value): (&String, &Value)| {
            let value = match value {
                Value::Reference(binding) => Value::Text(id_of(binding)?),
                other => other.clone(),
            };
            Ok((name.clone(), value))
        };
        attributes.iter().map(one).collect::<Result<Attributes, StepId>>()
    };
    let (action, attributes) = match &step.write {
        Write::Create { attributes } => (Action::Create, resolved(attributes)?),
        Write::Update { id, attributes } => (Action::Update { id: id_of(id)? }, resolved(attributes)?),
        Write::Delete { id } => (Action::Delete { id: id_of(id)? }, Attributes::new()),
    };
    let expects = match &step.expects {
        Expected::Nothing => None,
        Expected::Version(version) => Some(recognised(version)),
        Expected::After(step) => left.get(step).ok_or(*step)?.version.clone(),
    };
    Ok(Prepared { address: step.address.clone(), action, attributes, expects })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Kind;

    #[test]
    fn a_step_is_resolved_with_what_earlier_steps_left() {
        let step = Step {
            id: StepId(2),
            address: Address::new(Kind::User, "ana"),
            write: Write::Update {
                id: Binding::Id("7".to_owned()),
                attributes: [("role".to_owned(), Value::Reference(Binding::CreatedBy(StepId(1))))].into(),
            },
            waits_for: vec![StepId(1)],
            expects: Expected::Version(Version::Etag("sha256:00".to_owned())),
        };
        assert_eq!(prepare(&step, &BTreeMap::new()), Err(StepId(1)));
        let left = [(StepId(1), Left { id: "r".to_owned(), version: None })].into();
        let prepared = prepare(&step, &left).expect("resolved");
        assert_eq!(prepared.attributes().get("role"), Some(&Value::Text("r".to_owned())));
        assert_eq!(prepared.expects, Some(Version::Hash("sha256:00".to_owned())), "a kept hash is a hash again");
    }
}
