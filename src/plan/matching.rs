//! Which live object each declared one is (PLANNING.md §1).
//!
//! Built-in roles are found first of all, by their key, whatever they are called. A name stands for
//! the live object with our mark for it, and for the one that has it. Previous names are settled for
//! all objects together, because names travel in chains: where B was A and C was B, the live B
//! becomes C and the live A becomes B. Two candidates for one declared object are a finding, and
//! neither is touched. What an interrupted replacement has left is found by its mark and kept apart.
//!
//! Not responsible for what differs (`difference`), for the order of renames (`waits`), nor for what
//! becomes of a replacement's leftovers (`replacement`).

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::scope::{Pair, Scope, mark_of};
use crate::diagnostic::Code;
use crate::state::{Address, Kind, fold};

/// The declared objects of a kind with their counterparts.
pub(super) struct Matched<'a> {
    pub(super) pairs: Vec<Pair<'a>>,
    /// Live objects of which it cannot be told what they are.
    pub(super) unclear: BTreeSet<usize>,
}

/// Finds the counterpart of every declared object of a kind.
pub(super) fn pair_up<'a>(scope: &Scope<'a>, kind: Kind, findings: &mut Findings) -> Matched<'a> {
    let mut matching = Matching::new(scope, kind);
    matching.by_key(findings);
    matching.by_name(findings);
    matching.by_previous_name(findings);
    matching.leftovers();
    Matched { pairs: matching.pairs, unclear: matching.unclear }
}

struct Matching<'s, 'a> {
    scope: &'s Scope<'a>,
    kind: Kind,
    pairs: Vec<Pair<'a>>,
    /// Per live object, the folded name in our mark.
    marks: Vec<Option<String>>,
    /// By such a name, the live objects that carry it for good.
    marked: BTreeMap<String, Vec<usize>>,
    /// By such a name, the live objects that shall take its place (PLANNING.md §3).
    next: BTreeMap<String, Vec<usize>>,
    /// The declared object that each live one is, as far as that is known.
    holder: BTreeMap<usize, usize>,
    /// Per declared object, the live ones that its previous names stand for.
    claims: Vec<Vec<usize>>,
    /// Live objects that were found by the key of a built-in role.
    by_key: BTreeSet<usize>,
    /// Per declared object, whether it was found by a previous name.
    is_renamed: Vec<bool>,
    unclear: BTreeSet<usize>,
}

impl<'s, 'a> Matching<'s, 'a> {
    fn new(scope: &'s Scope<'a>, kind: Kind) -> Self {
        let declared = scope.desired.objects.get(&kind).into_iter().flatten();
        let pairs: Vec<Pair<'a>> = declared
            .map(|(key, desired)| {
                let selected = scope.selects(kind, &desired.name);
                Pair { kind, key, desired, live: None, selected, blocked: false, next: Vec::new(), before: None }
            })
            .collect();
        let mut matching = Self {
            scope,
            kind,
            marks: Vec::new(),
            marked: BTreeMap::new(),
            next: BTreeMap::new(),
            holder: BTreeMap::new(),
            claims: vec![Vec::new(); pairs.len()],
            by_key: BTreeSet::new(),
            is_renamed: vec![false; pairs.len()],
            unclear: BTreeSet::new(),
            pairs,
        };
        for (index, object) in scope.live.objects(kind).iter().enumerate() {
            let mark = mark_of(object).filter(|mark| scope.is_own(mark) && mark.address.kind == kind);
            let name = mark.as_ref().map(|mark| fold(&mark.address.name).into_owned());
            if let Some((mark, name)) = mark.zip(name.clone()) {
                let of_kind = if mark.is_next { &mut matching.next } else { &mut matching.marked };
                of_kind.entry(name).or_default().push(index);
            }
            matching.marks.push(name);
        }
        matching
    }

    fn is_declared(&self, key: &str) -> bool {
        self.pairs.binary_search_by(|pair| pair.key.cmp(key)).is_ok()
    }

    fn is_removed(&self, key: &str) -> bool {
        self.kind == Kind::Role && self.scope.desired.removed_roles.contains_key(key)
    }

    /// The live objects that a name stands for: those with our mark for it first, then those that
    /// have it, unless our mark says that they are another declared one.
    fn called(&self, key: &str) -> Vec<usize> {
        let mut called = self.marked.get(key).cloned().unwrap_or_default();
        for &index in self.scope.named(self.kind, key) {
            let is_another = self.marks[index].as_ref().is_some_and(|mark| mark != key && self.is_declared(mark));
            if !is_another && !called.contains(&index) {
                called.push(index);
            }
        }
        called.retain(|index| !self.by_key.contains(index));
        called
    }

    /// Built-in roles by their key.
    fn by_key(&mut self, findings: &mut Findings) {
        let live = self.scope.live.objects(self.kind);
        let vendors = &self.scope.vendors;
        let is_told = live.iter().any(|object| object.built_in.is_some());
        for at in 0..self.pairs.len() {
            let Some(key) = self.pairs[at].desired.built_in.as_deref().filter(|_| self.kind == Kind::Role) else {
                continue;
            };
            let own = self.scope.named(self.kind, self.pairs[at].key);
            let of_key: Vec<usize> = (0..live.len()).filter(|&index| vendors.key(index) == Some(key)).collect();
            // A target that does not tell its built-in roles cannot say that it has renamed one.
            let found = if is_told || own.is_empty() { of_key } else { own.to_vec() };
            match found[..] {
                [] => {}
                [only] => {
                    self.pairs[at].live = Some(only);
                    self.holder.insert(only, at);
                    self.by_key.insert(only);
                }
                _ => self.collision(at, &found, "are both", findings),
            }
        }
    }

