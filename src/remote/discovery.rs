//! Discovery: what a target announces of itself, and what follows for us (RFC 7644 §4).
//!
//! A target that announces less is worked with as far as it goes, and each thing that is missing
//! becomes a sentence in the capabilities. Not responsible for reading resources.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::error::RemoteError;
use super::read::SUBSCRIPTIONS;
use super::shape::{Shape, assumed, type_name};
use crate::platform::{Pack, Section, VocabularyMode};
use crate::scim::message::ListResponse;
use crate::scim::schema::{ResourceType, Schema, ServiceProviderConfig, USER};
use crate::state::{Bulk, Capabilities, Kind};

/// What a target announced; `None` where it has no such document.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub config: Option<ServiceProviderConfig>,
    types: Option<Vec<ResourceType>>,
    schemas: Option<Vec<Schema>>,
}

/// What follows from it.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    pub by_kind: BTreeMap<Kind, Shape>,
    /// Where the target says which organization it serves.
    pub organization: Option<Url>,
    /// Whether it announces that it says there what the organization has subscribed to.
    pub tells_subscriptions: bool,
    /// Where it lists what there is to grant.
    pub catalogue: Option<Url>,
    pub capabilities: Capabilities,
}

/// Reads the three documents.
pub(super) async fn discover(client: &Client) -> Result<Announced, RemoteError> {
    let (config, types, schemas) = tokio::join!(
        document::<ServiceProviderConfig>(client, "ServiceProviderConfig"),
        document::<ListResponse<ResourceType>>(client, "ResourceTypes"),
        document::<ListResponse<Schema>>(client, "Schemas"),
    );
    Ok(Announced {
        config: config?,
        types: types?.map(|list| whole(client, "ResourceTypes", list)).transpose()?,
        schemas: schemas?.map(|list| whole(client, "Schemas", list)).transpose()?,
    })
}

/// The resources of a discovery document. It has no pages (RFC 7644 §4), so all must be there.
fn whole<R>(client: &Client, name: &str, list: ListResponse<R>) -> Result<Vec<R>, RemoteError> {
    let (announced, arrived) = (list.total_results, list.resources.len() as u64);
    if arrived < announced {
        let url = client.base.join(name).expect("a name is a relative URL");
        let attempt = super::client::Request::get(url).attempt();
        return Err(RemoteError::ShortDocument { attempt, announced, arrived });
    }
    Ok(list.resources)
}

