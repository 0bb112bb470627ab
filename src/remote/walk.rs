//! A whole list, page by page: complete, or an error.
//!
//! Index paging is stateless, so a list can change under the walk (RFC 7644 §3.4.2.4). A list
//! counts as complete when every page announces the same total, no id repeats, and as many
//! distinct ids arrived as were announced. A total that could be nothing but the length of a page is
//! doubted, and asked what follows it. By cursor (RFC 9865) the page without a next one is the
//! end, and the total counts only where it is said. Not responsible for what the resources are.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use reqwest::Url;
use serde::de::Error as _;
use tokio::task::JoinSet;

use super::client::{Client, Request};
use super::error::RemoteError;
use crate::scim::message::{SEARCH_REQUEST, SearchRequest};

/// The most resources of one kind that are read: a hundred times what we are built for. It bounds
/// what a target that announces nonsense can make us do.
const MAX_RESOURCES: u64 = 100_000_000;
/// How often a list is read that changes while it is read, or whose cursor expires.
const MAX_WALKS: u32 = 2;
/// Empty pages in a row that still have a next one. A target that searches as it goes may have a
/// few (RFC 9865 §2.1 allows a page of nothing); one that has so many does not come to an end.
const MAX_EMPTY_PAGES: u32 = 100;

/// Some targets cap a page and call what is on it the total. Caps
/// are round numbers: a list that ends with its first page and has a multiple of this many is asked
/// for one more. That costs a request for one list in ten, and none where there are several pages.
const ROUND: u64 = 10;

/// How pages are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paging {
    /// GET with `startIndex` and `count`.
    #[default]
    Index,
    /// GET with `cursor` and `count` (RFC 9865).
    Cursor,
    /// POST to `.search` with the same numbers (RFC 7644 §3.4.3), where GET does not heed them.
    Search,
}

/// A list to walk.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// The word for one of its resources.
    pub kind: &'static str,
    pub url: Url,
    pub page_size: u32,
    /// Pages that may be under way or waiting for their turn.
    pub ahead: usize,
    /// How its pages are asked for at first.
    pub paging: Paging,
}

/// A list that was read whole.
#[derive(Debug)]
pub(super) struct Walked<C> {
    pub collected: C,
    /// Requests that it took.
    pub pages: u64,
    /// How its pages came.
    pub paging: Paging,
}

/// What one page says of itself.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub total: Option<u64>,
    /// Resources on it.
    pub count: u64,
    /// The cursor of the page behind it.
    pub next: Option<String>,
}

/// The ids that were seen, as hashes: eight bytes each. Two that collide look like one that
/// repeats, and the second walk has another key.
#[derive(Default)]
pub(super) struct Ids {
    seen: HashSet<u64, foldhash::fast::RandomState>,
    key: foldhash::fast::RandomState,
    repeated: bool,
    /// The first id of the first page.
    first: Option<u64>,
    at_page_start: bool,
    restarts: bool,
}

impl Ids {
    pub fn push(&mut self, id: &str) {
        let hash = self.key.hash_one(id);
        if std::mem::take(&mut self.at_page_start) {
            self.restarts |= self.first == Some(hash);
            self.first = self.first.or(Some(hash));
        }
        self.repeated |= !self.seen.insert(hash);
    }
}

/// Collects the resources of a list, page by page, in order.
pub(super) trait Collect {
    /// Takes in a page's body.
    fn page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError>;
}

/// A page that cannot be taken in.
pub(super) enum PageError {
    Json(serde_json::Error),
    Resource(RemoteError),
}

impl From<serde_json::Error> for PageError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Reads the whole list; again, when it changes meanwhile or its cursor expires; and through
/// `.search`, when GET does not heed where a page shall begin.
pub(super) async fn walk<C: Collect>(
    client: &Arc<Client>,
    list: &List,
    collect: impl Fn() -> C,
) -> Result<Walked<C>, RemoteError> {
    let mut paging = list.paging;
    let mut walks = 1;
    // A target that ignores `startIndex` is told so, whatever its `.search` does.
    let mut ignores_start = None;
    loop {
        let error = match Walk::new(client, list, paging, &collect).run().await {
            Ok(Ok(walked)) => return Ok(walked),
            Ok(Err(error @ RemoteError::Incomplete { restarts: true, .. })) => {
                paging = Paging::Search;
                ignores_start = Some(error);
                continue;
            }
            Ok(Err(error)) => error,
            Err(error) if error.is_cursor_gone() => error,
            Err(error) => return Err(ignores_start.filter(|_| error.is_refusal()).unwrap_or(error)),
        };
        if walks == MAX_WALKS {
            return Err(ignores_start.unwrap_or(error));
        }
        walks += 1;
    }
}

