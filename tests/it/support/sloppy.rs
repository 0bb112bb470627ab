//! A SCIM server of the tests' own, in memory: honest by itself, and as sloppy as a test makes it.
//!
//! It shares no code with the sandbox or the client but the announcement of a pack's types. A test
//! changes what is announced and what is held before it starts, and gives a quirk: a function that
//! answers a request in the server's stead, or changes it and lets it pass.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rolecall::platform::built_in;
use rolecall::scim::announce::announce;
use rolecall::scim::schema::URN_PREFIX;
use serde_json::{Map, Value, json};

use super::TOKEN;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    /// Below the root, without the query: `/Users/1`.
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub if_match: Option<String>,
    pub body: Value,
    /// How many requests of this method and path came before.
    pub before: usize,
}

/// What is said to it.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Said {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("content-type", "application/scim+json".into())], body: body.to_string() }
    }

    pub fn error(status: u16, scim_type: &str) -> Self {
        let mut body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string() });
        if !scim_type.is_empty() {
            body["scimType"] = json!(scim_type);
        }
        Self::json(status, &body)
    }

    /// What a proxy says that stands before a service.
    pub fn page(status: u16) -> Self {
        let headers = vec![("content-type", "text/html".into())];
        Self { status, headers, body: "<html><title>Oops</title></html>".into() }
    }

    pub fn nothing(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What the server announces and holds.
pub struct Held {
    pub config: Value,
    pub types: Vec<Value>,
    pub schemas: Vec<Value>,
    /// By endpoint, in the order in which they came.
    pub resources: BTreeMap<String, Vec<Value>>,
    made: u64,
}

type Quirk = dyn Fn(&mut Heard, &mut Held) -> Option<Said> + Send + Sync;

/// A running server; its thread ends with the tests' process.
pub struct Sloppy {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    held: Mutex<Held>,
    heard: Mutex<Vec<Heard>>,
    quirk: Box<Quirk>,
}

impl Held {
    /// The types of a platform, and nothing of them.
    pub fn of(platform: &str) -> Self {
        let announced = announce(&built_in(platform).expect("it is carried"), URN_PREFIX);
        let all = |values: Value| values.as_array().cloned().expect("a list");
        Self {
            config: json!({
                "patch": { "supported": true }, "filter": { "supported": true, "maxResults": 1000 },
                "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
                "etag": { "supported": true }, "sort": { "supported": false }, "changePassword": { "supported": false },
                "authenticationSchemes": [],
            }),
            types: all(json!(announced.resource_types)),
            schemas: all(json!(announced.schemas)),
            resources: BTreeMap::new(),
            made: 0,
        }
    }

    /// Without these types.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.types.retain(|one| !names.iter().any(|name| one["name"] == *name));
        self.schemas.retain(|one| !names.iter().any(|name| one["name"] == *name));
        self
    }

    /// The announced attributes of a type.
    pub fn attributes(&mut self, name: &str) -> &mut Vec<Value> {
        let schema = self.schemas.iter_mut().find(|one| one["name"] == name).expect("it is announced");
        schema["attributes"].as_array_mut().expect("a list")
    }

    pub fn list(&mut self, endpoint: &str) -> &mut Vec<Value> {
        self.resources.entry(endpoint.to_owned()).or_default()
    }

    pub fn make(&mut self, endpoint: &str, mut resource: Value) -> Value {
        self.made += 1;
        resource["id"] = json!(format!("{}", self.made));
        resource["meta"] = json!({ "version": "W/\"1\"" });
        self.list(endpoint).push(resource.clone());
        resource
    }

    /// Does what a request asks; what there is to say of it is lost.
    pub fn done(&mut self, heard: &Heard) {
        _ = self.answer(heard);
    }

    fn answer(&mut self, heard: &Heard) -> Said {
        let mut parts = heard.path.trim_matches('/').splitn(2, '/');
        let (endpoint, id) = (parts.next().unwrap_or_default().to_owned(), parts.next());
        match (endpoint.as_str(), id) {
            ("ServiceProviderConfig", _) => return Said::json(200, &self.config),
            ("ResourceTypes", _) => return page(&self.types, 1, usize::MAX),
            ("Schemas", _) => return page(&self.schemas, 1, usize::MAX),
            _ if !self.types.iter().any(|one| one["endpoint"] == format!("/{endpoint}")) => {
                return Said::error(404, "");
            }
            _ => {}
        }
        match (heard.method.as_str(), id) {
            ("GET", None) => self.listed(&endpoint, |name| heard.query.get(name).cloned()),
            ("POST", Some(".search")) => self.listed(&endpoint, |name| match &heard.body[name] {
                Value::String(text) => Some(text.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            }),
            ("POST", None) => {
                let naming = if endpoint == "Users" { "userName" } else { "displayName" };
                let folded = |one: &Value| one[naming].as_str().unwrap_or_default().to_lowercase();
                if self.list(&endpoint).iter().any(|one| folded(one) == folded(&heard.body)) {
                    return Said::error(409, "uniqueness");
                }
                Said::json(201, &self.make(&endpoint, heard.body.clone()))
            }
            (_, Some(id)) => self.one(heard, &endpoint, id),
            _ => Said::error(405, ""),
        }
    }

    fn listed(&mut self, endpoint: &str, parameter: impl Fn(&str) -> Option<String>) -> Said {
        let all = self.list(endpoint).clone();
        if let Some(filter) = parameter("filter") {
            let (name, value) = filter.split_once(" eq ").expect("the client asks for equality");
            let value: Value = serde_json::from_str(value).expect("a literal");
            let found: Vec<Value> = all.into_iter().filter(|one| one[name] == value).collect();
            return page(&found, 1, usize::MAX);
        }
        let number = |name, absent| parameter(name).and_then(|text| text.parse().ok()).unwrap_or(absent);
        page(&all, number("startIndex", 1), number("count", usize::MAX))
    }

    fn one(&mut self, heard: &Heard, endpoint: &str, id: &str) -> Said {
        let list = self.list(endpoint);
        let Some(at) = list.iter().position(|one| one["id"] == id) else { return Said::error(404, "") };
        let version = list[at]["meta"]["version"].clone();
        if heard.if_match.as_ref().is_some_and(|wanted| version != **wanted) {
            return Said::error(412, "");
        }
        match heard.method.as_str() {
            "GET" => {}
            "DELETE" => {
                list.remove(at);
                return Said::nothing(204);
            }
            "PUT" => list[at] = heard.body.clone(),
            "PATCH" => {
                for operation in heard.body["Operations"].as_array().expect("operations") {
                    let path = operation["path"].as_str().expect("a path");
                    *place(&mut list[at], path) = operation["value"].clone();
                }
            }
            _ => return Said::error(405, ""),
        }
        if heard.method != "GET" {
            let number: u64 = version.as_str().and_then(|text| text.split('"').nth(1)?.parse().ok()).unwrap_or(1);
            list[at]["id"] = json!(id);
            list[at]["meta"] = json!({ "version": format!("W/\"{}\"", number + 1) });
        }
        Said::json(200, &list[at])
    }
}

/// Where a path points to in a resource.
fn place<'r>(resource: &'r mut Value, path: &str) -> &'r mut Value {
    let (urn, name) = path.rsplit_once(':').map_or((None, path), |(urn, name)| (Some(urn), name));
    let mut at = resource;
    for part in urn.into_iter().chain(name.split('.')) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = at.as_object_mut().expect("an object").entry(part).or_insert(Value::Null);
    }
    at
}

