//! Lists: filters, orders, and where pages begin (RFC 7644 §3.4.2, RFC 9865).
//!
//! A page of everything is found by the key of the row before it, not by counting rows: a cursor
//! has it, and where pages by index ended is remembered until something moves. A page that nobody
//! was about to read is found from places that lie no further apart than a large page is long. A filter is asked
//! of the rows that an index finds for it, in their order; for an order that no index has, what is
//! sorted by is gathered, never the resources.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::scim::filter::{Filter, Literal, Operator};
use crate::scim::message::LIST_RESPONSE;
use crate::scim::path::AttributePath;

use super::cursor::{Cursors, Mark, Short, short};
use super::database::{self, Row};
use super::fold::fold;
use super::matching;
use super::parameters::{Begin, ListQuery};
use super::refusal::Refusal;
use super::render::{Extras, Renderer};
use super::scan::{self, Lookup, Place, Walk};
use super::served::{Kind, Served, ServedType};
use super::sorting::{Order, SortKey, is_stored};

/// Page beginnings remembered per list; a million resources in pages of 1000, and as many of
/// [`STRIDE`].
const MAX_REMEMBERED: usize = 2000;
/// How far a page may begin behind a remembered place, in rows: what is between is counted, in less
/// than a tenth of a millisecond. Tests have few rows.
const STRIDE: u64 = if cfg!(test) { 8 } else { 1000 };
/// The longest name, in bytes, that is remembered as the beginning of a page.
const MAX_REMEMBERED_BYTES: usize = 1024;

/// A type, or all; its order, and whether that is turned round.
type Ordered = (Option<Kind>, Order, bool);

/// Where pages begin: for a 1-based index the place before it.
#[derive(Debug, Default)]
pub(super) struct Beginnings(Mutex<HashMap<Ordered, Remembered>>);

/// How often anything of a list was made, deleted or moved.
type Stamp = [i64; 3];

#[derive(Debug, Default)]
struct Remembered {
    /// With another stamp all of this is void.
    stamp: Stamp,
    places: BTreeMap<u64, Place>,
}

impl Beginnings {
    /// The nearest beginning at or before an index: that index and the place before it.
    fn before(&self, list: Ordered, stamp: Stamp, index: u64) -> (u64, Option<Place>) {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered
            .get(&list)
            .filter(|remembered| remembered.stamp == stamp)
            .and_then(|remembered| remembered.places.range(..=index).next_back())
            .map_or((1, None), |(&index, place)| (index, Some(place.clone())))
    }

    fn remember(&self, list: Ordered, stamp: Stamp, index: u64, place: Place) {
        if place.value.as_ref().is_some_and(|value| value.len() > MAX_REMEMBERED_BYTES) {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = all.entry(list).or_default();
        if remembered.stamp != stamp || remembered.places.len() >= MAX_REMEMBERED {
            *remembered = Remembered { stamp, places: BTreeMap::new() };
        }
        remembered.places.insert(index, place);
    }
}

/// One page of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Of the list, not of the page; a later page by cursor need not know it.
    pub(super) total: Option<u64>,
    /// By index only.
    pub(super) start_index: Option<u64>,
    /// The resources, as JSON.
    pub(super) texts: Vec<String>,
    /// The cursor of the page behind it.
    pub(super) next: Option<String>,
}

