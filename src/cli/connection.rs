//! The target of a run, connected: a real one, or the sandbox in this process.

use super::Run;
use super::failure::Failure;
use super::load::Loaded;
use super::target::TargetArgs;
use crate::platform::Pack;
use crate::remote::Reader;
use crate::state::Live;

/// Whether a run may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It only reads.
    Read,
    /// It may write.
    Write,
}

/// A target that answers.
pub struct Connection {
    /// Reads it.
    pub reader: Reader,
    /// What plans call it: its URL, or the sandbox's name, which no port is part of.
    pub name: String,
    /// How many steps may be under way at once.
    pub concurrency: usize,
    /// Whether it is a sandbox that nothing was ever written to: what earlier runs saw was another.
    pub is_new: bool,
    #[cfg(feature = "sandbox")]
    sandbox: Option<crate::sandbox::Running>,
}

impl Connection {
    /// Connects to the target that the arguments name and says which it took.
    pub async fn open(
        run: &Run,
        arguments: &TargetArgs,
        loaded: &Loaded,
        pack: &Pack,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        if let Some(environment) = loaded.project.as_ref().and_then(|project| project.environment.as_ref()) {
            run.output.note(&format!("environment `{environment}`"));
        }
        #[cfg(feature = "sandbox")]
        if arguments.sandbox {
            return Self::open_sandbox(run, arguments, loaded, pack, purpose).await;
        }
        let (_, _) = (pack, purpose);
        let target = arguments.resolve(loaded)?;
        run.output.note(&format!("target {}", target.url));
        Ok(Self {
            reader: Reader::connect(&target).await?,
            name: target.url.clone(),
            concurrency: target.concurrency,
            is_new: false,
            #[cfg(feature = "sandbox")]
            sandbox: None,
        })
    }

    #[cfg(feature = "sandbox")]
    async fn open_sandbox(
        run: &Run,
        arguments: &TargetArgs,
        loaded: &Loaded,
        pack: &Pack,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        use super::local;
        arguments.hold_to_pin(local::NAME)?;
        let wanted = local::Wanted {
            directory: &loaded.directory,
            pack,
            desired: loaded.desired.as_ref(),
            purpose,
            reset: arguments.sandbox_reset,
        };
        let is_new = arguments.sandbox_reset || !local::file(&loaded.directory).exists();
        let (running, mut target) = local::start(run, wanted).await?;
        arguments.tune(&mut target);
        let reader = Reader::connect(&target).await?;
        let (name, concurrency) = (local::NAME.to_owned(), target.concurrency);
        Ok(Self { reader, name, concurrency, is_new, sandbox: Some(running) })
    }

    /// Reads everything that the target holds.
    pub async fn read(&self, run: &Run, pack: &Pack) -> Result<Live, Failure> {
        #[cfg_attr(not(feature = "sandbox"), expect(unused_mut, reason = "only a sandbox is renamed"))]
        let mut live = self.reader.read(pack).await?;
        run.output.hiding.learn_live(&live.users);
        if let Some(name) = live.organization.as_ref().and_then(|organization| organization.name.as_ref()) {
            run.output.note(&format!("organization {}", crate::report::visible(name)));
        }
        // A sandbox makes its id up when its database is made. To its directory it is always the
        // same one, so that a plan that was saved before the first apply can be applied.
        #[cfg(feature = "sandbox")]
        if let (Some(_), Some(organization)) = (&self.sandbox, &mut live.organization) {
            "local".clone_into(&mut organization.id);
        }
        Ok(live)
    }

    /// Lets go of the target; a sandbox writes what it holds to its file.
    #[cfg_attr(not(feature = "sandbox"), expect(clippy::unused_async, reason = "only a sandbox takes time to stop"))]
    pub async fn close(self) {
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}
