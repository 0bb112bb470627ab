//! A request from its file to a plan: what `bulk plan` and `bulk apply` share.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};

use crate::bulk::{self, Draft, Field, Form, RowState};
use crate::cli::Run;
use crate::cli::carrying_out::SendingArgs;
use crate::cli::connection::Connection;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::files::shown_path;
use crate::cli::format::{FindingsFormat, PlanFormatArgs};
use crate::cli::load::{Loaded, PlaceArgs};
use crate::cli::policy::AllowArgs;
use crate::cli::runs::{RunsArgs, hexadecimal};
use crate::cli::saved::write_private;
use crate::cli::target::TargetArgs;
use crate::diagnostic::{Code, Diagnostics};
use crate::document::Spanned;
use crate::plan::{self, Finding, Plan, Requested};
use crate::platform::Pack;
use crate::source::Sources;
use crate::state::Live;

/// A request, and what it is planned for.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The request: a YAML, CSV or XLSX file
    #[arg(value_name = "REQUEST")]
    pub file: PathBuf,
    /// The support ticket
    #[arg(long, value_name = "TICKET", env = "ROLECALL_TICKET", hide_env_values = true)]
    ticket: Option<String>,
    /// Who asked
    #[arg(long, value_name = "WHO", env = "ROLECALL_REQUESTED_BY", hide_env_values = true)]
    requested_by: Option<String>,
    /// Change the roles one by one where this credential cannot change them together; the same as `--allow
    /// one-by-one=N`, N being the number of rows
    #[arg(long, env = "ROLECALL_ONE_BY_ONE", hide_env_values = true)]
    one_by_one: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    allow: AllowArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub runs: RunsArgs,
}

/// A request that can be planned.
pub struct Read {
    /// What it says.
    pub request: bulk::Request,
    /// What is recorded of it.
    pub facts: Requested,
    /// The platform, and the project where there is one.
    pub loaded: Loaded,
}

/// A request and the target.
pub struct Planned {
    /// The plan; it refuses itself where a row cannot be done.
    pub plan: Plan,
    /// What the target holds.
    pub live: Live,
    /// How each row stands against that.
    pub rows: Vec<RowState>,
}

impl RequestArgs {
    /// The form of the request.
    pub fn form(&self) -> Result<Form, Failure> {
        form_of(&self.file)
    }

    /// Reads the request under the rules of its platform. `None` when something is wrong with it, or with
    /// the project: then that was printed.
    pub fn read(&self, run: &mut Run, told: &PlanFormatArgs) -> Result<Option<Read>, Failure> {
        let form = self.form()?;
        let mut loaded = self.place.load(run, &self.target)?;
        if loaded.found.has_errors() {
            super::super::plan::is_valid(&loaded, run, told)?;
            return Ok(None);
        }
        let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let bytes = read_file(&self.file)?;
        let reading = bulk::read(&shown_path(&self.file), &bytes, form, pack);
        let is_wrong = reading.found.has_errors();
        let of_request = loaded.of_file(reading.sources, reading.found, reading.rows as u64);
        let Some(request) = reading.request.filter(|_| !is_wrong) else {
            run.output.result(&of_request.findings(told.into(), false).0)?;
            return Ok(None);
        };
        if of_request.found.iter().next().is_some() {
            run.output.note(of_request.findings(FindingsFormat::Human, false).0.trim_end());
        }
        let facts = Requested {
            ticket: agreed("ticket", self.ticket.as_deref(), request.ticket.as_ref())?,
            requested_by: agreed("requester", self.requested_by.as_deref(), request.requested_by.as_ref())?,
            rows: request.rows.len() as u64,
            file: digest(&bytes),
        };
        loaded.found = Diagnostics::default();
        Ok(Some(Read { request, facts, loaded }))
    }

    /// Reads the target and plans.
    pub async fn plan(
        &self,
        run: &Run,
        connection: &Connection,
        read: &Read,
        sending: &SendingArgs,
    ) -> Result<Planned, Failure> {
        let Read { request, facts, loaded } = read;
        let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
        let live = connection.read(run, pack).await?;
        let against = bulk::against(request, &live, pack);
        let mut policy = self.allow.policy(loaded, &connection.name);
        policy.found = findings(&request.sources, against.found);
        policy.one_by_one = sending.is_one_by_one();
        policy.request = Some(facts.clone());
        if self.one_by_one {
            policy.allow.insert(Code::OneByOne, facts.rows);
        }
        if !connection.is_new {
            policy.last_run_users = self.runs.users_last_read(loaded, &connection.name, &live)?;
        }
        let plan = plan::plan(&against.desired, &live, pack, &policy);
        Ok(Planned { plan, live, rows: against.rows })
    }
}

/// Where a request is written to, and in which form.
#[derive(Debug, Args)]
pub struct OutArgs {
    /// The file to write: YAML, CSV or XLSX
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "out")]
    force: bool,
    /// The form of what is printed where no file is written
    #[arg(long, value_name = "FORM", default_value = "csv", conflicts_with = "out")]
    format: TextForm,
}

