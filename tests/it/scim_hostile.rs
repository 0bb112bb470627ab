//! Callers who send what makes no sense, too much, too slowly or never to the end, by raw requests; see
//! `scim_checklist`. Each is answered with a SCIM error or closed, and the next caller is served.
//!
//! - malformed, mistyped, oversized and deeply nested input, forged cursors: `bad_input_is_answered`
//! - half a request, nonsense: `half_a_request_disturbs_nobody`
//! - heads and bodies that drip are closed, so are the silent and the idle: `the_slow_are_closed`
//! - whoever does not read the answer is closed: `who_does_not_read_is_closed`
//! - more connections than there are places wait their turn: `connections_are_bounded`
//! - all of it again and again takes no more memory: `memory_is_flat`

use std::time::Duration;

use rolecall::sandbox::Bounds;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::scim_wire::{Service, bulk, urn};

/// What the tests give callers in place of ten seconds.
const SHORT: Duration = Duration::from_millis(300);
/// In place of half a minute: time enough for an honest request on a machine that is busy.
const ENOUGH: Duration = Duration::from_secs(2);
/// In this time a bound of [`ENOUGH`] has ended on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bounds that a test can wait for; with one place for connections, whoever is not closed keeps the
/// next one waiting.
fn tight() -> Bounds {
    Bounds { request: ENOUGH, body: SHORT, idle: SHORT, connections: 1 }
}

#[tokio::test]
async fn bad_input_is_answered() {
    let service = Service::start().await;
    let typed = [("Authorization", "Bearer ada-secret"), ("Content-Type", "application/scim+json")];
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["{", "", "nul", "[1,", "\u{0}", "{\"a\":1}x", "{\"schemas\":1e999}", "\"\\ud800\"", "[]", "7", &deep] {
        for path in ["/scim/v2/Users", "/scim/v2/Bulk", "/scim/v2/.search"] {
            service.bare("POST", path, &typed, body).await.refused(400, "invalidSyntax");
        }
    }
    for more in [json!({ "shoeSize": "x" }), json!({ "emails": [{ "kind": "x" }] })] {
        service.send("POST", "/Users", &service.person("x", more)).await.refused(400, "invalidSyntax");
    }
    for more in [json!({ "active": "yes" }), json!({ "emails": {} }), json!({ "displayName": 7 })] {
        service.send("POST", "/Users", &service.person("x", more)).await.refused(400, "invalidValue");
    }
    let large = json!({ "schemas": [urn("Role")], "displayName": "x".repeat(1024 * 1024) });
    let refused = service.send("POST", "/Roles", &large).await.refused(413, "");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("1048576")));
    let nested = format!("filter={}active pr{}", "(".repeat(2000), ")".repeat(2000));
    service.get(&format!("/Users?{nested}")).await.refused(400, "invalidFilter");
    service.get(&format!("/Users?filter=userName eq \"{}\"", "x".repeat(9000))).await.refused(400, "invalidFilter");
    service.get(&format!("/Users?cursor={}", "0".repeat(80))).await.refused(400, "invalidCursor");
    assert_eq!(service.get("/Users").await.granted(200)["totalResults"], 0);
}

#[tokio::test]
async fn half_a_request_disturbs_nobody() {
    let service = Service::start().await;
    // Those who never finish hold up nobody.
    let mut waiting = Vec::new();
    for text in ["GET", "POST /scim/v2/Users HTTP/1.1\r\nContent-Le", "\r\n", ""] {
        let mut socket = service.socket().await;
        socket.write_all(text.as_bytes()).await.expect("it is taken");
        waiting.push(socket);
    }
    let mut half = service.socket().await;
    let head = "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada-secret\r\n\
                Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    half.write_all(head.as_bytes()).await.expect("it is taken");
    half.shutdown().await.expect("it is closed");
    let mut answer = Vec::new();
    let _ = half.read_to_end(&mut answer).await;
    for nonsense in ["\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{e9} HTTP/1.1\r\n\r\n"] {
        let mut socket = service.socket().await;
        socket.write_all(nonsense.as_bytes()).await.expect("it is taken");
        socket.shutdown().await.expect("it is closed");
        let _ = socket.read_to_end(&mut answer).await;
    }
    assert_eq!(service.get("/Users").await.granted(200)["totalResults"], 0);
    drop(waiting);
}

const HEAD: &str = "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada-secret\r\n\
                    Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";

/// Sends a text, and then one of these bytes after the other until the service has had enough; what
/// it has answered.
async fn drip(service: &Service, text: &str, drop: &[u8]) -> String {
    let mut socket = service.socket().await;
    socket.write_all(text.as_bytes()).await.expect("it is taken");
    let (mut from, mut to) = socket.into_split();
    let dripping = async {
        while drop.is_empty() || to.write_all(drop).await.is_ok() {
            sleep(SHORT / 20).await;
        }
    };
    let mut answer = Vec::new();
    let reading = from.read_to_end(&mut answer);
    tokio::select! {
        () = async { timeout(PATIENCE, dripping).await.expect("it is closed") } => {}
        // An answer or a reset, but an end.
        _ = async { timeout(PATIENCE, reading).await.expect("it is closed") } => {}
    }
    String::from_utf8(answer).expect("an answer is UTF-8")
}

