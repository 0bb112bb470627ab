//! A role's grants as manifests write them.
//!
//! Only what stays exact is shortened: a list of actions never becomes `all`, which would take in what
//! the vendor adds later. `view` alone stands for a functionality where that is what it means there.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::copy;
use super::yaml::Yaml;
use crate::document::{Entry, Kind, NodeRef};
use crate::platform::{Catalogue, Pack, entity_of};

/// What manifests read as something else than the identifier of an entity.
const NO_ENTITY: [&str; 2] = ["all", "all_except"];

/// The grants by entity and action.
///
/// # Errors
///
/// Why a manifest cannot say them.
pub(super) fn permissions(grants: &BTreeSet<String>, catalogue: Catalogue<'_>) -> Result<Yaml, String> {
    let grants = catalogue.normal(grants.clone());
    let mut entities: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for grant in &grants {
        let mut parts = grant.splitn(3, '.');
        let (entity, action, field) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let Some(action) = action.filter(|_| !NO_ENTITY.contains(&entity)) else {
            return Err(format!("the permission `{grant}` has no form in manifests"));
        };
        let fields = entities.entry(entity).or_default().entry(action).or_default();
        fields.extend(field);
    }
    if entities.is_empty() {
        return Ok(Yaml::List(Vec::new()));
    }
    let entity = |(entity, actions): (&str, BTreeMap<&str, BTreeSet<&str>>)| {
        let view = format!("{entity}.view");
        if grants.contains(&view) && catalogue.needs_view(&view) {
            return (entity.to_owned(), Yaml::List(vec!["view".to_owned()]));
        }
        (entity.to_owned(), of_entity(actions))
    };
    Ok(Yaml::Block(entities.into_iter().map(entity).collect()))
}

/// The actions: a list, or a map where one of them is limited to fields.
fn of_entity(actions: BTreeMap<&str, BTreeSet<&str>>) -> Yaml {
    if actions.values().all(BTreeSet::is_empty) {
        return Yaml::List(actions.into_keys().map(str::to_owned).collect());
    }
    let action = |(action, fields): (&str, BTreeSet<&str>)| {
        let fields = if fields.is_empty() {
            Yaml::Text("all".to_owned())
        } else {
            Yaml::List(fields.into_iter().map(str::to_owned).collect())
        };
        (action.to_owned(), fields)
    };
    Yaml::Map(actions.into_iter().map(action).collect())
}

/// The same in the form that a file has, as far as that means what is live: an entity under its alias, with
/// `all` or whatever stands behind it; a list of entities, where each is granted whole.
pub(super) fn in_place(
    node: NodeRef<'_>,
    written: &Yaml,
    grants: &BTreeSet<String>,
    catalogue: Catalogue<'_>,
    pack: &Pack,
) -> Yaml {
    let grants = catalogue.normal(grants.clone());
    let Some(entities) = written.entries() else { return written.clone() };
    let of_entity = |id: &str| grants.iter().filter(|grant| entity_of(grant) == id).cloned().collect::<BTreeSet<_>>();
    let none = BTreeSet::new();
    let whole = |id: &str| catalogue.expand(false, &none, &BTreeSet::from([id.to_owned()]), None);
    let names =
        |id: &str, name: &str| name == id || pack.catalogue.get(id).is_some_and(|known| known.aliases.contains(name));
    if node.kind() == Kind::List && entities.iter().all(|(id, _)| of_entity(id) == whole(id)) {
        let name = |id: &String| {
            node.items().filter_map(NodeRef::as_text).find(|name| names(id, name)).unwrap_or(id).to_owned()
        };
        return Yaml::List(entities.iter().map(|(id, _)| name(id)).collect());
    }
    let entry = |(id, yaml): &(String, Yaml)| {
        let found = node.entries().find(|entry| names(id, entry.name()));
        let name = found.map_or(id.as_str(), |entry| entry.name()).to_owned();
        let meant = found.map(|entry| catalogue.expand(false, &none, &meaning(id, entry.value), None));
        match found.filter(|_| meant == Some(of_entity(id))) {
            Some(entry) => (name, copy(entry.value)),
            None => (name, yaml.clone()),
        }
    };
    Yaml::Block(entities.iter().map(entry).collect())
}

/// What stands behind an entity, as grants.
fn meaning(id: &str, node: NodeRef<'_>) -> BTreeSet<String> {
    let texts = |node: NodeRef<'_>| node.items().filter_map(NodeRef::as_text).map(str::to_owned).collect::<Vec<_>>();
    match node.kind() {
        Kind::Text => BTreeSet::from([id.to_owned()]),
        Kind::List => texts(node).into_iter().map(|action| format!("{id}.{action}")).collect(),
        _ => {
            let of_action = |entry: Entry<'_>| {
                let action = format!("{id}.{}", entry.name());
                match entry.value.kind() {
                    Kind::List => texts(entry.value).into_iter().map(|field| format!("{action}.{field}")).collect(),
                    _ => vec![action],
                }
            };
            node.entries().flat_map(of_action).collect()
        }
    }
}
