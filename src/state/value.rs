//! What an attribute can hold, on both sides and in a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The names of the attributes that rolecall itself knows, in the spelling of the files. A pack
/// may declare others (`class`, `rank`); those travel by the name that the pack gives them.
pub mod attribute {
    /// The name of an object, in a step or a change that sets it.
    pub const NAME: &str = "name";
    /// Our mark on an object: `externalId` on the wire. Never on users (PLANNING.md §1).
    pub const MARK: &str = "mark";
    /// A free text.
    pub const DESCRIPTION: &str = "description";
    /// The classifications of a role: names.
    pub const CLASSIFICATIONS: &str = "classifications";
    /// The segments of a role: names.
    pub const SEGMENTS: &str = "segments";
    /// The user type that a role is mapped to, or that a user has: one name.
    pub const USER_TYPE: &str = "user_type";
    /// The grants of a role: `entity.action` or `entity.action.field`.
    pub const PERMISSIONS: &str = "permissions";
    /// The seats of a user type: a count; absent means unlimited.
    pub const LICENSES: &str = "licenses";
    /// The role of a user: in a change its name, in a step a reference to it.
    pub const ROLE: &str = "role";
    /// The name of a user as people read it; their userName is [`NAME`].
    pub const DISPLAY_NAME: &str = "display_name";
    /// Whether a user may sign in.
    pub const ACTIVE: &str = "active";
    /// Whether roles may name a value of a vocabulary; only read.
    pub const ENABLED: &str = "enabled";
}

/// Attributes by the name that they have in the files.
pub type Attributes = BTreeMap<String, Value>;

/// What an attribute holds. JSON carries it without a wrapper: null, a text, a number, a boolean,
/// a sorted list, or an object for a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing: SCIM's unassigned, which null, an empty list and absence all mean (RFC 7643 §2.5).
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A number that counts.
    Count(u64),
    /// One text or one name.
    Text(String),
    /// A set of names; never empty, the empty set is [`Value::Absent`].
    Names(BTreeSet<String>),
    /// Another object, by its id: only in steps.
    Reference(Binding),
}

impl Value {
    /// A set of names, or nothing when it is empty.
    pub fn names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() { Self::Absent } else { Self::Names(names) }
    }

    /// A text, or nothing when it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Absent } else { Self::Text(text) }
    }
}

/// An object's id on the target: known, or that of what an earlier step creates. The latter is
/// the only unresolved value in a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// The id, as the target gave it.
    Id(String),
    /// The id that the target will give to what this step creates.
    CreatedBy(StepId),
}

/// One step of a schedule; `s1`, `s2`, … in every output, in the order of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StepId(pub u32);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl From<StepId> for String {
    fn from(id: StepId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for StepId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = text.strip_prefix('s').and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is no step id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_as_they_are_written() {
        let values = [
            Value::Absent,
            Value::Flag(true),
            Value::Count(40),
            Value::text("null"),
            Value::names(["b", "a"]),
            Value::Reference(Binding::Id("7".into())),
            Value::Reference(Binding::CreatedBy(StepId(3))),
        ];
        let json = serde_json::to_string(&values).expect("values are JSON");
        assert_eq!(json, r#"[null,true,40,"null",["a","b"],{"id":"7"},{"created_by":"s3"}]"#);
        assert_eq!(serde_json::from_str::<Vec<Value>>(&json).expect("it reads back"), values);
    }

    #[test]
    fn empty_means_absent() {
        assert_eq!(Value::names([""; 0]), Value::Absent);
        assert_eq!(Value::text(""), Value::Absent);
    }
}