#[tokio::test]
async fn the_slow_are_closed() {
    let service = Service::start_within(tight()).await;
    // A head that never ends, whether anything comes of it or not.
    for (text, drop) in [("GET /scim/v2/Users HTTP/1.1\r\nX: ", &b"x"[..]), ("GET /scim", b""), ("", b"")] {
        assert_eq!(drip(&service, text, drop).await, "", "{text:?}");
        service.get("/Users?count=1").await.granted(200);
    }
    // A body that never ends; it is said that it was waited for.
    for drop in [&b" "[..], b""] {
        let answer = drip(&service, HEAD, drop).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("api:messages:2.0:Error"), "{answer}");
        service.get("/Users?count=1").await.granted(200);
    }
    // A connection that has had its answer and is kept without being used.
    let idle = "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada-secret\r\n\r\n";
    assert!(drip(&service, idle, b"").await.starts_with("HTTP/1.1 200 "));
    service.get("/Users?count=1").await.granted(200);
}

#[tokio::test]
async fn who_does_not_read_is_closed() {
    let service = Service::start_within(tight()).await;
    let operations: Vec<Value> = (0..500)
        .map(|n| {
            let data = service.person(&format!("u{n}"), json!({ "title": "x".repeat(1000) }));
            json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": data })
        })
        .collect();
    service.bulk(Value::Array(operations)).await;
    let one = "GET /scim/v2/Users?count=500 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada-secret\r\n\r\n";
    let mut socket = service.socket().await;
    // Far more answers than any buffer holds; the service takes as many as it can answer.
    let asking = async { while socket.write_all(one.repeat(100).as_bytes()).await.is_ok() {} };
    timeout(PATIENCE, asking).await.expect("it is closed");
    service.get("/Users?count=1").await.granted(200);
}

#[tokio::test]
async fn connections_are_bounded() {
    let service = Service::start_within(Bounds { connections: 4, ..tight() }).await;
    // Most hang up; some stay.
    let mut crowd = Vec::new();
    for n in 0..500 {
        let mut socket = service.socket().await;
        if n % 2 == 0 {
            socket.write_all(b"GET /scim/v2/Us").await.expect("it is taken");
        }
        if n % 50 == 0 {
            crowd.push(socket);
        }
    }
    // Those in front are closed one after the other, and then it is this one's turn.
    timeout(PATIENCE, service.get("/Users?count=1")).await.expect("it is served").granted(200);
    for mut socket in crowd {
        let _ = timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await.expect("it is closed");
    }
    service.get("/Users?count=1").await.granted(200);
}

/// What a process has in memory, in kB.
#[cfg(target_os = "linux")]
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Everything at once that is bad for a service.
#[cfg(target_os = "linux")]
async fn storm(address: &str) {
    use crate::support::TOKEN;

    let request = |method: &str, path: &str, body: &str| {
        format!(
            "{method} /scim/v2{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let operations =
        Value::Array((0..10_000).map(|n| json!({ "method": "DELETE", "path": format!("/Users/{n}") })).collect());
    let whole = [
        request("POST", "/Users", "{\"schemas\":"),
        request("POST", "/Users", &"[".repeat(500_000)),
        request("POST", "/Roles", &json!({ "displayName": "x".repeat(2_000_000) }).to_string()),
        request("POST", "/Roles", &format!("[{}]", "0,".repeat(400_000))),
        request("POST", "/Bulk", &bulk(&operations).to_string()),
        request("GET", &format!("/Users?filter={}active%20pr", "(".repeat(5000)), ""),
        request("GET", &format!("/Users?filter={}", "x".repeat(60_000)), ""),
        request("GET", &format!("/Users?cursor={}", "0".repeat(80)), ""),
        format!("GET /scim/v2/Users HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(20_000)),
        "\u{1}\u{2}\r\n\r\n".to_owned(),
    ];
    let mut callers = tokio::task::JoinSet::new();
    for text in whole {
        for cut in [text.len(), text.len(), text.len() / 2] {
            let (address, text) = (address.to_owned(), text[..cut].to_owned());
            callers.spawn(async move {
                let mut socket = TcpStream::connect(address).await.expect("it listens");
                let _ = socket.write_all(text.as_bytes()).await;
                let _ = socket.shutdown().await;
                let mut answer = Vec::new();
                // An answer or a reset, but an end.
                let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("it is closed");
                let told = String::from_utf8_lossy(&answer).into_owned();
                assert!(!told.starts_with("HTTP/1.1 2") && !told.starts_with("HTTP/1.1 5"), "{told}");
            });
        }
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("no caller is granted anything");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_is_flat() {
    use crate::support::{Folder, Server};

    /// What an allocator may keep of rounds like the first one, in kB. One round sends 20 MB, so a
    /// leak of any of it shows in the twelve that follow.
    const SLACK: u64 = 48 * 1024;

    let folder = Folder::new();
    let server = Server::start(&folder, "open", "server.db");
    let address = server.url.trim_start_matches("http://").split('/').next().expect("an address").to_owned();
    for _ in 0..3 {
        storm(&address).await;
    }
    let before = memory(server.id());
    for _ in 0..12 {
        storm(&address).await;
    }
    let after = memory(server.id());
    assert!(after < before + SLACK, "{before} kB before, {after} kB after");
    assert_eq!(server.list("Users", "").len(), 0);
}
