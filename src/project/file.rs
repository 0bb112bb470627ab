//! The shape of `rolecall.yaml`.
//!
//! These types read the file and generate its schema. Every setting may be left out at both
//! levels, the file's and an environment's; what that means is decided in `overlay` and `value`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Spanned;
use crate::platform::{NAME, NAME_EXPECTS};

/// A word that is used in file names, marks and flags.
const WORD: &str = r"^[A-Za-z0-9][A-Za-z0-9._-]*$";
const WORD_EXPECTS: &str = "letters, digits, dots, underscores and hyphens, a letter or digit first";
const DURATION: &str = r"^[0-9]{1,6}(ms|s|m|h)$";
const DURATION_EXPECTS: &str = "a duration such as `500ms`, `10s` or `2m`";
const SHARE: &str = r"^[0-9]{1,3}%$";
const SHARE_EXPECTS: &str = "a share such as `25%`";

/// What the file has at its top level alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct Top {
    /// The version of this format.
    #[schemars(extend("enum" = [1]))]
    #[expect(dead_code, reason = "the schema holds it to the one version that there is")]
    pub version: u32,
    /// The environment that is taken when none is asked for.
    pub default_environment: Option<Spanned<String>>,
}

/// What an environment has beside the settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(super) struct OfEnvironment {
    /// `name`: applying here needs the environment's name, typed or given with `--confirm`.
    pub confirm: Option<Confirm>,
}

/// How an apply is confirmed: `name`, by the environment's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "explained above; a comment on a variant would turn the schema's enum into oneOf")]
pub enum Confirm {
    Name,
}

/// The settings that the file and each environment can have.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Settings {
    /// The platform: the name of a pack that rolecall carries, or the path to a pack file.
    #[schemars(inner(regex(pattern = NAME), extend("x-expects" = NAME_EXPECTS)))]
    pub platform: Option<Spanned<String>>,
    /// The service that is read and written.
    pub target: Option<TargetSettings>,
    /// The manifests: paths or patterns, from the directory of this file on.
    #[schemars(inner(length(min = 1)))]
    pub manifests: Option<Vec<Spanned<String>>>,
    /// Our mark on what we create, so that it is known as ours. Without it nothing is marked.
    #[schemars(inner(regex(pattern = WORD), extend("x-expects" = WORD_EXPECTS)))]
    pub owner: Option<Spanned<String>>,
    /// What to do about live objects that no manifest names.
    pub unlisted: Option<UnlistedSettings>,
    /// What to do about assigned users that the target does not know.
    pub unknown_users: Option<Spanned<UnknownUsers>>,
    /// Who counts as an administrator, on platforms that do not say so themselves.
    pub administrators: Option<AdministratorSettings>,
    /// How much one run may take away or change.
    pub guards: Option<GuardSettings>,
}

/// What to do about live roles that no manifest names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it; a comment on a variant would turn the schema's enum into oneOf")]
pub enum UnlistedRoles {
    #[default]
    Ignore,
    Report,
    DeleteOwned,
    Delete,
}

/// What to do about live users that no manifest assigns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it; a comment on a variant would turn the schema's enum into oneOf")]
pub enum UnlistedUsers {
    #[default]
    Ignore,
    Report,
    Deactivate,
}

/// What to do about assigned users that the target does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it; a comment on a variant would turn the schema's enum into oneOf")]
pub enum UnknownUsers {
    #[default]
    Create,
    Refuse,
}

/// What to do about live objects that no manifest names.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct UnlistedSettings {
    /// Roles: leave them alone (`ignore`, the default), list them, delete those that carry our
    /// mark, or delete them all.
    pub roles: Option<Spanned<UnlistedRoles>>,
    /// Users: leave them alone (`ignore`, the default), list them, or deactivate them.
    pub users: Option<Spanned<UnlistedUsers>>,
}

/// Who counts as an administrator.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct AdministratorSettings {
    /// The roles whose active holders are administrators.
    #[schemars(inner(regex(pattern = NAME), extend("x-expects" = NAME_EXPECTS)))]
    pub roles: Option<Vec<Spanned<String>>>,
}

