//! Which target, and with which token: flags win over the environment, the environment over the
//! project file.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::exit::Exit;
use super::failure::Failure;
use super::load::Loaded;
use crate::document::Spanned;
use crate::project;
use crate::remote::{Mapping, Target, Token};

/// Where the target is and how it is spoken to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Target")]
pub struct TargetArgs {
    /// Take a sandbox in this process as the target, whatever else names one; its state is kept in
    /// `.rolecall/sandbox.db`
    #[cfg_attr(feature = "sandbox", arg(long, env = "ROLECALL_SANDBOX", hide_env_values = true))]
    #[cfg_attr(not(feature = "sandbox"), arg(skip))]
    pub sandbox: bool,
    /// Make the sandbox anew: what is in it is lost, and the organization is set up as the files
    /// expect it
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", env = "ROLECALL_SANDBOX_RESET", hide_env_values = true)]
    pub sandbox_reset: bool,
    /// The base of the target's SCIM endpoints, instead of the project's
    #[arg(long, value_name = "URL", env = "ROLECALL_URL", hide_env_values = true)]
    url: Option<String>,
    /// Refuse every other target, before the token is read
    #[arg(long, value_name = "URL", env = "ROLECALL_PIN_URL", hide_env_values = true)]
    pin_url: Option<String>,
    /// Read the token from a file, instead of from `ROLECALL_TOKEN` [env: `ROLECALL_TOKEN_FILE`]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Let the project's `token: { command: … }` run
    #[arg(long, env = "ROLECALL_ALLOW_TOKEN_COMMAND", hide_env_values = true)]
    allow_token_command: bool,
    /// Trust these certificates, in PEM
    #[arg(long, value_name = "FILE", env = "ROLECALL_CA", hide_env_values = true)]
    ca: Option<PathBuf>,
    /// How long one request may take, such as `30s`
    #[arg(long, value_name = "TIME", env = "ROLECALL_TIMEOUT", hide_env_values = true, value_parser = duration)]
    timeout: Option<Duration>,
    /// How long written objects may take to read back as written, such as `10s`
    #[arg(long, value_name = "TIME", env = "ROLECALL_SETTLE", hide_env_values = true, value_parser = duration)]
    settle: Option<Duration>,
    /// How many objects to ask for in one page
    #[arg(long, value_name = "N", env = "ROLECALL_PAGE_SIZE", hide_env_values = true, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    page_size: Option<u32>,
    /// How many requests may be under way at once
    #[arg(long, value_name = "N", env = "ROLECALL_CONCURRENCY", hide_env_values = true, value_parser = clap::value_parser!(u32).range(1..=64))]
    concurrency: Option<u32>,
    /// How many requests may be sent in a second
    #[arg(long, value_name = "N", env = "ROLECALL_MAX_REQUESTS_PER_SECOND", hide_env_values = true)]
    max_requests_per_second: Option<NonZeroU32>,
    /// The beginning of the URNs of the target's own schemas
    #[arg(long, value_name = "URN", env = "ROLECALL_URN_PREFIX", hide_env_values = true, value_parser = urn_prefix)]
    urn_prefix: Option<String>,
    /// The attribute of users that carries the role, such as `roles` or `urn:example:User:role`
    #[arg(long, value_name = "PATH", env = "ROLECALL_MAPPING_ROLE", hide_env_values = true)]
    mapping_role: Option<String>,
    /// The attribute of users that carries the user type
    #[arg(long, value_name = "PATH", env = "ROLECALL_MAPPING_USER_TYPE", hide_env_values = true)]
    mapping_user_type: Option<String>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<jiff::SignedDuration>().ok().and_then(|signed| Duration::try_from(signed).ok());
    duration
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "write a duration such as `500ms`, `10s` or `2m`".into())
}

pub fn urn_prefix(text: &str) -> Result<String, String> {
    let is_prefix = text.starts_with("urn:") && text.ends_with(':') && !text.contains(char::is_whitespace);
    is_prefix.then(|| text.to_owned()).ok_or_else(|| "write a URN that ends with a colon".into())
}

impl TargetArgs {
    /// The base of the endpoints, as the command line or the environment says it.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The target that the flags, the environment and the project name, with its token read.
    pub fn resolve(&self, loaded: &Loaded) -> Result<Target, Failure> {
        let settings = loaded.project.as_ref().map(|project| &project.target);
        if loaded.has_environments && loaded.project.as_ref().is_some_and(|project| project.environment.is_none()) {
            return Err(Failure::usage("the project has environments, and none was chosen")
                .hint("add `--env NAME`, or `default_environment` to the project"));
        }
        let url = match (&self.url, settings.and_then(|target| target.url.as_ref())) {
            (Some(url), _) => {
                project::check_url(url).map_err(|(message, help)| Failure::usage(message).hint(help))?;
                url
            }
            (None, Some(url)) => &url.value,
            (None, None) => {
                return Err(Failure::usage("there is no target").hint(
                    "add `--url URL`, `target: { url: … }` to the project, or `--sandbox` to try it without one",
                ));
            }
        };
        self.hold_to_pin(url)?;
        let mut target = Target::new(url.clone(), self.token(loaded)?);
        if let Some(settings) = settings {
            target.timeout = settings.timeout;
            target.settle = settings.settle;
            target.page_size = settings.page_size;
            target.concurrency = settings.concurrency as usize;
            target.max_requests_per_second = settings.max_requests_per_second.and_then(NonZeroU32::new);
            target.urn_prefix.clone_from(&settings.urn_prefix);
            let path = |path: &Option<Spanned<String>>| path.as_ref().map(|path| path.value.clone());
            let project::Mapping { role, user_type } = &settings.mapping;
            target.mapping = Mapping { role: path(role), user_type: path(user_type) };
        }
        let ca = self.ca.clone().or_else(|| Some(loaded.directory.join(settings?.ca.as_ref()?)));
        if let Some(path) = ca {
            target.ca = Some(std::fs::read(&path).map_err(|error| Failure::io("cannot read", &path, &error))?);
        }
        self.tune(&mut target);
        Ok(target)
    }

