//! A platform in this process, asked as any stranger would: raw requests, and what they leave.
//!
//! No code of the planner is between these requests and the sandbox. Responsible for people, for
//! bodies and for comparing everything that can be read; which rule refuses what, the tests say.

use rolecall::platform::{Pack, built_in};
use rolecall::sandbox::{Authority, Running};
use rolecall::scim::schema::URN_PREFIX;
use serde_json::{Value, json};

use super::service::{secret_of, serve};

/// The schema of core users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Everything that can be read; a platform without a type has none of it.
const ENDPOINTS: [&str; 7] =
    ["/Roles", "/Users", "/Classifications", "/Segments", "/UserTypes", "/Permissions", "/Organizations"];

/// The people whom every platform knows.
const PEOPLE: [(&str, Authority); 3] =
    [("ada", Authority::Admin), ("vic", Authority::Viewer), ("sue", Authority::Support)];

/// A platform, as several people see it.
pub struct Platform {
    pub running: Running,
    client: reqwest::Client,
}

/// What a request was answered.
pub struct Answer {
    request: String,
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The body, when the status is this.
    #[track_caller]
    pub fn granted(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.body);
        self.body
    }

    /// The id of what was created.
    #[track_caller]
    pub fn id(self) -> String {
        self.granted(201)["id"].as_str().expect("a resource has an id").to_owned()
    }
}

/// Status, `scimType` and rule of a refusal, each empty where there is none.
pub fn refusal(status: u16, body: &Value) -> (u16, &str, &str) {
    let scim_type = body["scimType"].as_str().unwrap_or_default();
    (status, scim_type, body[format!("{URN_PREFIX}Refusal")]["rule"].as_str().unwrap_or_default())
}

impl Platform {
    /// One of the packs that we carry, with a seed and with more people: administrators by these
    /// names.
    pub async fn seeded(platform: &str, seed: Option<Vec<Value>>, more: &[&str]) -> Self {
        Self::of(built_in(platform).expect("it is carried"), seed, more).await
    }

    /// Any pack at all.
    pub async fn of(pack: Pack, seed: Option<Vec<Value>>, more: &[&str]) -> Self {
        // All but the first test of the process find it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let more = more.iter().map(|name| (*name, Authority::Admin));
        let people: Vec<(&str, Authority)> = PEOPLE.into_iter().chain(more).collect();
        Self { running: serve(pack, &people, seed).await, client: reqwest::Client::new() }
    }

    pub async fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> Answer {
        let request = format!("{who}: {method} {path} {body}");
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let sending = self
            .client
            .request(method, format!("{}{path}", self.running.url()))
            .header("Authorization", format!("Bearer {}", secret_of(who)))
            .header("Content-Type", "application/scim+json")
            .body(body.to_string());
        let response = sending.send().await.expect("the platform answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("the answer is whole");
        Answer { request, status, body: serde_json::from_str(&text).unwrap_or_default() }
    }

    pub async fn get(&self, path: &str) -> Value {
        self.send("ada", "GET", path, &Value::Null).await.granted(200)
    }

    /// Everything that can be read, versions included.
    pub async fn state(&self) -> Vec<Value> {
        let mut state = Vec::new();
        for path in ENDPOINTS {
            state.push(self.send("ada", "GET", &format!("{path}?count=1000"), &Value::Null).await.body);
        }
        state
    }

    /// Sends a request as `who` and checks status, `scimType` and rule of the refusal, each
    /// empty where there is none, and that nothing has changed.
    pub async fn refuses_to(&self, who: &str, request: (&str, &str, Value), expected: (u16, &str, &str)) {
        let before = self.state().await;
        let (method, path, body) = request;
        let Answer { request, status, body } = self.send(who, method, path, &body).await;
        assert_eq!(refusal(status, &body), expected, "{request}: {body}");
        assert_eq!(body["status"], status.to_string(), "{request}");
        assert_eq!(self.state().await, before, "{request} has changed something");
    }

    pub async fn refuses(&self, request: (&str, &str, Value), expected: (u16, &str, &str)) {
        self.refuses_to("ada", request, expected).await;
    }

    /// The path of what a body makes.
    pub async fn made(&self, endpoint: &str, body: &Value) -> String {
        format!("{endpoint}/{}", self.send("ada", "POST", endpoint, body).await.id())
    }

    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send("ada", "PATCH", path, &patch(&operations)).await
    }

