//! Several steps in one request (RFC 7644 §3.7): the request, and what its answer says of each.
//!
//! Nothing is sent twice blindly: whatever an answer leaves open is looked up, one by one, before a
//! step goes again, alone. Not responsible for which steps may travel together (`plan`) nor for when
//! that pays (`apply`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Method, StatusCode, Url};
use serde_json::Value as Json;
use tokio::task::JoinSet;

use super::body::patch;
use super::client::{Answer, Failure, Request, jitter};
use super::error::{Attempt, RemoteError};
use super::retry;
use super::shape::Shape;
use super::step::{Action, Left, Performed, Prepared, Shown};
use super::verdict::{failed, never_twice};
use super::wire::{encode, is_usable, seen};
use super::write::{One, Writer, request};
use crate::scim::message::{BULK_REQUEST, BulkOperation, BulkRequest};
use crate::state::{Bulk, Version};

/// What a request takes beside its operations, in bytes, generously.
const ENVELOPE_BYTES: u64 = 256;

/// A step as one operation of a request.
#[derive(Clone, Debug)]
pub struct Operation {
    wire: BulkOperation,
    /// What it adds to a request.
    pub bytes: u64,
}

/// A step that travels with others. The key is the caller's.
#[derive(Clone, Debug)]
pub struct Member {
    /// Tells the members of a request apart.
    pub key: usize,
    /// The step.
    pub step: Prepared,
    /// The same, as an operation.
    pub operation: Operation,
}

/// What became of one step of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It has ended.
    Performed(Performed),
    /// It was not done, as far as can be seen, and goes again, alone.
    Again {
        /// Whether it may yet arrive.
        in_doubt: bool,
    },
}

/// What became of a request of several steps.
#[derive(Debug)]
pub struct Answered {
    /// Each member with its key.
    pub members: Vec<(usize, Settled)>,
    /// Why no further request of this sort should be sent to this target.
    pub not_again: Option<String>,
}

impl Writer {
    /// What the target takes in one request; `None` where it takes no several steps at once.
    #[must_use]
    pub fn bulk(&self) -> Option<Bulk> {
        let bulk = self.connection.shapes(None).capabilities.bulk?;
        let max_payload_bytes = bulk.max_payload_bytes.saturating_sub(ENVELOPE_BYTES);
        (bulk.max_operations > 1 && max_payload_bytes > 0).then_some(Bulk { max_payload_bytes, ..bulk })
    }

    /// A step as an operation; `None` where it has to go alone, because the object has to be read
    /// before.
    #[must_use]
    pub fn operation(&self, step: &Prepared) -> Option<Operation> {
        let shapes = self.connection.shapes(None);
        let shape = shapes.by_kind.get(&step.address.kind).filter(|shape| !shape.is_mapped)?;
        let one = One::new(&self.connection, shape, step);
        let (method, url, data) = match &step.action {
            Action::Create => ("POST", shape.url.clone(), Some(one.new_resource())),
            Action::Update { id } if is_usable(id) && one.needs_no_reading() && shapes.capabilities.patch => {
                ("PATCH", shape.resource(id), Some(patch(&encode(shape, &step.attributes))))
            }
            Action::Delete { id } if is_usable(id) && one.needs_no_reading() => ("DELETE", shape.resource(id), None),
            Action::Update { .. } | Action::Delete { .. } => return None,
        };
        let base = self.connection.client.base.path().trim_end_matches('/');
        let path = url.path().strip_prefix(base)?.to_owned();
        let version = if method == "POST" { None } else { one.expected_etag() };
        let wire = BulkOperation { method: method.to_owned(), path, bulk_id: None, version, data };
        // A comma, and for a POST the name that it gets.
        let bytes = serde_json::to_vec(&wire).expect("an operation is JSON").len() as u64 + 32;
        Some(Operation { wire, bytes })
    }

    /// Performs one step that was sent before, with others.
    pub async fn perform_again(&self, step: &Prepared, in_doubt: bool) -> Performed {
        self.perform_knowing(step, in_doubt).await
    }

