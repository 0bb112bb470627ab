//! The platform in a box: a SCIM 2.0 service over SQLite that holds callers to a pack's rules.
//!
//! Responsible for being a service that can be trusted as a witness: it enforces the rules on its
//! own account, keeps what it has acknowledged across restarts and kills, and stays up whatever
//! it is sent. Shares pack data and SCIM types with the rest of the crate and no rule code.
//!
//! `http` turns requests into reads and writes, `writer` does the writes one batch at a time,
//! `rules` refuses what the platform refuses, `database` and `scan` are the only places with SQL.

mod access;
mod bulk;
mod connection;
mod cursor;
mod database;
mod discovery;
mod fold;
mod grants;
mod http;
mod lists;
mod locked;
mod matching;
mod parameters;
mod patch;
mod people;
mod refusal;
mod render;
mod roles;
mod rules;
mod scan;
mod seats;
mod seed;
mod served;
mod shape;
mod sorting;
mod store;
mod tenant;
#[cfg(test)]
mod tests;
mod writer;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::platform::Pack;

pub use access::{Authority, Token, UnknownAuthority};
pub use connection::Bounds;
pub use database::AuditEntry;
pub use tenant::Tenant;

use connection::{BoundedListener, Stopping};
use served::Served;

/// How long requests that are under way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(1);

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The platform.
    pub pack: Arc<Pack>,
    /// Where its data are.
    pub database: Database,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The credentials that it accepts.
    pub tokens: Vec<Token>,
    /// SCIM resources to fill an empty database with, checked by type only; a user may name its
    /// role by `display` in place of the id, and an Organization holds what it has subscribed to. Of
    /// a type that the seed has nothing of, the vendor's own are added: closed vocabularies, the
    /// catalogue, every subscription; and always the built-in roles that it does not list. [`Tenant::seed`] writes one from
    /// expectations; without any, nothing of a tenant's vocabulary is enabled.
    pub seed: Option<Vec<serde_json::Value>>,
    /// What the URNs of our own schemas start with; by default
    /// [`URN_PREFIX`](crate::scim::schema::URN_PREFIX).
    pub urn_prefix: String,
}

/// Where a sandbox keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file, which is made when it does not exist; its directory must.
    File(PathBuf),
    /// Nowhere: gone when the sandbox stops.
    Memory,
}

/// Why a sandbox could not be started, or its audit not be read.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Another sandbox has the database.
    #[error("`{}` is in use by another sandbox", database.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    Locked { database: PathBuf },
    /// The database or the lock beside it could not be made.
    #[error("the file `{}` could not be opened for writing", path.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    File { path: PathBuf, source: std::io::Error },
    /// The file is of some other program.
    #[error("`{}` is not a sandbox's database", database.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    NotASandbox { database: PathBuf },
    /// The database was made for another platform.
    #[error("`{}` was made for the platform `{found}`, not for `{wanted}`", database.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    OtherPlatform { database: PathBuf, found: String, wanted: String },
    /// The database was made by a newer version of this program.
    #[error("`{}` has layout {found}; this version knows layouts up to {known}", database.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    NewerLayout { database: PathBuf, found: i64, known: i64 },
    /// SQLite failed.
    #[error("the database `{}` could not be {attempt}", database.display())]
    #[expect(missing_docs, reason = "the message names every field")]
    Database { attempt: &'static str, database: PathBuf, source: rusqlite::Error },
    /// A resource of the seed is not of any announced shape.
    #[error("resource {index} of the seed: {reason}")]
    #[expect(missing_docs, reason = "the message names every field; the index is 1-based")]
    Seed { index: usize, reason: String },
    /// The address is taken, or not ours.
    #[error("{address} could not be listened on")]
    #[expect(missing_docs, reason = "the message names every field")]
    Listen { address: SocketAddr, source: std::io::Error },
    /// The operating system gave no thread.
    #[error("the thread that writes could not be started")]
    #[expect(missing_docs, reason = "the message names every field")]
    Thread { source: std::io::Error },
    /// The sandbox has ended.
    #[error("the sandbox has stopped")]
    Stopped,
}

/// What a sandbox has answered since it was started. Every request is counted in one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Discovery documents.
    pub discovery: u64,
    /// Resources and lists.
    pub reads: u64,
    /// Writes that were granted, whether or not they changed anything.
    pub writes: u64,
    /// Requests that were not granted.
    pub refused: u64,
}

/// A sandbox that runs. Dropping it ends it without waiting; [`Running::stop`] waits.
pub struct Running {
    address: SocketAddr,
    service: Arc<http::Service>,
    stopping: watch::Sender<Stopping>,
    serving: tokio::task::JoinHandle<()>,
    writer: JoinHandle<()>,
    unmet: Vec<String>,
}

/// Starts a sandbox: it listens when this returns.
pub async fn start(settings: Settings) -> Result<Running, SandboxError> {
    start_within(settings, Bounds::default()).await
}

