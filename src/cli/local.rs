//! The sandbox in this process: `--sandbox`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use super::Run;
use super::connection::Purpose;
use super::failure::Failure;
use super::files::shown_path;
use crate::platform::Pack;
use crate::remote;
use crate::sandbox::{self, Authority, Database, Running, Settings};
use crate::scim::schema::URN_PREFIX;

/// What plans call it. The port differs from run to run and says nothing.
pub const NAME: &str = "sandbox";

/// Starts the sandbox of a directory. Its state is in `.rolecall/sandbox.db`; a run that only reads
/// makes no file, so before the first apply it sees a sandbox that is empty and kept nowhere.
pub async fn start(
    run: &Run,
    directory: &Path,
    pack: &Pack,
    purpose: Purpose,
) -> Result<(Running, remote::Target), Failure> {
    let file = directory.join(".rolecall").join("sandbox.db");
    let database = if purpose == Purpose::Write || file.exists() {
        keep_out_of_git(file.parent().unwrap_or(directory))?;
        run.output.note(&format!("target: a sandbox in this process, kept in `{}`", shown_path(&file)));
        Database::File(file)
    } else {
        run.output.note("target: an empty sandbox in this process; the first apply will keep it");
        Database::Memory
    };
    // Nobody else on this machine can speak to it: the token exists only here.
    let secret = SecretString::from(uuid::Uuid::new_v4().to_string());
    let token = sandbox::Token { name: NAME.to_owned(), authority: Authority::Admin, secret: secret.clone() };
    let running = sandbox::start(Settings {
        pack: Arc::new(pack.clone()),
        database,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tokens: vec![token],
        seed: None,
        urn_prefix: URN_PREFIX.to_owned(),
    })
    .await?;
    let target = remote::Target::new(running.url(), remote::Token::new(secret));
    Ok((running, target))
}

/// Makes our own directory, which ignores itself: what a run leaves behind belongs in no commit.
pub fn keep_out_of_git(directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::io("cannot make", directory, &error))?;
    let ignore: PathBuf = directory.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|error| Failure::io("cannot write", &ignore, &error))?;
    }
    Ok(())
}
