//! A project after its environment is chosen: every setting with a value, defaults filled in.
//!
//! Not responsible for reporting what cannot be meant (`check`); such a value is read as its
//! default, and the findings keep it from being used.

use std::time::Duration;

use super::file::{
    Confirm, GuardSettings, Settings, TargetSettings, TokenSettings, UnknownUsers, UnlistedRoles, UnlistedUsers,
};
use crate::document::{Lenient, Spanned};
use crate::source::Span;

/// What `manifests` is when the file does not say it.
pub(super) const MANIFESTS: &str = "manifests/**/*.yaml";
/// Written objects that do not read back within this time are reported.
const SETTLE: Duration = Duration::from_secs(10);
/// Slow services answer a page of a thousand users in seconds; more than this is a hanging one.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What most services allow; they may send less and the reading goes on.
const PAGE_SIZE: u32 = 1_000;
/// Enough to hide a round trip, few enough not to be taken for an attack.
const CONCURRENCY: u32 = 8;
/// DESIGN.md §5.
const URN_PREFIX: &str = "urn:ietf:params:scim:schemas:extension:rolecall:1.0:";

/// A project, after its environment is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The environment that was chosen; `None` where the file has none, or has no default and none
    /// was asked for.
    pub environment: Option<String>,
    /// How an apply is confirmed, beyond the usual question.
    pub confirm: Option<Confirm>,
    /// The platform; `None` where only a flag says it.
    pub platform: Option<PlatformName>,
    /// The service that is read and written.
    pub target: Target,
    /// Paths or patterns of the manifests, from the project's directory on. A span is absent from
    /// the default.
    pub manifests: Vec<Setting<String>>,
    /// Our mark on what we create.
    pub owner: Option<String>,
    /// Live roles that no manifest names.
    pub unlisted_roles: Setting<UnlistedRoles>,
    /// Live users that no manifest assigns.
    pub unlisted_users: Setting<UnlistedUsers>,
    /// Assigned users that the target does not know.
    pub unknown_users: Setting<UnknownUsers>,
    /// The roles whose active holders are administrators.
    pub administrators: Vec<Spanned<String>>,
    /// How much one run may take away or change.
    pub guards: Guards,
}

/// A value and the place that says it; no place where it is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Option<Span>,
}

impl<T: Default> From<Option<Spanned<T>>> for Setting<T> {
    fn from(written: Option<Spanned<T>>) -> Self {
        written.map_or_else(Self::default, |Spanned { value, span }| Self { value, span: Some(span) })
    }
}

/// How a project names its platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformName {
    /// A pack that rolecall carries, if it does.
    BuiltIn(Spanned<String>),
    /// A pack file, from the project's directory on.
    File(Spanned<String>),
}

impl PlatformName {
    /// What `platform` means: a path if it has a separator or the ending of a YAML file.
    #[must_use]
    pub fn new(name: Spanned<String>) -> Self {
        let text = name.value.as_str();
        let ending = std::path::Path::new(text).extension().and_then(std::ffi::OsStr::to_str);
        if text.contains(['/', '\\']) || matches!(ending, Some("yaml" | "yml")) {
            Self::File(name)
        } else {
            Self::BuiltIn(name)
        }
    }
}

/// The service that is read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The base of its SCIM endpoints.
    pub url: Option<Spanned<String>>,
    /// Where the bearer token comes from.
    pub token: Option<Token>,
    /// A file with the certificates of a private authority, from the project's directory on.
    pub ca: Option<String>,
    /// How long to wait until written objects read back as written.
    pub settle: Duration,
    /// How long one request may take.
    pub timeout: Duration,
    /// How many objects to ask for in one page.
    pub page_size: u32,
    /// How many requests may be under way at once.
    pub concurrency: u32,
    /// How many requests may be sent in a second; `None` is as many as answers allow.
    pub max_requests_per_second: Option<u32>,
    /// The beginning of the URNs of the target's own schemas.
    pub urn_prefix: String,
    /// Which attributes of a User carry what.
    pub mapping: Mapping,
}

/// Where the bearer token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An environment variable.
    Env(String),
    /// A file, from the project's directory on.
    File(String),
    /// A program and its arguments.
    Command(Vec<String>),
}

