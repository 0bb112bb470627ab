//! What can go wrong between us and a target, each with what was attempted.
//!
//! Not responsible for refusals of one write, which are results (`Performed`), nor for exit codes
//! (`cli`); it only says whether the credential is at fault.

use std::error::Error as _;
use std::fmt;

use reqwest::{Method, StatusCode, Url};
use serde_json::{Map, Value};

/// Characters of foreign text that a message repeats. Enough for a sentence or two, too few to
/// flood a terminal.
const MAX_FOREIGN_TEXT: usize = 300;

/// A request, as an error names it: method and URL, without the query, which may hold names of
/// people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt(Box<str>);

impl Attempt {
    pub(super) fn new(method: &Method, url: &Url) -> Self {
        let mut url = url.clone();
        url.set_query(None);
        Self(format!("{method} {url}").into())
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose fault an error is, as far as exit codes ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The token is not accepted, or may not do what was asked (401, 403).
    Credential,
    /// Anything else.
    Other,
}

/// Why the target could not be read, or a request not be made.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The URL cannot be a target.
    #[error("`{url}` is no target: {reason}")]
    BadTarget {
        /// The URL, unless it may hold a credential.
        url: String,
        /// Why.
        reason: &'static str,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up: {reason}")]
    Setup {
        /// What part of it.
        reason: &'static str,
        /// The cause.
        source: reqwest::Error,
    },
    /// The token cannot travel in a header.
    #[error("the token holds characters that no HTTP header can carry; is there a line break in it?")]
    BadToken,
    /// 401.
    #[error("{attempt}: the target does not accept the token (401){}", suffix(detail))]
    Credential {
        /// The request.
        attempt: Attempt,
        /// What the target says.
        detail: String,
    },
    /// 403.
    #[error("{attempt}: the token may not do this (403){}", suffix(detail))]
    Forbidden {
        /// The request.
        attempt: Attempt,
        /// What the target says.
        detail: String,
    },
    /// No answer arrived.
    #[error("{attempt}: {cause}")]
    Unreachable {
        /// The request.
        attempt: Attempt,
        /// The cause in a few words.
        cause: String,
        /// The cause in full.
        source: reqwest::Error,
    },
    /// A redirect that is not followed, because it leaves the target.
    #[error("{attempt}: the target redirects to `{to}`, which is not followed; put the right URL into `target.url`")]
    Redirect {
        /// The request.
        attempt: Attempt,
        /// Where to.
        to: String,
    },
    /// An answer in another language than SCIM.
    #[error("{attempt}: the answer is not SCIM: {cause}")]
    NotScim {
        /// The request.
        attempt: Attempt,
        /// What it is instead.
        cause: String,
    },
    /// An answer in JSON that does not have the shape of what was asked for.
    #[error("{attempt}: the answer cannot be understood")]
    Malformed {
        /// The request.
        attempt: Attempt,
        /// Where it departs.
        source: serde_json::Error,
    },
    /// The answer to several writes says nothing of this one.
    #[error("{attempt}: the answer does not say what became of this operation")]
    Unsaid {
        /// The request.
        attempt: Attempt,
    },
    /// An answer beyond the limit.
    #[error("{attempt}: the answer is larger than {limit} bytes; a smaller `page_size` may help")]
    TooLarge {
        /// The request.
        attempt: Attempt,
        /// The limit in bytes.
        limit: usize,
    },
    /// Another answer that is not a success.
    #[error("{attempt}: the target answers {status}{}", suffix(detail))]
    Status {
        /// The request.
        attempt: Attempt,
        /// The HTTP status.
        status: u16,
        /// SCIM's keyword for the cause (RFC 7644 §3.12).
        scim_type: Option<String>,
        /// What the target says.
        detail: String,
        /// The rule that refused, where our extension object names one.
        rule: Option<String>,
        /// Whether our extension object is there: a rule refused, whether or not it has an id.
        by_rule: bool,
    },
    /// A list that is not what it announces, read twice.
    #[error(
        "the list of {kind}s is incomplete: {announced} announced, {arrived} arrived, after a second reading too{}",
        if *restarts { "; later pages begin like the first: the target ignores `startIndex` (RFC 7644 §3.4.2.4), and its `.search` is no way round" } else { "" }
    )]
    Incomplete {
        /// The kind, as addresses say it, or `permission`.
        kind: &'static str,
        /// `totalResults`.
        announced: u64,
        /// Distinct resources that arrived.
        arrived: u64,
        /// Whether a later page begins with the resource that the first one begins with.
        restarts: bool,
    },
    /// A list by cursor without an end.
    #[error("the list of {kind}s has no end: {cause}")]
    Endless {
        /// The kind.
        kind: &'static str,
        /// What shows it.
        cause: &'static str,
    },
    /// A discovery document that lacks a part of what it announces: types would look absent.
    #[error("{attempt}: {announced} announced, {arrived} arrived")]
    ShortDocument {
        /// The request.
        attempt: Attempt,
        /// `totalResults`.
        announced: u64,
        /// What arrived.
        arrived: u64,
    },
    /// A list that does not come to its end.
    #[error("the list of {kind}s announces {announced} resources, more than {limit}, which is all that is read")]
    TooMany {
        /// The kind.
        kind: &'static str,
        /// `totalResults`.
        announced: u64,
        /// The limit.
        limit: u64,
    },
    /// A resource without what every resource needs.
    #[error("a {kind} on the target has no `{missing}` (its id is `{id}`)")]
    Nameless {
        /// The kind.
        kind: &'static str,
        /// The attribute.
        missing: &'static str,
        /// Its id, empty where it has none.
        id: String,
    },
}

