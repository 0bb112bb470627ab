//! How a target takes writes, tried on one throw-away object.
//!
//! The object is looked up first, and removed at the end whatever happened. Not responsible for which
//! object it is (`throwaway`), nor for keeping to it (`remote::Prober`).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::checkup::{Announced, Area, Finding, Rows};
use super::page::status;
use crate::remote::{How, Inspector, LookedUp, Prober, RemoteError};
use crate::state::{Attributes, Kind, Value, Version};

/// How long to wait before looking again for what was written.
const WAIT: Duration = Duration::from_millis(250);
/// A version that no object has.
const NO_VERSION: &str = "W/\"rolecall-doctor-no-such-version\"";

/// What became of trying.
#[derive(Debug, Default)]
pub(super) struct Tried {
    pub was_written: bool,
    pub left_behind: BTreeSet<String>,
    pub in_doubt: bool,
    pub denied: bool,
}

/// Says what would be tried.
pub(super) fn not_tried(inspector: &Inspector, rows: &mut Rows) {
    rows.area = Area::Writes;
    let capabilities = inspector.capabilities();
    let seen = "not tried";
    rows.push(Finding::Unseen, "creating and deleting", Announced::Unsaid, seen, "--probe-writes tries it");
    let (finding, does) = changing(capabilities.patch);
    rows.push(finding, "PATCH", capabilities.patch, seen, does);
    bulk_not_tried(inspector, seen, rows);
}

fn changing(patch: bool) -> (Finding, &'static str) {
    if patch {
        (Finding::Unseen, "changes attribute by attribute")
    } else {
        (Finding::Fallback, "writes whole objects (PUT), having read them")
    }
}

fn bulk_not_tried(inspector: &Inspector, seen: &str, rows: &mut Rows) {
    let bulk = inspector.capabilities().bulk.is_some();
    let finding = if bulk { Finding::Unseen } else { Finding::Fallback };
    rows.push(finding, "Bulk", bulk, seen, if bulk { TOGETHER } else { ONE_BY_ONE });
}

/// What is done with Bulk.
const TOGETHER: &str = "writes many at once, where the platform lets it";
/// What is done without it.
const ONE_BY_ONE: &str = "does not need it: writes one by one";

/// Tries writes. The rows say what failed.
pub(super) async fn probe(
    inspector: &Inspector,
    prober: &mut Prober,
    stopping: &watch::Receiver<bool>,
    rows: &mut Rows,
) -> Tried {
    rows.area = Area::Writes;
    let mut trial = Trial { inspector, prober, rows, denied: false, was_written: false };
    let ended = trial.run(stopping).await;
    let Trial { denied, was_written, .. } = trial;
    if let Err(error) = ended {
        let does = "what follows was not tried";
        rows.push(Finding::Broken, "trying writes", Announced::Unsaid, error.to_string(), does);
    }
    let left_behind = prober.remove().await;
    Tried { was_written, left_behind, in_doubt: prober.is_in_doubt(), denied }
}

struct Trial<'a> {
    inspector: &'a Inspector,
    prober: &'a mut Prober,
    rows: &'a mut Rows,
    denied: bool,
    was_written: bool,
}