/// Which attributes of a User carry what, where the project says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The attribute that carries the role; `roles` when absent.
    pub role: Option<Spanned<String>>,
    /// The attribute that carries the user type; `userType` when absent.
    pub user_type: Option<Spanned<String>>,
}

/// How much one run may take away or change (PLANNING.md §6). Shares are whole per cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// The largest share of users, and of roles, that may lose what they have.
    pub max_removed_percent: u8,
    /// The largest share of roles that may be changed.
    pub max_changed_percent: u8,
    /// Below this many objects shares are not looked at.
    pub min_population: u64,
    /// The fewest active administrators that may be left.
    pub min_administrators: u64,
}

impl Default for Guards {
    fn default() -> Self {
        Self { max_removed_percent: 25, max_changed_percent: 30, min_population: 10, min_administrators: 2 }
    }
}

impl Default for Target {
    fn default() -> Self {
        TargetSettings::default().into()
    }
}

impl Project {
    pub(super) fn new(environment: Option<String>, confirm: Option<Confirm>, settings: Settings) -> Self {
        let Settings { platform, target, manifests, owner, unlisted, unknown_users, administrators, guards } = settings;
        let unlisted = unlisted.0.unwrap_or_default();
        let manifests = match manifests.0 {
            Some(manifests) => {
                manifests.into_iter().map(|Spanned { value, span }| Setting { value, span: Some(span) }).collect()
            }
            None => vec![Setting { value: MANIFESTS.to_owned(), span: None }],
        };
        Self {
            environment,
            confirm,
            platform: platform.0.map(PlatformName::new),
            target: target.0.unwrap_or_default().into(),
            manifests,
            owner: owner.0.map(|owner| owner.value),
            unlisted_roles: unlisted.roles.0.into(),
            unlisted_users: unlisted.users.0.into(),
            unknown_users: unknown_users.0.into(),
            administrators: administrators.0.and_then(|who| who.roles.0).unwrap_or_default(),
            guards: guards.0.unwrap_or_default().into(),
        }
    }
}

impl From<TargetSettings> for Target {
    fn from(settings: TargetSettings) -> Self {
        let TargetSettings {
            url,
            token,
            ca,
            settle,
            timeout,
            page_size,
            concurrency,
            max_requests_per_second,
            urn_prefix,
            mapping,
        } = settings;
        let mapping = mapping.0.unwrap_or_default();
        Self {
            url: url.0,
            token: token.0.and_then(Token::from_settings),
            ca: ca.0.map(|path| path.value),
            settle: settle.0.and_then(|text| duration(&text.value)).unwrap_or(SETTLE),
            timeout: timeout.0.and_then(|text| duration(&text.value)).unwrap_or(TIMEOUT),
            page_size: page_size.0.unwrap_or(PAGE_SIZE),
            concurrency: concurrency.0.unwrap_or(CONCURRENCY),
            max_requests_per_second: max_requests_per_second.0,
            urn_prefix: urn_prefix.0.map_or_else(|| URN_PREFIX.to_owned(), |prefix| prefix.value),
            mapping: Mapping { role: mapping.role.0, user_type: mapping.user_type.0 },
        }
    }
}

impl Token {
    fn from_settings(settings: TokenSettings) -> Option<Self> {
        let TokenSettings { env, file, command } = settings;
        env.0.map(Self::Env).or(file.0.map(Self::File)).or(command.0.map(Self::Command))
    }
}

impl From<GuardSettings> for Guards {
    fn from(settings: GuardSettings) -> Self {
        let GuardSettings { max_removed, max_changed, min_population, min_administrators } = settings;
        let default = Self::default();
        let share = |text: Lenient<Spanned<String>>| text.0.and_then(|text| percent(&text.value));
        Self {
            max_removed_percent: share(max_removed).unwrap_or(default.max_removed_percent),
            max_changed_percent: share(max_changed).unwrap_or(default.max_changed_percent),
            min_population: min_population.0.unwrap_or(default.min_population),
            min_administrators: min_administrators.0.unwrap_or(default.min_administrators),
        }
    }
}

/// A duration such as `500ms`, `10s`, `2m`, `1h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    Some(match &text[digits.len()..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    })
}

/// A share such as `25%`; none above 100 %.
pub(super) fn percent(text: &str) -> Option<u8> {
    text.strip_suffix('%')?.parse().ok().filter(|&share| share <= 100)
}