struct Walk<'a, C, F> {
    client: &'a Arc<Client>,
    list: &'a List,
    paging: Paging,
    collect: &'a F,
    collected: C,
    ids: Ids,
    pages: u64,
    /// Whether every page announced the same total.
    steady: bool,
}

impl<'a, C: Collect, F: Fn() -> C> Walk<'a, C, F> {
    fn new(client: &'a Arc<Client>, list: &'a List, paging: Paging, collect: &'a F) -> Self {
        Self { client, list, paging, collect, collected: collect(), ids: Ids::default(), pages: 0, steady: true }
    }

    /// The outer error is the world's, the inner one a list that is not what it announces.
    async fn run(self) -> Result<Result<Walked<C>, RemoteError>, RemoteError> {
        match self.paging {
            Paging::Cursor => self.by_cursor().await,
            Paging::Index | Paging::Search => self.by_index().await,
        }
    }

    async fn by_index(mut self) -> Result<Result<Walked<C>, RemoteError>, RemoteError> {
        let page_size = u64::from(self.list.page_size.max(1));
        let (first, total) = self.fetch(1, page_size).await?;
        if total > MAX_RESOURCES {
            return Err(self.too_many(total));
        }
        if first.count > 0 && first.count < total {
            // A target may give fewer than were asked for; then that many make a page.
            self.rest(total, first.count).await?;
        } else if total > 0 && first.count == total && total.is_multiple_of(ROUND) {
            self.look_behind(total).await?;
        }
        Ok(self.whole(total))
    }

