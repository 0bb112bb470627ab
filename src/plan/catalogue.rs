//! What there is to grant here, and what every role grants in the one normal form.
//!
//! The target's catalogue counts, where it publishes one; what it has no place for (labels, what
//! is sensitive, which actions can be limited to fields) comes from the pack. Grants of the files
//! and of the target get their normal form once for each role. Not responsible for whether a role
//! may grant them (`grants`).

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{FEW, Findings};
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::platform::{self, BuiltInRole, Entity, EntityKind, Pack, Section};
use crate::state::{CatalogueEntity, DesiredObject, Kind, Live, LiveObject, Value, attribute, fold};

/// The catalogue that counts, and the grants of the roles by it.
#[derive(Default)]
pub(super) struct Grants {
    /// User types are spelled folded here.
    entities: BTreeMap<String, Entity>,
    /// Whether the target's catalogue is another one than the pack's, so that the files were
    /// checked offline against something else.
    pub(super) is_targets: bool,
    /// Per live role.
    live: Vec<BTreeSet<String>>,
    /// Per declared role; `None` where the files leave what is live.
    desired: Vec<Option<BTreeSet<String>>>,
}

impl Grants {
    /// The grants of every role, once it is known which live one each declared one is.
    pub(super) fn new(scope: &Scope<'_>, findings: &mut Findings) -> Self {
        let Scope { pack, live, .. } = scope;
        let entities = entities(pack, live.catalogue.as_ref());
        let differences = differences(scope, &entities);
        let mut grants = Self { entities, is_targets: !differences.is_empty(), live: Vec::new(), desired: Vec::new() };
        if !differences.is_empty() && pack.has_catalogue() {
            let more = differences.len().saturating_sub(FEW);
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            let shown = differences[..differences.len().min(FEW)].join("; ");
            let message = format!("the target's catalogue of permissions is not the pack's: {shown}{more}");
            let help = "the target's counts: `all` is what it lists".to_owned();
            findings.push(Code::CatalogueDiffers, message).help(help);
        }
        let catalogue = grants.catalogue(pack);
        let of_live = live.objects(Kind::Role).iter().enumerate().map(|(index, role)| {
            let user_type = live_type(scope, index).map(|name| scope.key(Kind::UserType, name));
            if scope.built_in_rules(index).is_some_and(BuiltInRole::is_master) {
                return catalogue.expand(true, &BTreeSet::new(), &BTreeSet::new(), user_type.as_deref());
            }
            match role.attributes.get(attribute::PERMISSIONS) {
                Some(Value::Names(grants)) => catalogue.normal(grants.clone()),
                _ => BTreeSet::new(),
            }
        });
        let of_live: Vec<_> = of_live.collect();
        let of_files = scope.pairs(Kind::Role).iter().map(|pair| {
            let user_type = user_type(scope, pair.desired, pair.live);
            let user_type = user_type.map(|name| scope.key(Kind::UserType, name));
            if let Some(written) = &pair.desired.written_grants {
                return Some(catalogue.expand(written.all, &written.except, &written.only, user_type.as_deref()));
            }
            match &pair.desired.attributes.get(attribute::PERMISSIONS)?.value {
                Value::Names(grants) => Some(catalogue.normal(grants.clone())),
                _ => Some(BTreeSet::new()),
            }
        });
        let of_files: Vec<_> = of_files.collect();
        (grants.live, grants.desired) = (of_live, of_files);
        grants
    }

    /// What a live role grants.
    pub(super) fn of_live(&self, index: usize) -> &BTreeSet<String> {
        &self.live[index]
    }

    /// What a declared role shall grant; `None` keeps what is live.
    pub(super) fn of_declared(&self, at: usize) -> Option<&BTreeSet<String>> {
        self.desired[at].as_ref()
    }

    /// The catalogue, to ask what is in it. It knows user types by their folded names.
    pub(super) fn catalogue(&self, pack: &Pack) -> platform::Catalogue<'_> {
        platform::Catalogue::new(&self.entities, &pack.roles.permissions)
    }

    /// Every entity by its identifier.
    pub(super) fn entities(&self) -> &BTreeMap<String, Entity> {
        &self.entities
    }
}

/// The user type that a declared role has at the end: its own, else the live one's, else the one
/// that a built-in role has at first.
pub(super) fn user_type<'a>(scope: &Scope<'a>, desired: &'a DesiredObject, live: Option<usize>) -> Option<&'a str> {
    if let Some(declared) = desired.attributes.get(attribute::USER_TYPE) {
        return text(Some(&declared.value));
    }
    if let Some(index) = live {
        return live_type(scope, index);
    }
    type_at_first(scope.pack.roles.built_in.roles.get(desired.built_in.as_deref()?)?)
}

