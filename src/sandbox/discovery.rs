//! What the sandbox says of itself (RFC 7643 §5 to §7), and of the organization and the caller.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::scim::schema::{
    AuthenticationScheme, BulkSupport, FilterSupport, Pagination, SERVICE_PROVIDER_CONFIG, ServiceProviderConfig,
    Supported,
};

use super::access::Caller;
use super::bulk;
use super::http::MAX_BODY_BYTES;
use super::lists::{self, Page};
use super::parameters::{DEFAULT_COUNT, MAX_RESULTS};
use super::refusal::Refusal;
use super::served::{Served, ServedType};

/// A discovery document by its path: `Schemas`, `Schemas/URN`.
pub(super) fn document(served: &Served, path: &[&str], filtered: bool) -> Result<String, Refusal> {
    // A filter here could hide a type from a client that does not expect it (RFC 7644 §4).
    if filtered {
        return Err(Refusal::new(403, "discovery documents cannot be filtered"));
    }
    match *path {
        ["ServiceProviderConfig"] => {
            Ok(with_meta(json!(service_provider_config()), "ServiceProviderConfig", served, "/ServiceProviderConfig"))
        }
        ["ResourceTypes"] => Ok(all(served.types.iter().map(|of| resource_type(served, of)))),
        ["Schemas"] => Ok(all(served.types.iter().map(|of| schema(served, of)))),
        ["ResourceTypes", name] => one(served, name, |of| &of.resource_type.name, resource_type),
        ["Schemas", urn] => one(served, urn, |of| &of.schema.id, schema),
        _ => Err(Refusal::new(404, format!("there is nothing at `/{}`", path.join("/")))),
    }
}

fn all(documents: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = documents.collect();
    lists::response(&Page { total: Some(texts.len() as u64), start_index: Some(1), texts, next: None })
}

fn one(
    served: &Served,
    id: &str,
    id_of: fn(&ServedType) -> &String,
    document: fn(&Served, &ServedType) -> String,
) -> Result<String, Refusal> {
    let of = served.types.iter().find(|of| id_of(of) == id);
    of.map(|of| document(served, of)).ok_or_else(|| Refusal::new(404, format!("there is no `{id}`")))
}

fn resource_type(served: &Served, of: &ServedType) -> String {
    let path = format!("/ResourceTypes/{}", of.resource_type.name);
    with_meta(json!(of.resource_type), "ResourceType", served, &path)
}

fn schema(served: &Served, of: &ServedType) -> String {
    with_meta(json!(of.schema), "Schema", served, &format!("/Schemas/{}", of.schema.id))
}

fn with_meta(mut document: Value, resource_type: &str, served: &Served, path: &str) -> String {
    document["meta"] = json!({ "resourceType": resource_type, "location": format!("{}{path}", served.base) });
    document.to_string()
}

fn service_provider_config() -> ServiceProviderConfig {
    let yes = Supported { supported: true };
    ServiceProviderConfig {
        schemas: vec![SERVICE_PROVIDER_CONFIG.to_owned()],
        patch: yes,
        bulk: BulkSupport {
            supported: true,
            max_operations: bulk::MAX_OPERATIONS as u64,
            max_payload_size: MAX_BODY_BYTES as u64,
        },
        filter: FilterSupport { supported: true, max_results: MAX_RESULTS },
        change_password: Supported::default(),
        sort: yes,
        etag: yes,
        pagination: Some(Pagination {
            cursor: true,
            index: true,
            default_pagination_method: Some("index".to_owned()),
            default_page_size: Some(DEFAULT_COUNT),
            max_page_size: Some(MAX_RESULTS),
            // A cursor is good for as long as the resource that it stands behind is.
            cursor_timeout: None,
        }),
        authentication_schemes: vec![AuthenticationScheme {
            kind: "oauthbearertoken".to_owned(),
            name: "Bearer token".to_owned(),
            description: "A token that the sandbox was started with".to_owned(),
            spec_uri: Some("https://www.rfc-editor.org/rfc/rfc6750".to_owned()),
            documentation_uri: None,
            primary: Some(true),
        }],
    }
}

/// The organization, as this caller sees it. It says who is asking, so it is not to be cached.
pub(super) fn organization(
    served: &Served,
    of: &ServedType,
    (id, created): &(String, String),
    subscriptions: &BTreeSet<String>,
    caller: &Caller,
) -> Map<String, Value> {
    let organization = json!({
        "schemas": [of.schema.id],
        "id": id,
        "platform": served.pack.platform,
        // That there are none is said, not left open.
        "subscriptions": subscriptions,
        "caller": &*caller.name,
        "authority": caller.authority.name(),
        "meta": {
            "resourceType": of.resource_type.name,
            "created": created,
            "lastModified": created,
            "location": served.location(of.kind, id),
        },
    });
    match organization {
        Value::Object(organization) => organization,
        _ => Map::new(),
    }
}
