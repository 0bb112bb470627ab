//! The nouns: roles, vocabularies, user types, users; as the files want them and as the platform
//! holds them.
//!
//! Responsible for plain values that the author's side and the platform's side both produce, so
//! that planning compares like with like. Not responsible for where they come from (`manifest`,
//! `remote`), for what a platform allows (`platform`), nor for what to do about a difference
//! (`plan`).

mod address;
mod desired;
mod live;
mod names;
mod users;
mod value;

pub use address::{Address, BadAddress, Kind, Selector};
pub use desired::{Declared, Desired, DesiredObject, Origin, RemovedRole, RemovedUser, WrittenGrants};
pub use live::{Bulk, Capabilities, CatalogueEntity, KindCapability, Live, LiveObject, Organization, Version};
pub use names::{Names, Symbol, Texts, fold};
pub use users::{Assignment, Assignments, LiveUser, LiveUsers};
pub use value::{Attributes, Binding, StepId, Value, attribute};
