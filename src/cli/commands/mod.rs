//! One file per command: its arguments, whose doc comments are its help, and what it does.

pub mod access;
pub mod apply;
pub mod bulk;
pub mod doctor;
pub mod drift;
pub mod explain;
pub mod generate;
pub mod history;
pub mod init;
pub mod plan;
mod progress;
pub mod pull;
pub mod resume;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schema;
pub mod show;
pub mod undo;
mod update;
pub mod validate;
