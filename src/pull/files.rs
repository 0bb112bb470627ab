//! The files that say what a target holds.
//!
//! What was described is written, read again as manifests are read, and planned against the same live
//! state. What the reader refuses or a plan would still change is left out, until nothing is.

use std::collections::{BTreeMap, BTreeSet};

use super::LeftOut;
use super::described::{Described, Sections, describe};
use super::yaml::{Yaml, entry};
use crate::diagnostic::Severity;
use crate::document::{self, Tree};
use crate::manifest;
use crate::plan::{self, Policy, Way};
use crate::platform::Pack;
use crate::source::{SourceId, Sources, Span};
use crate::state::{Address, Kind, Live, attribute, fold};

/// How entries are divided over files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// A file for each section.
    #[default]
    ByKind,
    /// A file for each role with its holders, and what belongs to no role in files of its own.
    ByRole,
}

/// How files are made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How entries are divided over them.
    pub split: Split,
    /// The schema that their first line names for editors: a URL, or a path from their directory on with
    /// slashes. Without one there is no such line.
    pub schema: Option<String>,
    /// Whose marks on live objects are ours.
    pub owner: Option<String>,
}

/// What a target holds, as files.
#[derive(Clone, Debug, Default)]
pub struct Pulled {
    /// The files, sorted by path. Every path is relative and has slashes.
    pub files: Vec<PulledFile>,
    /// What they do not say.
    pub left_out: Vec<LeftOut>,
    /// What is wrong with the whole of them although each entry is fine; mostly nothing.
    pub problems: Vec<String>,
    /// How many entries they have, by kind.
    pub entries: BTreeMap<Kind, usize>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledFile {
    /// Where it belongs, from the directory of the manifests on.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Nothing is left out more often than in so many rounds: each finds what only the one before laid bare.
const ROUNDS: usize = 64;

/// The files that say what a target holds, against which a plan is empty. The same state gives the same
/// bytes, in whatever order the target lists it.
#[must_use]
pub fn files(live: &Live, pack: &Pack, options: &Options) -> Pulled {
    let Settled { sections, problems } = settled(live, pack, options.owner.as_deref());
    let entries = sections.of.iter().map(|(&kind, entries)| (kind, entries.len())).collect();
    Pulled { files: written(&sections, options), left_out: sections.left_out, problems, entries }
}

/// What files can say of a live state, found out by reading them.
pub(super) struct Settled {
    pub sections: Sections,
    /// What is wrong with the whole although each entry is fine.
    pub problems: Vec<String>,
}

/// Leaves out what files cannot say until a plan for the rest is empty. `owner`: whose marks are ours.
pub(super) fn settled(live: &Live, pack: &Pack, owner: Option<&str>) -> Settled {
    let mut sections = describe(live, pack, owner);
    for round in 0..=ROUNDS {
        // A section without entries would empty what is there.
        sections.of.retain(|&kind, entries| !entries.is_empty() || holds_none(live, kind));
        let Trouble { of_entries, of_all: mut problems } =
            trouble(&written(&sections, &Options::default()), live, pack, owner);
        let still: Vec<Address> = of_entries.keys().map(|(kind, name)| Address::new(*kind, &**name)).collect();
        let is_done = !sections.leave_out(of_entries);
        if is_done || round == ROUNDS {
            problems.extend(still.into_iter().map(|address| format!("a plan would still change `{address}`")));
            sections.left_out.sort_by_cached_key(|left| (left.address.clone(), left.attribute.clone()));
            return Settled { sections, problems };
        }
    }
    unreachable!("the last round returns")
}

fn holds_none(live: &Live, kind: Kind) -> bool {
    if kind == Kind::User { live.users.is_empty() } else { live.objects(kind).is_empty() }
}

/// The key of a kind's section.
pub(super) fn section_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Classification => "classifications",
        Kind::Segment => "segments",
        Kind::UserType => "user_types",
        Kind::Role => "roles",
        Kind::User => "assignments",
    }
}

/// The kind of a section with this key.
pub(super) fn kind_of_key(key: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|&kind| section_key(kind) == key)
}

