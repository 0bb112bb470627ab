//! A small SCIM service with users only, in memory, that keeps every promise but those that a test
//! takes from it. Over plain sockets, with no code of the crate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Map, Value, json};

/// A promise that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Every page is the first one.
    IgnoresStartIndex,
    /// Every page by GET is the first one; `.search` heeds where a page shall begin.
    IgnoresStartIndexInUrls,
    /// There are pages by cursor only, and no totals.
    OnlyCursors,
    /// A page has no more than ten, and what is on it is the total.
    TotalsOfPagesOfTen,
    /// A page has no more than seven, and what is on it is the total.
    TotalsOfPagesOfSeven,
    /// Pages are of five, whatever is asked for.
    PagesOfFive,
    /// The last user is counted and never listed.
    HidesOne,
    /// `totalResults` is a text.
    TextTotal,
    /// Every filter finds everybody.
    IgnoresFilter,
    /// Case counts in filters.
    FiltersExactly,
    /// Lists show no versions.
    NoVersionsInLists,
    /// The same object has another version at each reading.
    RestlessVersions,
    /// Versions are neither announced nor there.
    NoVersions,
    /// Asked for somebody whom there is not, it says 500.
    NoNotFound,
    /// Says that it has no PATCH, and has none.
    NoPatch,
    /// Answers PATCH with 200 and does nothing.
    PatchDoesNothing,
    /// The connection is cut when a PATCH comes.
    CutsPatch,
    /// If-Match is not looked at.
    IgnoresIfMatch,
    /// A name can be there twice.
    Duplicates,
    /// Whoever changes something to the same gets a new version.
    Bumps,
    /// What is deleted stays.
    KeepsDeleted,
    /// Nobody may make anything.
    Forbids,
    /// Users have no `roles`.
    NoRoles,
    /// Answers 202 to whoever makes somebody, who is there a few requests later.
    MakesLater,
    /// Answers 202 to whoever makes somebody, and makes nobody.
    MakesNever,
    /// Makes somebody, and cuts the connection.
    CutsCreate,
    /// Its errors repeat the header that came with our token.
    RepeatsHeader,
    /// Takes its time for each answer.
    Slow,
}

/// How many requests later somebody is there whom [`Flaw::MakesLater`] makes.
const LATER: usize = 2;
/// The time of [`Flaw::Slow`]: long enough for a test to do something meanwhile.
const SLOW: Duration = Duration::from_millis(100);

struct State {
    flaws: Vec<Flaw>,
    users: Vec<Value>,
    next: usize,
    readings: usize,
    heard: Vec<String>,
    /// Who is there after so many more requests.
    later: Option<(usize, Value)>,
}

/// The service, for as long as the process lasts.
pub struct Flawed {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Flawed {
    /// With so many users.
    pub fn with(users: usize, flaws: &[Flaw]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://127.0.0.1:{}/v2", listener.local_addr().expect("it is bound").port());
        let (flaws, nobody, heard) = (flaws.to_vec(), Vec::new(), Vec::new());
        let mut state = State { flaws, users: nobody, next: 0, readings: 0, heard, later: None };
        for at in 0..users {
            state.add(json!({ "userName": format!("user{at:03}@example.com"), "active": true }));
        }
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), state) = (stream, Arc::clone(&shared)) else { return };
                // A client that hangs up is no failure.
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { url, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no request panics")
    }

    /// Everybody, versions included.
    pub fn users(&self) -> Vec<Value> {
        self.state().users.clone()
    }

