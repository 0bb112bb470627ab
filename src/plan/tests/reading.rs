//! States from short texts, one object a line.
//!
//! ```text
//! segment Retail                          role LO segments=Retail,Ins permissions=a.view user_type=AI
//! type AI licenses=2                      user ana LO name=Ana inactive
//! section segments                        remove role Temp LO · remove user di · remove user di delete
//! owner acme · administrators Owner · min_administrators 1 · allow removals=3 · only role/LO · except user
//! take_over role/LO · unlisted roles delete · unlisted users report · unknown_users refuse
//! acknowledge T-17 · last_run_users 20
//! ```
//!
//! A space within a name is written `~`. In live states also `caller ana`, `enabled=false`, `id=`, `mark=`, `used=`,
//! `builtin=`, `roles=A,B` for a user with several or none, `type=` for a user's type, and `without KIND` or `without KIND ATTRIBUTE` for what the
//! target cannot hold. `caller` can be followed by `authority=` and `subscriptions=A,B`; `organization`
//! says the same of one that names no caller. `entity campaigns actions=view,send kind= fields= types=` is
//! one of the target's catalogue. Declared roles can have `builtin=`, and `grants=all,-campaigns.send` or
//! `grants=campaigns,loans.view` as they are written. An id that is not given is the kind's word and the name, e.g. `role:LO`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Code;
use crate::generator::all_capabilities;
use crate::plan::{Policy, UnknownUsers, UnlistedRoles, UnlistedUsers};
use crate::state::{
    Assignment, Assignments, Attributes, CatalogueEntity, Declared, Desired, DesiredObject, Kind, Live, LiveObject,
    LiveUser, Organization, RemovedRole, RemovedUser, Value, Version, WrittenGrants, attribute, fold,
};

struct Line<'a> {
    words: Vec<&'a str>,
    settings: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.settings.iter().find(|(setting, _)| *setting == name).map(|(_, value)| *value)
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    fn attributes(&self) -> Attributes {
        let names = [attribute::CLASSIFICATIONS, attribute::SEGMENTS, attribute::PERMISSIONS];
        let value = |name: &str, text: &str| match name {
            attribute::ENABLED => Value::Flag(text == "true"),
            attribute::LICENSES => Value::Count(text.parse().expect("a number of licences")),
            name if names.contains(&name) => Value::names(text.split(',').filter(|name| !name.is_empty())),
            _ => Value::text(text),
        };
        let ours = ["id", "mark", "used", "builtin", "previously", "grants"];
        let settings = self.settings.iter().filter(|(name, _)| !ours.contains(name));
        settings.map(|(name, text)| ((*name).to_owned(), value(name, text))).collect()
    }
}

/// Permissions as they are written.
fn written(text: &str) -> WrittenGrants {
    let mut written = WrittenGrants::default();
    for word in text.split(',') {
        match word.strip_prefix('-') {
            Some(left_out) => _ = written.except.insert(left_out.to_owned()),
            None if word == "all" => written.all = true,
            None => _ = written.only.insert(word.to_owned()),
        }
    }
    written
}

fn set(line: &Line<'_>, name: &str) -> BTreeSet<String> {
    let names = line.get(name).into_iter().flat_map(|names| names.split(','));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let (settings, words) = line.split_whitespace().partition::<Vec<&str>, _>(|word| word.contains('='));
        let settings = settings.into_iter().filter_map(|word| word.split_once('=')).collect::<Vec<_>>();
        Line {
            words: words.into_iter().map(spaced).collect(),
            settings: settings.into_iter().map(|(name, value)| (name, spaced(value))).collect(),
        }
    })
}

/// A space within a word is written `~`. What few words have one are kept for the whole test.
fn spaced(word: &str) -> &str {
    if word.contains('~') { Box::leak(word.replace('~', " ").into_boxed_str()) } else { word }
}

fn kind(word: &str) -> Option<Kind> {
    match word {
        "classification" => Some(Kind::Classification),
        "segment" => Some(Kind::Segment),
        "type" => Some(Kind::UserType),
        "role" => Some(Kind::Role),
        _ => None,
    }
}

fn unlisted_roles(word: &str) -> UnlistedRoles {
    match word {
        "report" => UnlistedRoles::Report,
        "delete-owned" => UnlistedRoles::DeleteOwned,
        "delete" => UnlistedRoles::Delete,
        _ => panic!("`{word}` is nothing to do about unlisted roles"),
    }
}

