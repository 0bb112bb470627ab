//! Who calls, and what their credential may do.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// What a credential may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Reads.
    Viewer,
    /// The organization's administrator.
    Admin,
    /// The vendor's support: an administrator who may also use bulk on roles (R-TE-23).
    Support,
}

impl Authority {
    /// `viewer`, `admin`, `support`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
            Self::Support => "support",
        }
    }
}

impl std::str::FromStr for Authority {
    type Err = UnknownAuthority;

    fn from_str(text: &str) -> Result<Self, UnknownAuthority> {
        [Self::Viewer, Self::Admin, Self::Support]
            .into_iter()
            .find(|authority| authority.name() == text)
            .ok_or_else(|| UnknownAuthority(text.to_owned()))
    }
}

/// A text that names no authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no authority: viewer, admin or support")]
pub struct UnknownAuthority(pub String);

/// A credential that the sandbox accepts.
#[derive(Clone, Debug)]
pub struct Token {
    /// Who uses it, for the audit and `/Organizations`.
    pub name: String,
    /// What it may do.
    pub authority: Authority,
    /// What callers send.
    pub secret: SecretString,
}

/// Whoever sent a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) name: Arc<str>,
    pub(super) authority: Authority,
}

/// The credentials, as digests: comparing those takes the same time wherever they differ.
pub(super) struct Access(Vec<([u8; 32], Caller)>);

impl Access {
    pub(super) fn new(tokens: &[Token]) -> Self {
        let caller = |token: &Token| Caller { name: token.name.as_str().into(), authority: token.authority };
        Self(tokens.iter().map(|token| (digest(token.secret.expose_secret()), caller(token))).collect())
    }

    /// The caller behind an Authorization header.
    pub(super) fn caller(&self, header: Option<&str>) -> Result<&Caller, Refusal> {
        let unknown = || Refusal::new(401, "a bearer token that this sandbox knows is needed");
        let (scheme, secret) = header.and_then(|header| header.trim().split_once(' ')).ok_or_else(unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown());
        }
        let given = digest(secret.trim());
        let mut found = None;
        for (known, caller) in &self.0 {
            let difference = known.iter().zip(given).fold(0, |sum, (a, b)| sum | (a ^ b));
            if difference == 0 {
                found = Some(caller);
            }
        }
        found.ok_or_else(unknown)
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
