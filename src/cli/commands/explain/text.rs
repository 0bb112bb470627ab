//! Explanations for people.

use std::fmt::Write;

use anstyle::Style;

use super::{Topic, severity_word, stage_words};
use crate::diagnostic::{Code, DOCUMENTS, Example, Held, Rule, example, rules, rules_of};

const STRONG: Style = Style::new().bold();

pub(super) fn of(topic: &Topic) -> String {
    match topic {
        Topic::Everything => format!("{}\n{}", codes(), all_rules()),
        Topic::Code(code) => one_code(*code),
        Topic::Rule(rule) => one_rule(rule),
    }
}

fn codes() -> String {
    let widest = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut stage = None;
    for code in Code::ALL {
        if stage != Some(code.stage()) {
            let gap = if stage.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{STRONG}{}{STRONG:#}", stage_words(code.stage()));
            stage = Some(code.stage());
        }
        let meaning = code.meaning();
        let first = meaning.find(". ").map_or(meaning, |end| &meaning[..=end]);
        let _ = writeln!(out, "  {:widest$}  {:7}  {first}", code.name(), severity_word(code.severity()));
    }
    out
}

fn all_rules() -> String {
    let places: Vec<(&Rule, String)> = rules().map(|rule| (rule, places(rule))).collect();
    let widest = places.iter().map(|(_, places)| places.len()).max().unwrap_or(0);
    let mut out = String::new();
    for document in DOCUMENTS {
        let gap = if out.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{gap}{STRONG}Rules of {} (\"{}\"){STRONG:#}", document.platform, document.title);
        for (rule, places) in places.iter().filter(|(rule, _)| rule.document() == document) {
            let _ = writeln!(out, "  {:7}  {places:widest$}  {}", rule.id, rule.in_short());
        }
    }
    out
}

/// The rooms that hold a rule, each once.
fn places(rule: &Rule) -> String {
    let mut places: Vec<&str> = rule
        .held
        .iter()
        .map(|held| match held {
            Held::With(other) => other,
            held => held.by(),
        })
        .collect();
    places.dedup();
    places.join(", ")
}

fn one_code(code: Code) -> String {
    let severity = severity_word(code.severity());
    let mut out = format!(
        "{STRONG}{code}{STRONG:#} ({severity}; found in {})\n\n{}\n",
        stage_words(code.stage()).to_lowercase(),
        code.meaning()
    );
    files(&mut out, example(code));
    let mut named = rules_of(code).peekable();
    if named.peek().is_some() {
        let _ = writeln!(out, "\n{STRONG}Rules that it can name{STRONG:#}");
        for rule in named {
            let _ = writeln!(out, "    {:7}  {}", rule.id, rule.in_short());
        }
    }
    out
}

fn one_rule(rule: &Rule) -> String {
    let document = rule.document();
    let mut out = format!("{STRONG}{}{STRONG:#} (a rule of {})\n\n{}\n", rule.id, document.platform, rule.means);
    if let Some((name, reading)) = rule.reading {
        let _ = writeln!(out, "\n{STRONG}Read as{STRONG:#}\n    {reading} ({name})");
    }
    let _ = writeln!(out, "\n{STRONG}Held by{STRONG:#}");
    for held in rule.held {
        let _ = writeln!(out, "    {}", words(held));
    }
    files(&mut out, rule.example);
    let _ = writeln!(out, "\n{STRONG}Source{STRONG:#}\n    \"{}\": {}", document.title, rule.place);
    out
}

fn words(held: &Held) -> String {
    match held {
        Held::Files(code) => format!("files: `{code}`, found without a target"),
        Held::Plan(code) => format!("plan: `{code}`, found when the live state is read"),
        Held::With(other) => format!("with {other}: whatever breaks this breaks that one, which is named"),
        Held::Command(command, what) => format!("`rolecall {command}`: {what}"),
        Held::Construction(how) => format!("construction: {how}"),
        Held::Sandbox(status) => format!("sandbox: refuses the raw request with {status}"),
        Held::Unnamed(status) => format!("sandbox: refuses the raw request with {status}, which names no rule"),
        Held::BulkRequest(what) => format!("bulk request: {what}"),
        Held::NotChecked(why) => format!("nothing: {why}"),
    }
}

fn files(out: &mut String, example: Option<Example>) {
    let Some(example) = example else { return };
    for (word, file) in [("Wrong", example.wrong), ("Right", example.right)] {
        let _ = writeln!(out, "\n{STRONG}{word}{STRONG:#}");
        for line in file.lines() {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
    }
}
