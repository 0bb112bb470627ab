//! Explanations as one JSON document.
//!
//! Without a topic `{format_version, codes, rules}`; with one `{format_version, code}` or
//! `{format_version, rule}`.

use serde::Serialize;

use super::{Topic, severity_word};
use crate::diagnostic::{Code, Held, Rule, example, rules, rules_of};

/// Counts changes of the document that a reader has to know of.
const FORMAT_VERSION: u32 = 1;

#[derive(Default, Serialize)]
struct Document {
    format_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<Vec<Explained>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<Said>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Explained>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Said>,
}

/// A code.
#[derive(Serialize)]
struct Explained {
    code: &'static str,
    severity: &'static str,
    stage: &'static str,
    meaning: &'static str,
    wrong: Option<&'static str>,
    right: Option<&'static str>,
    rules: Vec<&'static str>,
}

/// A rule.
#[derive(Serialize)]
struct Said {
    rule: &'static str,
    platform: &'static str,
    meaning: &'static str,
    reading: Option<Reading>,
    held: Vec<Place>,
    wrong: Option<&'static str>,
    right: Option<&'static str>,
    source: Source,
}

#[derive(Serialize)]
struct Reading {
    name: &'static str,
    words: &'static str,
}

/// One place where a rule is held; which of the others there are depends on `by`.
#[derive(Default, Serialize)]
struct Place {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'static str>,
}

#[derive(Serialize)]
struct Source {
    document: &'static str,
    place: &'static str,
}

pub(super) fn of(topic: &Topic) -> String {
    let mut document = Document { format_version: FORMAT_VERSION, ..Document::default() };
    match topic {
        Topic::Everything => {
            document.codes = Some(Code::ALL.iter().map(|code| code_of(*code)).collect());
            document.rules = Some(rules().map(rule_of).collect());
        }
        Topic::Code(code) => document.code = Some(code_of(*code)),
        Topic::Rule(rule) => document.rule = Some(rule_of(rule)),
    }
    let mut text = serde_json::to_string_pretty(&document).expect("texts and numbers can be written");
    text.push('\n');
    text
}

fn code_of(code: Code) -> Explained {
    let example = example(code);
    Explained {
        code: code.name(),
        severity: severity_word(code.severity()),
        stage: code.stage().name(),
        meaning: code.meaning(),
        wrong: example.map(|example| example.wrong),
        right: example.map(|example| example.right),
        rules: rules_of(code).map(|rule| rule.id).collect(),
    }
}

fn rule_of(rule: &Rule) -> Said {
    let document = rule.document();
    Said {
        rule: rule.id,
        platform: document.platform,
        meaning: rule.means,
        reading: rule.reading.map(|(name, words)| Reading { name, words }),
        held: rule.held.iter().map(place_of).collect(),
        wrong: rule.example.map(|example| example.wrong),
        right: rule.example.map(|example| example.right),
        source: Source { document: document.title, place: rule.place },
    }
}

fn place_of(held: &Held) -> Place {
    let by = Place { by: held.by(), ..Place::default() };
    match *held {
        Held::Files(code) | Held::Plan(code) => Place { code: Some(code.name()), ..by },
        Held::With(rule) => Place { rule: Some(rule), ..by },
        Held::Command(command, words) => Place { command: Some(command), words: Some(words), ..by },
        Held::Sandbox(status) | Held::Unnamed(status) => Place { status: Some(status), ..by },
        Held::Construction(words) | Held::BulkRequest(words) | Held::NotChecked(words) => {
            Place { words: Some(words), ..by }
        }
    }
}
