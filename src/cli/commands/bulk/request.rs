//! `rolecall bulk request`: what the files want of classifications and segments, as the request that a
//! customer sends to the vendor's support (R-TE-24, R-TE-25): complete, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::requested::{OutArgs, has_rows, write};
use crate::bulk::{Draft, DraftRow, Field};
use crate::cli::Run;
use crate::cli::commands::plan::{is_valid, refused};
use crate::cli::connection::{Connection, Purpose};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::FindingsFormat;
use crate::cli::load::{SetArgs, load};
use crate::cli::policy::PolicyArgs;
use crate::cli::runtime::block_on;
use crate::cli::target::TargetArgs;
use crate::plan::{self, Action, Change, Plan, Policy, Unlisted};
use crate::platform::{Pack, Presence};
use crate::report::plan_text;
use crate::state::{Desired, Kind, Live, LiveObject, Value, attribute, fold};

/// Write the request that a customer sends to the vendor's support, from what the files want
#[derive(Debug, Args)]
#[command(name = "request")]
#[command(after_help = "\
The request has each role whose classifications or segments differ, with both of its sets as they shall be and as \
they are now. It is complete or it is not written: a role that has to be made, renamed or replaced first stands in \
its way, unless `--except` leaves it out.

  rolecall bulk request --out request.xlsx --ticket T-1041 --requested-by 'Cora Diaz'")]
pub struct WriteRequest {
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    out: OutArgs,
    /// The support ticket
    #[arg(long, value_name = "TICKET", env = "ROLECALL_TICKET", hide_env_values = true)]
    ticket: Option<String>,
    /// Who asked
    #[arg(long, value_name = "WHO", env = "ROLECALL_REQUESTED_BY", hide_env_values = true)]
    requested_by: Option<String>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Writes it.
pub fn run(arguments: &WriteRequest, run: &mut Run) -> Result<Exit, Failure> {
    let form = arguments.out.form()?;
    let loaded = load(run, &arguments.set)?;
    if !is_valid(&loaded, run, FindingsFormat::Human)? {
        return Ok(Exit::Invalid);
    }
    let (desired, pack) = loaded.valid().expect("it was looked at above");
    has_rows(pack)?;
    let (live, name) = block_on(async {
        let connection = Connection::open(run, &arguments.target, &loaded, pack, Purpose::Read).await?;
        let live = connection.read(run, pack).await?;
        let name = connection.name.clone();
        connection.close().await;
        Ok::<_, Failure>((live, name))
    })?;
    arguments.policy.check_selectors(desired, &live)?;
    let policy = arguments.policy.policy(&loaded, &name);
    let whole = plan::plan(desired, &live, pack, &policy);
    let policy = Policy { unlisted: Unlisted::default(), of_rows: true, ..policy };
    let plan = plan::plan(&narrowed(desired, pack), &live, pack, &policy);
    if plan.is_refused() {
        run.output.words(&plan_text(&plan));
        return Err(refused(&plan));
    }
    let rows = rows(&plan, &live, pack)?;
    if let Some(others) = others(&whole) {
        let rule = pack.bulk.roles.as_ref().and_then(|rules| rules.replaces_rule.as_ref());
        let rule = rule.map_or_else(String::new, |rule| format!(" ({rule})"));
        run.output
            .note(&format!("not part of the request, which is of classifications and segments alone{rule}: {others}"));
    }
    if rows.is_empty() {
        run.output.note("nothing to request: the roles have the classifications and segments that the files want");
        return Ok(Exit::Done);
    }
    let count = rows.len();
    let (ticket, requested_by) = (arguments.ticket.clone(), arguments.requested_by.clone());
    let draft = Draft { ticket, requested_by, rows, ..Draft::new(pack) };
    write(run, &draft, form, arguments.out.out.as_deref())?;
    if let Some(path) = &arguments.out.out {
        run.output.note(&format!("a request of {count} rows is in `{}`", path.display()));
    }
    Ok(Exit::Done)
}

/// What the files want of the two attributes of roles, and nothing else.
fn narrowed(desired: &Desired, pack: &Pack) -> Desired {
    let mut roles = BTreeMap::new();
    for (key, role) in desired.objects.get(&Kind::Role).into_iter().flatten() {
        let mut role = role.clone();
        role.attributes.retain(|name, _| fields(pack).any(|field| field.attribute() == name));
        role.written_grants = None;
        if !role.attributes.is_empty() {
            roles.insert(key.clone(), role);
        }
    }
    let objects = BTreeMap::from([(Kind::Role, roles)]);
    let (sources, removed_values) = (desired.sources.clone(), Some(BTreeSet::new()));
    Desired { sources, objects, removed_values, ..Desired::default() }
}

/// Those of the two that roles of the platform have.
fn fields(pack: &Pack) -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(|field| pack.roles.attributes.contains_key(field.attribute()))
}

