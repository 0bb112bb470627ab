//! Answers that are not a success (RFC 7644 §3.12).
//!
//! Responsible for their shape, and for keeping what went wrong inside (a failing disk) out of
//! what callers read. Which rule refuses what is said in `rules`.

use serde_json::{Map, Value, json};

use crate::scim::message::{ERROR, ErrorMessage};

use super::database;

/// A request that is not granted.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// The keyword of RFC 7644 §3.12, where one fits.
    pub(super) scim_type: Option<&'static str>,
    /// For people.
    pub(super) detail: String,
    /// The rule of the platform that refuses, and what it asked for: our extension object.
    pub(super) rule: Option<Map<String, Value>>,
}

impl Refusal {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), rule: None }
    }

    fn typed(status: u16, scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self { scim_type: Some(scim_type), ..Self::new(status, detail) }
    }

    /// The body is not what the protocol has here.
    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidSyntax", detail)
    }

    /// A value of the wrong type, or one that is missing or not allowed.
    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidValue", detail)
    }

    /// The path of a PATCH operation names nothing.
    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidPath", detail)
    }

    /// The filter in the path of a PATCH operation selects nothing, or there is no path.
    pub(super) fn target(detail: impl Into<String>) -> Self {
        Self::typed(400, "noTarget", detail)
    }

    /// The filter of a list makes no sense.
    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidFilter", detail)
    }

    /// A cursor that this service has not given for this list (RFC 9865 §3).
    pub(super) fn cursor(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidCursor", detail)
    }

    /// A cursor whose place in the list is gone.
    pub(super) fn expired(detail: impl Into<String>) -> Self {
        Self::typed(400, "expiredCursor", detail)
    }

    /// A page of no size.
    pub(super) fn count(detail: impl Into<String>) -> Self {
        Self::typed(400, "invalidCount", detail)
    }

    /// Something that cannot be changed, or not be taken away.
    pub(super) fn mutability(detail: impl Into<String>) -> Self {
        Self::typed(400, "mutability", detail)
    }

    /// The name is taken.
    pub(super) fn uniqueness(detail: impl Into<String>) -> Self {
        Self::typed(409, "uniqueness", detail)
    }

    /// Nothing has this id.
    pub(super) fn unknown(kind: &str, id: &str) -> Self {
        Self::new(404, format!("there is no {kind} with id `{id}`"))
    }

    /// The platform's rule that refuses, where it has an id, with the names and numbers that it
    /// asked for.
    pub(super) fn by_rule(mut self, rule: Option<&str>, about: &[(&str, Value)]) -> Self {
        let id = rule.map(|rule| ("rule", json!(rule)));
        let about = id.into_iter().chain(about.iter().cloned());
        self.rule = Some(about.map(|(name, value)| (name.to_owned(), value)).collect());
        self
    }

    /// The body of the answer.
    pub(super) fn body(&self, urn_prefix: &str) -> String {
        let mut message = ErrorMessage {
            schemas: vec![ERROR.to_owned()],
            status: self.status.to_string(),
            scim_type: self.scim_type.map(ToOwned::to_owned),
            detail: Some(self.detail.clone()),
            extension: Map::new(),
        };
        if let Some(rule) = &self.rule {
            let urn = format!("{urn_prefix}Refusal");
            message.schemas.push(urn.clone());
            message.extension.insert(urn, Value::Object(rule.clone()));
        }
        serde_json::to_string(&message).expect("a map of JSON values with text keys is written")
    }
}

impl From<rusqlite::Error> for Refusal {
    /// The database's own words go to the log, never to a caller.
    fn from(error: rusqlite::Error) -> Self {
        // The rules look first; an index is what nothing gets past.
        if database::is_taken(&error) {
            return Self::uniqueness("the name or the id is taken");
        }
        tracing::error!(%error, "the sandbox's database failed");
        Self::new(500, "the sandbox's database failed")
    }
}
