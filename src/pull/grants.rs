//! A role's grants as manifests write them.
//!
//! Only what stays exact is shortened: a list of actions never becomes `all`, which would take in what
//! the vendor adds later. `view` alone stands for a functionality where that is what it means there.

use std::collections::{BTreeMap, BTreeSet};

use super::yaml::Yaml;
use crate::platform::Catalogue;

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
        let fields = match fields.is_empty() {
            true => Yaml::Text("all".to_owned()),
            false => Yaml::List(fields.into_iter().map(str::to_owned).collect()),
        };
        (action.to_owned(), fields)
    };
    Yaml::Map(actions.into_iter().map(action).collect())
}