    /// Method and path of each request so far.
    pub fn heard(&self) -> Vec<String> {
        self.state().heard.clone()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (mut length, mut if_match, mut if_none_match, mut authorization) = (0, None, None, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let (name, value) = line.split_once(':')?;
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = value,
            "if-match" => if_match = Some(value),
            "if-none-match" => if_none_match = Some(value),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if state.lock().expect("no request panics").has(Flaw::Slow) {
        std::thread::sleep(SLOW);
    }
    let answered = {
        let mut state = state.lock().expect("no request panics");
        let path = target.split('?').next().unwrap_or_default().to_owned();
        state.heard.push(format!("{method} {path}"));
        state.request(&method, &target, &body, if_match.as_deref(), if_none_match.as_deref())
    };
    let (status, mut body) = answered?;
    if status >= 400 && state.lock().expect("no request panics").has(Flaw::RepeatsHeader) {
        body["detail"] = json!(format!("not for `{authorization}`"));
    }
    let etag = body["meta"]["version"].as_str().map(|version| format!("etag: {version}\r\n")).unwrap_or_default();
    let location = match (status, body["id"].as_str()) {
        (201, Some(id)) => format!("location: /v2/Users/{id}\r\n"),
        _ => String::new(),
    };
    let body = if matches!(status, 204 | 304) { String::new() } else { body.to_string() };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/scim+json\r\ncontent-length: {length}\r\n{etag}{location}\
         connection: close\r\n\r\n{body}"
    )
    .ok()
}

fn error(status: u16, scim_type: &str) -> (u16, Value) {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let mut body = json!({ "schemas": [schema], "status": status.to_string() });
    if !scim_type.is_empty() {
        body["scimType"] = json!(scim_type);
    }
    (status, body)
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

impl State {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaws.contains(&flaw)
    }

    fn add(&mut self, mut user: Value) -> Value {
        self.next += 1;
        user["schemas"] = json!([USER]);
        user["id"] = json!(format!("id{:05}", self.next));
        user["meta"] = json!({ "resourceType": "User" });
        if !self.has(Flaw::NoVersions) {
            user["meta"]["version"] = json!("W/\"1\"");
        }
        self.users.push(user.clone());
        user
    }

    /// The answer; `None` cuts the connection.
    fn request(
        &mut self,
        method: &str,
        target: &str,
        body: &Value,
        if_match: Option<&str>,
        if_none_match: Option<&str>,
    ) -> Option<(u16, Value)> {
        let url = reqwest::Url::parse(&format!("http://localhost{target}")).expect("a target is a path");
        self.later = match self.later.take() {
            Some((0, user)) => {
                self.add(user);
                None
            }
            later => later.map(|(left, user)| (left - 1, user)),
        };
        let query: Map<String, Value> = url.query_pairs().map(|(key, value)| (key.into(), json!(value))).collect();
        let path = url.path().trim_start_matches("/v2/");
        match (method, path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["ServiceProviderConfig"]) => Some((200, self.config())),
            ("GET", ["ResourceTypes"]) => {
                let user = json!({ "id": "User", "name": "User", "endpoint": "/Users", "schema": USER });
                Some((200, list(&json!(1), 1, &[user])))
            }
            ("GET", ["Schemas"]) => Some((200, list(&json!(1), 1, &[self.schema()]))),
            ("GET", ["Users"]) if self.has(Flaw::OnlyCursors) => Some(self.by_cursor(&query)),
            ("GET", ["Users"]) => {
                let mut query = query;
                query.retain(|name, _| name != "startIndex" || !self.has(Flaw::IgnoresStartIndexInUrls));
                Some((200, self.listed(&query)))
            }
            ("POST", ["Users", ".search"]) => Some((200, self.listed(body.as_object()?))),
            ("POST", ["Users"]) if self.has(Flaw::CutsCreate) => {
                self.create(body);
                None
            }
            ("POST", ["Users"]) => Some(self.create(body)),
            ("GET", ["Users", id]) => Some(self.read(id, if_none_match)),
            (_, ["Users", id]) => self.write(method, id, body, if_match),
            _ => Some(error(404, "")),
        }
    }

    fn config(&self) -> Value {
        let is = |supported: bool| json!({ "supported": supported });
        let mut config = json!({
            "patch": is(!self.has(Flaw::NoPatch)), "etag": is(!self.has(Flaw::NoVersions)), "filter": is(true),
            "bulk": is(false), "sort": is(false), "changePassword": is(false), "authenticationSchemes": [],
        });
        if self.has(Flaw::OnlyCursors) {
            config["pagination"] = json!({ "cursor": true, "index": false });
        }
        config
    }

    fn schema(&self) -> Value {
        let one = |name: &str, kind: &str| json!({ "name": name, "type": kind, "multiValued": kind == "complex" });
        let mut attributes = vec![
            one("userName", "string"),
            one("displayName", "string"),
            one("active", "boolean"),
            one("userType", "string"),
        ];
        if !self.has(Flaw::NoRoles) {
            attributes.push(one("roles", "complex"));
        }
        json!({ "id": USER, "name": "User", "attributes": attributes })
    }

