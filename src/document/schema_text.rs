//! What the errors of a schema are called, where each belongs, and how to put it right.
//!
//! Responsible for the words. Names and values of the file are shown cut to a length; lists of
//! what is possible are cut, too.

use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationErrorKind as Error};
use serde_json::Value;

use super::schema::{Finder, Keywords, Place, required};
use super::tree::{Entry, Kind, NodeRef};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, distinct_names, near_misses};
use crate::source::Span;

/// A longer list is not read; `explain` and the schema have all of it.
const MOST_LISTED: usize = 12;

/// A longer text is recognised by its beginning.
const MOST_SHOWN: usize = 60;

/// Pushes the findings for one error. `keyword` is the pointer to what failed.
pub(super) fn explain<'a>(
    error: &Error,
    place: &Place<'a>,
    keyword: &str,
    keywords: &mut Keywords<'_>,
    finder: &mut Finder<'a>,
    found: &mut Diagnostics,
) {
    let around = keywords.around(keyword);
    for finding in findings(error, place, keyword, keywords, finder) {
        let rule = rule(error, &finding, place.node, around).map(ToOwned::to_owned);
        found.push(match rule {
            Some(rule) => finding.rule(rule),
            None => finding,
        });
    }
}

/// The rule that an error breaks, if the schema says it: one of presence, of number, or of values. Any
/// other wrong type breaks none: what is meant is not known.
fn rule<'s>(error: &Error, finding: &Diagnostic, node: NodeRef<'_>, around: &'s Value) -> Option<&'s str> {
    let (schema, keyword) = match error {
        Error::Required { property } => (around.get("properties")?.get(property.as_str()?)?, "x-required-rule"),
        Error::MinItems { .. } | Error::MinProperties { .. } | Error::MinLength { .. } => (around, "x-required-rule"),
        _ if finding.code == Code::NullValue => (around, "x-required-rule"),
        Error::Type { .. } if node.kind() == Kind::List && node.len() > 1 => (around, "x-one-rule"),
        Error::Type { .. } => return None,
        _ => (around, "x-rule"),
    };
    schema.get(keyword)?.as_str()
}

