#![doc = "placeholder"]
pub mod source;
pub mod diagnostic;
pub mod state;
