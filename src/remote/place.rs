//! Where an attribute is in a resource: at the top, or in the object of an extension, which has the
//! extension's URN as its key (RFC 7643 §3.3).
//!
//! Not responsible for what the value means (`wire`). A path is an attribute's name, with the URN and
//! a colon before it in an extension and a part's name after a dot, as PATCH has it (RFC 7644 §3.10).

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
        (None, name) => within(resource, name),
        (Some(urn), name) => within(member(resource, urn)?.as_object()?, name),
    }
}

/// An attribute of an object, or a part of a complex one: `name.familyName`.
fn within<'r>(object: &'r Map<String, Json>, name: &str) -> Option<&'r Json> {
    match name.split_once('.') {
        None => member(object, name),
        Some((name, part)) => member(member(object, name)?.as_object()?, part),
    }
}

/// The object under a key in whatever spelling, taken out; an empty one where there is none.
fn take(object: &mut Map<String, Json>, name: &str) -> (String, Map<String, Json>) {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned());
    match object.remove(&key) {
        Some(Json::Object(taken)) => (key, taken),
        _ => (key, Map::new()),
    }
}

/// Gives a resource a value at a path, in place of what it has there under whatever spelling.
pub(super) fn set(resource: &mut Map<String, Json>, path: &str, value: Json) {
    let (urn, name) = parts(path);
    let Some(urn) = urn else {
        if let Some((name, part)) = name.split_once('.') {
            let (key, mut complex) = take(resource, name);
            set(&mut complex, part, value);
            resource.insert(key, Json::Object(complex));
            return;
        }
        resource.retain(|key, _| !key.eq_ignore_ascii_case(name));
        resource.insert(name.to_owned(), value);
        return;
    };
    let (key, mut extension) = take(resource, urn);
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

    #[test]
    fn a_part_is_in_its_complex_attribute() {
        let mut resource = json!({"Job": {"title": "old", "kept": 1}});
        let resource = resource.as_object_mut().expect("an object");
        set(resource, "job.Title", json!("new"));
        set(resource, "urn:y:1.0:User:post.name", json!("clerk"));
        let text = Json::Object(resource.clone()).to_string();
        insta::assert_snapshot!(text, @r#"{"Job":{"Title":"new","kept":1},"urn:y:1.0:User":{"post":{"name":"clerk"}}}"#);
        assert_eq!(get(resource, "URN:Y:1.0:user:POST.NAME"), Some(&json!("clerk")));
        assert_eq!(get(resource, "job.none"), None);
    }
}
