//! Writing one throw-away object, and no other.
//!
//! A [`Prober`] can touch what it has made itself and, of an earlier run that was killed, what is equal
//! to its object in everything; there is no method that takes an id from elsewhere. Not responsible for what
//! the answers say of the target (`doctor`).

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::body::{merged, patch};
use super::create::id_in;
use super::error::RemoteError;
use super::inspect::{Glimpse, Heard, Inspector, ask};
use super::read::Connection;
use super::shape::Shape;
use super::step::{Action, Prepared};
use super::wire::{encode, is_usable, seen};
use super::write::{ACCEPTED_WAIT, One, request};
use crate::scim::message::{BULK_REQUEST, BulkOperation, BulkRequest};
use crate::state::{Address, Attributes, Kind, Value, attribute};

/// The object to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throwaway {
    /// What it is.
    pub kind: Kind,
    /// What it has; its name, which says what it is, among it.
    pub attributes: Attributes,
    /// What of it is another once it has been changed; nothing where nothing can change.
    pub changed: Attributes,
}

/// How an object is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Attribute by attribute.
    Patch,
    /// As a whole.
    Put,
}

/// Writes the throw-away object.
#[derive(Debug)]
pub struct Prober {
    connection: Arc<Connection>,
    shape: Shape,
    step: Prepared,
    changed: Attributes,
    /// The ids of what this has made and not yet removed.
    made: BTreeSet<String>,
    /// Whether something may have been made that has not been seen: no answer, or one that promises.
    in_doubt: bool,
}

impl Prober {
    /// A prober of this object; `None` where the target has no such kind. To be made only when
    /// somebody has said that this target may be written.
    #[must_use]
    pub fn new(inspector: &Inspector, throwaway: Throwaway) -> Option<Self> {
        let connection = Arc::clone(&inspector.connection);
        let shape = connection.shapes(None).by_kind.get(&throwaway.kind)?.clone();
        let name = match throwaway.attributes.get(attribute::NAME) {
            Some(Value::Text(name)) => name.clone(),
            _ => return None,
        };
        let address = Address::new(throwaway.kind, name);
        let step = Prepared { address, action: Action::Create, attributes: throwaway.attributes, expects: None };
        let (changed, made) = (throwaway.changed, BTreeSet::new());
        Some(Self { connection, shape, step, changed, made, in_doubt: false })
    }

