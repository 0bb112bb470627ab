//! Single questions to a target, with the answers as they came: for whoever looks at how a target
//! answers and not only at what it holds.
//!
//! An [`Inspector`] has no method that writes. Not responsible for what an answer says of the target
//! (`doctor`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value as Json;

use super::client::{Client, Failure, Received, Request, jitter};
use super::error::{ErrorClass, RemoteError};
use super::read::{Connection, Objects, Reader};
use super::retry::{self, Cause};
use super::shape::{Shape, question};
use super::verdict::is_conflict_of_names;
use super::walk::{Collect, Ids, Paging};
use super::wire::{Seen, seen};
use crate::platform::Pack;
use crate::scim::message::SearchRequest;
use crate::scim::schema::{ResourceType, Schema, ServiceProviderConfig};
use crate::state::{Capabilities, CatalogueEntity, Kind, Organization, Version};

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The HTTP status.
    pub status: u16,
    /// The ETag header.
    pub etag: Option<String>,
    /// The Location header.
    pub location: Option<String>,
    /// The body; null where there is none, or it is no JSON.
    pub json: Json,
    /// Whether it says that a name is taken, as a create that is refused takes it.
    pub is_conflict_of_names: bool,
    pub(super) body: Vec<u8>,
}

impl Heard {
    fn new(received: Received, is_conflict_of_names: bool) -> Self {
        let Received { status, etag, location, body, .. } = received;
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Self { status: status.as_u16(), etag, location, json, is_conflict_of_names, body }
    }

    /// Whether it is a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A member of the body; null where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &Json {
        self.json.get(name).unwrap_or(&Json::Null)
    }
}

/// An object as the plan would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glimpse {
    /// Its id.
    pub id: String,
    /// Its name; of a user, the userName.
    pub name: String,
    /// Its version, the target's or ours.
    pub version: Version,
    /// Holders of a role or used seats of a user type, where the target counts them.
    pub in_use: Option<u64>,
}

impl From<Seen> for Glimpse {
    fn from(seen: Seen) -> Self {
        let object = seen.into_object();
        Self { id: object.id, name: object.name, version: object.version, in_use: object.in_use }
    }
}

/// Asks a target single questions.
#[derive(Clone, Debug)]
pub struct Inspector {
    pub(super) connection: Arc<Connection>,
}

impl Inspector {
    /// Of a target that a reader is connected to. The pack's attributes stand in for schemas that the
    /// target does not announce.
    #[must_use]
    pub fn new(reader: &Reader, pack: &Pack) -> Self {
        let connection = Arc::clone(&reader.connection);
        connection.shapes(Some(pack));
        Self { connection }
    }

    /// What the target says that it can do.
    #[must_use]
    pub fn config(&self) -> Option<&ServiceProviderConfig> {
        self.connection.announced.config.as_ref()
    }

    /// The types that it announces.
    #[must_use]
    pub fn types(&self) -> Option<&[ResourceType]> {
        self.connection.announced.types.as_deref()
    }

    /// The schemas that it announces.
    #[must_use]
    pub fn schemas(&self) -> Option<&[Schema]> {
        self.connection.announced.schemas.as_deref()
    }

