//! A whole list, page by page: complete, or an error.
//!
//! Index paging is stateless, so a list can change under the walk (RFC 7644 §3.4.2.4). A list
//! counts as complete when every page announces the same total, no id repeats, and as many
//! distinct ids arrived as were announced. Not responsible for what the resources are.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use reqwest::Url;
use tokio::task::JoinSet;

use super::client::{Client, Request};
use super::error::RemoteError;

/// The most resources of one kind that are read: a hundred times what we are built for. It bounds
/// what a target that announces nonsense can make us do.
const MAX_RESOURCES: u64 = 100_000_000;

/// A list to walk.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// The word for one of its resources.
    pub kind: &'static str,
    pub url: Url,
    pub page_size: u32,
    /// Pages that may be under way or waiting for their turn.
    pub ahead: usize,
}

/// What one page says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub total: u64,
    /// Resources on it.
    pub count: u64,
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

/// Reads the whole list; twice, when it changes the first time. Returns the number of pages too.
pub(super) async fn walk<C: Collect>(
    client: &Arc<Client>,
    list: &List,
    collect: impl Fn() -> C,
) -> Result<(C, u64), RemoteError> {
    let mut incomplete = RemoteError::Incomplete { kind: list.kind, announced: 0, arrived: 0, restarts: false };
    for _ in 0..2 {
        match Walk::new(client, list, collect()).run().await? {
            Ok(done) => return Ok(done),
            Err(error) => incomplete = error,
        }
    }
    Err(incomplete)
}

struct Walk<'a, C> {
    client: &'a Arc<Client>,
    list: &'a List,
    collected: C,
    ids: Ids,
    pages: u64,
    /// Whether every page announced the same total.
    steady: bool,
}

impl<'a, C: Collect> Walk<'a, C> {
    fn new(client: &'a Arc<Client>, list: &'a List, collected: C) -> Self {
        Self { client, list, collected, ids: Ids::default(), pages: 0, steady: true }
    }

    /// The outer error is the world's, the inner one a list that is not what it announces.
    async fn run(mut self) -> Result<Result<(C, u64), RemoteError>, RemoteError> {
        let page_size = u64::from(self.list.page_size.max(1));
        let first = self.fetch(1, page_size).await?;
        let total = first.total;
        if total > MAX_RESOURCES {
            return Err(RemoteError::TooMany { kind: self.list.kind, announced: total, limit: MAX_RESOURCES });
        }
        if first.count > 0 && first.count < total {
            // A target may give fewer than were asked for; then that many make a page.
            self.rest(total, first.count).await?;
        }
        let arrived = self.ids.seen.len() as u64;
        if self.steady && !self.ids.repeated && arrived == total {
            return Ok(Ok((self.collected, self.pages)));
        }
        Ok(Err(RemoteError::Incomplete {
            kind: self.list.kind,
            announced: total,
            arrived,
            restarts: self.ids.restarts,
        }))
    }

    /// Pages after the first, some at once, taken in in order.
    async fn rest(&mut self, total: u64, size: u64) -> Result<(), RemoteError> {
        let mut starts = (0..).map(|page| 1 + page * size).skip(1).take_while(|start| *start <= total);
        let mut under_way = JoinSet::new();
        let mut arrived = BTreeMap::new();
        let mut next = 1 + size;
        while next <= total && self.steady {
            while under_way.len() + arrived.len() < self.list.ahead.max(1) {
                let Some(start) = starts.next() else { break };
                let (client, url) = (Arc::clone(self.client), self.url(start, size));
                under_way.spawn(async move { (start, client.get(url).await) });
            }
            let Some(result) = under_way.join_next().await else { break };
            let (start, answer) = result.expect("reading a page does not panic");
            arrived.insert(start, answer?.body);
            while let Some(body) = arrived.remove(&next) {
                let expected = size.min(total + 1 - next);
                let page = self.take(next, size, &body)?;
                self.steady &= page.total == total;
                drop(body);
                // A page that came short is completed before the walk goes on: the next index
                // follows from what was returned, never from what was asked for.
                let mut got = page.count;
                while got < expected && self.steady {
                    let more = self.fetch(next + got, expected - got).await?;
                    self.steady &= more.total == total && more.count > 0;
                    got += more.count;
                }
                next += size;
            }
        }
        Ok(())
    }

    async fn fetch(&mut self, start: u64, count: u64) -> Result<Page, RemoteError> {
        let body = self.client.get(self.url(start, count)).await?.body;
        self.take(start, count, &body)
    }

    fn take(&mut self, start: u64, count: u64, body: &[u8]) -> Result<Page, RemoteError> {
        self.pages += 1;
        self.ids.at_page_start = true;
        self.collected.page(body, &mut self.ids).map_err(|error| match error {
            PageError::Resource(error) => error,
            PageError::Json(source) => {
                RemoteError::Malformed { attempt: Request::get(self.url(start, count)).attempt(), source }
            }
        })
    }

    fn url(&self, start: u64, count: u64) -> Url {
        let mut url = self.list.url.clone();
        url.query_pairs_mut().append_pair("startIndex", &start.to_string()).append_pair("count", &count.to_string());
        url
    }
}
