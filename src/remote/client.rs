//! One HTTP request at a time: sent within the limits, its answer read within the limits, its
//! failure named. Reads are repeated here; whether a write may be repeated, `write` decides.
//!
//! Not responsible for what bodies mean.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};

use super::error::{Attempt, RemoteError, clean};
use super::limit::Limiter;
use super::retry::{self, Cause};
use super::target::{Mapping, Reread, Target, is_loopback};
use crate::scim::message::{MEDIA_TYPE, SearchRequest};

/// The largest answer that is read. A page of a thousand users has 0.6 MB, a page of a thousand
/// roles with five hundred grants each some 50 MB.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// Redirects within the target that are followed for one request.
const MAX_REDIRECTS: usize = 3;
/// How long a connection may take to open: a host that does not answer at all is told soon.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The last part of a search's URL.
const SEARCH: &str = ".search";
/// What we accept: SCIM's own media type, and the plain one of services that have not heard of it.
const ACCEPTED: &str = "application/scim+json, application/json;q=0.9";

/// What an answer is repeated with where it repeats our token.
const TOKEN_HIDDEN: &str = "(the token)";
/// A shorter token protects nothing, and may be a word of every other sentence.
const SHORTEST_SECRET: usize = 6;

/// How many requests were sent, repetitions included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Requests that only read.
    pub reads: u64,
    /// Requests that may write.
    pub writes: u64,
}

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    pub base: Url,
    pub urn_prefix: String,
    pub mapping: Mapping,
    token: Mutex<BearerToken>,
    limiter: Limiter,
    reads: AtomicU64,
    writes: AtomicU64,
    /// Requests without an answer since the last answer that is one.
    unanswered: AtomicU32,
    /// Whether there was ever an answer.
    has_answered: AtomicBool,
}

/// The header that proves who we are. Its value is marked sensitive and so never printed.
struct BearerToken {
    header: HeaderValue,
    /// Raised when the token is read anew, so that a request knows whether it was sent with the
    /// one of now.
    generation: u64,
    reread: Option<Reread>,
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken")
    }
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: Method,
    pub url: Url,
    pub body: Option<Vec<u8>>,
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
}

impl Request {
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, if_match: None, if_none_match: None }
    }

    /// Whether it changes nothing: a search is a question although it is sent by POST (RFC 7644
    /// §3.4.3).
    pub fn only_reads(&self) -> bool {
        self.method == Method::GET || (self.method == Method::POST && self.url.path().ends_with("/.search"))
    }

    /// A search in a collection by what a body says (RFC 7644 §3.4.3): a POST that only reads.
    pub fn search(collection: &Url, search: &SearchRequest) -> Self {
        let mut url = collection.clone();
        url.path_segments_mut().expect("http URLs have paths").pop_if_empty().push(SEARCH);
        let body = serde_json::to_vec(search).expect("a search is JSON");
        Self { method: Method::POST, url, body: Some(body), if_match: None, if_none_match: None }
    }

    pub fn attempt(&self) -> Attempt {
        Attempt::new(&self.method, &self.url)
    }
}

/// An answer that is a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

/// Whatever was answered, as it came.
#[derive(Debug)]
pub(super) struct Received {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub content_type: String,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
    /// The token that the request carried, which the answer may repeat.
    sent_with: HeaderValue,
}

/// A request that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The target answered, and so said what became of it.
    Answered { error: RemoteError, retry_after: Option<Duration> },
    /// The request did not get there.
    NotSent(RemoteError),
    /// The request may have got there; no answer came back that says what became of it.
    Lost(RemoteError),
}

impl Failure {
    /// Why, as the function that decides about repetition asks.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Answered { error, retry_after } => Cause::Status(error.status().unwrap_or(0), *retry_after),
            Self::NotSent(_) | Self::Lost(_) => Cause::Transport,
        }
    }

    pub fn into_error(self) -> RemoteError {
        match self {
            Self::Answered { error, .. } | Self::NotSent(error) | Self::Lost(error) => error,
        }
    }
}

impl Client {
    pub fn new(target: &Target) -> Result<Self, RemoteError> {
        let base = target.base()?;
        // The provider has to be there even for plain http. A second installation fails and changes
        // nothing, which is right: whoever embeds this library may have chosen another one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("rolecall/", env!("CARGO_PKG_VERSION")))
            .timeout(target.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(target.timeout))
            .pool_max_idle_per_host(target.concurrency.max(1))
            // Redirects are followed by hand: only within the target, and never turning a write
            // into something else.
            .redirect(reqwest::redirect::Policy::none())
            .gzip(true);
        let setup = |reason| move |source| RemoteError::Setup { reason, source };
        if base.scheme() == "http" {
            // No TLS: reading the platform's roots would be most of the start-up time.
            builder = builder.tls_certs_only([]);
        } else if let Some(pem) = &target.ca {
            let reason = "no certificate can be read from the `ca` file";
            builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(pem).map_err(setup(reason))?);
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(setup("TLS, or the proxy that the system names"))?;
        let token =
            BearerToken { header: bearer(&target.token.first)?, generation: 0, reread: target.token.reread.clone() };
        Ok(Self {
            http,
            base,
            urn_prefix: target.urn_prefix.clone(),
            mapping: target.mapping.clone(),
            token: Mutex::new(token),
            limiter: Limiter::new(target.concurrency, target.max_requests_per_second),
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            unanswered: AtomicU32::new(0),
            has_answered: AtomicBool::new(false),
        })
    }

