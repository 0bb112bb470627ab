//! A million users, desired and live: columns over interned names.
//!
//! How they are kept is hidden here, so that it can change: callers iterate, look up by name and
//! read one row. Rows keep the order in which they were pushed.

use super::names::{Names, Symbol, Texts, fold};
use crate::source::Span;
use hashbrown::HashMap;

/// One user as the files want them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The userName, as it is spelled.
    pub user_name: &'a str,
    /// The name of the role, as it is spelled.
    pub role: &'a str,
    /// The display name; `None` keeps what is live.
    pub display_name: Option<&'a str>,
    /// Whether they may sign in; `None` keeps what is live, a new account is active.
    pub active: Option<bool>,
    /// The user type that the author expects or, where roles are not mapped, wants; the empty name is
    /// none at all.
    pub user_type: Option<&'a str>,
    /// Where it is written: the key.
    pub span: Option<Span>,
}

/// The users that the files assign, each once after folding.
#[derive(Clone, Debug, Default)]
pub struct Assignments {
    users: SpelledNames,
    words: Names,
    display_names: Texts,
    rows: Vec<AssignmentRow>,
}

#[derive(Clone, Copy, Debug)]
struct AssignmentRow {
    role: Symbol,
    user_type: Option<Symbol>,
    display_name: Option<u32>,
    active: Option<bool>,
    span: Option<Span>,
}

impl Assignments {
    /// Takes an assignment in.
    ///
    /// # Errors
    ///
    /// The index of the row that already assigns this user, who is then left as they were.
    pub fn push(&mut self, assignment: Assignment<'_>) -> Result<(), usize> {
        let Assignment { user_name, role, display_name, active, user_type, span } = assignment;
        self.users.push(user_name)?;
        let row = AssignmentRow {
            role: self.words.intern(role).0,
            user_type: user_type.map(|name| self.words.intern(name).0),
            display_name: display_name.map(|name| self.display_names.push(name)),
            active,
            span,
        };
        self.rows.push(row);
        Ok(())
    }

    /// How many users are assigned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nobody is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of a user, by name, folded.
    #[must_use]
    pub fn find(&self, user_name: &str) -> Option<usize> {
        self.users.find(user_name)
    }

    /// One row.
    #[must_use]
    pub fn get(&self, row: usize) -> Assignment<'_> {
        let AssignmentRow { role, user_type, display_name, active, span } = self.rows[row];
        Assignment {
            user_name: self.users.get(row),
            role: self.words.get(role),
            display_name: display_name.map(|index| self.display_names.get(index)),
            active,
            user_type: user_type.map(|symbol| self.words.get(symbol)),
            span,
        }
    }

    /// Every row, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Assignment<'_>> {
        (0..self.rows.len()).map(|row| self.get(row))
    }

    /// The symbol of a row's role, for columns that are computed once per distinct role.
    #[must_use]
    pub fn role(&self, row: usize) -> Symbol {
        self.rows[row].role
    }

    /// The symbol of a row's user type.
    #[must_use]
    pub fn user_type(&self, row: usize) -> Option<Symbol> {
        self.rows[row].user_type
    }

    /// The distinct names of roles and user types, as they are spelled; a symbol's number is its
    /// position.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.len()).map(|index| self.words.get(Symbol(index as u32)))
    }
}

/// One user as the target holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveUser<'a> {
    /// The userName, as the target spells it.
    pub user_name: &'a str,
    /// The id that the target gave.
    pub id: &'a str,
    /// The version that the target gave, or the hash of what was read.
    pub version: &'a str,
    /// The display name; empty where there is none.
    pub display_name: &'a str,
    /// Whether they may sign in. SCIM's absent `active` counts as active.
    pub active: bool,
    /// The user type; empty where there is none.
    pub user_type: &'a str,
    /// The ids of the roles that the user holds. One, on a platform in order.
    pub roles: Vec<&'a str>,
}

/// The users that the target holds, each once after folding; those whose names collide are kept
/// apart and touched by nothing.
#[derive(Clone, Debug, Default)]
pub struct LiveUsers {
    users: SpelledNames,
    ids: Texts,
    versions: Texts,
    display_names: Texts,
    words: Names,
    rows: Vec<LiveRow>,
    /// Rows with no role or several: rare, so they live beside the column.
    other_roles: HashMap<u32, Vec<Symbol>>,
    collisions: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug)]
struct LiveRow {
    role: Option<Symbol>,
    user_type: Symbol,
    active: bool,
}

impl LiveUsers {
    /// Takes a user in. One whose name folds to that of an earlier one becomes a collision.
    pub fn push(&mut self, user: &LiveUser<'_>) {
        let LiveUser { user_name, id, version, display_name, active, user_type, roles } = user;
        if let Err(first) = self.users.push(user_name) {
            self.collisions.push((first, (*id).to_owned()));
            return;
        }
        let row = u32::try_from(self.rows.len()).expect("fewer than 2^32 users");
        self.ids.push(id);
        self.versions.push(version);
        self.display_names.push(display_name);
        let mut roles: Vec<Symbol> = roles.iter().map(|role| self.words.intern(role).0).collect();
        roles.dedup();
        let role = if let [only] = roles[..] { Some(only) } else { None };
        if role.is_none() {
            self.other_roles.insert(row, roles);
        }
        let user_type = self.words.intern(user_type).0;
        self.rows.push(LiveRow { role, user_type, active: *active });
    }

