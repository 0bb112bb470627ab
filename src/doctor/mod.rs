//! A check-up of a target: what it announces, whether that is so, and what rolecall does about it.
//!
//! Reading is all that [`examine`] can do unless it is given a [`Prober`], which
//! writes one throw-away object and no other. Where `remote` decides what follows from an answer, it is
//! asked and not repeated here: which kinds a target holds, whether a list is whole, what the version of
//! an object is. Not responsible for how a check-up looks (`report`), nor for planning.

mod checkup;
mod lists;
mod organization;
mod page;
mod throwaway;
mod types;
mod versions;
mod writes;

pub use checkup::{Announced, Area, Checkup, Finding, Requests, Row};
pub use throwaway::throwaway;

use tokio::sync::watch;

use crate::platform::Pack;
use crate::remote::{Inspector, Prober, RemoteError};
use checkup::Rows;

/// Looks at a target, and tries writing where there is a prober. What that makes is removed again
/// whatever happens. `stopping` says that it is to end: nothing is made after that.
///
/// The requests are bounded: each list is read whole only when it has few pages, and paging is tried on
/// some ten pages of one list.
///
/// # Errors
///
/// The target cannot be read, or does not accept the token. Nothing has been written then.
pub async fn examine(
    inspector: &Inspector,
    pack: &Pack,
    target: &str,
    prober: Option<&mut Prober>,
    mut stopping: watch::Receiver<bool>,
) -> Result<Checkup, RemoteError> {
    let mut rows = Rows::new();
    let reading = async {
        let totals = types::look(inspector, pack, &mut rows).await?;
        lists::look(inspector, &totals, &mut rows).await?;
        versions::look(inspector, &totals, &mut rows).await?;
        organization::look(inspector, pack, &totals, &mut rows).await
    };
    let organization = tokio::select! {
        organization = reading => organization?,
        () = told_to_stop(&mut stopping) => None,
    };
    let throw_away = prober.as_ref().map(|prober| prober.address().to_string());
    let tried = if let Some(prober) = prober {
        // It looks before it makes anything whether it is to stop.
        writes::probe(inspector, prober, &stopping, &mut rows).await
    } else {
        writes::not_tried(inspector, &mut rows);
        writes::Tried::default()
    };
    let counts = inspector.counts();
    Ok(Checkup {
        target: target.to_owned(),
        platform: pack.platform.clone(),
        organization: organization.and_then(|organization| organization.name),
        rows: rows.list,
        notes: inspector.capabilities().degradations.clone(),
        requests: Requests { reads: counts.reads, writes: counts.writes },
        throw_away: throw_away.filter(|_| tried.was_written),
        left_behind: tried.left_behind,
        in_doubt: tried.in_doubt,
        denied: tried.denied,
        stopped: *stopping.borrow(),
    })
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could say it.
        std::future::pending::<()>().await;
    }
}
