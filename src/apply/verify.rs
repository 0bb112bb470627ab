//! After the last step: what was written must show.
//!
//! Answers that showed the object as planned have settled it; the rest is read back, again and
//! again until it shows or the target's time to settle is over.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Outcome;
use crate::remote::{Differences, Prepared, RemoteError, Shown, Wanted, Writer};
use crate::state::Kind;

/// The first wait between two readings; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What the touched objects shall be in the end.
#[derive(Debug, Default)]
pub(super) struct Touched {
    objects: BTreeMap<(Kind, String), Object>,
}

#[derive(Debug, Default)]
struct Object {
    wanted: crate::state::Attributes,
    /// Whether the last answer showed it as that step wanted it.
    shown: bool,
    /// The last step that wrote it.
    step: usize,
}

impl Touched {
    /// Takes in a step that succeeded. Steps on one object come in their order.
    pub fn push(&mut self, step: usize, prepared: &Prepared, id: &str, shown: &Shown) {
        let key = (prepared.address().kind, id.to_owned());
        if prepared.deletes() {
            // The answer is all there is to see: afterwards the id means nothing.
            self.objects.remove(&key);
            return;
        }
        let object = self.objects.entry(key).or_default();
        object.wanted.extend(prepared.attributes().clone());
        // A later answer shows what an earlier step set too, but only its own attributes were
        // compared.
        object.shown = *shown == Shown::AsPlanned && (object.shown || object.wanted == *prepared.attributes());
        object.step = step;
    }

    /// What has to be read back.
    fn open(&self) -> BTreeMap<Kind, Wanted> {
        let mut open: BTreeMap<Kind, Wanted> = BTreeMap::new();
        for ((kind, id), object) in &self.objects {
            if !object.shown {
                open.entry(*kind).or_default().insert(id.clone(), object.wanted.clone());
            }
        }
        open
    }

    /// How many objects have to be read back.
    pub fn open_count(&self) -> usize {
        self.objects.values().filter(|object| !object.shown).count()
    }

    /// Reads back what has to be; returns the steps whose writes do not show.
    pub async fn settle(&self, writer: &Writer) -> Vec<(usize, Outcome)> {
        let until = Instant::now() + writer.settle();
        let mut wait = FIRST_WAIT;
        let mut open = self.open();
        while !open.is_empty() {
            let (differing, error) = compare(writer, &open).await;
            if differing.is_empty() {
                break;
            }
            let out_of_time = Instant::now() + wait > until;
            if out_of_time || error.is_some() {
                let detail = error.map(|error| error.to_string());
                return self.unsettled(&differing, detail.as_deref());
            }
            open.retain(|kind, wanted| {
                let differences = differing.get(kind);
                wanted.retain(|id, _| differences.is_some_and(|differences| differences.contains_key(id)));
                !wanted.is_empty()
            });
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Vec::new()
    }

    fn unsettled(&self, differing: &BTreeMap<Kind, Differences>, detail: Option<&str>) -> Vec<(usize, Outcome)> {
        let one = |kind: Kind, id: &String, attributes: &Vec<String>| {
            let object = self.objects.get(&(kind, id.clone()))?;
            let outcome = Outcome::NotSettled { attributes: attributes.clone(), detail: detail.map(str::to_owned) };
            Some((object.step, outcome))
        };
        differing
            .iter()
            .flat_map(|(kind, differences)| differences.iter().filter_map(|(id, names)| one(*kind, id, names)))
            .collect()
    }
}

/// What differs; with an error, what could not be read counts as differing in nothing that is
/// known.
async fn compare(writer: &Writer, open: &BTreeMap<Kind, Wanted>) -> (BTreeMap<Kind, Differences>, Option<RemoteError>) {
    let mut differing = BTreeMap::new();
    let mut failure = None;
    for (&kind, wanted) in open {
        let differences = match writer.compare(kind, wanted.clone()).await {
            Ok(differences) => differences,
            Err(error) => {
                failure = Some(error);
                wanted.keys().map(|id| (id.clone(), Vec::new())).collect()
            }
        };
        if !differences.is_empty() {
            differing.insert(kind, differences);
        }
    }
    (differing, failure)
}
