//! The sandbox in this process: `--sandbox`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use super::Run;
use super::connection::Purpose;
use super::exit::Exit;
use super::failure::Failure;
use super::files::shown_path;
use super::runs::keep_out_of_git;
use crate::platform::{Pack, Section, VocabularyMode};
use crate::remote;
use crate::sandbox::{self, Authority, Database, Running, SandboxError, Settings, Tenant};
use crate::scim::schema::URN_PREFIX;
use crate::state::{Desired, Kind, Value, attribute};

/// What plans call it. The port differs from run to run and says nothing.
pub const NAME: &str = "sandbox";

/// What one run wants of its sandbox.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Where `.rolecall` is.
    pub directory: &'a Path,
    /// The platform.
    pub pack: &'a Pack,
    /// What the files say; without them everything that the vendor knows is enabled.
    pub desired: Option<&'a Desired>,
    /// Whether the run may write.
    pub purpose: Purpose,
    /// Whether it begins anew.
    pub reset: bool,
}

/// The file of a directory's sandbox.
pub fn file(directory: &Path) -> PathBuf {
    directory.join(".rolecall").join("sandbox.db")
}

/// Starts the sandbox of a directory. Its state is in `.rolecall/sandbox.db`; a run that only reads
/// makes no file, so before the first apply it sees one that is set up the same way and kept
/// nowhere.
pub async fn start(run: &Run, wanted: Wanted<'_>) -> Result<(Running, remote::Target), Failure> {
    let Wanted { directory, pack, desired, purpose, reset } = wanted;
    let file = file(directory);
    // Nobody else on this machine can speak to it: the token exists only here.
    let secret = SecretString::from(uuid::Uuid::new_v4().to_string());
    let token = sandbox::Token { name: NAME.to_owned(), authority: Authority::Admin, secret: secret.clone() };
    let mut settings = Settings {
        pack: Arc::new(pack.clone()),
        database: Database::Memory,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tokens: vec![token],
        seed: Some(tenant(pack, desired).seed(pack)),
        urn_prefix: URN_PREFIX.to_owned(),
    };
    let kept = file.exists();
    let is_new = reset || !kept;
    // Where no file says what is expected, one that is there is taken as it is.
    if !is_new && desired.is_none() {
        settings.seed = None;
    }
    if purpose == Purpose::Write || !is_new {
        keep_out_of_git(file.parent().unwrap_or(directory))?;
        settings.database = Database::File(file.clone());
        if kept && reset {
            let kept_as = set_aside(&settings, &file).await?;
            run.output.note(&format!("the sandbox before is kept as `{}`", shown_path(&kept_as)));
        }
        let article = if is_new { "a new" } else { "a" };
        run.output.note(&format!("target: {article} sandbox in this process, kept in `{}`", shown_path(&file)));
        if is_new && has_tenant(pack) {
            run.output.note("its organization is set up as the files expect it");
        }
    } else {
        run.output.note("target: an empty sandbox in this process; the first apply will keep it");
    }
    let running = sandbox::start(settings).await?;
    if !running.unmet().is_empty() {
        let unmet = running.unmet().join("; ");
        running.stop().await;
        let message = format!(
            "the sandbox in `{}` was set up before the files expected what they do: {unmet}",
            shown_path(&file)
        );
        return Err(Failure::new(Exit::Refused, message)
            .hint("nothing was written; `--sandbox-reset` makes it anew and keeps the one of before beside it"));
    }
    let target = remote::Target::new(running.url(), remote::Token::new(secret));
    Ok((running, target))
}

/// Sets a sandbox's file aside, unless another process uses it or it is something else: the run
/// that begins anew may yet be refused, and then nothing is lost.
async fn set_aside(settings: &Settings, file: &Path) -> Result<PathBuf, Failure> {
    match sandbox::start(settings.clone()).await {
        // Stopping writes what is in the log into the file itself.
        Ok(running) => running.stop().await,
        // It is a sandbox's, and nobody has it open: whatever it was made for, it goes.
        Err(SandboxError::OtherPlatform { .. } | SandboxError::NewerLayout { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let beside = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = file.with_file_name("sandbox-before-reset.db");
    for end in ["", "-wal", "-shm"] {
        let (from, to) = (beside(file, end), beside(&aside, end));
        // What an earlier reset left must not be mixed with this one's.
        for result in [fs::remove_file(&to), fs::rename(&from, &to)] {
            match result {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::io("cannot set aside", &from, &error));
                }
                _ => {}
            }
        }
    }
    Ok(aside)
}

/// Whether the vendor sets anything up for an organization of this platform.
fn has_tenant(pack: &Pack) -> bool {
    let modes = Section::ALL.map(|section| pack.vocabulary(section).mode);
    modes.contains(&VocabularyMode::Tenant) || pack.vocabulary(Section::UserTypes).mode == VocabularyMode::Closed
}

/// The organization that the files expect. A section that no file has expects nothing: then all
/// that the vendor knows is enabled. A user type without stated licences has no limit.
pub fn tenant(pack: &Pack, desired: Option<&Desired>) -> Tenant {
    // No file says what an organization has subscribed to, so it has everything.
    let subscriptions = (!pack.subscriptions.is_empty()).then(|| pack.subscriptions.keys().cloned().collect());
    let mut tenant = Tenant { subscriptions, ..Tenant::default() };
    for section in Section::ALL {
        let kind = match section {
            Section::Classifications => Kind::Classification,
            Section::Segments => Kind::Segment,
            Section::UserTypes => Kind::UserType,
        };
        let vocabulary = pack.vocabulary(section);
        let stated = desired.and_then(|desired| desired.objects.get(&kind));
        if vocabulary.mode == VocabularyMode::Tenant {
            let names = match stated {
                Some(stated) => stated.values().map(|object| object.name.clone()).collect(),
                None => vocabulary.values.iter().map(|value| value.name.clone()).collect(),
            };
            tenant.enabled.insert(section, names);
        }
        for object in stated.into_iter().flat_map(|stated| stated.values()).filter(|_| kind == Kind::UserType) {
            if let Some(Value::Count(seats)) = object.attributes.get(attribute::LICENSES).map(|stated| &stated.value) {
                tenant.licenses.insert(object.name.clone(), Some(*seats));
            }
        }
    }
    tenant
}
