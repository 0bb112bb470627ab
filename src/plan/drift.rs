//! Live against files, as two ways see it or three: what differs, and on which side it changed.
//!
//! Pure: a plan is what differs; the base of a field is what the last apply that touched it left
//! there. Where files, base and live are compared, a difference is told apart; without a base it is
//! only a difference. Not responsible for reading journals, and it never says who changed something:
//! nothing knows that.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::begun::chains;
use super::undoing::same;
use super::{Action, Change, Plan, Policy, UnlistedRoles, UnlistedUsers};
use crate::state::{Address, Desired, Kind, Live, Origin, Selector, StepId, Value, attribute, fold};

/// The version of the JSON of a [`Drift`].
pub const DRIFT_FORMAT_VERSION: u32 = 1;

/// What became of a step of an apply. A step that is not told of was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is known to be done.
    Done,
    /// It may have been done or not.
    InDoubt,
}

/// The apply that a difference is measured from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Since {
    /// The run.
    pub run: String,
    /// When it began, in UTC (RFC 3339).
    pub when: String,
}

/// What the applies of before have left, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Base {
    objects: BTreeMap<(Kind, String), Known>,
}

/// What is known of one object.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Whether an apply made it (`true`) or deleted it, and which.
    is_there: Option<(bool, Since)>,
    fields: BTreeMap<String, (Value, Since)>,
}

impl Base {
    /// Takes in an apply; the oldest comes first.
    pub fn take(&mut self, since: &Since, plan: &Plan, carried: &BTreeMap<StepId, Carried>) {
        let of_change = steps_of_changes(plan);
        for (change, steps) in plan.changes.iter().zip(of_change) {
            let done = steps.iter().filter(|step| carried.get(step) == Some(&Carried::Done)).count();
            if !steps.is_empty() && done == steps.len() {
                self.take_change(since, change);
            } else if steps.iter().any(|step| carried.contains_key(step)) {
                self.doubt(change);
            }
        }
    }

    /// Forgets everything: an apply that cannot be read may have changed any of it.
    pub fn forget(&mut self) {
        self.objects.clear();
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn take_change(&mut self, since: &Since, change: &Change) {
        let key = key(&change.address);
        if change.action == Action::Delete {
            let gone = Known { is_there: Some((false, since.clone())), fields: BTreeMap::new() };
            self.objects.insert(key, gone);
            return;
        }
        if let Some(before) = renamed_from(change) {
            let known = self.objects.remove(&(change.kind, fold(before).into_owned())).unwrap_or_default();
            self.objects.insert(key.clone(), known);
            self.rename(change.kind, before, &change.address.name);
        }
        let known = self.objects.entry(key).or_default();
        match change.action {
            Action::Create => *known = Known { is_there: Some((true, since.clone())), fields: BTreeMap::new() },
            // It is another object now; what nobody declared of the old one is not known of it.
            Action::Replace => known.fields.clear(),
            Action::Update | Action::Delete => {}
        }
        for field in &change.fields {
            known.fields.insert(field.path.clone(), (field.after.clone(), since.clone()));
        }
    }

    /// A change that is done in part, or may be.
    fn doubt(&mut self, change: &Change) {
        if let Some(before) = renamed_from(change) {
            self.objects.remove(&(change.kind, fold(before).into_owned()));
        }
        let known = self.objects.entry(key(&change.address)).or_default();
        match change.action {
            Action::Update => {
                for field in &change.fields {
                    known.fields.remove(&field.path);
                }
            }
            Action::Create | Action::Replace | Action::Delete => *known = Known::default(),
        }
    }

    /// What names an object by its name names it by the new one from now on.
    fn rename(&mut self, kind: Kind, before: &str, after: &str) {
        let (of, is_one): (Kind, fn(&str) -> bool) = match kind {
            Kind::Role => (Kind::User, |path| path == attribute::ROLE),
            Kind::UserType => (Kind::Role, |path| path == attribute::USER_TYPE),
            Kind::Classification | Kind::Segment => (Kind::Role, |path| path != attribute::PERMISSIONS),
            Kind::User => return,
        };
        let before = fold(before);
        let renamed = |name: &str| if fold(name) == before { after.to_owned() } else { name.to_owned() };
        for ((_, _), known) in self.objects.iter_mut().filter(|((kind, _), _)| *kind == of) {
            for (_, (value, _)) in known.fields.iter_mut().filter(|(path, _)| is_one(path)) {
                match value {
                    Value::Names(names) => *names = names.iter().map(|name| renamed(name)).collect(),
                    Value::Text(name) if !matches!(kind, Kind::Classification | Kind::Segment) => *name = renamed(name),
                    _ => {}
                }
            }
        }
    }

    fn of(&self, kind: Kind, name: &str) -> Option<&Known> {
        self.objects.get(&(kind, fold(name).into_owned()))
    }
}

fn key(address: &Address) -> (Kind, String) {
    (address.kind, fold(&address.name).into_owned())
}

/// The name that an object had before a change of it.
fn renamed_from(change: &Change) -> Option<&str> {
    let field = change.fields.iter().find(|field| field.path == attribute::NAME)?;
    match &field.before {
        Value::Text(before) if change.action != Action::Create => Some(before),
        _ => None,
    }
}

/// Per change of a plan, the steps that carry it out.
fn steps_of_changes(plan: &Plan) -> Vec<Vec<StepId>> {
    let mut places: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for (at, change) in plan.changes.iter().enumerate() {
        places.insert((change.kind, change.address.name.as_str()), at);
    }
    // A role that is replaced has steps under its old name and a temporary one too.
    for (at, change) in plan.changes.iter().enumerate() {
        let temporary = change.replacement.as_ref().and_then(|replacement| replacement.temporary_name.as_deref());
        for name in temporary.into_iter().chain(renamed_from(change)) {
            places.entry((change.kind, name)).or_insert(at);
        }
    }
    let mut steps = vec![Vec::new(); plan.changes.len()];
    for chain in chains(plan) {
        let mut names = chain.steps.iter().map(|step| (chain.kind, step.address.name.as_str()));
        if let Some(&at) = names.find_map(|name| places.get(&name)) {
            steps[at].extend(chain.steps.iter().map(|step| step.id));
        }
    }
    steps
}

/// On which side something changed since the last apply that touched it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The files say what the apply left; live is something else.
    Live,
    /// Live is what the apply left; the files say something else.
    Files,
    /// Neither is what the apply left, nor are they the same.
    Both,
    /// No apply that is known of has touched it.
    Unknown,
}