pub(super) fn desired(text: &str) -> (Desired, Policy) {
    let mut desired = Desired::default();
    let mut policy = Policy::default();
    for line in lines(text) {
        match line.words[..] {
            ["section", "assignments"] => desired.assignments = Some(Assignments::default()),
            ["section", word] => {
                desired.objects.entry(kind(word.trim_end_matches('s')).expect("a section")).or_default();
            }
            ["user", name, role, ..] => {
                let active = (line.has("active") || line.has("inactive")).then(|| line.has("active"));
                let (display_name, user_type) = (line.get("name"), line.get("type"));
                let assignment = Assignment { user_name: name, role, display_name, active, user_type, span: None };
                desired.assignments.get_or_insert_default().push(assignment).expect("assigned once");
            }
            ["remove", "role", name, ref to @ ..] => {
                let reassign_to = to.first().map(|to| (*to).to_owned());
                let removed = RemovedRole { name: name.to_owned(), reassign_to, span: None };
                desired.removed_roles.insert(fold(name).into_owned(), removed);
            }
            ["remove", "user", name, ..] => {
                let removed = RemovedUser { user_name: name.to_owned(), delete: line.has("delete"), span: None };
                desired.removed_users.insert(fold(name).into_owned(), removed);
            }
            ["owner", owner] => policy.context.owner = Some(owner.to_owned()),
            ["administrators", role] => policy.administrators.push(role.to_owned()),
            ["min_administrators", count] => policy.guards.min_administrators = count.parse().expect("a number"),
            ["take_over", address] => policy.take_over.push(address.parse().expect("an address")),
            ["unlisted", "roles", what] => policy.unlisted.roles = unlisted_roles(what),
            ["unlisted", "users", "report"] => policy.unlisted.users = UnlistedUsers::Report,
            ["unlisted", "users", "deactivate"] => policy.unlisted.users = UnlistedUsers::Deactivate,
            ["unknown_users", "refuse"] => policy.unknown_users = UnknownUsers::Refuse,
            ["acknowledge", word] => policy.acknowledgement = Some(word.to_owned()),
            ["last_run_users", count] => policy.last_run_users = Some(count.parse().expect("a number")),
            ["only", selector] => policy.only.push(selector.parse().expect("a selector")),
            ["except", selector] => policy.except.push(selector.parse().expect("a selector")),
            ["allow"] => policy.allow.extend(
                line.settings
                    .iter()
                    .map(|(code, count)| (Code::from_name(code).expect("a code"), count.parse().expect("a number"))),
            ),
            [word, name] => {
                let attributes = line.attributes().into_iter();
                let mut attributes: BTreeMap<_, _> =
                    attributes.map(|(name, value)| (name, Declared { value, span: None })).collect();
                if let Some(written) = line.get("grants").map(written) {
                    // What the pack's own catalogue makes of it does not matter here.
                    let value = Value::names(written.only);
                    attributes.insert(attribute::PERMISSIONS.to_owned(), Declared { value, span: None });
                }
                let previously = line.get("previously").into_iter().flat_map(|names| names.split(','));
                let previously = previously.map(str::to_owned).collect();
                let object = DesiredObject {
                    name: name.to_owned(),
                    attributes,
                    previously,
                    built_in: line.get("builtin").map(str::to_owned),
                    written_grants: line.get("grants").map(written),
                    span: None,
                };
                let objects = desired.objects.entry(kind(word).expect("a kind")).or_default();
                objects.insert(fold(name).into_owned(), object);
            }
            _ => panic!("a line that says nothing: {:?}", line.words),
        }
    }
    (desired, policy)
}

pub(super) fn live(text: &str) -> Live {
    let mut live = Live { capabilities: all_capabilities(), ..Live::default() };
    let of_roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
    of_roles.writable.extend(["class", "rank"].map(str::to_owned));
    // `#ID` is an id, whether there is such a role or not.
    let role_id = |live: &Live, name: &str| {
        if let Some(id) = name.strip_prefix('#') {
            return id.to_owned();
        }
        let role = live.objects(Kind::Role).iter().find(|role| role.name == name).expect("a live role, given before");
        role.id.clone()
    };
    for line in lines(text) {
        match line.words[..] {
            [word @ ("caller" | "organization"), ref name @ ..] => {
                live.organization = Some(Organization {
                    caller: name.first().filter(|_| word == "caller").map(|name| (*name).to_owned()),
                    authority: line.get("authority").map(str::to_owned),
                    subscriptions: line.get("subscriptions").map(|_| set(&line, "subscriptions")),
                    ..Organization::default()
                });
            }
            ["entity", name] => {
                let entity = CatalogueEntity {
                    kind: line.get("kind").map(str::to_owned),
                    actions: set(&line, "actions"),
                    fields: set(&line, "fields"),
                    user_types: set(&line, "types"),
                };
                live.catalogue.get_or_insert_default().insert(name.to_owned(), entity);
            }
            ["without", "user"] => _ = live.capabilities.kinds.remove(&Kind::User),
            ["without", "role"] => {
                live.capabilities.kinds.remove(&Kind::Role);
                live.capabilities.role_names = true;
            }
            ["without", word] => _ = live.capabilities.kinds.remove(&kind(word).expect("a kind")),
            ["without", word, name] => {
                let kind = kind(word).unwrap_or(Kind::User);
                live.capabilities.kinds.get_mut(&kind).expect("a kind").writable.remove(name);
            }
            ["user", name, ref rest @ ..] => {
                let held = line.get("roles").or(rest.first().copied().filter(|word| *word != "inactive"));
                let held = held.into_iter().flat_map(|roles| roles.split(',')).filter(|role| !role.is_empty());
                let roles: Vec<String> = held.map(|role| role_id(&live, role)).collect();
                live.users.push(&LiveUser {
                    user_name: name,
                    id: line.get("id").unwrap_or(&format!("user:{name}")),
                    version: line.get("version").unwrap_or("1"),
                    display_name: line.get("name").unwrap_or(""),
                    active: !line.has("inactive"),
                    user_type: line.get("type").unwrap_or(""),
                    roles: roles.iter().map(String::as_str).collect(),
                });
            }
            [word, name] => {
                let mut attributes = line.attributes();
                let version = match attributes.remove("version") {
                    Some(Value::Text(version)) => version,
                    _ => "1".to_owned(),
                };
                let object = LiveObject {
                    id: line.get("id").map_or_else(|| format!("{word}:{name}"), str::to_owned),
                    version: Version::Etag(version),
                    name: name.to_owned(),
                    mark: line.get("mark").map(str::to_owned),
                    built_in: line.get("builtin").map(str::to_owned),
                    attributes,
                    in_use: line.get("used").map(|used| used.parse().expect("a number")),
                };
                live.objects.entry(kind(word).expect("a kind")).or_default().push(object);
            }
            _ => panic!("a line that says nothing: {:?}", line.words),
        }
    }
    live
}
