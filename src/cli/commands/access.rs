//! `rolecall access`: who can do what, on the target, by the files, or by a saved plan. It reads
//! and never writes.

use std::path::PathBuf;

use clap::Args;

use super::plan::is_valid;
use crate::access::{Answer, Planned, Question, Source, Standing, State, Unknown};
use crate::cli::Run;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::AnswerFormat;
use crate::cli::load::{Loaded, PlaceArgs, SetArgs, load, load_platform, pack_named};
use crate::cli::runtime::block_on;
use crate::cli::saved;
use crate::cli::target::TargetArgs;
use crate::diagnostic::Diagnostics;
use crate::plan::Plan;
use crate::platform::Pack;
use crate::report::{access_json, access_text};
use crate::source::Sources;

/// Say who can do what: one user, or one of the questions below; on the target, or offline on the
/// files or a saved plan
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(group(clap::ArgGroup::new("question")), group(clap::ArgGroup::new("instead")))]
#[command(after_help = "  rolecall access ana@example.com            what one user may do, and whom they may manage
  rolecall access --who-can contacts.export  who may do this
  rolecall access --coverage --desired       by the files alone, offline
  rolecall access --role 'Loan Officer' --plan plan.json   what a saved plan changes of a role")]
pub struct Access {
    /// Who, by userName; what follows, and everything beside a question, is a PATH as for `plan`
    #[arg(value_name = "USER|PATH")]
    names: Vec<String>,
    /// Who can do this: ENTITY, ENTITY.ACTION or ENTITY.ACTION.FIELD
    #[arg(long, value_name = "PERMISSION", group = "question")]
    who_can: Option<String>,
    /// What this role gives, and to whom
    #[arg(long, value_name = "NAME", group = "question")]
    role: Option<String>,
    /// How many roles there are for each classification and segment, and what has none
    #[arg(long, group = "question")]
    coverage: bool,
    /// Who may manage whom; with USER, whom that user may manage
    #[arg(long, group = "question")]
    managing: bool,
    /// Who takes which seat
    #[arg(long, group = "question")]
    usage: bool,
    /// Ask what the files want, offline
    #[arg(long, group = "instead")]
    desired: bool,
    /// Ask what a saved plan changes, offline
    #[arg(long = "plan", value_name = "FILE", group = "instead")]
    saved: Option<PathBuf>,
    /// The form of the answer
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: AnswerFormat,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
enum Asked<'a> {
    User(&'a str),
    WhoCan(&'a str),
    Role(&'a str),
    Coverage,
    Managing,
    ManagedBy(&'a str),
    Usage,
}

/// Answers.
pub fn run(arguments: &Access, run: &mut Run) -> Result<Exit, Failure> {
    let (asked, paths) = arguments.asked()?;
    if let Some(path) = &arguments.saved {
        return of_plan(arguments, asked, path, &paths, run);
    }
    let set = SetArgs { paths, place: arguments.place.clone() };
    if arguments.desired {
        if arguments.target.sandbox {
            return Err(Failure::usage("`--desired` asks the files and no target")
                .hint("leave `--sandbox` away, or `--desired`"));
        }
        let loaded = load(run, &set)?;
        if !is_valid(&loaded, run, arguments.format)? {
            return Ok(Exit::Invalid);
        }
        let (desired, pack) = loaded.valid().expect("it was looked at above");
        let standing = Standing::of_desired(desired, pack);
        let source = Source { environment: environment(&loaded), ..source(State::Desired, pack) };
        return answer(arguments, asked, &standing, &source, run);
    }
    // A sandbox that is not there yet is set up as the files expect it; a real target needs none.
    let loaded = if arguments.target.sandbox { load(run, &set)? } else { load_platform(run, &set)? };
    if loaded.found.has_errors() || arguments.target.sandbox {
        let is_valid = is_valid(&loaded, run, arguments.format)?;
        if !is_valid {
            return Ok(Exit::Invalid);
        }
    }
    let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
    let (live, name) = block_on(async {
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Read).await?;
        let live = connection.read(run, pack).await?;
        let name = connection.name.clone();
        connection.close().await;
        Ok((live, name))
    })?;
    let organization = live.organization.as_ref().map(|one| one.name.clone().unwrap_or_else(|| one.id.clone()));
    let standing = Standing::of_live(&live, pack);
    let source = Source {
        target: Some(name),
        organization: organization.filter(|name| !name.is_empty()),
        environment: environment(&loaded),
        ..source(State::Live, pack)
    };
    answer(arguments, asked, &standing, &source, run)
}

impl Access {
    /// The question, and the paths beside it.
    fn asked(&self) -> Result<(Asked<'_>, Vec<PathBuf>), Failure> {
        let paths = |from: usize| self.names[from..].iter().map(PathBuf::from).collect();
        let all = |asked| Ok((asked, paths(0)));
        if let Some(permission) = &self.who_can {
            return all(Asked::WhoCan(permission));
        }
        if let Some(role) = &self.role {
            return all(Asked::Role(role));
        }
        if self.coverage {
            return all(Asked::Coverage);
        }
        if self.usage {
            return all(Asked::Usage);
        }
        let first = self.names.first();
        if self.managing {
            // A file or directory is no user, so that the question about everybody takes paths too.
            return match first.filter(|name| !PathBuf::from(name).exists()) {
                Some(user) => Ok((Asked::ManagedBy(user), paths(1))),
                None => all(Asked::Managing),
            };
        }
        let Some(user) = first else {
            return Err(Failure::usage("nothing was asked")
                .hint("name a USER, or ask with `--who-can`, `--role`, `--coverage`, `--managing` or `--usage`"));
        };
        Ok((Asked::User(user), paths(1)))
    }
}

fn source(state: State, pack: &Pack) -> Source {
    Source { state, platform: pack.platform.clone(), target: None, organization: None, environment: None, digest: None }
}

fn environment(loaded: &Loaded) -> Option<String> {
    loaded.project.as_ref().and_then(|project| project.environment.clone())
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        let failure = Self::usage(unknown.message);
        match unknown.help {
            Some(help) => failure.hint(help),
            None => failure,
        }
    }
}

/// Asks a whole state.
fn answer(
    arguments: &Access,
    asked: Asked<'_>,
    standing: &Standing<'_>,
    source: &Source,
    run: &mut Run,
) -> Result<Exit, Failure> {
    let mut notes = standing.notes().to_vec();
    let answer = match asked {
        Asked::User(name) => Answer::User(Box::new(standing.user(name)?)),
        Asked::WhoCan(permission) => {
            let question = Question::new(permission, standing)?;
            let who = standing.who_can(&question);
            notes.extend(question.note);
            Answer::WhoCan(who)
        }
        Asked::Role(name) => Answer::Role(Box::new(standing.role(name)?)),
        Asked::Coverage => Answer::Coverage(standing.coverage()),
        Asked::Managing => Answer::Managing(standing.managing()),
        Asked::ManagedBy(name) => Answer::ManagedBy(standing.managed_by(name)?),
        Asked::Usage => {
            notes.extend(standing.usage_notes());
            Answer::Usage(standing.usage())
        }
    };
    print(arguments, source, &answer, &notes, run)
}

/// Asks a saved plan.
fn of_plan(
    arguments: &Access,
    asked: Asked<'_>,
    path: &std::path::Path,
    paths: &[PathBuf],
    run: &mut Run,
) -> Result<Exit, Failure> {
    if arguments.target.sandbox {
        return Err(Failure::usage("`--plan` asks a saved plan and no target"));
    }
    if let Some(path) = paths.first() {
        return Err(Failure::usage(format!("a saved plan is asked as it stands, without `{}`", path.display())));
    }
    let plan = saved::open(path)?;
    let pack = pack_of(arguments, &plan, run)?;
    let planned = Planned::new(&plan, &pack);
    let mut notes = planned.notes();
    let mut add = |note: Option<String>| notes.extend(note);
    let answer = match asked {
        Asked::User(name) => {
            let (user, near) = planned.user(name);
            add(near);
            Answer::PlannedUser(user)
        }
        Asked::WhoCan(permission) => {
            let (who, note) = planned.who_can(permission)?;
            add(note);
            Answer::PlannedWhoCan(who)
        }
        Asked::Role(name) => {
            let (role, near) = planned.role(name);
            add(near);
            Answer::PlannedRole(role)
        }
        Asked::Coverage => Answer::PlannedCoverage(planned.coverage()),
        Asked::Managing => Answer::PlannedManaging(planned.managing()),
        Asked::ManagedBy(_) => {
            return Err(Failure::usage("a saved plan does not hold whom somebody may manage, only what changes of it")
                .hint("ask it `--managing` without a USER, or ask the target"));
        }
        Asked::Usage => Answer::PlannedUsage(planned.usage()),
    };
    let source = Source {
        target: Some(plan.target.clone()),
        organization: plan.organization.clone(),
        environment: plan.environment.clone(),
        digest: Some(plan.digest.chars().take(crate::report::DIGEST_SHOWN).collect()),
        ..source(State::Plan, &pack)
    };
    print(arguments, &source, &answer, &notes, run)
}

/// The rules that a saved plan was made by: those of the command line, of this build, or of the
/// project's own pack file.
fn pack_of(arguments: &Access, plan: &Plan, run: &Run) -> Result<Pack, Failure> {
    if let Some(name) = &arguments.place.platform {
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let pack = pack_named(name, &mut sources, &mut found)?;
        return pack.ok_or_else(|| Failure::new(Exit::Invalid, format!("`{name}` is no platform pack")));
    }
    if let Some(pack) = crate::platform::built_in(&plan.platform) {
        return Ok(pack);
    }
    let place = PlaceArgs { platform: None, environment: arguments.place.environment.clone() };
    let set = SetArgs { paths: Vec::new(), place };
    let loaded = load_platform(run, &set).ok();
    let pack = loaded.and_then(|loaded| loaded.pack).filter(|pack| pack.platform == plan.platform);
    pack.ok_or_else(|| {
        Failure::usage(format!(
            "the rules of the platform `{}`, for which the plan was made, are not known",
            plan.platform
        ))
        .hint("name its pack file with `--platform FILE`")
    })
}

fn print(
    arguments: &Access,
    source: &Source,
    answer: &Answer<'_>,
    notes: &[String],
    run: &mut Run,
) -> Result<Exit, Failure> {
    match arguments.format {
        AnswerFormat::Text => run.output.result(&access_text(source, answer, notes))?,
        AnswerFormat::Json => run.output.stream(|to| access_json(source, answer, notes, to))?,
    }
    Ok(Exit::Done)
}