    /// The only resource of a list with this name; its path.
    pub async fn find(&self, endpoint: &str, name: &str) -> String {
        let list = self.get(&format!("{endpoint}?count=1000")).await;
        let named = |of: &&Value| of["displayName"] == name || of["userName"] == name;
        let found: Vec<&Value> = list["Resources"].as_array().expect("a list").iter().filter(named).collect();
        assert_eq!(found.len(), 1, "{name} in {list}");
        format!("{endpoint}/{}", found[0]["id"].as_str().expect("an id"))
    }

    /// Every name of a list, in its order.
    pub async fn names(&self, endpoint: &str) -> Vec<String> {
        let list = self.get(&format!("{endpoint}?count=1000")).await;
        let name =
            |of: &Value| ["displayName", "userName"].iter().find_map(|name| of[*name].as_str()).map(str::to_owned);
        list["Resources"].as_array().expect("a list").iter().filter_map(name).collect()
    }

    /// Sends operations as one request; the results of its operations.
    pub async fn bulk(&self, who: &str, operations: Vec<Value>) -> Vec<Value> {
        let answer = self.send(who, "POST", "/Bulk", &bulk(operations)).await.granted(200);
        answer["Operations"].as_array().expect("a list").clone()
    }
}

/// One grant of `entity.action` or `entity.action.field`, in its parts too.
pub fn grant(word: &str) -> Value {
    let mut grant = json!({ "value": word });
    for (name, part) in ["entity", "action", "field"].into_iter().zip(word.splitn(3, '.')) {
        grant[name] = json!(part);
    }
    grant
}

pub fn grants(words: &[&str]) -> Value {
    words.iter().map(|word| grant(word)).collect()
}

/// A user with a role, given by its path or id.
pub fn user(name: &str, role: &str) -> Value {
    json!({ "schemas": [USER], "userName": name, "roles": [{ "value": id(role) }] })
}

/// The id in a path.
pub fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

pub fn patch(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

pub fn replace(attribute: &str, value: &Value) -> Value {
    patch(&json!([{ "op": "replace", "path": attribute, "value": value }]))
}

/// Every way to set an attribute of what is there.
pub fn ways(whole: &Value, attribute: &str, value: &Value) -> Vec<(&'static str, Value)> {
    let mut put = whole.clone();
    put[attribute] = value.clone();
    vec![
        ("PUT", put),
        ("PATCH", replace(attribute, value)),
        ("PATCH", patch(&json!([{ "op": "add", "path": attribute, "value": value }]))),
        ("PATCH", patch(&json!([{ "op": "replace", "value": { attribute: value } }]))),
    ]
}

/// A role body of these attributes; a null is left out.
pub fn role(name: &str, attributes: &[(&str, Value)]) -> Value {
    let mut body = json!({ "schemas": [format!("{URN_PREFIX}Role")], "displayName": name });
    for (attribute, value) in attributes.iter().filter(|(_, value)| !value.is_null()) {
        body[*attribute] = value.clone();
    }
    body
}

pub fn bulk(operations: Vec<Value>) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": Value::Array(operations) })
}

/// One operation of a bulk request; what it makes is called by its name.
pub fn operation(method: &str, path: &str, data: Value) -> Value {
    let name = ["userName", "displayName"].iter().find_map(|name| data[*name].as_str()).unwrap_or(path);
    let mut operation = json!({ "method": method, "path": path, "bulkId": name });
    operation["data"] = data;
    operation
}

/// What became of an operation that was done.
pub const OK: (u16, &str, &str) = (200, "", "");

/// What became of each operation: status, `scimType` and rule.
pub fn outcomes(results: &[Value]) -> Vec<(u16, &str, &str)> {
    let outcome = |result: &'_ Value| -> u16 { result["status"].as_str().expect("a text").parse().expect("a number") };
    results.iter().map(|result| refusal(outcome(result), &result["response"])).collect()
}
