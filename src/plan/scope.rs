//! What may be changed for its own sake, and the two states side by side.
//!
//! Not responsible for which live object each declared one is (`matching`); users are found by
//! name alone (`users`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Policy;
use super::catalogue::Grants;
use super::draft::Draft;
use super::findings::Findings;
use super::matching;
use super::replacement;
use super::vendor_roles::VendorRoles;
use crate::diagnostic::Code;
use crate::platform::{BuiltInRole, Pack, Section, Vocabulary, VocabularyMode};
use crate::state::{Address, Desired, DesiredObject, Kind, Live, LiveObject, Value, fold};

/// The two states, with what was found to belong together.
pub(super) struct Scope<'a> {
    pub(super) desired: &'a Desired,
    pub(super) live: &'a Live,
    pub(super) pack: &'a Pack,
    pub(super) policy: &'a Policy,
    /// Per kind, every declared object that rolecall may write, by folded name.
    pairs: BTreeMap<Kind, Vec<Pair<'a>>>,
    /// Per kind, the live objects of which it cannot be told what they are.
    unclear: BTreeMap<Kind, BTreeSet<usize>>,
    /// Per kind, the vendor's other spellings of a vocabulary's values, folded, with the folded
    /// canonical one.
    aliases: BTreeMap<Kind, BTreeMap<String, String>>,
    /// Per kind, the live objects by folded name; more than one where names collide.
    names: BTreeMap<Kind, BTreeMap<String, Vec<usize>>>,
    /// Which live roles are the vendor's own.
    pub(super) vendors: VendorRoles,
    /// Where the live roles are in their list, by id.
    pub(super) role_by_id: BTreeMap<&'a str, usize>,
    /// What there is to grant, and what every role grants.
    pub(super) grants: Grants,
}

/// A declared object and its live counterpart.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    pub(super) kind: Kind,
    /// The folded name.
    pub(super) key: &'a str,
    pub(super) desired: &'a DesiredObject,
    /// Its index among the live objects of its kind.
    pub(super) live: Option<usize>,
    /// Whether the selectors leave it in.
    pub(super) selected: bool,
    /// Whether it cannot be told which live object it is: it is not touched.
    pub(super) blocked: bool,
    /// The live objects beside it that were to take its place (PLANNING.md §3).
    pub(super) next: Vec<usize>,
    /// The live object whose place this one was to take.
    pub(super) before: Option<usize>,
}

impl<'a> Scope<'a> {
    /// Finds every declared object's counterpart.
    pub(super) fn new(
        desired: &'a Desired,
        live: &'a Live,
        pack: &'a Pack,
        policy: &'a Policy,
        findings: &mut Findings,
    ) -> Self {
        let aliases = [Kind::Classification, Kind::Segment, Kind::UserType]
            .map(|kind| (kind, section(kind).map(|section| aliases(pack, section)).unwrap_or_default()));
        let roles: &'a [LiveObject] = live.objects(Kind::Role);
        let mut scope = Self {
            desired,
            live,
            pack,
            policy,
            pairs: BTreeMap::new(),
            unclear: BTreeMap::new(),
            aliases: aliases.into(),
            names: BTreeMap::new(),
            vendors: VendorRoles::new(live, pack),
            role_by_id: roles.iter().enumerate().map(|(index, role)| (role.id.as_str(), index)).collect(),
            grants: Grants::default(),
        };
        for kind in [Kind::Classification, Kind::Segment, Kind::UserType, Kind::Role] {
            let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (index, object) in live.objects(kind).iter().enumerate() {
                names.entry(scope.key(kind, &object.name).into_owned()).or_default().push(index);
            }
            scope.names.insert(kind, names);
            if is_written(pack, kind) {
                let matched = matching::pair_up(&scope, kind, findings);
                scope.pairs.insert(kind, matched.pairs);
                scope.unclear.insert(kind, matched.unclear);
            }
            scope.report_collisions(kind, findings);
        }
        scope.grants = Grants::new(&scope, findings);
        for at in 0..scope.pairs(Kind::Role).len() {
            if let Some((live, next)) = replacement::adopted(&scope, &scope.pairs(Kind::Role)[at])
                && let Some(pairs) = scope.pairs.get_mut(&Kind::Role)
            {
                (pairs[at].live, pairs[at].next) = (live, next);
            }
        }
        scope
    }

