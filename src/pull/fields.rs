//! Single fields of manifests that are there.

use super::edit::{Entry, Patch};
use super::index::{FileEdit, Index, LeftAsItIs, Wanted, trees, with_edits};
use super::spelling::key;
use super::yaml::Yaml;
use crate::document::NodeRef;
use crate::manifest;
use crate::plan::kind_of;
use crate::platform::{Form, Pack};
use crate::source::SourceId;
use crate::state::{Address, Desired, Kind, Value, attribute, fold};

/// What a field of a role shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldEdit {
    /// The role.
    pub address: Address,
    /// The attribute, by its name in the files.
    pub attribute: String,
    /// The value.
    pub value: Value,
}

/// The edits that give declared fields these values. What no file declares is not touched: a role that no
/// file has, and a field that the file leaves as it is.
///
/// Fields that cannot be edited are in the second list; when the files would not be valid any more, all of
/// them are.
#[must_use]
pub fn edit(
    desired: &Desired,
    manifests: &[SourceId],
    pack: &Pack,
    edits: &[FieldEdit],
) -> (Vec<FileEdit>, Vec<LeftAsItIs>) {
    let trees = trees(&desired.sources, manifests);
    let index = Index::new(&trees);
    let (mut wanted, mut left) = (Wanted::default(), Vec::new());
    let mut of_entry: Vec<(super::index::Place<'_>, Vec<(String, Entry)>)> = Vec::new();
    for FieldEdit { address, attribute: name, value } in edits {
        let object = desired.find(address.kind, &address.name).filter(|_| address.kind == Kind::Role);
        let Some(place) = object.and_then(|object| index.at(object.span)) else { continue };
        let Some(node) = place.value.get(name) else { continue };
        let Some(yaml) = written(pack, name, node, value) else {
            let reason = format!("`{name}` is not edited in place; edit it by hand");
            left.push(LeftAsItIs { address: address.clone(), span: Some(place.key.span()), reason });
            continue;
        };
        let entry = (name.clone(), Entry::Value(Patch::Becomes(yaml)));
        match of_entry.iter_mut().find(|(other, _)| other.key.span() == place.key.span()) {
            Some((_, entries)) => entries.push(entry),
            None => of_entry.push((place, vec![entry])),
        }
    }
    for (place, entries) in of_entry {
        wanted.patch(&place, entries);
    }
    let (made, refused) = wanted.edited(&desired.sources, manifests);
    left.extend(refused);
    let (after, ids) = with_edits(&desired.sources, manifests, &made);
    let ids: Vec<SourceId> = ids.into_iter().map(|(new, _)| new).collect();
    let (result, found, _) = manifest::read(&after, &ids, pack);
    if result.is_some() {
        return (made, left);
    }
    let why = found.sorted().into_iter().next().map(|finding| finding.message).unwrap_or_default();
    let refused = edits.iter().map(|edit| {
        let span = desired.find(edit.address.kind, &edit.address.name).and_then(|object| object.span);
        LeftAsItIs { address: edit.address.clone(), span, reason: format!("the files would not be valid: {why}") }
    });
    (Vec::new(), refused.collect())
}

/// A value as files have it; names that mean one that stands there keep its spelling.
fn written(pack: &Pack, name: &str, node: NodeRef<'_>, value: &Value) -> Option<Yaml> {
    let rules = pack.roles.attributes.get(name).filter(|_| name != attribute::PERMISSIONS)?;
    let own = |name: &str| rules.of.map_or_else(|| fold(name).into_owned(), |of| key(pack, kind_of(of), name));
    let spelled = |name: &String| {
        let there = node.items().filter_map(NodeRef::as_text).find(|item| own(item) == own(name));
        there.unwrap_or(name).to_owned()
    };
    match (rules.form, value) {
        (Form::Names, Value::Names(names)) => Some(Yaml::List(names.iter().map(spelled).collect())),
        (Form::Names, Value::Absent) => Some(Yaml::List(Vec::new())),
        (Form::Name | Form::Text, Value::Text(text)) => Some(Yaml::Text(text.clone())),
        (Form::Name | Form::Text, Value::Absent) => Some(Yaml::Text(String::new())),
        _ => None,
    }
}
