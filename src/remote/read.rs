//! Reading a target: everything that it holds, complete.
//!
//! A [`Reader`] has no method that writes. Not responsible for what the state means.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value as Json};
use tokio::task::JoinSet;

use super::catalogue::{self, Entities};
use super::client::{Client, Counts, Request};
use super::discovery::{Announced, Shapes, discover};
use super::error::RemoteError;
use super::listed::Listed;
use super::mapped::seen_mapped_user;
use super::shape::Shape;
use super::target::Target;
use super::walk::{Collect, Ids, List, Page, PageError, Paging, Walked, walk};
use super::wire::{Seen, Unreadable, WireUser, is_usable, seen_object, seen_user};
use crate::platform::Pack;
use crate::scim::message::{SEARCH_REQUEST, SearchRequest};
use crate::state::{
    CatalogueEntity, Kind, Live, LiveObject, LiveUser, LiveUsers, Organization, Value, attribute, fold,
};

/// Reads a target.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) connection: Arc<Connection>,
}

/// What reader and writer share.
#[derive(Debug)]
pub(super) struct Connection {
    pub client: Arc<Client>,
    pub announced: Announced,
    shapes: OnceLock<Shapes>,
    /// How each kind's list was last read, and in how many pages.
    walked: Mutex<BTreeMap<Kind, (Paging, u64)>>,
    pub page_size: u32,
    ahead: usize,
    pub settle: std::time::Duration,
}

impl Reader {
    /// Reads what the target announces of itself.
    ///
    /// # Errors
    ///
    /// The target cannot be reached, does not accept the token, or is no SCIM service.
    pub async fn connect(target: &Target) -> Result<Self, RemoteError> {
        let client = Arc::new(Client::new(target)?);
        let announced = discover(&client).await?;
        let most = announced.max_page_size().unwrap_or(u32::MAX);
        let page_size = target.page_size.min(most);
        let connection = Connection {
            client,
            announced,
            shapes: OnceLock::new(),
            walked: Mutex::default(),
            page_size,
            // While one page is taken in, as many as may be under way wait or travel.
            ahead: target.concurrency.max(1) * 2,
            settle: target.settle,
        };
        Ok(Self { connection: Arc::new(connection) })
    }

    /// Reads everything that the target holds of our kinds: ⌈N / page size⌉ requests for a kind of
    /// N resources, at least one; one more where a first page has all, a multiple of ten. The pack's
    /// attributes stand in for schemas that the target does not announce.
    ///
    /// # Errors
    ///
    /// A request fails for good, or a list is not complete.
    pub async fn read(&self, pack: &Pack) -> Result<Live, RemoteError> {
        let connection = &self.connection;
        let shapes = connection.shapes(Some(pack));
        let etags = shapes.capabilities.etag;
        let mut lists = JoinSet::new();
        for (&kind, shape) in &shapes.by_kind {
            if kind != Kind::User {
                let (connection, shape) = (Arc::clone(connection), shape.clone());
                lists.spawn(async move { connection.objects(&shape, etags).await.map(|objects| (kind, objects)) });
            }
        }
        let users = async {
            match shapes.by_kind.get(&Kind::User) {
                Some(shape) => connection.users(shape, etags).await,
                None => Ok(LiveUsers::default()),
            }
        };
        let (users, organization, catalogue) =
            tokio::join!(users, connection.organization(shapes), connection.catalogue(shapes));
        let users = users?;
        let mut live = Live {
            capabilities: shapes.capabilities.clone(),
            organization: organization?,
            objects: BTreeMap::new(),
            users,
            catalogue: catalogue?,
        };
        while let Some(list) = lists.join_next().await {
            let (kind, objects) = list.expect("reading a list does not panic")?;
            live.objects.insert(kind, objects);
        }
        live.capabilities.degradations.extend(connection.shown_by_lists());
        if live.capabilities.role_names {
            live.objects.insert(Kind::Role, named_roles(&live.users));
        }
        Ok(live)
    }

    /// How many requests were sent so far, by this reader and by a writer made from it.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.connection.client.counts()
    }
}

impl Connection {
    /// What the target holds, as far as it announces it; decided by the first pack that asks.
    pub fn shapes(&self, pack: Option<&Pack>) -> &Shapes {
        self.shapes.get_or_init(|| self.announced.shapes(&self.client, pack))
    }

    pub fn has_filters(&self) -> bool {
        self.announced.config.as_ref().is_some_and(|config| config.filter.supported)
    }

    /// Walks the list of a kind.
    pub async fn walk<C: Collect>(&self, shape: &Shape, start: impl Fn() -> C) -> Result<C, RemoteError> {
        let list = self.list(shape.kind.word(), &shape.url);
        let Walked { collected, pages, paging } = walk(&self.client, &list, start).await?;
        self.walked.lock().unwrap_or_else(PoisonError::into_inner).insert(shape.kind, (paging, pages));
        Ok(collected)
    }

    fn list(&self, kind: &'static str, url: &reqwest::Url) -> List {
        List { kind, url: url.clone(), page_size: self.page_size, ahead: self.ahead, paging: self.announced.paging() }
    }

