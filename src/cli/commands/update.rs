//! `rolecall pull --update`: files that are there, brought up to date. The difference is shown first.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use similar::TextDiff;

use super::plan::is_valid;
use super::pull::{Pull, left_out, read};
use crate::cli::Run;
use crate::cli::confirm::Confirmation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::format::FindingsFormat;
use crate::cli::load::{SetArgs, load};
use crate::cli::policy::AllowArgs;
use crate::cli::replace::write_all;
use crate::diagnostic::Code;
use crate::plan::{self, Policy, counted};
use crate::pull::{FileEdit, LeftAsItIs, UpdateOptions, Updated, update};
use crate::report::visible;
use crate::source::Sources;
use crate::state::{Assignments, Desired, Kind};

/// Whether and how files that are there are brought up to date.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct UpdateArgs {
    /// The manifests, where there is no project
    #[arg(value_name = "PATH", requires = "update")]
    paths: Vec<PathBuf>,
    /// Change what differs in the manifests that are there
    #[arg(long)]
    pub update: bool,
    /// Leave live objects out that no file names
    #[arg(long, requires = "update")]
    declared_only: bool,
    /// Show the difference and write nothing
    #[arg(long, requires = "update", conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short, requires = "update")]
    yes: bool,
    /// With `--dry-run`: end with 2 when the files differ
    #[arg(long, requires = "dry_run")]
    detailed_exitcode: bool,
    #[command(flatten)]
    allowances: AllowArgs,
}

/// Brings the files up to date.
pub(super) fn run(arguments: &Pull, run: &mut Run) -> Result<Exit, Failure> {
    let UpdateArgs { paths, declared_only, dry_run, yes, detailed_exitcode, allowances, .. } = &arguments.update;
    let terminal = std::io::stdin().is_terminal();
    if !(terminal || *yes || *dry_run) {
        return Err(Failure::usage("pull would ask before it changes files, and stdin is no terminal")
            .hint("add `--yes`, or `--dry-run` to see the difference"));
    }
    let loaded = load(run, &SetArgs { paths: paths.clone(), place: arguments.place.clone() })?;
    if !is_valid(&loaded, run, FindingsFormat::Human)? {
        return Ok(Exit::Invalid);
    }
    let (desired, pack) = loaded.valid().expect("it was looked at above");
    let live = read(arguments, run, &loaded, pack)?;
    let assigned = desired.assignments.as_ref().map_or(0, Assignments::len);
    if live.users.is_empty() && assigned > 0 {
        let message =
            format!("the target lists no users at all, and the files assign {assigned}: that looks like a broken list");
        return Err(Failure::new(Exit::Refused, message)
            .hint("no file was changed; take the assignments out by hand if it is so"));
    }
    let owner = loaded.project.as_ref().and_then(|project| project.owner.clone());
    let options = UpdateOptions { owner, declared_only: *declared_only };
    let Updated { edits, left, left_out: unsaid, problems, gone } =
        update(desired, &loaded.manifests, &live, pack, &options);
    for edit in &edits {
        run.output.result(&difference(&desired.sources, edit))?;
    }
    let ended = |run: &Run| match (left_as_is(run, &desired.sources, &left), left_out(run, &unsaid, &problems)) {
        (false, ended) => ended,
        (true, _) => Exit::Incomplete,
    };
    if edits.is_empty() {
        run.output.note(if left.is_empty() && problems.is_empty() {
            "the files say what the target holds, as far as they declare it"
        } else {
            "there is nothing that can be changed in the files"
        });
        return Ok(ended(run));
    }
    let policy = allowances.policy(&loaded, "");
    not_too_much_goes(desired, &gone, &policy)?;
    if *dry_run {
        return Ok(match ended(run) {
            Exit::Done if *detailed_exitcode => Exit::Pending,
            ended => ended,
        });
    }
    let count = counted(edits.len() as u64, "file");
    let confirmation = if *yes { Confirmation::Given } else { Confirmation::Yes };
    if let Some(exit) = confirmation.ask(run, &format!("Change {count}?"))? {
        return Ok(exit);
    }
    // Somebody may have had an editor open while the question stood.
    for edit in &edits {
        let now = fs::read_to_string(&edit.path);
        if !now.is_ok_and(|now| now == desired.sources.text(edit.source)) {
            return Err(Failure::new(Exit::Stale, format!("`{}` has changed meanwhile", edit.path))
                .hint("nothing was written; run it again"));
        }
    }
    let texts: Vec<(PathBuf, &str)> =
        edits.iter().map(|edit| (PathBuf::from(&edit.path), edit.after.as_str())).collect();
    write_all(&texts)?;
    run.output.note(&format!("{count} changed"));
    Ok(ended(run))
}

/// A target that is not the one of the files has none of what they declare: so much does not go unasked.
fn not_too_much_goes(desired: &Desired, gone: &BTreeMap<Kind, u64>, policy: &Policy) -> Result<(), Failure> {
    let roles = desired.objects.get(&Kind::Role).map_or(0, BTreeMap::len);
    let users = desired.assignments.as_ref().map_or(0, Assignments::len);
    let mut refused = Vec::new();
    let mut allow = Vec::new();
    for (kind, of, noun, code) in
        [(Kind::Role, roles, "role", Code::RoleRemovals), (Kind::User, users, "assignment", Code::Removals)]
    {
        let (of, count) = (of as u64, gone.get(&kind).copied().unwrap_or_default());
        let allowed = policy.allow.get(&code).copied().unwrap_or_default();
        let is_all = of > 1 && count >= of;
        if (is_all || plan::is_much_removed(kind, count, of, policy.guards)) && count > allowed {
            refused.push(format!("{count} of {}", counted(of, noun)));
            allow.push(format!("`--allow {}={count}`", code.name()));
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("{} would go from the files: the target does not hold them", refused.join(" and "));
    Err(Failure::new(Exit::Refused, message).hint(format!(
        "no file was changed; if it is the target that the files are for, {} lets it pass",
        allow.join(" with ")
    )))
}

/// One file's difference, as a patch.
pub fn difference(sources: &Sources, edit: &FileEdit) -> String {
    let before = sources.text(edit.source);
    let path = edit.path.replace('\\', "/");
    let (old, new) =
        if path.starts_with(['/', '.']) { (path.clone(), path) } else { (format!("a/{path}"), format!("b/{path}")) };
    TextDiff::from_lines(before, &edit.after).unified_diff().header(&old, &new).to_string()
}

/// Names the entries that stay different; whether there are any.
fn left_as_is(run: &Run, sources: &Sources, left: &[LeftAsItIs]) -> bool {
    for LeftAsItIs { address, span, reason } in left {
        let place = span.map(|span| sources.locate(span));
        let place = place.map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column)).unwrap_or_default();
        run.output.note(&visible(&format!("{place}`{address}` stays as it is: {reason}")));
    }
    !left.is_empty()
}
