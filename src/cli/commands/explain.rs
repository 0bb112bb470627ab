//! `rolecall explain`: what a code means, with a wrong and a right file.

use std::fmt::Write;

use anstyle::Style;
use clap::Args;

use crate::cli::Run;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diagnostic::{Code, Severity, Stage, example, near_misses};

/// Say what a code means, with a wrong and a right file; without a code, list them all
#[derive(Debug, Args)]
pub struct Explain {
    /// A code, as it stands in the brackets of a finding
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

const STRONG: Style = Style::new().bold();

/// Prints the list or one explanation.
pub fn run(arguments: &Explain, run: &mut Run) -> Result<Exit, Failure> {
    let text = match &arguments.code {
        None => list(),
        Some(name) => {
            // `error[unknown-key]` is what people copy.
            let name = name.rsplit('[').next().unwrap_or(name).trim_end_matches(']');
            one(Code::from_name(name).ok_or_else(|| unknown(name))?)
        }
    };
    run.output.result(&text)?;
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Failure {
    let near = near_misses(name, Code::ALL.iter().map(|code| code.name()));
    let hint = match near[..] {
        [] => "`rolecall explain` lists every code".to_owned(),
        _ => format!("did you mean `{}`?", near.join("` or `")),
    };
    Failure::usage(format!("there is no code `{name}`")).hint(hint)
}

fn list() -> String {
    let widest = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut stage = None;
    for code in Code::ALL {
        if stage != Some(code.stage()) {
            let gap = if stage.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{STRONG}{}{STRONG:#}", stage_words(code.stage()));
            stage = Some(code.stage());
        }
        let meaning = code.meaning();
        let first = meaning.find(". ").map_or(meaning, |end| &meaning[..=end]);
        let _ = writeln!(out, "  {:widest$}  {:7}  {first}", code.name(), severity_word(code.severity()));
    }
    out
}

fn one(code: Code) -> String {
    let severity = severity_word(code.severity());
    let mut out = format!(
        "{STRONG}{code}{STRONG:#} ({severity}; found in {})\n\n{}\n",
        stage_words(code.stage()).to_lowercase(),
        code.meaning()
    );
    if let Some(example) = example(code) {
        for (word, file) in [("Wrong", example.wrong), ("Right", example.right)] {
            let _ = writeln!(out, "\n{STRONG}{word}{STRONG:#}");
            for line in file.lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
    }
    out
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
