//! Which object is written where writing is tried: the built-in plan, as a pure function.
//!
//! Not responsible for writing it (`writes`).

use super::types::is_managed;
use crate::platform::{self, Creation, CustomRole, Entity, Form, Pack, Presence, Section, VocabularyMode};
use crate::remote::{Inspector, Throwaway};
use crate::scim::schema::{Attribute, Mutability, USER};
use crate::state::{Attributes, Capabilities, Kind, Value, attribute};

/// What the object is called. Whoever meets it knows whose it is.
const NAME: &str = "rolecall-doctor-throw-away";
/// What it says of itself.
const ABOUT: &str = "made by rolecall doctor to try this service; safe to delete";
/// What it says once it has been changed.
const CHANGED: &str = "changed by rolecall doctor to try this service; safe to delete";

/// The kinds in the order in which they are tried: a user without a role can do nothing and is what
/// there is everywhere; a segment or a classification that no role names means nothing; a role that
/// nobody holds gives nothing to anybody.
const ORDER: [Kind; 5] = [Kind::User, Kind::Segment, Kind::Classification, Kind::Role, Kind::UserType];

/// The object to write; `None` where the target lets us write none of the kinds.
#[must_use]
pub fn throwaway(inspector: &Inspector, pack: &Pack) -> Option<Throwaway> {
    let schema = |kind: Kind| {
        let types = inspector.types().into_iter().flatten();
        let found = types.filter(|one| is_type(kind, &one.name)).map(|one| one.schema.as_str()).next();
        let urn = found.or((kind == Kind::User).then_some(USER))?;
        let mut schemas = inspector.schemas().into_iter().flatten();
        schemas.find(|schema| schema.id.eq_ignore_ascii_case(urn)).map(|schema| &schema.attributes[..])
    };
    ORDER.into_iter().find_map(|kind| {
        let attributes = of_kind(kind, schema(kind), inspector.capabilities(), pack)?;
        let changed = change(&attributes, kind, pack);
        Some(Throwaway { kind, attributes, changed })
    })
}

fn is_type(kind: Kind, name: &str) -> bool {
    name.replace(' ', "").eq_ignore_ascii_case(&kind.word().replace('-', ""))
}

fn of_kind(
    kind: Kind,
    announced: Option<&[Attribute]>,
    capabilities: &Capabilities,
    pack: &Pack,
) -> Option<Attributes> {
    let capability = capabilities.kinds.get(&kind).filter(|_| is_managed(pack, kind))?;
    if !capability.holds(attribute::NAME) {
        return None;
    }
    let name = if kind == Kind::User { format!("{NAME}@example.invalid") } else { NAME.to_owned() };
    let mut attributes = Attributes::from([(attribute::NAME.to_owned(), Value::text(name))]);
    if let Some(about) = text_of(kind).filter(|name| capability.holds(name)) {
        attributes.insert(about.to_owned(), Value::text(ABOUT));
    }
    if kind == Kind::User && capability.holds(attribute::ACTIVE) {
        attributes.insert(attribute::ACTIVE.to_owned(), Value::Flag(false));
    }
    if kind == Kind::Role {
        fill(&mut attributes, pack)?;
    }
    let naming = if kind == Kind::User { "userName" } else { "displayName" };
    let is_filled = |one: &Attribute| {
        one.name.eq_ignore_ascii_case(naming) || (kind == Kind::Role && one.mutability != Mutability::ReadOnly)
    };
    let mut required =
        announced.into_iter().flatten().filter(|one| one.required && one.mutability != Mutability::ReadOnly);
    required.all(is_filled).then_some(attributes)
}

/// The attribute of a kind that holds any text and matters to nobody.
fn text_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::User => Some(attribute::DISPLAY_NAME),
        Kind::Role | Kind::Classification | Kind::Segment => Some(attribute::DESCRIPTION),
        Kind::UserType => None,
    }
}

/// The change that is tried: another text, or else a further name in a list of a role.
fn change(attributes: &Attributes, kind: Kind, pack: &Pack) -> Attributes {
    if let Some(name) = text_of(kind).filter(|name| attributes.contains_key(*name)) {
        return Attributes::from([(name.to_owned(), Value::text(CHANGED))]);
    }
    let is_role = kind == Kind::Role && pack.roles.custom_role == CustomRole::Changeable;
    let list = pack.roles.attributes.iter().filter(|_| is_role).find_map(|(name, rules)| {
        let values = &pack.vocabulary(rules.of?).values;
        let is_list = rules.form == Form::Names && rules.mutability != platform::Mutability::Immutable;
        let two = values.iter().rev().take(2).map(|value| value.name.clone());
        let is_more = is_list && values.len() > 1 && attributes.contains_key(name);
        is_more.then(|| Attributes::from([(name.clone(), Value::names(two))]))
    });
    list.unwrap_or_default()
}

/// What a platform wants every role to have: the last value of each, which is the least, and the first
/// thing to grant that is not sensitive.
fn fill(attributes: &mut Attributes, pack: &Pack) -> Option<()> {
    for (name, rules) in pack.roles.attributes.iter().filter(|(_, rules)| rules.presence == Presence::Required) {
        let vocabulary = rules.of.map(|section: Section| pack.vocabulary(section));
        let value = match vocabulary {
            Some(vocabulary) if vocabulary.mode == VocabularyMode::Managed => return None,
            Some(vocabulary) => vocabulary.values.last().map(|value| value.name.clone())?,
            None if rules.values.is_empty() => ABOUT.to_owned(),
            None => rules.values.last()?.clone(),
        };
        let value = if rules.form == Form::Names { Value::names([value]) } else { Value::text(value) };
        attributes.insert(name.clone(), value);
    }
    if pack.roles.permissions.presence == Presence::Required && pack.roles.creation == Creation::OneRequest {
        let user_type = match attributes.get(attribute::USER_TYPE) {
            Some(Value::Text(name)) => name.as_str(),
            _ => "",
        };
        let may_hold = |entity: &Entity| entity.user_types.is_empty() || entity.user_types.contains(user_type);
        let harmless = |entity: &Entity, action: &String| may_hold(entity) && !entity.sensitive.contains(action);
        let grants =
            pack.catalogue.iter().flat_map(|(name, entity)| entity.actions.iter().map(move |one| (name, entity, one)));
        let grant =
            grants.filter(|(_, entity, action)| harmless(entity, action)).min_by_key(|(.., action)| *action != "view");
        let (name, _, action) = grant?;
        attributes.insert(attribute::PERMISSIONS.to_owned(), Value::names([format!("{name}.{action}")]));
    }
    Some(())
}