async fn document<T: DeserializeOwned>(client: &Client, name: &str) -> Result<Option<T>, RemoteError> {
    let url = client.base.join(name).expect("a name is a relative URL");
    match client.get(url.clone()).await {
        Ok(answer) => serde_json::from_slice(&answer.body)
            .map(Some)
            .map_err(|source| RemoteError::Malformed { attempt: super::client::Request::get(url).attempt(), source }),
        Err(error) if error.is_not_supported() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a platform has no such vocabulary.
fn lacks(pack: &Pack, kind: Kind) -> bool {
    let section = match kind {
        Kind::Classification => Section::Classifications,
        Kind::Segment => Section::Segments,
        Kind::UserType => Section::UserTypes,
        Kind::Role | Kind::User => return false,
    };
    pack.vocabulary(section).mode == VocabularyMode::Absent
}

impl Announced {
    /// Shapes and capabilities. The pack stands in for schemas that are not announced.
    pub fn shapes(&self, client: &Client, pack: Option<&Pack>) -> Shapes {
        let mut capabilities = self.features();
        let mut by_kind = BTreeMap::new();
        for kind in Kind::ALL {
            let Some((url, schema)) = self.endpoint(client, kind) else {
                // Without the document it is said once, for all; and nobody misses what the platform
                // has not.
                if self.types.is_some() && !pack.is_some_and(|pack| lacks(pack, kind)) {
                    let note = format!("the target holds no resources of type {}", type_name(kind));
                    capabilities.degradations.push(note);
                }
                continue;
            };
            let announced = self.schemas.iter().flatten().find(|one| one.id.eq_ignore_ascii_case(&schema));
            let shape = if let Some(announced) = announced {
                Shape::new(kind, url, schema, &announced.attributes, pack)
            } else {
                if self.schemas.is_some() {
                    let name = type_name(kind);
                    capabilities.degradations.push(format!(
                        "the target announces {name} without its schema; its attributes are taken from the platform's rules"
                    ));
                }
                Shape::new(kind, url, schema, &assumed(kind, pack), pack)
            };
            capabilities.kinds.insert(kind, shape.capability.clone());
            by_kind.insert(kind, shape);
        }
        let organization = self.find(client, &format!("{}Organization", client.urn_prefix), "Organization");
        let catalogue = self.find(client, &format!("{}Permission", client.urn_prefix), "Permission");
        let tells_subscriptions =
            organization.as_ref().is_some_and(|(_, schema)| self.announces(schema, SUBSCRIPTIONS));
        let url = |found: Option<(Url, String)>| found.map(|(url, _)| url);
        Shapes {
            by_kind,
            organization: url(organization),
            tells_subscriptions,
            catalogue: url(catalogue),
            capabilities,
        }
    }

    fn features(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        let mut note = |text: &str| capabilities.degradations.push(text.to_owned());
        if self.types.is_none() {
            note("the target announces no resource types; only users can be read and written, at /Users");
        }
        if self.schemas.is_none() {
            note("the target announces no schemas; attributes are taken from the platform's rules");
        }
        let Some(config) = &self.config else {
            note(
                "the target does not announce what it supports; objects are read again before each write and written as a whole",
            );
            return capabilities;
        };
        if !config.etag.supported {
            note("the target keeps no versions; objects are read again before each write, which is not as safe");
        }
        if !config.patch.supported {
            note("the target does not support PATCH; objects are written as a whole");
        }
        if !config.filter.supported {
            note(
                "the target does not support filters; an object whose creation got no answer is looked up in the whole list",
            );
        }
        capabilities.etag = config.etag.supported;
        capabilities.patch = config.patch.supported;
        let bulk = config.bulk;
        capabilities.bulk = bulk
            .supported
            .then_some(Bulk { max_operations: bulk.max_operations, max_payload_bytes: bulk.max_payload_size });
        capabilities
    }

    /// Where a kind is found, and the URN of its schema.
    fn endpoint(&self, client: &Client, kind: Kind) -> Option<(Url, String)> {
        let name = type_name(kind);
        let schema = if kind == Kind::User { USER.to_owned() } else { format!("{}{name}", client.urn_prefix) };
        if self.types.is_none() && kind == Kind::User {
            // The one endpoint that the standard itself names (RFC 7644 §3.2).
            return Some((client.base.join("Users").expect("a relative URL"), schema));
        }
        self.find(client, &schema, name)
    }

    /// Whether a schema is announced with an attribute.
    fn announces(&self, schema: &str, attribute: &str) -> bool {
        let mut announced = self.schemas.iter().flatten().filter(|one| one.id.eq_ignore_ascii_case(schema));
        announced.any(|one| one.attributes.iter().any(|known| known.name.eq_ignore_ascii_case(attribute)))
    }

    fn find(&self, client: &Client, schema: &str, name: &str) -> Option<(Url, String)> {
        let types = self.types.as_deref().unwrap_or_default();
        let by_schema = types.iter().find(|one| one.schema.eq_ignore_ascii_case(schema));
        let found = by_schema.or_else(|| types.iter().find(|one| one.name.eq_ignore_ascii_case(name)))?;
        let url = client.base.join(found.endpoint.trim_start_matches('/')).ok()?;
        // The token goes wherever an endpoint points to, so it must not point elsewhere.
        let inside = url.origin() == client.base.origin() && url.path().starts_with(client.base.path());
        inside.then(|| (url, found.schema.clone()))
    }
}
