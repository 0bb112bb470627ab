//! Integration tests: one binary, so that it links once.

mod access;
#[cfg(feature = "sandbox")]
mod authority;
mod bad_input;
mod broken;
#[cfg(feature = "sandbox")]
mod bullseye_grants;
#[cfg(feature = "sandbox")]
mod bullseye_managing;
mod bullseye_manifest;
#[cfg(feature = "sandbox")]
mod bullseye_requests;
mod cli;
mod converge;
mod crash;
mod example;
mod explain;
mod foreign_targets;
#[path = "../support/generator.rs"]
mod generator;
#[cfg(feature = "sandbox")]
mod guards;
mod hostile;
#[cfg(feature = "sandbox")]
mod impossible;
mod journey;
mod main_job;
mod manifest_text;
#[cfg(feature = "sandbox")]
mod pipeline;
mod planning;
#[cfg(feature = "sandbox")]
mod replacement;
mod responsive_manifest;
#[cfg(feature = "sandbox")]
mod responsive_requests;
#[cfg(feature = "sandbox")]
mod responsive_seats;
#[cfg(feature = "sandbox")]
mod rule_findings;
#[cfg(feature = "sandbox")]
mod rule_plans;
mod rules;
mod scenarios;
mod schemas;
#[cfg(feature = "sandbox")]
mod scim_bulk;
#[cfg(feature = "sandbox")]
mod scim_checklist;
#[cfg(feature = "sandbox")]
mod scim_lists;
#[cfg(feature = "sandbox")]
mod scim_patches;
#[cfg(feature = "sandbox")]
mod scim_wire;
#[cfg(feature = "sandbox")]
mod seats;
mod strangers;
#[cfg(feature = "sandbox")]
mod strangers_applied;
mod support;
mod tidy;
mod total_expert_manifest;
#[cfg(feature = "sandbox")]
mod total_expert_requests;
#[cfg(feature = "sandbox")]
mod total_expert_updates;
