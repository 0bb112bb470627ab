//! An environment laid over the file: maps merge by key, scalars and lists replace.

use super::file::{
    AdministratorSettings, GuardSettings, MappingSettings, Settings, TargetSettings, TokenSettings, UnlistedSettings,
};

/// Something that can be laid over another of its kind.
pub(super) trait Overlay: Sized {
    /// What results where `self` says anew some of what `below` says.
    fn over(self, below: Self) -> Self;
}

/// Two maps that may be absent.
fn merge<T: Overlay>(above: Option<T>, below: Option<T>) -> Option<T> {
    match (above, below) {
        (Some(above), Some(below)) => Some(above.over(below)),
        (above, below) => above.or(below),
    }
}

impl Overlay for Settings {
    fn over(self, below: Self) -> Self {
        let Self { platform, target, manifests, owner, unlisted, unknown_users, administrators, guards } = self;
        Self {
            platform: platform.or(below.platform),
            target: merge(target, below.target),
            manifests: manifests.or(below.manifests),
            owner: owner.or(below.owner),
            unlisted: merge(unlisted, below.unlisted),
            unknown_users: unknown_users.or(below.unknown_users),
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
            url: url.or(below.url),
            token: merge(token, below.token),
            ca: ca.or(below.ca),
            settle: settle.or(below.settle),
            timeout: timeout.or(below.timeout),
            page_size: page_size.or(below.page_size),
            concurrency: concurrency.or(below.concurrency),
            max_requests_per_second: max_requests_per_second.or(below.max_requests_per_second),
            urn_prefix: urn_prefix.or(below.urn_prefix),
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
        Self { role: role.or(below.role), user_type: user_type.or(below.user_type) }
    }
}

impl Overlay for UnlistedSettings {
    fn over(self, below: Self) -> Self {
        let Self { roles, users } = self;
        Self { roles: roles.or(below.roles), users: users.or(below.users) }
    }
}

impl Overlay for AdministratorSettings {
    fn over(self, below: Self) -> Self {
        let Self { roles } = self;
        Self { roles: roles.or(below.roles) }
    }
}

impl Overlay for GuardSettings {
    fn over(self, below: Self) -> Self {
        let Self { max_removed, max_changed, min_population, min_administrators } = self;
        Self {
            max_removed: max_removed.or(below.max_removed),
            max_changed: max_changed.or(below.max_changed),
            min_population: min_population.or(below.min_population),
            min_administrators: min_administrators.or(below.min_administrators),
        }
    }
}
