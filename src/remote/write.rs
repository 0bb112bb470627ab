//! Performing one step: sent at most as often as is harmless, its outcome always named.
//!
//! A write whose answer was lost is read back before anything else happens; a create is never sent
//! twice. Not responsible for which step is next (`apply`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

use super::client::{Answer, Client, Failure, Request, jitter};
use super::error::{ErrorClass, RemoteError};
use super::read::{Connection, Reader};
use super::retry;
use super::shape::{Meaning, Shape, type_name};
use super::version::recognised;
use super::wire::{Seen, Unreadable, encode, is_usable, seen};
use crate::plan::{Approved, Expected, Step, Write};
use crate::scim::message::{PATCH_OP, PatchOperation, PatchRequest};
use crate::state::{Address, Attributes, Binding, StepId, Value, Version, attribute, fold};

/// What is said of a 202 that nothing followed.
const ACCEPTED: &str = "the target has accepted the request without doing it";
/// How long to wait before looking again at such a write.
const ACCEPTED_WAIT: Duration = Duration::from_millis(250);

/// Writes a target. It can only be made from a plan that was approved.
#[derive(Clone, Debug)]
pub struct Writer {
    pub(super) connection: Arc<Connection>,
}

/// A step with nothing left to resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    address: Address,
    action: Action,
    /// What the object shall have; references are ids.
    attributes: Attributes,
    /// The version that the object must have; `None` where an earlier step left it and the target
    /// did not say at which.
    expects: Option<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Update { id: String },
    Delete { id: String },
}

/// How a step left its object, for the steps that build on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The object's id.
    pub id: String,
    /// Its version, where the target said it.
    pub version: Option<Version>,
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

impl Writer {
    /// A writer for what was approved.
    #[must_use]
    pub fn new(reader: &Reader, _approved: &Approved) -> Self {
        Self { connection: Arc::clone(&reader.connection) }
    }

    /// Performs one step.
    pub async fn perform(&self, step: &Prepared) -> Performed {
        let shapes = self.connection.shapes(None);
        let Some(shape) = shapes.by_kind.get(&step.address.kind) else {
            let detail = format!("the target holds no resources of type {}", type_name(step.address.kind));
            return Performed::Failed { detail, class: ErrorClass::Other };
        };
        let write = One {
            client: &self.connection.client,
            connection: &self.connection,
            shape,
            etags: shapes.capabilities.etag,
            patch: shapes.capabilities.patch,
            step,
        };
        match &step.action {
            Action::Create => write.create().await,
            Action::Update { id } if is_usable(id) => write.update(id).await,
            Action::Delete { id } if is_usable(id) => write.delete(id).await,
            Action::Update { id } | Action::Delete { id } => {
                Performed::Failed { detail: format!("`{id}` is no id"), class: ErrorClass::Other }
            }
        }
    }

    /// How long a write may take to show when it is read back.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.connection.settle
    }
}

/// One step on its way.
struct One<'a> {
    client: &'a Client,
    connection: &'a Connection,
    shape: &'a Shape,
    etags: bool,
    patch: bool,
    step: &'a Prepared,
}

/// An object before it is written, where it had to be read.
struct Current {
    seen: Seen,
    /// The resource as it came, for PUT.
    resource: Map<String, Json>,
}