/// In what way an object differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// It is there on both sides, with other values.
    Fields,
    /// The files have it, and it is not live.
    NotLive,
    /// It is live, and the files do not have it or say that it shall go.
    NotInFiles,
}

/// An object that is not as the files say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drifted {
    /// Which.
    pub address: Address,
    /// In what way.
    pub differs: Differs,
    /// Where it changed; for fields that differ on several sides, `both`.
    pub changed: Side,
    /// The apply that its being there is measured from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// Where it is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The fields, where it is on both sides.
    pub fields: Vec<DriftedField>,
}

/// A field that is not as the files say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DriftedField {
    /// The field, by its name in the files.
    pub path: String,
    /// Where it changed.
    pub changed: Side,
    /// What is live.
    pub live: Value,
    /// What the files say.
    pub files: Value,
    /// What the apply left, and which apply that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// The apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// How live and files differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// [`DRIFT_FORMAT_VERSION`].
    pub format_version: u32,
    /// The platform's name.
    pub platform: String,
    /// The target's URL, or `sandbox`.
    pub target: String,
    /// The target's organization, where it says which it is.
    pub organization: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// What differs, sorted by kind and name.
    pub objects: Vec<Drifted>,
    /// Live objects that no file names, and that the project leaves alone.
    pub left_alone: Vec<Address>,
    /// Why a difference may be missing here or told less exactly, one sentence each.
    pub notes: Vec<String>,
}

impl Drift {
    /// Whether live is as the files say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// Compares live with the files. The plan must be made from both without anything unlisted in it
/// ([`Policy::unlisted`]); `policy` is the project's, with what it says of that.
#[must_use]
pub fn drift(desired: &Desired, live: &Live, plan: &Plan, policy: &Policy, base: &Base) -> Drift {
    let mut objects: Vec<Drifted> = plan.changes.iter().map(|change| drifted(change, base)).collect();
    let mut left_alone = Vec::new();
    for (address, is_expected) in unnamed(desired, live, plan, policy) {
        let known = base.of(address.kind, &address.name).and_then(|known| known.is_there.clone());
        let changed = match &known {
            Some((true, _)) => Side::Files,
            Some((false, _)) => Side::Live,
            None => Side::Unknown,
        };
        if changed == Side::Unknown && is_expected {
            left_alone.push(address);
            continue;
        }
        let since = known.map(|(_, since)| since);
        objects.push(Drifted {
            address,
            differs: Differs::NotInFiles,
            changed,
            since,
            origin: None,
            fields: Vec::new(),
        });
    }
    objects.sort_by(|a, b| a.address.cmp(&b.address));
    let mut notes = Vec::new();
    let refusing: BTreeSet<&str> = plan
        .findings
        .iter()
        .filter(|finding| finding.severity == crate::diagnostic::Severity::Error && !finding.allowed)
        .map(|finding| finding.code.as_str())
        .collect();
    if !refusing.is_empty() {
        let codes = refusing.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!("a plan that closes the difference is refused: {codes}; `rolecall plan` says why"));
    }
    if !plan.manual.is_empty() {
        let names: Vec<String> = plan.manual.iter().map(|manual| format!("`{}`", manual.address)).collect();
        notes.push(format!("the target has no place for these, so they are not compared: {}", names.join(", ")));
    }
    Drift {
        format_version: DRIFT_FORMAT_VERSION,
        platform: plan.platform.clone(),
        target: plan.target.clone(),
        organization: plan.organization.clone(),
        environment: plan.environment.clone(),
        objects,
        left_alone,
        notes,
    }
}

