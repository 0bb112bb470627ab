//! Where manifests in reach declare what a request changes: the patch that makes them say the same.
//!
//! The next `apply` of such a project would take the request back without a word, so whoever runs it
//! gets the difference. How files are edited is `pull`'s; what it cannot edit is named with its place.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::requested::{Read, RequestArgs};
use crate::bulk::{Field, Listed};
use crate::cli::Run;
use crate::cli::commands::update::difference;
use crate::cli::failure::Failure;
use crate::cli::format::{PlanFormat, PlanFormatArgs};
use crate::cli::load::{Loaded, SetArgs, load};
use crate::platform::Pack;
use crate::pull::{self, FieldEdit};
use crate::report::visible;
use crate::state::{Address, Declared, Desired, DesiredObject, Kind, Value, fold};

/// Shows what the manifests have to say so that they agree with the request.
pub fn tell(run: &mut Run, read: &Read, arguments: &RequestArgs, told: &PlanFormatArgs) -> Result<(), Failure> {
    if read.loaded.project.is_none() {
        return Ok(());
    }
    let set = SetArgs { paths: Vec::new(), place: arguments.place.clone() };
    let declared = load(run, &set)?;
    let Some((desired, pack)) = declared.valid() else {
        run.output.note("the manifests here are not valid, so that they are not compared with the request");
        return Ok(());
    };
    let differing = differing(read, desired);
    if differing.is_empty() {
        return Ok(());
    }
    let patch = patch(&declared, desired, pack, &differing);
    let text =
        format!("\nThe manifests say otherwise, and their next apply would take this back. Change them:\n\n{patch}");
    if told.format == PlanFormat::Text {
        return run.output.result(&text);
    }
    run.output.words(&text);
    Ok(())
}

/// A list that a manifest declares otherwise than the request has it.
struct Differing<'a> {
    role: &'a DesiredObject,
    field: Field,
    declared: &'a Declared,
    wanted: &'a Listed,
}

fn differing<'a>(read: &'a Read, desired: &'a Desired) -> Vec<Differing<'a>> {
    let mut differing = Vec::new();
    for row in &read.request.rows {
        let Some(role) = desired.find(Kind::Role, &row.role.value) else { continue };
        for field in Field::ALL {
            let (wanted, declared) = (row.wanted.get(field), role.attributes.get(field.attribute()));
            if let (Some(wanted), Some(declared)) = (wanted, declared)
                && !is_same(declared, wanted)
            {
                differing.push(Differing { role, field, declared, wanted });
            }
        }
    }
    differing
}

fn is_same(declared: &Declared, wanted: &Listed) -> bool {
    let folded = |names: &BTreeSet<String>| names.iter().map(|name| fold(name).into_owned()).collect::<BTreeSet<_>>();
    match &declared.value {
        Value::Names(names) => folded(names) == folded(&wanted.names),
        _ => wanted.names.is_empty(),
    }
}

/// The unified difference that makes the manifests agree, and by their places the lists that nothing can
/// edit, as where two roles share one by an alias.
fn patch(declared: &Loaded, desired: &Desired, pack: &Pack, differing: &[Differing<'_>]) -> String {
    let edits: Vec<FieldEdit> = differing
        .iter()
        .map(|one| FieldEdit {
            address: Address::new(Kind::Role, one.role.name.as_str()),
            attribute: one.field.attribute().to_owned(),
            value: Value::names(one.wanted.names.clone()),
        })
        .collect();
    let (made, left) = pull::edit(desired, &declared.manifests, pack, &edits);
    let patch: String = made.iter().map(|edit| visible_lines(&difference(&desired.sources, edit))).collect();
    let is_left = |one: &&Differing<'_>| left.iter().any(|left| left.address.name == one.role.name);
    let by_hand: Vec<&Differing<'_>> = differing.iter().filter(is_left).collect();
    patch + &named(desired, &by_hand)
}

/// Each declaration with its place.
fn named(desired: &Desired, differing: &[&Differing<'_>]) -> String {
    let mut lines = String::new();
    for Differing { role, field, declared, wanted } in differing {
        let place = desired.origin(declared.span.or(role.span));
        let place = place.map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let (name, what) = (visible(&role.name), field.attribute());
        let list: Vec<String> = wanted.names.iter().map(|name| format!("`{}`", visible(name))).collect();
        let _ = writeln!(lines, "  {}the {what} of role `{name}`: {}", visible(&place), list.join(", "));
    }
    lines
}

/// Control characters that stand in somebody's files do not reach a terminal.
fn visible_lines(text: &str) -> String {
    text.split_inclusive('\n').fold(String::new(), |mut lines, line| {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let (body, end) = body.strip_suffix('\r').map_or((body, end), |body| (body, "\r\n"));
        let tabs: Vec<_> = body.split('\t').map(visible).collect();
        lines.push_str(&tabs.join("\t"));
        lines.push_str(end);
        lines
    })
}
