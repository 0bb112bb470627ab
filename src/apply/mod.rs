//! Driving a schedule to its end.
//!
//! One coordinator owns the progress; workers only perform requests. Responsible for the order,
//! for what is skipped, for a clean stop and for seeing that what was written shows. Not
//! responsible for what a step does on the wire (`remote`) nor for what is right to do (`plan`).

mod batch;
mod coordinator;
pub mod journal;
mod outcome;
mod progress;
#[cfg(test)]
mod tests;
mod verify;

pub use coordinator::{OnError, Options, Stop, apply, go_on};
pub use outcome::{Event, Outcome, Recounted, Report};
