//! Discovery: what a service announces of itself (RFC 7643 §5 to §7).

use serde::{Deserialize, Serialize};

/// The schema of [`ServiceProviderConfig`].
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The schema of [`ResourceType`].
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of [`Schema`].
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The schema of core users (RFC 7643 §4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The prefix of our own schemas, unless `target.urn_prefix` says otherwise (DESIGN.md §5).
pub const URN_PREFIX: &str = "urn:ietf:params:scim:schemas:extension:rolecall:1.0:";

/// What a service can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceProviderConfig {
    /// [`SERVICE_PROVIDER_CONFIG`].
    #[serde(default)]
    pub schemas: Vec<String>,
    /// PATCH.
    #[serde(default)]
    pub patch: Supported,
    /// Bulk; the limits are required even when it is not supported (RFC 7643 §5).
    #[serde(default)]
    pub bulk: BulkSupport,
    /// Filters.
    #[serde(default)]
    pub filter: FilterSupport,
    /// Changes of passwords.
    #[serde(default)]
    pub change_password: Supported,
    /// Sorting.
    #[serde(default)]
    pub sort: Supported,
    /// Versions.
    #[serde(default)]
    pub etag: Supported,
    /// How lists are paged (RFC 9865); absent where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// How callers prove who they are.
    #[serde(default)]
    pub authentication_schemes: Vec<AuthenticationScheme>,
}

/// Whether something is supported. Absent means no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supported {
    /// Whether it is.
    #[serde(default)]
    pub supported: bool,
}

/// Bulk and its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkSupport {
    /// Whether it is supported.
    pub supported: bool,
    /// Operations in one request.
    pub max_operations: u64,
    /// Bytes in one request.
    pub max_payload_size: u64,
}

/// Filters and their limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FilterSupport {
    /// Whether they are supported.
    pub supported: bool,
    /// The most resources that one answer holds.
    pub max_results: u64,
}

/// How lists are paged (RFC 9865 §4). What is not said is not thereby unlimited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pagination {
    /// Whether by cursor.
    pub cursor: bool,
    /// Whether by index.
    pub index: bool,
    /// `cursor` or `index`: what is meant by a request that says neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_pagination_method: Option<String>,
    /// Resources in a page when the request does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_page_size: Option<u64>,
    /// The most resources in a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u64>,
    /// For how many seconds a cursor is good at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_timeout: Option<u64>,
}

/// One way to prove who is calling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationScheme {
    /// `oauthbearertoken` and the like.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Where it is specified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// Where its use is documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it is the preferred one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// A type of resources and where it is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// [`RESOURCE_TYPE`].
    #[serde(default)]
    pub schemas: Vec<String>,
    /// Equal to the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `User`, `Role`.
    pub name: String,
    /// `/Users`, `/Roles`.
    pub endpoint: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The URN of its schema.
    pub schema: String,
    /// Further schemas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_extensions: Vec<SchemaExtension>,
}

/// A further schema of a resource type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaExtension {
    /// Its URN.
    pub schema: String,
    /// Whether every resource has it.
    #[serde(default)]
    pub required: bool,
}

/// The attributes of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// [`SCHEMA`].
    #[serde(default)]
    pub schemas: Vec<String>,
    /// Its URN.
    pub id: String,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The attributes.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
}

/// One attribute and its characteristics (RFC 7643 §2.2, §7), with their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// `string`, `boolean`, `integer`, `complex`, `reference`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is a list.
    pub multi_valued: bool,
    /// For people.
    pub description: String,
    /// Whether it must be assigned.
    pub required: bool,
    /// Suggested values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether case counts in comparisons.
    pub case_exact: bool,
    /// Whether it can be written.
    pub mutability: Mutability,
    /// When it is sent.
    pub returned: Returned,
    /// Whether a value can be there twice.
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

impl Default for Attribute {
    /// The defaults of RFC 7643 §2.2.
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: "string".to_owned(),
            multi_valued: false,
            description: String::new(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }
}

/// Whether an attribute can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only read.
    ReadOnly,
    /// Read and written.
    ReadWrite,
    /// Set once.
    Immutable,
    /// Only written.
    WriteOnly,
}

/// When an attribute is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Never.
    Never,
    /// Unless something else is asked for.
    Default,
    /// Only when it is asked for.
    Request,
}

/// Whether a value can be there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// It can.
    None,
    /// Not on this server.
    Server,
    /// Not anywhere.
    Global,
}