    /// Performs several steps with one request. None of them may depend on another.
    pub async fn perform_together(&self, mut members: Vec<Member>) -> Answered {
        for (n, member) in members.iter_mut().enumerate() {
            if member.operation.wire.method == "POST" {
                member.operation.wire.bulk_id = Some(format!("o{n}"));
            }
        }
        let operations = members.iter().map(|member| member.operation.wire.clone()).collect();
        let body = BulkRequest { schemas: vec![BULK_REQUEST.to_owned()], fail_on_errors: None, operations };
        let body = serde_json::to_value(body).expect("a request is JSON");
        let url = self.connection.client.base.join("Bulk").expect("a name is a relative URL");
        let request = request(Method::POST, url, None, Some(body));
        let mut attempt = 1;
        loop {
            let failure = match self.connection.client.once(&request).await {
                Ok(answer) => return self.read_results(members, &request, &answer).await,
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let (error, is_sent) = match failure {
                Failure::NotSent(error) => (error, false),
                Failure::Answered { error, .. } => match error.status() {
                    Some(429) => (error, true),
                    Some(501) => return all_again(members, Some(error.to_string())),
                    // It says itself that it could not, now.
                    Some(503) => return self.look_up_each(members, error, None).await,
                    Some(500..) => {
                        let why = error.to_string();
                        return self.look_up_each(members, error, Some(why)).await;
                    }
                    // Whatever it does not like is the request as a whole: nothing was done.
                    _ => return all_again(members, Some(error.to_string())),
                },
                Failure::Lost(error) => {
                    let why = error.to_string();
                    return self.look_up_each(members, error, Some(why)).await;
                }
            };
            let Some(wait) = wait else {
                return if is_sent {
                    all_again(members, Some(error.to_string()))
                } else {
                    let settle = |member: Member| (member.key, Settled::Performed(failed(&error)));
                    Answered { members: members.into_iter().map(settle).collect(), not_again: None }
                };
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// What an answer says of each; what it does not speak of is looked up.
    async fn read_results(&self, members: Vec<Member>, request: &Request, answer: &Answer) -> Answered {
        // Foreign words of it are shown.
        let body = self.connection.client.without_token(&answer.body);
        let results = serde_json::from_str::<Json>(&body).ok().as_ref().and_then(operations_of).map(<[Json]>::to_vec);
        let Some(results) = results.filter(|_| answer.status != StatusCode::ACCEPTED) else {
            let error = RemoteError::NotScim {
                attempt: request.attempt(),
                cause: "it does not say what became of the operations".to_owned(),
            };
            let why = error.to_string();
            return self.look_up_each(members, error, Some(why)).await;
        };
        let mut of = sorted(&members, &results, &request.url);
        let mut settling = JoinSet::new();
        for (at, member) in members.into_iter().enumerate() {
            let (writer, attempt, result) = (self.clone(), request.attempt(), of.remove(&at));
            settling.spawn(async move {
                let settled = match result {
                    Some(result) => writer.settle_result(&member, &result).await,
                    None => writer.look_up_one(&member, &RemoteError::Unsaid { attempt }).await,
                };
                (member.key, settled)
            });
        }
        Answered { members: joined(settling).await, not_again: None }
    }

    /// Nobody knows what became of a request: the target has it or not, step by step.
    async fn look_up_each(&self, members: Vec<Member>, error: RemoteError, not_again: Option<String>) -> Answered {
        let error = Arc::new(error);
        let mut settling = JoinSet::new();
        for member in members {
            let (writer, error) = (self.clone(), Arc::clone(&error));
            settling.spawn(async move { (member.key, writer.look_up_one(&member, &error).await) });
        }
        Answered { members: joined(settling).await, not_again }
    }

    async fn look_up_one(&self, member: &Member, error: &RemoteError) -> Settled {
        let shapes = self.connection.shapes(None);
        let one = One::new(&self.connection, shape_of(&shapes.by_kind, &member.step), &member.step);
        let settled = match &member.step.action {
            Action::Create => match one.resolve_create(&error.to_string()).await {
                // The target itself has answered, and there is nothing: it was not done.
                None if matches!(error.status(), Some(500 | 503)) || matches!(error, RemoteError::Unsaid { .. }) => {
                    return Settled::Again { in_doubt: false };
                }
                None => Some(never_twice(error)),
                resolved => resolved,
            },
            Action::Update { id } => one.resolve_update(id, error).await,
            Action::Delete { id } => match one.is_there(id).await {
                Ok(true) => None,
                Ok(false) => Some(deleted(id)),
                Err(then) => Some(Performed::Unknown { detail: format!("{error}; then {then}") }),
            },
        };
        settled.map_or(Settled::Again { in_doubt: true }, Settled::Performed)
    }

    async fn settle_result(&self, member: &Member, result: &Json) -> Settled {
        let shapes = self.connection.shapes(None);
        let shape = shape_of(&shapes.by_kind, &member.step);
        let one = One::new(&self.connection, shape, &member.step);
        let status = status_of(result).expect("only results with a status are taken");
        let body = result.get("response").filter(|body| body.is_object()).map(Json::to_string).unwrap_or_default();
        let text = |name: &str| result.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        if status.is_success() {
            // As the answer to a request of its own.
            let answer = Answer {
                status,
                etag: text("version").map(str::to_owned),
                location: text("location").map(str::to_owned),
                body: body.into_bytes(),
            };
            let is_accepted = status == StatusCode::ACCEPTED;
            return Settled::Performed(match &member.step.action {
                Action::Create if is_accepted => one.await_created().await,
                Action::Create => one.created(&answer).await,
                Action::Update { id } if is_accepted => one.await_update(id).await,
                Action::Update { id } => updated(shape, &one, id, &answer),
                Action::Delete { id } if is_accepted => one.await_deleted(id).await,
                Action::Delete { id } => deleted(id),
            });
        }
        let attempt = match &member.step.action {
            Action::Create => Attempt::new(&Method::POST, &shape.url),
            Action::Update { id } => Attempt::new(&Method::PATCH, &shape.resource(id)),
            Action::Delete { id } => Attempt::new(&Method::DELETE, &shape.resource(id)),
        };
        let prefix = &self.connection.client.urn_prefix;
        let error = RemoteError::of_status(attempt, status, body.as_bytes(), prefix);
        let is_done_otherwise_alone = error.scim_type() == Some("noTarget");
        match (status.as_u16(), &member.step.action) {
            // A request of its own knows what to do about these.
            (405 | 429 | 501, _) => Settled::Again { in_doubt: false },
            (400, Action::Update { .. }) if is_done_otherwise_alone => Settled::Again { in_doubt: false },
            (404, Action::Delete { id }) => Settled::Performed(Performed::AlreadyInPlace { left: without_version(id) }),
            (500.., _) => self.look_up_one(member, &error).await,
            (_, Action::Create) => Settled::Performed(one.create_refused(error).await),
            (_, Action::Update { id } | Action::Delete { id }) => Settled::Performed(one.refused(id, &error).await),
        }
    }
}

fn updated(shape: &Shape, one: &One<'_>, id: &str, answer: &Answer) -> Performed {
    match seen(shape, &answer.body, one.etags, answer.etag.as_deref()) {
        Ok(seen) if seen.id == id => one.updated(id, answer),
        // What came with it is another object, or none.
        _ => {
            let version = answer.etag.clone().filter(|_| one.etags).map(Version::Etag);
            Performed::Applied { left: Left { id: id.to_owned(), version }, shown: Shown::Nothing }
        }
    }
}

fn deleted(id: &str) -> Performed {
    Performed::Applied { left: without_version(id), shown: Shown::AsPlanned }
}

fn without_version(id: &str) -> Left {
    Left { id: id.to_owned(), version: None }
}

fn shape_of<'s>(shapes: &'s BTreeMap<crate::state::Kind, Shape>, step: &Prepared) -> &'s Shape {
    shapes.get(&step.address.kind).expect("only what the target holds is an operation")
}

fn all_again(members: Vec<Member>, not_again: Option<String>) -> Answered {
    let settle = |member: Member| (member.key, Settled::Again { in_doubt: false });
    Answered { members: members.into_iter().map(settle).collect(), not_again }
}

async fn joined(mut settling: JoinSet<(usize, Settled)>) -> Vec<(usize, Settled)> {
    let mut members = Vec::with_capacity(settling.len());
    while let Some(settled) = settling.join_next().await {
        members.push(settled.expect("settling a step does not panic"));
    }
    members.sort_unstable_by_key(|(key, _)| *key);
    members
}

/// The results in the body of an answer.
fn operations_of(body: &Json) -> Option<&[Json]> {
    let (_, operations) = body.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case("operations"))?;
    operations.as_array().map(Vec::as_slice)
}

/// The status is a text (RFC 7644 §3.7.3); some write a number, some an object with a `code`, as
/// drafts of the standard had it.
fn status_of(result: &Json) -> Option<StatusCode> {
    let status = result.get("status")?;
    let text = match status.get("code").unwrap_or(status) {
        Json::String(text) => Cow::Borrowed(text.trim()),
        Json::Number(number) => Cow::Owned(number.to_string()),
        _ => return None,
    };
    StatusCode::from_u16(text.parse().ok()?).ok().filter(|status| status.as_u16() >= 200)
}

/// Each result by the place of its member, to be told by `bulkId` or location and never by its own
/// place. One that cannot be told, or of which there are two, is none.
fn sorted(members: &[Member], results: &[Json], base: &Url) -> BTreeMap<usize, Json> {
    let mut names = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for (at, Member { operation: Operation { wire, .. }, .. }) in members.iter().enumerate() {
        match &wire.bulk_id {
            Some(name) => names.insert(name.as_str(), at),
            None => paths.insert(wire.path.as_str(), at),
        };
    }
    let mut of: BTreeMap<usize, Option<Json>> = BTreeMap::new();
    for result in results.iter().filter(|result| status_of(result).is_some()) {
        let text = |name: &str| result.get(name).and_then(Json::as_str);
        let named = text("bulkId").and_then(|name| names.get(name));
        let located = || {
            let location = base.join(text("location")?).ok()?;
            // The service may be known to itself under another root.
            let path = location.path().trim_end_matches('/');
            let start = path.rmatch_indices('/').nth(1)?.0;
            paths.get(&path[start..])
        };
        if let Some(&at) = named.or_else(located) {
            of.entry(at).and_modify(|one| *one = None).or_insert_with(|| Some(result.clone()));
        }
    }
    of.into_iter().filter_map(|(at, result)| Some((at, result?))).collect()
}
