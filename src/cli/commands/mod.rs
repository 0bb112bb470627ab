//! One file per command: its arguments, whose doc comments are its help, and what it does.

pub mod explain;
