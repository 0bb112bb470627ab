//! The user roles of a SaaS platform as code: validate, plan and apply over SCIM 2.0.
//!
//! People write roles, vocabularies and assignments in YAML. rolecall checks the files, reads what
//! the platform holds, shows the difference as a plan, and carries the plan out. This page is the
//! way through the code.
//!
//! # The rooms, in reading order
//!
//! Values flow from two sides to one plan, and from the plan to effects:
//!
//! ```text
//!    AUTHOR'S SIDE                                      PLATFORM'S SIDE
//!  files ─▶ source ─▶ document ─▶ manifest · project     HTTP ─▶ scim ─▶ remote
//!                                     │                                   │
//!                               state::Desired ──────┐        ┌────── state::Live
//!                                                    ▼        ▼
//!                                         plan      pure: two values in, one value out
//!                                                    │ Plan, and Approved when nothing refuses it
//!                        ─────────────────────────── effects below this line ───────────────
//!                                                    ▼
//!                                         apply ─▶ remote ─▶ HTTP          sandbox answers
//!                                                    ▼
//!                                         report ─▶ cli ─▶ people and pipelines
//! ```
//!
//! 1. [`source`]: which file, which bytes, which line and column, which cell.
//! 2. [`diagnostic`]: what is wrong, as values; the one closed list of codes.
//! 3. [`document`]: YAML to a tree in which every key and value knows its place.
//! 4. [`platform`]: a platform's rules as data, read from a pack.
//! 5. [`state`]: the nouns, as the files want them and as the platform holds them.
//! 6. [`project`]: `rolecall.yaml` as a value.
//! 7. [`manifest`]: from trees to what the files want; every finding at its place.
//! 8. [`bulk`]: requests for many roles at once, from spreadsheets too, held to a live state.
//! 9. [`plan`](mod@plan): the difference, the guards, the order of the steps.
//! 10. [`access`]: who can do what, in one state or by a saved plan.
//! 11. [`pull`]: live state as manifests, and edits of manifests that leave everything else alone.
//! 12. [`scim`]: the words of the wire.
//! 13. [`remote`]: the only HTTP client.
//! 14. [`apply`]: drives a plan to its end.
//! 15. [`doctor`]: what a target announces, and whether it is so.
//! 16. [`report`]: plans, findings, answers, check-ups and results as text and JSON.
#![cfg_attr(feature = "sandbox", doc = "17. [`sandbox`]: the platform in a box, which shares no rule with `plan`.")]
//! 18. [`cli`]: arguments, files, environment, terminal, exit codes. Its entrance is
//!     [`cli::run`], and `cli/commands` has one file for each command.
//!
//! A room imports only what stands above it here, and not all of that; a test holds the table of
//! what each may import (`tests/it/tidy.rs`).
//!
//! # One change, walked through
//!
//! Somebody adds `Insurance` to the segments of `Loan Officer`, in `manifests/roles.yaml`.
//!
//! `cli::load` finds the project and reads its files into [`source::Sources`]. [`manifest::read`]
//! parses each one ([`document::parse`]), holds the tree to the schema that is generated from the
//! pack, reads it into typed values and, once all files are one set, checks what they name. What is
//! wrong becomes [`diagnostic::Diagnostics`], all of it at once; when nothing is, there is a
//! [`state::Desired`], in which the role's segments know their place.
//!
//! `cli::connection` finds the target and its token. [`remote::Reader`] asks the target what it
//! can do and reads everything that it holds: a [`state::Live`] is complete, or reading failed.
//!
//! [`plan::plan`] matches the role by name, compares sets, and finds one [`plan::Change`] with one
//! field. It checks the guards, and makes one [`plan::Step`]: an update of `segments`, held
//! against the version that was read. All of it is a [`plan::Plan`], a value that
//! [`report::plan_text`] shows and `--out` saves.
//!
//! [`plan::approve`] gives an [`plan::Approved`] when nothing refuses the plan, and only with one
//! can [`apply::apply`] make the client that writes. It sends one PATCH with If-Match, reads the
//! role back, and says in an [`apply::Report`] what became of the step. `cli` turns that into an
//! exit code. The next plan is empty.
//!
//! # Files that a run touches
//!
//! It reads `rolecall.yaml`, the manifests that it names, a pack file and a token file where they
//! are named. It writes what `--out` and `--output` of a command name, what `init` makes, and `.rolecall/` in
//! the project's directory for what a run leaves behind (journals, `sandbox.db`); that directory
//! ignores itself in git. Nothing else.

pub mod access;
pub mod apply;
pub mod bulk;
pub mod cli;
pub mod diagnostic;
pub mod doctor;
pub mod document;
pub mod manifest;
pub mod plan;
pub mod platform;
pub mod project;
pub mod pull;
pub mod remote;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schemas;
pub mod scim;
pub mod source;
pub mod state;

// The generator of states is written against the public names, so that integration tests and
// benchmarks share it; unit tests see this crate under its own name.
#[cfg(test)]
extern crate self as rolecall;
#[cfg(test)]
#[path = "../tests/support/generator.rs"]
pub mod generator;
