//! What manifests can say of a live state, entry by entry, and what they cannot.
//!
//! Responsible for what each live object is in a manifest. What is known to be beyond manifests is left
//! out here, with the reason; what only reading them shows, `files` finds out. Not responsible for layout.

use std::collections::{BTreeMap, BTreeSet};

use super::LeftOut;
use super::grants::permissions;
use super::spelling::{email, key, name, spelled, spelled_value};
use super::yaml::Yaml;
use crate::plan::{self, built_in_keys, mark_of};
use crate::platform::{Catalogue, Entity, Form, Pack, Section, UserName, UserTypeSource, VocabularyMode};
use crate::state::{Address, Kind, Live, LiveObject, LiveUser, Value, attribute, fold};

/// One entry of a section.
#[derive(Clone, Debug)]
pub(super) struct Described {
    /// The key.
    pub name: String,
    /// What stands behind it.
    pub body: Yaml,
    /// The role that a user holds; of the others nothing.
    pub role: Option<String>,
}

/// The sections, each sorted by folded name; a kind that the target or the platform does not have has none.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub of: BTreeMap<Kind, Vec<Described>>,
    pub left_out: Vec<LeftOut>,
}

/// What can be said of a live state. `owner`: whose marks are ours.
pub(super) fn describe(live: &Live, pack: &Pack, owner: Option<&str>) -> Sections {
    let entities = plan::entities(pack, live.catalogue.as_ref());
    let mut describing = Describing { live, pack, owner, entities, sections: Sections::default() };
    for section in Section::ALL {
        describing.values(section);
    }
    describing.roles();
    describing.users();
    let mut sections = describing.sections;
    for entries in sections.of.values_mut() {
        entries.sort_by_cached_key(|entry| (fold(&entry.name).into_owned(), entry.name.clone()));
    }
    sections
}

struct Describing<'a> {
    live: &'a Live,
    pack: &'a Pack,
    owner: Option<&'a str>,
    /// What there is to grant; user types are spelled by their keys.
    entities: BTreeMap<String, Entity>,
    sections: Sections,
}

impl<'a> Describing<'a> {
    fn leave_out(&mut self, kind: Kind, name: &str, reason: impl Into<String>) {
        self.sections.left_out.push(LeftOut::new(Address::new(kind, name), None, reason));
    }

    fn add(&mut self, kind: Kind, name: &str, body: Yaml, role: Option<String>) {
        let described = Described { name: name.to_owned(), body, role };
        self.sections.of.entry(kind).or_default().push(described);
    }

