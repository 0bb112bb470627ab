//! One state in the shape that every question is asked of: roles with what they grant, and who
//! holds them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::near_misses;
use crate::platform::{Catalogue, Entity, Pack, Section};
use crate::state::{Assignments, LiveUsers, Value, attribute, fold};

/// What everybody may do in one state.
#[derive(Debug)]
pub struct Standing<'a> {
    pub(super) pack: &'a Pack,
    /// The catalogue that counts; user types are spelled folded here.
    pub(super) entities: BTreeMap<String, Entity>,
    /// By name, folded.
    pub(super) roles: Vec<Role<'a>>,
    pub(super) users: Users<'a>,
    /// The rows of the users by userName.
    pub(super) sorted: Vec<usize>,
    /// What the vocabularies offer, in the order in which reports list it.
    pub(super) options: BTreeMap<Section, Vec<&'a str>>,
    /// Seats by user type, where the state says anything of it.
    pub(super) seats: BTreeMap<&'a str, Seats>,
    /// What this state cannot tell, one sentence each.
    pub(super) notes: Vec<String>,
}

/// One role of a state.
#[derive(Debug)]
pub(super) struct Role<'a> {
    pub(super) name: &'a str,
    pub(super) built_in: Option<&'a str>,
    /// Whether nobody manages it from files.
    pub(super) is_protected: bool,
    /// What it has beside its grants.
    pub(super) attributes: BTreeMap<&'a str, Cow<'a, Value>>,
    /// What it grants, in normal form; `None` where this state does not say.
    pub(super) grants: Option<BTreeSet<String>>,
    /// The rows of who holds it, by userName.
    pub(super) holders: Vec<usize>,
}

/// The seats of a user type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seats {
    /// `None` where they are unlimited.
    pub(super) capacity: Option<u64>,
    /// In use, as the target counts.
    pub(super) announced: Option<u64>,
}

/// The users of either side, with the position of the role of each word that names one.
#[derive(Debug)]
pub(super) enum Users<'a> {
    Live { users: &'a LiveUsers, of_word: Vec<Option<usize>> },
    Declared { users: Option<&'a Assignments>, of_word: Vec<Option<usize>> },
}

/// A name that nothing has, and those that are near.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    /// What is not there.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Unknown {
    /// A name of which there is none, with near ones among the candidates.
    pub(super) fn new<'n>(what: &str, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Self {
        Self { message: format!("there is no {what} `{name}`"), help: near(name, candidates) }
    }
}

/// The candidates that are near to a name, as a question.
pub(super) fn near<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let near = near_misses(name, candidates);
    (!near.is_empty()).then(|| format!("did you mean `{}`?", near.join("` or `")))
}

/// The users whose names are near in what stands before the `@`: a domain that all of them share
/// would make strangers look alike.
pub(super) fn near_user<'n>(name: &str, users: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let local = |name: &'n str| name.split_once('@').map_or(name, |(local, _)| local);
    let mut of_local: BTreeMap<&'n str, &'n str> = BTreeMap::new();
    for user in users {
        of_local.entry(local(user)).or_insert(user);
    }
    let wanted = name.split_once('@').map_or(name, |(local, _)| local);
    let near: Vec<&str> =
        near_misses(wanted, of_local.keys().copied()).into_iter().map(|local| of_local[local]).collect();
    (!near.is_empty()).then(|| format!("did you mean `{}`?", near.join("` or `")))
}

impl<'a> Standing<'a> {
    /// Completes a state of which roles, users and words are known.
    pub(super) fn finish(mut self) -> Self {
        self.sorted = (0..self.users.len()).collect();
        self.sorted.sort_unstable_by_key(|&row| self.users.name(row));
        let mut several: Vec<&str> = Vec::new();
        let mut none = 0_usize;
        for &row in &self.sorted {
            let roles = self.users.roles(row);
            for &role in &roles {
                self.roles[role].holders.push(row);
            }
            match roles.len() {
                0 => none += 1,
                1 => {}
                _ => several.push(self.users.name(row)),
            }
        }
        let rule = self.pack.users.role_rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
        if none > 0 {
            self.notes.push(format!("users without a role that is known here: {none}{rule}"));
        }
        if let [first, ..] = several[..] {
            let number = several.len();
            self.notes.push(format!(
                "users with several roles, who have what any of them grants: {number}, such as `{first}`{rule}"
            ));
        }
        self
    }

