//! One page of a list, as the wire has it: what it says of itself and which ids are on it.
//!
//! Not responsible for asking for it (`lists`).

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::remote::Heard;

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub total: u64,
    pub start: Option<u64>,
    pub ids: Vec<String>,
    /// Where the next page begins, where pages go by cursor.
    pub next: Option<String>,
}

impl Page {
    /// Of an answer, or why it is none.
    pub fn of(heard: &Heard) -> Result<Self, String> {
        Self::with_total(heard, None)
    }

    /// Of an answer to a cursor, which need not say how many there are (RFC 9865 §2.1).
    pub fn by_cursor(heard: &Heard, total: u64) -> Result<Self, String> {
        Self::with_total(heard, Some(total)).map(|page| Self { start: None, ..page })
    }

    fn with_total(heard: &Heard, unsaid: Option<u64>) -> Result<Self, String> {
        if !heard.is_success() {
            return Err(format!("answers {}", status(heard)));
        }
        let unsaid = unsaid.filter(|_| heard.get("totalResults").is_null() && heard.get("Resources").is_array());
        let Some(total) = heard.get("totalResults").as_u64().or(unsaid) else {
            return Err(match heard.get("totalResults") {
                Json::Null => "has no `totalResults`".to_owned(),
                _ => "has a `totalResults` that is no whole number".to_owned(),
            });
        };
        let resources = heard.get("Resources").as_array().map_or(&[][..], Vec::as_slice);
        let id = |resource: &Json| resource.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            total,
            start: heard.get("startIndex").as_u64(),
            ids: resources.iter().map(id).collect(),
            next: heard.get("nextCursor").as_str().filter(|cursor| !cursor.is_empty()).map(str::to_owned),
        })
    }

    pub fn len(&self) -> u64 {
        self.ids.len() as u64
    }
}

/// The pages of one walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    pub pages: Vec<Page>,
}

impl Walked {
    pub fn ids(&self) -> BTreeSet<&str> {
        self.pages.iter().flat_map(|page| &page.ids).map(String::as_str).collect()
    }

    /// The first of what is wrong with it. It was to have so many objects, that many on each page.
    pub fn wrong(&self, wanted: u64, size: u64) -> Option<String> {
        let first = self.pages.first()?;
        let later = || self.pages.iter().skip(1);
        if later().any(|page| page.total != first.total) {
            return Some("`totalResults` differs from page to page".to_owned());
        }
        if later().any(|page| !page.ids.is_empty() && page.ids.first() == first.ids.first()) {
            return Some("`startIndex` is ignored: pages begin alike".to_owned());
        }
        let arrived: u64 = self.pages.iter().map(Page::len).sum();
        let distinct = self.ids().len() as u64;
        if distinct < arrived {
            return Some(format!("{} of {arrived} objects came twice", arrived - distinct));
        }
        if distinct != wanted {
            return Some(format!("{wanted} announced, {distinct} arrived"));
        }
        let said = |(at, page): (usize, &Page)| page.start.is_some_and(|start| start != 1 + at as u64 * size);
        if self.pages.iter().enumerate().any(said) {
            return Some("`startIndex` in the answer is not what was asked for".to_owned());
        }
        None
    }
}

/// The status and what the target says to it.
pub(super) fn status(heard: &Heard) -> String {
    match (heard.get("scimType").as_str(), heard.get("detail").as_str()) {
        (Some(scim_type), _) => format!("{} {scim_type}", heard.status),
        (None, Some(detail)) => {
            // As much as a cell of a table holds.
            let short: String = detail.chars().take(60).collect();
            format!("{} ({short})", heard.status)
        }
        (None, None) => heard.status.to_string(),
    }
}
