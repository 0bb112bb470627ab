//! What ends a run early: one line that says what was attempted and why it failed, what to do
//! about it, and the exit code. Every room's errors become failures here and nowhere else.

use std::error::Error;
use std::fmt::Write;
use std::io;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::exit::Exit;
use crate::remote::{ErrorClass, RemoteError};
use crate::report::visible;

/// Why a run ended early.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the process ends with.
    pub exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure in one phrase.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// An error of a room with all its causes in one line.
    pub fn because(exit: Exit, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Libraries often repeat their cause in their own text.
            if !message.contains(&text) {
                let _ = write!(message, ": {text}");
            }
            cause = error.source();
        }
        Self::new(exit, message)
    }

    /// A file operation that failed.
    pub fn io(attempted: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::Error, format!("{attempted} `{}`: {error}", path.display()))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What has failed.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The failure for people, with colours.
    pub fn text(&self) -> String {
        const ERROR: Style = AnsiColor::Red.on_default().bold();
        let mut text = format!("{ERROR}error{ERROR:#}: {}", visible(&self.message));
        if let Some(hint) = &self.hint {
            let _ = write!(text, "\n  = help: {}", visible(hint));
        }
        text.push('\n');
        text
    }

    /// The failure in one line, for logs.
    pub fn line(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{} ({hint})", self.message),
            None => self.message.clone(),
        }
    }
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        let exit = match error.class() {
            ErrorClass::Credential => Exit::Credential,
            ErrorClass::Other => Exit::Error,
        };
        let failure = match &error {
            // It says the cause in a few words already; the library's own words are for `-v`.
            RemoteError::Unreachable { source, .. } => {
                tracing::debug!(cause = ?source, "the request brought no answer");
                Self::new(exit, error.to_string())
            }
            _ => Self::because(exit, &error),
        };
        match error {
            RemoteError::Credential { .. } => failure.hint("nothing was written; check ROLECALL_TOKEN"),
            RemoteError::Forbidden { .. } => failure.hint("nothing was written; use a token that may do this"),
            RemoteError::BadToken => failure.hint("check where the token comes from"),
            RemoteError::Unreachable { .. } => failure.hint("nothing was written; check the URL and the network"),
            RemoteError::Status { status: 404, .. } => {
                failure.hint("nothing was written; is the URL the base of the SCIM endpoints, as in `…/scim/v2`?")
            }
            RemoteError::Incomplete { .. } | RemoteError::Endless { .. } => {
                failure.hint("nothing was written: a plan from half a list could take access away; try again")
            }
            RemoteError::BadTarget { .. }
            | RemoteError::Setup { .. }
            | RemoteError::Redirect { .. }
            | RemoteError::NotScim { .. }
            | RemoteError::Malformed { .. }
            | RemoteError::ShortDocument { .. }
            | RemoteError::TooLarge { .. }
            | RemoteError::Status { .. }
            | RemoteError::TooMany { .. }
            | RemoteError::Nameless { .. }
            | RemoteError::Unsaid { .. } => failure.hint("nothing was written"),
        }
    }
}

#[cfg(feature = "sandbox")]
impl From<crate::sandbox::SandboxError> for Failure {
    fn from(error: crate::sandbox::SandboxError) -> Self {
        use crate::sandbox::SandboxError as E;
        let failure = Self::because(Exit::Error, &error);
        match error {
            E::Locked { .. } => failure.hint("stop the other sandbox, or give this one another `--db`"),
            E::Listen { .. } => failure.hint("`--listen 127.0.0.1:0` takes a free port"),
            E::Seed { .. } => Self { exit: Exit::Invalid, ..failure },
            E::NotASandbox { .. } | E::OtherPlatform { .. } | E::NewerLayout { .. } => {
                failure.hint("move the file away to begin with an empty sandbox")
            }
            E::File { .. } | E::Database { .. } | E::Thread { .. } | E::Stopped => failure,
        }
    }
}
