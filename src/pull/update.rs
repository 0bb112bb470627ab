//! Manifests that are there, brought up to date with a target.
//!
//! What differs is what a plan would change: each of its fields is set to what is live, where it is
//! written. What is not declared stays undeclared. Then everything is read and planned again.

use std::collections::{BTreeMap, BTreeSet};

use super::LeftOut;
use super::described::{Described, Sections};
use super::edit::{Entry, Patch};
use super::files::{Settled, place, settled};
use super::grants::in_place;
use super::index::{FileEdit, Index, LeftAsItIs, Place, Wanted, trees, with_edits};
use super::renamed::{live_name, previously};
use super::spelling::key;
use super::yaml::Yaml;
use crate::diagnostic::{Code, Severity};
use crate::document::{self, NodeRef};
use crate::manifest;
use crate::plan::{self, Action, Change, Plan, Policy, kind_of, section};
use crate::platform::{Catalogue, Entity, Pack, VocabularyMode};
use crate::source::SourceId;
use crate::state::{Address, Assignments, Declared, Desired, DesiredObject, Kind, Live, Value, attribute, fold};

/// How files are brought up to date.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions {
    /// Whose marks on live objects are ours.
    pub owner: Option<String>,
    /// Live objects that no file names stay unnamed.
    pub declared_only: bool,
}

/// What brings files up to date.
#[derive(Clone, Debug, Default)]
pub struct Updated {
    /// The files that change.
    pub edits: Vec<FileEdit>,
    /// Entries that still differ from what is live.
    pub left: Vec<LeftAsItIs>,
    /// Live objects that no file names and no file can.
    pub left_out: Vec<LeftOut>,
    /// What is wrong with the whole of them; mostly nothing.
    pub problems: Vec<String>,
    /// How many entries are taken out, by kind.
    pub gone: BTreeMap<Kind, u64>,
}

/// The edits after which a plan for the files is empty. `desired`: what the files mean now; `manifests`:
/// the texts among its sources that are manifests.
#[must_use]
pub fn update(desired: &Desired, manifests: &[SourceId], live: &Live, pack: &Pack, options: &UpdateOptions) -> Updated {
    let Settled { sections, .. } = settled(live, pack, options.owner.as_deref());
    let mut policy = Policy::default();
    policy.context.owner.clone_from(&options.owner);
    let plan = plan::plan(desired, live, pack, &policy);
    let trees = trees(&desired.sources, manifests);
    let index = Index::new(&trees);
    let entities = plan::entities(pack, live.catalogue.as_ref());
    let mut updating = Updating::new(desired, live, pack, &sections, &index, &plan, &entities);
    updating.objects();
    updating.stated();
    updating.users();
    updating.removed();
    if !options.declared_only {
        updating.unnamed();
    }
    let Updating { wanted, left, .. } = updating;
    let is_named = |left: &LeftOut| match left.address.kind {
        Kind::User => desired.assignments.as_ref().is_none_or(|all| all.find(&left.address.name).is_some()),
        kind => desired.objects.get(&kind).is_none_or(|all| all.contains_key(&*fold(&left.address.name))),
    };
    let mut left_out = sections.left_out.clone();
    left_out.retain(|left| !options.declared_only && !is_named(left));
    finished(desired, manifests, live, pack, &policy, Updated { left, left_out, ..Updated::default() }, wanted)
}

