//! Filters (RFC 7644 §3.4.2.2).
//!
//! Responsible for the grammar, whole, with limits on length and nesting. Not responsible for
//! what a filter selects, which needs the schemas, nor for which filters a service supports.

use std::fmt;

use serde_json::{Number, Value};

use super::path::AttributePath;

/// The longest filter that is read, in bytes: a few hundred comparisons, and no more than what
/// common servers take in a URL.
pub const MAX_FILTER_BYTES: usize = 8 * 1024;
/// The deepest nesting of groups and brackets; whatever walks a filter may recurse.
pub const MAX_FILTER_DEPTH: usize = 32;

/// A condition on a resource or on one value of a multi-valued attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// `userName eq "ana@example.com"`.
    Compare(AttributePath, Operator, Literal),
    /// `emails pr`: the attribute has a value.
    Present(AttributePath),
    /// `emails[type eq "work" and primary eq true]`: one value satisfies all of it.
    Values(AttributePath, Box<Filter>),
    /// `not (…)`.
    Not(Box<Filter>),
    /// All of two or more.
    And(Vec<Filter>),
    /// Any of two or more.
    Or(Vec<Filter>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

pub(super) const OPERATORS: [(&str, Operator); 9] = [
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("co", Operator::Contains),
    ("sw", Operator::StartsWith),
    ("ew", Operator::EndsWith),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessOrEqual),
];

/// The value that an attribute is compared with.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "JSON's own scalar types")]
pub enum Literal {
    Null,
    Boolean(bool),
    Number(Number),
    String(String),
}

