//! What a plan counts on, and whether it still holds when a saved plan is applied.

use std::collections::{BTreeMap, BTreeSet};

use super::digest;
use super::draft::Draft;
use super::findings::counted;
use super::holding::gives_up;
use super::roles::Roles;
use super::scope::Scope;
use super::user_types::UserTypes;
use super::users::user_version;
use super::{Action, Plan, Precondition, SeatUse};
use crate::state::{Address, Kind, Live, LiveObject, LiveUsers, Value, attribute, fold};

/// What the plan counts on: the objects that it touches as they are, the roles that it gives out as
/// they were reviewed, the holders of the roles that it deletes, free names for what it makes, and
/// seats.
pub(super) fn of(
    scope: &Scope<'_>,
    drafts: &[Draft],
    roles: &Roles<'_>,
    types: &UserTypes<'_>,
    seats: &[(usize, SeatUse)],
) -> Vec<Precondition> {
    let mut preconditions = Vec::with_capacity(drafts.len());
    let touched: BTreeSet<&str> = drafts.iter().filter_map(|draft| Some(draft.live.as_ref()?.id.as_str())).collect();
    let given = drafts.iter().filter_map(Draft::gives);
    for role in given.collect::<BTreeSet<usize>>() {
        let live = roles.list[role].live.filter(|_| !scope.live.capabilities.role_names);
        if let Some(live) = live.filter(|live| !touched.contains(live.id.as_str())) {
            let address = Address::new(Kind::Role, live.name.clone());
            preconditions.push(Precondition::Object { address, id: live.id.clone(), version: live.version.clone() });
        }
    }
    // An object that several steps write is one.
    let mut seen: BTreeSet<(Kind, &str)> = BTreeSet::new();
    let deleted = drafts.iter().filter(|draft| draft.address.kind == Kind::Role && draft.action == Action::Delete);
    let deleted = deleted.filter_map(|draft| Some(draft.live.as_ref()?.id.as_str()));
    let mut holders = holders(&scope.live.users, deleted);
    for draft in drafts {
        let address = draft.address.clone();
        let kind = address.kind;
        let is_live = kind != Kind::User && scope.live_named(kind, &fold(&address.name)).is_some();
        let takes_name =
            draft.action == Action::Create || (draft.action == Action::Update && gives_up(draft).is_some());
        if let Some(touched) = draft.live.as_ref().filter(|touched| seen.insert((kind, touched.id.as_str()))) {
            let version = touched.version.clone();
            preconditions.push(Precondition::Object { address: address.clone(), id: touched.id.clone(), version });
        }
        if let (Kind::Role, Action::Delete, Some(deleted)) = (kind, draft.action, &draft.live) {
            let holders = holders.remove(deleted.id.as_str()).unwrap_or_default();
            let (count, id) = (holders.len() as u64, deleted.id.clone());
            let digest = digest::of_holders(holders);
            preconditions.push(Precondition::Holders { address: address.clone(), id, count, digest });
        }
        // A name that another step sets free first is not free yet.
        if takes_name && !is_live {
            preconditions.push(Precondition::Nothing { address });
        }
    }
    for (at, seats) in seats {
        let user_type = &types.list[*at];
        if user_type.live.is_some() && user_type.capacity_before.is_some() {
            preconditions.push(Precondition::Seats {
                user_type: user_type.name.to_owned(),
                capacity: user_type.capacity_before,
                used: seats.before,
            });
        }
    }
    preconditions
}

/// Per role, the ids of the users who hold it, inactive ones included.
fn holders<'r, 'a>(users: &'a LiveUsers, roles: impl Iterator<Item = &'r str>) -> BTreeMap<&'r str, Vec<&'a str>> {
    let mut holders: BTreeMap<&str, Vec<&str>> = roles.map(|role| (role, Vec::new())).collect();
    if holders.is_empty() {
        return holders;
    }
    let of_word: Vec<Option<&str>> =
        users.words().map(|word| holders.get_key_value(word).map(|(&role, _)| role)).collect();
    for row in 0..users.len() {
        for role in users.roles(row).iter().filter_map(|word| of_word[word.0 as usize]) {
            let of_role = holders.entry(role).or_default();
            if of_role.last() != Some(&users.id(row)) {
                of_role.push(users.id(row));
            }
        }
    }
    holders
}

/// Which preconditions no longer hold, one sentence each; none, when the plan is still good.
///
/// `live` must be read as completely as it was for the plan.
#[must_use]
pub fn stale(plan: &Plan, live: &Live) -> Vec<String> {
    let mut reasons = Vec::new();
    let organization = live.organization.as_ref().map(|organization| &organization.id);
    if organization != plan.organization.as_ref() {
        let name = |id: Option<&String>| id.map_or("none".to_owned(), |id| format!("`{id}`"));
        reasons.push(format!(
            "the plan was made for the organization {}, this is {}",
            name(plan.organization.as_ref()),
            name(organization)
        ));
    }
    let view = View::new(plan, live);
    reasons.extend(plan.preconditions.iter().filter_map(|precondition| view.violation(precondition)));
    reasons
}

