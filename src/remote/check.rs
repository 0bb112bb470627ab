//! Reading back what was written, with the fewest requests: object by object while they are few,
//! else by the list.
//!
//! Not responsible for waiting until it shows (`apply`).

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::error::RemoteError;
use super::read::Objects;
use super::shape::Shape;
use super::walk::{Collect, Ids, Page, PageError};
use super::wire::{Seen, Unreadable, seen};
use super::write::Writer;
use crate::state::{Attributes, Kind, fold};

/// What an object shall have, by its id.
pub type Wanted = BTreeMap<String, Attributes>;
/// The attributes that differ, by id; what is missing altogether differs in all. An object that is
/// as it should be is not in it.
pub type Differences = BTreeMap<String, Vec<String>>;

impl Writer {
    /// Compares objects of one kind with what they shall have.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub async fn compare(&self, kind: Kind, wanted: Wanted) -> Result<Differences, RemoteError> {
        let shapes = self.connection.shapes(None);
        let Some(shape) = shapes.by_kind.get(&kind) else { return Ok(Differences::new()) };
        let etags = shapes.capabilities.etag;
        let wanted = Arc::new(wanted);
        if wanted.len() as u64 <= self.connection.pages(kind) {
            return self.compare_singly(shape, etags, &wanted).await;
        }
        let start = || Compare { objects: Objects::new(shape, etags), wanted: &wanted, differences: missing(&wanted) };
        Ok(self.connection.walk(shape, start).await?.differences)
    }

    /// The seats in use of each user type, by its folded name, as the target counts them; empty where
    /// it does not.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub async fn seats_in_use(&self) -> Result<BTreeMap<String, u64>, RemoteError> {
        let shapes = self.connection.shapes(None);
        let Some(shape) = shapes.by_kind.get(&Kind::UserType) else { return Ok(BTreeMap::new()) };
        let types = self.connection.everything(shape, shapes.capabilities.etag).await?;
        let counted = types.into_iter().map(Seen::into_object);
        Ok(counted.filter_map(|of| Some((fold(&of.name).into_owned(), of.in_use?))).collect())
    }

    async fn compare_singly(
        &self,
        shape: &Shape,
        etags: bool,
        wanted: &Arc<Wanted>,
    ) -> Result<Differences, RemoteError> {
        let mut reads = JoinSet::new();
        for id in wanted.keys() {
            let (client, url, id) = (Arc::clone(&self.connection.client), shape.resource(id), id.clone());
            reads.spawn(async move { (id, client.get(url).await) });
        }
        let mut differences = missing(wanted);
        while let Some(read) = reads.join_next().await {
            let (_, answer) = read.expect("reading an object does not panic");
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if error.status() == Some(404) => continue,
                Err(error) => return Err(error),
            };
            match seen(shape, &answer.body, etags, None) {
                Ok(seen) => settle(&mut differences, shape.kind, wanted, &seen),
                Err(Unreadable::Nameless(error)) => return Err(error),
                // Not what it was, then.
                Err(Unreadable::Json(_)) => {}
            }
        }
        Ok(differences)
    }
}

/// As if nothing were there.
fn missing(wanted: &Wanted) -> Differences {
    wanted.iter().map(|(id, attributes)| (id.clone(), attributes.keys().cloned().collect())).collect()
}

fn settle(differences: &mut Differences, kind: Kind, wanted: &Wanted, seen: &Seen) {
    let Some(attributes) = wanted.get(&seen.id) else { return };
    let differing = seen.differences(kind, attributes);
    if differing.is_empty() {
        differences.remove(&seen.id);
    } else {
        differences.insert(seen.id.clone(), differing);
    }
}

/// Compares while a list is walked, so that no list is kept.
struct Compare<'a> {
    objects: Objects<'a>,
    wanted: &'a Wanted,
    differences: Differences,
}

impl Collect for Compare<'_> {
    fn page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError> {
        let page = self.objects.page(body, ids)?;
        for seen in self.objects.seen.drain(..) {
            settle(&mut self.differences, self.objects.shape.kind, self.wanted, &seen);
        }
        Ok(page)
    }
}