/// A change of the plan, seen from both sides.
fn drifted(change: &Change, base: &Base) -> Drifted {
    let known = base.of(change.kind, &change.address.name);
    // A rename that the files want is known under the name that it has.
    let known = known.or_else(|| renamed_from(change).and_then(|before| base.of(change.kind, before)));
    let is_there = known.and_then(|known| known.is_there.clone());
    let (differs, changed, since, fields) = match change.action {
        Action::Create | Action::Delete => {
            // Whoever sets a field of an object leaves it there.
            let by_field = known.and_then(|known| known.fields.values().map(|(_, since)| since).max());
            let known = is_there.or_else(|| by_field.map(|since| (true, since.clone())));
            let is_wanted = change.action == Action::Create;
            let changed = match &known {
                None => Side::Unknown,
                Some((was_there, _)) if *was_there == is_wanted => Side::Live,
                Some(_) => Side::Files,
            };
            let differs = if is_wanted { Differs::NotLive } else { Differs::NotInFiles };
            (differs, changed, known.map(|(_, since)| since), Vec::new())
        }
        Action::Update | Action::Replace => {
            let fields: Vec<DriftedField> = change.fields.iter().map(|field| drifted_field(field, known)).collect();
            let sides: BTreeSet<Side> = fields.iter().map(|field| field.changed).collect();
            let changed = match sides.iter().copied().collect::<Vec<_>>()[..] {
                [only] => only,
                [side, Side::Unknown] if side != Side::Both => side,
                [] => Side::Unknown,
                _ => Side::Both,
            };
            (Differs::Fields, changed, None, fields)
        }
    };
    Drifted { address: change.address.clone(), differs, changed, since, origin: change.origin.clone(), fields }
}

fn drifted_field(field: &super::FieldChange, known: Option<&Known>) -> DriftedField {
    let base = known.and_then(|known| known.fields.get(&field.path));
    let changed = match base {
        None => Side::Unknown,
        Some((base, _)) if same(base, &field.before) => Side::Files,
        Some((base, _)) if same(base, &field.after) => Side::Live,
        Some(_) => Side::Both,
    };
    let (base, since) = base.cloned().unzip();
    DriftedField {
        path: field.path.clone(),
        changed,
        live: field.before.clone(),
        files: field.after.clone(),
        base,
        since,
    }
}

/// The live roles and users that no file names, and whether the project leaves them alone. Built-in
/// roles are there anyway.
fn unnamed(desired: &Desired, live: &Live, plan: &Plan, policy: &Policy) -> Vec<(Address, bool)> {
    let in_plan: BTreeSet<(Kind, String)> = plan
        .changes
        .iter()
        .flat_map(|change| {
            let before = renamed_from(change).map(|before| (change.kind, fold(before).into_owned()));
            [Some(key(&change.address)), before]
        })
        .flatten()
        .collect();
    let chosen = |kind: Kind, name: &str| {
        let chooses = |selectors: &[Selector]| selectors.iter().any(|selector| selector.matches(kind, name));
        (policy.only.is_empty() || chooses(&policy.only)) && !chooses(&policy.except)
    };
    let mut unnamed = Vec::new();
    if let Some(roles) = desired.objects.get(&Kind::Role) {
        let built_in: BTreeSet<&str> = roles.values().filter_map(|role| role.built_in.as_deref()).collect();
        let previous: BTreeSet<String> =
            roles.values().flat_map(|role| &role.previously).map(|name| fold(name).into_owned()).collect();
        for role in live.objects(Kind::Role) {
            let name = fold(&role.name);
            let is_named = roles.contains_key(&*name)
                || previous.contains(&*name)
                || desired.removed_roles.contains_key(&*name)
                || role.built_in.is_some()
                || built_in.contains(&*name);
            if !is_named && !in_plan.contains(&(Kind::Role, name.into_owned())) && chosen(Kind::Role, &role.name) {
                let is_expected = policy.unlisted.roles == UnlistedRoles::Ignore;
                unnamed.push((Address::new(Kind::Role, &*role.name), is_expected));
            }
        }
    }
    if let Some(assignments) = &desired.assignments {
        for user in live.users.iter() {
            let name = fold(user.user_name);
            let is_named = assignments.find(user.user_name).is_some() || desired.removed_users.contains_key(&*name);
            if !is_named && !in_plan.contains(&(Kind::User, name.into_owned())) && chosen(Kind::User, user.user_name) {
                let is_expected = policy.unlisted.users == UnlistedUsers::Ignore;
                unnamed.push((Address::new(Kind::User, user.user_name), is_expected));
            }
        }
    }
    unnamed
}
