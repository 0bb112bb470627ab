//! A sandbox and what goes over the wire to it, byte by byte: a request is written into a socket
//! and the answer read until the service closes. No code of our client is between.

use std::fmt::Write;

use rolecall::platform::built_in;
use rolecall::sandbox::{Authority, Bounds, Running};
use rolecall::scim::schema::URN_PREFIX;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::service::serve_within;

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const MESSAGES: &str = "urn:ietf:params:scim:api:messages:2.0:";

/// A sandbox of the open platform, and a role for its users.
pub struct Service {
    running: Running,
    pub role: String,
}

/// An answer, as it was received.
pub struct Heard {
    request: String,
    pub status: u16,
    headers: Vec<(String, String)>,
    pub text: String,
}

pub fn urn(name: &str) -> String {
    format!("{URN_PREFIX}{name}")
}

impl Heard {
    fn read(request: String, bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).expect("an answer is UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let header =
            |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        Self { request, status, headers: lines.filter_map(header).collect(), text: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn granted(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        if self.text.is_empty() {
            return Value::Null;
        }
        assert_eq!(self.header("content-type"), "application/scim+json", "{}", self.request);
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    /// RFC 7644 §3.12: a refusal has a body of the message schema, with the status as a text.
    #[track_caller]
    pub fn refused(&self, status: u16, scim_type: &str) -> Value {
        let body = self.granted(status);
        assert_eq!(body["schemas"][0], format!("{MESSAGES}Error"), "{}", self.request);
        assert_eq!(body["status"], status.to_string(), "{}", self.request);
        assert_eq!(body["scimType"].as_str().unwrap_or_default(), scim_type, "{}: {}", self.request, self.text);
        body
    }
}

async fn running(bounds: Bounds, platform: &str) -> Running {
    let people = [("ada", Authority::Admin), ("vic", Authority::Viewer)];
    serve_within(bounds, built_in(platform).expect("it is carried"), &people, None).await
}

impl Service {
    pub async fn start() -> Self {
        Self::start_within(Bounds::default()).await
    }

    /// One with other bounds on what callers may take.
    pub async fn start_within(bounds: Bounds) -> Self {
        let mut service = Self { running: running(bounds, "open").await, role: String::new() };
        service.role = service.made("/Roles", json!({ "schemas": [urn("Role")], "displayName": "R" })).await;
        service
    }

    /// One of another platform, without a role of ours.
    pub async fn of(platform: &str) -> Self {
        Self { running: running(Bounds::default(), platform).await, role: String::new() }
    }

    pub fn base(&self) -> String {
        self.running.url()
    }

    /// A socket to the service.
    pub async fn socket(&self) -> TcpStream {
        TcpStream::connect(self.running.address()).await.expect("it listens")
    }

    /// Sends exactly this and reads to the end.
    pub async fn exchange(&self, request: String) -> Heard {
        let mut socket = self.socket().await;
        // A service that refuses early stops reading; what it has answered is read all the same.
        let _ = socket.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = socket.read_to_end(&mut bytes).await;
        let shown = request.chars().take(300).collect();
        Heard::read(shown, &bytes)
    }

    /// A request with these headers beside Host and the length of the body.
    pub async fn bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.running.address());
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(request, "Content-Length: {}\r\n", body.len());
        }
        self.exchange(format!("{request}\r\n{body}")).await
    }

    /// A request of the administrator, with one header more; spaces and quotes in the path are
    /// encoded.
    pub async fn with(&self, header: (&str, &str), method: &str, path: &str, body: &Value) -> Heard {
        let path: String = path
            .bytes()
            .map(|byte| match byte {
                b' ' | b'"' | b'[' | b']' | b'\\' | 128.. => format!("%{byte:02X}"),
                byte => char::from(byte).to_string(),
            })
            .collect();
        let headers = [
            ("Authorization", "Bearer ada-secret"),
            ("Accept", "application/scim+json"),
            ("Content-Type", "application/scim+json"),
            header,
        ];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.bare(method, &format!("/scim/v2{path}"), &headers, &body).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Heard {
        self.with(("User-Agent", "raw"), method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Heard {
        self.send("GET", path, &Value::Null).await
    }

    pub async fn patch(&self, path: &str, operations: Value) -> Heard {
        self.send("PATCH", path, &patch(&operations)).await
    }

    /// The id of what a body makes.
    pub async fn made(&self, endpoint: &str, body: Value) -> String {
        let made = self.send("POST", endpoint, &body).await.granted(201);
        made["id"].as_str().expect("a resource has an id").to_owned()
    }

    /// A user of this name with more attributes; the path.
    pub async fn user(&self, name: &str, more: Value) -> String {
        format!("/Users/{}", self.made("/Users", self.person(name, more)).await)
    }

    /// The body of a user.
    pub fn person(&self, name: &str, more: Value) -> Value {
        let mut body = json!({ "schemas": [USER], "userName": name, "roles": [{ "value": self.role }] });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    }

    /// The userNames that a query of the Users finds, in its order.
    pub async fn names(&self, query: &str) -> String {
        let list = self.get(&format!("/Users?{query}")).await.granted(200);
        let resources = list["Resources"].as_array().expect("a list");
        resources.iter().map(|of| of["userName"].as_str().unwrap_or("-")).collect::<Vec<_>>().join(" ")
    }

    pub async fn bulk(&self, operations: Value) -> Value {
        self.send("POST", "/Bulk", &bulk(&operations)).await.granted(200)
    }
}

pub fn patch(operations: &Value) -> Value {
    json!({ "schemas": [format!("{MESSAGES}PatchOp")], "Operations": operations })
}

pub fn bulk(operations: &Value) -> Value {
    json!({ "schemas": [format!("{MESSAGES}BulkRequest")], "Operations": operations })
}