/// The answer to a list, as JSON.
pub(super) fn list(
    connection: &Connection,
    served: &Served,
    beginnings: &Beginnings,
    cursors: &Cursors,
    query: &ListQuery,
) -> Result<String, Refusal> {
    // One transaction, so that totalResults and the page are of one moment.
    let transaction = connection.unchecked_transaction()?;
    let kinds = match query.kind {
        Some(kind) => vec![kind],
        None => served.types.iter().filter(|of| is_stored(of)).map(|of| of.kind).collect(),
    };
    let lookup = match (&query.filter, query.kind.and_then(|kind| served.of(kind))) {
        (None, _) => Lookup::Everything,
        (Some(filter), Some(of)) => lookup(filter, &|path, text| by_index(of, path, text)),
        (Some(filter), None) => lookup(filter, &by_index_of_any),
    };
    // With an index for the filter there is little to sort.
    let has_index = lookup != Lookup::Everything;
    let order = match (&query.sort, query.kind.and_then(|kind| served.of(kind))) {
        (None, _) => Some(Order::Created),
        (Some(sort), Some(of)) if !has_index => sort.order(of),
        _ => None,
    };
    let renderer = Renderer::new(&transaction, served, &query.projection);
    let mut listing =
        Listing { connection: &transaction, served, beginnings, query, kinds: &kinds, lookup: &lookup, renderer };
    let (mut page, last) = match order {
        Some(order) if query.filter.is_none() => listing.everything(order)?,
        Some(order) => listing.filtered(order)?,
        None => listing.sorted()?,
    };
    match query.begin {
        Begin::At(index) => page.start_index = Some(index),
        Begin::Behind(_) => page.next = last.map(|mark| cursors.write(mark, query.list)),
    }
    Ok(response(&page))
}