/// Makes the edits, reads the files again and plans for them.
fn finished(
    desired: &Desired,
    manifests: &[SourceId],
    live: &Live,
    pack: &Pack,
    policy: &Policy,
    mut updated: Updated,
    mut wanted: Wanted,
) -> Updated {
    let decided = updated.left.len();
    loop {
        let (edits, refused) = wanted.edited(&desired.sources, manifests);
        let (after, ids) = with_edits(&desired.sources, manifests, &edits);
        let new: Vec<SourceId> = ids.iter().map(|(new, _)| *new).collect();
        let (result, found, _) = manifest::read(&after, &new, pack);
        if let Some(result) = result {
            let plan = plan::plan(&result, live, pack, policy);
            let is_told = |left: &[LeftAsItIs], address: &Address| left.iter().any(|left| left.address == *address);
            updated.left.extend(refused);
            for change in &plan.changes {
                if !is_told(&updated.left, &change.address) {
                    let reason = "it still differs from what is live".to_owned();
                    updated.left.push(LeftAsItIs { address: change.address.clone(), span: None, reason });
                }
            }
            // What no edit of files puts right. What guards say of changes that are left, or of a section
            // that stays empty, is no news.
            let codes = [Code::NameCollision, Code::UnknownRole, Code::UnmetExpectation].map(Code::name);
            let is_whole = updated.left.is_empty();
            let errors = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
            let errors = errors.filter(|finding| finding.code != Code::EmptyCollection.name());
            let errors = errors.filter(|finding| is_whole || codes.contains(&finding.code.as_str()));
            updated.problems.extend(errors.map(|finding| finding.message.clone()));
            return Updated { edits, gone: wanted.gone(), ..updated };
        }
        let mut gave_up = false;
        for finding in found.sorted().into_iter().filter(|finding| finding.severity == Severity::Error) {
            let (tree, _) = document::parse(&after, finding.span.source);
            let at = tree.as_ref().and_then(|tree| place(tree, finding.span));
            let source = ids.iter().find(|(new, _)| *new == finding.span.source).map(|(_, old)| *old);
            if let (Some((kind, name, _)), Some(source)) = (at, source)
                && wanted.give_up(source, kind, &name)
            {
                let reason = format!("files cannot say what is live: {}", finding.message);
                updated.left.push(LeftAsItIs { address: Address::new(kind, name), span: None, reason });
                gave_up = true;
            } else {
                updated.problems.push(finding.message);
            }
        }
        if !gave_up {
            updated.left.truncate(decided);
            return updated;
        }
        updated.problems.clear();
    }
}

struct Updating<'a, 't> {
    desired: &'a Desired,
    live: &'a Live,
    pack: &'a Pack,
    sections: &'a Sections,
    index: &'a Index<'t>,
    entities: &'a BTreeMap<String, Entity>,
    changes: BTreeMap<(Kind, String), &'a Change>,
    /// Roles that are called otherwise on the target: the folded name in the files, and the live one.
    renamed: BTreeMap<String, String>,
    wanted: Wanted,
    left: Vec<LeftAsItIs>,
}

impl<'a, 't> Updating<'a, 't> {
    fn new(
        desired: &'a Desired,
        live: &'a Live,
        pack: &'a Pack,
        sections: &'a Sections,
        index: &'a Index<'t>,
        plan: &'a Plan,
        entities: &'a BTreeMap<String, Entity>,
    ) -> Self {
        let changes: BTreeMap<(Kind, String), &Change> = plan
            .changes
            .iter()
            .map(|change| ((change.kind, fold(&change.address.name).into_owned()), change))
            .collect();
        let renamed = changes.iter().filter(|((kind, _), _)| *kind == Kind::Role);
        let renamed = renamed.filter_map(|((_, name), change)| Some((name.clone(), live_name(change)?.to_owned())));
        let renamed = renamed.collect();
        Self {
            desired,
            live,
            pack,
            sections,
            index,
            entities,
            changes,
            renamed,
            wanted: Wanted::default(),
            left: Vec::new(),
        }
    }

    fn leave(&mut self, address: Address, place: Option<&Place<'_>>, reason: impl Into<String>) {
        let span = place.map(|place| place.key.span());
        self.left.push(LeftAsItIs { address, span, reason: reason.into() });
    }

