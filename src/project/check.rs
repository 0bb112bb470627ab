//! Settings that have the right type and cannot be meant.

use std::net::IpAddr;
use std::path::{Component, Path};

use reqwest::Url;

use super::file::{GuardSettings, Settings, TargetSettings, UnlistedRoles, UnlistedUsers};
use super::value::{Project, Setting, duration, percent};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::Spanned;
use crate::platform::Pack;

/// Checks settings as they stand after an overlay.
pub(super) fn check(settings: &Settings, found: &mut Diagnostics) {
    if let Some(target) = &settings.target.0 {
        check_target(target, found);
    }
    if let Some(GuardSettings { max_removed, max_changed, min_population: _, min_administrators: _ }) =
        &settings.guards.0
    {
        for share in [max_removed, max_changed].into_iter().filter_map(|share| share.0.as_ref()) {
            let above = share.value.strip_suffix('%').is_some_and(|digits| digits.parse::<u32>().is_ok());
            if above && percent(&share.value).is_none() {
                say(found, share, format!("`{}` is more than everything", share.value), "a share is at most `100%`");
            }
        }
    }
    for pattern in settings.manifests.0.iter().flatten() {
        let leaves = Path::new(&pattern.value)
            .components()
            .any(|part| matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_)));
        if leaves {
            let message = format!("`{}` leaves the project's directory", pattern.value);
            say(
                found,
                pattern,
                message,
                "move the manifests below the directory of this file, or this file above them",
            );
        }
    }
    let roles = settings.unlisted.0.as_ref().and_then(|unlisted| unlisted.roles.0.as_ref());
    if let Some(roles) = roles
        && roles.value == UnlistedRoles::DeleteOwned
        && settings.owner.0.is_none()
    {
        let message = "`delete-owned` deletes what carries our mark, and without `owner` nothing does";
        say(found, roles, message, "add `owner`");
    }
}

impl Project {
    /// What the project says against the pack of its platform, or without what it needs in the
    /// manifests.
    #[must_use]
    pub fn against(&self, pack: &Pack, has_assignments: bool) -> Diagnostics {
        let mut found = Diagnostics::default();
        if pack.roles.administrators.is_some()
            && let Some(role) = self.administrators.first()
        {
            let message = format!("`{}` itself says who is an administrator", pack.platform);
            say(&mut found, role, message, "remove `administrators`");
        }
        let users = &self.unlisted_users;
        if let Setting { value: UnlistedUsers::Deactivate, span: Some(span) } = *users
            && !has_assignments
        {
            let message = "`deactivate` is for users whom nothing assigns, and no manifest has `assignments`";
            say(&mut found, &Spanned { value: (), span }, message, "add `assignments`, or remove this");
        }
        found
    }
}

fn check_target(target: &TargetSettings, found: &mut Diagnostics) {
    if let Some(url) = &target.url.0
        && let Err((message, help)) = check_url(&url.value)
    {
        say(found, url, message, help);
    }
    if let Some(timeout) = &target.timeout.0
        && duration(&timeout.value).is_some_and(|timeout| timeout.is_zero())
    {
        say(found, timeout, "no request can be done in no time", "give requests some seconds");
    }
}

fn say<T>(found: &mut Diagnostics, at: &Spanned<T>, message: impl Into<String>, help: &str) {
    found.push(Diagnostic::new(Code::BadSetting, at.span, message).help(help));
}

/// Whether a target's URL can be meant: http or https with a host, plain http only to this
/// machine (tokens would travel in the clear), and nothing that requests would lose or leak.
///
/// # Errors
///
/// What is wrong with it, and what to write instead.
pub fn check_url(text: &str) -> Result<(), (String, &'static str)> {
    // The parser forgives blanks and line breaks inside; whoever reads the file would not see them.
    let url = Url::parse(text).ok().filter(|_| !text.contains(|c: char| c.is_whitespace() || c.is_control()));
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
        return Err((format!("`{text}` is no URL of a service"), "write it like `https://roles.example.com/scim/v2`"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        // The text is not repeated: it has a secret in it.
        return Err(("the URL has a user or a password in it".into(), "remove it; the token is given under `token`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err((
            format!("`{text}` has a query or a fragment, to which no path can be added"),
            "write only what comes before the endpoints' names",
        ));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err((
            format!("`{text}` would send the token in the clear"),
            "use https; plain http is only for this machine",
        ));
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
