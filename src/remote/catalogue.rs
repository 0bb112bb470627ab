//! A target's catalogue of permissions (`/Permissions`).
//!
//! Not responsible for what a grant means: the plan lays this over what the pack knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::error::{RemoteError, clean};
use super::listed::Listed;
use super::walk::{Collect, Ids, Page, PageError};
use super::wire::is_usable;
use crate::state::CatalogueEntity;

/// The word for one of its resources, in errors.
pub(super) const ONE: &str = "permission";

/// The entities of the pages so far.
#[derive(Default)]
pub(super) struct Entities {
    pub by_name: BTreeMap<String, CatalogueEntity>,
}

impl Collect for Entities {
    fn page(&mut self, body: &[u8], ids: &mut Ids) -> Result<Page, PageError> {
        let page = Listed::<Map<String, Json>>::read(body)?;
        for resource in page.resources() {
            let id = text(resource, "id").unwrap_or_default();
            let name = text(resource, "entity");
            let (Some(name), true) = (name, is_usable(id)) else {
                let missing = if is_usable(id) { "entity" } else { "id" };
                return Err(PageError::Resource(RemoteError::Nameless { kind: ONE, missing, id: clean(id) }));
            };
            ids.push(id);
            // A target may spread an entity over several resources, one for each action.
            let entity = self.by_name.entry(name.to_owned()).or_default();
            entity.kind = entity.kind.take().or_else(|| text(resource, "kind").map(str::to_owned));
            entity.actions.append(&mut texts(resource, "actions"));
            entity.fields.append(&mut texts(resource, "fields"));
            entity.user_types.append(&mut texts(resource, "userTypes"));
        }
        Ok(page.page())
    }
}

/// Attribute names ignore case (RFC 7643 §2.1).
pub(super) fn value<'r>(resource: &'r Map<String, Json>, name: &str) -> Option<&'r Json> {
    resource
        .get(name)
        .or_else(|| resource.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A text that is there and not empty.
pub(super) fn text<'r>(resource: &'r Map<String, Json>, name: &str) -> Option<&'r str> {
    value(resource, name)?.as_str().filter(|text| !text.is_empty())
}

/// A set of words, bare or as `{value}`.
pub(super) fn texts(resource: &Map<String, Json>, name: &str) -> BTreeSet<String> {
    let items = value(resource, name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let word = |item: &Json| item.as_str().or_else(|| item.get("value")?.as_str()).map(str::to_owned);
    items.iter().filter_map(word).filter(|word| !word.is_empty()).collect()
}
