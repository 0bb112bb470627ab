//! Discovery: what a target announces of itself, and what follows for us (RFC 7644 §4).
//!
//! A target that announces less is worked with as far as it goes, and each thing that is missing
//! becomes a sentence in the capabilities. Not responsible for reading resources.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::error::RemoteError;
use super::listed::{self, Listed};
use super::place::parts;
use super::read::SUBSCRIPTIONS;
use super::shape::{Shape, assumed, type_name};
use super::target::Mapping;
use super::walk::Paging;
use crate::platform::{Pack, Section, VocabularyMode};
use crate::scim::schema::{Attribute, Pagination, ResourceType, Schema, ServiceProviderConfig, USER};
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
        document::<Listed<ResourceType>>(client, "ResourceTypes"),
        document::<Listed<Schema>>(client, "Schemas"),
    );
    Ok(Announced {
        config: config?,
        types: types?.map(|list| whole(client, "ResourceTypes", list)).transpose()?,
        schemas: schemas?.map(|list| whole(client, "Schemas", list)).transpose()?,
    })
}

/// The resources of a discovery document. It has no pages (RFC 7644 §4), so all must be there.
fn whole<R>(client: &Client, name: &str, list: Listed<R>) -> Result<Vec<R>, RemoteError> {
    let url = client.base.join(name).expect("a name is a relative URL");
    let attempt = super::client::Request::get(url).attempt();
    let list = match list.checked() {
        Ok(list) => list,
        Err(source) => return Err(RemoteError::Malformed { attempt, source }),
    };
    let arrived = list.resources().len() as u64;
    let announced = list.total().unwrap_or(arrived);
    if arrived < announced {
        return Err(RemoteError::ShortDocument { attempt, announced, arrived });
    }
    Ok(list.into_resources())
}

async fn document<T: DeserializeOwned>(client: &Client, name: &str) -> Result<Option<T>, RemoteError> {
    let url = client.base.join(name).expect("a name is a relative URL");
    match client.get(url.clone()).await {
        Ok(answer) => listed::document(&answer.body)
            .map(Some)
            .map_err(|source| RemoteError::Malformed { attempt: super::client::Request::get(url).attempt(), source }),
        Err(error) if error.is_not_supported() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a place can hold the name of a role or a user type, and holds nothing else that we write.
fn holds_text(path: &str, found: &Attribute) -> Result<(), &'static str> {
    if ["id", "externalId", "userName", "displayName", "active"].iter().any(|own| path.eq_ignore_ascii_case(own)) {
        return Err("which says something else of a user");
    }
    let has_value = found.sub_attributes.iter().any(|part| part.name.eq_ignore_ascii_case("value"));
    match found.kind.to_ascii_lowercase().as_str() {
        "string" | "reference" | "" => Ok(()),
        "complex" if has_value || found.sub_attributes.is_empty() => Ok(()),
        "complex" => Err("which has parts; name the one that is a text"),
        _ => Err("which is no text"),
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
    /// How lists are read. By index where both are announced, unless the target itself prefers
    /// cursors: the pages of an index can be on their way at once, while each cursor is known only
    /// when the page before it has arrived. On the sandbox, where a page by index costs no more than
    /// one by cursor, 20,000 users in pages of 1,000 took 0.8 to 1 s by cursor and half a second with
    /// eight pages on their way, without any latency of a network.
    pub fn paging(&self) -> Paging {
        let pagination = self.config.as_ref().and_then(|config| config.pagination.as_ref());
        let prefers = |one: &Pagination| one.default_pagination_method.as_deref() == Some("cursor");
        match pagination {
            Some(announced) if announced.cursor && (!announced.index || prefers(announced)) => Paging::Cursor,
            _ => Paging::Index,
        }
    }

    /// The most resources that may be asked for at once: more can be an error (RFC 9865 §2.2,
    /// `invalidCount`).
    pub fn max_page_size(&self) -> Option<u32> {
        let most = self.config.as_ref()?.pagination.as_ref()?.max_page_size?;
        u32::try_from(most).ok().filter(|most| *most > 0)
    }

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
        let mut taken: Option<String> = None;
        for (setting, name, path) in mapped {
            let Some(path) = path else { continue };
            let found = self.attribute(path, &user.schema, announced).and_then(|(path, found)| {
                match taken.replace(path.clone()) {
                    Some(other) if other.eq_ignore_ascii_case(&path) => Err("where the role is"),
                    _ => holds_text(&path, &found).map(|()| (path, found)),
                }
            });
            let (path, found) = match found {
                Ok(found) => found,
                Err(why) => {
                    user.unmap(name);
                    degradations.push(format!("`target.mapping.{setting}` names `{path}`, {why}"));
                    continue;
                }
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

    /// An attribute of users, or a part of a complex one, by its path, which is spelled as the
    /// target announces it. Else, why it is no place for one value.
    fn attribute(&self, path: &str, user: &str, core: &[Attribute]) -> Result<(String, Attribute), &'static str> {
        const UNKNOWN: &str = "which the target does not announce for users";
        // The first value of a list is the list: one value is all that is ever in it.
        let (path, first) = match path.split_once('[') {
            None => (path.to_owned(), false),
            Some((list, rest)) => match rest.strip_prefix("0]") {
                Some(part) => (format!("{list}{part}"), true),
                None => return Err("which chooses among several values by a filter; name an attribute that has one"),
            },
        };
        let (urn, name) = parts(&path);
        let (name, part) = name.split_once('.').map_or((name, None), |(name, part)| (name, Some(part)));
        let (path, found) = self.whole_attribute(urn, name, user, core).ok_or(UNKNOWN)?;
        let Some(part) = part else {
            return if first && !found.multi_valued { Err(UNKNOWN) } else { Ok((path, found)) };
        };
        if found.multi_valued {
            let is_value = part.eq_ignore_ascii_case("value");
            return if is_value { Ok((path, found)) } else { Err("of which only the `value` can be written") };
        }
        let parts = || found.sub_attributes.iter().find(|one| one.name.eq_ignore_ascii_case(part)).cloned();
        // Where nothing is announced the project's word counts.
        let unsaid = || self.schemas.is_none().then(|| Attribute { name: part.to_owned(), ..Attribute::default() });
        let found = parts().or_else(unsaid).filter(|_| !first).ok_or(UNKNOWN)?;
        Ok((format!("{path}.{}", found.name), found))
    }

    fn whole_attribute(
        &self,
        urn: Option<&str>,
        name: &str,
        user: &str,
        core: &[Attribute],
    ) -> Option<(String, Attribute)> {
        let named = |attributes: &[Attribute], name: &str| {
            attributes.iter().find(|one| one.name.eq_ignore_ascii_case(name)).cloned()
        };
        let Some(urn) = urn.filter(|urn| !urn.eq_ignore_ascii_case(user)) else {
            return named(core, name).map(|found| (found.name.clone(), found));
        };
        let Some(schemas) = &self.schemas else {
            // Nothing is announced, so the project's word counts: one text.
            return Some((format!("{urn}:{name}"), Attribute { name: name.to_owned(), ..Attribute::default() }));
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
