//! `rolecall sandbox`: the platform in a box, as a server.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::load::pack_named;
use crate::cli::local::tenant;
use crate::cli::runs::keep_out_of_git;
use crate::cli::runtime::{asked_to_stop, block_on};
use crate::cli::target::environment;
use crate::diagnostic::{Diagnostics, Severity};
use crate::platform;
use crate::report::{FindingsSummary, findings_human};
use crate::sandbox::{self, Database, Settings, Tenant, Token};
use crate::scim::schema::URN_PREFIX;
use crate::source::Sources;

/// The variable that tokens are taken from when no flag names one.
const TOKENS: &str = "ROLECALL_SANDBOX_TOKEN";

/// The word for no subscription at all.
const NONE: &str = "none";

/// Serve a platform in a box: a SCIM 2.0 service over SQLite that enforces the platform's rules
#[derive(Debug, Args)]
#[command(after_help = "  rolecall sandbox --token ci=admin:s3cret   in memory, on port 8181; its URL is printed
  rolecall sandbox --platform bullseye --db roles.db --listen 127.0.0.1:8080   kept in a file")]
pub struct Sandbox {
    /// The platform: a name, or the path to a pack file
    #[arg(long, value_name = "NAME", env = "ROLECALL_PLATFORM", hide_env_values = true, default_value = "open")]
    platform: String,
    /// Where its data are; without it they are gone when it stops
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8181")]
    listen: SocketAddr,
    /// A credential: its name, what it may do (viewer, admin, support) and its value; can be
    /// repeated [env: `ROLECALL_SANDBOX_TOKEN`, separated by commas]
    #[arg(long = "token", value_name = "NAME=AUTHORITY:VALUE")]
    tokens: Vec<String>,
    /// SCIM resources to fill an empty database with: a JSON array, or a list response; without
    /// them everything that the vendor knows is enabled
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// What the organization of an empty database has subscribed to: a name of the platform's, or
    /// `none`; can be repeated. Without it: what the seed's Organization says, or else everything
    #[arg(long = "subscription", value_name = "NAME")]
    subscriptions: Vec<String>,
}

/// Serves until it is asked to stop.
pub fn run(arguments: &Sandbox, run: &mut Run) -> Result<Exit, Failure> {
    let pack = pack(&arguments.platform, run)?;
    let tokens = tokens(&arguments.tokens)?;
    let mut seed = match &arguments.seed {
        Some(path) => seed(path)?,
        // An organization for which the vendor has enabled everything.
        None => tenant(&pack, None).seed(&pack),
    };
    if let Some(subscriptions) = subscriptions(&arguments.subscriptions, &pack)? {
        // What is said here comes last, so it is what holds.
        seed.push(Tenant::organization(&subscriptions));
    }
    let database = match &arguments.db {
        None => Database::Memory,
        Some(path) => {
            match path.parent() {
                Some(parent) if parent.ends_with(".rolecall") => keep_out_of_git(parent)?,
                Some(parent) if !parent.as_os_str().is_empty() => {
                    std::fs::create_dir_all(parent).map_err(|error| Failure::io("cannot make", parent, &error))?;
                }
                _ => {}
            }
            Database::File(path.clone())
        }
    };
    let settings = Settings {
        pack: Arc::new(pack),
        database,
        listen: arguments.listen,
        tokens,
        seed: Some(seed),
        urn_prefix: URN_PREFIX.to_owned(),
    };
    block_on(async {
        let running = sandbox::start(settings).await?;
        run.output.result(&format!("{}\n", running.url()))?;
        run.output.note("the sandbox serves until Ctrl-C");
        asked_to_stop().await;
        running.stop().await;
        Ok(Exit::Done)
    })
}

/// What the flags say; `None` where they say nothing.
fn subscriptions(given: &[String], pack: &platform::Pack) -> Result<Option<BTreeSet<String>>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    let wanted: BTreeSet<String> = given.iter().filter(|name| *name != NONE).cloned().collect();
    match wanted.iter().find(|name| !pack.subscriptions.contains_key(*name)) {
        None => Ok(Some(wanted)),
        Some(unknown) => {
            let known: Vec<String> = pack.subscriptions.keys().map(|name| format!("`{name}`")).collect();
            let hint = match known.as_slice() {
                [] => format!("the platform `{}` has no subscriptions", pack.platform),
                known => format!("the platform `{}` has {}", pack.platform, known.join(", ")),
            };
            Err(Failure::usage(format!("`{unknown}` is no subscription")).hint(hint))
        }
    }
}

fn pack(name: &str, run: &Run) -> Result<platform::Pack, Failure> {
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    if let Some(pack) = pack_named(name, &mut sources, &mut found)? {
        return Ok(pack);
    }
    let summary =
        FindingsSummary { files: 1, errors: found.count(Severity::Error) as u64, ..FindingsSummary::default() };
    run.output.words(&findings_human(&sources, &found.sorted(), summary));
    Err(Failure::new(Exit::Invalid, format!("`{name}` is no platform pack")))
}

fn tokens(given: &[String]) -> Result<Vec<Token>, Failure> {
    let from_environment = environment(TOKENS);
    let texts: Vec<&str> = match &from_environment {
        Some(texts) if given.is_empty() => texts.expose_secret().split(',').map(str::trim).collect(),
        _ => given.iter().map(String::as_str).collect(),
    };
    if texts.is_empty() {
        return Err(Failure::usage("nobody could use a sandbox without a token")
            .hint(format!("add `--token me=admin:VALUE`, or set {TOKENS}")));
    }
    texts.into_iter().map(token).collect()
}

/// Reads `NAME=AUTHORITY:VALUE`. What is wrong is said without repeating the text: it may hold the
/// secret in the wrong place.
fn token(text: &str) -> Result<Token, Failure> {
    let wrong = |what: &str| Failure::usage(format!("{what}; write a token as NAME=AUTHORITY:VALUE"));
    let (name, rest) = text.split_once('=').ok_or_else(|| wrong("a token has no `=`"))?;
    let (authority, secret) = rest.split_once(':').ok_or_else(|| wrong("a token has no `:`"))?;
    if name.is_empty() || secret.is_empty() {
        return Err(wrong("a token has no name or no value"));
    }
    let authority = authority.parse().map_err(|_| wrong("the authority of a token is viewer, admin or support"))?;
    Ok(Token { name: name.to_owned(), authority, secret: SecretString::from(secret) })
}

fn seed(path: &std::path::Path) -> Result<Vec<serde_json::Value>, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::io("cannot read", path, &error))?;
    let wrong = |why: String| Failure::new(Exit::Invalid, format!("`{}` is no seed: {why}", path.display()));
    match serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))? {
        serde_json::Value::Array(resources) => Ok(resources),
        serde_json::Value::Object(mut list) => match list.remove("Resources") {
            Some(serde_json::Value::Array(resources)) => Ok(resources),
            _ => Err(wrong("it is an object without `Resources`".into())),
        },
        _ => Err(wrong("it is neither an array nor a list response".into())),
    }
}
