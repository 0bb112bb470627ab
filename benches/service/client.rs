//! HTTP/1.1 as plainly as it goes, so that what is timed is the server: blocking sockets, a thread
//! for each connection, answers read whole and not parsed.
//!
//! Not responsible for what is asked (`main`). A server that closes the connection after each answer is
//! called on a new one, as it wants it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const TOKEN: &str = "benchmark";
/// The queue of new connections of scim2-server holds five; what does not fit is reset before anybody
/// has read it.
const ATTEMPTS: usize = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// A request: the method, the path below the base URL with its query, and the body.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub body: String,
}

impl Request {
    pub fn get(path: String) -> Self {
        Self { method: "GET", path, body: String::new() }
    }

    pub fn post(path: &str, body: String) -> Self {
        Self { method: "POST", path: path.to_owned(), body }
    }
}

/// A connection that is opened when it is needed.
pub struct Client<'a> {
    /// `127.0.0.1:PORT`
    address: &'a str,
    /// What every path begins with.
    root: &'a str,
    stream: Option<BufReader<TcpStream>>,
    answer: Vec<u8>,
}

impl<'a> Client<'a> {
    pub fn new(base: &'a str) -> Self {
        let rest = base.strip_prefix("http://").expect("an http URL");
        let (address, _) = rest.split_once('/').expect("a path");
        Self { address, root: &rest[address.len()..], stream: None, answer: Vec::new() }
    }

    /// Asks; the answer's body. Any other status than the expected one ends the benchmark.
    pub fn ask(&mut self, request: &Request, expected: u16) -> &str {
        let mut attempt = 1;
        let status = loop {
            match self.once(request) {
                Ok(status) => break status,
                Err(_) if attempt < ATTEMPTS => {
                    attempt += 1;
                    std::thread::sleep(PAUSE);
                }
                Err(error) => panic!("{} {}: {error}", request.method, request.path),
            }
        };
        let answer = std::str::from_utf8(&self.answer).expect("an answer is UTF-8");
        assert_eq!(status, expected, "{} {}: {answer}", request.method, request.path);
        answer
    }

    fn once(&mut self, request: &Request) -> io::Result<u16> {
        let mut stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            BufReader::with_capacity(64 * 1024, stream)
        };
        let Request { method, path, body } = request;
        let text = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            self.root,
            self.address,
            body.len()
        );
        stream.get_mut().write_all(text.as_bytes())?;
        let (status, is_kept) = self.read(&mut stream)?;
        self.stream = is_kept.then_some(stream);
        Ok(status)
    }

    /// The status, and whether the connection can be used again.
    fn read(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<(u16, bool)> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let (mut is_kept, mut length) = (line.starts_with("HTTP/1.1"), None);
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse().expect("a length"));
            } else if name.eq_ignore_ascii_case("connection") {
                is_kept &= !value.trim().eq_ignore_ascii_case("close");
            }
        }
        self.answer.clear();
        if let Some(length) = length {
            self.answer.resize(length, 0);
            stream.read_exact(&mut self.answer)?;
        } else {
            is_kept = false;
            stream.read_to_end(&mut self.answer)?;
        }
        Ok((status, is_kept))
    }
}

/// How far a piece of work came, and how long that took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub done: usize,
    pub wall: Duration,
}

/// Does requests 0 to `count` over so many connections, each taking the next one that is left, and no new
/// one when the time is over.
pub fn drive(
    base: &str,
    connections: usize,
    count: usize,
    at_most: Duration,
    one: &(dyn Fn(&mut Client<'_>, usize) + Sync),
) -> Took {
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut client = Client::new(base);
                while began.elapsed() < at_most {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= count {
                        // Whoever comes after the last one takes it back, so that only what was done counts.
                        next.fetch_sub(1, Ordering::Relaxed);
                        break;
                    }
                    one(&mut client, i);
                }
            });
        }
    });
    Took { done: next.into_inner(), wall: began.elapsed() }
}
