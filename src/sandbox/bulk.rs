//! Bulk (RFC 7644 §3.7): several writes in one request, one after another, each as if it came alone.
//! What others refer to is made before them; apart from that they are done in their order.
//!
//! Responsible for the request and its operations, and for what a platform holds against several
//! writes at once and not against one (R-TE-23, R-TE-26, R-UT-27). Each write is `writer`'s.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::platform::{BulkRoles, wire_name};
use crate::scim::message::{BULK_REQUEST, BulkOperation, BulkRequest, BulkResult};
use crate::scim::path::Path;

use super::database;
use super::patch;
use super::refusal::Refusal;
use super::render::Projection;
use super::rules::Case;
use super::seats::{free, seat};
use super::served::{Kind, Served, ServedType};
use super::shape::{self, From};
use super::writer::{self, Action, Write};

/// The most operations in one request: the writer does nothing else meanwhile.
pub(super) const MAX_OPERATIONS: usize = 1000;
/// What stands before the name of an operation where the id of what it makes is meant.
const REFERENCE: &str = "bulkId:";
/// What of a user decides whose seat is taken (R-UT-27).
const DECIDES_SEATS: [&str; 3] = ["userType", "roles", "active"];

/// A request that is to be done.
#[derive(Debug)]
pub(super) struct Bulk {
    pub(super) token: Arc<str>,
    operations: Vec<BulkOperation>,
    fail_on_errors: Option<u64>,
}

/// Reads the body of a request.
pub(super) fn read(token: &Arc<str>, body: Value) -> Result<Bulk, Refusal> {
    let request: BulkRequest =
        serde_json::from_value(body).map_err(|error| Refusal::syntax(format!("not a bulk request: {error}")))?;
    if !request.schemas.iter().any(|schema| schema.eq_ignore_ascii_case(BULK_REQUEST)) {
        return Err(Refusal::syntax(format!("`schemas` names `{BULK_REQUEST}` in a bulk request")));
    }
    let count = request.operations.len();
    if count > MAX_OPERATIONS {
        return Err(Refusal::new(413, format!("{count} operations in one request; maxOperations is {MAX_OPERATIONS}")));
    }
    let mut names = BTreeSet::new();
    for operation in request.operations.iter().filter(|operation| operation.method.eq_ignore_ascii_case("POST")) {
        match &operation.bulk_id {
            None => return Err(Refusal::syntax("every POST of a bulk request has a `bulkId`")),
            Some(name) if !names.insert(name) => {
                return Err(Refusal::syntax(format!("the bulkId `{name}` is given twice")));
            }
            Some(_) => {}
        }
    }
    let fail_on_errors = request.fail_on_errors;
    Ok(Bulk { token: Arc::clone(token), operations: request.operations, fail_on_errors })
}

impl Bulk {
    /// Whether any operation is about a type, wherever it leads.
    pub(super) fn touches(&self, served: &Served, kind: Kind) -> bool {
        self.operations.iter().any(|operation| target(served, operation).is_some_and(|(of, _)| of.kind == kind))
    }
}

/// The type that the path of an operation names, and the id behind it.
fn target<'s, 'o>(served: &'s Served, operation: &'o BulkOperation) -> Option<(&'s ServedType, Option<&'o str>)> {
    let mut segments = operation.path.strip_prefix('/')?.split('/');
    let of = served.at(segments.next()?)?;
    let id = segments.next().filter(|id| !id.is_empty());
    segments.next().is_none().then_some((of, id))
}

/// What the operations of one request share.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// The seats that were free when it began and that none of its operations has used, where the
    /// platform keeps those that its users hold out of its reach.
    seats: Option<BTreeMap<String, i64>>,
    /// Whether the operation that is being done decides who takes a seat.
    decides_seats: bool,
}

impl Request {
    fn new(connection: &Connection, served: &Served, operations: &[BulkOperation]) -> rusqlite::Result<Self> {
        let deciding = operations.iter().filter(|operation| decides_seats(served, operation)).count();
        // One user's change in a request of its own is an individual one (R-UT-28).
        let is_bulk = served.pack.bulk.hides_held_seats && deciding > 1;
        Ok(Self { seats: if is_bulk { Some(free(connection)?) } else { None }, decides_seats: false })
    }

    /// How many seats are left for the operation that is being done; `None` where nothing limits
    /// it.
    pub(super) fn seats_left(&self, user_type: &str) -> Option<i64> {
        self.seats.as_ref().filter(|_| self.decides_seats)?.get(user_type).copied()
    }

    fn use_seat(&mut self, user_type: &str) {
        if let Some(left) = self.seats.as_mut().and_then(|seats| seats.get_mut(user_type)) {
            *left -= 1;
        }
    }
}

