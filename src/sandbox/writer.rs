//! The one thread that writes: it takes what is waiting, does it in one transaction, and answers
//! when that is on disk.
//!
//! Responsible for what a write does to a resource and in which order its conditions are asked.
//! Committing many requests at once is what makes thousands of writes a second possible; a
//! savepoint around each keeps a refused one from touching the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::scim::message::{BulkResult, PatchOperation};

use super::bulk::{self, Bulk, Request};
use super::database::{self, Columns, Lock, Row};
use super::patch;
use super::refusal::Refusal;
use super::render::{Projection, Renderer, etag};
use super::rules::{self, Case};
use super::seats::a_bulk_request_uses_no_held_seat;
use super::served::{Kind, Served, ServedType};

/// The most requests in one transaction: enough to make a commit cheap, few enough that the
/// first of them does not wait long for the last.
const MAX_BATCH: usize = 256;
/// Requests that may wait; more make their callers wait, not the memory grow.
const QUEUE: usize = 1024;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Action {
    Create(Map<String, Value>),
    Replace(Map<String, Value>),
    Patch(Vec<PatchOperation>),
    Delete,
}

impl Action {
    fn method(&self) -> &'static str {
        match self {
            Self::Create(_) => "POST",
            Self::Replace(_) => "PUT",
            Self::Patch(_) => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A write.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) token: Arc<str>,
    pub(super) kind: Kind,
    /// Empty for a creation.
    pub(super) id: String,
    pub(super) if_match: Option<String>,
    pub(super) action: Action,
    pub(super) projection: Projection,
}

/// What a write answers.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: String,
    pub(super) etag: String,
    /// The resource as it is now; `None` after a deletion, and of a bulk request, which does not say it.
    pub(super) body: Option<String>,
}

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// What one transaction may have several of.
enum Work {
    One(Box<Write>),
    Bulk(Box<Bulk>),
}

enum Done {
    One(Written),
    Bulk(Vec<BulkResult>),
}

enum Job {
    Work(Work, oneshot::Sender<Result<Done, Refusal>>),
    /// A read of a database that only this thread's connection sees.
    Read(Read),
    Stop,
}

/// Sends work to the thread.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the thread, which owns the connection and the lock until it ends.
    pub(super) fn start(
        connection: Connection,
        lock: Option<Lock>,
        served: Arc<Served>,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("sandbox-writer".to_owned()).spawn(move || {
            run(&connection, receiver, &served);
            drop(connection);
            drop(lock);
        })?;
        Ok((Self(sender), thread))
    }

    pub(super) async fn write(&self, write: Write) -> Result<Written, Refusal> {
        match self.work(Work::One(Box::new(write))).await? {
            Done::One(written) => Ok(written),
            Done::Bulk(_) => Err(stopping()),
        }
    }

    pub(super) async fn bulk(&self, bulk: Bulk) -> Result<Vec<BulkResult>, Refusal> {
        match self.work(Work::Bulk(Box::new(bulk))).await? {
            Done::Bulk(results) => Ok(results),
            Done::One(_) => Err(stopping()),
        }
    }

    async fn work(&self, work: Work) -> Result<Done, Refusal> {
        let (sender, receiver) = oneshot::channel();
        self.0.send(Job::Work(work, sender)).await.map_err(|_| stopping())?;
        receiver.await.map_err(|_| stopping())?
    }

    /// Reads on the writing connection, between two transactions.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (sender, receiver) = oneshot::channel();
        let job: Read = Box::new(move |connection| drop(sender.send(read(connection))));
        self.0.send(Job::Read(job)).await.map_err(|_| stopping())?;
        receiver.await.map_err(|_| stopping())?
    }

    pub(super) async fn stop(&self) {
        // A thread that has ended already has nothing to stop.
        let _ = self.0.send(Job::Stop).await;
    }
}

fn stopping() -> Refusal {
    Refusal::new(503, "the sandbox is stopping")
}

fn run(connection: &Connection, mut jobs: mpsc::Receiver<Job>, served: &Served) {
    let mut batch = Vec::new();
    while let Some(first) = jobs.blocking_recv() {
        let mut next = Some(first);
        let mut reads = Vec::new();
        let mut stop = false;
        while let Some(job) = next {
            match job {
                Job::Work(work, sender) => batch.push((work, sender)),
                Job::Read(read) => reads.push(read),
                Job::Stop => stop = true,
            }
            next = if stop || batch.len() >= MAX_BATCH { None } else { jobs.try_recv().ok() };
        }
        commit(connection, served, &mut batch);
        for read in reads {
            // A read that panics drops its answer; its caller is told, the thread goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| read(connection)));
        }
        if stop {
            return;
        }
    }
}

type Waiting = (Work, oneshot::Sender<Result<Done, Refusal>>);

/// Does all of a batch in one transaction and answers only when it is committed.
fn commit(connection: &Connection, served: &Served, batch: &mut Vec<Waiting>) {
    if batch.is_empty() {
        return;
    }
    let mut answers = Vec::with_capacity(batch.len());
    let mut all = || -> Result<(), Refusal> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for (work, _) in &mut *batch {
            answers.push(match work {
                Work::One(write) => one(connection, served, None, write)?.map(Done::One),
                Work::Bulk(bulk) => Ok(Done::Bulk(bulk::run(connection, served, bulk)?)),
            });
        }
        connection.execute_batch("COMMIT")?;
        Ok(())
    };
    let failed = all().err();
    if failed.is_some() && !connection.is_autocommit() {
        // Nothing of the batch is kept; when even this fails, the next BEGIN says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    let mut answers = answers.into_iter();
    for (_, sender) in batch.drain(..) {
        let answer = match (&failed, answers.next()) {
            (None, Some(answer)) => answer,
            (Some(refusal), _) => Err(refusal.clone()),
            (None, None) => Err(Refusal::new(500, "the write was not done")),
        };
        // A caller that has gone does not undo what was committed.
        let _ = sender.send(answer);
    }
}

