//! Plans, findings and results as text, Markdown, HTML and JSON.
//!
//! Responsible for how a value looks: every function here takes values and returns a text. Not
//! responsible for printing it (`cli` does), nor for what is in the values. Texts for people carry
//! colours as ANSI sequences; whoever prints them takes the sequences out where they are not
//! wanted. Nothing that somebody wrote or a target sent reaches such a text with its control
//! characters: see [`visible`].

mod access;
mod dangers;
mod doctor;
mod drift;
mod findings;
mod github;
mod history;
mod html;
mod junit;
mod markdown;
mod plan_text;
mod redact;
mod repository;
mod results;
mod sarif;
mod text;

#[cfg(test)]
mod tests;

pub use access::{access_json, access_text};
pub use doctor::{checkup_json, checkup_text};
pub use drift::{drift_json, drift_text};
pub use findings::{FindingsSummary, findings_human, findings_json};
pub use github::findings_github;
pub use history::{CheckedRun, ListedRun, checks_json, checks_text, run_json, run_text, runs_json, runs_text};
pub use html::{plan_html, results_html};
pub use junit::findings_junit;
pub use markdown::{COMMENT_BYTES, plan_markdown, results_markdown};
pub use plan_text::{DIGEST_SHOWN, plan_text};
pub use redact::Redactor;
pub use repository::Repository;
pub use results::{outcome_reason, outcome_text, results_json, results_text};
pub use sarif::findings_sarif;
pub use text::visible;

use crate::plan::Plan;

/// A plan as JSON: the document that `plan --out` saves (DESIGN.md §6). The same plan is the same
/// bytes every time.
#[must_use]
pub fn plan_json(plan: &Plan) -> String {
    let mut json = serde_json::to_string_pretty(plan).expect("a plan has only keys that are texts");
    json.push('\n');
    json
}
