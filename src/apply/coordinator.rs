//! The coordinator: the one task that owns the progress of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::journal::{Ahead, Ended, Journal, JournalError};
use super::progress::Progress;
use super::verify::Touched;
use super::{Event, Outcome, Report};
use crate::plan::{Approved, Step};
use crate::remote::{ErrorClass, Left, Performed, Prepared, Reader, Shown, Writer, prepare};
use crate::state::StepId;

/// Becomes true when the run shall end after what is under way. A sender that is gone stops
/// nothing.
pub type Stop = watch::Receiver<bool>;

/// How a plan is applied.
pub struct Options<'a> {
    /// Steps under way at once.
    pub concurrency: usize,
    /// Where the run is written down, before each request and after it.
    pub journal: Option<&'a Journal>,
    /// Is told what happens, in the order in which it happens.
    pub on_event: Box<dyn FnMut(Event<'_>) + Send + 'a>,
}

impl Default for Options<'_> {
    /// Eight steps at once (DETAILS.md), nothing is written down and nobody is told.
    fn default() -> Self {
        Self { concurrency: 8, journal: None, on_event: Box::new(|_| {}) }
    }
}

/// Applies a plan: every step whose waits are over is performed, up to `concurrency` at once; what
/// depends on a step that did not succeed is skipped, nothing else; in the end what was written
/// must show.
pub async fn apply(approved: &Approved, reader: Reader, options: Options<'_>, stop: Stop) -> Report {
    go_on(approved, reader, options, &BTreeMap::new(), stop).await
}

/// Applies the rest of a plan of which these steps are done.
pub async fn go_on(
    approved: &Approved,
    reader: Reader,
    options: Options<'_>,
    done: &BTreeMap<StepId, Left>,
    stop: Stop,
) -> Report {
    let steps = &approved.plan().steps;
    let Options { concurrency, journal, on_event } = options;
    let mut run = Run {
        steps,
        journal,
        ahead: Ahead::new(journal, steps, concurrency),
        unrecorded: None,
        progress: Progress::new(steps),
        outcomes: vec![None; steps.len()],
        done: 0,
        left: BTreeMap::new(),
        touched: Touched::default(),
        hopeless: false,
        on_event,
    };
    run.take_as_done(done);
    let writer = Arc::new(Writer::new(&reader, approved));
    let interrupted = run.drive(&writer, concurrency.max(1), stop).await;
    if !interrupted && !run.hopeless {
        run.verify(&writer).await;
    }
    let counts = reader.counts();
    let outcome = |(step, outcome): (&Step, Option<Outcome>)| {
        (step.id, step.address.clone(), outcome.expect("every step has ended"))
    };
    let mut report = Report {
        outcomes: steps.iter().zip(run.outcomes).map(outcome).collect(),
        writes: counts.writes,
        reads: counts.reads,
        interrupted,
        run: journal.map(|journal| journal.run().clone()),
        unrecorded: run.unrecorded.map(|error| words(&error)),
    };
    if let Some(journal) = journal
        && let Err(error) = journal.end(&report).await
    {
        report.unrecorded.get_or_insert_with(|| words(&error));
    }
    report
}