/// How much one run may take away or change.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct GuardSettings {
    /// The largest share of users, and of roles, that may lose what they have. 25% by default.
    #[schemars(inner(regex(pattern = SHARE), extend("x-expects" = SHARE_EXPECTS)))]
    pub max_removed: Option<Spanned<String>>,
    /// The largest share of roles that may be changed. 30% by default.
    #[schemars(inner(regex(pattern = SHARE), extend("x-expects" = SHARE_EXPECTS)))]
    pub max_changed: Option<Spanned<String>>,
    /// Below this many objects shares are not looked at. 10 by default.
    pub min_population: Option<u64>,
    /// The fewest active administrators that may be left. 2 by default.
    pub min_administrators: Option<u64>,
}

/// The service that is read and written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct TargetSettings {
    /// The base of its SCIM endpoints, such as `https://roles.example.com/scim/v2`.
    pub url: Option<Spanned<String>>,
    /// Where the bearer token comes from; it is never written here itself.
    pub token: Option<TokenSettings>,
    /// A file with the certificates of a private authority, in PEM.
    #[schemars(inner(length(min = 1)))]
    pub ca: Option<Spanned<String>>,
    /// How long to wait until written objects read back as written. 10s by default.
    #[schemars(inner(regex(pattern = DURATION), extend("x-expects" = DURATION_EXPECTS)))]
    pub settle: Option<Spanned<String>>,
    /// How long one request may take. 30s by default.
    #[schemars(inner(regex(pattern = DURATION), extend("x-expects" = DURATION_EXPECTS)))]
    pub timeout: Option<Spanned<String>>,
    /// How many objects to ask for in one page. 1000 by default.
    #[schemars(inner(range(min = 1, max = 10_000)))]
    pub page_size: Option<u32>,
    /// How many requests may be under way at once. 8 by default.
    #[schemars(inner(range(min = 1, max = 64)))]
    pub concurrency: Option<u32>,
    /// How many requests may be sent in a second. Unlimited by default.
    #[schemars(inner(range(min = 1, max = 100_000)))]
    pub max_requests_per_second: Option<u32>,
    /// The beginning of the URNs of the target's own schemas.
    #[schemars(inner(regex(pattern = r"^urn:\S+:$"), extend("x-expects" = "a URN that ends with a colon")))]
    pub urn_prefix: Option<Spanned<String>>,
    /// Which attributes of a User carry the role and the user type, on targets with their own.
    pub mapping: Option<MappingSettings>,
}

/// Where the bearer token comes from: one of the three.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub(super) struct TokenSettings {
    /// An environment variable.
    #[schemars(inner(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"), extend("x-expects" = "the name of an environment variable")))]
    pub env: Option<String>,
    /// A file.
    #[schemars(inner(length(min = 1)))]
    pub file: Option<String>,
    /// A program and its arguments; it runs only with `--allow-token-command`.
    #[schemars(inner(length(min = 1)))]
    pub command: Option<Vec<String>>,
}

/// Which attributes of a User carry what.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct MappingSettings {
    /// The attribute that carries the role. `roles` by default.
    #[schemars(inner(length(min = 1)))]
    pub role: Option<Spanned<String>>,
    /// The attribute that carries the user type. `userType` by default.
    #[schemars(inner(length(min = 1)))]
    pub user_type: Option<Spanned<String>>,
}

/// The whole file, for its schema alone: reading takes the parts one by one, because flattening
/// would lose the places.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct WholeFile {
    #[schemars(flatten)]
    top: Top,
    #[schemars(flatten)]
    settings: Settings,
    /// Environments by name; each can say anew what the file says. Maps are merged key by key,
    /// everything else is replaced.
    #[schemars(extend("propertyNames" = serde_json::json!({ "pattern": WORD, "x-expects": WORD_EXPECTS })))]
    environments: Option<BTreeMap<String, WholeEnvironment>>,
}

/// What an environment says anew.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct WholeEnvironment {
    #[schemars(flatten)]
    settings: Settings,
    #[schemars(flatten)]
    own: OfEnvironment,
}