    /// What is written.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.step.address
    }

    fn one(&self) -> One<'_> {
        One::new(&self.connection, &self.shape, &self.step)
    }

    /// Looks for an object of the throw-away's name. One that is equal to it in everything, as it was
    /// made or as it was changed, was left by a run that was killed, and is ours to remove.
    ///
    /// # Errors
    ///
    /// The target cannot be asked.
    pub async fn look_up(&mut self) -> Result<LookedUp, RemoteError> {
        let one = self.one();
        let Some(seen) = one.look_up().await? else { return Ok(LookedUp::Nothing) };
        let mut changed = self.step.attributes.clone();
        changed.extend(self.changed.clone());
        if !one.differences(&seen).is_empty() && !seen.differences(self.shape.kind, &changed).is_empty() {
            return Ok(LookedUp::Another(Glimpse::from(seen)));
        }
        self.made.insert(seen.id.clone());
        Ok(LookedUp::LeftBehind(seen.id))
    }

    /// Makes the object, or a second one. Where the answer does not say what was made it is looked for,
    /// as long as a write may take to show.
    ///
    /// # Errors
    ///
    /// No answer arrives: what it made is removed with the rest.
    pub async fn create(&mut self) -> Result<Heard, RemoteError> {
        let body = self.one().new_resource();
        let answer = self.send(Method::POST, self.shape.url.clone(), None, Some(body)).await;
        let Ok(heard) = answer else {
            self.in_doubt = true;
            return answer;
        };
        let id = heard.get("id").as_str().filter(|id| is_usable(id)).or_else(|| id_in(heard.location.as_deref()));
        match id.filter(|_| heard.is_success() && heard.status != 202) {
            Some(id) => _ = self.made.insert(id.to_owned()),
            None if heard.is_success() => self.in_doubt |= !self.await_made().await,
            // A gateway that gives up may have passed it on.
            None => self.in_doubt |= matches!(heard.status, 500 | 502 | 504),
        }
        Ok(heard)
    }

    /// Looks for what may have been made, until it is there or writes are to have settled. Whether it is.
    async fn await_made(&mut self) -> bool {
        let (known, until) = (self.made.len(), Instant::now() + self.connection.settle);
        loop {
            // Whether it could be asked for is of no use here: without an answer it stays in doubt.
            let _ = self.look_up().await;
            if self.made.len() > known {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(ACCEPTED_WAIT).await;
        }
    }

    /// The id of an object that this has made.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.made.first().map(String::as_str)
    }

    /// Changes attributes of the object; absent ones are emptied.
    ///
    /// # Errors
    ///
    /// No answer arrives, or there is no object.
    pub async fn update(
        &self,
        how: How,
        attributes: &Attributes,
        if_match: Option<&str>,
    ) -> Result<Option<Heard>, RemoteError> {
        let Some(id) = self.id() else { return Ok(None) };
        let operations = encode(&self.shape, attributes);
        let url = self.shape.resource(id);
        let if_match = if_match.map(str::to_owned);
        let (method, body) = match how {
            How::Patch => (Method::PATCH, patch(&operations)),
            How::Put => {
                let current = self.send(Method::GET, url.clone(), None, None).await?;
                // What says that something is wrong is no object to write.
                let Json::Object(resource) = &current.json else { return Ok(Some(current)) };
                if !current.is_success() {
                    return Ok(Some(current));
                }
                (Method::PUT, merged(resource, &operations))
            }
        };
        self.send(method, url, if_match, Some(body)).await.map(Some)
    }

    /// Changes attributes of the object by a bulk request of one operation.
    ///
    /// # Errors
    ///
    /// No answer arrives.
    pub async fn bulk(&self, attributes: &Attributes) -> Result<Option<Heard>, RemoteError> {
        let Some(id) = self.id() else { return Ok(None) };
        let base = &self.connection.client.base;
        let path = self.shape.resource(id).path().trim_start_matches(base.path().trim_end_matches('/')).to_owned();
        let operation = BulkOperation {
            method: "PATCH".to_owned(),
            path,
            bulk_id: None,
            version: None,
            data: Some(patch(&encode(&self.shape, attributes))),
        };
        let bulk = BulkRequest {
            schemas: vec![BULK_REQUEST.to_owned()],
            fail_on_errors: Some(1),
            operations: vec![operation],
        };
        let url = base.join("Bulk").expect("a name is a relative URL");
        self.send(Method::POST, url, None, Some(json!(bulk))).await.map(Some)
    }

    /// Deletes one object that this has made, and waits until it is gone, for as long as a write may
    /// take to show.
    ///
    /// # Errors
    ///
    /// No answer arrives.
    pub async fn delete(&mut self) -> Result<Option<Deleted>, RemoteError> {
        let Some(id) = self.made.first().cloned() else { return Ok(None) };
        let url = self.shape.resource(&id);
        let heard = self.send(Method::DELETE, url.clone(), None, None).await?;
        let until = Instant::now() + self.connection.settle;
        let after = loop {
            let after = self.send(Method::GET, url.clone(), None, None).await?.status;
            if after == 404 || !heard.is_success() || Instant::now() >= until {
                break after;
            }
            tokio::time::sleep(ACCEPTED_WAIT).await;
        };
        if after == 404 {
            self.made.remove(&id);
        }
        Ok(Some(Deleted { status: heard.status, after }))
    }

    /// Whether something may have been made that was not there when it was looked for.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Removes all that this has made, and returns the ids of what could not be removed.
    pub async fn remove(&mut self) -> BTreeSet<String> {
        let mut left = self.remove_known().await;
        // What is looked up by its name can only be told from what is known once that is gone.
        if self.in_doubt && left.is_empty() && self.await_made().await {
            self.in_doubt = false;
            left = self.remove_known().await;
        }
        left
    }

    async fn remove_known(&mut self) -> BTreeSet<String> {
        let mut left = BTreeSet::new();
        while let Some(id) = self.made.first().cloned() {
            // Why it fails is of no use to whoever has to remove it by hand.
            let _ = self.delete().await;
            if self.made.remove(&id) {
                left.insert(id);
            }
        }
        left
    }

    /// What the object has when it has just been made.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.step.attributes
    }

    /// What of it is another once it has been changed.
    #[must_use]
    pub fn changed(&self) -> &Attributes {
        &self.changed
    }

    /// Whether an answer shows the object with these attributes, as a write would compare it.
    #[must_use]
    pub fn shows(&self, heard: &Heard, wanted: &Attributes) -> bool {
        let seen = seen(&self.shape, &heard.body, false, None);
        seen.is_ok_and(|seen| seen.differences(self.shape.kind, wanted).is_empty())
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        if_match: Option<String>,
        body: Option<Json>,
    ) -> Result<Heard, RemoteError> {
        ask(&self.connection.client, &request(method, url, if_match, body)).await
    }
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// The HTTP status of the answer.
    pub status: u16,
    /// That of the answer to whoever asks for the object then.
    pub after: u16,
}

/// What stands where the throw-away object is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookedUp {
    /// Nothing.
    Nothing,
    /// What an earlier run left, by its id.
    LeftBehind(String),
    /// Something else.
    Another(Glimpse),
}
