//! `rolecall bulk template`: the live roles as a request that changes nothing yet. It only reads.

use clap::Args;

use super::requested::{OutArgs, has_rows, write};
use crate::bulk;
use crate::cli::Run;
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::FindingsFormat;
use crate::cli::load::PlaceArgs;
use crate::cli::runtime::block_on;
use crate::cli::target::TargetArgs;
use crate::report::visible;

/// Write the live roles with what they have now: whoever edits that file has written a request
#[derive(Debug, Args)]
#[command(name = "template")]
#[command(after_help = "\
Each role has what it has now twice: as what it shall have, which is edited, and as what it is expected to have, \
which stays and keeps the request from being applied once somebody has changed the role.

  rolecall bulk template --out request.xlsx                in a project, or
  rolecall bulk template --platform total-expert --url https://roles.example.com/scim/v2 --out request.csv")]
pub struct Template {
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Writes it.
pub fn run(arguments: &Template, run: &mut Run) -> Result<Exit, Failure> {
    let form = arguments.out.form()?;
    let loaded = arguments.place.load(run, &arguments.target)?;
    let Some(pack) = loaded.pack.as_ref().filter(|_| !loaded.found.has_errors()) else {
        run.output.result(&loaded.findings(FindingsFormat::Human, false).0)?;
        return Ok(Exit::Invalid);
    };
    has_rows(pack)?;
    let live = block_on(async {
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Read).await?;
        let live = connection.read(run, pack).await?;
        connection.close().await;
        Ok::<_, Failure>(live)
    })?;
    let bulk::Template { draft, left_out } = bulk::template(&live, pack);
    for (role, why) in &left_out {
        run.output.note(&format!("`{}` is left out: {why}", visible(role)));
    }
    if draft.rows.is_empty() {
        run.output.note("the target has no role that a request could change");
    }
    write(run, &draft, form, arguments.out.out.as_deref())?;
    if let Some(path) = &arguments.out.out {
        run.output.note(&format!("{} roles are in `{}`", draft.rows.len(), path.display()));
    }
    Ok(Exit::Done)
}