    fn listed(&mut self, query: &Map<String, Value>) -> Value {
        let number = |name: &str, otherwise: usize| -> usize {
            let given = query.get(name).map(|value| value.to_string().replace('"', ""));
            given.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        let mut found = self.users.clone();
        if let Some(filter) = query.get("filter").and_then(Value::as_str).filter(|_| !self.has(Flaw::IgnoresFilter)) {
            let exact = self.has(Flaw::FiltersExactly);
            let (attribute, name) = filter.split_once(" eq ").expect("no other filter is sent");
            let name: String = serde_json::from_str(name).expect("a quoted name");
            let is_it = |user: &Value| {
                let own = user["userName"].as_str().unwrap_or_default();
                own == name || (!exact && own.eq_ignore_ascii_case(&name))
            };
            found.retain(|user| attribute.eq_ignore_ascii_case("userName") && is_it(user));
        }
        let total = found.len();
        if self.has(Flaw::HidesOne) {
            found.pop();
        }
        let start = if self.has(Flaw::IgnoresStartIndex) { 1 } else { number("startIndex", 1).max(1) };
        let count = if self.has(Flaw::PagesOfFive) { 5 } else { number("count", 100) };
        let caps = [(Flaw::TotalsOfPagesOfTen, 10), (Flaw::TotalsOfPagesOfSeven, 7)];
        let cap = caps.into_iter().find(|(flaw, _)| self.has(*flaw)).map(|(_, cap)| cap);
        let count = cap.map_or(count, |cap| count.min(cap));
        let mut page: Vec<Value> = found.into_iter().skip(start - 1).take(count).collect();
        if let Some(wanted) = query.get("attributes").and_then(Value::as_str) {
            let wanted = wanted.to_owned();
            for user in &mut page {
                user.as_object_mut().expect("an object").retain(|key, _| key == "id" || *key == wanted);
            }
        }
        for user in &mut page {
            if self.has(Flaw::NoVersionsInLists) {
                user["meta"] = json!({});
            }
        }
        let total = cap.map_or(total, |_| page.len());
        let total = if self.has(Flaw::TextTotal) { json!(total.to_string()) } else { json!(total) };
        list(&total, start, &page)
    }

    fn by_cursor(&mut self, query: &Map<String, Value>) -> (u16, Value) {
        if query.contains_key("startIndex") {
            return error(400, "invalidValue");
        }
        let mut query = query.clone();
        let start: usize = query.remove("cursor").and_then(|at| at.as_str()?.parse().ok()).unwrap_or(1);
        query.insert("startIndex".to_owned(), json!(start));
        let mut page = self.listed(&query);
        let total = page["totalResults"].as_u64().and_then(|total| usize::try_from(total).ok()).unwrap_or_default();
        let next = start + page["Resources"].as_array().map_or(0, Vec::len);
        let page_of = page.as_object_mut().expect("an object");
        page_of.retain(|name, _| !matches!(name.as_str(), "totalResults" | "startIndex" | "itemsPerPage"));
        if next <= total {
            page_of.insert("nextCursor".to_owned(), json!(next.to_string()));
        }
        (200, page)
    }

    fn create(&mut self, body: &Value) -> (u16, Value) {
        if self.has(Flaw::Forbids) {
            return error(403, "");
        }
        let is_taken = self.users.iter().any(|user| user["userName"] == body["userName"]);
        if is_taken && !self.has(Flaw::Duplicates) {
            return error(409, "uniqueness");
        }
        if self.has(Flaw::MakesLater) {
            self.later = Some((LATER, body.clone()));
            return (202, Value::Null);
        }
        if self.has(Flaw::MakesNever) {
            return (202, Value::Null);
        }
        (201, self.add(body.clone()))
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.users.iter().position(|user| user["id"] == id)
    }

    fn read(&mut self, id: &str, unless: Option<&str>) -> (u16, Value) {
        let Some(at) = self.position(id) else {
            return error(if self.has(Flaw::NoNotFound) { 400 } else { 404 }, "");
        };
        let mut user = self.users[at].clone();
        self.readings += 1;
        if self.has(Flaw::RestlessVersions) {
            user["meta"]["version"] = json!(format!("W/\"r{}\"", self.readings));
        }
        let is_known = unless.is_some() && user["meta"]["version"].as_str() == unless;
        (if is_known { 304 } else { 200 }, user)
    }

    fn write(&mut self, method: &str, id: &str, body: &Value, if_match: Option<&str>) -> Option<(u16, Value)> {
        let Some(at) = self.position(id) else { return Some(error(404, "")) };
        let version = self.users[at]["meta"]["version"].clone();
        if if_match.is_some_and(|wanted| version != wanted) && !self.has(Flaw::IgnoresIfMatch) {
            return Some(error(412, ""));
        }
        let mut user = self.users[at].clone();
        match method {
            "DELETE" => {
                if !self.has(Flaw::KeepsDeleted) {
                    self.users.remove(at);
                }
                return Some((204, Value::Null));
            }
            "PUT" => {
                for (name, value) in body.as_object()?.iter().filter(|(name, _)| *name != "id") {
                    user[name] = value.clone();
                }
            }
            "PATCH" if self.has(Flaw::CutsPatch) => return None,
            "PATCH" if self.has(Flaw::NoPatch) => return Some(error(501, "")),
            "PATCH" if self.has(Flaw::PatchDoesNothing) => {}
            "PATCH" => {
                for operation in body["Operations"].as_array()? {
                    let path = operation["path"].as_str()?;
                    if operation["op"] == "remove" {
                        user.as_object_mut()?.remove(path);
                    } else {
                        user[path] = operation["value"].clone();
                    }
                }
            }
            _ => return Some(error(405, "")),
        }
        user["meta"] = self.users[at]["meta"].clone();
        let is_changed = user != self.users[at] || self.has(Flaw::Bumps);
        if is_changed && !self.has(Flaw::NoVersions) {
            self.next += 1;
            user["meta"]["version"] = json!(format!("W/\"{}\"", self.next));
        }
        self.users[at].clone_from(&user);
        Some((200, user))
    }
}

fn list(total: &Value, start: usize, resources: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total,
        "startIndex": start, "itemsPerPage": resources.len(), "Resources": resources,
    })
}
