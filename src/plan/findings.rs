//! What the stages of planning have to say, and what of it the overrides let pass.
//!
//! Stages push; [`Findings::settle`] sums the overrides per code. Not responsible for deciding
//! what is wrong.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Finding, Policy};
use crate::diagnostic::{Code, Severity};
use crate::platform::Pack;

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Found>,
}

/// A finding that is being made.
pub(super) struct Found {
    code: Code,
    severity: Severity,
    rule: Option<String>,
    message: String,
    help: Option<String>,
    /// What `--allow CODE=N` is held against; `None` where no override exists.
    amount: Option<u64>,
    /// Whether something else than that override lets it pass.
    is_allowed: bool,
}

impl Found {
    /// Adds the way out.
    pub(super) fn help(&mut self, help: String) -> &mut Self {
        self.help = Some(help);
        self
    }

    /// Adds the rule of the source documents, where the pack names one.
    pub(super) fn rule(&mut self, rule: Option<&String>) -> &mut Self {
        self.rule = rule.cloned();
        self
    }

    /// Makes an error elsewhere only worth knowing here.
    pub(super) fn warning(&mut self) -> &mut Self {
        self.severity = Severity::Warning;
        self
    }

    /// Makes an error elsewhere a plain fact here.
    pub(super) fn note(&mut self) -> &mut Self {
        self.severity = Severity::Note;
        self
    }

    /// Lets `--allow CODE=N` pass it, with at least this amount.
    pub(super) fn passes(&mut self, amount: u64) -> &mut Self {
        self.amount = Some(amount);
        self
    }

    /// Says whether something has let it pass already.
    pub(super) fn allowed(&mut self, is_allowed: bool) -> &mut Self {
        self.is_allowed = is_allowed;
        self
    }
}

impl Findings {
    /// Adds a finding, with the severity of its code; nothing lets it pass unless [`Found::passes`]
    /// or [`Found::allowed`] says so.
    pub(super) fn push(&mut self, code: Code, message: String) -> &mut Found {
        let severity = code.severity();
        let found = Found { code, severity, rule: None, message, help: None, amount: None, is_allowed: false };
        self.found.push(found);
        self.found.last_mut().expect("it was just pushed")
    }

    /// Adds a finding that nothing lets pass, with the way out.
    pub(super) fn push_with_help(&mut self, code: Code, message: String, help: String) {
        self.push(code, message).help(help);
    }

    /// Adds what a guard says; an override for at least `amount` lets it pass.
    pub(super) fn push_guard(&mut self, code: Code, amount: u64, message: String) {
        self.push(code, message).passes(amount);
    }

    /// The findings, the worst first, with the overrides applied: one lets all findings of its
    /// code pass or none, so that it names the whole amount.
    pub(super) fn settle(mut self, policy: &Policy, pack: &Pack) -> Vec<Finding> {
        let mut totals: BTreeMap<Code, u64> = BTreeMap::new();
        for found in &self.found {
            *totals.entry(found.code).or_default() += found.amount.unwrap_or(0);
        }
        self.found.sort_by(|a, b| (a.severity, a.code, &a.message).cmp(&(b.severity, b.code, &b.message)));
        // Two stages may come upon the same thing.
        self.found.dedup_by(|a, b| a.amount.is_none() && (a.code, &a.message) == (b.code, &b.message));
        let finding = |Found { code, severity, rule, message, help, amount, is_allowed }| {
            let total = totals[&code];
            let allowed = is_allowed || amount.is_some() && policy.allow.get(&code).is_some_and(|&most| total <= most);
            let help = help.or_else(|| amount.map(|_| format!("`--allow {code}={total}` lets exactly this pass")));
            let rule = rule.or_else(|| rule_of(code, pack).cloned());
            Finding { code: code.name().to_owned(), rule, severity, message, help, allowed }
        };
        let mut settled: Vec<Finding> = policy.found.clone();
        settled.extend(self.found.into_iter().map(finding));
        // In the order of its places what was found before comes first, among what is as bad.
        settled.sort_by_key(|finding| finding.severity);
        settled
    }
}

/// The rule that a code stands for on a platform, wherever it is found.
fn rule_of(code: Code, pack: &Pack) -> Option<&String> {
    match code {
        Code::HeldRole => pack.roles.held_rule.as_ref(),
        Code::NoSeat => pack.users.seat_rule.as_ref(),
        Code::SeveralRoles => pack.users.role_rule.as_ref(),
        Code::CheaperUserType => pack.roles.permissions.least_type_rule.as_ref(),
        _ => None,
    }
}

/// Names in backticks: the first few, and how many more there are.
pub(crate) fn few<'a>(names: impl IntoIterator<Item = &'a str>, count: usize) -> String {
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
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