/// The texts of all files.
fn written(sections: &Sections, options: &Options) -> Vec<PulledFile> {
    let mut parts: BTreeMap<String, BTreeMap<Kind, Vec<&Described>>> = BTreeMap::new();
    let slugs = slugs(sections);
    for (&kind, entries) in &sections.of {
        let shared = match (options.split, kind) {
            (Split::ByRole, Kind::Classification | Kind::Segment) => "vocabularies.yaml",
            (_, Kind::Classification) => "classifications.yaml",
            (_, Kind::Segment) => "segments.yaml",
            (_, Kind::UserType) => "user-types.yaml",
            (_, Kind::Role) => "roles.yaml",
            (_, Kind::User) => "assignments.yaml",
        };
        if entries.is_empty() {
            parts.entry(shared.to_owned()).or_default().entry(kind).or_default();
        }
        for entry in entries {
            let role = if kind == Kind::Role { Some(&entry.name) } else { entry.role.as_ref() };
            let own = role.filter(|_| options.split == Split::ByRole).and_then(|role| slugs.get(&*fold(role)));
            let path = own.map_or_else(|| shared.to_owned(), |slug| format!("roles/{slug}.yaml"));
            parts.entry(path).or_default().entry(kind).or_default().push(entry);
        }
    }
    let file = |(path, sections): (String, BTreeMap<Kind, Vec<&Described>>)| {
        let text = text(&path, &sections, options);
        PulledFile { path, text }
    };
    parts.into_iter().map(file).collect()
}

fn text(path: &str, sections: &BTreeMap<Kind, Vec<&Described>>, options: &Options) -> String {
    let mut text = String::new();
    if let Some(schema) = &options.schema {
        text.push_str(&modeline(schema, path));
    }
    for (&kind, entries) in sections {
        text.push_str(section_key(kind));
        text.push_str(if entries.is_empty() { ": {}\n" } else { ":\n" });
        for described in entries {
            for line in entry(&described.name, &described.body, super::yaml::INDENT) {
                text.push_str(&line);
                text.push('\n');
            }
        }
    }
    text
}

/// The line that tells editors which schema a file has.
fn modeline(schema: &str, path: &str) -> String {
    let is_relative = !schema.contains("://") && !schema.starts_with('/');
    let up = if is_relative { "../".repeat(path.matches('/').count()) } else { String::new() };
    format!("# yaml-language-server: $schema={up}{schema}\n")
}

/// File names for roles, by folded name: what is left of the name in lower-case letters and digits, with a
/// number where two roles would share one.
fn slugs(sections: &Sections) -> BTreeMap<String, String> {
    /// Longer names do not fit into every file system with what is around them.
    const LONGEST: usize = 60;
    /// Devices, which some file systems take for no files.
    const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];
    let mut taken = BTreeSet::new();
    let slug = |name: &str| {
        let mut slug = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(LONGEST);
        let slug = slug.trim_end_matches('-');
        let is_device = RESERVED.contains(&slug) || slug.starts_with("com") || slug.starts_with("lpt");
        match slug {
            "" => "role".to_owned(),
            slug if is_device && slug.len() <= 4 => format!("role-{slug}"),
            slug => slug.to_owned(),
        }
    };
    let mut named = |role: &Described| {
        let slug = slug(&role.name);
        let mut own = slug.clone();
        let mut number = 1;
        while !taken.insert(own.clone()) {
            number += 1;
            own = format!("{slug}-{number}");
        }
        (fold(&role.name).into_owned(), own)
    };
    sections.of.get(&Kind::Role).into_iter().flatten().map(&mut named).collect()
}

/// By kind and folded name, what is wrong with an entry: the attribute, where it is one, and why.
type Reasons = BTreeMap<(Kind, String), Vec<(Option<String>, String)>>;

/// What keeps files from being right: entries or single attributes of them, with reasons, and what cannot
/// be laid at the door of one.
#[derive(Default)]
struct Trouble {
    of_entries: Reasons,
    of_all: Vec<String>,
}