impl One<'_> {
    async fn create(&self) -> Performed {
        let request = self.request(Method::POST, self.shape.url.clone(), None, Some(self.new_resource()));
        let mut attempt = 1;
        loop {
            let failure = match self.client.once(&request).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => return self.await_created().await,
                Ok(answer) => return self.created(&answer).await,
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let error = match failure {
                Failure::NotSent(error) => error,
                Failure::Answered { error, .. } => match error.status() {
                    Some(429) => error,
                    // A gateway may say this of a request that has gone through.
                    Some(status @ 500..) => match self.resolve_create(&error.to_string()).await {
                        Some(resolved) => return resolved,
                        // It says itself that it could not, and there is nothing.
                        None if status == 503 => error,
                        None if status == 500 => return failed(&error),
                        None => return never_twice(&error),
                    },
                    _ => return self.create_refused(error).await,
                },
                Failure::Lost(error) => {
                    let resolved = self.resolve_create(&error.to_string()).await;
                    return resolved.unwrap_or_else(|| never_twice(&error));
                }
            };
            let Some(wait) = wait else { return failed(&error) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// A create that may or may not have been carried out: what the target has tells. `None`: it
    /// has nothing of the sort.
    async fn resolve_create(&self, why: &str) -> Option<Performed> {
        match self.look_up().await {
            Ok(Some(seen)) => Some(match self.differences(&seen)[..] {
                [] => Performed::Applied { left: left(&seen), shown: Shown::AsPlanned },
                ref differences => {
                    let detail = format!("{why}; {}", other_object(&seen, differences));
                    Performed::Unknown { detail }
                }
            }),
            Ok(None) => None,
            Err(error) => Some(Performed::Unknown { detail: format!("{why}; then {error}") }),
        }
    }

    async fn await_created(&self) -> Performed {
        let until = Instant::now() + self.connection.settle;
        loop {
            match self.resolve_create(ACCEPTED).await {
                None if Instant::now() < until => tokio::time::sleep(ACCEPTED_WAIT).await,
                resolved => return resolved.unwrap_or_else(|| Performed::Unknown { detail: ACCEPTED.to_owned() }),
            }
        }
    }

    async fn created(&self, answer: &Answer) -> Performed {
        if let Ok(seen) = self.read_answer(answer) {
            let shown = self.shown(&seen);
            return Performed::Applied { left: left(&seen), shown };
        }
        // Without a readable body the Location names the id, unless it is spelled in an unusual way.
        let id = answer.location.as_deref().and_then(|location| location.rsplit('/').next());
        if let Some(id) = id.filter(|id| is_usable(id) && !id.contains(['%', '?', '#'])) {
            let version = answer.etag.clone().filter(|_| self.etags).map(Version::Etag);
            return Performed::Applied { left: Left { id: id.to_owned(), version }, shown: Shown::Nothing };
        }
        let why = "the answer does not say which id the object has";
        self.resolve_create(why).await.unwrap_or_else(|| Performed::Unknown { detail: why.to_owned() })
    }

    /// The target says no: that the name is taken may only mean that it is ours already.
    async fn create_refused(&self, error: RemoteError) -> Performed {
        if !is_conflict_of_names(&error) {
            return refused(&error);
        }
        match self.look_up().await {
            Ok(Some(seen)) => match self.differences(&seen)[..] {
                [] => Performed::AlreadyInPlace { left: left(&seen) },
                ref differences => Performed::Refused {
                    status: error.status().unwrap_or(409),
                    detail: other_object(&seen, differences),
                    rule: None,
                },
            },
            Ok(None) | Err(_) => refused(&error),
        }
    }

    async fn update(&self, id: &str) -> Performed {
        let mut operations = encode(self.shape, &self.step.attributes);
        let mut attempt = 1;
        // Whether an earlier attempt of ours may have been carried out.
        let mut in_doubt = false;
        let mut absent_dropped = false;
        loop {
            let current = match self.before(id, !self.patch).await {
                Ok(current) => current,
                Err(performed) => return performed,
            };
            let if_match = self.if_match(current.as_ref());
            let request = match &current {
                Some(current) if !self.patch => {
                    let body = merged(&current.resource, &operations);
                    self.request(Method::PUT, self.shape.resource(id), if_match, Some(body))
                }
                _ => self.request(Method::PATCH, self.shape.resource(id), if_match, Some(patch(&operations))),
            };
            let failure = match self.client.once(&request).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => return self.await_update(id).await,
                Ok(answer) => return self.updated(id, &answer),
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let error = match failure {
                Failure::NotSent(error) => error,
                Failure::Answered { error, .. } => match error.status() {
                    Some(429) => error,
                    Some(412) if in_doubt => {
                        return self.resolve_update(id, &error).await.unwrap_or_else(|| stale(&error));
                    }
                    Some(400) if scim_type(&error) == Some("noTarget") && !absent_dropped => {
                        // The whole PATCH was undone because of something that is gone already.
                        absent_dropped = true;
                        match self.read(id).await {
                            Ok(Some(current)) => {
                                operations.retain(|(name, value)| value.is_some() || has(&current.resource, name));
                                if operations.is_empty() {
                                    return Performed::AlreadyInPlace { left: left(&current.seen) };
                                }
                                continue;
                            }
                            Ok(None) => return gone(),
                            Err(error) => return failed(&error),
                        }
                    }
                    Some(500..) => match self.resolve_update(id, &error).await {
                        Some(performed) => return performed,
                        None => error,
                    },
                    _ => return refused(&error),
                },
                Failure::Lost(error) => {
                    in_doubt = true;
                    match self.resolve_update(id, &error).await {
                        Some(performed) => return performed,
                        None => error,
                    }
                }
            };
            let Some(wait) = wait else { return failed(&error) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// An update that may or may not have been carried out. `None`: it was not, and the object is
    /// still as it was planned against, so that it can be sent again.
    async fn resolve_update(&self, id: &str, why: &RemoteError) -> Option<Performed> {
        match self.read(id).await {
            Ok(Some(current)) if self.differences(&current.seen).is_empty() => {
                Some(Performed::Applied { left: left(&current.seen), shown: Shown::AsPlanned })
            }
            Ok(Some(current)) => match &self.step.expects {
                Some(version) if *version == current.seen.version => None,
                // Absolute values: without a version to hold them against they can be sent again.
                None => None,
                Some(_) => Some(stale(why)),
            },
            Ok(None) => Some(gone()),
            Err(error) => Some(Performed::Unknown { detail: format!("{why}; then {error}") }),
        }
    }

    async fn await_update(&self, id: &str) -> Performed {
        let until = Instant::now() + self.connection.settle;
        loop {
            match self.read(id).await {
                Ok(Some(current)) if self.differences(&current.seen).is_empty() => {
                    return Performed::Applied { left: left(&current.seen), shown: Shown::AsPlanned };
                }
                Ok(None) => return gone(),
                Ok(Some(_)) if Instant::now() < until => tokio::time::sleep(ACCEPTED_WAIT).await,
                Ok(Some(_)) => {
                    let detail = ACCEPTED.to_owned();
                    return Performed::Unknown { detail };
                }
                Err(error) => return Performed::Unknown { detail: error.to_string() },
            }
        }
    }

    fn updated(&self, id: &str, answer: &Answer) -> Performed {
        match self.read_answer(answer) {
            Ok(seen) => Performed::Applied { shown: self.shown(&seen), left: left(&seen) },
            Err(_) => {
                let version = answer.etag.clone().filter(|_| self.etags).map(Version::Etag);
                Performed::Applied { left: Left { id: id.to_owned(), version }, shown: Shown::Nothing }
            }
        }
    }

    async fn delete(&self, id: &str) -> Performed {
        let left = || Left { id: id.to_owned(), version: None };
        let mut attempt = 1;
        let mut in_doubt = false;
        loop {
            let current = match self.before(id, false).await {
                Ok(current) => current,
                // Gone is what was wanted.
                Err(Performed::Stale { .. }) if matches!(self.read(id).await, Ok(None)) => {
                    return if in_doubt {
                        Performed::Applied { left: left(), shown: Shown::AsPlanned }
                    } else {
                        Performed::AlreadyInPlace { left: left() }
                    };
                }
                Err(performed) => return performed,
            };
            let if_match = self.if_match(current.as_ref());
            let request = self.request(Method::DELETE, self.shape.resource(id), if_match, None);
            let failure = match self.client.once(&request).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => {
                    let detail = ACCEPTED.to_owned();
                    return match self.read(id).await {
                        Ok(None) => Performed::Applied { left: left(), shown: Shown::AsPlanned },
                        _ => Performed::Unknown { detail },
                    };
                }
                Ok(_) => return Performed::Applied { left: left(), shown: Shown::AsPlanned },
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let error = match failure {
                Failure::Answered { error, .. } if error.status() == Some(404) => {
                    return if in_doubt {
                        Performed::Applied { left: left(), shown: Shown::AsPlanned }
                    } else {
                        Performed::AlreadyInPlace { left: left() }
                    };
                }
                Failure::Answered { error, .. } if wait.is_none() => return refused(&error),
                Failure::Answered { error, .. } | Failure::NotSent(error) => error,
                Failure::Lost(error) => {
                    in_doubt = true;
                    error
                }
            };
            let Some(wait) = wait else {
                return if in_doubt { Performed::Unknown { detail: error.to_string() } } else { failed(&error) };
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Reads the object where its version cannot travel with the write, and holds it against what
    /// was planned.
    async fn before(&self, id: &str, whole: bool) -> Result<Option<Current>, Performed> {
        let travels = self.etags && matches!(self.step.expects, Some(Version::Etag(_)));
        let nothing_to_hold = !self.etags && self.step.expects.is_none();
        if (travels || nothing_to_hold) && !whole {
            return Ok(None);
        }
        let Some(current) = self.read(id).await.map_err(|error| failed(&error))? else { return Err(gone()) };
        match &self.step.expects {
            Some(expected) if *expected != self.comparable(expected, &current.seen) => {
                Err(Performed::Stale { detail: "the object has changed since it was planned".to_owned() })
            }
            _ => Ok(Some(current)),
        }
    }

    /// The version of what was read, of the sort that is expected.
    fn comparable(&self, expected: &Version, seen: &Seen) -> Version {
        match expected {
            Version::Hash(_) => Version::Hash(super::version::hash(&seen.attributes)),
            Version::Etag(_) => seen.version.clone(),
        }
    }

    fn if_match(&self, current: Option<&Current>) -> Option<String> {
        let version = current.map(|current| &current.seen.version).or(self.step.expects.as_ref());
        match version {
            Some(Version::Etag(etag)) if self.etags => Some(etag.clone()),
            _ => None,
        }
    }

    /// The object as it is now; `None` when there is none.
    async fn read(&self, id: &str) -> Result<Option<Current>, RemoteError> {
        let url = self.shape.resource(id);
        let answer = match self.client.get(url.clone()).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        let malformed = |source| RemoteError::Malformed { attempt: Request::get(url).attempt(), source };
        let seen = match self.read_answer(&answer) {
            Ok(seen) => seen,
            Err(Unreadable::Nameless(error)) => return Err(error),
            Err(Unreadable::Json(source)) => return Err(malformed(source)),
        };
        let resource = serde_json::from_slice(&answer.body).map_err(malformed)?;
        Ok(Some(Current { seen, resource }))
    }

    /// Finds what the step would create, by our mark and by its name.
    async fn look_up(&self) -> Result<Option<Seen>, RemoteError> {
        let text = |name: &str| match self.step.attributes.get(name) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let name = text(attribute::NAME).unwrap_or(&self.step.address.name);
        let mark = text(attribute::MARK);
        let is_it = |seen: &Seen| {
            let has = |attribute: &str, wanted: &str, exact: bool| match seen.attributes.get(attribute) {
                Some(Value::Text(text)) => text == wanted || (!exact && fold(text) == fold(wanted)),
                _ => false,
            };
            mark.is_some_and(|mark| has(attribute::MARK, mark, true)) || has(attribute::NAME, name, false)
        };
        if self.connection.has_filters() {
            let filters = [(Meaning::Mark, mark), (Meaning::Name, Some(name))];
            for (meaning, value) in filters {
                let (Some(column), Some(value)) = (self.shape.of(&meaning), value) else { continue };
                let mut url = self.shape.url.clone();
                let filter = format!("{} eq {}", column.wire, json!(value));
                url.query_pairs_mut().append_pair("filter", &filter);
                match self.connection.matching(self.shape, self.etags, url).await {
                    // Whether it really matches is checked: a target may ignore a filter.
                    Ok(found) => {
                        if let Some(seen) = found.into_iter().find(|seen| is_it(seen)) {
                            return Ok(Some(seen));
                        }
                    }
                    // It has filters, but not on this attribute.
                    Err(error) if error.status() == Some(400) => {}
                    Err(error) => return Err(error),
                }
            }
            return Ok(None);
        }
        let everything = self.connection.everything(self.shape, self.etags).await?;
        Ok(everything.into_iter().find(is_it))
    }

    fn read_answer(&self, answer: &Answer) -> Result<Seen, Unreadable> {
        seen(self.shape, &answer.body, self.etags, answer.etag.as_deref())
    }

    fn differences(&self, seen: &Seen) -> Vec<String> {
        seen.differences(self.shape.kind, &self.step.attributes)
    }

    fn shown(&self, seen: &Seen) -> Shown {
        let differences = self.differences(seen);
        if differences.is_empty() { Shown::AsPlanned } else { Shown::Otherwise(differences) }
    }

    fn request(&self, method: Method, url: Url, if_match: Option<String>, body: Option<Json>) -> Request {
        let body = body.map(|body| serde_json::to_vec(&body).expect("JSON can be written"));
        Request { method, url, body, if_match }
    }

    fn new_resource(&self) -> Json {
        let mut resource = Map::from_iter([("schemas".to_owned(), json!([self.shape.schema]))]);
        let assigned = encode(self.shape, &self.step.attributes).into_iter();
        resource.extend(assigned.filter_map(|(name, value)| Some((name, value?))));
        Json::Object(resource)
    }
}

/// One operation for each attribute, each with its path: what every target understands
/// (reference/scim.md §2.7).
fn patch(operations: &[(String, Option<Json>)]) -> Json {
    let operation = |(path, value): &(String, Option<Json>)| PatchOperation {
        op: if value.is_some() { "replace" } else { "remove" }.to_owned(),
        path: Some(path.clone()),
        value: value.clone(),
    };
    let request =
        PatchRequest { schemas: vec![PATCH_OP.to_owned()], operations: operations.iter().map(operation).collect() };
    serde_json::to_value(request).expect("a patch is JSON")
}

/// A whole resource for PUT: as it is, but for what the step writes. What is emptied is said so,
/// because a target may keep what is left out (RFC 7644 §3.5.1).
fn merged(resource: &Map<String, Json>, operations: &[(String, Option<Json>)]) -> Json {
    let mut merged = resource.clone();
    merged.remove("meta");
    for (name, value) in operations {
        merged.retain(|key, _| !key.eq_ignore_ascii_case(name));
        merged.insert(name.clone(), value.clone().unwrap_or(Json::Null));
    }
    Json::Object(merged)
}

fn has(resource: &Map<String, Json>, name: &str) -> bool {
    resource.iter().any(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
}

fn left(seen: &Seen) -> Left {
    Left { id: seen.id.clone(), version: Some(seen.version.clone()) }
}

fn scim_type(error: &RemoteError) -> Option<&str> {
    match error {
        RemoteError::Status { scim_type, .. } => scim_type.as_deref(),
        _ => None,
    }
}

/// Some targets answer 400 (RFC 7643 §7), some leave the keyword out.
fn is_conflict_of_names(error: &RemoteError) -> bool {
    match error {
        RemoteError::Status { status: 400 | 409, scim_type: Some(scim_type), .. } => scim_type == "uniqueness",
        RemoteError::Status { status: 409, scim_type: None, rule: None, .. } => true,
        _ => false,
    }
}

fn other_object(seen: &Seen, differences: &[String]) -> String {
    let id = super::error::clean(&seen.id);
    format!("an object with this name exists (id `{id}`) and differs in {}", differences.join(", "))
}

/// A create without an answer and without a trace: it may still be on its way.
fn never_twice(error: &RemoteError) -> Performed {
    let detail = format!("{error}; the object is not there, and a create is not sent twice; plan again");
    Performed::Unknown { detail }
}

fn gone() -> Performed {
    Performed::Stale { detail: "the object no longer exists".to_owned() }
}

fn stale(error: &RemoteError) -> Performed {
    let said = said(error);
    let detail = "the object has changed since it was planned".to_owned();
    Performed::Stale { detail: if said.is_empty() { detail } else { format!("{detail}: {said}") } }
}

fn failed(error: &RemoteError) -> Performed {
    Performed::Failed { detail: error.to_string(), class: error.class() }
}

/// What the target itself says, without our account of the attempt.
fn said(error: &RemoteError) -> &str {
    match error {
        RemoteError::Credential { detail, .. }
        | RemoteError::Forbidden { detail, .. }
        | RemoteError::Status { detail, .. } => detail,
        _ => "",
    }
}

/// An answer that will not get better by sending again.
fn refused(error: &RemoteError) -> Performed {
    let rule = if let RemoteError::Status { rule, .. } = error { rule.clone() } else { None };
    match error.status() {
        Some(404) => gone(),
        Some(412) => stale(error),
        // A conflict that is neither of names nor of a rule is one of versions (RFC 7644 Table 8).
        Some(409) if rule.is_none() && scim_type(error).is_none() => stale(error),
        Some(status @ (400 | 403 | 405..=499 | 501)) => {
            let said = said(error);
            let detail = if said.is_empty() { error.to_string() } else { said.to_owned() };
            Performed::Refused { status, detail, rule }
        }
        _ => failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Kind;

    #[test]
    fn a_patch_replaces_whole_attributes_in_lower_case() {
        let operations = [("displayName".to_owned(), Some(json!("LO"))), ("description".to_owned(), None)];
        insta::assert_snapshot!(
            patch(&operations),
            @r#"{"Operations":[{"op":"replace","path":"displayName","value":"LO"},{"op":"remove","path":"description"}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#
        );
    }

    #[test]
    fn a_put_keeps_the_rest_and_says_what_is_emptied() {
        let resource = json!({"id": "1", "DisplayName": "x", "title": "kept", "meta": {"version": "1"}});
        let operations = [("displayName".to_owned(), Some(json!("LO"))), ("description".to_owned(), None)];
        insta::assert_snapshot!(
            merged(resource.as_object().expect("an object"), &operations),
            @r#"{"description":null,"displayName":"LO","id":"1","title":"kept"}"#
        );
    }

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
