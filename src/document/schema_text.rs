//! What the errors of a schema are called, where each belongs, and how to put it right.
//!
//! Responsible for the words. Names and values of the file are shown cut to a length; lists of
//! what is possible are cut, too.

use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationErrorKind as Error};
use serde_json::Value;

use super::schema::{Finder, Place};
use super::tree::{Kind, NodeRef};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, near_misses};
use crate::source::Span;

/// A longer list is not read; `explain` and the schema have all of it.
const MOST_LISTED: usize = 12;

/// A longer text is recognised by its beginning.
const MOST_SHOWN: usize = 60;

/// Pushes the findings for one error. `beside` is the schema object that the failed keyword is in.
pub(super) fn explain<'a>(
    error: &Error,
    place: &Place<'a>,
    beside: &Value,
    finder: &mut Finder<'a>,
    found: &mut Diagnostics,
) {
    let node = place.node;
    let subject = subject(place);
    let at = |code, message: String| Diagnostic::new(code, place.span(), message);
    let range = |what: String| at(Code::OutOfRange, format!("{subject} {what}"));
    let finding = match error {
        Error::AdditionalProperties { unexpected } | Error::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let span = finder.entry(node, name).map_or_else(|| place.span(), |entry| entry.key.span());
                found.push(unknown_key(span, name, beside));
            }
            return;
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
        Error::Type { kind } => wrong_type(place, &subject, kind),
        Error::Enum { options } => not_allowed(place, &subject, options.as_array().map_or(&[], Vec::as_slice)),
        Error::Constant { expected_value } => not_allowed(place, &subject, std::slice::from_ref(&**expected_value)),
        Error::Pattern { pattern } => {
            at(Code::BadFormat, form(&format!("`{}`", shown(node.text().unwrap_or_default())), beside, pattern))
        }
        Error::Format { format } => {
            let expects = expects(beside).map_or_else(|| format!("a text of the format `{format}`"), ToOwned::to_owned);
            at(Code::BadFormat, format!("`{}` is not {expects}", shown(node.text().unwrap_or_default())))
        }
        Error::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            let span = finder.entry(node, name).map_or_else(|| place.span(), |entry| entry.key.span());
            found.push(bad_key(span, name, error.kind(), beside));
            return;
        }
        Error::MinItems { limit } => range(at_least(*limit, "item", node.len())),
        Error::MaxItems { limit } => range(at_most(*limit, "item", node.len())),
        Error::MinProperties { limit } => range(at_least(*limit, "entry", node.len())),
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
    found.push(finding);
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