impl Trial<'_> {
    fn push(
        &mut self,
        finding: Finding,
        capability: &str,
        announced: impl Into<Announced>,
        seen: impl Into<String>,
        does: &str,
    ) {
        self.rows.push(finding, capability, announced, seen, does);
    }

    fn kind(&self) -> Kind {
        self.prober.address().kind
    }

    async fn run(&mut self, stopping: &watch::Receiver<bool>) -> Result<(), RemoteError> {
        if self.is_stopped(stopping) {
            return Ok(());
        }
        match self.prober.look_up().await? {
            LookedUp::Nothing => {}
            LookedUp::LeftBehind(_) => {
                self.was_written = true;
                self.prober.delete().await?;
                let does = "has removed it";
                self.push(Finding::Kept, "an earlier check-up", Announced::Unsaid, "had left its object behind", does);
            }
            LookedUp::Another(_) => {
                let seen = format!("`{}` is there, and another object", self.prober.address());
                self.push(Finding::Unseen, "creating", Announced::Unsaid, seen, "does not touch it: nothing was tried");
                return Ok(());
            }
        }
        if self.is_stopped(stopping) || !self.create().await? {
            return Ok(());
        }
        // Between two requests is the moment to stop; the object is removed all the same.
        for step in 0..7 {
            if self.is_stopped(stopping) {
                return Ok(());
            }
            match step {
                0 => self.shows().await?,
                1 => self.duplicate().await?,
                2 => self.no_change().await?,
                3 => self.versions().await?,
                // Last of all it is as it can be recognised by who finds it left behind.
                4 => self.empty().await?,
                5 => self.change().await?,
                _ => self.bulk().await?,
            }
        }
        self.delete().await
    }

    fn is_stopped(&mut self, stopping: &watch::Receiver<bool>) -> bool {
        let stop = *stopping.borrow();
        if stop {
            let does = "what follows was not tried";
            self.push(Finding::Unseen, "trying writes", Announced::Unsaid, "stopped", does);
        }
        stop
    }

    /// Whether there is an object now.
    async fn create(&mut self) -> Result<bool, RemoteError> {
        self.was_written = true;
        let heard = self.prober.create().await?;
        let (finding, seen, does) = match (heard.status, self.prober.id()) {
            (201, Some(_)) if heard.location.is_some() => {
                (Finding::Kept, "201 with its Location".to_owned(), "takes the id from the answer")
            }
            (201, Some(_)) => (Finding::Fallback, "201 without Location".to_owned(), "takes the id from the body"),
            (202, _) => (Finding::Fallback, "202".to_owned(), "looks until it is there"),
            (403, _) => {
                self.denied = true;
                (Finding::Broken, status(&heard), "apply ends with 3")
            }
            (_, Some(_)) => (Finding::Fallback, status(&heard), "takes it for made"),
            _ => (Finding::Unseen, status(&heard), "nothing was made, and nothing further tried"),
        };
        let capability = format!("creating a {}", super::types::noun(self.kind()));
        self.push(finding, &capability, Announced::Unsaid, seen, does);
        Ok(self.prober.id().is_some())
    }

    async fn shows(&mut self) -> Result<(), RemoteError> {
        let Some(id) = self.prober.id().map(str::to_owned) else { return Ok(()) };
        let (start, settle) = (Instant::now(), self.inspector.settle());
        let mut shown = [None, None];
        for attempt in 0.. {
            let waited = || if attempt == 0 { Duration::ZERO } else { start.elapsed() };
            if shown[0].is_none() && self.inspector.object(self.kind(), &id, None).await?.is_success() {
                shown[0] = Some(waited());
            }
            // As a lost creation is looked up.
            let found = match self.prober.look_up().await? {
                LookedUp::LeftBehind(found) => found == id,
                LookedUp::Another(found) => found.id == id,
                LookedUp::Nothing => false,
            };
            if shown[1].is_none() && found {
                shown[1] = Some(waited());
            }
            if shown.iter().all(Option::is_some) || start.elapsed() >= settle {
                break;
            }
            tokio::time::sleep(WAIT).await;
        }
        for (capability, shown) in ["made, then asked for", "made, then looked up"].into_iter().zip(shown) {
            let (finding, seen, does) = match shown {
                Some(Duration::ZERO) => (Finding::Kept, "seen at once".to_owned(), "reads back what it writes"),
                Some(waited) => {
                    let seen = format!("seen after {:.1} s", waited.as_secs_f32());
                    (Finding::Fallback, seen, "waits for it, as long as `settle` says")
                }
                None => {
                    let seen = format!("not seen within {} s", settle.as_secs());
                    (Finding::Broken, seen, "apply ends with 4: allow a longer `settle`")
                }
            };
            self.push(finding, capability, Announced::Unsaid, seen, does);
        }
        Ok(())
    }

    async fn duplicate(&mut self) -> Result<(), RemoteError> {
        let heard = self.prober.create().await?;
        let (finding, does) = if heard.is_conflict_of_names {
            (Finding::Kept, "looks up what has the name")
        } else if heard.is_success() {
            (Finding::Fallback, "looks names up itself; two runs at once can make two of a name")
        } else {
            (Finding::Fallback, "a name that is taken ends as a refused step")
        };
        self.push(finding, "the same name again", Announced::Unsaid, status(&heard), does);
        Ok(())
    }

    fn how(&self) -> How {
        if self.inspector.capabilities().patch { How::Patch } else { How::Put }
    }

    async fn version(&self) -> Result<Option<Version>, RemoteError> {
        let Some(id) = self.prober.id() else { return Ok(None) };
        let heard = self.inspector.object(self.kind(), id, None).await?;
        Ok(self.inspector.object_of(self.kind(), &heard).map(|seen| seen.version))
    }

    /// What changes without changing anything: the attributes as they are, but for the name.
    fn same(&self) -> Attributes {
        let mut same = self.prober.attributes().clone();
        same.retain(|name, _| self.prober.changed().contains_key(name));
        same
    }

    async fn no_change(&mut self) -> Result<(), RemoteError> {
        let same = self.same();
        if same.is_empty() {
            let does = "nothing of it can change";
            self.push(Finding::Unseen, "changing", Announced::Unsaid, "not tried", does);
            return Ok(());
        }
        let before = self.version().await?;
        let Some(heard) = self.prober.update(self.how(), &same, None).await? else { return Ok(()) };
        let after = self.version().await?;
        let etags = self.inspector.capabilities().etag;
        let (finding, seen, does) = match (heard.is_success(), before == after) {
            (false, _) => (Finding::Broken, status(&heard), "a step that is repeated fails"),
            (true, _) if !etags => (Finding::Kept, status(&heard), "repeats steps without harm"),
            (true, true) => (Finding::Kept, "keeps the version".to_owned(), "repeats steps without harm"),
            (true, false) => {
                (Finding::Fallback, "a new version".to_owned(), "repeats steps; plans made before are stale then")
            }
        };
        self.push(finding, "a change to the same", Announced::Unsaid, seen, does);
        Ok(())
    }

    async fn versions(&mut self) -> Result<(), RemoteError> {
        let same = self.same();
        if !self.inspector.capabilities().etag || same.is_empty() {
            return Ok(());
        }
        let Some(wrong) = self.prober.update(self.how(), &same, Some(NO_VERSION)).await? else { return Ok(()) };
        let (finding, does) = match wrong.status {
            412 => (Finding::Kept, "never overwrites what somebody else has changed"),
            _ if wrong.is_success() => (Finding::Broken, "may overwrite what somebody else has changed meanwhile"),
            _ => (Finding::Fallback, "what has changed meanwhile ends as a refused step"),
        };
        self.push(finding, "If-Match, a wrong version", true, wrong.status.to_string(), does);
        if let Some(Version::Etag(etag)) = self.version().await? {
            let Some(right) = self.prober.update(self.how(), &same, Some(&etag)).await? else { return Ok(()) };
            let (finding, does) = if right.is_success() {
                (Finding::Kept, "sends it with each write")
            } else {
                (Finding::Broken, "every change is refused: apply ends with 4")
            };
            self.push(finding, "If-Match, the right version", true, status(&right), does);
        }
        Ok(())
    }

    async fn change(&mut self) -> Result<(), RemoteError> {
        let changed = self.prober.changed().clone();
        if changed.is_empty() {
            return Ok(());
        }
        let patch = self.inspector.capabilities().patch;
        let ways = if patch {
            &[(How::Patch, "PATCH", true), (How::Put, "PUT", false)][..]
        } else {
            &[(How::Put, "PUT", true)]
        };
        for &(how, name, is_relied_on) in ways {
            // One way there, the other one back.
            let wanted = if is_relied_on { changed.clone() } else { self.same() };
            let Some(heard) = self.prober.update(how, &wanted, None).await? else { return Ok(()) };
            let holds = heard.is_success() && self.holds(&wanted).await?;
            let seen = match (heard.is_success(), holds) {
                (true, true) => format!("{}, and it shows", heard.status),
                (true, false) => format!("{}, and does not show", heard.status),
                (false, _) => status(&heard),
            };
            let (finding, does) = match (holds, how, is_relied_on) {
                (true, How::Patch, _) => (Finding::Kept, "changes attribute by attribute"),
                (true, How::Put, true) => (Finding::Fallback, "writes whole objects, having read them"),
                (true, How::Put, false) => (Finding::Kept, "does not need it"),
                (false, _, true) => (Finding::Broken, "changes are not done: apply ends with 4"),
                (false, _, false) => (Finding::Fallback, "does not need it"),
            };
            let announced = if how == How::Patch { Announced::from(patch) } else { Announced::Unsaid };
            self.push(finding, name, announced, seen, does);
        }
        Ok(())
    }

    /// Whether the object has these attributes, at the latest when writes are to have settled.
    async fn holds(&self, wanted: &Attributes) -> Result<bool, RemoteError> {
        let Some(id) = self.prober.id() else { return Ok(false) };
        let until = Instant::now() + self.inspector.settle();
        loop {
            let heard = self.inspector.object(self.kind(), id, None).await?;
            if self.prober.shows(&heard, wanted) {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            tokio::time::sleep(WAIT).await;
        }
    }

    /// Empties an attribute, twice: what is empty already must not be an error that undoes the rest.
    async fn empty(&mut self) -> Result<(), RemoteError> {
        // A list that is changed may be one that must not be empty.
        let is_text = |(_, value): &(&String, &Value)| matches!(value, Value::Text(_));
        let texts = self.prober.changed().iter().filter(is_text);
        let emptied: Attributes = texts.map(|(name, _)| (name.clone(), Value::Absent)).collect();
        if emptied.is_empty() {
            return Ok(());
        }
        let Some(first) = self.prober.update(self.how(), &emptied, None).await? else { return Ok(()) };
        let Some(again) = self.prober.update(self.how(), &emptied, None).await? else { return Ok(()) };
        let is_no_target = again.get("scimType").as_str() == Some("noTarget");
        let (finding, does) = match (first.is_success(), again.is_success()) {
            (true, true) => (Finding::Kept, "empties what the files empty"),
            (true, false) if is_no_target => (Finding::Kept, "takes it for done, and leaves it out"),
            (true, false) => (Finding::Fallback, "ends as a refused step"),
            (false, _) => (Finding::Broken, "nothing can be emptied: apply ends with 4"),
        };
        let seen = if first.is_success() { status(&again) } else { status(&first) };
        self.push(finding, "emptying what is empty", Announced::Unsaid, seen, does);
        Ok(())
    }

    async fn bulk(&mut self) -> Result<(), RemoteError> {
        let announced = self.inspector.capabilities().bulk.is_some();
        let changed = self.prober.changed();
        if changed.is_empty() || !announced {
            bulk_not_tried(self.inspector, "not tried", self.rows);
            return Ok(());
        }
        let Some(heard) = self.prober.bulk(changed).await? else { return Ok(()) };
        let of_operation = heard.get("Operations").get(0).and_then(|one| one.get("status")?.as_str());
        let is_done = heard.is_success() && of_operation.is_some_and(|status| status.starts_with('2'));
        let finding = if is_done { Finding::Kept } else { Finding::Fallback };
        let seen = match of_operation {
            Some(of_operation) if heard.is_success() => format!("{} with {of_operation} in it", heard.status),
            _ => status(&heard),
        };
        self.push(finding, "Bulk", announced, seen, if is_done { TOGETHER } else { ONE_BY_ONE });
        Ok(())
    }

    async fn delete(&mut self) -> Result<(), RemoteError> {
        let Some(deleted) = self.prober.delete().await? else { return Ok(()) };
        let seen = format!("{}, then {}", deleted.status, deleted.after);
        let is_done = (200..300).contains(&deleted.status) && deleted.after == 404;
        let (finding, does) = if is_done {
            (Finding::Kept, "deletes what the files remove")
        } else {
            (Finding::Broken, "deletions are not done: apply ends with 4")
        };
        self.push(finding, "deleting it", Announced::Unsaid, seen, does);
        Ok(())
    }
}