impl RemoteError {
    /// Whose fault it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Credential { .. } | Self::Forbidden { .. } | Self::BadToken => ErrorClass::Credential,
            _ => ErrorClass::Other,
        }
    }

    /// The HTTP status of the answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Credential { .. } => Some(401),
            Self::Forbidden { .. } => Some(403),
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the target says that it has no such thing (reference/scim.md §7, 16).
    pub(super) fn is_not_supported(&self) -> bool {
        matches!(self.status(), Some(404 | 405 | 501))
    }

    /// Whether the cursor is not, or no longer, good: reading starts anew (RFC 9865 §2.2).
    pub(super) fn is_cursor_gone(&self) -> bool {
        matches!(self.scim_type(), Some("invalidCursor" | "expiredCursor"))
    }

    /// Whether the target wants the same question in a body instead of a URL: because of what is
    /// asked (RFC 7644 §7.5.2 says 403, its Table 9 400), or of its length.
    pub(super) fn minds_the_url(&self) -> bool {
        self.scim_type() == Some("sensitive") || self.status() == Some(414)
    }

    /// Whether the target answered that it will not do this, whoever asks when.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status(), Some(400 | 403..=499 | 501))
    }

    /// SCIM's keyword for the cause.
    pub(super) fn scim_type(&self) -> Option<&str> {
        match self {
            Self::Status { scim_type, .. } => scim_type.as_deref(),
            _ => None,
        }
    }

    /// Of an answer that is not a success.
    pub(super) fn of_status(attempt: Attempt, status: StatusCode, body: &[u8], urn_prefix: &str) -> Self {
        // Not as a whole message: many a target leaves out what we do not ask for.
        let message: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| message.get(name).and_then(Value::as_str).map(clean);
        let (scim_type, detail) = (text("scimType"), text("detail").unwrap_or_default());
        let ours = ours(&message, urn_prefix);
        match status {
            StatusCode::UNAUTHORIZED => Self::Credential { attempt, detail },
            // A rule that forbids one write is that write's refusal, not the credential's fault.
            StatusCode::FORBIDDEN if ours.is_none() && scim_type.as_deref() != Some("sensitive") => {
                Self::Forbidden { attempt, detail }
            }
            _ => Self::Status {
                attempt,
                status: status.as_u16(),
                scim_type,
                detail,
                rule: ours.and_then(rule_of),
                by_rule: ours.is_some(),
            },
        }
    }

    /// Of a request that brought no answer.
    pub(super) fn of_transport(attempt: Attempt, error: reqwest::Error) -> Self {
        // The URL may hold a filter with a person's name; the attempt says enough.
        let source = error.without_url();
        Self::Unreachable { attempt, cause: transport_cause(&source), source }
    }
}

/// Our extension object: the member whose key begins with our prefix.
fn ours<'m>(message: &'m Map<String, Value>, urn_prefix: &str) -> Option<&'m Value> {
    message.iter().find(|(key, _)| key.starts_with(urn_prefix)).map(|(_, ours)| ours)
}

/// The rule that it names.
fn rule_of(ours: &Value) -> Option<String> {
    ["rule", "code"].iter().find_map(|key| ours.get(key).and_then(Value::as_str)).map(clean)
}

/// The cause of a failed request in a few words, found along the chain of causes.
fn transport_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time; is the target reachable, and is `timeout` long enough?".to_owned();
    }
    let mut deepest = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => {
                    return "nothing listens there (connection refused)".to_owned();
                }
                std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => {
                    return "the connection was cut before the answer".to_owned();
                }
                _ => {}
            }
        }
        deepest = cause.to_string();
        next = cause.source();
    }
    let deepest = clean(&deepest);
    if deepest.contains("dns error") || deepest.contains("lookup address") || deepest.contains("Name or service") {
        return "the host name cannot be resolved".to_owned();
    }
    if deepest.contains("certificate") || deepest.contains("UnknownIssuer") {
        return format!("the target's TLS certificate is not trusted: {deepest}");
    }
    if deepest.is_empty() { "the request failed".to_owned() } else { format!("no answer: {deepest}") }
}

/// Foreign text, fit for one line of a terminal: no control characters, runs of white space as one
/// space, bounded.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MAX_FOREIGN_TEXT {
            out.push('…');
            break;
        }
        // Direction marks can reorder what a reader sees of our own text around them.
        let hidden = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_whitespace() || c.is_control() || hidden {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn suffix(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_one_bounded_line() {
        assert_eq!(clean(" a\u{1b}[31m\r\n b\u{202e}c "), "a [31m b c");
        assert_eq!(clean(&"x".repeat(1000)).chars().count(), MAX_FOREIGN_TEXT + 1);
    }

    #[test]
    fn a_refusal_names_its_rule() {
        let attempt = || Attempt("PATCH http://x/Users/1".into());
        let body = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":"no seat",
            "urn:x:Error":{"rule":"R-UT-26"}}"#;
        let error = RemoteError::of_status(attempt(), StatusCode::CONFLICT, body, "urn:x:");
        assert_eq!(error.to_string(), "PATCH http://x/Users/1: the target answers 409: no seat");
        assert!(matches!(error, RemoteError::Status { rule: Some(rule), .. } if rule == "R-UT-26"));
        let body = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"403","urn:x:Error":{}}"#;
        let error = RemoteError::of_status(attempt(), StatusCode::FORBIDDEN, body, "urn:x:");
        assert!(matches!(error, RemoteError::Status { status: 403, rule: None, by_rule: true, .. }));
        let error = RemoteError::of_status(attempt(), StatusCode::FORBIDDEN, b"<html>", "urn:x:");
        assert_eq!(error.to_string(), "PATCH http://x/Users/1: the token may not do this (403)");
        assert_eq!(error.class(), ErrorClass::Credential);
    }
}
