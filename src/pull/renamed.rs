//! Objects that are called otherwise on the target than in the files.
//!
//! Responsible for what they are called there, and for the names that their entries say they had before.
//! Not responsible for the edits themselves (`update`).

use super::edit::{Entry, Patch};
use super::yaml::Yaml;
use crate::document::NodeRef;
use crate::plan::{Action, Change};
use crate::state::{Value, attribute, fold};

/// What an object is called on the target, where that is not what the files call it.
pub(super) fn live_name(change: &Change) -> Option<&str> {
    let field = change.fields.iter().find(|field| field.path == attribute::NAME)?;
    match &field.before {
        Value::Text(name) if change.action != Action::Create => Some(name),
        _ => None,
    }
}

/// The key of the names that a role had before.
const PREVIOUSLY: &str = "previously";

/// What becomes of the names that a renamed role had before: what it is called now it was not called
/// before, and one that the platform has brought along is known by the name that it came with.
pub(super) fn previously(entry: NodeRef<'_>, live: &Yaml, live_name: &str) -> Option<(String, Entry)> {
    let written = entry.get(PREVIOUSLY);
    let came_with = live.entries().into_iter().flatten().find(|(name, _)| name == PREVIOUSLY);
    let came_with = match came_with {
        Some((_, Yaml::List(names))) => names.as_slice(),
        _ => &[],
    };
    let names: Vec<&str> = written.iter().flat_map(|node| node.items()).filter_map(NodeRef::as_text).collect();
    let mut kept: Vec<&str> = names.iter().copied().filter(|name| fold(name) != fold(live_name)).collect();
    for name in came_with {
        if !kept.iter().any(|kept| fold(kept) == fold(name)) {
            kept.push(name);
        }
    }
    if kept == names {
        return None;
    }
    let list = Yaml::List(kept.iter().map(|&name| name.to_owned()).collect());
    let entry = match written {
        Some(_) if kept.is_empty() => Entry::Gone,
        Some(_) => Entry::Value(Patch::Becomes(list)),
        None => Entry::New(list),
    };
    Some((PREVIOUSLY.to_owned(), entry))
}