    /// What follows for plans.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.connection.shapes(None).capabilities
    }

    /// Whether a lost creation is looked up by a filter, and not in the whole list.
    #[must_use]
    pub fn looks_up_by_filter(&self) -> bool {
        self.connection.has_filters()
    }

    /// Whether lists are read by cursor, and not by index.
    #[must_use]
    pub fn reads_by_cursor(&self) -> bool {
        self.connection.announced.paging() == Paging::Cursor
    }

    /// How many objects every plan asks for in one page.
    #[must_use]
    pub fn page_size(&self) -> u64 {
        u64::from(self.connection.page_size)
    }

    /// How long a write may take to show when it is read back.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.connection.settle
    }

    /// How many requests only read and how many may have written, so far.
    #[must_use]
    pub fn counts(&self) -> super::Counts {
        self.connection.client.counts()
    }

    /// Whether the target says where its organization is found, and where its catalogue is.
    #[must_use]
    pub fn announces_organization_and_catalogue(&self) -> (bool, bool) {
        let shapes = self.connection.shapes(None);
        (shapes.organization.is_some(), shapes.catalogue.is_some())
    }

    fn shape(&self, kind: Kind) -> Option<&Shape> {
        self.connection.shapes(None).by_kind.get(&kind)
    }

    fn collection(&self, kind: Kind) -> Url {
        // A kind without a shape is not announced; the question is answered by 404 then.
        let base =
            || self.connection.client.base.join(super::shape::type_name(kind)).expect("a name is a relative URL");
        self.shape(kind).map_or_else(base, |shape| shape.url.clone())
    }

    /// Asks a list.
    ///
    /// # Errors
    ///
    /// No answer arrives, or the credential is refused.
    pub async fn list(&self, kind: Kind, parameters: &[(&str, &str)]) -> Result<Heard, RemoteError> {
        self.ask(Request::get(question(&self.collection(kind), parameters))).await
    }

    /// Asks for the first page of a list, of at most so many objects, as every plan asks for it.
    ///
    /// # Errors
    ///
    /// As for [`Inspector::list`].
    pub async fn first_page(&self, kind: Kind, count: u64) -> Result<Heard, RemoteError> {
        let begin = if self.reads_by_cursor() { ("cursor", "") } else { ("startIndex", "1") };
        self.list(kind, &[begin, ("count", &count.to_string())]).await
    }

    /// Asks for one object, or only for one that differs from a version.
    ///
    /// # Errors
    ///
    /// As for [`Inspector::list`].
    pub async fn object(&self, kind: Kind, id: &str, unless: Option<&str>) -> Result<Heard, RemoteError> {
        let request = Request::get(super::shape::resource(&self.collection(kind), id));
        self.ask(Request { if_none_match: unless.map(str::to_owned), ..request }).await
    }

    /// Asks a list by POST (RFC 7644 §3.4.3).
    ///
    /// # Errors
    ///
    /// As for [`Inspector::list`].
    pub async fn search(&self, kind: Kind, search: &SearchRequest) -> Result<Heard, RemoteError> {
        let url = super::shape::resource(&self.collection(kind), ".search");
        let body = serde_json::to_vec(search).expect("a search is JSON");
        self.ask(Request { method: Method::POST, body: Some(body), ..Request::get(url) }).await
    }

    /// Asks for a path below the base.
    ///
    /// # Errors
    ///
    /// As for [`Inspector::list`].
    pub async fn path(&self, path: &str) -> Result<Heard, RemoteError> {
        let url = self.connection.client.base.join(path).expect("a plain path is a relative URL");
        self.ask(Request::get(url)).await
    }

    async fn ask(&self, request: Request) -> Result<Heard, RemoteError> {
        debug_assert!(request.only_reads(), "an inspector does not write");
        ask(&self.connection.client, &request).await
    }

    /// The objects on a page, as a plan would see them; `None` where a plan could not read it.
    #[must_use]
    pub fn objects_of(&self, kind: Kind, page: &Heard) -> Option<Vec<Glimpse>> {
        let mut objects = Objects::new(self.shape(kind)?, self.capabilities().etag);
        objects.page(&page.body, &mut Ids::default()).ok()?;
        Some(objects.seen.into_iter().map(Glimpse::from).collect())
    }

    /// An object, as a write would see it that reads it first.
    #[must_use]
    pub fn object_of(&self, kind: Kind, heard: &Heard) -> Option<Glimpse> {
        let etags = self.capabilities().etag;
        seen(self.shape(kind)?, &heard.body, etags, heard.etag.as_deref()).ok().map(Glimpse::from)
    }

    /// Reads a whole list as every plan does, and says how many objects it has.
    ///
    /// # Errors
    ///
    /// Those that end a plan.
    pub async fn whole(&self, kind: Kind) -> Result<u64, RemoteError> {
        let Some(shape) = self.shape(kind) else { return Ok(0) };
        Ok(self.connection.everything(shape, self.capabilities().etag).await?.len() as u64)
    }

    /// What the target says of its organization, as every plan reads it.
    ///
    /// # Errors
    ///
    /// Those that end a plan.
    pub async fn organization(&self) -> Result<Option<Organization>, RemoteError> {
        self.connection.organization(self.connection.shapes(None)).await
    }

    /// What the target says that there is to grant, as every plan reads it.
    ///
    /// # Errors
    ///
    /// Those that end a plan.
    pub async fn catalogue(&self) -> Result<Option<BTreeMap<String, CatalogueEntity>>, RemoteError> {
        self.connection.catalogue(self.connection.shapes(None)).await
    }
}

/// Sends a request until there is an answer, and takes that whatever it says, unless it says that the
/// credential is not accepted. A write that may have got there is not sent twice.
pub(super) async fn ask(client: &Client, request: &Request) -> Result<Heard, RemoteError> {
    let mut attempt = 1;
    loop {
        let (error, cause) = match client.received(request).await {
            Ok(received) => {
                let error =
                    |body: &[u8]| RemoteError::of_status(request.attempt(), received.status, body, &client.urn_prefix);
                let status = received.status.as_u16();
                match status {
                    // What says to come back later has not answered yet.
                    429 | 503 => (error(&received.body), Cause::Status(status, received.retry_after)),
                    401 => return Err(error(&received.body)),
                    _ => {
                        let is_conflict = !received.status.is_success() && is_conflict_of_names(&error(&received.body));
                        return Ok(Heard::new(received, is_conflict));
                    }
                }
            }
            Err(Failure::Lost(error)) if !request.only_reads() => return Err(error),
            Err(failure) => {
                let cause = failure.cause();
                (failure.into_error(), cause)
            }
        };
        let Some(wait) = retry::delay(attempt, cause, jitter()) else { return Err(error) };
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

impl RemoteError {
    /// Whether the credential is at fault.
    #[must_use]
    pub fn is_of_credential(&self) -> bool {
        self.class() == ErrorClass::Credential
    }
}