    /// Asks what follows a page that is said to be all. What is there and has not arrived yet makes the
    /// list incomplete; the same page again is that of a target which ignores where one shall begin.
    async fn look_behind(&mut self, total: u64) -> Result<(), RemoteError> {
        let body = match self.client.read(&self.request(total + 1, 1)).await {
            Ok(answer) => answer.body,
            // To some an index behind the last is an error: then there is nothing.
            Err(error) if error.is_refusal() => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut behind = Ids { key: self.ids.key.clone(), ..Ids::default() };
        match (self.collect)().page(&body, &mut behind) {
            Err(PageError::Resource(error)) => return Err(error),
            // What says that there is nothing may say it in other words.
            Err(PageError::Json(_)) => {}
            Ok(_) => self.ids.seen.extend(behind.seen),
        }
        Ok(())
    }

    /// Page after page: each cursor is in the answer before it.
    async fn by_cursor(mut self) -> Result<Result<Walked<C>, RemoteError>, RemoteError> {
        let endless = |kind, cause| Err(RemoteError::Endless { kind, cause });
        let mut given: HashSet<String> = HashSet::new();
        let (mut cursor, mut total, mut empty) = (String::new(), None, 0);
        loop {
            let request = self.request_at(&cursor);
            let body = self.client.read(&request).await?.body;
            let page = self.take(&request, &body)?;
            // A later page need not know how many there are.
            self.steady &= page.total.is_none() || total.is_none() || page.total == total;
            total = page.total.or(total);
            let arrived = self.ids.seen.len() as u64;
            if let Some(many) = [total, Some(arrived)].into_iter().flatten().find(|many| *many > MAX_RESOURCES) {
                return Err(self.too_many(many));
            }
            let Some(next) = page.next else { return Ok(self.whole(total.unwrap_or(arrived))) };
            if next.is_empty() || !given.insert(next.clone()) {
                return endless(self.list.kind, "the target gives a cursor that it gave before (RFC 9865 §2.1)");
            }
            empty = if page.count == 0 { empty + 1 } else { 0 };
            if empty > MAX_EMPTY_PAGES {
                return endless(self.list.kind, "page after page is empty and names a next one (RFC 9865 §2.1)");
            }
            cursor = next;
        }
    }

    /// What arrived, held against what was announced.
    fn whole(self, announced: u64) -> Result<Walked<C>, RemoteError> {
        let arrived = self.ids.seen.len() as u64;
        if self.steady && !self.ids.repeated && arrived == announced {
            return Ok(Walked { collected: self.collected, pages: self.pages, paging: self.paging });
        }
        let restarts = self.ids.restarts && self.paging == Paging::Index;
        Err(RemoteError::Incomplete { kind: self.list.kind, announced, arrived, restarts })
    }

    fn too_many(&self, announced: u64) -> RemoteError {
        RemoteError::TooMany { kind: self.list.kind, announced, limit: MAX_RESOURCES }
    }

    /// Pages after the first, some at once, taken in in order.
    async fn rest(&mut self, total: u64, size: u64) -> Result<(), RemoteError> {
        let mut starts = (0..).map(|page| 1 + page * size).skip(1).take_while(|start| *start <= total);
        let mut under_way = JoinSet::new();
        let mut arrived = BTreeMap::new();
        let mut next = 1 + size;
        while next <= total && self.steady && !self.ids.repeated {
            while under_way.len() + arrived.len() < self.list.ahead.max(1) {
                let Some(start) = starts.next() else { break };
                let (client, request) = (Arc::clone(self.client), self.request(start, size));
                under_way.spawn(async move { (start, client.read(&request).await) });
            }
            let Some(result) = under_way.join_next().await else { break };
            let (start, answer) = result.expect("reading a page does not panic");
            arrived.insert(start, answer?.body);
            while let Some(body) = arrived.remove(&next) {
                let expected = size.min(total + 1 - next);
                let page = self.take(&self.request(next, size), &body)?;
                self.steady &= page.total == Some(total);
                drop(body);
                // A page that came short is completed before the walk goes on: the next index
                // follows from what was returned, never from what was asked for.
                let mut got = page.count;
                while got < expected && self.steady {
                    let (more, now) = self.fetch(next + got, expected - got).await?;
                    self.steady &= now == total && more.count > 0;
                    got += more.count;
                }
                next += size;
            }
        }
        Ok(())
    }

    /// A page and the total that it announces, which pages by index must.
    async fn fetch(&mut self, start: u64, count: u64) -> Result<(Page, u64), RemoteError> {
        let request = self.request(start, count);
        let body = self.client.read(&request).await?.body;
        let page = self.take(&request, &body)?;
        let missing = || serde_json::Error::missing_field("totalResults");
        let total =
            page.total.ok_or_else(|| RemoteError::Malformed { attempt: request.attempt(), source: missing() })?;
        Ok((page, total))
    }

    fn take(&mut self, request: &Request, body: &[u8]) -> Result<Page, RemoteError> {
        self.pages += 1;
        self.ids.at_page_start = true;
        self.collected.page(body, &mut self.ids).map_err(|error| match error {
            PageError::Resource(error) => error,
            PageError::Json(source) => RemoteError::Malformed { attempt: request.attempt(), source },
        })
    }

    fn request(&self, start: u64, count: u64) -> Request {
        if self.paging == Paging::Search {
            let number = |number: u64| i64::try_from(number).ok();
            return Request::search(
                &self.list.url,
                &SearchRequest {
                    schemas: vec![SEARCH_REQUEST.to_owned()],
                    start_index: number(start),
                    count: number(count),
                    ..SearchRequest::default()
                },
            );
        }
        let mut url = self.list.url.clone();
        url.query_pairs_mut().append_pair("startIndex", &start.to_string()).append_pair("count", &count.to_string());
        Request::get(url)
    }

    /// The page at a cursor; at the empty one, the first.
    fn request_at(&self, cursor: &str) -> Request {
        let mut url = self.list.url.clone();
        let count = self.list.page_size.max(1).to_string();
        url.query_pairs_mut().append_pair("cursor", cursor).append_pair("count", &count);
        Request::get(url)
    }
}
