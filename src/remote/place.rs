//! Where an attribute is in a resource: at the top, or in the object of an extension, which has the
//! extension's URN as its key (RFC 7643 §3.3).
//!
//! Not responsible for what the value means (`wire`). A path is an attribute's name, with the URN and
//! a colon before it in an extension, as PATCH has it (RFC 7644 §3.10).

use serde_json::{Map, Value as Json, json};

/// The extension and the attribute that a path names; no extension for an attribute at the top.
pub(super) fn parts(path: &str) -> (Option<&str>, &str) {
    let is_urn = path.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    match path.rsplit_once(':') {
        Some((urn, name)) if is_urn => (Some(urn), name),
        _ => (None, path),
    }
}

/// A member by its name, whose case does not count (RFC 7643 §2.1).
fn member<'r>(object: &'r Map<String, Json>, name: &str) -> Option<&'r Json> {
    let other = || object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    object.get(name).or_else(other)
}

/// What a resource has at a path.
pub(super) fn get<'r>(resource: &'r Map<String, Json>, path: &str) -> Option<&'r Json> {
    match parts(path) {
        (None, name) => member(resource, name),
        (Some(urn), name) => member(member(resource, urn)?.as_object()?, name),
    }
}

/// Gives a resource a value at a path, in place of what it has there under whatever spelling.
pub(super) fn set(resource: &mut Map<String, Json>, path: &str, value: Json) {
    let (urn, name) = parts(path);
    let Some(urn) = urn else {
        resource.retain(|key, _| !key.eq_ignore_ascii_case(name));
        resource.insert(name.to_owned(), value);
        return;
    };
    let key = resource.keys().find(|key| key.eq_ignore_ascii_case(urn)).cloned().unwrap_or_else(|| urn.to_owned());
    let mut extension = match resource.remove(&key) {
        Some(Json::Object(extension)) => extension,
        _ => Map::new(),
    };
    set(&mut extension, name, value);
    resource.insert(key, Json::Object(extension));
    let Some(Json::Array(schemas)) = resource.get_mut("schemas") else { return };
    if !schemas.iter().filter_map(Json::as_str).any(|schema| schema.eq_ignore_ascii_case(urn)) {
        schemas.push(json!(urn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_an_object_under_its_urn() {
        let mut resource = json!({"schemas": ["urn:x:User"], "URN:Y:Roles": {"Role": "old", "kept": 1}});
        let resource = resource.as_object_mut().expect("an object");
        set(resource, "urn:y:roles:role", json!("new"));
        set(resource, "userType", json!("a"));
        set(resource, "USERTYPE", json!("b"));
        let text = Json::Object(resource.clone()).to_string();
        insta::assert_snapshot!(text, @r#"{"URN:Y:Roles":{"kept":1,"role":"new"},"USERTYPE":"b","schemas":["urn:x:User","urn:y:roles"]}"#);
        assert_eq!(get(resource, "urn:Y:roles:ROLE"), Some(&json!("new")));
        assert_eq!(get(resource, "urn:y:roles:none"), None);
        assert_eq!(get(resource, "usertype"), Some(&json!("b")));
    }
}