/// The user type that a live role has; a target may leave out what a built-in role has at first.
fn live_type<'a>(scope: &Scope<'a>, index: usize) -> Option<&'a str> {
    let objects: &'a [LiveObject] = scope.live.objects(Kind::Role);
    let told = text(objects[index].attributes.get(attribute::USER_TYPE));
    told.or_else(|| type_at_first(scope.built_in_rules(index)?))
}

fn type_at_first(role: &BuiltInRole) -> Option<&str> {
    role.attributes.get(attribute::USER_TYPE)?.first().map(String::as_str)
}

fn text(value: Option<&Value>) -> Option<&str> {
    match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// The entities that count: the target's where it lists any, with what it has no place for from
/// the pack, else the pack's. User types are spelled by their keys.
pub(crate) fn entities(pack: &Pack, live: Option<&BTreeMap<String, CatalogueEntity>>) -> BTreeMap<String, Entity> {
    let keys = |types: &BTreeSet<String>| types.iter().map(|name| type_key(pack, name)).collect();
    let own = |entity: &Entity| Entity { user_types: keys(&entity.user_types), ..entity.clone() };
    let Some(listed) = live else {
        return pack.catalogue.iter().map(|(id, entity)| (id.clone(), own(entity))).collect();
    };
    let entity = |(id, listed): (&String, &CatalogueEntity)| {
        let known = pack.catalogue.get(id).cloned().unwrap_or_default();
        let entity = Entity {
            kind: kind(listed).unwrap_or(known.kind),
            actions: listed.actions.clone(),
            fields: listed.fields.clone(),
            user_types: keys(&listed.user_types),
            ..known
        };
        (id.clone(), entity)
    };
    listed.iter().map(entity).collect()
}

/// A user type's name as it is compared: folded, and where the vendor lists other spellings, the
/// canonical one.
pub(crate) fn type_key(pack: &Pack, name: &str) -> String {
    let key = fold(name);
    let mut values = pack.vocabulary(Section::UserTypes).values.iter();
    let meant = values.find(|value| value.aliases.iter().any(|alias| fold(alias) == key));
    meant.map_or(key, |value| fold(&value.name)).into_owned()
}

fn kind(listed: &CatalogueEntity) -> Option<EntityKind> {
    match listed.kind.as_deref().map(fold).as_deref() {
        Some("location") => Some(EntityKind::Location),
        Some("functionality") => Some(EntityKind::Functionality),
        _ => None,
    }
}

/// How the catalogue that counts differs from the pack's, one phrase for each entity.
fn differences(scope: &Scope<'_>, entities: &BTreeMap<String, Entity>) -> Vec<String> {
    let pack = &scope.pack.catalogue;
    let Live { catalogue: Some(listed), .. } = scope.live else { return Vec::new() };
    let ids: BTreeSet<&String> = pack.keys().chain(entities.keys()).collect();
    let difference = |id: &String| match (pack.get(id), entities.get(id)) {
        (Some(_), None) => Some(format!("`{id}` is not in it")),
        (None, Some(_)) => Some(format!("`{id}` is new")),
        (Some(known), Some(entity)) => {
            let mut parts = Vec::new();
            if kind(&listed[id]).is_some_and(|kind| kind != known.kind) {
                parts.push("another kind".to_owned());
            }
            parts.extend(changed("actions", &known.actions, &entity.actions));
            parts.extend(changed("fields", &known.fields, &entity.fields));
            let key = |name: &String| scope.key(Kind::UserType, name).into_owned();
            if known.user_types.iter().map(key).collect::<BTreeSet<_>>() != entity.user_types {
                parts.push("other user types".to_owned());
            }
            (!parts.is_empty()).then(|| format!("`{id}` has {}", parts.join(", ")))
        }
        (None, None) => None,
    };
    ids.into_iter().filter_map(difference).collect()
}

fn changed(what: &str, known: &BTreeSet<String>, listed: &BTreeSet<String>) -> Option<String> {
    let more = listed.difference(known).map(|name| format!("+{name}"));
    let all: Vec<String> = more.chain(known.difference(listed).map(|name| format!("-{name}"))).collect();
    let rest = all.len().saturating_sub(FEW);
    let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    (!all.is_empty()).then(|| format!("other {what} ({}{rest})", all[..all.len().min(FEW)].join(" ")))
}
