//! Which steps may share one request (SCIM Bulk), as far as the platform's rules say
//! (PLANNING.md §4, R-TE-23, R-TE-26, R-UT-27).
//!
//! The schedule knows single steps only: this says of each whether it may travel with others that are
//! ready too. Not responsible for what a target can take in one request (`remote`), nor for when a
//! step is ready (`apply`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Plan, Step, Write};
use crate::platform::{Pack, Power};
use crate::state::{Attributes, Binding, Kind, Live, Value, attribute, fold};

/// The most steps in one request, whatever the target takes. A hundred cost as good as nothing for
/// each in round trips; more would make a request that may not end in time, and when its answer is
/// lost each of its steps has to be looked up.
pub const MOST_TOGETHER: u64 = 100;

/// What of a user decides whose seat is taken (R-UT-27).
const DECIDES_SEATS: [&str; 3] = [attribute::USER_TYPE, attribute::ROLE, attribute::ACTIVE];

/// Whether a step may share a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ride {
    /// It goes alone.
    Alone,
    /// With whatever else is ready: it takes no seat, or the one that the schedule keeps for it.
    Along,
    /// The user keeps a type of which the platform hides the held seats from a bulk request: a spare
    /// seat of it has to be there while the request runs. The number counts types, see
    /// [`Together::spare`].
    Keeping(usize),
}

/// Which steps of a plan may share a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    rides: Vec<Ride>,
    spare: Vec<u64>,
}

impl Together {
    /// Of the step at a place of the schedule.
    #[must_use]
    pub fn ride(&self, place: usize) -> Ride {
        self.rides.get(place).copied().unwrap_or(Ride::Alone)
    }

    /// For each type, the seats that are free in every state that the schedule can reach: at most so
    /// many users who keep it may be in requests with others at any time.
    #[must_use]
    pub fn spare(&self) -> &[u64] {
        &self.spare
    }
}

/// Says of each step of a plan, which was made against this state, whether it may share a request.
#[must_use]
pub fn together(plan: &Plan, live: &Live, pack: &Pack) -> Together {
    let authority = live.organization.as_ref().and_then(|organization| organization.authority.as_deref());
    let powers = authority.and_then(|authority| pack.authorities.get(authority));
    let changes_roles = powers.is_some_and(|powers| powers.contains(&Power::BulkRoles));
    let mut seats = pack.bulk.hides_held_seats.then(|| Seats::new(plan, live));
    let ride = |step: &Step| match step.address.kind {
        Kind::Role => match &pack.bulk.roles {
            Some(rules) if !changes_roles || !only_replaces(&step.write, &rules.replaces) => Ride::Alone,
            _ => Ride::Along,
        },
        Kind::User => seats.as_mut().map_or(Ride::Along, |seats| seats.ride(&step.write)),
        Kind::Classification | Kind::Segment | Kind::UserType => Ride::Along,
    };
    let rides = plan.steps.iter().map(ride).collect();
    Together { rides, spare: seats.map(|seats| seats.spare).unwrap_or_default() }
}

/// Whether a step gives new values to some of these attributes and does nothing else.
fn only_replaces(write: &Write, attributes: &BTreeSet<String>) -> bool {
    let Write::Update { attributes: written, .. } = write else { return false };
    written.iter().all(|(name, value)| attributes.contains(name) && *value != Value::Absent)
}

/// Where a user is.
#[derive(Clone, Debug, Default)]
struct Standing {
    active: bool,
    /// Folded; empty without one.
    user_type: String,
}

struct Seats<'a> {
    plan: &'a Plan,
    live: &'a Live,
    /// The users that the plan changes, by id, as the steps before leave them.
    users: HashMap<&'a str, Standing>,
    /// The number of each type that was asked for, by its folded name; `None` where nothing limits
    /// it.
    types: BTreeMap<String, Option<usize>>,
    spare: Vec<u64>,
}