/// A [`ListResponse`](crate::scim::message::ListResponse) around resources that are JSON already.
pub(super) fn response(page: &Page) -> String {
    let length: usize = page.texts.iter().map(|text| text.len() + 1).sum();
    let mut text = String::with_capacity(length + 256);
    // Writing to a String cannot fail.
    let _ = write!(text, r#"{{"schemas":["{LIST_RESPONSE}"]"#);
    for (name, number) in [("totalResults", page.total), ("startIndex", page.start_index)] {
        if let Some(number) = number {
            let _ = write!(text, r#","{name}":{number}"#);
        }
    }
    if let Some(cursor) = &page.next {
        let _ = write!(text, r#","nextCursor":"{cursor}""#);
    }
    let _ = write!(text, r#","itemsPerPage":{},"Resources":["#, page.texts.len());
    for (i, resource) in page.texts.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(resource);
    }
    text.push_str("]}");
    text
}

/// A list that is being read.
struct Listing<'a> {
    connection: &'a Connection,
    served: &'a Served,
    beginnings: &'a Beginnings,
    query: &'a ListQuery,
    kinds: &'a [Kind],
    lookup: &'a Lookup,
    renderer: Renderer<'a>,
}

/// A page, and behind what the next one begins, where there is one.
type Found = Result<(Page, Option<Mark>), Refusal>;

impl Listing<'_> {
    fn descending(&self) -> bool {
        self.query.sort.as_ref().is_some_and(|sort| sort.descending)
    }

    fn counted(&self, what: &str) -> Result<i64, Refusal> {
        let of = |kind: &Kind| database::counter(self.connection, what, kind.name());
        Ok(self.kinds.iter().map(of).sum::<rusqlite::Result<i64>>()?)
    }

    /// The place behind which a cursor's page begins.
    fn behind(&self, order: Order, mark: Mark) -> Result<Place, Refusal> {
        let place = scan::place(self.connection, order, mark.seq)?;
        place.filter(|place| sorted_by(place) == mark.sorted_by).ok_or_else(gone)
    }

    fn walk(&self, order: Order, after: Option<Place>, skip: u64, limit: u64) -> Walk<'_> {
        Walk { kinds: self.kinds, lookup: self.lookup, order, descending: self.descending(), after, skip, limit }
    }

    /// A place shortly before an index, and the index behind it; those on the way are remembered.
    fn near(&self, list: Ordered, stamp: Stamp, index: u64) -> Result<(u64, Option<Place>), Refusal> {
        let (mut near, mut place) = self.beginnings.before(list, stamp, index);
        while index - near >= STRIDE {
            let walk = self.walk(list.1, place.clone(), 0, 1);
            let Some(next) = walk.place_at(self.connection, STRIDE)? else { break };
            near += STRIDE;
            self.beginnings.remember(list, stamp, near, next.clone());
            place = Some(next);
        }
        Ok((near, place))
    }

    /// No filter: nothing but the page is read.
    fn everything(&mut self, order: Order) -> Found {
        let total = u64::try_from(self.counted("total")?).unwrap_or(0);
        let count = self.query.count;
        let is_moved = if order == Order::Created { [0, 0] } else { [self.counted("total")?, self.counted("moved")?] };
        let stamp = [self.counted("deleted")?, is_moved[0], is_moved[1]];
        let list = (self.query.kind, order, self.descending());
        let (after, skip) = match self.query.begin {
            Begin::At(index) if count == 0 || index > total => {
                return Ok((Page { total: Some(total), ..Page::default() }, None));
            }
            Begin::At(index) => {
                let (near, place) = self.near(list, stamp, index)?;
                (place, index - near)
            }
            Begin::Behind(mark) => (mark.map(|mark| self.behind(order, mark)).transpose()?, 0),
        };
        let mut rows = Vec::new();
        // One more than the page has says whether there is another.
        self.walk(order, after, skip, count + 1).each(self.connection, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        let has_more = rows.len() as u64 > count;
        rows.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let last = rows.last().map(|row| scan::place_of(order, row));
        if let (Begin::At(index), Some(last)) = (self.query.begin, &last) {
            self.beginnings.remember(list, stamp, index + rows.len() as u64, last.clone());
        }
        let texts = rows.iter().map(|row| self.renderer.text(row)).collect::<Result<_, _>>()?;
        Ok((Page { total: Some(total), texts, ..Page::default() }, last.filter(|_| has_more).map(|last| mark(&last))))
    }

    /// A filter, in an order of the database: the resources that the page holds are kept, no other.
    fn filtered(&mut self, order: Order) -> Found {
        let Some(filter) = &self.query.filter else { return self.everything(order) };
        let (connection, served, count) = (self.connection, self.served, self.query.count);
        let extras = self.extras();
        let (after, first) = match self.query.begin {
            Begin::At(index) => (None, index),
            Begin::Behind(mark) => (mark.map(|mark| self.behind(order, mark)).transpose()?, 1),
        };
        // How many there are is said once, for saying it takes reading them all.
        let is_later = after.is_some();
        let end = first.saturating_add(count);
        let walk = Walk {
            kinds: self.kinds,
            lookup: self.lookup,
            order,
            descending: self.descending(),
            after,
            skip: 0,
            limit: u64::MAX,
        };
        let (mut total, mut texts, mut last, mut refused) = (0, Vec::new(), None, None);
        let renderer = &mut self.renderer;
        walk.each(connection, &mut |row| {
            let mut visit = || -> Result<(), Refusal> {
                if selects(served, renderer, filter, &row, extras)? {
                    total += 1;
                    if (first..end).contains(&total) {
                        texts.push(renderer.text(&row)?);
                        last = Some(scan::place_of(order, &row));
                    }
                }
                Ok(())
            };
            refused = visit().err();
            if refused.is_some() || (is_later && total >= end) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        refused.map_or(Ok(()), Err)?;
        let page = Page { total: (!is_later).then_some(total), texts, ..Page::default() };
        Ok((page, last.filter(|_| total >= end).map(|last| mark(&last))))
    }

    /// An order that the database has not.
    fn sorted(&mut self) -> Found {
        let (connection, served, query) = (self.connection, self.served, self.query);
        let Some(sort) = &query.sort else { return self.filtered(Order::Created) };
        let extras = self.extras();
        let walk = Walk {
            kinds: self.kinds,
            lookup: self.lookup,
            order: Order::Created,
            descending: false,
            after: None,
            skip: 0,
            limit: u64::MAX,
        };
        let mut keys: Vec<(SortKey, i64)> = Vec::new();
        let mut refused = None;
        let renderer = &mut self.renderer;
        walk.each(connection, &mut |row| {
            let mut visit = || -> Result<(), Refusal> {
                let Some(of) = served.of(row.kind) else { return Ok(()) };
                let resource = renderer.resource(&row, extras)?;
                if query.filter.as_ref().is_none_or(|filter| matching::selects(of, filter, &resource)) {
                    keys.push((sort.key(of, &resource), row.seq));
                }
                Ok(())
            };
            refused = visit().err();
            if refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        refused.map_or(Ok(()), Err)?;
        keys.sort_unstable();
        if sort.descending {
            keys.reverse();
        }
        let text = |key: &SortKey| short(&[Some(&format!("{key:?}"))]);
        let from = match query.begin {
            Begin::At(index) => usize::try_from(index - 1).unwrap_or(usize::MAX).min(keys.len()),
            Begin::Behind(None) => 0,
            Begin::Behind(Some(mark)) => {
                let is_it = |(key, seq): &(SortKey, i64)| *seq == mark.seq && text(key) == mark.sorted_by;
                keys.iter().position(is_it).ok_or_else(gone)? + 1
            }
        };
        let to = from.saturating_add(usize::try_from(query.count).unwrap_or(usize::MAX)).min(keys.len());
        let seqs: Vec<i64> = keys[from..to].iter().map(|(_, seq)| *seq).collect();
        let rows = scan::by_seq(connection, &seqs)?;
        let texts = rows.iter().map(|row| self.renderer.text(row)).collect::<Result<_, _>>()?;
        let last = keys[from..to].last().filter(|_| to < keys.len());
        let last = last.map(|(key, seq)| Mark { seq: *seq, sorted_by: text(key) });
        Ok((Page { total: Some(keys.len() as u64), texts, ..Page::default() }, last))
    }

    /// What of a resource must be looked up to filter and sort it.
    fn extras(&self) -> Extras {
        let is_named = |name: &str| {
            self.query.filter.as_ref().is_some_and(|filter| matching::mentions(filter, name))
                || self.query.sort.as_ref().is_some_and(|sort| sort.names(name))
        };
        Extras { assigned_users: is_named("assignedUsers"), role_names: is_named("roles") }
    }
}

fn selects(
    served: &Served,
    renderer: &mut Renderer<'_>,
    filter: &Filter,
    row: &Row,
    extras: Extras,
) -> Result<bool, Refusal> {
    let Some(of) = served.of(row.kind) else { return Ok(false) };
    Ok(matching::selects(of, filter, &renderer.resource(row, extras)?))
}

fn gone() -> Refusal {
    Refusal::expired("the resource that the page before ended with is gone or elsewhere; begin again")
}

fn sorted_by(place: &Place) -> Short {
    short(&[place.value.as_deref()])
}

fn mark(place: &Place) -> Mark {
    Mark { seq: place.seq, sorted_by: sorted_by(place) }
}

/// An index that finds everything a filter can select; the filter still decides.
fn lookup(filter: &Filter, by_index: &dyn Fn(&AttributePath, (Operator, &str)) -> Lookup) -> Lookup {
    match filter {
        Filter::Compare(path, operator @ (Operator::Equal | Operator::StartsWith), Literal::String(text)) => {
            by_index(path, (*operator, text))
        }
        Filter::Values(path, inner) if path.attribute.eq_ignore_ascii_case("roles") => match &**inner {
            Filter::Compare(part, Operator::Equal, Literal::String(id))
                if part.attribute.eq_ignore_ascii_case("value") =>
            {
                by_index(path, (Operator::Equal, id))
            }
            _ => Lookup::Everything,
        },
        Filter::And(parts) => parts
            .iter()
            .map(|part| lookup(part, by_index))
            .find(|lookup| *lookup != Lookup::Everything)
            .unwrap_or(Lookup::Everything),
        _ => Lookup::Everything,
    }
}

fn by_index(of: &ServedType, path: &AttributePath, (operator, text): (Operator, &str)) -> Lookup {
    let is = |name: &str| path.attribute.eq_ignore_ascii_case(name);
    match (path.sub.as_deref(), operator) {
        (None, Operator::Equal) if is(of.kind.key()) => Lookup::Key(fold(text)),
        (None, Operator::StartsWith) if is(of.kind.key()) => prefix(text),
        (None, Operator::Equal) if is("id") => Lookup::Id(text.to_owned()),
        (None, Operator::Equal) if is("externalId") => Lookup::ExternalId(text.to_owned()),
        (None | Some("value"), Operator::Equal) if of.kind == Kind::User && is("roles") => {
            Lookup::Role(text.to_owned())
        }
        _ => Lookup::Everything,
    }
}

/// At the root: what is called the same, and means the same, in every type.
fn by_index_of_any(path: &AttributePath, (operator, text): (Operator, &str)) -> Lookup {
    let is = |name: &str| path.attribute.eq_ignore_ascii_case(name);
    match (path.sub.as_deref(), operator) {
        (None, Operator::Equal) if is("id") => Lookup::Id(text.to_owned()),
        (None, Operator::Equal) if is("externalId") => Lookup::ExternalId(text.to_owned()),
        (None, Operator::Equal) if is("userName") => Lookup::Key(fold(text)),
        _ => Lookup::Everything,
    }
}

/// The last character is left out, and what is not ASCII: what follows it in a name can make
/// another one of it when both are composed.
fn prefix(text: &str) -> Lookup {
    let folded = fold(text);
    let ascii = folded.bytes().take_while(u8::is_ascii).count();
    match ascii.checked_sub(1) {
        Some(length @ 1..) => Lookup::KeyPrefix(folded[..length].to_owned()),
        _ => Lookup::Everything,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::platform::built_in;
    use crate::scim::schema::URN_PREFIX;

    use super::*;

    /// What of an index is asked for a filter of a type.
    #[track_caller]
    fn check(kind: Kind, filter: &str, expected: &str) {
        let pack = Arc::new(built_in("open").expect("it is carried"));
        let served = Served::new(pack, URN_PREFIX.to_owned(), String::new());
        let of = served.of(kind).expect("it is served");
        let filter = Filter::parse(filter).expect("it is a filter");
        assert_eq!(format!("{:?}", lookup(&filter, &|path, text| by_index(of, path, text))), expected);
    }

    #[test]
    fn names_and_ids_are_looked_up_and_what_else_is_asked_decides_among_them() {
        check(Kind::User, r#"userName eq "ANA""#, r#"Key("ana")"#);
        check(Kind::User, r#"USERNAME EQ "Žofie""#, r#"Key("žofie")"#);
        check(Kind::Role, r#"displayName eq "Loan  Officer""#, r#"Key("loan officer")"#);
        check(Kind::Segment, r#"displayName eq "S" and enabled eq true"#, r#"Key("s")"#);
        check(Kind::User, r#"active eq true and externalId eq "X-1""#, r#"ExternalId("X-1")"#);
        check(Kind::User, r#"id eq "1" or id eq "2""#, "Everything");
        check(Kind::User, r#"id eq "1" and (active eq true or userName sw "a")"#, r#"Id("1")"#);
        check(Kind::User, r#"roles[value eq "r"]"#, r#"Role("r")"#);
        check(Kind::User, r#"roles.value eq "r""#, r#"Role("r")"#);
    }

    #[test]
    fn a_beginning_is_looked_up_but_for_what_may_be_composed() {
        check(Kind::User, r#"userName sw "Ana""#, r#"KeyPrefix("an")"#);
        check(Kind::Role, r#"displayName sw "Loan Ö""#, r#"KeyPrefix("loan")"#);
        check(Kind::User, r#"userName sw "A""#, "Everything");
    }

    #[test]
    fn what_no_index_has_is_read() {
        for filter in [r#"displayName eq "x""#, r#"userName ne "x""#, r#"not (userName eq "x")"#, "userName pr"] {
            check(Kind::User, filter, "Everything");
        }
    }
}