    /// Our mark and the name itself.
    fn by_name(&mut self, findings: &mut Findings) {
        for at in 0..self.pairs.len() {
            if self.pairs[at].live.is_some() || self.pairs[at].blocked {
                continue;
            }
            let key = self.pairs[at].key;
            let called = self.called(key);
            match called[..] {
                [] => {}
                [only] => {
                    self.pairs[at].live = Some(only);
                    self.holder.insert(only, at);
                }
                _ => {
                    let how = match self.marked.get(key).map_or(0, Vec::len) {
                        0 => "have names that mean",
                        1 => "are, one by our mark and one by its name,",
                        _ => "carry our mark for",
                    };
                    self.collision(at, &called, how, findings);
                }
            }
        }
    }

    fn by_previous_name(&mut self, findings: &mut Findings) {
        for at in 0..self.pairs.len() {
            let pair = &self.pairs[at];
            if pair.blocked || pair.live.is_some_and(|live| self.by_key.contains(&live)) {
                continue;
            }
            let previous = pair.desired.previously.iter().map(|name| fold(name));
            let previous = previous.filter(|key| *key != pair.key && !self.is_removed(key));
            let mut claims: Vec<usize> = previous.flat_map(|key| self.called(&key)).collect();
            claims.sort_unstable();
            claims.dedup();
            // What was made to take another one's place is that one or nothing (`leftovers`).
            claims.retain(|index| pair.live != Some(*index) && !self.unclear.contains(index) && !self.is_next(*index));
            self.claims[at] = claims;
        }
        for at in 0..self.pairs.len() {
            // What a run that did not end has made in its place does not have what it takes yet.
            if self.pairs[at].live.is_none_or(|live| self.is_next(live)) && !self.pairs[at].blocked {
                self.rename(at, findings);
            }
        }
        for at in 0..self.pairs.len() {
            let Some(live) = self.pairs[at].live.filter(|_| !self.is_renamed[at]) else { continue };
            // What another declared object is has a name of its own; what nobody is could be meant.
            let mut both: Vec<usize> =
                self.claims[at].iter().copied().filter(|index| !self.holder.contains_key(index)).collect();
            if !both.is_empty() {
                both.insert(0, live);
                self.collision(at, &both, "are, by their names and by `previously`,", findings);
            }
        }
    }

    /// What an interrupted replacement has left: it is the object where there is no other.
    ///
    /// One that was to be what this object was called before is meant too.
    fn leftovers(&mut self) {
        for at in 0..self.pairs.len() {
            let pair = &self.pairs[at];
            if pair.blocked {
                continue;
            }
            let before = pair.desired.previously.iter().map(|name| fold(name));
            let before = before.filter(|key| *key != pair.key && !self.is_declared(key) && !self.is_removed(key));
            let next = std::iter::once(pair.key.into()).chain(before);
            let next: Vec<usize> = next.filter_map(|key| self.next.get(&*key)).flatten().copied().collect();
            let pair = &mut self.pairs[at];
            for index in next {
                if pair.live != Some(index) && !self.holder.contains_key(&index) && !pair.next.contains(&index) {
                    pair.next.push(index);
                }
            }
            if pair.live.is_none() && !pair.next.is_empty() {
                pair.live = Some(pair.next.remove(0));
            }
        }
    }

    /// Whether a live object was made to take another one's place.
    fn is_next(&self, index: usize) -> bool {
        let next = self.marks[index].as_ref().and_then(|name| self.next.get(name));
        next.is_some_and(|next| next.contains(&index))
    }

    /// Gives a declared object that is not live, or only as what shall take the other one's place, the
    /// one that it was called before; who was that by its name goes on to its own previous one.
    fn rename(&mut self, mut at: usize, findings: &mut Findings) {
        loop {
            let mut on_way = vec![false; self.pairs.len()];
            on_way[at] = true;
            let free: Vec<usize> =
                self.claims[at].iter().copied().filter(|&index| self.comes_free(index, &mut on_way)).collect();
            match free[..] {
                [] => return,
                [only] => {
                    let pair = &mut self.pairs[at];
                    let place = if pair.live.is_none() { &mut pair.live } else { &mut pair.before };
                    *place = Some(only);
                    self.is_renamed[at] = true;
                    let Some(before) = self.holder.insert(only, at) else { return };
                    self.pairs[before].live = None;
                    at = before;
                }
                _ => return self.collision(at, &free, "are, by `previously`,", findings),
            }
        }
    }

    /// Whether a live object is nobody's, or that of one which was called otherwise before and
    /// whose own previous one comes free.
    fn comes_free(&self, index: usize, on_way: &mut [bool]) -> bool {
        let Some(&holder) = self.holder.get(&index) else { return true };
        if self.is_renamed[holder] || std::mem::replace(&mut on_way[holder], true) {
            return false;
        }
        self.claims[holder].iter().any(|&claim| self.comes_free(claim, on_way))
    }

    fn collision(&mut self, at: usize, indexes: &[usize], how: &str, findings: &mut Findings) {
        self.unclear.extend(indexes);
        let pair = &mut self.pairs[at];
        pair.blocked = true;
        let objects = self.scope.live.objects(self.kind);
        let ids: Vec<String> =
            indexes.iter().map(|&index| format!("`{}` (id {})", objects[index].name, objects[index].id)).collect();
        let address = Address::new(self.kind, &*pair.desired.name);
        findings.push_with_help(
            Code::NameCollision,
            format!("{} {how} `{address}`", ids.join(" and ")),
            "tell them apart on the target; until then neither is touched".to_owned(),
        );
    }
}
