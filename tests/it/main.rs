//! Integration tests: one binary, so that it links once.

mod access;
#[cfg(feature = "sandbox")]
mod authority;
mod bad_input;
mod broken;
#[cfg(feature = "sandbox")]
mod bulk_applied;
#[cfg(feature = "sandbox")]
mod bulk_carried_out;
#[cfg(feature = "sandbox")]
mod bulk_requests;
#[cfg(feature = "sandbox")]
mod bullseye_grants;
#[cfg(feature = "sandbox")]
mod bullseye_managing;
mod bullseye_manifest;
#[cfg(feature = "sandbox")]
mod bullseye_requests;
mod cli;
#[cfg(feature = "sandbox")]
mod concurrent_runs;
mod converge;
mod crash;
mod doctor;
#[cfg(feature = "sandbox")]
mod documentation;
#[cfg(feature = "sandbox")]
mod drift;
mod example;
mod explain;
#[cfg(feature = "sandbox")]
mod faults;
#[cfg(feature = "sandbox")]
mod faults_killed;
mod findings_forms;
mod foreign_targets;
mod generated;
#[path = "../support/generator.rs"]
mod generator;
#[cfg(feature = "sandbox")]
mod guards;
mod hostile;
#[cfg(feature = "sandbox")]
mod impossible;
#[cfg(feature = "sandbox")]
mod init;
#[cfg(feature = "sandbox")]
mod journal;
mod journey;
mod main_job;
mod manifest_text;
#[cfg(feature = "sandbox")]
mod pipeline;
mod planning;
#[cfg(feature = "sandbox")]
mod pull;
#[cfg(feature = "sandbox")]
mod redact;
#[cfg(feature = "sandbox")]
mod replacement;
mod responsive_manifest;
#[cfg(feature = "sandbox")]
mod responsive_requests;
#[cfg(feature = "sandbox")]
mod responsive_seats;
#[cfg(feature = "sandbox")]
mod resume;
#[cfg(feature = "sandbox")]
mod rule_findings;
#[cfg(feature = "sandbox")]
mod rule_plans;
mod rules;
mod scenarios;
mod schema_corpus;
mod schemas;
#[cfg(feature = "sandbox")]
mod scim_bulk;
#[cfg(feature = "sandbox")]
mod scim_checklist;
#[cfg(feature = "sandbox")]
mod scim_hostile;
#[cfg(feature = "sandbox")]
mod scim_lists;
#[cfg(feature = "sandbox")]
mod scim_patches;
#[cfg(feature = "sandbox")]
mod scim_wire;
#[cfg(feature = "sandbox")]
mod seats;
mod sloppy_servers;
#[cfg(feature = "sandbox")]
mod stopping;
mod strangers;
#[cfg(feature = "sandbox")]
mod strangers_applied;
mod support;
mod tidy;
#[cfg(feature = "sandbox")]
mod tokens;
mod total_expert_manifest;
#[cfg(feature = "sandbox")]
mod total_expert_requests;
#[cfg(feature = "sandbox")]
mod total_expert_updates;
#[cfg(feature = "sandbox")]
mod undo;
