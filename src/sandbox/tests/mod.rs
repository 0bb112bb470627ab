//! The wire, as plain JSON: no client of ours is between these tests and the service.

mod bulk;
mod catalogue;
mod discovery;
mod layouts;
mod lists;
mod orders;
mod resources;
mod rules;
mod service;
mod tenant;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Authority, Database, Running, SandboxError, Settings, Token, start};
use crate::scim::schema::URN_PREFIX;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn urn(name: &str) -> String {
    format!("{URN_PREFIX}{name}")
}

/// The open platform, with an id for each rule that it has too.
fn open_pack() -> Value {
    json!({
        "platform": "open",
        "title": "Open",
        "vocabularies": {
            "classifications": { "mode": "managed" },
            "segments": { "mode": "managed" },
            "user_types": { "mode": "managed" },
        },
        "roles": {
            "attributes": {
                "description": { "type": "text" },
                "classifications": { "type": "names", "of": "classifications" },
                "segments": { "type": "names", "of": "segments" },
                "user_type": { "type": "name", "of": "user_types" },
            },
            "permissions": {},
            "held_rule": "R-BE-39",
        },
        "users": { "user_name": "text", "user_type": "role", "role_rule": "R-BE-37", "seat_rule": "R-UT-26" },
    })
}

/// A platform with every restriction that packs can state, invented for the tests.
fn strict_pack() -> Value {
    json!({
        "platform": "strict",
        "title": "Strict",
        "vocabularies": {
            "classifications": { "mode": "closed", "values": [{ "name": "Sales" }, { "name": "Support" }] },
            "segments": { "mode": "tenant" },
            "user_types": { "mode": "managed" },
        },
        "roles": {
            "name": "immutable",
            "attributes": {
                "classifications": { "type": "names", "of": "classifications", "presence": "required" },
                "segments": { "type": "names", "of": "segments" },
                "rank": { "type": "name", "values": ["Admin", "User"], "mutability": "immutable" },
            },
            "permissions": { "presence": "required" },
        },
        "users": { "user_name": "email", "user_type": "none" },
        "catalogue": { "campaigns": { "label": "Campaigns", "actions": ["view", "create"] } },
    })
}

fn settings(pack: Value, database: Database, seed: Option<Vec<Value>>) -> Settings {
    let token =
        |name: &str, authority| Token { name: name.to_owned(), authority, secret: format!("{name}-secret").into() };
    Settings {
        pack: Arc::new(serde_json::from_value(pack).expect("the pack is one")),
        database,
        listen: ([127, 0, 0, 1], 0).into(),
        tokens: vec![token("ada", Authority::Admin), token("vic", Authority::Viewer)],
        seed,
        urn_prefix: URN_PREFIX.to_owned(),
    }
}

/// A sandbox and a client with the administrator's token.
struct Probe {
    running: Running,
    client: reqwest::Client,
}

/// An answer, read to its end.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The id of a resource that was created.
    #[track_caller]
    fn id(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()["id"].as_str().expect("a resource has an id").to_owned()
    }

    /// Status and scimType, which is what a client decides by.
    #[track_caller]
    fn refused(&self, status: u16, scim_type: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["scimType"].as_str().unwrap_or_default()), (status, scim_type), "{}", self.text);
        assert_eq!(body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        assert_eq!(body["status"], status.to_string());
        assert_eq!(self.header("content-type"), "application/scim+json");
        body
    }

    /// Refused by a rule; the extension object.
    #[track_caller]
    fn refused_by(&self, status: u16, rule: &str) -> Value {
        let body = self.json();
        assert_eq!(self.status, status, "{}", self.text);
        let object = body[urn("Refusal")].clone();
        assert_eq!(object["rule"], rule, "{}", self.text);
        object
    }

    #[track_caller]
    fn granted(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Probe {
    async fn start(settings: Settings) -> Result<Self, SandboxError> {
        // The second of two tests finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { running: start(settings).await?, client: reqwest::Client::new() })
    }

    async fn open() -> Self {
        Self::start(settings(open_pack(), Database::Memory, None)).await.expect("it starts")
    }

    async fn strict() -> Self {
        let seed = vec![json!({ "schemas": [urn("Segment")], "displayName": "Retail" })];
        Self::start(settings(strict_pack(), Database::Memory, Some(seed))).await.expect("it starts")
    }

    async fn in_file(path: &Path) -> Result<Self, SandboxError> {
        Self::start(settings(open_pack(), Database::File(path.to_owned()), None)).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        self.client
            .request(method, format!("{}{path}", self.running.url()))
            .header("Authorization", "Bearer ada-secret")
            .header("Content-Type", "application/scim+json")
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("the sandbox answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("the answer is whole") }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request("POST", path).body(body.to_string())).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request("PUT", path).body(body.to_string())).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(self.request("PATCH", path).body(patch(&operations))).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }

    async fn role(&self, name: &str) -> String {
        self.post("/Roles", json!({ "schemas": [urn("Role")], "displayName": name })).await.id()
    }

    async fn user(&self, name: &str, role: &str) -> Answer {
        self.post("/Users", user(name, role)).await
    }

    /// A user type with a limited number of seats.
    async fn user_type(&self, name: &str, permitted: i64) -> String {
        let body = json!({
            "schemas": [urn("UserType")],
            "displayName": name,
            "limitedAssignmentsPermitted": true,
            "totalAssignmentsPermitted": permitted,
        });
        self.post("/UserTypes", body).await.id()
    }

    /// The names of a list's resources, in their order.
    async fn names(&self, path: &str, name: &str) -> Vec<String> {
        let list = self.get(path).await.granted(200).json();
        let resources = list["Resources"].as_array().expect("a list").clone();
        resources.iter().map(|resource| resource[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn user(name: &str, role: &str) -> Value {
    json!({ "schemas": [USER], "userName": name, "roles": [{ "value": role }] })
}

fn patch(operations: &Value) -> String {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }).to_string()
}
