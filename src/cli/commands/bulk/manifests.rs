//! Where manifests in reach declare what a request changes: the patch that makes them say the same.
//!
//! The next `apply` of such a project would take the request back without a word, so whoever runs it
//! gets the difference. Lists are rewritten where they stand and nothing else is touched; what cannot
//! be rewritten so is named with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use similar::TextDiff;

use super::requested::{Read, RequestArgs};
use crate::bulk::{Field, Listed};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::format::{PlanFormat, PlanFormatArgs};
use crate::cli::load::{Loaded, SetArgs, load};
use crate::manifest;
use crate::report::visible;
use crate::source::{SourceId, Sources, Span};
use crate::state::{Declared, Desired, DesiredObject, Kind, Value, fold};

/// Shows what the manifests have to say so that they agree with the request.
pub fn tell(run: &mut Run, read: &Read, arguments: &RequestArgs, told: &PlanFormatArgs) -> Result<(), Failure> {
    if read.loaded.project.is_none() {
        return Ok(());
    }
    let set = SetArgs { paths: Vec::new(), place: arguments.place.clone() };
    let declared = load(run, &set)?;
    let Some((desired, _)) = declared.valid() else {
        run.output.note("the manifests here are not valid, so that they are not compared with the request");
        return Ok(());
    };
    let differing = differing(read, desired);
    if differing.is_empty() {
        return Ok(());
    }
    let patch = patch(&declared, &differing, read).unwrap_or_else(|| named(desired, &differing));
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

/// The unified difference that makes the manifests agree; nothing where writing the lists anew would
/// change anything else, as where two roles share one by an alias.
fn patch(declared: &Loaded, differing: &[Differing<'_>], read: &Read) -> Option<String> {
    let (desired, pack) = declared.valid()?;
    let mut edits: BTreeMap<SourceId, Vec<(Range<usize>, String)>> = BTreeMap::new();
    for one in differing {
        let span: Span = one.declared.span?;
        edits.entry(span.source).or_default().push((span.range(), flow(&one.wanted.names)));
    }
    let (mut patch, mut patched, mut ids) = (String::new(), Sources::default(), Vec::new());
    for &id in &declared.manifests {
        let (path, before) = (desired.sources.path(id), desired.sources.text(id));
        let mut after = before.to_owned();
        if let Some(of_file) = edits.get_mut(&id) {
            of_file.sort_by_key(|(range, _)| range.start);
            if of_file.windows(2).any(|pair| pair[0].0.end > pair[1].0.start) {
                return None;
            }
            for (range, list) in of_file.iter().rev() {
                after.replace_range(range.clone(), list);
            }
            let shown = visible(path);
            let diff = TextDiff::from_lines(before, after.as_str());
            let _ = write!(patch, "{}", diff.unified_diff().header(&format!("a/{shown}"), &format!("b/{shown}")));
        }
        ids.push(patched.add(path, after));
    }
    // What was written must be read as what was meant, and nothing else may be read otherwise.
    let (again, _, _) = manifest::read(&patched, &ids, pack);
    let again = again?;
    let is_right = self::differing(read, &again).is_empty() && is_same_beside(desired, &again, differing);
    is_right.then(|| visible_lines(&patch))
}

/// Whether two sets of manifests differ in these lists at most.
fn is_same_beside(before: &Desired, after: &Desired, differing: &[Differing<'_>]) -> bool {
    let edited: BTreeSet<(String, &str)> =
        differing.iter().map(|one| (fold(&one.role.name).into_owned(), one.field.attribute())).collect();
    let values = |desired: &Desired| -> BTreeMap<(Kind, String, String), Value> {
        let mut values = BTreeMap::new();
        for (&kind, objects) in &desired.objects {
            for (key, object) in objects {
                for (name, declared) in &object.attributes {
                    if kind != Kind::Role || !edited.contains(&(key.clone(), name.as_str())) {
                        values.insert((kind, key.clone(), name.clone()), declared.value.clone());
                    }
                }
            }
        }
        values
    };
    values(before) == values(after)
}

/// Each declaration with its place.
fn named(desired: &Desired, differing: &[Differing<'_>]) -> String {
    let mut lines = String::new();
    for Differing { role, field, declared, wanted } in differing {
        let place = desired.origin(declared.span.or(role.span));
        let place = place.map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let (name, what, list) = (visible(&role.name), field.attribute(), flow(&wanted.names));
        let _ = writeln!(lines, "  {}role `{name}` wants `{what}: {}`", visible(&place), visible(&list));
    }
    lines
}

/// A list of names as YAML writes it in one line; a name that could be read as something else is quoted.
fn flow(names: &BTreeSet<String>) -> String {
    let is_plain = |name: &str| {
        let words = ["true", "false", "null", "yes", "no", "on", "off"];
        name.starts_with(char::is_alphabetic)
            && !name.ends_with(' ')
            && name.chars().all(|c| c.is_alphanumeric() || " _&/+-".contains(c))
            && !words.contains(&name.to_lowercase().as_str())
    };
    // A text of JSON is one of YAML.
    let quoted = |name: &String| serde_json::to_string(name).expect("a text is JSON");
    let item = |name: &String| if is_plain(name) { name.clone() } else { quoted(name) };
    format!("[{}]", names.iter().map(item).collect::<Vec<_>>().join(", "))
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
