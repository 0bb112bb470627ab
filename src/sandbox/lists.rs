//! Lists: filters, pages, and where pages begin (RFC 7644 §3.4.2).
//!
//! A page of everything is found by the key of the row before it, not by counting rows: where
//! served pages ended is remembered per type, and forgotten when anything of the type is deleted.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::scim::filter::{Filter, Literal, Operator};
use crate::scim::message::LIST_RESPONSE;
use crate::scim::path::AttributePath;

use super::database::{self, Lookup};
use super::fold::fold;
use super::matching;
use super::refusal::Refusal;
use super::render::{Extras, Projection, Renderer};
use super::served::{Kind, Served, ServedType};

/// The most resources in one answer, announced as `filter.maxResults`: 1000 users are 600 kB.
pub(super) const MAX_RESULTS: u64 = 1000;
/// How many resources an answer holds when the caller does not say.
pub(super) const DEFAULT_COUNT: u64 = 100;
/// Page beginnings remembered per type; a million resources in pages of 1000 have as many.
const MAX_REMEMBERED: usize = 1000;

/// What a list is asked for.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    pub(super) filter: Option<Filter>,
    /// 1-based.
    pub(super) start_index: u64,
    pub(super) count: u64,
    pub(super) projection: Projection,
}

/// Where pages begin: for a 1-based index the key of the row before it.
#[derive(Debug, Default)]
pub(super) struct Beginnings(Mutex<HashMap<Kind, Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    /// How many resources of the type had been deleted; with another number all of this is void.
    deleted: i64,
    keys: BTreeMap<u64, i64>,
}

impl Beginnings {
    /// The nearest beginning at or before an index: that index and the key before it.
    fn before(&self, kind: Kind, deleted: i64, index: u64) -> (u64, i64) {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered
            .get(&kind)
            .filter(|remembered| remembered.deleted == deleted)
            .and_then(|remembered| remembered.keys.range(..=index).next_back())
            .map_or((1, 0), |(&index, &key)| (index, key))
    }

    fn remember(&self, kind: Kind, deleted: i64, index: u64, key: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = all.entry(kind).or_default();
        if remembered.deleted != deleted || remembered.keys.len() >= MAX_REMEMBERED {
            *remembered = Remembered { deleted, keys: BTreeMap::new() };
        }
        remembered.keys.insert(index, key);
    }
}

/// The answer to a list, as JSON.
pub(super) fn list(
    connection: &Connection,
    served: &Served,
    beginnings: &Beginnings,
    of: &ServedType,
    query: &ListQuery,
) -> Result<String, Refusal> {
    // One transaction, so that totalResults and the page are of one moment.
    let transaction = connection.unchecked_transaction()?;
    let mut renderer = Renderer::new(&transaction, served, &query.projection);
    let (total, texts) = match &query.filter {
        None => everything(&transaction, &mut renderer, beginnings, of.kind, query)?,
        Some(filter) => filtered(&transaction, &mut renderer, of, filter, query)?,
    };
    Ok(response(total, query.start_index, &texts))
}

/// A [`ListResponse`](crate::scim::message::ListResponse) around resources that are JSON already.
pub(super) fn response(total: u64, start_index: u64, resources: &[String]) -> String {
    let length: usize = resources.iter().map(|text| text.len() + 1).sum();
    let mut text = String::with_capacity(length + 256);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        r#"{{"schemas":["{LIST_RESPONSE}"],"totalResults":{total},"startIndex":{start_index},"itemsPerPage":{},"Resources":["#,
        resources.len()
    );
    for (i, resource) in resources.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(resource);
    }
    text.push_str("]}");
    text
}

fn everything(
    connection: &Connection,
    renderer: &mut Renderer<'_>,
    beginnings: &Beginnings,
    kind: Kind,
    query: &ListQuery,
) -> Result<(u64, Vec<String>), Refusal> {
    let total = u64::try_from(database::counter(connection, "total", kind.name())?).unwrap_or(0);
    if query.count == 0 || query.start_index > total {
        return Ok((total, Vec::new()));
    }
    let deleted = database::counter(connection, "deleted", kind.name())?;
    let (near, after) = beginnings.before(kind, deleted, query.start_index);
    let rows = database::page(connection, kind, after, query.start_index - near, query.count)?;
    if let Some(last) = rows.last() {
        beginnings.remember(kind, deleted, query.start_index + rows.len() as u64, last.seq);
    }
    Ok((total, rows.iter().map(|row| renderer.text(row)).collect::<Result<_, _>>()?))
}

fn filtered(
    connection: &Connection,
    renderer: &mut Renderer<'_>,
    of: &ServedType,
    filter: &Filter,
    query: &ListQuery,
) -> Result<(u64, Vec<String>), Refusal> {
    let extras = Extras {
        assigned_users: matching::mentions(filter, "assignedUsers"),
        role_names: matching::mentions(filter, "roles"),
    };
    let end = query.start_index.saturating_add(query.count);
    let mut total = 0;
    let mut texts = Vec::new();
    let mut refused = None;
    database::each(connection, of.kind, &lookup(of, filter), &mut |row| {
        if refused.is_some() {
            return Ok(());
        }
        let mut visit = || -> Result<(), Refusal> {
            if matching::selects(of, filter, &renderer.resource(&row, extras)?) {
                total += 1;
                if (query.start_index..end).contains(&total) {
                    texts.push(renderer.text(&row)?);
                }
            }
            Ok(())
        };
        refused = visit().err();
        Ok(())
    })?;
    refused.map_or(Ok((total, texts)), Err)
}

/// An index that finds everything a filter can select; the filter still decides.
fn lookup(of: &ServedType, filter: &Filter) -> Lookup {
    match filter {
        Filter::Compare(path, Operator::Equal, Literal::String(text)) => by_index(of, path, text),
        Filter::Values(path, inner) if of.kind == Kind::User && path.attribute.eq_ignore_ascii_case("roles") => {
            match &**inner {
                Filter::Compare(part, Operator::Equal, Literal::String(id))
                    if part.attribute.eq_ignore_ascii_case("value") =>
                {
                    Lookup::Role(id.clone())
                }
                _ => Lookup::Everything,
            }
        }
        Filter::And(parts) => parts
            .iter()
            .map(|part| lookup(of, part))
            .find(|lookup| !matches!(lookup, Lookup::Everything))
            .unwrap_or(Lookup::Everything),
        _ => Lookup::Everything,
    }
}

fn by_index(of: &ServedType, path: &AttributePath, text: &str) -> Lookup {
    let is = |name: &str| path.attribute.eq_ignore_ascii_case(name);
    match path.sub.as_deref() {
        None if is(of.kind.key()) => Lookup::Key(fold(text)),
        None if is("id") => Lookup::Id(text.to_owned()),
        None if is("externalId") => Lookup::ExternalId(text.to_owned()),
        None | Some("value") if of.kind == Kind::User && is("roles") => Lookup::Role(text.to_owned()),
        _ => Lookup::Everything,
    }
}
