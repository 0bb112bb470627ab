//! Which declared roles are those that the platform has brought along.
//!
//! A built-in role is known by the pack's name or alias of it, or by having had that name before,
//! whatever it is called now. Not responsible for what may be done to it (`locks`).

use std::collections::BTreeMap;

use super::roles::Role;
use crate::diagnostic::{Code, Diagnostics};
use crate::document::Spanned;
use crate::platform::{BuiltInRole, Pack};
use crate::state::fold;

/// The built-in roles of a pack by their folded names.
#[derive(Debug)]
pub(super) struct BuiltIns<'p> {
    by_name: BTreeMap<String, BuiltIn<'p>>,
}

/// A role that the platform has brought along.
#[derive(Clone, Copy, Debug)]
pub(super) struct BuiltIn<'p> {
    pub key: &'p str,
    pub role: &'p BuiltInRole,
}

impl<'p> BuiltIns<'p> {
    pub fn of(pack: &'p Pack) -> Self {
        let mut by_name = BTreeMap::new();
        for (key, role) in &pack.roles.built_in.roles {
            for name in std::iter::once(&role.name).chain(&role.aliases) {
                by_name.insert(fold(name).into_owned(), BuiltIn { key, role });
            }
        }
        Self { by_name }
    }

    /// The one that the pack calls so.
    pub fn named(&self, name: &str) -> Option<BuiltIn<'p>> {
        self.by_name.get(&*fold(name)).copied()
    }

    /// The pack's spelling of a name: that of one of its aliases is the name itself.
    pub fn canonical<'a>(&self, name: &'a str) -> &'a str
    where
        'p: 'a,
    {
        match self.named(name) {
            Some(found) if fold(name) != fold(&found.role.name) => &found.role.name,
            _ => name,
        }
    }
}

/// Says of each declared role which built-in one it is, spells names canonically, and works out
/// what permissions mean for the role's user type.
pub(super) fn identify(roles: &mut [Role], pack: &Pack) {
    let built_ins = BuiltIns::of(pack);
    for role in &mut *roles {
        for name in &mut role.previously {
            name.value = built_ins.canonical(&name.value).to_owned();
        }
    }
    // A role that was called so before has taken the built-in role with it; the name is free then.
    let claims: BTreeMap<String, usize> = roles
        .iter()
        .enumerate()
        .flat_map(|(at, role)| role.previously.iter().map(move |name| (fold(&name.value).into_owned(), at)))
        .rev()
        .collect();
    let claimed_by_another = |name: &str, at: usize| claims.get(&*fold(name)).is_some_and(|&claimant| claimant != at);
    let found: Vec<Option<BuiltIn<'_>>> = roles
        .iter()
        .enumerate()
        .map(|(at, role)| {
            let own = built_ins.named(&role.name.value);
            let mut before = role.previously.iter().filter(|name| !claimed_by_another(&name.value, at));
            before
                .find_map(|name| built_ins.named(&name.value))
                .or_else(|| own.filter(|own| !claimed_by_another(&own.role.name, at)))
        })
        .collect();
    for (role, found) in roles.iter_mut().zip(found) {
        role.built_in = found.map(|found| found.key.to_owned());
        if built_ins.named(&role.name.value).map(|own| own.key) == role.built_in.as_deref() {
            role.name.value = built_ins.canonical(&role.name.value).to_owned();
        }
        let user_type = role.mapping(pack).user_type().map(str::to_owned);
        if let Some(grants) = &mut role.grants {
            let written = grants.value.written();
            grants.value.meant =
                pack.permissions().expand(written.all, &written.except, &written.only, user_type.as_deref());
        }
    }
}

/// The schema knows built-in roles by their exact names: where it misses a field of one that is
/// spelled otherwise, the spelling is what helps.
pub(super) fn with_spellings<'a>(
    found: Diagnostics,
    names: impl Iterator<Item = &'a Spanned<String>>,
    pack: &Pack,
) -> Diagnostics {
    let built_ins = BuiltIns::of(pack);
    let spellings: BTreeMap<u32, &str> =
        names.filter_map(|name| Some((name.span.start, built_ins.named(&name.value)?.role.name.as_str()))).collect();
    if spellings.is_empty() {
        return found;
    }
    let mut helped = Diagnostics::default();
    for finding in found.sorted() {
        let spelling = spellings.get(&finding.span.start);
        helped.push(match spelling.filter(|_| matches!(finding.code, Code::MissingKey | Code::NullValue)) {
            Some(name) => {
                finding.help(format!("write `{name}` if the role is meant that the platform has brought along"))
            }
            None => finding,
        });
    }
    helped
}
