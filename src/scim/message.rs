//! Messages: lists, patches, bulk and errors (RFC 7644 §3.4.2, §3.5.2, §3.7, §3.12).

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
/// The schema of [`BulkRequest`].
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The schema of [`BulkResponse`].
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
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
    /// The attribute by which they are ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// `ascending` or `descending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_order: Option<String>,
    /// The 1-based index of the first resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<i64>,
    /// The most resources to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Where the page begins (RFC 9865): empty for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
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

/// Several writes in one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkRequest {
    /// [`BULK_REQUEST`].
    pub schemas: Vec<String>,
    /// After how many errors the rest is left undone; without it, nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_on_errors: Option<u64>,
    /// The writes.
    #[serde(rename = "Operations")]
    pub operations: Vec<BulkOperation>,
}

/// One write of a bulk request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkOperation {
    /// `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// Where, below the service's root: `/Users`, `/Users/ID`.
    pub path: String,
    /// What other operations call what this one makes; required for POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_id: Option<String>,
    /// The version that it is made for, as If-Match has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The body; absent for DELETE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// What became of the writes of a bulk request; those that were not tried are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkResponse {
    /// [`BULK_RESPONSE`].
    pub schemas: Vec<String>,
    /// What became of each, to be told by location or `bulkId`, not by place.
    #[serde(rename = "Operations")]
    pub operations: Vec<BulkResult>,
}

/// What became of one write of a bulk request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkResult {
    /// As it was asked for.
    pub method: String,
    /// As it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_id: Option<String>,
    /// The version that there is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it is; absent where nothing was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The HTTP status, as text.
    pub status: String,
    /// The body; an [`ErrorMessage`] where it is not a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
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