impl<'a> Seats<'a> {
    fn new(plan: &'a Plan, live: &'a Live) -> Self {
        let changed: BTreeSet<&str> = plan.steps.iter().filter_map(|step| user_id(&step.write)).collect();
        let users = live
            .users
            .iter()
            .filter(|user| changed.contains(user.id))
            .map(|user| (user.id, Standing { active: user.active, user_type: fold(user.user_type).into_owned() }));
        Self { plan, live, users: users.collect(), types: BTreeMap::new(), spare: Vec::new() }
    }

    fn ride(&mut self, write: &Write) -> Ride {
        let (before, attributes) = match write {
            // Whoever is new takes the seat that the schedule keeps, and who goes takes none.
            Write::Create { .. } | Write::Delete { .. } => return Ride::Along,
            Write::Update { id: Binding::Id(id), attributes } => match self.users.get_mut(id.as_str()) {
                Some(standing) => (standing, attributes),
                None => return Ride::Alone,
            },
            Write::Update { id: Binding::CreatedBy(_), .. } => return Ride::Alone,
        };
        let after = after(before, attributes);
        let is_kept = before.active && after.active && before.user_type == after.user_type;
        *before = after;
        let decides = DECIDES_SEATS.iter().any(|name| attributes.contains_key(*name));
        if !decides || !is_kept || before.user_type.is_empty() {
            return Ride::Along;
        }
        let user_type = before.user_type.clone();
        self.number(user_type)
            .map_or(Ride::Along, |number| if self.spare[number] == 0 { Ride::Alone } else { Ride::Keeping(number) })
    }

    /// The number of a type; `None` where nothing limits it.
    fn number(&mut self, user_type: String) -> Option<usize> {
        if let Some(number) = self.types.get(&user_type) {
            return *number;
        }
        let number = self.spare_of(&user_type).map(|spare| {
            self.spare.push(spare);
            self.spare.len() - 1
        });
        self.types.insert(user_type, number);
        number
    }

    /// The seats of a type that no state of the schedule uses; `None` where they are endless.
    fn spare_of(&self, user_type: &str) -> Option<u64> {
        let planned = self.plan.seats.iter().find(|seats| fold(&seats.user_type) == user_type);
        let found = self.live.objects(Kind::UserType).iter().find(|object| fold(&object.name) == user_type);
        let now = found.and_then(|found| match found.attributes.get(attribute::LICENSES) {
            Some(Value::Count(licenses)) => Some(*licenses),
            _ => None,
        });
        // Seats that come or go meanwhile are no spare ones.
        let capacity = match planned {
            Some(planned) => match (now, planned.capacity) {
                (Some(now), Some(then)) => now.min(then),
                (now, then) => now.or(then)?,
            },
            None => now?,
        };
        let used = |found: &crate::state::LiveObject| {
            found.in_use.unwrap_or_else(|| {
                let is_one = |user: &crate::state::LiveUser<'_>| user.active && fold(user.user_type) == user_type;
                self.live.users.iter().filter(is_one).count() as u64
            })
        };
        let most = planned.map(|planned| planned.worst).or_else(|| found.map(used)).unwrap_or(u64::MAX);
        Some(capacity.saturating_sub(most))
    }
}

fn user_id(write: &Write) -> Option<&str> {
    match write {
        Write::Update { id: Binding::Id(id), .. } => Some(id),
        _ => None,
    }
}

fn after(before: &Standing, attributes: &Attributes) -> Standing {
    let active = match attributes.get(attribute::ACTIVE) {
        Some(Value::Flag(active)) => *active,
        Some(_) => true,
        None => before.active,
    };
    let user_type = match attributes.get(attribute::USER_TYPE) {
        Some(Value::Text(user_type)) => fold(user_type).into_owned(),
        Some(_) => String::new(),
        None => before.user_type.clone(),
    };
    Standing { active, user_type }
}