    /// Whether the target has stopped answering: the last requests, as many as one purpose may
    /// take, all ended without an answer, or it has asked for a longer wait than anybody's.
    pub fn is_silent(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) >= retry::MAX_ATTEMPTS
    }

    pub fn counts(&self) -> Counts {
        Counts { reads: self.reads.load(Ordering::Relaxed), writes: self.writes.load(Ordering::Relaxed) }
    }

    pub async fn get(&self, url: Url) -> Result<Answer, RemoteError> {
        self.read(&Request::get(url)).await
    }

    /// Reads, again and again while that may help.
    pub async fn read(&self, request: &Request) -> Result<Answer, RemoteError> {
        debug_assert!(request.only_reads(), "a write is not repeated blindly");
        let mut attempt = 1;
        loop {
            let failure = match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let is_nobody_there = matches!(failure, Failure::NotSent(_)) && !self.has_answered.load(Ordering::Relaxed);
            let wait = retry::delay(attempt, failure.cause(), jitter())
                .filter(|_| !is_nobody_there || attempt < retry::MAX_FIRST_ATTEMPTS);
            let Some(wait) = wait else {
                return Err(failure.into_error());
            };
            tracing::debug!(%attempt, ?wait, error = %failure.into_error(), "reading again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends a request once, but for two cases in which the target has surely not carried it out: a
    /// redirect within the target, and a token that can be read anew.
    pub async fn once(&self, request: &Request) -> Result<Answer, Failure> {
        let received = self.received(request).await?;
        self.judge(request, received)
    }

    /// As [`Client::once`], with whatever the target answers.
    pub async fn received(&self, request: &Request) -> Result<Received, Failure> {
        let mut url = request.url.clone();
        let mut redirects = 0;
        loop {
            let (token, generation) = self.bearer();
            let received = self.send(request, &url, token).await?;
            // Some targets say with "not modified" where the object is.
            let is_redirect = received.status.is_redirection() && received.status != StatusCode::NOT_MODIFIED;
            if let Some(location) = received.location.as_ref().filter(|_| is_redirect) {
                let error = |to: &str| Failure::Answered {
                    error: RemoteError::Redirect {
                        attempt: request.attempt(),
                        to: clean(&without(&received.sent_with, to.as_bytes())),
                    },
                    retry_after: None,
                };
                // Only 307 and 308 leave the method as it is (RFC 9110 §15.4).
                let repeatable = request.method == Method::GET || matches!(received.status.as_u16(), 307 | 308);
                let next = url.join(location).map_err(|_| error(location))?;
                if !repeatable || next.origin() != self.base.origin() || redirects == MAX_REDIRECTS {
                    return Err(error(next.as_str()));
                }
                redirects += 1;
                url = next;
            } else if received.status != StatusCode::UNAUTHORIZED || !self.read_token_anew(generation).await {
                return Ok(received);
            }
        }
    }

    async fn send(&self, request: &Request, url: &Url, token: HeaderValue) -> Result<Received, Failure> {
        let mut builder = self
            .http
            .request(request.method.clone(), url.clone())
            .header(AUTHORIZATION, token.clone())
            .header(ACCEPT, HeaderValue::from_static(ACCEPTED));
        if let Some(version) = &request.if_match {
            builder = builder.header(IF_MATCH, version);
        }
        if let Some(version) = &request.if_none_match {
            builder = builder.header(IF_NONE_MATCH, version);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)).body(body.clone());
        }
        let permit = self.limiter.acquire().await;
        let counter = if request.only_reads() { &self.reads } else { &self.writes };
        counter.fetch_add(1, Ordering::Relaxed);
        let result = self.exchange(request, builder, token).await;
        if let Err(Failure::NotSent(_) | Failure::Lost(_)) = &result {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
        } else {
            self.unanswered.store(0, Ordering::Relaxed);
            self.has_answered.store(true, Ordering::Relaxed);
        }
        match &result {
            Ok(received) if matches!(received.status.as_u16(), 429 | 503) => {
                let asked = received.retry_after.unwrap_or(Duration::ZERO);
                // A wait that nobody will sit out holds nobody up: the target is as good as down.
                let wait = if asked > retry::LONGEST_RETRY_AFTER {
                    self.unanswered.store(retry::MAX_ATTEMPTS, Ordering::Relaxed);
                    Duration::ZERO
                } else {
                    asked
                };
                let is_throttled = received.status == StatusCode::TOO_MANY_REQUESTS;
                self.limiter.release_waiting(permit, wait, is_throttled);
            }
            result => {
                let is_done = result.as_ref().is_ok_and(|received| received.status.is_success());
                self.limiter.release(permit, is_done);
            }
        }
        result
    }

    async fn exchange(
        &self,
        request: &Request,
        builder: reqwest::RequestBuilder,
        sent_with: HeaderValue,
    ) -> Result<Received, Failure> {
        let transport = |error: reqwest::Error| {
            // Connecting comes before sending: nothing can have been carried out.
            let not_sent = error.is_connect() || error.is_builder();
            let error = RemoteError::of_transport(request.attempt(), error);
            if not_sent { Failure::NotSent(error) } else { Failure::Lost(error) }
        };
        let mut response = builder.send().await.map_err(transport)?;
        let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let mut received = Received {
            status: response.status(),
            etag: header(ETAG).map(str::to_owned),
            location: header(LOCATION).map(str::to_owned),
            content_type: header(CONTENT_TYPE).unwrap_or_default().to_owned(),
            // The wall clock is asked only where a target names a date.
            retry_after: header(RETRY_AFTER).and_then(|text| retry::retry_after(text, jiff::Timestamp::now())),
            body: Vec::new(),
            sent_with,
        };
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if received.body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let error = RemoteError::TooLarge { attempt: request.attempt(), limit: MAX_ANSWER_BYTES };
                return Err(unreadable(request, error));
            }
            received.body.extend_from_slice(&chunk);
        }
        if !received.status.is_success() {
            // Whoever reads it shows what it says: here, once for all of them.
            received.body = without(&received.sent_with, &received.body).into_bytes();
        }
        Ok(received)
    }

    /// Whether what came is a success in our language.
    fn judge(&self, request: &Request, received: Received) -> Result<Answer, Failure> {
        let Received { status, etag, location, content_type, retry_after, body, sent_with } = received;
        let content_type = without(&sent_with, content_type.as_bytes()).to_ascii_lowercase();
        if !status.is_success() {
            let error = RemoteError::of_status(request.attempt(), status, &body, &self.urn_prefix);
            return Err(Failure::Answered { error, retry_after });
        }
        let json = content_type.contains("json")
            || (content_type.is_empty() && body.trim_ascii_start().starts_with(b"{"))
            || body.is_empty();
        if !json {
            let cause = foreign(&content_type, without(&sent_with, &body).as_bytes());
            let error = RemoteError::NotScim { attempt: request.attempt(), cause };
            return Err(unreadable(request, error));
        }
        Ok(Answer { status, etag, location, body })
    }

    /// Foreign text that will be shown, without the token that it may repeat.
    pub fn without_token(&self, text: &[u8]) -> String {
        without(&self.bearer().0, text)
    }

    fn bearer(&self) -> (HeaderValue, u64) {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        (token.header.clone(), token.generation)
    }

    /// Whether there is another token than that of a generation: because somebody has read it
    /// already, or because it could be read now. It is read once only.
    async fn read_token_anew(&self, used: u64) -> bool {
        let reread = {
            let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
            if token.generation != used {
                return true;
            }
            token.reread.take()
        };
        let Some(reread) = reread else { return false };
        // It may run a command or read a file.
        let Ok(Some(secret)) = tokio::task::spawn_blocking(move || reread()).await else { return false };
        let Ok(header) = bearer(&secret) else { return false };
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.header = header;
        token.generation += 1;
        true
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, RemoteError> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()))
        .map_err(|_| RemoteError::BadToken)?;
    header.set_sensitive(true);
    Ok(header)
}

