//! Values on the wire: a resource's JSON to attributes and back.
//!
//! Not responsible for the names of attributes (`shape`), nor for what is done with them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::error::RemoteError;
use super::lenient::{Flag, Text, WireRole, flag, version_of};
use super::mapped::seen_mapped_user;
use super::shape::{Column, Meaning, Shape};
use super::version::{hash, version};
use crate::platform::wire_name;
use crate::state::{Attributes, Kind, LiveObject, Value, Version, attribute, fold};

/// A resource as it was seen, in a list or in the answer to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub id: String,
    pub version: Version,
    /// What is assigned, [`attribute::NAME`] and [`attribute::MARK`] among it.
    pub attributes: Attributes,
    built_in: Option<String>,
    in_use: Option<u64>,
}

fn text<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", Text::as_str)
}

/// A user, as far as we look: the rest of the record is skipped while it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser<'a> {
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub user_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    display_name: Option<Text<'a>>,
    #[serde(default)]
    active: Option<Flag>,
    #[serde(borrow, default)]
    user_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    roles: Option<Vec<WireRole<'a>>>,
    #[serde(borrow, default)]
    meta: Option<WireMeta<'a>>,
}

#[derive(Debug, Deserialize)]
struct WireMeta<'a> {
    #[serde(borrow, default)]
    version: Option<Text<'a>>,
}

impl WireUser<'_> {
    pub fn user_name(&self) -> &str {
        text(self.user_name.as_ref())
    }

    pub fn id(&self) -> &str {
        text(self.id.as_ref())
    }

    pub fn display_name(&self) -> &str {
        text(self.display_name.as_ref())
    }

    pub fn user_type(&self) -> &str {
        text(self.user_type.as_ref())
    }

    /// Absent counts as active.
    pub fn active(&self) -> bool {
        self.active.is_none_or(|Flag(active)| active)
    }

    pub fn roles(&self) -> Vec<&str> {
        self.roles.iter().flatten().filter_map(WireRole::value).collect()
    }

    pub fn announced_version(&self) -> Option<&str> {
        self.meta.as_ref()?.version.as_ref().map(Text::as_str).filter(|version| !version.is_empty())
    }

    pub fn hash(&self) -> String {
        hash(&self.attributes())
    }

    fn attributes(&self) -> Attributes {
        let role = one_or_several(&self.roles());
        assigned([
            (attribute::NAME, Value::text(self.user_name())),
            (attribute::DISPLAY_NAME, Value::text(self.display_name())),
            (attribute::ACTIVE, Value::Flag(self.active())),
            (attribute::USER_TYPE, Value::text(self.user_type())),
            (attribute::ROLE, role),
        ])
    }
}

/// Nothing, a text, or several.
pub(super) fn one_or_several(texts: &[&str]) -> Value {
    match texts {
        [] => Value::Absent,
        [only] => Value::text(*only),
        several => Value::names(several.iter().copied()),
    }
}