    /// The objects of a kind that can be told apart and named; the others are left out.
    fn named(&mut self, kind: Kind) -> Vec<(usize, &'a LiveObject)> {
        let objects: &'a [LiveObject] = self.live.objects(kind);
        let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            same.entry(key(self.pack, kind, &object.name)).or_default().push(index);
        }
        // By our mark it is that one, by its name this one: a plan could not tell.
        let marked = objects.iter().enumerate().filter_map(|(index, object)| {
            let mark = mark_of(object).filter(|mark| mark.is_own(self.owner) && !mark.is_next)?;
            let meant = key(self.pack, kind, &mark.address.name);
            (mark.address.kind == kind && meant != key(self.pack, kind, &object.name)).then_some((index, meant))
        });
        for (index, meant) in marked.collect::<Vec<_>>() {
            if let Some(others) = same.get_mut(&meant) {
                others.push(index);
                let others = others.clone();
                same.entry(key(self.pack, kind, &objects[index].name)).or_default().extend(others);
            }
        }
        let mut named = Vec::with_capacity(objects.len());
        for (index, object) in objects.iter().enumerate() {
            let alike = &same[&key(self.pack, kind, &object.name)];
            if let [_, _, ..] = alike[..] {
                let ids: BTreeSet<&str> = alike.iter().map(|&index| objects[index].id.as_str()).collect();
                let ids = ids.into_iter().collect::<Vec<_>>().join(", ");
                self.leave_out(kind, &object.name, format!("it cannot be told from others on the target: ids {ids}"));
            } else if let Err(reason) = name(&object.name) {
                self.leave_out(kind, &object.name, reason);
            } else {
                named.push((index, object));
            }
        }
        named
    }

    fn values(&mut self, section: Section) {
        let (kind, vocabulary) = (plan::kind_of(section), self.pack.vocabulary(section));
        let is_types = section == Section::UserTypes;
        // What is in a closed vocabulary goes without saying; how many licences there are does not.
        let says_something = match vocabulary.mode {
            VocabularyMode::Absent => false,
            VocabularyMode::Closed => is_types,
            VocabularyMode::Tenant | VocabularyMode::Managed => true,
        };
        if !says_something || !self.live.capabilities.kinds.contains_key(&kind) {
            return;
        }
        self.sections.of.entry(kind).or_default();
        for (_, object) in self.named(kind) {
            if vocabulary.mode == VocabularyMode::Tenant && !object.is_enabled() {
                continue;
            }
            let mut body = Vec::new();
            if is_types {
                let licenses = match object.attributes.get(attribute::LICENSES) {
                    Some(&Value::Count(count)) => Yaml::Count(count),
                    _ => Yaml::Text("unlimited".to_owned()),
                };
                body.push((attribute::LICENSES.to_owned(), licenses));
            }
            if let (VocabularyMode::Managed, Some(Value::Text(text))) =
                (vocabulary.mode, object.attributes.get(attribute::DESCRIPTION))
            {
                body.push((attribute::DESCRIPTION.to_owned(), Yaml::Text(text.clone())));
            }
            let body = if body.is_empty() { Yaml::Null } else { Yaml::Map(body) };
            self.add(kind, spelled(self.pack, section, &object.name), body, None);
        }
    }

    fn roles(&mut self) {
        let live = self.live;
        if live.capabilities.role_names || !live.capabilities.kinds.contains_key(&Kind::Role) {
            return;
        }
        self.sections.of.entry(Kind::Role).or_default();
        let keys = built_in_keys(live, self.pack);
        for (index, object) in self.named(Kind::Role) {
            if self.is_protected(&object.name) {
                let reason = "it is above all that can be managed";
                let left = LeftOut::new(Address::new(Kind::Role, &*object.name), None, reason);
                self.sections.left_out.push(LeftOut { is_usual: true, ..left });
            } else if mark_of(object).is_some_and(|mark| mark.is_next && mark.is_own(self.owner)) {
                self.leave_out(Kind::Role, &object.name, "a replacement that did not end has left it");
            } else {
                let body = self.role(object, keys[index].as_deref());
                self.add(Kind::Role, &object.name, body, None);
            }
        }
    }

    fn is_protected(&self, name: &str) -> bool {
        self.pack.roles.protected.iter().any(|protected| fold(protected) == fold(name))
    }

    /// What stands behind a role: all that it has, and of one that the platform has brought along what
    /// can be changed. Sets are written when they are empty, too: a set that is not there is left as it is.
    fn role(&mut self, object: &LiveObject, built_in: Option<&str>) -> Yaml {
        let rules = built_in.and_then(|key| self.pack.roles.built_in.roles.get(key));
        let is_said = |name: &str| rules.is_none_or(|rules| rules.changeable.contains(name));
        let mut body = Vec::new();
        let mut attributes: Vec<_> = self.pack.roles.attributes.iter().filter(|(name, _)| is_said(name)).collect();
        attributes.sort_by_key(|(name, _)| rank(name));
        for (attribute, rule) in attributes {
            let spell = |name: &String| match rule.of {
                Some(section) => spelled(self.pack, section, name).to_owned(),
                None => spelled_value(&rule.values, name).to_owned(),
            };
            let value = match (rule.form, object.attributes.get(attribute)) {
                (Form::Names, Some(Value::Names(names))) => {
                    let names: BTreeSet<String> = names.iter().map(spell).collect();
                    Some(Yaml::List(names.into_iter().collect()))
                }
                (Form::Names, _) => Some(Yaml::List(Vec::new())),
                (Form::Text, Some(Value::Text(text))) if !text.is_empty() => Some(Yaml::Text(text.clone())),
                (Form::Name, Some(Value::Text(name))) if !name.is_empty() => Some(Yaml::Text(spell(name))),
                _ => None,
            };
            body.extend(value.map(|value| (attribute.clone(), value)));
        }
        if is_said(attribute::PERMISSIONS) {
            let none = BTreeSet::new();
            let grants = match object.attributes.get(attribute::PERMISSIONS) {
                Some(Value::Names(grants)) => grants,
                _ => &none,
            };
            match permissions(grants, Catalogue::new(&self.entities, &self.pack.roles.permissions)) {
                Ok(permissions) => body.push((attribute::PERMISSIONS.to_owned(), permissions)),
                Err(reason) => self.sections.left_out.push(LeftOut::new(
                    Address::new(Kind::Role, &*object.name),
                    Some(attribute::PERMISSIONS),
                    reason,
                )),
            }
        }
        // One that is called otherwise now is known by what it was called.
        if let Some(rules) = rules.filter(|rules| fold(&rules.name) != fold(&object.name))
            && !rules.aliases.iter().any(|alias| fold(alias) == fold(&object.name))
        {
            body.push(("previously".to_owned(), Yaml::List(vec![rules.name.clone()])));
        }
        if body.is_empty() { Yaml::Null } else { Yaml::Block(body) }
    }

    fn users(&mut self) {
        let live = self.live;
        if !live.capabilities.kinds.contains_key(&Kind::User) {
            return;
        }
        self.sections.of.entry(Kind::User).or_default();
        let roles = self.roles_by_id();
        let collided: BTreeSet<usize> = live.users.collisions().map(|(row, _)| row).collect();
        for (row, user) in live.users.iter().enumerate() {
            if collided.contains(&row) {
                let others = live.users.collisions().filter(|&(first, _)| first == row).map(|(_, id)| id);
                let ids: BTreeSet<&str> = std::iter::once(user.id).chain(others).collect();
                let ids = ids.into_iter().collect::<Vec<_>>().join(", ");
                let reason = format!("it cannot be told from others on the target: ids {ids}");
                self.leave_out(Kind::User, user.user_name, reason);
                continue;
            }
            match self.user(&user, &roles) {
                Ok((role, body)) => self.add(Kind::User, user.user_name, body, Some(role)),
                Err(Unsaid { reason, is_usual }) => {
                    let left = LeftOut::new(Address::new(Kind::User, user.user_name), None, reason);
                    self.sections.left_out.push(LeftOut { is_usual, ..left });
                }
            }
        }
    }

    /// The roles that users hold, by id: the name and the user type, or why no file can assign it.
    fn roles_by_id(&self) -> BTreeMap<&'a str, Held<'a>> {
        let objects: &'a [LiveObject] = self.live.objects(Kind::Role);
        let mut same: BTreeMap<String, usize> = BTreeMap::new();
        for object in objects {
            *same.entry(fold(&object.name).into_owned()).or_default() += 1;
        }
        let held = objects.iter().map(|object| {
            let user_type = match object.attributes.get(attribute::USER_TYPE) {
                Some(Value::Text(name)) => name.as_str(),
                _ => "",
            };
            let unsaid =
                |reason: &str| Some(Unsaid { reason: format!("{reason}: `{}`", object.name), is_usual: false });
            let unsaid = if self.is_protected(&object.name) {
                Some(Unsaid { reason: "its role is above all that can be managed".to_owned(), is_usual: true })
            } else if same[&*fold(&object.name)] > 1 {
                unsaid("its role cannot be told from another one")
            } else if name(&object.name).is_err() {
                unsaid("its role has a name that manifests cannot have")
            } else {
                None
            };
            (object.id.as_str(), Held { name: &object.name, user_type, unsaid })
        });
        held.collect()
    }

    fn user(&self, user: &LiveUser<'_>, roles: &BTreeMap<&str, Held<'_>>) -> Result<(String, Yaml), Unsaid> {
        let unsaid = |reason: &str| Unsaid { reason: reason.to_owned(), is_usual: false };
        let held = match user.roles[..] {
            [only] => roles.get(only).ok_or_else(|| unsaid("it holds a role that the target does not have"))?,
            [] => return Err(unsaid("it holds no role")),
            _ if user.roles.iter().any(|id| roles.get(id).is_some_and(Held::is_usual)) => {
                return Err(Unsaid {
                    reason: "one of its roles is above all that can be managed".into(),
                    is_usual: true,
                });
            }
            _ => return Err(unsaid("it holds several roles")),
        };
        if let Some(unsaid) = &held.unsaid {
            return Err(unsaid.clone());
        }
        name(user.user_name).map_err(|reason| unsaid(&reason))?;
        if self.pack.users.user_name == UserName::Email && !email(user.user_name) {
            return Err(unsaid("its name is not an e-mail address"));
        }
        let mut body = vec![(attribute::ROLE.to_owned(), Yaml::Text(held.name.to_owned()))];
        if !user.display_name.is_empty() {
            body.push(("name".to_owned(), Yaml::Text(user.display_name.to_owned())));
        }
        if !user.active {
            body.push((attribute::ACTIVE.to_owned(), Yaml::Flag(false)));
        }
        if self.pack.users.user_type == UserTypeSource::Role {
            if held.user_type.is_empty() {
                if !user.user_type.is_empty() {
                    let user_type = spelled(self.pack, Section::UserTypes, user.user_type);
                    body.push((attribute::USER_TYPE.to_owned(), Yaml::Text(user_type.to_owned())));
                }
            } else if fold(user.user_type) != fold(held.user_type) {
                return Err(unsaid("its user type is not that of its role"));
            }
        }
        let body = if body.len() == 1 { Yaml::Text(held.name.to_owned()) } else { Yaml::Map(body) };
        Ok((held.name.to_owned(), body))
    }
}

