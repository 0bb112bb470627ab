//! What may be changed for its own sake, and which live object each declared one is.
//!
//! A live object is found by our mark, then by its name, then by a previous name (PLANNING.md §1).
//! Two candidates for one declared object are a finding, and neither is touched. Users are found
//! by name alone (`users`).

use std::collections::{BTreeMap, BTreeSet};

use super::Policy;
use super::findings::Findings;
use crate::diagnostic::Code;
use crate::platform::{Pack, Section, VocabularyMode};
use crate::state::{Address, Desired, DesiredObject, Kind, Live, LiveObject, Value, fold};

/// The two states, with what was found to belong together.
pub(super) struct Scope<'a> {
    pub(super) desired: &'a Desired,
    pub(super) live: &'a Live,
    pub(super) pack: &'a Pack,
    pub(super) policy: &'a Policy,
    /// Per kind, every declared object that rolecall may write, by folded name.
    pairs: BTreeMap<Kind, Vec<Pair<'a>>>,
    /// Per kind, the live objects by folded name; more than one where names collide.
    names: BTreeMap<Kind, BTreeMap<String, Vec<usize>>>,
}

/// A declared object and its live counterpart.
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
        let mut scope = Self { desired, live, pack, policy, pairs: BTreeMap::new(), names: BTreeMap::new() };
        for kind in [Kind::Classification, Kind::Segment, Kind::UserType, Kind::Role] {
            let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (index, object) in live.objects(kind).iter().enumerate() {
                names.entry(fold(&object.name).into_owned()).or_default().push(index);
            }
            scope.names.insert(kind, names);
            if is_written(pack, kind) {
                let pairs = scope.pair_up(kind, findings);
                scope.pairs.insert(kind, pairs);
            }
            scope.report_collisions(kind, findings);
        }
        scope
    }

    /// The declared objects of a kind.
    pub(super) fn pairs(&self, kind: Kind) -> &[Pair<'a>] {
        self.pairs.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The position of a declared object among those of its kind.
    pub(super) fn find(&self, kind: Kind, key: &str) -> Option<usize> {
        self.pairs(kind).binary_search_by(|pair| pair.key.cmp(key)).ok()
    }

    /// The only live object of this folded name.
    pub(super) fn live_named(&self, kind: Kind, key: &str) -> Option<usize> {
        match self.names[&kind].get(key).map(Vec::as_slice) {
            Some(&[only]) => Some(only),
            _ => None,
        }
    }

    /// Whether several live objects have this folded name.
    pub(super) fn collides(&self, kind: Kind, key: &str) -> bool {
        self.names[&kind].get(key).is_some_and(|found| found.len() > 1)
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
        Some(Value::Text(format!("{owner}:{kind}/{name}")))
    }

    /// Whether a live object carries our mark.
    pub(super) fn is_ours(&self, object: &LiveObject) -> bool {
        self.policy.context.owner.is_some() && marked_by(object) == self.policy.context.owner.as_deref()
    }

    fn pair_up(&self, kind: Kind, findings: &mut Findings) -> Vec<Pair<'a>> {
        let Some(declared) = self.desired.objects.get(&kind) else { return Vec::new() };
        let objects = self.live.objects(kind);
        let names = &self.names[&kind];
        let pair = |(key, desired): (&'a String, &'a DesiredObject)| {
            let selected = self.selects(kind, &desired.name);
            Pair { kind, key, desired, live: None, selected, blocked: false }
        };
        let mut pairs: Vec<Pair<'a>> = declared.iter().map(pair).collect();
        let mut taken = BTreeSet::new();

        let mut marks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            let mark = object.mark.as_deref().and_then(parse_mark);
            if let Some((owner, address)) = mark
                && self.policy.context.owner.as_deref() == Some(owner)
                && address.kind == kind
            {
                marks.entry(fold(&address.name).into_owned()).or_default().push(index);
            }
        }
        for pair in &mut pairs {
            match marks.get(pair.key).map(Vec::as_slice) {
                Some(&[only]) => {
                    pair.live = Some(only);
                    taken.insert(only);
                }
                Some(several) => {
                    pair.blocked = true;
                    self.collision(pair, several, "carry our mark for", findings);
                }
                None => {}
            }
        }
        for pair in pairs.iter_mut().filter(|pair| !pair.blocked) {
            // An object that another name's mark claims is about to get that name.
            let holders: Vec<usize> =
                names.get(pair.key).into_iter().flatten().copied().filter(|index| !taken.contains(index)).collect();
            match (pair.live, &holders[..]) {
                (_, []) => {}
                (None, &[only]) => {
                    pair.live = Some(only);
                    taken.insert(only);
                }
                (None, several) => {
                    pair.blocked = true;
                    self.collision(pair, several, "have names that mean", findings);
                }
                (Some(marked), several) => {
                    pair.blocked = true;
                    let both: Vec<usize> = std::iter::once(marked).chain(several.iter().copied()).collect();
                    self.collision(pair, &both, "are, one by our mark and one by its name,", findings);
                }
            }
        }
        for pair in pairs.iter_mut().filter(|pair| !pair.blocked && !pair.desired.previously.is_empty()) {
            let previous: BTreeSet<usize> = (pair.desired.previously.iter().map(|name| fold(name)))
                .filter(|key| !declared.contains_key(&**key) && !self.desired.removed_roles.contains_key(&**key))
                .filter_map(|key| names.get(&*key))
                .flatten()
                .copied()
                .filter(|index| !taken.contains(index))
                .collect();
            match (pair.live, previous.len()) {
                (_, 0) => {}
                (None, 1) => {
                    pair.live = previous.first().copied();
                    taken.extend(previous);
                }
                (live, _) => {
                    pair.blocked = true;
                    let all: Vec<usize> = live.into_iter().chain(previous).collect();
                    self.collision(pair, &all, "are, by their names and by `previously`,", findings);
                }
            }
        }
        pairs
    }

    fn collision(&self, pair: &Pair<'_>, indexes: &[usize], how: &str, findings: &mut Findings) {
        let objects = self.live.objects(pair.kind);
        let ids: Vec<String> =
            indexes.iter().map(|&index| format!("`{}` (id {})", objects[index].name, objects[index].id)).collect();
        let address = Address::new(pair.kind, &*pair.desired.name);
        findings.push_with_help(
            Code::NameCollision,
            format!("{} {how} `{address}`", ids.join(" and ")),
            "tell them apart on the target; until then neither is touched".to_owned(),
        );
    }

    /// Collisions of live names that no file declares are worth knowing and stop nothing.
    fn report_collisions(&self, kind: Kind, findings: &mut Findings) {
        for (key, indexes) in self.names[&kind].iter().filter(|(_, indexes)| indexes.len() > 1) {
            if self.find(kind, key).is_none() {
                let ids: Vec<&str> = indexes.iter().map(|&index| self.live.objects(kind)[index].id.as_str()).collect();
                let name = &self.live.objects(kind)[indexes[0]].name;
                let message = format!("{} live objects are called `{kind}/{name}`: ids {}", ids.len(), ids.join(", "));
                findings.push_warning(Code::NameCollision, message);
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
    let section = match kind {
        Kind::Classification => Section::Classifications,
        Kind::Segment => Section::Segments,
        Kind::UserType => Section::UserTypes,
        Kind::Role | Kind::User => return None,
    };
    Some(pack.vocabulary(section).mode)
}

/// The kind of the objects of a section.
pub(super) fn kind_of(section: Section) -> Kind {
    match section {
        Section::Classifications => Kind::Classification,
        Section::Segments => Kind::Segment,
        Section::UserTypes => Kind::UserType,
    }
}

/// The owner whose mark a live object carries. Another text in `externalId` is no mark.
pub(super) fn marked_by(object: &LiveObject) -> Option<&str> {
    parse_mark(object.mark.as_deref()?).map(|(owner, _)| owner)
}

/// The owner and the address in a mark, `OWNER:role/NAME`.
fn parse_mark(mark: &str) -> Option<(&str, Address)> {
    let (owner, address) = mark.split_once(':')?;
    Some((owner, address.parse().ok()?))
}