    /// How many requests the list of a kind takes, as far as we know.
    pub fn pages(&self, kind: Kind) -> u64 {
        self.walked.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).map_or(1, |(_, pages)| *pages)
    }

    /// What showed itself only while lists were read.
    fn shown_by_lists(&self) -> Option<String> {
        let walked = self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        let ignores_start = walked.values().any(|(paging, _)| *paging == Paging::Search);
        ignores_start.then(|| {
            "the target ignores `startIndex` on GET (RFC 7644 §3.4.2.4); long lists are read through `.search`"
                .to_owned()
        })
    }

    async fn users(&self, shape: &Shape, etags: bool) -> Result<LiveUsers, RemoteError> {
        let named = !self.shapes(None).by_kind.contains_key(&Kind::Role);
        let start = || Users::new(shape, etags, named);
        Ok(self.walk(shape, start).await?.taken)
    }

    async fn objects(&self, shape: &Shape, etags: bool) -> Result<Vec<LiveObject>, RemoteError> {
        Ok(self.everything(shape, etags).await?.into_iter().map(Seen::into_object).collect())
    }

    /// Every resource of a kind, as it is seen.
    pub async fn everything(&self, shape: &Shape, etags: bool) -> Result<Vec<Seen>, RemoteError> {
        let start = || Objects::new(shape, etags);
        Ok(self.walk(shape, start).await?.seen)
    }

    /// The resources of one answer: what a filter finds.
    pub async fn matching(&self, shape: &Shape, etags: bool, filter: String) -> Result<Vec<Seen>, RemoteError> {
        let mut url = shape.url.clone();
        // Spaces as `%20`, which every service reads: `+` stands for one only in forms.
        let query = url.query_pairs_mut().append_pair("filter", &filter).finish().query().unwrap_or_default();
        let query = query.replace('+', "%20");
        url.set_query(Some(&query));
        let mut request = Request::get(url);
        let answer = match self.client.read(&request).await {
            // The filter's value is not for a URL, or too long for one (RFC 7644 §7.5.2).
            Err(error) if error.minds_the_url() => {
                let schemas = vec![SEARCH_REQUEST.to_owned()];
                let search = SearchRequest { schemas, filter: Some(filter), ..SearchRequest::default() };
                request = Request::search(&shape.url, &search);
                self.client.read(&request).await?
            }
            answer => answer?,
        };
        let mut found = Objects::new(shape, etags);
        match found.page(&answer.body, &mut Ids::default()) {
            Ok(_) => Ok(found.seen),
            Err(PageError::Resource(error)) => Err(error),
            Err(PageError::Json(source)) => Err(RemoteError::Malformed { attempt: request.attempt(), source }),
        }
    }

    /// The catalogue of permissions; `None` where the target publishes none.
    pub async fn catalogue(&self, shapes: &Shapes) -> Result<Option<BTreeMap<String, CatalogueEntity>>, RemoteError> {
        let Some(url) = &shapes.catalogue else { return Ok(None) };
        match walk(&self.client, &self.list(catalogue::ONE, url), Entities::default).await {
            // A list of nothing says nothing of what there is to grant.
            Ok(Walked { collected, .. }) => Ok(Some(collected.by_name).filter(|entities| !entities.is_empty())),
            // Announced and not there, or not for this credential: then the pack's counts.
            Err(error) if error.is_not_supported() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn organization(&self, shapes: &Shapes) -> Result<Option<Organization>, RemoteError> {
        let Some(url) = &shapes.organization else { return Ok(None) };
        let answer = match self.client.get(url.clone()).await {
            Ok(answer) => answer,
            // Announced and not there, or not for this credential: then it stays unknown.
            Err(error) if error.is_not_supported() => return Ok(None),
            Err(error) => return Err(error),
        };
        let list = Listed::<Map<String, Json>>::read(&answer.body)
            .map_err(|source| RemoteError::Malformed { attempt: Request::get(url.clone()).attempt(), source })?;
        Ok(list.resources().first().map(|resource| organization(resource, shapes.tells_subscriptions)))
    }
}

/// The attribute of an organization that says what it has subscribed to.
pub(super) const SUBSCRIPTIONS: &str = "subscriptions";

/// An attribute that is announced and not there is empty (RFC 7643 §2.5); one that is not announced
/// says nothing.
fn organization(resource: &Map<String, Json>, tells_subscriptions: bool) -> Organization {
    let text = |key: &str| catalogue::text(resource, key).map(str::to_owned);
    let is_there = catalogue::value(resource, SUBSCRIPTIONS).is_some_and(Json::is_array);
    Organization {
        id: text("id").unwrap_or_default(),
        name: text("displayName"),
        platform: text("platform"),
        subscriptions: (is_there || tells_subscriptions).then(|| catalogue::texts(resource, SUBSCRIPTIONS)),
        caller: text("caller"),
        authority: text("authority"),
    }
}

/// The roles of a target that has none but the names which its users carry.
fn named_roles(users: &LiveUsers) -> Vec<LiveObject> {
    let mut is_role = vec![false; users.words().len()];
    (0..users.len()).flat_map(|row| users.roles(row)).for_each(|word| is_role[word.0 as usize] = true);
    let named = users.words().zip(is_role).filter(|(_, is_role)| *is_role);
    let mut roles: Vec<LiveObject> = named
        .map(|(name, _)| LiveObject { id: name.to_owned(), name: name.to_owned(), ..LiveObject::default() })
        .collect();
    roles.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    roles
}

/// Users, straight into their columns.
struct Users<'a> {
    taken: LiveUsers,
    shape: &'a Shape,
    etags: bool,
    /// Where roles are only names that users carry: their spellings, of which the first one counts.
    names: Option<BTreeMap<String, String>>,
}

