//! What the stages of planning have to say, and what of it the overrides let pass.
//!
//! Stages push; [`Findings::settle`] sums the overrides per code. Not responsible for deciding
//! what is wrong.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Finding, Policy};
use crate::diagnostic::{Code, Severity};

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Found>,
}

struct Found {
    code: Code,
    severity: Severity,
    message: String,
    help: Option<String>,
    /// What `--allow CODE=N` is held against; `None` where no override exists.
    amount: Option<u64>,
}

impl Findings {
    /// Adds a finding that nothing lets pass.
    pub(super) fn push(&mut self, code: Code, message: String) {
        self.found.push(Found { code, severity: code.severity(), message, help: None, amount: None });
    }

    /// Adds a finding that nothing lets pass, with the way out.
    pub(super) fn push_with_help(&mut self, code: Code, message: String, help: String) {
        self.found.push(Found { code, severity: code.severity(), message, help: Some(help), amount: None });
    }

    /// Adds a finding of a code that is an error elsewhere but only worth knowing here.
    pub(super) fn push_warning(&mut self, code: Code, message: String) {
        self.found.push(Found { code, severity: Severity::Warning, message, help: None, amount: None });
    }

    /// Adds what a guard says; an override for at least `amount` lets it pass.
    pub(super) fn push_guard(&mut self, code: Code, amount: u64, message: String) {
        self.found.push(Found { code, severity: code.severity(), message, help: None, amount: Some(amount) });
    }

    /// The findings, the worst first, with the overrides applied: one lets all findings of its
    /// code pass or none, so that it names the whole amount.
    pub(super) fn settle(mut self, policy: &Policy) -> Vec<Finding> {
        let mut totals: BTreeMap<Code, u64> = BTreeMap::new();
        for found in &self.found {
            *totals.entry(found.code).or_default() += found.amount.unwrap_or(0);
        }
        self.found.sort_by(|a, b| (a.severity, a.code, &a.message).cmp(&(b.severity, b.code, &b.message)));
        // Two stages may come upon the same thing.
        self.found.dedup_by(|a, b| a.amount.is_none() && (a.code, &a.message) == (b.code, &b.message));
        let finding = |Found { code, severity, message, help, amount }| {
            let total = totals[&code];
            let allowed = amount.is_some() && policy.allow.get(&code).is_some_and(|&most| total <= most);
            let help = help.or_else(|| amount.map(|_| format!("`--allow {code}={total}` lets exactly this pass")));
            Finding { code: code.name().to_owned(), rule: None, severity, message, help, allowed }
        };
        self.found.into_iter().map(finding).collect()
    }
}

/// Names in backticks: the first few, and how many more there are.
pub(super) fn few<'a>(names: impl IntoIterator<Item = &'a str>, count: usize) -> String {
    let mut text = String::new();
    for name in names.into_iter().take(FEW) {
        let separator = if text.is_empty() { "" } else { ", " };
        write!(text, "{separator}`{name}`").expect("a String takes every text");
    }
    if count > FEW {
        write!(text, " and {} more", count - FEW).expect("a String takes every text");
    }
    text
}

/// How many names a message lists: enough to see which ones are meant, still one line.
pub(super) const FEW: usize = 5;

/// A count and its noun: `1 user`, `3 users`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
