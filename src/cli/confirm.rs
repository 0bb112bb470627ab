//! The question before the first write.
//!
//! Not responsible for what is written, nor for showing it.

use std::io::BufRead;

use super::Run;
use super::exit::Exit;
use super::failure::Failure;
use super::load::Loaded;
use crate::project::Confirm;

/// What has to be said before the first write.
#[derive(Clone, Debug)]
pub enum Confirmation {
    /// Nothing.
    Given,
    /// `yes`.
    Yes,
    /// The environment's name.
    Name(String),
    /// How many rows a bulk request has, after what else has to be said.
    Rows(u64, Box<Self>),
}

impl Confirmation {
    /// What a project and the arguments ask for; wrong usage when it can never be given.
    pub fn new(
        loaded: &Loaded,
        confirm: Option<&str>,
        given: bool,
        sandbox: bool,
        terminal: bool,
    ) -> Result<Self, Failure> {
        let project = loaded.project.as_ref();
        let name = project.filter(|project| project.confirm == Some(Confirm::Name) && !sandbox);
        if let Some(name) = name.and_then(|project| project.environment.clone()) {
            return match confirm {
                Some(given) if given == name => Ok(Self::Given),
                Some(given) => Err(Failure::usage(format!("the environment is `{name}`, and `{given}` was confirmed"))),
                None if terminal => Ok(Self::Name(name)),
                None => Err(Failure::usage(format!("the environment `{name}` wants its name confirmed"))
                    .hint(format!("add `--confirm {name}`"))),
            };
        }
        Ok(if given { Self::Given } else { Self::Yes })
    }

    /// The same, and the number of rows of a bulk request beside.
    #[must_use]
    pub fn and_rows(self, rows: u64) -> Self {
        Self::Rows(rows, Box::new(self))
    }

    /// Asks; `Some` when the person said no.
    pub fn ask(self, run: &Run, question: &str) -> Result<Option<Exit>, Failure> {
        let (question, answer) = match self {
            Self::Given => return Ok(None),
            Self::Rows(rows, first) => {
                if let Some(no) = first.ask(run, question)? {
                    return Ok(Some(no));
                }
                (format!("{question} Type how many rows the request has: "), rows.to_string())
            }
            Self::Yes => (format!("{question} Only `yes` is taken: "), "yes".to_owned()),
            Self::Name(name) => (format!("{question} Type the environment's name: "), name),
        };
        run.output.words(&format!("\n{question}"));
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(|error| Failure::new(Exit::Error, format!("cannot read the answer: {error}")))?;
        if line.trim() == answer {
            return Ok(None);
        }
        run.output.note("Nothing was written.");
        Ok(Some(Exit::Cancelled))
    }
}