fn findings<'a>(
    error: &Error,
    place: &Place<'a>,
    keyword: &str,
    keywords: &mut Keywords<'_>,
    finder: &mut Finder<'a>,
) -> Vec<Diagnostic> {
    let beside = keywords.beside(keyword);
    let node = place.node;
    let subject = subject(place);
    let at = |code, message: String| Diagnostic::new(code, place.span(), message);
    let range = |what: String| at(Code::OutOfRange, format!("{subject} {what}"));
    let finding = match error {
        Error::AdditionalProperties { unexpected } | Error::UnevaluatedProperties { unexpected } => {
            let mut findings = Vec::with_capacity(unexpected.len());
            for name in unexpected {
                let entry = finder.entry(node, name);
                let span = entry.map_or_else(|| place.span(), |entry| entry.key.span());
                findings.push(unknown_key(span, name, entry.is_some_and(follows_a_comma), beside));
            }
            return findings;
        }
        Error::FalseSchema => {
            let span = place.entry.map_or_else(|| place.span(), |entry| entry.key.span());
            Diagnostic::new(Code::UnknownKey, span, format!("{subject} is not possible here"))
        }
        Error::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let message = match place.name {
                Some(owner) => format!("`{name}` is missing in `{}`", shown(owner)),
                None => format!("`{name}` is missing"),
            };
            Diagnostic::new(Code::MissingKey, place.owner(), message)
        }
        Error::Type { kind } => wrong_type(place, &subject, kind, keyword, keywords),
        Error::Enum { options } => {
            let options = options.as_array().map_or(&[][..], Vec::as_slice);
            not_allowed(place, &subject, options, keyword, keywords)
        }
        Error::Constant { expected_value } => {
            not_allowed(place, &subject, std::slice::from_ref(&**expected_value), keyword, keywords)
        }
        Error::Pattern { pattern } => {
            at(Code::BadFormat, form(&format!("`{}`", shown(node.text().unwrap_or_default())), beside, pattern))
        }
        Error::Format { format } => {
            let expects = expects(beside).map_or_else(|| format!("a text of the format `{format}`"), ToOwned::to_owned);
            at(Code::BadFormat, format!("`{}` is not {expects}", shown(node.text().unwrap_or_default())))
        }
        Error::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            let entry = finder.entry(node, name);
            let span = entry.map_or_else(|| place.span(), |entry| entry.key.span());
            let finding = bad_key(span, name, error.kind(), beside);
            if finding.help.is_none() && entry.is_some_and(follows_a_comma) { finding.help(COMMA) } else { finding }
        }
        Error::MinItems { limit } => range(at_least(*limit, "item", node.len())),
        Error::MaxItems { limit } => range(at_most(*limit, "item", node.len())),
        Error::MinProperties { limit } => range(at_least(*limit, "entry", node.len())),
        Error::MaxProperties { .. } if expects(beside).is_some() => {
            range(format!("must be {}", expects(beside).unwrap_or_default()))
        }
        Error::MaxProperties { limit } => range(at_most(*limit, "entry", node.len())),
        Error::MinLength { limit: 1 } => range("must not be empty".into()),
        Error::MinLength { limit } => range(at_least(*limit, "character", characters(node))),
        Error::MaxLength { limit } => range(at_most(*limit, "character", characters(node))),
        Error::Minimum { limit } => range(format!("must be at least {limit}, not {}", written(node))),
        Error::Maximum { limit } => range(format!("must be at most {limit}, not {}", written(node))),
        Error::ExclusiveMinimum { limit } => range(format!("must be more than {limit}, not {}", written(node))),
        Error::ExclusiveMaximum { limit } => range(format!("must be less than {limit}, not {}", written(node))),
        Error::MultipleOf { multiple_of } => {
            range(format!("must be a multiple of {multiple_of}, not {}", written(node)))
        }
        other => at(
            Code::NotAllowed,
            format!("{subject} has none of the forms that are possible here (`{}`)", other.keyword()),
        ),
    };
    vec![finding]
}

/// What a finding is about, in words that can begin a sentence.
fn subject(place: &Place<'_>) -> String {
    match (place.name, place.entry) {
        (Some(name), Some(_)) => format!("`{}`", shown(name)),
        (Some(name), None) => format!("an item of `{}`", shown(name)),
        (None, _) if place.node.index() == 0 => "the file".into(),
        (None, _) => "an item of the list".into(),
    }
}

/// Why a key may stand where the author meant none.
const COMMA: &str = "quote the text before it if the comma belongs to it";

/// Whether an entry of a map in braces has neither a colon nor a value: mostly the rest of a text
/// with a comma in it.
fn follows_a_comma(entry: Entry<'_>) -> bool {
    let Span { start, end, .. } = entry.key.span();
    let text = entry.key.tree().text;
    let before = text.get(..start as usize).unwrap_or_default().trim_end();
    let after = text.get(end as usize..).unwrap_or_default().trim_start();
    entry.value.kind() == Kind::Null
        && entry.value.written().is_empty()
        && before.ends_with(',')
        && after.starts_with([',', '}'])
}

fn unknown_key(span: Span, name: &str, follows_a_comma: bool, beside: &Value) -> Diagnostic {
    let keys =
        |keyword: &str| beside.get(keyword).and_then(Value::as_object).map(|object| object.keys().map(String::as_str));
    let known: Vec<&str> = keys("properties").into_iter().flatten().collect();
    if known.is_empty()
        && let Some(pattern) = keys("patternProperties").and_then(|mut patterns| patterns.next())
    {
        return Diagnostic::new(Code::BadFormat, span, form(&format!("the key `{}`", shown(name)), beside, pattern));
    }
    let finding = Diagnostic::new(Code::UnknownKey, span, format!("`{}` is not known here", shown(name)));
    match near(name, &known) {
        Some(help) => finding.help(help),
        None if follows_a_comma => finding.help(COMMA),
        None if known.is_empty() => finding,
        None => finding.help(listed(&known, "known here")),
    }
}

