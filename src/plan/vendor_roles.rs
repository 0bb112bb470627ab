//! Which live roles the platform has brought along, and which are above all that can be managed.
//!
//! A built-in role is known by its key, whatever it is called now. Protected roles and their
//! holders are never planned. Not responsible for what may be changed of them (`locked`).

use std::collections::BTreeSet;

use crate::platform::Pack;
use crate::state::{Kind, Live, fold};

/// The vendor's own among the live roles and users.
#[derive(Default)]
pub(super) struct VendorRoles {
    /// Per live role, its key where it is built in.
    keys: Vec<Option<String>>,
    /// Per live role, whether it is protected.
    protected: Vec<bool>,
    /// The rows of its holders.
    holders: BTreeSet<usize>,
}

/// Per live role, its key where it is built in.
pub(crate) fn built_in_keys(live: &Live, pack: &Pack) -> Vec<Option<String>> {
    let roles = live.objects(Kind::Role);
    // A target that marks one marks all of them.
    let is_told = roles.iter().any(|role| role.built_in.is_some());
    let by_name = |name: &str| {
        let key = fold(name);
        pack.roles.built_in.named(|known| fold(known) == key).map(|(key, _)| key.to_owned())
    };
    roles.iter().map(|role| if is_told { role.built_in.clone() } else { by_name(&role.name) }).collect()
}

impl VendorRoles {
    pub(super) fn new(live: &Live, pack: &Pack) -> Self {
        let roles = live.objects(Kind::Role);
        let keys = built_in_keys(live, pack);
        let is_protected = |name: &str| pack.roles.protected.iter().any(|protected| fold(protected) == fold(name));
        let protected: Vec<bool> = roles.iter().map(|role| is_protected(&role.name)).collect();
        let mut holders = BTreeSet::new();
        if protected.contains(&true) {
            let ids: BTreeSet<&str> =
                roles.iter().zip(&protected).filter(|(_, is)| **is).map(|(role, _)| role.id.as_str()).collect();
            let meant: Vec<bool> = live.users.words().map(|word| ids.contains(word)).collect();
            let holds = |row: &usize| live.users.roles(*row).iter().any(|word| meant[word.0 as usize]);
            holders = (0..live.users.len()).filter(holds).collect();
        }
        Self { keys, protected, holders }
    }

    /// The key of a live role that is built in.
    pub(super) fn key(&self, index: usize) -> Option<&str> {
        self.keys[index].as_deref()
    }

    /// Whether a live role is above all that can be managed.
    pub(super) fn is_protected(&self, index: usize) -> bool {
        self.protected[index]
    }

    /// Whether a live user holds such a role.
    pub(super) fn holds_protected(&self, row: usize) -> bool {
        self.holders.contains(&row)
    }

    /// How many do.
    pub(super) fn protected_users(&self) -> usize {
        self.holders.len()
    }
}
