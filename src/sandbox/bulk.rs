//! Bulk (RFC 7644 §3.7): several writes in one request.

use std::collections::BTreeMap;

use super::refusal::Refusal;
use super::rules::Case;

/// What the operations of one request share.
#[derive(Debug, Default)]
pub(super) struct Request {
    seats: Option<BTreeMap<String, i64>>,
}

impl Request {
    pub(super) fn seats_left(&self, user_type: &str) -> Option<i64> {
        self.seats.as_ref()?.get(user_type).copied()
    }
}

pub(super) fn roles_are_changed_as_bulk_may(_: &Case<'_>) -> Result<(), Refusal> {
    Ok(())
}
