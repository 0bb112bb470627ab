//! The coordinator: the one task that owns the progress of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::batch::Batches;
use super::journal::{Ahead, Ended, Journal, JournalError};
use super::progress::Progress;
use super::verify::Touched;
use super::{Event, Outcome, Recounted, Report};
use crate::plan::{Approved, SeatUse, Step, Together};
use crate::remote::{Answered, ErrorClass, Left, Member, Performed, Prepared, Reader, Settled, Shown, Writer, prepare};
use crate::state::{StepId, fold};

/// Becomes true when the run shall end after what is under way. A sender that is gone stops
/// nothing.
pub type Stop = watch::Receiver<bool>;

/// What a failed step does to those that do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing.
    #[default]
    Continue,
    /// Those that have not begun are left out.
    Stop,
}

/// How a plan is applied.
pub struct Options<'a> {
    /// Requests under way at once.
    pub concurrency: usize,
    /// Which steps may share a request, where the target takes such; `None`: none.
    pub together: Option<&'a Together>,
    /// What a failed step does to the rest.
    pub on_error: OnError,
    /// Where the run is written down, before each request and after it.
    pub journal: Option<&'a Journal>,
    /// Is told what happens, in the order in which it happens.
    pub on_event: Box<dyn FnMut(Event<'_>) + Send + 'a>,
}

impl Default for Options<'_> {
    /// Eight single steps at once (DETAILS.md), nothing is written down and nobody is told.
    fn default() -> Self {
        Self { concurrency: 8, together: None, on_error: OnError::Continue, journal: None, on_event: Box::new(|_| {}) }
    }
}

/// Applies a plan: every step whose waits are over is performed, up to `concurrency` requests at
/// once; many that may share a request do, where the target takes such; what depends on a step that did not succeed is skipped, nothing else; in the end what was written
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
    let Options { concurrency, together, on_error, journal, on_event } = options;
    let writer = Arc::new(Writer::new(&reader, approved));
    // The plan of a bulk request says that it goes as one, however few its rows are.
    let fewest = if approved.plan().request.is_some() { 2 } else { concurrency.max(1) + 1 };
    let batches = together.and_then(|together| Batches::new(together, &writer, fewest));
    let mut run = Run {
        steps,
        journal,
        ahead: Ahead::new(journal, steps, concurrency),
        unrecorded: None,
        progress: Progress::new(steps, |place| batches.as_ref().is_none_or(|batches| batches.goes_alone(place))),
        batches,
        on_error,
        in_doubt: BTreeSet::new(),
        closed: BTreeMap::new(),
        outcomes: vec![None; steps.len()],
        done: 0,
        left: BTreeMap::new(),
        touched: Touched::default(),
        on_event,
    };
    run.take_as_done(done);
    run.drive(&writer, concurrency.max(1), stop).await;
    let left_out_by = |why: Why| run.closed.get(&why).is_some_and(|left_out| *left_out);
    let (interrupted, stopped_on_error) = (left_out_by(Why::Stop), left_out_by(Why::Error));
    if !interrupted && !run.closed.contains_key(&Why::Hopeless) {
        run.verify(&writer).await;
    }
    let all_done = run.outcomes.iter().flatten().all(Outcome::is_success);
    let recounted = if all_done { recounted(&approved.plan().seats, &writer).await } else { Vec::new() };
    let counts = reader.counts();
    let outcome = |(step, outcome): (&Step, Option<Outcome>)| {
        (step.id, step.address.clone(), outcome.expect("every step has ended"))
    };
    let mut report = Report {
        outcomes: steps.iter().zip(run.outcomes).map(outcome).collect(),
        writes: counts.writes,
        reads: counts.reads,
        interrupted,
        stopped_on_error,
        recounted,
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
    /// How steps travel together; `None`: they do not.
    batches: Option<Batches<'a>>,
    on_error: OnError,
    /// Steps that were sent with others and may yet arrive.
    in_doubt: BTreeSet<usize>,
    /// Why nothing further begins, and whether that left anything out.
    closed: BTreeMap<Why, bool>,
    outcomes: Vec<Option<Outcome>>,
    done: usize,
    left: BTreeMap<StepId, Left>,
    touched: Touched,
    on_event: Box<dyn FnMut(Event<'_>) + Send + 'e>,
}

/// Why nothing further begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// It was asked for.
    Stop,
    /// A step has failed, and the run was to stop then.
    Error,
    /// No further step has a chance: the target is silent, the token is not accepted, or the journal
    /// cannot be written.
    Hopeless,
}

