//! Messages: lists, patches and errors (RFC 7644 §3.4.2, §3.5.2, §3.12).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The media type of every body (RFC 7644 §3.1).
pub const MEDIA_TYPE: &str = "application/scim+json";
/// The schema of [`ListResponse`].
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of [`PatchRequest`].
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The schema of [`SearchRequest`].
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The schema of [`ErrorMessage`].
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// One page of a list. `R` borrows from the body where it can.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResponse<R> {
    /// [`LIST_RESPONSE`].
    pub schemas: Vec<String>,
    /// How many resources there are over all pages.
    pub total_results: u64,
    /// The 1-based index of the first resource of this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<u64>,
    /// How many resources this page has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_per_page: Option<u64>,
    /// The resources.
    #[serde(rename = "Resources", default = "Vec::new")]
    pub resources: Vec<R>,
}

/// The body of a `.search`: a list's parameters out of the URL, where logs would keep them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchRequest {
    /// [`SEARCH_REQUEST`].
    pub schemas: Vec<String>,
    /// Attributes to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// Attributes to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded_attributes: Option<Vec<String>>,
    /// Which resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The 1-based index of the first resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<i64>,
    /// The most resources to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
}

/// The body of a PATCH.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchRequest {
    /// [`PATCH_OP`].
    pub schemas: Vec<String>,
    /// What is done, in order and as one (RFC 7644 §3.5.2).
    #[serde(rename = "Operations")]
    pub operations: Vec<PatchOperation>,
}

/// One operation of a PATCH.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchOperation {
    /// `add`, `remove` or `replace`; read in any case, written in lower case.
    pub op: String,
    /// The attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The value; absent for `remove`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// The body of an answer that is not a success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// [`ERROR`], and the URN of our extension where it is present.
    pub schemas: Vec<String>,
    /// The HTTP status, as text.
    pub status: String,
    /// The keyword of RFC 7644 §3.12.
    #[serde(rename = "scimType", default, skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Our extension object: which rule, which names, how many seats.
    #[serde(flatten)]
    pub extension: serde_json::Map<String, Value>,
}
