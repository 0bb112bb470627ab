//! A small HTTP server that answers whatever a test wants, or nothing at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::remote::{Target, Token};

/// What the tests' token is; it must turn up nowhere.
pub(crate) const SECRET: &str = "t0p-s3cret-t0ken";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub authorization: String,
    pub if_match: Option<String>,
    pub body: Json,
}

/// What to say to it.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The connection is cut without a word.
    Drop,
}

impl Reply {
    pub fn json(status: u16, body: &Json) -> Self {
        Self::Answer { status, headers: vec![("content-type", "application/scim+json".into())], body: body.to_string() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    pub fn list(total: usize, start: usize, resources: &[Json]) -> Self {
        Self::json(
            200,
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": total, "startIndex": start, "itemsPerPage": resources.len(), "Resources": resources,
            }),
        )
    }

    pub fn error(status: u16, scim_type: Option<&str>, detail: &str) -> Self {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail,
        });
        if let Some(scim_type) = scim_type {
            body["scimType"] = json!(scim_type);
        }
        Self::json(status, &body)
    }
}

type Handler = dyn Fn(&Heard, usize) -> Option<Reply> + Send + Sync;

/// A server on a loopback port, until it is dropped.
pub(crate) struct Hostile {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Hostile {
    /// Starts a server. The handler gets each request and how many like it (method and path) came
    /// before; where it has no answer, there is an ordinary, empty service with users, roles and
    /// versions.
    pub async fn start(handler: impl Fn(&Heard, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&handler), Arc::clone(&log)));
            }
        });
        Self { address, heard, task }
    }

    pub fn target(&self) -> Target {
        Target::new(format!("http://{}/scim/v2", self.address), Token::new(SECRET.into()))
    }

    /// Requests that are no discovery, as `METHOD path`, in the order in which they came.
    pub fn lines(&self) -> Vec<String> {
        let discovery = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];
        let heard = self.heard();
        let rest = heard.iter().filter(|heard| !discovery.iter().any(|path| heard.path.ends_with(path)));
        rest.map(|heard| format!("{} {}", heard.method, heard.path.trim_start_matches("/scim/v2"))).collect()
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic").clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, handler: Arc<Handler>, log: Arc<Mutex<Vec<Heard>>>) {
    let mut stream = BufReader::new(stream);
    while let Some(heard) = hear(&mut stream).await {
        let before = {
            let mut log = log.lock().expect("no panic");
            let same = |other: &&Heard| (&other.method, &other.path) == (&heard.method, &heard.path);
            let before = log.iter().filter(same).count();
            log.push(heard.clone());
            before
        };
        let reply = handler(&heard, before).unwrap_or_else(|| ordinary(&heard));
        let Reply::Answer { status, headers, body } = reply else { return };
        let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            text.extend([name, ": ", &value, "\r\n"]);
        }
        text.push_str("\r\n");
        text.push_str(&body);
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|&bytes| bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut heard = Heard { method, path, authorization: String::new(), if_match: None, body: Json::Null };
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => heard.authorization = value.to_owned(),
            "if-match" => heard.if_match = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    heard.body = serde_json::from_slice(&body).unwrap_or_default();
    Some(heard)
}

/// An ordinary, empty service.
fn ordinary(heard: &Heard) -> Reply {
    let path = heard.path.trim_start_matches("/scim/v2").split('?').next().unwrap_or_default();
    let resource_type =
        |name: &str, schema: &str| json!({"name": name, "endpoint": format!("/{name}s"), "schema": schema});
    let user = crate::scim::schema::USER;
    let role = format!("{}Role", crate::scim::schema::URN_PREFIX);
    match path {
        "/ServiceProviderConfig" => Reply::json(200, &config(true, true)),
        "/ResourceTypes" => Reply::list(2, 1, &[resource_type("User", user), resource_type("Role", &role)]),
        "/Schemas" => {
            let attribute =
                |name: &str, kind: &str, many: bool| json!({"name": name, "type": kind, "multiValued": many});
            let users = [
                attribute("userName", "string", false),
                attribute("displayName", "string", false),
                attribute("active", "boolean", false),
                attribute("userType", "string", false),
                attribute("roles", "complex", true),
            ];
            let roles = [
                attribute("displayName", "string", false),
                attribute("description", "string", false),
                attribute("grants", "complex", true),
            ];
            Reply::list(2, 1, &[json!({"id": user, "attributes": users}), json!({"id": role, "attributes": roles})])
        }
        "/Users" | "/Roles" if heard.method == "GET" => Reply::list(0, 1, &[]),
        _ => Reply::error(404, None, "no such resource"),
    }
}

/// What the service supports.
pub(crate) fn config(etag: bool, patch: bool) -> Json {
    json!({
        "patch": {"supported": patch}, "etag": {"supported": etag},
        "filter": {"supported": true, "maxResults": 1000},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
    })
}

/// A user, as a service sends it.
pub(crate) fn user(number: usize) -> Json {
    json!({
        "id": format!("u{number}"), "userName": format!("user{number}@example.com"), "displayName": "Üser \"x\"",
        "active": true, "roles": [{"value": "r1"}], "meta": {"version": format!("W/\"{number}\"")},
    })
}

/// The query parameters that ask for a page.
pub(crate) fn page_of(heard: &Heard) -> (usize, usize) {
    let parameter = |name: &str| {
        let query = heard.path.split('?').nth(1).unwrap_or_default();
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        pair.and_then(|value| value.parse().ok()).unwrap_or(0)
    };
    (parameter("startIndex"), parameter("count"))
}
