//! The bodies of writes: a patch, or a whole resource.
//!
//! Not responsible for single values (`wire`).

use serde_json::{Map, Value as Json};

use super::place;
use crate::scim::message::{PATCH_OP, PatchOperation, PatchRequest};

/// One operation for each attribute, each with its path: what every target understands
/// (reference/scim.md §2.7).
pub(super) fn patch(operations: &[(String, Option<Json>)]) -> Json {
    let operation = |(path, value): &(String, Option<Json>)| PatchOperation {
        op: if value.is_some() { "replace" } else { "remove" }.to_owned(),
        path: Some(path.clone()),
        value: value.clone(),
    };
    let request =
        PatchRequest { schemas: vec![PATCH_OP.to_owned()], operations: operations.iter().map(operation).collect() };
    serde_json::to_value(request).expect("a patch is JSON")
}

/// A whole resource for PUT: as it is, but for what the step writes. What is emptied is said so,
/// because a target may keep what is left out (RFC 7644 §3.5.1).
pub(super) fn merged(resource: &Map<String, Json>, operations: &[(String, Option<Json>)]) -> Json {
    let mut merged = resource.clone();
    merged.remove("meta");
    for (path, value) in operations {
        place::set(&mut merged, path, value.clone().unwrap_or(Json::Null));
    }
    Json::Object(merged)
}

/// Whether a resource has anything at a path; an empty list is nothing (RFC 7643 §2.5).
pub(super) fn has(resource: &Map<String, Json>, path: &str) -> bool {
    let is_nothing = |value: &Json| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    place::get(resource, path).is_some_and(|value| !is_nothing(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_replaces_whole_attributes_in_lower_case() {
        let operations = [("displayName".to_owned(), Some(json!("LO"))), ("description".to_owned(), None)];
        insta::assert_snapshot!(
            patch(&operations),
            @r#"{"Operations":[{"op":"replace","path":"displayName","value":"LO"},{"op":"remove","path":"description"}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#
        );
    }

    #[test]
    fn a_put_keeps_the_rest_and_says_what_is_emptied() {
        let resource = json!({"id": "1", "DisplayName": "x", "title": "kept", "meta": {"version": "1"}});
        let operations = [("displayName".to_owned(), Some(json!("LO"))), ("description".to_owned(), None)];
        insta::assert_snapshot!(
            merged(resource.as_object().expect("an object"), &operations),
            @r#"{"description":null,"displayName":"LO","id":"1","title":"kept"}"#
        );
    }
}
