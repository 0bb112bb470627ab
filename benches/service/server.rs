//! The two servers that are compared, each in a process of its own on a loopback port.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::client::{Client, Request, TOKEN};

const BINARY: &str = env!("CARGO_BIN_EXE_rolecall");

/// A server, stopped when it is dropped.
pub struct Server {
    process: Child,
    /// The base URL.
    pub base: String,
    /// What a user says of its role; scim2-server takes no reference without its `$ref`.
    pub role: String,
    /// How many users it has been given.
    pub users: usize,
}

impl Server {
    /// Our sandbox over a database file, which is not there yet.
    pub fn ours(database: &Path) -> Self {
        let mut command = Command::new(BINARY);
        command
            .args(["sandbox", "--platform", "open", "--listen", "127.0.0.1:0", "--token", "bench=admin:benchmark"])
            .arg("--db")
            .arg(database);
        Self::start(command)
    }

    /// A scim2-server with the resource types of our sandbox.
    pub fn theirs(folder: &Path, program: &Path) -> Self {
        let types = folder.join("types");
        if !types.exists() {
            let status = Command::new(BINARY)
                .args(["schema", "scim", "--platform", "open", "--out"])
                .arg(&types)
                .stdout(Stdio::null())
                .status();
            assert!(status.expect("the program runs").success(), "the types are written");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut command = Command::new(program);
        command.args(["--bearer-token", TOKEN, "--port", &port.to_string()]);
        command.arg("--schema").arg(types.join("schemas.json"));
        command.arg("--resource-type").arg(types.join("resource-types.json"));
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server's program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("stdout is piped"))
            .read_line(&mut line)
            .expect("the server says where it is");
        let base = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        let mut server = Self { process, base, role: String::new(), users: 0 };
        let mut client = Client::new(&server.base);
        let types: serde_json::Value =
            serde_json::from_str(client.ask(&Request::get("/ResourceTypes".to_owned()), 200)).expect("it is JSON");
        let of_roles = types["Resources"].as_array().into_iter().flatten().find(|one| one["endpoint"] == "/Roles");
        let role =
            serde_json::json!({ "schemas": [of_roles.expect("it has roles")["schema"]], "displayName": "Clerk" });
        let made = client.ask(&Request::post("/Roles", role.to_string()), 201);
        let made: serde_json::Value = serde_json::from_str(made).expect("it is JSON");
        server.role = serde_json::json!({ "value": made["id"], "$ref": made["meta"]["location"] }).to_string();
        server
    }

    /// What its `ServiceProviderConfig` says.
    pub fn config(&self) -> serde_json::Value {
        let mut client = Client::new(&self.base);
        let config = client.ask(&Request::get("/ServiceProviderConfig".to_owned()), 200);
        serde_json::from_str(config).expect("the answer is JSON")
    }

    /// The processor time that it has used so far, in seconds; only Linux says it of a process that runs.
    pub fn cpu(&self) -> Option<f64> {
        // What /proc counts in, on every architecture of Linux that Rust knows.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // Fields 14 and 15; the second one is a name in parentheses that can hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((user + system) / TICKS_PER_SECOND)
    }

    /// The most memory that it has had so far, in MB; only Linux says it of a process that runs.
    pub fn peak_mb(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: f64 = peak.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