pub(super) fn assigned<const N: usize>(attributes: [(&str, Value); N]) -> Attributes {
    let assigned = attributes.into_iter().filter(|(_, value)| *value != Value::Absent);
    assigned.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Whether an id can stand in a URL: a dot or two would name the collection instead.
pub(super) fn is_usable(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// Reads one resource. `etags` says whether the target's versions can be relied on; `header` is
/// the ETag that came beside the body.
pub(super) fn seen(shape: &Shape, body: &[u8], etags: bool, header: Option<&str>) -> Result<Seen, Unreadable> {
    if shape.kind == Kind::User && !shape.is_mapped {
        return seen_user(shape, &serde_json::from_slice(body)?, etags, header);
    }
    if shape.kind == Kind::User {
        return seen_mapped_user(shape, &serde_json::from_slice(body)?, etags, header);
    }
    seen_object(shape, &serde_json::from_slice(body)?, etags, header)
}

pub(super) fn seen_user(
    shape: &Shape,
    user: &WireUser<'_>,
    etags: bool,
    header: Option<&str>,
) -> Result<Seen, Unreadable> {
    let attributes = user.attributes();
    let announced = header.or_else(|| user.announced_version()).filter(|_| etags);
    let version = version(announced, &attributes);
    Seen::of_user(shape, user.id(), version, attributes)
}

/// A body that is no resource of the kind.
#[derive(Debug)]
pub(super) enum Unreadable {
    Json(serde_json::Error),
    Nameless(RemoteError),
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

pub(super) fn seen_object(
    shape: &Shape,
    resource: &Map<String, Json>,
    etags: bool,
    header: Option<&str>,
) -> Result<Seen, Unreadable> {
    let mut attributes = Attributes::new();
    let (mut built_in, mut in_use, mut limited, mut limit) = (None, None, None, None);
    for (key, json) in resource {
        let Some(column) = shape.column(key) else { continue };
        let (name, value) = match &column.meaning {
            Meaning::Name => (attribute::NAME, plain_value(json)),
            Meaning::Mark => (attribute::MARK, plain_value(json)),
            Meaning::Permissions => (attribute::PERMISSIONS, permissions(json)),
            Meaning::Plain { name, .. } => (name.as_str(), plain_value(json)),
            Meaning::BuiltIn => {
                built_in = json.as_str().filter(|key| !key.is_empty()).map(str::to_owned);
                continue;
            }
            Meaning::InUse => {
                in_use = json.as_u64();
                continue;
            }
            Meaning::Limited => {
                limited = flag(json);
                continue;
            }
            Meaning::Limit => {
                limit = json.as_u64();
                continue;
            }
            Meaning::Role { .. } => continue,
        };
        if value != Value::Absent {
            attributes.insert(name.to_owned(), value);
        }
    }
    // A type that says it is not limited is not, whatever number stands beside.
    if let (Some(limit), true) = (limit, limited != Some(false)) {
        attributes.insert(attribute::LICENSES.to_owned(), Value::Count(limit));
    }
    let told = version_of(resource);
    let announced = header.or(told.as_deref()).filter(|_| etags);
    let id = resource.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
    Seen { id, version: version(announced, &attributes), attributes, built_in, in_use }.checked(shape)
}

impl Seen {
    pub fn of_user(shape: &Shape, id: &str, version: Version, attributes: Attributes) -> Result<Self, Unreadable> {
        Self { id: id.to_owned(), version, attributes, built_in: None, in_use: None }.checked(shape)
    }

    fn checked(self, shape: &Shape) -> Result<Self, Unreadable> {
        let missing = if !is_usable(&self.id) {
            "id"
        } else if self.attributes.contains_key(attribute::NAME) {
            return Ok(self);
        } else if shape.kind == Kind::User {
            "userName"
        } else {
            "displayName"
        };
        Err(Unreadable::Nameless(RemoteError::Nameless {
            kind: shape.kind.word(),
            missing,
            id: super::error::clean(&self.id),
        }))
    }

    /// As an object of the live state.
    pub fn into_object(mut self) -> LiveObject {
        let mut take = |name| match self.attributes.remove(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        let (name, mark) = (take(attribute::NAME).unwrap_or_default(), take(attribute::MARK));
        LiveObject {
            id: self.id,
            version: self.version,
            name,
            mark,
            built_in: self.built_in,
            attributes: self.attributes,
            in_use: self.in_use,
        }
    }

    /// Which of the wanted attributes are not as wanted.
    pub fn differences(&self, kind: Kind, wanted: &Attributes) -> Vec<String> {
        let differs = |(name, value): &(&String, &Value)| {
            let shown = self.attributes.get(*name).unwrap_or(&Value::Absent);
            match (shown, value) {
                // A target may prepare userNames before it keeps them (RFC 7643 §4.1.1).
                (Value::Text(shown), Value::Text(value)) if kind == Kind::User && *name == attribute::NAME => {
                    fold(shown) != fold(value)
                }
                // Names of other objects have no case, where a target writes them in its own
                // (RFC 7643 §2.2); what a role grants has.
                (Value::Text(shown), Value::Text(value)) if *name == attribute::USER_TYPE => fold(shown) != fold(value),
                (Value::Names(shown), Value::Names(value)) if *name != attribute::PERMISSIONS => {
                    let folded = |names: &BTreeSet<String>| -> BTreeSet<String> {
                        names.iter().map(|name| fold(name).into_owned()).collect()
                    };
                    shown != value && folded(shown) != folded(value)
                }
                _ => shown != *value,
            }
        };
        wanted.iter().filter(differs).map(|(name, _)| name.clone()).collect()
    }
}

fn plain_value(json: &Json) -> Value {
    match json {
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => number.as_u64().map_or_else(|| Value::text(number.to_string()), Value::Count),
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::names(items.iter().filter_map(|item| match item {
            Json::String(text) => Some(text.as_str()),
            Json::Object(parts) => parts.get("value").and_then(Json::as_str),
            _ => None,
        })),
        Json::Object(parts) => parts.get("value").and_then(Json::as_str).map_or(Value::Absent, Value::text),
        Json::Null => Value::Absent,
    }
}

fn permissions(json: &Json) -> Value {
    let items = json.as_array().map_or(&[][..], Vec::as_slice);
    Value::names(items.iter().filter_map(|grant| {
        let part = |name| grant.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        if let Some(value) = part("value") {
            return Some(value.to_owned());
        }
        let mut value = format!("{}.{}", part("entity")?, part("action")?);
        if let Some(field) = part("field") {
            value.push('.');
            value.push_str(field);
        }
        Some(value)
    }))
}

/// What a step writes, attribute by attribute on the wire; `None` empties.
pub(super) fn encode(shape: &Shape, attributes: &Attributes) -> Vec<(String, Option<Json>)> {
    let mut out = Vec::with_capacity(attributes.len());
    for (name, value) in attributes {
        let wire = |meaning: &Meaning, usual: &str| {
            shape.of(meaning).map_or_else(|| usual.to_owned(), |column| column.wire.clone())
        };
        match (shape.kind, name.as_str()) {
            (kind, attribute::NAME) => {
                let usual = if kind == Kind::User { "userName" } else { "displayName" };
                out.push((wire(&Meaning::Name, usual), plain_json(value, false)));
            }
            (_, attribute::MARK) => out.push((wire(&Meaning::Mark, "externalId"), plain_json(value, false))),
            (Kind::Role, attribute::PERMISSIONS) => {
                out.push((wire(&Meaning::Permissions, "grants"), grants(value)));
            }
            (Kind::User, attribute::ROLE) => {
                let (path, many, complex) =
                    shape.role().map_or(("roles", true, true), |(column, many, complex)| (&column.wire, many, complex));
                out.push((path.to_owned(), role(shape, value, many, complex)));
            }
            (Kind::UserType, attribute::LICENSES) => {
                let limit = if let Value::Count(limit) = value { Some(json!(limit)) } else { None };
                // Without the flag on the target the number alone says it.
                if let Some(limited) = shape.of(&Meaning::Limited) {
                    out.push((limited.wire.clone(), Some(json!(limit.is_some()))));
                }
                out.push((wire(&Meaning::Limit, "totalAssignmentsPermitted"), limit));
            }
            (_, name) => {
                let column = shape.plain(name);
                let (many, complex) = column.map_or((false, false), Column::form);
                let wire = column.map_or_else(|| wire_name(name), |column| column.wire.clone());
                let json = plain_json(value, complex);
                // A user type can be mapped to a list; a list of the files stays one.
                let wrap = many && shape.kind == Kind::User && matches!(value, Value::Text(_));
                out.push((wire, if wrap { json.map(|one| json!([one])) } else { json }));
            }
        }
    }
    out
}

/// The one role of a user, in the form that the attribute has.
fn role(shape: &Shape, value: &Value, many: bool, complex: bool) -> Option<Json> {
    let Value::Text(id) = value else { return None };
    let one = match (complex, &shape.role_reference) {
        (false, _) => json!(id),
        (true, None) => json!({ "value": id }),
        (true, Some(roles)) => json!({ "value": id, "$ref": super::shape::resource(roles, id).as_str() }),
    };
    Some(if many { json!([one]) } else { one })
}

fn plain_json(value: &Value, complex: bool) -> Option<Json> {
    match value {
        // A reference has been resolved to a text before anything is encoded.
        Value::Absent | Value::Reference(_) => None,
        Value::Flag(flag) => Some(json!(flag)),
        Value::Count(count) => Some(json!(count)),
        Value::Text(text) if complex => Some(json!({ "value": text })),
        Value::Text(text) => Some(json!(text)),
        Value::Names(names) if complex => Some(names.iter().map(|name| json!({ "value": name })).collect()),
        Value::Names(names) => Some(json!(names)),
    }
}

/// `entity.action` or `entity.action.field`, flat (DESIGN.md §5).
fn grants(value: &Value) -> Option<Json> {
    let Value::Names(names) = value else { return None };
    let grant = |name: &String| {
        let mut parts = name.splitn(3, '.');
        let mut grant = Map::from_iter([("value".to_owned(), json!(name))]);
        for part in ["entity", "action", "field"] {
            if let Some(text) = parts.next() {
                grant.insert(part.to_owned(), json!(text));
            }
        }
        Json::Object(grant)
    };
    Some(names.iter().map(grant).collect())
}

#[cfg(test)]
mod tests {
    use super::super::shape::assumed;
    use super::*;
    use proptest::prelude::*;
    use reqwest::Url;

    fn shape(kind: Kind) -> Shape {
        let url = Url::parse("http://localhost/x").expect("a URL");
        let mut announced = assumed(kind, None);
        if kind == Kind::Role {
            for name in ["description", "userType", "classifications"] {
                let multi_valued = name == "classifications";
                announced.push(crate::scim::schema::Attribute {
                    name: name.to_owned(),
                    multi_valued,
                    ..Default::default()
                });
            }
        }
        Shape::new(kind, url, "urn:x".to_owned(), &announced, None)
    }

    /// What a target shows after it was given these attributes.
    fn echo(kind: Kind, attributes: &Attributes) -> Attributes {
        let shape = shape(kind);
        let mut resource: Map<String, Json> =
            encode(&shape, attributes).into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        resource.insert("id".to_owned(), json!("7"));
        let body = serde_json::to_vec(&resource).expect("JSON");
        seen(&shape, &body, true, None).expect("a resource").attributes
    }

    #[test]
    fn grants_are_flat() {
        let value = grants(&Value::names(["locations.modify.phone", "campaigns.view"]));
        insta::assert_snapshot!(
            value.expect("some"),
            @r#"[{"action":"view","entity":"campaigns","value":"campaigns.view"},{"action":"modify","entity":"locations","field":"phone","value":"locations.modify.phone"}]"#
        );
    }

    #[test]
    fn no_licences_means_no_limit() {
        let with = |value| Attributes::from([("licenses".to_owned(), value)]);
        let text = |value| format!("{:?}", encode(&shape(Kind::UserType), &with(value)));
        insta::assert_snapshot!(text(Value::Count(4)), @r#"[("limitedAssignmentsPermitted", Some(Bool(true))), ("totalAssignmentsPermitted", Some(Number(4)))]"#);
        insta::assert_snapshot!(text(Value::Absent), @r#"[("limitedAssignmentsPermitted", Some(Bool(false))), ("totalAssignmentsPermitted", None)]"#);
    }

    #[test]
    fn a_resource_without_id_or_name_is_an_error() {
        let read = |body: &str| seen(&shape(Kind::Role), body.as_bytes(), true, None);
        for body in [r#"{"displayName":"x"}"#, r#"{"id":"..","displayName":"x"}"#, r#"{"id":"1"}"#] {
            assert!(matches!(read(body), Err(Unreadable::Nameless(_))), "{body}");
        }
    }

    #[test]
    fn counters_change_no_version() {
        let read = |used: u64| {
            let body = format!(r#"{{"id":"1","displayName":"x","totalAssignmentsUsed":{used}}}"#);
            seen(&shape(Kind::UserType), body.as_bytes(), false, None).expect("a user type").version
        };
        assert_eq!(read(1), read(2));
    }

    #[test]
    fn an_etag_counts_only_where_it_is_announced() {
        let body = br#"{"id":"1","userName":"x","meta":{"version":"W/\"3\""}}"#;
        let read = |etags| seen(&shape(Kind::User), body, etags, None).expect("a user").version;
        assert_eq!(read(true), Version::Etag("W/\"3\"".to_owned()));
        assert!(matches!(read(false), Version::Hash(_)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            name in "[^\\p{C}]{1,8}", role in "[a-z0-9]{1,4}", active: bool,
            grants in proptest::collection::btree_set("[a-z]{1,3}\\.[a-z]{1,3}(\\.[a-z]{1,3})?", 0..4),
            words in proptest::collection::btree_set("[^\\p{C}]{1,5}", 0..4),
        ) {
            let user = assigned([
                ("name", Value::text(name.as_str())), ("role", Value::text(role)), ("active", Value::Flag(active)),
            ]);
            prop_assert_eq!(echo(Kind::User, &user), user);
            let role = assigned([
                ("name", Value::text(name)), ("mark", Value::text("acme:role/x")),
                ("permissions", Value::names(grants)), ("classifications", Value::names(words)),
            ]);
            prop_assert_eq!(echo(Kind::Role, &role), role);
        }
    }
}