/// A row for each role that differs; a failure that names everything which stands in the way.
fn rows(plan: &Plan, live: &Live, pack: &Pack) -> Result<Vec<DraftRow>, Failure> {
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    let by_name: BTreeMap<String, &LiveObject> =
        live.objects(Kind::Role).iter().map(|role| (fold(&role.name).into_owned(), role)).collect();
    for change in plan.changes.iter().filter(|change| change.kind == Kind::Role) {
        match row(change, &by_name, pack) {
            Ok(row) => rows.push(row),
            Err(why) => missing.push(format!("`{}` {why}", change.address)),
        }
    }
    if missing.is_empty() {
        return Ok(rows);
    }
    Err(Failure::new(Exit::Refused, format!("the request would not be complete: {}", missing.join("; ")))
        .hint("nothing was written; apply that first, or leave it out with `--except`"))
}

fn row(change: &Change, by_name: &BTreeMap<String, &LiveObject>, pack: &Pack) -> Result<DraftRow, String> {
    match change.action {
        Action::Update => {}
        Action::Create => return Err("has to be made first".to_owned()),
        Action::Replace => return Err("has to be replaced by a new one first".to_owned()),
        Action::Delete => return Err("is deleted".to_owned()),
    }
    let is_renamed = change.fields.iter().filter(|field| field.path == attribute::NAME).any(|name| {
        matches!((&name.before, &name.after), (Value::Text(before), Value::Text(after)) if fold(before) != fold(after))
    });
    let role = by_name.get(&*fold(&change.address.name)).filter(|_| !is_renamed);
    let Some(role) = role else { return Err("has to be renamed first".to_owned()) };
    let mut row = DraftRow { role: role.name.clone(), ..DraftRow::default() };
    for field in fields(pack) {
        let now = role.attributes.get(field.attribute());
        let changed = change.fields.iter().find(|changed| changed.path == field.attribute());
        let wanted = changed.map(|changed| &changed.after).or(now);
        let wanted = names(wanted);
        if wanted.is_empty() && is_required(field, pack) {
            return Err(format!("would have no {}", field.attribute()));
        }
        row.wanted.insert(field, wanted);
        row.expected.insert(field, names(now));
    }
    Ok(row)
}

/// Whether a role must have a name at least of these.
fn is_required(field: Field, pack: &Pack) -> bool {
    let rules = pack.roles.attributes.get(field.attribute());
    rules.is_some_and(|rules| rules.presence == Presence::Required)
}

fn names(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        Some(Value::Names(names)) => names.clone(),
        Some(Value::Text(name)) => BTreeSet::from([name.clone()]),
        _ => BTreeSet::new(),
    }
}

/// What else the files want, in a line; nothing, where that is all.
fn others(plan: &Plan) -> Option<String> {
    /// As many as a line holds.
    const SHOWN: usize = 5;
    let is_of_rows = |path: &str| Field::ALL.iter().any(|field| field.attribute() == path);
    let more = |change: &&Change| {
        let is_row = change.kind == Kind::Role && change.action == Action::Update;
        !is_row || change.fields.iter().any(|field| !is_of_rows(&field.path))
    };
    let others: Vec<String> = plan
        .changes
        .iter()
        .filter(more)
        .map(|change| {
            let paths = change.fields.iter().map(|field| field.path.as_str()).filter(|path| !is_of_rows(path));
            match change.action {
                Action::Update => format!("`{}` ({})", change.address, paths.collect::<Vec<_>>().join(", ")),
                Action::Create | Action::Replace | Action::Delete => format!("`{}`", change.address),
            }
        })
        .chain(plan.manual.iter().map(|manual| format!("`{}`", manual.address)))
        .collect();
    let rest = others.len().saturating_sub(SHOWN);
    let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    (!others.is_empty()).then(|| format!("{}{rest}", others[..others.len().min(SHOWN)].join(", ")))
}