    /// What this state cannot tell, one sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The catalogue that counts in this state. It knows user types by their folded names.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue<'_> {
        Catalogue::new(&self.entities, &self.pack.roles.permissions)
    }

    /// The position of the role of this name. A built-in role is found by the pack's name of it too,
    /// where no other role has taken that.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let key = fold(name);
        let by_name = self.roles.iter().position(|role| fold(role.name) == key);
        by_name.or_else(|| {
            let (built_in, _) = self.pack.roles.built_in.named(|known| fold(known) == key)?;
            self.roles.iter().position(|role| role.built_in == Some(built_in))
        })
    }

    /// The same for every name at once, by the folded names.
    pub(super) fn positions(&self) -> BTreeMap<String, usize> {
        let mut positions = BTreeMap::new();
        let mut built_in: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, role) in self.roles.iter().enumerate() {
            positions.entry(fold(role.name).into_owned()).or_insert(at);
            if let Some(key) = role.built_in {
                built_in.entry(key).or_insert(at);
            }
        }
        for (key, known) in &self.pack.roles.built_in.roles {
            let Some(&at) = built_in.get(key.as_str()) else { continue };
            for name in std::iter::once(&known.name).chain(&known.aliases) {
                positions.entry(fold(name).into_owned()).or_insert(at);
            }
        }
        positions
    }

    /// The position of the role of this name, or the names that are near.
    pub(super) fn role_named(&self, name: &str) -> Result<usize, Unknown> {
        self.position(name).ok_or_else(|| Unknown::new("role", name, self.roles.iter().map(|role| role.name)))
    }

    /// The row of the user of this name.
    pub(super) fn user_named(&self, name: &str) -> Result<usize, Unknown> {
        let names = || self.sorted.iter().map(|&row| self.users.name(row));
        self.users
            .find(name)
            .ok_or_else(|| Unknown { message: format!("there is no user `{name}`"), help: near_user(name, names()) })
    }

    /// The user type of a user: their own, else the one that their role is mapped to.
    pub(super) fn user_type(&self, row: usize) -> Option<&str> {
        let roles = self.users.roles(row);
        let of_role = || roles.iter().find_map(|&role| self.roles[role].text(attribute::USER_TYPE));
        match &self.users {
            // A live user has the type that the target shows; the files only check it against the role.
            Users::Live { .. } => self.users.user_type(row).or_else(of_role),
            Users::Declared { .. } => of_role().or_else(|| self.users.user_type(row)),
        }
    }

    /// The holders of a role who are active, and those who are not; by userName.
    pub(super) fn holders(&self, role: usize) -> (Vec<&str>, Vec<&str>) {
        let (active, inactive): (Vec<usize>, Vec<usize>) =
            self.roles[role].holders.iter().partition(|&&row| self.users.is_active(row));
        let names = |rows: Vec<usize>| rows.into_iter().map(|row| self.users.name(row)).collect();
        (names(active), names(inactive))
    }

    /// The attribute of roles that names values of a vocabulary, where the platform has one.
    pub(super) fn attribute_of(&self, section: Section) -> Option<&'a str> {
        let pack: &'a Pack = self.pack;
        pack.roles.attributes.iter().find(|(_, rules)| rules.of == Some(section)).map(|(name, _)| name.as_str())
    }
}

impl Role<'_> {
    /// The one name that an attribute holds.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute).map(AsRef::as_ref) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The names that an attribute holds.
    pub(super) fn names(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let (one, several) = match self.attributes.get(attribute).map(AsRef::as_ref) {
            Some(Value::Text(text)) => (Some(text.as_str()), None),
            Some(Value::Names(names)) => (None, Some(names)),
            _ => (None, None),
        };
        one.into_iter().chain(several.into_iter().flatten().map(String::as_str))
    }

    /// What it grants, as far as this state says it.
    pub(super) fn granted(&self) -> impl Iterator<Item = &str> {
        self.grants.iter().flatten().map(String::as_str)
    }
}

impl<'a> Users<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Live { users, .. } => users.len(),
            Self::Declared { users, .. } => users.map_or(0, Assignments::len),
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        match self {
            Self::Live { users, .. } => users.find(name),
            Self::Declared { users, .. } => users.and_then(|users| users.find(name)),
        }
    }

    pub(super) fn name(&self, row: usize) -> &'a str {
        match self {
            Self::Live { users, .. } => users.user_name(row),
            Self::Declared { users, .. } => users.map_or("", |users| users.get(row).user_name),
        }
    }

    pub(super) fn display_name(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Live { users, .. } => Some(users.display_name(row)).filter(|name| !name.is_empty()),
            Self::Declared { users, .. } => users.and_then(|users| users.get(row).display_name),
        }
    }

    /// Whether they may sign in. Files that do not say it keep what is live, and a new account is
    /// active.
    pub(super) fn is_active(&self, row: usize) -> bool {
        match self {
            Self::Live { users, .. } => users.active(row),
            Self::Declared { users, .. } => users.is_none_or(|users| users.get(row).active != Some(false)),
        }
    }

    fn user_type(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Live { users, .. } => Some(users.get(row).user_type).filter(|name| !name.is_empty()),
            Self::Declared { users, .. } => users.and_then(|users| users.get(row).user_type),
        }
    }

    /// The positions of the roles that they hold: one, on a platform in order.
    pub(super) fn roles(&self, row: usize) -> Vec<usize> {
        match self {
            Self::Live { users, of_word } => {
                users.roles(row).iter().filter_map(|word| of_word[word.0 as usize]).collect()
            }
            Self::Declared { users, of_word } => {
                let word = users.map(|users| users.role(row));
                word.and_then(|word| of_word[word.0 as usize]).into_iter().collect()
            }
        }
    }
}
