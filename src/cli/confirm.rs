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
        for (asked, answer) in self.questions() {
            run.output.words(&format!("\n{question} {asked}: "));
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .map_err(|error| Failure::new(Exit::Error, format!("cannot read the answer: {error}")))?;
            if line.trim() != answer {
                run.output.note("Nothing was written.");
                return Ok(Some(Exit::Cancelled));
            }
        }
        Ok(None)
    }

    /// What is asked in turn, each with the only answer that is a yes.
    fn questions(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Given => Vec::new(),
            Self::Yes => vec![("Only `yes` is taken", "yes".to_owned())],
            Self::Name(name) => vec![("Type the environment's name", name)],
            Self::Rows(rows, first) => {
                let mut questions = first.questions();
                questions.push(("Type how many rows the request has", rows.to_string()));
                questions
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rows_is_asked_for_after_what_else_has_to_be_said() {
        let rows = |first: Confirmation| first.and_rows(300).questions().into_iter().map(|(_, answer)| answer);
        assert_eq!(rows(Confirmation::Given).collect::<Vec<_>>(), ["300"]);
        assert_eq!(rows(Confirmation::Name("prod".to_owned())).collect::<Vec<_>>(), ["prod", "300"]);
        assert_eq!(Confirmation::Given.questions(), []);
        assert_eq!(Confirmation::Yes.questions(), [("Only `yes` is taken", "yes".to_owned())]);
    }
}