/// Reads the files as manifests and plans for them.
fn trouble(files: &[PulledFile], live: &Live, pack: &Pack, owner: Option<&str>) -> Trouble {
    let mut sources = Sources::default();
    let ids: Vec<SourceId> = files.iter().map(|file| sources.add(&*file.path, &*file.text)).collect();
    let mut trouble = Trouble::default();
    let (desired, found, _) = manifest::read(&sources, &ids, pack);
    let Some(desired) = desired else {
        let mut trees: BTreeMap<SourceId, Option<Tree<'_>>> = BTreeMap::new();
        for finding in found.sorted().into_iter().filter(|finding| finding.severity == Severity::Error) {
            let source = finding.span.source;
            let tree = trees.entry(source).or_insert_with(|| document::parse(&sources, source).0);
            match tree.as_ref().and_then(|tree| place(tree, finding.span)) {
                Some((kind, name, attribute)) => {
                    let entry = trouble.of_entries.entry((kind, fold(&name).into_owned())).or_default();
                    entry.push((attribute, finding.message));
                }
                None => trouble.of_all.push(finding.message),
            }
        }
        return trouble;
    };
    let mut policy = Policy::default();
    policy.context.owner = owner.map(str::to_owned);
    let plan = plan::plan(&desired, live, pack, &policy);
    let manual = plan.manual.iter().map(|manual| (&manual.address, None));
    let changes = plan.changes.iter().map(|change| (&change.address, Some(change)));
    for (address, change) in changes.chain(manual) {
        let replacement = change.and_then(|change| change.replacement.as_ref());
        if replacement.is_some_and(|replacement| replacement.way == Way::Leftover) {
            // It goes whatever files say.
            let message =
                format!("a replacement of `{address}` has not ended: the next apply clears away what it left");
            trouble.of_all.push(message);
            continue;
        }
        let entry = trouble.of_entries.entry((address.kind, fold(&address.name).into_owned())).or_default();
        let fields = change.map(|change| change.fields.as_slice()).unwrap_or_default();
        // A role is more than one of its fields; a user is not.
        if address.kind == Kind::User || fields.is_empty() || fields.iter().any(|field| field.path == attribute::NAME) {
            entry.push((None, "what the target holds of it is nothing that files can ask for".to_owned()));
        }
        for field in fields.iter().filter(|_| address.kind != Kind::User) {
            entry.push((Some(field.path.clone()), "the target's value is nothing that files can ask for".to_owned()));
        }
    }
    if trouble.of_entries.is_empty() {
        let refuses = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
        trouble.of_all.extend(refuses.map(|finding| finding.message.clone()));
    }
    trouble
}

/// The entry that a span is in, and the attribute of it.
pub(super) fn place(tree: &Tree<'_>, span: Span) -> Option<(Kind, String, Option<String>)> {
    let is_within = |entry: &document::Entry<'_>| {
        entry.key.span().start <= span.start && span.start < entry.value.span().end.max(entry.key.span().end)
    };
    let section = tree.root().entries().find(is_within)?;
    let entry = section.value.entries().find(is_within)?;
    let attribute = entry.value.entries().find(is_within).map(|attribute| attribute.name().to_owned());
    Some((kind_of_key(section.name())?, entry.name().to_owned(), attribute))
}

impl Sections {
    /// Leaves out what is in trouble; whether anything was.
    fn leave_out(&mut self, mut trouble: Reasons) -> bool {
        let left_out = &mut self.left_out;
        let in_trouble = trouble.len();
        for (&kind, entries) in &mut self.of {
            entries.retain_mut(|entry| {
                let Some(reasons) = trouble.remove(&(kind, fold(&entry.name).into_owned())) else { return true };
                let address = Address::new(kind, &*entry.name);
                let mut attributes: BTreeMap<&str, &str> = BTreeMap::new();
                for (attribute, reason) in &reasons {
                    let own = attribute.as_deref().filter(|name| kind != Kind::User && entry.body.has(name));
                    if let Some(name) = own {
                        attributes.entry(name).or_insert(reason);
                        continue;
                    }
                    // What was left out of it before is why it cannot be there at all.
                    let before = left_out.iter().position(|left| left.address == address);
                    let first = before.map(|at| left_out[at].reason.clone());
                    left_out.retain(|left| left.address != address);
                    left_out.push(LeftOut::new(address, None, first.as_ref().unwrap_or(reason)));
                    return false;
                }
                for (name, reason) in attributes {
                    entry.body.remove(name);
                    left_out.push(LeftOut::new(address.clone(), Some(name), reason));
                }
                true
            });
        }
        trouble.len() < in_trouble
    }
}

impl Yaml {
    fn has(&self, name: &str) -> bool {
        self.entries().is_some_and(|entries| entries.iter().any(|(key, _)| key == name))
    }

    fn remove(&mut self, name: &str) {
        if let Self::Map(entries) | Self::Block(entries) = self {
            entries.retain(|(key, _)| key != name);
            if entries.is_empty() {
                *self = Self::Null;
            }
        }
    }
}
