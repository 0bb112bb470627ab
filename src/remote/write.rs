//! Performing one step: sent at most as often as is harmless, its outcome always named.
//!
//! A write whose answer was lost is read back before anything else happens; a create is never sent
//! twice. Not responsible for which step is next (`apply`).

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde_json::{Map, Value as Json};
use tokio::time::Instant;

use super::body::{has, merged, patch};
use super::client::{Answer, Client, Failure, Request, jitter};
use super::error::{ErrorClass, RemoteError};
use super::read::{Connection, Reader};
use super::retry;
use super::shape::{Shape, type_name};
use super::step::{Action, Left, Performed, Prepared, Shown};
use super::verdict::{failed, gone, left, may_be_of_versions, refused, stale};
use super::wire::{Seen, Unreadable, encode, is_usable, seen};
use crate::plan::Approved;
use crate::state::{Capabilities, Version};

/// What is said of a 202 that nothing followed.
pub(super) const ACCEPTED: &str = "the target has accepted the request without doing it";
/// How long to wait before looking again at such a write.
pub(super) const ACCEPTED_WAIT: Duration = Duration::from_millis(250);

/// Writes a target. It can only be made from a plan that was approved.
#[derive(Clone, Debug)]
pub struct Writer {
    pub(super) connection: Arc<Connection>,
}

impl Writer {
    /// A writer for what was approved.
    #[must_use]
    pub fn new(reader: &Reader, _approved: &Approved) -> Self {
        Self { connection: Arc::clone(&reader.connection) }
    }

    /// Performs one step.
    pub async fn perform(&self, step: &Prepared) -> Performed {
        self.perform_knowing(step, false).await
    }

    /// Performs one step; `in_doubt`: it was sent before and may yet arrive.
    pub(super) async fn perform_knowing(&self, step: &Prepared, in_doubt: bool) -> Performed {
        let shapes = self.connection.shapes(None);
        let Some(shape) = shapes.by_kind.get(&step.address.kind) else {
            let detail = format!("the target holds no resources of type {}", type_name(step.address.kind));
            return Performed::Failed { detail, class: ErrorClass::Other };
        };
        let write = One::new(&self.connection, shape, step);
        match &step.action {
            Action::Create => write.create().await,
            Action::Update { id } if is_usable(id) => write.update(id, in_doubt).await,
            Action::Delete { id } if is_usable(id) => write.delete(id, in_doubt).await,
            Action::Update { id } | Action::Delete { id } => {
                Performed::Failed { detail: format!("`{id}` is no id"), class: ErrorClass::Other }
            }
        }
    }

    /// Whether the target has stopped answering, so that trying further steps would only take time.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.connection.client.is_silent()
    }

    /// How long a write may take to show when it is read back.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.connection.settle
    }
}

/// One step on its way.
pub(super) struct One<'a> {
    pub client: &'a Client,
    pub connection: &'a Connection,
    pub shape: &'a Shape,
    pub etags: bool,
    patch: bool,
    pub step: &'a Prepared,
}

/// An object before it is written, where it had to be read.
struct Current {
    seen: Seen,
    /// The resource as it came, for PUT.
    resource: Map<String, Json>,
}

impl<'a> One<'a> {
    pub fn new(connection: &'a Connection, shape: &'a Shape, step: &'a Prepared) -> Self {
        let Capabilities { etag: etags, patch, .. } = connection.shapes(None).capabilities;
        Self { client: &connection.client, connection, shape, etags, patch, step }
    }
}