fn unknown_key(span: Span, name: &str, beside: &Value) -> Diagnostic {
    let keys =
        |keyword: &str| beside.get(keyword).and_then(Value::as_object).map(|object| object.keys().map(String::as_str));
    let known: Vec<&str> = keys("properties").into_iter().flatten().collect();
    if known.is_empty()
        && let Some(pattern) = keys("patternProperties").and_then(|mut patterns| patterns.next())
    {
        return Diagnostic::new(Code::BadFormat, span, form(&format!("the key `{}`", shown(name)), beside, pattern));
    }
    let finding = Diagnostic::new(Code::UnknownKey, span, format!("`{}` is not known here", shown(name)));
    if known.is_empty() { finding } else { finding.help(choices(Some(name), &known, "known here")) }
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
            Diagnostic::new(Code::NotAllowed, span, message).help(choices(Some(name), &options, "possible here"))
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

fn wrong_type(place: &Place<'_>, subject: &str, kind: &TypeKind) -> Diagnostic {
    let node = place.node;
    let expects = |wanted: JsonType| match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(set) => set.contains(wanted),
    };
    let words = [
        (JsonType::String, "a text"),
        (JsonType::Number, "a number"),
        (JsonType::Integer, "a whole number"),
        (JsonType::Boolean, "`true` or `false`"),
        (JsonType::Array, "a list"),
        (JsonType::Object, "a map"),
    ];
    let expected: Vec<&str> = words.iter().filter(|(wanted, _)| expects(*wanted)).map(|&(_, words)| words).collect();
    let expected = if expected.is_empty() { "left without a value".into() } else { expected.join(" or ") };
    if node.kind() == Kind::Null {
        let message = format!("{subject} must be {expected}, but has no value");
        return null_value(place, message, &expects);
    }
    let finding =
        Diagnostic::new(Code::WrongType, place.span(), format!("{subject} must be {expected}, not {}", what(node)));
    match retype(node, &expects) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// How the value could be meant as one of the expected types.
fn retype(node: NodeRef<'_>, expects: &impl Fn(JsonType) -> bool) -> Option<String> {
    let wants_number = expects(JsonType::Number) || expects(JsonType::Integer);
    let text = node.text().unwrap_or_default();
    match node.kind() {
        Kind::Int | Kind::Float | Kind::Bool if expects(JsonType::String) => {
            Some(format!("quote it: `\"{}\"`", shown(text)))
        }
        Kind::Float if expects(JsonType::Integer) => Some("write it without a fraction".into()),
        Kind::Text if wants_number && node.is_quoted() && text.parse::<f64>().is_ok() => {
            Some("take the quotes away".into())
        }
        Kind::Text if wants_number && text.starts_with(|c: char| c.is_ascii_digit()) => {
            Some("write digits only, without a leading zero, unit or separator".into())
        }
        Kind::Text if expects(JsonType::Boolean) => Some(match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => "write `true`, without quotes".into(),
            "no" | "off" | "n" | "false" => "write `false`, without quotes".into(),
            _ => return None,
        }),
        Kind::Text | Kind::Int | Kind::Float | Kind::Bool if expects(JsonType::Array) => {
            Some(format!("write a list of one: `[{}]`", shown(node.written())))
        }
        Kind::List if node.len() == 1 && expects(JsonType::String) => {
            Some("write the item alone, without the list".into())
        }
        Kind::List if expects(JsonType::Object) => Some("write entries, `key: value`, instead of items".into()),
        Kind::Map if expects(JsonType::Array) => {
            Some("write items, `- value` or `[value, value]`, instead of entries".into())
        }
        _ => None,
    }
}

fn null_value(place: &Place<'_>, message: String, expects: &impl Fn(JsonType) -> bool) -> Diagnostic {
    let help = if place.entry.is_none() {
        "write the value, or remove the item"
    } else if expects(JsonType::Array) {
        "leave the field out to keep what is live, or write `[]` to empty it"
    } else if expects(JsonType::String) {
        "leave the field out to keep what is live, or write `\"\"` to empty it"
    } else if expects(JsonType::Object) {
        "write its fields below it, indented, or `{}` for a map without any"
    } else {
        "leave the field out to keep what is live, or give it a value"
    };
    let finding = Diagnostic::new(Code::NullValue, place.span(), message);
    if place.node.index() == 0 { finding } else { finding.help(help) }
}

fn not_allowed(place: &Place<'_>, subject: &str, options: &[Value]) -> Diagnostic {
    let node = place.node;
    let options: Vec<String> =
        options.iter().map(|option| option.as_str().map_or_else(|| option.to_string(), ToOwned::to_owned)).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    if node.kind() == Kind::Null {
        let help = choices(None, &options, "possible here");
        let message = format!("{subject} has no value");
        let way_out = if place.entry.is_some() {
            "leave the field out to keep what is live, or give it a value"
        } else {
            "write the value, or remove the item"
        };
        return Diagnostic::new(Code::NullValue, place.span(), message).help(format!("{way_out}; {help}"));
    }
    let message = match node.text() {
        Some(text) if place.name.is_some() => format!("`{}` is not possible for {subject}", shown(text)),
        Some(text) => format!("`{}` is not possible here", shown(text)),
        None => format!("{subject} has a value that is not possible here"),
    };
    Diagnostic::new(Code::NotAllowed, place.span(), message).help(choices(node.text(), &options, "possible here"))
}

/// The near misses of a name, or else the list of what is possible.
fn choices(name: Option<&str>, options: &[&str], what: &str) -> String {
    let near = name.map(|name| near_misses(name, options.iter().copied())).unwrap_or_default();
    if !near.is_empty() {
        return format!(
            "did you mean {}?",
            near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
        );
    }
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
