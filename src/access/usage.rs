//! Who takes which seat: one row for each user with their type and role (R-UT-6).

use std::collections::BTreeMap;

use serde::Serialize;

use super::Standing;
use crate::platform::{Section, UserTypeSource};
use crate::state::fold;

/// Seats and who takes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage<'s> {
    /// By user type.
    pub types: Vec<TypeUse<'s>>,
    /// One row for each active user: each takes one seat of their type (R-UT-8).
    pub users: Vec<Seat<'s>>,
    /// Those who are not active, who take none (reading B7).
    pub inactive: Vec<Seat<'s>>,
}

/// The seats of one user type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeUse<'s> {
    /// The type; nothing for active users who have none.
    pub user_type: Option<&'s str>,
    /// Its seats; nothing where they are unlimited, or not stated in files.
    pub capacity: Option<u64>,
    /// Active users of this type among those who are listed.
    pub used: u64,
    /// What the target itself counts, where it does.
    pub announced: Option<u64>,
    /// Seats that are left by the target's count, else by ours.
    pub free: Option<u64>,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seat<'s> {
    /// Who.
    pub user_name: &'s str,
    /// Their type.
    pub user_type: Option<&'s str>,
    /// Their roles: one, on a platform in order.
    pub roles: Vec<&'s str>,
}

impl Standing<'_> {
    /// Who takes which seat; nothing where the platform has no user types.
    #[must_use]
    pub fn usage(&self) -> Option<Usage<'_>> {
        if self.pack.users.user_type == UserTypeSource::None {
            return None;
        }
        let types = self.pack.vocabulary(Section::UserTypes);
        let key = |name: &str| fold(types.canonical(name)).into_owned();
        let mut uses: Vec<TypeUse<'_>> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let offered = self.options.get(&Section::UserTypes).into_iter().flatten().copied();
        for name in offered.chain(self.seats.keys().copied()) {
            places.entry(key(name)).or_insert_with(|| {
                uses.push(TypeUse { user_type: Some(name), capacity: None, used: 0, announced: None, free: None });
                uses.len() - 1
            });
        }
        for (name, seats) in &self.seats {
            let used = &mut uses[places[&key(name)]];
            (used.capacity, used.announced) = (seats.capacity, seats.announced);
        }
        let (mut users, mut inactive) = (Vec::new(), Vec::new());
        let mut without = 0;
        for &row in &self.sorted {
            let user_type = self.user_type(row);
            let roles = self.users.roles(row).into_iter().map(|role| self.roles[role].name).collect();
            let seat = Seat { user_name: self.users.name(row), user_type, roles };
            if !self.users.is_active(row) {
                inactive.push(seat);
                continue;
            }
            match user_type {
                None => without += 1,
                Some(name) => {
                    let place = *places.entry(key(name)).or_insert_with(|| {
                        uses.push(TypeUse {
                            user_type: Some(name),
                            capacity: None,
                            used: 0,
                            announced: None,
                            free: None,
                        });
                        uses.len() - 1
                    });
                    uses[place].used += 1;
                }
            }
            users.push(seat);
        }
        for used in &mut uses {
            used.free = used.capacity.map(|seats| seats.saturating_sub(used.announced.unwrap_or(used.used)));
        }
        if without > 0 {
            uses.push(TypeUse { user_type: None, capacity: None, used: without, announced: None, free: None });
        }
        Some(Usage { types: uses, users, inactive })
    }

    /// Where the target counts other than we do: it sees users that are not shown, or the other way
    /// round (reading B12).
    #[must_use]
    pub fn usage_notes(&self) -> Vec<String> {
        let differs = |used: &TypeUse<'_>| {
            let announced = used.announced.filter(|&announced| announced != used.used)?;
            let name = used.user_type.unwrap_or_default();
            Some(format!(
                "used seats of `{name}` by the target's count: {announced}; active users of it among those who are \
                 shown: {}",
                used.used
            ))
        };
        self.usage().iter().flat_map(|usage| &usage.types).filter_map(differs).collect()
    }
}