fn bad_key(span: Span, name: &str, error: &Error, beside: &Value) -> Diagnostic {
    let subject = format!("the key `{}`", shown(name));
    let at = |message: String| Diagnostic::new(Code::BadFormat, span, message);
    match error {
        Error::Pattern { pattern } => at(form(&subject, beside, pattern)),
        Error::MinLength { limit: 1 } => at("a key must not be empty".into()),
        Error::MinLength { limit } => at(format!("{subject} {}", at_least(*limit, "character", name.chars().count()))),
        Error::MaxLength { limit } => at(format!("{subject} {}", at_most(*limit, "character", name.chars().count()))),
        Error::Enum { options } => {
            let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let message = format!("`{}` is not possible as a key here", shown(name));
            let help = near(name, &options).unwrap_or_else(|| listed(&options, "possible here"));
            Diagnostic::new(Code::NotAllowed, span, message).help(help)
        }
        _ => at(format!("{subject} has not the form that is needed here")),
    }
}

fn form(subject: &str, beside: &Value, pattern: &str) -> String {
    match expects(beside) {
        Some(expects) => format!("{subject} is not {expects}"),
        None => format!("{subject} does not match `{pattern}`"),
    }
}

fn expects(beside: &Value) -> Option<&str> {
    beside.get("x-expects").and_then(Value::as_str)
}

/// The texts that a schema takes, where it lists them.
pub(super) fn texts(schema: &Value) -> Option<Vec<&str>> {
    let listed = schema.get("enum").or_else(|| schema.get("then")?.get("enum"))?;
    Some(listed.as_array()?.iter().filter_map(Value::as_str).collect())
}

/// Types other than text, in the words for people.
const WORDS: [(JsonType, &str); 5] = [
    (JsonType::Number, "a number"),
    (JsonType::Integer, "a whole number"),
    (JsonType::Boolean, "`true` or `false`"),
    (JsonType::Array, "a list"),
    (JsonType::Object, "a map"),
];

fn wrong_type(
    place: &Place<'_>,
    subject: &str,
    kind: &TypeKind,
    keyword: &str,
    keywords: &mut Keywords<'_>,
) -> Diagnostic {
    let node = place.node;
    let texts = texts(keywords.beside(keyword));
    let expects = |wanted: JsonType| match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(set) => set.contains(wanted),
    };
    let others = WORDS.iter().filter(|(wanted, _)| expects(*wanted)).map(|&(_, words)| words.to_owned());
    let mut expected: Vec<String> = others.collect();
    match &texts {
        Some(texts) if expects(JsonType::String) && !expected.is_empty() => {
            expected.extend(texts.iter().map(|text| format!("`{text}`")));
        }
        _ if expects(JsonType::String) => expected.insert(0, "a text".into()),
        _ => {}
    }
    let expected = if expected.is_empty() { "left without a value".into() } else { expected.join(" or ") };
    if node.kind() == Kind::Null {
        let message = format!("{subject} must be {expected}, but has no value");
        return null_value(place, message, &expects, keyword, keywords);
    }
    let finding =
        Diagnostic::new(Code::WrongType, place.span(), format!("{subject} must be {expected}, not {}", what(node)));
    // A text that is quoted must then be one of those that are possible.
    let takes = |text: &str| texts.as_ref().is_none_or(|texts| texts.contains(&text));
    match retype(node, &expects, &takes) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// How the value could be meant as one of the expected types.
