//! HTTP without any code of the crate: raw requests to a sandbox, and things in its place.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::{Server, TOKEN};

/// Everything that can be written, by the endpoints of its types.
const ENDPOINTS: [&str; 5] = ["Classifications", "Segments", "UserTypes", "Roles", "Users"];

impl Server {
    /// One request as any other client would make it; HTTP/1.0, so that the end of the connection
    /// is the end of the answer.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (host, root) = self.url.trim_start_matches("http://").split_once('/').expect("a path");
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(host).expect("it listens");
        write!(
            stream,
            "{method} /{root}/{path} HTTP/1.0\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/scim+json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it is answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// The resources of an endpoint that a filter chooses; all, when it is empty.
    #[track_caller]
    pub fn list(&self, endpoint: &str, filter: &str) -> Vec<Value> {
        let filter = filter.replace(' ', "%20").replace('"', "%22");
        let filter = if filter.is_empty() { filter } else { format!("&filter={filter}") };
        let (status, list) = self.request("GET", &format!("{endpoint}?count=1000{filter}"), None);
        // A platform without the type has none of it.
        if status == 404 { Vec::new() } else { list["Resources"].as_array().cloned().unwrap_or_default() }
    }

    /// The id of a role.
    #[track_caller]
    pub fn role(&self, name: &str) -> String {
        let found = self.list("Roles", &format!("displayName eq \"{name}\""));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0]["id"].as_str().expect("an id").to_owned()
    }

    /// How many users hold a role.
    #[track_caller]
    pub fn holders(&self, role: &str) -> usize {
        let (_, role) = self.request("GET", &format!("Roles/{role}?attributes=assignedUsers"), None);
        let urn = role.as_object().into_iter().flatten().find_map(|(_, part)| part["assignedUsers"].as_u64());
        role["assignedUsers"].as_u64().or(urn).expect("it is counted") as usize
    }

    /// Everything that it holds, versions included: what two moments are compared by.
    #[track_caller]
    pub fn state(&self) -> Vec<Value> {
        ENDPOINTS.iter().flat_map(|endpoint| self.list(endpoint, "")).collect()
    }
}

/// A listener that gives the same answer to every request and counts its connections.
pub struct Answer {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl Answer {
    pub fn with(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = url_of(&listener);
        let connections = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (answer.to_owned(), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                // The request's content does not matter, and a client that hangs up is no failure.
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, connections }
    }

    /// With this status line, media type and body.
    pub fn of(status: &str, media: &str, body: &str) -> Self {
        let length = body.len();
        Self::with(&format!(
            "HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }

    /// How many connections were opened to it, whatever was sent on them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A door before a sandbox that refuses every write with a certain text in it.
pub struct Door {
    pub url: String,
}

impl Door {
    pub fn before(server: &Server, refused: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = url_of(&listener);
        let host = server.url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), host) = (stream, host.clone()) else { return };
                std::thread::spawn(move || pass(stream, &host, refused));
            }
        });
        Self { url }
    }
}

/// Passes one request on, or refuses it. A client that hangs up is no failure.
fn pass(mut client: TcpStream, host: &str, refused: &str) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if !lower.starts_with("connection:") && !lower.starts_with("accept-encoding:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if !head.starts_with("GET") && String::from_utf8_lossy(&body).contains(refused) {
        let error = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"not here"}"#;
        let length = error.len();
        let media = "application/scim+json";
        return write!(
            client,
            "HTTP/1.1 400 Bad Request\r\ncontent-type: {media}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{error}"
        )
        .ok();
    }
    let mut server = TcpStream::connect(host).ok()?;
    write!(server, "{head}connection: close\r\n\r\n").ok()?;
    server.write_all(&body).ok()?;
    std::io::copy(&mut server, &mut client).ok().map(drop)
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://127.0.0.1:{}/scim/v2", listener.local_addr().expect("it is bound").port())
}
