//! One page of a list, and documents in JSON, as leniently as is safe: null is absence (RFC 7643
//! §2.5), what nobody asks for may be missing.
//!
//! Not responsible for whether the pages make a whole (`walk`).

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value as Json;

use super::walk::Page;

/// One page of a list. `R` borrows from the body where it can.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<R> {
    /// May be left out where pages go by cursor (RFC 9865 §2.1).
    #[serde(default)]
    total_results: Option<u64>,
    #[serde(default)]
    next_cursor: Option<String>,
    /// May be left out of a list of nothing.
    #[serde(rename = "Resources", default = "none")]
    resources: Option<Vec<R>>,
}

fn none<R>() -> Option<Vec<R>> {
    None
}

impl<R> Listed<R> {
    /// A page of a body.
    ///
    /// # Errors
    ///
    /// It is no JSON, or nothing in it says that it is a list: then it must not pass for an empty one.
    pub fn read<'b>(body: &'b [u8]) -> Result<Self, serde_json::Error>
    where
        R: Deserialize<'b>,
    {
        serde_json::from_slice::<Self>(body)?.checked()
    }

    /// The list, when it says that it is one.
    pub fn checked(self) -> Result<Self, serde_json::Error> {
        if self.total_results.is_none() && self.resources.is_none() {
            return Err(serde_json::Error::missing_field("totalResults"));
        }
        Ok(self)
    }

    pub fn resources(&self) -> &[R] {
        self.resources.as_deref().unwrap_or_default()
    }

    pub fn into_resources(self) -> Vec<R> {
        self.resources.unwrap_or_default()
    }

    pub fn total(&self) -> Option<u64> {
        self.total_results
    }

    pub fn page(&self) -> Page {
        Page { total: self.total_results, count: self.resources().len() as u64, next: self.next_cursor.clone() }
    }
}

/// A document, with what is null in it left out.
pub(super) fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let mut json: Json = serde_json::from_slice(body)?;
    drop_nulls(&mut json);
    serde_json::from_value(json)
}

fn drop_nulls(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}