    /// A name as it is compared: folded, and where the vendor lists other spellings, the canonical
    /// one.
    pub(super) fn key<'n>(&self, kind: Kind, name: &'n str) -> Cow<'n, str> {
        let folded = fold(name);
        match self.aliases.get(&kind).and_then(|aliases| aliases.get(&*folded)) {
            Some(canonical) => Cow::Owned(canonical.clone()),
            None => folded,
        }
    }

    /// The declared objects of a kind.
    pub(super) fn pairs(&self, kind: Kind) -> &[Pair<'a>] {
        self.pairs.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The position of a declared object among those of its kind.
    pub(super) fn find(&self, kind: Kind, key: &str) -> Option<usize> {
        self.pairs(kind).binary_search_by(|pair| pair.key.cmp(key)).ok()
    }

    /// The live objects of this folded name.
    pub(super) fn named(&self, kind: Kind, key: &str) -> &[usize] {
        self.names[&kind].get(key).map_or(&[], Vec::as_slice)
    }

    /// The only live object of this folded name.
    pub(super) fn live_named(&self, kind: Kind, key: &str) -> Option<usize> {
        match *self.named(kind, key) {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether several live objects have this folded name.
    pub(super) fn collides(&self, kind: Kind, key: &str) -> bool {
        self.named(kind, key).len() > 1
    }

    /// Whether it cannot be told what a live object is.
    pub(super) fn is_unclear(&self, kind: Kind, index: usize) -> bool {
        self.unclear.get(&kind).is_some_and(|unclear| unclear.contains(&index))
    }

    /// The live role that a change of a role is about: the one that is written, or whose place a new
    /// one takes.
    pub(super) fn live_role(&self, draft: &Draft) -> Option<usize> {
        let written = draft.live.as_ref().and_then(|live| self.role_by_id.get(live.id.as_str()).copied());
        let declared = || self.pairs(Kind::Role)[self.find(Kind::Role, &fold(&draft.address.name))?].live;
        written.or_else(declared)
    }

    /// Whether an object with another owner's mark is to be ours from now on.
    pub(super) fn takes_over(&self, kind: Kind, object: &LiveObject, name: &str) -> bool {
        let is_meant = |address: &Address| {
            let meant = fold(&address.name);
            address.kind == kind && (meant == fold(name) || meant == fold(&object.name))
        };
        self.is_foreign(object) && self.policy.take_over.iter().any(is_meant)
    }

    /// Whether a live object carries the mark of another owner.
    pub(super) fn is_foreign(&self, object: &LiveObject) -> bool {
        mark_of(object).is_some_and(|mark| !self.is_own(&mark))
    }

    /// Whether a mark is ours: the owner's, or that of a replacement without an owner.
    pub(super) fn is_own(&self, mark: &Mark<'_>) -> bool {
        let owner = self.policy.context.owner.as_deref();
        owner == Some(mark.owner) || (mark.is_next && mark.owner == NOBODY)
    }

    /// Whether a live object carries the mark of what shall take another one's place, and it is ours.
    pub(super) fn is_next(&self, object: &LiveObject) -> bool {
        mark_of(object).is_some_and(|mark| mark.is_next && self.is_own(&mark))
    }

    /// The mark of what shall take the place of the object that is called so now.
    pub(super) fn next_mark(&self, kind: Kind, name: &str) -> Value {
        let owner = self.policy.context.owner.as_deref().unwrap_or(NOBODY);
        Value::Text(format!("{owner}:{kind}/{}{NEXT}", escaped(name)))
    }

    /// What the pack says of a live role that is built in.
    pub(super) fn built_in_rules(&self, index: usize) -> Option<&'a BuiltInRole> {
        self.pack.roles.built_in.roles.get(self.vendors.key(index)?)
    }

    /// The row of the user whose credential this is, where the target says so.
    pub(super) fn own_row(&self) -> Option<usize> {
        self.live.users.find(self.live.organization.as_ref()?.caller.as_deref()?)
    }

    /// Whether the plan is for a part of the objects.
    pub(super) fn is_partial(&self) -> bool {
        !self.policy.only.is_empty() || !self.policy.except.is_empty()
    }

    /// Whether the selectors leave an object in.
    pub(super) fn selects(&self, kind: Kind, name: &str) -> bool {
        let Policy { only, except, .. } = self.policy;
        (only.is_empty() || only.iter().any(|selector| selector.matches(kind, name)))
            && !except.iter().any(|selector| selector.matches(kind, name))
    }

    /// How a vocabulary's value is spelled: as the files declare it, else as it is live.
    pub(super) fn spelling(&self, kind: Kind, key: &str) -> Option<&'a str> {
        let declared = self.find(kind, key).map(|at| self.pairs(kind)[at].desired.name.as_str());
        declared.or_else(|| self.live_named(kind, key).map(|index| self.live.objects(kind)[index].name.as_str()))
    }

    /// Our mark for an object, where an owner is set.
    pub(super) fn mark(&self, kind: Kind, name: &str) -> Option<Value> {
        let owner = self.policy.context.owner.as_deref()?;
        Some(Value::Text(format!("{owner}:{kind}/{}", escaped(name))))
    }

    /// Whether a live object carries our mark.
    pub(super) fn is_ours(&self, object: &LiveObject) -> bool {
        self.policy.context.owner.is_some()
            && mark_of(object).map(|mark| mark.owner) == self.policy.context.owner.as_deref()
    }

    /// Collisions of live names that no file declares are worth knowing and stop nothing.
    fn report_collisions(&self, kind: Kind, findings: &mut Findings) {
        for (key, indexes) in self.names[&kind].iter().filter(|(_, indexes)| indexes.len() > 1) {
            if self.find(kind, key).is_none() {
                let ids: Vec<&str> = indexes.iter().map(|&index| self.live.objects(kind)[index].id.as_str()).collect();
                let name = &self.live.objects(kind)[indexes[0]].name;
                let message = format!("{} live objects are called `{kind}/{name}`: ids {}", ids.len(), ids.join(", "));
                findings.push(Code::NameCollision, message).warning();
            }
        }
    }
}

