//! A proxy between a client and a sandbox that does to chosen requests what networks and gateways
//! do: delays, loses, cuts, doubles, answers in the target's place.
//!
//! Responsible for delivery only: it speaks HTTP/1.1 as far as our client does, and no SCIM. It keeps
//! what was asked for, never what proves who asked.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One thing that is done with a request. What it takes to answer is a list of these; one that
/// gives no answer leaves the client without any.
#[derive(Clone)]
pub enum Act {
    /// Nothing, for so long.
    Wait(Duration),
    /// Something else happens.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
    /// The target gets the request, and its answer is kept.
    Forward,
    /// The target gets the request after so long, whatever the client is told meanwhile.
    Later(Duration),
    /// The client gets the kept answer.
    Relay,
    /// The client gets the head of the kept answer and half of its body.
    Truncate,
    /// The client gets the first bytes of a status line.
    Cut,
    /// The client gets another answer: status, further headers, body.
    Answer(u16, String, String),
    /// The connection ends.
    Drop,
}

impl Act {
    /// An answer with an error of SCIM.
    pub fn status(status: u16, headers: &str) -> Self {
        let body = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"{status}","detail":"not now"}}"#
        );
        Self::Answer(status, format!("content-type: application/scim+json\r\n{headers}"), body)
    }

    /// A page of some gateway.
    pub fn html(status: u16) -> Self {
        let body = "<html><title>Gateway</title><body>Please wait</body></html>";
        Self::Answer(status, "content-type: text/html\r\n".to_owned(), body.to_owned())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Counts the writes from 1; 0 for what only reads.
    pub write: usize,
    /// When it was there as a whole.
    pub at: Instant,
}

/// Says what is done with a request; nothing said: it passes.
pub type Rule = Box<dyn Fn(&Asked) -> Option<Vec<Act>> + Send + Sync>;

struct Shared {
    target: String,
    rule: Rule,
    asked: Mutex<Vec<Asked>>,
    writes: AtomicUsize,
    under_way: AtomicUsize,
    connections: AtomicUsize,
    closed: AtomicBool,
}

/// Listens until it is dropped.
pub struct Proxy {
    pub url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy before the target with this URL.
    pub fn before(target: &str, rule: impl Fn(&Asked) -> Option<Vec<Act>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (host, root) = target.trim_start_matches("http://").split_once('/').expect("a path");
        let shared = Arc::new(Shared {
            target: host.to_owned(),
            rule: Box::new(rule),
            asked: Mutex::default(),
            writes: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        });
        let listening = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if listening.closed.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&listening)) else { return };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    // A client that hangs up is no failure, and what becomes of it is the tests' to see.
                    let _ = serve(&stream, &shared);
                    shared.connections.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url: format!("http://{address}/{root}"), address, shared }
    }

    /// A proxy that does this with the n-th write, counted from 1, and nothing else.
    pub fn at_write(target: &str, n: usize, acts: Vec<Act>) -> Self {
        Self::before(target, move |asked| (asked.write == n).then(|| acts.clone()))
    }

    /// What was asked for so far, in the order in which it came.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("nobody panics with it").clone()
    }

    /// How many writes came.
    pub fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }

    /// Waits until nothing is on its way any more: what a client has given up may still arrive.
    pub fn settle(&self) {
        while self.shared.under_way.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until everything has arrived that clients sent who are gone.
    pub fn forget(&self) {
        while self.shared.connections.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.settle();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is closed.
        let _ = TcpStream::connect(self.address);
    }
}

#[derive(Clone)]
struct Request {
    method: String,
    /// As it was asked for, query included.
    target: String,
    headers: String,
    body: Vec<u8>,
}

struct Answer {
    status_line: String,
    headers: String,
    body: Vec<u8>,
}

