//! Versions: whether a target tells the states of an object apart, in the same way wherever it says so.
//!
//! Not responsible for whether it holds writes to them, which only writing shows (`writes`).

use super::checkup::{Announced, Area, Finding, Rows};
use super::types::Totals;
use crate::remote::{Heard, Inspector, RemoteError};
use crate::state::{Kind, Version};

/// What is done without versions.
pub(super) const WITHOUT: &str = "re-reads before each write, which is not as safe";

/// Looks at the versions of one object.
pub(super) async fn look(inspector: &Inspector, totals: &Totals, rows: &mut Rows) -> Result<(), RemoteError> {
    rows.area = Area::Versions;
    let announced = Announced::from(inspector.config().is_some_and(|config| config.etag.supported));
    let users = totals.get_key_value(&Kind::User).filter(|(_, total)| **total > 0);
    let Some((&kind, _)) = users.or_else(|| totals.iter().find(|(_, total)| **total > 0)) else {
        let (finding, does) = match announced {
            Announced::Yes => (Finding::Unseen, "sends If-Match with each write"),
            _ => (Finding::Fallback, WITHOUT),
        };
        rows.push(finding, "versions (ETag)", announced, "there is no object to look at", does);
        return Ok(());
    };
    let page = inspector.first_page(kind, 1).await?;
    let Some(listed) = inspector.objects_of(kind, &page).and_then(|objects| objects.into_iter().next()) else {
        return Ok(());
    };
    let first = inspector.object(kind, &listed.id, None).await?;
    if !inspector.capabilities().etag {
        let is_there = first.etag.is_some() || first.get("meta").get("version").is_some();
        let seen = if is_there { "there all the same" } else { "none" };
        rows.push(Finding::Fallback, "versions (ETag)", announced, seen, WITHOUT);
        return Ok(());
    }
    let again = inspector.object(kind, &listed.id, None).await?;
    let version = |heard: &Heard| inspector.object_of(kind, heard).map(|seen| seen.version);
    let (read, reread) = (version(&first), version(&again));
    let is_stable = read == reread;
    let (finding, seen, does) = match (&listed.version, &read) {
        (_, Some(Version::Etag(_))) if !is_stable => {
            (Finding::Broken, "another one at each reading", "takes every object for changed: apply ends with 4")
        }
        (Version::Etag(list), Some(Version::Etag(own))) if list == own => {
            (Finding::Kept, "the same in list, object and again", "sends If-Match with each write")
        }
        (Version::Etag(_), Some(Version::Etag(_))) => (
            Finding::Broken,
            "one in the list, another with the object",
            "every update may be refused as stale: apply ends with 4",
        ),
        (Version::Etag(_), _) => (Finding::Kept, "in lists, not with the object", "sends If-Match with each write"),
        (Version::Hash(_), Some(Version::Etag(_))) => (Finding::Fallback, "with the object, not in lists", WITHOUT),
        (Version::Hash(_), _) => (Finding::Fallback, "none", WITHOUT),
    };
    rows.push(finding, "versions (ETag)", announced, seen, does);
    header(&first, rows);
    let Some(Version::Etag(etag)) = read else { return Ok(()) };
    let heard = inspector.object(kind, &listed.id, Some(&etag)).await?;
    let (finding, seen) = match heard.status {
        304 => (Finding::Kept, "304".to_owned()),
        other => (Finding::Fallback, format!("{other}")),
    };
    rows.push(finding, "If-None-Match", Announced::Unsaid, seen, "does not need it");
    Ok(())
}

fn header(heard: &Heard, rows: &mut Rows) {
    let in_body = heard.get("meta").get("version").and_then(|version| version.as_str());
    let (finding, seen) = match (&heard.etag, in_body) {
        (Some(header), Some(body)) if header == body => (Finding::Kept, "as in `meta.version`"),
        (Some(_), Some(_)) => (Finding::Fallback, "not as in `meta.version`"),
        (Some(_), None) => (Finding::Kept, "there, without `meta.version`"),
        (None, Some(_)) => (Finding::Fallback, "not there, only `meta.version`"),
        (None, None) => return,
    };
    rows.push(finding, "ETag header", Announced::Unsaid, seen, "takes the header, then `meta.version`");
}
