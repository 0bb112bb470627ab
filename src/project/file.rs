//! The shape of `rolecall.yaml`.
//!
//! These types read the file and generate its schema. Every setting may be left out at both
//! levels, the file's and an environment's; what that means is decided in `overlay` and `value`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Lenient, Spanned};
use crate::platform::{Filled, KeyedBy, Name, text_forms};

text_forms! {
    /// A word that is used in file names, marks and flags.
    Word "^[A-Za-z0-9][A-Za-z0-9._-]*$" "a word: letters, digits, dots, underscores and hyphens, a letter or digit first"
    /// A duration. Six digits of hours are more than a lifetime.
    Duration "^[0-9]{1,6}(ms|s|m|h)$" "a duration such as `500ms`, `10s` or `2m`"
    /// A share.
    Share "^[0-9]{1,3}%$" "a share such as `25%`"
    /// The name of an environment variable.
    Variable "^[A-Za-z_][A-Za-z0-9_]*$" "the name of an environment variable"
    /// The beginning of URNs.
    UrnPrefix r"^urn:\S+:$" "a URN that ends with a colon"
}

/// What the file has at its top level alone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Top {
    /// The version of this format.
    #[schemars(extend("enum" = [1]))]
    #[expect(dead_code, reason = "the schema holds it to the one version that there is")]
    pub version: Lenient<u32>,
    /// The environment that is taken when none is asked for.
    #[serde(default)]
    pub default_environment: Lenient<Spanned<String>>,
}

/// What an environment has beside the settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct OfEnvironment {
    /// `name`: applying here needs the environment's name, typed or given with `--confirm`.
    pub confirm: Lenient<Confirm>,
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
#[serde(default)]
pub(super) struct Settings {
    /// The platform: the name of a pack that rolecall carries, or the path to a pack file.
    #[schemars(with = "Name")]
    pub platform: Lenient<Spanned<String>>,
    /// The service that is read and written.
    pub target: Lenient<TargetSettings>,
    /// The manifests: paths or patterns, from the directory of this file on.
    #[schemars(with = "Vec<Filled>", length(min = 1))]
    pub manifests: Lenient<Vec<Spanned<String>>>,
    /// Our mark on what we create, so that it is known as ours. Without it nothing is marked.
    #[schemars(with = "Word")]
    pub owner: Lenient<Spanned<String>>,
    /// What to do about live objects that no manifest names.
    pub unlisted: Lenient<UnlistedSettings>,
    /// What to do about assigned users that the target does not know.
    pub unknown_users: Lenient<Spanned<UnknownUsers>>,
    /// Who counts as an administrator, on platforms that do not say so themselves.
    pub administrators: Lenient<AdministratorSettings>,
    /// How much one run may take away or change.
    pub guards: Lenient<GuardSettings>,
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
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct UnlistedSettings {
    /// Roles: leave them alone (`ignore`, the default), list them, delete those that carry our
    /// mark, or delete them all.
    pub roles: Lenient<Spanned<UnlistedRoles>>,
    /// Users: leave them alone (`ignore`, the default), list them, or deactivate them.
    pub users: Lenient<Spanned<UnlistedUsers>>,
}

/// Who counts as an administrator.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct AdministratorSettings {
    /// The roles whose active holders are administrators.
    #[schemars(with = "Vec<Name>")]
    pub roles: Lenient<Vec<Spanned<String>>>,
}

/// How much one run may take away or change.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct GuardSettings {
    /// The largest share of users, and of roles, that may lose what they have. 25% by default.
    #[schemars(with = "Share")]
    pub max_removed: Lenient<Spanned<String>>,
    /// The largest share of roles that may be changed. 30% by default.
    #[schemars(with = "Share")]
    pub max_changed: Lenient<Spanned<String>>,
    /// Below this many objects shares are not looked at. 10 by default.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub min_population: Lenient<u64>,
    /// The fewest active administrators that may be left. 2 by default.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub min_administrators: Lenient<u64>,
}

/// The service that is read and written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct TargetSettings {
    /// The base of its SCIM endpoints, such as `https://roles.example.com/scim/v2`.
    pub url: Lenient<Spanned<String>>,
    /// Where the bearer token comes from; it is never written here itself.
    pub token: Lenient<TokenSettings>,
    /// A file with the certificates of a private authority, in PEM.
    #[schemars(with = "Filled")]
    pub ca: Lenient<Spanned<String>>,
    /// How long to wait until written objects read back as written. 10s by default.
    #[schemars(with = "Duration")]
    pub settle: Lenient<Spanned<String>>,
    /// How long one request may take. 30s by default.
    #[schemars(with = "Duration")]
    pub timeout: Lenient<Spanned<String>>,
    /// How many objects to ask for in one page. 1000 by default.
    #[schemars(range(min = 1, max = 10_000))]
    pub page_size: Lenient<u32>,
    /// How many requests may be under way at once. 8 by default.
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: Lenient<u32>,
    /// How many requests may be sent in a second. Unlimited by default.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_requests_per_second: Lenient<u32>,
    /// The beginning of the URNs of the target's own schemas.
    #[schemars(with = "UrnPrefix")]
    pub urn_prefix: Lenient<Spanned<String>>,
    /// Which attributes of a User carry the role and the user type, on targets with their own.
    pub mapping: Lenient<MappingSettings>,
}

/// Where the bearer token comes from: one of the three.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub(super) struct TokenSettings {
    /// An environment variable.
    #[schemars(with = "Variable")]
    pub env: Lenient<String>,
    /// A file.
    #[schemars(with = "Filled")]
    pub file: Lenient<String>,
    /// A program and its arguments; it runs only with `--allow-token-command`.
    #[schemars(with = "Vec<Filled>", length(min = 1))]
    pub command: Lenient<Vec<String>>,
}

/// Which attributes of a User carry what.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct MappingSettings {
    /// The attribute that carries the role. `roles` by default.
    #[schemars(with = "Filled")]
    pub role: Lenient<Spanned<String>>,
    /// The attribute that carries the user type. `userType` by default.
    #[schemars(with = "Filled")]
    pub user_type: Lenient<Spanned<String>>,
}

/// A project: which platform and target, which manifests, and what a run may do.
// For the schema alone: reading takes the parts one by one, because flattening would lose places.
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
    environments: Option<KeyedBy<Word, WholeEnvironment>>,
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