/// A page of a list, from a 1-based index.
pub fn page(all: &[Value], start: usize, count: usize) -> Said {
    let resources: Vec<&Value> = all.iter().skip(start.max(1) - 1).take(count).collect();
    Said::json(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": all.len(),
            "startIndex": start, "itemsPerPage": resources.len(), "Resources": resources,
        }),
    )
}

impl Sloppy {
    pub fn start(held: Held, quirk: impl Fn(&mut Heard, &mut Held) -> Option<Said> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/scim/v2", listener.local_addr().expect("it is bound"));
        let shared = Arc::new(Shared { held: Mutex::new(held), heard: Mutex::default(), quirk: Box::new(quirk) });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || while converse(&stream, &shared).is_some() {});
            }
        });
        Self { url, shared }
    }

    /// What a client needs to know.
    pub fn environment(&self) -> [(&str, &str); 2] {
        [("ROLECALL_URL", &self.url), ("ROLECALL_TOKEN", TOKEN)]
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().expect("no panic").clone()
    }

    /// The requests that are no discovery, as `METHOD /path`.
    pub fn lines(&self) -> Vec<String> {
        let discovery = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];
        let heard = self.heard().into_iter();
        let rest = heard.filter(|one| !discovery.contains(&one.path.as_str()));
        rest.map(|one| format!("{} {}", one.method, one.path)).collect()
    }

    /// Those that may write.
    pub fn writes(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines.filter(|line| !line.starts_with("GET") && !line.ends_with("/.search")).collect()
    }
}

/// One request and its answer; nothing when the client has hung up.
fn converse(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut if_match) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "if-match" => if_match = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = reqwest::Url::parse(&format!("http://host{target}")).ok()?;
    let mut heard = Heard {
        path: url.path().trim_start_matches("/scim/v2").to_owned(),
        query: url.query_pairs().into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        before: 0,
        method,
        if_match,
    };
    {
        let mut log = shared.heard.lock().expect("no panic");
        heard.before = log.iter().filter(|one| one.method == heard.method && one.path == heard.path).count();
        log.push(heard.clone());
    }
    let said = {
        let mut held = shared.held.lock().expect("no panic");
        (shared.quirk)(&mut heard, &mut held).unwrap_or_else(|| held.answer(&heard))
    };
    let mut text = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", said.status, said.body.len());
    for (name, value) in &said.headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    let mut stream = stream;
    // A status of its own means that the connection is cut without a word.
    (said.status != 0).then_some(())?;
    write!(stream, "{text}\r\n{}", said.body).ok()
}
