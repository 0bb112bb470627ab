//! `rolecall doctor`: what a target announces, whether it is so, and what rolecall does about it. It
//! writes only where it is told to, and then one throw-away object.

use std::io::IsTerminal;

use clap::Args;

use super::plan::is_valid;
use crate::cli::Run;
use crate::cli::confirm::Confirmation;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::AnswerFormat;
use crate::cli::load::{Loaded, PlaceArgs};
use crate::cli::runtime::{asked_to_stop, block_on};
use crate::cli::target::TargetArgs;
use crate::doctor::{self, Checkup, Finding};
use crate::platform::Pack;
use crate::remote::{Inspector, Prober};
use crate::report::{checkup_json, checkup_text};
use crate::state::Organization;

/// Check whether a target is as it announces, and say what rolecall does about it
#[derive(Debug, Args)]
#[command(
    name = "doctor",
    after_help = "\
Only reads, unless `--probe-writes` is given. The number of requests is bounded: a list of more
than 20 pages is looked at and not read whole.

Exit codes:
  0   all that rolecall relies on is so; what is missing or broken beside it is worked around
  1   the target cannot be reached, or speaks something else than SCIM
  3   the target refuses the token, or it may only read and `--probe-writes` is given
  4   the throw-away object could not be removed, or may still appear
  5   something that rolecall relies on is not so (marked `!`): plans are refused, or an apply
      would not end well
  8   stopped by Ctrl-C; what was made to try writing is removed first

  rolecall doctor --platform open --url https://roles.example.com/scim/v2   a target without a project
  rolecall doctor --env staging --probe-writes   also try writing, on one throw-away object"
)]
pub struct Doctor {
    /// Try writing too, on one object that is made for it and removed again
    #[arg(long)]
    probe_writes: bool,
    /// Do not ask before `--probe-writes` writes
    #[arg(long, short, requires = "probe_writes")]
    yes: bool,
    /// The environment's name, where the project wants it typed (`confirm: name`)
    #[arg(long, value_name = "NAME", env = "ROLECALL_CONFIRM", hide_env_values = true)]
    confirm: Option<String>,
    /// The form of the check-up
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: AnswerFormat,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Looks.
pub fn run(arguments: &Doctor, run: &mut Run) -> Result<Exit, Failure> {
    let terminal = std::io::stdin().is_terminal();
    if arguments.probe_writes && !arguments.yes && !terminal {
        return Err(Failure::usage("`--probe-writes` would ask, and stdin is no terminal").hint("add `--yes`"));
    }
    let loaded = arguments.place.load(run, &arguments.target)?;
    if (loaded.found.has_errors() || arguments.target.sandbox) && !is_valid(&loaded, run, arguments.format)? {
        return Ok(Exit::Invalid);
    }
    let Some(pack) = &loaded.pack else { return Err(Failure::usage("no platform was said")) };
    let confirmation = arguments
        .probe_writes
        .then(|| {
            let confirm = arguments.confirm.as_deref();
            Confirmation::new(&loaded, confirm, arguments.yes, arguments.target.sandbox, terminal)
        })
        .transpose()?;
    let ended = block_on(look(arguments, run, &loaded, pack, confirmation))?;
    let checkup = match ended {
        Ended::Looked(checkup) => checkup,
        Ended::Refused(exit) => return Ok(exit),
    };
    run.output.result(&match arguments.format {
        AnswerFormat::Text => checkup_text(&checkup),
        AnswerFormat::Json => checkup_json(&checkup),
    })?;
    verdict(&checkup)
}

enum Ended {
    Looked(Box<Checkup>),
    /// The person said no.
    Refused(Exit),
}

async fn look(
    arguments: &Doctor,
    run: &Run,
    loaded: &Loaded,
    pack: &Pack,
    confirmation: Option<Confirmation>,
) -> Result<Ended, Failure> {
    let purpose = if confirmation.is_some() { Purpose::Write } else { Purpose::Read };
    let connection = Connection::open(run, &arguments.target, loaded, pack, purpose).await?;
    let inspector = Inspector::new(&connection.reader, pack);
    let mut prober = match confirmation {
        None => None,
        Some(confirmation) => match prober(run, &inspector, pack, confirmation, &connection.name).await? {
            Ok(prober) => prober,
            Err(exit) => return Ok(Ended::Refused(exit)),
        },
    };
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let name = connection.name.clone();
    let looking = doctor::examine(&inspector, pack, &name, prober.as_mut(), stopping);
    tokio::pin!(looking);
    let checkup = tokio::select! {
        checkup = &mut looking => checkup,
        () = asked_to_stop() => {
            if purpose == Purpose::Read {
                return Err(Failure::new(Exit::Cancelled, "stopped"));
            }
            run.output.note("stopping; what was made to try writing is removed first; once more to stop at once");
            stop.send_replace(true);
            tokio::select! {
                checkup = &mut looking => checkup,
                () = asked_to_stop() => {
                    return Err(Failure::new(Exit::Killed, "stopped at once")
                        .hint("the next check-up removes what this one may have left"));
                }
            }
        }
    }?;
    connection.close().await;
    Ok(Ended::Looked(Box::new(checkup)))
}

/// What may write, once the target's word on our credential and the person's were heard; none where
/// there is nothing that the target lets us write.
async fn prober(
    run: &Run,
    inspector: &Inspector,
    pack: &Pack,
    confirmation: Confirmation,
    target: &str,
) -> Result<Result<Option<Prober>, Exit>, Failure> {
    let organization = inspector.organization().await?;
    if organization.as_ref().is_some_and(Organization::lets_only_read) {
        return Err(Failure::new(Exit::Credential, "the token may only read")
            .hint("nothing was written; leave `--probe-writes` out, or take a token of an administrator"));
    }
    let Some(prober) = doctor::throwaway(inspector, pack).and_then(|object| Prober::new(inspector, object)) else {
        run.output.note("there is nothing on this target that could be written without meaning something");
        return Ok(Ok(None));
    };
    let question = format!("Make, change and remove `{}` on {target}?", prober.address());
    Ok(match confirmation.ask(run, &question)? {
        Some(exit) => Err(exit),
        None => Ok(Some(prober)),
    })
}

/// The exit code of a check-up, and what it says beside it.
fn verdict(checkup: &Checkup) -> Result<Exit, Failure> {
    if checkup.denied {
        return Err(Failure::new(Exit::Credential, "the token may not write"));
    }
    if !checkup.left_behind.is_empty() {
        let ids: Vec<&str> = checkup.left_behind.iter().map(String::as_str).collect();
        let address = checkup.throw_away.as_deref().unwrap_or_default();
        let message = format!("{address} could not be removed (id {})", ids.join(", "));
        return Err(Failure::new(Exit::Incomplete, message).hint("remove it by hand"));
    }
    if checkup.in_doubt {
        let address = checkup.throw_away.as_deref().unwrap_or_default();
        let message = format!("{address} may have been made without an answer, and was not there to be removed");
        return Err(Failure::new(Exit::Incomplete, message)
            .hint("should it appear, the next `rolecall doctor --probe-writes` removes it"));
    }
    if checkup.stopped {
        return Err(Failure::new(Exit::Cancelled, "stopped"));
    }
    let broken: Vec<&str> = checkup.broken().map(|row| row.capability.as_str()).collect();
    if broken.is_empty() {
        return Ok(Exit::Done);
    }
    let is_silent = checkup.rows.iter().all(|row| row.finding != Finding::Kept);
    let help = if is_silent {
        "nothing of SCIM was found; is the URL the base of the SCIM endpoints, as in `…/scim/v2`?"
    } else {
        "the lines with `!` say what follows"
    };
    let message = format!("rolecall relies on what is not so: {}", broken.join(", "));
    Err(Failure::new(Exit::Refused, message).hint(help))
}
