//! HTTP: paths, methods, credentials, bodies and headers (RFC 7644 §3).
//!
//! Responsible for turning a request into one read or one write, and its outcome into an answer.
//! Whatever goes wrong is a SCIM error body.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::platform::Power;
use crate::scim::message::{BULK_RESPONSE, BulkResponse, MEDIA_TYPE};

use super::access::{Access, Caller};
use super::bulk;
use super::cursor::Cursors;
use super::database;
use super::discovery;
use super::lists::{self, Beginnings, Page};
use super::matching;
use super::parameters::{Begin, ListQuery, Parameters};
use super::patch;
use super::refusal::Refusal;
use super::render::{Projection, Renderer, etag};
use super::served::{Kind, Served, ServedType};
use super::shape::{self, From};
use super::store::Store;
use super::tenant;
use super::writer::{Action, Write, names_version};

/// The path under which everything is served.
pub(super) const ROOT: &str = "/scim/v2";
/// The largest body, in bytes: a role with a thousand grants has 100 kB.
pub(super) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Everything that requests share.
pub(super) struct Service {
    pub(super) served: Arc<Served>,
    pub(super) access: Access,
    pub(super) store: Store,
    pub(super) beginnings: Arc<Beginnings>,
    pub(super) cursors: Arc<Cursors>,
    /// How long a body may take to arrive.
    pub(super) body_time: Duration,
    pub(super) counted: Counted,
    /// The id of the organization and when it was made.
    pub(super) organization: (String, String),
}

/// What has been answered so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) discovery: AtomicU64,
    pub(super) reads: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) refused: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

type Answer = Response<Body>;

/// Answers any request.
pub(super) async fn handle(State(service): State<Arc<Service>>, request: Request) -> Answer {
    match service.answer(request).await {
        Ok(answer) => answer,
        Err(refused) => {
            count(&service.counted.refused);
            let Refused { refusal, allow } = refused;
            let mut answer = with_body(refusal.status, refusal.body(&service.served.urn_prefix));
            if refusal.status == 401 {
                let challenge = HeaderValue::from_static("Bearer realm=\"rolecall sandbox\"");
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            if let Some(allow) = allow {
                answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            answer
        }
    }
}

/// A refusal, and for a method that is not allowed those that are.
struct Refused {
    refusal: Refusal,
    allow: Option<&'static str>,
}

impl std::convert::From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, allow: None }
    }
}

fn not_allowed(method: &Method, allow: &'static str) -> Refused {
    Refused { refusal: Refusal::new(405, format!("{method} is not allowed here, only {allow}")), allow: Some(allow) }
}

