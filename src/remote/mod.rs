//! The only HTTP client: reads the live state, performs one step, classifies failures.
//!
//! A [`Reader`] reads and has no method that writes; a [`Writer`] comes into being only from a
//! plan that was approved. An [`Inspector`] asks single questions and tells what came as it came; a
//! [`Prober`] writes one throw-away object and no other. All translate between the wire and the nouns of `state`, adapt to what
//! the target announces, and stay within one set of limits. Not responsible for the order of steps
//! nor for going on after a failure (`apply`), nor for what to write (`plan`).

mod body;
mod bulk;
mod catalogue;
mod check;
mod client;
mod create;
mod discovery;
mod error;
mod inspect;
mod lenient;
mod limit;
mod listed;
mod mapped;
mod place;
mod probe;
mod read;
mod retry;
mod shape;
mod step;
mod target;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;
mod version;
mod walk;
mod wire;
mod write;

pub use bulk::{Answered, Member, Operation, Settled};
pub use check::{Differences, Wanted};
pub use client::Counts;
pub use error::{Attempt, ErrorClass, RemoteError};
pub use inspect::{Glimpse, Heard, Inspector};
pub use probe::{Deleted, How, LookedUp, Prober, Throwaway};
pub use read::Reader;
pub use step::{Left, Performed, Prepared, Shown, prepare};
pub use target::{Mapping, Reread, Target, Token};
pub use write::Writer;