    /// How many users there are, collisions not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of a user, by name, folded.
    #[must_use]
    pub fn find(&self, user_name: &str) -> Option<usize> {
        self.users.find(user_name)
    }

    /// The id of a row.
    #[must_use]
    pub fn id(&self, row: usize) -> &str {
        self.ids.get(u32::try_from(row).expect("fewer than 2^32 users"))
    }

    /// One row.
    #[must_use]
    pub fn get(&self, row: usize) -> LiveUser<'_> {
        let index = u32::try_from(row).expect("fewer than 2^32 users");
        let LiveRow { role, user_type, active } = self.rows[row];
        let roles = match role {
            Some(role) => vec![self.words.get(role)],
            None => self.other_roles[&index].iter().map(|&role| self.words.get(role)).collect(),
        };
        LiveUser {
            user_name: self.users.get(row),
            id: self.ids.get(index),
            version: self.versions.get(index),
            display_name: self.display_names.get(index),
            active,
            user_type: self.words.get(user_type),
            roles,
        }
    }

    /// Every row, in the order in which the target listed them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = LiveUser<'_>> {
        (0..self.rows.len()).map(|row| self.get(row))
    }

    /// A row's userName, as the target spells it.
    #[must_use]
    pub fn user_name(&self, row: usize) -> &str {
        self.users.get(row)
    }

    /// A row's display name; empty where there is none.
    #[must_use]
    pub fn display_name(&self, row: usize) -> &str {
        self.display_names.get(row as u32)
    }

    /// Whether a row's user may sign in.
    #[must_use]
    pub fn active(&self, row: usize) -> bool {
        self.rows[row].active
    }

    /// The symbol of a row's user type; that of the empty text where there is none.
    #[must_use]
    pub fn user_type(&self, row: usize) -> Symbol {
        self.rows[row].user_type
    }

    /// The symbols of the ids of a row's roles; one, on a platform in order.
    #[must_use]
    pub fn roles(&self, row: usize) -> &[Symbol] {
        match &self.rows[row].role {
            Some(role) => std::slice::from_ref(role),
            None => &self.other_roles[&(row as u32)],
        }
    }

    /// The distinct ids of roles and names of user types; a symbol's number is its position.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.len()).map(|index| self.words.get(Symbol(index as u32)))
    }

    /// Users whose names fold to that of an earlier user: the earlier row and the later one's id.
    pub fn collisions(&self) -> impl Iterator<Item = (usize, &str)> {
        self.collisions.iter().map(|(row, id)| (*row, id.as_str()))
    }
}

/// Names unique after folding, each with its own spelling; row numbers count up from 0.
#[derive(Clone, Debug, Default)]
struct SpelledNames {
    folded: Names,
    /// The spellings that differ from their folded form.
    spelled: HashMap<u32, Box<str>>,
}

impl SpelledNames {
    fn push(&mut self, name: &str) -> Result<(), usize> {
        let folded = fold(name);
        let (symbol, new) = self.folded.intern(&folded);
        if !new {
            return Err(symbol.0 as usize);
        }
        if folded != name {
            self.spelled.insert(symbol.0, name.into());
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.folded.find(&fold(name)).map(|symbol| symbol.0 as usize)
    }

    fn get(&self, row: usize) -> &str {
        let index = u32::try_from(row).expect("fewer than 2^32 names");
        match self.spelled.get(&index) {
            Some(spelled) => spelled,
            None => self.folded.get(Symbol(index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment<'a>(user_name: &'a str, role: &'a str) -> Assignment<'a> {
        Assignment { user_name, role, display_name: None, active: None, user_type: None, span: None }
    }

    #[test]
    fn an_assignment_reads_back_as_it_was_pushed() {
        let mut assignments = Assignments::default();
        let ana =
            Assignment { display_name: Some("Ana Diaz"), active: Some(false), ..assignment("Ana@example.com", "LO") };
        assignments.push(ana).expect("new");
        assignments.push(assignment("bo@example.com", "LO")).expect("new");
        assert_eq!(assignments.push(assignment("ANA@example.com", "Other")), Err(0));
        assert_eq!(assignments.iter().collect::<Vec<_>>(), [ana, assignment("bo@example.com", "LO")]);
        assert_eq!(assignments.find("BO@example.com"), Some(1));
    }

    #[test]
    fn live_users_keep_every_role_and_collisions_stay_apart() {
        let user = |user_name, id, roles| LiveUser {
            user_name,
            id,
            version: "1",
            display_name: "",
            active: true,
            user_type: "",
            roles,
        };
        let mut users = LiveUsers::default();
        let all = [user("Ana", "1", vec!["r1"]), user("bo", "2", vec![]), user("cy", "3", vec!["r1", "r2"])];
        for one in &all {
            users.push(one);
        }
        users.push(&user("ANA", "4", vec!["r1"]));
        assert_eq!(users.iter().collect::<Vec<_>>(), all);
        assert_eq!(users.collisions().collect::<Vec<_>>(), [(0, "4")]);
    }
}
