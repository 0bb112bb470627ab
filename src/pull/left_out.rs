//! What of a live state files do not say.

use crate::state::Address;

/// Something that files do not say, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The object.
    pub address: Address,
    /// The one attribute that is missing; the whole object, when it is absent.
    pub attribute: Option<String>,
    /// Why, in one phrase.
    pub reason: String,
    /// Whether it is so on every organization of the platform, such as the holders of roles that nobody
    /// here manages.
    pub is_usual: bool,
}

impl LeftOut {
    pub(super) fn new(address: Address, attribute: Option<&str>, reason: impl Into<String>) -> Self {
        Self { address, attribute: attribute.map(str::to_owned), reason: reason.into(), is_usual: false }
    }
}
