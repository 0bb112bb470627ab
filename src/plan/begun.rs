//! How far a plan has come that a run began and did not end.
//!
//! What the run knows is taken as it is; what is in doubt, or was not done, the live state tells:
//! an object is as the last known step left it, or as a later step leaves it, or somebody else has
//! changed it. Not responsible for what the rest of the plan counts on beside its own objects
//! (`rewound`), nor for doing it.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::whole::{Found, Whole};
use super::{Expected, Plan, Step, Write, rewound, stale};
use crate::state::{Attributes, Binding, Kind, Live, StepId, Value, Version, attribute};

/// How a step left its object, for the steps that build on it. A journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The object's id.
    pub id: String,
    /// Its version, where the target said it.
    pub version: Option<Version>,
}

/// How far a plan has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The steps that are done, and how they left their objects.
    pub done: BTreeMap<StepId, Left>,
    /// What the plan counts on and is not so any more, one sentence each; none, when the rest can be
    /// done as it was planned.
    pub changed: Vec<String>,
}

/// Finds out how far a plan has come. `known` has the steps that are known to be done.
///
/// `live` must be read as completely as it was for the plan.
#[must_use]
pub fn begun(plan: &Plan, known: &BTreeMap<StepId, Left>, live: &Live) -> Begun {
    let mut view = View { whole: Whole::new(live), known, taken: taken(plan, known), done: BTreeMap::new() };
    let mut changed = BTreeSet::new();
    let chains = chains(plan);
    for chain in &chains {
        match view.reached(chain) {
            Ok((count, left)) => view.take(&chain.steps[..count], left.as_ref()),
            Err(reason) => {
                // What is known to be done is so, whatever has become of it since.
                for step in &chain.steps {
                    view.done.extend(known.get(&step.id).map(|left| (step.id, left.clone())));
                }
                changed.insert(reason);
            }
        }
    }
    // What is there for a while only is not made again when all is done that it was made for.
    for chain in chains.iter().filter(|chain| chain.is_passing()) {
        let own: Vec<StepId> = chain.steps.iter().map(|step| step.id).collect();
        let last = chain.steps[chain.steps.len() - 1];
        let mut purposes = last.waits_for.iter().filter(|wait| !own.contains(wait)).peekable();
        let is_made = view.done.contains_key(&own[0]);
        if !is_made && purposes.peek().is_some() && purposes.all(|wait| view.done.contains_key(wait)) {
            view.take(&chain.steps, Some(&Left { id: String::new(), version: None }));
        }
    }
    let done = view.done;
    let before = rewound::before(plan, &done, live);
    changed.extend(stale(plan, &before));
    Begun { done, changed: changed.into_iter().collect() }
}

/// The steps on one object, in their order.
pub(super) struct Chain<'p> {
    pub(super) kind: Kind,
    /// The object's id, unless the first step makes it.
    pub(super) id: Option<&'p str>,
    pub(super) steps: Vec<&'p Step>,
}

impl Chain<'_> {
    /// Whether it is made and deleted again.
    fn is_passing(&self) -> bool {
        self.id.is_none() && self.deletes()
    }

    pub(super) fn deletes(&self) -> bool {
        self.steps.last().is_some_and(|step| matches!(step.write, Write::Delete { .. }))
    }
}

/// The steps of a plan, object by object; users last, because what they get is made by others.
pub(super) fn chains(plan: &Plan) -> Vec<Chain<'_>> {
    #[derive(PartialEq, Eq, Hash)]
    enum Object<'p> {
        Id(Kind, &'p str),
        Made(StepId),
    }
    let mut places: HashMap<Object<'_>, usize> = HashMap::new();
    let mut chains: Vec<Chain<'_>> = Vec::new();
    for step in &plan.steps {
        let kind = step.address.kind;
        let (object, id) = match &step.write {
            Write::Create { .. } => (Object::Made(step.id), None),
            Write::Update { id, .. } | Write::Delete { id } => match id {
                Binding::Id(id) => (Object::Id(kind, id), Some(id.as_str())),
                Binding::CreatedBy(step) => (Object::Made(*step), None),
            },
        };
        let place = *places.entry(object).or_insert_with(|| {
            chains.push(Chain { kind, id, steps: Vec::new() });
            chains.len() - 1
        });
        chains[place].steps.push(step);
    }
    chains.sort_by_key(|chain| chain.kind == Kind::User);
    chains
}