    /// Why files cannot say something of a live object.
    fn unsaid(&self, kind: Kind, name: &str, attribute: Option<&str>) -> Option<&'a str> {
        let is_meant = |left: &&LeftOut| {
            let is_attribute = left.attribute.is_none() || left.attribute.as_deref() == attribute;
            left.address.kind == kind && fold(&left.address.name) == fold(name) && is_attribute
        };
        self.sections.left_out.iter().find(is_meant).map(|left| left.reason.as_str())
    }

    fn described(&self, kind: Kind, name: &str) -> Option<&'a Described> {
        let all = self.sections.of.get(&kind)?;
        let folded = fold(name);
        let at = all.partition_point(|one| fold(&one.name) < folded);
        all.get(at).filter(|one| fold(&one.name) == folded)
    }

    /// Roles and what else the files manage.
    fn objects(&mut self) {
        let desired = self.desired;
        for (&kind, objects) in &desired.objects {
            for (name, object) in objects {
                if let Some(&change) = self.changes.get(&(kind, name.clone())) {
                    self.object(kind, object, change);
                }
            }
        }
    }

    fn object(&mut self, kind: Kind, object: &DesiredObject, change: &Change) {
        let address = || Address::new(kind, &*object.name);
        let Some(place) = self.index.at(object.span) else { return };
        if change.action == Action::Create {
            return self.wanted.entry(place.source, kind, place.name(), Entry::Gone);
        }
        let live_name = live_name(change).unwrap_or(&object.name);
        let Some(described) = self.described(kind, live_name) else {
            let reason = self.unsaid(kind, live_name, None).unwrap_or("files cannot say what is live");
            return self.leave(address(), Some(&place), reason);
        };
        let mut entries = Vec::new();
        let fields =
            change.fields.iter().filter(|field| field.path != attribute::NAME && field.path != attribute::MARK);
        for field in fields {
            let Some(node) = place.value.get(&field.path) else { continue };
            let capability = self.live.capabilities.kinds.get(&kind);
            if !capability.is_some_and(|one| one.holds(&field.path) || one.read_only.contains(&field.path)) {
                self.leave(address(), Some(&place), format!("the target has no place for `{}`", field.path));
                continue;
            }
            if let Some(reason) = self.unsaid(kind, live_name, Some(&field.path)) {
                self.leave(address(), Some(&place), format!("`{}`: {reason}", field.path));
                continue;
            }
            let value = described.body.entries().into_iter().flatten().find(|(name, _)| *name == field.path);
            let entry = match value {
                Some((_, yaml)) => {
                    Entry::Value(Patch::Becomes(self.respelled(kind, &field.path, node, yaml, &field.before)))
                }
                None => Entry::Gone,
            };
            entries.push((field.path.clone(), entry));
        }
        let is_renamed = live_name != object.name;
        if is_renamed {
            entries.extend(previously(place.value, &described.body, live_name));
        }
        if is_renamed {
            let patch = (!entries.is_empty()).then_some(Patch::Entries(entries));
            self.wanted.entry(place.source, kind, place.name(), Entry::Key(described.name.clone(), patch));
        } else {
            self.wanted.patch(&place, entries);
        }
    }

    /// A live value in the words of the file: names keep their spelling, permissions their form where they
    /// mean what is live.
    fn respelled(&self, kind: Kind, name: &str, node: NodeRef<'_>, yaml: &Yaml, live: &Value) -> Yaml {
        if name == attribute::PERMISSIONS {
            let none = BTreeSet::new();
            let grants = if let Value::Names(grants) = live { grants } else { &none };
            let catalogue = Catalogue::new(self.entities, &self.pack.roles.permissions);
            return in_place(node, yaml, grants, catalogue, self.pack);
        }
        let Yaml::List(items) = yaml else { return yaml.clone() };
        let of = self.pack.roles.attributes.get(name).filter(|_| kind == Kind::Role).and_then(|rules| rules.of);
        let own = |name: &str| of.map_or_else(|| fold(name).into_owned(), |of| key(self.pack, kind_of(of), name));
        let written: BTreeMap<String, &str> =
            node.items().filter_map(NodeRef::as_text).map(|item| (own(item), item)).collect();
        Yaml::List(
            items
                .iter()
                .map(|item| written.get(&own(item)).map_or_else(|| item.clone(), |item| (*item).to_owned()))
                .collect(),
        )
    }

    /// What the files state of what the vendor decides.
    fn stated(&mut self) {
        let desired = self.desired;
        for (&kind, objects) in &desired.objects {
            let mode = section(kind).map(|section| self.pack.vocabulary(section).mode);
            let is_told = self.live.capabilities.kinds.contains_key(&kind);
            if !is_told || !matches!(mode, Some(VocabularyMode::Tenant | VocabularyMode::Closed)) {
                continue;
            }
            let in_use = self.names_in_use(kind);
            for object in objects.values() {
                let Some(place) = self.index.at(object.span) else { continue };
                let Some(described) = self.described(kind, &object.name) else {
                    if in_use.contains(&key(self.pack, kind, &object.name)) {
                        let reason = "it is not enabled, and a role has it";
                        self.leave(Address::new(kind, &*object.name), Some(&place), reason);
                    } else if mode == Some(VocabularyMode::Tenant) {
                        self.wanted.entry(place.source, kind, place.name(), Entry::Gone);
                    }
                    continue;
                };
                let licenses =
                    described.body.entries().into_iter().flatten().find(|(name, _)| name == attribute::LICENSES);
                if let (Some((name, yaml)), Some(_)) = (licenses, place.value.get(attribute::LICENSES)) {
                    let stated = match object.attributes.get(attribute::LICENSES) {
                        Some(Declared { value: Value::Count(count), .. }) => Yaml::Count(*count),
                        _ => Yaml::Text("unlimited".to_owned()),
                    };
                    if stated != *yaml {
                        let patch = Entry::Value(Patch::Becomes(yaml.clone()));
                        self.wanted.patch(&place, vec![(name.clone(), patch)]);
                    }
                }
            }
        }
    }

    /// The values of a vocabulary that some live role has.
    fn names_in_use(&self, kind: Kind) -> BTreeSet<String> {
        let attributes = self.pack.roles.attributes.iter().filter(|(_, rules)| rules.of.map(kind_of) == Some(kind));
        let attributes: BTreeSet<&str> = attributes.map(|(name, _)| name.as_str()).collect();
        let roles = self.sections.of.get(&Kind::Role).into_iter().flatten();
        let values = roles
            .filter_map(|role| role.body.entries())
            .flatten()
            .filter(|(name, _)| attributes.contains(name.as_str()));
        let names = values.flat_map(|(_, value)| match value {
            Yaml::Text(name) => vec![name.as_str()],
            Yaml::List(names) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        });
        names.map(|name| key(self.pack, kind, name)).collect()
    }

    fn users(&mut self) {
        let desired = self.desired;
        for row in desired.assignments.iter().flat_map(Assignments::iter) {
            let change = self.changes.get(&(Kind::User, fold(row.user_name).into_owned())).copied();
            let renamed = self.renamed.get(&*fold(row.role)).cloned();
            let of_type = self.live.users.find(row.user_name).map(|at| self.live.users.get(at).user_type.to_owned());
            let has_type = |name: &str| {
                of_type
                    .as_deref()
                    .is_some_and(|live| key(self.pack, Kind::UserType, live) == key(self.pack, Kind::UserType, name))
            };
            let other_type = of_type.is_some() && row.user_type.is_some_and(|name| !has_type(name));
            // A plan cannot compare somebody whose role is nowhere.
            let is_lost = self.is_lost(row.role);
            if change.is_none() && renamed.is_none() && !other_type && !is_lost {
                continue;
            }
            let Some(place) = self.index.at(row.span) else { continue };
            let is_there = self.live.users.find(row.user_name).is_some();
            if change.is_some_and(|change| change.action == Action::Create) || is_lost && !is_there {
                self.wanted.entry(place.source, Kind::User, place.name(), Entry::Gone);
                continue;
            }
            let described = self.described(Kind::User, row.user_name);
            if described.is_none() && (change.is_some() || is_lost) {
                let reason = self.unsaid(Kind::User, row.user_name, None).unwrap_or("files cannot say what is live");
                self.leave(Address::new(Kind::User, row.user_name), Some(&place), reason);
            }
            let differs = |path: &str| {
                is_lost || change.is_some_and(|change| change.fields.iter().any(|field| field.path == path))
            };
            let held = described.and_then(|one| one.role.clone());
            let role = if differs(attribute::ROLE) { held.or(renamed) } else { renamed };
            if place.value.entries().next().is_none() {
                if let Some(role) = role {
                    let patch = Patch::Becomes(Yaml::Text(role));
                    self.wanted.entry(place.source, Kind::User, place.name(), Entry::Value(patch));
                }
                continue;
            }
            let body = described.and_then(|one| one.body.entries()).unwrap_or_default();
            let live = |name: &str| body.iter().find(|(key, _)| key == name).map(|(_, yaml)| yaml.clone());
            let becomes = |yaml: Yaml| Entry::Value(Patch::Becomes(yaml));
            let mut entries = Vec::new();
            entries.extend(role.map(|role| (attribute::ROLE.to_owned(), becomes(Yaml::Text(role)))));
            if differs(attribute::DISPLAY_NAME) && described.is_some() {
                entries.push(("name".to_owned(), live("name").map_or(Entry::Gone, becomes)));
            }
            if differs(attribute::ACTIVE) && described.is_some() {
                let is_active = live(attribute::ACTIVE).is_none();
                entries.push((attribute::ACTIVE.to_owned(), becomes(Yaml::Flag(is_active))));
            }
            if other_type {
                let own = of_type.filter(|name| !name.is_empty()).map(Yaml::Text);
                entries.push((attribute::USER_TYPE.to_owned(), own.map_or(Entry::Gone, becomes)));
            }
            entries.retain(|(name, _)| place.value.get(name).is_some());
            self.wanted.patch(&place, entries);
        }
    }

    /// Whether a role is neither in the files nor on the target, nor one that the platform brings along.
    fn is_lost(&self, role: &str) -> bool {
        let is_meant = |name: &str| fold(name) == fold(role);
        let mut built_in = self.pack.roles.built_in.roles.values();
        self.live.capabilities.kinds.contains_key(&Kind::Role)
            && self.desired.find(Kind::Role, role).is_none()
            && !self.live.objects(Kind::Role).iter().any(|object| is_meant(&object.name))
            && !built_in.any(|rules| is_meant(&rules.name) || rules.aliases.iter().any(|alias| is_meant(alias)))
    }

    /// What the files would take away and is there.
    fn removed(&mut self) {
        let desired = self.desired;
        let roles = desired.removed_roles.iter().map(|(key, one)| (Kind::Role, "roles", key, &one.name, one.span));
        let users = desired.removed_users.iter().map(|(key, one)| (Kind::User, "users", key, &one.user_name, one.span));
        for (kind, what, folded, _, span) in roles.chain(users) {
            if let (Some(span), true) = (span, self.changes.contains_key(&(kind, folded.clone()))) {
                let written = desired.sources.slice(span);
                let name = key_as_read(written);
                self.wanted.not_removed(span.source, what, &name);
            }
        }
    }

    /// What is live and no file names.
    fn unnamed(&mut self) {
        let mut by_role: BTreeMap<(String, SourceId), usize> = BTreeMap::new();
        for row in self.desired.assignments.iter().flat_map(Assignments::iter) {
            if let Some(span) = row.span {
                *by_role.entry((fold(row.role).into_owned(), span.source)).or_default() += 1;
            }
        }
        for (&kind, files) in &self.index.sections {
            let named = self.named(kind);
            for described in self.sections.of.get(&kind).into_iter().flatten() {
                if named.contains(&key(self.pack, kind, &described.name)) {
                    continue;
                }
                let own = |source: SourceId| {
                    let role = described.role.as_ref().map(|role| fold(role).into_owned());
                    role.and_then(|role| by_role.get(&(role, source)).copied()).unwrap_or_default()
                };
                // The first of those that have most.
                let file = files.iter().rev().max_by_key(|&(&source, &count)| (own(source), count));
                if let Some((&source, _)) = file {
                    self.wanted.entry(source, kind, &described.name, Entry::New(described.body.clone()));
                }
            }
        }
    }

    /// The live objects that some file names, by their folded names on the target.
    fn named(&self, kind: Kind) -> BTreeSet<String> {
        if kind == Kind::User {
            let rows = self.desired.assignments.iter().flat_map(Assignments::iter);
            // Who is shut out as the files want it has a name in them, too.
            let removed = self.desired.removed_users.keys().cloned();
            let removed = removed.filter(|name| !self.changes.contains_key(&(kind, name.clone())));
            return rows.map(|row| fold(row.user_name).into_owned()).chain(removed).collect();
        }
        let objects = self.desired.objects.get(&kind).into_iter().flatten();
        let named = objects.map(|(folded, object)| {
            let change = self.changes.get(&(kind, folded.clone()));
            let name = change.and_then(|change| live_name(change)).unwrap_or(&object.name);
            key(self.pack, kind, name)
        });
        named.collect()
    }
}

/// A key as it is read.
fn key_as_read(written: &str) -> String {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("key", format!("{written}:\n"));
    let (tree, _) = document::parse(&sources, source);
    let key = tree.as_ref().and_then(|tree| tree.root().entries().next().map(|entry| entry.name().to_owned()));
    key.unwrap_or_else(|| written.to_owned())
}