/// Whether the files are written to the target for this kind: always for roles, else as the pack
/// says.
pub(super) fn is_written(pack: &Pack, kind: Kind) -> bool {
    mode(pack, kind).is_none_or(|mode| mode == VocabularyMode::Managed)
}

/// Whether the vendor decides what a vocabulary holds.
pub(super) fn is_closed(pack: &Pack, kind: Kind) -> bool {
    mode(pack, kind) == Some(VocabularyMode::Closed)
}

fn mode(pack: &Pack, kind: Kind) -> Option<VocabularyMode> {
    Some(vocabulary(pack, kind)?.mode)
}

/// The pack's rules of a vocabulary; none for roles and users.
pub(super) fn vocabulary(pack: &Pack, kind: Kind) -> Option<&Vocabulary> {
    Some(pack.vocabulary(section(kind)?))
}

/// The section of the files for a vocabulary; none for roles and users.
pub(crate) fn section(kind: Kind) -> Option<Section> {
    match kind {
        Kind::Classification => Some(Section::Classifications),
        Kind::Segment => Some(Section::Segments),
        Kind::UserType => Some(Section::UserTypes),
        Kind::Role | Kind::User => None,
    }
}

fn aliases(pack: &Pack, section: Section) -> BTreeMap<String, String> {
    let values = pack.vocabulary(section).values.iter();
    let folded = |alias: &str, name: &str| (fold(alias).into_owned(), fold(name).into_owned());
    values.flat_map(|value| value.aliases.iter().map(|alias| folded(alias, &value.name))).collect()
}

/// The kind of the objects of a section.
pub(super) fn kind_of(section: Section) -> Kind {
    match section {
        Section::Classifications => Kind::Classification,
        Section::Segments => Kind::Segment,
        Section::UserTypes => Kind::UserType,
    }
}

/// The owner in marks of replacements where the project names none.
const NOBODY: &str = "rolecall";

/// How a mark ends on what shall take another object's place.
const NEXT: &str = "#next";

/// What a mark says, `OWNER:role/NAME`. With `#next` at its end the object shall take the place of
/// the one that is called so now (PLANNING.md §3).
pub(super) struct Mark<'m> {
    pub(super) owner: &'m str,
    pub(super) address: Address,
    pub(super) is_next: bool,
}

/// The mark on a live object. Another text in `externalId` is none.
pub(super) fn mark_of(object: &LiveObject) -> Option<Mark<'_>> {
    let (owner, text) = object.mark.as_deref()?.split_once(':')?;
    let mut address: Address = text.parse().ok()?;
    // Who does not escape names writes the same for a role that is called so.
    let is_next = address.name.ends_with(NEXT) && fold(&address.name) != fold(&object.name);
    if is_next {
        address = text.strip_suffix(NEXT)?.parse().ok()?;
    }
    if address.name.ends_with('#') && looks_next(&address.name) {
        address.name.pop();
    }
    Some(Mark { owner, address, is_next })
}

/// A name as marks have it: one that ends as a mark of what is next does gets a `#` more, so that the
/// two can be told apart.
fn escaped(name: &str) -> Cow<'_, str> {
    if looks_next(name) { Cow::Owned(format!("{name}#")) } else { Cow::Borrowed(name) }
}

fn looks_next(name: &str) -> bool {
    name.trim_end_matches('#').ends_with(NEXT)
}