/// What steps on one object leave it as, as far as it is known what they refer to: `None` where one
/// of its attributes is another object that is not there.
pub(super) fn outcome(steps: &[&Step], done: &BTreeMap<StepId, Left>) -> Option<Attributes> {
    let mut outcome: BTreeMap<&str, Option<Value>> = BTreeMap::new();
    for step in steps {
        let (Write::Create { attributes } | Write::Update { attributes, .. }) = &step.write else { continue };
        for (name, value) in attributes {
            let value = match value {
                Value::Reference(Binding::Id(id)) => Some(Value::text(&**id)),
                Value::Reference(Binding::CreatedBy(made)) => done.get(made).map(|left| Value::text(&*left.id)),
                value => Some(value.clone()),
            };
            outcome.insert(name, value);
        }
    }
    outcome.into_iter().map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The ids of the objects that the plan does not make: none of them is what a step has made.
fn taken<'p>(plan: &'p Plan, known: &'p BTreeMap<StepId, Left>) -> BTreeSet<(Kind, &'p str)> {
    let ids = plan.steps.iter().filter_map(|step| match &step.write {
        Write::Update { id: Binding::Id(id), .. } | Write::Delete { id: Binding::Id(id) } => {
            Some((step.address.kind, id.as_str()))
        }
        _ => None,
    });
    let left = plan.steps.iter().filter_map(|step| Some((step.address.kind, known.get(&step.id)?.id.as_str())));
    ids.chain(left).collect()
}

struct View<'a> {
    whole: Whole<'a>,
    known: &'a BTreeMap<StepId, Left>,
    taken: BTreeSet<(Kind, &'a str)>,
    done: BTreeMap<StepId, Left>,
}

impl View<'_> {
    /// Takes steps as done. Those that nothing is known of have left the object as it is.
    fn take(&mut self, steps: &[&Step], left: Option<&Left>) {
        for step in steps {
            let left = self.known.get(&step.id).or(left);
            self.done.extend(left.map(|left| (step.id, left.clone())));
        }
    }

    /// How many steps of a chain are done, and how those left the object that nothing is known of;
    /// else why that cannot be told.
    fn reached(&self, chain: &Chain<'_>) -> Result<(usize, Option<Left>), String> {
        let Chain { kind, steps, .. } = chain;
        let known = steps.iter().rposition(|step| self.known.contains_key(&step.id)).map_or(0, |at| at + 1);
        let last = known.checked_sub(1).map(|at| &self.known[&steps[at].id]);
        let address = &steps[0].address;
        let Some(id) = chain.id.or(last.map(|left| left.id.as_str())) else { return self.made(chain) };
        let gone = || Some(Left { id: id.to_owned(), version: None });
        let Some(found) = self.whole.by_id(*kind, id) else {
            return if chain.deletes() { Ok((steps.len(), gone())) } else { Err(format!("`{address}` is gone")) };
        };
        if known == steps.len() && chain.deletes() {
            return Err(format!("`{address}` is there although the run has deleted it"));
        }
        let left = |found: &Found<'_>| Left { id: found.id().to_owned(), version: Some(found.version().clone()) };
        let version = match (last, &steps[0].expects) {
            (Some(left), _) => left.version.as_ref(),
            (None, Expected::Version(version)) => Some(version),
            (None, Expected::Nothing | Expected::After(_)) => None,
        };
        if version.is_some_and(|version| version.as_str() == found.version().as_str()) {
            return Ok((known, last.cloned()));
        }
        let ends = known + steps[known..].iter().take_while(|step| !matches!(step.write, Write::Delete { .. })).count();
        let least = if version.is_none() && known > 0 { known } else { known + 1 };
        let reached = (least..=ends)
            .rev()
            .find(|&count| outcome(&steps[..count], &self.done).is_some_and(|attributes| found.has(&attributes)));
        match reached {
            Some(count) => Ok((count, Some(left(&found)))),
            None => Err(format!("`{address}` has changed since")),
        }
    }

    /// The same for an object of which it is not known whether it was made.
    fn made(&self, chain: &Chain<'_>) -> Result<(usize, Option<Left>), String> {
        let Chain { kind, steps, .. } = chain;
        let lasting = steps.len() - usize::from(chain.deletes());
        let mut other = None;
        for count in (1..=lasting).rev() {
            let Some(attributes) = outcome(&steps[..count], &self.done) else { continue };
            let text = |name: &str| match attributes.get(name) {
                Some(Value::Text(text)) => Some(text.as_str()),
                _ => None,
            };
            let named = text(attribute::NAME).map_or(Vec::new(), |name| self.whole.by_name(*kind, name));
            let marked = text(attribute::MARK).map_or(Vec::new(), |mark| self.whole.by_mark(*kind, mark));
            let candidates = named.into_iter().chain(marked);
            for found in candidates.filter(|found| !self.taken.contains(&(*kind, found.id()))) {
                if found.has(&attributes) {
                    let left = Left { id: found.id().to_owned(), version: Some(found.version().clone()) };
                    return Ok((count, Some(left)));
                }
                other = Some(found.name().to_owned());
            }
        }
        if let Some(name) = other {
            let address = &steps[0].address;
            return Err(if name == address.name {
                format!("`{address}` exists meanwhile, and is not as the plan makes it")
            } else {
                format!("`{name}` has the mark of `{address}`, and is not as the plan makes it")
            });
        }
        Ok((0, None))
    }
}