/// An error with its cause.
fn words(error: &JournalError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

struct Run<'a, 'e> {
    steps: &'a [Step],
    journal: Option<&'a Journal>,
    ahead: Ahead<'a>,
    /// Why the journal cannot be written any more.
    unrecorded: Option<JournalError>,
    progress: Progress,
    outcomes: Vec<Option<Outcome>>,
    done: usize,
    left: BTreeMap<StepId, Left>,
    touched: Touched,
    /// Whether no further step has a chance: the target is silent, or the token is not accepted.
    hopeless: bool,
    on_event: Box<dyn FnMut(Event<'_>) + Send + 'e>,
}

/// What a worker brings back: nothing was sent where the journal could not be written.
type Back = (usize, Prepared, Result<Performed, JournalError>);

impl Run<'_, '_> {
    /// Takes in what earlier runs have done. It is written down first of all, so that whoever goes on
    /// after this run knows it too.
    fn take_as_done(&mut self, done: &BTreeMap<StepId, Left>) {
        for (place, step) in self.steps.iter().enumerate() {
            if let Some(left) = done.get(&step.id) {
                self.left.insert(step.id, left.clone());
                self.progress.settled(place);
                self.end(place, Outcome::AlreadyInPlace { id: left.id.clone() });
            }
        }
    }

    /// Performs steps until none is left; returns whether it was stopped before.
    async fn drive(&mut self, writer: &Arc<Writer>, concurrency: usize, mut stop: Stop) -> bool {
        let mut workers = JoinSet::new();
        let mut interrupted = false;
        loop {
            if !interrupted && *stop.borrow() {
                let left_out = self.progress.cancel();
                // A stop that comes after the last step has begun leaves nothing out.
                interrupted = !left_out.is_empty();
                for place in left_out {
                    self.end(place, Outcome::Cancelled);
                }
            }
            while self.progress.under_way() < concurrency {
                let Some(place) = self.progress.next() else { break };
                self.begin(place, writer, &mut workers);
            }
            if workers.is_empty() {
                break;
            }
            let ended = tokio::select! {
                biased;
                () = stopped(&mut stop), if !interrupted && !*stop.borrow() => continue,
                ended = workers.join_next() => ended,
            };
            match ended.expect("there are workers") {
                Ok((place, prepared, Ok(performed))) => {
                    self.came_back(place, &prepared, performed);
                    self.give_up_where_hopeless(place, writer);
                }
                Ok((place, _, Err(error))) => self.stop_unrecorded(place, error),
                // A panic is our bug; it must not pass for an outcome.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        for (place, because) in self.progress.stuck(self.steps) {
            let detail = format!("it waits for {because}, which never comes; the plan is not in order");
            self.end(place, Outcome::Failed { detail, credential: false });
        }
        interrupted
    }

    fn begin(&mut self, place: usize, writer: &Arc<Writer>, workers: &mut JoinSet<Back>) {
        let step = &self.steps[place];
        (self.on_event)(Event::Started { step: step.id, address: &step.address });
        match prepare(step, &self.left) {
            Ok(prepared) => {
                let writer = Arc::clone(writer);
                let announced = self.ahead.before(place, |place| self.outcomes[place].is_none());
                workers.spawn(async move {
                    if let Some(announced) = announced
                        && let Err(error) = announced.durable().await
                    {
                        return (place, prepared, Err(error));
                    }
                    let performed = writer.perform(&prepared).await;
                    (place, prepared, Ok(performed))
                });
            }
            Err(missing) => {
                let detail =
                    format!("it needs what {missing} leaves, without waiting for it; the plan is not in order");
                self.fail(place, Outcome::Failed { detail, credential: false });
            }
        }
    }

    fn came_back(&mut self, place: usize, prepared: &Prepared, performed: Performed) {
        let step = self.steps[place].id;
        let mut succeed = |left: Left, shown: &Shown| {
            self.touched.push(place, prepared, &left.id, shown);
            let id = left.id.clone();
            self.left.insert(step, left);
            self.progress.succeeded(place);
            id
        };
        match performed {
            Performed::Applied { left, shown } => {
                let id = succeed(left, &shown);
                self.end(place, Outcome::Applied { id });
            }
            Performed::AlreadyInPlace { left } => {
                let id = succeed(left, &Shown::AsPlanned);
                self.end(place, Outcome::AlreadyInPlace { id });
            }
            Performed::Stale { detail } => self.fail(place, Outcome::Stale { detail }),
            Performed::Refused { status, detail, rule } => {
                self.fail(place, Outcome::Refused { status, detail, rule });
            }
            Performed::Failed { detail, class } => {
                self.fail(place, Outcome::Failed { detail, credential: class == ErrorClass::Credential });
            }
            Performed::Unknown { detail } => self.fail(place, Outcome::Unknown { detail }),
        }
    }

    /// Leaves the rest out after a failure that every further step would repeat: with thousands of
    /// steps, each with its own waits, the run would otherwise not end for hours.
    fn give_up_where_hopeless(&mut self, place: usize, writer: &Writer) {
        let hopeless = match &self.outcomes[place] {
            Some(Outcome::Failed { credential, .. }) => *credential || writer.is_silent(),
            Some(Outcome::Unknown { .. }) => writer.is_silent(),
            _ => false,
        };
        if hopeless {
            self.give_up();
        }
    }

    /// A step was not sent, because it could not be written down that it would be: nothing further
    /// is. What is under way comes back.
    fn stop_unrecorded(&mut self, place: usize, error: JournalError) {
        self.unrecorded.get_or_insert(error);
        self.end(place, Outcome::Cancelled);
        for skipped in self.progress.failed(place) {
            self.end(skipped, Outcome::Cancelled);
        }
        self.give_up();
    }

    fn give_up(&mut self) {
        if !self.hopeless {
            self.hopeless = true;
            for place in self.progress.cancel() {
                self.end(place, Outcome::Cancelled);
            }
        }
    }

    fn fail(&mut self, place: usize, outcome: Outcome) {
        self.end(place, outcome);
        let because = self.steps[place].id;
        for skipped in self.progress.failed(place) {
            self.end(skipped, Outcome::Skipped { because });
        }
    }

    fn end(&mut self, place: usize, outcome: Outcome) {
        self.done += 1;
        let step = &self.steps[place];
        (self.on_event)(Event::Ended {
            step: step.id,
            address: &step.address,
            outcome: &outcome,
            done: self.done,
            of: self.steps.len(),
        });
        self.record(place, &outcome);
        self.outcomes[place] = Some(outcome);
    }

    fn record(&self, place: usize, outcome: &Outcome) {
        if let Some(journal) = self.journal {
            let step = self.steps[place].id;
            let left = self.left.get(&step).filter(|_| outcome.is_success()).cloned();
            journal.ended(Ended { step, outcome: outcome.clone(), left });
        }
    }

    async fn verify(&mut self, writer: &Writer) {
        let objects = self.touched.open_count();
        if objects == 0 {
            return;
        }
        (self.on_event)(Event::Verifying { objects });
        for (place, outcome) in self.touched.settle(writer).await {
            self.record(place, &outcome);
            self.outcomes[place] = Some(outcome);
        }
    }
}

/// Waits until the run shall stop; for ever, when nobody can say so any more.
async fn stopped(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