/// The form of a request that is printed; a spreadsheet is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TextForm {
    /// A table, columns by header
    Csv,
    /// YAML
    Yaml,
}

impl OutArgs {
    /// The form, once it is known that the file can be written.
    pub fn form(&self) -> Result<Form, Failure> {
        let Some(path) = &self.out else {
            return Ok(match self.format {
                TextForm::Csv => Form::Csv,
                TextForm::Yaml => Form::Yaml,
            });
        };
        if path.exists() && !self.force {
            return Err(Failure::usage(format!("`{}` is there already", path.display()))
                .hint("nothing was written; `--force` overwrites it"));
        }
        form_of(path)
    }
}

/// Writes a request to its file, or prints it.
pub fn write(run: &mut Run, draft: &Draft, form: Form, path: Option<&Path>) -> Result<(), Failure> {
    let bytes = bulk::write(draft, form).map_err(|error| Failure::because(Exit::Error, &error))?;
    match path {
        Some(path) => write_private(path, &bytes),
        None => run.output.stream(|out| out.write_all(&bytes)),
    }
}

/// The form of a file by its name.
pub fn form_of(path: &Path) -> Result<Form, Failure> {
    Form::of_path(path).ok_or_else(|| {
        Failure::usage(format!("the name of `{}` does not say what it is", path.display()))
            .hint("requests end with `.yaml`, `.csv` or `.xlsx`")
    })
}

/// Refuses a file of results that would be in another form than the request, or in its place, or that
/// could not be written: whoever learns that afterwards has changed the roles and has no results.
pub fn results_fit(results: &Path, request: &Path) -> Result<(), Failure> {
    let form = form_of(request)?;
    if form_of(results)? != form {
        return Err(Failure::usage(format!("the request is {}, and `{}` is not", form.word(), results.display()))
            .hint("nothing was written; results are in the form of the request"));
    }
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    if whole(results).is_some_and(|results| whole(request) == Some(results)) {
        return Err(Failure::usage(format!("`{}` is the request itself", results.display()))
            .hint("nothing was written; name another file for the results"));
    }
    let folder = results.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if results.is_dir() || !folder.is_dir() {
        return Err(Failure::usage(format!("the results cannot be written to `{}`", results.display()))
            .hint("nothing was written; name a file in a folder that is there"));
    }
    Ok(())
}

/// Refuses a platform of whose roles no request can say anything.
pub fn has_rows(pack: &Pack) -> Result<(), Failure> {
    if Field::ALL.iter().any(|field| pack.roles.attributes.contains_key(field.attribute())) {
        return Ok(());
    }
    Err(Failure::usage(format!("roles of {} have neither classifications nor segments", pack.title))
        .hint("a bulk request is of these two; change roles by manifests"))
}

/// Reads the request that a run of before was to carry out.
pub fn read_again(path: &Path, planned: Option<&Requested>, pack: &Pack) -> Result<bulk::Request, Failure> {
    let other = || {
        Failure::usage(format!("`{}` is not the request of this run", path.display()))
            .hint("nothing was written; a request that was edited since is another one")
    };
    let bytes = read_file(path)?;
    if planned.is_none_or(|planned| planned.file != digest(&bytes)) {
        return Err(other());
    }
    bulk::read(&shown_path(path), &bytes, form_of(path)?, pack).request.ok_or_else(other)
}

fn digest(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// Reads a request, up to what is looked at of one.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bulk::MAX_REQUEST_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::io("cannot read", path, &error))?;
    Ok(bytes)
}

/// What the command line and the request say of one thing; two different answers are none.
fn agreed(what: &str, said: Option<&str>, written: Option<&Spanned<String>>) -> Result<Option<String>, Failure> {
    let written = written.map(|written| written.value.as_str());
    match (said.map(str::trim).filter(|said| !said.is_empty()), written) {
        (Some(said), Some(written)) if said != written => {
            Err(Failure::usage(format!("the {what} is `{said}` here and `{written}` in the request"))
                .hint("nothing was written; one of the two is a slip"))
        }
        (said, written) => Ok(said.or(written).map(str::to_owned)),
    }
}

/// What is found against the target, as a plan says it: the place first.
fn findings(sources: &Sources, found: Diagnostics) -> Vec<Finding> {
    let finding = |found: crate::diagnostic::Diagnostic| Finding {
        code: found.code.name().to_owned(),
        message: format!("{}: {}", place(sources, found.span), found.message),
        rule: found.rule.map(std::borrow::Cow::into_owned),
        severity: found.severity,
        help: found.help,
        allowed: false,
    };
    found.sorted().into_iter().map(finding).collect()
}

/// `request.csv:7:3`, `request.xlsx:Roles!C7`.
fn place(sources: &Sources, span: crate::source::Span) -> String {
    let at = sources.locate(span);
    match at.cell {
        Some(cell) => format!("{}:{cell}", at.file),
        None => format!("{}:{}:{}", at.file, at.line, at.column),
    }
}
