//! Integration tests: one binary, so that it links once.

mod broken;
mod cli;
mod example;
mod explain;
mod main_job;
mod schemas;
mod tidy;
#[cfg(feature = "sandbox")]
mod total_expert_requests;
