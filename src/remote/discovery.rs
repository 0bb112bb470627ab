//! Discovery: what a target announces of itself, and what follows for us (RFC 7644 §4).
//!
//! A target that announces less is worked with as far as it goes, and each thing that is missing
//! becomes a sentence in the capabilities. Not responsible for reading resources.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::error::RemoteError;
use super::place::parts;
use super::read::SUBSCRIPTIONS;
use super::shape::{Shape, assumed, type_name};
use super::target::Mapping;
use crate::platform::{Pack, Section, VocabularyMode};
use crate::scim::message::ListResponse;
use crate::scim::schema::{Attribute, ResourceType, Schema, ServiceProviderConfig, USER};
use crate::state::{Bulk, Capabilities, Kind, attribute};

/// What a target announced; `None` where it has no such document.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub config: Option<ServiceProviderConfig>,
    pub types: Option<Vec<ResourceType>>,
    pub schemas: Option<Vec<Schema>>,
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
                    let mut note = format!("the target holds no resources of type {}", type_name(kind));
                    if kind == Kind::Role {
                        note.push_str("; a role is the name that users carry, and nothing else of it is compared");
                    }
                    capabilities.degradations.push(note);
                }
                continue;
            };
            let announced = self.schemas.iter().flatten().find(|one| one.id.eq_ignore_ascii_case(&schema));
            let mut shape = if let Some(announced) = announced {
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
            if kind == Kind::User {
                let attributes = announced.map_or_else(|| assumed(kind, pack), |schema| schema.attributes.clone());
                self.place(client, &mut shape, &attributes, &mut capabilities.degradations);
            }
            capabilities.kinds.insert(kind, shape.capability.clone());
            by_kind.insert(kind, shape);
        }
        capabilities.role_names = by_kind.contains_key(&Kind::User) && !by_kind.contains_key(&Kind::Role);
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

    /// Finds where users carry their role and their user type, and in which form.
    fn place(&self, client: &Client, user: &mut Shape, announced: &[Attribute], degradations: &mut Vec<String>) {
        let Mapping { role, user_type } = &client.mapping;
        let mut carries_role = announced.iter().find(|one| one.name.eq_ignore_ascii_case("roles")).cloned();
        let mapped = [("role", attribute::ROLE, role), ("user_type", attribute::USER_TYPE, user_type)];
        for (setting, name, path) in mapped {
            let Some(path) = path else { continue };
            let Some((path, found)) = self.attribute(path, &user.schema, announced) else {
                user.unmap(name);
                degradations.push(format!(
                    "`target.mapping.{setting}` names `{path}`, which the target does not announce for users"
                ));
                continue;
            };
            user.map(name, &path, &found);
            if name == attribute::ROLE {
                carries_role = Some(found);
            }
        }
        let needs_reference = |one: &Attribute| one.name == "$ref" && one.required;
        let needs_reference = carries_role.is_some_and(|role| role.sub_attributes.iter().any(needs_reference));
        user.role_reference = self.endpoint(client, Kind::Role).map(|(url, _)| url).filter(|_| needs_reference);
    }

    /// An attribute of users by its path, which is spelled as the target announces it.
    fn attribute(&self, path: &str, user: &str, core: &[Attribute]) -> Option<(String, Attribute)> {
        let named = |attributes: &[Attribute], name: &str| {
            attributes.iter().find(|one| one.name.eq_ignore_ascii_case(name)).cloned()
        };
        let (urn, name) = parts(path);
        let Some(urn) = urn.filter(|urn| !urn.eq_ignore_ascii_case(user)) else {
            return named(core, name).map(|found| (found.name.clone(), found));
        };
        let Some(schemas) = &self.schemas else {
            // Nothing is announced, so the project's word counts: one text.
            return Some((path.to_owned(), Attribute { name: name.to_owned(), ..Attribute::default() }));
        };
        let types = self.types.iter().flatten();
        let mut extensions = types.filter(|one| one.schema.eq_ignore_ascii_case(user));
        let is_extension = extensions
            .any(|one| one.schema_extensions.iter().any(|extension| extension.schema.eq_ignore_ascii_case(urn)));
        let schema = schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn)).filter(|_| is_extension)?;
        let found = named(&schema.attributes, name)?;
        Some((format!("{}:{}", schema.id, found.name), found))
    }

    fn features(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        let mut note = |text: &str| capabilities.degradations.push(text.to_owned());
        if self.types.is_none() {
            note(
                "the target announces no resource types; only users can be read and written, at /Users, and a role is the \
                 name that they carry",
            );
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
