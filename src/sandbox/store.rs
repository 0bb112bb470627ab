//! Where requests get at the database: writes go to the writer, reads to connections of their
//! own, so that neither waits for the other.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::scim::message::BulkResult;

use super::bulk::Bulk;
use super::database;
use super::refusal::Refusal;
use super::writer::{Write, Writer, Written};

/// Reads at the same time. More threads than this only take turns on the few cores that a
/// sandbox has.
const READERS: usize = 4;

/// The database as requests see it.
#[derive(Debug)]
pub(super) struct Store {
    writer: Writer,
    /// `None` in memory, where only the writer's connection sees the data.
    readers: Option<Arc<Readers>>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    pub(super) fn new(writer: Writer, path: Option<PathBuf>) -> Self {
        let readers =
            path.map(|path| Arc::new(Readers { path, idle: Mutex::default(), permits: Semaphore::new(READERS) }));
        Self { writer, readers }
    }

    pub(super) async fn write(&self, write: Write) -> Result<Written, Refusal> {
        self.writer.write(write).await
    }

    /// Several writes, with nobody else's between them.
    pub(super) async fn bulk(&self, bulk: Bulk) -> Result<Vec<BulkResult>, Refusal> {
        self.writer.bulk(bulk).await
    }

    /// Reads one moment's state. SQLite blocks, so this happens on a thread that may.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Some(readers) = &self.readers else { return self.writer.read(read).await };
        let failed = || Refusal::new(500, "the sandbox failed on this request");
        let _permit = readers.permits.acquire().await.map_err(|_| failed())?;
        let readers = Arc::clone(readers);
        let work = move || {
            // A connection whose read panicked is not put back; another one is opened for it.
            let idle = readers.idle().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => database::reader(&readers.path).map_err(|error| {
                    tracing::error!(%error, "the sandbox's database failed");
                    Refusal::new(500, "the sandbox's database failed")
                })?,
            };
            let result = read(&connection);
            readers.idle().push(connection);
            result
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(failed()))
    }

    /// Ends the writer and lets go of the file.
    pub(super) async fn close(&self) {
        self.writer.stop().await;
        if let Some(readers) = &self.readers {
            readers.idle().clear();
        }
    }
}