fn retype(node: NodeRef<'_>, expects: &impl Fn(JsonType) -> bool, takes: &impl Fn(&str) -> bool) -> Option<String> {
    let wants_number = expects(JsonType::Number) || expects(JsonType::Integer);
    let text = node.text().unwrap_or_default();
    match node.kind() {
        Kind::Int | Kind::Float | Kind::Bool if expects(JsonType::String) && takes(text) => {
            Some(format!("quote it: `\"{}\"`", shown(text)))
        }
        Kind::Float if expects(JsonType::Integer) => Some("write it without a fraction".into()),
        Kind::Text if wants_number && node.is_quoted() && text.parse::<f64>().is_ok() => {
            Some("take the quotes away".into())
        }
        Kind::Text if wants_number && text.starts_with(|c: char| c.is_ascii_digit()) => {
            Some("write digits only, without a unit or separator".into())
        }
        Kind::Text if expects(JsonType::Boolean) => Some(match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => "write `true`, without quotes".into(),
            "no" | "off" | "n" | "false" => "write `false`, without quotes".into(),
            _ => return None,
        }),
        Kind::Text | Kind::Int | Kind::Float | Kind::Bool if expects(JsonType::Array) => {
            Some(format!("write a list of one: `[{}]`", shown(node.written())))
        }
        Kind::List
            if node.len() == 1
                && expects(JsonType::String)
                && node.items().all(|item| item.text().is_some_and(takes)) =>
        {
            Some("write the item alone, without the list".into())
        }
        Kind::List if expects(JsonType::Object) => Some("write entries, `key: value`, instead of items".into()),
        Kind::Map if expects(JsonType::Array) => {
            Some("write items, `- value` or `[value, value]`, instead of entries".into())
        }
        _ => None,
    }
}

fn null_value(
    place: &Place<'_>,
    message: String,
    expects: &impl Fn(JsonType) -> bool,
    keyword: &str,
    keywords: &mut Keywords<'_>,
) -> Diagnostic {
    let finding = Diagnostic::new(Code::NullValue, place.span(), message);
    let Some(entry) = place.entry else {
        let is_file = place.node.index() == 0;
        return if is_file { finding } else { finding.help("write the value, or remove the item") };
    };
    if follows_a_comma(entry) {
        return finding.help(COMMA);
    }
    let schema = keywords.beside(keyword);
    let needs = |keyword: &str| schema.get(keyword).is_some_and(|least| !matches!(least.as_u64(), Some(0)));
    let is_map = expects(JsonType::Object) && !expects(JsonType::Array) && !expects(JsonType::String);
    if is_map {
        let needs_fields = required(schema).is_some() || needs("minProperties");
        let empty = if needs_fields { "" } else { ", or `{}` for a map without any" };
        return finding.help(format!("write its fields below it, indented{empty}"));
    }
    let empty = if expects(JsonType::Array) && !needs("minItems") {
        Some("`[]`")
    } else if expects(JsonType::String) && keywords.absent().is_some() && keywords.takes_empty_text(schema) {
        // Where nothing is live, a text that is empty is no better than none.
        Some("`\"\"`")
    } else {
        None
    };
    finding.help(way_out(keywords, keyword, empty))
}

/// What to do about a key without a value: what leaving it out would mean, and how to empty it,
/// where that is possible.
fn way_out(keywords: &Keywords<'_>, keyword: &str, empty: Option<&str>) -> String {
    let leave_out = match (keywords.is_required(keyword), keywords.absent()) {
        (true, _) => None,
        (false, Some(absent)) => Some(format!("leave the field out to {absent}")),
        (false, None) => Some("leave the key out".to_owned()),
    };
    let fill_in = match (empty, keywords.absent()) {
        (Some(empty), Some(_)) => format!("write {empty} to empty it"),
        (Some(empty), None) => format!("write {empty} for none"),
        (None, _) => "give it a value".to_owned(),
    };
    match leave_out {
        Some(leave_out) => format!("{leave_out}, or {fill_in}"),
        None => fill_in,
    }
}

