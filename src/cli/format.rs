//! The forms that results are printed in, as flags say them. What they look like is `report`'s.

use std::path::PathBuf;

use anstream::adapter::strip_str;
use clap::{Args, ValueEnum};

use super::Run;
use super::failure::Failure;
use super::load::Loaded;
use super::redact::RedactArgs;
use super::saved::write_private;
use crate::apply::Report;
use crate::plan::Plan;
use crate::report::{
    plan_html, plan_json, plan_markdown, plan_text, results_html, results_json, results_markdown, results_text,
};

/// The form of an answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    #[value(alias = "human")]
    Text,
    /// One JSON document
    Json,
}

/// The form of a plan, and of what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[value(alias = "human")]
    Text,
    /// One JSON document
    Json,
    /// For a comment on a pull request, short enough for GitHub and GitLab
    Markdown,
    /// One page for reviewers, with nothing to fetch
    Html,
}

/// The form of findings in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For people, with the place of each finding
    #[value(alias = "text")]
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions: ten of each kind
    Github,
    /// A JUnit report, with each file as a suite
    Junit,
}

/// A form, and the file that a result in this form is written to.
#[derive(Clone, Debug)]
pub struct OutputFile<F> {
    /// The form.
    pub format: F,
    /// The file.
    pub file: PathBuf,
}

/// Reads `FORMAT=FILE`.
fn output_file<F: ValueEnum>(text: &str) -> Result<OutputFile<F>, String> {
    let forms = || {
        let names = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        names.map(|name| name.get_name().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let (format, file) = text.split_once('=').ok_or_else(|| format!("write FORMAT=FILE; the forms are {}", forms()))?;
    let format =
        F::from_str(format, false).map_err(|_| format!("there is no form `{format}`; there are {}", forms()))?;
    if file.is_empty() {
        return Err("the file's name is missing after `=`".to_owned());
    }
    Ok(OutputFile { format, file: file.into() })
}

/// How a plan is told.
#[derive(Debug, Args)]
pub struct PlanFormatArgs {
    /// The form of the plan, and of what becomes of it
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: PlanFormat,
    /// Also write it to a file, in this form; can be repeated. Files that are not valid have no plan:
    /// nothing is written then
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file::<PlanFormat>)]
    pub output: Vec<OutputFile<PlanFormat>>,
    #[command(flatten)]
    pub redact: RedactArgs,
}

/// How findings in files are told.
#[derive(Debug, Args)]
pub struct FindingsFormatArgs {
    /// The form of the findings
    #[arg(long, value_name = "FORM", default_value = "human")]
    pub format: FindingsFormat,
    /// Also write them to a file, in this form; can be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file::<FindingsFormat>)]
    pub output: Vec<OutputFile<FindingsFormat>>,
    #[command(flatten)]
    pub redact: RedactArgs,
}

impl PlanFormat {
    fn plan(self, plan: &Plan) -> String {
        match self {
            Self::Text => plan_text(plan),
            Self::Json => plan_json(plan),
            Self::Markdown => plan_markdown(plan),
            Self::Html => plan_html(plan),
        }
    }

    fn results(self, plan: &Plan, report: &Report, all: bool) -> String {
        match self {
            Self::Text => results_text(plan, report, all),
            Self::Json => results_json(plan, report),
            Self::Markdown => results_markdown(plan, report),
            Self::Html => results_html(plan, report),
        }
    }
}

impl PlanFormatArgs {
    /// Prints a plan and writes it to the files.
    pub fn show(&self, run: &mut Run, plan: &Plan) -> Result<(), Failure> {
        // What is printed is printed, also where a file fails.
        let written = self.write(run, plan);
        let text = self.format.plan(&run.output.hiding.plan(plan));
        run.output.result(&text)?;
        written
    }

    /// Writes a plan to the files.
    pub fn write(&self, run: &Run, plan: &Plan) -> Result<(), Failure> {
        let plan = &*run.output.hiding.plan(plan);
        for OutputFile { format, file } in &self.output {
            // Colours are the terminal's.
            write_private(file, strip_str(&format.plan(plan)).to_string().as_bytes())?;
        }
        Ok(())
    }

    /// Prints what became of a plan, and writes both to the files. With an empty report nothing was applied.
    pub fn show_results(&self, run: &mut Run, plan: &Plan, report: &Report) -> Result<(), Failure> {
        let all = run.global.verbose > 0;
        let (plan, report) = (&*run.output.hiding.plan(plan), &*run.output.hiding.report(report));
        let written = self.output.iter().try_for_each(|OutputFile { format, file }| {
            let mut text = format.results(plan, report, all);
            if *format == PlanFormat::Text {
                text.insert_str(0, &plan_text(plan));
            }
            write_private(file, strip_str(&text).to_string().as_bytes())
        });
        let text = self.format.results(plan, report, all);
        run.output.result(&text)?;
        written
    }
}

impl FindingsFormatArgs {
    /// Prints what is wrong with the files and writes it to the files that were named. How many errors
    /// are not among it.
    pub fn show(&self, run: &mut Run, loaded: &Loaded, warnings_fail: bool) -> Result<usize, Failure> {
        let written = self.output.iter().try_for_each(|OutputFile { format, file }| {
            write_private(file, strip_str(&loaded.findings(*format, warnings_fail).0).to_string().as_bytes())
        });
        let (text, hidden) = loaded.findings(self.format, warnings_fail);
        run.output.result(&text)?;
        written.map(|()| hidden)
    }
}

impl From<AnswerFormat> for FindingsFormat {
    fn from(format: AnswerFormat) -> Self {
        match format {
            AnswerFormat::Text => Self::Human,
            AnswerFormat::Json => Self::Json,
        }
    }
}

impl From<&PlanFormatArgs> for FindingsFormat {
    fn from(arguments: &PlanFormatArgs) -> Self {
        match arguments.format {
            PlanFormat::Json => Self::Json,
            PlanFormat::Text | PlanFormat::Markdown | PlanFormat::Html => Self::Human,
        }
    }
}