    /// Applies the flags that say how a target is spoken to.
    pub fn tune(&self, target: &mut Target) {
        target.timeout = self.timeout.unwrap_or(target.timeout);
        target.settle = self.settle.unwrap_or(target.settle);
        target.page_size = self.page_size.unwrap_or(target.page_size);
        target.concurrency = self.concurrency.map_or(target.concurrency, |count| count as usize);
        target.max_requests_per_second = self.max_requests_per_second.or(target.max_requests_per_second);
        if let Some(prefix) = &self.urn_prefix {
            target.urn_prefix.clone_from(prefix);
        }
        let Mapping { role, user_type } = &mut target.mapping;
        *role = self.mapping_role.clone().or(role.take());
        *user_type = self.mapping_user_type.clone().or(user_type.take());
    }

    /// Refuses a target that is not the pinned one.
    pub fn hold_to_pin(&self, url: &str) -> Result<(), Failure> {
        let Some(pin) = &self.pin_url else { return Ok(()) };
        let same = |text: &str| reqwest::Url::parse(text).ok().map(|url| url.as_str().trim_end_matches('/').to_owned());
        if same(pin).is_some_and(|pin| same(url) == Some(pin)) {
            return Ok(());
        }
        Err(Failure::new(Exit::Credential, format!("the target is `{url}`, but this run is pinned to `{pin}`"))
            .hint("the token was not read; check `target.url`, `--url` and `ROLECALL_URL`"))
    }

    fn token(&self, loaded: &Loaded) -> Result<Token, Failure> {
        let settings = loaded.project.as_ref().and_then(|project| project.target.token.as_ref());
        if let Some(path) = &self.token_file {
            return from_file(path);
        }
        if let Some(token) = environment("ROLECALL_TOKEN") {
            return Ok(Token::new(token));
        }
        if let Some(path) = environment("ROLECALL_TOKEN_FILE") {
            return from_file(Path::new(path.expose_secret()));
        }
        match settings {
            None => Err(Failure::usage("there is no token for the target")
                .hint("set ROLECALL_TOKEN, or name a file with `--token-file`")),
            Some(project::Token::Env(name)) => environment(name).map(Token::new).ok_or_else(|| {
                Failure::usage(format!("the variable `{name}`, which holds the token, is not set"))
                    .hint("set it, or name a file with `--token-file`")
            }),
            Some(project::Token::File(path)) => from_file(&loaded.directory.join(path)),
            Some(project::Token::Command(_)) if !self.allow_token_command => {
                Err(Failure::new(Exit::Credential, "the project wants to run a command for the token")
                    .hint("look at `target.token.command`, then add `--allow-token-command`"))
            }
            Some(project::Token::Command(command)) => from_command(command, &loaded.directory),
        }
    }
}

/// A variable of the environment that is set to something.
pub fn environment(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| SecretString::from(value))
}

fn from_file(path: &Path) -> Result<Token, Failure> {
    let read = |path: &Path| std::fs::read_to_string(path).map(|text| SecretString::from(text.trim()));
    let first = read(path).map_err(|error| Failure::io("cannot read the token from", path, &error))?;
    if first.expose_secret().is_empty() {
        return Err(Failure::usage(format!("the token file `{}` is empty", path.display())));
    }
    let path = path.to_owned();
    Ok(Token::with_reread(first, Arc::new(move || read(&path).ok())))
}

fn from_command(command: &[String], directory: &Path) -> Result<Token, Failure> {
    let (command, directory) = (command.to_vec(), directory.to_owned());
    let run = move || -> Result<SecretString, Failure> {
        let [program, arguments @ ..] = &command[..] else {
            return Err(Failure::new(Exit::Invalid, "`target.token.command` is empty"));
        };
        let mut process = Command::new(program);
        process.args(arguments).current_dir(&directory).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = process
            .output()
            .map_err(|error| Failure::new(Exit::Error, format!("cannot run `{program}` for the token: {error}")))?;
        // What it printed is not repeated: it may be the token.
        if !output.status.success() {
            return Err(Failure::new(
                Exit::Error,
                format!("`{program}`, run for the token, ended with {}", output.status),
            ));
        }
        let token = String::from_utf8(output.stdout).unwrap_or_default();
        if token.trim().is_empty() {
            return Err(Failure::new(Exit::Error, format!("`{program}`, run for the token, printed none")));
        }
        Ok(SecretString::from(token.trim()))
    };
    let first = run()?;
    Ok(Token::with_reread(first, Arc::new(move || run().ok())))
}