fn decides_seats(served: &Served, operation: &BulkOperation) -> bool {
    if target(served, operation).is_none_or(|(of, _)| of.kind != Kind::User) {
        return false;
    }
    let is_one = |name: &str| DECIDES_SEATS.iter().any(|one| one.eq_ignore_ascii_case(name));
    match operation.method.to_ascii_uppercase().as_str() {
        "POST" | "PUT" => true,
        "PATCH" => operation.data.as_ref().and_then(|data| data["Operations"].as_array()).is_some_and(|operations| {
            operations.iter().any(|operation| match operation["path"].as_str() {
                Some(path) => Path::parse(path).is_ok_and(|path| is_one(&path.attribute.attribute)),
                None => operation["value"].as_object().is_some_and(|values| values.keys().any(|name| is_one(name))),
            })
        }),
        _ => false,
    }
}

/// The places of the operations in the order in which they are done: their own, but that whatever
/// makes what another refers to comes before it. Those that wait for each other are left where
/// they are, and fail.
fn order(operations: &[BulkOperation]) -> Vec<usize> {
    let posts = operations.iter().enumerate().filter(|(_, operation)| operation.method.eq_ignore_ascii_case("POST"));
    let makers: HashMap<&str, usize> = posts.filter_map(|(i, post)| Some((post.bulk_id.as_deref()?, i))).collect();
    let needs = |i: usize| {
        let BulkOperation { path, data, .. } = &operations[i];
        let mut texts: Vec<&str> = path.split('/').collect();
        if let Some(data) = data {
            gather(data, &mut texts);
        }
        texts.into_iter().filter_map(|text| makers.get(referred(text)?).copied()).collect::<Vec<_>>()
    };
    let mut order = Vec::with_capacity(operations.len());
    let mut seen = vec![false; operations.len()];
    for first in 0..operations.len() {
        // Each entry: an operation, and what it still needs before it is done.
        let mut pending = Vec::new();
        if !std::mem::replace(&mut seen[first], true) {
            pending.push((first, needs(first)));
        }
        while let Some((i, needed)) = pending.last_mut() {
            match needed.pop() {
                Some(maker) if !std::mem::replace(&mut seen[maker], true) => pending.push((maker, needs(maker))),
                Some(_) => {}
                None => {
                    order.push(*i);
                    pending.pop();
                }
            }
        }
    }
    order
}

/// Every text in a value; of a URI its last part.
fn gather<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| gather(value, texts)),
        Value::Object(values) => values.iter().for_each(|(name, value)| match value {
            Value::String(uri) if is_uri(name) => texts.push(last(uri)),
            value => gather(value, texts),
        }),
        _ => {}
    }
}

/// Whether a part of an attribute holds a URI: there a reference stands for the id behind the last
/// slash (RFC 7644 §3.7.2), and in any other text for the whole of it.
fn is_uri(name: &str) -> bool {
    name.eq_ignore_ascii_case("$ref")
}