impl Service {
    async fn answer(&self, mut request: Request) -> Result<Answer, Refused> {
        // The server leaves out the body of an answer to HEAD by itself.
        if request.method() == Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        let caller = self.access.caller(text_header(request.headers(), &header::AUTHORIZATION))?.clone();
        let path = request.uri().path().to_owned();
        let nothing = || Refusal::new(404, format!("there is nothing at `{path}`"));
        let rest =
            path.strip_prefix(ROOT).filter(|rest| rest.is_empty() || rest.starts_with('/')).ok_or_else(nothing)?;
        let segments: Vec<String> = rest
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::syntax("the path is not percent-encoded UTF-8"))?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let parameters = Parameters::read(&request)?;
        match segments.as_slice() {
            ["ServiceProviderConfig" | "ResourceTypes" | "Schemas", ..] => {
                if request.method() != Method::GET {
                    return Err(not_allowed(request.method(), "GET"));
                }
                let body = discovery::document(&self.served, &segments, parameters.is_filtered())?;
                count(&self.counted.discovery);
                Ok(with_body(200, body))
            }
            [] => match *request.method() {
                Method::GET => self.list(None, &caller, parameters).await,
                _ => Err(not_allowed(request.method(), "GET")),
            },
            [".search"] => match *request.method() {
                Method::POST => self.list(None, &caller, Parameters::search(self.body(request).await?)?).await,
                _ => Err(not_allowed(request.method(), "POST")),
            },
            ["Bulk"] => match *request.method() {
                Method::POST => self.bulk(&caller, request).await,
                _ => Err(not_allowed(request.method(), "POST")),
            },
            ["Me"] => Err(Refusal::new(501, "`/Me` is not supported: tokens are not users").into()),
            [endpoint] => {
                let of = self.served.at(endpoint).ok_or_else(nothing)?;
                match (request.method().clone(), of.writable) {
                    (Method::GET, _) => self.list(Some(of), &caller, parameters).await,
                    (Method::POST, true) => self.create(of, &caller, parameters, request).await,
                    (method, true) => Err(not_allowed(&method, "GET, POST")),
                    (method, false) => Err(not_allowed(&method, "GET")),
                }
            }
            [endpoint, ".search"] => {
                let of = self.served.at(endpoint).ok_or_else(nothing)?;
                if request.method() != Method::POST {
                    return Err(not_allowed(request.method(), "POST"));
                }
                self.list(Some(of), &caller, Parameters::search(self.body(request).await?)?).await
            }
            [endpoint, id] => {
                let of = self.served.at(endpoint).ok_or_else(nothing)?;
                match (request.method().clone(), of.writable) {
                    (Method::GET, _) => self.get(of, id, &caller, parameters, request.headers()).await,
                    (Method::PUT | Method::PATCH | Method::DELETE, true) => {
                        self.change(of, id, &caller, parameters, request).await
                    }
                    (method, true) => Err(not_allowed(&method, "GET, PUT, PATCH, DELETE")),
                    (method, false) => Err(not_allowed(&method, "GET")),
                }
            }
            _ => Err(nothing().into()),
        }
    }

    /// A list of one type, or of everything that is stored.
    async fn list(&self, of: Option<&ServedType>, caller: &Caller, parameters: Parameters) -> Result<Answer, Refused> {
        let query = parameters.list(&self.served, of, &self.cursors)?;
        if let Some(of) = of.filter(|of| of.kind == Kind::Organization) {
            return self.organization_list(of, caller, &query).await;
        }
        let (served, beginnings) = (Arc::clone(&self.served), Arc::clone(&self.beginnings));
        let cursors = Arc::clone(&self.cursors);
        let read =
            move |connection: &rusqlite::Connection| lists::list(connection, &served, &beginnings, &cursors, &query);
        let body = self.store.read(read).await?;
        count(&self.counted.reads);
        Ok(with_body(200, body))
    }

    async fn get(
        &self,
        of: &ServedType,
        id: &str,
        caller: &Caller,
        parameters: Parameters,
        headers: &HeaderMap,
    ) -> Result<Answer, Refused> {
        let projection = parameters.projection()?;
        if of.kind == Kind::Organization {
            return self.organization_one(of, id, caller, &projection).await;
        }
        let (served, kind, wanted) = (Arc::clone(&self.served), of.kind, id.to_owned());
        let known = text_header(headers, &header::IF_NONE_MATCH).map(ToOwned::to_owned);
        let location = self.served.location(kind, id);
        let (tag, body) = self
            .store
            .read(move |connection| {
                let transaction = connection.unchecked_transaction()?;
                let row = database::by_id(&transaction, kind, &wanted)?
                    .ok_or_else(|| Refusal::unknown(kind.name(), &wanted))?;
                if known.is_some_and(|known| names_version(&known, &row)) {
                    return Ok((etag(&row), None));
                }
                let body = Renderer::new(&transaction, &served, &projection).text(&row)?;
                Ok((etag(&row), Some(body)))
            })
            .await?;
        count(&self.counted.reads);
        let mut answer = match body {
            Some(body) => with_body(200, body),
            None => empty(304),
        };
        set(&mut answer, &header::ETAG, &tag);
        set(&mut answer, &header::CONTENT_LOCATION, &location);
        Ok(answer)
    }

    async fn create(
        &self,
        of: &ServedType,
        caller: &Caller,
        parameters: Parameters,
        request: Request,
    ) -> Result<Answer, Refused> {
        self.may_write(caller, of.kind)?;
        let projection = parameters.projection()?;
        let attributes = shape::resource(of, self.body(request).await?, From::Caller)?;
        let write = Write {
            token: Arc::clone(&caller.name),
            kind: of.kind,
            id: String::new(),
            if_match: None,
            action: Action::Create(attributes),
            projection,
        };
        let written = self.store.write(write).await?;
        count(&self.counted.writes);
        let mut answer = with_body(201, written.body.unwrap_or_default());
        let location = self.served.location(of.kind, &written.id);
        set(&mut answer, &header::ETAG, &written.etag);
        set(&mut answer, &header::LOCATION, &location);
        set(&mut answer, &header::CONTENT_LOCATION, &location);
        Ok(answer)
    }

    async fn change(
        &self,
        of: &ServedType,
        id: &str,
        caller: &Caller,
        parameters: Parameters,
        request: Request,
    ) -> Result<Answer, Refused> {
        self.may_write(caller, of.kind)?;
        let projection = parameters.projection()?;
        let if_match = text_header(request.headers(), &header::IF_MATCH).map(ToOwned::to_owned);
        let action = match *request.method() {
            Method::PUT => Action::Replace(shape::resource(of, self.body(request).await?, From::Caller)?),
            Method::PATCH => Action::Patch(patch::read(self.body(request).await?)?),
            _ => Action::Delete,
        };
        let token = Arc::clone(&caller.name);
        let write = Write { token, kind: of.kind, id: id.to_owned(), if_match, action, projection };
        let written = self.store.write(write).await?;
        count(&self.counted.writes);
        let Some(body) = written.body else { return Ok(empty(204)) };
        let mut answer = with_body(200, body);
        set(&mut answer, &header::ETAG, &written.etag);
        set(&mut answer, &header::CONTENT_LOCATION, &self.served.location(of.kind, &written.id));
        Ok(answer)
    }

    async fn bulk(&self, caller: &Caller, request: Request) -> Result<Answer, Refused> {
        self.may_write(caller, Kind::User)?;
        let bulk = bulk::read(&caller.name, self.body(request).await?)?;
        let rules = self.served.pack.bulk.roles.as_ref().filter(|_| bulk.touches(&self.served, Kind::Role));
        // R-TE-23: a request is refused as a whole, for whoever sent it took it for something else.
        if let Some(rules) = rules.filter(|_| !self.has_power(caller, Power::BulkRoles)) {
            let authority = caller.authority.name();
            let detail = format!("the authority `{authority}` does not change several roles with one request");
            return Err(Refusal::new(403, detail)
                .by_rule(rules.authority_rule.as_deref(), &[("authority", json!(authority))])
                .into());
        }
        let operations = self.store.bulk(bulk).await?;
        count(&self.counted.writes);
        let response = BulkResponse { schemas: vec![BULK_RESPONSE.to_owned()], operations };
        Ok(with_body(200, json!(response).to_string()))
    }

    /// A JSON body of bounded size, within bounded time.
    async fn body(&self, request: Request) -> Result<Value, Refusal> {
        let content_type = text_header(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(MEDIA_TYPE) && !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::new(415, format!("the body's type is `{media_type}`, not `{MEDIA_TYPE}`")));
        }
        let too_large = || Refusal::new(413, format!("the body is larger than {MAX_BODY_BYTES} bytes"));
        let reading = to_bytes(request.into_body(), MAX_BODY_BYTES);
        let bytes = match tokio::time::timeout(self.body_time, reading).await {
            Err(_) => return Err(Refusal::new(408, "the body did not arrive in time")),
            Ok(Err(error)) if is_limit(&error) => return Err(too_large()),
            Ok(Err(_)) => return Err(Refusal::syntax("the body ended early")),
            Ok(Ok(bytes)) => bytes,
        };
        serde_json::from_slice(&bytes).map_err(|error| Refusal::syntax(format!("the body is not JSON: {error}")))
    }

    fn has_power(&self, caller: &Caller, power: Power) -> bool {
        let powers = self.served.pack.authorities.get(caller.authority.name());
        powers.is_some_and(|powers| powers.contains(&power))
    }

    /// R-TE-12: whether the pack gives the caller's authority the power to write.
    fn may_write(&self, caller: &Caller, kind: Kind) -> Result<(), Refusal> {
        let pack = &self.served.pack;
        let authority = caller.authority.name();
        if self.has_power(caller, Power::Write) {
            return Ok(());
        }
        let refusal = Refusal::new(403, format!("the credential `{}` may only read", caller.name));
        Err(match pack.roles.write_rule.as_deref().filter(|_| kind == Kind::Role) {
            Some(rule) => refusal.by_rule(Some(rule), &[("authority", json!(authority))]),
            None => refusal,
        })
    }

    /// The organization, with what it has subscribed to.
    async fn the_organization(&self, of: &ServedType, caller: &Caller) -> Result<Map<String, Value>, Refusal> {
        let pack = Arc::clone(&self.served.pack);
        let read = move |connection: &rusqlite::Connection| Ok(tenant::subscriptions(connection, &pack)?);
        let subscriptions = self.store.read(read).await?;
        Ok(discovery::organization(&self.served, of, &self.organization, &subscriptions, caller))
    }

    async fn organization_list(&self, of: &ServedType, caller: &Caller, query: &ListQuery) -> Result<Answer, Refused> {
        let organization = self.the_organization(of, caller).await?;
        let selected = query.filter.as_ref().is_none_or(|filter| matching::selects(of, filter, &organization));
        let total = u64::from(selected);
        let start_index = match query.begin {
            Begin::At(index) => Some(index),
            Begin::Behind(None) => None,
            Begin::Behind(Some(_)) => return Err(Refusal::cursor("a list of one has no further page").into()),
        };
        let shown = selected && start_index.unwrap_or(1) == 1 && query.count > 0;
        let texts = Vec::from_iter(shown.then(|| Value::Object(query.projection.apply(of, organization)).to_string()));
        count(&self.counted.reads);
        let page = Page { total: Some(total), start_index, texts, next: None };
        Ok(no_store(with_body(200, lists::response(&page))))
    }

    async fn organization_one(
        &self,
        of: &ServedType,
        id: &str,
        caller: &Caller,
        projection: &Projection,
    ) -> Result<Answer, Refused> {
        if id != self.organization.0 {
            return Err(Refusal::unknown(of.kind.name(), id).into());
        }
        let organization = self.the_organization(of, caller).await?;
        count(&self.counted.reads);
        Ok(no_store(with_body(200, Value::Object(projection.apply(of, organization)).to_string())))
    }
}

/// Whether a body was cut off because it is too large, and not because the sender stopped.
fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

fn text_header<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Undoes percent-encoding; `None` where it is broken or no UTF-8.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'%' {
            let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &behind[2..];
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

fn with_body(status: u16, body: String) -> Answer {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    answer
}

fn empty(status: u16) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

fn set(answer: &mut Answer, name: &header::HeaderName, value: &str) {
    // A seeded id may hold what a header cannot; then the body's meta has it alone.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

fn no_store(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