fn not_allowed(
    place: &Place<'_>,
    subject: &str,
    options: &[Value],
    keyword: &str,
    keywords: &Keywords<'_>,
) -> Diagnostic {
    let node = place.node;
    let options: Vec<String> =
        options.iter().map(|option| option.as_str().map_or_else(|| option.to_string(), ToOwned::to_owned)).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let types = keywords.around(keyword).get("type").and_then(Value::as_array);
    let types: Vec<&str> = types.into_iter().flatten().filter_map(Value::as_str).collect();
    let others = WORDS.iter().filter(|(wanted, _)| types.contains(&wanted.as_str())).map(|(_, words)| *words);
    let possible = std::iter::once(listed(&options, "possible here")).chain(others.map(ToOwned::to_owned));
    let possible = possible.collect::<Vec<_>>().join(" or ");
    if node.kind() == Kind::Null {
        let message = format!("{subject} has no value");
        let way_out = if place.entry.is_some() {
            way_out(keywords, keyword, None)
        } else {
            "write the value, or remove the item".to_owned()
        };
        return Diagnostic::new(Code::NullValue, place.span(), message).help(format!("{way_out}; {possible}"));
    }
    let message = match node.text() {
        None if expects(keywords.beside(keyword)).is_some() => {
            format!("{subject} must be {}", expects(keywords.beside(keyword)).unwrap_or_default())
        }
        Some(text) if place.name.is_some() => format!("`{}` is not possible for {subject}", shown(text)),
        Some(text) => format!("`{}` is not possible here", shown(text)),
        None => format!("{subject} has a value that is not possible here"),
    };
    let text = node.text().unwrap_or_default();
    let wants_number = types.iter().any(|name| matches!(*name, "integer" | "number"));
    let help = if wants_number && node.is_quoted() && text.parse::<f64>().is_ok() {
        "take the quotes away".to_owned()
    } else {
        node.text().and_then(|text| near(text, &options)).unwrap_or(possible)
    };
    Diagnostic::new(Code::NotAllowed, place.span(), message).help(help)
}

/// Asks whether one of the options near to a name is meant.
fn near(name: &str, options: &[&str]) -> Option<String> {
    let near: Vec<String> = near_misses(name, options.iter().copied()).iter().map(|name| format!("`{name}`")).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// The list of what is possible. Two spellings of one name would look like a mistake of ours.
fn listed(options: &[&str], what: &str) -> String {
    let options = distinct_names(options.iter().copied());
    let listed: Vec<String> = options.iter().take(MOST_LISTED).map(|option| format!("`{option}`")).collect();
    let rest = options.len().saturating_sub(MOST_LISTED);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{what}: {}{rest}", listed.join(", "))
}

fn what(node: NodeRef<'_>) -> String {
    match node.kind() {
        Kind::Null => "nothing".into(),
        Kind::Bool => format!("`{}`", shown(node.text().unwrap_or_default())),
        Kind::Int | Kind::Float => format!("the number {}", written(node)),
        Kind::Text => "a text".into(),
        Kind::List => "a list".into(),
        Kind::Map => "a map".into(),
    }
}

fn written(node: NodeRef<'_>) -> String {
    shown(node.text().unwrap_or_default())
}

fn characters(node: NodeRef<'_>) -> usize {
    node.text().map_or(0, |text| text.chars().count())
}

fn at_least(limit: u64, what: &str, is: usize) -> String {
    if limit == 1 {
        format!("needs at least one {what}")
    } else {
        format!("needs at least {}, has {is}", count(limit, what))
    }
}

fn at_most(limit: u64, what: &str, is: usize) -> String {
    format!("can have at most {}, has {is}", count(limit, what))
}

fn count(number: u64, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}

/// A text of the file on one line and of a bounded length.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MOST_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