/// The live state, by id and by name.
struct View<'a> {
    live: &'a Live,
    /// Per role that the plan deletes.
    holders: BTreeMap<&'a str, Vec<&'a str>>,
    by_id: BTreeMap<(Kind, &'a str), &'a LiveObject>,
    by_name: BTreeMap<(Kind, String), &'a LiveObject>,
}

impl<'a> View<'a> {
    fn new(plan: &'a Plan, live: &'a Live) -> Self {
        let deleted = plan.preconditions.iter().filter_map(|precondition| match precondition {
            Precondition::Holders { id, .. } => Some(id.as_str()),
            _ => None,
        });
        let holders = holders(&live.users, deleted);
        let objects =
            || live.objects.iter().flat_map(|(&kind, objects)| objects.iter().map(move |object| (kind, object)));
        let by_id = objects().map(|(kind, object)| ((kind, object.id.as_str()), object)).collect();
        let by_name = objects().map(|(kind, object)| ((kind, fold(&object.name).into_owned()), object)).collect();
        Self { live, holders, by_id, by_name }
    }

    fn violation(&self, precondition: &Precondition) -> Option<String> {
        match precondition {
            Precondition::Object { address, id, version } if address.kind == Kind::User => {
                let Some(row) = self.live.users.find(&address.name) else {
                    return Some(format!("`{address}` is gone"));
                };
                let user = self.live.users.get(row);
                if user.id != id {
                    return Some(format!("`{address}` is another account now"));
                }
                let changed = user_version(self.live, user.version) != *version;
                changed.then(|| format!("`{address}` has changed since"))
            }
            Precondition::Object { address, id, version } => match self.by_id.get(&(address.kind, id.as_str())) {
                None => Some(format!("`{address}` is gone")),
                Some(object) => (object.version != *version).then(|| format!("`{address}` has changed since")),
            },
            Precondition::Holders { address, id, count, digest } => {
                let holders = self.holders.get(id.as_str()).map_or(&[][..], Vec::as_slice);
                let now = counted(holders.len() as u64, "holder");
                let changed = digest::of_holders(holders.to_vec()) != *digest;
                changed
                    .then(|| format!("`{address}` had {} and has {now} now, not the same", counted(*count, "holder")))
            }
            Precondition::Nothing { address } => {
                let exists = match address.kind {
                    Kind::User => self.live.users.find(&address.name).is_some(),
                    kind => self.by_name.contains_key(&(kind, fold(&address.name).into_owned())),
                };
                exists.then(|| format!("`{address}` exists meanwhile"))
            }
            Precondition::Seats { user_type, capacity, used } => self.seats(user_type, *capacity, *used),
            Precondition::Administrators { roles, active } => {
                let now = self.administrators(roles);
                (now < *active).then(|| {
                    let were = counted(*active, "active administrator");
                    format!("there were {were} and are {now}")
                })
            }
        }
    }

    fn seats(&self, user_type: &str, capacity: Option<u64>, used: u64) -> Option<String> {
        let Some(object) = self.by_name.get(&(Kind::UserType, fold(user_type).into_owned())) else {
            return Some(format!("`user-type/{user_type}` is gone"));
        };
        let Some(&Value::Count(capacity_now)) = object.attributes.get(attribute::LICENSES) else { return None };
        let used_now = object.in_use.unwrap_or_else(|| self.active_users(user_type));
        let free = |capacity: u64, used: u64| i128::from(capacity) - i128::from(used);
        let is_enough = capacity.is_some_and(|capacity| free(capacity_now, used_now) >= free(capacity, used));
        (!is_enough).then(|| {
            let were = capacity.map_or("unlimited".to_owned(), |capacity| capacity.to_string());
            format!(
                "`user-type/{user_type}` has {capacity_now} licences with {used_now} used; {were} with {used} used were \
                 counted on"
            )
        })
    }

    fn active_users(&self, user_type: &str) -> u64 {
        let users = &self.live.users;
        let wanted = fold(user_type);
        let is_type: Vec<bool> = users.words().map(|word| fold(word) == wanted).collect();
        (0..users.len()).filter(|&row| users.active(row) && is_type[users.user_type(row).0 as usize]).count() as u64
    }

    fn administrators(&self, roles: &[String]) -> u64 {
        let users = &self.live.users;
        let administrates: Vec<bool> = users.words().map(|word| roles.iter().any(|role| role == word)).collect();
        let is_one =
            |row: &usize| users.active(*row) && users.roles(*row).iter().any(|role| administrates[role.0 as usize]);
        (0..users.len()).filter(is_one).count() as u64
    }
}