/// One write within the transaction. The outer error is the database's and ends the batch.
pub(super) fn one(
    connection: &Connection,
    served: &Served,
    bulk: Option<&Request>,
    write: &mut Write,
) -> Result<Result<Written, Refusal>, Refusal> {
    connection.prepare_cached("SAVEPOINT one")?.execute([])?;
    let answer = catch_unwind(AssertUnwindSafe(|| perform(connection, served, bulk, write)))
        .unwrap_or_else(|_| Err(Refusal::new(500, "the sandbox failed on this request")));
    if answer.is_err() {
        connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
    }
    let status = match (&answer, &write.action) {
        (Ok(_), Action::Create(_)) => 201,
        (Ok(_), Action::Delete) => 204,
        (Ok(_), _) => 200,
        (Err(refusal), _) => refusal.status,
    };
    let id = match &answer {
        Ok(written) => Some(written.id.as_str()),
        Err(_) => Some(write.id.as_str()).filter(|id| !id.is_empty()),
    };
    database::record(connection, &write.token, write.action.method(), write.kind, id, status)?;
    connection.prepare_cached("RELEASE one")?.execute([])?;
    Ok(answer)
}

fn perform(
    connection: &Connection,
    served: &Served,
    bulk: Option<&Request>,
    write: &mut Write,
) -> Result<Written, Refusal> {
    let kind = write.kind;
    let of = served.of(kind).ok_or_else(|| Refusal::new(404, "there is no such type"))?;
    let caller = &*write.token;
    let case =
        Case { connection, served, kind, id: "", caller, bulk, missing: Refusal::value, before: None, after: None };
    let row = match &mut write.action {
        Action::Create(attributes) => create(&case, std::mem::take(attributes))?,
        action => {
            let before = database::by_id(connection, kind, &write.id)?
                .ok_or_else(|| Refusal::unknown(kind.name(), &write.id))?;
            matches_version(write.if_match.as_deref(), &before)?;
            let old = before.attributes();
            match action {
                Action::Replace(attributes) => {
                    let mut new = std::mem::take(attributes);
                    keep_omitted(of, &old, &mut new);
                    change(&case, before, &old, &new)?
                }
                Action::Patch(operations) => {
                    let mut new = old.clone();
                    patch::apply(of, &mut new, operations)?;
                    change(&Case { missing: Refusal::mutability, ..case }, before, &old, &new)?
                }
                Action::Delete | Action::Create(_) => {
                    let id = &write.id;
                    rules::check(&Case { id, before: Some(&old), ..case })?;
                    database::delete(connection, &before)?;
                    return Ok(Written { id: id.clone(), etag: etag(&before), body: None });
                }
            }
        }
    };
    let body = match bulk {
        None => Some(Renderer::new(connection, served, &write.projection).text(&row)?),
        Some(_) => None,
    };
    Ok(Written { etag: etag(&row), id: row.id, body })
}

fn create(case: &Case<'_>, mut attributes: Map<String, Value>) -> Result<Row, Refusal> {
    if case.kind == Kind::User {
        attributes.entry("active").or_insert(json!(true));
    }
    let id = uuid::Uuid::now_v7().to_string();
    rules::check(&Case { id: &id, after: Some(&attributes), ..*case })?;
    Ok(database::insert(case.connection, case.kind, &id, &Columns::of(case.kind, &attributes))?)
}

/// Whether attributes hold the same.
fn same(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    old.len() == new.len() && old.iter().all(|(name, old)| rules::same(Some(old), new.get(name)))
}

/// What a PUT leaves out is cleared, with two exceptions: an immutable attribute cannot be, and
/// whether a user may sign in is never changed by silence.
fn keep_omitted(of: &ServedType, old: &Map<String, Value>, new: &mut Map<String, Value>) {
    use crate::scim::schema::Mutability::{Immutable, ReadOnly};
    for attribute in &of.schema.attributes {
        let kept = match attribute.mutability {
            Immutable | ReadOnly => true,
            _ => of.kind == Kind::User && attribute.name == "active",
        };
        if let (true, Some(value)) = (kept, old.get(&attribute.name)) {
            new.entry(attribute.name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// Puts new attributes in the place of old ones; nothing happens when they are equal.
fn change(case: &Case<'_>, before: Row, old: &Map<String, Value>, new: &Map<String, Value>) -> Result<Row, Refusal> {
    let case = Case { id: &before.id, before: Some(old), after: Some(new), ..*case };
    if same(old, new) {
        // Who keeps a seat needs one more while a bulk request runs, even when nothing changes.
        a_bulk_request_uses_no_held_seat(&case)?;
        return Ok(before);
    }
    rules::check(&case)?;
    Ok(database::update(case.connection, &before, &Columns::of(case.kind, new))?)
}

/// If-Match (RFC 7644 §3.14): any of the versions that are named, or `*` for whichever it is.
fn matches_version(if_match: Option<&str>, row: &Row) -> Result<(), Refusal> {
    match if_match {
        Some(versions) if !names_version(versions, row) => {
            Err(Refusal::new(412, format!("the resource has changed; its version is {}", etag(row))))
        }
        _ => Ok(()),
    }
}

/// Whether a list of ETags names a row's version, compared weakly.
pub(super) fn names_version(versions: &str, row: &Row) -> bool {
    let current = etag(row);
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    versions.split(',').any(|version| version.trim() == "*" || strong(version) == strong(&current))
}
