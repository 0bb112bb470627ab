//! `rolecall explain`: what a code or a rule means, with a wrong and a right file.

mod json;
mod text;

use clap::{Args, ValueEnum};

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diagnostic::{Code, Rule, Severity, Stage, near_codes_and_rules, rule};

/// Say what a code or a rule means, with a wrong and a right file; without one, list all
#[derive(Debug, Args)]
#[command(after_help = "  rolecall explain                           the list of codes and rules
  rolecall explain unknown-key               a code, as it stands in a finding
  rolecall explain R-TE-6                    a rule of a platform")]
pub struct Explain {
    /// A code, as it stands in the brackets of a finding, or the number of a rule, as it stands behind it
    #[arg(value_name = "CODE|RULE")]
    topic: Option<String>,
    /// The form of the explanation
    #[arg(long, value_name = "FORM", default_value = "human")]
    format: Format,
}

/// The form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[value(alias = "text")]
    Human,
    /// One JSON document
    Json,
}

/// What is explained.
enum Topic {
    Everything,
    Code(Code),
    Rule(&'static Rule),
}

/// Prints the list or one explanation.
pub fn run(arguments: &Explain, run: &mut Run) -> Result<Exit, Failure> {
    let topic = arguments.topic.as_deref().map_or(Ok(Topic::Everything), find)?;
    let text = match arguments.format {
        Format::Human => text::of(&topic),
        Format::Json => json::of(&topic),
    };
    run.output.result(&text)?;
    Ok(Exit::Done)
}

fn find(words: &str) -> Result<Topic, Failure> {
    // `error[unknown-key]` and `(R-TE-6)` are what people copy.
    let name = words.rsplit('[').next().unwrap_or(words).trim_matches(['(', ')', ']', ':', ' ']);
    if let Some(code) = Code::from_name(&name.to_ascii_lowercase()) {
        return Ok(Topic::Code(code));
    }
    rule(name).map(Topic::Rule).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Failure {
    let hint = match near_codes_and_rules(name)[..] {
        [] => "`rolecall explain` lists every code and every rule".to_owned(),
        ref near => format!("did you mean `{}`?", near.join("` or `")),
    };
    Failure::usage(format!("there is no code or rule `{name}`")).hint(hint)
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn stage_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Project => "The project file",
        Stage::Pack => "Platform packs",
        Stage::Text => "The text of a file",
        Stage::Schema => "The shape of a file",
        Stage::Set => "All files together",
        Stage::Plan => "Files and live state together",
    }
}