/// The same with other bounds on what callers may take.
pub async fn start_within(settings: Settings, bounds: Bounds) -> Result<Running, SandboxError> {
    let Settings { pack, database, listen, tokens, seed, urn_prefix } = settings;
    let path = match database {
        Database::File(path) => Some(path),
        Database::Memory => None,
    };
    let failed = |source| SandboxError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let served = Arc::new(Served::new(pack, urn_prefix, base(address)));

    let opening = (Arc::clone(&served), path.clone());
    let open = move || open(&opening.0, opening.1.as_deref(), seed);
    let Opened { connection, lock, organization, cursors, unmet } =
        tokio::task::spawn_blocking(open).await.map_err(|_| SandboxError::Stopped)??;
    let (sender, writer) = writer::Writer::start(connection, lock, Arc::clone(&served))
        .map_err(|source| SandboxError::Thread { source })?;

    let service = Arc::new(http::Service {
        served,
        access: access::Access::new(&tokens),
        store: store::Store::new(sender, path),
        beginnings: Arc::default(),
        cursors: Arc::new(cursor::Cursors::new(cursors)),
        body_time: bounds.body,
        counted: http::Counted::default(),
        organization,
    });
    let (stopping, mut stop) = watch::channel(Stopping::No);
    let free = Arc::new(Semaphore::new(bounds.connections));
    let listener = BoundedListener { listener, free, stopping: stop.clone(), bounds };
    let router = axum::Router::new().fallback(http::handle).with_state(Arc::clone(&service));
    let serving = tokio::spawn(async move {
        let stopped = async move {
            // A sender that is gone means that the sandbox was dropped.
            let _ = stop.wait_for(|stopping| *stopping != Stopping::No).await;
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "the sandbox's server ended");
        }
    });
    Ok(Running { address, service, stopping, serving, writer, unmet })
}

struct Opened {
    connection: rusqlite::Connection,
    lock: Option<database::Lock>,
    organization: (String, String),
    cursors: String,
    unmet: Vec<String>,
}

fn open(served: &Served, path: Option<&Path>, seed: Option<Vec<serde_json::Value>>) -> Result<Opened, SandboxError> {
    let lock = path.map(database::lock).transpose()?;
    let (mut connection, is_empty) = database::open(path, &served.pack.platform)?;
    let unmet = if is_empty {
        seed::fill(&mut connection, served, seed)?;
        Vec::new()
    } else {
        seed::refresh(&mut connection, served).map_err(|source| SandboxError::Database {
            attempt: "brought up to date",
            database: path.map_or_else(PathBuf::new, Path::to_owned),
            source,
        })?;
        tenant::unmet(&connection, served, &seed.unwrap_or_default()).map_err(|source| SandboxError::Database {
            attempt: "read",
            database: path.map_or_else(PathBuf::new, Path::to_owned),
            source,
        })?
    };
    database::keep_names_unique(&mut connection).map_err(|source| SandboxError::Database {
        attempt: "prepared",
        database: path.map_or_else(PathBuf::new, Path::to_owned),
        source,
    })?;
    let about = |name| {
        database::about(&connection, name).map_err(|source| SandboxError::Database {
            attempt: "read",
            database: path.map_or_else(PathBuf::new, Path::to_owned),
            source,
        })
    };
    let organization = (about("organization")?.unwrap_or_default(), about("created")?.unwrap_or_default());
    let cursors = database::cursor_secret(&connection).map_err(|source| SandboxError::Database {
        attempt: "prepared",
        database: path.map_or_else(PathBuf::new, Path::to_owned),
        source,
    })?;
    Ok(Opened { connection, lock, organization, cursors, unmet })
}

/// The address that callers on this machine use.
fn base(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}{}", SocketAddr::new(ip, address.port()), http::ROOT)
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Running {
    /// The base URL: `http://127.0.0.1:PORT/scim/v2`.
    #[must_use]
    pub fn url(&self) -> String {
        self.service.served.base.clone()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the seed says of the tenant and a database that was filled earlier does not hold: a
    /// segment that is not enabled, a user type with fewer seats, a subscription. One phrase each, sorted; no
    /// request can put it right, only a database that is made anew.
    #[must_use]
    pub fn unmet(&self) -> &[String] {
        &self.unmet
    }

    /// What it has answered so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let http::Counted { discovery, reads, writes, refused } = &self.service.counted;
        Statistics {
            discovery: discovery.load(Ordering::Relaxed),
            reads: reads.load(Ordering::Relaxed),
            writes: writes.load(Ordering::Relaxed),
            refused: refused.load(Ordering::Relaxed),
        }
    }

    /// Every write that was asked for and had the form of one, in order, with what was answered.
    pub async fn audit(&self) -> Result<Vec<AuditEntry>, SandboxError> {
        let read = self.service.store.read(|connection| Ok(database::audit(connection)?)).await;
        read.map_err(|_| SandboxError::Stopped)
    }

    /// Stops: takes no new requests, answers those that are under way, closes every connection
    /// and lets go of the database.
    pub async fn stop(self) {
        let Self { service, stopping, mut serving, writer, .. } = self;
        stopping.send_replace(Stopping::Finishing);
        if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
            stopping.send_replace(Stopping::Now);
            if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
                serving.abort();
            }
        }
        service.store.close().await;
        // The thread has been told to end; when it panicked it has ended already.
        let _ = tokio::task::spawn_blocking(move || writer.join()).await;
    }
}