impl One<'_> {
    /// `in_doubt`: an earlier attempt of ours may have been carried out.
    async fn update(&self, id: &str, mut in_doubt: bool) -> Performed {
        let mut operations = encode(self.shape, &self.step.attributes);
        let mut attempt = 1;
        let mut absent_dropped = false;
        let mut can_patch = self.patch;
        loop {
            let current = match self.before(id, !can_patch).await {
                Ok(current) => current,
                Err(performed) => return performed,
            };
            let if_match = self.if_match(current.as_ref());
            let request = match &current {
                Some(current) if !can_patch => {
                    let body = merged(&current.resource, &operations);
                    request(Method::PUT, self.shape.resource(id), if_match, Some(body))
                }
                _ => request(Method::PATCH, self.shape.resource(id), if_match, Some(patch(&operations))),
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
                    // Announced and not there: then the object is written as a whole.
                    Some(405 | 501) if can_patch => {
                        tracing::warn!(%error, "the target announces PATCH and does not know it; writing the whole object");
                        can_patch = false;
                        continue;
                    }
                    Some(412) if in_doubt => {
                        return self.resolve_update(id, &error).await.unwrap_or_else(|| stale(&error));
                    }
                    Some(400) if error.scim_type() == Some("noTarget") && !absent_dropped => {
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
                    Some(500..) => {
                        // A gateway that gives up may have passed it on: it can still arrive.
                        in_doubt = true;
                        match self.resolve_update(id, &error).await {
                            Some(performed) => return performed,
                            None => error,
                        }
                    }
                    _ => return self.refused(id, &error).await,
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

    /// The target says no. Whether a conflict is one of versions, the object tells: it has changed
    /// then.
    pub(super) async fn refused(&self, id: &str, error: &RemoteError) -> Performed {
        if !may_be_of_versions(error) {
            return refused(error);
        }
        match (self.read(id).await, &self.step.expects) {
            (Ok(None), _) => gone(),
            (Ok(Some(current)), Some(expected)) if *expected == comparable(expected, &current.seen) => refused(error),
            _ => stale(error),
        }
    }

    /// An update that may or may not have been carried out. `None`: it was not, and the object is
    /// still as it was planned against, so that it can be sent again.
    pub(super) async fn resolve_update(&self, id: &str, why: &RemoteError) -> Option<Performed> {
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

    pub(super) async fn await_update(&self, id: &str) -> Performed {
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

    pub(super) fn updated(&self, id: &str, answer: &Answer) -> Performed {
        if let Ok(seen) = self.read_answer(answer) {
            return Performed::Applied { shown: self.shown(&seen), left: left(&seen) };
        }
        let version = answer.etag.clone().filter(|_| self.etags).map(Version::Etag);
        Performed::Applied { left: Left { id: id.to_owned(), version }, shown: Shown::Nothing }
    }

    async fn delete(&self, id: &str, mut in_doubt: bool) -> Performed {
        let left = || Left { id: id.to_owned(), version: None };
        // It was somebody else, unless an attempt of ours may have been carried out.
        let gone = |in_doubt| {
            if in_doubt {
                Performed::Applied { left: left(), shown: Shown::AsPlanned }
            } else {
                Performed::AlreadyInPlace { left: left() }
            }
        };
        let mut attempt = 1;
        loop {
            let current = match self.before(id, false).await {
                Ok(current) => current,
                // Gone is what was wanted.
                Err(Performed::Stale { .. }) if matches!(self.read(id).await, Ok(None)) => {
                    return gone(in_doubt);
                }
                Err(performed) => return performed,
            };
            let if_match = self.if_match(current.as_ref());
            let request = request(Method::DELETE, self.shape.resource(id), if_match, None);
            let failure = match self.client.once(&request).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => {
                    return self.await_deleted(id).await;
                }
                Ok(_) => return Performed::Applied { left: left(), shown: Shown::AsPlanned },
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let error = match failure {
                Failure::Answered { error, .. } if error.status() == Some(404) => {
                    return gone(in_doubt);
                }
                Failure::Answered { error, .. } if matches!(error.status(), Some(500 | 502 | 504)) => {
                    in_doubt = true;
                    error
                }
                Failure::Answered { error, .. } if wait.is_none() => return self.refused(id, &error).await,
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

    pub(super) async fn await_deleted(&self, id: &str) -> Performed {
        let until = Instant::now() + self.connection.settle;
        loop {
            match self.read(id).await {
                Ok(None) => {
                    let left = Left { id: id.to_owned(), version: None };
                    return Performed::Applied { left, shown: Shown::AsPlanned };
                }
                Ok(Some(_)) if Instant::now() < until => tokio::time::sleep(ACCEPTED_WAIT).await,
                Ok(Some(_)) => return Performed::Unknown { detail: ACCEPTED.to_owned() },
                Err(error) => return Performed::Unknown { detail: error.to_string() },
            }
        }
    }

    /// Whether the version travels with the write, or there is none to hold the object against.
    pub(super) fn needs_no_reading(&self) -> bool {
        let travels = self.etags && matches!(self.step.expects, Some(Version::Etag(_)));
        travels || (!self.etags && self.step.expects.is_none())
    }

    /// The version that travels with a write that needs no reading.
    pub(super) fn expected_etag(&self) -> Option<String> {
        self.if_match(None)
    }

    /// Whether the object is there.
    pub(super) async fn is_there(&self, id: &str) -> Result<bool, RemoteError> {
        Ok(self.read(id).await?.is_some())
    }

    /// Reads the object where its version cannot travel with the write, and holds it against what
    /// was planned.
    async fn before(&self, id: &str, whole: bool) -> Result<Option<Current>, Performed> {
        if self.needs_no_reading() && !whole {
            return Ok(None);
        }
        let Some(current) = self.read(id).await.map_err(|error| failed(&error))? else { return Err(gone()) };
        match &self.step.expects {
            Some(expected) if *expected != comparable(expected, &current.seen) => {
                Err(Performed::Stale { detail: "the object has changed since it was planned".to_owned() })
            }
            _ => Ok(Some(current)),
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

    pub fn read_answer(&self, answer: &Answer) -> Result<Seen, Unreadable> {
        seen(self.shape, &answer.body, self.etags, answer.etag.as_deref())
    }

    pub fn differences(&self, seen: &Seen) -> Vec<String> {
        seen.differences(self.shape.kind, &self.step.attributes)
    }

    pub fn shown(&self, seen: &Seen) -> Shown {
        let differences = self.differences(seen);
        if differences.is_empty() { Shown::AsPlanned } else { Shown::Otherwise(differences) }
    }
}

/// The version of what was read, of the sort that is expected.
fn comparable(expected: &Version, seen: &Seen) -> Version {
    match expected {
        Version::Hash(_) => Version::Hash(super::version::hash(&seen.attributes)),
        Version::Etag(_) => seen.version.clone(),
    }
}

pub(super) fn request(method: Method, url: Url, if_match: Option<String>, body: Option<Json>) -> Request {
    let body = body.map(|body| serde_json::to_vec(&body).expect("JSON can be written"));
    Request { method, url, body, if_match, if_none_match: None }
}