/// What a worker brings back: nothing was sent where the journal could not be written.
enum Back {
    One(usize, Box<Prepared>, Result<Performed, JournalError>),
    Several(BTreeMap<usize, Prepared>, Result<Answered, JournalError>),
}

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

    /// Performs steps until none is left, or until it is stopped.
    async fn drive(&mut self, writer: &Arc<Writer>, concurrency: usize, mut stop: Stop) {
        let mut workers = JoinSet::new();
        loop {
            let is_stopping = *stop.borrow();
            if is_stopping && !self.closed.contains_key(&Why::Stop) {
                self.close(Why::Stop);
            }
            while workers.len() < concurrency {
                if self.begin_several(writer, &mut workers) {
                    continue;
                }
                let Some(place) = self.progress.next() else { break };
                self.begin(place, writer, &mut workers);
            }
            if workers.is_empty() {
                break;
            }
            let ended = tokio::select! {
                biased;
                () = stopped(&mut stop), if !is_stopping => continue,
                ended = workers.join_next() => ended,
            };
            match ended.expect("there are workers") {
                Ok(Back::One(place, prepared, Ok(performed))) => self.performed(place, &prepared, performed, writer),
                Ok(Back::One(place, _, Err(error))) => self.stop_unrecorded(place, error),
                Ok(Back::Several(prepared, Ok(answered))) => self.several_came_back(&prepared, answered, writer),
                Ok(Back::Several(prepared, Err(error))) => {
                    for place in prepared.into_keys() {
                        self.stop_unrecorded(place, error.clone());
                    }
                }
                // A panic is our bug; it must not pass for an outcome.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        for (place, because) in self.progress.stuck(self.steps) {
            let detail = format!("it waits for {because}, which never comes; the plan is not in order");
            self.end(place, Outcome::Failed { detail, credential: false });
        }
    }

    /// Sends several steps that are ready with one request, where that pays.
    fn begin_several(&mut self, writer: &Arc<Writer>, workers: &mut JoinSet<Back>) -> bool {
        let Some(batches) = &mut self.batches else { return false };
        let resolved = |place: usize| prepare(&self.steps[place], &self.left).ok();
        let members = batches.next(&mut self.progress, writer, resolved);
        if members.is_empty() {
            return false;
        }
        for Member { key, .. } in &members {
            let step = &self.steps[*key];
            (self.on_event)(Event::Started { step: step.id, address: &step.address });
        }
        let prepared: BTreeMap<usize, Prepared> = members.iter().map(|one| (one.key, one.step.clone())).collect();
        let places: Vec<usize> = prepared.keys().copied().collect();
        let announced = self.ahead.together(&places);
        let writer = Arc::clone(writer);
        workers.spawn(async move {
            if let Some(announced) = announced
                && let Err(error) = announced.durable().await
            {
                return Back::Several(prepared, Err(error));
            }
            Back::Several(prepared, Ok(writer.perform_together(members).await))
        });
        true
    }

    fn several_came_back(&mut self, prepared: &BTreeMap<usize, Prepared>, answered: Answered, writer: &Writer) {
        if let Some(because) = answered.not_again {
            if self.batches.take().is_some() {
                (self.on_event)(Event::Singly { because: &because });
            }
            self.progress.all_go_alone();
        }
        for (place, settled) in answered.members {
            if let Some(batches) = &mut self.batches {
                batches.came_back(place);
            }
            match settled {
                Settled::Performed(performed) => self.performed(place, &prepared[&place], performed, writer),
                Settled::Again { in_doubt } => {
                    if in_doubt {
                        self.in_doubt.insert(place);
                    }
                    if self.closed.is_empty() {
                        self.progress.put_back(place);
                    } else {
                        // What depends on it has been left out already.
                        self.progress.failed(place);
                        self.leave_out(place);
                        self.closed.values_mut().for_each(|left_out| *left_out = true);
                    }
                }
            }
        }
    }

    fn begin(&mut self, place: usize, writer: &Arc<Writer>, workers: &mut JoinSet<Back>) {
        let step = &self.steps[place];
        (self.on_event)(Event::Started { step: step.id, address: &step.address });
        match prepare(step, &self.left) {
            Ok(prepared) => {
                let writer = Arc::clone(writer);
                let in_doubt = self.in_doubt.contains(&place);
                let announced = self.ahead.before(place, |place| self.outcomes[place].is_none());
                workers.spawn(async move {
                    if let Some(announced) = announced
                        && let Err(error) = announced.durable().await
                    {
                        return Back::One(place, Box::new(prepared), Err(error));
                    }
                    let performed = writer.perform_again(&prepared, in_doubt).await;
                    Back::One(place, Box::new(prepared), Ok(performed))
                });
            }
            Err(missing) => {
                let detail =
                    format!("it needs what {missing} leaves, without waiting for it; the plan is not in order");
                self.fail(place, Outcome::Failed { detail, credential: false });
            }
        }
    }

    fn performed(&mut self, place: usize, prepared: &Prepared, performed: Performed, writer: &Writer) {
        self.in_doubt.remove(&place);
        self.came_back(place, prepared, performed);
        self.give_up_where_hopeless(place, writer);
        let is_failure = self.outcomes[place].as_ref().is_some_and(|outcome| !outcome.is_success());
        if is_failure && self.on_error == OnError::Stop {
            self.close(Why::Error);
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
            self.close(Why::Hopeless);
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
        self.close(Why::Hopeless);
    }

    /// Nothing further begins. A stop that comes after the last step has begun leaves nothing out.
    fn close(&mut self, why: Why) {
        let left_out = self.progress.cancel();
        *self.closed.entry(why).or_default() |= !left_out.is_empty();
        for place in left_out {
            self.leave_out(place);
        }
    }

    /// A step is not tried, or not again.
    fn leave_out(&mut self, place: usize) {
        let outcome = if self.in_doubt.contains(&place) {
            let detail = "the answer to its request was lost, and it may yet be carried out; plan again".to_owned();
            Outcome::Unknown { detail }
        } else {
            Outcome::Cancelled
        };
        self.end(place, outcome);
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

/// The user types of which other seats are in use at the end than the plan leaves: somebody else has
/// changed users meanwhile. A plan without moves asks for nothing, and one that cannot be held
/// against the counters says nothing: everything that it wanted is there.
async fn recounted(seats: &[SeatUse], writer: &Writer) -> Vec<Recounted> {
    if seats.iter().all(|of| of.before == of.after) {
        return Vec::new();
    }
    let in_use = match writer.seats_in_use().await {
        Ok(in_use) => in_use,
        Err(error) => {
            tracing::warn!(%error, "the seats in use could not be read again");
            return Vec::new();
        }
    };
    let differs = |of: &SeatUse| {
        let used = *in_use.get(&*fold(&of.user_type))?;
        (used != of.after).then(|| Recounted { user_type: of.user_type.clone(), planned: of.after, used })
    };
    seats.iter().filter_map(differs).collect()
}

/// Waits until the run shall stop; for ever, when nobody can say so any more.
async fn stopped(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
