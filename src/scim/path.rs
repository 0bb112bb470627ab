//! Attribute paths (RFC 7644 §3.10) and value paths (§3.5.2).
//!
//! Responsible for their grammar and its limits, not for whether an attribute exists: whoever
//! holds the schemas says that.

use std::fmt;

use super::filter::{Filter, GrammarError, Parser};

/// The longest path that is read, in bytes: a URN, two names and a short filter fit many times.
pub const MAX_PATH_BYTES: usize = 2048;

/// An attribute, perhaps of a named schema, perhaps a part of it: `userName`, `meta.version`,
/// `urn:ietf:params:scim:schemas:core:2.0:User:emails.value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema, when it is named.
    pub urn: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// The part of a complex attribute.
    pub sub: Option<String>,
}

impl AttributePath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        if text.len() > MAX_PATH_BYTES {
            return Err(GrammarError { at: 0, reason: "the path is too long" });
        }
        // The version in a URN holds a dot, so the part is looked for behind the last colon only.
        let (urn, name, offset) = match text.rsplit_once(':') {
            Some((urn, name)) => (Some(urn), name, text.len() - name.len()),
            None => (None, text, 0),
        };
        if urn.is_some_and(|urn| !is_urn(urn)) {
            return Err(GrammarError { at: 0, reason: "a schema's URN starts with `urn:` and has no spaces" });
        }
        let (attribute, sub) = match name.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (name, None),
        };
        if !is_name(attribute) || sub.is_some_and(|sub| !is_name(sub)) {
            return Err(GrammarError { at: offset, reason: "an attribute name was expected" });
        }
        Ok(Self { urn: urn.map(ToOwned::to_owned), attribute: attribute.to_owned(), sub: sub.map(ToOwned::to_owned) })
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, self)?;
        write_sub(f, self)
    }
}

/// The target of a PATCH operation: an attribute, a part of it, or those of its values that a
/// filter selects: `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The attribute, and behind the filter the part.
    pub attribute: AttributePath,
    /// Which values of a multi-valued attribute.
    pub filter: Option<Filter>,
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        if text.len() > MAX_PATH_BYTES {
            return Err(GrammarError { at: 0, reason: "the path is too long" });
        }
        let Some((head, _)) = text.split_once('[') else {
            return Ok(Self { attribute: AttributePath::parse(text)?, filter: None });
        };
        let mut attribute = AttributePath::parse(head)?;
        if attribute.sub.is_some() {
            return Err(GrammarError { at: head.len(), reason: "a filter follows an attribute, not a part of one" });
        }
        let (filter, end) = Parser::bracketed(text, head.len())?;
        match text[end..].strip_prefix('.') {
            Some(sub) if is_name(sub) => attribute.sub = Some(sub.to_owned()),
            None if end == text.len() => {}
            _ => return Err(GrammarError { at: end, reason: "the end or a part of the attribute was expected" }),
        }
        Ok(Self { attribute, filter: Some(filter) })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        write_sub(f, &self.attribute)
    }
}

fn write_head(f: &mut fmt::Formatter<'_>, path: &AttributePath) -> fmt::Result {
    if let Some(urn) = &path.urn {
        write!(f, "{urn}:")?;
    }
    f.write_str(&path.attribute)
}

fn write_sub(f: &mut fmt::Formatter<'_>, path: &AttributePath) -> fmt::Result {
    path.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
}

/// `ATTRNAME` of RFC 7644 §3.4.2.2, and `$ref`.
fn is_name(text: &str) -> bool {
    let rest = text.strip_prefix('$').unwrap_or(text);
    rest.starts_with(|c: char| c.is_ascii_alphabetic())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
        && text.len() > 4
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"[]()\"".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::super::filter::MAX_FILTER_DEPTH;
    use super::*;

    #[track_caller]
    fn check(text: &str, urn: Option<&str>, attribute: &str, sub: Option<&str>) {
        let path = Path::parse(text).expect("the path is read");
        assert_eq!(path.attribute.urn.as_deref(), urn);
        assert_eq!(path.attribute.attribute, attribute);
        assert_eq!(path.attribute.sub.as_deref(), sub);
        assert_eq!(path.to_string(), text);
    }

    #[test]
    fn a_path_names_schema_attribute_and_part() {
        check("userName", None, "userName", None);
        check("roles.$ref", None, "roles", Some("$ref"));
        let user = "urn:ietf:params:scim:schemas:core:2.0:User";
        check(&format!("{user}:userName"), Some(user), "userName", None);
        check(&format!("{user}:emails.value"), Some(user), "emails", Some("value"));
        check(r#"emails[type eq "a]b"].value"#, None, "emails", Some("value"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a b",
            "1a",
            "a[",
            "a[]",
            "a[b pr",
            "a[b pr]x",
            "a.b[c pr]",
            "x:a",
            "a.b.c",
            "a[b pr].",
        ] {
            assert!(Path::parse(text).is_err(), "{text:?} was read as a path");
        }
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        let nested = |n: usize| format!("a[{}b pr{}].c", "(".repeat(n), ")".repeat(n));
        assert!(Path::parse(&nested(MAX_FILTER_DEPTH - 1)).is_ok());
        let error = Path::parse(&nested(MAX_FILTER_DEPTH)).expect_err("it is too deep");
        assert_eq!(error.reason, "the filter is nested too deeply");
        let of = |length: usize| "a".repeat(length);
        assert!(Path::parse(&of(MAX_PATH_BYTES)).is_ok() && AttributePath::parse(&of(MAX_PATH_BYTES)).is_ok());
        for refused in [Path::parse(&of(MAX_PATH_BYTES + 1)).err(), AttributePath::parse(&of(MAX_PATH_BYTES + 1)).err()]
        {
            assert_eq!(refused.expect("too long").reason, "the path is too long");
        }
    }
}
