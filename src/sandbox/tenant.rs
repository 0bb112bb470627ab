//! What the vendor has set up for one customer: what is enabled, and how many seats there are.
//!
//! Responsible for writing it as a seed and for telling where a database that was filled earlier
//! falls short of it. Not responsible for holding roles and users to it (`roles`, `rules`).

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::platform::{Pack, Section, VocabularyMode};

use super::database;
use super::fold::fold;
use super::seed::kind_of;
use super::served::{Kind, Served};

/// What the vendor has set up for one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenant {
    /// The names of the tenant's vocabularies that are enabled, in the vendor's spelling. Other
    /// vocabularies are left out of the seed.
    pub enabled: BTreeMap<Section, BTreeSet<String>>,
    /// How many seats a user type has; `None` and every type that is not named here: any number.
    /// Left out of the seed where user types are managed from the files, or absent.
    pub licenses: BTreeMap<String, Option<u64>>,
    /// What it has subscribed to, by the pack's keys; `None`: everything that the pack knows.
    pub subscriptions: Option<BTreeSet<String>>,
}

impl Tenant {
    /// The tenant as [`Settings.seed`](super::Settings::seed).
    #[must_use]
    pub fn seed(&self, pack: &Pack) -> Vec<Value> {
        let mut seed = Vec::from_iter(self.subscriptions.as_ref().map(Self::organization));
        for (&section, names) in &self.enabled {
            if section == Section::UserTypes || pack.vocabulary(section).mode != VocabularyMode::Tenant {
                continue;
            }
            for name in names {
                let kind = kind(section).name();
                seed.push(json!({ "meta": { "resourceType": kind }, "displayName": name, "enabled": true }));
            }
        }
        let user_types = pack.vocabulary(Section::UserTypes);
        if !matches!(user_types.mode, VocabularyMode::Closed | VocabularyMode::Tenant) {
            return seed;
        }
        let vendors = user_types.values.iter().map(|value| value.name.as_str());
        let enabled = self.enabled.get(&Section::UserTypes).into_iter().flatten().map(String::as_str);
        let vendors = vendors.filter(|_| user_types.mode == VocabularyMode::Closed);
        let names: BTreeSet<&str> = vendors.chain(enabled).chain(self.licenses.keys().map(String::as_str)).collect();
        for name in names {
            let seats = self.licenses.get(name).copied().flatten();
            let mut user_type = json!({
                "meta": { "resourceType": Kind::UserType.name() },
                "displayName": name,
                "limitedAssignmentsPermitted": seats.is_some(),
            });
            if let Some(seats) = seats {
                user_type["totalAssignmentsPermitted"] = json!(seats);
            }
            seed.push(user_type);
        }
        seed
    }

    /// An organization with these subscriptions, as a resource of a seed.
    #[must_use]
    pub fn organization(subscriptions: &BTreeSet<String>) -> Value {
        json!({ "meta": { "resourceType": Kind::Organization.name() }, "subscriptions": subscriptions })
    }
}

/// Under which name the database keeps what the organization has subscribed to.
const SUBSCRIPTIONS: &str = "subscriptions";

/// What the organization has subscribed to; everything, where nobody has said.
pub(super) fn subscriptions(connection: &Connection, pack: &Pack) -> rusqlite::Result<BTreeSet<String>> {
    let kept = database::about(connection, SUBSCRIPTIONS)?;
    let kept = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    Ok(kept.unwrap_or_else(|| pack.subscriptions.keys().cloned().collect()))
}

/// Keeps what a seed says of the organization.
pub(super) fn subscribe(connection: &Connection, organization: &Map<String, Value>) -> rusqlite::Result<()> {
    let none = Value::Array(Vec::new());
    let subscriptions = organization.get(SUBSCRIPTIONS).unwrap_or(&none);
    database::set_about(connection, SUBSCRIPTIONS, &subscriptions.to_string())
}

/// The type of a vocabulary's values.
pub(super) fn kind(section: Section) -> Kind {
    match section {
        Section::Classifications => Kind::Classification,
        Section::Segments => Kind::Segment,
        Section::UserTypes => Kind::UserType,
    }
}

/// Where a database falls short of a seed in what only the vendor can change.
pub(super) fn unmet(connection: &Connection, served: &Served, seed: &[Value]) -> rusqlite::Result<Vec<String>> {
    let mut unmet = BTreeSet::new();
    // Of several organizations the last is what holds.
    let organization = seed.iter().rev().find(|resource| kind_of(served, resource).ok() == Some(Kind::Organization));
    if let Some(wanted) = organization.and_then(|organization| organization.get(SUBSCRIPTIONS)?.as_array()) {
        let kept = subscriptions(connection, &served.pack)?;
        let lacking = wanted.iter().filter_map(Value::as_str).filter(|name| !kept.contains(*name));
        unmet.extend(lacking.map(|name| format!("`{name}` is not subscribed to")));
    }
    for resource in seed {
        let Ok(kind) = kind_of(served, resource) else { continue };
        let is_vendors = served.of(kind).is_some_and(|of| !of.writable);
        let Some(name) = resource.get(kind.key()).and_then(Value::as_str).filter(|_| is_vendors) else { continue };
        let found = database::by_key(connection, kind, &fold(name))?.map(|row| row.attributes());
        let is_enabled = |of: &Map<String, Value>| of.get("enabled") != Some(&Value::Bool(false));
        let Some(wanted) = resource.as_object().filter(|wanted| is_enabled(wanted)) else { continue };
        let one = match kind {
            Kind::UserType => "user type".to_owned(),
            kind => kind.name().to_lowercase(),
        };
        match found {
            None if kind != Kind::Segment => drop(unmet.insert(format!("{one} `{name}` is not there"))),
            Some(found) if is_enabled(&found) => {
                let (wanted, found) = (seats(wanted), seats(&found));
                if let Some(found) = found
                    && wanted.is_none_or(|wanted| found < wanted)
                {
                    let wanted = wanted.map_or("any number".to_owned(), |wanted| wanted.to_string());
                    unmet.insert(format!("{one} `{name}` has {found} seats, not {wanted}"));
                }
            }
            _ => drop(unmet.insert(format!("{one} `{name}` is not enabled"))),
        }
    }
    Ok(unmet.into_iter().collect())
}

/// How many seats a user type has; `None` where they are not limited.
pub(super) fn seats(user_type: &Map<String, Value>) -> Option<i64> {
    (user_type.get("limitedAssignmentsPermitted") == Some(&Value::Bool(true)))
        .then(|| user_type.get("totalAssignmentsPermitted").and_then(Value::as_i64).unwrap_or(0))
}
