//! Integration tests: one binary, so that it links once.

mod cli;
mod explain;
mod tidy;