/// Requests of one connection, one after the other.
fn serve(stream: &TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        let answered = handle(stream, shared, &request);
        shared.under_way.fetch_sub(1, Ordering::SeqCst);
        if !answered? {
            return stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// Whether the client got a whole answer, so that the connection goes on.
fn handle(mut client: &TcpStream, shared: &Arc<Shared>, request: &Request) -> std::io::Result<bool> {
    let asked = {
        // The numbers of the writes are in the order of the list.
        let mut all = shared.asked.lock().expect("nobody panics with it");
        let write = if request.method == "GET" { 0 } else { shared.writes.fetch_add(1, Ordering::SeqCst) + 1 };
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        let asked = Asked { method: request.method.clone(), path, write, at: Instant::now() };
        all.push(asked.clone());
        asked
    };
    let acts = (shared.rule)(&asked).unwrap_or_else(|| vec![Act::Forward, Act::Relay]);
    let mut kept: Option<Answer> = None;
    let of = |kept: &Option<Answer>| -> std::io::Result<(String, Vec<u8>)> {
        let Answer { status_line, headers, body } = kept.as_ref().ok_or(ErrorKind::NotConnected)?;
        let length = if status_line.contains(" 204") { String::new() } else { length(body) };
        Ok((format!("{status_line}\r\n{headers}{length}\r\n"), body.clone()))
    };
    for act in acts {
        match act {
            Act::Wait(time) => std::thread::sleep(time),
            Act::Meanwhile(what) => what(),
            Act::Forward => kept = Some(forward(shared, request)?),
            Act::Later(time) => {
                let (shared, request) = (Arc::clone(shared), request.clone());
                shared.under_way.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    std::thread::sleep(time);
                    // Nobody hears what is answered.
                    let _ = forward(&shared, &request);
                    shared.under_way.fetch_sub(1, Ordering::SeqCst);
                });
            }
            Act::Relay => {
                let (head, body) = of(&kept)?;
                client.write_all(&[head.as_bytes(), &body].concat())?;
                return Ok(true);
            }
            Act::Truncate => {
                let (head, body) = of(&kept)?;
                // Without a body it is the head that is cut.
                let head = if body.is_empty() { &head[..head.len() / 2] } else { &head };
                client.write_all(&[head.as_bytes(), &body[..body.len() / 2]].concat())?;
                return Ok(false);
            }
            Act::Cut => {
                client.write_all(b"HTTP/1.1 20")?;
                return Ok(false);
            }
            Act::Answer(status, headers, body) => {
                let length = length(body.as_bytes());
                write!(client, "HTTP/1.1 {status} Somehow\r\n{headers}{length}\r\n{body}")?;
                return Ok(true);
            }
            Act::Drop => return Ok(false),
        }
    }
    Ok(false)
}

fn length(body: &[u8]) -> String {
    format!("content-length: {}\r\n", body.len())
}

/// The next request; `None` where the client has closed.
fn read_request(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Request>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(Error::from(ErrorKind::InvalidData));
    };
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| ErrorKind::InvalidData)?;
        }
        // Answers come as they are, and end with their connection.
        if !lower.starts_with("connection:") && !lower.starts_with("accept-encoding:") {
            headers.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, target, headers, body }))
}

/// Asks the target, in HTTP/1.0, so that the end of the connection is the end of the answer.
fn forward(shared: &Shared, request: &Request) -> std::io::Result<Answer> {
    let mut target = TcpStream::connect(&shared.target)?;
    target.set_nodelay(true)?;
    let Request { method, target: path, headers, body } = request;
    let head = format!("{method} {path} HTTP/1.0\r\n{headers}\r\n");
    target.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    target.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default().replacen("HTTP/1.0", "HTTP/1.1", 1);
    let ours = ["connection:", "content-length:", "transfer-encoding:"];
    let headers = lines
        .filter(|line| !ours.iter().any(|name| line.to_ascii_lowercase().starts_with(name)))
        .map(|line| format!("{line}\r\n"))
        .collect();
    Ok(Answer { status_line, headers, body: answer[end + 4..].to_vec() })
}
