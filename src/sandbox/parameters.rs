//! What a request says of the list or resource that it wants, in its query or in the body of a
//! `.search` (RFC 7644 §3.4.2, §3.4.3; RFC 9865).

use axum::extract::{Query, Request};
use serde_json::Value;

use crate::scim::filter::Filter;
use crate::scim::message::{SEARCH_REQUEST, SearchRequest};

use super::cursor::{Cursors, Mark, Short, short};
use super::matching;
use super::refusal::Refusal;
use super::render::Projection;
use super::served::{Kind, Served, ServedType};
use super::sorting::{self, Sort, is_stored};

/// The most resources in one answer, announced as `filter.maxResults`: 1000 users are 600 kB.
pub(super) const MAX_RESULTS: u64 = 1000;
/// How many resources an answer holds when the caller does not say.
pub(super) const DEFAULT_COUNT: u64 = 100;

/// What a list is asked for.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    /// Of which type; `None` at the root, for all that are stored.
    pub(super) kind: Option<Kind>,
    pub(super) filter: Option<Filter>,
    pub(super) sort: Option<Sort>,
    pub(super) begin: Begin,
    pub(super) count: u64,
    pub(super) projection: Projection,
    /// Stands for all of this but place and size of the page.
    pub(super) list: Short,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// At an index from 1 on.
    At(u64),
    /// Behind the resource that a cursor names, or with the first one.
    Behind(Option<Mark>),
}

/// The parameters that we know; others are ignored (RFC 7644 §3.4.2).
#[derive(Debug, Default)]
pub(super) struct Parameters {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    cursor: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl Parameters {
    pub(super) fn read(request: &Request) -> Result<Self, Refusal> {
        let Query(pairs): Query<Vec<(String, String)>> = Query::try_from_uri(request.uri())
            .map_err(|_| Refusal::syntax("the query is not percent-encoded UTF-8"))?;
        let mut parameters = Self::default();
        for (name, value) in pairs {
            let known = match name.as_str() {
                "filter" => &mut parameters.filter,
                "sortBy" => &mut parameters.sort_by,
                "sortOrder" => &mut parameters.sort_order,
                "startIndex" => &mut parameters.start_index,
                "count" => &mut parameters.count,
                "cursor" => &mut parameters.cursor,
                "attributes" => &mut parameters.attributes,
                "excludedAttributes" => &mut parameters.excluded,
                _ => continue,
            };
            *known = Some(value);
        }
        Ok(parameters)
    }

    /// The same from the body of a `.search` (RFC 7644 §3.4.3).
    pub(super) fn search(body: Value) -> Result<Self, Refusal> {
        let request: SearchRequest =
            serde_json::from_value(body).map_err(|error| Refusal::syntax(format!("not a search request: {error}")))?;
        if !request.schemas.iter().any(|schema| schema.eq_ignore_ascii_case(SEARCH_REQUEST)) {
            return Err(Refusal::syntax(format!("`schemas` names `{SEARCH_REQUEST}` in a search request")));
        }
        Ok(Self {
            filter: request.filter,
            sort_by: request.sort_by,
            sort_order: request.sort_order,
            start_index: request.start_index.map(|number| number.to_string()),
            count: request.count.map(|number| number.to_string()),
            cursor: request.cursor,
            attributes: request.attributes.map(|names| names.join(",")),
            excluded: request.excluded_attributes.map(|names| names.join(",")),
        })
    }

    /// Whether the request asks for a part of what there is.
    pub(super) fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    pub(super) fn projection(&self) -> Result<Projection, Refusal> {
        Projection::read(self.attributes.as_deref(), self.excluded.as_deref())
    }

    /// What is asked for, of one type or of all.
    pub(super) fn list(
        &self,
        served: &Served,
        of: Option<&ServedType>,
        cursors: &Cursors,
    ) -> Result<ListQuery, Refusal> {
        let kind = of.map(|of| of.kind);
        let texts = [&self.filter, &self.sort_by, &self.sort_order, &self.attributes, &self.excluded];
        let list = short(&[&[kind.map(Kind::name)][..], &texts.map(Option::as_deref)].concat());
        let begin = match self.cursor.as_deref() {
            None => Begin::At(self.start_index()?),
            Some("") => Begin::Behind(None),
            Some(text) => Begin::Behind(Some(cursors.read(text, list)?)),
        };
        let projection = self.projection()?;
        Ok(ListQuery {
            kind,
            filter: self.filter(served, of)?,
            sort: self.sort(served, of)?,
            begin,
            count: self.count()?,
            projection,
            list,
        })
    }

    fn filter(&self, served: &Served, of: Option<&ServedType>) -> Result<Option<Filter>, Refusal> {
        let Some(text) = &self.filter else { return Ok(None) };
        let filter = Filter::parse(text).map_err(|error| Refusal::filter(format!("`{text}` is no filter: {error}")))?;
        match of {
            Some(of) => matching::check(of, &filter)?,
            None => matching::check_everywhere(&served.types, &filter)?,
        }
        Ok(Some(filter))
    }

    fn sort(&self, served: &Served, of: Option<&ServedType>) -> Result<Option<Sort>, Refusal> {
        let Some(by) = &self.sort_by else { return Ok(None) };
        let sort = Sort::read(by, self.sort_order.as_deref())?;
        match of {
            Some(of) => sort.check(of)?,
            None => sorting::check_any(&sort, served.types.iter().filter(|of| is_stored(of)))?,
        }
        Ok(Some(sort))
    }

    /// Below 1 is 1 (RFC 7644 §3.4.2.4).
    fn start_index(&self) -> Result<u64, Refusal> {
        let number = number(self.start_index.as_deref());
        let number = number.map_err(|()| Refusal::value("`startIndex` is a whole number"))?;
        Ok(number.unwrap_or(1).max(1).unsigned_abs())
    }

    /// Below 0 is 0 by index (RFC 7644 §3.4.2.4); by cursor a page has a size (RFC 9865 §3), for
    /// one of none would be the last.
    fn count(&self) -> Result<u64, Refusal> {
        let number = number(self.count.as_deref());
        if self.cursor.is_some() && !matches!(number, Ok(None | Some(1..))) {
            return Err(Refusal::count("`count` is a whole number from 1 on"));
        }
        let number = number.map_err(|()| Refusal::value("`count` is a whole number"))?;
        Ok(number.map_or(DEFAULT_COUNT, |count| count.max(0).unsigned_abs()).min(MAX_RESULTS))
    }
}

fn number(text: Option<&str>) -> Result<Option<i64>, ()> {
    text.map(|text| text.trim().parse().map_err(|_| ())).transpose()
}