impl<'a> Users<'a> {
    fn new(shape: &'a Shape, etags: bool, roles_are_names: bool) -> Self {
        Self { taken: LiveUsers::default(), shape, etags, names: roles_are_names.then(BTreeMap::new) }
    }

    fn push(&mut self, user: &LiveUser<'_>) {
        let Some(names) = &mut self.names else { return self.taken.push(user) };
        for role in &user.roles {
            names.entry(fold(role).into_owned()).or_insert_with(|| (*role).to_owned());
        }
        let roles = user.roles.iter().map(|role| names[&*fold(role)].as_str()).collect();
        self.taken.push(&LiveUser { roles, ..user.clone() });
    }

    /// Users whose role or user type is elsewhere than the standard has it.
    fn mapped_page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError> {
        let page = Listed::<Map<String, Json>>::read(body)?;
        for user in page.resources() {
            let seen = seen_mapped_user(self.shape, user, self.etags, None).map_err(|error| match error {
                Unreadable::Json(error) => PageError::Json(error),
                Unreadable::Nameless(error) => PageError::Resource(error),
            })?;
            ids.push(&seen.id);
            let of = |name: &str| seen.attributes.get(name).map_or_else(Vec::new, names);
            let one = |name: &str| of(name).first().copied().unwrap_or_default();
            self.push(&LiveUser {
                user_name: one(attribute::NAME),
                id: &seen.id,
                version: seen.version.as_str(),
                display_name: one(attribute::DISPLAY_NAME),
                active: seen.attributes.get(attribute::ACTIVE) != Some(&Value::Flag(false)),
                user_type: one(attribute::USER_TYPE),
                roles: of(attribute::ROLE),
            });
        }
        Ok(page.page())
    }
}

/// The names in a value.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text],
        Value::Names(names) => names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

impl Collect for Users<'_> {
    fn page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError> {
        if self.shape.is_mapped {
            return self.mapped_page(body, ids);
        }
        let page = Listed::<WireUser<'_>>::read(body)?;
        for user in page.resources() {
            if !is_usable(user.id()) || user.user_name().is_empty() {
                let missing = if is_usable(user.id()) { "userName" } else { "id" };
                let id = super::error::clean(user.id());
                return Err(PageError::Resource(RemoteError::Nameless { kind: Kind::User.word(), missing, id }));
            }
            ids.push(user.id());
            let hash;
            let version = if let Some(version) = user.announced_version().filter(|_| self.etags) {
                version
            } else {
                hash = user.hash();
                &hash
            };
            self.push(&LiveUser {
                user_name: user.user_name(),
                id: user.id(),
                version,
                display_name: user.display_name(),
                active: user.active(),
                user_type: user.user_type(),
                roles: user.roles(),
            });
        }
        Ok(page.page())
    }
}

/// Resources of any kind.
pub(super) struct Objects<'a> {
    pub shape: &'a Shape,
    etags: bool,
    pub seen: Vec<Seen>,
}

impl<'a> Objects<'a> {
    pub fn new(shape: &'a Shape, etags: bool) -> Self {
        Self { shape, etags, seen: Vec::new() }
    }
}

impl Collect for Objects<'_> {
    fn page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError> {
        let (page, seen): (_, Result<Vec<_>, _>) = if self.shape.kind == Kind::User && self.shape.is_mapped {
            let page = Listed::<Map<String, Json>>::read(body)?;
            let resources = page.resources().iter();
            (page.page(), resources.map(|one| seen_mapped_user(self.shape, one, self.etags, None)).collect())
        } else if self.shape.kind == Kind::User {
            let page = Listed::<WireUser<'_>>::read(body)?;
            let resources = page.resources().iter();
            (page.page(), resources.map(|user| seen_user(self.shape, user, self.etags, None)).collect())
        } else {
            let page = Listed::<Map<String, Json>>::read(body)?;
            let resources = page.resources().iter();
            (page.page(), resources.map(|one| seen_object(self.shape, one, self.etags, None)).collect())
        };
        let seen = seen.map_err(|error| match error {
            Unreadable::Json(error) => PageError::Json(error),
            Unreadable::Nameless(error) => PageError::Resource(error),
        })?;
        for one in seen {
            ids.push(&one.id);
            self.seen.push(one);
        }
        Ok(page)
    }
}
