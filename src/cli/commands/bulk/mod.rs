//! `rolecall bulk`: requests that change the classifications and segments of many roles (R-TE-23 to
//! R-TE-27).
//!
//! Responsible for the command's four parts. Not responsible for what a request says (`bulk`), nor for
//! planning and sending it (`plan`, `apply`).

mod apply;
mod manifests;
pub mod outcomes;
mod plan;
mod request;
pub mod requested;
mod template;

use clap::{Args, Subcommand};

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Change the classifications and segments of many roles by one request
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
#[command(
    after_help = "  rolecall bulk template --out roles.xlsx      the live roles; what is edited there is the request
  rolecall bulk plan roles.xlsx                what it would change; nothing is written
  rolecall bulk apply roles.xlsx --rows 300    show it, and carry it out"
)]
pub struct Bulk {
    #[command(subcommand)]
    part: Part,
}

/// What is done with requests.
#[derive(Debug, Subcommand)]
enum Part {
    Template(Box<template::Template>),
    Plan(Box<plan::PlanRequest>),
    Apply(Box<apply::ApplyRequest>),
    Request(Box<request::WriteRequest>),
}

/// Does what is asked.
pub fn run(arguments: &Bulk, run: &mut Run) -> Result<Exit, Failure> {
    match &arguments.part {
        Part::Template(arguments) => template::run(arguments, run),
        Part::Plan(arguments) => plan::run(arguments, run),
        Part::Apply(arguments) => apply::run(arguments, run),
        Part::Request(arguments) => request::run(arguments, run),
    }
}