fn last(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

/// The operation that a text refers to.
fn referred(text: &str) -> Option<&str> {
    text.strip_prefix(REFERENCE)
}

/// Does the operations; what became of them, in the order of the request. The error is the
/// database's.
pub(super) fn run(connection: &Connection, served: &Served, bulk: &mut Bulk) -> Result<Vec<BulkResult>, Refusal> {
    let mut request = Request::new(connection, served, &bulk.operations)?;
    let mut made = HashMap::new();
    let mut operations = std::mem::take(&mut bulk.operations);
    let mut results: Vec<Option<BulkResult>> = operations.iter().map(|_| None).collect();
    let mut errors = 0;
    for i in order(&operations) {
        let operation = &mut operations[i];
        request.decides_seats = decides_seats(served, operation);
        let prepared = prepare(served, &bulk.token, operation, &made);
        let done = match prepared {
            Err(refusal) => Err(refusal),
            Ok(mut write) => {
                let kind = write.kind;
                writer::one(connection, served, Some(&request), &mut write)?.map(|written| (kind, written))
            }
        };
        errors += u64::from(done.is_err());
        results[i] = Some(match done {
            Err(refusal) => refused(served, operation, &made, &refusal),
            Ok((kind, written)) => {
                if request.decides_seats && request.seats.is_some() {
                    let row = database::by_id(connection, kind, &written.id)?.map(|row| row.attributes());
                    if let Some(user_type) = row.as_ref().and_then(seat) {
                        request.use_seat(&user_type);
                    }
                }
                let status = match operation.method.to_ascii_uppercase().as_str() {
                    "POST" => "201",
                    "DELETE" => "204",
                    _ => "200",
                };
                let location = Some(served.location(kind, &written.id));
                if let Some(name) = operation.bulk_id.clone().filter(|_| status == "201") {
                    made.insert(name, written.id);
                }
                BulkResult {
                    method: operation.method.clone(),
                    bulk_id: operation.bulk_id.clone(),
                    version: (status != "204").then_some(written.etag),
                    location,
                    status: status.to_owned(),
                    response: None,
                }
            }
        });
        // What is not done any more is left out of the answer (RFC 7644 §3.7.3).
        if bulk.fail_on_errors.is_some_and(|limit| errors >= limit.max(1)) {
            break;
        }
    }
    Ok(results.into_iter().flatten().collect())
}

fn refused(
    served: &Served,
    operation: &BulkOperation,
    made: &HashMap<String, String>,
    refusal: &Refusal,
) -> BulkResult {
    let location = match target(served, operation) {
        Some((of, Some(id))) => resolved(id, made).ok().map(|id| served.location(of.kind, id)),
        _ => None,
    };
    BulkResult {
        method: operation.method.clone(),
        bulk_id: operation.bulk_id.clone(),
        version: None,
        location,
        status: refusal.status.to_string(),
        response: serde_json::from_str(&refusal.body(&served.urn_prefix)).ok(),
    }
}

/// An operation as the write that it would be in a request of its own; its data go into that.
fn prepare(
    served: &Served,
    token: &Arc<str>,
    operation: &mut BulkOperation,
    made: &HashMap<String, String>,
) -> Result<Write, Refusal> {
    let given = operation.data.take();
    let path = &operation.path;
    let (of, id) = target(served, operation)
        .ok_or_else(|| Refusal::new(404, format!("there is nothing to write at the path `{path}`")))?;
    let id = id.map(|id| resolved(id, made)).transpose()?;
    let method = operation.method.to_ascii_uppercase();
    let data = || {
        let mut data = given.ok_or_else(|| Refusal::syntax(format!("a {method} needs `data`")))?;
        resolve(&mut data, made).map(|()| data)
    };
    let not_allowed = || Refusal::new(405, format!("{method} is not allowed at `{path}`"));
    if !of.writable {
        return Err(not_allowed());
    }
    let action = match (method.as_str(), id) {
        ("POST", None) => Action::Create(shape::resource(of, data()?, From::Caller)?),
        ("PUT", Some(_)) => Action::Replace(shape::resource(of, data()?, From::Caller)?),
        ("PATCH", Some(_)) => {
            let operations = patch::read(data()?)?;
            let rules = served.pack.bulk.roles.as_ref().filter(|_| of.kind == Kind::Role);
            // What is listed is what the role shall have (R-TE-27), so nothing is added to it.
            if let Some(rules) = rules
                && operations.iter().any(|operation| !operation.op.eq_ignore_ascii_case("replace"))
            {
                return Err(only_replaces(rules));
            }
            Action::Patch(operations)
        }
        ("DELETE", Some(_)) => Action::Delete,
        _ => return Err(not_allowed()),
    };
    Ok(Write {
        token: Arc::clone(token),
        kind: of.kind,
        id: id.unwrap_or_default().to_owned(),
        if_match: operation.version.clone(),
        action,
        projection: Projection::default(),
    })
}

/// The id behind a reference to what another operation has made; any other text is itself.
fn resolved<'t>(text: &'t str, made: &'t HashMap<String, String>) -> Result<&'t str, Refusal> {
    match referred(text) {
        None => Ok(text),
        Some(name) => made.get(name).map(String::as_str).ok_or_else(|| {
            Refusal::new(409, format!("`{text}` names no operation of this request that could be done before"))
        }),
    }
}

fn resolve(data: &mut Value, made: &HashMap<String, String>) -> Result<(), Refusal> {
    match data {
        Value::String(text) => {
            if referred(text).is_some() {
                *text = resolved(text, made)?.to_owned();
            }
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| resolve(value, made)),
        Value::Object(values) => values.iter_mut().try_for_each(|(name, value)| match value {
            Value::String(uri) if is_uri(name) && referred(last(uri)).is_some() => {
                let id = resolved(last(uri), made)?;
                *uri = format!("{}{id}", &uri[..uri.len() - last(uri).len()]);
                Ok(())
            }
            value => resolve(value, made),
        }),
        _ => Ok(()),
    }
}

/// R-TE-26: a bulk request replaces what the platform lists of roles that exist, and nothing else.
pub(super) fn roles_are_changed_as_bulk_may(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(rules) = case.pack().bulk.roles.as_ref().filter(|_| case.bulk.is_some() && case.kind == Kind::Role) else {
        return Ok(());
    };
    let (Some(before), Some(after)) = (case.before, case.after) else { return Err(only_replaces(rules)) };
    let is_listed = |attribute: &&str| rules.replaces.iter().any(|key| wire_name(key) == **attribute);
    if case.differing().iter().all(is_listed) && before.get("externalId") == after.get("externalId") {
        return Ok(());
    }
    Err(only_replaces(rules))
}

fn only_replaces(rules: &BulkRoles) -> Refusal {
    let attributes: Vec<String> = rules.replaces.iter().map(|key| wire_name(key)).collect();
    let detail = format!("a bulk request only replaces {} of roles that exist", attributes.join(" and "));
    Refusal::new(403, detail).by_rule(rules.replaces_rule.as_deref(), &[("attributes", json!(attributes))])
}
