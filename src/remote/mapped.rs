//! Users of whom role and user type are where the project says (`target.mapping`) and not where the
//! standard has them.
//!
//! Not responsible for users as the standard has them, who are many and read faster (`wire`), nor for
//! finding the place (`discovery`).

use serde_json::{Map, Value as Json};

use super::lenient::{flag, version_of};
use super::place;
use super::shape::Shape;
use super::version::version;
use super::wire::{Seen, Unreadable, assigned, one_or_several};
use crate::state::{Value, attribute};

/// A user of whom role and user type are elsewhere than the standard has them.
pub(super) fn seen_mapped_user(
    shape: &Shape,
    resource: &Map<String, Json>,
    etags: bool,
    header: Option<&str>,
) -> Result<Seen, Unreadable> {
    let text = |path: &str| place::get(resource, path).and_then(Json::as_str).unwrap_or_default();
    let texts = |path: &str| place::get(resource, path).map_or_else(Vec::new, texts);
    let role = shape.role().map_or_else(Vec::new, |(column, ..)| texts(&column.wire));
    let user_type = shape.plain(attribute::USER_TYPE).map_or_else(Vec::new, |column| texts(&column.wire));
    let active = place::get(resource, "active").and_then(flag).unwrap_or(true);
    let attributes = assigned([
        (attribute::NAME, Value::text(text("userName"))),
        (attribute::DISPLAY_NAME, Value::text(text("displayName"))),
        (attribute::ACTIVE, Value::Flag(active)),
        (attribute::USER_TYPE, one_or_several(&user_type)),
        (attribute::ROLE, one_or_several(&role)),
    ]);
    let told = version_of(resource);
    let version = version(header.or(told.as_deref()).filter(|_| etags), &attributes);
    Seen::of_user(shape, text("id"), version, attributes)
}

/// The texts of a value: itself, its `value`, or those of a list.
fn texts(json: &Json) -> Vec<&str> {
    fn text(one: &Json) -> Option<&str> {
        one.as_str().or_else(|| one.get("value")?.as_str()).filter(|text| !text.is_empty())
    }
    match json {
        Json::Array(items) => items.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}
