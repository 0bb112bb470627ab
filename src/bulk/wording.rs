//! How findings about a request are worded.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;

/// The finding, with the id of the rule where the pack has one.
pub(super) fn ruled(finding: Diagnostic, rule: Option<&String>) -> Diagnostic {
    match rule {
        Some(rule) => finding.rule(rule.clone()),
        None => finding,
    }
}

/// The first few names in backticks, and how many more there are.
pub(super) fn few<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    /// More would hide what the sentence says.
    const MOST: usize = 10;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        let _ = write!(text, " and {} more", names.len() - MOST);
    }
    text
}