/// Not what the target says of a write: whoever stands in between answers like this whether or not
/// it has passed the request on.
fn unreadable(request: &Request, error: RemoteError) -> Failure {
    if request.only_reads() { Failure::Answered { error, retry_after: None } } else { Failure::Lost(error) }
}

/// Foreign text that will be shown, without the token that it may repeat: some gateways answer with
/// the headers of the request.
fn without(token: &HeaderValue, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let secret = token.to_str().unwrap_or_default().trim_start_matches("Bearer ");
    if secret.len() < SHORTEST_SECRET { text.into_owned() } else { text.replace(secret, TOKEN_HIDDEN) }
}

/// What an answer is that is not JSON, in a few words.
fn foreign(content_type: &str, body: &[u8]) -> String {
    // A title stands near the start; the rest of a page is of no use here.
    let start = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let lower = start.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + start[at..].find('>')? + 1;
        let to = from + lower[from..].find("</title")?;
        Some(clean(&start[from..to]))
    });
    let url = "is `target.url` the SCIM base URL?";
    match title {
        Some(title) if !title.is_empty() => format!("it is a web page titled `{title}`; {url}"),
        _ if content_type.contains("html") || lower.contains("<html") => format!("it is a web page; {url}"),
        _ if content_type.is_empty() => format!("it has no content type and is no JSON; {url}"),
        _ => format!("its content type is `{}`; {url}", clean(content_type)),
    }
}

/// A random number from 0 to 1, from the keys that the standard library draws for its hash maps:
/// good enough to spread workers, and no reason for a dependency.
pub(super) fn jitter() -> f64 {
    let random = std::hash::RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1_u64 << 53) as f64
}
