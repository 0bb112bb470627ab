//! Integration tests: one binary, so that it links once.

mod bad_input;
mod broken;
mod cli;
mod crash;
mod example;
mod explain;
mod journey;
mod main_job;
mod schemas;
mod support;
mod tidy;
