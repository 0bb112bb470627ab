//! How one object is called, in plans, messages and selectors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fold;

/// The kinds of objects, in the order in which they are created: what others name comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a role is for, in the organization's words.
    Classification,
    /// Whom a role serves.
    Segment,
    /// A licence category with its seats.
    UserType,
    /// What a user may do.
    Role,
    /// A person or a service with an account.
    User,
}

impl Kind {
    /// Every kind, in the order of creation.
    pub const ALL: [Self; 5] = [Self::Classification, Self::Segment, Self::UserType, Self::Role, Self::User];

    /// The word before the slash of an address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Segment => "segment",
            Self::UserType => "user-type",
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One object: `role/Loan Officer`, `user/ana@example.com`. A string in every output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address {
    /// What it is.
    pub kind: Kind,
    /// Its name, or a user's userName, as it is spelled.
    pub name: String,
}

impl Address {
    /// The address of an object.
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// A text that names no object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address: write KIND/NAME, where KIND is one of classification, segment, user-type, role, user")]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadAddress(text.to_owned());
        let (word, name) = text.split_once('/').ok_or_else(bad)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(bad)?;
        if name.trim().is_empty() {
            return Err(bad());
        }
        Ok(Self::new(kind, name))
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Chooses objects: `role` (all of a kind), `role/Loan*` (a prefix), `user/ana@example.com`.
/// Names are compared folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    kind: Kind,
    name: Option<String>,
    prefix: bool,
}

impl Selector {
    /// Whether the selector chooses this object.
    #[must_use]
    pub fn matches(&self, kind: Kind, name: &str) -> bool {
        self.kind == kind
            && self.name.as_deref().is_none_or(|wanted| {
                let name = fold(name);
                if self.prefix { name.starts_with(wanted) } else { name == wanted }
            })
    }
}

impl Selector {
    /// The one object that the selector means, by its folded name; absent where it may mean several
    /// or none.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        let name = self.name.as_deref().filter(|_| !self.prefix)?;
        Some(Address::new(self.kind, name))
    }
}

impl FromStr for Selector {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.word() == text) {
            return Ok(Self { kind, name: None, prefix: false });
        }
        let address: Address = text.parse()?;
        let (name, prefix) = match address.name.strip_suffix('*') {
            Some(start) => (start, true),
            None => (address.name.as_str(), false),
        };
        Ok(Self { kind: address.kind, name: Some(fold(name).into_owned()), prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_is_written() {
        for text in ["role/Loan Officer", "user/ana@example.com", "user-type/AI business user", "segment/A/B"] {
            assert_eq!(text.parse::<Address>().expect("an address").to_string(), text);
        }
        for text in ["role", "role/", "group/x", ""] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_selector_chooses_a_kind_a_prefix_or_one_object() {
        let chooses =
            |selector: &str, kind, name| selector.parse::<Selector>().expect("a selector").matches(kind, name);
        assert!(chooses("role", Kind::Role, "Anything"));
        assert!(chooses("role/loan*", Kind::Role, "Loan Officer"));
        assert!(chooses("user/Ana@example.com", Kind::User, "ana@example.com"));
        assert!(!chooses("role/Loan", Kind::Role, "Loan Officer"));
        assert!(!chooses("role", Kind::User, "ana@example.com"));
    }
}
