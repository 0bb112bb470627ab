//! An environment laid over the file: maps merge by key, scalars and lists replace.

use crate::document::Lenient;

use super::file::{
    AdministratorSettings, GuardSettings, MappingSettings, Settings, TargetSettings, TokenSettings, UnlistedSettings,
};

/// Something that can be laid over another of its kind.
pub(super) trait Overlay: Sized {
    /// What results where `self` says anew some of what `below` says.
    fn over(self, below: Self) -> Self;
}

/// Two maps that may be absent.
fn merge<T: Overlay>(above: Lenient<T>, below: Lenient<T>) -> Lenient<T> {
    Lenient(match (above.0, below.0) {
        (Some(above), Some(below)) => Some(above.over(below)),
        (above, below) => above.or(below),
    })
}

/// Two values that may be absent, of which one counts.
fn or<T>(above: Lenient<T>, below: Lenient<T>) -> Lenient<T> {
    Lenient(above.0.or(below.0))
}

impl Overlay for Settings {
    fn over(self, below: Self) -> Self {
        let Self { platform, target, manifests, owner, unlisted, unknown_users, administrators, guards } = self;
        Self {
            platform: or(platform, below.platform),
            target: merge(target, below.target),
            manifests: or(manifests, below.manifests),
            owner: or(owner, below.owner),
            unlisted: merge(unlisted, below.unlisted),
            unknown_users: or(unknown_users, below.unknown_users),
            administrators: merge(administrators, below.administrators),
            guards: merge(guards, below.guards),
        }
    }
}

impl Overlay for TargetSettings {
    fn over(self, below: Self) -> Self {
        let Self {
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
        } = self;
        Self {
            url: or(url, below.url),
            token: merge(token, below.token),
            ca: or(ca, below.ca),
            settle: or(settle, below.settle),
            timeout: or(timeout, below.timeout),
            page_size: or(page_size, below.page_size),
            concurrency: or(concurrency, below.concurrency),
            max_requests_per_second: or(max_requests_per_second, below.max_requests_per_second),
            urn_prefix: or(urn_prefix, below.urn_prefix),
            mapping: merge(mapping, below.mapping),
        }
    }
}

impl Overlay for TokenSettings {
    /// The one exception: the three keys are three ways to say one thing, so a token that an
    /// environment says replaces the file's whole.
    fn over(self, _below: Self) -> Self {
        self
    }
}

impl Overlay for MappingSettings {
    fn over(self, below: Self) -> Self {
        let Self { role, user_type } = self;
        Self { role: or(role, below.role), user_type: or(user_type, below.user_type) }
    }
}

impl Overlay for UnlistedSettings {
    fn over(self, below: Self) -> Self {
        let Self { roles, users } = self;
        Self { roles: or(roles, below.roles), users: or(users, below.users) }
    }
}

impl Overlay for AdministratorSettings {
    fn over(self, below: Self) -> Self {
        let Self { roles } = self;
        Self { roles: or(roles, below.roles) }
    }
}

impl Overlay for GuardSettings {
    fn over(self, below: Self) -> Self {
        let Self { max_removed, max_changed, min_population, min_administrators } = self;
        Self {
            max_removed: or(max_removed, below.max_removed),
            max_changed: or(max_changed, below.max_changed),
            min_population: or(min_population, below.min_population),
            min_administrators: or(min_administrators, below.min_administrators),
        }
    }
}