/// A role as its holders need it.
struct Held<'a> {
    name: &'a str,
    /// Empty where it is mapped to none.
    user_type: &'a str,
    unsaid: Option<Unsaid>,
}

impl Held<'_> {
    fn is_usual(&self) -> bool {
        self.unsaid.as_ref().is_some_and(|unsaid| unsaid.is_usual)
    }
}

/// Why no file can say something.
#[derive(Clone)]
struct Unsaid {
    reason: String,
    /// It is so on every organization of the platform.
    is_usual: bool,
}

/// Where an attribute stands among the others: what an object is for first, then what it is.
pub(super) fn rank(attribute: &str) -> usize {
    const FIRST: [&str; 8] = [
        attribute::ROLE,
        attribute::NAME,
        attribute::ACTIVE,
        attribute::LICENSES,
        attribute::DESCRIPTION,
        attribute::CLASSIFICATIONS,
        attribute::SEGMENTS,
        attribute::USER_TYPE,
    ];
    const LAST: [&str; 2] = [attribute::PERMISSIONS, "previously"];
    let first = FIRST.iter().position(|name| *name == attribute);
    let last = || LAST.iter().position(|name| *name == attribute).map(|at| FIRST.len() + 1 + at);
    first.or_else(last).unwrap_or(FIRST.len())
}
