//! The service that is read and written: where it is, how it is spoken to, what it may cost.
//!
//! Not responsible for finding these values (`project` and `cli` do).

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::RemoteError;
use crate::scim::schema::URN_PREFIX;

/// The service that is read and written.
#[derive(Clone, Debug)]
pub struct Target {
    /// The base URL of the SCIM service, with or without a slash at its end.
    pub url: String,
    /// What proves who is calling.
    pub token: Token,
    /// Certificates in PEM, trusted instead of the platform's.
    pub ca: Option<Vec<u8>>,
    /// How long one request may take, its answer's body included.
    pub timeout: Duration,
    /// Resources asked for in one page.
    pub page_size: u32,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Requests started in one second, over all workers.
    pub max_requests_per_second: Option<NonZeroU32>,
    /// What the URNs of our schemas begin with.
    pub urn_prefix: String,
    /// How long a write may take to show when it is read back.
    pub settle: Duration,
    /// Which attributes of a User carry what.
    pub mapping: Mapping,
}

/// Which attributes of a User carry the role and the user type, by their paths on the wire; `None`
/// is where the standard has them: `roles` and `userType`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Carries the role.
    pub role: Option<String>,
    /// Carries the user type.
    pub user_type: Option<String>,
}

/// Stands for a URL that is not repeated, because it may hold a credential.
const HIDDEN: &str = "the target's URL";

impl Target {
    /// A target with the defaults of DETAILS.md.
    pub fn new(url: impl Into<String>, token: Token) -> Self {
        Self {
            url: url.into(),
            token,
            ca: None,
            timeout: Duration::from_secs(30),
            page_size: 1000,
            concurrency: 8,
            max_requests_per_second: None,
            urn_prefix: URN_PREFIX.to_owned(),
            settle: Duration::from_secs(10),
            mapping: Mapping::default(),
        }
    }

    /// The base URL, checked: https, or http to this machine; no credential, query or fragment in
    /// it; a slash at its end, so that endpoints can be joined to it.
    pub(super) fn base(&self) -> Result<Url, RemoteError> {
        // The text is not repeated where it may hold a credential.
        let bad = |shown: &str, reason| RemoteError::BadTarget { url: shown.to_owned(), reason };
        let mut url = Url::parse(&self.url).map_err(|_| bad(HIDDEN, "it is no absolute URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(HIDDEN, "a credential has no place in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad(HIDDEN, "it has a query or a fragment, but endpoints are joined to it"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(bad(&self.url, "plain http would show the token to the network; use https")),
            _ => return Err(bad(&self.url, "only https is spoken, and http to this machine")),
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }
}

/// Whether a URL points to this machine: then plain http is safe and no proxy is asked.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads the token anew, when the target no longer accepts the one that it was given; `None` when
/// that cannot be done. It may block.
pub type Reread = Arc<dyn Fn() -> Option<SecretString> + Send + Sync>;

/// A bearer token, and where a new one comes from.
#[derive(Clone)]
pub struct Token {
    pub(super) first: SecretString,
    pub(super) reread: Option<Reread>,
}

impl Token {
    /// A token that is what it is.
    pub fn new(token: SecretString) -> Self {
        Self { first: token, reread: None }
    }

    /// A token that is read anew, once, when the target answers 401 in the middle of a run.
    pub fn with_reread(token: SecretString, reread: Reread) -> Self {
        Self { first: token, reread: Some(reread) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        let target = Target::new(url, Token::new("t0p-secret".into()));
        let text = match target.base() {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn a_target_is_https_or_this_machine() {
        check("https://roles.example.com/scim/v2", "https://roles.example.com/scim/v2/");
        check("https://roles.example.com/scim/v2/", "https://roles.example.com/scim/v2/");
        check("http://127.0.0.1:8080/scim/v2", "http://127.0.0.1:8080/scim/v2/");
        check("http://[::1]:8080", "http://[::1]:8080/");
        check("http://localhost/x", "http://localhost/x/");
        check(
            "http://roles.example.com",
            "`http://roles.example.com` is no target: plain http would show the token to the network; use https",
        );
        check(
            "http://localhost.example.com",
            "`http://localhost.example.com` is no target: plain http would show the token to the network; use https",
        );
        check("ftp://x", "`ftp://x` is no target: only https is spoken, and http to this machine");
        check("roles.example.com", "`the target's URL` is no target: it is no absolute URL");
        check("https://u:pw@x", "`the target's URL` is no target: a credential has no place in it");
        check(
            "https://x/?token=1",
            "`the target's URL` is no target: it has a query or a fragment, but endpoints are joined to it",
        );
    }

    #[test]
    fn a_token_never_prints() {
        let target = Target::new("https://x", Token::new("t0p-secret".into()));
        assert!(!format!("{target:?}").contains("t0p-secret"));
    }
}