/// Why a text is no filter or path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, at byte {at}")]
pub struct GrammarError {
    /// Where it stopped making sense, in bytes from the beginning.
    pub at: usize,
    /// What was expected.
    pub reason: &'static str,
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        if text.len() > MAX_FILTER_BYTES {
            return Err(GrammarError { at: 0, reason: "the filter is too long" });
        }
        let mut parser = Parser { text, at: 0, depth: 0, in_values: false };
        let filter = parser.any()?;
        parser.spaces();
        if parser.at == text.len() { Ok(filter) } else { Err(parser.error("`and`, `or` or the end was expected")) }
    }

    /// `attribute eq "text"`.
    #[must_use]
    pub fn equal(attribute: &str, text: &str) -> Self {
        let path = AttributePath { urn: None, attribute: attribute.to_owned(), sub: None };
        Self::Compare(path, Operator::Equal, Literal::String(text.to_owned()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, parts: &[Filter]| {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Filter::And(_) | Filter::Or(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Compare(path, operator, literal) => write!(f, "{path} {operator} {literal}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Values(path, filter) => write!(f, "{path}[{filter}]"),
            Self::Not(filter) => write!(f, "not ({filter})"),
            Self::And(parts) => list(f, "and", parts),
            Self::Or(parts) => list(f, "or", parts),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OPERATORS.iter().find(|(_, operator)| operator == self).map_or("", |(word, _)| word))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::String(value) => write!(f, "{}", Value::from(value.as_str())),
        }
    }
}

/// Reads filters by recursive descent; `and` binds closer than `or`.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    in_values: bool,
}

impl<'a> Parser<'a> {
    /// Reads `[filter]` at a byte of a text; also the first byte behind it.
    pub(super) fn bracketed(text: &'a str, at: usize) -> Result<(Filter, usize), GrammarError> {
        let mut parser = Parser { text, at, depth: 0, in_values: false };
        let filter = parser.values()?;
        Ok((filter, parser.at))
    }

    fn error(&self, reason: &'static str) -> GrammarError {
        GrammarError { at: self.at, reason }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(' ').len();
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.rest().starts_with(c);
        if eaten {
            self.at += c.len_utf8();
        }
        eaten
    }

    /// The text up to a space, a bracket or a parenthesis.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find([' ', '(', ')', '[', ']']).unwrap_or(rest.len())]
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word().eq_ignore_ascii_case(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn any(&mut self) -> Result<Filter, GrammarError> {
        let mut parts = vec![self.all()?];
        while self.eat_conjunction("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() > 1 { Filter::Or(parts) } else { parts.remove(0) })
    }

    fn all(&mut self) -> Result<Filter, GrammarError> {
        let mut parts = vec![self.term()?];
        while self.eat_conjunction("and") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() > 1 { Filter::And(parts) } else { parts.remove(0) })
    }

    fn eat_conjunction(&mut self, word: &str) -> bool {
        self.spaces();
        self.eat_word(word)
    }

    fn term(&mut self) -> Result<Filter, GrammarError> {
        self.spaces();
        if self.rest().starts_with('(') {
            return self.group();
        }
        let word = self.word();
        let behind = &self.rest()[word.len()..];
        if word.eq_ignore_ascii_case("not") && behind.trim_start_matches(' ').starts_with('(') {
            self.at += word.len();
            self.spaces();
            return Ok(Filter::Not(Box::new(self.group()?)));
        }
        self.attribute()
    }

    fn group(&mut self) -> Result<Filter, GrammarError> {
        self.nested('(', ')', "`)` was expected")
    }

    fn values(&mut self) -> Result<Filter, GrammarError> {
        if self.in_values {
            return Err(self.error("brackets cannot stand within brackets"));
        }
        self.in_values = true;
        let filter = self.nested('[', ']', "`]` was expected");
        self.in_values = false;
        filter
    }

    fn nested(&mut self, open: char, close: char, reason: &'static str) -> Result<Filter, GrammarError> {
        if !self.eat(open) {
            return Err(self.error("an opening bracket was expected"));
        }
        if self.depth == MAX_FILTER_DEPTH {
            return Err(self.error("the filter is nested too deeply"));
        }
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        self.spaces();
        if self.eat(close) { Ok(filter) } else { Err(self.error(reason)) }
    }

    fn attribute(&mut self) -> Result<Filter, GrammarError> {
        let word = self.word();
        let path = AttributePath::parse(word)
            .map_err(|error| GrammarError { at: self.at + error.at, reason: error.reason })?;
        self.at += word.len();
        if self.rest().starts_with('[') {
            if path.sub.is_some() {
                return Err(self.error("brackets follow an attribute, not a part of one"));
            }
            return Ok(Filter::Values(path, Box::new(self.values()?)));
        }
        self.spaces();
        if self.eat_word("pr") {
            return Ok(Filter::Present(path));
        }
        let word = self.word();
        let operator = OPERATORS
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name))
            .map(|(_, operator)| *operator)
            .ok_or_else(|| self.error("an operator was expected (eq, ne, co, sw, ew, gt, ge, lt, le, pr)"))?;
        self.at += word.len();
        if !self.rest().starts_with(' ') {
            return Err(self.error("a space and a value were expected"));
        }
        self.spaces();
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal, GrammarError> {
        let rest = self.rest();
        let length = if rest.starts_with('"') {
            string_length(rest).ok_or_else(|| self.error("the closing quote is missing"))?
        } else {
            self.word().len()
        };
        let literal = match serde_json::from_str(&rest[..length]) {
            Ok(Value::Null) => Literal::Null,
            Ok(Value::Bool(value)) => Literal::Boolean(value),
            Ok(Value::Number(value)) => Literal::Number(value),
            Ok(Value::String(value)) => Literal::String(value),
            _ => return Err(self.error("a value as in JSON was expected: \"text\", a number, true, false or null")),
        };
        self.at += length;
        Ok(literal)
    }
}

/// How many bytes a JSON string has, both quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(i + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let filter = Filter::parse(text).expect("the filter is read");
        assert_eq!(filter.to_string(), expected);
        assert_eq!(Filter::parse(expected).as_ref(), Ok(&filter));
    }

    #[test]
    fn not_binds_closer_than_and_and_and_closer_than_or() {
        check("a pr or b pr and c pr", "a pr or (b pr and c pr)");
        check("(a pr or b pr) and c pr", "(a pr or b pr) and c pr");
        check("NOT (a pr) AND b EQ 1", "not (a pr) and b eq 1");
        check(r#"emails[type eq "work" and not(value co ")")]"#, r#"emails[type eq "work" and not (value co ")")]"#);
        check(r#"userName eq "a\"b""#, r#"userName eq "a\"b""#);
    }

    #[test]
    fn an_attribute_may_be_called_like_a_word_of_the_grammar() {
        check("not eq true", "not eq true");
        check("or pr or and pr", "or pr or and pr");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "",
            "a",
            "a eq",
            "a eq b",
            "a zz 1",
            "a eq \"",
            "(a pr",
            "a pr)",
            "a pr b pr",
            "a[b[c pr]]",
            "a eq [1]",
            "a eq1",
        ] {
            assert!(Filter::parse(text).is_err(), "{text:?} was read as a filter");
        }
    }

    /// As many as make the deepest filter that is read, and one more.
    #[track_caller]
    fn bounded(open: &str, close: &str, most: usize) {
        let nested = |n: usize| format!("{}a pr{}", open.repeat(n), close.repeat(n));
        assert!(Filter::parse(&nested(most)).is_ok(), "{most} times `{open}`");
        for n in [most + 1, 2 * most] {
            let error = Filter::parse(&nested(n)).expect_err("it is too deep");
            assert_eq!(error.reason, "the filter is nested too deeply", "{n} times `{open}`");
        }
    }

    #[test]
    fn nesting_is_bounded_however_it_is_made() {
        bounded("(", ")", MAX_FILTER_DEPTH);
        bounded("not (", ")", MAX_FILTER_DEPTH);
        bounded("b pr and (", ")", MAX_FILTER_DEPTH);
        // Brackets count like parentheses, and what is in them goes on from there.
        let within = |n: usize| format!("e[{}a pr{}]", "(".repeat(n), ")".repeat(n));
        assert!(Filter::parse(&within(MAX_FILTER_DEPTH - 1)).is_ok());
        assert!(Filter::parse(&within(MAX_FILTER_DEPTH)).is_err());
        // What is beside does not add up.
        let beside = vec![within(MAX_FILTER_DEPTH - 1); 9].join(" or ");
        assert!(Filter::parse(&beside).is_ok());
    }

    #[test]
    fn length_is_bounded() {
        let of = |length: usize| format!("a eq \"{}\"", "x".repeat(length - 7));
        assert!(Filter::parse(&of(MAX_FILTER_BYTES)).is_ok());
        assert_eq!(Filter::parse(&of(MAX_FILTER_BYTES + 1)).expect_err("too long").reason, "the filter is too long");
    }
}
